/*
 * A shared field of one or two populations, by trapezoidal sums over its eigenvectors: u = sum_k sqrt(lambda_k) q_k z_k with
 * independent standard normal z_k, imaginary where lambda_k < 0. Both sides of
 *     E prod_a Phi((shift_a + u_a) / deviation_a)^count_a
 * are analytic in R, so the identity holds for any R. The sums converge exponentially.   Source: derived in docs/ensembles.md.
 */
#include "disorder/correlated.h"

#include <math.h>

enum { FIELDS = BNI_FIELDS_PLAIN, MOST_HALVINGS = 6 };

static const double pi = 3.14159265358979323846;

typedef struct field {
    int pops, dims;
    const bni_field *f;
    double real[FIELDS][FIELDS], imaginary[FIELDS][FIELDS]; /* of z_k in u_a */
    double reach[FIELDS];                                   /* |z_k| beyond which nothing is left */
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

static double term(const field *f, const double z[FIELDS])
{
    double complex sum = 0;
    for (int k = 0; k < f->dims; k++)
        sum -= 0.5 * z[k] * z[k];
    for (int a = 0; a < f->pops; a++) {
        double complex u = f->f->shift[a];
        for (int k = 0; k < f->dims; k++)
            u += (f->real[k][a] + _Complex_I * f->imaginary[k][a]) * z[k];
        sum += f->f->count[a] * bni_log_phi(f->phi, u / f->f->deviation[a]);
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

int32_t bni_field_plain(binnet_ctx *ctx, double *p, double *error, const bni_field *given, const bni_phi *phi)
{
    field f = {.pops = given->pops, .f = given, .phi = phi};
    double fine = 1, coarse = 1;
    decompose(&f, given->R[0][0], given->pops > 1 ? given->R[0][1] : 0, given->pops > 1 ? given->R[1][1] : 0);
    int side = 32;
    for (int k = 0; k <= MOST_HALVINGS; k++, side *= 2) {
        trapezoid(&f, side, &fine, &coarse);
        BNI_TRY(bni_poll(ctx, 0));
        if (fabs(fine - coarse) <= 1e-9) /* the error of the fine sum is about the square of that of the coarse */
            break;
        if (k == MOST_HALVINGS || (f.dims == 2 && side >= 256))
            break;
    }
    *p = fmin(fmax(fine, 0), 1);
    *error = fabs(fine - coarse);
    return BINNET_OK;
}
