/*
 * Sets of states that exchange rarely and that no group of an iteration tells apart: they are seen by how the law changes over
 * some passes, become groups of their own, and their weights are solved for in each pass.
 * Source: Chatelin & Miranker, Linear Algebra Appl. 43 (1982) 17; Bertsekas & Castanon, IEEE Trans. Autom. Control 34 (1989) 589.
 */
#include "stationary/iteration.h"

#include <math.h>
#include <string.h>

/* What converges slowly is the weights of sets that exchange rarely and that no group tells apart: the last change of the law,
 * relative to it, is then nearly the same throughout each of them. Every group is split at the middle of its range. */
static int32_t split_groups(bni_iteration *it, const double *from, double least_change)
{
    double low = INFINITY, high = -INFINITY;
    size_t k = it->groups;
    for (size_t s = 0; s < it->S; s++)
        if (it->x[s] > BNI_TRUSTED && from[s] > BNI_TRUSTED) {
            double change = it->x[s] / from[s];
            low = fmin(low, change);
            high = fmax(high, change);
        }
    BNI_TRY(bni_poll(it->ctx, 1));
    if (!(high - low > least_change) || 2 * k > BNI_GROUPS)
        return BINNET_OK;
    double middle = low + 0.5 * (high - low);
    size_t above[BNI_GROUPS] = {0}, members[BNI_GROUPS] = {0}, count = 0;
    int32_t *upper = it->order;
    for (size_t s = 0; s < it->S; s++) {
        members[it->group[s]]++;
        above[it->group[s]] += from[s] > BNI_TRUSTED && it->x[s] / from[s] > middle;
    }
    for (size_t g = 0; g < k; g++)
        upper[g] = above[g] > 0 && above[g] < members[g] ? (int32_t)(k + count++) : (int32_t)g;
    for (size_t s = 0; s < it->S; s++)
        if (from[s] > BNI_TRUSTED && it->x[s] / from[s] > middle)
            it->group[s] = upper[it->group[s]];
    it->groups += count;
    BNI_TRY(bni_groups_room(it, it->groups));
    return bni_poll(it->ctx, 1);
}

int32_t bni_follow_change(bni_iteration *it, const double *from, double least_change)
{
    BNI_TRY(split_groups(it, from, least_change));
    it->aggregated = it->groups >= 2;
    it->hidden = 0;
    bni_forget_images(it);
    return BINNET_OK;
}

/* Over some passes a law should change by no more than some times what a pass changed at their beginning. Where it did, states
 * exchange rarely, and the small changes of passes hide large errors: x is compared with an earlier law. What differs between
 * groups only is solved for; between them, states differ by no more than the groups do. */
static int32_t measure_hidden(bni_iteration *it)
{
    const double seen = 1000;
    double weight[BNI_GROUPS] = {0}, mean[BNI_GROUPS] = {0}, low = INFINITY, high = -INFINITY, apart = 0;
    for (size_t s = 0; s < it->S; s++) {
        weight[it->group[s]] += it->earlier[s];
        mean[it->group[s]] += it->x[s];
    }
    for (size_t g = 0; g < it->groups; g++)
        if (weight[g] > BNI_TRUSTED) {
            mean[g] /= weight[g];
            low = fmin(low, mean[g]);
            high = fmax(high, mean[g]);
        }
    for (size_t s = 0; s < it->S; s++)
        if (it->x[s] > BNI_TRUSTED && it->earlier[s] > BNI_TRUSTED && weight[it->group[s]] > BNI_TRUSTED)
            apart = fmax(apart, fabs(it->x[s] / it->earlier[s] - mean[it->group[s]]));
    double ratio = (apart - (high - low)) / it->earlier_change;
    it->hidden = fmax(it->hidden, ratio);
    BNI_TRY(bni_poll(it->ctx, 1));
    return ratio > seen ? bni_follow_change(it, it->earlier, 0) : BINNET_OK;
}

int32_t bni_watch_law(bni_iteration *it, int *split)
{
    enum { APART = 8 };
    const double fallen = 0.03;
    size_t groups = it->groups;
    *split = 0;
    if (it->earlier == NULL || !(it->relative < BNI_NEARLY))
        return BINNET_OK;
    if (it->earlier_change > 0) {
        if (++it->since < APART && it->relative > fallen * it->earlier_change)
            return BINNET_OK;
        BNI_TRY(measure_hidden(it));
        *split = it->groups != groups;
        if (*split)
            return BINNET_OK;
    }
    memcpy(it->earlier, it->x, it->S * sizeof *it->x);
    it->earlier_change = it->relative;
    it->since = 0;
    return BINNET_OK;
}

/* y = what a pass, or some where flows cost more than that, makes of x, and then the weights of the groups solved for. */
static int32_t aggregated_pass(bni_iteration *it)
{
    size_t more = it->flow_passes == 0 ? it->groups / 8 : 0;
    BNI_TRY(bni_advance_pass(it));
    BNI_TRY(bni_count_passes(it, more));
    for (size_t pass = 0; pass < more; pass++) {
        double *swap = it->y;
        BNI_TRY(bni_balance_apply(it->ctx, it->balance, it->before, it->y));
        it->y = it->before;
        it->before = swap;
    }
    BNI_TRY(bni_aggregate_law(it, it->y));
    for (size_t s = 0; s < it->S; s++)
        it->y[s] *= it->weight[it->group[s]];
    return bni_measure_image(it);
}

/* Far from the law the weights of the groups make a pass anything but linear: where images combined as if it were lead nowhere, plain
 * passes follow, which take a constant factor off what is too large, for tens of decades, or add one to what is too small. */
int32_t bni_aggregated_passes(bni_iteration *it, int norm, double law_goal, double weights_goal)
{
    enum { PATIENT = 16, PATIENT_PLAIN = 64, SPLITS = 16 };
    const double near_by = 0.1 * BNI_NEARLY;
    double worst = INFINITY;
    int joined = 0, splits = 0;
    bni_forget_images(it);
    for (int stale = 0; stale < (it->plain ? PATIENT_PLAIN : PATIENT);) {
        BNI_TRY(aggregated_pass(it));
        double change = norm == BNI_BY_WEIGHT ? it->residual : it->relative, now = fmax(change, it->coarse_change);
        stale = now < 0.5 * worst ? 0 : stale + 1;
        worst = stale == 0 ? now : worst;
        if (!it->plain && it->relative > BNI_NEARLY && stale >= PATIENT) {
            it->plain = 1;
            stale = joined = 0;
        }
        it->plain &= it->relative > near_by; /* as long as something grows or falls by more in a pass */
        bni_report_change(it, now);
        int split;
        BNI_TRY(bni_watch_law(it, &split));
        if (!split && stale >= PATIENT / 2 && worst <= 0.1 * BNI_CERTIFIED)
            break; /* rounding */
        if (!split && stale >= PATIENT / 2 && it->earlier_change > 0) {
            BNI_TRY(bni_follow_change(it, it->earlier, 0));
            split = 1;
        }
        if (split && splits++ < SPLITS) {
            worst = INFINITY;
            stale = joined = 0;
            continue;
        }
        if (change <= law_goal && it->coarse_change <= weights_goal)
            break;
        if (it->plain) {
            bni_accept_image(it);
            bni_forget_images(it);
            continue;
        }
        if (!joined++ && it->groups > 2)
            BNI_TRY(bni_join_soon(it));
        BNI_TRY(bni_mix_images(it, norm));
    }
    bni_accept_image(it);
    return BINNET_OK;
}
