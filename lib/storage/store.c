/*
 * binnet_store: checks, the rule, the facts about its weights, and what is to be said of them.
 */
#include "storage/storage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Flops of the margin rule from which on threads pay. */
#define WORTH_WORKERS 1e7

static void storage_buffers(bni_plan *plan, void *object)
{
    binnet_storage *s = object;
    BNI_ZEROS(plan, s->status, s->n);
    BNI_ZEROS(plan, s->sign, s->n);
    BNI_BUFFER(plan, s->margin, s->n * s->L);
    BNI_ZEROS(plan, s->error, s->n);
    BNI_ZEROS(plan, s->theta, s->n);
    BNI_ZEROS(plan, s->stimulus, s->n);
    BNI_ZEROS(plan, s->residual, s->n);
    BNI_ZEROS(plan, s->condition, s->n);
    BNI_ZEROS(plan, s->rank, s->n);
    BNI_ZEROS(plan, s->why, s->n);
}

void binnet_storage_free(binnet_storage *s)
{
    if (s == NULL)
        return;
    bni_allocator mem = s->mem;
    for (size_t i = 0; s->why != NULL && i < s->n; i++)
        bni_contradiction_free(&mem, s->why[i]);
    bni_plan_release(&mem, storage_buffers, s);
    bni_delete(&mem, s);
}

int32_t bni_need_activities(binnet_ctx *ctx, const uint8_t *state, size_t n, size_t L, const char *name)
{
    for (size_t l = 0; l < L; l++) {
        for (size_t i = 0; i < n; i++)
            if (state[l * n + i] > 1)
                return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu][%zu] is %d: an activity is 0 or 1", name, l, i,
                                (int)state[l * n + i]);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t check_demand_wiring(binnet_ctx *ctx, const bni_demand *d)
{
    const binnet_wiring *w = d->wiring;
    if (w != NULL && w->n != d->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the wiring is of %zu neurons, the states are of %zu", w->n, d->n);
    int bound = w != NULL && (w->sign != NULL || w->least != NULL || w->greatest != NULL);
    if (bound && d->rule != BINNET_RULE_MARGIN)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "signs and bounds of weights are kept by BINNET_RULE_MARGIN only, not by rule %d",
                        (int)d->rule);
    return BINNET_OK;
}

static int32_t check_margins(binnet_ctx *ctx, const bni_demand *d)
{
    BNI_TRY(bni_need_finite(ctx, d->margin, d->n * d->L, "margin"));
    BNI_TRY(bni_need_finite(ctx, d->M, d->n, "M"));
    for (size_t i = 0; d->M != NULL && i < d->n; i++)
        if (!(d->M[i] > 0))
            return bni_fail(ctx, BINNET_E_RANGE, "M[%zu] is %g, a normalisation must be > 0", i, d->M[i]);
    for (size_t k = 0; d->rule == BINNET_RULE_MARGIN && d->margin != NULL && k < d->n * d->L; k++)
        if (!(d->margin[k] > 0))
            return bni_fail(ctx, BINNET_E_RANGE, "margin[%zu][%zu] is %g: a margin to be reached at least must be > 0",
                            k / d->n, k % d->n, d->margin[k]);
    return check_demand_wiring(ctx, d);
}

/* Right-hand sides stay finite. */
static int32_t check_drives(binnet_ctx *ctx, const bni_demand *d, const double *theta, const double *stimulus)
{
    const double *connectome = d->wiring != NULL ? d->wiring->connectome : NULL;
    for (size_t i = 0; i < d->n; i++) {
        double largest = 0, start = 0;
        for (size_t l = 0; l < d->L; l++)
            largest = fmax(largest, fabs(bni_demand_margin(d, l, i)));
        for (size_t j = 0; connectome != NULL && j < d->n; j++)
            start += fabs(connectome[i * d->n + j]);
        double offset = fabs((stimulus != NULL ? stimulus[i] : 0) - (theta != NULL ? theta[i] : 0));
        if (!isfinite(bni_demand_M(d, i) * (largest + offset) + start))
            return bni_fail(ctx, BINNET_E_RANGE, "the drives that neuron %zu needs overflow", i);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t check_demand_sizes(binnet_ctx *ctx, const bni_demand *d)
{
    if (d->n < 1 || d->n > BINNET_MAX_NETWORK)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", d->n, BINNET_MAX_NETWORK);
    if (d->L < 1 || d->L > INT32_MAX)
        return bni_fail(ctx, BINNET_E_RANGE, "n_transitions is %zu, allowed is 1..%d", d->L, INT32_MAX);
    if (d->rule < BINNET_RULE_EXACT || d->rule > BINNET_RULE_COVARIANCE)
        return bni_fail(ctx, BINNET_E_RANGE, "rule is %d, allowed is 0..%d", (int)d->rule, BINNET_RULE_COVARIANCE);
    return BINNET_OK;
}

static int by_singular_values(const bni_demand *d)
{
    return d->rule == BINNET_RULE_EXACT || d->rule == BINNET_RULE_PSEUDO_INVERSE;
}

/* Sets the workers of the margin rule: as many as there is room for, where they are worth it. */
static double storing_bytes(const binnet_ctx *ctx, binnet_storage *s, bni_demand *d)
{
    double fixed = (double)sizeof *s + bni_plan_bytes(storage_buffers, s) + 9 * (double)d->n;
    double work = fmax(by_singular_values(d) ? bni_store_exact_bytes(d) : 0, bni_storage_verify_bytes(d));
    d->workers = 1;
    if (d->rule <= BINNET_RULE_MARGIN) {
        int most = bni_store_margin_flops(d) < WORTH_WORKERS ? 1 : (int)ctx->threads;
        while (d->workers < most && (size_t)d->workers < d->n &&
               bni_fits_memory(ctx, fixed + bni_store_margin_bytes(d, d->workers + 1)))
            d->workers++;
        work = fmax(work, bni_store_margin_bytes(d, d->workers));
    }
    return fixed + work;
}

/* Neurons whose wanted margins were not met exactly: are there weights at all? Their own rank is not that of the search. */
static int32_t explain_neurons(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d)
{
    uint8_t *only = bni_new(ctx, d->n, 1);
    size_t *rank = bni_new(ctx, d->n, sizeof *rank), open = 0;
    int32_t status = only == NULL || rank == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t i = 0; status == BINNET_OK && i < d->n; i++) {
        int positive = 1; /* margins that are asked to be above 0 */
        for (size_t l = 0; l < d->L; l++)
            positive &= bni_demand_margin(d, l, i) > 0;
        only[i] = s->status[i] == BINNET_NOT_STORED && positive;
        open += only[i];
        rank[i] = s->rank[i];
    }
    if (status == BINNET_OK && open > 0)
        status = bni_store_margin(ctx, J, s, d, only);
    for (size_t i = 0; status == BINNET_OK && i < d->n; i++)
        s->rank[i] = rank[i];
    bni_delete(&ctx->mem, only);
    bni_delete(&ctx->mem, rank);
    return status;
}

static int32_t run_rule(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d, const double *theta,
                        const double *stimulus)
{
    for (size_t i = 0; i < d->n; i++) {
        s->theta[i] = theta != NULL ? theta[i] : 0;
        s->stimulus[i] = stimulus != NULL ? stimulus[i] : 0;
        s->residual[i] = s->condition[i] = NAN;
        if (d->wiring != NULL && d->wiring->sign != NULL)
            s->sign[i] = d->wiring->sign[i];
    }
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_parts(ctx, whole, 0, 6, 8);
    if (d->rule == BINNET_RULE_MARGIN)
        BNI_TRY(bni_store_margin(ctx, J, s, d, NULL));
    else if (by_singular_values(d)) {
        int spins = d->rule == BINNET_RULE_PSEUDO_INVERSE;
        BNI_TRY(bni_store_exact(ctx, J, s, d, spins));
        if (spins)
            bni_store_from_spins(J, s, d);
    } else
        BNI_TRY(bni_store_local(ctx, J, s, d));
    bni_progress_parts(ctx, whole, 6, 1, 8);
    BNI_TRY(bni_storage_verify(ctx, s, J, d));
    bni_progress_parts(ctx, whole, 7, 1, 8);
    if (d->rule == BINNET_RULE_EXACT)
        BNI_TRY(explain_neurons(ctx, J, s, d));
    bni_progress_pop(ctx, whole);
    return BINNET_OK;
}

/* Which neuron, which transitions, what to change; BINNET_OK when all are stored. */
static int32_t tell_unmet(binnet_ctx *ctx, const binnet_storage *s, const bni_demand *d)
{
    size_t count[5] = {0}, first[5] = {0}, unmet = 0;
    for (size_t i = s->n; i-- > 0;) {
        int32_t k = s->status[i];
        count[k]++;
        first[k] = i;
        unmet += k != BINNET_STORED;
    }
    if (unmet == 0)
        return BINNET_OK;
    int32_t worst = count[BINNET_IMPOSSIBLE] > 0     ? BINNET_IMPOSSIBLE
                    : count[BINNET_OUT_OF_REACH] > 0 ? BINNET_OUT_OF_REACH
                    : count[BINNET_NOT_STORED] > 0   ? BINNET_NOT_STORED
                                                     : BINNET_STORED_OTHER;
    size_t i = first[worst];
    const bni_contradiction *c = s->why[i];
    char who[80];
    snprintf(who, sizeof who, "%zu of %zu neurons are not stored; neuron %zu", unmet, s->n, i);
    if (c != NULL) {
        size_t l[2] = {0}, found = 0;
        for (size_t k = 0; k < c->rows; k++)
            if (c->kind[k] == BINNET_ROW_TRANSITION) {
                if (found < 2)
                    l[found] = c->index[k];
                found++;
            }
        const char *what = worst == BINNET_IMPOSSIBLE ? "no weights" : "no weights with such margins";
        if (c->rows == 2 && found == 2 && memcmp(d->from + l[0] * d->n, d->from + l[1] * d->n, d->n) == 0)
            return bni_fail(
                ctx, BINNET_E_UNMET,
                "%s: transitions %zu and %zu start from one state but it is to fire after only one: leave one out", who,
                l[0], l[1]);
        if (c->rows == 1)
            return bni_fail(
                ctx, BINNET_E_UNMET,
                "%s: no input of it is active before transition %zu, and threshold and stimulus decide otherwise: "
                "change them or the mask",
                who, l[0]);
        return bni_fail(ctx, BINNET_E_UNMET, "%s: %s, proved by %zu transitions (%zu, %zu...) and %zu signs or bounds",
                        who, what, found, l[0], l[1], c->rows - found);
    }
    if (worst == BINNET_STORED_OTHER)
        return bni_fail(ctx, BINNET_E_UNMET,
                        "%s has all margins above 0, but not as wanted: BINNET_RULE_MARGIN asks for less", who);
    size_t least = 0;
    for (size_t l = 1; l < s->L; l++)
        least = s->margin[i * s->L + l] < s->margin[i * s->L + least] ? l : least;
    return bni_fail(ctx, BINNET_E_UNMET, "%s: margin %.3g of transition %zu; nothing is proved of other weights", who,
                    s->margin[i * s->L + least], least);
}

int32_t bni_store(binnet_ctx *ctx, double *J, binnet_storage **out, bni_demand *d, const double *theta,
                  const double *stimulus)
{
    size_t n = d->n, L = d->L;
    *out = NULL;
    BNI_TRY(bni_need(ctx, J, "J"));
    BNI_TRY(check_demand_sizes(ctx, d));
    BNI_TRY(bni_need(ctx, d->from, "from"));
    BNI_TRY(bni_need(ctx, d->to, "to"));
    binnet_storage shape = {.mem = ctx->mem, .n = n, .L = L, .rule = d->rule};
    BNI_TRY(bni_need_memory(ctx, storing_bytes(ctx, &shape, d), "storing transitions"));
    BNI_TRY(bni_need_activities(ctx, d->from, n, L, "from"));
    BNI_TRY(bni_need_activities(ctx, d->to, n, L, "to"));
    BNI_TRY(check_margins(ctx, d));
    BNI_TRY(bni_need_finite(ctx, theta, n, "theta"));
    BNI_TRY(bni_need_finite(ctx, stimulus, n, "stimulus"));
    BNI_TRY(check_drives(ctx, d, theta, stimulus));
    binnet_storage *s = bni_new(ctx, 1, sizeof *s);
    if (s == NULL)
        return BINNET_E_NOMEM;
    *s = shape;
    int32_t status = bni_plan_make(ctx, storage_buffers, s);
    if (status == BINNET_OK)
        status = run_rule(ctx, J, s, d, theta, stimulus);
    if (status == BINNET_OK)
        *out = s;
    else
        binnet_storage_free(s);
    return status;
}

int32_t binnet_store_estimate(binnet_ctx *ctx, uint64_t *margins, uint64_t *bytes, double *flops, size_t n,
                              size_t n_transitions, int32_t rule, const binnet_wiring *wiring)
{
    BNI_TRY(bni_begin(ctx));
    bni_demand d = {n, n_transitions, NULL, NULL, rule, NULL, NULL, wiring, 1};
    BNI_TRY(check_demand_sizes(ctx, &d));
    BNI_TRY(check_demand_wiring(ctx, &d));
    binnet_storage shape = {.mem = ctx->mem, .n = n, .L = n_transitions, .rule = rule};
    double N = (double)n, L = (double)n_transitions, verified = 2 * L * N * N;
    double rule_flops = rule == BINNET_RULE_MARGIN    ? bni_store_margin_flops(&d)
                        : by_singular_values(&d)      ? bni_store_exact_flops(&d)
                        : rule == BINNET_RULE_STORKEY ? 10 * L * N * N
                                                      : 3 * L * N * N;
    if (margins != NULL)
        *margins = (uint64_t)n * n_transitions;
    double most = storing_bytes(ctx, &shape, &d);
    if (bytes != NULL)
        *bytes = most < 1.8e19 ? (uint64_t)most : UINT64_MAX;
    if (flops != NULL)
        *flops = rule_flops + verified;
    return BINNET_OK;
}

int32_t binnet_store(binnet_ctx *ctx, double *J, binnet_storage **out, size_t n, size_t n_transitions,
                     const uint8_t *from, const uint8_t *to, int32_t rule, const double *margin, const double *M,
                     const double *theta, const double *stimulus, const binnet_wiring *wiring)
{
    BNI_TRY(bni_begin(ctx));
    if (out != NULL)
        *out = NULL;
    bni_demand d = {n, n_transitions, from, to, rule, rule <= BINNET_RULE_MARGIN ? margin : NULL, M, wiring, 1};
    binnet_storage *s;
    BNI_TRY(bni_store(ctx, J, &s, &d, theta, stimulus));
    int32_t status = tell_unmet(ctx, s, &d);
    if (out != NULL)
        *out = s;
    else
        binnet_storage_free(s);
    return status;
}

/* --- reading --- */

size_t binnet_storage_neurons(const binnet_storage *s)
{
    return s == NULL ? 0 : s->n;
}

size_t binnet_storage_transitions(const binnet_storage *s)
{
    return s == NULL ? 0 : s->L;
}

int32_t binnet_storage_status(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n ? -1 : s->status[i];
}

double binnet_storage_margin(const binnet_storage *s, size_t l, size_t i)
{
    return s == NULL || i >= s->n || l >= s->L ? NAN : s->margin[i * s->L + l];
}

double binnet_storage_margin_error(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n ? NAN : s->error[i];
}

double binnet_storage_threshold(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n ? NAN : s->theta[i];
}

double binnet_storage_stimulus(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n ? NAN : s->stimulus[i];
}

int32_t binnet_storage_sign(const binnet_storage *s, size_t j)
{
    return s == NULL || j >= s->n ? 0 : s->sign[j];
}

size_t binnet_storage_rank(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n ? 0 : s->rank[i];
}

double binnet_storage_residual(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n ? NAN : s->residual[i];
}

double binnet_storage_condition(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n ? NAN : s->condition[i];
}
