/* One line on standard error, rewritten in place: percent, bar, time left. */
#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop; /* the only thing a signal handler may touch */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
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

static void signals(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends the program at once */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void progress_begin(progress *p, binnet_ctx *ctx, int quiet)
{
    *p = (progress){.shown = !quiet && isatty(STDERR_FILENO), .last = now()};
    binnet_ctx_set_hook(ctx, hook, p);
    signals(on_signal);
}

void progress_end(progress *p, binnet_ctx *ctx)
{
    binnet_ctx_set_hook(ctx, NULL, NULL);
    signals(SIG_DFL);
    if (p->on_line)
        fprintf(stderr, "\r%60s\r", "");
}
