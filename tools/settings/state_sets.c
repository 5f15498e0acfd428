/* States and sets of states as the command line names them. */
#include "settings/state_sets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int take_pattern(binnet_set **out, const model *m, const char *option, const char *text, size_t length,
                        failure *why)
{
    uint64_t mask = 0, value = 0;
    if (length != m->net.n)
        return fail(why, EXIT_USAGE,
                    "--%s: '%.*s' has %zu digits; expected one of 0, 1, x for each of %zu neurons, or attractor:K",
                    option, (int)(length < 80 ? length : 80), text, length, m->net.n);
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '0' && text[i] != '1' && text[i] != 'x')
            return fail(why, EXIT_USAGE, "--%s: found '%c' in '%.*s'; expected 0, 1 or x", option, text[i],
                        (int)(length < 80 ? length : 80), text);
        mask |= (uint64_t)(text[i] != 'x') << i;
        value |= (uint64_t)(text[i] == '1') << i;
    }
    int32_t status = binnet_set_new_pattern(m->ctx, out, m->net.n, mask, value);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

static int take_attractor(binnet_set **out, const model *m, const char *option, const char *number, size_t length,
                          failure *why)
{
    char text[24] = "", *end;
    if (length > 0 && length < sizeof text)
        memcpy(text, number, length);
    uint64_t k = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0)
        return fail(why, EXIT_USAGE, "--%s: attractor:%.*s; expected the number of an attractor, from 0", option,
                    (int)(length < 40 ? length : 40), number);
    binnet_attractors *all;
    int32_t status = binnet_attractors_new(m->ctx, &all, m->object);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    int code = EXIT_DONE;
    if (k >= binnet_attractors_count(all))
        code = fail(why, EXIT_USAGE, "--%s: attractor %" PRIu64 ": without noise there are %" PRIu64 ", from 0", option,
                    k, binnet_attractors_count(all));
    uint64_t period = code == EXIT_DONE ? binnet_attractors_period(all, k) : 0;
    uint64_t *state = calloc(period + 1, sizeof *state);
    if (state == NULL)
        code = fail(why, EXIT_BUDGET, "out of memory");
    for (uint64_t t = 0; code == EXIT_DONE && t < period; t++)
        state[t] = binnet_attractors_state(all, k, t);
    if (code == EXIT_DONE) {
        status = binnet_set_new_states(m->ctx, out, m->net.n, state, period);
        code = status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
    }
    free(state);
    binnet_attractors_free(all);
    return code;
}

int states_named(binnet_set **out, const model *m, const char *option, const char *text, failure *why)
{
    static const char attractor[] = "attractor:";
    const size_t prefix = sizeof attractor - 1;
    *out = NULL;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        binnet_set *part = NULL, *whole = NULL;
        int code = strncmp(at, attractor, prefix) == 0
                       ? take_attractor(&part, m, option, at + prefix, length - prefix, why)
                       : take_pattern(&part, m, option, at, length, why);
        if (code == EXIT_DONE && *out != NULL) {
            int32_t status = binnet_set_new_union(m->ctx, &whole, *out, part);
            binnet_set_free(*out);
            binnet_set_free(part);
            code = status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
            part = whole;
        }
        *out = part;
        if (code != EXIT_DONE) {
            binnet_set_free(*out);
            *out = NULL;
            return code;
        }
        at += length;
        if (*at == 0)
            return EXIT_DONE;
    }
}
