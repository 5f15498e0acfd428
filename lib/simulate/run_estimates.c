/*
 * What is estimated of the samples of a run: means, shares and covariances with their standard errors, by batches, and how far the
 * trajectories disagree.
 */
#include "simulate/run.h"

#include <math.h>
#include <string.h>

/* Batch means of neuron i. */
static double batch_mean(const bni_sampling *w, size_t r, size_t b, size_t i)
{
    const bni_batches *s = &w->batches[r];
    return (double)s->sum[(b + w->drop) * s->k + i] / (double)s->length;
}

static double batch_share(const bni_sampling *w, size_t r, size_t b, size_t a, int square)
{
    const bni_batches *s = &w->batches[r];
    return s->population[(2 * (b + w->drop) + (size_t)square) * s->n_pop + a] / (double)s->length;
}

/* Sum over trajectories of (mean - common mean)^2 over its variance, from errors within them, over what is too much: the quantile
 * of chi^2 with a chance of 1e-7 beyond (Wilson and Hilferty), and half as much again, since the variance is estimated. */
static double find_discrepancy(const double *z, size_t runs, size_t count, double mean)
{
    if (runs < 2)
        return 0;
    double within = 0, between = 0, d = (double)runs - 1;
    for (size_t r = 0; r < runs; r++) {
        double m, error = bni_standard_error(z + r * count, 1, count, &m);
        within += error * error / (double)runs;
        between += (m - mean) * (m - mean);
    }
    if (!(between > 0))
        return 0;
    double root = 1 - 2 / (9 * d) + 5.2 * sqrt(2 / (9 * d));
    return between / within / (1.5 * d * root * root * root);
}

/* How often neuron i could have changed between samples that count, U: what happened in none of them has a probability of at most
 * 3 / U (95 %). No error is less than that over 1.96, also where a neuron never changed or always did. */
static double count_updates(const bni_sampling *w, const binnet_run *run, size_t i)
{
    const binnet_sim *s = w->sim;
    double samples = (double)run->samples, each = 1;
    if (s->update == BINNET_UPDATE_ASYNCHRONOUS)
        each = w->d->interval * (s->select != NULL ? s->select[i] : 1 / (double)s->n);
    return fmax(samples * fmin(each, 1), 1);
}

static double least_error(const bni_sampling *w, const binnet_run *run, size_t i)
{
    return 3 / 1.96 / count_updates(w, run, (size_t)w->neuron[i]);
}

static void estimate_means(bni_sampling *w, binnet_run *run, size_t count)
{
    size_t runs = (size_t)run->runs;
    for (size_t i = 0; i < run->k; i++) {
        double *z = w->z, m;
        for (size_t r = 0; r < runs; r++)
            for (size_t b = 0; b < count; b++)
                z[r * count + b] = batch_mean(w, r, b, i);
        double error = bni_standard_error(z, runs, count, &m);
        error = fmax(error, least_error(w, run, i));
        run->mean[i] = m;
        run->mean_error[i] = error;
        run->effective[i] = m > 0 && m < 1 ? m * (1 - m) / (error * error) : 0;
        run->largest = fmax(run->largest, error);
        run->discrepancy = fmax(run->discrepancy, find_discrepancy(z, runs, count, m));
    }
}

static void estimate_populations(bni_sampling *w, binnet_run *run, size_t count)
{
    size_t runs = (size_t)run->runs;
    for (size_t a = 0; a < run->n_pop; a++) {
        double *z = w->z, *v = w->z + runs * count, m, square;
        for (size_t r = 0; r < runs; r++)
            for (size_t b = 0; b < count; b++)
                z[r * count + b] = batch_share(w, r, b, a, 0);
        double error = bni_standard_error(z, runs, count, &m);
        run->discrepancy = fmax(run->discrepancy, find_discrepancy(z, runs, count, m));
        /* (x - m)^2 = x^2 - 2 m x + m^2 */
        for (size_t r = 0; r < runs; r++)
            for (size_t b = 0; b < count; b++)
                v[r * count + b] = batch_share(w, r, b, a, 1) - 2 * m * z[r * count + b];
        double variance_error = bni_standard_error(v, runs, count, &square);
        double updates = 0;
        for (size_t i = 0; i < w->sim->n; i++)
            updates += w->sim->pop[i] == (int32_t)a ? count_updates(w, run, i) : 0;
        error = fmax(error, 3 / 1.96 / updates);
        variance_error = fmax(variance_error, 3 / 1.96 / updates);
        run->share[a] = m;
        run->share_error[a] = error;
        run->variance[a] = fmax(square + m * m, 0);
        run->variance_error[a] = hypot(variance_error, 1.7320508 * error * error);
        run->largest = fmax(run->largest, error);
    }
}

/* Cov(A_i, A_j) of lag l for some j, from (A_i - m_i)(A_j - m_j) + m_i m_j = A_i A_j - m_i A_j - m_j A_i + 2 m_i m_j. Where that hardly
 * varies (i = j, m = 1/2) the error of the means counts, squared: sqrt(3) is that of the square of a normal variable. States of
 * the two that were never seen may be as probable as those of one. */
static void estimate_tile(bni_sampling *w, binnet_run *run, size_t count, size_t l, size_t i, size_t from, size_t to)
{
    size_t runs = (size_t)run->runs, k = run->k, each = runs * count;
    for (size_t r = 0; r < runs; r++) {
        const bni_batches *s = &w->batches[r];
        for (size_t b = 0; b < count; b++) {
            const uint32_t *product = s->product + (((b + w->drop) * run->n_lags + l) * k + i) * k;
            double x = batch_mean(w, r, b, i);
            for (size_t j = from; j < to; j++)
                w->z[(j - from) * each + r * count + b] = (double)product[j] / (double)s->length -
                                                          run->mean[i] * batch_mean(w, r, b, j) - run->mean[j] * x;
        }
    }
    for (size_t j = from; j < to; j++) {
        double m, error = bni_standard_error(w->z + (j - from) * each, runs, count, &m);
        size_t at = (l * k + i) * k + j;
        run->cov[at] = m + run->mean[i] * run->mean[j];
        error = hypot(error, 1.7320508 * run->mean_error[i] * run->mean_error[j]);
        run->cov_error[at] = error = fmax(error, fmax(least_error(w, run, i), least_error(w, run, j)));
        run->largest = fmax(run->largest, error);
    }
}

int32_t bni_estimate_run(bni_sampling *w, binnet_run *run)
{
    size_t count = BNI_BATCHES - w->drop;
    uint64_t each = w->batches[0].length;
    run->samples = run->runs * each * count;
    run->burn_in = w->before + each * w->drop;
    run->largest = run->discrepancy = 0;
    estimate_means(w, run, count);
    estimate_populations(w, run, count);
    for (size_t l = 0; l < run->n_lags; l++)
        for (size_t i = 0; i < run->k; i++)
            for (size_t from = 0; from < run->k; from += BNI_TILE) {
                estimate_tile(w, run, count, l, i, from, from + BNI_TILE < run->k ? from + BNI_TILE : run->k);
                BNI_TRY(bni_poll(w->ctx, -1));
            }
    run->flips = run->synaptic_events = 0;
    for (size_t r = 0; r < run->runs; r++) {
        run->flips += w->walk[r]->events;
        run->synaptic_events += w->walk[r]->synaptic_events;
    }
    return BINNET_OK;
}
