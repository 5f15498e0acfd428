/* Potentials on standard output. */
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

typedef struct pair {
    size_t place;
    double size;
} pair;

static int by_size(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    return x->size > y->size ? -1 : x->size < y->size ? 1 : x->place < y->place ? -1 : x->place > y->place;
}

static void print_pairs(const potentials *p, int width)
{
    size_t k = p->group.count, count = 0;
    pair *list = malloc((k * k + 1) * sizeof *list);
    if (list == NULL)
        return;
    for (size_t a = 0; a < k; a++)
        for (size_t b = a + 1; b < k; b++)
            if (fabs(p->correlation[a * k + b]) > 1e-12) /* less is rounding */
                list[count++] = (pair){a * k + b, fabs(p->correlation[a * k + b])};
    qsort(list, count, sizeof *list, by_size);
    size_t shown = (size_t)p->o->top < count ? (size_t)p->o->top : count;
    if (shown > 0)
        printf("\nlargest correlations of potentials at one time\n");
    for (size_t j = 0; j < shown; j++)
        printf("%-*s  %-*s  %.9f\n", width, p->name[list[j].place / k], width, p->name[list[j].place % k],
               p->correlation[list[j].place]);
    if (shown > 0 && shown < count)
        printf("... and %zu smaller ones (--top, -o)\n", count - shown);
    free(list);
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
