/*
 * Expansions about independent neurons at t: Plefka[t-1,t] and Plefka[t], orders 1 and 2. The first is the second with
 * independent neurons before.
 */
#include "approx/plefka.h"
#include "num/dense.h"

#include <math.h>

/* third[i][l] = E[x_i x_i A_l], central: of three different neurons 0; E[(dA_j)^2 dA_l] = (1 - 2 q_j) C_jl always. */
static int32_t fill_third_moments(binnet_ctx *ctx, bni_plefka *p)
{
    size_t n = p->n;
    const bni_moments *m = &p->now;
    if (p->expansion == BINNET_PLEFKA_TAP) {
        for (size_t i = 0; i < n; i++)
            for (size_t l = 0; l < n; l++)
                p->third[i * n + l] = p->k[i * n + l] * p->kc[i * n + l] * (m->silent[l] - m->active[l]);
        return BINNET_OK;
    }
    for (size_t i = 0; i < n; i++) {
        BNI_TRY(bni_poll(ctx, 0));
        for (size_t j = 0; j < n; j++)
            p->work[i * n + j] = p->k[i * n + j] * p->k[i * n + j] * (m->silent[j] - m->active[j]);
    }
    BNI_TRY(bni_dense_product(ctx, p->third, n, p->work, n, m->cov, n, n, n, n, 0));
    for (size_t i = 0; i < n; i++) {
        BNI_TRY(bni_poll(ctx, 0));
        for (size_t l = 0; l < n; l++) {
            double k = p->k[i * n + l], others = p->kc[i * n + l] - k * m->cov[l * n + l];
            p->third[i * n + l] += 2 * k * others * (m->silent[l] - m->active[l]);
        }
    }
    return BINNET_OK;
}

int32_t bni_plefka_independent(binnet_ctx *ctx, bni_plefka *p, int order)
{
    size_t n = p->n;
    bni_moments *to = &p->next;
    if (order == 2)
        BNI_TRY(fill_third_moments(ctx, p));
    for (size_t i = 0; i < n; i++) {
        bni_tap_solve(&to->active[i], &to->silent[i], p->x[i], order == 2 ? p->q[i * n + i] : 0);
        double a = to->active[i], b = to->silent[i];
        for (size_t l = 0; l < n; l++)
            p->now.lag[l * n + i] = a * b * (p->kc[i * n + l] + (order == 2 ? 0.5 * (b - a) * p->third[i * n + l] : 0));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double v = to->active[i] * to->silent[i], w = to->active[j] * to->silent[j];
            to->cov[i * n + j] = to->cov[j * n + i] = i == j ? v : order == 2 ? v * w * p->q[i * n + j] : 0;
        }
    return bni_poll(ctx, 0);
}
