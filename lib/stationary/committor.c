/*
 * Committors: q = P q outside of A and B, 0 in A, 1 in B.
 *
 * Few states: they are eliminated one by one, A and B being two more columns (Grassmann, Taksar & Heyman 1985): q and 1 - q come
 * from sums of non-negative terms. Perturbing each transition by a factor 1 + x moves q(s) by a factor of at most about 1 + 2 m x
 * (O'Cinneide, Numer. Math. 65 (1993) 109), and the elimination itself is like a perturbation by some m 2^-53.
 * Many: GMRES. Where t >= 0 has (I - P) t >= 1 - rho > 0 outside of A and B, every residual of q up to r makes an error of at most
 * r max t / (1 - rho): I - P restricted is an M-matrix.
 */
#include "stationary/committor.h"

#include "binnet/spectrum.h"
#include "num/gmres.h"
#include "num/vectors.h"

#include <math.h>
#include <string.h>

enum { ELIMINATED = 1024, RESTART = 30, PATIENCE = 4, IN_A = 0, IN_B = 1, FREE = 2, BETWEEN_POLLS = 1 << 16 };

typedef struct committor {
    const binnet_chain *chain;
    size_t S, free;
    unsigned char *part; /* [S]: IN_A, IN_B or FREE */
    /* elimination: [free] states, [free][free + 2] transitions to them, to A and to B, [free] what leaves; [S] a row */
    size_t *state;
    double *P, *out, *row;
    int eliminate;
    /* iteration: [S] each */
    bni_expectation *e;
    double *b, *image, *scratch, *t;
    bni_gmres g;
    uint64_t steps;
    bni_course course;
} committor;

static void list_committor(bni_plan *plan, void *object)
{
    committor *c = object;
    double m = (double)c->free, S = (double)c->S;
    BNI_BUFFER(plan, c->part, S);
    if (c->eliminate) {
        BNI_BUFFER(plan, c->state, m);
        BNI_BUFFER(plan, c->P, m * (m + 2));
        BNI_BUFFER(plan, c->out, m);
        BNI_BUFFER(plan, c->row, S);
        return;
    }
    BNI_BUFFER(plan, c->b, S);
    BNI_BUFFER(plan, c->image, S);
    BNI_BUFFER(plan, c->scratch, S);
    BNI_BUFFER(plan, c->t, S);
    bni_gmres_buffers(plan, &c->g);
}

double bni_transition_rounding(const binnet_chain *chain)
{
    return (4 * ((double)chain->n + 20) + 2 * chain->sensitivity) * 0x1p-53;
}

/* --- elimination --- */

static int32_t fill_transitions(binnet_ctx *ctx, committor *c)
{
    size_t m = c->free, width = m + 2, at = 0;
    for (size_t s = 0; s < c->S; s++)
        if (c->part[s] == FREE)
            c->state[at++] = s;
    for (size_t i = 0; i < m; i++) {
        double *to = c->P + i * width;
        BNI_TRY(bni_chain_fill_row(ctx, c->row, c->chain, c->state[i]));
        to[m] = to[m + 1] = 0;
        at = 0;
        for (size_t s = 0; s < c->S; s++) {
            if (c->part[s] == FREE)
                to[at++] = c->row[s];
            else
                to[m + c->part[s]] += c->row[s];
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t eliminate_states(binnet_ctx *ctx, committor *c)
{
    size_t m = c->free, width = m + 2;
    for (size_t k = m; k-- > 0;) {
        double *row = c->P + k * width, sum = row[m] + row[m + 1];
        for (size_t j = 0; j < k; j++)
            sum += row[j];
        if (!(sum > 0))
            return bni_fail(ctx, BINNET_E_REDUCIBLE, "from state %zu neither of the sets is ever reached", c->state[k]);
        if (!(sum >= 1e-290))
            return bni_fail(ctx, BINNET_E_NOCONV, "a set of states is left with a probability of %.3g only", sum);
        c->out[k] = sum;
        for (size_t i = 0; i < k; i++) {
            double *to = c->P + i * width, by = to[k] / sum;
            if (by == 0)
                continue;
            for (size_t j = 0; j < k; j++)
                to[j] += by * row[j];
            to[m] += by * row[m];
            to[m + 1] += by * row[m + 1];
        }
        BNI_TRY(bni_poll(ctx, 1 - pow((double)k / (double)m, 3)));
    }
    return BINNET_OK;
}

/* q of the free states, and 1 - q of them in c->out. */
static int32_t committor_by_elimination(binnet_ctx *ctx, double *q, double *error, committor *c)
{
    size_t m = c->free, width = m + 2;
    BNI_TRY(fill_transitions(ctx, c));
    BNI_TRY(eliminate_states(ctx, c));
    for (size_t k = 0; k < m; k++) {
        const double *row = c->P + k * width;
        double to_a = row[m], to_b = row[m + 1];
        for (size_t j = 0; j < k; j++) {
            to_a += row[j] * c->out[j]; /* out now holds 1 - q of those before */
            to_b += row[j] * q[c->state[j]];
        }
        c->out[k] = to_a / (to_a + to_b);
        q[c->state[k]] = to_b / (to_a + to_b);
        BNI_TRY(bni_poll(ctx, 1));
    }
    *error = 2 * (double)m * (bni_transition_rounding(c->chain) + (double)m * 0x1p-53);
    return BINNET_OK;
}

static void split_states(committor *c, const int32_t *set, int32_t a, int32_t b)
{
    for (size_t s = 0; s < c->S; s++)
        c->part[s] = set[s] == a ? IN_A : set[s] == b ? IN_B : FREE;
}

double bni_committor_bytes(size_t n)
{
    committor c = {.S = (size_t)1 << n, .free = (size_t)1 << n, .eliminate = 1};
    return bni_plan_bytes(list_committor, &c);
}

int32_t bni_committor(binnet_ctx *ctx, double *q, double *rest, const binnet_chain *chain, size_t a, size_t b)
{
    committor c = {.chain = chain, .S = (size_t)1 << chain->n, .eliminate = 1};
    double error;
    c.free = c.S - 2;
    BNI_TRY(bni_plan_make(ctx, list_committor, &c));
    for (size_t s = 0; s < c.S; s++)
        c.part[s] = s == a ? IN_A : s == b ? IN_B : FREE;
    int32_t status = committor_by_elimination(ctx, q, &error, &c);
    for (size_t k = 0; k < c.free && status == BINNET_OK; k++)
        rest[c.state[k]] = c.out[k];
    q[a] = rest[b] = 0;
    q[b] = rest[a] = 1;
    bni_plan_release(&ctx->mem, list_committor, &c);
    return status;
}

/* --- iteration --- */

/* y = (I - P) x on the free states. */
static int32_t apply_restricted(binnet_ctx *ctx, committor *c, double *y, const double *x)
{
    bni_course_work(ctx, &c->course, 1);
    BNI_TRY(bni_expectation_apply(ctx, c->e, y, x, c->scratch));
    for (size_t s = 0; s < c->S; s++)
        y[s] = c->part[s] == FREE ? x[s] - y[s] : 0;
    c->steps++;
    return bni_poll(ctx, 1);
}

static int32_t apply_to_basis(binnet_ctx *ctx, void *of, double *y, size_t k)
{
    committor *c = of;
    return apply_restricted(ctx, c, y, c->g.basis + k * c->S);
}

/* (I - P) x = b on the free states, until the largest entry of the residual, *left, is `goal` of that of b, falls no longer, or
 * BINNET_P_MAX_ITERATIONS steps are done: whether it is small enough the caller judges. */
static int32_t solve_restricted(binnet_ctx *ctx, committor *c, double *x, double *left, double goal)
{
    double size = bni_largest_entry(c->b, c->S), before = INFINITY, *rest = c->g.basis;
    BNI_TRY(bni_clear(ctx, x, c->S, sizeof *x));
    c->steps = 0;
    bni_course_begin(ctx, &c->course);
    for (int stale = 0;;) {
        size_t used;
        BNI_TRY(apply_restricted(ctx, c, rest, x));
        for (size_t s = 0; s < c->S; s++)
            rest[s] = c->b[s] - rest[s];
        *left = bni_largest_entry(rest, c->S);
        stale = *left <= 0.5 * before ? 0 : stale + 1;
        bni_course_way(&c->course, *left, size, goal * size, 1);
        if (*left <= goal * size || stale >= PATIENCE || c->steps >= (uint64_t)ctx->max_iterations)
            return BINNET_OK;
        before = *left;
        BNI_TRY(bni_gmres_cycle(ctx, &c->g, &used, apply_to_basis, c, RESTART, 0));
        BNI_TRY(bni_gmres_add(ctx, &c->g, x, used));
    }
}

static int32_t committor_by_iteration(binnet_ctx *ctx, double *q, double *error, committor *c)
{
    double left, rho, longest = 0, least = 0, rounding = bni_transition_rounding(c->chain);
    for (size_t s = 0; s < c->S; s++)
        c->b[s] = c->part[s] == FREE;
    bni_span(ctx, 0, 0.5);
    BNI_TRY(solve_restricted(ctx, c, c->t, &rho, 1e-4));
    for (size_t s = 0; s < c->S; s++) {
        longest = fmax(longest, c->t[s]);
        least = fmin(least, c->t[s]);
    }
    rho += rounding * longest;
    if (!(rho <= 0.5) || least < 0)
        return bni_fail(ctx, BINNET_E_NOCONV,
                        "the times until either set is reached, about %.3g steps, are known to %.2g only", longest,
                        rho);
    for (size_t s = 0; s < c->S; s++)
        c->image[s] = c->part[s] == IN_B;
    BNI_TRY(bni_expectation_apply(ctx, c->e, c->b, c->image, c->scratch));
    for (size_t s = 0; s < c->S; s++)
        c->b[s] = c->part[s] == FREE ? c->b[s] : 0;
    bni_span(ctx, 0.5, 1);
    BNI_TRY(solve_restricted(ctx, c, q, &left, 1e-15));
    *error = (left + rounding) * longest / (1 - rho);
    if (!(*error <= 1e-6))
        return bni_fail(ctx, BINNET_E_NOCONV, "the committor is known to %.2g only: sets are reached after %.3g steps",
                        *error, longest);
    for (size_t s = 0; s < c->S; s++)
        q[s] = q[s] < 0 ? 0 : q[s] > 1 ? 1 : q[s];
    return BINNET_OK;
}

/* --- the call --- */

static int32_t check_sets(binnet_ctx *ctx, size_t *count_free, const int32_t *set, size_t len, int32_t a, int32_t b)
{
    size_t count[3] = {0};
    if (a == b)
        return bni_fail(ctx, BINNET_E_RANGE, "the two sets are one, number %d", (int)a);
    for (size_t s = 0; s < len; s++)
        count[set[s] == a ? IN_A : set[s] == b ? IN_B : FREE]++;
    for (int which = 0; which < 2; which++)
        if (count[which] == 0)
            return bni_fail(ctx, BINNET_E_RANGE, "no state is in set %d", (int)(which == IN_A ? a : b));
    *count_free = count[FREE];
    return BINNET_OK;
}

int32_t binnet_chain_committor(binnet_ctx *ctx, double *q, double *error, size_t len, const binnet_chain *chain,
                               const int32_t *set, int32_t a, int32_t b)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, q, "q"));
    BNI_TRY(bni_need(ctx, set, "set"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "committors"));
    BNI_TRY(bni_chain_check(ctx, chain, q, len));
    committor c = {.chain = chain, .S = len, .g = {.n = len, .directions = RESTART}};
    BNI_TRY(check_sets(ctx, &c.free, set, len, a, b));
    c.eliminate = ctx->method == BINNET_METHOD_GTH || (ctx->method == BINNET_METHOD_AUTO && c.free <= ELIMINATED);
    double answer = 8 * (double)len, bytes = bni_plan_bytes(list_committor, &c) + answer;
    int workers = c.eliminate || chain->n < BNI_THREADED ? 1 : (int)ctx->threads;
    if (!c.eliminate)
        bytes += bni_expectation_bytes(chain, workers) + bni_team_bytes(workers);
    BNI_TRY(bni_need_memory(ctx, bytes, "the committor"));
    BNI_TRY(bni_plan_make(ctx, list_committor, &c));
    bni_team *team = NULL;
    double bound = 0, *found = bni_new_raw(ctx, len, sizeof *found);
    int32_t status = found == NULL ? BINNET_E_NOMEM : BINNET_OK;
    split_states(&c, set, a, b);
    if (status == BINNET_OK && c.free > 0) {
        if (!c.eliminate)
            status = bni_team_new(ctx, &team, workers);
        c.g.team = team;
        if (!c.eliminate && status == BINNET_OK)
            status = bni_expectation_new(ctx, &c.e, chain, team);
        if (status == BINNET_OK)
            status = (c.eliminate ? committor_by_elimination : committor_by_iteration)(ctx, found, &bound, &c);
    }
    for (size_t s = 0; s < len && status == BINNET_OK; s++) {
        q[s] = c.part[s] == FREE ? found[s] : c.part[s];
        if (s % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, 1);
    }
    if (status == BINNET_OK && error != NULL)
        *error = bound;
    bni_delete(&ctx->mem, found);
    bni_expectation_free(c.e);
    bni_team_free(team);
    bni_plan_release(&ctx->mem, list_committor, &c);
    return status;
}
