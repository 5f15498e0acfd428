/* A diagram over stimuli, ready to be shown and written. */
#ifndef TOOL_DIAGRAM_H
#define TOOL_DIAGRAM_H

#include "plot/gnuplot.h"
#include "settings/settings.h"

/* A stimulus that varies. */
typedef struct stimulus_axis {
    const char *name; /* of a population or neuron, or "all" */
    size_t neurons;   /* how many hear it */
    double lo, hi;    /* the window */
} stimulus_axis;

typedef struct diagram_result {
    const model *m;
    const options *o;
    size_t axes;
    stimulus_axis *axis;
    int32_t *axis_of; /* [n], -1: as in the file */
    binnet_diagram *diagram;
    binnet_regions *regions;               /* one or two stimuli */
    binnet_bifurcation_list *bifurcations; /* one stimulus */
    int32_t fixed_complete;
    int64_t period_complete; /* INT64_MAX: all cycles */
    double states;           /* fixed points as states, not classes */
    double seconds;
} diagram_result;

/* Which stimuli vary: --vary, or all populations where these are one or two. */
int diagram_axes(diagram_result *r, const model *m, const options *o, failure *why);
/* The diagram, its regions and bifurcation points. */
int diagram_solve(diagram_result *r, failure *why);
void diagram_free(diagram_result *r);

/* Is everything listed that was asked for? */
int diagram_is_complete(const diagram_result *r);
/* "all fixed points, all cycles", as far as it is so. */
char *diagram_completeness(char text[160], const diagram_result *r);
/* The update rule, and what the file says where that is another; returns text. */
char *diagram_update(char text[160], const diagram_result *r);
/* "2 (3), 4": periods in a region, and how many cycles when several; "-" without cycles. Cut off with "..." */
char *region_periods(char *text, size_t size, const binnet_regions *regions, uint64_t k);
/* "no", "fixed points", "cycles", "both". */
const char *broken_text(int32_t broken);
/* A fixed point (cycle = 0) or a step of a cycle: its number, or occupation numbers as "E=3 I=1" for homogeneous
 * networks. */
char *attractor_text(char *text, size_t size, const diagram_result *r, int cycle, uint64_t k, uint64_t step);

/* On standard output (diagram.c); files PREFIX... (write_diagram.c). */
int diagram_write(const diagram_result *r, failure *why);
/* The two lines above a picture, from x. */
void diagram_heading(picture *p, const diagram_result *r, double x);
/* Pictures (diagram_plane.c, diagram_line.c). */
int plot_plane(const diagram_result *r, failure *why);
int plot_line(const diagram_result *r, failure *why);

#endif
