/*
 * Correlated reciprocal weights, connections present at random: the sum over which connections between active neurons are
 * present - for each pair none, one, the other, both (or none and both), for each neuron itself or not - of the probability that all
 * fire. Given these the inputs are normal, and two are correlated when both weights between them are present; connected parts of
 * that graph are orthants of their own. Inputs of constants are compared exactly.   Source: derived in docs/ensembles.md.
 */
#include "ensemble/statistics/correlated.h"

#include "num/exact.h"
#include "num/orthant.h"

#include <math.h>

enum { MOST = BNI_SPARSE_SAME };

typedef struct choice {
    int i, j; /* i = j: a self-connection */
} choice;

typedef struct sparse {
    binnet_ctx *ctx;
    const binnet_ensemble *e;
    const double *rho;
    int neurons, choices;
    size_t pop[MOST];
    choice at[MOST * (MOST + 1) / 2];
    int present[MOST][MOST]; /* connection from the second to the first */
    double sum, error, leaves;
    int32_t status;
} sparse;

static const bni_weight *pattern_weight(const sparse *w, int i, int j)
{
    return &w->e->weight[w->pop[i] * w->e->n_pop + w->pop[j]];
}

/* Mean and variance of the input of i, the mean without what i needs to fire. */
static void pattern_input(const sparse *w, int i, double *shift, double *variance)
{
    size_t a = w->pop[i];
    *shift = -w->e->M[a] * (w->e->theta[a] - w->e->I[a]);
    *variance = 0;
    for (int j = 0; j < w->neurons; j++) {
        bni_weight one = bni_weight_plain(pattern_weight(w, i, j));
        if (!w->present[i][j])
            continue;
        *shift += one.par[0];
        *variance += one.kind == BINNET_WEIGHT_GAUSSIAN ? one.par[1] * one.par[1] : 0;
    }
}

static int fires_for_certain(const sparse *w, int i)
{
    size_t a = w->pop[i];
    bni_exact exact;
    bni_exact_clear(&exact);
    for (int j = 0; j < w->neurons; j++)
        if (w->present[i][j])
            bni_exact_add_product(&exact, 1, bni_weight_plain(pattern_weight(w, i, j)).par[0]);
    bni_exact_add_product(&exact, w->e->M[a], w->e->I[a]);
    bni_exact_add_product(&exact, -w->e->M[a], w->e->theta[a]);
    int sign = bni_exact_sign(&exact);
    return sign > 0 || (sign == 0 && w->e->tie != BINNET_TIE_SILENT); /* it is active */
}

static double pattern_covariance(const sparse *w, int i, int j)
{
    if (!w->present[i][j] || !w->present[j][i])
        return 0;
    bni_weight to = bni_weight_plain(pattern_weight(w, i, j)), from = bni_weight_plain(pattern_weight(w, j, i));
    double rho = w->rho[w->pop[i] * w->e->n_pop + w->pop[j]];
    return rho != 0 && to.kind == BINNET_WEIGHT_GAUSSIAN && from.kind == BINNET_WEIGHT_GAUSSIAN
               ? rho * to.par[1] * from.par[1]
               : 0;
}

/* All fire, given the connections. */
static double given_pattern(sparse *w, double *error)
{
    double shift[MOST], variance[MOST], p = 1;
    int done[MOST] = {0};
    *error = 0;
    for (int i = 0; i < w->neurons; i++) {
        pattern_input(w, i, &shift[i], &variance[i]);
        if (variance[i] == 0 && !fires_for_certain(w, i))
            return 0;
        done[i] = variance[i] == 0;
    }
    for (int first = 0; first < w->neurons; first++) {
        int part[MOST], count = 1;
        double h[MOST], r[MOST * MOST], off, one;
        if (done[first])
            continue;
        part[0] = first;
        done[first] = 1;
        for (int k = 0; k < count; k++)
            for (int j = 0; j < w->neurons; j++)
                if (!done[j] && pattern_covariance(w, part[k], j) != 0) {
                    part[count++] = j;
                    done[j] = 1;
                }
        for (int k = 0; k < count; k++) {
            h[k] = -shift[part[k]] / sqrt(variance[part[k]]);
            for (int m = 0; m < count; m++)
                r[k * count + m] = k == m ? 1
                                          : pattern_covariance(w, part[k], part[m]) /
                                                sqrt(variance[part[k]] * variance[part[m]]);
        }
        one = bni_orthant(count, h, r, 1e-12, &off);
        *error = *error * (one + off) + p * off;
        p *= one;
    }
    return p;
}

static void descend_pattern(sparse *w, int depth, double weight)
{
    if (!(weight > 0) || w->status != BINNET_OK)
        return;
    if (depth == w->choices) {
        double off, p = given_pattern(w, &off);
        w->sum += weight * p;
        w->error += weight * off;
        w->leaves++;
        if (fmod(w->leaves, 32) == 0)
            w->status = bni_poll(w->ctx, 0);
        return;
    }
    int i = w->at[depth].i, j = w->at[depth].j, same = w->e->reciprocal == BINNET_RECIPROCAL_SAME;
    double to = w->e->p[w->pop[i] * w->e->n_pop + w->pop[j]], from = w->e->p[w->pop[j] * w->e->n_pop + w->pop[i]];
    for (int k = 0; k < 4; k++) {
        int a = k & 1, b = k >> 1;
        if ((i == j || same) && a != b)
            continue;
        w->present[i][j] = a;
        w->present[j][i] = b;
        descend_pattern(w, depth + 1, weight * (a ? to : 1 - to) * (i == j || same ? 1 : b ? from : 1 - from));
    }
}

int32_t bni_correlated_sparse(binnet_ctx *ctx, double *p, double *error, const binnet_ensemble *e, const double *rho,
                              const int64_t *n)
{
    sparse w = {.ctx = ctx, .e = e, .rho = rho};
    for (size_t a = 0; a < e->n_pop; a++)
        for (int64_t k = 0; k < n[a]; k++)
            w.pop[w.neurons++] = a;
    for (int i = 0; i < w.neurons; i++)
        for (int j = e->self_connections ? i : i + 1; j < w.neurons; j++)
            w.at[w.choices++] = (choice){i, j};
    descend_pattern(&w, 0, 1);
    *p = fmin(w.sum, 1);
    *error = w.error;
    return w.status;
}
