/*
 * One state or two, weights of any law: S(0) = X + Z, S(1) = Y + Z with independent X, Y, Z (connections from neurons active only
 * at 0, only at 1, at both): E over Z of Pr(X ..) Pr(Y ..), a Stieltjes integral against the law of Z, atoms apart.
 * Source: derived in docs/ensembles.md.
 */
#include "disorder/tuples.h"

#include <math.h>
#include <string.h>

/* --- two states --- */

typedef struct shared {
    binnet_ctx *ctx;
    const bni_joint *j;
    binnet_current *part[3]; /* c of the connections at 0 only, at 1 only, at both; c(0) = c_X + c_Z - theta */
    double *jump[3];         /* atoms of Z; of X and Y as the z where they matter */
    size_t jumps[3];
    double theta, x;
    int wanted[2], tie[2];
    int32_t status;
} shared;

static double image(const shared *w, double z)
{
    return w->x - (z - w->theta);
}

/* Pr that X (or Y) puts its current on the wanted side given z: limits from the left (0), the right (2), or at z (1). */
static int32_t side_given(shared *w, double out[3], int which, double at)
{
    double cdf, below, survival, at_least;
    BNI_TRY(bni_current_at(w->ctx, &cdf, &below, &survival, &at_least, 1, w->part[which], &at));
    /* a larger z is a smaller `at`: from the left Pr(c_X <= at), from the right Pr(c_X < at) */
    out[0] = w->wanted[which] ? cdf : survival;
    out[2] = w->wanted[which] ? below : at_least;
    out[1] = w->tie[which] ? out[0] : out[2];
    return BINNET_OK;
}

static void inside(void *arg, int n, const double *z, double *F, double *C, double *g)
{
    shared *w = arg;
    double at[BNI_STIELTJES_FINE], low[2][BNI_STIELTJES_FINE], high[2][BNI_STIELTJES_FINE];
    for (int k = 0; k < n; k++)
        at[k] = image(w, z[k]);
    if (w->status == BINNET_OK)
        w->status = bni_current_at(w->ctx, F, NULL, C, NULL, (size_t)n, w->part[2], z);
    for (int i = 0; i < 2 && w->status == BINNET_OK; i++)
        w->status = bni_current_at(w->ctx, low[i], NULL, high[i], NULL, (size_t)n, w->part[i], at);
    for (int k = 0; k < n && w->status == BINNET_OK; k++)
        g[k] = (w->wanted[0] ? low[0][k] : high[0][k]) * (w->wanted[1] ? low[1][k] : high[1][k]);
}

/* Where an atom of X or Y sits exactly, its own value is the image; elsewhere the formula. */
static double exact_image(const shared *w, int which, double z)
{
    for (size_t k = 0; k < w->jumps[which]; k++)
        if (image(w, w->jump[which][k]) == z)
            return w->jump[which][k];
    return image(w, z);
}

typedef struct ends {
    double F[2], C[2], g[3];
} ends;

static int32_t ends_at(shared *w, ends *s, double z)
{
    double x[3], y[3];
    BNI_TRY(bni_current_at(w->ctx, &s->F[1], &s->F[0], &s->C[1], &s->C[0], 1, w->part[2], &z));
    BNI_TRY(side_given(w, x, 0, exact_image(w, 0, z)));
    BNI_TRY(side_given(w, y, 1, exact_image(w, 1, z)));
    for (int k = 0; k < 3; k++)
        s->g[k] = x[k] * y[k];
    return BINNET_OK;
}

static double next_cut(const shared *w, double z, double to)
{
    double next = to;
    for (size_t k = 0; k < w->jumps[2]; k++)
        if (w->jump[2][k] > z)
            next = fmin(next, w->jump[2][k]);
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < w->jumps[i]; k++) {
            double cut = image(w, w->jump[i][k]);
            if (cut > z)
                next = fmin(next, cut);
        }
    return next;
}

int32_t bni_joint_range(binnet_ctx *ctx, double *from, double *to, const binnet_current *c)
{
    double mean, variance, F, G;
    int32_t status = bni_current_moments(ctx, &mean, &variance, c);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    double centre = status == BINNET_OK ? mean : c->theta;
    double step = status == BINNET_OK && variance > 0 ? 2 * sqrt(variance) : fmax(1e-3 * fabs(centre), 1e-3);
    *from = *to = centre;
    for (int k = 0; k < 1000; k++, step *= 1.5) {
        BNI_TRY(bni_current_at(ctx, &F, NULL, NULL, NULL, 1, c, from));
        BNI_TRY(bni_current_at(ctx, NULL, NULL, &G, NULL, 1, c, to));
        if (F <= 1e-18 && G <= 1e-18)
            break;
        *from -= F > 1e-18 ? step : 0;
        *to += G > 1e-18 ? step : 0;
    }
    return BINNET_OK;
}

static int32_t integrate(shared *w, double *p, double *error)
{
    double from, to, sum = 0, off;
    ends left, right;
    *error = 0;
    BNI_TRY(bni_joint_range(w->ctx, &from, &to, w->part[2]));
    BNI_TRY(ends_at(w, &left, from));
    sum = left.F[1] * left.g[1]; /* an atom at the very end */
    for (double z = from; z < to;) {
        double next = next_cut(w, z, to);
        BNI_TRY(ends_at(w, &right, next));
        if (w->part[2]->groups > w->part[2]->constants && right.F[0] > left.F[1]) {
            const double a[3] = {left.F[1], left.C[1], left.g[2]}, b[3] = {right.F[0], right.C[0], right.g[0]};
            sum += bni_stieltjes(&w->j->rule, inside, w, 0, z, next, a, b, 1e-11, 1e-16, &off);
            BNI_TRY(w->status);
            *error += off;
        }
        double mass = right.F[1] < 0.5 ? right.F[1] - right.F[0] : right.C[0] - right.C[1];
        if (mass > 0)
            sum += mass * right.g[1];
        left = right;
        z = next;
    }
    *p = fmin(fmax(sum, 0), 1);
    *error += 1e-11 * *p;
    return BINNET_OK;
}

/* Candidates of a neuron of a with pattern s, by population, from the neurons with pattern u. */
static void numbers_of(const bni_joint *j, size_t a, int s, int u, int64_t *numbers)
{
    memset(numbers, 0, j->e->n_pop * sizeof *numbers);
    for (size_t k = 0; k < j->fillings; k++)
        if (j->filled[k] % (size_t)j->patterns == (size_t)u)
            numbers[j->filled[k] / (size_t)j->patterns] = bni_joint_candidates(j, a, s, k);
}

static int32_t make_parts(binnet_ctx *ctx, shared *w, size_t a, int s, int64_t *active)
{
    static const int pattern[3] = {1, 2, 3};
    for (int i = 0; i < 3; i++) {
        numbers_of(w->j, a, s, pattern[i], active);
        BNI_TRY(bni_current_make(ctx, &w->part[i], w->j->e, a, active, NULL));
        BNI_TRY(bni_current_atoms(ctx, &w->jumps[i], NULL, NULL, 0, w->part[i]));
        w->jump[i] = bni_new_raw(ctx, w->jumps[i], sizeof(double));
        if (w->jump[i] == NULL)
            return BINNET_E_NOMEM;
        BNI_TRY(bni_current_atoms(ctx, &w->jumps[i], w->jump[i], NULL, w->jumps[i], w->part[i]));
    }
    return BINNET_OK;
}

int32_t bni_joint_shared(binnet_ctx *ctx, double *p, double *error, bni_joint *j, size_t a, int s, int target)
{
    shared w = {.ctx = ctx, .j = j, .theta = j->e->theta[a], .x = j->e->I[a]};
    for (int t = 0; t < 2; t++) {
        w.wanted[t] = target >> t & 1;
        /* at a tie (c = x): from the left of z means c <= x counts as firing */
        w.tie[t] = bni_joint_fires_at_tie(j, s, t);
    }
    int64_t *active = bni_new_raw(ctx, j->e->n_pop, sizeof *active);
    int32_t status = active != NULL ? make_parts(ctx, &w, a, s, active) : BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = integrate(&w, p, error);
    for (int i = 0; i < 3; i++) {
        binnet_current_free(w.part[i]);
        bni_delete(&ctx->mem, w.jump[i]);
    }
    bni_delete(&ctx->mem, active);
    return status;
}

/* --- one state --- */

int32_t bni_joint_single(binnet_ctx *ctx, double *p, double *error, bni_joint *j, size_t a, int s, int target)
{
    const binnet_ensemble *e = j->e;
    int64_t *numbers = bni_new_raw(ctx, 2 * e->n_pop, sizeof *numbers);
    binnet_current *c = NULL;
    double cdf, below, survival, at_least;
    if (numbers == NULL)
        return BINNET_E_NOMEM;
    numbers_of(j, a, s, 1, numbers);
    numbers_of(j, a, s, 0, numbers + e->n_pop);
    int tie = bni_joint_fires_at_tie(j, s, 0);
    int32_t status = bni_current_make(ctx, &c, e, a, numbers, numbers + e->n_pop);
    if (status == BINNET_OK)
        status = bni_current_at(ctx, &cdf, &below, &survival, &at_least, 1, c, &e->I[a]);
    if (status == BINNET_OK)
        *p = target ? (tie ? cdf : below) : tie ? survival : at_least;
    *error = status == BINNET_OK ? 1e-12 * *p : 0;
    binnet_current_free(c);
    bni_delete(&ctx->mem, numbers);
    return status;
}
