/*
 * The picture of a sweep of one parameter: a panel for each family of quantities, one below the other, with the names of the
 * curves beside it, and thin lines where the network without noise changes.
 */
#include "sweep/sweep.h"

#include "plot/gnuplot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FAMILIES = 12, MOST_CURVES = 64 };
/* units */
enum {
    EDGE = 14,
    LEAST_LEFT = 96,
    LABEL = 66, /* beside the numbers of an axis: its name and what keeps them apart */
    TOP = 66,
    BETWEEN = 22,
    BOTTOM = 58,
    WIDTH = 560,
    LEAST_WIDTH = 200,
    PANEL = 190,
    LEAST_PANEL = 90,
    ROW = 18
};
enum { GAP = 20, SWATCH = 42, LONGEST_NAME = 300 };

typedef struct panel {
    const char *family;
    size_t curves, quantity[MOST_CURVES];
    char **name; /* shortened, without the family */
    double lo, hi, height;
    int signs;
} panel;

typedef struct canvas {
    const sweep *s;
    picture p;
    panel panel[MOST_FAMILIES];
    size_t panels;
    double left, width; /* of the plots */
    int plain, broken;
} canvas;

/* Dark on white; from one to the next dashes change last. */
static const char *const colours[] = {"#1f66a8", "#c8364a", "#23884c", "#7a4aa0",
                                      "#b8690b", "#3a3a3a", "#0a8f93", "#96562b"};
enum { COLOURS = sizeof colours / sizeof *colours };

static char *curve_style(char text[80], size_t k)
{
    snprintf(text, 80, "linewidth 1.8 dashtype %zu linecolor rgb '%s'", 1 + k / COLOURS, colours[k % COLOURS]);
    return text;
}

static const char *mark_style(int broken)
{
    return broken ? "linewidth 1.3 dashtype 3 linecolor rgb '#7a1fd0'" : "linewidth 1 linecolor rgb '#9a9a9a'";
}
static const char *const mark_text[] = {"bifurcation without noise", "without noise, symmetry broken"};
static const char gap_text[] = "no law";
static const char gap_style[] = "fillcolor rgb '#e3e3e3' fillstyle solid noborder";

static const char *without_family(const sweep_quantity *q)
{
    size_t length = strlen(q->family);
    return strncmp(q->name, q->family, length) == 0 && q->name[length] == ':' ? q->name + length + 1 : q->name;
}

static void find_span(panel *f, const sweep *s)
{
    const sweep_quantity *first = &s->plan->quantity[f->quantity[0]];
    double least = INFINITY, most = -INFINITY, lo, hi;
    for (size_t k = 0; k < f->curves; k++) {
        f->signs |= s->plan->quantity[f->quantity[k]].signs;
        if (sweep_range(&lo, &hi, s, f->quantity[k])) {
            least = fmin(least, lo);
            most = fmax(most, hi);
        }
    }
    if (f->signs || !(least <= most)) {
        least = fmin(least, 0);
        most = fmax(most, 0);
    }
    if (first->lo < first->hi) {
        least = first->lo;
        most = first->hi;
    }
    double margin = most - least > 1e-12 * fmax(fabs(most), fabs(least)) ? 0.05 * (most - least)
                                                                         : fmax(fabs(most), 1e-3);
    f->lo = least - margin;
    f->hi = most + margin;
}

/* Which curves are in which panel. */
static int assign_panels(canvas *c, failure *why)
{
    const sweep_plan *plan = c->s->plan;
    for (size_t q = 0; q < plan->count; q++) {
        size_t k = 0;
        if (!plan->quantity[q].drawn)
            continue;
        while (k < c->panels && strcmp(c->panel[k].family, plan->quantity[q].family) != 0)
            k++;
        if (k == MOST_FAMILIES)
            return fail(why, EXIT_USAGE, "--plot: more than %d kinds of quantities", MOST_FAMILIES);
        if (k == c->panels)
            c->panel[c->panels++] = (panel){.family = plan->quantity[q].family};
        if (c->panel[k].curves == MOST_CURVES)
            return fail(why, EXIT_USAGE, "--plot: more than %d curves of one kind; choose with --show", MOST_CURVES);
        c->panel[k].quantity[c->panel[k].curves++] = q;
    }
    return EXIT_DONE;
}

static int collect_panels(canvas *c, failure *why)
{
    const sweep_plan *plan = c->s->plan;
    TRY(assign_panels(c, why));
    for (size_t k = 0; k < c->panels; k++) {
        panel *f = &c->panel[k];
        char *name[MOST_CURVES];
        for (size_t j = 0; j < f->curves; j++) /* only read */
            name[j] = (char *)(uintptr_t)without_family(&plan->quantity[f->quantity[j]]);
        f->name = names_fit(name, f->curves, LONGEST_NAME);
        if (f->name == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        find_span(f, c->s);
    }
    for (size_t k = 0; k < c->s->marks; k++)
        *(c->s->mark[k].broken ? &c->broken : &c->plain) = 1;
    return EXIT_DONE;
}

/* Entries of the legend beside a panel; what is common to all stands beside the first. */
static size_t common_rows(const canvas *c)
{
    return (size_t)c->plain + (size_t)c->broken + (c->s->gaps > 0);
}

static double legend_height(const canvas *c, size_t k)
{
    return (double)(ROW * (c->panel[k].curves + (k == 0 ? common_rows(c) : 0)) + 12);
}

static double legend_width(const canvas *c)
{
    double widest = 60;
    for (size_t k = 0; k < c->panels; k++)
        widest = fmax(widest, names_width(c->panel[k].name, c->panel[k].curves));
    for (int b = 0; b < 2; b++)
        if (b ? c->broken : c->plain)
            widest = fmax(widest, text_width(mark_text[b]));
    return SWATCH + widest + EDGE;
}

/* The widest number that may stand beside a panel. */
static double numbers_width(const panel *f)
{
    double step = 0.5 * pow(10, floor(log10((f->hi - f->lo) / 3))), widest = 0;
    for (double k = ceil(f->lo / step); k * step <= f->hi; k++) {
        char text[32];
        snprintf(text, sizeof text, "%.9g", k * step);
        widest = fmax(widest, text_width(text));
    }
    return widest;
}

static int lay_out(canvas *c, failure *why)
{
    c->left = LEAST_LEFT;
    for (size_t k = 0; k < c->panels; k++)
        c->left = fmax(c->left, LABEL + numbers_width(&c->panel[k]));
    double beside = c->left + GAP + legend_width(c), width = beside + WIDTH, least = TOP + BOTTOM, usual = TOP + BOTTOM;
    for (size_t k = 0; k < c->panels; k++) {
        least += fmax(LEAST_PANEL, legend_height(c, k)) + (k > 0 ? BETWEEN : 0);
        usual += fmax(PANEL, legend_height(c, k)) + (k > 0 ? BETWEEN : 0);
    }
    double height = usual;
    TRY(picture_size(c->s->o, &width, &height, beside + LEAST_WIDTH, least, why));
    c->width = width - beside;
    for (size_t k = 0; k < c->panels; k++)
        c->panel[k].height = fmax(LEAST_PANEL, legend_height(c, k)) + (height - least) / (double)c->panels;
    return picture_open(&c->p, c->s->o, width, height, why);
}

/* --- drawing --- */

static void draw_behind(canvas *c)
{
    const sweep *s = c->s;
    const sweep_axis *x = &s->axis[0];
    FILE *g = c->p.to;
    double half = (x->hi - x->lo) / (double)(x->steps - 1) / 2;
    int number = 100;
    for (size_t k = 0; k < s->points; k++) {
        size_t last = k;
        if (s->point[k].note == NULL)
            continue;
        while (last + 1 < s->points && s->point[last + 1].note != NULL)
            last++;
        fprintf(g, "set object %d rectangle from first %.12g, graph 0 to first %.12g, graph 1 behind clip %s\n",
                number++, fmax(x->lo, axis_value(x, k) - half), fmin(x->hi, axis_value(x, last) + half), gap_style);
        k = last;
    }
    for (size_t k = 0; k < s->marks; k++)
        fprintf(g, "set arrow from first %.12g, graph 0 to first %.12g, graph 1 nohead back %s\n", s->mark[k].value,
                s->mark[k].value, mark_style(s->mark[k].broken));
}

static void draw_legend(canvas *c, size_t k, double top)
{
    const panel *f = &c->panel[k];
    double x = c->left + c->width + GAP, y = top + 10;
    char style[80];
    for (size_t j = 0; j < f->curves; j++, y += ROW) {
        picture_stroke(&c->p, x, y, x + 32, y, curve_style(style, j));
        picture_label(&c->p, x + SWATCH, y, f->name[j]);
    }
    for (int b = 0; k == 0 && b < 2; b++) {
        if (!(b ? c->broken : c->plain))
            continue;
        picture_stroke(&c->p, x + 16, y - 7, x + 16, y + 7, mark_style(b));
        picture_label(&c->p, x + SWATCH, y, mark_text[b]);
        y += ROW;
    }
    if (k == 0 && c->s->gaps > 0) {
        picture_box(&c->p, x, y - 6, 32, 12, gap_style);
        picture_label(&c->p, x + SWATCH, y, gap_text);
    }
}

/* A curve, broken where there is no value; values between two such places alone as points. */
static void write_curve(canvas *c, size_t k, size_t quantity)
{
    const sweep *s = c->s;
    FILE *g = c->p.to;
    size_t n = s->plan->count;
    fprintf(g, "$curve%zu << E\n", k);
    for (size_t j = 0; j < s->points; j++) {
        double v = s->value[j * n + quantity];
        int alone = !isnan(v) && (j == 0 || isnan(s->value[(j - 1) * n + quantity])) &&
                    (j + 1 == s->points || isnan(s->value[(j + 1) * n + quantity]));
        if (isnan(v))
            fprintf(g, "%.12g NaN NaN\n", axis_value(&s->axis[0], j));
        else if (alone)
            fprintf(g, "%.12g NaN %.9g\n", axis_value(&s->axis[0], j), v);
        else
            fprintf(g, "%.12g %.9g NaN\n", axis_value(&s->axis[0], j), v);
    }
    fprintf(g, "E\n");
}

static void draw_panel(canvas *c, size_t k, double top)
{
    panel *f = &c->panel[k];
    FILE *g = c->p.to;
    char text[320], style[80];
    int last = k + 1 == c->panels;
    picture_margins(&c->p, c->left, c->left + c->width, top, top + f->height);
    draw_behind(c);
    draw_legend(c, k, top);
    fprintf(g, "set yrange [%.12g:%.12g]\nset ytics out nomirror\nset xtics out nomirror format '%s'\n", f->lo, f->hi,
            last ? "%g" : "");
    if (last)
        picture_axis_label(&c->p, 'x', axis_text(text, &c->s->axis[0]), c->width);
    picture_axis_label(&c->p, 'y', c->s->plan->quantity[f->quantity[0]].label, f->height + BETWEEN);
    for (size_t j = 0; j < f->curves; j++)
        write_curve(c, j, f->quantity[j]);
    fprintf(g, "plot ");
    if (f->signs)
        fprintf(g, "0 with lines linewidth 0.7 linecolor rgb '#b0b0b0' notitle, ");
    for (size_t j = 0; j < f->curves; j++)
        fprintf(g,
                "%s$curve%zu using 1:2 with lines %s notitle, '' using 1:3 with points pointtype 7 pointsize 0.4 "
                "linecolor rgb '%s' notitle",
                j > 0 ? ", " : "", j, curve_style(style, j), colours[j % COLOURS]);
    fprintf(g, "\n");
    picture_clear(&c->p);
}

static void draw(canvas *c)
{
    const sweep *s = c->s;
    char text[200];
    double top = TOP;
    fprintf(c->p.to, "set multiplot\nset xrange [%.12g:%.12g]\n", s->axis[0].lo, s->axis[0].hi);
    picture_heading(&c->p, EDGE, 0, picture_title(s->o, s->m->net.title != NULL ? s->m->net.title : s->o->network));
    picture_heading(&c->p, EDGE, 1, sweep_about(text, s));
    for (size_t k = 0; k < c->panels; k++) {
        draw_panel(c, k, top);
        top += c->panel[k].height + BETWEEN;
    }
    fprintf(c->p.to, "unset multiplot\n");
}

int plot_sweep_possible(const sweep *s, failure *why)
{
    canvas c = {.s = s};
    size_t drawn = 0;
    for (size_t q = 0; q < s->plan->count; q++)
        drawn += s->plan->quantity[q].drawn != 0;
    if (s->axes == 2 && drawn > SWEEP_MAPS)
        return fail(why, EXIT_USAGE, "--plot: %zu maps, at most %d; choose with --show", drawn, SWEEP_MAPS);
    return s->axes == 2 ? EXIT_DONE : assign_panels(&c, why);
}

int plot_sweep_line(const sweep *s, failure *why)
{
    canvas c = {.s = s};
    int code = collect_panels(&c, why);
    if (code == EXIT_DONE)
        code = lay_out(&c, why);
    if (code == EXIT_DONE) {
        draw(&c);
        code = picture_close(&c.p, s->o->quiet, why);
    }
    for (size_t k = 0; k < c.panels; k++)
        free(c.panel[k].name);
    return code;
}
