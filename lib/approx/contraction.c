/*
 * Cuts of boxes. Unit by unit, F rises with mu and the bounds of one unit are as good as they get. All at once: over the box
 *     F_a = s_a mu_a + t_a v_a + [rest],    mu_a = offset_a + sum_b k_ab m_b,    v_a = sum_b K w^2 m_b (1 - p m_b),
 * where m (1 - p m) lies above its chord, by at most p (width)^2 / 4. So A m is in `constant`, with a matrix A of numbers, near
 * 1 - (slopes), and for any row u
 *     sum_b x_b m_b  is in  u constant + (x - u A) m:
 * means with x = e_i and u a row of Y, near A^-1, inputs with x = k_i and u = k_i Y. A curve leaves a quarter to an eighth of what
 * Krawczyk's operator makes of its slopes, and never more than F itself.
 * Source: Kolev, IEEE Trans. Circuits Syst. I 47 (2000) 1095 (linear envelopes of separable functions, parallel lines).
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
    BNI_BUFFER(plan, c->row, n);
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
static bni_interval connection(const bni_contraction *c, size_t a, size_t b, const bni_interval *box)
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
            sum = bni_interval_add(sum, connection(c, a, b, box));
    if (sum.lo >= mu.lo && sum.hi <= mu.hi)
        return 1;
    for (size_t b = 0; b < n; b++) {
        double w = c->weight[a * n + b];
        if (fabs(w) < 1e-100)
            continue;
        bni_interval own = connection(c, a, b, box);
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

/* sum_b x_b m_b from the equations with factors u; x is known up to 2^-52 of it. */
static bni_interval combine_equations(bni_contraction *c, const double *u, const double *x, const bni_interval *box)
{
    size_t n = c->n;
    double rounding = (double)(n + 4) * DBL_EPSILON;
    for (size_t b = 0; b < n; b++) {
        c->image[b] = x[b];
        c->error[b] = fabs(x[b]);
    }
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            double part = u[a] * c->A[a * n + b];
            c->image[b] -= part;
            c->error[b] += fabs(part);
        }
    bni_interval sum = {0, 0};
    for (size_t a = 0; a < n; a++)
        sum = bni_interval_add(sum, bni_interval_scale(c->constant[a], u[a]));
    for (size_t b = 0; b < n; b++)
        sum = bni_interval_add(sum, bni_interval_multiply(bni_interval_widen(bni_point(c->image[b]), 0,
                                                                             c->error[b] * rounding + 1e-300),
                                                          box[b]));
    return sum;
}

int32_t bni_cut_by_lines(bni_contraction *c, bni_interval *box, int *left, int *inside, int *useful)
{
    size_t n = c->n;
    *left = 1;
    *inside = 1;
    for (size_t a = 0; a < n; a++)
        fill_equation(c, box, a);
    for (size_t k = 0; k < n * n; k++)
        c->factor[k] = c->A[k];
    int32_t status = bni_inverse(c->ctx, c->Y, c->factor, n);
    *useful = status == BINNET_OK;
    if (!*useful)
        return status == BINNET_E_UNDEFINED || status == BINNET_E_NAN ? BINNET_OK : status;
    for (size_t a = 0; a < n; a++)
        c->reach[a] = 0;
    for (size_t i = 0; i < n && *left; i++) {
        const double *u = c->Y + i * n;
        for (size_t a = 0; a < n; a++) {
            c->reach[a] += fabs(u[a]);
            c->row[a] = a == i;
        }
        bni_interval m = combine_equations(c, u, c->row, box);
        *inside &= (m.lo > box[i].lo || box[i].lo == 0) && (m.hi < box[i].hi || box[i].hi == 1);
        *left = cut_interval(box + i, m);
        BNI_TRY(bni_poll(c->ctx, 0.5));
    }
    for (size_t i = 0; i < n && *left; i++) {
        const double *k = c->weight + i * n;
        for (size_t a = 0; a < n; a++)
            c->row[a] = 0;
        for (size_t b = 0; b < n; b++)
            for (size_t a = 0; a < n && k[b] != 0; a++)
                c->row[a] += k[b] * c->Y[b * n + a];
        *left = cut_interval(box + n + i,
                             bni_interval_add(combine_equations(c, c->row, k, box), bni_point(c->f->offset[i])));
        BNI_TRY(bni_poll(c->ctx, 0.5));
    }
    return BINNET_OK;
}
