/*
 * Fixed points of networks of any size: the public object, its list of states, and the questions it answers.
 *   A_i = H(h_i(A)) for every neuron; over a box of stimuli: A is fixed exactly for Lambda <= I < Xi.
 * Source: [FP19] sec. 3, [FCP18]
 */
#include "fixed_points/count_components.h"

#include <math.h>

/* --- the list --- */

static int state_before(void *list, size_t a, size_t b)
{
    const binnet_fixed_points *f = list;
    const uint64_t *x = bni_points_state(f, a), *y = bni_points_state(f, b);
    for (size_t w = f->words; w-- > 0;)
        if (x[w] != y[w])
            return x[w] < y[w];
    return 0;
}

static void swap_states(void *list, size_t a, size_t b)
{
    const binnet_fixed_points *f = list;
    uint64_t *x = bni_points_state(f, a), *y = bni_points_state(f, b);
    for (size_t w = 0; w < f->words; w++) {
        uint64_t t = x[w];
        x[w] = y[w];
        y[w] = t;
    }
}

/* --- making --- */

static double fixed_bytes(const binnet_net *net, int coupled, size_t most)
{
    double n = (double)net->n, words = (double)((net->n + 63) / 64);
    double list = bni_enumerate_bytes(net, coupled);
    double count = coupled ? 0 : bni_counting_bytes(net) + bni_list_bytes(net);
    return (double)sizeof(binnet_fixed_points) + bni_sparse_bytes(net, coupled ? net->n_pop : net->n, coupled) +
           2 * (double)sizeof(bni_decision) * n + (list > count ? list : count) + 8 * words * (double)most + 8 * n;
}

int32_t binnet_fixed_points_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                     const binnet_net *net, int32_t populations, size_t most)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, net, "net"));
    if (populations != 0 && populations != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "populations is %d, allowed is 0 or 1", (int)populations);
    double b = fixed_bytes(net, populations, most);
    if (states != NULL)
        *states = net->n < 64 ? UINT64_C(1) << net->n : UINT64_MAX;
    if (bytes != NULL)
        *bytes = b < 0x1p64 ? (uint64_t)b : UINT64_MAX;
    if (flops != NULL)
        *flops = NAN;
    return BINNET_OK;
}

void binnet_fixed_points_free(binnet_fixed_points *points)
{
    if (points == NULL)
        return;
    bni_allocator mem = points->mem;
    for (size_t c = 0; c < BNI_CHUNKS; c++)
        bni_delete(&mem, points->chunk[c]);
    bni_delete(&mem, points->path);
    bni_sparse_free(points->p);
    bni_delete(&mem, points);
}

/* The number by components, and then the list. With a list to make, the count may take half of the work limit. */
static int32_t count_and_list(binnet_ctx *ctx, binnet_fixed_points *f)
{
    bni_counter c;
    uint64_t limit = f->effort.limit;
    bni_span(ctx, 0, f->most > 0 ? 0.5 : 1);
    f->effort.limit = f->most > 0 && limit > 1 ? limit - limit / 2 : limit;
    int32_t status = bni_counter_new(&c, ctx, f->p, &f->effort);
    if (status == BINNET_OK)
        status = bni_counter_run(&c);
    f->effort.limit = limit;
    f->complete = status == BINNET_OK;
    if (status == BINNET_OK) {
        f->count = c.frames[0].sum;
        bni_span(ctx, 0.5, 1);
        size_t target = f->count.value < (double)f->most ? (size_t)f->count.exact : f->most;
        if (target > 0)
            status = bni_list(&c, f, target);
        status = status == BINNET_E_LIMIT ? BINNET_OK : status;
    } else if (status == BINNET_E_LIMIT) {
        bni_counter_trace(&c, &f->count, f->path, &f->path_length);
    }
    bni_counter_free(&c);
    return status;
}

/* The count was cut: what the rest of the limit can list. The search that found more stands. */
static int32_t list_some(binnet_ctx *ctx, binnet_fixed_points *f)
{
    bni_tally by_components = f->count;
    double done = f->effort.done;
    size_t length = f->path_length;
    bni_decision *path = f->path;
    if ((f->path = bni_new_raw(ctx, f->p->n, sizeof *path)) == NULL) {
        bni_delete(&f->mem, path);
        return BINNET_E_NOMEM;
    }
    f->count = (bni_tally){0, 0, 1};
    f->effort.done = 0;
    int32_t status = bni_enumerate(ctx, f);
    f->complete = status == BINNET_OK;
    if (!f->complete && by_components.value > f->count.value) {
        bni_decision *other = f->path;
        f->path = path;
        path = other;
        f->path_length = length;
        f->count = by_components;
        f->effort.done = done;
    }
    bni_delete(&f->mem, path);
    return status;
}

static int32_t search_states(binnet_ctx *ctx, binnet_fixed_points *f)
{
    int32_t status;
    if (f->p->coupled) {
        status = bni_enumerate(ctx, f);
        f->complete = status == BINNET_OK;
    } else {
        status = count_and_list(ctx, f);
        if (status == BINNET_E_LIMIT && f->most > 0)
            status = list_some(ctx, f);
    }
    if (f->complete) {
        f->effort.done = 1;
        bni_delete(&f->mem, f->path);
        f->path = NULL;
    }
    if (f->count.fits)
        f->count.value = (double)f->count.exact;
    return status == BINNET_E_LIMIT ? BINNET_OK : status;
}

static int32_t solve_box(binnet_ctx *ctx, binnet_fixed_points **out, const binnet_net *net, const double *lo,
                         const double *hi, int coupled, size_t most)
{
    binnet_fixed_points *f = bni_new(ctx, 1, sizeof *f);
    if (f == NULL)
        return BINNET_E_NOMEM;
    f->mem = ctx->mem;
    f->words = (net->n + 63) / 64;
    f->most = most;
    f->count.fits = 1;
    f->effort = (bni_effort){.ctx = ctx, .limit = (uint64_t)ctx->work_limit, .listed = -1};
    int32_t status = bni_sparse_new(ctx, &f->p, net, lo, hi, coupled);
    if (status == BINNET_OK && (f->path = bni_new_raw(ctx, net->n, sizeof *f->path)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = search_states(ctx, f);
    f->effort.ctx = NULL;
    if (status == BINNET_OK)
        status = bni_sort_places(ctx, f->listed, &(bni_places){state_before, swap_states, f});
    if (status != BINNET_OK) {
        binnet_fixed_points_free(f);
        return status;
    }
    *out = f;
    return BINNET_OK;
}

int32_t binnet_fixed_points_new(binnet_ctx *ctx, binnet_fixed_points **out, const binnet_net *net, size_t most)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need_memory(ctx, fixed_bytes(net, 0, most), "the search for fixed points"));
    double *I = bni_new_raw(ctx, net->n, sizeof *I);
    if (I == NULL)
        return BINNET_E_NOMEM;
    for (size_t i = 0; i < net->n; i++)
        I[i] = net->I[bni_net_unit(net, i)];
    int32_t status = solve_box(ctx, out, net, I, I, 0, most);
    bni_delete(&ctx->mem, I);
    return status;
}

static int32_t find_in_box(binnet_ctx *ctx, binnet_fixed_points **out, const binnet_net *net, const double *lo,
                           const double *hi, size_t n, int coupled, size_t most)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, lo, "lo"));
    BNI_TRY(bni_need(ctx, hi, "hi"));
    size_t units = coupled ? net->n_pop : net->n;
    if (n != units)
        return bni_fail(ctx, BINNET_E_SIZE, "the box has %zu stimuli, the network %zu %s", n, units,
                        coupled ? "populations" : "neurons");
    for (size_t u = 0; u < n; u++) {
        if (isnan(lo[u]) || isnan(hi[u]) || lo[u] == INFINITY || hi[u] == -INFINITY)
            return bni_fail(ctx, BINNET_E_NAN, "the box ends of stimulus %zu are %g and %g", u, lo[u], hi[u]);
        if (lo[u] > hi[u])
            return bni_fail(ctx, BINNET_E_RANGE, "lo[%zu] is %g, above hi[%zu], %g", u, lo[u], u, hi[u]);
    }
    BNI_TRY(bni_need_memory(ctx, fixed_bytes(net, coupled, most), "the search for fixed points"));
    return solve_box(ctx, out, net, lo, hi, coupled, most);
}

int32_t binnet_fixed_points_new_box(binnet_ctx *ctx, binnet_fixed_points **out, const binnet_net *net, const double *lo,
                                    const double *hi, size_t n, size_t most)
{
    return find_in_box(ctx, out, net, lo, hi, n, 0, most);
}

int32_t binnet_fixed_points_new_population_box(binnet_ctx *ctx, binnet_fixed_points **out, const binnet_net *net,
                                               const double *lo, const double *hi, size_t n_pop, size_t most)
{
    return find_in_box(ctx, out, net, lo, hi, n_pop, 1, most);
}

/* --- questions --- */

size_t binnet_fixed_points_neurons(const binnet_fixed_points *points)
{
    return points == NULL ? 0 : points->p->n;
}

size_t binnet_fixed_points_words(const binnet_fixed_points *points)
{
    return points == NULL ? 0 : points->words;
}

double binnet_fixed_points_count(const binnet_fixed_points *points)
{
    return points == NULL ? 0 : points->count.value;
}

int32_t binnet_fixed_points_count_exact(const binnet_fixed_points *points, uint64_t *count)
{
    if (count == NULL || points == NULL)
        return BINNET_E_NULL;
    if (!points->count.fits)
        return BINNET_E_RANGE;
    *count = points->count.exact;
    return BINNET_OK;
}

size_t binnet_fixed_points_listed(const binnet_fixed_points *points)
{
    return points == NULL ? 0 : points->listed;
}

const uint64_t *binnet_fixed_points_state(const binnet_fixed_points *points, size_t k)
{
    return points == NULL || k >= points->listed ? NULL : bni_points_state(points, k);
}

int32_t binnet_fixed_points_active(const binnet_fixed_points *points, size_t k, size_t i)
{
    const uint64_t *state = binnet_fixed_points_state(points, k);
    return state == NULL || i >= points->p->n ? -1 : (int32_t)(state[i / 64] >> i % 64 & 1);
}

int32_t binnet_fixed_points_complete(const binnet_fixed_points *points)
{
    return points != NULL && points->complete;
}

uint64_t binnet_fixed_points_steps(const binnet_fixed_points *points)
{
    return points == NULL ? 0 : points->effort.steps;
}

double binnet_fixed_points_searched(const binnet_fixed_points *points)
{
    return points == NULL ? 0 : points->effort.done;
}

int32_t binnet_fixed_points_box(binnet_ctx *ctx, double *lo, double *hi, size_t units,
                                const binnet_fixed_points *points, size_t k)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, lo, "lo"));
    BNI_TRY(bni_need(ctx, hi, "hi"));
    BNI_TRY(bni_need(ctx, points, "points"));
    const bni_sparse *p = points->p;
    if (units != p->units)
        return bni_fail(ctx, BINNET_E_SIZE, "units is %zu, the box has %zu stimuli", units, p->units);
    if (k >= points->listed)
        return bni_fail(ctx, BINNET_E_RANGE, "state %zu of %zu that are listed", k, points->listed);
    BNI_TRY(bni_need_memory(ctx, (double)p->n, "a state"));
    unsigned char *state = bni_new_raw(ctx, p->n, 1);
    if (state == NULL)
        return BINNET_E_NOMEM;
    for (size_t i = 0; i < p->n; i++)
        state[i] = (unsigned char)binnet_fixed_points_active(points, k, i);
    bni_sparse_box(p, lo, hi, state);
    bni_delete(&ctx->mem, state);
    return BINNET_OK;
}

/* Sets of states that were not searched: where the search stopped, and the other side of each decision before it. */
size_t binnet_fixed_points_open_count(const binnet_fixed_points *points)
{
    if (points == NULL || points->complete)
        return 0;
    size_t count = 1;
    for (size_t d = 0; d < points->path_length; d++)
        count += points->path[d].other_open;
    return count;
}

int32_t binnet_fixed_points_open(binnet_ctx *ctx, uint64_t *decided, uint64_t *value, size_t words,
                                 const binnet_fixed_points *points, size_t k)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, decided, "decided"));
    BNI_TRY(bni_need(ctx, value, "value"));
    BNI_TRY(bni_need(ctx, points, "points"));
    if (words != points->words)
        return bni_fail(ctx, BINNET_E_SIZE, "words is %zu, a state has %zu", words, points->words);
    size_t count = binnet_fixed_points_open_count(points);
    if (k >= count)
        return bni_fail(ctx, BINNET_E_RANGE, "set %zu of %zu that were not searched", k, count);
    for (size_t w = 0; w < words; w++)
        decided[w] = value[w] = 0;
    size_t left = k; /* set 0 is where the search stopped */
    for (size_t d = 0; d < points->path_length; d++) {
        const bni_decision *step = &points->path[d];
        size_t w = (size_t)step->neuron / 64;
        uint64_t bit = UINT64_C(1) << (step->neuron % 64);
        int last = left > 0 && step->other_open && --left == 0;
        decided[w] |= bit;
        if (step->value != last)
            value[w] |= bit;
        if (last)
            break;
    }
    return BINNET_OK;
}
