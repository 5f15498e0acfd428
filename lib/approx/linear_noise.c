/*
 * Linear noise between neurons: C = W C W^T or 2 C = W C + C W^T off the diagonal, m (1 - m) on it.
 *
 * With weak coupling the equations are iterated as they stand. Otherwise the diagonal D of C = W C W^T + D, or of
 * (1 - W) C + C (1 - W)^T = 2 D, is the unknown: D gives C by a Lyapunov equation (the discrete one by Cayley's transform,
 * B = (W - 1)^-1 (W + 1): B C + C B^T = -2 (W - 1)^-1 D (W - 1)^-T), C its diagonal, and GMRES finds the D whose diagonal is right.
 * Source: [GS94]; THEORY 9.
 */
#include "approx/approx.h"
#include "num/dense.h"
#include "num/gmres.h"
#include "num/vectors.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { PLAIN = 60, RESTARTS = 4, DIRECTIONS = BNI_GMRES_MOST };
static const double tolerance = 1e-12;

typedef struct linear_noise {
    const binnet_mean_field *f;
    size_t n;
    int32_t update;
    double *W, *C, *T, *next; /* [n][n] */
    double *variance, *value; /* [n], [2 n] */
    double most;              /* of the variances */
} linear_noise;

/* What the Lyapunov equations take. */
typedef struct lyapunov {
    size_t n;
    linear_noise *l;
    double *B, *E; /* [n][n] */
    double *own;   /* [n]: D */
    bni_gmres g;
} lyapunov;

static void list_noise(bni_plan *plan, void *object)
{
    linear_noise *l = object;
    double n = (double)l->n;
    BNI_BUFFER(plan, l->W, n * n);
    BNI_BUFFER(plan, l->C, n * n);
    BNI_BUFFER(plan, l->T, n * n);
    BNI_BUFFER(plan, l->next, n * n);
    BNI_BUFFER(plan, l->variance, n);
    BNI_BUFFER(plan, l->value, 2 * n);
}

static void list_lyapunov(bni_plan *plan, void *object)
{
    lyapunov *y = object;
    double n = (double)y->n;
    BNI_BUFFER(plan, y->B, n * n);
    BNI_BUFFER(plan, y->E, n * n);
    bni_gmres_buffers(plan, &y->g);
    BNI_BUFFER(plan, y->own, n);
}

static lyapunov make_lyapunov(linear_noise *l)
{
    return (lyapunov){.n = l->n, .l = l, .g = {.n = l->n, .directions = DIRECTIONS}};
}

static double noise_bytes(size_t n)
{
    linear_noise l = {.n = n};
    lyapunov y = make_lyapunov(&l);
    return bni_plan_bytes(list_noise, &l) +
           fmax(bni_eigen_bytes(n, 0),
                bni_plan_bytes(list_lyapunov, &y) + fmax(bni_lyapunov_bytes(n), bni_lu_bytes(n)));
}

static int is_synchronous(const linear_noise *l)
{
    return l->update == BINNET_UPDATE_SYNCHRONOUS;
}

int32_t bni_need_stable(binnet_ctx *ctx, double *slope, double *value, size_t n, int32_t update)
{
    double *re = value, *im = re + n, worst = -INFINITY;
    int circle = update == BINNET_UPDATE_SYNCHRONOUS;
    BNI_TRY(bni_eigen(ctx, re, im, NULL, NULL, NULL, slope, n));
    for (size_t k = 0; k < n; k++)
        worst = fmax(worst, circle ? hypot(re[k], im[k]) : re[k]);
    if (worst < 1)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_UNMET, "the means are not stable: %s of the slopes' eigenvalues is %.6g, must be < 1",
                    circle ? "the greatest size" : "the greatest real part", worst);
}

int32_t bni_need_fixed(binnet_ctx *ctx, const double *next, const double *mean, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(next[i] - mean[i]) <= 1e-6))
            return bni_fail(ctx, BINNET_E_RANGE,
                            "the means are no fixed point: mean[%zu] is %.9g, the map makes it %.9g", i, mean[i],
                            next[i]);
    return BINNET_OK;
}

/* next = what the equations make of C, the diagonal included; *change of what is off it. */
static int32_t apply_equations(binnet_ctx *ctx, linear_noise *l, double *change)
{
    size_t n = l->n;
    BNI_TRY(bni_dense_product(ctx, l->T, n, l->W, n, l->C, n, n, n, n, 0));
    if (is_synchronous(l))
        BNI_TRY(bni_dense_product(ctx, l->next, n, l->T, n, l->W, n, n, n, n, BNI_B_TRANSPOSED));
    const double *from = is_synchronous(l) ? l->next : l->T;
    *change = 0;
    for (size_t i = 0; i < n; i++) {
        l->next[i * n + i] = from[i * n + i];
        for (size_t j = 0; j < i; j++) {
            double c = 0.5 * (from[i * n + j] + from[j * n + i]), d = fabs(c - l->C[i * n + j]);
            l->next[i * n + j] = l->next[j * n + i] = c;
            *change = d > *change || isnan(d) ? d : *change;
        }
    }
    return BINNET_OK;
}

static void set_variances(linear_noise *l)
{
    for (size_t i = 0; i < l->n; i++)
        l->C[i * l->n + i] = l->variance[i];
}

/* The equations as they stand, from no covariances. */
static int32_t iterate_equations(binnet_ctx *ctx, linear_noise *l, double *change)
{
    double before = INFINITY;
    memset(l->C, 0, l->n * l->n * sizeof *l->C);
    set_variances(l);
    for (int k = 0; k < PLAIN; k++) {
        BNI_TRY(apply_equations(ctx, l, change));
        if (*change <= tolerance * l->most && (*change <= DBL_EPSILON * l->most || *change > 0.9 * before))
            return BINNET_OK;
        if (!(*change < 1e3 * l->most) || (k > 10 && *change > 0.7 * before))
            return BINNET_OK;
        before = *change;
        memcpy(l->C, l->next, l->n * l->n * sizeof *l->C);
        set_variances(l);
        BNI_TRY(bni_poll(ctx, 0.1 + 0.4 * k / PLAIN));
    }
    return BINNET_OK;
}

/* --- by the variances of the neurons' own --- */

/* E = (W - 1)^-1. */
static int32_t find_cayley(binnet_ctx *ctx, const linear_noise *l, lyapunov *y)
{
    size_t n = l->n;
    bni_lu *lu;
    for (size_t k = 0; k < n * n; k++) {
        y->B[k] = l->W[k] - (k / n == k % n);
        y->E[k] = k / n == k % n;
    }
    BNI_TRY(bni_lu_new(ctx, &lu, y->B, n));
    int32_t status = bni_lu_solve(ctx, y->E, n, lu, BNI_A_TRANSPOSED);
    bni_lu_free(lu);
    return status;
}

/* C of the variances `own`. */
static int32_t solve_lyapunov(binnet_ctx *ctx, linear_noise *l, lyapunov *y, const double *own)
{
    size_t n = l->n;
    if (!is_synchronous(l)) {
        for (size_t k = 0; k < n * n; k++) {
            y->B[k] = l->W[k] - (k / n == k % n);
            l->C[k] = k / n == k % n ? 2 * own[k / n] : 0;
        }
        return bni_lyapunov(ctx, l->C, NULL, y->B, n);
    }
    for (size_t k = 0; k < n * n; k++)
        l->T[k] = 2 * y->E[k] * own[k % n];
    BNI_TRY(bni_dense_product(ctx, l->C, n, l->T, n, y->E, n, n, n, n, BNI_B_TRANSPOSED));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            l->C[j * n + i] = l->C[i * n + j];
    for (size_t k = 0; k < n * n; k++)
        l->T[k] = l->W[k] + (k / n == k % n);
    BNI_TRY(bni_dense_product(ctx, y->B, n, y->E, n, l->T, n, n, n, n, 0));
    return bni_lyapunov(ctx, l->C, NULL, y->B, n);
}

/* basis[0] = what the variances are off with D = own; its norm. */
static int32_t find_missing(binnet_ctx *ctx, linear_noise *l, lyapunov *y, double *norm)
{
    BNI_TRY(solve_lyapunov(ctx, l, y, y->own));
    for (size_t i = 0; i < l->n; i++)
        y->g.basis[i] = l->variance[i] - l->C[i * l->n + i];
    *norm = sqrt(bni_dot(y->g.basis, y->g.basis, l->n));
    return BINNET_OK;
}

/* The variances that direction k gives. */
static int32_t variances_of_direction(binnet_ctx *ctx, void *of, double *variance, size_t k)
{
    lyapunov *y = of;
    size_t n = y->n;
    BNI_TRY(solve_lyapunov(ctx, y->l, y, y->g.basis + k * n));
    for (size_t i = 0; i < n; i++)
        variance[i] = y->l->C[i * n + i];
    return BINNET_OK;
}

static int32_t solve_variances(binnet_ctx *ctx, linear_noise *l, double *change)
{
    lyapunov y = make_lyapunov(l);
    double norm = INFINITY, before = INFINITY;
    BNI_TRY(bni_plan_make(ctx, list_lyapunov, &y));
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_parts(ctx, whole, 0.6, 0, 1);
    int32_t status = is_synchronous(l) ? find_cayley(ctx, l, &y) : BINNET_OK;
    memcpy(y.own, l->variance, l->n * sizeof *y.own);
    for (int k = 0; k <= RESTARTS && status == BINNET_OK; k++) {
        status = find_missing(ctx, l, &y, &norm);
        if (status != BINNET_OK || norm <= 1e-15 * l->most || norm > 0.5 * before || k == RESTARTS)
            break;
        before = norm;
        size_t used, most = l->n < DIRECTIONS ? l->n : DIRECTIONS;
        status = bni_gmres_cycle(ctx, &y.g, &used, variances_of_direction, &y, most, 1e-15 * l->most);
        if (status == BINNET_OK)
            status = bni_gmres_add(ctx, &y.g, y.own, used);
    }
    bni_progress_pop(ctx, whole);
    bni_plan_release(&ctx->mem, list_lyapunov, &y);
    BNI_TRY(status);
    set_variances(l);
    return apply_equations(ctx, l, change);
}

/* --- all of it --- */

/* C of a field at its means. */
static int32_t solve_noise(binnet_ctx *ctx, linear_noise *l, const double *mean, double *residual)
{
    size_t n = l->n;
    double change = 0, most = 0;
    BNI_TRY(bni_field_map(ctx, l->value, l->W, NULL, l->f, mean));
    BNI_TRY(bni_need_fixed(ctx, l->value, mean, n));
    l->most = 0;
    for (size_t i = 0; i < n; i++) {
        l->variance[i] = mean[i] * (1 - mean[i]);
        l->most = fmax(l->most, l->variance[i]);
    }
    memcpy(l->T, l->W, n * n * sizeof *l->T);
    BNI_TRY(bni_need_stable(ctx, l->T, l->value, n, l->update));
    BNI_TRY(iterate_equations(ctx, l, &change));
    if (!(change <= tolerance * l->most))
        BNI_TRY(solve_variances(ctx, l, &change));
    for (size_t k = 0; k < n * n; k++)
        most = fmax(most, fabs(l->C[k]));
    *residual = most > 0 ? change / most : 0;
    if (!(*residual <= tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the equations of linear noise are solved to %.3g only", *residual);
    for (size_t i = 0; i < n; i++) {
        double own = l->variance[i] - l->next[i * n + i];
        if (own < -1e-12 * most)
            return bni_fail(ctx, BINNET_E_UNMET,
                            "linear noise asks for a variance of %.3g of neuron %zu's own: the coupling is too strong",
                            own, i);
    }
    return BINNET_OK;
}

int32_t bni_need_update(binnet_ctx *ctx, int32_t update)
{
    if (update == BINNET_UPDATE_SYNCHRONOUS || update == BINNET_UPDATE_ASYNCHRONOUS)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_RANGE, "update is %d, allowed are BINNET_UPDATE_SYNCHRONOUS and _ASYNCHRONOUS",
                    (int)update);
}

static int32_t need_neurons(binnet_ctx *ctx, const binnet_mean_field *field)
{
    if (field->populations)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "the units are populations; call binnet_linear_noise_populations");
    return BINNET_OK;
}

/* power = W^lag, or (1 + (W - 1) / n)^lag; W and T are used up. */
static int32_t raise_slopes(binnet_ctx *ctx, linear_noise *l, double *power, uint64_t lag)
{
    size_t n = l->n;
    for (size_t k = 0; k < n * n; k++) {
        power[k] = k / n == k % n;
        if (!is_synchronous(l))
            l->W[k] = (k / n == k % n) + (l->W[k] - (k / n == k % n)) / (double)n;
    }
    while (lag > 0) {
        if (lag & 1) {
            BNI_TRY(bni_dense_product(ctx, l->T, n, l->W, n, power, n, n, n, n, 0));
            memcpy(power, l->T, n * n * sizeof *power);
        }
        lag >>= 1;
        if (lag > 0) {
            BNI_TRY(bni_dense_product(ctx, l->T, n, l->W, n, l->W, n, n, n, n, 0));
            memcpy(l->W, l->T, n * n * sizeof *l->W);
        }
    }
    return BINNET_OK;
}

static int32_t noise_at_lag(binnet_ctx *ctx, double *cov, double *residual, size_t n, const binnet_mean_field *field,
                            const double *mean, int32_t update, uint64_t lag)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, cov, "cov"));
    BNI_TRY(bni_need_means(ctx, field, n, mean, "mean"));
    BNI_TRY(need_neurons(ctx, field));
    BNI_TRY(bni_need_update(ctx, update));
    linear_noise l = {.f = field, .n = n, .update = update};
    double left = INFINITY;
    BNI_TRY(bni_need_memory(ctx, noise_bytes(n), "linear noise"));
    BNI_TRY(bni_plan_make(ctx, list_noise, &l));
    int32_t status = solve_noise(ctx, &l, mean, &left);
    if (status == BINNET_OK && lag > 0) {
        status = raise_slopes(ctx, &l, l.next, lag);
        if (status == BINNET_OK) {
            status = bni_dense_product(ctx, l.T, n, l.C, n, l.next, n, n, n, n, BNI_B_TRANSPOSED);
            memcpy(l.C, l.T, n * n * sizeof *cov);
        }
    }
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    if (status == BINNET_OK) {
        memcpy(cov, l.C, n * n * sizeof *cov);
        if (residual != NULL)
            *residual = left;
    }
    bni_plan_release(&ctx->mem, list_noise, &l);
    return status;
}

int32_t binnet_linear_noise_covariance(binnet_ctx *ctx, double *cov, double *residual, size_t n,
                                       const binnet_mean_field *field, const double *mean, int32_t update)
{
    return noise_at_lag(ctx, cov, residual, n, field, mean, update, 0);
}

int32_t binnet_linear_noise_lagged(binnet_ctx *ctx, double *cov, double *residual, size_t n,
                                   const binnet_mean_field *field, const double *mean, int32_t update, uint64_t lag)
{
    return noise_at_lag(ctx, cov, residual, n, field, mean, update, lag);
}

/* --- means that know of the covariances --- */

/* What covariances between inputs add to their variance: sum over j != k of w_ij w_ik C_jk. T is scratch. */
static int32_t find_extra(binnet_ctx *ctx, double *extra, linear_noise *l)
{
    size_t n = l->n;
    const double *w = l->f->weight;
    BNI_TRY(bni_dense_product(ctx, l->T, n, w, n, l->C, n, n, n, n, 0));
    for (size_t i = 0; i < n; i++) {
        extra[i] = 0;
        for (size_t j = 0; j < n; j++)
            extra[i] += w[i * n + j] * (l->T[i * n + j] - w[i * n + j] * l->C[j * n + j]);
    }
    return BINNET_OK;
}

int32_t binnet_linear_noise_consistent(binnet_ctx *ctx, double *mean, double *cov, double *change, size_t n,
                                       const binnet_mean_field *field, const double *start, int32_t update)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need(ctx, cov, "cov"));
    BNI_TRY(bni_need_field(ctx, field, n));
    if (start != NULL)
        BNI_TRY(bni_need_means(ctx, field, n, start, "start"));
    BNI_TRY(need_neurons(ctx, field));
    if (field->input != BINNET_INPUT_GAUSSIAN)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "covariances act on the means through the variance of a Gaussian input");
    BNI_TRY(bni_need_update(ctx, update));
    BNI_TRY(bni_need_memory(ctx, noise_bytes(n) + bni_field_solve_bytes(n) + 16 * (double)n, "linear noise"));
    double *extra = bni_new(ctx, 2 * n, sizeof *extra), last = INFINITY, residual;
    if (extra == NULL)
        return BINNET_E_NOMEM;
    double *found = extra + n;
    binnet_mean_field with = *field;
    with.extra = extra;
    linear_noise l = {.f = &with, .n = n, .update = update};
    int32_t status = bni_plan_make(ctx, list_noise, &l);
    for (int64_t k = 0; status == BINNET_OK; k++) {
        double moved = 0;
        status = bni_field_solve(ctx, l.value, NULL, &with, k == 0 ? start : found);
        for (size_t i = 0; i < n && status == BINNET_OK; i++) {
            moved = k == 0 ? 1 : fmax(moved, fabs(l.value[i] - found[i]));
            found[i] = l.value[i];
        }
        if (status == BINNET_OK)
            status = solve_noise(ctx, &l, found, &residual);
        if (status == BINNET_OK)
            status = find_extra(ctx, extra, &l);
        if (moved <= 1e-13 || (moved <= 1e-11 && moved > 0.5 * last))
            break;
        last = moved;
        if (k >= 200 && status == BINNET_OK)
            status = bni_fail(ctx, BINNET_E_NOCONV, "means and covariances do not settle: the last change was %.3g",
                              moved);
    }
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    if (status == BINNET_OK) {
        memcpy(mean, found, n * sizeof *mean);
        memcpy(cov, l.C, n * n * sizeof *cov);
        if (change != NULL)
            *change = last;
    }
    if (l.W != NULL)
        bni_plan_release(&ctx->mem, list_noise, &l);
    bni_delete(&ctx->mem, extra);
    return status;
}
