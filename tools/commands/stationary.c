/* binnet stationary: the stationary law of the noisy network. */
#include "commands/commands.h"
#include "report/occupation.h"
#include "report/result.h"
#include "sweep/sweep.h"

#include <stdio.h>
#include <string.h>

static int show(const model *m, const options *o, const binnet_law *law, double seconds, failure *why)
{
    result r;
    int code = result_make(&r, m, o, law, why);
    r.seconds = seconds;
    if (code == EXIT_DONE && !o->quiet)
        report_result(&r);
    if (code == EXIT_DONE && o->out != NULL)
        code = result_write(&r, why);
    if (code == EXIT_DONE && o->plot != NULL)
        code = result_plot(&r, why);
    result_free(&r);
    return code;
}

/* The same of populations. */
static int show_occupation(const model *m, const options *o, const binnet_law *law, double seconds, failure *why)
{
    occupation r;
    int code = occupation_make(&r, m, o, law, why);
    r.seconds = seconds;
    if (code == EXIT_DONE && !o->quiet)
        report_occupation(&r);
    if (code == EXIT_DONE && o->out != NULL)
        code = occupation_write(&r, why);
    if (code == EXIT_DONE && o->plot != NULL)
        code = occupation_plot(&r, why);
    occupation_free(&r);
    return code;
}

/* What tables of single neurons' states would need. */
static int check_lumped(const model *m, const options *o, failure *why)
{
    if (binnet_chain_populations(m->chain) == 0)
        return EXIT_DONE;
    if (o->spins)
        return fail(why, EXIT_USAGE, "--spins is for networks that are solved neuron by neuron, up to %d neurons",
                    LUMPED_ABOVE);
    if (o->format != NULL && strcmp(o->format, "npy") == 0)
        return fail(why, EXIT_USAGE, "--format npy is for networks that are solved neuron by neuron, up to %d neurons",
                    LUMPED_ABOVE);
    return EXIT_DONE;
}

static int solve(model *m, const options *o, failure *why)
{
    TRY(model_read(m, o, why));
    m->may_lump = o->vary.count == 0;
    TRY(model_chain(m, o, why));
    TRY(check_lumped(m, o, why));
    if (o->vary.count > 0) {
        sweep_plan plan;
        TRY(plan_moments(&plan, m, o, why));
        int code = sweep_run(m, o, &plan, why);
        plan_moments_free(&plan);
        return code;
    }
    if (!o->quiet)
        report_network(m, o);
    if (o->estimate)
        return report_estimate(m, why);
    binnet_law *law;
    double seconds;
    TRY(solve_law(&law, &seconds, m, o, why));
    int code = binnet_chain_populations(m->chain) > 0 ? show_occupation(m, o, law, seconds, why)
                                                      : show(m, o, law, seconds, why);
    binnet_law_free(law);
    return code;
}

static int run_command(const options *o, failure *why)
{
    model m;
    int code = solve(&m, o, why);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    if (o->vary.count == 0 && o->show.count > 0)
        return fail(why, EXIT_USAGE, "--show is for a sweep: --vary NAME=LO:HI");
    if (o->vary.count > 0 && o->recurrent_class >= 0)
        return fail(why, EXIT_USAGE, "--class does not go with --vary: classes differ from point to point");
    if (o->vary.count > 0 && o->format != NULL && strcmp(o->format, "npy") == 0)
        return fail(why, EXIT_USAGE, "--format npy does not go with --vary; expected csv or json");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    OPTION_VARY,
    {"show", "WHAT",
     "of a sweep: mean[:NAME], population[:NAME], variance:NAME, covariance:A,B, correlation[:A,B]; may be repeated",
     option_texts, SHARED(show)},
    OPTION_TOP("how many of the most probable states to show, default 20"),
    {"spins", NULL, "means and covariances of S = 2A - 1 (-1, 1) instead of A (0, 1)", option_flag, SHARED(spins)},
    OPTION_ESTIMATE,
    {"format", "NAME", "of the files: csv, json or npy", option_name, SHARED(format), .words = "csv, json, npy"},
    {0}};

const command command_stationary = {.name = "stationary",
                                    .usage = "binnet stationary NETWORK --update RULE --noise KIND:SCALE [options]",
                                    .about =
                                        "stationary law of the noisy network: probable states, means, correlations",
                                    .file = "NETWORK",
                                    .options = own_options,
                                    .groups = {&group_noise, &group_solver, &group_network, &group_output,
                                               &group_picture, &group_limits, &group_import},
                                    .check = check_options,
                                    .run = run_command};
