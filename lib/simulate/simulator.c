/*
 * Simulators: a network compiled for simulation. The weights into neuron i become whole numbers q_ij = J_ij / step_i, step_i a
 * power of two so small that the largest weight has 30 bits (60 less those of the in-degree for up to 2^22 synapses, which is
 * exact for most), so V_i = sum_j q_ij A_j is exact and h_i = V_i step_i / M_i + I_i - theta_i.
 */
#include "simulate/simulator.h"
#include "simulate/wiring.h"

#include <math.h>
#include <string.h>

void bni_sim_buffers(bni_plan *plan, void *object)
{
    binnet_sim *s = object;
    size_t units = bni_sim_units(s);
    BNI_BUFFER(plan, s->pop, s->n);
    BNI_ZEROS(plan, s->size, s->n_pop);
    BNI_BUFFER(plan, s->unit, units);
    BNI_BUFFER(plan, s->base, units);
    BNI_BUFFER(plan, s->sigma, units);
    BNI_BUFFER(plan, s->M, units);
    BNI_BUFFER(plan, s->I, units);
    BNI_BUFFER(plan, s->theta, units);
    BNI_BUFFER(plan, s->step, units);
    BNI_ZEROS(plan, s->slack, units);
    BNI_BUFFER(plan, s->J, s->homogeneous ? s->n_pop * s->n_pop : 0);
    BNI_ZEROS(plan, s->total, s->homogeneous ? 0 : s->n);
    BNI_BUFFER(plan, s->alias_limit, s->select != NULL ? s->n : 0);
    BNI_BUFFER(plan, s->alias, s->select != NULL ? s->n : 0);
    BNI_BUFFER(plan, s->firing, 1);
    BNI_ZEROS(plan, s->pop_first, s->redrawn ? s->n_pop + 1 : 0);
    BNI_BUFFER(plan, s->probability, s->by_probability ? s->n_pop * s->n_pop : 0);
    BNI_BUFFER(plan, s->in_degree, s->redrawn && !s->by_probability ? s->n_pop * s->n_pop : 0);
    BNI_BUFFER(plan, s->pop_constant, s->redrawn ? s->n_pop * s->n_pop : 0);
}

void binnet_sim_free(binnet_sim *sim)
{
    if (sim == NULL)
        return;
    bni_allocator mem = sim->mem;
    bni_wiring_free(&mem, &sim->wiring);
    bni_delete(&mem, sim->select);
    binnet_noise_free(sim->noise);
    bni_plan_release(&mem, bni_sim_buffers, sim);
    bni_delete(&mem, sim);
}

int32_t bni_sim_fill_alias(binnet_ctx *ctx, binnet_sim *s, const double *weight, double sum)
{
    size_t n = s->n, small = 0, large = n;
    double *rest = bni_new_raw(ctx, n, sizeof *rest);
    uint32_t *stack = bni_new_raw(ctx, n, sizeof *stack);
    int32_t status = rest == NULL || stack == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t k = 0; status == BINNET_OK && k < n; k++) {
        rest[k] = weight[k] / sum * (double)n;
        if (rest[k] < 1)
            stack[small++] = (uint32_t)k;
        else
            stack[--large] = (uint32_t)k;
        s->alias[k] = (uint32_t)k;
        s->alias_limit[k] = UINT64_MAX;
    }
    while (status == BINNET_OK && small > 0 && large < n) {
        uint32_t low = stack[--small], high = stack[large];
        s->alias_limit[low] = (uint64_t)(rest[low] * 0x1p64);
        s->alias[low] = high;
        rest[high] -= 1 - rest[low];
        if (rest[high] < 1) {
            large++;
            stack[small++] = high;
        }
    }
    bni_delete(&ctx->mem, rest);
    bni_delete(&ctx->mem, stack);
    return status;
}

/* Units of the weights into a neuron: its largest one, how many there are, bits that they may have. */
static double power_of_step(double largest, size_t many, int width)
{
    int exponent, bits = 30;
    if (width != 4)
        for (bits = 60; many > 1; many /= 2)
            bits--;
    frexp(largest, &exponent);
    return ldexp(1, exponent - bits < -1000 ? -1000 : exponent - bits);
}

int32_t bni_sim_set_unit(binnet_ctx *ctx, binnet_sim *s, size_t i, const double *w, const double *times, size_t many)
{
    double largest = 0, sum = 0, slack = 0, inputs = 0;
    for (size_t k = 0; k < many; k++) {
        double here = times != NULL ? times[k] : 1;
        if (!(here > 0))
            continue;
        largest = fmax(largest, fabs(w[k]));
        sum += here * fabs(w[k]);
        inputs += here;
    }
    s->base[i] = s->I[i] - s->theta[i];
    if (!isfinite(sum / s->M[i] + fabs(s->I[i]) + fabs(s->theta[i])))
        return bni_fail(ctx, BINNET_E_RANGE, "the drive of neuron %zu overflows", i);
    s->step[i] = largest > 0 ? power_of_step(largest, (size_t)inputs, s->wiring.width) : 1;
    s->unit[i] = s->step[i] / s->M[i];
    for (size_t k = 0; k < many; k++) {
        double q = w[k] / s->step[i];
        if (q != rint(q))
            slack += 0.5 * s->unit[i] * (times != NULL ? times[k] : 1);
    }
    s->slack[i] = slack;
    s->drive_error = fmax(s->drive_error, slack);
    return BINNET_OK;
}

int32_t bni_sim_check_update(binnet_ctx *ctx, int32_t update)
{
    if (update < BINNET_UPDATE_SYNCHRONOUS || update > BINNET_UPDATE_SWEEP)
        return bni_fail(ctx, BINNET_E_RANGE, "update is %d, allowed is 1 (synchronous), 2 (asynchronous), 3 (sweep)",
                        (int)update);
    return BINNET_OK;
}

/* --- from a network --- */

/* Entries that are not 0, and the most in a row. */
static double count_weights(const binnet_net *net)
{
    double sum = 0;
    size_t entries = net->form == BNI_CSR ? (size_t)net->row_ptr[net->n] : net->form == BNI_DENSE ? net->n * net->n : 0;
    for (size_t k = 0; k < entries; k++)
        sum += net->J[k] != 0;
    return sum;
}

static int32_t set_net_units(binnet_ctx *ctx, binnet_sim *s, const binnet_net *net, const binnet_noise *noise,
                             double *inverse_unit)
{
    size_t units = bni_sim_units(s);
    for (size_t u = 0; u < units; u++) {
        size_t i = s->homogeneous ? (size_t)net->first[u] : u;
        s->M[u] = net->M[u];
        s->I[u] = net->I[u];
        s->theta[u] = net->theta[u];
        s->sigma[u] = noise->scale[i];
        if (s->homogeneous) {
            double *J = s->J + u * s->n_pop;
            for (size_t b = 0; b < s->n_pop; b++)
                J[b] = net->J[u * s->n_pop + b];
            for (size_t b = 0, k = i; b < (size_t)s->size[u]; b++, k++)
                if (noise->scale[k] != s->sigma[u])
                    return bni_fail(ctx, BINNET_E_RANGE,
                                    "neurons %zu and %zu of one population have noise of scales %g and %g; take "
                                    "binnet_net_with_populations for a network of different neurons",
                                    i, k, s->sigma[u], noise->scale[k]);
            s->base[u] = s->I[u] - s->theta[u];
        } else {
            size_t from = net->form == BNI_CSR ? (size_t)net->row_ptr[u] : u * s->n;
            size_t to = net->form == BNI_CSR ? (size_t)net->row_ptr[u + 1] : from + s->n;
            BNI_TRY(bni_sim_set_unit(ctx, s, u, net->J + from, NULL, to - from));
            inverse_unit[u] = 1 / s->step[u];
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t fill_from_net(binnet_ctx *ctx, binnet_sim *s, const binnet_net *net, const binnet_noise *noise,
                             const double *weight, double synapses)
{
    size_t n = s->n;
    for (size_t i = 0; i < n; i++) {
        s->pop[i] = binnet_net_population(net, i);
        s->size[s->pop[i]]++;
    }
    double sum = 0;
    for (size_t i = 0; weight != NULL && i < n; i++)
        sum += weight[i];
    if (weight != NULL)
        BNI_TRY(bni_sim_fill_alias(ctx, s, weight, sum));
    s->rate = s->continuous ? sum : 1;
    BNI_TRY(bni_noise_copy(ctx, &s->noise, noise));
    BNI_TRY(bni_firing_fill(ctx, s->firing, s->noise));
    double *inverse_unit = bni_new_raw(ctx, n, sizeof *inverse_unit);
    if (inverse_unit == NULL)
        return BINNET_E_NOMEM;
    int32_t status = set_net_units(ctx, s, net, noise, inverse_unit);
    const bni_inputs in = {.net = net};
    if (status == BINNET_OK && !s->homogeneous)
        status = bni_wiring_make(ctx, &s->wiring, &in, s->pop, s->n_pop, NULL, synapses,
                                 s->update != BINNET_UPDATE_SYNCHRONOUS, inverse_unit, s->total);
    bni_delete(&ctx->mem, inverse_unit);
    return status;
}

/* weight: of the selection, [n], or NULL. */
static int32_t make_from_net(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net, const binnet_noise *noise,
                             int32_t update, double *weight, int continuous)
{
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    BNI_TRY(bni_sim_check_update(ctx, update));
    if (net->n != noise->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the network is of %zu neurons, the noise of %zu", net->n, noise->n);
    if (update == BINNET_UPDATE_SYNCHRONOUS) /* one at a time: only the variances count */
        BNI_TRY(bni_noise_need_independent(ctx, noise, "synchronous simulation"));
    binnet_sim numbers = {.n = net->n,
                          .n_pop = net->n_pop,
                          .update = update,
                          .continuous = continuous,
                          .tie = net->tie,
                          .homogeneous = net->form == BNI_HOMOGENEOUS,
                          .self_connections = net->self_connections,
                          .select = weight};
    double synapses = count_weights(net);
    numbers.wiring.n = net->n;
    numbers.wiring.width = synapses <= 0x1p22 ? 8 : 4;
    BNI_TRY(bni_need_memory(ctx,
                            sizeof(binnet_sim) + bni_plan_bytes(bni_sim_buffers, &numbers) +
                                (weight != NULL ? 40 : 20) * (double)net->n +
                                (numbers.homogeneous
                                     ? 0
                                     : bni_wiring_bytes(net->n, net->n_pop, synapses, numbers.wiring.width,
                                                        update != BINNET_UPDATE_SYNCHRONOUS, (int)ctx->threads)) +
                                bni_team_bytes((int)ctx->threads),
                            "a simulator"));
    binnet_sim *s = bni_new(ctx, 1, sizeof *s);
    if (s == NULL)
        return BINNET_E_NOMEM;
    *s = numbers;
    s->mem = ctx->mem;
    int32_t status = bni_plan_make(ctx, bni_sim_buffers, s);
    if (status == BINNET_OK)
        status = fill_from_net(ctx, s, net, noise, weight, synapses);
    if (status == BINNET_OK)
        *out = s;
    else {
        s->select = NULL; /* stays the caller's */
        binnet_sim_free(s);
    }
    return status;
}

int32_t bni_sim_begin(binnet_ctx *ctx, binnet_sim **out)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    return BINNET_OK;
}

int32_t binnet_sim_new(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net, const binnet_noise *noise,
                       int32_t update)
{
    BNI_TRY(bni_sim_begin(ctx, out));
    return make_from_net(ctx, out, net, noise, update, NULL, 0);
}

int32_t bni_sim_check_rates(binnet_ctx *ctx, const double *v, size_t n, const char *name)
{
    double sum = 0;
    BNI_TRY(bni_need_finite(ctx, v, n, name));
    for (size_t i = 0; i < n; i++) {
        if (v[i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu] is %g, must be >= 0", name, i, v[i]);
        sum += v[i];
    }
    if (!(sum > 0) || !isfinite(sum))
        return bni_fail(ctx, BINNET_E_RANGE, "the sum of %s is %g, must be > 0 and finite", name, sum);
    return BINNET_OK;
}

/* Drawn by weights. */
static int32_t make_selected(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net, const binnet_noise *noise,
                             const double *v, const char *name, int continuous)
{
    BNI_TRY(bni_sim_begin(ctx, out));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, v, name));
    BNI_TRY(bni_sim_check_rates(ctx, v, net->n, name));
    BNI_TRY(bni_need_memory(ctx, 8 * (double)net->n, "a simulator"));
    double *weight = bni_copy(ctx, v, net->n, 0);
    if (weight == NULL)
        return BINNET_E_NOMEM;
    int32_t status = make_from_net(ctx, out, net, noise, BINNET_UPDATE_ASYNCHRONOUS, weight, continuous);
    if (status != BINNET_OK)
        bni_delete(&ctx->mem, weight);
    return status;
}

int32_t binnet_sim_new_asynchronous(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net, const binnet_noise *noise,
                                    const double *select)
{
    BNI_TRY(bni_sim_begin(ctx, out));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, select, "select"));
    double sum = 0;
    for (size_t i = 0; i < net->n; i++)
        sum += select[i];
    if (isfinite(sum) && fabs(sum - 1) > 1e-12)
        return bni_fail(ctx, BINNET_E_RANGE, "the sum of select is %.17g, must be 1", sum);
    return make_selected(ctx, out, net, noise, select, "select", 0);
}

int32_t binnet_sim_new_continuous(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net, const binnet_noise *noise,
                                  const double *rate)
{
    return make_selected(ctx, out, net, noise, rate, "rate", 1);
}

/* --- questions --- */

size_t binnet_sim_neurons(const binnet_sim *sim)
{
    return sim == NULL ? 0 : sim->n;
}

size_t binnet_sim_populations(const binnet_sim *sim)
{
    return sim == NULL ? 0 : sim->n_pop;
}

int32_t binnet_sim_update(const binnet_sim *sim)
{
    return sim == NULL ? 0 : sim->update;
}

uint64_t binnet_sim_synapses(const binnet_sim *sim)
{
    return sim == NULL ? 0 : sim->wiring.synapses;
}

double binnet_sim_drive_error(const binnet_sim *sim)
{
    return sim == NULL ? NAN : sim->drive_error;
}
