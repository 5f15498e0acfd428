/*
 * Simulators: a network compiled for simulation. The weights into neuron i become whole numbers q_ij = J_ij / step_i, step_i a
 * power of two so small that the largest weight has 30 bits (60 less those of the in-degree for up to 2^22 synapses, which is
 * exact for most), so V_i = sum_j q_ij A_j is exact and h_i = V_i step_i / M_i + I_i - theta_i.
 */
#include "simulate/simulate.h"
#include "simulate/wiring.h"

#include <math.h>
#include <string.h>

static void sim_buffers(bni_plan *plan, void *object)
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
    bni_plan_release(&mem, sim_buffers, sim);
    bni_delete(&mem, sim);
}

/* Walker's alias method, filled as Vose does: neuron k keeps a word below its limit, else its alias is drawn. */
static int32_t fill_alias(binnet_ctx *ctx, binnet_sim *s, const double *weight, double sum)
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

/* What unit i is told of its weights; w may be NULL with many == 0. */
static int32_t set_unit(binnet_ctx *ctx, binnet_sim *s, size_t i, const double *w, const double *times, size_t many)
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

static int32_t check_update(binnet_ctx *ctx, int32_t update)
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
            BNI_TRY(set_unit(ctx, s, u, net->J + from, NULL, to - from));
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
        BNI_TRY(fill_alias(ctx, s, weight, sum));
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
    BNI_TRY(check_update(ctx, update));
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
                            sizeof(binnet_sim) + bni_plan_bytes(sim_buffers, &numbers) +
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
    int32_t status = bni_plan_make(ctx, sim_buffers, s);
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

static int32_t begin_sim(binnet_ctx *ctx, binnet_sim **out)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    return BINNET_OK;
}

int32_t binnet_sim_new(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net, const binnet_noise *noise,
                       int32_t update)
{
    BNI_TRY(begin_sim(ctx, out));
    return make_from_net(ctx, out, net, noise, update, NULL, 0);
}

static int32_t check_event_rates(binnet_ctx *ctx, const double *v, size_t n, const char *name)
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
    BNI_TRY(begin_sim(ctx, out));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, v, name));
    BNI_TRY(check_event_rates(ctx, v, net->n, name));
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
    BNI_TRY(begin_sim(ctx, out));
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

/* --- from populations --- */

/* What the caller gave of populations. */
typedef struct given {
    size_t n_pop;
    const int64_t *size, *degree;
    const double *J, *p, *theta, *stimulus, *rate;
    const binnet_noise *noise;
    int32_t tie, update;
    uint64_t index;
    int redrawn;
} given;

static int32_t check_population_sizes(binnet_ctx *ctx, const given *g, int64_t *n)
{
    *n = 0;
    if (g->n_pop < 1 || g->n_pop > 1000)
        return bni_fail(ctx, BINNET_E_RANGE, "n_pop is %zu, allowed is 1..1000", g->n_pop);
    for (size_t a = 0; a < g->n_pop; a++) {
        if (g->size[a] < 1 || g->size[a] > BINNET_MAX_NETWORK - *n)
            return bni_fail(ctx, BINNET_E_RANGE, "size[%zu] is %lld: every size at least 1, together at most %d", a,
                            (long long)g->size[a], BINNET_MAX_NETWORK);
        *n += g->size[a];
    }
    return BINNET_OK;
}

static int32_t check_wiring_numbers(binnet_ctx *ctx, const given *g)
{
    for (size_t a = 0; a < g->n_pop; a++)
        for (size_t b = 0; b < g->n_pop; b++) {
            size_t at = a * g->n_pop + b;
            int64_t most = g->size[b] - (a == b);
            if (g->p != NULL && !(g->p[at] >= 0 && g->p[at] <= 1))
                return bni_fail(ctx, BINNET_E_RANGE, "p[%zu][%zu] is %g, allowed is 0..1", a, b, g->p[at]);
            if (g->p == NULL && (g->degree[at] < 0 || g->degree[at] > most))
                return bni_fail(ctx, BINNET_E_RANGE,
                                "in_degree[%zu][%zu] is %lld, allowed is 0..%lld, the other neurons there", a, b,
                                (long long)g->degree[at], (long long)most);
        }
    return BINNET_OK;
}

static int32_t check_drawn_wiring(binnet_ctx *ctx, const given *g, int64_t *n)
{
    if ((g->p == NULL) == (g->degree == NULL))
        return bni_fail(ctx, BINNET_E_NULL, "one of p and in_degree must be given, not both");
    BNI_TRY(check_population_sizes(ctx, g, n));
    BNI_TRY(check_update(ctx, g->update));
    BNI_TRY(bni_need_finite(ctx, g->p, g->n_pop * g->n_pop, "p"));
    BNI_TRY(check_wiring_numbers(ctx, g));
    if (g->rate != NULL && g->update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_RANGE, "rates are for asynchronous updates, update is %d", (int)g->update);
    return g->rate != NULL ? check_event_rates(ctx, g->rate, g->n_pop, "rate") : BINNET_OK;
}

static int32_t check_what_is_given(binnet_ctx *ctx, const given *g, int64_t *n)
{
    BNI_TRY(bni_need(ctx, g->size, "size"));
    BNI_TRY(bni_need(ctx, g->J, "J"));
    BNI_TRY(bni_need(ctx, g->noise, "noise"));
    BNI_TRY(check_drawn_wiring(ctx, g, n));
    BNI_TRY(bni_need_finite(ctx, g->J, g->n_pop * g->n_pop, "J"));
    BNI_TRY(bni_need_finite(ctx, g->theta, g->n_pop, "theta"));
    BNI_TRY(bni_need_finite(ctx, g->stimulus, g->n_pop, "stimulus"));
    if (g->noise->n != g->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "there are %zu populations, the noise has %zu scales", g->n_pop,
                        g->noise->n);
    BNI_TRY(bni_noise_need_independent(ctx, g->noise, "simulation"));
    if (g->tie != BINNET_TIE_ACTIVE && g->tie != BINNET_TIE_SILENT && g->tie != BINNET_TIE_KEEP)
        return bni_fail(ctx, BINNET_E_RANGE, "tie is %d, allowed is 0 (active), 1 (silent), 2 (keep)", (int)g->tie);
    return BINNET_OK;
}

/* About, and certainly not many more than, so many synapses. */
static double expected_synapses(const given *g, double *most)
{
    double sum = 0, variance = 0;
    for (size_t a = 0; a < g->n_pop; a++)
        for (size_t b = 0; b < g->n_pop; b++) {
            double pairs = (double)g->size[a] * (double)(g->size[b] - (a == b));
            double p = g->p != NULL ? g->p[a * g->n_pop + b] : 0;
            sum += g->p != NULL ? pairs * p : (double)g->size[a] * (double)g->degree[a * g->n_pop + b];
            variance += pairs * p * (1 - p);
        }
    *most = sum + 10 * sqrt(variance);
    return sum;
}

/* One population: what holds for all of its neurons. times: how many it hears of each. */
static int32_t set_population(binnet_ctx *ctx, binnet_sim *s, const given *g, size_t a, size_t from, double *times)
{
    size_t to = from + (size_t)g->size[a];
    for (size_t b = 0; b < g->n_pop; b++) /* no neuron hears more than all of them: V does not overflow */
        times[b] = g->p != NULL ? (g->p[a * g->n_pop + b] > 0 ? (double)g->size[b] : 0)
                                : (double)g->degree[a * g->n_pop + b];
    for (size_t i = from; i < to; i++) {
        s->pop[i] = (int32_t)a;
        s->M[i] = 1;
        s->I[i] = g->stimulus != NULL ? g->stimulus[a] : 0;
        s->theta[i] = g->theta != NULL ? g->theta[a] : 0;
        s->sigma[i] = g->noise->scale[a];
        if (i == from)
            BNI_TRY(set_unit(ctx, s, i, g->J + a * g->n_pop, times, g->n_pop));
        s->base[i] = s->base[from];
        s->step[i] = s->step[from];
        s->unit[i] = s->unit[from];
        s->slack[i] = s->slack[from];
        if (s->select != NULL)
            s->select[i] = g->rate[a];
    }
    s->size[a] = g->size[a];
    return bni_poll(ctx, 0);
}

static int64_t weight_units(const binnet_sim *s, const given *g, size_t i, size_t from)
{
    return llrint(g->J[(size_t)s->pop[i] * g->n_pop + from] / s->step[i]);
}

/* Weights of blocks from populations, and V where all are active. */
static void set_constants(binnet_sim *s, const given *g)
{
    bni_wiring *w = &s->wiring;
    for (size_t b = 0; b < w->blocks; b++) {
        for (size_t from = 0; from < g->n_pop; from++)
            w->constant[b * w->n_pop + from] = weight_units(s, g, w->first[b], from);
        for (size_t j = 0; j < s->n; j++) {
            int64_t q = w->constant[b * w->n_pop + (size_t)s->pop[j]];
            const uint32_t *start = w->start + b * (s->n + 1) + j;
            for (uint64_t k = w->base[b] + start[0]; k < w->base[b] + start[1]; k++)
                s->total[w->first[b] + w->target[k]] += q;
        }
    }
}

/* What rows are drawn from, when they are needed. */
static void keep_inputs(binnet_sim *s, const given *g, const bni_inputs *in)
{
    size_t p = g->n_pop;
    s->inputs = *in;
    memcpy(s->pop_first, in->first, (p + 1) * sizeof *s->pop_first);
    s->inputs.first = s->pop_first;
    if (s->by_probability)
        memcpy(s->probability, g->p, p * p * sizeof *s->probability);
    else
        memcpy(s->in_degree, g->degree, p * p * sizeof *s->in_degree);
    s->inputs.p = s->by_probability ? s->probability : NULL;
    s->inputs.degree = s->in_degree;
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            s->pop_constant[a * p + b] = weight_units(s, g, (size_t)in->first[a], b);
}

static int32_t fill_from_populations(binnet_ctx *ctx, binnet_sim *s, const given *g, double synapses)
{
    int64_t *first = bni_new(ctx, g->n_pop + 1, sizeof *first);
    double *times = bni_new(ctx, g->n_pop, sizeof *times);
    int32_t status = first == NULL || times == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t a = 0; status == BINNET_OK && a < g->n_pop; a++) {
        first[a + 1] = first[a] + g->size[a];
        status = set_population(ctx, s, g, a, (size_t)first[a], times);
    }
    double sum = 0;
    for (size_t i = 0; status == BINNET_OK && s->select != NULL && i < s->n; i++)
        sum += s->select[i];
    if (status == BINNET_OK && s->select != NULL)
        status = fill_alias(ctx, s, s->select, sum);
    s->rate = s->continuous ? sum : 1;
    if (status == BINNET_OK)
        status = bni_noise_copy(ctx, &s->noise, g->noise);
    if (status == BINNET_OK)
        status = bni_firing_fill(ctx, s->firing, s->noise);
    const bni_inputs in = {.n_pop = g->n_pop,
                           .first = first,
                           .p = g->p,
                           .degree = g->degree,
                           .seed = (uint64_t)ctx->seed,
                           .index = g->index};
    if (status == BINNET_OK && s->redrawn) {
        keep_inputs(s, g, &in);
        s->wiring.synapses = (uint64_t)synapses;
    } else if (status == BINNET_OK) {
        status = bni_wiring_make(ctx, &s->wiring, &in, s->pop, s->n_pop, first, synapses,
                                 s->update != BINNET_UPDATE_SYNCHRONOUS, NULL, NULL);
        if (status == BINNET_OK)
            set_constants(s, g);
    }
    bni_delete(&ctx->mem, first);
    bni_delete(&ctx->mem, times);
    return status;
}

/* Of the simulator, and of making it. */
static double population_bytes(binnet_sim *numbers, const given *g, double most, int threads)
{
    double n = (double)numbers->n, selected = g->rate != NULL ? 20 * n : 0;
    double wiring = g->redrawn ? 0
                               : bni_wiring_bytes(numbers->n, g->n_pop, most, 0, g->update != BINNET_UPDATE_SYNCHRONOUS,
                                                  threads);
    return sizeof(binnet_sim) + bni_plan_bytes(sim_buffers, numbers) + 32 * (double)g->n_pop + wiring +
           bni_team_bytes(threads) + 2 * selected;
}

static binnet_sim population_numbers(const given *g, int64_t n)
{
    binnet_sim numbers = {.n = (size_t)n,
                          .n_pop = g->n_pop,
                          .update = g->update,
                          .continuous = g->rate != NULL,
                          .tie = g->tie,
                          .redrawn = g->redrawn,
                          .by_probability = g->redrawn && g->p != NULL};
    numbers.wiring.n = (size_t)n;
    numbers.wiring.width = g->redrawn ? -1 : 0;
    return numbers;
}

static int32_t make_from_populations(binnet_ctx *ctx, binnet_sim **out, const given *g)
{
    BNI_TRY(begin_sim(ctx, out));
    int64_t n = 0;
    BNI_TRY(check_what_is_given(ctx, g, &n));
    double most, synapses = expected_synapses(g, &most);
    binnet_sim numbers = population_numbers(g, n);
    BNI_TRY(bni_need_memory(ctx, population_bytes(&numbers, g, most, (int)ctx->threads), "a simulator of populations"));
    binnet_sim *s = bni_new(ctx, 1, sizeof *s);
    if (s == NULL)
        return BINNET_E_NOMEM;
    *s = numbers;
    s->mem = ctx->mem;
    int32_t status = BINNET_OK;
    if (g->rate != NULL && (s->select = bni_new(ctx, (size_t)n, sizeof *s->select)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, sim_buffers, s);
    if (status == BINNET_OK)
        status = fill_from_populations(ctx, s, g, synapses);
    if (status == BINNET_OK)
        *out = s;
    else
        binnet_sim_free(s);
    return status;
}

#define POPULATION_ARGUMENTS                                                                                           \
    binnet_ctx *ctx, binnet_sim **out, size_t n_pop, const int64_t *size, const double *J, const double *p,            \
        const int64_t *in_degree, const double *theta, const double *stimulus, const binnet_noise *noise, int32_t tie, \
        int32_t update, const double *rate, uint64_t index

int32_t binnet_sim_new_populations(POPULATION_ARGUMENTS)
{
    const given g = {n_pop, size, in_degree, J, p, theta, stimulus, rate, noise, tie, update, index, 0};
    return make_from_populations(ctx, out, &g);
}

int32_t binnet_sim_new_redrawn(POPULATION_ARGUMENTS)
{
    const given g = {n_pop, size, in_degree, J, p, theta, stimulus, rate, noise, tie, update, index, 1};
    return make_from_populations(ctx, out, &g);
}

int32_t binnet_sim_populations_estimate(binnet_ctx *ctx, uint64_t *synapses, uint64_t *bytes, double *flops,
                                        size_t n_pop, const int64_t *size, const double *p, const int64_t *in_degree,
                                        int32_t update, const double *rate, int32_t redrawn)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, size, "size"));
    const given g = {.n_pop = n_pop,
                     .size = size,
                     .degree = in_degree,
                     .p = p,
                     .rate = rate,
                     .update = update,
                     .redrawn = redrawn != 0};
    int64_t n = 0;
    BNI_TRY(check_drawn_wiring(ctx, &g, &n));
    double most, expected = expected_synapses(&g, &most);
    binnet_sim numbers = population_numbers(&g, n);
    double need = population_bytes(&numbers, &g, most, (int)ctx->threads);
    if (synapses != NULL)
        *synapses = (uint64_t)expected;
    if (bytes != NULL)
        *bytes = (uint64_t)ceil(need);
    if (flops != NULL)
        *flops = g.redrawn ? 0 : 2 * expected;
    return BINNET_OK;
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
