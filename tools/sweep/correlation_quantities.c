/* What binnet correlate follows in a sweep: correlations of groups, between times, of populations; counts and times. */
#include "sweep/sweep.h"

#include "report/correlations.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP, LAGGED, POPULATION, VARIANCE, BETWEEN, WITHIN, FANO, COUNT, POPULATION_COUNT, TIME, FAMILIES };
static const char *const family_name[FAMILIES] = {"correlation",           "lagged",     "population", "variance",
                                                  "average-correlation",   "covariance", "fano",       "count-fano",
                                                  "population-count-fano", "time"};

/* One quantity: which entry of what correlations_compute gives. */
typedef struct entry {
    int family;
    size_t a, b;
} entry;

typedef struct follow {
    entry *of; /* [count] */
    size_t room;
    char lagged_label[60], count_label[60];
} follow;

static const char *label_of(const follow *f, int family, int potentials)
{
    switch (family) {
    case GROUP:
        return "correlation";
    case LAGGED:
        return f->lagged_label;
    case POPULATION:
        return potentials ? "average potential" : "population average";
    case VARIANCE:
        return "variance of average";
    case BETWEEN:
        return "correlation of averages";
    case WITHIN:
        return "mean covariance";
    case FANO:
        return "Fano factor";
    case TIME:
        return "time (steps)";
    default:
        return f->count_label;
    }
}

static int add_entry(sweep_plan *p, const correlations *c, int family, size_t a, size_t b, int drawn, const char *rest,
                     failure *why)
{
    follow *f = p->own;
    size_t length = strlen(rest) + 40;
    if (p->count == f->room) {
        size_t room = 2 * f->room + 64;
        sweep_quantity *quantity = realloc(p->quantity, room * sizeof *quantity);
        p->quantity = quantity != NULL ? quantity : p->quantity;
        entry *of = realloc(f->of, room * sizeof *of);
        f->of = of != NULL ? of : f->of;
        if (quantity == NULL || of == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        f->room = room;
    }
    char *name = malloc(length);
    if (name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    snprintf(name, length, "%s:%s", family_name[family], rest);
    for (size_t k = 0; k < p->count; k++)
        if (strcmp(p->quantity[k].name, name) == 0) {
            free(name);
            return EXIT_DONE;
        }
    f->of[p->count] = (entry){family, a, b};
    p->quantity[p->count++] = (sweep_quantity){.name = name,
                                               .family = family_name[family],
                                               .label = label_of(f, family, c->own->potentials),
                                               .drawn = drawn,
                                               .signs = family == GROUP || family == LAGGED || family == BETWEEN ||
                                                        family == WITHIN,
                                               .hi = family == POPULATION && !c->own->potentials ? 1 : 0};
    return EXIT_DONE;
}

static int add_populations(sweep_plan *p, const correlations *c, failure *why)
{
    for (size_t a = 0; a < c->populations; a++) {
        const char *name = population_name_of(c, a);
        TRY(add_entry(p, c, POPULATION, a, a, 1, name, why));
        TRY(add_entry(p, c, VARIANCE, a, a, 0, name, why));
        if (!c->own->potentials)
            TRY(add_entry(p, c, FANO, a, a, 1, name, why));
        if (c->own->window > 0)
            TRY(add_entry(p, c, POPULATION_COUNT, a, a, 1, name, why));
    }
    for (size_t a = 0; a < c->populations; a++)
        for (size_t b = a; b < c->populations; b++) {
            char two[600];
            snprintf(two, sizeof two, "%s,%s", population_name_of(c, a), population_name_of(c, b));
            if (a != b)
                TRY(add_entry(p, c, BETWEEN, a, b, 1, two, why));
            TRY(add_entry(p, c, WITHIN, a, b, 0, two, why));
        }
    return EXIT_DONE;
}

static int add_all(sweep_plan *p, const correlations *c, failure *why)
{
    char text[BINNET_MAX_CHAIN_NEURONS * 260];
    follow *f = p->own;
    size_t n = c->m->net.n;
    snprintf(f->lagged_label, sizeof f->lagged_label, "correlation at lag %" PRId64, c->own->lag);
    snprintf(f->count_label, sizeof f->count_label, "Fano, %" PRId64 " steps", c->own->window);
    for (size_t g = 0; g < c->groups; g++)
        TRY(add_entry(p, c, GROUP, g, g, 1, members_text(text, sizeof text, c, c->group[g].k, c->group[g].neuron),
                      why));
    for (size_t k = 0; c->own->lag >= 0 && k < c->pairs; k++) {
        int32_t two[2] = {(int32_t)c->pair[k].a, (int32_t)c->pair[k].b};
        TRY(add_entry(p, c, LAGGED, c->pair[k].a, c->pair[k].b, 1, members_text(text, sizeof text, c, 2, two), why));
    }
    TRY(add_populations(p, c, why));
    for (size_t i = 0; c->own->window > 0 && i < n; i++)
        TRY(add_entry(p, c, COUNT, i, i, c->populations == 0, c->m->net.name[i], why));
    for (size_t i = 0; c->own->times && i < n; i++)
        TRY(add_entry(p, c, TIME, i, i, 1, c->m->net.name[i], why));
    if (p->count == 0)
        return fail(why, EXIT_USAGE,
                    "--vary: say what to follow: --group, --lag with --pair, --populations, --window or --times");
    return EXIT_DONE;
}

static double value_of(const correlations *c, const entry *e)
{
    size_t p = c->populations;
    switch (e->family) {
    case GROUP:
        return c->group[e->a].correlation;
    case LAGGED:
        return correlation_at(c, (neuron_pair){e->a, e->b}, c->own->lag);
    case POPULATION:
        return c->population_mean[e->a];
    case VARIANCE:
        return c->population_covariance[e->a * p + e->a];
    case BETWEEN:
        return c->population_correlation[e->a * p + e->b];
    case WITHIN:
        return c->within[e->a * p + e->b];
    case FANO:
        return c->population_fano[e->a];
    case COUNT:
        return c->fano[e->a];
    case POPULATION_COUNT:
        return c->population_count_fano[e->a];
    default:
        return c->time[e->a];
    }
}

static int evaluate_correlations(double *value, const sweep_plan *p, const model *at, const binnet_law *law,
                                 failure *why)
{
    const follow *f = p->own;
    correlations c;
    int code = correlations_begin(&c, at, p->o, why);
    if (code == EXIT_DONE)
        code = correlations_compute(&c, law, why);
    for (size_t k = 0; code == EXIT_DONE && k < p->count; k++)
        value[k] = value_of(&c, &f->of[k]);
    correlations_free(&c);
    return code;
}

int plan_correlations(sweep_plan *out, const model *m, const options *o, failure *why)
{
    correlations c = {0};
    *out = (sweep_plan){.evaluate = evaluate_correlations, .o = o, .own = calloc(1, sizeof(follow))};
    int code = out->own != NULL ? correlations_begin(&c, m, o, why) : fail(why, EXIT_BUDGET, "out of memory");
    if (code == EXIT_DONE) {
        out->units = correlations_units(&c);
        code = add_all(out, &c, why);
    }
    correlations_free(&c);
    if (code != EXIT_DONE)
        plan_correlations_free(out);
    return code;
}

void plan_correlations_free(sweep_plan *p)
{
    follow *f = p->own;
    for (size_t k = 0; k < p->count; k++)
        free(p->quantity[k].name);
    if (f != NULL)
        free(f->of);
    free(f);
    free(p->quantity);
    *p = (sweep_plan){0};
}
