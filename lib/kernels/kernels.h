/*
 * The hot loops, as one table of function pointers.
 * The portable reference (reference.c) is always built and defines the result; other tables agree with it to rounding.
 * Lengths need not be multiples of anything and pointers need no alignment unless said.
 */
#ifndef BNI_KERNELS_H
#define BNI_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Micro-tile of gemm_tile: rows and columns of one call. */
enum { BNI_MR = 4, BNI_NR = 8 };

typedef struct bni_kernels {
    const char *name;

    /* p[k] = s Phi(z[k]), q[k] = s Phi(-z[k]), both with full relative accuracy; z finite or infinite. */
    void (*cdf_gaussian)(double *p, double *q, const double *z, size_t n, double s);

    /* p[k] = s / (1 + exp(-z[k])), q[k] = s / (1 + exp(z[k])), both with full relative accuracy. */
    void (*cdf_logistic)(double *p, double *q, const double *z, size_t n, double s);

    /* w = e[k] f: p[k] = s / (1 + w), q[k] = s w / (1 + w); w in 0 .. 1e306. */
    void (*odds)(double *p, double *q, const double *e, double f, size_t n, double s);

    /* One neuron's update on n pairs of states that differ in it:
     * y0 += x0 q0 + x1 q1, y1 += x0 p0 + x1 p1 (p0, q0: coming from inactive; p1, q1: from active).
     * y0, y1 do not overlap x0, x1. p1 may be p0 and q1 may be q0. */
    void (*gate_add)(double *y0, double *y1, const double *x0, const double *x1, const double *p0, const double *q0,
                     const double *p1, const double *q1, size_t n);
    /* The same in place: (x0, x1) becomes (x0 q0 + x1 q1, x0 p0 + x1 p1). */
    void (*gate_set)(double *x0, double *x1, const double *p0, const double *q0, const double *p1, const double *q1,
                     size_t n);

    /* gate_add and gate_set for neuron `bit` < 8 of a row of n states, n a multiple of 2^(bit+1): the pairs are interleaved
     * in runs of 2^bit; p and q are numbered by pair. */
    void (*gate_row_add)(double *y, const double *x, const double *p0, const double *q0, const double *p1,
                         const double *q1, size_t n, int bit);
    void (*gate_row_set)(double *x, const double *p0, const double *q0, const double *p1, const double *q1, size_t n,
                         int bit);

    /* z[k] = (base[k] + shift) * factor. */
    void (*shift_scale)(double *z, const double *base, double shift, double factor, size_t n);

    /* gate_add and gate_row_add in one go with the probabilities, those of `odds` with e[k] f0 (coming from inactive) and
     * e[k] f1 (from active). */
    void (*gate_odds_add)(double *y0, double *y1, const double *x0, const double *x1, const double *e, double f0,
                          double f1, size_t n, double s);
    void (*gate_row_odds_add)(double *y, const double *x, const double *e, double f0, double f1, size_t n, int bit,
                              double s);

    /* The laws of `bits` neurons over their 2^bits joint activities, for four states k = 0..3 at once:
     * v[m][k] = w[k] prod_b (bit b of m ? p : q)[b*ld + k], written as the packed panels gemm_tile reads. bits >= 2 (rows)
     * or 3 (columns), at most 16; `out` already points at the group of four
     * and is aligned to 32 bytes.
     * rows:    out[(m / BNI_MR) * stride + (m % BNI_MR) * 4 + k]
     * columns: out[(m / BNI_NR) * stride + k * BNI_NR + m % BNI_NR] */
    void (*panel_rows)(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                       const double *w);
    void (*panel_columns)(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                          const double *w);

    /* C[i*ldc + j] += sum_k A(i, k) B(k, j) for i < BNI_MR, j < BNI_NR, k < K, K a multiple of 4;
     * A(i, k) = A[(k / 4) * 4 * BNI_MR + i * 4 + k % 4], B(k, j) = B[k * BNI_NR + j]; A and B aligned to 32 bytes. */
    void (*gemm_tile)(double *C, size_t ldc, size_t K, const double *A, const double *B);

    /* out[k] = sum_i (rank[i*ld + k] > below[i]) 2^i, i < n <= 32, k < count: the activities that follow count states. */
    void (*rank_bits)(uint32_t *out, const int16_t *rank, size_t ld, const int16_t *below, size_t n, size_t count);

    /* Threshold currents, as ranks, against a cell of stimuli: for the states list[n], bit k < width of low[q] is 1 when
     * cut[list[q] * width + k] <= lo[k], and of middle[q] when the cut is between lo[k] and hi[k], excluded. width <= 32;
     * 32 entries must be readable from every row's beginning, and in lo and hi. */
    void (*cut_masks)(uint32_t *low, uint32_t *middle, const uint32_t *cut, size_t width, const uint32_t *list, size_t n,
                      const uint32_t *lo, const uint32_t *hi);
} bni_kernels;

extern const bni_kernels bni_kernels_reference;
#if defined(BNI_HAVE_AVX2)
extern const bni_kernels bni_kernels_avx2;
#endif
#if defined(BNI_HAVE_AVX512)
extern const bni_kernels bni_kernels_avx512;
#endif

/* Tables that this build has and this processor and system can run, the reference first, the fastest last. */
enum { BNI_TABLES = 3 };
int bni_kernels_runnable(const bni_kernels *tables[BNI_TABLES]);

/* The table for this machine; chosen once. */
const bni_kernels *bni_kernels_get(void);

#endif
