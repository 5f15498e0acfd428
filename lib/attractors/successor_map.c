/*
 * Successors of all states, exactly and many at once. The drive of neuron i is a part of the low neurons plus a part of the
 * others. The 2^12 low parts are ranked once, as exact fixed-point numbers; for each joint activity of the others one
 * search finds how many of the low parts leave the neuron silent, and then small integers are compared: rank >= cut.
 */
#include "attractors/attractors.h"

#include "num/exact.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Blocks of each worker between two polls. */
enum { BETWEEN_POLLS = 64 };

/* Words of the widest exact drive: from 2^-2148 to above 2^2053. */
enum { MOST_WORDS = 70 };

/* z = x + y, fixed-point numbers of `words` words, the highest first. */
static void add_sum_words(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t words)
{
    uint64_t carry = 0;
    for (size_t k = words; k-- > 0;) {
        uint64_t s = x[k] + carry;
        carry = s < carry;
        s += y[k];
        carry += s < y[k];
        z[k] = s;
    }
}

static int compare_words(const uint64_t *x, const uint64_t *y, size_t words)
{
    for (size_t k = 0; k < words; k++)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

/* The terms of M_i times the drive of neuron i: weights, then M I, then -M theta. */
static void sum_term(bni_exact *e, const double *w, size_t n, size_t k, double M, double I, double theta)
{
    bni_exact_clear(e);
    if (k < n)
        bni_exact_add(e, w[k]);
    else if (k == n)
        bni_exact_add_product(e, M, I);
    else
        bni_exact_add_product(e, -M, theta);
}

/* Words that hold every partial sum of the terms of a neuron, in units of 2^low at most. The number of words that are used
 * for all neurons may be larger; then the unit is made finer, so that the highest word is always a good approximation. */
static size_t measure_sums(const double *w, size_t n, double M, double I, double theta, int *low, int *high)
{
    bni_exact e, all; /* a term; the sum of all |terms| */
    int least = INT_MAX, from, to;
    bni_exact_clear(&all);
    bni_exact_add_product(&all, M, fabs(I));
    bni_exact_add_product(&all, M, fabs(theta));
    for (size_t k = 0; k < n + 2; k++) {
        sum_term(&e, w, n, k, M, I, theta);
        if (k < n)
            bni_exact_add(&all, fabs(w[k]));
        bni_exact_bits(&e, &from, &to);
        if (bni_exact_sign(&e) != 0 && from < least)
            least = from;
    }
    bni_exact_bits(&all, &from, high);
    *low = least == INT_MAX ? 0 : least;
    return (size_t)(*high - *low + 2 + 63) / 64;
}

typedef struct source {
    double M, I, theta;
} source;

static source source_of(const binnet_net *net, size_t i)
{
    size_t u = bni_net_unit(net, i);
    return (source){net->M[u], net->I[u], net->theta[u]};
}

static size_t most_words(const binnet_net *net, double *row)
{
    size_t most = 1;
    for (size_t i = 0; i < net->n; i++) {
        source s = source_of(net, i);
        int low, high;
        bni_net_row(net, i, row);
        size_t words = measure_sums(row, net->n, s.M, s.I, s.theta, &low, &high);
        most = words > most ? words : most;
    }
    return most;
}

static int low_bits_of(size_t n)
{
    return n < BNI_LOW_BITS ? (int)n : BNI_LOW_BITS;
}

/* Spare ranks at the end of a row and before the first, 64 bytes each. */
enum { SPARE = 32 };

static bni_successor_map map_sizes(const binnet_net *net, int workers)
{
    double row[BINNET_MAX_ATTRACTOR_NEURONS];
    int low = low_bits_of(net->n);
    size_t count = (size_t)1 << low;
    return (bni_successor_map){.n = net->n,
                               .workers = (size_t)workers,
                               .low_bits = low,
                               .count = count,
                               .ld = count + SPARE,
                               .blocks = UINT64_C(1) << (net->n - (size_t)low),
                               .words = most_words(net, row)};
}

static void map_buffers(bni_plan *plan, void *of)
{
    bni_successor_map *r = of;
    size_t n = r->n;
    BNI_BUFFER(plan, r->value, n * r->count * r->words);
    BNI_BUFFER(plan, r->minus, n * (1 + n - (size_t)r->low_bits) * r->words);
    BNI_BUFFER(plan, r->order, n * r->count);
    BNI_BUFFER(plan, r->rank_memory, n * r->ld + SPARE);
    BNI_BUFFER(plan, r->next, r->workers * r->count);
    BNI_BUFFER(plan, r->below, (double)r->blocks * (double)n);
}

double bni_successor_map_bytes(const binnet_net *net, int workers)
{
    bni_successor_map r = map_sizes(net, workers);
    double making = 2.0 * (double)r.count * (8.0 * (double)r.words + 2) + 8.0 * (double)r.words;
    return (double)sizeof r + bni_plan_bytes(map_buffers, &r) + making;
}

/* Memory while the tables are made. */
typedef struct maker {
    double *row;
    int low;            /* exponent of the unit */
    uint64_t *term;     /* [words] */
    uint64_t *value[2]; /* [count][words] */
    uint16_t *order[2]; /* [count] */
} maker;

/* x in units of 2^low, the highest word first. */
static void to_words(bni_exact *e, const maker *m, uint64_t *word, size_t words)
{
    bni_exact_words(e, m->low, word, words);
    for (size_t k = 0; k < words / 2; k++) {
        uint64_t swap = word[k];
        word[k] = word[words - 1 - k];
        word[words - 1 - k] = swap;
    }
}

/* The list of sums so far, ranked, merged with the same list plus one more weight. Among equal sums the one in
 * which neuron `own` is silent comes first, so that under BINNET_TIE_KEEP those that fire come last. */
static void merge_sums(const maker *m, size_t W, size_t half, int own)
{
    const uint64_t *value = m->value[0];
    const uint16_t *order = m->order[0];
    uint64_t *to = m->value[1], with[MOST_WORDS];
    uint16_t *to_order = m->order[1];
    size_t a = 0, b = 0;
    add_sum_words(with, value, m->term, W);
    for (size_t k = 0; k < 2 * half; k++) {
        int first = a < half;
        if (first && b < half) {
            int side = compare_words(value + a * W, with, W);
            if (side == 0 && own >= 0)
                side = (order[a] >> own & 1) - ((order[b] | (int)half) >> own & 1);
            first = side <= 0;
        }
        const uint64_t *from = first ? value + a * W : with;
        for (size_t w = 0; w < W; w++)
            to[k * W + w] = from[w];
        to_order[k] = (uint16_t)(first ? order[a] : order[b] | half);
        if (first)
            a++;
        else if (++b < half)
            add_sum_words(with, value + b * W, m->term, W);
    }
}

static void make_neuron(bni_successor_map *r, maker *m, const binnet_net *net, size_t i)
{
    size_t n = r->n, W = r->words, low_bits = (size_t)r->low_bits;
    source s = source_of(net, i);
    int own = r->tie == BINNET_TIE_KEEP && i < low_bits ? (int)i : -1, high;
    bni_exact e;
    bni_net_row(net, i, m->row);
    measure_sums(m->row, n, s.M, s.I, s.theta, &m->low, &high);
    m->low = high + 2 - 64 * (int)W;
    if (m->low < BNI_EXACT_LEAST)
        m->low = BNI_EXACT_LEAST;

    for (size_t w = 0; w < W; w++)
        m->value[0][w] = 0;
    m->value[0][0] = UINT64_C(1) << 63; /* half of the range is added everywhere: signed order becomes unsigned order */
    m->order[0][0] = 0;
    for (size_t j = 0; j < low_bits; j++) {
        bni_exact_clear(&e);
        bni_exact_add(&e, m->row[j]);
        to_words(&e, m, m->term, W);
        merge_sums(m, W, (size_t)1 << j, own);
        uint64_t *value = m->value[0];
        uint16_t *order = m->order[0];
        m->value[0] = m->value[1];
        m->value[1] = value;
        m->order[0] = m->order[1];
        m->order[1] = order;
    }
    for (size_t k = 0; k < r->count; k++) {
        uint16_t state = m->order[0][k];
        r->order[i * r->count + k] = state;
        r->rank[i * r->ld + state] = (int16_t)k;
        for (size_t w = 0; w < W; w++)
            r->value[(i * W + w) * r->count + k] = m->value[0][k * W + w];
    }

    uint64_t *minus = r->minus + i * (1 + n - low_bits) * W;
    bni_exact_clear(&e);
    bni_exact_add_product(&e, -s.M, s.I);
    bni_exact_add_product(&e, s.M, s.theta);
    to_words(&e, m, minus, W);
    minus[0] += UINT64_C(1) << 63;
    for (size_t j = low_bits; j < n; j++) {
        bni_exact_clear(&e);
        bni_exact_add(&e, -m->row[j]);
        to_words(&e, m, minus + (1 + j - low_bits) * W, W);
    }
}

static int make_all(binnet_ctx *ctx, bni_successor_map *r, const binnet_net *net, double *row)
{
    uint64_t *value = bni_new_raw(ctx, (2 * r->count + 1) * r->words, sizeof *value);
    uint16_t *order = bni_new_raw(ctx, 2 * r->count, sizeof *order);
    int ok = value != NULL && order != NULL;
    if (ok) {
        maker m = {.row = row,
                   .term = value + 2 * r->count * r->words,
                   .value = {value, value + r->count * r->words},
                   .order = {order, order + r->count}};
        for (size_t i = 0; i < r->n; i++)
            make_neuron(r, &m, net, i);
    }
    bni_delete(&ctx->mem, value);
    bni_delete(&ctx->mem, order);
    return ok;
}

int32_t bni_successor_map_new(binnet_ctx *ctx, bni_successor_map **out, const binnet_net *net, int workers)
{
    double row[BINNET_MAX_ATTRACTOR_NEURONS];
    *out = NULL;
    bni_successor_map *r = bni_new(ctx, 1, sizeof *r);
    if (r == NULL)
        return BINNET_E_NOMEM;
    *r = map_sizes(net, workers);
    r->mem = ctx->mem;
    r->kern = bni_kernels_get()->dynamics;
    r->tie = net->tie;
    int32_t status = bni_plan_make(ctx, map_buffers, r);
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, r);
        return status;
    }
    r->rank = r->rank_memory + -(uintptr_t)r->rank_memory % 64 / sizeof *r->rank;
    if (!make_all(ctx, r, net, row)) {
        bni_successor_map_free(r);
        return BINNET_E_NOMEM;
    }
    *out = r;
    return BINNET_OK;
}

void bni_successor_map_free(bni_successor_map *r)
{
    if (r == NULL)
        return;
    bni_allocator mem = r->mem;
    bni_plan_release(&mem, map_buffers, r);
    bni_delete(&mem, r);
}

/* What the part of the low neurons must reach in a block: minus the part of the others. */
static void rank_level(const bni_successor_map *r, uint64_t block, size_t i, uint64_t *at)
{
    size_t W = r->words, high = r->n - (size_t)r->low_bits;
    const uint64_t *minus = r->minus + i * (1 + high) * W;
    memcpy(at, minus, W * sizeof *at);
    for (size_t j = 0; j < high; j++)
        if (block >> j & 1)
            add_sum_words(at, at, minus + (1 + j) * W, W);
}

/* How many of the rising numbers v[0..size-1] are below x, or at it when with_equal. */
static size_t count_in(const uint64_t *v, size_t size, uint64_t x, int with_equal)
{
    size_t from = 0;
    while (size > 0) {
        size_t half = size / 2;
        int below = with_equal ? v[from + half] <= x : v[from + half] < x;
        from += below ? size - half : 0;
        size = half;
    }
    return from;
}

/* How many low parts are below the level (or at it, when with_equal): by the highest word, and among those that have
 * the level's highest word by the next. */
static size_t count_below(const bni_successor_map *r, size_t i, const uint64_t *at, int with_equal)
{
    const uint64_t *v = r->value + i * r->words * r->count;
    size_t from = 0, to = r->count;
    for (size_t w = 0; w + 1 < r->words; w++, v += r->count) {
        from += count_in(v + from, to - from, at[w], 0);
        if (from == to || v[from] != at[w])
            return from;
        to = from + count_in(v + from, to - from, at[w], 1);
    }
    return from + count_in(v + from, to - from, at[r->words - 1], with_equal);
}

void bni_successor_map_ties(const bni_successor_map *r, uint64_t block, size_t i, size_t *from, size_t *to)
{
    uint64_t at[MOST_WORDS];
    rank_level(r, block, i, at);
    *from = count_below(r, i, at, 0);
    *to = count_below(r, i, at, 1);
}

/* Ranks that leave neuron i silent in a block: 0 .. the result - 1. */
static size_t silent(const bni_successor_map *r, uint64_t block, size_t i)
{
    uint64_t at[MOST_WORDS];
    rank_level(r, block, i, at);
    if (r->tie != BINNET_TIE_KEEP)
        return count_below(r, i, at, r->tie == BINNET_TIE_SILENT);
    if (i >= (size_t)r->low_bits)
        return count_below(r, i, at, !(block >> (i - (size_t)r->low_bits) & 1));
    /* of the low parts with a drive of 0, those in which the neuron is silent come first */
    size_t from = count_below(r, i, at, 0), to = count_below(r, i, at, 1);
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (r->order[i * r->count + middle] >> i & 1)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

typedef struct sweep {
    const bni_successor_map *ranks;
    bni_visit visit;
    void *arg;
    uint64_t from, to;
} sweep;

static void rank_block(void *arg, int worker, int workers)
{
    const sweep *s = arg;
    const bni_successor_map *r = s->ranks;
    uint32_t *next = r->next + (size_t)worker * r->count;
    uint64_t from, to;
    bni_share(s->to - s->from, 1, worker, workers, &from, &to);
    for (uint64_t block = s->from + from; block < s->from + to; block++) {
        int16_t *below = r->below + block * r->n;
        for (size_t i = 0; i < r->n && !r->swept; i++)
            below[i] = (int16_t)((int)silent(r, block, i) - 1);
        r->kern->rank_bits(next, r->rank, r->ld, below, r->n, r->count);
        s->visit(s->arg, worker, block, next);
    }
}

int32_t bni_successor_map_sweep(binnet_ctx *ctx, bni_successor_map *ranks, bni_team *team, bni_visit visit, void *arg)
{
    uint64_t slice = BETWEEN_POLLS * (uint64_t)bni_team_size(team);
    for (uint64_t from = 0; from < ranks->blocks; from += slice) {
        uint64_t to = ranks->blocks - from < slice ? ranks->blocks : from + slice;
        sweep s = {ranks, visit, arg, from, to};
        bni_team_run(team, rank_block, &s);
        BNI_TRY(bni_poll(ctx, (double)to / (double)ranks->blocks));
    }
    ranks->swept = 1;
    return BINNET_OK;
}
