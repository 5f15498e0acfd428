/* Which neurons a name means, where a network has names of neurons and of populations. */
#include "sweep/sweep.h"

#include <string.h>

size_t count_populations(const network *net)
{
    return net->n_sizes > 0 ? net->n_sizes : net->n_populations;
}

void fill_population(neuron_set *out, const model *m, size_t population)
{
    out->count = 0;
    for (size_t i = 0; i < m->net.n; i++) {
        int32_t of = m->net.n_sizes > 0 ? binnet_net_population(m->object, i) : m->net.population[i];
        if (of == (int32_t)population)
            out->neuron[out->count++] = i;
    }
}

static const char *behind(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

int find_neurons(neuron_set *out, const model *m, const char *option, const char *text, failure *why)
{
    const network *net = &m->net;
    const char *as_neuron = behind(text, "neuron:"), *as_population = behind(text, "population:");
    const char *name = as_neuron != NULL ? as_neuron : as_population != NULL ? as_population : text;
    if (network_find(net, text) >= 0) /* the name itself begins so */
        as_neuron = as_population = NULL, name = text;
    int64_t neuron = as_population != NULL ? -1 : network_find(net, name), population = -1;
    for (size_t a = 0; as_neuron == NULL && a < count_populations(net); a++)
        if (strcmp(net->population_name[a], name) == 0)
            population = (int64_t)a;
    if (neuron < 0 && population < 0)
        return fail(why, EXIT_USAGE, "--%s: there is no %s '%s'", option,
                    as_neuron != NULL       ? "neuron"
                    : as_population != NULL ? "population"
                                            : "neuron or population",
                    name);
    if (population >= 0)
        fill_population(out, m, (size_t)population);
    if (neuron >= 0 && population >= 0 && (out->count != 1 || out->neuron[0] != (size_t)neuron))
        return fail(why, EXIT_USAGE, "--%s: '%s' is a neuron and a population; say neuron:%s or population:%s", option,
                    name, name, name);
    if (neuron >= 0)
        *out = (neuron_set){.count = 1, .neuron = {(size_t)neuron}};
    return EXIT_DONE;
}
