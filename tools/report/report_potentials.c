/* Potentials on standard output. */
#include "report/largest.h"
#include "report/potentials.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_or_dash(double x)
{
    if (isnan(x))
        printf("  %-12s", "-");
    else
        printf("  %-12.9g", x);
}

static void print_neurons(const potentials *p, int width)
{
    printf("\n%-*s  %-12s  %-12s  %-12s  %-12s", width, "neuron", "mean V", "sd V", "threshold", "Pr(V > thr.)");
    for (size_t k = 0; k < p->quantiles; k++) {
        char head[32];
        snprintf(head, sizeof head, "q %.6g", p->q[k]);
        printf("  %-12s", head);
    }
    printf("\n");
    int any = 0;
    for (size_t j = 0; j < p->group.count; j++) {
        const potential *of = &p->of[j];
        printf("%-*s", width, p->name[j]);
        print_or_dash(of->mean);
        print_or_dash(of->deviation);
        print_or_dash(of->threshold);
        print_or_dash(of->above);
        for (size_t k = 0; k < p->quantiles; k++)
            print_or_dash(p->quantile[j * p->quantiles + k]);
        if (of->single_values)
            printf("  %llu value%s", (unsigned long long)of->components, of->components == 1 ? "" : "s");
        any |= of->single_values;
        printf("\n");
    }
    if (any)
        printf("(values: no noise, the potential takes single ones and has no density)\n");
    if (p->undefined)
        printf("(a moment does not exist, or a potential never changes: what follows from it is not defined)\n");
}

static void print_pairs(const potentials *p, int width)
{
    size_t k = p->group.count, count;
    size_t *place = largest_entries(&count, p->correlation, k, 1e-12, 1); /* less is rounding */
    if (place == NULL)
        return;
    size_t shown = (size_t)p->o->top < count ? (size_t)p->o->top : count;
    if (shown > 0)
        printf("\nlargest correlations of potentials at one time\n");
    for (size_t j = 0; j < shown; j++)
        printf("%-*s  %-*s  %.9f\n", width, p->name[place[j] / k], width, p->name[place[j] % k],
               p->correlation[place[j]]);
    if (shown > 0 && shown < count)
        printf("... and %zu smaller ones (--top, -o)\n", count - shown);
    free(place);
}

void report_potentials(const potentials *p)
{
    int width = 6;
    for (size_t j = 0; j < p->group.count; j++)
        width = (int)strlen(p->name[j]) > width ? (int)strlen(p->name[j]) : width;
    printf(
        "potential      V_i = (1/M_i) sum_j J_ij A_j + I_i + scale_i B_i, A one step before; active where V_i >= thr.\n");
    print_neurons(p, width);
    print_pairs(p, width);
    printf("\ntime           %.3g s after the law\n", p->after);
}
