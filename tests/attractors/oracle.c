#include "oracle.h"

#include <string.h>

system_t random_system(dice *d, size_t n, int kind, int32_t tie)
{
    system_t s = {.n = n, .tie = tie, .unit = kind == DECIMALS ? 0x1p-55 : kind == FINE ? 0x1p-40 : 1};
    int64_t *part[3] = {s.J, s.theta, s.I};
    size_t length[3] = {n * n, n, n};
    for (int p = 0; p < 3; p++)
        for (size_t k = 0; k < length[p]; k++) {
            int64_t small = (int64_t)roll_to(d, 7) - 3;
            if (kind == DECIMALS) /* the integer behind the double nearest to small / 10 */
                part[p][k] = (int64_t)((double)small / 10 * 0x1p55);
            else if (kind == FINE)
                part[p][k] = (int64_t)roll_in(d, -0x1p41, 0x1p41);
            else
                part[p][k] = kind == SPARSE && p == 0 && roll(d) < 0.7 ? 0 : small;
        }
    for (size_t i = 0; i < n; i++)
        s.M[i] = 1 + (int64_t)roll_to(d, 3);
    return s;
}

static void scaled(double *to, const int64_t *from, size_t n, double unit)
{
    for (size_t k = 0; k < n; k++)
        to[k] = (double)from[k] * unit;
}

static binnet_net *with_tie(binnet_ctx *ctx, binnet_net *net, int32_t tie)
{
    binnet_net *other;
    OK(binnet_net_with_tie(ctx, &other, net, tie));
    binnet_net_free(net);
    return other;
}

binnet_net *dense_net(binnet_ctx *ctx, const system_t *s)
{
    double J[MOST * MOST], M[MOST], theta[MOST], I[MOST];
    binnet_net *net;
    scaled(J, s->J, s->n * s->n, s->unit);
    scaled(M, s->M, s->n, 1);
    scaled(theta, s->theta, s->n, s->unit);
    scaled(I, s->I, s->n, s->unit);
    OK(binnet_net_new(ctx, &net, s->n, J, M, theta, I));
    return with_tie(ctx, net, s->tie);
}

binnet_net *csr_net(binnet_ctx *ctx, const system_t *s)
{
    double w[MOST * MOST], M[MOST], theta[MOST], I[MOST];
    int64_t row_ptr[MOST + 1] = {0};
    int32_t col[MOST * MOST];
    binnet_net *net;
    size_t entries = 0;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < s->n; j++)
            if (s->J[i * s->n + j] != 0) {
                w[entries] = (double)s->J[i * s->n + j] * s->unit;
                col[entries++] = (int32_t)j;
            }
        row_ptr[i + 1] = (int64_t)entries;
    }
    scaled(M, s->M, s->n, 1);
    scaled(theta, s->theta, s->n, s->unit);
    scaled(I, s->I, s->n, s->unit);
    OK(binnet_net_new_csr(ctx, &net, s->n, row_ptr, col, w, M, theta, I));
    return with_tie(ctx, net, s->tie);
}

int64_t oracle_drive(const system_t *s, size_t i, uint32_t state)
{
    int64_t h = s->M[i] * (s->I[i] - s->theta[i]);
    for (size_t j = 0; j < s->n; j++)
        if (state >> j & 1)
            h += s->J[i * s->n + j];
    return h;
}

uint32_t oracle_next(const system_t *s, uint32_t state)
{
    uint32_t next = 0;
    for (size_t i = 0; i < s->n; i++) {
        int64_t h = oracle_drive(s, i, state);
        uint32_t at_zero = s->tie == BINNET_TIE_ACTIVE ? 1 : s->tie == BINNET_TIE_SILENT ? 0 : state >> i & 1;
        next |= (h > 0 ? 1 : h < 0 ? 0 : at_zero) << i;
    }
    return next;
}

fate oracle_fate(const uint32_t *next, size_t states, uint32_t state)
{
    static uint32_t when[1 << MOST];
    uint32_t t = 0;
    for (size_t s = 0; s < states; s++)
        when[s] = UINT32_MAX;
    for (; when[state] == UINT32_MAX; state = next[state])
        when[state] = t++;
    fate f = {.least = state, .period = t - when[state], .steps = when[state]};
    for (uint32_t k = 0; k < f.period; k++, state = next[state])
        f.least = state < f.least ? state : f.least;
    return f;
}

void oracle_reach(unsigned char *can, const system_t *s)
{
    size_t S = (size_t)1 << s->n;
    uint32_t next[1 << MOST];
    for (uint32_t a = 0; a < S; a++)
        next[a] = oracle_next(s, a);
    memset(can, 0, S * S);
    for (size_t a = 0; a < S; a++)
        can[a * S + a] = 1;
    for (int grew = 1; grew;) {
        grew = 0;
        for (size_t a = 0; a < S; a++)
            for (size_t b = 0; b < S; b++)
                for (size_t i = 0; can[a * S + b] && i < s->n; i++) {
                    size_t c = b ^ ((next[b] ^ b) & (size_t)1 << i);
                    grew |= !can[a * S + c];
                    can[a * S + c] = 1;
                }
    }
}
