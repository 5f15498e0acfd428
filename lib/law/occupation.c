/*
 * Laws of occupation numbers: made, asked for populations' activities, potentials and entropies, and expanded to all states of the
 * neurons.   Source: THEORY 3, "Exact lumping".
 */
#include "chain/chain.h"
#include "law/law.h"
#include "law/total.h"

#include "binnet/lumped.h"

#include <math.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS, BETWEEN_POLLS = 1 << 14 };

int32_t binnet_law_new_lumped(binnet_ctx *ctx, binnet_law **out, size_t n_pop, const int64_t *size, const double *p,
                              size_t len)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, size, "size"));
    BNI_TRY(bni_need(ctx, p, "p"));
    bni_occupation *o;
    BNI_TRY(bni_need_memory(ctx, (double)(sizeof(binnet_law) + 2 * sizeof *o) + 8 * (double)len, "a law"));
    BNI_TRY(bni_occupation_new(ctx, &o, n_pop, size, NULL));
    binnet_law *law = NULL;
    int32_t status = BINNET_OK;
    total all = {0, 0};
    if (len != o->states)
        status = bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the populations have %zu occupation states", len, o->states);
    for (size_t s = 0; s < len && status == BINNET_OK; s++) {
        if (!isfinite(p[s]))
            status = bni_fail(ctx, BINNET_E_NAN, "p[%zu] is %g", s, p[s]);
        else if (p[s] < 0)
            status = bni_fail(ctx, BINNET_E_RANGE, "p[%zu] is %g, a probability must be >= 0", s, p[s]);
        else if (s % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, 0);
        add_term(&all, p[s]);
    }
    double sum = total_of(&all);
    if (status == BINNET_OK && !(fabs(sum - 1) <= 1e-9))
        status = bni_fail(ctx, BINNET_E_RANGE, "the probabilities add up to %.12g, not to 1", sum);
    if (status == BINNET_OK)
        status = bni_law_make_lumped(ctx, &law, o);
    double divisor = divisor_of(sum);
    for (size_t s = 0; s < len && status == BINNET_OK; s++)
        law->p[s] = p[s] / divisor;
    bni_occupation_free(o);
    *out = law;
    return status;
}

size_t binnet_occupation_populations(const binnet_law *law)
{
    return law == NULL || law->occupation == NULL ? 0 : law->occupation->n_pop;
}

int64_t binnet_occupation_size(const binnet_law *law, size_t a)
{
    return a >= binnet_occupation_populations(law) ? 0 : (int64_t)law->occupation->size[a];
}

static int32_t check_occupation(binnet_ctx *ctx, const void *out, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "the output"));
    BNI_TRY(bni_need(ctx, law, "law"));
    if (law->occupation == NULL)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "the law is one of the states of neurons, not of occupation numbers");
    return BINNET_OK;
}

static int32_t check_occupations(binnet_ctx *ctx, const void *out, size_t n_pop, const binnet_law *law)
{
    BNI_TRY(check_occupation(ctx, out, law));
    if (n_pop != law->occupation->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "n_pop is %zu, the law has %zu populations", n_pop, law->occupation->n_pop);
    return BINNET_OK;
}

int32_t binnet_occupation_mean(binnet_ctx *ctx, double *mean, size_t n_pop, const binnet_law *law)
{
    double cell[4], of[MOST];
    BNI_TRY(check_occupations(ctx, mean, n_pop, law));
    for (size_t a = 0; a < n_pop; a++) {
        BNI_TRY(bni_occupation_pair(ctx, cell, law, a, a, 1));
        of[a] = cell[3];
    }
    for (size_t a = 0; a < n_pop; a++)
        mean[a] = of[a];
    return BINNET_OK;
}

int32_t binnet_occupation_covariance(binnet_ctx *ctx, double *cov, size_t n_pop, const binnet_law *law)
{
    double cell[4];
    const char *undefined = NULL;
    BNI_TRY(check_occupations(ctx, cov, n_pop, law));
    for (size_t a = 0; a < n_pop; a++)
        for (size_t b = 0; b <= a; b++) {
            double v = NAN;
            if (a != b || law->occupation->size[a] > 1) {
                BNI_TRY(bni_occupation_pair(ctx, cell, law, a, b, 0));
                v = cell[3] * cell[0] - cell[2] * cell[1];
            } else {
                undefined = "a population of one neuron has no two different ones: its entry is NaN";
            }
            cov[a * n_pop + b] = cov[b * n_pop + a] = v;
        }
    return undefined != NULL ? bni_fail(ctx, BINNET_E_UNDEFINED, "%s", undefined) : BINNET_OK;
}

int32_t binnet_occupation_activity(binnet_ctx *ctx, double *p, size_t len, const binnet_law *law, size_t a)
{
    BNI_TRY(check_occupation(ctx, p, law));
    const bni_occupation *o = law->occupation;
    if (a >= o->n_pop)
        return bni_fail(ctx, BINNET_E_RANGE, "population %zu: the law has populations 0..%zu", a, o->n_pop - 1);
    if (len != o->size[a] + 1)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, population %zu has %zu occupation numbers", len, a,
                        o->size[a] + 1);
    size_t step = o->stride[a], round = step * (o->size[a] + 1);
    for (size_t k = 0; k < len; k++) {
        total sum = {0, 0};
        for (size_t base = k * step; base < o->states; base += round)
            for (size_t s = 0; s < step; s++)
                add_term(&sum, law->p[base + s]);
        p[k] = total_of(&sum);
        BNI_TRY(bni_poll(ctx, (double)k / (double)len));
    }
    return BINNET_OK;
}

int32_t binnet_occupation_entropy(binnet_ctx *ctx, double *nats, const binnet_law *law)
{
    BNI_TRY(check_occupation(ctx, nats, law));
    total all = {0, 0}, others = {0, 0};
    int one = 0; /* as binnet_law_entropy */
    for (size_t s = 0; s < law->occupation->states; s++) {
        double p = law->p[s];
        one |= p > 0.5;
        add_term(&all, p > 0 && p <= 0.5 ? -p * log(p) : 0);
        add_term(&others, p > 0.5 ? 0 : p);
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)law->occupation->states));
    }
    double rest = total_of(&others);
    add_term(&all, one ? -(1 - rest) * log1p(-rest) : 0);
    *nats = total_of(&all);
    return BINNET_OK;
}

int32_t binnet_occupation_expand(binnet_ctx *ctx, binnet_law **out, const binnet_law *law)
{
    BNI_TRY(check_occupation(ctx, out, law));
    *out = NULL;
    const bni_occupation *o = law->occupation;
    if (o->neurons > MOST)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons: laws of all states have at most %d", o->neurons, MOST);
    size_t S = (size_t)1 << o->neurons, place[MOST];
    BNI_TRY(bni_need_memory(ctx, (double)sizeof(binnet_law) + 8 * (double)(S + o->states), "the law of all states"));
    double *each = bni_new_raw(ctx, o->states, sizeof *each);
    binnet_law *all = NULL;
    int32_t status = each == NULL ? BINNET_E_NOMEM : bni_law_make(ctx, &all, o->neurons);
    size_t count[MOST] = {0};
    for (size_t s = 0; status == BINNET_OK && s < o->states; s++, bni_occupation_next(o, count)) {
        each[s] = law->p[s];
        for (size_t a = 0; a < o->n_pop; a++) /* at most 32 neurons: binomials are exact */
            for (size_t k = 0; k < count[a]; k++)
                each[s] = each[s] * (double)(k + 1) / (double)(o->size[a] - k);
    }
    for (size_t i = 0; i < o->neurons; i++)
        place[i] = o->stride[bni_occupation_of(o, i)];
    for (size_t A = 0; status == BINNET_OK && A < S; A++) {
        size_t s = 0;
        for (size_t i = 0; i < o->neurons; i++)
            s += (A >> i & 1) * place[i];
        all->p[A] = each[s];
        if (A % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, (double)A / (double)S);
    }
    bni_delete(&ctx->mem, each);
    if (status != BINNET_OK) {
        binnet_law_free(all);
        return status;
    }
    all->residual = law->residual;
    all->residual_relative = law->residual_relative;
    all->balance = law->balance;
    all->iterations = law->iterations;
    all->method = law->method;
    *out = all;
    return BINNET_OK;
}
