/* Correlations on standard output. */
#include "report/correlations.h"
#include "report/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A number of a table, or what is not defined. */
static void print_value(double x, int width)
{
    char text[40];
    snprintf(text, sizeof text, "%.9g", x + 0.0);
    printf("  %-*s", width, isnan(x) ? "-" : text);
}

static int name_width(const correlations *c)
{
    int width = 6;
    for (size_t i = 0; i < c->m->net.n; i++)
        width = (int)strlen(c->m->net.name[i]) > width ? (int)strlen(c->m->net.name[i]) : width;
    return width;
}

/* As far as a terminal's column goes; longer names push the numbers on. */
static int list_width(const correlations *c, int names)
{
    int width = names * (name_width(c) + 1);
    return width < 60 ? width : 60;
}

static void print_conventions(const correlations *c)
{
    printf("variables      X = %s%s\n", variables_text(c),
           c->own->potentials ? ", V_i(t) = (1/M_i) sum_j J_ij A_j(t-1) + I_i + noise" : "");
    printf(
        "correlation    of k of them: E prod (X_i - q_i) / (prod E|X_i - q_i|^k)^(1/k), q_i = E X_i; k = 2: Pearson's\n");
    printf("matrices       row = earlier time, column = later time; one step of the chain: %s\n\n",
           c->m->update == BINNET_UPDATE_SYNCHRONOUS    ? "all neurons at once"
           : c->m->update == BINNET_UPDATE_ASYNCHRONOUS ? "one neuron, drawn with probability 1/n"
                                                        : "every neuron, one after the other");
}

static void print_neurons(const correlations *c)
{
    size_t n = c->m->net.n;
    int width = name_width(c);
    printf("%-*s  %-15s  %-15s", width, "neuron", "mean", "variance");
    if (c->time != NULL)
        printf("  %-15s", "time");
    if (c->fano != NULL)
        printf("  %-15s  %-15s", "count", "Fano factor");
    printf("\n");
    for (size_t i = 0; i < n; i++) {
        printf("%-*s", width, c->m->net.name[i]);
        print_value(c->mean[i], 15);
        print_value(c->covariance[i * n + i], 15);
        if (c->time != NULL)
            print_value(c->time[i], 15);
        if (c->fano != NULL) {
            print_value(c->count_mean[i], 15);
            print_value(c->fano[i], 15);
        }
        printf("\n");
    }
    if (c->time != NULL) {
        printf(
            "time: autocorrelation time 1 + 2 sum over l >= 1 of Corr(X(t), X(t + l)), in steps, errors at most %.1g; of the "
            "mean of all neurons:",
            c->time_error);
        print_value(c->time_of_all, 0);
        printf("\n");
    }
    if (c->fano != NULL)
        printf("count: mean of A(t) + ... + A(t + %" PRId64 "), %" PRId64 " steps; Fano factor: variance / mean\n",
               c->own->window - 1, c->own->window);
}

static void print_groups(const correlations *c)
{
    int width = 5;
    char text[512];
    for (size_t g = 0; g < c->groups; g++) {
        int here = (int)strlen(members_text(text, sizeof text, c, c->group[g].k, c->group[g].neuron));
        width = here > width ? here : width;
    }
    printf("\n%-*s  %-3s  %-16s  %-16s  %s\n", width, "group", "k", "correlation", "central moment", "cumulant");
    for (size_t g = 0; g < c->groups; g++) {
        const correlated_group *at = &c->group[g];
        printf("%-*s  %-3zu", width, members_text(text, sizeof text, c, at->k, at->neuron), at->k);
        print_value(at->correlation, 16);
        print_value(at->moment, 16);
        print_value(at->cumulant, 0);
        printf("\n");
    }
}

static void print_strongest(const correlations *c)
{
    size_t k = c->own->order == 3 ? 3 : 2, shown = c->ranked < (size_t)c->o->top ? c->ranked : (size_t)c->o->top;
    const char *what = k == 3 ? "triples" : "pairs";
    int width = list_width(c, (int)k);
    if (shown == 0)
        return;
    if (shown < c->ranked)
        printf("\nstrongest correlations, %zu of %zu %s (--top)\n", shown, c->ranked, what);
    else
        printf("\ncorrelations of all %s, strongest first\n", what);
    printf("%-*s  %-16s  %s\n", width, what, "correlation", k == 3 ? "central moment" : "covariance");
    for (size_t r = 0; r < shown; r++) {
        const ranked_group *at = &c->strongest[r];
        int32_t neuron[3] = {(int32_t)at->neuron[0], (int32_t)at->neuron[1], (int32_t)at->neuron[2]};
        char text[1024];
        printf("%-*s", width, members_text(text, sizeof text, c, k, neuron));
        print_value(at->correlation, 16);
        print_value(at->moment, 0);
        printf("\n");
    }
}

static void print_populations(const correlations *c)
{
    size_t p = c->populations;
    int width = 10;
    for (size_t a = 0; a < p; a++)
        width = (int)strlen(population_name_of(c, a)) > width ? (int)strlen(population_name_of(c, a)) : width;
    printf("\npopulations: average of X over the neurons%s\n",
           c->own->potentials ? "" : "; Fano factor of the number of active neurons");
    printf("%-*s  %-15s  %-15s", width, "population", "mean", "variance");
    if (!c->own->potentials)
        printf("  %-15s", "Fano factor");
    if (c->fano != NULL)
        printf("  %-15s", "of counts");
    printf("\n");
    for (size_t a = 0; a < p; a++) {
        printf("%-*s", width, population_name_of(c, a));
        print_value(c->population_mean[a], 15);
        print_value(c->population_covariance[a * p + a], 15);
        if (!c->own->potentials)
            print_value(c->population_fano[a], 15);
        if (c->fano != NULL)
            print_value(c->population_count_fano[a], 15);
        printf("\n");
    }
    printf("%-*s  %-15s  %-15s  %s\n", 2 * width + 1, "populations", "correlation", "covariance",
           "mean covariance of two neurons");
    for (size_t a = 0; a < p; a++)
        for (size_t b = a; b < p; b++) {
            char text[1024];
            snprintf(text, sizeof text, "%s,%s", population_name_of(c, a), population_name_of(c, b));
            printf("%-*s", 2 * width + 1, text);
            print_value(c->population_correlation[a * p + b], 15);
            print_value(c->population_covariance[a * p + b], 15);
            print_value(c->within[a * p + b], 0);
            printf("\n");
        }
}

static void print_correlogram(const correlations *c)
{
    enum { ROWS = 20, SHOWN = 6 };
    int64_t lags = c->own->lag, step = (lags + ROWS - 1) / ROWS;
    size_t shown = c->pairs < SHOWN ? c->pairs : SHOWN;
    step = step > 0 ? step : 1;
    printf("\ncorrelogram: correlation of the first neuron at t and the second at t + lag%s\n",
           c->own->pair.count > 0 || c->m->net.n == 1 ? "" : "; the pairs with the strongest (--pair A,B chooses)");
    printf("%-8s", "lag");
    for (size_t k = 0; k < shown; k++) {
        char text[1024];
        int32_t neuron[2] = {(int32_t)c->pair[k].a, (int32_t)c->pair[k].b};
        printf("  %-16s", members_text(text, sizeof text, c, 2, neuron));
    }
    printf("\n");
    for (int64_t l = -(lags / step) * step; l <= lags; l += step) {
        printf("%-8" PRId64, l);
        for (size_t k = 0; k < shown; k++) {
            char text[1024];
            int32_t neuron[2] = {(int32_t)c->pair[k].a, (int32_t)c->pair[k].b};
            int width = (int)strlen(members_text(text, sizeof text, c, 2, neuron));
            print_value(correlation_at(c, c->pair[k], l), width > 16 ? width : 16);
        }
        printf("\n");
    }
    if (step > 1 || shown < c->pairs)
        printf("(every lag and pair: -o PREFIX)\n");
}

static void print_response(const correlations *c)
{
    size_t n = c->m->net.n, shown = 0;
    int width = name_width(c);
    printf(
        "\nresponse: derivative of the mean of a neuron (row) by the stimulus of another (column); the solution adds at most "
        "%.1g\n",
        c->response_error);
    enum { WIDEST = 8 };
    if (n > WIDEST) {
        printf("%-*s  %-*s  strongest stimulus of each neuron%s\n", width, "neuron", width, "by", "");
        for (size_t a = 0; a < n; a++) {
            size_t best = 0;
            for (size_t i = 1; i < n; i++)
                if (!(fabs(c->response[a * n + i]) <= fabs(c->response[a * n + best])))
                    best = i;
            printf("%-*s  %-*s", width, c->m->net.name[a], width, c->m->net.name[best]);
            print_value(c->response[a * n + best], 0);
            printf("\n");
        }
        printf("(all of them: -o PREFIX)\n");
        return;
    }
    printf("%-*s", width, "");
    for (; shown < n; shown++)
        printf("  %-*s", width > 15 ? width : 15, c->m->net.name[shown]);
    printf("\n");
    for (size_t a = 0; a < n; a++) {
        printf("%-*s", width, c->m->net.name[a]);
        for (size_t i = 0; i < n; i++)
            print_value(c->response[a * n + i], width > 15 ? width : 15);
        printf("\n");
    }
}

void report_correlations(const correlations *c)
{
    print_conventions(c);
    print_neurons(c);
    if (c->groups > 0)
        print_groups(c);
    print_strongest(c);
    if (c->lagged != NULL)
        print_correlogram(c);
    if (c->populations > 0)
        print_populations(c);
    if (c->response != NULL)
        print_response(c);
    if (c->undefined)
        printf("\n- is not defined: a variance, or a mean that is divided by, is 0 or does not exist\n");
    printf("\ntime           %.3g s\n", c->seconds);
}
