/*
 * The most probable states, by a heap of the k best so far.
 */
#include "model/model.h"

/* s comes before t in the list: more probable, or equally and smaller. */
static int comes_before(const double *p, uint64_t s, uint64_t t)
{
    return p[s] > p[t] || (p[s] >= p[t] && s < t);
}

static int by_probability(const void *a, const void *b, const void *p)
{
    uint64_t s = *(const uint64_t *)a, t = *(const uint64_t *)b;
    return comes_before(p, s, t) ? -1 : s != t;
}

/* Restore the heap whose root is the last of the list, from place i down. */
static void sift(uint64_t *heap, size_t n, size_t i, const double *p)
{
    for (;;) {
        size_t last = i, left = 2 * i + 1;
        for (size_t c = left; c < n && c <= left + 1; c++)
            if (comes_before(p, heap[last], heap[c]))
                last = c;
        if (last == i)
            return;
        uint64_t s = heap[i];
        heap[i] = heap[last];
        heap[last] = s;
        i = last;
    }
}

static int32_t poll_state(binnet_ctx *ctx, size_t s, double fraction)
{
    enum { BETWEEN_POLLS = 1 << 14 };
    return s % BETWEEN_POLLS == 0 ? bni_poll(ctx, fraction) : BINNET_OK;
}

int32_t binnet_law_top(binnet_ctx *ctx, uint64_t *state, double *p, size_t k, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, state, "state"));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    size_t S = (size_t)1 << law->n;
    if (k < 1 || k > S)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, allowed is 1..%zu", k, S);
    for (size_t s = 0; s < k; s++) {
        state[s] = s;
        BNI_TRY(poll_state(ctx, s, 0));
    }
    for (size_t i = k / 2; i-- > 0;) {
        sift(state, k, i, law->p);
        BNI_TRY(poll_state(ctx, i, 0));
    }
    for (size_t s = k; s < S; s++) {
        if (comes_before(law->p, s, state[0])) {
            state[0] = s;
            sift(state, k, 0, law->p);
        }
        BNI_TRY(poll_state(ctx, s, 0.5 * (double)s / (double)S));
    }
    BNI_TRY(bni_sort(ctx, state, k, sizeof *state, by_probability, law->p));
    for (size_t i = 0; p != NULL && i < k; i++) {
        p[i] = law->p[state[i]];
        BNI_TRY(poll_state(ctx, i, 1));
    }
    return BINNET_OK;
}
