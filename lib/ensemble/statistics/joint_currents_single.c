/*
 * One state, weights of any law: the law of one current. And the range of such a law.   Source: THEORY 8.
 */
#include "ensemble/statistics/state_tuples.h"

#include <math.h>
#include <string.h>

int32_t bni_joint_range(binnet_ctx *ctx, double *from, double *to, const binnet_current *c)
{
    double mean, variance, F, G;
    int32_t status = bni_current_moments(ctx, &mean, &variance, c);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    double centre = status == BINNET_OK ? mean : c->theta;
    double step = status == BINNET_OK && variance > 0 ? 2 * sqrt(variance) : fmax(1e-3 * fabs(centre), 1e-3);
    *from = *to = centre;
    for (int k = 0; k < 1000; k++, step *= 1.5) {
        BNI_TRY(bni_current_at(ctx, &F, NULL, NULL, NULL, NULL, 1, c, from));
        BNI_TRY(bni_current_at(ctx, NULL, NULL, &G, NULL, NULL, 1, c, to));
        if (F <= 1e-18 && G <= 1e-18)
            break;
        *from -= F > 1e-18 ? step : 0;
        *to += G > 1e-18 ? step : 0;
    }
    return BINNET_OK;
}

/* Candidates of a neuron of a with pattern s, by population, from the neurons with pattern u. */
static void numbers_of(const bni_joint *j, size_t a, int s, int u, int64_t *numbers)
{
    memset(numbers, 0, j->e->n_pop * sizeof *numbers);
    for (size_t k = 0; k < j->fillings; k++)
        if (j->filled[k] % (size_t)j->patterns == (size_t)u)
            numbers[j->filled[k] / (size_t)j->patterns] = bni_joint_candidates(j, a, s, k);
}

int32_t bni_joint_single(binnet_ctx *ctx, double *p, double *error, bni_joint *j, size_t a, int s, int target)
{
    const binnet_ensemble *e = j->e;
    int64_t *numbers = bni_new_raw(ctx, 2 * e->n_pop, sizeof *numbers);
    binnet_current *c = NULL;
    double cdf, below, survival, at_least;
    if (numbers == NULL)
        return BINNET_E_NOMEM;
    numbers_of(j, a, s, 1, numbers);
    numbers_of(j, a, s, 0, numbers + e->n_pop);
    int tie = bni_joint_fires_at_tie(j, s, 0);
    int32_t status = bni_current_make(ctx, &c, e, a, numbers, numbers + e->n_pop);
    if (status == BINNET_OK)
        status = bni_current_at(ctx, &cdf, &below, &survival, &at_least, NULL, 1, c, &e->I[a]);
    if (status == BINNET_OK)
        *p = target ? (tie ? cdf : below) : tie ? survival : at_least;
    *error = status == BINNET_OK ? 1e-12 * *p : 0;
    binnet_current_free(c);
    bni_delete(&ctx->mem, numbers);
    return status;
}
