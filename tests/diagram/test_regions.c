/*
 * Regions and bifurcation points of diagrams against queries at points, and against the simulation of all states there.
 */
#include "support/support.h"

#include <string.h>

/* In hot loops: Check writes to a file for every assertion of its own. */
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            ck_abort_msg("%s", #condition);                                                                            \
    } while (0)

enum { MOST = 8, ROOM = 512 };

typedef struct scene {
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_diagram *d;
    size_t n, axes;
    double J[MOST * MOST], theta[MOST];
    int32_t axis[MOST];
    int32_t tie;
    int homogeneous;
} scene;

/* Whole weights, so that the sums of the simulation are exact and thresholds coincide. */
static void random_scene(scene *s, dice *d, size_t axes, int homogeneous)
{
    s->axes = axes;
    s->homogeneous = homogeneous;
    s->tie = (int32_t)roll_to(d, 3);
    binnet_net *net;
    if (homogeneous) {
        int64_t size[4];
        double J[16], theta[4];
        s->n = 0;
        for (size_t a = 0; a < axes; a++) {
            size[a] = 1 + (int64_t)roll_to(d, MOST / axes);
            theta[a] = floor(roll_in(d, -4, 5));
            for (size_t b = 0; b < axes; b++)
                J[a * axes + b] = floor(roll_in(d, -6, 7));
        }
        OK(binnet_net_new_homogeneous(s->ctx, &net, axes, size, J, NULL, theta, NULL, roll(d) < 0.5));
        s->n = binnet_net_neurons(net);
        for (size_t i = 0; i < s->n; i++) {
            s->axis[i] = binnet_net_population(net, i);
            s->theta[i] = binnet_net_threshold(net, i);
            for (size_t j = 0; j < s->n; j++)
                s->J[i * s->n + j] = binnet_net_weight(net, i, j);
        }
        OK(binnet_net_with_tie(s->ctx, &s->net, net, s->tie));
        OK(binnet_diagram_new(s->ctx, &s->d, s->net));
    } else {
        s->n = axes + roll_to(d, 7 - axes);
        for (size_t i = 0; i < s->n; i++) {
            s->axis[i] = i < axes ? (int32_t)i : (int32_t)roll_to(d, axes);
            s->theta[i] = floor(roll_in(d, -4, 5));
            for (size_t j = 0; j < s->n; j++)
                s->J[i * s->n + j] = roll(d) < 0.2 ? 0 : floor(roll_in(d, -9, 10));
        }
        OK(binnet_net_new(s->ctx, &net, s->n, s->J, NULL, s->theta, NULL));
        OK(binnet_net_with_tie(s->ctx, &s->net, net, s->tie));
        OK(binnet_diagram_new_grouped(s->ctx, &s->d, s->net, axes, s->axis));
    }
    binnet_net_free(net);
}

static void strike_scene(scene *s)
{
    binnet_diagram_free(s->d);
    binnet_net_free(s->net);
}

static uint64_t successor(const scene *s, const double *I, uint64_t state)
{
    uint64_t next = 0;
    for (size_t i = 0; i < s->n; i++) {
        double h = I[s->axis[i]] - s->theta[i];
        for (size_t j = 0; j < s->n; j++)
            h += state >> j & 1 ? s->J[i * s->n + j] : 0;
        int active = h > 0 ||
                     (h == 0 && (s->tie == BINNET_TIE_ACTIVE || (s->tie == BINNET_TIE_KEEP && state >> i & 1)));
        next |= (uint64_t)active << i;
    }
    return next;
}

/* count[T]: how many cycles of period T; count[1]: fixed points. */
static void simulate(const scene *s, const double *I, double *count, size_t most)
{
    for (size_t k = 0; k <= most; k++)
        count[k] = 0;
    for (uint64_t first = 0; first < (uint64_t)1 << s->n; first++) {
        uint64_t state = successor(s, I, first), steps = 1;
        while (state > first && steps <= most) { /* counted from the least state */
            state = successor(s, I, state);
            steps++;
        }
        if (state == first)
            count[steps]++;
    }
}

/* Values around the breakpoints of an axis, a quarter of a unit off: never on an edge, as the edges are whole. */
static double between(dice *d)
{
    return floor(roll_in(d, -40, 40)) + (roll(d) < 0.5 ? 0.25 : 0.75);
}

/* The label at a point is what simulation finds there. */
static void check_label(const scene *s, const binnet_regions *r, const double *I, const double *point)
{
    enum { LONGEST = 1 << MOST };
    double count[LONGEST + 1], fixed;
    uint64_t k = binnet_regions_find(r, point), periods;
    ck_assert_msg(k != UINT64_MAX, "no region at %g %g", point[0], point[1]);
    simulate(s, I, count, LONGEST);
    OK(binnet_regions_label(r, k, NULL, &fixed, NULL, &periods, NULL, NULL));
    ck_assert_msg(fixed == count[1], "%g fixed points, not %g", fixed, count[1]);
    for (uint64_t m = 0; m < periods; m++) {
        uint64_t period;
        double cycles;
        OK(binnet_regions_period(r, k, m, &period, &cycles, NULL));
        ck_assert_msg(cycles == count[period], "%g cycles of period %d, not %g", cycles, (int)period, count[period]);
        count[period] = 0;
    }
    for (size_t T = 2; T <= LONGEST; T++)
        MUST(count[T] == 0); /* no cycle is missing */
}

static void check_attractors(const scene *s, const binnet_regions *r, const double *I, const double *point, int exactly)
{
    uint64_t there[2][ROOM], here[2][ROOM], n_there[2], n_here[2];
    uint64_t k = binnet_regions_find(r, point);
    OK(binnet_regions_attractors(s->ctx, &n_there[0], there[0], &n_there[1], there[1], ROOM, r, k));
    OK(binnet_diagram_query(s->ctx, s->d, I, &n_here[0], here[0], &n_here[1], here[1], ROOM));
    for (int c = 0; c < 2; c++) {
        ck_assert(n_here[c] <= ROOM && n_there[c] <= ROOM);
        ck_assert(exactly ? n_here[c] == n_there[c] : n_here[c] <= n_there[c]);
        for (uint64_t a = 0, b = 0; a < n_here[c]; a++, b++) { /* here is a part of there, both rising */
            while (b < n_there[c] && there[c][b] != here[c][a])
                b++;
            MUST(b < n_there[c]);
        }
    }
}

static void check_regions(scene *s, dice *d, size_t n_axes)
{
    int32_t axis[2];
    double at[4] = {0}, lo[2], hi[2];
    axis[0] = (int32_t)roll_to(d, s->axes);
    do
        axis[1] = (int32_t)roll_to(d, s->axes);
    while (n_axes == 2 && axis[1] == axis[0]);
    for (size_t a = 0; a < s->axes; a++)
        at[a] = roll(d) < 0.5 ? floor(roll_in(d, -12, 12)) : between(d); /* also exactly on an edge */
    int whole = roll(d) < 0.3;
    double window = 1;
    for (size_t v = 0; v < n_axes; v++) {
        lo[v] = floor(roll_in(d, -30, 10));
        hi[v] = lo[v] + 1 + floor(roll_in(d, 0, 40));
        window *= hi[v] - lo[v];
    }
    for (int32_t by = 0; by < 2; by++) {
        binnet_regions *r;
        double sum = 0, area;
        OK(binnet_regions_new(s->ctx, &r, s->d, n_axes, axis, at, whole ? NULL : lo, whole ? NULL : hi, by));
        for (uint64_t k = 0; k < binnet_regions_count(r); k++) {
            OK(binnet_regions_label(r, k, NULL, NULL, NULL, NULL, NULL, &area));
            sum += area;
        }
        ck_assert(sum == (whole ? INFINITY : window)); /* whole numbers: exact */
        for (int k = 0; k < 20; k++) {
            double I[4], point[2];
            memcpy(I, at, sizeof I);
            for (size_t v = 0; v < n_axes; v++) {
                do
                    point[v] = between(d);
                while (!whole && (point[v] < lo[v] || point[v] > hi[v]));
                I[axis[v]] = point[v];
            }
            check_label(s, r, I, point);
            check_attractors(s, r, I, point, by == BINNET_REGIONS_BY_ATTRACTORS);
        }
        binnet_regions_free(r);
    }
}

START_TEST(labels_are_what_simulation_finds)
{
    dice d = dice_of(11);
    scene s = {.ctx = new_ctx(1)};
    for (int k = 0; k < 60; k++) {
        size_t axes = 1 + (size_t)k % 3;
        random_scene(&s, &d, axes, k % 2);
        check_regions(&s, &d, 1);
        if (axes > 1)
            check_regions(&s, &d, 2);
        strike_scene(&s);
    }
    binnet_ctx_free(s.ctx);
}
END_TEST

/* What exists at a value of one stimulus: bit 0 of mark[c][k] for entry k of list c. */
static void mark_existing(const scene *s, const double *I, uint64_t *count, unsigned char mark[2][ROOM], int bit)
{
    uint64_t list[2][ROOM];
    OK(binnet_diagram_query(s->ctx, s->d, I, &count[0], list[0], &count[1], list[1], ROOM));
    for (int c = 0; c < 2; c++)
        for (uint64_t k = 0; k < count[c]; k++)
            mark[c][list[c][k]] |= (unsigned char)bit;
}

START_TEST(bifurcations_are_every_change)
{
    dice d = dice_of(12);
    scene s = {.ctx = new_ctx(1)};
    for (int round = 0; round < 90; round++) {
        random_scene(&s, &d, 1 + (size_t)round % 3, round % 2);
        ck_assert(binnet_diagram_fixed_count(s.d) < ROOM && binnet_diagram_cycle_count(s.d) < ROOM);
        size_t axis = roll_to(&d, s.axes);
        double I[4], value, before = -INFINITY;
        for (size_t a = 0; a < s.axes; a++)
            I[a] = roll(&d) < 0.5 ? floor(roll_in(&d, -12, 12)) : between(&d);
        binnet_bifurcation_list *list;
        OK(binnet_bifurcation_list_new(s.ctx, &list, s.d, axis, I));
        for (uint64_t k = 0; k <= binnet_bifurcation_list_count(list); k++) {
            unsigned char mark[2][ROOM] = {{0}};
            uint64_t count[2], changes = 0, last[2] = {0};
            if (k == binnet_bifurcation_list_count(list)) {
                ck_assert_int_eq(binnet_bifurcation_list_point(list, k, &value, &changes), BINNET_E_RANGE);
                break;
            }
            OK(binnet_bifurcation_list_point(list, k, &value, &changes));
            ck_assert(value > before && value == floor(value) && changes > 0);
            /* nothing happens between two points: a quarter above the one before is as a quarter below this one */
            if (isfinite(before)) {
                I[axis] = before + 0.25;
                mark_existing(&s, I, count, mark, 1);
                I[axis] = value - 0.25;
                mark_existing(&s, I, count, mark, 2);
                for (size_t m = 0; m < ROOM; m++)
                    MUST((mark[0][m] == 0 || mark[0][m] == 3) && (mark[1][m] == 0 || mark[1][m] == 3));
            }
            memset(mark, 0, sizeof mark);
            I[axis] = value - 0.25;
            mark_existing(&s, I, count, mark, BINNET_EXISTS_BELOW);
            I[axis] = value;
            mark_existing(&s, I, count, mark, BINNET_EXISTS_AT);
            I[axis] = value + 0.25;
            mark_existing(&s, I, count, mark, BINNET_EXISTS_ABOVE);
            for (uint64_t m = 0; m < changes; m++) {
                int32_t cycle, exists;
                uint64_t index;
                OK(binnet_bifurcation_list_change(list, k, m, &cycle, &index, &exists));
                ck_assert_int_eq(mark[cycle][index], exists);
                ck_assert(m == 0 || (uint64_t)cycle > last[0] || index > last[1]);
                last[0] = (uint64_t)cycle;
                last[1] = index;
                mark[cycle][index] = 0;
            }
            ck_assert_int_eq(binnet_bifurcation_list_change(list, k, changes, NULL, NULL, NULL), BINNET_E_RANGE);
            for (size_t m = 0; m < ROOM; m++) /* all others exist on all three sides, or nowhere */
                MUST((mark[0][m] == 0 || mark[0][m] == 7) && (mark[1][m] == 0 || mark[1][m] == 7));
            before = value;
        }
        binnet_bifurcation_list_free(list);
        strike_scene(&s);
    }
    binnet_ctx_free(s.ctx);
}
END_TEST

/* One neuron that excites itself with 2: silent for I < 0, active for I >= -2; both between. */
START_TEST(one_neuron)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_diagram *d;
    binnet_regions *r;
    binnet_bifurcation_list *b;
    const double J = 2;
    const int32_t axis = 0;
    OK(binnet_net_new(ctx, &net, 1, &J, NULL, NULL, NULL));
    OK(binnet_diagram_new(ctx, &d, net));
    OK(binnet_regions_new(ctx, &r, d, 1, &axis, NULL, NULL, NULL, BINNET_REGIONS_BY_LABEL));
    ck_assert_uint_eq(binnet_regions_count(r), 3);
    ck_assert_uint_eq(binnet_regions_labels(r), 2);
    const double ends[4] = {-INFINITY, -2, 0, INFINITY}, fixed[3] = {1, 2, 1}, length[3] = {INFINITY, 2, INFINITY};
    for (uint64_t k = 0; k < 3; k++) {
        double lo, hi, states, area;
        uint64_t label, classes, periods;
        int32_t broken;
        OK(binnet_regions_label(r, k, &label, &states, &classes, &periods, &broken, &area));
        ck_assert(states == fixed[k] && classes == (uint64_t)fixed[k] && periods == 0 && broken == 0 &&
                  area == length[k]);
        ck_assert_uint_eq(label, k == 1);
        ck_assert_uint_eq(binnet_regions_rectangles(r, k), 1);
        OK(binnet_regions_rectangle(r, k, 0, &lo, &hi));
        ck_assert(lo == ends[k] && hi == ends[k + 1]);
        ck_assert_uint_eq(binnet_regions_rings(r, k), 0);
    }
    OK(binnet_bifurcation_list_new(ctx, &b, d, 0, NULL));
    ck_assert_uint_eq(binnet_bifurcation_list_count(b), 2);
    binnet_bifurcation_list_free(b);
    binnet_regions_free(r);
    binnet_diagram_free(d);
    binnet_net_free(net);

    /* TIE_KEEP and no weight: both states stay at I = 0 and only there */
    const double none = 0;
    binnet_net *keep;
    OK(binnet_net_new(ctx, &net, 1, &none, NULL, NULL, NULL));
    OK(binnet_net_with_tie(ctx, &keep, net, BINNET_TIE_KEEP));
    OK(binnet_diagram_new(ctx, &d, keep));
    OK(binnet_regions_new(ctx, &r, d, 1, &axis, NULL, NULL, NULL, BINNET_REGIONS_BY_LABEL));
    ck_assert_uint_eq(binnet_regions_count(r), 1);
    binnet_regions_free(r);
    OK(binnet_regions_new(ctx, &r, d, 1, &axis, NULL, NULL, NULL, BINNET_REGIONS_BY_ATTRACTORS));
    ck_assert_uint_eq(binnet_regions_count(r), 2);
    binnet_regions_free(r);
    binnet_diagram_free(d);
    binnet_net_free(keep);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(arguments_are_checked)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_diagram *d;
    binnet_regions *r;
    binnet_bifurcation_list *b;
    const double J[9] = {0, 1, -1, 2, 0, 1, -2, 1, 0};
    const int32_t own[3] = {0, 1, 2}, one[1] = {0}, two[2] = {0, 1}, same[2] = {1, 1}, far[2] = {0, 3};
    const double at[3] = {0, 0, 0}, bad[3] = {0, 0, NAN}, lo[2] = {0, 0}, hi[2] = {1, 0}, nan[2] = {NAN, 0};
    OK(binnet_net_new(ctx, &net, 3, J, NULL, NULL, NULL));
    OK(binnet_diagram_new_grouped(ctx, &d, net, 3, own));
    const struct {
        const binnet_diagram *d;
        size_t n;
        const int32_t *axis;
        const double *at, *lo, *hi;
        int32_t by, code;
    } wrong[] = {{NULL, 1, one, at, NULL, NULL, 0, BINNET_E_NULL}, {d, 1, NULL, at, NULL, NULL, 0, BINNET_E_NULL},
                 {d, 1, one, NULL, NULL, NULL, 0, BINNET_E_NULL},  {d, 0, one, at, NULL, NULL, 0, BINNET_E_RANGE},
                 {d, 3, own, at, NULL, NULL, 0, BINNET_E_RANGE},   {d, 2, same, at, NULL, NULL, 0, BINNET_E_RANGE},
                 {d, 2, far, at, NULL, NULL, 0, BINNET_E_RANGE},   {d, 2, two, bad, NULL, NULL, 0, BINNET_E_NAN},
                 {d, 2, two, at, lo, hi, 0, BINNET_E_RANGE},       {d, 2, two, at, nan, NULL, 0, BINNET_E_NAN},
                 {d, 1, one, at, NULL, NULL, 2, BINNET_E_RANGE}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        r = (binnet_regions *)(void *)&k;
        int32_t code = binnet_regions_new(ctx, &r, wrong[k].d, wrong[k].n, wrong[k].axis, wrong[k].at, wrong[k].lo,
                                          wrong[k].hi, wrong[k].by);
        ck_assert_msg(code == wrong[k].code, "%zu: %d", k, (int)code);
        ck_assert_ptr_null(r);
        ck_assert_str_ne(binnet_ctx_message(ctx), "");
    }
    ck_assert_int_eq(binnet_regions_new(ctx, NULL, d, 1, one, at, NULL, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_regions_new(NULL, &r, d, 1, one, at, NULL, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_bifurcation_list_new(ctx, &b, d, 3, at), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_bifurcation_list_new(ctx, &b, d, 0, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_bifurcation_list_new(ctx, &b, d, 0, bad), BINNET_E_NAN);
    ck_assert_int_eq(binnet_bifurcation_list_new(ctx, &b, NULL, 0, at), BINNET_E_NULL);

    OK(binnet_regions_new(ctx, &r, d, 2, two, at, NULL, NULL, 0));
    uint64_t n = binnet_regions_count(r);
    double x[4];
    ck_assert_int_eq(binnet_regions_label(r, n, NULL, NULL, NULL, NULL, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_regions_label(NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_regions_rectangle(r, 0, 0, NULL, x), BINNET_E_NULL);
    ck_assert_int_eq(binnet_regions_rectangle(r, 0, binnet_regions_rectangles(r, 0), x, x + 2), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_regions_ring(r, 0, binnet_regions_rings(r, 0), x, 2), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_regions_attractors(ctx, NULL, NULL, NULL, NULL, 0, r, n), BINNET_E_RANGE);
    ck_assert_uint_eq(binnet_regions_rectangles(r, n), 0);
    ck_assert_uint_eq(binnet_regions_rings(r, n), 0);
    ck_assert_uint_eq(binnet_regions_find(r, nan), UINT64_MAX);
    ck_assert_uint_eq(binnet_regions_find(NULL, at), UINT64_MAX);
    binnet_regions_free(r);

    /* a limit of exactly the estimate lets the sweep begin; one below it stops before */
    uint64_t boxes, bytes;
    OK(binnet_regions_estimate(ctx, &boxes, &bytes, NULL, d, 2, two, at, NULL, NULL));
    ck_assert(boxes > 0 && bytes > 0);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1));
    ck_assert_int_eq(binnet_regions_new(ctx, &r, d, 2, two, at, NULL, NULL, 0), BINNET_E_LIMIT);
    ck_assert_ptr_null(r);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 2 * (int64_t)bytes + 100000));
    OK(binnet_regions_new(ctx, &r, d, 2, two, at, NULL, NULL, 0));
    binnet_regions_free(r);
    binnet_regions_free(NULL);
    binnet_bifurcation_list_free(NULL);
    binnet_diagram_free(d);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("regions", labels_are_what_simulation_finds, bifurcations_are_every_change, one_neuron, arguments_are_checked)
