/*
 * The recursions of the permanents, AVX-512. Mixtures are short, so their ends are masked rather than done one by one.
 */
#define BODY(name) name##_avx512
#define FMA __builtin_fma
#define OWN_MIX
#include "kernels/permanent_body.h"

#include <immintrin.h>

static inline __m512d times(double w, const double *x, size_t t, __mmask8 mask)
{
    return _mm512_mul_pd(_mm512_set1_pd(w), _mm512_maskz_loadu_pd(mask, x + t));
}

void bni_mix_avx512(double *y, size_t n, size_t k, const double *w, const double *const *x)
{
    for (size_t t = 0; t < n; t += 8) {
        const __mmask8 mask = (__mmask8)(n - t < 8 ? (1u << (n - t)) - 1 : 255);
        __m512d sum = times(w[0], x[0], t, mask);
        for (size_t q = 1; q < k; q++)
            sum = _mm512_add_pd(sum, times(w[q], x[q], t, mask));
        _mm512_mask_storeu_pd(y + t, mask, sum);
    }
}
