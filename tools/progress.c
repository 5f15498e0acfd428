/* One line on standard error, rewritten in place: percent, bar, time left. */
#include "progress.h"

#include "network.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop, heard; /* heard: someone will look at stop */

static void on_signal(int number)
{
    static const char line[] = "\nbinnet: interrupted\n";
    (void)number;
    if (heard && !stop) {
        stop = 1;
        return;
    }
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
}

int progress_stopped(void)
{
    return stop;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void duration(char *text, size_t size, double seconds)
{
    if (seconds < 0)
        snprintf(text, size, "...");
    else if (seconds < 100)
        snprintf(text, size, "%.0f s left", seconds);
    else if (seconds < 6000)
        snprintf(text, size, "%.0f min left", seconds / 60);
    else
        snprintf(text, size, "%.1f h left", seconds / 3600);
}

static int32_t hook(void *user, double fraction, double seconds_left)
{
    progress *p = user;
    double t = now();
    seconds_left = p->from == 0 && p->to == 1 ? seconds_left : -1;
    fraction = p->from + (p->to - p->from) * fraction;
    if (p->shown && t - p->last > 0.2) {
        char left[40], bar[31];
        size_t full = (size_t)(fraction * 30);
        memset(bar, '.', 30);
        memset(bar, '#', full > 30 ? 30 : full);
        bar[30] = 0;
        duration(left, sizeof left, seconds_left);
        fprintf(stderr, "\r%3.0f%% [%s] %-16s", 100 * fraction, bar, left);
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
    *p = (progress){.shown = !quiet && isatty(STDERR_FILENO), .last = now(), .to = 1};
    binnet_ctx_set_hook(ctx, hook, p);
    heard = 1;
}

void progress_end(progress *p, binnet_ctx *ctx)
{
    binnet_ctx_set_hook(ctx, NULL, NULL);
    heard = 0;
    if (p->on_line)
        fprintf(stderr, "\r%60s\r", "");
}

void progress_span(progress *p, double from, double to)
{
    p->from = from;
    p->to = to;
}
