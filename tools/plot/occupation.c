/* The laws of the populations' activities, drawn by gnuplot: a curve for each, over the part of its neurons that are active. */
#include "plot/gnuplot.h"
#include "report/occupation.h"
#include "report/result.h"

#include <inttypes.h>

enum { WIDTH = 800, HEIGHT = 460 };

static void draw_activity(picture *p, const occupation *r)
{
    FILE *g = p->to;
    const network *net = &r->m->net;
    for (size_t a = 0; a < r->n_pop; a++) {
        double N = (double)net->size[a];
        fprintf(g, "$v%zu << E\n", a);
        for (int64_t k = 0; k <= net->size[a]; k++)
            fprintf(g, "%.9g %.9g\n", (double)k / N, (N + 1) * r->activity[a][k]);
        fprintf(g, "E\n");
    }
    fprintf(g, "set xrange [-0.02:1.02]\nset yrange [0:*]\nplot ");
    for (size_t a = 0; a < r->n_pop; a++) {
        double t = r->n_pop > 1 ? (double)a / (double)(r->n_pop - 1) : 0; /* blue to red */
        unsigned red = (unsigned)(33 + t * 145), green = (unsigned)(102 - t * 78), blue = (unsigned)(172 - t * 129);
        fprintf(g, "%s$v%zu using 1:2 with %s linewidth 2 linecolor rgb '#%02x%02x%02x' title ", a > 0 ? ", " : "", a,
                net->size[a] <= 60 ? "linespoints pointtype 7 pointsize 0.5" : "lines", red, green, blue);
        picture_text(p, net->population_name[a]);
        fprintf(g, " noenhanced");
    }
    fprintf(g, "\n");
}

int occupation_plot(const occupation *r, failure *why)
{
    picture p;
    double width = WIDTH, height = HEIGHT;
    char about[200];
    TRY(picture_size(r->o, &width, &height, 420, 300, why));
    TRY(picture_open(&p, r->o, width, height, why));
    picture_heading(&p, 14, 0, picture_title(r->o, r->m->net.title != NULL ? r->m->net.title : r->o->network));
    picture_heading(&p, 14, 1, law_text(about, r->m, r->law));
    picture_margins(&p, 80, p.width - 120, 62, p.height - 60);
    fprintf(p.to, "set key outside right top Left reverse\nset xtics out nomirror\nset ytics out nomirror\n");
    picture_axis_label(&p, 'x', "part of the population's neurons that are active", p.width - 200);
    picture_axis_label(&p, 'y', "probability x (neurons + 1)", p.height - 122);
    draw_activity(&p, r);
    return picture_close(&p, r->o->quiet, why);
}
