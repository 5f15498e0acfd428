/*
 * One factor of a law put in and old values summed out: the pass of variable elimination. This defines the result.
 * Source: THEORY 3, sparse synchronous step.
 */
#include "kernels/parts.h"

void bni_contract_reference(double *u, size_t ldu, const double *x, size_t rows, size_t len, size_t terms,
                            const double *table, const uint32_t *offset, int wide)
{
    size_t entry = wide ? 2 * BNI_LINE : 2, lane = wide != 0;
    for (size_t r = 0; r < rows; r++, x += terms * len, u += 2 * ldu)
        for (size_t k = 0; k < len; k++) {
            const double *q = table + offset[k / BNI_LINE] + lane * (k % BNI_LINE), *p = q + entry / 2;
            double silent = x[k] * *q, active = x[k] * *p;
            for (size_t t = 1; t < terms; t++) {
                silent += x[t * len + k] * q[t * entry];
                active += x[t * len + k] * p[t * entry];
            }
            u[k] = silent;
            u[ldu + k] = active;
        }
}
