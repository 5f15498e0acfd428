/*
 * The law of one potential: a mixture with one component for each different mean. Inputs of equal weight are counted, not
 * told apart, so that a state's component is a sum of one stride for each active input; equal means are merged once more.
 */
#include "law/potentials.h"
#include "num/double_double.h"

#include <float.h>

/* Inputs of one weight; the strides of their count in the number of a component. */
typedef struct input_classes {
    size_t count, size;
    double weight[BINNET_MAX_CHAIN_NEURONS];
    size_t members[BINNET_MAX_CHAIN_NEURONS], stride[BINNET_MAX_CHAIN_NEURONS + 1];
    size_t of[BINNET_MAX_CHAIN_NEURONS]; /* stride of neuron j, 0 when it is no input */
} input_classes;

static input_classes classes_of(const binnet_chain *chain, size_t i)
{
    input_classes c = {.count = 0};
    size_t which[BINNET_MAX_CHAIN_NEURONS];
    for (size_t j = 0; j < chain->n; j++) {
        double weight = chain->J[i * chain->n + j];
        size_t k = 0;
        which[j] = SIZE_MAX;
        if (weight == 0)
            continue;
        while (k < c.count && !(c.weight[k] == weight))
            k++;
        if (k == c.count) {
            c.weight[c.count] = weight;
            c.members[c.count++] = 0;
        }
        c.members[k]++;
        which[j] = k;
    }
    c.size = 1;
    for (size_t k = 0; k < c.count; k++) {
        c.stride[k] = c.size;
        c.size *= c.members[k] + 1;
    }
    for (size_t j = 0; j < chain->n; j++)
        c.of[j] = which[j] == SIZE_MAX ? 0 : c.stride[which[j]];
    return c;
}

/* Tables of the strides of both halves of the states. */
static size_t stride_entries(size_t n)
{
    return ((size_t)1 << n / 2) + ((size_t)1 << (n - n / 2));
}

double bni_potential_marginal_bytes(const binnet_chain *chain, size_t i)
{
    input_classes c = classes_of(chain, i);
    return (double)c.size * (double)(sizeof(bni_component) + sizeof(double)) + 8.0 * (double)stride_entries(chain->n) +
           (double)(sizeof(binnet_potential_marginal) + sizeof(binnet_noise) + sizeof(double));
}

static int by_mean(const void *a, const void *b, const void *unused)
{
    (void)unused;
    double x = ((const bni_component *)a)->mean, y = ((const bni_component *)b)->mean;
    return (x > y) - (x < y);
}

/* (sum of counts times weights)/M + I, the sum to twice the digits: equal sums are equal doubles. */
static double component_mean(const binnet_chain *chain, size_t i, const input_classes *c, size_t number)
{
    bni_doubled sum = {0, 0};
    for (size_t k = 0; k < c->count; k++) {
        double members = (double)(number / c->stride[k] % (c->members[k] + 1));
        sum = bni_doubled_add(sum, (bni_doubled){members * c->weight[k],
                                                 fma(members, c->weight[k], -(members * c->weight[k]))});
    }
    double mean = sum.high / chain->M[i];
    return chain->M[i] == 1 ? bni_doubled_add(sum, (bni_doubled){chain->I[i], 0}).high : mean + chain->I[i];
}

/* Weight of each component; lost: what rounding lost. */
static int32_t fill_weights(binnet_ctx *ctx, bni_component *component, double *lost, size_t *strides,
                            const input_classes *c, const binnet_law *law)
{
    size_t n = law->n, low = n / 2, *high_part = strides + ((size_t)1 << low);
    for (int upper = 0; upper < 2; upper++) {
        size_t *table = upper ? high_part : strides, bits = upper ? n - low : low, first = upper ? low : 0;
        table[0] = 0;
        for (size_t b = 0; b < bits; b++)
            for (size_t s = 0; s < (size_t)1 << b; s++)
                table[s + ((size_t)1 << b)] = table[s] + c->of[first + b];
    }
    for (size_t k = 0; k < c->size; k++) {
        component[k].weight = lost[k] = 0;
        if (k % (1 << 16) == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t upper = 0; upper < (size_t)1 << (n - low); upper++) {
        const double *p = law->p + (upper << low);
        for (size_t s = 0; s < (size_t)1 << low; s++) {
            size_t k = high_part[upper] + strides[s];
            bni_add_positive(&component[k].weight, &lost[k], p[s]);
        }
        BNI_TRY(bni_poll(ctx, (double)upper * ldexp(0.5, -(int)(n - low))));
    }
    return BINNET_OK;
}

/* Those of positive weight, by rising mean, equal ones together. */
static int32_t merge_components(binnet_ctx *ctx, binnet_potential_marginal *m, const double *lost, size_t size,
                                const binnet_chain *chain, const input_classes *c)
{
    bni_component *v = m->component;
    size_t count = 0;
    for (size_t k = 0; k < size; k++) {
        double weight = v[k].weight + lost[k];
        if (weight > 0)
            v[count++] = (bni_component){component_mean(chain, (size_t)m->neuron, c, k), weight};
        if (k % (1 << 14) == 0)
            BNI_TRY(bni_poll(ctx, 0.5));
    }
    BNI_TRY(bni_sort(ctx, v, count, sizeof *v, by_mean, NULL));
    for (size_t k = 0; k < count;) {
        total weight = {0, 0};
        double mean = v[k].mean;
        for (; k < count && !(v[k].mean > mean); k++)
            add_term(&weight, v[k].weight);
        v[m->count++] = (bni_component){mean, total_of(&weight)};
    }
    return BINNET_OK;
}

int32_t bni_potential_marginal_make(binnet_ctx *ctx, binnet_potential_marginal **out, const binnet_chain *chain,
                                    const binnet_law *previous, int32_t neuron)
{
    *out = NULL;
    input_classes c = classes_of(chain, (size_t)neuron);
    binnet_potential_marginal *m = bni_new(ctx, 1, sizeof *m);
    if (m == NULL)
        return BINNET_E_NOMEM;
    m->mem = ctx->mem;
    m->neuron = neuron;
    int32_t status = bni_noise_pick(ctx, &m->noise, chain->noise, 1, &neuron);
    double *lost = NULL;
    size_t *strides = NULL;
    if (status == BINNET_OK) {
        m->component = bni_new_raw(ctx, c.size, sizeof *m->component);
        lost = bni_new_raw(ctx, c.size, sizeof *lost);
        strides = bni_new_raw(ctx, stride_entries(chain->n), sizeof *strides);
        if (m->component == NULL || lost == NULL || strides == NULL)
            status = BINNET_E_NOMEM;
    }
    if (status == BINNET_OK)
        status = fill_weights(ctx, m->component, lost, strides, &c, previous);
    if (status == BINNET_OK)
        status = merge_components(ctx, m, lost, c.size, chain, &c);
    bni_delete(&ctx->mem, strides);
    bni_delete(&ctx->mem, lost);
    if (status == BINNET_OK)
        *out = m;
    else
        binnet_potential_marginal_free(m);
    return status;
}

int32_t binnet_potential_marginal_new(binnet_ctx *ctx, binnet_potential_marginal **out, const binnet_chain *chain,
                                      const binnet_law *previous, int32_t neuron)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_chain_law_check(ctx, out, "out", chain, previous));
    BNI_TRY(bni_need_group(ctx, "neuron", chain->n, 1, &neuron, 1, chain->n));
    BNI_TRY(bni_need_memory(ctx, bni_potential_marginal_bytes(chain, (size_t)neuron), "the law of a potential"));
    return bni_potential_marginal_make(ctx, out, chain, previous, neuron);
}

void binnet_potential_marginal_free(binnet_potential_marginal *m)
{
    if (m == NULL)
        return;
    bni_allocator mem = m->mem;
    bni_delete(&mem, m->component);
    binnet_noise_free(m->noise);
    bni_delete(&mem, m);
}

uint64_t binnet_potential_marginal_count(const binnet_potential_marginal *m)
{
    return m == NULL ? 0 : m->count;
}

int32_t binnet_potential_marginal_component(binnet_ctx *ctx, double *mean, double *weight,
                                            const binnet_potential_marginal *m, uint64_t k)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, m, "marginal"));
    if (k >= m->count)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %llu, there are %zu components", (unsigned long long)k, m->count);
    if (mean != NULL)
        *mean = m->component[k].mean;
    if (weight != NULL)
        *weight = m->component[k].weight;
    return BINNET_OK;
}

/* Components between two polls. */
enum { BETWEEN_POLLS = 1 << 14 };

/* Both tails at x; status: interrupted, or a caller's function misbehaved. */
static int32_t marginal_tails(binnet_ctx *ctx, double *cdf, double *survival, const binnet_potential_marginal *m,
                              double x)
{
    total below = {0, 0}, above = {0, 0};
    double scale = m->noise->scale[0];
    for (size_t k = 0; k < m->count; k++) {
        const bni_component *c = &m->component[k];
        double F = c->mean <= x, G = !(c->mean <= x);
        if (scale > 0)
            bni_noise_tails(m->noise, (x - c->mean) / scale, &F, &G);
        if (!(F >= 0 && F <= 1 && G >= 0 && G <= 1))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
        add_term(&below, c->weight * F);
        add_term(&above, c->weight * G);
        if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0));
    }
    *cdf = fmin(total_of(&below), 1);
    *survival = fmin(total_of(&above), 1);
    return BINNET_OK;
}

static int32_t density_at(binnet_ctx *ctx, double *density, double *log_density, const binnet_potential_marginal *m,
                          double x)
{
    double scale = m->noise->scale[0], most = -HUGE_VAL;
    total sum = {0, 0}, far = {0, 0};
    for (size_t k = 0; k < m->count; k++) {
        const bni_component *c = &m->component[k];
        double z = (x - c->mean) / scale, f = bni_noise_density(m->noise, z);
        if (!(f >= 0 && f <= DBL_MAX))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom density returned a negative value, infinity or NaN");
        add_term(&sum, c->weight * f);
        if (log_density != NULL && isfinite(x))
            most = fmax(most, log(c->weight) + bni_noise_log_density(m->noise, z));
        if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0));
    }
    double value = total_of(&sum);
    if (density != NULL)
        *density = value / scale;
    if (log_density == NULL)
        return BINNET_OK;
    *log_density = log(value) - log(scale);
    if (value >= 1e-290 || !(most > -HUGE_VAL))
        return BINNET_OK;
    for (size_t k = 0; k < m->count; k++) {
        const bni_component *c = &m->component[k];
        add_term(&far, exp(log(c->weight) + bni_noise_log_density(m->noise, (x - c->mean) / scale) - most));
        if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0));
    }
    *log_density = most + log(total_of(&far)) - log(scale);
    return BINNET_OK;
}

int32_t binnet_potential_marginal_eval(binnet_ctx *ctx, double *cdf, double *survival, double *density,
                                       double *log_density, size_t len, const binnet_potential_marginal *m,
                                       const double *x)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, m, "marginal"));
    BNI_TRY(bni_need(ctx, x, "x"));
    for (size_t p = 0; p < len; p++)
        if (isnan(x[p]))
            return bni_fail(ctx, BINNET_E_NAN, "x[%zu] is NaN", p);
    if (density != NULL || log_density != NULL)
        BNI_TRY(bni_need_density(ctx, m->noise, 0, m->neuron));
    for (size_t p = 0; p < len; p++) {
        double F, G;
        bni_span(ctx, (double)p / (double)len, (double)(p + 1) / (double)len);
        if (cdf != NULL || survival != NULL) {
            BNI_TRY(marginal_tails(ctx, &F, &G, m, x[p]));
            if (cdf != NULL)
                cdf[p] = F;
            if (survival != NULL)
                survival[p] = G;
        }
        if (density != NULL || log_density != NULL)
            BNI_TRY(density_at(ctx, density != NULL ? density + p : NULL, log_density != NULL ? log_density + p : NULL,
                               m, x[p]));
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

typedef struct quantile_search {
    binnet_ctx *ctx;
    const binnet_potential_marginal *m;
    double q;
    int32_t status;
} quantile_search;

static int quantile_reached(void *arg, double x)
{
    quantile_search *w = arg;
    double F = 0, G = 0;
    if (w->status == BINNET_OK)
        w->status = marginal_tails(w->ctx, &F, &G, w->m, x);
    if (w->status == BINNET_OK)
        w->status = bni_poll(w->ctx, 0);
    return w->status != BINNET_OK || (w->q < 0.5 ? F >= w->q : G <= 1 - w->q);
}

int32_t binnet_potential_marginal_quantile(binnet_ctx *ctx, double *x, size_t len, const binnet_potential_marginal *m,
                                           const double *q)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(bni_need(ctx, m, "marginal"));
    BNI_TRY(bni_need(ctx, q, "q"));
    for (size_t p = 0; p < len; p++)
        if (!(q[p] > 0 && q[p] < 1))
            return bni_fail(ctx, BINNET_E_RANGE, "q[%zu] is %g, allowed is between 0 and 1", p, q[p]);
    for (size_t p = 0; p < len; p++) {
        quantile_search w = {ctx, m, q[p], BINNET_OK};
        double least = m->component[0].mean, most = m->component[m->count - 1].mean,
               centre = least + (most - least) / 2;
        double width = most - centre + m->noise->scale[0] + 0x1p-40 * fabs(centre) + 0x1p-1000;
        bni_span(ctx, (double)p / (double)len, (double)(p + 1) / (double)len);
        x[p] = bni_first_reached(quantile_reached, &w, centre, width);
        BNI_TRY(w.status);
        if (isnan(x[p]))
            return bni_fail(ctx, BINNET_E_NOCONV, "no double has a distribution function of %g", q[p]);
    }
    return BINNET_OK;
}
