/*
 * The picture of a sweep of two parameters: a map for each quantity, with its colours beside it, and the edges of the regions
 * of the network without noise over them.
 */
#include "sweep/sweep.h"

#include "plot/gnuplot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* units */
enum {
    EDGE = 14,
    LEFT = 84,
    TOP = 66,
    NAME = 26,
    MAP = 260,
    LEAST_MAP = 120,
    BELOW = 62,
    BAR = 14,
    BESIDE = 92,
    LEGEND = 26
};

typedef struct canvas {
    const sweep *s;
    picture p;
    size_t maps, quantity[SWEEP_MAPS], across, down;
    double width, height; /* of a map */
} canvas;

/* From low to high: light to dark (ColorBrewer's YlGnBu), and blue, white, red around 0 (its RdBu). */
static const char *const rising[] = {"#ffffe5", "#d5eeb3", "#7fcdbb", "#2c9fc0", "#225ea8", "#0c2c6b"};
static const char *const around[] = {"#2166ac", "#92c5de", "#f7f7f7", "#f4a582", "#b2182b"};
static const char edge_style[] = "linewidth 1 linecolor rgb '#000000'",
                  below_style[] = "linewidth 2.6 linecolor rgb '#ffffff'";
static const char mark_text[] = "where the network without noise changes", gap_text[] = "no law, or not defined";
static const char gap_style[] = "fillcolor rgb '#8c8c8c' fillstyle solid noborder";

static void collect_maps(canvas *c)
{
    const sweep_plan *plan = c->s->plan;
    for (size_t q = 0; q < plan->count; q++) {
        if (plan->quantity[q].drawn && c->maps < SWEEP_MAPS)
            c->quantity[c->maps++] = q;
    }
    c->across = (size_t)ceil(sqrt((double)c->maps));
    c->across = c->across > 4 ? 4 : c->across;
    c->down = (c->maps + c->across - 1) / c->across;
}

/* Does a map have a place without a value? */
static int any_gap(const canvas *c)
{
    const sweep *s = c->s;
    for (size_t k = 0; k < s->points; k++)
        for (size_t j = 0; j < c->maps; j++)
            if (isnan(s->value[k * s->plan->count + c->quantity[j]]))
                return 1;
    return 0;
}

static int any_edge(const canvas *c)
{
    return c->s->marks > 0 || (c->s->regions != NULL && binnet_regions_count(c->s->regions) > 1);
}

static int lay_out(canvas *c, failure *why)
{
    char about[200];
    double beside = LEFT + BAR + BESIDE, around_it = NAME + BELOW, legend = any_edge(c) || any_gap(c) ? LEGEND : 0;
    double columns = (double)c->across, rows = (double)c->down, above = TOP + legend;
    double names = 0; /* above the maps */
    for (size_t k = 0; k < c->maps; k++)
        names = fmax(names, text_width(c->s->plan->quantity[c->quantity[k]].name));
    double width = columns * (LEFT + fmax(MAP + BAR + BESIDE, fmin(names, MAP + 240) + EDGE)),
           height = above + rows * (around_it + MAP);
    double texts = 2 * EDGE +
                   fmax(text_width(sweep_about(about, c->s)), 110 + text_width(mark_text) + text_width(gap_text));
    width = fmax(width, texts);
    TRY(picture_size(c->s->o, &width, &height, fmax(columns * (beside + LEAST_MAP), texts),
                     above + rows * (around_it + LEAST_MAP), why));
    c->width = width / columns - beside;
    c->height = (height - above) / rows - around_it;
    return picture_open(&c->p, c->s->o, width, height, why);
}

/* --- the edges --- */

/* An edge of the window is none of a region. */
static int on_frame(const sweep *s, const double *from, const double *to)
{
    for (int a = 0; a < SWEEP_AXES; a++)
        if (from[a] == to[a] && (from[a] == s->axis[a].lo || from[a] == s->axis[a].hi))
            return 1;
    return 0;
}

/* The window ends half a cell beyond the last values; lines that end with it go on to there. */
static double to_frame(const sweep_axis *a, double x)
{
    double half = (a->hi - a->lo) / (double)(a->steps - 1) / 2;
    return x <= a->lo ? a->lo - half : x >= a->hi ? a->hi + half : x;
}

/* The rings of the regions, within the window, in gnuplot's lines. */
static int write_edges(canvas *c, failure *why)
{
    const sweep *s = c->s;
    FILE *g = c->p.to;
    fprintf(g, "$edges << E\n");
    for (size_t k = 0; k < s->marks; k++) {
        const sweep_axis *other = &s->axis[1 - s->stimulus_axis];
        const double ends[2] = {to_frame(other, other->lo), to_frame(other, other->hi)};
        for (int e = 0; e < 2; e++)
            fprintf(g, "%.12g %.12g\n", s->stimulus_axis == 0 ? s->mark[k].value : ends[e],
                    s->stimulus_axis == 0 ? ends[e] : s->mark[k].value);
        fputc('\n', g);
    }
    for (uint64_t k = 0; s->regions != NULL && k < binnet_regions_count(s->regions); k++)
        for (uint64_t m = 0; m < binnet_regions_rings(s->regions, k); m++) {
            uint64_t size = binnet_regions_ring_size(s->regions, k, m);
            double *corner = malloc((size_t)size * 2 * sizeof *corner);
            if (corner == NULL)
                return fail(why, EXIT_BUDGET, "out of memory");
            binnet_regions_ring(s->regions, k, m, corner, size);
            for (uint64_t j = 0; j < size; j++) {
                const double *from = corner + 2 * j, *to = corner + 2 * ((j + 1) % size);
                if (!on_frame(s, from, to))
                    fprintf(g, "%.12g %.12g\n%.12g %.12g\n\n", to_frame(&s->axis[0], from[0]),
                            to_frame(&s->axis[1], from[1]), to_frame(&s->axis[0], to[0]), to_frame(&s->axis[1], to[1]));
            }
            free(corner);
        }
    fprintf(g, "E\n");
    return EXIT_DONE;
}

/* --- one map --- */

static void set_colours(canvas *c, const sweep_quantity *q, size_t quantity)
{
    FILE *g = c->p.to;
    double least = 0, most = 1;
    sweep_range(&least, &most, c->s, quantity);
    if (q->signs)
        most = fmax(fmax(fabs(least), fabs(most)), 1e-12), least = -most;
    else if (q->lo < q->hi)
        least = q->lo, most = q->hi;
    if (!(most > least))
        most = least + fmax(fabs(least), 1e-3);
    size_t count = q->signs ? sizeof around / sizeof *around : sizeof rising / sizeof *rising;
    fprintf(g, "set palette defined (");
    for (size_t k = 0; k < count; k++)
        fprintf(g, "%s%zu '%s'", k > 0 ? ", " : "", k, q->signs ? around[k] : rising[k]);
    fprintf(g, ")\nset cbrange [%.9g:%.9g]\n", least, most);
}

static void draw_map(canvas *c, size_t k, double left, double top)
{
    const sweep *s = c->s;
    const sweep_quantity *q = &s->plan->quantity[c->quantity[k]];
    const sweep_axis *x = &s->axis[0], *y = &s->axis[1];
    FILE *g = c->p.to;
    char text[320], fitted[400];
    double dx = (x->hi - x->lo) / (double)(x->steps - 1), dy = (y->hi - y->lo) / (double)(y->steps - 1);
    picture_margins(&c->p, left, left + c->width, top, top + c->height);
    picture_label(&c->p, left, top - 13, text_fit(fitted, sizeof fitted, q->name, c->width + BAR + BESIDE - EDGE + 1));
    picture_axis_label(&c->p, 'x', axis_text(text, x), c->width + 60);
    picture_axis_label(&c->p, 'y', axis_text(text, y), c->height);
    set_colours(c, q, c->quantity[k]);
    fprintf(g, "set colorbox vertical user origin screen %.5f,%.5f size screen %.5f,%.5f\n",
            picture_x(&c->p, left + c->width + 12), picture_y(&c->p, top + c->height), BAR / c->p.width,
            c->height / c->p.height);
    fprintf(g, "set object 999 rectangle from graph 0, 0 to graph 1, 1 behind %s\n", gap_style);
    fprintf(g, "set xrange [%.12g:%.12g]\nset yrange [%.12g:%.12g]\n", x->lo - dx / 2, x->hi + dx / 2, y->lo - dy / 2,
            y->hi + dy / 2);
    fprintf(g, "$map << E\n");
    for (size_t j = 0; j < s->points; j++) {
        double v = s->value[j * s->plan->count + c->quantity[k]];
        fprintf(g, "%.12g %.12g ", axis_value(x, j % x->steps), axis_value(y, j / x->steps));
        fprintf(g, isnan(v) ? "NaN\n" : "%.9g\n", v);
        if ((j + 1) % x->steps == 0)
            fputc('\n', g);
    }
    fprintf(g, "E\nplot $map using 1:2:3 with image notitle");
    if (any_edge(c))
        fprintf(g, ", $edges using 1:2 with lines %s notitle, $edges using 1:2 with lines %s notitle", below_style,
                edge_style);
    fprintf(g, "\n");
    picture_clear(&c->p);
}

static void draw_legend(canvas *c)
{
    double x = EDGE, y = TOP + 4;
    if (any_edge(c)) {
        picture_box(&c->p, x, y - 8, 32, 16, "fillcolor rgb '#2c9fc0' fillstyle solid noborder");
        picture_stroke(&c->p, x, y, x + 32, y, below_style);
        picture_stroke(&c->p, x, y, x + 32, y, edge_style);
        picture_label(&c->p, x + 42, y, mark_text);
        x += 42 + text_width(mark_text) + 24;
    }
    if (any_gap(c)) {
        picture_box(&c->p, x, y - 8, 32, 16, gap_style);
        picture_label(&c->p, x + 42, y, gap_text);
    }
}

static int draw(canvas *c, failure *why)
{
    const sweep *s = c->s;
    char text[200];
    TRY(write_edges(c, why));
    fprintf(c->p.to, "set multiplot\nset xtics out nomirror\nset ytics out nomirror\nset cbtics out nomirror\n");
    picture_heading(&c->p, EDGE, 0, picture_title(s->o, s->m->net.title != NULL ? s->m->net.title : s->o->network));
    picture_heading(&c->p, EDGE, 1, sweep_about(text, s));
    draw_legend(c);
    double above = TOP + (any_edge(c) || any_gap(c) ? LEGEND : 0);
    for (size_t k = 0; k < c->maps; k++)
        draw_map(c, k, LEFT + (double)(k % c->across) * (LEFT + c->width + BAR + BESIDE),
                 above + NAME + (double)(k / c->across) * (NAME + c->height + BELOW));
    fprintf(c->p.to, "unset multiplot\n");
    return EXIT_DONE;
}

int plot_sweep_map(const sweep *s, failure *why)
{
    canvas c = {.s = s};
    collect_maps(&c);
    TRY(lay_out(&c, why));
    int code = draw(&c, why);
    failure unused = {0};
    if (code != EXIT_DONE)
        fprintf(c.p.to, "exit status 1\n"); /* half a picture is none */
    int closed = picture_close(&c.p, s->o->quiet, code == EXIT_DONE ? why : &unused);
    return code == EXIT_DONE ? closed : code;
}
