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

int32_t bni_noise_need_independent(binnet_ctx *ctx, const binnet_noise *noise, const char *what)
{
    if (!bni_noise_correlated(noise))
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_UNDEFINED, "%s: for noise that is independent in each neuron; this one is correlated",
                    what);
}

double bni_noise_covariance(const binnet_noise *noise, size_t i, size_t j)
{
    if (noise->cov != NULL)
        return noise->cov[i * noise->n + j];
    if (i == j)
        return noise->scale[i] * noise->scale[i];
    double c = 0;
    for (size_t f = 0; f < noise->factors; f++)
        c += noise->loading[i * noise->factors + f] * noise->loading[j * noise->factors + f];
    return c;
}

/* More than r vectors of r dimensions cannot all be orthogonal. */
static int share_factors(const binnet_noise *noise)
{
    size_t some[BINNET_MAX_FACTORS + 1], count = 0, r = noise->factors;
    for (size_t i = 0; i < noise->n && count <= r; i++)
        for (size_t f = 0; f < r; f++)
            if (noise->loading[i * r + f] != 0) {
                some[count++] = i;
                break;
            }
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < a; b++)
            if (bni_noise_covariance(noise, some[a], some[b]) != 0)
                return 1;
    return count > r;
}

void bni_noise_simplify(binnet_noise *noise)
{
    if (noise->cov == NULL && share_factors(noise))
        return;
    for (size_t i = 0; noise->cov != NULL && i < noise->n; i++)
        for (size_t j = 0; j < i; j++)
            if (noise->cov[i * noise->n + j] != 0)
                return;
    bni_delete(&noise->mem, noise->loading);
    bni_delete(&noise->mem, noise->own);
    bni_delete(&noise->mem, noise->cov);
    noise->loading = noise->own = noise->cov = NULL;
    noise->factors = 0;
}

/* --- a covariance --- */

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
static int32_t find_minor(binnet_ctx *ctx, size_t *order, double *r, const double *cov, size_t n, const double *scale,
                          const size_t *at, size_t count)
{
    size_t definite = 0, not = count;
    while (not -definite > 1) {
        size_t middle = definite + (not -definite) / 2;
        fill_correlations(r, cov, n, scale, at, middle);
        int32_t status = bni_cholesky(ctx, r, NULL, middle);
        if (status != BINNET_OK && status != BINNET_E_RANGE)
            return status;
        *(status == BINNET_OK ? &definite : &not ) = middle;
    }
    *order = at[not -1] + 1;
    return BINNET_OK;
}

/* Whether the covariance of the neurons at[count], all with noise, is definite; not even semidefinite: BINNET_E_RANGE. */
static int32_t check_definite(binnet_ctx *ctx, int *definite, const double *cov, size_t n, const double *scale,
                              const size_t *at, size_t count)
{
    size_t rank, minor;
    double dropped, *r = bni_new_raw(ctx, count * count, sizeof *r);
    size_t *order = bni_new_raw(ctx, count, sizeof *order);
    int32_t status = r == NULL || order == NULL ? BINNET_E_NOMEM : BINNET_OK;
    *definite = 1;
    if (status == BINNET_OK) {
        fill_correlations(r, cov, n, scale, at, count);
        status = bni_cholesky(ctx, r, NULL, count);
    }
    if (status == BINNET_E_RANGE) {
        *definite = 0;
        fill_correlations(r, cov, n, scale, at, count);
        status = bni_cholesky_semidefinite(ctx, r, order, &rank, &dropped, count, -1);
    }
    if (status == BINNET_E_RANGE) {
        status = find_minor(ctx, &minor, r, cov, n, scale, at, count);
        if (status == BINNET_OK)
            status = bni_fail(ctx, BINNET_E_RANGE,
                              "cov is not positive semidefinite: its leading minor of order %zu is not > 0", minor);
    } else if (status == BINNET_OK) {
        ctx->message[0] = '\0';
    }
    bni_delete(&ctx->mem, r);
    bni_delete(&ctx->mem, order);
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

static int32_t make_general(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *cov, double *scale, size_t *at)
{
    size_t count = 0;
    int definite;
    BNI_TRY(check_covariance(ctx, n, cov));
    for (size_t i = 0; i < n; i++) {
        scale[i] = sqrt(cov[i * n + i]);
        if (scale[i] > 0)
            at[count++] = i;
    }
    if (count > 0)
        BNI_TRY(check_definite(ctx, &definite, cov, n, scale, at, count));
    BNI_TRY(bni_noise_make(ctx, out, BINNET_NOISE_GAUSSIAN, n, scale));
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
    double doubles = (double)n * (double)n;
    BNI_TRY(bni_need_memory(ctx,
                            sizeof(binnet_noise) + 8 * (doubles + 4 * (double)n) + 8 * doubles +
                                bni_cholesky_semidefinite_bytes(n),
                            "a noise with a covariance"));
    double *scale = bni_new_raw(ctx, n, sizeof *scale);
    size_t *at = bni_new_raw(ctx, n, sizeof *at);
    int32_t status = scale == NULL || at == NULL ? BINNET_E_NOMEM : make_general(ctx, out, n, cov, scale, at);
    bni_delete(&ctx->mem, scale);
    bni_delete(&ctx->mem, at);
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
