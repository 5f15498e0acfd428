/*
 * The recursions of the permanents, AVX-512.
 */
#define BODY(name) name##_avx512
#define LANES 8
#define FMA __builtin_fma
#define OWN_MIX /* mixtures are bound by the caches: those for AVX2 are as fast */
#include "kernels/permanent_body.h"
