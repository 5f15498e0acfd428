/* The files that a command writes: CSV tables with their conventions above them, and JSON documents. All of a command go to
   their places together. */
#ifndef TOOL_TABLES_H
#define TOOL_TABLES_H

#include "settings/settings.h"

#include <jansson.h>
#include <stdio.h>

typedef struct table {
    FILE *file;
    char *path;
} table;

/* PREFIX and the ending. */
int table_open(table *t, const options *o, const char *ending, failure *why);
/* The table waits for tables_commit. */
int table_close(table *t, failure *why);
/* The same when code, of what was written, is EXIT_DONE; otherwise this table and those that wait are dropped and code is
   given back. */
int table_finish(table *t, int code, failure *why);
/* At the end of a command: puts all tables in their places; says "written" of each unless --quiet. */
int tables_commit(const options *o, failure *why);
/* The same for a document, which it gives back; NULL is out of memory. */
int json_save(json_t *all, const options *o, const char *ending, failure *why);
/* PREFIX and the ending; to be freed. NULL: out of memory. */
char *file_name(const options *o, const char *ending);

/* A field of CSV, in quotes where needed. */
void csv_field(FILE *f, const char *text);
/* The shortest decimal that reads back as x; inf, -inf. */
void csv_real(FILE *f, double x);
/* A state as 0/1, the first neuron leftmost, behind a letter b: readers that guess types keep it as text. */
void csv_bits(FILE *f, uint64_t state, size_t n);
/* "# ..." lines: what the table is and what repeats it: version, command line, source, import notes, and the thresholds,
   stimuli, normalisation and noise of each neuron or population as they were used. */
void csv_about(FILE *f, const model *m, const options *o, const char *what);
/* The same of what follows from a stationary law: how it was found besides, and its conventions (law_tables.c). */
void csv_about_law(FILE *f, const model *m, const options *o, const binnet_law *law, const char *what);
/* [n][n], a row and a column for each neuron; NaN is empty. */
void csv_matrix(FILE *f, const network *net, const double *matrix);
/* The names of the active neurons, with spaces between, in quotes; csv_field's quoting. */
void csv_active(FILE *f, const network *net, uint64_t state);

/* A number, or null when it is infinite or NaN. */
json_t *json_number(double x);
json_t *json_numbers(const double *v, size_t n);
json_t *json_matrix(const double *v, size_t n);
/* What csv_about_law says, as a document to be filled; units is one more line of its conventions. */
json_t *json_about_law(const model *m, const options *o, const binnet_law *law, const char *format, const char *units);
json_t *json_active(const network *net, uint64_t state);
json_t *json_notes(const network *net);
/* The same as csv_about's lists, in the order of the neurons, or of the populations when "of" says so. */
json_t *json_settings(const model *m);

/* What every table about noiseless dynamics says, one line each; lines[k] NULL at the end. */
extern const char *const dynamics_conventions[];
/* "1 for all neurons", or its range; returns text. */
char *normalisation_text(char text[80], const network *net);

/* The names of the active neurons on standard output; "(none)". */
void print_active(const network *net, uint64_t state);

#endif
