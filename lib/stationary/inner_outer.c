/*
 * Inner and outer iterations: an exact pass finds the flow that is missing where the law does not balance itself, and the
 * weights of the groups; the large transitions of the chain alone, kept as a list (splitting.c), settle what is missing.
 */
#include "stationary/iteration.h"

#include <math.h>
#include <string.h>

int bni_iterate_splits(const binnet_chain *chain)
{
    enum { LEAST = 11 };
    return chain->update == BINNET_UPDATE_SYNCHRONOUS && chain->correlated == NULL && chain->n >= LEAST &&
           chain->unbounded;
}

/* Of very large chains less is kept: the fewer vectors must do for them. */
static int is_huge(size_t states)
{
    return states >= (size_t)1 << 21;
}

/* Large transitions, some for each state: the more the dearer a pass is. */
static size_t splitting_doubles(size_t states)
{
    return (is_huge(states) ? 17 : states < (size_t)1 << 16 ? 33 : 65) * states + 1;
}

/* Most groups whose flows into each state are kept. */
static size_t most_inflows(size_t states)
{
    return is_huge(states) ? 8 : states < (size_t)1 << 18 ? 64 : 32;
}

double bni_inner_outer_bytes(const binnet_chain *chain)
{
    size_t states = bni_chain_states(chain);
    return 8 * ((double)splitting_doubles(states) + (double)most_inflows(states) * (double)states) +
           4 * (double)states + bni_splitting_bytes();
}

/* Whether inner and outer iterations are worth a try: some states are left rarely, very rarely where passes are cheap (by
 * elimination), and every deep attractor has a group of its own; half deep ones count as deep where they have too. */
int bni_inner_outer_pays(bni_iteration *it, int weak)
{
    const double S = (double)it->S;
    if (it->plan != BNI_PLAN_SPLIT || !bni_iterate_splits(it->chain) || it->groups < 2 || it->merged < BNI_DEEP_RATE ||
        !(weak || bni_step_flops(it->chain, 1, INFINITY) >= 2 * S * S))
        return 0;
    int any = 0;
    for (size_t s = 0; s < it->S; s++) {
        if (it->rests[s] == BNI_HALF_DEEP_REST && it->merged >= BNI_HALF_DEEP_RATE)
            it->rests[s] = BNI_DEEP_REST;
        any |= it->rests[s] == BNI_DEEP_REST;
    }
    return any;
}

/* The largest missing flow of a state that is not held, of what reaches it. */
static double missing_part(const bni_iteration *it, const double *r)
{
    const double *out = bni_balance_out(it->balance);
    double most = 0;
    for (size_t s = 0; s < it->S; s++) {
        double flow = it->x[s] * out[s];
        if (it->rests[s] != BNI_DEEP_REST && fmax(flow, flow + r[s]) > BNI_TRUSTED)
            most = fmax(most, fabs(r[s]) / fmax(flow, flow + r[s]));
    }
    return most;
}

/* Passes that take as long as to settle what is missing, and as to list the large transitions. */
static const double settling = 1, listing = 2;

/* From below: the states the basins rest in are held, and passes add what flows from there, until that is within a factor. */
static int32_t fill_from_rests(bni_iteration *it)
{
    const double *out = bni_balance_out(it->balance), enough = 0.5;
    for (size_t pass = 0; pass < it->chain->n; pass++) {
        BNI_TRY(bni_count_passes(it, 1));
        BNI_TRY(bni_balance_missing(it->ctx, it->balance, it->y, NULL, NULL, NULL, 0, NULL, it->x));
        if (missing_part(it, it->y) < enough)
            break;
        bni_course_work(it->ctx, &it->course, settling);
        BNI_TRY(bni_splitting_solve(it->ctx, &it->splitting, it->x, it->y, out, it->rests, 1e-3));
    }
    return bni_normalise_law(it);
}

/* What a pass over all groups apart costs. */
static uint64_t passes_by_groups(const bni_iteration *it)
{
    return it->flow_passes > 0 ? it->flow_passes : it->groups;
}

/* y from x: an exact pass finds what is missing and the flows between basins; these get their weights, and large transitions
 * settle the rest. part: what was missing. With the flows of each group kept, what is missing after the weights have changed is
 * known exactly; otherwise it is scaled with the weight of the group it is missing in, as if all of it came from there. */
static int32_t outer_pass(bni_iteration *it, double *part)
{
    const double *out = bni_balance_out(it->balance);
    double *missing = it->best, *inflow = it->groups <= it->inflows ? it->inflow : NULL;
    BNI_TRY(bni_count_passes(it, passes_by_groups(it)));
    bni_weigh_groups(it, it->x);
    BNI_TRY(
        bni_balance_missing(it->ctx, it->balance, missing, it->flow, inflow, it->weight, it->groups, it->group, it->x));
    *part = missing_part(it, missing);
    BNI_TRY(bni_solve_groups(it));
    for (size_t s = 0; s < it->S; s++) {
        it->y[s] = it->x[s] * it->weight[it->group[s]];
        missing[s] *= it->weight[it->group[s]];
    }
    BNI_TRY(bni_poll(it->ctx, 1));
    if (inflow != NULL) {
        bni_weigh_groups(it, it->y);
        BNI_TRY(bni_balance_missing_from(it->ctx, it->balance, missing, inflow, it->weight, it->groups, it->y));
    }
    bni_course_work(it->ctx, &it->course, settling);
    BNI_TRY(bni_splitting_solve(it->ctx, &it->splitting, it->y, missing, out, it->rests, fmax(1e-6 * *part, 1e-17)));
    return BINNET_OK;
}

/* The flows between all groups, once, decide which of them are joined. kept: the groups as they were. */
static int32_t choose_groups(bni_iteration *it, int32_t *kept)
{
    memcpy(kept, it->group, it->S * sizeof *kept);
    bni_weigh_groups(it, it->x);
    BNI_TRY(bni_count_passes(it, passes_by_groups(it)));
    BNI_TRY(bni_balance_flows(it->ctx, it->balance, it->flow, it->weight, it->groups, it->group, it->x));
    return bni_join_soon(it);
}

/* New weights of the basins go to the states that are held; the others begin below what these will make of them. */
static void lower_law(bni_iteration *it)
{
    double least = 1;
    for (size_t g = 0; g < it->groups; g++)
        least = it->weight[g] > 0 ? fmin(least, it->weight[g]) : least;
    for (size_t s = 0; s < it->S; s++)
        it->x[s] *= it->rests[s] == BNI_DEEP_REST ? it->weight[it->group[s]] : least;
}

/* Outer passes, accelerated, as long as they gain. *worst: the largest change that is left, INFINITY when this leads nowhere. */
static int32_t converge_outer(bni_iteration *it, int32_t *kept, double *worst)
{
    enum { RESTARTS = 6, PATIENT = 24 };
    const double enough = 5e-14, far_off = 2, near_part = 0.8; /* of the time, until the law is near */
    *worst = INFINITY;
    for (size_t s = 0; s < it->S; s++)
        it->x[s] = it->rests[s] == BNI_DEEP_REST;
    BNI_TRY(fill_from_rests(it));
    BNI_TRY(choose_groups(it, kept));
    for (int stale = 0, begun = 0; stale < PATIENT;) {
        double part;
        BNI_TRY(outer_pass(it, &part));
        if (it->coarse_change > far_off && it->groups > it->inflows) {
            *worst = INFINITY;
            if (begun++ == RESTARTS)
                return BINNET_OK;
            lower_law(it);
            BNI_TRY(fill_from_rests(it));
            bni_forget_images(it);
            continue;
        }
        double now = fmax(part, it->coarse_change);
        stale = now < 0.5 * *worst ? 0 : stale + 1;
        *worst = fmin(*worst, now);
        bni_course_way(&it->course, now, 1, enough, near_part);
        if (now < enough) {
            bni_accept_image(it);
            return BINNET_OK;
        }
        BNI_TRY(bni_mix_images(it, BNI_BY_RELATIVE_CHANGE));
    }
    return BINNET_OK;
}

int32_t bni_inner_outer(bni_iteration *it, int *near)
{
    double worst = INFINITY;
    *near = 0;
    size_t doubles = splitting_doubles(it->S), groups = it->groups;
    it->inflows = most_inflows(it->S);
    double *memory = bni_new_raw(it->ctx, doubles + it->inflows * it->S, sizeof *memory);
    it->inflow = memory != NULL ? memory + doubles : NULL;
    int32_t *kept = bni_new_raw(it->ctx, it->S, sizeof *kept);
    bni_course_work(it->ctx, &it->course, listing);
    int32_t status = memory == NULL || kept == NULL
                         ? BINNET_E_NOMEM
                         : bni_splitting_fill(it->ctx, &it->splitting, it->chain, bni_balance_out(it->balance),
                                              it->rests, memory, doubles);
    it->held = 1;
    if (status == BINNET_OK && it->splitting.count > 0)
        status = converge_outer(it, kept, &worst);
    it->held = 0;
    bni_delete(&it->ctx->mem, memory);
    if (it->groups < groups) { /* joined ones part again */
        memcpy(it->group, kept, it->S * sizeof *kept);
        it->groups = groups;
    }
    bni_delete(&it->ctx->mem, kept);
    bni_forget_images(it);
    *near = status == BINNET_OK && worst < BNI_NEAR_ENOUGH;
    if (status == BINNET_E_UNDERFLOW) /* the usual way may not meet it */
        status = BINNET_OK;
    for (size_t s = 0; status == BINNET_OK && !*near && s < it->S; s++)
        it->x[s] = 1 / (double)it->S;
    if (!*near)
        it->coarse_change = INFINITY;
    return status;
}
