/*
 * Entropy rate and entropy production of a chain.
 * h = sum_A P(A) H(P(. | A)); production sum P(A) P(A'|A) log(P(A'|A)/P(A|A')).
 * Synchronous: the second part is a sum over i of E log p_i(A_i | A'), and p_i sees only the inputs of i: updating those
 * alone gives the joint law that is needed.   Source: THEORY 5; [Schnakenberg 1976].
 */
#include "law/information.h"

#include "binnet/information.h"

/* --- entropy rate --- */

/* sum over the states of law(s) H_b(p_i(s)). */
static int32_t add_neuron_entropy(binnet_ctx *ctx, total *sum, const binnet_chain *chain, const double *law, size_t i)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW];
    for (size_t s = 0; s < S; s += row) {
        BNI_TRY(bni_firing_from(ctx, p, q, NULL, NULL, chain, i, s, row));
        double part = 0;
        for (size_t k = 0; k < row; k++)
            part += law[s + k] > 0 ? law[s + k] * bni_binary_entropy(p[k], q[k]) : 0;
        add_term(sum, part);
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

/* Rows with n flips and staying. The most likely flip may be as good as certain: its logarithm is taken from all else. */
static int32_t asynchronous_rate(binnet_ctx *ctx, total *sum, const binnet_chain *chain, const double *law)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW], most[BNI_ROW], flips[BNI_ROW], stay[BNI_ROW], part[BNI_ROW];
    for (size_t s = 0; s < S; s += row) {
        for (size_t k = 0; k < row; k++)
            most[k] = flips[k] = stay[k] = part[k] = 0;
        for (size_t i = 0; i < chain->n; i++) {
            BNI_TRY(bni_firing_from(ctx, p, q, NULL, NULL, chain, i, s, row));
            for (size_t k = 0; k < row; k++) {
                int active = (int)((s + k) >> i & 1);
                double flip = chain->select[i] * (active ? q[k] : p[k]);
                double less = fmin(flip, most[k]);
                most[k] = fmax(flip, most[k]);
                flips[k] += less; /* but for the most likely one */
                stay[k] += chain->select[i] * (active ? p[k] : q[k]);
                part[k] += less > 0 ? -less * log(less) : 0;
            }
        }
        double all = 0;
        for (size_t k = 0; k < row; k++)
            if (law[s + k] > 0)
                all += law[s + k] * (part[k] + bni_surprise(stay[k], flips[k] + most[k]) +
                                     bni_surprise(most[k], flips[k] + stay[k]));
        add_term(sum, all);
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

/* Correlated noise: sum over the states of law(s) times the entropy of what the stage becomes. */
static int32_t add_stage_entropy(binnet_ctx *ctx, total *sum, const binnet_chain *chain, const double *law,
                                 size_t stage)
{
    size_t S = (size_t)1 << chain->n, size = (size_t)1 << bni_stage_size(chain, stage);
    if (!bni_stage_tabled(chain, stage))
        return bni_fail(ctx, BINNET_E_RANGE,
                        "%zu neurons updated at once with correlated noise: their entropy rate is given up to 12",
                        bni_stage_size(chain, stage));
    double *row = bni_new_raw(ctx, size, sizeof *row);
    int32_t status = row == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t s = 0; s < S && status == BINNET_OK; s++) {
        if (!(law[s] > 0))
            continue;
        status = bni_stage_law(ctx, row, chain, stage, s);
        total all = {0, 0}, part = {0, 0};
        for (size_t m = 0; m < size; m++)
            add_term(&all, row[m]);
        for (size_t m = 0; m < size; m++) {
            double others = total_of(&all) - row[m];
            add_term(&part, bni_surprise(row[m], fmax(others, 0)));
        }
        add_term(sum, law[s] * total_of(&part));
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)s / (double)S);
    }
    bni_delete(&ctx->mem, row);
    return status;
}

/* Stage after stage, each by the law of the states that it sees. y, z: room for two laws when there is more than one stage. */
static int32_t staged_rate(binnet_ctx *ctx, total *sum, const binnet_chain *c, const double *law, double *y, double *z)
{
    double *buffer[2] = {y, z}, parts = (double)c->n_stages;
    const double *x = law;
    for (size_t s = 0; s < c->n_stages; s++) {
        const int32_t *neuron = c->stage_neuron + c->stage_first[s];
        size_t count = bni_stage_size(c, s);
        bni_span(ctx, (double)s / parts, (double)(s + 1) / parts);
        if (bni_stage_correlated(c, s))
            BNI_TRY(add_stage_entropy(ctx, sum, c, x, s));
        for (size_t b = 0; b < count && !bni_stage_correlated(c, s); b++)
            BNI_TRY(add_neuron_entropy(ctx, sum, c, x, (size_t)neuron[b]));
        if (s + 1 == c->n_stages)
            break;
        BNI_TRY(bni_update_set(ctx, buffer[s % 2], x, c, neuron, count));
        x = buffer[s % 2];
    }
    return BINNET_OK;
}

static double rate_bytes(const binnet_chain *chain)
{
    double most = 0, law = chain->correlated != NULL ? ldexp(8, (int)bni_largest_stage(chain)) : 0;
    if (chain->n_stages < 2)
        return law;
    for (size_t s = 0; s < chain->n_stages; s++)
        most = fmax(most, bni_update_set_bytes(chain, bni_stage_size(chain, s)));
    return 16 * ldexp(1, (int)chain->n) + fmax(most, law);
}

static int32_t entropy_rate(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const double *law)
{
    total sum = {0, 0};
    int32_t status;
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        status = asynchronous_rate(ctx, &sum, chain, law);
    } else {
        size_t S = (size_t)1 << chain->n;
        double *y = NULL;
        if (chain->n_stages > 1 && (y = bni_new_raw(ctx, 2 * S, sizeof *y)) == NULL)
            return BINNET_E_NOMEM;
        status = staged_rate(ctx, &sum, chain, law, y, y != NULL ? y + S : NULL);
        bni_delete(&ctx->mem, y);
    }
    if (status == BINNET_OK)
        *nats = total_of(&sum);
    return status;
}

int32_t binnet_chain_entropy_rate(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law)
{
    BNI_TRY(bni_chain_law_check(ctx, nats, "nats", chain, law));
    BNI_TRY(bni_need_memory(ctx, rate_bytes(chain), "the entropy rate"));
    return entropy_rate(ctx, nats, chain, law->p);
}

/* --- entropy production --- */

/* Most neurons of synchronous chains, sweeps and blocks for which all pairs of states are compared at once. */
enum { MOST_PAIRED = 10 };

/* With a transition that has no reverse. */
typedef struct production {
    bni_production terms;
    int infinite;
    uint64_t from, to;
} production;

static int32_t finish_production(binnet_ctx *ctx, double *nats, const production *w, int edges)
{
    unsigned long long from = w->from, to = w->to;
    *nats = w->infinite ? HUGE_VAL : bni_production_of(&w->terms);
    if (!w->infinite)
        return BINNET_OK;
    return edges
               ? bni_fail(ctx, BINNET_E_UNDEFINED, "state %llu goes to %llu, which has no way back in one step", from,
                          to)
               : bni_fail(ctx, BINNET_E_UNDEFINED,
                          "a transition has no reverse: neuron %llu cannot go back when it sees state %llu", from, to);
}

/* Edges of the hypercube: (f - r) log(f's probability / r's). */
static int32_t asynchronous_production(binnet_ctx *ctx, production *w, const binnet_chain *chain, const double *law)
{
    size_t S = (size_t)1 << chain->n, half = S / 2, row = half < BNI_ROW ? half : BNI_ROW;
    uint64_t silent[BNI_ROW], active[BNI_ROW];
    double p[BNI_ROW], q[BNI_ROW], log_p[BNI_ROW], log_q[BNI_ROW], p1[BNI_ROW], q1[BNI_ROW], log_p1[BNI_ROW],
        log_q1[BNI_ROW];
    for (size_t i = 0; i < chain->n; i++) {
        uint64_t bit = UINT64_C(1) << i;
        double select = chain->select[i];
        if (!(select > 0))
            continue;
        bni_span(ctx, (double)i / (double)chain->n, (double)(i + 1) / (double)chain->n);
        for (size_t m = 0; m < half; m += row) {
            for (size_t k = 0; k < row; k++) {
                silent[k] = ((m + k) & (bit - 1)) | ((m + k) & ~(bit - 1)) << 1;
                active[k] = silent[k] | bit;
            }
            BNI_TRY(bni_firing(ctx, p, q, log_p, log_q, chain, i, silent, row));
            BNI_TRY(bni_firing(ctx, p1, q1, log_p1, log_q1, chain, i, active, row));
            for (size_t k = 0; k < row; k++) {
                double f = law[silent[k]] * p[k], r = law[active[k]] * q1[k];
                if (!(f > 0) && !(r > 0))
                    continue;
                if (!isfinite(log_p[k]) || !isfinite(log_q1[k])) {
                    w->infinite = 1;
                    w->from = f > 0 ? silent[k] : active[k];
                    w->to = f > 0 ? active[k] : silent[k];
                    continue;
                }
                bni_production_edge(&w->terms, select, f, r, log_p[k] - log_q1[k]);
            }
            BNI_TRY(bni_poll(ctx, (double)m / (double)half));
        }
    }
    return BINNET_OK;
}

/* -sum over the states of y(s) log(probability that neuron i, seeing s, becomes `own` (0, 1), or what it is in s (2)). */
static int32_t add_reverse(binnet_ctx *ctx, production *w, const binnet_chain *chain, const double *y, size_t i,
                           int own)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW], log_p[BNI_ROW], log_q[BNI_ROW];
    for (size_t s = 0; s < S; s += row) {
        BNI_TRY(bni_firing_from(ctx, p, q, log_p, log_q, chain, i, s, row));
        double part = 0;
        for (size_t k = 0; k < row; k++) {
            int active = own < 2 ? own : (int)((s + k) >> i & 1);
            double l = active ? log_p[k] : log_q[k];
            if (!(y[s + k] > 0))
                continue;
            if (!isfinite(l)) {
                w->infinite = 1;
                w->from = i;
                w->to = s + k;
                continue;
            }
            part -= y[s + k] * l;
        }
        bni_production_add(&w->terms, part);
        BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

/* All pairs, from the whole matrix. */
static int32_t pair_flows(binnet_ctx *ctx, production *w, const binnet_chain *chain, const double *law, double *P)
{
    size_t S = (size_t)1 << chain->n;
    for (size_t A = 0; A < S; A++)
        BNI_TRY(bni_chain_fill_row(ctx, P + A * S, chain, A));
    for (size_t A = 0; A < S; A++) {
        for (size_t B = 0; B < A; B++)
            bni_production_pair(&w->terms, law[A] * P[A * S + B], law[B] * P[B * S + A]);
        BNI_TRY(bni_poll(ctx, (double)A / (double)S));
    }
    return BINNET_OK;
}

/* y: room for a law; x: for another when a neuron sees itself. */
static int32_t synchronous_production(binnet_ctx *ctx, production *w, const binnet_chain *chain, const double *law,
                                      double *y, double *x)
{
    size_t n = chain->n, S = (size_t)1 << n;
    int32_t input[BINNET_MAX_CHAIN_NEURONS];
    double all = 0, done = 0;
    for (size_t i = 0; i < n; i++)
        all += ldexp(1 + chain->self[i], (int)bni_inputs(chain, i, input)) + 8;
    for (size_t i = 0; i < n; i++) {
        size_t count = bni_inputs(chain, i, input);
        double step = ldexp(1 + chain->self[i], (int)count) + 8;
        bni_span(ctx, done / all, (done + step) / all);
        done += step;
        if (!chain->self[i]) { /* the neuron itself is not updated: its bit is still that of A */
            BNI_TRY(bni_update_set(ctx, y, law, chain, input, count));
            BNI_TRY(add_reverse(ctx, w, chain, y, i, 2));
            continue;
        }
        for (int own = 0; own < 2; own++) {
            for (size_t s = 0; s < S; s++) {
                x[s] = (int)(s >> i & 1) == own ? law[s] : 0;
                if (s % ((size_t)1 << 18) == 0)
                    BNI_TRY(bni_poll(ctx, 0));
            }
            BNI_TRY(bni_update_set(ctx, y, x, chain, input, count));
            BNI_TRY(add_reverse(ctx, w, chain, y, i, own));
        }
    }
    return BINNET_OK;
}

/* log p and log q of every neuron in every state, [n][2][2^n]. */
static int32_t fill_logs(binnet_ctx *ctx, double *logs, const binnet_chain *chain)
{
    size_t S = (size_t)1 << chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    double p[BNI_ROW], q[BNI_ROW];
    for (size_t i = 0; i < chain->n; i++)
        for (size_t s = 0; s < S; s += row) {
            double *at = logs + 2 * i * S + s;
            BNI_TRY(bni_firing_from(ctx, p, q, at + S, at, chain, i, s, row));
            BNI_TRY(bni_poll(ctx, 0));
        }
    return BINNET_OK;
}

/* The reverse of one row, P(A'|A): stage s of the way from A' to A sees A for the neurons before it and A' for the others.
 * So the row is summed over what each stage no longer sees. */
static void add_reverse_row(production *w, const binnet_chain *c, double *row, const double *logs, uint64_t A,
                            double weight)
{
    size_t S = (size_t)1 << c->n;
    uint64_t rest = S - 1; /* neurons that are still those of A' */
    double part = 0;
    for (size_t s = 0; s < c->n_stages; s++) {
        uint64_t m = 0, stage = 0, before = A & (S - 1) & ~rest;
        for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1]; e++)
            stage |= UINT64_C(1) << c->stage_neuron[e];
        do {
            for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1] && row[m] > 0; e++) {
                size_t i = (size_t)c->stage_neuron[e];
                double l = logs[(2 * i + (A >> i & 1)) * S + (before | m)];
                if (isfinite(l)) {
                    part -= row[m] * l;
                } else {
                    w->infinite = 1;
                    w->from = i;
                    w->to = before | m;
                }
            }
            m = (m - rest) & rest;
        } while (m != 0);
        for (uint64_t bits = stage; bits != 0; bits &= bits - 1) {
            uint64_t bit = bits & -bits;
            rest &= ~bit;
            do {
                row[m] += row[m | bit];
                m = (m - rest) & rest;
            } while (m != 0);
        }
    }
    bni_production_add(&w->terms, weight * part);
}

static int32_t staged_production(binnet_ctx *ctx, production *w, const binnet_chain *chain, const double *law,
                                 double *logs, double *row)
{
    size_t S = (size_t)1 << chain->n;
    BNI_TRY(fill_logs(ctx, logs, chain));
    for (uint64_t A = 0; A < S; A++) {
        bni_span(ctx, (double)A / (double)S, (double)(A + 1) / (double)S);
        if (!(law[A] > 0))
            continue;
        BNI_TRY(bni_chain_fill_row(ctx, row, chain, A));
        add_reverse_row(w, chain, row, logs, A, law[A]);
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

/* Doubles of workspace, and bytes besides. */
static size_t production_doubles(const binnet_chain *chain, double *bytes)
{
    size_t n = chain->n, S = (size_t)1 << n;
    int32_t input[BINNET_MAX_CHAIN_NEURONS];
    *bytes = 0;
    if (chain->correlated != NULL)
        return S * S;
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS)
        return 0;
    size_t matrix = n <= MOST_PAIRED ? S * S : 0;
    if (chain->n_stages > 1) {
        *bytes = rate_bytes(chain);
        return matrix > (2 * n + 1) * S ? matrix : (2 * n + 1) * S;
    }
    int self = 0;
    for (size_t i = 0; i < n; i++) {
        self |= chain->self[i];
        *bytes = fmax(*bytes, bni_update_set_bytes(chain, bni_inputs(chain, i, input)));
    }
    size_t laws = (self ? 2 : 1) * S;
    return matrix > laws ? matrix : laws;
}

/* Correlated noise: from the whole matrix. */
static int32_t matrix_production(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const double *law)
{
    size_t S = (size_t)1 << chain->n;
    double *P = bni_new_raw(ctx, S * S, sizeof *P);
    if (P == NULL)
        return BINNET_E_NOMEM;
    production w = {.infinite = 0};
    int32_t status = pair_flows(ctx, &w, chain, law, P);
    for (size_t A = 0; A < S && status == BINNET_OK; A++) {
        for (size_t B = 0; B < S; B++) {
            double f = law[A] * P[A * S + B], back = P[B * S + A];
            if (A == B || !(f > 0))
                continue;
            if (!(back > 0)) {
                w.infinite = 1;
                w.from = A;
                w.to = B;
                continue;
            }
            bni_production_add(&w.terms, f * (log(P[A * S + B]) - log(back)));
        }
        status = bni_poll(ctx, (double)A / (double)S);
    }
    bni_delete(&ctx->mem, P);
    return status == BINNET_OK ? finish_production(ctx, nats, &w, 1) : status;
}

static int32_t check_production(binnet_ctx *ctx, const binnet_chain *chain)
{
    if (chain->correlated != NULL && chain->n > MOST_PAIRED)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "%zu neurons: with correlated noise the entropy production is given up to %d", chain->n,
                        MOST_PAIRED);
    if (chain->n_stages > 1 && chain->n > BINNET_MAX_PAIRS_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "%zu neurons: the entropy production of a sweep or of blocks is given up to %d", chain->n,
                        BINNET_MAX_PAIRS_NEURONS);
    return BINNET_OK;
}

int32_t binnet_chain_entropy_production(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law)
{
    BNI_TRY(bni_chain_law_check(ctx, nats, "nats", chain, law));
    BNI_TRY(check_production(ctx, chain));
    double besides, rate;
    size_t doubles = production_doubles(chain, &besides), S = (size_t)1 << chain->n;
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)doubles + besides, "the entropy production"));
    if (chain->correlated != NULL)
        return matrix_production(ctx, nats, chain, law->p);
    production w = {.infinite = 0};
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(asynchronous_production(ctx, &w, chain, law->p));
        return finish_production(ctx, nats, &w, 1);
    }
    double *room = bni_new_raw(ctx, doubles, sizeof *room);
    if (room == NULL)
        return BINNET_E_NOMEM;
    int32_t status = chain->n_stages > 1 ? staged_production(ctx, &w, chain, law->p, room, room + 2 * chain->n * S)
                                         : synchronous_production(ctx, &w, chain, law->p, room, room + S);
    bni_span(ctx, 1, 1);
    w.terms.unpaired = chain->n > MOST_PAIRED;
    if (status == BINNET_OK && !w.terms.unpaired)
        status = pair_flows(ctx, &w, chain, law->p, room);
    bni_delete(&ctx->mem, room);
    if (status != BINNET_OK)
        return status;
    BNI_TRY(entropy_rate(ctx, &rate, chain, law->p));
    bni_production_add(&w.terms, -rate);
    return finish_production(ctx, nats, &w, 0);
}

int32_t binnet_chain_entropy_production_estimate(binnet_ctx *ctx, uint64_t *bytes, double *flops,
                                                 const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(check_production(ctx, chain));
    double besides, n = (double)chain->n, S = ldexp(1, (int)chain->n), f = 40 * n * S;
    size_t doubles = production_doubles(chain, &besides);
    int32_t input[BINNET_MAX_CHAIN_NEURONS];
    if (chain->n_stages > 1)
        f += 8 * S * S;
    else if (chain->update == BINNET_UPDATE_SYNCHRONOUS)
        for (size_t i = 0; i < chain->n; i++)
            f += 2 * S * ldexp(1 + chain->self[i], (int)bni_inputs(chain, i, input));
    if (bytes != NULL)
        *bytes = (uint64_t)ceil(8.0 * (double)doubles + besides);
    if (flops != NULL)
        *flops = f;
    return BINNET_OK;
}
