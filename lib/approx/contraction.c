/*
 * Cuts of boxes. Unit by unit, F rises with mu and the bounds of one unit are as good as they get. All at once: over the box
 *     F_a = s_a mu_a + t_a v_a + [rest],    mu_a = offset_a + sum_b k_ab m_b,    v_a = sum_b K w^2 m_b (1 - p m_b),
 * where m (1 - p m) lies above its chord, by at most p (width)^2 / 4. So A m is in `constant`, with a matrix A of numbers, near
 * 1 - (slopes), and for any row u
 *     sum_b x_b m_b  is in  u constant + r (mu - offset) + (x - u A - r k) m,
 * means with x = e_i, inputs with x = k_i and the same factors. First u is near A^-1, r = 0; then both are those of the best
 * linear estimate (Gauss-Markov), which takes what is known of inputs and helps where A is nearly singular. The width of [rest]
 * falls as the square of that of the box, and is never more than that of F.
 * Source: Kolev, IEEE Trans. Circuits Syst. I 47 (2000) 675 (linear envelopes of separable functions, parallel lines).
 */
#include "approx/contraction.h"
#include "num/dense.h"

#include <float.h>
#include <math.h>

void bni_contraction_buffers(bni_plan *plan, void *contraction)
{
    bni_contraction *c = contraction;
    double n = (double)c->n;
    BNI_BUFFER(plan, c->constant, n);
    BNI_BUFFER(plan, c->envelope, n);
    BNI_BUFFER(plan, c->weight, n * n);
    BNI_BUFFER(plan, c->A, n * n);
    BNI_BUFFER(plan, c->Y, n * n);
    BNI_BUFFER(plan, c->factor, n * n);
    BNI_BUFFER(plan, c->row, 2 * n);
    BNI_BUFFER(plan, c->heard, n);
    BNI_BUFFER(plan, c->by_input, n * n);
    BNI_BUFFER(plan, c->image, n);
    BNI_BUFFER(plan, c->error, n);
    BNI_BUFFER(plan, c->reach, n);
}

void bni_contraction_start(bni_contraction *c)
{
    for (size_t a = 0; a < c->n; a++)
        for (size_t b = 0; b < c->n; b++)
            c->weight[a * c->n + b] = bni_field_degree(c->f, a, b) * c->f->weight[a * c->n + b];
}

/* 0 when nothing is left. */
static int cut_interval(bni_interval *a, bni_interval b)
{
    a->lo = b.lo > a->lo ? b.lo : a->lo;
    a->hi = b.hi < a->hi ? b.hi : a->hi;
    return a->lo <= a->hi;
}

/* K w m of one connection, by its rounded weight. */
static bni_interval arriving(const bni_contraction *c, size_t a, size_t b, const bni_interval *box)
{
    double w = c->weight[a * c->n + b], most = fmax(fabs(box[b].lo), fabs(box[b].hi));
    bni_interval x = bni_interval_scale(box[b], w);
    double more = bni_up(most * fabs(w) * 0x1p-52);
    return bni_outwards(x.lo - more, x.hi + more);
}

/* The means of those that unit a hears, by mu_a. */
static int cut_sources(const bni_contraction *c, bni_interval *box, size_t a)
{
    size_t n = c->n;
    bni_interval sum = bni_point(c->f->offset[a]), mu = box[n + a];
    for (size_t b = 0; b < n; b++)
        if (c->weight[a * n + b] != 0)
            sum = bni_interval_add(sum, arriving(c, a, b, box));
    if (sum.lo >= mu.lo && sum.hi <= mu.hi)
        return 1;
    for (size_t b = 0; b < n; b++) {
        double w = c->weight[a * n + b];
        if (fabs(w) < 1e-100)
            continue;
        bni_interval own = arriving(c, a, b, box);
        /* of the others at least sum.lo - own.lo, at most sum.hi - own.hi */
        double most = bni_up(mu.hi - bni_down(sum.lo - own.lo)), least = bni_down(mu.lo - bni_up(sum.hi - own.hi));
        bni_interval m = w > 0 ? (bni_interval){least / w, most / w} : (bni_interval){most / w, least / w};
        if (!cut_interval(box + b, bni_interval_widen(m, 0x1p-50, 1e-300)))
            return 0;
    }
    return 1;
}

int bni_cut_by_units(const bni_contraction *c, bni_interval *box)
{
    for (size_t a = 0; a < c->n; a++)
        if (!cut_interval(box + c->n + a, bni_enclose_input(c->f, a, box)) ||
            !cut_interval(box + a, bni_enclose_map(c->f, a, box[c->n + a], box)) || !cut_sources(c, box, a))
            return 0;
    return 1;
}

/* One equation: its row of A, its constant. */
static void fill_equation(bni_contraction *c, const bni_interval *box, size_t a)
{
    const binnet_mean_field *f = c->f;
    size_t n = c->n;
    bni_envelope *e = c->envelope + a;
    *e = bni_enclose_linear(f, a, box[n + a], box);
    bni_interval s = bni_point(e->by_input), t = bni_point(e->by_variance),
                 constant = bni_interval_add(e->rest, bni_interval_multiply(s, bni_point(f->offset[a])));
    for (size_t b = 0; b < n; b++) {
        double w = f->weight[a * n + b], K = bni_field_degree(f, a, b), p = bni_field_chance(f, a, b),
               *A = c->A + a * n;
        A[b] = a == b;
        if (w == 0 || K == 0)
            continue;
        bni_interval slope = bni_interval_multiply(s, bni_point(w)), lo = bni_point(box[b].lo),
                     hi = bni_point(box[b].hi);
        if (e->by_variance != 0) {
            bni_interval chord = bni_interval_subtract(bni_point(1), bni_interval_scale(bni_interval_add(lo, hi), p));
            bni_interval above = bni_interval_scale(bni_interval_multiply(lo, hi), p);
            bni_interval width = bni_interval_subtract(hi, lo);
            above.hi = bni_up(above.hi + bni_up(0.25 * p * bni_up(width.hi * width.hi)));
            bni_interval by = bni_interval_scale(bni_interval_scale(t, w), w);
            slope = bni_interval_add(slope, bni_interval_multiply(by, chord));
            constant = bni_interval_add(constant, bni_interval_scale(bni_interval_multiply(by, above), K));
        }
        slope = bni_interval_scale(slope, K);
        A[b] -= 0.5 * slope.lo + 0.5 * slope.hi;
        bni_interval off = bni_interval_subtract(slope, bni_interval_subtract(bni_point(a == b), bni_point(A[b])));
        constant = bni_interval_add(constant, bni_interval_multiply(off, box[b]));
    }
    c->constant[a] = constant;
}

/* sum_b x_b m_b from the equations with factors u and the inputs with factors r; x and the weights are
 * known up to 2^-52 of them. */
static bni_interval combine_equations(bni_contraction *c, const double *u, const double *r, const double *x,
                                      const bni_interval *box)
{
    size_t n = c->n;
    double rounding = (double)(2 * n + 4) * DBL_EPSILON;
    for (size_t b = 0; b < n; b++) {
        c->image[b] = x[b];
        c->error[b] = fabs(x[b]);
    }
    for (size_t a = 0; a < n; a++) {
        const double *A = c->A + a * n, *w = c->weight + a * n;
        double ua = u[a], ra = r[a];
        for (size_t b = 0; b < n; b++) {
            double part = ua * A[b], other = ra * w[b];
            c->image[b] -= part + other;
            c->error[b] += fabs(part) + fabs(other);
        }
    }
    bni_interval sum = {0, 0};
    for (size_t a = 0; a < n; a++) {
        sum = bni_interval_add(sum, bni_interval_scale(c->constant[a], u[a]));
        sum = bni_interval_add(sum, bni_interval_scale(c->heard[a], r[a]));
    }
    for (size_t b = 0; b < n; b++)
        sum = bni_interval_add(sum, bni_interval_multiply(bni_interval_widen(bni_point(c->image[b]), 0,
                                                                             c->error[b] * rounding + 1e-300),
                                                          box[b]));
    return sum;
}

static double interval_width(bni_interval x)
{
    return x.hi - x.lo;
}

/* to[i][j] += sum_k weight_k rows[k][i] rows[k][j] */
static void add_squares(double *to, const double *rows, const double *weight, size_t n)
{
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++) {
            double by = weight[k] * rows[k * n + i];
            for (size_t j = 0; j < n && by != 0; j++)
                to[i * n + j] += by * rows[k * n + j];
        }
}

/* to = P rows^T diag(weight) */
static void fill_gain(double *to, const double *P, const double *rows, const double *weight, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += P[i * n + j] * rows[k * n + j];
            to[i * n + k] = sum * weight[k];
        }
}

/* The factors of all means: what the best linear estimate of m makes of equations and inputs when their widths, and twice those of
 * the means, are standard deviations. Unlike the inverse it is never large. */
static int32_t find_estimator(bni_contraction *c, const bni_interval *box, int *useful)
{
    const double prior = 2, floor = 1e-6;
    size_t n = c->n;
    double most = 0, *by_equation = c->image, *by_input = c->error, *P = c->factor;
    for (size_t a = 0; a < n; a++)
        most = fmax(most, floor * interval_width(box[a]));
    for (size_t k = 0; k < n * n; k++)
        P[k] = 0;
    for (size_t a = 0; a < n; a++) {
        double weight = 0;
        for (size_t b = 0; b < n; b++)
            weight = fmax(weight, fabs(c->weight[a * n + b]));
        double m = prior * fmax(interval_width(box[a]), most), e = fmax(interval_width(c->constant[a]), most),
               h = fmax(interval_width(c->heard[a]), weight * most);
        P[a * n + a] = 1 / (m * m);
        by_equation[a] = 1 / (e * e);
        by_input[a] = h > 0 ? 1 / (h * h) : 0;
    }
    add_squares(P, c->A, by_equation, n);
    add_squares(P, c->weight, by_input, n);
    int32_t status = bni_inverse(c->ctx, c->Y, P, n);
    *useful = status == BINNET_OK;
    if (!*useful)
        return status == BINNET_E_UNDEFINED || status == BINNET_E_NAN ? BINNET_OK : status;
    fill_gain(c->factor, c->Y, c->A, by_equation, n);
    fill_gain(c->by_input, c->Y, c->weight, by_input, n);
    return BINNET_OK;
}

/* The factors of all means: the inverse of A, nothing of the inputs. */
static int32_t find_inverse(bni_contraction *c, int *useful)
{
    size_t n = c->n;
    for (size_t k = 0; k < n * n; k++) {
        c->Y[k] = c->A[k];
        c->by_input[k] = 0;
    }
    int32_t status = bni_inverse(c->ctx, c->factor, c->Y, n);
    *useful = status == BINNET_OK;
    if (!*useful)
        return status == BINNET_E_UNDEFINED || status == BINNET_E_NAN ? BINNET_OK : status;
    for (size_t a = 0; a < n; a++) {
        c->reach[a] = 0;
        for (size_t i = 0; i < n; i++)
            c->reach[a] += fabs(c->factor[i * n + a]);
    }
    return BINNET_OK;
}

/* The means and inputs by these factors. */
static int32_t cut_with_factors(bni_contraction *c, bni_interval *box, int *left, int *inside)
{
    size_t n = c->n;
    double *u = c->row, *r = c->row + n;
    *inside = 1;
    for (size_t i = 0; i < n && *left; i++) {
        for (size_t a = 0; a < n; a++)
            u[a] = a == i;
        bni_interval m = combine_equations(c, c->factor + i * n, c->by_input + i * n, u, box);
        *inside &= (m.lo > box[i].lo || box[i].lo == 0) && (m.hi < box[i].hi || box[i].hi == 1);
        *left = cut_interval(box + i, m);
        BNI_TRY(bni_poll(c->ctx, c->done));
    }
    for (size_t i = 0; i < n && *left; i++) {
        const double *k = c->weight + i * n;
        for (size_t a = 0; a < 2 * n; a++)
            c->row[a] = 0;
        for (size_t b = 0; b < n; b++)
            for (size_t a = 0; a < n && k[b] != 0; a++) {
                u[a] += k[b] * c->factor[b * n + a];
                r[a] += k[b] * c->by_input[b * n + a];
            }
        bni_interval mu = bni_interval_add(combine_equations(c, u, r, k, box), bni_point(c->f->offset[i]));
        *left = cut_interval(box + n + i, mu);
        BNI_TRY(bni_poll(c->ctx, c->done));
    }
    return BINNET_OK;
}

int32_t bni_cut_by_lines(bni_contraction *c, bni_interval *box, int *left, int *inside, int *useful)
{
    size_t n = c->n;
    int estimates, unused;
    *left = 1;
    *inside = 0;
    for (size_t a = 0; a < n; a++) {
        fill_equation(c, box, a);
        c->heard[a] = bni_interval_subtract(box[n + a], bni_point(c->f->offset[a]));
    }
    BNI_TRY(find_inverse(c, useful));
    if (*useful)
        BNI_TRY(cut_with_factors(c, box, left, inside));
    if (!*left)
        return BINNET_OK;
    BNI_TRY(find_estimator(c, box, &estimates));
    return estimates ? cut_with_factors(c, box, left, &unused) : BINNET_OK;
}
