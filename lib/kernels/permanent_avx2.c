/*
 * The recursions of the permanents, AVX2.
 */

#define BODY(name) name##_avx2
#define FMA __builtin_fma
#include "kernels/permanent_body.h"
