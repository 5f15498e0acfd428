/*
 * Threshold currents c_i(A) = theta_i - (1/M_i) sum_j J_ij A_j, correctly rounded: by plain sums where nothing is
 * rounded, else in double-double with a check that the rounding is decided, else exactly. And their table over all
 * states, as ranks (radix sort).
 * Source: THEORY 2.
 */
#include "diagram/diagram.h"
#include "num/double_double.h"
#include "num/exact.h"

#include <string.h>

/* --- magnitudes --- */

/* Exponent of the lowest set bit of x != 0. */
static int bit_of(double x)
{
    int e;
    double m = ldexp(frexp(x, &e), 53);
    int64_t k = (int64_t)fabs(m);
    for (e -= 53; k % 2 == 0; k /= 2)
        e++;
    return e;
}

static int is_power_of_two(double x)
{
    int e;
    return frexp(x, &e) == 0.5;
}

typedef struct magnitudes {
    double least, greatest; /* of the values that are not 0 */
    int grid;               /* all are multiples of 2^grid */
} magnitudes;

static void look_at_weight(magnitudes *g, double x)
{
    double a = fabs(x);
    if (a == 0)
        return;
    g->least = fmin(g->least, a);
    g->greatest = fmax(g->greatest, a);
    int bit = bit_of(x);
    g->grid = bit < g->grid ? bit : g->grid;
}

int32_t bni_stimulated_prepare(binnet_ctx *ctx, bni_stimulated *p)
{
    size_t n = p->n;
    magnitudes g = {INFINITY, 0, 2000};
    double greatest_scale = 0;
    int unit = 1;
    for (size_t i = 0; i < n; i++) {
        int divide = is_power_of_two(p->M[i]) && p->M[i] > 0x1p-300 && p->M[i] < 0x1p300;
        double sum = 0;
        look_at_weight(&g, p->theta[i]);
        look_at_weight(&g, p->M[i]);
        for (size_t j = 0; j < n; j++) {
            double w = p->J[i * n + j];
            look_at_weight(&g, w);
            p->w[i * n + j] = divide ? w / p->M[i] : w;
            look_at_weight(&g, p->w[i * n + j]);
            sum += fabs(w) / p->M[i];
        }
        p->m[i] = divide ? 1 : p->M[i];
        unit &= divide;
        p->scale[i] = (sum + fabs(p->theta[i])) * (1 + 0x1p-40);
        if (!(p->scale[i] <= 0x1p1000))
            return bni_fail(ctx, BINNET_E_RANGE, "threshold currents of neuron %zu reach %.3g, allowed is 2^1000", i,
                            p->scale[i]);
        greatest_scale = fmax(greatest_scale, p->scale[i]);
    }
    p->arithmetic = g.greatest > 0x1p400 || g.least < 0x1p-400 ? BNI_EXACT
                    : !unit                                    ? BNI_DOUBLED
                    : greatest_scale < ldexp(1, g.grid + 53)   ? BNI_GRID
                    : greatest_scale < ldexp(1, g.grid + 100)  ? BNI_PAIRS
                                                               : BNI_DOUBLED;
    p->grid = p->arithmetic == BNI_GRID ? ldexp(1, g.grid) : 0;
    return BINNET_OK;
}

/* --- one current --- */

/* Nothing is rounded in double-double either when the weights have a common grid that is fine enough. */
static double error_of(const bni_stimulated *p, size_t i)
{
    return p->arithmetic == BNI_PAIRS ? 0 : 64 * 0x1p-96 * p->scale[i];
}

static double settle_current(const bni_stimulated *p, size_t i, uint64_t state)
{
    return bni_exact_threshold_current(p->J + i * p->n, p->n, state, p->M[i], p->theta[i]);
}

/* c_i(A), correctly rounded. */
static double rounded_current(const bni_stimulated *p, size_t i, uint64_t state)
{
    const double *w = p->w + i * p->n;
    if (p->arithmetic == BNI_EXACT)
        return settle_current(p, i, state);
    if (p->arithmetic == BNI_GRID) {
        double c = p->theta[i];
        for (size_t j = 0; j < p->n; j++)
            if (state >> j & 1)
                c -= w[j];
        return c + 0.0;
    }
    bni_doubled t = bni_two_product(p->theta[i], p->m[i]);
    for (size_t j = 0; j < p->n; j++)
        if (state >> j & 1)
            t = bni_doubled_add(t, (bni_doubled){-w[j], 0});
    int certain;
    double c = bni_doubled_rounded(t, p->m[i], error_of(p, i), &certain);
    return certain ? c : settle_current(p, i, state);
}

int bni_next_fixed(const bni_stimulated *p, size_t i, uint64_t state)
{
    int sign = bni_exact_drive_sign(p->J + i * p->n, p->n, state, p->M[i], p->I[i], p->theta[i]);
    if (sign != 0)
        return sign > 0;
    return p->tie == BINNET_TIE_KEEP ? (int)(state >> i & 1) : p->tie == BINNET_TIE_ACTIVE;
}

static int cut_above(int32_t tie, int active)
{
    return tie == BINNET_TIE_SILENT || (tie == BINNET_TIE_KEEP && !active);
}

bni_cut bni_current_cut(const bni_stimulated *p, size_t i, uint64_t state)
{
    return (bni_cut){rounded_current(p, i, state), cut_above(p->tie, (int)(state >> i & 1))};
}

/* --- tables --- */

enum {
    DIGIT_BITS = 11,
    DIGITS = 3,      /* of a key of 32 bits */
    CHUNK = 1 << 18, /* items between two polls */
    SPARE = 32,      /* what kernels read beyond the last row */
    INSERTION = 24   /* what is longer of equal keys goes to bni_sort */
};

uint64_t bni_tables_state(const bni_tables *t, uint64_t s)
{
    uint64_t state = 0;
    for (size_t b = 0; b < t->n; b++)
        state |= (s >> b & 1) << t->neuron[b];
    return state;
}

/* Neurons on the fullest axis, and on any. */
static void count_axes(size_t n, size_t axes, const int32_t *axis, size_t *most, size_t *varying)
{
    *most = *varying = 0;
    for (size_t a = 0; a < axes; a++) {
        size_t here = 0;
        for (size_t i = 0; i < n; i++)
            here += axis[i] == (int32_t)a;
        *most = here > *most ? here : *most;
        *varying += here;
    }
}

/* The items of one axis, neuron after neuron: item k 2^n + s is the current of its k-th neuron after state s. */
typedef struct sorter {
    size_t n;
    double items;
    double *value;
    uint64_t *pair, *pair2; /* a key in the upper half, the item in the lower */
    uint32_t *count;        /* [2^DIGIT_BITS] */
    bni_doubled *low, *high;
} sorter;

static void list_sorter(bni_plan *plan, void *object)
{
    sorter *s = object;
    BNI_BUFFER(plan, s->value, s->items);
    BNI_BUFFER(plan, s->pair, s->items);
    BNI_BUFFER(plan, s->pair2, s->items);
    BNI_BUFFER(plan, s->count, 1 << DIGIT_BITS);
    BNI_BUFFER(plan, s->low, ldexp(1, (int)(s->n / 2)));
    BNI_BUFFER(plan, s->high, ldexp(1, (int)(s->n - s->n / 2)));
}

static void list_tables(bni_plan *plan, void *tables)
{
    bni_tables *t = tables;
    BNI_BUFFER(plan, t->row, ldexp((double)t->width, (int)t->n) + SPARE);
    if (t->fixed > 0)
        BNI_BUFFER(plan, t->base, ldexp(1, (int)t->n));
}

double bni_tables_bytes(size_t n, size_t axes, const int32_t *axis, double *making)
{
    size_t most, varying;
    count_axes(n, axes, axis, &most, &varying);
    bni_tables t = {.n = n, .width = 2 * varying + axes, .fixed = n - varying};
    sorter s = {.n = n, .items = ldexp((double)most, (int)n)};
    *making = bni_plan_bytes(list_sorter, &s);
    return bni_plan_bytes(list_tables, &t);
}

/* Sums of the weights from some bits of the state into one neuron. */
static void half_sums(bni_doubled *sum, const bni_tables *t, const double *w, size_t from, size_t to, bni_doubled start)
{
    sum[0] = start;
    for (size_t b = from; b < to; b++) {
        size_t half = (size_t)1 << (b - from);
        bni_doubled x = {-w[t->neuron[b]], 0};
        for (size_t s = 0; s < half; s++)
            sum[s + half] = bni_doubled_add(sum[s], x);
    }
}

/* The currents of one neuron after all states. */
static int32_t make_values(binnet_ctx *ctx, double *value, sorter *s, const bni_tables *t, const bni_stimulated *p,
                           size_t i, double done)
{
    size_t bits = t->n / 2;
    uint64_t low = UINT64_C(1) << bits, high = UINT64_C(1) << (t->n - bits);
    double m = p->m[i], error = error_of(p, i);
    half_sums(s->low, t, p->w + i * p->n, 0, bits, bni_two_product(p->theta[i], m));
    half_sums(s->high, t, p->w + i * p->n, bits, t->n, (bni_doubled){0, 0});
    for (uint64_t h = 0; h < high; h++) {
        bni_doubled above = s->high[h];
        double *v = value + (h << bits);
        if (p->arithmetic == BNI_GRID)
            for (uint64_t l = 0; l < low; l++)
                v[l] = s->low[l].high + above.high + 0.0;
        else if (p->arithmetic == BNI_PAIRS)
            for (uint64_t l = 0; l < low; l++)
                v[l] = bni_doubled_add(s->low[l], above).high + 0.0;
        else
            for (uint64_t l = 0; l < low; l++) {
                int certain = 0;
                if (p->arithmetic == BNI_DOUBLED)
                    v[l] = bni_doubled_rounded(bni_doubled_add(s->low[l], above), m, error, &certain) + 0.0;
                if (!certain)
                    v[l] = settle_current(p, i, bni_tables_state(t, h << bits | l));
            }
        if (h % 64 == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    return BINNET_OK;
}

/* Keys that never fall where the values rise. */
static int32_t make_keys(binnet_ctx *ctx, sorter *s, uint64_t count, double done)
{
    double least = s->value[0], greatest = least;
    for (uint64_t k = 0; k < count; k++) {
        least = s->value[k] < least ? s->value[k] : least;
        greatest = s->value[k] > greatest ? s->value[k] : greatest;
        if (k % CHUNK == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    double range = greatest - least, scale = range > 0x1p-900 ? 0x1p32 * (1 - 0x1p-40) / range : 0;
    for (uint64_t k = 0; k < count; k++) {
        s->pair[k] = (uint64_t)((s->value[k] - least) * scale) << 32 | k;
        if (k % CHUNK == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    return BINNET_OK;
}

static int32_t sort_pass(binnet_ctx *ctx, sorter *s, uint64_t count, int shift, double done)
{
    uint64_t mask = (1 << DIGIT_BITS) - 1;
    memset(s->count, 0, sizeof *s->count << DIGIT_BITS);
    for (uint64_t k = 0; k < count; k++) {
        s->count[s->pair[k] >> shift & mask]++;
        if (k % CHUNK == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    for (uint32_t d = 0, sum = 0; d <= mask; d++) {
        uint32_t here = s->count[d];
        s->count[d] = sum;
        sum += here;
    }
    for (uint64_t k = 0; k < count; k++) {
        uint64_t pair = s->pair[k];
        s->pair2[s->count[pair >> shift & mask]++] = pair;
        if (k % CHUNK == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    uint64_t *pair = s->pair;
    s->pair = s->pair2;
    s->pair2 = pair;
    return BINNET_OK;
}

static inline double value_of(const double *value, uint64_t pair)
{
    return value[(uint32_t)pair];
}

static int by_current(const void *a, const void *b, const void *value)
{
    return bni_by_double((const double *)value + (uint32_t) * (const uint64_t *)a,
                         (const double *)value + (uint32_t) * (const uint64_t *)b, NULL);
}

/* Order items of equal key by value. */
static int32_t sort_run(binnet_ctx *ctx, uint64_t *pair, uint64_t count, const double *value, double done)
{
    int ordered = 1;
    for (uint64_t k = 1; ordered && k < count; k++) {
        ordered = value_of(value, pair[k - 1]) <= value_of(value, pair[k]);
        if (k % CHUNK == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    if (ordered)
        return BINNET_OK;
    if (count <= INSERTION) {
        for (uint64_t k = 1; k < count; k++) {
            uint64_t x = pair[k];
            uint64_t j = k;
            for (; j > 0 && value_of(value, pair[j - 1]) > value_of(value, x); j--)
                pair[j] = pair[j - 1];
            pair[j] = x;
        }
        return BINNET_OK;
    }
    return bni_sort(ctx, pair, count, sizeof *pair, by_current, value);
}

/* rank[item], where the pairs were before the last pass. Other keys mean other values, equal keys need not. */
static int32_t make_ranks(binnet_ctx *ctx, sorter *s, uint64_t count, double done)
{
    uint32_t *rank_of = (uint32_t *)(void *)s->pair2, rank = 0;
    const uint64_t *pair = s->pair;
    for (uint64_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && pair[to] >> 32 == pair[from] >> 32;)
            to++;
        if (to - from > 1)
            BNI_TRY(sort_run(ctx, s->pair + from, to - from, s->value, done));
        rank += from > 0;
        rank_of[(uint32_t)pair[from]] = rank;
        for (uint64_t k = from + 1; k < to; k++) {
            rank += value_of(s->value, pair[k]) != value_of(s->value, pair[k - 1]);
            rank_of[(uint32_t)pair[k]] = rank;
            if (k % CHUNK == 0)
                BNI_TRY(bni_poll(ctx, done));
        }
        if (from % 1024 == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    return BINNET_OK;
}

/* The part of the rows that belongs to axis a: cuts 1 + 2 rank + (the cut is above the value), in order. */
static int32_t make_cut_rows(binnet_ctx *ctx, bni_tables *t, const sorter *s, int32_t tie, size_t a)
{
    size_t size = t->first[a + 1] - t->first[a], varying = t->n - t->fixed;
    uint64_t states = UINT64_C(1) << t->n;
    const uint32_t *rank = (const uint32_t *)(const void *)s->pair2;
    for (uint64_t state = 0; state < states; state++) {
        uint32_t *cut = t->row + state * t->width + t->first[a], *sum = cut + varying + a;
        uint32_t bit[BNI_TABLE_NEURONS];
        for (size_t k = 0; k < size; k++) {
            size_t b = t->fixed + t->first[a] + k, place = k;
            uint32_t c = 1 + 2 * rank[k * states + state] + (uint32_t)cut_above(tie, (int)(state >> b & 1));
            for (; place > 0 && cut[place - 1] > c; place--) {
                cut[place] = cut[place - 1];
                bit[place] = bit[place - 1];
            }
            cut[place] = c;
            bit[place] = UINT32_C(1) << b;
        }
        sum[0] = 0;
        for (size_t k = 0; k < size; k++)
            sum[k + 1] = sum[k] | bit[k];
        if (state % 4096 == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

static int32_t fill_axis(binnet_ctx *ctx, bni_tables *t, sorter *s, const bni_stimulated *p, size_t a)
{
    size_t size = t->first[a + 1] - t->first[a];
    uint64_t states = UINT64_C(1) << t->n, count = states * size;
    for (size_t k = 0; k < size; k++)
        BNI_TRY(make_values(ctx, s->value + k * states, s, t, p, (size_t)t->neuron[t->fixed + t->first[a] + k],
                            0.3 * (double)k / (double)size));
    if (count > 0) {
        BNI_TRY(make_keys(ctx, s, count, 0.3));
        for (int digit = 0; digit < DIGITS; digit++)
            BNI_TRY(sort_pass(ctx, s, count, 32 + digit * DIGIT_BITS, 0.4 + 0.1 * digit));
        BNI_TRY(make_ranks(ctx, s, count, 0.7));
    }
    return make_cut_rows(ctx, t, s, p->tie, a);
}

static int32_t make_base(binnet_ctx *ctx, bni_tables *t, const bni_stimulated *p)
{
    for (uint64_t s = 0; s < UINT64_C(1) << t->n; s++) {
        uint64_t state = bni_tables_state(t, s);
        t->base[s] = 0;
        for (size_t b = 0; b < t->fixed; b++)
            t->base[s] |= (uint32_t)bni_next_fixed(p, (size_t)t->neuron[b], state) << b;
        if (s % 1024 == 0)
            BNI_TRY(bni_poll(ctx, (double)s / ldexp(1, (int)t->n)));
    }
    return BINNET_OK;
}

/* The tables are the first tenth of the work. */
static int32_t fill_tables_of(binnet_ctx *ctx, bni_tables *t, sorter *s, const bni_stimulated *p)
{
    double parts = (double)t->axes + 1;
    bni_progress whole = bni_progress_push(ctx);
    for (size_t a = 0; a < t->axes; a++) {
        bni_progress_part(ctx, whole, (double)a, 10 * parts);
        BNI_TRY(fill_axis(ctx, t, s, p, a));
    }
    bni_progress_part(ctx, whole, parts - 1, 10 * parts);
    if (t->base != NULL)
        BNI_TRY(make_base(ctx, t, p));
    bni_progress_parts(ctx, whole, 1, 9, 10);
    return BINNET_OK;
}

static void renumber(bni_tables *t, const bni_stimulated *p)
{
    size_t b = 0;
    for (int32_t a = -1; a < (int32_t)p->axes; a++) {
        if (a >= 0)
            t->first[a] = b - t->fixed;
        for (size_t i = 0; i < p->n; i++)
            if (p->axis[i] == a)
                t->neuron[b++] = (int32_t)i;
        if (a < 0)
            t->fixed = b;
    }
    t->first[p->axes] = b - t->fixed;
}

int32_t bni_tables_make(binnet_ctx *ctx, bni_tables *t, const bni_stimulated *p)
{
    size_t most, varying, n = p->n, states = (size_t)1 << n;
    memset(t, 0, sizeof *t);
    t->n = n;
    t->axes = p->axes;
    count_axes(n, p->axes, p->axis, &most, &varying);
    renumber(t, p);
    t->width = 2 * varying + p->axes;
    sorter s = {.n = n, .items = ldexp((double)most, (int)n)};
    int32_t status = bni_plan_make(ctx, list_tables, t);
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, list_sorter, &s);
    if (status == BINNET_OK) {
        memset(t->row + states * t->width, 0, SPARE * sizeof *t->row);
        status = fill_tables_of(ctx, t, &s, p);
    }
    bni_plan_release(&ctx->mem, list_sorter, &s);
    return status;
}

void bni_tables_free(binnet_ctx *ctx, bni_tables *t)
{
    bni_plan_release(&ctx->mem, list_tables, t);
}
