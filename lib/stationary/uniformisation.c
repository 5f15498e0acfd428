/*
 * Continuous time by uniformisation: events at rate q, at each of them a step of the asynchronous chain.
 * Source: A. Jensen, Skand. Aktuarietidskr. 36 (1953) 87; Fox & Glynn, Comm. ACM 31 (1988) 440.
 */
#include "stationary/transients.h"

#include <math.h>

/* Of all events, which a neuron with a rate has. */
static const double least_part = 1e-290;

static int32_t check_rates(binnet_ctx *ctx, double *q, const double *rate, size_t n)
{
    BNI_TRY(bni_need_finite(ctx, rate, n, "rate"));
    *q = 0;
    for (size_t i = 0; i < n; i++) {
        if (rate[i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "rate[%zu] is %g, a rate must be >= 0", i, rate[i]);
        *q += rate[i];
    }
    if (!(*q > 0))
        return bni_fail(ctx, BINNET_E_RANGE, "all rates are 0: nothing ever happens");
    if (!isfinite(*q))
        return bni_fail(ctx, BINNET_E_RANGE, "the sum of the rates overflows");
    return BINNET_OK;
}

int32_t binnet_chain_new_continuous(binnet_ctx *ctx, binnet_chain **out, double *q, const binnet_net *net,
                                    const binnet_noise *noise, const double *rate)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, q, "q"));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    BNI_TRY(bni_need(ctx, rate, "rate"));
    if (net->n > BINNET_MAX_CHAIN_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons, a chain has at most %d", net->n, BINNET_MAX_CHAIN_NEURONS);
    double select[BINNET_MAX_CHAIN_NEURONS], sum;
    BNI_TRY(check_rates(ctx, &sum, rate, net->n));
    for (size_t i = 0; i < net->n; i++) {
        select[i] = rate[i] / sum;
        if (rate[i] > 0 && !(select[i] >= least_part))
            return bni_fail(ctx, BINNET_E_RANGE, "rate[%zu] is %g of %g in all, too small a part for double", i,
                            rate[i], sum);
    }
    BNI_TRY(binnet_chain_new_asynchronous(ctx, out, net, noise, select));
    *q = sum;
    return BINNET_OK;
}

/* Poisson weights of mean `mean`: weight[k - first], k = first..last, sum 1; `lost`: bound on what is left out of the law. */
typedef struct poisson {
    uint64_t first, last;
    double *weight;
    double lost;
} poisson;

/* Weights this much smaller than the largest are left out. */
static const double negligible = 0x1p-80;

static double poisson_room(double mean, size_t n)
{
    return 24 * sqrt(mean) + 160 + (double)n;
}

static int32_t make_weights(binnet_ctx *ctx, poisson *w, double mean, size_t n)
{
    uint64_t mode = (uint64_t)mean;
    double room = poisson_room(mean, n);
    size_t below = (double)mode < room / 2 ? (size_t)mode : (size_t)(room / 2),
           all = below + (size_t)(room / 2) + n + 2;
    double *at = bni_new_raw(ctx, all, sizeof *at), v = 1, sum = 0, small = negligible;
    if (at == NULL)
        return BINNET_E_NOMEM;
    double *weight = at + below; /* of the mode */
    weight[0] = 1;
    size_t down = 0, up = 0;
    for (v = 1; down < below && v > negligible; down++)
        weight[-(ptrdiff_t)down - 1] = v *= ((double)mode - (double)down) / mean;
    /* a state n flips away is not reached in fewer events: its first terms are kept */
    for (v = 1; up + 1 < all - below; up++) {
        double next = v * mean / ((double)mode + (double)up + 1);
        if (mode + up + 1 <= n)
            small = fmin(small, next * negligible);
        else if (!(next > small))
            break;
        weight[up + 1] = v = next;
    }
    w->first = mode - down;
    w->last = mode + up;
    w->weight = weight - down;
    for (size_t k = 0; k <= down + up; k++) /* smallest first would be better by some digits that do not matter */
        sum += w->weight[k];
    for (size_t k = 0; k <= down + up; k++)
        w->weight[k] /= sum;
    /* the terms beyond fall at least as a geometric sequence */
    double ratio = mean / ((double)w->last + 2), left = ((double)w->first) / mean;
    w->lost = w->weight[down + up] * ratio / (1 - ratio);
    if (w->first > 0)
        w->lost += left < 1 ? w->weight[0] * left / (1 - left) : INFINITY;
    for (size_t k = 0; k <= down + up; k++)
        at[k] = w->weight[k];
    w->weight = at;
    return BINNET_OK;
}

/* How often it is looked whether the law still changes. */
enum { BETWEEN_LOOKS = 16 };

/* sum = sum over k of weight[k] p P^k; p and next are workspace. */
static int32_t sum_powers(binnet_ctx *ctx, double *sum, double *error, const binnet_chain *chain, bni_step *step,
                          const poisson *w, double *p, double *next)
{
    size_t S = (size_t)1 << chain->n;
    double each = bni_step_error(chain), left = 1, all = (double)w->last + 1;
    *error = w->lost + 4 * (double)(w->last - w->first + 2) * 0x1p-53;
    for (uint64_t k = 0;; k++) {
        double weight = k >= w->first ? w->weight[k - w->first] : 0, taken = weight;
        bni_span(ctx, (double)k / all, ((double)k + 1) / all);
        double change = INFINITY;
        if (k < w->last) {
            BNI_TRY(bni_step_apply(ctx, step, next, p));
            if (k % BETWEEN_LOOKS == 0) {
                change = 0;
                for (size_t s = 0; s < S; s++)
                    change += fabs(next[s] - p[s]);
            }
        }
        /* a step never makes the change larger: the rest of the sum is p to within (last - k) change, and in a change of the size of
         * rounding that of a slow chain may be hidden */
        int stationary = change <= 0.1 * each;
        if (stationary || k == w->last) {
            taken = left;
            *error += 2 * (double)(k + 1) * each + (stationary ? left * (double)(w->last - k) * (change + each) : 0);
        }
        for (size_t s = 0; s < S && taken > 0; s++)
            sum[s] += taken * p[s];
        if (stationary || k == w->last)
            return BINNET_OK;
        left = fmax(left - weight, 0);
        double *swap = p;
        p = next;
        next = swap;
        BNI_TRY(bni_poll(ctx, 1));
    }
}

int32_t bni_check_continuous(binnet_ctx *ctx, const binnet_chain *chain, double q)
{
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "continuous time"));
    if (chain->update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_RANGE, "the chain is not asynchronous (its update is %d)", (int)chain->update);
    if (isnan(q) || isinf(q))
        return bni_fail(ctx, BINNET_E_NAN, "q is %g", q);
    if (!(q > 0))
        return bni_fail(ctx, BINNET_E_RANGE, "q is %g, a rate of events must be > 0", q);
    return BINNET_OK;
}

int32_t binnet_continuous_evolve(binnet_ctx *ctx, binnet_law **out, double *error, const binnet_chain *chain, double q,
                                 const binnet_law *law, double time)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_check_continuous(ctx, chain, q));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "law is of %zu neurons, the chain has %zu", law->n, chain->n);
    if (isnan(time) || isinf(time))
        return bni_fail(ctx, BINNET_E_NAN, "time is %g", time);
    if (!(time >= 0) || !(q * time <= 0x1p40))
        return bni_fail(ctx, BINNET_E_RANGE, "time is %g, allowed is 0..%g", time, 0x1p40 / q);
    double S = ldexp(1, (int)chain->n), mean = q * time;
    int workers = chain->n < BNI_THREADED ? 1 : (int)ctx->threads;
    double held = (double)sizeof(binnet_law) + 24 * S + bni_team_bytes(workers) +
                  8 * (poisson_room(mean, chain->n) + (double)chain->n + 4);
    double room = bni_step_room(ctx, held), figure = 0;
    BNI_TRY(bni_need_memory(ctx, held + bni_step_bytes(chain, workers, room), "a law in continuous time"));
    binnet_law *made = NULL;
    bni_team *team = NULL;
    bni_step *step = NULL;
    poisson w = {.weight = NULL};
    double *p = NULL;
    int32_t status = bni_law_make(ctx, &made, chain->n);
    if (status == BINNET_OK && (p = bni_new_raw(ctx, 2 * (size_t)S, sizeof *p)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = bni_step_new(ctx, &step, chain, team, room);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, p, law->p, (size_t)S, sizeof *p);
    if (status == BINNET_OK)
        status = bni_clear(ctx, made->p, (size_t)S, sizeof *made->p);
    if (status == BINNET_OK && mean > 0)
        status = make_weights(ctx, &w, mean, chain->n);
    if (status == BINNET_OK && mean > 0)
        status = sum_powers(ctx, made->p, &figure, chain, step, &w, p, p + (size_t)S);
    else if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, made->p, law->p, (size_t)S, sizeof *made->p);
    if (status == BINNET_OK && mean > 0)
        status = bni_law_normalise(ctx, made->p, (size_t)S);
    bni_delete(&ctx->mem, w.weight);
    bni_delete(&ctx->mem, p);
    bni_step_free(step);
    bni_team_free(team);
    if (status != BINNET_OK) {
        binnet_law_free(made);
        return status;
    }
    if (mean > 0)
        figure = fmin(2 * figure + 0x1p-51, 2); /* two laws are not farther apart */
    made->balance = figure + (law->balance >= 0 ? law->balance : 0);
    if (error != NULL)
        *error = figure;
    *out = made;
    return BINNET_OK;
}
