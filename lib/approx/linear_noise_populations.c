/*
 * Linear noise between neurons of populations. Neurons of a hear each possible source in b with chance q_ab, by a slope s_ab; with
 * c_ab the mean covariance of two different neurons and v_c = m_c (1 - m_c), for i in a, j in b, i != j:
 *     sum_k W_ik C_kj = sum_c s_ac ([K_ac - q_ab if c = b, else K_ac] c_cb + [c = b] q_ab v_b),
 *     sum_kl W_ik C_kl W_jl = sum_cd s_ac s_bd (K_ac K_bd - [c = d] n_c) c_cd + [c = d] n_c v_c),
 * n_c = q_ac q_bc (possible sources in c common to i and j). Without randomness (q = 1) that is exactly the mean of the equations
 * between neurons; with it wiring is taken as drawn independently.   Source: [GS94], [DBH16].
 */
#include "approx/approx.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

typedef struct pairs {
    const binnet_mean_field *f;
    size_t n, unknowns;
    int32_t update;
    double *W, *slope, *scratch; /* [n][n] */
    double *matrix, *right;      /* [unknowns][unknowns], [unknowns] */
    double *value, *variance;    /* [2 n], [n] */
} pairs;

static void list_pairs(bni_plan *plan, void *object)
{
    pairs *p = object;
    double n = (double)p->n, u = (double)p->unknowns;
    BNI_BUFFER(plan, p->W, n * n);
    BNI_BUFFER(plan, p->slope, n * n);
    BNI_BUFFER(plan, p->scratch, n * n);
    BNI_BUFFER(plan, p->value, 2 * n);
    BNI_BUFFER(plan, p->variance, n);
    BNI_ZEROS(plan, p->matrix, u * u);
    BNI_ZEROS(plan, p->right, u);
}

/* Place of c_ab = c_ba. */
static size_t pair_index(size_t a, size_t b)
{
    return a >= b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a;
}

static double own_source(const binnet_mean_field *f, size_t a, size_t c)
{
    return a == c && !f->self_connections ? 1 : 0;
}

static double chance_of(const binnet_mean_field *f, size_t a, size_t c)
{
    double sources = (double)f->size[c] - own_source(f, a, c);
    return sources > 0 ? bni_field_degree(f, a, c) / sources : 0;
}

/* by * sum_k W_ik C_kj, i in a, j in b, on the other side of the equation of pair `row`. */
static void add_asynchronous(pairs *p, size_t row, size_t a, size_t b, double by)
{
    for (size_t c = 0; c < p->n; c++) {
        double s = p->slope[a * p->n + c], K = bni_field_degree(p->f, a, c);
        double direct = c == b ? chance_of(p->f, a, b) : 0;
        p->matrix[row * p->unknowns + pair_index(c, b)] -= by * s * (K - direct);
        p->right[row] += by * s * direct * p->variance[c];
    }
}

static void add_synchronous(pairs *p, size_t row, size_t a, size_t b)
{
    for (size_t c = 0; c < p->n; c++)
        for (size_t d = 0; d < p->n; d++) {
            double s = p->slope[a * p->n + c] * p->slope[b * p->n + d], common = 0;
            if (c == d) {
                double sources = (double)p->f->size[c] - own_source(p->f, a, c) - own_source(p->f, b, c);
                common = chance_of(p->f, a, c) * chance_of(p->f, b, c) * fmax(sources, 0);
            }
            double K = bni_field_degree(p->f, a, c) * bni_field_degree(p->f, b, d);
            p->matrix[row * p->unknowns + pair_index(c, d)] -= s * (K - common);
            p->right[row] += s * common * p->variance[c];
        }
}

static int32_t solve_pairs(binnet_ctx *ctx, pairs *p, const double *mean)
{
    size_t n = p->n;
    const binnet_mean_field *f = p->f;
    BNI_TRY(bni_field_map(ctx, p->value, p->W, NULL, f, mean));
    for (size_t k = 0; k < n * n; k++) {
        double K = bni_field_degree(f, k / n, k % n), own = p->W[k] / K;
        p->slope[k] = K > 0 ? own : 0;
    }
    for (size_t a = 0; a < n; a++) {
        p->variance[a] = mean[a] * (1 - mean[a]);
        /* neurons of one population against each other */
        double s = p->slope[a * n + a] * own_source(f, a, a);
        if (f->size[a] > 1 && (p->update == BINNET_UPDATE_SYNCHRONOUS ? fabs(s) >= 1 : -s >= 1))
            return bni_fail(
                ctx, BINNET_E_UNMET,
                "the means are not stable: neurons of population %zu drive each other apart with slope %.6g", a, s);
    }
    memcpy(p->scratch, p->W, n * n * sizeof *p->W);
    BNI_TRY(bni_need_stable(ctx, p->scratch, p->value, n, p->update));
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b <= a; b++) {
            size_t row = pair_index(a, b);
            p->matrix[row * p->unknowns + row] += 1;
            if (a == b && f->size[a] == 1)
                continue; /* no pair: 0 */
            if (p->update == BINNET_UPDATE_SYNCHRONOUS)
                add_synchronous(p, row, a, b);
            else {
                add_asynchronous(p, row, a, b, 0.5);
                add_asynchronous(p, row, b, a, 0.5);
            }
        }
    bni_lu *lu;
    BNI_TRY(bni_lu_new(ctx, &lu, p->matrix, p->unknowns));
    double rcond = bni_lu_rcond(lu);
    int32_t status = bni_lu_solve(ctx, p->right, 1, lu, 0);
    bni_lu_free(lu);
    if (status == BINNET_OK && !(rcond > 1e-12))
        return bni_fail(ctx, BINNET_E_NOCONV, "the equations of linear noise are nearly singular: condition %.3g",
                        1 / rcond);
    return status;
}

int32_t binnet_linear_noise_populations(binnet_ctx *ctx, double *pair, double *activity, size_t n,
                                        const binnet_mean_field *field, const double *mean, int32_t update)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, pair, "pair"));
    BNI_TRY(bni_need_means(ctx, field, n, mean, "mean"));
    if (!field->populations)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "the units are neurons; call binnet_linear_noise_covariance");
    BNI_TRY(bni_need_update(ctx, update));
    for (size_t a = 0; a < n; a++)
        if (field->size[a] < 1)
            return bni_fail(ctx, BINNET_E_UNSUPPORTED, "covariances need the sizes of the populations");
    pairs p = {.f = field, .n = n, .update = update, .unknowns = n * (n + 1) / 2};
    BNI_TRY(bni_need_memory(ctx, bni_plan_bytes(list_pairs, &p) + fmax(bni_eigen_bytes(n, 0), bni_lu_bytes(p.unknowns)),
                            "linear noise of populations"));
    BNI_TRY(bni_plan_make(ctx, list_pairs, &p));
    int32_t status = solve_pairs(ctx, &p, mean);
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    for (size_t a = 0; a < n && status == BINNET_OK; a++)
        for (size_t b = 0; b < n; b++) {
            double N = (double)field->size[a], c = p.right[pair_index(a, b)];
            pair[a * n + b] = c;
            if (activity != NULL)
                activity[a * n + b] = a == b ? (p.variance[a] + (N - 1) * c) / N : c;
        }
    bni_plan_release(&ctx->mem, list_pairs, &p);
    return status;
}
