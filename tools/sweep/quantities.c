/* What --show names of a law: means, averages of populations, variances, covariances and correlations. */
#include "sweep/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEAN, POPULATION, VARIANCE, COVARIANCE, CORRELATION, FAMILIES };
static const char *const family_name[FAMILIES] = {"mean", "population", "variance", "covariance", "correlation"};
static const char *const family_label[FAMILIES] = {"mean", "population average", "variance", "covariance",
                                                   "correlation"};
/* Without --show correlations are drawn of so many populations. */
enum { FEW_POPULATIONS = 3 };

typedef struct moment {
    int family;
    neuron_group a, b;
} moment;

typedef struct moments {
    moment *of; /* one for each quantity */
    size_t room;
    int spins, need_covariance, need_correlation;
    double *mean, *covariance, *correlation; /* scratch */
} moments;

/* --- which --- */

/* A quantity; one that is there already is only drawn. */
static int add_moment(sweep_plan *p, const char *name, const moment *what, int drawn, failure *why)
{
    moments *all = p->own;
    for (size_t k = 0; k < p->count; k++)
        if (strcmp(p->quantity[k].name, name) == 0) {
            p->quantity[k].drawn |= drawn;
            return EXIT_DONE;
        }
    if (p->count == all->room) {
        size_t room = 2 * all->room + 64;
        sweep_quantity *quantity = realloc(p->quantity, room * sizeof *quantity);
        p->quantity = quantity != NULL ? quantity : p->quantity;
        moment *of = realloc(all->of, room * sizeof *of);
        all->of = of != NULL ? of : all->of;
        if (quantity == NULL || of == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        all->room = room;
    }
    char *kept = malloc(strlen(name) + 1);
    if (kept == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    strcpy(kept, name);
    all->need_covariance |= what->family == VARIANCE || what->family == COVARIANCE;
    all->need_correlation |= what->family == CORRELATION;
    all->of[p->count] = *what;
    p->quantity[p->count++] = (sweep_quantity){.name = kept,
                                               .family = family_name[what->family],
                                               .label = family_label[what->family],
                                               .drawn = drawn,
                                               .signs = what->family == COVARIANCE || what->family == CORRELATION,
                                               .lo = what->family <= POPULATION && all->spins ? -1 : 0,
                                               .hi = what->family <= POPULATION ? 1 : 0};
    return EXIT_DONE;
}

static int add_named(sweep_plan *p, int family, const char *rest, const moment *what, int drawn, failure *why)
{
    enum { LONGEST = 600 };
    char name[LONGEST];
    snprintf(name, sizeof name, "%s:%s", family_name[family], rest);
    moment m = *what;
    m.family = family;
    return add_moment(p, name, &m, drawn, why);
}

static int add_means(sweep_plan *p, const model *m, const neuron_group *of, int drawn, failure *why)
{
    for (size_t k = 0; k < of->count; k++) {
        moment what = {.a = {.count = 1, .neuron = {of->neuron[k]}}};
        TRY(add_named(p, MEAN, m->net.name[of->neuron[k]], &what, drawn, why));
    }
    return EXIT_DONE;
}

static int add_populations(sweep_plan *p, const model *m, int drawn, failure *why)
{
    for (size_t a = 0; a < population_count(&m->net); a++) {
        moment what;
        group_population(&what.a, m, a);
        if (what.a.count > 0)
            TRY(add_named(p, POPULATION, m->net.population_name[a], &what, drawn, why));
    }
    return EXIT_DONE;
}

/* "A,B": names may have commas of their own. */
static int find_two(moment *out, const model *m, const char *text, failure *why)
{
    const char *comma = strchr(text, ',');
    if (comma == NULL)
        return fail(why, EXIT_USAGE, "--show: found '%s', expected two names with a comma between them", text);
    int code = EXIT_USAGE;
    for (; comma != NULL && code != EXIT_DONE; comma = strchr(comma + 1, ',')) {
        char *first = malloc((size_t)(comma - text) + 1);
        if (first == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        memcpy(first, text, (size_t)(comma - text));
        first[comma - text] = 0;
        code = group_named(&out->a, m, "show", first, why);
        free(first);
        if (code == EXIT_DONE)
            code = group_named(&out->b, m, "show", comma + 1, why);
    }
    if (code == EXIT_DONE && out->a.count == 1 && out->b.count == 1 && out->a.neuron[0] == out->b.neuron[0])
        return fail(why, EXIT_USAGE, "--show: '%s' is one neuron with itself", text);
    return code;
}

/* Correlations of the pairs within and between populations. */
static int add_pairs(sweep_plan *p, const model *m, failure *why)
{
    for (size_t a = 0; a < population_count(&m->net); a++)
        for (size_t b = a; b < population_count(&m->net); b++) {
            moment what;
            char name[560];
            group_population(&what.a, m, a);
            group_population(&what.b, m, b);
            snprintf(name, sizeof name, "%s,%s", m->net.population_name[a], m->net.population_name[b]);
            if (what.a.count > 0 && what.b.count > 0 && (a != b || what.a.count > 1))
                TRY(add_named(p, CORRELATION, name, &what, 1, why));
        }
    return EXIT_DONE;
}

static int add_shown(sweep_plan *p, const model *m, const char *text, failure *why)
{
    size_t length = strcspn(text, ":");
    const char *rest = text[length] == ':' ? text + length + 1 : NULL;
    int family = 0;
    while (family < FAMILIES &&
           (strlen(family_name[family]) != length || strncmp(text, family_name[family], length) != 0))
        family++;
    neuron_group all = {.count = 0};
    for (size_t i = 0; i < m->net.n; i++)
        all.neuron[all.count++] = (int32_t)i;
    moment what = {.family = family};
    if (family == MEAN && rest == NULL)
        return add_means(p, m, &all, 1, why);
    if ((family == POPULATION || family == CORRELATION) && rest == NULL && population_count(&m->net) == 0)
        return fail(why, EXIT_USAGE, "--show %s: the network has no populations; say mean, or %s", text,
                    family == POPULATION ? "mean:NAME" : "correlation:A,B");
    if (family == POPULATION && rest == NULL)
        return add_populations(p, m, 1, why);
    if (family == CORRELATION && rest == NULL)
        return add_pairs(p, m, why);
    if (family == FAMILIES || rest == NULL)
        return fail(why, EXIT_USAGE,
                    "--show: found '%s', expected mean, mean:NAME, population, population:NAME, variance:NAME, "
                    "covariance:A,B, correlation or correlation:A,B",
                    text);
    if (family == COVARIANCE || family == CORRELATION)
        TRY(find_two(&what, m, rest, why));
    else
        TRY(group_named(&what.a, m, "show", rest, why));
    if (family == MEAN)
        return add_means(p, m, &what.a, 1, why);
    return add_named(p, family, rest, &what, 1, why);
}

/* --- values --- */

/* Of every pair of different neurons, one of a and one of b. */
static double mean_of_pairs(const double *matrix, size_t n, const moment *of)
{
    double sum = 0, pairs = 0;
    for (size_t j = 0; j < of->a.count; j++)
        for (size_t k = 0; k < of->b.count; k++)
            if (of->a.neuron[j] != of->b.neuron[k]) {
                sum += matrix[of->a.neuron[j] * n + of->b.neuron[k]];
                pairs++;
            }
    return sum / pairs;
}

/* Of the average activity. */
static double variance_of(const double *covariance, size_t n, const neuron_group *of)
{
    double sum = 0;
    for (size_t j = 0; j < of->count; j++)
        for (size_t k = 0; k < of->count; k++)
            sum += covariance[of->neuron[j] * n + of->neuron[k]];
    return sum / ((double)of->count * (double)of->count);
}

static double value_of(const moments *all, const moment *of, size_t n)
{
    double sum = 0;
    switch (of->family) {
    case VARIANCE:
        return variance_of(all->covariance, n, &of->a) * (all->spins ? 4 : 1);
    case COVARIANCE:
        return mean_of_pairs(all->covariance, n, of) * (all->spins ? 4 : 1);
    case CORRELATION:
        return mean_of_pairs(all->correlation, n, of);
    default:
        for (size_t k = 0; k < of->a.count; k++)
            sum += all->mean[of->a.neuron[k]];
        sum /= (double)of->a.count;
        return all->spins ? 2 * sum - 1 : sum;
    }
}

static int evaluate_moments(double *value, const sweep_plan *p, const model *at, const binnet_law *law, failure *why)
{
    const moments *all = p->own;
    size_t n = at->net.n;
    int32_t status = binnet_law_mean(at->ctx, all->mean, n, law);
    if (status == BINNET_OK && all->need_covariance)
        status = binnet_law_covariance(at->ctx, all->covariance, n, law);
    if (status == BINNET_OK && all->need_correlation)
        status = binnet_law_correlation(at->ctx, all->correlation, n, law);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return library_failure(why, at->ctx, status);
    for (size_t k = 0; k < p->count; k++)
        value[k] = value_of(all, &all->of[k], n);
    return EXIT_DONE;
}

/* --- the plan --- */

static int fill_plan(sweep_plan *p, const model *m, const options *o, failure *why)
{
    size_t n = m->net.n, n_pop = population_count(&m->net);
    moments *all = p->own;
    all->spins = o->spins;
    all->mean = malloc((n + 2 * n * n) * sizeof *all->mean);
    if (all->mean == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    all->covariance = all->mean + n;
    all->correlation = all->covariance + n * n;
    neuron_group every = {.count = 0};
    for (size_t i = 0; i < n; i++)
        every.neuron[every.count++] = (int32_t)i;
    int plain = o->show.count == 0;
    TRY(add_means(p, m, &every, plain && n_pop == 0, why));
    TRY(add_populations(p, m, plain, why));
    if (plain && n_pop > 0 && n_pop <= FEW_POPULATIONS)
        TRY(add_pairs(p, m, why));
    for (size_t k = 0; k < o->show.count; k++)
        TRY(add_shown(p, m, o->show.at[k], why));
    return EXIT_DONE;
}

int plan_moments(sweep_plan *out, const model *m, const options *o, failure *why)
{
    *out = (sweep_plan){.evaluate = evaluate_moments, .own = calloc(1, sizeof(moments))};
    int code = out->own != NULL ? fill_plan(out, m, o, why) : fail(why, EXIT_BUDGET, "out of memory");
    if (code != EXIT_DONE)
        plan_moments_free(out);
    return code;
}

void plan_moments_free(sweep_plan *p)
{
    moments *all = p->own;
    for (size_t k = 0; k < p->count; k++)
        free(p->quantity[k].name);
    if (all != NULL) {
        free(all->mean);
        free(all->of);
    }
    free(all);
    free(p->quantity);
    *p = (sweep_plan){0};
}
