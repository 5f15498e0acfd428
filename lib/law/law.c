/*
 * Laws from the caller, and reading a law: data, residuals, entropy.
 * Entropy -sum p log p in nats.   Source: THEORY 5.
 */
#include "law/law.h"
#include "law/total.h"
#include "model/model.h"

#include "binnet/chain.h"

#include <math.h>

/* States between two polls. */
enum { BETWEEN_POLLS = 1 << 18 };

static int32_t poll_law(binnet_ctx *ctx, size_t s, size_t len)
{
    return s % BETWEEN_POLLS == BETWEEN_POLLS - 1 ? bni_poll(ctx, (double)s / (double)len) : BINNET_OK;
}

int32_t binnet_law_new(binnet_ctx *ctx, binnet_law **out, size_t n, const double *p, size_t len)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, p, "p"));
    if (n < 1 || n > BINNET_MAX_CHAIN_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_CHAIN_NEURONS);
    if (len != (size_t)1 << n)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, %zu neurons have %zu states", len, n, (size_t)1 << n);
    BNI_TRY(bni_need_memory(ctx, (double)sizeof(binnet_law) + 8.0 * (double)len, "a law"));
    BNI_TRY(bni_need_finite(ctx, p, len, "p"));
    total all = {0, 0};
    for (size_t s = 0; s < len; s++) {
        if (p[s] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "p[%zu] is %g, a probability must be >= 0", s, p[s]);
        add_term(&all, p[s]);
        BNI_TRY(poll_law(ctx, s, len));
    }
    double sum = total_of(&all);
    if (!(fabs(sum - 1) <= 1e-9))
        return bni_fail(ctx, BINNET_E_RANGE, "the probabilities add up to %.12g, not to 1", sum);
    binnet_law *law;
    double divisor = divisor_of(sum);
    BNI_TRY(bni_law_make(ctx, &law, n));
    int32_t status = BINNET_OK;
    for (size_t s = 0; s < len && status == BINNET_OK; s++) {
        law->p[s] = p[s] / divisor;
        status = poll_law(ctx, s, len);
    }
    if (status == BINNET_OK)
        *out = law;
    else
        binnet_law_free(law);
    return status;
}

const double *binnet_law_data(const binnet_law *law)
{
    return law == NULL ? NULL : law->p;
}

uint64_t binnet_law_size(const binnet_law *law)
{
    return law == NULL ? 0 : bni_law_states(law);
}

size_t binnet_law_neurons(const binnet_law *law)
{
    return law == NULL ? 0 : bni_law_neurons(law);
}

double binnet_law_residual(const binnet_law *law)
{
    return law == NULL ? NAN : law->residual;
}

double binnet_law_residual_relative(const binnet_law *law)
{
    return law == NULL ? NAN : law->residual_relative;
}

double binnet_law_balance_error(const binnet_law *law)
{
    return law == NULL ? NAN : law->balance;
}

uint64_t binnet_law_iterations(const binnet_law *law)
{
    return law == NULL ? 0 : law->iterations;
}

int32_t binnet_law_method(const binnet_law *law)
{
    return law == NULL ? 0 : law->method;
}

/* Where one state has nearly all of the law the others say what its own surprise is. */
int32_t binnet_law_entropy(binnet_ctx *ctx, double *nats, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, nats, "nats"));
    BNI_TRY(bni_need(ctx, law, "law"));
    total all = {0, 0}, others = {0, 0};
    int one = 0; /* a state has more than half */
    size_t len = bni_law_states(law), count[BINNET_MAX_CHAIN_NEURONS] = {0};
    for (size_t s = 0; s < len; s++) {
        double p = law->p[s], many = 0; /* of occupation numbers: so many states of the neurons share p */
        if (law->occupation != NULL) {
            many = bni_occupation_log_states(law->occupation, count);
            bni_occupation_next(law->occupation, count);
        }
        one |= p > 0.5;
        add_term(&all, p > 0.5 ? p * many : p > 0 ? -p * (log(p) - many) : 0);
        add_term(&others, p > 0.5 ? 0 : p);
        BNI_TRY(poll_law(ctx, s, len));
    }
    double rest = total_of(&others);
    add_term(&all, one ? -(1 - rest) * log1p(-rest) : 0);
    *nats = total_of(&all);
    return BINNET_OK;
}
