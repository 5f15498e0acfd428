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

#include "num/rotations.h"

#include <math.h>
#include <string.h>

enum { ELIMINATED = 1024, RESTART = 30 };
/* Vectors are worked on by SEGMENT entries, CHUNK of them while in cache: sums do not depend on the number of threads. */
enum { SEGMENT = 1 << 14, CHUNK = 1 << 10, LANES = 8 };

struct bni_poisson {
    bni_allocator mem;
    const binnet_chain *chain;
    const binnet_law *law;
    bni_team *team;
    bni_expectation *e;
    size_t S;
    int eliminate;
    double target; /* of the residual's norm; 0: its largest entry is small */
    double norm;   /* of the error of the last answer: an estimate */
    /* elimination: the states with weight, the most probable one first */
    size_t m;
    size_t *state;
    double *P, *out; /* [m][m]: P_ij / out_j above the diagonal, P_ij below; out[i]: what leaves i to those before it */
    double *b;       /* [m] */
    double *basis, *scratch; /* iteration: [RESTART + 1][S]; [S] */
    double *part;            /* [segments][RESTART + 1] */
    bni_independent inverse; /* the preconditioner of neurons updated one at a time */
};

static int solves_by_elimination(const binnet_ctx *ctx, size_t n)
{
    return ctx->method == BINNET_METHOD_GTH || (ctx->method == BINNET_METHOD_AUTO && (size_t)1 << n <= ELIMINATED);
}

static int solver_workers(const binnet_ctx *ctx, const binnet_chain *chain)
{
    return chain->n < BNI_THREADED ? 1 : (int)ctx->threads;
}

static size_t segments_of(size_t S)
{
    return S < SEGMENT ? 1 : S / SEGMENT;
}

static int is_preconditioned(const binnet_chain *chain)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS;
}

static size_t iteration_doubles(const binnet_chain *chain, size_t n, int workers)
{
    size_t S = (size_t)1 << n;
    return S * (RESTART + 2) + segments_of(S) * (RESTART + 1) +
           (is_preconditioned(chain) ? bni_independent_doubles(n, workers) : 0);
}

double bni_poisson_part_bytes(const binnet_ctx *ctx, const binnet_chain *chain, size_t n)
{
    double S = ldexp(1, (int)n);
    int workers = solver_workers(ctx, chain);
    double own = solves_by_elimination(ctx, n)
                     ? 8 * (S * S + 4 * S)
                     : 8 * (double)iteration_doubles(chain, n, workers) + bni_sum_blocks_bytes(n);
    return (double)sizeof(bni_poisson) + bni_team_bytes(workers) + bni_expectation_bytes(chain, workers) + own + 64;
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
    bni_delete(&mem, p->state);
    bni_delete(&mem, p->P);
    bni_delete(&mem, p->basis);
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

static int32_t fill_matrix(binnet_ctx *ctx, bni_poisson *p, double *row)
{
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

static int32_t factor(binnet_ctx *ctx, bni_poisson *p)
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
    bni_independent_open(&p->inverse, p->part + segments_of(p->S) * (RESTART + 1), p->chain->n, p->chain->select,
                         &sides);
    return BINNET_OK;
}

/* x, or near to (I - P)^-1 x; anything on the states without weight, which the others do not lead to. */
static int32_t precondition(binnet_ctx *ctx, bni_poisson *p, double *x)
{
    return is_preconditioned(p->chain) ? bni_independent_solve(ctx, &p->inverse, p->team, x) : BINNET_OK;
}

/* y = (I - P) x, centred. */
static int32_t residual_part(binnet_ctx *ctx, bni_poisson *p, double *y, const double *x)
{
    BNI_TRY(bni_expectation_apply(ctx, p->e, y, x, p->scratch));
    for (size_t s = 0; s < p->S; s++)
        y[s] = x[s] - y[s];
    return centre(ctx, p, y);
}

static double dot(const double *x, const double *y, size_t n)
{
    double lane[LANES] = {0}, sum = 0;
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += x[k + l] * y[k + l];
    for (; k < n; k++)
        sum += x[k] * y[k];
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

static double largest_entry(const double *x, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fabs(x[k]) > most ? fabs(x[k]) : most;
    return most;
}

/* y += sum_j by[j] x[j], `count` vectors `stride` apart, some at a time. */
static void add_times(double *restrict y, const double *x, size_t stride, const double *by, size_t count, size_t n)
{
    size_t j = 0;
    for (; j + 4 <= count; j += 4) {
        const double *a = x + j * stride, *b = a + stride, *c = b + stride, *d = c + stride;
        for (size_t k = 0; k < n; k++)
            y[k] += (by[j] * a[k] + by[j + 1] * b[k]) + (by[j + 2] * c[k] + by[j + 3] * d[k]);
    }
    for (; j < count; j++)
        for (size_t k = 0; k < n; k++)
            y[k] += by[j] * x[j * stride + k];
}

/* part[j] += x[j] y */
static void add_dots(double *part, const double *x, size_t stride, const double *y, size_t count, size_t n)
{
    size_t j = 0;
    for (; j + 2 <= count && n % LANES == 0; j += 2) {
        const double *a = x + j * stride, *b = a + stride;
        double of_a[LANES] = {0}, of_b[LANES] = {0};
        for (size_t k = 0; k < n; k += LANES)
            for (size_t l = 0; l < LANES; l++) {
                of_a[l] += a[k + l] * y[k + l];
                of_b[l] += b[k + l] * y[k + l];
            }
        for (size_t l = 0; l < LANES; l++) {
            part[j] += of_a[l];
            part[j + 1] += of_b[l];
        }
    }
    for (; j < count; j++)
        part[j] += dot(x + j * stride, y, n);
}

/* v against the first `count` vectors of the basis. */
typedef struct projection {
    bni_poisson *p;
    double *v;
    size_t count;
    const double *add; /* of each of them, to v; or NULL */
    int dots;          /* then p->part is filled */
    uint64_t begin, end;
} projection;

static void project_segments(void *arg, int worker, int workers)
{
    const projection *w = arg;
    size_t S = w->p->S, size = S < SEGMENT ? S : SEGMENT, chunk = size < CHUNK ? size : CHUNK;
    uint64_t first, last;
    bni_share(w->end - w->begin, 1, worker, workers, &first, &last);
    for (uint64_t u = w->begin + first; u < w->begin + last; u++) {
        double *part = w->p->part + u * (RESTART + 1);
        for (size_t j = 0; j < w->count && w->dots; j++)
            part[j] = 0;
        for (size_t at = u * size; at < (u + 1) * size; at += chunk) {
            if (w->add != NULL)
                add_times(w->v + at, w->p->basis + at, S, w->add, w->count, chunk);
            if (w->dots)
                add_dots(part, w->p->basis + at, S, w->v + at, w->count, chunk);
        }
    }
}

/* v += sum add[j] basis[j], then dots[j] = basis[j] v; either may be NULL. */
static int32_t project(binnet_ctx *ctx, bni_poisson *p, double *v, size_t count, const double *add, double *dots)
{
    enum { TURN = 32 };
    projection w = {.p = p, .v = v, .count = count, .add = add, .dots = dots != NULL};
    uint64_t segments = segments_of(p->S);
    for (; w.begin < segments; w.begin = w.end) {
        w.end = segments - w.begin < TURN ? segments : w.begin + TURN;
        bni_team_run(p->team, project_segments, &w);
        BNI_TRY(bni_poll(ctx, 1));
    }
    for (size_t j = 0; j < count && dots != NULL; j++) {
        dots[j] = 0;
        for (uint64_t u = 0; u < segments; u++)
            dots[j] += p->part[u * (RESTART + 1) + j];
    }
    return BINNET_OK;
}

/* One cycle, ended early where the residual's norm is below enough: the residual is in basis[0]; g receives what was found. *answer:
 * its size over the residual's. */
static int32_t cycle(binnet_ctx *ctx, bni_poisson *p, double *g, double *answer, uint64_t *steps, double enough)
{
    bni_rotations r;
    size_t S = p->S, k = 0;
    double norm = sqrt(dot(p->basis, p->basis, S));
    *answer = 0;
    for (size_t t = 0; t < S; t++)
        p->basis[t] /= norm;
    r.e[0] = norm;
    while (k < RESTART && *steps < (uint64_t)ctx->max_iterations) {
        double *v = p->basis + (k + 1) * S;
        const double *x = p->basis + k * S;
        if (is_preconditioned(p->chain)) { /* its steps leave the scratch alone */
            BNI_TRY(bni_copy_bytes(ctx, p->scratch, x, S, sizeof *x));
            BNI_TRY(precondition(ctx, p, p->scratch));
            x = p->scratch;
        }
        BNI_TRY(residual_part(ctx, p, v, x));
        ++*steps;
        double part[RESTART + 1], taken[RESTART + 1], left = 0;
        BNI_TRY(project(ctx, p, v, k + 1, NULL, part));
        for (size_t j = 0; j <= k; j++) {
            r.H[k][j] = part[j];
            taken[j] = -part[j];
        }
        BNI_TRY(project(ctx, p, v, k + 1, taken, part));
        for (size_t j = 0; j <= k; j++) {
            taken[j] = -part[j];
            left = hypot(left, part[j]);
        }
        if (left > 1e-13 * sqrt(dot(v, v, S))) { /* again: orthogonal to rounding */
            BNI_TRY(project(ctx, p, v, k + 1, taken, NULL));
            for (size_t j = 0; j <= k; j++)
                r.H[k][j] += part[j];
        }
        double next = sqrt(dot(v, v, S));
        if (!bni_rotations_take(&r, k, next, 0))
            break;
        k++;
        if (!(next > 1e-14 * r.H[k - 1][k - 1]) || fabs(r.e[k]) < fmax(enough, 1e-16 * norm))
            break;
        for (size_t t = 0; t < S; t++)
            v[t] /= next;
    }
    bni_rotations_solve(&r, k);
    double *found = p->basis + k * S; /* its place is free */
    if (k == 0)
        return BINNET_OK;
    BNI_TRY(bni_clear(ctx, found, S, sizeof *found));
    BNI_TRY(project(ctx, p, found, k, r.e, NULL));
    BNI_TRY(precondition(ctx, p, found));
    *answer = sqrt(dot(found, found, S)) / norm;
    for (size_t s = 0; s < S; s++)
        g[s] += found[s];
    return bni_poll(ctx, 1);
}

/* Until the residual is down to rounding, or where its norm is given to that; *error: an estimate of the largest error of g. */
static int32_t iterate_poisson(binnet_ctx *ctx, bni_poisson *p, double *g, double *error, const double *b)
{
    enum { SAFETY = 16, PATIENCE = 4 };
    double *r = p->basis, answer = 1, done = 0, before = INFINITY, size = largest_entry(b, p->S);
    double least = 1e-13 * size, root = sqrt((double)p->S), start = size;
    if (p->target > 0) {
        start = sqrt(dot(b, b, p->S));
        least = fmax(2e-14 * size * root, p->target); /* what rounding leaves in most entries, some times */
    }
    uint64_t steps = 0;
    BNI_TRY(bni_clear(ctx, g, p->S, sizeof *g));
    bni_progress whole = bni_progress_push(ctx);
    for (int stale = 0;;) {
        bni_progress_parts(ctx, whole, done, 0, 1);
        if (steps == 0)
            BNI_TRY(bni_copy_bytes(ctx, r, b, p->S, sizeof *r));
        else
            BNI_TRY(residual_part(ctx, p, r, g));
        for (size_t s = 0; s < p->S && steps > 0; s++)
            r[s] = b[s] - r[s];
        BNI_TRY(centre(ctx, p, r));
        double norm = sqrt(dot(r, r, p->S)), most = largest_entry(g, p->S), now;
        double left = p->target > 0 ? norm : largest_entry(r, p->S);
        *error = SAFETY * (answer * norm + 0x1p-53 * most);
        p->norm = SAFETY * (answer * norm + 0x1p-53 * most * root);
        if (left > 0 && start > 0)
            done = fmin(0.95, fmax(done, log(start / left) / log(start / least)));
        if (left <= least || left == 0)
            return BINNET_OK;
        stale = left > 0.5 * before ? stale + 1 : 0;
        if (steps >= (uint64_t)ctx->max_iterations || stale >= PATIENCE)
            return *error <= 1e-8 * most
                       ? BINNET_OK
                       : bni_fail(ctx, BINNET_E_NOCONV, "after %llu steps the residual is %.3g of %.3g",
                                  (unsigned long long)steps, left, start);
        before = left;
        BNI_TRY(cycle(ctx, p, g, &now, &steps, 0.25 * least));
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
    p->mem = ctx->mem;
    p->chain = chain;
    p->law = law;
    p->S = (size_t)1 << chain->n;
    p->eliminate = solves_by_elimination(ctx, chain->n);
    int32_t status = bni_team_new(ctx, &p->team, solver_workers(ctx, chain));
    if (status == BINNET_OK)
        status = bni_expectation_new(ctx, &p->e, chain, p->team);
    if (status == BINNET_OK && p->eliminate) {
        p->state = bni_new(ctx, p->S, sizeof *p->state);
        p->P = bni_new_raw(ctx, p->S * (p->S + 3), sizeof *p->P);
        status = p->state == NULL || p->P == NULL ? BINNET_E_NOMEM : BINNET_OK;
        if (status == BINNET_OK) {
            p->out = p->P + p->S * p->S;
            p->b = p->out + p->S;
            status = fill_matrix(ctx, p, p->b + p->S);
        }
        if (status == BINNET_OK)
            status = factor(ctx, p);
    } else if (status == BINNET_OK) {
        p->basis = bni_new_raw(ctx, iteration_doubles(chain, chain->n, bni_team_size(p->team)), sizeof *p->basis);
        status = p->basis == NULL ? BINNET_E_NOMEM : BINNET_OK;
        if (status == BINNET_OK) {
            p->scratch = p->basis + p->S * (RESTART + 1);
            p->part = p->scratch + p->S;
            status = is_preconditioned(chain) ? open_preconditioner(ctx, p) : BINNET_OK;
        }
    }
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
