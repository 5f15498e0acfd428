/* The picture of correlations: all pairs as a heat map and, with --lag, the correlogram of some pairs beside it. */
#include "plot/heat_map.h"
#include "report/correlations.h"
#include "report/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* MOST_POINTS: of a curve, to one side of 0; MARKED: lags up to which they have marks. */
enum { CURVES = 8, MOST_POINTS = 1000, MARKED = 30 };
/* Units: the plot of the correlogram, and the least; its vertical axis; the lines of the legend and what is below an axis. */
enum { PLOT = 400, LEAST_PLOT = 200, HIGH = 240, LEAST_HIGH = 120, AXIS = 92, KEY = 26, BELOW = 60 };
enum { EDGE = 14, TICK = 14, APART = 10 };

static const char *const colour[CURVES] = {"#0072b2", "#d55e00", "#007a5a", "#cc79a7",
                                           "#56b4e9", "#b07c00", "#000000", "#888888"}; /* after Okabe and Ito */

typedef struct canvas {
    const correlations *c;
    picture p;
    char **name;                               /* shortened */
    char label[CURVES][2 * MAP_NAME + 80];     /* of the curves */
    char about[200];                           /* the second line of the heading */
    size_t curves;                             /* 0: no correlogram */
    double left, right, top, bottom, from, to; /* of the heat map; of the correlogram */
    double key_top, plot_top, plot_bottom;     /* its legend and its plot */
} canvas;

static void draw_matrix(canvas *v)
{
    const correlations *c = v->c;
    heat_map map = {.n = c->m->net.n,
                    .value = c->correlation,
                    .name = v->name,
                    .title = c->own->potentials ? "Pearson correlation of potentials"
                                                : "Pearson correlation of activities",
                    .remark = "grey: the diagonal (1)",
                    .left = v->left,
                    .right = v->right,
                    .top = v->top,
                    .bottom = v->bottom};
    for (size_t k = 0; k < map.n * map.n; k++)
        if (isnan(map.value[k]))
            map.remark = "grey: the diagonal (1), or not defined";
    heat_map_draw(&v->p, &map);
}

/* --- the correlogram --- */

/* Points of a curve; the least and the largest value so far. */
static int write_curve(canvas *v, size_t k, int64_t step, double *least, double *most)
{
    int64_t lags = v->c->own->lag;
    int any = 0;
    fprintf(v->p.to, "$l%zu << E\n", k);
    for (int64_t l = -(lags / step) * step; l <= lags; l += step) {
        double x = correlation_at(v->c, v->c->pair[k], l);
        if (isnan(x))
            continue;
        fprintf(v->p.to, "%" PRId64 " %.9g\n", l, x);
        *least = fmin(*least, x);
        *most = fmax(*most, x);
        any = 1;
    }
    fprintf(v->p.to, "E\n");
    return any;
}

static void draw_legend(canvas *v, const int *shown)
{
    for (size_t k = 0; k < v->curves; k++) {
        double y = v->key_top + PANEL_LINE * (double)k;
        char style[64], text[600], fitted[600];
        snprintf(style, sizeof style, "linewidth 2.5 linecolor rgb '%s'", colour[k]);
        if (shown[k])
            picture_stroke(&v->p, v->from, y, v->from + KEY - 6, y, style);
        snprintf(text, sizeof text, "%s%s", v->label[k], shown[k] ? "" : " (not defined)");
        picture_label(&v->p, v->from + KEY, y, text_fit(fitted, sizeof fitted, text, v->to - v->from - KEY));
    }
}

static void draw_correlogram(canvas *v)
{
    const correlations *c = v->c;
    FILE *g = v->p.to;
    int64_t lags = c->own->lag, step = (lags + MOST_POINTS - 1) / MOST_POINTS;
    double least = 0, most = 0, wide = v->p.width - v->from - EDGE;
    int shown[CURVES];
    char remark[120] = "first neuron at t, second at t + lag";
    step = step > 0 ? step : 1;
    for (size_t k = 0; k < v->curves; k++)
        shown[k] = write_curve(v, k, step, &least, &most);
    if (!(most - least > 1e-12)) { /* less is rounding */
        most = 1;
        least = -1;
    }
    size_t used = (size_t)snprintf(remark, sizeof remark, "first neuron at t, second at t + lag");
    if (step > 1)
        used += (size_t)snprintf(remark + used, sizeof remark - used, "; every %" PRId64 "th lag", step);
    if (v->curves < c->pairs)
        snprintf(remark + used, sizeof remark - used, "; %zu of %zu pairs", v->curves, c->pairs);
    panel_title(&v->p, v->from, wide, 0, "correlogram");
    panel_title(&v->p, v->from, wide, 1, remark);
    draw_legend(v, shown);
    picture_margins(&v->p, v->from, v->to, v->plot_top, v->plot_bottom);
    double room = 0.06 * (most - least), end = lags > 0 ? 1.03 * (double)lags : 1;
    fprintf(g, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", -end, end, least - room, most + room);
    fprintf(g, "set xtics out nomirror norotate center autofreq\nset ytics out nomirror autofreq\n");
    fprintf(g, "set format x '%%g'\nset format y '%%g'\n");
    if (lags <= 4)
        fprintf(g, "set xtics out nomirror norotate center -%" PRId64 ",1,%" PRId64 "\n", lags, lags);
    picture_axis_label(&v->p, 'x', "lag (steps)", v->to - v->from);
    picture_axis_label(&v->p, 'y', "correlation", v->plot_bottom - v->plot_top);
    fprintf(g, "set arrow from first 0, graph 0 to first 0, graph 1 nohead back linecolor rgb '#bbbbbb'\n");
    fprintf(g, "plot 0 with lines linecolor rgb '#bbbbbb' notitle");
    for (size_t k = 0; k < v->curves; k++)
        if (shown[k])
            fprintf(g, ", $l%zu using 1:2 with %s linewidth 2 %s linecolor rgb '%s' notitle", k,
                    lags <= MARKED ? "linespoints" : "lines", lags <= MARKED ? "pointtype 7 pointsize 0.5" : "",
                    colour[k]);
    fprintf(g, "\n");
    picture_clear(&v->p);
}

/* --- the whole --- */

static int lay_out(canvas *v, double *width, double *height, failure *why)
{
    size_t n = v->c->m->net.n;
    double names = names_width(v->name, n), side = heat_map_side(n), least = heat_map_least_side(n), label = 0;
    for (size_t k = 0; k < v->curves; k++)
        label = fmax(label, KEY + text_width(v->label[k]));
    double plot = v->curves > 0 ? fmax(PLOT, label) : 0, least_plot = v->curves > 0 ? LEAST_PLOT : 0;
    double between = v->curves > 0 ? AXIS : 0, fixed = EDGE + names + TICK + between + EDGE + APART;
    double below = names + TICK + EDGE;
    v->left = EDGE + names + TICK;
    v->top = PANEL_TOP + MAP_SCALE;
    v->key_top = PANEL_TOP + APART;
    v->plot_top = v->key_top + PANEL_LINE * (double)v->curves + APART;
    *width = fmax(fixed + side + plot, 2 * EDGE + text_width(v->about));
    *height = fmax(v->top + side + below, v->curves > 0 ? v->plot_top + HIGH + BELOW : 0);
    double least_height = fmax(v->top + least + below, v->curves > 0 ? v->plot_top + LEAST_HIGH + BELOW : 0);
    TRY(picture_size(v->c->o, width, height, fixed + least + least_plot, least_height, why));
    v->bottom = *height - below;
    v->plot_bottom = v->curves > 0 ? fmin(*height - BELOW, fmax(v->bottom, v->plot_top + LEAST_HIGH)) : v->bottom;
    side = fmin((*width - fixed) * side / (side + plot), fmax(v->bottom - v->top, least));
    v->right = v->left + side;
    v->from = v->right + between;
    v->to = *width - EDGE - APART;
    return EXIT_DONE;
}

static int draw(canvas *v, failure *why)
{
    const model *m = v->c->m;
    double width, height;
    v->name = names_fit(m->net.name, m->net.n, MAP_NAME);
    if (v->name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t k = 0; k < v->curves; k++)
        snprintf(v->label[k], sizeof v->label[k], "%s, %s", v->name[v->c->pair[k].a], v->name[v->c->pair[k].b]);
    law_text(v->about, m, v->c->law);
    TRY(lay_out(v, &width, &height, why));
    TRY(picture_open(&v->p, v->c->o, width, height, why));
    picture_heading(&v->p, EDGE, 0, picture_title(v->c->o, m->net.title != NULL ? m->net.title : v->c->o->network));
    picture_heading(&v->p, EDGE, 1, v->about);
    fprintf(v->p.to, "set multiplot\n");
    draw_matrix(v);
    if (v->curves > 0)
        draw_correlogram(v);
    fprintf(v->p.to, "unset multiplot\n");
    return picture_close(&v->p, v->c->o->quiet, why);
}

int correlations_plot(const correlations *c, failure *why)
{
    canvas v = {.c = c, .curves = c->pairs < CURVES ? c->pairs : CURVES};
    int code = draw(&v, why);
    free(v.name);
    return code;
}
