/*
 * The recursions of the permanents, AVX-512.
 */
#define BODY(name) name##_avx512
#define LANES 8
#define FMA __builtin_fma
#include "kernels/permanent_body.h"
