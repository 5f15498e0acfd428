/*
 * Numbers as unevaluated sums of two doubles, for currents that are to be rounded once. Magnitudes within 2^+-400.
 * Source: T. J. Dekker, Numer. Math. 18 (1971) 224.
 */
#ifndef BNI_DOUBLE_DOUBLE_H
#define BNI_DOUBLE_DOUBLE_H

typedef struct doubled {
    double high, low;
} doubled;

static inline doubled two_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (doubled){s, (a - (s - t)) + (b - t)};
}

static inline doubled two_product(double a, double b)
{
    double p = a * b, f = 0x1p27 + 1;
    double ta = f * a, ah = ta - (ta - a), al = a - ah, tb = f * b, bh = tb - (tb - b), bl = b - bh;
    return (doubled){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static inline doubled add(doubled a, doubled b)
{
    doubled s = two_sum(a.high, b.high);
    double low = s.low + (a.low + b.low), high = s.high + low;
    return (doubled){high, low - (high - s.high)};
}

static inline doubled negated(doubled a)
{
    return (doubled){-a.high, -a.low};
}

/* Relative error some 2^-103. */
static inline doubled multiplied(doubled a, doubled b)
{
    doubled p = two_product(a.high, b.high);
    double low = p.low + (a.high * b.low + a.low * b.high), high = p.high + low;
    return (doubled){high, low - (high - p.high)};
}

static inline doubled divided(doubled a, doubled b)
{
    double q = a.high / b.high;
    doubled rest = add(a, negated(multiplied(b, (doubled){q, 0})));
    return two_sum(q, rest.high / b.high);
}

/* The nearest double to t / m when that is certain; t is wrong by at most some n 2^-103 scale m. */
static inline double rounded(doubled t, double m, double error, int *certain)
{
    double q = t.high, r = t.low;
    if (m != 1) {
        q = t.high / m;
        doubled back = two_product(q, m);
        r = (((t.high - back.high) - back.low) + t.low) / m;
    }
    double c = q + r;
    *certain = q + (r - error) == q + (r + error);
    return c;
}

#endif
