/*
 * How far an iteration is whose end is not foreseen: each figure on its way down to its goal shows some of it, and whatever the
 * figures do, work goes on: of what is left a part for every pass.
 */
#include "stationary/stationary.h"

#include <math.h>

void bni_course_begin(binnet_ctx *ctx, bni_course *c)
{
    const double half = 150;
    bni_progress_remain(ctx);
    *c = (bni_course){.whole = bni_progress_push(ctx), .half = half, .most = 1};
}

static double course_done(const bni_course *c)
{
    return 0.99 * (1 - (1 - c->way) * c->half / (c->half + c->passes));
}

void bni_course_finish(binnet_ctx *ctx, bni_course *c)
{
    const double half = 10, most = 0.5;
    double from = course_done(c);
    bni_progress_parts(ctx, c->whole, from, 1 - from, 1);
    *c = (bni_course){.whole = bni_progress_push(ctx), .half = half, .most = most};
}

void bni_course_work(binnet_ctx *ctx, bni_course *c, double passes)
{
    double from = course_done(c);
    c->passes += passes;
    bni_progress_parts(ctx, c->whole, from, course_done(c) - from, 1);
}

void bni_course_way(bni_course *c, double figure, double from, double goal, double part)
{
    double way = from > goal && figure > 0 ? log(from / figure) / log(from / goal) : 0;
    c->way = fmax(c->way, c->most * part * fmin(way, 1));
}
