/*
 * Integrated autocorrelation times: sum over l >= 0 of Cov(X(t), X(t + l)) = E[(X - E X) g], (I - P) g = X - E X. A neuron's own is
 * that of the chain of those alone that influence it, at whatever remove: P of asynchronous chains is then slower by how often
 * one of these is selected. The sum of a population's is that of its neurons' g, each against the population's X - E X.
 * Source: THEORY 5; Sokal, in Functional Integration (1997), 131.
 */
#include "law/poisson.h"

#include <math.h>

/* Of the sum, by which its solution may be wrong for each step of the time. */
static const double precision = 2e-12;

/* tau of b = X - E X, and its error; share: of all steps, those of this chain. */
static int32_t time_of(binnet_ctx *ctx, double *tau, double *worst, bni_poisson *p, const binnet_law *law, double share,
                       const double *b, double *size, double *g, double *error)
{
    size_t S = (size_t)1 << law->n;
    double variance = 0, sum = 0, wrong = 0, rounding = 0, norm = 0;
    for (size_t s = 0; s < S; s++) {
        double weighted = law->p[s] * b[s];
        size[s] = 2 * fabs(b[s]) + 1.0 / (double)law->n;
        variance += weighted * b[s];
        norm += weighted * weighted;
    }
    norm = sqrt(norm);
    bni_poisson_aim(p, norm > 0 ? precision * variance / norm
                                : 0); /* what is left of b moves the sum by its part of that norm */
    BNI_TRY(bni_poisson_solve(ctx, p, g, error, b, size));
    for (size_t s = 0; s < S; s++) {
        double weighted = law->p[s] * b[s];
        sum += weighted * g[s];
        wrong += fabs(weighted) * error[s];
        rounding += fabs(weighted * g[s]) * 0x1p-50;
    }
    sum /= share;
    wrong = (fmin(wrong, norm * bni_poisson_error_norm(p)) + rounding) / share;
    *tau = variance > 0 ? (2 * sum - variance) / variance : NAN;
    if (variance > 0)
        *worst = fmax(*worst, 2 * wrong / variance + 0x1p-50 * fabs(*tau));
    return bni_poll(ctx, 1);
}

/* What is asked for, and how far it is. */
typedef struct times {
    binnet_ctx *ctx;
    double *tau, *population; /* [n], one; or NULL */
    double worst;
    size_t n, done;
    const binnet_law *whole;
    bni_sides sides;                     /* of the whole */
    double variance, spread, sum, wrong; /* population: E b^2, E|b|, n E b g and its error; b = X - E X */
} times;

static void next_span(times *t)
{
    bni_span(t->ctx, (double)t->done / (double)(t->n + 1), (double)(t->done + 1) / (double)(t->n + 1));
    t->done++;
}

static int sums_population(const times *t)
{
    return t->tau != NULL && t->population != NULL;
}

static double population_deviation(const bni_sides *sides, size_t n, size_t s)
{
    double b = 0;
    for (size_t i = 0; i < n; i++)
        b += (s >> i & 1 ? sides->silent[i] : -sides->active[i]) / (double)n;
    return b;
}

/* weight[2^k]: b of the population times the law, summed over the states of those that are not of the part. */
static int32_t weigh_population(times *t, double *weight, size_t k, const int32_t *neuron)
{
    enum { BETWEEN_POLLS = 1 << 14 };
    size_t S = (size_t)1 << t->n;
    BNI_TRY(bni_clear(t->ctx, weight, (size_t)1 << k, sizeof *weight));
    t->variance = t->spread = 0;
    for (size_t s = 0; s < S; s++) {
        double b = population_deviation(&t->sides, t->n, s), weighted = t->whole->p[s] * b;
        weight[bni_group_state(s, k, neuron)] += weighted;
        t->variance += weighted * b;
        t->spread += fabs(weighted);
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(t->ctx, 0));
    }
    return BINNET_OK;
}

/* A neuron's g and its error are a part of the population's. */
static int32_t add_to_population(times *t, const bni_poisson *p, const double *weight, const double *g,
                                 const double *error, size_t S, double share)
{
    double sum = 0, wrong = 0, norm = 0, most = 0;
    for (size_t s = 0; s < S; s++) {
        sum += weight[s] * g[s];
        wrong += fabs(weight[s]) * error[s];
        norm += weight[s] * weight[s];
        most = fmax(most, fabs(g[s]));
    }
    t->sum += sum / share;
    t->wrong += (fmin(wrong, sqrt(norm) * bni_poisson_error_norm(p)) + 0x1p-50 * most * t->spread) / share;
    return bni_poll(t->ctx, 1);
}

static void finish_population(times *t)
{
    double n = (double)t->n, tau = (2 * t->sum / n - t->variance) / t->variance;
    *t->population = t->variance > 0 ? tau : NAN;
    if (t->variance > 0)
        t->worst = fmax(t->worst, 2 * t->wrong / n / t->variance + 0x1p-50 * fabs(tau));
}

/* The `wanted` of the neurons of the chain, called neuron[] in the whole; share: of the steps of the whole. */
static int32_t solve_autocorrelations(times *t, bni_poisson *p, const binnet_law *law, double share,
                                      const int32_t *neuron, uint64_t wanted, double *v)
{
    size_t n = law->n, S = (size_t)1 << n;
    double *b = v, *size = v + S, *g = v + 2 * S, *error = v + 3 * S, *weight = v + 4 * S;
    bni_sides sides;
    BNI_TRY(bni_law_sides(t->ctx, &sides, law));
    if (sums_population(t))
        BNI_TRY(weigh_population(t, weight, n, neuron));
    for (size_t i = 0; i < n; i++) {
        if (!(wanted >> i & 1))
            continue;
        next_span(t);
        for (size_t s = 0; s < S; s++)
            b[s] = s >> i & 1 ? sides.silent[i] : -sides.active[i];
        BNI_TRY(time_of(t->ctx, t->tau + neuron[i], &t->worst, p, law, share, b, size, g, error));
        if (sums_population(t))
            BNI_TRY(add_to_population(t, p, weight, g, error, S, share));
    }
    if (t->tau != NULL)
        return BINNET_OK;
    next_span(t);
    for (size_t s = 0; s < S; s++)
        b[s] = population_deviation(&sides, n, s);
    return time_of(t->ctx, t->population, &t->worst, p, law, share, b, size, g, error);
}

static int32_t fill_times(times *t, const binnet_chain *chain, const binnet_law *law, double share,
                          const int32_t *neuron, uint64_t wanted)
{
    bni_poisson *p = NULL;
    double *v = bni_new_raw(t->ctx, (size_t)5 << law->n, sizeof *v);
    int32_t status = v == NULL ? BINNET_E_NOMEM : bni_poisson_new(t->ctx, &p, chain, law);
    if (status == BINNET_OK)
        status = solve_autocorrelations(t, p, law, share, neuron, wanted, v);
    bni_poisson_free(p);
    bni_delete(&t->ctx->mem, v);
    return status;
}

static int32_t find_part(binnet_ctx *ctx, binnet_law **out, const binnet_law *law, size_t k, const int32_t *neuron)
{
    BNI_TRY(bni_law_make(ctx, out, k));
    double *lost = bni_new_raw(ctx, (size_t)1 << k, sizeof *lost);
    int32_t status = lost == NULL ? BINNET_E_NOMEM : bni_marginal(ctx, (*out)->p, lost, law, k, neuron);
    bni_delete(&ctx->mem, lost);
    return status;
}

/* The neurons of the set `wanted`, which those of the set `part` alone influence. */
static int32_t fill_part(times *t, const binnet_chain *chain, const binnet_law *law, uint64_t part, uint64_t wanted,
                         double share)
{
    int32_t neuron[BINNET_MAX_CHAIN_NEURONS];
    size_t k = 0;
    uint64_t within = 0;
    for (size_t i = 0; i < chain->n; i++)
        if (part >> i & 1) {
            within |= (wanted >> i & 1) << k;
            neuron[k++] = (int32_t)i;
        }
    binnet_chain *alone = NULL;
    binnet_law *marginal = NULL;
    int32_t status = bni_chain_pick(t->ctx, &alone, chain, k, neuron);
    if (status == BINNET_OK)
        status = find_part(t->ctx, &marginal, law, k, neuron);
    if (status == BINNET_OK)
        status = fill_times(t, alone, marginal, share, neuron, within);
    binnet_law_free(marginal);
    binnet_chain_free(alone);
    return status;
}

/* Of the steps of the chain, those in which one of the set `part` is updated. */
static double share_of_steps(const binnet_chain *chain, uint64_t part)
{
    double share = chain->select == NULL ? 1 : 0;
    for (size_t i = 0; i < chain->n && chain->select != NULL; i++)
        share += part >> i & 1 ? chain->select[i] : 0;
    return share;
}

/* source[i]: the set of those that influence neuron i, at whatever remove, and itself. */
static void find_sources(uint64_t *source, const binnet_chain *chain)
{
    size_t n = chain->n;
    for (size_t i = 0; i < n; i++) {
        source[i] = UINT64_C(1) << i;
        for (size_t j = 0; j < n; j++)
            source[i] |= (uint64_t)(chain->J[i * n + j] != 0) << j;
    }
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            if (source[i] >> k & 1)
                source[i] |= source[k];
}

/* Of the whole, or of a part with its chain and law. */
static double times_bytes(const binnet_ctx *ctx, const binnet_chain *chain)
{
    uint64_t source[BINNET_MAX_CHAIN_NEURONS];
    double most = 0;
    find_sources(source, chain);
    for (size_t i = 0; i <= chain->n; i++) {
        size_t k = 0, n = chain->n;
        for (size_t j = 0; j < n; j++)
            k += i == n || (source[i] >> j & 1);
        most = fmax(most, bni_poisson_part_bytes(ctx, chain, k) + ldexp(k < n ? 56 : 40, (int)k) +
                              (k < n ? bni_chain_bytes(chain) + sizeof(binnet_law) + 64 : 0));
    }
    return most + bni_sum_blocks_bytes(chain->n);
}

/* Part by part; those that all neurons influence, or the population alone, last. */
static int32_t fill_all_times(times *t, const binnet_chain *chain, const binnet_law *law)
{
    uint64_t source[BINNET_MAX_CHAIN_NEURONS], all = (UINT64_C(1) << chain->n) - 1, left = t->tau != NULL ? all : 0;
    int32_t neuron[BINNET_MAX_CHAIN_NEURONS];
    int one_by_one = !bni_noise_correlated(chain->noise);
    find_sources(source, chain);
    for (size_t i = 0; i < chain->n; i++)
        neuron[i] = (int32_t)i;
    for (size_t i = 0; i < chain->n && one_by_one; i++) {
        uint64_t wanted = 0;
        double share = share_of_steps(chain, source[i]);
        for (size_t j = i; j < chain->n; j++)
            wanted |= (uint64_t)(source[j] == source[i] && left >> j & 1) << j;
        if (source[i] == all || wanted == 0 || !(share > 0))
            continue;
        BNI_TRY(fill_part(t, chain, law, source[i], wanted, share));
        left &= ~wanted;
    }
    if (left != 0 || t->tau == NULL)
        BNI_TRY(fill_times(t, chain, law, 1, neuron, left));
    if (sums_population(t))
        finish_population(t);
    return BINNET_OK;
}

int32_t binnet_chain_autocorrelation_time(binnet_ctx *ctx, double *tau, double *population, double *error, size_t n,
                                          const binnet_chain *chain, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the law is of %zu neurons, the chain has %zu", law->n, chain->n);
    BNI_TRY(bni_need_memory(ctx, fmax(times_bytes(ctx, chain), bni_need_stationary_bytes(ctx, chain)),
                            "autocorrelation times"));
    BNI_TRY(bni_need_stationary(ctx, chain, law));
    times t = {.ctx = ctx, .tau = tau, .population = population, .n = n, .whole = law};
    BNI_TRY(bni_law_sides(ctx, &t.sides, law));
    if (tau != NULL || population != NULL)
        BNI_TRY(fill_all_times(&t, chain, law));
    if (error != NULL)
        *error = t.worst;
    for (size_t i = 0; i < n && tau != NULL; i++)
        if (isnan(tau[i]))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "neuron %zu never changes: it has no autocorrelation time", i);
    if (population != NULL && isnan(*population))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "no neuron ever changes: there is no autocorrelation time");
    return BINNET_OK;
}
