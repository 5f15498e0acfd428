/* Pictures are drawn by gnuplot, a process of its own that reads commands from us. */
#ifndef TOOL_GNUPLOT_H
#define TOOL_GNUPLOT_H

#include "output.h"

#include <stdio.h>

typedef struct picture {
    FILE *to; /* gnuplot's standard input */
    const char *path;
    output *place;        /* where gnuplot writes before the picture has its name */
    double width, height; /* pixels */
    int labels, objects;  /* numbers given so far */
} picture;

/* Starts gnuplot with the terminal of the ending of path (.svg, .png or .pdf: options.c has checked it); the size is in
   pixels of 1/96 inch. */
int picture_open(picture *p, const char *path, double width, double height, failure *why);
/* Waits for gnuplot; EXIT_STOPPED when there is no gnuplot, or no picture. Says "written" unless quiet. */
int picture_close(picture *p, int quiet, failure *why);

/* Text in gnuplot's double quotes, no line ends, no markup. */
void picture_text(picture *p, const char *text);

/* Places on the whole picture: pixels from the left, and from above, as gnuplot's screen coordinates. */
double picture_x(const picture *p, double pixels);
double picture_y(const picture *p, double pixels);
/* Text that begins at a place. */
void picture_label(picture *p, double x, double y, const char *text);
/* A rectangle with a style of gnuplot. */
void picture_box(picture *p, double x, double y, double width, double height, const char *style);
/* The edges of the plots that follow. */
void picture_margins(picture *p, double left, double right, double top, double bottom);
/* "set AXISlabel" to: stimulus to NAME. */
void picture_axis_label(picture *p, char axis, const char *text);
/* About how wide a text is. */
double text_width(const char *text);

#endif
