/* The bifurcation diagram: every fixed point and every cycle, each with the box of stimuli it exists on. */
#ifndef BINNET_DIAGRAM_H
#define BINNET_DIAGRAM_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which ends of a side of a box belong to it: a sum of these; an infinite end does not. */
#define BINNET_END_LO 1
#define BINNET_END_HI 2

/* Most stimuli that can vary at once. */
#define BINNET_MAX_AXES 63

/**
 * All fixed points and cycles of the noiseless synchronous dynamics, over all stimuli of the network's populations.
 *
 * The stimuli are equal within each population, I_i = I_a for i in a (axis a; they replace the network's own). Neuron i
 * fires after state A iff I_a >= c_i(A) = theta_i - (1/M_i) sum_j J_ij A_j (TIE_ACTIVE), I_a > c_i(A) (TIE_SILENT);
 * with TIE_KEEP at equality it keeps its activity. Hence [FCP18]:
 *   fixed point A   for I in prod_a [ max_{i in a, A_i = 1} c_i(A), min_{i in a, A_i = 0} c_i(A) )
 *   transition A -> B on a box likewise, and a cycle on the intersection of the boxes of its transitions.
 * The ends belong to a box as the tie rule says (binnet_diagram_fixed_ends); with TIE_KEEP a box may be a single value,
 * lo = hi, on an axis. No grid, no sampling. Fixed points come in the order of their states; cycles (period >= 2) by
 * period, then least state, then lo.
 *
 * A network made by binnet_net_new_homogeneous is solved by occupation numbers: its fixed points and cycles come as
 * classes, see binnet_diagram_fixed_class.
 *
 * BINNET_P_MAX_PERIOD: cycles that are longer are not listed (1: fixed points only); 0: no limit.
 * BINNET_P_WORK_LIMIT: elementary steps (a state or block of states that is looked at) after which the enumeration
 * stops, with what it found; 0: no limit. Fixed points come first. binnet_diagram_complete says what is complete.
 *
 * ctx [in,out]
 * out [out]    the diagram; NULL on failure
 * net [in]     borrowed and not kept; at most BINNET_MAX_NEURONS neurons unless homogeneous
 *
 * Returns   BINNET_OK (also when a limit was reached); BINNET_E_NULL; BINNET_E_RANGE (neurons, axes, threshold currents
 *           beyond the range of double); BINNET_E_LIMIT (tables, or the lists when they grow over the memory limit);
 *           BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_INTERRUPTED
 * Accuracy  exact, with the threshold currents c_i(A) rounded once, to the nearest double; two that round to the same
 *           double count as equal. With weights and thresholds on a common binary grid (integers, say) and M powers of
 *           two nothing is rounded. A neuron whose stimulus is fixed is decided by the exact sign of its drive.
 * Cost      fixed points: branch and bound over the 2^n states, no memory beyond the lists; cycles: 2^n times some
 *           hundred bytes and microseconds, see docs/diagram.md and binnet_diagram_estimate; at most 26 neurons.
 * Threads   BINNET_P_THREADS, for the fixed points without a work limit; the same bits for any number.   Since 0.1
 */
BINNET_API int32_t binnet_diagram_new(binnet_ctx *ctx, binnet_diagram **out, const binnet_net *net);

/**
 * The same over other groups of neurons: neuron i hears stimulus axis[i], or keeps its own stimulus of the network.
 *
 * n_axes      1..BINNET_MAX_AXES; an axis may be without neurons
 * axis   [in] int32_t[neurons]: 0..n_axes-1, or -1
 *
 * A homogeneous network is solved by occupation numbers when the neurons of each population have the same axis, else
 * neuron by neuron.  Returns as binnet_diagram_new.  Since 0.1
 */
BINNET_API int32_t binnet_diagram_new_grouped(binnet_ctx *ctx, binnet_diagram **out, const binnet_net *net,
                                              size_t n_axes, const int32_t *axis);

/** Free a diagram; NULL is allowed. Since 0.1 */
BINNET_API void binnet_diagram_free(binnet_diagram *d);

/** Varying stimuli; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_diagram_axes(const binnet_diagram *d);
/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_diagram_neurons(const binnet_diagram *d);
/** Tie rule, BINNET_TIE_*; -1 for NULL. Since 0.1 */
BINNET_API int32_t binnet_diagram_tie(const binnet_diagram *d);

/** Fixed points (of a homogeneous network: classes of them); 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_diagram_fixed_count(const binnet_diagram *d);
/**
 * One fixed point.
 *
 * k          0..binnet_diagram_fixed_count - 1
 * state [out] the state, or NULL. Of a class: the member whose active neurons are the first of each population;
 *             UINT64_MAX with more than BINNET_MAX_NEURONS neurons
 * lo    [out] double[axes], or NULL; -INFINITY where there is no lower end
 * hi    [out] double[axes], or NULL; +INFINITY where there is no upper end
 *
 * Returns BINNET_OK; BINNET_E_NULL (d); BINNET_E_RANGE (k).  Cost O(axes).  Since 0.1
 */
BINNET_API int32_t binnet_diagram_fixed(const binnet_diagram *d, uint64_t k, uint64_t *state, double *lo, double *hi);
/** Which ends belong to the box: ends[axes], sums of BINNET_END_*. Returns as binnet_diagram_fixed.  Since 0.1 */
BINNET_API int32_t binnet_diagram_fixed_ends(const binnet_diagram *d, uint64_t k, int32_t *ends);

/** Cycles of period >= 2 (of a homogeneous network: classes of them); 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_diagram_cycle_count(const binnet_diagram *d);
/** One cycle: its period (or NULL) and its box, as binnet_diagram_fixed.  Since 0.1 */
BINNET_API int32_t binnet_diagram_cycle(const binnet_diagram *d, uint64_t k, uint64_t *period, double *lo, double *hi);
/** Which ends belong to the box of a cycle, as binnet_diagram_fixed_ends.  Since 0.1 */
BINNET_API int32_t binnet_diagram_cycle_ends(const binnet_diagram *d, uint64_t k, int32_t *ends);
/** State of cycle k at a step 0..period-1; step 0 is its least state. Of a class: of the member that has the first
 *  neurons of each divided population in its smaller group; UINT64_MAX with more than BINNET_MAX_NEURONS neurons.
 *  Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k, step).  Since 0.1 */
BINNET_API int32_t binnet_diagram_cycle_state(const binnet_diagram *d, uint64_t k, uint64_t step, uint64_t *state);

/**
 * Occupation numbers of a fixed point, and how many fixed points the class has.
 *
 * Neurons of a population of a homogeneous network are alike, so that permuting them makes fixed points of fixed
 * points, on the same box: a class of prod_a C(N_a, active_a).
 *
 * active       [out] int64_t[populations]: active neurons of each population of the network, or NULL
 * multiplicity [out] members of the class, or NULL; 1 when the network was solved neuron by neuron; +INFINITY beyond
 *                    the range of double
 *
 * Returns BINNET_OK; BINNET_E_NULL (d); BINNET_E_RANGE (k).  Cost O(populations).  Since 0.1
 */
BINNET_API int32_t binnet_diagram_fixed_class(const binnet_diagram *d, uint64_t k, int64_t *active,
                                              double *multiplicity);
/** The same for step 0..period-1 of cycle k; the multiplicity is the number of different cycles in the class.
 *  Since 0.1 */
BINNET_API int32_t binnet_diagram_cycle_class(const binnet_diagram *d, uint64_t k, uint64_t step, int64_t *active,
                                              double *multiplicity);

/** 1 when neurons of one population that are exactly alike are in different states in fixed point k (at some step of
 *  cycle k): the symmetry is broken; else 0; -1 for NULL or k out of range. Two neurons are alike when exchanging them
 *  changes nothing in the network.  Since 0.1 */
BINNET_API int32_t binnet_diagram_fixed_broken(const binnet_diagram *d, uint64_t k);
BINNET_API int32_t binnet_diagram_cycle_broken(const binnet_diagram *d, uint64_t k);

/** All fixed points: state[count], lo[count][axes], hi[count][axes], ends[count][axes], each may be NULL, rows as of
 *  binnet_diagram_fixed and _fixed_ends; count = binnet_diagram_fixed_count(d). Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE;
 *  BINNET_E_INTERRUPTED.  Since 0.1 */
BINNET_API int32_t binnet_diagram_all_fixed(binnet_ctx *ctx, uint64_t *state, double *lo, double *hi, int32_t *ends,
                                            size_t count, size_t axes, const binnet_diagram *d);
/** All cycles: period[count], lo[count][axes], hi[count][axes], ends[count][axes], each may be NULL, rows as of
 *  binnet_diagram_cycle; count = binnet_diagram_cycle_count(d). Returns as binnet_diagram_all_fixed.  Since 0.1 */
BINNET_API int32_t binnet_diagram_all_cycles(binnet_ctx *ctx, uint64_t *period, double *lo, double *hi, int32_t *ends,
                                             size_t count, size_t axes, const binnet_diagram *d);
/** Classes of all fixed points: active[count][populations], multiplicity[count], each may be NULL, as of
 *  binnet_diagram_fixed_class; count = binnet_diagram_fixed_count(d). Returns as binnet_diagram_all_fixed.  Since 0.1 */
BINNET_API int32_t binnet_diagram_all_classes(binnet_ctx *ctx, int64_t *active, double *multiplicity, size_t count,
                                              size_t populations, const binnet_diagram *d);

/**
 * What is complete.
 *
 * fixed  [out] 1: all fixed points are listed; 0: the work limit was reached before, some may be missing; or NULL
 * period [out] all cycles up to this period are listed: INT64_MAX for all cycles; else the largest period asked for, or
 *              -1 when the work limit was reached, so that any may be missing; or NULL
 *
 * What is listed is right in any case.  Returns BINNET_OK; BINNET_E_NULL (d).  Since 0.1
 */
BINNET_API int32_t binnet_diagram_complete(const binnet_diagram *d, int32_t *fixed, int64_t *period);

/**
 * What exists at a point: the fixed points and cycles whose boxes hold it, ends as the tie rule says.
 *
 * stimulus [in]  double[axes], finite: the point
 * n_fixed  [out] how many fixed points (classes) hold, or NULL
 * fixed    [out] uint64_t[room]: their numbers k in rising order, the first `room` of them; or NULL
 * n_cycles [out] how many cycles (classes), or NULL
 * cycle    [out] uint64_t[room] or NULL, likewise
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_INTERRUPTED.  Cost O((fixed points + cycles) axes).  Since 0.1
 */
BINNET_API int32_t binnet_diagram_query(binnet_ctx *ctx, const binnet_diagram *d, const double *stimulus,
                                        uint64_t *n_fixed, uint64_t *fixed, uint64_t *n_cycles, uint64_t *cycle,
                                        size_t room);

/**
 * What binnet_diagram_new will cost, with the parameters of the ctx (base.h, "Estimates").
 *
 * states [out] states (homogeneous: occupation numbers) to look at; UINT64_MAX when more
 * bytes  [out] most that is allocated at once beside the lists whose length is not known beforehand: those of cycles and,
 *              unless homogeneous, of fixed points. A list takes at most 2.5 times what it holds while it grows:
 *              for each fixed point 8 + 32 axes bytes, for each cycle 16 + 32 axes + 8 period (homogeneous: populations
 *              times 8, and populations times 8 period, more)
 * flops  [out] elementary steps (a state or block of states that is looked at), roughly
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (as binnet_diagram_new).  Since 0.1
 */
BINNET_API int32_t binnet_diagram_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                           const binnet_net *net);

#ifdef __cplusplus
}
#endif

#endif
