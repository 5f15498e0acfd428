/*
 * The probabilities of all 2^n orthants of a normal vector, by integrals over correlations as in orthant_many.c, which all
 * orthants share: given X_v = h_v and X_j = h_j the law of the others' sides is the same whatever side v and j are on,
 *     d/dt Pr(sides) = sum over j of s_v s_j r_vj phi_2(h_v, h_j; t r_vj) Pr(sides of the others | X_v = h_v, X_j = h_j),
 * s = 1 above and -1 below the bound. Sums over the sides of v or of j are 0, so that the probabilities of every single side
 * and the whole stay exact.
 * Source: Plackett 1954, Biometrika 41:351; orthant_many.c.
 */
#include "num/orthant_law.h"
#include "num/constants.h"

#include "num/gauss_rules.h"
#include "num/special.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST = BNI_ORTHANT_MOST, DEEPEST = 10, NODES = 15 };

/* Beyond these a variable is certainly above its bound, or certainly not, to 1e-17. */
static const double sure = 8.5;
/* Of the quick formula in two dimensions and the differences to it, each of the four sides. */
static const double planar = 2e-15;

typedef struct integral {
    binnet_ctx *ctx;
    const bni_orthant_law *o;
    int v;
    double root, tolerance;              /* sqrt(q); of each component */
    double *values, *part, *error, *law; /* [NODES][count], [count], [count]; law of the others */
    double *sum, *off, *deeper;          /* [count] results; memory of those inside */
    size_t count, each;                  /* (n - 1) laws of 2^(n-2) */
    double inside;                       /* errors of those inside, integrated */
} integral;

static size_t level_doubles(int n)
{
    size_t count = (size_t)(n - 1) << (n - 2);
    return (NODES + 4) * count + ((size_t)1 << n) * 2;
}

static size_t all_doubles(int n)
{
    size_t sum = 0;
    for (int k = 3; k <= n; k++)
        sum += level_doubles(k);
    return sum + 64;
}

double bni_all_orthants_bytes(int n)
{
    return 8.0 * (double)all_doubles(n);
}

static int32_t find_all_sides(binnet_ctx *ctx, double *p, double *error, const bni_orthant_law *o, double tolerance,
                              double *work);

/* --- the path --- */

/* Components at one angle; *inside: the sum of the errors of the laws in them. */
static int32_t path_values(integral *w, double *value, double *inside, double angle)
{
    const bni_orthant_law *o = w->o;
    double t = sin(angle) / w->root, jacobian = cos(angle) / w->root, hv = o->h[w->v];
    memset(value, 0, w->count * sizeof *value);
    *inside = 0;
    for (int j = 0, at = 0; j < o->n; j++) {
        if (j == w->v)
            continue;
        double *to = value + (size_t)at++ * w->each, r = o->r[w->v][j], rho = t * r, one = (1 - rho) * (1 + rho);
        double gap = hv - rho * o->h[j], error;
        if (r == 0 || !(one > 0))
            continue;
        double weight = jacobian * r / (BNI_TWO_PI * sqrt(one)) * exp(-0.5 * (o->h[j] * o->h[j] + gap * gap / one));
        double goal = 0.1 * w->tolerance / fabs(weight);
        if (goal > 1) {
            *inside += fabs(weight);
            continue;
        }
        bni_orthant_law rest;
        bni_orthant_condition(&rest, o, w->v, j, t);
        BNI_TRY(find_all_sides(w->ctx, w->law, &error, &rest, goal, w->deeper));
        *inside += fabs(weight) * error;
        for (size_t m = 0; m < w->each; m++)
            to[m] = weight * w->law[m];
    }
    return BINNET_OK;
}

/* Gauss and Kronrod, 7 and 15 points, with QUADPACK's figure for the error. */
static void panel_rule(integral *w, double half)
{
    for (size_t m = 0; m < w->count; m++) {
        double fine = 0, coarse = 0, spread = 0;
        for (int k = 0; k < NODES; k++) {
            int side = k < 8 ? k : NODES - 1 - k;
            double f = w->values[(size_t)k * w->count + m];
            fine += bni_kronrod15_weight[side] * f;
            coarse += side % 2 == 1 ? bni_gauss7_weight[side / 2] * f : 0;
        }
        for (int k = 0; k < NODES; k++)
            spread += bni_kronrod15_weight[k < 8 ? k : NODES - 1 - k] *
                      fabs(w->values[(size_t)k * w->count + m] - 0.5 * fine);
        double off = fabs(fine - coarse), share = spread > 0 ? 200 * off / spread : 1;
        w->part[m] = half * fine;
        w->error[m] = half * (share < 1 ? spread * share * sqrt(share) : off);
    }
}

static int32_t all_path_panel(integral *w, double a, double b, int depth)
{
    double centre = 0.5 * (a + b), half = 0.5 * (b - a), worst = 0, most = 0;
    for (int k = 0; k < NODES; k++) {
        double inside, x = k < 8 ? -bni_kronrod15_node[k] : bni_kronrod15_node[NODES - 1 - k];
        BNI_TRY(path_values(w, w->values + (size_t)k * w->count, &inside, centre + half * x));
        most = fmax(most, inside);
    }
    panel_rule(w, half);
    for (size_t m = 0; m < w->count; m++)
        worst = fmax(worst, w->error[m]);
    double share = (b - a) / asin(w->root);
    if (worst <= w->tolerance * share || depth == DEEPEST) {
        for (size_t m = 0; m < w->count; m++) {
            w->sum[m] += w->part[m];
            w->off[m] += w->error[m] + 4 * DBL_EPSILON * fabs(w->part[m]);
        }
        w->inside += most * (b - a);
        return BINNET_OK;
    }
    BNI_TRY(all_path_panel(w, a, centre, depth + 1));
    return all_path_panel(w, centre, b, depth + 1);
}

/* Bit `at` of 0 comes between the bits of m. */
static size_t insert_bit(size_t m, int at)
{
    size_t below = ((size_t)1 << at) - 1;
    return (m & below) | (m & ~below) << 1;
}

static void find_planar(double p[4], const bni_orthant_law *o)
{
    double h = o->h[0], k = o->h[1], r = o->r[0][1];
    double ph, qh, pk, qk; /* below, above */
    bni_gaussian(h, &ph, &qh, NULL);
    bni_gaussian(k, &pk, &qk, NULL);
    p[3] = bni_bivariate_quick(h, k, r);
    p[1] = qh - p[3];
    p[2] = qk - p[3];
    p[0] = qh < 0.5 ? pk - p[1] : ph - p[2];
}

/* p[m], and the greatest of their errors. */
static int32_t find_all_sides(binnet_ctx *ctx, double *p, double *error, const bni_orthant_law *o, double tolerance,
                              double *work)
{
    bni_orthant_law rest;
    size_t S = (size_t)1 << o->n;
    *error = 0;
    for (int k = 0; k < o->n; k++)
        if (fabs(o->h[k]) > sure) { /* one side is all there is */
            bni_orthant_without(&rest, o, k);
            BNI_TRY(find_all_sides(ctx, p, error, &rest, tolerance, work));
            for (size_t m = S / 2; m-- > 0;) {
                size_t to = insert_bit(m, k), bit = (size_t)1 << k, above = o->h[k] < 0 ? bit : 0;
                double v = p[m];
                p[to | (bit - above)] = 0;
                p[to | above] = v;
            }
            *error += 1e-17;
            return BINNET_OK;
        }
    if (o->n <= 2) {
        p[0] = 1;
        if (o->n == 1)
            bni_gaussian(o->h[0], &p[0], &p[1], NULL);
        if (o->n == 2)
            find_planar(p, o);
        *error = o->n == 2 ? planar : 1e-16;
        return BINNET_OK;
    }
    integral w = {.ctx = ctx, .o = o, .tolerance = tolerance, .each = S / 4, .count = (size_t)(o->n - 1) * (S / 4)};
    double q = 2, off, above, below, *others = work;
    w.values = others + S / 2;
    w.part = w.values + NODES * w.count;
    w.error = w.part + w.count;
    w.sum = w.error + w.count;
    w.off = w.sum + w.count;
    w.law = w.off + w.count;
    w.deeper = work + level_doubles(o->n);
    for (int k = 0; k < o->n; k++) {
        double own = bni_orthant_correlation(o, k);
        if (own < q) {
            w.v = k;
            q = own;
        }
    }
    bni_orthant_without(&rest, o, w.v);
    BNI_TRY(find_all_sides(ctx, others, &off, &rest, tolerance, w.deeper));
    bni_gaussian(o->h[w.v], &below, &above, NULL);
    for (size_t m = 0; m < S / 2; m++) {
        size_t to = insert_bit(m, w.v), bit = (size_t)1 << w.v;
        p[to] = others[m] * below;
        p[to | bit] = others[m] * above;
    }
    w.root = sqrt(q);
    memset(w.sum, 0, 2 * w.count * sizeof *w.sum);
    if (q > 0)
        BNI_TRY(all_path_panel(&w, 0, asin(w.root), 0));
    double worst = 0;
    for (int j = 0, at = 0; j < o->n; j++) {
        if (j == w.v)
            continue;
        const double *sum = w.sum + (size_t)at * w.each, *wrong = w.off + (size_t)at++ * w.each;
        int low = j < w.v ? j : w.v, high = j < w.v ? w.v : j;
        size_t bv = (size_t)1 << w.v, bj = (size_t)1 << j;
        double own = 0;
        for (size_t m = 0; m < w.each; m++) {
            size_t to = insert_bit(insert_bit(m, low), high);
            p[to] += sum[m];
            p[to | bv | bj] += sum[m];
            p[to | bv] -= sum[m];
            p[to | bj] -= sum[m];
            own = fmax(own, wrong[m]);
        }
        worst += own;
    }
    *error = off + worst + w.inside + 2 * DBL_EPSILON;
    return bni_poll(ctx, 0);
}

int32_t bni_all_orthants(binnet_ctx *ctx, double *p, double *error, int n, const double *h, const double *r,
                         double tolerance)
{
    bni_orthant_law o = {.n = n};
    for (int i = 0; i < n; i++) {
        o.h[i] = h[i];
        for (int j = 0; j < n; j++)
            o.r[i][j] = r[i * n + j];
    }
    double *work = bni_new_raw(ctx, all_doubles(n), sizeof *work);
    int32_t status = work == NULL ? BINNET_E_NOMEM : find_all_sides(ctx, p, error, &o, fmax(tolerance, 1e-15), work);
    bni_delete(&ctx->mem, work);
    for (size_t m = 0; status == BINNET_OK && m < (size_t)1 << n; m++)
        p[m] = fmax(p[m], 0); /* off by less than its error */
    return status;
}
