/*
 * Lagged covariances of potentials: Cov(V_i(t), V_j(t + lag)) = sum_k J_jk D_ik / M_j, D_ik = Cov(V_i(t), A_k(t + lag - 1)).
 * The law of A(t) weighted with V_i(t) - E V_i is two non-negative vectors, its positive and its negative part; V_i(t) has the
 * noise that sets A_i(t), so that E[B_i - E B_i; B_i >= x] goes to the states where i has become active, and is taken from those
 * where it has become silent. Where activities are updated independently one step needs no vector.
 */
#include "law/potentials.h"

#include <string.h>

typedef struct lagged {
    const binnet_chain *chain;
    const binnet_law *previous;
    double centre;               /* E B */
    bni_potential_mixture drive; /* m_i(A) - E m_i of all neurons, over the states of all */
    double *plus, *minus;        /* [2^n] each */
    double *room[3];
    bni_step *step;
    double left; /* bytes of the limit, for step */
} lagged;

/* scale_i E[B_i - E B_i; B_i >= -h_i(s)/scale_i] */
static int32_t noise_part(binnet_ctx *ctx, double *value, const binnet_chain *c, size_t i, uint64_t s, double centre)
{
    double scale = c->noise->scale[i];
    *value = 0;
    if (!(scale > 0))
        return BINNET_OK;
    BNI_TRY(bni_noise_upper_part(ctx, value, c->noise, -bni_drive(c, i, s) / scale, centre));
    *value *= scale;
    return BINNET_OK;
}

/* y(s) = x(s) noise_part(s) */
static int32_t weigh_with_noise(binnet_ctx *ctx, const lagged *w, double *y, const double *x, size_t i, double factor)
{
    for (size_t s = 0; s < (size_t)1 << w->chain->n; s++) {
        double g = 0;
        if (x[s] > 0)
            BNI_TRY(noise_part(ctx, &g, w->chain, i, s, w->centre));
        y[s] = factor * x[s] * g;
        if (s % 64 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Adds x summed over neuron i's activity to the states with i active of plus and silent of minus. */
static int32_t add_both_ways(binnet_ctx *ctx, double *plus, double *minus, const double *x, size_t n, size_t i)
{
    uint64_t bit = UINT64_C(1) << i;
    for (uint64_t s = 0; s < UINT64_C(1) << n; s++) {
        if (s & bit)
            plus[s] += x[s] + x[s ^ bit];
        else
            minus[s] += x[s] + x[s ^ bit];
        if (s % (1 << 16) == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Stages from .. to - 1 of x, in place. */
static int32_t run_stages(binnet_ctx *ctx, const binnet_chain *c, double *x, double *room, size_t from, size_t to)
{
    for (size_t s = from; s < to; s++) {
        size_t count = bni_stage_size(c, s);
        BNI_TRY(bni_update_set(ctx, room, x, c, c->stage_neuron + c->stage_first[s], count));
        memcpy(x, room, sizeof *x << c->n);
    }
    return BINNET_OK;
}

/* The noise of V_i(t) as it is seen in A(t), added to plus and minus. */
static int32_t add_noise(binnet_ctx *ctx, lagged *w, size_t i)
{
    const binnet_chain *c = w->chain;
    size_t n = c->n, S = (size_t)1 << n, stage = 0;
    double *x = w->room[0], *y = w->room[1], *z = w->room[2];
    if (!(c->noise->scale[i] > 0))
        return BINNET_OK;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(weigh_with_noise(ctx, w, x, w->previous->p, i, c->select[i]));
        return add_both_ways(ctx, w->plus, w->minus, x, n, i);
    }
    int32_t others[BINNET_MAX_CHAIN_NEURONS];
    size_t count = 0;
    for (size_t s = 0; s < c->n_stages; s++)
        for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1]; e++)
            stage = (size_t)c->stage_neuron[e] == i ? s : stage;
    for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++)
        if ((size_t)c->stage_neuron[e] != i)
            others[count++] = c->stage_neuron[e];
    BNI_TRY(bni_copy_bytes(ctx, y, w->previous->p, S, sizeof *y));
    BNI_TRY(run_stages(ctx, c, y, x, 0, stage));
    BNI_TRY(weigh_with_noise(ctx, w, x, y, i, 1));
    BNI_TRY(bni_update_set(ctx, y, x, c, others, count));
    if (stage + 1 == c->n_stages)
        return add_both_ways(ctx, w->plus, w->minus, y, n, i);
    /* later stages see what i has become: each way by itself */
    for (int way = 0; way < 2; way++) {
        BNI_TRY(bni_clear(ctx, x, S, sizeof *x));
        for (uint64_t s = 0; s < S; s++)
            if ((int)(s >> i & 1) == way)
                x[s] = y[s] + y[s ^ UINT64_C(1) << i];
        BNI_TRY(run_stages(ctx, c, x, z, stage + 1, c->n_stages));
        double *to = way ? w->plus : w->minus;
        for (size_t s = 0; s < S; s++)
            to[s] += x[s];
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* plus, minus: the law of A(t) weighted with V_i(t) - E V_i, after `steps` steps of the chain in all. */
static int32_t weigh_law(binnet_ctx *ctx, lagged *w, size_t i, uint64_t steps)
{
    size_t S = (size_t)1 << w->chain->n;
    for (int negative = 0; negative < 2; negative++) {
        double *x = w->room[0], *y = negative ? w->minus : w->plus;
        for (size_t s = 0; s < S; s++) {
            double d = bni_potential_mixture_mean(&w->drive, i, s);
            x[s] = w->previous->p[s] * fmax(negative ? -d : d, 0);
            if (s % (1 << 16) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        BNI_TRY(bni_step_apply(ctx, w->step, y, x));
    }
    BNI_TRY(add_noise(ctx, w, i));
    for (uint64_t t = 1; t < steps; t++)
        for (int negative = 0; negative < 2; negative++) {
            double *x = negative ? w->minus : w->plus;
            BNI_TRY(bni_copy_bytes(ctx, w->room[0], x, S, sizeof *x));
            BNI_TRY(bni_step_apply(ctx, w->step, x, w->room[0]));
        }
    return BINNET_OK;
}

/* D_ik from the vectors. */
static int32_t vector_covariances(binnet_ctx *ctx, double *D, lagged *w)
{
    size_t n = w->chain->n, S = (size_t)1 << n, row = S < BNI_ROW ? S : BNI_ROW;
    double v[BNI_ROW];
    bni_split_sums sums = {{{{0, 0}}}};
    for (size_t s = 0; s < S; s += row) {
        for (size_t k = 0; k < row; k++)
            v[k] = w->plus[s + k] - w->minus[s + k];
        bni_split_add(&sums, v, n, s, row);
        BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t k = 0; k < n; k++)
        D[k] = total_of(&sums.of[k][1]);
    return BINNET_OK;
}

/* D_ik for lag 1 where activities are updated independently of each other: sum_A P(A) (m_i - E m_i) Pr(A_k' = 1 | A). */
static int32_t direct_covariances(binnet_ctx *ctx, double *D, lagged *w)
{
    const binnet_chain *c = w->chain;
    size_t n = c->n, S = (size_t)1 << n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW];
    total t[BINNET_MAX_CHAIN_NEURONS], noise;
    for (size_t k = 0; k < n; k++) {
        double select = c->select != NULL ? c->select[k] : 1, g;
        bni_span(ctx, (double)k / (double)n, (double)(k + 1) / (double)n);
        for (size_t i = 0; i < n; i++)
            t[i] = (total){0, 0};
        noise = (total){0, 0};
        for (size_t s = 0; s < S; s += row) {
            BNI_TRY(bni_firing_from(ctx, p, q, NULL, NULL, c, k, s, row));
            for (size_t m = 0; m < row; m++) {
                double keep = (s + m) >> k & 1 ? 1 - select : 0;
                p[m] = w->previous->p[s + m] * (select * p[m] + keep);
                if (!(w->previous->p[s + m] > 0))
                    continue;
                BNI_TRY(noise_part(ctx, &g, c, k, s + m, w->centre));
                add_term(&noise, select * w->previous->p[s + m] * g);
            }
            for (size_t i = 0; i < n; i++) {
                double part = 0;
                for (size_t m = 0; m < row; m++)
                    part += p[m] * bni_potential_mixture_mean(&w->drive, i, s + m);
                add_term(&t[i], part);
            }
            BNI_TRY(bni_poll(ctx, (double)s / (double)S));
        }
        for (size_t i = 0; i < n; i++) {
            if (i == k)
                add_term(&t[i], total_of(&noise));
            D[i * n + k] = total_of(&t[i]);
        }
    }
    return BINNET_OK;
}

/* cov from D; neurons whose noise has no mean are NaN. */
static int32_t finish_covariances(binnet_ctx *ctx, double *cov, const double *D, const binnet_chain *c, int undefined)
{
    size_t n = c->n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            total t = {0, 0};
            for (size_t k = 0; k < n; k++)
                add_term(&t, c->J[j * n + k] * D[i * n + k]);
            int no_mean = undefined && (c->noise->scale[i] > 0 || c->noise->scale[j] > 0);
            double value = no_mean ? NAN : total_of(&t) / c->M[j];
            if (!no_mean && !isfinite(value))
                return bni_potential_overflow(ctx, i, j);
            cov[i * n + j] = value;
        }
    return BINNET_OK;
}

/* The drives' deviations from their means in every state. */
static int32_t make_drive(binnet_ctx *ctx, lagged *w)
{
    double shift[2 * BINNET_MAX_CHAIN_NEURONS];
    BNI_TRY(bni_activity_deviations(ctx, shift, w->previous));
    return bni_potential_mixture_new(ctx, &w->drive, w->chain, w->previous, w->chain->n, NULL, shift);
}

static int32_t fill_potential_covariances(binnet_ctx *ctx, double *D, lagged *w, uint64_t lag)
{
    size_t n = w->chain->n;
    if (lag == 1 && bni_one_stage(w->chain))
        return direct_covariances(ctx, D, w);
    bni_team *team = NULL;
    int32_t status = bni_team_new(ctx, &team, 1);
    if (status == BINNET_OK)
        status = bni_step_new(ctx, &w->step, w->chain, team, w->left);
    for (size_t i = 0; i < n && status == BINNET_OK; i++) {
        bni_span(ctx, (double)i / (double)n, (double)(i + 1) / (double)n);
        status = weigh_law(ctx, w, i, lag);
        if (status == BINNET_OK)
            status = vector_covariances(ctx, D + i * n, w);
    }
    bni_step_free(w->step);
    bni_team_free(team);
    return status;
}

int32_t binnet_potential_lagged_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_chain *chain,
                                           const binnet_law *previous, uint64_t lag)
{
    if (lag == 0)
        return binnet_potential_covariance(ctx, cov, n, chain, previous);
    BNI_TRY(bni_chain_law_check(ctx, cov, "cov", chain, previous));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    BNI_TRY(bni_need_steps(ctx, "lag", lag, 0));
    BNI_TRY(bni_noise_need_independent(ctx, chain->noise, "lagged covariances of potentials"));
    lagged w = {.chain = chain, .previous = previous};
    int vectors = lag > 1 || !bni_one_stage(chain), undefined = 0;
    size_t S = (size_t)1 << n, doubles = n * n + (vectors ? 5 * S : 0);
    double most = 0, besides = bni_potential_mixture_bytes(chain, n, NULL);
    for (size_t count = 0; vectors && count <= n; count++)
        most = fmax(most, bni_update_set_bytes(chain, count));
    double held = 8.0 * (double)doubles + besides + (vectors ? most + 4096 : 0);
    w.left = bni_step_room(ctx, held);
    BNI_TRY(bni_need_memory(ctx, held + (vectors ? bni_step_bytes(chain, 1, w.left) : 0),
                            "lagged covariances of potentials"));
    for (size_t i = 0; i < n; i++)
        undefined |= chain->noise->scale[i] > 0 && chain->noise->kind == BINNET_NOISE_STUDENT_T &&
                     !(chain->noise->dof > 1);
    if (!undefined)
        BNI_TRY(bni_noise_mean(ctx, &w.centre, chain->noise));
    double *room = bni_new_raw(ctx, doubles, sizeof *room);
    if (room == NULL)
        return BINNET_E_NOMEM;
    double *D = room;
    w.plus = D + n * n;
    w.minus = w.plus + S;
    for (size_t k = 0; k < 3; k++)
        w.room[k] = w.minus + (k + 1) * S;
    int32_t status = make_drive(ctx, &w);
    if (status == BINNET_OK)
        status = fill_potential_covariances(ctx, D, &w, lag);
    if (status == BINNET_OK)
        status = finish_covariances(ctx, cov, D, chain, undefined);
    bni_potential_mixture_free(ctx, &w.drive);
    bni_delete(&ctx->mem, room);
    if (status == BINNET_OK && undefined)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "Student's t with %g degrees of freedom has no mean",
                        chain->noise->dof);
    return status;
}
