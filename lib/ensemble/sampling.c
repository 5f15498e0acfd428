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

/* Arrays of one call; entries are of sparse networks. */
typedef struct room {
    size_t n, n_pop, entries;
    int dense;
    int64_t *first;
    bni_weight *weight;
    double *M, *theta, *I, *J, *w, *some_w;
    int64_t *row_ptr;
    int32_t *col, *some;
} room;

static void list_room(bni_plan *plan, void *object)
{
    room *m = object;
    double n = (double)m->n;
    BNI_BUFFER(plan, m->first, m->n_pop + 1);
    BNI_BUFFER(plan, m->weight, m->n_pop * m->n_pop);
    BNI_BUFFER(plan, m->M, n);
    BNI_BUFFER(plan, m->theta, n);
    BNI_BUFFER(plan, m->I, n);
    BNI_BUFFER(plan, m->some, n);
    BNI_BUFFER(plan, m->some_w, n);
    if (m->dense)
        BNI_ZEROS(plan, m->J, n * n);
    else
        BNI_ZEROS(plan, m->row_ptr, n + 1);
}

static void list_entries(bni_plan *plan, void *object)
{
    room *m = object;
    BNI_BUFFER(plan, m->col, m->entries);
    BNI_BUFFER(plan, m->w, m->entries);
}

/* What is made, and what making it takes. */
static double sample_bytes(room *m)
{
    double n = (double)m->n, entries = m->dense ? 8 * n * n : bni_plan_bytes(list_entries, m) + 8 * (n + 1);
    double net = (double)sizeof(binnet_net) + entries + 28 * n; /* normalisation, thresholds, stimuli, populations */
    return net + bni_plan_bytes(list_room, m) + (m->dense ? 0 : bni_plan_bytes(list_entries, m));
}

static int32_t build_net(draw *d, binnet_net **net, room *m)
{
    binnet_ctx *ctx = d->ctx;
    size_t n = m->n;
    if (m->dense) {
        BNI_TRY(rows(d, m->M, m->J, NULL, NULL, NULL, m->some, m->some_w, 0, 1));
        return binnet_net_new(ctx, net, n, m->J, m->M, m->theta, m->I);
    }
    BNI_TRY(rows(d, m->M, NULL, m->row_ptr, NULL, NULL, m->some, m->some_w, 0, 0.4));
    m->entries = (size_t)m->row_ptr[n];
    BNI_TRY(bni_need_memory(ctx, sample_bytes(m), "a sparse network and its making"));
    BNI_TRY(bni_plan_make(ctx, list_entries, m));
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

static int32_t draw_with(draw *d, binnet_net **out, room *m)
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
    BNI_TRY(build_net(d, &net, m));
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
    room m = {.n = n, .n_pop = n_pop, .dense = connection_density(ensemble) >= 1 / 3.0};
    BNI_TRY(bni_need_memory(ctx, sample_bytes(&m), "a network and its making"));
    BNI_TRY(bni_plan_make(ctx, list_room, &m));
    draw d = {ctx, ensemble, (uint64_t)ctx->seed, index, m.first, m.weight};
    int32_t status = draw_with(&d, net, &m);
    bni_plan_release(&ctx->mem, list_room, &m);
    bni_plan_release(&ctx->mem, list_entries, &m);
    return status;
}
