/*
 * Counting fixed points without listing them. After each decision the open neurons fall into components that share no
 * row that is not settled; their numbers multiply. The number of a component is kept with what it depends on (its
 * neurons, and the sums so far of its rows) and found again when the same component comes back.
 * Source: component caching for counting models: T. Sang, F. Bacchus, P. Beame, H. Kautz, T. Pitassi, SAT 2004;
 * M. Thurley, sharpSAT, SAT 2006. Keys are compared whole, so that no count rests on a hash value.
 */
#include "fixed_points/count_components.h"

#include <string.h>

enum { WORTH_KEEPING = 64 }; /* a component that is all that is left is kept when it is no larger */

/* --- numbers --- */

static const bni_tally zero = {0, 0, 1}, one = {1, 1, 1};

static bni_tally tally_sum(bni_tally a, bni_tally b)
{
    bni_tally c = {a.value + b.value, a.exact + b.exact, a.fits && b.fits};
    c.fits = c.fits && c.exact >= a.exact;
    return c;
}

static bni_tally tally_product(bni_tally a, bni_tally b)
{
    if (a.value == 0 || b.value == 0)
        return zero;
    bni_tally c = {a.value * b.value, a.exact * b.exact, a.fits && b.fits && a.exact <= UINT64_MAX / b.exact};
    return c;
}

/* --- memory --- */

/* The cache starts small and grows fourfold, each time anew, to what is enough for searches that take seconds; beyond
 * that it is emptied and filled again. */
enum { FIRST_SLOTS = 1 << 11, MOST_SLOTS = 1 << 17, ROOM_PER_SLOT = 32 };

static double cache_bytes(double slots)
{
    return slots * ((double)sizeof(bni_cached) + ROOM_PER_SLOT * sizeof(int32_t));
}

static void counter_buffers(bni_plan *plan, void *counter)
{
    bni_counter *c = counter;
    size_t n = c->p->n;
    BNI_BUFFER(plan, c->order, n);
    BNI_BUFFER(plan, c->buffer, n);
    BNI_BUFFER(plan, c->range_from, 2 * n + 2);
    BNI_BUFFER(plan, c->range_length, 2 * n + 2);
    BNI_ZEROS(plan, c->seen_neuron, n);
    BNI_ZEROS(plan, c->seen_row, n);
    BNI_BUFFER(plan, c->frames, n + 3);
    BNI_BUFFER(plan, c->key, 7 * n + 2 + c->p->entries / 16);
    BNI_BUFFER(plan, c->rows, n);
    BNI_ZEROS(plan, c->slots, c->n_slots);
    BNI_BUFFER(plan, c->store, c->room);
}

double bni_counting_bytes(const binnet_net *net)
{
    double grown = net->n < 24 ? 0 : cache_bytes(MOST_SLOTS * 1.25 - FIRST_SLOTS); /* two live while it grows */
    const bni_sparse sizes = {.n = net->n, .entries = (size_t)bni_sparse_entries(net)};
    bni_counter c = {.p = &sizes, .n_slots = FIRST_SLOTS, .room = FIRST_SLOTS * ROOM_PER_SLOT};
    return bni_search_bytes(net, 0) + bni_branch_bytes(net) + bni_plan_bytes(counter_buffers, &c) + grown;
}

void bni_counter_free(bni_counter *c)
{
    const bni_allocator *mem = &c->ctx->mem;
    bni_plan_release(mem, counter_buffers, c);
    bni_branch_free(mem, &c->branch);
    bni_search_free(mem, c->s);
}

int32_t bni_counter_new(bni_counter *c, binnet_ctx *ctx, const bni_sparse *p, bni_effort *e)
{
    size_t n = p->n;
    *c = (bni_counter){.ctx = ctx, .p = p, .e = e, .generation = 1};
    for (size_t i = 0; i < n; i++)
        c->inexact |= p->margin[i] > 0;
    c->n_slots = FIRST_SLOTS;
    c->room = FIRST_SLOTS * ROOM_PER_SLOT;
    BNI_TRY(bni_search_new(ctx, &c->s, c->p));
    BNI_TRY(bni_branch_new(ctx, &c->branch, c->p));
    return bni_plan_make(ctx, counter_buffers, c);
}

/* --- components --- */

/* A new stamp, with all marks void. */
static void stamp(bni_counter *c)
{
    if (++c->stamp != 0)
        return;
    memset(c->seen_neuron, 0, c->p->n * sizeof *c->seen_neuron);
    memset(c->seen_row, 0, c->p->n * sizeof *c->seen_row);
    c->stamp = 1;
}

/* Row i couples its open inputs, and its neuron if that is open; append those that are new. */
static size_t visit_row(bni_counter *c, size_t i, size_t end)
{
    const bni_sparse *p = c->p;
    if (c->seen_row[i] == c->stamp || bni_search_settled(c->s, i))
        return end;
    if (c->s->value[i] == BNI_OPEN) {
        if (c->branch.member[i] != c->branch.stamp || c->branch.listeners[i] == BNI_DETERMINED)
            return end;
        if (c->seen_neuron[i] != c->stamp) {
            c->seen_neuron[i] = c->stamp;
            c->buffer[end++] = (int32_t)i;
        }
    }
    c->seen_row[i] = c->stamp;
    for (int64_t k = p->first[i]; k < p->first[i + 1]; k++) {
        size_t j = (size_t)p->input[k];
        if (c->s->value[j] == BNI_OPEN && c->seen_neuron[j] != c->stamp) {
            c->seen_neuron[j] = c->stamp;
            c->buffer[end++] = (int32_t)j;
        }
    }
    return end;
}

void bni_counter_split(bni_counter *c, bni_frame *f)
{
    const bni_sparse *p = c->p;
    int32_t *vars = c->order + f->from;
    size_t end = 0, top = f->children_from;
    bni_branch_influence(&c->branch, c->s, vars, f->length);
    stamp(c);
    for (size_t v = 0; v < f->length; v++) {
        size_t seed = (size_t)vars[v], begin = end;
        if (c->s->value[seed] != BNI_OPEN || c->branch.listeners[seed] == BNI_DETERMINED ||
            c->seen_neuron[seed] == c->stamp)
            continue;
        c->seen_neuron[seed] = c->stamp;
        c->buffer[end++] = (int32_t)seed;
        for (size_t at = begin; at < end; at++) {
            size_t j = (size_t)c->buffer[at];
            end = visit_row(c, j, end);
            for (int64_t k = p->out_first[j]; k < p->out_first[j + 1]; k++)
                end = visit_row(c, (size_t)p->out[k], end);
        }
        c->range_from[top] = (int32_t)(f->from + begin);
        c->range_length[top++] = (int32_t)(end - begin);
    }
    for (size_t v = 0; v < f->length; v++) /* what is decided or determined stays behind them */
        if (c->seen_neuron[vars[v]] != c->stamp)
            c->buffer[end++] = vars[v];
    memcpy(vars, c->buffer, f->length * sizeof *vars);
    f->child = f->children_from;
    f->children_to = top;
}

/* --- cache --- */

static int by_number(const void *a, const void *b, const void *unused)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    (void)unused;
    return (x > y) - (x < y);
}

/* The sum so far of row i; of a rounded row the decided inputs themselves, since equal sums may have been rounded. */
static size_t put_row(const bni_counter *c, size_t at, size_t i)
{
    const bni_sparse *p = c->p;
    memcpy(c->key + at, &c->s->low[i], sizeof c->s->low[i]);
    at += 2;
    uint32_t word = 0, bits = 0;
    for (int64_t k = p->first[i]; p->margin[i] > 0 && k < p->first[i + 1]; k++) {
        word |= (uint32_t)c->s->value[p->input[k]] << bits;
        bits += 2;
        if (bits == 32 || k + 1 == p->first[i + 1]) {
            memcpy(c->key + at++, &word, sizeof word);
            word = bits = 0;
        }
    }
    return at;
}

/* What the number of a component depends on: its neurons with the sums of their rows, and the decided rows they go into
 * with theirs. Returns the length. */
static size_t make_key(bni_counter *c, int32_t *vars, size_t count)
{
    const bni_sparse *p = c->p;
    size_t at = 1, n_rows = 0;
    bni_sort(NULL, vars, count, sizeof *vars, by_number, NULL);
    stamp(c);
    c->key[0] = (int32_t)count;
    for (size_t v = 0; v < count; v++) {
        size_t j = (size_t)vars[v];
        c->key[at++] = vars[v];
        at = put_row(c, at, j);
        for (int64_t k = p->out_first[j]; k < p->out_first[j + 1]; k++) {
            size_t i = (size_t)p->out[k];
            if (c->s->value[i] == BNI_OPEN || c->seen_row[i] == c->stamp || bni_search_settled(c->s, i))
                continue;
            c->seen_row[i] = c->stamp;
            c->rows[n_rows++] = (int32_t)i;
        }
    }
    bni_sort(NULL, c->rows, n_rows, sizeof *c->rows, by_number, NULL);
    for (size_t r = 0; r < n_rows; r++) {
        c->key[at++] = 2 * c->rows[r] + c->s->value[c->rows[r]];
        at = put_row(c, at, (size_t)c->rows[r]);
    }
    return at;
}

static uint64_t hash_of(const int32_t *key, size_t length)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (size_t k = 0; k < length; k++)
        h = bni_hash(h, (uint32_t)key[k]);
    return h;
}

/* The slot of the key that was just made, or a free one; *hit. */
static size_t find_slot(const bni_counter *c, uint64_t hash, size_t length, int *hit)
{
    size_t at = (size_t)hash & (c->n_slots - 1);
    for (*hit = 0; c->slots[at].generation == c->generation; at = (at + 1) & (c->n_slots - 1)) {
        const bni_cached *s = &c->slots[at];
        if (s->hash == hash && s->length == length && memcmp(c->store + s->at, c->key, length * sizeof *c->key) == 0) {
            *hit = 1;
            break;
        }
    }
    return at;
}

/* The cache is full: a larger one, or the same again, empty. */
static void renew_cache(bni_counter *c)
{
    size_t slots = 4 * c->n_slots;
    c->generation++;
    c->used = c->kept = 0;
    if (c->p->n < 24 || slots > MOST_SLOTS)
        return;
    bni_cached *more = bni_new(c->ctx, slots, sizeof *more);
    int32_t *store = bni_new_raw(c->ctx, slots * ROOM_PER_SLOT, sizeof *store);
    if (more == NULL || store == NULL) {
        bni_delete(&c->ctx->mem, more);
        bni_delete(&c->ctx->mem, store);
        c->status = BINNET_E_NOMEM;
        return;
    }
    bni_delete(&c->ctx->mem, c->slots);
    bni_delete(&c->ctx->mem, c->store);
    c->slots = more;
    c->store = store;
    c->n_slots = slots;
    c->room = slots * ROOM_PER_SLOT;
}

/* Room for the key that was just made; the frame will know where. */
static void reserve(bni_counter *c, bni_frame *f, uint64_t hash, size_t length)
{
    int hit;
    f->generation = 0;
    if (length > c->room / 16)
        return;
    if (c->used + length > c->room || 4 * (c->kept + 1) > 3 * c->n_slots)
        renew_cache(c);
    size_t at = find_slot(c, hash, length, &hit);
    memcpy(c->store + c->used, c->key, length * sizeof *c->key);
    c->slots[at] =
        (bni_cached){.hash = hash, .at = (uint32_t)c->used, .length = (uint32_t)length, .generation = c->generation};
    c->used += length;
    c->kept++;
    f->generation = c->generation;
    f->slot = (uint32_t)at;
}

/* Known: 1 and *count. Otherwise there is room for it. */
static int recall(bni_counter *c, bni_frame *f, bni_tally *count)
{
    int hit;
    size_t length = make_key(c, c->order + f->from, f->length);
    uint64_t hash = hash_of(c->key, length);
    size_t at = find_slot(c, hash, length, &hit);
    if (hit && c->slots[at].known) {
        *count = c->slots[at].count;
        return 1;
    }
    reserve(c, f, hash, length);
    return 0;
}

/* The search is back at the frame's mark. What has fixed points is kept however large it is: the list needs it. */
static void remember(bni_counter *c, bni_frame *f)
{
    if (f->generation != c->generation) {
        if (f->sum.value == 0)
            return;
        size_t length = make_key(c, c->order + f->from, f->length);
        reserve(c, f, hash_of(c->key, length), length);
        if (f->generation != c->generation)
            return;
    }
    bni_cached *kept = &c->slots[f->slot];
    kept->count = f->sum;
    kept->neuron = f->neuron;
    kept->alive = f->alive;
    kept->known = 1;
}

int32_t bni_counter_recall(bni_counter *c, int32_t *vars, size_t count, unsigned char *alive)
{
    int hit;
    size_t length = make_key(c, vars, count), at = find_slot(c, hash_of(c->key, length), length, &hit);
    if (!hit || !c->slots[at].known)
        return -1;
    *alive = c->slots[at].alive;
    return c->slots[at].neuron;
}

/* --- the search --- */

int bni_counter_rounded_hold(const bni_counter *c, size_t mark)
{
    const bni_sparse *p = c->p;
    for (size_t t = mark; c->inexact && t < c->s->decided; t++) {
        size_t j = (size_t)c->s->trail[t];
        for (int64_t k = p->out_first[j] - 1; k < p->out_first[j + 1]; k++) {
            size_t i = k < p->out_first[j] ? j : (size_t)p->out[k];
            int complete = c->s->value[i] != BNI_OPEN && p->margin[i] > 0 && !bni_search_settled(c->s, i);
            for (int64_t l = p->first[i]; complete && l < p->first[i + 1]; l++)
                complete = c->s->value[p->input[l]] != BNI_OPEN;
            if (complete && !bni_sparse_row_holds(p, i, c->s->value))
                return 0;
        }
    }
    return 1;
}

static double child_share(const bni_frame *f)
{
    return (f->neuron < 0 ? f->share : f->share / 2) / (double)(f->children_to - f->children_from);
}

/* One side of the frame's decision: impossible, finished, or with components to count. Stopped: not begun. */
static int32_t begin_side(bni_counter *c, bni_frame *f)
{
    f->children_to = f->child = f->children_from;
    if (!bni_effort_spend(c->e))
        return c->e->stopped;
    f->product = one;
    if (bni_search_decide(c->s, (size_t)f->neuron, f->value) && bni_counter_rounded_hold(c, f->base))
        bni_counter_split(c, f);
    else
        f->product = zero;
    if (f->children_to == f->children_from)
        c->e->done += f->share / 2;
    return BINNET_OK;
}

/* The number of a component, or a frame that will find it (*opened). */
static int32_t begin_child(bni_counter *c, bni_frame *parent, bni_tally *count, int *opened)
{
    bni_search *s = c->s;
    int first;
    bni_frame *f = &c->frames[c->depth];
    *opened = 0;
    *f = (bni_frame){.from = (size_t)c->range_from[parent->child],
                     .length = (size_t)c->range_length[parent->child],
                     .mark = s->decided,
                     .children_from = parent->children_to,
                     .share = child_share(parent),
                     .sum = zero};
    int alone = parent->children_to - parent->children_from == 1;
    if ((!alone || f->length <= WORTH_KEEPING) && recall(c, f, count)) {
        c->e->done += f->share;
        return BINNET_OK;
    }
    int32_t j = bni_branch_choose(&c->branch, s, c->e, c->order + f->from, f->length, &first);
    if (j == BNI_STOPPED)
        return c->e->stopped;
    if (j == BNI_DEAD_END || !bni_counter_rounded_hold(c, f->mark) || j == BNI_ALL_DETERMINED) {
        f->sum = j == BNI_ALL_DETERMINED && bni_counter_rounded_hold(c, f->mark) ? one : zero;
        f->neuron = -1;
        bni_search_undo(s, f->mark);
        remember(c, f);
        c->e->done += f->share;
        *count = f->sum;
        return BINNET_OK;
    }
    f->base = s->decided;
    f->neuron = j;
    f->value = (unsigned char)first;
    f->product = zero;
    c->depth++;
    *opened = 1;
    return begin_side(c, f);
}

static void deliver_count(bni_frame *f, bni_tally count)
{
    f->product = tally_product(f->product, count);
    f->child++;
}

/* Both sides are counted. */
static void close_both_sides(bni_counter *c)
{
    bni_frame *f = &c->frames[--c->depth];
    bni_search_undo(c->s, f->mark);
    remember(c, f);
    deliver_count(&c->frames[c->depth - 1], f->sum);
}

static int32_t advance_frame(bni_counter *c)
{
    bni_frame *f = &c->frames[c->depth - 1];
    if (f->child < f->children_to && f->product.value > 0) {
        bni_tally count = zero;
        int opened;
        BNI_TRY(begin_child(c, f, &count, &opened));
        if (!opened)
            deliver_count(f, count);
        return BINNET_OK;
    }
    c->e->done += f->child < f->children_to ? child_share(f) * (double)(f->children_to - f->child) : 0;
    f->sum = tally_sum(f->sum, f->product);
    f->alive |= (unsigned char)(f->product.value > 0 ? 1 + f->value : 0);
    f->product = zero;
    f->child = f->children_to;
    if (f->neuron >= 0 && !f->second) {
        f->second = 1;
        f->value = !f->value;
        bni_search_undo(c->s, f->base);
        return begin_side(c, f);
    }
    if (f->neuron < 0)
        c->depth--;
    else
        close_both_sides(c);
    return BINNET_OK;
}

int32_t bni_counter_finish(bni_counter *c)
{
    for (size_t below = c->depth - 1; c->depth > below;) {
        BNI_TRY(advance_frame(c));
        BNI_TRY(c->status);
    }
    return BINNET_OK;
}

int32_t bni_counter_run(bni_counter *c)
{
    bni_frame *root = &c->frames[0];
    *root = (bni_frame){.share = 1, .sum = zero, .product = one, .neuron = -1};
    if (!bni_search_start(c->s) || !bni_counter_rounded_hold(c, 0))
        return BINNET_OK;
    for (size_t j = 0; j < c->p->n; j++)
        if (c->s->value[j] == BNI_OPEN)
            c->order[root->length++] = (int32_t)j;
    bni_counter_split(c, root);
    c->depth = 1;
    return bni_counter_finish(c);
}

void bni_counter_trace(const bni_counter *c, bni_tally *count, bni_decision *path, size_t *length)
{
    size_t deepest = 0;
    *length = 0;
    while (deepest + 1 < c->depth && c->frames[deepest].child + 1 == c->frames[deepest].children_to)
        deepest++;
    for (size_t d = 0; d <= deepest; d++)
        if (c->frames[d].neuron >= 0)
            path[(*length)++] = (bni_decision){c->frames[d].neuron, c->frames[d].value, !c->frames[d].second};
    *count = c->frames[deepest].sum;
    for (size_t d = deepest; d-- > 0;)
        *count = tally_sum(c->frames[d].sum, tally_product(c->frames[d].product, *count));
}
