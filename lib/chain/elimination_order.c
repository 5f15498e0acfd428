/*
 * In which order the factors p_i(A'_i | A_parents) of a parallel update are multiplied in. An old value A_j is summed out as
 * soon as every neuron it projects to is in, so with the set G of factors in place the next one costs 2^(width + 1)
 * multiply-adds, width = |G| new values + the old ones still there, whichever it is: the best order is a shortest path
 * through the subsets. Exact by dynamic programming where that takes less than a step; else the best of several greedy
 * orders, improved by moving single factors.
 * Source: THEORY 3, sparse synchronous step; bucket elimination, Dechter, Artif. Intell. 113 (1999) 41.
 */
#include "chain/elimination.h"

#include <math.h>
#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };
/* Dynamic programming: most factors, and multiply-adds of a step that one of its 2^count count / 2 comparisons is worth. */
enum { EXACT_MOST = 22, EXACT_WORTH = 22 };
/* Rounds of improvement at most; each takes count^2 orders. */
enum { ROUNDS = 8 };

/* Factors are numbered within the stage, and so are the old values, which belong to the same neurons. */
typedef struct stage_graph {
    int count, kept;         /* updated neurons, and others, whose values stay */
    uint32_t children[MOST]; /* factors in which old value j is */
    uint32_t parents[MOST];  /* old values in factor i */
} stage_graph;

int bni_listens(const binnet_chain *c, size_t i, size_t j)
{
    return c->J[i * c->n + j] != 0 || (i == j && c->self[i]);
}

static void read_graph(stage_graph *g, const binnet_chain *c, size_t stage)
{
    const int32_t *neuron = c->stage_neuron + c->stage_first[stage];
    g->count = c->stage_first[stage + 1] - c->stage_first[stage];
    g->kept = (int)c->n - g->count;
    memset(g->children, 0, sizeof g->children);
    memset(g->parents, 0, sizeof g->parents);
    for (int i = 0; i < g->count; i++)
        for (int j = 0; j < g->count; j++)
            if (bni_listens(c, (size_t)neuron[i], (size_t)neuron[j])) {
                g->children[j] |= UINT32_C(1) << i;
                g->parents[i] |= UINT32_C(1) << j;
            }
}

/* Old values that a factor outside of `in` still needs. */
static int still_there(const stage_graph *g, uint32_t in)
{
    int count = 0;
    for (int j = 0; j < g->count; j++)
        count += (g->children[j] & ~in) != 0;
    return count;
}

/* Multiply-adds of an order, or as soon as that is sure something above `most`. */
static double order_cost(const stage_graph *g, const int *order, double most)
{
    uint32_t in = 0;
    double cost = 0;
    for (int k = 0; k < g->count && cost <= most; k++) {
        cost += ldexp(1, k + 1 + still_there(g, in) + g->kept);
        in |= UINT32_C(1) << order[k];
    }
    return cost;
}

static int factor_bits(uint32_t v)
{
    int count = 0;
    for (; v != 0; v &= v - 1)
        count++;
    return count;
}

/* The old value that fewest factors still miss goes next, with all of these; the first one is `first` (-1: no matter). Of
 * equals the one whose factors are in the way of most others. */
static void greedy_by_values(int *order, const stage_graph *g, int first)
{
    uint32_t in = 0;
    int k = 0;
    while (k < g->count) {
        int best = -1, least = 0, most = 0;
        for (int j = 0; j < g->count; j++) {
            uint32_t missing = g->children[j] & ~in;
            if (missing == 0)
                continue;
            int need = factor_bits(missing), freed = -still_there(g, in | missing);
            if (best < 0 || need < least || (need == least && freed > most)) {
                best = j;
                least = need;
                most = freed;
            }
        }
        if (k == 0 && first >= 0 && g->children[first] != 0)
            best = first;
        uint32_t next = best < 0 ? ~in : g->children[best] & ~in; /* none left: only factors without old values */
        for (int i = 0; i < g->count; i++)
            if (next >> i & 1)
                order[k++] = i;
        in |= next;
    }
}

/* The factor after which fewest old values are there goes next; of equals the one whose own old values miss fewest others. */
static void greedy_by_factors(int *order, const stage_graph *g)
{
    uint32_t in = 0;
    for (int k = 0; k < g->count; k++) {
        int best = -1, least = 0;
        double closest = 0;
        for (int i = 0; i < g->count; i++) {
            if (in >> i & 1)
                continue;
            int there = still_there(g, in | UINT32_C(1) << i);
            double close = g->parents[i] == 0 ? -1 : 0; /* no old value: last, it would only double everything */
            for (int j = 0; j < g->count; j++)
                if (g->parents[i] >> j & 1)
                    close += 1.0 / factor_bits(g->children[j] & ~in);
            if (best < 0 || there < least || (there == least && close > closest)) {
                best = i;
                least = there;
                closest = close;
            }
        }
        order[k] = best;
        in |= UINT32_C(1) << best;
    }
}

static void move_factor(int *order, int from, int to)
{
    int factor = order[from];
    if (from < to)
        memmove(order + from, order + from + 1, (size_t)(to - from) * sizeof *order);
    else
        memmove(order + to + 1, order + to, (size_t)(from - to) * sizeof *order);
    order[to] = factor;
}

/* Single factors elsewhere, as long as that gains. */
static int32_t improve(binnet_ctx *ctx, int *order, double *cost, const stage_graph *g)
{
    int better = 1;
    for (int round = 0; round < ROUNDS && better; round++) {
        better = 0;
        for (int from = 0; from < g->count; from++)
            for (int to = 0; to < g->count; to++) {
                int moved[MOST];
                memcpy(moved, order, sizeof moved);
                move_factor(moved, from, to);
                double c = order_cost(g, moved, *cost);
                if (c < *cost) {
                    *cost = c;
                    memcpy(order, moved, sizeof moved);
                    better = 1;
                }
            }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t best_greedy(binnet_ctx *ctx, int *best, double *least, const stage_graph *g)
{
    greedy_by_factors(best, g);
    *least = order_cost(g, best, INFINITY);
    BNI_TRY(improve(ctx, best, least, g));
    int order[MOST] = {0}, runner_up[MOST] = {0};
    double second = INFINITY;
    for (int first = -1; first < g->count; first++) {
        greedy_by_values(order, g, first);
        double cost = order_cost(g, order, second);
        if (cost < second) {
            second = cost;
            memcpy(runner_up, order, sizeof order);
        }
    }
    BNI_TRY(improve(ctx, runner_up, &second, g));
    if (second < *least) {
        *least = second;
        memcpy(best, runner_up, sizeof runner_up);
    }
    return BINNET_OK;
}

static double exact_bytes(int count)
{
    return 9 * ldexp(1, count);
}

/* summed[G]: old values that no factor outside of G needs: sums over subsets. */
static int32_t count_summed(binnet_ctx *ctx, unsigned char *summed, const stage_graph *g)
{
    size_t all = (size_t)1 << g->count;
    for (int j = 0; j < g->count; j++)
        summed[g->children[j]]++;
    for (int b = 0; b < g->count; b++) {
        size_t bit = (size_t)1 << b;
        for (size_t G = 0; G < all; G += 2 * bit)
            for (size_t k = 0; k < bit; k++)
                summed[G + bit + k] = (unsigned char)(summed[G + bit + k] + summed[G + k]);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Subsets of the factors outside of a group of eight, which differ in the first three. */
enum { GROUP_BITS = 3, GROUP = 1 << GROUP_BITS };

/* through[G]: least cost of the factors of G and of the one that comes next. */
static int32_t find_exact(binnet_ctx *ctx, int *order, double *cost, const stage_graph *g, double *through,
                          const unsigned char *summed)
{
    enum { BETWEEN_POLLS = 1 << 16 };
    uint32_t all = (uint32_t)1 << g->count, last = all - 1;
    double weight[2 * MOST + 2];
    for (int w = 0; w < 2 * MOST + 2; w++)
        weight[w] = ldexp(1, w);
    for (uint32_t from = 0; from < all; from += GROUP) {
        double least[GROUP];
        int size = factor_bits(from);
        for (int k = 0; k < GROUP; k++)
            least[k] = from == 0 && k == 0 ? 0 : INFINITY;
        for (uint32_t rest = from; rest != 0; rest &= rest - 1) {
            const double *before = through + (from ^ (rest & -rest));
            for (int k = 0; k < GROUP; k++)
                least[k] = before[k] < least[k] ? before[k] : least[k];
        }
        for (uint32_t k = 0; k < GROUP; k++) {
            int own = 0;
            for (uint32_t bit = 1; bit < GROUP; bit *= 2)
                if (k & bit) {
                    double c = through[from + (k ^ bit)];
                    least[k] = c < least[k] ? c : least[k];
                    own++;
                }
            int width = size + own + g->count - summed[from + k] + g->kept;
            through[from + k] = from + k == last ? least[k] : least[k] + weight[width + 1];
        }
        if (from % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    *cost = through[last];
    uint32_t G = last;
    for (int k = g->count; k-- > 0; G ^= UINT32_C(1) << order[k]) {
        order[k] = -1;
        for (int i = 0; i < g->count; i++)
            if (G >> i & 1 && (order[k] < 0 || through[G ^ UINT32_C(1) << i] < through[G ^ UINT32_C(1) << order[k]]))
                order[k] = i;
    }
    return BINNET_OK;
}

int32_t bni_elimination_order(binnet_ctx *ctx, int32_t *factor, double *cost, const binnet_chain *chain, size_t stage,
                              double bytes_held)
{
    stage_graph g;
    int order[MOST] = {0};
    read_graph(&g, chain, stage);
    BNI_TRY(best_greedy(ctx, order, cost, &g));
    double room = ctx->memory_limit > 0 ? (double)ctx->memory_limit - bytes_held : INFINITY;
    int hopeless = *cost > 2 * ldexp(1, g.count + (int)chain->n); /* no order comes below the dense product */
    if (!hopeless && g.count >= GROUP_BITS && g.count <= EXACT_MOST &&
        *cost >= EXACT_WORTH * ldexp(1, g.count) * g.count / 2 && exact_bytes(g.count) <= room) {
        double *through = bni_new_raw(ctx, (size_t)1 << g.count, sizeof *through);
        unsigned char *summed = bni_new(ctx, (size_t)1 << g.count, 1);
        int32_t status = through == NULL || summed == NULL ? BINNET_E_NOMEM : count_summed(ctx, summed, &g);
        if (status == BINNET_OK)
            status = find_exact(ctx, order, cost, &g, through, summed);
        bni_delete(&ctx->mem, through);
        bni_delete(&ctx->mem, summed);
        BNI_TRY(status);
    }
    for (int k = 0; k < g.count; k++)
        factor[k] = chain->stage_neuron[chain->stage_first[stage] + order[k]];
    return BINNET_OK;
}
