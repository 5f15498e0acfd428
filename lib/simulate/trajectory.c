/*
 * Trajectories. Random words come from a counter: of (seed, run, step, neuron / 4) for synchronous steps and sweeps, of (seed,
 * run, step / 2) for single neurons, so nothing depends on who draws them and when.
 * Where no wiring is kept a potential is summed over inputs that are drawn again, when it is needed. Else
 * a potential is brought up to date when a neuron it hears changes; after a synchronous step in which many change it is summed
 * anew from the active or from the inactive ones, whichever are fewest. Sums are of integers: all ways give the same.
 */
#include "simulate/simulate.h"

#include "num/exact.h"

#include <math.h>
#include <string.h>

/* Steps of single neurons, and neurons of a sweep, between two polls. */
enum { BETWEEN_POLLS = 4096 };
/* Sources whose synapses are on their way. */
/* gcc takes a function that does nothing but fetch for one without effect, and drops its calls. */
#define FETCHES static inline __attribute__((always_inline)) void
enum { FETCHED = 6, FETCHED_LINES = 12, FETCHED_AT_ONCE = 32, FETCHED_BLOCKS = 16 };

static void trajectory_buffers(bni_plan *plan, void *object)
{
    bni_walk *w = object;
    const binnet_sim *s = w->sim;
    BNI_ZEROS(plan, w->active, s->n + 3);
    BNI_ZEROS(plan, w->V, s->homogeneous ? 0 : s->n);
    BNI_ZEROS(plan, w->count, s->n_pop);
    BNI_BUFFER(plan, w->list, s->n);
    BNI_BUFFER(plan, w->limit, s->homogeneous ? 2 * s->n_pop : 0);
    BNI_BUFFER(plan, w->col, s->redrawn ? w->workers * s->n : 0);
    BNI_ZEROS(plan, w->taken, s->redrawn ? w->workers * (s->n / 64 + 1) : 0);
    BNI_BUFFER(plan, w->counter, s->wiring.width == 0 ? w->workers * s->wiring.longest : 0);
}

double bni_walk_bytes(const binnet_sim *sim, int workers)
{
    bni_walk w = {.sim = sim, .workers = (size_t)workers};
    return (double)sizeof(bni_walk) + bni_plan_bytes(trajectory_buffers, &w);
}

int32_t bni_walk_new(binnet_ctx *ctx, bni_walk **out, const binnet_sim *sim, bni_team *team)
{
    *out = NULL;
    bni_walk *w = bni_new(ctx, 1, sizeof *w);
    if (w == NULL)
        return BINNET_E_NOMEM;
    w->sim = sim;
    w->team = team;
    w->workers = (size_t)bni_team_size(team);
    w->ctx = ctx;
    w->seed = (uint64_t)ctx->seed;
    int32_t status = bni_plan_make(ctx, trajectory_buffers, w);
    if (status == BINNET_OK)
        *out = w;
    else
        bni_delete(&ctx->mem, w);
    return status;
}

void bni_walk_free(const bni_allocator *mem, bni_walk *walk)
{
    if (walk == NULL)
        return;
    bni_plan_release(mem, trajectory_buffers, walk);
    bni_delete(mem, walk);
}

static void draw_words(uint64_t word[4], const bni_walk *w, uint64_t domain, uint64_t index, uint64_t step)
{
    const uint64_t counter[4] = {index, step, w->run, 0}, key[2] = {w->seed, domain};
    bni_philox(word, counter, key);
}

/* Calling thread: the hook; others: whether it is to stop. */
static int32_t poll_walk(const bni_walk *w)
{
    if (w->ctx != NULL)
        return bni_poll(w->ctx, -1);
    return atomic_load(w->halt) ? BINNET_E_INTERRUPTED : BINNET_OK;
}

/* --- potentials --- */

/* V of the targets in block b of neuron j: plus its weights, or minus; how many. */
static size_t push_block(int64_t *V, const bni_wiring *w, size_t b, size_t j, size_t pop, int sign)
{
    const uint32_t *start = w->start + b * (w->n + 1) + j;
    size_t from = (size_t)w->base[b] + start[0], count = start[1] - start[0];
    const uint16_t *target = w->target + from;
    if (w->width == 0) {
        int64_t q = sign * w->constant[b * w->n_pop + pop];
        size_t k = 0;
        for (; k + 4 <= count; k += 4) {
            uint64_t four; /* fewer loads */
            memcpy(&four, target + k, sizeof four);
            for (int shift = 0; shift < 64; shift += 16)
                V[four >> shift & UINT16_MAX] += q;
        }
        for (; k < count; k++)
            V[target[k]] += q;
    } else if (w->width == 4) {
        const int32_t *q = w->narrow + from;
        for (size_t k = 0; k < count; k++)
            V[target[k]] += sign * (int64_t)q[k];
    } else {
        const int64_t *q = w->wide + from;
        for (size_t k = 0; k < count; k++)
            V[target[k]] += sign * q[k];
    }
    return count;
}

/* All targets of neuron j, which has changed. */
static void push_neuron(bni_walk *w, size_t j)
{
    const binnet_sim *s = w->sim;
    int sign = w->active[j] ? 1 : -1;
    w->count[s->pop[j]] += sign;
    w->events++;
    if (s->homogeneous || s->redrawn)
        return;
    for (size_t b = 0; b < s->wiring.blocks; b++)
        w->synaptic_events += push_block(w->V + s->wiring.first[b], &s->wiring, b, j, (size_t)s->pop[j], sign);
}

/* The list's next sources are on their way: gaps between them are too wide for the processor to guess. */
FETCHES fetch_listed(const bni_walk *w, size_t b, size_t k)
{
    const bni_wiring *g = &w->sim->wiring;
    if (k + FETCHED >= w->listed)
        return;
    const uint32_t *start = g->start + b * (g->n + 1) + w->list[k + FETCHED];
    const uint16_t *target = g->target + g->base[b];
    for (uint32_t t = start[0]; t < start[1] && t < start[0] + 32 * FETCHED_LINES; t += 32)
        __builtin_prefetch(target + t);
}

/* The hook, now and then; other workers hear of it. */
static int stops_here(bni_walk *w, int worker, size_t k)
{
    if (worker == 0 && (k & 1023) == 0 && poll_walk(w) != BINNET_OK)
        atomic_store(&w->stopped, 1);
    return (k & 1023) == 0 && atomic_load(&w->stopped);
}

static int sign_of(const bni_walk *w, size_t j)
{
    return w->sign != 0 ? w->sign : w->active[j] ? 1 : -1;
}

static uint64_t push_sources(bni_walk *w, int worker, size_t b, size_t from, size_t to, int64_t *V)
{
    uint64_t visits = 0;
    for (size_t k = from; k < to && !stops_here(w, worker, k); k++) {
        size_t j = w->list[k];
        fetch_listed(w, b, k);
        visits += push_block(V, &w->sim->wiring, b, j, (size_t)w->sim->pop[j], sign_of(w, j));
    }
    return visits;
}

/* One more, or fewer, for each target. Four at a time, of one word: targets and counters may overlap for all that the compiler knows. */
static void count_targets(int16_t *counter, const uint16_t *target, size_t count, int16_t sign)
{
    size_t k = 0;
    for (; k + 4 <= count; k += 4) {
        uint64_t four;
        memcpy(&four, target + k, sizeof four);
        for (int shift = 0; shift < 64; shift += 16) {
            int16_t *at = counter + (four >> shift & UINT16_MAX);
            *at = (int16_t)(*at + sign);
        }
    }
    for (; k < count; k++)
        counter[target[k]] = (int16_t)(counter[target[k]] + sign);
}

/* The same for sources of one population, fewer than 2^15, whose weights are one: targets are counted, in 16 bits that stay in the
 * nearest cache, and multiplied once. */
static uint64_t count_sources(bni_walk *w, int worker, size_t b, size_t from, size_t to, int64_t *V)
{
    const bni_wiring *g = &w->sim->wiring;
    const uint32_t *start = g->start + b * (g->n + 1);
    size_t length = g->first[b + 1] - g->first[b];
    int16_t *counter = w->counter + (size_t)worker * g->longest;
    uint64_t visits = 0;
    memset(counter, 0, length * sizeof *counter);
    for (size_t k = from; k < to && !stops_here(w, worker, k); k++) {
        size_t j = w->list[k], count = start[j + 1] - start[j];
        const uint16_t *target = g->target + g->base[b] + start[j];
        int16_t sign = (int16_t)sign_of(w, j);
        fetch_listed(w, b, k);
        count_targets(counter, target, count, sign);
        visits += count;
    }
    int64_t q = g->constant[b * g->n_pop + (size_t)w->sim->pop[w->list[from]]];
    for (size_t i = 0; i < length; i++)
        V[i] += q * counter[i];
    return visits;
}

/* The listed sources of one population after those of another, where weights are constant. */
static uint64_t push_populations(bni_walk *w, int worker, size_t b, int64_t *V)
{
    const bni_wiring *g = &w->sim->wiring;
    const int32_t *pop = w->sim->pop;
    double each = (double)(g->base[b + 1] - g->base[b]) / (double)g->n;
    uint64_t visits = 0;
    for (size_t from = 0, to; from < w->listed; from = to) {
        for (to = from + 1; to < w->listed && to - from < INT16_MAX && pop[w->list[to]] == pop[w->list[from]];)
            to++;
        int many = each * (double)(to - from) > 0.5 * (double)(g->first[b + 1] - g->first[b]);
        visits += (many ? count_sources : push_sources)(w, worker, b, from, to, V);
    }
    return visits;
}

/* Blocks of targets, for a list of sources, rising: with `sign` V is that of all sources that are not listed (or 0); 0: flips. */
static void push_list(void *arg, int worker, int workers)
{
    bni_walk *w = arg;
    const bni_wiring *g = &w->sim->wiring;
    uint64_t visits = 0;
    (void)workers;
    for (size_t b; (b = atomic_fetch_add(&w->turn, 1)) < g->blocks && !atomic_load(&w->stopped);) {
        int64_t *V = w->V + g->first[b];
        size_t length = g->first[b + 1] - g->first[b];
        if (w->sign > 0)
            memset(V, 0, length * sizeof *V);
        else if (w->sign < 0)
            memcpy(V, w->sim->total + g->first[b], length * sizeof *V);
        visits += g->width == 0 ? push_populations(w, worker, b, V) : push_sources(w, worker, b, 0, w->listed, V);
    }
    w->visits[worker] = visits;
}

static int32_t run_workers(bni_walk *w, bni_job job)
{
    atomic_store(&w->turn, 0);
    atomic_store(&w->stopped, 0);
    memset(w->visits, 0, sizeof w->visits);
    bni_team_run(w->team, job, w);
    for (int k = 0; k < bni_team_size(w->team); k++)
        w->synaptic_events += w->visits[k];
    return atomic_load(&w->stopped) ? BINNET_E_INTERRUPTED : BINNET_OK;
}

static void list_where(bni_walk *w, int active)
{
    w->listed = 0;
    for (size_t i = 0; i < w->sim->n; i++) {
        w->list[w->listed] = (uint32_t)i;
        w->listed += w->active[i] == active;
    }
}

/* V of neuron i in the present state, from its inputs, which are drawn again; how many. */
static uint64_t redraw_potential(const bni_walk *w, int worker, size_t i)
{
    const binnet_sim *s = w->sim;
    size_t a = (size_t)s->pop[i];
    uint32_t *col = w->col + (size_t)worker * s->n;
    const int64_t *q = s->pop_constant + a * s->n_pop;
    size_t count = bni_inputs_row(&s->inputs, i, a, col, NULL, w->taken + (size_t)worker * (s->n / 64 + 1));
    int64_t sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += w->active[col[k]] ? q[s->pop[col[k]]] : 0;
    w->V[i] = sum;
    return count;
}

/* Neurons, some at a time. */
static void redraw_some(void *arg, int worker, int workers)
{
    enum { AT_ONCE = 16 };
    bni_walk *w = arg;
    uint64_t visits = 0;
    (void)workers;
    for (size_t from; (from = AT_ONCE * atomic_fetch_add(&w->turn, 1)) < w->sim->n && !atomic_load(&w->stopped);)
        for (size_t i = from; i < from + AT_ONCE && i < w->sim->n; i++) {
            visits += redraw_potential(w, worker, i);
            if (worker == 0 && poll_walk(w) != BINNET_OK)
                atomic_store(&w->stopped, 1);
        }
    w->visits[worker] = visits;
}

/* V of the present state, from the fewer of active and inactive neurons. */
static int32_t sum_potentials(bni_walk *w, int64_t active)
{
    if (w->sim->homogeneous)
        return BINNET_OK;
    if (w->sim->redrawn) /* one at a time: when a neuron is updated */
        return w->sim->update == BINNET_UPDATE_SYNCHRONOUS ? run_workers(w, redraw_some) : BINNET_OK;
    int few = 2 * active <= (int64_t)w->sim->n;
    list_where(w, few);
    w->sign = few ? 1 : -1;
    return run_workers(w, push_list);
}

/* --- one neuron --- */

static double drive_of_population(const bni_walk *w, size_t a, int own)
{
    const binnet_sim *s = w->sim;
    double sum = 0;
    for (size_t b = 0; b < s->n_pop; b++) {
        int64_t count = w->count[b] - (b == a && !s->self_connections ? own : 0);
        sum += s->J[a * s->n_pop + b] * (double)count;
    }
    return sum / s->M[a] + s->base[a];
}

/* The drive of a neuron. */
static double drive_of_neuron(const bni_walk *w, size_t i)
{
    const binnet_sim *s = w->sim;
    return s->homogeneous ? drive_of_population(w, (size_t)s->pop[i], w->active[i])
                          : (double)w->V[i] * s->unit[i] + s->base[i];
}

/* Without noise: the sign of M h = V step + M (I - theta), in exact arithmetic where rounding may matter. */
static int fires_without_noise(const bni_walk *w, size_t i, double h, int *bad)
{
    const binnet_sim *s = w->sim;
    size_t u = s->homogeneous ? (size_t)s->pop[i] : i;
    double size = fabs(h - s->base[u]) + fabs(s->I[u]) + fabs(s->theta[u]) + fabs(h);
    bni_exact e;
    bni_exact_clear(&e);
    if (!s->homogeneous) {
        if (fabs(h) > 1e-13 * size + 2 * s->slack[u])
            return h > 0;
        if (s->slack[u] > 0)
            *bad = 2;
        int64_t high = w->V[i] / (INT64_C(1) << 32), low = w->V[i] % (INT64_C(1) << 32);
        bni_exact_add_product(&e, (double)high * 0x1p32, s->step[u]);
        bni_exact_add_product(&e, (double)low, s->step[u]);
    } else {
        for (size_t b = 0; b < s->n_pop; b++) {
            int64_t count = w->count[b] - (b == u && !s->self_connections ? w->active[i] : 0);
            bni_exact_add_product(&e, s->J[u * s->n_pop + b], (double)count);
        }
    }
    bni_exact_add_product(&e, s->M[u], s->I[u]);
    bni_exact_add_product(&e, -s->M[u], s->theta[u]);
    int sign = bni_exact_sign(&e);
    return sign > 0 || (sign == 0 && (s->tie == BINNET_TIE_ACTIVE || (s->tie == BINNET_TIE_KEEP && w->active[i])));
}

static int neuron_fires(const bni_walk *w, size_t i, uint64_t word, int *bad)
{
    const binnet_sim *s = w->sim;
    double h = drive_of_neuron(w, i), sigma = s->sigma[s->homogeneous ? (size_t)s->pop[i] : i];
    return sigma > 0 ? bni_firing_decide(s->firing, h / sigma, word, bad) : fires_without_noise(w, i, h, bad);
}

int32_t bni_walk_check(binnet_ctx *ctx, const bni_walk *w)
{
    if (w->bad != 0 && ctx == NULL)
        return BINNET_E_CALLBACK;
    if (w->bad == 2)
        return bni_fail(ctx, BINNET_E_UNDERFLOW,
                        "a neuron without noise has a drive so close to 0 that the rounding of its weights decides");
    if (w->bad)
        return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    return BINNET_OK;
}

/* --- synchronous --- */

/* homogeneous: probabilities of a population's neurons, silent and active ones. */
static void fill_limits(bni_walk *w)
{
    const binnet_sim *s = w->sim;
    for (size_t a = 0; a < s->n_pop; a++)
        for (int own = 0; own < 2; own++)
            if (s->sigma[a] > 0)
                w->limit[2 * a + (size_t)own] =
                    bni_firing_probability(s->noise, drive_of_population(w, a, own) / s->sigma[a], &w->bad);
}

/* A share of the neurons; those that flip go to the share's part of the list. */
static void update_share(void *arg, int worker, int workers)
{
    bni_walk *w = arg;
    const binnet_sim *s = w->sim;
    uint64_t from, to, word[4] = {0};
    int bad = 0;
    bni_share(s->n, 64, worker, workers, &from, &to);
    uint32_t *flip = w->list + from;
    for (uint64_t i = from; i < to; i++) {
        if ((i & 3) == 0)
            draw_words(word, w, BNI_RANDOM_ACTIVITY, i >> 2, w->step);
        int fires, was = w->active[i];
        size_t a = (size_t)s->pop[i];
        if (s->homogeneous && s->sigma[a] > 0)
            fires = word[i & 3] >> 1 < w->limit[2 * a + (size_t)was];
        else
            fires = neuron_fires(w, i, word[i & 3], &bad);
        w->active[i] = (uint8_t)fires;
        *flip = (uint32_t)i;
        flip += fires != was;
    }
    w->flips[worker] = (size_t)(flip - (w->list + from));
    if (bad)
        atomic_store(&w->stopped, bad);
}

static int32_t synchronous_step(bni_walk *w)
{
    const binnet_sim *s = w->sim;
    int workers = bni_team_size(w->team);
    atomic_store(&w->stopped, 0);
    if (s->homogeneous)
        fill_limits(w);
    bni_team_run(w->team, update_share, w);
    if (atomic_load(&w->stopped))
        w->bad = atomic_load(&w->stopped);
    w->step++;
    w->listed = 0;
    for (int k = 0; k < workers; k++) {
        uint64_t from, to;
        bni_share(s->n, 64, k, workers, &from, &to);
        for (size_t f = 0; f < w->flips[k]; f++) {
            uint32_t j = w->list[from + f];
            w->list[w->listed++] = j;
            w->count[s->pop[j]] += w->active[j] ? 1 : -1;
        }
    }
    BNI_TRY(bni_walk_check(w->ctx, w));
    w->events += w->listed;
    if (s->homogeneous)
        return BINNET_OK;
    int64_t active = 0, n = (int64_t)s->n;
    for (size_t a = 0; a < s->n_pop; a++)
        active += w->count[a];
    if (s->redrawn || (int64_t)w->listed > (2 * active <= n ? active : n - active))
        return sum_potentials(w, active);
    w->sign = 0;
    return run_workers(w, push_list);
}

/* --- one neuron at a time --- */

/* The neuron that a word selects. */
static size_t selected_neuron(const binnet_sim *s, uint64_t word)
{
    size_t j = (size_t)bni_scale_word(word, s->n);
    if (s->select != NULL && word * s->n >= s->alias_limit[j])
        j = s->alias[j];
    return j;
}

/* Words of two steps: block k of them. Drawn three blocks ahead, so that what the neurons will need is on its way. */
static void draw_ahead(bni_walk *w, uint64_t k)
{
    const binnet_sim *s = w->sim;
    uint64_t *word = w->ahead + 4 * (k % BNI_AHEAD);
    draw_words(word, w, BNI_RANDOM_SELECTION, k, 0);
    for (int half = 0; half < 2; half++)
        w->selected[2 * (k % BNI_AHEAD) + (size_t)half] = (uint32_t)selected_neuron(s, word[2 * half]);
}

/* What a step to come will ask of its neuron, and where its synapses begin. */
FETCHES fetch_neuron(const bni_walk *w, uint64_t step)
{
    const binnet_sim *s = w->sim;
    const bni_wiring *g = &s->wiring;
    size_t j = w->selected[step % (2 * BNI_AHEAD)];
    __builtin_prefetch(w->V + j, 1);
    __builtin_prefetch(w->active + j, 1);
    __builtin_prefetch(s->pop + j);
    __builtin_prefetch(s->unit + j);
    __builtin_prefetch(s->base + j);
    __builtin_prefetch(s->sigma + j);
    for (size_t b = 0; b < g->blocks && b < FETCHED_BLOCKS; b++)
        __builtin_prefetch(g->start + b * (g->n + 1) + j);
}

/* Whether a step to come would flip its neuron if it were made now: nearly always it will. */
static int likely_flips(const bni_walk *w, uint64_t step)
{
    const binnet_sim *s = w->sim;
    size_t j = w->selected[step % (2 * BNI_AHEAD)];
    uint64_t word = w->ahead[4 * ((step >> 1) % BNI_AHEAD) + 2 * (step & 1) + 1];
    double h = drive_of_neuron(w, j), sigma = s->sigma[j];
    return (sigma > 0 ? bni_firing_guess(s->firing, h / sigma, word) : h > 0) != w->active[j];
}

FETCHES fetch_targets(const bni_walk *w, uint64_t step)
{
    const bni_wiring *g = &w->sim->wiring;
    size_t j = w->selected[step % (2 * BNI_AHEAD)];
    for (size_t b = 0; b < g->blocks && b < FETCHED_BLOCKS; b++) {
        const uint32_t *start = g->start + b * (g->n + 1) + j;
        const uint16_t *target = g->target + g->base[b];
        for (uint32_t k = start[0]; k < start[1] && k < start[0] + 32 * FETCHED_AT_ONCE; k += 32)
            __builtin_prefetch(target + k);
    }
}

/* Of a step: which neuron, and the word it fires by. */
static void draw_selection(bni_walk *w, size_t *j, uint64_t *word)
{
    uint64_t k = w->step >> 1;
    if (k != w->block_of) {
        for (uint64_t next = w->block_of == UINT64_MAX ? k : k + BNI_AHEAD - 1; next < k + BNI_AHEAD; next++)
            draw_ahead(w, next);
        w->block_of = k;
    }
    *j = w->selected[w->step % (2 * BNI_AHEAD)];
    *word = w->ahead[4 * (k % BNI_AHEAD) + 2 * (w->step & 1) + 1];
    if (w->sim->wiring.synapses > 100000 && !w->sim->redrawn) {
        fetch_neuron(w, w->step + 2 * BNI_AHEAD - 3);
        if (likely_flips(w, w->step + 2))
            fetch_targets(w, w->step + 2);
    }
}

static void asynchronous_step(bni_walk *w)
{
    size_t j;
    uint64_t word;
    draw_selection(w, &j, &word);
    if (w->sim->redrawn)
        w->synaptic_events += redraw_potential(w, 0, j);
    int fires = neuron_fires(w, j, word, &w->bad);
    w->step++;
    if (fires != w->active[j]) {
        w->active[j] = (uint8_t)fires;
        push_neuron(w, j);
    }
}

static int32_t sweep_step(bni_walk *w)
{
    uint64_t word[4] = {0};
    for (size_t i = 0; i < w->sim->n; i++) {
        if ((i & 3) == 0)
            draw_words(word, w, BNI_RANDOM_ACTIVITY, i >> 2, w->step);
        if (w->sim->redrawn)
            w->synaptic_events += redraw_potential(w, 0, i);
        int fires = neuron_fires(w, i, word[i & 3], &w->bad);
        if (fires != w->active[i]) {
            w->active[i] = (uint8_t)fires;
            push_neuron(w, i);
        }
        if (w->sim->redrawn || i % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(poll_walk(w));
    }
    w->step++;
    return bni_walk_check(w->ctx, w);
}

int32_t bni_walk_steps(bni_walk *w, uint64_t steps)
{
    if (w->sim->update != BINNET_UPDATE_ASYNCHRONOUS) {
        for (uint64_t t = 0; t < steps; t++) {
            BNI_TRY((w->sim->update == BINNET_UPDATE_SYNCHRONOUS ? synchronous_step : sweep_step)(w));
            BNI_TRY(poll_walk(w));
        }
        return BINNET_OK;
    }
    while (steps > 0) {
        uint64_t now = w->sim->redrawn ? 1 : steps < BETWEEN_POLLS ? steps : BETWEEN_POLLS;
        for (uint64_t t = 0; t < now; t++)
            asynchronous_step(w);
        steps -= now;
        BNI_TRY(bni_walk_check(w->ctx, w));
        BNI_TRY(poll_walk(w));
    }
    return BINNET_OK;
}

/* Time to the event of this step. */
static double waiting_time(const bni_walk *w)
{
    uint64_t word[4];
    draw_words(word, w, BNI_RANDOM_TIME, w->step, 0);
    double u = (double)((word[0] >> 11) + 1) * 0x1p-53; /* (0, 1] */
    return -log(u) / w->sim->rate;
}

int32_t bni_walk_until(bni_walk *w, double time)
{
    for (uint64_t t = 1; w->next <= time; t++) {
        w->time = w->next;
        asynchronous_step(w);
        w->next = w->time + waiting_time(w);
        if (w->sim->redrawn || t % BETWEEN_POLLS == 0) {
            BNI_TRY(bni_walk_check(w->ctx, w));
            BNI_TRY(poll_walk(w));
        }
    }
    w->time = time;
    BNI_TRY(bni_walk_check(w->ctx, w));
    return poll_walk(w);
}

int32_t bni_walk_start(bni_walk *w, uint64_t run, const uint8_t *state)
{
    const binnet_sim *s = w->sim;
    int64_t active = 0;
    uint64_t word[4] = {0};
    w->run = run;
    w->step = 0;
    w->block_of = UINT64_MAX;
    memset(w->count, 0, s->n_pop * sizeof *w->count);
    for (size_t i = 0; i < s->n; i++) {
        if (i % 256 == 0)
            draw_words(word, w, BNI_RANDOM_START, i / 256, 0);
        w->active[i] = state != NULL ? state[i] : run < 2 ? (uint8_t)run : word[i % 256 / 64] >> (i % 64) & 1;
        w->count[s->pop[i]] += w->active[i];
        active += w->active[i];
    }
    w->time = 0;
    w->next = s->continuous ? waiting_time(w) : 0;
    return sum_potentials(w, active);
}
