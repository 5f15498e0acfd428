/*
 * Recall by simulation: runs from a cue, and curves of many runs with Wilson's intervals.
 * Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
 */
#include "num/random.h"
#include "storage/storage.h"

#include "binnet/chain.h"

#include <math.h>
#include <string.h>

/* 95 %, both sides */
#define NORMAL_QUANTILE 1.959963984540054

static int32_t update_all(binnet_ctx *ctx, uint8_t *next, const bni_dynamics *d, const uint8_t *state, bni_random *r)
{
    for (size_t i = 0; i < d->n; i++) {
        double fires, silent;
        BNI_TRY(bni_dynamics_fires(ctx, &fires, &silent, d, i, state));
        next[i] = (uint8_t)bni_random_chance(r, fires);
    }
    return bni_poll(ctx, 0);
}

static int32_t update_one(binnet_ctx *ctx, uint8_t *next, const bni_dynamics *d, const uint8_t *state, bni_random *r)
{
    double fires, silent;
    size_t i = (size_t)((1 - bni_random_unit(r)) * (double)d->n); /* unit is in (0, 1] */
    memcpy(next, state, d->n);
    BNI_TRY(bni_dynamics_fires(ctx, &fires, &silent, d, i, state));
    next[i] = (uint8_t)bni_random_chance(r, fires);
    return bni_poll(ctx, 0);
}

int32_t binnet_recall_run(binnet_ctx *ctx, uint8_t *state, uint64_t steps, size_t n, const uint8_t *cue,
                          const binnet_net *net, const binnet_noise *noise, int32_t update, uint64_t run)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, state, "state"));
    BNI_TRY(bni_need(ctx, cue, "cue"));
    if (update != BINNET_UPDATE_SYNCHRONOUS && update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_RANGE, "update is %d, allowed is 1 (synchronous) or 2 (asynchronous)",
                        (int)update);
    BNI_TRY(bni_need_activities(ctx, cue, n, 1, "cue"));
    bni_dynamics d;
    BNI_TRY(bni_dynamics_new(ctx, &d, net, noise, n, 0));
    int32_t status = BINNET_OK;
    bni_random r;
    bni_random_start(&r, (uint64_t)ctx->seed, BNI_RANDOM_RECALL, run, 0, 0);
    memcpy(state, cue, n);
    for (uint64_t t = 0; t < steps && status == BINNET_OK; t++)
        status = (update == BINNET_UPDATE_SYNCHRONOUS ? update_all : update_one)(ctx, state + (t + 1) * n, &d,
                                                                                 state + t * n, &r);
    bni_dynamics_free(&d);
    return status;
}

/* d different neurons flipped: the first d of a shuffle. */
static void flip_some(uint8_t *state, uint32_t *order, size_t n, size_t d, bni_random *r)
{
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (size_t k = 0; k < d; k++) {
        size_t at = k + (size_t)((1 - bni_random_unit(r)) * (double)(n - k));
        uint32_t pick = order[at];
        order[at] = order[k];
        state[pick] = !state[pick];
    }
}

static int is_target(const uint8_t *state, const uint8_t *target, size_t n_targets, size_t n)
{
    for (size_t k = 0; k < n_targets; k++)
        if (memcmp(state, target + k * n, n) == 0)
            return 1;
    return 0;
}

static void wilson_interval(double *low, double *high, double hits, double runs)
{
    double z = NORMAL_QUANTILE, p = hits / runs, scale = 1 / (1 + z * z / runs);
    double middle = (p + z * z / (2 * runs)) * scale;
    double half = z * scale * sqrt(p * (1 - p) / runs + z * z / (4 * runs * runs));
    *low = hits == 0 ? 0 : fmax(middle - half, 0);
    *high = hits == runs ? 1 : fmin(middle + half, 1);
}

static int32_t check_sampled(binnet_ctx *ctx, const double *mean, size_t n_distances, const size_t *distance,
                             uint64_t runs, size_t n, size_t n_targets, const uint8_t *target)
{
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need(ctx, distance, "distance"));
    BNI_TRY(bni_need(ctx, target, "target"));
    if (runs < 1 || n_targets < 1)
        return bni_fail(ctx, BINNET_E_RANGE, "%llu runs, %zu targets: at least one of each", (unsigned long long)runs,
                        n_targets);
    for (size_t k = 0; k < n_distances; k++)
        if (distance[k] > n)
            return bni_fail(ctx, BINNET_E_RANGE, "distance[%zu] is %zu, there are %zu neurons", k, distance[k], n);
    return bni_need_activities(ctx, target, n, n_targets, "target");
}

typedef struct sampled_work {
    size_t n, counts;
    uint8_t *state, *next; /* [n] */
    uint32_t *order;       /* [n] */
    double *hits;          /* [counts] */
} sampled_work;

static void sampled_buffers(bni_plan *plan, void *object)
{
    sampled_work *w = object;
    BNI_BUFFER(plan, w->state, w->n);
    BNI_BUFFER(plan, w->next, w->n);
    BNI_BUFFER(plan, w->order, w->n);
    BNI_ZEROS(plan, w->hits, w->counts);
}

/* Adds 1 to hits[t][k] for every t from the first time on. */
static int32_t count_run(binnet_ctx *ctx, sampled_work *w, const bni_dynamics *d, uint64_t steps, size_t k, size_t of,
                         size_t flips, size_t n_targets, const uint8_t *target, uint64_t run)
{
    bni_random r;
    bni_random_start(&r, (uint64_t)ctx->seed, BNI_RANDOM_RECALL, run, 1 + k, flips);
    memcpy(w->state, target, w->n);
    flip_some(w->state, w->order, w->n, flips, &r);
    for (uint64_t t = 0; t <= steps; t++) {
        if (is_target(w->state, target, n_targets, w->n)) {
            for (uint64_t later = t; later <= steps; later++)
                w->hits[later * of + k]++;
            break;
        }
        if (t < steps) {
            BNI_TRY(update_all(ctx, w->next, d, w->state, &r));
            memcpy(w->state, w->next, w->n);
        }
    }
    return BINNET_OK;
}

int32_t binnet_recall_curve_sampled(binnet_ctx *ctx, double *mean, double *low, double *high, uint64_t steps,
                                    size_t n_distances, const size_t *distance, uint64_t runs, size_t n,
                                    size_t n_targets, const uint8_t *target, const binnet_net *net,
                                    const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(check_sampled(ctx, mean, n_distances, distance, runs, n, n_targets, target));
    if (steps > BINNET_MAX_LAG)
        return bni_fail(ctx, BINNET_E_RANGE, "steps is %llu, allowed is 0..%d", (unsigned long long)steps,
                        BINNET_MAX_LAG);
    sampled_work w = {.n = n, .counts = n_distances * ((size_t)steps + 1)};
    bni_dynamics d;
    BNI_TRY(bni_dynamics_new(ctx, &d, net, noise, n, bni_plan_bytes(sampled_buffers, &w)));
    int32_t status = bni_plan_make(ctx, sampled_buffers, &w);
    for (uint64_t run = 0; run < runs && status == BINNET_OK; run++) {
        bni_span(ctx, (double)run / (double)runs, (double)(run + 1) / (double)runs);
        for (size_t k = 0; k < n_distances && status == BINNET_OK; k++)
            status = count_run(ctx, &w, &d, steps, k, n_distances, distance[k], n_targets, target, run);
    }
    for (size_t k = 0; k < w.counts && status == BINNET_OK; k++) {
        double from, to;
        wilson_interval(&from, &to, w.hits[k], (double)runs);
        mean[k] = w.hits[k] / (double)runs;
        if (low != NULL)
            low[k] = from;
        if (high != NULL)
            high[k] = to;
    }
    bni_plan_release(&ctx->mem, sampled_buffers, &w);
    bni_dynamics_free(&d);
    return status;
}
