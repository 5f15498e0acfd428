/*
 * Ensembles: populations, connection probabilities, laws of the weights, thresholds, stimuli, normalisation.
 * J_ij = T_ij W_ij, T_ij ~ Bernoulli(p_ab), W_ij ~ law_ab.   Source: [FP19b], [FP19c].
 */
#include "ensemble/ensemble.h"

#include <math.h>
#include <string.h>

enum { MAX_POPULATIONS = 4096 };

static void copy_recipe(bni_weight *w, int32_t kind, const double *par)
{
    *w = (bni_weight){.kind = kind};
    memcpy(w->par, par, sizeof w->par);
}

static double ensemble_bytes(size_t n_pop)
{
    double pairs = (double)n_pop * (double)n_pop;
    return pairs * (2 * sizeof(double) + sizeof(bni_weight)) + (double)n_pop * (3 * sizeof(double) + sizeof(int64_t)) +
           sizeof(binnet_ensemble);
}

static int32_t check_wiring(binnet_ctx *ctx, size_t n_pop, const double *p, const int32_t *kind, const double *par)
{
    for (size_t k = 0; k < n_pop * n_pop; k++) {
        if (isnan(p[k]))
            return bni_fail(ctx, BINNET_E_NAN, "p[%zu] is %g", k, p[k]);
        if (!(p[k] >= 0 && p[k] <= 1))
            return bni_fail(ctx, BINNET_E_RANGE, "p[%zu] is %g, allowed is 0..1", k, p[k]);
        bni_weight w;
        copy_recipe(&w, kind[k], par + k * BINNET_WEIGHT_PARAMETERS);
        BNI_TRY(bni_weight_check(ctx, &w, "kind", k));
    }
    return BINNET_OK;
}

static int32_t check_normalise(binnet_ctx *ctx, size_t n_pop, int32_t normalise, const double *M)
{
    if (normalise < BINNET_NORMALISE_NONE || normalise > BINNET_NORMALISE_INDEGREE)
        return bni_fail(ctx, BINNET_E_RANGE, "normalise is %d, allowed is %d..%d", (int)normalise,
                        BINNET_NORMALISE_NONE, BINNET_NORMALISE_INDEGREE);
    if (normalise != BINNET_NORMALISE_FIXED)
        return M == NULL ? BINNET_OK
                         : bni_fail(ctx, BINNET_E_RANGE, "M is given, but normalise is not BINNET_NORMALISE_FIXED");
    BNI_TRY(bni_need(ctx, M, "M"));
    BNI_TRY(bni_need_finite(ctx, M, n_pop, "M"));
    for (size_t a = 0; a < n_pop; a++)
        if (!(M[a] > 0))
            return bni_fail(ctx, BINNET_E_RANGE, "M[%zu] is %g, a normalisation must be > 0", a, M[a]);
    return BINNET_OK;
}

/* An ensemble with room for everything; nothing but n_pop is set. */
static int32_t ensemble_make(binnet_ctx *ctx, binnet_ensemble **out, size_t n_pop)
{
    BNI_TRY(bni_need_memory(ctx, ensemble_bytes(n_pop), "an ensemble"));
    binnet_ensemble *e = bni_new(ctx, 1, sizeof *e);
    if (e == NULL)
        return BINNET_E_NOMEM;
    e->mem = ctx->mem;
    e->n_pop = n_pop;
    if ((e->size = bni_new_raw(ctx, n_pop, sizeof *e->size)) == NULL ||
        (e->p = bni_new_raw(ctx, n_pop * n_pop, sizeof *e->p)) == NULL ||
        (e->weight = bni_new_raw(ctx, n_pop * n_pop, sizeof *e->weight)) == NULL ||
        (e->theta = bni_new_raw(ctx, n_pop, sizeof *e->theta)) == NULL ||
        (e->I = bni_new_raw(ctx, n_pop, sizeof *e->I)) == NULL ||
        (e->M = bni_new_raw(ctx, n_pop, sizeof *e->M)) == NULL) {
        binnet_ensemble_free(e);
        return BINNET_E_NOMEM;
    }
    *out = e;
    return BINNET_OK;
}

static int32_t build_ensemble(binnet_ctx *ctx, binnet_ensemble **out, size_t n_pop, const int64_t *size,
                              const double *p, const int32_t *kind, const double *par, const double *theta,
                              const double *stimulus, int32_t normalise, const double *M, int32_t self_connections)
{
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(bni_need(ctx, kind, "kind"));
    BNI_TRY(bni_need(ctx, par, "par"));
    BNI_TRY(check_wiring(ctx, n_pop, p, kind, par));
    BNI_TRY(bni_need_finite(ctx, theta, n_pop, "theta"));
    BNI_TRY(bni_need_finite(ctx, stimulus, n_pop, "stimulus"));
    BNI_TRY(check_normalise(ctx, n_pop, normalise, M));
    if (self_connections != 0 && self_connections != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "self_connections is %d, allowed is 0 or 1", (int)self_connections);
    int64_t n = 0;
    for (size_t a = 0; size != NULL && a < n_pop; a++) {
        if (size[a] < 1 || size[a] > BINNET_MAX_NETWORK - n)
            return bni_fail(ctx, BINNET_E_RANGE, "size[%zu] is %lld: every size at least 1, together at most %d", a,
                            (long long)size[a], BINNET_MAX_NETWORK);
        n += size[a];
    }
    binnet_ensemble *e;
    BNI_TRY(ensemble_make(ctx, &e, n_pop));
    e->n = size != NULL ? (size_t)n : n_pop;
    e->normalise = normalise;
    e->self_connections = self_connections;
    e->tie = BINNET_TIE_ACTIVE;
    memcpy(e->p, p, n_pop * n_pop * sizeof *p);
    for (size_t k = 0; k < n_pop * n_pop; k++)
        copy_recipe(&e->weight[k], kind[k], par + k * BINNET_WEIGHT_PARAMETERS);
    for (size_t a = 0; a < n_pop; a++) {
        e->size[a] = size != NULL ? size[a] : 1;
        e->theta[a] = theta != NULL ? theta[a] : 0;
        e->I[a] = stimulus != NULL ? stimulus[a] : 0;
        e->M[a] = normalise == BINNET_NORMALISE_FIXED ? M[a] : normalise == BINNET_NORMALISE_N ? (double)e->n : 1;
    }
    *out = e;
    return BINNET_OK;
}

int32_t binnet_ensemble_new(binnet_ctx *ctx, binnet_ensemble **out, size_t n_pop, const int64_t *size, const double *p,
                            const int32_t *kind, const double *par, const double *theta, const double *stimulus,
                            int32_t normalise, const double *M, int32_t self_connections)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    if (n_pop < 1 || n_pop > MAX_POPULATIONS)
        return bni_fail(ctx, BINNET_E_RANGE, "n_pop is %zu, allowed is 1..%d", n_pop, MAX_POPULATIONS);
    BNI_TRY(bni_need(ctx, size, "size"));
    return build_ensemble(ctx, out, n_pop, size, p, kind, par, theta, stimulus, normalise, M, self_connections);
}

int32_t binnet_ensemble_new_heterogeneous(binnet_ctx *ctx, binnet_ensemble **out, size_t n, const double *p,
                                          const int32_t *kind, const double *par, const double *theta,
                                          const double *stimulus, int32_t normalise, const double *M)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    if (n < 1 || n > BINNET_MAX_HETEROGENEOUS)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_HETEROGENEOUS);
    return build_ensemble(ctx, out, n, NULL, p, kind, par, theta, stimulus, normalise, M, 1);
}

static int32_t copy(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble)
{
    binnet_ensemble *e;
    size_t n_pop = ensemble->n_pop;
    BNI_TRY(ensemble_make(ctx, &e, n_pop));
    e->n = ensemble->n;
    e->normalise = ensemble->normalise;
    e->self_connections = ensemble->self_connections;
    e->tie = ensemble->tie;
    memcpy(e->size, ensemble->size, n_pop * sizeof *e->size);
    memcpy(e->p, ensemble->p, n_pop * n_pop * sizeof *e->p);
    memcpy(e->weight, ensemble->weight, n_pop * n_pop * sizeof *e->weight);
    memcpy(e->theta, ensemble->theta, n_pop * sizeof *e->theta);
    memcpy(e->I, ensemble->I, n_pop * sizeof *e->I);
    memcpy(e->M, ensemble->M, n_pop * sizeof *e->M);
    e->reciprocal = ensemble->reciprocal;
    if (ensemble->rho != NULL && (e->rho = bni_copy(ctx, ensemble->rho, n_pop * n_pop, 0)) == NULL) {
        binnet_ensemble_free(e);
        return BINNET_E_NOMEM;
    }
    *out = e;
    return BINNET_OK;
}

/* A law at some hundred points between -1e300 and 1e300, rising. */
static int32_t check_cdf(binnet_ctx *ctx, binnet_real_fn cdf, binnet_real_fn survival, void *user)
{
    double before = 0, p = 0;
    for (int k = -150; k <= 150; k++) {
        /* -10, -9.75, ..., 10.75, and powers of 100 beyond. */
        int close = k >= -10 && k <= 10;
        for (int quarter = 0; quarter < (close ? 4 : 1); quarter++) {
            double at = close ? k + 0.25 * quarter : k < 0 ? -pow(10, -2 * k) : pow(10, 2 * k);
            p = cdf(user, at);
            double q = survival != NULL ? survival(user, at) : 1 - p;
            if (!(p >= 0 && p <= 1 && q >= 0 && q <= 1))
                return bni_fail(ctx, BINNET_E_CALLBACK, "cdf(%g) is %g, survival %g: not in 0..1", at, p, q);
            if (fabs(p + q - 1) > 1e-9)
                return bni_fail(ctx, BINNET_E_CALLBACK, "cdf(%g) is %g, survival %g: do not add up to 1", at, p, q);
            if (p < before)
                return bni_fail(ctx, BINNET_E_CALLBACK, "cdf decreases before %g, to %g", at, p);
            before = p;
            if (k == -150 && p > 1e-9)
                return bni_fail(ctx, BINNET_E_CALLBACK, "cdf(%g) is %g, must be near 0", at, p);
        }
    }
    return p >= 1 - 1e-9 ? BINNET_OK : bni_fail(ctx, BINNET_E_CALLBACK, "cdf(1e300) is %g, must be near 1", p);
}

/* At 0, 1e-300, and powers of 2 from 1e-3 to 1e4. */
static int32_t check_characteristic(binnet_ctx *ctx, binnet_complex_fn f, void *user)
{
    for (int k = -2; k <= 24; k++) {
        double t = k == -2 ? 0 : k == -1 ? 1e-300 : 1e-3 * pow(2, k), re = NAN, im = NAN;
        f(user, t, &re, &im);
        if (!(hypot(re, im) <= 1 + 1e-9) || (k < 0 && !(fabs(re - 1) <= 1e-9 && fabs(im) <= 1e-9)))
            return bni_fail(ctx, BINNET_E_CALLBACK,
                            "characteristic(%g) is %g + %g i: 1 at and near 0, at most 1 in modulus", t, re, im);
    }
    return BINNET_OK;
}

int32_t binnet_ensemble_with_weight(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble, size_t a,
                                    size_t b, binnet_real_fn cdf, binnet_real_fn survival,
                                    binnet_complex_fn characteristic, void *user)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    if (a >= ensemble->n_pop || b >= ensemble->n_pop)
        return bni_fail(ctx, BINNET_E_RANGE, "populations %zu, %zu, allowed is 0..%zu", a, b, ensemble->n_pop - 1);
    if (cdf == NULL && (survival != NULL || characteristic == NULL))
        return bni_fail(ctx, BINNET_E_NULL, "%s",
                        survival != NULL ? "cdf is NULL, but not survival" : "cdf and characteristic are NULL");
    if (cdf != NULL)
        BNI_TRY(check_cdf(ctx, cdf, survival, user));
    if (characteristic != NULL)
        BNI_TRY(check_characteristic(ctx, characteristic, user));
    if (ensemble->rho != NULL && (ensemble->rho[a * ensemble->n_pop + b] != 0))
        return bni_fail(ctx, BINNET_E_RANGE, "the weights between populations %zu and %zu are correlated Gaussians", a,
                        b);
    BNI_TRY(copy(ctx, out, ensemble));
    (*out)->weight[a * ensemble->n_pop + b] = (bni_weight){
        .kind = BINNET_WEIGHT_CUSTOM, .cdf = cdf, .survival = survival, .characteristic = characteristic, .user = user};
    return BINNET_OK;
}

static int32_t check_correlation(binnet_ctx *ctx, const binnet_ensemble *e, const double *rho, int32_t reciprocal)
{
    size_t n_pop = e->n_pop;
    for (size_t a = 0; a < n_pop; a++)
        for (size_t b = 0; b < n_pop; b++) {
            size_t k = a * n_pop + b, back = b * n_pop + a;
            if (!(fabs(rho[k]) <= 1) || rho[k] != rho[back])
                return bni_fail(ctx, BINNET_E_RANGE, "rho[%zu] is %g, rho[%zu] is %g: allowed is -1..1, symmetric", k,
                                rho[k], back, rho[back]);
            if (rho[k] != 0 && e->weight[k].kind != BINNET_WEIGHT_GAUSSIAN)
                return bni_fail(ctx, BINNET_E_RANGE, "rho[%zu] is %g, but weights %zu are not Gaussian", k, rho[k], k);
            if (reciprocal == BINNET_RECIPROCAL_SAME && e->p[k] != e->p[back])
                return bni_fail(ctx, BINNET_E_RANGE,
                                "p[%zu] is %g, p[%zu] is %g: both directions or none must be equal", k, e->p[k], back,
                                e->p[back]);
        }
    return BINNET_OK;
}

int32_t binnet_ensemble_with_correlation(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble,
                                         const double *rho, int32_t reciprocal)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    BNI_TRY(bni_need(ctx, rho, "rho"));
    if (reciprocal != BINNET_RECIPROCAL_INDEPENDENT && reciprocal != BINNET_RECIPROCAL_SAME)
        return bni_fail(ctx, BINNET_E_RANGE, "reciprocal is %d, allowed is 0 or 1", (int)reciprocal);
    size_t pairs = ensemble->n_pop * ensemble->n_pop;
    BNI_TRY(bni_need_finite(ctx, rho, pairs, "rho"));
    BNI_TRY(check_correlation(ctx, ensemble, rho, reciprocal));
    binnet_ensemble *e;
    BNI_TRY(copy(ctx, &e, ensemble));
    e->reciprocal = reciprocal;
    if (e->rho == NULL && (e->rho = bni_new_raw(ctx, pairs, sizeof *rho)) == NULL) {
        binnet_ensemble_free(e);
        return BINNET_E_NOMEM;
    }
    memcpy(e->rho, rho, pairs * sizeof *rho);
    *out = e;
    return BINNET_OK;
}

int32_t binnet_ensemble_with_stimuli(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble,
                                     const double *stimulus)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    BNI_TRY(bni_need(ctx, stimulus, "stimulus"));
    BNI_TRY(bni_need_finite(ctx, stimulus, ensemble->n_pop, "stimulus"));
    BNI_TRY(copy(ctx, out, ensemble));
    memcpy((*out)->I, stimulus, ensemble->n_pop * sizeof *stimulus);
    return BINNET_OK;
}

int32_t binnet_ensemble_with_tie(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble, int32_t tie)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    if (tie != BINNET_TIE_ACTIVE && tie != BINNET_TIE_SILENT && tie != BINNET_TIE_KEEP)
        return bni_fail(ctx, BINNET_E_RANGE, "tie is %d, allowed is 0 (active), 1 (silent), 2 (keep)", (int)tie);
    BNI_TRY(copy(ctx, out, ensemble));
    (*out)->tie = tie;
    return BINNET_OK;
}

void binnet_ensemble_free(binnet_ensemble *ensemble)
{
    if (ensemble == NULL)
        return;
    bni_allocator mem = ensemble->mem;
    bni_delete(&mem, ensemble->size);
    bni_delete(&mem, ensemble->p);
    bni_delete(&mem, ensemble->weight);
    bni_delete(&mem, ensemble->theta);
    bni_delete(&mem, ensemble->I);
    bni_delete(&mem, ensemble->rho);
    bni_delete(&mem, ensemble->M);
    bni_delete(&mem, ensemble);
}

int64_t bni_ensemble_candidates(const binnet_ensemble *ensemble, size_t a, size_t b)
{
    return ensemble->size[b] - (a == b && !ensemble->self_connections);
}

size_t binnet_ensemble_neurons(const binnet_ensemble *ensemble)
{
    return ensemble != NULL ? ensemble->n : 0;
}

size_t binnet_ensemble_populations(const binnet_ensemble *ensemble)
{
    return ensemble != NULL ? ensemble->n_pop : 0;
}

static int holds_population(const binnet_ensemble *ensemble, size_t a)
{
    return ensemble != NULL && a < ensemble->n_pop;
}

int64_t binnet_ensemble_size(const binnet_ensemble *ensemble, size_t a)
{
    return holds_population(ensemble, a) ? ensemble->size[a] : 0;
}

int32_t binnet_ensemble_tie(const binnet_ensemble *ensemble)
{
    return ensemble != NULL ? ensemble->tie : -1;
}

int32_t binnet_ensemble_normalise(const binnet_ensemble *ensemble)
{
    return ensemble != NULL ? ensemble->normalise : -1;
}

int32_t binnet_ensemble_self_connections(const binnet_ensemble *ensemble)
{
    return ensemble != NULL ? ensemble->self_connections : -1;
}

int32_t binnet_ensemble_reciprocal(const binnet_ensemble *ensemble)
{
    return ensemble != NULL ? ensemble->reciprocal : -1;
}

double binnet_ensemble_correlation(const binnet_ensemble *ensemble, size_t a, size_t b)
{
    if (!holds_population(ensemble, a) || !holds_population(ensemble, b))
        return NAN;
    return ensemble->rho != NULL ? ensemble->rho[a * ensemble->n_pop + b] : 0;
}

double binnet_ensemble_probability(const binnet_ensemble *ensemble, size_t a, size_t b)
{
    return holds_population(ensemble, a) && holds_population(ensemble, b) ? ensemble->p[a * ensemble->n_pop + b] : NAN;
}

int32_t binnet_ensemble_kind(const binnet_ensemble *ensemble, size_t a, size_t b)
{
    return holds_population(ensemble, a) && holds_population(ensemble, b)
               ? ensemble->weight[a * ensemble->n_pop + b].kind
               : 0;
}

double binnet_ensemble_parameter(const binnet_ensemble *ensemble, size_t a, size_t b, size_t k)
{
    if (!holds_population(ensemble, a) || !holds_population(ensemble, b) || k >= BINNET_WEIGHT_PARAMETERS)
        return NAN;
    return ensemble->weight[a * ensemble->n_pop + b].par[k];
}

double binnet_ensemble_threshold(const binnet_ensemble *ensemble, size_t a)
{
    return holds_population(ensemble, a) ? ensemble->theta[a] : NAN;
}

double binnet_ensemble_stimulus(const binnet_ensemble *ensemble, size_t a)
{
    return holds_population(ensemble, a) ? ensemble->I[a] : NAN;
}

double binnet_ensemble_normalisation(const binnet_ensemble *ensemble, size_t a)
{
    if (!holds_population(ensemble, a) || ensemble->normalise == BINNET_NORMALISE_INDEGREE)
        return NAN;
    return ensemble->M[a];
}
