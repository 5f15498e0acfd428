/*
 * Both tails of the noise laws, four at a time with AVX2 and FMA.
 */
#include "kernels/cdf.h"

#include <immintrin.h>
#include <string.h>

enum { LANES = 4 };
typedef __m256d vector;
typedef __m256i BITS;
#define OP(name) _mm256_##name
#define BITS_OF _mm256_castpd_si256
#define OF_BITS _mm256_castsi256_pd
#define WHERE_NEGATIVE(z, a, b) _mm256_blendv_pd(b, a, z)
#define NAME(name) name##_avx2

#include "kernels/cdf_wide.h"
