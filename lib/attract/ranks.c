/*
 * Successors of all states, exactly and many at once. The drive of neuron i is a part of the low neurons plus a part of the
 * others. The 2^12 low parts are ranked once, as exact fixed-point numbers; for each joint activity of the others one
 * search finds how many of the low parts leave the neuron silent, and then small integers are compared: rank >= cut.
 */
#include "attract/dynamics.h"

#include "num/exact.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Blocks of each worker between two polls. */
enum { BETWEEN_POLLS = 64 };

/* z = x + y, fixed-point numbers of `words` words, lowest first. */
static void add_words(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t words)
{
    uint64_t carry = 0;
    for (size_t k = 0; k < words; k++) {
        uint64_t s = x[k] + carry;
        carry = s < carry;
        s += y[k];
        carry += s < y[k];
        z[k] = s;
    }
}

static int compare_words(const uint64_t *x, const uint64_t *y, size_t words)
{
    for (size_t k = words; k-- > 0;)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

/* The terms of M_i times the drive of neuron i: weights, then M I, then -M theta. */
static void term(bni_exact *e, const double *w, size_t n, size_t k, double M, double I, double theta)
{
    bni_exact_clear(e);
    if (k < n)
        bni_exact_add(e, w[k]);
    else if (k == n)
        bni_exact_add_product(e, M, I);
    else
        bni_exact_add_product(e, -M, theta);
}

/* Words that hold every partial sum of the terms of a neuron, in units of 2^low. */
static size_t measure(const double *w, size_t n, double M, double I, double theta, int *low)
{
    bni_exact e, all; /* a term; the sum of all |terms| */
    int least = INT_MAX, from, to;
    bni_exact_clear(&all);
    bni_exact_add_product(&all, M, fabs(I));
    bni_exact_add_product(&all, M, fabs(theta));
    for (size_t k = 0; k < n + 2; k++) {
        term(&e, w, n, k, M, I, theta);
        if (k < n)
            bni_exact_add(&all, fabs(w[k]));
        bni_exact_bits(&e, &from, &to);
        if (bni_exact_sign(&e) != 0 && from < least)
            least = from;
    }
    bni_exact_bits(&all, &from, &to);
    *low = least == INT_MAX ? 0 : least;
    return (size_t)(to - *low + 2 + 63) / 64;
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
        int low;
        bni_net_row(net, i, row);
        size_t words = measure(row, net->n, s.M, s.I, s.theta, &low);
        most = words > most ? words : most;
    }
    return most;
}

static int low_bits_of(size_t n)
{
    return n < BNI_LOW_BITS ? (int)n : BNI_LOW_BITS;
}

static double bytes_of(size_t n, size_t words, int workers)
{
    size_t low = (size_t)low_bits_of(n), count = (size_t)1 << low;
    double table = (double)n * (double)count * (8.0 * (double)words + 4);
    double scratch = (double)count * (16.0 * (double)words + 4) + 8.0 * (double)(n + words); /* while it is made */
    return (double)sizeof(bni_ranks) + table + 8.0 * (double)(n * (1 + n - low) * words) + scratch +
           (double)workers * (4.0 * (double)count + 2.0 * (double)n);
}

double bni_ranks_bytes(const binnet_net *net, int workers)
{
    double row[BINNET_MAX_ATTRACTOR_NEURONS];
    return bytes_of(net->n, most_words(net, row), workers);
}

/* Memory while the tables are made. */
typedef struct maker {
    double *row;
    uint64_t *term, *value[2];
    uint16_t *order[2];
} maker;

/* The list of sums so far, ranked, merged with the same list plus the weight of neuron j. Among equal sums the one in
 * which neuron `own` is silent comes first, so that under BINNET_TIE_KEEP those that fire come last. */
static void merge(const bni_ranks *r, const maker *m, uint64_t *value, uint16_t *order, size_t half, int own)
{
    size_t W = r->words, a = 0, b = 0;
    uint64_t *with = m->value[0], *both = m->value[1];
    uint16_t *with_order = m->order[0], *both_order = m->order[1];
    for (size_t k = 0; k < half; k++) {
        add_words(with + k * W, value + k * W, m->term, W);
        with_order[k] = (uint16_t)(order[k] | half);
    }
    for (size_t k = 0; k < 2 * half; k++) {
        int first;
        if (a == half || b == half) {
            first = b == half;
        } else {
            int side = compare_words(value + a * W, with + b * W, W);
            if (side == 0 && own >= 0)
                side = (order[a] >> own & 1) - (with_order[b] >> own & 1);
            first = side <= 0;
        }
        memcpy(both + k * W, first ? value + a * W : with + b * W, W * sizeof *both);
        both_order[k] = first ? order[a++] : with_order[b++];
    }
    memcpy(value, both, 2 * half * W * sizeof *value);
    memcpy(order, both_order, 2 * half * sizeof *order);
}

static void make_neuron(bni_ranks *r, const maker *m, const binnet_net *net, size_t i)
{
    size_t n = r->n, W = r->words, low_bits = (size_t)r->low_bits;
    source s = source_of(net, i);
    int low, own = r->tie == BINNET_TIE_KEEP && i < low_bits ? (int)i : -1;
    bni_exact e;
    bni_net_row(net, i, m->row);
    measure(m->row, n, s.M, s.I, s.theta, &low);

    uint64_t *value = r->value + i * r->count * W;
    uint16_t *order = r->order + i * r->count;
    memset(value, 0, W * sizeof *value);
    value[W - 1] = UINT64_C(1) << 63; /* half of the range is added everywhere: signed order becomes unsigned order */
    order[0] = 0;
    for (size_t j = 0; j < low_bits; j++) {
        bni_exact_clear(&e);
        bni_exact_add(&e, m->row[j]);
        bni_exact_words(&e, low, m->term, W);
        merge(r, m, value, order, (size_t)1 << j, own);
    }
    for (size_t k = 0; k < r->count; k++)
        r->rank[i * r->count + order[k]] = (int16_t)k;

    uint64_t *minus = r->minus + i * (1 + n - low_bits) * W;
    bni_exact_clear(&e);
    bni_exact_add_product(&e, -s.M, s.I);
    bni_exact_add_product(&e, s.M, s.theta);
    bni_exact_words(&e, low, minus, W);
    minus[W - 1] += UINT64_C(1) << 63;
    for (size_t j = low_bits; j < n; j++) {
        bni_exact_clear(&e);
        bni_exact_add(&e, -m->row[j]);
        bni_exact_words(&e, low, minus + (1 + j - low_bits) * W, W);
    }
}

static int make_all(binnet_ctx *ctx, bni_ranks *r, const binnet_net *net, double *row)
{
    maker m = {.row = row};
    m.term = bni_new_raw(ctx, r->words, sizeof *m.term);
    m.value[0] = bni_new_raw(ctx, 2 * r->count * r->words, sizeof *m.value[0]);
    m.order[0] = bni_new_raw(ctx, 2 * r->count, sizeof *m.order[0]);
    int ok = m.term != NULL && m.value[0] != NULL && m.order[0] != NULL;
    if (ok) {
        m.value[1] = m.value[0] + r->count * r->words;
        m.order[1] = m.order[0] + r->count;
        for (size_t i = 0; i < r->n; i++)
            make_neuron(r, &m, net, i);
    }
    bni_delete(&ctx->mem, m.term);
    bni_delete(&ctx->mem, m.value[0]);
    bni_delete(&ctx->mem, m.order[0]);
    return ok;
}

int32_t bni_ranks_new(binnet_ctx *ctx, bni_ranks **out, const binnet_net *net, int workers)
{
    double row[BINNET_MAX_ATTRACTOR_NEURONS];
    *out = NULL;
    bni_ranks *r = bni_new(ctx, 1, sizeof *r);
    if (r == NULL)
        return BINNET_E_NOMEM;
    size_t n = net->n, low = (size_t)low_bits_of(n);
    r->mem = ctx->mem;
    r->kern = bni_kernels_get();
    r->n = n;
    r->tie = net->tie;
    r->low_bits = (int)low;
    r->count = (size_t)1 << low;
    r->blocks = UINT64_C(1) << (n - low);
    r->words = most_words(net, row);
    if ((r->value = bni_new_raw(ctx, n * r->count * r->words, sizeof *r->value)) == NULL ||
        (r->minus = bni_new_raw(ctx, n * (1 + n - low) * r->words, sizeof *r->minus)) == NULL ||
        (r->order = bni_new_raw(ctx, n * r->count, sizeof *r->order)) == NULL ||
        (r->rank = bni_new_raw(ctx, n * r->count, sizeof *r->rank)) == NULL ||
        (r->next = bni_new_raw(ctx, (size_t)workers * r->count, sizeof *r->next)) == NULL ||
        (r->below = bni_new_raw(ctx, (size_t)workers * n, sizeof *r->below)) == NULL || !make_all(ctx, r, net, row)) {
        bni_ranks_free(r);
        return BINNET_E_NOMEM;
    }
    *out = r;
    return BINNET_OK;
}

void bni_ranks_free(bni_ranks *r)
{
    if (r == NULL)
        return;
    bni_allocator mem = r->mem;
    bni_delete(&mem, r->value);
    bni_delete(&mem, r->minus);
    bni_delete(&mem, r->order);
    bni_delete(&mem, r->rank);
    bni_delete(&mem, r->next);
    bni_delete(&mem, r->below);
    bni_delete(&mem, r);
}

/* Words of the widest exact drive: 2^2100 units of 2^-2148, two spare bits. */
enum { MOST_WORDS = 70 };

/* What the part of the low neurons must reach in a block: minus the part of the others. */
static void level(const bni_ranks *r, uint64_t block, size_t i, uint64_t *at)
{
    size_t W = r->words, high = r->n - (size_t)r->low_bits;
    const uint64_t *minus = r->minus + i * (1 + high) * W;
    memcpy(at, minus, W * sizeof *at);
    for (size_t j = 0; j < high; j++)
        if (block >> j & 1)
            add_words(at, at, minus + (1 + j) * W, W);
}

/* How many low parts are below the level (or at it, when with_equal). */
static size_t count_below(const bni_ranks *r, size_t i, const uint64_t *at, int with_equal)
{
    size_t W = r->words, from = 0, size = r->count;
    const uint64_t *value = r->value + i * r->count * W;
    while (size > 0) {
        size_t half = size / 2;
        if (compare_words(value + (from + half) * W, at, W) < with_equal) {
            from += half + 1;
            size -= half + 1;
        } else {
            size = half;
        }
    }
    return from;
}

void bni_ranks_ties(const bni_ranks *r, uint64_t block, size_t i, size_t *from, size_t *to)
{
    uint64_t at[MOST_WORDS];
    level(r, block, i, at);
    *from = count_below(r, i, at, 0);
    *to = count_below(r, i, at, 1);
}

/* Ranks that leave neuron i silent in a block: 0 .. the result - 1. */
static size_t silent(const bni_ranks *r, uint64_t block, size_t i)
{
    uint64_t at[MOST_WORDS];
    level(r, block, i, at);
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
    const bni_ranks *ranks;
    bni_visit visit;
    void *arg;
    uint64_t from, to;
} sweep;

static void work(void *arg, int worker, int workers)
{
    const sweep *s = arg;
    const bni_ranks *r = s->ranks;
    uint32_t *next = r->next + (size_t)worker * r->count;
    int16_t *below = r->below + (size_t)worker * r->n;
    uint64_t from, to;
    bni_share(s->to - s->from, 1, worker, workers, &from, &to);
    for (uint64_t block = s->from + from; block < s->from + to; block++) {
        for (size_t i = 0; i < r->n; i++)
            below[i] = (int16_t)((int)silent(r, block, i) - 1);
        r->kern->rank_bits(next, r->rank, r->count, below, r->n, r->count);
        s->visit(s->arg, block, next);
    }
}

int32_t bni_ranks_sweep(binnet_ctx *ctx, const bni_ranks *ranks, bni_team *team, bni_visit visit, void *arg)
{
    uint64_t slice = BETWEEN_POLLS * (uint64_t)bni_team_size(team);
    for (uint64_t from = 0; from < ranks->blocks; from += slice) {
        uint64_t to = ranks->blocks - from < slice ? ranks->blocks : from + slice;
        sweep s = {ranks, visit, arg, from, to};
        bni_team_run(team, work, &s);
        BNI_TRY(bni_poll(ctx, (double)to / (double)ranks->blocks));
    }
    return BINNET_OK;
}
