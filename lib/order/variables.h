/*
 * Order statistics of laws: the object and its evaluation by several threads; for this folder only.
 */
#ifndef BNI_ORDER_VARIABLES_H
#define BNI_ORDER_VARIABLES_H

#include "order/order.h"
#include "model/model.h"

struct binnet_order {
    bni_allocator mem;
    size_t n, parts, atoms; /* atoms: variables of scale 0 */
    binnet_noise **part;    /* variables one part after the other */
    double *location;
    /* relative errors of a tail: of the library's laws, and of the caller's, of which also the tail next to 1 has it */
    double law_error, custom_error;
};

/* F, G (and f unless NULL) of all variables at x. BINNET_OK; BINNET_E_CALLBACK without a message; BINNET_E_INTERRUPTED.
 * Of w only what interrupts it is used. */
int32_t bni_order_values(bni_order_work *w, const binnet_order *o, double *F, double *G, double *f, double x);
/* The message for the first of these codes; others are passed on. */
int32_t bni_order_blame(binnet_ctx *ctx, int32_t status, double x);

/* Threads that evaluate ranks first .. last at points. Outputs are [points][last - first + 1]; with several ranks cdf and
 * survival must be given and pdf not. */
typedef struct bni_crew {
    const binnet_order *order;
    bni_team *team;
    double *memory;
    size_t room; /* doubles of one worker */
    size_t first, last, points;
    const double *x;
    double *cdf, *survival, *pdf;
    int plain; /* as bni_order_work.plain */
    /* of the run */
    binnet_ctx *ctx;
    double done, share;
    int interrupted;
    atomic_int stop, bad[2]; /* bad: the calling thread, the others */
    double bad_x[2];
} bni_crew;

int bni_crew_workers(binnet_ctx *ctx, size_t points);
double bni_crew_bytes(size_t n, int workers);
/* Close it also after a failure. */
int32_t bni_crew_open(binnet_ctx *ctx, bni_crew *c, const binnet_order *o, int workers);
int32_t bni_crew_run(binnet_ctx *ctx, bni_crew *c, double done, double share);
void bni_crew_close(binnet_ctx *ctx, bni_crew *c);

/* Relative error of a computed tail of X_(r), the laws being as accurate as binnet_noise promises (custom: 1e-13). */
double bni_order_error(const binnet_order *o, size_t r);
/* Middle of the locations, and a length of the order of the spread of the variables; > 0. */
void bni_order_extent(const binnet_order *o, double *centre, double *length);

/* The quantile q in (0, 1) of X_(r): |*x - exact| <= *bound; rough: to a few percent of the spread, bound untouched.
 * values: room for 2 n. BINNET_E_UNDEFINED (no message) when it is beyond the range of double. */
int32_t bni_order_find(bni_order_work *w, double *x, double *bound, const binnet_order *o, double *values, size_t r,
                       double q, int rough);

/* How far a panel from x may go such that no law that matters there is narrow against it, or has a kink or a jump inside. */
int32_t bni_order_panel_end(binnet_ctx *ctx, double *next, const binnet_order *o, double x);
/* About how many panels the moments of ranks first .. last will need; a sample of the laws is asked. */
int32_t bni_order_count_panels(binnet_ctx *ctx, double *panels, const binnet_order *o, size_t first, size_t last);

#endif
