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

START_TEST(searched)
{
    binnet_ctx *ctx = new_ctx(1);
    dice r = dice_of(2);
    for (int k = 0; k < 30; k++) {
        int grid = k % 3 == 0 ? 0 : k % 3 == 1 ? 1 : 4;
        size_t n = 1 + roll_to(&r, 7), axes = 1 + roll_to(&r, 2);
        for (int t = 0; t < TIES; t++) {
            wiring w = random_wiring(&r, n, axes, ties[t], grid);
            if (k % 4 == 3)
                fix_some(&w, &r);
            binnet_diagram *d = diagram_of(ctx, &w);
            check_lists(d, &w, 0);
            binnet_diagram_free(d);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("diagram", simulated, searched)
