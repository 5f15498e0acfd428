/*
 * The sweep and the outlines against a grid: boxes with whole corners on a small grid (many coincide) are counted in
 * every cell of the grid, cells are joined by flood fill, and regions, rectangles, areas and rings must say the same.
 */
#include "diagram/arrangement.h"

#include "support/support.h"

#include <stdio.h>
#include <string.h>

/* In hot loops: Check writes to a file for every assertion of its own. */
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            ck_abort_msg("%s", #condition);                                                                            \
    } while (0)

enum { GRID = 9, MOST = 40, CELLS = GRID * GRID }; /* coordinates 0..GRID; 0 and GRID may stand for infinity */

typedef struct scene {
    binnet_ctx *ctx;
    binnet_regions *r;
    size_t n;
    int box[MOST][4]; /* x0, x1, y0, y1 */
    uint64_t period[MOST];
    double multiplicity[MOST];
    int broken[MOST];
    int infinite, axes;
} scene;

static double coordinate(const scene *s, int k)
{
    return s->infinite && k == 0 ? -INFINITY : s->infinite && k == GRID ? INFINITY : (double)k;
}

static int grid_place(double x)
{
    return isinf(x) ? (x < 0 ? 0 : GRID) : (int)x;
}

static void arrange(scene *s, int32_t by)
{
    binnet_regions *r = s->r = calloc(1, sizeof *r);
    r->mem = s->ctx->mem;
    r->axes = (size_t)s->axes;
    r->by = by;
    r->slabs = s->n;
    r->slab = bni_new(s->ctx, s->n, sizeof *r->slab);
    for (int a = 0; a < 2; a++) {
        r->window_lo[a] = coordinate(s, 0);
        r->window_hi[a] = coordinate(s, GRID);
    }
    if (s->axes == 1) {
        r->window_lo[1] = 0;
        r->window_hi[1] = 1;
    }
    for (size_t k = 0; k < s->n; k++) {
        bni_slab *b = &r->slab[k];
        for (int a = 0; a < 2; a++) {
            b->lo[a] = s->axes == 1 && a == 1 ? 0 : coordinate(s, s->box[k][2 * a]);
            b->hi[a] = s->axes == 1 && a == 1 ? 1 : coordinate(s, s->box[k][2 * a + 1]);
        }
        b->multiplicity = s->multiplicity[k];
        b->period = s->period[k];
        b->broken = s->broken[k];
        b->index = k;
    }
    OK(bni_arrange(s->ctx, r));
    if (s->axes == 2)
        OK(bni_rings(s->ctx, r));
}

static void random_scene(scene *s, dice *d, int axes)
{
    s->axes = axes;
    s->infinite = roll(d) < 0.5;
    s->n = roll_to(d, roll(d) < 0.5 ? 8 : MOST);
    for (size_t k = 0; k < s->n; k++) {
        for (int a = 0; a < 2; a++) {
            int lo = (int)roll_to(d, GRID), hi = (int)roll_to(d, GRID);
            s->box[k][2 * a] = lo < hi ? lo : hi;
            s->box[k][2 * a + 1] = (lo < hi ? hi : lo) + 1;
        }
        if (axes == 1) {
            s->box[k][2] = 0;
            s->box[k][3] = GRID;
        }
        s->period[k] = roll(d) < 0.6 ? 0 : 2 + roll_to(d, 3);
        s->multiplicity[k] = roll(d) < 0.5 ? 1 : 1 + (double)roll_to(d, 4);
        s->broken[k] = s->multiplicity[k] > 1;
    }
}

/* What the cell holds: the same text for the same label. */
static void describe(const scene *s, int x, int y, int by_label, char *text)
{
    double states[6] = {0};
    int classes[6] = {0}, broken = 0;
    text += sprintf(text, "|");
    for (size_t k = 0; k < s->n; k++)
        if (s->box[k][0] <= x && x < s->box[k][1] && s->box[k][2] <= y && y < s->box[k][3]) {
            states[s->period[k]] += s->multiplicity[k];
            classes[s->period[k]]++;
            broken |= s->broken[k] ? (s->period[k] > 0 ? BINNET_BROKEN_CYCLE : BINNET_BROKEN_FIXED) : 0;
            if (!by_label)
                text += sprintf(text, "%d,", (int)k);
        }
    text += sprintf(text, "%d", broken);
    for (int p = 0; p < 6; p++)
        text += sprintf(text, " %d:%g", classes[p], states[p]);
}

static void describe_region(const binnet_regions *r, uint64_t k, char *text)
{
    uint64_t classes[6] = {0}, periods;
    double states[6] = {0};
    int32_t broken;
    MUST(binnet_regions_label(r, k, NULL, &states[0], &classes[0], &periods, &broken, NULL) == BINNET_OK);
    for (uint64_t m = 0; m < periods; m++) {
        uint64_t period, count;
        double cycles;
        MUST(binnet_regions_period(r, k, m, &period, &cycles, &count) == BINNET_OK);
        states[period] = cycles;
        classes[period] = count;
    }
    MUST(binnet_regions_period(r, k, periods, NULL, NULL, NULL) == BINNET_E_RANGE);
    text += sprintf(text, "%d", (int)broken);
    for (int p = 0; p < 6; p++)
        text += sprintf(text, " %d:%g", (int)classes[p], states[p]);
}

static void flood(int *part, char text[][400], int x, int y, int number)
{
    const int step[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    part[y * GRID + x] = number;
    for (int k = 0; k < 4; k++) {
        int a = x + step[k][0], b = y + step[k][1];
        if (a >= 0 && a < GRID && b >= 0 && b < GRID && part[b * GRID + a] < 0 &&
            strcmp(text[b * GRID + a], text[y * GRID + x]) == 0)
            flood(part, text, a, b, number);
    }
}

/* The region of each cell by its rectangles, which may not overlap. */
static void cells_of(const scene *s, int *region)
{
    const binnet_regions *r = s->r;
    for (int c = 0; c < CELLS; c++)
        region[c] = -1;
    for (uint64_t k = 0; k < binnet_regions_count(r); k++)
        for (uint64_t m = 0; m < binnet_regions_rectangles(r, k); m++) {
            double lo[2] = {0, 0}, hi[2] = {0, GRID};
            OK(binnet_regions_rectangle(r, k, m, lo, hi));
            MUST(lo[0] < hi[0] && lo[1] < hi[1]);
            for (int y = grid_place(lo[1]); y < grid_place(hi[1]); y++)
                for (int x = grid_place(lo[0]); x < grid_place(hi[0]); x++) {
                    MUST(region[y * GRID + x] == -1);
                    region[y * GRID + x] = (int)k;
                }
        }
}

/* Closed, right-angled, the outer ring counter-clockwise and holes clockwise; and by winding numbers it holds its
 * cells. */
static void check_rings(const scene *s, const int *region)
{
    const binnet_regions *r = s->r;
    for (uint64_t k = 0; k < binnet_regions_count(r); k++) {
        int winding[CELLS] = {0};
        ck_assert_uint_ge(binnet_regions_rings(r, k), 1);
        for (uint64_t m = 0; m < binnet_regions_rings(r, k); m++) {
            uint64_t size = binnet_regions_ring_size(r, k, m);
            double *corner = calloc(2 * size, sizeof *corner);
            ck_assert(size >= 4 && size % 2 == 0);
            OK(binnet_regions_ring(r, k, m, corner, size));
            ck_assert_int_eq(binnet_regions_ring(r, k, m, corner, size + 1), BINNET_E_SIZE);
            int area = 0;
            for (uint64_t c = 0; c < size; c++) {
                const double *a = corner + 2 * c, *b = corner + 2 * ((c + 1) % size);
                int vertical = a[0] == b[0];
                MUST(vertical != (a[1] == b[1]));
                const double *next = corner + 2 * ((c + 2) % size);
                MUST((b[0] == next[0]) != vertical); /* every corner is one */
                if (!vertical)
                    continue;
                int x = grid_place(a[0]), from = grid_place(a[1]), to = grid_place(b[1]);
                area += x * (to - from);
                for (int y = from < to ? from : to; y < (from < to ? to : from); y++)
                    for (int cell = 0; cell < x; cell++)
                        winding[y * GRID + cell] += from < to ? 1 : -1;
            }
            ck_assert(m == 0 ? area > 0 : area < 0);
            free(corner);
        }
        for (int c = 0; c < CELLS; c++)
            MUST(winding[c] == (region[c] == (int)k));
    }
}

static void check_scene(scene *s, int32_t by)
{
    static char text[CELLS][400];
    int part[CELLS], region[CELLS], count = 0;
    int by_label = by == BINNET_REGIONS_BY_LABEL;
    arrange(s, by);
    const binnet_regions *r = s->r;
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            describe(s, x, y, by_label, text[y * GRID + x]);
    for (int c = 0; c < CELLS; c++)
        part[c] = -1;
    for (int x = 0; x < GRID; x++) /* in the order of the regions: first stimulus, then second */
        for (int y = 0; y < GRID; y++)
            if (part[y * GRID + x] < 0)
                flood(part, text, x, y, count++);
    cells_of(s, region);
    ck_assert_uint_eq(binnet_regions_count(r), count);
    for (int c = 0; c < CELLS; c++) {
        char label[400];
        MUST(region[c] == part[c]);
        describe_region(r, (uint64_t)region[c], label);
        MUST(strcmp(label, strrchr(text[c], ',') != NULL ? strrchr(text[c], ',') + 1 : text[c] + 1) == 0);
        double p[2] = {c % GRID + 0.5, c / GRID + 0.5};
        MUST(binnet_regions_find(r, p) == (uint64_t)part[c]);
    }
    double sum = 0;
    for (uint64_t k = 0; k < binnet_regions_count(r); k++) {
        double area;
        int cells = 0, edge = 0;
        OK(binnet_regions_label(r, k, NULL, NULL, NULL, NULL, NULL, &area));
        for (int c = 0; c < CELLS; c++)
            if (region[c] == (int)k) {
                cells++;
                edge |= c % GRID == 0 || c % GRID == GRID - 1 ||
                        (s->axes == 2 && (c / GRID == 0 || c / GRID == GRID - 1));
            }
        if (s->infinite && edge)
            ck_assert(area == INFINITY);
        else
            ck_assert(area == (double)cells / (s->axes == 1 ? GRID : 1));
        sum += area;
        uint64_t fixed[MOST], cycle[MOST], n_fixed, n_cycles, expected[2] = {0};
        OK(binnet_regions_attractors(s->ctx, &n_fixed, fixed, &n_cycles, cycle, MOST, r, k));
        for (size_t b = 0; b < s->n; b++) {
            int meets = 0;
            for (int y = s->box[b][2]; y < s->box[b][3]; y++)
                for (int x = s->box[b][0]; x < s->box[b][1]; x++)
                    meets |= region[y * GRID + x] == (int)k;
            if (meets && s->period[b] == 0)
                MUST(fixed[expected[0]++] == b);
            if (meets && s->period[b] > 0)
                MUST(cycle[expected[1]++] == b);
        }
        ck_assert_uint_eq(n_fixed, expected[0]);
        ck_assert_uint_eq(n_cycles, expected[1]);
    }
    ck_assert(sum == (s->infinite ? INFINITY : s->axes == 1 ? GRID : CELLS));
    if (s->axes == 2)
        check_rings(s, region);
    binnet_regions_free(s->r);
}

START_TEST(plane_agrees_with_grid)
{
    dice d = dice_of(1);
    scene s = {.ctx = new_ctx(1)};
    for (int k = 0; k < 150; k++) {
        random_scene(&s, &d, 2);
        check_scene(&s, BINNET_REGIONS_BY_LABEL);
        check_scene(&s, BINNET_REGIONS_BY_ATTRACTORS);
    }
    binnet_ctx_free(s.ctx);
}
END_TEST

START_TEST(line_agrees_with_grid)
{
    dice d = dice_of(2);
    scene s = {.ctx = new_ctx(1)};
    for (int k = 0; k < 60; k++) {
        random_scene(&s, &d, 1);
        check_scene(&s, BINNET_REGIONS_BY_LABEL);
        check_scene(&s, BINNET_REGIONS_BY_ATTRACTORS);
    }
    binnet_ctx_free(s.ctx);
}
END_TEST

/* Two parts of a region that touch in a corner: one ring each way, none crosses itself; and a hole that touches the
 * outside. */
START_TEST(corners_that_touch)
{
    scene s = {.ctx = new_ctx(1), .axes = 2, .n = 3};
    const int box[3][4] = {{1, 3, 1, 3}, {3, 5, 3, 5}, {6, 8, 6, 8}};
    memcpy(s.box, box, sizeof box);
    for (int k = 0; k < 3; k++)
        s.multiplicity[k] = 1;
    check_scene(&s, BINNET_REGIONS_BY_LABEL);
    arrange(&s, BINNET_REGIONS_BY_LABEL);
    ck_assert_uint_eq(binnet_regions_count(s.r), 4);
    ck_assert_uint_eq(binnet_regions_rings(s.r, 0), 3); /* outside: two holes, one of them pinched */
    binnet_regions_free(s.r);
    binnet_ctx_free(s.ctx);
}
END_TEST

/* Numbers of states far beyond 2^53 add up the same way in every cell: adding and removing leaves no trace. */
START_TEST(large_multiplicities)
{
    scene s = {.ctx = new_ctx(1), .axes = 2, .n = 5};
    const int box[5][4] = {{0, GRID, 0, 2}, {0, GRID, 1, 3}, {0, GRID, 2, 4}, {0, GRID, 4, 9}, {0, GRID, 6, 7}};
    const double m[5] = {0x1.8p300, 1, 3, 0x1p70, INFINITY};
    const double expected[9] = {0x1.8p300, 0x1.8p300, 4, 3, 0x1p70, 0x1p70, INFINITY, 0x1p70, 0x1p70};
    memcpy(s.box, box, sizeof box);
    memcpy(s.multiplicity, m, sizeof m);
    arrange(&s, BINNET_REGIONS_BY_ATTRACTORS);
    for (int y = 0; y < GRID; y++) {
        double p[2] = {0.5, y + 0.5}, fixed;
        OK(binnet_regions_label(s.r, binnet_regions_find(s.r, p), NULL, &fixed, NULL, NULL, NULL, NULL));
        ck_assert_msg(fixed == expected[y], "%d: %g", y, fixed);
    }
    binnet_regions_free(s.r);

    /* 2^128 from four parts, then less by the last of them: a borrow through two words */
    const double part[4] = {0x1.fffffffffffffp127, 0x1.fffffffffffffp74, 4194303, 1};
    s.n = 4;
    for (int k = 0; k < 4; k++) {
        s.box[k][2] = 0;
        s.box[k][3] = k < 3 ? 2 : 1;
        s.multiplicity[k] = part[k];
    }
    arrange(&s, BINNET_REGIONS_BY_ATTRACTORS);
    for (int y = 0; y < 3; y++) {
        double p[2] = {0.5, y + 0.5}, fixed;
        OK(binnet_regions_label(s.r, binnet_regions_find(s.r, p), NULL, &fixed, NULL, NULL, NULL, NULL));
        ck_assert_msg(fixed == (y < 2 ? 0x1p128 : 0), "%d: %a", y, fixed); /* 2^128 - 1 rounds to 2^128 */
    }
    binnet_regions_free(s.r);
    binnet_ctx_free(s.ctx);
}
END_TEST

RUN_TESTS("arrangement", plane_agrees_with_grid, line_agrees_with_grid, corners_that_touch, large_multiplicities)
