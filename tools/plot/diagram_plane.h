/* The picture of a diagram over two stimuli, and what its legend takes from it. */
#ifndef TOOL_PLOT_DIAGRAM_PLANE_H
#define TOOL_PLOT_DIAGRAM_PLANE_H

#include "report/diagram.h"
#include "plot/gnuplot.h"

enum { PLANE_EDGE = 12, PLANE_HATCHES = 9 };
#define PLANE_FRAME "border linecolor rgb '#222222' linewidth 0.6"
#define PLANE_DASHES "dashtype (6,5)"

/* Hatchings differ by the direction of their lines, not by how close these are. The last is for all other cycles. */
enum { RISING = 1, FALLING = 2, LEVEL = 4, UPRIGHT = 8, DASHED = 16 };

typedef struct paint {
    uint64_t region;
    double size; /* area of the outer ring */
} paint;

/* Regions with the same cycles: as many of each period. */
typedef struct group {
    const binnet_regions *regions;
    uint64_t region; /* one of them */
    double area;
    int hatching; /* one of hatchings */
} group;

typedef struct canvas {
    const diagram_result *r;
    picture p;
    double *degree; /* distinct numbers of fixed points, rising */
    size_t degrees;
    group *group; /* fewer cycles before more, shorter before longer ones */
    size_t groups;
    int any_lines[2];     /* whole, dashed */
    int *hatching;        /* of each region: 0, or a sum of directions */
    double width, height; /* of the plane */
    int broken;           /* BINNET_BROKEN_* anywhere */
    paint *order;
    uint64_t regions;
} canvas;

typedef struct plane_ring {
    const char *colour;
    double size;
} plane_ring;

/* --- the legend (diagram_plane_legend.c) --- */

extern const plane_ring plane_dot[2]; /* a dot is both of them */
/* 0xrrggbb of the k-th of the numbers of fixed points; none is white. */
unsigned plane_colour(const canvas *c, size_t k);
double plane_legend_width(const canvas *c);
double plane_legend_height(const canvas *c);
void plane_legend(canvas *c, double x, double y);

#endif
