/*
 * Laws of some neurons' joint activities after each of many states: the operands of parallel updates.
 * The neurons are independent given the state: Pr(m) = prod_b (bit b of m ? p_b : q_b).   Source: THEORY 3.
 */
#include "chain/chain.h"

enum { LOW_BITS = 3, LOW = 1 << LOW_BITS, MOST_HIGH = 1 << (16 - LOW_BITS) };

/* v[m] for `bits` neurons, times v[0]. */
static void extend_law(double *v, const double *p, const double *q, size_t ld, int bits)
{
    for (int b = 0; b < bits; b++, p += ld, q += ld)
        for (size_t m = 0, half = (size_t)1 << b; m < half; m++) {
            v[m + half] = v[m] * *p;
            v[m] *= *q;
        }
}

void bni_law_panels(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                    const double *weight, size_t count)
{
    double low[LOW], high[MOST_HIGH];
    int few = bits < LOW_BITS ? bits : LOW_BITS;
    size_t width = (size_t)1 << (bits < BNI_PANEL_BITS ? bits : BNI_PANEL_BITS), lows = (size_t)1 << few;
    size_t blocks = ((size_t)1 << bits) / width, highs = width / lows;
    for (size_t k = 0; k < count; k++, out += width) {
        low[0] = 1;
        extend_law(low, p + k, q + k, ld, few);
        high[0] = weight != NULL ? weight[k] : 1;
        extend_law(high, p + (size_t)few * ld + k, q + (size_t)few * ld + k, ld, bits - few);
        if (few < LOW_BITS) {
            for (size_t m = 0; m < lows; m++)
                out[m] = high[0] * low[m];
            continue;
        }
        for (size_t block = 0; block < blocks; block++)
            for (size_t h = 0; h < highs; h++) {
                double *to = out + block * stride + h * LOW, factor = high[block * highs + h];
                for (size_t m = 0; m < LOW; m++)
                    to[m] = factor * low[m];
            }
    }
}
