/*
 * Simulators of populations of neurons that are wired at random: the wiring is drawn and kept, or drawn again row by row whenever
 * a neuron's inputs are summed.
 */
#include "simulate/simulator.h"
#include "simulate/wiring.h"

#include <math.h>
#include <string.h>

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
    BNI_TRY(bni_sim_check_update(ctx, g->update));
    BNI_TRY(bni_need_finite(ctx, g->p, g->n_pop * g->n_pop, "p"));
    BNI_TRY(check_wiring_numbers(ctx, g));
    if (g->rate != NULL && g->update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_RANGE, "rates are for asynchronous updates, update is %d", (int)g->update);
    return g->rate != NULL ? bni_sim_check_rates(ctx, g->rate, g->n_pop, "rate") : BINNET_OK;
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
            BNI_TRY(bni_sim_set_unit(ctx, s, i, g->J + a * g->n_pop, times, g->n_pop));
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
        status = bni_sim_fill_alias(ctx, s, s->select, sum);
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
    return sizeof(binnet_sim) + bni_plan_bytes(bni_sim_buffers, numbers) + 32 * (double)g->n_pop + wiring +
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
    BNI_TRY(bni_sim_begin(ctx, out));
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
        status = bni_plan_make(ctx, bni_sim_buffers, s);
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
