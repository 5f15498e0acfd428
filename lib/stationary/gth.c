/*
 * Stationary law of a small chain by elimination without subtraction, in blocks, so that most work is matrix products.
 * Eliminating state k: P[i][j] += P[i][k] P[k][j] / sum_{l<k} P[k][l]. Every operand is >= 0: full relative accuracy.
 * Source: Grassmann, Taksar & Heyman, Oper. Res. 33 (1985) 1107; O'Cinneide, Numer. Math. 65 (1993) 109.
 */
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 96, ROWS_IN_CACHE = 16 };

typedef struct elimination {
    double *P;
    size_t m, first, last; /* the block of states being eliminated */
    double *W, *R;         /* packed: W [first][block] and R [block][first] */
    double *small;         /* [BLOCK][BLOCK]: multipliers of the block, transposed */
    double *sum;           /* [BLOCK] */
    const bni_chain_kernels *kern;
    size_t depth; /* block size rounded up to a multiple of 4 */
} elimination;

double bni_gth_bytes(double m)
{
    return 8 * (2 * (m + 8) * BLOCK + BLOCK * BLOCK + BLOCK + 16);
}

/* The block against itself: leaves in row r, columns < first untouched, only the sums of those columns are followed.
 * small[c][r] for r < c: what row r takes of row c. Returns the least sum of outgoing probabilities. */
static double eliminate_block(elimination *e)
{
    size_t m = e->m, b = e->last - e->first;
    double smallest = INFINITY;
    for (size_t r = 0; r < b; r++) {
        const double *row = e->P + (e->first + r) * m;
        double s[4] = {0, 0, 0, 0};
        size_t j = 0;
        for (; j + 4 <= e->first; j += 4)
            for (size_t l = 0; l < 4; l++)
                s[l] += row[j + l];
        for (; j < e->first; j++)
            s[0] += row[j];
        e->sum[r] = (s[0] + s[1]) + (s[2] + s[3]);
    }
    for (size_t c = b; c-- > 0;) {
        double *row = e->P + (e->first + c) * m + e->first;
        double out = e->sum[c];
        for (size_t j = 0; j < c; j++)
            out += row[j];
        if (e->first + c == 0)
            break; /* the first state stays */
        smallest = out < smallest ? out : smallest;
        for (size_t r = 0; r < c; r++) {
            double *to = e->P + (e->first + r) * m + e->first, f = to[c] / out;
            e->small[c * BLOCK + r] = f;
            to[c] = f; /* kept scaled for the back substitution */
            for (size_t j = 0; j < c; j++)
                to[j] += j == r ? 0 : f * row[j];
            e->sum[r] += f * e->sum[c];
        }
        e->sum[c] = out;
    }
    return smallest;
}

/* Columns of the block above it: w_c = (P[i][c] + sum_{d>c} w_d P[d][c]) / out_c for each row i, kept in P and packed. */
static void make_columns(elimination *e, size_t from, size_t to)
{
    size_t b = e->last - e->first;
    for (size_t i = from; i < to; i++) {
        double *row = e->P + i * e->m + e->first;
        for (size_t c = b; c-- > 0;) {
            double w = row[c] / e->sum[c];
            row[c] = w;
            const double *of = e->P + (e->first + c) * e->m + e->first;
            for (size_t d = 0; d < c; d++)
                row[d] += w * of[d];
        }
        double *W = e->W + i / BNI_MR * BNI_MR * e->depth + i % BNI_MR * 4;
        for (size_t k = 0; k < e->depth; k++)
            W[k / 4 * 4 * BNI_MR + k % 4] = k < b ? row[k] : 0;
    }
}

/* Rows of the block left of it: R_r = P_r + sum_{c>r} small[c][r] R_c, on some columns, packed. */
static void make_rows(elimination *e, size_t from, size_t to)
{
    size_t b = e->last - e->first;
    for (size_t c = b; c-- > 0;) {
        const double *of = e->P + (e->first + c) * e->m;
        for (size_t r = 0; r < c; r++) {
            double *row = e->P + (e->first + r) * e->m, f = e->small[c * BLOCK + r];
            for (size_t j = from; j < to; j++)
                row[j] += f * of[j];
        }
    }
    for (size_t k = 0; k < e->depth; k++)
        for (size_t j = from; j < to; j++)
            e->R[j / BNI_NR * BNI_NR * e->depth + k * BNI_NR + j % BNI_NR] = k < b ? e->P[(e->first + k) * e->m + j]
                                                                                   : 0;
}

static void panels(void *arg, int worker, int workers)
{
    elimination *e = arg;
    uint64_t from, to;
    bni_share(e->first, BNI_MR, worker, workers, &from, &to);
    make_columns(e, from, to);
    enum { CHUNK = 512 };
    bni_share(e->first, BNI_NR, worker, workers, &from, &to);
    for (uint64_t at = from; at < to; at += CHUNK)
        make_rows(e, at, at + CHUNK < to ? at + CHUNK : to);
}

/* P[i][j] += W[i] R[j] for the states left. */
static void update(void *arg, int worker, int workers)
{
    elimination *e = arg;
    uint64_t from, to;
    size_t n = e->first;
    bni_share(n, BNI_MR * ROWS_IN_CACHE, worker, workers, &from, &to);
    for (uint64_t i0 = from; i0 < to; i0 += BNI_MR * ROWS_IN_CACHE)
        for (size_t j = 0; j < n; j += BNI_NR)
            for (uint64_t i = i0; i < to && i < i0 + BNI_MR * ROWS_IN_CACHE; i += BNI_MR) {
                const double *A = e->W + i * e->depth, *B = e->R + j * e->depth;
                if (i + BNI_MR <= n && j + BNI_NR <= n) {
                    e->kern->gemm_tile(e->P + i * e->m + j, e->m, e->depth, A, B);
                    continue;
                }
                double C[BNI_MR * BNI_NR] = {0};
                e->kern->gemm_tile(C, BNI_NR, e->depth, A, B);
                for (size_t r = 0; r < BNI_MR && i + r < n; r++)
                    for (size_t c = 0; c < BNI_NR && j + c < n; c++)
                        e->P[(i + r) * e->m + j + c] += C[r * BNI_NR + c];
            }
}

int32_t bni_gth(binnet_ctx *ctx, double *pi, double *smallest, size_t m, double *P, bni_team *team)
{
    elimination e = {.P = P, .m = m, .kern = bni_kernels_get()->chain};
    size_t panel = (m + 8) * BLOCK;
    double *memory = bni_new_raw(ctx, 2 * panel + BLOCK * BLOCK + BLOCK + 16, sizeof(double));
    if (memory == NULL)
        return BINNET_E_NOMEM;
    e.W = bni_align(memory);
    e.R = e.W + panel;
    e.small = e.R + panel;
    e.sum = e.small + BLOCK * BLOCK;
    if (m < 256)
        team = NULL;
    *smallest = INFINITY;
    int32_t status = BINNET_OK;
    for (e.last = m; e.last > 0 && status == BINNET_OK; e.last = e.first) {
        e.first = e.last > BLOCK ? (e.last - 1) / BLOCK * BLOCK : 0;
        e.depth = (e.last - e.first + 3) / 4 * 4;
        double least = eliminate_block(&e);
        *smallest = least < *smallest ? least : *smallest;
        if (!(least > 0)) {
            status = BINNET_E_UNDERFLOW;
            break;
        }
        bni_team_run(team, panels, &e);
        bni_team_run(team, update, &e);
        double left = (double)e.first / (double)m;
        status = bni_poll(ctx, 1 - left * left * left);
    }
    bni_delete(&ctx->mem, memory);
    if (status == BINNET_E_UNDERFLOW)
        return bni_fail(ctx, status, "a set of states is left with a probability that underflows to 0");
    if (status != BINNET_OK)
        return status;
    /* pi_k = sum_{j<k} pi_j P[j][k], the columns being scaled already; by rows, so that memory is read in order */
    memset(pi, 0, m * sizeof *pi);
    pi[0] = 1;
    double total = 0;
    for (size_t j = 0; j < m; j++) {
        total += pi[j];
        for (size_t k = j + 1; k < m; k++)
            pi[k] += pi[j] * P[j * m + k];
    }
    for (size_t k = 0; k < m; k++)
        pi[k] /= total;
    return BINNET_OK;
}
