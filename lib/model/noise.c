/*
 * Noise: the law of B_i, one scale for each neuron; p_i = 1 - F(-h_i / scale_i).
 * Both tails are computed without cancellation, so that rare events keep their digits.   Source: [FP19] sec. 2, [Gl63].
 */
#include "model/model.h"
#include "num/special.h"

#include <math.h>
#include <stdatomic.h>

/* A caller's data: destroyed when the last noise that has it is freed, in whatever thread. */
typedef struct bni_owned {
    atomic_size_t users;
    binnet_destroy_fn destroy;
    bni_allocator mem;
} bni_owned;

static void leave_owned(bni_owned *owned, void *user)
{
    if (owned == NULL || atomic_fetch_sub(&owned->users, 1) > 1)
        return;
    bni_allocator mem = owned->mem;
    owned->destroy(user);
    bni_delete(&mem, owned);
}

int32_t bni_noise_make(binnet_ctx *ctx, binnet_noise **out, int32_t kind, size_t n, const double *scale)
{
    if (n < 1 || n > BINNET_MAX_NETWORK)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_NETWORK);
    BNI_TRY(bni_need(ctx, scale, "scale"));
    BNI_TRY(bni_need_finite(ctx, scale, n, "scale"));
    for (size_t i = 0; i < n; i++)
        if (scale[i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "scale[%zu] is %g, must be >= 0", i, scale[i]);
    BNI_TRY(bni_need_memory(ctx, (double)sizeof(binnet_noise) + 8 * (double)n, "a noise"));
    binnet_noise *noise = bni_new(ctx, 1, sizeof *noise);
    if (noise == NULL)
        return BINNET_E_NOMEM;
    noise->mem = ctx->mem;
    noise->kind = kind;
    noise->n = n;
    if ((noise->scale = bni_copy(ctx, scale, n, 0)) == NULL) {
        binnet_noise_free(noise);
        return BINNET_E_NOMEM;
    }
    *out = noise;
    return BINNET_OK;
}

static int32_t begin_noise(binnet_ctx *ctx, binnet_noise **out)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    return BINNET_OK;
}

int32_t binnet_noise_new_gaussian(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale)
{
    BNI_TRY(begin_noise(ctx, out));
    return bni_noise_make(ctx, out, BINNET_NOISE_GAUSSIAN, n, scale);
}

int32_t binnet_noise_new_logistic(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale)
{
    BNI_TRY(begin_noise(ctx, out));
    return bni_noise_make(ctx, out, BINNET_NOISE_LOGISTIC, n, scale);
}

int32_t binnet_noise_new_uniform(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale)
{
    BNI_TRY(begin_noise(ctx, out));
    return bni_noise_make(ctx, out, BINNET_NOISE_UNIFORM, n, scale);
}

int32_t binnet_noise_new_laplace(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale)
{
    BNI_TRY(begin_noise(ctx, out));
    return bni_noise_make(ctx, out, BINNET_NOISE_LAPLACE, n, scale);
}

int32_t binnet_noise_new_student_t(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale, double dof)
{
    BNI_TRY(begin_noise(ctx, out));
    if (!(dof >= 0.05 && dof <= 1e6))
        return bni_fail(ctx, isnan(dof) ? BINNET_E_NAN : BINNET_E_RANGE, "dof is %g, allowed is 0.05..1e6", dof);
    BNI_TRY(bni_noise_make(ctx, out, BINNET_NOISE_STUDENT_T, n, scale));
    (*out)->dof = dof;
    return BINNET_OK;
}

int32_t binnet_noise_new_custom(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale, binnet_real_fn cdf,
                                binnet_real_fn survival, binnet_real_fn density, void *user)
{
    BNI_TRY(begin_noise(ctx, out));
    BNI_TRY(bni_need(ctx, (const void *)(cdf != NULL ? out : NULL), "cdf"));
    double before = 0;
    for (int k = 0; k <= 32; k++) {
        double x = -8 + 0.5 * k, F = cdf(user, x);
        if (!(F >= before && F <= 1))
            return bni_fail(ctx, BINNET_E_CALLBACK, "cdf(%g) is %g after %g at a smaller x; it must rise within 0..1",
                            x, F, before);
        before = F;
        double G = survival != NULL ? survival(user, x) : 1 - F;
        if (!(G >= 0 && G <= 1 && fabs(F + G - 1) <= 1e-9))
            return bni_fail(ctx, BINNET_E_CALLBACK, "cdf(%g) = %g and survival = %g do not add up to 1", x, F, G);
    }
    BNI_TRY(bni_noise_make(ctx, out, BINNET_NOISE_CUSTOM, n, scale));
    (*out)->cdf = cdf;
    (*out)->survival = survival;
    (*out)->density = density;
    (*out)->user = user;
    return BINNET_OK;
}

int32_t binnet_noise_new_custom_owned(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale,
                                      binnet_real_fn cdf, binnet_real_fn survival, binnet_real_fn density, void *user,
                                      binnet_destroy_fn destroy)
{
    if (destroy != NULL) {
        BNI_TRY(begin_noise(ctx, out));
        BNI_TRY(bni_need_memory(ctx, (double)(sizeof(binnet_noise) + sizeof(bni_owned)) + 8 * (double)n, "a noise"));
    }
    BNI_TRY(binnet_noise_new_custom(ctx, out, n, scale, cdf, survival, density, user));
    if (destroy == NULL)
        return BINNET_OK;
    bni_owned *owned = bni_new(ctx, 1, sizeof *owned);
    if (owned == NULL) {
        binnet_noise_free(*out);
        *out = NULL;
        return BINNET_E_NOMEM;
    }
    atomic_init(&owned->users, 1);
    owned->destroy = destroy;
    owned->mem = ctx->mem;
    (*out)->owned = owned;
    return BINNET_OK;
}

int32_t binnet_noise_new(binnet_ctx *ctx, binnet_noise **out, int32_t kind, size_t n, const double *scale, double dof)
{
    if (kind == BINNET_NOISE_STUDENT_T)
        return binnet_noise_new_student_t(ctx, out, n, scale, dof);
    BNI_TRY(begin_noise(ctx, out));
    if (kind < BINNET_NOISE_GAUSSIAN || kind > BINNET_NOISE_LAPLACE)
        return bni_fail(ctx, BINNET_E_RANGE, "kind is %d; expected BINNET_NOISE_GAUSSIAN to _STUDENT_T", (int)kind);
    return bni_noise_make(ctx, out, kind, n, scale);
}

void binnet_noise_free(binnet_noise *noise)
{
    if (noise == NULL)
        return;
    bni_allocator mem = noise->mem;
    bni_delete(&mem, noise->scale);
    bni_delete(&mem, noise->loading);
    bni_delete(&mem, noise->own);
    bni_delete(&mem, noise->cov);
    leave_owned(noise->owned, noise->user);
    bni_delete(&mem, noise);
}

size_t binnet_noise_neurons(const binnet_noise *noise)
{
    return noise == NULL ? 0 : noise->n;
}

int32_t binnet_noise_kind(const binnet_noise *noise)
{
    return noise == NULL ? 0 : noise->kind;
}

double binnet_noise_scale(const binnet_noise *noise, size_t i)
{
    return noise == NULL || i >= noise->n ? NAN : noise->scale[i];
}

/* --- correlated noise --- */

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

double bni_noise_bytes(const binnet_noise *noise, size_t n)
{
    double of_each = 1 + (noise->factors > 0 ? (double)noise->factors + 1 : 0) + (noise->cov != NULL ? (double)n : 0);
    return (double)sizeof *noise + 8 * (double)n * of_each;
}

int32_t bni_noise_pick(binnet_ctx *ctx, binnet_noise **out, const binnet_noise *noise, size_t k, const int32_t *neuron)
{
    *out = NULL;
    binnet_noise *part = bni_new(ctx, 1, sizeof *part);
    if (part == NULL)
        return BINNET_E_NOMEM;
    *part = *noise;
    if (part->owned != NULL)
        atomic_fetch_add(&part->owned->users, 1);
    part->mem = ctx->mem;
    part->n = k;
    size_t r = noise->factors;
    part->scale = bni_new_raw(ctx, k, sizeof *part->scale);
    part->loading = r > 0 ? bni_new_raw(ctx, k * r, sizeof *part->loading) : NULL;
    part->own = r > 0 ? bni_new_raw(ctx, k, sizeof *part->own) : NULL;
    part->cov = noise->cov != NULL ? bni_new_raw(ctx, k * k, sizeof *part->cov) : NULL;
    if (part->scale == NULL || (r > 0 && (part->loading == NULL || part->own == NULL)) ||
        (noise->cov != NULL && part->cov == NULL)) {
        binnet_noise_free(part);
        return BINNET_E_NOMEM;
    }
    for (size_t i = 0; i < k; i++) {
        size_t from = neuron != NULL ? (size_t)neuron[i] : i;
        part->scale[i] = noise->scale[from];
        for (size_t f = 0; f < r; f++)
            part->loading[i * r + f] = noise->loading[from * r + f];
        if (r > 0)
            part->own[i] = noise->own[from];
        for (size_t j = 0; noise->cov != NULL && j < k; j++)
            part->cov[i * k + j] = noise->cov[from * noise->n + (neuron != NULL ? (size_t)neuron[j] : j)];
    }
    bni_noise_simplify(part);
    *out = part;
    return BINNET_OK;
}

int32_t bni_noise_copy(binnet_ctx *ctx, binnet_noise **out, const binnet_noise *noise)
{
    return bni_noise_pick(ctx, out, noise, noise->n, NULL);
}

static void law_at(const binnet_noise *noise, double x, double *cdf, double *survival, double *density)
{
    switch (noise->kind) {
    case BINNET_NOISE_GAUSSIAN:
        bni_gaussian(x, cdf, survival, density);
        break;
    case BINNET_NOISE_LOGISTIC:
        bni_logistic(x, cdf, survival, density);
        break;
    case BINNET_NOISE_UNIFORM:
        bni_uniform(x, cdf, survival, density);
        break;
    case BINNET_NOISE_LAPLACE:
        bni_laplace(x, cdf, survival, density);
        break;
    case BINNET_NOISE_STUDENT_T:
        bni_student_t(x, noise->dof, cdf, survival, density);
        break;
    default: {
        double F = noise->cdf(noise->user, x);
        if (cdf != NULL)
            *cdf = F;
        if (survival != NULL)
            *survival = noise->survival != NULL ? noise->survival(noise->user, x) : 1 - F;
        if (density != NULL)
            *density = noise->density(noise->user, x);
    }
    }
}

void bni_noise_tails(const binnet_noise *noise, double x, double *cdf, double *survival)
{
    law_at(noise, x, cdf, survival, NULL);
}

double bni_noise_density(const binnet_noise *noise, double x)
{
    double density;
    law_at(noise, x, NULL, NULL, &density);
    return density;
}

int32_t binnet_noise_eval(binnet_ctx *ctx, double *cdf, double *survival, double *density, const binnet_noise *noise,
                          double x)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (isnan(x))
        return bni_fail(ctx, BINNET_E_NAN, "x is NaN");
    if (density != NULL && noise->kind == BINNET_NOISE_CUSTOM && noise->density == NULL)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "this noise was made without a density");
    law_at(noise, x, cdf, survival, density);
    return BINNET_OK;
}
