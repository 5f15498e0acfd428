/*
 * Runs: several trajectories from different starts, sampled into batches.
 */
#include "simulate/run.h"

#include <math.h>
#include <string.h>

/* Batches of a precision run at the first look have so many samples. */
enum { FIRST_LENGTH = 16 };
/* Of 64 batches so many are burn-in. */
enum { DROPPED = BNI_BATCHES / 8 };
static void run_buffers(bni_plan *plan, void *object)
{
    binnet_run *r = object;
    BNI_BUFFER(plan, r->mean, r->k);
    BNI_BUFFER(plan, r->mean_error, r->k);
    BNI_BUFFER(plan, r->effective, r->k);
    BNI_BUFFER(plan, r->cov, r->n_lags * r->k * r->k);
    BNI_BUFFER(plan, r->cov_error, r->n_lags * r->k * r->k);
    BNI_BUFFER(plan, r->share, r->n_pop);
    BNI_BUFFER(plan, r->share_error, r->n_pop);
    BNI_BUFFER(plan, r->variance, r->n_pop);
    BNI_BUFFER(plan, r->variance_error, r->n_pop);
}

void binnet_run_free(binnet_run *run)
{
    if (run == NULL)
        return;
    bni_allocator mem = run->mem;
    bni_plan_release(&mem, run_buffers, run);
    bni_delete(&mem, run);
}

static void work_buffers(bni_plan *plan, void *object)
{
    bni_sampling *w = object;
    size_t runs = (size_t)w->d->runs;
    BNI_BUFFER(plan, w->neuron, w->d->k);
    BNI_ZEROS(plan, w->walk, runs);
    BNI_ZEROS(plan, w->batches, runs);
    BNI_ZEROS(plan, w->taken, runs);
    BNI_ZEROS(plan, w->status, runs);
    BNI_BUFFER(plan, w->z, BNI_TILE * runs * BNI_BATCHES);
}

/* --- sampling --- */

static int32_t take_sample(bni_sampling *w, size_t r)
{
    bni_walk *walk = w->walk[r];
    uint64_t number = ++w->taken[r];
    if (w->sim->continuous)
        BNI_TRY(bni_walk_until(walk, (double)number * w->d->interval));
    else
        BNI_TRY(bni_walk_steps(walk, (uint64_t)w->d->interval));
    bni_batches_add(&w->batches[r], walk, number > w->before);
    return BINNET_OK;
}

/* Trajectory r until its batches are full. worker 0 tells the hook. */
static int32_t fill_trajectory(bni_sampling *w, size_t r, int worker, double part, double parts)
{
    bni_batches *b = &w->batches[r];
    double all = (double)w->before + (double)b->length * BNI_BATCHES;
    while (b->count < BNI_BATCHES) {
        BNI_TRY(take_sample(w, r));
        if (worker == 0)
            BNI_TRY(bni_poll(w->ctx, (part + (double)w->taken[r] / all) / parts));
        else if (atomic_load(&w->halt))
            return BINNET_E_INTERRUPTED;
    }
    return BINNET_OK;
}

static void fill_share(void *arg, int worker, int workers)
{
    bni_sampling *w = arg;
    size_t runs = (size_t)w->d->runs;
    for (size_t r; (r = atomic_fetch_add(&w->turn, 1)) < runs && !atomic_load(&w->halt);) {
        w->walk[r]->ctx = worker == 0 ? w->ctx : NULL;
        w->status[r] = fill_trajectory(w, r, worker, (double)r, (double)runs);
        if (w->status[r] != BINNET_OK)
            atomic_store(&w->halt, 1);
    }
    (void)workers;
}

/* All trajectories until their batches are full. */
static int32_t fill_batches(bni_sampling *w)
{
    atomic_store(&w->turn, 0);
    atomic_store(&w->halt, 0);
    if (w->by_run)
        bni_team_run(w->team, fill_share, w);
    else
        fill_share(w, 0, 1);
    for (size_t r = 0; r < w->d->runs; r++)
        BNI_TRY(bni_walk_check(w->ctx, w->walk[r]));
    /* the first that was not only told to stop */
    for (size_t r = 0; r < w->d->runs; r++)
        if (w->status[r] != BINNET_OK && w->walk[r]->ctx != NULL)
            return w->status[r];
    return atomic_load(&w->halt) ? BINNET_E_INTERRUPTED : BINNET_OK;
}

/* --- the call --- */

static int32_t check_watched_once(binnet_ctx *ctx, int32_t *neuron, const bni_demand *d, size_t n)
{
    unsigned char *seen = bni_new(ctx, n, 1);
    int32_t status = seen == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t i = 0; i < d->k && status == BINNET_OK; i++) {
        neuron[i] = d->neuron != NULL ? d->neuron[i] : (int32_t)i;
        if (neuron[i] < 0 || (size_t)neuron[i] >= n)
            status = bni_fail(ctx, BINNET_E_RANGE, "neuron[%zu] is %d, allowed is 0..%zu", i, (int)neuron[i], n - 1);
        else if (seen[neuron[i]]++)
            status = bni_fail(ctx, BINNET_E_RANGE, "neuron[%zu] is %d, as another one is", i, (int)neuron[i]);
    }
    bni_delete(&ctx->mem, seen);
    return status;
}

int32_t bni_sim_check_interval(binnet_ctx *ctx, const binnet_sim *sim, double interval)
{
    if (!isfinite(interval))
        return bni_fail(ctx, BINNET_E_NAN, "interval is %g", interval);
    if (!(interval > 0) || (!sim->continuous && (interval != rint(interval) || interval > 0x1p53)))
        return bni_fail(ctx, BINNET_E_RANGE, "interval is %g, must be > 0%s", interval,
                        sim->continuous ? "" : ", and a whole number of steps");
    return BINNET_OK;
}

static int32_t check_asked(binnet_ctx *ctx, const binnet_sim *sim, const bni_demand *d)
{
    uint64_t least = d->precision > 0 ? FIRST_LENGTH * BNI_BATCHES : BNI_BATCHES;
    BNI_TRY(bni_need(ctx, sim, "sim"));
    if (d->k > sim->n)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, there are %zu neurons", d->k, sim->n);
    if (d->n_lags > 64)
        return bni_fail(ctx, BINNET_E_RANGE, "n_lags is %zu, allowed is 0..64", d->n_lags);
    if (d->n_lags > 0)
        BNI_TRY(bni_need(ctx, d->lag, "lag"));
    if (d->runs < 1 || d->runs > BINNET_MAX_RUNS)
        return bni_fail(ctx, BINNET_E_RANGE, "runs is %llu, allowed is 1..%d", (unsigned long long)d->runs,
                        BINNET_MAX_RUNS);
    if (d->samples < least || d->samples > UINT64_C(1) << 31)
        return bni_fail(ctx, BINNET_E_RANGE, "%llu samples of a trajectory, allowed is %llu..2^31",
                        (unsigned long long)d->samples, (unsigned long long)least);
    if (d->burn_in != BINNET_BURN_IN_AUTO && d->burn_in > UINT64_C(1) << 40)
        return bni_fail(ctx, BINNET_E_RANGE, "burn_in is %llu, allowed is 0..2^40", (unsigned long long)d->burn_in);
    for (size_t l = 0; l < d->n_lags; l++)
        if (d->lag[l] > BINNET_MAX_LAG || d->lag[l] >= d->samples)
            return bni_fail(ctx, BINNET_E_RANGE, "lag[%zu] is %llu, allowed is 0..%d and less than the samples", l,
                            (unsigned long long)d->lag[l], BINNET_MAX_LAG);
    return bni_sim_check_interval(ctx, sim, d->interval);
}

int bni_sim_large(const binnet_sim *s)
{
    return s->update == BINNET_UPDATE_SYNCHRONOUS && (s->n >= 20000 || s->wiring.synapses >= 200000);
}

static bni_batches batches_of(const bni_sampling *w)
{
    const bni_demand *d = w->d;
    uint64_t samples = (d->samples + BNI_BATCHES - 1) / BNI_BATCHES;
    bni_batches b = {.k = d->k,
                     .n_pop = w->sim->n_pop,
                     .n_lags = d->n_lags,
                     .neuron = w->neuron,
                     .lag = d->lag,
                     .size = w->sim->size,
                     .length = d->precision > 0 ? FIRST_LENGTH : samples};
    b.depth = (size_t)(bni_batches_warm(&b) / 64) + 2;
    return b;
}

static double work_bytes(bni_sampling *w, const binnet_run *run)
{
    bni_batches b = batches_of(w);
    binnet_run copy = *run;
    return sizeof *run + bni_plan_bytes(run_buffers, &copy) + bni_plan_bytes(work_buffers, w) + (double)w->sim->n +
           (double)w->d->runs * (bni_walk_bytes(w->sim, (int)w->ctx->threads) + bni_batches_bytes(&b)) +
           bni_team_bytes((int)w->ctx->threads);
}

static int32_t open_work(bni_sampling *w)
{
    binnet_ctx *ctx = w->ctx;
    const bni_demand *d = w->d;
    BNI_TRY(check_watched_once(ctx, w->neuron, d, w->sim->n));
    if (ctx->threads > 1 && (d->runs > 1 || bni_sim_large(w->sim)))
        BNI_TRY(bni_team_new(ctx, &w->team, (int)ctx->threads));
    w->by_run = w->team != NULL && !bni_sim_large(w->sim);
    for (size_t r = 0; r < d->runs; r++) {
        w->batches[r] = batches_of(w);
        BNI_TRY(bni_batches_make(ctx, &w->batches[r]));
        BNI_TRY(bni_walk_new(ctx, &w->walk[r], w->sim, w->by_run ? NULL : w->team));
        w->walk[r]->halt = &w->halt;
        BNI_TRY(bni_walk_start(w->walk[r], r, NULL));
    }
    uint64_t warm = bni_batches_warm(&w->batches[0]), burn = d->burn_in;
    if (burn == BINNET_BURN_IN_AUTO) {
        w->drop = d->precision > 0 ? DROPPED : 0;
        burn = d->precision > 0 ? 0 : (w->batches[0].length * BNI_BATCHES + 7) / 8;
    }
    w->before = burn > warm ? burn : warm;
    return BINNET_OK;
}

static void close_work(bni_sampling *w)
{
    const bni_allocator *mem = &w->ctx->mem;
    for (size_t r = 0; w->walk != NULL && w->batches != NULL && r < w->d->runs; r++) {
        bni_walk_free(mem, w->walk[r]);
        bni_batches_release(mem, &w->batches[r]);
    }
    bni_team_free(w->team);
    bni_plan_release(mem, work_buffers, w);
}

static int32_t run_to_precision(bni_sampling *w, binnet_run *run)
{
    const bni_demand *d = w->d;
    for (;;) {
        uint64_t samples = w->batches[0].length * BNI_BATCHES;
        bni_span(w->ctx, 0, 1);
        BNI_TRY(fill_batches(w));
        BNI_TRY(bni_estimate_run(w, run));
        if (1.1 * run->largest <= d->precision)
            return BINNET_OK;
        if (2 * samples > d->samples) {
            double ratio = 1.1 * run->largest / d->precision;
            return bni_fail(
                w->ctx, BINNET_E_NOCONV,
                "standard error %.3g after %llu samples of each trajectory, asked was %.3g, which takes some "
                "%.2g",
                run->largest, (unsigned long long)samples, d->precision, (double)samples * fmax(ratio * ratio, 2));
        }
        for (size_t r = 0; r < d->runs; r++)
            bni_batches_merge(&w->batches[r]);
    }
}

static int32_t run_demand(binnet_ctx *ctx, binnet_run **out, const binnet_sim *sim, const bni_demand *d)
{
    BNI_TRY(check_asked(ctx, sim, d));
    bni_sampling w = {.ctx = ctx, .sim = sim, .d = d};
    binnet_run numbers = {.k = d->k, .n_pop = sim->n_pop, .n_lags = d->n_lags, .runs = d->runs};
    BNI_TRY(bni_need_memory(ctx, work_bytes(&w, &numbers), "a simulation"));
    binnet_run *run = bni_new(ctx, 1, sizeof *run);
    if (run == NULL)
        return BINNET_E_NOMEM;
    *run = numbers;
    run->mem = ctx->mem;
    int32_t status = bni_plan_make(ctx, run_buffers, run);
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, work_buffers, &w);
    if (status == BINNET_OK) {
        status = open_work(&w);
        if (status == BINNET_OK && d->precision > 0)
            status = run_to_precision(&w, run);
        else if (status == BINNET_OK && (status = fill_batches(&w)) == BINNET_OK)
            status = bni_estimate_run(&w, run);
        close_work(&w);
    }
    if ((status == BINNET_OK || status == BINNET_E_NOCONV) && run->discrepancy > 1)
        status =
            bni_fail(ctx, BINNET_E_NOCONV,
                     "trajectories from different starts disagree after %llu samples each (%.3g times too much): the "
                     "network mixes more slowly than that",
                     (unsigned long long)(run->samples / run->runs), run->discrepancy);
    if (status == BINNET_OK || status == BINNET_E_NOCONV)
        *out = run;
    else
        binnet_run_free(run);
    return status;
}

int32_t binnet_sim_run(binnet_ctx *ctx, binnet_run **out, const binnet_sim *sim, size_t k, const int32_t *neuron,
                       size_t n_lags, const uint64_t *lag, double interval, uint64_t burn_in, uint64_t samples,
                       uint64_t runs)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    const bni_demand d = {k, n_lags, neuron, lag, interval, 0, burn_in, samples, runs};
    return run_demand(ctx, out, sim, &d);
}

int32_t binnet_sim_run_to_precision(binnet_ctx *ctx, binnet_run **out, const binnet_sim *sim, size_t k,
                                    const int32_t *neuron, size_t n_lags, const uint64_t *lag, double interval,
                                    uint64_t burn_in, double precision, uint64_t most, uint64_t runs)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    if (!isfinite(precision))
        return bni_fail(ctx, BINNET_E_NAN, "precision is %g", precision);
    if (!(precision > 0))
        return bni_fail(ctx, BINNET_E_RANGE, "precision is %g, must be > 0", precision);
    const bni_demand d = {k, n_lags, neuron, lag, interval, precision, burn_in, most, runs};
    return run_demand(ctx, out, sim, &d);
}

int32_t binnet_sim_run_estimate(binnet_ctx *ctx, uint64_t *updates, uint64_t *bytes, double *flops,
                                const binnet_sim *sim, size_t k, size_t n_lags, const uint64_t *lag, double interval,
                                uint64_t burn_in, uint64_t samples, uint64_t runs)
{
    BNI_TRY(bni_begin(ctx));
    const bni_demand d = {k, n_lags, NULL, lag, interval, 0, burn_in, samples, runs};
    BNI_TRY(check_asked(ctx, sim, &d));
    bni_sampling w = {.ctx = ctx, .sim = sim, .d = &d};
    binnet_run numbers = {.k = k, .n_pop = sim->n_pop, .n_lags = n_lags, .runs = runs};
    bni_batches b = batches_of(&w);
    double taken = (double)b.length * BNI_BATCHES, n = (double)sim->n;
    double left_out = burn_in == BINNET_BURN_IN_AUTO ? ceil(taken / 8) : (double)burn_in;
    double steps = (taken + fmax(left_out, (double)bni_batches_warm(&b))) * interval * (double)runs;
    if (sim->continuous)
        steps *= sim->rate;
    double each = sim->update == BINNET_UPDATE_ASYNCHRONOUS ? 1 : n;
    double most = sim->update == BINNET_UPDATE_SYNCHRONOUS && !sim->redrawn ? 0.5 : 1;
    if (updates != NULL)
        *updates = steps * each < 0x1p63 ? (uint64_t)ceil(steps * each) : UINT64_MAX;
    if (bytes != NULL)
        *bytes = (uint64_t)ceil(work_bytes(&w, &numbers));
    if (flops != NULL)
        *flops = most * steps * each * (double)sim->wiring.synapses / n;
    return BINNET_OK;
}

/* --- what was found --- */

uint64_t binnet_run_samples(const binnet_run *run)
{
    return run == NULL ? 0 : run->samples;
}

uint64_t binnet_run_burn_in(const binnet_run *run)
{
    return run == NULL ? 0 : run->burn_in;
}

uint64_t binnet_run_count(const binnet_run *run)
{
    return run == NULL ? 0 : run->runs;
}

size_t binnet_run_neurons(const binnet_run *run)
{
    return run == NULL ? 0 : run->k;
}

size_t binnet_run_lags(const binnet_run *run)
{
    return run == NULL ? 0 : run->n_lags;
}

double binnet_run_largest_error(const binnet_run *run)
{
    return run == NULL ? NAN : run->largest;
}

double binnet_run_discrepancy(const binnet_run *run)
{
    return run == NULL ? NAN : run->discrepancy;
}

uint64_t binnet_run_flips(const binnet_run *run)
{
    return run == NULL ? 0 : run->flips;
}

uint64_t binnet_run_synaptic_events(const binnet_run *run)
{
    return run == NULL ? 0 : run->synaptic_events;
}

static void copy_out(double *to, const double *from, size_t n)
{
    if (to != NULL && n > 0)
        memcpy(to, from, n * sizeof *to);
}

static int32_t need_run(binnet_ctx *ctx, const binnet_run *run, size_t given, int populations)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, run, "run"));
    size_t right = populations ? run->n_pop : run->k;
    if (given != right)
        return bni_fail(ctx, BINNET_E_SIZE, "%s is %zu, the run's is %zu", populations ? "n_pop" : "k", given, right);
    return BINNET_OK;
}

int32_t binnet_run_mean(binnet_ctx *ctx, double *mean, double *error, double *effective, size_t k,
                        const binnet_run *run)
{
    BNI_TRY(need_run(ctx, run, k, 0));
    copy_out(mean, run->mean, k);
    copy_out(error, run->mean_error, k);
    copy_out(effective, run->effective, k);
    return BINNET_OK;
}

int32_t binnet_run_covariance(binnet_ctx *ctx, double *cov, double *error, size_t k, const binnet_run *run, size_t l)
{
    BNI_TRY(need_run(ctx, run, k, 0));
    if (l >= run->n_lags)
        return bni_fail(ctx, BINNET_E_RANGE, "l is %zu, there are %zu lags", l, run->n_lags);
    copy_out(cov, run->cov + l * k * k, k * k);
    copy_out(error, run->cov_error + l * k * k, k * k);
    return BINNET_OK;
}

int32_t binnet_run_populations(binnet_ctx *ctx, double *mean, double *mean_error, double *variance,
                               double *variance_error, size_t n_pop, const binnet_run *run)
{
    BNI_TRY(need_run(ctx, run, n_pop, 1));
    copy_out(mean, run->share, n_pop);
    copy_out(mean_error, run->share_error, n_pop);
    copy_out(variance, run->variance, n_pop);
    copy_out(variance_error, run->variance_error, n_pop);
    return BINNET_OK;
}
