/*
 * The law of the number K of variables that are <= x, a Poisson-binomial law: a product of polynomials, prod_i (G_i + F_i z),
 * multiplied out four factors at a time; the density of an order statistic is its derivative prod_i -> sum_i f_i prod_{j != i},
 * carried along as a second row. Every term is non-negative: no cancellation.
 * Source: THEORY 7; the recursion of Bapat & Beg's permanents with two kinds of columns.
 */
#include "order/poisson_binomial.h"

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
static void trim_window(bni_window *v, double *p, double *d, double most, double most_d)
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

int32_t bni_order_multiply(bni_order_work *w, bni_window *v, size_t n, const double *F, const double *G,
                           const double *f, size_t cap, double drop)
{
    double *p = w->p, *d = f != NULL ? w->d : NULL;
    double each = drop / (2 * ((double)n / TRIM_EVERY + 1));
    /* entries from `clean` on were never touched */
    size_t clean = 8, work = 0;
    *v = (bni_window){.hi = 1};
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

double bni_window_total(const bni_window *v)
{
    return v->sum_p + v->over + v->lost;
}

double bni_factors_total(size_t n, const double *F, const double *G)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double big = fmax(F[i], G[i]), small = fmin(F[i], G[i]);
        sum += (big - 1) + small; /* big - 1 is exact */
    }
    return exp(sum);
}

int32_t bni_order_counts(bni_order_work *w, size_t n, const double *F, const double *G, const double *f)
{
    bni_window v;
    BNI_TRY(bni_order_multiply(w, &v, n, F, G, f, n + 1, BNI_DROP_TINY));
    double right = n > BNI_ORDER_SMALL ? bni_factors_total(n, F, G) / bni_window_total(&v) : 1;
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
