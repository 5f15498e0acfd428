/*
 * Plefka2[t]: a neuron at t together with one at t - 1 (lagged covariances, means) or another at t (covariances). What the second
 * one does moves the mean input of the first exactly linearly, A_l being binary: E[x_i | A_l] = E x_i + (A_l - q_l) Cov(x_i, A_l) / v_l;
 * given it, the first follows TAP with the variance that is left.
 */
#include "approx/plefka.h"

#include <math.h>

/* The TAP probabilities of neuron i when the other, of mean `active`, fires and rests; slope: what its firing adds to the input. */
typedef struct split {
    double fires[2], rests[2]; /* [the other's activity] */
} split;

static split split_neuron(double x, double slope, double variance, double active, double silent)
{
    split s;
    bni_tap_solve(&s.fires[1], &s.rests[1], x + silent * slope, variance);
    bni_tap_solve(&s.fires[0], &s.rests[0], x - active * slope, variance);
    return s;
}

/* The difference of the two, from the rarer side. */
static double split_difference(const split *s)
{
    return s->fires[0] + s->fires[1] < s->rests[0] + s->rests[1] ? s->fires[1] - s->fires[0]
                                                                 : s->rests[0] - s->rests[1];
}

int32_t bni_plefka_pairs(binnet_ctx *ctx, bni_plefka *p)
{
    size_t n = p->n;
    const bni_moments *now = &p->now;
    bni_moments *to = &p->next;
    for (size_t i = 0; i < n; i++) {
        double active = 0, silent = 0;
        for (size_t l = 0; l < n; l++) {
            double a = now->active[l], b = now->silent[l], v = a * b, kc = p->kc[i * n + l];
            double slope = v > 0 ? kc / v : 0;
            split s = split_neuron(p->x[i], slope, fmax(p->q[i * n + i] - kc * slope, 0), a, b);
            active += a * s.fires[1] + b * s.fires[0];
            silent += a * s.rests[1] + b * s.rests[0];
            p->now.lag[l * n + i] = v * split_difference(&s);
        }
        to->active[i] = active / (double)n;
        to->silent[i] = silent / (double)n;
        BNI_TRY(bni_poll(ctx, 0));
    }
    /* Cov(x_i, A_k(t)) = v_k Q_ik to second order. */
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            double a = to->active[k], b = to->silent[k];
            split s = split_neuron(p->x[i], p->q[i * n + k], p->q[i * n + i], a, b);
            p->work[i * n + k] = a * b * split_difference(&s);
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++)
            to->cov[i * n + k] = to->cov[k * n + i] = i == k ? to->active[i] * to->silent[i]
                                                             : 0.5 * (p->work[i * n + k] + p->work[k * n + i]);
    return BINNET_OK;
}
