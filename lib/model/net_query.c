/*
 * Reading networks: sizes, weights, drives, and the layers of influence.
 * Layers: neurons nobody listens to are peeled off, then those only they listened to, and so on.
 */
#include "model/model.h"

#include <math.h>

size_t bni_net_unit(const binnet_net *net, size_t i)
{
    if (net->form != BNI_HOMOGENEOUS)
        return i;
    size_t low = 0, high = net->n_pop - 1; /* the last population that starts at or before i */
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if ((size_t)net->first[middle] <= i)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void bni_net_row(const binnet_net *net, size_t i, double *row)
{
    for (size_t j = 0; j < net->n; j++)
        row[j] = 0;
    if (net->form == BNI_DENSE)
        for (size_t j = 0; j < net->n; j++)
            row[j] = net->J[i * net->n + j];
    else if (net->form == BNI_CSR)
        for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++)
            row[net->col[k]] = net->J[k];
    else {
        size_t a = bni_net_unit(net, i);
        for (size_t b = 0; b < net->n_pop; b++)
            for (int64_t j = net->first[b]; j < net->first[b + 1]; j++)
                row[j] = net->J[a * net->n_pop + b];
        if (!net->self_connections)
            row[i] = 0;
    }
}

size_t binnet_net_neurons(const binnet_net *net)
{
    return net == NULL ? 0 : net->n;
}

size_t binnet_net_populations(const binnet_net *net)
{
    return net == NULL ? 0 : net->n_pop;
}

int32_t binnet_net_population(const binnet_net *net, size_t i)
{
    if (net == NULL || i >= net->n)
        return -1;
    if (net->pop != NULL)
        return net->pop[i];
    return net->form == BNI_HOMOGENEOUS ? (int32_t)bni_net_unit(net, i) : 0;
}

int32_t binnet_net_tie(const binnet_net *net)
{
    return net == NULL ? -1 : net->tie;
}

double binnet_net_weight(const binnet_net *net, size_t i, size_t j)
{
    if (net == NULL || i >= net->n || j >= net->n)
        return NAN;
    if (net->form == BNI_DENSE)
        return net->J[i * net->n + j];
    if (net->form == BNI_HOMOGENEOUS) {
        if (i == j && !net->self_connections)
            return 0;
        return net->J[bni_net_unit(net, i) * net->n_pop + bni_net_unit(net, j)];
    }
    int64_t low = net->row_ptr[i], high = net->row_ptr[i + 1];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if ((size_t)net->col[middle] == j)
            return net->J[middle];
        if ((size_t)net->col[middle] < j)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

double binnet_net_normalisation(const binnet_net *net, size_t i)
{
    return net == NULL || i >= net->n ? NAN : net->M[bni_net_unit(net, i)];
}

double binnet_net_threshold(const binnet_net *net, size_t i)
{
    return net == NULL || i >= net->n ? NAN : net->theta[bni_net_unit(net, i)];
}

double binnet_net_stimulus(const binnet_net *net, size_t i)
{
    return net == NULL || i >= net->n ? NAN : net->I[bni_net_unit(net, i)];
}

/* What binnet_net_drive and binnet_net_layers ask of their arguments. */
static int32_t check_query(binnet_ctx *ctx, const void *out, size_t n, const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "the output"));
    BNI_TRY(bni_need(ctx, net, "net"));
    if (n != net->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the network has %zu neurons", n, net->n);
    return BINNET_OK;
}

int32_t binnet_net_drive(binnet_ctx *ctx, double *h, size_t n, const binnet_net *net, uint64_t state)
{
    BNI_TRY(check_query(ctx, h, n, net));
    if (n > BINNET_MAX_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons: states are numbered up to %d neurons", n,
                        BINNET_MAX_NEURONS);
    if (state >> n != 0)
        return bni_fail(ctx, BINNET_E_RANGE, "state %llu has a neuron beyond the %zu of the network",
                        (unsigned long long)state, n);
    for (size_t i = 0; i < n; i++) {
        size_t u = bni_net_unit(net, i);
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            if (state >> j & 1)
                sum += binnet_net_weight(net, i, j);
        h[i] = sum / net->M[u] + net->I[u] - net->theta[u];
    }
    return BINNET_OK;
}

/* What layers are made of: neurons, or the populations of a homogeneous network, whose neurons share their layer. */
static size_t count_units(const binnet_net *net)
{
    return net->form == BNI_HOMOGENEOUS ? net->n_pop : net->n;
}

/* The next unit from *at on that changes the drive of unit u; SIZE_MAX when there is none. *at: where to go on. */
static size_t next_heard(const binnet_net *net, size_t u, size_t *at)
{
    if (net->form == BNI_CSR) {
        size_t end = (size_t)(net->row_ptr[u + 1] - net->row_ptr[u]);
        while (*at < end) {
            size_t k = (size_t)net->row_ptr[u] + (*at)++;
            if (net->J[k] != 0)
                return (size_t)net->col[k];
        }
        return SIZE_MAX;
    }
    size_t units = count_units(net);
    while (*at < units) {
        size_t v = (*at)++;
        int alone = v == u && net->form == BNI_HOMOGENEOUS && !net->self_connections &&
                    net->first[u + 1] - net->first[u] == 1; /* such a neuron does not hear itself */
        if (net->J[u * units + v] != 0 && !alone)
            return v;
    }
    return SIZE_MAX;
}

/* round[u] = 1, 2, ...: when unit u is peeled off, 0 for the core. listeners and leaf: scratch of as many. */
static int32_t peel_units(binnet_ctx *ctx, int32_t *round, int32_t *rounds, int32_t *listeners, int32_t *leaf,
                          const binnet_net *net)
{
    size_t units = count_units(net), peeled = 0, found = 0, at, v;
    for (size_t u = 0; u < units; u++)
        listeners[u] = round[u] = 0;
    for (size_t u = 0; u < units; u++) {
        for (at = 0; (v = next_heard(net, u, &at)) != SIZE_MAX;)
            listeners[v]++;
        BNI_TRY(bni_poll(ctx, 0.5 * (double)u / (double)units));
    }
    for (size_t u = 0; u < units; u++)
        if (listeners[u] == 0)
            leaf[found++] = (int32_t)u;
    *rounds = 0;
    while (peeled < found) {
        ++*rounds;
        for (size_t end = found; peeled < end; peeled++) {
            size_t u = (size_t)leaf[peeled];
            round[u] = *rounds;
            for (at = 0; (v = next_heard(net, u, &at)) != SIZE_MAX;)
                if (--listeners[v] == 0)
                    leaf[found++] = (int32_t)v;
            BNI_TRY(bni_poll(ctx, 0.5 + 0.5 * (double)peeled / (double)units));
        }
    }
    return BINNET_OK;
}

/* Rounds are counted from the outside in; turn them round so that the layer next to the core is 1. */
static void renumber_populations(int32_t *layer, size_t n, int32_t rounds)
{
    for (size_t i = 0; i < n; i++)
        if (layer[i] > 0)
            layer[i] = rounds + 1 - layer[i];
}

int32_t binnet_net_layers(binnet_ctx *ctx, int32_t *layer, size_t n, const binnet_net *net)
{
    BNI_TRY(check_query(ctx, layer, n, net));
    size_t units = count_units(net);
    BNI_TRY(bni_need_memory(ctx, 12 * (double)units, "the layers of a network"));
    int32_t *round = bni_new_raw(ctx, 3 * units, sizeof *round), rounds = 0;
    if (round == NULL)
        return BINNET_E_NOMEM;
    int32_t status = peel_units(ctx, round, &rounds, round + units, round + 2 * units, net);
    for (size_t i = 0; status == BINNET_OK && i < n; i++)
        layer[i] = round[bni_net_unit(net, i)];
    if (status == BINNET_OK)
        renumber_populations(layer, n, rounds);
    bni_delete(&ctx->mem, round);
    return status;
}

void bni_layers(int32_t *layer, size_t n, const double *J, const unsigned char *pinned)
{
    for (size_t i = 0; i < n; i++)
        layer[i] = 0;
    int32_t rounds = 0;
    for (int found = 1; found;) {
        found = 0;
        for (size_t j = 0; j < n; j++) {
            int leaf = layer[j] == 0 && !pinned[j];
            for (size_t i = 0; leaf && i < n; i++)
                leaf = (layer[i] != 0 && layer[i] != rounds + 1) || J[i * n + j] == 0;
            if (leaf) {
                layer[j] = rounds + 1;
                found = 1;
            }
        }
        rounds += found;
    }
    renumber_populations(layer, n, rounds);
}
