/*
 * Diagrams of homogeneous populations: classes against the expanded network, solved neuron by neuron; large populations
 * against closed forms and a simulation of occupation numbers.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { MOST_POPULATIONS = 3, MOST_STEPS = 16 };

typedef struct crowd {
    size_t n_pop, axes;
    int64_t size[MOST_POPULATIONS];
    int32_t axis[64]; /* of each neuron */
    binnet_net *net, *expanded;
} crowd;

static crowd random_crowd(binnet_ctx *ctx, dice *r, int k)
{
    static const int32_t ties[3] = {BINNET_TIE_ACTIVE, BINNET_TIE_SILENT, BINNET_TIE_KEEP};
    crowd c = {.n_pop = 1 + roll_to(r, MOST_POPULATIONS)};
    double J[9], M[3], theta[3], I[3];
    int32_t label[64];
    int grid = k % 3;
    size_t n = 0;
    c.axes = k % 4 == 3 ? 1 : c.n_pop;
    for (size_t a = 0; a < c.n_pop; a++) {
        c.size[a] = 1 + (int64_t)roll_to(r, c.n_pop == 3 ? 3 : 5);
        M[a] = grid == 0 ? roll_in(r, 0.5, 2) : 1;
        theta[a] = grid == 0 ? roll_in(r, -1, 1) : floor(roll_in(r, -2, 3)) / grid;
        I[a] = grid == 0 ? roll_in(r, -1, 1) : floor(roll_in(r, -2, 3)) / grid;
        for (size_t b = 0; b < c.n_pop; b++)
            J[a * c.n_pop + b] = grid == 0 ? roll_in(r, -2, 2) : floor(roll_in(r, -3, 4)) / grid;
        if (roll(r) < 0.5)
            J[a * c.n_pop + a] = -fabs(J[a * c.n_pop + a]); /* a divided population needs this */
        int32_t axis = k % 4 == 3 ? (roll(r) < 0.3 ? -1 : 0) : (int32_t)a;
        for (int64_t i = 0; i < c.size[a]; i++, n++) {
            label[n] = (int32_t)a;
            c.axis[n] = axis;
        }
    }
    binnet_net *plain;
    OK(binnet_net_new_homogeneous(ctx, &plain, c.n_pop, c.size, J, M, theta, I, k % 5 == 0));
    OK(binnet_net_with_tie(ctx, &c.net, plain, ties[k / 3 % 3]));
    OK(binnet_net_with_populations(ctx, &c.expanded, c.net, c.n_pop, label));
    binnet_net_free(plain);
    return c;
}

/* A fixed point or cycle in a form that does not tell equal neurons apart: box, and occupation numbers along it,
 * turned so that they come first in order. */
typedef struct record {
    double lo[MOST_POPULATIONS], hi[MOST_POPULATIONS];
    int32_t ends[MOST_POPULATIONS], broken;
    uint64_t period;
    int64_t active[MOST_STEPS * MOST_POPULATIONS];
    double count;
} record;

static void turn(record *r, size_t n_pop)
{
    record best = *r;
    for (uint64_t t = 1; t < r->period; t++) {
        record other = *r;
        for (uint64_t s = 0; s < r->period; s++)
            memcpy(other.active + s * n_pop, r->active + (s + t) % r->period * n_pop, n_pop * sizeof *r->active);
        if (memcmp(other.active, best.active, sizeof best.active) < 0)
            best = other;
    }
    *r = best;
}

static record read_record(const binnet_diagram *d, uint64_t k, size_t n_pop)
{
    record r;
    memset(&r, 0, sizeof r);
    uint64_t fixed = binnet_diagram_fixed_count(d), c = k - fixed;
    if (k < fixed) {
        r.period = 1;
        OK(binnet_diagram_fixed(d, k, NULL, r.lo, r.hi));
        OK(binnet_diagram_fixed_ends(d, k, r.ends));
        OK(binnet_diagram_fixed_class(d, k, r.active, &r.count));
        r.broken = binnet_diagram_fixed_broken(d, k);
        return r;
    }
    OK(binnet_diagram_cycle(d, c, &r.period, r.lo, r.hi));
    OK(binnet_diagram_cycle_ends(d, c, r.ends));
    ck_assert_uint_le(r.period, MOST_STEPS);
    for (uint64_t t = 0; t < r.period; t++)
        OK(binnet_diagram_cycle_class(d, c, t, r.active + t * n_pop, &r.count));
    r.broken = binnet_diagram_cycle_broken(d, c);
    turn(&r, n_pop);
    return r;
}

/* In order of everything but the count. */
static int by_record(const void *a, const void *b)
{
    record x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    x.count = y.count = 0;
    return memcmp(&x, &y, sizeof x);
}

/* All records in order, equal ones added up. */
static record *read_all(const binnet_diagram *d, size_t n_pop, size_t *count)
{
    size_t n = binnet_diagram_fixed_count(d) + binnet_diagram_cycle_count(d), kept = 0;
    record *all = calloc(n + 1, sizeof *all);
    ck_assert(all != NULL);
    for (size_t k = 0; k < n; k++)
        all[k] = read_record(d, k, n_pop);
    qsort(all, n, sizeof *all, by_record);
    for (size_t k = 0; k < n; k++)
        if (kept > 0 && by_record(&all[kept - 1], &all[k]) == 0)
            all[kept - 1].count += all[k].count;
        else
            all[kept++] = all[k];
    *count = kept;
    return all;
}

/* The states that the classes show are those of a fixed point or cycle of the expanded network. */
static void check_members(const binnet_diagram *d, const binnet_diagram *e)
{
    for (uint64_t k = 0; k < binnet_diagram_fixed_count(d); k++) {
        uint64_t state, other = UINT64_MAX;
        OK(binnet_diagram_fixed(d, k, &state, NULL, NULL));
        for (uint64_t j = 0; j < binnet_diagram_fixed_count(e) && other != state; j++)
            OK(binnet_diagram_fixed(e, j, &other, NULL, NULL));
        ck_assert(other == state);
    }
    for (uint64_t k = 0; k < binnet_diagram_cycle_count(d); k++) {
        uint64_t period, length, state, other;
        int found = 0;
        OK(binnet_diagram_cycle(d, k, &period, NULL, NULL));
        for (uint64_t j = 0; j < binnet_diagram_cycle_count(e) && !found; j++) {
            OK(binnet_diagram_cycle(e, j, &length, NULL, NULL));
            found = length == period;
            for (uint64_t t = 0; found && t < period; t++) {
                OK(binnet_diagram_cycle_state(d, k, t, &state));
                OK(binnet_diagram_cycle_state(e, j, t, &other));
                found = state == other;
            }
        }
        ck_assert_msg(found, "cycle class %zu, period %zu, is not in the expanded network", (size_t)k, (size_t)period);
    }
}

START_TEST(expanded)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(1);
    uint64_t broken = 0, cycles = 0;
    for (int k = 0; k < 240; k++) {
        crowd c = random_crowd(ctx, &r, k);
        binnet_diagram *d, *e;
        OK(binnet_diagram_new_grouped(ctx, &d, c.net, c.axes, c.axis));
        OK(binnet_diagram_new_grouped(ctx, &e, c.expanded, c.axes, c.axis));
        size_t n_d, n_e;
        record *of_d = read_all(d, c.n_pop, &n_d), *of_e = read_all(e, c.n_pop, &n_e);
        ck_assert_msg(n_d == n_e, "network %d: %zu classes, %zu of the expanded network", k, n_d, n_e);
        for (size_t j = 0; j < n_d; j++) {
            ck_assert_msg(by_record(&of_d[j], &of_e[j]) == 0, "network %d: class %zu differs", k, j);
            ck_assert_msg(of_d[j].count == of_e[j].count, "network %d: class %zu has %g members, not %g", k, j,
                          of_e[j].count, of_d[j].count);
            broken += of_d[j].broken && of_d[j].period > 1;
            cycles += of_d[j].period > 1;
        }
        check_members(d, e);
        free(of_d);
        free(of_e);
        binnet_diagram_free(d);
        binnet_diagram_free(e);
        binnet_net_free(c.net);
        binnet_net_free(c.expanded);
    }
    ck_assert(broken > 20 && cycles > 2 * broken); /* the cases were not trivial */
    binnet_ctx_free(ctx);
}
END_TEST

/* Neurons of one population with different stimuli: solved neuron by neuron. */
START_TEST(divided_axes)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[2] = {3, 2};
    const double J[4] = {-1, -2, 1, 0.5};
    const int32_t axis[5] = {0, 0, 1, 1, -1};
    binnet_net *net;
    binnet_diagram *d;
    double multiplicity;
    int64_t active[2];
    OK(binnet_net_new_homogeneous(ctx, &net, 2, size, J, NULL, NULL, NULL, 0));
    OK(binnet_diagram_new_grouped(ctx, &d, net, 2, axis));
    for (uint64_t k = 0; k < binnet_diagram_fixed_count(d); k++) {
        uint64_t s;
        OK(binnet_diagram_fixed(d, k, &s, NULL, NULL));
        OK(binnet_diagram_fixed_class(d, k, active, &multiplicity));
        ck_assert(multiplicity == 1 && active[0] == (int)((s & 1) + (s >> 1 & 1) + (s >> 2 & 1)));
        ck_assert_int_eq(binnet_diagram_fixed_broken(d, k), (s & 3) == 1 || (s & 3) == 2); /* 3 and 4 are not alike */
    }
    binnet_diagram_free(d);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Mutual inhibition within one population of N, J = -1, theta = 0, no self-connections: k active neurons see k - 1
 * others, inactive ones k, so k of N are stationary for k - 1 <= I < k, all for I >= N - 1, none for I < 0. Two
 * groups that take turns do not exist; all and none alternate for 0 <= I < N - 1. */
START_TEST(one_population)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int64_t n = 2; n <= 2000; n = n * 3 + 1) {
        const double J = -1;
        double lo, hi, multiplicity, log_count = 0;
        int64_t active;
        uint64_t period, state;
        binnet_net *net;
        binnet_diagram *d;
        OK(binnet_net_new_homogeneous(ctx, &net, 1, &n, &J, NULL, NULL, NULL, 0));
        OK(binnet_diagram_new(ctx, &d, net));
        ck_assert_uint_eq(binnet_diagram_fixed_count(d), (uint64_t)n + 1);
        for (int64_t k = 0; k <= n; k++) {
            OK(binnet_diagram_fixed(d, (uint64_t)k, &state, &lo, &hi));
            OK(binnet_diagram_fixed_class(d, (uint64_t)k, &active, &multiplicity));
            ck_assert(active == k && lo == (k == 0 ? -INFINITY : (double)(k - 1)));
            ck_assert(hi == (k == n ? INFINITY : (double)k));
            ck_assert(state == (n > 63 ? UINT64_MAX : (UINT64_C(1) << k) - 1));
            /* C(n, k) = C(n, k - 1) (n - k + 1) / k, as logarithms: some n roundings of numbers up to n log 2 */
            if (k > 0)
                log_count += log((double)(n - k + 1) / (double)k);
            ck_assert(multiplicity == INFINITY ? log_count > 709
                                               : fabs(log(multiplicity) - log_count) <= 1e-13 * (double)n);
        }
        ck_assert_uint_eq(binnet_diagram_cycle_count(d), 1);
        OK(binnet_diagram_cycle(d, 0, &period, &lo, &hi));
        OK(binnet_diagram_cycle_class(d, 0, 0, &active, &multiplicity));
        ck_assert(period == 2 && lo == 0 && hi == (double)(n - 1) && active == 0 && multiplicity == 1);
        ck_assert(binnet_diagram_cycle_broken(d, 0) == 0);
        binnet_diagram_free(d);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Two populations of 200: what exists at a point, by a simulation of two groups in each population. */
START_TEST(two_hundred)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[2] = {200, 200};
    const double J[4] = {0.5, -1.25, 1.5, -0.75}, theta[2] = {1, 2};
    binnet_net *net;
    binnet_diagram *d;
    OK(binnet_net_new_homogeneous(ctx, &net, 2, size, J, NULL, theta, NULL, 0));
    OK(binnet_diagram_new(ctx, &d, net));
    ck_assert(binnet_diagram_fixed_count(d) > 200 && binnet_diagram_cycle_count(d) > 200);
    dice r = dice_of(2);
    for (int k = 0; k < 300; k++) {
        const double I[2] = {roll_in(&r, -120, 280), roll_in(&r, -320, 160)};
        uint64_t n_fixed, fixed = 0;
        OK(binnet_diagram_query(ctx, d, I, &n_fixed, NULL, NULL, NULL, 0));
        for (int64_t e = 0; e <= 200; e++)
            for (int64_t i = 0; i <= 200; i++) {
                int stays = 1;
                for (int a = 0; a < 2; a++) {
                    int64_t n = a == 0 ? e : i;
                    double h = J[2 * a] * (double)e + J[2 * a + 1] * (double)i + I[a] - theta[a];
                    /* an active neuron does not hear itself */
                    stays &= (n == 0 || h - J[3 * a] >= 0) && (n == 200 || h < 0);
                }
                fixed += (uint64_t)stays;
            }
        ck_assert_uint_eq(fixed, n_fixed);
    }
    binnet_diagram_free(d);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* A power of two in all weights and thresholds scales every box exactly; far out, other arithmetic is at work. */
START_TEST(scaled)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(3);
    for (int k = 0; k < 30; k++) {
        const int64_t size[2] = {7, 5};
        double J[4], M[2], theta[2], lo[2][2], hi[2][2];
        binnet_net *net;
        binnet_diagram *d[2];
        for (size_t j = 0; j < 4; j++)
            J[j] = roll_in(&r, -2, 1);
        for (size_t a = 0; a < 2; a++) {
            M[a] = k % 2 ? roll_in(&r, 0.5, 2) : 1;
            theta[a] = roll_in(&r, -1, 1);
        }
        for (int v = 0; v < 2; v++) {
            OK(binnet_net_new_homogeneous(ctx, &net, 2, size, J, M, theta, NULL, 0));
            OK(binnet_diagram_new(ctx, &d[v], net));
            binnet_net_free(net);
            for (size_t j = 0; j < 4; j++)
                J[j] = ldexp(J[j], 600);
            for (size_t a = 0; a < 2; a++)
                theta[a] = ldexp(theta[a], 600);
        }
        uint64_t fixed = binnet_diagram_fixed_count(d[0]), cycles = binnet_diagram_cycle_count(d[0]);
        ck_assert(fixed == binnet_diagram_fixed_count(d[1]) && cycles == binnet_diagram_cycle_count(d[1]));
        for (uint64_t c = 0; c < fixed + cycles; c++) {
            for (int v = 0; v < 2; v++)
                OK(c < fixed ? binnet_diagram_fixed(d[v], c, NULL, lo[v], hi[v])
                             : binnet_diagram_cycle(d[v], c - fixed, NULL, lo[v], hi[v]));
            for (size_t a = 0; a < 2; a++)
                ck_assert(ldexp(lo[0][a], 600) == lo[1][a] && ldexp(hi[0][a], 600) == hi[1][a]);
        }
        binnet_diagram_free(d[0]);
        binnet_diagram_free(d[1]);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(limits)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[2] = {6, 5}, many[17] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    const double J[4] = {1, -2, 2, -1}, none[17 * 17] = {0};
    binnet_net *net, *wide;
    binnet_diagram *d;
    int32_t fixed;
    int64_t period;
    uint64_t states, bytes;
    double work;
    OK(binnet_net_new_homogeneous(ctx, &net, 2, size, J, NULL, NULL, NULL, 0));
    OK(binnet_diagram_estimate(ctx, &states, &bytes, &work, net));
    ck_assert(states == 42 && bytes > 0 && work >= 42);
    OK(binnet_diagram_new(ctx, &d, net));
    uint64_t all_fixed = binnet_diagram_fixed_count(d), all_cycles = binnet_diagram_cycle_count(d);
    binnet_diagram_free(d);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 20));
    OK(binnet_diagram_new(ctx, &d, net));
    OK(binnet_diagram_complete(d, &fixed, &period));
    ck_assert(fixed == 0 && period == -1 && binnet_diagram_fixed_count(d) < all_fixed);
    binnet_diagram_free(d);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 45));
    OK(binnet_diagram_new(ctx, &d, net));
    OK(binnet_diagram_complete(d, &fixed, &period));
    ck_assert(fixed == 1 && period == -1 && binnet_diagram_fixed_count(d) == all_fixed);
    ck_assert(binnet_diagram_cycle_count(d) < all_cycles);
    binnet_diagram_free(d);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 0));
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, 2));
    OK(binnet_diagram_new(ctx, &d, net));
    OK(binnet_diagram_complete(d, &fixed, &period));
    ck_assert(fixed == 1 && period == 2 && binnet_diagram_cycle_count(d) > 0);
    for (uint64_t k = 0; k < binnet_diagram_cycle_count(d); k++) {
        OK(binnet_diagram_cycle(d, k, &states, NULL, NULL));
        ck_assert_uint_eq(states, 2);
    }
    binnet_diagram_free(d);
    binnet_net_free(net);
    OK(binnet_net_new_homogeneous(ctx, &wide, 17, many, none, NULL, NULL, NULL, 0));
    ck_assert_int_eq(binnet_diagram_new(ctx, &d, wide), BINNET_E_RANGE);
    ck_assert(d == NULL && strstr(binnet_ctx_message(ctx), "16") != NULL);
    binnet_net_free(wide);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("occupation", expanded, divided_axes, one_population, two_hundred, scaled, limits)
