/*
 * The picture of capacities: whole sets, and neurons with Cover's count, against the load; Gardner's bound as a line. Rules have
 * their colours; dashes are with noise.
 */
#include "report/capacity.h"
#include "plot/gnuplot.h"

#include <math.h>
#include <stdio.h>

enum { EDGE = 16, HEAD = 88, LEFT = 66, WIDE = 360, HIGH = 280, BELOW = 72, LEAST = 180, ROW = 19, KEY = 10 };

static const char *const colour[CAPACITY_RULES] = {"#2166ac", "#b2182b", "#1b7837", "#762a83",
                                                   "#c26a00", "#35978f", "#4d4d4d"};

static void curve_style(char text[120], int rule, int noisy)
{
    snprintf(text, 120, "linewidth 1.8 dashtype %d linecolor rgb '%s'", noisy ? 2 : 1, colour[rule]);
}

static const char cover_style[] = "linewidth 1.4 dashtype 3 linecolor rgb '#000000'";
static const char gardner_style[] = "linewidth 1.2 linecolor rgb '#9a9a9a'";

static void write_points(FILE *g, const capacity *c, int neurons)
{
    for (int noisy = 0; noisy <= c->noisy; noisy++)
        for (size_t r = 0; r < c->rules; r++) {
            fprintf(g, "$c%d_%zu << E\n", noisy, r);
            for (size_t k = 0; k < c->loads; k++) {
                const capacity_point *p = capacity_at(c, noisy, r, k);
                fprintf(g, "%.9g %.9g %.9g %.9g\n", c->load[k], neurons ? p->neurons : p->whole,
                        neurons ? p->neurons_low : p->whole_low, neurons ? p->neurons_high : p->whole_high);
            }
            fprintf(g, "E\n");
        }
    fprintf(g, "$cover << E\n");
    for (size_t k = 0; k < c->loads; k++)
        fprintf(g, "%.9g %.9g\n", c->load[k], c->cover[k]);
    fprintf(g, "E\n");
}

static void draw_panel(picture *p, const capacity *c, double left, double wide, double high, int neurons)
{
    FILE *g = p->to;
    char style[120], fitted[200];
    double most = isnan(c->gardner) ? 0 : c->gardner;
    for (size_t k = 0; k < c->loads; k++)
        most = fmax(most, c->load[k]);
    picture_margins(p, left, left + wide, HEAD, HEAD + high);
    picture_label(p, left, HEAD - 16,
                  text_fit(fitted, sizeof fitted, neurons ? "neurons with all patterns stored" : "whole sets stored",
                           wide));
    fprintf(
        g,
        "set border 3 linecolor rgb '#444444'\nset xtics out nomirror\nset ytics out nomirror 0.2\nset format '%%g'\n"
        "set key off\nset xrange [0:%.9g]\nset yrange [-0.02:1.04]\n",
        1.04 * most);
    picture_axis_label(p, 'x', "load, patterns for each input", wide);
    picture_axis_label(p, 'y', "fraction", high);
    write_points(g, c, neurons);
    if (!isnan(c->gardner))
        fprintf(g, "set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead back %s\n", c->gardner, c->gardner,
                gardner_style);
    fprintf(g, "plot ");
    for (int noisy = 0; noisy <= c->noisy; noisy++)
        for (size_t r = 0; r < c->rules; r++) {
            curve_style(style, c->rule[r], noisy);
            fprintf(g,
                    "$c%d_%zu using 1:2:3:4 with yerrorbars pointtype -1 linewidth 0.8 linecolor rgb '%s' notitle, "
                    "$c%d_%zu using 1:2 with linespoints pointtype %d pointsize 0.5 %s notitle, ",
                    noisy, r, colour[c->rule[r]], noisy, r, noisy ? 6 : 7, style);
        }
    fprintf(g, "$cover using 1:%s with lines %s notitle\nunset arrow\n", neurons ? "2" : "(NaN)", cover_style);
    picture_clear(p);
}

/* Names below the panels, in columns. */
static size_t draw_key(picture *p, const capacity *c, double top, double width, int draw)
{
    enum { SWATCH = 34, GAP = 18 };
    char style[120], text[80];
    double x = EDGE, y = top;
    size_t lines = 1;
    size_t curves = c->rules * (size_t)(1 + c->noisy), bounds = isnan(c->gardner) ? 0 : 2;
    for (size_t k = 0; k < curves + bounds; k++) {
        int noisy = k >= c->rules;
        if (k < curves) {
            curve_style(style, c->rule[k % c->rules], noisy);
            snprintf(text, sizeof text, "%s%s", capacity_rules[c->rule[k % c->rules]], noisy ? ", with noise" : "");
        } else {
            snprintf(style, sizeof style, "%s", k == curves ? cover_style : gardner_style);
            snprintf(text, sizeof text, "%s", k == curves ? "Cover's count (neurons)" : "Gardner's bound");
        }
        double wide = SWATCH + text_width(text);
        if (x > EDGE && x + wide > width - EDGE) {
            x = EDGE;
            y += ROW;
            lines++;
        }
        if (draw) {
            picture_stroke(p, x, y, x + SWATCH - 8, y, style);
            picture_label(p, x + SWATCH, y, text);
        }
        x += wide + GAP;
    }
    return lines;
}

int capacity_plot(const capacity *c, failure *why)
{
    double width = 2 * (LEFT + WIDE) + EDGE, fixed = 2 * LEFT + EDGE;
    char about[200], noise[120] = "";
    if (c->noisy)
        snprintf(noise, sizeof noise, "; noise %s %g, each neuron with at least %g", noise_name(c->o->noise.kind),
                 c->o->noise.common, c->probability);
    snprintf(about, sizeof about, "%zu neurons, %lld sets for each point, bars: 95 %%%s", c->n, (long long)c->sets,
             noise);
    width = fmax(width, 2 * EDGE + text_width(about));
    double keys = KEY + ROW * (double)draw_key(NULL, c, 0, width, 0), height = HEAD + HIGH + BELOW + keys;
    TRY(picture_size(c->o, &width, &height, fixed + 2 * LEAST, HEAD + LEAST + BELOW + keys + 2 * ROW, why));
    keys = KEY + ROW * (double)draw_key(NULL, c, 0, width, 0);
    double wide = (width - fixed) / 2, high = height - HEAD - BELOW - keys;
    picture p;
    TRY(picture_open(&p, c->o, width, height, why));
    picture_heading(&p, EDGE, 0, picture_title(c->o, "how many random patterns are stored"));
    picture_heading(&p, EDGE, 1, about);
    fprintf(p.to, "set multiplot\n");
    draw_key(&p, c, HEAD + high + BELOW, width, 1);
    draw_panel(&p, c, LEFT, wide, high, 0);
    draw_panel(&p, c, 2 * LEFT + wide, wide, high, 1);
    fprintf(p.to, "unset multiplot\n");
    return picture_close(&p, c->o->quiet, why);
}
