/* What the tests of the readers share: reading from a string, and looking for the parts of a message. */
#ifndef TOOLS_TEST_HELP_H
#define TOOLS_TEST_HELP_H

#include "files/reading.h"
#include "text/npy.h"
#include "write_network.h"

#include <check.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HEAD "{\"format\": \"binnet-network 1\", "

extern const char *root; /* of the sources */
extern char scratch[64]; /* a file of ours */
extern const import_options usual;

const char *put_scratch(const char *text);
network read_good(const char *text, const import_options *how);
/* The message must have all parts of `expected`, which | separates. */
void check_failure(int code, int want, const failure *why, const char *expected);
void read_bad(const char *text, size_t length, const import_options *how, int want, const char *expected);
double weight(const network *net, const char *pre, const char *post);
void has_note(const network *net, const char *text);

typedef struct bad_case {
    const char *text, *expected;
} bad_case;

void check_bad(const bad_case *cases, size_t count, const char *format);
/* The body of main. */
int run_tests(int argc, char **argv, const char *name, const TTest *const *tests, size_t count);

#endif
