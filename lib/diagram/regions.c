/*
 * Regions of a diagram: the boxes of its fixed points and cycles within a slice and a window, handed to the sweep of
 * arrangement.c; and what there is to ask about the regions.
 * The slice keeps the boxes that hold the values of the stimuli that do not vary, ends as the tie rule says.
 */
#include "diagram/arrangement.h"

#include "binnet/diagram.h"

#include <math.h>
#include <string.h>

/* One box of the diagram, in all its stimuli. */
typedef struct box {
    double lo[BINNET_MAX_AXES], hi[BINNET_MAX_AXES];
    int32_t ends[BINNET_MAX_AXES];
    uint64_t index, period;
} box;

typedef struct slice {
    const binnet_diagram *diagram;
    size_t axes; /* of the diagram */
    size_t n_axes;
    const int32_t *axis;
    const double *at;
    double lo[2], hi[2];
} slice;

/* The k-th of all boxes, fixed points first. */
static void read_region_box(const binnet_diagram *d, uint64_t k, box *b)
{
    uint64_t fixed = binnet_diagram_fixed_count(d);
    if (k < fixed) {
        b->index = k;
        b->period = 0;
        binnet_diagram_fixed(d, k, NULL, b->lo, b->hi);
        binnet_diagram_fixed_ends(d, k, b->ends);
    } else {
        b->index = k - fixed;
        binnet_diagram_cycle(d, k - fixed, &b->period, b->lo, b->hi);
        binnet_diagram_cycle_ends(d, k - fixed, b->ends);
    }
}

static uint64_t boxes_of(const binnet_diagram *d)
{
    return binnet_diagram_fixed_count(d) + binnet_diagram_cycle_count(d);
}

static int varies(const slice *s, size_t a)
{
    return a == (size_t)s->axis[0] || (s->n_axes == 2 && a == (size_t)s->axis[1]);
}

static int holds_coordinate(const box *b, size_t a, double x)
{
    return (x > b->lo[a] || (x == b->lo[a] && (b->ends[a] & BINNET_END_LO))) &&
           (x < b->hi[a] || (x == b->hi[a] && (b->ends[a] & BINNET_END_HI)));
}

enum { OUTSIDE, THIN, FULL };

/* Is the box in the slice, and does it extend within the window? */
static int place_box(const slice *s, const box *b)
{
    int extent = FULL;
    for (size_t a = 0; a < s->axes; a++)
        if (!varies(s, a) && !holds_coordinate(b, a, s->at[a]))
            return OUTSIDE;
    for (size_t v = 0; v < s->n_axes; v++) {
        size_t a = (size_t)s->axis[v];
        if (b->hi[a] < s->lo[v] || b->lo[a] > s->hi[v])
            return OUTSIDE;
        if (b->lo[a] == b->hi[a])
            extent = THIN; /* a state that exists at one value */
        else if (b->hi[a] == s->lo[v] || b->lo[a] == s->hi[v])
            return OUTSIDE; /* only touches the window */
    }
    return extent;
}

/* Both varying stimuli get two ends; a line gets a second stimulus from 0 to 1. */
static void cut(const slice *s, const box *b, bni_slab *out)
{
    out->lo[1] = 0;
    out->hi[1] = 1;
    for (size_t v = 0; v < s->n_axes; v++) {
        size_t a = (size_t)s->axis[v];
        out->lo[v] = fmax(b->lo[a], s->lo[v]);
        out->hi[v] = fmin(b->hi[a], s->hi[v]);
    }
    out->index = b->index;
    out->period = b->period;
    if (b->period == 0) {
        out->broken = binnet_diagram_fixed_broken(s->diagram, b->index) > 0;
        binnet_diagram_fixed_class(s->diagram, b->index, NULL, &out->multiplicity);
    } else {
        out->broken = binnet_diagram_cycle_broken(s->diagram, b->index) > 0;
        binnet_diagram_cycle_class(s->diagram, b->index, 0, NULL, &out->multiplicity);
    }
}

/* Checks the arguments that several calls share. */
static int32_t make_slice(binnet_ctx *ctx, slice *s, const binnet_diagram *diagram, size_t n_axes, const int32_t *axis,
                          const double *at, const double *lo, const double *hi)
{
    BNI_TRY(bni_need(ctx, diagram, "diagram"));
    BNI_TRY(bni_need(ctx, axis, "axis"));
    size_t axes = binnet_diagram_axes(diagram);
    if (n_axes < 1 || n_axes > 2)
        return bni_fail(ctx, BINNET_E_RANGE, "n_axes is %zu, allowed 1 or 2", n_axes);
    for (size_t v = 0; v < n_axes; v++)
        if (axis[v] < 0 || (size_t)axis[v] >= axes)
            return bni_fail(ctx, BINNET_E_RANGE, "axis[%zu] is %d, allowed 0..%zu", v, (int)axis[v], axes - 1);
    if (n_axes == 2 && axis[0] == axis[1])
        return bni_fail(ctx, BINNET_E_RANGE, "axis[0] and axis[1] are both %d", (int)axis[0]);
    if (axes > n_axes)
        BNI_TRY(bni_need(ctx, at, "at"));
    *s = (slice){.diagram = diagram, .axes = axes, .n_axes = n_axes, .axis = axis, .at = at, .hi[1] = 1};
    for (size_t a = 0; a < axes; a++)
        if (!varies(s, a) && !isfinite(at[a]))
            return bni_fail(ctx, BINNET_E_NAN, "at[%zu] is %g", a, at[a]);
    for (size_t v = 0; v < n_axes; v++) {
        s->lo[v] = lo != NULL ? lo[v] : -INFINITY;
        s->hi[v] = hi != NULL ? hi[v] : INFINITY;
        if (isnan(s->lo[v]) || isnan(s->hi[v]))
            return bni_fail(ctx, BINNET_E_NAN, "the window of axis[%zu] is %g to %g", v, s->lo[v], s->hi[v]);
        if (!(s->lo[v] < s->hi[v]))
            return bni_fail(ctx, BINNET_E_RANGE, "the window of axis[%zu] is %.17g to %.17g, lo < hi is needed", v,
                            s->lo[v], s->hi[v]);
    }
    return BINNET_OK;
}

/* How many boxes lie in the slice and window, and how many of them are thin. */
static int32_t count_boxes(binnet_ctx *ctx, const slice *s, size_t *full, size_t *thin)
{
    uint64_t count = boxes_of(s->diagram);
    box b;
    *full = *thin = 0;
    for (uint64_t k = 0; k < count; k++) {
        if (k % 8192 == 0)
            BNI_TRY(bni_poll(ctx, (double)k / (double)count));
        read_region_box(s->diagram, k, &b);
        int extent = place_box(s, &b);
        *full += extent == FULL;
        *thin += extent == THIN;
    }
    if (*full > INT32_MAX / 2)
        return bni_fail(ctx, BINNET_E_LIMIT, "%zu boxes in the window, at most %d are arranged", *full, INT32_MAX / 2);
    return BINNET_OK;
}

static double regions_bytes(size_t boxes)
{
    return (double)sizeof(binnet_regions) + bni_arrange_bytes(boxes);
}

static int32_t fill_slabs(binnet_ctx *ctx, binnet_regions *r, const slice *s)
{
    uint64_t count = boxes_of(s->diagram);
    box b;
    size_t n = 0;
    r->slab = bni_new_raw(ctx, r->slabs, sizeof *r->slab);
    if (r->slab == NULL)
        return BINNET_E_NOMEM;
    BNI_TRY(bni_clear(ctx, r->slab, r->slabs, sizeof *r->slab));
    for (uint64_t k = 0; k < count; k++) {
        if (k % 8192 == 0)
            BNI_TRY(bni_poll(ctx, (double)k / (double)count));
        read_region_box(s->diagram, k, &b);
        if (place_box(s, &b) == FULL)
            cut(s, &b, &r->slab[n++]);
    }
    bni_span(ctx, 0.2, 0.8);
    BNI_TRY(bni_arrange(ctx, r));
    bni_span(ctx, 0.8, 1);
    return r->axes == 2 ? bni_rings(ctx, r) : BINNET_OK;
}

int32_t binnet_regions_new(binnet_ctx *ctx, binnet_regions **out, const binnet_diagram *diagram, size_t n_axes,
                           const int32_t *axis, const double *at, const double *lo, const double *hi, int32_t by)
{
    slice s;
    size_t full, thin;
    if (out != NULL)
        *out = NULL;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(make_slice(ctx, &s, diagram, n_axes, axis, at, lo, hi));
    if (by != BINNET_REGIONS_BY_LABEL && by != BINNET_REGIONS_BY_ATTRACTORS)
        return bni_fail(ctx, BINNET_E_RANGE, "by is %d, allowed 0 or 1", (int)by);
    bni_span(ctx, 0, 0.1);
    BNI_TRY(count_boxes(ctx, &s, &full, &thin));
    BNI_TRY(bni_need_memory(ctx, regions_bytes(full), "the arrangement of the boxes"));
    binnet_regions *r = bni_new(ctx, 1, sizeof *r);
    if (r == NULL)
        return BINNET_E_NOMEM;
    r->mem = ctx->mem;
    r->axes = n_axes;
    r->by = by;
    r->slabs = full;
    r->thin = thin;
    memcpy(r->window_lo, s.lo, sizeof s.lo);
    memcpy(r->window_hi, s.hi, sizeof s.hi);
    bni_span(ctx, 0.1, 0.2);
    int32_t status = fill_slabs(ctx, r, &s);
    if (status != BINNET_OK) {
        binnet_regions_free(r);
        return status;
    }
    *out = r;
    return BINNET_OK;
}

int32_t binnet_regions_estimate(binnet_ctx *ctx, uint64_t *boxes, uint64_t *bytes, double *flops,
                                const binnet_diagram *diagram, size_t n_axes, const int32_t *axis, const double *at,
                                const double *lo, const double *hi)
{
    slice s;
    size_t full, thin;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(make_slice(ctx, &s, diagram, n_axes, axis, at, lo, hi));
    BNI_TRY(count_boxes(ctx, &s, &full, &thin));
    if (boxes != NULL)
        *boxes = full;
    if (bytes != NULL)
        *bytes = (uint64_t)regions_bytes(full);
    if (flops != NULL)
        *flops = NAN;
    return BINNET_OK;
}

void binnet_regions_free(binnet_regions *r)
{
    if (r == NULL)
        return;
    bni_allocator mem = r->mem;
    void *const all[] = {r->slab, r->coordinate[0],   r->coordinate[1], r->period,     r->label,        r->label_of,
                         r->area, r->first_rectangle, r->rectangle,     r->first_ring, r->first_corner, r->corner,
                         r};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        bni_delete(&mem, all[k]);
}

/* --- questions --- */

uint64_t binnet_regions_count(const binnet_regions *r)
{
    return r == NULL ? 0 : r->regions;
}

uint64_t binnet_regions_labels(const binnet_regions *r)
{
    return r == NULL ? 0 : r->labels;
}

uint64_t binnet_regions_thin(const binnet_regions *r)
{
    return r == NULL ? 0 : r->thin;
}

static int32_t check_region(const binnet_regions *r, uint64_t k)
{
    return r == NULL ? BINNET_E_NULL : k < r->regions ? BINNET_OK : BINNET_E_RANGE;
}

/* Classes and states of a kind in a label. */
static uint64_t counted(const uint64_t *label, size_t kind, double *states)
{
    if (states != NULL)
        memcpy(states, &label[2 * kind + 1], sizeof *states);
    return label[2 * kind];
}

int32_t binnet_regions_label(const binnet_regions *r, uint64_t k, uint64_t *label, double *fixed, uint64_t *classes,
                             uint64_t *periods, int32_t *broken, double *area)
{
    BNI_TRY(check_region(r, k));
    size_t width = bni_label_width(r);
    const uint64_t *word = r->label + r->label_of[k] * width;
    uint64_t n = counted(word, 0, fixed);
    if (label != NULL)
        *label = r->label_of[k];
    if (classes != NULL)
        *classes = n;
    if (periods != NULL) {
        *periods = 0;
        for (size_t p = 1; p <= r->periods; p++)
            *periods += counted(word, p, NULL) > 0;
    }
    if (broken != NULL)
        *broken = (int32_t)word[width - 1];
    if (area != NULL)
        *area = r->area[k];
    return BINNET_OK;
}

int32_t binnet_regions_period(const binnet_regions *r, uint64_t k, uint64_t m, uint64_t *period, double *cycles,
                              uint64_t *classes)
{
    BNI_TRY(check_region(r, k));
    const uint64_t *word = r->label + r->label_of[k] * bni_label_width(r);
    for (size_t p = 1; p <= r->periods; p++) {
        uint64_t n = counted(word, p, NULL);
        if (n == 0 || m-- > 0)
            continue;
        counted(word, p, cycles);
        if (period != NULL)
            *period = r->period[p - 1];
        if (classes != NULL)
            *classes = n;
        return BINNET_OK;
    }
    return BINNET_E_RANGE;
}

uint64_t binnet_regions_rectangles(const binnet_regions *r, uint64_t k)
{
    return check_region(r, k) != BINNET_OK ? 0 : r->first_rectangle[k + 1] - r->first_rectangle[k];
}

int32_t binnet_regions_rectangle(const binnet_regions *r, uint64_t k, uint64_t m, double *lo, double *hi)
{
    BNI_TRY(check_region(r, k));
    if (lo == NULL || hi == NULL)
        return BINNET_E_NULL;
    if (m >= binnet_regions_rectangles(r, k))
        return BINNET_E_RANGE;
    const bni_rectangle *a = &r->rectangle[r->first_rectangle[k] + m];
    lo[0] = r->coordinate[0][a->x0];
    hi[0] = r->coordinate[0][a->x1];
    if (r->axes == 2) {
        lo[1] = r->coordinate[1][a->y0];
        hi[1] = r->coordinate[1][a->y1];
    }
    return BINNET_OK;
}

uint64_t binnet_regions_rings(const binnet_regions *r, uint64_t k)
{
    return check_region(r, k) != BINNET_OK || r->axes == 1 ? 0 : r->first_ring[k + 1] - r->first_ring[k];
}

uint64_t binnet_regions_ring_size(const binnet_regions *r, uint64_t k, uint64_t m)
{
    if (m >= binnet_regions_rings(r, k))
        return 0;
    const size_t *first = r->first_corner + r->first_ring[k] + m;
    return first[1] - first[0];
}

int32_t binnet_regions_ring(const binnet_regions *r, uint64_t k, uint64_t m, double *corner, size_t size)
{
    BNI_TRY(check_region(r, k));
    if (corner == NULL)
        return BINNET_E_NULL;
    if (m >= binnet_regions_rings(r, k))
        return BINNET_E_RANGE;
    if (size != binnet_regions_ring_size(r, k, m))
        return BINNET_E_SIZE;
    const uint32_t *place = r->corner + 2 * r->first_corner[r->first_ring[k] + m];
    for (uint64_t c = 0; c < 2 * size; c++)
        corner[c] = r->coordinate[c & 1][place[c]];
    return BINNET_OK;
}

int32_t binnet_regions_attractors(binnet_ctx *ctx, uint64_t *n_fixed, uint64_t *fixed, uint64_t *n_cycles,
                                  uint64_t *cycle, size_t room, const binnet_regions *r, uint64_t k)
{
    uint64_t count[2] = {0, 0}, *list[2] = {fixed, cycle};
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, r, "regions"));
    if (k >= r->regions)
        return bni_fail(ctx, BINNET_E_RANGE, "region %llu of %zu", (unsigned long long)k, r->regions);
    const double *x = r->coordinate[0], *y = r->coordinate[1];
    for (size_t b = 0; b < r->slabs; b++) {
        const bni_slab *s = &r->slab[b];
        int meets = 0;
        for (size_t m = r->first_rectangle[k]; m < r->first_rectangle[k + 1] && !meets; m++) {
            const bni_rectangle *a = &r->rectangle[m];
            if (m % 65536 == 0)
                BNI_TRY(bni_poll(ctx, (double)b / (double)r->slabs));
            meets = s->lo[0] < x[a->x1] && s->hi[0] > x[a->x0] && s->lo[1] < y[a->y1] && s->hi[1] > y[a->y0];
        }
        if (!meets)
            continue;
        size_t which = s->period > 0;
        if (list[which] != NULL && count[which] < room)
            list[which][count[which]] = s->index;
        count[which]++;
    }
    if (n_fixed != NULL)
        *n_fixed = count[0];
    if (n_cycles != NULL)
        *n_cycles = count[1];
    return BINNET_OK;
}

uint64_t binnet_regions_find(const binnet_regions *r, const double *point)
{
    if (r == NULL || point == NULL)
        return UINT64_MAX;
    double p[2] = {point[0], r->axes == 2 ? point[1] : 0.5};
    const double *x = r->coordinate[0], *y = r->coordinate[1];
    for (size_t m = 0; m < r->first_rectangle[r->regions]; m++) {
        const bni_rectangle *a = &r->rectangle[m];
        if (p[0] > x[a->x0] && p[0] < x[a->x1] && p[1] > y[a->y0] && p[1] < y[a->y1])
            return a->region;
    }
    return UINT64_MAX;
}
