/*
 * Intervals of the drives while some neurons are open, and what they decide:
 *   an open neuron whose interval allows one activity takes it; a decided one whose interval has left its side fails;
 *   an open input without which a decided neuron could not keep its side is decided too (as in pseudo-Boolean unit propagation).
 * Everything is a sum of integers, so that undoing is exact. For boxes over populations the stimuli still possible,
 * I_low .. I_high of each population, shrink as neurons are decided: fixed points need Lambda < Xi.   Source: [FCP18], THEORY 2.
 */
#include "attract/sparse.h"

#include <math.h>
#include <string.h>

double bni_search_bytes(const binnet_net *net, int coupled)
{
    double n = (double)net->n;
    return (double)sizeof(bni_search) + 16 * n + n + 4 * n + 4 * n + n + (coupled ? 18 * (double)net->n_pop : 0);
}

void bni_search_free(const bni_allocator *mem, bni_search *s)
{
    if (s == NULL)
        return;
    void *const parts[] = {s->low,   s->high,     s->value, s->trail,  s->queue,
                           s->in_queue, s->I_low, s->I_high, s->low_from, s->high_from};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        bni_delete(mem, parts[k]);
    bni_delete(mem, s);
}

int32_t bni_search_new(binnet_ctx *ctx, bni_search **out, const bni_sparse *p)
{
    size_t n = p->n, pops = p->n_pop;
    bni_search *s = bni_new(ctx, 1, sizeof *s);
    if (s == NULL)
        return BINNET_E_NOMEM;
    *s = (bni_search){.p = p};
    int ok = (s->low = bni_new_raw(ctx, n, sizeof *s->low)) != NULL &&
             (s->high = bni_new_raw(ctx, n, sizeof *s->high)) != NULL && (s->value = bni_new_raw(ctx, n, 1)) != NULL &&
             (s->trail = bni_new_raw(ctx, n, sizeof *s->trail)) != NULL &&
             (s->queue = bni_new_raw(ctx, n, sizeof *s->queue)) != NULL && (s->in_queue = bni_new(ctx, n, 1)) != NULL;
    if (ok && p->coupled)
        ok = (s->I_low = bni_new_raw(ctx, pops, sizeof *s->I_low)) != NULL &&
             (s->I_high = bni_new_raw(ctx, pops, sizeof *s->I_high)) != NULL &&
             (s->low_from = bni_new(ctx, pops, 1)) != NULL && (s->high_from = bni_new(ctx, pops, 1)) != NULL;
    if (!ok) {
        bni_search_free(&ctx->mem, s);
        return BINNET_E_NOMEM;
    }
    memcpy(s->low, p->least, n * sizeof *s->low);
    memcpy(s->high, p->most, n * sizeof *s->high);
    memset(s->value, BNI_OPEN, n);
    if (p->coupled) {
        memcpy(s->I_low, p->lo, pops * sizeof *s->I_low);
        memcpy(s->I_high, p->hi, pops * sizeof *s->I_high);
    }
    *out = s;
    return BINNET_OK;
}

static void enqueue(bni_search *s, size_t i)
{
    if (s->in_queue[i])
        return;
    size_t n = s->p->n, at = s->queue_at + s->queued++;
    s->queue[at < n ? at : at - n] = (int32_t)i;
    s->in_queue[i] = 1;
}

static void empty_queue(bni_search *s)
{
    size_t n = s->p->n;
    for (; s->queued > 0; s->queued--) {
        s->in_queue[s->queue[s->queue_at]] = 0;
        s->queue_at = s->queue_at + 1 < n ? s->queue_at + 1 : 0;
    }
}

/* Neuron j takes activity v: one end of the interval of each row it goes into moves. */
static void assign(bni_search *s, size_t j, int v)
{
    const bni_sparse *p = s->p;
    s->value[j] = (unsigned char)v;
    s->trail[s->decided++] = (int32_t)j;
    enqueue(s, j);
    for (int64_t k = p->out_first[j]; k < p->out_first[j + 1]; k++) {
        size_t i = (size_t)p->out[k];
        int64_t w = p->out_weight[k];
        if ((w > 0) == v)
            s->low[i] += v ? w : -w;
        else
            s->high[i] += v ? w : -w;
        enqueue(s, i);
    }
}

static void release(bni_search *s, size_t j)
{
    const bni_sparse *p = s->p;
    int v = s->value[j];
    for (int64_t k = p->out_first[j]; k < p->out_first[j + 1]; k++) {
        size_t i = (size_t)p->out[k];
        int64_t w = p->out_weight[k];
        if ((w > 0) == v)
            s->low[i] -= v ? w : -w;
        else
            s->high[i] -= v ? w : -w;
    }
    s->value[j] = BNI_OPEN;
}

/* --- populations: thresholds that follow the stimuli still possible --- */

/* Sums at which I = threshold: M (theta - I) - self in units, and how far the double may be off. */
static double sum_at(const bni_sparse *p, size_t i, double I, double own, double *off)
{
    double g = p->gain[i] * I, x = p->offset[i] - g - own;
    *off = 0;
    if (!(p->tidy[i] && fabs(g) < 0x1p40 && g * 1024 == floor(g * 1024)))
        *off = 0x1p-49 * (fabs(p->offset[i]) + fabs(g) + fabs(own)) + (double)p->margin[i] + 1;
    return x;
}

/* x +- off as a bound on sums; what is not a number bounds nothing. */
static int64_t bound(double x, int64_t otherwise)
{
    if (!(fabs(x) < 0x1p61))
        return x > 0 ? BNI_FAR : x < 0 ? -BNI_FAR : otherwise;
    return (int64_t)x;
}

/* Least sum at which neuron i can be active for some stimulus still possible. */
static int64_t fires_from(const bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    if (!p->coupled)
        return p->fires[i];
    size_t a = (size_t)p->pop[i];
    double off, x = sum_at(p, i, s->I_high[a], p->own[i], &off);
    if (off > 0 || !(fabs(x) < 0x1p61))
        return bound(floor(x - off), -BNI_FAR);
    int strict = p->tie == BINNET_TIE_SILENT || (p->tie == BINNET_TIE_ACTIVE && s->high_from[a]);
    return strict ? (int64_t)floor(x) + 1 : (int64_t)ceil(x);
}

/* Greatest sum at which it can be inactive. */
static int64_t rests_to(const bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    if (!p->coupled)
        return p->rests[i];
    size_t a = (size_t)p->pop[i];
    double off, x = sum_at(p, i, s->I_low[a], 0, &off);
    if (off > 0 || !(fabs(x) < 0x1p61))
        return bound(ceil(x + off), BNI_FAR);
    int strict = p->tie == BINNET_TIE_ACTIVE || (p->tie == BINNET_TIE_SILENT && s->low_from[a]);
    return strict ? (int64_t)ceil(x) - 1 : (int64_t)floor(x);
}

/* The threshold current of a sum, at least (down) or at most (up) what it rounds to; exact when tidy. */
static double current(const bni_sparse *p, size_t i, int64_t sum, double own, int up)
{
    double k = (double)sum, x = (p->offset[i] - k - own) / p->gain[i];
    if (p->tidy[i] && fabs(k) < 0x1p40)
        return x;
    double off = 0x1p-48 * (fabs(p->offset[i]) + fabs(k) + fabs(own)) + 2 * (double)p->margin[i];
    x += (up ? off : -off) / p->gain[i];
    return isfinite(x) ? x : up ? INFINITY : -INFINITY;
}

/* What decided neuron i says about its population's stimulus. */
static int tighten(bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    size_t a = (size_t)p->pop[i];
    if (s->value[i] == 1) {
        double c = current(p, i, s->high[i], p->own[i], 0);
        if (!(c > s->I_low[a] || (c == s->I_low[a] && !s->low_from[a])))
            return 0;
        int moved = c > s->I_low[a] || p->tie == BINNET_TIE_SILENT;
        s->I_low[a] = c;
        s->low_from[a] = 1;
        return moved;
    }
    double c = current(p, i, s->low[i], 0, 1);
    if (!(c < s->I_high[a] || (c == s->I_high[a] && !s->high_from[a])))
        return 0;
    int moved = c < s->I_high[a] || p->tie == BINNET_TIE_ACTIVE;
    s->I_high[a] = c;
    s->high_from[a] = 1;
    return moved;
}

static void enqueue_population(bni_search *s, size_t a)
{
    for (int64_t k = s->p->member_first[a]; k < s->p->member_first[a + 1]; k++)
        enqueue(s, (size_t)s->p->member[k]);
}

/* --- propagation --- */

/* Open inputs that must add as much (up) or as little as they can, or the sum would miss by more than slack. */
static void force_inputs(bni_search *s, size_t i, int64_t slack, int up)
{
    const bni_sparse *p = s->p;
    for (int64_t k = p->first[i]; k < p->first[i + 1]; k++) {
        int64_t w = p->weight[k];
        if ((w < 0 ? -w : w) <= slack)
            return;
        size_t j = (size_t)p->input[k];
        if (s->value[j] == BNI_OPEN)
            assign(s, j, (w > 0) == up);
    }
}

static int look(bni_search *s, size_t i)
{
    int64_t fires = fires_from(s, i), rests = rests_to(s, i);
    if (s->value[i] == BNI_OPEN) {
        int can_fire = s->high[i] >= fires, can_rest = s->low[i] <= rests;
        if (can_fire && can_rest)
            return 1;
        if (!can_fire && !can_rest)
            return 0;
        assign(s, i, can_fire);
    }
    int v = s->value[i];
    if (v ? s->high[i] < fires : s->low[i] > rests)
        return 0;
    if (s->low[i] < s->high[i])
        force_inputs(s, i, v ? s->high[i] - fires : rests - s->low[i], v);
    if (s->p->coupled && tighten(s, i))
        enqueue_population(s, (size_t)s->p->pop[i]);
    return 1;
}

static int propagate(bni_search *s)
{
    size_t n = s->p->n;
    while (s->queued > 0) {
        size_t i = (size_t)s->queue[s->queue_at];
        s->queue_at = s->queue_at + 1 < n ? s->queue_at + 1 : 0;
        s->queued--;
        s->in_queue[i] = 0;
        if (!look(s, i)) {
            empty_queue(s);
            return 0;
        }
    }
    return 1;
}

int bni_search_start(bni_search *s)
{
    for (size_t i = 0; i < s->p->n; i++)
        enqueue(s, i);
    return propagate(s);
}

int bni_search_decide(bni_search *s, size_t j, int v)
{
    assign(s, j, v);
    return propagate(s);
}

void bni_search_undo(bni_search *s, size_t decided)
{
    const bni_sparse *p = s->p;
    while (s->decided > decided)
        release(s, (size_t)s->trail[--s->decided]);
    if (!p->coupled)
        return;
    memcpy(s->I_low, p->lo, p->n_pop * sizeof *s->I_low);
    memcpy(s->I_high, p->hi, p->n_pop * sizeof *s->I_high);
    memset(s->low_from, 0, p->n_pop);
    memset(s->high_from, 0, p->n_pop);
    for (size_t k = 0; k < decided; k++) /* the bounds were at rest when this was the trail */
        tighten(s, (size_t)s->trail[k]);
}

int bni_search_settled(const bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    if (p->coupled)
        return 0;
    int64_t unsure = 2 * p->margin[i];
    int fires = s->value[i] == 0 || s->low[i] >= p->fires[i] + unsure;
    int rests = s->value[i] == 1 || s->high[i] <= p->rests[i] - unsure;
    return fires && rests;
}
