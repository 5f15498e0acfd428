/*
 * What a response says about stimuli, and its parts. With q(r|s) = prod_i p(r_i|s), q(r) = sum_s w_s q(r|s):
 *   whole       sum_s w_s D(p(r|s) || p(r))
 *   linear      sum_i sum_s w_s D(p(r_i|s) || p(r_i))
 *   similarity  -D(q(r) || prod_i p(r_i))
 *   independent -sum_r (p(r) - q(r)) log(q(r) / prod_i p(r_i))     (p and q have the same margins)
 *   dependent   D(w_s p(r|s) || p(r) w_s q(r|s) / q(r)) over (r, s)
 * p(r|s) - q(r|s) is what central moments of two and more neurons make, in 106 bits: correlations may be weak, and rare beside a
 * response that is all but certain.
 * Source: [Panzeri et al. 1999, Pola et al. 2003], in the forms of docs/information.md, which do not cancel.
 */
#include "law/information.h"
#include "law/law.h"

#include "binnet/information.h"

#include <string.h>

typedef struct stimuli {
    size_t count, k;
    double *weight;                                                                  /* [count] prior */
    bni_doubled *p;                                                                  /* [count][2^k] p(r|s) */
    bni_doubled *side;                                                               /* [count][2][k] p(r_i|s) */
    double *margin;                                                                  /* [count][2][k] rounded */
    double *log_margin;                                                              /* logarithms of the same */
    double mean[2][BINNET_MAX_CHAIN_NEURONS], log_mean[2][BINNET_MAX_CHAIN_NEURONS]; /* p(r_i) */
    double *q, *log_q;                                                               /* [count] of one response */
    double *excess, *lost;                                                           /* [2^k] p(r) - q(r), rounding */
    bni_doubled *scratch;                                                            /* [2^k] */
} stimuli;

/* Of all the arrays. */
static double stimuli_bytes(size_t count, size_t k)
{
    return 16 * ldexp((double)count + 2, (int)k) + 8 * (double)count * (8.0 * (double)k + 3) + 16;
}

static double weighted(const double *v, size_t stride, const double *weight, size_t count)
{
    total t = {0, 0};
    for (size_t s = 0; s < count; s++)
        add_term(&t, weight[s] * v[s * stride]);
    return total_of(&t);
}

/* log of sum_s w_s exp(log_q[s]), log_q of the workspace. */
static double log_mixture(const stimuli *w)
{
    double most = -HUGE_VAL, sum = 0;
    for (size_t s = 0; s < w->count; s++)
        if (w->weight[s] > 0)
            most = fmax(most, w->log_q[s]);
    if (!isfinite(most))
        return most;
    for (size_t s = 0; s < w->count; s++)
        sum += w->weight[s] > 0 ? w->weight[s] * exp(w->log_q[s] - most) : 0;
    return most + log(sum);
}

static int32_t fill_margins(binnet_ctx *ctx, stimuli *w)
{
    size_t R = (size_t)1 << w->k;
    for (size_t s = 0; s < w->count; s++) {
        bni_doubled *side = w->side + 2 * w->k * s;
        for (size_t b = 0; b < 2 * w->k; b++)
            side[b] = (bni_doubled){0, 0};
        for (size_t r = 0; r < R; r++) {
            for (size_t b = 0; b < w->k; b++) {
                bni_doubled *to = side + (r >> b & 1) * w->k + b;
                *to = bni_doubled_add(*to, w->p[s * R + r]);
            }
            if (r % (1 << 14) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        bni_doubled all = bni_doubled_add(side[0],
                                          side[w->k]); /* 1 but for rounding, which must not look like a correlation */
        for (size_t b = 0; b < 2 * w->k; b++)
            side[b] = bni_doubled_divide(side[b], all);
        for (size_t r = 0; r < R; r++) {
            w->p[s * R + r] = bni_doubled_divide(w->p[s * R + r], all);
            if (r % (1 << 14) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        double *m = w->margin + 2 * w->k * s, *l = w->log_margin + 2 * w->k * s;
        for (size_t b = 0; b < 2 * w->k; b++)
            m[b] = side[b].high;
        for (size_t b = 0; b < 2 * w->k; b++)
            l[b] = bni_log_probability(m[b], m[(b + w->k) % (2 * w->k)]);
    }
    for (int a = 0; a < 2; a++)
        for (size_t b = 0; b < w->k; b++)
            w->mean[a][b] = weighted(w->margin + (size_t)a * w->k + b, 2 * w->k, w->weight, w->count);
    for (int a = 0; a < 2; a++)
        for (size_t b = 0; b < w->k; b++) {
            for (size_t s = 0; s < w->count; s++)
                w->log_q[s] = w->log_margin[(2 * s + (size_t)a) * w->k + b];
            w->log_mean[a][b] = w->mean[a][b] >= 1e-290 ? bni_log_probability(w->mean[a][b], w->mean[1 - a][b])
                                                        : log_mixture(w);
        }
    return BINNET_OK;
}

/* sum_s w_s D(p_s || sum_s w_s p_s), terms of one response; the sum may be below the least double where p_s is not. */
static void add_divergences(total *t, const stimuli *w, double *p)
{
    double most = 0;
    int shift;
    for (size_t s = 0; s < w->count; s++)
        most = fmax(most, w->weight[s] > 0 ? p[s] : 0);
    (void)frexp(most, &shift);
    for (size_t s = 0; s < w->count; s++)
        p[s] = ldexp(p[s], -shift);
    double mean = weighted(p, 1, w->weight, w->count);
    for (size_t s = 0; s < w->count && mean > 0; s++)
        if (w->weight[s] > 0)
            add_term(t, ldexp(w->weight[s] * bni_divergence(p[s], mean), shift));
}

static double linear_part(const stimuli *w)
{
    total t = {0, 0};
    for (size_t side = 0; side < 2 * w->k; side++) {
        for (size_t s = 0; s < w->count; s++)
            w->q[s] = w->margin[2 * w->k * s + side];
        add_divergences(&t, w, w->q);
    }
    return total_of(&t);
}

/* From e[S] of sets S to responses: 1[A_b active] = q_b + (A_b - q_b), 1[A_b silent] = 1 - q_b - (A_b - q_b). side[2][k]: silent,
 * active. */
static int32_t spread_subsets(binnet_ctx *ctx, bni_doubled *e, size_t k, const bni_doubled *side)
{
    for (size_t b = 0; b < k; b++) {
        size_t bit = (size_t)1 << b;
        for (size_t m = 0; m < (size_t)1 << k; m++) {
            if (!(m & bit)) {
                bni_doubled without = e[m], with = e[m | bit];
                e[m] = bni_doubled_add(bni_doubled_multiply(side[b], without), bni_doubled_negate(with));
                e[m | bit] = bni_doubled_add(bni_doubled_multiply(side[k + b], without), with);
            }
            if (m % (1 << 18) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
    }
    return BINNET_OK;
}

static int32_t fill_excess(binnet_ctx *ctx, stimuli *w)
{
    size_t R = (size_t)1 << w->k;
    BNI_TRY(bni_clear(ctx, w->excess, 2 * R, sizeof *w->excess));
    for (size_t s = 0; s < w->count; s++) {
        total t;
        if (!(w->weight[s] > 0))
            continue;
        memcpy(w->scratch, w->p + s * R, R * sizeof *w->scratch);
        BNI_TRY(bni_centre_subsets(ctx, w->scratch, w->k));
        w->scratch[0] = (bni_doubled){0, 0};
        BNI_TRY(spread_subsets(ctx, w->scratch, w->k, w->side + 2 * w->k * s));
        for (size_t r = 0; r < R; r++) {
            t = (total){w->excess[r], w->lost[r]};
            add_term(&t, w->weight[s] * w->scratch[r].high);
            w->excess[r] = t.sum;
            w->lost[r] = t.lost;
            if (r % (1 << 18) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
    }
    return BINNET_OK;
}

/* 1 - prod over the group of Pr(A_i = r_i), of Pr(A_b silent) and active in side[2][k], digits kept where the product is beside 1. */
static double rest_of_product(const double *side, size_t k, size_t r)
{
    double rest = 0, product = 1;
    for (size_t b = 0; b < k; b++) {
        size_t a = r >> b & 1;
        rest += product * side[(1 - a) * k + b];
        product *= side[a * k + b];
    }
    return rest;
}

/* log(q(r) / prod_i p(r_i)), q and the product also as logarithms. */
static double log_ratio(const stimuli *w, double q, double log_q, double product, double log_product, size_t r)
{
    double near = (q - product) / product;
    if (!(isfinite(near) && fabs(near) <= 0.5 && q >= 1e-290))
        return log_q - log_product;
    if (q > 0.5 && product > 0.5) {
        double mean[2 * BINNET_MAX_CHAIN_NEURONS];
        total rest = {0, 0};
        for (size_t b = 0; b < 2 * w->k; b++)
            mean[b] = w->mean[b / w->k][b % w->k];
        for (size_t s = 0; s < w->count; s++)
            add_term(&rest, w->weight[s] * rest_of_product(w->margin + 2 * w->k * s, w->k, r));
        near = (rest_of_product(mean, w->k, r) - total_of(&rest)) / product;
    }
    return log1p(near);
}

/* One response r: its terms of the whole and of the parts. */
static void add_response(const stimuli *w, total *whole, total part[BINNET_INFORMATION_PARTS], size_t r)
{
    size_t R = (size_t)1 << w->k, k = w->k;
    double product = 1, log_product = 0;
    for (size_t s = 0; s < w->count; s++)
        w->q[s] = w->p[s * R + r].high;
    double p = weighted(w->q, 1, w->weight, w->count);
    add_divergences(whole, w, w->q);
    for (size_t s = 0; s < w->count; s++) {
        w->q[s] = 1;
        w->log_q[s] = 0;
        for (size_t b = 0; b < k; b++) {
            size_t at = (2 * s + (r >> b & 1)) * k + b;
            w->q[s] *= w->margin[at];
            w->log_q[s] += w->log_margin[at];
        }
    }
    for (size_t b = 0; b < k; b++) {
        product *= w->mean[r >> b & 1][b];
        log_product += w->log_mean[r >> b & 1][b];
    }
    double q = weighted(w->q, 1, w->weight, w->count), log_q = log_mixture(w);
    add_term(&part[BINNET_INFORMATION_SIGNAL_SIMILARITY], -bni_divergence_log(q, product, log_product));
    if (!isfinite(log_q))
        return; /* p(r) = 0 too */
    add_term(&part[BINNET_INFORMATION_CORRELATION_INDEPENDENT],
             -(w->excess[r] + w->lost[r]) * log_ratio(w, q, log_q, product, log_product, r));
    for (size_t s = 0; s < w->count && p > 0; s++) {
        if (!(w->weight[s] > 0))
            continue;
        double given = w->q[s] >= 1e-290 && q >= 1e-290 ? w->q[s] / q : exp(w->log_q[s] - log_q);
        add_term(&part[BINNET_INFORMATION_CORRELATION_DEPENDENT],
                 w->weight[s] * bni_divergence_log(w->p[s * R + r].high, p * given, log(p) + (w->log_q[s] - log_q)));
    }
}

static int32_t check_prior(binnet_ctx *ctx, size_t n_stimuli, const double *prior, double *sum)
{
    total t = {0, 0};
    BNI_TRY(bni_need(ctx, prior, "prior"));
    BNI_TRY(bni_need_finite(ctx, prior, n_stimuli, "prior"));
    for (size_t s = 0; s < n_stimuli; s++) {
        if (prior[s] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "prior[%zu] is %g, a probability must be >= 0", s, prior[s]);
        add_term(&t, prior[s]);
    }
    *sum = total_of(&t);
    if (!(fabs(*sum - 1) <= 1e-12))
        return bni_fail(ctx, BINNET_E_RANGE, "the prior adds up to %.17g, not to 1", *sum);
    return BINNET_OK;
}

int32_t binnet_stimulus_information(binnet_ctx *ctx, double *nats, double *parts, size_t n_stimuli,
                                    const binnet_law *const *law, const double *prior, size_t k, const int32_t *group)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, nats, "nats"));
    BNI_TRY(bni_need(ctx, law, "law"));
    if (n_stimuli < 1 || n_stimuli > (size_t)1 << 30)
        return bni_fail(ctx, BINNET_E_RANGE, "n_stimuli is %zu, allowed is 1..2^30", n_stimuli);
    for (size_t s = 0; s < n_stimuli; s++) {
        if (law[s] == NULL)
            return bni_fail(ctx, BINNET_E_NULL, "law[%zu] is NULL", s);
        BNI_TRY(bni_need_law(ctx, law[s], "law"));
        if (law[s]->n != law[0]->n)
            return bni_fail(ctx, BINNET_E_SIZE, "law[%zu] is of %zu neurons, law[0] of %zu", s, law[s]->n, law[0]->n);
    }
    double sum, whole_prior = 1;
    BNI_TRY(check_prior(ctx, n_stimuli, prior, &whole_prior));
    BNI_TRY(bni_need_group(ctx, "group", law[0]->n, k, group, 1, law[0]->n));
    size_t R = (size_t)1 << k;
    BNI_TRY(bni_need_memory(ctx, stimuli_bytes(n_stimuli, k), "the information about stimuli"));
    stimuli w = {.count = n_stimuli, .k = k};
    if ((w.p = bni_new_raw(ctx, (size_t)stimuli_bytes(n_stimuli, k) / sizeof *w.p, sizeof *w.p)) == NULL)
        return BINNET_E_NOMEM;
    w.scratch = w.p + n_stimuli * R;
    w.excess = (double *)(w.scratch + R);
    w.lost = w.excess + R;
    w.side = w.scratch + 2 * R;
    w.margin = (double *)(w.side + 2 * k * n_stimuli);
    w.log_margin = w.margin + 2 * k * n_stimuli;
    w.weight = w.log_margin + 2 * k * n_stimuli;
    w.q = w.weight + n_stimuli;
    w.log_q = w.q + n_stimuli;
    for (size_t s = 0; s < n_stimuli; s++)
        w.weight[s] = prior[s] / whole_prior;
    int32_t status = BINNET_OK;
    for (size_t s = 0; s < n_stimuli && status == BINNET_OK; s++)
        status = bni_group_law(ctx, w.p + s * R, law[s], k, group);
    if (status == BINNET_OK)
        status = fill_margins(ctx, &w);
    if (status == BINNET_OK)
        status = fill_excess(ctx, &w);
    total whole = {0, 0}, part[BINNET_INFORMATION_PARTS] = {{0, 0}};
    for (size_t r = 0; r < R && status == BINNET_OK; r++) {
        add_response(&w, &whole, part, r);
        if (r % 64 == 0)
            status = bni_poll(ctx, (double)r / (double)R);
    }
    *nats = total_of(&whole);
    sum = linear_part(&w);
    for (int m = 0; m < BINNET_INFORMATION_PARTS && parts != NULL; m++)
        parts[m] = m == BINNET_INFORMATION_LINEAR ? sum : total_of(&part[m]);
    bni_delete(&ctx->mem, w.p);
    return status;
}
