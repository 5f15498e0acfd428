/*
 * Both tails of the noise laws, eight at a time with AVX-512.
 */
#include "kernels/cdf.h"

#include <immintrin.h>
#include <string.h>

enum { LANES = 8 };
typedef __m512d vector;
typedef __m512i BITS;
#define OP(name) _mm512_##name
#define BITS_OF _mm512_castpd_si512
#define OF_BITS _mm512_castsi512_pd
#define WHERE_NEGATIVE(z, a, b) _mm512_mask_blend_pd(_mm512_movepi64_mask(_mm512_castpd_si512(z)), b, a)
#define NAME(name) name##_avx512

#include "kernels/cdf_wide.h"
