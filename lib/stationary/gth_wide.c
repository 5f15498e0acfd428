/*
 * Elimination without subtraction on numbers beyond the range of double (num/wide.h): the judge and the last resort, for
 * chains whose balance hangs on probabilities that underflow. As gth.c, unblocked; some 2 ns a step of the inner loop.
 * Source: Grassmann, Taksar & Heyman, Oper. Res. 33 (1985) 1107.
 */
#include "stationary/stationary.h"

int32_t bni_gth_wide(binnet_ctx *ctx, double *pi_m, double *pi_e, size_t m, double *P_m, double *P_e)
{
    for (size_t k = m; k-- > 1;) {
        double *row_m = P_m + k * m, *row_e = P_e + k * m;
        bni_wide out = bni_wide_sum(row_m, row_e, k);
        if (!(out.m > 0))
            return bni_fail(ctx, BINNET_E_UNDERFLOW, "a set of states cannot be left");
        for (size_t i = 0; i < k; i++) {
            bni_wide f = bni_wide_div((bni_wide){P_m[i * m + k], P_e[i * m + k]}, out);
            P_m[i * m + k] = f.m;
            P_e[i * m + k] = f.e;
            if (f.m > 0)
                bni_wide_add_multiple(P_m + i * m, P_e + i * m, row_m, row_e, f, k);
            if (i % 64 == 0) {
                double left = (double)k / (double)m;
                BNI_TRY(bni_poll(ctx, 1 - left * left * left));
            }
        }
    }
    /* pi_k = sum_{j<k} pi_j P[j][k], the columns being scaled already */
    for (size_t k = 0; k < m; k++) {
        pi_m[k] = k == 0;
        pi_e[k] = k == 0 ? 0 : BNI_WIDE_ZERO_EXPONENT;
    }
    for (size_t j = 0; j + 1 < m; j++)
        if (pi_m[j] > 0)
            bni_wide_add_multiple(pi_m + j + 1, pi_e + j + 1, P_m + j * m + j + 1, P_e + j * m + j + 1,
                                  (bni_wide){pi_m[j], pi_e[j]}, m - j - 1);
    bni_wide total = bni_wide_sum(pi_m, pi_e, m);
    for (size_t k = 0; k < m; k++) {
        bni_wide p = bni_wide_div((bni_wide){pi_m[k], pi_e[k]}, total);
        pi_m[k] = p.m;
        pi_e[k] = p.e;
    }
    return BINNET_OK;
}
