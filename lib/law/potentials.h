/*
 * Inside of the law room: moments, logarithms and inverses of the noise, and mixtures of potentials over states.
 */
#ifndef BNI_POTENTIALS_H
#define BNI_POTENTIALS_H

#include "law/information.h"

#include "binnet/potentials.h"

/* --- the noise (potentials_noise.c) --- */

/* E B; BINNET_E_UNDEFINED without a message when there is none (NaN). */
int32_t bni_noise_mean(binnet_ctx *ctx, double *mean, const binnet_noise *noise);
/* E |m + scale (B - centre)|^k, k 1..BINNET_MAX_CHAIN_NEURONS; centre: E B. BINNET_E_UNDEFINED as above. */
int32_t bni_noise_absolute(binnet_ctx *ctx, double *value, const binnet_noise *noise, double scale, double m,
                           double centre, int k);
/* E[B - centre; B >= x], centre: E B. */
int32_t bni_noise_upper_part(binnet_ctx *ctx, double *value, const binnet_noise *noise, double x, double centre);
/* log f(x), -inf where f = 0; NaN when a caller's density is negative or NaN. */
double bni_noise_log_density(const binnet_noise *noise, double x);
/* Whether potentials of neuron i have a density; else BINNET_E_UNDEFINED and why. */
int32_t bni_need_density(binnet_ctx *ctx, const binnet_noise *noise, size_t i, int32_t neuron);
/* The least double at which a rising function has reached its goal, looked for from centre +- width on; NaN when none has. */
double bni_first_reached(int (*reached)(void *arg, double x), void *arg, double centre, double width);

/* --- mixtures (potentials_mixture.c) --- */

/* Potentials of k neurons given the states of the neurons that any of them sees: m_b(s) = low[b][s & mask] + high[b][s >> bits_low].
 * weight[2^bits]: the law of those states. group NULL: every neuron, over all states of the network. */
typedef struct bni_potential_mixture {
    size_t k, bits, bits_low;
    const double *weight;
    double *memory, *low, *high;
    double scale[BINNET_MAX_CHAIN_NEURONS];
    const binnet_noise *noise;
    double *
        whitening; /* correlated noise, for densities: [k][k], lower triangular, so that whitening (V - m) is standard */
    double log_unit; /* log of the determinant of its inverse */
} bni_potential_mixture;

int32_t bni_potential_mixture_new(binnet_ctx *ctx, bni_potential_mixture *mixture, const binnet_chain *chain,
                                  const binnet_law *previous, size_t k, const int32_t *group, const double *shift);
/* Before logs are asked of it: BINNET_E_UNDEFINED when the noise of the group is singular. */
int32_t bni_potential_mixture_whiten(binnet_ctx *ctx, bni_potential_mixture *mixture, const int32_t *group);
double bni_potential_mixture_bytes(const binnet_chain *chain, size_t k, const int32_t *group);
void bni_potential_mixture_free(binnet_ctx *ctx, bni_potential_mixture *mixture);
static inline double bni_potential_mixture_mean(const bni_potential_mixture *w, size_t b, uint64_t s)
{
    uint64_t mask = ((uint64_t)1 << w->bits_low) - 1;
    return w->low[(b << w->bits_low) + (s & mask)] + w->high[(b << (w->bits - w->bits_low)) + (s >> w->bits_low)];
}
/* log(weight[s] prod_b f((V_b - m_b(s))/scale_b)/scale_b), s = from .. from + count - 1; 0 when a caller's density misbehaved. */
int bni_potential_mixture_logs(double *l, const bni_potential_mixture *mixture, const double *V, uint64_t from,
                               size_t count);

/* --- one neuron (potentials_marginal.c) --- */

typedef struct bni_component {
    double mean, weight;
} bni_component;

struct binnet_potential_marginal {
    bni_allocator mem;
    size_t count;
    bni_component *component; /* by rising mean */
    binnet_noise *noise;      /* of this neuron alone */
    int32_t neuron;
};

double bni_potential_marginal_bytes(const binnet_chain *chain, size_t i);
int32_t bni_potential_marginal_make(binnet_ctx *ctx, binnet_potential_marginal **out, const binnet_chain *chain,
                                    const binnet_law *previous, int32_t neuron);

/* A_j - E A_j of a silent and an active neuron, [n][2], both with all their digits. */
int32_t bni_activity_deviations(binnet_ctx *ctx, double *shift, const binnet_law *law);

/* The covariance of the potentials of two neurons is out of range. (potentials_moments.c) */
int32_t bni_potential_overflow(binnet_ctx *ctx, size_t i, size_t j);

#endif
