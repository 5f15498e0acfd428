/*
 * Means, covariances and groupwise correlations of potentials.
 * Corr_k = E[prod (V_i - E V_i)] / (prod E|V_i - E V_i|^k)^(1/k); given A(t-1) the noise averages out of the numerator.
 * Source: THEORY 5, [FP19] sec. 5.
 */
#include "law/potentials.h"

/* Sums over the states with each neuron silent and active. */
static int32_t split_law(binnet_ctx *ctx, bni_split_sums *sums, const binnet_law *law)
{
    size_t S = (size_t)1 << law->n, row = S < BNI_ROW ? S : BNI_ROW;
    double v[BNI_ROW];
    *sums = (bni_split_sums){{{{0, 0}}}};
    for (size_t s = 0; s < S; s += row) {
        for (size_t k = 0; k < row; k++)
            v[k] = law->p[s + k];
        bni_split_add(sums, v, law->n, s, row);
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

int32_t bni_activity_deviations(binnet_ctx *ctx, double *shift, const binnet_law *law)
{
    bni_split_sums sums;
    BNI_TRY(split_law(ctx, &sums, law));
    for (size_t j = 0; j < law->n; j++) {
        shift[2 * j] = -total_of(&sums.of[j][1]);
        shift[2 * j + 1] = total_of(&sums.of[j][0]);
    }
    return BINNET_OK;
}

/* Of correlated noise, the largest group: 2^k moments for each state. */
enum { CORRELATED_GROUP = 12 };

static int32_t check_potentials(binnet_ctx *ctx, const void *out, const char *name, size_t n, const binnet_chain *chain,
                                const binnet_law *previous)
{
    BNI_TRY(bni_chain_law_check(ctx, out, name, chain, previous));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    return BINNET_OK;
}

static int32_t no_moment(binnet_ctx *ctx, const binnet_noise *noise, int order)
{
    return bni_fail(ctx, BINNET_E_UNDEFINED, "Student's t with %g degrees of freedom has no moment of order %d",
                    noise->dof, order);
}

int32_t bni_potential_overflow(binnet_ctx *ctx, size_t i, size_t j)
{
    return bni_fail(ctx, BINNET_E_RANGE, "the covariance of the potentials of neurons %zu and %zu overflows", i, j);
}

/* Whether some neuron is noisy. */
static int any_noise(const binnet_noise *noise)
{
    for (size_t i = 0; i < noise->n; i++)
        if (noise->scale[i] > 0)
            return 1;
    return 0;
}

int32_t binnet_potential_mean(binnet_ctx *ctx, double *mean, size_t n, const binnet_chain *chain,
                              const binnet_law *previous)
{
    BNI_TRY(check_potentials(ctx, mean, "mean", n, chain, previous));
    bni_split_sums sums;
    double centre = 0;
    BNI_TRY(split_law(ctx, &sums, previous));
    int32_t status = any_noise(chain->noise) ? bni_noise_mean(ctx, &centre, chain->noise) : BINNET_OK;
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    for (size_t i = 0; i < n; i++) {
        total t = {0, 0};
        for (size_t j = 0; j < n; j++)
            add_term(&t, chain->J[i * n + j] * total_of(&sums.of[j][1]));
        mean[i] = total_of(&t) / chain->M[i] + chain->I[i];
        if (!isfinite(mean[i]))
            return bni_fail(ctx, BINNET_E_RANGE, "the mean of the potential of neuron %zu overflows", i);
        if (chain->noise->scale[i] > 0)
            mean[i] += chain->noise->scale[i] * centre;
    }
    return status == BINNET_OK ? status : no_moment(ctx, chain->noise, 1);
}

/* sum_kl J_ik J_jl Cov(A_k, A_l) / (M_i M_j): weights and normalisations may be out of range where their quotients are not. */
static double drive_covariance(const binnet_chain *c, const double *activity, size_t i, size_t j)
{
    size_t n = c->n;
    total t = {0, 0};
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++)
            add_term(&t, c->J[i * n + k] / c->M[i] * activity[k * n + l] * (c->J[j * n + l] / c->M[j]));
    return total_of(&t);
}

int32_t binnet_potential_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_chain *chain,
                                    const binnet_law *previous)
{
    BNI_TRY(check_potentials(ctx, cov, "cov", n, chain, previous));
    double activity[BINNET_MAX_CHAIN_NEURONS * BINNET_MAX_CHAIN_NEURONS], centre = 0, variance = 0;
    const binnet_noise *noise = chain->noise;
    BNI_TRY(binnet_law_covariance(ctx, activity, n, previous));
    int32_t status = BINNET_OK;
    int order = 1;
    if (any_noise(noise)) {
        status = bni_noise_mean(ctx, &centre, noise);
        if (status == BINNET_OK) {
            order = 2;
            status = bni_noise_absolute(ctx, &variance, noise, 1, 0, centre, 2);
        }
    }
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double c = drive_covariance(chain, activity, i, j);
            if (i == j && noise->scale[i] > 0)
                c += noise->scale[i] * noise->scale[i] * (status == BINNET_OK ? variance : 0);
            if (i != j && bni_noise_correlated(noise))
                c += bni_noise_covariance(noise, i, j);
            if (!isfinite(c))
                return bni_potential_overflow(ctx, j, i);
            int noisy_pair = noise->scale[i] > 0 || noise->scale[j] > 0;
            if (status != BINNET_OK && noisy_pair && (order == 1 || i == j))
                c = NAN;
            cov[i * n + j] = cov[j * n + i] = c;
        }
    return status == BINNET_OK ? status : no_moment(ctx, noise, order);
}

/* Deviations are in units of what they can reach at most, which cancels: nothing overflows. */
static double unit_of(const binnet_chain *chain, size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < chain->n; j++)
        sum += fabs(chain->J[i * chain->n + j] / chain->M[i]);
    sum += chain->noise->scale[i];
    return sum > 0 ? sum : 1;
}

/* E prod_b (m_b - E m_b) / unit_b */
static int32_t fill_numerator(binnet_ctx *ctx, double *value, const binnet_chain *chain, const binnet_law *previous,
                              size_t k, const int32_t *group, const double *unit)
{
    double shift[2 * BINNET_MAX_CHAIN_NEURONS];
    BNI_TRY(bni_activity_deviations(ctx, shift, previous));
    bni_potential_mixture w;
    BNI_TRY(bni_potential_mixture_new(ctx, &w, chain, previous, k, group, shift));
    int32_t status = BINNET_OK;
    total sum = {0, 0};
    for (uint64_t s = 0, S = UINT64_C(1) << w.bits; s < S && status == BINNET_OK; s++) {
        double product = w.weight[s];
        for (size_t b = 0; b < k; b++)
            product *= bni_potential_mixture_mean(&w, b, s) / unit[b];
        add_term(&sum, product);
        if (s % (1 << 14) == 0)
            status = bni_poll(ctx, (double)s / (double)S);
    }
    bni_potential_mixture_free(ctx, &w);
    *value = total_of(&sum);
    return status;
}

/* The same with correlated noise, E prod_b (d_b + x_b), x normal: with the least neuron b of a set,
 * E(set) = d_b E(set - b) + sum over j of c_bj E(set - b - j)   (Isserlis). */
static int32_t fill_correlated_numerator(binnet_ctx *ctx, double *value, const binnet_chain *chain,
                                         const binnet_law *previous, size_t k, const int32_t *group, const double *unit)
{
    double shift[2 * BINNET_MAX_CHAIN_NEURONS], c[CORRELATED_GROUP][CORRELATED_GROUP];
    BNI_TRY(bni_activity_deviations(ctx, shift, previous));
    for (size_t b = 0; b < k; b++)
        for (size_t j = 0; j < k; j++)
            c[b][j] = bni_noise_covariance(chain->noise, (size_t)group[b], (size_t)group[j]) / unit[b] / unit[j];
    double *moment = bni_new_raw(ctx, (size_t)1 << k, sizeof *moment);
    if (moment == NULL)
        return BINNET_E_NOMEM;
    bni_potential_mixture w;
    int32_t status = bni_potential_mixture_new(ctx, &w, chain, previous, k, group, shift);
    total sum = {0, 0};
    for (uint64_t s = 0, S = UINT64_C(1) << w.bits; status == BINNET_OK && s < S; s++) {
        moment[0] = 1;
        for (size_t set = 1; set < (size_t)1 << k; set++) {
            size_t b = 0;
            while (!(set >> b & 1))
                b++;
            size_t rest = set & (set - 1);
            double m = bni_potential_mixture_mean(&w, b, s) / unit[b] * moment[rest];
            for (size_t j = b + 1; j < k; j++)
                if (rest >> j & 1)
                    m += c[b][j] * moment[rest & ~((size_t)1 << j)];
            moment[set] = m;
        }
        add_term(&sum, w.weight[s] * moment[((size_t)1 << k) - 1]);
        if (s % 16 == 0)
            status = bni_poll(ctx, (double)s / (double)S);
    }
    bni_potential_mixture_free(ctx, &w);
    bni_delete(&ctx->mem, moment);
    *value = total_of(&sum);
    return status;
}

/* E|V_i - E V_i|^k / unit^k */
static int32_t fill_absolute(binnet_ctx *ctx, double *value, const binnet_chain *chain, const binnet_law *previous,
                             int k, int32_t neuron, double unit, double centre)
{
    binnet_potential_marginal *m;
    BNI_TRY(bni_potential_marginal_make(ctx, &m, chain, previous, neuron));
    total mean = {0, 0}, sum = {0, 0};
    int32_t status = BINNET_OK;
    for (size_t c = 0; c < m->count; c++)
        add_term(&mean, m->component[c].weight * m->component[c].mean);
    for (size_t c = 0; c < m->count && status == BINNET_OK; c++) {
        double part;
        /* the weights' sum may be off 1 by rounding; about any mean of theirs a single component is at 0 */
        double from = m->count > 1 ? (m->component[c].mean - total_of(&mean)) / unit : 0;
        status = bni_noise_absolute(ctx, &part, m->noise, m->noise->scale[0] / unit, from, centre, k);
        add_term(&sum, m->component[c].weight * part);
        if (status == BINNET_OK && c % 64 == 0)
            status = bni_poll(ctx, (double)c / (double)m->count);
    }
    *value = total_of(&sum);
    binnet_potential_marginal_free(m);
    return status;
}

int32_t binnet_potential_groupwise(binnet_ctx *ctx, double *corr, const binnet_chain *chain, const binnet_law *previous,
                                   size_t k, const int32_t *group)
{
    BNI_TRY(bni_chain_law_check(ctx, corr, "corr", chain, previous));
    BNI_TRY(bni_need_group(ctx, "group", chain->n, k, group, 1, chain->n));
    if (k < 2)
        return bni_fail(ctx, BINNET_E_RANGE, "a group of %zu: a correlation is of two neurons at least", k);
    if (bni_noise_correlated(chain->noise) && k > CORRELATED_GROUP)
        return bni_fail(ctx, BINNET_E_RANGE, "a group of %zu: with correlated noise at most %d", k, CORRELATED_GROUP);
    *corr = NAN;
    double bytes = bni_potential_mixture_bytes(chain, k, group), unit[BINNET_MAX_CHAIN_NEURONS], centre = 0, numerator,
           product = 1;
    int noisy = 0;
    for (size_t b = 0; b < k; b++) {
        bytes = fmax(bytes, bni_potential_marginal_bytes(chain, (size_t)group[b]));
        unit[b] = unit_of(chain, (size_t)group[b]);
        noisy |= chain->noise->scale[group[b]] > 0;
    }
    BNI_TRY(bni_need_memory(ctx, bytes, "a correlation of potentials"));
    if (noisy && chain->noise->kind == BINNET_NOISE_STUDENT_T && !(chain->noise->dof > (double)k))
        return no_moment(ctx, chain->noise, (int)k);
    if (noisy)
        BNI_TRY(bni_noise_mean(ctx, &centre, chain->noise));
    BNI_TRY((bni_noise_correlated(chain->noise) ? fill_correlated_numerator
                                                : fill_numerator)(ctx, &numerator, chain, previous, k, group, unit));
    for (size_t b = 0; b < k; b++) {
        double moment;
        BNI_TRY(fill_absolute(ctx, &moment, chain, previous, (int)k, group[b], unit[b], centre));
        if (!(moment > 0))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "the potential of neuron %d never changes", (int)group[b]);
        product *= pow(moment, 1 / (double)k);
    }
    *corr = fmin(fmax(numerator / product, -1), 1);
    return BINNET_OK;
}
