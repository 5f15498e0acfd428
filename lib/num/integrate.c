/*
 * Adaptive integrals of one variable: Gauss-Kronrod 7/15, and Stieltjes integrals of values only (no density needed).
 * Source: QUADPACK (Piessens et al. 1983) for the rule; Clenshaw & Curtis 1960; Trefethen, Spectral Methods in MATLAB, ch. 6.
 */
#include "num/integrate.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* Halvings of one panel, and panels in all: beyond them a panel is taken as it is, and its error reported. */
enum { DEEPEST = 60, MOST_PANELS = 4000 };

/* --- Gauss-Kronrod --- */

static const double node[8] = {0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
                               0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
                               0.586087235467691130294144691693013, 0.405845151377397166906606412076961,
                               0.207784955007898467600689403773245, 0};
static const double kronrod[8] = {0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
                                  0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
                                  0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
                                  0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
static const double gauss[4] = {0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
                                0.381830050505118944950369775488975, 0.417959183673469387755102040816327};

typedef struct panel {
    double value, difference, floor; /* floor: differences below it are rounding */
} panel;

static panel rule(bni_real_fn f, void *arg, double a, double b)
{
    double centre = 0.5 * (a + b), half = 0.5 * (b - a), middle = f(arg, centre);
    double fine = middle * kronrod[7], coarse = middle * gauss[3], size = fabs(fine);
    for (int k = 0; k < 7; k++) {
        double left = f(arg, centre - half * node[k]), right = f(arg, centre + half * node[k]), pair = left + right;
        fine += kronrod[k] * pair;
        size += kronrod[k] * (fabs(left) + fabs(right));
        if (k % 2 == 1)
            coarse += gauss[k / 2] * pair;
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

static double refine(search *s, double a, double b, panel p, int depth)
{
    double centre = 0.5 * (a + b);
    if (finished(&p, fmax(s->relative * fabs(s->total), s->least), a, b, depth, &s->panels)) {
        s->error += p.difference;
        return p.value;
    }
    panel left = rule(s->f, s->arg, a, centre), right = rule(s->f, s->arg, centre, b);
    s->total += left.value + right.value - p.value;
    return refine(s, a, centre, left, depth + 1) + refine(s, centre, b, right, depth + 1);
}

double bni_integrate(bni_real_fn f, void *arg, double a, double b, double relative, double least, double *error)
{
    search s = {f, arg, relative, least, 0, 0, 0};
    panel p = rule(f, arg, a, b);
    s.total = p.value;
    double value = refine(&s, a, b, p, 0);
    if (error != NULL)
        *error = s.error;
    return value;
}

/* --- Stieltjes --- */

enum { FINE = BNI_STIELTJES_FINE, COARSE = FINE / 2 };

static void clenshaw_curtis(double *w, int n)
{
    const double pi = 3.14159265358979323846;
    for (int j = 0; j <= n; j++) {
        double sum = 1;
        for (int k = 1; k <= n / 2; k++)
            sum -= (2 * k == n ? 1.0 : 2.0) / (4.0 * k * k - 1) * cos(2 * k * j * pi / n);
        w[j] = (j == 0 || j == n ? 1.0 : 2.0) / n * sum;
    }
}

/* out[(n + 1)][(n + 1)]; points x_j = -cos(j pi / n). */
static void derivative(double *out, int n)
{
    const double pi = 3.14159265358979323846;
    double x[FINE + 1], w[FINE + 1];
    clenshaw_curtis(w, n);
    for (int j = 0; j <= n; j++)
        x[j] = -cos(j * pi / n);
    for (int j = 0; j <= n; j++) {
        double sum = 0, cj = j == 0 || j == n ? 2 : 1;
        for (int k = 0; k <= n; k++) {
            if (k == j)
                continue;
            double ck = k == 0 || k == n ? 2 : 1, d = cj / ck * ((j + k) % 2 == 0 ? 1 : -1) / (x[j] - x[k]);
            out[j * (n + 1) + k] = d * w[j];
            sum += d;
        }
        out[j * (n + 1) + j] = -sum * w[j]; /* so that a constant has derivative 0 */
    }
}

void bni_stieltjes_prepare(bni_stieltjes_rule *b)
{
    const double pi = 3.14159265358979323846;
    derivative(&b->fine[0][0], FINE);
    derivative(&b->coarse[0][0], COARSE);
    for (int j = 0; j <= FINE; j++)
        b->point[j] = -cos(j * pi / FINE);
    b->point[FINE / 2] = 0;
}

typedef struct stieltjes {
    bni_pair_fn f;
    void *arg;
    int monotone;
    const bni_stieltjes_rule *rule;
    double relative, least, total, error;
    int panels;
} stieltjes;

static panel measure(const stieltjes *s, double a, double b, const double at_a[3], const double at_b[3],
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
    /* a matrix with entries up to about FINE^2 makes that of the rounding of F */
    double floor = 32 * DBL_EPSILON * fmax(fabs(F[0]), fabs(F[FINE])) * fmax(fabs(g[0]), fabs(g[FINE]));
    double fine = 0, coarse = 0;
    for (int j = 0; j <= FINE; j++) {
        double slope = 0;
        for (int k = 0; k <= FINE; k++)
            slope += s->rule->fine[j][k] * F[k];
        fine += slope * g[j];
    }
    for (int j = 0; j <= COARSE; j++) {
        double slope = 0;
        for (int k = 0; k <= COARSE; k++)
            slope += s->rule->coarse[j][k] * F[2 * k];
        coarse += slope * g[2 * j];
    }
    double step = fmax(0, F[FINE] - F[0]), low = fmin(g[0], g[FINE]) * step, high = fmax(g[0], g[FINE]) * step;
    if (!s->monotone)
        return (panel){fine, fabs(fine - coarse), floor};
    return (panel){fmin(fmax(fine, low), high), fmin(fabs(fine - coarse), high - low), floor};
}

static double halve(stieltjes *s, double a, double b, const double at_a[3], const double at_b[3], panel p,
                    const double middle[3], int depth)
{
    double centre = 0.5 * (a + b), in[2][3];
    if (finished(&p, fmax(s->relative * fabs(s->total), s->least), a, b, depth, &s->panels)) {
        s->error += p.difference;
        return p.value;
    }
    panel left = measure(s, a, centre, at_a, middle, in[0]);
    panel right = measure(s, centre, b, middle, at_b, in[1]);
    s->total += left.value + right.value - p.value;
    return halve(s, a, centre, at_a, middle, left, in[0], depth + 1) +
           halve(s, centre, b, middle, at_b, right, in[1], depth + 1);
}

double bni_stieltjes(const bni_stieltjes_rule *table, bni_pair_fn f, void *arg, int monotone, double a, double b,
                     const double at_a[3], const double at_b[3], double relative, double least, double *error)
{
    stieltjes s = {.f = f, .arg = arg, .monotone = monotone, .rule = table, .relative = relative, .least = least};
    double middle[3];
    panel p = measure(&s, a, b, at_a, at_b, middle);
    s.total = p.value;
    double value = halve(&s, a, b, at_a, at_b, p, middle, 0);
    if (error != NULL)
        *error = s.error;
    return value;
}
