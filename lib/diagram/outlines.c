/*
 * The outline of each region of two stimuli: rings of corners, the region on the left hand.
 * A vertical side between a rectangle of the region and something else is a piece of the outline; pieces that follow
 * each other are one side. On each horizontal line the ends of the sides, sorted, belong together in pairs. Where two
 * parts of a region touch in a corner only, the outline turns left, so that it never crosses itself.
 */
#include "diagram/arrangement.h"

/* A vertical side from `low` up to `high`; up: the region lies to the west, and the outline goes up. */
typedef struct side {
    uint32_t x, low, high;
    int32_t up, done;
    size_t at_low, at_high; /* the side that the outline reaches along the horizontal line of this end */
} side;

typedef struct tracer {
    binnet_ctx *ctx;
    binnet_regions *r;
    bni_pair *keyed, *spare;
    side *side;
    size_t sides, room_side;
    size_t rings, corners, room_ring, room_corner;
    double bytes;
} tracer;

/* Sides of region k: on each vertical line, where rectangles begin (1) and end (-1) without the other. */
static int32_t find_sides(tracer *t, size_t k)
{
    const binnet_regions *r = t->r;
    size_t from = r->first_rectangle[k], count = r->first_rectangle[k + 1] - from, n = 0;
    for (size_t m = 0; m < count; m++) {
        const bni_rectangle *a = &r->rectangle[from + m];
        t->keyed[n++] = (bni_pair){(uint64_t)a->x0 << 32 | a->y0, 1};
        t->keyed[n++] = (bni_pair){(uint64_t)a->x0 << 32 | a->y1, (uint64_t)-1};
        t->keyed[n++] = (bni_pair){(uint64_t)a->x1 << 32 | a->y0, (uint64_t)-1};
        t->keyed[n++] = (bni_pair){(uint64_t)a->x1 << 32 | a->y1, 1};
    }
    BNI_TRY(bni_sort_pairs(t->ctx, t->keyed, t->spare, n));
    t->sides = 0;
    int64_t level = 0; /* 1: the region lies to the east, -1: to the west */
    for (size_t m = 0; m < n;) {
        uint64_t key = t->keyed[m].key;
        int64_t before = level;
        for (; m < n && t->keyed[m].key == key; m++)
            level += (int64_t)t->keyed[m].value;
        if (level == before)
            continue;
        uint32_t x = (uint32_t)(key >> 32), y = (uint32_t)key;
        if (before != 0)
            t->side[t->sides - 1].high = y;
        if (level != 0) {
            BNI_TRY(bni_room(t->ctx, &t->bytes, &t->side, &t->room_side, t->sides + 1, sizeof *t->side, "the outline"));
            t->side[t->sides++] = (side){.x = x, .low = y, .up = level < 0};
        }
    }
    return BINNET_OK;
}

/* The ends of the sides on each horizontal line, from left to right, in pairs. */
static int32_t pair_ends(tracer *t)
{
    size_t n = 0;
    for (size_t k = 0; k < t->sides; k++) {
        t->keyed[n++] = (bni_pair){(uint64_t)t->side[k].low << 32 | t->side[k].x, k << 1};
        t->keyed[n++] = (bni_pair){(uint64_t)t->side[k].high << 32 | t->side[k].x, k << 1 | 1};
    }
    BNI_TRY(bni_sort_pairs(t->ctx, t->keyed, t->spare, n));
    for (size_t m = 0; m + 1 < n; m++) /* two ends in one place: first the one with the region to the west */
        if (t->keyed[m].key == t->keyed[m + 1].key && !t->side[t->keyed[m].value >> 1].up) {
            bni_pair swap = t->keyed[m];
            t->keyed[m] = t->keyed[m + 1];
            t->keyed[m + 1] = swap;
            m++;
        }
    for (size_t m = 0; m + 1 < n; m += 2) {
        size_t a = (size_t)t->keyed[m].value, b = (size_t)t->keyed[m + 1].value;
        *(a & 1 ? &t->side[a >> 1].at_high : &t->side[a >> 1].at_low) = b >> 1;
        *(b & 1 ? &t->side[b >> 1].at_high : &t->side[b >> 1].at_low) = a >> 1;
    }
    return BINNET_OK;
}

static int32_t add_corner(tracer *t, uint32_t x, uint32_t y)
{
    BNI_TRY(bni_room(t->ctx, &t->bytes, &t->r->corner, &t->room_corner, 2 * (t->corners + 1), sizeof *t->r->corner,
                     "the outline"));
    t->r->corner[2 * t->corners] = x;
    t->r->corner[2 * t->corners + 1] = y;
    t->corners++;
    return BINNET_OK;
}

/* One ring, from a side on. */
static int32_t trace(tracer *t, size_t first)
{
    BNI_TRY(bni_room(t->ctx, &t->bytes, &t->r->first_corner, &t->room_ring, t->rings + 2, sizeof *t->r->first_corner,
                     "the outline"));
    t->r->first_corner[t->rings] = t->corners;
    for (size_t k = first; !t->side[k].done;) {
        side *s = &t->side[k];
        s->done = 1;
        BNI_TRY(add_corner(t, s->x, s->up ? s->low : s->high));
        BNI_TRY(add_corner(t, s->x, s->up ? s->high : s->low));
        k = s->up ? s->at_high : s->at_low;
    }
    t->rings++;
    t->r->first_corner[t->rings] = t->corners;
    return BINNET_OK;
}

static int32_t outline(tracer *t)
{
    binnet_regions *r = t->r;
    size_t most = 0;
    for (size_t k = 0; k < r->regions; k++)
        if (r->first_rectangle[k + 1] - r->first_rectangle[k] > most)
            most = r->first_rectangle[k + 1] - r->first_rectangle[k];
    t->bytes += (double)r->first_rectangle[r->regions] * sizeof *r->rectangle + (double)r->regions * (4 + 8 + 8 + 8);
    BNI_TRY(bni_need_memory(t->ctx, t->bytes + 8 * (double)most * sizeof *t->keyed, "the outline"));
    t->bytes += 8 * (double)most * sizeof *t->keyed;
    t->keyed = bni_new_raw(t->ctx, 4 * most, sizeof *t->keyed); /* four ends a rectangle; sides have at most as many */
    t->spare = bni_new_raw(t->ctx, 4 * most, sizeof *t->spare);
    r->first_ring = bni_new(t->ctx, r->regions + 1, sizeof *r->first_ring);
    if (t->keyed == NULL || t->spare == NULL || r->first_ring == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < r->regions; k++) {
        BNI_TRY(bni_poll(t->ctx, (double)k / (double)r->regions));
        BNI_TRY(find_sides(t, k));
        BNI_TRY(pair_ends(t));
        for (size_t m = 0; m < t->sides; m++) /* the first side is the westernmost: the outer ring comes first */
            if (!t->side[m].done)
                BNI_TRY(trace(t, m));
        r->first_ring[k + 1] = t->rings;
    }
    return BINNET_OK;
}

int32_t bni_rings(binnet_ctx *ctx, binnet_regions *r)
{
    double labels = 1.5 * (double)r->labels * (double)bni_label_width(r) * sizeof *r->label; /* with the room to grow */
    tracer t = {.ctx = ctx, .r = r, .bytes = (double)r->slabs * (sizeof *r->slab + 4 * sizeof(double)) + labels};
    int32_t status = outline(&t);
    bni_delete(&ctx->mem, t.keyed);
    bni_delete(&ctx->mem, t.spare);
    bni_delete(&ctx->mem, t.side);
    return status;
}
