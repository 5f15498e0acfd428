/* The report on standard output: conventions first, then the figures. */
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

char *noise_text(char text[100], const model *m)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < m->net.n; i++) {
        least = fmin(least, model_scale(m, i));
        most = fmax(most, model_scale(m, i));
    }
    int used = snprintf(text, 100, "%s, scale %.10g", noise_name(binnet_noise_kind(m->noise)), least);
    if (most > least)
        used += snprintf(text + used, 100 - (size_t)used, " to %.10g", most);
    size_t factors = binnet_noise_factors(m->noise);
    if (factors > 0)
        snprintf(text + used, 100 - (size_t)used, ", correlated: %zu shared factor%s", factors, factors > 1 ? "s" : "");
    else if (binnet_noise_form(m->noise) == BINNET_NOISE_COVARIANCE)
        snprintf(text + used, 100 - (size_t)used, ", correlated");
    return text;
}

char *law_text(char text[200], const model *m, const binnet_law *law)
{
    char noise[100];
    snprintf(text, 200, "stationary law, %s update, noise %s, residual %.1g", update_name(m->update),
             noise_text(noise, m), binnet_law_residual(law));
    return text;
}

void report_blas(void)
{
    const char *name = binnet_blas(), *remark = "";
    if (strcmp(name, "reference") == 0)
        remark = "\nwarning: the reference BLAS, or one without a name: OpenBLAS or BLIS are many times faster";
    else if (strstr(name, "SINGLE_THREADED") != NULL && strstr(name, "USE_LOCKING") == NULL)
        remark = "\nwarning: a BLAS built without threads and locks: matrix products use one worker";
    printf("BLAS           %s%s\n", name, remark);
}

/* What correlations do, and how well it is known. */
static void report_correlations_of_noise(const model *m)
{
    double row, entry;
    if (binnet_noise_form(m->noise) == BINNET_NOISE_INDEPENDENT)
        return;
    if (m->update == BINNET_UPDATE_ASYNCHRONOUS || m->update == BINNET_UPDATE_SWEEP)
        printf("correlated     neurons are updated one by one: only the variances of their noise count\n");
    else if (binnet_chain_row_error(m->ctx, &row, &entry, m->chain) == BINNET_OK)
        printf("correlated     transition probabilities within %.1g; those from a state within %.1g together\n", entry,
               row);
}

void report_network(const model *m, const options *o)
{
    const network *net = &m->net;
    char noise[100];
    printf("network        %s\n", net->title != NULL ? net->title : o->network);
    if (net->source != NULL)
        printf("source         %s\n", net->source);
    if (net->n_sizes > 0)
        printf("size           %zu neurons in %zu homogeneous populations\n", net->n, net->n_sizes);
    else
        printf("size           %zu neurons, %" PRId64 " connections\n", net->n, net->row_ptr[net->n]);
    for (size_t k = 0; k < binnet_network_file_notes(net->file); k++)
        printf("import         %s\n", binnet_network_file_note(net->file, k));
    printf("tie            a drive of exactly 0: %s\n", tie_name(net->tie));
    if (m->noise != NULL) {
        printf("update         %s\n", update_name(m->update));
        printf("noise          %s\n", noise_text(noise, m));
    }
    if (m->chain != NULL) {
        if (binnet_chain_populations(m->chain) > 0)
            printf("lumped         %" PRIu64 " states: how many neurons of each population are active, exactly\n",
                   binnet_chain_states(m->chain));
        report_correlations_of_noise(m);
    }
}

void report_solved(const binnet_law *law, double seconds)
{
    printf("solved         by %s, %" PRIu64 " steps, %.3g s, %s kernels\n", method_name(binnet_law_method(law)),
           binnet_law_iterations(law), seconds, binnet_kernels());
    printf("residual       ||pi P - pi||_1 = %.2g, largest relative imbalance of a state %.2g\n",
           binnet_law_residual(law), binnet_law_residual_relative(law));
    printf("error          of a probability, relative, estimated: %.2g\n", binnet_law_balance_error(law));
}

void report_result(const result *r)
{
    const network *net = &r->m->net;
    size_t n = net->n;
    int width = 6;
    char bits[65];
    for (size_t i = 0; i < n; i++)
        width = (int)strlen(net->name[i]) > width ? (int)strlen(net->name[i]) : width;
    report_solved(r->law, r->seconds);
    printf("entropy        %.10g nats = %.10g bits\n\n", r->entropy, r->entropy / log(2));

    const char *what = r->o->spins ? "mean S" : "mean A";
    printf("%-*s  %-12s %s\n", width, "neuron", what, r->o->spins ? "variance of S (-1, 1)" : "variance of A (0, 1)");
    for (size_t i = 0; i < n; i++)
        printf("%-*s  %-12.9g %.9g\n", width, net->name[i], r->mean[i], r->covariance[i * n + i]);
    if (r->undefined)
        printf("(a variance is 0: its correlations are not defined)\n");
    double strongest = 1e-12; /* less is rounding */
    size_t a = 0, b = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (fabs(r->correlation[i * n + j]) > strongest) {
                strongest = fabs(r->correlation[i * n + j]);
                a = i;
                b = j;
            }
    if (a != b)
        printf("strongest correlation: %s and %s, %.6f\n", net->name[a], net->name[b], r->correlation[a * n + b]);
    if (r->top == 0)
        return;
    printf("\nmost probable states (bit i of the number is neuron i, from 0; leftmost digit = first neuron, %s)\n",
           net->name[0]);
    printf("%-14s %-12s %-*s  active\n", "probability", "state", (int)n > 5 ? (int)n : 5, "0/1");
    for (size_t k = 0; k < r->top; k++) {
        printf("%-14.9g %-12" PRIu64 " %-*s  ", r->probability[k], r->state[k], (int)n > 5 ? (int)n : 5,
               state_bits(bits, r->state[k], n));
        print_active(net, r->state[k]);
        printf("\n");
    }
}
