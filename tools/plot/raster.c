/* Rasters, drawn by gnuplot: a dot where a neuron is active, a colour for each population; below, the share that is active. */
#include "plot/raster.h"

#include "plot/gnuplot.h"

/* Units. */
enum { LEFT = 96, RIGHT = 24, TOP = 64, RASTER = 360, GAP = 18, SHARES = 140, BELOW = 62, WIDE = 900, LEGEND = 130 };

static const char *const colours[] = {"#2166ac", "#b2182b", "#4dac26", "#7b3294",
                                      "#e08214", "#01665e", "#c51b7d", "#666666"};
enum { COLOURS = sizeof colours / sizeof *colours };

/* Neurons are drawn from the first at the top to the last. */
static void write_dots(picture *p, const raster *r)
{
    for (size_t a = 0; a < r->n_pop; a++) {
        fprintf(p->to, "$p%zu << E\nNaN NaN\n", a);
        for (size_t i = 0; i < r->neurons; i++)
            for (size_t t = 0; (size_t)r->population[i] == a && t < r->samples; t++)
                if (r->active[t * r->neurons + i])
                    fprintf(p->to, "%.9g %zu\n", (double)t * r->step, i);
        fprintf(p->to, "E\n");
    }
}

static void write_shares(picture *p, const raster *r)
{
    fprintf(p->to, "$s << E\n");
    for (size_t t = 0; t < r->samples; t++) {
        fprintf(p->to, "%.9g", (double)t * r->step);
        for (size_t a = 0; a < r->n_pop; a++) {
            size_t count = 0, of = 0;
            for (size_t i = 0; i < r->neurons; i++)
                if ((size_t)r->population[i] == a) {
                    of++;
                    count += r->active[t * r->neurons + i];
                }
            fprintf(p->to, " %.6g", of > 0 ? (double)count / (double)of : 0);
        }
        fprintf(p->to, "\n");
    }
    fprintf(p->to, "E\n");
}

static void write_neuron_tics(picture *p, const raster *r)
{
    /* 1, 2, 5, 10, 20, ...: at most eight */
    size_t step = 1;
    for (size_t k = 0; r->label == NULL && r->neurons > 8 * step; k++)
        step = k % 3 == 1 ? step / 2 * 5 : 2 * step;
    fprintf(p->to, "set ytics noenhanced (");
    for (size_t i = 0; i < r->neurons; i += step) {
        fputs(i > 0 ? ", " : "", p->to);
        if (r->label != NULL)
            picture_tic(p, r->label[i]);
        else
            fprintf(p->to, "'%d'", (int)r->neuron[i]);
        fprintf(p->to, " %zu", i);
    }
    fprintf(p->to, ")\n");
}

int plot_raster(const raster *r, const options *o, failure *why)
{
    picture p;
    double height = TOP + RASTER + GAP + SHARES + BELOW, width = WIDE;
    TRY(picture_size(o, &width, &height, LEFT + RIGHT + LEGEND + 200, TOP + BELOW + GAP + 200, why));
    TRY(picture_open(&p, o, width, height, why));
    double right = width - RIGHT - (r->n_pop > 1 ? LEGEND : 0), middle = TOP + (height - TOP - BELOW) * 0.72;
    picture_heading(&p, LEFT, 0, picture_title(o, r->title));
    picture_heading(&p, LEFT, 1, r->about);
    write_dots(&p, r);
    write_shares(&p, r);
    double dot = 1.2 * (middle - TOP) / (double)r->neurons / 6;
    fprintf(p.to,
            "set multiplot\nset xrange [0:%.9g]\nset yrange [%zu.5:-0.5]\nset format x ''\nset tics out nomirror\n",
            (double)(r->samples > 1 ? r->samples - 1 : 1) * r->step, r->neurons - 1);
    write_neuron_tics(&p, r);
    picture_margins(&p, LEFT, right, TOP, middle - GAP / 2.0);
    fprintf(p.to, "set ylabel 'neuron'\n%s\nplot ",
            r->n_pop > 1 ? "set key outside right top Left reverse samplen 1" : "unset key");
    for (size_t a = 0; a < r->n_pop; a++) {
        fprintf(p.to, "%s$p%zu using 1:2 with points pointtype 7 pointsize %.3f linecolor rgb '%s' notitle",
                a > 0 ? ", " : "", a,
                dot < 0.12  ? 0.12
                : dot > 0.6 ? 0.6
                            : dot,
                colours[a % COLOURS]);
        if (r->n_pop > 1) {
            fprintf(p.to, ", NaN with points pointtype 5 pointsize 1.2 linecolor rgb '%s' title ",
                    colours[a % COLOURS]);
            picture_text(&p, r->name[a]);
            fprintf(p.to, " noenhanced");
        }
    }
    fprintf(p.to, "\n");
    picture_clear(&p);
    picture_margins(&p, LEFT, right, middle + GAP / 2.0, height - BELOW);
    fprintf(p.to, "unset key\nset format x '%%g'\nset xlabel ");
    picture_text(&p, r->time);
    fprintf(p.to, "\nset ylabel 'share of them'\nset yrange [0:*]\nset ytics enhanced autofreq\nplot ");
    for (size_t a = 0; a < r->n_pop; a++)
        fprintf(p.to, "%s$s using 1:%zu with lines linewidth 1.5 linecolor rgb '%s'", a > 0 ? ", " : "", a + 2,
                colours[a % COLOURS]);
    fprintf(p.to, "\nunset multiplot\n");
    return picture_close(&p, o->quiet, why);
}
