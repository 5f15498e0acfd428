/* binnet stationary: the stationary law of the noisy network. */
#include "commands/commands.h"
#include "report/costs.h"
#include "settings/progress.h"
#include "files/reading.h"
#include "report/result.h"
#include "sweep/sweep.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int print_estimate(const model *m, failure *why)
{
    uint64_t states, bytes;
    double flops;
    int64_t limit;
    int32_t status = binnet_chain_stationary_estimate(m->ctx, &states, &bytes, &flops, m->chain);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    binnet_ctx_get_i64(m->ctx, BINNET_P_MEMORY_LIMIT, &limit);
    printf("estimate       %" PRIu64
           " states, at most %.4g MiB (limit %.4g MiB), about %.3g floating-point operations\n",
           states, (double)bytes / 1048576, (double)limit / 1048576, flops);
    cost c;
    char text[80], took[32];
    TRY(cost_stationary(&c, m, why));
    printf("time           %s", cost_text(text, &c));
    if (isfinite(c.to))
        printf(" (%zu of the neurons took %s, measured now)\n", c.part, duration_text(took, c.part_seconds));
    else if (c.from == 0)
        printf(" (%zu of the neurons alone have no single law, or none within the limits)\n", c.part);
    else
        printf(": with this noise %zu of the neurons were not solved in %s\n", c.part,
               duration_text(took, c.part_seconds));
    return EXIT_DONE;
}

/* Several recurrent classes: which they are. */
static int explain_classes(const model *m, failure *why)
{
    size_t n = m->net.n, states = (size_t)1 << n;
    uint64_t count;
    int32_t *class_of = malloc(states * sizeof *class_of);
    if (class_of == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_chain_classes(m->ctx, &count, class_of, states, m->chain);
    if (status != BINNET_OK) {
        free(class_of);
        return library_failure(why, m->ctx, status);
    }
    enum { SHOWN = 20 };
    uint64_t size[SHOWN] = {0}, first[SHOWN] = {0};
    for (size_t s = 0; s < states; s++)
        if (class_of[s] >= 0 && class_of[s] < SHOWN && size[class_of[s]]++ == 0)
            first[class_of[s]] = s;
    free(class_of);
    char bits[65];
    printf("%-6s %-14s least state\n", "class", "states");
    for (uint64_t k = 0; k < count && k < SHOWN; k++)
        printf("%-6" PRIu64 " %-14" PRIu64 " %" PRIu64 " %s\n", k, size[k], first[k], state_bits(bits, first[k], n));
    if (count > SHOWN)
        printf("... and %" PRIu64 " more\n", count - SHOWN);
    return fail(why, EXIT_STOPPED,
                "%" PRIu64 " recurrent classes: there is no unique stationary law; --class K solves one of them",
                count);
}

static int show(const model *m, const options *o, const binnet_law *law, double seconds, failure *why)
{
    result r;
    int code = result_make(&r, m, o, law, why);
    r.seconds = seconds;
    if (code == EXIT_DONE && !o->quiet)
        report_result(&r);
    if (code == EXIT_DONE && o->out != NULL)
        code = result_write(&r, why);
    if (code == EXIT_DONE && o->plot != NULL) {
        fflush(stdout);
        code = result_plot(&r, why);
    }
    result_free(&r);
    return code;
}

static int solve(model *m, const options *o, failure *why)
{
    TRY(model_read(m, o, why));
    TRY(model_chain(m, o, why));
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
        return print_estimate(m, why);
    fflush(stdout);
    progress p;
    binnet_law *law = NULL;
    double began = work_clock();
    progress_begin(&p, m->ctx, o->quiet);
    int32_t status = o->recurrent_class < 0
                         ? binnet_chain_stationary(m->ctx, &law, m->chain)
                         : binnet_chain_stationary_in_class(m->ctx, &law, m->chain, (uint64_t)o->recurrent_class);
    int code = status == BINNET_OK ? EXIT_DONE
                                   : library_failure(why, m->ctx, status); /* before another call clears it */
    progress_end(&p, m->ctx);
    if (status == BINNET_E_REDUCIBLE)
        return explain_classes(m, why);
    TRY(code);
    code = show(m, o, law, work_clock() - began, why);
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
