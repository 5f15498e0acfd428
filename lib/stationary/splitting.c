/*
 * Inner iterations for weak noise. The large transitions of a synchronous chain are few: A(s, t) = P(s, t) above a threshold,
 * s != t. With the flow r(t) that is missing at every state for x to balance itself, found from all transitions by an exact
 * pass, the correction d with d(t) out(t) = r(t) + sum_s d(s) A(s, t), out = 1 - P(s, s), settles at once all that large
 * transitions do; the next exact pass sees what the others do. The states that the basins rest in are held: their weights are
 * those of the basins, which are solved for apart.
 * Source: the regular splitting P = A + (P - A) (Varga 1962), in Gauss and Seidel's order.
 */
#include "stationary/stationary.h"

#include <math.h>

/* Transitions are tried for thresholds from the first, twofold each, until they fit. */
static const double finest = 1e-5, coarsest = 0.2, coarser = 2;

typedef struct listed {
    double p;
    uint32_t to;
} listed;

/* Successors of a state with a probability of at least `least`, at most `most` of them; their number, or most + 1. p, q: of the
 * neurons; list: [most + 1]. */
static size_t list_successors(listed *list, size_t most, const double *p, const double *q, size_t n, double least)
{
    double rest[BINNET_MAX_CHAIN_NEURONS + 1]; /* the largest that the neurons from i on make of it */
    rest[n] = 1;
    for (size_t i = n; i-- > 0;)
        rest[i] = rest[i + 1] * fmax(p[i], q[i]);
    if (rest[0] < least)
        return 0;
    size_t count = 1;
    list[0] = (listed){.p = 1};
    for (size_t i = 0; i < n; i++) {
        size_t before = count;
        for (size_t k = 0; k < before; k++) {
            double active = list[k].p * p[i], silent = list[k].p * q[i];
            uint32_t to = list[k].to;
            int first = active >= silent; /* at least the likelier one stays */
            list[k].p = first ? active : silent;
            list[k].to = to | (uint32_t)first << i;
            if (fmin(active, silent) * rest[i + 1] < least)
                continue;
            if (count > most)
                return most + 1;
            list[count++] = (listed){.p = first ? silent : active, .to = to | (uint32_t)!first << i};
        }
    }
    return count;
}

/* What a call works on. */
typedef struct rows {
    bni_splitting *a;
    const unsigned char *rests;
    const double *out;
    listed *list;
} rows;

enum { CHUNK = 32, MOST_SUCCESSORS = 4096 };

/* Adds the large transitions of states from .. from + CHUNK - 1, every `stride`-th of them; *count, the number of all, may
 * exceed what there is room for. */
static int32_t add_rows(binnet_ctx *ctx, rows *w, uint64_t *count, size_t from, double threshold, size_t stride)
{
    const binnet_chain *c = w->a->chain;
    size_t S = (size_t)1 << c->n, states = S < CHUNK ? S : CHUNK;
    double p[BINNET_MAX_CHAIN_NEURONS][CHUNK], q[BINNET_MAX_CHAIN_NEURONS][CHUNK];
    uint64_t state[CHUNK];
    for (size_t k = 0; k < states; k++)
        state[k] = from + k;
    for (size_t i = 0; i < c->n; i++)
        if (!bni_probability_states(c, bni_kernels_get()->chain, p[i], q[i], i, state, states))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    for (size_t k = 0; k < states; k += stride) {
        size_t s = from + k, n_list = MOST_SUCCESSORS + 1;
        double own_p[BINNET_MAX_CHAIN_NEURONS], own_q[BINNET_MAX_CHAIN_NEURONS];
        if (w->a->first != NULL)
            w->a->first[s] = *count;
        if (w->rests[s] == BNI_DEEP_REST || !(w->out[s] > 0))
            continue;
        for (size_t i = 0; i < c->n; i++) {
            own_p[i] = p[i][k];
            own_q[i] = q[i][k];
        }
        for (double least = threshold * w->out[s]; n_list > MOST_SUCCESSORS; least *= 10)
            n_list = list_successors(w->list, MOST_SUCCESSORS, own_p, own_q, c->n, least);
        for (size_t e = 0; e < n_list; e++) {
            if (w->list[e].to == s)
                continue;
            if (w->a->entry != NULL && *count < w->a->room)
                w->a->entry[*count] = (bni_large){.p = (float)(w->list[e].p / w->out[s]), .to = w->list[e].to};
            ++*count;
        }
    }
    return BINNET_OK;
}

/* Thresholds for which a sample of the states has not more than fits, from the finest. */
static int32_t choose_threshold(binnet_ctx *ctx, rows *w, double *threshold)
{
    enum { SAMPLE = 2048 };
    size_t S = (size_t)1 << w->a->chain->n, apart = S > SAMPLE * CHUNK ? S / SAMPLE : CHUNK;
    for (; *threshold <= coarsest; *threshold *= coarser) {
        uint64_t count = 0;
        rows sample = *w;
        bni_splitting none = {.chain = w->a->chain};
        sample.a = &none;
        size_t chunks = 0;
        for (size_t from = 0; from < S; from += apart, chunks++) {
            BNI_TRY(add_rows(ctx, &sample, &count, from, *threshold, CHUNK));
            BNI_TRY(bni_poll(ctx, 0));
        }
        if ((double)count / (double)chunks * (double)S <= 0.95 * (double)w->a->room)
            break;
    }
    return BINNET_OK;
}

double bni_splitting_bytes(void)
{
    return (MOST_SUCCESSORS + 1.0) * sizeof(listed);
}

int32_t bni_splitting_fill(binnet_ctx *ctx, bni_splitting *a, const binnet_chain *chain, const double *out,
                           const unsigned char *rests, double *memory, size_t doubles)
{
    size_t S = (size_t)1 << chain->n, firsts = S + 1;
    *a = (bni_splitting){.chain = chain};
    if (doubles < firsts + S)
        return BINNET_OK;
    a->room = doubles - firsts;
    rows w = {.a = a, .rests = rests, .out = out};
    w.list = bni_new_raw(ctx, MOST_SUCCESSORS + 1, sizeof *w.list);
    if (w.list == NULL)
        return BINNET_E_NOMEM;
    double threshold = finest;
    int32_t status = choose_threshold(ctx, &w, &threshold);
    for (a->count = UINT64_MAX; status == BINNET_OK && a->count > a->room && threshold <= coarsest;
         threshold *= coarser) {
        a->first = (uint64_t *)(void *)memory;
        a->entry = (bni_large *)(void *)(memory + firsts);
        a->count = 0;
        a->threshold = threshold;
        for (size_t from = 0; from < S && status == BINNET_OK && a->count <= a->room; from += CHUNK) {
            status = add_rows(ctx, &w, &a->count, from, threshold, 1);
            if (status == BINNET_OK)
                status = bni_poll(ctx, (double)from / (double)S);
        }
    }
    if (status == BINNET_OK && a->count <= a->room)
        a->first[S] = a->count;
    else
        a->count = 0;
    bni_delete(&ctx->mem, w.list);
    return status;
}

/* One state: its missing flow goes into its probability, and on along its large transitions. */
static int settle_state(const bni_splitting *a, double *x, double *flow, const double *out, size_t s, double least)
{
    double v = flow[s];
    if (!(fabs(v) > least * x[s] * out[s]))
        return 0;
    double d = v / out[s];
    if (d < -0.5 * x[s]) { /* a law stays positive */
        d = -0.5 * x[s];
        v = d * out[s];
    }
    flow[s] -= v;
    x[s] += d;
    for (uint64_t e = a->first[s]; e < a->first[s + 1]; e++)
        flow[a->entry[e].to] += v * (double)a->entry[e].p;
    return 1;
}

int32_t bni_splitting_solve(binnet_ctx *ctx, const bni_splitting *a, double *x, double *flow, const double *out,
                            const unsigned char *rests, double least)
{
    enum { SWEEPS = 48, BETWEEN_POLLS = 1 << 14 };
    size_t S = (size_t)1 << a->chain->n, settled = 1;
    for (size_t sweep = 0; sweep < SWEEPS && settled > 0; sweep++) {
        settled = 0;
        for (size_t k = 0; k < S; k++) {
            size_t s = sweep % 2 == 0 ? k : S - 1 - k;
            if (rests[s] != BNI_DEEP_REST && out[s] > 0)
                settled += (size_t)settle_state(a, x, flow, out, s, least);
            if (k % BETWEEN_POLLS == 0)
                BNI_TRY(bni_poll(ctx, ((double)sweep + (double)k / (double)S) / SWEEPS));
        }
    }
    return BINNET_OK;
}
