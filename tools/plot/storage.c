/*
 * The pictures of `binnet store` (patterns as images, margins neuron by neuron, recall curves) and of `binnet recall` (a row of
 * images, or a raster).
 */
#include "report/storage.h"
#include "plot/gnuplot.h"

#include <math.h>

enum {
    EDGE = 16,
    HEAD = 66,
    CELL = 92,
    NAME = 22,
    APART = 14,
    PANEL_WIDE = 400,
    PANEL_HIGH = 260,
    LEFT = 74,
    BELOW = 56
};
enum { MOST_IMAGES = 24, MOST_DOTS = 20000 };

/* The width of states as images: their own, or about a square. */
static size_t image_width(size_t n, size_t width)
{
    return width > 0 ? width : n <= 8 ? n : (size_t)ceil(sqrt((double)n));
}

/* Black where 1, in a frame; the last row may be short. */
static void draw_image(picture *p, double x, double y, double side, const uint8_t *state, size_t n, size_t width)
{
    size_t rows = (n + width - 1) / width;
    double cell = side / (double)(width > rows ? width : rows), wide = cell * (double)width, high = cell * (double)rows;
    FILE *g = p->to;
    picture_margins(p, x, x + wide, y, y + high);
    fprintf(g, "unset tics\nset border 15 linecolor rgb '#999999'\nset xrange [-0.5:%zu.5]\nset yrange [%zu.5:-0.5]\n",
            width - 1, rows - 1);
    fprintf(g, "set palette defined (0 '#ffffff', 1 '#222222')\nset cbrange [0:1]\nunset colorbox\n$i << E\n");
    for (size_t k = 0; k < rows * width; k++)
        fprintf(g, "%zu %zu %d\n%s", k % width, k / width, k < n && state[k], k % width == width - 1 ? "\n" : "");
    fprintf(g, "E\nplot $i using 1:2:3 with image notitle\n");
    picture_clear(p);
}

static void draw_named(picture *p, double x, double y, const char *name, const char *more, const uint8_t *state,
                       size_t n, size_t width)
{
    char fitted[80];
    picture_label(p, x, y - 9, text_fit(fitted, sizeof fitted, name, CELL));
    if (more != NULL)
        picture_label(p, x, y + CELL + 10, text_fit(fitted, sizeof fitted, more, CELL + APART));
    draw_image(p, x, y, CELL, state, n, width);
}

static void start_panel(picture *p, double left, double top, double wide, const char *title)
{
    char fitted[200];
    picture_label(p, left, top - 12, text_fit(fitted, sizeof fitted, title, wide));
    picture_margins(p, left, left + wide, top, top + PANEL_HIGH);
    fprintf(p->to,
            "set border 3 linecolor rgb '#444444'\nset xtics out nomirror\nset ytics out nomirror\nset format '%%g'\n"
            "set key off\n");
}

/* Every margin as a dot, the least of each neuron in red. */
static void draw_margins(picture *p, const storing *s, double left, double top)
{
    FILE *g = p->to;
    size_t n = s->p.n, step = 1 + n * s->L / MOST_DOTS;
    start_panel(p, left, top, PANEL_WIDE, "margins of each neuron's transitions; red: its least");
    fprintf(g, "$m << E\n");
    for (size_t k = 0; k < n * s->L; k += step)
        fprintf(g, "%zu %.9g\n", k % n + 1, binnet_storage_margin(s->s, k / n, k % n));
    fprintf(g, "E\n$l << E\n");
    for (size_t i = 0; i < n; i++) {
        double least = INFINITY;
        for (size_t l = 0; l < s->L; l++)
            least = fmin(least, binnet_storage_margin(s->s, l, i));
        fprintf(g, "%zu %.9g\n", i + 1, least);
    }
    fprintf(g, "E\nset xrange [0.5:%zu.5]\nset yrange [*:*]\nset offsets graph 0, 0, 0.05, 0.05\n", n);
    picture_axis_label(p, 'x', "neuron", PANEL_WIDE);
    picture_axis_label(p, 'y', "margin", PANEL_HIGH);
    fprintf(g, "set arrow from graph 0, first 0 to graph 1, first 0 nohead linecolor rgb '#888888' dashtype 2\n");
    fprintf(g, "plot $m with points pointtype 7 pointsize 0.35 linecolor rgb '#9ecae1' notitle, "
               "$l with points pointtype 7 pointsize 0.45 linecolor rgb '#b2182b' notitle\n");
    fprintf(g, "set offsets\n");
    picture_clear(p);
}

static const char *path_name(char *text, size_t size, const storing *s, size_t k)
{
    const pattern_path *path = &s->p.path[k];
    size_t at = 0;
    text[0] = '\0';
    for (size_t e = 0; e < path->count + (path->count > 1 && path->cyclic) && at + 40 < size; e++)
        at += (size_t)snprintf(text + at, size - at, "%s%.30s", e > 0 ? " -> " : "",
                               s->p.name[path->pattern[e % path->count]]);
    return text;
}

static void draw_curves(picture *p, const storing *s, double left, double top)
{
    static const unsigned colour[] = {0x2166ac, 0xb2182b, 0x1b7837, 0x762a83, 0xe08214, 0x35978f};
    FILE *g = p->to;
    char title[120], text[200];
    size_t farthest = 1;
    int exact = s->curve[0].exact;
    snprintf(title, sizeof title, "reached within %lld steps (%s)", (long long)s->steps,
             exact ? "exact, all states" : "simulated, 95 %");
    start_panel(p, left, top, PANEL_WIDE, title);
    for (size_t c = 0; c < s->curves; c++) {
        const recall_curve *r = &s->curve[c];
        fprintf(g, "$c%zu << E\n", c);
        for (size_t d = 0; d < r->distances; d++)
            if (!isnan(r->mean[d])) {
                fprintf(g, "%zu %.9g %.9g %.9g\n", r->distance[d], r->mean[d], r->low[d], r->high[d]);
                farthest = r->distance[d] > farthest ? r->distance[d] : farthest;
            }
        fprintf(g, "E\n");
    }
    fprintf(g, "set xrange [0:%zu]\nset yrange [0:1.02]\nset key on bottom left Left reverse samplen 1.5\n", farthest);
    picture_axis_label(p, 'x', "neurons wrong at first", PANEL_WIDE);
    picture_axis_label(p, 'y', "probability", PANEL_HIGH);
    fprintf(g, "plot ");
    for (size_t c = 0; c < s->curves; c++) {
        fprintf(g, "%s$c%zu using 1:2 with lines linewidth 2 linecolor rgb '#%06x' title ", c > 0 ? ", " : "", c,
                colour[c % 6]);
        picture_text(p, text_fit(title, sizeof title, path_name(text, sizeof text, s, s->curve[c].path),
                                 PANEL_WIDE / 2.0));
        fprintf(g, " noenhanced");
        if (!exact)
            fprintf(g, ", $c%zu using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.3 linecolor rgb '#%06x' notitle",
                    c, colour[c % 6]);
    }
    fprintf(g, "\nset key off\n");
    picture_clear(p);
}

int storage_plot(const storing *s, failure *why)
{
    size_t images = s->p.count < MOST_IMAGES ? s->p.count : MOST_IMAGES;
    int panels = 1 + (s->curves > 0);
    double wide = 3 * EDGE + 2 * LEFT + 2 * PANEL_WIDE;
    size_t across = (size_t)((wide - 2 * EDGE + APART) / (CELL + APART)), lines = (images + across - 1) / across;
    double top = HEAD + 14, panel_top = top + (double)lines * (CELL + NAME + APART) + 34;
    double height = panel_top + PANEL_HIGH + BELOW, width = panels == 2 ? wide : wide - LEFT - PANEL_WIDE;
    if (panels == 1)
        width = fmax(width, 2 * EDGE + (double)(images < across ? images : across) * (CELL + APART));
    picture p;
    char line[200];
    TRY(picture_open(&p, s->o, width, height, why));
    snprintf(line, sizeof line, "%zu patterns of %zu neurons, %zu transitions%s", s->p.count, s->p.n, s->L,
             s->status == BINNET_OK ? "" : ": NOT ALL STORED");
    picture_heading(&p, EDGE, 0, picture_title(s->o, s->o->network));
    picture_heading(&p, EDGE, 1, line);
    fprintf(p.to, "set multiplot\n");
    for (size_t k = 0; k < images; k++)
        draw_named(&p, EDGE + (double)(k % across) * (CELL + APART), top + (double)(k / across) * (CELL + NAME + APART),
                   s->p.name[k], NULL, s->p.state + k * s->p.n, s->p.n, image_width(s->p.n, s->p.width));
    draw_margins(&p, s, EDGE + LEFT - 8, panel_top);
    if (s->curves > 0)
        draw_curves(&p, s, EDGE + 2 * LEFT + PANEL_WIDE - 8, panel_top);
    fprintf(p.to, "unset multiplot\n");
    return picture_close(&p, s->o->quiet, why);
}

/* --- recall --- */

static int plot_images(const recalled *r, failure *why)
{
    size_t images = r->times, across = images < 10 ? images : 10, lines = (images + across - 1) / across;
    double width = 2 * EDGE + (double)across * (CELL + APART), top = HEAD + 14, line = CELL + NAME + 2 * APART;
    picture p;
    char text[160], more[160];
    TRY(picture_open(&p, r->o, fmax(width, 420), top + (double)lines * line + EDGE, why));
    snprintf(text, sizeof text, "a run of %zu neurons, %zu steps", r->n, r->times - 1);
    picture_heading(&p, EDGE, 0, picture_title(r->o, r->o->network));
    picture_heading(&p, EDGE, 1, text);
    fprintf(p.to, "set multiplot\n");
    for (size_t t = 0; t < images; t++) {
        size_t d = 0;
        int64_t k = nearest_pattern(r->known, r->state + t * r->n, &d);
        snprintf(text, sizeof text, "t = %zu", t);
        if (k >= 0 && d == 0)
            snprintf(more, sizeof more, "%.40s", r->known->name[k]);
        else if (k >= 0)
            snprintf(more, sizeof more, "%zu from %.40s", d, r->known->name[k]);
        draw_named(&p, EDGE + (double)(t % across) * (CELL + APART), top + (double)(t / across) * line, text,
                   k >= 0 ? more : NULL, r->state + t * r->n, r->n, image_width(r->n, r->width));
    }
    fprintf(p.to, "unset multiplot\n");
    return picture_close(&p, r->o->quiet, why);
}

static int plot_raster(const recalled *r, failure *why)
{
    double wide = fmin(1000, fmax(400, 6 * (double)r->times)), high = fmin(700, fmax(160, 8 * (double)r->n));
    picture p;
    char text[120];
    TRY(picture_open(&p, r->o, LEFT + wide + EDGE, HEAD + high + BELOW, why));
    FILE *g = p.to;
    snprintf(text, sizeof text, "a run of %zu neurons, %zu steps; black: active", r->n, r->times - 1);
    picture_heading(&p, EDGE, 0, picture_title(r->o, r->o->network));
    picture_heading(&p, EDGE, 1, text);
    picture_margins(&p, LEFT, LEFT + wide, HEAD, HEAD + high);
    fprintf(g, "set xtics out nomirror\nset ytics out nomirror\nset xrange [-0.5:%zu.5]\nset yrange [%zu.5:0.5]\n",
            r->times - 1, r->n);
    picture_axis_label(&p, 'x', "step", wide);
    picture_axis_label(&p, 'y', "neuron", high);
    fprintf(g, "set palette defined (0 '#ffffff', 1 '#222222')\nset cbrange [0:1]\nunset colorbox\n$r << E\n");
    for (size_t i = 0; i < r->n; i++)
        for (size_t t = 0; t < r->times; t++)
            fprintf(g, "%zu %zu %d\n%s", t, i + 1, r->state[t * r->n + i], t + 1 == r->times ? "\n" : "");
    fprintf(g, "E\nplot $r using 1:2:3 with image notitle\n");
    return picture_close(&p, r->o->quiet, why);
}

int recall_plot(const recalled *r, failure *why)
{
    return r->times <= 40 ? plot_images(r, why) : plot_raster(r, why);
}
