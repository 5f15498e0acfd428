/*
 * The permanent of a matrix with repeated columns, by recursion over how many of each kind are used:
 * f(c) = sum_j a(|c| - 1, j) f(c - e_j), f(0) = 1, per = f(m) prod_j m_j!.  [THEORY 7]
 * Row after row; the count of the most frequent kind follows from the others. Nothing is subtracted where entries are >= 0;
 * where signs are mixed the same with |a| gives the bound, and about 106 bits are carried when the tolerance asks for it.
 */
#include "disorder/permanent_parts.h"

#include "kernels/kernels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Rows between two looks at the size of f, which falls by at most half in one. */
enum { LOOK = 32, SWEEPS = 8 };

typedef struct counts {
    size_t n, k, outer;      /* rows, kinds, states of all but the innermost and the implied kind */
    size_t length;           /* counts of the innermost kind, and a zero before them */
    const int64_t *most;     /* [k] multiplicities: the outer kinds, the innermost, the implied one */
    size_t *stride;          /* [k - 2] in states of the innermost kind */
    double *a;               /* [n][k] scaled */
    double *weight;          /* [k] */
    int64_t *count;          /* [k - 2] */
    double *f[2], *low[2];   /* this layer and the next; their low parts */
    const double **x, **u;   /* [k] arrays to be mixed */
    double *w, *row;         /* [k] and their factors; a row, or its absolute values */
    int64_t exponent;
    int lost;                /* an entry left the range of double */
} counts;

/* What one run of the recursion yields: f(m) = high + low with what underflow may have cost, times 2^exponent. */
typedef struct outcome {
    double high, low, tiny;
    int64_t exponent;
} outcome;

/* Factors of the kinds that make the wanted multiplicities typical, so that nothing that matters underflows. */
static void balance(counts *c)
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
}

static void scale(counts *c, const double *col, size_t k_all, const size_t *kind)
{
    size_t n = c->n, k = c->k;
    for (size_t i = 0; i < n; i++) {
        double most = 0;
        int e;
        for (size_t j = 0; j < k; j++)
            most = fmax(most, fabs(col[i * k_all + kind[j]]));
        frexp(most, &e);
        c->exponent += e;
        for (size_t j = 0; j < k; j++) {
            double v = col[i * k_all + kind[j]], s = e > -900 && e < 900 ? v * ldexp(1, -e) : ldexp(v, -e);
            c->a[i * k + j] = s;
            c->lost |= v != 0 && fabs(s) < DBL_MIN;
        }
    }
    balance(c);
    for (size_t j = 0; j < k; j++) {
        int e;
        frexp(c->weight[j], &e);
        c->weight[j] = ldexp(1, e);
        c->exponent -= (int64_t)e * c->most[j];
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        int e;
        for (size_t j = 0; j < k; j++) {
            double *v = &c->a[i * k + j], s = *v * c->weight[j];
            c->lost |= *v != 0 && fabs(s) < DBL_MIN;
            *v = s;
            sum += fabs(s);
        }
        frexp(sum * (1 + (double)k * DBL_EPSILON), &e);
        c->exponent += e;
        double factor = ldexp(1, -e);
        for (size_t j = 0; j < k; j++) {
            double v = c->a[i * k + j], s = v * factor;
            c->lost |= v != 0 && fabs(s) < DBL_MIN;
            c->a[i * k + j] = s;
        }
    }
}

/* The counts of one state of the outer kinds: the arrays to be mixed, and how many counts are used. */
static size_t sources(counts *c, const double *a, size_t state, int from, int pairs, int64_t *sum)
{
    size_t q = 0, k = c->k, at = state * c->length + 1;
    *sum = 0;
    c->w[q] = a[k - 1];
    c->x[q] = c->f[from] + at;
    c->u[q++] = pairs ? c->low[from] + at : NULL;
    if (k > 1) {
        c->w[q] = a[k - 2];
        c->x[q] = c->f[from] + at - 1;
        c->u[q++] = pairs ? c->low[from] + at - 1 : NULL;
    }
    for (size_t j = 0; j + 2 < k; j++) {
        *sum += c->count[j];
        if (c->count[j] == 0)
            continue;
        size_t before = at - c->stride[j] * c->length;
        c->w[q] = a[j];
        c->x[q] = c->f[from] + before;
        c->u[q++] = pairs ? c->low[from] + before : NULL;
    }
    return q;
}

/* The next state of the outer kinds. */
static void advance(counts *c)
{
    for (size_t j = c->k > 2 ? c->k - 2 : 0; j-- > 0;) {
        if (c->count[j]++ < c->most[j])
            return;
        c->count[j] = 0;
    }
}

/* Row i: from layer i to layer i + 1, the states whose implied count is in range. */
static void layer(counts *c, const bni_kernels *kern, size_t i, const double *a, int from, int pairs)
{
    size_t k = c->k;
    int64_t next = (int64_t)i + 1, inner = k > 1 ? c->most[k - 2] : 0;
    for (size_t j = 0; j + 2 < k; j++)
        c->count[j] = 0;
    for (size_t state = 0; state < c->outer; state++, advance(c)) {
        int64_t sum, first, last;
        size_t q = sources(c, a, state, from, pairs, &sum);
        first = next - c->most[k - 1] - sum;
        last = next - sum;
        /* what was in range two layers ago no longer is */
        for (int64_t t = first - 2; t < first; t++)
            if (t >= 0 && t <= inner) {
                c->f[!from][state * c->length + 1 + (size_t)t] = 0;
                if (pairs)
                    c->low[!from][state * c->length + 1 + (size_t)t] = 0;
            }
        first = first < 0 ? 0 : first;
        last = last > inner ? inner : last;
        if (first > last)
            continue;
        for (size_t s = 0; s < q; s++) {
            c->x[s] += first;
            if (pairs)
                c->u[s] += first;
        }
        size_t at = state * c->length + 1 + (size_t)first, count = (size_t)(last - first + 1);
        if (pairs)
            kern->mix_pairs(c->f[!from] + at, c->low[!from] + at, count, q, c->w, c->x, c->u);
        else
            kern->mix(c->f[!from] + at, count, q, c->w, c->x);
    }
}

/* f kept near 1: powers of two into the exponent. */
static void rescale(const counts *c, double *f, double *low, outcome *o)
{
    size_t size = c->outer * c->length;
    double most = 0;
    int e;
    for (size_t t = 0; t < size; t++)
        most = fmax(most, fabs(f[t]));
    if (most == 0 || most > 0x1p-64)
        return;
    frexp(most, &e);
    double factor = ldexp(1, -e);
    for (size_t t = 0; t < size; t++) {
        f[t] *= factor;
        if (low != NULL)
            low[t] *= factor;
    }
    o->exponent += e;
    o->tiny *= factor;
}

enum { VALUES, SIZES, PATTERN };

static double entry(double v, int what)
{
    return what == VALUES ? v : what == SIZES ? fabs(v) : v != 0;
}

/* Of the scaled matrix, of its absolute values, or which states can be reached; the part from..to of the call. */
static int32_t recur(binnet_ctx *ctx, counts *c, int what, int pairs, outcome *out, double from, double to)
{
    const bni_kernels *kern = bni_kernels_get();
    size_t size = c->outer * c->length;
    int now = 0;
    *out = (outcome){0, 0, c->lost ? 0x1p-1000 : 0, 0};
    for (int b = 0; b < 2; b++) {
        memset(c->f[b], 0, size * sizeof(double));
        if (pairs)
            memset(c->low[b], 0, size * sizeof(double));
    }
    c->f[0][1] = 1;
    for (size_t i = 0; i < c->n; i++) {
        double sum = 0;
        for (size_t j = 0; j < c->k; j++) {
            c->row[j] = entry(c->a[i * c->k + j], what);
            sum += fabs(c->row[j]);
        }
        layer(c, kern, i, c->row, now, pairs);
        now = !now;
        /* an error is passed on times the row sum at most */
        out->tiny = (out->tiny * sum + (double)size * (double)c->k * DBL_TRUE_MIN) * (1 + DBL_EPSILON);
        for (size_t t = 0; t < size && what == PATTERN; t++)
            c->f[now][t] = c->f[now][t] != 0;
        if (i % LOOK == LOOK - 1 && what != PATTERN)
            rescale(c, c->f[now], pairs ? c->low[now] : NULL, out);
        BNI_TRY(bni_poll(ctx, from + (to - from) * (double)i / (double)c->n));
    }
    out->high = c->f[now][size - 1];
    out->low = pairs ? c->low[now][size - 1] : 0;
    return BINNET_OK;
}

/* sum |terms| of the value's outcome, at its exponent. */
static double at_exponent(const outcome *o, int64_t exponent)
{
    int64_t by = o->exponent - exponent;
    return by > 2000 ? INFINITY : ldexp(o->high, by < -3000 ? -3000 : (int)by);
}

static bni_ball conclude(const counts *c, int32_t *used, const outcome *value, double size, int pairs)
{
    double n = (double)c->n, k = (double)c->k, unit = 0x1p-53;
    double roundings = pairs ? n * (8 * k * k + 8) * unit * unit : n * k * unit;
    bni_ball b = bni_ball_of(value->high, value->low, roundings * size * (1 + 1e-6) + value->tiny,
                             value->exponent);
    if (!c->lost && bni_permanent_integral(&b, c->n, c->k, c->a))
        *used |= BINNET_PERMANENT_INTEGRAL;
    if (b.hi != 0 || b.radius != 0)
        b.exponent += c->exponent;
    for (size_t j = 0; j < c->k; j++)
        b = bni_ball_mul(b, bni_ball_factorial((uint64_t)c->most[j]));
    return b;
}

static int32_t run(binnet_ctx *ctx, counts *c, bni_ball *out, int32_t *used, int mixed)
{
    outcome value, sizes;
    double each = mixed ? 0.2 : 0.4, size;
    BNI_TRY(recur(ctx, c, VALUES, 0, &value, 0, each));
    sizes = value;
    if (mixed)
        BNI_TRY(recur(ctx, c, SIZES, 0, &sizes, each, 2 * each));
    size = fabs(at_exponent(&sizes, value.exponent));
    *out = conclude(c, used, &value, size, 0);
    if (out->radius <= ctx->relative_tolerance * fabs(out->hi))
        return BINNET_OK;
    if (size == 0) { /* by the zeros, or by underflow? */
        BNI_TRY(recur(ctx, c, PATTERN, 0, &sizes, 2 * each, 1));
        if (sizes.high == 0)
            *out = bni_ball_of(0, 0, 0, 0);
        return BINNET_OK;
    }
    BNI_TRY(recur(ctx, c, VALUES, 1, &value, 2 * each, 1));
    *out = conclude(c, used, &value, size, 1);
    return BINNET_OK;
}

/* Kinds by multiplicity, those of 0 left out; returns how many. */
static size_t order(size_t *kind, int64_t *most, size_t k, const int64_t *multiplicity)
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

/* States of all kinds but the implied one, as doubles of one layer. */
static double layer_doubles(size_t k, const int64_t *multiplicity)
{
    double states = 1, largest = 0, second = 0;
    for (size_t j = 0; j < k; j++) {
        double m = (double)multiplicity[j];
        states *= m + 1;
        if (m > largest) {
            second = largest;
            largest = m;
        } else if (m > second) {
            second = m;
        }
    }
    return states / (largest + 1) / (second + 1) * (second + 2);
}

bni_cost bni_permanent_counts_cost(size_t n, size_t k, const int64_t *multiplicity)
{
    double states = 1, most = 0, kd = (double)k, nd = (double)n;
    for (size_t j = 0; j < k; j++) {
        states *= (double)multiplicity[j] + 1;
        most = fmax(most, (double)multiplicity[j]);
    }
    double doubles = 4 * (layer_doubles(k, multiplicity) + 1) + nd * kd + 11 * kd;
    return (bni_cost){8.0 * doubles, 2 * kd * states + 40 * nd * kd + 10 * nd * states / (most + 1)};
}

/* The arrays of c, cut from one block of doubles and one of words. */
static void cut(counts *c, double *d, int64_t *words)
{
    size_t k = c->k, size = c->outer * c->length;
    for (int b = 0; b < 2; b++) {
        c->f[b] = d + 2 * (size_t)b * size;
        c->low[b] = c->f[b] + size;
    }
    c->a = d + 4 * size;
    c->weight = c->a + c->n * k;
    c->w = c->weight + k;
    c->row = c->w + k;
    c->count = words;
}

int32_t bni_permanent_counts(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t n, size_t k_all, const double *col,
                             const int64_t *multiplicity)
{
    BNI_TRY(bni_need_memory(ctx, bni_permanent_counts_cost(n, k_all, multiplicity).bytes, "the recursion over multiplicities"));
    size_t *kind = bni_new_raw(ctx, 2 * k_all, sizeof *kind);
    int64_t *words = bni_new_raw(ctx, 2 * k_all, sizeof *words);
    const double **arrays = bni_new_raw(ctx, 2 * k_all, sizeof *arrays);
    double *d = NULL;
    int32_t status = kind == NULL || words == NULL || arrays == NULL ? BINNET_E_NOMEM : BINNET_OK;
    counts c = {.n = n, .outer = 1};
    if (status == BINNET_OK) {
        c.k = order(kind, words, k_all, multiplicity);
        c.most = words;
        c.stride = kind + k_all;
        c.length = c.k > 1 ? (size_t)words[c.k - 2] + 2 : 2;
        for (size_t j = c.k > 2 ? c.k - 2 : 0, s = 1; j-- > 0; c.outer = s) {
            c.stride[j] = s;
            s *= (size_t)words[j] + 1;
        }
        c.x = arrays;
        c.u = arrays + k_all;
        d = bni_new_raw(ctx, 4 * c.outer * c.length + n * c.k + 3 * k_all, sizeof *d);
        status = d == NULL ? BINNET_E_NOMEM : BINNET_OK;
    }
    if (status == BINNET_OK) {
        int positive = 0, negative = 0;
        cut(&c, d, words + k_all);
        scale(&c, col, k_all, kind);
        for (size_t t = 0; t < n * c.k; t++) {
            positive |= c.a[t] > 0;
            negative |= c.a[t] < 0;
        }
        *used |= BINNET_PERMANENT_REPEATED;
        status = run(ctx, &c, out, used, positive && negative);
    }
    bni_delete(&ctx->mem, d);
    bni_delete(&ctx->mem, arrays);
    bni_delete(&ctx->mem, words);
    bni_delete(&ctx->mem, kind);
    return status;
}
