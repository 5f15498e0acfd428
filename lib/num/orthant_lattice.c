/*
 * The probabilities of all 2^n orthants of a normal vector at once. With X = L z, L lower triangular, each variable given the ones
 * before it is above its bound with a probability that is known; a point of the unit cube says where, on either side. So each
 * point is a tree of 2^n products that add up to 1, and shares the work of 2^n orthants; the mean over the points of a lattice
 * (Kronecker's, the fractions of k sqrt(prime), folded) converges about as one over their number, and its random shifts tell
 * how far it has got.
 * Source: Genz, J. Comput. Graph. Stat. 1 (1992) 141; Genz & Bretz, Computation of Multivariate Normal and t Probabilities
 * (2009), ch. 4; the tree is of our own.
 */
#include "num/orthant.h"

#include "kernels/kernels.h"
#include "num/dense.h"
#include "num/gamma.h"
#include "num/random.h"

#include <math.h>
#include <string.h>

enum { MOST = BNI_LATTICE_MOST, SHIFTS = BNI_LATTICE_SHIFTS, BATCH = 32, FIRST = 256 };

typedef struct tree {
    const bni_lattice *l;
    const bni_chain_kernels *kern;
    double h[MOST];
    double u[MOST][BATCH], y[MOST][BATCH]; /* point and normal variable of each level */
    double *sum;                           /* [2^n] of this shift */
} tree;

int32_t bni_lattice_prepare(binnet_ctx *ctx, bni_lattice *l, int n, double *r)
{
    size_t order[MOST], rank;
    double dropped;
    l->n = n;
    BNI_TRY(bni_cholesky_semidefinite(ctx, r, order, &rank, &dropped, (size_t)n, -1));
    l->rank = (int)rank;
    for (int i = 0; i < n; i++) {
        l->order[i] = (int)order[i];
        for (int j = 0; j < n; j++)
            l->L[i][j] = j <= i ? r[i * n + j] : 0;
    }
    return BINNET_OK;
}

double bni_lattice_bytes(int n)
{
    return sizeof(tree) + 8.0 * (2 + SHIFTS) * ldexp(1, n) + bni_cholesky_semidefinite_bytes((size_t)n);
}

/* y of Pr(Z > y) = v, v < 1 - 2^-53 or so; far tails end at 38. */
static double upper_point(double v)
{
    if (v > 0.5)
        return -bni_gaussian_upper(1 - v);
    return v > 1e-310 ? bni_gaussian_upper(v) : 38;
}

/* Weights w of the points on a node of the tree, whose variables before level i have the sides of mask. */
static void descend(tree *t, int i, unsigned mask, const double *w)
{
    const bni_lattice *l = t->l;
    double z[BATCH], p[BATCH], q[BATCH], wp[BATCH], wq[BATCH];
    int known = i < l->rank ? i : l->rank;
    unsigned bit = 1u << l->order[i];
    for (int k = 0; k < BATCH; k++)
        z[k] = t->h[l->order[i]];
    for (int j = 0; j < known; j++)
        for (int k = 0; k < BATCH; k++)
            z[k] += l->L[i][j] * t->y[j][k];
    if (i < l->rank) {
        double own = 1 / l->L[i][i];
        for (int k = 0; k < BATCH; k++)
            z[k] *= own;
        t->kern->cdf_gaussian(p, q, z, BATCH, 1);
    } else {
        for (int k = 0; k < BATCH; k++) {
            p[k] = z[k] >= 0;
            q[k] = 1 - p[k];
        }
    }
    double on = 0, off = 0;
    for (int k = 0; k < BATCH; k++) {
        on += wp[k] = w[k] * p[k];
        off += wq[k] = w[k] * q[k];
    }
    if (i == l->n - 1) {
        t->sum[mask | bit] += on;
        t->sum[mask] += off;
        return;
    }
    if (on > 0) {
        for (int k = 0; k < BATCH && i < l->rank; k++)
            t->y[i][k] = upper_point(t->u[i][k] * p[k]);
        descend(t, i + 1, mask | bit, wp);
    }
    if (off > 0) {
        for (int k = 0; k < BATCH && i < l->rank; k++)
            t->y[i][k] = -upper_point(t->u[i][k] * q[k]);
        descend(t, i + 1, mask, wq);
    }
}

/* Points first .. first + BATCH - 1 of a shift. */
static void add_lattice_points(tree *t, const double *shift, double first)
{
    static const double root[MOST] = {1.41421356237309504880, 1.73205080756887729353, 2.23606797749978969641,
                                      2.64575131106459059050, 3.31662479035539984911, 3.60555127546398929312,
                                      4.12310562561766054982, 4.35889894354067355224, 4.79583152331271954160,
                                      5.38516480713450403125, 5.56776436283002192211, 6.08276253029821968900};
    double w[BATCH];
    for (int i = 0; i < t->l->n; i++)
        for (int k = 0; k < BATCH; k++) {
            double v = (first + k + 1) * root[i] + shift[i];
            v -= floor(v);
            t->u[i][k] = fmin(fmax(1 - fabs(2 * v - 1), 0x1p-60), 1 - 0x1p-53);
        }
    for (int k = 0; k < BATCH; k++)
        w[k] = 1;
    descend(t, 0, 0, w);
}

/*
 * Means over the shifts and errors: 5 standard errors, of variances that the other orthants of the row have a say in (half
 * in proportion to their probabilities), so that an accident of twelve shifts does not make an error look small; and where
 * sides are no smooth functions of the point (a singular matrix), what may hide between the points.
 */
static double judge(double *p, double *error, const bni_lattice *l, const double *sums, double points)
{
    size_t S = (size_t)1 << l->n;
    double common = 0, total = 0, hidden = l->rank < l->n ? 8 / points : 0;
    for (size_t m = 0; m < S; m++) {
        double mean = 0, square = 0, each = points / SHIFTS;
        for (int s = 0; s < SHIFTS; s++)
            mean += sums[(size_t)s * S + m] / each;
        mean /= SHIFTS;
        for (int s = 0; s < SHIFTS; s++) {
            double d = sums[(size_t)s * S + m] / each - mean;
            square += d * d;
        }
        p[m] = mean;
        error[m] = square / (SHIFTS * (SHIFTS - 1));
        common += error[m];
    }
    for (size_t m = 0; m < S; m++) {
        error[m] = 5 * sqrt(error[m] + common * (p[m] + 1 / (double)S)) + hidden + 1e-14 * p[m];
        total += error[m];
    }
    return total;
}

static int32_t sum_points(binnet_ctx *ctx, tree *t, double *p, double *error, double *points, double *sums,
                          double shift[SHIFTS][MOST], double goal, double most)
{
    size_t S = (size_t)1 << t->l->n;
    double done = 0, next = FIRST;
    for (;;) {
        for (int s = 0; s < SHIFTS; s++) {
            t->sum = sums + (size_t)s * S;
            for (double at = done; at < next; at += BATCH) {
                add_lattice_points(t, shift[s], at);
                BNI_TRY(bni_poll(ctx, 0));
            }
        }
        done = next;
        *points = SHIFTS * done;
        if (judge(p, error, t->l, sums, *points) <= goal || done >= most)
            return BINNET_OK;
        next = done < most / 2 ? 2 * done : BATCH * ceil(most / BATCH);
    }
}

int32_t bni_lattice_orthants(binnet_ctx *ctx, double *p, double *error, double *points, const bni_lattice *l,
                             const double *h, double goal, double most, const uint64_t key[2])
{
    size_t S = (size_t)1 << l->n;
    double shift[SHIFTS][MOST];
    tree *t = bni_new(ctx, 1, sizeof *t);
    double *sums = bni_new(ctx, S * SHIFTS, sizeof *sums);
    int32_t status = t == NULL || sums == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK) {
        bni_random r;
        bni_random_start(&r, key[0], BNI_RANDOM_LATTICE, key[1], 0, 0);
        for (int s = 0; s < SHIFTS; s++)
            for (int i = 0; i < MOST; i++)
                shift[s][i] = bni_random_unit(&r);
        t->l = l;
        t->kern = bni_kernels_get()->chain;
        memcpy(t->h, h, (size_t)l->n * sizeof *h);
        status = sum_points(ctx, t, p, error, points, sums, shift, goal, most);
    }
    bni_delete(&ctx->mem, t);
    bni_delete(&ctx->mem, sums);
    return status;
}
