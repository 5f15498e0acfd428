/*
 * Reciprocal connections that are correlated: Gaussian weights with corr(J_ij, J_ji) = rho. In a state A the input of an
 * active neuron i holds J_ij for the active j, so only inputs of active neurons are correlated, with
 *     Cov(S_i, S_j) = R_ab = rho_ab sigma_ab sigma_ba    (i in a, j in b, i != j, both active),
 * which is the covariance of S_i = m_a + sqrt(v_a - R_aa) xi_i + u_a with independent xi and a shared field u ~ N(0, R):
 *     Pr(all active ones fire) = E_u prod_a Phi((m_a - Y_a + u_a) / sqrt(v_a - R_aa))^{n_a}.
 * Where R is not positive the field is imaginary along those eigenvectors; the identity holds by analytic continuation.
 * Trapezoidal sums, which converge exponentially.   Source: derived in docs/ensembles.md; w(z): Weideman 1994, SIAM J.
 * Numer. Anal. 31:1497.
 */
#include "disorder/stats.h"

#include <complex.h>
#include <math.h>

#undef I /* a name of the model */

enum { TERMS = 64, FIELDS = 2, MOST_HALVINGS = 6 };

static const double pi = 3.14159265358979323846;

/* --- the normal cdf of complex arguments --- */

typedef struct faddeeva {
    double L, a[TERMS];
} faddeeva;

static void prepare(faddeeva *f)
{
    const int M = 2 * TERMS;
    f->L = sqrt(TERMS / sqrt(2));
    for (int n = 0; n < TERMS; n++) {
        double sum = 0;
        for (int k = -M + 1; k < M; k++) {
            double angle = k * pi / M, t = f->L * tan(0.5 * angle);
            sum += exp(-t * t) * (f->L * f->L + t * t) * cos((n + 1) * angle);
        }
        f->a[n] = sum / (2 * M);
    }
}

/* w(z) = exp(-z^2) erfc(-i z), Im z >= 0. */
static double complex w_of(const faddeeva *f, double complex z)
{
    double complex below = f->L - _Complex_I * z, Z = (f->L + _Complex_I * z) / below, p = 0;
    for (int n = TERMS; n-- > 0;)
        p = p * Z + f->a[n];
    return 2 * p / (below * below) + 1 / (sqrt(pi) * below);
}

/* log Phi(z). Phi(z) = exp(-z^2/2) w(-i z / sqrt 2) / 2 for Re z <= 0, and Phi(z) + Phi(-z) = 1. */
static double complex log_phi(const faddeeva *f, double complex z)
{
    double complex left = creal(z) > 0 ? -z : z, l = clog(0.5 * w_of(f, -_Complex_I * left / sqrt(2))) - 0.5 * left * left;
    if (creal(z) <= 0)
        return l;
    return creal(l) > 30 ? l + clog(cexp(-l) - 1) : clog(1 - cexp(l));
}

/* --- one class of states --- */

/* The populations whose active neurons are correlated, and their field as sums of eigenvectors. */
typedef struct field {
    int pops, dims;
    size_t pop[FIELDS];
    double count[FIELDS], shift[FIELDS], deviation[FIELDS]; /* n_a, m_a - Y_a, sqrt(v_a - R_aa) */
    double real[FIELDS][FIELDS], imaginary[FIELDS][FIELDS]; /* of z_k in u_a */
    double reach[FIELDS];                                   /* |z_k| beyond which nothing is left */
    const faddeeva *f;
} field;

static double sd_of(const binnet_ensemble *e, size_t a, size_t b)
{
    bni_weight w = bni_weight_plain(&e->weight[a * e->n_pop + b]);
    return w.kind == BINNET_WEIGHT_GAUSSIAN ? w.par[1] : 0;
}

static double covariance(const binnet_ensemble *e, const double *rho, const int64_t *n, size_t a, size_t b)
{
    int pairs = a == b ? n[a] >= 2 : n[a] >= 1 && n[b] >= 1;
    return pairs ? rho[a * e->n_pop + b] * sd_of(e, a, b) * sd_of(e, b, a) : 0;
}

/*
 * The field by the eigenvectors q of R in units of the deviations of population means, sqrt(d_a / n_a):
 * u_a = sqrt(d_a / n_a) sum_k sqrt(lambda_k) q_ka z_k. Since |Phi(s + i t)| grows as exp(t^2/2), the integrand falls at
 * least as exp(-(1 + lambda) z^2/2) along an imaginary field, and 1 + lambda > 0, as the covariance of the means of the
 * active neurons' inputs is d_a / n_a + R_aa, R_ab: positive definite.
 */
static void decompose(field *f, double x, double y, double z)
{
    double unit[FIELDS];
    for (int a = 0; a < FIELDS; a++)
        unit[a] = f->pops > a ? f->deviation[a] / sqrt(f->count[a]) : 1;
    x /= unit[0] * unit[0];
    y /= unit[0] * unit[1];
    z /= unit[1] * unit[1];
    double half = 0.5 * (x - z), root = hypot(half, y), value[FIELDS] = {0.5 * (x + z) + root, 0.5 * (x + z) - root};
    double angle = y == 0 ? (x >= z ? 0 : 0.5 * pi) : 0.5 * atan2(y, half), c = cos(angle), s = sin(angle);
    const double vector[FIELDS][FIELDS] = {{c, s}, {-s, c}};
    for (int k = 0; k < FIELDS; k++) {
        double size = sqrt(fabs(value[k]));
        if (value[k] == 0)
            continue;
        for (int a = 0; a < FIELDS; a++) {
            f->real[f->dims][a] = value[k] > 0 ? size * vector[k][a] * unit[a] : 0;
            f->imaginary[f->dims][a] = value[k] < 0 ? size * vector[k][a] * unit[a] : 0;
        }
        f->reach[f->dims++] = value[k] > 0 ? 9 : sqrt(80 / fmax(1 + value[k], 1e-6));
    }
}

static void make_field(field *f, const faddeeva *table, const binnet_ensemble *e, const double *rho, const int64_t *n)
{
    *f = (field){.f = table, .deviation = {1, 1}};
    for (size_t a = 0; a < e->n_pop; a++) {
        double any = 0, R = covariance(e, rho, n, a, a), mean = 0, variance = -R;
        for (size_t b = 0; b < e->n_pop; b++) {
            int64_t active = n[b] - (b == a && !e->self_connections);
            any += fabs(covariance(e, rho, n, a, b));
            mean += (double)active * e->weight[a * e->n_pop + b].par[0];
            variance += (double)active * sd_of(e, a, b) * sd_of(e, a, b);
        }
        if (any == 0)
            continue;
        f->pop[f->pops] = a;
        f->count[f->pops] = (double)n[a];
        f->shift[f->pops] = mean - e->M[a] * (e->theta[a] - e->I[a]);
        f->deviation[f->pops++] = sqrt(variance);
    }
    if (f->pops == 0)
        return;
    double x = covariance(e, rho, n, f->pop[0], f->pop[0]), y = 0, z = 0;
    if (f->pops > 1) {
        y = covariance(e, rho, n, f->pop[0], f->pop[1]);
        z = covariance(e, rho, n, f->pop[1], f->pop[1]);
    }
    decompose(f, x, y, z);
}

static double term(const field *f, const double z[FIELDS])
{
    double complex sum = 0;
    for (int k = 0; k < f->dims; k++)
        sum -= 0.5 * z[k] * z[k];
    for (int a = 0; a < f->pops; a++) {
        double complex u = f->shift[a];
        for (int k = 0; k < f->dims; k++)
            u += (f->real[k][a] + _Complex_I * f->imaginary[k][a]) * z[k];
        sum += f->count[a] * log_phi(f->f, u / f->deviation[a]);
    }
    return creal(cexp(sum));
}

/* Trapezoidal sum with `side` points on each side of 0; the sum over the even points too, for the error. */
static void trapezoid(const field *f, int side, double *fine, double *coarse)
{
    double step[FIELDS] = {1, 1}, all = 0, even = 0;
    for (int k = 0; k < f->dims; k++)
        step[k] = f->reach[k] / side;
    int second = f->dims > 1 ? side : 0;
    for (int j = -second; j <= second; j++)
        for (int i = -side; i <= side; i++) {
            const double z[FIELDS] = {i * step[0], j * step[1]};
            double value = term(f, z);
            all += value;
            if (i % 2 == 0 && j % 2 == 0)
                even += value;
        }
    double scale = 1;
    for (int k = 0; k < f->dims; k++) {
        scale *= step[k] / sqrt(2 * pi);
        even *= 2;
    }
    *fine = all * scale;
    *coarse = even * scale;
}

static int32_t field_average(binnet_ctx *ctx, double *p, double *error, const field *f, double fraction)
{
    double fine = 1, coarse = 1;
    if (f->pops > 0) {
        int side = 32;
        for (int k = 0; k <= MOST_HALVINGS; k++, side *= 2) {
            trapezoid(f, side, &fine, &coarse);
            BNI_TRY(bni_poll(ctx, fraction));
            if (fabs(fine - coarse) <= 1e-9) /* the error of the fine sum is about the square of that of the coarse */
                break;
            if (k == MOST_HALVINGS || (f->dims == 2 && side >= 256))
                break;
        }
    }
    *p = fmax(fine, 0);
    *error = fabs(fine - coarse);
    return BINNET_OK;
}

/* log of the probability of the other neurons: inactive ones, and active ones of populations without correlations. */
static int32_t others(binnet_ctx *ctx, double *sum, const binnet_ensemble *e, const field *f, const int64_t *n)
{
    for (size_t a = 0; a < e->n_pop; a++)
        for (int own = 0; own <= 1; own++) {
            int64_t neurons = own ? n[a] : e->size[a] - n[a];
            int covered = 0;
            for (int k = 0; k < f->pops; k++)
                covered = covered || (own && f->pop[k] == a);
            if (neurons == 0 || covered)
                continue;
            binnet_current *c;
            double one;
            BNI_TRY(bni_class_current(ctx, &c, e, a, n, own));
            int32_t status = bni_log_stays(ctx, &one, e, c, own, e->I[a]);
            binnet_current_free(c);
            BNI_TRY(status);
            *sum += (double)neurons * one;
        }
    return BINNET_OK;
}

static int32_t check(binnet_ctx *ctx, const binnet_ensemble *e, const double *rho)
{
    BNI_TRY(bni_need_finite(ctx, rho, e->n_pop * e->n_pop, "rho"));
    if (e->n_pop > FIELDS || e->n > BNI_MOST_SUMMED)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu populations of %zu neurons; with correlations at most %d and %d", e->n_pop,
                        e->n, FIELDS, BNI_MOST_SUMMED);
    if (e->normalise == BINNET_NORMALISE_INDEGREE)
        return bni_fail(ctx, BINNET_E_RANGE, "with correlations the normalisation may not be the in-degree");
    for (size_t a = 0; a < e->n_pop; a++)
        for (size_t b = 0; b < e->n_pop; b++) {
            size_t k = a * e->n_pop + b;
            int32_t kind = bni_weight_plain(&e->weight[k]).kind;
            if (!(fabs(rho[k]) < 1) || rho[k] != rho[b * e->n_pop + a])
                return bni_fail(ctx, BINNET_E_RANGE, "rho[%zu] is %g; it must be symmetric and within -1..1, ends excluded", k,
                                rho[k]);
            if (e->p[k] != 1 || (kind != BINNET_WEIGHT_GAUSSIAN && kind != BINNET_WEIGHT_CONSTANT))
                return bni_fail(ctx, BINNET_E_RANGE, "connection %zu: with correlations all must be present and Gaussian", k);
        }
    return BINNET_OK;
}

int32_t binnet_ensemble_fixed_mean_correlated(binnet_ctx *ctx, double *mean, double *error,
                                              const binnet_ensemble *ensemble, const double *rho)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(bni_need(ctx, rho, "rho"));
    BNI_TRY(check(ctx, ensemble, rho));
    int64_t n[FIELDS] = {0};
    const double **choose = NULL;
    double *choose_all = bni_log_choose(ctx, &choose, ensemble), classes = bni_class_count(ensemble), off = 0;
    faddeeva table;
    bni_sum sum = {0};
    int32_t status = choose_all != NULL ? BINNET_OK : BINNET_E_NOMEM;
    prepare(&table);
    for (double k = 0; status == BINNET_OK; k++) {
        field f;
        double p = 1, wrong = 0, log_rest = choose_all != NULL ? bni_log_states(ensemble, choose, n) : 0;
        make_field(&f, &table, ensemble, rho, n);
        status = others(ctx, &log_rest, ensemble, &f, n);
        /* a class that could add less than 1e-15 is not worth its integral */
        if (status == BINNET_OK && exp(log_rest) * classes > 1e-15) {
            status = field_average(ctx, &p, &wrong, &f, k / classes);
            bni_sum_add(&sum, exp(log_rest) * p);
            off += exp(log_rest) * wrong;
        } else {
            off += exp(log_rest);
        }
        if (!bni_class_next(ensemble, n))
            break;
    }
    bni_delete(&ctx->mem, choose_all);
    bni_delete(&ctx->mem, (void *)choose);
    BNI_TRY(status);
    *mean = bni_sum_value(&sum);
    if (error != NULL)
        *error = off + 1e-12 * *mean;
    return BINNET_OK;
}
