/* Pictures are drawn by gnuplot, a process of its own that reads commands from us. */
#ifndef TOOL_GNUPLOT_H
#define TOOL_GNUPLOT_H

#include "settings/options.h"
#include "files/output.h"

#include <stdio.h>

/*
 * Lengths are in units: pixels of 1/96 inch with text of the usual size (11 points), and in proportion to --font-size
 * otherwise, so that a layout that holds the text at one size holds it at every size.
 */
typedef struct picture {
    FILE *to; /* gnuplot's standard input */
    const char *path;
    output *place;        /* where gnuplot writes before the picture has its name */
    double width, height; /* units */
    int labels, objects;  /* numbers given so far */
} picture;

/* Before the work: is there a gnuplot, and can the file of --plot be written? */
int picture_possible(const options *o, failure *why);
/* With --size, its width and height, in units; else they stay what the layout wants. EXIT_USAGE when they are less than
   the least that the layout can do with. */
int picture_size(const options *o, double *width, double *height, double least_width, double least_height,
                 failure *why);
/* Starts gnuplot for the file of --plot, with the terminal of its ending (.svg, .png or .pdf: options.c has checked it).
   When the size is not that of --size the layout is stretched to it. */
int picture_open(picture *p, const options *o, double width, double height, failure *why);
/* Waits for gnuplot; EXIT_STOPPED when there is no gnuplot, or no picture. Says "written" unless --quiet. */
int picture_close(picture *p, int quiet, failure *why);

/* Text in gnuplot's double quotes, no line ends, no markup; behind it goes "noenhanced". */
void picture_text(picture *p, const char *text);
/* The same for the name of a tic, which gnuplot takes for a format. */
void picture_tic(picture *p, const char *text);

/* Places on the whole picture: units from the left, and from above, as gnuplot's screen coordinates. */
double picture_x(const picture *p, double units);
double picture_y(const picture *p, double units);
/* Text that begins at a place. */
void picture_label(picture *p, double x, double y, const char *text);
/* Line 0, 1, ... above the picture, from x, cut off where the picture ends. */
void picture_heading(picture *p, double x, int line, const char *text);
/* What line 0 says: --title, else `own`. */
const char *picture_title(const options *o, const char *own);
/* A rectangle with a style of gnuplot. */
void picture_box(picture *p, double x, double y, double width, double height, const char *style);
/* A line that is not clipped to a plot, from one place to another. */
void picture_stroke(picture *p, double x0, double y0, double x1, double y1, const char *style);
/* The edges of the plots that follow. */
void picture_margins(picture *p, double left, double right, double top, double bottom);
/* "set AXISlabel" to a text, cut off where it would be longer than `length`. */
void picture_axis_label(picture *p, char axis, const char *text, double length);
/* Forgets labels, boxes and strokes, for the next plot of the picture. */
void picture_clear(picture *p);

/* How wide a text is; rather too much than too little. */
double text_width(const char *text);
/* The text, or its beginning and "..." where it would be wider than `width`; whole characters of UTF-8. Returns out. */
char *text_fit(char *out, size_t size, const char *text, double width);
/* Names that are distinct, each no wider than `width`: whole, or cut at the end, at the beginning or in the middle,
   whichever keeps them distinct, or numbered from 0. One block, to be freed; NULL: out of memory. */
char **names_fit(char *const *name, size_t n, double width);
/* The widest of n texts. */
double names_width(char *const *name, size_t n);

/* Black or white as 0xrrggbb, whichever is seen better on a colour. */
unsigned ink_on(unsigned rgb);

#endif
