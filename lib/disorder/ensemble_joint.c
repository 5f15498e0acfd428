/*
 * One neuron, several states at once: the probability that its currents c(A(0)), ..., c(A(T-1)) lie on given sides of the
 * stimulus. The sums S(t) = sum of J_ij over the j active at t share the connections from neurons that are active at
 * several times.
 *  - constant and Gaussian weights: given the numbers of present connections from each pattern, S is normal, with
 *    Cov(S(t), S(t')) = sum of variances over patterns active at both; an orthant probability of dimension <= 3.
 *  - other weights, T = 2: S(0) = X + Z, S(1) = Y + Z with independent X, Y, Z (only at 0, only at 1, at both):
 *    E over Z of Pr(X ..) Pr(Y ..), a Stieltjes integral against the law of Z, atoms apart.
 * Source: rows of J are independent (THEORY 8); the derivation is in docs/ensembles.md.
 */
#include "disorder/tuples.h"

#include "num/exact.h"
#include "num/orthant.h"
#include "num/special.h"

#include <math.h>
#include <string.h>

/* --- workspace --- */

static size_t slots(const binnet_ensemble *e, int times)
{
    return e->n_pop << times;
}

double bni_joint_bytes(const binnet_ensemble *e, int times)
{
    double s = (double)slots(e, times);
    return s * (sizeof(size_t) + 2 * sizeof(int64_t) + sizeof(double *)) +
           8 * ((double)e->n + s) * (double)(1 << times);
}

void bni_joint_free(binnet_ctx *ctx, bni_joint *j)
{
    bni_delete(&ctx->mem, j->place);
    bni_delete(&ctx->mem, j->most);
    bni_delete(&ctx->mem, j->present);
    bni_delete(&ctx->mem, (void *)j->pmf);
    bni_delete(&ctx->mem, j->pmf_all);
}

static int is_simple(const bni_weight *w)
{
    bni_weight plain = bni_weight_plain(w);
    return plain.kind == BINNET_WEIGHT_CONSTANT || plain.kind == BINNET_WEIGHT_GAUSSIAN;
}

static int all_simple(const binnet_ensemble *e, int constant)
{
    for (size_t k = 0; k < e->n_pop * e->n_pop; k++) {
        bni_weight plain = bni_weight_plain(&e->weight[k]);
        if (e->p[k] > 0 && (constant ? plain.kind != BINNET_WEIGHT_CONSTANT : !is_simple(&e->weight[k])))
            return 0;
    }
    return 1;
}

int32_t bni_joint_allowed(binnet_ctx *ctx, const binnet_ensemble *e, int times)
{
    int simple = all_simple(e, 0);
    if (times <= 1 || all_simple(e, 1) || (simple && times <= 3))
        return BINNET_OK;
    if (simple)
        return bni_fail(ctx, BINNET_E_RANGE, "%d states at once; with Gaussian weights at most 3", times);
    if (times > 2)
        return bni_fail(ctx, BINNET_E_RANGE, "%d states at once; with weights that are not Gaussian or constant at most 2",
                        times);
    if (e->normalise == BINNET_NORMALISE_INDEGREE)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "several states at once, normalised by the in-degree: only for Gaussian and constant weights");
    return BINNET_OK;
}

int32_t bni_joint_new(binnet_ctx *ctx, bni_joint *j, const binnet_ensemble *e, int times)
{
    size_t count = slots(e, times);
    *j = (bni_joint){.e = e, .times = times, .patterns = 1 << times, .simple = all_simple(e, 0)};
    bni_stieltjes_prepare(&j->rule);
    j->place = bni_new_raw(ctx, count, sizeof *j->place);
    j->most = bni_new_raw(ctx, count, sizeof *j->most);
    j->present = bni_new_raw(ctx, count, sizeof *j->present);
    j->pmf = bni_new_raw(ctx, count, sizeof *j->pmf);
    j->pmf_room = (e->n + count) << times;
    j->pmf_all = bni_new_raw(ctx, j->pmf_room, sizeof(double));
    if (j->place == NULL || j->most == NULL || j->present == NULL || j->pmf == NULL || j->pmf_all == NULL) {
        bni_joint_free(ctx, j);
        return BINNET_E_NOMEM;
    }
    return BINNET_OK;
}

/* Connection candidates from pattern u of population b to a neuron of a with pattern s. */
static int64_t candidates(const bni_joint *j, size_t a, int s, size_t b, int u)
{
    return j->m[b * (size_t)j->patterns + (size_t)u] - (b == a && u == s && !j->e->self_connections);
}

/* --- constant and Gaussian weights --- */

/* Sign of S(t) - M (theta - x) of present constants, exact. */
static int exact_side(const bni_joint *j, size_t a, int t, size_t used, double M, double x)
{
    bni_exact exact;
    bni_exact_clear(&exact);
    for (size_t k = 0; k < used; k++)
        if (j->place[k] >> t & 1)
            bni_exact_add_product(&exact, (double)j->present[k],
                                  bni_weight_plain(&j->e->weight[a * j->e->n_pop + j->place[k] / (size_t)j->patterns]).par[0]);
    bni_exact_add_product(&exact, M, x);
    bni_exact_add_product(&exact, -M, j->e->theta[a]);
    return bni_exact_sign(&exact);
}

static int fires_at_tie(const bni_joint *j, int s, int t)
{
    return j->e->tie == BINNET_TIE_ACTIVE || (j->e->tie == BINNET_TIE_KEEP && (s >> t & 1));
}

/* Given the numbers of present connections. place[k] = b * patterns + u, so its low bits are u. */
static double given_present(const bni_joint *j, size_t a, int s, int target, double x, size_t used)
{
    double mean[BNI_MOST_TIMES] = {0}, cov[BNI_MOST_TIMES][BNI_MOST_TIMES] = {{0}}, h[3], r[3], M = j->e->M[a];
    int64_t total = 0;
    int at[3], sign[3], dims = 0;
    for (size_t k = 0; k < used; k++) {
        bni_weight w = bni_weight_plain(&j->e->weight[a * j->e->n_pop + j->place[k] / (size_t)j->patterns]);
        double number = (double)j->present[k], variance = w.kind == BINNET_WEIGHT_GAUSSIAN ? w.par[1] * w.par[1] : 0;
        total += j->present[k];
        for (int t = 0; t < j->times; t++) {
            if (!(j->place[k] >> t & 1))
                continue;
            mean[t] += number * w.par[0];
            for (int v = 0; v <= t; v++)
                if (j->place[k] >> v & 1)
                    cov[t][v] += number * variance;
        }
    }
    if (j->e->normalise == BINNET_NORMALISE_INDEGREE)
        M = total > 0 ? (double)total : 1;
    for (int t = 0; t < j->times; t++) {
        int wanted = target >> t & 1;
        if (cov[t][t] > 0) {
            sign[dims] = wanted ? 1 : -1;
            h[dims] = sign[dims] * (M * (j->e->theta[a] - x) - mean[t]) / sqrt(cov[t][t]);
            at[dims++] = t;
            continue;
        }
        int side = exact_side(j, a, t, used, M, x), fires = side > 0 || (side == 0 && fires_at_tie(j, s, t));
        if (fires != wanted)
            return 0;
    }
    for (int p = 0; p < dims; p++)
        for (int q = 0; q < p; q++)
            r[p + q - 1] = sign[p] * sign[q] * cov[at[p]][at[q]] / sqrt(cov[at[p]][at[p]] * cov[at[q]][at[q]]);
    double tail = 1;
    if (dims == 1)
        bni_gaussian(h[0], NULL, &tail, NULL);
    else if (dims == 2)
        tail = bni_bivariate(h[0], h[1], r[0]);
    else if (dims == 3)
        tail = bni_trivariate(h, r);
    return tail;
}

static int32_t mixture(binnet_ctx *ctx, double *p, bni_joint *j, size_t a, int s, int target, double x)
{
    const binnet_ensemble *e = j->e;
    int in_degree = e->normalise == BINNET_NORMALISE_INDEGREE;
    size_t used = 0, room = 0;
    for (size_t b = 0; b < e->n_pop; b++)
        for (int u = !in_degree; u < j->patterns; u++) {
            int64_t most = candidates(j, a, s, b, u);
            double chance = e->p[a * e->n_pop + b];
            if (most == 0 || chance == 0)
                continue;
            j->place[used] = b * (size_t)j->patterns + (size_t)u;
            j->most[used] = most;
            j->pmf[used] = NULL;
            j->present[used] = most;
            if (chance < 1) {
                j->pmf[used] = j->pmf_all + room;
                room += (size_t)most + 1;
                bni_binomial(j->pmf[used], most, chance);
                j->present[used] = 0;
            }
            used++;
        }
    double sum = 0;
    for (unsigned step = 0;; step++) {
        double weight = 1;
        for (size_t k = 0; k < used; k++)
            weight *= j->pmf[k] != NULL ? j->pmf[k][j->present[k]] : 1;
        if (weight > 1e-30) /* what is left out is below 1e-30 times the number of terms */
            sum += weight * given_present(j, a, s, target, x, used);
        size_t k = 0;
        for (; k < used; k++) {
            if (j->pmf[k] == NULL)
                continue;
            if (j->present[k]++ < j->most[k])
                break;
            j->present[k] = 0;
        }
        if (k == used)
            break;
        if (step % 1024 == 1023)
            BNI_TRY(bni_poll(ctx, 0));
    }
    *p = fmin(sum, 1);
    return BINNET_OK;
}

/* --- other weights, two states --- */

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

/* The z beyond which Z has less than 1e-18. */
static int32_t range_of(shared *w, double *from, double *to)
{
    double mean, variance, F, G;
    int32_t status = bni_current_moments(w->ctx, &mean, &variance, w->part[2]);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    double centre = status == BINNET_OK ? mean : w->theta;
    double step = status == BINNET_OK && variance > 0 ? 2 * sqrt(variance) : fmax(1e-3 * fabs(centre), 1e-3);
    *from = *to = centre;
    for (int k = 0; k < 1000; k++, step *= 1.5) {
        BNI_TRY(bni_current_at(w->ctx, &F, NULL, NULL, NULL, 1, w->part[2], from));
        BNI_TRY(bni_current_at(w->ctx, NULL, NULL, &G, NULL, 1, w->part[2], to));
        if (F <= 1e-18 && G <= 1e-18)
            break;
        *from -= F > 1e-18 ? step : 0;
        *to += G > 1e-18 ? step : 0;
    }
    return BINNET_OK;
}

static int32_t integrate(shared *w, double *p)
{
    double from, to, sum = 0;
    ends left, right;
    BNI_TRY(range_of(w, &from, &to));
    BNI_TRY(ends_at(w, &left, from));
    sum = left.F[1] * left.g[1]; /* an atom at the very end */
    for (double z = from; z < to;) {
        double next = next_cut(w, z, to);
        BNI_TRY(ends_at(w, &right, next));
        if (w->part[2]->groups > w->part[2]->constants && right.F[0] > left.F[1]) {
            const double a[3] = {left.F[1], left.C[1], left.g[2]}, b[3] = {right.F[0], right.C[0], right.g[0]};
            sum += bni_stieltjes(&w->j->rule, inside, w, 0, z, next, a, b, 1e-11, 1e-16, NULL);
            BNI_TRY(w->status);
        }
        double mass = right.F[1] < 0.5 ? right.F[1] - right.F[0] : right.C[0] - right.C[1];
        if (mass > 0)
            sum += mass * right.g[1];
        left = right;
        z = next;
    }
    *p = fmin(fmax(sum, 0), 1);
    return BINNET_OK;
}

static int32_t make_parts(binnet_ctx *ctx, shared *w, size_t a, int s, int64_t *active)
{
    static const int pattern[3] = {1, 2, 3};
    for (int i = 0; i < 3; i++) {
        for (size_t b = 0; b < w->j->e->n_pop; b++)
            active[b] = candidates(w->j, a, s, b, pattern[i]);
        BNI_TRY(bni_current_make(ctx, &w->part[i], w->j->e, a, active, NULL));
        BNI_TRY(bni_current_atoms(ctx, &w->jumps[i], NULL, NULL, 0, w->part[i]));
        w->jump[i] = bni_new_raw(ctx, w->jumps[i], sizeof(double));
        if (w->jump[i] == NULL)
            return BINNET_E_NOMEM;
        BNI_TRY(bni_current_atoms(ctx, &w->jumps[i], w->jump[i], NULL, w->jumps[i], w->part[i]));
    }
    return BINNET_OK;
}

static int32_t by_shared_part(binnet_ctx *ctx, double *p, bni_joint *j, size_t a, int s, int target, double x)
{
    shared w = {.ctx = ctx, .j = j, .theta = j->e->theta[a], .x = x};
    for (int t = 0; t < 2; t++) {
        w.wanted[t] = target >> t & 1;
        /* at a tie (c = x): from the left of z means c <= x counts as firing */
        w.tie[t] = fires_at_tie(j, s, t);
    }
    int64_t *active = bni_new_raw(ctx, j->e->n_pop, sizeof *active);
    int32_t status = active != NULL ? make_parts(ctx, &w, a, s, active) : BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = integrate(&w, p);
    for (int i = 0; i < 3; i++) {
        binnet_current_free(w.part[i]);
        bni_delete(&ctx->mem, w.jump[i]);
    }
    bni_delete(&ctx->mem, active);
    return status;
}

/* One state only. */
static int32_t single(binnet_ctx *ctx, double *p, bni_joint *j, size_t a, int s, int target, double x)
{
    const binnet_ensemble *e = j->e;
    int64_t *numbers = bni_new_raw(ctx, 2 * e->n_pop, sizeof *numbers);
    binnet_current *c = NULL;
    double cdf, below, survival, at_least;
    if (numbers == NULL)
        return BINNET_E_NOMEM;
    for (size_t b = 0; b < e->n_pop; b++) {
        numbers[b] = candidates(j, a, s, b, 1);
        numbers[e->n_pop + b] = candidates(j, a, s, b, 0);
    }
    int32_t status = bni_current_make(ctx, &c, e, a, numbers, numbers + e->n_pop);
    if (status == BINNET_OK)
        status = bni_current_at(ctx, &cdf, &below, &survival, &at_least, 1, c, &x);
    if (status == BINNET_OK)
        *p = target ? (fires_at_tie(j, s, 0) ? cdf : below) : fires_at_tie(j, s, 0) ? survival : at_least;
    binnet_current_free(c);
    bni_delete(&ctx->mem, numbers);
    return status;
}

int32_t bni_joint_probability(binnet_ctx *ctx, double *p, bni_joint *j, size_t a, int s, int target, double x)
{
    if (j->simple)
        return mixture(ctx, p, j, a, s, target, x);
    return j->times == 1 ? single(ctx, p, j, a, s, target, x) : by_shared_part(ctx, p, j, a, s, target, x);
}
