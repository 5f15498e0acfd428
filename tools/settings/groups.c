/* Which neurons a list of names means. */
#include "settings/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void group_all(neuron_group *out, size_t n)
{
    out->count = n;
    for (size_t i = 0; i < n; i++)
        out->neuron[i] = (int32_t)i;
}

size_t population_count(const network *net)
{
    return net->n_sizes > 0 ? net->n_sizes : net->n_populations;
}

void group_population(neuron_group *out, const model *m, size_t population)
{
    out->count = 0;
    for (size_t i = 0; i < m->net.n; i++) {
        int32_t of = m->net.n_sizes > 0 ? binnet_net_population(m->object, i) : m->net.population[i];
        if (of == (int32_t)population)
            out->neuron[out->count++] = (int32_t)i;
    }
}

static const char *behind(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

int group_named(neuron_group *out, const model *m, const char *option, const char *text, failure *why)
{
    const network *net = &m->net;
    const char *as_neuron = behind(text, "neuron:"), *as_population = behind(text, "population:");
    const char *name = as_neuron != NULL ? as_neuron : as_population != NULL ? as_population : text;
    if (network_find(net, text) >= 0) /* the name itself begins so */
        as_neuron = as_population = NULL, name = text;
    int64_t neuron = as_population != NULL ? -1 : network_find(net, name), population = -1;
    for (size_t a = 0; as_neuron == NULL && a < population_count(net); a++)
        if (strcmp(net->population_name[a], name) == 0)
            population = (int64_t)a;
    if (neuron < 0 && population < 0)
        return fail(why, EXIT_USAGE, "--%s: there is no %s '%s'", option,
                    as_neuron != NULL       ? "neuron"
                    : as_population != NULL ? "population"
                                            : "neuron or population",
                    name);
    if (population >= 0)
        group_population(out, m, (size_t)population);
    if (neuron >= 0 && population >= 0 && (out->count != 1 || out->neuron[0] != neuron))
        return fail(why, EXIT_USAGE, "--%s: '%s' is a neuron and a population; say neuron:%s or population:%s", option,
                    name, name, name);
    if (neuron >= 0)
        *out = (neuron_group){.count = 1, .neuron = {(int32_t)neuron}};
    return EXIT_DONE;
}

static int add_members(neuron_group *out, const neuron_group *more, int distinct, const model *m, const char *option,
                       failure *why)
{
    int32_t twice = distinct ? group_common_neuron(out, more) : -1;
    if (twice >= 0)
        return fail(why, EXIT_USAGE, "--%s: neuron '%s' comes twice", option, m->net.name[twice]);
    if (out->count + more->count > BINNET_MAX_CHAIN_NEURONS)
        return fail(why, EXIT_USAGE, "--%s: more than %d neurons", option, BINNET_MAX_CHAIN_NEURONS);
    for (size_t k = 0; k < more->count; k++)
        out->neuron[out->count++] = more->neuron[k];
    return EXIT_DONE;
}

/* The shortest beginning, up to one of the commas, that is a name; at = where it ends. */
static int next_member(neuron_group *member, char **at, const model *m, const char *option, failure *why)
{
    failure first = {0};
    char *begin = *at;
    for (char *end = begin;; end++) {
        end += strcspn(end, ",");
        char kept = *end;
        failure said = {0};
        *end = 0;
        int code = group_named(member, m, option, begin, &said);
        *end = kept;
        if (first.code == 0)
            first = said;
        *at = end;
        if (code == EXIT_DONE)
            return EXIT_DONE;
        if (kept == 0)
            break;
    }
    *why = first;
    return first.code;
}

static int read_members(neuron_group *out, const model *m, int distinct, const char *option, const char *text,
                        failure *why)
{
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    strcpy(copy, text);
    out->count = 0;
    int code = EXIT_DONE;
    for (char *at = copy; code == EXIT_DONE; at++) {
        neuron_group member;
        code = next_member(&member, &at, m, option, why);
        if (code == EXIT_DONE)
            code = add_members(out, &member, distinct, m, option, why);
        if (*at == 0)
            break;
    }
    free(copy);
    return code;
}

int group_read(neuron_group *out, const model *m, const char *option, const char *text, failure *why)
{
    return read_members(out, m, 1, option, text, why);
}

int group_read_tuple(neuron_group *out, const model *m, const char *option, const char *text, failure *why)
{
    return read_members(out, m, 0, option, text, why);
}

int32_t group_common_neuron(const neuron_group *a, const neuron_group *b)
{
    for (size_t j = 0; j < a->count; j++)
        for (size_t k = 0; k < b->count; k++)
            if (a->neuron[j] == b->neuron[k])
                return a->neuron[j];
    return -1;
}

char *group_text(char *text, size_t size, const neuron_group *of, const network *net)
{
    if (of->count == net->n && net->n > 1) {
        snprintf(text, size, "all %zu neurons", net->n);
        return text;
    }
    size_t used = 0;
    for (size_t k = 0; k < of->count; k++) {
        const char *name = net->name[of->neuron[k]];
        if (used + strlen(name) + 24 > size) {
            snprintf(text + used, size - used, " and %zu more", of->count - k);
            break;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", k > 0 ? ", " : "", name);
    }
    return text;
}
