/*
 * Ends of the panels on which the tails of order statistics are integrated. They are functions of the laws' F only, so what
 * can hide between two nodes is a law that is narrow against the panel: within its zone (where both its tails exceed about
 * 1e-47) no panel is longer than 2 scales or the distance to its location, half of it on the way there; and places where a
 * law is not smooth are ends.
 */
#include "disorder/order_object.h"

#include <float.h>
#include <math.h>

/* Half widths of the zone, in scales. */
static double zone_of(int32_t kind)
{
    switch (kind) {
    case BINNET_NOISE_GAUSSIAN: return 14.5;
    case BINNET_NOISE_UNIFORM: return 1;
    case BINNET_NOISE_LOGISTIC:
    case BINNET_NOISE_LAPLACE: return 110;
    default: return INFINITY; /* Student t; callers' laws, of which nothing is known */
    }
}

/* The law has a kink or a jump at its location, or at one scale from it. */
static int breaks_at_location(int32_t kind)
{
    return kind == BINNET_NOISE_LAPLACE || kind == BINNET_NOISE_CUSTOM;
}

static int breaks_at_scale(int32_t kind)
{
    return kind == BINNET_NOISE_UNIFORM || kind == BINNET_NOISE_CUSTOM;
}

/* The farthest that a panel from x may go for one law. */
static double reach(int32_t kind, double location, double scale, double x)
{
    double from = location - x, zone = zone_of(kind) * scale, end = INFINITY;
    if (!(scale > 0))
        return from > 0 ? location : INFINITY;
    if (from > zone) /* at most to the zone */
        return location - zone > x ? location - zone : location;
    if (-from > zone)
        return INFINITY;
    if (kind != BINNET_NOISE_UNIFORM)
        end = x + fmax(2 * scale, from > 0 ? 0.5 * from : -from);
    if (breaks_at_location(kind) && location > x)
        end = fmin(end, location);
    if (breaks_at_scale(kind) && location - scale > x)
        end = fmin(end, location - scale);
    if (breaks_at_scale(kind) && location + scale > x)
        end = fmin(end, location + scale);
    return end;
}

int32_t bni_order_panel_end(binnet_ctx *ctx, double *next, const binnet_order *o, double x)
{
    double end = INFINITY;
    for (size_t k = 0, at = 0; k < o->parts; at += o->part[k]->n, k++) {
        const binnet_noise *part = o->part[k];
        const double *location = o->location + at;
        for (size_t i = 0; i < part->n; i++) {
            if (i > 0 && location[i] == location[i - 1] && part->scale[i] == part->scale[i - 1])
                continue;
            end = fmin(end, reach(part->kind, location[i], part->scale[i], x));
        }
    }
    *next = fmax(end, x + 4 * DBL_EPSILON * fabs(x)); /* no shorter than the rounding of x */
    return bni_poll(ctx, 0);
}
