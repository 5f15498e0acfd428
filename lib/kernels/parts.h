/*
 * The functions the tables are made of.
 */
#ifndef BNI_PARTS_H
#define BNI_PARTS_H

#include "kernels/cdf.h"
#include "kernels/kernels.h"

#define BNI_DECLARE_PARTS(set)                                                                                         \
    void bni_gate_add_##set(double *y0, double *y1, const double *x0, const double *x1, const double *p0,              \
                            const double *q0, const double *p1, const double *q1, size_t n);                           \
    void bni_gate_set_##set(double *x0, double *x1, const double *p0, const double *q0, const double *p1,              \
                            const double *q1, size_t n);                                                               \
    void bni_gate_row_add_##set(double *y, const double *x, const double *p0, const double *q0, const double *p1,      \
                                const double *q1, size_t n, int bit);                                                  \
    void bni_gate_row_set_##set(double *x, const double *p0, const double *q0, const double *p1, const double *q1,     \
                                size_t n, int bit);                                                                    \
    void bni_shift_scale_##set(double *z, const double *base, double shift, double factor, size_t n);                  \
    void bni_gate_odds_add_##set(double *y0, double *y1, const double *x0, const double *x1, const double *e,          \
                                 double f0, double f1, size_t n, double s);                                            \
    void bni_gate_row_odds_add_##set(double *y, const double *x, const double *e, double f0, double f1, size_t n,      \
                                     int bit, double s);                                                               \
    void bni_contract_##set(double *u, size_t ldu, const double *x, size_t rows, size_t len, size_t terms,             \
                            const double *table, const uint32_t *offset, int wide);                                    \
    void bni_convolve_##set(double *f, const double *g, size_t n, const double *h, size_t m);                          \
    void bni_force_##set(double *f, size_t n, const double *shape, double power, double ratio, int down,               \
                         const double *c, size_t terms);                                                               \
    void bni_rank_bits_##set(uint32_t *out, const int16_t *rank, size_t ld, const int16_t *below, size_t n,            \
                             size_t count);                                                                            \
    void bni_cut_masks_##set(uint32_t *low, uint32_t *middle, const uint32_t *row, size_t stride, size_t width,        \
                             const uint32_t *list, size_t n, const uint32_t *lo, const uint32_t *hi);                  \
    int bni_sieve_##set(uint32_t *alive, const float *const *up, const float *up_add, size_t n_up,                     \
                        const float *const *down, const float *down_add, size_t n_down, float floor, float ceiling);

BNI_DECLARE_PARTS(reference)
BNI_DECLARE_PARTS(avx2)
BNI_DECLARE_PARTS(avx512)

#define BNI_DECLARE_ORDER(set)                                                                                         \
    void bni_mix_down_##set(double *y, size_t n, const double *const *x, const double *c, size_t count);               \
    int bni_count_lanes_##set(double *low, double *high, double *p, const double *F, const double *G, size_t ld,       \
                              size_t n, size_t m, double slack);

BNI_DECLARE_ORDER(reference)
BNI_DECLARE_ORDER(avx2)

#define BNI_DECLARE_PERMANENT(set)                                                                                     \
    void bni_glynn_##set(double total[2], double *size, size_t n, size_t f, const double *x, const double *c,          \
                         double *scratch);                                                                             \
    void bni_glynn_floor_##set(double total[2], double *size, size_t n, size_t f, const double *x, const double *c,    \
                               const double *floor, double *scratch);                                                  \
    void bni_glynn_pairs_##set(double total[2], double size[2], size_t n, size_t f, const double *x, const double *c,  \
                               const double *y, const double *d, const double *least, double *scratch);                \
    int bni_glynn_prepare_##set(double *b, double *w, double *sums, int64_t *exponent, int *negative, size_t n,        \
                                const double *a);                                                                      \
    int bni_glynn_split_##set(double *b, double *w, double *sums, size_t n, const double *a, const double *factor);    \
    void bni_subset_rows_##set(double *f, size_t n, const double *coefficient, size_t from, size_t to);                \
    void bni_subset_column_##set(double *f, const double *column, size_t from, size_t to);                             \
    void bni_count_plane_##set(double *f, size_t ld, size_t rows, int64_t first, int64_t last, size_t inner, size_t k, \
                               const double *w, const size_t *back);                                                   \
    void bni_count_plane_pairs_##set(double *f, double *low, size_t ld, size_t rows, int64_t first, int64_t last,      \
                                     size_t inner, size_t k, const double *w, const size_t *back);

BNI_DECLARE_PERMANENT(reference)
BNI_DECLARE_PERMANENT(avx2)
BNI_DECLARE_PERMANENT(avx512)

#define BNI_DECLARE_SUPERSETS(set)                                                                                     \
    void bni_superset_low_##set(double *to, const double *from, size_t n, const double *side);                         \
    void bni_superset_rows_##set(double *to, size_t ldto, const double *from, size_t ldfrom, size_t count, int bits,   \
                                 const double *side);                                                                  \
    void bni_superset_rows_past_##set(double *to, size_t ldto, const double *from, size_t ldfrom, size_t count,        \
                                      int bits, const double *side);                                                   \
    void bni_add_rows_##set(double *to, double *sum, const double *v, size_t rows, size_t columns, size_t blocks);     \
    void bni_fold_block_##set(double *to, const double *v, const double *row, size_t flip);

BNI_DECLARE_SUPERSETS(reference)
BNI_DECLARE_SUPERSETS(avx2)
BNI_DECLARE_SUPERSETS(avx512)

#endif
