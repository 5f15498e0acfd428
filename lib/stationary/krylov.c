/*
 * The systems (1 - Q) x = b and v (1 - Q) = a of large chains by restarted GMRES, each cycle with the last corrections as further
 * directions (so that the slow ones, the weights of the wells, are not lost in a restart), states scaled by 1 - P(s, s). Between
 * the cycles the residual is computed anew: what is left behind is that of the result.
 * Source: Saad & Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856; Baker, Jessup & Manteuffel, SIAM J. Matrix Anal. Appl. 26
 * (2005) 962.
 */
#include "stationary/passage.h"

#include "num/gmres.h"
#include "num/vectors.h"

#include <math.h>
#include <string.h>

/* Directions of a cycle, of them corrections of earlier ones; cycles without progress before it ends. */
enum { DIRECTIONS = BNI_GMRES_MOST, CORRECTIONS = 4, PATIENCE = 4 };

struct bni_krylov {
    bni_allocator mem;
    binnet_ctx *ctx;
    bni_restricted *r;
    bni_team *team;
    size_t S;
    bni_expectation *expectation;
    bni_step *step;
    uint64_t products;
    bni_course course;
    int left; /* the systems are v (1 - Q) = a */
    /* [S] each, 0 at exits */
    bni_gmres g;
    double *correction;              /* [CORRECTIONS], the latest first */
    double *x, *b, *rest, *z, *work; /* work: [2] */
    double *scale;                   /* 1 / (1 - P(s, s)) */
    size_t corrections;
};

static void krylov_buffers(bni_plan *plan, void *krylov)
{
    bni_krylov *k = krylov;
    double S = (double)k->S;
    bni_gmres_buffers(plan, &k->g);
    BNI_BUFFER(plan, k->correction, CORRECTIONS * S);
    BNI_ZEROS(plan, k->x, S);
    BNI_ZEROS(plan, k->b, S);
    BNI_ZEROS(plan, k->rest, S);
    BNI_ZEROS(plan, k->z, S);
    BNI_BUFFER(plan, k->work, 2 * S);
    BNI_ZEROS(plan, k->scale, S);
}

static bni_krylov krylov_numbers(const binnet_chain *chain)
{
    size_t S = (size_t)1 << chain->n;
    return (bni_krylov){.S = S, .g = {.n = S, .directions = DIRECTIONS}};
}

double bni_krylov_bytes(const binnet_chain *chain)
{
    bni_krylov k = krylov_numbers(chain);
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
    *k = krylov_numbers(r->chain);
    k->mem = ctx->mem;
    k->ctx = ctx;
    k->r = r;
    k->team = k->g.team = team;
    *out = k; /* freed by its owner, also after a failure */
    BNI_TRY(bni_plan_make(ctx, krylov_buffers, k));
    BNI_TRY(bni_expectation_new(ctx, &k->expectation, r->chain, team));
    BNI_TRY(bni_step_new(ctx, &k->step, r->chain, team, 0));
    return find_exits(k);
}

/* y = (1 - Q) x, or x (1 - Q); x is 0 at exits, and so is y. */
static int32_t multiply_restricted(bni_krylov *k, double *y, const double *x)
{
    bni_course_work(k->ctx, &k->course, 1);
    BNI_TRY(k->left ? bni_step_apply(k->ctx, k->step, y, x)
                    : bni_expectation_apply(k->ctx, k->expectation, y, x, k->work + k->S));
    for (size_t s = 0; s < k->S; s++)
        y[s] = k->r->kind[s] < 0 ? x[s] - y[s] : 0;
    k->products++;
    return bni_poll(k->ctx, 1);
}

/* y += f x. This and all else that goes over long vectors polls. */
static int32_t add_direction(bni_krylov *k, double *y, const double *x, double f)
{
    for (size_t s = 0; s < k->S; s++)
        y[s] += f * x[s];
    return bni_poll(k->ctx, 1);
}

/* The largest entry, or for row vectors the sum. */
static double vector_size(const bni_krylov *k, const double *x)
{
    double size = 0;
    for (size_t i = 0; i < k->S; i++)
        size = k->left ? size + fabs(x[i]) : fmax(size, fabs(x[i]));
    return size;
}

/* The residual of x, into rest. */
static int32_t find_residual(bni_krylov *k)
{
    BNI_TRY(multiply_restricted(k, k->rest, k->x));
    for (size_t s = 0; s < k->S; s++)
        k->rest[s] = k->r->kind[s] < 0 ? k->b[s] - k->rest[s] : 0;
    return bni_poll(k->ctx, 1);
}

/* Correction number j of a cycle whose last directions they are, the latest at the end. */
static const double *correction(const bni_krylov *k, size_t j)
{
    return k->correction + (DIRECTIONS - 1 - j) * k->S;
}

/* Directions are scaled basis vectors, then corrections. */
static int32_t apply_scaled(binnet_ctx *ctx, void *krylov, double *y, size_t j)
{
    bni_krylov *k = krylov;
    (void)ctx;
    if (j + k->corrections >= DIRECTIONS)
        return multiply_restricted(k, y, correction(k, j));
    const double *v = k->g.basis + j * k->S;
    for (size_t s = 0; s < k->S; s++)
        k->z[s] = v[s] * k->scale[s];
    BNI_TRY(bni_poll(k->ctx, 1));
    return multiply_restricted(k, y, k->z);
}

/* One cycle: x += the combination of the directions that makes the residual smallest. */
static int32_t run_cycle(bni_krylov *k)
{
    size_t S = k->S, scaled = DIRECTIONS - k->corrections, used;
    double norm = sqrt(bni_dot(k->rest, k->rest, S)), *sum = k->rest; /* which is computed anew */
    if (!(norm > 0) || !isfinite(norm))
        return BINNET_OK;
    BNI_TRY(bni_copy_bytes(k->ctx, k->g.basis, k->rest, S, sizeof *k->rest));
    BNI_TRY(bni_gmres_cycle(k->ctx, &k->g, &used, apply_scaled, k, DIRECTIONS, 0x1p-50 * norm));
    BNI_TRY(bni_clear(k->ctx, sum, S, sizeof *sum));
    BNI_TRY(bni_gmres_add(k->ctx, &k->g, sum, used < scaled ? used : scaled));
    for (size_t s = 0; s < S; s++)
        sum[s] *= k->scale[s];
    for (size_t j = scaled; j < used; j++)
        BNI_TRY(add_direction(k, sum, correction(k, j), k->g.by[j]));
    double size = sqrt(bni_dot(sum, sum, S));
    BNI_TRY(add_direction(k, k->x, sum, 1));
    if (!(size > 0))
        return BINNET_OK;
    /* the latest correction is the last of the directions, the oldest is forgotten */
    k->corrections = k->corrections < CORRECTIONS ? k->corrections + 1 : CORRECTIONS;
    for (size_t j = k->corrections; j-- > 1;)
        BNI_TRY(bni_copy_bytes(k->ctx, k->correction + j * S, k->correction + (j - 1) * S, S, sizeof *sum));
    for (size_t i = 0; i < S; i++)
        k->correction[i] = sum[i] / size;
    return bni_poll(k->ctx, 1);
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
static int32_t run_cycles(bni_krylov *k)
{
    bni_progress whole = bni_progress_push(k->ctx);
    bni_course_begin(k->ctx, &k->course);
    bni_restricted *r = k->r;
    double size, best = INFINITY, unit = ldexp((double)r->chain->n + 24, -53), of_b = vector_size(k, k->b);
    k->corrections = 0;
    k->products = 0;
    for (size_t s = 0; s < k->S; s++)
        k->x[s] = r->guess * k->b[s];
    for (int stale = 0;;) {
        BNI_TRY(find_residual(k));
        size = vector_size(k, k->rest);
        BNI_TRY(bni_poll(k->ctx, 1));
        double rounding = 2 * unit * (2 * vector_size(k, k->x) + of_b);
        r->residual = size + rounding;
        r->relative = relative_residual(k, unit);
        BNI_TRY(bni_poll(k->ctx, 1));
        bni_course_way(&k->course, size, of_b, 0.1 * rounding, 1);
        stale = size < 0.5 * best ? 0 : stale + 1;
        best = fmin(best, size);
        if (!(size > 0.1 * rounding) || stale >= PATIENCE || (int64_t)k->products >= k->ctx->max_iterations) {
            bni_progress_pop(k->ctx, whole);
            return BINNET_OK;
        }
        BNI_TRY(run_cycle(k));
    }
}

static int32_t solve_full(bni_krylov *k, bni_wide_vector x, bni_wide_vector b, int left)
{
    bni_restricted *r = k->r;
    for (size_t i = 0; i < r->m; i++)
        k->b[r->state[i]] = bni_wide_double((bni_wide){b.m[i], b.e[i]});
    BNI_TRY(bni_poll(k->ctx, 0));
    k->left = left;
    BNI_TRY(run_cycles(k));
    for (size_t i = 0; i < r->m; i++) {
        bni_wide v = bni_wide_of(fmax(k->x[r->state[i]], 0));
        x.m[i] = v.m;
        x.e[i] = v.e;
    }
    return bni_poll(k->ctx, 0);
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
