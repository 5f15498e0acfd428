/*
 * Making networks: dense, compressed rows, homogeneous populations, and copies with one thing changed.
 * Drive h_i(A) = (1/M_i) sum_j J_ij A_j + I_i - theta_i.   Source: [FP19] eq. 1.
 */
#include "model/model.h"

/* A network of that form: `units` thresholds, `entries` weights, with_pop: populations given neuron by neuron. */
static int32_t need_net(binnet_ctx *ctx, int form, size_t n, size_t units, size_t entries, int with_pop,
                        const char *what)
{
    double bytes = (double)sizeof(binnet_net) + 24 * (double)units + 8 * (double)entries;
    if (form == BNI_CSR)
        bytes += 8 * (double)(n + 1) + 4 * (double)entries;
    if (form == BNI_HOMOGENEOUS)
        bytes += 8 * (double)(units + 1);
    if (with_pop)
        bytes += 4 * (double)n;
    return bni_need_memory(ctx, bytes + 32, what); /* an empty array takes some bytes too */
}

/* An empty network with its vectors of `units` entries; weights are the caller's to set. */
static int32_t net_make(binnet_ctx *ctx, binnet_net **out, int form, size_t n, size_t units, const double *M,
                        const double *theta, const double *stimulus)
{
    BNI_TRY(bni_need_finite(ctx, M, units, "M"));
    BNI_TRY(bni_need_finite(ctx, theta, units, "theta"));
    BNI_TRY(bni_need_finite(ctx, stimulus, units, "stimulus"));
    for (size_t i = 0; M != NULL && i < units; i++)
        if (!(M[i] > 0))
            return bni_fail(ctx, BINNET_E_RANGE, "M[%zu] is %g, a normalisation must be > 0", i, M[i]);
    binnet_net *net = bni_new(ctx, 1, sizeof *net);
    if (net == NULL)
        return BINNET_E_NOMEM;
    net->mem = ctx->mem;
    net->form = form;
    net->n = n;
    net->n_pop = 1;
    net->tie = BINNET_TIE_ACTIVE;
    if ((net->M = bni_copy(ctx, M, units, 1)) == NULL || (net->theta = bni_copy(ctx, theta, units, 0)) == NULL ||
        (net->I = bni_copy(ctx, stimulus, units, 0)) == NULL) {
        binnet_net_free(net);
        return BINNET_E_NOMEM;
    }
    *out = net;
    return BINNET_OK;
}

/* A copy of an array, also when it was interrupted; NULL when something went wrong before. */
static void *copy_array(binnet_ctx *ctx, int32_t *status, const void *from, size_t count, size_t size)
{
    if (*status != BINNET_OK)
        return NULL;
    void *copy = bni_new_raw(ctx, count, size);
    *status = copy != NULL ? bni_copy_bytes(ctx, copy, from, count, size) : BINNET_E_NOMEM;
    return copy;
}

/* The network, or what went wrong. */
static int32_t finish_net(binnet_net **out, binnet_net *net, int32_t status)
{
    if (status == BINNET_OK)
        *out = net;
    else
        binnet_net_free(net);
    return status;
}

static int32_t check_count(binnet_ctx *ctx, size_t n, const char *name)
{
    if (n < 1 || n > BINNET_MAX_NETWORK)
        return bni_fail(ctx, BINNET_E_RANGE, "%s is %zu, allowed is 1..%d", name, n, BINNET_MAX_NETWORK);
    return BINNET_OK;
}

int32_t binnet_net_new(binnet_ctx *ctx, binnet_net **out, size_t n, const double *J, const double *M,
                       const double *theta, const double *stimulus)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(check_count(ctx, n, "n"));
    BNI_TRY(bni_need(ctx, J, "J"));
    BNI_TRY(need_net(ctx, BNI_DENSE, n, n, n * n, 0, "a dense network"));
    BNI_TRY(bni_need_finite(ctx, J, n * n, "J"));
    binnet_net *net;
    BNI_TRY(net_make(ctx, &net, BNI_DENSE, n, n, M, theta, stimulus));
    int32_t status = BINNET_OK;
    net->J = copy_array(ctx, &status, J, n * n, sizeof *J);
    return finish_net(out, net, status);
}

static int32_t check_csr(binnet_ctx *ctx, size_t n, const int64_t *row_ptr, const int32_t *col)
{
    if (row_ptr[0] != 0)
        return bni_fail(ctx, BINNET_E_RANGE, "row_ptr[0] is %lld, must be 0", (long long)row_ptr[0]);
    for (size_t i = 0; i < n; i++)
        if (row_ptr[i + 1] < row_ptr[i] || row_ptr[i + 1] - row_ptr[i] > (int64_t)n)
            return bni_fail(ctx, BINNET_E_RANGE, "row %zu has %lld entries, allowed is 0..%zu", i,
                            (long long)(row_ptr[i + 1] - row_ptr[i]), n);
    for (size_t i = 0; i < n; i++) {
        for (int64_t k = row_ptr[i]; k < row_ptr[i + 1]; k++) {
            if (col[k] < 0 || (size_t)col[k] >= n)
                return bni_fail(ctx, BINNET_E_RANGE, "col[%lld] is %d, allowed is 0..%zu", (long long)k, (int)col[k],
                                n - 1);
            if (k > row_ptr[i] && col[k] <= col[k - 1])
                return bni_fail(ctx, BINNET_E_RANGE, "col[%lld] = %d does not rise within row %zu", (long long)k,
                                (int)col[k], i);
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t binnet_net_new_csr(binnet_ctx *ctx, binnet_net **out, size_t n, const int64_t *row_ptr, const int32_t *col,
                           const double *w, const double *M, const double *theta, const double *stimulus)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(check_count(ctx, n, "n"));
    BNI_TRY(bni_need(ctx, row_ptr, "row_ptr"));
    BNI_TRY(bni_need(ctx, col, "col"));
    BNI_TRY(bni_need(ctx, w, "w"));
    BNI_TRY(check_csr(ctx, n, row_ptr, col));
    size_t entries = (size_t)row_ptr[n];
    BNI_TRY(need_net(ctx, BNI_CSR, n, n, entries, 0, "a sparse network"));
    BNI_TRY(bni_need_finite(ctx, w, entries, "w"));
    binnet_net *net;
    BNI_TRY(net_make(ctx, &net, BNI_CSR, n, n, M, theta, stimulus));
    int32_t status = BINNET_OK;
    net->J = copy_array(ctx, &status, w, entries, sizeof *w);
    net->row_ptr = copy_array(ctx, &status, row_ptr, n + 1, sizeof *row_ptr);
    net->col = copy_array(ctx, &status, col, entries, sizeof *col);
    return finish_net(out, net, status);
}

int32_t binnet_net_new_homogeneous(binnet_ctx *ctx, binnet_net **out, size_t n_pop, const int64_t *size,
                                   const double *J, const double *M, const double *theta, const double *stimulus,
                                   int32_t self_connections)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(check_count(ctx, n_pop, "n_pop"));
    BNI_TRY(bni_need(ctx, size, "size"));
    BNI_TRY(bni_need(ctx, J, "J"));
    BNI_TRY(need_net(ctx, BNI_HOMOGENEOUS, 0, n_pop, n_pop * n_pop, 0, "a homogeneous network"));
    BNI_TRY(bni_need_finite(ctx, J, n_pop * n_pop, "J"));
    if (self_connections != 0 && self_connections != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "self_connections is %d, allowed is 0 or 1", (int)self_connections);
    int64_t n = 0;
    for (size_t a = 0; a < n_pop; a++) {
        if (size[a] < 1 || size[a] > BINNET_MAX_NETWORK - n)
            return bni_fail(ctx, BINNET_E_RANGE, "size[%zu] is %lld: every size at least 1, together at most %d", a,
                            (long long)size[a], BINNET_MAX_NETWORK);
        n += size[a];
    }
    binnet_net *net;
    BNI_TRY(net_make(ctx, &net, BNI_HOMOGENEOUS, (size_t)n, n_pop, M, theta, stimulus));
    net->n_pop = n_pop;
    net->self_connections = self_connections;
    int32_t status = BINNET_OK;
    net->J = copy_array(ctx, &status, J, n_pop * n_pop, sizeof *J);
    if (status == BINNET_OK && (net->first = bni_new(ctx, n_pop + 1, sizeof *net->first)) == NULL)
        status = BINNET_E_NOMEM;
    for (size_t a = 0; status == BINNET_OK && a < n_pop; a++)
        net->first[a + 1] = net->first[a] + size[a];
    return finish_net(out, net, status);
}

void binnet_net_free(binnet_net *net)
{
    if (net == NULL)
        return;
    bni_allocator mem = net->mem;
    bni_delete(&mem, net->J);
    bni_delete(&mem, net->row_ptr);
    bni_delete(&mem, net->col);
    bni_delete(&mem, net->first);
    bni_delete(&mem, net->pop);
    bni_delete(&mem, net->M);
    bni_delete(&mem, net->theta);
    bni_delete(&mem, net->I);
    bni_delete(&mem, net);
}

/* Copy in the same form, or, with `expand`, as a dense network; stimuli and populations per neuron when I or pop is given. */
static int32_t net_copy(binnet_ctx *ctx, binnet_net **out, const binnet_net *net, int expand, const double *stimulus,
                        const int32_t *pop)
{
    size_t n = net->n;
    int form = expand && net->form == BNI_HOMOGENEOUS ? BNI_DENSE : net->form;
    size_t units = form == BNI_HOMOGENEOUS ? net->n_pop : n;
    size_t entries = form == BNI_CSR ? (size_t)net->row_ptr[n] : units * units;
    int with_pop = pop != NULL || net->pop != NULL || form != net->form;
    BNI_TRY(need_net(ctx, form, n, units, entries, with_pop, "a copy of the network"));
    binnet_net *copy;
    BNI_TRY(net_make(ctx, &copy, form, n, units, NULL, NULL, NULL));
    copy->n_pop = net->n_pop;
    copy->tie = net->tie;
    copy->self_connections = net->self_connections;
    int32_t status = BINNET_OK;
    if (form == net->form)
        copy->J = copy_array(ctx, &status, net->J, entries, sizeof *net->J);
    else if ((copy->J = bni_new_raw(ctx, entries, sizeof *copy->J)) == NULL)
        status = BINNET_E_NOMEM;
    for (size_t i = 0; status == BINNET_OK && form != net->form && i < n; i++) {
        bni_net_row(net, i, copy->J + i * n);
        status = bni_poll(ctx, 0);
    }
    if (form == BNI_CSR) {
        copy->row_ptr = copy_array(ctx, &status, net->row_ptr, n + 1, sizeof *net->row_ptr);
        copy->col = copy_array(ctx, &status, net->col, entries, sizeof *net->col);
    }
    if (form == BNI_HOMOGENEOUS)
        copy->first = copy_array(ctx, &status, net->first, units + 1, sizeof *net->first);
    if (status == BINNET_OK && with_pop && (copy->pop = bni_new_raw(ctx, n, sizeof *copy->pop)) == NULL)
        status = BINNET_E_NOMEM;
    for (size_t i = 0; status == BINNET_OK && with_pop && i < n; i++)
        copy->pop[i] = pop != NULL ? pop[i] : binnet_net_population(net, i);
    for (size_t u = 0; status == BINNET_OK && u < units; u++) {
        size_t i = form == BNI_HOMOGENEOUS ? (size_t)net->first[u] : u;
        size_t from = bni_net_unit(net, i);
        copy->M[u] = net->M[from];
        copy->theta[u] = net->theta[from];
        copy->I[u] = stimulus != NULL ? stimulus[i] : net->I[from];
    }
    return finish_net(out, copy, status);
}

int32_t binnet_net_with_populations(binnet_ctx *ctx, binnet_net **out, const binnet_net *net, size_t n_pop,
                                    const int32_t *pop)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, pop, "pop"));
    BNI_TRY(check_count(ctx, n_pop, "n_pop"));
    for (size_t i = 0; i < net->n; i++)
        if (pop[i] < 0 || (size_t)pop[i] >= n_pop)
            return bni_fail(ctx, BINNET_E_RANGE, "pop[%zu] is %d, allowed is 0..%zu", i, (int)pop[i], n_pop - 1);
    BNI_TRY(net_copy(ctx, out, net, 1, NULL, pop));
    (*out)->n_pop = n_pop;
    return BINNET_OK;
}

int32_t binnet_net_with_tie(binnet_ctx *ctx, binnet_net **out, const binnet_net *net, int32_t tie)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    if (tie != BINNET_TIE_ACTIVE && tie != BINNET_TIE_SILENT && tie != BINNET_TIE_KEEP)
        return bni_fail(ctx, BINNET_E_RANGE, "tie is %d, allowed is 0 (active), 1 (silent), 2 (keep)", (int)tie);
    BNI_TRY(net_copy(ctx, out, net, 0, NULL, NULL));
    (*out)->tie = tie;
    return BINNET_OK;
}

int32_t binnet_net_with_stimuli(binnet_ctx *ctx, binnet_net **out, const binnet_net *net, const double *stimulus)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, stimulus, "stimulus"));
    BNI_TRY(bni_need_finite(ctx, stimulus, net->n, "stimulus"));
    int expand = 0;
    if (net->form == BNI_HOMOGENEOUS)
        for (size_t i = 0; i < net->n; i++)
            expand |= stimulus[i] != stimulus[net->first[bni_net_unit(net, i)]];
    return net_copy(ctx, out, net, expand, stimulus, NULL);
}
