/* The context: parameters, limits, allocator, interrupt and progress hook, last message. */
#ifndef BINNET_CTX_H
#define BINNET_CTX_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parameter keys. i64 keys go through _i64 functions, f64 keys through _f64 functions. */
#define BINNET_P_THREADS 1        /* i64: worker threads a call may use, 1..256; default 1 */
#define BINNET_P_MEMORY_LIMIT 2   /* i64: bytes a call may have allocated at its peak, result included; default 4 GiB */
#define BINNET_P_MAX_ITERATIONS 3 /* i64: passes over all states that a solver may make; default 100000 */
#define BINNET_P_SEED 4           /* i64: seed of everything random; default 1 */
#define BINNET_P_METHOD 5         /* i64: BINNET_METHOD_*; default BINNET_METHOD_AUTO */
#define BINNET_P_TOLERANCE 6  /* f64: residual ||pi P - pi||_1 at which a solver may stop, 1e-14..1e-2; default 1e-12 */
#define BINNET_P_MAX_PERIOD 7 /* i64: longest cycles that are looked for; 0: any; default 0 */
#define BINNET_P_WORK_LIMIT 8 /* i64: elementary steps of an enumeration before it stops; 0: any number; default 0 */
#define BINNET_P_RELATIVE_TOLERANCE                                                                                    \
    9 /* f64: error bound / value a permanent must reach and the tail of a current
                                       * should, 1e-20..1; default 1e-8 */
#define BINNET_P_ROW_ERROR                                                                                             \
    10 /* f64: errors of the transition probabilities from a state that a chain with noise of general covariance may
                                       * have, summed, 1e-12..1; default 1e-2 */

/* How a stationary law is found. */
#define BINNET_METHOD_AUTO 0      /* elimination for small chains, and where passes take longer; else iteration */
#define BINNET_METHOD_GTH 1       /* Grassmann-Taksar-Heyman elimination: 8 * 4^n bytes */
#define BINNET_METHOD_ITERATION 2 /* accelerated iteration with aggregation over basins */

/** "auto", "gth" or "iteration" for BINNET_METHOD_*; NULL for no method. Since 0.1 */
BINNET_API const char *binnet_method_name(int32_t method);

/** An allocator: as malloc, realloc and free, with the caller's pointer first. Called from the calling thread only. */
typedef void *(*binnet_alloc_fn)(void *user, size_t size);
typedef void *(*binnet_realloc_fn)(void *user, void *ptr, size_t size);
typedef void (*binnet_free_fn)(void *user, void *ptr);

/**
 * The interrupt and progress hook.
 *
 * Called from the calling thread at least every 100 ms during long work.
 *
 * user          the pointer given to binnet_ctx_set_hook
 * fraction      work done, 0..1, never decreasing within one call of the library; an estimate; 1 at the end of a call that
 *               succeeds, if the hook was called before
 * seconds_left  estimate of the time left; negative when not known yet
 *
 * Returns 0 to go on; anything else stops the call with BINNET_E_INTERRUPTED, everything stays freeable.
 */
typedef int32_t (*binnet_hook_fn)(void *user, double fraction, double seconds_left);

/**
 * Make a context that allocates with malloc.
 *
 * out [out] the context, or NULL on failure
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_NOMEM.  Cost O(1).  Threads: a ctx serves one thread at a time.  Since 0.1
 */
BINNET_API int32_t binnet_ctx_new(binnet_ctx **out);

/**
 * Make a context with the caller's allocator; the objects made with it use that allocator until they are freed.
 *
 * alloc, realloc, free [in] all three must be given
 *
 * Returns as binnet_ctx_new.  Since 0.1
 */
BINNET_API int32_t binnet_ctx_new_alloc(binnet_ctx **out, binnet_alloc_fn alloc, binnet_realloc_fn realloc,
                                        binnet_free_fn free, void *user);

/** Free a context; NULL is allowed. Objects made with it stay valid. Since 0.1 */
BINNET_API void binnet_ctx_free(binnet_ctx *ctx);

/** Set a parameter. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_KEY (no such key, or of the other type); BINNET_E_RANGE. Since 0.1 */
BINNET_API int32_t binnet_ctx_set_i64(binnet_ctx *ctx, int32_t key, int64_t value);
BINNET_API int32_t binnet_ctx_set_f64(binnet_ctx *ctx, int32_t key, double value);

/** Read a parameter. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_KEY. Since 0.1 */
BINNET_API int32_t binnet_ctx_get_i64(const binnet_ctx *ctx, int32_t key, int64_t *value);
BINNET_API int32_t binnet_ctx_get_f64(const binnet_ctx *ctx, int32_t key, double *value);

/** Least and greatest allowed value and the default of a parameter; each output may be NULL. Returns BINNET_OK; BINNET_E_KEY. Since 0.1 */
BINNET_API int32_t binnet_param_range_i64(int32_t key, int64_t *least, int64_t *greatest, int64_t *initial);
BINNET_API int32_t binnet_param_range_f64(int32_t key, double *least, double *greatest, double *initial);

/** Set the interrupt and progress hook; NULL removes it. Returns BINNET_OK; BINNET_E_NULL. Since 0.1 */
BINNET_API int32_t binnet_ctx_set_hook(binnet_ctx *ctx, binnet_hook_fn hook, void *user);

/** One line about the last failure of a call with this ctx; "" when there was none. Valid until the next call with the ctx. Since 0.1 */
BINNET_API const char *binnet_ctx_message(const binnet_ctx *ctx);

/* What follows is for libraries that are built on this one, as libbinnet-files is. */

/** The allocator of a ctx: the functions and the pointer that were given to binnet_ctx_new_alloc, or those of malloc. What is
 *  allocated with them may outlive the ctx. Each output may be NULL. Returns BINNET_OK; BINNET_E_NULL (ctx). Since 0.1 */
BINNET_API int32_t binnet_ctx_allocator(const binnet_ctx *ctx, binnet_alloc_fn *alloc, binnet_realloc_fn *realloc,
                                        binnet_free_fn *free, void **user);

/**
 * Begin a call: empties the message and starts the clock of the hook.
 *
 * Returns BINNET_OK; BINNET_E_NULL.  Since 0.1
 */
BINNET_API int32_t binnet_ctx_begin(binnet_ctx *ctx);

/**
 * Call the hook if it is due.
 *
 * fraction  work done since binnet_ctx_begin, 0..1; 1: the end, of which the hook is told if it was called before
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (fraction); BINNET_E_INTERRUPTED.  Since 0.1
 */
BINNET_API int32_t binnet_ctx_poll(binnet_ctx *ctx, double fraction);

/** End a call with a code and a message: text of one line, with a 0 behind it, is kept to 1023 bytes; other than printable
 *  bytes become '?'. NULL: no message. Returns code; BINNET_E_NULL without a ctx. Since 0.1 */
BINNET_API int32_t binnet_ctx_fail(binnet_ctx *ctx, int32_t code, const char *text);

#ifdef __cplusplus
}
#endif

#endif
