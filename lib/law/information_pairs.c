/*
 * Mutual information and transfer entropy of all pairs of neurons at once. Sums over the states with each neuron active and
 * silent are made by folding rows of states, so that a pair costs no pass of its own.
 */
#include "law/information.h"

#include "binnet/information.h"

#include <string.h>

/* Next activity of neuron i from states from .. : p and q of a synchronous or asynchronous step. */
static int32_t next_activity(binnet_ctx *ctx, double *p, double *q, const binnet_chain *chain, size_t i, uint64_t from,
                             size_t count)
{
    BNI_TRY(bni_firing_from(ctx, p, q, NULL, NULL, chain, i, from, count));
    if (chain->update != BINNET_UPDATE_ASYNCHRONOUS)
        return BINNET_OK;
    double select = chain->select[i], others = 0;
    for (size_t j = 0; j < chain->n; j++)
        others += j != i ? chain->select[j] : 0;
    for (size_t k = 0; k < count; k++) {
        int active = (int)((from + k) >> i & 1);
        p[k] = select * p[k] + (active ? others : 0);
        q[k] = select * q[k] + (active ? 0 : others);
    }
    return BINNET_OK;
}

/* Information of a pair given its four probabilities p[a][b]. */
static void add_pair_information(total *nats, const double p[4])
{
    double row[2] = {p[0] + p[1], p[2] + p[3]}, column[2] = {p[0] + p[2], p[1] + p[3]}, all = row[0] + row[1];
    for (int k = 0; k < 4 && all > 0; k++)
        add_term(nats, bni_divergence_product(p[k], row[k / 2], column[k % 2] / all));
}

/* One step from x, or none (lag 0), for every neuron j: sums[j][b] over the states with i silent or active. */
static int32_t fill_sums(binnet_ctx *ctx, bni_split_sums *next, const binnet_chain *chain, const double *x, int steps,
                         size_t j)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW];
    memset(next, 0, 2 * sizeof *next);
    for (size_t s = 0; s < S; s += row) {
        if (steps > 0)
            BNI_TRY(next_activity(ctx, p, q, chain, j, s, row));
        for (size_t k = 0; k < row; k++) {
            int active = (int)((s + k) >> j & 1);
            p[k] = x[s + k] * (steps > 0 ? p[k] : active);
            q[k] = x[s + k] * (steps > 0 ? q[k] : 1 - active);
        }
        bni_split_add(&next[1], p, chain->n, s, row);
        bni_split_add(&next[0], q, chain->n, s, row);
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

/* p[a][b] of the activities of i now and of every j later: the law's parts with i silent and active, followed. */
static int32_t follow_neuron(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const double *law,
                             uint64_t steps, int last, bni_step *step, double *x, double *y, size_t i,
                             bni_split_sums *next)
{
    size_t n = chain->n, S = (size_t)1 << n;
    double p[BINNET_MAX_CHAIN_NEURONS][4];
    for (int a = 0; a < 2; a++) {
        for (size_t s = 0; s < S; s++) {
            x[s] = (int)(s >> i & 1) == a ? law[s] : 0;
            if (s % (1 << 16) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        for (uint64_t t = 0; t < steps; t++) {
            BNI_TRY(bni_step_apply(ctx, step, y, x));
            double *z = x;
            x = y;
            y = z;
        }
        for (size_t j = 0; j < n; j++) {
            BNI_TRY(fill_sums(ctx, next, chain, x, last, j));
            for (int b = 0; b < 2; b++) { /* whatever neuron 0 does */
                total t = next[b].of[0][0];
                add_term(&t, total_of(&next[b].of[0][1]));
                p[j][2 * a + b] = total_of(&t);
            }
        }
    }
    for (size_t j = 0; j < n; j++) {
        total sum = {0, 0};
        add_pair_information(&sum, p[j]);
        nats[j] = total_of(&sum);
    }
    return BINNET_OK;
}

static int32_t check_square(binnet_ctx *ctx, size_t n, const binnet_chain *chain)
{
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    return BINNET_OK;
}

/* At most one step: every j against all i. */
static int32_t pairs_at_once(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const double *law, int steps,
                             bni_split_sums *next)
{
    size_t n = chain->n;
    for (size_t j = 0; j < n; j++) {
        bni_span(ctx, (double)j / (double)n, (double)(j + 1) / (double)n);
        BNI_TRY(fill_sums(ctx, next, chain, law, steps, j));
        for (size_t i = 0; i < n; i++) {
            double p[4];
            for (int k = 0; k < 4; k++)
                p[k] = total_of(&next[k % 2].of[i][k / 2]);
            total sum = {0, 0};
            add_pair_information(&sum, p);
            nats[i * n + j] = total_of(&sum);
        }
    }
    return BINNET_OK;
}

int32_t binnet_chain_mutual_information_pairs(binnet_ctx *ctx, double *nats, size_t n, const binnet_chain *chain,
                                              const binnet_law *law, uint64_t lag)
{
    BNI_TRY(bni_chain_law_check(ctx, nats, "nats", chain, law));
    BNI_TRY(check_square(ctx, n, chain));
    BNI_TRY(bni_need_steps(ctx, "lag", lag, 0));
    size_t S = (size_t)1 << n;
    int last = lag > 0 && bni_one_stage(chain);
    uint64_t steps = lag - (uint64_t)last;
    double held = 2 * sizeof(bni_split_sums) + (steps > 0 ? 16.0 * (double)S + 4096 : 0);
    double left = bni_step_room(ctx, held);
    BNI_TRY(
        bni_need_memory(ctx, held + (steps > 0 ? bni_step_bytes(chain, 1, left) : 0), "the information of all pairs"));
    bni_split_sums *next = bni_new_raw(ctx, 2, sizeof *next);
    if (next == NULL)
        return BINNET_E_NOMEM;
    double *x = NULL;
    bni_team *team = NULL;
    bni_step *step = NULL;
    int32_t status = BINNET_OK;
    if (steps == 0) {
        status = pairs_at_once(ctx, nats, chain, law->p, last, next);
    } else {
        if ((x = bni_new_raw(ctx, 2 * S, sizeof *x)) == NULL)
            status = BINNET_E_NOMEM;
        if (status == BINNET_OK)
            status = bni_team_new(ctx, &team, 1);
        if (status == BINNET_OK)
            status = bni_step_new(ctx, &step, chain, team, left);
        for (size_t i = 0; i < n && status == BINNET_OK; i++) {
            bni_span(ctx, (double)i / (double)n, (double)(i + 1) / (double)n);
            status = follow_neuron(ctx, nats + i * n, chain, law->p, steps, last, step, x, x + S, i, next);
        }
    }
    bni_step_free(step);
    bni_team_free(team);
    bni_delete(&ctx->mem, x);
    bni_delete(&ctx->mem, next);
    return status;
}

/* Neuron i's present a and next activity b: sums over the states of every other neuron, next[2 a + b]. */
static int32_t fill_transfer(binnet_ctx *ctx, bni_split_sums *next, const binnet_chain *chain, const double *law,
                             size_t i)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW], v[BNI_ROW];
    memset(next, 0, 4 * sizeof *next);
    for (size_t s = 0; s < S; s += row) {
        BNI_TRY(next_activity(ctx, p, q, chain, i, s, row));
        for (int m = 0; m < 4; m++) {
            for (size_t k = 0; k < row; k++)
                v[k] = (int)((s + k) >> i & 1) == m / 2 ? law[s + k] * (m % 2 ? p[k] : q[k]) : 0;
            bni_split_add(&next[m], v, chain->n, s, row);
        }
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

int32_t binnet_chain_transfer_entropy_pairs(binnet_ctx *ctx, double *nats, size_t n, const binnet_chain *chain,
                                            const binnet_law *law)
{
    BNI_TRY(bni_chain_law_check(ctx, nats, "nats", chain, law));
    BNI_TRY(check_square(ctx, n, chain));
    if (!bni_one_stage(chain)) { /* later neurons see what earlier ones have become */
        for (int32_t i = 0; i < (int32_t)n; i++)
            for (int32_t j = 0; j < (int32_t)n; j++) {
                double *to = nats + (size_t)i * n + (size_t)j;
                *to = 0;
                if (i != j)
                    BNI_TRY(bni_transfer_entropy(ctx, to, chain, law, 1, &j, 1, &i));
            }
        return BINNET_OK;
    }
    BNI_TRY(bni_need_memory(ctx, 4 * sizeof(bni_split_sums), "the transfer entropies"));
    bni_split_sums *next = bni_new_raw(ctx, 4, sizeof *next);
    if (next == NULL)
        return BINNET_E_NOMEM;
    int32_t status = BINNET_OK;
    for (size_t i = 0; i < n && status == BINNET_OK; i++) {
        bni_span(ctx, (double)i / (double)n, (double)(i + 1) / (double)n);
        status = fill_transfer(ctx, next, chain, law->p, i);
        for (size_t j = 0; j < n && status == BINNET_OK; j++) {
            total sum = {0, 0};
            for (int a = 0; a < 2 && i != j; a++) {
                double p[4];
                for (int k = 0; k < 4; k++) /* rows: activity of j; columns: next of i */
                    p[k] = total_of(&next[2 * a + k % 2].of[j][k / 2]);
                add_pair_information(&sum, p);
            }
            nats[i * n + j] = total_of(&sum);
        }
    }
    bni_delete(&ctx->mem, next);
    return status;
}
