/*
 * Diagrams against brute force: simulation of all states at random points and exactly on the ends of boxes, the lists
 * against plain depth-first search, all tie rules, any grouping.
 */
#include "diagram_oracle.h"

#include <stdio.h>
#include <string.h>

enum { TIES = 3 };
static const int32_t ties[TIES] = {BINNET_TIE_ACTIVE, BINNET_TIE_SILENT, BINNET_TIE_KEEP};

static binnet_diagram *diagram_of(binnet_ctx *ctx, const wiring *w)
{
    binnet_diagram *d;
    binnet_net *net = net_of(ctx, w);
    int32_t status = binnet_diagram_new_grouped(ctx, &d, net, w->axes, w->axis);
    ck_assert_msg(status == BINNET_OK, "%d %s", (int)status, binnet_ctx_message(ctx));
    binnet_net_free(net);
    return d;
}

/* Points: anywhere the currents reach, or on the grid, where ends of boxes meet. */
static void check_points(binnet_ctx *ctx, const binnet_diagram *d, const wiring *w, dice *r, int grid, int points)
{
    for (int k = 0; k < points; k++) {
        double I[ORACLE_AXES];
        for (size_t a = 0; a < w->axes; a++) {
            I[a] = roll_in(r, -2.0 * (double)w->n, 2.0 * (double)w->n);
            if (grid > 0)
                I[a] = floor(I[a] * grid) / grid + (roll(r) < 0.2 ? 0.5 / grid : 0);
        }
        check_point(ctx, d, w, I);
    }
}

/* A stimulus of each kind: some neurons at fixed ones. */
static void fix_some(wiring *w, dice *r)
{
    for (size_t i = 0; i < w->n; i++)
        if (roll(r) < 0.3)
            w->axis[i] = -1;
}

static void against_simulation(uint64_t seed, int networks, int points)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(seed);
    for (int k = 0; k < networks; k++) {
        int grid = k % 3 == 0 ? 0 : k % 3 == 1 ? 1 : 4;
        size_t n = 1 + roll_to(&r, 8), axes = 1 + roll_to(&r, n < 3 ? n : 3);
        for (int t = 0; t < TIES; t++) {
            wiring w = random_wiring(&r, n, axes, ties[t], grid);
            if (k % 4 == 3)
                fix_some(&w, &r);
            binnet_diagram *d = diagram_of(ctx, &w);
            check_points(ctx, d, &w, &r, grid, points);
            binnet_diagram_free(d);
        }
    }
    binnet_ctx_free(ctx);
}

START_TEST(simulated)
{
    against_simulation(1, 24, 200);
}
END_TEST

/* At each corner and in the middle of many boxes, and just beside: where the tie rules differ. */
static void check_corners(binnet_ctx *ctx, const binnet_diagram *d, const wiring *w)
{
    uint64_t n_fixed = binnet_diagram_fixed_count(d), n_cycles = binnet_diagram_cycle_count(d);
    for (uint64_t k = 0; k < n_fixed + n_cycles; k += 1 + (n_fixed + n_cycles) / 12) {
        double lo[ORACLE_AXES], hi[ORACLE_AXES];
        if (k < n_fixed)
            OK(binnet_diagram_fixed(d, k, NULL, lo, hi));
        else
            OK(binnet_diagram_cycle(d, k - n_fixed, NULL, lo, hi));
        size_t places = 1;
        for (size_t a = 0; a < w->axes; a++)
            places *= 5;
        for (size_t place = 0; place < places; place++) {
            double I[ORACLE_AXES];
            size_t rest = place;
            for (size_t a = 0; a < w->axes; a++, rest /= 5) {
                double from = lo[a] > -INFINITY ? lo[a] : -50, to = hi[a] < INFINITY ? hi[a] : 50;
                const double at[5] = {from, to, (from + to) / 2, from - 0.125, to + 0.125};
                I[a] = at[rest % 5];
            }
            check_point(ctx, d, w, I);
        }
    }
}

START_TEST(corners)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(7);
    for (int k = 0; k < 24; k++) {
        wiring w = random_wiring(&r, 2 + roll_to(&r, 5), 1 + roll_to(&r, 2), ties[k % TIES], k % 2 ? 1 : 4);
        if (k % 4 == 3)
            fix_some(&w, &r);
        binnet_diagram *d = diagram_of(ctx, &w);
        check_corners(ctx, d, &w);
        binnet_diagram_free(d);
    }
    binnet_ctx_free(ctx);
}
END_TEST

static wiring any_wiring(dice *r, int k, size_t n, size_t axes)
{
    wiring w = random_wiring(r, n, axes, ties[k % TIES], k % 2 == 0 ? 0 : k % 4 == 1 ? 1 : 4);
    if (k / TIES % 3 == 2)
        fix_some(&w, r);
    return w;
}

START_TEST(searched)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(2);
    for (int k = 0; k < 90; k++) {
        size_t n = 1 + roll_to(&r, 7);
        wiring w = any_wiring(&r, k, n, 1 + roll_to(&r, 2));
        binnet_diagram *d = diagram_of(ctx, &w);
        check_lists(d, &w, 0);
        binnet_diagram_free(d);
    }
    /* one stimulus for each neuron: every state leads to every state somewhere */
    wiring w = any_wiring(&r, 1, 4, 4);
    binnet_diagram *d = diagram_of(ctx, &w);
    check_lists(d, &w, 0);
    binnet_diagram_free(d);
    binnet_ctx_free(ctx);
}
END_TEST

/* Excitatory and inhibitory neurons as two populations; more states than are worth it without components. */
START_TEST(searched_larger)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(3);
    for (int k = 0; k < 4; k++) {
        wiring w = random_wiring(&r, k < 2 ? 9 : 10, 2, ties[k % TIES], k % 2);
        for (size_t i = 0; k >= 2 && i < w.n; i++)
            for (size_t j = 0; j < w.n; j++)
                w.J[i * w.n + j] = j < w.n / 2 ? fabs(w.J[i * w.n + j]) : -fabs(w.J[i * w.n + j]);
        binnet_diagram *d = diagram_of(ctx, &w);
        check_lists(d, &w, 0);
        binnet_diagram_free(d);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Fixed points alone, with as many neurons as go through branch and bound and the sieve; 1 to 3 threads. */
START_TEST(fixed_points)
{
    dice r = dice_of(4);
    for (int k = 0; k < 30; k++) {
        binnet_ctx *ctx = new_ctx(1 + k % 3);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, 1));
        wiring w = any_wiring(&r, k, k < 3 ? 12 : 9 + roll_to(&r, 5), 1 + roll_to(&r, 3));
        if (k == 0)
            memset(w.J, 0, sizeof w.J); /* all currents of a state equal their thresholds */
        for (size_t i = 0; (k == 1 || k == 2) && i < w.n;
             i++) { /* all currents are 0; tie rule KEEP: all states exist */
            w.theta[i] = w.I[i] = 0;
            w.M[i] = w.grid = 1;
            memset(w.J, 0, sizeof w.J);
        }
        binnet_diagram *d = diagram_of(ctx, &w);
        int32_t fixed;
        int64_t period;
        check_lists(d, &w, 1);
        OK(binnet_diagram_complete(d, &fixed, &period));
        ck_assert(fixed == 1 && period == 1);
        binnet_diagram_free(d);
        binnet_ctx_free(ctx);
    }
}
END_TEST

static int same_number(double a, double b)
{
    return a == b;
}

/* Are two diagrams the same, b's currents being those of a times `factor`? */
static void check_same(const binnet_diagram *a, const binnet_diagram *b, double factor)
{
    double lo[2][ORACLE_AXES], hi[2][ORACLE_AXES];
    int32_t ends[2][ORACLE_AXES];
    size_t axes = binnet_diagram_axes(a);
    ck_assert_uint_eq(binnet_diagram_fixed_count(a), binnet_diagram_fixed_count(b));
    ck_assert_uint_eq(binnet_diagram_cycle_count(a), binnet_diagram_cycle_count(b));
    for (uint64_t k = 0; k < binnet_diagram_fixed_count(a) + binnet_diagram_cycle_count(a); k++) {
        const binnet_diagram *both[2] = {a, b};
        uint64_t c = k - binnet_diagram_fixed_count(a), period[2] = {0, 0}, state[2];
        for (int v = 0; v < 2; v++)
            if (k < binnet_diagram_fixed_count(a)) {
                OK(binnet_diagram_fixed(both[v], k, &state[v], lo[v], hi[v]));
                OK(binnet_diagram_fixed_ends(both[v], k, ends[v]));
            } else {
                OK(binnet_diagram_cycle(both[v], c, &period[v], lo[v], hi[v]));
                OK(binnet_diagram_cycle_ends(both[v], c, ends[v]));
                OK(binnet_diagram_cycle_state(both[v], c, period[v] - 1, &state[v]));
            }
        ck_assert(period[0] == period[1] && state[0] == state[1]);
        for (size_t x = 0; x < axes; x++)
            ck_assert(same_number(lo[0][x] * factor, lo[1][x]) && same_number(hi[0][x] * factor, hi[1][x]) &&
                      ends[0][x] == ends[1][x]);
    }
}

/* A power of two in all weights and thresholds scales every box, exactly; far out other arithmetic is at work. */
START_TEST(scaled)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(5);
    for (int k = 0; k < 24; k++) {
        wiring w = any_wiring(&r, k, 2 + roll_to(&r, 9), 1 + roll_to(&r, 2));
        for (size_t i = 0; k % 4 == 0 && i < w.n; i++) /* dyadic, but with more digits than a double sum keeps */
            w.theta[i] = ldexp(floor(w.theta[i] * 16), -60), w.M[i] = 1;
        binnet_diagram *d = diagram_of(ctx, &w);
        for (int e = -600; e <= 600; e += 1200) {
            wiring v = w;
            for (size_t j = 0; j < v.n * v.n; j++)
                v.J[j] = ldexp(v.J[j], e);
            for (size_t i = 0; i < v.n; i++) {
                v.theta[i] = ldexp(v.theta[i], e);
                v.I[i] = ldexp(v.I[i], e);
            }
            binnet_diagram *scaled_d = diagram_of(ctx, &v);
            check_same(d, scaled_d, ldexp(1, e));
            binnet_diagram_free(scaled_d);
        }
        binnet_diagram_free(d);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* The same bits for any number of threads, and with the neurons in another order the same boxes. */
START_TEST(reordered)
{
    binnet_ctx *one = new_ctx(1), *three = new_ctx(3);
    dice r = dice_of(6);
    for (int k = 0; k < 12; k++) {
        wiring w = any_wiring(&r, k, 10, 2), v = w;
        binnet_diagram *a = diagram_of(one, &w), *b = diagram_of(three, &w);
        check_same(a, b, 1);
        binnet_diagram_free(b);
        /* neuron i becomes the last but i; the states turn round likewise */
        for (size_t i = 0; i < w.n; i++) {
            size_t to = w.n - 1 - i;
            v.axis[to] = w.axis[i];
            v.M[to] = w.M[i];
            v.theta[to] = w.theta[i];
            v.I[to] = w.I[i];
            for (size_t j = 0; j < w.n; j++)
                v.J[to * w.n + w.n - 1 - j] = w.J[i * w.n + j];
        }
        b = diagram_of(one, &v);
        ck_assert_uint_eq(binnet_diagram_fixed_count(a), binnet_diagram_fixed_count(b));
        ck_assert_uint_eq(binnet_diagram_cycle_count(a), binnet_diagram_cycle_count(b));
        double sum[2] = {0, 0}, lo[2], hi[2];
        for (int which = 0; which < 2; which++)
            for (uint64_t c = 0; c < binnet_diagram_cycle_count(a); c++) {
                uint64_t period;
                OK(binnet_diagram_cycle(which ? b : a, c, &period, lo, hi));
                for (int x = 0; x < 2; x++)
                    if (lo[x] > -INFINITY && hi[x] < INFINITY)
                        sum[which] += (double)period * (floor(lo[x] * 0x1p20) + 3 * floor(hi[x] * 0x1p20)); /* exact */
            }
        ck_assert(sum[0] == sum[1]);
        for (uint64_t f = 0; f < binnet_diagram_fixed_count(a); f++) {
            uint64_t s, turned = 0, other = UINT64_MAX;
            double lo2[2], hi2[2];
            OK(binnet_diagram_fixed(a, f, &s, lo, hi));
            for (size_t i = 0; i < w.n; i++)
                turned |= (s >> i & 1) << (w.n - 1 - i);
            for (uint64_t g = 0; g < binnet_diagram_fixed_count(b) && other != turned; g++)
                OK(binnet_diagram_fixed(b, g, &other, lo2, hi2));
            ck_assert(other == turned && lo[0] == lo2[0] && hi[0] == hi2[0] && lo[1] == lo2[1] && hi[1] == hi2[1]);
        }
        binnet_diagram_free(a);
        binnet_diagram_free(b);
    }
    binnet_ctx_free(one);
    binnet_ctx_free(three);
}
END_TEST

/* A ring in which every neuron copies the one before it, all with one stimulus: for 0 <= I < 1 (theta = 1) the
 * states only turn, and there is one fixed point or cycle for each necklace of n beads in two colours, of period a
 * divisor of n; for I < 0 all are silent, for I >= 1 all fire. Two neurons that excite each other are the same with
 * n = 2. */
START_TEST(rings)
{
    static const uint64_t necklaces[] = {0, 0, 3, 4, 6, 8, 14, 20, 36, 60, 108, 188, 352, 632}; /* OEIS A000031 */
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 2; n <= 13; n++) {
        double J[13 * 13] = {0}, theta[13], lo, hi;
        binnet_net *net;
        binnet_diagram *d;
        for (size_t i = 0; i < n; i++) {
            J[i * n + (i + n - 1) % n] = 1;
            theta[i] = 1;
        }
        OK(binnet_net_new(ctx, &net, n, J, NULL, theta, NULL));
        OK(binnet_diagram_new(ctx, &d, net));
        ck_assert_uint_eq(binnet_diagram_fixed_count(d), 2);
        ck_assert_uint_eq(binnet_diagram_cycle_count(d), necklaces[n] - 2);
        OK(binnet_diagram_fixed(d, 0, NULL, &lo, &hi));
        ck_assert(lo == -INFINITY && hi == 1);
        OK(binnet_diagram_fixed(d, 1, NULL, &lo, &hi));
        ck_assert(lo == 0 && hi == INFINITY);
        for (uint64_t k = 0; k < binnet_diagram_cycle_count(d); k++) {
            uint64_t period, before, state;
            int32_t ends;
            OK(binnet_diagram_cycle(d, k, &period, &lo, &hi));
            OK(binnet_diagram_cycle_ends(d, k, &ends));
            ck_assert(n % period == 0 && lo == 0 && hi == 1 && ends == BINNET_END_LO);
            OK(binnet_diagram_cycle_state(d, k, 0, &before));
            for (uint64_t t = 1; t < period; t++) {
                OK(binnet_diagram_cycle_state(d, k, t, &state));
                ck_assert(state == ((before << 1 | before >> (n - 1)) & ((UINT64_C(1) << n) - 1)));
                before = state;
            }
        }
        binnet_diagram_free(d);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Is every fixed point and cycle of `part` in `all`, with its box? */
static void check_part(const binnet_diagram *part, const binnet_diagram *all)
{
    uint64_t k = 0, s, t, p, q;
    double lo[2][ORACLE_AXES], hi[2][ORACLE_AXES];
    size_t bytes = binnet_diagram_axes(all) * sizeof(double);
    for (uint64_t f = 0; f < binnet_diagram_fixed_count(part); f++, k++) {
        OK(binnet_diagram_fixed(part, f, &s, lo[0], hi[0]));
        do
            OK(binnet_diagram_fixed(all, k, &t, lo[1], hi[1]));
        while (t != s && ++k < binnet_diagram_fixed_count(all));
        ck_assert(s == t && memcmp(lo[0], lo[1], bytes) == 0 && memcmp(hi[0], hi[1], bytes) == 0);
    }
    k = 0;
    for (uint64_t c = 0; c < binnet_diagram_cycle_count(part); c++, k++) {
        OK(binnet_diagram_cycle(part, c, &p, lo[0], hi[0]));
        OK(binnet_diagram_cycle_state(part, c, 0, &s));
        do {
            OK(binnet_diagram_cycle(all, k, &q, lo[1], hi[1]));
            OK(binnet_diagram_cycle_state(all, k, 0, &t));
        } while ((t != s || p != q || memcmp(lo[0], lo[1], bytes) != 0 || memcmp(hi[0], hi[1], bytes) != 0) &&
                 ++k < binnet_diagram_cycle_count(all));
        ck_assert(k < binnet_diagram_cycle_count(all));
    }
}

START_TEST(limits)
{
    binnet_ctx *ctx = new_ctx(1), *threads = new_ctx(2);
    dice r = dice_of(8);
    int32_t fixed;
    int64_t period;
    for (int k = 0; k < 6; k++) {
        wiring w = any_wiring(&r, k, k < 3 ? 8 : 10, 2);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 0));
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, 0));
        binnet_diagram *all = diagram_of(ctx, &w), *d;
        OK(binnet_diagram_complete(all, &fixed, &period));
        ck_assert(fixed == 1 && period == INT64_MAX);
        if (k < 3)
            for (int64_t most = 1; most <= 5; most++) {
                OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, most));
                d = diagram_of(ctx, &w);
                OK(binnet_diagram_complete(d, &fixed, &period));
                ck_assert(fixed == 1 && period == most);
                check_lists(d, &w, (uint64_t)most);
                binnet_diagram_free(d);
            }
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, 0));
        int stage = 0; /* nothing complete, fixed points complete, all complete: never back */
        for (int64_t limit = 1; stage < 2; limit += 1 + limit / 3) {
            OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, limit));
            OK(binnet_ctx_set_i64(threads, BINNET_P_WORK_LIMIT, limit));
            d = diagram_of(ctx, &w);
            binnet_diagram *same = diagram_of(threads, &w);
            check_same(d, same, 1);
            binnet_diagram_free(same);
            OK(binnet_diagram_complete(d, &fixed, &period));
            int now = fixed == 0 ? 0 : period == INT64_MAX ? 2 : 1;
            ck_assert(now >= stage && (now == 2 || period == -1));
            stage = now;
            check_part(d, all);
            if (stage > 0)
                ck_assert_uint_eq(binnet_diagram_fixed_count(d), binnet_diagram_fixed_count(all));
            if (stage == 2)
                check_same(d, all, 1);
            binnet_diagram_free(d);
        }
        binnet_diagram_free(all);
    }
    binnet_ctx_free(ctx);
    binnet_ctx_free(threads);
}
END_TEST

/* Populations become axes; three neurons of one are alike, and the symmetry between them is broken or not. */
START_TEST(populations)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *plain, *net;
    binnet_diagram *d;
    const double J[16] = {0, -1, -1, 0.5, -1, 0, -1, 0.5, -1, -1, 0, 0.5, 1, 1, 1, 0};
    const int32_t pop[4] = {0, 0, 0, 1};
    OK(binnet_net_new(ctx, &plain, 4, J, NULL, NULL, NULL));
    OK(binnet_net_with_populations(ctx, &net, plain, 2, pop));
    OK(binnet_diagram_new(ctx, &d, net));
    ck_assert(binnet_diagram_axes(d) == 2 && binnet_diagram_neurons(d) == 4);
    ck_assert_int_eq(binnet_diagram_tie(d), BINNET_TIE_ACTIVE);
    int seen[2] = {0, 0};
    for (uint64_t k = 0; k < binnet_diagram_fixed_count(d); k++) {
        uint64_t s;
        int64_t active[2];
        double multiplicity;
        OK(binnet_diagram_fixed(d, k, &s, NULL, NULL));
        OK(binnet_diagram_fixed_class(d, k, active, &multiplicity));
        int first = (int)(s & 1) + (int)(s >> 1 & 1) + (int)(s >> 2 & 1), broken = binnet_diagram_fixed_broken(d, k);
        ck_assert(multiplicity == 1 && active[0] == first && active[1] == (int)(s >> 3 & 1));
        ck_assert_int_eq(broken, first == 1 || first == 2);
        seen[broken]++;
    }
    ck_assert(seen[0] > 0 && seen[1] > 0);
    int symmetric = 0;
    for (uint64_t k = 0; k < binnet_diagram_cycle_count(d); k++) {
        uint64_t period, s;
        int64_t active[2];
        int divided = 0;
        OK(binnet_diagram_cycle(d, k, &period, NULL, NULL));
        for (uint64_t t = 0; t < period; t++) {
            OK(binnet_diagram_cycle_state(d, k, t, &s));
            OK(binnet_diagram_cycle_class(d, k, t, active, NULL));
            ck_assert(active[1] == (int)(s >> 3 & 1));
            divided |= (s & 7) != 0 && (s & 7) != 7;
        }
        ck_assert_int_eq(binnet_diagram_cycle_broken(d, k), divided);
        symmetric += !divided;
    }
    ck_assert(symmetric > 0);
    binnet_diagram_free(d);
    /* without populations: one axis, and neuron 3 is like no other */
    OK(binnet_diagram_new(ctx, &d, plain));
    ck_assert_uint_eq(binnet_diagram_axes(d), 1);
    binnet_diagram_free(d);
    binnet_net_free(net);
    binnet_net_free(plain);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(arguments)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_diagram *d = (binnet_diagram *)(void *)ctx;
    binnet_net *net, *large, *far;
    const double J[4] = {0, 1, 1, 0}, huge[4] = {0, 0x1p1001, 0, 0}, none[70 * 70] = {0}, I[2] = {0, NAN};
    const int32_t axis[2] = {0, 1}, wrong[2] = {0, 2}, all[70] = {0};
    uint64_t bytes, states, k;
    double work;
    OK(binnet_net_new(ctx, &net, 2, J, NULL, NULL, NULL));
    OK(binnet_net_new(ctx, &large, 70, none, NULL, NULL, NULL));
    OK(binnet_net_new(ctx, &far, 2, huge, NULL, NULL, NULL));
    ck_assert_int_eq(binnet_diagram_new(ctx, NULL, net), BINNET_E_NULL);
    ck_assert_int_eq(binnet_diagram_new(NULL, &d, net), BINNET_E_NULL);
    ck_assert_int_eq(binnet_diagram_new(ctx, &d, NULL), BINNET_E_NULL);
    ck_assert(d == NULL);
    ck_assert_int_eq(binnet_diagram_new(ctx, &d, large), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_new(ctx, &d, far), BINNET_E_RANGE);
    ck_assert(strstr(binnet_ctx_message(ctx), "neuron 0") != NULL);
    ck_assert_int_eq(binnet_diagram_new_grouped(ctx, &d, net, 0, axis), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_new_grouped(ctx, &d, net, 64, axis), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_new_grouped(ctx, &d, net, 2, wrong), BINNET_E_RANGE);
    ck_assert(strstr(binnet_ctx_message(ctx), "axis[1]") != NULL);
    ck_assert_int_eq(binnet_diagram_new_grouped(ctx, &d, net, 2, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_diagram_new_grouped(ctx, &d, large, 1, all), BINNET_E_RANGE);
    ck_assert(d == NULL);
    OK(binnet_diagram_estimate(ctx, &states, &bytes, &work, net));
    ck_assert(states == 4 && bytes > 0 && work >= 4);
    OK(binnet_diagram_estimate(ctx, NULL, NULL, NULL, net));
    ck_assert_int_eq(binnet_diagram_estimate(ctx, NULL, NULL, NULL, large), BINNET_E_RANGE);

    /* three axes, one without neurons */
    OK(binnet_diagram_new_grouped(ctx, &d, net, 3, axis));
    double lo[3], hi[3];
    int32_t ends[3];
    OK(binnet_diagram_fixed(d, 0, NULL, lo, hi));
    OK(binnet_diagram_fixed_ends(d, 0, ends));
    ck_assert(lo[2] == -INFINITY && hi[2] == INFINITY && ends[2] == 0);
    k = binnet_diagram_fixed_count(d);
    ck_assert_int_eq(binnet_diagram_fixed(d, k, NULL, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_fixed_class(d, k, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_fixed_ends(d, k, ends), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_fixed_ends(d, 0, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_diagram_fixed_broken(d, k), -1);
    k = binnet_diagram_cycle_count(d);
    ck_assert_uint_eq(k, 1); /* 01 <-> 10 */
    ck_assert_int_eq(binnet_diagram_cycle(d, k, NULL, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_cycle_state(d, 0, 2, &states), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_cycle_state(d, 0, 0, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_diagram_cycle_class(d, 0, 2, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_cycle_ends(d, k, ends), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_diagram_cycle_broken(d, k), -1);
    const double at[3] = {-0.5, -0.5, 7}, bad[3] = {0, 0, INFINITY};
    OK(binnet_diagram_query(ctx, d, at, &states, &bytes, NULL, NULL, 1));
    ck_assert(states == 2 && bytes == 0); /* room for one only */
    OK(binnet_diagram_query(ctx, d, at, NULL, NULL, &states, NULL, 0));
    ck_assert_uint_eq(states, 1);
    ck_assert_int_eq(binnet_diagram_query(ctx, d, bad, NULL, NULL, NULL, NULL, 0), BINNET_E_NAN);
    ck_assert_int_eq(binnet_diagram_query(ctx, d, NULL, NULL, NULL, NULL, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_diagram_query(ctx, NULL, I, NULL, NULL, NULL, NULL, 0), BINNET_E_NULL);
    binnet_diagram_free(d);

    ck_assert(binnet_diagram_axes(NULL) == 0 && binnet_diagram_neurons(NULL) == 0 && binnet_diagram_tie(NULL) == -1);
    ck_assert(binnet_diagram_fixed_count(NULL) == 0 && binnet_diagram_cycle_count(NULL) == 0);
    ck_assert_int_eq(binnet_diagram_fixed(NULL, 0, NULL, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_diagram_complete(NULL, NULL, NULL), BINNET_E_NULL);
    ck_assert(binnet_diagram_fixed_broken(NULL, 0) == -1 && binnet_diagram_cycle_broken(NULL, 0) == -1);
    binnet_diagram_free(NULL);
    binnet_net_free(net);
    binnet_net_free(large);
    binnet_net_free(far);
    binnet_ctx_free(ctx);
}
END_TEST

/* As the figure asks: 10,000 points for each of many networks. */
START_TEST(simulated_at_length)
{
    against_simulation(9, 40, 10000);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const quick[] = {simulated, corners, searched, searched_larger, fixed_points, scaled,
                                  reordered, rings,   limits,   populations,     arguments};
    const TTest *const slow[] = {simulated_at_length};
    if (argc > 1 && strcmp(argv[1], "slow") == 0)
        return run_tests("diagram", slow, sizeof slow / sizeof *slow) != 0;
    return run_tests("diagram", quick, sizeof quick / sizeof *quick) != 0;
}
