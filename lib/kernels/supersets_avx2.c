/*
 * Sums over supersets, AVX2.
 */
#include <immintrin.h>

#define BODY(name) name##_avx2
#define LANES 4
/* clang-format off */
#define SHUFFLE(bit, v) \
    ((bit) == 0 ? __builtin_shufflevector((v), (lane){0}, 1, 4, 3, 4) : __builtin_shufflevector((v), (lane){0}, 2, 3, 4, 4))
#define SWAP(bit, v) \
    ((bit) == 0 ? __builtin_shufflevector((v), (v), 1, 0, 3, 2) : __builtin_shufflevector((v), (v), 2, 3, 0, 1))
#define MEET(bit, u, v) \
    ((bit) == 0 ? __builtin_shufflevector((u), (v), 0, 4, 2, 6) + __builtin_shufflevector((u), (v), 1, 5, 3, 7) \
                : __builtin_shufflevector((u), (v), 0, 1, 4, 5) + __builtin_shufflevector((u), (v), 2, 3, 6, 7))
/* clang-format on */
#define STORE_PAST(p, v) _mm256_stream_pd((p), (__m256d)(v))
#define STORED_PAST() _mm_sfence()
#include "kernels/supersets_body.h"
