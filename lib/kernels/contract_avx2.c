/*
 * One factor of a law put in and old values summed out, AVX2: half a line in a register.
 * Source: THEORY 3, sparse synchronous step.
 */
#include "kernels/contract_cases.h"

#include <immintrin.h>

static inline __m256d value(const double *f, int wide)
{
    return wide ? _mm256_loadu_pd(f) : _mm256_broadcast_sd(f);
}

static inline void contract(double *u, size_t ldu, const double *x, size_t rows, size_t len, const size_t terms,
                            const double *table, const uint32_t *offset, const int wide)
{
    const size_t entry = wide ? 2 * BNI_LINE : 2, p = entry / 2, half = BNI_LINE / 2;
    size_t whole = len - len % BNI_LINE;
    for (size_t r = 0; r < rows; r++, x += terms * len, u += 2 * ldu) {
        for (size_t k = 0; k < whole; k += BNI_LINE) {
            const double *f = table + offset[k / BNI_LINE];
            for (size_t h = 0; h < BNI_LINE; h += half, f += wide ? half : 0) {
                __m256d v = _mm256_loadu_pd(x + k + h);
                __m256d silent = _mm256_mul_pd(v, value(f, wide)), active = _mm256_mul_pd(v, value(f + p, wide));
                for (size_t t = 1; t < terms; t++) {
                    v = _mm256_loadu_pd(x + t * len + k + h);
                    silent = _mm256_fmadd_pd(v, value(f + t * entry, wide), silent);
                    active = _mm256_fmadd_pd(v, value(f + t * entry + p, wide), active);
                }
                _mm256_storeu_pd(u + k + h, silent);
                _mm256_storeu_pd(u + ldu + k + h, active);
            }
        }
        for (size_t k = whole; k < len; k++) {
            const double *f = table + offset[k / BNI_LINE] + (wide ? k - whole : 0);
            double silent = x[k] * f[0], active = x[k] * f[p];
            for (size_t t = 1; t < terms; t++) {
                silent = fma(x[t * len + k], f[t * entry], silent);
                active = fma(x[t * len + k], f[t * entry + p], active);
            }
            u[k] = silent;
            u[ldu + k] = active;
        }
    }
}

BNI_DEFINE_CONTRACT(avx2)
