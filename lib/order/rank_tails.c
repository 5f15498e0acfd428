/*
 * The r-th of n variables, from the law of the number K of those that are <= x:  P(X_(r) <= x) = P(K >= r)  and
 * f_(r)(x) = sum_i f_i P(exactly r - 1 of the others <= x).   Two ways:
 *   direct   the min(r, n - r + 1) entries on the cheaper side; what leaves them is summed up as the other tail
 *   tilted   weights F_i t / (G_i + t F_i) with t so that r is in the middle of the law: P(K = k) = prod_i (G_i + t F_i)
 *            t^-k P_t(K = k). No underflow however rare the event is, and the entries that matter are few: those at both
 *            ends are dropped while the sum of all that was ever dropped (a bound of the absolute error, the weights being
 *            substochastic) stays 2^-56 below the result; else the law is done again in full.
 * Source: THEORY 7; exponential tilting: Esscher 1932.
 */
#include "order/poisson_binomial.h"

#include <math.h>
#include <string.h>

/* --- direct --- */

/* The part of what may be dropped that a result must exceed. */
static const double direct_least = 1e-280;

/* The cheaper side: successes are counted up to r, or failures up to n - r + 1. */
static int32_t count_cheaper_side(bni_order_work *w, double *cdf, double *survival, double *density, double *sum_f,
                                  size_t n, const double *F, const double *G, const double *f, size_t r)
{
    bni_window v;
    int below = r <= n - r + 1;
    size_t cap = below ? r : n - r + 1;
    BNI_TRY(bni_order_multiply(w, &v, n, below ? F : G, below ? G : F, f, cap, n < 128 ? 0 : BNI_DROP_TINY));
    double right = n > BNI_ORDER_SMALL ? bni_factors_total(n, F, G) / bni_window_total(&v) : 1;
    *cdf = right * (below ? v.over : v.sum_p);
    *survival = right * (below ? v.sum_p : v.over);
    if (f == NULL)
        return BINNET_OK;
    *density = cap - 1 >= v.lo && cap <= v.hi ? right * w->d[cap - 1] : 0;
    *sum_f = v.sum_f;
    return BINNET_OK;
}

/* Products of the two ways, about: bands of 44 and of 21 standard deviations, two thirds of that on average, and finding the
 * tilt and weighing the variables. */
static double direct_cost(size_t n, size_t r)
{
    size_t cap = r < n - r + 1 ? r : n - r + 1;
    return (double)n * fmin((double)cap + 4, 50 * sqrt((double)n));
}

static double tilted_cost(size_t n)
{
    return (double)n * (8 * sqrt((double)n) + 300);
}

static int direct_pays(size_t n, size_t r)
{
    size_t cap = r < n - r + 1 ? r : n - r + 1;
    return cap <= 500 || direct_cost(n, r) <= tilted_cost(n);
}

double bni_order_cost(size_t n, size_t r)
{
    return direct_pays(n, r) ? direct_cost(n, r) : tilted_cost(n);
}

/* --- tilted --- */

/* A product of many factors: (hi + lo) 2^e. */
typedef struct product {
    double hi, lo;
    int64_t e;
} product;

static product scaled_product(product a, product b)
{
    double hi = a.hi * b.hi, lo = fma(a.hi, b.hi, -hi) + (a.hi * b.lo + a.lo * b.hi);
    int e;
    if (hi < 0x1p100 && hi > 0x1p-100)
        return (product){hi + lo, (hi - (hi + lo)) + lo, a.e + b.e};
    double m = frexp(hi + lo, &e), rest = ldexp((hi - (hi + lo)) + lo, -e);
    return (product){m, rest, a.e + b.e + e};
}

static product scaled_power(double t, int64_t e, uint64_t k)
{
    product result = {1, 0, 0}, base = {t, 0, e};
    for (; k > 0; k >>= 1) {
        if (k & 1)
            result = scaled_product(result, base);
        base = scaled_product(base, base);
    }
    return result;
}

/* 2^e, |e| <= 1000, without a call. */
static double power_of_two(int e)
{
    uint64_t bits = (uint64_t)(1023 + e) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* t = m 2^e, m in 1 .. 2 with 20 bits, so that t F is nearly exact and t^k is cheap. */
typedef struct tilt {
    double m;
    int e;
} tilt;

static tilt tilt_of_rank(double log2_t)
{
    double whole = floor(log2_t);
    return (tilt){1 + floor((exp2(log2_t - whole) - 1) * 0x1p20) * 0x1p-20, (int)whole};
}

/* tF = t F and g = G, both divided by 2^e so that their sum is of moderate size; the sum with its rounding errors. */
static product tilt_factor(double F, double G, tilt t, double *tF, double *g)
{
    if (t.e > -400 && t.e < 400 && F > 0x1p-500 && G > 0x1p-500) { /* nothing leaves the normal range */
        double factor = power_of_two(t.e) * t.m;
        *tF = factor * F;
        *g = G;
        double sum = *tF + G, big = *tF > G ? *tF : G, small = *tF > G ? G : *tF;
        return (product){sum, (big - sum) + small + fma(factor, F, -*tF), 0};
    }
    int a, b;
    double m = frexp(F, &a), x = m * t.m, y = frexp(G, &b);
    a += t.e;
    int e = !(x > 0) ? b : !(y > 0) ? a : a > b ? a : b;
    *tF = x > 0 ? ldexp(x, a - e) : 0;
    *g = y > 0 ? ldexp(y, b - e) : 0;
    double sum = *tF + *g, big = fmax(*tF, *g), small = fmin(*tF, *g);
    double rest = (big - sum) + small + (x > 0 ? ldexp(fma(m, t.m, -x), a - e) : 0);
    return (product){sum, rest, e};
}

/* Mean and variance of K under the tilt. */
static void tilted_moments(double *mean, double *variance, size_t n, const double *F, const double *G, tilt t)
{
    double m = 0, v = 0;
    int plain = t.e > -900 && t.e < 900; /* t F + G neither overflows nor loses what matters */
    double factor = plain ? ldexp(t.m, t.e) : 0;
    for (size_t i = 0; i < n; i++) {
        double tF = factor * F[i], g = G[i], sum = tF + g;
        if (!plain)
            sum = tilt_factor(F[i], G[i], t, &tF, &g).hi;
        double a = tF / sum;
        m += a;
        v += a * (g / sum);
    }
    *mean = m;
    *variance = v;
}

/* log2 t so that K has about the mean `aim`: Newton in log t, kept in a bracket. Any t is right; this one is good. */
static int32_t find_tilt(bni_order_work *w, double *log2_t, size_t n, const double *F, const double *G, double aim)
{
    double low = -2300, high = 2300, s = 0;
    size_t work = 0;
    for (int k = 0; k < 80; k++) {
        double mean, variance;
        tilted_moments(&mean, &variance, n, F, G, tilt_of_rank(s));
        work += 10 * n;
        BNI_TRY(bni_order_ask(w, &work, 0));
        if (fabs(mean - aim) <= 0.2 + 0.1 * sqrt(variance))
            break;
        *(mean < aim ? &low : &high) = s;
        double next = s + (aim - mean) / (variance * 0.69314718055994531);
        s = next > low && next < high ? next : 0.5 * (low + high);
    }
    *log2_t = s;
    return BINNET_OK;
}

/* Which variables may be the one at x: where r - 1 takes all but those certainly > x, or not even all that are certainly
 * <= x, it is one of those. The densities of the others do not count, and must not decide the scale of those that do. */
enum { AT_ANY, AT_NEVER, AT_SURE };

static int may_be_at(int which, double F, double G)
{
    return which == AT_ANY || !((which == AT_NEVER ? F : G) > 0);
}

/* Tilted weights in w->F, w->G, w->f (times 2^-*f_exponent); returns the product of the G + t F. */
static product tilt_all(bni_order_work *w, size_t n, const double *F, const double *G, const double *f, int which,
                        tilt t, int64_t *f_exponent)
{
    product all = {1, 0, 0};
    int64_t most = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        double tF, g;
        int ef = 0;
        product sum = tilt_factor(F[i], G[i], t, &tF, &g);
        w->F[i] = tF / sum.hi;
        w->G[i] = g / sum.hi;
        all = scaled_product(all, sum);
        if (f == NULL)
            continue;
        w->f[i] = may_be_at(which, F[i], G[i]) ? frexp(f[i], &ef) / sum.hi : 0;
        w->d[i] = w->f[i] > 0 ? (double)(ef - sum.e) : 0; /* the exponent waits where the derivative will be */
        if (w->f[i] > 0 && ef - sum.e > most)
            most = ef - sum.e;
    }
    for (size_t i = 0; f != NULL && i < n; i++)
        w->f[i] = w->f[i] > 0 && w->d[i] - (double)most > -2000 ? ldexp(w->f[i], (int)(w->d[i] - (double)most)) : 0;
    *f_exponent = most == INT64_MIN ? 0 : most;
    return all;
}

/* What may be dropped from a tilted law, and the part of a result that it may be. */
static const double drop_most = 0x1p-76, drop_share = 0x1p-56;

/* acc 2^e C / t^k */
static bni_scaled untilt_sum(double acc, int64_t e, product C, tilt t, uint64_t k)
{
    product T = scaled_power(t.m, t.e, k);
    double m = acc * (C.hi / T.hi) * (1 + (C.lo / C.hi - T.lo / T.hi));
    return (bni_scaled){m, e + C.e - T.e};
}

static const bni_scaled none = {0, 0}, certain = {1, 0};

static bni_scaled scaled_complement(bni_scaled s)
{
    return (bni_scaled){1 - bni_scaled_value(s), 0};
}

/* The count with no tilt: both tails. *good when they are: below direct_least, or 0, they may have underflowed. */
static int32_t middle_tails(bni_order_work *w, bni_tails *out, size_t n, const double *F, const double *G, size_t r,
                            int *good)
{
    bni_window v;
    double upper = 0, lower = 0;
    BNI_TRY(bni_order_multiply(w, &v, n, F, G, NULL, n + 1, drop_most));
    for (size_t k = v.hi; k-- > v.lo && k >= r;)
        upper += w->p[k];
    for (size_t k = v.lo; k < v.hi && k < r; k++)
        lower += w->p[k];
    double right = bni_factors_total(n, F, G) / bni_window_total(&v);
    *out = (bni_tails){{right * upper, 0}, {right * lower, 0}};
    double least = fmin(upper, lower);
    *good = v.lost <= drop_share * least && least >= direct_least;
    return BINNET_OK;
}

static product product_of(const double *v, size_t n)
{
    product all = {1, 0, 0};
    for (size_t i = 0; i < n; i++) {
        int e;
        double m = frexp(v[i], &e);
        all = scaled_product(all, (product){m, 0, e});
    }
    return all;
}

/* The smaller tail by a tilt to where it begins; of all or none of the variables it is a product. */
static int32_t rare_tails(bni_order_work *w, bni_tails *out, size_t n, const double *F, const double *G, size_t r,
                          int upper, double least, double most)
{
    size_t start = upper ? r : r - 1;
    double s;
    if (start == 0 || start == n) {
        product all = product_of(upper ? F : G, n);
        bni_scaled p = {all.hi, all.e};
        *out = upper ? (bni_tails){p, scaled_complement(p)} : (bni_tails){scaled_complement(p), p};
        return BINNET_OK;
    }
    BNI_TRY(find_tilt(w, &s, n, F, G, fmin(fmax((double)start, least + 0.25), most - 0.25)));
    tilt t = tilt_of_rank(s);
    int64_t unused;
    product C = tilt_all(w, n, F, G, NULL, AT_ANY, t, &unused);
    double factor = ldexp(t.m, t.e), acc = 0, drop = drop_most;
    for (;;) {
        bni_window v;
        acc = 0;
        BNI_TRY(bni_order_multiply(w, &v, n, w->F, w->G, NULL, n + 1, drop));
        if (upper)
            for (size_t k = v.hi; k-- > start && k >= v.lo;)
                acc = acc / factor + w->p[k];
        else
            for (size_t k = v.lo; k < v.hi && k <= start; k++)
                acc = acc * factor + w->p[k];
        /* from the last kept entry to the start */
        if (upper && v.lo > start)
            acc /= pow(factor, (double)(v.lo - start));
        if (!upper && v.hi <= start)
            acc *= pow(factor, (double)(start + 1 - v.hi));
        if (!(drop > 0) || v.lost <= drop_share * acc) {
            acc /= bni_window_total(&v);
            break;
        }
        drop = 0;
    }
    bni_scaled small = untilt_sum(acc, 0, C, t, start);
    *out = upper ? (bni_tails){small, scaled_complement(small)} : (bni_tails){scaled_complement(small), small};
    return BINNET_OK;
}

/* How many are certainly <= x and certainly > x; mean and variance of K. */
static void survey_variables(size_t n, const double *F, const double *G, size_t *sure, size_t *never, double *mean,
                             double *variance)
{
    *sure = *never = 0;
    for (size_t i = 0; i < n; i++) {
        *sure += !(G[i] > 0);
        *never += !(F[i] > 0);
    }
    tilted_moments(mean, variance, n, F, G, (tilt){1, 0});
}

static int32_t tilted_tails(bni_order_work *w, bni_tails *out, size_t n, const double *F, const double *G, size_t r)
{
    size_t sure, never;
    double mean, variance;
    survey_variables(n, F, G, &sure, &never, &mean, &variance);
    size_t work = 40 * n;
    BNI_TRY(bni_order_ask(w, &work, 0));
    if (r <= sure || r > n - never) {
        *out = r <= sure ? (bni_tails){certain, none} : (bni_tails){none, certain};
        return BINNET_OK;
    }
    int upper = (double)r > mean;
    if (fabs((double)r - mean) <= 1 + 2 * sqrt(variance)) {
        int good;
        BNI_TRY(middle_tails(w, out, n, F, G, r, &good));
        if (good)
            return BINNET_OK;
        upper = out->cdf.m < out->survival.m;
    }
    return rare_tails(w, out, n, F, G, r, upper, (double)sure, (double)(n - never));
}

/* So far from the mean that a tail is below what a double can hold: 1 when r is above the mean, -1 below; else 0. */
static int beyond_double(size_t n, const double *F, const double *G, size_t r)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < n; i++) {
        mean += F[i];
        variance += F[i] * G[i];
    }
    double off = (double)r - mean;
    return off * off > 1600 * (variance + fabs(off)) ? off > 0 ? 1 : -1 : 0; /* Bernstein: below exp(-800) */
}

int32_t bni_order_tails(bni_order_work *w, bni_tails *out, size_t n, const double *F, const double *G, size_t r)
{
    if (n > BNI_ORDER_SMALL && (w->plain || direct_pays(n, r))) {
        int far = beyond_double(n, F, G, r);
        if (far && w->plain) {
            *out = far > 0 ? (bni_tails){none, certain} : (bni_tails){certain, none};
            return BINNET_OK;
        }
        if (far)
            return tilted_tails(w, out, n, F, G, r);
    }
    if (direct_pays(n, r)) {
        double cdf, survival;
        BNI_TRY(count_cheaper_side(w, &cdf, &survival, NULL, NULL, n, F, G, NULL, r));
        *out = (bni_tails){{cdf, 0}, {survival, 0}};
        if (w->plain || (cdf >= direct_least && survival >= direct_least))
            return BINNET_OK;
    }
    return tilted_tails(w, out, n, F, G, r);
}

int32_t bni_order_density(bni_order_work *w, bni_scaled *out, size_t n, const double *F, const double *G,
                          const double *f, size_t r)
{
    size_t sure, never;
    double mean, variance;
    if (direct_pays(n, r)) {
        double cdf, survival, density = 0, sum_f = 0;
        BNI_TRY(count_cheaper_side(w, &cdf, &survival, &density, &sum_f, n, F, G, f, r));
        *out = (bni_scaled){density, 0};
        if (density >= direct_least * fmax(1, sum_f) && sum_f <= 1e300)
            return BINNET_OK;
    }
    survey_variables(n, F, G, &sure, &never, &mean, &variance);
    double aim = fmin(fmax((double)r - 0.5, (double)sure + 0.25), (double)(n - never) - 0.25), s = 0;
    int tilted = sure + never >= n; /* or cannot be */
    int which = r - 1 == n - never ? AT_NEVER : r == sure ? AT_SURE : AT_ANY;
    if (!tilted && fabs(aim - mean) > 1 + 2 * sqrt(variance)) {
        BNI_TRY(find_tilt(w, &s, n, F, G, aim));
        tilted = 1;
    }
    for (double drop = drop_most;;) {
        bni_window v;
        int64_t e;
        tilt t = tilt_of_rank(s);
        product C = tilt_all(w, n, F, G, f, which, t, &e);
        BNI_TRY(bni_order_multiply(w, &v, n, w->F, w->G, w->f, n + 1, drop));
        double d = r - 1 >= v.lo && r - 1 < v.hi ? w->d[r - 1] : 0;
        if (!tilted && !(d >= direct_least * fmax(1, v.sum_f))) { /* it may have underflowed */
            BNI_TRY(find_tilt(w, &s, n, F, G, aim));
            tilted = 1;
        } else if (!(drop > 0) || v.lost * v.sum_f + v.lost_d <= drop_share * d) {
            *out = d > 0 ? untilt_sum(d / bni_window_total(&v), e, C, t, r - 1) : none;
            return BINNET_OK;
        } else {
            drop = 0;
        }
    }
}
