/* Densities and distribution functions of order statistics, drawn by gnuplot. */
#include "plot/order.h"

#include "plot/gnuplot.h"
#include "settings/settings.h"

#include <stdlib.h>
#include <string.h>

enum { CURVES = 60, NAMED = 9, EVEN = 201, OWN = 200, POINTS = EVEN + OWN, FEW = 500 };
/* Of the picture, in units; a row is as high as its legend. */
enum { LEFT = 88, RIGHT = 128, TOP = 52, BETWEEN = 44, BELOW = 70, LEAST_PLOT = 240, LEAST_ROW = 190 };

typedef struct curves {
    size_t ranks; /* asked for */
    size_t count, rank[CURVES];
    int named[CURVES]; /* in the legend */
    double left, right;
    double x[CURVES][POINTS], cdf[CURVES][POINTS], pdf[CURVES][POINTS];
    int densities; /* there are any */
} curves;

/* All of up to CURVES ranks (of up to FEW variables: each costs 401 evaluations), else NAMED of them; NAMED are in the legend.
 * The first, the last and some evenly between. */
static void choose(curves *c, const size_t *rank, size_t ranks, size_t variables)
{
    size_t most = variables <= FEW && ranks <= CURVES ? CURVES : NAMED;
    c->ranks = ranks;
    c->count = ranks < most ? ranks : most;
    for (size_t k = 0; k < c->count; k++)
        c->rank[k] = rank[c->count > 1 ? k * (ranks - 1) / (c->count - 1) : 0];
    size_t names = c->count < NAMED ? c->count : NAMED;
    for (size_t k = 0; k < names; k++)
        c->named[names > 1 ? k * (c->count - 1) / (names - 1) : 0] = 1;
}

/* What the legend leaves out, and the picture. */
static void legend_title(picture *p, const curves *c)
{
    size_t named = 0;
    for (size_t k = 0; k < c->count; k++)
        named += c->named[k] != 0;
    if (c->count < c->ranks)
        fprintf(p->to, "set key title \"%zu ranks of\\n%zu drawn\" left\n", c->count, c->ranks);
    else if (named < c->count)
        fprintf(p->to, "set key title \"%zu ranks,\\n%zu named\" left\n", c->count, named);
}

/* Points of a curve: evenly over the picture, and as many where this rank is, which may be narrow. */
static int place_points(curves *c, size_t k, binnet_ctx *ctx, const binnet_order *order, failure *why)
{
    double ends[2], q[2] = {0.001, 0.999};
    int32_t status = binnet_order_quantile(ctx, ends, NULL, 2, order, c->rank[k], q);
    if (status == BINNET_E_UNDEFINED) { /* beyond the range of double */
        ends[0] = c->left;
        ends[1] = c->right;
    } else if (status != BINNET_OK) {
        return library_failure(why, ctx, status);
    }
    for (int j = 0, even = 0, own = 0; j < POINTS; j++) {
        double a = c->left + (c->right - c->left) * even / (EVEN - 1),
               b = ends[0] + (ends[1] - ends[0]) * own / (OWN - 1);
        int first = own == OWN || (even < EVEN && a <= b);
        c->x[k][j] = first ? a : b;
        even += first;
        own += !first;
    }
    return EXIT_DONE;
}

static int evaluate(curves *c, binnet_ctx *ctx, const binnet_order *order, failure *why)
{
    double ends[2] = {0, 0}, q[2] = {0.02, 0.98};
    for (int k = 0; k < 2; k++) {
        int32_t status = binnet_order_quantile(ctx, &ends[k], NULL, 1, order, c->rank[k == 0 ? 0 : c->count - 1],
                                               &q[k]);
        if (status != BINNET_OK)
            return library_failure(why, ctx, status);
    }
    double margin = ends[1] > ends[0] ? 0.03 * (ends[1] - ends[0]) : 0.5;
    c->left = ends[0] - margin;
    c->right = ends[1] + margin;
    c->densities = 1;
    for (size_t k = 0; k < c->count; k++) {
        TRY(place_points(c, k, ctx, order, why));
        int32_t status = binnet_order_eval(ctx, c->cdf[k], NULL, c->densities ? c->pdf[k] : NULL, POINTS, order,
                                           c->rank[k], c->x[k]);
        if (status == BINNET_E_UNDEFINED) { /* variables that are not random have no density */
            c->densities = 0;
            status = binnet_order_eval(ctx, c->cdf[k], NULL, NULL, POINTS, order, c->rank[k], c->x[k]);
        }
        if (status != BINNET_OK)
            return library_failure(why, ctx, status);
    }
    return EXIT_DONE;
}

/* bottom, top: units below the top of the picture */
static void panel(picture *p, const curves *c, double (*values)[POINTS], const char *label, double bottom, double top,
                  int key)
{
    FILE *g = p->to;
    fprintf(g, "set tmargin at screen %.5f\nset bmargin at screen %.5f\nset ylabel \"%s\"\n", picture_y(p, top),
            picture_y(p, bottom), label);
    fprintf(g, "$v << E\n");
    for (int j = 0; j < POINTS; j++) {
        for (size_t k = 0; k < c->count; k++)
            fprintf(g, "%.9g %.9g ", c->x[k][j], values[k][j]);
        fprintf(g, "\n");
    }
    fprintf(g, "E\nset xrange [%.9g:%.9g]\nset yrange [0:*]\nplot ", c->left, c->right);
    for (size_t k = 0; k < c->count; k++) {
        double t = c->count > 1 ? (double)k / (double)(c->count - 1) : 0; /* blue to red */
        unsigned red = (unsigned)(33 + t * 145), green = (unsigned)(102 - t * 78), blue = (unsigned)(172 - t * 129);
        fprintf(g, "%s$v using %zu:%zu with lines linewidth %d linecolor rgb '#%02x%02x%02x' ", k > 0 ? ", " : "",
                2 * k + 1, 2 * k + 2, c->named[k] ? 2 : 1, red, green, blue);
        if (key && c->named[k])
            fprintf(g, "title \"X_{(%zu)}\"", c->rank[k]);
        else
            fprintf(g, "notitle");
    }
    fprintf(g, "\n");
}

int order_plot(const options *o, binnet_ctx *ctx, const binnet_order *order, const size_t *rank, size_t ranks,
               failure *why)
{
    curves *c = calloc(1, sizeof *c);
    if (c == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    choose(c, rank, ranks, binnet_order_variables(order));
    int code = evaluate(c, ctx, order, why);
    picture p;
    double width = 800, height = c->densities ? 720 : 420;
    if (code == EXIT_DONE)
        code = picture_size(o, &width, &height, LEFT + LEAST_PLOT + RIGHT,
                            TOP + (c->densities ? LEAST_ROW + BETWEEN + LEAST_ROW : LEAST_ROW) + BELOW, why);
    if (code == EXIT_DONE)
        code = picture_open(&p, o, width, height, why);
    if (code == EXIT_DONE) {
        enum { PATH = 48 }; /* the end of a long one */
        char title[200], fitted[512];
        size_t length = strlen(o->network);
        snprintf(title, sizeof title, "%s%s: order statistics of %zu independent variables", length > PATH ? "..." : "",
                 o->network + (length > PATH ? length - PATH : 0), binnet_order_variables(order));
        fprintf(p.to, "set multiplot title ");
        picture_text(&p, text_fit(fitted, sizeof fitted, picture_title(o, title), p.width - 20));
        fprintf(
            p.to,
            " noenhanced\nset key at screen %.5f,%.5f left top vertical maxcols 1 enhanced Left reverse\nset lmargin at screen %.5f\n"
            "set rmargin at screen %.5f\nset xtics out nomirror\nset ytics out nomirror\n",
            picture_x(&p, p.width - RIGHT + 8), picture_y(&p, TOP), picture_x(&p, LEFT),
            picture_x(&p, p.width - RIGHT));
        legend_title(&p, c);
        double row = c->densities ? (p.height - TOP - BETWEEN - BELOW) / 2 : p.height - TOP - BELOW;
        if (c->densities)
            panel(&p, c, c->pdf, "density", TOP + row, TOP, 1);
        fprintf(p.to, "set xlabel \"x\"\n");
        fprintf(p.to, "%s", c->densities ? "unset key\n" : "");
        panel(&p, c, c->cdf, "P(X_{(r)} <= x)", p.height - BELOW, p.height - BELOW - row, !c->densities);
        fprintf(p.to, "unset multiplot\n");
        code = picture_close(&p, o->quiet, why);
    }
    free(c);
    return code;
}
