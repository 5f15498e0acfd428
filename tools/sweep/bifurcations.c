/* Where the network without noise changes: bifurcation points along a stimulus, regions of two. */
#include "sweep/sweep.h"

#include "settings/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More lines than this would cover what is under them; steps after which the diagram is given up, some seconds. */
enum { MOST_MARKS = 200, MOST_STEPS = 1 << 26, MOST_FOR_CYCLES = 16 };

/* Which axes vary stimuli, and whether anything else that the noiseless network hears varies. */
static size_t list_axes(int *axis, int32_t *axis_of, const sweep *s, int *scaled)
{
    size_t count = 0;
    *scaled = 0;
    for (size_t i = 0; i < s->m->net.n; i++)
        axis_of[i] = -1;
    for (size_t a = 0; a < s->axes; a++) {
        *scaled |= s->axis[a].what == VARY_WEIGHTS;
        if (s->axis[a].what != VARY_STIMULUS)
            continue;
        for (size_t k = 0; k < s->axis[a].heard.count; k++)
            axis_of[s->axis[a].heard.neuron[k]] = (int32_t)count;
        axis[count++] = (int)a;
    }
    return count;
}

static int is_broken(const binnet_diagram *d, const binnet_bifurcation_list *list, uint64_t k)
{
    uint64_t changes, index;
    int32_t cycle;
    binnet_bifurcation_list_point(list, k, NULL, &changes);
    for (uint64_t c = 0; c < changes; c++) {
        binnet_bifurcation_list_change(list, k, c, &cycle, &index, NULL);
        if ((cycle ? binnet_diagram_cycle_broken(d, index) : binnet_diagram_fixed_broken(d, index)) > 0)
            return 1;
    }
    return 0;
}

static int32_t list_marks(sweep *s, binnet_ctx *ctx, const binnet_diagram *d, int a)
{
    const sweep_axis *x = &s->axis[a];
    binnet_bifurcation_list *list = NULL;
    double value;
    int32_t status = binnet_bifurcation_list_new(ctx, &list, d, 0, NULL);
    if (status != BINNET_OK)
        return status;
    uint64_t count = binnet_bifurcation_list_count(list);
    s->mark = calloc((size_t)count + 1, sizeof *s->mark);
    for (uint64_t k = 0; s->mark != NULL && k < count; k++) {
        binnet_bifurcation_list_point(list, k, &value, NULL);
        if (value >= x->lo && value <= x->hi)
            s->mark[s->marks++] = (sweep_mark){value, is_broken(d, list, k)};
    }
    binnet_bifurcation_list_free(list);
    if (s->marks > MOST_MARKS) {
        snprintf(s->unmarked, sizeof s->unmarked, "%zu bifurcation points are too many to draw; see binnet diagram",
                 s->marks);
        s->marks = 0;
    }
    s->stimulus_axis = a;
    return s->mark != NULL ? BINNET_OK : BINNET_E_NOMEM;
}

static int32_t find_changes(sweep *s, binnet_ctx *ctx, const int *axis, size_t axes, const int32_t *axis_of)
{
    binnet_diagram *d = NULL;
    int32_t complete = 0;
    int64_t period = 0;
    int32_t status = binnet_diagram_new_grouped(ctx, &d, s->m->object, axes, axis_of);
    if (status == BINNET_OK)
        binnet_diagram_complete(d, &complete, &period);
    if (status == BINNET_OK && (!complete || (s->cycles && period != INT64_MAX)))
        snprintf(s->unmarked, sizeof s->unmarked,
                 "the diagram of the noiseless network takes too long; see binnet diagram");
    else if (status == BINNET_OK && axes == 1)
        status = list_marks(s, ctx, d, axis[0]);
    else if (status == BINNET_OK) {
        const int32_t both[2] = {0, 1};
        const double lo[2] = {s->axis[0].lo, s->axis[1].lo}, hi[2] = {s->axis[0].hi, s->axis[1].hi};
        status = binnet_regions_new(ctx, &s->regions, d, 2, both, NULL, lo, hi, BINNET_REGIONS_BY_LABEL);
    }
    binnet_diagram_free(d);
    return status;
}

int sweep_mark_bifurcations(sweep *s, failure *why)
{
    int axis[SWEEP_AXES], scaled;
    int32_t axis_of[BINNET_MAX_CHAIN_NEURONS];
    size_t axes = list_axes(axis, axis_of, s, &scaled);
    s->cycles = s->m->update == BINNET_UPDATE_SYNCHRONOUS && s->m->net.n <= MOST_FOR_CYCLES;
    if (axes == 0)
        return EXIT_DONE;
    if (scaled) {
        snprintf(s->unmarked, sizeof s->unmarked, "the weights vary");
        return EXIT_DONE;
    }
    binnet_ctx *ctx = NULL;
    progress p;
    if (binnet_ctx_new(&ctx) != BINNET_OK)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, MOST_STEPS);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(ctx, BINNET_P_THREADS, s->o->threads);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, s->o->memory);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, s->cycles ? 0 : 1);
    progress_begin(&p, ctx, s->o->quiet);
    if (status == BINNET_OK)
        status = find_changes(s, ctx, axis, axes, axis_of);
    progress_end(&p, ctx);
    int code = EXIT_DONE;
    if (status == BINNET_E_INTERRUPTED)
        code = library_failure(why, ctx, status);
    else if (status != BINNET_OK)
        snprintf(s->unmarked, sizeof s->unmarked, "%s", binnet_strerror(status));
    binnet_ctx_free(ctx);
    return code;
}
