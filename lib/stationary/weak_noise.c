/*
 * Stationary laws of chains whose balance hangs on probabilities below the range of double: elimination, and for more states
 * balancing state by state with the weights of the basins solved for in between. Both in wide numbers (num/wide.h).
 * Asynchronous flips change the parity of a state, so the even states are balanced by the odd ones and these by the even
 * ones: Gauss-Seidel in red and black. Source: Koury, McAllister & Stewart, SIAM J. Algebr. Discr. Meth. 5 (1984) 164.
 */
#include "stationary/wide.h"

#include <math.h>
#include <string.h>

enum { PASSES_LEAST = 4, PASSES_MOST = 64, ROUNDS_STALE = 12 };
/* Groups times states up to which a start within the groups is worth its time. */
enum { START_MOST = 1 << 24 };

/* The changes of a pass and of the basins' weights are driven down to the first, and must be below the second at the end. */
static const double goal = 2e-14, certified = 1e-11;

double bni_eliminate_wide_bytes(const binnet_chain *chain, double states)
{
    double S = (double)((size_t)1 << chain->n);
    return 16 * (states * states + states + 2 * S) + bni_transitions_bytes(chain);
}

int32_t bni_eliminate_wide(binnet_ctx *ctx, double *x, const binnet_chain *chain, const unsigned char *keep)
{
    size_t S = (size_t)1 << chain->n, members = 0;
    for (size_t s = 0; s < S; s++)
        members += keep == NULL || keep[s];
    bni_transitions t;
    int32_t status = bni_transitions_new(ctx, &t, chain);
    double *memory = status == BINNET_OK ? bni_new_raw(ctx, 2 * (members * members + members) + 4 * S, sizeof *memory)
                                         : NULL;
    if (status == BINNET_OK && memory == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK) {
        bni_wide_vector P = {memory, memory + members * members};
        bni_wide_vector pi = {P.e + members * members, P.e + members * members + members};
        bni_wide_vector row = {pi.e + members, pi.e + members + S}, scratch = {row.e + S, row.e + 2 * S};
        for (size_t s = 0, r = 0; s < S && status == BINNET_OK; s++) {
            if (keep != NULL && !keep[s])
                continue;
            status = bni_transitions_row(&t, &row, &scratch, s);
            for (size_t v = 0, c = 0; v < S; v++)
                if (keep == NULL || keep[v]) {
                    P.m[r * members + c] = row.m[v];
                    P.e[r * members + c] = row.e[v];
                    c++;
                }
            r++;
        }
        if (status == BINNET_OK)
            status = bni_gth_wide(ctx, pi.m, pi.e, members, P.m, P.e);
        for (size_t s = 0, r = 0; s < S && status == BINNET_OK; s++) {
            int in = keep == NULL || keep[s];
            x[s] = in ? bni_wide_double((bni_wide){pi.m[r], pi.e[r]}) : 0;
            r += (size_t)in;
        }
    }
    bni_delete(&ctx->mem, memory);
    bni_transitions_free(&t);
    return status;
}

typedef struct balance {
    binnet_ctx *ctx;
    bni_transitions t;
    const unsigned char *keep;
    double *memory;
    bni_wide_vector x, y, scratch[2], flow, weight, solved;
    double *rest; /* [groups^2] of sums */
    int32_t *group;
    size_t groups;
    unsigned char *rests;         /* [states]: the state of a basin that is left least */
    double merged;                /* as of bni_basins */
    double change, coarse_change; /* largest relative change of the last pass, of the basins' weights */
    uint64_t steps;
    bni_course course;
} balance;

double bni_iterate_wide_bytes(const binnet_chain *chain)
{
    double S = (double)((size_t)1 << chain->n), k = S < BNI_GROUPS ? S : BNI_GROUPS;
    return 16 * 4 * S + 5 * S + 8 * (3 * k * k + 4 * k) + bni_basins_bytes(chain) + bni_transitions_bytes(chain);
}

/* |a/b - 1|, 0 where both are 0. */
static double relative_change(bni_wide a, bni_wide b)
{
    if (!(a.m > 0) && !(b.m > 0))
        return 0;
    return fabs(bni_wide_ratio(a, b) - 1);
}

/* A pass; hold: the states of rest keep their weight. */
static int32_t balance_states(balance *b, int hold)
{
    if (b->steps >= (uint64_t)b->ctx->max_iterations)
        return bni_fail(b->ctx, BINNET_E_NOCONV,
                        "after %llu passes, all that BINNET_P_MAX_ITERATIONS allows, the probabilities change by %.3g",
                        (unsigned long long)b->steps, b->change);
    bni_course_work(b->ctx, &b->course, 1);
    BNI_TRY(bni_transitions_balance(&b->t, &b->y, b->x, b->scratch));
    b->steps++;
    b->change = 0;
    for (size_t s = 0; s < b->t.states; s++) {
        if (hold && b->rests[s]) {
            b->y.m[s] = b->x.m[s];
            b->y.e[s] = b->x.e[s];
        }
        if (b->keep != NULL && !b->keep[s]) {
            b->y.m[s] = 0;
            b->y.e[s] = BNI_WIDE_ZERO_EXPONENT;
            continue;
        }
        double change = relative_change((bni_wide){b->y.m[s], b->y.e[s]}, (bni_wide){b->x.m[s], b->x.e[s]});
        b->change = change > b->change ? change : b->change;
    }
    bni_wide_vector swap = b->x;
    b->x = b->y;
    b->y = swap;
    return BINNET_OK;
}

/* Weights of the basins from the flows between them. */
static int32_t balance_basins(balance *b)
{
    size_t k = b->groups, S = b->t.states, used = 0;
    bni_course_work(b->ctx, &b->course, b->t.chain->update == BINNET_UPDATE_ASYNCHRONOUS ? 1 : (double)k);
    BNI_TRY(bni_transitions_flows(&b->t, b->flow, b->rest, k, b->group, b->x, b->scratch));
    bni_wide_clear(b->weight, k);
    memset(b->rest, 0, k * sizeof *b->rest);
    for (size_t s = 0; s < S; s++)
        bni_wide_gather(b->weight, b->rest, (size_t)b->group[s], bni_wide_get(b->x, s));
    bni_wide_close(b->weight, b->rest, k);
    /* groups without members of the class are left out */
    for (size_t a = 0; a < k; a++) {
        if (!(b->weight.m[a] > 0))
            continue;
        size_t to = 0;
        for (size_t c = 0; c < k; c++) {
            if (!(b->weight.m[c] > 0))
                continue;
            bni_wide f = bni_wide_div((bni_wide){b->flow.m[a * k + c], b->flow.e[a * k + c]},
                                      (bni_wide){b->weight.m[a], b->weight.e[a]});
            b->flow.m[used * k + to] = f.m;
            b->flow.e[used * k + to] = f.e;
            to++;
        }
        used++;
    }
    for (size_t a = 1; a < used; a++)
        for (size_t c = 0; c < used; c++) {
            b->flow.m[a * used + c] = b->flow.m[a * k + c];
            b->flow.e[a * used + c] = b->flow.e[a * k + c];
        }
    BNI_TRY(bni_gth_wide(b->ctx, b->solved.m, b->solved.e, used, b->flow.m, b->flow.e));
    b->coarse_change = 0;
    for (size_t a = 0, u = 0; a < k; a++) {
        bni_wide old = {b->weight.m[a], b->weight.e[a]};
        if (!(old.m > 0))
            continue;
        bni_wide new = {b->solved.m[u], b->solved.e[u]}, factor = bni_wide_div(new, old);
        u++;
        b->weight.m[a] = factor.m;
        b->weight.e[a] = factor.e;
    }
    /* the total of x is not kept: changes are seen from the mean factor */
    bni_wide total = bni_wide_sum(b->x.m, b->x.e, S);
    for (size_t a = 0; a < k; a++)
        if (b->weight.m[a] > 0) {
            double change = relative_change(bni_wide_mul((bni_wide){b->weight.m[a], b->weight.e[a]}, total),
                                            bni_wide_one);
            b->coarse_change = change > b->coarse_change ? change : b->coarse_change;
        }
    for (size_t s = 0; s < S; s++) {
        size_t g = (size_t)b->group[s];
        bni_wide v = bni_wide_mul((bni_wide){b->x.m[s], b->x.e[s]}, (bni_wide){b->weight.m[g], b->weight.e[g]});
        b->x.m[s] = v.m;
        b->x.e[s] = v.e;
    }
    return BINNET_OK;
}

static int32_t balance_all(balance *b)
{
    size_t passes = PASSES_LEAST;
    double best = INFINITY;
    for (int stale = 0;; stale++) {
        /* new weights first reach the saddles: what is there came from several basins and was scaled with one */
        for (size_t p = 0; p < b->t.chain->n && b->coarse_change > 0.1; p++)
            BNI_TRY(balance_states(b, 1));
        for (size_t p = 0; p < passes; p++) {
            BNI_TRY(balance_states(b, 0));
            if (p > 0 && b->change <= goal)
                break;
        }
        if (b->groups >= 2)
            BNI_TRY(balance_basins(b));
        double worst = b->change > b->coarse_change ? b->change : b->coarse_change;
        bni_course_way(&b->course, worst, 1, goal, 1);
        if (worst < 0.5 * best) {
            best = worst;
            stale = 0;
        }
        if (worst <= goal || (stale >= ROUNDS_STALE && worst <= certified))
            return BINNET_OK;
        if (stale >= ROUNDS_STALE && passes == PASSES_MOST)
            return bni_fail(
                b->ctx, BINNET_E_NOCONV,
                "after %llu passes the probabilities change by %.3g, the basins' weights by %.3g (wanted %.3g)",
                (unsigned long long)b->steps, b->change, b->coarse_change, certified);
        if (stale > 2 && passes < PASSES_MOST)
            passes *= 2;
    }
}

int32_t bni_iterate_wide(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain,
                         const unsigned char *keep)
{
    size_t S = (size_t)1 << chain->n;
    balance b = {.ctx = ctx, .keep = keep, .steps = how->steps};
    bni_progress whole = bni_progress_push(ctx);
    bni_course_begin(ctx, &b.course);
    int32_t status = bni_transitions_new(ctx, &b.t, chain);
    if (status == BINNET_OK) {
        b.group = bni_new_raw(ctx, S, sizeof *b.group);
        b.rests = bni_new_raw(ctx, S, 1);
        status = b.group == NULL || b.rests == NULL
                     ? BINNET_E_NOMEM
                     : bni_basins(ctx, b.group, &b.groups, b.rests, &b.merged, NULL, chain);
    }
    if (status == BINNET_OK) {
        size_t k = b.groups;
        b.memory = bni_new_raw(ctx, 8 * S + 3 * k * k + 4 * k, sizeof *b.memory);
        status = b.memory == NULL ? BINNET_E_NOMEM : BINNET_OK;
    }
    if (status == BINNET_OK) {
        double *at = b.memory;
        bni_wide_vector *all[] = {&b.x, &b.y, &b.scratch[0], &b.scratch[1], &b.flow, &b.weight, &b.solved};
        for (size_t k = 0; k < 7; k++) {
            size_t length = k < 4 ? S : k == 4 ? b.groups * b.groups : b.groups;
            all[k]->m = at;
            all[k]->e = at + length;
            at += 2 * length;
        }
        b.rest = at;
        for (size_t s = 0; s < S; s++) {
            bni_wide v = keep == NULL || keep[s] ? bni_wide_one : bni_wide_zero;
            b.x.m[s] = v.m;
            b.x.e[s] = v.e;
        }
        bni_wide_clear(b.y, S);
        status = bni_transitions_meet(&b.t, b.scratch);
    }
    if (status == BINNET_OK && chain->unbounded && b.groups * S <= START_MOST) {
        status = bni_transitions_groups(&b.t, &b.x, &b.y, b.groups, b.group, b.rests, b.scratch);
        if (status == BINNET_OK && b.groups >= 2)
            status = balance_basins(&b);
    }
    if (status == BINNET_OK) {
        status = balance_all(&b);
    }
    if (status == BINNET_OK) {
        bni_wide total = bni_wide_sum(b.x.m, b.x.e, S);
        for (size_t s = 0; s < S; s++)
            x[s] = bni_wide_double(bni_wide_div((bni_wide){b.x.m[s], b.x.e[s]}, total));
        how->steps = b.steps;
        how->balance = (32 * (b.change + b.coarse_change + (double)(chain->n + 4) * 0x1p-52) + 0x1p-45) / b.merged +
                       (double)b.groups * 0x1p-50; /* as bni_iterate */
        if (how->balance > BNI_KNOWN)
            status = bni_merged_unknown(ctx, how->balance);
    }
    bni_progress_pop(ctx, whole);
    bni_delete(&ctx->mem, b.memory);
    bni_delete(&ctx->mem, b.group);
    bni_delete(&ctx->mem, b.rests);
    bni_transitions_free(&b.t);
    return status;
}
