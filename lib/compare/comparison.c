/*
 * One call for all: the reference, then every approximation, each with a status of its own; and the errors.
 */
#include "compare/compare.h"

#include "chain/chain.h"

#include <math.h>
#include <string.h>

static void comparison_buffers(bni_plan *plan, void *object)
{
    binnet_comparison *c = object;
    double n = (double)c->n, methods = BNI_APPROXIMATIONS + 1;
    BNI_ZEROS(plan, c->mean, methods * n);
    BNI_ZEROS(plan, c->cov, methods * n * n);
    BNI_ZEROS(plan, c->lagged, methods * n * n);
}

static const char *const name[BNI_APPROXIMATIONS] = {
    [BINNET_APPROXIMATION_REFERENCE] = "reference",
    [BINNET_APPROXIMATION_NAIVE] = "naive mean field",
    [BINNET_APPROXIMATION_GAUSSIAN_INPUT] = "Gaussian-input mean field",
    [BINNET_APPROXIMATION_LINEAR_NOISE] = "linear noise",
    [BINNET_APPROXIMATION_LINEAR_GAUSSIAN] = "linear noise of Gaussian input",
    [BINNET_APPROXIMATION_TAP] = "TAP",
    [BINNET_APPROXIMATION_PLEFKA_T_1] = "Plefka[t] order 1",
    [BINNET_APPROXIMATION_PLEFKA_T_2] = "Plefka[t] order 2",
    [BINNET_APPROXIMATION_PLEFKA_INPUT] = "Plefka[t-1]",
    [BINNET_APPROXIMATION_PLEFKA_PAIRS] = "Plefka2[t]",
    [BINNET_APPROXIMATION_EQUILIBRIUM] = "TAP in equilibrium",
    [BINNET_APPROXIMATION_CONSISTENT] = "consistent linear noise",
};

size_t binnet_approximation_count(void)
{
    return BNI_APPROXIMATIONS;
}

static int is_method(int32_t method)
{
    return method >= 0 && method < BNI_APPROXIMATIONS;
}

const char *binnet_approximation_name(int32_t method)
{
    return is_method(method) ? name[method] : "";
}

/* What stops all of it. */
static int is_fatal(int32_t status)
{
    return status == BINNET_E_NOMEM || status == BINNET_E_INTERRUPTED || status == BINNET_E_THREAD ||
           status == BINNET_E_CALLBACK || status == BINNET_E_INTERNAL;
}

/* Keep what became of a method; a code that stops all of it is passed on. */
static int32_t keep_outcome(binnet_ctx *ctx, binnet_comparison *c, int32_t method, int32_t status, const char *message)
{
    if (is_fatal(status))
        return ctx->message[0] != '\0' ? status : bni_fail(ctx, status, "%s: %.200s", name[method], message);
    c->status[method] = status;
    if (status == BINNET_OK)
        c->has[method] = 1;
    else
        memcpy(c->message[method], message, strlen(message) + 1);
    return BINNET_OK;
}

static int32_t fill_reference(binnet_ctx *ctx, bni_inner *inner, binnet_comparison *c, const binnet_net *net,
                              const binnet_noise *noise, const bni_referee *by)
{
    const int32_t m = BINNET_APPROXIMATION_REFERENCE;
    double start = bni_now();
    int32_t status = BINNET_OK;
    if (c->reference == BINNET_REFERENCE_AUTO)
        status = bni_reference_choose(inner->ctx, &c->reference, c->message[m], net, noise, c->update);
    if (status == BINNET_OK && by->law != NULL)
        status = bni_reference_law(inner->ctx, c, by->chain, by->law);
    else if (status == BINNET_OK)
        status = c->reference == BINNET_REFERENCE_EXACT
                     ? bni_reference_exact(inner->ctx, c, net, noise)
                     : bni_reference_sampled(inner->ctx, c, net, noise, by->precision);
    c->seconds[m] = bni_now() - start;
    return keep_outcome(ctx, c, m, status, binnet_ctx_message(inner->ctx));
}

static int32_t fill_comparison(binnet_ctx *ctx, binnet_comparison *c, const binnet_net *net, const binnet_noise *noise,
                               const bni_referee *by)
{
    bni_inner inner;
    bni_progress whole = bni_progress_push(ctx);
    BNI_TRY(bni_inner_open(ctx, &inner, bni_plan_bytes(comparison_buffers, c) + (double)sizeof *c));
    /* the reference is nine tenths */
    bni_progress_parts(ctx, whole, 0, 9, 10);
    int32_t status = fill_reference(ctx, &inner, c, net, noise, by);
    for (int32_t m = 1; m < BNI_APPROXIMATIONS && status == BINNET_OK; m++) {
        double start = bni_now();
        bni_progress_part(ctx, whole, 9 + (m - 1) / (BNI_APPROXIMATIONS - 1.0), 10);
        int32_t code = bni_approximate(inner.ctx, c, m, net, noise);
        c->seconds[m] = bni_now() - start;
        status = keep_outcome(ctx, c, m, code, binnet_ctx_message(inner.ctx));
    }
    bni_progress_pop(ctx, whole);
    bni_inner_close(&inner);
    return status;
}

static int32_t need_both(binnet_ctx *ctx, binnet_comparison **out, const binnet_net *net, const binnet_noise *noise)
{
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (binnet_net_neurons(net) != binnet_noise_neurons(noise))
        return bni_fail(ctx, BINNET_E_SIZE, "the network has %zu neurons, the noise %zu", binnet_net_neurons(net),
                        binnet_noise_neurons(noise));
    return BINNET_OK;
}

/* As many 1/n as there are neurons, to the rounding of their sum. */
static int draws_unevenly(const binnet_chain *chain)
{
    size_t n = chain->n;
    for (size_t i = 0; chain->select != NULL && i < n; i++)
        if (!(fabs(chain->select[i] * (double)n - 1) <= 1e-12))
            return 1;
    return 0;
}

static int32_t new_comparison(binnet_ctx *ctx, binnet_comparison **out, const binnet_net *net,
                              const binnet_noise *noise, int32_t update, int32_t reference, const bni_referee *by)
{
    if (update < BINNET_UPDATE_SYNCHRONOUS || update > BINNET_UPDATE_SWEEP)
        return bni_fail(ctx, BINNET_E_RANGE, "update %d is none that can be compared", (int)update);
    binnet_comparison shape = {.n = binnet_net_neurons(net)};
    BNI_TRY(
        bni_need_memory(ctx,
                        (double)sizeof shape + (double)sizeof(binnet_ctx) + bni_plan_bytes(comparison_buffers, &shape),
                        "the moments of all methods"));
    binnet_comparison *c = bni_new(ctx, 1, sizeof *c);
    if (c == NULL)
        return BINNET_E_NOMEM;
    c->mem = ctx->mem;
    c->n = shape.n;
    c->update = update;
    c->reference = reference;
    c->uneven = by->chain != NULL && draws_unevenly(by->chain);
    int32_t status = bni_plan_make(ctx, comparison_buffers, c);
    if (status == BINNET_OK)
        status = fill_comparison(ctx, c, net, noise, by);
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    if (status != BINNET_OK) {
        binnet_comparison_free(c);
        return status;
    }
    *out = c;
    return BINNET_OK;
}

int32_t binnet_comparison_new(binnet_ctx *ctx, binnet_comparison **out, const binnet_net *net,
                              const binnet_noise *noise, int32_t update, int32_t reference, double precision)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(need_both(ctx, out, net, noise));
    if (reference < BINNET_REFERENCE_AUTO || reference > BINNET_REFERENCE_MONTE_CARLO)
        return bni_fail(ctx, BINNET_E_RANGE, "reference %d is none", (int)reference);
    if (!(precision >= 0) || !isfinite(precision))
        return bni_fail(ctx, BINNET_E_RANGE, "a precision of %g", precision);
    const bni_referee by = {.precision = precision > 0 ? precision : 1e-3};
    return new_comparison(ctx, out, net, noise, update, reference, &by);
}

int32_t binnet_comparison_new_of_law(binnet_ctx *ctx, binnet_comparison **out, const binnet_net *net,
                                     const binnet_noise *noise, const binnet_chain *chain, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(need_both(ctx, out, net, noise));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_law_of(ctx, law, "law", chain));
    if (chain->n != binnet_net_neurons(net))
        return bni_fail(ctx, BINNET_E_SIZE, "the network has %zu neurons, the chain %zu", binnet_net_neurons(net),
                        chain->n);
    const bni_referee by = {.chain = chain, .law = law};
    return new_comparison(ctx, out, net, noise, chain->update, BINNET_REFERENCE_EXACT, &by);
}

void binnet_comparison_free(binnet_comparison *comparison)
{
    if (comparison == NULL)
        return;
    bni_allocator mem = comparison->mem;
    bni_plan_release(&mem, comparison_buffers, comparison);
    bni_delete(&mem, comparison);
}

size_t binnet_comparison_neurons(const binnet_comparison *comparison)
{
    return comparison != NULL ? comparison->n : 0;
}

int32_t binnet_comparison_reference(const binnet_comparison *comparison)
{
    return comparison != NULL ? comparison->reference : 0;
}

int32_t binnet_comparison_status(const binnet_comparison *comparison, int32_t method)
{
    if (comparison == NULL)
        return BINNET_E_NULL;
    return is_method(method) ? comparison->status[method] : BINNET_E_RANGE;
}

const char *binnet_comparison_message(const binnet_comparison *comparison, int32_t method)
{
    return comparison != NULL && is_method(method) ? comparison->message[method] : "";
}

int32_t binnet_comparison_has(const binnet_comparison *comparison, int32_t method)
{
    return comparison != NULL && is_method(method) && comparison->has[method];
}

double binnet_comparison_seconds(const binnet_comparison *comparison, int32_t method)
{
    return comparison != NULL && is_method(method) ? comparison->seconds[method] : 0;
}

static int32_t need_moments(binnet_ctx *ctx, const binnet_comparison *c, int32_t method)
{
    BNI_TRY(bni_need(ctx, c, "comparison"));
    if (!is_method(method))
        return bni_fail(ctx, BINNET_E_RANGE, "method %d is none", (int)method);
    if (!c->has[method])
        return bni_fail(ctx, c->status[method], "%s: %.200s", name[method], c->message[method]);
    return BINNET_OK;
}

static void copy_moment_block(double *to, const double *from, size_t count)
{
    if (to != NULL)
        memcpy(to, from, count * sizeof *to);
}

/* Of a method; BNI_APPROXIMATIONS: the standard errors. */
static int32_t copy_moments(binnet_ctx *ctx, double *mean, double *cov, double *lagged, size_t n,
                            const binnet_comparison *c, int32_t method)
{
    if (n != c->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n = %zu, the comparison is of %zu neurons", n, c->n);
    copy_moment_block(mean, bni_compared_mean(c, method), n);
    copy_moment_block(cov, bni_compared_cov(c, method), n * n);
    copy_moment_block(lagged, bni_compared_lagged(c, method), n * n);
    return BINNET_OK;
}

int32_t binnet_comparison_moments(binnet_ctx *ctx, double *mean, double *cov, double *lagged, size_t n,
                                  const binnet_comparison *comparison, int32_t method)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(need_moments(ctx, comparison, method));
    return copy_moments(ctx, mean, cov, lagged, n, comparison, method);
}

int32_t binnet_comparison_standard_errors(binnet_ctx *ctx, double *mean, double *cov, double *lagged, size_t n,
                                          const binnet_comparison *comparison)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(need_moments(ctx, comparison, BINNET_APPROXIMATION_REFERENCE));
    return copy_moments(ctx, mean, cov, lagged, n, comparison, BNI_APPROXIMATIONS);
}

/* The root of a sum of squares is largest * sqrt(ratios): no square underflows. */
typedef struct square_sum {
    double largest, ratios;
} square_sum;

static void add_square(square_sum *s, double v)
{
    double size = fabs(v);
    if (isnan(size) || size > s->largest) { /* a NaN stays */
        s->ratios = s->ratios * (s->largest / size) * (s->largest / size) + 1;
        s->largest = size;
    } else if (size > 0) {
        s->ratios += size / s->largest * (size / s->largest);
    }
}

/* Differences and standard errors, entry by entry. */
typedef struct error_sum {
    square_sum difference, standard;
    double count;
} error_sum;

static void add_error(error_sum *s, double difference, double standard)
{
    add_square(&s->difference, difference);
    add_square(&s->standard, standard);
    s->count++;
}

int32_t binnet_comparison_errors(binnet_ctx *ctx, double *largest, double *rms, double *standard,
                                 const binnet_comparison *comparison, int32_t method)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(need_moments(ctx, comparison, method));
    BNI_TRY(need_moments(ctx, comparison, BINNET_APPROXIMATION_REFERENCE));
    const binnet_comparison *c = comparison;
    const int32_t r = BINNET_APPROXIMATION_REFERENCE, e = BNI_APPROXIMATIONS;
    error_sum sum[BNI_QUANTITIES] = {{{0, 0}, {0, 0}, 0}};
    size_t n = c->n;
    for (size_t i = 0; i < n; i++) {
        add_error(&sum[BINNET_QUANTITY_MEANS], bni_compared_mean(c, method)[i] - bni_compared_mean(c, r)[i],
                  bni_compared_mean(c, e)[i]);
        for (size_t j = 0; j < n; j++) {
            size_t k = i * n + j;
            if (i != j)
                add_error(&sum[BINNET_QUANTITY_COVARIANCES], bni_compared_cov(c, method)[k] - bni_compared_cov(c, r)[k],
                          bni_compared_cov(c, e)[k]);
            add_error(&sum[BINNET_QUANTITY_LAGGED], bni_compared_lagged(c, method)[k] - bni_compared_lagged(c, r)[k],
                      bni_compared_lagged(c, e)[k]);
        }
    }
    for (int q = 0; q < BNI_QUANTITIES; q++) {
        double count = fmax(sum[q].count, 1);
        if (largest != NULL)
            largest[q] = sum[q].difference.largest;
        if (rms != NULL)
            rms[q] = sum[q].difference.largest * sqrt(sum[q].difference.ratios / count);
        if (standard != NULL)
            standard[q] = sum[q].standard.largest * sqrt(sum[q].standard.ratios / count);
    }
    return BINNET_OK;
}
