/*
 * Schur form, its reordering, and the linear matrix equations of Sylvester and Lyapunov.
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

static size_t most_of_product(size_t n)
{
    return n * n / 2 + 1; /* 2 m (n - m) */
}

double bni_schur_reorder_bytes(size_t n)
{
    double m = (double)n;
    return 8 * (m * m / 2 + 1) + (double)sizeof(lapack_int) * (m * m / 2 + 1) + (double)sizeof(lapack_logical) * m;
}

int32_t bni_schur_reorder(binnet_ctx *ctx, double *t, double *q, double *re, double *im, size_t *count,
                          double *condition, double *separation, const unsigned char *chosen, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)n * (double)n, "a workspace"));
    BNI_TRY(bni_need_finite(ctx, t, n * n, "the Schur form"));
    BNI_TRY(bni_need_finite(ctx, q, n * n, "the Schur vectors"));
    BNI_TRY(bni_poll(ctx, 0));
    size_t size = most_of_product(n);
    double *work = bni_new_raw(ctx, size, sizeof *work), s = 1, sep = 0;
    lapack_int *iwork = bni_new_raw(ctx, size, sizeof *iwork), ld = (lapack_int)n, found = 0;
    lapack_logical *select = bni_new_raw(ctx, n, sizeof *select);
    int32_t status = BINNET_E_NOMEM;
    if (work != NULL && iwork != NULL && select != NULL) {
        for (size_t k = 0; k < n; k++)
            select[k] = chosen[k] != 0;
        transpose_square(t, n);
        transpose_square(q, n);
        lapack_int info = LAPACKE_dtrsen_work(LAPACK_COL_MAJOR, 'B', 'V', select, ld, t, ld, q, ld, re, im, &found, &s,
                                              &sep, work, (lapack_int)size, iwork, (lapack_int)size);
        transpose_square(t, n);
        transpose_square(q, n);
        status = bni_lapack_status(ctx, info, "dtrsen");
    }
    bni_delete(&ctx->mem, select);
    bni_delete(&ctx->mem, iwork);
    bni_delete(&ctx->mem, work);
    BNI_TRY(status);
    *count = (size_t)found;
    if (condition != NULL)
        *condition = s;
    if (separation != NULL)
        *separation = sep;
    return bni_poll(ctx, 1);
}

/* --- matrix equations --- */

/* op(T) Y + Y S = F with column-major Schur forms T[n][n] and S[m][m]; or its transposed. */
typedef struct equation {
    const double *T, *S;
    size_t n, m;
    int lyapunov; /* op(T) = T^T */
} equation;

static lapack_int solve_equation(double *F, double *scale, const equation *e, int transposed)
{
    char left = e->lyapunov != transposed ? 'T' : 'N', right = transposed ? 'T' : 'N';
    return LAPACKE_dtrsyl_work(LAPACK_COL_MAJOR, left, right, 1, (lapack_int)e->n, (lapack_int)e->m, e->T,
                               (lapack_int)e->n, e->S, (lapack_int)e->m, F, (lapack_int)e->n, scale);
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

/* An estimate of 1 / (|M^-1| (|T| + |S|)), M the equation's operator (Higham's estimator). scratch [2 n m], sign [n m]. */
static int32_t estimate_condition(binnet_ctx *ctx, double *rcond, const equation *e, double *scratch, lapack_int *sign)
{
    lapack_int size = (lapack_int)(e->n * e->m), step = 0, save[3] = {0};
    double *v = scratch, *x = scratch + size, norm = 0, scale = 1;
    do {
        LAPACKE_dlacn2_work(size, v, x, sign, &norm, &step, save);
        if (step == 0)
            break;
        lapack_int info = solve_equation(x, &scale, e, step == 2);
        if (info != 0 || !(scale > 0))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "the matrix equation is singular to rounding");
        for (lapack_int k = 0; k < size && scale != 1; k++)
            x[k] /= scale;
        BNI_TRY(bni_poll(ctx, 0));
    } while (1);
    double norms = greatest_column(e->T, e->n) + greatest_column(e->S, e->m);
    *rcond = norms > 0 && norm > 0 ? fmin(1, 1 / norm / norms) : 0;
    return BINNET_OK;
}

/* F becomes Y. */
static int32_t solve_checked(binnet_ctx *ctx, double *F, double *rcond, const equation *e, double *scratch)
{
    double scale = 1;
    lapack_int info = solve_equation(F, &scale, e, 0);
    if (info == 1 || !(scale > 0))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the matrix equation is singular to rounding");
    BNI_TRY(bni_lapack_status(ctx, info, "dtrsyl"));
    for (size_t k = 0; k < e->n * e->m && scale != 1; k++)
        F[k] /= scale;
    if (rcond == NULL)
        return BINNET_OK;
    lapack_int *sign = bni_new_raw(ctx, e->n * e->m, sizeof *sign);
    int32_t status = sign == NULL ? BINNET_E_NOMEM : estimate_condition(ctx, rcond, e, scratch, sign);
    bni_delete(&ctx->mem, sign);
    return status;
}

double bni_sylvester_bytes(size_t m, size_t n)
{
    double a = (double)m, b = (double)n;
    return 8 * (a * a + b * b + 2 * a * b + 2 * (a > b ? a : b)) + a * b * sizeof(lapack_int) +
           fmax(bni_schur_bytes(m), bni_schur_bytes(n));
}

/* The array of A is LAPACK's A^T = U S U^T, that of B is B^T = V T V^T, that of C is C^T: T Y + Y S = V^T C^T U, X^T = V Y U^T.
 * In rows, u = U^T and v = V^T: Y^T from u C v^T, X = u^T Y^T v. */
int32_t bni_sylvester(binnet_ctx *ctx, double *c, double *rcond, double *a, double *b, size_t m, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, m, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)m * (double)n, "a matrix"));
    BNI_TRY(bni_need_finite(ctx, a, m * m, "the left matrix"));
    BNI_TRY(bni_need_finite(ctx, b, n * n, "the right matrix"));
    BNI_TRY(bni_need_finite(ctx, c, m * n, "the right-hand side"));
    BNI_TRY(bni_poll(ctx, 0));
    size_t longest = m > n ? m : n;
    double *u = bni_new_raw(ctx, m * m, sizeof *u), *v = bni_new_raw(ctx, n * n, sizeof *v);
    double *values = bni_new_raw(ctx, 2 * longest, sizeof *values),
           *scratch = bni_new_raw(ctx, 2 * m * n, sizeof *scratch);
    int32_t status = u == NULL || v == NULL || values == NULL || scratch == NULL ? BINNET_E_NOMEM : BINNET_OK;
    equation e = {.T = b, .S = a, .n = n, .m = m};
    if (status == BINNET_OK)
        status = find_schur(ctx, a, u, values, values + longest, m);
    if (status == BINNET_OK)
        status = find_schur(ctx, b, v, values, values + longest, n);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, scratch, n, u, m, c, n, m, n, m, 0);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, c, n, scratch, n, v, n, m, n, n, BNI_B_TRANSPOSED);
    if (status == BINNET_OK)
        status = solve_checked(ctx, c, rcond, &e, scratch);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, scratch, n, u, m, c, n, m, n, m, BNI_A_TRANSPOSED);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, c, n, scratch, n, v, n, m, n, n, 0);
    bni_delete(&ctx->mem, scratch);
    bni_delete(&ctx->mem, values);
    bni_delete(&ctx->mem, v);
    bni_delete(&ctx->mem, u);
    BNI_TRY(status);
    BNI_TRY(bni_dense_finite(ctx, c, m * n, "the solution"));
    return bni_poll(ctx, 1);
}

double bni_lyapunov_bytes(size_t n)
{
    double a = (double)n;
    return 8 * (3 * a * a + 2 * a) + a * a * sizeof(lapack_int) + bni_schur_bytes(n);
}

/* The array of A is LAPACK's A^T = U S U^T: S^T Y + Y S = -U^T C U, X = U Y U^T; in rows u = U^T. */
int32_t bni_lyapunov(binnet_ctx *ctx, double *c, double *rcond, double *a, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)n * (double)n, "a matrix"));
    BNI_TRY(bni_need_finite(ctx, a, n * n, "the matrix"));
    BNI_TRY(bni_need_finite(ctx, c, n * n, "the covariance"));
    BNI_TRY(bni_poll(ctx, 0));
    double *u = bni_new_raw(ctx, n * n, sizeof *u), *values = bni_new_raw(ctx, 2 * n, sizeof *values);
    double *scratch = bni_new_raw(ctx, 2 * n * n, sizeof *scratch);
    int32_t status = u == NULL || values == NULL || scratch == NULL ? BINNET_E_NOMEM : BINNET_OK;
    equation e = {.T = a, .S = a, .n = n, .m = n, .lyapunov = 1};
    if (status == BINNET_OK)
        status = find_schur(ctx, a, u, values, values + n, n);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, scratch, n, u, n, c, n, n, n, n, 0);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, c, n, scratch, n, u, n, n, n, n, BNI_B_TRANSPOSED);
    for (size_t k = 0; status == BINNET_OK && k < n * n; k++)
        c[k] = -c[k];
    if (status == BINNET_OK)
        status = solve_checked(ctx, c, rcond, &e, scratch);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, scratch, n, u, n, c, n, n, n, n, BNI_A_TRANSPOSED);
    if (status == BINNET_OK)
        status = bni_dense_product(ctx, c, n, scratch, n, u, n, n, n, n, 0);
    for (size_t i = 0; status == BINNET_OK && i < n; i++)
        for (size_t j = 0; j < i; j++)
            c[i * n + j] = c[j * n + i] = 0.5 * (c[i * n + j] + c[j * n + i]);
    bni_delete(&ctx->mem, scratch);
    bni_delete(&ctx->mem, values);
    bni_delete(&ctx->mem, u);
    BNI_TRY(status);
    BNI_TRY(bni_dense_finite(ctx, c, n * n, "the solution"));
    return bni_poll(ctx, 1);
}
