/*
 * Stationary law of a large chain by iteration: Anderson-accelerated steps, with the weights of the basins of attraction
 * solved for exactly from time to time (aggregation and disaggregation).
 * The last part minimises relative changes, so that small probabilities are right to the last digits too.
 * Source: Anderson, J. ACM 12 (1965) 547 (equivalent to restarted GMRES on linear problems: Walker & Ni, SIAM J. Numer. Anal.
 * 49 (2011) 1715); Takahashi 1975, Koury, McAllister & Stewart, SIAM J. Algebr. Discr. Meth. 5 (1984) 164.
 */
#include "chain/chain.h"

#include <math.h>
#include <string.h>

enum { DEPTH = 6, CYCLE_LEAST = 8, CYCLE_MOST = 64, PATIENCE = 3 };

/* Weights of the basins count as found when a coarse solution changes none of them by more than this. */
static const double coarse_tolerance = 1e-9;

typedef struct iteration {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    bni_step *step;
    size_t S;
    double *memory, *x, *y;          /* law and its image */
    double *best;
    double *dx[DEPTH], *df[DEPTH];   /* differences of images and of residual vectors */
    double *last_y, *last_f;
    size_t columns, newest;
    int32_t *group;
    size_t groups;
    double *flow, *weight, *coarse;  /* [groups^2], [groups], [groups] */
    uint64_t steps;
    double residual, relative, first_residual, coarse_change;
} iteration;

enum { VECTORS = 2 * DEPTH + 5 }; /* image, last image, last residual vector, one spare; the differences; the best law */

double bni_iterate_bytes(const binnet_chain *chain, int workers)
{
    double S = (double)((size_t)1 << chain->n);
    double groups = S < 512 ? S : 512;
    return VECTORS * 8 * S + 4 * S + bni_basins_bytes(chain) + 8 * groups * (groups + 2) + bni_gth_bytes(groups) +
           bni_step_bytes(chain, workers) + 4096;
}

static void free_all(iteration *it)
{
    const bni_allocator *mem = &it->ctx->mem;
    bni_delete(mem, it->memory);
    bni_delete(mem, it->group);
    bni_delete(mem, it->flow);
    bni_delete(mem, it->weight);
    bni_step_free(it->step);
}

/* y = x P, and the two residuals. */
static int32_t advance(iteration *it)
{
    BNI_TRY(bni_step_apply(it->ctx, it->step, it->y, it->x));
    it->steps++;
    double sum = 0, total = 0, relative = 0;
    for (size_t s = 0; s < it->S; s++)
        total += it->y[s];
    for (size_t s = 0; s < it->S; s++) {
        double y = it->y[s] /= total, change = fabs(y - it->x[s]);
        sum += change;
        if (y > 1e-290)
            relative = fmax(relative, change / y);
    }
    it->residual = sum;
    it->relative = relative;
    if (it->first_residual <= 0)
        it->first_residual = sum;
    return BINNET_OK;
}

/* Part of the way to the tolerance on a logarithmic scale, for the progress report. */
static void report(iteration *it, double part)
{
    double goal = it->ctx->tolerance, from = it->first_residual;
    double done = from > goal && it->residual > 0 ? log(from / it->residual) / log(from / goal) : 0;
    done = fmin(fmax(done, 0), 0.95) * part;
    bni_span(it->ctx, fmax(done, it->ctx->fraction), fmax(done, it->ctx->fraction));
}

/* Small symmetric positive system G c = r by Cholesky; columns that depend on earlier ones get 0. */
static void solve_small(double *c, double G[DEPTH][DEPTH], const double *r, size_t n)
{
    double L[DEPTH][DEPTH] = {{0}}, z[DEPTH] = {0};
    int kept[DEPTH];
    for (size_t k = 0; k < n; k++) {
        double d = G[k][k];
        for (size_t j = 0; j < k; j++) {
            if (!kept[j])
                continue;
            double v = G[k][j];
            for (size_t l = 0; l < j; l++)
                v -= kept[l] ? L[k][l] * L[j][l] : 0;
            L[k][j] = v / L[j][j];
            d -= L[k][j] * L[k][j];
        }
        kept[k] = d > 1e-11 * G[k][k] && G[k][k] > 0;
        L[k][k] = kept[k] ? sqrt(d) : 1;
        double v = r[k];
        for (size_t j = 0; j < k; j++)
            v -= kept[j] ? L[k][j] * z[j] : 0;
        z[k] = kept[k] ? v / L[k][k] : 0;
    }
    for (size_t k = n; k-- > 0;) {
        double v = z[k];
        for (size_t j = k + 1; j < n; j++)
            v -= kept[j] ? L[j][k] * c[j] : 0;
        c[k] = kept[k] ? v / L[k][k] : 0;
    }
}

/* From (x, y = x P) to the next x: the combination of the last images whose residual is least, kept within a factor 4 of y
 * so that it stays positive. The norm is the one in which a reversible chain is symmetric, sum f^2/y, or, to give small
 * probabilities their digits, that of the relative changes, sum (f/y)^2. */
enum { BY_WEIGHT, BY_RELATIVE_CHANGE };

static void mix(iteration *it, int norm)
{
    size_t S = it->S;
    if (it->last_y != NULL) {
        size_t c = it->newest = (it->newest + 1) % DEPTH;
        double *dx = it->dx[c], *df = it->df[c];
        for (size_t s = 0; s < S; s++) {
            double f = it->y[s] - it->x[s];
            dx[s] = it->y[s] - it->last_y[s];
            df[s] = f - it->last_f[s];
        }
        if (it->columns < DEPTH)
            it->columns++;
    }
    it->last_y = it->memory + 2 * S;
    it->last_f = it->memory + 3 * S;
    double G[DEPTH][DEPTH] = {{0}}, r[DEPTH] = {0}, gamma[DEPTH] = {0};
    size_t n = it->columns;
    for (size_t s = 0; s < S; s++) {
        double f = it->y[s] - it->x[s], w = it->y[s] > 1e-290 ? 1 / it->y[s] : 0;
        double other = norm == BY_WEIGHT ? 1 : w;
        it->last_y[s] = it->y[s];
        it->last_f[s] = f;
        for (size_t a = 0; a < n; a++) {
            double v = it->df[a][s] * w;
            r[a] += v * (f * other);
            for (size_t b = 0; b <= a; b++)
                G[a][b] += v * (it->df[b][s] * other);
        }
    }
    solve_small(gamma, G, r, n);
    double total = 0;
    for (size_t s = 0; s < S; s++) {
        double y = it->y[s], v = y;
        for (size_t a = 0; a < n; a++)
            v -= gamma[a] * it->dx[a][s];
        v = v < 0.25 * y ? 0.25 * y : v > 4 * y ? 4 * y : v;
        it->x[s] = v;
        total += v;
    }
    for (size_t s = 0; s < S; s++)
        it->x[s] /= total;
}

static void forget(iteration *it)
{
    it->columns = 0;
    it->newest = DEPTH - 1; /* the next one is column 0 */
    it->last_y = NULL;
}

/* Weights of the basins from the flows between them; x is rescaled, unless that would change next to nothing and there are
 * differences to lose. coarse_change: the largest relative change. scratch: [S]. */
static int32_t rebalance(iteration *it, double *scratch)
{
    size_t k = it->groups, S = it->S;
    BNI_TRY(bni_step_flows(it->ctx, it->step, it->flow, k, it->group, it->x, scratch, it->memory + S));
    it->steps++;
    memset(it->weight, 0, k * sizeof *it->weight);
    for (size_t s = 0; s < S; s++)
        it->weight[it->group[s]] += it->x[s];
    /* groups without weight are left out */
    size_t used = 0;
    for (size_t a = 0; a < k; a++) {
        if (it->weight[a] <= 0)
            continue;
        size_t to = 0;
        for (size_t b = 0; b < k; b++)
            if (it->weight[b] > 0)
                it->flow[used * k + to++] = it->flow[a * k + b] / it->weight[a];
        used++;
    }
    for (size_t a = 1; a < used; a++)
        memmove(it->flow + a * used, it->flow + a * k, used * sizeof *it->flow);
    double smallest;
    int32_t status = bni_gth(it->ctx, it->coarse, &smallest, used, it->flow, NULL);
    if (status == BINNET_E_UNDERFLOW || (status == BINNET_OK && smallest < 1e-290))
        return bni_fail(it->ctx, BINNET_E_UNDERFLOW,
                        "the chain leaves a basin of the noiseless dynamics with a probability below 1e-290");
    BNI_TRY(status);
    double change = 0;
    for (size_t a = 0, u = 0; a < k; a++) {
        if (it->weight[a] <= 0)
            continue;
        double w = it->coarse[u++];
        if (w > 1e-290)
            change = fmax(change, fabs(w - it->weight[a]) / fmax(w, it->weight[a]));
        it->weight[a] = w / it->weight[a];
    }
    it->coarse_change = change;
    if (change <= coarse_tolerance && it->columns > 0)
        return BINNET_OK; /* the differences are worth more */
    forget(it);
    for (size_t s = 0; s < S; s++)
        it->x[s] *= it->weight[it->group[s]];
    return BINNET_OK;
}

/* Accelerated steps until the norm's figure is down to the goal, or no longer falls tenfold in `cycle` of them; y is the
 * image of x at the end. */
static int32_t steps(iteration *it, size_t cycle, int norm, double goal)
{
    double before = 0;
    for (size_t k = 0;; k++) {
        report(it, norm == BY_WEIGHT ? 0.9 : 1);
        if (k > 0)
            mix(it, norm);
        BNI_TRY(advance(it));
        double figure = norm == BY_WEIGHT ? it->residual : it->relative;
        if (figure <= goal || it->steps >= (uint64_t)it->ctx->max_iterations)
            return BINNET_OK;
        if (k == 0)
            before = figure;
        if ((k + 1) % cycle == 0) {
            if (figure > 0.1 * before)
                return BINNET_OK;
            before = figure;
        }
    }
}

/* The last image becomes the law. */
static void accept(iteration *it)
{
    memcpy(it->x, it->y, it->S * sizeof *it->x);
}

static int32_t plain_steps(iteration *it, int count)
{
    for (int k = 0; k < count; k++) {
        BNI_TRY(advance(it));
        accept(it);
    }
    return BINNET_OK;
}

/* Down to the tolerance: steps, and the basins' weights between them until these no longer change. */
static int32_t converge(iteration *it)
{
    binnet_ctx *ctx = it->ctx;
    size_t cycle = CYCLE_LEAST;
    /* a few plain steps give the flows between basins something to go by */
    BNI_TRY(plain_steps(it, 3));
    for (;;) {
        if (it->groups >= 2)
            BNI_TRY(rebalance(it, it->best));
        int settled = it->coarse_change <= coarse_tolerance;
        BNI_TRY(steps(it, cycle, BY_WEIGHT, ctx->tolerance));
        accept(it);
        if (settled && it->residual <= ctx->tolerance)
            return BINNET_OK;
        if (it->steps >= (uint64_t)ctx->max_iterations)
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "after %llu steps the residual is %.3g (tolerance %.3g), the basins' weights change by %.3g",
                            (unsigned long long)it->steps, it->residual, ctx->tolerance, it->coarse_change);
        if (it->coarse_change < 1e-3 && cycle < CYCLE_MOST)
            cycle *= 2;
    }
}

/* Small probabilities get their digits: the same with the relative change as the norm, until that is down to rounding or no
 * longer falls. The best law is kept. */
static int32_t refine(iteration *it)
{
    double goal = 4e-16 * (double)(it->chain->n + 4), best = INFINITY;
    size_t cycle = CYCLE_MOST / 2;
    uint64_t most = 2 * it->steps + 8 * CYCLE_MOST;
    for (int stale = 0; stale < PATIENCE && it->steps < most && it->steps < (uint64_t)it->ctx->max_iterations;
         stale++) {
        BNI_TRY(steps(it, cycle, BY_RELATIVE_CHANGE, goal));
        accept(it);
        BNI_TRY(plain_steps(it, 2));
        if (it->relative < best && it->residual <= it->ctx->tolerance) {
            stale = it->relative < 0.5 * best ? -1 : stale;
            best = it->relative;
            memcpy(it->best, it->x, it->S * sizeof *it->x);
        }
        if (best <= goal)
            break;
        if (it->groups >= 2) {
            forget(it);
            BNI_TRY(rebalance(it, it->dx[0]));
        }
    }
    if (best < INFINITY)
        memcpy(it->x, it->best, it->S * sizeof *it->x);
    return BINNET_OK;
}

int32_t bni_iterate(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, bni_team *team)
{
    iteration it = {.ctx = ctx, .chain = chain, .S = (size_t)1 << chain->n, .x = x};
    size_t S = it.S;
    int32_t status = bni_step_new(ctx, &it.step, chain, team);
    if (status == BINNET_OK) {
        it.group = bni_new_raw(ctx, S, sizeof *it.group);
        status = it.group == NULL ? BINNET_E_NOMEM : bni_basins(ctx, it.group, &it.groups, chain);
    }
    if (status == BINNET_OK) {
        it.memory = bni_new_raw(ctx, VECTORS * S, sizeof(double));
        it.flow = bni_new_raw(ctx, it.groups * it.groups, sizeof(double));
        it.weight = bni_new_raw(ctx, 2 * it.groups, sizeof(double));
        if (it.memory == NULL || it.flow == NULL || it.weight == NULL)
            status = BINNET_E_NOMEM;
    }
    if (status == BINNET_OK) {
        it.coarse = it.weight + it.groups;
        it.y = it.memory;
        for (size_t k = 0; k < DEPTH; k++) {
            it.dx[k] = it.memory + (4 + 2 * k) * S;
            it.df[k] = it.memory + (5 + 2 * k) * S;
        }
        it.best = it.memory + (VECTORS - 1) * S;
        it.coarse_change = it.groups >= 2 ? INFINITY : 0;
        forget(&it);
        status = converge(&it);
        if (status == BINNET_OK)
            status = refine(&it);
    }
    if (status == BINNET_OK)
        status = bni_residual(ctx, how, it.step, x, it.y);
    how->steps = it.steps;
    free_all(&it);
    return status;
}
