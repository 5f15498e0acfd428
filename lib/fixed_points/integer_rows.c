/*
 * Rows of a network as integers: weights in units of a power of two, and the sums from which a neuron may fire or rest.
 *   A_i = 1: sum + J_ii + M_i (I_i - theta_i) >= 0 (> 0 under BINNET_TIE_SILENT)
 *   A_i = 0: sum + M_i (I_i - theta_i) < 0 (<= 0 under BINNET_TIE_SILENT and _KEEP)
 * Sums of integers do not drift and are undone exactly. A row that has no such unit is rounded to 2^-60 of its greatest
 * sum; what that leaves open is decided with the weights themselves.
 */
#include "fixed_points/fixed_points.h"

#include "num/exact.h"

#include <math.h>
#include <string.h>

enum { SUM_BITS = 60 };

/* --- size --- */

static double population_size(const binnet_net *net, size_t a)
{
    return (double)(net->first[a + 1] - net->first[a]);
}

double bni_sparse_entries(const binnet_net *net)
{
    double entries = 0;
    if (net->form == BNI_CSR) {
        for (size_t i = 0; i < net->n; i++)
            for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++)
                entries += net->J[k] != 0 && (size_t)net->col[k] != i;
    } else if (net->form == BNI_DENSE) {
        for (size_t i = 0; i < net->n; i++)
            for (size_t j = 0; j < net->n; j++)
                entries += net->J[i * net->n + j] != 0 && j != i;
    } else {
        for (size_t a = 0; a < net->n_pop; a++)
            for (size_t b = 0; b < net->n_pop; b++)
                if (net->J[a * net->n_pop + b] != 0)
                    entries += population_size(net, a) * (population_size(net, b) - (a == b));
    }
    return entries;
}

static void row_buffers(bni_plan *plan, void *rows)
{
    bni_sparse *p = rows;
    BNI_ZEROS(plan, p->first, p->n + 1);
    BNI_BUFFER(plan, p->input, p->entries);
    BNI_BUFFER(plan, p->weight, p->entries);
    BNI_BUFFER(plan, p->J, p->entries);
    BNI_ZEROS(plan, p->out_first, p->n + 1);
    BNI_BUFFER(plan, p->out, p->entries);
    BNI_BUFFER(plan, p->out_weight, p->entries);
    BNI_BUFFER(plan, p->scale, p->n);
    BNI_ZEROS(plan, p->least, p->n);
    BNI_ZEROS(plan, p->most, p->n);
    BNI_BUFFER(plan, p->fires, p->n);
    BNI_BUFFER(plan, p->rests, p->n);
    BNI_ZEROS(plan, p->margin, p->n);
    BNI_ZEROS(plan, p->functional, p->n);
    BNI_ZEROS(plan, p->solo, p->n);
    BNI_ZEROS(plan, p->self, p->n);
    BNI_BUFFER(plan, p->M, p->n);
    BNI_BUFFER(plan, p->theta, p->n);
    BNI_BUFFER(plan, p->lo, p->units);
    BNI_BUFFER(plan, p->hi, p->units);
    if (!p->coupled)
        return;
    BNI_BUFFER(plan, p->pop, p->n);
    BNI_ZEROS(plan, p->member_first, p->n_pop + 1);
    BNI_BUFFER(plan, p->member, p->n);
    BNI_BUFFER(plan, p->offset, p->n);
    BNI_BUFFER(plan, p->gain, p->n);
    BNI_BUFFER(plan, p->own, p->n);
    BNI_ZEROS(plan, p->blur, p->n);
    BNI_BUFFER(plan, p->lowest, p->n_pop);
    BNI_BUFFER(plan, p->top, p->n_pop);
    BNI_ZEROS(plan, p->tidy, p->n);
}

static bni_sparse sizes_of(const binnet_net *net, size_t units, int coupled)
{
    return (bni_sparse){.n = net->n,
                        .entries = (size_t)bni_sparse_entries(net),
                        .tie = net->tie,
                        .coupled = coupled,
                        .n_pop = coupled ? net->n_pop : 0,
                        .units = units};
}

double bni_sparse_bytes(const binnet_net *net, size_t units, int coupled)
{
    bni_sparse p = sizes_of(net, units, coupled);
    return (double)sizeof p + bni_plan_bytes(row_buffers, &p);
}

/* --- making --- */

void bni_sparse_free(bni_sparse *p)
{
    if (p == NULL)
        return;
    bni_allocator mem = p->mem;
    bni_plan_release(&mem, row_buffers, p);
    bni_delete(&mem, p);
}

static int32_t make_sparse(binnet_ctx *ctx, bni_sparse **out, const binnet_net *net, size_t units, int coupled)
{
    bni_sparse *p = bni_new_raw(ctx, 1, sizeof *p);
    if (p == NULL)
        return BINNET_E_NOMEM;
    *p = sizes_of(net, units, coupled);
    p->mem = ctx->mem;
    int32_t status = bni_plan_make(ctx, row_buffers, p);
    if (status != BINNET_OK)
        bni_delete(&ctx->mem, p);
    else
        *out = p;
    return status;
}

static size_t add_input(bni_sparse *p, size_t at, size_t i, size_t j, double w)
{
    if (j == i) {
        p->self[i] = w;
        return at;
    }
    if (w == 0)
        return at;
    p->input[at] = (int32_t)j;
    p->J[at] = w;
    return at + 1;
}

static void read_rows(bni_sparse *p, const binnet_net *net)
{
    size_t at = 0, n = net->n;
    for (size_t i = 0; i < n; i++) {
        if (net->form == BNI_CSR) {
            for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++)
                at = add_input(p, at, i, (size_t)net->col[k], net->J[k]);
        } else if (net->form == BNI_DENSE) {
            for (size_t j = 0; j < n; j++)
                at = add_input(p, at, i, j, net->J[i * n + j]);
        } else {
            size_t a = bni_net_unit(net, i);
            for (size_t b = 0; b < net->n_pop; b++)
                for (int64_t j = net->first[b]; net->J[a * net->n_pop + b] != 0 && j < net->first[b + 1]; j++)
                    at = add_input(p, at, i, (size_t)j, net->J[a * net->n_pop + b]);
            if (!net->self_connections)
                p->self[i] = 0;
        }
        p->first[i + 1] = (int64_t)at;
        size_t u = bni_net_unit(net, i);
        p->M[i] = net->M[u];
        p->theta[i] = net->theta[u];
    }
}

/* A row that is being sorted: largest |weight| first, smaller presynaptic number first among equals. */
typedef struct row_entries {
    double *J;
    int32_t *input;
} row_entries;

static int entry_before(void *row, size_t a, size_t b)
{
    const row_entries *r = row;
    double x = fabs(r->J[a]), y = fabs(r->J[b]);
    return x > y || (x == y && r->input[a] < r->input[b]);
}

static void swap_entries(void *row, size_t a, size_t b)
{
    row_entries *r = row;
    double w = r->J[a];
    int32_t j = r->input[a];
    r->J[a] = r->J[b];
    r->input[a] = r->input[b];
    r->J[b] = w;
    r->input[b] = j;
}

static void sort_row(bni_sparse *p, size_t i)
{
    size_t base = (size_t)p->first[i];
    row_entries row = {p->J + base, p->input + base};
    bni_sort_places(NULL, (size_t)p->first[i + 1] - base, &(bni_places){entry_before, swap_entries, &row});
}

/* Exponent of the last bit of w that is set; w != 0. */
static int last_bit(double w)
{
    int exponent;
    int64_t m = (int64_t)ldexp(frexp(fabs(w), &exponent), 53);
    exponent -= 53;
    for (; m % 2 == 0; m /= 2)
        exponent++;
    return exponent;
}

/* Widen lowest .. top to the bits of w; w != 0. */
static void include(double w, int *lowest, int *top)
{
    int last = last_bit(w), next;
    frexp(w, &next);
    *lowest = last < *lowest ? last : *lowest;
    *top = next > *top ? next : *top;
}

/* The last bit of the row's weights, and a power of two that no sum of them reaches. */
static void row_span(const bni_sparse *p, size_t i, int *lowest, int *top)
{
    *lowest = INT32_MAX;
    *top = INT32_MIN;
    for (int64_t k = p->first[i]; k < p->first[i + 1]; k++)
        include(p->J[k], lowest, top);
    if (p->coupled && p->self[i] != 0)
        include(p->self[i], lowest, top);
    for (int64_t count = 1; *top > INT32_MIN && count < p->first[i + 1] - p->first[i] + p->coupled; count *= 2)
        ++*top;
}

/* Rows of a population get one unit, when there is one: then threshold currents compare as whole numbers. */
static void span_populations(bni_sparse *p)
{
    for (size_t a = 0; a < p->n_pop; a++) {
        p->lowest[a] = INT32_MAX;
        p->top[a] = INT32_MIN;
    }
    for (size_t i = 0; i < p->n; i++) {
        int lowest, top, a = p->pop[i];
        row_span(p, i, &lowest, &top);
        p->lowest[a] = lowest < p->lowest[a] ? lowest : p->lowest[a];
        p->top[a] = top > p->top[a] ? top : p->top[a];
    }
}

/* The unit of row i, its weights in it, and the range of their sum. */
static void scale_row(bni_sparse *p, size_t i)
{
    int lowest, top;
    row_span(p, i, &lowest, &top);
    if (p->coupled && p->lowest[p->pop[i]] < INT32_MAX && p->top[p->pop[i]] - p->lowest[p->pop[i]] <= SUM_BITS) {
        lowest = p->lowest[p->pop[i]];
        top = p->top[p->pop[i]];
    }
    int empty = lowest == INT32_MAX, whole = !empty && top - lowest <= SUM_BITS;
    p->scale[i] = empty ? 0 : whole ? lowest : top - SUM_BITS;
    p->margin[i] = empty || whole ? 0 : (p->first[i + 1] - p->first[i]) / 2 + 1;
    for (int64_t k = p->first[i]; k < p->first[i + 1]; k++) {
        int64_t w = llround(ldexp(p->J[k], -p->scale[i]));
        p->weight[k] = w;
        *(w < 0 ? &p->least[i] : &p->most[i]) += w;
    }
}

/* e = k 2^scale */
static void add_units(bni_exact *e, int64_t k, int scale)
{
    int64_t high = k / (INT64_C(1) << 32), low = k % (INT64_C(1) << 32);
    double unit = ldexp(1, scale);
    bni_exact_add_product(e, (double)high * 0x1p32, unit);
    bni_exact_add_product(e, (double)low, unit);
}

/* Sign of k units + self + M (I - theta). */
static int side(const bni_sparse *p, size_t i, int64_t k, double self, double I)
{
    bni_exact e;
    bni_exact_clear(&e);
    add_units(&e, k, p->scale[i]);
    bni_exact_add(&e, self);
    bni_exact_add_product(&e, p->M[i], I);
    bni_exact_add_product(&e, -p->M[i], p->theta[i]);
    return bni_exact_sign(&e);
}

/* The least whole k with k units + self + M (I - theta) >= 0, or > 0 when strict; -BNI_FAR .. BNI_FAR. */
static int64_t least_sum(const bni_sparse *p, size_t i, double self, double I, int strict)
{
    if (isinf(I))
        return I > 0 ? -BNI_FAR : BNI_FAR;
    int64_t k = 0;
    for (int round = 0; round < 3; round++) { /* each leaves 2^-52 of what was missing */
        bni_exact e;
        bni_exact_clear(&e);
        add_units(&e, k, p->scale[i]);
        bni_exact_add(&e, self);
        bni_exact_add_product(&e, p->M[i], I);
        bni_exact_add_product(&e, -p->M[i], p->theta[i]);
        double missing = -bni_exact_quotient(&e, ldexp(1, p->scale[i]));
        if (!(fabs(missing + (double)k) < 0x1p61))
            return missing > 0 ? BNI_FAR : -BNI_FAR;
        k += llround(missing);
    }
    while (side(p, i, k, self, I) >= (strict ? 1 : 0))
        k--;
    while (side(p, i, k, self, I) < (strict ? 1 : 0))
        k++;
    return k;
}

static void set_thresholds(bni_sparse *p, size_t i)
{
    double lo = p->lo[i], hi = p->hi[i];
    p->solo[i] = 1;
    int64_t fires = least_sum(p, i, p->self[i], hi, p->tie == BINNET_TIE_SILENT);
    int64_t rests = least_sum(p, i, 0, lo, p->tie != BINNET_TIE_ACTIVE);
    rests -= rests > -BNI_FAR; /* the greatest sum at which it may rest */
    p->functional[i] = fires == rests + 1 && p->self[i] == 0 && lo == hi;
    p->functional[i] &= p->margin[i] == 0 || p->tie != BINNET_TIE_KEEP;
    p->fires[i] = fires > -BNI_FAR ? fires - p->margin[i] : fires;
    p->rests[i] = rests < BNI_FAR ? rests + p->margin[i] : rests;
}

static int small_whole(double x)
{
    return fabs(x) < 0x1p40 && x == floor(x);
}

/* The double nearest to theta - (sum + self) / M, sum in units. */
static double current_of(const bni_sparse *p, size_t i, int64_t sum, double self)
{
    bni_exact e;
    bni_exact_clear(&e);
    add_units(&e, sum, p->scale[i]);
    bni_exact_add(&e, self);
    bni_exact_add_product(&e, -p->M[i], p->theta[i]);
    return 0 - bni_exact_quotient(&e, p->M[i]);
}

/* Sums that the rounding of the threshold current to a double may take across an end I of the box. */
static int64_t rounding(const bni_sparse *p, size_t i, double I)
{
    double r = isinf(I) ? 0 : ldexp(fabs(I) * p->M[i], -52 - p->scale[i]);
    return r < 0x1p61 ? (int64_t)r : BNI_FAR;
}

/* Sums at which the rounded threshold current is within the box: fires, rests; and what thresholds that follow the
 * population's stimulus are made of. */
static void set_coupling(bni_sparse *p, size_t i)
{
    int exponent;
    double lo = p->lo[p->pop[i]], hi = p->hi[p->pop[i]];
    int64_t fires = least_sum(p, i, p->self[i], hi, p->tie == BINNET_TIE_SILENT);
    int64_t rests = least_sum(p, i, 0, lo, p->tie != BINNET_TIE_ACTIVE);
    if (fires > -BNI_FAR && fires < BNI_FAR) {
        fires -= rounding(p, i, hi) + p->margin[i];
        double c = current_of(p, i, fires - 1, p->self[i]);
        fires -= p->tie == BINNET_TIE_SILENT ? c < hi : c <= hi;
    }
    rests -= rests > -BNI_FAR;
    if (rests > -BNI_FAR && rests < BNI_FAR - 1) {
        rests += rounding(p, i, lo) + p->margin[i];
        double c = current_of(p, i, rests + 1, 0);
        rests += p->tie == BINNET_TIE_ACTIVE ? c > lo : c >= lo;
    }
    p->fires[i] = fires > -BNI_FAR ? fires : -BNI_FAR;
    p->rests[i] = rests < BNI_FAR ? rests : BNI_FAR;
    p->solo[i] = p->member_first[p->pop[i] + 1] - p->member_first[p->pop[i]] == 1;
    p->functional[i] = p->solo[i] && fires == rests + 1 && p->self[i] == 0 && lo == hi && p->margin[i] == 0;
    p->gain[i] = ldexp(p->M[i], -p->scale[i]);
    p->own[i] = llround(ldexp(p->self[i], -p->scale[i])); /* no self-connection reaches 2^60 units */
    p->offset[i] = ldexp(p->M[i] * p->theta[i], -p->scale[i]);
    double most = fabs(p->offset[i]) + (double)(p->most[i] - p->least[i]) + fabs((double)p->own[i]);
    if (p->tie == BINNET_TIE_KEEP)
        p->blur[i] = most < 0x1p61 ? (int64_t)(0x1p-52 * most) : BNI_FAR / 2;
    p->tidy[i] = p->margin[i] == 0 && frexp(p->M[i], &exponent) == 0.5 && small_whole(p->offset[i]) &&
                 fabs((double)p->own[i]) < 0x1p40 && fabs(p->gain[i]) < 0x1p40;
}

static void list_members(bni_sparse *p, const binnet_net *net)
{
    for (size_t i = 0; i < p->n; i++) {
        p->pop[i] = binnet_net_population(net, i);
        p->member_first[p->pop[i] + 1]++;
    }
    for (size_t a = 0; a < p->n_pop; a++)
        p->member_first[a + 1] += p->member_first[a];
    for (size_t i = 0; i < p->n; i++)
        p->member[p->member_first[p->pop[i]]++] = (int32_t)i;
    for (size_t a = p->n_pop; a > 0; a--)
        p->member_first[a] = p->member_first[a - 1];
    p->member_first[0] = 0;
}

static void list_outputs(bni_sparse *p)
{
    for (size_t k = 0; k < p->entries; k++)
        p->out_first[p->input[k] + 1]++;
    for (size_t j = 0; j < p->n; j++)
        p->out_first[j + 1] += p->out_first[j];
    for (size_t i = 0; i < p->n; i++)
        for (int64_t k = p->first[i]; k < p->first[i + 1]; k++) {
            int64_t at = p->out_first[p->input[k]]++;
            p->out[at] = (int32_t)i;
            p->out_weight[at] = p->weight[k];
        }
    for (size_t j = p->n; j > 0; j--)
        p->out_first[j] = p->out_first[j - 1];
    p->out_first[0] = 0;
}

int32_t bni_sparse_new(binnet_ctx *ctx, bni_sparse **out, const binnet_net *net, const double *lo, const double *hi,
                       int coupled)
{
    size_t units = coupled ? net->n_pop : net->n;
    bni_sparse *p;
    BNI_TRY(make_sparse(ctx, &p, net, units, coupled));
    memcpy(p->lo, lo, units * sizeof *lo);
    memcpy(p->hi, hi, units * sizeof *hi);
    read_rows(p, net);
    if (coupled) {
        list_members(p, net);
        span_populations(p);
    }
    for (size_t i = 0; i < p->n; i++) {
        sort_row(p, i);
        scale_row(p, i);
        if (coupled)
            set_coupling(p, i);
        else
            set_thresholds(p, i);
        int32_t status = i % 256 == 0 ? bni_poll(ctx, 0) : BINNET_OK;
        if (status != BINNET_OK) {
            bni_sparse_free(p);
            return status;
        }
    }
    list_outputs(p);
    *out = p;
    return BINNET_OK;
}

/* --- what only the weights themselves can tell --- */

static void sum_row(bni_exact *e, const bni_sparse *p, size_t i, const unsigned char *state)
{
    bni_exact_clear(e);
    for (int64_t k = p->first[i]; k < p->first[i + 1]; k++)
        if (state[p->input[k]] == 1)
            bni_exact_add(e, p->J[k]);
    if (state[i] == 1)
        bni_exact_add(e, p->self[i]);
}

int bni_sparse_row_holds(const bni_sparse *p, size_t i, const unsigned char *state)
{
    double I = state[i] == 1 ? p->hi[i] : p->lo[i];
    if (isinf(I))
        return (I > 0) == (state[i] == 1);
    bni_exact e;
    sum_row(&e, p, i, state);
    bni_exact_add_product(&e, p->M[i], I);
    bni_exact_add_product(&e, -p->M[i], p->theta[i]);
    int sign = bni_exact_sign(&e);
    return sign == 0 ? p->tie == BINNET_TIE_KEEP || (p->tie == BINNET_TIE_ACTIVE) == (state[i] == 1)
                     : (sign > 0) == (state[i] == 1);
}

/* Threshold current of neuron i, rounded to the nearest double. */
static double sparse_current(const bni_sparse *p, size_t i, const unsigned char *state)
{
    bni_exact e;
    sum_row(&e, p, i, state);
    bni_exact_add_product(&e, -p->M[i], p->theta[i]);
    return 0 - bni_exact_quotient(&e, p->M[i]);
}

int bni_sparse_box(const bni_sparse *p, double *lo, double *hi, const unsigned char *state)
{
    int some = 1;
    for (size_t u = 0; u < p->units; u++) {
        lo[u] = -INFINITY;
        hi[u] = INFINITY;
    }
    for (size_t i = 0; i < p->n; i++) {
        size_t u = p->coupled ? (size_t)p->pop[i] : i;
        double c = sparse_current(p, i, state);
        if (state[i] == 1 && c > lo[u])
            lo[u] = c;
        if (state[i] == 0 && c < hi[u])
            hi[u] = c;
    }
    for (size_t u = 0; u < p->units; u++) {
        if (p->tie != BINNET_TIE_KEEP)
            some &= lo[u] < hi[u];
        else
            some &= lo[u] <= hi[u];
        some &= p->tie == BINNET_TIE_SILENT ? lo[u] < p->hi[u] : lo[u] <= p->hi[u];
        some &= p->tie == BINNET_TIE_ACTIVE ? hi[u] > p->lo[u] : hi[u] >= p->lo[u];
        if (p->lo[u] > lo[u])
            lo[u] = p->lo[u];
        if (p->hi[u] < hi[u])
            hi[u] = p->hi[u];
    }
    return some;
}

int bni_sparse_fixed(const bni_sparse *p, const unsigned char *state, double *scratch)
{
    if (p->coupled)
        return bni_sparse_box(p, scratch, scratch + p->units, state);
    for (size_t i = 0; i < p->n; i++)
        if (!bni_sparse_row_holds(p, i, state))
            return 0;
    return 1;
}
