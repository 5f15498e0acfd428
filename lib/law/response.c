/*
 * Derivatives of stationary expectations. With (I - P) g = f - E f,
 *     d E f = sum over stages r, neurons i of r, states s of mu_r(s) dp_i(s) (E[g_r | s, i fires] - E[g_r | s, i rests]),
 * mu_r the law before stage r, g_r the expectation of g after it; one stage but for sweeps and blocks.
 * dp_i = f_B(-h_i / sigma_i) (dh_i / sigma_i - h_i dsigma_i / sigma_i^2).
 * Source: Schweitzer, J. Appl. Prob. 5 (1968) 401; THEORY 3, 5.
 */
#include "law/poisson.h"

#include "binnet/response.h"

#include <math.h>
#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS, BETWEEN_POLLS = 1 << 12 };

/* Where the derivatives of one functional go; weight and scale may be NULL, and so may stimulus. */
typedef struct target {
    double *stimulus, *weight, *scale;
} target;

typedef struct response {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    const binnet_law *law;
    size_t n, S;
    bni_poisson *poisson;
    double *memory;                               /* all vectors */
    double *f, *size, *g, *error;                 /* the functional, centred; the solution */
    double *after, *error_after, *gain, *scratch; /* of one stage and neuron */
    double *before;                               /* laws before each stage but the first, [stages - 1][S] */
    double worst;                                 /* largest error so far */
    size_t functionals;
    target out, found; /* the caller's arrays, which are filled when all is known, and ours */
    int undefined;     /* a neuron with NaN entries, or -1 */
} response;

static size_t stages_of(const binnet_chain *c)
{
    return c->update == BINNET_UPDATE_ASYNCHRONOUS ? 1 : c->n_stages;
}

/* Derivatives of one functional. */
static size_t target_size(const target *t, size_t n)
{
    return (t->stimulus != NULL ? n : 0) + (t->weight != NULL ? n * n : 0) + (t->scale != NULL ? n : 0);
}

static double response_bytes(const binnet_ctx *ctx, const binnet_chain *chain, const target *out, size_t functionals)
{
    double S = (double)((size_t)1 << chain->n);
    double work = bni_poisson_bytes(ctx, chain) + 8 * S * (8 + (double)(stages_of(chain) - 1)) +
                  8 * (double)(target_size(out, chain->n) * functionals) + bni_sum_blocks_bytes(chain->n);
    double update = 0; /* what a law before a stage takes, before the solver is made */
    for (size_t s = 0; s + 1 < stages_of(chain); s++)
        update = fmax(update, bni_update_set_bytes(chain, bni_stage_size(chain, s)));
    return fmax(work, bni_need_stationary_bytes(ctx, chain)) + update + 64;
}

int32_t bni_need_stationary(binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *law)
{
    bni_team *team = NULL;
    bni_step *step = NULL;
    size_t S = (size_t)1 << chain->n;
    double *y = bni_new_raw(ctx, S, sizeof *y), change = 0;
    int32_t status = y == NULL ? BINNET_E_NOMEM
                               : bni_team_new(ctx, &team, chain->n < BNI_THREADED ? 1 : (int)ctx->threads);
    if (status == BINNET_OK)
        status = bni_step_new(ctx, &step, chain, team, bni_step_room(ctx, 8 * (double)S));
    if (status == BINNET_OK)
        status = bni_step_apply(ctx, step, y, law->p);
    for (size_t s = 0; s < S && status == BINNET_OK; s++) {
        change += fabs(y[s] - law->p[s]);
        if (s % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, 1);
    }
    bni_step_free(step);
    bni_team_free(team);
    bni_delete(&ctx->mem, y);
    if (status == BINNET_OK && !(change <= 1e-8))
        return bni_fail(ctx, BINNET_E_RANGE, "the law is not stationary: one step changes it by %.3g", change);
    return status;
}

double bni_need_stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain)
{
    double y = 8 * (double)((size_t)1 << chain->n);
    return y + bni_step_bytes(chain, (int)ctx->threads, bni_step_room(ctx, y));
}

static int32_t check_response(binnet_ctx *ctx, size_t n, const binnet_chain *chain, const binnet_law *law,
                              const target *out, size_t functionals)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the law is of %zu neurons, the chain has %zu", law->n, chain->n);
    if (chain->noise->kind == BINNET_NOISE_CUSTOM && chain->noise->density == NULL)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "this noise was made without a density");
    BNI_TRY(bni_chain_need_independent(ctx, chain, "derivatives of a stationary law"));
    BNI_TRY(bni_need_memory(ctx, response_bytes(ctx, chain, out, functionals), "derivatives of a stationary law"));
    bni_span(ctx, 0, 0.01);
    return bni_need_stationary(ctx, chain, law);
}

static void close_response(response *r)
{
    bni_poisson_free(r->poisson);
    bni_delete(&r->ctx->mem, r->memory);
}

static const double *law_before(const response *r, size_t stage)
{
    return stage == 0 ? r->law->p : r->before + (stage - 1) * r->S;
}

/* What comes before the functionals, and functional k of `count`. */
static const double prepared = 0.1;

static void span_functional(binnet_ctx *ctx, size_t k, size_t count)
{
    double length = (0.99 - prepared) / (double)count;
    bni_span(ctx, prepared + length * (double)k, prepared + length * (double)(k + 1));
}

static int32_t open_response(response *r, binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *law,
                             const target *out, size_t functionals)
{
    bni_span(ctx, 0.01, prepared);
    *r = (response){.ctx = ctx, .chain = chain, .law = law, .n = chain->n, .S = (size_t)1 << chain->n, .undefined = -1};
    r->out = *out;
    r->functionals = functionals;
    size_t stages = stages_of(chain), n = r->n;
    r->memory = bni_new_raw(ctx, (8 + stages - 1) * r->S + target_size(out, n) * functionals, sizeof *r->memory);
    if (r->memory == NULL)
        return BINNET_E_NOMEM;
    double **vector[] = {&r->f, &r->size, &r->g, &r->error, &r->after, &r->error_after, &r->gain, &r->scratch};
    for (size_t k = 0; k < 8; k++)
        *vector[k] = r->memory + k * r->S;
    r->before = r->memory + 8 * r->S;
    double *at = r->before + (stages - 1) * r->S;
    r->found.stimulus = out->stimulus == NULL ? NULL : at;
    at += out->stimulus == NULL ? 0 : functionals * n;
    r->found.weight = out->weight == NULL ? NULL : at;
    at += out->weight == NULL ? 0 : functionals * n * n;
    r->found.scale = out->scale == NULL ? NULL : at;
    for (size_t s = 1; s < stages; s++)
        BNI_TRY(bni_update_set(ctx, r->before + (s - 1) * r->S, law_before(r, s - 1), chain,
                               chain->stage_neuron + chain->stage_first[s - 1], bni_stage_size(chain, s - 1)));
    BNI_TRY(bni_poisson_new(ctx, &r->poisson, chain, law));
    span_functional(ctx, 0, 1);
    return BINNET_OK;
}

/* dp_i by the drive at state s; NAN where there is none. *z = h / sigma. */
static double slope(const binnet_chain *c, size_t i, uint64_t s, double *z)
{
    double h = bni_drive(c, i, s), sigma = c->noise->scale[i], rounding = c->rounding[i] / c->M[i];
    *z = 0;
    if (!(sigma > 0))
        return fabs(h) <= rounding ? NAN : 0;
    *z = h / sigma;
    if (c->noise->kind == BINNET_NOISE_UNIFORM && fabs(fabs(h) - sigma) <= rounding)
        return NAN;
    return bni_noise_density(c->noise, -*z) / sigma;
}

/* gain becomes gain mu dp_i, or the same times h / sigma; all >= 0 when gain is. */
static int32_t weigh_gain(const response *r, double *to, const double *gain, const double *mu, size_t i, int by_scale)
{
    for (size_t s = 0; s < r->S; s++) {
        double z = 0, d = mu[s] > 0 ? slope(r->chain, i, s, &z) : 0;
        to[s] = mu[s] > 0 ? gain[s] * mu[s] * d * (by_scale ? -z : 1) : 0;
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(r->ctx, 1));
    }
    return BINNET_OK;
}

/* Sums of v over all states, and over those where each neuron is active. */
static int32_t sum_states(const response *r, double *all, double *active, const double *v)
{
    double silent[MOST];
    BNI_TRY(bni_sums_by_neuron(r->ctx, silent, active, v, r->n));
    *all = silent[0] + active[0];
    return BINNET_OK;
}

/* What neuron `at` of a stage adds. */
static int32_t add_responses(response *r, const target *to, size_t stage, size_t at)
{
    bni_expectation *e = bni_poisson_expectation(r->poisson);
    const double *mu = law_before(r, stage);
    size_t i = (size_t)r->chain->stage_neuron[(size_t)r->chain->stage_first[stage] + at];
    double all, active[MOST];
    BNI_TRY(bni_expectation_gain(r->ctx, e, r->gain, r->after, stage, at, -1));
    BNI_TRY(weigh_gain(r, r->scratch, r->gain, mu, i, 0));
    BNI_TRY(sum_states(r, &all, active, r->scratch));
    if (isnan(all))
        r->undefined = (int)i;
    if (to->stimulus != NULL)
        to->stimulus[i] = all;
    for (size_t j = 0; j < r->n && to->weight != NULL; j++)
        to->weight[i * r->n + j] = isnan(all) ? NAN : active[j] / r->chain->M[i];
    if (to->scale != NULL) {
        BNI_TRY(weigh_gain(r, r->scratch, r->gain, mu, i, 1));
        BNI_TRY(sum_states(r, &to->scale[i], active, r->scratch));
        if (!(r->chain->noise->scale[i] > 0))
            to->scale[i] = NAN;
        if (isnan(to->scale[i]))
            r->undefined = (int)i;
    }
    /* the same with what may be wrong with g: both of its signs add up */
    BNI_TRY(bni_expectation_gain(r->ctx, e, r->gain, r->error_after, stage, at, 1));
    for (int by_scale = 0; by_scale < 2; by_scale++) {
        if (by_scale ? to->scale == NULL : to->stimulus == NULL && to->weight == NULL)
            continue;
        BNI_TRY(weigh_gain(r, r->scratch, r->gain, mu, i, by_scale));
        for (size_t s = 0; s < r->S; s++)
            r->scratch[s] = fabs(r->scratch[s]);
        BNI_TRY(sum_states(r, &all, active, r->scratch));
        double unit = !by_scale && to->weight != NULL ? fmax(1, 1 / r->chain->M[i]) : 1;
        r->worst = isnan(all) ? r->worst : fmax(r->worst, all * unit);
    }
    return BINNET_OK;
}

/* The derivatives of E f, f centred in r->f; size: see bni_poisson_solve. */
static int32_t fill_derivatives(response *r, const target *to)
{
    bni_expectation *e = bni_poisson_expectation(r->poisson);
    bni_progress whole = bni_progress_push(r->ctx);
    bni_progress_parts(r->ctx, whole, 0, 0.5, 1);
    BNI_TRY(bni_poisson_solve(r->ctx, r->poisson, r->g, r->error, r->f, r->size));
    BNI_TRY(bni_copy_bytes(r->ctx, r->after, r->g, r->S, sizeof *r->g));
    BNI_TRY(bni_copy_bytes(r->ctx, r->error_after, r->error, r->S, sizeof *r->g));
    for (size_t stage = stages_of(r->chain), done = 0; stage-- > 0;) {
        size_t count = r->chain->update == BINNET_UPDATE_ASYNCHRONOUS ? r->n : bni_stage_size(r->chain, stage);
        for (size_t at = 0; at < count; at++) {
            bni_progress_parts(r->ctx, whole, (double)(r->n + done++), 0, 2 * (double)r->n);
            BNI_TRY(add_responses(r, to, stage, at));
        }
        if (stage == 0)
            break;
        BNI_TRY(bni_expectation_stage(r->ctx, e, r->scratch, r->after, stage));
        BNI_TRY(bni_copy_bytes(r->ctx, r->after, r->scratch, r->S, sizeof *r->g));
        BNI_TRY(bni_expectation_stage(r->ctx, e, r->scratch, r->error_after, stage));
        BNI_TRY(bni_copy_bytes(r->ctx, r->error_after, r->scratch, r->S, sizeof *r->g));
    }
    bni_progress_pop(r->ctx, whole);
    return BINNET_OK;
}

/* After the last functional. */
static int32_t finish_response(response *r, int32_t status, double *error)
{
    size_t count = r->functionals * r->n;
    if (status == BINNET_OK)
        status = bni_poll_end(r->ctx);
    if (status == BINNET_OK && error != NULL)
        *error = r->worst;
    if (status == BINNET_OK && r->out.stimulus != NULL)
        memcpy(r->out.stimulus, r->found.stimulus, count * sizeof *r->memory);
    if (status == BINNET_OK && r->out.weight != NULL)
        memcpy(r->out.weight, r->found.weight, count * r->n * sizeof *r->memory);
    if (status == BINNET_OK && r->out.scale != NULL)
        memcpy(r->out.scale, r->found.scale, count * sizeof *r->memory);
    close_response(r);
    if (status == BINNET_OK && r->undefined >= 0)
        return bni_fail(r->ctx, BINNET_E_UNDEFINED,
                        "derivatives by neuron %d are NaN: its noise is 0, or a drive is where its density jumps",
                        r->undefined);
    return status;
}

static target part_of(const target *all, size_t k, size_t n)
{
    return (target){all->stimulus == NULL ? NULL : all->stimulus + k * n,
                    all->weight == NULL ? NULL : all->weight + k * n * n,
                    all->scale == NULL ? NULL : all->scale + k * n};
}

int32_t binnet_response_functional(binnet_ctx *ctx, double *stimulus, double *weight, double *scale, double *error,
                                   size_t n, const binnet_chain *chain, const binnet_law *law, const double *f,
                                   size_t len)
{
    const target out = {stimulus, weight, scale};
    BNI_TRY(check_response(ctx, n, chain, law, &out, 1));
    BNI_TRY(bni_need(ctx, f, "f"));
    if (len != (size_t)1 << n)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the chain has %zu states", len, (size_t)1 << n);
    BNI_TRY(bni_need_finite(ctx, f, len, "f"));
    response r;
    int32_t status = open_response(&r, ctx, chain, law, &out, 1);
    if (status == BINNET_OK) {
        double mean = 0, size = 0, all = 0;
        for (size_t s = 0; s < len; s++) {
            mean += law->p[s] * f[s];
            size += law->p[s] * fabs(f[s]);
            all += law->p[s];
        }
        for (size_t s = 0; s < len; s++) {
            r.f[s] = f[s] - mean / all;
            r.size[s] = fabs(r.f[s]) + fabs(f[s]) + size;
        }
        status = fill_derivatives(&r, &r.found);
    }
    return finish_response(&r, status, error);
}

/* f = A_a - q_a. */
static int32_t set_mean(response *r, const bni_sides *sides, size_t a)
{
    for (size_t s = 0; s < r->S; s++) {
        r->f[s] = s >> a & 1 ? sides->silent[a] : -sides->active[a];
        r->size[s] = 2 * fabs(r->f[s]);
    }
    return bni_poll(r->ctx, 0);
}

/* f = (A_a - q_a)(A_b - q_b) less its mean. */
static int32_t set_covariance(response *r, const bni_sides *sides, size_t a, size_t b)
{
    double mean = 0, size = 0;
    for (size_t s = 0; s < r->S; s++) {
        r->f[s] = (s >> a & 1 ? sides->silent[a] : -sides->active[a]) *
                  (s >> b & 1 ? sides->silent[b] : -sides->active[b]);
        mean += r->law->p[s] * r->f[s];
        size += r->law->p[s] * fabs(r->f[s]);
    }
    for (size_t s = 0; s < r->S; s++) {
        r->size[s] = 2 * fabs(r->f[s]) + fabs(mean) + size;
        r->f[s] -= mean;
    }
    return bni_poll(r->ctx, 0);
}

int32_t binnet_response_mean(binnet_ctx *ctx, double *stimulus, double *weight, double *scale, double *error, size_t n,
                             const binnet_chain *chain, const binnet_law *law)
{
    const target out = {stimulus, weight, scale};
    BNI_TRY(check_response(ctx, n, chain, law, &out, n));
    bni_sides sides;
    response r;
    int32_t status = open_response(&r, ctx, chain, law, &out, n);
    if (status == BINNET_OK)
        status = bni_law_sides(ctx, &sides, law);
    for (size_t a = 0; a < n && status == BINNET_OK; a++) {
        const target to = part_of(&r.found, a, n);
        span_functional(ctx, a, n);
        status = set_mean(&r, &sides, a);
        if (status == BINNET_OK)
            status = fill_derivatives(&r, &to);
    }
    return finish_response(&r, status, error);
}

int32_t binnet_response_covariance(binnet_ctx *ctx, double *stimulus, double *weight, double *scale, double *error,
                                   size_t n, const binnet_chain *chain, const binnet_law *law)
{
    const target out = {stimulus, weight, scale};
    BNI_TRY(check_response(ctx, n, chain, law, &out, n * n));
    bni_sides sides;
    response r;
    int32_t status = open_response(&r, ctx, chain, law, &out, n * n);
    if (status == BINNET_OK)
        status = bni_law_sides(ctx, &sides, law);
    for (size_t a = 0, done = 0; a < n && status == BINNET_OK; a++)
        for (size_t b = 0; b <= a && status == BINNET_OK; b++, done++) {
            const target to = part_of(&r.found, a * n + b, n), mirror = part_of(&r.found, b * n + a, n);
            span_functional(ctx, done, n * (n + 1) / 2);
            status = set_covariance(&r, &sides, a, b);
            if (status == BINNET_OK)
                status = fill_derivatives(&r, &to);
            if (status != BINNET_OK || a == b)
                continue;
            if (stimulus != NULL)
                memcpy(mirror.stimulus, to.stimulus, n * sizeof *stimulus);
            if (weight != NULL)
                memcpy(mirror.weight, to.weight, n * n * sizeof *weight);
            if (scale != NULL)
                memcpy(mirror.scale, to.scale, n * sizeof *scale);
        }
    return finish_response(&r, status, error);
}
