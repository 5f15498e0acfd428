/*
 * Ensembles of networks and the laws of their threshold currents, as the files of this folder and those above see them.
 */
#ifndef BNI_ENSEMBLE_H
#define BNI_ENSEMBLE_H

#include "core/core.h"

#include "binnet/ensemble.h"
#include "binnet/net.h"

/* --- one weight (weight_law.c) --- */

typedef struct bni_weight {
    int32_t kind;
    double par[BINNET_WEIGHT_PARAMETERS];
    /* BINNET_WEIGHT_CUSTOM */
    binnet_real_fn cdf, survival;
    binnet_complex_fn characteristic;
    void *user;
} bni_weight;

/* Kind and parameters against what is allowed; `name`[index] in the message. */
int32_t bni_weight_check(binnet_ctx *ctx, const bni_weight *w, const char *name, size_t index);
/* The same law, with BINNET_WEIGHT_CONSTANT for those without spread and unused parameters 0. */
bni_weight bni_weight_plain(const bni_weight *w);
int bni_weight_same(const bni_weight *a, const bni_weight *b);
/* A caller's law by its characteristic function alone: no tails, density, quantiles. */
int bni_weight_blind(const bni_weight *w);
/* Of a continuous law: Pr(W < w), Pr(W > w) and the density, each without cancellation; any may be NULL. The density of a
 * caller's law is NaN. */
void bni_weight_tails(const bni_weight *w, double x, double *below, double *above, double *density);
/* E W and Var W; NaN for a caller's law. */
void bni_weight_moments(const bni_weight *w, double *mean, double *variance);
/* The w with Pr(W < w) = u or, if upper, Pr(W > w) = u, 0 < u <= 1/2. */
double bni_weight_quantile(const bni_weight *w, double u, int upper);

/* --- ensembles (ensemble.c) --- */

struct binnet_ensemble {
    bni_allocator mem;
    size_t n, n_pop;
    int32_t normalise, self_connections, tie, reciprocal;
    int64_t *size;      /* [n_pop] */
    double *p;          /* [n_pop][n_pop] */
    bni_weight *weight; /* [n_pop][n_pop], as given */
    double *theta, *I;  /* [n_pop] */
    double *rho;        /* [n_pop][n_pop], or NULL for 0 */
    double *M;          /* [n_pop]; not used for BINNET_NORMALISE_INDEGREE */
};

/* Presynaptic candidates in population b of a neuron of a. */
int64_t bni_ensemble_candidates(const binnet_ensemble *ensemble, size_t a, size_t b);

/* --- the number of connections (connection_counts.c) --- */

/* Law of a number 0..most: pmf, and the sums of it below and above each number. */
typedef struct bni_count {
    int64_t most, from, to; /* pmf is 0 outside from..to */
    double *pmf, *below, *above;
} bni_count;

/* Bytes of a law of 0..most, and of what making it takes beside it. */
double bni_count_bytes(int64_t most);
/* Binomial(n, p); every mass to a relative error of some 1e-13. */
int32_t bni_count_binomial(binnet_ctx *ctx, bni_count *out, int64_t n, double p);
/* out becomes the law of out + Binomial(n, p). */
int32_t bni_count_add(binnet_ctx *ctx, bni_count *out, int64_t n, double p);
void bni_count_free(const bni_allocator *mem, bni_count *count);
/* Binomial(n, p) alone: pmf[0..n]. */
void bni_binomial(double *pmf, int64_t n, double p);

/* --- the law of a current (current.c) --- */

/* n candidates that are connected with probability p. */
typedef struct bni_part {
    int64_t n;
    double p;
} bni_part;

/* Connections from active neurons whose weights share one law. */
typedef struct bni_group {
    bni_weight weight;
    bni_count count;
    size_t parts;
    bni_part *part; /* count is the sum of their binomials */
} bni_group;

struct binnet_current {
    bni_allocator mem;
    int32_t method, in_degree;
    double theta, M;
    size_t groups, constants; /* groups of constant weights come first */
    bni_group *group;
    bni_part *part; /* those of all groups and the rest */
    bni_count rest; /* in-degree: connections from inactive neurons */
    size_t rest_parts;
    bni_part *rest_part;
    double atom;           /* Pr(no continuous weight is present) */
    struct bni_kept *kept; /* BINNET_CURRENT_INVERSION: terms of the sum that serve all points (inversion.h), or NULL */
};

/* Pr(S > Y), Pr(S < Y), Pr(S = Y), Y = M (theta - x): so below, above and at x of c = theta - S/M. */
typedef struct bni_sides {
    double above, below, at, density; /* of S; the density is that of c */
    double left;                      /* of above, below and at: what was left out and may matter beside them */
} bni_sides;

/* binnet_current_new without its checks. */
int32_t bni_current_make(binnet_ctx *ctx, binnet_current **out, const binnet_ensemble *e, size_t a,
                         const int64_t *active, const int64_t *inactive);
/* Upper bounds of the bytes of a law of these numbers and of making it, and of evaluating it by inversion. */
double bni_current_bytes(const binnet_ensemble *e, size_t a, const int64_t *active, const int64_t *inactive);
double bni_current_sides_bytes(const binnet_ensemble *e, size_t a);
/* The law at count points, and bounds of the absolute error; within the span that is set. */
int32_t bni_current_sides(binnet_ctx *ctx, bni_sides *out, double *error, size_t count, const binnet_current *law,
                          const double *x, int with_density);

/* Before many calls of bni_current_sides: keeps what they have in common where that takes at most `room` bytes, and adds those to
 * *bytes. A law that cannot be inverted is left to those calls. The law must not be shared yet. */
int32_t bni_current_prepare(binnet_ctx *ctx, binnet_current *law, double room, double *bytes);

/* binnet_current_moments, _atoms, _table, _table_estimate within a call that has begun, without the checks of NULL. */
int32_t bni_current_moments(binnet_ctx *ctx, double *mean, double *variance, const binnet_current *current);
int32_t bni_current_atoms(binnet_ctx *ctx, size_t *count, double *value, double *mass, size_t len,
                          const binnet_current *current);
double bni_current_atoms_bytes(const binnet_current *current); /* of the call before */
int32_t bni_current_table(binnet_ctx *ctx, double *at_most, double *beyond, size_t len, double *error,
                          const binnet_ensemble *ensemble, size_t a, double x, int32_t strict);
int32_t bni_current_table_estimate(binnet_ctx *ctx, uint64_t *entries, uint64_t *bytes, const binnet_ensemble *ensemble,
                                   size_t a);

/* --- scales of a law (scales.c) --- */

/* A place where the cdf has a kink (width 0), or the middle or a side of one of the laws it mixes, of that width. */
typedef struct bni_scale {
    double at, width;
} bni_scale;
/* All of them, not sorted; how many. point NULL: only that. */
size_t bni_current_scales(bni_scale *point, const binnet_current *law, void *scratch);
double bni_current_scales_bytes(const binnet_current *law);

/* --- sums of given numbers of weights (sums_of_weights.c) --- */

/* The sums S over m_g weights of each group, where group `inner` runs through from..to. */
typedef struct bni_row {
    const binnet_current *law;
    const int64_t *m; /* [groups]; m[inner] is not read */
    int64_t rest;     /* connections from inactive neurons */
    size_t inner;
    int64_t from, to;
    double x;
} bni_row;

/* Longest row of one call. */
enum { BNI_ROW = 256 };

/* The method for weights of these laws, up to `most` of each, BINNET_CURRENT_*: begin with zeros, add the laws. */
enum { BNI_WIDTHS = 6 }; /* of uniform weights with closed forms, when there are several; more take too many terms */
typedef struct bni_method {
    bni_weight first; /* of those that are not constant */
    int alike, sided, widths;
    double gammas; /* laws of gamma and Laplace weights, twice for the latter; infinite with others */
    double most, events, scale[2], width[BNI_WIDTHS], of_width[BNI_WIDTHS]; /* uniform: up to how many of each width */
} bni_method;
/* Work of one sum, in terms of its recursion. */
double bni_method_work(const bni_method *m);
void bni_method_add(bni_method *m, const bni_weight *w, int64_t most);
int32_t bni_method_end(const bni_method *m);
/* The sides of each sum of the row: arrays of to - from + 1 <= BNI_ROW. density may be NULL. Not for sums of constants. */
void bni_sums_row(const bni_row *row, double *above, double *below, double *density);
/* BINNET_E_NOCONV where one of them was not found. */
int32_t bni_sums_check(binnet_ctx *ctx, const bni_row *row, const double *above, const double *below);
/* Sign of S - Y for m_g constants of each group, in exact arithmetic. */
int bni_sums_sign(const binnet_current *law, const int64_t *m, int64_t rest, double x);

/* --- mixtures over the numbers of connections (connection_mixture.c) --- */

/* Scratch memory of the calls below. */
double bni_mixture_bytes(size_t groups);
/* Terms of a pass that leaves out 2^-60. */
double bni_mixture_terms(const binnet_current *law);
/* BINNET_CURRENT_INVERSION: without the part that is inverted (inversion.h). */
int32_t bni_mixture(binnet_ctx *ctx, bni_sides *out, const binnet_current *law, double x, int with_density,
                    void *scratch);
/* Of S/M. */
int32_t bni_mixture_moments(binnet_ctx *ctx, double *mean, double *variance, const binnet_current *law, void *scratch);

#endif
