/* The spectrum on standard output. */
#include "report/result.h"
#include "report/spectrum.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

char *time_text(char text[32], double time)
{
    if (isnan(time))
        snprintf(text, 32, "-");
    else if (isinf(time))
        snprintf(text, 32, "infinite");
    else
        snprintf(text, 32, "%.6g", time);
    return text;
}

/* Period of what turns; a positive eigenvalue does not. */
static char *period_text(char text[32], const eigenvalue *v)
{
    return time_text(text, isinf(v->period) ? NAN : v->period);
}

static void report_values(const spectrum *s)
{
    char relaxation[32], period[32];
    printf("\n%-4s %-16s %-16s %-10s %-12s %-10s %s\n", "k", "real part", "imaginary part", "modulus", "relaxation",
           "period", "error at most");
    for (size_t k = 0; k < s->count; k++) {
        const eigenvalue *v = &s->value[k];
        time_text(relaxation, v->relaxation);
        if (hypot(v->re, v->im) <= v->bound)
            snprintf(relaxation, sizeof relaxation, "< %.4g", v->longest);
        printf("%-4zu %-16.10g %-16.10g %-10.6g %-12s %-10s %.2g\n", k + 1, v->re, v->im, hypot(v->re, v->im),
               relaxation, period_text(period, v), v->bound);
    }
}

static void report_sets(const spectrum *s)
{
    const network *net = &s->m->net;
    size_t m = s->sets;
    char bits[65], own[32], exact[32];
    printf(
        "\nmetastable sets by the first %zu modes; corner: the state that is most of a set (leftmost digit = first neuron, %s)\n",
        m, net->name[0]);
    printf("%-4s %-12s %-12s %-12s %s\n", "set", "probability", "states", "stays for", "corner");
    for (size_t a = 0; a < m; a++) {
        double leaves = 0;
        for (size_t b = 0; b < m; b++)
            leaves += b == a ? 0 : s->coarse[a * m + b];
        printf("%-4zu %-12.6g %-12" PRIu64 " %-12s %s  ", a + 1, s->weight[a], s->members[a],
               time_text(own, leaves > 0 ? 1 / leaves : INFINITY), state_bits(bits, s->corner[a], net->n));
        print_active(net, s->corner[a]);
        printf("\n");
    }
    printf("\nprobability of a step from set (row) to set (column), in stationarity\n%-4s", "");
    for (size_t b = 0; b < m && b < 12; b++)
        printf(" %-11zu", b + 1);
    for (size_t a = 0; a < m && a < 12; a++) {
        printf("\n%-4zu", a + 1);
        for (size_t b = 0; b < m && b < 12; b++)
            printf(" %-11.5g", s->coarse[a * m + b]);
    }
    printf("%s\n", m > 12 ? "\n..." : "");
    printf("differs by     %.3g on average from what a state of the set does (sum of differences, 0..2)\n",
           s->residual);
    for (size_t k = 1; k < m; k++) {
        double size = hypot(s->coarse_re[k], s->coarse_im[k]);
        printf("%s %zu: %s, exact %s\n", k == 1 ? "relaxation    " : "              ", k + 1,
               time_text(own, size < 1 ? -1 / log(size) : INFINITY), time_text(exact, s->value[k].relaxation));
    }
}

void report_spectrum(const spectrum *s)
{
    double right = 0, left = 0;
    char text[32];
    for (size_t k = 0; k < s->count; k++) {
        right = fmax(right, s->value[k].right);
        left = fmax(left, s->value[k].left);
    }
    if (binnet_spectrum_method(s->found) == BINNET_METHOD_GTH)
        printf("solved         by the whole matrix, %.3g s\n", s->seconds);
    else
        printf("solved         by Krylov iteration, %" PRIu64 " steps, %.3g s\n", binnet_spectrum_steps(s->found),
               s->seconds);
    printf("residual       right modes, largest entry: %.2g; left modes, sum: %.2g\n", right, left);
    if (s->count > 1) {
        const eigenvalue *v = &s->value[1];
        printf("slowest        relaxes in %s steps", time_text(text, v->relaxation));
        printf(isinf(v->longest) && isfinite(v->shortest) ? " (or more: at least %.3g)\n" : "\n", v->shortest);
        if (v->gap < 1)
            printf("spectral gap   1 - lambda_2 = %.10g, error at most %.2g\n", v->gap, v->gap_bound);
        else
            printf("spectral gap   1 - |lambda_2| = %.10g, error at most %.2g\n", 1 - hypot(v->re, v->im), v->bound);
    }
    report_values(s);
    if (s->sets > 0)
        report_sets(s);
}
