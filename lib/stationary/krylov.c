/*
 * The systems (1 - Q) x = b and v (1 - Q) = a of large chains by restarted GMRES, each cycle with the last corrections as further
 * directions (so that the slow ones, the weights of the wells, are not lost in a restart), states scaled by 1 - P(s, s). Between
 * the cycles the residual is computed anew: what is left behind is that of the result.
 * Source: Saad & Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856; Baker, Jessup & Manteuffel, SIAM J. Matrix Anal. Appl. 26
 * (2005) 962.
 */
#include "stationary/passage.h"

#include "num/rotations.h"

#include <math.h>
#include <string.h>

/* Directions of a cycle, of them corrections of earlier ones; cycles without progress before it ends. */
enum { DIRECTIONS = BNI_ROTATIONS_MOST, CORRECTIONS = 4, PATIENCE = 4 };

struct bni_krylov {
    bni_allocator mem;
    binnet_ctx *ctx;
    bni_restricted *r;
    bni_team *team;
    size_t S;
    bni_expectation *expectation;
    bni_step *step;
    uint64_t products;
    /* [S] each, 0 at exits */
    double *basis;                   /* [DIRECTIONS + 1] orthonormal vectors */
    double *correction;              /* [CORRECTIONS] */
    double *x, *b, *rest, *z, *work; /* work: [2] */
    double *scale;                   /* 1 / (1 - P(s, s)) */
    size_t corrections, newest;
};

static void krylov_buffers(bni_plan *plan, void *krylov)
{
    bni_krylov *k = krylov;
    double S = (double)k->S;
    BNI_ZEROS(plan, k->basis, (DIRECTIONS + 1) * S);
    BNI_BUFFER(plan, k->correction, CORRECTIONS * S);
    BNI_ZEROS(plan, k->x, S);
    BNI_ZEROS(plan, k->b, S);
    BNI_ZEROS(plan, k->rest, S);
    BNI_ZEROS(plan, k->z, S);
    BNI_BUFFER(plan, k->work, 2 * S);
    BNI_ZEROS(plan, k->scale, S);
}

double bni_krylov_bytes(const binnet_chain *chain)
{
    bni_krylov k = {.S = (size_t)1 << chain->n};
    int workers = chain->n < BNI_THREADED ? 1 : 256;
    return (double)sizeof k + bni_plan_bytes(krylov_buffers, &k) + bni_expectation_bytes(chain, workers) +
           bni_step_bytes(chain, workers, 0);
}

void bni_krylov_free(bni_krylov *k)
{
    if (k == NULL)
        return;
    bni_allocator mem = k->mem;
    bni_expectation_free(k->expectation);
    bni_step_free(k->step);
    bni_plan_release(&mem, krylov_buffers, k);
    bni_delete(&mem, k);
}

/* What goes to each kind of exit, and the scales. */
static int32_t find_exits(bni_krylov *k)
{
    bni_restricted *r = k->r;
    for (size_t j = 0; j < r->kinds; j++) {
        int any = 0;
        for (size_t s = 0; s < k->S; s++) {
            k->x[s] = r->kind[s] == (int32_t)j;
            any |= r->kind[s] == (int32_t)j;
        }
        if (!any)
            continue;
        BNI_TRY(bni_expectation_apply(k->ctx, k->expectation, k->work, k->x, k->z));
        for (size_t i = 0; i < r->m; i++) {
            bni_wide p = bni_wide_of(k->work[r->state[i]]);
            r->exit.m[j * r->m + i] = p.m;
            r->exit.e[j * r->m + i] = p.e;
        }
    }
    for (size_t i = 0; i < r->m; i++) {
        double stay;
        BNI_TRY(bni_chain_transition(k->ctx, &stay, k->r->chain, r->state[i], r->state[i]));
        k->scale[r->state[i]] = 1 / fmax(1 - stay, 0x1p-40);
        if (i % 1024 == 0)
            BNI_TRY(bni_poll(k->ctx, (double)i / (double)r->m));
    }
    return BINNET_OK;
}

int32_t bni_krylov_new(binnet_ctx *ctx, bni_krylov **out, bni_restricted *r, bni_team *team)
{
    *out = NULL;
    bni_krylov *k = bni_new(ctx, 1, sizeof *k);
    if (k == NULL)
        return BINNET_E_NOMEM;
    *k = (bni_krylov){.mem = ctx->mem, .ctx = ctx, .r = r, .team = team, .S = (size_t)1 << r->chain->n};
    *out = k; /* freed by its owner, also after a failure */
    BNI_TRY(bni_plan_make(ctx, krylov_buffers, k));
    BNI_TRY(bni_expectation_new(ctx, &k->expectation, r->chain, team));
    BNI_TRY(bni_step_new(ctx, &k->step, r->chain, team, 0));
    return find_exits(k);
}

/* y = (1 - Q) x, or x (1 - Q); x is 0 at exits, and so is y. */
static int32_t multiply_restricted(bni_krylov *k, double *y, const double *x, int left)
{
    bni_progress whole = bni_progress_push(k->ctx);
    bni_progress_part(k->ctx, whole, (double)k->products, (double)k->products + 100);
    BNI_TRY(left ? bni_step_apply(k->ctx, k->step, y, x)
                 : bni_expectation_apply(k->ctx, k->expectation, y, x, k->work + k->S));
    bni_progress_pop(k->ctx, whole);
    for (size_t s = 0; s < k->S; s++)
        y[s] = k->r->kind[s] < 0 ? x[s] - y[s] : 0;
    k->products++;
    return bni_poll(k->ctx, (double)k->products / ((double)k->products + 100));
}

static double product_of_vectors(const double *a, const double *b, size_t n)
{
    double s[4] = {0, 0, 0, 0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t l = 0; l < 4; l++)
            s[l] += a[i + l] * b[i + l];
    for (; i < n; i++)
        s[0] += a[i] * b[i];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

static void add_direction(double *y, const double *x, double f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += f * x[i];
}

/* The largest entry, or for row vectors the sum. */
static double vector_size(const double *x, size_t n, int left)
{
    double size = 0;
    for (size_t i = 0; i < n; i++)
        size = left ? size + fabs(x[i]) : fmax(size, fabs(x[i]));
    return size;
}

/* The residual of x, into rest. */
static int32_t find_residual(bni_krylov *k, int left)
{
    BNI_TRY(multiply_restricted(k, k->rest, k->x, left));
    for (size_t s = 0; s < k->S; s++)
        k->rest[s] = k->r->kind[s] < 0 ? k->b[s] - k->rest[s] : 0;
    return BINNET_OK;
}

/* Direction j of a cycle of `count`: scaled basis vectors, then corrections. */
static const double *direction(bni_krylov *k, size_t j, size_t count)
{
    if (j + k->corrections >= count)
        return k->correction + (count - 1 - j) * k->S;
    const double *v = k->basis + j * k->S;
    for (size_t s = 0; s < k->S; s++)
        k->z[s] = v[s] * k->scale[s];
    return k->z;
}

/* One cycle: x += the combination of the directions that makes the residual smallest. */
static int32_t run_cycle(bni_krylov *k, int left)
{
    size_t S = k->S, count = DIRECTIONS, used = 0;
    bni_rotations small;
    double norm = sqrt(product_of_vectors(k->rest, k->rest, S));
    if (!(norm > 0) || !isfinite(norm))
        return BINNET_OK;
    for (size_t i = 0; i < S; i++)
        k->basis[i] = k->rest[i] / norm;
    small.e[0] = norm;
    for (size_t j = 0; j < count; j++) {
        double *w = k->basis + (j + 1) * S;
        BNI_TRY(multiply_restricted(k, w, direction(k, j, count), left));
        double before = sqrt(product_of_vectors(w, w, S));
        for (size_t i = 0; i <= j; i++)
            small.H[j][i] = 0;
        for (int twice = 0; twice < 2; twice++)
            for (size_t i = 0; i <= j; i++) {
                double h = product_of_vectors(k->basis + i * S, w, S);
                add_direction(w, k->basis + i * S, -h, S);
                small.H[j][i] += h;
                BNI_TRY(bni_poll(k->ctx, (double)k->products / ((double)k->products + 100)));
            }
        double after = sqrt(product_of_vectors(w, w, S));
        if (!bni_rotations_take(&small, j, after, 0x1p-45 * before)) /* nothing new in this direction */
            break;
        used = j + 1;
        if (!(after > 0x1p-45 * before) || !(fabs(small.e[j + 1]) > 0x1p-50 * norm))
            break;
        for (size_t i = 0; i < S; i++)
            w[i] /= after;
        BNI_TRY(bni_poll(k->ctx, (double)k->products / ((double)k->products + 100)));
    }
    bni_rotations_solve(&small, used);
    double *sum = k->rest; /* is computed anew */
    memset(sum, 0, S * sizeof *sum);
    for (size_t j = 0; j < used; j++) {
        add_direction(sum, direction(k, j, count), small.e[j], S);
        BNI_TRY(bni_poll(k->ctx, (double)k->products / ((double)k->products + 100)));
    }
    double size = sqrt(product_of_vectors(sum, sum, S));
    add_direction(k->x, sum, 1, S);
    if (!(size > 0))
        return BINNET_OK;
    /* the latest correction is the last of the directions, the oldest is forgotten */
    k->corrections = k->corrections < CORRECTIONS ? k->corrections + 1 : CORRECTIONS;
    memmove(k->correction + S, k->correction, (k->corrections - 1) * S * sizeof *sum);
    for (size_t i = 0; i < S; i++)
        k->correction[i] = sum[i] / size;
    return BINNET_OK;
}

/* The largest (|b - (1 - Q) x| + rounding) / b; (Q |x|)(s) is at most |x(s)| and what else stands there. */
static double relative_residual(const bni_krylov *k, double unit)
{
    double most = 0;
    for (size_t s = 0; s < k->S; s++) {
        if (k->r->kind[s] >= 0)
            continue;
        double rest = fabs(k->rest[s]), size = 2 * fabs(k->x[s]) + fabs(k->b[s]) + rest;
        most = fmax(most, k->b[s] > 0 ? (rest + 2 * unit * size) / k->b[s] : INFINITY);
    }
    return most;
}

/* Cycles until the residual is that of rounding, or no longer gets smaller; x holds the last. */
static int32_t run_cycles(bni_krylov *k, int left)
{
    bni_restricted *r = k->r;
    double size, best = INFINITY, unit = ldexp((double)r->chain->n + 24, -53), of_b = vector_size(k->b, k->S, left);
    k->corrections = 0;
    k->products = 0;
    for (size_t s = 0; s < k->S; s++)
        k->x[s] = r->guess * k->b[s];
    for (int stale = 0;;) {
        BNI_TRY(find_residual(k, left));
        size = vector_size(k->rest, k->S, left);
        double rounding = 2 * unit * (2 * vector_size(k->x, k->S, left) + of_b);
        r->residual = size + rounding;
        r->relative = relative_residual(k, unit);
        stale = size < 0.5 * best ? 0 : stale + 1;
        best = fmin(best, size);
        if (!(size > 0.1 * rounding) || stale >= PATIENCE || (int64_t)k->products >= k->ctx->max_iterations)
            return BINNET_OK;
        BNI_TRY(run_cycle(k, left));
    }
}

static int32_t solve_full(bni_krylov *k, bni_wide_vector x, bni_wide_vector b, int left)
{
    bni_restricted *r = k->r;
    for (size_t i = 0; i < r->m; i++)
        k->b[r->state[i]] = bni_wide_double((bni_wide){b.m[i], b.e[i]});
    BNI_TRY(run_cycles(k, left));
    for (size_t i = 0; i < r->m; i++) {
        bni_wide v = bni_wide_of(fmax(k->x[r->state[i]], 0));
        x.m[i] = v.m;
        x.e[i] = v.e;
    }
    return BINNET_OK;
}

int32_t bni_krylov_solve(bni_krylov *k, bni_wide_vector x, bni_wide_vector b)
{
    return solve_full(k, x, b, 0);
}

int32_t bni_krylov_solve_left(bni_krylov *k, bni_wide_vector v, bni_wide_vector a)
{
    return solve_full(k, v, a, 1);
}

int32_t bni_krylov_expect(bni_krylov *k, double *y, const double *x)
{
    return bni_expectation_apply(k->ctx, k->expectation, y, x, k->work);
}
