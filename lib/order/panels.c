/*
 * Ends of the panels on which the tails of order statistics are integrated. They are functions of the laws' F only, so what
 * can hide between two nodes is a law that is narrow against the panel: within its zone (where both its tails exceed about
 * 1e-47) no panel is longer than 2 scales or the distance to its location, half of it on the way there; and places where a
 * law is not smooth are ends.
 */
#include "order/variables.h"

#include <float.h>
#include <math.h>

/* Half widths of the zone, in scales. */
static double zone_of(int32_t kind)
{
    switch (kind) {
    case BINNET_NOISE_GAUSSIAN:
        return 14.5;
    case BINNET_NOISE_UNIFORM:
        return 1;
    case BINNET_NOISE_LOGISTIC:
    case BINNET_NOISE_LAPLACE:
        return 110;
    default:
        return INFINITY; /* Student t; callers' laws, of which nothing is known */
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
static double panel_reach(int32_t kind, double location, double scale, double x)
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

/* Looks at every stride-th variable. */
static int32_t panel_end(binnet_ctx *ctx, double *next, const binnet_order *o, double x, size_t stride)
{
    double end = INFINITY;
    for (size_t k = 0, at = 0; k < o->parts; at += o->part[k]->n, k++) {
        const binnet_noise *part = o->part[k];
        const double *location = o->location + at;
        for (size_t i = (stride - at % stride) % stride; i < part->n; i += stride) {
            if (stride == 1 && i > 0 && location[i] == location[i - 1] && part->scale[i] == part->scale[i - 1])
                continue;
            end = fmin(end, panel_reach(part->kind, location[i], part->scale[i], x));
        }
    }
    *next = fmax(end, x + 4 * DBL_EPSILON * fabs(x)); /* no shorter than the rounding of x */
    return bni_poll(ctx, 0);
}

int32_t bni_order_panel_end(binnet_ctx *ctx, double *next, const binnet_order *o, double x)
{
    return panel_end(ctx, next, o, x, 1);
}

/* --- how many there will be --- */

enum { SAMPLE = 500, MOST_COUNTED = 1 << 13 };

/* Mean numbers of variables <= x and > x, and the variance of the first, from every stride-th. */
static void expect(double count[3], const binnet_order *o, double x, size_t stride)
{
    double below = 0, above = 0, variance = 0;
    for (size_t k = 0, at = 0; k < o->parts; at += o->part[k]->n, k++) {
        const binnet_noise *part = o->part[k];
        for (size_t i = (stride - at % stride) % stride; i < part->n; i += stride) {
            double F = x >= o->location[at + i], G = 1 - F;
            if (part->scale[i] > 0)
                bni_noise_tails(part, (x - o->location[at + i]) / part->scale[i], &F, &G);
            below += F;
            above += G;
            variance += F * G;
        }
    }
    count[0] = below * (double)stride;
    count[1] = above * (double)stride;
    count[2] = variance * (double)stride;
}

/* Where so many are <= x (upper: > x), about; the number of those beyond falls to 1e-34 at the ends. */
static double find_place(const binnet_order *o, double number, int upper, size_t stride)
{
    double centre, length, a = -60, b = 60, count[3];
    bni_order_extent(o, &centre, &length);
    for (int k = 0; k < 40; k++) {
        double u = 0.5 * (a + b);
        expect(count, o, centre + length * sinh(u), stride);
        *((upper ? count[1] > number : count[0] < number) ? &a : &b) = u;
    }
    return centre + length * sinh(0.5 * (a + b));
}

/* The count that is off from a mean of `number` by so much that its law is at 1e-34: Bernstein, about. */
static double beyond_range(double number, double variance)
{
    return fmax(number - 12 * sqrt(variance) - 26, 1e-34);
}

int32_t bni_order_count_panels(binnet_ctx *ctx, double *panels, const binnet_order *o, size_t first, size_t last)
{
    size_t stride = o->n / SAMPLE + 1;
    double r = (double)first, from_top = (double)(o->n - last + 1), at_first[3], at_last[3], between[3], by_laws = 0;
    expect(at_first, o, find_place(o, r - 0.5, 0, stride), stride);
    expect(at_last, o, find_place(o, from_top - 0.5, 1, stride), stride);
    double x = find_place(o, beyond_range(r, at_first[2]), 0, stride),
           high = find_place(o, beyond_range(from_top, at_last[2]), 1, stride);
    for (; x < high && by_laws < MOST_COUNTED; by_laws++)
        BNI_TRY(panel_end(ctx, &x, o, x, stride));
    /* neighbours differ by a standard deviation of the count */
    expect(between, o, find_place(o, 0.5 * (r + (double)last), 0, stride), stride);
    double by_ranks = 3 * (double)(last - first) / fmax(sqrt(between[2]), 1);
    *panels = 12 + fmax(by_laws, by_ranks);
    return BINNET_OK;
}
