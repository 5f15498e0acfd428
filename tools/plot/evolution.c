/*
 * The picture of a law on its way, against time: the mean of every neuron as shades, and below it the probabilities of the states
 * that were most probable at some time, with how far the law still is from the one at the end. Thin lines where the schedule
 * changes.
 */
#include "plot/heat_map.h"
#include "report/evolution.h"
#include "report/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* units */
enum { EDGE = 14, TICK = 14, TOP = 74, WIDTH = 520, LEAST_WIDTH = 200, PLOT = 240, LEAST_PLOT = 110, BETWEEN = 36 };
enum { BOTTOM = 58, ROW = 18, GAP = 20, SWATCH = 42, KEY = 90, MOST_NAMES = 64, FOLLOWED = 8 };

typedef struct canvas {
    const evolution *e;
    picture p;
    char **name; /* shortened */
    char about[240], state[FOLLOWED][80];
    double left, right, middle, bottom; /* of both panels; the end of the first; of the second */
    double beside;                      /* width of what stands on the right */
} canvas;

static const char *const colours[FOLLOWED] = {"#1f66a8", "#c8364a", "#23884c", "#7a4aa0",
                                              "#b8690b", "#3a3a3a", "#0a8f93", "#96562b"};
static const char distance_text[] = "distance to the law at the end";

static void draw_changes(canvas *c)
{
    for (size_t k = 1; k < c->e->changes; k++)
        if (c->e->change[k] < c->e->time[c->e->times - 1])
            fprintf(c->p.to,
                    "set arrow from first %" PRIu64 ", graph 0 to first %" PRIu64
                    ", graph 1 nohead front linewidth 1 linecolor rgb '#9a9a9a'\n",
                    c->e->change[k], c->e->change[k]);
}

/* From white, always silent, to dark. */
static unsigned shade(double mean)
{
    const double dark[3] = {8, 48, 107};
    unsigned rgb = 0;
    for (int k = 0; k < 3; k++)
        rgb = rgb << 8 | (unsigned)lrint(255 + (dark[k] - 255) * fmin(fmax(mean, 0), 1));
    return rgb;
}

static void draw_shades(canvas *c)
{
    double x = c->right + GAP;
    for (int k = 0; k <= 20; k++) {
        char style[80];
        snprintf(style, sizeof style, "front fillcolor rgb '#%06x' fillstyle solid 1 noborder", shade(1 - k / 20.0));
        picture_box(&c->p, x, TOP + k * KEY / 21.0, 16, KEY / 21.0 + 0.5, style);
    }
    picture_label(&c->p, x + SWATCH - 16, TOP + 6, "1: always active");
    picture_label(&c->p, x + SWATCH - 16, TOP + KEY - 6, "0: always silent");
}

static void draw_means(canvas *c)
{
    const evolution *e = c->e;
    FILE *g = c->p.to;
    size_t n = e->m->net.n;
    double last = (double)e->time[e->times - 1];
    picture_label(&c->p, c->left, TOP - 12, "mean activity");
    picture_margins(&c->p, c->left, c->right, TOP, c->middle);
    name_tics(&c->p, "y", "scale 0", c->name, n);
    fprintf(g, "set yrange [%zu.5:-0.5]\nset xrange [0:%.9g]\nset xtics out nomirror format ''\n", n - 1,
            fmax(last, 1));
    draw_changes(c);
    draw_shades(c);
    fprintf(g, "$m << E\n");
    for (size_t k = 0; k < e->times; k++) {
        double t = (double)e->time[k], from = k > 0 ? (t + (double)e->time[k - 1]) / 2 : t,
               to = k + 1 < e->times ? (t + (double)e->time[k + 1]) / 2 : fmax(t, 1);
        for (size_t i = 0; i < n; i++)
            fprintf(g, "%.9g %zu %.9g %.9g %zu.5 %zu.5 %u\n", t, i + 1, from, to, i, i + 1, shade(e->mean[k * n + i]));
    }
    fprintf(g,
            "E\nplot $m using 1:($2-1):3:4:($5-0.98):($6-1.02):7 with boxxyerror fillstyle solid 1 noborder linecolor "
            "rgb variable notitle\n");
    picture_clear(&c->p);
}

/* Beside the second panel. */
static void name_states(canvas *c)
{
    double x = c->right + GAP, y = c->middle + BETWEEN + 8;
    char style[80];
    for (size_t j = 0; j < c->e->shown; j++, y += ROW) {
        snprintf(style, sizeof style, "linewidth 1.8 linecolor rgb '%s'", colours[j]);
        picture_stroke(&c->p, x, y, x + 32, y, style);
        picture_label(&c->p, x + SWATCH, y, c->state[j]);
    }
    picture_stroke(&c->p, x, y, x + 32, y, "linewidth 1.5 dashtype 2 linecolor rgb '#888888'");
    picture_label(&c->p, x + SWATCH, y, distance_text);
}

static void draw_states(canvas *c)
{
    const evolution *e = c->e;
    FILE *g = c->p.to;
    double last = (double)e->time[e->times - 1], top = c->middle + BETWEEN, most = 0;
    picture_margins(&c->p, c->left, c->right, top, c->bottom);
    for (size_t k = 0; k < e->times; k++) {
        most = fmax(most, e->moved[k]);
        for (size_t j = 0; j < e->shown; j++)
            most = fmax(most, e->followed[k * FOLLOWED + j]);
    }
    most = most > 0 ? most : 1;
    fprintf(g,
            "set yrange [0:%.9g]\nset format y '%%g'\nset ytics out nomirror enhanced %.9g\nset xrange [0:%.9g]\n"
            "set xtics out nomirror enhanced format '%%g'\n",
            1.05 * most, round_step(most), fmax(last, 1));
    picture_axis_label(&c->p, 'x', e->events > 0 ? "time" : "time in steps", c->right - c->left);
    picture_axis_label(&c->p, 'y', "probability of a state", c->bottom - top);
    draw_changes(c);
    name_states(c);
    fprintf(g, "$p << E\n");
    for (size_t k = 0; k < e->times; k++) {
        fprintf(g, "%" PRIu64 " %.9g", e->time[k], e->moved[k]);
        for (size_t j = 0; j < e->shown; j++)
            fprintf(g, " %.9g", e->followed[k * FOLLOWED + j]);
        fprintf(g, "\n");
    }
    fprintf(g, "E\nplot $p using 1:2 with lines linewidth 1.5 dashtype 2 linecolor rgb '#888888' notitle");
    for (size_t j = 0; j < e->shown; j++)
        fprintf(g, ", '' using 1:%zu with lines linewidth 1.8 linecolor rgb '%s' notitle", j + 3, colours[j]);
    fprintf(g, "\n");
    picture_clear(&c->p);
}

/* Its active neurons, or its 0/1 string where these are too many. */
static void describe_state(char text[80], const evolution *e, uint64_t state)
{
    const network *net = &e->m->net;
    char bits[65];
    size_t used = 0;
    int all = state == ((uint64_t)1 << net->n) - 1;
    for (size_t i = 0; i < net->n && !all; i++)
        if (state >> i & 1) {
            size_t length = strlen(net->name[i]);
            if (used + length + 2 > 36) {
                snprintf(text, 80, "%.70s", state_bits(bits, state, net->n));
                return;
            }
            used += (size_t)snprintf(text + used, 80 - used, "%s%s", used > 0 ? " " : "", net->name[i]);
        }
    if (used == 0)
        snprintf(text, 80, all ? "all active" : "all silent");
}

static int lay_out(canvas *c, failure *why)
{
    const evolution *e = c->e;
    size_t n = e->m->net.n;
    double names = fmax(names_width(c->name, n) + TICK, 84), rows = fmax(MAP_ROW * (double)n, KEY + 10);
    c->beside = text_width(distance_text);
    for (size_t j = 0; j < e->shown; j++) {
        describe_state(c->state[j], e, e->shown_state[j]);
        c->beside = fmax(c->beside, text_width(c->state[j]));
    }
    c->beside += GAP + SWATCH + EDGE;
    c->left = EDGE + names;
    double fixed = c->left + c->beside, least_rows = fmax(MAP_LEAST_ROW * (double)n, KEY + 10),
           width = fmax(fixed + WIDTH, 2 * EDGE + text_width(c->about)),
           below = fmax(PLOT, ROW * ((double)e->shown + 2)),
           least_below = fmax(LEAST_PLOT, ROW * ((double)e->shown + 2)), height = TOP + rows + BETWEEN + below + BOTTOM;
    TRY(picture_size(e->o, &width, &height, fixed + LEAST_WIDTH, TOP + least_rows + BETWEEN + least_below + BOTTOM,
                     why));
    TRY(picture_open(&c->p, e->o, width, height, why));
    double free_height = height - TOP - BETWEEN - BOTTOM;
    c->right = width - c->beside;
    c->middle = TOP + fmax(least_rows, fmin(rows, free_height - least_below));
    c->bottom = height - BOTTOM;
    return EXIT_DONE;
}

int evolution_plot(const evolution *e, failure *why)
{
    canvas c = {.e = e};
    char noise[100];
    const evolution_options *own = e->o->own;
    if (e->m->net.n > MOST_NAMES)
        return fail(why, EXIT_USAGE, "--plot is for at most %d neurons", MOST_NAMES);
    c.name = names_fit(e->m->net.name, e->m->net.n, MAP_NAME);
    if (c.name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    snprintf(c.about, sizeof c.about, "%s update, noise %s, start %.60s", update_name(e->m->update),
             noise_text(noise, e->m), own->from);
    int code = lay_out(&c, why);
    if (code == EXIT_DONE) {
        picture_heading(&c.p, EDGE, 0, picture_title(e->o, e->m->net.title != NULL ? e->m->net.title : e->o->network));
        picture_heading(&c.p, EDGE, 1, c.about);
        fprintf(c.p.to, "set multiplot\nunset key\nset border 3 linecolor rgb '#444444'\n");
        draw_means(&c);
        draw_states(&c);
        fprintf(c.p.to, "unset multiplot\n");
        code = picture_close(&c.p, e->o->quiet, why);
    }
    free(c.name);
    return code;
}
