/*
 * Threshold currents c_i(A) = theta_i - (1/M_i) sum_j J_ij A_j, correctly rounded: by plain sums where nothing is rounded,
 * else in double-double with a check that the rounding is decided, else exactly. And their table over all states, as
 * ranks (radix sort).
 * Source: THEORY 2; double-double: T. J. Dekker, Numer. Math. 18 (1971) 224.
 */
#include "attract/diagram.h"
#include "num/exact.h"

#include <string.h>

/* --- magnitudes --- */

/* Exponent of the lowest set bit of x != 0. */
static int lowest_bit(double x)
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

static void look_at(magnitudes *g, double x)
{
    double a = fabs(x);
    if (a == 0)
        return;
    g->least = fmin(g->least, a);
    g->greatest = fmax(g->greatest, a);
    int bit = lowest_bit(x);
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
        look_at(&g, p->theta[i]);
        look_at(&g, p->M[i]);
        for (size_t j = 0; j < n; j++) {
            double w = p->J[i * n + j];
            look_at(&g, w);
            p->w[i * n + j] = divide ? w / p->M[i] : w;
            look_at(&g, p->w[i * n + j]);
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
    p->arithmetic = g.greatest > 0x1p400 || g.least < 0x1p-400     ? BNI_EXACT
                    : !unit                                            ? BNI_DOUBLED
                    : greatest_scale < ldexp(1, g.grid + 53)           ? BNI_GRID
                    : greatest_scale < ldexp(1, g.grid + 100)          ? BNI_PAIRS
                                                                       : BNI_DOUBLED;
    return BINNET_OK;
}

/* --- one current --- */

typedef struct doubled {
    double high, low;
} doubled;

static inline doubled two_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (doubled){s, (a - (s - t)) + (b - t)};
}

static inline doubled two_product(double a, double b)
{
    double p = a * b, f = 0x1p27 + 1;
    double ta = f * a, ah = ta - (ta - a), al = a - ah, tb = f * b, bh = tb - (tb - b), bl = b - bh;
    return (doubled){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static inline doubled add(doubled a, doubled b)
{
    doubled s = two_sum(a.high, b.high);
    double low = s.low + (a.low + b.low), high = s.high + low;
    return (doubled){high, low - (high - s.high)};
}

/* The nearest double to t / m when that is certain; t is wrong by at most some n 2^-103 scale m. */
static inline double rounded(doubled t, double m, double error, int *certain)
{
    double q = t.high, r = t.low;
    if (m != 1) {
        q = t.high / m;
        doubled back = two_product(q, m);
        r = (((t.high - back.high) - back.low) + t.low) / m;
    }
    double c = q + r;
    *certain = q + (r - error) == q + (r + error);
    return c;
}

/* Nothing is rounded in double-double either when the weights have a common grid that is fine enough. */
static double error_of(const bni_stimulated *p, size_t i)
{
    return p->arithmetic == BNI_PAIRS ? 0 : 64 * 0x1p-96 * p->scale[i];
}

static double settle(const bni_stimulated *p, size_t i, uint64_t state)
{
    return bni_exact_threshold_current(p->J + i * p->n, p->n, state, p->M[i], p->theta[i]);
}

double bni_current(const bni_stimulated *p, size_t i, uint64_t state)
{
    const double *w = p->w + i * p->n;
    if (p->arithmetic == BNI_EXACT)
        return settle(p, i, state);
    if (p->arithmetic == BNI_GRID) {
        double c = p->theta[i];
        for (size_t j = 0; j < p->n; j++)
            if (state >> j & 1)
                c -= w[j];
        return c + 0.0;
    }
    doubled t = two_product(p->theta[i], p->m[i]);
    for (size_t j = 0; j < p->n; j++)
        if (state >> j & 1)
            t = add(t, (doubled){-w[j], 0});
    int certain;
    double c = rounded(t, p->m[i], error_of(p, i), &certain);
    return certain ? c : settle(p, i, state);
}

int bni_next_fixed(const bni_stimulated *p, size_t i, uint64_t state)
{
    int sign = bni_exact_drive_sign(p->J + i * p->n, p->n, state, p->M[i], p->I[i], p->theta[i]);
    if (sign != 0)
        return sign > 0;
    return p->tie == BINNET_TIE_KEEP ? (int)(state >> i & 1) : p->tie == BINNET_TIE_ACTIVE;
}

static int above(int32_t tie, int active)
{
    return tie == BINNET_TIE_SILENT || (tie == BINNET_TIE_KEEP && !active);
}

bni_cut bni_current_cut(const bni_stimulated *p, size_t i, uint64_t state)
{
    return (bni_cut){bni_current(p, i, state), above(p->tie, (int)(state >> i & 1))};
}

/* --- tables --- */

enum { DIGIT_BITS = 11, DIGITS = 6, CHUNK = 1 << 18, SPARE = 32 /* what kernels read beyond the last row */ };

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

double bni_tables_bytes(size_t n, size_t axes, const int32_t *axis)
{
    size_t most, varying;
    count_axes(n, axes, axis, &most, &varying);
    double states = ldexp(1, (int)n), halves = ldexp(1, (int)(n - n / 2)) + ldexp(1, (int)(n / 2));
    return states * (4 * (double)varying + (varying < n ? 4 : 0) + 24 * (double)most) + 16 * halves +
           8 * (1 << DIGIT_BITS) + 4 * SPARE;
}

/* Sums of the weights from some bits of the state into one neuron. */
static void half_sums(doubled *sum, const bni_tables *t, const double *w, size_t from, size_t to, doubled start)
{
    sum[0] = start;
    for (size_t b = from; b < to; b++) {
        size_t half = (size_t)1 << (b - from);
        doubled x = {-w[t->neuron[b]], 0};
        for (size_t s = 0; s < half; s++)
            sum[s + half] = add(sum[s], x);
    }
}

/* Doubles as integers of the same order; -0 does not occur. */
static inline uint64_t sortable(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

typedef struct sorter {
    uint64_t *key, *key2;
    uint32_t *at, *at2; /* where the rank belongs in `cut` */
    uint64_t *count;    /* [2^DIGIT_BITS] */
    doubled *low, *high;
} sorter;

/* The currents of one neuron after all states, as keys. */
static int32_t make_keys(binnet_ctx *ctx, uint64_t *key, sorter *s, const bni_tables *t, const bni_stimulated *p,
                         size_t i, double done)
{
    size_t bits = t->n / 2;
    uint64_t low = UINT64_C(1) << bits, high = UINT64_C(1) << (t->n - bits);
    double m = p->m[i], error = error_of(p, i);
    half_sums(s->low, t, p->w + i * p->n, 0, bits, two_product(p->theta[i], m));
    half_sums(s->high, t, p->w + i * p->n, bits, t->n, (doubled){0, 0});
    for (uint64_t h = 0; h < high; h++) {
        for (uint64_t l = 0; l < low; l++) {
            double c;
            int certain = 0;
            if (p->arithmetic == BNI_GRID)
                c = s->low[l].high + s->high[h].high, certain = 1;
            else if (p->arithmetic != BNI_EXACT)
                c = rounded(add(s->low[l], s->high[h]), m, error, &certain);
            if (!certain)
                c = settle(p, i, bni_tables_state(t, h << bits | l));
            key[h << bits | l] = sortable(c + 0.0);
        }
        if (h % 64 == 0)
            BNI_TRY(bni_poll(ctx, done));
    }
    return BINNET_OK;
}

/* One pass of the sort, over DIGIT_BITS bits from `shift` on; *same when they are the same in all keys. */
static int32_t sort_pass(binnet_ctx *ctx, sorter *s, uint64_t count, int shift, int *same, double done)
{
    uint64_t mask = (1 << DIGIT_BITS) - 1;
    memset(s->count, 0, sizeof *s->count << DIGIT_BITS);
    for (uint64_t from = 0; from < count; from += CHUNK) {
        uint64_t to = from + CHUNK < count ? from + CHUNK : count;
        for (uint64_t k = from; k < to; k++)
            s->count[s->key[k] >> shift & mask]++;
        BNI_TRY(bni_poll(ctx, done));
    }
    *same = s->count[s->key[0] >> shift & mask] == count;
    if (*same)
        return BINNET_OK;
    for (uint64_t d = 0, sum = 0; d <= mask; d++) {
        uint64_t here = s->count[d];
        s->count[d] = sum;
        sum += here;
    }
    for (uint64_t from = 0; from < count; from += CHUNK) {
        uint64_t to = from + CHUNK < count ? from + CHUNK : count;
        for (uint64_t k = from; k < to; k++) {
            uint64_t place = s->count[s->key[k] >> shift & mask]++;
            s->key2[place] = s->key[k];
            s->at2[place] = s->at[k];
        }
        BNI_TRY(bni_poll(ctx, done));
    }
    uint64_t *key = s->key;
    uint32_t *at = s->at;
    s->key = s->key2;
    s->at = s->at2;
    s->key2 = key;
    s->at2 = at;
    return BINNET_OK;
}

/* Ranks of the currents of one axis: 1 + 2 rank of the value + (the cut is above it). */
static int32_t rank_axis(binnet_ctx *ctx, bni_tables *t, sorter *s, const bni_stimulated *p, size_t a)
{
    size_t size = t->first[a + 1] - t->first[a], varying = t->n - t->fixed;
    uint64_t states = UINT64_C(1) << t->n, count = states * size;
    for (size_t k = 0; k < size; k++) {
        uint64_t *key = s->key + k * states;
        uint32_t *at = s->at + k * states;
        size_t b = t->first[a] + k;
        BNI_TRY(make_keys(ctx, key, s, t, p, (size_t)t->neuron[t->fixed + b], 0.5 * (double)k / (double)size));
        for (uint64_t state = 0; state < states; state++)
            at[state] = (uint32_t)(state * varying + b);
    }
    for (int digit = 0; digit < DIGITS && count > 0; digit++) {
        int same;
        BNI_TRY(sort_pass(ctx, s, count, digit * DIGIT_BITS, &same, 0.5 + 0.5 * digit / (DIGITS + 1.0)));
    }
    uint32_t rank = 0;
    for (uint64_t k = 0; k < count; k++) {
        uint64_t b = t->fixed + s->at[k] % varying, state = s->at[k] / varying;
        rank += k > 0 && s->key[k] != s->key[k - 1];
        t->cut[s->at[k]] = 1 + 2 * rank + (uint32_t)above(p->tie, (int)(state >> b & 1));
        if (k % CHUNK == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
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

static int32_t fill(binnet_ctx *ctx, bni_tables *t, sorter *s, const bni_stimulated *p)
{
    double from = ctx->span_from, each = (ctx->span_to - from) / ((double)t->axes + 1);
    for (size_t a = 0; a < t->axes; a++) {
        bni_span(ctx, from + each * (double)a, from + each * (double)(a + 1));
        BNI_TRY(rank_axis(ctx, t, s, p, a));
    }
    bni_span(ctx, from + each * (double)t->axes, from + each * (double)(t->axes + 1));
    return t->base != NULL ? make_base(ctx, t, p) : BINNET_OK;
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
    sorter s = {0};
    void *key = bni_new_raw(ctx, states * most, sizeof *s.key), *key2 = NULL, *at = NULL, *at2 = NULL;
    int ok = key != NULL && (key2 = bni_new_raw(ctx, states * most, sizeof *s.key)) != NULL &&
             (at = bni_new_raw(ctx, states * most, sizeof *s.at)) != NULL &&
             (at2 = bni_new_raw(ctx, states * most, sizeof *s.at)) != NULL &&
             (s.count = bni_new_raw(ctx, 1 << DIGIT_BITS, sizeof *s.count)) != NULL &&
             (s.low = bni_new_raw(ctx, (size_t)1 << n / 2, sizeof *s.low)) != NULL &&
             (s.high = bni_new_raw(ctx, (size_t)1 << (n - n / 2), sizeof *s.high)) != NULL &&
             (t->cut = bni_new_raw(ctx, states * varying + SPARE, sizeof *t->cut)) != NULL &&
             (varying == n || (t->base = bni_new_raw(ctx, states, sizeof *t->base)) != NULL);
    s.key = key;
    s.key2 = key2;
    s.at = at;
    s.at2 = at2;
    if (ok)
        memset(t->cut + states * varying, 0, SPARE * sizeof *t->cut);
    int32_t status = ok ? fill(ctx, t, &s, p) : BINNET_E_NOMEM;
    bni_delete(&ctx->mem, key);
    bni_delete(&ctx->mem, key2);
    bni_delete(&ctx->mem, at);
    bni_delete(&ctx->mem, at2);
    bni_delete(&ctx->mem, s.count);
    bni_delete(&ctx->mem, s.low);
    bni_delete(&ctx->mem, s.high);
    return status;
}

void bni_tables_free(binnet_ctx *ctx, bni_tables *t)
{
    bni_delete(&ctx->mem, t->cut);
    bni_delete(&ctx->mem, t->base);
}
