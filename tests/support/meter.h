/*
 * An allocator that counts, measures and fails on demand; and small random networks and chains to spend memory on.
 */
#ifndef METER_H
#define METER_H

#include "binnet/binnet.h"

#include <stddef.h>

typedef struct meter {
    size_t live, live_bytes; /* allocations and bytes not freed yet */
    size_t peak_bytes;
    size_t calls;     /* of alloc and realloc */
    size_t fail_at;   /* the call with this number fails; NEVER for none */
    int keep_failing; /* so do all calls after it */
    size_t failures;  /* calls that were failed */
    int broken;       /* freed what is not ours, or was called from another thread */
} meter;

#define NEVER ((size_t)-1)

void meter_reset(meter *m);
/* A ctx that allocates through the meter. */
int32_t meter_ctx(meter *m, binnet_ctx **out);

/* Uniform in -1..1, the same on every machine. */
double draw(uint64_t *state);

/* The networks of the tests. */
enum { NET_DENSE, NET_CSR, NET_HOMOGENEOUS, NET_SINKS, NET_KINDS };
int32_t make_net(binnet_ctx *ctx, binnet_net **out, int kind, size_t n, uint64_t seed);

/* The noises. NOISE_PARTIAL: half of the neurons have none. */
enum {
    NOISE_GAUSSIAN,
    NOISE_LOGISTIC,
    NOISE_UNIFORM,
    NOISE_LAPLACE,
    NOISE_STUDENT,
    NOISE_CUSTOM,
    NOISE_PARTIAL,
    NOISE_KINDS
};
int32_t make_noise(binnet_ctx *ctx, binnet_noise **out, int kind, size_t n);

/* The chains: the four update rules, then those with an own selection and order. */
enum { CHAIN_SYNCHRONOUS, CHAIN_ASYNCHRONOUS, CHAIN_SWEEP, CHAIN_BLOCKS, CHAIN_SELECT, CHAIN_ORDER, CHAIN_KINDS };
int32_t make_chain(binnet_ctx *ctx, binnet_chain **out, int kind, const binnet_net *net, const binnet_noise *noise);

extern const char *const net_names[NET_KINDS], *const noise_names[NOISE_KINDS], *const chain_names[CHAIN_KINDS];

#endif
