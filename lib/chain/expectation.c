/*
 * Expectations after a step, y = P x: y(s) = E[x(A(t + 1)) | A(t) = s], stage by stage from the last to the first; and what it
 * makes of a difference that one neuron fires rather than rests.
 * A stage of several neurons: y(s) = sum over hi, lo of H_s[hi] L_s[lo] x[hi, lo], H_s and L_s the laws of the upper and the lower
 * half of its neurons: a product of matrices for eight states at a time, then a sum.
 * Source: THEORY 3 (the transpose of its step).
 */
#include "chain/chain.h"

#include <string.h>

enum { GROUP = BNI_NR, MOST = BINNET_MAX_CHAIN_NEURONS, BETWEEN_POLLS = 1 << 8 };

struct bni_expectation {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_kernels *kern;
    double *memory;
    double *packed;            /* x as panels of rows */
    double *low, *high, *sums; /* [2^bits][GROUP]: laws of both halves, and the product */
    double *p, *q;             /* [neurons of a stage][BNI_ROW] */
};

static size_t stage_size(const binnet_chain *c, size_t s)
{
    return (size_t)(c->stage_first[s + 1] - c->stage_first[s]);
}

static size_t largest_stage(const binnet_chain *c)
{
    size_t most = 1;
    for (size_t s = 0; s < c->n_stages && c->update != BINNET_UPDATE_ASYNCHRONOUS; s++)
        most = stage_size(c, s) > most ? stage_size(c, s) : most;
    return most;
}

/* The kernel wants four of both at least: neurons that do not exist rest. */
static void halve(size_t count, int *high, int *low)
{
    *high = (int)count / 2 < 2 ? 2 : (int)count / 2;
    *low = (int)count - (int)count / 2 < 2 ? 2 : (int)count - (int)count / 2;
}

static size_t doubles(const binnet_chain *c)
{
    int high, low;
    size_t most = largest_stage(c);
    halve(most, &high, &low);
    return ((size_t)1 << (high + low)) + GROUP * (((size_t)1 << low) + ((size_t)2 << high)) + 2 * most * BNI_ROW + 8;
}

double bni_expectation_bytes(const binnet_chain *chain)
{
    return (double)sizeof(bni_expectation) + 8 * (double)doubles(chain);
}

int32_t bni_expectation_new(binnet_ctx *ctx, bni_expectation **out, const binnet_chain *chain)
{
    *out = NULL;
    bni_expectation *e = bni_new(ctx, 1, sizeof *e);
    if (e == NULL)
        return BINNET_E_NOMEM;
    e->mem = ctx->mem;
    e->chain = chain;
    e->kern = bni_kernels_get();
    e->memory = bni_new(ctx, doubles(chain), sizeof *e->memory);
    if (e->memory == NULL) {
        bni_expectation_free(e);
        return BINNET_E_NOMEM;
    }
    int high, low;
    size_t most = largest_stage(chain);
    halve(most, &high, &low);
    e->packed = bni_align(e->memory);
    e->low = e->packed + ((size_t)1 << (high + low));
    e->high = e->low + (GROUP << low);
    e->sums = e->high + (GROUP << high);
    e->p = e->sums + (GROUP << high);
    e->q = e->p + most * BNI_ROW;
    *out = e;
    return BINNET_OK;
}

void bni_expectation_free(bni_expectation *e)
{
    if (e == NULL)
        return;
    bni_allocator mem = e->mem;
    bni_delete(&mem, e->memory);
    bni_delete(&mem, e);
}

/* Bits of m at the neurons' places. */
static uint64_t deposit(uint64_t m, const int32_t *neuron, size_t n)
{
    uint64_t s = 0;
    for (size_t b = 0; b < n; b++)
        s |= (m >> b & 1) << neuron[b];
    return s;
}

/* One neuron set apart: instead of p and q it has the factors `fires` and `rests`; none when `at` is not of the stage. */
typedef struct apart {
    size_t at;
    double fires, rests;
} apart;

/* Probabilities of the stage's neurons in `count` states. */
static int32_t fill_probabilities(binnet_ctx *ctx, bni_expectation *e, const int32_t *neuron, size_t n,
                                  const uint64_t *state, size_t count, const apart *special)
{
    for (size_t b = 0; b < n; b++) {
        double *p = e->p + b * BNI_ROW, *q = e->q + b * BNI_ROW;
        if (b == special->at)
            for (size_t k = 0; k < count; k++) {
                p[k] = special->fires;
                q[k] = special->rests;
            }
        else if (!bni_probability_states(e->chain, e->kern, p, q, (size_t)neuron[b], state, count))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    }
    return BINNET_OK;
}

/* v[m][j] = prod over b of (bit b of m ? p : q), of GROUP states from k on; neurons b = first .. first + bits - 1, of which `real`
 * exist. */
static void fill_laws(const bni_expectation *e, double *v, size_t first, int bits, size_t real, size_t k)
{
    for (size_t j = 0; j < GROUP; j++)
        v[j] = 1;
    for (int b = 0; b < bits; b++) {
        const double *p = e->p + (first + (size_t)b) * BNI_ROW + k, *q = e->q + (first + (size_t)b) * BNI_ROW + k;
        size_t half = (size_t)GROUP << b;
        if ((size_t)b >= real) {
            memset(v + half, 0, half * sizeof *v);
            continue;
        }
        for (size_t m = 0; m < half; m += GROUP)
            for (size_t j = 0; j < GROUP; j++) {
                v[half + m + j] = v[m + j] * p[j];
                v[m + j] *= q[j];
            }
    }
}

/* GROUP states from k on of those whose probabilities are there. */
static void multiply_group(const bni_expectation *e, double y[GROUP], size_t n, size_t k)
{
    int high, low;
    halve(n, &high, &low);
    size_t K = (size_t)1 << low, rows = (size_t)1 << high;
    fill_laws(e, e->low, 0, low, n - n / 2, k);
    fill_laws(e, e->high, n - n / 2, high, n / 2, k);
    memset(e->sums, 0, rows * GROUP * sizeof *e->sums);
    for (size_t r = 0; r < rows; r += BNI_MR)
        e->kern->gemm_tile(e->sums + r * GROUP, GROUP, K, e->packed + r * K, e->low);
    for (size_t j = 0; j < GROUP; j++)
        y[j] = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < GROUP; j++)
            y[j] += e->high[r * GROUP + j] * e->sums[r * GROUP + j];
}

static void pack(const bni_expectation *e, const double *x, uint64_t rest, const int32_t *neuron, size_t n)
{
    int high, low;
    halve(n, &high, &low);
    size_t K = (size_t)1 << low, real = n - n / 2;
    memset(e->packed, 0, sizeof *x << (high + low));
    for (uint64_t m = 0; m < UINT64_C(1) << n; m++) {
        size_t c = m & (((size_t)1 << real) - 1), r = m >> real;
        e->packed[r / BNI_MR * BNI_MR * K + c / 4 * (4 * BNI_MR) + r % BNI_MR * 4 + c % 4] =
            x[rest | deposit(m, neuron, n)];
    }
}

/* y = P_stage x, or with one neuron set apart. */
static int32_t stage_product(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, const int32_t *neuron,
                             size_t n, const apart *special)
{
    int32_t others[MOST];
    size_t n_others = 0;
    uint64_t state[BNI_ROW], set = deposit(~UINT64_C(0), neuron, n);
    for (int32_t i = 0; i < (int32_t)e->chain->n; i++)
        if (!(set >> i & 1))
            others[n_others++] = i;
    uint64_t rests = UINT64_C(1) << n_others, states = UINT64_C(1) << n;
    size_t part = states < BNI_ROW ? (size_t)states : BNI_ROW, padded = part < GROUP ? GROUP : part, done = 0;
    for (uint64_t r = 0; r < rests; r++) {
        uint64_t rest = deposit(r, others, n_others);
        pack(e, x, rest, neuron, n);
        for (uint64_t m = 0; m < states; m += part) {
            for (size_t k = 0; k < padded; k++)
                state[k] = rest | deposit(m + k % part, neuron, n);
            BNI_TRY(fill_probabilities(ctx, e, neuron, n, state, padded, special));
            for (size_t k = 0; k < part; k += GROUP) {
                double sum[GROUP];
                multiply_group(e, sum, n, k);
                for (size_t j = 0; j < GROUP && k + j < part; j++)
                    y[state[k + j]] = sum[j];
                BNI_TRY(bni_poll(ctx, (double)(r * states + m) / (double)(rests * states)));
            }
        }
        if (++done % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)r / (double)rests));
    }
    return BINNET_OK;
}

/* Neuron i alone: y += weight (fires x(i active) + rests x(i silent)); factors as of a neuron set apart, or its probabilities. */
static int32_t add_neuron(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t i, double weight,
                          const apart *special)
{
    const int32_t neuron[1] = {(int32_t)i};
    size_t S = (size_t)1 << e->chain->n, part = S < BNI_ROW ? S : BNI_ROW;
    uint64_t state[BNI_ROW], bit = UINT64_C(1) << i;
    for (uint64_t first = 0; first < S; first += part) {
        for (size_t k = 0; k < part; k++)
            state[k] = first + k;
        BNI_TRY(fill_probabilities(ctx, e, neuron, 1, state, part, special));
        for (size_t k = 0; k < part; k++)
            y[first + k] += weight * (e->p[k] * x[state[k] | bit] + e->q[k] * x[state[k] & ~bit]);
        if (first / part % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)first / (double)S));
    }
    return BINNET_OK;
}

static const apart nobody = {SIZE_MAX, 0, 0};

int32_t bni_expectation_stage(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t stage)
{
    const binnet_chain *c = e->chain;
    size_t S = (size_t)1 << c->n;
    const int32_t *neuron = c->stage_neuron + c->stage_first[stage];
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS && stage_size(c, stage) > 1)
        return stage_product(ctx, e, y, x, neuron, stage_size(c, stage), &nobody);
    BNI_TRY(bni_clear(ctx, y, S, sizeof *y));
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS)
        return add_neuron(ctx, e, y, x, (size_t)neuron[0], 1, &nobody);
    double from = ctx->span_from, to = ctx->span_to;
    for (size_t i = 0; i < c->n; i++) {
        bni_span(ctx, from + (to - from) * (double)i / (double)c->n,
                 from + (to - from) * (double)(i + 1) / (double)c->n);
        BNI_TRY(add_neuron(ctx, e, y, x, i, c->select[i], &nobody));
    }
    bni_span(ctx, from, to);
    return BINNET_OK;
}

int32_t bni_expectation_gain(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t stage, size_t at,
                             double rests)
{
    const binnet_chain *c = e->chain;
    const int32_t *neuron = c->stage_neuron + c->stage_first[stage];
    apart special = {at, 1, rests};
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS && stage_size(c, stage) > 1)
        return stage_product(ctx, e, y, x, neuron, stage_size(c, stage), &special);
    BNI_TRY(bni_clear(ctx, y, (size_t)1 << c->n, sizeof *y));
    special.at = 0;
    return add_neuron(ctx, e, y, x, (size_t)neuron[at],
                      c->update == BINNET_UPDATE_ASYNCHRONOUS ? c->select[neuron[at]] : 1, &special);
}

int32_t bni_expectation_apply(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, double *scratch)
{
    const binnet_chain *c = e->chain;
    double *to = c->n_stages % 2 == 1 ? y : scratch; /* the last one goes to y */
    const double *from = x;
    for (size_t s = c->n_stages; s-- > 0;) {
        BNI_TRY(bni_expectation_stage(ctx, e, to, from, s));
        from = to;
        to = to == y ? scratch : y;
    }
    return BINNET_OK;
}
