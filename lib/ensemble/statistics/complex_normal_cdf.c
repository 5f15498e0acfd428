/*
 * The normal cdf of complex arguments, Phi(z) = exp(-z^2/2) w(-i z / sqrt 2) / 2 for Re z <= 0, by a rational approximation of
 * w(z) = exp(-z^2) erfc(-i z).   Source: Weideman 1994, SIAM J. Numer. Anal. 31:1497.
 */
#include "ensemble/statistics/correlated.h"
#include "num/constants.h"

#include <math.h>

void bni_phi_prepare(bni_phi *f)
{
    const int M = 2 * BNI_PHI_TERMS;
    f->L = sqrt(BNI_PHI_TERMS / sqrt(2));
    for (int n = 0; n < BNI_PHI_TERMS; n++) {
        double sum = 0;
        for (int k = -M + 1; k < M; k++) {
            double angle = k * BNI_PI / M, t = f->L * tan(0.5 * angle);
            sum += exp(-t * t) * (f->L * f->L + t * t) * cos((n + 1) * angle);
        }
        f->a[n] = sum / (2 * M);
    }
}

/* w(z) = exp(-z^2) erfc(-i z), Im z >= 0. */
static double complex w_of(const bni_phi *f, double complex z)
{
    double complex below = f->L - _Complex_I * z, Z = (f->L + _Complex_I * z) / below, p = 0;
    for (int n = BNI_PHI_TERMS; n-- > 0;)
        p = p * Z + f->a[n];
    return 2 * p / (below * below) + 1 / (sqrt(BNI_PI) * below);
}

/* log Phi(z). Phi(z) = exp(-z^2/2) w(-i z / sqrt 2) / 2 for Re z <= 0, and Phi(z) + Phi(-z) = 1. */
double complex bni_log_phi(const bni_phi *f, double complex z)
{
    double complex left = creal(z) > 0 ? -z : z,
                   l = clog(0.5 * w_of(f, -_Complex_I * left / sqrt(2))) - 0.5 * left * left;
    if (creal(z) <= 0)
        return l;
    return creal(l) > 30 ? l + clog(cexp(-l) - 1) : clog(1 - cexp(l));
}
