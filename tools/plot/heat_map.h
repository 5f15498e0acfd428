/* A matrix between neurons as a picture: blue, white and red at -most, 0 and most, rows and columns with their names. */
#ifndef TOOL_HEAT_MAP_H
#define TOOL_HEAT_MAP_H

#include "plot/gnuplot.h"

/* Units: the lines above a panel; a row and a column with room for their names, and the least; a cell with room for a
   number; the side of a map; the widest name. */
enum { PANEL_HEAD = 76, PANEL_LINE = 20, PANEL_TOP = 116 };
enum { MAP_ROW = 20, MAP_LEAST_ROW = 15, MAP_NUMBER = 52, MAP_SIDE = 300, MAP_LEAST_SIDE = 120, MAP_NAME = 190 };
/* From the last line above a map to the map: its scale of colours. */
enum { MAP_SCALE = 50 };

typedef struct heat_map {
    size_t n;
    const double *value;             /* [n][n]; NaN: grey */
    int diagonal;                    /* shown too */
    int positive;                    /* no value is below 0, nor is the scale */
    char *const *name;               /* [n], as names_fit gives them */
    const char *title, *remark;      /* above it */
    double left, right, top, bottom; /* units */
} heat_map;

/* As large as a map of n neurons likes to be. */
double heat_map_side(size_t n);
double heat_map_least_side(size_t n);
void heat_map_draw(picture *p, const heat_map *map);

/* A line above a panel, cut off where it would be wider. */
void panel_title(picture *p, double x, double width, int line, const char *text);
/* Names as the tics of an axis ("x", "y"), at 0, 1, ... */
void name_tics(picture *p, const char *axis, const char *style, char *const *name, size_t n);
/* A round step with 2 to 4 steps from 0 to most. */
double round_step(double most);

#endif
