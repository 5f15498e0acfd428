/* The picture of a stationary law, drawn by gnuplot: correlations as a heat map, most probable states as a raster. */
#include "gnuplot.h"
#include "reading.h"
#include "result.h"

#include <math.h>
#include <stdio.h>

enum { MOST_NAMES = 64, MOST_STATES = 40 };

static void tics(picture *p, const char *axis, const network *net, const char *style)
{
    FILE *g = p->to;
    fprintf(g, "set %stics %s (", axis, style);
    for (size_t i = 0; i < net->n; i++) {
        fputs(i > 0 ? ", " : "", g);
        picture_text(p, net->name[i]);
        fprintf(g, " %zu", i);
    }
    fprintf(g, ") noenhanced\n");
}

/* Off-diagonal correlations on a scale symmetric about 0. */
static void draw_correlations(picture *p, const result *r, double width)
{
    FILE *g = p->to;
    const network *net = &r->m->net;
    size_t n = net->n;
    double most = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && fabs(r->correlation[i * n + j]) > most)
                most = fabs(r->correlation[i * n + j]);
    int defined = most > 0;
    most = defined ? most : 1;
    fprintf(g, "set origin 0.01, 0\nset size %.4f, 0.93\n", width);
    fprintf(g, "set title \"Pearson correlation of activities (diagonal, 1, left out%s)\" noenhanced\n",
            r->undefined ? "; grey: not defined" : "");
    tics(p, "x", net, "out nomirror rotate by 90 right");
    tics(p, "y", net, "out nomirror");
    fprintf(g, "set xrange [-0.5:%zu.5]\nset yrange [%zu.5:-0.5]\nset size ratio -1\n", n - 1, n - 1);
    fprintf(g, "set palette defined (-1 '#2166ac', -0.5 '#92c5de', 0 '#f7f7f7', 0.5 '#f4a582', 1 '#b2182b')\n"
               "set cbrange [%.6g:%.6g]\nset colorbox\nset format cb '%%.2g'\n",
            -most, most);
    fprintf(g, "set object 1 rectangle from graph 0, 0 to graph 1, 1 behind fillcolor rgb '#d9d9d9' fillstyle solid noborder\n");
    fprintf(g, "$c << E\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double c = r->correlation[i * n + j];
            if (i == j || isnan(c))
                fprintf(g, "%zu %zu NaN\n", j, i);
            else
                fprintf(g, "%zu %zu %.6g\n", j, i, c);
        }
        fprintf(g, "\n");
    }
    fprintf(g, "E\n");
    fprintf(g, "plot $c using 1:2:3 with image notitle");
    if (n <= 9)
        fprintf(g, ", $c using 1:2:(valid(3) ? sprintf('%%.3f', $3) : '') with labels notitle");
    fprintf(g, "\nunset object 1\nunset colorbox\n");
}

static void draw_states(picture *p, const result *r, double from)
{
    FILE *g = p->to;
    const network *net = &r->m->net;
    size_t shown = r->top < MOST_STATES ? r->top : MOST_STATES;
    double least = r->probability[shown - 1], sum = 0;
    for (size_t k = 0; k < shown; k++)
        sum += r->probability[k];
    fprintf(g, "set size noratio\nset xrange [-0.5:%zu.5]\nset format y '%%g'\n", shown - 1);
    /* probabilities above, on a logarithmic scale when they span more than two decades */
    int logarithmic = least > 0 && r->probability[0] / least > 100;
    double floor_at = logarithmic ? pow(10, floor(log10(least))) : 0;
    fprintf(g, "set lmargin at screen %.4f\nset rmargin at screen 0.975\n", from);
    fprintf(g, "set tmargin at screen 0.85\nset bmargin at screen 0.68\n");
    fprintf(g, "set title \"%zu most probable states,\\ntogether %.4g of the probability\" noenhanced\n", shown, sum);
    fprintf(g, "unset xtics\nset ytics autofreq out nomirror enhanced\nset ylabel \"probability\"\n");
    if (logarithmic)
        /* from a range above 0, or gnuplot warns about the one of the plot before */
        fprintf(g, "set yrange [1:2]\nset logscale y\nset format y '10^{%%T}'\nset yrange [%.6g:*]\n", floor_at);
    else
        fprintf(g, "set yrange [0:*]\n");
    fprintf(g, "$p << E\n");
    for (size_t k = 0; k < shown; k++)
        fprintf(g, "%zu %.9g %llu\n", k, r->probability[k], (unsigned long long)r->state[k]);
    fprintf(g, "E\n");
    fprintf(g, "plot $p using 1:2:(0.4) with boxes fillstyle solid 1 noborder linecolor rgb '#555555' notitle\n");
    fprintf(g, "unset logscale y\nunset ylabel\nunset title\nset format y '%%g'\n");
    /* the raster: rows are neurons, a filled cell is active */
    fprintf(g, "set tmargin at screen 0.66\nset bmargin at screen 0.16\n");
    tics(p, "y", net, "out nomirror");
    fprintf(g, "set yrange [%zu.5:-0.5]\nset xlabel \"state (number whose bit i is neuron i)\"\n", net->n - 1);
    fprintf(g, "set xtics out nomirror rotate by 90 right (");
    for (size_t k = 0; k < shown; k++)
        fprintf(g, "%s\"%llu\" %zu", k > 0 ? ", " : "", (unsigned long long)r->state[k], k);
    fprintf(g, ")\n$s << E\n");
    for (size_t k = 0; k < shown; k++)
        for (size_t i = 0; i < net->n; i++)
            fprintf(g, "%zu %zu %d\n", k, i, (int)(r->state[k] >> i & 1));
    fprintf(g, "E\nplot $s using 1:2:(0.42):(0.42):($3 > 0 ? 0x333333 : 0xeeeeee) with boxxyerror fillstyle solid 1 noborder "
               "linecolor rgb variable notitle\n");
}

int result_plot(const result *r, const char *path, failure *why)
{
    const network *net = &r->m->net;
    if (net->n > MOST_NAMES)
        return fail(why, EXIT_USAGE, "--plot is for at most %d neurons", MOST_NAMES);
    size_t cells = net->n > 8 ? net->n : 8, shown = r->top < MOST_STATES ? r->top : MOST_STATES;
    double square = 320 + 26.0 * (double)(cells - 8), height = square + 190;
    double raster = r->top > 0 ? 200 + 24.0 * (double)(shown > 12 ? shown : 12) : 0, width = square + 190 + raster;
    picture p;
    TRY(picture_open(&p, path, width, height, why));
    char title[512];
    double scale = model_scale(r->m, 0);
    snprintf(title, sizeof title, "%.200s: stationary law, %s update, %s noise (scale %.6g%s), residual %.1g",
             net->title != NULL ? net->title : r->o->network, update_name(r->m->update),
             noise_name(binnet_noise_kind(r->m->noise)), scale, r->m->net.noise.scale != NULL ? ", ..." : "",
             binnet_law_residual(r->law));
    fprintf(p.to, "set multiplot title ");
    picture_text(&p, title);
    fprintf(p.to, " noenhanced\n");
    draw_correlations(&p, r, (square + 190) / width);
    if (r->top > 0)
        draw_states(&p, r, (square + 190 + 110) / width);
    fprintf(p.to, "unset multiplot\n");
    return picture_close(&p, r->o->quiet, why);
}
