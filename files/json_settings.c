/* What a JSON file sets besides neurons and weights: default normalisation, tie rule, noise, update rule, title. */
#include "files/json_values.h"

#include <stdlib.h>

/* Neurons that send to one neuron of population a, with weights that are not 0. */
static double indegree(const network *net, size_t i)
{
    if (!net->n_sizes)
        return (double)(net->row_ptr[i + 1] - net->row_ptr[i]);
    double count = 0;
    for (size_t b = 0; b < net->n_sizes; b++)
        if (net->J[i * net->n_sizes + b] != 0)
            count += (double)(net->size[b] - (b == i && !net->self_connections));
    return count;
}

int json_default_normalisation(draft *d, const json_t *root)
{
    static const char *const words[] = {"none", "indegree", "n", NULL};
    network *net = d->net;
    int32_t choice = 0;
    size_t lonely = 0, entries = net->n_sizes ? net->n_sizes : net->n;
    TRY(json_read_word(d, root, "normalisation", "normalisation", words, 0, &choice));
    for (size_t i = 0; i < entries; i++) {
        double count = choice == 1 ? indegree(net, i) : choice == 2 ? (double)net->n : 1;
        lonely += count == 0;
        net->normalisation[i] = count > 0 ? count : 1;
    }
    if (lonely)
        TRY(network_note(net, d->why, "normalisation by in-degree: %zu %s without incoming connections counted as 1",
                         lonely, net->n_sizes ? "populations" : "neurons"));
    return EXIT_DONE;
}

static int read_scales(draft *d, const json_t *list, const char *path)
{
    network *net = d->net;
    size_t given = json_array_size(list);
    if (given != net->n && (given != net->n_sizes || !given))
        return json_bad(d, path, "found %zu numbers; expected one for each of %zu %s", given,
                        net->n_sizes ? net->n_sizes : net->n, net->n_sizes ? "populations" : "neurons");
    net->noise.scale = memory_new(memory_of(d->why), net->n, sizeof *net->noise.scale);
    if (!net->noise.scale)
        return fail_memory(d->why, d->doc->path);
    for (size_t i = 0; i < given; i++) {
        double scale;
        json_place here = json_item(path, i, "");
        TRY(json_read_number(d, json_array_get(list, i), here.text, &scale));
        if (scale < 0)
            return json_bad(d, here.text, "found %g; expected 0 or more", scale);
        if (given == net->n)
            net->noise.scale[i] = scale;
        else
            for (size_t k = 0; k < net->n; k++)
                if (net->population[k] == (int32_t)i)
                    net->noise.scale[k] = scale;
    }
    return EXIT_DONE;
}

/* Rows of numbers, one for each neuron, into double[n][columns]. */
static int read_rows(draft *d, const json_t *list, const char *path, size_t columns, double **out)
{
    size_t n = d->net->n;
    if (!json_is_array(list) || json_array_size(list) != n)
        return json_bad(d, path, "expected a list of %zu rows, one for each neuron", n);
    if (!(*out = memory_new(memory_of(d->why), n * columns, sizeof **out)))
        return fail_memory(d->why, d->doc->path);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(list, i);
        json_place here = json_item(path, i, "");
        if (!json_is_array(row) || json_array_size(row) != columns)
            return json_bad(d, here.text, "expected a list of %zu numbers", columns);
        for (size_t k = 0; k < columns; k++)
            TRY(json_read_number(d, json_array_get(row, k), here.text, &(*out)[i * columns + k]));
    }
    return EXIT_DONE;
}

static int read_own(draft *d, const json_t *scale, const char *path)
{
    noise_choice *out = &d->net->noise;
    if (json_is_array(scale))
        return read_scales(d, scale, path);
    TRY(json_read_number(d, scale, path, &out->common));
    return out->common < 0 ? json_bad(d, path, "found %g; expected 0 or more", out->common) : EXIT_DONE;
}

/* {"covariance": n rows of n} or {"factors": n rows of 1 to 3, "own": a number or a list} instead of a scale. */
static int read_correlated(draft *d, const json_t *noise)
{
    noise_choice *out = &d->net->noise;
    const json_t *factors = json_object_get(noise, "factors"), *own = json_object_get(noise, "own"),
                 *covariance = json_object_get(noise, "covariance");
    if (out->kind != BINNET_NOISE_GAUSSIAN)
        return json_bad(d, "noise", "found a covariance or factors; expected them only with kind gaussian");
    if (json_object_get(noise, "scale") || json_object_get(noise, "dof") || (covariance && (factors || own)))
        return json_bad(d, "noise", "expected a scale, or a covariance, or factors and own");
    if (covariance) {
        if (d->net->n > BINNET_MAX_CHAIN_NEURONS)
            return json_bad(d, "noise.covariance", "expected at most %d neurons", BINNET_MAX_CHAIN_NEURONS);
        return read_rows(d, covariance, "noise.covariance", d->net->n, &out->covariance);
    }
    if (!factors || !own)
        return json_bad(d, "noise", "expected factors (what neurons share) and own (what is a neuron's own)");
    size_t count = json_array_size(json_array_get(factors, 0));
    if (count < 1 || count > BINNET_MAX_FACTORS)
        return json_bad(d, "noise.factors", "found rows of %zu numbers; expected 1 to %d factors", count,
                        BINNET_MAX_FACTORS);
    out->n_factors = count;
    TRY(read_rows(d, factors, "noise.factors", count, &out->factors));
    return read_own(d, own, "noise.own");
}

static int read_noise(draft *d, json_t *noise)
{
    static const char *const keys[] = {"kind", "scale", "dof", "covariance", "factors", "own", NULL};
    static const char *const kinds[] = {"gaussian", "logistic", "uniform", "laplace", "student_t", NULL};
    noise_choice *out = &d->net->noise;
    if (!noise)
        return EXIT_DONE;
    if (!json_is_object(noise))
        return json_wrong_kind(d, "noise", noise, "an object with kind and scale");
    TRY(json_check_keys(d, noise, "noise", keys));
    if (!json_object_get(noise, "kind"))
        return json_bad(d, "noise", "no kind; expected gaussian, logistic, uniform, laplace or student_t");
    TRY(json_read_word(d, noise, "kind", "noise.kind", kinds, BINNET_NOISE_GAUSSIAN, &out->kind));
    const json_t *scale = json_object_get(noise, "scale"), *dof = json_object_get(noise, "dof");
    if (json_object_get(noise, "covariance") || json_object_get(noise, "factors") || json_object_get(noise, "own"))
        return read_correlated(d, noise);
    if (!scale)
        return json_bad(d, "noise", "no scale; expected a number of 0 or more, or a list of them");
    TRY(read_own(d, scale, "noise.scale"));
    if (out->kind != BINNET_NOISE_STUDENT_T)
        return dof ? json_bad(d, "noise.dof", "found beside another kind; expected it only with student_t") : EXIT_DONE;
    if (!dof)
        return json_bad(d, "noise", "no dof; expected the degrees of freedom of student_t");
    TRY(json_read_number(d, dof, "noise.dof", &out->dof));
    return out->dof > 0 ? EXIT_DONE : json_bad(d, "noise.dof", "found %g; expected more than 0", out->dof);
}

int json_read_settings(draft *d, const json_t *root)
{
    static const char *const ties[] = {"active", "silent", "keep", NULL};
    static const char *const updates[] = {"synchronous", "asynchronous", "sweep", NULL};
    network *net = d->net;
    int32_t tie = BINNET_TIE_ACTIVE;
    TRY(json_read_word(d, root, "tie", "tie", ties, BINNET_TIE_ACTIVE, &tie));
    net->tie = tie;
    TRY(json_read_word(d, root, "update", "update", updates, BINNET_UPDATE_SYNCHRONOUS, &net->update));
    TRY(read_noise(d, json_object_get(root, "noise")));
    TRY(json_read_copy(d, root, "title", &net->title));
    return json_read_copy(d, root, "source", &net->source);
}
