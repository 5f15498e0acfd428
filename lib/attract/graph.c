/*
 * The flow of all states to their attractors. Most states of a network follow no other state ("gardens of Eden"), so only
 * the distinct successors are kept: a bitmap marks and numbers them, and 4 bytes for each hold its successor, then its class.
 * A class is the states of one basin that are equally far from the attractor.
 * Source: pointer reversal after Schorr & Waite, Comm. ACM 10 (1967) 501, for the walk without a stack.
 */
#include "attract/dynamics.h"

#include <string.h>

/* An entry of `link`: the successor; or, on the path of the running walk, the predecessor; or the class. */
#define ON_PATH (UINT32_C(1) << 30)
#define LABELLED (UINT32_C(1) << 31)
static const uint32_t number_mask = (UINT32_C(1) << 30) - 1, class_mask = (UINT32_C(1) << 31) - 1;

/* Entries of an array between two polls. */
enum { BETWEEN_POLLS = 1 << 15 };

typedef struct graph {
    const bni_ranks *ranks;
    size_t words;
    _Atomic(uint64_t) *is_image; /* one bit a state: it is a successor */
    uint32_t *before;            /* [words] successors below the states of this word */
    uint32_t *link;              /* [n_image] */
    size_t n_image, n_leaves; /* entries of link and leaves */
    bni_flow *flow;
    _Atomic(uint32_t) *leaves;   /* [classes] states that no state leads to, by the class of their successor */
} graph;

static size_t words_of(size_t n)
{
    return n < 6 ? 1 : (size_t)1 << (n - 6);
}

double bni_graph_bytes(size_t n)
{
    return 12.0 * (double)words_of(n);
}

static uint64_t image_word(const graph *g, size_t w)
{
    return atomic_load_explicit(&g->is_image[w], memory_order_relaxed);
}

static unsigned count_bits(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
}

/* Number of a marked state among the marked ones. */
static uint32_t number_of(const graph *g, uint32_t state)
{
    size_t w = state >> 6;
    return g->before[w] + count_bits(image_word(g, w) & ((UINT64_C(1) << (state & 63)) - 1));
}

/* The state with this number. */
static uint32_t state_of(const graph *g, uint32_t number)
{
    size_t low = 0, high = g->words - 1; /* the last word with before <= number */
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (g->before[middle] <= number)
            low = middle;
        else
            high = middle - 1;
    }
    uint64_t bits = image_word(g, low);
    for (uint32_t skip = number - g->before[low]; skip > 0; skip--)
        bits &= bits - 1;
    uint32_t place = 0;
    while (!(bits >> place & 1))
        place++;
    return (uint32_t)(low << 6) + place;
}

/* --- passes over all states --- */

static void mark(void *arg, uint64_t block, const uint32_t *next)
{
    graph *g = arg;
    size_t count = g->ranks->count;
    (void)block;
    for (size_t k = 0; k < count; k++) {
        size_t w = next[k] >> 6;
        uint64_t bit = UINT64_C(1) << (next[k] & 63);
        if (!(image_word(g, w) & bit))
            atomic_fetch_or_explicit(&g->is_image[w], bit, memory_order_relaxed);
    }
}

static void set_links(void *arg, uint64_t block, const uint32_t *next)
{
    graph *g = arg;
    size_t count = g->ranks->count, first = (size_t)block * count;
    for (size_t k = 0; k < count; k += 64) {
        size_t w = (first + k) >> 6;
        uint32_t *link = g->link + g->before[w];
        for (uint64_t bits = image_word(g, w), s = 0; bits != 0; bits >>= 1, s++)
            if (bits & 1)
                *link++ = number_of(g, next[k + s]);
    }
}

/* Counters that many workers add to, through a small cache of their own. */
enum { CACHED = 256 };

static void count_leaves(void *arg, uint64_t block, const uint32_t *next)
{
    graph *g = arg;
    uint32_t class_of[CACHED] = {0}, seen[CACHED] = {0};
    size_t count = g->ranks->count, first = (size_t)block * count;
    for (size_t k = 0; k < count; k += 64) {
        uint64_t bits = ~image_word(g, (first + k) >> 6);
        size_t end = count - k < 64 ? count - k : 64;
        for (size_t s = 0; s < end; s++) {
            if (!(bits >> s & 1))
                continue;
            uint32_t c = g->link[number_of(g, next[k + s])] & class_mask, slot = c % CACHED;
            if (class_of[slot] != c) {
                atomic_fetch_add_explicit(&g->leaves[class_of[slot]], seen[slot], memory_order_relaxed);
                class_of[slot] = c;
                seen[slot] = 0;
            }
            seen[slot]++;
        }
    }
    for (size_t slot = 0; slot < CACHED; slot++)
        if (seen[slot] > 0)
            atomic_fetch_add_explicit(&g->leaves[class_of[slot]], seen[slot], memory_order_relaxed);
}

/* --- the walk --- */

static int32_t new_class(binnet_ctx *ctx, bni_flow *f, bni_budget *budget, uint32_t *number)
{
    BNI_TRY(bni_list_grow(ctx, budget, &f->up, f->n_classes, &f->up_room));
    BNI_TRY(bni_list_grow(ctx, budget, &f->size, f->n_classes, &f->size_room));
    f->up[f->n_classes] = f->size[f->n_classes] = 0;
    *number = (uint32_t)f->n_classes++;
    return BINNET_OK;
}

/* The walk came back to `meet`, from `last`: the cycle gets a class of its own. *last: where the rest of the path ends. */
static int32_t close_cycle(binnet_ctx *ctx, graph *g, bni_budget *budget, uint32_t meet, uint32_t *last, uint32_t *class_,
                           int *rest)
{
    bni_flow *f = g->flow;
    BNI_TRY(new_class(ctx, f, budget, class_));
    BNI_TRY(bni_list_grow(ctx, budget, &f->first, f->n_attractors, &f->attractor_room));
    BNI_TRY(bni_list_grow(ctx, budget, &f->root, f->n_attractors, &f->root_room));
    f->first[f->n_attractors] = (uint32_t)f->n_cyclic;
    f->root[f->n_attractors++] = *class_;
    for (uint32_t at = *last;;) {
        uint32_t previous = g->link[at] & number_mask;
        BNI_TRY(bni_list_grow(ctx, budget, &f->cyclic, f->n_cyclic, &f->cyclic_room));
        f->cyclic[f->n_cyclic++] = at;
        g->link[at] = LABELLED | *class_;
        f->size[*class_]++;
        *last = previous;
        *rest = at != meet || previous != meet;
        if (at == meet)
            return BINNET_OK;
        at = previous;
    }
}

/* Follow a successor until a state with a class or a cycle is met, then go back and label the path. */
static int32_t walk(binnet_ctx *ctx, graph *g, bni_budget *budget, uint32_t start)
{
    bni_flow *f = g->flow;
    uint32_t at = start, last = start, class_ = 0, length = 0;
    int rest = 1; /* is there a path to label? */
    while (!(g->link[at] & (ON_PATH | LABELLED))) {
        uint32_t next = g->link[at];
        g->link[at] = ON_PATH | last; /* the first points to itself */
        last = at;
        at = next;
        if (++length % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    if (g->link[at] & LABELLED)
        class_ = g->link[at] & class_mask;
    else
        BNI_TRY(close_cycle(ctx, g, budget, at, &last, &class_, &rest));
    while (rest) {
        uint32_t previous = g->link[last] & number_mask;
        if (f->up[class_] == 0) {
            uint32_t above;
            BNI_TRY(new_class(ctx, f, budget, &above));
            f->up[class_] = above;
        }
        class_ = f->up[class_];
        f->size[class_]++;
        g->link[last] = LABELLED | class_;
        rest = previous != last;
        last = previous;
        if (++length % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t label_all(binnet_ctx *ctx, graph *g, bni_budget *budget)
{
    uint32_t none;
    BNI_TRY(new_class(ctx, g->flow, budget, &none)); /* 0 is no class */
    for (uint32_t s = 0; s < g->n_image; s++) {
        if (!(g->link[s] & LABELLED))
            BNI_TRY(walk(ctx, g, budget, s));
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)g->n_image));
    }
    return BINNET_OK;
}

/* --- all together --- */

static int32_t number_image(binnet_ctx *ctx, graph *g)
{
    uint32_t sum = 0;
    for (size_t w = 0; w < g->words; w++) {
        g->before[w] = sum;
        sum += count_bits(image_word(g, w));
        if (w % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    g->n_image = sum;
    return BINNET_OK;
}

/* A leaf whose successor is in class c is in the class above c. */
static int32_t add_leaves(binnet_ctx *ctx, graph *g, bni_budget *budget)
{
    bni_flow *f = g->flow;
    for (size_t c = 1; c < g->n_leaves; c++) {
        if (c % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
        uint32_t leaves = atomic_load_explicit(&g->leaves[c], memory_order_relaxed);
        if (leaves == 0)
            continue;
        if (f->up[c] == 0) {
            uint32_t above;
            BNI_TRY(new_class(ctx, f, budget, &above));
            f->up[c] = above;
        }
        f->size[f->up[c]] += leaves;
    }
    return BINNET_OK;
}

static int32_t find(binnet_ctx *ctx, graph *g, bni_team *team, bni_budget *budget)
{
    bni_flow *f = g->flow;
    bni_span(ctx, 0, 0.25);
    BNI_TRY(bni_ranks_sweep(ctx, g->ranks, team, mark, g));
    bni_span(ctx, 0.25, 0.25);
    BNI_TRY(number_image(ctx, g));
    BNI_TRY(bni_budget_take(ctx, budget, 4.0 * (double)g->n_image, "the graph of the distinct successors"));
    if ((g->link = bni_new_raw(ctx, g->n_image, sizeof *g->link)) == NULL)
        return BINNET_E_NOMEM;
    bni_span(ctx, 0.25, 0.45);
    BNI_TRY(bni_ranks_sweep(ctx, g->ranks, team, set_links, g));
    bni_span(ctx, 0.45, 0.6);
    BNI_TRY(label_all(ctx, g, budget));
    BNI_TRY(bni_budget_take(ctx, budget, 4.0 * (double)f->n_classes, "the list of classes"));
    if ((g->leaves = bni_new(ctx, f->n_classes, sizeof *g->leaves)) == NULL)
        return BINNET_E_NOMEM;
    g->n_leaves = f->n_classes;
    bni_span(ctx, 0.6, 0.95);
    BNI_TRY(bni_ranks_sweep(ctx, g->ranks, team, count_leaves, g));
    BNI_TRY(add_leaves(ctx, g, budget));
    for (size_t k = 0; k < f->n_cyclic; k++) {
        f->cyclic[k] = state_of(g, f->cyclic[k]);
        if (k % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

int32_t bni_flow_find(binnet_ctx *ctx, bni_flow *flow, const bni_ranks *ranks, bni_team *team, bni_budget *budget)
{
    graph g = {.ranks = ranks, .words = words_of(ranks->n), .flow = flow};
    *flow = (bni_flow){0};
    g.is_image = bni_new(ctx, g.words, sizeof *g.is_image);
    g.before = bni_new_raw(ctx, g.words, sizeof *g.before);
    int32_t status = g.is_image != NULL && g.before != NULL ? BINNET_OK : BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = find(ctx, &g, team, budget);
    budget->used -= bni_graph_bytes(ranks->n) + 4.0 * (double)(g.n_image + g.n_leaves);
    bni_delete(&ctx->mem, g.is_image);
    bni_delete(&ctx->mem, g.before);
    bni_delete(&ctx->mem, g.link);
    bni_delete(&ctx->mem, g.leaves);
    return status;
}

void bni_flow_free(const bni_allocator *mem, bni_flow *flow)
{
    bni_delete(mem, flow->first);
    bni_delete(mem, flow->cyclic);
    bni_delete(mem, flow->root);
    bni_delete(mem, flow->up);
    bni_delete(mem, flow->size);
}
