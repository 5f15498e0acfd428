/*
 * Normal orthant probabilities in up to eight dimensions. With t R the correlations of variable v with the others scaled by t,
 *     d/dt Pr(X > h) = sum over j of r_vj phi_2(h_v, h_j; t r_vj) Pr(X_k > h_k, k != v, j | X_v = h_v, X_j = h_j),
 * so an orthant of n dimensions is one integral of those of n - 2, added to Pr(X_v > h_v) Pr(the others) at t = 0. The
 * determinant is proportional to 1 - q t^2, q the squared multiple correlation of v with the others: with
 * sqrt(q) t = sin(angle) the integrand is smooth up to singular matrices.
 * Source: Plackett 1954, Biometrika 41:351; the path with one variable: Drezner & Wesolowsky 1990, Genz 2004.
 */
#include "num/orthant_law.h"
#include "num/constants.h"

#include "num/special.h"
#include "num/gauss_rules.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

enum { MOST = BNI_ORTHANT_MOST, NODES = 10, DEEPEST = 12 };

/* Beyond these a variable is certainly above its bound, or certainly not, to 1e-17. */
static const double sure = 8.5;

static double many_probability(const bni_orthant_law *o, double tolerance, double *error);

static double tail_above(double x)
{
    double q;
    bni_gaussian(x, NULL, &q, NULL);
    return q;
}

/* --- Gauss-Kronrod of 10 and 21 points, with QUADPACK's figure for the error of the finer one --- */

typedef struct path {
    const bni_orthant_law *o;
    int v;
    double root, tolerance; /* sqrt(q); of the whole */
    double error;
} path;

static double path_slope(const path *p, double angle);

static double path_panel(path *p, double a, double b, double goal, int depth)
{
    double centre = 0.5 * (a + b), half = 0.5 * (b - a), f[2 * NODES + 1];
    double fine = 0, coarse = 0, size = 0, spread = 0;
    for (int k = 0; k <= NODES; k++) {
        f[k] = path_slope(p, centre - half * bni_kronrod21_node[k]);
        f[2 * NODES - k] = k < NODES ? path_slope(p, centre + half * bni_kronrod21_node[k]) : f[k];
        double two = k < NODES ? f[k] + f[2 * NODES - k] : f[k];
        fine += bni_kronrod21_weight[k] * two;
        size += bni_kronrod21_weight[k] * (fabs(f[k]) + (k < NODES ? fabs(f[2 * NODES - k]) : 0));
        if (k % 2 == 1)
            coarse += bni_gauss10_weight[k / 2] * two;
    }
    for (int k = 0; k <= 2 * NODES; k++)
        spread += bni_kronrod21_weight[k <= NODES ? k : 2 * NODES - k] * fabs(f[k] - 0.5 * fine);
    double off = half * fabs(fine - coarse);
    spread *= half;
    if (spread > 0 && off > 0)
        off = spread * fmin(1, pow(200 * off / spread, 1.5));
    off = fmax(off, 4 * DBL_EPSILON * half * size);
    if (off <= goal || off <= 8 * DBL_EPSILON * half * size || depth == DEEPEST) {
        p->error += off;
        return half * fine;
    }
    return path_panel(p, a, centre, 0.5 * goal, depth + 1) + path_panel(p, centre, b, 0.5 * goal, depth + 1);
}

/* --- the path --- */

static double path_slope(const path *p, double angle)
{
    const bni_orthant_law *o = p->o;
    double t = sin(angle) / p->root, jacobian = cos(angle) / p->root, sum = 0, hv = o->h[p->v];
    for (int j = 0; j < o->n; j++) {
        double r = o->r[p->v][j], rho = t * r, one = (1 - rho) * (1 + rho), gap = hv - rho * o->h[j], error;
        if (j == p->v || r == 0 || !(one > 0))
            continue;
        double weight = jacobian * r / (BNI_TWO_PI * sqrt(one)) * exp(-0.5 * (o->h[j] * o->h[j] + gap * gap / one));
        double tolerance = 0.1 * p->tolerance / fabs(weight);
        if (tolerance > 1)
            continue;
        bni_orthant_law rest;
        bni_orthant_condition(&rest, o, p->v, j, t);
        sum += weight * many_probability(&rest, tolerance, &error);
    }
    return sum;
}

/* The variable with the fewest correlations; among these the one that the others determine least. */
static int least_bound(const bni_orthant_law *o, double *q)
{
    int best = 0, fewest = MOST;
    *q = 2;
    for (int v = 0; v < o->n; v++) {
        int count = 0;
        for (int j = 0; j < o->n; j++)
            count += j != v && o->r[v][j] != 0;
        if (count > fewest)
            continue;
        double own = count > 0 ? bni_orthant_correlation(o, v) : 0;
        if (count < fewest || own < *q) {
            best = v;
            *q = own;
        }
        fewest = count;
    }
    return best;
}

static double many_probability(const bni_orthant_law *o, double tolerance, double *error)
{
    bni_orthant_law rest;
    *error = 0;
    for (int k = 0; k < o->n; k++) {
        if (o->h[k] > sure) {
            *error = tail_above(o->h[k]);
            return 0;
        }
        if (o->h[k] < -sure) {
            double off = tail_above(-o->h[k]), p;
            bni_orthant_without(&rest, o, k);
            p = many_probability(&rest, tolerance, error);
            *error += off;
            return p;
        }
    }
    if (o->n <= 1)
        return o->n == 0 ? 1 : tail_above(o->h[0]);
    if (o->n == 2) {
        *error = 1e-15;
        return bni_bivariate_quick(o->h[0], o->h[1], o->r[0][1]);
    }
    path p = {.o = o, .tolerance = tolerance};
    double q, off;
    p.v = least_bound(o, &q);
    bni_orthant_without(&rest, o, p.v);
    double start = tail_above(o->h[p.v]) * many_probability(&rest, tolerance, &off), part = 0;
    p.root = sqrt(q);
    if (q > 0)
        part = path_panel(&p, 0, asin(p.root), tolerance, 0);
    *error = off + p.error + (o->n > 3 ? 0.1 * tolerance : 0) + DBL_EPSILON;
    return fmin(fmax(start + part, 0), 1);
}

double bni_orthant(int n, const double *h, const double *r, double tolerance, double *error)
{
    bni_orthant_law o = {.n = n};
    for (int i = 0; i < n; i++) {
        o.h[i] = h[i];
        for (int j = 0; j < n; j++)
            o.r[i][j] = r[i * n + j];
    }
    return many_probability(&o, fmax(tolerance, 1e-16), error);
}
