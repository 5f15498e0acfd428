/*
 * Trajectories. Random words come from a counter: of (seed, run, step, neuron / 4) for synchronous steps and sweeps, of (seed,
 * run, step / 2) for single neurons, so nothing depends on who draws them and when.
 * (The potentials of all neurons, when some have changed: trajectory_potentials.c.)
 */
#include "simulate/simulate.h"

#include "num/exact.h"

#include <math.h>
#include <string.h>

/* Steps of single neurons, and neurons of a sweep, between two polls. */
enum { BETWEEN_POLLS = 4096 };
/* Lines of synapses, and blocks of targets, that are on their way. */
enum { FETCHED_AT_ONCE = 32, FETCHED_BLOCKS = 16 };

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
        return bni_walk_sum_potentials(w, active);
    return bni_walk_push_flips(w);
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
BNI_FETCHES fetch_neuron(const bni_walk *w, uint64_t step)
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

BNI_FETCHES fetch_targets(const bni_walk *w, uint64_t step)
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
        w->synaptic_events += bni_walk_redraw_potential(w, 0, j);
    int fires = neuron_fires(w, j, word, &w->bad);
    w->step++;
    if (fires != w->active[j]) {
        w->active[j] = (uint8_t)fires;
        bni_walk_push_neuron(w, j);
    }
}

static int32_t sweep_step(bni_walk *w)
{
    uint64_t word[4] = {0};
    for (size_t i = 0; i < w->sim->n; i++) {
        if ((i & 3) == 0)
            draw_words(word, w, BNI_RANDOM_ACTIVITY, i >> 2, w->step);
        if (w->sim->redrawn)
            w->synaptic_events += bni_walk_redraw_potential(w, 0, i);
        int fires = neuron_fires(w, i, word[i & 3], &w->bad);
        if (fires != w->active[i]) {
            w->active[i] = (uint8_t)fires;
            bni_walk_push_neuron(w, i);
        }
        if (w->sim->redrawn || i % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_walk_poll(w));
    }
    w->step++;
    return bni_walk_check(w->ctx, w);
}

int32_t bni_walk_steps(bni_walk *w, uint64_t steps)
{
    if (w->sim->update != BINNET_UPDATE_ASYNCHRONOUS) {
        for (uint64_t t = 0; t < steps; t++) {
            BNI_TRY((w->sim->update == BINNET_UPDATE_SYNCHRONOUS ? synchronous_step : sweep_step)(w));
            BNI_TRY(bni_walk_poll(w));
        }
        return BINNET_OK;
    }
    while (steps > 0) {
        uint64_t now = w->sim->redrawn ? 1 : steps < BETWEEN_POLLS ? steps : BETWEEN_POLLS;
        for (uint64_t t = 0; t < now; t++)
            asynchronous_step(w);
        steps -= now;
        BNI_TRY(bni_walk_check(w->ctx, w));
        BNI_TRY(bni_walk_poll(w));
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
            BNI_TRY(bni_walk_poll(w));
        }
    }
    w->time = time;
    BNI_TRY(bni_walk_check(w->ctx, w));
    return bni_walk_poll(w);
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
    return bni_walk_sum_potentials(w, active);
}
