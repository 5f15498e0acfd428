/*
 * 1 - lambda relative to itself, where it is small. For a left mode l and the committor q between two states a and b
 * (I - P) q is 0 but in a and b, so that
 *     (1 - lambda) sum l q = l (I - P) q = l(b) sum_t P(b, t) (1 - q(t)) - l(a) sum_t P(a, t) q(t),
 * where a and b are the states of which l has most, with either sign: sums of terms of one sign, and q and 1 - q by elimination
 * without subtraction. An error of l by d makes one of some d / |l(a)| and d / |l(b)|, relative; d is at most the residual over the
 * distances to the other eigenvalues, each times its condition.
 */
#include "stationary/spectrum.h"

#include <math.h>

enum { MOST = 10, SAFETY = 16 };

/* What may be wrong with the left mode k, as a sum of sizes. */
static double mode_error(const binnet_spectrum *s, const binnet_chain *chain, size_t k, double sum)
{
    double residual = s->residual_left[k] + bni_transition_rounding(chain), error = sum, worst = 1, least = INFINITY;
    for (size_t j = 1; j < s->count; j++) {
        double distance = hypot(s->re[j] - s->re[k], s->im[j] - s->im[k]) - s->bound[j] - s->bound[k];
        worst = fmax(worst, s->condition[j]);
        least = fmin(least, hypot(s->re[j], s->im[j]));
        if (j != k)
            error += distance > 0 ? s->condition[j] * residual / distance : INFINITY;
    }
    /* those that are not known are as far as the last one, and no less than all of them as bad as the worst */
    if (s->count < s->S)
        error += least < fabs(s->re[k]) ? (double)s->S * worst * residual / (fabs(s->re[k]) - least) : INFINITY;
    return SAFETY * error;
}

static int32_t relative_gap(binnet_ctx *ctx, double *gap, double *error, const binnet_spectrum *s,
                            const binnet_chain *chain, size_t k, double *vector)
{
    size_t S = s->S, a = 0, b = 0;
    const double *l = s->left + k * S;
    double *q = vector, *rest = vector + S, *row = vector + 2 * S, leave_a = 0, leave_b = 0, sum = 0;
    for (size_t t = 0; t < S; t++) {
        a = l[t] < l[a] ? t : a;
        b = l[t] > l[b] ? t : b;
        sum += l[t];
    }
    *gap = NAN;
    *error = INFINITY;
    if (!(l[a] < 0 && l[b] > 0))
        return BINNET_OK;
    BNI_TRY(bni_committor(ctx, q, rest, chain, a, b));
    BNI_TRY(bni_chain_fill_row(ctx, row, chain, a));
    for (size_t t = 0; t < S; t++)
        leave_a += row[t] * q[t];
    BNI_TRY(bni_chain_fill_row(ctx, row, chain, b));
    for (size_t t = 0; t < S; t++)
        leave_b += row[t] * rest[t];
    double shared = bni_dot(l, q, S), wrong = mode_error(s, chain, k, fabs(sum)), m = (double)S;
    *gap = (l[b] * leave_b - l[a] * leave_a) / shared;
    double relative = 2 * m * (bni_transition_rounding(chain) + m * 0x1p-53) * (1 + 1 / shared) +
                      wrong * (1 / l[b] - 1 / l[a] + 2 / shared);
    *error = shared > 0 && relative < 0.1 ? *gap * relative : INFINITY;
    return BINNET_OK;
}

int32_t binnet_spectrum_gap(binnet_ctx *ctx, double *gap, double *bound, const binnet_spectrum *s,
                            const binnet_chain *chain, size_t k)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, gap, "gap"));
    BNI_TRY(bni_need(ctx, s, "spectrum"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "spectra"));
    if (chain->n != s->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the spectrum is of %zu neurons, the chain has %zu", s->n, chain->n);
    if (k >= s->count || s->im[k] != 0)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu: expected one of the real ones of %zu eigenvalues", k, s->count);
    double value = 1 - s->re[k], error = s->bound[k];
    if (k > 0 && s->n <= MOST && s->n > 0 && s->re[k] > 0.9) {
        double other, better;
        BNI_TRY(bni_need_memory(ctx, bni_committor_bytes(s->n) + 24 * (double)s->S, "a spectral gap"));
        double *vector = bni_new_raw(ctx, 3 * s->S, sizeof *vector);
        int32_t status = vector == NULL ? BINNET_E_NOMEM : relative_gap(ctx, &other, &better, s, chain, k, vector);
        bni_delete(&ctx->mem, vector);
        /* where a state reaches neither, or hardly, the other figure is left */
        if (status != BINNET_OK && status != BINNET_E_REDUCIBLE && status != BINNET_E_NOCONV)
            return status;
        if (status == BINNET_OK && better < error) {
            value = other;
            error = better;
        }
    }
    *gap = value;
    if (bound != NULL)
        *bound = error;
    return BINNET_OK;
}
