/*
 * Who a neuron hears: the row of a network; or neurons drawn at random from populations, from a stream of their own for each
 * neuron and population, so that they can be drawn again at any time and in any order.
 * A given in-degree: that many different neurons, each set of them as likely. A probability: each with that probability, by
 * the gaps between those that are heard. A drawn neuron does not hear itself.
 */
#include "simulate/simulate.h"

#include <math.h>

typedef struct candidates {
    uint64_t count;
    int64_t first, self; /* self: place of the neuron itself, or count */
} candidates;

static uint32_t candidate(const candidates *c, uint64_t place)
{
    return (uint32_t)(c->first + (int64_t)place + ((int64_t)place >= c->self));
}

/* `many` different ones; where these are most, the others are drawn. */
static size_t draw_degree(uint32_t *col, bni_random *r, const candidates *c, uint64_t many, uint64_t *taken)
{
    int invert = many > c->count / 2;
    uint64_t draw = invert ? c->count - many : many;
    size_t got = 0;
    for (uint64_t k = 0; k < draw;) {
        uint64_t place = bni_scale_word(bni_random_bits(r), c->count), bit = UINT64_C(1) << (place & 63);
        if (taken[place >> 6] & bit)
            continue;
        taken[place >> 6] |= bit;
        if (!invert)
            col[got++] = (uint32_t)place;
        k++;
    }
    if (!invert) {
        for (size_t k = 0; k < got; k++) {
            taken[col[k] >> 6] = 0;
            col[k] = candidate(c, col[k]);
        }
        return got;
    }
    for (uint64_t place = 0; place < c->count; place++)
        if (!(taken[place >> 6] >> (place & 63) & 1))
            col[got++] = candidate(c, place);
    for (uint64_t word = 0; word <= c->count >> 6; word++)
        taken[word] = 0;
    return got;
}

static size_t draw_gaps(uint32_t *col, bni_random *r, const candidates *c, double p)
{
    size_t got = 0;
    if (!(p < 1)) {
        for (uint64_t place = 0; place < c->count; place++)
            col[got++] = candidate(c, place);
        return got;
    }
    double inverse = 1 / log1p(-p), place = 0, last = (double)c->count;
    for (;;) {
        /* Pr(gap at least k) = (1 - p)^k */
        place += floor(log(bni_random_unit(r)) * inverse);
        if (!(place < last))
            return got;
        col[got++] = candidate(c, (uint64_t)place);
        place += 1;
    }
}

static size_t draw_row(const bni_inputs *in, size_t i, size_t a, uint32_t *col, uint64_t *taken)
{
    size_t got = 0;
    for (size_t b = 0; b < in->n_pop; b++) {
        int64_t size = in->first[b + 1] - in->first[b];
        candidates c = {(uint64_t)(size - (a == b)), in->first[b], a == b ? (int64_t)i - in->first[b] : size};
        bni_random r;
        bni_random_start(&r, in->seed, BNI_RANDOM_INPUTS, i, b, in->index);
        if (in->p == NULL)
            got += draw_degree(col + got, &r, &c, (uint64_t)in->degree[a * in->n_pop + b], taken);
        else if (in->p[a * in->n_pop + b] > 0)
            got += draw_gaps(col + got, &r, &c, in->p[a * in->n_pop + b]);
    }
    return got;
}

static size_t net_row(const binnet_net *net, size_t i, uint32_t *col, double *w)
{
    size_t got = 0, from = net->form == BNI_CSR ? (size_t)net->row_ptr[i] : i * net->n;
    size_t to = net->form == BNI_CSR ? (size_t)net->row_ptr[i + 1] : from + net->n;
    for (size_t k = from; k < to; k++)
        if (net->J[k] != 0) {
            w[got] = net->J[k];
            col[got++] = net->form == BNI_CSR ? (uint32_t)net->col[k] : (uint32_t)(k - from);
        }
    return got;
}

size_t bni_inputs_row(const bni_inputs *in, size_t i, size_t a, uint32_t *col, double *w, uint64_t *taken)
{
    return in->net != NULL ? net_row(in->net, i, col, w) : draw_row(in, i, a, col, taken);
}
