/*
 * Groups of states and their weights in an iteration: basins of attraction, whose weights are solved for exactly by the flows
 * between them (aggregation and disaggregation), and which are joined where they soon exchange.
 * Source: Takahashi 1975; Koury, McAllister & Stewart, SIAM J. Algebr. Discr. Meth. 5 (1984) 164.
 */
#include "stationary/iteration.h"

#include "num/double_double.h"

#include <math.h>
#include <string.h>

/* Groups are kept at least at this weight: lighter ones would no longer be seen, and come back when they should. */
static const double least_weight = 1e-295;

/* Passes that the flows between any groups cost; 0: one for each group. A dense product takes its rows group by group. */
static uint64_t cheap_flows(const binnet_chain *chain)
{
    double S = (double)bni_chain_states(chain);
    return chain->update != BINNET_UPDATE_SYNCHRONOUS || bni_step_flops(chain, 1, INFINITY) >= 2 * S * S;
}

double bni_groups_bytes(double states)
{
    double groups = states < BNI_GROUPS ? states : BNI_GROUPS;
    return 8 * groups * (2 * groups + 3);
}

int32_t bni_groups_new(bni_iteration *it)
{
    binnet_ctx *ctx = it->ctx;
    size_t room = it->S < BNI_GROUPS ? it->S : BNI_GROUPS;
    it->flow_passes = cheap_flows(it->chain);
    it->merged = 1;
    it->group = bni_new_raw(ctx, it->S, sizeof *it->group);
    it->rests = bni_new_raw(ctx, it->S, 1);
    if (it->group == NULL || it->rests == NULL)
        return BINNET_E_NOMEM;
    BNI_TRY(bni_basins(ctx, it->group, &it->groups, it->rests, &it->merged, &it->slowest, it->chain));
    it->weight = bni_new_raw(ctx, 2 * room, sizeof(double));
    it->order = bni_new_raw(ctx, room, sizeof *it->order);
    if (it->weight == NULL || it->order == NULL)
        return BINNET_E_NOMEM;
    BNI_TRY(bni_groups_room(it, it->groups));
    it->coarse = it->weight + room;
    it->coarse_change = it->groups >= 2 ? INFINITY : 0;
    return BINNET_OK;
}

int32_t bni_groups_room(bni_iteration *it, size_t groups)
{
    if (it->flow != NULL && groups <= it->groups_room)
        return BINNET_OK;
    bni_delete(&it->ctx->mem, it->flow);
    it->flow = bni_new_raw(it->ctx, 2 * groups * groups, sizeof *it->flow);
    if (it->flow == NULL)
        return BINNET_E_NOMEM;
    it->ordered = it->flow + groups * groups;
    it->groups_room = groups;
    return BINNET_OK;
}

void bni_groups_free(bni_iteration *it)
{
    const bni_allocator *mem = &it->ctx->mem;
    bni_delete(mem, it->group);
    bni_delete(mem, it->rests);
    bni_delete(mem, it->flow);
    bni_delete(mem, it->weight);
    bni_delete(mem, it->order);
}

/* Groups that are left with the least probability come first: elimination begins at the end, and its sums then stay as
 * large as the chain allows. */
static int by_leave(const void *a, const void *b, const void *leave)
{
    int32_t g = *(const int32_t *)a, h = *(const int32_t *)b;
    int order = bni_by_double((const double *)leave + g, (const double *)leave + h, NULL);
    return order != 0 ? order : (g > h) - (g < h);
}

/* What underflows loses some 1e-308 of a flow: the weight that a basin may have that is not seen. */
static double doubt(const bni_iteration *it, double weight, double leave)
{
    double lost = 1e-305 / (leave + 1e-305);
    if (weight <= BNI_TRUSTED)
        return lost;
    return lost > 1e-20 * weight ? (it->strict ? 1 : lost) : 0;
}

int32_t bni_solve_groups(bni_iteration *it)
{
    size_t k = it->groups;
    /* groups without weight are left out */
    size_t used = 0;
    int vanished = 0;
    double *leave = it->coarse;
    for (size_t a = 0; a < k; a++) {
        leave[a] = 0;
        if (it->weight[a] <= 0) {
            vanished = it->chain->unbounded;
            continue;
        }
        it->order[used++] = (int32_t)a;
        for (size_t b = 0; b < k; b++)
            leave[a] += it->flow[a * k + b];
    }
    bni_sort(NULL, it->order, used, sizeof *it->order, by_leave, leave);
    for (size_t a = 0; a < used; a++)
        for (size_t b = 0; b < used; b++)
            it->ordered[a * used + b] = it->flow[(size_t)it->order[a] * k + (size_t)it->order[b]];
    it->doubtful = vanished ? 1e-305 / (it->slowest + 1e-305) : 0;
    for (size_t u = 0; u < used; u++)
        it->doubtful = fmax(it->doubtful, doubt(it, it->weight[it->order[u]], leave[it->order[u]]));
    double smallest;
    int32_t status = bni_gth(it->ctx, it->coarse, &smallest, used, it->ordered, NULL);
    if (status == BINNET_E_UNDERFLOW || (status == BINNET_OK && smallest < BNI_TRUSTED))
        return bni_fail(it->ctx, BINNET_E_UNDERFLOW,
                        "the chain leaves a basin of the noiseless dynamics with a probability below %.3g",
                        BNI_TRUSTED);
    BNI_TRY(status);
    double change = 0;
    for (size_t u = 0; u < used; u++) {
        double w = fmax(it->coarse[u], least_weight), *old = &it->weight[it->order[u]];
        if (w > BNI_TRUSTED)
            change = fmax(change, fabs(w - *old) / fmin(w, *old));
        *old = w / *old;
    }
    it->coarse_change = change;
    return BINNET_OK;
}

void bni_weigh_groups(bni_iteration *it, const double *x)
{
    double pair[BNI_GROUPS][2] = {{0}};
    for (size_t s = 0; s < it->S; s++)
        bni_pair_add(pair[it->group[s]], x[s]);
    for (size_t g = 0; g < it->groups; g++)
        it->weight[g] = pair[g][0] + pair[g][1];
}

int32_t bni_aggregate_law(bni_iteration *it, const double *x)
{
    BNI_TRY(bni_count_passes(it, it->flow_passes > 0 ? it->flow_passes : it->groups));
    bni_weigh_groups(it, x);
    BNI_TRY(bni_balance_flows(it->ctx, it->balance, it->flow, it->weight, it->groups, it->group, x));
    return bni_solve_groups(it);
}

int32_t bni_hold_rests(bni_iteration *it)
{
    for (size_t pass = 0; pass < bni_chain_bits(it->chain); pass++) {
        BNI_TRY(bni_count_passes(it, 1));
        BNI_TRY(bni_balance_apply(it->ctx, it->balance, it->y, it->x));
        for (size_t s = 0; s < it->S; s++)
            it->x[s] = it->rests[s] ? it->x[s] : it->y[s];
        BNI_TRY(bni_normalise_law(it));
    }
    return BINNET_OK;
}

int32_t bni_rebalance(bni_iteration *it)
{
    size_t S = it->S;
    BNI_TRY(bni_aggregate_law(it, it->x));
    if (it->coarse_change <= bni_coarse_goal(it) && bni_mixing_begun(it))
        return BINNET_OK; /* the differences are worth more */
    bni_forget_images(it);
    for (size_t s = 0; s < S; s++)
        it->x[s] *= it->weight[it->group[s]];
    if (it->flow_passes == 0 && it->relative < BNI_NEARLY && it->groups > 2) /* each group is a pass */
        BNI_TRY(bni_join_soon(it));
    /* new weights first reach the saddles: what is there came from several basins and was scaled with one */
    return it->weak && it->coarse_change > 0.1 ? bni_hold_rests(it) : BINNET_OK;
}

/* Where a group sends most, if it sends much of its weight there or anywhere; itself otherwise. */
static int32_t main_target(const bni_iteration *it, size_t a)
{
    const double much = 0.03, in_all = 0.1;
    size_t k = it->groups, to = a;
    double most = 0, sum = 0;
    for (size_t b = 0; b < k; b++) {
        double flow = b != a ? it->flow[a * k + b] : 0;
        sum += flow;
        if (flow > most) {
            most = flow;
            to = b;
        }
    }
    return (int32_t)(most > much || sum > in_all ? to : a);
}

/* Groups that soon exchange become one, which outer passes pay for: each group joins where it sends most, but for those whose
 * rest is held. Groups that only exchange with each other stay apart from the others, however soon they do. next: scratch. */
static void join_groups(bni_iteration *it, int32_t *next)
{
    size_t k = it->groups, count = 0;
    int32_t *joined = it->order;
    for (size_t a = 0; a < k; a++) {
        next[a] = it->weight[a] > 0 ? main_target(it, a) : (int32_t)a;
        joined[a] = -1;
    }
    for (size_t s = 0; s < it->S && it->held; s++)
        if (it->rests[s] == BNI_DEEP_REST)
            next[it->group[s]] = it->group[s];
    for (size_t a = 0; a < k; a++) { /* to the end of its path, or round its cycle, which gets a number there */
        int32_t number = (int32_t)count, at = (int32_t)a;
        for (; joined[at] < 0; at = next[at])
            joined[at] = number;
        if (joined[at] == number) {
            count++;
            continue;
        }
        number = joined[at];
        for (at = (int32_t)a; joined[at] != number; at = next[at])
            joined[at] = number;
    }
    for (size_t s = 0; s < it->S; s++)
        it->group[s] = joined[it->group[s]];
    it->groups = count;
}

int32_t bni_join_soon(bni_iteration *it)
{
    int32_t *next = bni_new_raw(it->ctx, it->groups, sizeof *next);
    if (next == NULL)
        return BINNET_E_NOMEM;
    join_groups(it, next);
    bni_delete(&it->ctx->mem, next);
    if (it->groups < 2)
        it->coarse_change = 0;
    return bni_poll(it->ctx, 1);
}

int32_t bni_join_by_rests(bni_iteration *it)
{
    size_t k = it->groups;
    double *row = it->y;
    memset(it->flow, 0, k * k * sizeof *it->flow);
    for (size_t g = 0; g < k; g++)
        it->weight[g] = 0;
    for (size_t s = 0; s < it->S; s++) {
        size_t g = (size_t)it->group[s];
        if (!it->rests[s] || it->weight[g] > 0)
            continue;
        it->weight[g] = 1;
        BNI_TRY(bni_chain_fill_row(it->ctx, row, it->chain, s));
        for (size_t t = 0; t < it->S; t++)
            it->flow[g * k + (size_t)it->group[t]] += row[t];
        BNI_TRY(bni_poll(it->ctx, 1));
    }
    return bni_join_soon(it);
}
