/* binnet compare: approximations beside the exact answer, or beside Monte Carlo. */
#include "commands/commands.h"
#include "report/comparison.h"
#include "report/result.h"
#include "settings/progress.h"
#include "sweep/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int read_methods(comparison *c, failure *why)
{
    size_t n = c->m->net.n;
    binnet_ctx *ctx = c->m->ctx;
    c->methods = binnet_approximation_count();
    c->mean = calloc((c->methods + 1) * n, sizeof *c->mean);
    c->cov = calloc((c->methods + 1) * n * n, sizeof *c->cov);
    c->lagged = calloc((c->methods + 1) * n * n, sizeof *c->lagged);
    if (c->methods > COMPARISON_METHODS || c->mean == NULL || c->cov == NULL || c->lagged == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int referred = binnet_comparison_has(c->found, BINNET_APPROXIMATION_REFERENCE);
    int32_t status = BINNET_OK;
    for (size_t k = 0; k < c->methods && status == BINNET_OK; k++) {
        int32_t method = (int32_t)k;
        for (int q = 0; q < COMPARISON_QUANTITIES; q++)
            c->rms[k][q] = c->largest[k][q] = NAN;
        if (!binnet_comparison_has(c->found, method))
            continue;
        status = binnet_comparison_moments(ctx, c->mean + k * n, c->cov + k * n * n, c->lagged + k * n * n, n, c->found,
                                           method);
        if (status == BINNET_OK && referred)
            status = binnet_comparison_errors(ctx, c->largest[k], c->rms[k], c->standard, c->found, method);
    }
    if (status == BINNET_OK && referred)
        status = binnet_comparison_standard_errors(ctx, c->mean + c->methods * n, c->cov + c->methods * n * n,
                                                   c->lagged + c->methods * n * n, n, c->found);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, ctx, status);
}

static int solve(comparison *c, const model *m, const options *o, failure *why)
{
    const compare_options *own = o->own;
    progress p;
    c->m = m;
    c->o = o;
    if (!o->quiet)
        report_network(m, o);
    progress_begin(&p, m->ctx, o->quiet);
    int32_t status = binnet_comparison_new(m->ctx, &c->found, m->object, m->noise, m->update, own->reference,
                                           own->precision);
    progress_end(&p, m->ctx);
    return status == BINNET_OK ? read_methods(c, why) : library_failure(why, m->ctx, status);
}

static int show(const comparison *c, failure *why)
{
    const int32_t r = BINNET_APPROXIMATION_REFERENCE;
    if (!c->o->quiet)
        report_comparison(c);
    if (c->o->out != NULL)
        TRY(comparison_write(c, why));
    if (c->o->plot != NULL && binnet_comparison_has(c->found, r))
        TRY(comparison_plot(c, why));
    return binnet_comparison_has(c->found, r)
               ? EXIT_DONE
               : fail(why, EXIT_STOPPED, "no reference: %s", binnet_comparison_message(c->found, r));
}

static int sweep_comparisons(model *m, const options *o, failure *why)
{
    sweep_plan plan;
    TRY(model_chain(m, o, why));
    TRY(plan_comparisons(&plan, m, o, why));
    int code = sweep_run(m, o, &plan, why);
    plan_comparisons_free(&plan);
    return code;
}

static int run_command(const options *o, failure *why)
{
    model m;
    comparison c = {0};
    int code = model_read(&m, o, why);
    if (code == EXIT_DONE && o->vary.count > 0)
        code = sweep_comparisons(&m, o, why);
    else if (code == EXIT_DONE) {
        code = model_update_and_noise(&m, o, why);
        if (code == EXIT_DONE)
            code = solve(&c, &m, o, why);
        if (code == EXIT_DONE)
            code = show(&c, why);
    }
    binnet_comparison_free(c.found);
    free(c.mean);
    free(c.cov);
    free(c.lagged);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const compare_options *own = o->own;
    if (o->recurrent_class >= 0)
        return fail(why, EXIT_USAGE, "--class: the comparison is with the law of the whole chain");
    if (o->vary.count > 0 && (own->reference == BINNET_REFERENCE_MONTE_CARLO || own->precision > 0))
        return fail(why, EXIT_USAGE,
                    "--vary compares with the exact law; --reference and --precision do not go with it");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    OPTION_VARY,
    {"reference", "HOW", "what is compared with: auto (exact where in reach), exact or monte-carlo", option_word,
     OWN(compare_options, reference), .words = "auto, exact, monte-carlo", .first = BINNET_REFERENCE_AUTO},
    {"precision", "X", "standard error that Monte Carlo is to reach, default 0.001", option_number,
     OWN(compare_options, precision), .least = 1e-6, .most = 1},
    OPTION_TOP("how many neurons to show, default 20"),
    {0}};

const command command_compare = {.name = "compare",
                                 .usage = "binnet compare NETWORK --update RULE --noise KIND:SCALE [options]",
                                 .about = "mean field, linear noise and Plefka expansions beside the exact answer",
                                 .file = "NETWORK",
                                 .options = own_options,
                                 .groups = {&group_noise, &group_solver, &group_network, &group_output, &group_picture,
                                            &group_limits, &group_import},
                                 .own_size = sizeof(compare_options),
                                 .check = check_options,
                                 .run = run_command};
