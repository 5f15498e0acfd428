/*
 * Networks drawn from an ensemble. Connection (i, j) of network number `index` has a stream of its own: first whether it is
 * present, then its weight. Where connections are rare, a stream of the row gives the gaps between the present ones.
 * Correlated with (j, i), j < i: W_ij = mean + sd (rho Z_ji + sqrt(1 - rho^2) Z_ij), Z the normal variables of the streams.
 */
#include "ensemble/ensemble.h"

#include "model/model.h"
#include "num/random.h"

#include <math.h>

/* Below this probability the gaps are drawn. */
static const double rare = 1 / 16.0;

typedef struct draw {
    binnet_ctx *ctx;
    const binnet_ensemble *e;
    uint64_t seed, index;
    int64_t *first;     /* [n_pop + 1] */
    bni_weight *weight; /* [n_pop][n_pop], plain */
} draw;

static double value(bni_random *r, const bni_weight *w)
{
    int upper;
    double u;
    switch (w->kind) {
    case BINNET_WEIGHT_CONSTANT:
        return w->par[0];
    case BINNET_WEIGHT_GAMMA:
        return w->par[1] * (w->par[0] == 1 ? bni_random_exponential(r) : bni_random_gamma(r, w->par[0]));
    default:
        u = bni_random_tail(r, &upper);
        return bni_weight_quantile(w, u, upper);
    }
}

static void connection(bni_random *r, const draw *d, int64_t i, int64_t j)
{
    bni_random_start(r, d->seed, BNI_RANDOM_CONNECTION, (uint64_t)i, (uint64_t)j, d->index);
}

/* A correlated Gaussian weight from j to i < j; r is the stream of (i, j). */
static double with_opposite(bni_random *r, const draw *d, const bni_weight *w, double rho, int64_t i, int64_t j)
{
    bni_random opposite;
    connection(&opposite, d, j, i);
    bni_random_bits(&opposite); /* whether it is present */
    double z = rho * bni_random_gaussian(&opposite) + sqrt((1 - rho) * (1 + rho)) * bni_random_gaussian(r);
    return w->par[0] + w->par[1] * z;
}

/* The present connections into neuron i of population a, in order: columns and, unless NULL, weights; how many. */
static int32_t row(const draw *d, size_t a, int64_t i, int32_t *col, double *weight, int64_t *count)
{
    const binnet_ensemble *e = d->e;
    bni_random stream, gaps;
    *count = 0;
    for (size_t b = 0; b < e->n_pop; b++) {
        double p = e->p[a * e->n_pop + b];
        const bni_weight *w = &d->weight[a * e->n_pop + b];
        double rho = e->rho != NULL ? e->rho[a * e->n_pop + b] : 0;
        int same = e->reciprocal == BINNET_RECIPROCAL_SAME, sparse = p < rare && !same;
        if (!(p > 0))
            continue;
        if (sparse)
            bni_random_start(&gaps, d->seed, BNI_RANDOM_WIRING, (uint64_t)i, b, d->index);
        for (int64_t j = d->first[b]; j < d->first[b + 1]; j++) {
            if (sparse && (j += bni_random_failures(&gaps, p, d->first[b + 1] - j)) == d->first[b + 1])
                break;
            if (i == j && !e->self_connections)
                continue;
            if (sparse && weight == NULL) {
                col[(*count)++] = (int32_t)j;
                continue;
            }
            connection(&stream, d, i, j);
            int present = bni_random_chance(&stream, p);
            if (same && j < i) {
                bni_random opposite;
                connection(&opposite, d, j, i);
                present = bni_random_chance(&opposite, p);
            }
            if (!sparse && !present)
                continue;
            if (weight != NULL) {
                weight[*count] = rho != 0 && j < i ? with_opposite(&stream, d, w, rho, i, j) : value(&stream, w);
                if (!isfinite(weight[*count]))
                    return bni_fail(d->ctx, BINNET_E_CALLBACK, "the weight from %lld to %lld is %g", (long long)j,
                                    (long long)i, weight[*count]);
            }
            col[(*count)++] = (int32_t)j;
        }
    }
    return BINNET_OK;
}

/* All rows: M[i], and weights into J (dense), or row_ptr, and col and w unless NULL. */
static int32_t rows(const draw *d, double *M, double *J, int64_t *row_ptr, int32_t *col, double *w, int32_t *some,
                    double *some_w, double from, double to)
{
    const binnet_ensemble *e = d->e;
    size_t n = e->n;
    bni_span(d->ctx, from, to);
    for (size_t a = 0; a < e->n_pop; a++)
        for (int64_t i = d->first[a]; i < d->first[a + 1]; i++) {
            int64_t count;
            BNI_TRY(row(d, a, i, some, J != NULL || w != NULL ? some_w : NULL, &count));
            M[i] = e->normalise != BINNET_NORMALISE_INDEGREE ? e->M[a] : count > 0 ? (double)count : 1;
            for (int64_t k = 0; J != NULL && k < count; k++)
                J[(size_t)i * n + (size_t)some[k]] = some_w[k];
            if (row_ptr != NULL && w == NULL)
                row_ptr[i + 1] = row_ptr[i] + count;
            for (int64_t k = 0; w != NULL && k < count; k++) {
                col[row_ptr[i] + k] = some[k];
                w[row_ptr[i] + k] = some_w[k];
            }
            BNI_TRY(bni_poll(d->ctx, (double)i / (double)n));
        }
    return BINNET_OK;
}

/* Arrays of one call. */
typedef struct room {
    double *M, *theta, *I, *J, *w, *some_w;
    int64_t *row_ptr;
    int32_t *col, *some, *pop;
} room;

/* Bytes with those of the weights: what is made and what making it takes. */
static double sample_bytes(const binnet_ensemble *e, double weights)
{
    return weights + 100.0 * (double)e->n + 100.0 * (double)e->n_pop * (double)e->n_pop + sizeof(binnet_net);
}

static int32_t build_net(draw *d, binnet_net **net, room *m, int dense)
{
    binnet_ctx *ctx = d->ctx;
    const binnet_ensemble *e = d->e;
    size_t n = e->n;
    if (dense) {
        if ((m->J = bni_new(ctx, n * n, sizeof(double))) == NULL)
            return BINNET_E_NOMEM;
        BNI_TRY(rows(d, m->M, m->J, NULL, NULL, NULL, m->some, m->some_w, 0, 1));
        return binnet_net_new(ctx, net, n, m->J, m->M, m->theta, m->I);
    }
    if ((m->row_ptr = bni_new(ctx, n + 1, sizeof(int64_t))) == NULL)
        return BINNET_E_NOMEM;
    BNI_TRY(rows(d, m->M, NULL, m->row_ptr, NULL, NULL, m->some, m->some_w, 0, 0.4));
    size_t entries = (size_t)m->row_ptr[n];
    BNI_TRY(bni_need_memory(ctx, sample_bytes(e, 24.0 * (double)entries), "a sparse network and its making"));
    if ((m->col = bni_new_raw(ctx, entries, sizeof(int32_t))) == NULL ||
        (m->w = bni_new_raw(ctx, entries, sizeof(double))) == NULL)
        return BINNET_E_NOMEM;
    BNI_TRY(rows(d, m->M, NULL, m->row_ptr, m->col, m->w, m->some, m->some_w, 0.4, 1));
    return binnet_net_new_csr(ctx, net, n, m->row_ptr, m->col, m->w, m->M, m->theta, m->I);
}

/* Expected share of the connections that are present. */
static double connection_density(const binnet_ensemble *e)
{
    double present = 0;
    for (size_t a = 0; a < e->n_pop; a++)
        for (size_t b = 0; b < e->n_pop; b++)
            present += e->p[a * e->n_pop + b] * (double)e->size[a] * (double)bni_ensemble_candidates(e, a, b);
    return present / ((double)e->n * (double)e->n);
}

static int32_t draw_with(draw *d, binnet_net **out, room *m, int dense)
{
    const binnet_ensemble *e = d->e;
    binnet_net *net = NULL;
    d->first[0] = 0;
    for (size_t a = 0; a < e->n_pop; a++) {
        d->first[a + 1] = d->first[a] + e->size[a];
        for (int64_t i = d->first[a]; i < d->first[a + 1]; i++) {
            m->theta[i] = e->theta[a];
            m->I[i] = e->I[a];
        }
    }
    for (size_t k = 0; k < e->n_pop * e->n_pop; k++)
        d->weight[k] = bni_weight_plain(&e->weight[k]);
    BNI_TRY(build_net(d, &net, m, dense));
    net->tie = e->tie;
    if (e->n_pop > 1) {
        net->n_pop = e->n_pop;
        if ((net->pop = bni_new_raw(d->ctx, e->n, sizeof *net->pop)) == NULL) {
            binnet_net_free(net);
            return BINNET_E_NOMEM;
        }
        for (size_t a = 0; a < e->n_pop; a++)
            for (int64_t i = d->first[a]; i < d->first[a + 1]; i++)
                net->pop[i] = (int32_t)a;
    }
    *out = net;
    return BINNET_OK;
}

int32_t binnet_ensemble_sample(binnet_ctx *ctx, binnet_net **net, const binnet_ensemble *ensemble, uint64_t index)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, net, "net"));
    *net = NULL;
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    size_t n = ensemble->n, n_pop = ensemble->n_pop;
    for (size_t k = 0; k < n_pop * n_pop; k++)
        if (bni_weight_blind(&ensemble->weight[k]) && ensemble->p[k] > 0)
            return bni_fail(ctx, BINNET_E_UNDEFINED,
                            "the weights from population %zu to %zu have no cdf to draw them from", k % n_pop,
                            k / n_pop);
    int dense = connection_density(ensemble) >= 1 / 3.0;
    BNI_TRY(bni_need_memory(ctx, sample_bytes(ensemble, dense ? 16.0 * (double)n * (double)n : 0),
                            "a network and its making"));
    draw d = {ctx, ensemble, (uint64_t)ctx->seed, index, NULL, NULL};
    room m = {0};
    int32_t status = BINNET_E_NOMEM;
    if ((d.first = bni_new_raw(ctx, n_pop + 1, sizeof *d.first)) != NULL &&
        (d.weight = bni_new_raw(ctx, n_pop * n_pop, sizeof *d.weight)) != NULL &&
        (m.M = bni_new_raw(ctx, n, sizeof(double))) != NULL &&
        (m.theta = bni_new_raw(ctx, n, sizeof(double))) != NULL &&
        (m.I = bni_new_raw(ctx, n, sizeof(double))) != NULL &&
        (m.some = bni_new_raw(ctx, n, sizeof(int32_t))) != NULL &&
        (m.some_w = bni_new_raw(ctx, n, sizeof(double))) != NULL)
        status = draw_with(&d, net, &m, dense);
    const bni_allocator *mem = &ctx->mem;
    bni_delete(mem, d.first);
    bni_delete(mem, d.weight);
    bni_delete(mem, m.M);
    bni_delete(mem, m.theta);
    bni_delete(mem, m.I);
    bni_delete(mem, m.J);
    bni_delete(mem, m.w);
    bni_delete(mem, m.some_w);
    bni_delete(mem, m.row_ptr);
    bni_delete(mem, m.col);
    bni_delete(mem, m.some);
    return status;
}
