/*
 * Exact recall curves: u_{t+1} = P u_t outside the targets, by expectations of the chain.
 */
#include "chain/chain.h"
#include "num/double_double.h"
#include "storage/storage.h"

#include <math.h>

typedef struct curve_work {
    size_t states;
    double *u, *next, *scratch; /* [states] */
    uint8_t *distance;          /* [states] to the nearest target */
} curve_work;

static void curve_buffers(bni_plan *plan, void *object)
{
    curve_work *w = object;
    BNI_ZEROS(plan, w->u, w->states);
    BNI_BUFFER(plan, w->next, w->states);
    BNI_BUFFER(plan, w->scratch, w->states);
    BNI_BUFFER(plan, w->distance, w->states);
}

static int count_bits(uint64_t v)
{
    int count = 0;
    for (; v != 0; v &= v - 1)
        count++;
    return count;
}

static int32_t set_distances(binnet_ctx *ctx, curve_work *w, size_t n, size_t n_targets, const uint64_t *target)
{
    for (size_t s = 0; s < w->states; s++) {
        int least = (int)n;
        for (size_t k = 0; k < n_targets; k++) {
            int d = count_bits(target[k] ^ s);
            least = d < least ? d : least;
        }
        w->distance[s] = (uint8_t)least;
        if (s % 4096 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Mean and least of u at each distance. */
static void sum_distances(double *mean, double *worst, const curve_work *w, size_t n)
{
    bni_doubled sum[BINNET_MAX_CHAIN_NEURONS + 1] = {{0, 0}};
    double least[BINNET_MAX_CHAIN_NEURONS + 1], count[BINNET_MAX_CHAIN_NEURONS + 1] = {0};
    for (size_t d = 0; d <= n; d++)
        least[d] = INFINITY;
    for (size_t s = 0; s < w->states; s++) {
        size_t d = w->distance[s];
        bni_doubled t = bni_two_sum(sum[d].high, w->u[s]);
        sum[d] = (bni_doubled){t.high, sum[d].low + t.low};
        least[d] = fmin(least[d], w->u[s]);
        count[d]++;
    }
    for (size_t d = 0; d <= n; d++) {
        mean[d] = count[d] > 0 ? fmin((sum[d].high + sum[d].low) / count[d], 1) : NAN;
        if (worst != NULL)
            worst[d] = count[d] > 0 ? fmin(least[d], 1) : NAN;
    }
}

static int32_t check_curve(binnet_ctx *ctx, const double *mean, uint64_t steps, size_t n, size_t n_targets,
                           const uint64_t *target, const binnet_chain *chain)
{
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need(ctx, target, "target"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "recall curves"));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    if (steps > BINNET_MAX_LAG)
        return bni_fail(ctx, BINNET_E_RANGE, "steps is %llu, allowed is 0..%d", (unsigned long long)steps,
                        BINNET_MAX_LAG);
    if (n_targets < 1)
        return bni_fail(ctx, BINNET_E_RANGE, "n_targets is 0: which states are to be recalled?");
    for (size_t k = 0; k < n_targets; k++)
        if (target[k] >> chain->n != 0)
            return bni_fail(ctx, BINNET_E_RANGE, "target[%zu] is %llu, the chain has states 0..%llu", k,
                            (unsigned long long)target[k], (unsigned long long)((UINT64_C(1) << chain->n) - 1));
    return BINNET_OK;
}

int32_t binnet_recall_curve(binnet_ctx *ctx, double *mean, double *worst, uint64_t steps, size_t n, size_t n_targets,
                            const uint64_t *target, const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(check_curve(ctx, mean, steps, n, n_targets, target, chain));
    curve_work w = {.states = (size_t)1 << n};
    int workers = n < BNI_THREADED ? 1 : (int)ctx->threads;
    double bytes = bni_plan_bytes(curve_buffers, &w) + bni_expectation_bytes(chain, workers) + bni_team_bytes(workers);
    BNI_TRY(bni_need_memory(ctx, bytes, "a recall curve"));
    bni_expectation *e = NULL;
    bni_team *team = NULL;
    int32_t status = bni_plan_make(ctx, curve_buffers, &w);
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = bni_expectation_new(ctx, &e, chain, team);
    if (status == BINNET_OK)
        status = set_distances(ctx, &w, n, n_targets, target);
    for (uint64_t t = 0; t <= steps && status == BINNET_OK; t++) {
        bni_span(ctx, (double)t / (double)(steps + 1), (double)(t + 1) / (double)(steps + 1));
        if (t > 0 && (status = bni_expectation_apply(ctx, e, w.next, w.u, w.scratch)) == BINNET_OK) {
            double *swap = w.u;
            w.u = w.next;
            w.next = swap;
        }
        for (size_t k = 0; k < n_targets; k++)
            w.u[target[k]] = 1;
        if (status == BINNET_OK)
            sum_distances(mean + t * (n + 1), worst != NULL ? worst + t * (n + 1) : NULL, &w, n);
        if (status == BINNET_OK)
            status = bni_poll(ctx, 1);
    }
    bni_expectation_free(e);
    bni_team_free(team);
    bni_plan_release(&ctx->mem, curve_buffers, &w);
    return status;
}
