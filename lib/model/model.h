/*
 * Networks, noise and the law object, as the folders above see them.
 */
#ifndef BNI_MODEL_H
#define BNI_MODEL_H

#include "core/core.h"
#include "num/wide.h"

#include "binnet/law.h"
#include "binnet/net.h"
#include "binnet/noise.h"

enum { BNI_DENSE, BNI_CSR, BNI_HOMOGENEOUS };

struct binnet_net {
    bni_allocator mem;
    int form;
    size_t n, n_pop;
    int32_t tie, self_connections;
    double *J;             /* dense: [n][n]; homogeneous: [n_pop][n_pop]; csr: [entries] */
    int64_t *row_ptr;      /* csr */
    int32_t *col;          /* csr */
    int64_t *first;        /* homogeneous: first neuron of each population, [n_pop + 1] */
    int32_t *pop;          /* [n], or NULL: one population, or homogeneous */
    double *M, *theta, *I; /* [n]; homogeneous: [n_pop] */
};

/* Index of neuron i in M, theta and I. */
size_t bni_net_unit(const binnet_net *net, size_t i);
/* Row of weights into neuron i, double[n]. */
void bni_net_row(const binnet_net *net, size_t i, double *row);
/* Layers of influence (see binnet_net_layers) of a dense matrix; pinned[i] != 0 keeps neuron i in the core. */
void bni_layers(int32_t *layer, size_t n, const double *J, const unsigned char *pinned);

struct binnet_noise {
    bni_allocator mem;
    int32_t kind;
    size_t n;
    double *scale;
    /* Correlated Gaussian noise, scale[i] = sqrt(Sigma_ii); else both are absent. B = own b + loading z, b and z standard normal
     * (r = factors > 0), or any covariance. One that was given as such and has the other form has both. */
    size_t factors;
    double *loading, *own; /* [n][factors], [n] */
    double *cov;           /* [n][n] */
    double dof;
    binnet_real_fn cdf, survival, density;
    void *user;
};

int32_t bni_noise_copy(binnet_ctx *ctx, binnet_noise **out, const binnet_noise *noise);
/* The noise of some neurons. */
int32_t bni_noise_pick(binnet_ctx *ctx, binnet_noise **out, const binnet_noise *noise, size_t k, const int32_t *neuron);
static inline int bni_noise_correlated(const binnet_noise *noise)
{
    return noise->factors > 0 || noise->cov != NULL;
}
double bni_noise_covariance(const binnet_noise *noise, size_t i, size_t j);
/* Whether the covariance of some neurons has an inverse, to rounding; 0 when one of them has no noise (noise_correlated.c). */
int32_t bni_noise_regular(binnet_ctx *ctx, int *regular, const binnet_noise *noise, size_t k, const int32_t *neuron);
/* BINNET_E_UNDEFINED for correlated noise: `what` is for independent noise. */
int32_t bni_noise_need_independent(binnet_ctx *ctx, const binnet_noise *noise, const char *what);
/* A noise of that kind and these scales, checked. */
int32_t bni_noise_make(binnet_ctx *ctx, binnet_noise **out, int32_t kind, size_t n, const double *scale);
/* Independent noise when nothing is correlated in it. */
void bni_noise_simplify(binnet_noise *noise);
/* F(x) and 1 - F(x) of the standard law. */
void bni_noise_tails(const binnet_noise *noise, double x, double *cdf, double *survival);
/* The same beyond the range of double; a custom law only as far as its functions reach. */
void bni_noise_tails_wide(const binnet_noise *noise, double x, bni_wide *cdf, bni_wide *survival);
/* Its density; a custom law must have one. */
double bni_noise_density(const binnet_noise *noise, double x);

struct binnet_law {
    bni_allocator mem;
    size_t n;
    double *p; /* [2^n] */
    double residual, residual_relative, balance;
    uint64_t iterations;
    int32_t method;
};

/* A law of n neurons with room for 2^n probabilities, not set. */
int32_t bni_law_make(binnet_ctx *ctx, binnet_law **out, size_t n);

#endif
