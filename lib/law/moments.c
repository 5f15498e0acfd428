/*
 * Means, covariances, correlations and marginals by folding: summing a law over one neuron halves it, so that all pairs
 * together cost O(2^n). Both halves are summed, so that probabilities near 0 and near 1 have all their digits.
 * Cov(A_i, A_j) = Pr(11) Pr(00) - Pr(10) Pr(01).   Source: THEORY 5, [FP19] sec. 5.
 */
#include "law/law.h"

#include <math.h>
#include <string.h>

enum { LANES = 8, STRETCH = 1 << 22 }; /* STRETCH: states between two polls */

/* half[s] = v[s] + v[s + 2^(n-1)]; the sums of both halves. Sums are pairwise, so that rounding stays O(n). */
static int32_t fold_halves(binnet_ctx *ctx, double *half, const double *v, size_t n, double *silent, double *active)
{
    size_t m = (size_t)1 << (n - 1);
    const double *upper = v + m;
    double low[LANES] = {0}, high[LANES] = {0};
    *silent = *active = 0;
    size_t s = 0;
    for (; s + LANES <= m; s += LANES) {
        if (s % STRETCH == 0 && s > 0)
            BNI_TRY(bni_poll(ctx, 0));
        for (size_t l = 0; l < LANES; l++) {
            low[l] += v[s + l];
            high[l] += upper[s + l];
            half[s + l] = v[s + l] + upper[s + l];
        }
    }
    for (; s < m; s++) {
        *silent += v[s];
        *active += upper[s];
        half[s] = v[s] + upper[s];
    }
    for (size_t l = 0; l < LANES; l++) {
        *silent += low[l];
        *active += high[l];
    }
    return BINNET_OK;
}

/* silent[i], active[i] = sums of v over the states with neuron i silent or active, i < n; v is folded in place. */
static int32_t fold_all(binnet_ctx *ctx, double *silent, double *active, double *v, size_t n)
{
    for (size_t i = n; i-- > 0;)
        BNI_TRY(fold_halves(ctx, v, v, i + 1, &silent[i], &active[i]));
    return BINNET_OK;
}

static int32_t check_moments(binnet_ctx *ctx, const void *out, size_t n, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "the output"));
    BNI_TRY(bni_need(ctx, law, "law"));
    if (n != bni_law_neurons(law))
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the law has %zu neurons", n, bni_law_neurons(law));
    return BINNET_OK;
}

/* A copy of the law, and room for half of it more when half is not NULL. */
static int32_t copy_law(binnet_ctx *ctx, double **v, double **half, const binnet_law *law)
{
    size_t S = (size_t)1 << law->n, room = S + (half != NULL ? S / 2 : 0);
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)room, "the moments of a law"));
    if ((*v = bni_new_raw(ctx, room, sizeof **v)) == NULL)
        return BINNET_E_NOMEM;
    memcpy(*v, law->p, S * sizeof **v);
    if (half != NULL)
        *half = *v + S;
    return BINNET_OK;
}

int32_t binnet_law_mean(binnet_ctx *ctx, double *mean, size_t n, const binnet_law *law)
{
    BNI_TRY(check_moments(ctx, mean, n, law));
    if (law->occupation != NULL)
        return bni_occupation_means(ctx, mean, law);
    double *v, silent[BINNET_MAX_CHAIN_NEURONS];
    BNI_TRY(copy_law(ctx, &v, NULL, law));
    int32_t status = fold_all(ctx, silent, mean, v, n);
    bni_delete(&ctx->mem, v);
    return status;
}

/* Probabilities of the activities of neurons i and j. Each is a sum: 1 - Pr(active) has no digits left near 1. */
typedef struct pair_law {
    double none, only_i, only_j, both;
} pair_law;

/* Puts what a pair has into out[i*n + j] and out[j*n + i], and what a neuron has into out[i*n + i]. */
typedef struct pair_figures {
    double (*of_pair)(pair_law);
    double (*of_neuron)(double silent, double active);
} pair_figures;

/* Neuron i against those below it; v has the states of the neurons 0 .. i and is folded over i at the end. */
static int32_t fill_row(binnet_ctx *ctx, double *out, double *v, double *half, size_t i, size_t n,
                        const pair_figures *figures)
{
    enum { MOST = BINNET_MAX_CHAIN_NEURONS };
    size_t m = (size_t)1 << i;
    double silent, active, low[2][MOST], high[2][MOST];
    memcpy(half, v, m * sizeof *half);
    BNI_TRY(fold_all(ctx, low[0], low[1], half, i));
    memcpy(half, v + m, m * sizeof *half);
    BNI_TRY(fold_all(ctx, high[0], high[1], half, i));
    for (size_t j = 0; j < i; j++)
        out[i * n + j] = out[j * n + i] = figures->of_pair((pair_law){low[0][j], high[0][j], low[1][j], high[1][j]});
    BNI_TRY(fold_halves(ctx, v, v, i + 1, &silent, &active));
    out[i * n + i] = figures->of_neuron(silent, active);
    return bni_poll(ctx, 1 - (double)m / (double)((size_t)1 << n));
}

/* The same for neurons of populations: as many figures as these have pairs. */
static int32_t fill_occupation_pairs(binnet_ctx *ctx, double *out, const binnet_law *law, const pair_figures *figures)
{
    const bni_occupation *o = law->occupation;
    size_t P = o->n_pop, n = o->neurons;
    BNI_TRY(bni_need_memory(ctx, 8 * (double)(P * P), "the covariances of populations"));
    double *pair = bni_new(ctx, P * P, sizeof *pair), one[BINNET_MAX_CHAIN_NEURONS], cell[4];
    int32_t status = pair == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t a = 0; a < P && status == BINNET_OK; a++) {
        status = bni_occupation_pair(ctx, cell, law, a, a, 1);
        one[a] = figures->of_neuron(cell[0], cell[3]);
        for (size_t b = 0; b <= a && status == BINNET_OK; b++) {
            if (a == b && o->size[a] == 1)
                continue;
            status = bni_occupation_pair(ctx, cell, law, a, b, 0);
            pair[a * P + b] = pair[b * P + a] = figures->of_pair((pair_law){cell[0], cell[1], cell[2], cell[3]});
        }
    }
    for (size_t i = 0; i < n && status == BINNET_OK; i++) {
        size_t a = bni_occupation_of(o, i);
        for (size_t j = 0; j < i; j++)
            out[i * n + j] = out[j * n + i] = pair[a * P + bni_occupation_of(o, j)];
        out[i * n + i] = one[a];
        status = bni_poll(ctx, (double)i / (double)n);
    }
    bni_delete(&ctx->mem, pair);
    return status;
}

static int32_t fill_pairs(binnet_ctx *ctx, double *out, const binnet_law *law, const pair_figures *figures)
{
    double *v, *half;
    int32_t status = BINNET_OK;
    if (law->occupation != NULL)
        return fill_occupation_pairs(ctx, out, law, figures);
    BNI_TRY(copy_law(ctx, &v, &half, law));
    for (size_t i = law->n; i-- > 0;)
        if ((status = fill_row(ctx, out, v, half, i, law->n, figures)) != BINNET_OK)
            break;
    bni_delete(&ctx->mem, v);
    return status;
}

static double pair_covariance(pair_law p)
{
    return p.both * p.none - p.only_i * p.only_j;
}

/* Each probability over the square roots of those of its row and column: at most 1, and nothing underflows. */
static double pair_correlation(pair_law p)
{
    double i = sqrt(p.only_i + p.both), not_i = sqrt(p.none + p.only_j), j = sqrt(p.only_j + p.both),
           not_j = sqrt(p.none + p.only_i);
    if (!(i > 0 && not_i > 0 && j > 0 && not_j > 0))
        return NAN;
    double r = p.both / (i * j) * (p.none / (not_i * not_j)) - p.only_i / (i * not_j) * (p.only_j / (not_i * j));
    return fmin(fmax(r, -1), 1);
}

static double variance(double silent, double active)
{
    return silent * active;
}

static double self_correlation(double silent, double active)
{
    return silent > 0 && active > 0 ? 1 : NAN;
}

int32_t binnet_law_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_law *law)
{
    static const pair_figures figures = {pair_covariance, variance};
    BNI_TRY(check_moments(ctx, cov, n, law));
    return fill_pairs(ctx, cov, law, &figures);
}

int32_t binnet_law_correlation(binnet_ctx *ctx, double *corr, size_t n, const binnet_law *law)
{
    static const pair_figures figures = {pair_correlation, self_correlation};
    BNI_TRY(check_moments(ctx, corr, n, law));
    BNI_TRY(fill_pairs(ctx, corr, law, &figures));
    for (size_t i = n; i-- > 0;)
        if (isnan(corr[i * n + i]))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "neuron %zu never changes: its correlations are NaN", i);
    return BINNET_OK;
}

int32_t binnet_law_marginal(binnet_ctx *ctx, double *p, size_t len, const binnet_law *law, size_t k,
                            const int32_t *neuron)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(bni_need(ctx, law, "law"));
    if (k > bni_law_neurons(law) || k > BINNET_MAX_CHAIN_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, the law has %zu neurons", k, bni_law_neurons(law));
    if (len != (size_t)1 << k)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, %zu neurons have %zu states", len, k, (size_t)1 << k);
    BNI_TRY(bni_need_law_group(ctx, "neuron", law, k, neuron, 0, BINNET_MAX_CHAIN_NEURONS));
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)len, "a marginal law"));
    double *lost = bni_new_raw(ctx, len, sizeof *lost); /* by rounding: Neumaier's sums */
    if (lost == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_marginal(ctx, p, lost, law, k, neuron);
    bni_delete(&ctx->mem, lost);
    return status;
}
