/*
 * Sums over supersets, AVX-512.
 */
#include <immintrin.h>

#define BODY(name) name##_avx512
#define LANES 8
/* clang-format off */
#define SHUFFLE(bit, v) \
    ((bit) == 0   ? __builtin_shufflevector((v), (lane){0}, 1, 8, 3, 8, 5, 8, 7, 8) \
     : (bit) == 1 ? __builtin_shufflevector((v), (lane){0}, 2, 3, 8, 8, 6, 7, 8, 8) \
                  : __builtin_shufflevector((v), (lane){0}, 4, 5, 6, 7, 8, 8, 8, 8))
#define SWAP(bit, v) \
    ((bit) == 0   ? __builtin_shufflevector((v), (v), 1, 0, 3, 2, 5, 4, 7, 6) \
     : (bit) == 1 ? __builtin_shufflevector((v), (v), 2, 3, 0, 1, 6, 7, 4, 5) \
                  : __builtin_shufflevector((v), (v), 4, 5, 6, 7, 0, 1, 2, 3))
/* clang-format on */
#define STORE_PAST(p, v) _mm512_stream_pd((p), (__m512d)(v))
#define STORED_PAST() _mm_sfence()
#include "kernels/supersets_body.h"
