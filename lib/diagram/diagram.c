/*
 * Making a diagram: checks, the network as dense arrays or as populations, the enumerations, sets of neurons that
 * are alike.
 * Source: [FCP18]; THEORY 2.
 */
#include "diagram/diagram.h"

/* Most populations that are solved by occupation numbers; the groups of a cycle have up to 2^populations states. */
enum { CLASS_POPULATIONS = 16 };

static size_t stimulated_doubles(size_t n)
{
    return 2 * n * n + 5 * n;
}

static void stimulated_free(binnet_ctx *ctx, bni_stimulated *p)
{
    bni_delete(&ctx->mem, p->J);
}

static int32_t stimulated_make(binnet_ctx *ctx, bni_stimulated *p, const binnet_net *net, size_t axes,
                               const int32_t *axis)
{
    size_t n = net->n;
    double *at = bni_new_raw(ctx, stimulated_doubles(n), sizeof *at);
    if (at == NULL)
        return BINNET_E_NOMEM;
    *p = (bni_stimulated){.n = n, .axes = axes, .tie = net->tie, .axis = axis, .J = at};
    p->w = p->J + n * n;
    p->M = p->w + n * n;
    p->theta = p->M + n;
    p->I = p->theta + n;
    p->m = p->I + n;
    p->scale = p->m + n;
    for (size_t i = 0; i < n; i++) {
        size_t u = bni_net_unit(net, i);
        bni_net_row(net, i, p->J + i * n);
        p->M[i] = net->M[u];
        p->theta[i] = net->theta[u];
        p->I[i] = net->I[u];
    }
    int32_t status = bni_stimulated_prepare(ctx, p);
    if (status != BINNET_OK)
        stimulated_free(ctx, p);
    return status;
}

/* Does exchanging neurons i and j change nothing? */
static int alike_neurons(const binnet_net *net, const bni_stimulated *p, size_t i, size_t j)
{
    size_t n = p->n;
    const double *J = p->J;
    if (binnet_net_population(net, i) != binnet_net_population(net, j) || p->axis[i] != p->axis[j] ||
        (p->axis[i] < 0 && p->I[i] != p->I[j]) || p->M[i] != p->M[j] || p->theta[i] != p->theta[j] ||
        J[i * n + i] != J[j * n + j] || J[i * n + j] != J[j * n + i])
        return 0;
    for (size_t k = 0; k < n; k++)
        if (k != i && k != j && (J[i * n + k] != J[j * n + k] || J[k * n + i] != J[k * n + j]))
            return 0;
    return 1;
}

static void find_alike(binnet_diagram *d, const binnet_net *net, const bni_stimulated *p)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < p->n; i++) {
        uint64_t set = UINT64_C(1) << i;
        for (size_t j = i + 1; !(seen >> i & 1) && j < p->n; j++)
            if (alike_neurons(net, p, i, j))
                set |= UINT64_C(1) << j;
        seen |= set;
        if ((set & (set - 1)) != 0)
            d->alike[d->n_alike++] = set;
    }
}

/* Bytes of the diagram without its lists, and of the populations. */
static double frame_bytes(size_t n, size_t n_pop)
{
    return (double)sizeof(binnet_diagram) + 16 * (double)n_pop + 8 * (double)(n < 64 ? n : 1);
}

static double bytes_needed(const binnet_ctx *ctx, const binnet_net *net, int classes, size_t axes, const int32_t *axis)
{
    double bytes = frame_bytes(net->n, net->n_pop);
    if (classes)
        return bytes + bni_diagram_classes_bytes(net->n_pop, axes);
    bytes += 8 * (double)stimulated_doubles(net->n);
    double fixed = bni_diagram_fixed_bytes(net->n, axes, (int)ctx->threads);
    double cycles = ctx->max_period == 1 ? 0 : bni_diagram_cycles_bytes(net->n, axes, axis);
    return bytes + (fixed > cycles ? fixed : cycles);
}

static int32_t diagram_make(binnet_ctx *ctx, binnet_diagram **out, const binnet_net *net, int classes, size_t axes)
{
    size_t n_pop = net->n_pop;
    binnet_diagram *d = bni_new(ctx, 1, sizeof *d);
    if (d == NULL)
        return BINNET_E_NOMEM;
    d->mem = ctx->mem;
    d->n = net->n;
    d->axes = axes;
    d->n_pop = n_pop;
    d->tie = net->tie;
    d->classes = classes;
    size_t active = classes ? n_pop * sizeof(int64_t) : 0, side = 2 * axes * sizeof(bni_cut);
    d->fixed_state.size = d->cycle_first.size = d->cycle_state.size = sizeof(uint64_t);
    d->fixed_active.size = d->cycle_active.size = active;
    d->fixed_side.size = d->cycle_side.size = side;
    d->cycle_members.size = classes ? sizeof(double) : 0;
    d->size = bni_new(ctx, n_pop, sizeof *d->size);
    d->population = bni_new(ctx, n_pop, sizeof *d->population);
    d->alike = bni_new(ctx, net->n <= BINNET_MAX_NEURONS ? net->n : 1, sizeof *d->alike);
    if (d->size == NULL || d->population == NULL || d->alike == NULL) {
        binnet_diagram_free(d);
        return BINNET_E_NOMEM;
    }
    for (size_t i = 0; i < net->n; i++) {
        size_t a = (size_t)binnet_net_population(net, i);
        d->size[a]++;
        if (net->n <= BINNET_MAX_NEURONS)
            d->population[a] |= UINT64_C(1) << i;
    }
    *out = d;
    return BINNET_OK;
}

void binnet_diagram_free(binnet_diagram *d)
{
    if (d == NULL)
        return;
    bni_allocator mem = d->mem;
    bni_grown *lists[] = {&d->fixed_state, &d->fixed_active, &d->fixed_side, &d->cycle_first,
                          &d->cycle_state, &d->cycle_active, &d->cycle_side, &d->cycle_members};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        bni_delete(&mem, lists[k]->data);
    bni_delete(&mem, d->size);
    bni_delete(&mem, d->population);
    bni_delete(&mem, d->alike);
    bni_delete(&mem, d->order);
    bni_delete(&mem, d);
}

static int32_t solve_neurons(binnet_ctx *ctx, binnet_diagram *d, const binnet_net *net, const int32_t *axis)
{
    bni_stimulated p;
    BNI_TRY(stimulated_make(ctx, &p, net, d->axes, axis));
    p.most_steps = ctx->work_limit > 0 ? (double)ctx->work_limit : INFINITY;
    find_alike(d, net, &p);
    bni_span(ctx, 0, ctx->max_period == 1 ? 1 : 0.05);
    int32_t status = bni_diagram_all_fixed(ctx, d, &p);
    d->period_complete = d->fixed_complete ? 1 : -1;
    if (status == BINNET_OK && d->fixed_complete && ctx->max_period != 1) {
        bni_span(ctx, 0.05, 1);
        status = bni_diagram_all_cycles(ctx, d, &p);
    }
    stimulated_free(ctx, &p);
    return status;
}

/* axis[n], or axis[n_pop] when solved by classes. */
static int32_t solve_diagram(binnet_ctx *ctx, binnet_diagram **out, const binnet_net *net, int classes, size_t axes,
                             const int32_t *axis)
{
    binnet_diagram *d;
    double bytes = bytes_needed(ctx, net, classes, axes, axis);
    BNI_TRY(bni_need_memory(ctx, bytes, "the diagram (its lists not counted)"));
    BNI_TRY(diagram_make(ctx, &d, net, classes, axes));
    d->beside = bytes;
    int32_t status = classes ? bni_diagram_all_classes(ctx, d, net, axis) : solve_neurons(ctx, d, net, axis);
    if (status == BINNET_OK)
        status = bni_diagram_sort(ctx, d);
    if (status != BINNET_OK) {
        binnet_diagram_free(d);
        return status;
    }
    *out = d;
    return BINNET_OK;
}

static int by_classes(const binnet_net *net)
{
    return net->form == BNI_HOMOGENEOUS && net->n_pop <= CLASS_POPULATIONS;
}

static int32_t check_neurons(binnet_ctx *ctx, const binnet_net *net)
{
    if (net->n > BINNET_MAX_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "net has %zu neurons, allowed is 1..%d unless homogeneous in at most %d populations, each "
                        "with one stimulus",
                        net->n, BINNET_MAX_NEURONS, CLASS_POPULATIONS);
    return BINNET_OK;
}

/* The axes of binnet_diagram_new: one for each population. */
static int32_t own_axes(binnet_ctx *ctx, const binnet_net *net, int32_t *axis)
{
    if (net->n_pop > BINNET_MAX_AXES)
        return bni_fail(ctx, BINNET_E_RANGE, "net has %zu populations, a diagram has at most %d axes", net->n_pop,
                        BINNET_MAX_AXES);
    if (by_classes(net)) {
        for (size_t a = 0; a < net->n_pop; a++)
            axis[a] = (int32_t)a;
        return BINNET_OK;
    }
    BNI_TRY(check_neurons(ctx, net));
    for (size_t i = 0; i < net->n; i++)
        axis[i] = binnet_net_population(net, i);
    return BINNET_OK;
}

int32_t binnet_diagram_new(binnet_ctx *ctx, binnet_diagram **out, const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    int32_t axis[BINNET_MAX_NEURONS];
    BNI_TRY(own_axes(ctx, net, axis));
    return solve_diagram(ctx, out, net, by_classes(net), net->n_pop, axis);
}

/* The axis of each population, when all its neurons have the same. */
static int by_population(const binnet_net *net, const int32_t *axis, int32_t *of_population)
{
    for (size_t a = 0; a < net->n_pop; a++) {
        of_population[a] = axis[net->first[a]];
        for (int64_t i = net->first[a]; i < net->first[a + 1]; i++)
            if (axis[i] != of_population[a])
                return 0;
    }
    return 1;
}

int32_t binnet_diagram_new_grouped(binnet_ctx *ctx, binnet_diagram **out, const binnet_net *net, size_t n_axes,
                                   const int32_t *axis)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, axis, "axis"));
    if (n_axes < 1 || n_axes > BINNET_MAX_AXES)
        return bni_fail(ctx, BINNET_E_RANGE, "n_axes is %zu, allowed is 1..%d", n_axes, BINNET_MAX_AXES);
    for (size_t i = 0; i < net->n; i++)
        if (axis[i] < -1 || axis[i] >= (int32_t)n_axes)
            return bni_fail(ctx, BINNET_E_RANGE, "axis[%zu] is %d, allowed is -1..%zu", i, (int)axis[i], n_axes - 1);
    int32_t of_population[CLASS_POPULATIONS];
    if (by_classes(net) && by_population(net, axis, of_population))
        return solve_diagram(ctx, out, net, 1, n_axes, of_population);
    BNI_TRY(check_neurons(ctx, net));
    return solve_diagram(ctx, out, net, 0, n_axes, axis);
}

/* States to look at, and elementary steps: a branch-and-bound node or block for each 256 states at most, and, from
 * measurement, some twenty looks at each state for the cycles; a step for each class. */
static double count_states(const binnet_net *net, int classes, int64_t divisor)
{
    double count = 1;
    if (!classes)
        return ldexp(1, (int)net->n);
    for (size_t a = 0; a < net->n_pop; a++)
        count *= (double)((net->first[a + 1] - net->first[a]) / divisor + 1);
    return count;
}

/* Most classes of fixed points, each population with a stimulus of its own. Some but not all neurons of a population can be
 * active when there are stimuli at which those keep firing and the others stay silent: when the neurons inhibit one another
 * but not themselves, or the tie rule keeps both. */
static double most_fixed(const binnet_net *net)
{
    double count = 1;
    for (size_t a = 0; a < net->n_pop; a++) {
        int parts = net->tie == BINNET_TIE_KEEP || (net->J[a * net->n_pop + a] < 0 && !net->self_connections);
        count *= parts ? (double)(net->first[a + 1] - net->first[a] + 1) : 2;
    }
    return count;
}

/* The list of classes of fixed points, while it grows: half as long again, beside the part that is moved. */
static double fixed_list_bytes(const binnet_net *net)
{
    double each = 8 + 8 * (double)net->n_pop + 2 * (double)net->n_pop * (double)sizeof(bni_cut);
    return 2.5 * each * (most_fixed(net) + 16);
}

int32_t binnet_diagram_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, net, "net"));
    int32_t axis[BINNET_MAX_NEURONS];
    BNI_TRY(own_axes(ctx, net, axis));
    int classes = by_classes(net);
    double count = count_states(net, classes, 1), needed = bytes_needed(ctx, net, classes, net->n_pop, axis);
    needed += classes ? fixed_list_bytes(net) : 0;
    double fixed = classes || net->n <= 8 ? count : count / 128;
    double cycles = classes ? count_states(net, classes, 2) * ldexp(1, (int)net->n_pop) : 20 * count;
    if (states != NULL)
        *states = count < 0x1p64 ? (uint64_t)count : UINT64_MAX;
    if (bytes != NULL)
        *bytes = needed < 0x1p64 ? (uint64_t)ceil(needed) : UINT64_MAX;
    if (flops != NULL)
        *flops = fixed + (ctx->max_period == 1 ? 0 : cycles);
    return BINNET_OK;
}
