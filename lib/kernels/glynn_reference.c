/*
 * Signed sums of products of row sums over the corners of a cube, portable: a walk in Gray-code order, one sign at a time.
 * Source: Glynn 2010 for the formula; the error terms as Ogita, Rump and Oishi 2005.
 */
#include "kernels/parts.h"

#include <math.h>

/* The running total in two parts, and what flows past the first. */
static inline void add_pair(double total[2], double v)
{
    double s = total[0] + v, z = s - total[0];
    total[1] += (total[0] - (s - z)) + (v - z);
    total[0] = s;
}

static void corner(double *s, size_t n, size_t f, const double *x, const double *c)
{
    for (size_t i = 0; i < n; i++) {
        s[i] = x[i];
        for (size_t k = 0; k < f; k++)
            s[i] += c[k * n + i];
    }
}

/* From corner q - 1 of the walk to corner q: one sign changes, for the (q >> k)-th time in turn. */
static void move(double *s, size_t n, const double *c, size_t q)
{
    size_t k = 0;
    while ((q >> k & 1) == 0)
        k++;
    double step = q >> k & 2 ? 2 : -2;
    for (size_t i = 0; i < n; i++)
        s[i] += step * c[k * n + i];
}

void bni_glynn_reference(double total[2], double *size, size_t n, size_t f, const double *x, const double *c,
                         double *scratch)
{
    double s[BNI_PERMANENT_ROWS], sum = 0;
    (void)scratch;
    total[0] = total[1] = 0;
    corner(s, n, f, x, c);
    for (size_t q = 0;;) {
        double t = s[0];
        for (size_t i = 1; i < n; i++)
            t *= s[i];
        add_pair(total, q & 1 ? -t : t);
        sum += fabs(t);
        if (++q >> f)
            break;
        move(s, n, c, q);
    }
    *size = sum;
}

void bni_glynn_floor_reference(double total[2], double *size, size_t n, size_t f, const double *x, const double *c,
                               const double *floor, double *scratch)
{
    double s[BNI_PERMANENT_ROWS], sum = 0;
    (void)scratch;
    total[0] = total[1] = 0;
    corner(s, n, f, x, c);
    for (size_t q = 0;;) {
        double t = 1, m = 1;
        for (size_t i = 0; i < n; i += 2) {
            double g = i + 1 < n ? s[i] * s[i + 1] : s[i];
            t *= g;
            m *= fmax(fabs(g), floor[i / 2]);
        }
        add_pair(total, q & 1 ? -t : t);
        sum += m;
        if (++q >> f)
            break;
        move(s, n, c, q);
    }
    *size = sum;
}

void bni_glynn_pairs_reference(double total[2], double size[2], size_t n, size_t f, const double *x, const double *c,
                               const double *y, const double *d, const double *least, double *scratch)
{
    double s[BNI_PERMANENT_ROWS], r[BNI_PERMANENT_ROWS], sum = 0, reach = 0;
    (void)scratch;
    total[0] = total[1] = 0;
    corner(s, n, f, x, c);
    corner(r, n, f, y, d);
    for (size_t q = 0;;) {
        double p = s[0], e = r[0], m = fmax(fabs(s[0]), least[0]);
        for (size_t i = 1; i < n; i++) {
            /* (p + e) (s + r) without p s */
            double t = p * s[i];
            e = fma(e, s[i] + r[i], fma(p, r[i], fma(p, s[i], -t)));
            p = t;
            m *= fmax(fabs(s[i]), least[i]);
        }
        add_pair(total, q & 1 ? -p : p);
        double low = total[1] + (q & 1 ? -e : e), high = total[0] + low;
        total[1] = low - (high - total[0]);
        total[0] = high;
        sum += fabs(p);
        reach += m;
        if (++q >> f)
            break;
        move(s, n, c, q);
        move(r, n, d, q);
    }
    size[0] = sum;
    size[1] = reach;
}
