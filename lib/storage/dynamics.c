/*
 * The noisy network state by state, for any number of neurons: its weights that are not 0, row after row.
 */
#include "num/exact.h"
#include "storage/storage.h"

#include <math.h>

static void dynamics_buffers(bni_plan *plan, void *object)
{
    bni_dynamics *d = object;
    BNI_BUFFER(plan, d->M, d->n);
    BNI_BUFFER(plan, d->theta, d->n);
    BNI_BUFFER(plan, d->stimulus, d->n);
    BNI_BUFFER(plan, d->size, d->n);
    BNI_ZEROS(plan, d->first, d->n + 1);
}

void bni_dynamics_free(bni_dynamics *d)
{
    bni_delete(&d->mem, d->input);
    bni_delete(&d->mem, d->weight);
    d->input = NULL;
    d->weight = NULL;
    bni_plan_release(&d->mem, dynamics_buffers, d);
}

static int32_t fill_dynamics(binnet_ctx *ctx, bni_dynamics *d, const binnet_net *net, double *row, int count_only)
{
    size_t at = 0;
    for (size_t i = 0; i < d->n; i++) {
        bni_net_row(net, i, row);
        d->first[i] = at;
        double sum = 0;
        for (size_t j = 0; j < d->n; j++)
            if (row[j] != 0) {
                if (!count_only) {
                    d->input[at] = (uint32_t)j;
                    d->weight[at] = row[j];
                }
                sum += fabs(row[j]);
                at++;
            }
        size_t unit = bni_net_unit(net, i);
        d->M[i] = net->M[unit];
        d->theta[i] = net->theta[unit];
        d->stimulus[i] = net->I[unit];
        d->size[i] = sum / d->M[i] + fabs(d->theta[i]) + fabs(d->stimulus[i]);
        if (!isfinite(d->size[i]))
            return bni_fail(ctx, BINNET_E_RANGE, "the drive of neuron %zu overflows", i);
        BNI_TRY(bni_poll(ctx, 0));
    }
    d->first[d->n] = at;
    return BINNET_OK;
}

int32_t bni_dynamics_new(binnet_ctx *ctx, bni_dynamics *d, const binnet_net *net, const binnet_noise *noise, size_t n,
                         double more_bytes)
{
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    BNI_TRY(bni_noise_need_independent(ctx, noise, "recall"));
    if (net->n != n || noise->n != n)
        return bni_fail(ctx, BINNET_E_SIZE, "the network is of %zu neurons, the noise of %zu, n is %zu", net->n,
                        noise->n, n);
    *d = (bni_dynamics){.mem = ctx->mem, .n = n, .tie = net->tie, .noise = noise};
    double vectors = bni_plan_bytes(dynamics_buffers, d) + 8 * (double)n + more_bytes;
    BNI_TRY(bni_need_memory(ctx, vectors, "the dynamics"));
    double *row = bni_new_raw(ctx, n, sizeof *row);
    int32_t status = row == NULL ? BINNET_E_NOMEM : bni_plan_make(ctx, dynamics_buffers, d);
    if (status == BINNET_OK)
        status = fill_dynamics(ctx, d, net, row, 1);
    if (status == BINNET_OK)
        status = bni_need_memory(ctx, vectors + 12 * (double)d->first[n], "the dynamics");
    if (status == BINNET_OK && ((d->input = bni_new_raw(ctx, d->first[n], sizeof *d->input)) == NULL ||
                                (d->weight = bni_new_raw(ctx, d->first[n], sizeof *d->weight)) == NULL))
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = fill_dynamics(ctx, d, net, row, 0);
    bni_delete(&ctx->mem, row);
    if (status != BINNET_OK)
        bni_dynamics_free(d);
    return status;
}

/* The sign of the exact drive, where the rounded one may be wrong. */
static int drive_sign(const bni_dynamics *d, size_t i, const uint8_t *state, double h)
{
    if (fabs(h) > (double)(d->n + 8) * 0x1p-52 * d->size[i])
        return h > 0 ? 1 : -1;
    bni_exact e;
    bni_exact_clear(&e);
    for (size_t k = d->first[i]; k < d->first[i + 1]; k++)
        if (state[d->input[k]])
            bni_exact_add(&e, d->weight[k]);
    bni_exact_add_product(&e, d->M[i], d->stimulus[i]);
    bni_exact_add_product(&e, -d->M[i], d->theta[i]);
    return bni_exact_sign(&e);
}

int32_t bni_dynamics_fires(binnet_ctx *ctx, double *fires, double *silent, const bni_dynamics *d, size_t i,
                           const uint8_t *state)
{
    double sum = 0;
    for (size_t k = d->first[i]; k < d->first[i + 1]; k++)
        sum += state[d->input[k]] ? d->weight[k] : 0;
    double h = sum / d->M[i] + d->stimulus[i] - d->theta[i], scale = d->noise->scale[i];
    if (scale > 0) {
        bni_noise_tails(d->noise, -(h / scale), silent, fires);
        if (!(*silent >= 0 && *silent <= 1 && *fires >= 0 && *fires <= 1))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
        return BINNET_OK;
    }
    int sign = drive_sign(d, i, state, h);
    *fires = sign > 0 || (sign == 0 && (d->tie == BINNET_TIE_ACTIVE || (d->tie == BINNET_TIE_KEEP && state[i])));
    *silent = 1 - *fires;
    return BINNET_OK;
}
