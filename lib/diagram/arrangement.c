/*
 * Regions of equal label: a sweep over the first stimulus.
 * Between two neighbouring edges of boxes the line of the second stimulus falls into cells; only the cells within reach
 * of the boxes that begin or end there are looked at again, the others go on. Cells that touch and agree are joined by
 * union-find. Counts are exact: a label's number of states is a sum of whole numbers kept in as many words as it needs.
 * Source: sweep over compressed coordinates, Preparata & Shamos, Computational Geometry (1985), sec. 8.
 */
#include "diagram/arrangement.h"
#include "diagram/word_rows.h"

#include <math.h>
#include <string.h>

/* --- what several files use --- */

enum { KEYS = 1 << 16 }; /* between two polls */

uint64_t bni_key_of(double x)
{
    uint64_t bits;
    x += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

size_t bni_label_width(const binnet_regions *r)
{
    return 2 * (r->periods + 1) + 1;
}

static uint64_t mix_bits(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* --- the sweep --- */

/* The lower or upper end of a box in the second stimulus. */
typedef struct edge {
    uint32_t y; /* place of its coordinate */
    uint32_t slab;
    int32_t sign; /* 1: the box begins, -1: it ends */
} edge;

/* A cell of the line reaches from y to the y of the next one, the last to the end of the window. */
typedef struct cell {
    uint32_t y, count, label, rectangle;
} cell;

typedef struct sweep {
    binnet_ctx *ctx;
    binnet_regions *r;
    size_t n;
    uint32_t *x0, *x1;       /* [n] places of the coordinates */
    edge *edge;              /* [2n], by y */
    uint32_t *low, *high;    /* [n] its edges */
    uint32_t *first, *last;  /* [n] boxes by x0, and by x1 */
    uint32_t *active, *next; /* edges of the boxes on the line, in order */
    size_t n_active;
    cell *cell, *fresh, *merged; /* the line; the part that is new; room for both */
    size_t cells;
    uint32_t *event; /* edges of the boxes that begin or end */
    size_t events;
    bni_pair *keyed, *spare;

    size_t limbs;      /* words of an exact number of states */
    uint64_t *count;   /* of each kind: classes, those beyond double, limbs; then broken fixed points and cycles */
    uint64_t *visible; /* a label */
    uint64_t hash;
    bni_word_rows counts, labels;
    uint32_t *label_of_count;
    size_t label_room;

    uint32_t *parent; /* union-find over rectangles */
    size_t rectangles, room, parent_room;
    bni_rectangle *sorted;
    double bytes; /* allocated, about */
} sweep;

static uint32_t find_root(uint32_t *parent, uint32_t k)
{
    while (parent[k] != k) {
        parent[k] = parent[parent[k]];
        k = parent[k];
    }
    return k;
}

/* The earlier rectangle stays, so that regions are numbered as they begin. */
static void join_regions(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = find_root(parent, a);
    b = find_root(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

static size_t count_width(const sweep *s)
{
    return (s->r->periods + 1) * (2 + s->limbs) + 2;
}

/* Adds sign * m, m a whole double, to a number of `limbs` words. */
static void add_whole(uint64_t *number, size_t limbs, double m, int32_t sign)
{
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(m, &exponent), 53);
    exponent -= 53;
    if (exponent < 0) { /* m < 2^53 is whole: no bit is lost */
        mantissa >>= -exponent;
        exponent = 0;
    }
    size_t at = (size_t)exponent / 64;
    int shift = exponent % 64;
    uint64_t part[2] = {mantissa << shift, shift > 11 ? mantissa >> (64 - shift) : 0};
    uint64_t carry = 0;
    for (size_t k = at; k < limbs; k++) {
        uint64_t add = k - at < 2 ? part[k - at] : 0;
        if (k - at >= 2 && carry == 0)
            break;
        uint64_t old = number[k];
        if (sign > 0) {
            uint64_t sum = old + add + carry;
            carry = sum < old || (carry != 0 && sum == old);
            number[k] = sum;
        } else {
            uint64_t difference = old - add - carry;
            carry = old < add || (carry != 0 && old == add);
            number[k] = difference;
        }
    }
}

/* To double, cut off after 53 bits and rounded by the 54th: a function of the number alone. */
static double count_to_double(const uint64_t *number, size_t limbs)
{
    size_t top = limbs;
    while (top > 0 && number[top - 1] == 0)
        top--;
    if (top == 0)
        return 0;
    uint64_t high = number[top - 1], low = top > 1 ? number[top - 2] : 0;
    int shift = 0;
    while (!(high >> 63)) {
        high = high << 1 | low >> 63;
        low <<= 1;
        shift++;
    }
    uint64_t mantissa = (high >> 11) + (high >> 10 & 1);
    return ldexp((double)mantissa, 11 - shift + 64 * (int)(top - 1));
}

/* A box begins or ends on the way along the line. */
static void step_over(sweep *s, const edge *e)
{
    const bni_slab *b = &s->r->slab[e->slab];
    uint64_t *row = s->count + b->kind * (2 + s->limbs);
    row[0] += (uint64_t)(int64_t)e->sign;
    if (isinf(b->multiplicity))
        row[1] += (uint64_t)(int64_t)e->sign;
    else
        add_whole(row + 2, s->limbs, b->multiplicity, e->sign);
    if (b->broken)
        s->count[count_width(s) - (b->kind == 0 ? 2 : 1)] += (uint64_t)(int64_t)e->sign;
    uint64_t bits;
    memcpy(&bits, &b->multiplicity, sizeof bits);
    uint64_t token = mix_bits(bits ^ mix_bits((uint64_t)b->kind << 1 | (b->broken != 0)));
    s->hash += e->sign > 0 ? token : -token;
}

/* The number of the counts at hand, and of their label. */
static int32_t find_label(sweep *s, uint32_t *count, uint32_t *label)
{
    size_t known = s->counts.count, width = count_width(s), shown = bni_label_width(s->r);
    BNI_TRY(bni_word_rows_find(s->ctx, &s->bytes, &s->counts, s->count, s->hash, count));
    if (s->counts.count > known) {
        uint64_t hash = 0;
        for (size_t k = 0; k <= s->r->periods; k++) {
            const uint64_t *row = s->count + k * (2 + s->limbs);
            double states = row[1] > 0 ? INFINITY : count_to_double(row + 2, s->limbs);
            s->visible[2 * k] = row[0];
            memcpy(&s->visible[2 * k + 1], &states, sizeof states);
        }
        s->visible[shown - 1] = (s->count[width - 2] != 0 ? BINNET_BROKEN_FIXED : 0) |
                                (s->count[width - 1] != 0 ? BINNET_BROKEN_CYCLE : 0);
        for (size_t k = 0; k < shown; k++)
            hash = mix_bits(hash ^ mix_bits(s->visible[k] + k));
        BNI_TRY(bni_room(s->ctx, &s->bytes, &s->label_of_count, &s->label_room, s->counts.count,
                         sizeof *s->label_of_count, "the list of labels"));
        BNI_TRY(bni_word_rows_find(s->ctx, &s->bytes, &s->labels, s->visible, hash, &s->label_of_count[*count]));
    }
    *label = s->label_of_count[*count];
    return BINNET_OK;
}

/* The k-th of the 2n + 2 coordinates of one stimulus: lower and upper end of each box, and of the window. */
static double coordinate_of(const sweep *s, size_t axis, size_t k)
{
    const binnet_regions *r = s->r;
    if (k >= 2 * s->n)
        return k & 1 ? r->window_hi[axis] : r->window_lo[axis];
    return k & 1 ? r->slab[k / 2].hi[axis] : r->slab[k / 2].lo[axis];
}

/* The distinct coordinates of one stimulus; place[k] of the k-th of all. */
static int32_t list_coordinates(sweep *s, size_t axis, uint32_t *place)
{
    size_t n = 2 * s->n + 2, distinct = 0;
    double *list = s->r->coordinate[axis] = bni_new_raw(s->ctx, n, sizeof *list);
    if (list == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < n; k++) {
        s->keyed[k] = (bni_pair){bni_key_of(coordinate_of(s, axis, k)), k};
        if (k % KEYS == KEYS - 1)
            BNI_TRY(bni_poll(s->ctx, 0));
    }
    BNI_TRY(bni_sort_pairs(s->ctx, s->keyed, s->spare, n));
    for (size_t k = 0; k < n; k++) {
        if (k == 0 || s->keyed[k].key != s->keyed[k - 1].key)
            list[distinct++] = coordinate_of(s, axis, (size_t)s->keyed[k].value) + 0.0; /* -0 becomes 0 */
        place[s->keyed[k].value] = (uint32_t)distinct - 1;
        if (k % KEYS == KEYS - 1)
            BNI_TRY(bni_poll(s->ctx, 0));
    }
    s->r->size[axis] = distinct;
    return BINNET_OK;
}

/* Boxes by their place. */
static int32_t order_by(sweep *s, uint32_t *order, const uint32_t *place)
{
    for (size_t k = 0; k < s->n; k++)
        s->keyed[k] = (bni_pair){place[k], k};
    BNI_TRY(bni_sort_pairs(s->ctx, s->keyed, s->spare, s->n));
    for (size_t k = 0; k < s->n; k++)
        order[k] = (uint32_t)s->keyed[k].value;
    return BINNET_OK;
}

/* The list of periods, and the kind of each box. */
static int32_t fill_kinds(sweep *s)
{
    binnet_regions *r = s->r;
    size_t cycles = 0;
    for (size_t k = 0; k < s->n; k++)
        if (r->slab[k].period > 0)
            s->keyed[cycles++] = (bni_pair){r->slab[k].period, k};
    BNI_TRY(bni_sort_pairs(s->ctx, s->keyed, s->spare, cycles));
    for (size_t k = 0; k < cycles; k++)
        r->periods += k == 0 || s->keyed[k].key != s->keyed[k - 1].key;
    r->period = bni_new_raw(s->ctx, r->periods, sizeof *r->period);
    if (r->period == NULL)
        return BINNET_E_NOMEM;
    size_t kind = 0;
    for (size_t k = 0; k < cycles; k++) {
        if (k == 0 || s->keyed[k].key != s->keyed[k - 1].key)
            r->period[kind++] = s->keyed[k].key;
        r->slab[s->keyed[k].value].kind = (uint32_t)kind;
    }
    return BINNET_OK;
}

/* Words that hold the sum of all multiplicities. */
static size_t limbs_needed(const binnet_regions *r)
{
    double sum = 1;
    int exponent;
    for (size_t k = 0; k < r->slabs; k++)
        sum += isinf(r->slab[k].multiplicity) ? 0 : r->slab[k].multiplicity;
    frexp(sum, &exponent);
    return (size_t)(exponent + 1) / 64 + 1;
}

static void sweep_buffers(bni_plan *plan, void *sweep_)
{
    sweep *s = sweep_;
    size_t n = s->n, ends = 2 * n + 2;
    BNI_BUFFER(plan, s->keyed, ends);
    BNI_BUFFER(plan, s->spare, ends);
    BNI_BUFFER(plan, s->x0, n);
    BNI_BUFFER(plan, s->x1, n);
    BNI_BUFFER(plan, s->edge, 2 * n);
    BNI_BUFFER(plan, s->low, n);
    BNI_BUFFER(plan, s->high, n);
    BNI_BUFFER(plan, s->first, n);
    BNI_BUFFER(plan, s->last, n);
    BNI_BUFFER(plan, s->active, 2 * n);
    BNI_BUFFER(plan, s->next, 2 * n);
    BNI_BUFFER(plan, s->event, ends);
    BNI_BUFFER(plan, s->cell, ends);
    BNI_BUFFER(plan, s->fresh, ends);
    BNI_BUFFER(plan, s->merged, ends);
}

/* With the boxes, the coordinates, and the first rectangles. */
double bni_arrange_bytes(size_t n)
{
    sweep s = {.n = n};
    return bni_plan_bytes(sweep_buffers, &s) + (double)n * (sizeof(bni_slab) + 24) + 32 * ((double)n + 1) + 4096;
}

static int32_t prepare_sweep(sweep *s)
{
    binnet_ctx *ctx = s->ctx;
    size_t n = s->n;
    s->limbs = limbs_needed(s->r);
    BNI_TRY(bni_plan_make(ctx, sweep_buffers, s));
    BNI_TRY(fill_kinds(s));
    s->counts.width = count_width(s);
    s->labels.width = bni_label_width(s->r);
    s->count = bni_new(ctx, s->counts.width, sizeof *s->count);
    s->visible = bni_new(ctx, s->labels.width, sizeof *s->visible);
    if (s->count == NULL || s->visible == NULL)
        return BINNET_E_NOMEM;

    uint32_t *place = s->event; /* not in use yet */
    BNI_TRY(list_coordinates(s, 0, place));
    for (size_t k = 0; k < n; k++) {
        s->x0[k] = place[2 * k];
        s->x1[k] = place[2 * k + 1];
        if (k % KEYS == KEYS - 1)
            BNI_TRY(bni_poll(s->ctx, 0));
    }
    BNI_TRY(order_by(s, s->first, s->x0));
    BNI_TRY(order_by(s, s->last, s->x1));
    BNI_TRY(list_coordinates(s, 1, place));
    for (size_t k = 0; k < 2 * n; k++)
        s->keyed[k] = (bni_pair){place[k], k};
    BNI_TRY(bni_sort_pairs(s->ctx, s->keyed, s->spare, 2 * n));
    for (size_t k = 0; k < 2 * n; k++) {
        size_t end = (size_t)s->keyed[k].value;
        s->edge[k] = (edge){(uint32_t)s->keyed[k].key, (uint32_t)(end >> 1), end & 1 ? -1 : 1};
        (end & 1 ? s->high : s->low)[end >> 1] = (uint32_t)k;
        if (k % KEYS == KEYS - 1)
            BNI_TRY(bni_poll(s->ctx, 0));
    }
    return BINNET_OK;
}

static void clean_up(sweep *s)
{
    void *const others[] = {s->count, s->visible, s->label_of_count, s->parent, s->sorted};
    bni_plan_release(&s->ctx->mem, sweep_buffers, s);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        bni_delete(&s->ctx->mem, others[k]);
    bni_word_rows_free(&s->ctx->mem, &s->counts);
    bni_word_rows_free(&s->ctx->mem, &s->labels);
}

/* The boxes that end or begin at column x: their edges in order, and what is active behind it. */
static int32_t change_active(sweep *s, uint32_t x, size_t *ended, size_t *begun)
{
    size_t n = 0;
    for (; *ended < s->n && s->x1[s->last[*ended]] == x; ++*ended) {
        s->keyed[n++] = (bni_pair){s->low[s->last[*ended]], 0};
        s->keyed[n++] = (bni_pair){s->high[s->last[*ended]], 0};
    }
    for (; *begun < s->n && s->x0[s->first[*begun]] == x; ++*begun) {
        s->keyed[n++] = (bni_pair){s->low[s->first[*begun]], 1};
        s->keyed[n++] = (bni_pair){s->high[s->first[*begun]], 1};
    }
    BNI_TRY(bni_sort_pairs(s->ctx, s->keyed, s->spare, n));
    size_t kept = 0, a = 0;
    for (size_t k = 0; k < n; k++) {
        uint32_t e = (uint32_t)s->keyed[k].key;
        while (a < s->n_active && s->active[a] < e)
            s->next[kept++] = s->active[a++];
        if (s->keyed[k].value == 1)
            s->next[kept++] = e;
        else
            a++;
        s->event[k] = e;
    }
    while (a < s->n_active)
        s->next[kept++] = s->active[a++];
    uint32_t *swap = s->active;
    s->active = s->next;
    s->next = swap;
    s->n_active = kept;
    s->events = n;
    return BINNET_OK;
}

/* First active edge at y or above it. */
static size_t active_from(const sweep *s, uint32_t y)
{
    size_t low = 0, high = s->n_active;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->edge[s->active[middle]].y < y)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The cells from `from` to `to` anew; the counts below `from` are those of the cell there. */
static int32_t walk_cells(sweep *s, uint32_t from, uint32_t to, const cell *below, size_t *found)
{
    size_t width = count_width(s), a = active_from(s, from), n = 0;
    if (below != NULL) {
        memcpy(s->count, s->counts.word + below->count * width, width * sizeof *s->count);
        s->hash = s->counts.hash[below->count];
    } else {
        memset(s->count, 0, width * sizeof *s->count);
        s->hash = 0;
    }
    for (uint32_t y = from; y < to;) {
        for (; a < s->n_active && s->edge[s->active[a]].y == y; a++)
            step_over(s, &s->edge[s->active[a]]);
        cell *c = &s->fresh[n++];
        *c = (cell){.y = y, .rectangle = UINT32_MAX};
        BNI_TRY(find_label(s, &c->count, &c->label));
        y = a < s->n_active && s->edge[s->active[a]].y < to ? s->edge[s->active[a]].y : to;
    }
    *found = n;
    return BINNET_OK;
}

/* Until the sweep is done a rectangle's region is its label. */
static int32_t open_rectangle(sweep *s, uint32_t x, cell *c, uint32_t y1)
{
    if (s->rectangles >= UINT32_MAX - 1)
        return bni_fail(s->ctx, BINNET_E_LIMIT, "more than %lu rectangles", (unsigned long)UINT32_MAX);
    BNI_TRY(bni_room(s->ctx, &s->bytes, &s->r->rectangle, &s->room, s->rectangles + 1, sizeof *s->r->rectangle,
                     "the list of rectangles"));
    BNI_TRY(bni_room(s->ctx, &s->bytes, &s->parent, &s->parent_room, s->rectangles + 1, sizeof *s->parent,
                     "the list of rectangles"));
    c->rectangle = (uint32_t)s->rectangles++;
    s->r->rectangle[c->rectangle] = (bni_rectangle){.x0 = x, .y0 = c->y, .y1 = y1, .region = c->label};
    s->parent[c->rectangle] = c->rectangle;
    return BINNET_OK;
}

static uint32_t cell_end(const cell *list, size_t k, size_t n, uint32_t end)
{
    return k + 1 < n ? list[k + 1].y : end;
}

/*
 * Old and new cells between `from` and `to`: an old one that is there again goes on; the others end at x, new ones
 * begin, and where an old and a new one touch and agree they are joined. They agree when their labels are equal, or,
 * by attractors, when no box began or ended there.
 */
static int32_t meet_cells(sweep *s, uint32_t x, const cell *old, size_t n_old, cell *fresh, size_t n_fresh, uint32_t to)
{
    int by_label = s->r->by == BINNET_REGIONS_BY_LABEL;
    size_t i = 0, event = 0;
    int64_t changed = 0; /* boxes that begin or end here and hold the place looked at */
    for (size_t k = 0; k < n_fresh; k++) {
        uint32_t y0 = fresh[k].y, y1 = cell_end(fresh, k, n_fresh, to);
        for (int pass = 0; pass < 2; pass++) { /* first: does it go on? then: what does it touch? */
            size_t j = i, e = event;
            int64_t cover = changed;
            if (pass == 1 && fresh[k].rectangle == UINT32_MAX)
                BNI_TRY(open_rectangle(s, x, &fresh[k], y1));
            for (uint32_t y = y0; y < y1 && j < n_old;) {
                uint32_t end = cell_end(old, j, n_old, to);
                for (; e < s->events && s->edge[s->event[e]].y <= y; e++)
                    cover += s->edge[s->event[e]].sign;
                if (by_label ? old[j].label == fresh[k].label : cover == 0) {
                    if (pass == 0 && old[j].y == y0 && end == y1)
                        fresh[k].rectangle = old[j].rectangle;
                    if (pass == 1)
                        join_regions(s->parent, old[j].rectangle, fresh[k].rectangle);
                }
                y = end < y1 ? end : y1;
                j += end <= y1;
            }
            if (pass == 1) {
                i = j;
                event = e;
                changed = cover;
            }
        }
    }
    return BINNET_OK;
}

/* One column: what changed at x, and the line behind it. */
static int32_t advance_column(sweep *s, uint32_t x)
{
    uint32_t top = (uint32_t)s->r->size[1] - 1;
    uint32_t from = 0, to = top;
    size_t before = 0, after = 0, fresh;
    if (s->cells > 0) {
        /* from the cell below the lowest change to the one above the highest */
        uint32_t lowest = s->edge[s->event[0]].y, highest = s->edge[s->event[s->events - 1]].y;
        while (before < s->cells && cell_end(s->cell, before, s->cells, top) < lowest)
            before++;
        while (after + before < s->cells && s->cell[s->cells - 1 - after].y > highest)
            after++;
        from = s->cell[before].y;
        to = after > 0 ? s->cell[s->cells - after].y : top;
    }
    size_t old = s->cells - before - after;
    BNI_TRY(walk_cells(s, from, to, before > 0 ? &s->cell[before - 1] : NULL, &fresh));
    BNI_TRY(meet_cells(s, x, s->cell + before, old, s->fresh, fresh, to));
    for (size_t k = 0, j = 0; k < old; k++) {
        uint32_t rectangle = s->cell[before + k].rectangle;
        while (j < fresh && s->fresh[j].y < s->cell[before + k].y)
            j++;
        if (j == fresh || s->fresh[j].rectangle != rectangle)
            s->r->rectangle[rectangle].x1 = x;
    }
    memcpy(s->merged, s->cell, before * sizeof *s->cell);
    memcpy(s->merged + before, s->fresh, fresh * sizeof *s->cell);
    memcpy(s->merged + before + fresh, s->cell + before + old, after * sizeof *s->cell);
    cell *swap = s->cell;
    s->cell = s->merged;
    s->merged = swap;
    s->cells = before + fresh + after;
    if (s->r->by == BINNET_REGIONS_BY_LABEL)
        for (size_t k = before > 0 ? before : 1; k < s->cells && k <= before + fresh; k++)
            if (s->cell[k].label == s->cell[k - 1].label)
                join_regions(s->parent, s->cell[k].rectangle, s->cell[k - 1].rectangle);
    return BINNET_OK;
}

/* Rectangles by region, regions numbered as they begin. */
static int32_t gather_regions(sweep *s)
{
    binnet_regions *r = s->r;
    binnet_ctx *ctx = s->ctx;
    size_t n = s->rectangles;
    for (size_t k = 0; k < n; k++)
        r->regions += find_root(s->parent, (uint32_t)k) == k;
    double bytes = (double)n * sizeof *r->rectangle + (double)r->regions * (4 + 8 + 8);
    BNI_TRY(bni_need_memory(ctx, s->bytes + bytes, "the list of rectangles"));
    r->label_of = bni_new_raw(ctx, r->regions, sizeof *r->label_of);
    r->area = bni_new(ctx, r->regions, sizeof *r->area);
    r->first_rectangle = bni_new(ctx, r->regions + 1, sizeof *r->first_rectangle);
    bni_rectangle *sorted = s->sorted = bni_new_raw(ctx, n, sizeof *sorted);
    if (r->label_of == NULL || r->area == NULL || r->first_rectangle == NULL || sorted == NULL)
        return BINNET_E_NOMEM;
    uint32_t regions = 0;
    for (size_t k = 0; k < n; k++) { /* a root comes before its rectangles */
        bni_rectangle *a = &r->rectangle[k];
        uint32_t root = find_root(s->parent, (uint32_t)k);
        if (k % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 1));
        if (root == k) {
            r->label_of[regions] = a->region; /* so far the label */
            a->region = regions++;
        } else {
            a->region = r->rectangle[root].region;
        }
        r->area[a->region] += (r->coordinate[0][a->x1] - r->coordinate[0][a->x0]) *
                              (r->coordinate[1][a->y1] - r->coordinate[1][a->y0]);
        r->first_rectangle[a->region + 1]++;
    }
    for (size_t k = 0; k < r->regions; k++)
        r->first_rectangle[k + 1] += r->first_rectangle[k];
    for (size_t k = n; k-- > 0;)
        sorted[--r->first_rectangle[r->rectangle[k].region + 1]] = r->rectangle[k];
    for (size_t k = 0; k < r->regions; k++)
        r->first_rectangle[k] = r->first_rectangle[k + 1];
    r->first_rectangle[r->regions] = n;
    s->sorted = r->rectangle; /* to be freed */
    r->rectangle = sorted;
    return BINNET_OK;
}

static int32_t sweep_columns(sweep *s)
{
    size_t ended = 0, begun = 0;
    BNI_TRY(prepare_sweep(s));
    uint32_t columns = (uint32_t)s->r->size[0] - 1;
    for (uint32_t x = 0; x < columns; x++) {
        BNI_TRY(bni_poll(s->ctx, (double)x / columns));
        BNI_TRY(change_active(s, x, &ended, &begun));
        BNI_TRY(advance_column(s, x));
    }
    for (size_t k = 0; k < s->cells; k++)
        s->r->rectangle[s->cell[k].rectangle].x1 = columns;
    return gather_regions(s);
}

int32_t bni_arrange(binnet_ctx *ctx, binnet_regions *r)
{
    sweep s = {.ctx = ctx, .r = r, .n = r->slabs, .bytes = bni_arrange_bytes(r->slabs)};
    int32_t status = sweep_columns(&s);
    if (status == BINNET_OK) {
        r->labels = s.labels.count;
        r->label = s.labels.word;
        s.labels.word = NULL;
    }
    clean_up(&s);
    return status;
}
