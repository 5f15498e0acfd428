/*
 * Potentials of the neurons of populations, from a law of occupation numbers: V_i = (1/M_a) (sum_b J_ab n_b + d_a A_i) + I_a +
 * scale_a B_i, d_a being what the weight of a neuron to itself is more than J_aa. Means and covariances are sums over populations of
 * those of activities.   Source: THEORY 4.
 */
#include "law/potentials.h"

#include "binnet/lumped.h"

#include <math.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };

/* Mean and variance of a neuron's activity, covariances of two different ones (0 where there are none). */
typedef struct activities {
    size_t P;
    double mean[MOST], variance[MOST], pair[MOST][MOST], size[MOST];
} activities;

static int32_t find_activities(binnet_ctx *ctx, activities *s, const binnet_law *law)
{
    const bni_occupation *o = law->occupation;
    double cell[4];
    s->P = o->n_pop;
    for (size_t a = 0; a < s->P; a++) {
        BNI_TRY(bni_occupation_pair(ctx, cell, law, a, a, 1));
        s->size[a] = (double)o->size[a];
        s->mean[a] = cell[3];
        s->variance[a] = cell[0] * cell[3];
        for (size_t b = 0; b <= a; b++) {
            s->pair[a][b] = s->pair[b][a] = 0;
            if (a == b && o->size[a] == 1)
                continue;
            BNI_TRY(bni_occupation_pair(ctx, cell, law, a, b, 0));
            s->pair[a][b] = s->pair[b][a] = cell[3] * cell[0] - cell[2] * cell[1];
        }
    }
    return BINNET_OK;
}

/* Cov(n_b, A_i) of a neuron of a. */
static double number_and_neuron(const activities *s, size_t b, size_t a)
{
    return a != b ? s->size[b] * s->pair[a][b] : s->variance[a] + (s->size[a] - 1) * s->pair[a][a];
}

/* What a neuron of a receives from one of b, and more from itself: weights and normalisations may be out of range where their
 * quotients are not. */
static double weight_of(const binnet_chain *c, size_t a, size_t b)
{
    return c->J[a * c->lumped->space->n_pop + b] / c->M[a];
}

static double own_excess(const binnet_chain *c, size_t a)
{
    return c->lumped->own[a] / c->M[a] - weight_of(c, a, a);
}

/* Without noise, of one neuron of a and one of b: the same one, or two. */
static double population_drive_covariance(const activities *s, const binnet_chain *c, size_t a, size_t b, int same)
{
    size_t P = s->P;
    double da = own_excess(c, a), db = own_excess(c, b);
    total t = {0, 0};
    add_term(&t, da * (same ? s->variance[a] : s->pair[a][b]) * db);
    for (size_t k = 0; k < P; k++) {
        add_term(&t, weight_of(c, a, k) * number_and_neuron(s, k, b) * db);
        add_term(&t, weight_of(c, b, k) * number_and_neuron(s, k, a) * da);
        for (size_t l = 0; l < P; l++)
            add_term(&t, weight_of(c, a, k) * number_and_neuron(s, k, l) * (weight_of(c, b, l) * s->size[l]));
    }
    return total_of(&t);
}

static int32_t population_overflow(binnet_ctx *ctx, const char *what, size_t a)
{
    return bni_fail(ctx, BINNET_E_RANGE, "the %s of the potentials of population %zu overflows", what, a);
}

/* E B and Var B where there is noise: BINNET_E_UNDEFINED and NaN where there is no such moment. */
static int32_t noise_moments(binnet_ctx *ctx, double *centre, double *spread, const binnet_noise *noise)
{
    int any = 0;
    for (size_t a = 0; a < noise->n; a++)
        any |= noise->scale[a] > 0;
    *centre = *spread = 0;
    if (!any)
        return BINNET_OK;
    *spread = NAN;
    BNI_TRY(bni_noise_mean(ctx, centre, noise));
    return bni_noise_absolute(ctx, spread, noise, 1, 0, *centre, 2);
}

int32_t binnet_occupation_potential(binnet_ctx *ctx, double *mean, double *variance, double *cov, size_t n_pop,
                                    const binnet_chain *chain, const binnet_law *previous)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    if (chain->lumped == NULL)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "the chain is one of the states of neurons: see binnet_potential_mean");
    BNI_TRY(bni_need_law_of(ctx, previous, "previous", chain));
    if (n_pop != chain->lumped->space->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "n_pop is %zu, the chain has %zu populations", n_pop,
                        chain->lumped->space->n_pop);
    activities s;
    double centre, spread;
    BNI_TRY(find_activities(ctx, &s, previous));
    int32_t status = noise_moments(ctx, &centre, &spread, chain->noise);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    int alone = 0;
    for (size_t a = 0; a < n_pop; a++) {
        double scale = chain->noise->scale[a];
        total t = {0, 0};
        add_term(&t, own_excess(chain, a) * s.mean[a]);
        for (size_t b = 0; b < n_pop; b++)
            add_term(&t, weight_of(chain, a, b) * s.size[b] * s.mean[b]);
        double m = total_of(&t) + chain->I[a];
        if (mean != NULL && !isfinite(m))
            return population_overflow(ctx, "mean", a);
        if (mean != NULL)
            mean[a] = m + (scale > 0 ? scale * centre : 0);
        double own = variance != NULL ? population_drive_covariance(&s, chain, a, a, 1) : 0,
               noisy = scale > 0 ? scale * scale : 0;
        if (!isfinite(own + noisy * (status == BINNET_OK ? spread : 0)))
            return population_overflow(ctx, "variance", a);
        if (variance != NULL)
            variance[a] = own + (scale > 0 ? noisy * spread : 0);
        for (size_t b = 0; cov != NULL && b < n_pop; b++) {
            int none = a == b && s.size[a] < 2;
            double c = none ? 0 : population_drive_covariance(&s, chain, a, b, 0);
            if (!isfinite(c))
                return population_overflow(ctx, "covariance", a);
            alone |= none;
            cov[a * n_pop + b] = none ? NAN : c;
        }
    }
    if (status == BINNET_E_UNDEFINED)
        return bni_fail(ctx, status, "this noise has no mean or no variance: NaN");
    if (alone)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "a population of one neuron has no two different ones: NaN");
    return BINNET_OK;
}
