/*
 * What errors E of the transition probabilities make of a stationary law: pi* - pi = pi* E Z, Z = (I - P + 1 u)^-1, u any law. Rows
 * of E add up to 0, so that |pi*(t) - pi(t)| <= r/2 (max_s Z(s, t) - min_s Z(s, t)), r the greatest sum of a row of |E|. For
 * large chains: |pi* - pi|_1 <= r / sum_t min_s P(s, t) (Doeblin). Small probabilities: once more through
 * |pi* - pi| <= |pi* - pi| P + pi* |E|.
 * Source: Schweitzer, J. Appl. Prob. 5 (1968) 401; Cho & Meyer, Linear Algebra Appl. 335 (2001) 137.
 */
#include "stationary/stationary.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

enum { SOLVED = 1024 };

double bni_row_errors_bytes(const binnet_chain *chain)
{
    double S = (double)((size_t)1 << chain->n);
    if (chain->correlated == NULL)
        return 0;
    return 32 * S + (S <= SOLVED ? 16 * S * S + bni_lu_bytes((size_t)S) : 0);
}

/* d[t], bounds of |pi*(t) - pi(t)|. A: [S][S], b: as much. */
static int32_t solve_differences(binnet_ctx *ctx, double *d, double *A, double *b, const binnet_chain *chain, double r)
{
    size_t S = (size_t)1 << chain->n;
    for (size_t s = 0; s < S; s++) {
        BNI_TRY(bni_chain_fill_row(ctx, A + s * S, chain, s));
        for (size_t t = 0; t < S; t++)
            A[s * S + t] = (s == t ? 1 : 0) - A[s * S + t] + 1 / (double)S;
        BNI_TRY(bni_poll(ctx, 1));
    }
    bni_lu *lu;
    BNI_TRY(bni_lu_new(ctx, &lu, A, S));
    memset(b, 0, S * S * sizeof *b);
    for (size_t t = 0; t < S; t++)
        b[t * S + t] = 1;
    double sure = bni_lu_rcond(lu);
    int32_t status = bni_lu_solve(ctx, b, S, lu, 0);
    bni_lu_free(lu);
    BNI_TRY(status);
    for (size_t t = 0; t < S; t++) {
        double least = INFINITY, most = -INFINITY;
        for (size_t s = 0; s < S; s++) {
            least = fmin(least, b[t * S + s]);
            most = fmax(most, b[t * S + s]);
        }
        d[t] = sure > 1e-13 ? 0.5 * r * (most - least) : INFINITY;
    }
    return BINNET_OK;
}

static int32_t bound_differences(binnet_ctx *ctx, double *d, double *row, double *least, const binnet_chain *chain,
                                 double r)
{
    size_t S = (size_t)1 << chain->n;
    double common = 0;
    for (size_t t = 0; t < S; t++)
        least[t] = 1;
    for (size_t s = 0; s < S; s++) {
        BNI_TRY(bni_chain_fill_row(ctx, row, chain, s));
        for (size_t t = 0; t < S; t++)
            least[t] = fmin(least[t], row[t]);
        BNI_TRY(bni_poll(ctx, 1));
    }
    for (size_t t = 0; t < S; t++)
        common += least[t];
    for (size_t t = 0; t < S; t++)
        d[t] = 0.5 * r / common;
    return BINNET_OK;
}

/* Once more through the chain; next: of differences. */
static int32_t sharpen_differences(binnet_ctx *ctx, double *next, const double *d, double *row,
                                   const binnet_chain *chain, const double *x)
{
    size_t S = (size_t)1 << chain->n;
    memset(next, 0, S * sizeof *next);
    for (size_t s = 0; s < S; s++) {
        const double *error = bni_stage_errors(chain, 0, s);
        double heavy = fmin(x[s] + d[s], 1), most = fmin(d[s], 1);
        BNI_TRY(bni_chain_fill_row(ctx, row, chain, s));
        for (size_t t = 0; t < S; t++)
            next[t] += most * row[t] + heavy * error[t];
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

static int32_t find_relative(binnet_ctx *ctx, double *relative, const binnet_chain *chain, const double *x, double r)
{
    size_t S = (size_t)1 << chain->n;
    int solved = S <= SOLVED;
    double *d = bni_new_raw(ctx, 4 * S, sizeof *d),
           *A = solved && d != NULL ? bni_new_raw(ctx, 2 * S * S, sizeof *A) : NULL;
    int32_t status = d == NULL || (solved && A == NULL) ? BINNET_E_NOMEM : BINNET_OK;
    double *next = NULL, *row = NULL;
    if (status == BINNET_OK) {
        next = d + S;
        row = next + S;
        status = solved ? solve_differences(ctx, d, A, A + S * S, chain, r)
                        : bound_differences(ctx, d, row, row + S, chain, r);
    }
    if (status == BINNET_E_UNDEFINED) { /* several classes */
        ctx->message[0] = '\0';
        status = BINNET_OK;
        for (size_t t = 0; t < S; t++)
            d[t] = INFINITY;
    }
    if (status == BINNET_OK && chain->update == BINNET_UPDATE_SYNCHRONOUS && bni_stage_errors(chain, 0, 0) != NULL) {
        status = sharpen_differences(ctx, next, d, row, chain, x);
        for (size_t t = 0; t < S && status == BINNET_OK; t++)
            d[t] = fmin(d[t], next[t]);
    }
    *relative = 0;
    for (size_t t = 0; t < S && status == BINNET_OK; t++)
        if (x[t] > 1e-280)
            *relative = fmax(*relative, d[t] / x[t]);
    bni_delete(&ctx->mem, A);
    bni_delete(&ctx->mem, d);
    return status;
}

int32_t bni_row_errors(binnet_ctx *ctx, double *residual, double *relative, const binnet_chain *chain, const double *x)
{
    double own, r = bni_chain_row_error(chain, &own);
    *residual = r;
    *relative = 0;
    /* errors that are relative in every entry are part of the chain's sensitivity */
    for (size_t s = 0; chain->correlated != NULL && s < chain->n_stages; s++)
        if (bni_stage_errors(chain, s, 0) != NULL)
            return find_relative(ctx, relative, chain, x, r);
    return BINNET_OK;
}
