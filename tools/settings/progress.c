/* One line on standard error, rewritten in place: percent, bar, time left or so far. */
#include "settings/progress.h"

#include "settings/network.h"
#include "files/output.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop, heard; /* heard: someone will look at stop */
static int long_work;

static void on_signal(int number)
{
    static const char line[] = "\nbinnet: interrupted\n";
    (void)number;
    if (heard && !stop) {
        stop = 1;
        return;
    }
    output_remove_parts();
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _exit(EXIT_STOPPED);
}

void progress_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

int progress_stopped(void)
{
    return stop;
}

int progress_long(void)
{
    return long_work;
}

double work_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void duration(char *text, size_t size, double seconds, const char *what)
{
    if (seconds < 100)
        snprintf(text, size, "%.0f s %s", seconds, what);
    else if (seconds < 6000)
        snprintf(text, size, "%.0f min %s", seconds / 60, what);
    else
        snprintf(text, size, "%.1f h %s", seconds / 3600, what);
}

void progress_line(char text[80], progress *p, double fraction, double seconds_left, double t)
{
    enum { WIDTH = 30 };
    const double step = 1e-4, patience = 3, part = 0.05; /* seconds, or a part of the time so far */
    fraction = fmin(fmax(fraction, 0), 1);
    if (fraction >= p->fraction + step || fraction < p->fraction) { /* less: another call of the library */
        p->fraction = fraction;
        p->grown = t;
    }
    int stalled = t - p->grown > fmax(patience, part * (t - p->began));
    char time[40], bar[WIDTH + 1];
    size_t full = (size_t)(fmin(fraction, 0.99) * WIDTH);
    memset(bar, '.', WIDTH);
    memset(bar, '#', full);
    bar[WIDTH] = 0;
    if (seconds_left < 0 || stalled || fraction > 0.99)
        duration(time, sizeof time, t - p->began, "so far");
    else
        duration(time, sizeof time, seconds_left, "left");
    snprintf(text, 80, "%3.0f%% [%s] %-16s", floor(100 * fmin(fraction, 0.99) + 1e-9), bar, time);
}

static int32_t hook(void *user, double fraction, double seconds_left)
{
    progress *p = user;
    double t = work_clock();
    fraction = p->from + (p->to - p->from) * fraction;
    if (p->from > 0 || p->to < 1) /* the library knows of one call only */
        seconds_left = fraction > 0.02 ? (t - p->began) * (1 - fraction) / fraction : -1;
    if (!long_work && t - p->began > 0.5) {
        fflush(stdout);
        long_work = 1;
    }
    if (p->shown && t - p->last > 0.2) {
        char text[80];
        progress_line(text, p, fraction, seconds_left, t);
        fprintf(stderr, "\r%s", text);
        fflush(stderr);
        p->last = t;
        p->on_line = 1;
    }
    return stop;
}

int progress_step(progress *p, double fraction)
{
    return hook(p, fraction, -1);
}

void progress_begin(progress *p, binnet_ctx *ctx, int quiet)
{
    double t = work_clock();
    *p = (progress){.shown = !quiet && isatty(STDERR_FILENO), .last = t, .began = t, .grown = t, .to = 1};
    binnet_ctx_set_hook(ctx, hook, p);
    heard = 1;
}

void progress_end(progress *p, binnet_ctx *ctx)
{
    binnet_ctx_set_hook(ctx, NULL, NULL);
    heard = 0;
    if (p->on_line)
        fprintf(stderr, "\r%79s\r", "");
}

void progress_span(progress *p, double from, double to)
{
    p->from = from;
    p->to = to;
}
