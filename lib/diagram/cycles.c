/*
 * All cycles over all stimuli, each on the box where all its transitions exist, by divide and conquer in the space
 * of the stimuli.
 *
 * In a cell of stimuli a state has a few successors (nested sets, by the threshold currents inside the cell).
 * States that no other state of the cell leads to are dropped again and again; what is left falls into strongly
 * connected components, and those of one state are dropped. A component whose states have one successor each is a
 * cycle: it is listed in the cell that holds the lower corner of its box, hence once. Any other component goes on
 * alone into the two halves of the cell, divided at a threshold current that decides between two successors, unless a
 * short depth-first search lists its cycles.
 * Source: THEORY 2 (nested sets).
 */
#include "diagram/cycle_search.h"

#include <string.h>

enum {
    SAMPLES = 31,      /* threshold currents whose median divides a cell */
    BATCH = 256,       /* states that are compared with the cell at once */
    CHUNK = 1 << 16,   /* states between two polls of short loops */
    FORKS = 32,        /* states of a component that say where it is divided */
    FEW = 4096,        /* states that are worth it in any cell */
    EDGES = 8,         /* room for edges, for each state */
    MANY_BRANCHES = 6, /* successors of a state, on average, with which states are dropped before edges are kept */
    MOST_BRANCHES = 64 /* and with which a cell is divided at once */
};

/* Number of the lowest bit of x != 0. */
static inline size_t lowest_bit(uint32_t x)
{
    static const uint8_t at[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                   31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
    return at[(uint32_t)((x & (0 - x)) * UINT32_C(0x077CB531)) >> 27];
}

/* Number of lowest bits of x that are 1. */
static inline size_t trailing_ones(uint32_t x)
{
    return x == UINT32_MAX ? 32 : lowest_bit(~x);
}

/* Bounds of the present cell, for looking at states. */
static void fill_cell_bounds(bni_cycle_search *s)
{
    for (size_t a = 0; a < s->t.axes; a++)
        for (size_t k = s->t.first[a]; k < s->t.first[a + 1]; k++) {
            s->lo[k] = s->box[a][0];
            s->hi[k] = s->box[a][1];
        }
}

/* Look at up to BATCH states in the present cell. */
static int32_t look_at_states(bni_cycle_search *s, const uint32_t *list, size_t count)
{
    uint32_t low[BATCH], middle[BATCH];
    s->p->steps += (double)count;
    s->full = s->p->steps >= s->p->most_steps;
    s->kern->cut_masks(low, middle, s->t.row, s->t.width, s->varying, list, count, s->lo, s->hi);
    for (size_t k = 0; k < count; k++) {
        const uint32_t *row = bni_cut_row(s, list[k]);
        uint32_t always = s->t.base != NULL ? s->t.base[list[k]] : 0;
        for (size_t a = 0; a < s->t.axes; a++) {
            uint32_t size = (uint32_t)(s->t.first[a + 1] - s->t.first[a]), all = (uint32_t)((UINT64_C(1) << size) - 1);
            always |= bni_axis_sums(s, row, a)[trailing_ones(low[k] >> s->t.first[a] & all)];
        }
        s->sight[list[k]] = (bni_sight){always, middle[k]};
    }
    return bni_poll(s->ctx, s->done);
}

/* The batches of a list: looks at its k-th state and those after it when one begins. */
static inline int32_t look_ahead(bni_cycle_search *s, const uint32_t *list, size_t count, size_t k, int seen)
{
    if (k % BATCH != 0)
        return BINNET_OK;
    return seen ? bni_poll(s->ctx, s->done) : look_at_states(s, list + k, count - k < BATCH ? count - k : BATCH);
}

/* The cuts inside the cell on axis a, from[a] .. from[a] + return - 1 of the axis, of a state that has been looked
 * at. */
static size_t inside_cell(const bni_cycle_search *s, uint32_t middle, size_t a, size_t *from)
{
    uint32_t size = (uint32_t)(s->t.first[a + 1] - s->t.first[a]);
    uint32_t here = middle >> s->t.first[a] & (uint32_t)((UINT64_C(1) << size) - 1);
    if (here == 0) {
        *from = 0;
        return 0;
    }
    *from = lowest_bit(here);
    return trailing_ones(here >> *from);
}

/* to[q] = from[q] | more, q < count: four at a time, so up to three beyond are written too. */
static inline void join_bits(uint32_t *to, const uint32_t *from, size_t count, uint32_t more)
{
    for (size_t q = 0; q < count; q += 4) {
        uint32_t a = from[q] | more, b = from[q + 1] | more, c = from[q + 2] | more, d = from[q + 3] | more;
        to[q] = a;
        to[q + 1] = b;
        to[q + 2] = c;
        to[q + 3] = d;
    }
}

/* All successors of a state that has been looked at, the steps of axis 0 fastest; between equal cuts also some that it has
 * on an empty box only. */
static inline size_t successors(const bni_cycle_search *s, uint32_t state)
{
    uint32_t *next = s->next, middle = s->sight[state].middle;
    next[0] = s->sight[state].always;
    if (middle == 0)
        return 1;
    const uint32_t *row = bni_cut_row(s, state);
    size_t count = 1;
    for (size_t a = 0; a < s->t.axes; a++) {
        size_t from, steps = inside_cell(s, middle, a, &from), below = count;
        const uint32_t *sum = bni_axis_sums(s, row, a) + from;
        for (size_t j = 1; j <= steps; j++, count += below)
            join_bits(next + count, next, below, sum[j]);
    }
    return count;
}

static uint32_t new_stamp(bni_cycle_search *s)
{
    if (s->now == UINT32_MAX) {
        for (size_t k = 0; k < (size_t)1 << s->t.n; k++)
            s->mark[k].stamp = 0;
        s->now = 0;
    }
    return ++s->now;
}

/* Look at the states of a list and drop those that no state of it leads to, round after round while that is worth
 * it: the rest comes first. */
static int32_t drop_unreached_states(bni_cycle_search *s, uint32_t *list, size_t *count)
{
    size_t words = ((size_t)1 << s->t.n) / 32 + 1;
    int seen = 0;
    for (size_t before = SIZE_MAX; *count > FEW && *count < before - before / 4 && !s->full; seen = 1) {
        size_t kept = 0;
        before = *count;
        memset(s->reached, 0, words * sizeof *s->reached);
        for (size_t k = 0; k < before && !s->full; k++) {
            BNI_TRY(look_ahead(s, list, before, k, seen));
            size_t many = successors(s, list[k]);
            uint32_t *reached = s->reached;
            const uint32_t *next = s->next;
            for (size_t q = 0; q < many; q++)
                reached[next[q] / 32] |= UINT32_C(1) << next[q] % 32;
        }
        for (size_t k = 0; k < before; k++) {
            uint32_t state = list[k];
            if (s->reached[state / 32] >> state % 32 & 1)
                list[kept++] = state;
            else
                s->copy[k - kept] = state;
        }
        memcpy(list + kept, s->copy, (before - kept) * sizeof *list);
        *count = kept;
    }
    return BINNET_OK;
}

/* The states of the list as nodes, and what leads from one to another; looks at them unless they have been seen.
 * *fits = 0 when there is no room. */
static int32_t make_graph(bni_cycle_search *s, const uint32_t *list, size_t count, uint32_t here, int seen, int *fits)
{
    bni_digraph *g = &s->g;
    bni_mark *m = s->mark;
    size_t edges = 0;
    g->nodes = count;
    for (size_t k = 0; k < count; k++) {
        m[list[k]] = (bni_mark){here, (uint32_t)k};
        s->copy[k] = list[k];
        g->degree[k] = 0;
        if (k % CHUNK == CHUNK - 1)
            BNI_TRY(bni_poll(s->ctx, s->done));
    }
    for (size_t k = 0; k < count && !s->full; k++) {
        BNI_TRY(look_ahead(s, list, count, k, seen));
        g->first[k] = (uint32_t)edges;
        size_t many = successors(s, list[k]);
        *fits = edges + many <= g->room;
        if (!*fits)
            return BINNET_OK;
        const uint32_t *next = s->next;
        uint32_t *edge = g->edge + edges, *degree = g->degree;
        for (size_t q = 0; q < many; q++) {
            bni_mark to = m[next[q]];
            if (to.stamp == here && to.node != k) {
                *edge++ = to.node;
                degree[to.node]++;
            }
        }
        edges = (size_t)(edge - g->edge);
    }
    g->first[count] = (uint32_t)edges;
    return BINNET_OK;
}

/* --- dividing --- */

typedef struct choice {
    size_t count[BINNET_MAX_AXES]; /* threshold currents that decide between successors */
    uint32_t sample[BINNET_MAX_AXES][SAMPLES];
} choice;

/* A sample of a stream: each kept with falling probability, by a generator of its own. */
static void offer_cut(choice *c, size_t axis, uint32_t cut)
{
    size_t seen = c->count[axis]++;
    if (seen < SAMPLES) {
        c->sample[axis][seen] = cut;
        return;
    }
    uint64_t z = (seen + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) % (seen + 1);
    if (z < SAMPLES)
        c->sample[axis][z] = cut;
}

static uint32_t median_cut(uint32_t *v, size_t count)
{
    for (size_t k = 1; k < count; k++) {
        uint32_t x = v[k];
        size_t j = k;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
    return v[count / 2];
}

/* The axis with most of them, and their median. */
static bni_waiting choose_cut(choice *c, size_t axes, size_t count)
{
    size_t axis = 0;
    for (size_t a = 1; a < axes; a++)
        if (c->count[a] > c->count[axis])
            axis = a;
    uint32_t cut = median_cut(c->sample[axis], c->count[axis] < SAMPLES ? c->count[axis] : SAMPLES);
    return (bni_waiting){(uint32_t)count, (uint32_t)axis, cut};
}

static int32_t search_cell(bni_cycle_search *s, uint32_t *list, size_t count, double share);

/* Into the two halves of the cell. */
static int32_t divide_cell(bni_cycle_search *s, uint32_t *list, bni_waiting w, double share)
{
    uint32_t lo = s->box[w.axis][0], hi = s->box[w.axis][1];
    s->box[w.axis][1] = w.cut;
    BNI_TRY(search_cell(s, list, w.count, share / 2));
    s->box[w.axis][1] = hi;
    s->box[w.axis][0] = w.cut;
    BNI_TRY(search_cell(s, list, w.count, share / 2));
    s->box[w.axis][0] = lo;
    return BINNET_OK;
}

/* --- components --- */

/* The threshold current in the middle of those between the successors of a node that lie in its component. */
static void offer_between(const bni_cycle_search *s, choice *c, uint32_t node, uint32_t here)
{
    uint32_t state = s->copy[node];
    size_t axes = s->t.axes, start[BINNET_MAX_AXES], steps[BINNET_MAX_AXES];
    size_t least[BINNET_MAX_AXES], greatest[BINNET_MAX_AXES];
    for (size_t a = 0; a < axes; a++) {
        steps[a] = inside_cell(s, s->sight[state].middle, a, &start[a]);
        least[a] = SIZE_MAX;
        greatest[a] = 0;
    }
    size_t many = successors(s, state);
    for (size_t q = 0; q < many; q++) {
        const bni_mark *to = &s->mark[s->next[q]];
        if (to->stamp != here || to->node == node || s->g.component[to->node] != s->g.component[node])
            continue;
        size_t rest = q;
        for (size_t a = 0; a < axes; a++) {
            size_t k = rest % (steps[a] + 1);
            rest /= steps[a] + 1;
            least[a] = k < least[a] ? k : least[a];
            greatest[a] = k > greatest[a] ? k : greatest[a];
        }
    }
    for (size_t a = 0; a < axes; a++)
        if (least[a] < greatest[a])
            offer_cut(c, a, bni_cut_row(s, state)[s->t.first[a] + start[a] + (least[a] + greatest[a] - 1) / 2]);
}

/* A component of the graph: list it when it is a cycle, else let it wait for its division, its states next in the
 * list. */
static int32_t settle_component(bni_cycle_search *s, const uint32_t *node, size_t count, uint32_t here, uint32_t *list,
                                size_t *kept)
{
    choice c;
    size_t forks = 0, k = 0, stride = count / FORKS + 1;
    while (k < count && bni_only_successor(&s->g, node[k]) != BNI_NO_COMPONENT)
        k++;
    if (k == count)
        return bni_list_simple_cycle(s, node, count);
    if (count <= BNI_HUNTED) {
        int done;
        BNI_TRY(bni_list_small_component(s, node, count, &done));
        if (done)
            return BINNET_OK;
    }
    memset(c.count, 0, s->t.axes * sizeof *c.count);
    for (; k < count && forks < FORKS; k += forks == 0 ? 1 : stride)
        if (bni_only_successor(&s->g, node[k]) == BNI_NO_COMPONENT) {
            offer_between(s, &c, node[k], here);
            forks++;
        }
    for (k = 0; k < count; k++) {
        list[(*kept)++] = s->copy[node[k]];
        s->mark[s->copy[node[k]]].stamp = 0; /* has its place */
    }
    s->waiting[s->n_waiting++] = choose_cut(&c, s->t.axes, count);
    return BINNET_OK;
}

/* Offer the threshold currents inside the cell, of every stride-th state; *branches is the mean number of
 * successors. */
static int32_t sample_cuts(bni_cycle_search *s, const uint32_t *list, size_t count, size_t stride, choice *c,
                           double *branches)
{
    uint32_t some[BATCH] = {0};
    double sum = 0;
    size_t looked = 0;
    memset(c->count, 0, s->t.axes * sizeof *c->count);
    for (size_t k = 0; k < count && !s->full;) {
        size_t taken = 0;
        for (; taken < BATCH && k < count; k += stride)
            some[taken++] = list[k];
        BNI_TRY(look_at_states(s, some, taken));
        for (size_t j = 0; j < taken && !s->full; j++) {
            double many = 1;
            for (size_t a = 0; a < s->t.axes; a++) {
                size_t start, steps = inside_cell(s, s->sight[some[j]].middle, a, &start);
                many *= (double)(steps + 1);
                for (size_t i = 0; i < steps; i++)
                    offer_cut(c, a, bni_cut_row(s, some[j])[s->t.first[a] + start + i]);
            }
            sum += many;
            looked++;
        }
    }
    *branches = sum / (double)looked;
    return BINNET_OK;
}

/* The components of the graph, one after the other; share is the part of the whole work that the cell stands for. */
static int32_t search_components(bni_cycle_search *s, uint32_t *list, size_t count, uint32_t here, double share)
{
    const bni_digraph *g = &s->g;
    size_t kept = 0, base = s->n_waiting, place;
    BNI_TRY(bni_digraph_components(s->ctx, &s->g, s->done));
    for (size_t k = 0, end; k < g->ordered; k = end) {
        for (end = k + 1; end < g->ordered && g->component[g->order[end]] == g->component[g->order[k]];)
            end++;
        BNI_TRY(settle_component(s, g->order + k, end - k, here, list, &kept));
    }
    place = kept;
    for (size_t k = 0; k < count; k++) /* the list stays a permutation of what it was */
        if (s->mark[s->copy[k]].stamp == here)
            list[place++] = s->copy[k];
    double each = share / (double)(s->n_waiting - base);
    while (s->n_waiting > base && !s->full) {
        bni_waiting w = s->waiting[--s->n_waiting];
        kept -= w.count;
        BNI_TRY(divide_cell(s, list + kept, w, each));
    }
    return BINNET_OK;
}

/* Divide a cell with more edges than there is room for, so that some state has several successors. */
static int32_t search_halves(bni_cycle_search *s, uint32_t *list, size_t count, double share)
{
    choice c;
    double branches;
    BNI_TRY(sample_cuts(s, list, count, count / BATCH + 1, &c, &branches));
    if (branches == 1)
        BNI_TRY(sample_cuts(s, list, count, 1, &c, &branches));
    return s->full ? BINNET_OK : divide_cell(s, list, choose_cut(&c, s->t.axes, count), share);
}

static int32_t search_cell(bni_cycle_search *s, uint32_t *list, size_t count, double share)
{
    choice c;
    double branches = 1, end = s->done + share;
    fill_cell_bounds(s);
    if (count > FEW)
        BNI_TRY(sample_cuts(s, list, count, count / BATCH + 1, &c, &branches));
    if (branches > MOST_BRANCHES) {
        if (!s->full)
            BNI_TRY(divide_cell(s, list, choose_cut(&c, s->t.axes, count), share));
    } else if (count >= 2) {
        int fits = 1;
        int many = branches > MANY_BRANCHES;
        uint32_t here = new_stamp(s);
        if (many)
            BNI_TRY(drop_unreached_states(s, list, &count));
        BNI_TRY(make_graph(s, list, count, here, many, &fits));
        if (s->full)
            return BINNET_OK;
        BNI_TRY(fits ? search_components(s, list, count, here, share) : search_halves(s, list, count, share));
    }
    s->done = end;
    return BINNET_OK;
}

static size_t most_successors(size_t n, size_t axes, const int32_t *axis)
{
    size_t product = 1;
    for (size_t a = 0; a < axes; a++) {
        size_t here = 1;
        for (size_t i = 0; i < n; i++)
            here += axis[i] == (int32_t)a;
        product *= here;
        if (product >> n != 0)
            return (size_t)1 << n;
    }
    return product;
}

static void list_cycle_search(bni_plan *plan, void *object)
{
    bni_cycle_search *s = object;
    BNI_ZEROS(plan, s->mark, s->size);
    BNI_ZEROS(plan, s->sight, s->size);
    BNI_BUFFER(plan, s->cycle, s->size);
    BNI_BUFFER(plan, s->states, s->size);
    BNI_BUFFER(plan, s->copy, s->size);
    BNI_BUFFER(plan, s->hunted, (BNI_HUNTED + 1) * s->axes);
    BNI_BUFFER(plan, s->reached, floor(s->size / 32) + 1);
    BNI_BUFFER(plan, s->waiting, s->size / 2);
    BNI_ZEROS(plan, s->next, s->branches + 4);
}

static bni_cycle_search search_numbers(size_t n, size_t axes, const int32_t *axis)
{
    double size = ldexp(1, (int)n);
    return (bni_cycle_search){.size = size,
                              .axes = axes,
                              .branches = n < 32 ? (double)most_successors(n, axes, axis) : size};
}

double bni_diagram_cycles_bytes(size_t n, size_t axes, const int32_t *axis)
{
    bni_cycle_search s = search_numbers(n, axes, axis);
    double making, tables = bni_tables_bytes(n, axes, axis, &making);
    double own = bni_digraph_bytes(s.size, EDGES * s.size + FEW) + bni_plan_bytes(list_cycle_search, &s);
    return tables + (making > own ? making : own);
}

static int32_t prepare_search(bni_cycle_search *s)
{
    size_t states = (size_t)s->size;
    BNI_TRY(bni_tables_make(s->ctx, &s->t, s->p));
    BNI_TRY(bni_digraph_make(s->ctx, &s->g, states, EDGES * states + FEW));
    s->varying = s->p->n - s->t.fixed;
    return bni_plan_make(s->ctx, list_cycle_search, s);
}

static void clear_search(bni_cycle_search *s)
{
    bni_plan_release(&s->ctx->mem, list_cycle_search, s);
    bni_digraph_free(s->ctx, &s->g);
    bni_tables_free(s->ctx, &s->t);
}

int32_t bni_diagram_all_cycles(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p)
{
    if (p->n > BNI_TABLE_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "cycles of %zu neurons: allowed is up to %d (BINNET_P_MAX_PERIOD 1: no cycles)", p->n,
                        BNI_TABLE_NEURONS);
    bni_cycle_search s = search_numbers(p->n, p->axes, p->axis);
    s.ctx = ctx;
    s.d = d;
    s.p = p;
    s.kern = bni_kernels_get()->dynamics;
    s.most = ctx->max_period > 0 ? (uint64_t)ctx->max_period : UINT64_MAX;
    int32_t status = prepare_search(&s);
    if (status == BINNET_OK) {
        size_t states = (size_t)1 << p->n;
        for (size_t k = 0; k < states && status == BINNET_OK; k++) {
            s.states[k] = (uint32_t)k;
            if (k % CHUNK == CHUNK - 1)
                status = bni_poll(ctx, s.done);
        }
        for (size_t a = 0; a < p->axes; a++) {
            s.box[a][0] = 0;
            s.box[a][1] = UINT32_MAX;
        }
        if (status == BINNET_OK)
            status = search_cell(&s, s.states, states, 1);
    }
    if (status == BINNET_OK)
        d->period_complete = s.full ? -1 : ctx->max_period > 0 ? ctx->max_period : INT64_MAX;
    clear_search(&s);
    return status;
}
