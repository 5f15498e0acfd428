/* Pictures are drawn by gnuplot, a process of its own that reads commands from us. */
#ifndef TOOL_GNUPLOT_H
#define TOOL_GNUPLOT_H

#include "network.h"

#include <stdio.h>

typedef struct picture {
    FILE *to; /* gnuplot's standard input */
    const char *path;
} picture;

/* Starts gnuplot with the terminal of the ending of path (.svg, .png or .pdf: options.c has checked it); the size is in
   pixels of 1/96 inch. */
int picture_open(picture *p, const char *path, double width, double height, failure *why);
/* Waits for gnuplot; EXIT_STOPPED when there is no gnuplot, or no picture. Says "written" unless quiet. */
int picture_close(picture *p, int quiet, failure *why);

/* Text in gnuplot's double quotes, no line ends, no markup. */
void picture_text(picture *p, const char *text);

#endif
