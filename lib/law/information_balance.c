/*
 * How far a chain is from detailed balance: |P(A) P(A'|A) - P(A') P(A|A')| over all pairs.
 */
#include "law/information.h"

#include "binnet/information.h"

/* Most doubles of a strip of the matrix. */
enum { STRIP = 1 << 26 };

typedef struct imbalance {
    total net;
    double most;
} imbalance;

static void add_pair(imbalance *b, double f, double r)
{
    double d = fabs(f - r);
    if (!(d > 0))
        return;
    add_term(&b->net, d);
    b->most = fmax(b->most, d / fmax(f, r));
}

static int32_t compare_edges(binnet_ctx *ctx, imbalance *b, const binnet_chain *chain, const double *law)
{
    size_t half = (size_t)1 << (chain->n - 1), row = half < BNI_ROW ? half : BNI_ROW;
    uint64_t silent[BNI_ROW], active[BNI_ROW];
    double p[BNI_ROW], q[BNI_ROW], p1[BNI_ROW], q1[BNI_ROW];
    for (size_t i = 0; i < chain->n; i++) {
        uint64_t bit = UINT64_C(1) << i;
        bni_span(ctx, (double)i / (double)chain->n, (double)(i + 1) / (double)chain->n);
        for (size_t m = 0; m < half; m += row) {
            for (size_t k = 0; k < row; k++) {
                silent[k] = ((m + k) & (bit - 1)) | ((m + k) & ~(bit - 1)) << 1;
                active[k] = silent[k] | bit;
            }
            BNI_TRY(bni_firing(ctx, p, q, NULL, NULL, chain, i, silent, row));
            BNI_TRY(bni_firing(ctx, p1, q1, NULL, NULL, chain, i, active, row));
            for (size_t k = 0; k < row; k++)
                add_pair(b, chain->select[i] * (law[silent[k]] * p[k]), chain->select[i] * (law[active[k]] * q1[k]));
            BNI_TRY(bni_poll(ctx, (double)m / (double)half));
        }
    }
    return BINNET_OK;
}

/* A power of 2 that the memory limit allows, 1 at least. */
static size_t strip_rows(const binnet_ctx *ctx, size_t S)
{
    size_t rows = S;
    while (rows > 1 && (rows * S > STRIP || 8 * ((double)rows + 1) * (double)S > (double)ctx->memory_limit))
        rows /= 2;
    return rows;
}

/* A strip of rows is kept, and every row below it is made once more for each strip. */
static int32_t compare_rows(binnet_ctx *ctx, imbalance *b, const binnet_chain *chain, const double *law, double *strip,
                            double *row, size_t rows)
{
    size_t S = (size_t)1 << chain->n;
    for (size_t first = 0; first < S; first += rows) {
        for (size_t A = first; A < S; A++) {
            bni_span(ctx, (double)first / (double)S, (double)(first + rows) / (double)S);
            double *to = A < first + rows ? strip + (A - first) * S : row;
            BNI_TRY(bni_chain_fill_row(ctx, to, chain, A));
            size_t last = A < first + rows ? A : first + rows;
            for (size_t B = first; B < last; B++)
                add_pair(b, law[A] * to[B], law[B] * strip[(B - first) * S + A]);
            BNI_TRY(bni_poll(ctx, (double)(A - first) / (double)(S - first)));
        }
    }
    return BINNET_OK;
}

int32_t binnet_chain_detailed_balance(binnet_ctx *ctx, double *net, double *relative, const binnet_chain *chain,
                                      const binnet_law *law)
{
    BNI_TRY(bni_chain_law_check(ctx, net != NULL ? net : relative, "net and relative", chain, law));
    imbalance b = {{0, 0}, 0};
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(compare_edges(ctx, &b, chain, law->p));
    } else {
        if (chain->n > BINNET_MAX_PAIRS_NEURONS)
            return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons: all pairs of states are compared up to %d", chain->n,
                            BINNET_MAX_PAIRS_NEURONS);
        size_t S = (size_t)1 << chain->n, rows = strip_rows(ctx, S), doubles = (rows + 1) * S;
        BNI_TRY(bni_need_memory(ctx, 8.0 * (double)doubles, "detailed balance"));
        double *room = bni_new_raw(ctx, doubles, sizeof *room);
        if (room == NULL)
            return BINNET_E_NOMEM;
        int32_t status = compare_rows(ctx, &b, chain, law->p, room, room + rows * S, rows);
        bni_delete(&ctx->mem, room);
        if (status != BINNET_OK)
            return status;
    }
    if (net != NULL)
        *net = total_of(&b.net);
    if (relative != NULL)
        *relative = b.most;
    return BINNET_OK;
}
