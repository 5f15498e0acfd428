/*
 * Adaptive integrals of one variable: Gauss-Kronrod 7/15 for smooth functions of one known scale; Stieltjes integrals and
 * moments of tails by values only (no density needed).
 * Source: QUADPACK (Piessens et al. 1983) for the rule; Clenshaw & Curtis 1960; Trefethen, Spectral Methods in MATLAB, ch. 6.
 */
#include "num/integrate.h"
#include "num/constants.h"
#include "num/gauss_rules.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* Halvings of one panel, and panels in all: beyond them a panel is taken as it is, and its error reported. */
enum { DEEPEST = 60, MOST_PANELS = 4000 };

/* --- Gauss-Kronrod --- */

typedef struct panel {
    double value, difference, floor; /* floor: differences below it are rounding */
} panel;

static panel rule(bni_real_fn f, void *arg, double a, double b)
{
    double centre = 0.5 * (a + b), half = 0.5 * (b - a), middle = f(arg, centre);
    double fine = middle * bni_kronrod15_weight[7], coarse = middle * bni_gauss7_weight[3], size = fabs(fine);
    for (int k = 0; k < 7; k++) {
        double left = f(arg, centre - half * bni_kronrod15_node[k]),
               right = f(arg, centre + half * bni_kronrod15_node[k]), pair = left + right;
        fine += bni_kronrod15_weight[k] * pair;
        size += bni_kronrod15_weight[k] * (fabs(left) + fabs(right));
        if (k % 2 == 1)
            coarse += bni_gauss7_weight[k / 2] * pair;
    }
    return (panel){half * fine, half * fabs(fine - coarse), 10 * DBL_EPSILON * half * size};
}

typedef struct search {
    bni_real_fn f;
    void *arg;
    double relative, least, total, error; /* total: the best estimate so far of the whole */
    int panels;
} search;

static int finished(const panel *p, double goal, double a, double b, int depth, int *panels)
{
    double centre = 0.5 * (a + b);
    return p->difference <= fmax(goal, p->floor) || depth == DEEPEST || ++*panels > MOST_PANELS ||
           !(centre > a && centre < b) || isnan(p->value);
}

static double refine_panel(search *s, double a, double b, panel p, int depth)
{
    double centre = 0.5 * (a + b);
    if (finished(&p, fmax(s->relative * fabs(s->total), s->least), a, b, depth, &s->panels)) {
        s->error += p.difference;
        return p.value;
    }
    panel left = rule(s->f, s->arg, a, centre), right = rule(s->f, s->arg, centre, b);
    s->total += left.value + right.value - p.value;
    return refine_panel(s, a, centre, left, depth + 1) + refine_panel(s, centre, b, right, depth + 1);
}

double bni_integrate(bni_real_fn f, void *arg, double a, double b, double relative, double least, double *error)
{
    search s = {f, arg, relative, least, 0, 0, 0};
    panel p = rule(f, arg, a, b);
    s.total = p.value;
    double value = refine_panel(&s, a, b, p, 0);
    if (error != NULL)
        *error = s.error;
    return value;
}

/* --- panels of Chebyshev points --- */

enum { FINE = BNI_STIELTJES_FINE, DOUBLE = 2 * FINE, LAST = BNI_LAST_COEFFICIENTS };

/*
 * Greatest distance of function and polynomial per greatest last coefficient: a step of 1 leaves last coefficients of 2/(16 pi)
 * and more (the five cannot be small together), and a distance of up to 0.6.
 */
static const double distance_factor = 32;

static void clenshaw_curtis(double *w, int n)
{
    for (int j = 0; j <= n; j++) {
        double sum = 1;
        for (int k = 1; k <= n / 2; k++)
            sum -= (2 * k == n ? 1.0 : 2.0) / (4.0 * k * k - 1) * cos(2 * k * j * BNI_PI / n);
        w[j] = (j == 0 || j == n ? 1.0 : 2.0) / n * sum;
    }
}

/* Derivative matrix of the points x_j = -cos(j pi / n). */
static void smooth_derivative(double out[FINE + 1][FINE + 1], const double *x)
{
    for (int j = 0; j <= FINE; j++) {
        double sum = 0, cj = j == 0 || j == FINE ? 2 : 1;
        for (int k = 0; k <= FINE; k++) {
            if (k == j)
                continue;
            double ck = k == 0 || k == FINE ? 2 : 1, d = cj / ck * ((j + k) % 2 == 0 ? 1 : -1) / (x[j] - x[k]);
            out[j][k] = d;
            sum += d;
        }
        out[j][j] = -sum; /* so that a constant has derivative 0 */
    }
}

/* The polynomials that are 1 at one point and 0 at the others, at t. */
static void lagrange(double *out, const double *x, double t)
{
    double sum = 0;
    for (int j = 0; j <= FINE; j++)
        if (t == x[j]) {
            for (int k = 0; k <= FINE; k++)
                out[k] = k == j;
            return;
        }
    for (int j = 0; j <= FINE; j++) {
        out[j] = (j % 2 == 0 ? 1 : -1) * (j == 0 || j == FINE ? 0.5 : 1) / (t - x[j]);
        sum += out[j];
    }
    for (int j = 0; j <= FINE; j++)
        out[j] /= sum;
}

void bni_stieltjes_prepare(bni_stieltjes_rule *b)
{
    double slope[FINE + 1][FINE + 1], weight[DOUBLE + 1];
    *b = (bni_stieltjes_rule){.point = {0}};
    for (int j = 0; j <= FINE; j++)
        b->point[j] = -cos(j * BNI_PI / FINE);
    b->point[FINE / 2] = 0;
    smooth_derivative(slope, b->point);
    clenshaw_curtis(weight, DOUBLE); /* exact for the products of two of these polynomials */
    for (int q = 0; q <= DOUBLE; q++) {
        double t = q % 2 == 0 ? b->point[q / 2] : -cos(q * BNI_PI / DOUBLE), at[FINE + 1], rise[FINE + 1] = {0};
        lagrange(at, b->point, t);
        for (int j = 0; j <= FINE; j++)
            for (int k = 0; k <= FINE; k++)
                rise[k] += at[j] * slope[j][k];
        for (int j = 0; j <= FINE; j++) {
            b->mass[j] += weight[q] * at[j];
            b->lever[j] += weight[q] * t * at[j];
            for (int k = 0; k <= FINE; k++)
                b->fine[j][k] += weight[q] * at[j] * rise[k];
        }
    }
    for (int k = 0; k < LAST; k++) {
        int order = FINE - k;
        for (int j = 0; j <= FINE; j++)
            b->last[k][j] = (order == FINE ? 1.0 : 2.0) / FINE * (j == 0 || j == FINE ? 0.5 : 1) *
                            cos(order * j * BNI_PI / FINE);
    }
}

/* How far the polynomial may be from the function; *rounding: what rounding alone would leave of that. */
static double distance(const bni_stieltjes_rule *rule, const double *f, double *rounding)
{
    double most = 0, size = 0;
    for (int k = 0; k < LAST; k++) {
        double c = 0;
        for (int j = 0; j <= FINE; j++)
            c += rule->last[k][j] * f[j];
        most = fmax(most, fabs(c));
    }
    for (int j = 0; j <= FINE; j++)
        size = fmax(size, fabs(f[j]));
    *rounding = 2 * distance_factor * DBL_EPSILON * size;
    return distance_factor * most;
}

/* What part of the change over a panel is uncertain since places are doubles. */
static double blur(double a, double b, double grain)
{
    return fmin(1, (grain + 2 * DBL_EPSILON * fmax(fabs(a), fabs(b))) / (b - a));
}

double bni_chebyshev_distance(const bni_stieltjes_rule *rule, const double *f)
{
    double rounding;
    return distance(rule, f, &rounding);
}

double bni_chebyshev_at(const bni_stieltjes_rule *rule, const double *f, double t)
{
    double at[FINE + 1], sum = 0;
    lagrange(at, rule->point, t);
    for (int j = 0; j <= FINE; j++)
        sum += at[j] * f[j];
    return sum;
}

typedef struct stieltjes {
    bni_pair_fn f;
    void *arg;
    int monotone;
    const bni_stieltjes_rule *rule;
    double relative, least, noise, total, error;
    int panels;
} stieltjes;

static panel measure_panel_of(const stieltjes *s, double a, double b, const double at_a[3], const double at_b[3],
                              double middle[3])
{
    double F[FINE + 1], C[FINE + 1], g[FINE + 1], x[FINE - 1], centre = 0.5 * (a + b), half = 0.5 * (b - a);
    F[0] = at_a[0], C[0] = at_a[1], g[0] = at_a[2];
    F[FINE] = at_b[0], C[FINE] = at_b[1], g[FINE] = at_b[2];
    for (int j = 1; j < FINE; j++)
        x[j - 1] = centre + half * s->rule->point[j];
    s->f(s->arg, FINE - 1, x, F + 1, C + 1, g + 1);
    middle[0] = F[FINE / 2], middle[1] = C[FINE / 2], middle[2] = g[FINE / 2];
    int upper = C[0] < F[FINE]; /* the smaller of the two carries more digits */
    if (upper)
        for (int j = 0; j <= FINE; j++)
            F[j] = -C[j];
    double value = 0, varies = 0, size = 0, round_F, round_g;
    for (int j = 0; j <= FINE; j++) {
        double slope = 0;
        for (int k = 0; k <= FINE; k++)
            slope += s->rule->fine[j][k] * F[k];
        value += slope * g[j];
        varies += j > 0 ? fabs(g[j] - g[j - 1]) : 0;
        size = fmax(size, fabs(g[j]));
    }
    /* int g dF - int p dP = int (g - p) dF - int (F - P) dp, P = F at the ends; p varies about as much as g does */
    double step = fmax(0, F[FINE] - F[0]), far_F = distance(s->rule, F, &round_F),
           far_g = distance(s->rule, g, &round_g);
    double error = far_g * step + far_F * (varies + far_g);
    /* a matrix with entries up to about FINE^2 makes that of the rounding of F */
    double unsure = 2 * distance_factor * s->noise, moved = 2 * distance_factor * blur(a, b, 0);
    double floor = (round_g + unsure + moved * varies) * step + (round_F + unsure + moved * step) * varies +
                   32 * DBL_EPSILON * fmax(fabs(F[0]), fabs(F[FINE])) * size;
    if (!s->monotone)
        return (panel){value, error, floor};
    double low = fmin(g[0], g[FINE]) * step, high = fmax(g[0], g[FINE]) * step;
    return (panel){fmin(fmax(value, low), high), fmin(error, high - low), floor};
}

static double halve_panel(stieltjes *s, double a, double b, const double at_a[3], const double at_b[3], panel p,
                          const double middle[3], int depth)
{
    double centre = 0.5 * (a + b), in[2][3];
    if (finished(&p, fmax(s->relative * fabs(s->total), s->least), a, b, depth, &s->panels)) {
        s->error += p.difference;
        return p.value;
    }
    panel left = measure_panel_of(s, a, centre, at_a, middle, in[0]);
    panel right = measure_panel_of(s, centre, b, middle, at_b, in[1]);
    s->total += left.value + right.value - p.value;
    return halve_panel(s, a, centre, at_a, middle, left, in[0], depth + 1) +
           halve_panel(s, centre, b, middle, at_b, right, in[1], depth + 1);
}

double bni_stieltjes(const bni_stieltjes_rule *table, bni_pair_fn f, void *arg, int monotone, double a, double b,
                     const double at_a[3], const double at_b[3], double relative, double least, double noise,
                     double *error)
{
    stieltjes s = {f, arg, monotone, table, relative, least, noise, 0, 0, 0};
    double middle[3];
    panel p = measure_panel_of(&s, a, b, at_a, at_b, middle);
    s.total = p.value;
    double value = halve_panel(&s, a, b, at_a, at_b, p, middle, 0);
    if (error != NULL)
        *error = s.error;
    return value;
}

/* --- moments of a tail --- */

typedef struct tails {
    const bni_stieltjes_rule *rule;
    bni_tail_sum *sum;
    bni_tail_fn f;
    void *arg;
    int panels;
} tails;

/* Both integrals of one panel. */
typedef struct tail_panel {
    double value[2], error[2], floor[2], middle, noise;
} tail_panel;

static tail_panel measure_tail(const tails *t, double a, double b, double at_a, double at_b, double noise)
{
    double f[FINE + 1], x[FINE - 1], middle = 0.5 * (a + b), half = 0.5 * (b - a), rounding;
    double away = middle - t->sum->centre, sign = away < 0 ? -1 : 1, sum = 0, turn = 0;
    tail_panel p = {.noise = noise};
    f[0] = at_a;
    f[FINE] = at_b;
    for (int j = 1; j < FINE; j++)
        x[j - 1] = middle + half * t->rule->point[j];
    t->f(t->arg, FINE - 1, x, f + 1, &p.noise);
    p.middle = f[FINE / 2];
    for (int j = 0; j <= FINE; j++) {
        sum += t->rule->mass[j] * f[j];
        turn += t->rule->lever[j] * f[j];
    }
    double low = fmin(at_a, at_b), high = fmax(at_a, at_b), far = fmin(distance(t->rule, f, &rounding), high - low);
    double moved = 2 * distance_factor * blur(a, b, t->sum->grain) * (high - low);
    const double whole[2] = {2 * half, 2 * half * fabs(away)},
                 value[2] = {half * sum, half * sign * (away * sum + half * turn)};
    for (int k = 0; k < 2; k++) {
        p.value[k] = fmin(fmax(value[k], low * whole[k]), high * whole[k]);
        p.error[k] = (far + p.noise) * whole[k];
        /* noise may look like a step of its own size */
        p.floor[k] = (rounding + (2 * distance_factor + 1) * p.noise + moved) * whole[k];
    }
    return p;
}

static int tail_finished(const tails *t, const tail_panel *p, double a, double b, int depth)
{
    double middle = 0.5 * (a + b);
    int good = 1;
    for (int k = 0; k < 2; k++)
        good = good && (p->error[k] <= t->sum->relative * t->sum->total[k] || p->error[k] <= p->floor[k]);
    return good || depth == DEEPEST || t->panels > MOST_PANELS || !(middle > a && middle < b) || isnan(p->value[0]);
}

static void add_tail(tails *t, double a, double b, double at_a, double at_b, tail_panel p, int depth)
{
    double middle = 0.5 * (a + b);
    if (tail_finished(t, &p, a, b, depth)) {
        for (int k = 0; k < 2; k++) {
            t->sum->value[k] += p.value[k];
            t->sum->error[k] += p.error[k];
            t->sum->total[k] = fmax(t->sum->total[k], t->sum->value[k]);
        }
        return;
    }
    t->panels++;
    tail_panel left = measure_tail(t, a, middle, at_a, p.middle, p.noise);
    tail_panel right = measure_tail(t, middle, b, p.middle, at_b, p.noise);
    add_tail(t, a, middle, at_a, p.middle, left, depth + 1);
    add_tail(t, middle, b, p.middle, at_b, right, depth + 1);
}

void bni_tail_add(const bni_stieltjes_rule *rule, bni_tail_sum *sum, bni_tail_fn f, void *arg, double a, double b,
                  double at_a, double at_b, double noise)
{
    tails t = {.rule = rule, .sum = sum, .f = f, .arg = arg};
    if (at_a == at_b) { /* and so between them */
        const double whole[2] = {b - a, (b - a) * fabs(0.5 * (a + b) - sum->centre)};
        for (int k = 0; k < 2; k++) {
            sum->value[k] += at_a * whole[k];
            sum->error[k] += noise * whole[k];
            sum->total[k] = fmax(sum->total[k], sum->value[k]);
        }
        return;
    }
    add_tail(&t, a, b, at_a, at_b, measure_tail(&t, a, b, at_a, at_b, noise), 0);
}
