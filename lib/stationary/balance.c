/*
 * The law that balances another state by state: z(s) = sum over r != s of x(r) P(r, s) / (1 - P(s, s)). A stationary law is
 * its own, and where a state is left rarely the plain step hides an imbalance by the factor 1 - P(s, s); this does not.
 * Asynchronous flips change the parity of a state: z for the even states, then with these for the odd ones (Gauss-Seidel in
 * red and black). Parallel stages: only the states that stay with a probability above 1/2 (deep ones) need it; what they send
 * to each other is a small matrix, and nothing is subtracted anywhere.   Source: THEORY 3.
 */
#include "stationary/stationary.h"

#include "num/double_double.h"
#include "num/vectors.h"

#include <math.h>
#include <string.h>

/* A state that is left with less than this may hide what decides. */
static const double least_out = 1e-290;

struct bni_balance {
    bni_allocator mem;
    const binnet_chain *chain;
    bni_step *step;
    double *out;     /* [S]: 1 - P(s, s) */
    double *part[2]; /* [S]; asynchronous: only one */
    uint32_t *deep;  /* [n_deep] */
    double *between; /* [n_deep][n_deep]: P(d, e), e != d */
    size_t n_deep;
};

static int balance_asynchronous(const binnet_chain *chain)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS;
}

double bni_balance_bytes(const binnet_chain *chain)
{
    double S = (double)bni_chain_states(chain), deep = S < BNI_DEEP_MOST ? S : BNI_DEEP_MOST;
    return sizeof(bni_balance) + (balance_asynchronous(chain) ? 16 * S : 24 * S + 4 * deep + 8 * deep * deep);
}

/* Pr(a step leaves the state), one neuron after the other: sum of flip_i prod_{earlier j} stay_j. */
static int32_t find_out(binnet_ctx *ctx, bni_balance *b)
{
    const binnet_chain *c = b->chain;
    if (c->lumped != NULL && !balance_asynchronous(c))
        return bni_lumped_leave(ctx, b->out, c);
    BNI_TRY(bni_need_chain(ctx, c)); /* walks on the grid are not iterated */
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    size_t S = (size_t)1 << c->n;
    uint64_t state[BNI_ROW];
    double p[BNI_ROW], q[BNI_ROW], stay[BNI_ROW];
    for (size_t from = 0; from < S; from += BNI_ROW) {
        size_t count = S - from < BNI_ROW ? S - from : BNI_ROW;
        double *out = b->out + from;
        for (size_t k = 0; k < count; k++) {
            state[k] = from + k;
            stay[k] = 1;
            out[k] = 0;
        }
        for (size_t e = 0, stage = 0; e < c->n; e++) {
            size_t i = (size_t)c->stage_neuron[e];
            stage += (int32_t)e == c->stage_first[stage + 1];
            if (bni_stage_correlated(c, stage)) { /* all its neurons at once */
                bni_stage_outcome(p, q, c, stage, state, state, count);
                for (size_t k = 0; k < count; k++) {
                    out[k] += stay[k] * q[k];
                    stay[k] *= p[k];
                }
                e = (size_t)c->stage_first[stage + 1] - 1;
                BNI_TRY(bni_poll(ctx, (double)from / (double)S));
                continue;
            }
            if (!bni_probability_states(c, kern, p, q, i, state, count))
                return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
            for (size_t k = 0; k < count; k++) {
                int active = (int)(state[k] >> i & 1);
                double flip = active ? q[k] : p[k], keep = active ? p[k] : q[k];
                out[k] += balance_asynchronous(c) ? c->select[i] * flip : stay[k] * flip;
                stay[k] *= keep;
            }
        }
        BNI_TRY(bni_poll(ctx, (double)from / (double)S));
    }
    return BINNET_OK;
}

static int32_t find_deep(binnet_ctx *ctx, bni_balance *b)
{
    const binnet_chain *c = b->chain;
    size_t S = bni_chain_states(c);
    /* the deepest, when there are more than can be had: those below a bound that falls until they fit; the others are left to
     * plain steps, and their figure is divided by 1 - P(s, s) */
    double bound = 0.5;
    for (;; bound /= 16) {
        b->n_deep = 0;
        for (size_t s = 0; s < S; s++)
            b->n_deep += b->out[s] < bound;
        if (b->n_deep <= BNI_DEEP_MOST)
            break;
    }
    if (b->n_deep == 0)
        return BINNET_OK;
    b->deep = bni_new_raw(ctx, b->n_deep, sizeof *b->deep);
    b->between = bni_new_raw(ctx, b->n_deep * b->n_deep, sizeof *b->between);
    if (b->deep == NULL || b->between == NULL)
        return BINNET_E_NOMEM;
    for (size_t s = 0, d = 0; s < S; s++)
        if (b->out[s] < bound)
            b->deep[d++] = (uint32_t)s;
    for (size_t d = 0; d < b->n_deep && c->lumped != NULL; d++) {
        BNI_TRY(bni_lumped_row(ctx, b->part[0], c, b->deep[d]));
        for (size_t e = 0; e < b->n_deep; e++)
            b->between[d * b->n_deep + e] = d == e ? 0 : b->part[0][b->deep[e]];
    }
    for (size_t d = 0; d < b->n_deep && c->lumped == NULL; d++)
        for (size_t e = 0; e < b->n_deep; e++) {
            double *p = &b->between[d * b->n_deep + e];
            BNI_TRY(bni_chain_transition(ctx, p, c, b->deep[d], b->deep[e]));
            *p = d == e ? 0 : *p;
            BNI_TRY(bni_poll(ctx, (double)d / (double)b->n_deep));
        }
    return BINNET_OK;
}

int32_t bni_balance_new(binnet_ctx *ctx, bni_balance **out, const binnet_chain *chain, bni_step *step)
{
    *out = NULL;
    size_t S = bni_chain_states(chain);
    bni_balance *b = bni_new(ctx, 1, sizeof *b);
    if (b == NULL)
        return BINNET_E_NOMEM;
    b->mem = ctx->mem;
    b->chain = chain;
    b->step = step;
    b->out = bni_new_raw(ctx, (balance_asynchronous(chain) ? 2 : 3) * S, sizeof *b->out);
    int32_t status = b->out == NULL ? BINNET_E_NOMEM : find_out(ctx, b);
    if (status == BINNET_OK) {
        b->part[0] = b->out + S;
        if (!balance_asynchronous(chain)) {
            b->part[1] = b->part[0] + S;
            status = find_deep(ctx, b);
        }
    }
    if (status != BINNET_OK) {
        bni_balance_free(b);
        return status;
    }
    *out = b;
    return BINNET_OK;
}

void bni_balance_free(bni_balance *b)
{
    if (b == NULL)
        return;
    bni_allocator mem = b->mem;
    bni_delete(&mem, b->out);
    bni_delete(&mem, b->deep);
    bni_delete(&mem, b->between);
    bni_delete(&mem, b);
}

int bni_balance_sure(const bni_balance *b, const double *x)
{
    size_t S = bni_chain_states(b->chain);
    for (size_t s = 0; s < S; s++)
        if (x[s] > 0 && !(b->out[s] >= least_out))
            return 0;
    return 1;
}

enum { ALL = -1, EVEN, ODD };

/* Asynchronous: y(s) of the states of one parity, or all; the others as in x. A run of 64 states has one pattern of parities,
 * or its opposite. */
static int32_t balance_flips(binnet_ctx *ctx, bni_balance *b, double *y, const double *x, int parity)
{
    enum { RUN = 64, CHUNK = 1 << 16 };
    size_t S = (size_t)1 << b->chain->n;
    unsigned char is[RUN];
    for (size_t k = 0; k < RUN; k++)
        is[k] = (unsigned char)bni_parity(k);
    BNI_TRY(bni_step_off_diagonal(ctx, b->step, y, x));
    for (size_t base = 0; base < S; base += RUN) {
        int want = parity ^ bni_parity(base);
        size_t count = S - base < RUN ? S - base : RUN;
        for (size_t k = 0; k < count; k++) {
            double out = b->out[base + k], v = out > 0 ? y[base + k] / out : x[base + k];
            y[base + k] = parity == ALL || is[k] == want ? v : x[base + k];
        }
        if (base % CHUNK == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

/* Part k of two or more of a pass. */
static int32_t apply_part(binnet_ctx *ctx, bni_balance *b, double *y, const double *x, size_t k, size_t count)
{
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_part(ctx, whole, (double)k, (double)count);
    int32_t status = bni_step_apply(ctx, b->step, y, x);
    bni_progress_pop(ctx, whole);
    return status;
}

/* Parallel stages: the deep states first, and y = x P for the others, what the deep ones send them taken from y (`at_once`:
 * from x: all balance the same law). In this order two sets of states that only exchange with each other settle at once. */
static int32_t balance_deep(binnet_ctx *ctx, bni_balance *b, double *y, const double *x, int at_once)
{
    size_t S = bni_chain_states(b->chain);
    if (b->n_deep == 0)
        return bni_step_apply(ctx, b->step, y, x);
    double *others = b->part[0], *image = b->part[1];
    memcpy(others, x, S * sizeof *x);
    for (size_t d = 0; d < b->n_deep; d++)
        others[b->deep[d]] = 0;
    BNI_TRY(apply_part(ctx, b, y, others, 0, 2));
    memset(others, 0, S * sizeof *others);
    for (size_t d = 0; d < b->n_deep; d++) {
        size_t s = b->deep[d];
        double in = y[s];
        for (size_t e = 0; e < b->n_deep; e++)
            in += x[b->deep[e]] * b->between[e * b->n_deep + d];
        y[s] = b->out[s] > 0 ? in / b->out[s] : x[s];
        others[s] = at_once ? x[s] : y[s];
    }
    BNI_TRY(apply_part(ctx, b, image, others, 1, 2));
    for (size_t d = 0; d < b->n_deep; d++)
        image[b->deep[d]] = 0;
    for (size_t s = 0; s < S; s++)
        y[s] += image[s];
    return BINNET_OK;
}

int32_t bni_balance_apply(binnet_ctx *ctx, bni_balance *b, double *y, const double *x)
{
    if (!balance_asynchronous(b->chain))
        return balance_deep(ctx, b, y, x, 0);
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_part(ctx, whole, 0, 2);
    BNI_TRY(balance_flips(ctx, b, b->part[0], x, EVEN));
    bni_progress_part(ctx, whole, 1, 2);
    BNI_TRY(balance_flips(ctx, b, y, b->part[0], ODD));
    bni_progress_pop(ctx, whole);
    return BINNET_OK;
}

const double *bni_balance_out(const bni_balance *b)
{
    return b->out;
}

int32_t bni_balance_flows(binnet_ctx *ctx, bni_balance *b, double *flow, const double *weight, size_t k,
                          const int32_t *group, const double *x)
{
    return bni_step_flows(ctx, b->step, flow, weight, k, group, x, b->part[0], b->part[1]);
}

/* What leaves each state, of which the inflow counts what stays in all but the deep ones. */
static void subtract_outflow(const bni_balance *b, double *r, const double *x)
{
    size_t S = (size_t)1 << b->chain->n;
    for (size_t s = 0, d = 0; s < S; s++) {
        int deep = d < b->n_deep && b->deep[d] == s;
        d += (size_t)deep;
        r[s] -= deep ? x[s] * b->out[s] : x[s];
    }
}

int32_t bni_balance_missing(binnet_ctx *ctx, bni_balance *b, double *r, double *flow, double *inflow,
                            const double *weight, size_t k, const int32_t *group, const double *x)
{
    size_t S = (size_t)1 << b->chain->n, groups = group != NULL ? k : 1;
    double *part = b->part[0], *image = b->part[1];
    BNI_TRY(bni_clear(ctx, r, S, sizeof *r));
    for (size_t c = 0; group != NULL && c < 2 * k * k; c++)
        flow[c] = 0;
    if (inflow != NULL)
        BNI_TRY(bni_clear(ctx, inflow, k * S, sizeof *inflow));
    for (size_t a = 0; a < groups; a++)
        for (int deep = 0; deep < 2; deep++) {
            double share = group != NULL ? weight[a] : 1;
            size_t d = 0, any = 0;
            if (!(share > 0) || (deep && b->n_deep == 0))
                continue;
            for (size_t s = 0; s < S; s++) {
                int is_deep = d < b->n_deep && b->deep[d] == s, in = group == NULL || group[s] == (int32_t)a;
                d += (size_t)is_deep;
                part[s] = in && is_deep == deep ? x[s] / share : 0;
                any += part[s] > 0;
            }
            if (any == 0)
                continue;
            BNI_TRY(apply_part(ctx, b, image, part, 2 * a + (size_t)deep, 2 * groups));
            for (size_t s = 0; group != NULL && s < S; s++)
                if (group[s] != (int32_t)a)
                    bni_pair_add(flow + 2 * (a * k + (size_t)group[s]), image[s]);
            for (d = 0; deep && d < b->n_deep; d++) { /* one by one: what stays does not count */
                image[b->deep[d]] = 0;
                for (size_t e = 0; e < b->n_deep; e++)
                    image[b->deep[d]] += part[b->deep[e]] * b->between[e * b->n_deep + d];
            }
            for (size_t s = 0; s < S; s++)
                r[s] += share * image[s];
            for (size_t s = 0; inflow != NULL && s < S; s++)
                inflow[a * S + s] += image[s];
            BNI_TRY(bni_poll(ctx, (double)(a + 1) / (double)groups));
        }
    if (group != NULL)
        bni_close_pairs(flow, k * k);
    subtract_outflow(b, r, x);
    return BINNET_OK;
}

int32_t bni_balance_missing_from(binnet_ctx *ctx, const bni_balance *b, double *r, const double *inflow,
                                 const double *weight, size_t k, const double *x)
{
    size_t S = (size_t)1 << b->chain->n;
    BNI_TRY(bni_clear(ctx, r, S, sizeof *r));
    for (size_t a = 0; a < k; a++) {
        for (size_t s = 0; s < S && weight[a] > 0; s++)
            r[s] += weight[a] * inflow[a * S + s];
        BNI_TRY(bni_poll(ctx, 1));
    }
    subtract_outflow(b, r, x);
    return BINNET_OK;
}

/* Flow into the states of a row from the states of the same group, one neuron after the other. */
static int32_t balance_row(binnet_ctx *ctx, bni_balance *b, double *x, size_t from, size_t count, const int32_t *group,
                           const unsigned char *rests)
{
    const binnet_chain *c = b->chain;
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    uint64_t state[BNI_ROW];
    double p[BNI_ROW], q[BNI_ROW], in[BNI_ROW] = {0};
    for (size_t i = 0; i < c->n; i++) {
        uint64_t bit = UINT64_C(1) << i;
        for (size_t k = 0; k < count; k++)
            state[k] = (from + k) ^ bit;
        if (!bni_probability_states(c, kern, p, q, i, state, count))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
        for (size_t k = 0; k < count; k++)
            if (group[state[k]] == group[from + k])
                in[k] += x[state[k]] * c->select[i] * (state[k] & bit ? q[k] : p[k]);
    }
    for (size_t k = 0; k < count; k++)
        if (!rests[from + k] && b->out[from + k] > 0)
            x[from + k] = in[k] / b->out[from + k];
    return BINNET_OK;
}

int32_t bni_balance_groups(binnet_ctx *ctx, bni_balance *b, double *x, const int32_t *group, const unsigned char *rests)
{
    size_t S = (size_t)1 << b->chain->n, row = S < BNI_ROW ? S : BNI_ROW;
    for (size_t s = 0; s < S; s++)
        x[s] = rests[s];
    for (size_t pass = 0; pass < b->chain->n; pass++) /* there and back: flips in any order get far in a pass */
        for (int back = 0; back < 2; back++)
            for (size_t r = 0; r < S / row; r++) {
                BNI_TRY(balance_row(ctx, b, x, (back ? S / row - 1 - r : r) * row, row, group, rests));
                double done = (double)(2 * pass) + back + (double)(r + 1) * (double)row / (double)S;
                BNI_TRY(bni_poll(ctx, done / (2 * (double)b->chain->n)));
            }
    return BINNET_OK;
}

int32_t bni_balance_figures(binnet_ctx *ctx, bni_balance *b, bni_solution *how, double *z, const double *x)
{
    size_t S = bni_chain_states(b->chain);
    BNI_TRY(balance_asynchronous(b->chain) ? balance_flips(ctx, b, z, x, ALL) : balance_deep(ctx, b, z, x, 1));
    double sum = 0, largest = 0, total = 0;
    size_t d = 0;
    for (size_t s = 0; s < S; s++) {
        int deep = balance_asynchronous(b->chain) || (d < b->n_deep && b->deep[d] == s);
        d += !balance_asynchronous(b->chain) && deep;
        total += x[s];
        double change = fabs(z[s] - x[s]), out = b->out[s] > 0 ? b->out[s] : 1;
        sum += deep ? change * out : change;
        if (x[s] > 1e-290)
            largest = fmax(largest, change / (deep ? x[s] : x[s] * out));
        if (s % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    if (!(fabs(total - 1) <= 1e-9))
        return bni_fail(ctx, BINNET_E_NOCONV, "the probabilities add up to %.3g", total);
    how->residual = sum;
    how->residual_relative = largest;
    return BINNET_OK;
}
