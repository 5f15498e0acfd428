/*
 * The picture of a mean diagram: the expected number of fixed points over one stimulus (a curve) or two (a heat map), with
 * the lines where the mean bifurcation points of the most frequent classes of states lie.
 */
#include "report/ensemble.h"
#include "plot/gnuplot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLANE = 560, LEFT = 86, BOTTOM = 66, TOP = 66, BAR = 120, LINES = 6, CANDIDATES = 64, COARSE = 5 };

/* Told apart by colour-blind readers, and by their dashes (Okabe & Ito). */
static const char *const colours[LINES] = {"#d55e00", "#000000", "#cc79a7", "#0072b2", "#009e73", "#e69f00"};
static const int dashes[LINES] = {1, 2, 4, 3, 5, 1};

typedef struct outline {
    size_t class;
    double weight;       /* summed expected number over coarse points of the window */
    double lo[2], hi[2]; /* mean Lambda and Xi */
} outline;

/* Edges drawn so far: [u] is what they are at a place of. */
typedef struct drawn_edge {
    int u;
    double at, from, to;
} drawn_edge;

struct outline_list {
    const ensemble_result *r;
    picture p;
    outline line[CANDIDATES];
    size_t lines, left_out;
    int64_t *active; /* [CANDIDATES][n_pop] */
    double *x, *y;   /* the curve over one stimulus: [points], rising */
    size_t points;
    drawn_edge drawn[4 * LINES];
    size_t edges;
    double width;
};

typedef outline_list drawing;

static int by_weight(const void *a, const void *b)
{
    const outline *p = a, *q = b;
    return p->weight > q->weight ? -1 : p->weight < q->weight ? 1 : p->class < q->class ? -1 : 1;
}

static void add_candidate(drawing *d, const int64_t *active, double weight)
{
    size_t n = d->r->e->n_pop, k = 0;
    while (k < d->lines && memcmp(d->active + k * n, active, n * sizeof *active) != 0)
        k++;
    if (k == d->lines) {
        if (k == CANDIDATES)
            return;
        memcpy(d->active + k * n, active, n * sizeof *active);
        d->line[d->lines++] = (outline){.class = k};
    }
    d->line[k].weight += weight;
}

/* The classes with the most expected fixed points at some coarse points of the window. */
static int32_t candidates(drawing *d, progress *bar, int64_t *active, double *stimulus)
{
    enum { EACH = 3 };
    const ensemble_result *r = d->r;
    size_t n = r->e->n_pop, rows = r->points[1] > 0 ? COARSE : 1;
    for (size_t k = 0; k < COARSE * rows; k++) {
        double expected[EACH], probability[EACH];
        size_t count = EACH;
        binnet_ensemble *moved;
        progress_span(bar, 0.4 * (double)k / (double)(COARSE * rows), 0.4 * (double)(k + 1) / (double)(COARSE * rows));
        memcpy(stimulus, r->e->stimulus, n * sizeof *stimulus);
        stimulus[r->pop[0]] = r->lo[0] + (r->hi[0] - r->lo[0]) * ((double)(k % COARSE) + 0.5) / COARSE;
        if (r->points[1] > 0)
            stimulus[r->pop[1]] = r->lo[1] + (r->hi[1] - r->lo[1]) * ((double)(k / COARSE) + 0.5) / COARSE;
        int32_t status = binnet_ensemble_with_stimuli(r->ctx, &moved, r->object, stimulus);
        if (status == BINNET_OK)
            status = binnet_ensemble_fixed_top(r->ctx, active, expected, probability, &count, moved, BINNET_BY_CLASS);
        binnet_ensemble_free(moved);
        if (status != BINNET_OK)
            return status;
        for (size_t j = 0; j < count; j++)
            add_candidate(d, active + j * n, exp(expected[j]));
    }
    return BINNET_OK;
}

/* Mean bifurcation points; classes whose mean box is empty are left out. */
static int32_t find_lines(drawing *d, progress *bar)
{
    const ensemble_result *r = d->r;
    size_t n = r->e->n_pop, kept = 0;
    qsort(d->line, d->lines, sizeof *d->line, by_weight);
    for (size_t k = 0; k < d->lines && kept < LINES; k++) {
        outline l = d->line[k];
        double done = fmax((double)kept / LINES, (double)k / (double)d->lines);
        progress_span(bar, 0.4 + 0.4 * done, 0.4 + 0.4 * done);
        binnet_bifurcation_law *b;
        int32_t status = binnet_bifurcation_law_new(r->ctx, &b, r->object, d->active + l.class * n, r->n_axes, r->axis);
        int empty = 0; /* or out of the window: no further mean is looked for, some take a second */
        for (size_t u = 0; u < r->n_axes && status == BINNET_OK && !empty; u++) {
            status = binnet_bifurcation_law_moments(r->ctx, &l.lo[u], NULL, b, u, BINNET_LAMBDA);
            empty = status == BINNET_OK && l.lo[u] >= r->hi[u];
            if (status == BINNET_OK && !empty) {
                status = binnet_bifurcation_law_moments(r->ctx, &l.hi[u], NULL, b, u, BINNET_XI);
                empty = status == BINNET_OK && (!(l.lo[u] < l.hi[u]) || l.hi[u] <= r->lo[u]);
            }
        }
        binnet_bifurcation_law_free(b);
        if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
            return status;
        empty |= status == BINNET_E_UNDEFINED;
        if (empty)
            d->left_out++;
        else
            d->line[kept++] = l;
    }
    d->lines = kept;
    return BINNET_OK;
}

/* The curve over one stimulus, finer where it changes much: a jump is as steep as pixels allow. */
static int32_t refine_curve(drawing *d, progress *bar)
{
    enum { MOST = 1 << 14, LEVELS = 10 };
    const ensemble_result *r = d->r;
    double most = 0, *middle = malloc(MOST * sizeof *middle), *value = malloc(MOST * sizeof *value);
    int32_t status = BINNET_OK;
    d->x = malloc(2 * MOST * sizeof *d->x);
    d->y = malloc(2 * MOST * sizeof *d->y);
    if (middle == NULL || value == NULL || d->x == NULL || d->y == NULL || r->points[0] > MOST)
        status = BINNET_E_NOMEM;
    for (size_t k = 0; status == BINNET_OK && k < r->points[0]; k++) {
        d->x[k] = r->x[0][k];
        d->y[k] = r->grid[k];
        most = fmax(most, fabs(r->grid[k]));
        d->points = k + 1;
    }
    for (int level = 0; level < LEVELS && status == BINNET_OK; level++) {
        size_t count = 0;
        for (size_t k = 0; k + 1 < d->points && count < MOST && d->points + count < 2 * MOST; k++)
            if (fabs(d->y[k + 1] - d->y[k]) > 0.001 * most &&
                d->x[k + 1] - d->x[k] > (r->hi[0] - r->lo[0]) / (4.0 * PLANE))
                middle[count++] = 0.5 * (d->x[k] + d->x[k + 1]);
        if (count == 0)
            break;
        progress_span(bar, 0.8 + 0.2 * level / LEVELS, 0.8 + 0.2 * (level + 1) / LEVELS);
        status = binnet_ensemble_diagram(r->ctx, value, count, r->object, r->axis, middle, count, NULL, 0);
        for (size_t k = d->points, at = count; status == BINNET_OK && at > 0;) {
            int new = k == 0 || middle[at - 1] > d->x[k - 1];
            size_t to = k + at - 1;
            d->x[to] = new ? middle[at - 1] : d->x[k - 1];
            d->y[to] = new ? value[at - 1] : d->y[k - 1];
            at -= (size_t) new;
            k -= (size_t) !new;
        }
        d->points += status == BINNET_OK ? count : 0;
    }
    free(middle);
    free(value);
    return status;
}

/* The title in lines of a width; how many. */
enum { TITLE_LINES = 3, TITLE_ROW = 20 };
static int split_title(char line[TITLE_LINES][256], const char *title, double width)
{
    int lines = 0;
    while (*title != 0 && lines < TITLE_LINES) {
        char *out = line[lines++];
        size_t length = 0, word = 0;
        while (title[length] != 0 && length < 240) {
            if (title[length] == ' ')
                word = length;
            out[length] = title[length];
            out[++length] = 0;
            if (text_width(out) > width && lines < TITLE_LINES && word > 0) {
                length = word;
                break;
            }
        }
        out[length] = 0;
        char whole[256];
        memcpy(whole, out, length + 1);
        text_fit(out, sizeof line[0], whole, width);
        title += length;
        title += strspn(title, " ");
    }
    return lines;
}

static void class_text(char *text, size_t size, const drawing *d, size_t k)
{
    const ensemble_file *e = d->r->e;
    const int64_t *active = d->active + d->line[k].class * e->n_pop;
    size_t used = 0;
    int all = 1, none = 1;
    for (size_t a = 0; a < e->n_pop; a++) {
        all = all && active[a] == e->size[a];
        none = none && active[a] == 0;
    }
    if (all || none) {
        snprintf(text, size, "%s", all ? "all active" : "none active");
        return;
    }
    text[0] = 0;
    for (size_t a = 0; a < e->n_pop && used + 60 < size; a++)
        if (active[a] > 0)
            used += (size_t)snprintf(text + used, size - used, "%s%" PRId64 " %.24s", used > 0 ? ", " : "", active[a],
                                     e->name[a]);
}

static double legend_rows(const drawing *d)
{
    return d->lines > 0 ? 34 + 20 * (double)d->lines : 0;
}

static void legend(drawing *d, double y)
{
    char text[1000], fitted[1000];
    picture_label(&d->p, LEFT, y, "mean bifurcation points of frequent classes (equal ones side by side)");
    for (size_t k = 0; k < d->lines; k++) {
        y += 20;
        fprintf(
            d->p.to,
            "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead linewidth 2.5 dashtype %d linecolor rgb '%s'\n",
            picture_x(&d->p, LEFT), picture_y(&d->p, y), picture_x(&d->p, LEFT + 46), picture_y(&d->p, y), dashes[k],
            colours[k]);
        class_text(text, sizeof text, d, k);
        picture_label(&d->p, LEFT + 56, y, text_fit(fitted, sizeof fitted, text, d->width - LEFT - 66));
    }
}

/* A place beside edges that are there already: some pixels off for each of them. */
static double free_place(drawing *d, int u, double at, double from, double to)
{
    static const double apart = 4;
    const ensemble_result *r = d->r;
    double pixel = (r->hi[u] - r->lo[u]) / PLANE, inward = at > r->hi[u] - 5 * LINES * pixel ? -1 : 1;
    for (size_t k = 0; k < d->edges; k++) {
        const drawn_edge *e = &d->drawn[k];
        if (e->u == u && e->from < to && from < e->to && fabs(e->at - at) < 0.9 * apart * pixel) {
            at = e->at + inward * apart * pixel;
            k = (size_t)-1; /* from the first again */
        }
    }
    if (d->edges < 4 * LINES)
        d->drawn[d->edges++] = (drawn_edge){u, at, from, to};
    return at;
}

/* The edges of a box within the window; an edge beyond it is not drawn. */
static void draw_box(drawing *d, size_t k)
{
    const ensemble_result *r = d->r;
    const outline *l = &d->line[k];
    double from[2], to[2];
    for (int u = 0; u < 2; u++) {
        from[u] = r->points[u] > 0 ? fmax(l->lo[u], r->lo[u]) : 0;
        to[u] = r->points[u] > 0 ? fmin(l->hi[u], r->hi[u]) : 0;
    }
    for (int u = 0; u < 2 && r->points[u] > 0; u++)
        for (int end = 0; end < 2; end++) {
            double at = end ? l->hi[u] : l->lo[u], edge[2][2];
            if (!(at > r->lo[u] && at < r->hi[u]))
                continue;
            at = r->points[1] > 0 ? free_place(d, u, at, from[1 - u], to[1 - u]) : free_place(d, u, at, 0, 1);
            edge[0][u] = edge[1][u] = at;
            edge[0][1 - u] = from[1 - u];
            edge[1][1 - u] = to[1 - u];
            if (r->points[1] > 0)
                fprintf(d->p.to, "set arrow from %.12g,%.12g to %.12g,%.12g ", edge[0][0], edge[0][1], edge[1][0],
                        edge[1][1]);
            else
                fprintf(d->p.to, "set arrow from first %.12g, graph 0 to first %.12g, graph 1 ", at, at);
            fprintf(d->p.to, "nohead front linewidth 2.5 dashtype %d linecolor rgb '%s'\n", dashes[k], colours[k]);
        }
}

static void draw(drawing *d, char title[TITLE_LINES][256], int titles)
{
    double top = TOP + (titles - 1) * TITLE_ROW;
    const ensemble_result *r = d->r;
    FILE *g = d->p.to;
    char text[300];
    size_t nx = r->points[0], ny = r->points[1];
    fprintf(g, "set xrange [%.12g:%.12g]\nset xtics out nomirror\nset ytics out nomirror\n", r->lo[0], r->hi[0]);
    picture_margins(&d->p, LEFT, LEFT + PLANE, top, top + PLANE);
    snprintf(text, sizeof text, "stimulus to %.200s", r->e->name[r->pop[0]]);
    picture_axis_label(&d->p, 'x', text, PLANE);
    for (int k = 0; k < titles; k++)
        picture_label(&d->p, LEFT, 20 + k * TITLE_ROW, title[k]);
    picture_label(&d->p, LEFT, top - 24, "expected number of fixed points");
    for (size_t k = 0; k < d->lines; k++)
        draw_box(d, k);
    if (d->lines > 0)
        legend(d, top + PLANE + BOTTOM + 8);
    fprintf(g, "$m << E\n");
    for (size_t k = 0; ny > 0 && k < nx * ny; k++)
        fprintf(g, "%.9g %.9g %.9g%s\n", r->x[0][k % nx], r->x[1][k / nx], r->grid[k], (k + 1) % nx == 0 ? "\n" : "");
    for (size_t k = 0; ny == 0 && k < d->points; k++)
        fprintf(g, "%.9g %.9g\n", d->x[k], d->y[k]);
    fprintf(g, "E\n");
    if (ny == 0) {
        picture_axis_label(&d->p, 'y', "expected fixed points", PLANE);
        fprintf(g, "set yrange [0:*]\nplot $m using 1:2 with lines linewidth 2.5 linecolor rgb '#225ea8' notitle\n");
        return;
    }
    snprintf(text, sizeof text, "stimulus to %.200s", r->e->name[r->pop[1]]);
    picture_axis_label(&d->p, 'y', text, PLANE);
    fprintf(g, "set yrange [%.12g:%.12g]\nset cbtics out nomirror\n", r->lo[1], r->hi[1]);
    /* light to dark, in colour and in grey print: ColorBrewer's YlGnBu */
    fprintf(
        g,
        "set palette defined (0 '#ffffd9', 1 '#edf8b1', 2 '#c7e9b4', 3 '#7fcdbb', 4 '#41b6c4', 5 '#1d91c0', 6 '#225ea8', "
        "7 '#253494', 8 '#081d58')\nset colorbox\n");
    fprintf(g, "plot $m using 1:2:3 with image notitle\n");
}

int32_t ensemble_outlines(outline_list **out, const ensemble_result *r, progress *bar)
{
    size_t n = r->e->n_pop;
    drawing *d = *out = calloc(1, sizeof *d);
    if (d == NULL)
        return BINNET_E_NOMEM;
    d->r = r;
    d->active = calloc(CANDIDATES * n, sizeof *d->active);
    int64_t *active = calloc(3 * n, sizeof *active);
    double *stimulus = calloc(n, sizeof *stimulus);
    int32_t status = d->active != NULL && active != NULL && stimulus != NULL ? BINNET_OK : BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = candidates(d, bar, active, stimulus);
    if (status == BINNET_OK)
        status = find_lines(d, bar);
    if (status == BINNET_OK && r->points[1] == 0)
        status = refine_curve(d, bar);
    free(active);
    free(stimulus);
    return status;
}

void ensemble_outlines_free(outline_list *d)
{
    if (d == NULL)
        return;
    free(d->active);
    free(d->x);
    free(d->y);
    free(d);
}

int ensemble_plot(const ensemble_result *r, outline_list *d, failure *why)
{
    char title[TITLE_LINES][256];
    d->width = LEFT + PLANE + (r->points[1] > 0 ? BAR : 30);
    int titles = split_title(title, picture_title(r->o, r->e->title != NULL ? r->e->title : r->o->network),
                             d->width - LEFT - 10);
    double height = TOP + (titles - 1) * TITLE_ROW + PLANE + BOTTOM + legend_rows(d);
    const double least = 0.75;
    double asked_width = d->width,
           asked_height = height; /* the layout is stretched, or pressed as far as its text allows */
    TRY(picture_size(r->o, &asked_width, &asked_height, least * d->width, least * height, why));
    TRY(picture_open(&d->p, r->o, d->width, height, why));
    draw(d, title, titles);
    return picture_close(&d->p, r->o->quiet, why);
}
