/* binnet information: entropies, information between neurons and over time, and about stimuli. */
#include "commands/commands.h"
#include "report/information.h"
#include "report/result.h"
#include "sweep/sweep.h"

#include <stdio.h>

static int show(const information *f, failure *why)
{
    if (!f->o->quiet) {
        report_solved(f->law, f->seconds);
        report_information(f);
    }
    if (f->o->out != NULL)
        TRY(information_write(f, why));
    if (f->o->plot != NULL)
        TRY(information_plot(f, why));
    return EXIT_DONE;
}

static int solve(information *f, const model *m, const options *o, failure *why)
{
    binnet_law *law = NULL;
    TRY(information_plan(f, m, o, why));
    if (!o->quiet)
        report_network(m, o);
    if (o->estimate)
        return report_estimate(m, why);
    TRY(solve_law(&law, &f->seconds, m, o, why));
    int code = information_make(f, law, why);
    if (code == EXIT_DONE)
        code = show(f, why);
    binnet_law_free(law);
    return code;
}

static int follow(model *m, const options *o, failure *why)
{
    sweep_plan plan;
    TRY(plan_information(&plan, m, o, why));
    int code = sweep_run(m, o, &plan, why);
    plan_information_free(&plan);
    return code;
}

static int run_command(const options *o, failure *why)
{
    model m;
    information f = {0};
    int code = model_read(&m, o, why);
    if (code == EXIT_DONE)
        code = model_chain(&m, o, why);
    if (code == EXIT_DONE)
        code = o->vary.count > 0 ? follow(&m, o, why) : solve(&f, &m, o, why);
    information_free(&f);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const information_options *own = o->own;
    if ((own->source == NULL) != (own->target == NULL))
        return fail(why, EXIT_USAGE, "--source and --target go together");
    if (own->stimulus_set != NULL && own->stimuli != NULL)
        return fail(why, EXIT_USAGE, "--stimulus-set and --stimuli do not go together");
    if ((own->stimulus_set != NULL || own->stimuli != NULL) && o->recurrent_class >= 0)
        return fail(why, EXIT_USAGE, "--class does not go with stimuli: classes differ from one to the next");
    if (o->vary.count > 0 && o->recurrent_class >= 0)
        return fail(why, EXIT_USAGE, "--class does not go with --vary: classes differ from point to point");
    return EXIT_DONE;
}

/* Once: a second one would replace the first. */
static int read_stimulus_set(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    if (*(const char **)field != NULL)
        return fail(why, EXIT_USAGE, "--%s: given twice; --stimuli FILE for stimuli to several neurons", self->name);
    return option_text(o, field, self, text, why);
}

static const command_option own_options[] = {
    OPTION_VARY,
    {"lag", "K", "steps between the first and the second of a mutual information, default 1", option_whole,
     OWN(information_options, lag), .most = BINNET_MAX_LAG},
    {"group", "A,B,C", "neurons or populations that respond, and whose multi-information is taken; default: all",
     option_text, OWN(information_options, group)},
    {"source", "A,B,C", "with --target: mutual information and transfer entropy of two groups", option_text,
     OWN(information_options, source)},
    {"target", "A,B,C", "likewise", option_text, OWN(information_options, target)},
    {"populations", NULL, "pairs of populations instead of pairs of neurons", option_flag,
     OWN(information_options, populations)},
    {"stimulus-set", "NAME=V,V,..[:W,W,..]",
     "stimuli to a neuron, a population or all, and their prior; what the group says about them", read_stimulus_set,
     OWN(information_options, stimulus_set)},
    {"stimuli", "FILE", "the same as a CSV table: a column for each neuron or population, and prior", option_text,
     OWN(information_options, stimuli)},
    OPTION_TOP("how many pairs to show, default 20"),
    OPTION_ESTIMATE,
    {0}};

const command command_information = {
    .name = "information",
    .usage = "binnet information NETWORK --update RULE --noise KIND:SCALE [options]",
    .about = "entropy rate and production, information between neurons, over time and about stimuli",
    .file = "NETWORK",
    .options = own_options,
    .groups = {&group_noise, &group_solver, &group_network, &group_output, &group_picture, &group_limits,
               &group_import},
    .own_size = sizeof(information_options),
    .own = &(const information_options){.lag = 1},
    .check = check_options,
    .run = run_command};
