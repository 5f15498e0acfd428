/*
 * The picture of a comparison: what each method says over what the reference says, a panel for means, covariances and lagged
 * covariances each; on the diagonal both agree.
 */
#include "plot/gnuplot.h"
#include "plot/heat_map.h"
#include "report/comparison.h"
#include "report/result.h"

#include <math.h>
#include <stdio.h>

enum {
    EDGE = 14,
    TOP = PANEL_TOP - 20,
    SIDE = 250,
    LEAST = 140,
    APART = 84,
    AXIS = 70,
    BELOW = 58,
    ROW = 20,
    MARK = 26
};

/* Dark on white; shapes tell them apart where colours do not. */
static const struct {
    const char *colour;
    int shape;
} marks[] = {{"#9a9a9a", 1},  {"#c8a000", 2},  {"#b8690b", 4}, {"#96562b", 6}, {"#c8364a", 8},
             {"#0a8f93", 10}, {"#1f66a8", 12}, {"#7a4aa0", 3}, {"#23884c", 7}, {"#3a3a3a", 5}};
enum { MARKS = sizeof marks / sizeof *marks };

static const double *values_of(const comparison *c, int quantity, size_t method, size_t *count)
{
    size_t n = c->m->net.n;
    *count = quantity == BINNET_QUANTITY_MEANS ? n : n * n;
    return quantity == BINNET_QUANTITY_MEANS         ? c->mean + method * n
           : quantity == BINNET_QUANTITY_COVARIANCES ? c->cov + method * n * n
                                                     : c->lagged + method * n * n;
}

/* Of different neurons once; lagged ones all. */
static int is_shown(const comparison *c, int quantity, size_t k)
{
    size_t n = c->m->net.n;
    return quantity != BINNET_QUANTITY_COVARIANCES || k / n < k % n;
}

/* Of the methods from 0 to before `methods`. */
static void find_span(const comparison *c, int quantity, size_t methods, double *lo, double *hi)
{
    size_t count;
    *lo = INFINITY;
    *hi = -INFINITY;
    for (size_t m = 0; m < methods; m++) {
        const double *v = values_of(c, quantity, m, &count);
        for (size_t k = 0; binnet_comparison_has(c->found, (int32_t)m) && k < count; k++)
            if (is_shown(c, quantity, k)) {
                *lo = fmin(*lo, v[k]);
                *hi = fmax(*hi, v[k]);
            }
    }
    if (!(*lo <= *hi))
        *lo = *hi = 0;
    double margin = *hi - *lo > 1e-6 * fmax(fabs(*lo), fabs(*hi)) ? 0.06 * (*hi - *lo) : fmax(0.1 * fabs(*hi), 1e-3);
    *lo -= margin;
    *hi += margin;
}

static void draw_panel(picture *p, const comparison *c, int quantity, double left, double right, double bottom)
{
    FILE *g = p->to;
    size_t count;
    double lo, hi, first, last;
    const double *r = values_of(c, quantity, 0, &count);
    find_span(c, quantity, c->methods, &lo, &hi);
    find_span(c, quantity, 1, &first, &last); /* the reference alone */
    picture_margins(p, left, right, TOP, bottom);
    panel_title(p, left, right - left, 0, comparison_quantity[quantity]);
    fprintf(g, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\nset format '%%g'\n", first, last, lo, hi);
    fprintf(g, "set xtics out nomirror %.9g\nset ytics out nomirror %.9g\n", round_step(last - first),
            round_step(hi - lo));
    picture_axis_label(p, 'x',
                       binnet_comparison_reference(c->found) == BINNET_REFERENCE_EXACT ? "exact" : "Monte Carlo",
                       right - left);
    picture_axis_label(p, 'y', "approximation", bottom - TOP);
    fprintf(g, "$v << E\n");
    for (size_t m = 1; m < c->methods; m++) {
        const double *v = values_of(c, quantity, m, &count);
        for (size_t k = 0; binnet_comparison_has(c->found, (int32_t)m) && k < count; k++)
            if (is_shown(c, quantity, k))
                fprintf(g, "%zu %.9g %.9g\n", m, r[k], v[k]);
    }
    fprintf(g, "0 NaN NaN\n"); /* so that there is a line */
    fprintf(g, "E\nplot x with lines linecolor rgb '#888888' notitle");
    for (size_t m = 1; m < c->methods; m++)
        if (binnet_comparison_has(c->found, (int32_t)m))
            fprintf(
                g,
                ", $v using ($1 == %zu ? $2 : NaN):3 with points pointtype %d pointsize 0.7 linecolor rgb '%s' notitle",
                m, marks[(m - 1) % MARKS].shape, marks[(m - 1) % MARKS].colour);
    fprintf(g, "\n");
    picture_clear(p);
}

static void draw_names(picture *p, const comparison *c, double left)
{
    double y = TOP + 8;
    for (size_t m = 1; m < c->methods; m++) {
        if (!binnet_comparison_has(c->found, (int32_t)m))
            continue;
        fprintf(p->to,
                "set label %d \"\" at screen %.5f,%.5f point pointtype %d pointsize 0.9 linecolor rgb '%s' front\n",
                ++p->labels, picture_x(p, left + 8), picture_y(p, y), marks[(m - 1) % MARKS].shape,
                marks[(m - 1) % MARKS].colour);
        picture_label(p, left + MARK, y, binnet_approximation_name((int32_t)m));
        y += ROW;
    }
}

int comparison_plot(const comparison *c, failure *why)
{
    const model *m = c->m;
    double names = 0;
    size_t shown = 0;
    char noise[100], about[240];
    for (size_t k = 1; k < c->methods; k++)
        if (binnet_comparison_has(c->found, (int32_t)k)) {
            names = fmax(names, text_width(binnet_approximation_name((int32_t)k)));
            shown++;
        }
    names += MARK + EDGE;
    double fixed = AXIS + 2 * APART + EDGE + names + EDGE, rows = (double)shown * ROW + 16;
    double width = 3 * SIDE + fixed, height = TOP + fmax(SIDE, rows) + BELOW;
    snprintf(about, sizeof about, "approximations over the %s answer, %s update, noise %s",
             binnet_comparison_reference(c->found) == BINNET_REFERENCE_EXACT ? "exact" : "Monte Carlo",
             update_name(m->update), noise_text(noise, m));
    width = fmax(width, 2 * EDGE + text_width(about));
    TRY(picture_size(c->o, &width, &height, fixed + 3 * LEAST, TOP + fmax(LEAST, rows) + BELOW, why));
    double side = fmin((width - fixed) / 3, height - TOP - BELOW);
    picture p;
    TRY(picture_open(&p, c->o, width, height, why));
    picture_heading(&p, EDGE, 0, picture_title(c->o, m->net.title != NULL ? m->net.title : c->o->network));
    picture_heading(&p, EDGE, 1, about);
    draw_names(&p, c, AXIS + 3 * side + 2 * APART + EDGE);
    fprintf(p.to, "set multiplot\nunset key\nset border 3 linecolor rgb '#444444'\n");
    for (int q = 0; q < COMPARISON_QUANTITIES; q++) {
        double left = AXIS + q * (side + APART);
        draw_panel(&p, c, q, left, left + side, TOP + side);
    }
    fprintf(p.to, "unset multiplot\n");
    return picture_close(&p, c->o->quiet, why);
}
