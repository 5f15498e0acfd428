/* Visibility, status codes and the names of the opaque objects. */
#ifndef BINNET_BASE_H
#define BINNET_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifndef BINNET_API
#if defined(__GNUC__)
#define BINNET_API __attribute__((visibility("default")))
#else
#define BINNET_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Order of arguments: the ctx, what is written, what is read; the length of an array follows it. A function that only looks at
 * an object takes no ctx: the object, an index, what is written. Lengths are size_t, states uint64_t with bit i the activity of
 * neuron i (bit 0 = neuron 0), arrays row after row.
 *
 * Status codes: 0 done; 100s arguments, 200s resources, 300s mathematics, 900s internal. Never renumbered. With a code of the
 * 300s the outputs hold what the function documents for it. With any other code but BINNET_OK they are left as they were, but
 * for two: a pointer to an object to be made is NULL; and an array that is filled entry by entry may be filled in part when
 * BINNET_E_INTERRUPTED stops the call midway (or another code of the 200s, where the function says so).
 *
 * Estimates: binnet_..._estimate(ctx, count, bytes, flops, ..., what the call itself is given) tells what a call will cost with
 * the parameters of this ctx, before it runs. Each output may be NULL.
 *   count  what is gone through, as each function says: states, classes, terms; UINT64_MAX when more
 *   bytes  most that is allocated at once, result included: what BINNET_P_MEMORY_LIMIT is compared with, so that a limit of so
 *          much is enough. Lists whose length is not known beforehand come on top where the function says so.
 *   flops  operations, floating-point ones unless the function says what else; a rough figure; NaN: not known beforehand
 */
#define BINNET_OK 0
#define BINNET_E_NULL 101        /* a pointer that must not be NULL is */
#define BINNET_E_RANGE 102       /* a value or an index outside what is allowed */
#define BINNET_E_SIZE 103        /* a length that does not agree with another */
#define BINNET_E_NAN 104         /* a NaN or an infinity in the input */
#define BINNET_E_KEY 105         /* no such parameter */
#define BINNET_E_CALLBACK 106    /* a caller's function returned something it may not */
#define BINNET_E_UNSUPPORTED 107 /* not for an object of this kind; the message says what to call instead */
#define BINNET_E_FILE 108        /* a file could not be opened, read or written (files.h) */
#define BINNET_E_FORMAT 109      /* a file does not hold what it should; the message says in which line (files.h) */
#define BINNET_E_NOMEM 201       /* the allocator returned NULL */
#define BINNET_E_LIMIT 202       /* more than the memory limit of the ctx; nothing was started */
#define BINNET_E_INTERRUPTED 203 /* the hook asked to stop */
#define BINNET_E_THREAD 204      /* a worker thread could not be started */
#define BINNET_E_NOCONV 301      /* the iteration limit was reached before the tolerance */
#define BINNET_E_REDUCIBLE 302   /* several recurrent classes: the stationary law is not unique */
#define BINNET_E_UNDEFINED 303   /* some entries are not defined and are NaN, the others valid; or nothing is, and nothing is written */
#define BINNET_E_UNDERFLOW 304   /* probabilities too small for double decide the answer */
#define BINNET_E_UNMET 305       /* some demands are not met; the object tells which and why */
#define BINNET_E_INTERNAL 901    /* a defect of the library */

/* The opaque objects. All but the ctx are immutable and may be read from many threads. A "law" is a probability distribution. */
typedef struct binnet_ctx binnet_ctx;                           /* parameters, limits, hooks; one thread at a time */
typedef struct binnet_net binnet_net;                           /* a network */
typedef struct binnet_noise binnet_noise;                       /* noise of each neuron */
typedef struct binnet_chain binnet_chain;                       /* network + noise + update rule: a Markov chain */
typedef struct binnet_law binnet_law;                           /* a probability of each state */
typedef struct binnet_set binnet_set;                           /* a set of states */
typedef struct binnet_schedule binnet_schedule;                 /* chains that follow each other in time */
typedef struct binnet_attractors binnet_attractors;             /* attractors and basins at given stimuli */
typedef struct binnet_diagram binnet_diagram;                   /* fixed points and cycles over all stimuli */
typedef struct binnet_regions binnet_regions;                   /* a diagram over one or two stimuli, in regions */
typedef struct binnet_bifurcation_list binnet_bifurcation_list; /* bifurcation points along one stimulus */
typedef struct binnet_ensemble binnet_ensemble;                 /* networks with random wiring */
typedef struct binnet_bifurcation_law binnet_bifurcation_law;   /* laws of the bifurcation points of a state there */
typedef struct binnet_wiring binnet_wiring;                     /* what weights that store may be */
typedef struct binnet_storage binnet_storage;                   /* what became of transitions that were to be stored */
typedef struct binnet_sim binnet_sim;                           /* a network compiled for simulation */
typedef struct binnet_run binnet_run;                           /* what simulated trajectories yielded */

/** Describe a status code in a few words; never NULL, also for unknown codes. Since 0.1 */
BINNET_API const char *binnet_strerror(int32_t code);

/** Version of the library that is running, "major.minor.patch". Since 0.1 */
BINNET_API const char *binnet_version(void);

/** Name of the instruction set of the hot loops in use: "reference", "avx2" or "avx512". Since 0.1
 *  The environment variable BINNET_KERNELS=reference or avx2, read once, forces a lower one. */
BINNET_API const char *binnet_kernels(void);

/** What the BLAS that the program was given tells of itself: "OpenBLAS 0.3.21 ...", "BLIS", "MKL", "ATLAS"; "reference" when it
 *  does not tell, as the reference BLAS, which is right but many times slower. Since 0.1 */
BINNET_API const char *binnet_blas(void);

#ifdef __cplusplus
}
#endif

#endif
