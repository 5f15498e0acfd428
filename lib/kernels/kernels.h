/*
 * The hot loops, as tables of function pointers, one for each family.
 * The portable reference (*_reference.c) is always built and defines the result; other tables agree with it to rounding.
 * Lengths need not be multiples of anything and pointers need no alignment unless said.
 */
#ifndef BNI_KERNELS_H
#define BNI_KERNELS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Points of one call of count_lanes. */
enum { BNI_LANES = 8 };

/* Of add_rows. */
enum { BNI_ADDED_BLOCKS = 4 };
/* Bits of superset_low. */
enum { BNI_SUPERSET_LOW = 6 };
/* Rows and columns of a block that is folded, and rows of what it becomes. */
enum { BNI_FOLDED = 1 << BNI_SUPERSET_LOW, BNI_FOLDED_ROWS = BNI_SUPERSET_LOW + 2 };
/* Neighbours that share an entry of contract's table. */
enum { BNI_LINE = 8 };
/* Room behind what convolve reads. */
enum { BNI_CONVOLVED = 32 };
/* States of one call of sieve. */
enum { BNI_SIEVE = 256 };
/* Cubes of the permanent's kernels. */
enum { BNI_PERMANENT_ROWS = 64, BNI_CUBE = 15, BNI_CUBE_ROUNDINGS = 14 };
#define BNI_CUBE_SCRATCH(n) ((n)*8 * 65)

/* v rounded to a multiple of 2^-52 half, |v| <= 2 half. */
static inline double bni_on_grid(double v, double half)
{
    double u = fabs(v), up = u < half ? half : 0;
    return copysign((u + up) - up, v);
}

/* Chains: noise laws, updates of neurons, products of their laws. */
typedef struct bni_chain_kernels {
    /* p[k] = s Phi(z[k]), q[k] = s Phi(-z[k]), both with full relative accuracy; z finite or infinite. */
    void (*cdf_gaussian)(double *p, double *q, const double *z, size_t n, double s);

    /* p[k] = s / (1 + exp(-z[k])), q[k] = s / (1 + exp(z[k])), both with full relative accuracy. */
    void (*cdf_logistic)(double *p, double *q, const double *z, size_t n, double s);

    /* w = e[k] f: p[k] = s / (1 + w), q[k] = s w / (1 + w); w in 0 .. 1e306. */
    void (*odds)(double *p, double *q, const double *e, double f, size_t n, double s);

    /* One neuron's update on n pairs of states that differ in it:
     * y0 += x0 q0 + x1 q1, y1 += x0 p0 + x1 p1 (p0, q0: coming from inactive; p1, q1: from active).
     * y0, y1 do not overlap x0, x1. p1 may be p0 and q1 may be q0. */
    void (*gate_add)(double *y0, double *y1, const double *x0, const double *x1, const double *p0, const double *q0,
                     const double *p1, const double *q1, size_t n);
    /* The same in place: (x0, x1) becomes (x0 q0 + x1 q1, x0 p0 + x1 p1). */
    void (*gate_set)(double *x0, double *x1, const double *p0, const double *q0, const double *p1, const double *q1,
                     size_t n);

    /* gate_add and gate_set for neuron `bit` < 8 of a row of n states, n a multiple of 2^(bit+1): the pairs are interleaved
     * in runs of 2^bit; p and q are numbered by pair. */
    void (*gate_row_add)(double *y, const double *x, const double *p0, const double *q0, const double *p1,
                         const double *q1, size_t n, int bit);
    void (*gate_row_set)(double *x, const double *p0, const double *q0, const double *p1, const double *q1, size_t n,
                         int bit);

    /* z[k] = (base[k] + shift) * factor. */
    void (*shift_scale)(double *z, const double *base, double shift, double factor, size_t n);

    /* gate_add and gate_row_add in one go with the probabilities, those of `odds` with e[k] f0 (coming from inactive) and
     * e[k] f1 (from active). */
    void (*gate_odds_add)(double *y0, double *y1, const double *x0, const double *x1, const double *e, double f0,
                          double f1, size_t n, double s);
    void (*gate_row_odds_add)(double *y, const double *x, const double *e, double f0, double f1, size_t n, int bit,
                              double s);

    /* Rows r of `terms` (1, 2 or 4) vectors of len doubles become rows of two, ldu doubles apart, x and u apart:
     * u[(2 r + b) ldu + k] = sum_t x[(r terms + t) len + k] f_b(k, t), b = 0, 1, where f_b is an entry of the table:
     * wide: table[offset[k / 8] + 16 t + 8 b + k % 8]; else: table[offset[k / 8] + 2 t + b]. */
    void (*contract)(double *u, size_t ldu, const double *x, size_t rows, size_t len, size_t terms, const double *table,
                     const uint32_t *offset, int wide);

    /* f[k] = sum over i of g[i] h[k - i], k = 0 .. n + m, of g[0 .. n] and h[0 .. m], none negative; h[-n .. -1] and the
     * n + BNI_CONVOLVED numbers from h[m + 1] on are there and 0. */
    void (*convolve)(double *f, const double *g, size_t n, const double *h, size_t m);
    /* f[k] becomes f[k] (c[0] + x (c[1] + (x - 1) (c[2] + .. (x - terms + 1) c[terms]) ..)) for k = 0 .. n, x = k, or
     * n - k for down, then a multiple of that with sum 1; none negative. With a shape f[k] = shape[k] power ratio^k to begin with;
     * the powers are finite up to k = n + BNI_CONVOLVED. */
    void (*force)(double *f, size_t n, const double *shape, double power, double ratio, int down, const double *c,
                  size_t terms);
} bni_chain_kernels;

/* Noiseless dynamics: successors, cells of stimuli, fixed points. */
typedef struct bni_dynamics_kernels {
    /* out[k] = sum_i (rank[i*ld + k] > below[i]) 2^i, i < n <= 32, k < count: the activities that follow count states. */
    void (*rank_bits)(uint32_t *out, const int16_t *rank, size_t ld, const int16_t *below, size_t n, size_t count);

    /* Threshold currents, as ranks, against a cell of stimuli: for the states list[n], bit k < width of low[q] is 1 when
     * row[list[q] * stride + k] <= lo[k], and of middle[q] when the cut is between lo[k] and hi[k], excluded. width <= 32;
     * 32 entries must be readable from every row's beginning, and in lo and hi. */
    void (*cut_masks)(uint32_t *low, uint32_t *middle, const uint32_t *row, size_t stride, size_t width,
                      const uint32_t *list, size_t n, const uint32_t *lo, const uint32_t *hi);

    /* Of BNI_SIEVE states s, bit s % 32 of alive[s / 32], those stay for which the greatest of floor and up_add[r] + up[r][s]
     * is not above the least of ceiling and down_add[r] + down[r][s]. Returns 0 when none stays. */
    int (*sieve)(uint32_t *alive, const float *const *up, const float *up_add, size_t n_up, const float *const *down,
                 const float *down_add, size_t n_down, float floor, float ceiling);
} bni_dynamics_kernels;

/* Order statistics: laws of counts. */
typedef struct bni_order_kernels {
    /* y[k] = sum_j c[j] x[j][k] for k = n-1 down to 0, count >= 1; x[j] may be y - s with s >= 0, or not overlap y. */
    void (*mix_down)(double *y, size_t n, const double *const *x, const double *c, size_t count);

    /* For BNI_LANES points v at once: the number of successes K of n independent trials with the probabilities F[i*ld + v],
     * of failure G[i*ld + v]; one of the two may be NULL, then it is 1 minus the other. low[v] = Pr(K < m), high[v] =
     * Pr(K >= m), m >= 1. p: room for (m + 4) * BNI_LANES. Returns 1; 0 when some F or G is not in 0..1 or |F + G - 1| > slack. */
    int (*count_lanes)(double *low, double *high, double *p, const double *F, const double *G, size_t ld, size_t n,
                       size_t m, double slack);
} bni_order_kernels;

/* Permanents. */
typedef struct bni_permanent_kernels {
    /* Signed sum over the corners of a cube, the terms of Glynn's formula for n rows:
     * total[0] + total[1] = sum over e in {-1, 1}^f of prod_k e_k prod_i s_i(e),  s_i(e) = x[i] + sum_k e_k c[k*n + i].
     * 1 <= n <= BNI_PERMANENT_ROWS, f <= BNI_CUBE. All s_i are exact: the entries of a row are on a grid of 2^-53 of the
     * sum of their sizes; |s_i| <= 1. A term has n - 1 roundings, the sum at most BNI_CUBE_ROUNDINGS more of the size of
     * the terms it adds. *size is at least sum |terms| less 1e-9 of it, and at most twice that.
     * scratch: BNI_CUBE_SCRATCH(n) doubles, aligned to 64 bytes. */
    void (*glynn)(double total[2], double *size, size_t n, size_t f, const double *x, const double *c, double *scratch);
    /* The same but *size = sum over e of prod_g max(|s_2g s_2g+1|, floor[g]), g = 0 .. (n + 1) / 2 - 1; s_n = 1. */
    void (*glynn_floor)(double total[2], double *size, size_t n, size_t f, const double *x, const double *c,
                        const double *floor, double *scratch);
    /* The same as glynn with s_i + r_i, r_i(e) = y[i] + sum_k e_k d[k*n + i] exact on a finer grid, |r_i| <= n 2^-53.
     * A term is p + e: (p, e) becomes (fl(p s), fl(e fl(s + r) + fl(p r + (p s - fl(p s))))); the total is kept to about 106
     * bits. size[0] = sum |p| within 1e-9; size[1] is at least sum over e of prod_i max(|s_i|, least[i]), least[i] > 0, less
     * 1e-9 of it: from the middles of groups of corners, so it may be far above it. */
    void (*glynn_pairs)(double total[2], double size[2], size_t n, size_t f, const double *x, const double *c,
                        const double *y, const double *d, const double *least, double *scratch);

    /* w = a with row i times factor[i], [n columns][n], |w| <= 1, and b, its entries rounded to multiples of 2^-53. sums: [4][n],
     * of b^2, |b|, |w - b| and (w - b)^2 of each row. Returns whether some entry is negative. */
    int (*glynn_split)(double *b, double *w, double *sums, size_t n, const double *a, const double *factor);
    /* The same with powers of two that bring the sums of the sizes of each row into 1/2..1; *exponent: the sum of those taken out.
     * Returns 0, and does nothing, unless all entries are in size within 2^-100..2^100 and 2^12 of each other. */
    int (*glynn_prepare)(double *b, double *w, double *sums, int64_t *exponent, int *negative, size_t n,
                         const double *a);

    /* f[S] = sum over j in S of a(|S| - 1, j) f[S - j], f[0] = 1, for the subsets S = 8 q .. 8 q + 7, q = from .. to - 1, of n
     * members; coefficient[(h * n + j) * 8 + l] = a(h + |l| - 1, j), 0 where there is no such row; n >= 3. */
    void (*subset_rows)(double *f, size_t n, const double *coefficient, size_t from, size_t to);
    /* f[S] += sum over i in S of column[i] f[S - i] for the same subsets, from the last to the first. */
    void (*subset_column)(double *f, const double *column, size_t from, size_t to);
    /* A step of the recursion over counts, in place on a plane of states, from the last to the first:
     * f[o ld + c] = sum over q < k of w[q] f[o ld + c - back[q]], back[0] = 0, back[1] = 1, k >= 1,
     * for 0 <= o < rows, 0 <= c <= inner, first <= o + c <= last; last >= 0. Where inner >= 7, for whole groups of eight c that
     * have some of these: rows have space for them. */
    void (*count_plane)(double *f, size_t ld, size_t rows, int64_t first, int64_t last, size_t inner, size_t k,
                        const double *w, const size_t *back);
    /* The same to about 106 bits for f + low, and for those states only. */
    void (*count_plane_pairs)(double *f, double *low, size_t ld, size_t rows, int64_t first, int64_t last, size_t inner,
                              size_t k, const double *w, const size_t *back);
} bni_permanent_kernels;

/* What laws yield: sums over sets of neurons. */
typedef struct bni_law_kernels {
    /* to[S] = sum over T of from[S + T], T all subsets of the bits of 0 .. 2^BNI_SUPERSET_LOW - 1 that S does not have, S < n, a
     * multiple of 2^BNI_SUPERSET_LOW; to may be from. Central, with side[2k] = q and side[2k + 1] = 1 - q for each of the bits: the
     * halves without and with bit k become (v0 + v1, (1 - q) v1 - q v0), from bit 0 on. */
    void (*superset_low)(double *to, const double *from, size_t n, const double *side);
    /* The same for the bits of the row number, side those of bit 0 on: 2^bits rows of count entries, ldto and ldfrom apart, bits 1..4, count a multiple
     * of 8; to may be from when ldto is ldfrom. */
    void (*superset_rows)(double *to, size_t ldto, const double *from, size_t ldfrom, size_t count, int bits,
                          const double *side);
    /* The same past the caches, for a target that nobody reads soon: apart from the source, its rows from whole lines of 64 bytes on. */
    void (*superset_rows_past)(double *to, size_t ldto, const double *from, size_t ldfrom, size_t count, int bits,
                               const double *side);
    /* Of 1 or BNI_ADDED_BLOCKS consecutive blocks b, v[b][r][c]: to[r][c] += sum over b, sum[b][r] = sum over c; columns a multiple
     * of 16. */
    void (*add_rows)(double *to, double *sum, const double *v, size_t rows, size_t columns, size_t blocks);
    /* Of a block v[r][c] of BNI_FOLDED rows and columns, those of the bits of flip (BNI_FOLDED r + c) looked at from the other side: to[b][S],
     * b < 6: sum over the rows with bit b and the columns with the bits of S; to[6][S]: over all rows; to[7][S]: over the rows with
     * the bits of S, whose sums row[r] are given. */
    void (*fold_block)(double *to, const double *v, const double *row, size_t flip);
} bni_law_kernels;

/* One table of each family, made for the same machines. */
typedef struct bni_kernels {
    const char *name;
    const bni_chain_kernels *chain;
    const bni_dynamics_kernels *dynamics;
    const bni_order_kernels *order;
    const bni_permanent_kernels *permanent;
    const bni_law_kernels *law;
} bni_kernels;

/* The others where the build has them, which table.c knows. */
extern const bni_kernels bni_kernels_reference;
extern const bni_kernels bni_kernels_avx2;
extern const bni_kernels bni_kernels_avx512;

/* Those that this build has and this processor and system can run, the reference first, the fastest last. */
enum { BNI_TABLES = 3 };
int bni_kernels_runnable(const bni_kernels *tables[BNI_TABLES]);

/* Those for this machine; chosen once. */
const bni_kernels *bni_kernels_get(void);

#endif
