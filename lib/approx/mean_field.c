/*
 * Mean fields as objects: what their units are and what they hear.
 */
#include "approx/approx.h"

#include <math.h>
#include <string.h>

static void list_field(bni_plan *plan, void *object)
{
    binnet_mean_field *f = object;
    double n = (double)f->n;
    BNI_BUFFER(plan, f->weight, n * n);
    BNI_BUFFER(plan, f->offset, n);
}

static void list_populations(bni_plan *plan, void *object)
{
    binnet_mean_field *f = object;
    double n = (double)f->n;
    list_field(plan, object);
    BNI_BUFFER(plan, f->degree, n * n);
    BNI_BUFFER(plan, f->chance, n * n);
    BNI_BUFFER(plan, f->size, n);
}

double bni_mean_field_bytes(const binnet_mean_field *field)
{
    binnet_mean_field f = *field;
    return bni_plan_bytes(f.populations ? list_populations : list_field, &f) + 8 * (double)f.n +
           (double)(sizeof f + sizeof(binnet_noise));
}

void binnet_mean_field_free(binnet_mean_field *field)
{
    if (field == NULL)
        return;
    bni_allocator mem = field->mem;
    bni_plan_release(&mem, field->populations ? list_populations : list_field, field);
    binnet_noise_free(field->noise);
    bni_delete(&mem, field);
}

size_t binnet_mean_field_units(const binnet_mean_field *field)
{
    return field == NULL ? 0 : field->n;
}

int32_t bni_need_field(binnet_ctx *ctx, const binnet_mean_field *field, size_t n)
{
    BNI_TRY(bni_need(ctx, field, "field"));
    if (n != field->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the mean field has %zu units", n, field->n);
    return BINNET_OK;
}

int32_t bni_need_means(binnet_ctx *ctx, const binnet_mean_field *field, size_t n, const double *mean, const char *name)
{
    BNI_TRY(bni_need_field(ctx, field, n));
    BNI_TRY(bni_need(ctx, mean, name));
    BNI_TRY(bni_need_finite(ctx, mean, n, name));
    for (size_t a = 0; a < n; a++)
        if (mean[a] < 0 || mean[a] > 1)
            return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu] is %g, allowed is 0..1", name, a, mean[a]);
    return BINNET_OK;
}

/* --- what is allowed --- */

static int32_t begin_field(binnet_ctx *ctx, binnet_mean_field **out, const binnet_noise *noise, int32_t input)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (input != BINNET_INPUT_MEAN && input != BINNET_INPUT_GAUSSIAN)
        return bni_fail(ctx, BINNET_E_RANGE, "input is %d, allowed are BINNET_INPUT_MEAN and _GAUSSIAN", (int)input);
    BNI_TRY(bni_noise_need_independent(ctx, noise, "mean field"));
    if (noise->kind == BINNET_NOISE_CUSTOM && noise->density == NULL)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "this noise was made without a density");
    if (input == BINNET_INPUT_GAUSSIAN && noise->kind != BINNET_NOISE_GAUSSIAN && noise->kind != BINNET_NOISE_LOGISTIC)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "Gaussian input goes with Gaussian or logistic noise; call with BINNET_INPUT_MEAN");
    for (size_t i = 0; i < noise->n && input == BINNET_INPUT_MEAN; i++)
        if (!(noise->scale[i] > 0))
            return bni_fail(ctx, BINNET_E_RANGE,
                            "noise scale[%zu] is 0: a neuron without noise answers to its mean input with a step", i);
    return BINNET_OK;
}

static int32_t need_sizes(binnet_ctx *ctx, size_t neurons, const binnet_noise *noise)
{
    if (noise->n != neurons)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise is of %zu, the network of %zu", noise->n, neurons);
    return BINNET_OK;
}

static int32_t new_field(binnet_ctx *ctx, binnet_mean_field **out, size_t n, int populations, int32_t input)
{
    binnet_mean_field sized = {.mem = ctx->mem, .n = n, .populations = populations, .input = input};
    BNI_TRY(bni_need_memory(ctx, bni_mean_field_bytes(&sized), "a mean field"));
    binnet_mean_field *f = bni_new(ctx, 1, sizeof *f);
    if (f == NULL)
        return BINNET_E_NOMEM;
    *f = sized;
    f->tie = BINNET_TIE_ACTIVE;
    int32_t status = bni_plan_make(ctx, populations ? list_populations : list_field, f);
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, f);
        return status;
    }
    *out = f;
    return BINNET_OK;
}

/* Where inputs are Gaussian variances and slopes by them are products of what weights and scales are: these stay in range. */
static int32_t check_units(binnet_ctx *ctx, const binnet_mean_field *f)
{
    static const double least = 1e-100, greatest = 1e100;
    for (size_t a = 0; a < f->n; a++) {
        double unit = f->noise->scale[a];
        for (size_t b = 0; b < f->n; b++)
            unit = fmax(unit, fabs(f->weight[a * f->n + b]));
        if (unit != 0 && !(unit >= least && unit <= greatest))
            return bni_fail(
                ctx, BINNET_E_RANGE,
                "the largest of noise and weights of unit %zu is %g: with Gaussian input it must be 0 or %g..%g", a,
                unit, least, greatest);
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

static int32_t finish_field(binnet_ctx *ctx, binnet_mean_field **out, binnet_mean_field *f, int32_t status)
{
    for (size_t k = 0; status == BINNET_OK && k < f->n * f->n; k++)
        if (!isfinite(f->weight[k] * f->weight[k]))
            status = bni_fail(ctx, BINNET_E_RANGE, "the weight from unit %zu to unit %zu is %g: its square overflows",
                              k % f->n, k / f->n, f->weight[k]);
    for (size_t a = 0; status == BINNET_OK && a < f->n; a++)
        if (!isfinite(f->offset[a]))
            status = bni_fail(ctx, BINNET_E_RANGE, "stimulus - threshold of unit %zu overflows", a);
    if (status == BINNET_OK && f->input == BINNET_INPUT_GAUSSIAN)
        status = check_units(ctx, f);
    if (status == BINNET_OK)
        *out = f;
    else
        binnet_mean_field_free(f);
    return status;
}

/* --- neurons --- */

int32_t binnet_mean_field_new(binnet_ctx *ctx, binnet_mean_field **out, const binnet_net *net,
                              const binnet_noise *noise, int32_t input)
{
    binnet_mean_field *f;
    BNI_TRY(begin_field(ctx, out, noise, input));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(need_sizes(ctx, net->n, noise));
    BNI_TRY(new_field(ctx, &f, net->n, 0, input));
    f->tie = net->tie;
    int32_t status = bni_noise_copy(ctx, &f->noise, noise);
    for (size_t i = 0; status == BINNET_OK && i < f->n; i++) {
        size_t u = bni_net_unit(net, i);
        bni_net_row(net, i, f->weight + i * f->n);
        for (size_t j = 0; j < f->n; j++)
            f->weight[i * f->n + j] /= net->M[u];
        f->offset[i] = net->I[u] - net->theta[u];
        status = bni_poll(ctx, (double)i / (double)f->n);
    }
    return finish_field(ctx, out, f, status);
}

/* --- populations --- */

int32_t binnet_mean_field_new_populations(binnet_ctx *ctx, binnet_mean_field **out, const binnet_net *net,
                                          const binnet_noise *noise, int32_t input)
{
    binnet_mean_field *f;
    BNI_TRY(begin_field(ctx, out, noise, input));
    BNI_TRY(bni_need(ctx, net, "net"));
    if (net->form != BNI_HOMOGENEOUS)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "populations are known alike only in networks from binnet_net_new_homogeneous; call "
                        "binnet_mean_field_new for single neurons");
    BNI_TRY(need_sizes(ctx, net->n, noise));
    for (size_t a = 0; a < net->n_pop; a++)
        for (int64_t i = net->first[a]; i < net->first[a + 1]; i++)
            if (noise->scale[i] != noise->scale[net->first[a]])
                return bni_fail(ctx, BINNET_E_RANGE, "noise scales %lld and %lld differ within population %zu",
                                (long long)net->first[a], (long long)i, a);
    BNI_TRY(new_field(ctx, &f, net->n_pop, 1, input));
    size_t P = f->n;
    f->tie = net->tie;
    f->self_connections = net->self_connections;
    int32_t *first = bni_new_raw(ctx, P, sizeof *first);
    int32_t status = first == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t a = 0; status == BINNET_OK && a < P; a++)
        first[a] = (int32_t)net->first[a];
    if (status == BINNET_OK)
        status = bni_noise_pick(ctx, &f->noise, noise, P, first);
    bni_delete(&ctx->mem, first);
    for (size_t a = 0; a < P; a++) {
        f->size[a] = net->first[a + 1] - net->first[a];
        f->offset[a] = net->I[a] - net->theta[a];
        for (size_t b = 0; b < P; b++) {
            f->weight[a * P + b] = net->J[a * P + b] / net->M[a];
            f->degree[a * P + b] = (double)(net->first[b + 1] - net->first[b]) -
                                   (a == b && !net->self_connections ? 1 : 0);
            f->chance[a * P + b] = 1;
        }
    }
    return finish_field(ctx, out, f, status);
}

static int32_t need_populations(binnet_ctx *ctx, size_t n_pop, const int64_t *size, const double *J,
                                const double *theta, const double *stimulus, const binnet_noise *noise)
{
    if (n_pop < 1 || n_pop > BINNET_MAX_NETWORK)
        return bni_fail(ctx, BINNET_E_RANGE, "n_pop is %zu, allowed is 1..%d", n_pop, BINNET_MAX_NETWORK);
    for (size_t a = 0; a < n_pop && size != NULL; a++)
        if (size[a] < 1)
            return bni_fail(ctx, BINNET_E_RANGE, "size[%zu] is %lld: a population has at least one neuron", a,
                            (long long)size[a]);
    BNI_TRY(bni_need(ctx, J, "J"));
    BNI_TRY(bni_need_finite(ctx, J, n_pop * n_pop, "J"));
    BNI_TRY(bni_need_finite(ctx, theta, n_pop, "theta"));
    BNI_TRY(bni_need_finite(ctx, stimulus, n_pop, "stimulus"));
    if (noise->n != n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise has %zu scales, there are %zu populations", noise->n, n_pop);
    return BINNET_OK;
}

static int32_t make_populations(binnet_ctx *ctx, binnet_mean_field **out, size_t P, const int64_t *size,
                                const double *K, const double *p, const double *J, const double *theta,
                                const double *stimulus, const binnet_noise *noise, int32_t input)
{
    binnet_mean_field *f;
    BNI_TRY(new_field(ctx, &f, P, 1, input));
    f->self_connections = 1;
    int32_t status = bni_noise_copy(ctx, &f->noise, noise);
    memcpy(f->weight, J, P * P * sizeof *J);
    for (size_t a = 0; a < P; a++) {
        f->size[a] = size == NULL ? 0 : size[a];
        f->offset[a] = (stimulus == NULL ? 0 : stimulus[a]) - (theta == NULL ? 0 : theta[a]);
    }
    for (size_t k = 0; k < P * P; k++) {
        f->degree[k] = K != NULL ? K[k] : p[k] * (double)size[k % P];
        f->chance[k] = K != NULL ? 1 : p[k];
    }
    return finish_field(ctx, out, f, status);
}

int32_t binnet_mean_field_new_degrees(binnet_ctx *ctx, binnet_mean_field **out, size_t n_pop, const int64_t *size,
                                      const double *K, const double *J, const double *theta, const double *stimulus,
                                      const binnet_noise *noise, int32_t input)
{
    BNI_TRY(begin_field(ctx, out, noise, input));
    BNI_TRY(need_populations(ctx, n_pop, size, J, theta, stimulus, noise));
    BNI_TRY(bni_need(ctx, K, "K"));
    BNI_TRY(bni_need_finite(ctx, K, n_pop * n_pop, "K"));
    for (size_t k = 0; k < n_pop * n_pop; k++)
        if (K[k] < 0 || (size != NULL && K[k] > (double)size[k % n_pop]))
            return bni_fail(ctx, BINNET_E_RANGE, "K[%zu][%zu] is %g, allowed is 0 to the population's size", k / n_pop,
                            k % n_pop, K[k]);
    return make_populations(ctx, out, n_pop, size, K, NULL, J, theta, stimulus, noise, input);
}

int32_t binnet_mean_field_new_probabilities(binnet_ctx *ctx, binnet_mean_field **out, size_t n_pop, const int64_t *size,
                                            const double *p, const double *J, const double *theta,
                                            const double *stimulus, const binnet_noise *noise, int32_t input)
{
    BNI_TRY(begin_field(ctx, out, noise, input));
    BNI_TRY(bni_need(ctx, size, "size"));
    BNI_TRY(need_populations(ctx, n_pop, size, J, theta, stimulus, noise));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(bni_need_finite(ctx, p, n_pop * n_pop, "p"));
    for (size_t k = 0; k < n_pop * n_pop; k++)
        if (p[k] < 0 || p[k] > 1)
            return bni_fail(ctx, BINNET_E_RANGE, "p[%zu][%zu] is %g, allowed is 0..1", k / n_pop, k % n_pop, p[k]);
    return make_populations(ctx, out, n_pop, size, NULL, p, J, theta, stimulus, noise, input);
}
