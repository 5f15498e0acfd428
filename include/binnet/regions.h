/* A diagram over one or two stimuli cut into regions of equal behaviour, and the bifurcation points along one
 * stimulus. */
#ifndef BINNET_REGIONS_H
#define BINNET_REGIONS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What neighbouring places must have in common to lie in one region. */
#define BINNET_REGIONS_BY_LABEL 0      /* as many fixed points, cycles of each period, and the same broken symmetries */
#define BINNET_REGIONS_BY_ATTRACTORS 1 /* exactly the same fixed points and cycles */

/* Bits of what is broken in a region: neurons that are exactly alike are in different states ... */
#define BINNET_BROKEN_FIXED 1 /* ... in a fixed point */
#define BINNET_BROKEN_CYCLE 2 /* ... in a cycle */

/* Bits of where, around a bifurcation point, a fixed point or cycle exists. */
#define BINNET_EXISTS_BELOW 1 /* for stimuli just below the point */
#define BINNET_EXISTS_AT 2    /* at the point */
#define BINNET_EXISTS_ABOVE 4 /* for stimuli just above */

/**
 * Cut the plane of two stimuli, or the line of one, into regions.
 *
 * Every fixed point and cycle of a diagram exists on one box of stimuli. The regions are the largest connected open
 * sets (connected along edges, not through a corner) in which the label is the same: number of fixed points, number of
 * cycles of each period, and whether one of them breaks a symmetry [FCP18] sec. 3. Boxes without extent in a stimulus
 * that varies (a state that exists at one value only, see binnet_regions_thin) do not make regions. A label counts what
 * the diagram lists; ask binnet_diagram_complete whether that is all there is.
 *
 * out      [out] the regions, numbered by their least first stimulus, then by the least second one there; NULL on
 *                failure
 * diagram  [in]  borrowed; it may be freed
 * n_axes         1 or 2: how many stimuli vary
 * axis     [in]  int32_t[n_axes], which, different
 * at       [in]  double[axes], axes of the diagram: values of the stimuli that are held; entries of those that vary are not
 *                read; NULL when all vary
 * lo, hi   [in]  double[n_axes], the window, lo < hi, may be infinite; or NULL for -INFINITY and +INFINITY
 * by             BINNET_REGIONS_BY_LABEL or BINNET_REGIONS_BY_ATTRACTORS
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_LIMIT (also later, when the regions found
 *           outgrow the limit); BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  coordinates are those of the boxes; areas are sums of products in double
 * Cost      for b boxes in the window O(b log b + cells looked at), where a column of cells is looked at again only
 *           within the reach of the boxes that begin or end there: between O(b) and O(b^2); 20 bytes a rectangle found.
 * Since 0.1
 */
BINNET_API int32_t binnet_regions_new(binnet_ctx *ctx, binnet_regions **out, const binnet_diagram *diagram,
                                      size_t n_axes, const int32_t *axis, const double *at, const double *lo,
                                      const double *hi, int32_t by);

/**
 * What binnet_regions_new will cost (base.h, "Estimates").
 *
 * boxes [out] fixed points and cycles whose boxes lie in the window
 * bytes [out] what is allocated before the sweep; regions, rectangles and corners come on top and are compared as they grow
 * flops [out] NaN: not known beforehand
 *
 * Returns as binnet_regions_new.  Cost O(boxes).  Since 0.1
 */
BINNET_API int32_t binnet_regions_estimate(binnet_ctx *ctx, uint64_t *boxes, uint64_t *bytes, double *flops,
                                           const binnet_diagram *diagram, size_t n_axes, const int32_t *axis,
                                           const double *at, const double *lo, const double *hi);

/** Free the regions; NULL is allowed. Since 0.1 */
BINNET_API void binnet_regions_free(binnet_regions *regions);

/** How many regions; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_regions_count(const binnet_regions *regions);
/** How many different labels they have; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_regions_labels(const binnet_regions *regions);
/** Fixed points and cycles that exist within the window on a segment or a point only; they belong to no region.
 *  Since 0.1 */
BINNET_API uint64_t binnet_regions_thin(const binnet_regions *regions);

/**
 * Label and area of region k; outputs may be NULL.
 *
 * label   [out] number of the label, 0..binnet_regions_labels - 1; equal labels have equal numbers
 * fixed   [out] fixed points, as states (exact below 2^53)
 * classes [out] fixed points, as entries of the diagram's list: fewer than states when the diagram is of a homogeneous
 *               network and an entry stands for all permutations of equal neurons
 * periods [out] how many different periods its cycles have
 * broken  [out] BINNET_BROKEN_*
 * area    [out] length or area within the window; INFINITY when it has no end
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k).   Since 0.1
 */
BINNET_API int32_t binnet_regions_label(const binnet_regions *regions, uint64_t k, uint64_t *label, double *fixed,
                                        uint64_t *classes, uint64_t *periods, int32_t *broken, double *area);

/** The m-th period of the cycles in region k, rising, how many cycles have it, and how many entries of the diagram's
 *  list these are; outputs may be NULL. Returns as binnet_regions_label.  Since 0.1 */
BINNET_API int32_t binnet_regions_period(const binnet_regions *regions, uint64_t k, uint64_t m, uint64_t *period,
                                         double *cycles, uint64_t *classes);

/** How many rectangles region k is cut into; 0 when out of range. Since 0.1 */
BINNET_API uint64_t binnet_regions_rectangles(const binnet_regions *regions, uint64_t k);
/** The m-th of them: lo[n_axes], hi[n_axes]; together they cover the region and do not overlap. With one stimulus a
 *  rectangle is an interval. Returns as binnet_regions_label.  Since 0.1 */
BINNET_API int32_t binnet_regions_rectangle(const binnet_regions *regions, uint64_t k, uint64_t m, double *lo,
                                            double *hi);

/** How many rings of corners the outline of region k has: one, and one more for each hole; 0 with one stimulus.
 *  Since 0.1 */
BINNET_API uint64_t binnet_regions_rings(const binnet_regions *regions, uint64_t k);
/** Corners of ring m; 0 when out of range. Ring 0 is the outer one, counter-clockwise; holes are clockwise.
 *  Since 0.1 */
BINNET_API uint64_t binnet_regions_ring_size(const binnet_regions *regions, uint64_t k, uint64_t m);
/** The corners, corner[size][2]: first and second stimulus; the last is joined to the first; neighbours differ in one
 *  stimulus. Infinite where the region has no end. Returns as binnet_regions_label, BINNET_E_SIZE (size).  Since 0.1 */
BINNET_API int32_t binnet_regions_ring(const binnet_regions *regions, uint64_t k, uint64_t m, double *corner,
                                       size_t size);

/**
 * Fixed points and cycles that exist somewhere in region k: in all of it when the regions are by attractors.
 *
 * n_fixed, n_cycles [out] how many, or NULL
 * fixed, cycle      [out] uint64_t[room], the first `room` of their numbers in the diagram's lists, rising; or NULL
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k); BINNET_E_INTERRUPTED
 * Cost      O(boxes * rectangles).   Since 0.1
 */
BINNET_API int32_t binnet_regions_attractors(binnet_ctx *ctx, uint64_t *n_fixed, uint64_t *fixed, uint64_t *n_cycles,
                                             uint64_t *cycle, size_t room, const binnet_regions *regions, uint64_t k);

/** The region that holds a point[n_axes]; UINT64_MAX on an edge between rectangles, outside the window, or for NULL and
 *  NaN. Cost O(rectangles).  Since 0.1 */
BINNET_API uint64_t binnet_regions_find(const binnet_regions *regions, const double *point);

/**
 * List the bifurcation points along one stimulus: the values at which a fixed point or cycle begins or ceases to exist.
 *
 * axis       the stimulus that varies
 * at   [in]  double[axes], axes of the diagram: values of the others, or NULL when there are none
 *
 * At a point some fixed points and cycles exist below it, at it, or above it, but not in all three: these are its
 * changes. States that exist at one value only are among them.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_INTERRUPTED
 * Accuracy  the values are those of the boxes.   Cost O(b log b) time, O(b) bytes for b boxes.   Since 0.1
 */
BINNET_API int32_t binnet_bifurcation_list_new(binnet_ctx *ctx, binnet_bifurcation_list **out,
                                               const binnet_diagram *diagram, size_t axis, const double *at);
/** Free the list; NULL is allowed. Since 0.1 */
BINNET_API void binnet_bifurcation_list_free(binnet_bifurcation_list *list);
/** How many points; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_bifurcation_list_count(const binnet_bifurcation_list *list);
/** Value of the k-th point, rising, and how many changes it has; outputs may be NULL. Returns BINNET_OK; BINNET_E_NULL;
 *  BINNET_E_RANGE.  Since 0.1 */
BINNET_API int32_t binnet_bifurcation_list_point(const binnet_bifurcation_list *list, uint64_t k, double *value,
                                                 uint64_t *changes);
/** The m-th change at point k: the number of the fixed point (cycle = 0) or cycle (cycle = 1) in the diagram's list,
 *  and where it exists, BINNET_EXISTS_*; outputs may be NULL. Fixed points first, each list rising. Returns as
 *  binnet_bifurcation_list_point.  Since 0.1 */
BINNET_API int32_t binnet_bifurcation_list_change(const binnet_bifurcation_list *list, uint64_t k, uint64_t m,
                                                  int32_t *cycle, uint64_t *index, int32_t *exists);

#ifdef __cplusplus
}
#endif

#endif
