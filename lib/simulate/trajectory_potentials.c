/*
 * Potentials along a trajectory. Where no wiring is kept a potential is summed over inputs that are drawn again, when it is needed.
 * Else it is brought up to date when a neuron it hears changes; after a synchronous step in which many change it is summed anew from
 * the active or from the inactive ones, whichever are fewest. Sums are of integers: all ways give the same.
 */
#include "simulate/simulate.h"

#include <string.h>

/* Sources whose synapses are on their way, and lines of them. */
enum { FETCHED = 6, FETCHED_LINES = 12 };

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
void bni_walk_push_neuron(bni_walk *w, size_t j)
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
BNI_FETCHES fetch_listed(const bni_walk *w, size_t b, size_t k)
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
    if (worker == 0 && (k & 1023) == 0 && bni_walk_poll(w) != BINNET_OK)
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
uint64_t bni_walk_redraw_potential(const bni_walk *w, int worker, size_t i)
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
            visits += bni_walk_redraw_potential(w, worker, i);
            if (worker == 0 && bni_walk_poll(w) != BINNET_OK)
                atomic_store(&w->stopped, 1);
        }
    w->visits[worker] = visits;
}

/* V of the present state, from the fewer of active and inactive neurons. */
int32_t bni_walk_sum_potentials(bni_walk *w, int64_t active)
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

int32_t bni_walk_push_flips(bni_walk *w)
{
    w->sign = 0;
    return run_workers(w, push_list);
}
