/*
 * Products by a team: each worker has a share of the columns, block by block, so that the bits are those of one thread.
 */
#include "num/dense.h"
#include "storage/storage.h"

typedef struct product_task {
    double *C;
    const double *A, *B;
    size_t ldc, lda, ldb, m, n, k;
    int how;
} product_task;

static void multiply_share(void *arg, int worker, int workers)
{
    const product_task *t = arg;
    uint64_t from, to;
    bni_share(t->n, BNI_BLOCK, worker, workers, &from, &to);
    size_t step = t->how & BNI_B_TRANSPOSED ? t->ldb : 1, down = t->how & BNI_B_TRANSPOSED ? 1 : t->ldb;
    for (size_t i = 0; i < t->m; i += BNI_BLOCK)
        for (size_t j = from; j < to; j += BNI_BLOCK)
            for (size_t l = 0; l < t->k; l += BNI_BLOCK) {
                size_t rows = t->m - i < BNI_BLOCK ? t->m - i : BNI_BLOCK,
                       depth = t->k - l < BNI_BLOCK ? t->k - l : BNI_BLOCK;
                bni_dense_block(t->C + i * t->ldc + j, t->ldc, t->A + i * t->lda + l, t->lda,
                                t->B + l * down + j * step, t->ldb, rows, to - j < BNI_BLOCK ? to - j : BNI_BLOCK,
                                depth, (t->how & BNI_B_TRANSPOSED) | (l > 0 ? BNI_ADD : 0));
            }
}

int32_t bni_storage_product(binnet_ctx *ctx, bni_team *team, double *C, size_t ldc, const double *A, size_t lda,
                            const double *B, size_t ldb, size_t m, size_t n, size_t k, int how)
{
    const size_t longest = lda > ldb ? (lda > ldc ? lda : ldc) : ldb > ldc ? ldb : ldc;
    if (team == NULL || k == 0 || longest > INT32_MAX)
        return bni_dense_product(ctx, C, ldc, A, lda, B, ldb, m, n, k, how);
    product_task t = {C, A, B, ldc, lda, ldb, m, n, k, how};
    bni_team_run(team, multiply_share, &t);
    return bni_poll(ctx, 0);
}

int32_t bni_storage_team(binnet_ctx *ctx, bni_team **own, bni_team **team, double work)
{
    *own = *team = NULL;
    if (ctx->threads < 2 || work < 1e8)
        return BINNET_OK;
    BNI_TRY(bni_team_new(ctx, own, (int)ctx->threads));
    *team = bni_blas_team(*own);
    return BINNET_OK;
}
