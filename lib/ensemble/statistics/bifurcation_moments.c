/*
 * Means and variances of bifurcation points, by integrals of both tails of their laws: cut where these jump and at their scales.
 * Source: [FP19] sec. 4, [FP19b]; THEORY 8.
 */
#include "ensemble/statistics/bifurcation_points.h"

#include "num/integrate.h"

#include <float.h>
#include <math.h>

/* A tail on one side of the centre; the first failure of the library is kept. */
typedef struct tail {
    binnet_ctx *ctx;
    const bni_bound *bound;
    int xi, upper;
    int32_t status;
} tail;

static void tail_at(void *arg, int n, const double *x, double *f, double *noise)
{
    tail *t = arg;
    double off[BNI_POINTS] = {0};
    if (t->status == BINNET_OK)
        t->status = bni_bound_at(t->ctx, t->upper ? NULL : f, NULL, t->upper ? f : NULL, NULL, off, (size_t)n, t->bound,
                                 t->xi, x);
    if (t->status == BINNET_OK)
        t->status = bni_poll(t->ctx, 0.5);
    for (int k = 0; k < n; k++) {
        f[k] = t->status == BINNET_OK ? f[k] : 0;
        *noise = fmax(*noise, off[k]);
    }
}

/* The tail just beside x. A jump lies at the double next to its exact value, so neither that nor its neighbours count. */
static double beside(tail *t, double x, int right, double *noise)
{
    double at = nextafter(x, right ? INFINITY : -INFINITY), f, off = 0;
    tail_at(t, 1, &at, &f, &off);
    *noise = fmax(*noise, off);
    return f;
}

/* Integrals of the tail over one side: from cut to cut, and then in panels twice as wide each, until nothing is left. */
static int32_t add_side(bni_tail_sum *sum, tail *t, const bni_stieltjes_rule *rule, double width)
{
    double from = sum->centre, noise = 0, at_from = beside(t, from, t->upper, &noise);
    for (;;) {
        double to = bni_bound_next_cut(t->bound, from, t->upper);
        int beyond = isinf(to);
        if (beyond) {
            width = fmax(2 * width, 4 * fabs(nextafter(from, t->upper ? INFINITY : -INFINITY) - from));
            to = t->upper ? from + width : from - width;
        }
        if (!(fabs(to) < 1e150))
            return bni_fail(t->ctx, BINNET_E_UNDEFINED, "the moments of this bifurcation point do not exist");
        double at_to = beside(t, to, !t->upper, &noise), after = beside(t, to, t->upper, &noise);
        double low = fmin(from, to), high = fmax(from, to);
        bni_tail_add(rule, sum, tail_at, t, low, high, t->upper ? at_from : at_to, t->upper ? at_to : at_from, noise);
        BNI_TRY(t->status);
        double away = fabs(to - sum->centre), left = after * fmax(away, width);
        if (after == 0 || (beyond && left <= 1e-15 * sum->value[0] && left * away <= 1e-15 * sum->value[1]) ||
            (beyond && after <= noise)) {
            /* what is left falls faster than any power, or is not known any better */
            sum->error[0] += 4 * (after + noise) * away;
            sum->error[1] += 4 * (after + noise) * away * away;
            return BINNET_OK;
        }
        if (!beyond)
            width = fmax(width, high - low);
        from = to;
        at_from = after;
        noise = 0;
    }
}

int32_t binnet_bifurcation_law_moments(binnet_ctx *ctx, double *mean, double *variance, const binnet_bifurcation_law *b,
                                       size_t axis, int32_t which)
{
    const bni_bound *bound = NULL;
    bni_stieltjes_rule rule;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_bound_pick(ctx, &bound, b, axis, which));
    if (bound->kins == 0) {
        if (mean != NULL)
            *mean = which == BINNET_XI ? INFINITY : -INFINITY;
        if (variance != NULL)
            *variance = 0;
        return BINNET_OK;
    }
    /* E (c - m) = int_m Pr(c > x) dx - int^m Pr(c <= x) dx; E (c - m)^2 likewise with 2 |x - m|. m: the median. */
    tail t = {ctx, bound, which == BINNET_XI, 0, BINNET_OK};
    bni_tail_sum side[2];
    double centre, width;
    BNI_TRY(bni_bound_quantile(ctx, &centre, bound, t.xi, 0.5));
    BNI_TRY(bni_bound_centre(ctx, &(double){0}, &width, bound));
    bni_stieltjes_prepare(&rule);
    /* Places are doubles: a law may be narrower than their distance. That error is there for all cdfs. */
    double grain = 4 * DBL_EPSILON * fabs(centre);
    for (size_t k = 0; k < bound->kins; k++)
        grain = fmax(grain, 4 * DBL_EPSILON * fabs(bound->kin[k].current->theta));
    for (t.upper = 0; t.upper <= 1; t.upper++) {
        side[t.upper] = (bni_tail_sum){.centre = centre, .relative = 1e-13, .grain = grain};
        for (int k = 0; k < 2 && t.upper; k++)
            side[1].total[k] = side[0].value[k];
        BNI_TRY(add_side(&side[t.upper], &t, &rule, width));
    }
    double off = side[1].value[0] - side[0].value[0], second = 2 * (side[0].value[1] + side[1].value[1]);
    double error[2] = {side[0].error[0] + side[1].error[0], 2 * (side[0].error[1] + side[1].error[1])};
    double sd = sqrt(second);
    /* and looks up to 64 times as large as it is */
    error[1] = fmax(0, error[1] + 2 * fabs(off) * error[0] - 256 * grain * (sd + 64 * grain));
    error[0] = fmax(0, error[0] - 64 * grain);
    BNI_TRY(bni_need_bound(ctx, centre + off, error[0], sd, "the mean of the bifurcation point"));
    if (variance != NULL)
        BNI_TRY(bni_need_bound(ctx, second - off * off, error[1], second, "the variance of the bifurcation point"));
    if (mean != NULL)
        *mean = centre + off;
    if (variance != NULL)
        *variance = fmax(0, second - off * off);
    return BINNET_OK;
}
