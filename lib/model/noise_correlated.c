/*
 * Correlated Gaussian noise: any covariance, or factors that neurons share, Sigma = D^2 + L L^T.
 * Positive definite or not says the Cholesky factor; where it ends, its pivots tell a singular matrix from an impossible one.
 * Source: THEORY 1, 4; Higham, Accuracy and Stability of Numerical Algorithms, ch. 10.
 */
#include "model/model.h"
#include "num/dense.h"

#include <math.h>

/* Entries of a covariance may be wrong by so much, relative to sqrt(c_ii c_jj): rounding of whoever made it. */
static const double asymmetry = 1e-12, one_factor = 8 * 0x1p-53;

/* --- a covariance --- */

/* Of n neurons those with noise, at[count], their scales, and room for their correlations. */
typedef struct definiteness {
    size_t n, count;
    double *scale, *r; /* [n], [n][n] */
    size_t *at, *order;
} definiteness;

static void list_definiteness(bni_plan *plan, void *object)
{
    definiteness *d = object;
    BNI_BUFFER(plan, d->scale, d->n);
    BNI_BUFFER(plan, d->at, d->n);
    BNI_BUFFER(plan, d->order, d->n);
    BNI_BUFFER(plan, d->r, (double)d->n * (double)d->n);
}

static int32_t check_covariance(binnet_ctx *ctx, size_t n, const double *cov)
{
    for (size_t i = 0; i < n; i++) {
        BNI_TRY(bni_need_finite(ctx, cov + i * n, n, "a row of cov"));
        BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t i = 0; i < n; i++)
        if (cov[i * n + i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "cov[%zu][%zu] is %g: the leading minor of order %zu is not >= 0", i,
                            i, cov[i * n + i], i + 1);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double a = cov[i * n + j], b = cov[j * n + i], size = sqrt(cov[i * n + i]) * sqrt(cov[j * n + j]);
            if (!(fabs(a - b) <= asymmetry * size))
                return bni_fail(ctx, BINNET_E_RANGE,
                                "cov is not symmetric: cov[%zu][%zu] is %.17g, cov[%zu][%zu] %.17g", i, j, a, j, i, b);
            if (fabs(a) > size * (1 + asymmetry))
                return bni_fail(ctx, BINNET_E_RANGE,
                                "cov[%zu][%zu] is %g, at most %g in size goes with the variances: the leading minor of "
                                "order %zu is negative",
                                i, j, a, size, i + 1);
        }
    return BINNET_OK;
}

/* The correlations of the first `count` neurons of a list, by `scale`. */
static void fill_correlations(double *r, const double *cov, size_t n, const double *scale, const size_t *at,
                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            r[i * count + j] = i == j ? 1 : cov[at[i] * n + at[j]] / scale[at[i]] / scale[at[j]];
}

/* The least leading minor that is not positive, of matrices that are not definite as a whole. */
static int32_t find_minor(binnet_ctx *ctx, size_t *minor, const definiteness *d, const double *cov)
{
    size_t definite = 0, not = d->count;
    while (not -definite > 1) {
        size_t middle = definite + (not -definite) / 2;
        fill_correlations(d->r, cov, d->n, d->scale, d->at, middle);
        int32_t status = bni_cholesky(ctx, d->r, NULL, middle);
        if (status != BINNET_OK && status != BINNET_E_RANGE)
            return status;
        *(status == BINNET_OK ? &definite : &not ) = middle;
    }
    *minor = d->at[not -1] + 1;
    return BINNET_OK;
}

/* Whether the covariance of the neurons with noise is definite; not even semidefinite: BINNET_E_RANGE. */
static int32_t check_definite(binnet_ctx *ctx, const definiteness *d, const double *cov)
{
    size_t rank, minor;
    double dropped;
    fill_correlations(d->r, cov, d->n, d->scale, d->at, d->count);
    int32_t status = bni_cholesky(ctx, d->r, NULL, d->count);
    if (status == BINNET_E_RANGE) {
        fill_correlations(d->r, cov, d->n, d->scale, d->at, d->count);
        status = bni_cholesky_semidefinite(ctx, d->r, d->order, &rank, &dropped, d->count, -1);
    }
    if (status == BINNET_E_RANGE) {
        BNI_TRY(find_minor(ctx, &minor, d, cov));
        return bni_fail(ctx, BINNET_E_RANGE,
                        "cov is not positive semidefinite: its leading minor of order %zu is not > 0", minor);
    }
    if (status == BINNET_OK)
        ctx->message[0] = '\0';
    return status;
}

int32_t bni_noise_regular(binnet_ctx *ctx, int *regular, const binnet_noise *noise, size_t k, const int32_t *neuron)
{
    double *r = bni_new_raw(ctx, k * k, sizeof *r), rcond = 1;
    int32_t status = r == NULL ? BINNET_E_NOMEM : BINNET_OK;
    *regular = 1;
    for (size_t i = 0; status == BINNET_OK && i < k; i++) {
        size_t a = (size_t)neuron[i];
        *regular &= noise->scale[a] > 0;
        for (size_t j = 0; j < k; j++) {
            size_t b = (size_t)neuron[j];
            r[i * k + j] = i == j ? 1 : bni_noise_covariance(noise, a, b) / noise->scale[a] / noise->scale[b];
        }
    }
    if (status == BINNET_OK && *regular) {
        status = bni_cholesky(ctx, r, &rcond, k);
        *regular = status == BINNET_OK && rcond > (double)k * 0x1p-50;
        if (status == BINNET_E_RANGE) {
            ctx->message[0] = '\0';
            status = BINNET_OK;
        }
    }
    bni_delete(&ctx->mem, r);
    return status;
}

/* cov[i][j] = l_i l_j, i != j, if that holds to rounding: of the neurons with a covariance that is not 0 all pairs must have one. */
static int find_loading(double *l, const double *cov, const double *scale, size_t n)
{
    size_t some[3] = {0, 0, 0}, count = 0;
    for (size_t i = 0; i < n; i++) {
        l[i] = 0;
        for (size_t j = 0; j < n && l[i] == 0; j++)
            l[i] = j != i && cov[i * n + j] != 0;
        if (l[i] != 0 && count < 3)
            some[count++] = i;
    }
    size_t i = some[0];
    double c = cov[i * n + some[1]] / scale[some[1]], first; /* first: (l_i / scale_i)^2 */
    if (count == 2) {
        first = fabs(c) / scale[i];
    } else {
        double d = cov[i * n + some[2]] / scale[some[2]] / scale[i],
               e = cov[some[1] * n + some[2]] / scale[some[1]] / scale[some[2]];
        first = c / scale[i] * d / e;
    }
    if (!(first > 0 && first <= 1 + one_factor))
        return 0;
    double own = scale[i] * sqrt(first);
    for (size_t j = 0; j < n; j++)
        if (l[j] != 0)
            l[j] = j == i ? own : cov[i * n + j] / own;
    for (size_t j = 0; j < n; j++) {
        if (!(fabs(l[j]) <= scale[j] * (1 + one_factor)))
            return 0;
        for (size_t k = 0; k < j; k++)
            if (!(fabs(cov[j * n + k] - l[j] * l[k]) <= one_factor * scale[j] * scale[k]))
                return 0;
    }
    return 1;
}

/* Noise that has a covariance gets the factor, if one is enough. */
static int32_t add_factor(binnet_ctx *ctx, binnet_noise *noise)
{
    double *l = bni_new_raw(ctx, noise->n, sizeof *l), *own = bni_new_raw(ctx, noise->n, sizeof *own);
    if (l == NULL || own == NULL || !find_loading(l, noise->cov, noise->scale, noise->n)) {
        int32_t status = l == NULL || own == NULL ? BINNET_E_NOMEM : BINNET_OK;
        bni_delete(&ctx->mem, l);
        bni_delete(&ctx->mem, own);
        return status;
    }
    for (size_t i = 0; i < noise->n; i++) {
        double s = noise->scale[i], rest = (s - fabs(l[i])) * (s + fabs(l[i]));
        own[i] = rest > 2 * one_factor * s * s ? sqrt(rest) : 0;
    }
    noise->factors = 1;
    noise->loading = l;
    noise->own = own;
    return BINNET_OK;
}

static int32_t make_general(binnet_ctx *ctx, binnet_noise **out, definiteness *d, const double *cov)
{
    size_t n = d->n;
    BNI_TRY(check_covariance(ctx, n, cov));
    for (size_t i = 0; i < n; i++) {
        d->scale[i] = sqrt(cov[i * n + i]);
        if (d->scale[i] > 0)
            d->at[d->count++] = i;
    }
    if (d->count > 0)
        BNI_TRY(check_definite(ctx, d, cov));
    BNI_TRY(bni_noise_make(ctx, out, BINNET_NOISE_GAUSSIAN, n, d->scale));
    binnet_noise *noise = *out;
    if ((noise->cov = bni_new_raw(ctx, n * n, sizeof *cov)) == NULL)
        return BINNET_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            noise->cov[i * n + j] = i == j ? cov[i * n + i] : 0.5 * (cov[i * n + j] + cov[j * n + i]);
    bni_noise_simplify(noise);
    return noise->cov != NULL ? add_factor(ctx, noise) : BINNET_OK;
}

static int32_t begin_correlated(binnet_ctx *ctx, binnet_noise **out, size_t n)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    if (n < 1 || n > BINNET_MAX_NETWORK)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_NETWORK);
    return BINNET_OK;
}

int32_t binnet_noise_new_gaussian_cov(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *cov)
{
    BNI_TRY(begin_correlated(ctx, out, n));
    BNI_TRY(bni_need(ctx, cov, "cov"));
    definiteness d = {.n = n};
    double made = (double)sizeof(binnet_noise) + 8 * ((double)n * (double)n + 3 * (double)n);
    BNI_TRY(bni_need_memory(ctx, made + bni_plan_bytes(list_definiteness, &d) + bni_cholesky_semidefinite_bytes(n),
                            "a noise with a covariance"));
    BNI_TRY(bni_plan_make(ctx, list_definiteness, &d));
    int32_t status = make_general(ctx, out, &d, cov);
    bni_plan_release(&ctx->mem, list_definiteness, &d);
    if (status != BINNET_OK) {
        binnet_noise_free(*out);
        *out = NULL;
    }
    return status;
}

/* --- factors --- */

static int32_t make_factors(binnet_ctx *ctx, binnet_noise **out, size_t n, size_t r, const double *L, const double *D,
                            double *scale)
{
    for (size_t i = 0; i < n; i++) {
        scale[i] = D[i];
        for (size_t f = 0; f < r; f++)
            scale[i] = hypot(scale[i], L[i * r + f]);
        if (!isfinite(scale[i]))
            return bni_fail(ctx, BINNET_E_RANGE, "the variance of neuron %zu overflows", i);
    }
    BNI_TRY(bni_noise_make(ctx, out, BINNET_NOISE_GAUSSIAN, n, scale));
    binnet_noise *noise = *out;
    noise->factors = r;
    noise->loading = bni_copy(ctx, L, n * r, 0);
    noise->own = bni_copy(ctx, D, n, 0);
    if (noise->loading == NULL || noise->own == NULL)
        return BINNET_E_NOMEM;
    bni_noise_simplify(noise);
    return BINNET_OK;
}

int32_t binnet_noise_new_gaussian_factors(binnet_ctx *ctx, binnet_noise **out, size_t n, size_t r, const double *L,
                                          const double *D)
{
    BNI_TRY(begin_correlated(ctx, out, n));
    if (r < 1 || r > BINNET_MAX_FACTORS)
        return bni_fail(ctx, BINNET_E_RANGE, "r is %zu, allowed is 1..%d", r, BINNET_MAX_FACTORS);
    BNI_TRY(bni_need(ctx, L, "L"));
    BNI_TRY(bni_need(ctx, D, "D"));
    BNI_TRY(bni_need_finite(ctx, L, n * r, "L"));
    BNI_TRY(bni_need_finite(ctx, D, n, "D"));
    for (size_t i = 0; i < n; i++)
        if (D[i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "D[%zu] is %g, must be >= 0", i, D[i]);
    BNI_TRY(bni_need_memory(ctx, sizeof(binnet_noise) + 8 * (double)n * (double)(r + 3), "a noise with factors"));
    double *scale = bni_new_raw(ctx, n, sizeof *scale);
    int32_t status = scale == NULL ? BINNET_E_NOMEM : make_factors(ctx, out, n, r, L, D, scale);
    bni_delete(&ctx->mem, scale);
    if (status != BINNET_OK) {
        binnet_noise_free(*out);
        *out = NULL;
    }
    return status;
}

/* --- looking at it --- */

int32_t binnet_noise_form(const binnet_noise *noise)
{
    if (noise == NULL)
        return 0;
    return noise->factors > 0   ? BINNET_NOISE_FACTORS
           : noise->cov != NULL ? BINNET_NOISE_COVARIANCE
                                : BINNET_NOISE_INDEPENDENT;
}

size_t binnet_noise_factors(const binnet_noise *noise)
{
    return noise == NULL ? 0 : noise->factors;
}

int32_t binnet_noise_correlation(binnet_ctx *ctx, double *r, const binnet_noise *noise, size_t i, size_t j)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, r, "r"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (i >= noise->n || j >= noise->n)
        return bni_fail(ctx, BINNET_E_RANGE, "neurons %zu and %zu: the noise is of %zu", i, j, noise->n);
    double size = noise->scale[i] * noise->scale[j];
    *r = i == j ? 1 : !bni_noise_correlated(noise) || !(size > 0) ? 0 : bni_noise_covariance(noise, i, j) / size;
    return BINNET_OK;
}
