/*
 * The flow of all states to their attractors. Most states of a network follow no other state ("gardens of Eden"), so only
 * the distinct successors are kept: a bitmap marks and numbers them, and 4 bytes for each hold its successor, then its class.
 * A class is the states of one basin that are equally far from the attractor.
 * Source: pointer reversal after Schorr & Waite, Comm. ACM 10 (1967) 501, for the walk without a stack.
 */
#include "attractors/attractors.h"

/* An entry of `link`: the successor; or, on the path of the running walk, the predecessor; or the class. */
#define ON_PATH (UINT32_C(1) << 30)
#define LABELLED (UINT32_C(1) << 31)
static const uint32_t number_mask = (UINT32_C(1) << 30) - 1, class_mask = (UINT32_C(1) << 31) - 1;

/* Entries of an array between two polls. */
enum { BETWEEN_POLLS = 1 << 14 };

/* 32 states: which are successors, and how many of the states before them are. */
typedef struct cell {
    _Atomic(uint32_t) image;
    uint32_t before;
} cell;

/* Counters of one worker, for classes that have the same remainder by CACHED. */
enum { CACHED = 1024 };

typedef struct cache {
    uint32_t class_of[CACHED], seen[CACHED];
} cache;

typedef struct graph {
    bni_successor_map *ranks;
    size_t cells;
    cell *cell;
    uint32_t *link;           /* [n_image] */
    size_t n_image, n_follow; /* entries of link and follow */
    bni_flow *flow;
    cache *cache;              /* [workers] */
    _Atomic(uint32_t) *follow; /* [classes] states whose successor is in the class */
} graph;

static size_t cells_of(size_t n)
{
    return n < 5 ? 1 : (size_t)1 << (n - 5);
}

double bni_graph_bytes(size_t n, int workers)
{
    return (double)sizeof(cell) * (double)cells_of(n) + (double)workers * sizeof(cache);
}

static uint32_t image_of(const cell *c)
{
    return atomic_load_explicit(&c->image, memory_order_relaxed);
}

static uint32_t bits_in(uint32_t x)
{
    x -= x >> 1 & UINT32_C(0x55555555);
    x = (x & UINT32_C(0x33333333)) + (x >> 2 & UINT32_C(0x33333333));
    x = (x + (x >> 4)) & UINT32_C(0x0F0F0F0F);
    return x * UINT32_C(0x01010101) >> 24;
}

/* Number of a successor among the successors. */
static uint32_t number_of_image(const graph *g, uint32_t state)
{
    const cell *c = &g->cell[state >> 5];
    return c->before + bits_in(image_of(c) & ((UINT32_C(1) << (state & 31)) - 1));
}

/* The state with this number. */
static uint32_t state_of(const graph *g, uint32_t number)
{
    size_t low = 0, high = g->cells - 1; /* the last cell with before <= number */
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (g->cell[middle].before <= number)
            low = middle;
        else
            high = middle - 1;
    }
    uint32_t bits = image_of(&g->cell[low]), place = 0;
    for (uint32_t skip = number - g->cell[low].before; skip > 0; skip--)
        bits &= bits - 1;
    while (!(bits >> place & 1))
        place++;
    return (uint32_t)(low << 5) + place;
}

/* --- passes over all states --- */

static void mark_image(void *arg, int worker, uint64_t block, const uint32_t *next)
{
    graph *g = arg;
    size_t count = g->ranks->count;
    (void)worker;
    (void)block;
    for (size_t k = 0; k < count; k++) {
        cell *c = &g->cell[next[k] >> 5];
        uint32_t bit = UINT32_C(1) << (next[k] & 31);
        if (!(image_of(c) & bit))
            atomic_fetch_or_explicit(&c->image, bit, memory_order_relaxed);
    }
}

static void set_links(void *arg, int worker, uint64_t block, const uint32_t *next)
{
    graph *g = arg;
    size_t count = g->ranks->count;
    (void)worker;
    for (size_t k = 0; k < count; k += 32) {
        const cell *c = &g->cell[(block * count + k) >> 5];
        uint32_t *link = g->link + c->before;
        const uint32_t *to = next + k;
        for (uint32_t bits = image_of(c); bits != 0; bits >>= 1, to++)
            if (bits & 1)
                *link++ = number_of_image(g, *to);
    }
}

static void flush_slot(graph *g, cache *c, uint32_t slot)
{
    atomic_fetch_add_explicit(&g->follow[c->class_of[slot]], c->seen[slot], memory_order_relaxed);
    c->seen[slot] = 0;
}

/* In steps, so that the reads of many states, which miss the cache, are under way together. */
static void count_followers(void *arg, int worker, uint64_t block, const uint32_t *next)
{
    enum { STEP = 128 };
    graph *g = arg;
    cache *c = &g->cache[worker];
    uint32_t number[STEP];
    size_t count = g->ranks->count;
    (void)block;
    for (size_t k = 0; k < count; k += STEP) {
        size_t end = count - k < STEP ? count - k : STEP;
        for (size_t s = 0; s < end; s++)
            number[s] = number_of_image(g, next[k + s]);
        for (size_t s = 0; s < end; s++)
            number[s] = g->link[number[s]] & class_mask;
        for (size_t s = 0; s < end; s++) {
            uint32_t slot = number[s] % CACHED;
            if (c->class_of[slot] != number[s]) {
                flush_slot(g, c, slot);
                c->class_of[slot] = number[s];
            }
            c->seen[slot]++;
        }
    }
}

/* --- the walk --- */

static int32_t new_class(binnet_ctx *ctx, bni_flow *f, bni_budget *budget, uint32_t *number)
{
    BNI_TRY(bni_list_grow(ctx, budget, &f->up, f->n_classes, &f->up_room));
    BNI_TRY(bni_list_grow(ctx, budget, &f->size, f->n_classes, &f->size_room));
    f->up[f->n_classes] = f->size[f->n_classes] = 0; /* sizes are counted later, but that of a cycle */
    *number = (uint32_t)f->n_classes++;
    return BINNET_OK;
}

/* The walk came back to `meet`, from `last`: the cycle gets a class of its own. *last: where the rest of the path ends. */
static int32_t close_cycle(binnet_ctx *ctx, graph *g, bni_budget *budget, uint32_t meet, uint32_t *last,
                           uint32_t *class_, int *rest)
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
static int32_t label_path(binnet_ctx *ctx, graph *g, bni_budget *budget, uint32_t start)
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
            BNI_TRY(label_path(ctx, g, budget, s));
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)g->n_image));
    }
    return BINNET_OK;
}

/* --- all together --- */

static int32_t number_image(binnet_ctx *ctx, graph *g)
{
    uint32_t sum = 0;
    for (size_t w = 0; w < g->cells; w++) {
        g->cell[w].before = sum;
        sum += bits_in(image_of(&g->cell[w]));
        if (w % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    g->n_image = sum;
    return BINNET_OK;
}

/* The states that follow one of class c make the class above c; of those that follow one of a cycle, as many as the cycle
 * has belong to the cycle itself. */
static int32_t size_classes(binnet_ctx *ctx, graph *g, bni_budget *budget)
{
    bni_flow *f = g->flow;
    for (size_t a = 0; a < f->n_attractors; a++)
        atomic_fetch_sub_explicit(&g->follow[f->root[a]], f->size[f->root[a]], memory_order_relaxed);
    for (size_t c = 1; c < g->n_follow; c++) {
        uint32_t followers = atomic_load_explicit(&g->follow[c], memory_order_relaxed);
        if (c % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
        if (followers == 0)
            continue;
        if (f->up[c] == 0) {
            uint32_t above;
            BNI_TRY(new_class(ctx, f, budget, &above));
            f->up[c] = above;
        }
        f->size[f->up[c]] = followers;
    }
    return BINNET_OK;
}

static int32_t find_flow(binnet_ctx *ctx, graph *g, bni_team *team, bni_budget *budget)
{
    bni_flow *f = g->flow;
    bni_span(ctx, 0, 0.25);
    BNI_TRY(bni_successor_map_sweep(ctx, g->ranks, team, mark_image, g));
    bni_span(ctx, 0.25, 0.25);
    BNI_TRY(number_image(ctx, g));
    BNI_TRY(bni_budget_take(ctx, budget, 4.0 * (double)g->n_image, "the graph of the distinct successors"));
    if ((g->link = bni_new_raw(ctx, g->n_image, sizeof *g->link)) == NULL)
        return BINNET_E_NOMEM;
    bni_span(ctx, 0.25, 0.45);
    BNI_TRY(bni_successor_map_sweep(ctx, g->ranks, team, set_links, g));
    bni_span(ctx, 0.45, 0.6);
    BNI_TRY(label_all(ctx, g, budget));
    BNI_TRY(bni_budget_take(ctx, budget, 4.0 * (double)f->n_classes, "the list of classes"));
    if ((g->follow = bni_new_raw(ctx, f->n_classes, sizeof *g->follow)) == NULL)
        return BINNET_E_NOMEM;
    g->n_follow = f->n_classes;
    BNI_TRY(bni_clear(ctx, g->follow, f->n_classes, sizeof *g->follow));
    bni_span(ctx, 0.6, 0.95);
    BNI_TRY(bni_successor_map_sweep(ctx, g->ranks, team, count_followers, g));
    for (int w = 0; w < bni_team_size(team); w++)
        for (uint32_t slot = 0; slot < CACHED; slot++)
            flush_slot(g, &g->cache[w], slot);
    BNI_TRY(size_classes(ctx, g, budget));
    for (size_t k = 0; k < f->n_cyclic; k++) {
        f->cyclic[k] = state_of(g, f->cyclic[k]);
        if (k % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

int32_t bni_flow_find(binnet_ctx *ctx, bni_flow *flow, bni_successor_map *ranks, bni_team *team, bni_budget *budget)
{
    int workers = bni_team_size(team);
    graph g = {.ranks = ranks, .cells = cells_of(ranks->n), .flow = flow};
    *flow = (bni_flow){0};
    g.cell = bni_new_raw(ctx, g.cells, sizeof *g.cell);
    g.cache = bni_new(ctx, (size_t)workers, sizeof *g.cache);
    int32_t status = g.cell != NULL && g.cache != NULL ? BINNET_OK : BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = bni_clear(ctx, g.cell, g.cells, sizeof *g.cell);
    if (status == BINNET_OK)
        status = find_flow(ctx, &g, team, budget);
    budget->used -= bni_graph_bytes(ranks->n, workers) + 4.0 * (double)(g.n_image + g.n_follow);
    bni_delete(&ctx->mem, g.cell);
    bni_delete(&ctx->mem, g.cache);
    bni_delete(&ctx->mem, g.link);
    bni_delete(&ctx->mem, g.follow);
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
