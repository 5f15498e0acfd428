/*
 * Inside of the chain folder: the chain object, firing probabilities, one step of a law.
 */
#ifndef BNI_CHAIN_H
#define BNI_CHAIN_H

#include "kernels/kernels.h"
#include "model/model.h"

#include "binnet/chain.h"

/* A state is split into a row of consecutive states (the lowest bits) and two upper parts, one table of partial sums each. */
enum { BNI_ROW_BITS = 8, BNI_ROW = 1 << BNI_ROW_BITS };

/* Smaller chains than this are quicker on one thread. */
enum { BNI_THREADED = 10 };

/* A chain of occupation numbers: what it has one of for each population is in the chain, which has n = 0; a stage is a list of
 * populations; select is of a neuron. */
typedef struct bni_lumped {
    bni_occupation *space;
    double *own;     /* [n_pop] weight of a neuron's connection to itself */
    double *inverse; /* [largest size + 1]: 1 / (k + 1) */
    double *shape;   /* C(N_a, k) over the greatest of them, population after population, [size + 1] each */
    double steepest; /* powers of p / q and its inverse stay in range up to this */
} bni_lumped;

struct binnet_chain {
    bni_allocator mem;
    size_t n;           /* 0 for a lumped chain */
    bni_lumped *lumped; /* NULL: the states are those of n neurons */
    int32_t update, tie;
    double *J, *M, *theta, *I;
    binnet_noise *noise;
    double *select;        /* asynchronous: [n], sum 1 */
    size_t n_stages;       /* sweep and blocks: stages in order; synchronous: 1; asynchronous: 1 */
    int32_t *stage_first;  /* [n_stages + 1] */
    int32_t *stage_neuron; /* [n] neurons, stage after stage, rising within a stage */
    int32_t *factor; /* [n] synchronous and blocks: the order in which elimination multiplies a stage's factors in */
    double *factor_cost;               /* [n_stages]: multiply-adds of that; INFINITY: not looked for */
    double *rounding;                  /* [n]: a drive smaller than this may have the wrong sign by rounding */
    unsigned char *self;               /* [n]: the neuron's own activity matters to its next one */
    double sensitivity;                /* relative error of a transition by rounding of the drives, in units of 2^-53 */
    struct bni_correlated *correlated; /* noise correlated within a stage; NULL: none is */
    int unbounded;                     /* every transition the update rule allows has positive probability in theory */

    /* u_i(A) = sum_j J_ij A_j + M_i (I_i - theta_i) = lo[i][low bits] + (mid[i][middle bits] + top[i][upper bits]) */
    int low, middle, upper; /* bits in each part */
    size_t n_tables;        /* doubles in all of them */
    double *tables;         /* holds all that follow */
    double *lo, *mid, *top; /* [n][2^low], [n][2^middle], [n][2^upper] */
    double *pair[2];        /* [n][2^low / 2]: lo of the states with bit i = 0 and = 1, for i < low */
    /* logistic: exp(-u / (M scale)) of the same parts; used for neurons with fast[i] */
    unsigned char *fast;
    double *exp_lo, *exp_mid, *exp_top, *exp_pair[2];
    double *exp_self; /* [n]: of the self-connection, exp(-J_ii / (M scale)) */
};

/* --- the object (object.c) --- */

/* The buffers of a chain of which the numbers, the noise and the populations are set; n_tables 0 for a lumped one. */
int32_t bni_chain_make_buffers(binnet_ctx *ctx, binnet_chain *chain);
/* Which neurons each stage updates, from the number of each one's stage; NULL: all in one. */
void bni_chain_fill_stages(binnet_chain *chain, const int32_t *stage);
/* What a chain itself takes; before it is made, of its numbers. */
double bni_chain_bytes(const binnet_chain *chain);

/* --- firing probabilities (firing_probability.c) --- */

/* p[k] = s Pr(i fires), q[k] = s Pr(i is silent) for pairs of states that neuron i's update joins, seen from the inactive
 * (own = 0) or active (own = 1) one: for i < low the pairs within row `row`, numbered by the other low bits; else the states
 * of row `row`, whose bit i is as own says. Pairs from .. from + n - 1. Returns 0 when a caller's function misbehaved. */
int bni_probability_row(const binnet_chain *chain, const bni_chain_kernels *k, double *p, double *q, size_t i, int own,
                        uint64_t row, size_t from, size_t n, double s);
/* For a neuron with fast[i]: exp(-h/scale) of those pairs is e[0 ..] times the value returned. */
double bni_odds_row(const binnet_chain *chain, const double **e, size_t i, int own, uint64_t row, size_t from);
/* Whether neuron i may always do either, in theory. */
int bni_chain_unbounded(const binnet_chain *chain, size_t i);
/* Whether neuron i, without noise, fires after `state`: u is its drive times M, rounded. */
int bni_fires_without_noise(const binnet_chain *chain, size_t i, uint64_t state, double u);
/* The same as bni_probability_row for any list of at most BNI_ROW states. */
int bni_probability_states(const binnet_chain *chain, const bni_chain_kernels *k, double *p, double *q, size_t i,
                           const uint64_t *state, size_t count);

/* Neurons that are updated at once in a stage. */
static inline size_t bni_stage_size(const binnet_chain *chain, size_t stage)
{
    return (size_t)(chain->stage_first[stage + 1] - chain->stage_first[stage]);
}

/* Neurons of the largest stage. */
size_t bni_largest_stage(const binnet_chain *chain);

/* --- correlated noise within a stage (correlated.c, correlated_stage.c) --- */

/* Made with the chain: tables of the laws of its stages, or nodes; also what a table of `whole`, of which the chain is some
 * neurons, says. held: bytes that count against the memory limit already. */
int32_t bni_correlated_make(binnet_ctx *ctx, binnet_chain *chain, double held);
int32_t bni_correlated_pick(binnet_ctx *ctx, binnet_chain *chain, const binnet_chain *whole, const int32_t *neuron);
void bni_correlated_free(struct bni_correlated *correlated);
double bni_correlated_bytes(const binnet_chain *chain);
int bni_stage_correlated(const binnet_chain *chain, size_t stage);
/* Whether its law is a table; else it is a sum over so many nodes. */
int bni_stage_tabled(const binnet_chain *chain, size_t stage);
size_t bni_stage_nodes(const binnet_chain *chain, size_t stage);
/* Probabilities that a correlated stage makes to[k] of from[k] (which differ in its neurons only), and that it does not. */
void bni_stage_outcome(double *is, double *is_not, const binnet_chain *chain, size_t stage, const uint64_t *from,
                       const uint64_t *to, size_t count);
/* Its law after a state, double[2^size]; the table: NULL when there is none. */
int32_t bni_stage_law(binnet_ctx *ctx, double *law, const binnet_chain *chain, size_t stage, uint64_t from);
const double *bni_stage_table(const binnet_chain *chain, size_t stage, uint64_t from);
/* y = x P and y = P x of a tabled stage; y may be x when these are not all neurons. */
int32_t bni_stage_apply(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *chain, size_t stage);
int32_t bni_stage_expect(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *chain, size_t stage);
/* A chain with independent noise that a node stands for: of another stage's neurons it is not right. */
typedef struct bni_node_view {
    binnet_chain chain;
    binnet_noise noise;
    double *memory;
} bni_node_view;
int32_t bni_node_view_open(binnet_ctx *ctx, bni_node_view *view, const binnet_chain *chain, size_t stage);
/* Its node becomes number k; its weight. */
double bni_node_view_set(bni_node_view *view, const binnet_chain *chain, size_t stage, size_t k);
void bni_node_view_close(binnet_ctx *ctx, bni_node_view *view);
/* Errors of transition probabilities: the greatest sum over a row; of an entry, at most absolute[s][m] of the stage's table (NULL:
 * 0) and `relative` times itself. */
double bni_chain_row_error(const binnet_chain *chain, double *relative);
const double *bni_stage_errors(const binnet_chain *chain, size_t stage, uint64_t from);
/* BINNET_E_UNDEFINED when noise is correlated within a stage: `what` is for independent noise. */
int32_t bni_chain_need_independent(binnet_ctx *ctx, const binnet_chain *chain, const char *what);

/* --- one step of a law (step.c, single_neuron_updates.c, parallel_update.c) --- */

typedef struct bni_step bni_step; /* workspace for steps of one chain */

/* What it takes depends on the room, in bytes, that it is given: elimination where there is enough, else dense products. */
int32_t bni_step_new(binnet_ctx *ctx, bni_step **out, const binnet_chain *chain, bni_team *team, double room);
void bni_step_free(bni_step *step);
double bni_step_bytes(const binnet_chain *chain, int workers, double room);
double bni_step_flops(const binnet_chain *chain, int workers, double room);
/* At most, of the chain and of chains of some of its neurons, with any room. */
double bni_step_most(const binnet_chain *chain, int workers);
double bni_step_room(const binnet_ctx *ctx, double bytes);
/* y = x P; y and x do not overlap; x may have any sign. Progress over the present span. */
int32_t bni_step_apply(binnet_ctx *ctx, bni_step *step, double *y, const double *x);
/* Asynchronous: y(s) = sum over r != s of x(r) P(r, s). */
int32_t bni_step_off_diagonal(binnet_ctx *ctx, bni_step *step, double *y, const double *x);
/* Flows between groups of states: flow[a*k + b] = sum over s in a, t in b != a of x(s)/weight[a] P(s, t), weight[a] the sum of
 * x over a; 0 from groups without weight; the second half of flow [2 k k] and scratch [2^n] are workspace. The sums keep what
 * rounding takes: thousands of states of a saddle pass equal flows, and the law's weights are as good as these. */
int32_t bni_step_flows(binnet_ctx *ctx, bni_step *step, double *flow, const double *weight, size_t k,
                       const int32_t *group, const double *x, double *scratch, double *scratch2);

/* Asynchronous step (add: y = x P) or in-place updates one after the other (neurons in order). tiles: workspace of
 * bni_gates_doubles(chain) for each worker. */
int32_t bni_gates_add(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *y,
                      const double *x);
int32_t bni_gates_off_diagonal(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *y,
                               const double *x);
int32_t bni_gates_set(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *x,
                      const int32_t *neuron, size_t count);
/* Expectations after an asynchronous step, y = P x; or after one neuron, in place, then before it after the next of the list. */
int32_t bni_gates_expect(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *y,
                         const double *x);
int32_t bni_gates_expect_set(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *x,
                             const int32_t *neuron, size_t count);
size_t bni_gates_doubles(const binnet_chain *chain);
int32_t bni_gates_flows(binnet_ctx *ctx, const binnet_chain *chain, double *flow, const double *weight, size_t k,
                        const int32_t *group, const double *x);

/* Parallel update of a set of neurons: y = x P_set. y may be x when the set is not all of the neurons. */
typedef struct bni_product bni_product;
int32_t bni_product_new(binnet_ctx *ctx, bni_product **out, const binnet_chain *chain, bni_team *team);
void bni_product_free(bni_product *product);
double bni_product_bytes(const binnet_chain *chain, int workers);
int32_t bni_product_apply(binnet_ctx *ctx, bni_product *product, double *y, const double *x, const int32_t *neuron,
                          size_t count);

/* A parallel update of a set of neurons (rising), whatever the chain's update rule: y = x P_set. y and x do not overlap
 * (update_set.c). */
int32_t bni_update_set(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *chain, const int32_t *neuron,
                       size_t count);
double bni_update_set_bytes(const binnet_chain *chain, size_t count);

/* The laws of `bits` <= 16 neurons over their joint activities m after each of count states k, as blocks of 64 (or all) m:
 * out[(m / 64) * stride + k * width + m % 64] = weight[k] prod_b (bit b of m ? p : q)[b*ld + k], width = min(64, 2^bits);
 * weight may be NULL: 1 (law_panels.c). */
enum { BNI_PANEL_BITS = 6, BNI_PANEL = 1 << BNI_PANEL_BITS };
size_t bni_panel_width(int bits); /* 2^bits, or BNI_PANEL */
void bni_law_panels(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                    const double *weight, size_t count);
/* Only those m whose bits from `low` <= BNI_PANEL_BITS on are `index`: out[k * 2^low + m % 2^low]; scratch[count]. */
void bni_law_panel(double *out, double *scratch, const double *p, const double *q, size_t ld, int bits, int low,
                   uint64_t index, const double *weight, size_t count);
/* C += sum over count states of rows^T columns, in calls of the BLAS of at most 2^18 products: a m x n block of C, of panels of
 * which states are a and b doubles apart. */
void bni_panels_multiply(double *C, size_t ldc, const double *rows, size_t a, size_t m, const double *columns, size_t b,
                         size_t n, size_t count);
/* Order of the factors of a stage for elimination (elimination_order.c), and its multiply-adds. bytes_held: what counts against
 * the memory limit already. */
int32_t bni_elimination_order(binnet_ctx *ctx, int32_t *factor, double *cost, const binnet_chain *chain, size_t stage,
                              double bytes_held);

/* The synchronous step of small chains (parallel_update_small.c); *out is NULL for others. */
typedef struct bni_small bni_small;
int32_t bni_small_new(binnet_ctx *ctx, bni_small **out, const binnet_chain *chain, bni_team *team);
void bni_small_free(bni_small *small);
double bni_small_bytes(const binnet_chain *chain, int workers);
/* Laws on few states are quicker as products that leave the other states out. */
int bni_small_suits(const bni_small *small, const double *x);
int32_t bni_small_apply(binnet_ctx *ctx, bni_small *small, double *y, const double *x);

/* Expectations after a step (expectation.c): y = P x, y(s) = E[x(next) | s], x of any sign. Arrays do not overlap. The team,
 * borrowed, works on steps of one neuron at a time. */
typedef struct bni_expectation bni_expectation;
int32_t bni_expectation_new(binnet_ctx *ctx, bni_expectation **out, const binnet_chain *chain, bni_team *team);
void bni_expectation_free(bni_expectation *e);
double bni_expectation_bytes(const binnet_chain *chain, int workers);
/* scratch [2^n], used when there are several stages */
int32_t bni_expectation_apply(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, double *scratch);
/* The same for one stage; asynchronous chains have stage 0 only. */
int32_t bni_expectation_stage(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t stage);
/* y(s) = E[x | s, neuron `at` of the stage fires] + rests E[x | s, it rests]; asynchronous: times its selection probability. */
int32_t bni_expectation_gain(binnet_ctx *ctx, bni_expectation *e, double *y, const double *x, size_t stage, size_t at,
                             double rests);

/* h_i(s), rounded. */
double bni_drive(const binnet_chain *chain, size_t i, uint64_t state);

/* Probability of one transition, states within range (transitions.c). */
int32_t bni_chain_transition(binnet_ctx *ctx, double *p, const binnet_chain *chain, uint64_t from, uint64_t to);

/* Chain of some of the neurons (the others must not influence them). */
int32_t bni_chain_pick(binnet_ctx *ctx, binnet_chain **out, const binnet_chain *chain, size_t k, const int32_t *neuron);

/* A copy, with other stimuli unless these are NULL. */
int32_t bni_chain_with_stimuli(binnet_ctx *ctx, binnet_chain **out, const binnet_chain *chain, const double *stimulus);

/* Row `from` of the matrix (transitions.c), double[2^n]. */
int32_t bni_chain_fill_row(binnet_ctx *ctx, double *row, const binnet_chain *chain, uint64_t from);

/* Start of a public call: pointers and length. */
int32_t bni_chain_check(binnet_ctx *ctx, const binnet_chain *chain, const void *out, size_t len);
/* A chain that is not NULL and whose states are those of neurons: BINNET_E_UNSUPPORTED otherwise. */
int32_t bni_need_chain(binnet_ctx *ctx, const binnet_chain *chain);

/* --- chains of either kind --- */

static inline size_t bni_chain_states(const binnet_chain *chain)
{
    return chain->lumped != NULL ? chain->lumped->space->states : (size_t)1 << chain->n;
}
static inline size_t bni_chain_neurons(const binnet_chain *chain)
{
    return chain->lumped != NULL ? chain->lumped->space->neurons : chain->n;
}
/* Neurons, or as many as would have so many states: for how many passes and threads pay. */
size_t bni_chain_bits(const binnet_chain *chain);
/* bni_step_new, which is for states of neurons only, for chains of either kind. */
int32_t bni_step_new_any(binnet_ctx *ctx, bni_step **out, const binnet_chain *chain, bni_team *team, double room);
/* What a law of the chain takes beside its probabilities. */
static inline double bni_chain_law_bytes(const binnet_chain *chain)
{
    return chain->lumped != NULL ? bni_occupation_bytes(chain->lumped->space) : 0;
}
/* A law of the chain's states, not set; and whether a law is of these: BINNET_E_SIZE otherwise. */
int32_t bni_chain_law_make(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain);
int32_t bni_need_law_of(binnet_ctx *ctx, const binnet_law *law, const char *name, const binnet_chain *chain);

/* --- lumped chains --- */

/* Neurons of the largest population (object.c). */
size_t bni_lumped_largest(const binnet_chain *chain);

/* The next number of a population (lumped_law.c). */

/* Probabilities that a neuron of population a, active (own = 1) or not, fires and rests; count[a] has one at least of them. 0 when a
 * caller's function misbehaved. */
int bni_lumped_firing(const binnet_chain *chain, double *p, double *q, size_t a, int own, const size_t *count);
/* law[0 .. size]: of the next occupation number of population a. scratch [bni_lumped_scratch]. */
size_t bni_lumped_scratch(const binnet_chain *chain);
int bni_lumped_law(const binnet_chain *chain, double *law, double *scratch, size_t a, const size_t *count);
/* The same times the expected number of its neurons that were `was` and become `becomes` in that step; one stage. */
int bni_lumped_counted_law(const binnet_chain *chain, double *law, double *scratch, size_t a, int was, int becomes,
                           const size_t *count);
/* M times the drive of such a neuron, rounded: of the other active neurons, and of itself. */
double bni_lumped_drive(const binnet_chain *chain, size_t a, int own, const size_t *count);

/* Transition probabilities (lumped_transitions.c). */

/* Pr(to | from), states within range; and 1 - Pr(s | s) of all states, summed without subtraction. */
int32_t bni_lumped_transition(binnet_ctx *ctx, double *p, const binnet_chain *chain, size_t from, size_t to);
/* Row `from` of the matrix, double[states]. */
int32_t bni_lumped_row(binnet_ctx *ctx, double *row, const binnet_chain *chain, size_t from);
int32_t bni_lumped_leave(binnet_ctx *ctx, double *out, const binnet_chain *chain);
/* A step of the likeliest numbers, and the probability of anything else. */
int32_t bni_lumped_likeliest(binnet_ctx *ctx, uint32_t *next, double *leave, const binnet_chain *chain);
/* Asynchronous: the probability that population a gains or loses a neuron, for all states: up[a * states + s], down likewise;
 * stay[s] of no change. Any may be NULL. */
int32_t bni_lumped_rates(binnet_ctx *ctx, double *up, double *down, double *stay, const binnet_chain *chain);
int32_t bni_lumped_outside(binnet_ctx *ctx);

/* One step of a law (lumped_step.c). */

typedef struct bni_lumped_step bni_lumped_step;
int32_t bni_lumped_step_new(binnet_ctx *ctx, bni_lumped_step **out, const binnet_chain *chain, bni_team *team,
                            double room);
void bni_lumped_step_free(bni_lumped_step *step);
double bni_lumped_step_bytes(const binnet_chain *chain, int workers, double room);
double bni_lumped_step_flops(const binnet_chain *chain);
int32_t bni_lumped_step_apply(binnet_ctx *ctx, bni_lumped_step *step, double *y, const double *x);
/* One parallel stage, and a step made without room, which keeps no laws: y(t) = sum over s of x(s) P(s, t) E[neurons of population
 * a that were `was` and become `becomes` | s, t]. */
int32_t bni_lumped_step_count(binnet_ctx *ctx, bni_lumped_step *step, double *y, const double *x, size_t a, int was,
                              int becomes);

#endif
