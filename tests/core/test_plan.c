/*
 * Allocation plans: what is counted is what is allocated, all of it or nothing, and all of it is released.
 */
#include "support/support.h"

#include "core/core.h"

#include <string.h>

typedef struct buffers {
    size_t n;
    double *real;
    char *byte;
    uint32_t *word;
} buffers;

static void list_buffers(bni_plan *plan, void *object)
{
    buffers *b = object;
    BNI_ZEROS(plan, b->real, b->n);
    BNI_BUFFER(plan, b->byte, 3 * b->n);
    if (b->n > 1)
        BNI_ZEROS(plan, b->word, b->n - 1);
}

typedef struct purse {
    int64_t blocks, left;
    size_t bytes;
} purse;

static void *purse_alloc(void *user, size_t size)
{
    purse *p = user;
    if (p->left-- <= 0)
        return NULL;
    p->blocks++;
    p->bytes += size;
    void *block = malloc(size);
    if (block != NULL)
        memset(block, 0xee, size);
    return block;
}

static void *purse_realloc(void *user, void *ptr, size_t size)
{
    (void)user;
    return realloc(ptr, size);
}

static void purse_free(void *user, void *ptr)
{
    ((purse *)user)->blocks--;
    free(ptr);
}

START_TEST(plan)
{
    purse p = {0, 1, 0};
    binnet_ctx *ctx;
    OK(binnet_ctx_new_alloc(&ctx, purse_alloc, purse_realloc, purse_free, &p));
    for (size_t n = 0; n < 4; n++)
        for (int64_t most = 0; most < 5; most++) {
            buffers b = {.n = n};
            double bytes = bni_plan_bytes(list_buffers, &b);
            ck_assert(b.real == NULL && b.byte == NULL && b.word == NULL);
            ck_assert(bytes == 8.0 * (n > 0 ? (double)n : 1) + (n > 0 ? 3.0 * (double)n : 1) +
                                   (n > 1 ? 4.0 * (double)(n - 1) : 0));
            p.left = most;
            p.bytes = 0;
            int enough = most >= (n > 1 ? 3 : 2);
            ck_assert_int_eq(bni_plan_make(ctx, list_buffers, &b), enough ? BINNET_OK : BINNET_E_NOMEM);
            ck_assert(!enough || (double)p.bytes == bytes);
            for (size_t k = 0; k < n && enough; k++)
                ck_assert(b.real[k] == 0 && (k + 1 == n || b.word[k] == 0));
            ck_assert(enough || (b.real == NULL && b.byte == NULL && b.word == NULL));
            bni_plan_release(&ctx->mem, list_buffers, &b);
            ck_assert(b.real == NULL && b.byte == NULL && b.word == NULL);
            ck_assert_int_eq(p.blocks, 1);
        }
    binnet_ctx_free(ctx);
    ck_assert_int_eq(p.blocks, 0);
}
END_TEST

RUN_TESTS("plan", plan)
