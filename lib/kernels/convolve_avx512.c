/*
 * Laws of sums of two numbers, AVX-512.
 */

#define BODY(name) name##_avx512
#define LANES 8
#include "kernels/convolve_body.h"
