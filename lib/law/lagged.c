/*
 * Covariances between times. Cov(A_i(t), A_j(t + l)) = sum over s of (d_i P^l)(s) A_j(s), d_i(s) = (A_i - q_i) law(s): a vector of
 * both signs is carried forward, so that what is left is small where the covariance is. Its sum is 0, so that - sum d_i (1 - A_j)
 * is the same number. The side that the law itself says A_j is rarer on is taken: sum |d_i| P^l of it is at most 3 times that of
 * the other. (What is left of d_i does not tell: on the side of the large terms it may be their rounding.) The last step of a
 * synchronous chain needs no step: A_j follows with probability p_j(s).
 * Source: THEORY 5.
 */
#include "chain/chain.h"
#include "law/law.h"

#include <math.h>
#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS, BETWEEN_POLLS = 1 << 16 };

/* What all calls need. */
typedef struct walk {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    size_t n, S;
    bni_team *team;
    bni_step *step;
    double *d, *scratch; /* [S] each */
} walk;

/* Beside the workspace of the steps. */
static double walk_held_bytes(const binnet_chain *chain, size_t vectors)
{
    return bni_sum_blocks_bytes(chain->n) + 8 * (double)vectors * (double)((size_t)1 << chain->n) +
           24 * (double)(chain->n * chain->n) + 64;
}

/* Whether something is stepped for so many lags: the last one of a synchronous chain is free. */
static int takes_steps(const binnet_chain *chain, uint64_t lags)
{
    return lags > (chain->update == BINNET_UPDATE_SYNCHRONOUS);
}

static double walk_bytes(const binnet_ctx *ctx, const binnet_chain *chain, size_t vectors, int steps)
{
    double held = walk_held_bytes(chain, vectors);
    return held + (steps ? bni_step_bytes(chain, (int)ctx->threads, bni_step_room(ctx, held)) : 0);
}

static int32_t open_walk(binnet_ctx *ctx, walk *w, const binnet_chain *chain, size_t vectors, int steps)
{
    *w = (walk){.ctx = ctx, .chain = chain, .n = chain->n, .S = (size_t)1 << chain->n};
    if (steps) {
        BNI_TRY(bni_team_new(ctx, &w->team, chain->n < BNI_THREADED ? 1 : (int)ctx->threads));
        BNI_TRY(bni_step_new(ctx, &w->step, chain, w->team, bni_step_room(ctx, walk_held_bytes(chain, vectors))));
    }
    w->d = bni_new_raw(ctx, vectors * w->S, sizeof *w->d);
    if (w->d == NULL)
        return BINNET_E_NOMEM;
    w->scratch = w->d + w->S;
    return BINNET_OK;
}

static void close_walk(walk *w)
{
    bni_step_free(w->step);
    bni_team_free(w->team);
    bni_delete(&w->ctx->mem, w->d);
}

/* d = (A_i - q_i) law. */
static int32_t start_vector(const walk *w, double *d, const double *law, const bni_sides *sides, size_t i)
{
    double of[2] = {-sides->active[i], sides->silent[i]};
    for (size_t s = 0; s < w->S; s++) {
        d[s] = law[s] * of[s >> i & 1];
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(w->ctx, 0));
    }
    return BINNET_OK;
}

/* d becomes d P; scratch: what it was. */
static int32_t make_step(walk *w)
{
    double *d = w->d;
    BNI_TRY(bni_step_apply(w->ctx, w->step, w->scratch, d));
    w->d = w->scratch;
    w->scratch = d;
    return BINNET_OK;
}

/* row[j] = sum of d A_j; rarer[j]: A_j = 1 is the rarer side. */
static void take_rarer(double *row, const double *silent, const double *active, const uint8_t *rarer, size_t n)
{
    for (size_t j = 0; j < n; j++)
        row[j] = rarer[j] ? active[j] : -silent[j];
}

static int32_t sum_activities(const walk *w, double *row, const double *d, const uint8_t *rarer)
{
    double silent[MOST], active[MOST];
    BNI_TRY(bni_sums_by_neuron(w->ctx, silent, active, d, w->n));
    take_rarer(row, silent, active, rarer, w->n);
    return BINNET_OK;
}

static int32_t outside_group(binnet_ctx *ctx)
{
    return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}

/* Synchronous: active[j] = sum of d p_j, silent[j] = sum of d (1 - p_j), one step on. */
static int32_t sum_next_sides(const walk *w, double *silent, double *active, const double *d)
{
    enum { LANES = 8 };
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    double p[BNI_ROW], q[BNI_ROW];
    uint64_t state[BNI_ROW];
    for (size_t j = 0; j < w->n; j++)
        silent[j] = active[j] = 0;
    for (size_t first = 0, count; first < w->S; first += count) {
        count = w->S - first < BNI_ROW ? w->S - first : BNI_ROW;
        for (size_t k = 0; k < count; k++)
            state[k] = first + k;
        for (size_t j = 0; j < w->n; j++) {
            double lane[2][LANES] = {{0}};
            if (!bni_probability_states(w->chain, kern, p, q, j, state, count))
                return outside_group(w->ctx);
            for (size_t k = 0; k < count; k++) {
                lane[0][k % LANES] += d[first + k] * q[k];
                lane[1][k % LANES] += d[first + k] * p[k];
            }
            for (size_t l = 0; l < LANES; l++) {
                silent[j] += lane[0][l];
                active[j] += lane[1][l];
            }
        }
        BNI_TRY(bni_poll(w->ctx, 1));
    }
    return BINNET_OK;
}

/* Synchronous, lag 1: the four probabilities of A_i now and A_j next, as sums. cov: [n][n]. */
static int32_t fill_first_lag(const walk *w, double *cov, const double *law)
{
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    double p[BNI_ROW], q[BNI_ROW];
    uint64_t state[BNI_ROW];
    for (size_t j = 0; j < w->n; j++) {
        double fires[2][MOST], rests[2][MOST]; /* A_i silent, active */
        for (size_t first = 0, count; first < w->S; first += count) {
            count = w->S - first < BNI_ROW ? w->S - first : BNI_ROW;
            for (size_t k = 0; k < count; k++)
                state[k] = first + k;
            if (!bni_probability_states(w->chain, kern, p, q, j, state, count))
                return outside_group(w->ctx);
            for (size_t k = 0; k < count; k++) {
                w->d[first + k] = law[first + k] * p[k];
                w->scratch[first + k] = law[first + k] * q[k];
            }
            if (first / BNI_ROW % 256 == 255)
                BNI_TRY(bni_poll(w->ctx, (double)j / (double)w->n));
        }
        BNI_TRY(bni_sums_by_neuron(w->ctx, fires[0], fires[1], w->d, w->n));
        BNI_TRY(bni_sums_by_neuron(w->ctx, rests[0], rests[1], w->scratch, w->n));
        for (size_t i = 0; i < w->n; i++)
            cov[i * w->n + j] = fires[1][i] * rests[0][i] - fires[0][i] * rests[1][i];
    }
    return BINNET_OK;
}

static void compare_sides(uint8_t *rarer, const double *silent, const double *active, size_t n)
{
    for (size_t j = 0; j < n; j++)
        rarer[j] = active[j] <= silent[j];
}

/* rarer[l - from][n] of the law l steps on. */
static int32_t fill_rarer(walk *w, uint8_t *rarer, const double *law, uint64_t from, uint64_t to)
{
    int ahead = w->chain->update == BINNET_UPDATE_SYNCHRONOUS;
    double silent[MOST], active[MOST], part = (double)to * (double)(w->n + 1);
    BNI_TRY(bni_copy_bytes(w->ctx, w->d, law, w->S, sizeof *law));
    for (uint64_t l = 0;; l++) {
        if (l >= from && (l == 0 || !ahead)) {
            BNI_TRY(bni_sums_by_neuron(w->ctx, silent, active, w->d, w->n));
            compare_sides(rarer + (l - from) * w->n, silent, active, w->n);
        }
        if (l == to)
            return BINNET_OK;
        bni_span(w->ctx, (double)l / part, (double)(l + 1) / part);
        if (ahead && l + 1 >= from) {
            BNI_TRY(sum_next_sides(w, silent, active, w->d));
            compare_sides(rarer + (l + 1 - from) * w->n, silent, active, w->n);
        }
        if (l + 1 < to || !ahead)
            BNI_TRY(make_step(w));
    }
}

/* Covariances at the lags from .. to, cov[l - from][n][n]; rarer[l - from][n] is filled. */
static int32_t fill_lags(walk *w, double *cov, uint8_t *rarer, const binnet_law *law, uint64_t from, uint64_t to)
{
    size_t n = w->n;
    int ahead = w->chain->update == BINNET_UPDATE_SYNCHRONOUS; /* the last step is free */
    double silent[MOST], active[MOST];
    bni_sides sides;
    BNI_TRY(bni_law_sides(w->ctx, &sides, law));
    if (from == 0 || to > 1 || !ahead)
        BNI_TRY(fill_rarer(w, rarer, law->p, from, to));
    for (size_t i = 0; i < n && (from == 0 || to > 1 || !ahead); i++) {
        BNI_TRY(start_vector(w, w->d, law->p, &sides, i));
        if (from == 0)
            BNI_TRY(sum_activities(w, cov + i * n, w->d, rarer));
        for (uint64_t l = 1; l <= to; l++) {
            size_t at = l < from ? 0 : l - from;
            double *row = cov + at * n * n + i * n, part = (double)to * (double)(n + 1);
            bni_span(w->ctx, (double)((i + 1) * to + l - 1) / part, (double)((i + 1) * to + l) / part);
            if (ahead && l >= from && l > 1) {
                BNI_TRY(sum_next_sides(w, silent, active, w->d));
                take_rarer(row, silent, active, rarer + at * n, n);
            }
            if (l < to || !ahead)
                BNI_TRY(make_step(w));
            if (!ahead && l >= from)
                BNI_TRY(sum_activities(w, row, w->d, rarer + at * n));
        }
    }
    if (ahead && from <= 1 && to >= 1) {
        bni_span(w->ctx, to == 1 ? 0 : 1, 1);
        BNI_TRY(fill_first_lag(w, cov + (1 - from) * n * n, law->p));
    }
    for (size_t i = 0; i < n && from == 0; i++)
        for (size_t j = 0; j < i; j++)
            cov[i * n + j] = cov[j * n + i];
    return BINNET_OK;
}

static int32_t check_walk(binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the law is of %zu neurons, the chain has %zu", law->n, chain->n);
    return BINNET_OK;
}

static int32_t find_lagged_covariances(binnet_ctx *ctx, double *cov, const binnet_chain *chain, const binnet_law *law,
                                       uint64_t from, uint64_t to)
{
    size_t len = (size_t)(to - from + 1) * chain->n * chain->n;
    size_t sides = (size_t)(to + 1) * chain->n; /* as many as the estimate tells for all lags */
    BNI_TRY(bni_need_memory(ctx, walk_bytes(ctx, chain, 2, takes_steps(chain, to)) + 8 * (double)len + (double)sides,
                            "lagged covariances"));
    double *found = bni_new_raw(ctx, len, sizeof *found); /* cov is written when all is known */
    walk w;
    uint8_t *rarer = bni_new_raw(ctx, sides, sizeof *rarer);
    if (found == NULL || rarer == NULL) {
        bni_delete(&ctx->mem, found);
        bni_delete(&ctx->mem, rarer);
        return BINNET_E_NOMEM;
    }
    int32_t status = open_walk(ctx, &w, chain, 2, takes_steps(chain, to));
    double *memory = w.d;
    if (status == BINNET_OK)
        status = fill_lags(&w, found, rarer, law, from, to);
    if (status == BINNET_OK)
        memcpy(cov, found, len * sizeof *cov);
    w.d = memory; /* the two vectors change places */
    close_walk(&w);
    bni_delete(&ctx->mem, rarer);
    bni_delete(&ctx->mem, found);
    return status;
}

int32_t binnet_chain_lagged_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_chain *chain,
                                       const binnet_law *law, uint64_t lag)
{
    BNI_TRY(check_walk(ctx, chain, law));
    BNI_TRY(bni_need(ctx, cov, "cov"));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    BNI_TRY(bni_need_steps(ctx, "lag", lag, 0));
    return find_lagged_covariances(ctx, cov, chain, law, lag, lag);
}

int32_t binnet_chain_lagged_covariances(binnet_ctx *ctx, double *cov, size_t len, const binnet_chain *chain,
                                        const binnet_law *law, uint64_t lags)
{
    BNI_TRY(check_walk(ctx, chain, law));
    BNI_TRY(bni_need(ctx, cov, "cov"));
    BNI_TRY(bni_need_steps(ctx, "lags", lags, 0));
    size_t wanted = (size_t)(lags + 1) * chain->n * chain->n;
    if (len != wanted)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, %llu lags of %zu neurons have %zu covariances", len,
                        (unsigned long long)lags + 1, chain->n, wanted);
    return find_lagged_covariances(ctx, cov, chain, law, 0, lags);
}

int32_t binnet_chain_lagged_estimate(binnet_ctx *ctx, uint64_t *bytes, double *flops, const binnet_chain *chain,
                                     uint64_t lags)
{
    double step;
    BNI_TRY(binnet_chain_apply_estimate(ctx, NULL, NULL, &step, chain));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_steps(ctx, "lags", lags, 0));
    double n = (double)chain->n, S = (double)((size_t)1 << chain->n), steps = (double)lags;
    if (chain->update == BINNET_UPDATE_SYNCHRONOUS && lags > 0)
        steps -= 1;
    if (bytes != NULL)
        *bytes = (uint64_t)ceil(walk_bytes(ctx, chain, 2, takes_steps(chain, lags)) +
                                (8 * n * n + n) * ((double)lags + 1));
    if (flops != NULL)
        *flops = (n + 1) * (steps * step + (double)(lags + 1) * 8 * S);
    return BINNET_OK;
}

/* --- counts in windows --- */

/* law becomes law P. */
static int32_t step_law(walk *w, double *law)
{
    double total = 0;
    BNI_TRY(bni_step_apply(w->ctx, w->step, w->scratch, law));
    for (size_t s = 0; s < w->S; s++)
        total += w->scratch[s];
    for (size_t s = 0; s < w->S; s++)
        law[s] = w->scratch[s] / total;
    return bni_poll(w->ctx, 1);
}

/* u[i] = sum over the times so far of (A_i - q_i) law, each carried forward to the present one. Then
 * Cov(C_i, C_j) = sum over t of [Cov(A_i(t), A_j(t)) + u_i . A_j + u_j . A_i], u from before t. past, now: [n][n]. */
static int32_t walk_window(walk *w, double *mean, double *cov, double *law, double *u, double *past, double *now,
                           uint64_t steps)
{
    size_t n = w->n, S = w->S;
    for (uint64_t t = 0; t < steps; t++) {
        bni_sides sides;
        uint8_t rarer[MOST];
        double from = (double)t / (double)steps, each = 1 / (double)steps / (double)n;
        if (t > 0)
            BNI_TRY(step_law(w, law));
        BNI_TRY(bni_sums_by_neuron(w->ctx, sides.silent, sides.active, law, n));
        compare_sides(rarer, sides.silent, sides.active, n);
        for (size_t i = 0; i < n; i++) {
            double all = sides.silent[i] + sides.active[i];
            mean[i] += sides.active[i] /= all;
            sides.silent[i] /= all;
        }
        for (size_t i = 0; i < n; i++) {
            double *ui = u + i * S;
            bni_span(w->ctx, from + each * (double)i, from + each * (double)(i + 1));
            if (t > 0) {
                BNI_TRY(bni_step_apply(w->ctx, w->step, w->scratch, ui));
                BNI_TRY(bni_copy_bytes(w->ctx, ui, w->scratch, S, sizeof *ui));
                BNI_TRY(sum_activities(w, past + i * n, ui, rarer));
            }
            BNI_TRY(start_vector(w, w->d, law, &sides, i));
            BNI_TRY(sum_activities(w, now + i * n, w->d, rarer));
            for (size_t s = 0; s < S; s++)
                ui[s] += w->d[s];
            BNI_TRY(bni_poll(w->ctx, 1));
        }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                cov[i * n + j] += now[j * n + i] + (past[i * n + j] + past[j * n + i]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            cov[j * n + i] = cov[i * n + j];
    return BINNET_OK;
}

/* d, scratch, the law, u, then [n] and [n][n] of numbers. */
static size_t window_vectors(size_t n)
{
    return 3 + n;
}

int32_t binnet_chain_window(binnet_ctx *ctx, double *mean, double *cov, double *fano, size_t n,
                            const binnet_chain *chain, const binnet_law *law, uint64_t steps)
{
    BNI_TRY(check_walk(ctx, chain, law));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    BNI_TRY(bni_need_steps(ctx, "steps", steps, 1));
    double of_mean[MOST] = {0};
    BNI_TRY(bni_need_memory(ctx, walk_bytes(ctx, chain, window_vectors(n), 1), "a window"));
    walk w;
    double *figures = bni_new(ctx, 3 * n * n, sizeof *figures);
    if (figures == NULL)
        return BINNET_E_NOMEM;
    double *of_cov = figures, *past = figures + n * n, *now = past + n * n;
    int32_t status = open_walk(ctx, &w, chain, window_vectors(n), 1);
    if (status == BINNET_OK) {
        double *p = w.d + 2 * w.S, *u = p + w.S;
        status = bni_copy_bytes(ctx, p, law->p, w.S, sizeof *p);
        if (status == BINNET_OK)
            status = bni_clear(ctx, u, n * w.S, sizeof *u);
        if (status == BINNET_OK)
            status = walk_window(&w, of_mean, of_cov, p, u, past, now, steps);
    }
    close_walk(&w);
    int never = -1;
    for (size_t i = 0; i < n && status == BINNET_OK; i++) {
        if (mean != NULL)
            mean[i] = of_mean[i];
        if (fano != NULL)
            fano[i] = of_mean[i] > 0 ? of_cov[i * n + i] / of_mean[i] : NAN;
        never = of_mean[i] > 0 || fano == NULL ? never : (int)i;
    }
    if (status == BINNET_OK && cov != NULL)
        memcpy(cov, of_cov, n * n * sizeof *cov);
    bni_delete(&ctx->mem, figures);
    if (status == BINNET_OK && never >= 0)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "neuron %d is never active: its Fano factor is NaN", never);
    return status;
}
