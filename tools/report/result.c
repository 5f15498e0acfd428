/* From a law to its figures. */
#include "report/result.h"

#include <stdlib.h>
#include <string.h>

int result_make(result *r, const model *m, const options *o, const binnet_law *law, failure *why)
{
    size_t n = m->net.n;
    uint64_t states = binnet_law_size(law);
    *r = (result){.m = m, .o = o, .law = law, .top = (uint64_t)o->top < states ? (size_t)o->top : (size_t)states};
    r->mean = calloc(n, sizeof *r->mean);
    r->covariance = calloc(n * n, sizeof *r->covariance);
    r->correlation = calloc(n * n, sizeof *r->correlation);
    r->state = calloc(r->top + 1, sizeof *r->state);
    r->probability = calloc(r->top + 1, sizeof *r->probability);
    if (r->mean == NULL || r->covariance == NULL || r->correlation == NULL || r->state == NULL ||
        r->probability == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_law_mean(m->ctx, r->mean, n, law);
    if (status == BINNET_OK)
        status = binnet_law_covariance(m->ctx, r->covariance, n, law);
    if (status == BINNET_OK)
        status = binnet_law_correlation(m->ctx, r->correlation, n, law);
    if (status == BINNET_E_UNDEFINED) {
        r->undefined = 1;
        status = BINNET_OK;
    }
    if (status == BINNET_OK && r->top > 0)
        status = binnet_law_top(m->ctx, r->state, r->probability, r->top, law);
    if (status == BINNET_OK)
        status = binnet_law_entropy(m->ctx, &r->entropy, law);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    for (size_t i = 0; o->spins && i < n; i++)
        r->mean[i] = 2 * r->mean[i] - 1;
    for (size_t k = 0; o->spins && k < n * n; k++)
        r->covariance[k] *= 4;
    return EXIT_DONE;
}

void result_free(result *r)
{
    free(r->mean);
    free(r->covariance);
    free(r->correlation);
    free(r->state);
    free(r->probability);
}

char *state_bits(char *text, uint64_t state, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text[i] = state >> i & 1 ? '1' : '0';
    text[n] = 0;
    return text;
}
