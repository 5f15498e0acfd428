/*
 * Schur form, its reordering, and the equation of Lyapunov.
 * Source: Bartels & Stewart, Commun. ACM 15 (1972) 820; Bai & Demmel, Linear Algebra Appl. 186 (1993) 73; LAPACK dgees, dtrsen,
 * dtrsyl.
 */
#include "num/dense_lapack.h"

#include <math.h>
#include <string.h>

static void transpose_square(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double t = a[i * n + j];
            a[i * n + j] = a[j * n + i];
            a[j * n + i] = t;
        }
}

static lapack_int call_dgees(double *a, double *q, double *re, double *im, size_t n, double *work, lapack_int doubles)
{
    lapack_int ld = (lapack_int)n, chosen;
    return LAPACKE_dgees_work(LAPACK_COL_MAJOR, 'V', 'N', NULL, ld, a, ld, &chosen, re, im, q, ld, work, doubles, NULL);
}

double bni_schur_bytes(size_t n)
{
    double wanted = 0, none = 0;
    if (n > INT32_MAX)
        return INFINITY;
    call_dgees(&none, &none, &none, &none, n, &wanted, -1);
    return 8 * wanted;
}

/* Column-major: a = Q T Q^T. */
static int32_t find_schur(binnet_ctx *ctx, double *a, double *q, double *re, double *im, size_t n)
{
    double *work = bni_lapack_work(ctx, bni_schur_bytes(n) / 8);
    if (work == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_lapack_status(ctx, call_dgees(a, q, re, im, n, work, (lapack_int)(bni_schur_bytes(n) / 8)),
                                       "dgees");
    bni_delete(&ctx->mem, work);
    BNI_TRY(status);
    return bni_dense_finite(ctx, a, n * n, "the Schur form");
}

int32_t bni_schur(binnet_ctx *ctx, double *a, double *q, double *re, double *im, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(bni_need_finite(ctx, a, n * n, "the matrix"));
    BNI_TRY(bni_poll(ctx, 0));
    transpose_square(a, n);
    BNI_TRY(find_schur(ctx, a, q, re, im, n));
    transpose_square(a, n);
    transpose_square(q, n);
    return bni_poll(ctx, 1);
}

typedef struct reordering {
    size_t n, most; /* of 2 m (n - m) */
    double *work;
    lapack_int *iwork;
    lapack_logical *select; /* [n] */
} reordering;

static void list_reordering(bni_plan *plan, void *object)
{
    reordering *r = object;
    BNI_BUFFER(plan, r->work, r->most);
    BNI_BUFFER(plan, r->iwork, r->most);
    BNI_BUFFER(plan, r->select, r->n);
}

double bni_schur_reorder_bytes(size_t n)
{
    reordering r = {.n = n, .most = n * n / 2 + 1};
    return bni_plan_bytes(list_reordering, &r);
}

int32_t bni_schur_reorder(binnet_ctx *ctx, double *t, double *q, double *re, double *im, size_t *count,
                          double *condition, double *separation, const unsigned char *chosen, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)n * (double)n, "a workspace"));
    BNI_TRY(bni_need_finite(ctx, t, n * n, "the Schur form"));
    BNI_TRY(bni_need_finite(ctx, q, n * n, "the Schur vectors"));
    BNI_TRY(bni_poll(ctx, 0));
    reordering r = {.n = n, .most = n * n / 2 + 1};
    lapack_int ld = (lapack_int)n, size = (lapack_int)r.most, found = 0;
    double s = 1, sep = 0;
    BNI_TRY(bni_plan_make(ctx, list_reordering, &r));
    for (size_t k = 0; k < n; k++)
        r.select[k] = chosen[k] != 0;
    transpose_square(t, n);
    transpose_square(q, n);
    lapack_int info = LAPACKE_dtrsen_work(LAPACK_COL_MAJOR, 'B', 'V', r.select, ld, t, ld, q, ld, re, im, &found, &s,
                                          &sep, r.work, size, r.iwork, size);
    transpose_square(t, n);
    transpose_square(q, n);
    bni_plan_release(&ctx->mem, list_reordering, &r);
    BNI_TRY(bni_lapack_status(ctx, info, "dtrsen"));
    *count = (size_t)found;
    if (condition != NULL)
        *condition = s;
    if (separation != NULL)
        *separation = sep;
    return bni_poll(ctx, 1);
}

/* --- Lyapunov's equation --- */

/* T^T Y + Y T = F, T[n][n] a column-major Schur form, and what solving it takes. */
typedef struct lyapunov_equation {
    size_t n;
    const double *T;
    double *u, *values, *scratch; /* [n][n], [2 n], [2 n n] */
    lapack_int *sign;             /* [n][n] */
} lyapunov_equation;

static void list_lyapunov_equation(bni_plan *plan, void *equation)
{
    lyapunov_equation *e = equation;
    double n = (double)e->n;
    BNI_BUFFER(plan, e->u, n * n);
    BNI_BUFFER(plan, e->values, 2 * n);
    BNI_BUFFER(plan, e->scratch, 2 * n * n);
    BNI_BUFFER(plan, e->sign, n * n);
}

double bni_lyapunov_bytes(size_t n)
{
    lyapunov_equation e = {.n = n};
    return bni_plan_bytes(list_lyapunov_equation, &e) + bni_schur_bytes(n);
}

/* F becomes Y; or of the transposed equation, T Y + Y T^T = F. */
static lapack_int solve_triangular(double *F, double *scale, const lyapunov_equation *e, int transposed)
{
    lapack_int n = (lapack_int)e->n;
    return LAPACKE_dtrsyl_work(LAPACK_COL_MAJOR, transposed ? 'N' : 'T', transposed ? 'T' : 'N', 1, n, n, e->T, n, e->T,
                               n, F, n, scale);
}

static double greatest_column(const double *a, size_t n)
{
    double most = 0;
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += fabs(a[j * n + i]);
        most = sum > most ? sum : most;
    }
    return most;
}

/* An estimate of 1 / (2 |M^-1| |T|), M the equation's operator (Higham's estimator). */
static int32_t estimate_condition(binnet_ctx *ctx, double *rcond, const lyapunov_equation *e)
{
    lapack_int size = (lapack_int)(e->n * e->n), step = 0, save[3] = {0};
    double *v = e->scratch, *x = v + size, norm = 0, scale = 1;
    do {
        LAPACKE_dlacn2_work(size, v, x, e->sign, &norm, &step, save);
        if (step == 0)
            break;
        lapack_int info = solve_triangular(x, &scale, e, step == 2);
        if (info != 0 || !(scale > 0))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "the matrix equation is singular to rounding");
        for (lapack_int k = 0; k < size && scale != 1; k++)
            x[k] /= scale;
        BNI_TRY(bni_poll(ctx, 0));
    } while (1);
    double norms = 2 * greatest_column(e->T, e->n);
    *rcond = norms > 0 && norm > 0 ? fmin(1, 1 / norm / norms) : 0;
    return BINNET_OK;
}

/* F becomes Y. */
static int32_t solve_checked(binnet_ctx *ctx, double *F, double *rcond, const lyapunov_equation *e)
{
    double scale = 1;
    lapack_int info = solve_triangular(F, &scale, e, 0);
    if (info == 1 || !(scale > 0))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the matrix equation is singular to rounding");
    BNI_TRY(bni_lapack_status(ctx, info, "dtrsyl"));
    for (size_t k = 0; k < e->n * e->n && scale != 1; k++)
        F[k] /= scale;
    return rcond == NULL ? BINNET_OK : estimate_condition(ctx, rcond, e);
}

/* The array of A is LAPACK's A^T = U T U^T: T^T Y + Y T = -U^T C U, X = U Y U^T; in rows u = U^T. */
static int32_t solve_by_schur(binnet_ctx *ctx, double *c, double *rcond, double *a, lyapunov_equation *e)
{
    size_t n = e->n;
    BNI_TRY(find_schur(ctx, a, e->u, e->values, e->values + n, n));
    BNI_TRY(bni_dense_product(ctx, e->scratch, n, e->u, n, c, n, n, n, n, 0));
    BNI_TRY(bni_dense_product(ctx, c, n, e->scratch, n, e->u, n, n, n, n, BNI_B_TRANSPOSED));
    for (size_t k = 0; k < n * n; k++)
        c[k] = -c[k];
    BNI_TRY(solve_checked(ctx, c, rcond, e));
    BNI_TRY(bni_dense_product(ctx, e->scratch, n, e->u, n, c, n, n, n, n, BNI_A_TRANSPOSED));
    BNI_TRY(bni_dense_product(ctx, c, n, e->scratch, n, e->u, n, n, n, n, 0));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            c[i * n + j] = c[j * n + i] = 0.5 * (c[i * n + j] + c[j * n + i]);
    return BINNET_OK;
}

int32_t bni_lyapunov(binnet_ctx *ctx, double *c, double *rcond, double *a, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)n * (double)n, "a matrix"));
    BNI_TRY(bni_need_finite(ctx, a, n * n, "the matrix"));
    BNI_TRY(bni_need_finite(ctx, c, n * n, "the covariance"));
    BNI_TRY(bni_poll(ctx, 0));
    lyapunov_equation e = {.n = n, .T = a};
    BNI_TRY(bni_plan_make(ctx, list_lyapunov_equation, &e));
    int32_t status = solve_by_schur(ctx, c, rcond, a, &e);
    bni_plan_release(&ctx->mem, list_lyapunov_equation, &e);
    BNI_TRY(status);
    BNI_TRY(bni_dense_finite(ctx, c, n * n, "the solution"));
    return bni_poll(ctx, 1);
}
