/*
 * A shared field of one or two populations, by trapezoidal sums over its eigenvectors: u = sum_k sqrt(lambda_k) q_k z_k with
 * independent standard normal z_k, imaginary where lambda_k < 0. Both sides of
 *     E prod_a Phi((shift_a + u_a) / deviation_a)^count_a
 * are analytic in R, so the identity holds for any R. The sums converge exponentially once the step is below the integrand's own
 * scales: 1, and deviation_a over the share of z_k in u_a.   Source: derived in docs/ensembles.md.
 */
#include "ensemble/statistics/correlated.h"
#include "num/constants.h"

#include <float.h>
#include <math.h>

enum { FIELDS = BNI_FIELDS_PLAIN };

/* Points of the last sum, a few seconds; and what fine and coarse sums may differ by: the error of the fine one is about the
 * square of that of the coarse. */
static const double most_points = 0x1p22, agree = 1e-9;

typedef struct field {
    int pops, dims;
    const bni_field *f;
    double real[FIELDS][FIELDS], imaginary[FIELDS][FIELDS]; /* of z_k in u_a */
    double reach[FIELDS];                                   /* |z_k| beyond which nothing is left */
    double step[FIELDS];
    const bni_phi *phi;
} field;

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
        unit[a] = f->pops > a ? f->f->deviation[a] / sqrt(f->f->count[a]) : 1;
    x /= unit[0] * unit[0];
    y /= unit[0] * unit[1];
    z /= unit[1] * unit[1];
    double half = 0.5 * (x - z), root = hypot(half, y), value[FIELDS] = {0.5 * (x + z) + root, 0.5 * (x + z) - root};
    double angle = y == 0 ? (x >= z ? 0 : 0.5 * BNI_PI) : 0.5 * atan2(y, half), c = cos(angle), s = sin(angle);
    const double vector[FIELDS][FIELDS] = {{c, s}, {-s, c}};
    for (int k = 0; k < FIELDS; k++) {
        double size = sqrt(fabs(value[k]));
        if (value[k] == 0)
            continue;
        for (int a = 0; a < FIELDS; a++) {
            f->real[f->dims][a] = value[k] > 0 ? size * vector[k][a] * unit[a] : 0;
            f->imaginary[f->dims][a] = value[k] < 0 ? size * vector[k][a] * unit[a] : 0;
        }
        f->reach[f->dims] = value[k] > 0 ? 9 : sqrt(80 / fmax(1 + value[k], 1e-14));
        f->step[f->dims] = 0.28;
        for (int a = 0; a < f->pops; a++) {
            double share = size * fabs(vector[k][a]) * unit[a];
            f->step[f->dims] = fmin(f->step[f->dims], 0.5 * f->f->deviation[a] / share);
        }
        f->dims++;
    }
}

/* The integrand, and what the parts of its exponent are rounded by. */
static double grid_term(const field *f, const double z[FIELDS], double *rounding)
{
    double complex sum = 0;
    double parts = 0;
    for (int k = 0; k < f->dims; k++)
        sum -= 0.5 * z[k] * z[k];
    parts = -creal(sum);
    for (int a = 0; a < f->pops; a++) {
        double complex u = f->f->shift[a];
        for (int k = 0; k < f->dims; k++)
            u += (f->real[k][a] + _Complex_I * f->imaginary[k][a]) * z[k];
        double complex one = f->f->count[a] * bni_log_phi(f->phi, u / f->f->deviation[a]);
        parts += cabs(one);
        sum += one;
    }
    double complex value = cexp(sum);
    *rounding += 4 * DBL_EPSILON * (1 + parts) * cabs(value);
    return creal(value);
}

static double points_of(const field *f, double part)
{
    double points = 1;
    for (int k = 0; k < f->dims; k++)
        points *= 2 * ceil(f->reach[k] / (part * f->step[k])) + 1;
    return points;
}

/* Trapezoidal sum with steps of `part` times the first ones; that over every second point for the error; and rounding. */
static int32_t trapezoid(binnet_ctx *ctx, const field *f, double part, double *fine, double *coarse, double *rounding)
{
    double all = 0, even = 0, rounded = 0, scale = 1, done = 0;
    int64_t side[FIELDS] = {0};
    for (int k = 0; k < f->dims; k++) {
        side[k] = (int64_t)ceil(f->reach[k] / (part * f->step[k]));
        scale *= part * f->step[k] / sqrt(2 * BNI_PI);
    }
    for (int64_t j = -side[1]; j <= side[1]; j++)
        for (int64_t i = -side[0]; i <= side[0]; i++) {
            const double z[FIELDS] = {(double)i * part * f->step[0], (double)j * part * f->step[1]};
            double value = grid_term(f, z, &rounded);
            all += value;
            if (i % 2 == 0 && j % 2 == 0)
                even += value;
            if (fmod(++done, 4096) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
    for (int k = 0; k < f->dims; k++)
        even *= 2;
    *fine = all * scale;
    *coarse = even * scale;
    *rounding = rounded * scale;
    return BINNET_OK;
}

int32_t bni_field_plain(binnet_ctx *ctx, double *p, double *error, const bni_field *given, const bni_phi *phi)
{
    field f = {.pops = given->pops, .f = given, .phi = phi, .step = {1, 1}};
    double fine = 1, coarse = 1, rounding = 0, part = 1;
    decompose(&f, given->R[0][0], given->pops > 1 ? given->R[0][1] : 0, given->pops > 1 ? given->R[1][1] : 0);
    if (!(points_of(&f, 1) <= most_points)) { /* the caller may still find that it does not matter */
        *p = 0.5;
        *error = 0.5;
        return BINNET_OK;
    }
    for (;; part *= 0.5) {
        BNI_TRY(trapezoid(ctx, &f, part, &fine, &coarse, &rounding));
        BNI_TRY(bni_poll(ctx, 0));
        if (fabs(fine - coarse) <= fmax(agree, rounding) || !(points_of(&f, 0.5 * part) <= most_points))
            break;
    }
    *p = fmin(fmax(fine, 0), 1);
    *error = fmin(fabs(fine - coarse) + rounding, 1);
    return BINNET_OK;
}
