/* From a law to its correlations. */
#include "report/correlations.h"

#include "settings/groups.h"
#include "settings/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(failure *why)
{
    return fail(why, EXIT_BUDGET, "out of memory");
}

/* NaN entries are shown as not defined. */
static int accept_undefined(correlations *c, int32_t status, failure *why)
{
    if (status == BINNET_E_UNDEFINED)
        c->undefined = 1;
    return status == BINNET_OK || status == BINNET_E_UNDEFINED ? EXIT_DONE : library_failure(why, c->m->ctx, status);
}

/* In a sweep what cannot be solved at a point is a gap of this quantity. */
static int accept_gap(correlations *c, int32_t status, double *value, size_t count, failure *why)
{
    if (status != BINNET_E_NOCONV || c->o->vary.count == 0)
        return accept_undefined(c, status, why);
    for (size_t k = 0; k < count; k++)
        value[k] = NAN;
    return EXIT_DONE;
}

/* --- names --- */

static int read_groups(correlations *c, failure *why)
{
    c->groups = c->own->group.count;
    c->group = calloc(c->groups + 1, sizeof *c->group);
    if (c->group == NULL)
        return no_memory(why);
    for (size_t g = 0; g < c->groups; g++) {
        neuron_group members;
        TRY(group_read(&members, c->m, "group", c->own->group.at[g], why));
        if (members.count < 2)
            return fail(why, EXIT_USAGE, "--group: '%s' is one neuron; a group has at least two", c->own->group.at[g]);
        c->group[g] = (correlated_group){.k = members.count, .correlation = NAN, .moment = NAN, .cumulant = NAN};
        memcpy(c->group[g].neuron, members.neuron, members.count * sizeof *members.neuron);
    }
    return EXIT_DONE;
}

static int read_pairs(correlations *c, failure *why)
{
    c->pairs = c->own->pair.count;
    c->pair = calloc(c->pairs > MOST_CURVES ? c->pairs : MOST_CURVES, sizeof *c->pair);
    if (c->pair == NULL)
        return no_memory(why);
    for (size_t p = 0; p < c->pairs; p++) {
        neuron_group two;
        TRY(group_read_tuple(&two, c->m, "pair", c->own->pair.at[p], why));
        if (two.count != 2)
            return fail(why, EXIT_USAGE, "--pair: '%s' has %zu neuron%s, expected two", c->own->pair.at[p], two.count,
                        two.count == 1 ? "" : "s");
        c->pair[p] = (neuron_pair){(size_t)two.neuron[0], (size_t)two.neuron[1]};
    }
    return EXIT_DONE;
}

char *members_text(char *text, size_t size, const correlations *c, size_t k, const int32_t *neuron)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t j = 0; j < k && used < size; j++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", j > 0 ? "," : "", c->m->net.name[neuron[j]]);
    return text;
}

/* --- populations --- */

static size_t named_populations(const network *net)
{
    return net->n_sizes > 0 ? net->n_sizes : net->n_populations;
}

const char *population_name_of(const correlations *c, size_t a)
{
    return c->m->net.population_name[a];
}

static int read_populations(correlations *c, failure *why)
{
    const network *net = &c->m->net;
    size_t n = net->n, p = named_populations(net);
    if (p == 0)
        return fail(why, EXIT_USAGE, "--populations: the network names no populations");
    c->populations = p;
    c->population = calloc(n, sizeof *c->population);
    c->population_mean = calloc(3 * p + 3 * p * p, sizeof *c->population_mean);
    if (c->population == NULL || c->population_mean == NULL)
        return no_memory(why);
    c->population_fano = c->population_mean + p;
    c->population_count_fano = c->population_fano + p;
    c->population_covariance = c->population_count_fano + p;
    c->population_correlation = c->population_covariance + p * p;
    c->within = c->population_correlation + p * p;
    for (size_t a = 0, i = 0; a < net->n_sizes; a++)
        for (int64_t k = 0; k < net->size[a]; k++)
            c->population[i++] = (int32_t)a;
    if (net->n_sizes == 0)
        memcpy(c->population, net->population, n * sizeof *c->population);
    for (size_t a = 0; a < p; a++) {
        size_t i = 0;
        while (i < n && c->population[i] != (int32_t)a)
            i++;
        if (i == n)
            return fail(why, EXIT_INPUT, "--populations: '%s' has no neurons", net->population_name[a]);
    }
    return EXIT_DONE;
}

/* Of potentials: averages of covariances. A sum over pairs of different neurons, and over all pairs. */
static void average_covariances(correlations *c)
{
    size_t n = c->m->net.n, p = c->populations;
    for (size_t a = 0; a < p; a++) {
        double size_a = 0, mean = 0;
        for (size_t i = 0; i < n; i++)
            if (c->population[i] == (int32_t)a) {
                size_a++;
                mean += c->mean[i];
            }
        c->population_mean[a] = mean / size_a;
        c->population_fano[a] = NAN;
        for (size_t b = 0; b < p; b++) {
            double all = 0, different = 0, pairs = 0, different_pairs = 0;
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                    if (c->population[i] == (int32_t)a && c->population[j] == (int32_t)b) {
                        all += c->covariance[i * n + j];
                        different += i != j ? c->covariance[i * n + j] : 0;
                        pairs++;
                        different_pairs += i != j;
                    }
            c->population_covariance[a * p + b] = all / pairs;
            c->within[a * p + b] = different_pairs > 0 ? different / different_pairs : NAN;
        }
    }
}

/* --- what can be had --- */

int correlations_begin(correlations *c, const model *m, const options *o, failure *why)
{
    const correlate_options *own = o->own;
    size_t n = m->net.n;
    *c = (correlations){.m = m, .o = o, .own = own};
    if (own->order > 0 && (uint64_t)own->order > n)
        return fail(why, EXIT_USAGE, "--order: found %" PRId64 ", the network has %zu neuron%s", own->order, n,
                    n == 1 ? "" : "s");
    TRY(read_groups(c, why));
    TRY(read_pairs(c, why));
    if (own->populations)
        TRY(read_populations(c, why));
    double bytes = 8.0 * (double)(own->lag + 1) * (double)n * (double)n;
    if (bytes > (double)o->memory)
        return fail(why, EXIT_BUDGET, "--lag: %" PRId64 " covariances of %zu neurons take %.4g MiB (limit %.4g MiB)",
                    own->lag + 1, n * n, bytes / 1048576, (double)o->memory / 1048576);
    return EXIT_DONE;
}

void correlations_free(correlations *c)
{
    free(c->mean);
    free(c->group);
    free(c->strongest);
    free(c->lagged);
    free(c->pair);
    free(c->population);
    free(c->population_mean);
    free(c->count_mean);
    free(c->time);
    free(c->response);
}

const char *variables_text(const correlations *c)
{
    return c->own->potentials ? "membrane potentials V" : "activities A (0, 1)";
}

/* --- at one time --- */

/* Covariances over deviations, within -1 and 1. */
static double correlation_of(double covariance, double variance_a, double variance_b)
{
    double deviations = sqrt(variance_a) * sqrt(variance_b);
    return deviations > 0 ? fmax(-1, fmin(1, covariance / deviations)) : NAN;
}

static int fill_potentials(correlations *c, failure *why)
{
    const model *m = c->m;
    size_t n = m->net.n;
    TRY(accept_undefined(c, binnet_potential_mean(m->ctx, c->mean, n, m->chain, c->law), why));
    TRY(accept_undefined(c, binnet_potential_covariance(m->ctx, c->covariance, n, m->chain, c->law), why));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double *x = &c->correlation[i * n + j];
            *x = correlation_of(c->covariance[i * n + j], c->covariance[i * n + i], c->covariance[j * n + j]);
            if (i == j && !isnan(*x))
                *x = 1;
            c->undefined |= isnan(*x) != 0;
        }
    return EXIT_DONE;
}

static int fill_moments(correlations *c, failure *why)
{
    const model *m = c->m;
    size_t n = m->net.n;
    c->mean = calloc(n + 2 * n * n, sizeof *c->mean);
    if (c->mean == NULL)
        return no_memory(why);
    c->covariance = c->mean + n;
    c->correlation = c->covariance + n * n;
    if (c->own->potentials)
        return fill_potentials(c, why);
    int32_t status = binnet_law_mean(m->ctx, c->mean, n, c->law);
    if (status == BINNET_OK)
        status = binnet_law_covariance(m->ctx, c->covariance, n, c->law);
    if (status == BINNET_OK)
        status = binnet_law_correlation(m->ctx, c->correlation, n, c->law);
    return accept_undefined(c, status, why);
}

static int fill_groups(correlations *c, failure *why)
{
    const model *m = c->m;
    size_t n = m->net.n;
    for (size_t g = 0; g < c->groups; g++) {
        correlated_group *at = &c->group[g];
        if (c->own->potentials) {
            TRY(accept_undefined(
                c, binnet_potential_groupwise(m->ctx, &at->correlation, m->chain, c->law, at->k, at->neuron), why));
            if (at->k == 2)
                at->moment = at->cumulant = c->covariance[(size_t)at->neuron[0] * n + (size_t)at->neuron[1]];
            continue;
        }
        TRY(accept_undefined(c, binnet_law_groupwise(m->ctx, &at->correlation, c->law, at->k, at->neuron), why));
        int32_t status = binnet_law_central_moment(m->ctx, &at->moment, c->law, at->k, at->neuron);
        if (status == BINNET_OK && at->k <= BINNET_MAX_CUMULANT)
            status = binnet_law_cumulant(m->ctx, &at->cumulant, c->law, at->k, at->neuron);
        if (status != BINNET_OK)
            return library_failure(why, m->ctx, status);
    }
    return EXIT_DONE;
}

/* Strongest first, those without a correlation last, else in the order of the neurons. */
static int by_strength(const void *a, const void *b)
{
    const ranked_group *x = a, *y = b;
    double p = isnan(x->correlation) ? -1 : fabs(x->correlation), q = isnan(y->correlation) ? -1 : fabs(y->correlation);
    if (p > q || p < q)
        return p > q ? -1 : 1;
    for (int k = 0; k < 3; k++)
        if (x->neuron[k] != y->neuron[k])
            return x->neuron[k] < y->neuron[k] ? -1 : 1;
    return 0;
}

static int rank_pairs(correlations *c, failure *why)
{
    size_t n = c->m->net.n;
    c->strongest = calloc(n * n + 1, sizeof *c->strongest);
    if (c->strongest == NULL)
        return no_memory(why);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            c->strongest[c->ranked++] = (ranked_group){.neuron = {i, j, 0},
                                                       .correlation = c->correlation[i * n + j],
                                                       .moment = c->covariance[i * n + j]};
    return EXIT_DONE;
}

static int take_triples(correlations *c, double *correlation, double *moment, size_t count, failure *why)
{
    const model *m = c->m;
    size_t n = m->net.n;
    if (!c->own->potentials) {
        TRY(accept_undefined(c, binnet_law_triples(m->ctx, NULL, n, correlation, count, c->law), why));
        TRY(accept_undefined(c, binnet_law_central_triples(m->ctx, NULL, n, moment, count, c->law), why));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            for (size_t k = j + 1; k < n; k++) {
                ranked_group *at = &c->strongest[c->ranked++];
                int32_t group[3] = {(int32_t)i, (int32_t)j, (int32_t)k};
                size_t place = (size_t)binnet_triple_index(i, j, k);
                *at = (ranked_group){.neuron = {i, j, k}, .correlation = correlation[place], .moment = moment[place]};
                if (c->own->potentials) {
                    at->moment = NAN;
                    TRY(accept_undefined(
                        c, binnet_potential_groupwise(m->ctx, &at->correlation, m->chain, c->law, 3, group), why));
                }
            }
    return EXIT_DONE;
}

static int rank_triples(correlations *c, failure *why)
{
    size_t n = c->m->net.n, count = n * (n - 1) * (n - 2) / 6;
    c->strongest = calloc(count + 1, sizeof *c->strongest);
    double *values = calloc(2 * count + 1, sizeof *values);
    int code = c->strongest != NULL && values != NULL ? take_triples(c, values, values + count, count, why)
                                                      : no_memory(why);
    free(values);
    return code;
}

/* --- between times --- */

double correlation_at(const correlations *c, neuron_pair pair, int64_t lag)
{
    size_t n = c->m->net.n;
    size_t from = lag < 0 ? pair.b : pair.a, to = lag < 0 ? pair.a : pair.b;
    size_t steps = (size_t)(lag < 0 ? -lag : lag);
    return correlation_of(c->lagged[(steps * n + from) * n + to], c->covariance[from * n + from],
                          c->covariance[to * n + to]);
}

/* Those whose correlation is strongest at one of the lags. */
static void choose_pairs(correlations *c)
{
    size_t n = c->m->net.n;
    double strength[MOST_CURVES];
    if (n == 1) {
        c->pair[0] = (neuron_pair){0, 0};
        c->pairs = 1;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double most = -1;
            for (int64_t l = -c->own->lag; l <= c->own->lag; l++)
                most = fmax(most, fabs(correlation_at(c, (neuron_pair){i, j}, l)));
            size_t place = c->pairs;
            while (place > 0 && strength[place - 1] < most)
                place--;
            if (most < 0 || place == MOST_CURVES)
                continue;
            c->pairs += c->pairs < MOST_CURVES;
            for (size_t k = c->pairs - 1; k > place; k--) {
                c->pair[k] = c->pair[k - 1];
                strength[k] = strength[k - 1];
            }
            c->pair[place] = (neuron_pair){i, j};
            strength[place] = most;
        }
}

static int fill_lagged(correlations *c, failure *why)
{
    const model *m = c->m;
    size_t n = m->net.n, lags = (size_t)c->own->lag;
    c->lagged = calloc((lags + 1) * n * n, sizeof *c->lagged);
    if (c->lagged == NULL)
        return no_memory(why);
    if (!c->own->potentials)
        TRY(accept_undefined(
            c, binnet_chain_lagged_covariances(m->ctx, c->lagged, (lags + 1) * n * n, m->chain, c->law, lags), why));
    for (size_t l = 0; c->own->potentials && l <= lags; l++)
        TRY(accept_undefined(c,
                             binnet_potential_lagged_covariance(m->ctx, c->lagged + l * n * n, n, m->chain, c->law, l),
                             why));
    if (c->pairs == 0)
        choose_pairs(c);
    return EXIT_DONE;
}

static int fill_window(correlations *c, failure *why)
{
    const model *m = c->m;
    size_t n = m->net.n;
    c->count_mean = calloc(2 * n + n * n, sizeof *c->count_mean);
    if (c->count_mean == NULL)
        return no_memory(why);
    c->fano = c->count_mean + n;
    c->count_covariance = c->fano + n;
    TRY(accept_undefined(c,
                         binnet_chain_window(m->ctx, c->count_mean, c->count_covariance, c->fano, n, m->chain, c->law,
                                             (uint64_t)c->own->window),
                         why));
    for (size_t a = 0; a < c->populations; a++) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < n; i++) {
            mean += c->population[i] == (int32_t)a ? c->count_mean[i] : 0;
            for (size_t j = 0; j < n; j++)
                if (c->population[i] == (int32_t)a && c->population[j] == (int32_t)a)
                    variance += c->count_covariance[i * n + j];
        }
        c->population_count_fano[a] = mean > 0 ? variance / mean : NAN;
    }
    return EXIT_DONE;
}

static int fill_populations(correlations *c, failure *why)
{
    size_t p = c->populations;
    if (!c->own->potentials)
        return accept_undefined(c,
                                binnet_law_populations(c->m->ctx, c->population_mean, c->population_covariance,
                                                       c->population_correlation, c->within, c->population_fano, p,
                                                       c->population, c->m->net.n, c->law),
                                why);
    average_covariances(c);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            c->population_correlation[a * p + b] = correlation_of(c->population_covariance[a * p + b],
                                                                  c->population_covariance[a * p + a],
                                                                  c->population_covariance[b * p + b]);
    return EXIT_DONE;
}

static int fill_times(correlations *c, failure *why)
{
    size_t n = c->m->net.n;
    c->time = calloc(n, sizeof *c->time);
    if (c->time == NULL)
        return no_memory(why);
    int32_t status = binnet_chain_autocorrelation_time(c->m->ctx, c->time, &c->time_of_all, &c->time_error, n,
                                                       c->m->chain, c->law);
    return accept_gap(c, status, c->time, n, why);
}

static int fill_response(correlations *c, failure *why)
{
    size_t n = c->m->net.n;
    c->response = calloc(n * n, sizeof *c->response);
    if (c->response == NULL)
        return no_memory(why);
    int32_t status = binnet_response_mean(c->m->ctx, c->response, NULL, NULL, &c->response_error, n, c->m->chain,
                                          c->law);
    return accept_gap(c, status, c->response, n * n, why);
}

int correlations_compute(correlations *c, const binnet_law *law, failure *why)
{
    c->law = law;
    const correlate_options *own = c->own;
    TRY(fill_moments(c, why));
    TRY(fill_groups(c, why));
    TRY(own->order == 3 ? rank_triples(c, why) : rank_pairs(c, why));
    qsort(c->strongest, c->ranked, sizeof *c->strongest, by_strength);
    if (own->lag >= 0)
        TRY(fill_lagged(c, why));
    if (own->populations)
        TRY(fill_populations(c, why));
    if (own->window > 0)
        TRY(fill_window(c, why));
    if (own->times)
        TRY(fill_times(c, why));
    return own->response ? fill_response(c, why) : EXIT_DONE;
}

int correlations_fill(correlations *c, const binnet_law *law, failure *why)
{
    progress p;
    double began = work_clock();
    progress_begin(&p, c->m->ctx, c->o->quiet);
    int code = correlations_compute(c, law, why);
    progress_end(&p, c->m->ctx);
    c->seconds = work_clock() - began;
    return code;
}
