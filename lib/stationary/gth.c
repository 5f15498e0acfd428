/*
 * Stationary law of a small chain by elimination without subtraction, in blocks, so that most work is matrix products.
 * Eliminating state k: P[i][j] += P[i][k] P[k][j] / sum_{l<k} P[k][l]. Every operand is >= 0: full relative accuracy.
 * Source: Grassmann, Taksar & Heyman, Oper. Res. 33 (1985) 1107; O'Cinneide, Numer. Math. 65 (1993) 109.
 */
#include "num/dense.h"
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

/* Within a block, PIECE states at a time take from those before by substitution, and give to the rest by a product. */
enum { BLOCK = BNI_BLOCK, PIECE = 16 };

typedef struct elimination {
    double *P;
    size_t m, keep, first, last; /* the block of states being eliminated, those below `keep` stay */
    double *W, *R;               /* copies: W [first][BLOCK], and R in panels of BLOCK columns, [BLOCK][BLOCK] each */
    double *small;               /* [BLOCK][BLOCK]: multipliers of the block, transposed */
    double *sum;                 /* [BLOCK] */
    binnet_ctx *ctx;
    int32_t status; /* of polls, written by worker 0 */
} elimination;

double bni_gth_bytes(double m)
{
    return 8 * (2 * (m + BLOCK) * BLOCK + BLOCK * BLOCK + BLOCK + 16);
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
        if (e->first + c == 0)
            break; /* the first state stays */
        for (size_t j = 0; j < c; j++)
            out += row[j];
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

/* Columns of the block above it: w_c = (P[i][c] + sum_{d>c} w_d P[d][c]) / out_c for rows i, at most BLOCK of them, kept in P
 * and copied. */
static void make_columns(elimination *e, size_t from, size_t to)
{
    size_t b = e->last - e->first;
    double *rows = e->P + from * e->m + e->first;
    for (size_t end = b, start; end > 0; end = start) {
        start = (end - 1) / PIECE * PIECE;
        for (size_t i = 0; i < to - from; i++) {
            double *row = rows + i * e->m;
            for (size_t c = end; c-- > start;) {
                double w = row[c] / e->sum[c];
                row[c] = w;
                const double *of = e->P + (e->first + c) * e->m + e->first;
                for (size_t d = start; d < c; d++)
                    row[d] += w * of[d];
            }
        }
        bni_dense_block(rows, e->m, rows + start, e->m, e->P + (e->first + start) * e->m + e->first, e->m, to - from,
                        start, end - start, BNI_ADD);
    }
    for (size_t i = from; i < to; i++)
        memcpy(e->W + i * BLOCK, e->P + i * e->m + e->first, b * sizeof *e->W);
}

/* Rows of the block left of it: R_r = P_r + sum_{c>r} small[c][r] R_c, on at most BLOCK columns, and copied. */
static void make_panel_rows(elimination *e, size_t from, size_t to)
{
    size_t b = e->last - e->first, width = to - from;
    double *rows = e->P + e->first * e->m + from;
    for (size_t end = b, start; end > 0; end = start) {
        start = (end - 1) / PIECE * PIECE;
        for (size_t c = end; c-- > start;) {
            const double *of = rows + c * e->m;
            for (size_t r = start; r < c; r++) {
                double *row = rows + r * e->m, f = e->small[c * BLOCK + r];
                for (size_t j = 0; j < width; j++)
                    row[j] += f * of[j];
            }
        }
        bni_dense_block(rows, e->m, e->small + start * BLOCK, BLOCK, rows + start * e->m, e->m, start, width,
                        end - start, BNI_A_TRANSPOSED | BNI_ADD);
    }
    for (size_t k = 0; k < b; k++)
        memcpy(e->R + from * BLOCK + k * BLOCK, rows + k * e->m, width * sizeof *e->R);
}

/* The block is done but for the part `left` of its update. */
static void poll_block(elimination *e, int worker, double left)
{
    if (worker != 0 || e->status != BINNET_OK)
        return;
    double now = ((double)e->first + left * (double)(e->last - e->first)) / (double)e->m;
    e->status = bni_poll(e->ctx, 1 - now * now * now);
}

static void panels(void *arg, int worker, int workers)
{
    elimination *e = arg;
    uint64_t from, to;
    bni_share(e->first, BLOCK, worker, workers, &from, &to);
    for (uint64_t at = from; at < to; at += BLOCK) {
        uint64_t end = at + BLOCK < to ? at + BLOCK : to;
        make_columns(e, at, end);
        make_panel_rows(e, at, end);
        poll_block(e, worker, 1);
    }
}

/* P[i][j] += W[i] R[j] for the states left. */
static void update(void *arg, int worker, int workers)
{
    elimination *e = arg;
    uint64_t from, to;
    size_t n = e->first, b = e->last - e->first;
    bni_share(n, BLOCK, worker, workers, &from, &to);
    for (size_t i = from; i < to; i += BLOCK) {
        for (size_t j = 0; j < n; j += BLOCK)
            bni_dense_block(e->P + i * e->m + j, e->m, e->W + i * BLOCK, BLOCK, e->R + j * BLOCK, BLOCK,
                            to - i < BLOCK ? to - i : BLOCK, n - j < BLOCK ? n - j : BLOCK, b, BNI_ADD);
        poll_block(e, worker, (double)(to - i) / (double)(to - from));
    }
}

int32_t bni_gth_part(binnet_ctx *ctx, double *smallest, size_t m, size_t keep, double *P, double *memory,
                     bni_team *team)
{
    elimination e = {.P = P, .m = m, .keep = keep, .ctx = ctx, .status = BINNET_OK};
    size_t panel = (m + BLOCK) * BLOCK;
    e.W = bni_align(memory);
    e.R = e.W + panel;
    e.small = e.R + panel;
    e.sum = e.small + BLOCK * BLOCK;
    team = m < 256 ? NULL : bni_blas_team(team);
    *smallest = INFINITY;
    int32_t status = BINNET_OK;
    for (e.last = m; e.last > keep && status == BINNET_OK; e.last = e.first) {
        e.first = e.last > BLOCK ? (e.last - 1) / BLOCK * BLOCK : 0;
        e.first = e.first < keep ? keep : e.first;
        double least = eliminate_block(&e);
        *smallest = least < *smallest ? least : *smallest;
        if (!(least > 0)) {
            status = BINNET_E_UNDERFLOW;
            break;
        }
        bni_team_run(team, panels, &e);
        bni_team_run(team, update, &e);
        poll_block(&e, 0, 0);
        status = e.status;
    }
    if (status == BINNET_E_UNDERFLOW)
        return bni_fail(ctx, status, "a set of states is left with a probability that underflows to 0");
    return status;
}

int32_t bni_gth(binnet_ctx *ctx, double *pi, double *smallest, size_t m, double *P, bni_team *team)
{
    double *memory = bni_new_raw(ctx, (size_t)(bni_gth_bytes((double)m) / 8), sizeof(double));
    if (memory == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_gth_part(ctx, smallest, m, 0, P, memory, team);
    bni_delete(&ctx->mem, memory);
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
        if (j % 1024 == 1023)
            BNI_TRY(bni_poll(ctx, 1));
    }
    for (size_t k = 0; k < m; k++)
        pi[k] /= total;
    return BINNET_OK;
}
