/* binnet store: weights that hold patterns, sequences and cycles, and how safely. */
#include "commands/commands.h"
#include "plot/gnuplot.h"
#include "report/storage.h"
#include "settings/context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct store_options {
    int rule, freed, self, dale;
    double margin, probability, whole, threshold, stimulus, least, greatest;
    const char *mask, *connectome;
    int64_t steps, runs, seed;
} store_options;

enum { DALE_NONE = 0, DALE_FOUND, DALE_CONNECTOME };
/* Recall curves of all states. */
enum { MOST_EXACT = 12, MOST_CURVES = 6, DISTANCES = 11 };

static int no_memory(failure *why)
{
    return fail(why, EXIT_BUDGET, "out of memory");
}

static int library(storing *s, int32_t status, failure *why)
{
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, s->ctx, status);
}

/* --- transitions --- */

static int list_transitions(storing *s, failure *why)
{
    const patterns *p = &s->p;
    size_t n = p->n, at = 0;
    for (size_t k = 0; k < p->paths; k++)
        s->L += p->path[k].count - !p->path[k].cyclic;
    if (s->L == 0)
        return fail(why, EXIT_INPUT, "%s: has no transitions", s->o->network);
    s->from = malloc(s->L * n);
    s->to = malloc(s->L * n);
    s->path = calloc(s->L, sizeof *s->path);
    s->step = calloc(s->L, sizeof *s->step);
    s->J = calloc(n * n, sizeof *s->J);
    s->probability = calloc(s->L, sizeof *s->probability);
    s->failure = calloc(s->L, sizeof *s->failure);
    if (!s->from || !s->to || !s->path || !s->step || !s->J || !s->probability || !s->failure)
        return no_memory(why);
    for (size_t k = 0; k < p->paths; k++) {
        const pattern_path *path = &p->path[k];
        for (size_t e = 0; e + !path->cyclic < path->count; e++, at++) {
            memcpy(s->from + at * n, p->state + path->pattern[e] * n, n);
            memcpy(s->to + at * n, p->state + path->pattern[(e + 1) % path->count] * n, n);
            s->path[at] = k;
            s->step[at] = e;
        }
    }
    return EXIT_DONE;
}

static int set_margins(storing *s, const store_options *own, failure *why)
{
    size_t n = s->p.n;
    if (own->rule > BINNET_RULE_MARGIN)
        return EXIT_DONE;
    if ((s->margin = malloc(s->L * n * sizeof *s->margin)) == NULL)
        return no_memory(why);
    for (size_t k = 0; k < s->L * n; k++)
        s->margin[k] = own->margin;
    if (own->probability == 0 && own->whole == 0)
        return EXIT_DONE;
    for (size_t l = 0; l < s->L; l++) {
        const pattern_path *path = &s->p.path[s->path[l]];
        double steps = (double)(path->count - !path->cyclic);
        s->probability[l] = own->probability > 0 ? own->probability : pow(own->whole, 1 / steps);
    }
    return library(s, binnet_store_margins(s->ctx, s->margin, s->L, n, s->to, s->probability, own->margin, s->noise),
                   why);
}

/* --- wiring --- */

/* All weights J[n][n] of a network file. */
static int read_weights(double **J, const storing *s, const char *path, failure *why)
{
    network net;
    binnet_net *object = NULL;
    size_t n = s->p.n;
    TRY(network_read(&net, path, &s->o->import, why));
    int code = EXIT_DONE;
    if (net.n != n)
        code = fail(why, EXIT_INPUT, "%s has %zu neurons; the patterns have %zu", path, net.n, n);
    else if ((*J = calloc(n * n, sizeof **J)) == NULL)
        code = no_memory(why);
    if (code == EXIT_DONE && (code = network_make(s->ctx, &object, &net, why)) == EXIT_DONE) {
        int32_t status = binnet_net_weights(s->ctx, *J, n, object);
        code = status == BINNET_OK ? EXIT_DONE : library_failure(why, s->ctx, status);
    }
    binnet_net_free(object);
    network_free(&net);
    return code;
}

typedef struct wiring_tables {
    uint8_t *mask;
    int32_t *sign;
    double *least, *greatest, *connectome;
} wiring_tables;

static int set_mask(wiring_tables *t, const storing *s, const char *path, failure *why)
{
    double *J = NULL;
    size_t n = s->p.n;
    int code = read_weights(&J, s, path, why);
    if (code == EXIT_DONE && (t->mask = calloc(n * n, 1)) == NULL)
        code = no_memory(why);
    for (size_t k = 0; code == EXIT_DONE && k < n * n; k++)
        t->mask[k] = J[k] != 0;
    free(J);
    return code;
}

static int set_signs(wiring_tables *t, size_t n, int dale, const char *path, failure *why)
{
    if ((t->sign = calloc(n, sizeof *t->sign)) == NULL)
        return no_memory(why);
    for (size_t j = 0; j < n; j++) {
        t->sign[j] = BINNET_SIGN_FOUND;
        for (size_t i = 0; i < n && dale == DALE_CONNECTOME; i++) {
            double w = t->connectome[i * n + j];
            int32_t sign = w > 0 ? BINNET_SIGN_EXCITATORY : BINNET_SIGN_INHIBITORY;
            if (w == 0)
                continue;
            if (t->sign[j] != BINNET_SIGN_FOUND && t->sign[j] != sign)
                return fail(why, EXIT_INPUT, "%s: neuron %zu excites and inhibits; --dale connectome needs one sign",
                            path, j + 1);
            t->sign[j] = sign;
        }
    }
    return EXIT_DONE;
}

static int set_bounds(double **table, size_t n, double value, failure *why)
{
    if (isinf(value))
        return EXIT_DONE;
    if ((*table = malloc(n * n * sizeof **table)) == NULL)
        return no_memory(why);
    for (size_t k = 0; k < n * n; k++)
        (*table)[k] = value;
    return EXIT_DONE;
}

static int make_tables(wiring_tables *t, const storing *s, const store_options *own, failure *why)
{
    size_t n = s->p.n;
    if (own->mask != NULL)
        TRY(set_mask(t, s, own->mask, why));
    if (own->connectome != NULL)
        TRY(read_weights(&t->connectome, s, own->connectome, why));
    if (own->dale != DALE_NONE)
        TRY(set_signs(t, n, own->dale, own->connectome, why));
    TRY(set_bounds(&t->least, n, own->least, why));
    return set_bounds(&t->greatest, n, own->greatest, why);
}

static int make_wiring(binnet_wiring **out, storing *s, const store_options *own, failure *why)
{
    wiring_tables t = {0};
    int code = make_tables(&t, s, own, why);
    if (code == EXIT_DONE)
        code = library(s,
                       binnet_wiring_new(s->ctx, out, s->p.n, t.mask, own->self, t.sign, t.least, t.greatest,
                                         t.connectome, own->freed),
                       why);
    free(t.mask);
    free(t.sign);
    free(t.least);
    free(t.greatest);
    free(t.connectome);
    return code;
}

/* --- the network that results --- */

static int save_network(const storing *s, const options *o, failure *why)
{
    binnet_network_file *file = NULL;
    int32_t status = binnet_network_file_new(s->ctx, &file, s->net, s->noise, BINNET_UPDATE_SYNCHRONOUS);
    int code = status == BINNET_OK ? network_file_write(s->ctx, file, o->out, "json", NULL, 0, why)
                                   : file_failure(why, s->ctx, status);
    if (code == EXIT_DONE && !o->quiet)
        printf("written        %s\n", o->out);
    binnet_network_file_free(file);
    return code;
}

static int make_network(storing *s, failure *why)
{
    size_t n = s->p.n;
    double *theta = calloc(n, sizeof *theta), *stimulus = calloc(n, sizeof *stimulus);
    int code = theta != NULL && stimulus != NULL ? EXIT_DONE : no_memory(why);
    for (size_t i = 0; i < n && code == EXIT_DONE; i++) {
        theta[i] = binnet_storage_threshold(s->s, i);
        stimulus[i] = binnet_storage_stimulus(s->s, i);
    }
    if (code == EXIT_DONE)
        code = library(s, binnet_net_new(s->ctx, &s->net, n, s->J, NULL, theta, stimulus), why);
    free(theta);
    free(stimulus);
    return code;
}

/* --- recall --- */

static int make_curve(recall_curve *c, size_t path, size_t distances, size_t n, int exact, failure *why)
{
    *c = (recall_curve){.path = path, .distances = distances, .exact = exact};
    c->distance = calloc(distances, sizeof *c->distance);
    c->mean = calloc(4 * distances, sizeof *c->mean);
    if (c->distance == NULL || c->mean == NULL)
        return no_memory(why);
    c->low = c->mean + distances;
    c->high = c->low + distances;
    c->worst = c->high + distances;
    for (size_t d = 0; d < distances; d++)
        c->distance[d] = exact ? d : d * (n / 2) / (distances > 1 ? distances - 1 : 1);
    return EXIT_DONE;
}

static int exact_curve(storing *s, recall_curve *c, binnet_chain *chain, const pattern_path *path, failure *why)
{
    size_t n = s->p.n, wide = n + 1;
    uint64_t *target = calloc(path->count, sizeof *target);
    double *all = calloc(2 * ((size_t)s->steps + 1) * wide, sizeof *all), *worst = all + ((size_t)s->steps + 1) * wide;
    int code = target != NULL && all != NULL ? EXIT_DONE : no_memory(why);
    for (size_t k = 0; k < path->count && code == EXIT_DONE; k++)
        for (size_t i = 0; i < n; i++)
            target[k] |= (uint64_t)s->p.state[path->pattern[k] * n + i] << i;
    if (code == EXIT_DONE)
        code = library(s, binnet_recall_curve(s->ctx, all, worst, (uint64_t)s->steps, n, path->count, target, chain),
                       why);
    for (size_t d = 0; d < wide && code == EXIT_DONE; d++) {
        c->mean[d] = c->low[d] = c->high[d] = all[(size_t)s->steps * wide + d];
        c->worst[d] = worst[(size_t)s->steps * wide + d];
    }
    free(target);
    free(all);
    return code;
}

static int sampled_curve(storing *s, recall_curve *c, const pattern_path *path, int64_t runs, failure *why)
{
    size_t n = s->p.n, count = ((size_t)s->steps + 1) * c->distances, last = (size_t)s->steps * c->distances;
    uint8_t *target = malloc(path->count * n);
    double *mean = calloc(3 * count, sizeof *mean);
    int code = target != NULL && mean != NULL ? EXIT_DONE : no_memory(why);
    for (size_t k = 0; k < path->count && code == EXIT_DONE; k++)
        memcpy(target + k * n, s->p.state + path->pattern[k] * n, n);
    if (code == EXIT_DONE)
        code = library(s,
                       binnet_recall_curve_sampled(s->ctx, mean, mean + count, mean + 2 * count, (uint64_t)s->steps,
                                                   c->distances, c->distance, (uint64_t)runs, n, path->count, target,
                                                   s->net, s->noise),
                       why);
    for (size_t d = 0; d < c->distances && code == EXIT_DONE; d++) {
        c->mean[d] = mean[last + d];
        c->low[d] = mean[count + last + d];
        c->high[d] = mean[2 * count + last + d];
        c->worst[d] = NAN;
    }
    free(target);
    free(mean);
    return code;
}

static int find_curves(storing *s, const store_options *own, failure *why)
{
    size_t n = s->p.n, distances = n <= MOST_EXACT ? n + 1 : n / 2 + 1 < DISTANCES ? n / 2 + 1 : DISTANCES;
    binnet_chain *chain = NULL;
    int exact = n <= MOST_EXACT, code = EXIT_DONE;
    if ((s->curve = calloc(MOST_CURVES, sizeof *s->curve)) == NULL)
        return no_memory(why);
    if (exact)
        TRY(library(s, binnet_chain_new(s->ctx, &chain, s->net, s->noise, BINNET_UPDATE_SYNCHRONOUS), why));
    for (size_t k = 0; k < s->p.paths && s->curves < MOST_CURVES && code == EXIT_DONE; k++) {
        if (!s->p.path[k].cyclic)
            continue;
        recall_curve *c = &s->curve[s->curves++];
        code = make_curve(c, k, distances, n, exact, why);
        if (code == EXIT_DONE)
            code = exact ? exact_curve(s, c, chain, &s->p.path[k], why)
                         : sampled_curve(s, c, &s->p.path[k], own->runs, why);
    }
    binnet_chain_free(chain);
    return code;
}

/* --- the command --- */

static int make_noise(storing *s, const noise_choice *noise, failure *why)
{
    size_t n = s->p.n;
    if (noise->kind == 0)
        return EXIT_DONE;
    double *scale = malloc(n * sizeof *scale);
    if (scale == NULL)
        return no_memory(why);
    for (size_t i = 0; i < n; i++)
        scale[i] = noise->common;
    int code = library(s, binnet_noise_new(s->ctx, &s->noise, noise->kind, n, scale, noise->dof), why);
    free(scale);
    return code;
}

static int store_transitions(storing *s, const store_options *own, failure *why)
{
    size_t n = s->p.n;
    binnet_wiring *wiring = NULL;
    TRY(make_wiring(&wiring, s, own, why));
    double *theta = malloc(2 * n * sizeof *theta);
    int code = theta != NULL ? EXIT_DONE : no_memory(why);
    for (size_t i = 0; i < n && code == EXIT_DONE; i++) {
        theta[i] = own->threshold;
        theta[n + i] = own->stimulus;
    }
    if (code == EXIT_DONE) {
        s->status = binnet_store(s->ctx, s->J, &s->s, n, s->L, s->from, s->to, own->rule, s->margin, NULL, theta,
                                 theta + n, wiring);
        if (s->status != BINNET_E_UNMET) /* else it is said at the end */
            code = library(s, s->status, why);
    }
    free(theta);
    binnet_wiring_free(wiring);
    return code;
}

static int solve(storing *s, const options *o, const store_options *own, failure *why)
{
    TRY(patterns_read(&s->p, o->network, &o->import, why));
    TRY(work_ctx(&s->ctx, o, why));
    binnet_ctx_set_i64(s->ctx, BINNET_P_SEED, own->seed);
    if (o->plot != NULL)
        TRY(picture_possible(o, why));
    TRY(list_transitions(s, why));
    if (!o->quiet)
        storage_report(s);
    TRY(make_noise(s, &o->noise, why));
    TRY(set_margins(s, own, why));
    TRY(store_transitions(s, own, why));
    TRY(make_network(s, why));
    if (s->noise != NULL) {
        TRY(library(s,
                    binnet_recall_transitions(s->ctx, s->probability, s->failure, s->L, s->p.n, s->from, s->to, s->net,
                                              s->noise),
                    why));
        TRY(find_curves(s, own, why));
    }
    if (!o->quiet)
        storage_report_result(s, own->rule);
    if (o->out != NULL)
        TRY(save_network(s, o, why));
    if (o->plot != NULL)
        TRY(storage_plot(s, why));
    return s->status == BINNET_E_UNMET ? storage_unmet(s, why) : EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    const store_options *own = o->own;
    storing s = {.o = o, .steps = own->steps, .runs = own->runs};
    int code = solve(&s, o, own, why);
    for (size_t k = 0; k < s.curves; k++) {
        free(s.curve[k].distance);
        free(s.curve[k].mean);
    }
    free(s.curve);
    free(s.from);
    free(s.to);
    free(s.path);
    free(s.step);
    free(s.margin);
    free(s.J);
    free(s.probability);
    free(s.failure);
    binnet_storage_free(s.s);
    binnet_net_free(s.net);
    binnet_noise_free(s.noise);
    binnet_ctx_free(s.ctx);
    patterns_free(&s.p);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const store_options *own = o->own;
    if ((own->probability > 0 || own->whole > 0) && o->noise.kind == 0)
        return fail(why, EXIT_USAGE, "a probability needs noise: --noise KIND:SCALE");
    if (own->probability > 0 && own->whole > 0)
        return fail(why, EXIT_USAGE, "--probability and --path-probability do not go together");
    if (own->rule > BINNET_RULE_MARGIN && (own->probability > 0 || own->whole > 0))
        return fail(why, EXIT_USAGE, "probabilities are met by the rules exact and margin only");
    if (own->dale == DALE_CONNECTOME && own->connectome == NULL)
        return fail(why, EXIT_USAGE, "--dale connectome needs --connectome FILE");
    if (own->rule != BINNET_RULE_MARGIN && (own->dale != DALE_NONE || !isinf(own->least) || !isinf(own->greatest)))
        return fail(why, EXIT_USAGE, "--dale, --least and --greatest need --rule margin");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    {"rule", "NAME",
     "exact (margins as wanted, least squares; default), margin (at least as wanted), hebb, storkey, pseudo-inverse, "
     "temporal or covariance",
     option_word, OWN(store_options, rule),
     .words = "exact, margin, hebb, storkey, pseudo-inverse, temporal, covariance"},
    {"noise", "KIND:SCALE", "gaussian, logistic, uniform, laplace; student_t:SCALE:DOF", option_noise, SHARED(noise)},
    {"probability", "P", "wanted of each transition", option_number, OWN(store_options, probability), .least = 1e-300,
     .most = 1},
    {"path-probability", "P", "wanted of each sequence, cycle or pattern as a whole", option_number,
     OWN(store_options, whole), .least = 1e-300, .most = 1},
    {"margin", "K", "wanted where no probability says it, default 1", option_number, OWN(store_options, margin),
     .least = 1e-300, .most = 1e300},
    {"threshold", "X", "of all neurons, default 0", option_number, OWN(store_options, threshold), .least = -1e300,
     .most = 1e300},
    {"stimulus", "X", "of all neurons, default 0", option_number, OWN(store_options, stimulus), .least = -1e300,
     .most = 1e300},
    {"free", "WHAT", "none, threshold or stimulus: what is found besides the weights", option_word,
     OWN(store_options, freed), .words = "none, threshold, stimulus"},
    {"self", NULL, "self-connections may exist", option_flag, OWN(store_options, self)},
    {"mask", "NETWORK", "a network file: its connections alone may exist", option_text, OWN(store_options, mask)},
    {"connectome", "NETWORK", "a network file: weights are to be as near to it as can be", option_text,
     OWN(store_options, connectome)},
    {"dale", "HOW", "one sign for all that a neuron sends: none, found, or as in the connectome", option_word,
     OWN(store_options, dale), .words = "none, found, connectome"},
    {"least", "W", "least weight", option_number, OWN(store_options, least), .least = -1e300, .most = 1e300},
    {"greatest", "W", "greatest weight", option_number, OWN(store_options, greatest), .least = -1e300, .most = 1e300},
    {"steps", "T", "of the recall curves, default 10", option_whole, OWN(store_options, steps), .most = 100000},
    {"runs", "K",
     "simulated for each point of a recall curve of more than 12 neurons, and for basins of more than 24; default 200",
     option_whole, OWN(store_options, runs), .least = 1, .most = 100000000},
    {"seed", "K", "of the simulation, default 1", option_whole, OWN(store_options, seed), .most = 9e15},
    {"output", "FILE", "the network, as JSON", option_text, SHARED(out), .letter = 'o'},
    OPTION_LIMIT("transitions shown, default 30"),
    {0}};

const command command_store = {
    .name = "store",
    .usage = "binnet store PATTERNS -o NETWORK [--rule NAME] [--noise KIND:SCALE --probability P] [options]",
    .about = "weights that hold patterns, sequences and cycles, and how safely",
    .file = "PATTERNS",
    .options = own_options,
    .groups = {&group_picture, &group_limits, &group_import},
    .own_size = sizeof(store_options),
    .own =
        &(const store_options){
            .margin = 1, .least = -INFINITY, .greatest = INFINITY, .steps = 10, .runs = 200, .seed = 1},
    .check = check_options,
    .run = run_command};
