/* binnet correlate: how neurons vary together: pairs, triples, groups, lags, populations, counts, responses. */
#include "commands/commands.h"
#include "report/correlations.h"
#include "report/result.h"
#include "sweep/sweep.h"

#include <inttypes.h>
#include <stdio.h>

static int report_lag_estimate(const model *m, const correlate_options *own, failure *why)
{
    uint64_t bytes;
    double flops;
    if (own->lag < 0 || own->potentials)
        return EXIT_DONE;
    int32_t status = binnet_chain_lagged_estimate(m->ctx, &bytes, &flops, m->chain, (uint64_t)own->lag);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    printf("lags           at most %.4g MiB, about %.3g floating-point operations\n", (double)bytes / 1048576, flops);
    return EXIT_DONE;
}

static int show(correlations *c, const options *o, failure *why)
{
    if (!o->quiet)
        report_solved(c->law, c->seconds);
    TRY(correlations_fill(c, c->law, why));
    if (!o->quiet)
        report_correlations(c);
    if (o->out != NULL)
        TRY(correlations_write(c, why));
    if (o->plot == NULL)
        return EXIT_DONE;
    return correlations_plot(c, why);
}

static int solve(model *m, correlations *c, const options *o, failure *why)
{
    binnet_law *law;
    TRY(model_read(m, o, why));
    TRY(model_chain(m, o, why));
    if (o->vary.count > 0) {
        sweep_plan plan;
        TRY(plan_correlations(&plan, m, o, why));
        int code = sweep_run(m, o, &plan, why);
        plan_correlations_free(&plan);
        return code;
    }
    TRY(correlations_begin(c, m, o, why));
    if (!o->quiet)
        report_network(m, o);
    if (o->estimate) {
        TRY(report_estimate(m, why));
        return report_lag_estimate(m, o->own, why);
    }
    TRY(solve_law(&law, &c->seconds, m, o, why));
    c->law = law;
    int code = show(c, o, why);
    binnet_law_free(law);
    return code;
}

static int run_command(const options *o, failure *why)
{
    model m;
    correlations c = {0};
    int code = solve(&m, &c, o, why);
    correlations_free(&c);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const correlate_options *own = o->own;
    const char *of_activities = own->window > 0 ? "window" : own->times ? "times" : own->response ? "response" : NULL;
    if (own->potentials && of_activities != NULL)
        return fail(why, EXIT_USAGE, "--%s is of activities and does not go with --potentials", of_activities);
    if (own->pair.count > 0 && own->lag < 0)
        return fail(why, EXIT_USAGE, "--pair is for a correlogram: --lag L");
    if (o->vary.count > 0 && o->recurrent_class >= 0)
        return fail(why, EXIT_USAGE, "--class does not go with --vary: classes differ from point to point");
    if (o->vary.count > 0 && own->lag >= 0 && own->pair.count == 0)
        return fail(why, EXIT_USAGE, "--lag with --vary needs --pair A,B: which correlations to follow");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    OPTION_VARY,
    {"group", "A,B,C",
     "correlation, central moment and cumulant of these neurons (or of these populations); may be repeated",
     option_texts, OWN(correlate_options, group)},
    {"order", "K", "2: pairs (default), 3: all triples", option_whole, OWN(correlate_options, order), .least = 2,
     .most = 3},
    OPTION_TOP("how many of the strongest pairs or triples to show, default 20"),
    {"lag", "L", "covariances between times, up to L steps apart", option_whole, OWN(correlate_options, lag),
     .most = BINNET_MAX_LAG},
    {"pair", "A,B", "of the correlogram; A,A: of one neuron with itself; may be repeated", option_texts,
     OWN(correlate_options, pair)},
    {"potentials", NULL, "of membrane potentials instead of activities", option_flag,
     OWN(correlate_options, potentials)},
    {"populations", NULL, "of the averages over populations", option_flag, OWN(correlate_options, populations)},
    {"window", "W", "counts of active steps in windows of W steps", option_whole, OWN(correlate_options, window),
     .least = 1, .most = BINNET_MAX_LAG},
    {"times", NULL, "autocorrelation times", option_flag, OWN(correlate_options, times)},
    {"response", NULL, "derivatives of the means by the stimuli", option_flag, OWN(correlate_options, response)},
    OPTION_ESTIMATE,
    {0}};

static const correlate_options defaults = {.lag = -1};

const command command_correlate = {.name = "correlate",
                                   .usage = "binnet correlate NETWORK --update RULE --noise KIND:SCALE [options]",
                                   .about = "correlations of the noisy network: groups, lags, populations, potentials",
                                   .file = "NETWORK",
                                   .options = own_options,
                                   .groups = {&group_noise, &group_solver, &group_network, &group_output,
                                              &group_picture, &group_limits, &group_import},
                                   .own_size = sizeof(correlate_options),
                                   .own = &defaults,
                                   .check = check_options,
                                   .run = run_command};
