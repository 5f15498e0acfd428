/*
 * Laws from the caller, and reading a law: data, residuals, entropy.
 * Entropy -sum p log p in nats.   Source: THEORY 5.
 */
#include "model/model.h"

#include "binnet/chain.h"

#include <math.h>

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
    BNI_TRY(bni_need_finite(ctx, p, len, "p"));
    double sum = 0;
    for (size_t s = 0; s < len; s++) {
        if (p[s] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "p[%zu] is %g, a probability must be >= 0", s, p[s]);
        sum += p[s];
    }
    if (!(fabs(sum - 1) <= 1e-9))
        return bni_fail(ctx, BINNET_E_RANGE, "the probabilities add up to %.12g, not to 1", sum);
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)len, "a law"));
    binnet_law *law;
    BNI_TRY(bni_law_make(ctx, &law, n));
    for (size_t s = 0; s < len; s++)
        law->p[s] = p[s] / sum;
    *out = law;
    return BINNET_OK;
}

const double *binnet_law_data(const binnet_law *law)
{
    return law == NULL ? NULL : law->p;
}

uint64_t binnet_law_size(const binnet_law *law)
{
    return law == NULL ? 0 : UINT64_C(1) << law->n;
}

size_t binnet_law_neurons(const binnet_law *law)
{
    return law == NULL ? 0 : law->n;
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

int32_t binnet_law_entropy(binnet_ctx *ctx, double *nats, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, nats, "nats"));
    BNI_TRY(bni_need(ctx, law, "law"));
    double sum = 0, lost = 0; /* compensated: Neumaier */
    for (size_t s = 0; s < (size_t)1 << law->n; s++) {
        double p = law->p[s], term = p > 0 ? -p * log(p) : 0, next = sum + term;
        lost += fabs(sum) >= fabs(term) ? (sum - next) + term : (term - next) + sum;
        sum = next;
    }
    *nats = sum + lost;
    return BINNET_OK;
}
