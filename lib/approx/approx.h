/*
 * Inside of approx: the map of a mean field, unit by unit.
 */
#ifndef BNI_APPROX_H
#define BNI_APPROX_H

#include "core/core.h"
#include "model/model.h"

#include "binnet/linear_noise.h"
#include "binnet/mean_field.h"

struct binnet_mean_field {
    bni_allocator mem;
    size_t n;
    int32_t input, tie;
    int populations;      /* units are populations */
    int self_connections; /* a neuron may be among its own inputs */
    double *weight;       /* [n][n]: J / M, of one connection */
    double *degree;       /* [n][n] connections of that weight; NULL: 1 */
    double *chance;       /* [n][n] probability of a connection; NULL: 1 */
    double *offset;       /* [n]: stimulus - threshold */
    int64_t *size;        /* [n], 0: not known, or NULL */
    const double *extra;  /* [n] variance of the input beside that of independent activities, or NULL; borrowed */
    binnet_noise *noise;  /* one scale for each unit */
};

/* A field that is given and units of which there are n, means in 0..1 (mean_field.c). */
int32_t bni_need_field(binnet_ctx *ctx, const binnet_mean_field *field, size_t n);
int32_t bni_need_means(binnet_ctx *ctx, const binnet_mean_field *field, size_t n, const double *mean, const char *name);
double bni_mean_field_bytes(const binnet_mean_field *field);

static inline double bni_field_degree(const binnet_mean_field *f, size_t a, size_t b)
{
    return f->degree == NULL ? 1 : f->degree[a * f->n + b];
}
static inline double bni_field_chance(const binnet_mean_field *f, size_t a, size_t b)
{
    return f->chance == NULL ? 1 : f->chance[a * f->n + b];
}

/* --- one unit (firing.c) --- */

/* Pr(mu + s B + sqrt(v) Z >= 0), what is left to 1, and the derivatives of it by mu and by v. */
typedef struct bni_firing {
    double fires, rests, by_input, by_variance;
} bni_firing;

/* kept: what a unit without noise and variance, exactly at its threshold, does when it keeps its activity. NaN derivatives where
 * there are none. Absolute errors beside rounding of mu and v: BNI_FIRING_ERROR of fires and rests. */
#define BNI_FIRING_ERROR 1e-14
bni_firing bni_field_fires(const binnet_mean_field *f, size_t a, double mu, double v, double kept);
/* mu and v of one unit. */
void bni_field_input(const binnet_mean_field *f, size_t a, double *mu, double *v, const double *mean);

/* --- the map (map.c) --- */

/* F(mean), the slopes and dF_a/dmu_a when not NULL (by_input only with slopes). BINNET_E_CALLBACK; BINNET_E_UNDEFINED where a
 * slope is not defined. */
int32_t bni_field_map(binnet_ctx *ctx, double *next, double *slope, double *by_input, const binnet_mean_field *f,
                      const double *mean);
/* binnet_mean_field_solve within a call. */
int32_t bni_field_solve(binnet_ctx *ctx, double *mean, double *error, const binnet_mean_field *f, const double *start);
double bni_field_solve_bytes(size_t n);
/* What rounding may do to F in any unit. */
double bni_field_rounding(const binnet_mean_field *f, const double *slope);
/* All fixed points, within a call; *out is made with BINNET_OK and BINNET_E_NOCONV (points.c). */
int32_t bni_mean_points(binnet_ctx *ctx, binnet_mean_points **out, const binnet_mean_field *f);

/* --- linear noise (linear_noise.c) --- */

/* BINNET_E_UNMET unless the slopes [n][n], which are destroyed, are stable under the update; value: [2 n]. */
int32_t bni_need_stable(binnet_ctx *ctx, double *slope, double *value, size_t n, int32_t update);
int32_t bni_need_update(binnet_ctx *ctx, int32_t update);
/* BINNET_E_RANGE unless next, F(mean), is the mean to 1e-6. */
int32_t bni_need_fixed(binnet_ctx *ctx, const double *next, const double *mean, size_t n);

#endif
