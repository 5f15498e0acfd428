/*
 * Margins from probabilities: sigma F^-1(P^(1/n)), the quantile by halving the doubles themselves.   Source: [FCP18] sec. 2.
 */
#include "storage/storage.h"

#include "num/double_order.h"

#include <math.h>

/* Neighbours low < high: F reaches p, told by 1 - F <= q for p > 1/2, at high and not at low; above: 1 - F is p or more, told by
 * F <= q, at low and not at high. Both tails are given to their own accuracy. */
static void find_crossing(const binnet_noise *noise, double p, double q, int above, double *low, double *high)
{
    int64_t before = bni_double_rank(-1e300), behind = bni_double_rank(1e300);
    for (;;) {
        int64_t middle = bni_rank_between(before, behind);
        if (middle <= before || middle >= behind)
            break;
        double cdf, survival;
        bni_noise_tails(noise, bni_double_of_rank(middle), &cdf, &survival);
        int holds = above ? (p > 0.5 ? cdf <= q : survival >= p) : (p > 0.5 ? survival <= q : cdf >= p);
        if (holds != above)
            behind = middle;
        else
            before = middle;
    }
    *low = bni_double_of_rank(before);
    *high = bni_double_of_rank(behind);
}

static int is_unbounded(const binnet_noise *noise)
{
    return noise->kind != BINNET_NOISE_UNIFORM && noise->kind != BINNET_NOISE_CUSTOM;
}

/* k[0], k[1]: margins over sigma of a neuron that is to be silent, F(k) = p, and to fire, 1 - F(-k) = p, p = probability^(1 / noisy);
 * one and the same for noise that is symmetric. */
static int32_t shared_quantiles(binnet_ctx *ctx, double k[2], const binnet_noise *noise, double probability,
                                size_t noisy, size_t l)
{
    k[0] = k[1] = 0;
    if (isnan(probability))
        return bni_fail(ctx, BINNET_E_NAN, "probability[%zu] is NaN", l);
    if (!(probability > 0 && probability <= 1))
        return bni_fail(ctx, BINNET_E_RANGE, "probability[%zu] is %g, must be above 0 and at most 1", l, probability);
    if (noisy == 0 && probability < 1)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "probability[%zu] is %.17g, but no neuron has noise: a transition happens for certain or never",
                        l, probability);
    if (noisy == 0)
        return BINNET_OK;
    if (probability == 1 && is_unbounded(noise))
        return bni_fail(ctx, BINNET_E_RANGE,
                        "probability[%zu] is 1: this noise has no bound, ask for less than 1, such as %.15g", l,
                        1 - 1e-12);
    double p = exp(log(probability) / (double)noisy), q = -expm1(log(probability) / (double)noisy), cdf, survival;
    double low;
    find_crossing(noise, p, q, 0, &low, &k[0]);
    k[1] = k[0];
    if (noise->kind == BINNET_NOISE_CUSTOM) { /* maybe skewed */
        double high;
        find_crossing(noise, p, q, 1, &low, &high);
        k[1] = -low;
    }
    for (int fires = 0; fires < 2; fires++) {
        if (probability == 1)
            k[fires] += 1e-12 * fabs(k[fires]); /* beyond the bound for certain, whatever rounding does */
        bni_noise_tails(noise, fires ? -k[fires] : k[fires], &cdf, &survival);
        if (!(cdf >= 0 && cdf <= 1 && survival >= 0 && survival <= 1))
            return bni_fail(ctx, BINNET_E_CALLBACK, "the cdf at %g is %g", k[fires], cdf);
        if (!(fabs(k[fires]) < 1e299))
            return bni_fail(ctx, BINNET_E_RANGE, "probability[%zu] = %.17g is not reached by the noise: ask for less",
                            l, probability);
    }
    return BINNET_OK;
}

int32_t binnet_store_margins(binnet_ctx *ctx, double *margin, size_t n_transitions, size_t n, const uint8_t *to,
                             const double *probability, double still, const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, margin, "margin"));
    BNI_TRY(bni_need(ctx, to, "to"));
    BNI_TRY(bni_need(ctx, probability, "probability"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    BNI_TRY(bni_noise_need_independent(ctx, noise, "margins"));
    if (n != noise->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise is of %zu neurons, n is %zu", noise->n, n);
    if (!(still > 0 && still < INFINITY))
        return bni_fail(ctx, isnan(still) ? BINNET_E_NAN : BINNET_E_RANGE, "still is %g, must be > 0 and finite",
                        still);
    BNI_TRY(bni_need_activities(ctx, to, n, n_transitions, "to"));
    size_t noisy = 0;
    for (size_t i = 0; i < n; i++)
        noisy += noise->scale[i] > 0;
    for (int fill = 0; fill < 2; fill++) /* everything is checked before anything is written */
        for (size_t l = 0; l < n_transitions; l++) {
            double k[2];
            BNI_TRY(shared_quantiles(ctx, k, noise, probability[l], noisy, l));
            for (size_t i = 0; i < n; i++) {
                double m = noise->scale[i] > 0 ? noise->scale[i] * k[to[l * n + i]] : still;
                if (!isfinite(m))
                    return bni_fail(ctx, BINNET_E_RANGE, "the margin of neuron %zu at transition %zu overflows", i, l);
                if (fill)
                    margin[l * n + i] = m;
            }
            BNI_TRY(bni_poll(ctx, 0.5 * fill + 0.5 * (double)l / (double)n_transitions));
        }
    return BINNET_OK;
}
