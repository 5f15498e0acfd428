/*
 * All cycles over all stimuli, each on the box where all its transitions exist, by divide and conquer in the space of the
 * stimuli.
 *
 * In a cell of stimuli a state has a few successors (nested sets, by the threshold currents inside the cell). States that
 * no other state of the cell leads to are dropped again and again; what is left falls into strongly connected components,
 * and those of one state are dropped. A component whose states have one successor each is a cycle: it is listed in the cell
 * that holds the lower corner of its box, hence once. Any other component goes on alone into the two halves of the cell,
 * divided at a threshold current that decides between two successors.
 * Source: THEORY 2 (nested sets); components: R. Tarjan, SIAM J. Comput. 1 (1972) 146.
 */
#include "attract/diagram.h"
#include "kernels/kernels.h"

#include <string.h>

enum {
    SAMPLES = 31,        /* threshold currents whose median divides a cell */
    BATCH = 256,         /* states that are compared with the cell at once */
    LEAST_NODES = 4096,  /* components are always looked for among so many states */
    MOST_BRANCHES = 24   /* successors of a state, on average, with which more states are not worth it */
};

/* A cell, in ranks: the stimuli from cut [a][0] to cut [a][1]. */
typedef uint32_t cell[BINNET_MAX_AXES][2];

/* What is known of a state in the last cell it was looked at. */
typedef struct mark {
    uint32_t stamp;  /* of the list it is in */
    uint32_t degree; /* states of the list that lead to it */
    uint32_t always; /* neurons that fire next all over the cell */
    uint32_t middle; /* varying neurons (from 0) that fire in a part of the cell */
} mark;

typedef struct search {
    binnet_ctx *ctx;
    binnet_diagram *d;
    bni_stimulated *p;
    const bni_kernels *kern;
    bni_tables t;
    size_t varying;
    uint64_t most;    /* longest cycles wanted */
    int full;         /* the work limit was reached */
    double done;      /* fraction */
    cell box;         /* the present cell */
    uint32_t *states; /* [2^n] permuted within the part of each cell */
    mark *mark;       /* [2^n] */
    uint32_t now;     /* last stamp given */
    uint32_t *next;   /* [most successors] of one state */
    uint32_t *local;  /* [2^n] number of a state among the nodes; states that wait */
    size_t nodes, edges, groups; /* capacities */
    uint32_t *first, *edge;      /* successors of the nodes */
    uint32_t *index, *low, *stack, *call, *component, *order;
    uint32_t *group;  /* lengths of components that wait, as a stack */
    size_t n_groups;
    uint64_t *cycle;  /* [2^n] */
} search;

/* What the neurons do in a cell after a state: on axis a steps [start[a], start[a + 1]), from low to high stimuli. */
typedef struct outlook {
    size_t start[BINNET_MAX_AXES + 1];
    uint32_t cut[BNI_TABLE_NEURONS], mask[BNI_TABLE_NEURONS];
} outlook;

/* Number of the lowest bit of x != 0. */
static inline size_t lowest(uint32_t x)
{
    static const uint8_t at[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                   31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
    return at[(uint32_t)((x & (0 - x)) * UINT32_C(0x077CB531)) >> 27];
}

/* Look at all states of a list in the present cell. */
static int32_t look(search *s, const uint32_t *list, size_t count)
{
    uint32_t lo[32] = {0}, hi[32] = {0}, low[BATCH], middle[BATCH];
    for (size_t a = 0; a < s->t.axes; a++)
        for (size_t k = s->t.first[a]; k < s->t.first[a + 1]; k++) {
            lo[k] = s->box[a][0];
            hi[k] = s->box[a][1];
        }
    for (size_t from = 0; from < count && !s->full; from += BATCH) {
        size_t many = count - from < BATCH ? count - from : BATCH;
        s->p->steps += (double)many;
        s->full = s->p->steps >= s->p->most_steps;
        BNI_TRY(bni_poll(s->ctx, s->done));
        s->kern->cut_masks(low, middle, s->t.cut, s->varying, list + from, many, lo, hi);
        for (size_t k = 0; k < many; k++) {
            uint32_t state = list[from + k];
            s->mark[state].always = low[k] << s->t.fixed | (s->t.base != NULL ? s->t.base[state] : 0);
            s->mark[state].middle = middle[k];
        }
    }
    return BINNET_OK;
}

/* The steps of a state that has been looked at. */
static void take_steps(const search *s, uint32_t state, outlook *o)
{
    const bni_tables *t = &s->t;
    const uint32_t *cut = t->cut + (size_t)state * s->varying;
    size_t count = 0, axis = 0;
    o->start[0] = 0;
    for (uint32_t middle = s->mark[state].middle; middle != 0; middle &= middle - 1) {
        size_t k = lowest(middle);
        while (k >= t->first[axis + 1])
            o->start[++axis] = count;
        uint32_t c = cut[k], bit = UINT32_C(1) << (t->fixed + k);
        size_t place = count, begin = o->start[axis];
        while (place > begin && o->cut[place - 1] > c)
            place--;
        if (place > begin && o->cut[place - 1] == c) {
            o->mask[place - 1] |= bit;
            continue;
        }
        for (size_t j = count++; j > place; j--) {
            o->cut[j] = o->cut[j - 1];
            o->mask[j] = o->mask[j - 1];
        }
        o->cut[place] = c;
        o->mask[place] = bit;
    }
    while (axis < t->axes)
        o->start[++axis] = count;
}

/* All successors of a state that has been looked at, the steps of axis 0 fastest. */
static size_t successors(const search *s, uint32_t state)
{
    uint32_t *next = s->next, middle = s->mark[state].middle;
    next[0] = s->mark[state].always;
    if (middle == 0)
        return 1;
    if ((middle & (middle - 1)) == 0) {
        next[1] = next[0] | middle << s->t.fixed;
        return 2;
    }
    outlook o;
    size_t count = 1;
    take_steps(s, state, &o);
    for (size_t a = 0; a < s->t.axes; a++) {
        size_t below = count;
        for (size_t j = o.start[a]; j < o.start[a + 1]; j++)
            for (size_t q = 0; q < below; q++, count++)
                next[count] = next[count - below] | o.mask[j];
    }
    return count;
}

static uint32_t new_stamp(search *s)
{
    if (s->now == UINT32_MAX) {
        for (size_t k = 0; k < (size_t)1 << s->t.n; k++)
            s->mark[k].stamp = 0;
        s->now = 0;
    }
    return ++s->now;
}

/* Look at the states of a list and drop those that no other state of the list leads to, until there are none: the rest comes
 * first. *here is the stamp of the rest. */
static int32_t drop(search *s, uint32_t *list, size_t *count, uint32_t *stamp)
{
    mark *m = s->mark;
    uint32_t here = *stamp = new_stamp(s), *waiting = s->local;
    BNI_TRY(look(s, list, *count));
    for (size_t k = 0; k < *count; k++) {
        m[list[k]].stamp = here;
        m[list[k]].degree = 0;
    }
    for (size_t k = 0; k < *count; k++) {
        size_t many = successors(s, list[k]);
        for (size_t q = 0; q < many; q++)
            if (m[s->next[q]].stamp == here)
                m[s->next[q]].degree += s->next[q] != list[k];
        if (k % BATCH == 0)
            BNI_TRY(bni_poll(s->ctx, s->done));
    }
    size_t n_waiting = 0, kept = 0;
    for (size_t k = 0; k < *count; k++)
        if (m[list[k]].degree == 0)
            waiting[n_waiting++] = list[k];
    while (n_waiting > 0) {
        uint32_t state = waiting[--n_waiting];
        m[state].stamp = 0;
        size_t many = successors(s, state);
        for (size_t q = 0; q < many; q++)
            if (m[s->next[q]].stamp == here && s->next[q] != state && --m[s->next[q]].degree == 0)
                waiting[n_waiting++] = s->next[q];
        if (n_waiting % BATCH == 0)
            BNI_TRY(bni_poll(s->ctx, s->done));
    }
    for (size_t k = 0; k < *count; k++) {
        uint32_t state = list[k];
        if (m[state].stamp == here) {
            list[k] = list[kept];
            list[kept++] = state;
        }
    }
    *count = kept;
    return BINNET_OK;
}

/* --- components --- */

/* The graph of the list as nodes and edges, without loops; *fits = 0 when there is no room. */
static int32_t make_graph(search *s, const uint32_t *list, size_t count, uint32_t here, int *fits)
{
    size_t edges = 0;
    *fits = count <= s->nodes;
    for (size_t k = 0; *fits && k < count; k++)
        s->local[list[k]] = (uint32_t)k;
    for (size_t k = 0; *fits && k < count; k++) {
        s->first[k] = (uint32_t)edges;
        size_t many = successors(s, list[k]);
        for (size_t q = 0; q < many; q++) {
            if (s->mark[s->next[q]].stamp != here || s->next[q] == list[k])
                continue;
            if (edges == s->edges) {
                *fits = 0;
                break;
            }
            s->edge[edges++] = s->local[s->next[q]];
        }
        if (k % BATCH == 0)
            BNI_TRY(bni_poll(s->ctx, s->done));
    }
    if (*fits)
        s->first[count] = (uint32_t)edges;
    return BINNET_OK;
}

/* Components of the graph: component[k] for each node; returns how many. */
static uint32_t components(search *s, size_t count)
{
    uint32_t *index = s->index, *low = s->low, *stack = s->stack, *call = s->call, *at = s->order;
    uint32_t clock = 0, found = 0, depth = 0, height = 0;
    memset(index, 0, count * sizeof *index);
    for (uint32_t root = 0; root < count; root++) {
        if (index[root] != 0)
            continue;
        call[depth++] = root;
        at[root] = s->first[root];
        index[root] = low[root] = ++clock;
        stack[height++] = root;
        s->component[root] = UINT32_MAX;
        while (depth > 0) {
            uint32_t v = call[depth - 1];
            if (at[v] < s->first[v + 1]) {
                uint32_t w = s->edge[at[v]++];
                if (index[w] == 0) {
                    call[depth++] = w;
                    at[w] = s->first[w];
                    index[w] = low[w] = ++clock;
                    stack[height++] = w;
                    s->component[w] = UINT32_MAX;
                } else if (s->component[w] == UINT32_MAX && index[w] < low[v]) {
                    low[v] = index[w];
                }
                continue;
            }
            depth--;
            if (depth > 0 && low[v] < low[call[depth - 1]])
                low[call[depth - 1]] = low[v];
            if (low[v] != index[v])
                continue;
            do
                s->component[stack[--height]] = found;
            while (stack[height] != v);
            found++;
        }
    }
    return found;
}

/* Put the states of components of two or more first, component after component; push their lengths. Returns how many
 * components; *count becomes the number of their states. */
static size_t group(search *s, uint32_t *list, size_t *count, uint32_t found)
{
    uint32_t *size = s->index, *place = s->low, *sorted = s->stack;
    memset(size, 0, found * sizeof *size);
    for (size_t k = 0; k < *count; k++)
        size[s->component[k]]++;
    size_t groups = 0, kept = 0;
    for (uint32_t c = 0; c < found; c++)
        if (size[c] > 1) {
            place[c] = (uint32_t)kept;
            kept += size[c];
            groups++;
        }
    int separate = s->n_groups + groups <= s->groups;
    for (uint32_t c = 0; separate && c < found; c++)
        if (size[c] > 1)
            s->group[s->n_groups++] = size[c];
    if (!separate) { /* no room: all in one */
        s->group[s->n_groups++] = (uint32_t)kept;
        groups = 1;
    }
    size_t rest = kept;
    for (size_t k = 0; k < *count; k++) {
        uint32_t c = s->component[k];
        sorted[size[c] > 1 ? place[c]++ : rest++] = list[k];
    }
    memcpy(list, sorted, *count * sizeof *list);
    *count = kept;
    return groups;
}

/* --- dividing --- */

typedef struct choice {
    size_t count[BINNET_MAX_AXES];   /* threshold currents that decide between successors */
    uint32_t sample[BINNET_MAX_AXES][SAMPLES];
} choice;

/* A sample of a stream: each kept with falling probability, by a generator of its own. */
static void offer(choice *c, size_t axis, uint32_t cut)
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

static uint32_t median(uint32_t *v, size_t count)
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

static int32_t search_cell(search *s, uint32_t *list, size_t count, double share);

/* Into the two halves of the cell. */
static int32_t divide(search *s, uint32_t *list, size_t count, choice *c, double share)
{
    size_t axis = 0;
    for (size_t a = 1; a < s->t.axes; a++)
        if (c->count[a] > c->count[axis])
            axis = a;
    uint32_t cut = median(c->sample[axis], c->count[axis] < SAMPLES ? c->count[axis] : SAMPLES);
    uint32_t lo = s->box[axis][0], hi = s->box[axis][1];
    s->box[axis][1] = cut;
    BNI_TRY(search_cell(s, list, count, share / 2));
    s->box[axis][1] = hi;
    s->box[axis][0] = cut;
    BNI_TRY(search_cell(s, list, count, share / 2));
    s->box[axis][0] = lo;
    return BINNET_OK;
}

/* --- cycles --- */

/* The box of the transition from `state` to `next`, met with `box`. */
static void meet(const search *s, uint32_t state, uint32_t next, cell box)
{
    const uint32_t *cut = s->t.cut + (size_t)state * s->varying;
    for (size_t a = 0; a < s->t.axes; a++)
        for (size_t k = s->t.first[a]; k < s->t.first[a + 1]; k++) {
            if (next >> (s->t.fixed + k) & 1)
                box[a][0] = cut[k] > box[a][0] ? cut[k] : box[a][0];
            else
                box[a][1] = cut[k] < box[a][1] ? cut[k] : box[a][1];
        }
}

/* Does the box of the cycle s->next-linked over `length` states have its lower corner in the present cell? */
static int begins_here(const search *s, const cell box)
{
    for (size_t a = 0; a < s->t.axes; a++)
        if (box[a][0] >= box[a][1] || box[a][0] < s->box[a][0] || box[a][0] >= s->box[a][1])
            return 0;
    return 1;
}

/* List the cycle s->cycle[length], in the network's own numbering. */
static int32_t list_cycle(search *s, uint64_t length)
{
    const bni_stimulated *p = s->p;
    bni_cut side[BINNET_MAX_AXES][2];
    for (size_t a = 0; a < p->axes; a++) {
        side[a][0] = bni_cut_lowest();
        side[a][1] = bni_cut_highest();
    }
    for (uint64_t k = 0; k < length; k++)
        for (size_t i = 0; i < p->n; i++) {
            if (p->axis[i] < 0)
                continue;
            bni_cut c = bni_current_cut(p, i, s->cycle[k]), *sd = side[p->axis[i]];
            int next = (int)(s->cycle[(k + 1) % length] >> i & 1);
            if (next && bni_cut_less(sd[0], c))
                sd[0] = c;
            if (!next && bni_cut_less(c, sd[1]))
                sd[1] = c;
        }
    return bni_diagram_add_cycle(s->ctx, s->d, length, s->cycle, NULL, 1, (const bni_cut(*)[2])side);
}

/* A component whose states have one successor each: successor of local number k is s->edge[k]. */
static int32_t simple_cycle(search *s, const uint32_t *list, size_t count)
{
    if (count > s->most)
        return BINNET_OK;
    cell box;
    for (size_t a = 0; a < s->t.axes; a++) {
        box[a][0] = 0;
        box[a][1] = UINT32_MAX;
    }
    for (size_t k = 0; k < count; k++)
        meet(s, list[k], list[s->edge[k]], box);
    if (!begins_here(s, (const uint32_t(*)[2])box))
        return BINNET_OK;
    uint64_t least = UINT64_MAX;
    size_t at = 0;
    for (size_t k = 0; k < count; k++) {
        uint64_t state = bni_tables_state(&s->t, list[k]);
        if (state < least) {
            least = state;
            at = k;
        }
    }
    for (size_t k = 0; k < count; k++, at = s->edge[at])
        s->cycle[k] = bni_tables_state(&s->t, list[at]);
    return list_cycle(s, count);
}

/* The threshold current in the middle of those between the successors of a state that lie in the component. */
static void offer_between(const search *s, choice *c, uint32_t state, size_t many, uint32_t here)
{
    outlook o;
    take_steps(s, state, &o);
    size_t axes = s->t.axes, least[BINNET_MAX_AXES], greatest[BINNET_MAX_AXES];
    for (size_t a = 0; a < axes; a++) {
        least[a] = SIZE_MAX;
        greatest[a] = 0;
    }
    for (size_t q = 0; q < many; q++) {
        if (s->mark[s->next[q]].stamp != here)
            continue;
        size_t rest = q;
        for (size_t a = 0; a < axes; a++) {
            size_t steps = o.start[a + 1] - o.start[a] + 1, k = rest % steps;
            rest /= steps;
            least[a] = k < least[a] ? k : least[a];
            greatest[a] = k > greatest[a] ? k : greatest[a];
        }
    }
    for (size_t a = 0; a < axes; a++)
        if (least[a] < greatest[a])
            offer(c, a, o.cut[o.start[a] + (least[a] + greatest[a] - 1) / 2]);
}

/* A strongly connected part in the present cell; its states have been looked at. */
static int32_t search_part(search *s, uint32_t *list, size_t count, double share)
{
    uint32_t here = new_stamp(s);
    choice c;
    int simple = 1;
    memset(c.count, 0, s->t.axes * sizeof *c.count);
    for (size_t k = 0; k < count; k++) {
        s->mark[list[k]].stamp = here;
        s->local[list[k]] = (uint32_t)k;
    }
    for (size_t k = 0; k < count; k++) {
        size_t many = successors(s, list[k]), inside = 0;
        for (size_t q = 0; q < many; q++)
            if (s->mark[s->next[q]].stamp == here && s->next[q] != list[k]) {
                inside++;
                s->edge[k] = s->local[s->next[q]];
            }
        if (inside > 1) {
            simple = 0;
            offer_between(s, &c, list[k], many, here);
        }
    }
    return simple ? simple_cycle(s, list, count) : divide(s, list, count, &c, share);
}

/* A sample of the threshold currents inside the cell; returns the mean number of successors. */
static int32_t sample(search *s, uint32_t *list, size_t count, choice *c, double *branches)
{
    uint32_t some[2 * BATCH] = {0};
    size_t stride = count / BATCH + 1, taken = 0;
    for (size_t k = 0; k < count; k += stride)
        some[taken++] = list[k];
    BNI_TRY(look(s, some, taken));
    memset(c->count, 0, s->t.axes * sizeof *c->count);
    double sum = 0;
    for (size_t k = 0; k < taken; k++) {
        double many = 1;
        outlook o;
        take_steps(s, some[k], &o);
        for (size_t a = 0; a < s->t.axes; a++) {
            many *= (double)(o.start[a + 1] - o.start[a] + 1);
            for (size_t j = o.start[a]; j < o.start[a + 1]; j++)
                offer(c, a, o.cut[j]);
        }
        sum += many;
    }
    *branches = sum / (double)taken;
    return BINNET_OK;
}

static int32_t search_cell(search *s, uint32_t *list, size_t count, double share)
{
    choice c;
    double branches;
    uint32_t here;
    int fits;
    if (s->full || count < 2)
        return BINNET_OK;
    if (count > s->nodes / 2) {
        BNI_TRY(sample(s, list, count, &c, &branches));
        if (branches > MOST_BRANCHES)
            return divide(s, list, count, &c, share);
    }
    BNI_TRY(drop(s, list, &count, &here));
    BNI_TRY(make_graph(s, list, count, here, &fits));
    if (!fits) {
        BNI_TRY(sample(s, list, count, &c, &branches));
        return divide(s, list, count, &c, share);
    }
    size_t groups = group(s, list, &count, components(s, count));
    for (size_t g = 0, from = 0; !s->full && g < groups; g++) {
        size_t length = s->group[s->n_groups - groups + g];
        BNI_TRY(search_part(s, list + from, length, share / (double)groups));
        from += length;
    }
    s->n_groups -= groups;
    return BINNET_OK;
}

static size_t node_room(size_t n)
{
    size_t states = (size_t)1 << n, nodes = states / 8;
    return nodes > LEAST_NODES ? nodes : LEAST_NODES;
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

double bni_diagram_cycles_bytes(size_t n, size_t axes, const int32_t *axis)
{
    double states = ldexp(1, (int)n), nodes = n < 32 ? (double)node_room(n) : states / 8;
    double next = n < 32 ? (double)most_successors(n, axes, axis) : states;
    return bni_tables_bytes(n, axes, axis) + states * (4 + sizeof(mark) + 4 + 8) + 4 * next + 4 * nodes * (1 + 4 + 6 + 1) + 64;
}

static int32_t prepare(search *s)
{
    binnet_ctx *ctx = s->ctx;
    size_t n = s->p->n, states = (size_t)1 << n;
    s->nodes = node_room(n);
    s->edges = 4 * s->nodes;
    s->groups = s->nodes;
    BNI_TRY(bni_tables_make(ctx, &s->t, s->p));
    s->varying = n - s->t.fixed;
    int ok = (s->states = bni_new_raw(ctx, states, sizeof *s->states)) != NULL &&
             (s->mark = bni_new(ctx, states, sizeof *s->mark)) != NULL &&
             (s->local = bni_new_raw(ctx, states, sizeof *s->local)) != NULL &&
             (s->cycle = bni_new_raw(ctx, states, sizeof *s->cycle)) != NULL &&
             (s->next = bni_new_raw(ctx, most_successors(n, s->t.axes, s->p->axis), sizeof *s->next)) != NULL &&
             (s->first = bni_new_raw(ctx, s->nodes + 1, sizeof *s->first)) != NULL &&
             (s->edge = bni_new_raw(ctx, s->edges, sizeof *s->edge)) != NULL &&
             (s->index = bni_new_raw(ctx, s->nodes, sizeof *s->index)) != NULL &&
             (s->low = bni_new_raw(ctx, s->nodes, sizeof *s->low)) != NULL &&
             (s->stack = bni_new_raw(ctx, s->nodes, sizeof *s->stack)) != NULL &&
             (s->call = bni_new_raw(ctx, s->nodes, sizeof *s->call)) != NULL &&
             (s->component = bni_new_raw(ctx, s->nodes, sizeof *s->component)) != NULL &&
             (s->order = bni_new_raw(ctx, s->nodes, sizeof *s->order)) != NULL &&
             (s->group = bni_new_raw(ctx, s->groups + 1, sizeof *s->group)) != NULL;
    return ok ? BINNET_OK : BINNET_E_NOMEM;
}

static void clear(search *s)
{
    void *all[] = {s->states, s->mark, s->local, s->cycle, s->next,      s->first, s->edge,
                   s->index,  s->low,   s->stack, s->call,  s->component, s->order, s->group};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        bni_delete(&s->ctx->mem, all[k]);
    bni_tables_free(s->ctx, &s->t);
}

int32_t bni_diagram_all_cycles(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p)
{
    if (p->n > BNI_TABLE_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "cycles of %zu neurons: allowed is up to %d (BINNET_P_MAX_PERIOD 1: no cycles)",
                        p->n, BNI_TABLE_NEURONS);
    search s = {.ctx = ctx, .d = d, .p = p, .kern = bni_kernels_get(), .most = ctx->max_period > 0 ? (uint64_t)ctx->max_period : UINT64_MAX};
    int32_t status = prepare(&s);
    if (status == BINNET_OK) {
        size_t states = (size_t)1 << p->n;
        for (size_t k = 0; k < states; k++)
            s.states[k] = (uint32_t)k;
        for (size_t a = 0; a < p->axes; a++) {
            s.box[a][0] = 0;
            s.box[a][1] = UINT32_MAX;
        }
        status = search_cell(&s, s.states, states, 1);
    }
    if (status == BINNET_OK)
        d->period_complete = s.full ? -1 : ctx->max_period > 0 ? ctx->max_period : INT64_MAX;
    clear(&s);
    return status;
}
