#include "oracle.h"

#include <string.h>

system_t random_system(dice *d, size_t n, int32_t update, int32_t noise, int frozen)
{
    system_t s = {.n = n, .update = update, .noise = noise, .dof = roll_in(d, 1, 6), .tie = (int32_t)roll_to(d, 3)};
    int sparse = roll(d) < 0.4, self = roll(d) < 0.5, integer = frozen && roll(d) < 0.7;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            int absent = (sparse && roll(d) < 0.6) || (i == j && !self);
            double w = integer ? (double)roll_to(d, 3) - 1 : roll_in(d, -1, 1);
            s.J[i * n + j] = absent ? 0 : w;
        }
        s.M[i] = roll(d) < 0.5 ? 1 : roll_in(d, 0.5, 3);
        s.theta[i] = integer ? (double)roll_to(d, 2) : roll_in(d, -0.5, 0.5);
        s.I[i] = integer ? (double)roll_to(d, 2) : roll_in(d, -0.5, 0.5);
        s.scale[i] = frozen && roll(d) < 0.7 ? 0 : roll_in(d, 0.2, 1.5);
        s.select[i] = roll_in(d, 0.2, 1);
        sum += s.select[i];
        s.order[i] = (int32_t)i;
    }
    for (size_t i = 0; i < n; i++) {
        s.select[i] /= sum;
        size_t k = i + roll_to(d, n - i);
        int32_t t = s.order[i];
        s.order[i] = s.order[k];
        s.order[k] = t;
    }
    s.n_blocks = 1 + roll_to(d, n);
    for (size_t i = 0; i < n; i++)
        s.block[s.order[i]] = (int32_t)(i < s.n_blocks ? i : roll_to(d, s.n_blocks)); /* none is empty */
    return s;
}

static double skew_cdf(void *user, double x)
{
    (void)user;
    return x < 0 ? 0.3 * exp(1.3 * x) : 1 - 0.7 * exp(-0.6 * x);
}

static double skew_survival(void *user, double x)
{
    (void)user;
    return x < 0 ? 1 - 0.3 * exp(1.3 * x) : 0.7 * exp(-0.6 * x);
}

binnet_chain *system_chain(binnet_ctx *ctx, const system_t *s)
{
    binnet_net *net, *tied;
    binnet_noise *noise;
    binnet_chain *chain;
    OK(binnet_net_new(ctx, &net, s->n, s->J, s->M, s->theta, s->I));
    OK(binnet_net_with_tie(ctx, &tied, net, s->tie));
    switch (s->noise) {
    case BINNET_NOISE_GAUSSIAN:
        OK(binnet_noise_new_gaussian(ctx, &noise, s->n, s->scale));
        break;
    case BINNET_NOISE_LOGISTIC:
        OK(binnet_noise_new_logistic(ctx, &noise, s->n, s->scale));
        break;
    case BINNET_NOISE_UNIFORM:
        OK(binnet_noise_new_uniform(ctx, &noise, s->n, s->scale));
        break;
    case BINNET_NOISE_LAPLACE:
        OK(binnet_noise_new_laplace(ctx, &noise, s->n, s->scale));
        break;
    case BINNET_NOISE_CUSTOM:
        OK(binnet_noise_new_custom(ctx, &noise, s->n, s->scale, skew_cdf, s->cdf_alone ? NULL : skew_survival, NULL,
                                   NULL));
        break;
    default:
        OK(binnet_noise_new_student_t(ctx, &noise, s->n, s->scale, s->dof));
        break;
    }
    switch (s->update) {
    case BINNET_UPDATE_ASYNCHRONOUS:
        OK(binnet_chain_new_asynchronous(ctx, &chain, tied, noise, s->select));
        break;
    case BINNET_UPDATE_SWEEP:
        OK(binnet_chain_new_sweep(ctx, &chain, tied, noise, s->order));
        break;
    case BINNET_UPDATE_BLOCKS:
        OK(binnet_chain_new_blocks(ctx, &chain, tied, noise, s->n_blocks, s->block));
        break;
    default:
        OK(binnet_chain_new(ctx, &chain, tied, noise, s->update));
        break;
    }
    binnet_net_free(net);
    binnet_net_free(tied);
    binnet_noise_free(noise);
    return chain;
}

/* Pr(i fires, or is silent) in state A. Each is computed by itself, so that tiny ones keep their digits. */
static double chance(const system_t *s, size_t i, uint64_t A, int fires)
{
    double h = 0;
    for (size_t j = 0; j < s->n; j++)
        h += A >> j & 1 ? s->J[i * s->n + j] : 0;
    h = h / s->M[i] + s->I[i] - s->theta[i];
    if (s->scale[i] == 0) {
        /* the sum above is rounded: a drive of exactly 0 is only tested with small integers, where it is not */
        int on = h > 0 || (h == 0 && (s->tie == BINNET_TIE_ACTIVE || (s->tie == BINNET_TIE_KEEP && (A >> i & 1))));
        return on == fires;
    }
    if (s->noise == BINNET_NOISE_CUSTOM) {
        double x = -h / s->scale[i];
        return !fires ? skew_cdf(NULL, x) : s->cdf_alone ? 1 - skew_cdf(NULL, x) : skew_survival(NULL, x);
    }
    double z = (fires ? h : -h) / s->scale[i], survival; /* the other laws are symmetric */
    switch (s->noise) {
    case BINNET_NOISE_GAUSSIAN:
        return 0.5 * erfc(-z / sqrt(2));
    case BINNET_NOISE_LOGISTIC:
        return 1 / (1 + exp(-z));
    case BINNET_NOISE_UNIFORM:
        return fmin(fmax((1 + z) / 2, 0), 1);
    case BINNET_NOISE_LAPLACE:
        return z < 0 ? exp(z) / 2 : 1 - exp(-z) / 2;
    default:
        break;
    }
    binnet_ctx *ctx; /* Student t: its cdf is tested in tests/num */
    binnet_noise *noise;
    OK(binnet_ctx_new(&ctx));
    OK(binnet_noise_new_student_t(ctx, &noise, 1, &(double){1}, s->dof));
    OK(binnet_noise_eval(ctx, NULL, &survival, NULL, noise, -z));
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
    return survival;
}

/* All neurons of a set at once. */
static void stage_matrix(double *P, const system_t *s, uint64_t set)
{
    size_t S = (size_t)1 << s->n;
    for (uint64_t a = 0; a < S; a++)
        for (uint64_t b = 0; b < S; b++) {
            double p = ((a ^ b) & ~set) == 0;
            for (size_t i = 0; i < s->n && p > 0; i++)
                if (set >> i & 1)
                    p *= chance(s, i, a, (int)(b >> i & 1));
            P[a * S + b] = p;
        }
}

void oracle_matrix(double *P, const system_t *s)
{
    size_t n = s->n, S = (size_t)1 << n;
    double *Q = malloc(2 * S * S * sizeof *Q), *R = Q + S * S;
    ck_assert(Q != NULL);
    if (s->update == BINNET_UPDATE_SYNCHRONOUS) {
        stage_matrix(P, s, S - 1);
    } else if (s->update == BINNET_UPDATE_ASYNCHRONOUS) {
        memset(P, 0, S * S * sizeof *P);
        for (size_t i = 0; i < n; i++) {
            stage_matrix(Q, s, UINT64_C(1) << i);
            for (size_t k = 0; k < S * S; k++)
                P[k] += s->select[i] * Q[k];
        }
    } else {
        size_t stages = s->update == BINNET_UPDATE_SWEEP ? n : s->n_blocks;
        for (size_t k = 0; k < S * S; k++)
            P[k] = k / S == k % S;
        for (size_t stage = 0; stage < stages; stage++) {
            uint64_t set = 0;
            if (s->update == BINNET_UPDATE_SWEEP)
                set = UINT64_C(1) << s->order[stage];
            else
                for (size_t i = 0; i < n; i++)
                    set |= s->block[i] == (int32_t)stage ? UINT64_C(1) << i : 0;
            stage_matrix(Q, s, set);
            for (size_t a = 0; a < S; a++)
                for (size_t b = 0; b < S; b++) {
                    double sum = 0;
                    for (size_t c = 0; c < S; c++)
                        sum += P[a * S + c] * Q[c * S + b];
                    R[a * S + b] = sum;
                }
            memcpy(P, R, S * S * sizeof *P);
        }
    }
    free(Q);
}

void oracle_stationary(double *pi, long double *P, size_t S)
{
    for (size_t k = S - 1; k > 0; k--) {
        long double sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += P[k * S + j];
        for (size_t i = 0; i < k; i++)
            P[i * S + k] /= sum;
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++)
                P[i * S + j] += i != j ? P[i * S + k] * P[k * S + j] : 0;
    }
    long double *x = malloc(S * sizeof *x), total = 1;
    ck_assert(x != NULL);
    x[0] = 1;
    for (size_t k = 1; k < S; k++) {
        x[k] = 0;
        for (size_t i = 0; i < k; i++)
            x[k] += x[i] * P[i * S + k];
        total += x[k];
    }
    for (size_t k = 0; k < S; k++)
        pi[k] = (double)(x[k] / total);
    free(x);
}

size_t oracle_classes(int32_t *class_of, const double *P, size_t S)
{
    unsigned char *reach = malloc(S * S);
    ck_assert(reach != NULL);
    for (size_t k = 0; k < S * S; k++)
        reach[k] = P[k] > 0 || k / S == k % S;
    for (size_t c = 0; c < S; c++)
        for (size_t a = 0; a < S; a++)
            for (size_t b = 0; reach[a * S + c] && b < S; b++)
                reach[a * S + b] |= reach[c * S + b];
    size_t count = 0;
    for (size_t a = 0; a < S; a++) {
        class_of[a] = -1;
        int closed = 1;
        for (size_t b = 0; b < S; b++)
            closed &= !reach[a * S + b] || reach[b * S + a];
        if (!closed)
            continue;
        for (size_t b = 0; b < a; b++)
            if (reach[a * S + b])
                class_of[a] = class_of[b];
        if (class_of[a] < 0)
            class_of[a] = (int32_t)count++;
    }
    free(reach);
    return count;
}
