/*
 * Reading a diagram: boxes, states, classes, symmetry, completeness, and what exists at a point.
 */
#include "diagram/diagram.h"
#include "num/special.h"

size_t binnet_diagram_axes(const binnet_diagram *d)
{
    return d == NULL ? 0 : d->axes;
}

size_t binnet_diagram_neurons(const binnet_diagram *d)
{
    return d == NULL ? 0 : d->n;
}

int32_t binnet_diagram_tie(const binnet_diagram *d)
{
    return d == NULL ? -1 : d->tie;
}

uint64_t binnet_diagram_fixed_count(const binnet_diagram *d)
{
    return d == NULL ? 0 : d->fixed_state.count;
}

uint64_t binnet_diagram_cycle_count(const binnet_diagram *d)
{
    return d == NULL ? 0 : d->cycle_first.count;
}

static int32_t check_index(const binnet_diagram *d, uint64_t k, uint64_t count)
{
    return d == NULL ? BINNET_E_NULL : k >= count ? BINNET_E_RANGE : BINNET_OK;
}

/* Sides of a box: bni_cut[axes][2]. */
static const bni_cut *box_of_fixed(const binnet_diagram *d, uint64_t k)
{
    return (const bni_cut *)d->fixed_side.data + k * 2 * d->axes;
}

static const bni_cut *cycle_box(const binnet_diagram *d, uint64_t k)
{
    return (const bni_cut *)d->cycle_side.data + d->order[k] * 2 * d->axes;
}

static void read_box(const binnet_diagram *d, const bni_cut *side, double *lo, double *hi)
{
    for (size_t a = 0; a < d->axes; a++) {
        if (lo != NULL)
            lo[a] = side[2 * a].v;
        if (hi != NULL)
            hi[a] = side[2 * a + 1].v;
    }
}

static void read_ends(const binnet_diagram *d, const bni_cut *side, int32_t *ends)
{
    for (size_t a = 0; a < d->axes; a++)
        ends[a] = (side[2 * a].above ? 0 : BINNET_END_LO) + (side[2 * a + 1].above ? BINNET_END_HI : 0);
}

static uint64_t cycle_start(const binnet_diagram *d, uint64_t k, uint64_t *period)
{
    const uint64_t *first = d->cycle_first.data;
    uint64_t c = d->order[k];
    *period = (c + 1 < d->cycle_first.count ? first[c + 1] : d->cycle_state.count) - first[c];
    return first[c];
}

int32_t binnet_diagram_fixed(const binnet_diagram *d, uint64_t k, uint64_t *state, double *lo, double *hi)
{
    BNI_TRY(check_index(d, k, binnet_diagram_fixed_count(d)));
    if (state != NULL)
        *state = ((const uint64_t *)d->fixed_state.data)[k];
    read_box(d, box_of_fixed(d, k), lo, hi);
    return BINNET_OK;
}

int32_t binnet_diagram_fixed_ends(const binnet_diagram *d, uint64_t k, int32_t *ends)
{
    BNI_TRY(check_index(d, k, binnet_diagram_fixed_count(d)));
    if (ends == NULL)
        return BINNET_E_NULL;
    read_ends(d, box_of_fixed(d, k), ends);
    return BINNET_OK;
}

int32_t binnet_diagram_cycle(const binnet_diagram *d, uint64_t k, uint64_t *period, double *lo, double *hi)
{
    BNI_TRY(check_index(d, k, binnet_diagram_cycle_count(d)));
    uint64_t length;
    cycle_start(d, k, &length);
    if (period != NULL)
        *period = length;
    read_box(d, cycle_box(d, k), lo, hi);
    return BINNET_OK;
}

int32_t binnet_diagram_cycle_ends(const binnet_diagram *d, uint64_t k, int32_t *ends)
{
    BNI_TRY(check_index(d, k, binnet_diagram_cycle_count(d)));
    if (ends == NULL)
        return BINNET_E_NULL;
    read_ends(d, cycle_box(d, k), ends);
    return BINNET_OK;
}

int32_t binnet_diagram_cycle_state(const binnet_diagram *d, uint64_t k, uint64_t step, uint64_t *state)
{
    BNI_TRY(check_index(d, k, binnet_diagram_cycle_count(d)));
    uint64_t period, start = cycle_start(d, k, &period);
    if (state == NULL)
        return BINNET_E_NULL;
    if (step >= period)
        return BINNET_E_RANGE;
    *state = ((const uint64_t *)d->cycle_state.data)[start + step];
    return BINNET_OK;
}

static int64_t bits_of(uint64_t s)
{
    int64_t bits = 0;
    for (; s != 0; s &= s - 1)
        bits++;
    return bits;
}

static void count_active(const binnet_diagram *d, uint64_t state, int64_t *active)
{
    for (size_t a = 0; a < d->n_pop; a++)
        active[a] = bits_of(state & d->population[a]);
}

int32_t binnet_diagram_fixed_class(const binnet_diagram *d, uint64_t k, int64_t *active, double *multiplicity)
{
    BNI_TRY(check_index(d, k, binnet_diagram_fixed_count(d)));
    const int64_t *of_class = d->classes ? (const int64_t *)d->fixed_active.data + k * d->n_pop : NULL;
    if (multiplicity != NULL)
        *multiplicity = 1;
    for (size_t a = 0; d->classes && a < d->n_pop; a++) {
        if (active != NULL)
            active[a] = of_class[a];
        if (multiplicity != NULL)
            *multiplicity *= bni_choose(d->size[a], of_class[a]);
    }
    if (!d->classes && active != NULL)
        count_active(d, ((const uint64_t *)d->fixed_state.data)[k], active);
    return BINNET_OK;
}

int32_t binnet_diagram_cycle_class(const binnet_diagram *d, uint64_t k, uint64_t step, int64_t *active,
                                   double *multiplicity)
{
    BNI_TRY(check_index(d, k, binnet_diagram_cycle_count(d)));
    uint64_t period, start = cycle_start(d, k, &period);
    if (step >= period)
        return BINNET_E_RANGE;
    if (multiplicity != NULL)
        *multiplicity = d->classes ? ((const double *)d->cycle_members.data)[d->order[k]] : 1;
    for (size_t a = 0; d->classes && active != NULL && a < d->n_pop; a++)
        active[a] = ((const int64_t *)d->cycle_active.data)[(start + step) * d->n_pop + a];
    if (!d->classes && active != NULL)
        count_active(d, ((const uint64_t *)d->cycle_state.data)[start + step], active);
    return BINNET_OK;
}

static int divides(const binnet_diagram *d, uint64_t state)
{
    for (size_t k = 0; k < d->n_alike; k++)
        if ((state & d->alike[k]) != 0 && (state & d->alike[k]) != d->alike[k])
            return 1;
    return 0;
}

static int divides_class(const binnet_diagram *d, const int64_t *active)
{
    for (size_t a = 0; a < d->n_pop; a++)
        if (active[a] > 0 && active[a] < d->size[a])
            return 1;
    return 0;
}

int32_t binnet_diagram_fixed_broken(const binnet_diagram *d, uint64_t k)
{
    if (check_index(d, k, binnet_diagram_fixed_count(d)) != BINNET_OK)
        return -1;
    return d->classes ? divides_class(d, (const int64_t *)d->fixed_active.data + k * d->n_pop)
                      : divides(d, ((const uint64_t *)d->fixed_state.data)[k]);
}

int32_t binnet_diagram_cycle_broken(const binnet_diagram *d, uint64_t k)
{
    if (check_index(d, k, binnet_diagram_cycle_count(d)) != BINNET_OK)
        return -1;
    uint64_t period, start = cycle_start(d, k, &period);
    int broken = 0;
    for (uint64_t s = start; !broken && s < start + period; s++)
        broken = d->classes ? divides_class(d, (const int64_t *)d->cycle_active.data + s * d->n_pop)
                            : divides(d, ((const uint64_t *)d->cycle_state.data)[s]);
    return broken;
}

int32_t binnet_diagram_complete(const binnet_diagram *d, int32_t *fixed, int64_t *period)
{
    if (d == NULL)
        return BINNET_E_NULL;
    if (fixed != NULL)
        *fixed = d->fixed_complete;
    if (period != NULL)
        *period = d->period_complete;
    return BINNET_OK;
}

enum { BETWEEN_POLLS = 1 << 14 };

static int holds_point(const binnet_diagram *d, const bni_cut *side, const double *stimulus)
{
    for (size_t a = 0; a < d->axes; a++) {
        bni_cut lo = side[2 * a], hi = side[2 * a + 1];
        if (stimulus[a] < lo.v || (stimulus[a] == lo.v && lo.above) || stimulus[a] > hi.v ||
            (stimulus[a] == hi.v && !hi.above))
            return 0;
    }
    return 1;
}

int32_t binnet_diagram_query(binnet_ctx *ctx, const binnet_diagram *d, const double *stimulus, uint64_t *n_fixed,
                             uint64_t *fixed, uint64_t *n_cycles, uint64_t *cycle, size_t room)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, d, "d"));
    BNI_TRY(bni_need(ctx, stimulus, "stimulus"));
    BNI_TRY(bni_need_finite(ctx, stimulus, d->axes, "stimulus"));
    uint64_t found = 0;
    for (uint64_t k = 0; k < d->fixed_state.count; k++) {
        BNI_TRY(k % BETWEEN_POLLS == BETWEEN_POLLS - 1 ? bni_poll(ctx, 0) : BINNET_OK);
        if (holds_point(d, box_of_fixed(d, k), stimulus)) {
            if (fixed != NULL && found < room)
                fixed[found] = k;
            found++;
        }
    }
    if (n_fixed != NULL)
        *n_fixed = found;
    found = 0;
    for (uint64_t k = 0; k < d->cycle_first.count; k++) {
        BNI_TRY(k % BETWEEN_POLLS == BETWEEN_POLLS - 1 ? bni_poll(ctx, 0.5) : BINNET_OK);
        if (holds_point(d, cycle_box(d, k), stimulus)) {
            if (cycle != NULL && found < room)
                cycle[found] = k;
            found++;
        }
    }
    if (n_cycles != NULL)
        *n_cycles = found;
    return BINNET_OK;
}
