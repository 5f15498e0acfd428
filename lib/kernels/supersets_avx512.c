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
#define MEET(bit, u, v) \
    ((bit) == 0   ? __builtin_shufflevector((u), (v), 0, 8, 2, 10, 4, 12, 6, 14) + __builtin_shufflevector((u), (v), 1, 9, 3, 11, 5, 13, 7, 15) \
     : (bit) == 1 ? __builtin_shufflevector((u), (v), 0, 1, 8, 9, 4, 5, 12, 13) + __builtin_shufflevector((u), (v), 2, 3, 10, 11, 6, 7, 14, 15) \
                  : __builtin_shufflevector((u), (v), 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector((u), (v), 4, 5, 6, 7, 12, 13, 14, 15))
/* clang-format on */
#define STORE_PAST(p, v) _mm512_stream_pd((p), (__m512d)(v))
#define STORED_PAST() _mm_sfence()
#include "kernels/supersets_body.h"
