/*
 * How far a stationary law of a lumped chain may be off: by what underflowed in its elimination, and flow in against flow out.
 * Source: THEORY 3, "Exact lumping".
 */
#include "stationary/stationary.h"

#include <math.h>

/* Elimination loses some 2^-1074 of a transition wherever it underflows, once for each state eliminated: what that may be of the least
 * probability that the figures speak of, times the longest stay. */
static const double least_probability = 1e-280, least_step = 0x1p-1070;

double bni_lumped_lost(const double *x, size_t m, double smallest)
{
    double least = 1;
    for (size_t s = 0; s < m; s++) {
        if (!isfinite(x[s]))
            return INFINITY;
        least = x[s] < least ? x[s] : least;
    }
    return (double)m * least_step / smallest / fmax(least, least_probability);
}

/* Flow in against flow out, state by state. */
int32_t bni_lumped_walk_figures(binnet_ctx *ctx, bni_solution *how, const binnet_chain *chain, const double *x)
{
    const bni_occupation *o = chain->lumped->space;
    size_t S = o->states, P = o->n_pop;
    double *up = bni_new_raw(ctx, 2 * P * S, sizeof *up), *down = up != NULL ? up + P * S : NULL;
    int32_t status = up == NULL ? BINNET_E_NOMEM : bni_lumped_rates(ctx, up, down, NULL, chain);
    how->residual = how->residual_relative = 0;
    for (size_t s = 0; status == BINNET_OK && s < S; s++) {
        double in = 0, out = 0;
        for (size_t a = 0; a < P; a++) {
            size_t count = bni_occupation_count(o, s, a), step = o->stride[a];
            out += up[a * S + s] + down[a * S + s];
            if (count > 0)
                in += x[s - step] * up[a * S + s - step];
            if (count < o->size[a])
                in += x[s + step] * down[a * S + s + step];
        }
        double change = fabs(in - x[s] * out);
        how->residual += change;
        if (x[s] > 1e-290)
            how->residual_relative = fmax(how->residual_relative, change / (x[s] * (out > 0 ? out : 1)));
        if (s % 65536 == 0)
            status = bni_poll(ctx, (double)s / (double)S);
    }
    bni_delete(&ctx->mem, up);
    BNI_TRY(status);
    if (!(how->residual <= ctx->tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the residual is %.3g (tolerance %.3g)", how->residual, ctx->tolerance);
    return BINNET_OK;
}
