/* binnet capacity: how many random patterns each rule stores, against the load. */
#include "report/capacity.h"
#include "report/storage.h"
#include "commands/commands.h"
#include "files/number_lists.h"
#include "plot/gnuplot.h"
#include "report/tables.h"
#include "settings/context.h"
#include "settings/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct capacity_options {
    int64_t neurons, sets, seed;
    const char *loads, *rules;
    double activity, probability;
    int cycles, self, freed;
} capacity_options;

typedef struct trial {
    const capacity_options *own;
    binnet_ctx *ctx;
    binnet_noise *noise;
    binnet_wiring *wiring;
    capacity c;
} trial;

const char *const capacity_rules[CAPACITY_RULES] = {"exact",          "margin",   "hebb",      "storkey",
                                                    "pseudo-inverse", "temporal", "covariance"};

static int library(trial *t, int32_t status, failure *why)
{
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, t->ctx, status);
}

static int read_rules(capacity *c, const char *text, failure *why)
{
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ","), k = 0;
        while (k < CAPACITY_RULES &&
               (strlen(capacity_rules[k]) != length || strncmp(at, capacity_rules[k], length) != 0))
            k++;
        if (k == CAPACITY_RULES)
            return fail(why, EXIT_USAGE,
                        "--rules: found '%.*s', expected exact, margin, hebb, storkey, pseudo-inverse, temporal or "
                        "covariance",
                        (int)length, at);
        for (size_t e = 0; e < c->rules; e++)
            if (c->rule[e] == (int)k)
                return fail(why, EXIT_USAGE, "--rules: %s stands there twice", capacity_rules[k]);
        c->rule[c->rules++] = (int)k;
        at += length + (at[length] == ',');
    }
    return c->rules > 0 ? EXIT_DONE : fail(why, EXIT_USAGE, "--rules: names no rule");
}

/* The loads asked for become those of whole patterns. */
static int read_loads(trial *t, failure *why)
{
    capacity *c = &t->c;
    TRY(list_numbers(&c->load, &c->loads, "loads", t->own->loads, 0, 100, 0, why));
    c->patterns = calloc(c->loads + 1, sizeof *c->patterns);
    c->cover = calloc(c->loads + 1, sizeof *c->cover);
    c->point = calloc((c->loads + 1) * c->rules * 2, sizeof *c->point);
    if (c->patterns == NULL || c->cover == NULL || c->point == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t k = 0; k < c->loads; k++) {
        double count = fmax(round(c->load[k] * (double)c->inputs), 1);
        c->patterns[k] = (size_t)count;
        c->load[k] = count / (double)c->inputs;
    }
    return EXIT_DONE;
}

/* Both bounds are of fair patterns, and of signs alone. */
static int find_bounds(trial *t, failure *why)
{
    capacity *c = &t->c;
    int fair = !(c->activity < 0.5) && !(c->activity > 0.5) && t->own->freed == 0;
    c->gardner = NAN;
    if (fair)
        TRY(library(t, binnet_capacity_gardner(t->ctx, &c->gardner, 0), why));
    for (size_t k = 0; k < c->loads; k++) {
        c->cover[k] = NAN;
        if (fair)
            TRY(library(t, binnet_capacity_cover(t->ctx, &c->cover[k], c->patterns[k], c->inputs), why));
    }
    return EXIT_DONE;
}

static int make_objects(trial *t, const options *o, failure *why)
{
    size_t n = t->c.n;
    TRY(library(t, binnet_wiring_new(t->ctx, &t->wiring, n, NULL, t->own->self, NULL, NULL, NULL, NULL, t->own->freed),
                why));
    if (o->noise.kind == 0)
        return EXIT_DONE;
    double *scale = malloc(n * sizeof *scale);
    if (scale == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; i < n; i++)
        scale[i] = o->noise.common;
    int code = library(t, binnet_noise_new(t->ctx, &t->noise, o->noise.kind, n, scale, o->noise.dof), why);
    free(scale);
    return code;
}

static int sample_points(trial *t, progress *p, failure *why)
{
    capacity *c = &t->c;
    size_t done = 0, all = c->rules * c->loads * (size_t)(1 + c->noisy);
    for (int noisy = 0; noisy <= c->noisy; noisy++)
        for (size_t r = 0; r < c->rules; r++)
            for (size_t k = 0; k < c->loads; k++, done++) {
                capacity_point *at = &c->point[done];
                progress_span(p, (double)done / (double)all, (double)(done + 1) / (double)all);
                int may_free = c->rule[r] <= BINNET_RULE_MARGIN;
                TRY(library(t,
                            binnet_capacity_sampled(t->ctx, &at->whole, &at->neurons, &at->unproved, (uint64_t)c->sets,
                                                    c->n, c->patterns[k], c->activity, c->rule[r], c->cycles,
                                                    c->probability, noisy ? t->noise : NULL,
                                                    may_free || t->own->self ? t->wiring : NULL),
                            why));
                wilson_interval(&at->whole_low, &at->whole_high, at->whole, (double)c->sets);
                wilson_interval(&at->neurons_low, &at->neurons_high, at->neurons, (double)c->sets);
            }
    return EXIT_DONE;
}

static int solve(trial *t, const options *o, failure *why)
{
    capacity *c = &t->c;
    TRY(read_rules(c, t->own->rules, why));
    TRY(read_loads(t, why));
    TRY(work_ctx(&t->ctx, o, why));
    binnet_ctx_set_i64(t->ctx, BINNET_P_SEED, t->own->seed);
    if (o->plot != NULL)
        TRY(picture_possible(o, why));
    TRY(find_bounds(t, why));
    TRY(make_objects(t, o, why));
    progress p;
    progress_begin(&p, t->ctx, o->quiet);
    int code = sample_points(t, &p, why);
    progress_end(&p, t->ctx);
    TRY(code);
    if (!o->quiet)
        capacity_report(c);
    if (o->out != NULL) {
        TRY(capacity_write(c, why));
        TRY(tables_commit(o, why));
    }
    if (o->plot == NULL)
        return EXIT_DONE;
    return capacity_plot(c, why);
}

static int run_command(const options *o, failure *why)
{
    const capacity_options *own = o->own;
    trial t = {.own = own,
               .c = {.o = o,
                     .n = (size_t)own->neurons,
                     .inputs = (size_t)own->neurons - !own->self,
                     .sets = own->sets,
                     .activity = own->activity,
                     .probability = own->probability,
                     .cycles = own->cycles,
                     .noisy = o->noise.kind != 0}};
    int code = solve(&t, o, why);
    free(t.c.load);
    free(t.c.patterns);
    free(t.c.cover);
    free(t.c.point);
    binnet_wiring_free(t.wiring);
    binnet_noise_free(t.noise);
    binnet_ctx_free(t.ctx);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const capacity_options *own = o->own;
    if (!(own->activity > 0 && own->activity < 1) || !(own->probability > 0 && own->probability < 1))
        return fail(why, EXIT_USAGE, "--activity and --probability are within 0 and 1");
    if (own->cycles && strstr(own->rules, "storkey") != NULL)
        return fail(why, EXIT_USAGE, "--cycles: Storkey's rule stores patterns that stay");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    {"neurons", "N", "default 50", option_whole, OWN(capacity_options, neurons), .least = 2, .most = 2000},
    {"loads", "A,A,...", "patterns for each input, default 0.1,0.2,0.4 to 2.4", option_text,
     OWN(capacity_options, loads)},
    {"rules", "NAME,...",
     "exact, margin, hebb, storkey, pseudo-inverse, temporal, covariance; default exact,margin,pseudo-inverse,hebb",
     option_text, OWN(capacity_options, rules)},
    {"sets", "K", "of patterns for each point, default 20", option_whole, OWN(capacity_options, sets), .least = 1,
     .most = 1000000},
    {"activity", "F", "probability that a neuron of a pattern is active, default 0.5", option_number,
     OWN(capacity_options, activity), .least = 1e-6, .most = 1},
    {"cycles", NULL, "each pattern leads to the next, the last to the first; default: they stay", option_flag,
     OWN(capacity_options, cycles)},
    {"noise", "KIND:SCALE", "also with noise: gaussian, logistic, uniform, laplace; student_t:SCALE:DOF", option_noise,
     SHARED(noise)},
    {"probability", "P", "with noise: least at which a neuron follows each transition, default 0.9", option_number,
     OWN(capacity_options, probability), .least = 1e-300, .most = 1},
    {"self", NULL, "self-connections may exist", option_flag, OWN(capacity_options, self)},
    {"free", "WHAT", "none, threshold or stimulus: what the rules exact and margin find besides the weights",
     option_word, OWN(capacity_options, freed), .words = "none, threshold, stimulus"},
    {"seed", "K", "of the patterns, default 1", option_whole, OWN(capacity_options, seed), .most = 9e15},
    {0}};

const command command_capacity = {
    .name = "capacity",
    .usage = "binnet capacity [--neurons N] [--loads A,A,...] [--rules NAME,...] [--noise KIND:SCALE] [options]",
    .about = "how many random patterns each rule stores, with Cover's count and Gardner's bound",
    .options = own_options,
    .groups = {&group_output, &group_picture, &group_limits},
    .own_size = sizeof(capacity_options),
    .own = &(const capacity_options){.neurons = 50,
                                     .sets = 20,
                                     .seed = 1,
                                     .activity = 0.5,
                                     .probability = 0.9,
                                     .loads = "0.1,0.2,0.4,0.6,0.8,1,1.2,1.4,1.6,1.8,2,2.2,2.4",
                                     .rules = "exact,margin,pseudo-inverse,hebb"},
    .check = check_options,
    .run = run_command};
