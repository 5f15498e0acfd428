/*
 * The picture of branches along a stimulus: solid where stable under the update rule, dashed where not, points where stability
 * changes, dots of the exact stationary means, and thin lines where the finite network without noise changes.
 */
#include "plot/gnuplot.h"
#include "report/mean_field.h"
#include "report/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    EDGE = 14,
    LEFT = 64,
    TOP = 66,
    BOTTOM = 58,
    WIDTH = 560,
    HEIGHT = 340,
    LEAST = 200,
    GAP = 20,
    SWATCH = 42,
    ROW = 18
};
enum { UNITS = 8, ROWS = UNITS + 10, LONGEST_NAME = 200 };

static const char *const colours[UNITS] = {"#1f66a8", "#c8364a", "#23884c", "#7a4aa0",
                                           "#b8690b", "#3a3a3a", "#0a8f93", "#96562b"};
static const int symbol[BINNET_POINT_HOPF + 1] = {0, 7, 9, 5, 13, 11};
static const char marked[] = "linewidth 1 linecolor rgb '#b5b5b5'";

typedef struct canvas {
    const mean_field *f;
    picture p;
    char **name;
    double width, height;
    int kinds[BINNET_POINT_HOPF + 1];
    double *mean;
} canvas;

static size_t units_shown(const mean_field *f)
{
    return f->n < UNITS ? f->n : UNITS;
}

static int is_stable(const mean_field *f, double radius, double growth)
{
    return f->update == BINNET_UPDATE_SYNCHRONOUS ? radius < 1 : growth < 1;
}

/* Whether stability under the update rule changes there. */
static int is_drawn(const mean_field *f, int32_t kind)
{
    return f->update == BINNET_UPDATE_SYNCHRONOUS ? kind != BINNET_POINT_HOPF
                                                  : kind <= BINNET_POINT_CROSSING || kind == BINNET_POINT_HOPF;
}

/* Branches as lines with gaps: all of them in columns, x, means while stable, means while not. */
static void write_branches(canvas *c)
{
    const mean_field *f = c->f;
    FILE *g = c->p.to;
    size_t shown = units_shown(f);
    fprintf(g, "$b << E\n");
    for (size_t k = 0; k < binnet_mean_branches_count(f->branches); k++) {
        int before = -1;
        for (size_t i = 0; i < binnet_mean_branches_length(f->branches, k); i++) {
            double x, radius, growth;
            binnet_mean_branches_point(f->branches, k, i, &x, c->mean, &radius, &growth);
            int stable = is_stable(f, radius, growth), both = before >= 0 && stable != before;
            fprintf(g, "%.9g", x);
            for (int part = 1; part >= 0; part--)
                for (size_t a = 0; a < shown; a++)
                    if (stable == part || both)
                        fprintf(g, " %.9g", c->mean[a]);
                    else
                        fprintf(g, " NaN");
            fprintf(g, "\n");
            before = stable;
        }
        fprintf(g, "\n");
    }
    fprintf(g, "E\n");
}

static void write_points(canvas *c)
{
    const mean_field *f = c->f;
    FILE *g = c->p.to;
    fprintf(g, "$e << E\n");
    for (size_t k = 0; k < f->stimuli; k++) {
        fprintf(g, "%.9g", f->at[k].x);
        for (size_t a = 0; a < units_shown(f); a++)
            fprintf(g, f->at[k].known ? " %.9g" : " NaN", f->at_mean[k * f->n + a]);
        fprintf(g, "\n");
    }
    fprintf(g, "E\n");
    for (int32_t kind = 1; kind <= BINNET_POINT_HOPF; kind++) {
        if (!c->kinds[kind])
            continue;
        fprintf(g, "$s%d << E\n", (int)kind);
        for (size_t k = 0; k < binnet_mean_branches_special_count(f->branches); k++) {
            int32_t own;
            double x;
            binnet_mean_branches_special(f->branches, k, &own, NULL, &x, NULL, c->mean, NULL);
            for (size_t a = 0; a < units_shown(f) && own == kind; a++)
                fprintf(g, "%.9g %.9g\n", x, c->mean[a]);
        }
        fprintf(g, "E\n");
    }
}

static double legend_row(canvas *c, double y, const char *style, int point, const char *text)
{
    double x = LEFT + c->width + GAP;
    if (point > 0)
        fprintf(
            c->p.to,
            "set label %d '' at screen %.6f, screen %.6f point pointtype %d pointsize 0.9 linecolor rgb '#222222'\n",
            ++c->p.labels, picture_x(&c->p, x + 16), picture_y(&c->p, y), point);
    else
        picture_stroke(&c->p, x, y, x + 32, y, style);
    picture_label(&c->p, x + SWATCH, y, text);
    return y + ROW;
}

static void draw_legend(canvas *c)
{
    const mean_field *f = c->f;
    char style[80];
    double y = TOP + 10;
    for (size_t a = 0; a < units_shown(f); a++) {
        snprintf(style, sizeof style, "linewidth 1.8 linecolor rgb '%s'", colours[a]);
        y = legend_row(c, y, style, 0, c->name[a]);
    }
    y = legend_row(c, y, "linewidth 1.2 dashtype 2 linecolor rgb '#222222'", 0, "not stable");
    for (int32_t kind = 1; kind <= BINNET_POINT_HOPF; kind++)
        if (c->kinds[kind])
            y = legend_row(c, y, "", symbol[kind], special_text(kind));
    if (f->exact)
        y = legend_row(c, y, "", 6, "exact mean");
    if (f->line.marks > 0)
        legend_row(c, y, marked, 0, "bifurcation without noise");
}

static void draw(canvas *c)
{
    const mean_field *f = c->f;
    const sweep_axis *x = &f->line.axis[0];
    FILE *g = c->p.to;
    char text[320], about[240], noise[100];
    size_t shown = units_shown(f);
    snprintf(about, sizeof about, "mean field, %s input; %s update, noise %s",
             f->input == BINNET_INPUT_MEAN ? "mean" : "Gaussian", update_name(f->update), noise_text(noise, f->m));
    picture_heading(&c->p, EDGE, 0, picture_title(f->o, f->m->net.title != NULL ? f->m->net.title : f->o->network));
    picture_heading(&c->p, EDGE, 1, about);
    picture_margins(&c->p, LEFT, LEFT + c->width, TOP, TOP + c->height);
    fprintf(g,
            "set xrange [%.12g:%.12g]\nset yrange [-0.03:1.03]\nset xtics out nomirror\nset ytics out nomirror 0.25\n",
            x->lo, x->hi);
    picture_axis_label(&c->p, 'x', axis_text(text, x), c->width);
    picture_axis_label(&c->p, 'y', "probability of being active", c->height);
    for (size_t k = 0; k < f->line.marks; k++)
        fprintf(g, "set arrow from first %.12g, graph 0 to first %.12g, graph 1 nohead back %s\n",
                f->line.mark[k].value, f->line.mark[k].value, marked);
    draw_legend(c);
    write_branches(c);
    write_points(c);
    fprintf(g, "plot ");
    for (size_t a = 0; a < shown; a++) {
        fprintf(g,
                "%s$b using 1:%zu with lines linewidth 1.8 linecolor rgb '%s' notitle, $b using 1:%zu with lines "
                "linewidth 1.2 dashtype 2 linecolor rgb '%s' notitle",
                a > 0 ? ", " : "", a + 2, colours[a], a + 2 + shown, colours[a]);
        if (f->exact)
            fprintf(g, ", $e using 1:%zu with points pointtype 6 pointsize 0.5 linecolor rgb '%s' notitle", a + 2,
                    colours[a]);
    }
    for (int32_t kind = 1; kind <= BINNET_POINT_HOPF; kind++)
        if (c->kinds[kind])
            fprintf(g, ", $s%d using 1:2 with points pointtype %d pointsize 0.9 linecolor rgb '#222222' notitle",
                    (int)kind, symbol[kind]);
    fprintf(g, "\n");
}

static int open_canvas(canvas *c, failure *why)
{
    const mean_field *f = c->f;
    double legend = fmax(names_width(c->name, units_shown(f)), text_width("bifurcation without noise")) + SWATCH + EDGE;
    size_t rows = units_shown(f) + 3;
    for (size_t k = 0; k < binnet_mean_branches_special_count(f->branches); k++) {
        int32_t kind;
        binnet_mean_branches_special(f->branches, k, &kind, NULL, NULL, NULL, NULL, NULL);
        if (!is_drawn(f, kind))
            continue;
        rows += !c->kinds[kind];
        c->kinds[kind] = 1;
    }
    double beside = LEFT + GAP + legend, width = beside + WIDTH, least = fmax(LEAST, (double)(ROW * rows + 12)),
           height = TOP + BOTTOM + fmax(HEIGHT, least);
    TRY(picture_size(f->o, &width, &height, beside + LEAST, TOP + BOTTOM + least, why));
    c->width = width - beside;
    c->height = height - TOP - BOTTOM;
    return picture_open(&c->p, f->o, width, height, why);
}

int mean_field_plot(const mean_field *f, failure *why)
{
    canvas c = {.f = f, .mean = malloc(f->n * sizeof *c.mean)};
    c.name = names_fit(f->name, units_shown(f), LONGEST_NAME);
    int code = c.name != NULL && c.mean != NULL ? open_canvas(&c, why) : fail(why, EXIT_BUDGET, "out of memory");
    if (code == EXIT_DONE) {
        draw(&c);
        code = picture_close(&c.p, f->o->quiet, why);
    }
    free(c.name);
    free(c.mean);
    return code;
}
