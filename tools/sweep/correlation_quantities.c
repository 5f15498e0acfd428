/* What binnet correlate follows in a sweep: correlations of groups, of all pairs or triples, between times, of populations; counts,
 * times and responses. */
#include "sweep/sweep.h"

#include "report/correlations.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP,
    LAGGED,
    POPULATION,
    VARIANCE,
    BETWEEN,
    WITHIN,
    FANO,
    COUNT,
    POPULATION_COUNT,
    TIME,
    ORDER_RANGE, /* of the correlations of all pairs or triples: which of ORDER_LEAST .. */
    ORDER,       /* of one of them: number a, by the neurons */
    RESPONSE,
    POPULATION_RESPONSE,
    RESPONSE_TO_ALL,
    FAMILIES
};
enum { ORDER_LEAST, ORDER_MEAN, ORDER_MOST, ORDER_FIGURES };
static const char *const family_name[FAMILIES] = {"correlation",
                                                  "lagged",
                                                  "population",
                                                  "variance",
                                                  "average-correlation",
                                                  "covariance",
                                                  "fano",
                                                  "count-fano",
                                                  "population-count-fano",
                                                  "time",
                                                  NULL, /* order_families */
                                                  NULL,
                                                  "response",
                                                  "population-response",
                                                  "response-to-all"};

/* By --order. */
static const char *const order_families[4][2] = {[2] = {"pairs", "pair"}, [3] = {"triples", "triple"}};

/* One quantity: which entry of what correlations_compute gives. */
typedef struct entry {
    int family;
    size_t a, b;
} entry;

typedef struct follow {
    entry *of; /* [count] */
    size_t room;
    char lagged_label[60], count_label[60];
    const char *order_label;
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
    case ORDER_RANGE:
    case ORDER:
        return f->order_label;
    case RESPONSE:
        return "d mean / d stimulus";
    case POPULATION_RESPONSE:
        return "d average / d stimulus";
    case RESPONSE_TO_ALL:
        return "d mean / d all stimuli";
    default:
        return f->count_label;
    }
}

static int add_entry(sweep_plan *p, const correlations *c, int family, size_t a, size_t b, int drawn, const char *rest,
                     failure *why)
{
    follow *f = p->own;
    size_t length = strlen(rest) + 40;
    const char *of = family == ORDER_RANGE || family == ORDER ? order_families[c->own->order][family == ORDER]
                                                              : family_name[family];
    if (p->count == f->room) {
        size_t room = 2 * f->room + 64;
        sweep_quantity *quantity = realloc(p->quantity, room * sizeof *quantity);
        p->quantity = quantity != NULL ? quantity : p->quantity;
        entry *grown = realloc(f->of, room * sizeof *grown);
        f->of = grown != NULL ? grown : f->of;
        if (quantity == NULL || grown == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        f->room = room;
    }
    char *name = malloc(length);
    if (name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    snprintf(name, length, "%s:%s", of, rest);
    for (size_t k = 0; k < p->count; k++)
        if (strcmp(p->quantity[k].name, name) == 0) {
            free(name);
            return EXIT_DONE;
        }
    f->of[p->count] = (entry){family, a, b};
    p->quantity[p->count++] = (sweep_quantity){.name = name,
                                               .family = of,
                                               .label = label_of(f, family, c->own->potentials),
                                               .drawn = drawn,
                                               .signs = family == GROUP || family == LAGGED || family == BETWEEN ||
                                                        family == WITHIN || family >= ORDER_RANGE,
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

/* All pairs, or all triples: their range is drawn, the files have each. */
static int add_order(sweep_plan *p, const correlations *c, failure *why)
{
    static const char *const which[ORDER_FIGURES] = {"least", "mean", "largest"};
    char text[3 * 260];
    int32_t n = (int32_t)c->m->net.n, triples = c->own->order == 3;
    ((follow *)p->own)->order_label = triples ? "correlations of triples" : "correlations of pairs";
    for (size_t k = 0; k < ORDER_FIGURES; k++)
        TRY(add_entry(p, c, ORDER_RANGE, k, 0, 1, which[k], why));
    size_t number = 0;
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = i + 1; j < n; j++) {
            int32_t group[3] = {i, j, 0};
            if (!triples)
                TRY(add_entry(p, c, ORDER, number++, 0, 0, members_text(text, sizeof text, c, 2, group), why));
            for (int32_t k = j + 1; triples && k < n; k++) {
                group[2] = k;
                TRY(add_entry(p, c, ORDER, number++, 0, 0, members_text(text, sizeof text, c, 3, group), why));
            }
        }
    return EXIT_DONE;
}

/* Of a mean by a stimulus, for the files; drawn: of population averages by the stimuli to a population, or else of each mean by
 * all stimuli at once. */
static int add_responses(sweep_plan *p, const correlations *c, failure *why)
{
    char two[600];
    size_t n = c->m->net.n;
    for (size_t a = 0; a < c->populations; a++)
        for (size_t b = 0; b < c->populations; b++) {
            snprintf(two, sizeof two, "%s,%s", population_name_of(c, a), population_name_of(c, b));
            TRY(add_entry(p, c, POPULATION_RESPONSE, a, b, 1, two, why));
        }
    for (size_t a = 0; a < n; a++)
        TRY(add_entry(p, c, RESPONSE_TO_ALL, a, a, c->populations == 0, c->m->net.name[a], why));
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            snprintf(two, sizeof two, "%s,%s", c->m->net.name[a], c->m->net.name[b]);
            TRY(add_entry(p, c, RESPONSE, a, b, 0, two, why));
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
    if (c->own->order > 0)
        TRY(add_order(p, c, why));
    if (c->own->response)
        TRY(add_responses(p, c, why));
    if (p->count == 0)
        return fail(why, EXIT_USAGE,
                    "--vary: say what to follow: --group, --order, --lag with --pair, --populations, --window, --times "
                    "or --response");
    return EXIT_DONE;
}

/* Of those that are defined; NaN where none is. */
static double order_figure(const correlations *c, size_t which)
{
    double sum = 0, count = 0, least = INFINITY, most = -INFINITY;
    for (size_t k = 0; k < c->ranked; k++) {
        double x = c->strongest[k].correlation;
        if (isnan(x))
            continue;
        sum += x;
        count++;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    return !(count > 0) ? NAN : which == ORDER_LEAST ? least : which == ORDER_MEAN ? sum / count : most;
}

/* The stimuli of all neurons of b (SIZE_MAX: of all) change alike; of the average over a, or of the mean of neuron a. */
static double summed_response(const correlations *c, size_t a, size_t b, int of_population)
{
    size_t n = c->m->net.n;
    double sum = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        if (of_population ? c->population[i] != (int32_t)a : i != a)
            continue;
        size++;
        for (size_t j = 0; j < n; j++)
            sum += b == SIZE_MAX || c->population[j] == (int32_t)b ? c->response[i * n + j] : 0;
    }
    return sum / size;
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
    case ORDER_RANGE:
        return order_figure(c, e->a);
    case ORDER:
        return c->strongest[e->a].correlation;
    case RESPONSE:
        return c->response[e->a * c->m->net.n + e->b];
    case POPULATION_RESPONSE:
        return summed_response(c, e->a, e->b, 1);
    case RESPONSE_TO_ALL:
        return summed_response(c, e->a, SIZE_MAX, 0);
    default:
        return c->time[e->a];
    }
}

static int by_neurons(const void *a, const void *b)
{
    const ranked_group *x = a, *y = b;
    for (int k = 0; k < 3; k++)
        if (x->neuron[k] != y->neuron[k])
            return x->neuron[k] < y->neuron[k] ? -1 : 1;
    return 0;
}

static int evaluate_correlations(double *value, const sweep_plan *p, const model *at, const binnet_law *law,
                                 failure *why)
{
    const follow *f = p->own;
    correlations c;
    int code = correlations_begin(&c, at, p->o, why);
    if (code == EXIT_DONE)
        code = correlations_compute(&c, law, why);
    if (code == EXIT_DONE)
        qsort(c.strongest, c.ranked, sizeof *c.strongest, by_neurons);
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
