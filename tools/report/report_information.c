/* Information on standard output. */
#include "report/information.h"
#include "report/largest.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 34 };

static double bits(double nats)
{
    return nats / 0.69314718055994530942;
}

static void print_figure(const char *what, const figure *x)
{
    if (isnan(x->nats))
        printf("%-*s  %-18s %-18s (%s)\n", WIDE, what, "-", "-", x->why_not);
    else if (x->why_not[0] != 0)
        printf("%-*s  %-18.12g %-18.12g (%s)\n", WIDE, what, x->nats, bits(x->nats), x->why_not);
    else
        printf("%-*s  %-18.12g %.12g\n", WIDE, what, x->nats, bits(x->nats));
}

static void print_value(const char *what, double nats)
{
    const figure x = {.nats = nats};
    print_figure(what, &x);
}

static void print_figures(const information *f)
{
    char text[120], what[200];
    printf("\n%-*s  %-18s %s\n", WIDE, "", "nats", "bits");
    print_figure("entropy of a state", &f->entropy);
    print_figure("entropy rate, a step", &f->rate);
    print_figure("entropy production, a step", &f->production);
    print_figure("multi-information of the group", &f->multi);
    snprintf(what, sizeof what, "group now and %" PRIu64 " step%s later", f->lag, f->lag == 1 ? "" : "s");
    print_figure(what, &f->memory);
    printf("group          %s\n", group_text(text, sizeof text, &f->group, &f->m->net));
    if (isnan(f->net_flow))
        printf("balance        not computed: %s\n", f->imbalance_why_not);
    else
        printf("balance        flow against detailed balance %.6g of 1, largest imbalance of a pair of states %.6g\n",
               f->net_flow, f->imbalance);
}

/* --- pairs --- */

static int name_width(const information *f)
{
    int width = 6;
    for (size_t i = 0; i < f->nodes; i++)
        width = (int)strlen(f->name[i]) > width ? (int)strlen(f->name[i]) : width;
    return width;
}

/* The largest entries of a matrix. */
static void print_pairs(const information *f, const double *matrix, const char *title, const char *first,
                        const char *second)
{
    size_t n = f->nodes, count, *place = largest_entries(&count, matrix, n, 0, 0);
    if (place == NULL)
        return;
    size_t shown = (size_t)f->o->top < count ? (size_t)f->o->top : count;
    int width = name_width(f);
    printf("\n%s%s\n", title, count == 0 ? ": none above 0" : "");
    if (shown > 0)
        printf("%-*s  %-*s  %-18s %s\n", width, first, width, second, "nats", "bits");
    for (size_t k = 0; k < shown; k++)
        printf("%-*s  %-*s  %-18.12g %.12g\n", width, f->name[place[k] / n], width, f->name[place[k] % n],
               matrix[place[k]], bits(matrix[place[k]]));
    if (shown > 0 && shown < count)
        printf("... and %zu smaller ones (--top, -o)\n", count - shown);
    free(place);
}

/* --- groups, stimuli --- */

static void print_between(const information *f)
{
    char text[120], what[80];
    printf("\nsource         %s\n", group_text(text, sizeof text, &f->source, &f->m->net));
    printf("target         %s\n", group_text(text, sizeof text, &f->target, &f->m->net));
    snprintf(what, sizeof what, "source now, target %" PRIu64 " step%s later", f->lag, f->lag == 1 ? "" : "s");
    print_value(what, f->between);
    print_value("transfer entropy source to target", f->there);
    print_value("transfer entropy target to source", f->back);
}

static void print_stimuli(const information *f)
{
    enum { SHOWN = 20 };
    char text[60];
    size_t k = f->group.count;
    printf("\n%-8s  %-10s %-14s stimulus\n", "stimulus", "prior", "mean activity");
    for (size_t s = 0; s < f->set.count && s < SHOWN; s++) {
        double sum = 0;
        for (size_t b = 0; b < k; b++)
            sum += f->response[s * k + b];
        printf("%-8zu  %-10.6g %-14.9g %s\n", s + 1, f->set.prior[s], sum / (double)k,
               stimulus_text(text, sizeof text, &f->set, s));
    }
    if (f->set.count > SHOWN)
        printf("... and %zu more\n", f->set.count - SHOWN);
    printf("\n%-*s  %-18s %s\n", WIDE, "about the stimulus", "nats", "bits");
    print_value("response of the group", f->told);
    for (int part = 0; part < BINNET_INFORMATION_PARTS; part++) {
        char what[80];
        snprintf(what, sizeof what, "  %s", information_part_names[part]);
        print_value(what, f->part[part]);
    }
}

void report_information(const information *f)
{
    char title[120];
    print_figures(f);
    if (f->two_groups)
        print_between(f);
    print_pairs(f, f->transfer, "transfer entropy, I(target(t+1); source(t) | target(t)), largest", "source", "target");
    snprintf(title, sizeof title, "mutual information, I(first(t); second(t+%" PRIu64 ")), largest", f->lag);
    print_pairs(f, f->mutual, title, "first", "second");
    if (f->set.count > 0)
        print_stimuli(f);
    printf("\ntime           %.3g s after the law\n", f->after);
}
