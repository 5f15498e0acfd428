/*
 * Sums over supersets, and laws folded over some of their neurons. Plain loops over vectors, compiled once for each instruction
 * set; the file that includes this defines BODY(name), LANES, SHUFFLE(bit, v): lane k of v receives lane k + 2^bit where k does
 * not have that bit, and 0 where it has; SWAP(bit, v): lane k receives lane k ^ 2^bit; and MEET(bit, u, v): the sums u[k] + u[k ^ 2^bit]
 * where k does not have that bit, v[k] + v[k ^ 2^bit] where it has.   Source: THEORY 5.
 */
#include "kernels/parts.h"

#include <string.h>

/* Registers want whole loops; with the checks of a sanitizer in them that is compiled for a quarter of a minute. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
#define UNROLL(n)
#else
#define UNROLL(n) _Pragma(BNI_TEXT(GCC unroll n))
#endif
#define BNI_TEXT(...) #__VA_ARGS__

typedef double lane __attribute__((vector_size(8 * LANES)));
enum { LANE_BITS = LANES == 8 ? 3 : LANES == 4 ? 2 : 1, LOW = 1 << BNI_SUPERSET_LOW, PARTS = LOW / LANES };

static inline lane load(const double *p)
{
    lane v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store(double *p, lane v)
{
    memcpy(p, &v, sizeof v);
}

static inline double total(lane v)
{
    v += SWAP(0, v);
    if (LANE_BITS > 1)
        v += SWAP(1, v);
    if (LANE_BITS > 2)
        v += SWAP(2, v);
    return v[0];
}

/* Lane l: the total of v[l]; v is overwritten. */
static inline lane totals(lane *v)
{
    UNROLL(8)
    for (int k = 0; k < LANES; k += 2)
        v[k] = MEET(0, v[k], v[k + 1]);
    if (LANE_BITS > 1) {
        UNROLL(8)
        for (int k = 0; k < LANES; k += 4)
            v[k] = MEET(1, v[k], v[(k + 2) % LANES]);
    }
    return LANE_BITS > 2 ? MEET(2, v[0], v[4 % LANES]) : v[0];
}

/* Silent and active become without and with. q, not_q: how often the neuron is active and silent. */
static inline void join_halves(lane *silent, lane *active, const double *side)
{
    lane without = *silent + *active;
    if (side != NULL)
        *active = side[1] * *active - side[0] * *silent;
    *silent = without;
}

static inline __attribute__((always_inline)) void superset_low(double *to, const double *from, size_t n,
                                                               const double *side)
{
    lane own[LANE_BITS], other[LANE_BITS];
    for (int b = 0; side != NULL && b < LANE_BITS; b++)
        for (int l = 0; l < LANES; l++) {
            own[b][l] = l >> b & 1 ? side[2 * b + 1] : 1;
            other[b][l] = l >> b & 1 ? -side[2 * b] : 1;
        }
    for (size_t k = 0; k < n; k += LOW) {
        lane x[PARTS];
        UNROLL(16)
        for (int p = 0; p < PARTS; p++) {
            x[p] = load(from + k + p * LANES);
            if (side == NULL) {
                x[p] += SHUFFLE(0, x[p]);
                if (LANE_BITS > 1)
                    x[p] += SHUFFLE(1, x[p]);
                if (LANE_BITS > 2)
                    x[p] += SHUFFLE(2, x[p]);
            } else {
                x[p] = own[0] * x[p] + other[0] * SWAP(0, x[p]);
                if (LANE_BITS > 1)
                    x[p] = own[1 % LANE_BITS] * x[p] + other[1 % LANE_BITS] * SWAP(1, x[p]);
                if (LANE_BITS > 2)
                    x[p] = own[2 % LANE_BITS] * x[p] + other[2 % LANE_BITS] * SWAP(2, x[p]);
            }
        }
        UNROLL(4)
        for (int step = 1, b = LANE_BITS; step < PARTS; step *= 2, b++) {
            UNROLL(16)
            for (int p = 0; p < PARTS; p++)
                if (!(p & step))
                    join_halves(&x[p], &x[p + step], side != NULL ? side + 2 * b : NULL);
        }
        UNROLL(16)
        for (int p = 0; p < PARTS; p++)
            store(to + k + p * LANES, x[p]);
    }
}

void BODY(bni_superset_low)(double *to, const double *from, size_t n, const double *side)
{
    if (side == NULL)
        superset_low(to, from, n, NULL);
    else
        superset_low(to, from, n, side);
}

static inline __attribute__((always_inline)) void superset_lanes(lane *x, const double *from, size_t ldfrom, int rows,
                                                                 const double *side)
{
    UNROLL(16)
    for (int r = 0; r < rows; r++)
        x[r] = load(from + (size_t)r * ldfrom);
    UNROLL(4)
    for (int step = 1, b = 0; step < rows; step *= 2, b++) {
        UNROLL(16)
        for (int r = 0; r < rows; r++)
            if (!(r & step))
                join_halves(&x[r], &x[r + step], side != NULL ? side + 2 * b : NULL);
    }
}

static inline __attribute__((always_inline)) void
superset_rows(double *to, size_t ldto, const double *from, size_t ldfrom, size_t count, int rows, const double *side)
{
    for (size_t k = 0; k < count; k += LANES) {
        lane x[16];
        superset_lanes(x, from + k, ldfrom, rows, side);
        UNROLL(16)
        for (int r = 0; r < rows; r++)
            store(to + (size_t)r * ldto + k, x[r]);
    }
}

/* The same, stored past the caches, a whole line of 8 at a time. */
static inline __attribute__((always_inline)) void superset_rows_past(double *to, size_t ldto, const double *from,
                                                                     size_t ldfrom, size_t count, int rows,
                                                                     const double *side)
{
    enum { LINE = 8, PIECES = LINE / LANES };
    for (size_t k = 0; k < count; k += LINE) {
        lane x[PIECES][16];
        UNROLL(4)
        for (int piece = 0; piece < PIECES; piece++)
            superset_lanes(x[piece], from + k + (size_t)piece * LANES, ldfrom, rows, side);
        UNROLL(16)
        for (int r = 0; r < rows; r++) {
            UNROLL(4)
            for (int piece = 0; piece < PIECES; piece++)
                STORE_PAST(to + (size_t)r * ldto + k + (size_t)piece * LANES, x[piece][r]);
        }
    }
    STORED_PAST();
}

#define BY_ROWS(function)                                                                                              \
    do {                                                                                                               \
        if (side == NULL && bits == 4)                                                                                 \
            function(to, ldto, from, ldfrom, count, 16, NULL);                                                         \
        else if (side == NULL && bits == 3)                                                                            \
            function(to, ldto, from, ldfrom, count, 8, NULL);                                                          \
        else if (side == NULL && bits == 2)                                                                            \
            function(to, ldto, from, ldfrom, count, 4, NULL);                                                          \
        else if (side == NULL)                                                                                         \
            function(to, ldto, from, ldfrom, count, 2, NULL);                                                          \
        else if (bits == 4)                                                                                            \
            function(to, ldto, from, ldfrom, count, 16, side);                                                         \
        else if (bits == 3)                                                                                            \
            function(to, ldto, from, ldfrom, count, 8, side);                                                          \
        else if (bits == 2)                                                                                            \
            function(to, ldto, from, ldfrom, count, 4, side);                                                          \
        else                                                                                                           \
            function(to, ldto, from, ldfrom, count, 2, side);                                                          \
    } while (0)

void BODY(bni_superset_rows)(double *to, size_t ldto, const double *from, size_t ldfrom, size_t count, int bits,
                             const double *side)
{
    BY_ROWS(superset_rows);
}

void BODY(bni_superset_rows_past)(double *to, size_t ldto, const double *from, size_t ldfrom, size_t count, int bits,
                                  const double *side)
{
    BY_ROWS(superset_rows_past);
}

static inline void add_one_block(double *to, double *sum, const double *v, size_t rows, size_t columns)
{
    for (size_t r = 0; r < rows; r++) {
        lane a = {0}, b = {0};
        for (size_t c = 0; c < columns; c += 2 * LANES) {
            lane x = load(v + r * columns + c), y = load(v + r * columns + c + LANES);
            store(to + r * columns + c, load(to + r * columns + c) + x);
            store(to + r * columns + c + LANES, load(to + r * columns + c + LANES) + y);
            a += x;
            b += y;
        }
        sum[r] = total(a + b);
    }
}

/* Several blocks are added for one of `to` that is fetched and stored, which is what takes time. */
void BODY(bni_add_rows)(double *to, double *sum, const double *v, size_t rows, size_t columns, size_t blocks)
{
    size_t size = rows * columns;
    if (blocks == 1) {
        add_one_block(to, sum, v, rows, columns);
        return;
    }
    for (size_t r = 0; r < rows; r += LANES) {
        lane a[BNI_ADDED_BLOCKS][LANES];
        for (size_t l = 0; l < LANES; l++) { /* none are left of the last rows: zeros */
            size_t end = r + l < rows ? (r + l + 1) * columns : 0;
            lane own[BNI_ADDED_BLOCKS] = {{0}};
            for (size_t c = (r + l) * columns; c < end; c += LANES) {
                lane x[BNI_ADDED_BLOCKS];
                UNROLL(4)
                for (int b = 0; b < BNI_ADDED_BLOCKS; b++) {
                    x[b] = load(v + (size_t)b * size + c);
                    own[b] += x[b];
                }
                store(to + c, load(to + c) + ((x[0] + x[1]) + (x[2] + x[3])));
            }
            for (int b = 0; b < BNI_ADDED_BLOCKS; b++)
                a[b][l] = own[b];
        }
        for (size_t b = 0; b < BNI_ADDED_BLOCKS; b++) {
            lane all = totals(a[b]);
            if (r + LANES <= rows)
                store(sum + b * rows + r, all);
            for (size_t l = 0; r + LANES > rows && l < rows - r; l++)
                sum[b * rows + r + l] = all[l];
        }
    }
}

/* Eight rows, at[r] apart from v: their sum; sum[b] += that of the rows with bit b. */
static inline __attribute__((always_inline)) lane fold_eight(lane *sum, const double *v, const size_t *at)
{
    lane x[8], y[4];
    UNROLL(8)
    for (int r = 0; r < 8; r++)
        x[r] = load(v + at[r]);
    UNROLL(4)
    for (int r = 0; r < 4; r++)
        y[r] = x[r] + x[r + 4];
    sum[2] += (x[4] + x[5]) + (x[6] + x[7]);
    sum[1] += y[2] + y[3];
    lane odd = y[1] + y[3];
    sum[0] += odd;
    return (y[0] + y[2]) + odd;
}

/* Eight rows at a time, all columns of them, in the order in which they lie. */
void BODY(bni_fold_block)(double *to, const double *v, const double *row, size_t flip)
{
    enum { SIDE = BNI_FOLDED, BITS = BNI_SUPERSET_LOW };
    size_t columns = flip % SIDE, rows = flip / SIDE, at[8], group[8];
    _Alignas(64) double eight[8 * SIDE];
    lane low[SIDE / LANES][3] = {{{0}}};
    for (size_t r = 0; r < 8; r++) {
        at[r] = (r ^ rows % 8) * SIDE;
        group[r] = (r ^ rows / 8) * SIDE;
    }
    for (size_t g = 0; g < 8; g++)
        for (size_t c = 0; c < SIDE; c += LANES)
            store(eight + g * SIDE + c, fold_eight(low[c / LANES], v + g * 8 * SIDE + c, at));
    for (size_t c = 0; c < SIDE; c += LANES) {
        lane sum[BITS + 1] = {{0}};
        for (size_t b = 0; b < 3; b++)
            sum[b] = low[c / LANES][b];
        sum[BITS] = fold_eight(sum + 3, eight + c, group);
        UNROLL(7)
        for (size_t b = 0; b <= BITS; b++) {
            if (columns & 1)
                sum[b] = SWAP(0, sum[b]);
            if (LANE_BITS > 1 && columns & 2)
                sum[b] = SWAP(1, sum[b]);
            if (LANE_BITS > 2 && columns & 4)
                sum[b] = SWAP(2, sum[b]);
            store(to + b * SIDE + (c ^ (columns & ~(size_t)(LANES - 1))), sum[b]);
        }
    }
    for (size_t r = 0; r < SIDE; r++)
        to[(BITS + 1) * SIDE + r] = row[r ^ rows];
    superset_low(to, to, (BITS + 2) * SIDE, NULL);
}
