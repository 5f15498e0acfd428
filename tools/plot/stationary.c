/*
 * The picture of a stationary law: correlations as a heat map and, beside it with the same rows, the most probable states:
 * which neurons are active in each, and above them its probability.
 */
#include "plot/heat_map.h"
#include "report/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_NAMES = 64, MOST_STATES = 40 };
/* Units: a column of the raster, and the least. */
enum { STATE = 24, LEAST_STATE = 8 };
enum { EDGE = 14, TICK = 14, BARS = 110, APART = 10 };

typedef struct canvas {
    const result *r;
    picture p;
    char **name;                               /* shortened */
    char about[200];                           /* the second line of the heading */
    size_t shown;                              /* states */
    double left, right, from, to, top, bottom; /* of the heat map; of the raster; of both */
} canvas;

static void draw_correlations(canvas *c)
{
    heat_map map = {.n = c->r->m->net.n,
                    .value = c->r->correlation,
                    .name = c->name,
                    .title = "Pearson correlation of activities",
                    .remark = c->r->undefined ? "grey: the diagonal (1), or not defined" : "grey: the diagonal (1)",
                    .left = c->left,
                    .right = c->right,
                    .top = c->top,
                    .bottom = c->bottom};
    heat_map_draw(&c->p, &map);
}

/* --- the most probable states --- */

/* Bars, on a logarithmic scale when the last ones would hardly be seen; there the last one is a tenth of the first. */
static void draw_probabilities(canvas *c)
{
    const result *r = c->r;
    FILE *g = c->p.to;
    double sum = 0, least = r->probability[c->shown - 1], most = r->probability[0];
    for (size_t k = 0; k < c->shown; k++)
        sum += r->probability[k];
    char text[100];
    if (c->shown == 1)
        snprintf(text, sizeof text, "most probable state");
    else
        snprintf(text, sizeof text, "%zu most probable states", c->shown);
    panel_title(&c->p, c->from, c->p.width - c->from - EDGE, 0, text);
    snprintf(text, sizeof text, "total probability %.4g", sum);
    panel_title(&c->p, c->from, c->p.width - c->from - EDGE, 1, text);
    picture_margins(&c->p, c->from, c->to, PANEL_TOP, PANEL_TOP + BARS);
    fprintf(g, "set xrange [-0.5:%zu.5]\nunset xtics\n", c->shown - 1);
    if (most / least > 30) {
        double low = log10(least), high = log10(most), below = fmax(low - 0.11 * (high - low), -307.6);
        /* from a range above 0, or gnuplot warns about the one of the plot before */
        fprintf(g, "set yrange [1:2]\nset logscale y\nset format y '10^{%%T}'\nset yrange [%.6g:%.6g]\n",
                pow(10, below), pow(10, high + 0.04 * (high - low)));
        fprintf(g, "set ytics out nomirror enhanced 1e%d\n", (int)fmax(1, ceil((high - below) / 4)));
        picture_axis_label(&c->p, 'y', "probability (log)", BARS + 20);
    } else {
        fprintf(g, "set format y '%%g'\nset yrange [0:%.9g]\nset ytics out nomirror %.9g\n", 1.05 * most,
                round_step(most));
        picture_axis_label(&c->p, 'y', "probability", BARS + 20);
    }
    fprintf(g, "$p << E\n");
    for (size_t k = 0; k < c->shown; k++)
        fprintf(g, "%zu %.9g\n", k, r->probability[k]);
    fprintf(g, "E\nplot $p using 1:2:(0.84) with boxes fillstyle solid 1 noborder linecolor rgb '#555555' notitle\n");
    fprintf(g, "unset logscale y\nunset ylabel\nset format y '%%g'\n");
    picture_clear(&c->p);
}

/* Rows are neurons, a dark cell is active; columns are numbered as in the report. */
static void draw_raster(canvas *c)
{
    const result *r = c->r;
    FILE *g = c->p.to;
    size_t n = r->m->net.n, step = (c->to - c->from) / (double)c->shown >= 22 ? 1 : 5;
    picture_margins(&c->p, c->from, c->to, c->top, c->bottom);
    name_tics(&c->p, "y", "out nomirror", c->name, n);
    fprintf(g, "set yrange [%zu.5:-0.5]\nset xtics out nomirror norotate center (", n - 1);
    for (size_t k = 1; k <= c->shown; k++)
        if (k == 1 || k % step == 0)
            fprintf(g, "%s\"%zu\" %zu", k > 1 ? ", " : "", k, k - 1);
    fprintf(g, ")\n");
    picture_axis_label(&c->p, 'x', "state (dark: neuron active)", c->p.width - c->from);
    fprintf(g, "$s << E\n");
    for (size_t k = 0; k < c->shown; k++)
        for (size_t i = 0; i < n; i++)
            fprintf(g, "%zu %zu %d\n", k, i, (int)(r->state[k] >> i & 1));
    fprintf(
        g,
        "E\nplot $s using 1:2:(0.42):(0.42):($3 > 0 ? 0x333333 : 0xeeeeee) with boxxyerror fillstyle solid 1 noborder "
        "linecolor rgb variable notitle\n");
}

/* --- the whole --- */

static int lay_out(canvas *c, double *width, double *height, failure *why)
{
    double states = (double)c->shown, names = names_width(c->name, c->r->m->net.n);
    double side = heat_map_side(c->r->m->net.n), least = heat_map_least_side(c->r->m->net.n);
    double raster = c->shown > 0 ? STATE * fmax(states, 12) : 0,
           least_raster = c->shown > 0 ? fmax(MAP_LEAST_SIDE, LEAST_STATE * states) : 0;
    /* between the heat map and the raster: names, or the numbers of the axis above */
    double between = c->shown > 0 ? 30 + fmax(names + TICK, 90) : 0, fixed = EDGE + names + TICK + between + EDGE;
    double below = fmax(names + TICK + EDGE, c->shown > 0 ? 66 : 0);
    c->left = EDGE + names + TICK;
    c->top = PANEL_TOP + (c->shown > 0 ? BARS + APART : MAP_SCALE);
    *width = fmax(fixed + side + raster, 2 * EDGE + text_width(c->about));
    *height = c->top + side + below;
    TRY(picture_size(c->r->o, width, height, fixed + least + least_raster, c->top + least + below, why));
    c->bottom = *height - below;
    side = fmin((*width - fixed) * side / (side + raster), fmax(c->bottom - c->top, MAP_LEAST_SIDE));
    c->right = c->left + side;
    c->from = c->right + between;
    c->to = *width - EDGE;
    return EXIT_DONE;
}

static int draw(canvas *c, failure *why)
{
    const model *m = c->r->m;
    double width, height;
    c->name = names_fit(m->net.name, m->net.n, MAP_NAME);
    if (c->name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    law_text(c->about, m, c->r->law);
    TRY(lay_out(c, &width, &height, why));
    TRY(picture_open(&c->p, c->r->o, width, height, why));
    picture_heading(&c->p, EDGE, 0, picture_title(c->r->o, m->net.title != NULL ? m->net.title : c->r->o->network));
    picture_heading(&c->p, EDGE, 1, c->about);
    fprintf(c->p.to, "set multiplot\n");
    draw_correlations(c);
    if (c->shown > 0) {
        draw_probabilities(c);
        draw_raster(c);
    }
    fprintf(c->p.to, "unset multiplot\n");
    return picture_close(&c->p, c->r->o->quiet, why);
}

int result_plot(const result *r, failure *why)
{
    if (r->m->net.n > MOST_NAMES)
        return fail(why, EXIT_USAGE, "--plot is for at most %d neurons", MOST_NAMES);
    canvas c = {.r = r, .shown = r->top < MOST_STATES ? r->top : MOST_STATES};
    while (c.shown > 0 && !(r->probability[c.shown - 1] > 0)) /* they rank by their numbers only */
        c.shown--;
    int code = draw(&c, why);
    free(c.name);
    return code;
}
