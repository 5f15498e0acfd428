/*
 * Matrix products in blocks so small that the BLAS runs them on the thread that calls.
 * OpenBLAS uses one thread where m n k <= 2^18 (its interface/gemm.c).
 */
#include "num/dense.h"

#include <cblas.h>
#include <math.h>

/* m n k between two polls: some 10 ms, of the reference BLAS 100. */
#define SLICE_WORK 1e8

void bni_dense_block(double *C, size_t ldc, const double *A, size_t lda, const double *B, size_t ldb, size_t m,
                     size_t n, size_t k, int how)
{
    if (m == 0 || n == 0 || (k == 0 && how & (BNI_ADD | BNI_SUBTRACT)))
        return;
    cblas_dgemm(CblasRowMajor, how & BNI_A_TRANSPOSED ? CblasTrans : CblasNoTrans,
                how & BNI_B_TRANSPOSED ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, how & BNI_SUBTRACT ? -1 : 1,
                A, (int)lda, B, (int)ldb, how & (BNI_ADD | BNI_SUBTRACT) ? 1 : 0, C, (int)ldc);
}

static size_t longest_of(size_t a, size_t b, size_t c)
{
    size_t ab = a > b ? a : b;
    return ab > c ? ab : c;
}

static int32_t rows_fit(binnet_ctx *ctx, size_t longest)
{
    if (longest > INT32_MAX)
        return bni_fail(ctx, BINNET_E_LIMIT, "rows of %zu numbers do not fit the integers of the BLAS", longest);
    return BINNET_OK;
}

int32_t bni_dense_large(binnet_ctx *ctx, double *C, size_t ldc, const double *A, size_t lda, const double *B,
                        size_t ldb, size_t m, size_t n, size_t k, int how)
{
    BNI_TRY(rows_fit(ctx, longest_of(lda, ldb, ldc)));
    BNI_TRY(rows_fit(ctx, longest_of(m, n, k)));
    /* pieces of C nearly square: the BLAS copies the rows and columns that it needs for each */
    double entries = SLICE_WORK / ((double)k + 1), side = fmax(64, fmin(sqrt(entries), (double)n));
    size_t rows = (size_t)fmax(64, fmin(entries / side, (double)m));
    size_t columns = (size_t)fmax(64, fmin(entries / (double)rows, (double)n));
    size_t a_row = how & BNI_A_TRANSPOSED ? 1 : lda, b_column = how & BNI_B_TRANSPOSED ? ldb : 1;
    for (size_t i = 0; i < m; i += rows)
        for (size_t j = 0; j < n; j += columns) {
            BNI_TRY(bni_poll(ctx, ((double)i + (double)j / (double)n) / (double)m));
            bni_dense_block(C + i * ldc + j, ldc, A + i * a_row, lda, B + j * b_column, ldb,
                            m - i < rows ? m - i : rows, n - j < columns ? n - j : columns, k, how);
        }
    return BINNET_OK;
}

int32_t bni_dense_product(binnet_ctx *ctx, double *C, size_t ldc, const double *A, size_t lda, const double *B,
                          size_t ldb, size_t m, size_t n, size_t k, int how)
{
    BNI_TRY(rows_fit(ctx, longest_of(lda, ldb, ldc)));
    size_t a_row = how & BNI_A_TRANSPOSED ? 1 : lda, a_column = how & BNI_A_TRANSPOSED ? lda : 1;
    size_t b_row = how & BNI_B_TRANSPOSED ? 1 : ldb, b_column = how & BNI_B_TRANSPOSED ? ldb : 1;
    int later = how & BNI_SUBTRACT ? how : how | BNI_ADD;
    for (size_t i = 0; i < m; i += BNI_BLOCK) {
        size_t rows = m - i < BNI_BLOCK ? m - i : BNI_BLOCK;
        for (size_t j = 0; j < n; j += BNI_BLOCK) {
            size_t columns = n - j < BNI_BLOCK ? n - j : BNI_BLOCK, depth = 0, l = 0;
            do {
                depth = k - l < BNI_BLOCK ? k - l : BNI_BLOCK;
                bni_dense_block(C + i * ldc + j, ldc, A + i * a_row + l * a_column, lda, B + l * b_row + j * b_column,
                                ldb, rows, columns, depth, l == 0 ? how : later);
            } while ((l += depth) < k);
            BNI_TRY(bni_poll(ctx, ((double)i + (double)j / (double)n) / (double)m));
        }
    }
    return BINNET_OK;
}
