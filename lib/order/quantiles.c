/*
 * Quantiles of order statistics: the root of g(x) = log(P(X_(r) <= x) / q) for q <= 1/2, of -log(P(X_(r) > x) / (1 - q)) above.
 * A bracket that doubles, then inverse quadratic interpolation kept inside it (Chandrupatla 1997); where that is slow the
 * bracket is halved in u, x = c + l sinh u, so that heavy tails cost no more. The error bound is the distance to points where
 * the computed g is beyond its own error on either side, plus the rounding of x - location.
 */
#include "order/variables.h"

#include <float.h>
#include <math.h>

double bni_order_error(const binnet_order *o, size_t r)
{
    /* Terms have about r factors F and n - r factors G; of those next to 1 the error is that of the other tail, so that the
     * laws' errors count for the fewer ones. How far from r the mean count may be while a tail is above exp(-800): Bernstein. */
    double n = (double)o->n, fewer = fmin((double)r, n - (double)r + 1),
           most = fmin(n, fewer + 40 * sqrt(fewer) + 1600);
    return n * (8 * 0x1p-53 + o->custom_error) + most * o->law_error;
}

void bni_order_extent(const binnet_order *o, double *centre, double *length)
{
    double low = INFINITY, high = -INFINITY, scale = 0;
    for (size_t k = 0, at = 0; k < o->parts; k++)
        for (size_t i = 0; i < o->part[k]->n; i++, at++) {
            low = fmin(low, o->location[at]);
            high = fmax(high, o->location[at]);
            scale = fmax(scale, o->part[k]->scale[i]);
        }
    *centre = 0.5 * low + 0.5 * high;
    *length = fmin(fmax(scale, 0.5 * high - 0.5 * low), DBL_MAX / 4);
    if (!(*length > 0))
        *length = fmax(fabs(*centre), 1) * 0x1p-20;
}

typedef struct search {
    bni_order_work *w;
    const binnet_order *o;
    double *F, *G;
    size_t r;
    double q, centre, length;
    double log_p; /* of q, or of 1 - q */
} search;

/* g at x; infinite where the tail is 0. */
static int32_t quantile_level(search *s, double *g, double x)
{
    bni_tails t;
    BNI_TRY(bni_order_blame(s->w->ctx, bni_order_values(s->w, s->o, s->F, s->G, NULL, x), x));
    BNI_TRY(bni_order_tails(s->w, &t, s->o->n, s->F, s->G, s->r));
    *g = s->q <= 0.5 ? bni_scaled_log(t.cdf) - s->log_p : s->log_p - bni_scaled_log(t.survival);
    return bni_poll(s->w->ctx, s->w->done);
}

typedef struct bracket {
    double a, ga, b, gb; /* ga < 0 <= gb */
} bracket;

/* From the centre outwards, doubling; BINNET_E_UNDEFINED beyond the range of double. */
static int32_t enclose_quantile(search *s, bracket *k)
{
    double step = s->length, factor = 2;
    k->a = k->b = s->centre;
    BNI_TRY(quantile_level(s, &k->ga, k->a));
    k->gb = k->ga;
    for (; !(k->ga < 0); factor *= factor, step = fmin(step * factor, DBL_MAX)) {
        if (!(k->a > -DBL_MAX))
            return BINNET_E_UNDEFINED;
        k->b = k->a;
        k->gb = k->ga;
        k->a = fmax(k->a - step, -DBL_MAX);
        BNI_TRY(quantile_level(s, &k->ga, k->a));
    }
    for (; k->gb < 0; factor *= factor, step = fmin(step * factor, DBL_MAX)) {
        if (!(k->b < DBL_MAX))
            return BINNET_E_UNDEFINED;
        k->a = k->b;
        k->ga = k->gb;
        k->b = fmin(k->b + step, DBL_MAX);
        BNI_TRY(quantile_level(s, &k->gb, k->b));
    }
    return BINNET_OK;
}

/* Half way in u, strictly between when there is room. */
static double halve_bracket(const search *s, double a, double b)
{
    double u = 0.5 * (asinh((a - s->centre) / s->length) + asinh((b - s->centre) / s->length));
    double x = s->centre + s->length * sinh(u);
    return x > a && x < b ? x : 0.5 * a + 0.5 * b;
}

/* The next point: interpolated from the bracket and the point before (c, gc), or half way. */
static double next_point(const search *s, const bracket *k, double c, double gc, int slow)
{
    double width = k->b - k->a;
    if (slow || !(width < INFINITY) || isinf(k->ga) || isinf(k->gb) || isinf(gc))
        return halve_bracket(s, k->a, k->b);
    double x = k->b - k->gb * (width / (k->gb - k->ga)); /* secant */
    if (gc != k->ga && gc != k->gb) {
        /* inverse quadratic, a + t width */
        double at_b = k->ga / (k->gb - k->ga) * (gc / (k->gb - gc)),
               at_c = k->ga / (gc - k->ga) * (k->gb / (gc - k->gb));
        double t = at_b + at_c * ((c - k->a) / width);
        double y = k->a + t * width;
        x = y > k->a && y < k->b ? y : x;
    }
    double margin = fmax(0x1p-52 * fmax(fabs(k->a), fabs(k->b)), DBL_TRUE_MIN);
    return fmin(fmax(x, k->a + margin), k->b - margin);
}

/* Shrinks the bracket until its ends are neighbours, or g is below its error at one of them. */
static int32_t shrink(search *s, bracket *k, double enough, int rough)
{
    double c = k->a, gc = k->ga, before = INFINITY;
    int slow = 0;
    for (int step = 0; step < 400; step++) {
        double width = k->b - k->a, g;
        if (fmin(-k->ga, k->gb) <= enough || width <= 0x1p-51 * fmin(fabs(k->a), fabs(k->b)) ||
            (rough && width <= 0x1p-40 * s->length))
            break;
        double x = next_point(s, k, c, gc, slow);
        if (!(x > k->a && x < k->b) && !((x = 0.5 * k->a + 0.5 * k->b) > k->a && x < k->b))
            break;
        BNI_TRY(quantile_level(s, &g, x));
        if (g < 0) {
            c = k->a;
            gc = k->ga;
            k->a = x;
            k->ga = g;
        } else {
            c = k->b;
            gc = k->gb;
            k->b = x;
            k->gb = g;
        }
        /* three steps must halve it */
        slow = step % 3 == 2 ? k->b - k->a > 0.5 * before : slow;
        before = step % 3 == 2 ? k->b - k->a : before;
    }
    return BINNET_OK;
}

/* Outwards from x (side -1 or 1) until g is beyond its error, at most to the end of the bracket when it is so there. */
static int32_t beyond_quantile(search *s, double *distance, double x, int side, double first, double error)
{
    double step = fmax(fmax(first, 0x1p-52 * fabs(x)), DBL_TRUE_MIN), g = 0;
    for (; step < *distance; step *= 2) {
        if (isinf(x + side * step)) {
            *distance = INFINITY;
            break;
        }
        BNI_TRY(quantile_level(s, &g, x + side * step));
        if (side * g >= error)
            *distance = step;
    }
    return BINNET_OK;
}

static int32_t find_bound(search *s, double *bound, const bracket *k, double x, double error)
{
    double left = -k->ga >= error ? x - k->a : INFINITY, right = k->gb >= error ? k->b - x : INFINITY, largest = 0;
    double slope = (k->gb - k->ga) / (k->b - k->a), first = slope > 0 && slope < INFINITY ? 0.25 * error / slope : 0;
    BNI_TRY(beyond_quantile(s, &left, x, -1, first, error));
    BNI_TRY(beyond_quantile(s, &right, x, 1, first, error));
    for (size_t i = 0; i < s->o->n; i++)
        largest = fmax(largest, fabs(x - s->o->location[i]));
    *bound = fmax(left, right) + 3 * 0x1p-53 * largest;
    return BINNET_OK;
}

int32_t bni_order_find(bni_order_work *w, double *x, double *bound, const binnet_order *o, double *values, size_t r,
                       double q, int rough)
{
    search s = {.w = w, .o = o, .F = values, .G = values + o->n, .r = r, .q = q};
    bracket k;
    double error = bni_order_error(o, r);
    s.log_p = log(q <= 0.5 ? q : 1 - q);
    bni_order_extent(o, &s.centre, &s.length);
    BNI_TRY(enclose_quantile(&s, &k));
    BNI_TRY(shrink(&s, &k, rough ? 0.05 : 0.25 * error, rough));
    *x = -k.ga < k.gb && -k.ga <= 0.25 * error ? k.a : k.b;
    return rough ? BINNET_OK : find_bound(&s, bound, &k, *x, error);
}

int32_t binnet_order_quantile(binnet_ctx *ctx, double *x, double *bound, size_t count, const binnet_order *order,
                              size_t r, const double *q)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(bni_need(ctx, order, "order"));
    BNI_TRY(bni_order_check_rank(ctx, r, order->n));
    BNI_TRY(bni_need(ctx, q, "q"));
    for (size_t j = 0; j < count; j++)
        if (!(q[j] > 0 && q[j] < 1))
            return bni_fail(ctx, isnan(q[j]) ? BINNET_E_NAN : BINNET_E_RANGE, "q[%zu] is %g, must be between 0 and 1",
                            j, q[j]);
    size_t n = order->n, room = 2 * n + bni_order_room(n, 0);
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)room, "a quantile"));
    double *memory = bni_new_raw(ctx, room, sizeof *memory);
    if (memory == NULL)
        return BINNET_E_NOMEM;
    bni_order_work w;
    bni_order_lay(&w, ctx, memory + 2 * n, n, 0);
    w.share = 0;
    int32_t status = BINNET_OK, undefined = BINNET_OK;
    for (size_t j = 0; status == BINNET_OK && j < count; j++) {
        double error = NAN;
        w.done = (double)j / (double)count;
        status = bni_order_find(&w, &x[j], &error, order, memory, r, q[j], 0);
        if (status == BINNET_E_UNDEFINED) {
            x[j] = NAN;
            undefined = bni_fail(ctx, status, "quantile %g of X_(%zu) is beyond the range of double", q[j], r);
            status = BINNET_OK;
        }
        if (bound != NULL)
            bound[j] = error;
    }
    bni_delete(&ctx->mem, memory);
    return status != BINNET_OK ? status : undefined;
}
