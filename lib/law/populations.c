/*
 * Populations: mean, variance and correlation of the number of active neurons in each, from the joint law of these numbers.
 * Var K = 1/2 sum over k, l of Pr(k) Pr(l) (k - l)^2, and the same with two populations: no mean is subtracted.
 * Source: THEORY 5.
 */
#include "law/law.h"
#include "law/total.h"

#include <math.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };

/* The joint law of the counts in mixed radix, population 0 fastest. */
typedef struct counts {
    size_t n_pop, cells;
    size_t size[MOST], stride[MOST];
    bni_doubled *p;
} counts;

static int32_t check_populations(binnet_ctx *ctx, counts *c, size_t n_pop, const int32_t *pop, size_t n)
{
    if (n_pop < 1 || n_pop > n)
        return bni_fail(ctx, BINNET_E_RANGE, "n_pop is %zu, allowed is 1..%zu", n_pop, n);
    *c = (counts){.n_pop = n_pop, .cells = 1};
    for (size_t i = 0; i < n; i++) {
        if (pop[i] < 0 || (size_t)pop[i] >= n_pop)
            return bni_fail(ctx, BINNET_E_RANGE, "pop[%zu] is %d, allowed is 0..%zu", i, (int)pop[i], n_pop - 1);
        c->size[pop[i]]++;
    }
    for (size_t a = 0; a < n_pop; a++) {
        if (c->size[a] == 0)
            return bni_fail(ctx, BINNET_E_RANGE, "population %zu of 0..%zu has no neuron", a, n_pop - 1);
        c->stride[a] = c->cells;
        c->cells *= c->size[a] + 1;
    }
    return BINNET_OK;
}

static void add_count(bni_doubled *to, bni_doubled x)
{
    *to = bni_doubled_add(*to, x);
}

static int32_t fill_counts(binnet_ctx *ctx, counts *c, const binnet_law *law, const int32_t *pop)
{
    enum { ROW = 256, BETWEEN_POLLS = 1 << 8 };
    size_t S = (size_t)1 << law->n, row = S < ROW ? S : ROW, low[ROW];
    for (size_t s = 0; s < row; s++) {
        low[s] = 0;
        for (size_t i = 0; i < law->n && i < 8; i++)
            low[s] += s >> i & 1 ? c->stride[pop[i]] : 0;
    }
    BNI_TRY(bni_clear(ctx, c->p, c->cells, sizeof *c->p));
    for (size_t first = 0; first < S; first += row) {
        size_t base = 0;
        for (size_t i = 8; i < law->n; i++)
            base += first >> i & 1 ? c->stride[pop[i]] : 0;
        for (size_t s = 0; s < row; s++)
            add_count(c->p + base + low[s], (bni_doubled){law->p[first + s], 0});
        if (first / row % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0.8 * (double)first / (double)S));
    }
    return BINNET_OK;
}

/* The joint law of the counts of two populations, [size_a + 1][size_b + 1]; a == b: its own on the diagonal. */
static int32_t fill_pair(binnet_ctx *ctx, bni_doubled *joint, const counts *c, size_t a, size_t b)
{
    enum { BETWEEN_POLLS = 1 << 18 };
    size_t na = c->size[a] + 1, nb = c->size[b] + 1;
    for (size_t k = 0; k < na * nb; k++)
        joint[k] = (bni_doubled){0, 0};
    for (size_t m = 0; m < c->cells; m++) {
        add_count(joint + m / c->stride[a] % na * nb + m / c->stride[b] % nb, c->p[m]);
        if (m % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0.9));
    }
    return BINNET_OK;
}

/* Cov(K_a, K_b) of a joint law of total `all`. */
static double covariance_of(const bni_doubled *joint, size_t na, size_t nb, bni_doubled all)
{
    bni_doubled sum = {0, 0};
    for (size_t k = 0; k < na * nb; k++) {
        if (!(joint[k].high > 0))
            continue;
        bni_doubled inner = {0, 0};
        for (size_t l = 0; l < k; l++) {
            double by = ((double)(k / nb) - (double)(l / nb)) * ((double)(k % nb) - (double)(l % nb));
            if (by != 0)
                add_count(&inner, bni_doubled_multiply(joint[l], (bni_doubled){by, 0}));
        }
        add_count(&sum, bni_doubled_multiply(inner, joint[k]));
    }
    return bni_doubled_divide(bni_doubled_divide(sum, all), all).high;
}

/* mean[a] = E K_a, var[a][b] = Cov(K_a, K_b). */
static int32_t fill_covariances(binnet_ctx *ctx, double *mean, double *var, bni_doubled *joint, const counts *c)
{
    bni_doubled all = {0, 0};
    for (size_t m = 0; m < c->cells; m++)
        add_count(&all, c->p[m]);
    for (size_t a = 0; a < c->n_pop; a++)
        for (size_t b = 0; b <= a; b++) {
            size_t na = c->size[a] + 1, nb = c->size[b] + 1;
            BNI_TRY(fill_pair(ctx, joint, c, a, b));
            var[a * c->n_pop + b] = var[b * c->n_pop + a] = covariance_of(joint, na, nb, all);
            if (a == b) {
                bni_doubled sum = {0, 0};
                for (size_t k = 0; k < na; k++)
                    add_count(&sum, bni_doubled_multiply(joint[k * nb + k], (bni_doubled){(double)k, 0}));
                mean[a] = bni_doubled_divide(sum, all).high;
            }
            BNI_TRY(bni_poll(ctx, 0.9));
        }
    return BINNET_OK;
}

/* Mean of the covariances of different neurons of a population: Var K less their variances would lose it where it is small. */
static double mean_of_pairs(const double *pair, size_t n, const int32_t *pop, int32_t a)
{
    total sum = {0, 0};
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (pop[i] == a && pop[j] == a) {
                add_term(&sum, pair[i * n + j]);
                count++;
            }
    return total_of(&sum) / (double)count;
}

int32_t binnet_law_populations(binnet_ctx *ctx, double *mean, double *cov, double *corr, double *within, double *fano,
                               size_t n_pop, const int32_t *pop, size_t n, const binnet_law *law)
{
    counts c = {.n_pop = 0};
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    BNI_TRY(bni_need(ctx, pop, "pop"));
    if (n != law->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the law has %zu neurons", n, law->n);
    BNI_TRY(check_populations(ctx, &c, n_pop, pop, n));
    size_t most = 0;
    for (size_t a = 0; a < n_pop; a++)
        most = c.size[a] + 1 > most ? c.size[a] + 1 : most;
    BNI_TRY(bni_need_memory(ctx,
                            fmax((double)sizeof(bni_doubled) * (double)(c.cells + most * most),
                                 within != NULL ? bni_pair_covariances_bytes(n) : 0) +
                                8 * (double)(n_pop * n_pop + n_pop + n * n),
                            "the law of the populations' counts"));
    double *e = bni_new(ctx, n_pop + n_pop * n_pop + n * n, sizeof *e), *var = NULL;
    c.p = bni_new_raw(ctx, c.cells + most * most, sizeof *c.p);
    int32_t status = e == NULL || c.p == NULL ? BINNET_E_NOMEM : fill_counts(ctx, &c, law, pop);
    if (status == BINNET_OK)
        status = fill_covariances(ctx, e, var = e + n_pop, c.p + c.cells, &c);
    bni_delete(&ctx->mem, c.p);
    double *pair = e == NULL ? NULL : e + n_pop + n_pop * n_pop;
    if (status == BINNET_OK && within != NULL)
        status = bni_pair_covariances(ctx, pair, law);
    const char *undefined = NULL;
    for (size_t a = 0; a < n_pop && status == BINNET_OK; a++) {
        double Na = (double)c.size[a];
        if (mean != NULL)
            mean[a] = e[a] / Na;
        if (fano != NULL)
            fano[a] = e[a] > 0 ? var[a * n_pop + a] / e[a] : NAN;
        undefined = fano != NULL && !(e[a] > 0) ? "a population is never active: its Fano factor is NaN" : undefined;
        for (size_t b = 0; b < n_pop; b++) {
            double Nb = (double)c.size[b], v = var[a * n_pop + b], va = sqrt(var[a * n_pop + a]),
                   vb = sqrt(var[b * n_pop + b]);
            if (cov != NULL)
                cov[a * n_pop + b] = v / Na / Nb;
            if (within != NULL)
                within[a * n_pop + b] = a != b ? v / Na / Nb : Na > 1 ? mean_of_pairs(pair, n, pop, (int32_t)a) : NAN;
            if (corr == NULL)
                continue;
            corr[a * n_pop + b] = !(va > 0 && vb > 0) ? NAN : a == b ? 1 : fmin(fmax(v / va / vb, -1), 1);
            undefined = va > 0 && vb > 0 ? undefined : "a population never changes: its correlations are NaN";
        }
    }
    bni_delete(&ctx->mem, e);
    return undefined != NULL ? bni_fail(ctx, BINNET_E_UNDEFINED, "%s", undefined) : status;
}
