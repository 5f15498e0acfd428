/*
 * libbinnet-files: networks, ensembles, patterns, laws and matrices from files, and networks and laws to files, as the command
 * reads and writes them. A library of its own: link with -lbinnet-files -lbinnet (pkg-config binnet-files); binnet.h does not
 * include this header.
 */
#ifndef BINNET_FILES_H
#define BINNET_FILES_H

#include "base.h"
#include "order.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Everything here reads what strangers wrote: what a file holds is checked, and what is wrong is a code with one line in the ctx,
 * "path:line: what was found; what was expected", in which options are called as those of the command (--orientation).
 * No more than the option max-file-size (256 MiB) and than BINNET_P_MEMORY_LIMIT is read.
 *
 *   BINNET_E_FILE         a file cannot be opened, read or written     BINNET_E_FORMAT  it does not hold what it should
 *   BINNET_E_RANGE        an option that does not exist or does not go with the file
 *   BINNET_E_LIMIT        larger than allowed                          BINNET_E_NOMEM, BINNET_E_NULL as everywhere
 *   BINNET_E_INTERRUPTED  the hook asked to stop
 *
 * Memory comes from the allocator of the ctx, but for what Jansson, expat and qsort take while they read: that is malloc's.
 * Objects may be read from many threads and outlive their ctx; those that are changed (_set, _set_names, _set_text) by one.
 * Formats of networks: "json" (docs/network-format.md), "matrix" and "edges" (CSV), "mtx" (Matrix Market), "npy" (numpy), "node-link"
 * (networkx, JSON), "graphml" (if the library was built with expat); "bnet" (BoolNet) is written only.
 */

typedef struct binnet_import binnet_import;               /* how a network is read */
typedef struct binnet_network_file binnet_network_file;   /* a network and what its file says beside it: names, noise */
typedef struct binnet_ensemble_file binnet_ensemble_file; /* random networks and the names of their populations */
typedef struct binnet_pattern_file binnet_pattern_file;   /* patterns and the sequences and cycles they form */
typedef struct binnet_matrix_file binnet_matrix_file;     /* a matrix of numbers */
typedef struct binnet_text binnet_text;                   /* what a file will hold */

/* --- how a network is read --- */

/** Make the usual way of reading: format by the file's ending and first characters, no other option. Returns BINNET_OK;
 *  BINNET_E_NULL; BINNET_E_NOMEM.  Since 0.1 */
BINNET_API int32_t binnet_import_new(binnet_ctx *ctx, binnet_import **out);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_import_free(binnet_import *how);

/**
 * Set an option.
 *
 * how    [in,out] what the option is added to
 * option [in]  as of the command without the two dashes: from (a format), orientation (pre-rows or post-rows), names, neurons,
 *              transmitters (files), transmitter-column, pre-column, post-column, weight-column, sign-column, sign ("Glu=-1"; adds
 *              one), where ("column=text"; adds one), unsigned (drop, + or -), weights-scale (a number), max-file-size (bytes),
 *              number-names, undirected, duplicates (value "sum"; for the other two any value)
 * value  [in]  its value
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_KEY (no such option); BINNET_E_RANGE (value); BINNET_E_NOMEM.  Since 0.1
 */
BINNET_API int32_t binnet_import_set(binnet_ctx *ctx, binnet_import *how, const char *option, const char *value);

/* Networks use all of them; what else is read takes `how` too, or NULL, of which from (matrices) and max-file-size count. */

/* --- networks --- */

#define BINNET_TEXT_TITLE 1   /* of a network or an ensemble */
#define BINNET_TEXT_SOURCE 2  /* where it is from, a citation */
#define BINNET_TEXT_WARNING 3 /* what reading did and may not have been meant */

/**
 * Read a network.
 *
 * path [in] of the file; "-" is standard input (how must then say from)
 * how  [in] NULL: as binnet_import_new
 *
 * Returns BINNET_OK; a code listed at the top of files.h.  Cost O(file) time and memory.  Since 0.1
 */
BINNET_API int32_t binnet_network_file_read(binnet_ctx *ctx, binnet_network_file **out, const char *path,
                                            const binnet_import *how);
/** The same from memory: text[length]; name stands in messages where the path would, and its ending may tell the format.
 *  Since 0.1 */
BINNET_API int32_t binnet_network_file_parse(binnet_ctx *ctx, binnet_network_file **out, const char *name,
                                             const char *text, size_t length, const binnet_import *how);
/**
 * Make one of objects, to be written: neurons are named "1", "2", ..., populations "P1", "P2", ...
 *
 * noise  [in] of as many neurons, not of a caller's law and not correlated, or NULL
 * update      BINNET_UPDATE_SYNCHRONOUS, _ASYNCHRONOUS, _SWEEP, or 0: not said
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_UNSUPPORTED (noise); BINNET_E_NOMEM.  Since 0.1
 */
BINNET_API int32_t binnet_network_file_new(binnet_ctx *ctx, binnet_network_file **out, const binnet_net *net,
                                           const binnet_noise *noise, int32_t update);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_network_file_free(binnet_network_file *file);

/** Name the neurons: name[n], each unique, 1 to 255 bytes of UTF-8 without control characters. Returns BINNET_OK; BINNET_E_NULL;
 *  BINNET_E_SIZE; BINNET_E_RANGE (a name); BINNET_E_UNSUPPORTED (populations of alike neurons have numbered names);
 *  BINNET_E_NOMEM. After a failure the names are as before.  Since 0.1 */
BINNET_API int32_t binnet_network_file_set_names(binnet_ctx *ctx, binnet_network_file *file, size_t n,
                                                 const char *const *name);
/** Name the populations, as binnet_network_file_set_names: name[p]. The neurons of populations of alike neurons are called so too:
 *  "E.1", "E.2", or "E" where there is only one. Returns as binnet_network_file_set_names.  Since 0.1 */
BINNET_API int32_t binnet_network_file_set_population_names(binnet_ctx *ctx, binnet_network_file *file, size_t p,
                                                            const char *const *name);
/** Set BINNET_TEXT_TITLE or _SOURCE; text NULL: none. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_NOMEM.
 *  Since 0.1 */
BINNET_API int32_t binnet_network_file_set_text(binnet_ctx *ctx, binnet_network_file *file, int32_t what,
                                                const char *text);

/** Add a note, one line on where the network is from, which files of the format "json" keep. Returns BINNET_OK; BINNET_E_NULL;
 *  BINNET_E_NOMEM.  Since 0.1 */
BINNET_API int32_t binnet_network_file_add_note(binnet_ctx *ctx, binnet_network_file *file, const char *note);

/** Put another network in the place of the file's, of as many neurons and of the same populations: weights, thresholds, stimuli,
 *  normalisation, tie rule. Names, noise and all else stay.  Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_NOMEM.
 *  Since 0.1 */
BINNET_API int32_t binnet_network_file_set_net(binnet_ctx *ctx, binnet_network_file *file, const binnet_net *net);

/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_network_file_neurons(const binnet_network_file *file);
/** Name of neuron i, of population a, note k of what reading decided, path k of a file that was read; NULL when out of range.
 *  Valid while the object is unchanged. Since 0.1 */
BINNET_API const char *binnet_network_file_name(const binnet_network_file *file, size_t i);
BINNET_API const char *binnet_network_file_population_name(const binnet_network_file *file, size_t a);
BINNET_API const char *binnet_network_file_note(const binnet_network_file *file, size_t k);
BINNET_API const char *binnet_network_file_path(const binnet_network_file *file, size_t k);
/** How many populations have names, notes, paths of files that were read; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_network_file_populations(const binnet_network_file *file);
BINNET_API size_t binnet_network_file_notes(const binnet_network_file *file);
BINNET_API size_t binnet_network_file_paths(const binnet_network_file *file);
/** Number of the neuron of that name, or -1. Since 0.1 */
BINNET_API int64_t binnet_network_file_find(const binnet_network_file *file, const char *name);
/** BINNET_TEXT_*; NULL when there is none. Since 0.1 */
BINNET_API const char *binnet_network_file_text(const binnet_network_file *file, int32_t what);
/** BINNET_UPDATE_* that the file asks for; 0: none. Since 0.1 */
BINNET_API int32_t binnet_network_file_update(const binnet_network_file *file);

/** BINNET_NOISE_* that the file asks for, 0: none; and BINNET_NOISE_INDEPENDENT, _FACTORS or _COVARIANCE as the file gives it, 0: none.
 *  Since 0.1 */
BINNET_API int32_t binnet_network_file_noise_kind(const binnet_network_file *file);
BINNET_API int32_t binnet_network_file_noise_form(const binnet_network_file *file);

/** Make the network itself, with populations and tie rule. Returns BINNET_OK; BINNET_E_NULL; as binnet_net_new. Since 0.1 */
BINNET_API int32_t binnet_network_file_net(binnet_ctx *ctx, binnet_net **out, const binnet_network_file *file);
/** Make the noise that the file asks for. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_UNSUPPORTED when it asks for none;
 *  as the function that makes such noise. Since 0.1 */
BINNET_API int32_t binnet_network_file_noise(binnet_ctx *ctx, binnet_noise **out, const binnet_network_file *file);

/** Noise that the file asks for, of some of its neurons only, neuron[k], or of all of them in their order (NULL; k is then the number of
 *  neurons), with its standard deviations or scales times a factor >= 0. Returns as binnet_network_file_noise; BINNET_E_SIZE;
 *  BINNET_E_RANGE.  Since 0.1 */
BINNET_API int32_t binnet_network_file_noise_part(binnet_ctx *ctx, binnet_noise **out, const binnet_network_file *file,
                                                  size_t k, const size_t *neuron, double factor);

/**
 * What a file of a format holds of the network; binnet_text_save writes it.
 *
 * format [in] as listed at the top of files.h
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (no such format); BINNET_E_LIMIT (too many neurons for a full matrix, for
 * Boolean functions; text over BINNET_P_MEMORY_LIMIT); BINNET_E_NOMEM; BINNET_E_INTERRUPTED.  What the format cannot hold,
 * binnet_text_lost names.  Since 0.1
 */
BINNET_API int32_t binnet_network_file_print(binnet_ctx *ctx, binnet_text **out, const binnet_network_file *file,
                                             const char *format);

/** A caller's function that takes bytes[length], length > 0, of a text that is being written; other than 0: it cannot. It must not
 *  use the ctx of the call. Since 0.1 */
typedef int32_t (*binnet_write_fn)(void *user, const char *bytes, size_t length);

/**
 * Write what a file of a format holds of the network piece by piece, so that the text is never in memory as a whole: to a file,
 * or to a caller's function.
 *
 * lost   [out] char[lost_size], NULL when that is 0: what the format cannot hold, as binnet_text_lost, cut where there is no room;
 *              left as it was when the format, NULL or a file's place is refused
 * file   [in]  borrowed, unchanged
 * path   [in]  of the file, which is replaced when all is written and else stays what it was, as by binnet_text_save
 * write  [in]  called on the calling thread, until it is not 0, with 64 KiB or less at a time, more for the text of one long name
 * user   [in]  handed to write
 *
 * Returns as binnet_network_file_print, but for the limit of memory; BINNET_E_FILE (path cannot be written; write was not 0: it may
 * have taken some of the text then, as after any failure).  Cost O(text) time, O(64 KiB) memory.  Since 0.1
 */
BINNET_API int32_t binnet_network_file_save(binnet_ctx *ctx, char *lost, size_t lost_size,
                                            const binnet_network_file *file, const char *format, const char *path);
BINNET_API int32_t binnet_network_file_write(binnet_ctx *ctx, char *lost, size_t lost_size,
                                             const binnet_network_file *file, const char *format, binnet_write_fn write,
                                             void *user);

/** The format that a file of this name is written in: "json" for x.json, "matrix" for x.csv, "mtx", "npy", "graphml", "bnet"; NULL for
 *  other endings and for NULL. Since 0.1 */
BINNET_API const char *binnet_network_format(const char *path);

/* --- text --- */

/** The bytes, binnet_text_length(text) of them and a 0 behind; NULL for NULL. Valid while the text lives. Since 0.1 */
BINNET_API const char *binnet_text_data(const binnet_text *text);
/** Bytes; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_text_length(const binnet_text *text);
/** What the format cannot hold: "title, thresholds"; "" when it holds all; NULL for NULL. Since 0.1 */
BINNET_API const char *binnet_text_lost(const binnet_text *text);
/** Write the bytes to a file, which is replaced when they are all written and else stays what it was. Returns BINNET_OK;
 *  BINNET_E_NULL; BINNET_E_FILE; BINNET_E_NOMEM. Since 0.1 */
BINNET_API int32_t binnet_text_save(binnet_ctx *ctx, const binnet_text *text, const char *path);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_text_free(binnet_text *text);

/* --- ensembles --- */

/** Read an ensemble of networks with random wiring (docs/ensembles.md), from a file, or from text[length], whose name stands in
 *  messages. Returns as binnet_network_file_read. Since 0.1 */
BINNET_API int32_t binnet_ensemble_file_read(binnet_ctx *ctx, binnet_ensemble_file **out, const char *path,
                                             const binnet_import *how);
BINNET_API int32_t binnet_ensemble_file_parse(binnet_ctx *ctx, binnet_ensemble_file **out, const char *name,
                                              const char *text, size_t length, const binnet_import *how);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_ensemble_file_free(binnet_ensemble_file *file);
/** Populations; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_ensemble_file_populations(const binnet_ensemble_file *file);
/** Name of population a; NULL when out of range. Since 0.1 */
BINNET_API const char *binnet_ensemble_file_population_name(const binnet_ensemble_file *file, size_t a);
/** BINNET_TEXT_TITLE, _SOURCE; NULL when there is none. Since 0.1 */
BINNET_API const char *binnet_ensemble_file_text(const binnet_ensemble_file *file, int32_t what);
/** Make the ensemble. Returns BINNET_OK; BINNET_E_NULL; as binnet_ensemble_new. Since 0.1 */
BINNET_API int32_t binnet_ensemble_file_ensemble(binnet_ctx *ctx, binnet_ensemble **out,
                                                 const binnet_ensemble_file *file);

/* --- patterns --- */

/** Read patterns, and the sequences and cycles they form (docs/storage.md): rows of 0 and 1 or of -1 and 1, CSV, PBM images; from a
 *  file, or from text[length], whose name stands in messages. Returns as binnet_network_file_read. Since 0.1 */
BINNET_API int32_t binnet_pattern_file_read(binnet_ctx *ctx, binnet_pattern_file **out, const char *path,
                                            const binnet_import *how);
BINNET_API int32_t binnet_pattern_file_parse(binnet_ctx *ctx, binnet_pattern_file **out, const char *name,
                                             const char *text, size_t length, const binnet_import *how);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_pattern_file_free(binnet_pattern_file *file);
/** Neurons of each pattern; neurons in a row of the image, 0: they are no images; patterns; transitions from one to the next
 *  along sequences and around cycles, a pattern in none of them stays; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_pattern_file_neurons(const binnet_pattern_file *file);
BINNET_API size_t binnet_pattern_file_width(const binnet_pattern_file *file);
BINNET_API size_t binnet_pattern_file_count(const binnet_pattern_file *file);
BINNET_API size_t binnet_pattern_file_transitions(const binnet_pattern_file *file);
/** Name of pattern k; NULL when out of range. Since 0.1 */
BINNET_API const char *binnet_pattern_file_name(const binnet_pattern_file *file, size_t k);
/** Line of the file in which pattern k begins; 0 when out of range. Since 0.1 */
BINNET_API size_t binnet_pattern_file_line(const binnet_pattern_file *file, size_t k);
/** Sequences and cycles, and the patterns in none of them, each a cycle of one: how many; patterns in sequence s; whether it is a
 *  cycle, 1 or 0; the line that names it, 0: none; 0 when out of range. Since 0.1 */
BINNET_API size_t binnet_pattern_file_sequences(const binnet_pattern_file *file);
BINNET_API size_t binnet_pattern_file_sequence_length(const binnet_pattern_file *file, size_t s);
BINNET_API int32_t binnet_pattern_file_sequence_is_cycle(const binnet_pattern_file *file, size_t s);
BINNET_API size_t binnet_pattern_file_sequence_line(const binnet_pattern_file *file, size_t s);
/** Number of pattern e of sequence s, or -1. Since 0.1 */
BINNET_API int64_t binnet_pattern_file_sequence_pattern(const binnet_pattern_file *file, size_t s, size_t e);
/** Number of the pattern of that name, or -1. Since 0.1 */
BINNET_API int64_t binnet_pattern_file_find(const binnet_pattern_file *file, const char *name);
/** All patterns, state[count][n]: 1 active, 0 silent. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE. Since 0.1 */
BINNET_API int32_t binnet_pattern_file_states(binnet_ctx *ctx, uint8_t *state, size_t count, size_t n,
                                              const binnet_pattern_file *file);
/** All transitions, as binnet_store takes them: from[transitions][n] and to[transitions][n]. Returns BINNET_OK; BINNET_E_NULL;
 *  BINNET_E_SIZE. Since 0.1 */
BINNET_API int32_t binnet_pattern_file_pairs(binnet_ctx *ctx, uint8_t *from, uint8_t *to, size_t transitions, size_t n,
                                             const binnet_pattern_file *file);

/* --- laws, order statistics, matrices --- */

/** Read a law over states: 2^n numbers >= 0 that sum to 1 within 1e-9, of one row or column, in .npy or CSV; from a file, or from
 *  text[length], whose name stands in messages. Returns as binnet_network_file_read, and as binnet_law_new. Since 0.1 */
BINNET_API int32_t binnet_law_read(binnet_ctx *ctx, binnet_law **out, const char *path, const binnet_import *how);
BINNET_API int32_t binnet_law_parse(binnet_ctx *ctx, binnet_law **out, const char *name, const char *text,
                                    size_t length, const binnet_import *how);
/** What a file holds of a law: format "npy", or "csv", one shortest exact number a line. Returns BINNET_OK; BINNET_E_NULL;
 *  BINNET_E_RANGE (format); BINNET_E_LIMIT (text over BINNET_P_MEMORY_LIMIT); BINNET_E_NOMEM; BINNET_E_INTERRUPTED. Since 0.1 */
BINNET_API int32_t binnet_law_print(binnet_ctx *ctx, binnet_text **out, const binnet_law *law, const char *format);
/**
 * Write a law to a file piece by piece, so that the text is never in memory as a whole.
 *
 * format [in] as of binnet_law_print
 * path   [in] of the file, which is replaced when all is written and else stays what it was
 *
 * Returns as binnet_law_print, but for the limit of memory; BINNET_E_FILE.  Since 0.1
 */
BINNET_API int32_t binnet_law_save(binnet_ctx *ctx, const binnet_law *law, const char *format, const char *path);

/** Read independent variables (docs/permanents.md): CSV with the columns kind, location, scale, dof, count; from a file, or from
 *  text[length], whose name stands in messages. Returns as binnet_network_file_read, and as binnet_order_new. Since 0.1 */
BINNET_API int32_t binnet_order_read(binnet_ctx *ctx, binnet_order **out, const char *path, const binnet_import *how);
BINNET_API int32_t binnet_order_parse(binnet_ctx *ctx, binnet_order **out, const char *name, const char *text,
                                      size_t length, const binnet_import *how);

/** Read a matrix of numbers: CSV without names, Matrix Market, .npy; from a file, or from text[length], whose name stands in
 *  messages and may tell the format. Returns as binnet_network_file_read. Since 0.1 */
BINNET_API int32_t binnet_matrix_file_read(binnet_ctx *ctx, binnet_matrix_file **out, const char *path,
                                           const binnet_import *how);
BINNET_API int32_t binnet_matrix_file_parse(binnet_ctx *ctx, binnet_matrix_file **out, const char *name,
                                            const char *text, size_t length, const binnet_import *how);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_matrix_file_free(binnet_matrix_file *file);
/** Rows, columns; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_matrix_file_rows(const binnet_matrix_file *file);
BINNET_API size_t binnet_matrix_file_columns(const binnet_matrix_file *file);
/** The numbers, double[rows][columns], valid while the object lives; NULL for NULL. Since 0.1 */
BINNET_API const double *binnet_matrix_file_data(const binnet_matrix_file *file);

#ifdef __cplusplus
}
#endif

#endif
