/*
 * LU factors with partial pivoting, solutions, condition.
 * In LAPACK's column-major view the array holds A^T: its factors serve A with the transposed solve.
 * Source: Golub & Van Loan, Matrix Computations, 3.4; LAPACK Users' Guide 4.4.
 */
#include "num/dense_lapack.h"

#include <cblas.h>
#include <math.h>

struct bni_lu {
    bni_allocator mem;
    size_t n;
    double *a;
    double rcond;
    lapack_int *pivot;
};

double bni_lu_bytes(size_t n)
{
    return (double)sizeof(bni_lu) + (double)n * (double)(2 * sizeof(lapack_int) + 4 * sizeof(double));
}

/* The norms infinity (by rows) and 1 (by columns; sums: [n]). */
static void matrix_norms(double norm[2], double *sums, const double *a, size_t n)
{
    norm[0] = norm[1] = 0;
    for (size_t j = 0; j < n; j++)
        sums[j] = 0;
    for (size_t i = 0; i < n; i++) {
        double row = 0;
        for (size_t j = 0; j < n; j++) {
            row += fabs(a[i * n + j]);
            sums[j] += fabs(a[i * n + j]);
        }
        norm[0] = row > norm[0] ? row : norm[0];
    }
    for (size_t j = 0; j < n; j++)
        norm[1] = sums[j] > norm[1] ? sums[j] : norm[1];
}

static int32_t singular(binnet_ctx *ctx, size_t pivot, size_t n)
{
    return bni_fail(ctx, BINNET_E_UNDEFINED, "the matrix is singular: pivot %zu of %zu is 0", pivot, n);
}

/* As dgetrf, but by pieces that let the hook be asked, the products in blocks. */
static int32_t factor_matrix(binnet_ctx *ctx, double *a, lapack_int *pivot, size_t n)
{
    lapack_int ld = (lapack_int)n;
    if (n <= BNI_SMALL) {
        size_t zero = bni_small_factor(a, pivot, n);
        if (zero > 0)
            return singular(ctx, zero, n);
        BNI_TRY(bni_poll(ctx, 1));
        return bni_dense_finite(ctx, a, n * n, "LU factors");
    }
    for (size_t j = 0; j < n; j += BNI_BLOCK) {
        size_t b = n - j < BNI_BLOCK ? n - j : BNI_BLOCK, end = j + b, rest = n - end;
        lapack_int width = (lapack_int)b;
        lapack_int info = LAPACKE_dgetrf2_work(LAPACK_COL_MAJOR, (lapack_int)(n - j), width, a + j * n + j, ld,
                                               pivot + j);
        if (info > 0)
            return singular(ctx, j + (size_t)info, n);
        BNI_TRY(bni_lapack_status(ctx, info, "dgetrf2"));
        for (size_t k = j; k < end; k++)
            pivot[k] += (lapack_int)j;
        if (j > 0)
            LAPACKE_dlaswp_work(LAPACK_COL_MAJOR, (lapack_int)j, a, ld, (lapack_int)j + 1, (lapack_int)end, pivot, 1);
        if (rest > 0) {
            LAPACKE_dlaswp_work(LAPACK_COL_MAJOR, (lapack_int)rest, a + end * n, ld, (lapack_int)j + 1, (lapack_int)end,
                                pivot, 1);
            cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasUnit, (int)width, (int)rest, 1,
                        a + j * n + j, (int)ld, a + end * n + j, (int)ld);
            BNI_TRY(bni_dense_product(ctx, a + end * n + end, n, a + end * n + j, n, a + j * n + end, n, rest, rest, b,
                                      BNI_SUBTRACT));
        }
        double left = (double)rest / (double)n;
        BNI_TRY(bni_poll(ctx, 1 - left * left * left));
    }
    return bni_dense_finite(ctx, a, n * n, "LU factors");
}

static int32_t new_lu(binnet_ctx *ctx, bni_lu **out, double *a, size_t n, int with_rcond)
{
    *out = NULL;
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(bni_need_finite(ctx, a, n * n, "the matrix"));
    bni_lu *lu = bni_new(ctx, 1, sizeof *lu);
    if (lu == NULL)
        return BINNET_E_NOMEM;
    lu->mem = ctx->mem;
    lu->n = n;
    lu->a = a;
    lu->pivot = bni_new(ctx, 2 * n, sizeof *lu->pivot);
    double *work = bni_new_raw(ctx, 4 * n, sizeof *work), norm[2];
    int32_t status = lu->pivot == NULL || work == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK) {
        matrix_norms(norm, work, a, n);
        status = factor_matrix(ctx, a, lu->pivot, n);
    }
    lu->rcond = 1;
    if (n <= BNI_SMALL && status == BINNET_OK && with_rcond)
        lu->rcond = norm[0] <= 1.7e308 && norm[1] <= 1.7e308 ? bni_small_rcond(work, a, lu->pivot, n, norm) : 0;
    for (int k = 0; k < 2 && n > BNI_SMALL && status == BINNET_OK && with_rcond; k++) {
        double rcond = 0;
        if (norm[k] <= 1.7e308) /* the norm of a matrix near the end of the range: not to be told */
            status = bni_lapack_status(ctx,
                                       LAPACKE_dgecon_work(LAPACK_COL_MAJOR, k == 0 ? '1' : 'I', (lapack_int)n, a,
                                                           (lapack_int)n, norm[k], &rcond, work, lu->pivot + n),
                                       "dgecon");
        lu->rcond = rcond < lu->rcond ? rcond : lu->rcond;
    }
    bni_delete(&ctx->mem, work);
    if (status != BINNET_OK) {
        bni_lu_free(lu);
        return status;
    }
    *out = lu;
    return BINNET_OK;
}

int32_t bni_lu_new(binnet_ctx *ctx, bni_lu **out, double *a, size_t n)
{
    return new_lu(ctx, out, a, n, 1);
}

void bni_lu_free(bni_lu *lu)
{
    if (lu == NULL)
        return;
    bni_allocator mem = lu->mem;
    bni_delete(&mem, lu->pivot);
    bni_delete(&mem, lu);
}

double bni_lu_rcond(const bni_lu *lu)
{
    return lu->rcond;
}

static char transposed_for(int how)
{
    return how & BNI_A_TRANSPOSED ? 'N' : 'T';
}

int32_t bni_lu_solve(binnet_ctx *ctx, double *b, size_t k, const bni_lu *lu, int how)
{
    BNI_TRY(bni_lapack_sizes(ctx, lu->n, lu->n, k));
    BNI_TRY(bni_need_finite(ctx, b, lu->n * k, "the right-hand side"));
    lapack_int n = (lapack_int)lu->n;
    for (size_t r = 0; r < k && lu->n <= BNI_SMALL; r++) {
        bni_small_solve(b + r * lu->n, lu->a, lu->pivot, lu->n, how);
        BNI_TRY(bni_poll(ctx, (double)(r + 1) / (double)k));
    }
    for (size_t r = 0; r < k && lu->n > BNI_SMALL; r += BNI_BLOCK) {
        size_t count = k - r < BNI_BLOCK ? k - r : BNI_BLOCK;
        lapack_int info = LAPACKE_dgetrs_work(LAPACK_COL_MAJOR, transposed_for(how), n, (lapack_int)count, lu->a, n,
                                              lu->pivot, b + r * lu->n, n);
        BNI_TRY(bni_lapack_status(ctx, info, "dgetrs"));
        BNI_TRY(bni_poll(ctx, (double)(r + count) / (double)k));
    }
    return bni_dense_finite(ctx, b, lu->n * k, "the solution");
}

int32_t bni_inverse(binnet_ctx *ctx, double *inverse, double *a, size_t n)
{
    bni_lu *lu;
    BNI_TRY(new_lu(ctx, &lu, a, n, 0));
    for (size_t k = 0; k < n * n; k++)
        inverse[k] = k / n == k % n;
    int32_t status = bni_lu_solve(ctx, inverse, n, lu, BNI_A_TRANSPOSED);
    bni_lu_free(lu);
    return status;
}
