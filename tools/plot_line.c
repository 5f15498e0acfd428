/*
 * The picture of a diagram over one stimulus: how many fixed points and cycles there are, and below it the branches:
 * each fixed point and cycle as a bar over the stimuli it exists for.
 */
#include "diagram.h"
#include "gnuplot.h"
#include "reading.h"
#include "result.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 60 };
enum { ROW = 20, WIDTH = 560, COUNTS = 130, TOP = 66, BETWEEN = 26, BOTTOM = 66, LEGEND = 190 }; /* pixels */

typedef struct bar {
    int cycle, broken;
    uint64_t index, period;
    double lo, hi, members;
    char name[64];
} bar;

typedef struct canvas {
    const diagram_result *r;
    picture p;
    bar *bar;
    size_t bars, hidden; /* hidden: in the window, but not shown */
    double left;
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

/* "13 1011 a c d", "E=3 I=1 (56 states)", "4 states from 5". */
static void name_bar(const canvas *c, bar *b)
{
    const network *net = &c->r->m->net;
    char text[50], bits[65];
    attractor_text(text, sizeof text, c->r, b->cycle, b->index, 0);
    if (net->n_sizes > 0 && b->members > 1)
        snprintf(b->name, sizeof b->name, "%.40s (%.6g %s)", text, b->members, b->cycle ? "cycles" : "states");
    else if (net->n_sizes == 0 && net->n <= 24 && !b->cycle)
        snprintf(b->name, sizeof b->name, "%s  %s", text, state_bits(bits, strtoull(text, NULL, 10), net->n));
    else
        snprintf(b->name, sizeof b->name, "%.50s", text);
    if (b->cycle) {
        char from[64];
        memcpy(from, b->name, sizeof from);
        snprintf(b->name, sizeof b->name, "T = %" PRIu64 ", from %.40s", b->period, from);
    }
}

static int collect(canvas *c, failure *why)
{
    const binnet_diagram *d = c->r->diagram;
    const stimulus_axis *x = &c->r->axis[0];
    uint64_t fixed = binnet_diagram_fixed_count(d), all = fixed + binnet_diagram_cycle_count(d);
    c->bar = calloc((size_t)all, sizeof *c->bar);
    if (c->bar == NULL)
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
    double widest = 80;
    for (size_t k = 0; k < c->bars; k++) {
        name_bar(c, &c->bar[k]);
        widest = fmax(widest, text_width(c->bar[k].name));
        c->any_cycle |= c->bar[k].cycle;
        c->any_broken |= c->bar[k].broken;
    }
    c->left = 24 + widest;
    return EXIT_DONE;
}

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
    double most = 0;
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
    picture_margins(&c->p, c->left, c->left + WIDTH, TOP, TOP + COUNTS);
    fprintf(g, "set yrange [%.12g:%.12g]\nset ytics out nomirror autofreq\nset xtics out nomirror format ''\n",
            -0.06 * most, 1.1 * most);
    if (most <= 6)
        fprintf(g, "set ytics 1\n");
    fprintf(g, "set ylabel 'number'\nplot $count0 using 1:2 with lines linewidth 2 linecolor rgb '#225ea8' notitle");
    if (c->any_cycle)
        fprintf(g, ", $count1 using 1:2 with lines linewidth 2 dashtype 2 linecolor rgb '#b35806' notitle");
    fprintf(g, "\n");
}

static void draw_bars(canvas *c)
{
    const stimulus_axis *x = &c->r->axis[0];
    FILE *g = c->p.to;
    char text[300];
    picture_margins(&c->p, c->left, c->left + WIDTH, TOP + COUNTS + BETWEEN, c->p.height - BOTTOM);
    for (int k = 1; k <= c->p.labels; k++)
        fprintf(g, "unset label %d\n", k);
    for (int k = 1; k <= c->p.objects; k++)
        fprintf(g, "unset object %d\n", k);
    fprintf(g, "unset ylabel\nset xtics format '%%g'\nset yrange [%.1f:0]\nset ytics scale 0 noenhanced (",
            (double)c->bars);
    for (size_t k = 0; k < c->bars; k++) {
        fputs(k > 0 ? ", " : "", g);
        picture_text(&c->p, c->bar[k].name);
        fprintf(g, " %.1f", (double)k + 0.5);
    }
    fprintf(g, ")\n");
    snprintf(text, sizeof text, "stimulus to %.200s", x->name);
    picture_axis_label(&c->p, 'x', text);
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
            c->any_broken ? "$dots using 1:2:3 with points pointtype 7 pointsize 0.3 linecolor rgb variable" : "NaN");
}

static void legend(canvas *c)
{
    const bar shown[3] = {{.cycle = 0}, {.cycle = 1}, {.broken = 1}};
    const char *text[3] = {"fixed point", "cycle (T: its period)", "symmetry broken"};
    double x = c->left + WIDTH + 24, y = TOP + 8;
    for (int k = 0; k < 3; k++) {
        if ((k == 1 && !c->any_cycle) || (k == 2 && !c->any_broken))
            continue;
        picture_box(&c->p, x, y, 30, 16, style_of(&shown[k]));
        for (int j = 0; k == 2 && j < 3; j++)
            fprintf(
                c->p.to,
                "set label %d \"\" at screen %.5f,%.5f point pointtype 7 pointsize 0.3 linecolor rgb '#ffffff' front\n",
                ++c->p.labels, picture_x(&c->p, x + 6 + 9 * j), picture_y(&c->p, y + 8));
        picture_label(&c->p, x + 40, y + 8, text[k]);
        y += 24;
    }
    if (c->hidden > 0) {
        char more[60];
        snprintf(more, sizeof more, "%zu shorter ones not shown", c->hidden);
        picture_label(&c->p, x, y + 8, more);
    }
}

int plot_line(const diagram_result *r, const char *path, failure *why)
{
    canvas c = {.r = r};
    int code = collect(&c, why);
    if (code == EXIT_DONE) {
        code = picture_open(&c.p, path, c.left + WIDTH + 24 + LEGEND,
                            TOP + COUNTS + BETWEEN + ROW * (double)(c.bars > 3 ? c.bars : 3) + BOTTOM, why);
    }
    if (code == EXIT_DONE) {
        fprintf(c.p.to, "set multiplot\nset xrange [%.12g:%.12g]\n", r->axis[0].lo, r->axis[0].hi);
        char text[400];
        for (int line = 0; line < 2; line++)
            picture_label(&c.p, 20, 20 + 22 * line, diagram_title(text, r, line, c.p.width - 30));
        legend(&c);
        draw_counts(&c);
        draw_bars(&c);
        fprintf(c.p.to, "unset multiplot\n");
        code = picture_close(&c.p, r->o->quiet, why);
    }
    free(c.bar);
    return code;
}
