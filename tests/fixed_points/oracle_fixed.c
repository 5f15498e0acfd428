/* Fixed points from the definition. */
#include "oracle_fixed.h"

exact_net random_exact_net(dice *d, size_t n, size_t in_degree, int tiny, int32_t tie)
{
    static const int norms[] = {1, 1, 2, 4, 3, 5};
    exact_net x = {.n = n, .parts = 8, .n_pop = 1 + roll_to(d, MOST_POP), .tie = tie};
    int coarse = 1 + (int)roll_to(d, 2) * 7; /* eighths, or whole numbers: many ties */
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (in_degree > 0 && roll(d) * (double)n > (double)in_degree)
                continue;
            x.whole[i][j] = coarse * ((int)roll_to(d, 9) - 4);
            if (tiny && roll(d) < 0.5) {
                x.tiny[i][j] = (int)roll_to(d, 5) - 2;
                if (roll(d) < 0.5)
                    x.whole[i][j] = 0;
                else
                    x.tiny[i][j] = 0; /* a double has one of them only */
            }
        }
        if (roll(d) < (tiny == 2 ? 0.1 : 0.6))
            x.whole[i][i] = x.tiny[i][i] = 0;
        else if (tiny == 2) {
            x.whole[i][i] = coarse * 4;
            x.tiny[i][i] = 0;
        }
        x.theta[i] = coarse * ((int)roll_to(d, 5) - 2);
        x.I[i] = coarse * ((int)roll_to(d, 3) - 1);
        x.M[i] = tiny ? 1 : norms[roll_to(d, 6)];
        x.pop[i] = (int32_t)(i < x.n_pop ? i : roll_to(d, x.n_pop));
    }
    return x;
}

binnet_net *library_net(binnet_ctx *ctx, const exact_net *x, int dense)
{
    double J[MOST_N * MOST_N], w[MOST_N * MOST_N], theta[MOST_N], I[MOST_N], M[MOST_N];
    int64_t row[MOST_N + 1] = {0};
    int32_t col[MOST_N * MOST_N];
    size_t e = 0;
    for (size_t i = 0; i < x->n; i++) {
        for (size_t j = 0; j < x->n; j++) {
            J[i * x->n + j] = x->whole[i][j] / x->parts + x->tiny[i][j] * 0x1p-80;
            if (J[i * x->n + j] != 0 || (i + j) % 7 == 0) { /* a stored 0 is no connection either */
                col[e] = (int32_t)j;
                w[e++] = J[i * x->n + j];
            }
        }
        row[i + 1] = (int64_t)e;
        theta[i] = x->theta[i] / x->parts;
        I[i] = x->I[i] / x->parts;
        M[i] = x->M[i];
    }
    binnet_net *net, *other;
    if (dense)
        OK(binnet_net_new(ctx, &net, x->n, J, M, theta, I));
    else
        OK(binnet_net_new_csr(ctx, &net, x->n, row, col, w, M, theta, I));
    OK(binnet_net_with_populations(ctx, &other, net, x->n_pop, x->pop));
    binnet_net_free(net);
    OK(binnet_net_with_tie(ctx, &net, other, x->tie));
    binnet_net_free(other);
    return net;
}

int oracle_sign(const exact_net *x, size_t i, uint64_t A, int I, int I_tiny)
{
    int whole = x->M[i] * (I - x->theta[i]), tiny = x->M[i] * I_tiny;
    for (size_t j = 0; j < x->n; j++)
        if (A >> j & 1) {
            whole += x->whole[i][j];
            tiny += x->tiny[i][j];
        }
    int decisive = whole != 0 ? whole : tiny;
    return (decisive > 0) - (decisive < 0);
}

int oracle_stays(const exact_net *x, size_t i, uint64_t A, int I, int I_tiny)
{
    int sign = oracle_sign(x, i, A, I, I_tiny), active = (int)(A >> i & 1);
    if (sign != 0)
        return (sign > 0) == active;
    return x->tie == BINNET_TIE_KEEP || (x->tie == BINNET_TIE_ACTIVE) == active;
}

/* Whole numbers divide with one rounding. Tenths are at least 2^-57 in their last bit and sums below 2^6, which a long
 * double of 64 bits holds: one rounding too, at the end. */
double oracle_current(const exact_net *x, size_t i, uint64_t A)
{
    int whole = 0;
    long double c = x->theta[i] / x->parts;
    for (size_t j = 0; j < x->n; j++)
        if (A >> j & 1) {
            whole += x->whole[i][j];
            c -= x->whole[i][j] / x->parts;
        }
    return x->parts == 10 ? (double)c : (double)(x->theta[i] * x->M[i] - whole) / x->M[i] / 8;
}
