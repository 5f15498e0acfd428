/*
 * One factor of a law put in and old values summed out, AVX-512: a line in a register.
 * Source: THEORY 3, sparse synchronous step.
 */
#include "kernels/contract_cases.h"

#include <immintrin.h>

static inline __m512d value(const double *f, int wide)
{
    return wide ? _mm512_loadu_pd(f) : _mm512_set1_pd(*f);
}

static inline void contract(double *u, size_t ldu, const double *x, size_t rows, size_t len, const size_t terms,
                            const double *table, const uint32_t *offset, const int wide)
{
    const size_t entry = wide ? 2 * BNI_LINE : 2, p = entry / 2;
    for (size_t r = 0; r < rows; r++, x += terms * len, u += 2 * ldu)
        for (size_t k = 0; k < len; k += BNI_LINE) {
            const double *f = table + offset[k / BNI_LINE];
            __mmask8 some = len - k < BNI_LINE ? (__mmask8)((1u << (len - k)) - 1) : 0xff;
            __m512d v = _mm512_maskz_loadu_pd(some, x + k);
            __m512d silent = _mm512_mul_pd(v, value(f, wide)), active = _mm512_mul_pd(v, value(f + p, wide));
            for (size_t t = 1; t < terms; t++) {
                v = _mm512_maskz_loadu_pd(some, x + t * len + k);
                silent = _mm512_fmadd_pd(v, value(f + t * entry, wide), silent);
                active = _mm512_fmadd_pd(v, value(f + t * entry + p, wide), active);
            }
            _mm512_mask_storeu_pd(u + k, some, silent);
            _mm512_mask_storeu_pd(u + ldu + k, some, active);
        }
}

BNI_DEFINE_CONTRACT(avx512)
