/* What binnet information follows in a sweep: entropies of the whole network, and what two groups tell of each other. */
#include "sweep/sweep.h"

#include "report/information.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENTROPY, RATE, PRODUCTION, MULTI, MUTUAL, THERE, BACK, QUANTITIES };

/* The groups, as the options name them. */
typedef struct followed {
    neuron_group group, source, target;
    int two_groups;
    uint64_t lag;
    char mutual_label[60];
} followed;

/* What cannot be had at a point is a gap of this quantity, not of the point. */
static int take_figure(double *nats, int32_t status, const model *at, failure *why)
{
    if (status == BINNET_E_UNDEFINED || status == BINNET_E_RANGE) {
        *nats = NAN;
        return EXIT_DONE;
    }
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, at->ctx, status);
}

static int evaluate_information(double *value, const sweep_plan *p, const model *at, const binnet_law *law,
                                failure *why)
{
    const followed *f = p->own;
    const neuron_group *a = &f->source, *b = &f->target;
    binnet_ctx *ctx = at->ctx;
    const binnet_chain *chain = at->chain;
    TRY(take_figure(&value[ENTROPY], binnet_law_entropy(ctx, &value[ENTROPY], law), at, why));
    TRY(take_figure(&value[RATE], binnet_chain_entropy_rate(ctx, &value[RATE], chain, law), at, why));
    TRY(take_figure(&value[PRODUCTION], binnet_chain_entropy_production(ctx, &value[PRODUCTION], chain, law), at, why));
    TRY(take_figure(&value[MULTI],
                    binnet_law_multi_information(ctx, &value[MULTI], law, f->group.count, f->group.neuron), at, why));
    if (!f->two_groups)
        return EXIT_DONE;
    TRY(take_figure(&value[MUTUAL],
                    binnet_chain_mutual_information(ctx, &value[MUTUAL], chain, law, f->lag, a->count, a->neuron,
                                                    b->count, b->neuron),
                    at, why));
    TRY(take_figure(&value[THERE],
                    binnet_chain_transfer_entropy(ctx, &value[THERE], chain, law, a->count, a->neuron, b->count,
                                                  b->neuron),
                    at, why));
    return take_figure(&value[BACK],
                       binnet_chain_transfer_entropy(ctx, &value[BACK], chain, law, b->count, b->neuron, a->count,
                                                     a->neuron),
                       at, why);
}

static int read_followed(followed *f, const model *m, const information_options *own, failure *why)
{
    f->lag = (uint64_t)own->lag;
    f->two_groups = own->source != NULL;
    group_all(&f->group, m->net.n);
    if (own->group != NULL)
        TRY(group_read(&f->group, m, "group", own->group, why));
    if (!f->two_groups)
        return EXIT_DONE;
    TRY(group_read(&f->source, m, "source", own->source, why));
    TRY(group_read(&f->target, m, "target", own->target, why));
    if (group_common_neuron(&f->source, &f->target) >= 0)
        return fail(why, EXIT_USAGE, "--source and --target: %s is in both",
                    m->net.name[group_common_neuron(&f->source, &f->target)]);
    snprintf(f->mutual_label, sizeof f->mutual_label, "information, lag %" PRIu64, f->lag);
    return EXIT_DONE;
}

static void name_quantities(sweep_plan *p, const followed *f)
{
    static char name[QUANTITIES][32] = {"entropy",     "entropy-rate",       "entropy-production", "multi-information",
                                        "information", "transfer:to-target", "transfer:to-source"};
    static const char *const family[QUANTITIES] = {"entropy",           "entropy-rate", "entropy-production",
                                                   "multi-information", "information",  "transfer",
                                                   "transfer"};
    const char *const label[QUANTITIES] = {
        "entropy (nats)", "entropy rate (nats)",     "entropy production (nats)", "multi-information (nats)",
        f->mutual_label,  "transfer entropy (nats)", "transfer entropy (nats)"};
    p->count = f->two_groups ? QUANTITIES : MUTUAL;
    for (size_t k = 0; k < p->count; k++)
        p->quantity[k] =
            (sweep_quantity){.name = name[k], .family = family[k], .label = label[k], .drawn = k != ENTROPY};
}

int plan_information(sweep_plan *out, const model *m, const options *o, failure *why)
{
    followed *f = calloc(1, sizeof *f);
    *out = (sweep_plan){.evaluate = evaluate_information,
                        .units = "information and entropies in nats, of the stationary law; rates a step of the chain",
                        .o = o,
                        .own = f,
                        .quantity = calloc(QUANTITIES, sizeof *out->quantity)};
    int code = f == NULL || out->quantity == NULL ? fail(why, EXIT_BUDGET, "out of memory")
                                                  : read_followed(f, m, o->own, why);
    if (code == EXIT_DONE)
        name_quantities(out, f);
    else
        plan_information_free(out);
    return code;
}

void plan_information_free(sweep_plan *p)
{
    free(p->own);
    free(p->quantity);
    *p = (sweep_plan){0};
}
