/*
 * (I - P) g = b with E b = 0 in the stationary law, g given up to a constant, on the states the law has weight on.
 * Few states: elimination without subtraction (Grassmann, Taksar & Heyman 1985) with g = 0 at the most probable state. What
 * is computed is then, entry by entry, within some m 2^-53 of E sum |b| until that state is met (O'Cinneide, Numer. Math. 65
 * (1993) 109), which is found by the same elimination: the error bound.
 * Many: GMRES with restarts (Saad & Schultz 1986), by y = P x; the error is estimated from the residual and the largest answer to
 * a residual so far. Neurons updated one at a time: preconditioned from the right as if they did not hear each other.
 * Source: Schweitzer, J. Appl. Prob. 5 (1968) 401; THEORY 3.
 */
#include "law/poisson.h"

#include "num/gmres.h"
#include "num/vectors.h"

#include <math.h>
#include <string.h>

enum { ELIMINATED = 1024, RESTART = 30 };

struct bni_poisson {
    bni_allocator mem;
    const binnet_chain *chain;
    const binnet_law *law;
    bni_team *team;
    bni_expectation *e;
    size_t n, S;
    int workers, eliminate, preconditioned;
    double target; /* of the residual's norm; 0: its largest entry is small */
    double norm;   /* of the error of the last answer: an estimate */
    /* elimination: the states with weight, the most probable one first */
    size_t m;
    size_t *state;
    double *P, *out; /* [m][m]: P_ij / out_j above the diagonal, P_ij below; out[i]: what leaves i to those before it */
    double *b;       /* [m] */
    /* iteration */
    bni_gmres g;
    uint64_t steps;
    double *scratch;         /* [S]; while eliminating, a row */
    bni_independent inverse; /* the preconditioner of neurons updated one at a time, and its memory */
    double *inverse_memory;
};

static int solves_by_elimination(const binnet_ctx *ctx, size_t n)
{
    return ctx->method == BINNET_METHOD_GTH || (ctx->method == BINNET_METHOD_AUTO && (size_t)1 << n <= ELIMINATED);
}

static void list_poisson(bni_plan *plan, void *poisson)
{
    bni_poisson *p = poisson;
    double S = (double)p->S;
    BNI_BUFFER(plan, p->scratch, S);
    if (p->eliminate) {
        BNI_ZEROS(plan, p->state, S);
        BNI_BUFFER(plan, p->P, S * S);
        BNI_BUFFER(plan, p->out, S);
        BNI_BUFFER(plan, p->b, S);
        return;
    }
    bni_gmres_buffers(plan, &p->g);
    if (p->preconditioned)
        BNI_BUFFER(plan, p->inverse_memory, bni_independent_doubles(p->n, p->workers));
}

/* Of a chain of n of its neurons: the numbers alone. */
static bni_poisson poisson_numbers(const binnet_ctx *ctx, const binnet_chain *chain, size_t n)
{
    size_t S = (size_t)1 << n;
    return (bni_poisson){.mem = ctx->mem,
                         .chain = chain,
                         .n = n,
                         .S = S,
                         .workers = chain->n < BNI_THREADED ? 1 : (int)ctx->threads,
                         .eliminate = solves_by_elimination(ctx, n),
                         .preconditioned = chain->update == BINNET_UPDATE_ASYNCHRONOUS,
                         .g = {.n = S, .directions = RESTART}};
}

double bni_poisson_part_bytes(const binnet_ctx *ctx, const binnet_chain *chain, size_t n)
{
    bni_poisson p = poisson_numbers(ctx, chain, n);
    return (double)sizeof p + bni_team_bytes(p.workers) + bni_expectation_bytes(chain, p.workers) +
           bni_plan_bytes(list_poisson, &p) + (p.eliminate ? 0 : bni_sum_blocks_bytes(n));
}

double bni_poisson_bytes(const binnet_ctx *ctx, const binnet_chain *chain)
{
    return bni_poisson_part_bytes(ctx, chain, chain->n);
}

void bni_poisson_free(bni_poisson *p)
{
    if (p == NULL)
        return;
    bni_allocator mem = p->mem;
    bni_expectation_free(p->e);
    bni_team_free(p->team);
    bni_plan_release(&mem, list_poisson, p);
    bni_delete(&mem, p);
}

bni_expectation *bni_poisson_expectation(const bni_poisson *p)
{
    return p->e;
}

void bni_poisson_aim(bni_poisson *p, double residual)
{
    p->target = residual;
}

double bni_poisson_error_norm(const bni_poisson *p)
{
    return p->eliminate ? INFINITY : p->norm;
}

/* --- elimination --- */

static int32_t fill_matrix(binnet_ctx *ctx, bni_poisson *p)
{
    double *row = p->scratch;
    size_t first = 0;
    for (size_t s = 0; s < p->S; s++)
        if (p->law->p[s] > 0) {
            first = p->law->p[s] > p->law->p[p->state[first]] || p->m == 0 ? p->m : first;
            p->state[p->m++] = s;
        }
    size_t top = p->state[first];
    p->state[first] = p->state[0];
    p->state[0] = top;
    for (size_t i = 0; i < p->m; i++) {
        BNI_TRY(bni_chain_fill_row(ctx, row, p->chain, p->state[i]));
        for (size_t j = 0; j < p->m; j++)
            p->P[i * p->m + j] = row[p->state[j]];
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t eliminate_weighted(binnet_ctx *ctx, bni_poisson *p)
{
    size_t m = p->m;
    for (size_t k = m; k-- > 1;) {
        double *row = p->P + k * m, sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += row[j];
        if (!(sum >= 1e-290))
            return bni_fail(ctx, BINNET_E_NOCONV, "a set of states is left with a probability of %.3g only", sum);
        p->out[k] = sum;
        for (size_t i = 0; i < k; i++) {
            double *to = p->P + i * m, by = to[k] /= sum;
            if (by == 0)
                continue;
            for (size_t j = 0; j < k; j++)
                to[j] += by * row[j];
        }
        BNI_TRY(bni_poll(ctx, 1 - pow((double)k / (double)m, 3)));
    }
    return BINNET_OK;
}

/* g of b on the states of the list, g = 0 elsewhere. */
static int32_t back_substitute(binnet_ctx *ctx, bni_poisson *p, double *g, const double *b)
{
    size_t m = p->m;
    double *x = p->b;
    for (size_t i = 0; i < m; i++)
        x[i] = b[p->state[i]];
    for (size_t i = m - 1; i-- > 0;)
        for (size_t k = m; k-- > i + 1;)
            x[i] += p->P[i * m + k] * x[k];
    BNI_TRY(bni_poll(ctx, 1));
    x[0] = 0;
    for (size_t k = 1; k < m; k++) {
        for (size_t j = 0; j < k; j++)
            x[k] += p->P[k * m + j] * x[j];
        x[k] /= p->out[k];
    }
    BNI_TRY(bni_clear(ctx, g, p->S, sizeof *g));
    for (size_t i = 0; i < m; i++)
        g[p->state[i]] = x[i];
    return bni_poll(ctx, 1);
}

/* --- iteration --- */

/* x - E x on the states with weight, 0 elsewhere. */
static int32_t centre(binnet_ctx *ctx, const bni_poisson *p, double *x)
{
    double mean = 0, all = 0;
    for (size_t s = 0; s < p->S; s++) {
        mean += p->law->p[s] * x[s];
        all += p->law->p[s];
    }
    BNI_TRY(bni_poll(ctx, 1));
    for (size_t s = 0; s < p->S; s++)
        x[s] = p->law->p[s] > 0 ? x[s] - mean / all : 0;
    return bni_poll(ctx, 1);
}

static int32_t open_preconditioner(binnet_ctx *ctx, bni_poisson *p)
{
    bni_sides sides;
    BNI_TRY(bni_law_sides(ctx, &sides, p->law));
    bni_independent_open(&p->inverse, p->inverse_memory, p->chain->n, p->chain->select, &sides);
    return BINNET_OK;
}

/* x, or near to (I - P)^-1 x; anything on the states without weight, which the others do not lead to. */
static int32_t precondition(binnet_ctx *ctx, bni_poisson *p, double *x)
{
    return p->preconditioned ? bni_independent_solve(ctx, &p->inverse, p->team, x) : BINNET_OK;
}

/* y = (I - P) x, centred. */
static int32_t residual_part(binnet_ctx *ctx, bni_poisson *p, double *y, const double *x)
{
    BNI_TRY(bni_expectation_apply(ctx, p->e, y, x, p->scratch));
    for (size_t s = 0; s < p->S; s++)
        y[s] = x[s] - y[s];
    return centre(ctx, p, y);
}

/* y = (I - P) z_k, z_k: what the preconditioner makes of basis vector k. */
static int32_t apply_preconditioned(binnet_ctx *ctx, void *poisson, double *y, size_t k)
{
    bni_poisson *p = poisson;
    const double *x = p->g.basis + k * p->S;
    if (p->preconditioned) { /* its steps leave the scratch alone */
        BNI_TRY(bni_copy_bytes(ctx, p->scratch, x, p->S, sizeof *x));
        BNI_TRY(precondition(ctx, p, p->scratch));
        x = p->scratch;
    }
    p->steps++;
    return residual_part(ctx, p, y, x);
}

/* The residual is in basis[0]; g receives what was found. *answer: its size over the residual's, the norm. */
static int32_t add_correction(binnet_ctx *ctx, bni_poisson *p, double *g, double *answer, double norm, double enough)
{
    uint64_t most = (uint64_t)ctx->max_iterations - p->steps;
    size_t used;
    BNI_TRY(
        bni_gmres_cycle(ctx, &p->g, &used, apply_preconditioned, p, most < RESTART ? (size_t)most : RESTART, enough));
    *answer = 0;
    if (used == 0)
        return BINNET_OK;
    double *found = p->g.basis + used * p->S; /* its place is free */
    BNI_TRY(bni_clear(ctx, found, p->S, sizeof *found));
    BNI_TRY(bni_gmres_add(ctx, &p->g, found, used));
    BNI_TRY(precondition(ctx, p, found));
    *answer = sqrt(bni_dot(found, found, p->S)) / norm;
    for (size_t s = 0; s < p->S; s++)
        g[s] += found[s];
    return bni_poll(ctx, 1);
}

/* Until the residual is down to rounding, or where its norm is given to that; *error: an estimate of the largest error of g. */
static int32_t iterate_poisson(binnet_ctx *ctx, bni_poisson *p, double *g, double *error, const double *b)
{
    enum { SAFETY = 16, PATIENCE = 4 };
    double *r = p->g.basis, answer = 1, done = 0, before = INFINITY, size = bni_largest_entry(b, p->S);
    double least = 1e-13 * size, root = sqrt((double)p->S), start = size;
    if (p->target > 0) {
        start = sqrt(bni_dot(b, b, p->S));
        least = fmax(2e-14 * size * root, p->target); /* what rounding leaves in most entries, some times */
    }
    p->steps = 0;
    BNI_TRY(bni_clear(ctx, g, p->S, sizeof *g));
    bni_progress whole = bni_progress_push(ctx);
    for (int stale = 0;;) {
        bni_progress_parts(ctx, whole, done, 0, 1);
        if (p->steps == 0)
            BNI_TRY(bni_copy_bytes(ctx, r, b, p->S, sizeof *r));
        else
            BNI_TRY(residual_part(ctx, p, r, g));
        for (size_t s = 0; s < p->S && p->steps > 0; s++)
            r[s] = b[s] - r[s];
        BNI_TRY(centre(ctx, p, r));
        double norm = sqrt(bni_dot(r, r, p->S)), most = bni_largest_entry(g, p->S), now;
        double left = p->target > 0 ? norm : bni_largest_entry(r, p->S);
        *error = SAFETY * (answer * norm + 0x1p-53 * most);
        p->norm = SAFETY * (answer * norm + 0x1p-53 * most * root);
        if (left > 0 && start > 0)
            done = fmin(0.95, fmax(done, log(start / left) / log(start / least)));
        if (left <= least || left == 0)
            return BINNET_OK;
        stale = left <= 0.5 * before ? 0 : stale + 1;
        if (p->steps >= (uint64_t)ctx->max_iterations || stale >= PATIENCE)
            return *error <= 1e-8 * most
                       ? BINNET_OK
                       : bni_fail(ctx, BINNET_E_NOCONV, "after %llu steps the residual is %.3g of %.3g",
                                  (unsigned long long)p->steps, left, start);
        before = left;
        BNI_TRY(add_correction(ctx, p, g, &now, norm, 0.25 * least));
        BNI_TRY(centre(ctx, p, g));
        answer = fmax(answer, now);
    }
}

int32_t bni_poisson_new(binnet_ctx *ctx, bni_poisson **out, const binnet_chain *chain, const binnet_law *law)
{
    *out = NULL;
    bni_poisson *p = bni_new(ctx, 1, sizeof *p);
    if (p == NULL)
        return BINNET_E_NOMEM;
    *p = poisson_numbers(ctx, chain, chain->n);
    p->law = law;
    int32_t status = bni_plan_make(ctx, list_poisson, p);
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &p->team, p->workers);
    if (status == BINNET_OK)
        status = bni_expectation_new(ctx, &p->e, chain, p->team);
    p->g.team = p->team;
    if (status == BINNET_OK && p->eliminate)
        status = fill_matrix(ctx, p);
    if (status == BINNET_OK && p->eliminate)
        status = eliminate_weighted(ctx, p);
    if (status == BINNET_OK && !p->eliminate && p->preconditioned)
        status = open_preconditioner(ctx, p);
    if (status != BINNET_OK) {
        bni_poisson_free(p);
        return status;
    }
    *out = p;
    return BINNET_OK;
}

int32_t bni_poisson_solve(binnet_ctx *ctx, bni_poisson *p, double *g, double *error, const double *b,
                          const double *size)
{
    if (!p->eliminate) {
        double most;
        BNI_TRY(iterate_poisson(ctx, p, g, &most, b));
        for (size_t s = 0; s < p->S; s++)
            error[s] = p->law->p[s] > 0 ? most : 0;
        return BINNET_OK;
    }
    BNI_TRY(back_substitute(ctx, p, g, b));
    BNI_TRY(back_substitute(ctx, p, error, size));
    for (size_t i = 0; i < p->m; i++)
        error[p->state[i]] *= 4 * (double)(p->m + 10) * 0x1p-53;
    return BINNET_OK;
}
