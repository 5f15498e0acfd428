/* A comparison on standard output: the errors of each method, then the means. */
#include "report/comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const comparison_quantity[COMPARISON_QUANTITIES] = {"means", "covariances", "lagged covariances"};

int comparison_methods(int applies[COMPARISON_METHODS], const model *m, failure *why)
{
    const double nothing = 0, scale = 1;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_comparison *c = NULL;
    int32_t status = binnet_net_new(m->ctx, &net, 1, &nothing, NULL, NULL, NULL);
    if (status == BINNET_OK)
        status = binnet_noise_new(m->ctx, &noise, binnet_noise_kind(m->noise), 1, &scale, m->dof);
    if (status == BINNET_OK)
        status = binnet_comparison_new(m->ctx, &c, net, noise, m->update, BINNET_REFERENCE_EXACT, 0);
    for (int32_t k = 0; k < COMPARISON_METHODS && status == BINNET_OK; k++)
        applies[k] = binnet_comparison_has(c, k);
    binnet_comparison_free(c);
    binnet_noise_free(noise);
    binnet_net_free(net);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

static void report_reference(const comparison *c)
{
    const int32_t r = BINNET_APPROXIMATION_REFERENCE;
    const char *said = binnet_comparison_message(c->found, r);
    int sampled = binnet_comparison_reference(c->found) == BINNET_REFERENCE_MONTE_CARLO;
    if (*said != 0 && binnet_comparison_status(c->found, r) == BINNET_OK)
        printf("reference      %s", said);
    else
        printf("reference      %s%s%s", sampled ? "Monte Carlo" : "exact", *said != 0 ? ": " : "", said);
    printf(", %.3g s\n", binnet_comparison_seconds(c->found, r));
    if (sampled && binnet_comparison_has(c->found, r))
        printf("standard error means %.2g, covariances %.2g, lagged covariances %.2g (root mean square)\n",
               c->standard[0], c->standard[1], c->standard[2]);
}

/* A number between methods, or what became of it. */
static void report_methods(const comparison *c)
{
    int width = 6;
    for (size_t k = 1; k < c->methods; k++)
        width = (int)fmax(width, (double)strlen(binnet_approximation_name((int32_t)k)));
    printf(
        "\nerrors: root mean square, and largest; covariances: of different neurons; lagged: one step apart, all pairs\n");
    printf("%-3s %-*s  %-20s %-20s %-20s %s\n", "", width, "method", "means", "covariances", "lagged", "seconds");
    for (size_t k = 1; k < c->methods; k++) {
        int32_t method = (int32_t)k;
        printf("%-3zu %-*s  ", k, width, binnet_approximation_name(method));
        if (!binnet_comparison_has(c->found, method)) {
            printf("- %s\n", binnet_comparison_message(c->found, method));
            continue;
        }
        for (int q = 0; q < COMPARISON_QUANTITIES; q++)
            printf("%-9.2e %-9.2e  ", c->rms[k][q], c->largest[k][q]);
        printf("%.2g\n", binnet_comparison_seconds(c->found, method));
    }
}

static void report_means(const comparison *c)
{
    const network *net = &c->m->net;
    size_t n = net->n, shown = c->o->top >= 0 ? (size_t)c->o->top : 20;
    int width = 6;
    shown = shown < n ? shown : n;
    if (shown == 0)
        return;
    for (size_t i = 0; i < shown; i++)
        width = (int)fmax(width, (double)strlen(net->name[i]));
    printf("\nmeans, by the numbers of the methods\n%-*s  %-9s", width, "neuron", "reference");
    for (size_t k = 1; k < c->methods; k++)
        if (binnet_comparison_has(c->found, (int32_t)k))
            printf(" %-8zu", k);
    printf("\n");
    for (size_t i = 0; i < shown; i++) {
        printf("%-*s  ", width, net->name[i]);
        if (binnet_comparison_has(c->found, BINNET_APPROXIMATION_REFERENCE))
            printf("%-9.6f", c->mean[i]);
        else
            printf("%-9s", "-");
        for (size_t k = 1; k < c->methods; k++)
            if (binnet_comparison_has(c->found, (int32_t)k))
                printf(" %-8.6f", c->mean[k * n + i]);
        printf("\n");
    }
    if (shown < n)
        printf("... and %zu more\n", n - shown);
}

void report_comparison(const comparison *c)
{
    report_reference(c);
    report_methods(c);
    report_means(c);
}
