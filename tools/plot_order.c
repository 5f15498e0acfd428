/* Densities and distribution functions of order statistics, drawn by gnuplot. */
#include "plot_order.h"

#include "gnuplot.h"
#include "reading.h"
#include "settings.h"

#include <math.h>
#include <stdlib.h>

enum { CURVES = 9, POINTS = 401 };

typedef struct curves {
    size_t count, rank[CURVES];
    double x[POINTS], cdf[CURVES][POINTS], pdf[CURVES][POINTS];
    int densities; /* there are any */
} curves;

/* Up to CURVES of the ranks, the first, the last and some evenly between. */
static void choose(curves *c, const size_t *rank, size_t ranks)
{
    c->count = ranks < CURVES ? ranks : CURVES;
    for (size_t k = 0; k < c->count; k++)
        c->rank[k] = rank[c->count > 1 ? k * (ranks - 1) / (c->count - 1) : 0];
}

static int evaluate(curves *c, binnet_ctx *ctx, const binnet_order *order, failure *why)
{
    double ends[2] = {0, 0}, q[2] = {0.02, 0.98};
    for (int k = 0; k < 2; k++) {
        int32_t status = binnet_order_quantile(ctx, &ends[k], NULL, order, c->rank[k == 0 ? 0 : c->count - 1], 1, &q[k]);
        if (status != BINNET_OK)
            return library_failure(why, ctx, status);
    }
    double margin = ends[1] > ends[0] ? 0.03 * (ends[1] - ends[0]) : 0.5;
    for (int j = 0; j < POINTS; j++)
        c->x[j] = ends[0] - margin + (ends[1] - ends[0] + 2 * margin) * j / (POINTS - 1);
    c->densities = 1;
    for (size_t k = 0; k < c->count; k++) {
        int32_t status = binnet_order_eval(ctx, c->cdf[k], NULL, c->densities ? c->pdf[k] : NULL, order, c->rank[k], POINTS, c->x);
        if (status == BINNET_E_UNDEFINED) { /* variables that are not random have no density */
            c->densities = 0;
            status = binnet_order_eval(ctx, c->cdf[k], NULL, NULL, order, c->rank[k], POINTS, c->x);
        }
        if (status != BINNET_OK)
            return library_failure(why, ctx, status);
    }
    return EXIT_DONE;
}

static void panel(picture *p, const curves *c, double (*values)[POINTS], const char *label, double bottom, double top, int key)
{
    FILE *g = p->to;
    fprintf(g, "set tmargin at screen %.3f\nset bmargin at screen %.3f\nset ylabel \"%s\"\n", top, bottom, label);
    fprintf(g, "$v << E\n");
    for (int j = 0; j < POINTS; j++) {
        fprintf(g, "%.9g", c->x[j]);
        for (size_t k = 0; k < c->count; k++)
            fprintf(g, " %.9g", values[k][j]);
        fprintf(g, "\n");
    }
    fprintf(g, "E\nset xrange [%.9g:%.9g]\nset yrange [0:*]\nplot ", c->x[0], c->x[POINTS - 1]);
    for (size_t k = 0; k < c->count; k++) {
        double t = c->count > 1 ? (double)k / (double)(c->count - 1) : 0; /* blue to red */
        unsigned red = (unsigned)(33 + t * 145), green = (unsigned)(102 - t * 78), blue = (unsigned)(172 - t * 129);
        fprintf(g, "%s$v using 1:%zu with lines linewidth 2 linecolor rgb '#%02x%02x%02x' ", k > 0 ? ", " : "", k + 2, red, green, blue);
        if (key)
            fprintf(g, "title \"X_(%zu)\"", c->rank[k]);
        else
            fprintf(g, "notitle");
    }
    fprintf(g, "\n");
}

int order_plot(const options *o, binnet_ctx *ctx, const binnet_order *order, const size_t *rank, size_t ranks, failure *why)
{
    curves *c = calloc(1, sizeof *c);
    if (c == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    choose(c, rank, ranks);
    int code = evaluate(c, ctx, order, why);
    picture p;
    if (code == EXIT_DONE)
        code = picture_open(&p, o, 800, c->densities ? 720 : 420, why);
    if (code == EXIT_DONE) {
        char title[512], fitted[512];
        snprintf(title, sizeof title, "%.300s: order statistics of %zu independent variables", o->network,
                 binnet_order_variables(order));
        fprintf(p.to, "set multiplot title ");
        picture_text(&p, text_fit(fitted, sizeof fitted, picture_title(o, title), p.width - 20));
        fprintf(p.to, " noenhanced\nset key outside right noenhanced\nset lmargin at screen 0.11\nset rmargin at screen 0.84\nset xtics out nomirror\n"
                      "set ytics out nomirror\n");
        if (c->densities)
            panel(&p, c, c->pdf, "density", 0.54, 0.92, 1);
        fprintf(p.to, "set xlabel \"x\"\n");
        panel(&p, c, c->cdf, "P(X_{(r)} <= x)", c->densities ? 0.1 : 0.15, c->densities ? 0.48 : 0.88, !c->densities);
        fprintf(p.to, "unset multiplot\n");
        code = picture_close(&p, o->quiet, why);
    }
    free(c);
    return code;
}
