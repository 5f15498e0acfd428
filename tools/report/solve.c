/* The stationary law that the options ask for, or what it would cost, or why there is none. */
#include "report/costs.h"
#include "report/result.h"
#include "settings/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int report_estimate(const model *m, failure *why)
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
    size_t n = m->net.n, states = (size_t)binnet_chain_states(m->chain);
    int lumped = binnet_chain_populations(m->chain) > 0;
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
        printf("%-6" PRIu64 " %-14" PRIu64 " %" PRIu64 " %s\n", k, size[k], first[k],
               lumped ? "(numbers of active neurons, population 0 fastest)" : state_bits(bits, first[k], n));
    if (count > SHOWN)
        printf("... and %" PRIu64 " more\n", count - SHOWN);
    return fail(why, EXIT_STOPPED,
                "%" PRIu64 " recurrent classes: there is no unique stationary law; --class K solves one of them",
                count);
}

int solve_law(binnet_law **out, double *seconds, const model *m, const options *o, failure *why)
{
    progress p;
    double began = work_clock();
    *out = NULL;
    progress_begin(&p, m->ctx, o->quiet);
    int32_t status = o->recurrent_class < 0
                         ? binnet_chain_stationary(m->ctx, out, m->chain)
                         : binnet_chain_stationary_in_class(m->ctx, out, m->chain, (uint64_t)o->recurrent_class);
    int code = status == BINNET_OK ? EXIT_DONE
                                   : library_failure(why, m->ctx, status); /* before another call clears it */
    progress_end(&p, m->ctx);
    *seconds = work_clock() - began;
    return status == BINNET_E_REDUCIBLE ? explain_classes(m, why) : code;
}
