/*
 * Oracle of diagrams: simulation of all states at a point, and a depth-first search over all states and stimuli that
 * follows successors while their boxes meet and counts a cycle from its least state. Nothing shared with the library.
 */
#include "diagram_oracle.h"

#include <string.h>

/* As ck_assert and OK, without a system call each time. */
#define NEED(what)                                                                                                     \
    do {                                                                                                               \
        if (!(what))                                                                                                   \
            ck_abort_msg("%s", #what);                                                                                 \
    } while (0)
#define NEED_OK(call) NEED((call) == BINNET_OK)

static double value(dice *d, double reach, int grid)
{
    double x = roll_in(d, -reach, reach);
    return grid == 0 ? x : floor(x * grid + 0.5) / grid;
}

wiring random_wiring(dice *d, size_t n, size_t axes, int32_t tie, int grid)
{
    wiring w = {.n = n, .axes = axes, .tie = tie, .grid = grid};
    for (size_t k = 0; k < n * n; k++)
        w.J[k] = value(d, 3, grid);
    for (size_t i = 0; i < n; i++) {
        w.axis[i] = (int32_t)(i * axes / n);
        w.M[i] = grid == 0 ? roll_in(d, 0.5, 3) : (double)((size_t)1 << roll_to(d, 2));
        w.theta[i] = value(d, 1, grid);
        w.I[i] = value(d, 2, grid);
    }
    return w;
}

binnet_net *net_of(binnet_ctx *ctx, const wiring *w)
{
    binnet_net *plain, *net;
    NEED_OK(binnet_net_new(ctx, &plain, w->n, w->J, w->M, w->theta, w->I));
    NEED_OK(binnet_net_with_tie(ctx, &net, plain, w->tie));
    binnet_net_free(plain);
    return net;
}

long double current_of(const wiring *w, size_t i, uint64_t state)
{
    long double sum = 0;
    for (size_t j = 0; j < w->n; j++)
        if (state >> j & 1)
            sum += (long double)w->J[i * w->n + j];
    return (long double)w->theta[i] - sum / (long double)w->M[i];
}

uint64_t successor_of(const wiring *w, uint64_t state, const double *I)
{
    uint64_t next = 0;
    for (size_t i = 0; i < w->n; i++) {
        long double h = (long double)(w->axis[i] < 0 ? w->I[i] : I[w->axis[i]]) - current_of(w, i, state);
        uint64_t fires = h > 0 ||
                         (h == 0 && (w->tie == BINNET_TIE_ACTIVE || (w->tie == BINNET_TIE_KEEP && (state >> i & 1))));
        next |= fires << i;
    }
    return next;
}

/* --- at a point --- */

static void check_fixed(const binnet_diagram *d, const uint64_t *next, size_t states, const uint64_t *k, uint64_t count)
{
    uint64_t found = 0;
    for (size_t s = 0; s < states; s++) {
        if (next[s] != s)
            continue;
        uint64_t state = UINT64_MAX;
        if (found >= count)
            ck_abort_msg("fixed point %zu is missing", s);
        NEED_OK(binnet_diagram_fixed(d, k[found], &state, NULL, NULL));
        if (state != s)
            ck_abort_msg("fixed point %zu is missing or %zu too many", s, (size_t)state);
        found++;
    }
    if (found != count)
        ck_abort_msg("%zu fixed points exist, %zu are listed", (size_t)found, (size_t)count);
}

/* Each listed cycle is one (so they are different by their least states), and there are as many as there are. */
static void check_cycles(const binnet_diagram *d, const uint64_t *next, size_t states, const uint64_t *k,
                         uint64_t count)
{
    unsigned char *seen = calloc(states, 1);
    uint64_t found = 0;
    NEED(seen != NULL);
    for (uint64_t c = 0; c < count; c++) {
        uint64_t period, state, first;
        NEED_OK(binnet_diagram_cycle(d, k[c], &period, NULL, NULL));
        NEED_OK(binnet_diagram_cycle_state(d, k[c], 0, &first));
        NEED(period >= 2 && first < states && !seen[first]);
        state = first;
        for (uint64_t t = 0; t < period; t++, state = next[state]) {
            uint64_t listed;
            NEED_OK(binnet_diagram_cycle_state(d, k[c], t, &listed));
            if (listed != state || state < first || (t > 0 && state == first))
                ck_abort_msg("cycle %zu step %zu", (size_t)k[c], (size_t)t);
        }
        NEED(state == first);
        seen[first] = 1;
    }
    for (size_t s = 0; s < states; s++) {
        /* s is the least state of a cycle when its orbit comes back without a lesser state */
        uint64_t state = next[s];
        for (size_t t = 0; t < states && state > s; t++)
            state = next[state];
        found += state == s && next[s] != s;
        if (state == s && next[s] != s && !seen[s])
            ck_abort_msg("the cycle from %zu is missing", s);
    }
    if (found != count)
        ck_abort_msg("%zu cycles exist, %zu are listed", (size_t)found, (size_t)count);
    free(seen);
}

void check_point(binnet_ctx *ctx, const binnet_diagram *d, const wiring *w, const double *I)
{
    size_t states = (size_t)1 << w->n;
    uint64_t *next = malloc(3 * states * sizeof *next), n_fixed, n_cycles;
    NEED(next != NULL);
    uint64_t *fixed = next + states, *cycle = fixed + states;
    for (size_t s = 0; s < states; s++)
        next[s] = successor_of(w, s, I);
    NEED_OK(binnet_diagram_query(ctx, d, I, &n_fixed, fixed, &n_cycles, cycle, states));
    NEED(n_fixed <= states && n_cycles <= states);
    check_fixed(d, next, states, fixed, n_fixed);
    check_cycles(d, next, states, cycle, n_cycles);
    free(next);
}

/* --- plain depth-first search --- */

typedef struct end {
    double v;
    int above;
} end;

static int less(end a, end b)
{
    return a.v < b.v || (a.v == b.v && a.above < b.above);
}

typedef struct dfs {
    const binnet_diagram *d;
    const wiring *w;
    end *cut;             /* [states][n] */
    uint64_t *next_fixed; /* [states] next activities of neurons with fixed stimuli */
    uint64_t most, start, found;
    uint64_t *path;
    unsigned char *on_path, *matched;
} dfs;

/* On a grid currents are exact; else those here are rounded twice, from long double, so one ulp off at times. */
static int same(double a, double b, int exact)
{
    return a == b || (!exact && fabs(a - b) <= 0x1p-52 * (1 + fabs(b)));
}

static void check_box(const double *lo, const double *hi, const int32_t *ends, const wiring *w, end (*box)[2])
{
    for (size_t a = 0; a < w->axes; a++) {
        NEED(same(lo[a], box[a][0].v, w->grid > 0) && same(hi[a], box[a][1].v, w->grid > 0));
        NEED((ends[a] & BINNET_END_LO) == (box[a][0].above ? 0 : BINNET_END_LO));
        NEED((ends[a] & BINNET_END_HI) == (box[a][1].above ? BINNET_END_HI : 0));
    }
}

/* The listed cycle with these states and lower ends; must not have been matched before. */
static void match(dfs *s, uint64_t length, end (*box)[2])
{
    double lo[ORACLE_AXES], hi[ORACLE_AXES];
    int32_t ends[ORACLE_AXES];
    for (uint64_t c = 0; c < binnet_diagram_cycle_count(s->d); c++) {
        uint64_t period, state = 0;
        NEED_OK(binnet_diagram_cycle(s->d, c, &period, lo, hi));
        int equal = period == length && !s->matched[c];
        for (uint64_t t = 0; equal && t < length; t++) {
            NEED_OK(binnet_diagram_cycle_state(s->d, c, t, &state));
            equal = state == s->path[t];
        }
        for (size_t a = 0; equal && a < s->w->axes; a++) /* the same states on another box are another cycle */
            equal = same(lo[a], box[a][0].v, s->w->grid > 0);
        if (!equal)
            continue;
        NEED_OK(binnet_diagram_cycle_ends(s->d, c, ends));
        check_box(lo, hi, ends, s->w, box);
        s->matched[c] = 1;
        s->found++;
        return;
    }
    ck_abort_msg("a cycle of period %zu from %zu is not listed", (size_t)length, (size_t)s->path[0]);
}

static void visit(dfs *s, uint64_t state, uint64_t depth, end (*box)[2]);

/* All combinations of the nested sets of the axes from `axis` on. */
static void expand(dfs *s, uint64_t depth, size_t axis, uint64_t next, end (*box)[2])
{
    const wiring *w = s->w;
    uint64_t state = s->path[depth];
    if (axis == w->axes) {
        if (next == s->start && depth > 0)
            match(s, depth + 1, box);
        else if (next > s->start && !s->on_path[next] && depth + 1 < s->most)
            visit(s, next, depth + 1, box);
        return;
    }
    const end *cut = s->cut + state * w->n;
    end lo = box[axis][0], hi = box[axis][1], from = lo;
    for (;;) { /* from: a cut; the interval from it to the next cut */
        end to = hi;
        uint64_t set = 0;
        for (size_t i = 0; i < w->n; i++) {
            if (w->axis[i] != (int32_t)axis)
                continue;
            if (less(from, cut[i]))
                to = less(cut[i], to) ? cut[i] : to;
            else
                set |= UINT64_C(1) << i;
        }
        box[axis][0] = from;
        box[axis][1] = to;
        expand(s, depth, axis + 1, next | set, box);
        if (!less(to, hi))
            break;
        from = to;
    }
    box[axis][0] = lo;
    box[axis][1] = hi;
}

static void visit(dfs *s, uint64_t state, uint64_t depth, end (*box)[2])
{
    s->path[depth] = state;
    s->on_path[state] = 1;
    expand(s, depth, 0, s->next_fixed[state], box);
    s->on_path[state] = 0;
}

static void set_whole(end (*box)[2], size_t axes)
{
    for (size_t a = 0; a < axes; a++) {
        box[a][0] = (end){-INFINITY, 1};
        box[a][1] = (end){INFINITY, 0};
    }
}

static void check_fixed_list(dfs *s)
{
    const wiring *w = s->w;
    uint64_t k = 0;
    for (uint64_t state = 0; state < UINT64_C(1) << w->n; state++) {
        end box[ORACLE_AXES][2];
        int empty = 0;
        set_whole(box, w->axes);
        for (size_t i = 0; i < w->n; i++) {
            int active = (int)(state >> i & 1);
            end c = s->cut[state * w->n + i];
            if (w->axis[i] < 0) {
                empty |= (int)(s->next_fixed[state] >> i & 1) != active;
                continue;
            }
            end *side = box[w->axis[i]];
            if (active && less(side[0], c))
                side[0] = c;
            if (!active && less(c, side[1]))
                side[1] = c;
        }
        for (size_t a = 0; a < w->axes; a++)
            empty |= !less(box[a][0], box[a][1]);
        if (empty)
            continue;
        uint64_t listed;
        double lo[ORACLE_AXES], hi[ORACLE_AXES];
        int32_t ends[ORACLE_AXES];
        NEED_OK(binnet_diagram_fixed(s->d, k, &listed, lo, hi));
        NEED_OK(binnet_diagram_fixed_ends(s->d, k, ends));
        if (listed != state)
            ck_abort_msg("fixed point %zu: %zu is listed", (size_t)state, (size_t)listed);
        check_box(lo, hi, ends, w, box);
        k++;
    }
    NEED(k == binnet_diagram_fixed_count(s->d));
}

static void check_order(const binnet_diagram *d)
{
    uint64_t before_period = 0, before_state = 0;
    for (uint64_t c = 0; c < binnet_diagram_cycle_count(d); c++) {
        uint64_t period, state;
        NEED_OK(binnet_diagram_cycle(d, c, &period, NULL, NULL));
        NEED_OK(binnet_diagram_cycle_state(d, c, 0, &state));
        NEED(period > before_period || (period == before_period && state >= before_state));
        before_period = period;
        before_state = state;
    }
}

void check_lists(const binnet_diagram *d, const wiring *w, uint64_t most)
{
    size_t states = (size_t)1 << w->n;
    dfs s = {.d = d, .w = w, .most = most > 0 ? most : UINT64_MAX};
    s.cut = malloc(states * w->n * sizeof *s.cut);
    s.next_fixed = malloc(states * sizeof *s.next_fixed);
    s.path = malloc(states * sizeof *s.path);
    s.on_path = calloc(states, 1);
    s.matched = calloc(binnet_diagram_cycle_count(d) + 1, 1);
    NEED(s.cut && s.next_fixed && s.path && s.on_path && s.matched);
    double none[ORACLE_AXES] = {0};
    for (uint64_t state = 0; state < states; state++) {
        uint64_t next = successor_of(w, state, none);
        s.next_fixed[state] = 0;
        for (size_t i = 0; i < w->n; i++) {
            int silent_at = w->tie == BINNET_TIE_SILENT || (w->tie == BINNET_TIE_KEEP && !(state >> i & 1));
            s.cut[state * w->n + i] = (end){(double)current_of(w, i, state), silent_at};
            if (w->axis[i] < 0)
                s.next_fixed[state] |= next & UINT64_C(1) << i;
        }
    }
    check_fixed_list(&s);
    for (s.start = 0; s.start < states; s.start++) {
        end box[ORACLE_AXES][2];
        set_whole(box, w->axes);
        visit(&s, s.start, 0, box);
    }
    if (s.found != binnet_diagram_cycle_count(d))
        ck_abort_msg("%zu cycles exist, %zu are listed", (size_t)s.found, (size_t)binnet_diagram_cycle_count(d));
    check_order(d);
    free(s.cut);
    free(s.next_fixed);
    free(s.path);
    free(s.on_path);
    free(s.matched);
}
