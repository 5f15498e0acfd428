/*
 * The picture of a diagram over one stimulus: how many fixed points and cycles there are, and below it the branches:
 * each fixed point and cycle as a bar over the stimuli it exists for.
 */
#include "report/diagram.h"
#include "plot/gnuplot.h"
#include "report/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 60 };
/* units */
enum {
    EDGE = 14,
    ROW = 20,
    LEAST_ROW = 15,
    WIDTH = 560,
    LEAST_WIDTH = 200,
    COUNTS = 130,
    TOP = 66,
    BETWEEN = 36,
    BOTTOM = 66
};
enum { GAP = 24, SWATCH = 40, LONGEST_NAME = 330, LONGEST_NEURON = 95, MOST_BITS = 16 };

typedef struct bar {
    int cycle, broken;
    uint64_t index, period;
    double lo, hi, members;
    char name[256];
} bar;

typedef struct canvas {
    const diagram_result *r;
    picture p;
    char **neuron; /* their names, shortened; NULL: not used */
    bar *bar;
    size_t bars, hidden; /* hidden: in the window, but not shown */
    double left, width;  /* of the plots */
    int any_cycle, any_broken;
} canvas;

/* Fixed points before cycles, then by where they begin. */
static int by_place(const void *p, const void *q)
{
    const bar *a = p, *b = q;
    if (a->cycle != b->cycle)
        return a->cycle - b->cycle;
    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    return a->hi != b->hi ? (a->hi < b->hi ? -1 : 1) : a->index < b->index ? -1 : 1;
}

static int by_length(const void *p, const void *q)
{
    const bar *a = p, *b = q;
    double x = a->hi - a->lo, y = b->hi - b->lo;
    return x > y ? -1 : x < y ? 1 : by_place(p, q);
}

/* "AVAL AVAR +3": names of the active neurons, as many as fit. */
static void name_active(const canvas *c, char *text, size_t size, uint64_t state, double width)
{
    size_t n = c->r->m->net.n, used = 0, named = 0, active = 0;
    for (size_t i = 0; i < n; i++)
        active += state >> i & 1;
    snprintf(text, size, "%s", active == 0 ? "none active" : active == n ? "all active" : "");
    if (active == 0 || active == n)
        return;
    for (size_t i = 0; i < n; i++) {
        if (!(state >> i & 1))
            continue;
        size_t before = used;
        used += (size_t)snprintf(text + used, size - used, "%s%s", named > 0 ? " " : "", c->neuron[i]);
        if (used + 40 > size || text_width(text) > width - (named + 1 < active ? text_width(" +00") : 0)) {
            used = before;
            break;
        }
        named++;
    }
    if (named < active)
        snprintf(text + used, size - used, " +%zu", active - named);
}

/* "13  1011", "fixed point 2: AVAL AVAR +3", "E=3 I=1 (56 states)", "cycle 4, T = 3, from 9". */
static void name_bar(const canvas *c, bar *b)
{
    const network *net = &c->r->m->net;
    char text[100], what[100], more[200] = "", name[sizeof b->name];
    uint64_t state = 0;
    attractor_text(text, sizeof text, c->r, b->cycle, b->index, 0);
    if (net->n_sizes == 0)
        state = strtoull(text, NULL, 10);
    if (b->cycle)
        snprintf(what, sizeof what, "cycle %" PRIu64 ", T = %" PRIu64 ", from ", b->index, b->period);
    else
        snprintf(what, sizeof what, "fixed point %" PRIu64 ": ", b->index);
    if (net->n_sizes > 0 && b->members > 1)
        snprintf(more, sizeof more, " (%.6g %s)", b->members, b->cycle ? "cycles" : "states");
    if (net->n_sizes == 0 && net->n > MOST_BITS) {
        name_active(c, more, sizeof more, state, LONGEST_NAME - text_width(what));
        snprintf(name, sizeof name, "%s%s", what, more);
    } else if (b->cycle) {
        snprintf(name, sizeof name, "%s%s%s", what, text, more);
    } else if (net->n_sizes > 0) {
        snprintf(name, sizeof name, "%s%s", text, more);
    } else {
        snprintf(name, sizeof name, "%s  %s", text, state_bits(more, state, net->n));
    }
    text_fit(b->name, sizeof b->name, name, LONGEST_NAME);
}

static int collect(canvas *c, failure *why)
{
    const binnet_diagram *d = c->r->diagram;
    const stimulus_axis *x = &c->r->axis[0];
    uint64_t fixed = binnet_diagram_fixed_count(d), all = fixed + binnet_diagram_cycle_count(d);
    c->bar = calloc((size_t)all, sizeof *c->bar);
    const network *net = &c->r->m->net;
    int named = net->n_sizes == 0 && net->n > MOST_BITS;
    c->neuron = named ? names_fit(net->name, net->n, LONGEST_NEURON) : NULL;
    if (c->bar == NULL || (named && c->neuron == NULL))
        return fail(why, EXIT_BUDGET, "out of memory");
    for (uint64_t k = 0; k < all; k++) {
        bar b = {.cycle = k >= fixed, .index = k >= fixed ? k - fixed : k, .period = 1};
        if (b.cycle) {
            binnet_diagram_cycle(d, b.index, &b.period, &b.lo, &b.hi);
            binnet_diagram_cycle_class(d, b.index, 0, NULL, &b.members);
            b.broken = binnet_diagram_cycle_broken(d, b.index) > 0;
        } else {
            binnet_diagram_fixed(d, b.index, NULL, &b.lo, &b.hi);
            binnet_diagram_fixed_class(d, b.index, NULL, &b.members);
            b.broken = binnet_diagram_fixed_broken(d, b.index) > 0;
        }
        if (b.hi < x->lo || b.lo > x->hi)
            continue;
        b.lo = fmax(b.lo, x->lo - 1);
        b.hi = fmin(b.hi, x->hi + 1);
        c->bar[c->bars++] = b;
    }
    if (c->bars > MOST_ROWS) { /* the longest */
        qsort(c->bar, c->bars, sizeof *c->bar, by_length);
        c->hidden = c->bars - MOST_ROWS;
        c->bars = MOST_ROWS;
    }
    qsort(c->bar, c->bars, sizeof *c->bar, by_place);
    double widest = 90;
    for (size_t k = 0; k < c->bars; k++) {
        name_bar(c, &c->bar[k]);
        widest = fmax(widest, text_width(c->bar[k].name));
        c->any_cycle |= c->bar[k].cycle;
        c->any_broken |= c->bar[k].broken;
    }
    c->left = EDGE + 10 + widest;
    return EXIT_DONE;
}

/* The lines lie over each other where the numbers are equal: the upper one is narrow, so that both are seen. */
static const char counts_style[2][40] = {"linewidth 5 linecolor rgb '#74a9cf'",
                                         "linewidth 1.8 linecolor rgb '#b35806'"};

static const char *style_of(const bar *b)
{
    return b->cycle ? "fillcolor rgb '#b35806' fillstyle transparent pattern 4 border linecolor rgb '#b35806'"
                    : "fillcolor rgb '#225ea8' fillstyle solid border linecolor rgb '#222222' linewidth 0.6";
}

/* Numbers of fixed points and of cycles over the intervals. */
static void draw_counts(canvas *c)
{
    const binnet_regions *regions = c->r->regions;
    FILE *g = c->p.to;
    double most = 1;
    for (int what = 0; what < 2; what++) {
        fprintf(g, "$count%d << E\n", what);
        for (uint64_t k = 0; k < binnet_regions_count(regions); k++)
            for (uint64_t m = 0; m < binnet_regions_rectangles(regions, k); m++) {
                double lo, hi, count, cycles;
                uint64_t periods;
                binnet_regions_label(regions, k, NULL, &count, NULL, &periods, NULL, NULL);
                if (what == 1)
                    count = 0;
                for (uint64_t p = 0; what == 1 && p < periods; p++) {
                    binnet_regions_period(regions, k, p, NULL, &cycles, NULL);
                    count += cycles;
                }
                binnet_regions_rectangle(regions, k, m, &lo, &hi);
                fprintf(g, "%.12g %.12g\n%.12g %.12g\n", lo, count, hi, count);
                most = fmax(most, count);
            }
        fprintf(g, "E\n");
    }
    picture_margins(&c->p, c->left, c->left + c->width, TOP, TOP + COUNTS);
    fprintf(g, "set yrange [%.12g:%.12g]\nset ytics out nomirror autofreq\nset xtics out nomirror format ''\n",
            -0.06 * most, 1.1 * most);
    if (most <= 6)
        fprintf(g, "set ytics 1\n");
    fprintf(g, "set ylabel 'number'\nplot $count0 using 1:2 with lines %s notitle", counts_style[0]);
    if (c->any_cycle)
        fprintf(g, ", $count1 using 1:2 with lines %s notitle", counts_style[1]);
    fprintf(g, "\n");
    picture_clear(&c->p);
}

static void draw_bars(canvas *c)
{
    const stimulus_axis *x = &c->r->axis[0];
    FILE *g = c->p.to;
    char text[300];
    picture_margins(&c->p, c->left, c->left + c->width, TOP + COUNTS + BETWEEN, c->p.height - BOTTOM);
    fprintf(g, "unset ylabel\nset xtics format '%%g'\nset yrange [%.1f:0]\nset ytics scale 0 noenhanced (",
            c->bars > 0 ? (double)c->bars : 1.0);
    for (size_t k = 0; k < c->bars; k++) {
        fputs(k > 0 ? ", " : "", g);
        picture_tic(&c->p, c->bar[k].name);
        fprintf(g, " %.1f", (double)k + 0.5);
    }
    fprintf(g, ")\n");
    snprintf(text, sizeof text, "stimulus to %.200s", x->name);
    picture_axis_label(&c->p, 'x', text, c->width);
    fprintf(g, "$dots << E\n");
    for (size_t k = 0; k < c->bars; k++) {
        double from = fmax(c->bar[k].lo, x->lo), to = fmin(c->bar[k].hi, x->hi), step = (x->hi - x->lo) / 56;
        for (double at = from + step / 2; c->bar[k].broken && at < to; at += step)
            fprintf(g, "%.12g %.2f %s\n", at, (double)k + 0.5, c->bar[k].cycle ? "0" : "16777215");
        if (c->bar[k].broken && to - from <= step / 2)
            fprintf(g, "%.12g %.2f %s\n", (from + to) / 2, (double)k + 0.5, c->bar[k].cycle ? "0" : "16777215");
    }
    fprintf(g, "E\n");
    for (size_t k = 0; k < c->bars; k++) {
        const bar *b = &c->bar[k];
        double thin = (x->hi - x->lo) / 800; /* a state that exists at one value is still seen */
        fprintf(g, "set object %zu rectangle from first %.12g, first %.2f to first %.12g, first %.2f %s clip\n", k + 1,
                b->lo == b->hi ? b->lo - thin : b->lo, (double)k + 0.2, b->lo == b->hi ? b->hi + thin : b->hi,
                (double)k + 0.8, style_of(b));
    }
    fprintf(g, "plot %s notitle\n",
            c->any_broken ? "$dots using 1:2:3 with points pointtype 7 pointsize 0.4 linecolor rgb variable" : "NaN");
}

static const char *const legend_text[] = {"number of fixed points", "number of cycles", "fixed point",
                                          "cycle (T: its period)",  "symmetry broken",  "0000 shorter ones not shown"};

static void legend(canvas *c)
{
    const bar shown[3] = {{.cycle = 0}, {.cycle = 1}, {.broken = 1}};
    double x = c->left + c->width + GAP, y = TOP + 16;
    for (int k = 0; k < 1 + c->any_cycle; k++, y += 24) {
        picture_stroke(&c->p, x, y, x + 30, y, counts_style[k]);
        picture_label(&c->p, x + SWATCH, y, legend_text[k]);
    }
    y = TOP + COUNTS + BETWEEN;
    for (int k = 0; k < 3; k++) {
        if ((k == 1 && !c->any_cycle) || (k == 2 && !c->any_broken))
            continue;
        picture_box(&c->p, x, y, 30, 16, style_of(&shown[k]));
        for (int j = 0; k == 2 && j < 3; j++)
            fprintf(
                c->p.to,
                "set label %d \"\" at screen %.5f,%.5f point pointtype 7 pointsize 0.4 linecolor rgb '#ffffff' front\n",
                ++c->p.labels, picture_x(&c->p, x + 6 + 9 * j), picture_y(&c->p, y + 8));
        picture_label(&c->p, x + SWATCH, y + 8, legend_text[2 + k]);
        y += 24;
    }
    if (c->hidden > 0) {
        char more[60];
        snprintf(more, sizeof more, "%zu shorter ones not shown", c->hidden);
        picture_label(&c->p, x, y + 8, more);
    }
}

/* What the names of the rows are. */
static void label_rows(canvas *c)
{
    const network *net = &c->r->m->net;
    char text[100];
    snprintf(text, sizeof text, "%s",
             net->n_sizes > 0      ? "active neurons of each population"
             : net->n <= MOST_BITS ? "state, its bits (first neuron leftmost)"
                                   : "as numbered in the table of boxes: active neurons");
    picture_label(&c->p, EDGE, TOP + COUNTS + BETWEEN - 12, text);
}

static int lay_out(canvas *c, failure *why)
{
    double rows = (double)(c->bars > 4 ? c->bars : 4), widest = 0, above = TOP + COUNTS + BETWEEN;
    for (int k = 0; k < 6; k++)
        widest = fmax(widest, text_width(legend_text[k]) + (k < 5 ? SWATCH : 0));
    double beside = c->left + GAP + widest + EDGE, width = beside + WIDTH;
    double height = above + ROW * rows + BOTTOM;
    TRY(picture_size(c->r->o, &width, &height, beside + LEAST_WIDTH, above + LEAST_ROW * rows + BOTTOM, why));
    c->width = width - beside;
    return picture_open(&c->p, c->r->o, width, height, why);
}

int plot_line(const diagram_result *r, failure *why)
{
    canvas c = {.r = r};
    int code = collect(&c, why);
    if (code == EXIT_DONE)
        code = lay_out(&c, why);
    if (code == EXIT_DONE) {
        fprintf(c.p.to, "set multiplot\nset xrange [%.12g:%.12g]\n", r->axis[0].lo, r->axis[0].hi);
        diagram_heading(&c.p, r, EDGE);
        legend(&c);
        if (c.bars > 0)
            label_rows(&c);
        draw_counts(&c);
        draw_bars(&c);
        fprintf(c.p.to, "unset multiplot\n");
        code = picture_close(&c.p, r->o->quiet, why);
    }
    free(c.bar);
    free(c.neuron);
    return code;
}
