/*
 * Linear systems M x = b with M given by what it makes of a vector: GMRES with restarts.
 * Source: Saad & Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856.
 */
#include "stationary/linear_systems.h"

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

/* Givens rotations that keep the Hessenberg matrix triangular. */
typedef struct rotations {
    double H[RESTART + 1][RESTART], c[RESTART], s[RESTART], e[RESTART + 1];
} rotations;

/* Column k; returns 0 when it vanishes. */
static int rotate_column(rotations *r, size_t k, double next)
{
    for (size_t j = 0; j < k; j++) {
        double a = r->H[j][k], b = r->H[j + 1][k];
        r->H[j][k] = r->c[j] * a + r->s[j] * b;
        r->H[j + 1][k] = r->c[j] * b - r->s[j] * a;
    }
    double size = hypot(r->H[k][k], next);
    if (!(size > 0))
        return 0;
    r->c[k] = r->H[k][k] / size;
    r->s[k] = next / size;
    r->H[k][k] = size;
    r->e[k + 1] = -r->s[k] * r->e[k];
    r->e[k] *= r->c[k];
    return 1;
}

static int32_t orthogonal_part(binnet_ctx *ctx, rotations *r, double *v, const double *basis, size_t k, size_t n)
{
    for (size_t j = 0; j <= k; j++)
        r->H[j][k] = 0;
    for (int twice = 0; twice < 2; twice++)
        for (size_t j = 0; j <= k; j++) {
            double part = bni_dot(basis + j * n, v, n);
            r->H[j][k] += part;
            subtract_direction(v, basis + j * n, -part, n);
            BNI_TRY(bni_poll(ctx, 1));
        }
    return BINNET_OK;
}

/* The residual is in basis[0]; x receives what was found. */
static int32_t run_restart(binnet_ctx *ctx, double *x, double *basis, const bni_linear_system *m, uint64_t *steps)
{
    rotations r;
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
        if (!rotate_column(&r, k, next))
            break;
        k++;
        if (!(next > 1e-14 * r.H[k - 1][k - 1]) || fabs(r.e[k]) < 1e-16 * norm)
            break;
        for (size_t t = 0; t < n; t++)
            v[t] /= next;
    }
    for (size_t j = k; j-- > 0;) {
        for (size_t i = j + 1; i < k; i++)
            r.e[j] -= r.H[j][i] * r.e[i];
        r.e[j] /= r.H[j][j];
    }
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
