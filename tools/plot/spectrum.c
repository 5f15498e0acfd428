/*
 * The picture of a spectrum: the eigenvalues in the unit circle, and beside it their relaxation times by number, with periods.
 */
#include "plot/gnuplot.h"
#include "plot/heat_map.h"
#include "report/result.h"
#include "report/spectrum.h"

#include <math.h>
#include <stdio.h>

enum { EDGE = 14, TOP = PANEL_TOP, CIRCLE = 320, LEAST = 160, APART = 96, AXIS = 56, BELOW = 60, MOST_SHOWN = 200 };

static const char circling[] = "#b2182b", decaying[] = "#2166ac";

static void draw_circle(picture *p, const spectrum *s, double left, double right, double bottom)
{
    FILE *g = p->to;
    picture_margins(p, left, right, TOP, bottom);
    panel_title(p, left, right - left, 0, "eigenvalues in the unit circle");
    fprintf(g,
            "set xrange [-1.08:1.08]\nset yrange [-1.08:1.08]\nset xtics out nomirror 0.5\nset ytics out nomirror 0.5\n"
            "set format '%%g'\nset xzeroaxis linecolor rgb '#cccccc'\nset yzeroaxis linecolor rgb '#cccccc'\n");
    picture_axis_label(p, 'x', "real part", right - left);
    picture_axis_label(p, 'y', "imaginary part", bottom - TOP);
    fprintf(g, "set parametric\nset trange [0:2*pi]\n$v << E\n");
    for (size_t k = 0; k < s->count; k++)
        fprintf(g, "%.9g %.9g %d\n", s->value[k].re, s->value[k].im, s->value[k].im != 0);
    fprintf(g,
            "E\nplot cos(t), sin(t) with lines linecolor rgb '#888888' notitle, "
            "$v using 1:($3 == 0 ? $2 : NaN) with points pointtype 7 pointsize 0.8 linecolor rgb '%s' notitle, "
            "$v using 1:($3 != 0 ? $2 : NaN) with points pointtype 7 pointsize 0.8 linecolor rgb '%s' notitle\n"
            "unset parametric\nunset xzeroaxis\nunset yzeroaxis\n",
            decaying, circling);
    picture_clear(p);
}

/* Finite, and of an eigenvalue that is not 0 to its bound. */
static int has_time(const eigenvalue *v)
{
    return isfinite(v->relaxation) && hypot(v->re, v->im) > v->bound;
}

/* Finite times with the range that the bounds leave; those of modulus 1 are above. */
static void draw_times(picture *p, const spectrum *s, double left, double right, double bottom)
{
    FILE *g = p->to;
    double least = INFINITY, most = 0;
    size_t shown = s->count < MOST_SHOWN ? s->count : MOST_SHOWN;
    for (size_t k = 0; k < shown; k++)
        if (has_time(&s->value[k])) {
            least = fmin(least, s->value[k].relaxation);
            most = fmax(most, s->value[k].relaxation);
        }
    if (!(most > 0))
        least = most = 1;
    int log_scale = most / least > 30;
    picture_margins(p, left, right, TOP, bottom);
    panel_title(p, left, right - left, 0, "relaxation times in steps");
    panel_title(p, left, right - left, 1, "finite ones; red: pairs that oscillate");
    fprintf(g, "set xrange [0.4:%.9g]\nset xtics out nomirror 1,%d\n", (double)shown + 0.6,
            shown > 12 ? (int)(shown / 6) : 1);
    if (log_scale)
        fprintf(g,
                "set yrange [1:2]\nset logscale y\nset format y '10^{%%T}'\nset yrange [%.9g:%.9g]\n"
                "set ytics out nomirror enhanced 1e%d\n",
                least / 2, most * 2, (int)fmax(1, ceil(log10(most / least) / 5)));
    else
        fprintf(g, "set yrange [0:%.9g]\nset ytics out nomirror %.9g\n", 1.1 * most, round_step(1.1 * most));
    picture_axis_label(p, 'x', "number of the eigenvalue", right - left);
    picture_axis_label(p, 'y', "relaxation time", bottom - TOP);
    fprintf(g, "$w << E\n");
    for (size_t k = 0; k < shown; k++) {
        const eigenvalue *v = &s->value[k];
        if (has_time(v))
            fprintf(g, "%zu %.9g %d %.9g %.9g\n", k + 1, v->relaxation, v->im != 0,
                    log_scale ? fmax(v->shortest, least / 4) : v->shortest, fmin(v->longest, most * 4));
    }
    fprintf(g, "1 NaN 0 NaN NaN\n"); /* so that there is a line */
    fprintf(g,
            "E\nplot $w using 1:2:4:5 with yerrorbars pointtype -1 linecolor rgb '#888888' notitle, "
            "$w using 1:($3 == 0 ? $2 : NaN) with points pointtype 7 pointsize 0.8 linecolor rgb '%s' notitle, "
            "$w using 1:($3 != 0 ? $2 : NaN) with points pointtype 7 pointsize 0.8 linecolor rgb '%s' notitle\n"
            "unset logscale y\n",
            decaying, circling);
}

int spectrum_plot(const spectrum *s, failure *why)
{
    const model *m = s->m;
    double width = 2 * CIRCLE + AXIS + APART + EDGE, height = TOP + CIRCLE + BELOW, fixed = AXIS + APART + EDGE;
    char noise[100], about[240];
    snprintf(about, sizeof about, "%zu leading eigenvalues, %s update, noise %s", s->count, update_name(m->update),
             noise_text(noise, m));
    width = fmax(width, 2 * EDGE + text_width(about));
    TRY(picture_size(s->o, &width, &height, fixed + 2 * LEAST, TOP + LEAST + BELOW, why));
    double side = fmin((width - fixed) / 2, height - TOP - BELOW), bottom = TOP + side;
    picture p;
    TRY(picture_open(&p, s->o, width, height, why));
    picture_heading(&p, EDGE, 0, picture_title(s->o, m->net.title != NULL ? m->net.title : s->o->network));
    picture_heading(&p, EDGE, 1, about);
    fprintf(p.to, "set multiplot\nunset key\nset border 3 linecolor rgb '#444444'\n");
    draw_circle(&p, s, AXIS, AXIS + side, bottom);
    draw_times(&p, s, AXIS + side + APART, width - EDGE, bottom);
    fprintf(p.to, "unset multiplot\n");
    return picture_close(&p, s->o->quiet, why);
}
