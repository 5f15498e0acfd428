/*
 * The picture of a stationary law: correlations as a heat map and, beside it with the same rows, the most probable states:
 * which neurons are active in each, and above them its probability.
 */
#include "plot/gnuplot.h"
#include "files/reading.h"
#include "report/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_NAMES = 64, MOST_STATES = 40 };
/* Units: a row and a column with room for their names; a column of the raster; a cell with room for a number. */
enum {
    ROW = 20,
    STATE = 24,
    NUMBER = 52,
    LEAST_ROW = 15,
    LEAST_STATE = 8,
    LEAST_SIDE = 120,
    SIDE = 300,
    LONGEST_NAME = 190
};
enum { EDGE = 14, TICK = 14, HEAD = 76, LINE = 20, BAR_TOP = 116, BARS = 110, APART = 10 };

typedef struct canvas {
    const result *r;
    picture p;
    char **name;                               /* shortened */
    char about[200];                           /* the second line of the heading */
    size_t shown;                              /* states */
    double left, right, from, to, top, bottom; /* of the heat map; of the raster; of both */
} canvas;

static void name_tics(canvas *c, const char *axis, const char *style)
{
    FILE *g = c->p.to;
    fprintf(g, "set %stics %s (", axis, style);
    for (size_t i = 0; i < c->r->m->net.n; i++) {
        fputs(i > 0 ? ", " : "", g);
        picture_tic(&c->p, c->name[i]);
        fprintf(g, " %zu", i);
    }
    fprintf(g, ") noenhanced\n");
}

static void panel_title(canvas *c, double x, double width, int line, const char *text)
{
    char fitted[200];
    picture_label(&c->p, x, HEAD + LINE * line, text_fit(fitted, sizeof fitted, text, width));
}

/* --- correlations --- */

/* Blue, white, red at -1, 0, 1 (ColorBrewer's RdBu). */
static const unsigned char scale[5][3] = {
    {0x21, 0x66, 0xac}, {0x92, 0xc5, 0xde}, {0xf7, 0xf7, 0xf7}, {0xf4, 0xa5, 0x82}, {0xb2, 0x18, 0x2b}};

static unsigned colour_of(double x)
{
    double at = fmin(fmax(2 * (x + 1), 0), 4);
    int low = at < 4 ? (int)at : 3;
    unsigned rgb = 0;
    for (int part = 0; part < 3; part++)
        rgb = rgb << 8 | (unsigned)lrint(scale[low][part] + (at - low) * (scale[low + 1][part] - scale[low][part]));
    return rgb;
}

/* A round step with 2 to 4 steps from 0 to most. */
static double round_step(double most)
{
    double ten = pow(10, floor(log10(most))), x = most / ten;
    return ten * (x >= 4 ? 2 : x >= 2 ? 1 : x >= 1.5 ? 0.5 : 0.4);
}

/* Beside 1 a correlation is known to some 1e-16: less is not told apart from 0. */
static double largest_correlation(const result *r)
{
    double most = 0;
    size_t n = r->m->net.n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && fabs(r->correlation[i * n + j]) > most)
                most = fabs(r->correlation[i * n + j]);
    return most > 1e-12 ? most : 1;
}

static void draw_correlations(canvas *c)
{
    const result *r = c->r;
    FILE *g = c->p.to;
    size_t n = r->m->net.n;
    double most = largest_correlation(r);
    panel_title(c, c->left, c->right - c->left + 30, 0, "Pearson correlation of activities");
    panel_title(c, c->left, c->right - c->left + 30, 1,
                r->undefined ? "grey: the diagonal (1), or not defined" : "grey: the diagonal (1)");
    picture_margins(&c->p, c->left, c->right, c->top, c->bottom);
    name_tics(c, "x", "out nomirror rotate by 90 right");
    name_tics(c, "y", "out nomirror");
    fprintf(g, "set xrange [-0.5:%zu.5]\nset yrange [%zu.5:-0.5]\n", n - 1, n - 1);
    fprintf(g, "set palette defined (");
    for (int k = 0; k < 5; k++)
        fprintf(g, "%s%d '#%02x%02x%02x'", k > 0 ? ", " : "", k, scale[k][0], scale[k][1], scale[k][2]);
    fprintf(g, ")\nset cbrange [%.6g:%.6g]\nset cbtics out nomirror %.6g\nset format cb '%%g'\n", -most, most,
            round_step(most));
    double width = fmin(c->right - c->left, SIDE);
    fprintf(g, "set colorbox horizontal user origin screen %.5f,%.5f size screen %.5f,%.5f\n",
            picture_x(&c->p, c->left), picture_y(&c->p, BAR_TOP + 12), picture_x(&c->p, width), 12 / c->p.height);
    fprintf(
        g,
        "set object 1 rectangle from graph 0, 0 to graph 1, 1 behind fillcolor rgb '#d9d9d9' fillstyle solid noborder\n");
    fprintf(g, "$c << E\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double x = r->correlation[i * n + j];
            if (i == j || isnan(x))
                fprintf(g, "%zu %zu NaN\n", j, i);
            else
                fprintf(g, "%zu %zu %.6g\n", j, i, x);
        }
        fprintf(g, "\n");
    }
    fprintf(g, "E\n$n << E\n");
    int numbers = (c->right - c->left) / (double)n >= NUMBER && (c->bottom - c->top) / (double)n >= LINE;
    for (size_t k = 0; k < n * n && numbers; k++) {
        double x = r->correlation[k];
        if (k / n != k % n && !isnan(x))
            fprintf(g, "%zu %zu %.3f %u\n", k % n, k / n, x + 0.0, ink_on(colour_of(x / most)));
    }
    fprintf(g, "E\nplot $c using 1:2:3 with image notitle");
    if (numbers)
        fprintf(g, ", $n using 1:2:3:4 with labels textcolor rgb variable notitle");
    fprintf(g, "\nunset colorbox\n");
    picture_clear(&c->p);
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
    panel_title(c, c->from, c->p.width - c->from - EDGE, 0, text);
    snprintf(text, sizeof text, "total probability %.4g", sum);
    panel_title(c, c->from, c->p.width - c->from - EDGE, 1, text);
    picture_margins(&c->p, c->from, c->to, BAR_TOP, BAR_TOP + BARS);
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
    name_tics(c, "y", "out nomirror");
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
    double n = (double)c->r->m->net.n, states = (double)c->shown, names = names_width(c->name, c->r->m->net.n);
    double side = fmax(fmax(SIDE, ROW * n), n <= 9 ? NUMBER * n : 0), least = fmax(LEAST_SIDE, LEAST_ROW * n);
    double raster = c->shown > 0 ? STATE * fmax(states, 12) : 0,
           least_raster = c->shown > 0 ? fmax(LEAST_SIDE, LEAST_STATE * states) : 0;
    /* between the heat map and the raster: names, or the numbers of the axis above */
    double between = c->shown > 0 ? 30 + fmax(names + TICK, 90) : 0, fixed = EDGE + names + TICK + between + EDGE;
    double below = fmax(names + TICK + EDGE, c->shown > 0 ? 66 : 0);
    c->left = EDGE + names + TICK;
    c->top = BAR_TOP + (c->shown > 0 ? BARS + APART : 50);
    *width = fmax(fixed + side + raster, 2 * EDGE + text_width(c->about));
    *height = c->top + side + below;
    TRY(picture_size(c->r->o, width, height, fixed + least + least_raster, c->top + least + below, why));
    c->bottom = *height - below;
    side = fmin((*width - fixed) * side / (side + raster), fmax(c->bottom - c->top, LEAST_SIDE));
    c->right = c->left + side;
    c->from = c->right + between;
    c->to = *width - EDGE;
    return EXIT_DONE;
}

static int draw(canvas *c, failure *why)
{
    const model *m = c->r->m;
    double width, height;
    c->name = names_fit(m->net.name, m->net.n, LONGEST_NAME);
    if (c->name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    char noise[100];
    snprintf(c->about, sizeof c->about, "stationary law, %s update, noise %s, residual %.1g", update_name(m->update),
             noise_text(noise, m), binnet_law_residual(c->r->law));
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
