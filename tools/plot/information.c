/*
 * The pictures of information. About stimuli: its parts as bars to either side of 0, with the whole. Otherwise two maps with the
 * same rows: transfer entropies, and mutual informations at the lag.
 */
#include "report/information.h"
#include "plot/gnuplot.h"
#include "plot/heat_map.h"
#include "report/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EDGE = 14, TICK = 14, ABOUT = 300 };

static const char *own_title(const information *f)
{
    return f->m->net.title != NULL ? f->m->net.title : f->o->network;
}

static void about_law(char text[ABOUT], const information *f)
{
    char noise[100];
    snprintf(text, ABOUT, "%s update, noise %s", update_name(f->m->update), noise_text(noise, f->m));
}

/* --- about stimuli --- */

enum {
    BARS = BINNET_INFORMATION_PARTS + 1,
    BAR = 34,
    PLOT = 320,
    LEAST_PLOT = 120,
    BARS_TOP = 100,
    BELOW = 66,
    GAP = 12
};

static double bits(double nats)
{
    return nats / 0.69314718055994530942;
}

/* Names on the left, bars, and on the right what they stand for in numbers: the whole first. */
static int plot_parts(const information *f, failure *why)
{
    static const char *const name[BARS] = {"information", "linear", "signal similarity",
                                           "correlation, stimulus-independent", "correlation, stimulus-dependent"};
    static const char heads[] = "bits (nats)";
    double value[BARS] = {bits(f->told)}, least = 0, most = 0, names = 0, numbers = text_width(heads);
    char number[BARS][64], about[ABOUT], group[120], line[2 * ABOUT];
    for (int k = 0; k < BARS; k++) {
        double nats = k > 0 ? f->part[k - 1] : f->told;
        value[k] = bits(nats);
        least = fmin(least, value[k]);
        most = fmax(most, value[k]);
        snprintf(number[k], sizeof number[k], "%.4g (%.4g)", value[k], nats);
        names = fmax(names, text_width(name[k]));
        numbers = fmax(numbers, text_width(number[k]));
    }
    if (!(most > least))
        most = 1;
    double room = 0.04 * (most - least), left = EDGE + names + TICK, fixed = left + GAP + numbers + EDGE,
           width = fixed + PLOT, height = BARS_TOP + BAR * BARS + BELOW;
    snprintf(line, sizeof line, "%zu stimuli, response of %s", f->set.count,
             group_text(group, sizeof group, &f->group, &f->m->net));
    about_law(about, f);
    width = fmax(width, fmin(2 * EDGE + fmax(text_width(line), text_width(about)), fixed + 2 * PLOT));
    TRY(picture_size(f->o, &width, &height, fixed + LEAST_PLOT, BARS_TOP + 20 * BARS + BELOW, why));
    picture p;
    TRY(picture_open(&p, f->o, width, height, why));
    double right = width - EDGE - numbers - GAP, bottom = height - BELOW, row = (bottom - BARS_TOP) / BARS;
    picture_heading(&p, EDGE, 0, picture_title(f->o, own_title(f)));
    picture_heading(&p, EDGE, 1, line);
    picture_heading(&p, EDGE, 2, about);
    FILE *g = p.to;
    picture_margins(&p, left, right, BARS_TOP, bottom);
    picture_label(&p, right + GAP, BARS_TOP - 12, heads);
    for (int k = 0; k < BARS; k++)
        picture_label(&p, right + GAP, BARS_TOP + row * (k + 0.5), number[k]);
    fprintf(g, "unset key\nset border 1 linecolor rgb '#444444'\nset ytics scale 0 (");
    for (int k = 0; k < BARS; k++) {
        fputs(k > 0 ? ", " : "", g);
        picture_tic(&p, name[k]);
        fprintf(g, " %d", k);
    }
    fprintf(g, ") noenhanced\nset yrange [%d.5:-0.5]\nset xrange [%.9g:%.9g]\n", BARS - 1, least < 0 ? least - room : 0,
            most > 0 ? most + room : 0);
    fprintf(g, "set format x '%%g'\nset xtics out nomirror %.9g\n",
            round_step(fmax(most, -least)) * (width > fixed + PLOT / 2 ? 1 : 2));
    picture_axis_label(&p, 'x', "information in bits", right - left);
    fprintf(g, "set arrow from 0, graph 0 to 0, graph 1 nohead front linecolor rgb '#444444'\n$b << E\n");
    for (int k = 0; k < BARS; k++)
        fprintf(g, "0 %d %.9g %.9g %.2f %.2f %u\n", k, fmin(value[k], 0), fmax(value[k], 0), k - 0.32, k + 0.32,
                k == 0         ? 0x555555
                : value[k] < 0 ? 0x2166ac
                               : 0xb2182b);
    fprintf(g, "E\nplot $b using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 noborder linecolor rgb variable "
               "notitle\n");
    return picture_close(&p, f->o->quiet, why);
}

/* --- pairs --- */

typedef struct pair_maps {
    char **name;
    double *scaled;                        /* [nodes][nodes] of one map */
    double left, side, apart, top, bottom; /* of both */
} pair_maps;

/* A power of 1000, so that the numbers in the cells have digits; returns its exponent of 10. */
static int scale_values(double *scaled, const double *value, size_t n)
{
    double most = 0;
    int power = 0;
    for (size_t k = 0; k < n * n; k++)
        if (k / n != k % n)
            most = fmax(most, value[k]); /* not of a NaN */
    for (; most > 0 && most < 0.1 && power > -300; most *= 1000)
        power -= 3;
    for (size_t k = 0; k < n * n; k++)
        scaled[k] = value[k] * pow(10, -power);
    return power;
}

static void draw_pairs(picture *p, pair_maps *maps, const information *f, const double *value, const char *what,
                       const char *remark)
{
    char title[100];
    size_t n = f->nodes;
    int power = scale_values(maps->scaled, value, n);
    if (power < 0)
        snprintf(title, sizeof title, "%s (1e%d nats)", what, power);
    else
        snprintf(title, sizeof title, "%s (nats)", what);
    heat_map map = {.n = n,
                    .value = maps->scaled,
                    .positive = 1,
                    .name = maps->name,
                    .title = title,
                    .remark = remark,
                    .left = maps->left,
                    .right = maps->left + maps->side,
                    .top = maps->top,
                    .bottom = maps->bottom};
    heat_map_draw(p, &map);
    maps->left = map.right + maps->apart;
}

static int draw_both(pair_maps *maps, const information *f, failure *why)
{
    enum { BETWEEN = 40 };
    char about[ABOUT], remark[100];
    size_t n = f->nodes;
    double names = names_width(maps->name, n) + TICK, side = heat_map_side(n), least = heat_map_least_side(n),
           below = names + EDGE, fixed = EDGE + 2 * names + BETWEEN + 2 * EDGE;
    about_law(about, f);
    snprintf(remark, sizeof remark, "row now, column %" PRIu64 " step%s later", f->lag, f->lag == 1 ? "" : "s");
    side = fmax(side, text_width("transfer entropy (1e-12 nats)"));
    maps->top = PANEL_TOP + MAP_SCALE;
    double width = fmax(fixed + 2 * side, 2 * EDGE + text_width(about)), height = maps->top + side + below;
    TRY(picture_size(f->o, &width, &height, fixed + 2 * least, maps->top + least + below, why));
    picture p;
    TRY(picture_open(&p, f->o, width, height, why));
    picture_heading(&p, EDGE, 0, picture_title(f->o, own_title(f)));
    picture_heading(&p, EDGE, 1, about);
    maps->bottom = height - below;
    maps->left = EDGE + names;
    maps->side = fmin((width - fixed) / 2, fmax(maps->bottom - maps->top, least));
    maps->apart = BETWEEN + names;
    fprintf(p.to, "set multiplot\n");
    draw_pairs(&p, maps, f, f->transfer, "transfer entropy", "from row to column");
    draw_pairs(&p, maps, f, f->mutual, "mutual information", remark);
    fprintf(p.to, "unset multiplot\n");
    return picture_close(&p, f->o->quiet, why);
}

static int plot_pairs(const information *f, failure *why)
{
    size_t n = f->nodes;
    pair_maps maps = {.name = names_fit(f->name, n, MAP_NAME), .scaled = malloc(n * n * sizeof *maps.scaled)};
    int code = maps.name != NULL && maps.scaled != NULL ? draw_both(&maps, f, why)
                                                        : fail(why, EXIT_BUDGET, "out of memory");
    free(maps.name);
    free(maps.scaled);
    return code;
}

int information_plot(const information *f, failure *why)
{
    return f->set.count > 0 ? plot_parts(f, why) : plot_pairs(f, why);
}
