/*
 * Where a state of a random network exists: the laws of its bifurcation points, extreme order statistics of the currents,
 *     Pr(Lambda <= x) = prod over active i of F_i(x),     Pr(Xi > x) = prod over inactive i of (1 - F_i(x)),
 * Source: [FP19] sec. 4, [FP19b]; THEORY 8. Atoms of the currents are kept, for Lambda and Xi, and for ties of the two.
 */
#include "ensemble/statistics/bifurcation_points.h"

#include "num/integrate.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* --- the object --- */

void binnet_bifurcation_law_free(binnet_bifurcation_law *b)
{
    if (b == NULL)
        return;
    bni_allocator mem = b->mem;
    for (size_t k = 0; k < b->kins; k++)
        binnet_current_free(b->kin[k].current);
    for (size_t k = 0; b->bound != NULL && k < 2 * b->n_axes; k++) {
        bni_delete(&mem, b->bound[k].atom);
        bni_delete(&mem, b->bound[k].cut);
    }
    bni_delete(&mem, b->kin);
    bni_delete(&mem, b->bound);
    bni_delete(&mem, b);
}

static int by_scale(const void *a, const void *b, const void *unused)
{
    return bni_by_double(&((const bni_scale *)a)->at, &((const bni_scale *)b)->at, unused);
}

/* What the object holds, and what this call needs beside it. */
static int32_t need_beside(binnet_ctx *ctx, const binnet_bifurcation_law *b, double bytes)
{
    return bni_need_memory(ctx, b->held + bytes, "the law of a bifurcation point");
}

/* The atoms of all kins of a bound, sorted, each once. */
static int32_t gather_atoms(binnet_ctx *ctx, binnet_bifurcation_law *b, bni_bound *bound)
{
    size_t room = 0, kept = 0;
    double beside = 0;
    for (size_t k = 0; k < bound->kins; k++) {
        size_t count = 0;
        double bytes = bni_current_atoms_bytes(bound->kin[k].current);
        BNI_TRY(need_beside(ctx, b, bytes));
        BNI_TRY(bni_current_atoms(ctx, &count, NULL, NULL, 0, bound->kin[k].current));
        room += count;
        beside = fmax(beside, bytes);
    }
    if (room == 0)
        return BINNET_OK;
    BNI_TRY(need_beside(ctx, b, 8 * (double)room + fmax(beside, 16 * (double)room)));
    bound->atom = bni_new_raw(ctx, room, sizeof(double));
    if (bound->atom == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < bound->kins; k++) {
        size_t count = 0;
        BNI_TRY(bni_current_atoms(ctx, &count, bound->atom + kept, NULL, room - kept, bound->kin[k].current));
        kept += count;
    }
    bni_scale *all = bni_new_raw(ctx, room, sizeof *all);
    if (all == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < kept; k++)
        all[k] = (bni_scale){bound->atom[k], 0};
    bni_sort(NULL, all, kept, sizeof *all, by_scale, NULL);
    for (size_t k = 0; k < kept; k++)
        if (k == 0 || all[k].at > bound->atom[bound->atoms - 1])
            bound->atom[bound->atoms++] = all[k].at;
    bni_delete(&ctx->mem, all);
    b->held += 8 * (double)room;
    return BINNET_OK;
}

/* Kinks are kept; of the others those that are half a width from the one before. */
static size_t thin_scales(double *cut, bni_scale *all, size_t count)
{
    size_t kept = 0;
    bni_sort(NULL, all, count, sizeof *all, by_scale, NULL);
    for (size_t k = 0, last = 0; k < count; k++) {
        double apart = all[k].at - all[last].at,
               width = all[last].width > 0 ? fmin(all[k].width, all[last].width) : all[k].width;
        if (kept > 0 && !(apart > 0.5 * width))
            continue;
        cut[kept++] = all[k].at;
        last = k;
    }
    return kept;
}

/* The scales of all kins of a bound. */
static int32_t gather_scales(binnet_ctx *ctx, binnet_bifurcation_law *b, bni_bound *bound)
{
    size_t room = 0, count = 0;
    double scratch_bytes = 0;
    for (size_t k = 0; k < bound->kins; k++)
        scratch_bytes = fmax(scratch_bytes, bni_current_scales_bytes(bound->kin[k].current));
    if (bound->kins == 0)
        return BINNET_OK;
    BNI_TRY(need_beside(ctx, b, scratch_bytes));
    void *scratch = bni_new_raw(ctx, 1, (size_t)scratch_bytes);
    if (scratch == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < bound->kins; k++)
        room += bni_current_scales(NULL, bound->kin[k].current, scratch);
    int32_t status = need_beside(ctx, b, scratch_bytes + (double)room * (sizeof(bni_scale) + sizeof(double)));
    bni_scale *all = status == BINNET_OK ? bni_new_raw(ctx, room, sizeof *all) : NULL;
    bound->cut = all != NULL ? bni_new_raw(ctx, room, sizeof *bound->cut) : NULL;
    if (bound->cut != NULL) {
        for (size_t k = 0; k < bound->kins; k++)
            count += bni_current_scales(all + count, bound->kin[k].current, scratch);
        bound->cuts = thin_scales(bound->cut, all, count);
        b->held += 8 * (double)room;
    } else if (status == BINNET_OK) {
        status = BINNET_E_NOMEM;
    }
    bni_delete(&ctx->mem, all);
    bni_delete(&ctx->mem, scratch);
    return status;
}

/* Bytes of the terms of one law that are kept. */
static const double most_kept = 0x1p26;

static int32_t add_population(binnet_ctx *ctx, binnet_bifurcation_law *b, bni_bound *bound, const binnet_ensemble *e,
                              size_t a, const int64_t *active, int own)
{
    int64_t neurons = own ? active[a] : e->size[a] - active[a];
    if (neurons == 0)
        return BINNET_OK;
    bni_kin *kin = &b->kin[b->kins];
    double bytes = bni_current_bytes(e, a, e->size, e->size) + 16 * (double)e->n_pop;
    BNI_TRY(need_beside(ctx, b, bytes));
    BNI_TRY(bni_class_current(ctx, &kin->current, e, a, active, own));
    kin->neurons = (double)neurons;
    b->kins++;
    b->held += bytes;
    double sides = bni_current_sides_bytes(e, a);
    BNI_TRY(need_beside(ctx, b, sides));
    if (bound != NULL)
        BNI_TRY(bni_current_prepare(ctx, kin->current, fmin(most_kept, (double)ctx->memory_limit - b->held - sides),
                                    &b->held));
    b->continuous |= kin->current->groups > kin->current->constants;
    if (bound == NULL) { /* off the axes */
        double stays = 0, off = 0;
        BNI_TRY(bni_log_stays(ctx, &stays, &off, e, kin->current, own, e->I[a]));
        b->log_fixed += (double)neurons * stays;
        b->fixed_off += (double)neurons * off;
        return BINNET_OK;
    }
    bound->kin = bound->kins == 0 ? kin : bound->kin;
    bound->kins++;
    return BINNET_OK;
}

static int32_t fill_bounds(binnet_ctx *ctx, binnet_bifurcation_law *b, const binnet_ensemble *e, const int64_t *active,
                           const int32_t *axis)
{
    for (size_t u = 0; u < b->n_axes; u++)
        for (int xi = 0; xi <= 1; xi++) {
            bni_bound *bound = &b->bound[2 * u + (size_t)xi];
            for (size_t a = 0; a < e->n_pop; a++)
                if ((axis == NULL ? (int64_t)a : axis[a]) == (int64_t)u)
                    BNI_TRY(add_population(ctx, b, bound, e, a, active, !xi));
            BNI_TRY(gather_atoms(ctx, b, bound));
            BNI_TRY(gather_scales(ctx, b, bound));
        }
    for (size_t a = 0; a < e->n_pop; a++)
        for (int own = 0; own <= 1 && axis != NULL && axis[a] < 0; own++)
            BNI_TRY(add_population(ctx, b, NULL, e, a, active, own));
    double sides = 0; /* of what is asked of it later */
    for (size_t a = 0; a < e->n_pop; a++)
        sides = fmax(sides, bni_current_sides_bytes(e, a));
    return need_beside(ctx, b, sides);
}

int32_t bni_bifurcation_law_make(binnet_ctx *ctx, binnet_bifurcation_law **out, const binnet_ensemble *e,
                                 const int64_t *active, size_t n_axes, const int32_t *axis, double beside_bytes)
{
    *out = NULL;
    double bytes = sizeof(binnet_bifurcation_law) + 2 * (double)e->n_pop * sizeof(bni_kin) +
                   2 * (double)n_axes * sizeof(bni_bound) + beside_bytes;
    BNI_TRY(bni_need_memory(ctx, bytes, "the law of a bifurcation point"));
    binnet_bifurcation_law *b = bni_new(ctx, 1, sizeof *b);
    if (b == NULL)
        return BINNET_E_NOMEM;
    b->mem = ctx->mem;
    b->n_axes = n_axes;
    b->tie = e->tie;
    b->held = bytes;
    b->kin = bni_new(ctx, 2 * e->n_pop, sizeof *b->kin);
    b->bound = bni_new(ctx, 2 * n_axes, sizeof *b->bound);
    int32_t status = b->kin != NULL && b->bound != NULL ? fill_bounds(ctx, b, e, active, axis) : BINNET_E_NOMEM;
    if (status != BINNET_OK) {
        binnet_bifurcation_law_free(b);
        return status;
    }
    *out = b;
    return BINNET_OK;
}

int32_t binnet_bifurcation_law_new(binnet_ctx *ctx, binnet_bifurcation_law **out, const binnet_ensemble *ensemble,
                                   const int64_t *active, size_t n_axes, const int32_t *axis)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(bni_need_active(ctx, ensemble, active));
    BNI_TRY(bni_need_axis(ctx, ensemble, n_axes, axis));
    return bni_bifurcation_law_make(ctx, out, ensemble, active, n_axes, axis, 0);
}

/* --- laws of the bounds --- */

/* Product of p_k^n_k and 1 minus it, from the sum of n_k log p_k. */
static void complete_bound(double *power, double *rest, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        rest[k] = -expm1(power[k]);
        power[k] = exp(power[k]);
    }
}

static void add_logs(double *sum, const double *p, const double *q, size_t count, double neurons)
{
    for (size_t k = 0; k < count; k++)
        sum[k] += neurons * (p[k] > 0.5 ? log1p(-q[k]) : log(p[k]));
}

/* The same for the greatest p and least p that the errors allow: how far the power may be off. */
static void add_errors(double *more, double *less, const double *p, const double *q, const double *error, size_t count,
                       double neurons)
{
    for (size_t k = 0; k < count; k++) {
        double up = fmin(p[k] + error[k], 1), down = fmax(q[k] - error[k], 0);
        more[k] += neurons * (up > 0.5 ? log1p(-fmin(down, 1)) : log(up));
        up = fmax(p[k] - error[k], 0);
        down = fmin(q[k] + error[k], 1);
        less[k] += neurons * (up > 0.5 ? log1p(-down) : log(up));
    }
}

int32_t bni_bound_at(binnet_ctx *ctx, double *cdf, double *below, double *survival, double *at_least, double *error,
                     size_t count, const bni_bound *bound, int xi, const double *x)
{
    double weak[BNI_POINTS] = {0}, strict[BNI_POINTS] = {0}, rest_weak[BNI_POINTS], rest_strict[BNI_POINTS];
    double more[2][BNI_POINTS] = {{0}}, less[2][BNI_POINTS] = {{0}};
    for (size_t k = 0; k < bound->kins; k++) {
        double c[BNI_POINTS], b[BNI_POINTS], s[BNI_POINTS], l[BNI_POINTS], off[BNI_POINTS],
            neurons = bound->kin[k].neurons;
        BNI_TRY(bni_current_at(ctx, c, b, s, l, off, count, bound->kin[k].current, x));
        add_logs(weak, xi ? l : c, xi ? b : s, count, neurons);
        add_logs(strict, xi ? s : b, xi ? c : l, count, neurons);
        if (error == NULL)
            continue;
        add_errors(more[0], less[0], xi ? l : c, xi ? b : s, off, count, neurons);
        add_errors(more[1], less[1], xi ? s : b, xi ? c : l, off, count, neurons);
    }
    for (size_t k = 0; error != NULL && k < count; k++) {
        error[k] = 0;
        for (int side = 0; side < 2; side++) /* |difference| of two values of exp, as one of expm1 */
            if (more[side][k] > less[side][k])
                error[k] = fmax(error[k], -exp(more[side][k]) * expm1(less[side][k] - more[side][k]));
    }
    complete_bound(weak, rest_weak, count);
    complete_bound(strict, rest_strict, count);
    /* Lambda: weak = Pr(<= x), strict = Pr(< x). Xi: weak = Pr(>= x), strict = Pr(> x). */
    double *const out[4] = {cdf, below, survival, at_least};
    const double *const lambda[4] = {weak, strict, rest_weak, rest_strict};
    const double *const least[4] = {rest_strict, rest_weak, strict, weak};
    for (int k = 0; k < 4; k++)
        if (out[k] != NULL)
            memcpy(out[k], xi ? least[k] : lambda[k], count * sizeof(double));
    return BINNET_OK;
}

int32_t bni_bound_centre(binnet_ctx *ctx, double *centre, double *width, const bni_bound *bound)
{
    double mean, variance;
    int32_t status = bni_current_moments(ctx, &mean, &variance, bound->kin[0].current);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    int known = status == BINNET_OK && isfinite(mean) && isfinite(variance);
    *centre = known ? mean : bound->kin[0].current->theta;
    *width = known && variance > 0 ? sqrt(variance) : fmax(1e-3 * fabs(*centre), 1e-3);
    return BINNET_OK;
}

double bni_bound_next_cut(const bni_bound *bound, double x, int up)
{
    double best = up ? INFINITY : -INFINITY;
    const double *const list[2] = {bound->atom, bound->cut};
    const size_t count[2] = {bound->atoms, bound->cuts};
    for (int k = 0; k < 2; k++) {
        size_t low = 0, high = count[k]; /* up: the first above x; down: the first not below it */
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (up ? list[k][middle] > x : list[k][middle] >= x)
                high = middle;
            else
                low = middle + 1;
        }
        if (up && low < count[k])
            best = fmin(best, list[k][low]);
        if (!up && low > 0)
            best = fmax(best, list[k][low - 1]);
    }
    return best;
}

int32_t bni_bound_quantile(binnet_ctx *ctx, double *x, const bni_bound *bound, int xi, double u)
{
    double centre, width, low, high, F;
    BNI_TRY(bni_bound_centre(ctx, &centre, &width, bound));
    low = high = centre;
    BNI_TRY(bni_bound_at(ctx, &F, NULL, NULL, NULL, NULL, 1, bound, xi, &centre));
    int up = F < u;
    for (; (F < u) == up && width < 1e300; width *= 2) {
        double at = up ? centre + width : centre - width;
        *(up ? &low : &high) = *(up ? &high : &low);
        *(up ? &high : &low) = at;
        BNI_TRY(bni_bound_at(ctx, &F, NULL, NULL, NULL, NULL, 1, bound, xi, &at));
    }
    if (width >= 1e300)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the quantile %g is beyond 1e300", u);
    /* F(low) < u <= F(high): sixteen parts at a time until no double lies between */
    while (low < high) {
        double at[BNI_POINTS], value[BNI_POINTS];
        size_t k = 0;
        for (; k < BNI_POINTS; k++)
            at[k] = low + (high - low) * ((double)(k + 1) / (BNI_POINTS + 1));
        if (!(at[0] > low) || !(at[BNI_POINTS - 1] < high)) {
            double middle = 0.5 * low + 0.5 * high;
            if (!(middle > low && middle < high))
                break;
            for (k = 0; k < BNI_POINTS; k++)
                at[k] = middle;
        }
        BNI_TRY(bni_bound_at(ctx, value, NULL, NULL, NULL, NULL, BNI_POINTS, bound, xi, at));
        for (k = 0; k < BNI_POINTS && value[k] < u; k++)
            continue;
        if (k < BNI_POINTS)
            high = at[k];
        if (k > 0)
            low = at[k - 1];
    }
    *x = high;
    return BINNET_OK;
}

int32_t bni_bound_pick(binnet_ctx *ctx, const bni_bound **bound, const binnet_bifurcation_law *b, size_t axis,
                       int32_t which)
{
    BNI_TRY(bni_need(ctx, b, "bifurcation"));
    if (axis >= b->n_axes)
        return bni_fail(ctx, BINNET_E_RANGE, "axis is %zu, allowed is 0..%zu", axis, b->n_axes - 1);
    if (which != BINNET_LAMBDA && which != BINNET_XI)
        return bni_fail(ctx, BINNET_E_RANGE, "which is %d, allowed is %d or %d", (int)which, BINNET_LAMBDA, BINNET_XI);
    *bound = &b->bound[2 * axis + (which == BINNET_XI)];
    return BINNET_OK;
}

int32_t binnet_bifurcation_law_cdf(binnet_ctx *ctx, double *cdf, double *survival, size_t count,
                                   const binnet_bifurcation_law *b, size_t axis, int32_t which, const double *x)
{
    const bni_bound *bound = NULL;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_bound_pick(ctx, &bound, b, axis, which));
    if (count == 0)
        return BINNET_OK;
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(bni_need_finite(ctx, x, count, "x"));
    for (size_t k = 0; k < count; k += BNI_POINTS) {
        size_t some = count - k < BNI_POINTS ? count - k : BNI_POINTS;
        BNI_TRY(bni_bound_at(ctx, cdf != NULL ? cdf + k : NULL, NULL, survival != NULL ? survival + k : NULL, NULL,
                             NULL, some, bound, which == BINNET_XI, x + k));
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    return BINNET_OK;
}

int32_t binnet_bifurcation_law_quantile(binnet_ctx *ctx, double *x, size_t count, const binnet_bifurcation_law *b,
                                        size_t axis, int32_t which, const double *u)
{
    const bni_bound *bound = NULL;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_bound_pick(ctx, &bound, b, axis, which));
    if (count == 0)
        return BINNET_OK;
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(bni_need(ctx, u, "u"));
    for (size_t k = 0; k < count; k++)
        if (!(u[k] > 0 && u[k] < 1))
            return bni_fail(ctx, isnan(u[k]) ? BINNET_E_NAN : BINNET_E_RANGE,
                            "u[%zu] is %g, allowed is above 0 and below 1", k, u[k]);
    for (size_t k = 0; k < count; k++) {
        x[k] = which == BINNET_XI ? INFINITY : -INFINITY;
        if (bound->kins > 0)
            BNI_TRY(bni_bound_quantile(ctx, &x[k], bound, which == BINNET_XI, u[k]));
        BNI_TRY(bni_poll(ctx, (double)(k + 1) / (double)count));
    }
    return BINNET_OK;
}
