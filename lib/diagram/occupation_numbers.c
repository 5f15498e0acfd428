/*
 * The diagram of homogeneous populations by occupation numbers: classes of states that differ by permuting equal
 * neurons.
 *
 * Equal neurons in the same state stay so. Along a cycle, therefore, two equal neurons are always in the same state
 * or never: a population is uniform, or divided into two groups of k and N - k neurons in opposite states. For each
 * choice of the divisions the cycles are those of a map on {0,1}^populations. Permuting the neurons makes prod_a
 * C(N_a, k_a) cycles of one; exchanging the groups of populations divided in halves may turn a cycle into itself, s
 * exchanges of all do: the class has prod_a C(N_a, k_a) / s members.
 * Source: THEORY 2.
 */
#include "diagram/diagram.h"
#include "num/special.h"
#include "num/double_double.h"
#include "num/exact.h"

#include <string.h>

/* A state of the map: bit a = 0 when population a has its lesser occupation number (uniform: 0; divided: k <= N/2). */
typedef struct circuit {
    binnet_ctx *ctx;
    binnet_diagram *d;
    const binnet_net *net;
    const int32_t *axis;
    size_t n_pop, axes;
    double steps, most_steps;
    uint64_t most_period;
    int full;
    double *error;     /* [n_pop] of a current in double-double; infinite: not to be used */
    int64_t *split;    /* [n_pop] k, or 0: uniform */
    bni_cut (*cut)[2]; /* [2^n_pop][n_pop] of the first group (all neurons of a uniform population), of the second */
    uint32_t *path;
    uint8_t *on_path;
    bni_cut *box; /* [2^n_pop + 1][axes][2] */
    uint32_t *turned;
    int64_t *active; /* [2^n_pop][n_pop] */
    uint64_t *state; /* [2^n_pop] */
    uint32_t start;
} circuit;

static void circuit_buffers(bni_plan *plan, void *of)
{
    circuit *c = of;
    double states = ldexp(1, (int)c->n_pop), pops = (double)c->n_pop;
    BNI_BUFFER(plan, c->error, pops);
    BNI_ZEROS(plan, c->split, pops);
    BNI_BUFFER(plan, c->cut, states * pops);
    BNI_BUFFER(plan, c->path, states);
    BNI_ZEROS(plan, c->on_path, states);
    BNI_BUFFER(plan, c->box, (states + 1) * 2 * (double)c->axes);
    BNI_BUFFER(plan, c->turned, states);
    BNI_BUFFER(plan, c->active, states * pops);
    BNI_BUFFER(plan, c->state, states);
}

double bni_diagram_classes_bytes(size_t n_pop, size_t axes)
{
    circuit c = {.n_pop = n_pop, .axes = axes};
    return bni_plan_bytes(circuit_buffers, &c);
}

static int64_t class_population(const circuit *c, size_t a)
{
    return c->d->size[a];
}

/* Neurons of b that a neuron of population a hears, itself active or not. */
static double heard_neurons(const binnet_net *net, size_t a, size_t b, int active, const int64_t *occupation)
{
    return (double)(occupation[b] - (b == a && active && !net->self_connections));
}

static void drive_terms(bni_exact *e, const binnet_net *net, size_t a, int active, const int64_t *occupation)
{
    bni_exact_clear(e);
    for (size_t b = 0; b < net->n_pop; b++)
        bni_exact_add_product(e, net->J[a * net->n_pop + b], heard_neurons(net, a, b, active, occupation));
}

static double exact_current(const binnet_net *net, size_t a, int active, const int64_t *occupation)
{
    bni_exact e;
    drive_terms(&e, net, a, active, occupation);
    bni_exact_add_product(&e, -net->M[a], net->theta[a]);
    return 0 - bni_exact_quotient(&e, net->M[a]);
}

/* Threshold current of population a, correctly rounded: in double-double when that decides it. */
static double current_of_class(const circuit *c, size_t a, int active, const int64_t *occupation)
{
    const binnet_net *net = c->net;
    int certain = 0;
    double value = 0;
    if (c->error[a] < INFINITY) {
        bni_doubled t = bni_two_product(net->theta[a], net->M[a]);
        for (size_t b = 0; b < c->n_pop; b++)
            t = bni_doubled_add(t, bni_two_product(-net->J[a * c->n_pop + b],
                                                   heard_neurons(net, a, b, active, occupation)));
        value = bni_doubled_rounded(t, net->M[a], c->error[a], &certain);
    }
    return certain ? value + 0.0 : exact_current(net, a, active, occupation);
}

/* The same for a fixed stimulus: fires always (a cut below everything), or never. */
static bni_cut fixed_cut(const binnet_net *net, size_t a, int active, const int64_t *occupation)
{
    bni_exact e;
    drive_terms(&e, net, a, active, occupation);
    bni_exact_add_product(&e, net->M[a], net->I[a]);
    bni_exact_add_product(&e, -net->M[a], net->theta[a]);
    int sign = bni_exact_sign(&e);
    int fires = sign != 0 ? sign > 0 : net->tie == BINNET_TIE_KEEP ? active : net->tie == BINNET_TIE_ACTIVE;
    return fires ? bni_cut_lowest() : bni_cut_highest();
}

static bni_cut any_cut(const circuit *c, size_t a, int active, const int64_t *occupation)
{
    if (c->axis[a] < 0)
        return fixed_cut(c->net, a, active, occupation);
    int above = c->net->tie == BINNET_TIE_SILENT || (c->net->tie == BINNET_TIE_KEEP && !active);
    return (bni_cut){current_of_class(c, a, active, occupation), above};
}

static void whole_box(bni_cut *box, size_t axes)
{
    for (size_t a = 0; a < axes; a++) {
        box[2 * a] = bni_cut_lowest();
        box[2 * a + 1] = bni_cut_highest();
    }
}

/* Narrow the box to where population a's neurons with this cut fire (or not); 0 when nothing is left. */
static int narrow_box(const circuit *c, bni_cut *box, size_t a, bni_cut cut, int fires)
{
    if (c->axis[a] < 0)
        return fires == (cut.v < 0);
    bni_cut *side = box + 2 * (size_t)c->axis[a];
    if (fires && bni_cut_less(side[0], cut))
        side[0] = cut;
    if (!fires && bni_cut_less(cut, side[1]))
        side[1] = cut;
    return bni_cut_less(side[0], side[1]);
}

/* --- fixed points --- */

/* The member whose active neurons are the first of each population. */
static uint64_t first_member(const circuit *c, const int64_t *occupation)
{
    if (c->net->n > BINNET_MAX_NEURONS)
        return UINT64_MAX;
    uint64_t state = 0;
    for (size_t a = 0; a < c->n_pop; a++)
        state |= ((UINT64_C(1) << occupation[a]) - 1) << c->net->first[a];
    return state;
}

static int box_of_class(const circuit *c, bni_cut *box, const int64_t *occupation)
{
    whole_box(box, c->axes);
    for (size_t a = 0; a < c->n_pop; a++) {
        if (occupation[a] > 0 && !narrow_box(c, box, a, any_cut(c, a, 1, occupation), 1))
            return 0;
        if (occupation[a] < class_population(c, a) && !narrow_box(c, box, a, any_cut(c, a, 0, occupation), 0))
            return 0;
    }
    return 1;
}

/* The next of all (number[a] <= most[a]), the first position fastest; 0 after the last. */
static int step_on(int64_t *number, const int64_t *size, int64_t divisor, size_t count)
{
    for (size_t a = 0; a < count; a++) {
        if (number[a] < size[a] / divisor) {
            number[a]++;
            return 1;
        }
        number[a] = 0;
    }
    return 0;
}

static double class_combinations(const circuit *c, int64_t divisor)
{
    double count = 1;
    for (size_t a = 0; a < c->n_pop; a++)
        count *= (double)(class_population(c, a) / divisor + 1);
    return count;
}

static int32_t all_fixed(circuit *c)
{
    int64_t *occupation = c->active;
    double all = class_combinations(c, 1), done = 0;
    memset(occupation, 0, c->n_pop * sizeof *occupation);
    do {
        if (c->steps >= c->most_steps) {
            c->full = 1;
            return BINNET_OK;
        }
        c->steps++;
        if (box_of_class(c, c->box, occupation))
            BNI_TRY(bni_diagram_add_fixed(c->ctx, c->d, first_member(c, occupation), occupation,
                                          (const bni_cut(*)[2])(const void *)c->box));
        BNI_TRY(bni_poll(c->ctx, done++ / all));
    } while (step_on(occupation, c->d->size, 1, c->n_pop));
    c->d->fixed_complete = 1;
    return BINNET_OK;
}

/* --- cycles --- */

static int64_t occupation_of(const circuit *c, size_t a, uint32_t x)
{
    int64_t n = class_population(c, a), k = c->split[a];
    return x >> a & 1 ? n - k : k;
}

/* Activity of the first group: that of k neurons, or all of a uniform population. */
static int first_active(const circuit *c, size_t a, uint32_t x)
{
    int bit = (int)(x >> a & 1);
    return c->split[a] > 0 ? !bit : bit;
}

static void make_cuts(circuit *c)
{
    for (uint32_t x = 0; x < UINT32_C(1) << c->n_pop; x++) {
        int64_t *occupation = c->active + x * c->n_pop;
        for (size_t a = 0; a < c->n_pop; a++)
            occupation[a] = occupation_of(c, a, x);
        for (size_t a = 0; a < c->n_pop; a++) {
            int active = first_active(c, a, x);
            bni_cut *cut = c->cut[x * c->n_pop + a];
            cut[0] = any_cut(c, a, active, occupation);
            cut[1] = c->split[a] > 0 ? any_cut(c, a, !active, occupation) : cut[0];
        }
    }
}

/* Exchange the groups of the populations in `which`, and turn the cycle so that its least state comes first. */
static void exchange_groups(uint32_t *to, const uint32_t *path, uint64_t length, uint32_t which)
{
    uint64_t least = 0;
    for (uint64_t k = 1; k < length; k++)
        if ((path[k] ^ which) < (path[least] ^ which))
            least = k;
    for (uint64_t k = 0; k < length; k++)
        to[k] = path[(least + k) % length] ^ which;
}

/* Members of the class of the cycle on the path; 0 when another representative of the class is found elsewhere. */
static double class_members(circuit *c, uint64_t length)
{
    uint32_t halves = 0;
    double count = 1;
    for (size_t a = 0; a < c->n_pop; a++) {
        count *= bni_choose(class_population(c, a), c->split[a]);
        if (2 * c->split[a] == class_population(c, a))
            halves |= UINT32_C(1) << a;
    }
    double stay = 1;
    for (uint32_t which = halves; which != 0; which = (which - 1) & halves) {
        exchange_groups(c->turned, c->path, length, which);
        int order = 0;
        for (uint64_t k = 0; k < length && order == 0; k++)
            order = (c->turned[k] > c->path[k]) - (c->turned[k] < c->path[k]);
        if (order < 0)
            return 0;
        stay += order == 0;
    }
    return count / stay;
}

static int32_t list_circuit(circuit *c, uint64_t length, const bni_cut *box)
{
    double count = class_members(c, length);
    if (count == 0)
        return BINNET_OK;
    for (uint64_t t = 0; t < length; t++) {
        uint64_t state = 0;
        for (size_t a = 0; a < c->n_pop; a++) {
            c->active[t * c->n_pop + a] = occupation_of(c, a, c->path[t]);
            if (c->net->n > BINNET_MAX_NEURONS)
                continue;
            uint64_t all = (UINT64_C(1) << class_population(c, a)) - 1, first = (UINT64_C(1) << c->split[a]) - 1;
            int bit = (int)(c->path[t] >> a & 1);
            uint64_t here = c->split[a] == 0 ? (bit ? all : 0) : bit ? all & ~first : first;
            state |= here << c->net->first[a];
        }
        c->state[t] = c->net->n > BINNET_MAX_NEURONS ? UINT64_MAX : state;
    }
    return bni_diagram_add_cycle(c->ctx, c->d, length, c->state, c->active, count,
                                 (const bni_cut(*)[2])(const void *)box);
}

static int32_t visit(circuit *c, uint64_t depth, uint32_t x);

/* Successors of path[depth] by the population a on, whose earlier ones gave `next` and the box. */
static int32_t expand_successors(circuit *c, uint64_t depth, size_t a, uint32_t next)
{
    bni_cut *box = c->box + (depth + 1) * 2 * c->axes;
    uint32_t x = c->path[depth];
    if (a == c->n_pop) {
        if (next == c->start)
            return depth > 0 ? list_circuit(c, depth + 1, box) : BINNET_OK;
        if (next < c->start || c->on_path[next] || depth + 1 == c->most_period)
            return BINNET_OK;
        return visit(c, depth + 1, next);
    }
    const bni_cut *cut = c->cut[x * c->n_pop + a];
    bni_cut kept[2] = {{0, 0}, {0, 0}}, *side = c->axis[a] < 0 ? kept : box + 2 * (size_t)c->axis[a];
    kept[0] = side[0];
    kept[1] = side[1];
    for (int fires = 0; fires < 2; fires++) {
        if (narrow_box(c, box, a, cut[0], fires) && (c->split[a] == 0 || narrow_box(c, box, a, cut[1], !fires))) {
            int bit = c->split[a] > 0 ? !fires : fires;
            BNI_TRY(expand_successors(c, depth, a + 1, next | (uint32_t)bit << a));
        }
        side[0] = kept[0];
        side[1] = kept[1];
    }
    return BINNET_OK;
}

/* box[depth] holds the box so far; box[depth + 1] is narrowed from it. */
static int32_t visit(circuit *c, uint64_t depth, uint32_t x)
{
    if (c->steps >= c->most_steps)
        c->full = 1;
    if (c->full)
        return BINNET_OK;
    c->steps++;
    c->path[depth] = x;
    c->on_path[x] = 1;
    memcpy(c->box + (depth + 1) * 2 * c->axes, c->box + depth * 2 * c->axes, 2 * c->axes * sizeof *c->box);
    int32_t status = expand_successors(c, depth, 0, 0);
    c->on_path[x] = 0;
    return status;
}

static int32_t all_cycles(circuit *c)
{
    double all = class_combinations(c, 2), done = 0;
    memset(c->split, 0, c->n_pop * sizeof *c->split);
    do {
        make_cuts(c);
        for (c->start = 0; c->start < UINT32_C(1) << c->n_pop; c->start++) {
            whole_box(c->box, c->axes);
            BNI_TRY(visit(c, 0, c->start));
            BNI_TRY(bni_poll(c->ctx, done / all));
        }
        done++;
    } while (!c->full && step_on(c->split, c->d->size, 2, c->n_pop));
    return BINNET_OK;
}

static int32_t list_circuits(circuit *c)
{
    int64_t most = c->ctx->max_period;
    bni_span(c->ctx, 0, most == 1 ? 1 : 0.5);
    BNI_TRY(all_fixed(c));
    c->d->period_complete = c->full ? -1 : 1;
    if (most == 1 || c->full)
        return BINNET_OK;
    bni_span(c->ctx, 0.5, 1);
    BNI_TRY(all_cycles(c));
    c->d->period_complete = c->full ? -1 : most > 0 ? most : INT64_MAX;
    return BINNET_OK;
}

/* Threshold currents must stay within the range of double; within a part of it double-double can be used. */
static int32_t set_errors(circuit *c)
{
    const binnet_net *net = c->net;
    for (size_t a = 0; a < net->n_pop; a++) {
        double reach = fabs(net->theta[a]), least = INFINITY, greatest = 0;
        const double own[2] = {net->theta[a], net->M[a]};
        for (size_t b = 0; b < net->n_pop; b++)
            reach += fabs(net->J[a * net->n_pop + b]) / net->M[a] * (double)class_population(c, b);
        if (!(reach <= 0x1p1000))
            return bni_fail(c->ctx, BINNET_E_RANGE,
                            "threshold currents of population %zu reach %.3g, allowed is 2^1000", a, reach);
        for (size_t k = 0; k < net->n_pop + 2; k++) {
            double x = fabs(k < 2 ? own[k] : net->J[a * net->n_pop + k - 2]);
            greatest = x > greatest ? x : greatest;
            least = x > 0 && x < least ? x : least;
        }
        c->error[a] = least > 0x1p-350 && greatest < 0x1p350 ? 64 * 0x1p-96 * reach * (1 + 0x1p-40) : INFINITY;
    }
    return BINNET_OK;
}

int32_t bni_diagram_all_classes(binnet_ctx *ctx, binnet_diagram *d, const binnet_net *net, const int32_t *axis)
{
    circuit c = {.ctx = ctx, .d = d, .net = net, .axis = axis, .n_pop = net->n_pop, .axes = d->axes};
    c.most_steps = ctx->work_limit > 0 ? (double)ctx->work_limit : INFINITY;
    c.most_period = ctx->max_period > 0 ? (uint64_t)ctx->max_period : UINT64_MAX;
    BNI_TRY(bni_plan_make(ctx, circuit_buffers, &c));
    int32_t status = set_errors(&c);
    if (status == BINNET_OK)
        status = list_circuits(&c);
    bni_plan_release(&ctx->mem, circuit_buffers, &c);
    return status;
}
