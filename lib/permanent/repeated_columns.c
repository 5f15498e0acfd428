/*
 * The permanent of a matrix with repeated columns, by recursion over how many of each kind are used:
 * f(c) = sum_j a(|c| - 1, j) f(c - e_j), f(0) = 1, per = f(m) prod_j m_j!.  [THEORY 7]
 * Row after row, in place from the last state to the first; the count of the most frequent kind follows from the others. Nothing is subtracted where entries are >= 0;
 * where signs are mixed the same with |a| gives the bound, and about 106 bits are carried when the tolerance asks for it.
 */
#include "permanent/permanent.h"

#include "kernels/kernels.h"
#include "num/words.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Rows between two looks at the size of f, which falls by at most half in one. */
enum { LOOK = 128, SWEEPS = 8 };

/* States times kinds between polls. */
enum { POLL = 1 << 21 };

/* A state is how many columns of each kind but the last are used. Kind k - 2 counts within a row of a plane, kind k - 3 the
 * rows of a plane, the others the planes. */
typedef struct counts {
    size_t n, k;         /* rows of the matrix, kinds */
    const int64_t *most; /* [k] multiplicities, rising */
    size_t inner;        /* most[k - 2] */
    size_t rows, planes;
    size_t pad, ld, plane; /* zeros before each row; doubles of a row; of a plane, which begins with a row of zeros */
    size_t *stride;        /* [k - 3] in planes */
    double *a;             /* [n][k] scaled */
    double *weight;        /* [k] */
    int64_t *count;        /* [k - 3] */
    double *f, *low;       /* [planes][plane] */
    double *w, *row;       /* [k]: the factors of a plane; a row, or its absolute values */
    size_t *back;          /* [k]: how far back they apply */
    int64_t *row_power, *kind_power, *work; /* [n], [k]; of bni_permanent_assign */
    int64_t exponent;
    int lost; /* an entry left the range of double */
} counts;

/* What one run of the recursion yields: f(m) = high + low with what underflow may have cost, times 2^exponent. */
typedef struct outcome {
    double high, low, tiny;
    int64_t exponent;
} outcome;

/* Factors of the kinds that make the wanted multiplicities typical, so that nothing that matters underflows. */
static int32_t balance_multiplicities(binnet_ctx *ctx, counts *c)
{
    size_t n = c->n, k = c->k;
    for (size_t j = 0; j < k; j++)
        c->weight[j] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double worst = 1;
        for (size_t j = 0; j < k; j++)
            c->w[j] = 0;
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < k; j++)
                sum += fabs(c->a[i * k + j]) * c->weight[j] * (double)c->most[j];
            double inverse = sum > 0 ? 1 / sum : 0;
            for (size_t j = 0; j < k; j++)
                c->w[j] += fabs(c->a[i * k + j]) * inverse;
            BNI_TRY(bni_poll(ctx, 0));
        }
        for (size_t j = 0; j < k; j++) {
            double load = c->w[j] * c->weight[j];
            if (load > 0 && c->weight[j] / load > 0x1p-900 && c->weight[j] / load < 0x1p900)
                c->weight[j] /= load;
            worst = fmax(worst, fmax(load, 1 / load));
        }
        if (worst < 1.5)
            break;
    }
    return BINNET_OK;
}

/* a = col 2^(row_i + kind_j), rounded once; whether a nonzero entry left the range. */
static int scale_kinds(counts *c, const double *col, size_t k_all, const size_t *kind)
{
    int lost = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->k; j++) {
            double v = col[i * k_all + kind[j]];
            int64_t e = c->row_power[i] + c->kind_power[j];
            double s = c->a[i * c->k + j] = ldexp(v, e < -5000 ? -5000 : e > 5000 ? 5000 : (int)e);
            lost |= v != 0 && fabs(s) < DBL_MIN;
        }
    return lost;
}

/* Powers of two that bring the largest entry of each row near 1. */
static void scale_by_rows(counts *c, const double *col, size_t k_all, const size_t *kind)
{
    memset(c->kind_power, 0, c->k * sizeof *c->kind_power);
    for (size_t i = 0; i < c->n; i++) {
        double most = 0;
        for (size_t j = 0; j < c->k; j++)
            most = fmax(most, fabs(col[i * k_all + kind[j]]));
        c->row_power[i] = -bni_exponent(most);
    }
}

/* Kinds so that the wanted multiplicities are typical, rows so that their sums are in 1/2..1. */
static int32_t scale_by_sums(binnet_ctx *ctx, counts *c)
{
    size_t n = c->n, k = c->k;
    BNI_TRY(balance_multiplicities(ctx, c));
    for (size_t j = 0; j < k; j++) {
        int e = bni_exponent(c->weight[j]);
        c->weight[j] = bni_power(e);
        c->kind_power[j] += e;
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += fabs(c->a[i * k + j]) * c->weight[j];
        c->row_power[i] -= sum == 0 ? 0 : bni_exponent(sum * (1 + (double)k * DBL_EPSILON));
    }
    return BINNET_OK;
}

/* By the rows first; when that takes a nonzero entry out of range, by the largest term, beside which it is then nothing.
 * *possible: 0 when no term is known to be other than 0. */
static int32_t scale(binnet_ctx *ctx, counts *c, int *possible, const double *col, size_t k_all, const size_t *kind)
{
    *possible = 1;
    c->lost = 0;
    scale_by_rows(c, col, k_all, kind);
    if (!scale_kinds(c, col, k_all, kind)) {
        BNI_TRY(scale_by_sums(ctx, c));
        c->lost = scale_kinds(c, col, k_all, kind);
    } else {
        c->lost = 1;
    }
    if (c->lost) {
        for (size_t i = 0; i < c->n; i++)
            for (size_t j = 0; j < c->k; j++)
                c->a[i * c->k + j] = col[i * k_all + kind[j]];
        BNI_TRY(bni_permanent_assign(ctx, c->row_power, c->kind_power, possible, c->n, c->k, c->a, c->most, c->work));
        scale_kinds(c, col, k_all, kind);
        BNI_TRY(scale_by_sums(ctx, c));
        c->lost = scale_kinds(c, col, k_all, kind);
    }
    c->exponent = 0;
    for (size_t i = 0; i < c->n; i++)
        c->exponent -= c->row_power[i];
    for (size_t j = 0; j < c->k; j++)
        c->exponent -= c->kind_power[j] * c->most[j];
    return BINNET_OK;
}

/* Where the plane's first state is. */
static size_t plane_at(const counts *c, size_t p)
{
    return p * c->plane + c->ld + c->pad;
}

/* What contributes to the states of the present plane; how many. */
static size_t sources(counts *c, const double *a)
{
    size_t q = 0, k = c->k;
    c->w[q] = a[k - 1];
    c->back[q++] = 0;
    if (k > 1) {
        c->w[q] = a[k - 2];
        c->back[q++] = 1;
    }
    if (k > 2) {
        c->w[q] = a[k - 3];
        c->back[q++] = c->ld;
    }
    for (size_t j = 0; j + 3 < k; j++) {
        if (c->count[j] == 0)
            continue;
        c->w[q] = a[j];
        c->back[q++] = c->stride[j] * c->plane;
    }
    return q;
}

/* The planes from the last to the first: sets the counts to those of the last plane, and steps; the sum of the counts. */
static int64_t last_plane(counts *c)
{
    int64_t sum = 0;
    for (size_t j = 0; j + 3 < c->k; j++)
        sum += c->count[j] = c->most[j];
    return sum;
}

static int64_t plane_before(counts *c, int64_t sum)
{
    for (size_t j = c->k > 3 ? c->k - 3 : 0; j-- > 0;) {
        if (c->count[j] > 0) {
            c->count[j]--;
            return sum - 1;
        }
        sum += c->count[j] = c->most[j];
    }
    return sum;
}

/* Rows of a plane between polls. */
static size_t rows_at_once(const counts *c)
{
    size_t rows = POLL / (c->ld * c->k);
    return rows > 0 ? rows : 1;
}

/* Row i of the matrix: the states whose implied count is in range. What was in range before but is no longer stays, and is
 * not read again; states that were not yet are 0. */
static int32_t multiply_row(binnet_ctx *ctx, counts *c, const bni_permanent_kernels *kern, size_t i, const double *a,
                            int pairs, double done)
{
    int64_t last = (int64_t)i + 1, first = last - c->most[c->k - 1], sum = last_plane(c);
    size_t step = rows_at_once(c), busy = 0;
    for (size_t p = c->planes; p-- > 0; sum = plane_before(c, sum)) {
        if (last < sum)
            continue;
        size_t q = sources(c, a);
        for (size_t to = c->rows; to > 0;) {
            size_t from = to > step ? to - step : 0, at = plane_at(c, p) + from * c->ld;
            int64_t counted = sum + (int64_t)from;
            if (pairs)
                kern->count_plane_pairs(c->f + at, c->low + at, c->ld, to - from, first - counted, last - counted,
                                        c->inner, q, c->w, c->back);
            else
                kern->count_plane(c->f + at, c->ld, to - from, first - counted, last - counted, c->inner, q, c->w,
                                  c->back);
            busy += to - from;
            to = from;
            if (busy >= step) {
                busy = 0;
                BNI_TRY(bni_poll(ctx, done));
            }
        }
    }
    return BINNET_OK;
}

/* Range of the counts within row o of a plane that have been set by `layers` rows of the matrix and may be read; 0: none. */
static int in_range(const counts *c, size_t layers, int64_t sum, size_t o, size_t *first, size_t *last)
{
    int64_t to = (int64_t)layers - sum - (int64_t)o, from = to - c->most[c->k - 1];
    if (to < 0 || from > (int64_t)c->inner)
        return 0;
    *first = from < 0 ? 0 : (size_t)from;
    *last = to < (int64_t)c->inner ? (size_t)to : c->inner;
    return 1;
}

/* f kept near 1: powers of two into the exponent. What is out of range is set to 0. */
static int32_t rescale(binnet_ctx *ctx, counts *c, size_t layers, int pairs, outcome *o)
{
    double most = 0, factor = 1;
    size_t busy = 0;
    int e = 0;
    for (int pass = 0; pass < 2; pass++) {
        int64_t sum = last_plane(c);
        for (size_t p = c->planes; p-- > 0; sum = plane_before(c, sum))
            for (size_t r = 0; r < c->rows; r++) {
                size_t at = plane_at(c, p) + r * c->ld, first = 0, last = 0;
                if ((busy += c->ld) > POLL) {
                    busy = 0;
                    BNI_TRY(bni_poll(ctx, 0));
                }
                int any = in_range(c, layers, sum, r, &first, &last);
                for (size_t t = 0; t < c->ld - c->pad; t++) {
                    double *v = &c->f[at + t];
                    if (!any || t < first || t > last) {
                        *v = 0;
                        continue;
                    }
                    *v *= factor;
                    if (pairs)
                        c->low[at + t] *= factor;
                    most = fabs(*v) > most ? fabs(*v) : most;
                }
            }
        if (pass == 1 || most == 0 || most > 0x1p-64)
            break;
        frexp(most, &e);
        factor = ldexp(1, -e);
    }
    if (factor != 1) {
        o->exponent += e;
        o->tiny *= factor;
    }
    return BINNET_OK;
}

static int32_t clear_states(binnet_ctx *ctx, double *f, size_t size)
{
    for (size_t k = 0; k < size; k += POLL) {
        memset(f + k, 0, (size - k < POLL ? size - k : POLL) * sizeof *f);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Of the scaled matrix, or of its absolute values; the part from..to of the call. */
static int32_t recur(binnet_ctx *ctx, counts *c, int sizes, int pairs, outcome *out, double from, double to)
{
    const bni_permanent_kernels *kern = bni_kernels_get()->permanent;
    size_t size = c->planes * c->plane;
    *out = (outcome){0, 0, c->lost ? 0x1p-1000 : 0, 0};
    BNI_TRY(clear_states(ctx, c->f, size));
    if (pairs)
        BNI_TRY(clear_states(ctx, c->low, size));
    c->f[plane_at(c, 0)] = 1;
    for (size_t i = 0; i < c->n; i++) {
        double sum = 0;
        for (size_t j = 0; j < c->k; j++) {
            double v = c->a[i * c->k + j];
            sum += fabs(v);
            c->row[j] = sizes ? fabs(v) : v;
        }
        BNI_TRY(multiply_row(ctx, c, kern, i, c->row, pairs, from + (to - from) * (double)i / (double)c->n));
        /* an error is passed on times the row sum at most */
        out->tiny = (out->tiny * sum + (double)size * (double)c->k * DBL_TRUE_MIN) * (1 + DBL_EPSILON);
        if (i % LOOK == LOOK - 1)
            BNI_TRY(rescale(ctx, c, i + 1, pairs, out));
        BNI_TRY(bni_poll(ctx, from + (to - from) * (double)i / (double)c->n));
    }
    size_t end = plane_at(c, c->planes - 1) + (c->rows - 1) * c->ld + c->inner;
    out->high = c->f[end];
    out->low = pairs ? c->low[end] : 0;
    return BINNET_OK;
}

/* sum |terms| of the value's outcome, at its exponent. */
static double at_exponent(const outcome *o, int64_t exponent)
{
    int64_t by = o->exponent - exponent;
    return by > 2000 ? INFINITY : ldexp(o->high, by < -3000 ? -3000 : (int)by);
}

static int32_t conclude_counts(binnet_ctx *ctx, bni_ball *out, const counts *c, int32_t *used, const outcome *value,
                               double size, int pairs)
{
    double n = (double)c->n, k = (double)c->k, unit = 0x1p-53;
    double roundings = pairs ? n * (8 * k * k + 8) * unit * unit : n * k * unit;
    bni_ball b = bni_ball_of(value->high, value->low, roundings * size * (1 + 1e-6) + value->tiny, value->exponent);
    if (!c->lost)
        BNI_TRY(bni_permanent_integral(ctx, used, &b, c->n, c->k, c->a));
    if (b.hi != 0 || b.radius != 0)
        b.exponent += c->exponent;
    for (size_t j = 0; j < c->k; j++)
        b = bni_ball_mul(b, bni_ball_factorial((uint64_t)c->most[j]));
    *out = b;
    return BINNET_OK;
}

static int32_t solve_counts(binnet_ctx *ctx, counts *c, bni_ball *out, int32_t *used, int mixed, double tolerance)
{
    outcome value, sizes;
    double each = mixed ? 0.2 : 0.4, size;
    BNI_TRY(recur(ctx, c, 0, 0, &value, 0, each));
    sizes = value;
    if (mixed)
        BNI_TRY(recur(ctx, c, 1, 0, &sizes, each, 2 * each));
    size = fabs(at_exponent(&sizes, value.exponent));
    BNI_TRY(conclude_counts(ctx, out, c, used, &value, size, 0));
    if (out->radius <= tolerance * fabs(out->hi))
        return BINNET_OK;
    if (size == 0) { /* by the zeros, or by underflow? */
        int possible;
        BNI_TRY(bni_permanent_assign(ctx, c->row_power, c->kind_power, &possible, c->n, c->k, c->a, c->most, c->work));
        if (!possible && !c->lost)
            *out = bni_ball_of(0, 0, 0, 0);
        return BINNET_OK;
    }
    BNI_TRY(recur(ctx, c, 0, 1, &value, 2 * each, 1));
    return conclude_counts(ctx, out, c, used, &value, size, 1);
}

/* Kinds by multiplicity, those of 0 left out; returns how many. */
static size_t order_kinds(size_t *kind, int64_t *most, size_t k, const int64_t *multiplicity)
{
    size_t count = 0;
    for (size_t j = 0; j < k; j++) {
        if (multiplicity[j] == 0)
            continue;
        size_t at = count++;
        for (; at > 0 && most[at - 1] > multiplicity[j]; at--) {
            most[at] = most[at - 1];
            kind[at] = kind[at - 1];
        }
        most[at] = multiplicity[j];
        kind[at] = j;
    }
    return count;
}

/* The layout of one array of states. */
static void lay_out_states(counts *c, int64_t third, int64_t second, size_t planes)
{
    c->inner = (size_t)second;
    c->rows = (size_t)third + 1;
    c->pad = c->inner + 1 < 8 ? 1 : 8; /* whole lines where the kernels take eight at a time */
    c->ld = c->pad + (c->pad == 1 ? c->inner + 1 : (c->inner + 8) / 8 * 8);
    c->plane = (c->rows + 1) * c->ld;
    c->planes = planes;
}

/* Doubles of one array of states, and of the other arrays. */
static double layer_doubles(size_t k, const int64_t *multiplicity)
{
    int64_t top[3] = {0, 0, 0};
    double states = 1;
    counts c;
    for (size_t j = 0; j < k; j++) {
        int64_t m = multiplicity[j];
        states *= (double)m + 1;
        for (size_t t = 0; t < 3; t++)
            if (m > top[t]) {
                int64_t other = top[t];
                top[t] = m;
                m = other;
            }
    }
    lay_out_states(&c, top[2], top[1], 1);
    return states / ((double)top[0] + 1) / ((double)top[1] + 1) / ((double)top[2] + 1) * (double)c.plane;
}

static double other_doubles(size_t n, size_t k)
{
    return (double)n * (double)k + 3 * (double)k + 16;
}

/* Multiplicities and counts, powers of rows and kinds, and what finding these takes. */
static size_t count_words(size_t n, size_t k)
{
    return 3 * k + n + (5 * k + n + 1) / 2;
}

bni_cost bni_permanent_counts_cost(size_t n, size_t k, const int64_t *multiplicity)
{
    double states = 1, most = 0, kd = (double)k, nd = (double)n;
    for (size_t j = 0; j < k; j++) {
        states *= (double)multiplicity[j] + 1;
        most = fmax(most, (double)multiplicity[j]);
    }
    double bytes = 8 * (2 * layer_doubles(k, multiplicity) + other_doubles(n, k)) + kd * 3 * sizeof(size_t) +
                   8 * (double)count_words(n, k);
    return (bni_cost){bytes, 2 * kd * states + 40 * nd * kd + 10 * nd * states / (most + 1)};
}

int32_t bni_permanent_counts(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t n, size_t k_all, const double *col,
                             const int64_t *multiplicity, double tolerance)
{
    BNI_TRY(bni_need_memory(ctx, bni_permanent_counts_cost(n, k_all, multiplicity).bytes,
                            "the recursion over multiplicities"));
    size_t *kind = bni_new_raw(ctx, 3 * k_all, sizeof *kind);
    int64_t *words = bni_new_raw(ctx, count_words(n, k_all), sizeof *words);
    double *d = NULL;
    int32_t status = kind == NULL || words == NULL ? BINNET_E_NOMEM : BINNET_OK;
    counts c = {.n = n};
    if (status == BINNET_OK) {
        size_t planes = 1;
        c.k = order_kinds(kind, words, k_all, multiplicity);
        c.most = words;
        c.count = words + k_all;
        c.kind_power = words + 2 * k_all;
        c.row_power = words + 3 * k_all;
        c.work = c.row_power + n;
        c.stride = kind + k_all;
        c.back = kind + 2 * k_all;
        for (size_t j = c.k > 3 ? c.k - 3 : 0; j-- > 0;) {
            c.stride[j] = planes;
            planes *= (size_t)words[j] + 1;
        }
        lay_out_states(&c, c.k > 2 ? words[c.k - 3] : 0, c.k > 1 ? words[c.k - 2] : 0, planes);
        d = bni_new_raw(ctx, 2 * planes * c.plane + n * c.k + 3 * c.k + 8, sizeof *d);
        status = d == NULL ? BINNET_E_NOMEM : BINNET_OK;
    }
    if (status == BINNET_OK) {
        int positive = 0, negative = 0, possible;
        c.f = bni_align(d);
        c.low = c.f + c.planes * c.plane;
        c.a = c.low + c.planes * c.plane;
        c.weight = c.a + n * c.k;
        c.w = c.weight + c.k;
        c.row = c.w + c.k;
        *used |= BINNET_PERMANENT_REPEATED;
        status = scale(ctx, &c, &possible, col, k_all, kind);
        for (size_t t = 0; t < n * c.k && status == BINNET_OK; t++) {
            positive |= c.a[t] > 0;
            negative |= c.a[t] < 0;
        }
        *out = bni_ball_of(0, 0, 0, 0);
        if (status == BINNET_OK && possible)
            status = solve_counts(ctx, &c, out, used, positive && negative, tolerance);
    }
    bni_delete(&ctx->mem, d);
    bni_delete(&ctx->mem, words);
    bni_delete(&ctx->mem, kind);
    return status;
}

/* --- in integers --- */

/* States times words, and the kind that is implied: the most frequent one. */
static double states_of_counts(size_t k, const int64_t *multiplicity, size_t *implied)
{
    double states = 1;
    *implied = 0;
    for (size_t j = 0; j < k; j++) {
        states *= (double)multiplicity[j] + 1;
        *implied = multiplicity[j] > multiplicity[*implied] ? j : *implied;
    }
    return states / ((double)multiplicity[*implied] + 1);
}

bni_cost bni_permanent_counts_words_cost(size_t k, const int64_t *multiplicity, size_t words)
{
    size_t implied;
    double states = states_of_counts(k, multiplicity, &implied), w = (double)words;
    return (bni_cost){8 * states * w + 16 * (double)k,
                      states * ((double)multiplicity[implied] + 1) * (double)k * (4 + 2 * w)};
}

/* The row after i others: f(c) = a_implied f(c) + sum_j a_j f(c - e_j), from the last state; those in range. */
static int32_t whole_layer(binnet_ctx *ctx, uint64_t *f, size_t words, size_t states, int64_t i, size_t k,
                           const int64_t *a, const int64_t *most, size_t implied, int64_t *count, const size_t *stride)
{
    size_t busy = 0;
    int64_t sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += count[j] = j == implied ? 0 : most[j];
    for (size_t at = states; at-- > 0;) {
        int64_t rest = i + 1 - sum;
        if (rest >= 0 && rest <= most[implied]) {
            bni_words_times(f + at * words, words, rest > 0 ? a[implied] : 0);
            for (size_t j = 0; j < k; j++)
                if (j != implied && count[j] > 0 && a[j] != 0)
                    bni_words_add_product(f + at * words, f + (at - stride[j]) * words, words, a[j]);
        }
        for (size_t j = 0; j < k; j++) { /* the state before: the first kind runs fastest */
            if (j == implied)
                continue;
            if (count[j] > 0) {
                count[j]--;
                sum--;
                break;
            }
            sum += count[j] = most[j];
        }
        if ((busy += k * (words + 4)) > POLL) {
            busy = 0;
            BNI_TRY(bni_poll(ctx, 0));
        }
    }
    return BINNET_OK;
}

int32_t bni_permanent_counts_words(binnet_ctx *ctx, uint64_t *out, size_t words, size_t n, size_t k, const int64_t *col,
                                   const int64_t *multiplicity)
{
    size_t implied, states = (size_t)states_of_counts(k, multiplicity, &implied), product = 1;
    uint64_t *f = bni_new_raw(ctx, states, words * sizeof *f);
    int64_t *count = bni_new_raw(ctx, k, sizeof *count);
    size_t *stride = bni_new_raw(ctx, k, sizeof *stride);
    int32_t status = f == NULL || count == NULL || stride == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t at = 0; at < states && status == BINNET_OK; at++) {
        bni_words_set(f + at * words, words, at == 0);
        if (at % 4096 == 0)
            status = bni_poll(ctx, 0);
    }
    for (size_t j = 0; j < k && status == BINNET_OK; j++) {
        stride[j] = product;
        product *= j == implied ? 1 : (size_t)multiplicity[j] + 1;
    }
    for (size_t i = 0; i < n && status == BINNET_OK; i++) {
        status = whole_layer(ctx, f, words, states, (int64_t)i, k, col + i * k, multiplicity, implied, count, stride);
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)(i + 1) / (double)n);
    }
    if (status == BINNET_OK)
        bni_words_copy(out, words, f + (states - 1) * words, words);
    for (size_t j = 0; j < k && status == BINNET_OK; j++)
        for (int64_t t = 2; t <= multiplicity[j]; t++)
            bni_words_times(out, words, t);
    bni_delete(&ctx->mem, stride);
    bni_delete(&ctx->mem, count);
    bni_delete(&ctx->mem, f);
    return status;
}
