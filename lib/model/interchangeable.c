/*
 * Interchangeable neurons: two neurons are when nothing changes as they change places, J with its rows and columns, what drives them
 * and their noise. Candidates are found by refining colours (what a neuron is, then which weights it has from and to which colours, until
 * there are no more of them); then each is compared, exactly, with one neuron of each class of its colour. To be interchangeable is
 * an equivalence: two exchanges make the third.   Source: B. Weisfeiler & A. Leman, Nauchno-Tech. Inform. 2 (1968) 12.
 */
#include "model/model.h"

#include "binnet/lumped.h"

#include <string.h>

typedef struct refinement {
    binnet_ctx *ctx;
    const binnet_net *net;
    const binnet_noise *noise; /* or NULL */
    size_t n;
    double *row;
    uint64_t *colour, *next;
    bni_pair *pair, *other;    /* colours in order, with the neuron */
    int32_t *first, *class_of; /* [n] a neuron of each class; class of each neuron */
} refinement;

static void refinement_buffers(bni_plan *plan, void *refinement_)
{
    refinement *r = refinement_;
    BNI_BUFFER(plan, r->row, r->n);
    BNI_BUFFER(plan, r->colour, r->n);
    BNI_BUFFER(plan, r->next, r->n);
    BNI_BUFFER(plan, r->pair, r->n);
    BNI_BUFFER(plan, r->other, r->n);
    BNI_BUFFER(plan, r->first, r->n);
    BNI_BUFFER(plan, r->class_of, r->n);
}

/* 0 and -0 are one. */
static uint64_t word_of(double x)
{
    uint64_t word;
    x += 0.0;
    memcpy(&word, &x, sizeof word);
    return word;
}

static double scale_of(const refinement *r, size_t i)
{
    return r->noise != NULL ? r->noise->scale[i] : 0;
}

static int32_t count_colours(refinement *r, size_t *count)
{
    for (size_t i = 0; i < r->n; i++)
        r->pair[i] = (bni_pair){r->colour[i], i};
    BNI_TRY(bni_sort_pairs(r->ctx, r->pair, r->other, r->n));
    *count = 0;
    for (size_t k = 0; k < r->n; k++)
        *count += k == 0 || r->pair[k].key != r->pair[k - 1].key;
    return BINNET_OK;
}

/* A sum of hashes does not depend on the order: which weights from and to which colours. */
static int32_t refine_once(refinement *r)
{
    for (size_t i = 0; i < r->n; i++)
        r->next[i] = bni_hash(r->colour[i], 1);
    for (size_t i = 0; i < r->n; i++) {
        bni_net_row(r->net, i, r->row);
        for (size_t j = 0; j < r->n; j++)
            if (j != i && r->row[j] != 0) {
                uint64_t w = word_of(r->row[j]);
                r->next[i] += bni_hash(bni_hash(r->colour[j], w), 2);
                r->next[j] += bni_hash(bni_hash(r->colour[i], w), 3);
            }
        BNI_TRY(bni_poll(r->ctx, 0));
    }
    memcpy(r->colour, r->next, r->n * sizeof *r->colour);
    return BINNET_OK;
}

static int32_t refine_colours(refinement *r)
{
    const binnet_net *net = r->net;
    size_t count, before = 0;
    for (size_t i = 0; i < r->n; i++) {
        size_t u = bni_net_unit(net, i);
        uint64_t h = bni_hash(bni_hash(bni_hash(17, word_of(net->M[u])), word_of(net->theta[u])), word_of(net->I[u]));
        r->colour[i] = bni_hash(bni_hash(h, word_of(scale_of(r, i))), word_of(binnet_net_weight(net, i, i)));
    }
    for (;;) {
        BNI_TRY(count_colours(r, &count));
        if (count == before || count == r->n)
            return BINNET_OK;
        before = count;
        BNI_TRY(refine_once(r));
    }
}

/* Whether i and k may change places. r->row: weights to i. */
static int may_exchange(const refinement *r, size_t i, size_t k)
{
    const binnet_net *net = r->net;
    size_t u = bni_net_unit(net, i), v = bni_net_unit(net, k);
    if (net->M[u] != net->M[v] || net->theta[u] != net->theta[v] || net->I[u] != net->I[v] ||
        scale_of(r, i) != scale_of(r, k) || r->row[i] != binnet_net_weight(net, k, k) ||
        r->row[k] != binnet_net_weight(net, k, i))
        return 0;
    for (size_t j = 0; j < r->n; j++)
        if (j != i && j != k &&
            (r->row[j] != binnet_net_weight(net, k, j) || binnet_net_weight(net, j, i) != binnet_net_weight(net, j, k)))
            return 0;
    return 1;
}

/* A class is numbered by its first neuron. */
static int32_t find_class_of_neurons(refinement *r, size_t *count)
{
    int32_t *pop = r->class_of;
    *count = 0;
    for (size_t i = 0; i < r->n; i++) {
        bni_net_row(r->net, i, r->row);
        pop[i] = -1;
        for (size_t c = 0; c < *count && pop[i] < 0; c++) {
            size_t k = (size_t)r->first[c];
            if (r->colour[k] == r->colour[i] && may_exchange(r, i, k))
                pop[i] = (int32_t)c;
            BNI_TRY(bni_poll(r->ctx, (double)i / (double)r->n));
        }
        if (pop[i] < 0) {
            pop[i] = (int32_t)*count;
            r->first[(*count)++] = (int32_t)i;
        }
    }
    return BINNET_OK;
}

int32_t binnet_net_interchangeable(binnet_ctx *ctx, size_t *count, int32_t *pop, size_t n, const binnet_net *net,
                                   const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, count, "count"));
    BNI_TRY(bni_need(ctx, pop, "pop"));
    BNI_TRY(bni_need(ctx, net, "net"));
    if (n != net->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the network has %zu neurons", n, net->n);
    if (noise != NULL)
        BNI_TRY(bni_noise_need_independent(ctx, noise, "interchangeable neurons"));
    if (noise != NULL && noise->n != n)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise is of %zu neurons, the network has %zu", noise->n, n);
    refinement r = {.ctx = ctx, .net = net, .noise = noise, .n = n};
    size_t found = 0;
    BNI_TRY(bni_need_memory(ctx, bni_plan_bytes(refinement_buffers, &r), "the search for interchangeable neurons"));
    BNI_TRY(bni_plan_make(ctx, refinement_buffers, &r));
    int32_t status = refine_colours(&r);
    if (status == BINNET_OK)
        status = find_class_of_neurons(&r, &found);
    if (status == BINNET_OK)
        memcpy(pop, r.class_of, n * sizeof *pop);
    bni_plan_release(&ctx->mem, refinement_buffers, &r);
    if (status == BINNET_OK)
        *count = found;
    return status;
}
