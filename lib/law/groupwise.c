/*
 * Central moments and groupwise correlations of one group, from its law in sums of two doubles.
 * E prod (A_i - q_i) = sum over the group's activities m of p(m) prod_i (m_i ? 1 - q_i : -q_i), with 1 - q_i as a sum; each
 * number has an exponent of its own, for p(m) may be tiny where the product, normalised, is large.
 * Corr_k = E prod (A_i - q_i) / (prod E|A_i - q_i|^k)^(1/k), E|A - q|^k = q (1 - q) ((1 - q)^(k-1) + q^(k-1)).
 * Source: THEORY 5, [FP19] sec. 5.
 */
#include "law/law.h"

#include <math.h>

/* A number m 2^e with |m| in [1/2, 1), or 0. */
typedef struct scaled {
    bni_doubled m;
    int64_t e;
} scaled;

static scaled scaled_of(bni_doubled v, int64_t e)
{
    int shift = 0;
    (void)frexp(v.high, &shift);
    return (scaled){{ldexp(v.high, -shift), ldexp(v.low, -shift)}, e + shift};
}

static scaled product_of_scaled(scaled a, scaled b)
{
    return scaled_of(bni_doubled_multiply(a.m, b.m), a.e + b.e);
}

static double to_double(double m, int64_t e)
{
    return ldexp(m, e > 5000 ? 5000 : e < -5000 ? -5000 : (int)e);
}

/* What a neuron brings in, silent and active: -q and 1 - q. */
typedef struct factor {
    scaled of[2];
} factor;

/* table[m] = product of the factors of neurons 0 .. count - 1 with the activities m. */
static void fill_products(scaled *table, const factor *f, size_t count)
{
    table[0] = scaled_of((bni_doubled){1, 0}, 0);
    for (size_t b = 0; b < count; b++)
        for (size_t m = 0, half = (size_t)1 << b; m < half; m++) {
            table[m + half] = product_of_scaled(table[m], f[b].of[1]);
            table[m] = product_of_scaled(table[m], f[b].of[0]);
        }
}

/* The products of the lower and the upper half of the group. */
typedef struct products {
    size_t low_bits;
    const scaled *low, *high;
} products;

static int64_t exponent_at(const products *f, const bni_doubled *cell, size_t m)
{
    int e;
    (void)frexp(cell[m].high, &e);
    return e + f->low[m & (((size_t)1 << f->low_bits) - 1)].e + f->high[m >> f->low_bits].e;
}

/* sum over m of cell[m] times its product. Terms far below the largest one are left out. */
static int32_t sum_of_products(binnet_ctx *ctx, scaled *sum, const bni_doubled *cell, size_t k, const products *f)
{
    enum { BETWEEN_POLLS = 1 << 14, FAR = 300 };
    size_t cells = (size_t)1 << k, mask = ((size_t)1 << f->low_bits) - 1;
    int64_t most = INT64_MIN;
    for (size_t m = 0; m < cells; m++) {
        if (cell[m].high > 0) {
            int64_t e = exponent_at(f, cell, m);
            most = e > most ? e : most;
        }
        if (m % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    bni_doubled total = {0, 0};
    for (size_t m = 0; m < cells; m++) {
        if (cell[m].high > 0 && exponent_at(f, cell, m) > most - FAR) {
            scaled t = product_of_scaled(scaled_of(cell[m], 0),
                                         product_of_scaled(f->low[m & mask], f->high[m >> f->low_bits]));
            int shift = (int)(t.e - most);
            total = bni_doubled_add(total, (bni_doubled){ldexp(t.m.high, shift), ldexp(t.m.low, shift)});
        }
        if (m % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    *sum = scaled_of(total, most);
    return BINNET_OK;
}

/* Sums over all cells, and over those where each neuron is silent or active. */
static int32_t sum_sides(binnet_ctx *ctx, bni_doubled *all, bni_doubled *silent, bni_doubled *active,
                         const bni_doubled *cell, size_t k)
{
    enum { BETWEEN_POLLS = 1 << 18 };
    *all = (bni_doubled){0, 0};
    for (size_t b = 0; b < k; b++) {
        silent[b] = active[b] = (bni_doubled){0, 0};
        for (size_t m = 0; m < (size_t)1 << k; m++) {
            bni_doubled *to = m >> b & 1 ? active + b : silent + b;
            *to = bni_doubled_add(*to, cell[m]);
            if (m % BETWEEN_POLLS == BETWEEN_POLLS - 1)
                BNI_TRY(bni_poll(ctx, 1));
        }
    }
    *all = bni_doubled_add(silent[0], active[0]);
    return BINNET_OK;
}

/* (prod over neurons of E|A - q|^k)^(1/k), as m 2^e. */
static double norm_of(int64_t *e, const factor *f, size_t k)
{
    double product = 1;
    int64_t exponent = 0;
    for (size_t b = 0; b < k; b++) {
        double q = to_double(-f[b].of[0].m.high, f[b].of[0].e), not_q = to_double(f[b].of[1].m.high, f[b].of[1].e);
        int shift;
        product *= -f[b].of[0].m.high * f[b].of[1].m.high;
        product *= pow(q, (double)(k - 1)) + pow(not_q, (double)(k - 1));
        product = frexp(product, &shift);
        exponent += shift + f[b].of[0].e + f[b].of[1].e;
    }
    int64_t each = exponent / (int64_t)k, rest = exponent - each * (int64_t)k;
    *e = each;
    double root = ldexp(product, (int)rest);
    return k == 2 ? sqrt(root) : k == 3 ? cbrt(root) : pow(root, 1 / (double)k);
}

static size_t low_moment_bits(size_t k)
{
    return (k + 1) / 2;
}

static size_t products_size(size_t k)
{
    return ((size_t)1 << low_moment_bits(k)) + ((size_t)1 << (k - low_moment_bits(k)));
}

double bni_central_moment_bytes(size_t k)
{
    return (double)(products_size(k) * sizeof(scaled));
}

int32_t bni_central_moment(binnet_ctx *ctx, double *value, const bni_doubled *cell, size_t k, int normalised)
{
    bni_doubled all, silent[BINNET_MAX_CHAIN_NEURONS], active[BINNET_MAX_CHAIN_NEURONS];
    factor f[BINNET_MAX_CHAIN_NEURONS];
    BNI_TRY(sum_sides(ctx, &all, silent, active, cell, k));
    *value = normalised ? NAN : 0;
    for (size_t b = 0; b < k; b++) {
        scaled q = scaled_of(active[b], 0), not_q = scaled_of(silent[b], 0);
        if (!(active[b].high > 0 && silent[b].high > 0))
            return BINNET_OK;
        f[b].of[0] = scaled_of(bni_doubled_divide(bni_doubled_negate(q.m), all), q.e);
        f[b].of[1] = scaled_of(bni_doubled_divide(not_q.m, all), not_q.e);
    }
    if (k == 1) {
        *value = 0;
        return BINNET_OK;
    }
    scaled *table = bni_new_raw(ctx, products_size(k), sizeof *table);
    if (table == NULL)
        return BINNET_E_NOMEM;
    products both = {low_moment_bits(k), table, table + ((size_t)1 << low_moment_bits(k))};
    fill_products(table, f, both.low_bits);
    fill_products(table + ((size_t)1 << both.low_bits), f + both.low_bits, k - both.low_bits);
    scaled sum = {{0, 0}, 0};
    int32_t status = sum_of_products(ctx, &sum, cell, k, &both);
    bni_delete(&ctx->mem, table);
    BNI_TRY(status);
    sum = scaled_of(bni_doubled_divide(sum.m, all), sum.e);
    if (!normalised) {
        *value = to_double(sum.m.high, sum.e);
        return BINNET_OK;
    }
    int64_t e;
    double norm = norm_of(&e, f, k);
    *value = fmin(fmax(to_double(sum.m.high / norm, sum.e - e), -1), 1);
    return BINNET_OK;
}

/* The law of the group, then its moment. */
static int32_t moment_of_group(binnet_ctx *ctx, double *value, const binnet_law *law, size_t k, const int32_t *group,
                               int normalised)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, value, "the output"));
    BNI_TRY(bni_need(ctx, law, "law"));
    BNI_TRY(bni_need_law_group(ctx, "group", law, k, group, normalised ? 2 : 1, BINNET_MAX_CHAIN_NEURONS));
    BNI_TRY(
        bni_need_memory(ctx, ldexp(sizeof(bni_doubled), (int)k) + bni_central_moment_bytes(k), "the law of a group"));
    bni_doubled *cell = bni_new_raw(ctx, (size_t)1 << k, sizeof *cell);
    if (cell == NULL)
        return BINNET_E_NOMEM;
    double moment = 0;
    int32_t status = bni_group_law(ctx, cell, law, k, group);
    if (status == BINNET_OK)
        status = bni_central_moment(ctx, &moment, cell, k, normalised);
    if (status == BINNET_OK)
        *value = moment;
    bni_delete(&ctx->mem, cell);
    return status;
}

int32_t binnet_law_central_moment(binnet_ctx *ctx, double *value, const binnet_law *law, size_t k, const int32_t *group)
{
    return moment_of_group(ctx, value, law, k, group, 0);
}

int32_t binnet_law_groupwise(binnet_ctx *ctx, double *corr, const binnet_law *law, size_t k, const int32_t *group)
{
    BNI_TRY(moment_of_group(ctx, corr, law, k, group, 1));
    if (isnan(*corr))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "a neuron of the group never changes: the correlation is NaN");
    return BINNET_OK;
}
