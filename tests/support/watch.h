/*
 * A hook that looks at how it is called and stops the work: binnet_ctx_set_hook(ctx, watch_hook, &w), then watch_start
 * right before the call under test; w.stop_at may be set after it. The clock is that of POSIX: whoever includes this
 * defines _POSIX_C_SOURCE before all headers.
 */
#ifndef WATCH_H
#define WATCH_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

typedef struct watch {
    int calls, wrong;     /* wrong: those with a fraction outside 0..1, decreasing or NaN, or a NaN time left */
    double fraction;      /* the last */
    double began;         /* when, in seconds */
    double last, longest; /* processor time of the thread at the last call; most of it between two calls */
    double stop_after;    /* this many seconds after the beginning each call asks to stop; INFINITY: never */
    int stop_at;          /* the call with this number asks to stop, once; 0: none */
} watch;

/* Seconds, from some moment on. */
static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that this thread was running: what others do on the machine does not count. */
static inline double thread_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline void watch_start(watch *w, double stop_after)
{
    *w = (watch){.stop_after = stop_after};
    w->began = now();
    w->last = thread_time();
}

static inline int32_t watch_hook(void *user, double fraction, double seconds_left)
{
    watch *w = user;
    double t = thread_time();
    w->calls++;
    w->wrong += !(fraction >= w->fraction && fraction <= 1) || isnan(seconds_left);
    w->fraction = fraction;
    if (t - w->last > w->longest)
        w->longest = t - w->last;
    w->last = t;
    return w->calls == w->stop_at || now() - w->began >= w->stop_after;
}

/* Whether something was quick enough. Only the suite 'timing' asks (BINNET_TIMING=1): a slow or busy machine proves nothing. */
static inline int in_time(double seconds, double allowed)
{
    const char *judged = getenv("BINNET_TIMING");
    return !judged || seconds < allowed;
}

#endif
