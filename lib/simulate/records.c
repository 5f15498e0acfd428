/*
 * What else is kept of trajectories: rasters, how often states were met, how long sets of states were kept. Trajectories are those
 * of binnet_sim_run with the same numbers.
 */
#include "simulate/simulate.h"

#include <math.h>
#include <string.h>

static int32_t check_watched(binnet_ctx *ctx, const binnet_sim *sim, size_t k, const int32_t *neuron)
{
    if (k > sim->n)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, there are %zu neurons", k, sim->n);
    for (size_t i = 0; neuron != NULL && i < k; i++)
        if (neuron[i] < 0 || (size_t)neuron[i] >= sim->n)
            return bni_fail(ctx, BINNET_E_RANGE, "neuron[%zu] is %d, allowed is 0..%zu", i, (int)neuron[i], sim->n - 1);
    return BINNET_OK;
}

static int32_t check_samples(binnet_ctx *ctx, const char *name, uint64_t value, uint64_t least, uint64_t most)
{
    if (value < least || value > most)
        return bni_fail(ctx, BINNET_E_RANGE, "%s is %llu, allowed is %llu..%llu", name, (unsigned long long)value,
                        (unsigned long long)least, (unsigned long long)most);
    return BINNET_OK;
}

/* A walk and the workers of its steps. */
static int32_t open_trajectory(binnet_ctx *ctx, bni_walk **walk, bni_team **team, const binnet_sim *sim)
{
    *walk = NULL;
    *team = NULL;
    BNI_TRY(bni_need_memory(ctx, bni_walk_bytes(sim, (int)ctx->threads) + bni_team_bytes((int)ctx->threads),
                            "a trajectory"));
    if (ctx->threads > 1 && bni_sim_large(sim))
        BNI_TRY(bni_team_new(ctx, team, (int)ctx->threads));
    int32_t status = bni_walk_new(ctx, walk, sim, *team);
    if (status != BINNET_OK) {
        bni_team_free(*team);
        *team = NULL;
    }
    return status;
}

/* To sample `number` of a trajectory, from the one before or the start. */
static int32_t move_to_sample(bni_walk *w, uint64_t number, double interval)
{
    return w->sim->continuous ? bni_walk_until(w, (double)number * interval) : bni_walk_steps(w, (uint64_t)interval);
}

int32_t binnet_sim_raster(binnet_ctx *ctx, uint8_t *active, uint64_t samples, size_t k, const int32_t *neuron,
                          const binnet_sim *sim, double interval, uint64_t burn_in, uint64_t run, const uint8_t *start)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, active, "active"));
    BNI_TRY(bni_need(ctx, sim, "sim"));
    BNI_TRY(bni_sim_check_interval(ctx, sim, interval));
    BNI_TRY(check_watched(ctx, sim, k, neuron));
    BNI_TRY(check_samples(ctx, "samples", samples, 1, UINT64_C(1) << 40));
    BNI_TRY(check_samples(ctx, "burn_in", burn_in, 0, UINT64_C(1) << 40));
    for (size_t i = 0; start != NULL && i < sim->n; i++)
        if (start[i] > 1)
            return bni_fail(ctx, BINNET_E_RANGE, "start[%zu] is %u, allowed is 0 or 1", i, start[i]);
    bni_walk *walk;
    bni_team *team;
    BNI_TRY(open_trajectory(ctx, &walk, &team, sim));
    int32_t status = bni_walk_start(walk, run, start);
    for (uint64_t t = 1; t <= burn_in + samples && status == BINNET_OK; t++) {
        status = move_to_sample(walk, t, interval);
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)t / (double)(burn_in + samples));
        for (size_t i = 0; t > burn_in && i < k; i++)
            active[(t - burn_in - 1) * k + i] = walk->active[neuron != NULL ? (size_t)neuron[i] : i];
    }
    bni_walk_free(&ctx->mem, walk);
    bni_team_free(team);
    return status;
}

/* Samples of states, of all trajectories. */
typedef struct counting {
    const binnet_sim *sim;
    size_t k;
    const int32_t *neuron;
    double interval;
    uint64_t burn_in, samples, runs;
    size_t batches; /* of each trajectory; 0: all are counted together */
    double *count;  /* [runs * batches or 1][2^k] */
} counting;

static int32_t check_counting(binnet_ctx *ctx, counting *c, size_t most)
{
    BNI_TRY(bni_need(ctx, c->sim, "sim"));
    BNI_TRY(bni_sim_check_interval(ctx, c->sim, c->interval));
    BNI_TRY(check_samples(ctx, "k", c->k, 1, most));
    BNI_TRY(check_watched(ctx, c->sim, c->k, c->neuron));
    BNI_TRY(check_samples(ctx, "samples", c->samples, c->batches > 0 ? c->batches : 1, UINT64_C(1) << 31));
    BNI_TRY(check_samples(ctx, "runs", c->runs, 1, BINNET_MAX_RUNS));
    if (c->batches > 0)
        c->samples = (c->samples + c->batches - 1) / c->batches * c->batches;
    if (c->burn_in == BINNET_BURN_IN_AUTO)
        c->burn_in = (c->samples + 7) / 8;
    return check_samples(ctx, "burn_in", c->burn_in, 0, UINT64_C(1) << 40);
}

static size_t sampled_state(const bni_walk *walk, size_t k, const int32_t *neuron)
{
    size_t state = 0;
    for (size_t i = 0; i < k; i++)
        state |= (size_t)walk->active[neuron != NULL ? (size_t)neuron[i] : i] << i;
    return state;
}

static int32_t count_trajectory(binnet_ctx *ctx, const counting *c, bni_walk *walk, uint64_t r)
{
    uint64_t all = c->burn_in + c->samples;
    BNI_TRY(bni_walk_start(walk, r, NULL));
    for (uint64_t t = 1; t <= all; t++) {
        BNI_TRY(move_to_sample(walk, t, c->interval));
        BNI_TRY(bni_poll(ctx, ((double)r + (double)t / (double)all) / (double)c->runs));
        if (t <= c->burn_in)
            continue;
        size_t batch = c->batches > 0 ? (size_t)(r * c->batches + (t - c->burn_in - 1) / (c->samples / c->batches)) : 0;
        c->count[(batch << c->k) + sampled_state(walk, c->k, c->neuron)]++;
    }
    return BINNET_OK;
}

/* count is allocated here, the caller's to free. */
static int32_t count_samples(binnet_ctx *ctx, counting *c, double other_bytes)
{
    size_t rows = c->batches > 0 ? (size_t)c->runs * c->batches : 1;
    BNI_TRY(bni_need_memory(ctx,
                            other_bytes + 8 * ldexp((double)rows, (int)c->k) +
                                bni_walk_bytes(c->sim, (int)ctx->threads) + bni_team_bytes((int)ctx->threads),
                            "samples of states"));
    if ((c->count = bni_new(ctx, rows << c->k, sizeof *c->count)) == NULL)
        return BINNET_E_NOMEM;
    bni_walk *walk;
    bni_team *team;
    int32_t status = open_trajectory(ctx, &walk, &team, c->sim);
    for (uint64_t r = 0; r < c->runs && status == BINNET_OK; r++)
        status = count_trajectory(ctx, c, walk, r);
    bni_walk_free(&ctx->mem, walk);
    bni_team_free(team);
    return status;
}

int32_t binnet_sim_law(binnet_ctx *ctx, binnet_law **out, const binnet_sim *sim, size_t k, const int32_t *neuron,
                       double interval, uint64_t burn_in, uint64_t samples, uint64_t runs)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    counting c = {sim, k, neuron, interval, burn_in, samples, runs, 0, NULL};
    BNI_TRY(check_counting(ctx, &c, 24));
    int32_t status = count_samples(ctx, &c, ldexp(8, (int)k));
    if (status == BINNET_OK)
        status = bni_law_make(ctx, out, k);
    if (status == BINNET_OK) {
        for (size_t s = 0; s < (size_t)1 << k; s++)
            (*out)->p[s] = c.count[s] / ((double)samples * (double)runs);
        (*out)->residual = (*out)->residual_relative = (*out)->balance = NAN;
    }
    bni_delete(&ctx->mem, c.count);
    return status;
}

int32_t binnet_sim_histogram(binnet_ctx *ctx, double *p, double *error, size_t states, const binnet_sim *sim, size_t k,
                             const int32_t *neuron, double interval, uint64_t burn_in, uint64_t samples, uint64_t runs)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(bni_need(ctx, error, "error"));
    counting c = {sim, k, neuron, interval, burn_in, samples, runs, BNI_BATCHES, NULL};
    BNI_TRY(check_counting(ctx, &c, 16));
    if (states != (size_t)1 << k)
        return bni_fail(ctx, BINNET_E_SIZE, "states is %zu, %zu neurons have %zu", states, k, (size_t)1 << k);
    size_t rows = (size_t)runs * BNI_BATCHES;
    int32_t status = count_samples(ctx, &c, 8 * (double)rows);
    double *z = status == BINNET_OK ? bni_new_raw(ctx, rows, sizeof *z) : NULL;
    if (status == BINNET_OK && z == NULL)
        status = BINNET_E_NOMEM;
    double updates = (double)c.samples * (double)runs * (sim->continuous ? fmin(interval * sim->rate, 1) : 1);
    for (size_t s = 0; s < states && status == BINNET_OK; s++) {
        for (size_t row = 0; row < rows; row++)
            z[row] = c.count[(row << k) + s] * BNI_BATCHES / (double)c.samples;
        error[s] = fmax(bni_standard_error(z, (size_t)runs, BNI_BATCHES, &p[s]), 3 / 1.96 / updates);
        status = bni_poll(ctx, 1);
    }
    bni_delete(&ctx->mem, z);
    bni_delete(&ctx->mem, c.count);
    return status;
}

/* The number of the state of a small network. */
uint64_t bni_walk_state(const bni_walk *w)
{
    uint64_t state = 0;
    for (size_t i = 0; i < w->sim->n; i++)
        state |= (uint64_t)w->active[i] << i;
    return state;
}

typedef struct visits {
    double since; /* < 0: not there, or was there from the start */
    double inside, count, sum, square;
    int here;
    /* consecutive visits, `length` of them in each full batch */
    double batch[BNI_BATCHES], length, in_batch;
    size_t full;
} visits;

/* Into the present batch; when all are full two become one. */
static void batch_visit(visits *v, double time)
{
    v->batch[v->full] += time;
    if (++v->in_batch < v->length)
        return;
    v->in_batch = 0;
    if (++v->full < BNI_BATCHES)
        return;
    v->full = BNI_BATCHES / 2;
    v->length *= 2;
    for (size_t b = 0; b < v->full; b++)
        v->batch[b] = v->batch[2 * b] + v->batch[2 * b + 1];
    memset(v->batch + v->full, 0, (BNI_BATCHES - v->full) * sizeof *v->batch);
}

static void follow_visit(visits *v, int here, double now, double passed)
{
    v->inside += v->here ? passed : 0;
    if (here == v->here)
        return;
    if (!here && v->since >= 0) {
        double time = now - v->since;
        v->count++;
        v->sum += time;
        v->square += time * time;
        batch_visit(v, time);
    }
    v->since = here ? now : -1;
    v->here = here;
}

/* One step; the time after it. */
static int32_t step_time(bni_walk *w, double *now)
{
    if (w->sim->continuous) {
        *now = w->next;
        return bni_walk_until(w, w->next);
    }
    *now += 1;
    return bni_walk_steps(w, 1);
}

static int32_t follow_visits(binnet_ctx *ctx, visits *v, size_t n_sets, const binnet_set *const *set, bni_walk *w,
                             uint64_t burn_in, uint64_t steps, double *time)
{
    double now = 0;
    for (uint64_t t = 0; t <= burn_in + steps; t++) {
        double before = now;
        if (t > 0)
            BNI_TRY(step_time(w, &now));
        if (t < burn_in)
            continue;
        uint64_t state = bni_walk_state(w);
        for (size_t k = 0; k < n_sets; k++) {
            int here = binnet_set_contains(set[k], state);
            if (t == burn_in) {
                v[k].here = here;
                v[k].since = -1;
                v[k].length = 1;
            } else
                follow_visit(&v[k], here, now, now - before);
        }
        *time += t > burn_in ? now - before : 0;
        BNI_TRY(bni_poll(ctx, (double)t / (double)(burn_in + steps)));
    }
    return BINNET_OK;
}

/* Of the mean: that of independent visits, or what batches of consecutive ones say if that is more. Where all visits took as many steps,
 * fewer than 3 in as many (95 %) take one more. */
static double visit_error(const visits *v, double mean, int continuous)
{
    enum { FEWEST = 8 };
    double z[BNI_BATCHES], m;
    if (v->count < 2)
        return NAN;
    double error = sqrt(fmax(v->square / v->count - mean * mean, 0) / (v->count - 1));
    for (size_t b = 0; b < v->full; b++)
        z[b] = v->batch[b] / v->length;
    if (v->full >= FEWEST)
        error = fmax(error, bni_standard_error(z, 1, v->full, &m));
    return continuous ? error : fmax(error, 3 / 1.96 / v->count);
}

int32_t binnet_sim_dwell(binnet_ctx *ctx, double *share, double *mean, double *error, uint64_t *count, size_t n_sets,
                         const binnet_set *const *set, const binnet_sim *sim, uint64_t burn_in, uint64_t steps,
                         uint64_t run)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, sim, "sim"));
    BNI_TRY(bni_need(ctx, (const void *)set, "set"));
    BNI_TRY(check_samples(ctx, "n_sets", n_sets, 1, 1000000));
    BNI_TRY(check_samples(ctx, "steps", steps, 1, UINT64_C(1) << 48));
    BNI_TRY(check_samples(ctx, "burn_in", burn_in, 0, UINT64_C(1) << 48));
    for (size_t k = 0; k < n_sets; k++) {
        BNI_TRY(bni_need(ctx, set[k], "set"));
        if (binnet_set_neurons(set[k]) != sim->n)
            return bni_fail(ctx, BINNET_E_SIZE, "set %zu is of %zu neurons, the network of %zu", k,
                            binnet_set_neurons(set[k]), sim->n);
    }
    BNI_TRY(
        bni_need_memory(ctx, bni_walk_bytes(sim, (int)ctx->threads) + sizeof(visits) * (double)n_sets, "dwell times"));
    visits *v = bni_new(ctx, n_sets, sizeof *v);
    bni_walk *walk = NULL;
    double time = 0;
    int32_t status = v == NULL ? BINNET_E_NOMEM : bni_walk_new(ctx, &walk, sim, NULL);
    if (status == BINNET_OK)
        status = bni_walk_start(walk, run, NULL);
    if (status == BINNET_OK)
        status = follow_visits(ctx, v, n_sets, set, walk, burn_in, steps, &time);
    for (size_t k = 0; k < n_sets && status == BINNET_OK; k++) {
        double m = v[k].count > 0 ? v[k].sum / v[k].count : NAN;
        if (share != NULL)
            share[k] = v[k].inside / time;
        if (mean != NULL)
            mean[k] = m;
        if (error != NULL)
            error[k] = visit_error(&v[k], m, sim->continuous);
        if (count != NULL)
            count[k] = (uint64_t)v[k].count;
    }
    for (size_t k = 0; k < n_sets && status == BINNET_OK; k++)
        if (v[k].count < 2)
            status = bni_fail(ctx, BINNET_E_UNDEFINED, "set %zu was entered and left %g times in %llu steps", k,
                              v[k].count, (unsigned long long)steps);
    bni_walk_free(&ctx->mem, walk);
    bni_delete(&ctx->mem, v);
    return status;
}
