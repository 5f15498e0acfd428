/*
 * Which of two sets is reached first, when that is rare: adaptive multilevel splitting. The level of a state is how close it is to the
 * target, in neurons that differ. Trajectories run until a set is reached; those whose highest level is the lowest of all (all of
 * them, if several) are dropped and started again from where another one first was above that level. Each time the estimate is
 * multiplied by the share that was kept; it is unbiased for any number of trajectories and any levels.   Source: [BGG16].
 */
#include "simulate/simulate.h"

#include <math.h>
#include <string.h>

enum { MOST_NEURONS = 24 };

typedef struct splitting {
    binnet_ctx *ctx;
    size_t n, particles;
    const binnet_set *target, *against;
    bni_walk *walk;
    uint8_t *distance; /* [2^n]: neurons that differ from the nearest state of the target */
    /* of each particle: the first state above each of its records, level after level; a record less than those after it */
    uint64_t *state;  /* [particles][n + 1] */
    uint8_t *level;   /* [particles][n + 1] */
    uint8_t *records; /* [particles] */
    uint8_t *bytes;   /* [n] */
    uint32_t *kept;   /* [particles] */
    uint64_t streams, steps;
} splitting;

static void splitting_buffers(bni_plan *plan, void *object)
{
    splitting *s = object;
    BNI_BUFFER(plan, s->distance, (size_t)1 << s->n);
    BNI_BUFFER(plan, s->state, s->particles * (s->n + 1));
    BNI_BUFFER(plan, s->level, s->particles * (s->n + 1));
    BNI_BUFFER(plan, s->records, s->particles);
    BNI_BUFFER(plan, s->bytes, s->n);
    BNI_BUFFER(plan, s->kept, s->particles);
}

static int32_t fill_distances(splitting *s)
{
    size_t states = (size_t)1 << s->n;
    for (size_t a = 0; a < states; a++)
        s->distance[a] = binnet_set_contains(s->target, a) ? 0 : (uint8_t)(s->n + 1);
    for (size_t i = 0; i < s->n; i++) {
        size_t bit = (size_t)1 << i;
        for (size_t a = 0; a < states; a++)
            if (s->distance[a ^ bit] + 1 < s->distance[a])
                s->distance[a] = (uint8_t)(s->distance[a ^ bit] + 1);
        BNI_TRY(bni_poll(s->ctx, 0));
    }
    return BINNET_OK;
}

static uint8_t highest(const splitting *s, size_t p)
{
    return s->level[p * (s->n + 1) + s->records[p] - 1];
}

/* On from the last record of particle p, until a set is reached. */
static int32_t run_particle(splitting *s, size_t p)
{
    uint64_t *state = s->state + p * (s->n + 1), now = state[s->records[p] - 1];
    uint8_t *level = s->level + p * (s->n + 1);
    for (size_t i = 0; i < s->n; i++)
        s->bytes[i] = now >> i & 1;
    BNI_TRY(bni_walk_start(s->walk, s->streams++, s->bytes));
    while (s->distance[now] > 0 && !binnet_set_contains(s->against, now)) {
        if (s->ctx->work_limit > 0 && s->steps++ >= (uint64_t)s->ctx->work_limit)
            return bni_fail(s->ctx, BINNET_E_NOCONV, "neither set was reached within the work limit of %lld steps",
                            (long long)s->ctx->work_limit);
        BNI_TRY(bni_walk_steps(s->walk, 1));
        now = bni_walk_state(s->walk);
        uint8_t here = (uint8_t)(s->n - s->distance[now]);
        /* the other set is the end, whatever its level */
        if (here > highest(s, p) && !binnet_set_contains(s->against, now)) {
            state[s->records[p]] = now;
            level[s->records[p]++] = here;
        }
    }
    return BINNET_OK;
}

/* Particle p starts again from where particle q was first above the level. */
static void branch_particle(splitting *s, size_t p, size_t q, uint8_t above)
{
    size_t row = s->n + 1, k = 0;
    while (s->level[q * row + k] <= above)
        k++;
    memcpy(s->state + p * row, s->state + q * row, (k + 1) * sizeof *s->state);
    memcpy(s->level + p * row, s->level + q * row, k + 1);
    s->records[p] = (uint8_t)(k + 1);
}

/* One estimate. */
static int32_t estimate_once(splitting *s, double *estimate, uint64_t start, uint64_t repeat)
{
    bni_random r;
    size_t row = s->n + 1;
    bni_random_start(&r, (uint64_t)s->ctx->seed, BNI_RANDOM_START, UINT64_MAX, repeat, 0);
    *estimate = 1;
    for (size_t p = 0; p < s->particles; p++) {
        s->state[p * row] = start;
        s->level[p * row] = (uint8_t)(s->n - s->distance[start]);
        s->records[p] = 1;
        BNI_TRY(run_particle(s, p));
    }
    for (;;) {
        uint8_t least = UINT8_MAX;
        size_t kept = 0;
        for (size_t p = 0; p < s->particles; p++)
            least = highest(s, p) < least ? highest(s, p) : least;
        if (least == s->n)
            return BINNET_OK;
        for (size_t p = 0; p < s->particles; p++)
            if (highest(s, p) > least)
                s->kept[kept++] = (uint32_t)p;
        *estimate *= (double)kept / (double)s->particles;
        if (kept == 0)
            return BINNET_OK;
        for (size_t p = 0, next = 0; p < s->particles; p++) {
            if (next < kept && s->kept[next] == p) {
                next++;
                continue;
            }
            branch_particle(s, p, s->kept[bni_scale_word(bni_random_bits(&r), kept)], least);
            BNI_TRY(run_particle(s, p));
        }
        BNI_TRY(bni_poll(s->ctx, -1));
    }
}

static int32_t check_splitting(binnet_ctx *ctx, const binnet_sim *sim, uint64_t start, const binnet_set *target,
                               const binnet_set *against, size_t particles, size_t repeats)
{
    BNI_TRY(bni_need(ctx, sim, "sim"));
    BNI_TRY(bni_need(ctx, target, "target"));
    BNI_TRY(bni_need(ctx, against, "against"));
    if (sim->n > MOST_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "the network has %zu neurons, allowed is 1..%d", sim->n, MOST_NEURONS);
    if (binnet_set_neurons(target) != sim->n || binnet_set_neurons(against) != sim->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the network is of %zu neurons, the sets of %zu and %zu", sim->n,
                        binnet_set_neurons(target), binnet_set_neurons(against));
    if (start >> sim->n != 0)
        return bni_fail(ctx, BINNET_E_RANGE, "start is %llu, there are %zu neurons", (unsigned long long)start, sim->n);
    if (particles < 2 || particles > 1000000)
        return bni_fail(ctx, BINNET_E_RANGE, "particles is %zu, allowed is 2..1000000", particles);
    if (repeats < 2 || repeats > 1000000)
        return bni_fail(ctx, BINNET_E_RANGE, "repeats is %zu, allowed is 2..1000000", repeats);
    if (binnet_set_count(target) == 0 || binnet_set_count(against) == 0)
        return bni_fail(ctx, BINNET_E_RANGE, "one of the sets is empty");
    for (uint64_t a = 0; a >> sim->n == 0; a++)
        if (binnet_set_contains(target, a) && binnet_set_contains(against, a))
            return bni_fail(ctx, BINNET_E_RANGE, "state %llu is in both sets", (unsigned long long)a);
    return BINNET_OK;
}

static int32_t estimate_repeatedly(splitting *s, double *p, double *error, uint64_t start, size_t repeats)
{
    double sum = 0, square = 0, one;
    for (size_t k = 0; k < repeats; k++) {
        BNI_TRY(estimate_once(s, &one, start, k));
        sum += one;
        square += one * one;
        BNI_TRY(bni_poll(s->ctx, (double)(k + 1) / (double)repeats));
    }
    double mean = sum / (double)repeats;
    *p = mean;
    if (!(mean > 0)) {
        if (error != NULL)
            *error = NAN;
        return bni_fail(s->ctx, BINNET_E_UNDEFINED, "the target was never reached first in %zu estimates", repeats);
    }
    if (error != NULL)
        *error = sqrt(fmax(square / (double)repeats - mean * mean, 0) / (double)(repeats - 1));
    return BINNET_OK;
}

int32_t binnet_sim_reach(binnet_ctx *ctx, double *p, double *error, const binnet_sim *sim, uint64_t start,
                         const binnet_set *target, const binnet_set *against, size_t particles, size_t repeats)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(check_splitting(ctx, sim, start, target, against, particles, repeats));
    splitting s = {.ctx = ctx, .n = sim->n, .particles = particles, .target = target, .against = against};
    BNI_TRY(bni_need_memory(ctx, bni_plan_bytes(splitting_buffers, &s) + bni_walk_bytes(sim, (int)ctx->threads),
                            "splitting"));
    int32_t status = bni_plan_make(ctx, splitting_buffers, &s);
    if (status == BINNET_OK)
        status = bni_walk_new(ctx, &s.walk, sim, NULL);
    if (status == BINNET_OK)
        status = fill_distances(&s);
    if (status == BINNET_OK)
        status = estimate_repeatedly(&s, p, error, start, repeats);
    bni_walk_free(&ctx->mem, s.walk);
    bni_plan_release(&ctx->mem, splitting_buffers, &s);
    return status;
}
