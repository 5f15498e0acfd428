/*
 * Inside of the law room: terms of entropies and divergences that do not cancel, firing probabilities and their logarithms.
 */
#ifndef BNI_INFORMATION_H
#define BNI_INFORMATION_H

#include "chain/chain.h"
#include "law/law.h"
#include "law/total.h"

/* p log(p/q) - p + q >= 0; infinite where q = 0 < p. */
double bni_divergence(double p, double q);
/* The same with q = a b, which may underflow. */
double bni_divergence_product(double p, double a, double b);
/* The same with q given by its logarithm too. */
double bni_divergence_log(double p, double q, double log_q);
/* sum[m] = sum over k of p[m*stride + k*step], m < count, k < terms. */
void bni_sum_out(double *sum, const double *p, size_t count, size_t stride, size_t terms, size_t step);
/* D(p || product of its margins), p[rows][columns] with that stride; of a part of a law when whole < 1: q = row column / whole.
 * row, column: scratch, the margins. */
void bni_add_mutual(total *nats, const double *p, size_t rows, size_t columns, size_t stride, double whole, double *row,
                    double *column);
/* -p log p, p + q = 1. */
double bni_surprise(double p, double q);
/* -p log p - q log q, p + q = 1, both with all their digits. */
double bni_binary_entropy(double p, double q);
/* log p, p + q = 1. */
double bni_log_probability(double p, double q);

/* log p and log q of neuron (or population) i, M times its drive being u, also where they underflow in double. */
void bni_tail_logs(double *log_p, double *log_q, const binnet_chain *c, size_t i, double u, double p, double q);

/* Entropy production: sum of its terms, and of their sizes, which rounding is compared with. paired: sum over pairs of
 * (f - r) log(f/r), f and r the flows both ways. It is the production of a stationary law, never negative, and has digits
 * where the sum has lost them, beside detailed balance; unpaired: it does not exist. */
typedef struct bni_production {
    total sum, paired;
    double size;
    int unpaired;
} bni_production;
void bni_production_add(bni_production *w, double x);
void bni_production_pair(bni_production *w, double f, double r);
/* An edge with flows weight f and weight r; force: log of the one's chance over the other's. */
void bni_production_edge(bni_production *w, double weight, double f, double r, double force);
/* The two sums are the same but for rounding where the law is stationary; else 0 rather than what rounding alone may have made. */
double bni_production_of(const bni_production *w);

/* Firing probabilities p[k] of neuron i in state[k], q = 1 - p and, unless NULL, their logarithms, also of those that underflow
 * in double (not of callers' laws); count <= BNI_ROW. */
int32_t bni_firing(binnet_ctx *ctx, double *p, double *q, double *log_p, double *log_q, const binnet_chain *chain,
                   size_t i, const uint64_t *state, size_t count);
/* The same of states from .. from + count - 1. */
int32_t bni_firing_from(binnet_ctx *ctx, double *p, double *q, double *log_p, double *log_q, const binnet_chain *chain,
                        size_t i, uint64_t from, size_t count);

/* Whether the neurons' chances in a step depend on the state before it alone. */
int bni_one_stage(const binnet_chain *chain);
/* A public call on a chain and the law of its states. */
int32_t bni_chain_law_check(binnet_ctx *ctx, const void *out, const char *name, const binnet_chain *chain,
                            const binnet_law *law);
/* The same of a lumped chain and the law of its numbers; instead: the function for chains of neurons (occupation_lagged.c). */
int32_t bni_occupation_chain_check(binnet_ctx *ctx, const void *out, const binnet_chain *chain, const binnet_law *law,
                                   const char *instead);
/* Sums over the states with each neuron silent and active. */
typedef struct bni_split_sums {
    total of[BINNET_MAX_CHAIN_NEURONS][2];
} bni_split_sums;
/* Adds a row of weights, v[count] of the states from .. from + count - 1, count a power of 2; v is folded in place. */
void bni_split_add(bni_split_sums *sums, double *v, size_t n, uint64_t from, size_t count);

/* The neurons that neuron i sees: rising list and its length. */
size_t bni_inputs(const binnet_chain *chain, size_t i, int32_t *input);

/* Transfer entropy between groups that have been checked but for neurons in common. */
int32_t bni_transfer_entropy(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law,
                             size_t n_from, const int32_t *from, size_t n_to, const int32_t *to);

#endif
