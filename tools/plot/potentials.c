/*
 * The picture of membrane potentials: a row for each neuron with its name, the density on it, the threshold through it; over one
 * axis, so that rows can be compared. A neuron without noise has a stick for each value.
 */
#include "report/potentials.h"
#include "plot/gnuplot.h"
#include "report/result.h"

#include <math.h>
#include <stdlib.h>

enum {
    EDGE = 14,
    TICK = 14,
    TOP = 92,
    BELOW = 66,
    ROW = 40,
    LEAST_ROW = 19,
    PLOT = 560,
    LEAST_PLOT = 160,
    LONGEST = 190
};
/* Points of a curve: even ones, and some around each of so many components. */
enum { EVEN = 301, AROUND = 15, COMPONENTS = 120, MOST_POINTS = EVEN + AROUND * COMPONENTS, STICKS = 1500 };

typedef struct curve {
    size_t count;
    double x[MOST_POINTS], y[MOST_POINTS], peak;
} curve;

typedef struct canvas {
    const potentials *p;
    picture to;
    char **name;
    curve *of;         /* [count] */
    size_t count, off; /* thresholds that are not in the picture */
    int own_scales, sticks, densities;
    double least, most;
} canvas;

/* --- curves --- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Around a component, in scales: where uniform noise begins and ends, else where a bell bends. */
static double offset_of(int32_t kind, int k)
{
    static const double edge[] = {-1.000001, -0.999999, -0.5, 0, 0.5, 0.999999, 1.000001};
    static const double bell[AROUND] = {-4, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4};
    enum { EDGES = sizeof edge / sizeof *edge };
    return kind == BINNET_NOISE_UNIFORM ? edge[k < EDGES ? k : EDGES - 1] : bell[k];
}

/* Of many components those that lie at even steps of the total weight. */
static int place_points(curve *c, const canvas *all, const potential *of, failure *why)
{
    binnet_ctx *ctx = all->p->m->ctx;
    double done = 0;
    int next = 0;
    for (c->count = 0; c->count < EVEN; c->count++)
        c->x[c->count] = all->least + (all->most - all->least) * (double)c->count / (EVEN - 1);
    for (uint64_t k = 0; k < of->components && next < COMPONENTS; k++) {
        double mean, weight;
        int32_t status = binnet_potential_marginal_component(ctx, &mean, &weight, of->law, k);
        if (status != BINNET_OK)
            return library_failure(why, ctx, status);
        done += weight;
        if (of->components > COMPONENTS && done * COMPONENTS < next + 0.5)
            continue;
        next = of->components > COMPONENTS ? (int)(done * COMPONENTS + 0.5) : next + 1;
        for (int j = 0; j < AROUND; j++) {
            double x = mean + of->scale * offset_of(binnet_noise_kind(all->p->m->noise), j);
            if (x > all->least && x < all->most && c->count < MOST_POINTS)
                c->x[c->count++] = x;
        }
    }
    qsort(c->x, c->count, sizeof *c->x, by_value);
    return EXIT_DONE;
}

static int find_density(curve *c, const canvas *all, const potential *of, failure *why)
{
    TRY(place_points(c, all, of, why));
    int32_t status = binnet_potential_marginal_eval(all->p->m->ctx, NULL, NULL, c->y, NULL, c->count, of->law, c->x);
    if (status != BINNET_OK)
        return library_failure(why, all->p->m->ctx, status);
    for (size_t k = 0; k < c->count; k++)
        c->peak = fmax(c->peak, c->y[k]);
    return EXIT_DONE;
}

/* Values nearer to each other than can be seen are one stick, as high as all together. */
static int find_sticks(curve *c, const canvas *all, const potential *of, failure *why)
{
    binnet_ctx *ctx = all->p->m->ctx;
    double apart = (all->most - all->least) / STICKS;
    for (uint64_t k = 0; k < of->components; k++) {
        double x, weight;
        int32_t status = binnet_potential_marginal_component(ctx, &x, &weight, of->law, k);
        if (status != BINNET_OK)
            return library_failure(why, ctx, status);
        if (x < all->least || x > all->most)
            continue;
        if (c->count == 0 || x - c->x[c->count - 1] > apart) {
            if (c->count == MOST_POINTS)
                break;
            c->x[c->count++] = x;
        }
        c->y[c->count - 1] += weight;
        c->peak = fmax(c->peak, c->y[c->count - 1]);
    }
    return EXIT_DONE;
}

/* All that is drawn, and thresholds unless they are far away. */
static void find_axis(canvas *c)
{
    const potentials *p = c->p;
    c->least = INFINITY;
    c->most = -INFINITY;
    for (size_t j = 0; j < c->count; j++) {
        c->least = fmin(c->least, p->of[j].least);
        c->most = fmax(c->most, p->of[j].most);
    }
    double width = c->most - c->least, low = c->least, high = c->most;
    if (!(width > 0))
        width = fmax(1, 1e-6 * fabs(c->most));
    for (size_t j = 0; j < c->count; j++) {
        double t = p->of[j].threshold;
        if (t < low - width || t > high + width) {
            c->off++;
            continue;
        }
        c->least = fmin(c->least, t);
        c->most = fmax(c->most, t);
    }
    double margin = 0.03 * fmax(width, c->most - c->least);
    c->least -= margin;
    c->most += margin;
}

static int find_curves(canvas *c, failure *why)
{
    const double alike = 5;
    double least = INFINITY, most = 0;
    find_axis(c);
    for (size_t j = 0; j < c->count; j++) {
        const potential *of = &c->p->of[j];
        TRY(of->single_values ? find_sticks(&c->of[j], c, of, why) : find_density(&c->of[j], c, of, why));
        c->sticks |= of->single_values;
        c->densities |= !of->single_values;
        if (!of->single_values) {
            least = fmin(least, c->of[j].peak);
            most = fmax(most, c->of[j].peak);
        }
    }
    c->own_scales = most > alike * least;
    for (size_t j = 0; j < c->count && !c->own_scales; j++)
        if (!c->p->of[j].single_values)
            c->of[j].peak = most;
    return EXIT_DONE;
}

/* --- drawing --- */

/* Row j from its foot at -j to a little below the next. */
static void write_curve(FILE *g, const curve *c, size_t j)
{
    fprintf(g, "$d%zu << E\n", j);
    for (size_t k = 0; k < c->count; k++)
        fprintf(g, "%.9g %.6f\n", c->x[k], 0.88 * c->y[k] / c->peak - (double)j);
    fprintf(g, "E\n");
}

static void draw_rows(const canvas *c)
{
    FILE *g = c->to.to;
    for (size_t j = 0; j < c->count; j++)
        write_curve(g, &c->of[j], j);
    fprintf(g, "$t << E\n");
    for (size_t j = 0; j < c->count; j++)
        if (c->p->of[j].threshold > c->least && c->p->of[j].threshold < c->most)
            fprintf(g, "%.9g %zu\n", c->p->of[j].threshold, j);
    fprintf(g, "E\nplot ");
    for (size_t j = 0; j < c->count; j++) {
        fprintf(g, "%zu.0 * -1 with lines linewidth 1 linecolor rgb '#bbbbbb' notitle, ", j);
        if (c->p->of[j].single_values)
            fprintf(
                g,
                "$d%zu using 1:(-%zu):(0):($2 + %zu) with vectors nohead linewidth 2 linecolor rgb '#2166ac' notitle, ",
                j, j, j);
        else
            fprintf(g,
                    "$d%zu using 1:(-%zu):2 with filledcurves fillcolor rgb '#92c5de' notitle, "
                    "$d%zu using 1:2 with lines linewidth 1.5 linecolor rgb '#2166ac' notitle, ",
                    j, j, j);
    }
    fprintf(g, "$t using 1:(-$2):(0):(0.94) with vectors nohead linewidth 1.5 linecolor rgb '#b2182b' notitle\n");
}

static void draw_axes(canvas *c)
{
    FILE *g = c->to.to;
    fprintf(g, "unset key\nset border 1 linecolor rgb '#444444'\nset ytics scale 0 (");
    for (size_t j = 0; j < c->count; j++) {
        fputs(j > 0 ? ", " : "", g);
        picture_tic(&c->to, c->name[j]);
        fprintf(g, " %.2f", 0.3 - (double)j);
    }
    fprintf(g,
            ") noenhanced\nset yrange [%.2f:1]\nset xrange [%.9g:%.9g]\nset xtics out nomirror\nset format x '%%g'\n",
            -(double)c->count + 0.9, c->least, c->most);
}

static void describe_rows(const canvas *c, char *text, size_t size)
{
    int used = snprintf(text, size, "red: threshold");
    if (c->off > 0)
        used += snprintf(text + used, size - (size_t)used, " (%zu beyond the picture)", c->off);
    if (c->densities)
        used += snprintf(text + used, size - (size_t)used, "; densities %s",
                         c->own_scales ? "each to its own height" : "to one scale");
    if (c->sticks)
        snprintf(text + used, size - (size_t)used, "; sticks: probabilities of single values, no noise");
}

static int draw(canvas *c, failure *why)
{
    const potentials *p = c->p;
    char noise[100], about[200], rows[200];
    double n = (double)c->count, left = EDGE + names_width(c->name, c->count) + TICK;
    snprintf(about, sizeof about, "membrane potentials, %s update, noise %s", update_name(p->m->update),
             noise_text(noise, p->m));
    describe_rows(c, rows, sizeof rows);
    double width = fmax(left + PLOT, EDGE + fmax(text_width(about), text_width(rows))) + EDGE,
           height = TOP + ROW * n + BELOW;
    TRY(picture_size(p->o, &width, &height, left + LEAST_PLOT + EDGE, TOP + LEAST_ROW * n + BELOW, why));
    TRY(picture_open(&c->to, p->o, width, height, why));
    picture_heading(&c->to, EDGE, 0, picture_title(p->o, p->m->net.title != NULL ? p->m->net.title : p->o->network));
    picture_heading(&c->to, EDGE, 1, about);
    picture_heading(&c->to, EDGE, 2, rows);
    picture_margins(&c->to, left, width - EDGE - 10, TOP, height - BELOW);
    draw_axes(c);
    picture_axis_label(&c->to, 'x', "membrane potential V", width - left);
    draw_rows(c);
    return picture_close(&c->to, p->o->quiet, why);
}

int potentials_plot(const potentials *p, failure *why)
{
    canvas c = {.p = p, .count = p->group.count};
    c.name = names_fit(p->name, c.count, LONGEST);
    c.of = calloc(c.count, sizeof *c.of);
    int code = c.name != NULL && c.of != NULL ? find_curves(&c, why) : fail(why, EXIT_BUDGET, "out of memory");
    if (code == EXIT_DONE)
        code = draw(&c, why);
    free(c.name);
    free(c.of);
    return code;
}
