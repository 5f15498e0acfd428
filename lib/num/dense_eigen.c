/*
 * Eigenvalues and eigenvectors, in an order and with signs that do not depend on the LAPACK that found them.
 * In LAPACK's column-major view the array holds A^T: the right vectors of A are the conjugates of its left ones.
 * Source: Golub & Van Loan, Matrix Computations, 7.2; LAPACK dsyevd, dgeevx.
 */
#include "num/dense_lapack.h"

#include <math.h>
#include <string.h>

/* The first component of greatest size, those within 1e-8 of it being as great; im may be NULL. */
static size_t leading_component(const double *re, const double *im, size_t n)
{
    double greatest = 0;
    for (size_t i = 0; i < n; i++)
        greatest = fmax(greatest, im == NULL ? fabs(re[i]) : hypot(re[i], im[i]));
    for (size_t i = 0; i < n; i++)
        if ((im == NULL ? fabs(re[i]) : hypot(re[i], im[i])) >= greatest * (1 - 1e-8))
            return i;
    return 0;
}

void bni_lead_positive(double *v, size_t n)
{
    if (v[leading_component(v, NULL, n)] < 0)
        for (size_t i = 0; i < n; i++)
            v[i] = -v[i];
}

/* Turned so that the leading component is real and positive. */
static void turn_vector(double *re, double *im, size_t n)
{
    size_t lead = leading_component(re, im, n);
    double size = hypot(re[lead], im[lead]);
    if (!(size > 0))
        return;
    double c = re[lead] / size, s = -im[lead] / size;
    for (size_t i = 0; i < n; i++) {
        double x = re[i] * c - im[i] * s, y = re[i] * s + im[i] * c;
        re[i] = x;
        im[i] = y;
    }
    im[lead] = 0;
}

/* --- symmetric --- */

static void symmetric_workspace(double *doubles, double *integers, size_t n, int vectors)
{
    double m = (double)n;
    *doubles = vectors ? 1 + 6 * m + 2 * m * m : 2 * m + 1;
    *integers = vectors ? 3 + 5 * m : 1;
}

double bni_eigen_symmetric_bytes(size_t n, int vectors)
{
    double doubles, integers;
    symmetric_workspace(&doubles, &integers, n, vectors);
    return doubles * sizeof(double) + integers * sizeof(lapack_int);
}

int32_t bni_eigen_symmetric(binnet_ctx *ctx, double *value, double *a, size_t n, int vectors)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    for (size_t i = 0; i < n; i++)
        BNI_TRY(bni_need_finite(ctx, a + i * n, i + 1, "a row of the symmetric matrix"));
    BNI_TRY(bni_poll(ctx, 0));
    double doubles, integers;
    symmetric_workspace(&doubles, &integers, n, vectors);
    double *work = bni_lapack_work(ctx, doubles);
    if (work == NULL)
        return BINNET_E_NOMEM;
    lapack_int *iwork = bni_new_raw(ctx, (size_t)integers, sizeof *iwork), ld = (lapack_int)n;
    int32_t status = BINNET_E_NOMEM;
    if (iwork != NULL)
        status = bni_lapack_status(ctx,
                                   LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, vectors ? 'V' : 'N', 'U', ld, a, ld, value,
                                                       work, (lapack_int)doubles, iwork, (lapack_int)integers),
                                   "dsyevd");
    bni_delete(&ctx->mem, iwork);
    bni_delete(&ctx->mem, work);
    BNI_TRY(status);
    BNI_TRY(bni_dense_finite(ctx, value, n, "the eigenvalues"));
    for (size_t k = 0; vectors && k < n; k++)
        bni_lead_positive(a + k * n, n);
    return bni_poll(ctx, 1);
}

/* --- general --- */

typedef struct eigenvalue {
    double size, re, im;
    size_t index, pair; /* place in LAPACK's list; place of the first of its conjugate pair */
} eigenvalue;

static int order_pair(const eigenvalue *x, const eigenvalue *y)
{
    if (x->pair != y->pair)
        return x->pair < y->pair ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int falling_size(const void *p, const void *q, const void *unused)
{
    (void)unused;
    const eigenvalue *x = p, *y = q;
    return x->size > y->size ? -1 : x->size < y->size ? 1 : order_pair(x, y);
}

static int falling_real(const void *p, const void *q, const void *unused)
{
    (void)unused;
    const eigenvalue *x = p, *y = q;
    return x->re > y->re ? -1 : x->re < y->re ? 1 : order_pair(x, y);
}

static int falling_imaginary(const void *p, const void *q, const void *unused)
{
    (void)unused;
    const eigenvalue *x = p, *y = q;
    double a = fabs(x->im), b = fabs(y->im);
    if (a != b)
        return a > b ? -1 : 1;
    return a == 0 && x->re != y->re ? (x->re > y->re ? -1 : 1) : order_pair(x, y);
}

/* Where the run of sizes (real parts) that are the same to `within` ends. */
static size_t end_of_run(const eigenvalue *v, size_t from, size_t to, double within, int real)
{
    size_t k = from + 1;
    while (k < to && fabs(real ? v[k - 1].re - v[k].re : v[k - 1].size - v[k].size) <= within)
        k++;
    return k;
}

static void sort_eigenvalues(eigenvalue *v, size_t n)
{
    bni_sort(NULL, v, n, sizeof *v, falling_size, NULL);
    double within = 1e-10 * v[0].size;
    for (size_t from = 0, to; from < n; from = to) {
        to = end_of_run(v, from, n, within, 0);
        bni_sort(NULL, v + from, to - from, sizeof *v, falling_real, NULL);
        for (size_t k = from, end; k < to; k = end) {
            end = end_of_run(v, k, to, within, 1);
            bni_sort(NULL, v + k, end - k, sizeof *v, falling_imaginary, NULL);
        }
    }
}

/* The rows of `rows` in the order of v; scratch [n][n]. */
static void arrange_rows(double *rows, double *scratch, const eigenvalue *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        memcpy(scratch + k * n, rows + v[k].index * n, n * sizeof *rows);
    memcpy(rows, scratch, n * n * sizeof *rows);
}

static void fix_vectors(double *rows, const double *im, int conjugate, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double *re = rows + k * n, *second = re + n;
        if (im[k] == 0) {
            bni_lead_positive(re, n);
            continue;
        }
        for (size_t i = 0; conjugate && i < n; i++)
            second[i] = -second[i];
        turn_vector(re, second, n);
        k++;
    }
}

/* |sum_i u_i v_i|, of vectors with |u| = |v| = 1. */
static void find_conditions(double *condition, const double *right, const double *left, const double *im, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const double *v = right + k * n, *u = left + k * n;
        int complex_pair = im[k] != 0;
        double re = 0, imaginary = 0;
        for (size_t i = 0; i < n; i++) {
            re += u[i] * v[i] - (complex_pair ? u[n + i] * v[n + i] : 0);
            imaginary += complex_pair ? u[i] * v[n + i] + u[n + i] * v[i] : 0;
        }
        condition[k] = fmin(1, hypot(re, imaginary));
        if (complex_pair) {
            condition[k + 1] = condition[k];
            k++;
        }
    }
}

/* Balanced by permutations only: scaling would make the smallest entries, which may be rounding, as large as the others. */
static lapack_int call_dgeevx(double *re, double *im, double *right, double *left, double *scale, double *a, size_t n,
                              double *work, lapack_int doubles)
{
    lapack_int ld = (lapack_int)n, first, last;
    double norm;
    return LAPACKE_dgeevx_work(LAPACK_COL_MAJOR, 'P', right != NULL ? 'V' : 'N', left != NULL ? 'V' : 'N', 'N', ld, a,
                               ld, re, im, right, ld, left, ld, &first, &last, scale, &norm, NULL, NULL, work, doubles,
                               NULL);
}

static double eigen_workspace(size_t n, int right, int left)
{
    double wanted = 0, none = 0;
    call_dgeevx(&none, &none, right ? &none : NULL, left ? &none : NULL, &none, &none, n, &wanted, -1);
    return wanted;
}

double bni_eigen_bytes(size_t n, int vectors)
{
    double m = (double)n;
    if (n > INT32_MAX)
        return INFINITY;
    return 8 * (m + eigen_workspace(n, vectors, vectors)) + (double)sizeof(eigenvalue) * m + (vectors ? 16 * m * m : 0);
}

int32_t bni_eigen(binnet_ctx *ctx, double *re, double *im, double *right, double *left, double *condition, double *a,
                  size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)n * (double)n, "a matrix"));
    BNI_TRY(bni_need_finite(ctx, a, n * n, "the matrix"));
    BNI_TRY(bni_poll(ctx, 0));
    double *own_right = NULL, *own_left = NULL, *work = NULL, *scale = bni_new_raw(ctx, n, sizeof *scale);
    eigenvalue *list = bni_new_raw(ctx, n, sizeof *list);
    int32_t status = scale == NULL || list == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (condition != NULL && right == NULL)
        right = own_right = bni_new_raw(ctx, n * n, sizeof *right);
    if (condition != NULL && left == NULL)
        left = own_left = bni_new_raw(ctx, n * n, sizeof *left);
    if (condition != NULL && (right == NULL || left == NULL))
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK) {
        double wanted = eigen_workspace(n, right != NULL, left != NULL);
        work = bni_lapack_work(ctx, wanted);
        status = work == NULL
                     ? BINNET_E_NOMEM
                     : bni_lapack_status(ctx, call_dgeevx(re, im, right, left, scale, a, n, work, (lapack_int)wanted),
                                         "dgeevx");
    }
    bni_delete(&ctx->mem, work);
    bni_delete(&ctx->mem, scale);
    if (status == BINNET_OK)
        status = bni_dense_finite(ctx, re, n, "the eigenvalues");
    if (status == BINNET_OK)
        status = bni_dense_finite(ctx, im, n, "the eigenvalues");
    if (status == BINNET_OK) {
        for (size_t k = 0; k < n; k++)
            list[k] = (eigenvalue){hypot(re[k], im[k]), re[k], im[k], k, im[k] < 0 ? k - 1 : k};
        sort_eigenvalues(list, n);
        for (size_t k = 0; k < n; k++) {
            re[k] = list[k].re;
            im[k] = list[k].im;
        }
        for (int which = 0; which < 2; which++) {
            double *rows = which == 0 ? right : left;
            if (rows == NULL)
                continue;
            arrange_rows(rows, a, list, n);
            fix_vectors(rows, im, which == 0, n);
        }
        if (condition != NULL)
            find_conditions(condition, right, left, im, n);
    }
    bni_delete(&ctx->mem, list);
    bni_delete(&ctx->mem, own_left);
    bni_delete(&ctx->mem, own_right);
    return status == BINNET_OK ? bni_poll(ctx, 1) : status;
}
