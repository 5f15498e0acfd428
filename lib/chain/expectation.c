/*
 * Expectations after a step, y = P x: y(s) = E[x(A(t + 1)) | A(t) = s], stage by stage from the last to the first; and what it
 * makes of a difference that one neuron fires rather than rests.
 * A stage of several neurons: y(s) = sum over hi of H_s[hi] (sum over lo of L_s[lo] x[hi, lo]), H_s and L_s the laws of the upper
 * and the lower half of its neurons: products of matrices by the BLAS for GROUP states at a time, then a sum. Groups are done
 * by any worker, the same way by all.
 * Source: THEORY 3 (the transpose of its step).
 */
#include "chain/chain.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

enum { GROUP = BNI_BLOCK, BETWEEN_POLLS = 1 << 8 };

/* What a worker works in. */
typedef struct desk {
    double *low, *high; /* panels of the laws of both halves, [block][GROUP][BNI_PANEL] */
    double *sums;       /* [GROUP][BNI_PANEL] */
    double *p, *q;      /* [neurons of a stage][GROUP] */
} desk;

struct bni_expectation {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    bni_team *team;
    size_t most; /* neurons of a stage */
    double *memory;
    double *tiles;  /* of the team, when all steps are of one neuron */
    double *packed; /* x of the states that differ in the stage's neurons, [hi][lo] */
    double *desks;  /* of the workers, one after the other */
};

/* Neurons of the largest stage; asynchronous chains go neuron by neuron. */
static size_t expected_stage(const binnet_chain *c)
{
    return c->update == BINNET_UPDATE_ASYNCHRONOUS ? 1 : bni_largest_stage(c);
}

static void halve(size_t count, int *high, int *low)
{
    *high = (int)count / 2;
    *low = (int)count - *high;
}

/* x itself is packed when the stage is the whole network. */
static size_t packed_doubles(const binnet_chain *c)
{
    size_t most = expected_stage(c);
    return most < c->n ? (size_t)1 << most : 0;
}

/* For stages of at most so many neurons. */
static size_t desk_doubles(size_t most)
{
    int high, low;
    halve(most, &high, &low);
    return GROUP * (((size_t)1 << low) + ((size_t)1 << high) + BNI_PANEL) + 2 * most * GROUP;
}

static int goes_by_neurons(const binnet_chain *c)
{
    return expected_stage(c) == 1;
}

static size_t team_doubles(const binnet_chain *c, int workers)
{
    return goes_by_neurons(c) ? bni_gates_doubles(c) * (size_t)workers + 8 : 0;
}

/* Stages of several neurons are shared among the workers. */
static size_t expectation_doubles(const binnet_chain *c, int workers)
{
    return packed_doubles(c) + 16 + desk_doubles(expected_stage(c)) * (goes_by_neurons(c) ? 1 : (size_t)workers);
}

double bni_expectation_bytes(const binnet_chain *chain, int workers)
{
    double nodes = 0; /* a view, and a vector */
    for (size_t s = 0; s < chain->n_stages; s++)
        if (bni_stage_correlated(chain, s))
            nodes = ldexp(8, (int)chain->n) + ldexp(8 * (double)chain->n, chain->upper) + 4096;
    return nodes + (double)sizeof(bni_expectation) +
           8 * (double)(expectation_doubles(chain, workers) + team_doubles(chain, workers));
}

int32_t bni_expectation_new(binnet_ctx *ctx, bni_expectation **out, const binnet_chain *chain, bni_team *team)
{
    *out = NULL;
    BNI_TRY(bni_need_chain(ctx, chain));
    bni_expectation *e = bni_new(ctx, 1, sizeof *e);
    if (e == NULL)
        return BINNET_E_NOMEM;
    e->mem = ctx->mem;
    e->chain = chain;
    e->kern = bni_kernels_get()->chain;
    e->team = team;
    size_t own = expectation_doubles(chain, bni_team_size(team));
    e->memory = bni_new(ctx, own + team_doubles(chain, bni_team_size(team)), sizeof *e->memory);
    if (e->memory == NULL) {
        bni_expectation_free(e);
        return BINNET_E_NOMEM;
    }
    e->most = expected_stage(chain);
    e->packed = bni_align(e->memory);
    e->tiles = e->memory + own;
    e->desks = bni_align(e->packed + packed_doubles(chain));
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

static desk desk_of(const bni_expectation *e, int worker)
{
    int high, low;
    size_t most = e->most;
    halve(most, &high, &low);
    desk d = {.sums = e->desks + (size_t)worker * desk_doubles(most)};
    d.low = d.sums + GROUP * BNI_PANEL;
    d.high = d.low + ((size_t)GROUP << low);
    d.p = d.high + ((size_t)GROUP << high);
    d.q = d.p + most * GROUP;
    return d;
}

/* One neuron set apart: instead of p and q it has the factors `fires` and `rests`; none when `at` is not of the stage. */
typedef struct apart {
    size_t at;
    double fires, rests;
} apart;

/* Probabilities of the stage's neurons in `count` states; 0 when a caller's function misbehaved. */
static int fill_probabilities(const bni_expectation *e, const desk *d, const int32_t *neuron, size_t n,
                              const uint64_t *state, size_t count, const apart *special)
{
    for (size_t b = 0; b < n; b++) {
        double *p = d->p + b * GROUP, *q = d->q + b * GROUP;
        if (b == special->at)
            for (size_t k = 0; k < count; k++) {
                p[k] = special->fires;
                q[k] = special->rests;
            }
        else if (!bni_probability_states(e->chain, e->kern, p, q, (size_t)neuron[b], state, count))
            return 0;
    }
    return 1;
}

static int32_t callback_failed(binnet_ctx *ctx)
{
    return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}

/* y[j] of the `count` states whose probabilities are there; x[hi][lo] as packed. */
static void multiply_group(const desk *d, double *y, const double *x, size_t n, size_t count)
{
    int high, low;
    halve(n, &high, &low);
    size_t a = bni_panel_width(low), b = bni_panel_width(high), columns = (size_t)1 << low, rows = (size_t)1 << high;
    const double *p = d->p + (size_t)low * GROUP, *q = d->q + (size_t)low * GROUP;
    bni_law_panels(d->low, a * GROUP, d->p, d->q, GROUP, low, NULL, count);
    bni_law_panels(d->high, b * GROUP, p, q, GROUP, high, NULL, count);
    memset(y, 0, count * sizeof *y);
    for (size_t r = 0; r < rows; r += b) {
        for (size_t c = 0; c < columns; c += a)
            bni_dense_block(d->sums, b, d->low + c * GROUP, a, x + r * columns + c, columns, count, b, a,
                            BNI_B_TRANSPOSED | (c > 0 ? BNI_ADD : 0));
        const double *law = d->high + r * GROUP;
        for (size_t j = 0; j < count; j++)
            for (size_t m = 0; m < b; m++)
                y[j] += law[j * b + m] * d->sums[j * b + m];
    }
}

/* A stage, its other neurons as in `rest`. */
typedef struct stage_work {
    binnet_ctx *ctx;
    const bni_expectation *e;
    double *y;
    const double *x; /* [states], as packed */
    const int32_t *neuron;
    size_t n, part;
    uint64_t rest, states;
    double from, share; /* of the progress of the stage */
    const apart *special;
    int32_t poll_status; /* written by worker 0 */
    atomic_int stop, failed;
} stage_work;

static void multiply_groups(void *arg, int worker, int workers)
{
    stage_work *w = arg;
    desk d = desk_of(w->e, worker);
    uint64_t first, last, state[GROUP];
    double sum[GROUP];
    bni_share(w->states / w->part, 1, worker, workers, &first, &last);
    for (uint64_t g = first; g < last && !atomic_load(&w->stop); g++) {
        for (size_t k = 0; k < w->part; k++)
            state[k] = w->rest | bni_deposit(g * w->part + k, w->neuron, w->n);
        if (!fill_probabilities(w->e, &d, w->neuron, w->n, state, w->part, w->special)) {
            atomic_store(&w->failed, 1);
            atomic_store(&w->stop, 1);
            return;
        }
        multiply_group(&d, sum, w->x, w->n, w->part);
        for (size_t k = 0; k < w->part; k++)
            w->y[state[k]] = sum[k];
        if (worker != 0)
            continue;
        w->poll_status = bni_poll(w->ctx, w->from + w->share * (double)(g - first) / (double)(last - first));
        if (w->poll_status != BINNET_OK)
            atomic_store(&w->stop, 1);
    }
}

/* y = P_stage x, or with one neuron set apart. */
static int32_t multiply_stage(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, const int32_t *neuron,
                              size_t n, const apart *special)
{
    enum { ALONE_BITS = 10 }; /* stages of fewer neurons are not worth a meeting */
    int32_t others[BINNET_MAX_CHAIN_NEURONS];
    size_t n_others = 0;
    uint64_t set = bni_deposit(~UINT64_C(0), neuron, n);
    for (int32_t i = 0; i < (int32_t)e->chain->n; i++)
        if (!(set >> i & 1))
            others[n_others++] = i;
    uint64_t rests = UINT64_C(1) << n_others, states = UINT64_C(1) << n;
    bni_team *team = n < ALONE_BITS ? NULL : bni_blas_team(e->team);
    for (uint64_t r = 0; r < rests; r++) {
        stage_work w = {.ctx = ctx,
                        .e = e,
                        .y = y,
                        .x = n_others > 0 ? e->packed : x,
                        .neuron = neuron,
                        .n = n,
                        .part = states < GROUP ? (size_t)states : GROUP,
                        .rest = bni_deposit(r, others, n_others),
                        .states = states,
                        .from = (double)r / (double)rests,
                        .share = 1 / (double)rests,
                        .special = special};
        atomic_init(&w.stop, 0);
        atomic_init(&w.failed, 0);
        for (uint64_t m = 0; m < states && n_others > 0; m++)
            e->packed[m] = x[w.rest | bni_deposit(m, neuron, n)];
        bni_team_run(team, multiply_groups, &w);
        BNI_TRY(w.poll_status);
        if (atomic_load(&w.failed))
            return callback_failed(ctx);
        if (r % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, w.from));
    }
    return BINNET_OK;
}

/* Neuron i alone: y += weight (fires x(i active) + rests x(i silent)); factors as of a neuron set apart, or its probabilities. */
static int32_t expect_neuron(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t i, double weight,
                             const apart *special)
{
    const int32_t neuron[1] = {(int32_t)i};
    desk d = desk_of(e, 0);
    size_t S = (size_t)1 << e->chain->n, part = S < GROUP ? S : GROUP;
    uint64_t state[GROUP], bit = UINT64_C(1) << i;
    for (uint64_t first = 0; first < S; first += part) {
        for (size_t k = 0; k < part; k++)
            state[k] = first + k;
        if (!fill_probabilities(e, &d, neuron, 1, state, part, special))
            return callback_failed(ctx);
        for (size_t k = 0; k < part; k++)
            y[first + k] += weight * (d.p[k] * x[state[k] | bit] + d.q[k] * x[state[k] & ~bit]);
        if (first / part % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)first / (double)S));
    }
    return BINNET_OK;
}

static const apart nobody = {SIZE_MAX, 0, 0};

/* Correlated noise: a sum over nodes of expectations with independent noise. */
static int32_t expect_nodes(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t stage)
{
    const binnet_chain *c = e->chain;
    size_t S = (size_t)1 << c->n, nodes = bni_stage_nodes(c, stage);
    bni_node_view view;
    BNI_TRY(bni_node_view_open(ctx, &view, c, stage));
    double *image = bni_new_raw(ctx, S, sizeof *image);
    int32_t status = image == NULL ? BINNET_E_NOMEM : bni_clear(ctx, y, S, sizeof *y);
    bni_progress whole = bni_progress_push(ctx);
    for (size_t k = 0; k < nodes && status == BINNET_OK; k++) {
        double weight = bni_node_view_set(&view, c, stage, k);
        bni_progress_part(ctx, whole, (double)k, (double)nodes);
        e->chain = &view.chain;
        status = multiply_stage(ctx, e, image, x, c->stage_neuron + c->stage_first[stage], bni_stage_size(c, stage),
                                &nobody);
        e->chain = c;
        for (size_t s = 0; status == BINNET_OK && s < S; s++)
            y[s] += weight * image[s];
        if (status == BINNET_OK)
            status = bni_poll(ctx, 1);
    }
    bni_progress_pop(ctx, whole);
    bni_delete(&ctx->mem, image);
    bni_node_view_close(ctx, &view);
    return status;
}

int32_t bni_expectation_stage(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t stage)
{
    const binnet_chain *c = e->chain;
    size_t S = (size_t)1 << c->n;
    const int32_t *neuron = c->stage_neuron + c->stage_first[stage];
    if (bni_stage_correlated(c, stage))
        return bni_stage_tabled(c, stage) ? bni_stage_expect(ctx, y, x, c, stage) : expect_nodes(ctx, e, y, x, stage);
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS && bni_stage_size(c, stage) > 1)
        return multiply_stage(ctx, e, y, x, neuron, bni_stage_size(c, stage), &nobody);
    BNI_TRY(bni_clear(ctx, y, S, sizeof *y));
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS)
        return expect_neuron(ctx, e, y, x, (size_t)neuron[0], 1, &nobody);
    bni_progress whole = bni_progress_push(ctx);
    for (size_t i = 0; i < c->n; i++) {
        bni_progress_part(ctx, whole, (double)i, (double)c->n);
        BNI_TRY(expect_neuron(ctx, e, y, x, i, c->select[i], &nobody));
    }
    bni_progress_pop(ctx, whole);
    return BINNET_OK;
}

int32_t bni_expectation_gain(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t stage, size_t at,
                             double rests)
{
    const binnet_chain *c = e->chain;
    const int32_t *neuron = c->stage_neuron + c->stage_first[stage];
    apart special = {at, 1, rests};
    if (bni_stage_correlated(c, stage))
        return bni_chain_need_independent(ctx, c, "what one neuron's firing changes");
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS && bni_stage_size(c, stage) > 1)
        return multiply_stage(ctx, e, y, x, neuron, bni_stage_size(c, stage), &special);
    BNI_TRY(bni_clear(ctx, y, (size_t)1 << c->n, sizeof *y));
    special.at = 0;
    return expect_neuron(ctx, e, y, x, (size_t)neuron[at],
                         c->update == BINNET_UPDATE_ASYNCHRONOUS ? c->select[neuron[at]] : 1, &special);
}

int32_t bni_expectation_apply(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, double *scratch)
{
    const binnet_chain *c = e->chain;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        return bni_gates_expect(ctx, c, e->team, bni_align(e->tiles), y, x);
    if (goes_by_neurons(c)) { /* the last neuron first */
        int32_t last_first[BINNET_MAX_CHAIN_NEURONS];
        for (size_t k = 0; k < c->n_stages; k++)
            last_first[k] = c->stage_neuron[c->n_stages - 1 - k];
        BNI_TRY(bni_copy_bytes(ctx, y, x, (size_t)1 << c->n, sizeof *y));
        return bni_gates_expect_set(ctx, c, e->team, bni_align(e->tiles), y, last_first, c->n_stages);
    }
    double *to = c->n_stages % 2 == 1 ? y : scratch; /* the last one goes to y */
    const double *from = x;
    for (size_t s = c->n_stages; s-- > 0;) {
        BNI_TRY(bni_expectation_stage(ctx, e, to, from, s));
        from = to;
        to = to == y ? scratch : y;
    }
    return BINNET_OK;
}
