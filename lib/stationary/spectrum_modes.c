/*
 * From the modes of A to those of P (spectrum.h), and how good they are.
 *
 * With residuals x = P r - lambda r and y = l P - lambda l the eigenvalue is within sum(|l||x| + |y||r|) / |l r| to first order
 * (Kahan, Parlett & Jiang, SIAM J. Numer. Anal. 19 (1982) 470): rounding within a step adds as much as its relative error, for
 * |l| P |r| <= sum |l| max |r|. Where m of these discs overlap each is m times as large (Gerschgorin, in the basis of the modes:
 * Wilkinson 1965, ch. 2).
 */
#include "stationary/spectrum.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

enum { BETWEEN_POLLS = 1 << 14, TAIL = 4 };

void bni_split_pairs(double *im, size_t count)
{
    for (size_t k = 0; k < count; k++)
        im[k] = fabs(im[k]) <= 1e-13 ? 0 : im[k];
}

/* A vector of complex numbers; im of a real one is all 0. */
typedef struct mode {
    double *re, *im;
} mode;

typedef struct finish {
    const bni_operator *o;
    binnet_spectrum *s;
    double *vector; /* [5][S] */
    mode moved[2];  /* P r, l P */
    double *zeros;
    double rounding;
} finish;

/* x *= c, y *= c. */
static void scale_modes(mode x, mode y, double re, double im, size_t n)
{
    for (size_t s = 0; s < n; s++) {
        double a = x.re[s], b = x.im[s], c = y.re[s], d = y.im[s];
        x.re[s] = a * re - b * im;
        x.im[s] = a * im + b * re;
        y.re[s] = c * re - d * im;
        y.im[s] = c * im + d * re;
    }
}

/* Sum x y, no conjugation. */
static void sum_products(double *re, double *im, mode x, mode y, size_t n)
{
    *re = bni_dot(x.re, y.re, n) - bni_dot(x.im, y.im, n);
    *im = bni_dot(x.re, y.im, n) + bni_dot(x.im, y.re, n);
}

/* The entry of largest modulus (to 1e-8 the first) becomes real and positive, and 1; or the sum of moduli does. */
static void normalise_mode(mode x, mode moved, int left, size_t n)
{
    double most = 0, sum = 0;
    size_t lead = 0;
    for (size_t s = 0; s < n; s++) {
        double a = hypot(x.re[s], x.im[s]);
        sum += a;
        most = a > most ? a : most;
    }
    if (!(most > 0))
        return;
    while (hypot(x.re[lead], x.im[lead]) < most * (1 - 1e-8))
        lead++;
    double a = hypot(x.re[lead], x.im[lead]), by = left ? sum : most;
    scale_modes(x, moved, x.re[lead] / a / by, -x.im[lead] / a / by, n);
}

static int32_t apply_both(binnet_ctx *ctx, finish *f, mode to, mode x, int pair, int left)
{
    BNI_TRY(bni_operator_apply(ctx, f->o, to.re, x.re, left));
    return pair ? bni_operator_apply(ctx, f->o, to.im, x.im, left) : BINNET_OK;
}

/* The right mode is r + c, c constant: E r = 0 in the stationary law, which lambda - 1 times c says too. */
static void add_constant(finish *f, mode r, size_t k)
{
    size_t S = f->s->S;
    double re = f->s->re[k], im = f->s->im[k], c_re, c_im;
    const double *law = f->s->left;
    if (hypot(1 - re, im) > 1e-3) {
        double mean[2] = {0, 0}, square = (1 - re) * (1 - re) + im * im;
        for (size_t s = 0; s < S; s++) {
            mean[0] += f->moved[0].re[s] / (double)S;
            mean[1] += f->moved[0].im[s] / (double)S;
        }
        c_re = -(mean[0] * (1 - re) - mean[1] * im) / square;
        c_im = -(mean[1] * (1 - re) + mean[0] * im) / square;
    } else {
        c_re = -bni_dot(law, r.re, S);
        c_im = -bni_dot(law, r.im, S);
    }
    for (size_t s = 0; s < S; s++) {
        r.re[s] += c_re;
        f->moved[0].re[s] += c_re;
        r.im[s] += c_im; /* 0 of a real one */
        f->moved[0].im[s] += c_im;
    }
}

/* Residuals, and what both let the eigenvalue be wrong by; value and l r are known. */
static void measure_modes(finish *f, mode r, mode l, size_t k, double product)
{
    binnet_spectrum *sp = f->s;
    double re = sp->re[k], im = sp->im[k], most = 0, sum = 0, wrong = 0;
    const mode *m = f->moved;
    for (size_t s = 0; s < sp->S; s++) {
        double right = hypot(m[0].re[s] - re * r.re[s] + im * r.im[s], m[0].im[s] - re * r.im[s] - im * r.re[s]);
        double left = hypot(m[1].re[s] - re * l.re[s] + im * l.im[s], m[1].im[s] - re * l.im[s] - im * l.re[s]);
        most = right > most || isnan(right) ? right : most;
        sum += left;
        wrong += hypot(l.re[s], l.im[s]) * right + left * hypot(r.re[s], r.im[s]);
    }
    sp->residual_right[k] = most;
    sp->residual_left[k] = sum;
    sp->condition[k] = fmax(1, 1 / product);
    sp->bound[k] = (wrong + f->rounding) / product;
}

/* Eigenvalue k >= 1, the first of a pair or a real one. */
static int32_t finish_mode(binnet_ctx *ctx, finish *f, size_t k)
{
    binnet_spectrum *sp = f->s;
    size_t S = sp->S;
    int pair = sp->im[k] != 0;
    double *R = sp->right + k * S, *L = sp->left + k * S, d[2], q[2];
    mode r = {R, pair ? R + S : f->zeros}, l = {L, pair ? L + S : f->zeros};
    f->moved[0] = (mode){f->vector, pair ? f->vector + S : f->zeros};
    f->moved[1] = (mode){f->vector + 2 * S, pair ? f->vector + 3 * S : f->zeros};
    memset(f->zeros, 0, S * sizeof *f->zeros);
    BNI_TRY(apply_both(ctx, f, f->moved[0], r, pair, 0));
    add_constant(f, r, k);
    normalise_mode(r, f->moved[0], 0, S);
    BNI_TRY(bni_poll(ctx, 1));
    BNI_TRY(apply_both(ctx, f, f->moved[1], l, pair, 1));
    normalise_mode(l, f->moved[1], 1, S);
    BNI_TRY(bni_poll(ctx, 1));
    sum_products(&d[0], &d[1], l, r, S);
    sum_products(&q[0], &q[1], l, f->moved[0], S);
    double square = d[0] * d[0] + d[1] * d[1];
    double re = (q[0] * d[0] + q[1] * d[1]) / square, im = (q[1] * d[0] - q[0] * d[1]) / square;
    /* the two-sided quotient is nearer, unless rounding is all that l r is */
    measure_modes(f, r, l, k, sqrt(square));
    if (hypot(re - sp->re[k], im - sp->im[k]) <= 16 * sp->residual_right[k]) {
        sp->re[k] = re;
        sp->im[k] = pair ? im : 0;
        measure_modes(f, r, l, k, sqrt(square));
    }
    if (pair) {
        sp->re[k + 1] = sp->re[k];
        sp->im[k + 1] = -sp->im[k];
        sp->bound[k + 1] = sp->bound[k];
        sp->condition[k + 1] = sp->condition[k];
        sp->residual_right[k + 1] = sp->residual_right[k];
        sp->residual_left[k + 1] = sp->residual_left[k];
    }
    return bni_poll(ctx, 1);
}

/* Row 0: the constant 1 and the stationary law; P 1 = 1 and so the value itself are exact. */
static int32_t finish_first(binnet_ctx *ctx, finish *f, const binnet_law *law)
{
    binnet_spectrum *sp = f->s;
    double *y = f->vector, most = 0, sum = 0;
    for (size_t s = 0; s < sp->S; s++)
        sp->right[s] = 1;
    BNI_TRY(bni_copy_bytes(ctx, sp->left, law->p, sp->S, sizeof *law->p));
    BNI_TRY(bni_operator_apply(ctx, f->o, y, sp->right, 0));
    for (size_t s = 0; s < sp->S; s++)
        most = fmax(most, fabs(y[s] - 1));
    BNI_TRY(bni_operator_apply(ctx, f->o, y, sp->left, 1));
    for (size_t s = 0; s < sp->S; s++)
        sum += fabs(y[s] - sp->left[s]);
    sp->re[0] = sp->condition[0] = 1;
    sp->im[0] = sp->bound[0] = 0;
    sp->residual_right[0] = most;
    sp->residual_left[0] = sum;
    return bni_poll(ctx, 1);
}

/* Left modes of values that are one to rounding become biorthogonal to the right ones: any combination is a mode. List: the firsts
 * of pairs, or real ones. Where that cannot be done the bounds tell. */
static int32_t pair_equal(binnet_ctx *ctx, finish *f, const size_t *list, size_t count, double *G, double *c)
{
    binnet_spectrum *sp = f->s;
    size_t S = sp->S, m = 2 * count; /* complex numbers as 2 x 2 blocks */
    int pair = sp->im[list[0]] != 0;
    bni_lu *lu = NULL;
    memset(f->zeros, 0, S * sizeof *f->zeros);
    memset(c, 0, m * m * sizeof *c);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            double *L = sp->left + list[i] * S, *R = sp->right + list[j] * S, re, im;
            sum_products(&re, &im, (mode){L, pair ? L + S : f->zeros}, (mode){R, pair ? R + S : f->zeros}, S);
            G[2 * i * m + 2 * j] = G[(2 * i + 1) * m + 2 * j + 1] = re;
            G[2 * i * m + 2 * j + 1] = -im;
            G[(2 * i + 1) * m + 2 * j] = im;
            BNI_TRY(bni_poll(ctx, 0));
        }
    for (size_t i = 0; i < m; i++)
        c[i * m + i] = 1;
    if (bni_lu_new(ctx, &lu, G, m) != BINNET_OK)
        return bni_poll(ctx, 0);
    int32_t status = BINNET_OK;
    if (bni_lu_rcond(lu) > 1e-8)
        status = bni_lu_solve(ctx, c, m, lu, BNI_A_TRANSPOSED); /* the rows of G^-1 */
    bni_lu_free(lu);
    double *old = f->vector; /* one state after the other */
    for (size_t s = 0; s < S && status == BINNET_OK; s++) {
        for (size_t i = 0; i < count; i++) {
            old[2 * i] = sp->left[list[i] * S + s];
            old[2 * i + 1] = pair ? sp->left[(list[i] + 1) * S + s] : 0;
        }
        for (size_t i = 0; i < count; i++) {
            double re = 0, im = 0;
            for (size_t j = 0; j < count; j++) {
                double a = c[2 * i * m + 2 * j], b = c[(2 * i + 1) * m + 2 * j];
                re += a * old[2 * j] - b * old[2 * j + 1];
                im += a * old[2 * j + 1] + b * old[2 * j];
            }
            sp->left[list[i] * S + s] = re;
            if (pair)
                sp->left[(list[i] + 1) * S + s] = im;
        }
        if (s % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, 0);
    }
    return status;
}

/* found values. */
static int32_t pair_equal_values(binnet_ctx *ctx, finish *f, size_t found)
{
    static const double equal = 1e-10;
    binnet_spectrum *s = f->s;
    size_t *list = bni_new_raw(ctx, found + 1, sizeof *list), most = 0;
    unsigned char *done = bni_new(ctx, found + 2, 1);
    double *G = NULL;
    int32_t status = list == NULL || done == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t k = 1; k <= found && status == BINNET_OK; k++) {
        size_t count = 0;
        if (done[k] || s->im[k] < 0)
            continue;
        for (size_t j = k; j <= found; j++)
            if (!done[j] && (s->im[j] > 0) == (s->im[k] > 0) && s->im[j] >= 0 &&
                hypot(s->re[j] - s->re[k], s->im[j] - s->im[k]) <= equal) {
                done[j] = 1;
                list[count++] = j;
            }
        if (count == 1)
            continue;
        if (count > most) {
            bni_delete(&ctx->mem, G);
            most = count;
            G = bni_new_raw(ctx, 8 * most * most, sizeof *G);
        }
        status = G == NULL ? BINNET_E_NOMEM : pair_equal(ctx, f, list, count, G, G + 4 * count * count);
    }
    bni_delete(&ctx->mem, G);
    bni_delete(&ctx->mem, done);
    bni_delete(&ctx->mem, list);
    return status;
}

/* How many eigenvalues the bound of k does not tell from it, itself among them; found: values known besides the first, of which
 * those from `count` on were not looked at closer; least: modulus of the last one where there are more. */
static double count_near(const binnet_spectrum *s, size_t k, size_t found, double least)
{
    double times = 1;
    for (int again = 0; again < 8; again++) {
        double near = 0;
        for (size_t j = 0; j <= found; j++) {
            double other = j < s->count ? s->bound[j] : s->bound[k];
            near += hypot(s->re[j] - s->re[k], s->im[j] - s->im[k]) <= times * (s->bound[k] + other) ? 1 : 0;
        }
        near += hypot(s->re[k], s->im[k]) - times * s->bound[k] <= least ? TAIL : 0;
        if (!(near > times))
            break;
        times = near;
    }
    return times;
}

/* times: scratch [count]. */
static void widen_bounds(binnet_spectrum *s, size_t found, double *times)
{
    double least = found + 1 < s->S ? hypot(s->re[found], s->im[found]) : -1;
    for (size_t k = 1; k < s->count; k++)
        times[k] = count_near(s, k, found, least);
    for (size_t k = 1; k < s->count; k++)
        s->bound[k] *= times[k];
}

static int32_t check_modes(binnet_ctx *ctx, const binnet_spectrum *s)
{
    static const double bad = 1e-3;
    double residual = fmax(1e-10, ctx->tolerance);
    for (size_t k = 0; k < s->count; k++) {
        double worst = fmax(s->residual_right[k], s->residual_left[k]);
        if (!(worst <= residual))
            return bni_fail(ctx, BINNET_E_NOCONV, "eigenvalue %zu, %.6g%+.3gi: the residual of a mode is %.3g", k + 1,
                            s->re[k], s->im[k], worst);
        if (!(s->bound[k] <= bad))
            return bni_fail(
                ctx, BINNET_E_NOCONV,
                "eigenvalue %zu, %.6g%+.3gi, is known to %.2g only (its modes are nearly orthogonal): %zu are better",
                k + 1, s->re[k], s->im[k], s->bound[k], k);
    }
    return BINNET_OK;
}

int32_t bni_spectrum_finish(binnet_ctx *ctx, binnet_spectrum *s, const bni_operator *o, size_t found, size_t k,
                            const binnet_law *law)
{
    finish f = {.o = o, .s = s};
    f.rounding = bni_transition_rounding(o->chain);
    f.vector = bni_new_raw(ctx, 5 * s->S, sizeof *f.vector);
    if (f.vector == NULL)
        return BINNET_E_NOMEM;
    f.zeros = f.vector + 4 * s->S;
    int32_t status = finish_first(ctx, &f, law);
    if (status == BINNET_OK)
        status = pair_equal_values(ctx, &f, found);
    size_t at = 1;
    while (at < k && at <= found && status == BINNET_OK) {
        status = finish_mode(ctx, &f, at);
        at += s->im[at] != 0 ? 2 : 1;
    }
    s->count = at;
    if (status == BINNET_OK) {
        widen_bounds(s, found, f.vector);
        status = check_modes(ctx, s);
    }
    bni_delete(&ctx->mem, f.vector);
    return status;
}
