/*
 * Inversion of the characteristic function, for the part of the law with two or more continuous weights present, or one
 * whose law is known by its characteristic function alone (the rest is a mixture, connection_mixture.c). With psi(t) =
 * E exp(i t S) on that part, rho its probability, t_k = (k + 1/2) 2 pi/L:
 *   Pr(S > y) = rho/2 + (1/pi) sum over k >= 0 of Im[psi(t_k) exp(-i t_k y)]/(k + 1/2),
 * up to at most max(Pr(S > y + L), Pr(S < y - L))   [Gil-Pelaez 1951; Davies 1973]. L comes from Chernoff's bound on both
 * tails (or from tails_from_characteristic.c), the last term from a bound of |psi|: two weights, so that it falls with
 * the square of theirs.
 * In-degree: S >= Y is sum (W - tau) - tau r >= 0, r connections from inactive neurons, tau = theta - x.
 */
#include "ensemble/current/inversion.h"
#include "num/constants.h"

#include <float.h>
#include <math.h>

enum { BLOCK = BNI_INVERSION_BLOCK };

typedef bni_inversion inversion;

/* log(1 - p + p exp(lm)) */
static double log_one(double p, double lm)
{
    if (p == 1)
        return lm;
    return lm > 30 ? lm + log(p + (1 - p) * exp(-lm)) : lm < -1 ? log((1 - p) + p * exp(lm)) : log1p(p * expm1(lm));
}

/* log of prod (1 - p + p exp(lm))^n; with `any` the greatest over the candidates that are active. */
static double log_bound(const inversion *v, const bni_part *part, size_t parts, double lm, double s)
{
    double sum = 0;
    for (size_t k = 0; k < parts; k++) {
        double one = log_one(part[k].p, lm);
        if (v->any)
            one = fmax(one, v->law->in_degree ? log_one(part[k].p, -s * v->shift) : 0);
        sum += (double)part[k].n * one;
    }
    return sum;
}

/* (log E exp(s S) + lambda) / |s|: S passes it, in the direction of s, with probability exp(-lambda) at most. */
static double quantile_reach(const inversion *v, double s, double lambda)
{
    const binnet_current *law = v->law;
    double sum = lambda;
    for (size_t g = 0; g < law->groups; g++) {
        double lm = bni_characteristic_log_mgf(&v->wave[g], s) - s * v->shift;
        if (!(lm < HUGE_VAL))
            return HUGE_VAL;
        sum += log_bound(v, law->group[g].part, law->group[g].parts, lm, s);
    }
    if (law->in_degree)
        sum += log_bound(v, law->rest_part, law->rest_parts, -s * v->shift, s);
    return sum / fabs(s);
}

/* The least reach over s of one sign. */
static double least_reach(const inversion *v, double sign, double size, double lambda)
{
    double s = sign / size, best = quantile_reach(v, s, lambda);
    for (double factor = 4; factor > 1.01; factor = sqrt(factor)) {
        for (int direction = 0; direction < 2; direction++)
            for (int k = 0; k < 600; k++) {
                double next = direction ? s / factor : s * factor, value = quantile_reach(v, next, lambda);
                if (!(value < best) && !(best == HUGE_VAL && direction))
                    break;
                s = next;
                best = value;
            }
    }
    return best;
}

static double inversion_size(const inversion *v)
{
    double size = fabs(v->shift);
    for (size_t g = 0; g < v->law->groups; g++) {
        const bni_characteristic *w = &v->wave[g];
        double mean, variance;
        if (w->edges > 0) {
            size = fmax(size, fmax(fabs(w->lo), fabs(w->hi)));
        } else {
            bni_weight_moments(w->weight, &mean, &variance);
            size = fmax(size, fabs(mean) + sqrt(variance));
        }
    }
    return size;
}

/* What the terms from number k on add up to at most: of the probabilities, and of the density times L. */
static int32_t integrand_left_out(const inversion *v, double k, double *probability, double *density)
{
    double t = k * v->step, value, power;
    BNI_TRY(bni_psi_envelope(v, t, &value, &power));
    *probability = value == 0 ? 0 : value / (BNI_PI * power);
    *density = value == 0 ? 0 : power > 1 ? 2 * k * value / (power - 1) : HUGE_VAL;
    return BINNET_OK;
}

static const double density_error = 1e-6;

/* The number of terms for both bounds, at most `most`; *bound is what it leaves out. */
static int32_t choose_terms(inversion *v, double aim, int with_density, double most, double *bound)
{
    double k = BLOCK, density;
    for (;; k = fmin(most, 2 * k)) {
        BNI_TRY(integrand_left_out(v, k, bound, &density));
        if (*bound <= aim && (!with_density || density <= density_error))
            break;
        if (k >= most)
            return bni_fail(v->ctx, BINNET_E_NOCONV,
                            "after %.3g terms the inversion leaves out up to %.3g (density %.3g), aimed at %.3g", k,
                            *bound, density, aim);
        BNI_TRY(bni_poll(v->ctx, 0));
    }
    for (double from = 0.5 * k, factor = sqrt(2); factor > 1.04 && k > BLOCK; factor = sqrt(factor)) {
        double some;
        BNI_TRY(integrand_left_out(v, from * factor, &some, &density));
        if (some <= aim && (!with_density || density <= density_error)) {
            k = from * factor;
            *bound = some;
        } else {
            from *= factor;
        }
    }
    v->terms = ceil(k / BLOCK) * BLOCK;
    for (size_t g = 0; g < v->law->groups; g++)
        if (bni_characteristic_has_nodes(v->wave[g].weight))
            BNI_TRY(bni_characteristic_nodes(v->ctx, &v->wave[g], v->terms * v->step));
    return BINNET_OK;
}

/* psi at one block of terms; adds to what it was rounded by and to its size. */
static void psi_block(const inversion *v, double start, double *re, double *im, double *rounding, double *weight)
{
    for (int j = 0; j < BLOCK; j++) {
        double rounded, k = start + j + 0.5;
        bni_psi(v, k * v->step, &re[j], &im[j], &rounded);
        *rounding += rounded / k;
        *weight += hypot(re[j], im[j]);
    }
}

/* All terms at all points: above[k] and density[k] are the sums. */
static int32_t add_points(inversion *v, double *above, double *density, size_t count, const double *y, double *rounding,
                          double *weight)
{
    const bni_kept *kept = v->kept;
    double own_re[BLOCK], own_im[BLOCK];
    *rounding = kept != NULL ? kept->rounding : 0;
    *weight = kept != NULL ? kept->weight : 0;
    for (double start = 0; start < v->terms; start += BLOCK) {
        const double *re = own_re, *im = own_im;
        if (kept != NULL) {
            re = kept->re + (size_t)start;
            im = kept->im + (size_t)start;
        } else {
            psi_block(v, start, own_re, own_im, rounding, weight);
        }
        for (size_t x = 0; x < count; x++) {
            double angle = -(start + 0.5) * v->step * y[x], c = cos(angle), s = sin(angle);
            double turn_c = cos(v->step * y[x]), turn_s = -sin(v->step * y[x]), sum = 0, sum_density = 0;
            for (int j = 0; j < BLOCK; j++) {
                sum += (re[j] * s + im[j] * c) / (start + j + 0.5);
                sum_density += re[j] * c - im[j] * s;
                double next = c * turn_c - s * turn_s;
                s = c * turn_s + s * turn_c;
                c = next;
            }
            above[x] += sum;
            density[x] += sum_density;
        }
        BNI_TRY(bni_poll(v->ctx, start / v->terms));
    }
    return BINNET_OK;
}

int32_t bni_inversion_prepare(bni_inversion *v, int with_density)
{
    double tolerance = v->ctx->tolerance, outside = tolerance / 8, bound;
    int blind = 0;
    v->candidates = 0;
    for (size_t g = 0; g < v->law->groups; g++) {
        v->candidates += (double)v->law->group[g].count.most;
        blind = blind || bni_weight_blind(&v->law->group[g].weight);
    }
    for (size_t g = 0; g < v->law->groups; g++)
        bni_characteristic_make(&v->wave[g], &v->law->group[g].weight, outside / (2 * v->candidates));
    if (blind) {
        BNI_TRY(bni_tails_reach(v, outside));
    } else {
        double size = inversion_size(v), lambda = -log(outside / 2);
        v->right = least_reach(v, 1, size, lambda);
        v->left = -least_reach(v, -1, size, lambda);
    }
    v->step = 2 * BNI_PI / (v->right - v->left);
    if (!(v->step > 0 && isfinite(v->right - v->left)))
        return bni_fail(v->ctx, BINNET_E_NOCONV, "the tails of the law are too heavy for the inversion");
    BNI_TRY(choose_terms(v, tolerance / 4, with_density, fmin(64 * (double)v->ctx->max_iterations, 0x1p40), &bound));
    v->error = outside + bound;
    return blind ? bni_tails_fall(v) : BINNET_OK;
}

int32_t bni_inversion_check(binnet_ctx *ctx, double sum, double error, double rho)
{
    if (!isfinite(sum) || !isfinite(error))
        return bni_fail(ctx, BINNET_E_CALLBACK, "a characteristic function is not finite");
    if (error > ctx->tolerance)
        return bni_fail(ctx, BINNET_E_NOCONV, "the error of the inversion may be %.3g, the tolerance is %.3g", error,
                        ctx->tolerance);
    if (fabs(sum) > 0.5 * rho + 2 * error + 4 * DBL_EPSILON)
        return bni_fail(ctx, BINNET_E_NOCONV,
                        "the inversion gives a probability of %.17g, outside 0..%.17g: a law with atoms, or not the "
                        "characteristic function of a law",
                        0.5 * rho + sum, rho);
    return BINNET_OK;
}

enum { AT_ONCE = 128 };

static void add_part(bni_sides *out, double *error, const bni_sides *part)
{
    out->above += part->above;
    out->below += part->below;
    *error += out->left;
}

/* Where that needs too many terms: the tails, point by point, if they need less; else `status`. */
static int32_t only_tails(inversion *v, bni_sides *out, double *error, size_t count, const double *x, int32_t status)
{
    bni_progress whole = bni_progress_push(v->ctx);
    for (size_t k = 0; k < count; k++) {
        bni_sides part = {.above = 0};
        error[k] = HUGE_VAL;
        bni_progress_part(v->ctx, whole, (double)k, (double)count);
        BNI_TRY(bni_saddlepoint_sides(&v->tilt, &part, &error[k], &out[k], x[k]));
        if (!(error[k] <= v->ctx->tolerance))
            return status;
        add_part(&out[k], &error[k], &part);
    }
    bni_progress_pop(v->ctx, whole);
    return BINNET_OK;
}

static void use_kept(inversion *v, const bni_kept *kept)
{
    v->kept = kept;
    v->left = kept->left;
    v->right = kept->right;
    v->step = kept->step;
    v->terms = kept->terms;
    v->error = kept->error;
}

/* Points with one psi, at most AT_ONCE: y = Y, or 0 for the in-degree. */
static int32_t at_points(inversion *v, bni_sides *out, double *error, size_t count, const double *x, const double *y,
                         double M, int with_density)
{
    double rho = bni_inverted_part(v->law), rounding, weight;
    double above[AT_ONCE] = {0}, density[AT_ONCE] = {0};
    if (!(rho > 0)) {
        for (size_t k = 0; k < count; k++)
            error[k] = out[k].left;
        return BINNET_OK;
    }
    int32_t status = BINNET_OK;
    if (!with_density && v->law->kept != NULL && v->law->kept->tolerance == v->ctx->tolerance)
        use_kept(v, v->law->kept);
    else
        status = bni_inversion_prepare(v, with_density);
    if (status == BINNET_E_NOCONV && v->tilt.group != NULL && !with_density)
        return only_tails(v, out, error, count, x, status);
    BNI_TRY(status);
    bni_progress whole = bni_progress_push(v->ctx);
    bni_progress_part(v->ctx, whole, 0, v->tilt.group != NULL ? 2 : 1);
    BNI_TRY(add_points(v, above, density, count, y, &rounding, &weight));
    for (size_t k = 0; k < count; k++) {
        bni_progress_part(v->ctx, whole, (double)(count + k), 2 * (double)count);
        double sum = above[k] / BNI_PI, far = fabs(y[k]) + fabs(v->left) + fabs(v->right);
        error[k] = v->error + DBL_EPSILON * (8 * rounding + v->step * far * weight) / BNI_PI;
        if (y[k] > v->right || y[k] < v->left) { /* nearly nothing lies there */
            sum = y[k] > v->right ? -0.5 * rho : 0.5 * rho;
            density[k] = 0;
            error[k] = v->error;
        }
        BNI_TRY(bni_inversion_check(v->ctx, sum, error[k], rho));
        bni_sides part = {.above = fmin(rho, fmax(0, 0.5 * rho + sum)), .below = fmin(rho, fmax(0, 0.5 * rho - sum))};
        if (v->tilt.group != NULL)
            BNI_TRY(bni_saddlepoint_sides(&v->tilt, &part, &error[k], &out[k], x[k]));
        add_part(&out[k], &error[k], &part);
        out[k].density += fmax(0, M * v->step / BNI_PI * density[k]);
    }
    bni_progress_pop(v->ctx, whole);
    return BINNET_OK;
}

static int32_t inverted(inversion *v, bni_sides *out, double *error, size_t count, const double *x, int with_density)
{
    const binnet_current *law = v->law;
    binnet_ctx *ctx = v->ctx;
    double y[AT_ONCE], zero = 0;
    if (law->in_degree) {
        bni_progress whole = bni_progress_push(ctx);
        for (size_t k = 0; k < count; k++) {
            bni_progress_part(ctx, whole, (double)k, (double)count);
            v->shift = law->theta - x[k];
            BNI_TRY(at_points(v, out + k, error + k, 1, x + k, &zero, 1, 0));
        }
        return BINNET_OK;
    }
    for (size_t start = 0; start < count; start += AT_ONCE) {
        size_t some = count - start < AT_ONCE ? count - start : AT_ONCE;
        for (size_t k = 0; k < some; k++)
            y[k] = law->M * (law->theta - x[start + k]);
        BNI_TRY(at_points(v, out + start, error + start, some, x + start, y, law->M, with_density));
    }
    return BINNET_OK;
}

double bni_gil_pelaez_bytes(const bni_weight *w)
{
    double bytes = sizeof(bni_characteristic) + bni_saddlepoint_bytes(1);
    if (bni_characteristic_has_cells(w))
        bytes += 2.0 * BNI_CHARACTERISTIC_EDGES * sizeof(double);
    if (bni_characteristic_has_nodes(w))
        bytes += 2.0 * BNI_CHARACTERISTIC_NODES * sizeof(double);
    return bytes;
}

int32_t bni_inversion_open(binnet_ctx *ctx, bni_inversion *v, const binnet_current *law)
{
    double bytes = 0, waves = (double)law->groups * (sizeof(bni_characteristic) + bni_saddlepoint_bytes(1));
    for (size_t g = 0; g < law->groups; g++)
        bytes += bni_gil_pelaez_bytes(&law->group[g].weight);
    *v = (bni_inversion){.ctx = ctx, .law = law};
    BNI_TRY(bni_need_memory(ctx, bytes, "the inversion of a characteristic function"));
    if ((v->wave = bni_new(ctx, law->groups, sizeof *v->wave)) == NULL)
        return BINNET_E_NOMEM;
    if ((v->room = bni_new_raw(ctx, 1, (size_t)(bytes - waves))) == NULL) {
        bni_inversion_close(v);
        return BINNET_E_NOMEM;
    }
    double *p = v->room;
    for (size_t g = 0; g < law->groups; g++) {
        const bni_weight *w = &law->group[g].weight;
        bni_characteristic *wave = &v->wave[g];
        wave->weight = w;
        if (bni_characteristic_has_cells(w)) {
            wave->edge = p;
            wave->mass = p + BNI_CHARACTERISTIC_EDGES;
            p += 2 * BNI_CHARACTERISTIC_EDGES;
        }
        if (bni_characteristic_has_nodes(w)) {
            wave->x = p;
            wave->v = p + BNI_CHARACTERISTIC_NODES;
            p += 2 * BNI_CHARACTERISTIC_NODES;
        }
    }
    return BINNET_OK;
}

void bni_inversion_close(bni_inversion *v)
{
    bni_delete(&v->ctx->mem, v->wave);
    bni_delete(&v->ctx->mem, v->room);
    if (v->tilt.group != NULL)
        bni_saddlepoint_close(&v->tilt);
    v->wave = NULL;
    v->room = NULL;
}

void bni_kept_free(const bni_allocator *mem, bni_kept *kept)
{
    if (kept == NULL)
        return;
    bni_delete(mem, kept->re);
    bni_delete(mem, kept);
}

static int32_t keep_terms(inversion *v, bni_kept *kept)
{
    *kept = (bni_kept){.tolerance = v->ctx->tolerance,
                       .left = v->left,
                       .right = v->right,
                       .step = v->step,
                       .terms = v->terms,
                       .error = v->error};
    kept->re = bni_new_raw(v->ctx, (size_t)v->terms, 2 * sizeof(double));
    if (kept->re == NULL)
        return BINNET_E_NOMEM;
    kept->im = kept->re + (size_t)v->terms;
    for (double start = 0; start < v->terms; start += BLOCK) {
        psi_block(v, start, kept->re + (size_t)start, kept->im + (size_t)start, &kept->rounding, &kept->weight);
        BNI_TRY(bni_poll(v->ctx, start / v->terms));
    }
    return BINNET_OK;
}

int32_t bni_current_prepare(binnet_ctx *ctx, binnet_current *law, double room, double *bytes)
{
    inversion v;
    if (law->method != BINNET_CURRENT_INVERSION || law->in_degree || law->kept != NULL || !(bni_inverted_part(law) > 0))
        return BINNET_OK;
    BNI_TRY(bni_inversion_open(ctx, &v, law));
    int32_t status = bni_inversion_prepare(&v, 0);
    double needed = 2 * sizeof(double) * v.terms + sizeof(bni_kept);
    if (status == BINNET_OK && needed <= room) {
        law->kept = bni_new(ctx, 1, sizeof *law->kept);
        status = law->kept == NULL ? BINNET_E_NOMEM : keep_terms(&v, law->kept);
        *bytes += needed;
    }
    bni_inversion_close(&v);
    return status == BINNET_E_NOCONV ? BINNET_OK : status;
}

int32_t bni_gil_pelaez(binnet_ctx *ctx, bni_sides *out, double *error, size_t count, const binnet_current *law,
                       const double *x, int with_density)
{
    if (with_density && law->in_degree)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the density of an inversion with the in-degree is not computed");
    bni_inversion v;
    BNI_TRY(bni_inversion_open(ctx, &v, law));
    int32_t status = bni_saddlepoint_possible(law) ? bni_saddlepoint_open(ctx, &v.tilt, law) : BINNET_OK;
    if (status == BINNET_OK)
        status = inverted(&v, out, error, count, x, with_density);
    bni_inversion_close(&v);
    return status;
}
