/* Small random ensembles in numbers, as populations and neuron by neuron, for the tests of this folder. */
#ifndef ENSEMBLE_RECIPE_H
#define ENSEMBLE_RECIPE_H

#include "support/support.h"

enum { MOST = 8 };

typedef struct recipe {
    size_t n_pop, n;
    int64_t size[MOST];
    int pop[MOST];
    double p[MOST * MOST], par[MOST * MOST * BINNET_WEIGHT_PARAMETERS], theta[MOST], I[MOST], M[MOST];
    int32_t kind[MOST * MOST], normalise, self, tie;
} recipe;

static inline binnet_ensemble *with_tie(binnet_ctx *ctx, binnet_ensemble *e, int32_t tie)
{
    binnet_ensemble *tied;
    OK(binnet_ensemble_with_tie(ctx, &tied, e, tie));
    binnet_ensemble_free(e);
    return tied;
}

static inline binnet_ensemble *homogeneous(binnet_ctx *ctx, const recipe *r)
{
    binnet_ensemble *e;
    OK(binnet_ensemble_new(ctx, &e, r->n_pop, r->size, r->p, r->kind, r->par, r->theta, r->I, r->normalise,
                           r->normalise == BINNET_NORMALISE_FIXED ? r->M : NULL, r->self));
    return with_tie(ctx, e, r->tie);
}

static inline binnet_ensemble *heterogeneous(binnet_ctx *ctx, const recipe *r)
{
    binnet_ensemble *e;
    double p[MOST * MOST], par[MOST * MOST * BINNET_WEIGHT_PARAMETERS], theta[MOST], I[MOST], M[MOST];
    int32_t kind[MOST * MOST];
    for (size_t i = 0; i < r->n; i++) {
        theta[i] = r->theta[r->pop[i]];
        I[i] = r->I[r->pop[i]];
        M[i] = r->M[r->pop[i]];
        for (size_t j = 0; j < r->n; j++) {
            size_t from = (size_t)r->pop[i] * r->n_pop + (size_t)r->pop[j];
            p[i * r->n + j] = i == j && !r->self ? 0 : r->p[from];
            kind[i * r->n + j] = r->kind[from];
            for (size_t k = 0; k < BINNET_WEIGHT_PARAMETERS; k++)
                par[(i * r->n + j) * BINNET_WEIGHT_PARAMETERS + k] = r->par[from * BINNET_WEIGHT_PARAMETERS + k];
        }
    }
    OK(binnet_ensemble_new_heterogeneous(ctx, &e, r->n, p, kind, par, theta, I, r->normalise,
                                         r->normalise == BINNET_NORMALISE_FIXED ? M : NULL));
    return with_tie(ctx, e, r->tie);
}

static inline void neurons_of(recipe *r)
{
    r->n = 0;
    for (size_t a = 0; a < r->n_pop; a++)
        for (int64_t k = 0; k < r->size[a]; k++)
            r->pop[r->n++] = (int)a;
}

/* Constant weights that are multiples of 1/4, and stimuli that give ties often. */
static inline recipe constant_recipe(uint64_t seed, size_t n_pop, const int64_t *size)
{
    dice d = dice_of(seed);
    recipe r = {.n_pop = n_pop, .self = roll(&d) < 0.5, .tie = (int32_t)roll_to(&d, 3)};
    r.normalise = (int32_t)roll_to(&d, 4);
    for (size_t a = 0; a < n_pop; a++) {
        r.size[a] = size[a];
        r.theta[a] = 0.25 * floor(roll_in(&d, -2, 3));
        r.I[a] = 0.25 * floor(roll_in(&d, -2, 3));
        r.M[a] = roll(&d) < 0.5 ? 1 : 2;
        for (size_t b = 0; b < n_pop; b++) {
            double choice = roll(&d);
            r.p[a * n_pop + b] = choice < 0.15 ? 0 : choice < 0.3 ? 1 : roll(&d);
            r.kind[a * n_pop + b] = BINNET_WEIGHT_CONSTANT;
            r.par[(a * n_pop + b) * BINNET_WEIGHT_PARAMETERS] = 0.25 * floor(roll_in(&d, -4, 5));
        }
    }
    neurons_of(&r);
    return r;
}

/* kinds 0: Gaussian, 1: Gaussian and constant, 2: uniform, 3: exponential (either sign). */
static inline recipe any_recipe(uint64_t seed, size_t n_pop, const int64_t *size, int kinds)
{
    dice d = dice_of(seed);
    recipe r = {.n_pop = n_pop, .self = roll(&d) < 0.5, .normalise = (int32_t)roll_to(&d, 4)};
    for (size_t a = 0; a < n_pop; a++) {
        r.size[a] = size[a];
        r.theta[a] = roll_in(&d, -0.5, 1);
        r.I[a] = roll_in(&d, -0.5, 1.5);
        r.M[a] = roll_in(&d, 0.5, 3);
        for (size_t b = 0; b < n_pop; b++) {
            double *par = r.par + (a * n_pop + b) * BINNET_WEIGHT_PARAMETERS, sign = roll(&d) < 0.5 ? -1 : 1;
            r.p[a * n_pop + b] = roll(&d) < 0.3 ? 1 : roll(&d);
            int32_t kind = kinds == 0   ? BINNET_WEIGHT_GAUSSIAN
                           : kinds == 1 ? BINNET_WEIGHT_CONSTANT + (int32_t)roll_to(&d, 2)
                           : kinds == 2 ? BINNET_WEIGHT_UNIFORM
                                        : BINNET_WEIGHT_EXPONENTIAL;
            r.kind[a * n_pop + b] = kind;
            par[0] = kind == BINNET_WEIGHT_EXPONENTIAL ? sign * 0.5
                     : kind == BINNET_WEIGHT_UNIFORM   ? 0.25 * floor(roll_in(&d, -4, 4)) /* of one width */
                                                       : roll_in(&d, -1, 1);
            par[1] = kind == BINNET_WEIGHT_GAUSSIAN ? roll(&d) : par[0] + 0.75;
        }
    }
    neurons_of(&r);
    return r;
}

/* States of class k, the last population fastest. */
static inline double states_in(const recipe *r, size_t k)
{
    double count = 1;
    for (size_t a = r->n_pop; a-- > 0; k /= (size_t)r->size[a] + 1) {
        size_t n = k % ((size_t)r->size[a] + 1);
        for (size_t j = 0; j < n; j++)
            count *= (double)((size_t)r->size[a] - j) / (double)(j + 1);
    }
    return count;
}

static inline size_t class_of(const recipe *r, unsigned state)
{
    size_t k = 0, i = 0;
    for (size_t a = 0; a < r->n_pop; a++) {
        size_t active = 0;
        for (int64_t j = 0; j < r->size[a]; j++, i++)
            active += state >> i & 1;
        k = k * ((size_t)r->size[a] + 1) + active;
    }
    return k;
}

static inline void near(const char *what, double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fmax(fabs(want), 1e-280), "%s: %.17g, expected %.17g (relative %.2e)",
                  what, got, want, fabs(got - want) / fabs(want));
}

#endif
