/*
 * Linear systems M x = b with M given by what it makes of a vector: GMRES with restarts.
 * Source: Saad & Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856.
 */
#include "stationary/linear_systems.h"

#include "num/rotations.h"

#include <math.h>

enum { RESTART = 30, PATIENCE = 4 };

double bni_gmres_doubles(double n)
{
    return n * (RESTART + 1);
}

double bni_largest_entry(const double *x, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fabs(x[k]) > most || isnan(x[k]) ? fabs(x[k]) : most;
    return most;
}

static void subtract_direction(double *y, const double *x, double by, size_t n)
{
    for (size_t k = 0; k < n; k++)
        y[k] += by * x[k];
}

static int32_t orthogonal_part(binnet_ctx *ctx, bni_rotations *r, double *v, const double *basis, size_t k, size_t n)
{
    for (size_t j = 0; j <= k; j++)
        r->H[k][j] = 0;
    for (int twice = 0; twice < 2; twice++)
        for (size_t j = 0; j <= k; j++) {
            double part = bni_dot(basis + j * n, v, n);
            r->H[k][j] += part;
            subtract_direction(v, basis + j * n, -part, n);
            BNI_TRY(bni_poll(ctx, 1));
        }
    return BINNET_OK;
}

/* The residual is in basis[0]; x receives what was found. */
static int32_t run_restart(binnet_ctx *ctx, double *x, double *basis, const bni_linear_system *m, uint64_t *steps)
{
    bni_rotations r;
    size_t n = m->n, k = 0;
    double norm = sqrt(bni_dot(basis, basis, n));
    for (size_t t = 0; t < n; t++)
        basis[t] /= norm;
    r.e[0] = norm;
    while (k < RESTART) {
        double *v = basis + (k + 1) * n;
        BNI_TRY(m->apply(ctx, m->arg, v, basis + k * n));
        ++*steps;
        BNI_TRY(orthogonal_part(ctx, &r, v, basis, k, n));
        double next = sqrt(bni_dot(v, v, n));
        if (!bni_rotations_take(&r, k, next, 0))
            break;
        k++;
        if (!(next > 1e-14 * r.H[k - 1][k - 1]) || fabs(r.e[k]) < 1e-16 * norm)
            break;
        for (size_t t = 0; t < n; t++)
            v[t] /= next;
    }
    bni_rotations_solve(&r, k);
    for (size_t j = 0; j < k; j++)
        subtract_direction(x, basis + j * n, r.e[j], n);
    return bni_poll(ctx, 1);
}

int32_t bni_gmres(binnet_ctx *ctx, double *x, double *residual, const bni_linear_system *m, const double *b,
                  double goal, double *basis)
{
    double size = bni_largest_entry(b, m->n), before = INFINITY;
    uint64_t steps = 0;
    BNI_TRY(bni_clear(ctx, x, m->n, sizeof *x));
    for (int stale = 0;;) {
        BNI_TRY(m->apply(ctx, m->arg, basis, x));
        for (size_t s = 0; s < m->n; s++)
            basis[s] = b[s] - basis[s];
        *residual = bni_largest_entry(basis, m->n);
        stale = *residual > 0.5 * before ? stale + 1 : 0;
        if (*residual <= goal * size || stale >= PATIENCE || steps >= (uint64_t)ctx->max_iterations)
            return BINNET_OK;
        before = *residual;
        BNI_TRY(run_restart(ctx, x, basis, m, &steps));
    }
}
