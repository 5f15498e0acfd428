/* What binnet information follows in a sweep: entropies of the whole network, what two groups or all populations tell of each
 * other, and what a group tells of stimuli. */
#include "sweep/sweep.h"

#include "report/information.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTROPY, RATE, PRODUCTION, MULTI, MUTUAL, THERE, BACK, TOLD, PART, BETWEEN, TRANSFER, FIGURES };
/* Those of the whole network, and with them those of two groups. */
enum { PLAIN = MUTUAL, WITH_GROUPS = TOLD };

static const char *const family_name[FIGURES] = {
    "entropy",  "entropy-rate",         "entropy-production",   "multi-information", "information", "transfer",
    "transfer", "stimulus-information", "stimulus-information", "information",       "transfer"};
static const char *const plain_name[WITH_GROUPS] = {"entropy",           "entropy-rate", "entropy-production",
                                                    "multi-information", "information",  "transfer:to-target",
                                                    "transfer:to-source"};

/* One quantity; of[PART]: which; of[BETWEEN], of[TRANSFER]: from population a to b. */
typedef struct entry {
    int what;
    size_t a, b;
} entry;

typedef struct followed {
    information f; /* groups and stimuli, as the options name them; of the point that is evaluated */
    entry *of;     /* [count] */
    size_t room;
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

/* nats[ENTROPY .. BACK] */
static int evaluate_plain(double *nats, const information *f, failure *why)
{
    const neuron_group *a = &f->source, *b = &f->target;
    const model *at = f->m;
    const binnet_law *law = f->law;
    binnet_ctx *ctx = at->ctx;
    const binnet_chain *chain = at->chain;
    TRY(take_figure(&nats[ENTROPY], binnet_law_entropy(ctx, &nats[ENTROPY], law), at, why));
    TRY(take_figure(&nats[RATE], binnet_chain_entropy_rate(ctx, &nats[RATE], chain, law), at, why));
    TRY(take_figure(&nats[PRODUCTION], binnet_chain_entropy_production(ctx, &nats[PRODUCTION], chain, law), at, why));
    TRY(take_figure(&nats[MULTI], binnet_law_multi_information(ctx, &nats[MULTI], law, f->group.count, f->group.neuron),
                    at, why));
    if (!f->two_groups)
        return EXIT_DONE;
    TRY(take_figure(&nats[MUTUAL],
                    binnet_chain_mutual_information(ctx, &nats[MUTUAL], chain, law, f->lag, a->count, a->neuron,
                                                    b->count, b->neuron),
                    at, why));
    TRY(take_figure(&nats[THERE],
                    binnet_chain_transfer_entropy(ctx, &nats[THERE], chain, law, a->count, a->neuron, b->count,
                                                  b->neuron),
                    at, why));
    return take_figure(&nats[BACK],
                       binnet_chain_transfer_entropy(ctx, &nats[BACK], chain, law, b->count, b->neuron, a->count,
                                                     a->neuron),
                       at, why);
}

/* Without a law at one of the stimuli nothing is known of what they tell. */
static int evaluate_told(information *f, failure *why)
{
    stimuli_move(&f->set, f->m);
    int code = information_find_told(f, why);
    if (code == EXIT_DONE || !f->without_law)
        return code;
    f->told = NAN;
    for (size_t k = 0; k < BINNET_INFORMATION_PARTS; k++)
        f->part[k] = NAN;
    return EXIT_DONE;
}

static int evaluate_information(double *value, const sweep_plan *p, const model *at, const binnet_law *law,
                                failure *why)
{
    followed *own = p->own;
    information *f = &own->f;
    double nats[WITH_GROUPS];
    f->m = at;
    f->law = law;
    TRY(evaluate_plain(nats, f, why));
    if (f->set.count > 0)
        TRY(evaluate_told(f, why));
    const information_options *asked = p->o->own;
    if (asked->populations)
        TRY(information_find_populations(f, why));
    for (size_t k = 0; k < p->count; k++) {
        const entry *e = &own->of[k];
        size_t pair = e->a * f->nodes + e->b;
        value[k] = e->what < WITH_GROUPS ? nats[e->what]
                   : e->what == TOLD     ? f->told
                   : e->what == PART     ? f->part[e->a]
                   : e->what == BETWEEN  ? f->mutual[pair]
                                         : f->transfer[pair];
    }
    return EXIT_DONE;
}

/* --- the plan --- */

static int add_quantity(sweep_plan *p, const char *name, entry what, const char *label, failure *why)
{
    followed *own = p->own;
    if (p->count == own->room) {
        size_t room = 2 * own->room + 64;
        sweep_quantity *quantity = realloc(p->quantity, room * sizeof *quantity);
        p->quantity = quantity != NULL ? quantity : p->quantity;
        entry *of = realloc(own->of, room * sizeof *of);
        own->of = of != NULL ? of : own->of;
        if (quantity == NULL || of == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        own->room = room;
    }
    char *kept = malloc(strlen(name) + 1);
    if (kept == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    strcpy(kept, name);
    own->of[p->count] = what;
    p->quantity[p->count++] = (sweep_quantity){.name = kept,
                                               .family = family_name[what.what],
                                               .label = label,
                                               .drawn = what.what != ENTROPY,
                                               .signs = what.what == PART};
    return EXIT_DONE;
}

static int add_plain(sweep_plan *p, const followed *own, failure *why)
{
    const char *const label[WITH_GROUPS] = {
        "entropy (nats)",  "entropy rate (nats)",     "entropy production (nats)", "multi-information (nats)",
        own->mutual_label, "transfer entropy (nats)", "transfer entropy (nats)"};
    for (int k = 0; k < (own->f.two_groups ? WITH_GROUPS : PLAIN); k++)
        TRY(add_quantity(p, plain_name[k], (entry){.what = k}, label[k], why));
    return EXIT_DONE;
}

static int add_told(sweep_plan *p, failure *why)
{
    static const char *const part[BINNET_INFORMATION_PARTS] = {"linear", "signal-similarity", "stimulus-independent",
                                                               "stimulus-dependent"};
    char name[80];
    TRY(add_quantity(p, "stimulus-information", (entry){.what = TOLD}, "about stimuli (nats)", why));
    for (size_t k = 0; k < BINNET_INFORMATION_PARTS; k++) {
        snprintf(name, sizeof name, "stimulus-information:%s", part[k]);
        TRY(add_quantity(p, name, (entry){.what = PART, .a = k}, "about stimuli (nats)", why));
    }
    return EXIT_DONE;
}

/* Now and later; of different populations also what is transferred. */
static int add_populations(sweep_plan *p, const followed *own, failure *why)
{
    char name[600];
    size_t n = own->f.nodes;
    for (int what = BETWEEN; what <= TRANSFER; what++)
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++) {
                if (a == b && what == TRANSFER)
                    continue;
                snprintf(name, sizeof name, "%s:%s,%s", family_name[what], own->f.name[a], own->f.name[b]);
                TRY(add_quantity(p, name, (entry){what, a, b},
                                 what == BETWEEN ? own->mutual_label : "transfer entropy (nats)", why));
            }
    return EXIT_DONE;
}

static int fill_plan(sweep_plan *p, const model *m, failure *why)
{
    followed *own = p->own;
    const information_options *asked = p->o->own;
    TRY(information_plan(&own->f, m, p->o, why));
    snprintf(own->mutual_label, sizeof own->mutual_label, "information, lag %" PRIu64 " (nats)", own->f.lag);
    TRY(add_plain(p, own, why));
    if (own->f.set.count > 0) {
        p->set = own->f.set.heard;
        p->more_laws = own->f.set.count;
        TRY(add_told(p, why));
    }
    return asked->populations ? add_populations(p, own, why) : EXIT_DONE;
}

int plan_information(sweep_plan *out, const model *m, const options *o, failure *why)
{
    *out = (sweep_plan){.evaluate = evaluate_information,
                        .units = "information and entropies in nats, of the stationary law; rates a step of the chain",
                        .o = o,
                        .own = calloc(1, sizeof(followed))};
    int code = out->own != NULL ? fill_plan(out, m, why) : fail(why, EXIT_BUDGET, "out of memory");
    if (code != EXIT_DONE)
        plan_information_free(out);
    return code;
}

void plan_information_free(sweep_plan *p)
{
    followed *own = p->own;
    for (size_t k = 0; k < p->count; k++)
        free(p->quantity[k].name);
    if (own != NULL) {
        information_free(&own->f);
        free(own->of);
    }
    free(own);
    free(p->quantity);
    *p = (sweep_plan){0};
}
