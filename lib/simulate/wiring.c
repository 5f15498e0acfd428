/*
 * Synapses ordered by source within blocks of targets: when neuron j changes, block after block, its targets there are next to
 * each other, and their potentials are in the cache. Two bytes say which target; where weights are constant from population to
 * population that is all.
 * Made in two passes over the rows of inputs: how many synapses each source has in a block, then where they go. Blocks are
 * independent of each other, so they are made by all workers.
 */
#include "simulate/simulate.h"
#include "simulate/wiring.h"

#include <math.h>
#include <string.h>

static void wiring_index(bni_plan *plan, void *object)
{
    bni_wiring *w = object;
    BNI_BUFFER(plan, w->first, w->blocks + 1);
    BNI_ZEROS(plan, w->base, w->blocks + 1);
    BNI_ZEROS(plan, w->start, w->blocks * (w->n + 1));
    BNI_ZEROS(plan, w->constant, w->width == 0 ? w->blocks * w->n_pop : 0);
}

void bni_wiring_free(const bni_allocator *mem, bni_wiring *w)
{
    bni_plan_release(mem, wiring_index, w);
    bni_delete(mem, w->target);
    bni_delete(mem, w->narrow);
    bni_delete(mem, w->wide);
    w->target = NULL;
    w->narrow = NULL;
    w->wide = NULL;
}

/* A block ends at a multiple of `longest` neurons of a population where weights are constant. */
static size_t list_blocks(uint32_t *first, size_t n_pop, const int64_t *pop_first, size_t longest)
{
    size_t blocks = 0;
    for (size_t a = 0; a < n_pop; a++)
        for (int64_t at = pop_first[a]; at < pop_first[a + 1]; at += (int64_t)longest) {
            if (first != NULL)
                first[blocks] = (uint32_t)at;
            blocks++;
        }
    if (first != NULL)
        first[blocks] = (uint32_t)pop_first[n_pop];
    return blocks;
}

/* Powers of two, within 2^12..2^16, so that a source has some 32 targets in a block. Potentials of a block, of 8 bytes, or
 * where weights are constant counters of 2, are in the nearest cache. */
static size_t block_length(size_t n, double synapses, int width, int longest)
{
    size_t length = (size_t)1 << (longest ? 16 : width == 0 ? 14 : 12);
    while (length < (size_t)1 << 16 && (double)length * synapses < 32 * (double)n * (double)n)
        length *= 2;
    return length;
}

double bni_wiring_bytes(size_t n, size_t n_pop, double synapses, int width, int longest, int workers)
{
    double blocks = (double)n / (double)block_length(n, synapses, width, longest) + (width == 0 ? (double)n_pop : 1);
    return (2 + width) * synapses + blocks * (4 * (double)(n + 1) + 12 + 8 * (double)n_pop) + 1024 +
           workers * (12.2 * (double)n + 64);
}

/* What each worker has. */
typedef struct build_worker {
    uint32_t *col;   /* [n] */
    double *w;       /* [n], where there are weights */
    uint64_t *taken; /* [n / 64 + 1] */
} build_worker;

typedef struct build {
    binnet_ctx *ctx;
    bni_wiring *w;
    const bni_inputs *in;
    const int32_t *pop;
    const double *inverse_unit; /* [n]: 1 / (unit of a weight) */
    int64_t *total;             /* [n] */
    int fill;
    atomic_size_t turn;
    atomic_int stopped;
    build_worker *worker;
} build;

static void count_row(uint32_t *start, const uint32_t *col, size_t count)
{
    for (size_t k = 0; k < count; k++)
        start[col[k] + 1]++;
}

/* start[j] is where the next synapse of source j - 1 goes; in the end it is where those of j begin. */
static void place_synapses(build *s, uint32_t *start, uint64_t base, size_t i, uint32_t local, const build_worker *me,
                           size_t count)
{
    bni_wiring *w = s->w;
    for (size_t k = 0; k < count; k++) {
        uint64_t at = base + start[me->col[k] + 1]++;
        w->target[at] = (uint16_t)local;
        if (w->width == 0)
            continue;
        int64_t q = llrint(me->w[k] * s->inverse_unit[i]);
        s->total[i] += q;
        if (w->width == 4)
            w->narrow[at] = (int32_t)q;
        else
            w->wide[at] = q;
    }
}

/* From numbers of synapses to where they begin, one source late for place_synapses. */
static void sum_starts(uint32_t *start, size_t n)
{
    uint32_t sum = 0;
    for (size_t j = 1; j <= n; j++) {
        uint32_t many = start[j];
        start[j] = sum;
        sum += many;
    }
}

static void build_blocks(void *arg, int worker, int workers)
{
    build *s = arg;
    bni_wiring *w = s->w;
    const build_worker *me = &s->worker[worker];
    (void)workers;
    for (size_t b; (b = atomic_fetch_add(&s->turn, 1)) < w->blocks && !atomic_load(&s->stopped);) {
        uint32_t *start = w->start + b * (w->n + 1);
        if (s->fill)
            sum_starts(start, w->n);
        for (uint32_t i = w->first[b]; i < w->first[b + 1]; i++) {
            size_t count = bni_inputs_row(s->in, i, (size_t)s->pop[i], me->col, me->w, me->taken);
            if (s->fill)
                place_synapses(s, start, w->base[b], i, i - w->first[b], me, count);
            else
                count_row(start, me->col, count);
            if (worker == 0 && bni_poll(s->ctx, (double)b / (double)w->blocks) != BINNET_OK)
                atomic_store(&s->stopped, 1);
            if (atomic_load(&s->stopped))
                return;
        }
    }
}

static int32_t run_build(build *s, bni_team *team, int fill)
{
    s->fill = fill;
    atomic_store(&s->turn, 0);
    bni_span(s->ctx, fill ? 0.5 : 0, fill ? 1 : 0.5);
    bni_team_run(team, build_blocks, s);
    return atomic_load(&s->stopped) ? BINNET_E_INTERRUPTED : BINNET_OK;
}

static int32_t build_synapses(build *s, bni_team *team)
{
    bni_wiring *w = s->w;
    BNI_TRY(run_build(s, team, 0));
    for (size_t b = 0; b < w->blocks; b++) {
        uint64_t many = 0;
        for (size_t j = 1; j <= w->n; j++)
            many += w->start[b * (w->n + 1) + j];
        if (many > UINT32_MAX)
            return bni_fail(s->ctx, BINNET_E_RANGE, "%llu synapses end in %u neurons, allowed is 2^32 - 1",
                            (unsigned long long)many, w->first[b + 1] - w->first[b]);
        w->base[b + 1] = w->base[b] + many;
        BNI_TRY(bni_poll(s->ctx, 1));
    }
    w->synapses = w->base[w->blocks];
    if ((w->target = bni_new_raw(s->ctx, (size_t)w->synapses + 1, sizeof *w->target)) == NULL ||
        (w->width == 4 && (w->narrow = bni_new_raw(s->ctx, (size_t)w->synapses + 1, sizeof *w->narrow)) == NULL) ||
        (w->width == 8 && (w->wide = bni_new_raw(s->ctx, (size_t)w->synapses + 1, sizeof *w->wide)) == NULL))
        return BINNET_E_NOMEM;
    return run_build(s, team, 1);
}

static void free_workers(const bni_allocator *mem, build *s, int workers)
{
    for (int k = 0; s->worker != NULL && k < workers; k++) {
        bni_delete(mem, s->worker[k].col);
        bni_delete(mem, s->worker[k].w);
        bni_delete(mem, s->worker[k].taken);
    }
    bni_delete(mem, s->worker);
}

static int32_t make_workers(build *s, int workers)
{
    size_t n = s->w->n;
    if ((s->worker = bni_new(s->ctx, (size_t)workers, sizeof *s->worker)) == NULL)
        return BINNET_E_NOMEM;
    for (int k = 0; k < workers; k++) {
        build_worker *me = &s->worker[k];
        if ((me->col = bni_new_raw(s->ctx, n + 1, sizeof *me->col)) == NULL ||
            (me->w = bni_new_raw(s->ctx, s->w->width == 0 ? 1 : n, sizeof *me->w)) == NULL ||
            (me->taken = bni_new(s->ctx, n / 64 + 1, sizeof *me->taken)) == NULL)
            return BINNET_E_NOMEM;
    }
    return BINNET_OK;
}

int32_t bni_wiring_make(binnet_ctx *ctx, bni_wiring *w, const bni_inputs *in, const int32_t *pop, size_t n_pop,
                        const int64_t *pop_first, double synapses, int longest, const double *inverse_unit,
                        int64_t *total)
{
    size_t length = block_length(w->n, synapses, w->width, longest);
    const int64_t everyone[2] = {0, (int64_t)w->n};
    size_t groups = w->width == 0 ? n_pop : 1;
    const int64_t *group = w->width == 0 ? pop_first : everyone;
    w->n_pop = n_pop;
    w->longest = length < w->n ? length : w->n;
    w->blocks = list_blocks(NULL, groups, group, length);
    int workers = (int)ctx->threads;
    build s = {.ctx = ctx, .w = w, .in = in, .pop = pop, .inverse_unit = inverse_unit, .total = total};
    bni_team *team = NULL;
    int32_t status = bni_plan_make(ctx, wiring_index, w);
    if (status == BINNET_OK) {
        list_blocks(w->first, groups, group, length);
        status = make_workers(&s, workers);
    }
    if (status == BINNET_OK && workers > 1)
        status = bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = build_synapses(&s, team);
    bni_team_free(team);
    free_workers(&ctx->mem, &s, workers);
    return status;
}
