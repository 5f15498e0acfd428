/*
 * The picture of a diagram over two stimuli: each region filled by its number of fixed points, hatched where there are
 * cycles, dotted where a symmetry is broken. Regions are painted as their outer rings, larger ones first: what lies in
 * a hole is painted over it, so that every edge is exact.
 */
#include "diagram.h"
#include "gnuplot.h"
#include "reading.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLANE = 560, LEFT = 86, BOTTOM = 66, TOP = 66, GAP = 24 }; /* pixels */
enum { MOST_CORNERS = 400000, MOST_SWATCHES = 9, MOST_HATCHES = 6, DOTS = 44 };

/* Light to dark, told apart by colour-blind readers and in grey print: ColorBrewer's YlGnBu. */
static const int scale[][3] = {{255, 255, 217}, {237, 248, 177}, {199, 233, 180}, {127, 205, 187}, {65, 182, 196},
                               {29, 145, 192},  {34, 94, 168},   {37, 52, 148},   {8, 29, 88}};
enum { STEPS = sizeof scale / sizeof *scale };

static const int patterns[MOST_HATCHES] = {4, 5, 6, 7, 1, 2}; /* gnuplot's; the last is for all other periods */

typedef struct paint {
    uint64_t region;
    double size; /* area of the outer ring */
} paint;

typedef struct hatch {
    char periods[60];
    double area;
} hatch;

typedef struct canvas {
    const diagram_result *r;
    picture p;
    double *degree; /* distinct numbers of fixed points, rising */
    size_t degrees;
    hatch *hatch; /* distinct lists of periods, by area */
    size_t hatches;
    int broken; /* BINNET_BROKEN_* anywhere */
    paint *order;
    uint64_t regions;
} canvas;

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

/* The periods without how many cycles have them. */
static char *periods_of(const canvas *c, uint64_t k, char text[60])
{
    uint64_t periods = 0, period;
    size_t used = 0;
    text[0] = 0;
    binnet_regions_label(c->r->regions, k, NULL, NULL, NULL, &periods, NULL, NULL);
    for (uint64_t m = 0; m < periods && used < 60; m++) {
        binnet_regions_period(c->r->regions, k, m, &period, NULL, NULL);
        int wrote = snprintf(text + used, 60 - used, "%s%" PRIu64, m > 0 ? ", " : "", period);
        if (used + (size_t)wrote > 52) {
            snprintf(text + used, 60 - used, ", ...");
            break;
        }
        used += (size_t)wrote;
    }
    return text;
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

static int by_periods(const void *p, const void *q)
{
    return strcmp(((const hatch *)p)->periods, ((const hatch *)q)->periods);
}

static int by_hatched_area(const void *p, const void *q)
{
    const hatch *a = p, *b = q;
    return a->area > b->area ? -1 : a->area < b->area ? 1 : by_periods(p, q);
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

/* What there is to paint, and the lists for the legend. */
static int survey(canvas *c, failure *why)
{
    uint64_t n = c->regions = binnet_regions_count(c->r->regions), corners = 0;
    c->order = calloc((size_t)n, sizeof *c->order);
    c->degree = calloc((size_t)n, sizeof *c->degree);
    c->hatch = calloc((size_t)n, sizeof *c->hatch);
    if (c->order == NULL || c->degree == NULL || c->hatch == NULL)
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
        periods_of(c, k, c->hatch[c->hatches].periods);
        c->hatch[c->hatches].area = area_of(c, k);
        c->hatches += c->hatch[c->hatches].periods[0] != 0;
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
    qsort(c->hatch, c->hatches, sizeof *c->hatch, by_periods);
    size_t kept = 0;
    for (size_t k = 0; k < c->hatches; k++)
        if (kept > 0 && by_periods(&c->hatch[k], &c->hatch[kept - 1]) == 0)
            c->hatch[kept - 1].area += c->hatch[k].area;
        else
            c->hatch[kept++] = c->hatch[k];
    c->hatches = kept;
    qsort(c->hatch, c->hatches, sizeof *c->hatch, by_hatched_area);
    return EXIT_DONE;
}

/* --- colours --- */

/* 0xrrggbb of the k-th of n degrees; no fixed point is white. */
static unsigned colour(const canvas *c, size_t k)
{
    size_t first = c->degree[0] == 0, n = c->degrees - first;
    if (k < first)
        return 0xffffff;
    double place = 0.1 + 0.82 * (double)(k - first) / (double)(n > 4 ? n - 1 : 3), at = place * (STEPS - 1);
    int low = (int)at;
    unsigned rgb = 0;
    for (int part = 0; part < 3; part++)
        rgb = rgb << 8 | (unsigned)lrint(scale[low][part] + (at - low) * (scale[low + 1][part] - scale[low][part]));
    return rgb;
}

/* Black or white, whichever is seen on it. */
static const char *ink_on(unsigned rgb)
{
    double light = 0.299 * (rgb >> 16) + 0.587 * (rgb >> 8 & 255) + 0.114 * (rgb & 255);
    return light > 110 ? "#000000" : "#ffffff";
}

static size_t degree_place(const canvas *c, double fixed)
{
    size_t k = 0;
    while (c->degree[k] != fixed)
        k++;
    return k;
}

/* gnuplot's pattern for the cycles of region k; 0: none. */
static int pattern_of(const canvas *c, uint64_t k)
{
    char text[60];
    if (periods_of(c, k, text)[0] == 0)
        return 0;
    size_t h = 0;
    while (strcmp(c->hatch[h].periods, text) != 0)
        h++;
    return patterns[h < MOST_HATCHES ? h : MOST_HATCHES - 1];
}

/* --- painting --- */

static const char frame[] = "border linecolor rgb '#222222' linewidth 0.6";

static void polygon(canvas *c, const double *corner, uint64_t size, const char *style)
{
    fprintf(c->p.to, "set object %d polygon from ", ++c->p.objects);
    for (uint64_t m = 0; m <= size; m++)
        fprintf(c->p.to, "%s%.12g,%.12g", m > 0 ? " to " : "", corner[2 * (m % size)], corner[2 * (m % size) + 1]);
    fprintf(c->p.to, " %s\n", style);
}

/* Is the outer ring more than a line's width across? */
static int is_broad(const canvas *c, const double *corner, uint64_t size)
{
    int broad = 1;
    for (uint64_t a = 0; a < 2; a++) {
        double lo = corner[a], hi = corner[a];
        for (uint64_t m = 1; m < size; m++) {
            lo = fmin(lo, corner[2 * m + a]);
            hi = fmax(hi, corner[2 * m + a]);
        }
        broad &= (hi - lo) / (c->r->axis[a].hi - c->r->axis[a].lo) * PLANE > 2.5;
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
        unsigned fill = colour(c, degree_place(c, fixed_of(c, region)));
        int hatched = pattern_of(c, region);
        snprintf(style, sizeof style, "fillcolor rgb '#%06x' fillstyle solid %s", fill,
                 is_broad(c, corner, size) ? frame : "noborder");
        polygon(c, corner, size, style);
        snprintf(style, sizeof style, "fillcolor rgb '%s' fillstyle transparent pattern %d noborder", ink_on(fill),
                 hatched);
        if (hatched != 0)
            polygon(c, corner, size, style);
        free(corner);
    }
    return EXIT_DONE;
}

static void dot(canvas *c, uint64_t region, const double at[2])
{
    const char *ink = ink_on(colour(c, degree_place(c, fixed_of(c, region))));
    fprintf(c->p.to, "%.12g %.12g 0x%s\n", at[0], at[1], ink + 1);
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

/* Dots on a lattice where a symmetry is broken. A region that the lattice misses has one in its middle, unless the cell
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
            dot(c, k, at);
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
            dot(c, k, at);
        taken[i][j] = 1;
    }
    fprintf(c->p.to, "E\n");
    free(hit);
    return EXIT_DONE;
}

/* The number of fixed points, where there is room for it. */
static void numbers(canvas *c)
{
    const stimulus_axis *x = &c->r->axis[0], *y = &c->r->axis[1];
    fprintf(c->p.to, "set style textbox opaque fillcolor rgb '#ffffff' noborder margins 0.6, 0.4\n");
    for (uint64_t k = 0; k < c->regions; k++) {
        double lo[2], hi[2], best = 0, at[2] = {0, 0};
        char text[40];
        snprintf(text, sizeof text, "%.6g", fixed_of(c, k));
        double needed = 12 + 8 * (double)strlen(text);
        for (uint64_t m = 0; m < binnet_regions_rectangles(c->r->regions, k); m++) {
            binnet_regions_rectangle(c->r->regions, k, m, lo, hi);
            double w = (hi[0] - lo[0]) / (x->hi - x->lo) * PLANE, h = (hi[1] - lo[1]) / (y->hi - y->lo) * PLANE;
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

/* --- the legend --- */

static double legend_degrees(canvas *c, double x, double y)
{
    char style[160], text[40];
    picture_label(&c->p, x, y, "fixed points");
    y += 16;
    if (c->degrees <= MOST_SWATCHES) {
        for (size_t k = c->degrees; k-- > 0; y += 22) {
            snprintf(style, sizeof style, "fillcolor rgb '#%06x' fillstyle solid %s", colour(c, k), frame);
            picture_box(&c->p, x, y, 30, 18, style);
            snprintf(text, sizeof text, "%.6g", c->degree[k]);
            picture_label(&c->p, x + 40, y + 9, text);
        }
        return y + 16;
    }
    /* a bar; the numbers beside it where there is room */
    double each = 220.0 / (double)c->degrees, last = -100;
    for (size_t k = 0; k < c->degrees; k++) {
        double from = y + 220 - each * (double)(k + 1);
        snprintf(style, sizeof style, "fillcolor rgb '#%06x' fillstyle solid noborder", colour(c, k));
        picture_box(&c->p, x, from, 30, each + 0.3, style);
        if (k == 0 || k == c->degrees - 1 || (y + 220 - from - last > 18 && from - y > 18)) {
            last = y + 220 - from;
            snprintf(text, sizeof text, c->degree[k] < 1e6 ? "%.0f" : "%.3g", c->degree[k]);
            picture_label(&c->p, x + 40, from + each / 2, text);
        }
    }
    snprintf(style, sizeof style, "fillstyle empty %s", frame);
    picture_box(&c->p, x, y, 30, 220, style);
    return y + 220 + 22;
}

static double legend_hatches(canvas *c, double x, double y)
{
    char style[160];
    if (c->hatches == 0)
        return y;
    picture_label(&c->p, x, y, "cycles, by their periods");
    y += 16;
    for (size_t k = 0; k < c->hatches && k < MOST_HATCHES; k++, y += 22) {
        snprintf(style, sizeof style, "fillcolor rgb '#000000' fillstyle transparent pattern %d %s", patterns[k],
                 frame);
        picture_box(&c->p, x, y, 30, 18, style);
        picture_label(&c->p, x + 40, y + 9,
                      k == MOST_HATCHES - 1 && c->hatches > MOST_HATCHES ? "other periods" : c->hatch[k].periods);
    }
    return y + 16;
}

static void legend_broken(canvas *c, double x, double y)
{
    char style[160];
    if (c->broken == 0)
        return;
    picture_label(&c->p, x, y, "symmetry broken in");
    y += 16;
    snprintf(style, sizeof style, "fillstyle empty %s", frame);
    picture_box(&c->p, x, y, 30, 18, style);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++)
            fprintf(
                c->p.to,
                "set label %d \"\" at screen %.5f,%.5f point pointtype 7 pointsize 0.25 linecolor rgb 'black' front\n",
                ++c->p.labels, picture_x(&c->p, x + 6 + 9 * i), picture_y(&c->p, y + 5 + 8 * j + (i % 2 ? 3 : 0) - 1));
    picture_label(&c->p, x + 40, y + 9,
                  c->broken == BINNET_BROKEN_FIXED   ? "a fixed point"
                  : c->broken == BINNET_BROKEN_CYCLE ? "a cycle"
                                                     : "a fixed point or cycle");
}

static double legend_width(const canvas *c)
{
    double widest = text_width("fixed points");
    if (c->hatches > 0)
        widest = fmax(widest, text_width("cycles, by their periods"));
    for (size_t k = 0; k < c->hatches && k < MOST_HATCHES; k++)
        widest = fmax(widest, 40 + text_width(c->hatch[k].periods));
    if (c->broken)
        widest = fmax(widest, 40 + text_width(c->broken == 3 ? "a fixed point or cycle" : "a fixed point"));
    return widest + 12;
}

static double legend_height(const canvas *c)
{
    double degrees = c->degrees <= MOST_SWATCHES ? 32 + 22 * (double)c->degrees : 258;
    double hatches = c->hatches > 0 ? 32 + 22 * (double)(c->hatches < MOST_HATCHES ? c->hatches : MOST_HATCHES) : 0;
    return degrees + hatches + (c->broken ? 40 : 0);
}

/* --- the whole --- */

static int draw(canvas *c, failure *why)
{
    const stimulus_axis *x = &c->r->axis[0], *y = &c->r->axis[1];
    FILE *g = c->p.to;
    fprintf(g, "set xrange [%.12g:%.12g]\nset yrange [%.12g:%.12g]\n", x->lo, x->hi, y->lo, y->hi);
    picture_margins(&c->p, LEFT, LEFT + PLANE, TOP, TOP + PLANE);
    fprintf(g, "set xtics out nomirror\nset ytics out nomirror\n");
    char text[400];
    snprintf(text, sizeof text, "stimulus to %.200s", x->name);
    picture_axis_label(&c->p, 'x', text);
    snprintf(text, sizeof text, "stimulus to %.200s", y->name);
    picture_axis_label(&c->p, 'y', text);
    for (int line = 0; line < 2; line++)
        picture_label(&c->p, LEFT, 20 + 22 * line, diagram_title(text, c->r, line, c->p.width - LEFT - 10));
    TRY(paint_regions(c, why));
    numbers(c);
    double legend = LEFT + PLANE + GAP, at = TOP + 8;
    at = legend_degrees(c, legend, at);
    at = legend_hatches(c, legend, at);
    legend_broken(c, legend, at);
    if (c->broken)
        TRY(dots(c, why));
    fprintf(g, "plot %s notitle\n",
            c->broken ? "$dots using 1:2:3 with points pointtype 7 pointsize 0.25 linecolor rgb variable" : "NaN");
    return EXIT_DONE;
}

int plot_plane(const diagram_result *r, const char *path, failure *why)
{
    canvas c = {.r = r};
    int code = survey(&c, why);
    if (code == EXIT_DONE) {
        code = picture_open(&c.p, path, LEFT + PLANE + GAP + legend_width(&c),
                            TOP + fmax(PLANE, legend_height(&c)) + BOTTOM, why);
        if (code == EXIT_DONE) {
            int drawn = draw(&c, why);
            code = picture_close(&c.p, r->o->quiet, why);
            code = drawn != EXIT_DONE ? drawn : code;
        }
    }
    free(c.order);
    free(c.degree);
    free(c.hatch);
    return code;
}
