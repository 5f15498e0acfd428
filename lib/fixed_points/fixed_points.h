/*
 * Fixed points of large networks by branch and bound: the rows as integers, the intervals of the drives, the search.
 */
#ifndef BNI_FIXED_POINTS_H
#define BNI_FIXED_POINTS_H

#include "model/model.h"

#include "binnet/fixed_points.h"

/* Bounds that no sum reaches: the weights of a row add up to less than 2^61. */
#define BNI_FAR (INT64_C(1) << 62)

/*
 * What is searched. Row i without its self-connection, in units of 2^scale[i]: sum = sum_j weight[k] A_j over its
 * inputs. The state is fixed iff for every neuron: A_i = 1 and sum >= fires[i], or A_i = 0 and sum <= rests[i].
 * A row that is not a whole number of units is rounded; then both are slack by margin[i], and a sum that is within
 * 2 margin[i] of them is decided exactly. Box over populations: fires and rests are what its ends alone ask for; the
 * rest follows from the neurons of the population that are decided.
 */
typedef struct bni_sparse {
    bni_allocator mem;
    size_t n, entries;
    int32_t tie;
    int coupled; /* one stimulus for each population, not for each neuron */

    int64_t *first; /* [n + 1] inputs of row i: first[i] .. first[i + 1], largest |weight| first */
    int32_t *input; /* [entries] */
    int64_t *weight;
    double *J;          /* [entries] as given */
    int64_t *out_first; /* [n + 1] */
    int32_t *out;       /* [entries] rows that neuron j is an input of */
    int64_t *out_weight;

    int32_t *scale;
    int64_t *least, *most; /* smallest and largest sum */
    int64_t *fires, *rests, *margin;
    unsigned char *functional; /* for every state of its inputs exactly one activity is right */
    unsigned char *solo;       /* the only neuron with its stimulus: its row alone decides */
    double *self, *M, *theta;  /* [n] */
    double *lo, *hi;           /* [units] the box */

    size_t n_pop, units;   /* units: entries of lo and hi, neurons or populations */
    int32_t *pop;          /* [n], coupled */
    int64_t *member_first; /* [n_pop + 1] */
    int32_t *member;       /* [n] neurons by population */
    int64_t *own;          /* [n] self-connection in units, rounded */
    int64_t *blur;         /* [n] sums so far apart may have equal threshold currents, rounded; BINNET_TIE_KEEP */
    double *offset, *gain; /* [n] M theta and M in units */
    int32_t *lowest, *top; /* [n_pop] span of the weights' bits */
    unsigned char *tidy;   /* [n] whole and small, so that thresholds in double are exact */
} bni_sparse;

/* Nonzero weights between different neurons. */
double bni_sparse_entries(const binnet_net *net);
double bni_sparse_bytes(const binnet_net *net, size_t units, int coupled);
/* lo, hi: [n], or [populations] when coupled; checked. */
int32_t bni_sparse_new(binnet_ctx *ctx, bni_sparse **out, const binnet_net *net, const double *lo, const double *hi,
                       int coupled);
void bni_sparse_free(bni_sparse *p);

/* Whether row i, all its inputs decided in `state` (bytes 0, 1), allows its activity: exactly. Not coupled. */
int bni_sparse_row_holds(const bni_sparse *p, size_t i, const unsigned char *state);
/* Part of the box where the state is fixed: lo, hi [units]. Returns 0 when it is empty. */
int bni_sparse_box(const bni_sparse *p, double *lo, double *hi, const unsigned char *state);
/* Whether every row allows a complete state, exactly; scratch: double[2 units]. */
int bni_sparse_fixed(const bni_sparse *p, const unsigned char *state, double *scratch);

/* --- intervals (propagate.c) --- */

enum { BNI_OPEN = 2 }; /* a neuron that is not decided */

typedef struct bni_search {
    const bni_sparse *p;
    int64_t *low, *high;  /* [n] interval of the sum of each row */
    unsigned char *value; /* [n] 0, 1, BNI_OPEN */
    int32_t *trail;       /* [n] decided neurons in order */
    size_t decided;
    int32_t *queue; /* [n] rows to look at, a ring */
    size_t queue_at, queued;
    unsigned char *in_queue;
    /* coupled, [n_pop]: the decided neuron whose threshold current bounds the stimuli from below and from above, or -1:
     * the box; the current, and the sum with the self-connection that it comes from */
    int32_t *low_by, *high_by;
    double *I_low, *I_high;
    int64_t *low_sum, *high_sum;
} bni_search;

double bni_search_bytes(const binnet_net *net, int coupled);
int32_t bni_search_new(binnet_ctx *ctx, bni_search **out, const bni_sparse *p);
void bni_search_free(const bni_allocator *mem, bni_search *s);
/* All rows are looked at once; 0: there is no fixed point. */
int bni_search_start(bni_search *s);
/* Decide an open neuron and all that follows; 0: impossible (undo to where it was before). */
int bni_search_decide(bni_search *s, size_t j, int v);
/* Back to when `decided` neurons were decided. */
void bni_search_undo(bni_search *s, size_t decided);
/* Row i holds whatever its open inputs will be, and its neuron if that is open. */
int bni_search_settled(const bni_search *s, size_t i);

/* --- which neuron next (branch.c) --- */

/* Neurons that still influence something, and how much. */
typedef struct bni_branch {
    size_t n;
    int32_t *listeners; /* [n] rows that are not settled and hear neuron j, or BNI_DETERMINED */
    int32_t *stack;     /* [n] */
    double *score;      /* [n] */
    uint32_t *member;   /* [n] stamp: one of the neurons looked at */
    uint32_t stamp;
} bni_branch;

/* What has been spent, and may be. */
typedef struct bni_effort {
    binnet_ctx *ctx;
    uint64_t steps, limit; /* limit 0: none */
    double done;           /* part of the search that is behind */
    double listed;         /* part of the list that is made, while it is; else < 0 */
    int32_t stopped;       /* BINNET_E_LIMIT: by the limit; BINNET_E_INTERRUPTED */
} bni_effort;

enum { BNI_DETERMINED = -1 }; /* by its inputs, and whatever it influences is so too */
enum { BNI_DEAD_END = -1, BNI_ALL_DETERMINED = -2, BNI_STOPPED = -3 };

double bni_branch_bytes(const binnet_net *net);
int32_t bni_branch_new(binnet_ctx *ctx, bni_branch *b, const bni_sparse *p);
void bni_branch_free(const bni_allocator *mem, bni_branch *b);
/* `vars` are neurons whose open ones hear no other open ones, and are heard by no others but determined ones. */
void bni_branch_influence(bni_branch *b, const bni_search *s, const int32_t *vars, size_t count);
/* Neuron to branch on and the activity to try first, or one of the codes above; may decide neurons on the way. */
int32_t bni_branch_choose(bni_branch *b, bni_search *s, bni_effort *e, const int32_t *vars, size_t count, int *first);

/* One step is to be taken; 0 when the limit or the hook does not allow it: e->stopped. */
int bni_effort_spend(bni_effort *e);

/* --- counting (count_components.c) --- */

typedef struct bni_tally {
    double value;   /* nearest double, exact below 2^53 */
    uint64_t exact; /* valid when fits */
    int fits;
} bni_tally;

/* A decision on the way to where the search was stopped. */
typedef struct bni_decision {
    int32_t neuron;
    unsigned char value, other_open; /* other_open: the other activity was not searched */
} bni_decision;

double bni_counting_bytes(const binnet_net *net);
/* --- results (fixed_points.c) --- */

enum { BNI_CHUNKS = 64, BNI_FIRST_CHUNK = 64 };

struct binnet_fixed_points {
    bni_allocator mem;
    bni_sparse *p;
    size_t words, most, listed;
    uint64_t *chunk[BNI_CHUNKS]; /* states; chunk c has room for BNI_FIRST_CHUNK << c of them, the last for fewer */
    bni_tally count;
    bni_effort effort;
    int complete;
    bni_decision *path; /* [n], [path_length] in use when not complete */
    size_t path_length;
};

uint64_t *bni_points_state(const binnet_fixed_points *f, size_t k);
/* One more for the list, when there is room. */
int32_t bni_points_list(binnet_ctx *ctx, binnet_fixed_points *f, const unsigned char *state);

/* --- the search (enumerate.c) --- */

double bni_enumerate_bytes(const binnet_net *net, int coupled);
/* Fills in f->count, the list, effort and path. BINNET_E_LIMIT: the work limit. */
int32_t bni_enumerate(binnet_ctx *ctx, binnet_fixed_points *f);

#endif
