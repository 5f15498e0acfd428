/*
 * The next law from the last ones: the logarithm of each probability is extrapolated by its backward differences (Newton).
 * The k-th difference is what an extrapolation with k laws was wrong by last time, so the best k is known.
 */
#include "sweep/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 12 };

struct extrapolation {
    size_t states, known, most; /* laws added, at most `most`, which is how many differences there is room for */
    size_t best;                /* how many of them to use */
    double *difference[MOST];   /* [states], the 0th is the logarithm itself */
    double *last;               /* [states] */
    double *next;               /* [states] */
};

extrapolation *extrapolation_new(size_t states, double bytes)
{
    extrapolation *e = calloc(1, sizeof *e);
    double room = bytes / (8 * (double)states) - 2;
    if (e == NULL || !(room >= 1)) {
        free(e);
        return NULL;
    }
    e->states = states;
    e->most = room < MOST ? (size_t)room : MOST;
    e->last = calloc(states * (e->most + 2), sizeof *e->last);
    if (e->last == NULL) {
        free(e);
        return NULL;
    }
    e->next = e->last + states;
    for (size_t k = 0; k < e->most; k++)
        e->difference[k] = e->next + (k + 1) * states;
    return e;
}

void extrapolation_free(extrapolation *e)
{
    if (e == NULL)
        return;
    free(e->last);
    free(e);
}

void extrapolation_forget(extrapolation *e)
{
    if (e != NULL)
        e->known = 0;
}

void extrapolation_turn(extrapolation *e)
{
    if (e != NULL && e->known > 1)
        e->known = e->best = 1;
}

void extrapolation_add(extrapolation *e, const binnet_law *law)
{
    if (e == NULL)
        return;
    size_t known = e->known < e->most ? e->known + 1 : e->most;
    double worst[MOST] = {0};
    const double least = 1e-290; /* smaller probabilities have no digits */
    memcpy(e->last, binnet_law_data(law), e->states * sizeof *e->last);
    for (size_t s = 0; s < e->states; s++) {
        double x = log(e->last[s]);
        for (size_t k = 0; k < known; k++) {
            double before = e->difference[k][s];
            e->difference[k][s] = x;
            if (e->last[s] > least && isfinite(x) && fabs(x) > worst[k])
                worst[k] = fabs(x);
            x -= before;
        }
    }
    e->known = known;
    e->best = 1;
    for (size_t k = 2; k < known; k++)
        if (worst[k] < worst[e->best])
            e->best = k;
    if (e->best + 1 == known) /* the more the better, so far */
        e->best = known;
}

binnet_law *extrapolation_next(binnet_ctx *ctx, extrapolation *e, size_t n)
{
    if (e == NULL || e->known == 0)
        return NULL;
    double total = 0;
    for (size_t s = 0; s < e->states; s++) {
        double x = 0;
        for (size_t k = e->best; k-- > 0;)
            x += e->difference[k][s];
        x = exp(x);
        e->next[s] = isfinite(x) ? x : e->last[s];
        total += e->next[s];
    }
    for (size_t s = 0; s < e->states; s++)
        e->next[s] /= total;
    binnet_law *law = NULL;
    return binnet_law_new(ctx, &law, n, e->next, e->states) == BINNET_OK ? law : NULL;
}
