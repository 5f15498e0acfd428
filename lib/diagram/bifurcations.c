/*
 * Bifurcation points along one stimulus: the ends of the boxes in the slice, in order, and what exists on each side.
 */
#include "diagram/arrangement.h"

#include "binnet/diagram.h"

#include <math.h>
#include <string.h>

typedef struct change {
    uint64_t index;
    int32_t cycle, exists;
} change;

struct binnet_bifurcation_list {
    bni_allocator mem;
    size_t points, ends; /* ends of boxes: that many changes, and points at most */
    double *value;
    size_t *first; /* [points + 1] */
    change *change;
};

/* A finite end of a box. */
typedef struct end {
    double value;
    change change;
} end;

/* What a box contributes: at most two ends. */
static size_t ends_of(const binnet_diagram *d, uint64_t k, size_t axis, const double *at, end out[2])
{
    double lo[BINNET_MAX_AXES], hi[BINNET_MAX_AXES];
    int32_t ends[BINNET_MAX_AXES];
    uint64_t fixed = binnet_diagram_fixed_count(d);
    int32_t cycle = k >= fixed;
    size_t n = 0;
    if (cycle) {
        k -= fixed;
        binnet_diagram_cycle(d, k, NULL, lo, hi);
        binnet_diagram_cycle_ends(d, k, ends);
    } else {
        binnet_diagram_fixed(d, k, NULL, lo, hi);
        binnet_diagram_fixed_ends(d, k, ends);
    }
    for (size_t a = 0; a < binnet_diagram_axes(d); a++)
        if (a != axis && !((at[a] > lo[a] || (at[a] == lo[a] && (ends[a] & BINNET_END_LO))) &&
                           (at[a] < hi[a] || (at[a] == hi[a] && (ends[a] & BINNET_END_HI)))))
            return 0;
    int32_t low = ends[axis] & BINNET_END_LO ? BINNET_EXISTS_AT : 0,
            high = ends[axis] & BINNET_END_HI ? BINNET_EXISTS_AT : 0;
    if (lo[axis] == hi[axis]) {
        out[n++] = (end){lo[axis], {k, cycle, BINNET_EXISTS_AT}};
        return n;
    }
    if (isfinite(lo[axis]))
        out[n++] = (end){lo[axis], {k, cycle, low | BINNET_EXISTS_ABOVE}};
    if (isfinite(hi[axis]))
        out[n++] = (end){hi[axis], {k, cycle, high | BINNET_EXISTS_BELOW}};
    return n;
}

static int32_t fill_points(binnet_ctx *ctx, binnet_bifurcation_list *list, bni_pair *keyed, bni_pair *spare, end *all,
                           size_t n)
{
    for (size_t k = 0; k < n; k++)
        keyed[k] = (bni_pair){bni_key_of(all[k].value), k};
    BNI_TRY(bni_sort_pairs(ctx, keyed, spare, n)); /* stable: within a point the order of the lists */
    for (size_t k = 0; k < n; k++) {
        const end *e = &all[keyed[k].value];
        if (k == 0 || keyed[k].key != keyed[k - 1].key) {
            list->first[list->points] = k;
            list->value[list->points++] = e->value + 0.0;
        }
        list->change[k] = e->change;
    }
    list->first[list->points] = n;
    return BINNET_OK;
}

/* What making a list takes. */
typedef struct collection {
    size_t n;
    end *all;
    bni_pair *keyed, *spare;
} collection;

static void list_collection(bni_plan *plan, void *object)
{
    collection *c = object;
    BNI_BUFFER(plan, c->all, c->n);
    BNI_BUFFER(plan, c->keyed, c->n);
    BNI_BUFFER(plan, c->spare, c->n);
}

static void list_points(bni_plan *plan, void *object)
{
    binnet_bifurcation_list *list = object;
    BNI_BUFFER(plan, list->value, list->ends);
    BNI_BUFFER(plan, list->first, list->ends + 1);
    BNI_BUFFER(plan, list->change, list->ends);
}

static int32_t collect_ends(binnet_ctx *ctx, binnet_bifurcation_list *list, collection *c, const binnet_diagram *d,
                            size_t axis, const double *at)
{
    uint64_t boxes = binnet_diagram_fixed_count(d) + binnet_diagram_cycle_count(d);
    end two[2];
    size_t k = 0;
    for (uint64_t b = 0; b < boxes; b++) {
        size_t found = ends_of(d, b, axis, at, two);
        memcpy(c->all + k, two, found * sizeof *two);
        k += found;
        if (b % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 0.4 + 0.4 * (double)b / (double)boxes));
    }
    return fill_points(ctx, list, c->keyed, c->spare, c->all, c->n);
}

int32_t binnet_bifurcation_list_new(binnet_ctx *ctx, binnet_bifurcation_list **out, const binnet_diagram *d,
                                    size_t axis, const double *at)
{
    end two[2];
    size_t n = 0;
    if (out != NULL)
        *out = NULL;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(bni_need(ctx, d, "diagram"));
    size_t axes = binnet_diagram_axes(d);
    if (axis >= axes)
        return bni_fail(ctx, BINNET_E_RANGE, "axis is %zu, allowed 0..%zu", axis, axes - 1);
    if (axes > 1)
        BNI_TRY(bni_need(ctx, at, "at"));
    for (size_t a = 0; a < axes; a++)
        if (a != axis && !isfinite(at[a]))
            return bni_fail(ctx, BINNET_E_NAN, "at[%zu] is %g", a, at[a]);
    uint64_t boxes = binnet_diagram_fixed_count(d) + binnet_diagram_cycle_count(d);
    for (uint64_t b = 0; b < boxes; b++) {
        n += ends_of(d, b, axis, at, two);
        if (b % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 0.4 * (double)b / (double)boxes));
    }
    binnet_bifurcation_list numbers = {.mem = ctx->mem, .ends = n}, *list;
    collection c = {.n = n};
    BNI_TRY(bni_need_memory(ctx,
                            sizeof *list + bni_plan_bytes(list_points, &numbers) + bni_plan_bytes(list_collection, &c),
                            "the list of bifurcation points"));
    if ((list = bni_new(ctx, 1, sizeof *list)) == NULL)
        return BINNET_E_NOMEM;
    *list = numbers;
    int32_t status = bni_plan_make(ctx, list_points, list);
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, list_collection, &c);
    if (status == BINNET_OK)
        status = collect_ends(ctx, list, &c, d, axis, at);
    bni_plan_release(&ctx->mem, list_collection, &c);
    if (status != BINNET_OK) {
        binnet_bifurcation_list_free(list);
        return status;
    }
    *out = list;
    return BINNET_OK;
}

void binnet_bifurcation_list_free(binnet_bifurcation_list *list)
{
    if (list == NULL)
        return;
    bni_allocator mem = list->mem;
    bni_plan_release(&mem, list_points, list);
    bni_delete(&mem, list);
}

uint64_t binnet_bifurcation_list_count(const binnet_bifurcation_list *list)
{
    return list == NULL ? 0 : list->points;
}

int32_t binnet_bifurcation_list_point(const binnet_bifurcation_list *list, uint64_t k, double *value, uint64_t *changes)
{
    if (list == NULL)
        return BINNET_E_NULL;
    if (k >= list->points)
        return BINNET_E_RANGE;
    if (value != NULL)
        *value = list->value[k];
    if (changes != NULL)
        *changes = list->first[k + 1] - list->first[k];
    return BINNET_OK;
}

int32_t binnet_bifurcation_list_change(const binnet_bifurcation_list *list, uint64_t k, uint64_t m, int32_t *cycle,
                                       uint64_t *index, int32_t *exists)
{
    if (list == NULL)
        return BINNET_E_NULL;
    if (k >= list->points || m >= list->first[k + 1] - list->first[k])
        return BINNET_E_RANGE;
    const change *c = &list->change[list->first[k] + m];
    if (cycle != NULL)
        *cycle = c->cycle;
    if (index != NULL)
        *index = c->index;
    if (exists != NULL)
        *exists = c->exists;
    return BINNET_OK;
}
