/*
 * What everything stands on: the context, allocation through it, checked sizes, messages, progress, worker threads.
 */
#ifndef BNI_CORE_H
#define BNI_CORE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "binnet/base.h"
#include "binnet/ctx.h"

#if defined(__GNUC__)
#define BNI_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define BNI_PRINTF(fmt, first)
#endif

/* An allocator by value: objects keep a copy, so that they can outlive the ctx. */
typedef struct bni_allocator {
    binnet_alloc_fn alloc;
    binnet_realloc_fn realloc;
    binnet_free_fn free;
    void *user;
} bni_allocator;

enum { BNI_MESSAGE_SIZE = 1024 };

/* The part of a call that is being done. */
typedef struct bni_progress {
    double from, to;
} bni_progress;

struct binnet_ctx {
    bni_allocator mem;
    int64_t threads, memory_limit, max_iterations, seed, method;
    int64_t max_period, work_limit;
    double tolerance, relative_tolerance, row_error;
    binnet_hook_fn hook;
    void *hook_user;
    /* progress of the running call */
    double started, last_poll, fraction;
    uint64_t unpolled;
    bni_progress span;
    char message[BNI_MESSAGE_SIZE];
};

/* --- calls and messages (ctx.c) --- */

/* Open a public call: empty the message, start the clock. BINNET_E_NULL without a ctx. */
int32_t bni_begin(binnet_ctx *ctx);
/* Leave a message and return the code. */
int32_t bni_fail(binnet_ctx *ctx, int32_t code, const char *format, ...) BNI_PRINTF(3, 4);
/* A pointer argument that must not be NULL. */
int32_t bni_need(binnet_ctx *ctx, const void *pointer, const char *name);
/* All finite; NULL passes. */
int32_t bni_need_finite(binnet_ctx *ctx, const double *v, size_t n, const char *name);
/* bytes against the memory limit, before anything is allocated. */
int32_t bni_need_memory(binnet_ctx *ctx, double bytes, const char *what);
/* What follows has so much less; returns the limit to give back. */
int64_t bni_set_aside(binnet_ctx *ctx, double bytes);
void bni_give_back(binnet_ctx *ctx, int64_t limit);

/* --- progress (progress.c) --- */

/* The work that follows is the part from..to of the whole call. */
void bni_span(binnet_ctx *ctx, double from, double to);
/* Work inside of work: keep what is being done; what follows is part k, or k .. k + many, of `count` equal ones of it; as
 * before. A call that fails need not be popped. */
bni_progress bni_progress_push(const binnet_ctx *ctx);
void bni_progress_part(binnet_ctx *ctx, bni_progress whole, double k, double count);
void bni_progress_parts(binnet_ctx *ctx, bni_progress whole, double k, double many, double count);
void bni_progress_pop(binnet_ctx *ctx, bni_progress whole);
/* What follows is the rest of the span, from where the hook was last told the work stands: after something that came to nothing. */
void bni_progress_remain(binnet_ctx *ctx);
/* Call the hook if it is due; fraction 0..1 of the span. BINNET_OK or BINNET_E_INTERRUPTED. Calling thread only. */
int32_t bni_poll(binnet_ctx *ctx, double fraction);
/* The same for short pieces of work, of so many steps of some nanoseconds: the clock is read after some 20,000 of them. */
int32_t bni_poll_work(binnet_ctx *ctx, double fraction, uint64_t steps);
/* The end of a call whose hook was called: once more, with 1. */
int32_t bni_poll_end(binnet_ctx *ctx);
double bni_now(void);

/* --- memory (memory.c) --- */

/* count * size bytes, zeroed; NULL with a message when the product overflows or the allocator fails. */
void *bni_new(binnet_ctx *ctx, size_t count, size_t size);
/* The same, not zeroed. */
void *bni_new_raw(binnet_ctx *ctx, size_t count, size_t size);
/* For large arrays, with polls: all bytes 0; a copy. */
int32_t bni_clear(binnet_ctx *ctx, void *p, size_t count, size_t size);
int32_t bni_copy_bytes(binnet_ctx *ctx, void *to, const void *from, size_t count, size_t size);
void bni_delete(const bni_allocator *mem, void *p);
/* Copy of an array; a NULL source gives an array filled with `otherwise`. */
double *bni_copy(binnet_ctx *ctx, const double *v, size_t n, double otherwise);
/* Room for `need` items in *list, a pointer, which has room for *room, within the memory limit, half as much again when it
 * grows; *bytes is what is in use. */
int32_t bni_room(binnet_ctx *ctx, double *bytes, void *list, size_t *room, size_t need, size_t item, const char *what);
/* First address in p that is a multiple of 64; the array must have 8 spare doubles. */
double *bni_align(double *p);

/* --- allocation plans (plan.c) --- */

/*
 * The buffers of an object in one list:
 *     static void list_buffers(bni_plan *plan, void *object)
 *     {
 *         thing *t = object;
 *         BNI_BUFFER(plan, t->weight, t->n * t->n);
 *         BNI_ZEROS(plan, t->seen, t->n);
 *     }
 * It may depend on numbers of the object, but on no buffer, and must list the same ones each time. What is not in the list,
 * and what is not made yet, is NULL when the object is released.
 */
typedef struct bni_plan bni_plan;
typedef void (*bni_buffers)(bni_plan *plan, void *object);
/* Bytes in all; of an object of which only the numbers are set. */
double bni_plan_bytes(bni_buffers buffers, void *object);
/* All or none. Polls while it clears. */
int32_t bni_plan_make(binnet_ctx *ctx, bni_buffers buffers, void *object);
void bni_plan_release(const bni_allocator *mem, bni_buffers buffers, void *object);
/* One of the list: `pointer` is the address of a pointer. */
void bni_buffer(bni_plan *plan, void *pointer, double count, size_t size, int zero);
#define BNI_BUFFER(plan, pointer, count) bni_buffer(plan, &(pointer), (double)(count), sizeof *(pointer), 0)
#define BNI_ZEROS(plan, pointer, count) bni_buffer(plan, &(pointer), (double)(count), sizeof *(pointer), 1)

/* --- sorting (sort.c) --- */

/* < 0, 0, > 0; `arg` is what the caller of the sort gave. */
typedef int (*bni_order)(const void *a, const void *b, const void *arg);
/* Rising by `compare`, in place, O(count log count). Not stable. Long lists are polled, unless ctx is NULL. */
int32_t bni_sort(binnet_ctx *ctx, void *base, size_t count, size_t size, bni_order compare, const void *arg);
/* Doubles, rising. */
int bni_by_double(const void *a, const void *b, const void *unused);

/* The same for items that are no array of their own: whether item a comes before item b, and how they change places. */
typedef struct bni_places {
    int (*before)(void *arg, size_t a, size_t b);
    void (*swap)(void *arg, size_t a, size_t b);
    void *arg;
} bni_places;
int32_t bni_sort_places(binnet_ctx *ctx, size_t count, const bni_places *p);

/* Rising by key, stable; `other` has room for n. The result is in p. */
typedef struct bni_pair {
    uint64_t key, value;
} bni_pair;
int32_t bni_sort_pairs(binnet_ctx *ctx, bni_pair *p, bni_pair *other, size_t n);

/* --- hashing --- */

/* One more word, starting with any: a product spreads it upwards, the shift back (Fowler-Noll-Vo by words). */
static inline uint64_t bni_hash(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ hash >> 32;
}

/* --- worker threads (team.c) --- */

typedef struct bni_team bni_team;
typedef void (*bni_job)(void *arg, int worker, int workers);

/* Worker 0 is the calling thread; the others live until bni_team_free. */
int32_t bni_team_new(binnet_ctx *ctx, bni_team **out, int workers);
void bni_team_free(bni_team *team);
int bni_team_size(const bni_team *team);
double bni_team_bytes(int workers);
/* Run job(arg, w, workers) on every worker and wait for all. */
void bni_team_run(bni_team *team, bni_job job, void *arg);
/* Bounds of worker w's share of 0..count in steps of `grain`. */
void bni_share(uint64_t count, uint64_t grain, int worker, int workers, uint64_t *from, uint64_t *to);

#define BNI_TRY(call)                                                                                                  \
    do {                                                                                                               \
        int32_t bni_status_ = (call);                                                                                  \
        if (bni_status_ != BINNET_OK)                                                                                  \
            return bni_status_;                                                                                        \
    } while (0)

#endif
