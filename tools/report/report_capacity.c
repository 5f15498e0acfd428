/* The table and the files of `binnet capacity`. */
#include "report/capacity.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void print_patterns(FILE *f, const capacity *c, const char *before)
{
    fprintf(f,
            "%s%" PRId64
            " sets of random patterns for each point, %zu neurons, %zu inputs each, active with probability %g, ",
            before, c->sets, c->n, c->inputs, c->activity);
    fprintf(f, "%s\n", c->cycles ? "each leads to the next" : "they stay");
}

void capacity_report(const capacity *c)
{
    print_patterns(stdout, c, "patterns       ");
    if (c->noisy)
        printf("noise          %s, scale %g: stored is what each neuron follows with at least %g\n",
               noise_name(c->o->noise.kind), c->o->noise.common, c->probability);
    if (!isnan(c->gardner))
        printf("Gardner        %.6g patterns for each input at most, many inputs\n", c->gardner);
    for (int noisy = 0; noisy <= c->noisy; noisy++)
        for (size_t r = 0; r < c->rules; r++) {
            printf("\n%s, %s noise\n%-8s %-9s %-24s %-24s %-10s %s\n", capacity_rules[c->rule[r]],
                   noisy ? "with" : "without", "load", "patterns", "whole sets stored", "neurons with all stored",
                   "unproved", isnan(c->gardner) || noisy ? "" : "Cover");
            for (size_t k = 0; k < c->loads; k++) {
                const capacity_point *p = capacity_at(c, noisy, r, k);
                char whole[40], neurons[40];
                snprintf(whole, sizeof whole, "%.3f (%.3f..%.3f)", p->whole, p->whole_low, p->whole_high);
                snprintf(neurons, sizeof neurons, "%.3f (%.3f..%.3f)", p->neurons, p->neurons_low, p->neurons_high);
                printf("%-8.4g %-9zu %-24s %-24s %-10.3g", c->load[k], c->patterns[k], whole, neurons, p->unproved);
                if (!isnan(c->gardner) && !noisy)
                    printf(" %.3f", c->cover[k]);
                printf("\n");
            }
        }
}

static const char *const conventions[] = {
    "load: patterns / inputs of a neuron; whole: fraction of sets of which every neuron follows every transition",
    "neurons: fraction of (set, neuron) of which everything is stored; unproved: neither stored nor proved impossible by the rule's search",
    "low, high: Wilson's intervals of 95 % of so many sets; those of neurons are too wide rather than too narrow",
    "cover: the fraction of neurons that some weights can do, patterns in general position, no threshold",
    "gardner: the greatest load of many inputs; both are for activity 0.5 and signs alone"};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

static int dump_csv(const capacity *c, failure *why)
{
    table t;
    TRY(table_open(&t, c->o, "_capacity.csv", why));
    FILE *f = t.file;
    fprintf(f, "# capacity of rules; binnet %s\n# %s\n", binnet_version(), c->o->text);
    print_patterns(f, c, "# ");
    for (int k = 0; k < CONVENTIONS; k++)
        fprintf(f, "# %s\n", conventions[k]);
    fprintf(f, "rule,noise,load,patterns,whole,whole_low,whole_high,neurons,neurons_low,neurons_high,unproved,cover,"
               "gardner\n");
    for (int noisy = 0; noisy <= c->noisy; noisy++)
        for (size_t r = 0; r < c->rules; r++)
            for (size_t k = 0; k < c->loads; k++) {
                const capacity_point *p = capacity_at(c, noisy, r, k);
                const double row[] = {p->whole,
                                      p->whole_low,
                                      p->whole_high,
                                      p->neurons,
                                      p->neurons_low,
                                      p->neurons_high,
                                      p->unproved,
                                      noisy ? NAN : c->cover[k],
                                      noisy ? NAN : c->gardner};
                fprintf(f, "%s,%d,", capacity_rules[c->rule[r]], noisy);
                csv_real(f, c->load[k]);
                fprintf(f, ",%zu", c->patterns[k]);
                for (size_t e = 0; e < sizeof row / sizeof *row; e++) {
                    fputc(',', f);
                    if (!isnan(row[e]))
                        csv_real(f, row[e]);
                }
                fputc('\n', f);
            }
    return table_close(&t, why);
}

static int dump_json(const capacity *c, failure *why)
{
    json_t *lines = json_array(), *points = json_array();
    for (int k = 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    for (int noisy = 0; noisy <= c->noisy; noisy++)
        for (size_t r = 0; r < c->rules; r++)
            for (size_t k = 0; k < c->loads; k++) {
                const capacity_point *p = capacity_at(c, noisy, r, k);
                json_array_append_new(points, json_pack("{s:s, s:b, s:f, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}",
                                                        "rule", capacity_rules[c->rule[r]], "noise", noisy, "load",
                                                        c->load[k], "patterns", (json_int_t)c->patterns[k], "whole",
                                                        p->whole, "whole_low", p->whole_low, "whole_high",
                                                        p->whole_high, "neurons", p->neurons, "neurons_low",
                                                        p->neurons_low, "neurons_high", p->neurons_high, "unproved",
                                                        p->unproved, "cover", json_number(noisy ? NAN : c->cover[k])));
            }
    json_t *noise = c->noisy ? json_pack("{s:s, s:f, s:f}", "kind", noise_name(c->o->noise.kind), "scale",
                                         c->o->noise.common, "probability", c->probability)
                             : json_null();
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:f, s:b, s:o, s:o, s:o}", "format",
                            "binnet-capacity 1", "version", binnet_version(), "command", c->o->text, "conventions",
                            lines, "neurons", (json_int_t)c->n, "inputs", (json_int_t)c->inputs, "sets",
                            (json_int_t)c->sets, "activity", c->activity, "cycles", c->cycles, "noise", noise,
                            "gardner", json_number(c->gardner), "points", points);
    return json_save(all, c->o, ".json", why);
}

int capacity_write(const capacity *c, failure *why)
{
    return c->o->format != NULL && strcmp(c->o->format, "json") == 0 ? dump_json(c, why) : dump_csv(c, why);
}
