/*
 * Potentials of a group as a mixture over the states of the neurons that the group sees; joint densities and orthants.
 * p(V) = sum_A P(A) prod_b f((V_b - m_b(A))/scale_b)/scale_b.   Source: THEORY 4, [FP19] sec. 2.
 */
#include "law/potentials.h"
#include "num/dense.h"

static uint64_t inputs_of(const binnet_chain *chain, size_t k, const int32_t *group)
{
    uint64_t seen = 0;
    if (group == NULL) /* every neuron, over all states */
        return (UINT64_C(1) << chain->n) - 1;
    for (size_t b = 0; b < k; b++)
        for (size_t j = 0; j < chain->n; j++)
            if (chain->J[(size_t)group[b] * chain->n + j] != 0)
                seen |= UINT64_C(1) << j;
    return seen;
}

/* The neurons of a set, rising. */
static size_t list_of(uint64_t set, int32_t *neuron)
{
    size_t bits = 0;
    for (int32_t j = 0; set >> j != 0; j++)
        if (set >> j & 1)
            neuron[bits++] = j;
    return bits;
}

static size_t mixture_doubles(size_t n, size_t k, size_t bits)
{
    size_t low = bits / 2;
    return (bits < n ? (size_t)2 << bits : 0) + k * (((size_t)1 << low) + ((size_t)1 << (bits - low)));
}

double bni_potential_mixture_bytes(const binnet_chain *chain, size_t k, const int32_t *group)
{
    int32_t neuron[BINNET_MAX_CHAIN_NEURONS];
    double whitening = bni_noise_correlated(chain->noise) ? 8 * (double)(k * k) + bni_cholesky_bytes(k) : 0;
    return whitening + 8.0 * (double)mixture_doubles(chain->n, k, list_of(inputs_of(chain, k, group), neuron));
}

void bni_potential_mixture_free(binnet_ctx *ctx, bni_potential_mixture *w)
{
    bni_delete(&ctx->mem, w->memory);
    bni_delete(&ctx->mem, w->whitening);
    w->whitening = NULL;
    w->memory = NULL;
}

/* table[s] = sum of on or off of each bit. */
static void fill_mixture(double *table, const double *on, const double *off, size_t bits)
{
    table[0] = 0;
    for (size_t b = 0; b < bits; b++)
        for (size_t s = 0; s < (size_t)1 << b; s++) {
            table[s + ((size_t)1 << b)] = table[s] + on[b];
            table[s] += off[b];
        }
}

/* shift: what an active and a silent neuron j counts, [n][2] (silent first); NULL: 1 and 0, and the stimulus is added. */
int32_t bni_potential_mixture_new(binnet_ctx *ctx, bni_potential_mixture *w, const binnet_chain *chain,
                                  const binnet_law *previous, size_t k, const int32_t *group, const double *shift)
{
    size_t n = chain->n;
    int32_t neuron[BINNET_MAX_CHAIN_NEURONS];
    *w = (bni_potential_mixture){.k = k, .noise = chain->noise};
    w->bits = list_of(inputs_of(chain, k, group), neuron);
    w->bits_low = w->bits / 2;
    size_t rest = w->bits - w->bits_low, S = (size_t)1 << w->bits;
    w->memory = bni_new_raw(ctx, mixture_doubles(n, k, w->bits), sizeof *w->memory);
    if (w->memory == NULL)
        return BINNET_E_NOMEM;
    double *at = w->memory;
    if (w->bits < n) {
        int32_t status = bni_marginal(ctx, at, at + S, previous, w->bits, neuron);
        if (status != BINNET_OK) {
            bni_potential_mixture_free(ctx, w);
            return status;
        }
        w->weight = at;
        at += 2 * S;
    } else {
        w->weight = previous->p;
    }
    w->low = at;
    w->high = at + (k << w->bits_low);
    for (size_t b = 0; b < k; b++) {
        size_t i = group != NULL ? (size_t)group[b] : b;
        double on[BINNET_MAX_CHAIN_NEURONS], off[BINNET_MAX_CHAIN_NEURONS];
        for (size_t a = 0; a < w->bits; a++) {
            size_t j = (size_t)neuron[a];
            double weight = chain->J[i * n + j] / chain->M[i];
            off[a] = shift != NULL ? weight * shift[2 * j] : 0;
            on[a] = shift != NULL ? weight * shift[2 * j + 1] : weight;
        }
        double *low = w->low + (b << w->bits_low), *high = w->high + (b << rest);
        fill_mixture(low, on, off, w->bits_low);
        fill_mixture(high, on + w->bits_low, off + w->bits_low, rest);
        for (size_t s = 0; shift == NULL && s < (size_t)1 << rest; s++)
            high[s] += chain->I[i];
        w->scale[b] = chain->noise->scale[i];
    }
    return BINNET_OK;
}

int32_t bni_potential_mixture_whiten(binnet_ctx *ctx, bni_potential_mixture *w, const int32_t *group)
{
    size_t n = w->k;
    if (!bni_noise_correlated(w->noise) || n < 2)
        return BINNET_OK;
    double *a = bni_new_raw(ctx, n * n, sizeof *a), rcond = 0, row[BINNET_MAX_CHAIN_NEURONS];
    if (a == NULL)
        return BINNET_E_NOMEM;
    w->whitening = a;
    for (size_t b = 0; b < n; b++)
        for (size_t c = 0; c < n; c++)
            a[b * n + c] = bni_noise_covariance(w->noise, group != NULL ? (size_t)group[b] : b,
                                                group != NULL ? (size_t)group[c] : c) /
                           w->scale[b] / w->scale[c];
    int32_t status = bni_cholesky(ctx, a, &rcond, n);
    if (status == BINNET_E_RANGE || (status == BINNET_OK && !(rcond > (double)n * 0x1p-50)))
        return bni_fail(ctx, BINNET_E_UNDEFINED,
                        "the noise of these neurons is singular: their potentials have no density");
    BNI_TRY(status);
    w->log_unit = 0;
    for (size_t b = 0; b < n; b++)
        w->log_unit += log(a[b * n + b]) + log(w->scale[b]);
    /* the inverse of L, row by row, in place */
    for (size_t b = 0; b < n; b++) {
        for (size_t c = 0; c < b; c++) {
            double sum = 0;
            for (size_t d = c; d < b; d++)
                sum += a[b * n + d] * a[d * n + c];
            row[c] = -sum / a[b * n + b];
        }
        row[b] = 1 / a[b * n + b];
        for (size_t c = 0; c <= b; c++)
            a[b * n + c] = row[c];
    }
    return BINNET_OK;
}

/* One state of correlated noise. */
static double correlated_log(const bni_potential_mixture *w, const double *V, uint64_t s)
{
    double z[BINNET_MAX_CHAIN_NEURONS], sum = 0;
    for (size_t b = 0; b < w->k; b++) {
        double y = 0;
        z[b] = (V[b] - bni_potential_mixture_mean(w, b, s)) / w->scale[b];
        for (size_t c = 0; c <= b; c++)
            y += w->whitening[b * w->k + c] * z[c];
        sum += bni_noise_log_density(w->noise, y);
    }
    return sum - w->log_unit;
}

int bni_potential_mixture_logs(double *l, const bni_potential_mixture *w, const double *V, uint64_t from, size_t count)
{
    int good = 1;
    for (size_t k = 0; k < count; k++)
        l[k] = log(w->weight[from + k]);
    for (size_t k = 0; w->whitening != NULL && k < count; k++)
        l[k] += l[k] > -HUGE_VAL ? correlated_log(w, V, from + k) : 0;
    if (w->whitening != NULL)
        return 1;
    for (size_t b = 0; b < w->k; b++) {
        double unit = log(w->scale[b]);
        for (size_t k = 0; k < count; k++) {
            if (!(l[k] > -HUGE_VAL))
                continue;
            double f = bni_noise_log_density(w->noise,
                                             (V[b] - bni_potential_mixture_mean(w, b, from + k)) / w->scale[b]);
            good &= !isnan(f);
            l[k] += f - unit;
        }
    }
    return good;
}

static size_t row_length(const bni_potential_mixture *w)
{
    return w->bits < BNI_ROW_BITS ? (size_t)1 << w->bits : BNI_ROW;
}

/* log of the density at one point, by rows: most + log(sum exp(l - most)). */
static int32_t log_density_at(binnet_ctx *ctx, double *value, const bni_potential_mixture *w, const double *V)
{
    size_t S = (size_t)1 << w->bits, row = row_length(w);
    double l[BNI_ROW], most = -HUGE_VAL;
    total sum = {0, 0};
    for (size_t s = 0; s < S; s += row) {
        if (!bni_potential_mixture_logs(l, w, V, s, row))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom density returned a negative value, infinity or NaN");
        double top = most;
        for (size_t k = 0; k < row; k++)
            top = l[k] > top ? l[k] : top;
        if (top > most) {
            double factor = exp(most - top);
            sum.sum *= factor;
            sum.lost *= factor;
            most = top;
        }
        double part = 0;
        for (size_t k = 0; k < row; k++)
            part += l[k] > -HUGE_VAL ? exp(l[k] - most) : 0;
        add_term(&sum, part);
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    *value = most > -HUGE_VAL ? most + log(total_of(&sum)) : -HUGE_VAL;
    return BINNET_OK;
}

static int32_t check_points(binnet_ctx *ctx, const void *out, const char *name, size_t count, const binnet_chain *chain,
                            const binnet_law *previous, size_t k, const int32_t *group, const double *V)
{
    BNI_TRY(bni_chain_law_check(ctx, out, name, chain, previous));
    BNI_TRY(bni_need_group(ctx, "group", chain->n, k, group, 1, chain->n));
    BNI_TRY(bni_need(ctx, V, "V"));
    if (count > SIZE_MAX / 8 / k)
        return bni_fail(ctx, BINNET_E_RANGE, "count is %zu: %zu values each do not fit an address", count, k);
    return BINNET_OK;
}

int32_t binnet_potential_density(binnet_ctx *ctx, double *density, double *log_density, size_t count,
                                 const binnet_chain *chain, const binnet_law *previous, size_t k, const int32_t *group,
                                 const double *V)
{
    BNI_TRY(check_points(ctx, density != NULL ? density : log_density, "density and log_density", count, chain,
                         previous, k, group, V));
    BNI_TRY(bni_need_finite(ctx, V, count * k, "V"));
    for (size_t b = 0; b < k; b++)
        BNI_TRY(bni_need_density(ctx, chain->noise, (size_t)group[b], group[b]));
    BNI_TRY(bni_need_memory(ctx, bni_potential_mixture_bytes(chain, k, group), "a density of potentials"));
    bni_potential_mixture w;
    BNI_TRY(bni_potential_mixture_new(ctx, &w, chain, previous, k, group, NULL));
    int32_t status = bni_potential_mixture_whiten(ctx, &w, group);
    for (size_t p = 0; p < count && status == BINNET_OK; p++) {
        double l = 0;
        bni_span(ctx, (double)p / (double)count, (double)(p + 1) / (double)count);
        status = log_density_at(ctx, &l, &w, V + p * k);
        if (density != NULL)
            density[p] = exp(l);
        if (log_density != NULL)
            log_density[p] = l;
    }
    bni_potential_mixture_free(ctx, &w);
    return status;
}

/* Pr(potential <= v), or > v with upper; of a single value without noise. */
static double side_of(const bni_potential_mixture *w, double v, double mean, double scale, int upper)
{
    double F, G;
    if (!(scale > 0))
        return (mean > v) == upper;
    bni_noise_tails(w->noise, (v - mean) / scale, &F, &G);
    return upper ? G : F;
}

static int32_t orthant_at(binnet_ctx *ctx, double *value, const bni_potential_mixture *w, const double *V,
                          uint64_t above)
{
    size_t S = (size_t)1 << w->bits, row = row_length(w);
    total sum = {0, 0};
    for (size_t s = 0; s < S; s += row) {
        for (size_t m = s; m < s + row; m++) {
            double p = w->weight[m];
            for (size_t b = 0; b < w->k && p > 0; b++) {
                double side = side_of(w, V[b], bni_potential_mixture_mean(w, b, m), w->scale[b], (int)(above >> b & 1));
                if (!(side >= 0 && side <= 1))
                    return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
                p *= side;
            }
            add_term(&sum, p);
        }
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    *value = total_of(&sum);
    return BINNET_OK;
}

int32_t binnet_potential_orthant(binnet_ctx *ctx, double *p, size_t count, const binnet_chain *chain,
                                 const binnet_law *previous, size_t k, const int32_t *group, const double *V,
                                 uint64_t above)
{
    BNI_TRY(check_points(ctx, p, "p", count, chain, previous, k, group, V));
    if (above >> k != 0)
        return bni_fail(ctx, BINNET_E_RANGE, "above is %llu, it has bits for %zu neurons", (unsigned long long)above,
                        k);
    for (size_t m = 0; m < count * k; m++)
        if (isnan(V[m]))
            return bni_fail(ctx, BINNET_E_NAN, "V[%zu] is NaN", m);
    if (k > 1)
        BNI_TRY(bni_noise_need_independent(ctx, chain->noise, "orthants of several potentials"));
    BNI_TRY(bni_need_memory(ctx, bni_potential_mixture_bytes(chain, k, group), "an orthant of potentials"));
    bni_potential_mixture w;
    BNI_TRY(bni_potential_mixture_new(ctx, &w, chain, previous, k, group, NULL));
    int32_t status = BINNET_OK;
    for (size_t m = 0; m < count && status == BINNET_OK; m++) {
        bni_span(ctx, (double)m / (double)count, (double)(m + 1) / (double)count);
        status = orthant_at(ctx, p + m, &w, V + m * k, above);
    }
    bni_potential_mixture_free(ctx, &w);
    return status;
}
