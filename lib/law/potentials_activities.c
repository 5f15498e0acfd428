/*
 * Between potentials and activities: A(t) of V(t), A(t-1) given V(t), A(t) given V(t), and samples.
 * Source: THEORY 4, the duality of [FP19] sec. 2.
 */
#include "law/potentials.h"
#include "num/dense.h"
#include "num/random.h"

#include <string.h>

int32_t binnet_potential_law(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, const binnet_law *previous)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_chain_law_check(ctx, out, "out", chain, previous));
    size_t n = chain->n;
    int32_t all[BINNET_MAX_CHAIN_NEURONS];
    for (size_t i = 0; i < n; i++)
        all[i] = (int32_t)i;
    BNI_TRY(bni_need_memory(ctx, sizeof(binnet_law) + 8 * ldexp(1, (int)n) + bni_update_set_bytes(chain, n),
                            "the law of the activities"));
    binnet_law *law;
    BNI_TRY(bni_law_make(ctx, &law, n));
    int32_t status = bni_update_set(ctx, law->p, previous->p, chain, all, n);
    if (status == BINNET_OK)
        *out = law;
    else
        binnet_law_free(law);
    return status;
}

static int32_t check_given(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, const double *V)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need(ctx, V, "V"));
    return bni_need_finite(ctx, V, chain->n, "V");
}

static double posterior_bytes(const binnet_chain *chain)
{
    return sizeof(binnet_law) + 8 * ldexp(1, (int)chain->n) + bni_potential_mixture_bytes(chain, chain->n, NULL);
}

/* log(P(s) p(V | s)) of every state into l. */
static int32_t fill_posterior_logs(binnet_ctx *ctx, double *l, const binnet_chain *chain, const binnet_law *previous,
                                   const double *V, double *most)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    bni_potential_mixture w;
    BNI_TRY(bni_potential_mixture_new(ctx, &w, chain, previous, chain->n, NULL, NULL));
    int32_t status = bni_potential_mixture_whiten(ctx, &w, NULL);
    *most = -HUGE_VAL;
    for (size_t s = 0; s < S && status == BINNET_OK; s += row) {
        if (!bni_potential_mixture_logs(l + s, &w, V, s, row))
            status = bni_fail(ctx, BINNET_E_CALLBACK, "a custom density returned a negative value, infinity or NaN");
        for (size_t k = 0; k < row; k++)
            *most = fmax(*most, l[s + k]);
        if (status == BINNET_OK)
            status = bni_poll(ctx, 0.5 * (double)s / (double)S);
    }
    bni_potential_mixture_free(ctx, &w);
    return status;
}

static int32_t fill_posterior(binnet_ctx *ctx, double *p, const binnet_chain *chain, const binnet_law *previous,
                              const double *V)
{
    size_t S = (size_t)1 << chain->n;
    double most;
    BNI_TRY(fill_posterior_logs(ctx, p, chain, previous, V, &most));
    if (!(most > -HUGE_VAL))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the density of these potentials is 0: nothing can be given them");
    total sum = {0, 0};
    for (size_t s = 0; s < S; s++) {
        p[s] = exp(p[s] - most);
        add_term(&sum, p[s]);
        if (s % (1 << 14) == 0)
            BNI_TRY(bni_poll(ctx, 0.5 + 0.5 * (double)s / (double)S));
    }
    for (size_t s = 0; s < S; s++)
        p[s] /= total_of(&sum);
    return BINNET_OK;
}

static int32_t make_posterior(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, const binnet_law *previous,
                              const double *V)
{
    BNI_TRY(bni_need_law(ctx, previous, "previous"));
    if (previous->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the law is of %zu neurons, the chain has %zu", previous->n, chain->n);
    for (size_t i = 0; i < chain->n; i++)
        BNI_TRY(bni_need_density(ctx, chain->noise, i, (int32_t)i));
    BNI_TRY(bni_need_memory(ctx, posterior_bytes(chain), "a law given potentials"));
    binnet_law *law;
    BNI_TRY(bni_law_make(ctx, &law, chain->n));
    int32_t status = fill_posterior(ctx, law->p, chain, previous, V);
    if (status == BINNET_OK)
        *out = law;
    else
        binnet_law_free(law);
    return status;
}

int32_t binnet_potential_posterior(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                   const binnet_law *previous, const double *V)
{
    BNI_TRY(check_given(ctx, out, chain, V));
    return make_posterior(ctx, out, chain, previous, V);
}

/* The state that all potentials set. */
static int32_t state_of_potentials(binnet_ctx *ctx, uint64_t *state, const binnet_chain *chain, const double *V)
{
    *state = 0;
    for (size_t i = 0; i < chain->n; i++) {
        if (V[i] == chain->theta[i] && chain->tie == BINNET_TIE_KEEP)
            return bni_fail(ctx, BINNET_E_UNDEFINED,
                            "V[%zu] is the threshold, where the neuron keeps an unknown activity", i);
        int fires = V[i] > chain->theta[i] || (V[i] == chain->theta[i] && chain->tie == BINNET_TIE_ACTIVE);
        *state |= (uint64_t)fires << i;
    }
    return BINNET_OK;
}

int32_t binnet_potential_given(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, const binnet_law *previous,
                               const double *V)
{
    BNI_TRY(check_given(ctx, out, chain, V));
    if (previous != NULL)
        BNI_TRY(bni_need_law(ctx, previous, "previous"));
    uint64_t set;
    size_t n = chain->n, S = (size_t)1 << n;
    if (chain->n_stages > 1)
        return bni_fail(ctx, BINNET_E_RANGE, "a sweep, or blocks: activities are set by potentials other than these");
    BNI_TRY(state_of_potentials(ctx, &set, chain, V));
    binnet_law *law = NULL;
    if (chain->update != BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(bni_need_memory(ctx, sizeof(binnet_law) + 8.0 * (double)S, "a law given potentials"));
        BNI_TRY(bni_law_make(ctx, &law, n));
        int32_t status = bni_clear(ctx, law->p, S, sizeof *law->p);
        if (status == BINNET_OK) {
            law->p[set] = 1;
            *out = law;
        } else {
            binnet_law_free(law);
        }
        return status;
    }
    BNI_TRY(bni_need_memory(ctx, sizeof(binnet_law) + 16.0 * (double)S, "a law given potentials"));
    BNI_TRY(make_posterior(ctx, &law, chain, previous, V));
    /* neuron i is drawn with probability select_i and set; gathered by the state that results */
    double *p = bni_new_raw(ctx, S, sizeof *p);
    int32_t status = p != NULL ? BINNET_OK : BINNET_E_NOMEM;
    for (uint64_t s = 0; s < S && status == BINNET_OK; s++) {
        p[s] = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t bit = UINT64_C(1) << i;
            if (((s ^ set) & bit) == 0)
                p[s] += chain->select[i] * (law->p[s] + law->p[s ^ bit]);
        }
        if (s % (1 << 12) == 0)
            status = bni_poll(ctx, 1);
    }
    if (status == BINNET_OK) {
        memcpy(law->p, p, S * sizeof *p);
        *out = law;
    } else {
        binnet_law_free(law);
    }
    bni_delete(&ctx->mem, p);
    return status;
}

/* --- samples --- */

/* The least state whose cumulative probability is at least u. */
static uint64_t state_at(const double *cumulative, size_t S, double u)
{
    size_t lo = 0, hi = S - 1;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (cumulative[middle] >= u)
            hi = middle;
        else
            lo = middle + 1;
    }
    return lo;
}

typedef struct inverse {
    const binnet_noise *noise;
    double u;
    int upper, bad;
} inverse;

static int inverse_reached(void *arg, double x)
{
    inverse *w = arg;
    double F, G;
    bni_noise_tails(w->noise, x, &F, &G);
    w->bad |= !(F >= 0 && F <= 1 && G >= 0 && G <= 1);
    return w->upper ? G <= w->u : F >= w->u;
}

static int draw_inverse(double *b, bni_random *r, const binnet_noise *noise)
{
    inverse w = {.noise = noise};
    w.u = bni_random_tail(r, &w.upper);
    *b = bni_first_reached(inverse_reached, &w, 0, 1);
    return !w.bad && isfinite(*b);
}

/* One B. */
static int draw_noise(double *b, bni_random *r, const binnet_noise *noise)
{
    int upper;
    double u;
    if (noise->kind == BINNET_NOISE_CUSTOM || (noise->kind == BINNET_NOISE_STUDENT_T && noise->dof < 1))
        return draw_inverse(b, r, noise);
    switch (noise->kind) {
    case BINNET_NOISE_LOGISTIC:
        u = bni_random_tail(r, &upper);
        *b = log1p(-u) - log(u);
        break;
    case BINNET_NOISE_UNIFORM:
        *b = 1 - 2 * bni_random_tail(r, &upper);
        break;
    case BINNET_NOISE_LAPLACE:
        *b = -log(2 * bni_random_tail(r, &upper));
        break;
    default:
        *b = bni_random_gaussian(r);
        if (noise->kind == BINNET_NOISE_STUDENT_T)
            *b /= sqrt(bni_random_gamma(r, 0.5 * noise->dof) / (0.5 * noise->dof));
        return 1;
    }
    *b = upper ? *b : -*b;
    return 1;
}

/* B = mix g of correlated noise, g standard normal: mix[n][columns]. */
typedef struct mixing {
    double *mix; /* NULL: independent noise */
    size_t columns;
} mixing;

static size_t mixing_columns(const binnet_noise *noise)
{
    return !bni_noise_correlated(noise) ? 0 : noise->factors > 0 ? noise->n + noise->factors : noise->n;
}

static double mixing_bytes(const binnet_noise *noise)
{
    double n = (double)noise->n;
    return 8 * (double)mixing_columns(noise) * n +
           (noise->cov != NULL ? 16 * n * n + 8 * n + bni_cholesky_semidefinite_bytes(noise->n) : 0);
}

static int32_t mix_covariance(binnet_ctx *ctx, double *mix, const binnet_noise *noise)
{
    size_t n = noise->n, order[BINNET_MAX_CHAIN_NEURONS], rank;
    double dropped, *a = bni_new_raw(ctx, n * n, sizeof *a);
    if (a == NULL)
        return BINNET_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double size = noise->scale[i] * noise->scale[j];
            a[i * n + j] = size > 0 ? bni_noise_covariance(noise, i, j) / noise->scale[i] / noise->scale[j] : 0;
        }
    int32_t status = bni_cholesky_semidefinite(ctx, a, order, &rank, &dropped, n, -1);
    for (size_t i = 0; i < n && status == BINNET_OK; i++)
        for (size_t j = 0; j < n; j++)
            mix[order[i] * n + j] = j <= i ? a[i * n + j] * noise->scale[order[i]] : 0;
    bni_delete(&ctx->mem, a);
    return status;
}

static int32_t make_mixing(binnet_ctx *ctx, mixing *w, const binnet_noise *noise)
{
    size_t n = noise->n, r = noise->factors;
    *w = (mixing){NULL, mixing_columns(noise)};
    if (w->columns == 0)
        return BINNET_OK;
    if ((w->mix = bni_new(ctx, n * w->columns, sizeof *w->mix)) == NULL)
        return BINNET_E_NOMEM;
    if (r == 0)
        return mix_covariance(ctx, w->mix, noise);
    for (size_t i = 0; i < n; i++) {
        w->mix[i * w->columns + i] = noise->own[i];
        for (size_t f = 0; f < r; f++)
            w->mix[i * w->columns + n + f] = noise->loading[i * r + f];
    }
    return BINNET_OK;
}

/* Adds all B to V[n]. */
static void add_mixed(double *V, bni_random *r, const mixing *w, size_t n)
{
    double g[BINNET_MAX_CHAIN_NEURONS + BINNET_MAX_FACTORS];
    for (size_t k = 0; k < w->columns; k++)
        g[k] = bni_random_gaussian(r);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < w->columns; k++)
            V[i] += w->mix[i * w->columns + k] * g[k];
}

int32_t binnet_potential_sample(binnet_ctx *ctx, double *V, size_t count, const binnet_chain *chain,
                                const binnet_law *previous, uint64_t first)
{
    BNI_TRY(bni_chain_law_check(ctx, V, "V", chain, previous));
    size_t n = chain->n, S = (size_t)1 << n;
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)S + mixing_bytes(chain->noise), "samples of potentials"));
    double *cumulative = bni_new_raw(ctx, S, sizeof *cumulative);
    if (cumulative == NULL)
        return BINNET_E_NOMEM;
    total sum = {0, 0};
    mixing mixed;
    int32_t status = make_mixing(ctx, &mixed, chain->noise);
    for (size_t s = 0; s < S && status == BINNET_OK; s++) {
        add_term(&sum, previous->p[s]);
        cumulative[s] = total_of(&sum);
        if (s % (1 << 16) == 0)
            status = bni_poll(ctx, 0);
    }
    for (size_t k = 0; k < count && status == BINNET_OK; k++) {
        bni_random r;
        bni_random_start(&r, (uint64_t)ctx->seed, BNI_RANDOM_POTENTIAL, first + k, 0, 0);
        uint64_t state = state_at(cumulative, S, bni_random_unit(&r) * cumulative[S - 1]);
        for (size_t i = 0; i < n; i++) {
            double m = 0, b;
            for (size_t j = 0; j < n; j++)
                m += state >> j & 1 ? chain->J[i * n + j] : 0;
            V[k * n + i] = m / chain->M[i] + chain->I[i];
            if (!(chain->noise->scale[i] > 0) || mixed.mix != NULL)
                continue;
            if (!draw_noise(&b, &r, chain->noise))
                status = bni_fail(ctx, BINNET_E_CALLBACK, "the noise of neuron %zu gave no finite sample", i);
            else
                V[k * n + i] += chain->noise->scale[i] * b;
        }
        if (mixed.mix != NULL)
            add_mixed(V + k * n, &r, &mixed, n);
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)k / (double)count);
    }
    bni_delete(&ctx->mem, mixed.mix);
    bni_delete(&ctx->mem, cumulative);
    return status;
}
