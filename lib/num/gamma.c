/*
 * Both tails of the gamma law without cancellation: the series of the lower tail, the continued fraction of the upper one,
 * in front of each the Poisson mass by its saddle point form.   [NIST DLMF 8.11.4, 8.9.2; Loader 2000, Fast and accurate
 * computation of binomial probabilities]. Quantile of the normal law: rational approximations of Wichura 1988, AS 241.
 */
#include "num/gamma.h"
#include "num/constants.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* log Gamma(a + 1) - (a log a - a + log(2 pi a)/2), a >= 10.   [DLMF 5.11.1] */
static double stirling_rest(double a)
{
    double u = 1 / (a * a);
    return (1 / 12.0 +
            u * (-1 / 360.0 +
                 u * (1 / 1260.0 + u * (-1 / 1680.0 + u * (1 / 1188.0 + u * (-691 / 360360.0 + u * (1 / 156.0))))))) /
           a;
}

/* d - log(1 + d), d = (x - a)/a, without cancellation near 0. */
static double deviance(double a, double x)
{
    double d = (x - a) / a;
    if (fabs(d) > 0.2)
        return d - log(x / a);
    /* With f = d/(2 + d): log(1 + d) = 2 f + 2 f^3/3 + 2 f^5/5 ..., d - 2f = f d. */
    double f = d / (2 + d), u = f * f, tail = 0;
    for (int j = 21; j >= 3; j -= 2)
        tail = tail * u + 1.0 / j;
    return f * (d - 2 * u * tail);
}

double bni_poisson(double a, double x)
{
    if (a < 10)
        return pow(x, a) * exp(-x) / tgamma(a + 1);
    return exp(-a * deviance(a, x) - stirling_rest(a)) / sqrt(BNI_TWO_PI * a);
}

double bni_log_binomial(double n, double k)
{
    double less = k < n - k ? k : n - k, more = n - less, sum = 0;
    for (double j = 1; j <= less && less < 10; j++)
        sum += log((more + j) / j);
    if (less < 10)
        return sum;
    /* Stirling; a log a of the three together, none of whose two terms is negative */
    return less * log(n / less) + more * log1p(less / more) + 0.5 * log(n / (BNI_TWO_PI * less * more)) +
           (stirling_rest(n) - stirling_rest(less) - stirling_rest(more));
}

/* sum over n >= 0 of x^n / ((a + 1) ... (a + n)) */
static double series(double a, double x)
{
    double term = 1, sum = 1;
    for (double n = 1; term > 0.25 * DBL_EPSILON * sum; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return sum;
}

/* x^(1-a) e^x Gamma(a, x), x > a: 1/(1 + (1-a)/x/(1 + 1/x/(1 + ...))) in its even form, modified Lentz method. */
static double fraction(double a, double x)
{
    double b = x + 1 - a, c = HUGE_VAL, d = 1 / b, h = d;
    for (double n = 1; n < 1e6; n++) {
        double s = n * (a - n);
        b += 2;
        d = 1 / (s * d + b);
        c = b + s / c;
        double step = c * d;
        h *= step;
        if (fabs(step - 1) < DBL_EPSILON)
            break;
    }
    return h * x;
}

static void put_tail(double *out, double value)
{
    if (out != NULL)
        *out = value;
}

void bni_gamma_tails(double shape, double x, double *below, double *above, double *density)
{
    if (!(x > 0) || isinf(x)) {
        put_tail(below, x > 0);
        put_tail(above, !(x > 0));
        put_tail(density, x == 0 && shape <= 1 ? shape == 1 ? 1 : HUGE_VAL : 0);
        return;
    }
    double mass = bni_poisson(shape, x);
    put_tail(density, mass * (shape / x));
    if (below == NULL && above == NULL)
        return;
    double p, q;
    if (x < shape || x < 1) {
        p = mass * series(shape, x);
        q = 1 - p;
    } else {
        /* x^a e^-x / Gamma(a) / x = mass a / x */
        q = mass * (shape / x) * fraction(shape, x);
        p = 1 - q;
    }
    put_tail(below, p);
    put_tail(above, q);
}

static double ratio(double r, const double num[8], const double den[8])
{
    double n = num[7], d = den[7];
    for (int k = 6; k >= 0; k--) {
        n = n * r + num[k];
        d = d * r + den[k];
    }
    return n / d;
}

double bni_gaussian_upper(double u)
{
    static const double centre[2][8] = {{3.387132872796366608, 133.14166789178437745, 1971.5909503065514427,
                                         13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
                                         33430.575583588128105, 2509.0809287301226727},
                                        {1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077,
                                         21213.794301586595867, 39307.89580009271061, 28729.085735721942674,
                                         5226.495278852854561}};
    static const double middle[2][8] = {{1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055,
                                         3.64784832476320460504, 1.27045825245236838258, 0.24178072517745061177,
                                         0.0227238449892691845833, 7.7454501427834140764e-4},
                                        {1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
                                         0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4,
                                         1.05075007164441684324e-9}};
    static const double tail[2][8] = {{6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358,
                                       0.29656057182850489123, 0.026532189526576123093, 0.0012426609473880784386,
                                       2.71155556874348757815e-5, 2.01033439929228813265e-7},
                                      {1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
                                       7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
                                       2.04426310338993978564e-15}};
    double q = 0.5 - u;
    if (q <= 0.425)
        return q * ratio(0.180625 - q * q, centre[0], centre[1]);
    double r = sqrt(-log(u));
    return r <= 5 ? ratio(r - 1.6, middle[0], middle[1]) : ratio(r - 5, tail[0], tail[1]);
}
