/*
 * Joint laws of groups of neurons at two times, and what they say of each other: mutual information, transfer entropy,
 * multi-information. The first group's states are followed one by one; the last step is taken for the second group alone
 * where its neurons are updated independently of the others.   Source: THEORY 5; [Schreiber 2000] for the transfer entropy.
 */
#include "law/information.h"

#include "binnet/information.h"

#include <string.h>

/* The joint law, row by row of the first group, with what rounding lost. */
typedef struct joint {
    size_t n_first, n_second;
    const int32_t *first, *second;
    double *sum, *lost; /* [2^n_first][2^n_second] */
} joint;

static void add_to_joint(joint *j, uint64_t f, uint64_t s, double x)
{
    size_t at = f << j->n_second | s;
    bni_add_positive(j->sum + at, j->lost + at, x);
}

/* f < 0: the first group is read off the states. */
static uint64_t row_of(const joint *j, int64_t f, uint64_t state)
{
    return f < 0 ? bni_group_state(state, j->n_first, j->first) : (uint64_t)f;
}

static int32_t add_states(binnet_ctx *ctx, joint *j, size_t n, const double *x, int64_t f)
{
    for (uint64_t s = 0, S = UINT64_C(1) << n; s < S; s++) {
        if (x[s] > 0)
            add_to_joint(j, row_of(j, f, s), bni_group_state(s, j->n_second, j->second), x[s]);
        if (s % (1 << 16) == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

/* Of one state: weight times the product law of the second group, by doubling. */
static void add_product(joint *j, uint64_t f, double weight, const double *p, const double *q, size_t stride,
                        double *product)
{
    product[0] = weight;
    for (size_t b = 0, m = 1; b < j->n_second; b++, m *= 2)
        for (size_t k = 0; k < m; k++) {
            product[m + k] = product[k] * p[b * stride];
            product[k] *= q[b * stride];
        }
    double *sum = j->sum + (f << j->n_second), *lost = j->lost + (f << j->n_second);
    for (size_t k = 0; k < (size_t)1 << j->n_second; k++)
        bni_add_positive(sum + k, lost + k, product[k]);
}

/* A synchronous step for the second group; scratch: 2 n_second BNI_ROW + 2^n_second doubles. */
static int32_t add_synchronous(binnet_ctx *ctx, joint *j, const binnet_chain *chain, const double *x, int64_t f,
                               double *scratch)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW, k2 = j->n_second;
    double *p = scratch, *q = p + k2 * BNI_ROW, *product = q + k2 * BNI_ROW;
    for (size_t s = 0; s < S; s += row) {
        for (size_t b = 0; b < k2; b++)
            BNI_TRY(bni_firing_from(ctx, p + b * BNI_ROW, q + b * BNI_ROW, NULL, NULL, chain, (size_t)j->second[b], s,
                                    row));
        for (size_t k = 0; k < row; k++) {
            if (x[s + k] > 0)
                add_product(j, row_of(j, f, s + k), x[s + k], p + k, q + k, BNI_ROW, product);
            if (k2 > 12 || k == 0)
                BNI_TRY(bni_poll(ctx, (double)s / (double)S));
        }
    }
    return BINNET_OK;
}

/* An asynchronous step for the second group. */
static int32_t add_asynchronous(binnet_ctx *ctx, joint *j, const binnet_chain *chain, const double *x, int64_t f)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW], others = 0;
    uint64_t in = 0;
    for (size_t b = 0; b < j->n_second; b++)
        in |= UINT64_C(1) << j->second[b];
    for (size_t i = 0; i < chain->n; i++)
        others += in >> i & 1 ? 0 : chain->select[i];
    for (size_t s = 0; s < S; s += row) {
        for (size_t b = 0; b < j->n_second; b++) {
            double select = chain->select[j->second[b]];
            BNI_TRY(bni_firing_from(ctx, p, q, NULL, NULL, chain, (size_t)j->second[b], s, row));
            for (size_t k = 0; k < row; k++) {
                if (!(x[s + k] > 0))
                    continue;
                uint64_t from = row_of(j, f, s + k), to = bni_group_state(s + k, j->n_second, j->second);
                add_to_joint(j, from, to | UINT64_C(1) << b, x[s + k] * select * p[k]);
                add_to_joint(j, from, to & ~(UINT64_C(1) << b), x[s + k] * select * q[k]);
            }
        }
        for (size_t k = 0; others > 0 && k < row; k++)
            if (x[s + k] > 0)
                add_to_joint(j, row_of(j, f, s + k), bni_group_state(s + k, j->n_second, j->second), x[s + k] * others);
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

int bni_one_stage(const binnet_chain *chain)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS || (chain->n_stages == 1 && chain->correlated == NULL);
}

static int32_t add_last_step(binnet_ctx *ctx, joint *j, const binnet_chain *chain, const double *x, int64_t f,
                             double *scratch)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS ? add_asynchronous(ctx, j, chain, x, f)
                                                       : add_synchronous(ctx, j, chain, x, f, scratch);
}

/* Workspace of a joint law in doubles: what rounding lost, scratch, two laws; and bytes in all. */
typedef struct joint_plan {
    size_t lost, scratch, laws;
    double bytes, room; /* in all; what the workspace of the steps may take of the limit */
    uint64_t whole_steps;
} joint_plan;

static joint_plan plan_joint(const binnet_ctx *ctx, const binnet_chain *chain, uint64_t lag, size_t n_first,
                             size_t n_second)
{
    size_t bits = n_first + n_second; /* of 59 and more the bytes are over any limit */
    joint_plan plan = {.lost = bits < 59 ? (size_t)2 << bits : 0, .bytes = 16 * ldexp(1, (int)bits)};
    int last = lag > 0 && bni_one_stage(chain);
    plan.whole_steps = lag - (uint64_t)last;
    plan.scratch = last && chain->update != BINNET_UPDATE_ASYNCHRONOUS
                       ? 2 * n_second * BNI_ROW + ((size_t)1 << n_second)
                       : 0;
    plan.laws = plan.whole_steps > 0 ? (size_t)2 << chain->n : 0;
    plan.bytes += 8.0 * ((double)plan.scratch + (double)plan.laws);
    plan.room = bni_step_room(ctx, plan.bytes + 4096);
    plan.bytes += plan.whole_steps > 0 ? bni_step_bytes(chain, 1, plan.room) + 4096 : 0;
    return plan;
}

/* Row after row of the first group: its part of the law, some steps on. x, y: two laws. */
static int32_t follow_rows(binnet_ctx *ctx, joint *j, const binnet_chain *chain, const double *law, uint64_t steps,
                           int last, bni_step *step, double *x, double *y, double *scratch)
{
    size_t S = (size_t)1 << chain->n;
    uint64_t rows = UINT64_C(1) << j->n_first;
    for (uint64_t f = 0; f < rows; f++) {
        int any = 0;
        for (size_t s = 0; s < S; s++) {
            x[s] = bni_group_state(s, j->n_first, j->first) == f ? law[s] : 0;
            any |= x[s] > 0;
            if (s % (1 << 16) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        for (uint64_t t = 0; any && t < steps; t++) {
            double each = 1 / ((double)rows * (double)steps), from = ((double)f * (double)steps + (double)t) * each;
            bni_span(ctx, from, from + each);
            BNI_TRY(bni_step_apply(ctx, step, y, x));
            double *z = x;
            x = y;
            y = z;
            BNI_TRY(bni_poll(ctx, 1));
        }
        if (any)
            BNI_TRY(last ? add_last_step(ctx, j, chain, x, (int64_t)f, scratch)
                         : add_states(ctx, j, chain->n, x, (int64_t)f));
    }
    return BINNET_OK;
}

/* sum: [2^n_first][2^n_second], of the joint law. */
static int32_t fill_joint(binnet_ctx *ctx, joint *j, const binnet_chain *chain, const double *law, uint64_t lag)
{
    joint_plan plan = plan_joint(ctx, chain, lag, j->n_first, j->n_second);
    size_t S = (size_t)1 << chain->n, len = plan.lost / 2;
    double *room = bni_new_raw(ctx, plan.lost + plan.scratch + plan.laws, sizeof *room);
    if (room == NULL)
        return BINNET_E_NOMEM;
    double *scratch = room + plan.lost, *x = scratch + plan.scratch;
    j->sum = room;
    j->lost = room + len;
    bni_team *team = NULL;
    bni_step *step = NULL;
    int32_t status = bni_clear(ctx, room, plan.lost, sizeof *room);
    if (status == BINNET_OK && lag == 0)
        status = add_states(ctx, j, chain->n, law, -1);
    else if (status == BINNET_OK && plan.whole_steps == 0)
        status = add_last_step(ctx, j, chain, law, -1, scratch);
    else if (status == BINNET_OK) {
        status = bni_team_new(ctx, &team, 1);
        if (status == BINNET_OK)
            status = bni_step_new(ctx, &step, chain, team, plan.room);
        if (status == BINNET_OK)
            status = follow_rows(ctx, j, chain, law, plan.whole_steps, bni_one_stage(chain), step, x, x + S, scratch);
    }
    bni_step_free(step);
    bni_team_free(team);
    for (size_t k = 0; status == BINNET_OK && k < len; k++)
        j->sum[k] += j->lost[k];
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, room);
        j->sum = NULL;
    }
    return status;
}

/* more: doubles that the caller needs besides. */
static int32_t check_joint(binnet_ctx *ctx, const binnet_chain *chain, uint64_t lag, size_t n_first,
                           const int32_t *first, size_t n_second, const int32_t *second)
{
    BNI_TRY(bni_need_steps(ctx, "lag", lag, 0));
    BNI_TRY(bni_need_group(ctx, "first", chain->n, n_first, first, 1, chain->n));
    BNI_TRY(bni_need_group(ctx, "second", chain->n, n_second, second, 1, chain->n));
    joint_plan plan = plan_joint(ctx, chain, lag, n_first, n_second);
    return bni_need_memory(ctx, plan.bytes, "a joint law");
}

int32_t binnet_chain_joint_law(binnet_ctx *ctx, double *p, size_t len, const binnet_chain *chain, const binnet_law *law,
                               uint64_t lag, size_t n_first, const int32_t *first, size_t n_second,
                               const int32_t *second)
{
    BNI_TRY(bni_chain_law_check(ctx, p, "p", chain, law));
    BNI_TRY(check_joint(ctx, chain, lag, n_first, first, n_second, second));
    if (len >> n_first >> n_second != 1 || len != (size_t)1 << (n_first + n_second))
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the two groups have 2^%zu states", len, n_first + n_second);
    joint j = {.n_first = n_first, .n_second = n_second, .first = first, .second = second};
    BNI_TRY(fill_joint(ctx, &j, chain, law->p, lag));
    for (size_t f = 0; f < (size_t)1 << n_first; f++)
        for (size_t s = 0; s < (size_t)1 << n_second; s++)
            p[f | s << n_first] = j.sum[f << n_second | s];
    bni_delete(&ctx->mem, j.sum);
    return BINNET_OK;
}

int32_t binnet_chain_joint_law_estimate(binnet_ctx *ctx, uint64_t *bytes, double *flops, const binnet_chain *chain,
                                        uint64_t lag, size_t n_first, size_t n_second)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_steps(ctx, "lag", lag, 0));
    if (n_first < 1 || n_first > chain->n || n_second < 1 || n_second > chain->n)
        return bni_fail(ctx, BINNET_E_RANGE, "groups of %zu and %zu neurons, allowed is 1..%zu", n_first, n_second,
                        chain->n);
    joint_plan plan = plan_joint(ctx, chain, lag, n_first, n_second);
    double S = ldexp(1, (int)chain->n), step = 0, rows = ldexp(1, (int)n_first), b = (double)n_second;
    BNI_TRY(binnet_chain_apply_estimate(ctx, NULL, NULL, &step, chain));
    double last = lag == 0 || !bni_one_stage(chain)             ? S * b
                  : chain->update == BINNET_UPDATE_ASYNCHRONOUS ? 30 * S * b
                                                                : S * (20 * b + 5 * ldexp(1, (int)n_second));
    if (bytes != NULL)
        *bytes = plan.bytes < 0x1p63 ? (uint64_t)ceil(plan.bytes) : UINT64_MAX;
    if (flops != NULL)
        *flops = plan.whole_steps > 0 ? rows * ((double)plan.whole_steps * step + last) : last;
    return BINNET_OK;
}

/* --- mutual information and transfer entropy --- */

int32_t binnet_chain_mutual_information(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law,
                                        uint64_t lag, size_t n_first, const int32_t *first, size_t n_second,
                                        const int32_t *second)
{
    BNI_TRY(bni_chain_law_check(ctx, nats, "nats", chain, law));
    BNI_TRY(check_joint(ctx, chain, lag, n_first, first, n_second, second));
    joint j = {.n_first = n_first, .n_second = n_second, .first = first, .second = second};
    BNI_TRY(fill_joint(ctx, &j, chain, law->p, lag));
    /* what rounding lost is no longer needed: its room is that of the margins, when both fit */
    size_t rows = (size_t)1 << n_first, columns = (size_t)1 << n_second;
    total sum = {0, 0};
    bni_add_mutual(&sum, j.sum, rows, columns, columns, 1, j.lost, j.lost + rows);
    bni_delete(&ctx->mem, j.sum);
    *nats = total_of(&sum);
    return BINNET_OK;
}

int32_t bni_transfer_entropy(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law,
                             size_t n_from, const int32_t *from, size_t n_to, const int32_t *to)
{
    int32_t both[2 * BINNET_MAX_CHAIN_NEURONS];
    memcpy(both, to, n_to * sizeof *both);
    memcpy(both + n_to, from, n_from * sizeof *both);
    if (n_from + n_to > chain->n)
        return bni_fail(ctx, BINNET_E_RANGE, "from and to have %zu neurons together, the chain has %zu", n_from + n_to,
                        chain->n);
    BNI_TRY(bni_need_group(ctx, "from and to together", chain->n, n_from + n_to, both, 1, chain->n));
    BNI_TRY(check_joint(ctx, chain, 1, n_from + n_to, both, n_to, to));
    joint j = {.n_first = n_from + n_to, .n_second = n_to, .first = both, .second = to};
    BNI_TRY(fill_joint(ctx, &j, chain, law->p, 1));
    /* given the present of `to`: rows are the states of `from`, columns the next states of `to` */
    size_t present = (size_t)1 << n_to, rows = (size_t)1 << n_from, columns = present;
    total sum = {0, 0};
    for (size_t now = 0; now < present; now++) {
        const double *p = j.sum + now * columns;
        double whole;
        bni_sum_out(j.lost, p, rows, present * columns, columns, 1);
        bni_sum_out(&whole, j.lost, 1, 0, rows, 1);
        if (whole > 0)
            bni_add_mutual(&sum, p, rows, columns, present * columns, whole, j.lost, j.lost + rows);
    }
    bni_delete(&ctx->mem, j.sum);
    *nats = total_of(&sum);
    return BINNET_OK;
}

int32_t binnet_chain_transfer_entropy(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law,
                                      size_t n_from, const int32_t *from, size_t n_to, const int32_t *to)
{
    BNI_TRY(bni_chain_law_check(ctx, nats, "nats", chain, law));
    BNI_TRY(bni_need_group(ctx, "from", chain->n, n_from, from, 1, chain->n));
    BNI_TRY(bni_need_group(ctx, "to", chain->n, n_to, to, 1, chain->n));
    return bni_transfer_entropy(ctx, nats, chain, law, n_from, from, n_to, to);
}

int32_t binnet_law_multi_information(binnet_ctx *ctx, double *nats, const binnet_law *law, size_t k,
                                     const int32_t *neuron)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, nats, "nats"));
    BNI_TRY(bni_need(ctx, law, "law"));
    BNI_TRY(bni_need_law_group(ctx, "neuron", law, k, neuron, 1, BINNET_MAX_CHAIN_NEURONS));
    size_t len = (size_t)1 << k;
    BNI_TRY(bni_need_memory(ctx, 16.0 * (double)len, "the multi-information"));
    double *p = bni_new_raw(ctx, 2 * len, sizeof *p), log_p[2][BINNET_MAX_CHAIN_NEURONS],
           m[2][BINNET_MAX_CHAIN_NEURONS];
    if (p == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_marginal(ctx, p, p + len, law, k, neuron);
    total sum = {0, 0}, margin[2][BINNET_MAX_CHAIN_NEURONS] = {{{0, 0}}};
    for (size_t s = 0; status == BINNET_OK && s < len; s++) {
        for (size_t b = 0; b < k; b++)
            add_term(&margin[s >> b & 1][b], p[s]);
        if (s % (1 << 16) == 0)
            status = bni_poll(ctx, 0.5);
    }
    for (size_t b = 0; b < k; b++)
        for (int a = 0; a < 2; a++)
            m[a][b] = total_of(&margin[a][b]);
    for (size_t b = 0; b < k; b++)
        for (int a = 0; a < 2; a++)
            log_p[a][b] = bni_log_probability(m[a][b], m[1 - a][b]);
    for (size_t s = 0; status == BINNET_OK && s < len; s++) {
        double q = 1, log_q = 0;
        for (size_t b = 0; b < k; b++) {
            q *= m[s >> b & 1][b];
            log_q += log_p[s >> b & 1][b];
        }
        add_term(&sum, bni_divergence_log(p[s], q, log_q));
        if (s % (1 << 16) == 0)
            status = bni_poll(ctx, 0.5 + 0.5 * (double)s / (double)len);
    }
    bni_delete(&ctx->mem, p);
    *nats = total_of(&sum);
    return status;
}
