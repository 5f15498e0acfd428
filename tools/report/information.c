/* From a law to what is known of it in nats. */
#include "report/information.h"

#include "settings/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const information_part_names[BINNET_INFORMATION_PARTS] = {"linear", "signal similarity",
                                                                      "stimulus-independent correlation",
                                                                      "stimulus-dependent correlation"};

/* A group whose joint law now and later is followed without being asked for. */
enum { MOST_REMEMBERED = 6 };

/* --- what is asked for --- */

static int plan_groups(information *f, const information_options *own, failure *why)
{
    const model *m = f->m;
    group_all(&f->group, m->net.n);
    if (own->group != NULL)
        TRY(group_read(&f->group, m, "group", own->group, why));
    f->two_groups = own->source != NULL;
    if (!f->two_groups)
        return EXIT_DONE;
    TRY(group_read(&f->source, m, "source", own->source, why));
    TRY(group_read(&f->target, m, "target", own->target, why));
    int32_t both = group_common_neuron(&f->source, &f->target);
    if (both >= 0)
        return fail(why, EXIT_USAGE,
                    "--source and --target: neuron '%s' is in both; transfer entropy is between groups without a "
                    "neuron in common",
                    m->net.name[both]);
    return EXIT_DONE;
}

/* Laws of the responses are kept until all are there. */
static int check_room(const information *f, failure *why)
{
    double bytes = 8 * ldexp((double)f->set.count, (int)f->group.count);
    if (f->o->memory > 0 && bytes > (double)f->o->memory)
        return fail(why, EXIT_BUDGET,
                    "the responses of %zu neurons to %zu stimuli take %.4g MiB, over the limit of %.4g MiB; name fewer "
                    "neurons with --group",
                    f->group.count, f->set.count, bytes / 1048576, (double)f->o->memory / 1048576);
    return EXIT_DONE;
}

int information_plan(information *f, const model *m, const options *o, failure *why)
{
    const information_options *own = o->own;
    *f = (information){.m = m, .o = o, .lag = (uint64_t)own->lag};
    TRY(plan_groups(f, own, why));
    if (own->populations && population_count(&m->net) == 0)
        return fail(why, EXIT_USAGE, "--populations: the network has none");
    f->nodes = own->populations ? population_count(&m->net) : m->net.n;
    f->name = own->populations ? m->net.population_name : m->net.name;
    if (own->stimulus_set != NULL)
        TRY(stimuli_read_text(&f->set, m, own->stimulus_set, why));
    if (own->stimuli != NULL)
        TRY(stimuli_read_file(&f->set, m, own->stimuli, (uint64_t)o->max_bytes, why));
    TRY(check_room(f, why));
    f->mutual = calloc(2 * f->nodes * f->nodes + f->set.count * f->group.count + 1, sizeof *f->mutual);
    if (f->mutual == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    f->transfer = f->mutual + f->nodes * f->nodes;
    f->response = f->transfer + f->nodes * f->nodes;
    return EXIT_DONE;
}

void information_free(information *f)
{
    free(f->mutual);
    stimuli_free(&f->set);
}

/* --- figures --- */

/* What is infinite or too much for the library is said and left out; everything else is a failure. */
static int take_figure(figure *out, const model *m, int32_t status, failure *why)
{
    if (status == BINNET_OK)
        return EXIT_DONE;
    TRY(status == BINNET_E_UNDEFINED || status == BINNET_E_RANGE || status == BINNET_E_LIMIT
            ? EXIT_DONE
            : library_failure(why, m->ctx, status));
    if (status != BINNET_E_UNDEFINED || !isinf(out->nats))
        out->nats = NAN;
    snprintf(out->why_not, sizeof out->why_not, "%.*s", (int)sizeof out->why_not - 1, binnet_ctx_message(m->ctx));
    return EXIT_DONE;
}

static int find_rates(information *f, failure *why)
{
    const model *m = f->m;
    TRY(take_figure(&f->entropy, m, binnet_law_entropy(m->ctx, &f->entropy.nats, f->law), why));
    TRY(take_figure(&f->rate, m, binnet_chain_entropy_rate(m->ctx, &f->rate.nats, m->chain, f->law), why));
    TRY(take_figure(&f->production, m, binnet_chain_entropy_production(m->ctx, &f->production.nats, m->chain, f->law),
                    why));
    figure balance = {0};
    TRY(take_figure(&balance, m, binnet_chain_detailed_balance(m->ctx, &f->net_flow, &f->imbalance, m->chain, f->law),
                    why));
    memcpy(f->imbalance_why_not, balance.why_not, sizeof balance.why_not);
    if (isnan(balance.nats))
        f->net_flow = f->imbalance = NAN;
    return EXIT_DONE;
}

static int find_group_figures(information *f, failure *why)
{
    const model *m = f->m;
    const neuron_group *g = &f->group;
    TRY(take_figure(&f->multi, m, binnet_law_multi_information(m->ctx, &f->multi.nats, f->law, g->count, g->neuron),
                    why));
    if (g->count > MOST_REMEMBERED) {
        f->memory.nats = NAN;
        snprintf(f->memory.why_not, sizeof f->memory.why_not, "more than %d neurons; name fewer with --group",
                 MOST_REMEMBERED);
        return EXIT_DONE;
    }
    return take_figure(&f->memory, m,
                       binnet_chain_mutual_information(m->ctx, &f->memory.nats, m->chain, f->law, f->lag, g->count,
                                                       g->neuron, g->count, g->neuron),
                       why);
}

/* Asked for by name: what cannot be had is a failure. */
static int find_between(information *f, failure *why)
{
    const model *m = f->m;
    const neuron_group *a = &f->source, *b = &f->target;
    int32_t status = binnet_chain_mutual_information(m->ctx, &f->between, m->chain, f->law, f->lag, a->count, a->neuron,
                                                     b->count, b->neuron);
    if (status == BINNET_OK)
        status = binnet_chain_transfer_entropy(m->ctx, &f->there, m->chain, f->law, a->count, a->neuron, b->count,
                                               b->neuron);
    if (status == BINNET_OK)
        status = binnet_chain_transfer_entropy(m->ctx, &f->back, m->chain, f->law, b->count, b->neuron, a->count,
                                               a->neuron);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

/* --- matrices --- */

static int find_pairs(information *f, failure *why)
{
    const model *m = f->m;
    size_t n = f->nodes;
    int32_t status = binnet_chain_mutual_information_pairs(m->ctx, f->mutual, n, m->chain, f->law, f->lag);
    if (status == BINNET_OK)
        status = binnet_chain_transfer_entropy_pairs(m->ctx, f->transfer, n, m->chain, f->law);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    for (size_t i = 0; i < n; i++) { /* the library's rows receive, here they send */
        f->transfer[i * n + i] = NAN;
        for (size_t j = 0; j < i; j++) {
            double x = f->transfer[i * n + j];
            f->transfer[i * n + j] = f->transfer[j * n + i];
            f->transfer[j * n + i] = x;
        }
    }
    return EXIT_DONE;
}

/* p: or NULL. */
static int find_population_pairs(information *f, progress *p, failure *why)
{
    const model *m = f->m;
    size_t n = f->nodes;
    for (size_t k = 0; k < n * n; k++) {
        neuron_group a, b;
        group_population(&a, m, k / n);
        group_population(&b, m, k % n);
        if (p != NULL)
            progress_span(p, 0.5 * (double)k / (double)(n * n), 0.5 * (double)(k + 1) / (double)(n * n));
        f->transfer[k] = NAN;
        int32_t status = binnet_chain_mutual_information(m->ctx, &f->mutual[k], m->chain, f->law, f->lag, a.count,
                                                         a.neuron, b.count, b.neuron);
        if (status == BINNET_OK && k / n != k % n)
            status = binnet_chain_transfer_entropy(m->ctx, &f->transfer[k], m->chain, f->law, a.count, a.neuron,
                                                   b.count, b.neuron);
        if (status != BINNET_OK)
            return library_failure(why, m->ctx, status);
    }
    return EXIT_DONE;
}

int information_find_populations(information *f, failure *why)
{
    return find_population_pairs(f, NULL, why);
}

/* --- stimuli --- */

/* The law of the group's activities at a stimulus. */
static int32_t group_law(binnet_law **out, double *mean, const information *f, const binnet_law *law)
{
    const neuron_group *g = &f->group;
    binnet_ctx *ctx = f->m->ctx;
    size_t len = (size_t)1 << g->count;
    double *p = malloc(len * sizeof *p);
    if (p == NULL)
        return BINNET_E_NOMEM;
    int32_t status = binnet_law_marginal(ctx, p, len, law, g->count, g->neuron);
    if (status == BINNET_OK)
        status = binnet_law_new(ctx, out, g->count, p, len);
    free(p);
    return status == BINNET_OK ? binnet_law_mean(ctx, mean, g->count, *out) : status;
}

/* From the law without this stimulus, which is only a start. */
static int solve_stimulus(binnet_law **out, information *f, size_t k, failure *why)
{
    const model *m = f->m;
    binnet_net *net = NULL;
    binnet_chain *chain = NULL;
    binnet_law *law = NULL;
    int32_t status = binnet_net_with_stimuli(m->ctx, &net, m->object, f->set.stimulus + k * m->net.n);
    if (status == BINNET_OK)
        status = binnet_chain_new(m->ctx, &chain, net, m->noise, m->update);
    if (status == BINNET_OK)
        status = binnet_chain_stationary_from(m->ctx, &law, chain, f->law);
    f->without_law = status == BINNET_E_REDUCIBLE || status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW;
    if (status == BINNET_OK)
        status = group_law(out, f->response + k * f->group.count, f, law);
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_net_free(net);
    if (code != EXIT_DONE && !progress_stopped()) {
        failure said = *why;
        char text[200];
        return fail(why, code, "stimulus %zu (%s): %.700s", k + 1, stimulus_text(text, sizeof text, &f->set, k),
                    said.text);
    }
    return code;
}

/* p: or NULL. */
static int find_told(information *f, progress *p, failure *why)
{
    size_t count = f->set.count, k = f->group.count;
    binnet_law **law = calloc(count, sizeof *law);
    int code = law != NULL ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
    for (size_t s = 0; s < count && code == EXIT_DONE; s++) {
        if (p != NULL)
            progress_span(p, 0.5 + 0.5 * (double)s / (double)count, 0.5 + 0.5 * (double)(s + 1) / (double)count);
        code = p != NULL && progress_step(p, 0) ? fail(why, EXIT_STOPPED, "interrupted")
                                                : solve_stimulus(&law[s], f, s, why);
    }
    if (code == EXIT_DONE) {
        neuron_group every;
        group_all(&every, k);
        int32_t status = binnet_stimulus_information(f->m->ctx, &f->told, f->part, count,
                                                     (const binnet_law *const *)law, f->set.prior, k, every.neuron);
        code = status == BINNET_OK ? EXIT_DONE : library_failure(why, f->m->ctx, status);
    }
    for (size_t s = 0; s < count && law != NULL; s++)
        binnet_law_free(law[s]);
    free(law);
    return code;
}

int information_find_told(information *f, failure *why)
{
    return find_told(f, NULL, why);
}

int information_make(information *f, const binnet_law *law, failure *why)
{
    const information_options *own = f->o->own;
    progress p;
    double began = work_clock();
    f->law = law;
    progress_begin(&p, f->m->ctx, f->o->quiet);
    int code = find_rates(f, why);
    if (code == EXIT_DONE)
        code = find_group_figures(f, why);
    if (code == EXIT_DONE)
        code = own->populations ? find_population_pairs(f, &p, why) : find_pairs(f, why);
    if (code == EXIT_DONE && f->two_groups)
        code = find_between(f, why);
    if (code == EXIT_DONE && f->set.count > 0)
        code = find_told(f, &p, why);
    progress_end(&p, f->m->ctx);
    f->after = work_clock() - began;
    return code;
}
