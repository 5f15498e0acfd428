/* Progress on a terminal, and Ctrl-C: the hook of the library. */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <binnet/binnet.h>

/* Seconds since some moment. */
double work_clock(void);

typedef struct progress {
    int shown;                     /* standard error is a terminal and --quiet was not given */
    int on_line;                   /* something stands on the line */
    double last;                   /* when it was written */
    double began, fraction, grown; /* the first call; what was done when it last grew, and when that was */
    double from, to;               /* what the next call of the library is of the whole */
} progress;

/* What stands on the line at a time (seconds of any clock, rising), for a fraction done and the time left (negative: not
   known): never 100 %, since work is still going on; the time so far where the fraction stands still or is at its end, the
   time left otherwise. */
void progress_line(char text[80], progress *p, double fraction, double seconds_left, double t);

/* From here on Ctrl-C and SIGTERM end the program with a line and EXIT_STOPPED: at once, or within a call of the library when it
 * asks the hook next. A second one ends it at once. */
void progress_signals(void);
/* Whether one of them came. */
int progress_stopped(void);
/* Whether a call of the library took half a second: then what is reported is no longer held back (main.c). */
int progress_long(void);

/* Sets the hook of ctx. */
void progress_begin(progress *p, binnet_ctx *ctx, int quiet);
/* Clears the line. */
void progress_end(progress *p, binnet_ctx *ctx);
/* The next calls of the library are from..to of the whole. */
void progress_span(progress *p, double from, double to);

/* Between calls of the library that are too short to call the hook: shows the fraction; 1 when the user asked to stop. */
int progress_step(progress *p, double fraction);

#endif
