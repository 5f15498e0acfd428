/*
 * Terms of entropies and divergences, without cancellation; logarithms of firing probabilities.
 * D(p || q) = sum p log(p/q) = sum (p log(p/q) - p + q), no term of the latter negative.
 */
#include "law/information.h"

/* Below this a product or a probability is taken as a logarithm. */
static const double least_normal = 1e-290;

/* (1 + d) log(1 + d) - d, |d| <= 1/2: sum over k >= 2 of (-d)^k / (k (k - 1)) where the difference would cancel. */
static double small_divergence(double d)
{
    if (fabs(d) > 0.1)
        return (1 + d) * log1p(d) - d;
    double sum = 0;
    for (int k = 18; k >= 2; k--)
        sum = 1.0 / (k * (k - 1)) - d * sum;
    return d * d * sum;
}

double bni_divergence(double p, double q)
{
    if (!(p > 0))
        return q;
    if (!(q > 0))
        return HUGE_VAL;
    double d = (p - q) / q;
    if (fabs(d) <= 0.5)
        return q * small_divergence(d);
    double ratio = p / q;
    return p * (isnormal(ratio) ? log(ratio) : log(p) - log(q)) - (p - q);
}

double bni_divergence_log(double p, double q, double log_q)
{
    if (q >= least_normal || !(p > 0))
        return bni_divergence(p, q);
    if (p >= 2 * least_normal)
        return p * (log(p) - log_q) - (p - q);
    double d = expm1(log(p) - log_q); /* p/q - 1, of two numbers that may both be below the normal ones */
    return fabs(d) <= 0.5 ? q * small_divergence(d) : p * (log(p) - log_q) - (p - q);
}

double bni_divergence_product(double p, double a, double b)
{
    double q = a * b;
    if (q >= least_normal || !(p > 0) || !(a > 0) || !(b > 0))
        return bni_divergence(p, q);
    return bni_divergence_log(p, q, log(a) + log(b));
}

double bni_log_probability(double p, double q)
{
    return p > 0.5 ? log1p(-q) : log(p);
}

double bni_surprise(double p, double q)
{
    return p > 0 ? -p * bni_log_probability(p, q) : 0;
}

double bni_binary_entropy(double p, double q)
{
    return bni_surprise(p, q) + bni_surprise(q, p);
}

void bni_sum_out(double *sum, const double *p, size_t count, size_t stride, size_t terms, size_t step)
{
    for (size_t m = 0; m < count; m++) {
        total t = {0, 0};
        for (size_t k = 0; k < terms; k++)
            add_term(&t, p[m * stride + k * step]);
        sum[m] = total_of(&t);
    }
}

void bni_add_mutual(total *nats, const double *p, size_t rows, size_t columns, size_t stride, double whole, double *row,
                    double *column)
{
    bni_sum_out(row, p, rows, stride, columns, 1);
    bni_sum_out(column, p, columns, 1, rows, stride);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            add_term(nats, bni_divergence_product(p[r * stride + c], row[r], column[c] / whole));
}

void bni_production_add(bni_production *w, double x)
{
    add_term(&w->sum, x);
    w->size += fabs(x);
}

void bni_production_pair(bni_production *w, double f, double r)
{
    if (!(f > 0) && !(r > 0))
        return;
    w->unpaired |= !(f > 0) || !(r > 0);
    double d = (f - r) / r;
    if (f > 0 && r > 0)
        add_term(&w->paired, (f - r) * (fabs(d) <= 0.5 ? log1p(d) : log(f) - log(r)));
}

void bni_production_edge(bni_production *w, double weight, double f, double r, double force)
{
    bni_production_pair(w, weight * f, weight * r);
    add_term(&w->sum, weight * (f - r) * force);
    w->size += weight * (f + r) * fabs(force);
}

double bni_production_of(const bni_production *w)
{
    double sum = total_of(&w->sum), paired = total_of(&w->paired);
    if (!w->unpaired && fabs(sum - paired) <= 1e-13 * w->size)
        return paired;
    return sum < 0 && -sum <= 1e-14 * w->size ? 0 : sum;
}

static double wide_log(bni_wide w)
{
    return w.m > 0 ? log(w.m) + 512 * 0.69314718055994531 * w.e : -HUGE_VAL;
}

void bni_tail_logs(double *log_p, double *log_q, const binnet_chain *c, size_t i, double u, double p, double q)
{
    double scale = c->noise->scale[i];
    bni_wide F, G;
    *log_p = bni_log_probability(p, q);
    *log_q = bni_log_probability(q, p);
    if (!(scale > 0) || (p >= least_normal && q >= least_normal))
        return;
    bni_noise_tails_wide(c->noise, -(u / (c->M[i] * scale)), &F, &G);
    if (p < least_normal)
        *log_p = wide_log(G);
    if (q < least_normal)
        *log_q = wide_log(F);
}

/* Of neuron i in a state where one of the two is too small for a double. */
static void far_logs(double *log_p, double *log_q, const binnet_chain *c, size_t i, uint64_t state, double p, double q)
{
    size_t low = ((size_t)1 << c->low) - 1, middle = ((size_t)1 << c->middle) - 1;
    double u = 0;
    if (c->noise->scale[i] > 0)
        u = c->lo[(i << c->low) + (state & low)] + (c->mid[(i << c->middle) + (state >> c->low & middle)] +
                                                    c->top[(i << c->upper) + (state >> (c->low + c->middle))]);
    bni_tail_logs(log_p, log_q, c, i, u, p, q);
}

int32_t bni_firing(binnet_ctx *ctx, double *p, double *q, double *log_p, double *log_q, const binnet_chain *chain,
                   size_t i, const uint64_t *state, size_t count)
{
    if (!bni_probability_states(chain, bni_kernels_get()->chain, p, q, i, state, count))
        return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    for (size_t k = 0; log_p != NULL && k < count; k++) {
        if (p[k] < least_normal || q[k] < least_normal) {
            far_logs(log_p + k, log_q + k, chain, i, state[k], p[k], q[k]);
        } else {
            log_p[k] = bni_log_probability(p[k], q[k]);
            log_q[k] = bni_log_probability(q[k], p[k]);
        }
    }
    return BINNET_OK;
}

int32_t bni_firing_from(binnet_ctx *ctx, double *p, double *q, double *log_p, double *log_q, const binnet_chain *chain,
                        size_t i, uint64_t from, size_t count)
{
    uint64_t state[BNI_ROW];
    for (size_t k = 0; k < count; k++)
        state[k] = from + k;
    return bni_firing(ctx, p, q, log_p, log_q, chain, i, state, count);
}

int32_t bni_chain_law_check(binnet_ctx *ctx, const void *out, const char *name, const binnet_chain *chain,
                            const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, name));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the law is of %zu neurons, the chain has %zu", law->n, chain->n);
    return BINNET_OK;
}

void bni_split_add(bni_split_sums *sums, double *v, size_t n, uint64_t from, size_t count)
{
    size_t low = 0;
    while ((size_t)1 << low < count)
        low++;
    for (size_t b = low; b-- > 0;) {
        size_t half = (size_t)1 << b;
        double part[2] = {0, 0};
        for (size_t k = 0; k < half; k++) {
            part[0] += v[k];
            part[1] += v[k + half];
            v[k] += v[k + half];
        }
        add_term(&sums->of[b][0], part[0]);
        add_term(&sums->of[b][1], part[1]);
    }
    for (size_t b = low; b < n; b++)
        add_term(&sums->of[b][from >> b & 1], v[0]);
}

size_t bni_inputs(const binnet_chain *chain, size_t i, int32_t *input)
{
    size_t count = 0;
    for (size_t j = 0; j < chain->n; j++)
        if (chain->J[i * chain->n + j] != 0 || (j == i && chain->self[i]))
            input[count++] = (int32_t)j;
    return count;
}
