/*
 * Laws of some neurons' joint activities after each of many states, the operands of parallel updates, and their products.
 * The neurons are independent given the state: Pr(m) = prod_b (bit b of m ? p_b : q_b).   Source: THEORY 3.
 */
#include "chain/chain.h"
#include "num/dense.h"

enum { GROUP_BITS = 3, GROUP = 1 << GROUP_BITS, MOST_TOP = 1 << (16 - BNI_PANEL_BITS) };

size_t bni_panel_width(int bits)
{
    return (size_t)1 << (bits < BNI_PANEL_BITS ? bits : BNI_PANEL_BITS);
}

/* v[m] for three neurons, or for fewer, the others being silent. */
static inline void law_of_group(double v[GROUP], const double *p, const double *q, size_t ld, int bits)
{
    double p0 = bits > 0 ? p[0] : 0, q0 = bits > 0 ? q[0] : 1;
    double p1 = bits > 1 ? p[ld] : 0, q1 = bits > 1 ? q[ld] : 1;
    double p2 = bits > 2 ? p[2 * ld] : 0, q2 = bits > 2 ? q[2 * ld] : 1;
    double a = q0 * q1, b = p0 * q1, c = q0 * p1, d = p0 * p1;
    v[0] = a * q2;
    v[1] = b * q2;
    v[2] = c * q2;
    v[3] = d * q2;
    v[4] = a * p2;
    v[5] = b * p2;
    v[6] = c * p2;
    v[7] = d * p2;
}

/* v[m] for any number of neurons, times v[0]. */
static void extend_panel(double *v, const double *p, const double *q, size_t ld, int bits)
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
    double low[GROUP], middle[GROUP], top[MOST_TOP];
    int panel = bits < BNI_PANEL_BITS ? bits : BNI_PANEL_BITS, few = panel < GROUP_BITS ? panel : GROUP_BITS;
    size_t width = (size_t)1 << panel, blocks = (size_t)1 << (bits - panel), groups = width >> GROUP_BITS;
    const double *p1 = p + (size_t)few * ld, *q1 = q + (size_t)few * ld;
    const double *p2 = p + (size_t)panel * ld, *q2 = q + (size_t)panel * ld;
    for (size_t k = 0; k < count; k++, out += width) {
        law_of_group(low, p + k, q + k, ld, few);
        law_of_group(middle, p1 + k, q1 + k, ld, panel - few);
        top[0] = weight != NULL ? weight[k] : 1;
        extend_panel(top, p2 + k, q2 + k, ld, bits - panel);
        for (size_t m = 0; groups == 0 && m < width; m++)
            out[m] = top[0] * low[m];
        for (size_t block = 0; block < blocks; block++) {
            double *to = out + block * stride;
            for (size_t g = 0; g < groups; g++, to += GROUP) {
                double factor = top[block] * middle[g];
                for (size_t m = 0; m < GROUP; m++)
                    to[m] = factor * low[m];
            }
        }
    }
}

void bni_law_panel(double *out, double *scratch, const double *p, const double *q, size_t ld, int bits, int low,
                   uint64_t index, const double *weight, size_t count)
{
    for (size_t k = 0; k < count; k++)
        scratch[k] = weight != NULL ? weight[k] : 1;
    for (int b = low; b < bits; b++) {
        const double *v = (index >> (b - low) & 1 ? p : q) + (size_t)b * ld;
        for (size_t k = 0; k < count; k++)
            scratch[k] *= v[k];
    }
    bni_law_panels(out, 0, p, q, ld, low, scratch, count);
}

void bni_panels_multiply(double *C, size_t ldc, const double *rows, size_t a, size_t m, const double *columns, size_t b,
                         size_t n, size_t count)
{
    size_t depth = BNI_BLOCK_WORK / (m * n);
    for (size_t k = 0; k < count; k += depth)
        bni_dense_block(C, ldc, rows + k * a, a, columns + k * b, b, m, n, count - k < depth ? count - k : depth,
                        BNI_A_TRANSPOSED | BNI_ADD);
}
