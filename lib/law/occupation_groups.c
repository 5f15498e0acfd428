/*
 * What a law of occupation numbers says of single neurons: given the numbers, all choices of which neurons are active are alike, so
 * that j_a of k_a neurons of population a are some given ones with probability
 *     n (n-1) .. (n-j+1) (N-n) .. (N-n-k+j+1) / (N (N-1) .. (N-k+1)),
 * falling factorials, whose products over the populations are averaged over the law.   Source: THEORY 3.
 */
#include "law/law.h"
#include "law/total.h"
#include "num/gamma.h"

#include <math.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS, BETWEEN_POLLS = 1 << 14 };

/* Any magnitudes. */
static bni_doubled multiply_any(bni_doubled a, bni_doubled b)
{
    bni_doubled p = bni_any_product(a.high, b.high);
    return bni_two_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

static bni_doubled falling_factorial(size_t n, size_t k)
{
    bni_doubled f = {1, 0};
    for (size_t j = 0; j < k; j++)
        f = bni_doubled_multiply(f, (bni_doubled){j <= n ? (double)(n - j) : 0, 0});
    return f;
}

/* The neurons of a group by population, and tables of the probabilities above: table[a][n][j]. */
typedef struct group_counts {
    size_t k[MOST], patterns; /* prod (k_a + 1) */
    size_t pop[MOST], n_pop;  /* populations that have some */
    bni_doubled *table[MOST], *memory, *sum;
} group_counts;

static double counts_bytes(const group_counts *g, const bni_occupation *o)
{
    double cells = (double)g->patterns;
    for (size_t e = 0; e < g->n_pop; e++)
        cells += (double)(o->size[g->pop[e]] + 1) * (double)(g->k[g->pop[e]] + 1);
    return cells * sizeof(bni_doubled);
}

static int32_t make_counts(binnet_ctx *ctx, group_counts *g, const bni_occupation *o, size_t k, const int32_t *group)
{
    *g = (group_counts){.patterns = 1};
    for (size_t b = 0; b < k; b++)
        g->k[bni_occupation_of(o, (size_t)group[b])]++;
    for (size_t a = 0; a < o->n_pop; a++)
        if (g->k[a] > 0) {
            g->pop[g->n_pop++] = a;
            g->patterns *= g->k[a] + 1;
        }
    double bytes = counts_bytes(g, o);
    BNI_TRY(bni_need_memory(ctx, bytes + ldexp(sizeof(bni_doubled), (int)k), "the law of a group"));
    g->memory = bni_new(ctx, (size_t)bytes / sizeof(bni_doubled), sizeof(bni_doubled));
    if (g->memory == NULL)
        return BINNET_E_NOMEM;
    g->sum = g->memory;
    bni_doubled *at = g->memory + g->patterns;
    int32_t status = BINNET_OK;
    for (size_t e = 0; e < g->n_pop; e++) {
        size_t a = g->pop[e], N = o->size[a], m = g->k[a];
        bni_doubled all = falling_factorial(N, m);
        g->table[e] = at;
        for (size_t n = 0; n <= N && status == BINNET_OK; n++) {
            for (size_t j = 0; j <= m; j++)
                *at++ = bni_doubled_divide(bni_doubled_multiply(falling_factorial(n, j),
                                                                falling_factorial(N - n, m - j)),
                                           all);
            status = n % 256 == 0 ? bni_poll(ctx, 0) : BINNET_OK;
        }
    }
    if (status != BINNET_OK)
        bni_delete(&ctx->mem, g->memory);
    return status;
}

/* Adds a state's probability to all patterns, the first population fastest. */
static void add_patterns(group_counts *g, const size_t *count, double p)
{
    bni_doubled part[MOST + 1];
    size_t j[MOST] = {0}, last = g->n_pop;
    part[last] = (bni_doubled){p, 0};
    for (size_t e = last; e-- > 0;)
        part[e] = multiply_any(part[e + 1], g->table[e][count[g->pop[e]] * (g->k[g->pop[e]] + 1)]);
    for (size_t m = 0;;) {
        g->sum[m] = bni_doubled_add(g->sum[m], part[0]);
        if (++m == g->patterns)
            return;
        size_t e = 0;
        while (++j[e] > g->k[g->pop[e]])
            j[e++] = 0;
        for (size_t f = e + 1; f-- > 0;)
            part[f] = multiply_any(part[f + 1], g->table[f][count[g->pop[f]] * (g->k[g->pop[f]] + 1) + j[f]]);
    }
}

static int32_t add_occupation_states(binnet_ctx *ctx, group_counts *g, const binnet_law *law)
{
    const bni_occupation *o = law->occupation;
    size_t count[MOST] = {0};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        if (law->p[s] > 0)
            add_patterns(g, count, law->p[s]);
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)o->states));
    }
    return BINNET_OK;
}

static int32_t spread_patterns(binnet_ctx *ctx, bni_doubled *cell, double *p, const group_counts *g,
                               const bni_occupation *o, size_t k, const int32_t *group)
{
    size_t step[MOST], at = 1, place[MOST];
    for (size_t e = 0; e < g->n_pop; e++) {
        step[g->pop[e]] = at;
        at *= g->k[g->pop[e]] + 1;
    }
    for (size_t b = 0; b < k; b++)
        place[b] = step[bni_occupation_of(o, (size_t)group[b])];
    for (size_t m = 0; m < (size_t)1 << k; m++) {
        size_t to = 0;
        for (size_t b = 0; b < k; b++)
            to += (m >> b & 1) * place[b];
        if (cell != NULL)
            cell[m] = g->sum[to];
        else
            p[m] = g->sum[to].high + g->sum[to].low;
        if (m % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

static int32_t fill_group_law(binnet_ctx *ctx, bni_doubled *cell, double *p, const binnet_law *law, size_t k,
                              const int32_t *group)
{
    group_counts g;
    BNI_TRY(make_counts(ctx, &g, law->occupation, k, group));
    int32_t status = add_occupation_states(ctx, &g, law);
    if (status == BINNET_OK)
        status = spread_patterns(ctx, cell, p, &g, law->occupation, k, group);
    bni_delete(&ctx->mem, g.memory);
    return status;
}

int32_t bni_occupation_group_law(binnet_ctx *ctx, bni_doubled *cell, const binnet_law *law, size_t k,
                                 const int32_t *group)
{
    return fill_group_law(ctx, cell, NULL, law, k, group);
}

int32_t bni_occupation_marginal(binnet_ctx *ctx, double *p, const binnet_law *law, size_t k, const int32_t *group)
{
    return fill_group_law(ctx, NULL, p, law, k, group);
}

int32_t bni_occupation_pair(binnet_ctx *ctx, double *cell, const binnet_law *law, size_t a, size_t b, int same)
{
    const bni_occupation *o = law->occupation;
    size_t count[MOST] = {0};
    double Na = (double)o->size[a], Nb = same ? 1 : (double)o->size[b] - (a == b);
    total sum[4] = {{0, 0}};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        double p = law->p[s] / Na / Nb, n = (double)count[a], rest = Na - n;
        double m = (double)count[b], off = (double)o->size[b] - m;
        if (same) {
            add_term(&sum[0], p * rest);
            add_term(&sum[3], p * n);
        } else {
            add_term(&sum[0], p * rest * (a == b ? fmax(rest - 1, 0) : off));
            add_term(&sum[1], p * rest * m);
            add_term(&sum[2], p * n * off);
            add_term(&sum[3], p * n * (a == b ? fmax(n - 1, 0) : m));
        }
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    for (int c = 0; c < 4; c++)
        cell[c] = total_of(&sum[c]);
    return BINNET_OK;
}

int32_t bni_occupation_means(binnet_ctx *ctx, double *mean, const binnet_law *law)
{
    const bni_occupation *o = law->occupation;
    double cell[4], of[MOST];
    for (size_t a = 0; a < o->n_pop; a++) {
        BNI_TRY(bni_occupation_pair(ctx, cell, law, a, a, 1));
        of[a] = cell[3];
    }
    for (size_t i = 0; i < o->neurons; i++)
        mean[i] = of[bni_occupation_of(o, i)];
    return BINNET_OK;
}

double bni_occupation_log_states(const bni_occupation *o, const size_t *count)
{
    double sum = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        sum += bni_log_binomial((double)o->size[a], (double)count[a]);
    return sum;
}
