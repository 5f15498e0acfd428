/*
 * The engine of the order statistics: the law of the number K of variables that are <= x, a Poisson-binomial law, and
 * with it  P(X_(r) <= x) = P(K >= r)  and  f_(r)(x) = sum_i f_i P(exactly r - 1 of the others <= x).
 *
 * The law is a product of polynomials, prod_i (G_i + F_i z), multiplied out four factors at a time; the density is its
 * derivative prod_i -> sum_i f_i prod_{j != i}, carried along as a second row. Every term is non-negative: no cancellation.
 * Three ways:
 *   direct   the min(r, n - r + 1) entries on the cheaper side; what leaves them is summed up as the other tail
 *   tilted   weights F_i t / (G_i + t F_i) with t so that r is in the middle of the law: P(K = k) = prod_i (G_i + t F_i)
 *            t^-k P_t(K = k). No underflow however rare the event is, and the entries that matter are few: those at both
 *            ends are dropped while the sum of all that was ever dropped (a bound of the absolute error, the weights being
 *            substochastic) stays 2^-56 below the result; else the law is done again in full.
 *   whole    all entries above 2^-1000
 * Source: THEORY 7; the recursion of Bapat & Beg's permanents with two kinds of columns; exponential tilting: Esscher 1932.
 */
#include "order/order.h"

#include <math.h>
#include <string.h>

enum { FRONT = 8, BACK = 16 }; /* zeros before and room behind the entries */
enum { TRIM_EVERY = 16 };      /* variables between two looks at the ends */

double bni_scaled_value(bni_scaled s)
{
    if (!(s.m > 0) || s.e > 4000)
        return s.m > 0 ? INFINITY : s.m;
    return s.e < -4000 ? 0 : ldexp(s.m, (int)s.e);
}

double bni_scaled_log(bni_scaled s)
{
    /* log 2 with 20 zeros at the end, so that its multiples are exact, and the rest */
    static const double ln2 = 0x1.62e42fefp-1, ln2_rest = 0x1.473de6af278edp-34;
    if (!(s.m > 0))
        return -INFINITY;
    int e;
    double m = frexp(s.m, &e);
    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    double power = (double)(s.e + e);
    return power * ln2 + (power * ln2_rest + log(m));
}

size_t bni_order_room(size_t n, int density)
{
    size_t law = n + 1 + FRONT + BACK;
    return (density ? 2 : 1) * law + (density ? 3 : 2) * n;
}

void bni_order_lay(bni_order_work *w, binnet_ctx *ctx, double *memory, size_t n, int density)
{
    size_t law = n + 1 + FRONT + BACK;
    *w = (bni_order_work){.kern = bni_kernels_get()->order, .ctx = ctx, .memory = memory, .n = n, .share = 1};
    w->p = memory + FRONT;
    w->F = memory + law;
    w->G = w->F + n;
    if (density) {
        w->f = w->G + n;
        w->d = w->f + n + FRONT;
    }
}

/* --- the recursion --- */

typedef struct window {
    size_t lo, hi;       /* entries lo .. hi - 1 are kept, those around are 0 */
    double over;         /* what went beyond the last entry */
    double lost, lost_d; /* dropped at the ends */
    double sum_f, sum_p; /* given; kept at the end */
} window;

/* c = product of four factors G + F z. */
static void multiply_four_factors(double c[5], const double F[4], const double G[4])
{
    double a0 = G[0] * G[1], a1 = F[0] * G[1] + G[0] * F[1], a2 = F[0] * F[1];
    double b0 = G[2] * G[3], b1 = F[2] * G[3] + G[2] * F[3], b2 = F[2] * F[3];
    c[0] = a0 * b0;
    c[1] = a1 * b0 + a0 * b1;
    c[2] = a2 * b0 + a1 * b1 + a0 * b2;
    c[3] = a2 * b1 + a1 * b2;
    c[4] = a2 * b2;
}

/* e = sum_i f_i times the product of the other three. */
static void tilted_derivative(double e[4], const double F[4], const double G[4], const double f[4])
{
    double a0 = G[0] * G[1], a1 = F[0] * G[1] + G[0] * F[1], a2 = F[0] * F[1];
    double b0 = G[2] * G[3], b1 = F[2] * G[3] + G[2] * F[3], b2 = F[2] * F[3];
    double da0 = f[0] * G[1] + f[1] * G[0], da1 = f[0] * F[1] + f[1] * F[0];
    double db0 = f[2] * G[3] + f[3] * G[2], db1 = f[2] * F[3] + f[3] * F[2];
    e[0] = da0 * b0 + a0 * db0;
    e[1] = da1 * b0 + da0 * b1 + a1 * db0 + a0 * db1;
    e[2] = da1 * b1 + da0 * b2 + a2 * db0 + a1 * db1;
    e[3] = da1 * b2 + a2 * db1;
}

static double sum_of(const double *v, size_t n)
{
    double a = 0, b = 0, c = 0, d = 0;
    size_t k = 0;
    for (; k + 4 <= n; k += 4) {
        a += v[k];
        b += v[k + 1];
        c += v[k + 2];
        d += v[k + 3];
    }
    for (; k < n; k++)
        a += v[k];
    return (a + b) + (c + d);
}

/* Drops entries at both ends while their sums stay below the thresholds. */
static void trim_window(window *v, double *p, double *d, double most, double most_d)
{
    double sum = 0, sum_d = 0;
    for (; v->hi - v->lo > 1; v->lo++) {
        double next = sum + p[v->lo], next_d = d != NULL ? sum_d + d[v->lo] : 0;
        if (!(next <= most && next_d <= most_d))
            break;
        sum = next;
        sum_d = next_d;
        p[v->lo] = 0;
        if (d != NULL)
            d[v->lo] = 0;
    }
    v->lost += sum;
    v->lost_d += sum_d;
    sum = sum_d = 0;
    for (; v->hi - v->lo > 1; v->hi--) {
        double next = sum + p[v->hi - 1], next_d = d != NULL ? sum_d + d[v->hi - 1] : 0;
        if (!(next <= most && next_d <= most_d))
            break;
        sum = next;
        sum_d = next_d;
        p[v->hi - 1] = 0;
        if (d != NULL)
            d[v->hi - 1] = 0;
    }
    v->lost += sum;
    v->lost_d += sum_d;
}

/* One step: y = sum_j c[j] x shifted by j, and for d also sum_j e[j] p shifted. */
static void multiply_law(const bni_order_kernels *kern, double *p, double *d, size_t length, const double c[9])
{
    const double *x[9];
    for (size_t j = 0; j < 5; j++)
        x[j] = p - j;
    if (d != NULL) {
        const double *both[9];
        for (size_t j = 0; j < 5; j++)
            both[j] = d - j;
        for (size_t j = 0; j < 4; j++)
            both[5 + j] = p - j;
        kern->mix_down(d, length, both, c, 9);
    }
    kern->mix_down(p, length, x, c, 5);
}

int32_t bni_order_ask(bni_order_work *w, size_t *work, double fraction)
{
    if (*work < (size_t)1 << 18)
        return BINNET_OK;
    *work = 0;
    if (w->stop != NULL && atomic_load_explicit(w->stop, memory_order_relaxed))
        return BINNET_E_INTERRUPTED;
    if (w->ctx == NULL)
        return BINNET_OK;
    int32_t status = bni_poll(w->ctx, w->done + w->share * fraction);
    if (status != BINNET_OK && w->stop != NULL)
        atomic_store(w->stop, 1);
    return status;
}

/*
 * Entries 0 .. cap - 1 of the law of all n variables in w->p (and the derivative in w->d when f is given); what goes beyond
 * is added to v->over. drop: most that may be dropped altogether (0: nothing), as a part of 1 and of sum f.
 */
static int32_t multiply_all(bni_order_work *w, window *v, size_t n, const double *F, const double *G, const double *f,
                            size_t cap, double drop)
{
    double *p = w->p, *d = f != NULL ? w->d : NULL;
    double each = drop / (2 * ((double)n / TRIM_EVERY + 1));
    /* entries from `clean` on were never touched */
    size_t clean = 8, work = 0;
    *v = (window){.hi = 1};
    if (f != NULL)
        v->sum_f = sum_of(f, n);
    memset(p - FRONT, 0, (FRONT + 8) * sizeof *p);
    if (d != NULL)
        memset(d - FRONT, 0, (FRONT + 8) * sizeof *d);
    p[0] = 1;
    for (size_t i = 0; i < n; i += 4) {
        double c[9], rest[3][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 0, 0, 0}};
        size_t left = n - i < 4 ? n - i : 4, top = v->hi + left, length = (top - v->lo + 3) / 4 * 4;
        const double *bf = F + i, *bg = G + i, *bd = f != NULL ? f + i : NULL;
        if (left < 4) {
            for (size_t k = 0; k < left; k++) {
                rest[0][k] = bf[k];
                rest[1][k] = bg[k];
                rest[2][k] = bd != NULL ? bd[k] : 0;
            }
            bf = rest[0];
            bg = rest[1];
            bd = bd != NULL ? rest[2] : NULL;
        }
        multiply_four_factors(c, bf, bg);
        if (bd != NULL)
            tilted_derivative(c + 5, bf, bg, bd);
        for (; clean < v->lo + length; clean += 4) {
            memset(p + clean, 0, 4 * sizeof *p);
            if (d != NULL)
                memset(d + clean, 0, 4 * sizeof *d);
        }
        multiply_law(w->kern, p + v->lo, d != NULL ? d + v->lo : NULL, length, c);
        if (top > cap) {
            v->over += sum_of(p + cap, top - cap);
            memset(p + cap, 0, 4 * sizeof *p);
            if (d != NULL)
                memset(d + cap, 0, 4 * sizeof *d);
        }
        v->hi = top < cap ? top : cap;
        if (drop > 0 && (i / 4 + 1) % (TRIM_EVERY / 4) == 0)
            trim_window(v, p, d, each, each * v->sum_f);
        work += length * (d != NULL ? 14 : 5);
        BNI_TRY(bni_order_ask(w, &work, (double)i / (double)n));
    }
    v->sum_p = sum_of(p + v->lo, v->hi - v->lo);
    return BINNET_OK;
}

/*
 * The roundings of a law of many like variables all go one way. Nearly all of what they do is to change its total, which is
 * known: the product of the F + G. So results are divided by the computed total and multiplied by the exact one.
 */
static double window_total(const window *v)
{
    return v->sum_p + v->over + v->lost;
}

/* prod (F + G), which is 1 but for roundings of the inputs. */
static double exact_total(size_t n, const double *F, const double *G)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double big = fmax(F[i], G[i]), small = fmin(F[i], G[i]);
        sum += (big - 1) + small; /* big - 1 is exact */
    }
    return exp(sum);
}

/* --- direct --- */

/* What may be dropped where absolute errors of 1e-300 do not matter (denormal numbers are slow); the part of it that a
 * result must exceed. */
static const double drop_tiny = 0x1p-1000, direct_least = 1e-280;

/* The cheaper side: successes are counted up to r, or failures up to n - r + 1. */
static int32_t count_cheaper_side(bni_order_work *w, double *cdf, double *survival, double *density, double *sum_f,
                                  size_t n, const double *F, const double *G, const double *f, size_t r)
{
    window v;
    int below = r <= n - r + 1;
    size_t cap = below ? r : n - r + 1;
    BNI_TRY(multiply_all(w, &v, n, below ? F : G, below ? G : F, f, cap, n < 128 ? 0 : drop_tiny));
    double right = n > BNI_ORDER_SMALL ? exact_total(n, F, G) / window_total(&v) : 1;
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
    window v;
    double upper = 0, lower = 0;
    BNI_TRY(multiply_all(w, &v, n, F, G, NULL, n + 1, drop_most));
    for (size_t k = v.hi; k-- > v.lo && k >= r;)
        upper += w->p[k];
    for (size_t k = v.lo; k < v.hi && k < r; k++)
        lower += w->p[k];
    double right = exact_total(n, F, G) / window_total(&v);
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
        window v;
        acc = 0;
        BNI_TRY(multiply_all(w, &v, n, w->F, w->G, NULL, n + 1, drop));
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
            acc /= window_total(&v);
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
        window v;
        int64_t e;
        tilt t = tilt_of_rank(s);
        product C = tilt_all(w, n, F, G, f, which, t, &e);
        BNI_TRY(multiply_all(w, &v, n, w->F, w->G, w->f, n + 1, drop));
        double d = r - 1 >= v.lo && r - 1 < v.hi ? w->d[r - 1] : 0;
        if (!tilted && !(d >= direct_least * fmax(1, v.sum_f))) { /* it may have underflowed */
            BNI_TRY(find_tilt(w, &s, n, F, G, aim));
            tilted = 1;
        } else if (!(drop > 0) || v.lost * v.sum_f + v.lost_d <= drop_share * d) {
            *out = d > 0 ? untilt_sum(d / window_total(&v), e, C, t, r - 1) : none;
            return BINNET_OK;
        } else {
            drop = 0;
        }
    }
}

/* --- whole --- */

int32_t bni_order_counts(bni_order_work *w, size_t n, const double *F, const double *G, const double *f)
{
    window v;
    BNI_TRY(multiply_all(w, &v, n, F, G, f, n + 1, drop_tiny));
    double right = n > BNI_ORDER_SMALL ? exact_total(n, F, G) / window_total(&v) : 1;
    for (size_t k = 0; k <= n; k++) {
        int kept = k >= v.lo && k < v.hi;
        w->p[k] = kept ? right * w->p[k] : 0;
        if (f != NULL)
            w->d[k] = kept ? right * w->d[k] : 0;
    }
    return BINNET_OK;
}

void bni_order_cumulate(const bni_order_work *w, double *cdf, double *survival, size_t n)
{
    double sum = 0;
    for (size_t k = n; cdf != NULL && k >= 1; k--)
        cdf[k - 1] = sum += w->p[k];
    sum = 0;
    for (size_t k = 0; survival != NULL && k < n; k++)
        survival[k] = sum += w->p[k];
}
