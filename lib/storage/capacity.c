/*
 * Capacity: Cover's count of what one neuron can do, Gardner's bound, and random sets of patterns put to a rule.
 * Source: [Co65], [Ga88].
 */
#include "num/gamma.h"
#include "num/random.h"
#include "num/special.h"
#include "storage/storage.h"

#include <math.h>

int32_t binnet_capacity_cover(binnet_ctx *ctx, double *fraction, uint64_t patterns, uint64_t inputs)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, fraction, "fraction"));
    if (patterns < 1 || patterns > 1000000 || inputs < 1 || inputs > 1000000)
        return bni_fail(ctx, BINNET_E_RANGE, "%llu patterns, %llu inputs: allowed is 1..1000000",
                        (unsigned long long)patterns, (unsigned long long)inputs);
    if (patterns <= inputs) {
        *fraction = 1;
        return BINNET_OK;
    }
    /* Pr(a binomial of m = patterns - 1 fair coins is < inputs), from its greatest term below on down: of two Poisson numbers of
     * mean m/2, given their sum, one is binomial */
    double m = (double)(patterns - 1);
    int upper = 2 * inputs > patterns; /* then 1 - Pr(>= inputs), which by symmetry is Pr(<= m - inputs) */
    double top = upper ? m - (double)inputs : (double)inputs - 1;
    double term = bni_poisson(top, m / 2) * (bni_poisson(m - top, m / 2) / bni_poisson(m, m)), sum = 0;
    for (double k = top; k >= 0 && term > 1e-20 * sum; k--) {
        sum += term;
        term *= k / (m - k + 1);
    }
    *fraction = upper ? 1 - sum : sum;
    return BINNET_OK;
}

int32_t binnet_capacity_gardner(binnet_ctx *ctx, double *load, double kappa)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, load, "load"));
    if (!(kappa >= -5 && kappa <= 100))
        return bni_fail(ctx, isnan(kappa) ? BINNET_E_NAN : BINNET_E_RANGE, "kappa is %g, allowed is -5..100", kappa);
    double cdf, density; /* the integral is (1 + kappa^2) Phi(kappa) + kappa phi(kappa) */
    bni_gaussian(kappa, &cdf, NULL, &density);
    *load = 1 / ((1 + kappa * kappa) * cdf + kappa * density);
    return BINNET_OK;
}

typedef struct capacity_work {
    size_t n, L;
    uint8_t *from, *to; /* [L][n] */
    double *J;          /* [n][n] */
} capacity_work;

static void capacity_buffers(bni_plan *plan, void *object)
{
    capacity_work *w = object;
    BNI_BUFFER(plan, w->from, w->L * w->n);
    BNI_BUFFER(plan, w->to, w->L * w->n);
    BNI_BUFFER(plan, w->J, w->n * w->n);
}

static void draw_patterns(capacity_work *w, uint64_t seed, uint64_t set, double activity, int32_t cycles)
{
    bni_random r;
    bni_random_start(&r, seed, BNI_RANDOM_PATTERN, set, w->n, w->L);
    for (size_t k = 0; k < w->L * w->n; k++)
        w->from[k] = (uint8_t)bni_random_chance(&r, activity);
    for (size_t l = 0; l < w->L; l++)
        for (size_t i = 0; i < w->n; i++)
            w->to[l * w->n + i] = w->from[(cycles ? (l + 1) % w->L : l) * w->n + i];
}

/* Every transition is followed with at least that probability. */
static int follows_all(const binnet_storage *s, const capacity_work *w, size_t i, double least,
                       const binnet_noise *noise)
{
    for (size_t l = 0; noise != NULL && noise->scale[i] > 0 && l < s->L; l++) {
        double cdf, survival, k = s->margin[i * s->L + l] / noise->scale[i];
        int fires = w->to[l * w->n + i];
        bni_noise_tails(noise, fires ? -k : k, &cdf, &survival);
        if (!((fires ? survival : cdf) >= least))
            return 0;
    }
    return 1;
}

static int32_t check_capacity(binnet_ctx *ctx, uint64_t sets, size_t n, size_t patterns, double activity,
                              int32_t cycles, double least, const binnet_noise *noise)
{
    if (sets < 1)
        return bni_fail(ctx, BINNET_E_RANGE, "sets is 0, must be at least 1");
    if (n < 1 || n > BINNET_MAX_NETWORK || patterns < 1 || patterns > INT32_MAX)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu patterns of %zu neurons: at least 1, at most %d neurons", patterns, n,
                        BINNET_MAX_NETWORK);
    if (!(activity > 0 && activity < 1))
        return bni_fail(ctx, isnan(activity) ? BINNET_E_NAN : BINNET_E_RANGE, "activity is %g, must be within 0 and 1",
                        activity);
    if (cycles != 0 && cycles != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "cycles is %d, allowed is 0 or 1", (int)cycles);
    if (noise != NULL)
        BNI_TRY(bni_noise_need_independent(ctx, noise, "capacities"));
    if (noise != NULL && noise->n != n)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise is of %zu neurons, n is %zu", noise->n, n);
    if (noise != NULL && !(least > 0 && least < 1))
        return bni_fail(ctx, isnan(least) ? BINNET_E_NAN : BINNET_E_RANGE, "least is %g, must be within 0 and 1",
                        least);
    return BINNET_OK;
}

int32_t binnet_capacity_sampled(binnet_ctx *ctx, double *whole, double *neurons, double *unproved, uint64_t sets,
                                size_t n, size_t patterns, double activity, int32_t rule, int32_t cycles, double least,
                                const binnet_noise *noise, const binnet_wiring *wiring)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(check_capacity(ctx, sets, n, patterns, activity, cycles, least, noise));
    capacity_work w = {.n = n, .L = patterns};
    double bytes = bni_plan_bytes(capacity_buffers, &w);
    BNI_TRY(bni_need_memory(ctx, bytes, "patterns"));
    BNI_TRY(bni_plan_make(ctx, capacity_buffers, &w));
    int64_t limit = bni_set_aside(ctx, bytes);
    int32_t status = BINNET_OK;
    double all = 0, some = 0, open = 0;
    bni_progress progress = bni_progress_push(ctx);
    for (uint64_t k = 0; k < sets && status == BINNET_OK; k++) {
        binnet_storage *s = NULL;
        bni_progress_part(ctx, progress, (double)k, (double)sets);
        draw_patterns(&w, (uint64_t)ctx->seed, k, activity, cycles);
        bni_demand d = {n, patterns, w.from, w.to, rule, NULL, NULL, wiring, 1};
        status = bni_store(ctx, w.J, &s, &d, NULL, NULL);
        size_t good = 0;
        for (size_t i = 0; i < n && status == BINNET_OK; i++) {
            int stored = s->status[i] <= BINNET_STORED_OTHER && follows_all(s, &w, i, least, noise);
            good += (size_t)stored;
            open += !stored && s->why[i] == NULL;
        }
        all += good == n;
        some += (double)good;
        binnet_storage_free(s);
    }
    bni_progress_pop(ctx, progress);
    bni_give_back(ctx, limit);
    bni_plan_release(&ctx->mem, capacity_buffers, &w);
    BNI_TRY(status);
    if (whole != NULL)
        *whole = all / (double)sets;
    if (neurons != NULL)
        *neurons = some / ((double)sets * (double)n);
    if (unproved != NULL)
        *unproved = open / ((double)sets * (double)n);
    return BINNET_OK;
}
