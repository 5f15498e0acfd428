/*
 * Networks, noise and the law object, as the folders above see them.
 */
#ifndef BNI_MODEL_H
#define BNI_MODEL_H

#include "core/core.h"
#include "num/wide.h"

#include "binnet/chain.h"
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
    struct bni_owned *owned; /* what user is to be destroyed with, shared by the copies of the noise; NULL: nothing */
};

int32_t bni_noise_copy(binnet_ctx *ctx, binnet_noise **out, const binnet_noise *noise);
/* The noise of some neurons; what that of n takes. */
double bni_noise_bytes(const binnet_noise *noise, size_t n);
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

/* States of populations of interchangeable neurons: how many are active in each, in mixed radix, population 0 fastest. */
typedef struct bni_occupation {
    bni_allocator mem;
    size_t n_pop, neurons, states;
    size_t size[BINNET_MAX_CHAIN_NEURONS], stride[BINNET_MAX_CHAIN_NEURONS];
    int32_t *population; /* [neurons], or NULL: one population after the other */
} bni_occupation;

/* population: NULL, or [neurons], copied. BINNET_E_RANGE with more populations, neurons or states than can be had. */
int32_t bni_occupation_new(binnet_ctx *ctx, bni_occupation **out, size_t n_pop, const int64_t *size,
                           const int32_t *population);
int32_t bni_occupation_copy(binnet_ctx *ctx, bni_occupation **out, const bni_occupation *o);
void bni_occupation_free(bni_occupation *o);
double bni_occupation_bytes(const bni_occupation *o);
/* Sizes agree. */
int bni_occupation_same(const bni_occupation *a, const bni_occupation *b);
/* Population of a neuron. */
size_t bni_occupation_of(const bni_occupation *o, size_t neuron);
static inline size_t bni_occupation_count(const bni_occupation *o, size_t state, size_t a)
{
    return state / o->stride[a] % (o->size[a] + 1);
}
/* The state after `state`: count[n_pop] is moved on. */
static inline void bni_occupation_next(const bni_occupation *o, size_t *count)
{
    for (size_t a = 0; a < o->n_pop; a++) {
        if (++count[a] <= o->size[a])
            return;
        count[a] = 0;
    }
}

struct binnet_law {
    bni_allocator mem;
    size_t n;                   /* neurons; 0 for a law of occupation numbers */
    bni_occupation *occupation; /* NULL: the states are those of n neurons */
    double *p; /* [2^n], or one for each occupation state; made with the law from a line of 64 bytes on */
    double residual, residual_relative, balance;
    uint64_t iterations;
    int32_t method;
    double *own;     /* NULL, or p where it was made by itself */
    double spare[8]; /* else p is here and behind it */
};

/* A law of n neurons with room for 2^n probabilities, not set. */
int32_t bni_law_make(binnet_ctx *ctx, binnet_law **out, size_t n);
/* The same of occupation numbers. */
int32_t bni_law_make_lumped(binnet_ctx *ctx, binnet_law **out, const bni_occupation *o);
static inline size_t bni_law_states(const binnet_law *law)
{
    return law->occupation != NULL ? law->occupation->states : (size_t)1 << law->n;
}
static inline size_t bni_law_neurons(const binnet_law *law)
{
    return law->occupation != NULL ? law->occupation->neurons : law->n;
}
/* Activities of the group in a state: bit b is group[b]'s. */
static inline uint64_t bni_group_state(uint64_t state, size_t k, const int32_t *group)
{
    uint64_t m = 0;
    for (size_t b = 0; b < k; b++)
        m |= (state >> group[b] & 1) << b;
    return m;
}
/* The other way round: a state in which only the group is active, as in m. */
static inline uint64_t bni_deposit(uint64_t m, const int32_t *group, size_t k)
{
    uint64_t s = 0;
    for (size_t b = 0; b < k; b++)
        s |= (m >> b & 1) << group[b];
    return s;
}
/* A law that is not NULL and whose states are those of neurons: BINNET_E_UNSUPPORTED otherwise. */
int32_t bni_need_law(binnet_ctx *ctx, const binnet_law *law, const char *name);

#endif
