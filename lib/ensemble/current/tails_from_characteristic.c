/*
 * Weights known by their characteristic function alone: where their sum lies, and whether it has a density.
 * For u uniform on (0, U), E sin^2n(u x/2) rises from (U x/2)^2n/(2n + 1) to the mean C = binomial(2n, n)/4^n of sin^2n; it is
 * at least C/2 for |x| >= pi/U, so that with phi(t) = E exp(i t (S - c)),
 *   Pr(|S - c| >= pi/U) <= (2/C) mean over u of 4^-n sum over |k| <= n of (-1)^k binomial(2n, n + k) Re phi(k u):
 * the truncation inequality (n = 1) made sharper, as the tails of laws with moments ask for. The mean over u is one over
 * NODES points of which one lies in each of NODES parts, and C/4 is used for C/2. Values at finitely many places prove
 * nothing about a law: what lies in a few places far away can be missed.
 */
#include "ensemble/current/inversion.h"
#include "num/constants.h"

#include <float.h>
#include <math.h>

enum { POWER = 16, NODES = 48 };

/* An irregular sequence in (0, 1). */
static double irregular(int j)
{
    double x = 0.5 + j * 0.61803398874989485;
    return x - floor(x);
}

/* Upper bound of Pr(|S - centre| >= reach), rounding of the sum and of phi included. */
static double outside_of(const bni_inversion *v, double centre, double reach)
{
    double binomial[POWER + 1], C = 1, sum = 0;
    for (int k = 1; k <= POWER; k++)
        C *= (POWER + k) / (4.0 * k);
    binomial[0] = C;
    for (int k = 1; k <= POWER; k++)
        binomial[k] = -binomial[k - 1] * (POWER - k + 1) / (POWER + k);
    for (int j = 0; j < NODES; j++) {
        double u = BNI_PI / reach * ((j + irregular(j)) / NODES), one = binomial[0];
        for (int k = 1; k <= POWER; k++) {
            double re, im;
            bni_inversion_whole(v, k * u, &re, &im);
            one += 2 * binomial[k] * (re * cos(k * u * centre) + im * sin(k * u * centre));
        }
        sum += one;
    }
    return 4 / C * (fabs(sum) / NODES + DBL_EPSILON * (1 + v->candidates / 16));
}

/* A place and a width of one weight: arg w(h)/h and 1/h, |w| first below 0.9 at h. 0 if that is never. */
static int place_of(const bni_characteristic *wave, double *centre, double *width)
{
    double mean, variance, angle = 0;
    if (!bni_weight_blind(wave->weight)) {
        bni_weight_moments(wave->weight, &mean, &variance);
        *centre = isnan(mean) ? bni_weight_quantile(wave->weight, 0.5, 0) : mean;
        *width = wave->edges > 0 ? 0.1 * (wave->hi - wave->lo) : sqrt(variance);
        return 1;
    }
    for (double h = 0x1p-300; h < 0x1p300; h *= 2) {
        double re, im;
        bni_characteristic_at(wave, h, &re, &im);
        angle = 2 * angle + remainder(atan2(im, re) - 2 * angle, 2 * BNI_PI);
        *centre = angle / h;
        *width = 1 / h;
        if (!(hypot(re, im) > 0.9))
            return isfinite(re) && isfinite(im);
    }
    return 0;
}

/* The nodes of callers' laws by their cdf, for arguments up to t. */
static int32_t prepare_nodes(bni_inversion *v, double t)
{
    for (size_t g = 0; g < v->law->groups; g++)
        if (bni_characteristic_has_nodes(v->wave[g].weight))
            BNI_TRY(bni_characteristic_nodes(v->ctx, &v->wave[g], t));
    return BINNET_OK;
}

int32_t bni_tails_reach(bni_inversion *v, double outside)
{
    const binnet_current *law = v->law;
    double centre = 0, width = fabs(v->shift), p;
    for (size_t g = 0; g < law->groups; g++) {
        double one = 0, spread = 0, number = 0;
        const bni_count *c = &law->group[g].count;
        for (int64_t m = c->from; m <= c->to; m++)
            number += c->pmf[m] * (double)m;
        if (!place_of(&v->wave[g], &one, &spread))
            return bni_fail(v->ctx, BINNET_E_NOCONV, "the characteristic function of a caller's law does not fall");
        centre += number * (one - v->shift);
        width = hypot(width, sqrt(number) * spread + fabs(one - v->shift) * sqrt(number));
    }
    for (size_t k = 0; law->in_degree && k < law->rest_parts; k++)
        centre -= (double)law->rest_part[k].n * law->rest_part[k].p * v->shift;
    /* Outwards in steps, or back: a law with all moments needs 5 to 50 widths. */
    double reach = 12 * width, start = reach, most = 64 * (double)v->ctx->max_iterations;
    for (;; reach *= 1.5) {
        BNI_TRY(prepare_nodes(v, POWER * BNI_PI / reach));
        BNI_TRY(bni_poll(v->ctx, 0));
        p = outside_of(v, centre, reach);
        if (!isfinite(p))
            return bni_fail(v->ctx, BINNET_E_CALLBACK, "a characteristic function is not finite");
        if (p <= outside)
            break;
        if (reach > most * width)
            return bni_fail(v->ctx, BINNET_E_NOCONV,
                            "the tails of the law are too heavy for the inversion: up to %.3g beyond %.3g of %.3g", p,
                            reach, centre);
    }
    for (double next; reach <= start; reach = next) {
        next = 0.7 * reach;
        BNI_TRY(prepare_nodes(v, POWER * BNI_PI / next));
        if (!(outside_of(v, centre, next) <= outside))
            break;
    }
    v->left = centre - reach;
    v->right = centre + reach;
    return BINNET_OK;
}

int32_t bni_tails_fall(const bni_inversion *v)
{
    double t = v->terms * v->step, power, re, im;
    for (size_t g = v->law->constants; g < v->law->groups; g++) {
        const bni_characteristic *wave = &v->wave[g];
        if (!bni_weight_blind(wave->weight))
            continue;
        double E = bni_characteristic_envelope(wave, t, &power);
        for (int j = 0; j < 1024; j++) {
            double at = t * exp2(20 * irregular(j));
            bni_characteristic_at(wave, at, &re, &im);
            if (!isfinite(re) || !isfinite(im))
                return bni_fail(v->ctx, BINNET_E_CALLBACK, "a characteristic function is not finite at %.6g", at);
            if (hypot(re, im) > 2 * E + 1e-14)
                return bni_fail(
                    v->ctx, BINNET_E_NOCONV,
                    "the characteristic function of a caller's law is %.3g at %.6g, %.3g before %.6g: a law "
                    "with atoms cannot be inverted",
                    hypot(re, im), at, E, t);
        }
    }
    return BINNET_OK;
}
