/*
 * Attractors of the asynchronous dynamics: terminal strongly connected components of the graph of single flips.
 * Sets of states are bitmaps, 64 states a word. The states that can reach a set are found by sweeps over the neurons,
 * R |= F_i & swap_i(R), F_i the states in which neuron i flips, swap_i its exchange, until nothing changes. A set is also a
 * list of its states while it has few, and its closures then cost no more than the states they add.
 * Source: backward and forward closures as in A. Xie & P. Beerel, IEEE Trans. CAD 19 (2000) 1225.
 */
#include "attractors/attractors.h"

#include "binnet/chain.h"

#include <string.h>

enum { WORD_BITS = 6 }; /* neurons within one word */

/* A set of states, empty at first. */
typedef struct set {
    uint64_t *word; /* [words] */
    uint32_t *list; /* [room_of(words)] its states, while they fit */
    size_t count;   /* in the list; LISTLESS when they do not fit */
} set;

#define LISTLESS SIZE_MAX

/* With more states than this, sweeps over all words are quicker. */
static size_t room_of(size_t words)
{
    return words / 2 + 1;
}

typedef struct space {
    bni_successor_map *ranks;
    size_t n, words;
    uint64_t valid;         /* states of a word */
    uint64_t *flips;        /* [n][words] */
    uint64_t *open, *R, *B; /* [words] states not known to reach an attractor; two sets */
    uint64_t *once, *twice; /* [words] states that can reach one attractor at least, two at least; first, two lists */
    uint64_t steps;         /* since the last poll */
    uint32_t *state;        /* of the attractors that were found */
    uint32_t *first;        /* [count] where they begin */
    size_t count, n_states, state_room, first_room;
} space;

static size_t set_words(size_t n)
{
    return n < WORD_BITS ? 1 : (size_t)1 << (n - WORD_BITS);
}

static double bitmap_bytes(size_t n)
{
    return 8.0 * (double)set_words(n) * (double)(n + 5);
}

/* --- sets --- */

/* The words 0101..., 0011..., ...: states in which neuron i < 6 is silent. */
static const uint64_t silent[WORD_BITS] = {UINT64_C(0x5555555555555555), UINT64_C(0x3333333333333333),
                                           UINT64_C(0x0F0F0F0F0F0F0F0F), UINT64_C(0x00FF00FF00FF00FF),
                                           UINT64_C(0x0000FFFF0000FFFF), UINT64_C(0x00000000FFFFFFFF)};

static uint64_t swap_bits(uint64_t x, size_t i)
{
    return (x >> (1 << i) & silent[i]) | (x & silent[i]) << (1 << i);
}

static int has(const uint64_t *R, uint32_t s)
{
    return (int)(R[s >> WORD_BITS] >> (s & 63) & 1);
}

static void put_state(const space *p, set *R, uint32_t s)
{
    R->word[s >> WORD_BITS] |= UINT64_C(1) << (s & 63);
    if (R->count < room_of(p->words))
        R->list[R->count++] = s;
    else
        R->count = LISTLESS;
}

static void empty(const space *p, set *R)
{
    if (R->count == LISTLESS)
        memset(R->word, 0, p->words * sizeof *R->word);
    else
        for (size_t k = 0; k < R->count; k++)
            R->word[R->list[k] >> WORD_BITS] = 0;
    R->count = 0;
}

static uint64_t set_size(const space *p, const set *R)
{
    uint64_t sum = 0;
    if (R->count != LISTLESS)
        return R->count;
    for (size_t w = 0; w < p->words; w++) {
        uint64_t x = R->word[w];
        x -= x >> 1 & silent[0];
        x = (x & silent[1]) + (x >> 2 & silent[1]);
        x = (x + (x >> 4)) & silent[2];
        sum += x * UINT64_C(0x0101010101010101) >> 56;
    }
    return sum;
}

static int32_t step_search(binnet_ctx *ctx, space *p)
{
    enum { BETWEEN_POLLS = 1 << 12 };
    return ++p->steps % BETWEEN_POLLS == 0 ? bni_poll(ctx, 0) : BINNET_OK;
}

/* The first state in the words from *at on of R that is not in `but`; 0 when there is none. */
static int first_outside(const uint64_t *R, const uint64_t *but, size_t words, size_t *at, uint32_t *s)
{
    for (; *at < words; ++*at) {
        uint64_t x = R[*at] & (but != NULL ? ~but[*at] : ~UINT64_C(0));
        if (x == 0)
            continue;
        *s = (uint32_t)(*at << WORD_BITS);
        while (!(x >> (*s & 63) & 1))
            ++*s;
        return 1;
    }
    return 0;
}

/* A state of R that is not in B, a part of it; 0 when there is none. */
static int find_outside(const space *p, const set *R, const set *B, uint32_t *s)
{
    size_t at = 0;
    if (R->count == LISTLESS)
        return first_outside(R->word, B->word, p->words, &at, s);
    for (size_t k = 0; k < R->count; k++)
        if (!has(B->word, R->list[k])) {
            *s = R->list[k];
            return 1;
        }
    return 0;
}

/* One neuron of a sweep: R grows by the states of D (all when NULL) with an edge into R (or from R, when forward). */
static int extend_set(const space *p, uint64_t *R, const uint64_t *D, size_t i, int forward)
{
    const uint64_t *F = p->flips + i * p->words;
    size_t words = p->words, step = i < WORD_BITS ? 0 : (size_t)1 << (i - WORD_BITS);
    uint64_t changed = 0;
    for (size_t w = 0; w < words; w++) {
        size_t from = w ^ step;
        uint64_t x = forward ? R[from] & F[from] : R[from];
        x = step == 0 ? swap_bits(x, i) : x;
        x = (forward ? x : x & F[w]) & (D != NULL ? D[w] : ~UINT64_C(0)) & ~R[w];
        R[w] |= x;
        changed |= x;
    }
    return changed != 0;
}

/* All that can reach the set (or be reached from it, when forward), by ways within D (all when NULL). */
static int32_t close_set(binnet_ctx *ctx, space *p, set *R, const uint64_t *D, int forward)
{
    for (size_t k = 0; k < R->count && R->count != LISTLESS; k++) {
        uint32_t s = R->list[k];
        for (size_t i = 0; i < p->n && R->count != LISTLESS; i++) {
            uint32_t other = s ^ UINT32_C(1) << i;
            if (!has(R->word, other) && has(p->flips + i * p->words, forward ? s : other) &&
                (D == NULL || has(D, other)))
                put_state(p, R, other);
        }
        BNI_TRY(step_search(ctx, p));
    }
    if (R->count != LISTLESS)
        return BINNET_OK;
    size_t quiet = 0; /* neurons in a row that added nothing */
    for (size_t i = 0; quiet < p->n; i = (i + 1) % p->n) {
        quiet = extend_set(p, R->word, D, i, forward) ? 0 : quiet + 1;
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* --- the graph --- */

static void set_flips(void *arg, int worker, uint64_t block, const uint32_t *next)
{
    const space *p = arg;
    size_t count = p->ranks->count;
    (void)worker;
    for (size_t k = 0; k < count; k += 64) {
        uint32_t first = (uint32_t)(block * count + k);
        size_t end = count - k < 64 ? count - k : 64;
        uint64_t word[BINNET_MAX_ASYNCHRONOUS_NEURONS] = {0};
        for (size_t s = 0; s < end; s++) {
            uint64_t flip = next[k + s] ^ (first + s);
            for (size_t i = 0; i < p->n; i++)
                word[i] |= (flip >> i & 1) << s;
        }
        for (size_t i = 0; i < p->n; i++)
            p->flips[i * p->words + (first >> WORD_BITS)] = word[i];
    }
}

/* Flip one neuron after the other, round and round: nearly always this ends in an attractor. */
static uint32_t descend_set(const space *p, uint32_t state)
{
    enum { ROUNDS = 64 };
    for (size_t k = 0; k < ROUNDS * p->n; k++) {
        size_t i = k % p->n;
        state ^= (uint32_t)has(p->flips + i * p->words, state) << i;
    }
    return state;
}

/* --- the search --- */

static int32_t add_state(binnet_ctx *ctx, space *p, bni_budget *budget, uint32_t state)
{
    BNI_TRY(bni_list_grow(ctx, budget, &p->state, p->n_states, &p->state_room));
    p->state[p->n_states++] = state;
    return BINNET_OK;
}

/* A new attractor, whose states follow. */
static int32_t begin_set(binnet_ctx *ctx, space *p, bni_budget *budget)
{
    BNI_TRY(bni_list_grow(ctx, budget, &p->first, p->count, &p->first_room));
    p->first[p->count++] = (uint32_t)p->n_states;
    return BINNET_OK;
}

/* Each state of these words an attractor, or one attractor of all. */
static int32_t add_set_words(binnet_ctx *ctx, space *p, bni_budget *budget, const uint64_t *R, int each)
{
    for (size_t w = 0; w < p->words; w++) {
        for (uint32_t s = 0; s < 64 && R[w] >> s != 0; s++)
            if (R[w] >> s & 1) {
                if (each)
                    BNI_TRY(begin_set(ctx, p, budget));
                BNI_TRY(add_state(ctx, p, budget, (uint32_t)(w << WORD_BITS) + s));
            }
        BNI_TRY(step_search(ctx, p));
    }
    return BINNET_OK;
}

static int by_state(const void *a, const void *b, const void *unused)
{
    uint32_t s = *(const uint32_t *)a, t = *(const uint32_t *)b;
    (void)unused;
    return (s > t) - (s < t);
}

/* An attractor, its states in rising order. */
static int32_t add_attractor(binnet_ctx *ctx, space *p, bni_budget *budget, const set *R)
{
    BNI_TRY(begin_set(ctx, p, budget));
    if (R->count == LISTLESS)
        return add_set_words(ctx, p, budget, R->word, 0);
    BNI_TRY(bni_sort(ctx, R->list, R->count, sizeof *R->list, by_state, NULL));
    for (size_t k = 0; k < R->count; k++)
        BNI_TRY(add_state(ctx, p, budget, R->list[k]));
    return BINNET_OK;
}

/* States of R and those that can reach it are done with. A way to it from an open state leads through open states. */
static int32_t close_off(binnet_ctx *ctx, space *p, set *R)
{
    BNI_TRY(close_set(ctx, p, R, p->open, 0));
    for (size_t w = 0; R->count == LISTLESS && w < p->words; w++)
        p->open[w] &= ~R->word[w];
    for (size_t k = 0; R->count != LISTLESS && k < R->count; k++)
        p->open[R->list[k] >> WORD_BITS] &= ~(UINT64_C(1) << (R->list[k] & 63));
    return BINNET_OK;
}

static int32_t find_fixed(binnet_ctx *ctx, space *p, bni_budget *budget)
{
    set R = {p->R, NULL, LISTLESS};
    for (size_t w = 0; w < p->words; w++) {
        uint64_t moving = 0;
        for (size_t i = 0; i < p->n; i++)
            moving |= p->flips[i * p->words + w];
        p->R[w] = ~moving & p->valid;
        p->open[w] = p->valid;
        BNI_TRY(step_search(ctx, p));
    }
    BNI_TRY(add_set_words(ctx, p, budget, p->R, 1));
    return p->n_states > 0 ? close_off(ctx, p, &R) : BINNET_OK;
}

/* What can be reached from a state is an attractor if all of it can reach the state; else look at what cannot. */
static int32_t find_others(binnet_ctx *ctx, space *p, bni_budget *budget)
{
    set R = {p->R, (uint32_t *)(void *)p->once, LISTLESS}, B = {p->B, (uint32_t *)(void *)p->twice, LISTLESS};
    size_t at = 0;
    uint32_t s;
    while (first_outside(p->open, NULL, p->words, &at, &s)) {
        do {
            s = descend_set(p, s);
            empty(p, &R);
            empty(p, &B);
            put_state(p, &R, s);
            put_state(p, &B, s);
            BNI_TRY(close_set(ctx, p, &R, NULL, 1));
            BNI_TRY(close_set(ctx, p, &B, R.word, 0));
        } while (find_outside(p, &R, &B, &s));
        BNI_TRY(add_attractor(ctx, p, budget, &R));
        BNI_TRY(close_off(ctx, p, &R));
    }
    return BINNET_OK;
}

static uint32_t end_of_set(const space *p, size_t k)
{
    return (uint32_t)(k + 1 < p->count ? p->first[k + 1] : p->n_states);
}

static int32_t fill_basins(binnet_ctx *ctx, binnet_attractors *a, const space *p)
{
    bni_pair *pair = bni_new_raw(ctx, 2 * p->count, sizeof *pair);
    if (pair == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < p->count; k++) /* the states of each rise already */
        pair[k] = (bni_pair){(uint64_t)(end_of_set(p, k) - p->first[k]) << 32 | p->state[p->first[k]], k};
    int32_t status = bni_sort_pairs(ctx, pair, pair + p->count, p->count);
    for (size_t k = 0; k < p->count && status == BINNET_OK; k++) {
        size_t from = (size_t)pair[k].value;
        uint32_t size = end_of_set(p, from) - p->first[from];
        memcpy(a->state + a->first[k], p->state + p->first[from], size * sizeof *a->state);
        a->first[k + 1] = a->first[k] + size;
    }
    bni_delete(&ctx->mem, pair);
    return status == BINNET_OK ? bni_attractors_index(ctx, a) : status;
}

/* R = what can reach attractor k, within D. */
static int32_t find_basin(binnet_ctx *ctx, space *p, set *R, const binnet_attractors *a, size_t k, const uint64_t *D)
{
    empty(p, R);
    for (uint32_t s = a->first[k]; s < a->first[k + 1]; s++) {
        put_state(p, R, a->state[s]);
        BNI_TRY(step_search(ctx, p));
    }
    return close_set(ctx, p, R, D, 0);
}

/* The states of R can reach one attractor more. */
static int32_t count_basin(binnet_ctx *ctx, space *p, const set *R)
{
    for (size_t w = 0; R->count == LISTLESS && w < p->words; w++) {
        p->twice[w] |= p->once[w] & R->word[w];
        p->once[w] |= R->word[w];
    }
    for (size_t k = 0; R->count != LISTLESS && k < R->count; k++) {
        size_t w = R->list[k] >> WORD_BITS;
        uint64_t bit = UINT64_C(1) << (R->list[k] & 63);
        p->twice[w] |= p->once[w] & bit;
        p->once[w] |= bit;
        BNI_TRY(step_search(ctx, p));
    }
    return BINNET_OK;
}

static int32_t find_basins(binnet_ctx *ctx, space *p, binnet_attractors *a)
{
    set R = {p->R, (uint32_t *)(void *)p->B, LISTLESS};
    BNI_TRY(bni_clear(ctx, p->once, p->words, sizeof *p->once));
    BNI_TRY(bni_clear(ctx, p->twice, p->words, sizeof *p->twice));
    for (size_t k = 0; k < a->count; k++) {
        bni_span(ctx, 0.4 + 0.3 * (double)k / (double)a->count, 0.7);
        BNI_TRY(find_basin(ctx, p, &R, a, k, NULL));
        a->weak[k] = a->basin[k] = set_size(p, &R);
        BNI_TRY(count_basin(ctx, p, &R));
    }
    if (a->count == 1)
        return BINNET_OK;
    for (size_t w = 0; w < p->words; w++)
        p->once[w] &= ~p->twice[w];
    for (size_t k = 0; k < a->count; k++) {
        bni_span(ctx, 0.7 + 0.3 * (double)k / (double)a->count, 1);
        BNI_TRY(find_basin(ctx, p, &R, a, k, p->once)); /* a way from such a state stays among such states */
        a->basin[k] = set_size(p, &R);
    }
    return BINNET_OK;
}

static int32_t search_attractors(binnet_ctx *ctx, space *p, binnet_attractors **out, const binnet_net *net,
                                 bni_team *team, bni_budget *budget)
{
    bni_span(ctx, 0, 0.2);
    BNI_TRY(bni_successor_map_sweep(ctx, p->ranks, team, set_flips, p));
    bni_span(ctx, 0.2, 0.4);
    BNI_TRY(find_fixed(ctx, p, budget));
    BNI_TRY(find_others(ctx, p, budget));
    double bytes = bni_attractors_bytes(net, BINNET_UPDATE_ASYNCHRONOUS, p->count, p->n_states) +
                   2.0 * sizeof(bni_pair) * (double)p->n_states;
    double counted = bni_attractors_bytes(net, BINNET_UPDATE_ASYNCHRONOUS, BNI_LIST_ROOM, BNI_LIST_ROOM) +
                     2.0 * sizeof(bni_pair) * BNI_LIST_ROOM;
    if (bytes > counted)
        BNI_TRY(bni_budget_take(ctx, budget, bytes - counted, "the list of attractors and their states"));
    BNI_TRY(bni_attractors_make(ctx, out, net, BINNET_UPDATE_ASYNCHRONOUS, p->count, p->n_states));
    BNI_TRY(fill_basins(ctx, *out, p));
    return find_basins(ctx, p, *out);
}

static double least_space(const binnet_net *net, int workers)
{
    return bni_team_bytes(workers) + bni_successor_map_bytes(net, workers) + bitmap_bytes(net->n) +
           2 * 4.0 * BNI_LIST_ROOM +
           bni_attractors_bytes(net, BINNET_UPDATE_ASYNCHRONOUS, BNI_LIST_ROOM, BNI_LIST_ROOM) +
           2.0 * sizeof(bni_pair) * BNI_LIST_ROOM;
}

int32_t binnet_attractors_asynchronous_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                                const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need_states(ctx, net->n, BINNET_MAX_ASYNCHRONOUS_NEURONS));
    uint64_t S = UINT64_C(1) << net->n;
    if (states != NULL)
        *states = S;
    if (bytes != NULL)
        *bytes = (uint64_t)least_space(net, (int)ctx->threads);
    if (flops != NULL)
        *flops = (double)S * (double)net->n;
    return BINNET_OK;
}

int32_t binnet_attractors_new_asynchronous(binnet_ctx *ctx, binnet_attractors **out, const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need_states(ctx, net->n, BINNET_MAX_ASYNCHRONOUS_NEURONS));
    int workers = (int)ctx->threads;
    bni_budget budget = {0};
    BNI_TRY(bni_budget_take(ctx, &budget, least_space(net, workers), "the asynchronous attractors"));
    bni_team *team;
    bni_successor_map *ranks = NULL;
    BNI_TRY(bni_team_new(ctx, &team, workers));
    size_t n = net->n, words = set_words(n);
    space p = {.n = n, .words = words, .valid = n < WORD_BITS ? (UINT64_C(1) << (1 << n)) - 1 : ~UINT64_C(0)};
    p.flips = bni_new_raw(ctx, (n + 5) * words, sizeof *p.flips);
    int32_t status = p.flips != NULL ? bni_successor_map_new(ctx, &ranks, net, workers) : BINNET_E_NOMEM;
    binnet_attractors *a = NULL;
    if (status == BINNET_OK) {
        p.ranks = ranks;
        p.open = p.flips + n * words;
        p.R = p.open + words;
        p.B = p.R + words;
        p.once = p.B + words;
        p.twice = p.once + words;
        status = search_attractors(ctx, &p, &a, net, team, &budget);
    }
    bni_successor_map_free(ranks);
    bni_team_free(team);
    bni_delete(&ctx->mem, p.flips);
    bni_delete(&ctx->mem, p.state);
    bni_delete(&ctx->mem, p.first);
    if (status != BINNET_OK)
        binnet_attractors_free(a);
    else
        *out = a;
    return status;
}
