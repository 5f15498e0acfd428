/*
 * Sets of states: one bit for each state.
 */
#include "stationary/passage.h"

enum { BETWEEN_POLLS = 1 << 16 };

static size_t words_of_set(size_t n)
{
    return n < 6 ? 1 : (size_t)1 << (n - 6);
}

/* The bits of a word that are states. */
static uint64_t states_of_word(size_t n)
{
    return n < 6 ? (UINT64_C(1) << (1 << n)) - 1 : ~UINT64_C(0);
}

static int32_t set_make(binnet_ctx *ctx, binnet_set **out, size_t n)
{
    if (n < 1 || n > BINNET_MAX_CHAIN_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_CHAIN_NEURONS);
    BNI_TRY(bni_need_memory(ctx, (double)sizeof(binnet_set) + 8 * (double)words_of_set(n), "a set of states"));
    binnet_set *set = bni_new(ctx, 1, sizeof *set);
    if (set == NULL)
        return BINNET_E_NOMEM;
    set->mem = ctx->mem;
    set->n = n;
    set->member = bni_new_raw(ctx, words_of_set(n), sizeof *set->member);
    int32_t status = set->member == NULL ? BINNET_E_NOMEM : bni_clear(ctx, set->member, words_of_set(n), 8);
    if (status != BINNET_OK) {
        binnet_set_free(set);
        return status;
    }
    *out = set;
    return BINNET_OK;
}

/* Counts the members of a set that is filled. */
static int32_t finish_set(binnet_ctx *ctx, binnet_set **out, binnet_set *set, int32_t status)
{
    for (size_t w = 0; status == BINNET_OK && w < words_of_set(set->n); w++) {
        for (uint64_t left = set->member[w]; left != 0; left &= left - 1)
            set->count++;
        if (w % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            status = bni_poll(ctx, 1);
    }
    if (status != BINNET_OK) {
        binnet_set_free(set);
        return status;
    }
    *out = set;
    return BINNET_OK;
}

int32_t binnet_set_new_states(binnet_ctx *ctx, binnet_set **out, size_t n, const uint64_t *state, size_t count)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    if (count > 0)
        BNI_TRY(bni_need(ctx, state, "state"));
    binnet_set *set;
    BNI_TRY(set_make(ctx, &set, n));
    int32_t status = BINNET_OK;
    for (size_t k = 0; status == BINNET_OK && k < count; k++) {
        if (state[k] >> n != 0)
            status = bni_fail(ctx, BINNET_E_RANGE, "state[%zu] is %llu, allowed is 0..%llu", k,
                              (unsigned long long)state[k], (unsigned long long)((UINT64_C(1) << n) - 1));
        else
            set->member[state[k] >> 6] |= UINT64_C(1) << (state[k] & 63);
        if (status == BINNET_OK && k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            status = bni_poll(ctx, (double)k / (double)count);
    }
    return finish_set(ctx, out, set, status);
}

int32_t binnet_set_new_pattern(binnet_ctx *ctx, binnet_set **out, size_t n, uint64_t mask, uint64_t value)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    binnet_set *set;
    BNI_TRY(set_make(ctx, &set, n));
    int32_t status = BINNET_OK;
    if (mask >> n != 0)
        status = bni_fail(ctx, BINNET_E_RANGE, "mask %#llx: there are %zu neurons", (unsigned long long)mask, n);
    else if ((value & ~mask) != 0)
        status = bni_fail(ctx, BINNET_E_RANGE, "value %#llx has bits outside of mask %#llx", (unsigned long long)value,
                          (unsigned long long)mask);
    uint64_t low = 0; /* of the states of a word, those whose low bits match */
    for (uint64_t b = 0; b < 64; b++)
        low |= (uint64_t)((b & mask & 63) == (value & 63)) << b;
    low &= states_of_word(n);
    for (size_t w = 0; status == BINNET_OK && w < words_of_set(n); w++) {
        set->member[w] = ((uint64_t)w << 6 & mask & ~UINT64_C(63)) == (value & ~UINT64_C(63)) ? low : 0;
        if (w % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            status = bni_poll(ctx, (double)w / (double)words_of_set(n));
    }
    return finish_set(ctx, out, set, status);
}

/* one | other, or, without another, what is not in one. */
static int32_t combine_sets(binnet_ctx *ctx, binnet_set **out, const binnet_set *one, const binnet_set *other)
{
    binnet_set *set;
    BNI_TRY(set_make(ctx, &set, one->n));
    int32_t status = BINNET_OK;
    for (size_t w = 0; status == BINNET_OK && w < words_of_set(set->n); w++) {
        set->member[w] = other != NULL ? one->member[w] | other->member[w] : ~one->member[w] & states_of_word(set->n);
        if (w % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            status = bni_poll(ctx, (double)w / (double)words_of_set(set->n));
    }
    return finish_set(ctx, out, set, status);
}

int32_t bni_set_complement(binnet_ctx *ctx, binnet_set **out, const binnet_set *set)
{
    return combine_sets(ctx, out, set, NULL);
}

int32_t binnet_set_new_union(binnet_ctx *ctx, binnet_set **out, const binnet_set *one, const binnet_set *other)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, one, "one"));
    BNI_TRY(bni_need(ctx, other, "other"));
    if (one->n != other->n)
        return bni_fail(ctx, BINNET_E_SIZE, "a set is of %zu neurons, the other of %zu", one->n, other->n);
    return combine_sets(ctx, out, one, other);
}

int32_t binnet_set_new_complement(binnet_ctx *ctx, binnet_set **out, const binnet_set *set)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, set, "set"));
    return bni_set_complement(ctx, out, set);
}

void binnet_set_free(binnet_set *set)
{
    if (set == NULL)
        return;
    bni_allocator mem = set->mem;
    bni_delete(&mem, set->member);
    bni_delete(&mem, set);
}

size_t binnet_set_neurons(const binnet_set *set)
{
    return set == NULL ? 0 : set->n;
}

uint64_t binnet_set_count(const binnet_set *set)
{
    return set == NULL ? 0 : set->count;
}

int32_t binnet_set_contains(const binnet_set *set, uint64_t state)
{
    return set != NULL && state >> set->n == 0 && bni_set_has(set, state);
}
