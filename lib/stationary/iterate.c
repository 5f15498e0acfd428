/*
 * Stationary law of a large chain by iteration: accelerated passes (anderson.c) that balance the law state by state (balance.c),
 * with the weights of the basins of attraction solved for exactly from time to time (aggregation.c), or inner and outer
 * iterations first (inner_outer.c). Here: where to start from, what comes after what, and when it ends.
 * The last part minimises relative changes, so that small probabilities are right to the last digits too: those of the
 * saddles between basins decide the basins' weights. It ends when the law is its own balance, state by state and basin by
 * basin; what is not certified so is BINNET_E_NOCONV.
 */
#include "stationary/iteration.h"

#include <math.h>
#include <string.h>

enum { DEPTH = 8, DEPTH_LARGE = 6, CYCLE_LEAST = 8, CYCLE_MOST = 64, CYCLE_LONGEST = 512, PATIENCE = 3 };

/* Where attractors are left more rarely than this, passes from a uniform law would take long to shrink small probabilities. */
static const double rare = 1e-3;
/* Weights of the basins count as settled for the first part when a coarse solution changes none of them by more. */
static const double settled_weights = 1e-9;

/* Of large chains fewer differences are kept: their memory counts for more than a step or two, but where a pass is as dear as
 * inner iterations suppose. */
static size_t depth_for(const binnet_chain *chain, int plan)
{
    size_t states = bni_chain_states(chain);
    if (plan == BNI_PLAN_LEAN)
        return 0;
    if (plan == BNI_PLAN_SPLIT && bni_iterate_splits(chain))
        return BNI_DEPTH_MOST;
    return states > (size_t)1 << 16 ? DEPTH_LARGE : DEPTH;
}

/* The image and the best law; two laws of before. */
static size_t laws_for(size_t depth)
{
    return depth > 0 ? 4 : 2;
}

double bni_iterate_bytes(const binnet_chain *chain, int workers, int plan)
{
    size_t states = bni_chain_states(chain), depth = depth_for(chain, plan);
    double S = (double)states, groups = S < BNI_GROUPS ? S : BNI_GROUPS;
    double inner = plan == BNI_PLAN_SPLIT && bni_iterate_splits(chain) ? bni_inner_outer_bytes(chain) : 0;
    double work = 8 * (double)laws_for(depth) * S + bni_mixing_bytes(S, depth) + bni_groups_bytes(S) +
                  bni_gth_bytes(groups) + bni_passes_bytes() + inner;
    return fmax(work, bni_basins_bytes(chain)) + 5 * S + bni_step_most(chain, workers) + bni_balance_bytes(chain) +
           4096;
}

static void free_all(bni_iteration *it)
{
    const bni_allocator *mem = &it->ctx->mem;
    bni_delete(mem, it->memory);
    bni_delete(mem, it->partials);
    bni_mixing_free(it);
    bni_groups_free(it);
    bni_balance_free(it->balance);
    bni_step_free(it->step);
}

static int32_t plain_steps(bni_iteration *it, int count)
{
    for (int k = 0; k < count; k++) {
        BNI_TRY(bni_advance_pass(it));
        bni_accept_image(it);
    }
    return BINNET_OK;
}

/* Down to the tolerance: steps, and the basins' weights between them until these no longer change; y is the image of x. */
static int32_t converge(bni_iteration *it)
{
    binnet_ctx *ctx = it->ctx;
    int alone = it->depth > 0 && !it->weak; /* whether accelerated passes may get there by themselves */
    size_t cycle = CYCLE_LEAST;
    int small = 0, slow_groups = 0;
    /* of parallel stages the flows between basins cost a step for each: as many passes between */
    if (it->chain->update != BINNET_UPDATE_ASYNCHRONOUS && it->depth > 0)
        cycle = it->groups < CYCLE_LEAST ? CYCLE_LEAST : it->groups > CYCLE_MOST ? CYCLE_MOST : it->groups;
    /* a few plain steps give the flows between basins something to go by */
    BNI_TRY(plain_steps(it, 3));
    for (size_t round = 0;; round++) {
        double before = it->coarse_change;
        if (it->before != NULL && ((it->stalled && cycle >= CYCLE_MOST) || slow_groups))
            BNI_TRY(bni_follow_change(it, it->before, 1e-9));
        if (it->aggregated)
            return bni_aggregated_passes(it, BNI_BY_WEIGHT, ctx->tolerance, settled_weights);
        if (it->before != NULL)
            memcpy(it->before, it->x, it->S * sizeof *it->x);
        /* where each group is a pass that of many waits for a law that shows which may be joined */
        if (it->groups >= 2 && !(round == 0 && it->flow_passes == 0 && !it->weak && it->groups > CYCLE_LEAST))
            BNI_TRY(bni_rebalance(it));
        slow_groups = it->coarse_change > fmax(0.1 * before, it->relative) && it->coarse_change > settled_weights;
        int settled = it->coarse_change <= settled_weights;
        BNI_TRY(bni_accelerate(it, cycle, BNI_BY_WEIGHT, ctx->tolerance, 0));
        if (it->residual <= ctx->tolerance && (settled || ++small >= PATIENCE))
            return BINNET_OK; /* what is left is a matter of small probabilities */
        bni_accept_image(it);
        /* weights that are all but right, or that gain little each time, are not worth the differences */
        if (cycle < (alone ? CYCLE_LONGEST : CYCLE_MOST) &&
            (it->coarse_change < 1e-3 || (alone && it->coarse_change > 0.1 * before)))
            cycle *= 2;
    }
}

/* A few plain passes and the basins' weights in turn, as long as that gains a factor of two a round. */
static int32_t plain_rounds(bni_iteration *it, double goal)
{
    enum { PASSES = 4 };
    for (double before = INFINITY;;) {
        BNI_TRY(plain_steps(it, PASSES));
        BNI_TRY(bni_rebalance(it));
        double worst = fmax(it->relative, it->coarse_change);
        bni_report_change(it, worst);
        if ((it->relative <= goal && it->coarse_change <= bni_coarse_goal(it)) || worst > 0.5 * before)
            return BINNET_OK;
        before = worst;
    }
}

/* Small probabilities get their digits: the same with the relative change as the norm, until that and the change of the
 * basins' weights are down to rounding or no longer fall. The best law is kept. y is the image of x. */
static int32_t refine_groups(bni_iteration *it)
{
    double goal = 4e-16 * (double)(bni_chain_bits(it->chain) + 4), best = INFINITY;
    size_t cycle = CYCLE_MOST / 2;
    int have_image = 1;
    it->ceiling = 0;
    if (it->groups >= 2 && it->weak && !it->near) {
        bni_accept_image(it);
        BNI_TRY(plain_rounds(it, goal));
        have_image = 0;
    }
    if (it->before != NULL)
        memcpy(it->before, it->x, it->S * sizeof *it->x);
    for (int stale = 0, slow_groups = 0; stale < PATIENCE; stale++) {
        int32_t status;
        if (it->aggregated) {
            status = bni_aggregated_passes(it, BNI_BY_RELATIVE_CHANGE, goal, bni_coarse_goal(it));
        } else {
            status = bni_accelerate(it, cycle, BNI_BY_RELATIVE_CHANGE, goal, have_image);
            if (status == BINNET_OK) {
                double before = it->coarse_change;
                bni_accept_image(it);
                if (it->before != NULL && !it->aggregated && (it->stalled || slow_groups))
                    BNI_TRY(bni_follow_change(it, it->before, 1e-13));
                if (it->before != NULL)
                    memcpy(it->before, it->x, it->S * sizeof *it->x);
                if (it->groups >= 2)
                    status = bni_rebalance(it);
                slow_groups = it->coarse_change > 0.1 * before && it->coarse_change > bni_coarse_goal(it);
            }
        }
        have_image = 0;
        if (it->spent && best <= BNI_CERTIFIED)
            break; /* good enough */
        BNI_TRY(status);
        bni_forget_images(it);
        double worst = fmax(it->relative, it->coarse_change);
        if (worst < best && it->residual <= it->ctx->tolerance) {
            stale = worst < 0.75 * best ? -1 : stale;
            best = worst;
            it->ceiling = worst;
            memcpy(it->best, it->x, it->S * sizeof *it->x);
        }
        if (it->relative <= goal && it->coarse_change <= bni_coarse_goal(it))
            break;
        if (best > BNI_CERTIFIED && stale == PATIENCE - 1 && cycle < CYCLE_MOST * 4) {
            cycle *= 2;
            stale = 0;
        }
    }
    if (it->doubtful > (it->strict ? 1e-288 : 1e-30))
        return bni_fail(it->ctx, BINNET_E_UNDERFLOW,
                        "probabilities that underflow may decide the weight of a basin, up to %.3g", it->doubtful);
    if (!(best <= BNI_CERTIFIED))
        return bni_fail(it->ctx, BINNET_E_NOCONV,
                        "after %llu passes the probabilities change by %.3g, the basins' weights by %.3g (wanted %.3g)",
                        (unsigned long long)it->steps, it->relative, it->coarse_change, BNI_CERTIFIED);
    memcpy(it->x, it->best, it->S * sizeof *it->x);
    return BINNET_OK;
}

/* x becomes the guess when that balances itself within a factor, state by state. Other guesses are no better than a uniform
 * law, and where they are 0 much worse. */
static int32_t try_guess(bni_iteration *it, const double *guess)
{
    const double factor = 16, least = 1e-300;
    double most = 0, smallest = INFINITY, *usual = it->best;
    memcpy(usual, it->x, it->S * sizeof *usual);
    for (size_t s = 0; s < it->S; s++)
        it->x[s] = it->x[s] > 0 ? fmax(guess[s], least) : 0;
    BNI_TRY(bni_normalise_law(it));
    it->guessed = 1; /* whatever goes wrong with it is not the end */
    BNI_TRY(bni_advance_pass(it));
    for (size_t s = 0; s < it->S; s++)
        if (it->x[s] > BNI_TRUSTED || it->y[s] > BNI_TRUSTED) {
            most = fmax(most, it->y[s] / it->x[s]);
            smallest = fmin(smallest, it->y[s] / it->x[s]);
        }
    it->guessed = most <= factor && smallest >= 1 / factor;
    if (!it->guessed) {
        memcpy(it->x, usual, it->S * sizeof *usual);
        it->first_residual = 0;
    }
    return BINNET_OK;
}

/* The laws within the basins, and their weights. */
static int32_t start_from_below(bni_iteration *it)
{
    if (it->chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(bni_count_passes(it, 2 * it->chain->n));
        BNI_TRY(bni_balance_groups(it->ctx, it->balance, it->x, it->group, it->rests));
        BNI_TRY(bni_normalise_law(it));
    } else {
        for (size_t s = 0; s < it->S; s++)
            it->x[s] = it->rests[s];
        BNI_TRY(bni_hold_rests(it));
    }
    it->weak = 1;
    return bni_rebalance(it);
}

/* Synchronous: nearly all weight is where basins rest. A set of states that none of them is in, and that is entered rarely,
 * then begins with nothing and grows, which a relative change shows; from a uniform law it might have any weight, and a change
 * of that too small to see. */
static int32_t start_at_rests(bni_iteration *it)
{
    const double little = 1e-30;
    if (it->chain->update != BINNET_UPDATE_SYNCHRONOUS || !it->chain->unbounded)
        return BINNET_OK;
    for (size_t s = 0; s < it->S; s++)
        it->x[s] = it->rests[s] ? 1 : little;
    return bni_normalise_law(it);
}

/* Where to start from, and how far that is from the law. */
static int32_t start_iteration(bni_iteration *it, const double *guess)
{
    int weak = it->chain->unbounded && it->groups >= 2 && it->slowest < rare;
    if (it->flow_passes == 0 && it->groups > 2 && it->chain->lumped == NULL)
        BNI_TRY(bni_join_by_rests(it));
    if (guess != NULL)
        BNI_TRY(try_guess(it, guess));
    if (it->guessed) {
        it->weak = weak;
        return BINNET_OK;
    }
    if (bni_inner_outer_pays(it, weak)) {
        BNI_TRY(bni_inner_outer(it, &it->near));
        it->weak = it->near || weak;
        if (it->near)
            return bni_advance_pass(it);
    }
    return weak ? start_from_below(it) : start_at_rests(it);
}

/* A guess that is right to some digits only needs the others; y is its image. */
static int32_t approach(bni_iteration *it)
{
    if (!(it->guessed || it->near) || it->relative > BNI_NEAR_ENOUGH)
        BNI_TRY(converge(it));
    else
        bni_course_finish(it->ctx, &it->course);
    return refine_groups(it);
}

/* team: of the step; passes over few states are not shared out. */
static int32_t make_parts(bni_iteration *it, bni_team *team)
{
    binnet_ctx *ctx = it->ctx;
    bni_course_work(ctx, &it->course, 1);
    BNI_TRY(bni_groups_new(it));
    bni_course_work(ctx, &it->course, 1);
    BNI_TRY(bni_step_new_any(ctx, &it->step, it->chain, team, INFINITY));
    BNI_TRY(bni_balance_new(ctx, &it->balance, it->chain, it->step));
    if (!bni_balance_sure(it->balance, it->x))
        return bni_fail(ctx, BINNET_E_UNDERFLOW, "a state is left with a probability below %.3g", BNI_TRUSTED);
    it->memory = bni_new_raw(ctx, laws_for(it->depth) * it->S, sizeof *it->memory);
    if (it->memory == NULL)
        return BINNET_E_NOMEM;
    it->y = it->memory;
    it->best = it->memory + it->S;
    if (it->depth > 0) {
        it->earlier = it->memory + 2 * it->S;
        it->before = it->memory + 3 * it->S;
    }
    BNI_TRY(bni_passes_new(it));
    BNI_TRY(bni_mixing_new(it));
    bni_forget_images(it);
    return BINNET_OK;
}

/* Relative error of the probabilities. A state is out of balance by its last change and by what rounding may hide of it: with n
 * flows in, of three factors, and n out, (2 n + 8) 2^-53. Within a group that adds up along the steps to the states that hold its
 * weight, as the changes do: some tens of passes; in merged groups times what their exchange takes. Parallel stages sum over all
 * states, 256 at a time: (256 + S/256) 2^-53. The weights of k groups are solved for without subtraction, from sums that keep
 * what rounding takes (bni_step_flows): k 2^-50, as by elimination. */
static double told_error(const bni_iteration *it, double unbalanced)
{
    double n = (double)bni_chain_bits(it->chain), seen = fmax(it->aggregated ? 64 : 32, 4 * it->hidden);
    double last = fmax(it->ceiling, unbalanced) + (n + 4) * 0x1p-52;
    double sums = it->chain->update == BINNET_UPDATE_ASYNCHRONOUS ? 0 : 0x1p-45 + (double)it->S * 0x1p-61;
    return (seen * last + sums) / it->merged + (double)it->groups * 0x1p-50;
}

static int32_t iterate(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, int strict,
                       const double *guess, int *guessed, bni_team *team)
{
    bni_iteration it = {.ctx = ctx,
                        .chain = chain,
                        .S = bni_chain_states(chain),
                        .plan = how->plan,
                        .strict = strict,
                        .x = x,
                        .steps = how->steps,
                        .most = how->most,
                        .depth = depth_for(chain, how->plan)};
    it.team = bni_chain_bits(chain) < BNI_THREADED ? NULL : team;
    bni_progress whole = bni_progress_push(ctx);
    bni_course_begin(ctx, &it.course);
    int32_t status = make_parts(&it, team);
    if (status == BINNET_OK)
        status = start_iteration(&it, guess);
    if (status == BINNET_OK)
        status = approach(&it);
    if (status == BINNET_OK)
        status = bni_balance_figures(ctx, it.balance, how, it.y, x);
    if (status == BINNET_OK && !(how->residual <= ctx->tolerance))
        status = bni_fail(ctx, BINNET_E_NOCONV, "after %llu passes the residual is %.3g (tolerance %.3g)",
                          (unsigned long long)it.steps, how->residual, ctx->tolerance);
    if (status == BINNET_OK && !(how->residual_relative <= 10 * BNI_CERTIFIED))
        status = bni_fail(ctx, BINNET_E_NOCONV, "the probabilities are out of balance by %.3g (wanted %.3g)",
                          how->residual_relative, 10 * BNI_CERTIFIED);
    how->balance = told_error(&it, how->residual_relative);
    if (status == BINNET_OK && how->balance > BNI_KNOWN)
        status =
            it.merged < 1
                ? bni_merged_unknown(ctx, how->balance)
                : bni_fail(ctx, BINNET_E_NOCONV,
                           "after %llu passes sets of states that exchange rarely are not told apart: their weights "
                           "are known to %.3g only",
                           (unsigned long long)it.steps, how->balance);
    how->steps = it.steps;
    how->spent = it.spent;
    *guessed = it.guessed;
    bni_progress_pop(ctx, whole);
    free_all(&it);
    return status;
}

int32_t bni_iterate(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, int strict,
                    const double *guess, bni_team *team)
{
    size_t S = bni_chain_states(chain);
    int guessed = 0;
    if (guess == NULL)
        return iterate(ctx, x, how, chain, strict, NULL, &guessed, team);
    double *usual = bni_new_raw(ctx, S, sizeof *usual);
    if (usual == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_copy_bytes(ctx, usual, x, S, sizeof *usual);
    if (status == BINNET_OK)
        status = iterate(ctx, x, how, chain, strict, guess, &guessed, team);
    if (guessed && (status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW)) {
        memcpy(x, usual, S * sizeof *usual);
        status = iterate(ctx, x, how, chain, strict, NULL, &guessed, team);
    }
    bni_delete(&ctx->mem, usual);
    return status;
}
