/* Values separated by commas, semicolons, tabs or blanks, one record after the other. */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include "text/text.h"

typedef struct csv_field {
    size_t start, length;
} csv_field;

typedef struct csv {
    const char *path;
    const char *at, *end;
    size_t length; /* of all */
    size_t line;   /* of the record that was read */
    size_t next_line;
    char separator; /* , ; tab, or ' ': any number of blanks */
    failure *why;
    csv_field *field;
    size_t count, room;
    char *buffer; /* the record's fields without quotes, each with a 0 behind it */
    size_t used, buffer_room;
} csv;

/* The separator is the first , ; or tab in the first record, outside of quotes; without any of them blanks. */
void csv_start(csv *c, const document *doc, failure *why);
/* The next record that is not blank and not a comment (#); *more = 0 at the end of the text. */
int csv_next(csv *c, int *more);
const char *csv_text(const csv *c, size_t field);
/* Field as a number; `what` names it in the message. */
int csv_number(csv *c, size_t field, const char *what, double *out);
/* Column of that name in the record just read, or -1; a name that occurs twice is an error. */
int csv_column(csv *c, const char *name, int64_t *column);
/* "a, b, c": the record, for messages. */
const char *csv_list(const csv *c, char *out, size_t size);
/* "; columns not used: a, b", or "": all columns but those of used[count]. */
const char *csv_unused(const csv *c, char *out, size_t size, const size_t *used, size_t count);
void csv_free(csv *c);

#endif
