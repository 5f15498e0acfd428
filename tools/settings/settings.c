/* From files and options to the library's objects. */
#include "settings/settings.h"

#include "files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int library_failure(failure *why, const binnet_ctx *ctx, int32_t status)
{
    const char *message = binnet_ctx_message(ctx);
    int code = status == BINNET_E_LIMIT || status == BINNET_E_NOMEM ? EXIT_BUDGET
               : status >= 100 && status < 200                      ? EXIT_INPUT
                                                                    : EXIT_STOPPED;
    return fail(why, code, "%s%s%s", binnet_strerror(status), message[0] != 0 ? ": " : "", message);
}

/* Entries of threshold, stimulus and normalisation. */
static size_t entries(const network *net)
{
    return net->n_sizes > 0 ? net->n_sizes : net->n;
}

int setting_apply(const network *net, double *values, const setting *s, const char *option, failure *why)
{
    size_t count = entries(net), hit = 0;
    for (size_t i = 0; i < count; i++) {
        const char *population = net->n_sizes > 0         ? net->population_name[i]
                                 : net->n_populations > 0 ? net->population_name[net->population[i]]
                                                          : NULL;
        const char *name = net->n_sizes > 0 ? population : net->name[i];
        if (s->name == NULL || strcmp(s->name, name) == 0 || (population != NULL && strcmp(s->name, population) == 0)) {
            values[i] = s->value;
            hit++;
        }
    }
    if (hit > 0)
        return EXIT_DONE;
    if (net->n_sizes > 0 && network_find(net, s->name) >= 0)
        return fail(why, EXIT_USAGE, "--%s: '%s' is one neuron of a homogeneous population; name the population",
                    option, s->name);
    return fail(why, EXIT_USAGE, "--%s: there is no neuron or population '%s'", option, s->name);
}

static int normalise(network *net, int how, failure *why)
{
    size_t count = entries(net);
    const char *name[] = {"", "none", "in-degree", "n"};
    size_t silent = 0;
    for (size_t i = 0; i < count; i++) {
        double in = 0;
        if (net->n_sizes > 0)
            for (size_t b = 0; b < count; b++)
                in += net->J[i * count + b] != 0 ? (double)net->size[b] - (b == i && !net->self_connections) : 0;
        else
            in = (double)(net->row_ptr[i + 1] - net->row_ptr[i]);
        silent += in <= 0;
        net->normalisation[i] = how == NORMALISE_NONE ? 1 : how == NORMALISE_N ? (double)net->n : in > 0 ? in : 1;
    }
    TRY(network_note(net, why, "normalisation: %s (--normalise)", name[how]));
    if (how == NORMALISE_INDEGREE && silent > 0)
        TRY(network_note(net, why, "%zu without input keep a normalisation of 1", silent));
    return EXIT_DONE;
}

/* A sum, and whether it was rounded anywhere. */
typedef struct exact_sum {
    double value;
    int rounded;
} exact_sum;

static void add_term(exact_sum *sum, double x)
{
    double s = sum->value + x, part = s - sum->value;
    sum->rounded |= (sum->value - (s - part)) + (x - part) != 0;
    sum->value = s;
}

/* h = (1/M) sum J S + I - theta with S = 2A - 1 is (1/M) sum 2J A + I - (theta + (1/M) sum J). */
static int spins_to_activities(network *net, failure *why)
{
    size_t count = entries(net), rounded = 0;
    for (size_t i = 0; i < count; i++) {
        exact_sum sum = {0, 0}, threshold = {net->threshold[i], 0};
        int finite = 1;
        for (size_t b = 0; b < net->n_sizes; b++) {
            double *J = &net->J[i * count + b], times = (double)net->size[b] - (b == i && !net->self_connections);
            sum.rounded |= fma(*J, times, -(*J * times)) != 0;
            add_term(&sum, *J * times);
            *J *= 2;
            finite &= isfinite(*J) != 0;
        }
        for (int64_t k = net->n_sizes > 0 ? 0 : net->row_ptr[i]; net->n_sizes == 0 && k < net->row_ptr[i + 1]; k++) {
            add_term(&sum, net->weight[k]);
            net->weight[k] *= 2;
            finite &= isfinite(net->weight[k]) != 0;
        }
        double mean = sum.value / net->normalisation[i];
        sum.rounded |= fma(mean, net->normalisation[i], -sum.value) != 0;
        add_term(&threshold, mean);
        net->threshold[i] = threshold.value;
        rounded += sum.rounded || threshold.rounded;
        if (!finite || !isfinite(threshold.value))
            return fail(why, EXIT_INPUT, "--spin-weights: the weights to '%s' are too large for doubles",
                        net->n_sizes > 0 ? net->population_name[i] : net->name[i]);
    }
    TRY(network_note(net, why,
                     "weights for spins S = 2A - 1 doubled, and their sums added to the thresholds (--spin-weights)"));
    if (rounded > 0)
        TRY(network_note(net, why,
                         "%zu of %zu thresholds were rounded by that: drives of exactly 0 may have become others",
                         rounded, count));
    return EXIT_DONE;
}

/* Before anything is computed: outputs whose whole name is known must not be files that were read. */
static int check_outputs(const options *o, failure *why)
{
    char *json = o->out != NULL ? malloc(strlen(o->out) + 6) : NULL;
    int code = o->plot != NULL ? output_check(o->plot, why) : EXIT_DONE;
    if (code == EXIT_DONE && json != NULL && o->format != NULL && strcmp(o->format, "json") == 0) {
        sprintf(json, "%s.json", o->out);
        code = output_check(json, why);
    }
    free(json);
    return code;
}

int model_read(model *m, const options *o, failure *why)
{
    *m = (model){0};
    TRY(network_read(&m->net, o->network, &o->import, why));
    if (m->net.doubt != NULL)
        fprintf(stderr, "binnet: %s: %s\n", o->network, m->net.doubt);
    TRY(check_outputs(o, why));
    network *net = &m->net;
    for (size_t k = 0; k < o->threshold.count; k++)
        TRY(setting_apply(net, net->threshold, &o->threshold.at[k], "threshold", why));
    for (size_t k = 0; k < o->stimulus.count; k++)
        TRY(setting_apply(net, net->stimulus, &o->stimulus.at[k], "stimulus", why));
    if (o->normalise != NORMALISE_FILE)
        TRY(normalise(net, o->normalise, why));
    if (o->spin_weights)
        TRY(spins_to_activities(net, why));
    if (o->tie >= 0)
        net->tie = o->tie;
    if (binnet_ctx_new(&m->ctx) != BINNET_OK)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_ctx_set_i64(m->ctx, BINNET_P_THREADS, o->threads);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(m->ctx, BINNET_P_MEMORY_LIMIT, o->memory);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(m->ctx, BINNET_P_METHOD, o->method);
    if (status == BINNET_OK && o->tolerance > 0)
        status = binnet_ctx_set_f64(m->ctx, BINNET_P_TOLERANCE, o->tolerance);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(m->ctx, BINNET_P_MAX_PERIOD, o->max_period);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(m->ctx, BINNET_P_WORK_LIMIT, o->work_limit);
    if (status == BINNET_OK && o->max_iterations > 0)
        status = binnet_ctx_set_i64(m->ctx, BINNET_P_MAX_ITERATIONS, o->max_iterations);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    TRY(network_make(m->ctx, &m->object, net, why));
    int changed = o->threshold.count > 0 || o->stimulus.count > 0 || o->normalise != NORMALISE_FILE ||
                  o->spin_weights || o->tie >= 0;
    return changed ? network_change(net, m->object, why) : EXIT_DONE;
}

/* Noise of all neurons; `noise` is the choice of the options or the file. */
static int make_noise(model *m, const noise_choice *noise, failure *why)
{
    size_t n = m->net.n;
    double *scale = malloc(n * sizeof *scale);
    if (scale == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; i < n; i++)
        scale[i] = noise->common;
    m->choice = noise;
    int32_t status = noise->file != NULL ? binnet_network_file_noise(m->ctx, &m->noise, noise->file)
                                         : binnet_noise_new(m->ctx, &m->noise, noise->kind, n, scale, noise->dof);
    free(scale);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    m->dof = binnet_noise_kind(m->noise) == BINNET_NOISE_STUDENT_T ? binnet_noise_dof(m->noise) : 0;
    return EXIT_DONE;
}

int model_noise(model *m, const options *o, failure *why)
{
    static const noise_choice none = {.kind = BINNET_NOISE_GAUSSIAN};
    const noise_choice *noise = o->noise.kind != 0 ? &o->noise : m->net.noise.kind != 0 ? &m->net.noise : &none;
    return make_noise(m, noise, why);
}

int model_update_and_noise(model *m, const options *o, failure *why)
{
    const noise_choice *noise = o->noise.kind != 0 ? &o->noise : &m->net.noise;
    m->update = o->update != 0 ? o->update : m->net.update;
    if (m->update == 0)
        return fail(why, EXIT_USAGE, "the file gives no update rule; say --update synchronous, asynchronous or sweep");
    if (noise->kind == 0)
        return fail(why, EXIT_USAGE, "the file gives no noise; say for example --noise gaussian:0.5");
    return make_noise(m, noise, why);
}

int model_chain(model *m, const options *o, failure *why)
{
    size_t n = m->net.n;
    int lumped = m->may_lump && m->net.n_sizes > 0 && n > LUMPED_ABOVE;
    TRY(model_update_and_noise(m, o, why));
    if (!lumped && n > BINNET_MAX_CHAIN_NEURONS)
        return fail(why, EXIT_BUDGET, "%zu neurons have 2^%zu states; the stationary law is for at most %d neurons", n,
                    n, BINNET_MAX_CHAIN_NEURONS);
    int32_t status = lumped ? binnet_chain_new_lumped(m->ctx, &m->chain, m->object, m->noise, m->update)
                            : binnet_chain_new(m->ctx, &m->chain, m->object, m->noise, m->update);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

double model_scale(const model *m, size_t i)
{
    return binnet_noise_scale(m->noise, i);
}

void model_free(model *m)
{
    binnet_chain_free(m->chain);
    binnet_noise_free(m->noise);
    binnet_net_free(m->object);
    binnet_ctx_free(m->ctx);
    network_free(&m->net);
}
