/* All boxes of a diagram in one call, for what a loop over the getters would ask. */
#include "diagram/diagram.h"

static int32_t check_boxes(binnet_ctx *ctx, size_t count, size_t axes, const binnet_diagram *d, uint64_t have)
{
    if (count != have || axes != binnet_diagram_axes(d))
        return bni_fail(ctx, BINNET_E_SIZE, "count is %zu and axes %zu, the diagram has %llu and %zu", count, axes,
                        (unsigned long long)have, binnet_diagram_axes(d));
    return BINNET_OK;
}

/* Row k of an array of `axes` columns; NULL stays NULL. */
static double *axis_row(double *array, size_t k, size_t axes)
{
    return array != NULL ? array + k * axes : NULL;
}

int32_t binnet_diagram_all_fixed(binnet_ctx *ctx, uint64_t *state, double *lo, double *hi, int32_t *ends, size_t count,
                                 size_t axes, const binnet_diagram *d)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, d, "d"));
    BNI_TRY(check_boxes(ctx, count, axes, d, binnet_diagram_fixed_count(d)));
    for (size_t k = 0; k < count; k++) {
        BNI_TRY(
            binnet_diagram_fixed(d, k, state != NULL ? &state[k] : NULL, axis_row(lo, k, axes), axis_row(hi, k, axes)));
        if (ends != NULL)
            BNI_TRY(binnet_diagram_fixed_ends(d, k, ends + k * axes));
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    return bni_poll_end(ctx);
}

int32_t binnet_diagram_all_cycles(binnet_ctx *ctx, uint64_t *period, double *lo, double *hi, int32_t *ends,
                                  size_t count, size_t axes, const binnet_diagram *d)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, d, "d"));
    BNI_TRY(check_boxes(ctx, count, axes, d, binnet_diagram_cycle_count(d)));
    for (size_t k = 0; k < count; k++) {
        BNI_TRY(binnet_diagram_cycle(d, k, period != NULL ? &period[k] : NULL, axis_row(lo, k, axes),
                                     axis_row(hi, k, axes)));
        if (ends != NULL)
            BNI_TRY(binnet_diagram_cycle_ends(d, k, ends + k * axes));
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    return bni_poll_end(ctx);
}

int32_t binnet_diagram_all_classes(binnet_ctx *ctx, int64_t *active, double *multiplicity, size_t count,
                                   size_t populations, const binnet_diagram *d)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, d, "d"));
    if (count != binnet_diagram_fixed_count(d) || populations != d->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "count is %zu and populations %zu, the diagram has %llu and %zu", count,
                        populations, (unsigned long long)binnet_diagram_fixed_count(d), d->n_pop);
    for (size_t k = 0; k < count; k++) {
        BNI_TRY(binnet_diagram_fixed_class(d, k, active != NULL ? active + k * populations : NULL,
                                           multiplicity != NULL ? &multiplicity[k] : NULL));
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    return bni_poll_end(ctx);
}
