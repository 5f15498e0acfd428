/*
 * One small call of nearly every function that allocates, for the tests that go through them all: a scene of objects made
 * beforehand through another ctx, and calls[], each with a ctx of its own. Calls that make an object free it; the others write
 * into the arrays of the scene.
 */
#ifndef TEST_API_CALLS_H
#define TEST_API_CALLS_H

#include "support/support.h"
#include "support/meter.h"

#include <string.h>

enum { N = 6, S = 1 << N, VARIABLES = 40, LUMPED = 16 };

typedef struct scene {
    meter m;
    binnet_ctx *ctx; /* the limited one */
    binnet_net *dense, *sparse, *alike;
    binnet_noise *noise, *wide; /* of N and of VARIABLES neurons */
    binnet_noise *correlated, *shared;
    binnet_chain *with_common;
    binnet_chain *chain[3];
    binnet_law *law;
    binnet_spectrum *spectrum;
    binnet_set *set, *rest;
    binnet_schedule *schedule;
    binnet_noise *even; /* of N neurons, equal */
    binnet_noise *logistic;
    binnet_net *mutual; /* symmetric weights */
    binnet_chain *lumped[2];
    binnet_law *occupation;
    binnet_attractors *attractors, *others;
    binnet_diagram *diagram;
    binnet_regions *regions;
    binnet_fixed_points *points;
    binnet_ensemble *ensemble, *gaussian;
    binnet_current *current;
    binnet_bifurcation_law *bifurcation;
    binnet_order *order;
    binnet_wiring *wiring;
    binnet_mean_field *field, *alike_field, *unit;
    binnet_sim *sim;
    binnet_run *run;
    binnet_noise *two;
    double field_mean[N], alike_mean[N];
    double cell[3 * VARIABLES], v[VARIABLES * VARIABLES], w[VARIABLES * VARIABLES], out[S * S];
    uint64_t u[S];
    int32_t i[S];
    int64_t l[S];
    uint32_t map[S];
} scene;

static double custom_cdf(void *user, double x)
{
    (void)user;
    return 0.5 * erfc(-x);
}

static void keep_alive(void *user)
{
    (void)user;
}

static const int64_t one[2] = {1, 1}, two[2] = {1, 2}, size[2] = {3, 3};
static const int32_t grouped[N] = {0, 1, 0, 1, 0, 1}, order_of[N] = {5, 4, 3, 2, 1, 0};
static const double half[4] = {0.5, 0.5, 0.5, 0.5}, at[2] = {0.1, 0.2};
static const double low[N] = {0}, high[N] = {1, 1, 1, 1, 1, 1};
static const double some_means[N] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
static const double ones[N] = {1, 1, 1, 1, 1, 1};
static const double covariance[N * N] = {1,   0.3, 0.1, 0.2, 0,   0.1, 0.3, 1,   0.2, 0.1, 0.4, 0,
                                         0.1, 0.2, 1,   0.3, 0.1, 0.2, 0.2, 0.1, 0.3, 1,   0,   0.1,
                                         0,   0.4, 0.1, 0,   1,   0.3, 0.1, 0,   0.2, 0.1, 0.3, 1};
static const double half6[N] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
static const size_t ranks[2] = {3, 30};
static const int32_t order_signs[N] = {1, -1, 0, 2, 1, -1};
static const uint8_t against_mask[N * N] = {1, 1, 0, 1};
static int32_t halves[S], some_sets[S]; /* of states */
static const uint64_t some_states[4] = {0, 5, 9, 63};
static const uint8_t patterns[2 * N] = {1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1}, against[2 * N] = {0};

/* One unit with a fold. */
static int32_t make_unit(binnet_ctx *ctx, binnet_mean_field **out)
{
    const double J = 8, theta = 4, one_input = 1;
    binnet_noise *noise;
    OK(binnet_noise_new_logistic(ctx, &noise, 1, ones));
    int32_t code = binnet_mean_field_new_degrees(ctx, out, 1, NULL, &one_input, &J, &theta, NULL, noise,
                                                 BINNET_INPUT_MEAN);
    binnet_noise_free(noise);
    return code;
}

static void make_scene(scene *s)
{
    binnet_ctx *ctx = new_ctx(1);
    uint64_t seed = 5;
    double par[4 * BINNET_WEIGHT_PARAMETERS] = {0};
    const int32_t uniform[4] = {BINNET_WEIGHT_UNIFORM, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_UNIFORM,
                                BINNET_WEIGHT_CONSTANT},
                  normal[4] = {BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_GAUSSIAN,
                               BINNET_WEIGHT_GAUSSIAN};
    memset(s, 0, sizeof *s);
    meter_reset(&s->m);
    OK(meter_ctx(&s->m, &s->ctx));
    for (size_t k = 0; k < VARIABLES * VARIABLES; k++) {
        s->v[k] = 0.5 + 0.5 * draw(&seed);
        s->w[k] = 1 - s->v[k];
    }
    for (size_t k = 0; k < 3 * VARIABLES; k++)
        s->cell[k] = k % 3 == 0 ? 0.5 : 0.25;
    for (int k = 0; k < 4; k++) {
        par[3 * k] = 0.25;
        par[3 * k + 1] = 0.75;
    }
    OK(make_net(ctx, &s->dense, NET_DENSE, N, 1));
    OK(make_net(ctx, &s->sparse, NET_CSR, N, 2));
    OK(make_net(ctx, &s->alike, NET_HOMOGENEOUS, N, 3));
    OK(make_noise(ctx, &s->noise, NOISE_LOGISTIC, N));
    OK(binnet_noise_new_laplace(ctx, &s->wide, VARIABLES, s->v));
    OK(binnet_noise_new_gaussian_cov(ctx, &s->correlated, N, covariance));
    OK(binnet_noise_new_gaussian_factors(ctx, &s->shared, N, 1, s->v, s->v));
    OK(make_chain(ctx, &s->with_common, CHAIN_BLOCKS, s->dense, s->correlated));
    for (int k = 0; k < 3; k++)
        OK(make_chain(ctx, &s->chain[k], k, s->dense, s->noise));
    OK(binnet_chain_stationary(ctx, &s->law, s->chain[0]));
    OK(binnet_spectrum_new(ctx, &s->spectrum, s->chain[0], 4));
    for (size_t a = 0; a < S; a++) {
        halves[a] = a >= S / 2;
        some_sets[a] = a < 3 ? 0 : a > 60 ? 1 : -1;
    }
    OK(binnet_set_new_states(ctx, &s->set, N, some_states, 4));
    OK(binnet_set_new_complement(ctx, &s->rest, s->set));
    OK(binnet_schedule_new(ctx, &s->schedule, 2, some_states, (const binnet_chain *const *)s->chain));
    OK(binnet_noise_new_gaussian(ctx, &s->even, N, ones));
    OK(binnet_noise_new_logistic(ctx, &s->logistic, N, ones));
    for (size_t k = 0; k < N * N; k++)
        s->out[k] = k / N == k % N ? 0 : 0.1;
    OK(binnet_net_new(ctx, &s->mutual, N, s->out, NULL, NULL, NULL));
    OK(binnet_chain_new_lumped(ctx, &s->lumped[0], s->alike, s->even, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_new_lumped(ctx, &s->lumped[1], s->alike, s->even, BINNET_UPDATE_ASYNCHRONOUS));
    OK(binnet_chain_stationary(ctx, &s->occupation, s->lumped[0]));
    OK(binnet_attractors_new(ctx, &s->attractors, s->dense));
    OK(binnet_attractors_new(ctx, &s->others, s->dense));
    OK(binnet_diagram_new_grouped(ctx, &s->diagram, s->dense, 2, grouped));
    OK(binnet_regions_new(ctx, &s->regions, s->diagram, 2, grouped, NULL, NULL, NULL, 0));
    const double wide[N] = {9, 9, 9, 9, 9, 9}, far[N] = {-9, -9, -9, -9, -9, -9};
    OK(binnet_fixed_points_new_box(ctx, &s->points, s->sparse, far, wide, N, 100));
    ck_assert_uint_gt(binnet_fixed_points_listed(s->points), 0);
    OK(binnet_ensemble_new(ctx, &s->ensemble, 2, size, half, uniform, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 0));
    const double sure[4] = {1, 1, 1, 1};
    OK(binnet_ensemble_new(ctx, &s->gaussian, 2, size, sure, normal, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 0));
    OK(binnet_current_new(ctx, &s->current, s->ensemble, 0, one, two));
    OK(binnet_bifurcation_law_new(ctx, &s->bifurcation, s->ensemble, two, 2, NULL));
    const binnet_noise *part[1] = {s->wide};
    OK(binnet_order_new(ctx, &s->order, 1, part, s->w));
    OK(binnet_wiring_new(ctx, &s->wiring, N, NULL, 0, NULL, NULL, NULL, s->v, BINNET_FREE_THRESHOLD));
    OK(binnet_mean_field_new(ctx, &s->field, s->dense, s->even, BINNET_INPUT_GAUSSIAN));
    OK(binnet_mean_field_new_populations(ctx, &s->alike_field, s->alike, s->even, BINNET_INPUT_GAUSSIAN));
    OK(make_unit(ctx, &s->unit));
    OK(binnet_sim_new(ctx, &s->sim, s->dense, s->noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_sim_run(ctx, &s->run, s->sim, 2, NULL, 1, some_states, 1, 0, 640, 2));
    OK(binnet_noise_new_gaussian(ctx, &s->two, 2, ones));
    OK(binnet_mean_field_solve(ctx, s->field_mean, NULL, N, s->field, NULL));
    OK(binnet_mean_field_solve(ctx, s->alike_mean, NULL, binnet_mean_field_units(s->alike_field), s->alike_field,
                               NULL));
    binnet_ctx_free(ctx);
}

static void strike_scene(scene *s)
{
    binnet_net_free(s->dense);
    binnet_net_free(s->sparse);
    binnet_net_free(s->alike);
    binnet_noise_free(s->noise);
    binnet_noise_free(s->wide);
    binnet_noise_free(s->correlated);
    binnet_noise_free(s->shared);
    binnet_chain_free(s->with_common);
    for (int k = 0; k < 3; k++)
        binnet_chain_free(s->chain[k]);
    binnet_law_free(s->law);
    binnet_spectrum_free(s->spectrum);
    binnet_set_free(s->set);
    binnet_set_free(s->rest);
    binnet_schedule_free(s->schedule);
    binnet_noise_free(s->even);
    binnet_noise_free(s->logistic);
    binnet_net_free(s->mutual);
    binnet_chain_free(s->lumped[0]);
    binnet_chain_free(s->lumped[1]);
    binnet_law_free(s->occupation);
    binnet_attractors_free(s->attractors);
    binnet_attractors_free(s->others);
    binnet_diagram_free(s->diagram);
    binnet_regions_free(s->regions);
    binnet_fixed_points_free(s->points);
    binnet_ensemble_free(s->ensemble);
    binnet_ensemble_free(s->gaussian);
    binnet_current_free(s->current);
    binnet_bifurcation_law_free(s->bifurcation);
    binnet_order_free(s->order);
    binnet_wiring_free(s->wiring);
    binnet_mean_field_free(s->field);
    binnet_mean_field_free(s->alike_field);
    binnet_mean_field_free(s->unit);
    binnet_sim_free(s->sim);
    binnet_run_free(s->run);
    binnet_noise_free(s->two);
    binnet_ctx_free(s->ctx);
    ck_assert_uint_eq(s->m.live, 0);
    ck_assert_int_eq(s->m.broken, 0);
    free(s);
}

/* Calls that make an object, which is freed; calls that fill arrays. c: the ctx. */
#define MAKES(name, type, call)                                                                                        \
    static int32_t run_##name(scene *s, binnet_ctx *c)                                                                 \
    {                                                                                                                  \
        binnet_##type *made = (binnet_##type *)(void *)s;                                                              \
        int32_t code = call;                                                                                           \
        ck_assert((code == BINNET_OK) == (made != NULL));                                                              \
        binnet_##type##_free(made);                                                                                    \
        return code;                                                                                                   \
    }
#define FILLS(name, call)                                                                                              \
    static int32_t run_##name(scene *s, binnet_ctx *c)                                                                 \
    {                                                                                                                  \
        return call;                                                                                                   \
    }
#define CALLS                                                                                                          \
    M(net_dense, net, make_net(c, &made, NET_DENSE, N, 1))                                                             \
    M(net_csr, net, make_net(c, &made, NET_CSR, N, 1))                                                                 \
    M(net_homogeneous, net, make_net(c, &made, NET_HOMOGENEOUS, N, 1))                                                 \
    M(net_populations, net, binnet_net_with_populations(c, &made, s->dense, 2, grouped))                               \
    M(net_populations_sparse, net, binnet_net_with_populations(c, &made, s->sparse, 2, grouped))                       \
    M(net_populations_alike, net, binnet_net_with_populations(c, &made, s->alike, 2, grouped))                         \
    M(net_tie, net, binnet_net_with_tie(c, &made, s->sparse, BINNET_TIE_KEEP))                                         \
    M(net_tie_alike, net, binnet_net_with_tie(c, &made, s->alike, BINNET_TIE_KEEP))                                    \
    M(net_stimuli, net, binnet_net_with_stimuli(c, &made, s->dense, s->v))                                             \
    M(net_stimuli_alike, net, binnet_net_with_stimuli(c, &made, s->alike, s->v))                                       \
    F(net_drive, binnet_net_drive(c, s->out, N, s->sparse, 5))                                                         \
    F(net_layers, binnet_net_layers(c, s->i, N, s->dense))                                                             \
    F(net_layers_alike, binnet_net_layers(c, s->i, N, s->alike))                                                       \
    F(successor, binnet_net_successor(c, s->u, s->dense, 3))                                                           \
    F(successors, binnet_net_successors(c, s->u, 4, s->dense, some_states))                                            \
    F(successor_map, binnet_net_successor_map(c, s->map, S, s->dense))                                                 \
    F(ties, binnet_net_ties(c, s->u, NULL, NULL, NULL, 0, s->dense))                                                   \
    M(noise, noise, binnet_noise_new_gaussian(c, &made, N, s->v))                                                      \
    M(noise_by_kind, noise, binnet_noise_new(c, &made, BINNET_NOISE_STUDENT_T, N, ones, 3))                            \
    M(noise_owned, noise, binnet_noise_new_custom_owned(c, &made, N, ones, custom_cdf, NULL, NULL, s, keep_alive))     \
    M(noise_custom, noise, binnet_noise_new_custom(c, &made, N, s->v, custom_cdf, NULL, NULL, NULL))                   \
    M(noise_cov, noise, binnet_noise_new_gaussian_cov(c, &made, N, covariance))                                        \
    M(noise_factors, noise, binnet_noise_new_gaussian_factors(c, &made, N, 2, s->v, s->v))                             \
    F(noise_correlation, binnet_noise_correlation(c, s->out, s->correlated, 0, 1))                                     \
    M(chain_factors, chain, make_chain(c, &made, CHAIN_BLOCKS, s->dense, s->shared))                                   \
    M(chain_cov, chain, make_chain(c, &made, CHAIN_BLOCKS, s->dense, s->correlated))                                   \
    F(row_error, binnet_chain_row_error(c, s->out, NULL, s->with_common))                                              \
    F(apply_correlated, binnet_chain_apply(c, s->out, S, s->with_common, binnet_law_data(s->law)))                     \
    M(stationary_correlated, law, binnet_chain_stationary(c, &made, s->with_common))                                   \
    F(density_correlated, binnet_potential_density(c, s->out, NULL, 1, s->with_common, s->law, 2, order_of, s->v))     \
    F(sample_correlated, binnet_potential_sample(c, s->out, 2, s->with_common, s->law, 0))                             \
    F(rate_correlated, binnet_chain_entropy_rate(c, s->out, s->with_common, s->law))                                   \
    M(chain_synchronous, chain, make_chain(c, &made, CHAIN_SYNCHRONOUS, s->dense, s->noise))                           \
    M(chain_select, chain, make_chain(c, &made, CHAIN_SELECT, s->alike, s->noise))                                     \
    M(chain_order, chain, binnet_chain_new_sweep(c, &made, s->sparse, s->noise, order_of))                             \
    M(chain_blocks, chain, make_chain(c, &made, CHAIN_BLOCKS, s->dense, s->noise))                                     \
    F(apply, binnet_chain_apply(c, s->out, S, s->chain[0], binnet_law_data(s->law)))                                   \
    F(apply_asynchronous, binnet_chain_apply(c, s->out, S, s->chain[1], binnet_law_data(s->law)))                      \
    F(apply_sweep, binnet_chain_apply(c, s->out, S, s->chain[2], binnet_law_data(s->law)))                             \
    F(transition, binnet_chain_transition(c, s->out, s->chain[0], 1, 2))                                               \
    F(row, binnet_chain_row(c, s->out, S, s->chain[2], 3))                                                             \
    F(classes, binnet_chain_classes(c, s->u, s->i, S, s->chain[2]))                                                    \
    M(stationary, law, binnet_chain_stationary(c, &made, s->chain[0]))                                                 \
    M(stationary_asynchronous, law, binnet_chain_stationary(c, &made, s->chain[1]))                                    \
    M(stationary_from, law, binnet_chain_stationary_from(c, &made, s->chain[0], s->law))                               \
    M(stationary_in_class, law, binnet_chain_stationary_in_class(c, &made, s->chain[2], 0))                            \
    M(evolve, law, binnet_chain_evolve(c, &made, s->chain[0], s->law, 3))                                              \
    M(evolve_none, law, binnet_chain_evolve(c, &made, s->chain[1], s->law, 0))                                         \
    F(chain_estimate, binnet_chain_stationary_estimate(c, NULL, NULL, NULL, s->chain[0]))                              \
    M(set, set, binnet_set_new_states(c, &made, N, some_states, 4))                                                    \
    M(set_pattern, set, binnet_set_new_pattern(c, &made, N, 7, 5))                                                     \
    M(set_union, set, binnet_set_new_union(c, &made, s->set, s->rest))                                                 \
    M(set_complement, set, binnet_set_new_complement(c, &made, s->set))                                                \
    F(passage_times, binnet_passage_times(c, s->out, s->out + S, S, s->w, s->chain[0], s->set))                        \
    F(passage_times_asynchronous, binnet_passage_times(c, s->out, NULL, S, s->w, s->chain[1], s->set))                 \
    F(passage_times_from, binnet_passage_times_from(c, s->out, s->out + 1, NULL, s->chain[2], s->law, s->set))         \
    F(passage_times_continuous,                                                                                        \
      binnet_passage_times_continuous(c, s->out, s->out + S, S, NULL, s->chain[1], 6, s->set))                         \
    F(passage_probabilities,                                                                                           \
      binnet_passage_probabilities(c, s->out, S, NULL, s->chain[0], 1, (const binnet_set *const *)&s->set))            \
    F(passage_occupation, binnet_passage_occupation(c, s->out, S, NULL, s->chain[0], s->law, s->set))                  \
    M(quasi_stationary, law, binnet_passage_quasi_stationary(c, &made, s->out, NULL, s->chain[0], s->rest))            \
    F(passage_path, binnet_passage_path(c, s->out, NULL, s->chain[1], 4, some_states))                                 \
    F(passage_estimate, binnet_passage_estimate(c, s->u, NULL, NULL, s->chain[0], s->set))                             \
    M(schedule, schedule, binnet_schedule_new(c, &made, 2, some_states, (const binnet_chain *const *)s->chain))        \
    M(schedule_stimuli, schedule, binnet_schedule_new_stimuli(c, &made, s->chain[0], 2, some_states, s->v))            \
    M(schedule_evolve, law, binnet_schedule_evolve(c, &made, s->schedule, s->law, 3, 8))                               \
    F(schedule_laws, binnet_schedule_laws(c, s->out, 2 * S, NULL, s->schedule, s->law, 2, some_states))                \
    F(schedule_means, binnet_schedule_means(c, s->out, 2 * N, NULL, s->schedule, s->law, 2, some_states))              \
    M(continuous, chain, binnet_chain_new_continuous(c, &made, s->out, s->dense, s->noise, high))                      \
    M(continuous_evolve, law, binnet_continuous_evolve(c, &made, NULL, s->chain[1], 6, s->law, 2.5))                   \
    M(law, law, binnet_law_new(c, &made, N, binnet_law_data(s->law), S))                                               \
    F(law_mean, binnet_law_mean(c, s->out, N, s->law))                                                                 \
    F(law_covariance, binnet_law_covariance(c, s->out, N, s->law))                                                     \
    F(law_correlation, binnet_law_correlation(c, s->out, N, s->law))                                                   \
    F(law_marginal, binnet_law_marginal(c, s->out, 8, s->law, 3, order_of))                                            \
    F(law_top, binnet_law_top(c, s->u, s->out, 5, s->law))                                                             \
    F(law_entropy, binnet_law_entropy(c, s->out, s->law))                                                              \
    F(central_moment, binnet_law_central_moment(c, s->out, s->law, 6, order_of))                                       \
    F(groupwise, binnet_law_groupwise(c, s->out, s->law, 6, order_of))                                                 \
    F(cumulant, binnet_law_cumulant(c, s->out, s->law, 6, order_of))                                                   \
    F(moments, binnet_law_moments(c, s->out, S, s->law))                                                               \
    F(central_moments, binnet_law_central_moments(c, s->out, S, s->law))                                               \
    F(triples, binnet_law_triples(c, NULL, N, s->out, 20, s->law))                                                     \
    F(populations, binnet_law_populations(c, s->out, NULL, NULL, s->out + 2, NULL, 2, grouped, N, s->law))             \
    F(lagged, binnet_chain_lagged_covariance(c, s->out, N, s->chain[0], s->law, 2))                                    \
    F(lagged_sweep, binnet_chain_lagged_covariance(c, s->out, N, s->chain[2], s->law, 2))                              \
    F(window, binnet_chain_window(c, s->out, NULL, NULL, N, s->chain[1], s->law, 3))                                   \
    F(response, binnet_response_mean(c, s->out, NULL, NULL, NULL, N, s->chain[0], s->law))                             \
    F(response_functional, binnet_response_functional(c, s->out, NULL, NULL, NULL, N, s->chain[0], s->law, s->v, S))   \
    F(autocorrelation, binnet_chain_autocorrelation_time(c, s->out, NULL, NULL, N, s->chain[0], s->law))               \
    M(spectrum, spectrum, binnet_spectrum_new(c, &made, s->chain[0], 5))                                               \
    M(spectrum_nine, spectrum, binnet_spectrum_new(c, &made, s->chain[1], 9))                                          \
    F(spectrum_estimate, binnet_spectrum_estimate(c, NULL, s->u, s->out, s->chain[2], 5))                              \
    F(spectrum_gap, binnet_spectrum_gap(c, s->out, s->out + 1, s->spectrum, s->chain[0], 0))                           \
    F(spectrum_right, binnet_spectrum_right(c, s->out, s->out + S, S, s->spectrum, 1))                                 \
    F(spectrum_left, binnet_spectrum_left(c, s->out, s->out + S, S, s->spectrum, 1))                                   \
    F(spectrum_sets, binnet_spectrum_sets(c, s->i, S, s->u, 1, s->spectrum))                                           \
    F(coarse, binnet_chain_coarse(c, s->out, s->out + 4, s->out + 6, s->out + 7, s->out + 9, 2, s->chain[0], s->law,   \
                                  halves, S))                                                                          \
    F(committor, binnet_chain_committor(c, s->out, s->out + S, S, s->chain[2], some_sets, 0, 1))                       \
    F(interchangeable, binnet_net_interchangeable(c, &(size_t){0}, s->i, N, s->dense, s->noise))                       \
    M(lumped, chain, binnet_chain_new_lumped(c, &made, s->alike, s->even, BINNET_UPDATE_SYNCHRONOUS))                  \
    M(lumped_select, chain, binnet_chain_new_lumped_asynchronous(c, &made, s->alike, s->even, half))                   \
    M(lumped_blocks, chain, binnet_chain_new_lumped_blocks(c, &made, s->alike, s->even, 2, order_of + 4))              \
    F(lumped_apply, binnet_chain_apply(c, s->out, LUMPED, s->lumped[0], binnet_law_data(s->occupation)))               \
    F(lumped_apply_asynchronous, binnet_chain_apply(c, s->out, LUMPED, s->lumped[1], binnet_law_data(s->occupation)))  \
    F(lumped_row, binnet_chain_row(c, s->out, LUMPED, s->lumped[0], 3))                                                \
    F(lumped_row_asynchronous, binnet_chain_row(c, s->out, LUMPED, s->lumped[1], 3))                                   \
    F(lumped_transition, binnet_chain_transition(c, s->out, s->lumped[0], 3, 4))                                       \
    F(lumped_classes, binnet_chain_classes(c, s->u, s->i, LUMPED, s->lumped[1]))                                       \
    M(lumped_evolve, law, binnet_chain_evolve(c, &made, s->lumped[0], s->occupation, 2))                               \
    M(lumped_stationary, law, binnet_chain_stationary(c, &made, s->lumped[0]))                                         \
    M(lumped_stationary_asynchronous, law, binnet_chain_stationary(c, &made, s->lumped[1]))                            \
    M(law_lumped, law, binnet_law_new_lumped(c, &made, 2, size, binnet_law_data(s->occupation), LUMPED))               \
    M(occupation_expand, law, binnet_occupation_expand(c, &made, s->occupation))                                       \
    F(occupation_mean, binnet_occupation_mean(c, s->out, 2, s->occupation))                                            \
    F(occupation_covariance, binnet_occupation_covariance(c, s->out, 2, s->occupation))                                \
    F(occupation_activity, binnet_occupation_activity(c, s->out, 4, s->occupation, 1))                                 \
    F(occupation_entropy, binnet_occupation_entropy(c, s->out, s->occupation))                                         \
    F(occupation_lagged,                                                                                               \
      binnet_occupation_lagged_covariance(c, s->out, 2, s->lumped[0], s->occupation, 2))                               \
    F(occupation_rate, binnet_occupation_entropy_rate(c, s->out, s->lumped[1], s->occupation))                         \
    F(occupation_production, binnet_occupation_entropy_production(c, s->out, s->lumped[0], s->occupation))             \
    F(occupation_production_asynchronous,                                                                              \
      binnet_occupation_entropy_production(c, s->out, s->lumped[1], s->occupation))                                    \
    F(occupation_shared, binnet_occupation_mutual_information(c, s->out, 2, s->lumped[0], s->occupation, 1))           \
    F(occupation_shared_later, binnet_occupation_mutual_information(c, s->out, 2, s->lumped[1], s->occupation, 3))     \
    F(occupation_transfer, binnet_occupation_transfer_entropy(c, s->out, 2, s->lumped[0], s->occupation))              \
    F(occupation_potential, binnet_occupation_potential(c, s->out, NULL, s->out + 2, 2, s->lumped[0], s->occupation))  \
    F(lumped_mean, binnet_law_mean(c, s->out, N, s->occupation))                                                       \
    F(lumped_covariance, binnet_law_covariance(c, s->out, N, s->occupation))                                           \
    F(lumped_groupwise, binnet_law_groupwise(c, s->out, s->occupation, 3, order_of))                                   \
    F(lumped_cumulant, binnet_law_cumulant(c, s->out, s->occupation, 3, order_of))                                     \
    F(lumped_marginal, binnet_law_marginal(c, s->out, 8, s->occupation, 3, order_of))                                  \
    F(lumped_entropy, binnet_law_entropy(c, s->out, s->occupation))                                                    \
    M(attractors, attractors, binnet_attractors_new(c, &made, s->dense))                                               \
    M(attractors_asynchronous, attractors, binnet_attractors_new_asynchronous(c, &made, s->dense))                     \
    F(attractors_estimate, binnet_attractors_estimate(c, s->u, s->u, s->out, s->dense))                                \
    F(attractors_reached, binnet_attractors_reached(c, s->u, s->u, s->u, s->attractors, 5))                            \
    F(attractors_margins, binnet_attractors_margins(c, s->out, s->out, 1, s->attractors, 0))                           \
    F(attractors_neuron_margins, binnet_attractors_neuron_margins(c, s->out, s->out, N, s->attractors, 0))             \
    F(attractors_match,                                                                                                \
      binnet_attractors_match(c, s->u, NULL, binnet_attractors_count(s->attractors), s->attractors, s->others))        \
    M(diagram, diagram, binnet_diagram_new(c, &made, s->dense))                                                        \
    M(diagram_grouped, diagram, binnet_diagram_new_grouped(c, &made, s->sparse, 2, grouped))                           \
    M(diagram_alike, diagram, binnet_diagram_new(c, &made, s->alike))                                                  \
    F(diagram_query, binnet_diagram_query(c, s->diagram, at, s->u, NULL, NULL, NULL, 0))                               \
    F(diagram_estimate, binnet_diagram_estimate(c, s->u, s->u, s->out, s->dense))                                      \
    M(regions, regions, binnet_regions_new(c, &made, s->diagram, 2, grouped, NULL, NULL, NULL, 0))                     \
    M(regions_attractors, regions, binnet_regions_new(c, &made, s->diagram, 2, grouped, NULL, NULL, NULL, 1))          \
    M(regions_line, regions, binnet_regions_new(c, &made, s->diagram, 1, grouped, at, NULL, NULL, 0))                  \
    F(regions_estimate, binnet_regions_estimate(c, s->u, s->u, NULL, s->diagram, 2, grouped, NULL, NULL, NULL))        \
    F(regions_list, binnet_regions_attractors(c, s->u, NULL, NULL, NULL, 0, s->regions, 0))                            \
    M(bifurcations, bifurcation_list, binnet_bifurcation_list_new(c, &made, s->diagram, 0, at))                        \
    M(fixed_points, fixed_points, binnet_fixed_points_new(c, &made, s->sparse, 10))                                    \
    M(fixed_points_box, fixed_points, binnet_fixed_points_new_box(c, &made, s->dense, low, high, N, 10))               \
    M(fixed_points_populations, fixed_points,                                                                          \
      binnet_fixed_points_new_population_box(c, &made, s->alike, at, at, 2, 9))                                        \
    F(fixed_points_estimate, binnet_fixed_points_estimate(c, NULL, s->u, NULL, s->dense, 0, 10))                       \
    F(fixed_points_where, binnet_fixed_points_box(c, s->out, s->out + N, N, s->points, 0))                             \
    M(ensemble, ensemble, binnet_ensemble_new(c, &made, 2, size, half, NULL_KINDS, s->v, NULL, NULL, 0, NULL, 0))      \
    M(ensemble_heterogeneous, ensemble,                                                                                \
      binnet_ensemble_new_heterogeneous(c, &made, 4, half16, NULL_KINDS, s->v, NULL, NULL, 0, NULL))                   \
    M(ensemble_weight, ensemble,                                                                                       \
      binnet_ensemble_with_weight(c, &made, s->ensemble, 0, 0, custom_cdf, NULL, NULL, NULL))                          \
    M(ensemble_correlation, ensemble, binnet_ensemble_with_correlation(c, &made, s->gaussian, half, 0))                \
    M(ensemble_stimuli, ensemble, binnet_ensemble_with_stimuli(c, &made, s->ensemble, at))                             \
    M(ensemble_tie, ensemble, binnet_ensemble_with_tie(c, &made, s->ensemble, BINNET_TIE_KEEP))                        \
    M(current, current, binnet_current_new(c, &made, s->ensemble, 0, one, two))                                        \
    F(current_eval, binnet_current_eval(c, s->out, NULL, NULL, NULL, NULL, NULL, 2, s->current, at))                   \
    F(current_moments, binnet_current_moments(c, s->out, s->out + 1, s->current))                                      \
    F(current_atoms, binnet_current_atoms(c, &(size_t){0}, NULL, NULL, 0, s->current))                                 \
    F(current_table, binnet_current_table(c, s->out, NULL, 12, NULL, s->ensemble, 0, 0.25, 0))                         \
    M(sample, net, binnet_ensemble_sample(c, &made, s->ensemble, 3))                                                   \
    F(state_probability, binnet_ensemble_state_probability(c, s->out, s->ensemble, two))                               \
    F(fixed_mean, binnet_ensemble_fixed_mean(c, s->out, s->ensemble))                                                  \
    F(fixed_classes, binnet_ensemble_fixed_classes(c, s->out, 16, s->ensemble))                                        \
    F(fixed_top, binnet_ensemble_fixed_top(c, s->l, s->out, s->out + 9, &(size_t){4}, s->ensemble, BINNET_BY_STATE))   \
    F(ensemble_diagram, binnet_ensemble_diagram(c, s->out, 4, s->ensemble, grouped, at, 2, at, 2))                     \
    F(cycles_mean, binnet_ensemble_cycles_mean(c, s->out, NULL, s->ensemble, 2))                                       \
    F(fixed_variance, binnet_ensemble_fixed_variance(c, s->out, s->out + 1, NULL, s->ensemble))                        \
    F(fixed_correlated, binnet_ensemble_fixed_mean_correlated(c, s->out, NULL, s->gaussian, half))                     \
    M(bifurcation, bifurcation_law, binnet_bifurcation_law_new(c, &made, s->ensemble, two, 2, NULL))                   \
    F(bifurcation_cdf, binnet_bifurcation_law_cdf(c, s->out, NULL, 2, s->bifurcation, 0, BINNET_LAMBDA, at))           \
    F(bifurcation_quantile, binnet_bifurcation_law_quantile(c, s->out, 1, s->bifurcation, 0, BINNET_XI, half))         \
    F(bifurcation_moments, binnet_bifurcation_law_moments(c, s->out, s->out + 1, s->bifurcation, 0, BINNET_XI))        \
    F(bifurcation_occurrence, binnet_bifurcation_law_occurrence(c, s->out, NULL, s->bifurcation))                      \
    F(bifurcation_limit,                                                                                               \
      binnet_bifurcation_law_limit(c, s->i, s->out, s->out + 1, NULL, NULL, s->bifurcation, 0, BINNET_XI))             \
    F(occurrence, binnet_ensemble_occurrence(c, s->out, 16, s->ensemble, 2, NULL))                                     \
    F(order_cdf, binnet_order_cdf(c, s->out, VARIABLES, s->v, s->w, 20))                                               \
    F(order_pdf, binnet_order_pdf(c, s->out, VARIABLES, s->v, NULL, s->w, 20))                                         \
    F(order_log_cdf, binnet_order_log_cdf(c, s->out, s->out + 1, VARIABLES, s->v, s->w, 39))                           \
    F(order_log_pdf, binnet_order_log_pdf(c, s->out, VARIABLES, s->v, s->w, s->v, 39))                                 \
    F(order_cdf_all, binnet_order_cdf_all(c, s->out, s->out + VARIABLES, VARIABLES, s->v, s->w))                       \
    F(order_pdf_all, binnet_order_pdf_all(c, s->out, VARIABLES, s->v, s->w, s->v))                                     \
    F(order_counts, binnet_order_counts(c, s->out, VARIABLES + 1, VARIABLES, s->v, s->w))                              \
    F(order_many, binnet_order_cdf_many(c, s->out, NULL, 10, 8, s->v, s->w, 3))                                        \
    F(order_joint_cdf, binnet_order_joint_cdf(c, s->out, VARIABLES, 2, ranks, s->cell))                                \
    F(order_joint_pdf, binnet_order_joint_pdf(c, s->out, VARIABLES, 2, ranks, s->cell, s->v))                          \
    M(order, order, binnet_order_new(c, &made, 1, (const binnet_noise *[1]){s->wide}, s->v))                           \
    F(order_marginals, binnet_order_marginals(c, s->out, NULL, NULL, VARIABLES, s->order, 0.3))                        \
    F(order_variable, binnet_order_variable(c, &(int32_t){0}, s->out, s->out + 1, s->out + 2, s->order, 0))            \
    F(order_eval, binnet_order_eval(c, s->out, NULL, s->out + 2, 2, s->order, 9, at))                                  \
    F(order_joint_eval, binnet_order_joint_eval(c, s->out, s->out + 1, s->order, 2, ranks, at))                        \
    F(order_quantile, binnet_order_quantile(c, s->out, NULL, 1, s->order, 9, half))                                    \
    F(order_moments, binnet_order_moments(c, s->out, s->out + 1, NULL, NULL, s->order, 9, 9))                          \
    F(order_moments_all, binnet_order_moments(c, s->out, s->out + VARIABLES, NULL, NULL, s->order, 1, VARIABLES))      \
    F(permanent, binnet_permanent(c, s->out, NULL, 9, s->v))                                                           \
    F(permanent_large, binnet_permanent(c, s->out, NULL, 14, s->v))                                                    \
    F(permanent_repeated, binnet_permanent_repeated(c, s->out, NULL, 3, 2, s->v, two))                                 \
    F(permanent_scaled, binnet_permanent_scaled(c, s->out, s->l, NULL, NULL, 3, 8, s->v, 0))                           \
    F(permanent_integer, binnet_permanent_integer(c, s->l, s->u, 6, 6, whole))                                         \
    F(permanent_residue, binnet_permanent_residue(c, s->u, 97, 6, 6, whole))                                           \
    F(permanent_estimate, binnet_permanent_estimate(c, NULL, s->u, s->out, s->i, 9, 9, s->v, 0))                       \
    M(wiring, wiring, binnet_wiring_new(c, &made, N, against_mask, 1, order_signs, s->w, NULL, s->v, 0))               \
    M(store_exact, storage, binnet_store(c, s->out, &made, N, 2, patterns, patterns, 0, NULL, NULL, NULL, NULL, NULL)) \
    M(store_freed, storage,                                                                                            \
      binnet_store(c, s->out, &made, N, 2, patterns, patterns, 0, NULL, NULL, NULL, NULL, s->wiring))                  \
    M(store_margin, storage,                                                                                           \
      binnet_store(c, s->out, &made, N, 2, patterns, patterns, 1, NULL, NULL, NULL, NULL, NULL))                       \
    M(store_storkey, storage,                                                                                          \
      binnet_store(c, s->out, &made, N, 1, patterns, patterns, 3, NULL, NULL, NULL, NULL, NULL))                       \
    M(store_inverse, storage,                                                                                          \
      binnet_store(c, s->out, &made, N, 2, patterns, patterns, 4, NULL, NULL, NULL, NULL, NULL))                       \
    M(store_covariance, storage,                                                                                       \
      binnet_store(c, s->out, &made, N, 2, patterns, patterns, 6, NULL, NULL, NULL, NULL, NULL))                       \
    F(store_margins, binnet_store_margins(c, s->out, 2, N, patterns, half, 1, s->noise))                               \
    F(store_estimate, binnet_store_estimate(c, s->u, s->u, s->out, N, 2, 1, s->wiring))                                \
    F(recall_transitions,                                                                                              \
      binnet_recall_transitions(c, s->out, s->out + 2, 2, N, patterns, against, s->dense, s->noise))                   \
    F(recall_path, binnet_recall_path(c, s->out, NULL, NULL, s->out + 1, 2, N, patterns, 1, 3, s->dense, s->noise))    \
    F(recall_curve, binnet_recall_curve(c, s->out, NULL, 3, N, 2, some_states, s->chain[0]))                           \
    M(sim, sim, binnet_sim_new(c, &made, s->dense, s->noise, BINNET_UPDATE_SYNCHRONOUS))                               \
    M(sim_alike, sim, binnet_sim_new(c, &made, s->alike, s->even, BINNET_UPDATE_SWEEP))                                \
    M(sim_selected, sim, binnet_sim_new_continuous(c, &made, s->sparse, s->noise, high))                               \
    M(sim_populations, sim,                                                                                            \
      binnet_sim_new_populations(c, &made, 2, size, half, half, NULL, at, NULL, s->two, 0, 2, ones, 1))                \
    M(sim_redrawn, sim,                                                                                                \
      binnet_sim_new_redrawn(c, &made, 2, size, half, half, NULL, at, NULL, s->two, 0, 2, ones, 1))                    \
    F(sim_populations_estimate,                                                                                        \
      binnet_sim_populations_estimate(c, s->u, s->u + 1, s->out, 2, size, half, NULL, 2, ones, 0))                     \
    F(sim_run_estimate,                                                                                                \
      binnet_sim_run_estimate(c, s->u, s->u + 1, s->out, s->sim, 2, 1, some_states, 1, 0, 640, 2))                     \
    M(run, run, binnet_sim_run(c, &made, s->sim, 2, order_of, 1, some_states, 1, 0, 640, 2))                           \
    M(run_precision, run,                                                                                              \
      binnet_sim_run_to_precision(c, &made, s->sim, 2, order_of, 0, NULL, 1, BINNET_BURN_IN_AUTO, 0.5, 1024, 2))       \
    F(sim_raster, binnet_sim_raster(c, (uint8_t *)s->map, 5, N, NULL, s->sim, 1, 0, 0, NULL))                          \
    M(sim_law, law, binnet_sim_law(c, &made, s->sim, 3, NULL, 1, 0, 100, 2))                                           \
    F(sim_histogram, binnet_sim_histogram(c, s->out, s->out + 8, 8, s->sim, 3, NULL, 1, 0, 64, 2))                     \
    F(sim_dwell,                                                                                                       \
      binnet_sim_dwell(c, s->out, NULL, NULL, NULL, 1, (const binnet_set *const *)&s->rest, s->sim, 0, 3000, 0))       \
    F(sim_reach, binnet_sim_reach(c, s->out, NULL, s->sim, 5, s->set, s->rest, 3, 2))                                  \
    F(run_mean, binnet_run_mean(c, s->out, NULL, NULL, 2, s->run))                                                     \
    F(run_covariance, binnet_run_covariance(c, s->out, NULL, 2, s->run, 0))                                            \
    F(run_populations, binnet_run_populations(c, s->out, NULL, NULL, NULL, 1, s->run))                                 \
    F(recall_run, binnet_recall_run(c, (uint8_t *)s->map, 5, N, patterns, s->sparse, s->noise, 1, 0))                  \
    F(recall_sampled,                                                                                                  \
      binnet_recall_curve_sampled(c, s->out, NULL, NULL, 3, 1, ranks, 4, N, 1, patterns, s->alike, s->noise))          \
    F(capacity_cover, binnet_capacity_cover(c, s->out, 9, 4))                                                          \
    F(capacity_gardner, binnet_capacity_gardner(c, s->out, 0.5))                                                       \
    F(capacity, binnet_capacity_sampled(c, s->out, s->out + 1, NULL, 2, N, 15, 0.5, 1, 0, 0, NULL, NULL))              \
    F(plefka_step, binnet_plefka_step(c, s->out, s->v, s->w, N, s->sparse, s->logistic, 6, half6, NULL))               \
    F(plefka_input,                                                                                                    \
      binnet_plefka_stationary(c, s->out, s->v, s->w, s->u, N, s->sparse, s->even, 1, BINNET_PLEFKA_INPUT, NULL))      \
    F(plefka_equilibrium, binnet_plefka_stationary(c, s->out, s->v, s->w, s->u, N, s->mutual, s->logistic, 2,          \
                                                   BINNET_PLEFKA_EQUILIBRIUM, NULL))                                   \
    M(comparison, comparison, binnet_comparison_new(c, &made, s->sparse, s->logistic, 1, BINNET_REFERENCE_EXACT, 0))   \
    M(comparison_of_law, comparison, binnet_comparison_new_of_law(c, &made, s->dense, s->noise, s->chain[0], s->law))  \
    M(comparison_sampled, comparison,                                                                                  \
      binnet_comparison_new(c, &made, s->sparse, s->logistic, 2, BINNET_REFERENCE_MONTE_CARLO, 0.05))                  \
    M(mean_field, mean_field, binnet_mean_field_new(c, &made, s->sparse, s->noise, BINNET_INPUT_GAUSSIAN))             \
    M(mean_field_alike, mean_field, binnet_mean_field_new_populations(c, &made, s->alike, s->even, BINNET_INPUT_MEAN)) \
    M(mean_field_degrees, mean_field,                                                                                  \
      binnet_mean_field_new_degrees(c, &made, N, NULL, s->v, s->w, NULL, NULL, s->noise, 1))                           \
    F(mean_field_map, binnet_mean_field_map(c, s->out, NULL, NULL, N, s->field, some_means))                           \
    F(mean_field_slopes, binnet_mean_field_slopes(c, s->out, N, s->field, some_means))                                 \
    F(mean_field_solve, binnet_mean_field_solve(c, s->out, NULL, N, s->field, NULL))                                   \
    F(mean_field_stability, binnet_mean_field_stability(c, s->out, s->out + N, NULL, NULL, N, s->field, some_means))   \
    M(mean_points, mean_points, binnet_mean_points_new(c, &made, s->unit))                                             \
    M(mean_points_many, mean_points, binnet_mean_points_new(c, &made, s->field))                                       \
    M(mean_branches, mean_branches, binnet_mean_branches_new(c, &made, s->unit, ones, 1, -3, 3, 5))                    \
    F(linear_noise, binnet_linear_noise_covariance(c, s->out, NULL, N, s->field, s->field_mean, 1))                    \
    F(linear_noise_lagged, binnet_linear_noise_lagged(c, s->out, NULL, N, s->field, s->field_mean, 2, 3))              \
    F(linear_noise_consistent, binnet_linear_noise_consistent(c, s->out, s->out + N, NULL, N, s->field, NULL, 2))      \
    F(linear_noise_alike, binnet_linear_noise_populations(c, s->out, NULL, binnet_mean_field_units(s->alike_field),    \
                                                          s->alike_field, s->alike_mean, 1))

#define NULL_KINDS constants
static const int32_t constants[16] = {BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT,
                                      BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT,
                                      BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT,
                                      BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT,
                                      BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT,
                                      BINNET_WEIGHT_CONSTANT};
static const double half16[16] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
static const int64_t whole[36] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9,
                                  1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9};

#define M(name, type, call) MAKES(name, type, call)
#define F(name, call) FILLS(name, call)
CALLS
#undef M
#undef F

typedef struct entry {
    const char *name;
    int32_t (*run)(scene *, binnet_ctx *);
} entry;

#define M(name, type, call) {#name, run_##name},
#define F(name, call) {#name, run_##name},
static const entry calls[] = {CALLS};
#undef M
#undef F
enum { COUNT = sizeof calls / sizeof *calls };

#endif
