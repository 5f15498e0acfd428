/* binnet potentials: the membrane potentials of the stationary network. */
#include "commands/commands.h"
#include "report/potentials.h"
#include "report/result.h"

#include <stdio.h>

static int show(const potentials *p, failure *why)
{
    if (!p->o->quiet) {
        report_solved(p->law, p->seconds);
        report_potentials(p);
    }
    if (p->o->out != NULL)
        TRY(potentials_write(p, why));
    if (p->o->plot != NULL)
        TRY(potentials_plot(p, why));
    return EXIT_DONE;
}

static int solve(potentials *p, const model *m, const options *o, failure *why)
{
    binnet_law *law = NULL;
    TRY(potentials_plan(p, m, o, why));
    if (!o->quiet)
        report_network(m, o);
    if (o->estimate)
        return report_estimate(m, why);
    TRY(solve_law(&law, &p->seconds, m, o, why));
    int code = potentials_make(p, law, why);
    if (code == EXIT_DONE)
        code = show(p, why);
    binnet_law_free(law);
    return code;
}

static int run_command(const options *o, failure *why)
{
    model m;
    potentials p = {0};
    int code = model_read(&m, o, why);
    if (code == EXIT_DONE)
        code = model_chain(&m, o, why);
    if (code == EXIT_DONE)
        code = solve(&p, &m, o, why);
    potentials_free(&p);
    model_free(&m);
    return code;
}

static const command_option own_options[] = {{"neuron", "A,B,C", "neurons or populations to show; default: all",
                                              option_text, OWN(potential_options, neuron)},
                                             {"quantiles", "Q,Q,...", "which to show, default 0.05,0.5,0.95",
                                              option_text, OWN(potential_options, quantiles)},
                                             {"points", "K", "of each density in the files, default 201", option_whole,
                                              OWN(potential_options, points), .least = 2, .most = 1000000},
                                             OPTION_TOP("how many correlations to show, default 20"),
                                             OPTION_ESTIMATE,
                                             {0}};

const command command_potentials = {
    .name = "potentials",
    .usage = "binnet potentials NETWORK --update RULE --noise KIND:SCALE [options]",
    .about = "membrane potentials of the stationary network: densities, means, quantiles, correlations",
    .file = "NETWORK",
    .options = own_options,
    .groups = {&group_noise, &group_solver, &group_network, &group_output, &group_picture, &group_limits,
               &group_import},
    .own_size = sizeof(potential_options),
    .own = &(const potential_options){.quantiles = "0.05,0.5,0.95", .points = 201},
    .run = run_command};
