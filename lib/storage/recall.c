/*
 * Exact recall by products: single transitions, sequences, cycles.
 * Times inside a cycle by eliminating its states one by one without subtraction, what leaves it being known by itself.
 * Source: [FCP18] sec. 2; W. K. Grassmann, M. I. Taksar & D. P. Heyman, Oper. Res. 33 (1985) 1107.
 */
#include "storage/storage.h"

#include <math.h>
#include <string.h>

/* Of every neuron after a state: log(Pr) of what it should do is summed for the failure, Pr is multiplied. */
static int32_t transition_law(binnet_ctx *ctx, double *p, double *failure, const bni_dynamics *d, const uint8_t *from,
                              const uint8_t *to)
{
    double product = 1, logarithm = 0;
    for (size_t i = 0; i < d->n; i++) {
        double fires, silent;
        BNI_TRY(bni_dynamics_fires(ctx, &fires, &silent, d, i, from));
        product *= to[i] ? fires : silent;
        logarithm += log1p(-(to[i] ? silent : fires));
        if (i % 256 == 255)
            BNI_TRY(bni_poll(ctx, 0));
    }
    *p = product;
    *failure = 0 - expm1(logarithm); /* 0, never -0 */
    return bni_poll(ctx, 0);
}

int32_t binnet_recall_transitions(binnet_ctx *ctx, double *p, double *failure, size_t n_transitions, size_t n,
                                  const uint8_t *from, const uint8_t *to, const binnet_net *net,
                                  const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(bni_need(ctx, from, "from"));
    BNI_TRY(bni_need(ctx, to, "to"));
    bni_dynamics d;
    BNI_TRY(bni_dynamics_new(ctx, &d, net, noise, n, 16 * (double)n_transitions));
    double *law = bni_new(ctx, 2 * n_transitions, sizeof *law);
    int32_t status = law == NULL ? BINNET_E_NOMEM : bni_need_activities(ctx, from, n, n_transitions, "from");
    if (status == BINNET_OK)
        status = bni_need_activities(ctx, to, n, n_transitions, "to");
    for (size_t l = 0; l < n_transitions && status == BINNET_OK; l++)
        status = transition_law(ctx, law + l, law + n_transitions + l, &d, from + l * n, to + l * n);
    for (size_t l = 0; l < n_transitions && status == BINNET_OK; l++) {
        p[l] = law[l];
        if (failure != NULL)
            failure[l] = law[n_transitions + l];
    }
    bni_delete(&ctx->mem, law);
    bni_dynamics_free(&d);
    return status;
}

typedef struct path_work {
    size_t n, T;
    double *q, *fails; /* [T] of each transition of the path */
    double *P;         /* [T][T] */
    double *leak, *visits;
    double *fires, *silent; /* [T][n] */
} path_work;

static void path_buffers(bni_plan *plan, void *object)
{
    path_work *w = object;
    BNI_BUFFER(plan, w->q, w->T);
    BNI_BUFFER(plan, w->fails, w->T);
    BNI_BUFFER(plan, w->P, w->T * w->T);
    BNI_BUFFER(plan, w->leak, w->T);
    BNI_BUFFER(plan, w->visits, w->T);
    BNI_BUFFER(plan, w->fires, w->T * w->n);
    BNI_BUFFER(plan, w->silent, w->T * w->n);
}

/* P(s, t) within the cycle and what leaves it; state s + 1 follows s. */
static int32_t set_cycle(binnet_ctx *ctx, path_work *w, const bni_dynamics *d, const uint8_t *state)
{
    for (size_t s = 0; s < w->T; s++)
        for (size_t i = 0; i < w->n; i++)
            BNI_TRY(bni_dynamics_fires(ctx, w->fires + s * w->n + i, w->silent + s * w->n + i, d, i, state + s * w->n));
    for (size_t s = 0; s < w->T; s++) {
        double jumps = 0;
        for (size_t t = 0; t < w->T; t++) {
            double product = 1;
            for (size_t i = 0; i < w->n; i++)
                product *= (state[t * w->n + i] ? w->fires : w->silent)[s * w->n + i];
            w->P[s * w->T + t] = product;
            if (t != (s + 1) % w->T)
                jumps += product;
        }
        w->leak[s] = w->fails[s] - jumps;
        w->visits[s] = 1;
        if (w->fails[s] > 0 && !(w->leak[s] > 1e-6 * w->fails[s]))
            return bni_fail(
                ctx, BINNET_E_UNDERFLOW,
                "from state %zu of the cycle %g of all failures lead back into it: what leaves it is lost in rounding",
                s, jumps / w->fails[s]);
        BNI_TRY(bni_poll(ctx, (double)s / (double)w->T));
    }
    return BINNET_OK;
}

/* Expected visits from state 0: states are taken out from the last on. */
static int32_t expected_inside(binnet_ctx *ctx, double *inside, path_work *w)
{
    size_t T = w->T;
    for (size_t k = T; k-- > 0;) {
        double *row = w->P + k * T, out = w->leak[k];
        for (size_t t = 0; t < k; t++)
            out += row[t];
        if (!(out > 0)) {
            *inside = INFINITY;
            return BINNET_OK;
        }
        if (k == 0) {
            *inside = w->visits[0] / out;
            break;
        }
        for (size_t s = 0; s < k; s++) {
            double by = w->P[s * T + k] / out;
            for (size_t t = 0; t < k; t++)
                w->P[s * T + t] += by * row[t];
            w->leak[s] += by * w->leak[k];
            w->visits[s] += by * w->visits[k];
        }
        BNI_TRY(bni_poll(ctx, 0.5));
    }
    return BINNET_OK;
}

static int32_t check_path(binnet_ctx *ctx, size_t n_states, size_t n, const uint8_t *state, int32_t cyclic,
                          uint64_t rounds)
{
    BNI_TRY(bni_need(ctx, state, "state"));
    if (cyclic != 0 && cyclic != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "cyclic is %d, allowed is 0 or 1", (int)cyclic);
    if (n_states < (cyclic ? 1 : 2) || n_states > INT32_MAX)
        return bni_fail(ctx, BINNET_E_RANGE, "n_states is %zu: a cycle has at least 1 state, a sequence 2", n_states);
    if (!cyclic && rounds != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "rounds is %llu: a sequence happens once", (unsigned long long)rounds);
    BNI_TRY(bni_need_activities(ctx, state, n, n_states, "state"));
    for (size_t t = 0; cyclic && t < n_states; t++) {
        for (size_t s = 0; s < t; s++)
            if (memcmp(state + s * n, state + t * n, n) == 0)
                return bni_fail(ctx, BINNET_E_RANGE, "states %zu and %zu of the cycle are the same", s, t);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static void tell_path(double *whole, double *failure, double *followed, const path_work *w, size_t steps, int cyclic,
                      uint64_t rounds)
{
    double product = 1, logarithm = 0, sum = 0;
    for (size_t t = 0; t < steps; t++) {
        sum += product;
        product *= w->q[t];
        logarithm += log1p(-w->fails[t]);
    }
    double times = (double)rounds, power = product > 0.5 ? exp(times * logarithm) : pow(product, times);
    if (whole != NULL)
        *whole = rounds == 1 ? product : power;
    if (failure != NULL)
        *failure = rounds == 0 ? 0 : 0 - expm1(times * logarithm);
    if (followed != NULL)
        *followed = cyclic ? sum / (0 - expm1(logarithm)) : sum;
}

int32_t binnet_recall_path(binnet_ctx *ctx, double *whole, double *failure, double *followed, double *inside,
                           size_t n_states, size_t n, const uint8_t *state, int32_t cyclic, uint64_t rounds,
                           const binnet_net *net, const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, net, "net"));
    if (net->n != n)
        return bni_fail(ctx, BINNET_E_SIZE, "the network is of %zu neurons, n is %zu", net->n, n);
    BNI_TRY(check_path(ctx, n_states, n, state, cyclic, rounds));
    path_work w = {.n = n, .T = n_states};
    bni_dynamics d;
    BNI_TRY(bni_dynamics_new(ctx, &d, net, noise, n, bni_plan_bytes(path_buffers, &w)));
    int32_t status = bni_plan_make(ctx, path_buffers, &w);
    size_t steps = cyclic ? n_states : n_states - 1;
    for (size_t t = 0; t < steps && status == BINNET_OK; t++)
        status = transition_law(ctx, w.q + t, w.fails + t, &d, state + t * n, state + (t + 1) % n_states * n);
    double times = NAN;
    if (status == BINNET_OK && cyclic && inside != NULL) {
        status = set_cycle(ctx, &w, &d, state);
        if (status == BINNET_OK)
            status = expected_inside(ctx, &times, &w);
    }
    if (status == BINNET_OK) {
        tell_path(whole, failure, followed, &w, steps, cyclic, rounds);
        if (inside != NULL)
            *inside = times;
    }
    bni_plan_release(&ctx->mem, path_buffers, &w);
    bni_dynamics_free(&d);
    return status;
}
