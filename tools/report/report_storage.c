/* The tables of `binnet store`. */
#include "report/storage.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const rule_names[] = {"exact",          "margin",   "Hebb / Hopfield", "Storkey",
                                         "pseudo-inverse", "temporal", "covariance"};
static const char *const status_names[] = {"stored", "stored, margins not as wanted", "not stored",
                                           "impossible (proved)", "margins out of reach (proved)"};

int64_t nearest_pattern(const patterns *known, const uint8_t *state, size_t *distance)
{
    int64_t nearest = -1;
    for (size_t k = 0; known != NULL && k < known->count; k++) {
        size_t d = 0;
        for (size_t i = 0; i < known->n; i++)
            d += known->state[k * known->n + i] != state[i];
        if (nearest < 0 || d < *distance) {
            nearest = (int64_t)k;
            *distance = d;
        }
    }
    return nearest;
}

void print_path(const patterns *p, const pattern_path *path)
{
    for (size_t k = 0; k < path->count; k++)
        printf("%s%s", k > 0 ? " -> " : "", p->name[path->pattern[k]]);
    if (path->cyclic)
        printf(" -> %s", p->name[path->pattern[0]]);
}

static const char *transition_text(char text[160], const storing *s, size_t l)
{
    const pattern_path *path = &s->p.path[s->path[l]];
    snprintf(text, 160, "%.70s -> %.70s", s->p.name[path->pattern[s->step[l]]],
             s->p.name[path->pattern[(s->step[l] + 1) % path->count]]);
    return text;
}

static size_t transition_line(const storing *s, size_t l)
{
    const pattern_path *path = &s->p.path[s->path[l]];
    return path->line > 0 ? path->line : s->p.line[path->pattern[0]];
}

/* Why neuron i is not stored, in names and lines of the file. */
static void print_contradiction(const storing *s, size_t i)
{
    size_t rows = binnet_storage_contradiction_rows(s->s, i), words = binnet_storage_contradiction_words(s->s, i);
    printf("neuron %-7zu %s", i + 1, status_names[binnet_storage_status(s->s, i)]);
    if (rows == 0) {
        printf("\n");
        return;
    }
    printf(": these contradict each other\n");
    for (size_t k = 0; k < rows && k < 8; k++) {
        int32_t kind;
        size_t index;
        uint64_t u[64] = {0};
        char text[160];
        if (words > 64 || binnet_storage_contradiction(s->ctx, &kind, &index, u, 64, s->s, i, k) != BINNET_OK)
            break;
        printf("               ");
        if (words == 1)
            printf("%" PRIu64 " x ", u[0]);
        if (kind == BINNET_ROW_TRANSITION)
            printf("line %zu, %s: it is to %s\n", transition_line(s, index), transition_text(text, s, index),
                   s->to[index * s->p.n + i] ? "fire" : "be silent");
        else
            printf("the %s of its weight from neuron %zu\n",
                   kind == BINNET_ROW_SIGN    ? "sign"
                   : kind == BINNET_ROW_LEAST ? "least value"
                                              : "greatest value",
                   index + 1);
    }
    if (rows > 8)
        printf("               ... %zu in all, with whole multipliers of up to %zu bits\n", rows, 64 * words);
}

/* A transition by its line and names, at most 200 bytes. */
static const char *place_text(char text[200], const storing *s, size_t l)
{
    char names[160];
    snprintf(text, 200, "line %zu, %s", transition_line(s, l), transition_text(names, s, l));
    return text;
}

/* Transitions of the contradiction of neuron i, the first two in l; those of all. */
static size_t contradicting_transitions(size_t l[2], const storing *s, size_t i)
{
    size_t found = 0;
    for (size_t k = 0; k < binnet_storage_contradiction_rows(s->s, i); k++) {
        int32_t kind;
        size_t index;
        if (binnet_storage_contradiction(s->ctx, &kind, &index, NULL, 0, s->s, i, k) == BINNET_OK &&
            kind == BINNET_ROW_TRANSITION && found++ < 2)
            l[found - 1] = index;
    }
    return found;
}

static double least_margin(const storing *s, size_t l, size_t *neuron)
{
    double least = INFINITY, at = INFINITY;
    for (size_t i = 0; i < s->p.n; i++) {
        double margin = binnet_storage_margin(s->s, l, i);
        least = margin < least ? margin : least;
        /* of margins that are equal but for rounding the first */
        if (margin < at - 1e-10 * fabs(margin)) {
            at = margin;
            *neuron = i;
        }
    }
    return least;
}

static void report_rule(const storing *s, int rule)
{
    size_t n = s->p.n, count[5] = {0}, shown = 0;
    double norm = 0;
    for (size_t i = 0; i < n; i++)
        count[binnet_storage_status(s->s, i)]++;
    for (size_t k = 0; k < n * n; k++)
        norm = hypot(norm, s->J[k]);
    printf("rule           %s; weights of norm %.6g\n", rule_names[rule], norm);
    printf("neurons        %zu", n);
    for (int k = 0; k < 5; k++)
        if (count[k] > 0)
            printf(", %zu %s", count[k], status_names[k]);
    printf("\n");
    for (int32_t k = 4; k > 1; k--)
        for (size_t i = 0; i < n && shown < 5; i++)
            if (binnet_storage_status(s->s, i) == k) {
                print_contradiction(s, i);
                shown++;
            }
}

static void report_transitions(const storing *s)
{
    size_t most = s->o->limit >= 0 ? (size_t)s->o->limit : 30;
    printf("\n%-5s %-28s %-12s %-8s %s\n", "line", "transition", "least margin", "at",
           s->noise != NULL ? "probability" : "");
    for (size_t l = 0; l < s->L && l < most; l++) {
        char text[160];
        size_t neuron = 0;
        double margin = least_margin(s, l, &neuron);
        printf("%-5zu %-28s %-12.5g %-8zu ", transition_line(s, l), transition_text(text, s, l), margin, neuron + 1);
        if (s->noise != NULL)
            printf("%.12g (fails: %.4g)", s->probability[l], s->failure[l]);
        printf("\n");
    }
    if (s->L > most)
        printf("... and %zu more (--limit K)\n", s->L - most);
}

static void report_paths(const storing *s)
{
    printf("\nexact, synchronous updates; steps until the first wrong one, and until outside its states\n");
    for (size_t k = 0; k < s->p.paths; k++) {
        const pattern_path *path = &s->p.path[k];
        uint8_t *state = NULL;
        double whole, fails, followed, inside, ten = NAN;
        int32_t status;
        size_t at = 0;
        while (s->path[at] != k)
            at++;
        state = s->from + at * s->p.n; /* the states of a path follow each other */
        if (path->cyclic) {
            status = binnet_recall_path(s->ctx, &whole, &fails, &followed, &inside, path->count, s->p.n, state, 1, 1,
                                        s->net, s->noise);
            if (status == BINNET_E_UNDERFLOW) {
                status = binnet_recall_path(s->ctx, &whole, &fails, &followed, NULL, path->count, s->p.n, state, 1, 1,
                                            s->net, s->noise);
                inside = NAN;
            }
            if (status == BINNET_OK)
                status = binnet_recall_path(s->ctx, &ten, NULL, NULL, NULL, path->count, s->p.n, state, 1, 10, s->net,
                                            s->noise);
        } else { /* its probability from its transitions */
            whole = fails = 0;
            for (size_t l = at; l < at + path->count - 1; l++)
                fails += log1p(-s->failure[l]);
            whole = exp(fails);
            status = BINNET_OK;
        }
        printf("%-14s ", path->count == 1 ? "pattern" : path->cyclic ? "cycle" : "sequence");
        print_path(&s->p, path);
        if (status != BINNET_OK)
            printf(": %s\n", binnet_ctx_message(s->ctx));
        else if (!path->cyclic)
            printf("\n               as a whole %.12g\n", whole);
        else
            printf("\n               once round %.12g, ten times %.12g, steps %.10g, inside %.10g\n", whole, ten,
                   followed, inside);
    }
}

static void report_curves(const storing *s)
{
    for (size_t c = 0; c < s->curves; c++) {
        const recall_curve *r = &s->curve[c];
        printf("\nreached within %" PRId64 " steps from d neurons wrong: ", s->steps);
        print_path(&s->p, &s->p.path[r->path]);
        printf("%s\n", r->exact ? " (exact; all states at that distance)" : " (simulated, 95 % interval)");
        for (size_t d = 0; d < r->distances; d++)
            if (!isnan(r->mean[d])) {
                printf("%14zu  %-10.6g", r->distance[d], r->mean[d]);
                if (r->exact)
                    printf(" worst %.6g\n", r->worst[d]);
                else
                    printf(" %.6g..%.6g\n", r->low[d], r->high[d]);
            }
    }
}

int storage_unmet(const storing *s, failure *why)
{
    static const int32_t worst_first[] = {BINNET_IMPOSSIBLE, BINNET_OUT_OF_REACH, BINNET_NOT_STORED,
                                          BINNET_STORED_OTHER};
    size_t n = s->p.n, i = n, unmet = 0, l[2] = {0};
    for (size_t k = 0; k < n; k++)
        unmet += binnet_storage_status(s->s, k) != BINNET_STORED;
    for (size_t w = 0; w < 4 && i == n; w++)
        for (i = 0; i < n && binnet_storage_status(s->s, i) != worst_first[w]; i++)
            ;
    int32_t status = binnet_storage_status(s->s, i);
    size_t rows = binnet_storage_contradiction_rows(s->s, i), found = contradicting_transitions(l, s, i);
    char who[80], a[200], b[200];
    snprintf(who, sizeof who, "%zu of %zu neurons are not stored as asked; neuron %zu", unmet, n, i + 1);
    place_text(a, s, l[0]);
    place_text(b, s, l[1]);
    if (rows == 2 && found == 2 && memcmp(s->from + l[0] * n, s->from + l[1] * n, n) == 0)
        return fail(why, EXIT_STOPPED,
                    "%s: %s and %s start from one state but it is to fire after only one: leave one out", who, a, b);
    if (rows == 1)
        return fail(
            why, EXIT_STOPPED,
            "%s: no input of it is active before %s; threshold and stimulus decide otherwise: change them or the mask",
            who, a);
    if (rows > 0 && found == 0)
        return fail(why, EXIT_STOPPED, "%s: its signs and bounds contradict each other", who);
    if (rows > 0)
        return fail(why, EXIT_STOPPED, "%s: no weights%s, proved by %zu transitions (%s%s%s%s) and %zu signs or bounds",
                    who, status == BINNET_IMPOSSIBLE ? "" : " with such margins", found, a, found > 1 ? "; " : "",
                    found > 1 ? b : "", found > 2 ? "; ..." : "", rows - found);
    if (status == BINNET_STORED_OTHER)
        return fail(why, EXIT_STOPPED, "%s has all margins above 0, but not as wanted: --rule margin asks for less",
                    who);
    for (size_t k = 1; k < s->L; k++)
        l[0] = binnet_storage_margin(s->s, k, i) < binnet_storage_margin(s->s, l[0], i) ? k : l[0];
    return fail(why, EXIT_STOPPED, "%s: margin %.3g of %s; nothing is proved of other weights", who,
                binnet_storage_margin(s->s, l[0], i), place_text(a, s, l[0]));
}

void storage_report(const storing *s)
{
    printf("patterns       %s: %zu of %zu neurons, %zu transitions\n", s->o->network, s->p.count, s->p.n, s->L);
}

void storage_report_result(const storing *s, int rule)
{
    report_rule(s, rule);
    report_transitions(s);
    if (s->noise != NULL)
        report_paths(s);
    report_basins(s);
    report_curves(s);
}
