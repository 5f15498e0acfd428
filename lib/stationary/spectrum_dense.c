/*
 * The spectrum by the whole matrix: with the reflection Q that takes the constant vector to the first axis, Q P Q has the
 * eigenvalue 1 in its corner and zeros below it; LAPACK does the rest of it.
 * Source: Golub & Van Loan, Matrix Computations, 7.4 (deflation); LAPACK dgeevx.
 */
#include "stationary/spectrum.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

typedef struct dense {
    size_t S;
    double *P;            /* [S][S], then the part below and right of the corner, [S - 1][S - 1] */
    double *right, *left; /* [S - 1][S - 1] */
    double *w, *sum;      /* [S]: Q = 1 - 2 w w' */
} dense;

static void list_matrices(bni_plan *plan, void *object)
{
    dense *d = object;
    double S = (double)d->S, m = S - 1;
    BNI_BUFFER(plan, d->P, S * S);
    BNI_BUFFER(plan, d->right, m * m);
    BNI_BUFFER(plan, d->left, m * m);
    BNI_BUFFER(plan, d->w, S);
    BNI_BUFFER(plan, d->sum, S);
}

double bni_spectrum_dense_bytes(size_t n)
{
    dense d = {.S = (size_t)1 << n};
    return bni_plan_bytes(list_matrices, &d) + bni_eigen_bytes(d.S - 1, 1);
}

/* x = Q x. */
static void reflect(double *x, const double *w, size_t n)
{
    double by = 2 * bni_dot(x, w, n);
    for (size_t s = 0; s < n; s++)
        x[s] -= by * w[s];
}

static int32_t fill_deflated(binnet_ctx *ctx, dense *d, const binnet_chain *chain)
{
    size_t S = d->S;
    double even = 1 / sqrt((double)S), length = sqrt(2 + 2 * even);
    for (size_t s = 0; s < S; s++)
        d->w[s] = ((s == 0) + even) / length;
    memset(d->sum, 0, S * sizeof *d->sum);
    for (size_t s = 0; s < S; s++) {
        double *row = d->P + s * S;
        BNI_TRY(bni_chain_fill_row(ctx, row, chain, s));
        reflect(row, d->w, S);
        for (size_t t = 0; t < S; t++)
            d->sum[t] += 2 * d->w[s] * row[t];
        BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t s = 1; s < S; s++) {
        double *to = d->P + (s - 1) * (S - 1);
        const double *row = d->P + s * S;
        for (size_t t = 1; t < S; t++)
            to[t - 1] = row[t] - d->w[s] * d->sum[t];
    }
    return bni_poll(ctx, 0);
}

int32_t bni_spectrum_dense(binnet_ctx *ctx, binnet_spectrum *s, size_t *found, const binnet_chain *chain)
{
    dense d = {.S = s->S};
    size_t m = d.S - 1;
    BNI_TRY(bni_plan_make(ctx, list_matrices, &d));
    int32_t status = fill_deflated(ctx, &d, chain);
    if (status == BINNET_OK)
        status = bni_eigen(ctx, s->re + 1, s->im + 1, d.right, d.left, NULL, d.P, m);
    bni_split_pairs(s->im + 1, m);
    for (size_t k = 0; k < m && status == BINNET_OK; k++) {
        double *right = s->right + (k + 1) * d.S, *left = s->left + (k + 1) * d.S;
        right[0] = left[0] = 0;
        memcpy(right + 1, d.right + k * m, m * sizeof *right);
        memcpy(left + 1, d.left + k * m, m * sizeof *left);
        reflect(right, d.w, d.S);
        reflect(left, d.w, d.S);
        status = bni_poll(ctx, 1);
    }
    bni_plan_release(&ctx->mem, list_matrices, &d);
    *found = m;
    return status;
}
