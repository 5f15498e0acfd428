/*
 * Laws of sums of two numbers, AVX2.
 */

#define BODY(name) name##_avx2
#define LANES 4
#include "kernels/convolve_body.h"
