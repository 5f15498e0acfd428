/*
 * A shared field of several populations as a Fourier integral, where R need not be positive. Phi((c + u)/s)^n = Pr(V <= u) for
 * the greatest V of n normal variables of mean -c and deviation s; with chi_a(k) = E exp(-i k V_a),
 *     E prod_a Pr(V_a <= u_a) = (2 pi)^-P int prod_a chi_a(k_a) / (i k_a) exp(-k' R k / 2) dk,   Im k_a = -eps_a < 0.
 * For a population that fires rather than not, the other side of the pole gives minus Pr(V_a > u_a); the sum over subsets of
 * these populations, each left out or so, is the same probability without cancellation. Trapezoidal sums on the points of an
 * ellipsoid k' C k <= const, C = diag(s_a^2 / n_a) + R positive definite: the covariance of the mean inputs. The step adds images
 * of the probability at multiples of a period L, which weigh exp(-eps L) on one side and exp(eps L) Pr(.. beyond L) on the other.
 * Source: Gil-Pelaez 1951; Poisson's formula for the step; derived in docs/ensembles.md.
 */
#include "ensemble/statistics/correlated.h"

#include "num/constants.h"
#include "num/special.h"

#include <float.h>
#include <math.h>

enum { FIELDS = BNI_FIELDS };

/* eps times the period. */
static const double tilt = 34;
/* exp(-reach / 2) is left out. */
static const double reach = 74;
/* Points of all sums beyond which the field is given up. */
static const double most_points = 1e9;

typedef struct axis {
    int likely; /* fires rather than not: Im k > 0 */
    double step, eps;
    int64_t points;  /* at 0, +-step .. */
    double images;   /* bound of what the step adds */
    double *re, *im; /* of log(chi / (i k) exp(-R k^2 / 2)), k >= 0 */
} axis;

typedef struct fourier {
    binnet_ctx *ctx;
    const bni_field *f;
    const bni_phi *phi;
    axis at[FIELDS];
    /* of the populations of one sum */
    int dims, pop[FIELDS];
    double square[FIELDS], row[FIELDS][FIELDS]; /* k'Ck = sum_i square_i (k_i + sum over j < i of row_ij k_j)^2 */
    int64_t index[FIELDS];
    double sum, size; /* of the values, and of their absolute values */
    double exponent;  /* bound of the parts of an exponent */
    int32_t status;
} fourier;

/* log chi(k): on the line x - i tau, which passes the saddle of all but Phi's variation, the integrand
 * n Phi(x)^(n-1) phi(x) exp(-i k s x) has one hill, so the sum is right to relative accuracy also where chi is small. */
static double complex log_chi(const bni_phi *phi, double n, double c, double s, double complex k)
{
    double complex w = k * s;
    if (n == 1)
        return _Complex_I * k * c - 0.5 * w * w;
    double tau = creal(w) / n, h = 0.6 / sqrt(n), end = 10 + fabs(cimag(w)), most = -HUGE_VAL;
    int64_t side = (int64_t)ceil(end / h);
    double complex sum = 0;
    for (int64_t j = -side; j <= side; j++) {
        double complex x = (double)j * h - _Complex_I * tau;
        double complex l = -_Complex_I * w * x + (n - 1) * bni_log_phi(phi, x) - 0.5 * x * x;
        if (creal(l) > most) {
            sum = (most > -HUGE_VAL ? sum * exp(most - creal(l)) : 0) + cexp(l - creal(l));
            most = creal(l);
        } else if (creal(l) > most - 50) {
            sum += cexp(l - most);
        }
    }
    return _Complex_I * k * c + most + clog(sum * h * n / sqrt(2 * BNI_PI));
}

/* Mean and variance of the greatest of n standard normal variables. */
static void greatest(double n, double *mean, double *variance)
{
    double zero = 0, one = 0, two = 0;
    double h = 0.5 / sqrt(n);
    for (double x = -10; x < 10; x += h) {
        double F, f;
        bni_gaussian(x, &F, NULL, &f);
        double w = h * n * pow(F, n - 1) * f;
        zero += w;
        one += w * x;
        two += w * x * x;
    }
    *mean = one / zero;
    *variance = two / zero - *mean * *mean;
}

static void free_axes(fourier *w)
{
    for (int a = 0; a < w->f->pops; a++) {
        bni_delete(&w->ctx->mem, w->at[a].re);
        bni_delete(&w->ctx->mem, w->at[a].im);
    }
}

/* n x n positive definite: the inverse's diagonal; 0 when it is not positive definite. */
static int inverse_diagonal(double *out, int n, double C[FIELDS][FIELDS])
{
    double A[FIELDS][2 * FIELDS];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            A[i][j] = C[i][j];
            A[i][n + j] = i == j;
        }
    for (int p = 0; p < n; p++) {
        if (!(A[p][p] > 1e-12 * C[p][p]))
            return 0;
        for (int i = 0; i < n; i++) {
            double factor = i == p ? 0 : A[i][p] / A[p][p];
            for (int j = p; j < 2 * n && factor != 0; j++)
                A[i][j] -= factor * A[p][j];
        }
    }
    for (int i = 0; i < n; i++)
        out[i] = A[i][n + i] / A[i][i];
    return 1;
}

static void covariance_of_means(const bni_field *f, double C[FIELDS][FIELDS])
{
    for (int a = 0; a < f->pops; a++)
        for (int b = 0; b < f->pops; b++)
            C[a][b] = f->R[a][b] + (a == b ? f->deviation[a] * f->deviation[a] / f->count[a] : 0);
}

/* Steps, and the number of points in all. */
static int32_t plan_grid(fourier *w, double *total)
{
    const bni_field *f = w->f;
    double C[FIELDS][FIELDS], inverse[FIELDS];
    covariance_of_means(f, C);
    if (!inverse_diagonal(inverse, f->pops, C))
        return bni_fail(w->ctx, BINNET_E_NOCONV, "a class of states: the inputs of its active neurons are singular");
    *total = 1;
    w->exponent = 40; /* one population alone */
    for (int a = 0; a < f->pops; a++) {
        double n = f->count[a], s = f->deviation[a], mean, variance;
        w->exponent += reach * inverse[a] * (s * s / n + fabs(f->R[a][a]));
        axis *x = &w->at[a];
        greatest(n, &mean, &variance);
        x->likely = f->shift[a] > s * mean;
        /* below the mean the law of V - u is no wider than above it */
        double sd = x->likely ? sqrt(s * s + f->R[a][a]) : sqrt(s * s * variance + f->R[a][a]);
        double period = 12 * sd;
        x->eps = tilt / period;
        x->step = 2 * BNI_PI / period;
        /* a population fires only if its mean input is enough, and does not only if one neuron's is not */
        double beyond;
        if (x->likely)
            bni_gaussian((period + f->shift[a]) / sd, NULL, &beyond, NULL);
        else
            bni_gaussian((period - f->shift[a]) / sqrt(C[a][a]), NULL, &beyond, NULL);
        x->images = 2 * (exp(-tilt) + exp(tilt) * (x->likely ? n : 1) * beyond);
        x->points = 1 + (int64_t)ceil(sqrt(reach * inverse[a]) / x->step);
        *total *= 2 * (double)x->points + 1;
    }
    if (*total > most_points)
        return bni_fail(w->ctx, BINNET_E_RANGE,
                        "a class of states needs %.3g points for its correlations, allowed is %.0e", *total,
                        most_points);
    return BINNET_OK;
}

static int32_t cosine_tables(fourier *w)
{
    const bni_field *f = w->f;
    double bytes = 0;
    for (int a = 0; a < f->pops; a++)
        bytes += 16 * ((double)w->at[a].points + 1);
    BNI_TRY(bni_need_memory(w->ctx, bytes, "the correlations of a class of states"));
    for (int a = 0; a < f->pops; a++) {
        axis *x = &w->at[a];
        size_t len = (size_t)x->points + 1;
        x->re = bni_new_raw(w->ctx, len, sizeof(double));
        x->im = bni_new_raw(w->ctx, len, sizeof(double));
        if (x->re == NULL || x->im == NULL)
            return BINNET_E_NOMEM;
        for (size_t j = 0; j < len; j++) {
            double complex k = (double)j * x->step + (x->likely ? 1 : -1) * _Complex_I * x->eps;
            double complex l = log_chi(w->phi, f->count[a], f->shift[a], f->deviation[a], k) - clog(_Complex_I * k) -
                               0.5 * f->R[a][a] * k * k;
            x->re[j] = creal(l);
            x->im[j] = cimag(l);
            BNI_TRY(bni_poll(w->ctx, 0));
        }
    }
    return BINNET_OK;
}

/* Squares of the quadratic form from the last population to the first. */
static void squares(fourier *w)
{
    double C[FIELDS][FIELDS], all[FIELDS][FIELDS];
    covariance_of_means(w->f, all);
    for (int i = 0; i < w->dims; i++)
        for (int j = 0; j < w->dims; j++)
            C[i][j] = all[w->pop[i]][w->pop[j]];
    for (int i = w->dims; i-- > 0;) {
        w->square[i] = C[i][i];
        for (int j = 0; j < i; j++)
            w->row[i][j] = C[i][j] / C[i][i];
        for (int j = 0; j < i; j++)
            for (int k = 0; k < i; k++)
                C[j][k] -= C[i][j] * C[i][k] / w->square[i];
    }
}

/* The points whose first `depth` coordinates are set: re and im are the exponent so far, used that of the quadratic form. By
 * symmetry the first coordinate is not negative. */
static void sum_grid(fourier *w, int depth, double re, double im, double used)
{
    const axis *x = &w->at[w->pop[depth]];
    double centre = 0, half = sqrt(fmax(reach - used, 0) / w->square[depth]);
    double slope_re = 0, slope_im = 0, fixed_re = 0, fixed_im = 0, y = x->likely ? x->eps : -x->eps;
    for (int j = 0; j < depth; j++) {
        const axis *other = &w->at[w->pop[j]];
        double k = (double)w->index[j] * other->step, i = other->likely ? other->eps : -other->eps;
        double R = w->f->R[w->pop[depth]][w->pop[j]];
        centre -= w->row[depth][j] * k;
        /* -R (kappa + i y) (k + i i) */
        slope_re -= R * k;
        slope_im -= R * i;
        fixed_re += R * y * i;
        fixed_im -= R * y * k;
    }
    int64_t from = (int64_t)ceil((centre - half) / x->step), to = (int64_t)floor((centre + half) / x->step);
    int64_t least = depth == 0 ? 0 : -x->points;
    from = from < least ? least : from;
    to = to > x->points ? x->points : to;
    for (int64_t m = from; m <= to; m++) {
        double kappa = (double)m * x->step, off = kappa - centre;
        size_t at = (size_t)(m < 0 ? -m : m);
        double r = re + x->re[at] + fixed_re + slope_re * kappa;
        double i = im + (m < 0 ? -x->im[at] : x->im[at]) + fixed_im + slope_im * kappa;
        w->index[depth] = m;
        if (depth < w->dims - 1 && depth < FIELDS - 1) {
            sum_grid(w, depth + 1, r, i, used + w->square[depth] * off * off);
            continue;
        }
        double size = exp(r) * (w->index[0] == 0 ? 1 : 2);
        w->sum += size * cos(i);
        w->size += size;
    }
    if (depth == w->dims - 2 && w->status == BINNET_OK)
        w->status = bni_poll(w->ctx, 0);
}

int32_t bni_field_fourier(binnet_ctx *ctx, double *p, double *error, const bni_field *f, const bni_phi *phi)
{
    fourier w = {.ctx = ctx, .f = f, .phi = phi};
    double total;
    *p = *error = 0;
    BNI_TRY(plan_grid(&w, &total));
    int32_t status = cosine_tables(&w);
    for (unsigned set = 0; set < 1u << f->pops && status == BINNET_OK; set++) {
        double scale = 1;
        int needed = 1;
        w.dims = 0;
        for (int a = 0; a < f->pops; a++) {
            if (set >> a & 1) {
                w.pop[w.dims++] = a;
                scale *= w.at[a].step / (2 * BNI_PI);
            } else {
                needed = needed && w.at[a].likely;
            }
        }
        if (!needed)
            continue;
        w.sum = w.size = w.dims == 0;
        if (w.dims > 0) {
            squares(&w);
            sum_grid(&w, 0, 0, 0, 0);
            status = w.status;
        }
        *p += w.sum * scale;
        /* exponents rounded; what is beyond the ellipsoid */
        *error += (DBL_EPSILON * w.exponent + exp(-0.5 * reach)) * w.size * scale;
        for (int k = 0; k < w.dims; k++)
            *error += w.at[w.pop[k]].images;
    }
    free_axes(&w);
    *p = fmin(fmax(*p, 0), 1);
    return status;
}
