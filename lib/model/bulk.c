/*
 * Whole arrays of a network and its noise in one call, for what a loop over the getters would ask; names of the constants.
 */
#include "model/model.h"

#include <math.h>

static int32_t check_bulk(binnet_ctx *ctx, size_t n, const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, net, "net"));
    if (n != net->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the network has %zu neurons", n, net->n);
    return BINNET_OK;
}

int32_t binnet_net_weights(binnet_ctx *ctx, double *J, size_t n, const binnet_net *net)
{
    BNI_TRY(check_bulk(ctx, n, net));
    BNI_TRY(bni_need(ctx, J, "J"));
    for (size_t i = 0; i < n; i++) {
        bni_net_row(net, i, J + i * n);
        BNI_TRY(bni_poll(ctx, (double)i / (double)n));
    }
    return bni_poll_end(ctx);
}

/* Weights other than 0 that neuron i receives, rising by sender: how many, and where col is not NULL which. */
static size_t list_row(const binnet_net *net, size_t i, int32_t *col, double *w)
{
    size_t count = 0, from = net->form == BNI_CSR ? (size_t)net->row_ptr[i] : 0;
    size_t items = net->form == BNI_CSR ? (size_t)net->row_ptr[i + 1] - from : net->n;
    for (size_t k = 0; k < items; k++) {
        size_t j = net->form == BNI_CSR ? (size_t)net->col[from + k] : k;
        double weight = net->form == BNI_CSR ? net->J[from + k] : binnet_net_weight(net, i, k);
        if (weight == 0)
            continue;
        if (col != NULL) {
            col[count] = (int32_t)j;
            w[count] = weight;
        }
        count++;
    }
    return count;
}

/* The same of a homogeneous network, without its neurons one by one. */
static uint64_t count_weights_of(const binnet_net *net, size_t i)
{
    if (net->form != BNI_HOMOGENEOUS)
        return list_row(net, i, NULL, NULL);
    uint64_t count = 0;
    size_t a = bni_net_unit(net, i);
    for (size_t b = 0; b < net->n_pop; b++)
        if (net->J[a * net->n_pop + b] != 0)
            count += (uint64_t)(net->first[b + 1] - net->first[b]) - (a == b && !net->self_connections);
    return count;
}

uint64_t binnet_net_entries(const binnet_net *net)
{
    uint64_t count = 0;
    for (size_t i = 0; net != NULL && i < net->n; i++) {
        size_t alike = 1;
        if (net->form == BNI_HOMOGENEOUS) {
            size_t a = bni_net_unit(net, i);
            alike = (size_t)(net->first[a + 1] - net->first[a]);
        }
        count += alike * count_weights_of(net, i);
        i += alike - 1;
    }
    return count;
}

int32_t binnet_net_csr(binnet_ctx *ctx, int64_t *row_ptr, int32_t *col, double *w, size_t n, size_t entries,
                       const binnet_net *net)
{
    BNI_TRY(check_bulk(ctx, n, net));
    BNI_TRY(bni_need(ctx, row_ptr, "row_ptr"));
    if (entries > 0) {
        BNI_TRY(bni_need(ctx, col, "col"));
        BNI_TRY(bni_need(ctx, w, "w"));
    }
    uint64_t have = binnet_net_entries(net);
    if (entries != have)
        return bni_fail(ctx, BINNET_E_SIZE, "entries is %zu, the network has %llu weights other than 0", entries,
                        (unsigned long long)have);
    row_ptr[0] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)row_ptr[i];
        row_ptr[i + 1] = row_ptr[i];
        if (entries > 0)
            row_ptr[i + 1] += (int64_t)list_row(net, i, col + at, w + at);
        BNI_TRY(bni_poll(ctx, (double)i / (double)n));
    }
    return bni_poll_end(ctx);
}

int32_t binnet_net_parameters(binnet_ctx *ctx, double *M, double *theta, double *stimulus, int32_t *pop, size_t n,
                              const binnet_net *net)
{
    BNI_TRY(check_bulk(ctx, n, net));
    for (size_t i = 0; i < n; i++) {
        size_t u = bni_net_unit(net, i);
        if (M != NULL)
            M[i] = net->M[u];
        if (theta != NULL)
            theta[i] = net->theta[u];
        if (stimulus != NULL)
            stimulus[i] = net->I[u];
        if (pop != NULL)
            pop[i] = binnet_net_population(net, i);
    }
    return BINNET_OK;
}

int32_t binnet_net_is_homogeneous(const binnet_net *net)
{
    return net != NULL && net->form == BNI_HOMOGENEOUS;
}

int32_t binnet_net_self_connections(const binnet_net *net)
{
    return net != NULL && (net->form != BNI_HOMOGENEOUS || net->self_connections);
}

/* --- noise --- */

int32_t binnet_noise_scales(binnet_ctx *ctx, double *scale, size_t n, const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, scale, "scale"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (n != noise->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the noise is of %zu neurons", n, noise->n);
    for (size_t i = 0; i < n; i++)
        scale[i] = noise->scale[i];
    return BINNET_OK;
}

double binnet_noise_dof(const binnet_noise *noise)
{
    return noise != NULL && noise->kind == BINNET_NOISE_STUDENT_T ? noise->dof : NAN;
}

int32_t binnet_noise_eval_many(binnet_ctx *ctx, double *cdf, double *survival, double *density,
                               const binnet_noise *noise, size_t count, const double *x)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (count > 0)
        BNI_TRY(bni_need(ctx, x, "x"));
    for (size_t k = 0; k < count; k++)
        if (isnan(x[k]))
            return bni_fail(ctx, BINNET_E_NAN, "x[%zu] is NaN", k);
    if (density != NULL && noise->kind == BINNET_NOISE_CUSTOM && noise->density == NULL)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "this noise was made without a density");
    for (size_t k = 0; k < count; k++) {
        double F, G;
        bni_noise_tails(noise, x[k], &F, &G);
        if (cdf != NULL)
            cdf[k] = F;
        if (survival != NULL)
            survival[k] = G;
        if (density != NULL)
            density[k] = bni_noise_density(noise, x[k]);
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    return bni_poll_end(ctx);
}

/* 1 - F(-h / scale); without noise the sign of h, and the tie rule. */
static double activation(const binnet_net *net, const binnet_noise *noise, size_t i, double h, int active)
{
    double F, G;
    if (!(noise->scale[i] > 0)) {
        int tie = net->tie == BINNET_TIE_ACTIVE || (net->tie == BINNET_TIE_KEEP && active);
        return h > 0 ? 1 : h < 0 ? 0 : tie;
    }
    bni_noise_tails(noise, -h / noise->scale[i], &F, &G);
    return G;
}

int32_t binnet_noise_activation(binnet_ctx *ctx, double *p, size_t count, size_t n, const binnet_net *net,
                                const binnet_noise *noise, uint64_t first)
{
    BNI_TRY(check_bulk(ctx, n, net));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (noise->n != n)
        return bni_fail(ctx, BINNET_E_SIZE, "the network has %zu neurons, the noise is of %zu", n, noise->n);
    if (n > BINNET_MAX_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons: states are numbered up to %d neurons", n,
                        BINNET_MAX_NEURONS);
    uint64_t states = (uint64_t)1 << n;
    if (first >= states || count > states - first)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu states from %llu; the network has %llu", count,
                        (unsigned long long)first, (unsigned long long)states);
    double row[BINNET_MAX_NEURONS];
    for (size_t i = 0; i < n; i++) {
        bni_net_row(net, i, row);
        size_t u = bni_net_unit(net, i);
        for (size_t k = 0; k < count; k++) {
            uint64_t state = first + k;
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                if (state >> j & 1)
                    sum += row[j];
            p[k * n + i] = activation(net, noise, i, sum / net->M[u] + net->I[u] - net->theta[u],
                                      (int)(state >> i & 1));
            if (k % 1024 == 0)
                BNI_TRY(bni_poll(ctx, ((double)i + (double)k / (double)count) / (double)n));
        }
    }
    return bni_poll_end(ctx);
}

/* --- names --- */

static const char *name_among(const char *const *names, size_t count, int64_t k)
{
    return k >= 0 && (uint64_t)k < count ? names[k] : NULL;
}
#define NAME_AMONG(names, k) name_among(names, sizeof(names) / sizeof *(names), k)

const char *binnet_update_name(int32_t update)
{
    static const char *const names[] = {"synchronous", "asynchronous", "sweep", "blocks"};
    return NAME_AMONG(names, (int64_t)update - BINNET_UPDATE_SYNCHRONOUS);
}

const char *binnet_noise_name(int32_t kind)
{
    static const char *const names[] = {"gaussian", "logistic", "uniform", "laplace", "student_t", "custom"};
    return NAME_AMONG(names, (int64_t)kind - BINNET_NOISE_GAUSSIAN);
}

const char *binnet_tie_name(int32_t tie)
{
    static const char *const names[] = {"active", "silent", "keep"};
    return NAME_AMONG(names, (int64_t)tie - BINNET_TIE_ACTIVE);
}

const char *binnet_method_name(int32_t method)
{
    static const char *const names[] = {"auto", "gth", "iteration"};
    return NAME_AMONG(names, (int64_t)method - BINNET_METHOD_AUTO);
}
