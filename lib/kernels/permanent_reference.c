/*
 * The recursions of the permanents, portable.
 */
#include <math.h>

#define BODY(name) name##_reference
#define FMA fma
#include "kernels/permanent_body.h"
