/*
 * Sums over tuples of states: expected cycles of length T, and the second moment of the number of fixed points.
 *     E #cycles = (1/T) sum over T different states A(0) .. A(T-1) of prod_i Pr([c_i(A(t)) <= I] = A_i(t+1), t = 0 .. T-1),
 *     E #fixed^2 = sum over pairs of prod_i Pr([c_i(A) <= I] = A_i, [c_i(B) <= I] = B_i).
 * A term depends on how many neurons of each population have each pattern of activity over the tuple: the sum runs over
 * these numbers, weighted with multinomials. Terms that a bound shows to be negligible are skipped, and the bound reported.
 * Source: rows of J are independent (THEORY 8); the derivation is in docs/ensembles.md.
 */
#include "ensemble/statistics/state_tuples.h"

#include <math.h>
#include <string.h>

enum { CYCLE, PAIR };

typedef struct tuples {
    binnet_ctx *ctx;
    const binnet_ensemble *e;
    int times, patterns, what;
    int64_t *m;              /* [n_pop][patterns] */
    size_t *filled, *turned; /* [n]: the places of m that are not 0, rising; the same of rotated patterns */
    int64_t *number, *moved; /* [n]: what is there */
    size_t fillings;
    int64_t *active;              /* [times][n_pop] */
    double *log_factorial;        /* [n + 1] */
    double *fires[2], *silent[2]; /* per own activity and population, by candidates: logs; offsets in start */
    size_t *start;                /* [n_pop + 1] */
    double entries;               /* of all populations */
    double *bound;                /* [n]: of the logarithm of a factor */
    bni_joint joint;
    double dropped, wrong, count, seen; /* bounds of what was skipped, of the error of the sum */
    bni_sum total;
} tuples;

static double compositions(const binnet_ensemble *e, int times)
{
    double count = 1;
    int parts = 1 << times;
    for (size_t a = 0; a < e->n_pop; a++)
        for (int k = 1; k < parts; k++)
            count *= ((double)e->size[a] + k) / k;
    return floor(count + 0.5);
}

static double table_entries(const binnet_ensemble *e, size_t a)
{
    double entries = 1;
    for (size_t b = 0; b < e->n_pop; b++)
        entries *= (double)bni_ensemble_candidates(e, a, b) + 1;
    return entries;
}

static double all_entries(const binnet_ensemble *e)
{
    double entries = 0;
    for (size_t a = 0; a < e->n_pop; a++)
        entries += table_entries(e, a);
    return entries;
}

static void tuples_buffers(bni_plan *plan, void *tuples_)
{
    tuples *w = tuples_;
    const binnet_ensemble *e = w->e;
    BNI_ZEROS(plan, w->start, e->n_pop + 1);
    BNI_ZEROS(plan, w->m, e->n_pop << w->times);
    BNI_BUFFER(plan, w->filled, e->n);
    BNI_BUFFER(plan, w->turned, e->n);
    BNI_BUFFER(plan, w->number, e->n);
    BNI_BUFFER(plan, w->moved, e->n);
    BNI_BUFFER(plan, w->bound, e->n);
    BNI_BUFFER(plan, w->active, (size_t)w->times * e->n_pop);
    BNI_ZEROS(plan, w->log_factorial, e->n + 1);
    for (int own = 0; own <= 1; own++) {
        BNI_BUFFER(plan, w->fires[own], w->entries);
        BNI_BUFFER(plan, w->silent[own], w->entries);
    }
}

static int32_t tuples_bytes(binnet_ctx *ctx, double *bytes, const binnet_ensemble *e, int times)
{
    tuples w = {.e = e, .times = times, .entries = all_entries(e)};
    double most = 0;
    for (size_t a = 0; a < e->n_pop; a++) {
        uint64_t own = 0;
        if (table_entries(e, a) < 1e15)
            BNI_TRY(bni_current_table_estimate(ctx, NULL, &own, e, a));
        most = fmax(most, (double)own);
    }
    *bytes = bni_plan_bytes(tuples_buffers, &w) + most + bni_joint_bytes(e, times);
    return BINNET_OK;
}

/* --- workspace --- */

static void tuples_free(tuples *w)
{
    bni_plan_release(&w->ctx->mem, tuples_buffers, w);
    bni_joint_free(w->ctx, &w->joint);
}

/* log Pr(fires), log Pr(silent) of a neuron in one state, for all occupation numbers. */
static int32_t fill_tables(tuples *w)
{
    const binnet_ensemble *e = w->e;
    for (size_t a = 0; a < e->n_pop; a++)
        for (int own = 0; own <= 1; own++) {
            int strict = e->tie == BINNET_TIE_SILENT || (e->tie == BINNET_TIE_KEEP && !own);
            size_t len = w->start[a + 1] - w->start[a];
            double *fires = w->fires[own] + w->start[a], *silent = w->silent[own] + w->start[a];
            BNI_TRY(bni_current_table(w->ctx, fires, silent, len, NULL, e, a, e->I[a], strict));
            for (size_t k = 0; k < len; k++) {
                fires[k] = log(fires[k]);
                silent[k] = log(silent[k]);
            }
        }
    return BINNET_OK;
}

static int32_t tuples_new(binnet_ctx *ctx, tuples *w, const binnet_ensemble *e, int times, int what)
{
    *w = (tuples){.ctx = ctx, .e = e, .times = times, .patterns = 1 << times, .what = what};
    w->count = compositions(e, times);
    BNI_TRY(bni_joint_new(ctx, &w->joint, e, times));
    w->entries = all_entries(e);
    int32_t status = bni_plan_make(ctx, tuples_buffers, w);
    for (size_t a = 0; status == BINNET_OK && a < e->n_pop; a++)
        w->start[a + 1] = w->start[a] + (size_t)table_entries(e, a);
    if (status == BINNET_OK)
        status = fill_tables(w);
    for (size_t k = 1; k <= e->n && status == BINNET_OK; k++)
        w->log_factorial[k] = w->log_factorial[k - 1] + log((double)k);
    if (status != BINNET_OK)
        tuples_free(w);
    return status;
}

/* --- one term --- */

/* The pattern of a neuron at the times t + 1, cyclic: what its next activities must be. */
static int rotated(const tuples *w, int s)
{
    return (s >> 1) | ((s & 1) << (w->times - 1));
}

static int target_of(const tuples *w, int s)
{
    return w->what == CYCLE ? rotated(w, s) : s;
}

/* Population and pattern of a place. */
static size_t population(const tuples *w, size_t place)
{
    return place >> w->times;
}

static int pattern(const tuples *w, size_t place)
{
    return (int)(place % (size_t)w->patterns);
}

static void list_filled(tuples *w)
{
    w->fillings = 0;
    for (size_t k = 0; k < w->e->n_pop * (size_t)w->patterns; k++)
        if (w->m[k] != 0) {
            w->filled[w->fillings] = k;
            w->number[w->fillings++] = w->m[k];
        }
}

/* All states of the tuple different? */
static int different(const tuples *w)
{
    for (int t = 0; t < w->times; t++)
        for (int v = 0; v < t; v++) {
            int apart = 0;
            for (size_t k = 0; k < w->fillings && !apart; k++)
                apart = (w->filled[k] >> t & 1) != (w->filled[k] >> v & 1);
            if (!apart)
                return 0;
        }
    return 1;
}

/* turned, moved: the same tuple with its states rotated once more, places rising. */
static void turn_once(tuples *w)
{
    for (size_t k = 0; k < w->fillings; k++) {
        size_t place = w->turned[k] - (size_t)pattern(w, w->turned[k]) + (size_t)rotated(w, pattern(w, w->turned[k])),
               i = k;
        int64_t number = w->moved[k];
        for (; i > 0 && w->turned[i - 1] > place; i--) {
            w->turned[i] = w->turned[i - 1];
            w->moved[i] = w->moved[i - 1];
        }
        w->turned[i] = place;
        w->moved[i] = number;
    }
}

/* 1 when m comes first among the tuples with the states in rotated order (pairs: the two orders); *orbit: how many differ. */
static int comes_first(tuples *w, int *orbit)
{
    memcpy(w->turned, w->filled, w->fillings * sizeof *w->turned);
    memcpy(w->moved, w->number, w->fillings * sizeof *w->moved);
    *orbit = 1;
    for (int turn = 1; turn < w->times; turn++) {
        turn_once(w);
        size_t k = 0;
        while (k < w->fillings && w->turned[k] == w->filled[k] && w->moved[k] == w->number[k])
            k++;
        if (k == w->fillings)
            return 1; /* the turns repeat from here on */
        if (w->turned[k] < w->filled[k] || (w->turned[k] == w->filled[k] && w->moved[k] < w->number[k]))
            return 0;
        ++*orbit;
    }
    return 1;
}

/* active[t][b]: neurons of population b that are active at time t. */
static void count_tuple(tuples *w)
{
    size_t n_pop = w->e->n_pop;
    memset(w->active, 0, (size_t)w->times * n_pop * sizeof *w->active);
    for (size_t k = 0; k < w->fillings; k++)
        for (int t = 0; t < w->times; t++)
            if (w->filled[k] >> t & 1)
                w->active[(size_t)t * n_pop + population(w, w->filled[k])] += w->number[k];
}

/* sum over neurons of log of the least of their probabilities at single times: a bound of the log of the product, and those
 * of its factors. */
static double bound_of(tuples *w)
{
    const binnet_ensemble *e = w->e;
    double sum = 0;
    count_tuple(w);
    for (size_t k = 0; k < w->fillings; k++) {
        size_t a = population(w, w->filled[k]);
        int s = pattern(w, w->filled[k]), target = target_of(w, s);
        double least = 0;
        for (int t = 0; t < w->times; t++) {
            size_t index = 0;
            int own = s >> t & 1;
            for (size_t b = 0; b < e->n_pop; b++) {
                int64_t active = w->active[(size_t)t * e->n_pop + b] - (b == a && own && !e->self_connections);
                index = index * ((size_t)bni_ensemble_candidates(e, a, b) + 1) + (size_t)active;
            }
            index += w->start[a];
            least = fmin(least, target >> t & 1 ? w->fires[own][index] : w->silent[own][index]);
        }
        w->bound[k] = (double)w->number[k] * least;
        sum += w->bound[k];
    }
    return sum;
}

static double log_multinomial(const tuples *w)
{
    double sum = 0;
    for (size_t a = 0; a < w->e->n_pop; a++)
        sum += w->log_factorial[w->e->size[a]];
    for (size_t k = 0; k < w->fillings; k++)
        sum -= w->log_factorial[w->number[k]];
    return sum;
}

static int32_t add_tuple(tuples *w)
{
    int orbit;
    list_filled(w);
    if (!different(w) || !comes_first(w, &orbit))
        return BINNET_OK;
    /* both with the bounds of factors that are not known yet; log_most with the errors of those that are */
    double log_term = log_multinomial(w) + log((double)orbit) + bound_of(w), log_most = log_term;
    /* all that is skipped stays below 1e-10 of the sum found until now */
    double enough = 1e-10 * bni_sum_value(&w->total) / w->count;
    w->joint.filled = w->filled;
    w->joint.m = w->number;
    w->joint.fillings = w->fillings;
    for (size_t k = 0; k < w->fillings; k++) {
        double p, error, neurons = (double)w->number[k], most = exp(log_most);
        int s = pattern(w, w->filled[k]);
        if (most == 0 || most < enough) {
            w->dropped += most;
            return BINNET_OK;
        }
        /* d(term) = term / p^n n p^(n-1) dp; all of that together below 1e-11 of the sum */
        w->joint.harmless = 0.1 * enough / (most * neurons * exp(-w->bound[k] / neurons));
        BNI_TRY(bni_joint_probability(w->ctx, &p, &error, &w->joint, population(w, w->filled[k]), s, target_of(w, s)));
        log_term += neurons * log(fmax(p, 0)) - w->bound[k];
        /* the bound of single times holds as well */
        log_most += fmin(neurons * log(fmax(p, 0) + error), w->bound[k]) - w->bound[k];
    }
    bni_sum_add(&w->total, exp(log_term));
    w->wrong += fmax(exp(log_most) - exp(log_term), 0);
    return BINNET_OK;
}

/* The next way to write `size` as an ordered sum of `parts` numbers; 0 after the last, and then the first again. */
static int next_composition(int64_t *m, int parts, int64_t size)
{
    int k = 0;
    while (k < parts - 1 && m[k] == 0)
        k++;
    int64_t first = m[k];
    m[k] = 0;
    if (k == parts - 1) {
        m[0] = size;
        return 0;
    }
    m[0] = first - 1;
    m[k + 1]++;
    return 1;
}

static int32_t sum_all(tuples *w)
{
    const binnet_ensemble *e = w->e;
    bni_progress whole = bni_progress_push(w->ctx);
    for (size_t a = 0; a < e->n_pop; a++)
        w->m[a * (size_t)w->patterns] = e->size[a];
    for (;;) {
        bni_progress_part(w->ctx, whole, w->seen, w->count);
        BNI_TRY(add_tuple(w));
        w->seen++;
        if ((int64_t)w->seen % 16 == 0)
            BNI_TRY(bni_poll(w->ctx, 1));
        size_t a = 0;
        while (a < e->n_pop && !next_composition(w->m + a * (size_t)w->patterns, w->patterns, e->size[a]))
            a++;
        if (a == e->n_pop)
            return BINNET_OK;
    }
}

/* Tuples beyond which no run ends. */
static const double most_tuples = 1e12;

static int32_t sum_tuples(binnet_ctx *ctx, double *sum, double *error, const binnet_ensemble *e, int times, int what)
{
    tuples w;
    double bytes, count = compositions(e, times);
    if (e->n > BNI_MOST_SUMMED || !(count <= most_tuples))
        return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons make %.3g classes of %d states, allowed are %.0e", e->n,
                        count, times, most_tuples);
    BNI_TRY(bni_joint_allowed(ctx, e, times));
    BNI_TRY(tuples_bytes(ctx, &bytes, e, times));
    BNI_TRY(bni_need_memory(ctx, bytes, "the sum over tuples of states"));
    BNI_TRY(tuples_new(ctx, &w, e, times, what));
    int32_t status = sum_all(&w);
    *sum = bni_sum_value(&w.total);
    *error = w.dropped + w.wrong + 1e-12 * *sum;
    tuples_free(&w);
    return status;
}

int32_t binnet_ensemble_cycles_mean(binnet_ctx *ctx, double *mean, double *error, const binnet_ensemble *ensemble,
                                    int64_t period)
{
    double sum, off;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    if (period < 1 || period > BNI_MOST_TIMES)
        return bni_fail(ctx, BINNET_E_RANGE, "period is %lld, allowed is 1..%d", (long long)period, BNI_MOST_TIMES);
    BNI_TRY(sum_tuples(ctx, &sum, &off, ensemble, (int)period, CYCLE));
    BNI_TRY(bni_need_bound(ctx, sum / (double)period, off / (double)period, fmax(1, sum / (double)period),
                           "the expected number of cycles"));
    *mean = sum / (double)period;
    if (error != NULL)
        *error = off / (double)period;
    return BINNET_OK;
}

int32_t binnet_ensemble_fixed_variance(binnet_ctx *ctx, double *mean, double *variance, double *error,
                                       const binnet_ensemble *ensemble)
{
    double one, two, off, ignored;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, variance, "variance"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    bni_span(ctx, 0, 0.02);
    BNI_TRY(sum_tuples(ctx, &one, &ignored, ensemble, 1, PAIR));
    bni_span(ctx, 0.02, 1);
    BNI_TRY(sum_tuples(ctx, &two, &off, ensemble, 2, PAIR));
    /* E #^2 = E # (A = B) + the sum over A != B */
    if (mean != NULL)
        *mean = one;
    *variance = one + two - one * one;
    off += ignored * (1 + 2 * one) + 1e-12 * (one + one * one);
    if (error != NULL)
        *error = off;
    return bni_need_bound(ctx, *variance, off, fmax(1, fmax(one, two)), "the variance of the number of fixed points");
}

int32_t binnet_ensemble_tuples_estimate(binnet_ctx *ctx, uint64_t *classes, uint64_t *bytes, double *flops,
                                        const binnet_ensemble *ensemble, int64_t states)
{
    double need;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    if (states < 1 || states > BNI_MOST_TIMES)
        return bni_fail(ctx, BINNET_E_RANGE, "states is %lld, allowed is 1..%d", (long long)states, BNI_MOST_TIMES);
    BNI_TRY(tuples_bytes(ctx, &need, ensemble, (int)states));
    double count = compositions(ensemble, (int)states), integrals = 0;
    for (size_t a = 0; a < ensemble->n_pop; a++) /* one for each pattern of a population that some neuron has */
        integrals += fmin((double)ensemble->size[a], ldexp(1, (int)states));
    if (classes != NULL)
        *classes = count < 0x1p64 ? (uint64_t)count : UINT64_MAX;
    if (flops != NULL)
        *flops = count * integrals;
    if (bytes != NULL)
        *bytes = need < 1.8e19 ? (uint64_t)need : UINT64_MAX;
    return BINNET_OK;
}
