/*
 * Sums over supersets, portable.
 */

#define BODY(name) name##_reference
#define LANES 2
#define SHUFFLE(bit, v) ((lane){(v)[1], 0})
#define SWAP(bit, v) ((lane){(v)[1], (v)[0]})
#define MEET(bit, u, v) ((lane){(u)[0] + (u)[1], (v)[0] + (v)[1]})
#define STORE_PAST(p, v) store((p), (v))
#define STORED_PAST() ((void)0)
#include "kernels/supersets_body.h"
