/* Lists of numbers on the command line: "0.05,0.5", "1,5,10-20". */
#include "files/number_lists.h"

#include "text/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t parts_of(const char *text)
{
    size_t parts = 1;
    for (; *text != 0; text++)
        parts += *text == ',';
    return parts;
}

int list_numbers(double **out, size_t *count, const char *option, const char *text, double least, double most,
                 int closed, failure *why)
{
    *count = 0;
    *out = calloc(parts_of(text), sizeof **out);
    if (*out == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        double x;
        const char *wrong = parse_number(&x, at, length);
        if (wrong == NULL && !(closed ? x >= least && x <= most : x > least && x < most))
            wrong = closed ? "out of range" : "must be strictly inside the range";
        if (wrong != NULL)
            return fail(why, EXIT_USAGE,
                        "--%s: found '%.60s' in '%.200s', expected numbers from %g to %g with commas (%s)", option, at,
                        text, least, most, wrong);
        (*out)[(*count)++] = x;
        at += length;
        if (*at == 0)
            return EXIT_DONE;
    }
}

/* A whole number at *at, stepped over; 0 when there is none up to most. */
static size_t rank_at(const char **at, size_t most)
{
    size_t value = 0, digits = 0;
    for (; **at >= '0' && **at <= '9' && value <= most; (*at)++, digits++)
        value = 10 * value + (size_t)(**at - '0');
    return digits > 0 && value <= most ? value : 0;
}

int list_ranks(size_t **out, size_t *count, const char *option, const char *text, size_t most, failure *why)
{
    *count = 0;
    *out = calloc(most, sizeof **out);
    if (*out == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    if (text == NULL) {
        for (size_t r = 1; r <= most; r++)
            (*out)[(*count)++] = r;
        return EXIT_DONE;
    }
    for (const char *at = text;; at++) {
        size_t from = rank_at(&at, most), to = from, before = *count > 0 ? (*out)[*count - 1] : 0;
        if (*at == '-') {
            at++;
            to = rank_at(&at, most);
        }
        if (from <= before || to < from || (*at != ',' && *at != 0))
            return fail(why, EXIT_USAGE,
                        "--%s: found '%.200s', expected rising whole numbers from 1 to %zu such as 1,5,10-20", option,
                        text, most);
        for (size_t r = from; r <= to; r++)
            (*out)[(*count)++] = r;
        if (*at == 0)
            return EXIT_DONE;
    }
}
