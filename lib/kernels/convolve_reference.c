/*
 * Laws of sums of two numbers, portable.
 */

#define BODY(name) name##_reference
#define LANES 2
#include "kernels/convolve_body.h"
