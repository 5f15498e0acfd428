/*
 * The picture of a diagram over two stimuli: each region filled by its number of fixed points, hatched by its
 * cycles, dotted where a symmetry is broken. Regions are painted as their outer rings, larger ones first: what lies in
 * a hole is painted over it, so that every edge is exact.
 */
#include "plot/diagram_plane.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLANE = 560, LEAST_PLANE = 160, LEFT = 86, BOTTOM = 66, TOP = 66, GAP = 24 }; /* units */
enum { MOST_CORNERS = 400000, DOTS = 44 };

static const int hatchings[PLANE_HATCHES] = {FALLING,         RISING,           LEVEL,
                                             UPRIGHT,         RISING | FALLING, LEVEL | UPRIGHT,
                                             RISING | DASHED, FALLING | DASHED, RISING | FALLING | LEVEL | UPRIGHT};

static double fixed_of(const canvas *c, uint64_t k)
{
    double fixed = 0;
    binnet_regions_label(c->r->regions, k, NULL, &fixed, NULL, NULL, NULL, NULL);
    return fixed;
}

static int broken_of(const canvas *c, uint64_t k)
{
    int32_t broken = 0;
    binnet_regions_label(c->r->regions, k, NULL, NULL, NULL, NULL, &broken, NULL);
    return broken;
}

static double area_of(const canvas *c, uint64_t k)
{
    double area = 0;
    binnet_regions_label(c->r->regions, k, NULL, NULL, NULL, NULL, NULL, &area);
    return area;
}

/* Shorter periods first, fewer cycles of a period first. */
static int by_cycles(const void *p, const void *q)
{
    const group *a = p, *b = q;
    uint64_t periods[2] = {0, 0}, period[2];
    double cycles[2];
    binnet_regions_label(a->regions, a->region, NULL, NULL, NULL, &periods[0], NULL, NULL);
    binnet_regions_label(b->regions, b->region, NULL, NULL, NULL, &periods[1], NULL, NULL);
    for (uint64_t m = 0; m < periods[0] && m < periods[1]; m++) {
        binnet_regions_period(a->regions, a->region, m, &period[0], &cycles[0], NULL);
        binnet_regions_period(b->regions, b->region, m, &period[1], &cycles[1], NULL);
        if (period[0] != period[1])
            return period[0] < period[1] ? -1 : 1;
        if (cycles[0] != cycles[1])
            return cycles[0] < cycles[1] ? -1 : 1;
    }
    return periods[0] < periods[1] ? -1 : periods[0] > periods[1];
}

static int by_area(const void *p, const void *q)
{
    const group *a = p, *b = q;
    return a->area > b->area ? -1 : a->area < b->area ? 1 : by_cycles(p, q);
}

static int by_size(const void *p, const void *q)
{
    const paint *a = p, *b = q;
    return a->size > b->size ? -1 : a->size < b->size ? 1 : a->region < b->region ? -1 : 1;
}

static int by_number(const void *p, const void *q)
{
    double a = *(const double *)p, b = *(const double *)q;
    return a < b ? -1 : a > b;
}

/* Corners of the outer ring of a region; to be freed. */
static double *outer_ring(const canvas *c, uint64_t k, uint64_t *size)
{
    *size = binnet_regions_ring_size(c->r->regions, k, 0);
    double *corner = malloc(2 * *size * sizeof *corner);
    if (corner != NULL)
        binnet_regions_ring(c->r->regions, k, 0, corner, *size);
    return corner;
}

/* The groups, and the hatching of each: the largest have one of their own, when there are too many. */
static int group_regions(canvas *c, failure *why)
{
    size_t n = (size_t)c->regions, all = 0;
    group *each = calloc(n, sizeof *each);
    c->group = calloc(n, sizeof *c->group);
    c->hatching = calloc(n, sizeof *c->hatching);
    if (each == NULL || c->group == NULL || c->hatching == NULL) {
        free(each);
        return fail(why, EXIT_BUDGET, "out of memory");
    }
    for (uint64_t k = 0; k < n; k++) {
        uint64_t periods = 0;
        binnet_regions_label(c->r->regions, k, NULL, NULL, NULL, &periods, NULL, NULL);
        if (periods > 0)
            each[all++] = (group){.regions = c->r->regions, .region = k, .area = area_of(c, k)};
    }
    qsort(each, all, sizeof *each, by_cycles);
    for (size_t k = 0; k < all; k++)
        if (k > 0 && by_cycles(&each[k - 1], &each[k]) == 0)
            c->group[c->groups - 1].area += each[k].area;
        else
            c->group[c->groups++] = each[k];
    if (c->groups > PLANE_HATCHES)
        qsort(c->group, c->groups, sizeof *c->group, by_area);
    size_t own = c->groups > PLANE_HATCHES ? PLANE_HATCHES - 1 : c->groups;
    qsort(c->group, own, sizeof *c->group, by_cycles);
    for (size_t k = 0; k < c->groups; k++)
        c->group[k].hatching = hatchings[k < own ? k : PLANE_HATCHES - 1];
    for (size_t k = 0; k < all; k++) {
        size_t at = 0;
        while (at < own && by_cycles(&c->group[at], &each[k]) != 0)
            at++;
        c->hatching[each[k].region] = hatchings[at < own ? at : PLANE_HATCHES - 1];
    }
    free(each);
    return EXIT_DONE;
}

/* What there is to paint, and the lists for the legend. */
static int survey(canvas *c, failure *why)
{
    uint64_t n = c->regions = binnet_regions_count(c->r->regions), corners = 0;
    c->order = calloc((size_t)n, sizeof *c->order);
    c->degree = calloc((size_t)n, sizeof *c->degree);
    if (c->order == NULL || c->degree == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (uint64_t k = 0; k < n; k++) {
        uint64_t size;
        corners += binnet_regions_ring_size(c->r->regions, k, 0);
        double *corner = outer_ring(c, k, &size), area = 0;
        if (corner == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        for (uint64_t m = 0; m < size; m++)
            area += corner[2 * m] * (corner[2 * ((m + 1) % size) + 1] - corner[2 * m + 1]);
        free(corner);
        c->order[k] = (paint){k, area};
        c->degree[k] = fixed_of(c, k);
        c->broken |= broken_of(c, k);
    }
    if (corners > MOST_CORNERS)
        return fail(why, EXIT_STOPPED,
                    "--plot: the regions have %" PRIu64 " corners, a picture can have %d; take a smaller window",
                    corners, MOST_CORNERS);
    qsort(c->order, (size_t)n, sizeof *c->order, by_size);
    qsort(c->degree, (size_t)n, sizeof *c->degree, by_number);
    for (uint64_t k = 0; k < n; k++)
        if (k == 0 || c->degree[k] != c->degree[c->degrees - 1])
            c->degree[c->degrees++] = c->degree[k];
    return group_regions(c, why);
}

static size_t degree_place(const canvas *c, double fixed)
{
    size_t k = 0;
    while (c->degree[k] != fixed)
        k++;
    return k;
}

/* --- painting --- */

static void polygon(canvas *c, const double *corner, uint64_t size, const char *style)
{
    fprintf(c->p.to, "set object %d polygon from ", ++c->p.objects);
    for (uint64_t m = 0; m <= size; m++)
        fprintf(c->p.to, "%s%.12g,%.12g", m > 0 ? " to " : "", corner[2 * (m % size)], corner[2 * (m % size) + 1]);
    fprintf(c->p.to, " %s\n", style);
}

/* Units of the plane from its lower left corner. */
static double place_on(const canvas *c, int axis, double stimulus)
{
    const stimulus_axis *x = &c->r->axis[axis];
    return (stimulus - x->lo) / (x->hi - x->lo) * (axis == 0 ? c->width : c->height);
}

static double stimulus_at(const canvas *c, int axis, double place)
{
    const stimulus_axis *x = &c->r->axis[axis];
    return x->lo + place / (axis == 0 ? c->width : c->height) * (x->hi - x->lo);
}

/* Is the outer ring more than a line's width across? */
static int is_broad(const canvas *c, const double *corner, uint64_t size)
{
    int broad = 1;
    for (int a = 0; a < 2; a++) {
        double lo = corner[a], hi = corner[a];
        for (uint64_t m = 1; m < size; m++) {
            lo = fmin(lo, corner[2 * m + (uint64_t)a]);
            hi = fmax(hi, corner[2 * m + (uint64_t)a]);
        }
        broad &= place_on(c, a, hi) - place_on(c, a, lo) > 2.5;
    }
    return broad;
}

static int paint_regions(canvas *c, failure *why)
{
    for (uint64_t k = 0; k < c->regions; k++) {
        uint64_t region = c->order[k].region, size;
        double *corner = outer_ring(c, region, &size);
        char style[160];
        if (corner == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        snprintf(style, sizeof style, "fillcolor rgb '#%06x' fillstyle solid %s",
                 plane_colour(c, degree_place(c, fixed_of(c, region))),
                 is_broad(c, corner, size) ? PLANE_FRAME : "noborder");
        polygon(c, corner, size, style);
        free(corner);
    }
    return EXIT_DONE;
}

/* The middle of the largest rectangle of a region. */
static void middle(const canvas *c, uint64_t k, double at[2])
{
    double lo[2], hi[2], best = 0;
    for (uint64_t m = 0; m < binnet_regions_rectangles(c->r->regions, k); m++) {
        binnet_regions_rectangle(c->r->regions, k, m, lo, hi);
        if ((hi[0] - lo[0]) * (hi[1] - lo[1]) > best) {
            best = (hi[0] - lo[0]) * (hi[1] - lo[1]);
            at[0] = (lo[0] + hi[0]) / 2;
            at[1] = (lo[1] + hi[1]) / 2;
        }
    }
}

/* --- hatching --- */

/* A piece of a line: from (x0, y0) to (x1, y1), in units of the plane. */
static void hatch_line(const canvas *c, double x0, double y0, double x1, double y1, unsigned ink)
{
    fprintf(c->p.to, "%.9g %.9g %u\n%.9g %.9g %u\n\n", stimulus_at(c, 0, x0), stimulus_at(c, 1, y0), ink,
            stimulus_at(c, 0, x1), stimulus_at(c, 1, y1), ink);
}

/* The lines of one direction within a rectangle (lo, hi); the same lines for every rectangle, so that they go on from one to
   the next. Returns how many. */
static size_t hatch_rectangle(const canvas *c, int direction, const double lo[2], const double hi[2], unsigned ink)
{
    const double pitch = direction & (LEVEL | UPRIGHT) ? 9 : 12;
    /* RISING: y - x = t; FALLING: y + x = t; LEVEL: y = t; UPRIGHT: x = t */
    double first = direction == RISING ? lo[1] - hi[0] : direction == FALLING ? lo[1] + lo[0] : lo[direction == LEVEL];
    double last = direction == RISING ? hi[1] - lo[0] : direction == FALLING ? hi[1] + hi[0] : hi[direction == LEVEL];
    size_t lines = 0;
    for (double t = (floor(first / pitch) + 0.5) * pitch; t < last; t += pitch) {
        if (t <= first)
            continue;
        lines++;
        if (direction == LEVEL)
            hatch_line(c, lo[0], t, hi[0], t, ink);
        else if (direction == UPRIGHT)
            hatch_line(c, t, lo[1], t, hi[1], ink);
        else if (direction == RISING)
            hatch_line(c, fmax(lo[0], lo[1] - t), fmax(lo[1], lo[0] + t), fmin(hi[0], hi[1] - t),
                       fmin(hi[1], hi[0] + t), ink);
        else
            hatch_line(c, fmax(lo[0], t - hi[1]), fmin(hi[1], t - lo[0]), fmin(hi[0], t - lo[1]),
                       fmax(lo[1], t - hi[0]), ink);
    }
    return lines;
}

/* A region that the lines of a direction all miss has one along its largest rectangle. */
static void hatch_region(const canvas *c, uint64_t k, int direction)
{
    unsigned ink = ink_on(plane_colour(c, degree_place(c, fixed_of(c, k))));
    double best[4] = {0, 0, 0, 0}, largest = -1;
    size_t lines = 0;
    for (uint64_t m = 0; m < binnet_regions_rectangles(c->r->regions, k); m++) {
        double lo[2], hi[2];
        binnet_regions_rectangle(c->r->regions, k, m, lo, hi);
        for (int a = 0; a < 2; a++) {
            lo[a] = place_on(c, a, lo[a]);
            hi[a] = place_on(c, a, hi[a]);
        }
        lines += hatch_rectangle(c, direction, lo, hi, ink);
        if ((hi[0] - lo[0]) * (hi[1] - lo[1]) > largest) {
            largest = (hi[0] - lo[0]) * (hi[1] - lo[1]);
            memcpy(best, (double[4]){lo[0], lo[1], hi[0], hi[1]}, sizeof best);
        }
    }
    if (lines > 0)
        return;
    double x = (best[0] + best[2]) / 2, y = (best[1] + best[3]) / 2;
    if (direction == LEVEL)
        hatch_line(c, best[0], y, best[2], y, ink);
    else if (direction == UPRIGHT)
        hatch_line(c, x, best[1], x, best[3], ink);
    else if (direction == RISING)
        hatch_line(c, best[0], best[1], best[2], best[3], ink);
    else
        hatch_line(c, best[0], best[3], best[2], best[1], ink);
}

/* $lines0: whole lines; $lines1: dashed ones. */
static void hatch_regions(canvas *c)
{
    for (int dashed = 0; dashed < 2; dashed++) {
        fprintf(c->p.to, "$lines%d << E\n", dashed);
        for (uint64_t k = 0; k < c->regions; k++)
            for (int direction = RISING; direction <= UPRIGHT; direction *= 2)
                if ((c->hatching[k] & direction) && !(c->hatching[k] & DASHED) == !dashed) {
                    hatch_region(c, k, direction);
                    c->any_lines[dashed] = 1;
                }
        fprintf(c->p.to, "E\n");
    }
}

/* --- dots --- */

/* $dots: on a lattice where a symmetry is broken. A region that the lattice misses has one in its middle, unless the cell
 * of the lattice has a dot already. */
static int dots(canvas *c, failure *why)
{
    const stimulus_axis *x = &c->r->axis[0], *y = &c->r->axis[1];
    unsigned char *hit = calloc((size_t)c->regions, 1), taken[DOTS][DOTS] = {{0}};
    double at[2] = {0, 0};
    if (hit == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    fprintf(c->p.to, "$dots << E\n");
    for (int i = 0; i < DOTS; i++)
        for (int j = 0; j < DOTS; j++) {
            at[0] = x->lo + (x->hi - x->lo) * (i + 0.5) / DOTS;
            at[1] = y->lo + (y->hi - y->lo) * (j + (i % 2 ? 0.75 : 0.25)) / DOTS;
            uint64_t k = binnet_regions_find(c->r->regions, at);
            if (k == UINT64_MAX || broken_of(c, k) == 0)
                continue;
            fprintf(c->p.to, "%.12g %.12g\n", at[0], at[1]);
            hit[k] = taken[i][j] = 1;
        }
    for (uint64_t k = 0; k < c->regions; k++) {
        if (hit[k] || broken_of(c, k) == 0)
            continue;
        middle(c, k, at);
        int i = (int)((at[0] - x->lo) / (x->hi - x->lo) * DOTS), j = (int)((at[1] - y->lo) / (y->hi - y->lo) * DOTS);
        i = i < DOTS ? i : DOTS - 1;
        j = j < DOTS ? j : DOTS - 1;
        if (!taken[i][j])
            fprintf(c->p.to, "%.12g %.12g\n", at[0], at[1]);
        taken[i][j] = 1;
    }
    fprintf(c->p.to, "E\n");
    free(hit);
    return EXIT_DONE;
}

/* The number of fixed points, where there is room for it. */
static void numbers(canvas *c)
{
    fprintf(c->p.to, "set style textbox opaque fillcolor rgb '#ffffff' noborder margins 0.6, 0.4\n");
    for (uint64_t k = 0; k < c->regions; k++) {
        double lo[2], hi[2], best = 0, at[2] = {0, 0};
        char text[40];
        snprintf(text, sizeof text, "%.6g", fixed_of(c, k));
        double needed = 12 + 8 * (double)strlen(text);
        for (uint64_t m = 0; m < binnet_regions_rectangles(c->r->regions, k); m++) {
            binnet_regions_rectangle(c->r->regions, k, m, lo, hi);
            double w = place_on(c, 0, hi[0]) - place_on(c, 0, lo[0]), h = place_on(c, 1, hi[1]) - place_on(c, 1, lo[1]);
            if (w > needed && h > 20 && fmin(w, 3 * h) > best) {
                best = fmin(w, 3 * h);
                at[0] = (lo[0] + hi[0]) / 2;
                at[1] = (lo[1] + hi[1]) / 2;
            }
        }
        if (best > 0)
            fprintf(c->p.to, "set label %d \"%s\" at %.12g,%.12g center front boxed\n", ++c->p.labels, text, at[0],
                    at[1]);
    }
}

/* --- the whole --- */

static int draw(canvas *c, failure *why)
{
    const stimulus_axis *x = &c->r->axis[0], *y = &c->r->axis[1];
    FILE *g = c->p.to;
    fprintf(g, "set xrange [%.12g:%.12g]\nset yrange [%.12g:%.12g]\n", x->lo, x->hi, y->lo, y->hi);
    picture_margins(&c->p, LEFT, LEFT + c->width, TOP, TOP + c->height);
    fprintf(g, "set xtics out nomirror\nset ytics out nomirror\n");
    char text[400];
    snprintf(text, sizeof text, "stimulus to %.300s", x->name);
    picture_axis_label(&c->p, 'x', text, c->width);
    snprintf(text, sizeof text, "stimulus to %.300s", y->name);
    picture_axis_label(&c->p, 'y', text, c->height);
    diagram_heading(&c->p, c->r, PLANE_EDGE);
    TRY(paint_regions(c, why));
    numbers(c);
    plane_legend(c, LEFT + c->width + GAP, TOP + 8);
    hatch_regions(c);
    if (c->broken)
        TRY(dots(c, why));
    fprintf(g, "plot NaN notitle");
    for (int dashed = 0; dashed < 2; dashed++)
        if (c->any_lines[dashed])
            fprintf(g, ", $lines%d using 1:2:3 with lines %s linecolor rgb variable notitle", dashed,
                    dashed ? PLANE_DASHES : "");
    for (int ring = 0; ring < 2 && c->broken; ring++)
        fprintf(g, ", $dots using 1:2 with points pointtype 7 pointsize %.2f linecolor rgb '%s' notitle",
                plane_dot[ring].size, plane_dot[ring].colour);
    fprintf(g, "\n");
    return EXIT_DONE;
}

int plot_plane(const diagram_result *r, failure *why)
{
    canvas c = {.r = r};
    int code = survey(&c, why);
    double beside = 0, around = TOP + BOTTOM, width = 0, height = 0;
    if (code == EXIT_DONE) {
        double legend = plane_legend_height(&c);
        beside = LEFT + GAP + plane_legend_width(&c);
        width = beside + PLANE;
        height = around + fmax(PLANE, legend);
        code = picture_size(r->o, &width, &height, beside + LEAST_PLANE, around + fmax(LEAST_PLANE, legend), why);
    }
    if (code == EXIT_DONE)
        code = picture_open(&c.p, r->o, width, height, why);
    if (code == EXIT_DONE) {
        c.width = width - beside;
        c.height = height - around;
        code = draw(&c, why);
        failure unused = {0};
        if (code != EXIT_DONE)
            fprintf(c.p.to, "exit status 1\n"); /* half a picture is none */
        int closed = picture_close(&c.p, r->o->quiet, code == EXIT_DONE ? why : &unused);
        code = code == EXIT_DONE ? closed : code;
    }
    free(c.order);
    free(c.degree);
    free(c.group);
    free(c.hatching);
    return code;
}
