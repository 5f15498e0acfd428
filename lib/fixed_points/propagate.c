/*
 * Intervals of the drives while some neurons are open, and what they decide:
 *   an open neuron whose interval allows one activity takes it; a decided one whose interval has left its side fails;
 *   an open input without which a decided neuron could not keep its side is decided too (pseudo-Boolean propagation).
 * Everything is a sum of integers, so that undoing is exact. For boxes over populations the stimuli still possible
 * shrink as neurons are decided, since fixed points need Lambda < Xi.   Source: [FCP18].
 */
#include "fixed_points/fixed_points.h"

#include <math.h>
#include <string.h>

static void search_buffers(bni_plan *plan, void *search)
{
    bni_search *s = search;
    BNI_BUFFER(plan, s->low, s->p->n);
    BNI_BUFFER(plan, s->high, s->p->n);
    BNI_BUFFER(plan, s->value, s->p->n);
    BNI_BUFFER(plan, s->trail, s->p->n);
    BNI_BUFFER(plan, s->queue, s->p->n);
    BNI_ZEROS(plan, s->in_queue, s->p->n);
    if (!s->p->coupled)
        return;
    BNI_BUFFER(plan, s->I_low, s->p->n_pop);
    BNI_BUFFER(plan, s->I_high, s->p->n_pop);
    BNI_BUFFER(plan, s->low_by, s->p->n_pop);
    BNI_BUFFER(plan, s->high_by, s->p->n_pop);
    BNI_BUFFER(plan, s->low_sum, s->p->n_pop);
    BNI_BUFFER(plan, s->high_sum, s->p->n_pop);
}

double bni_search_bytes(const binnet_net *net, int coupled)
{
    const bni_sparse sizes = {.n = net->n, .n_pop = net->n_pop, .coupled = coupled};
    bni_search s = {.p = &sizes};
    return (double)sizeof s + bni_plan_bytes(search_buffers, &s);
}

void bni_search_free(const bni_allocator *mem, bni_search *s)
{
    if (s == NULL)
        return;
    bni_plan_release(mem, search_buffers, s);
    bni_delete(mem, s);
}

/* Nothing but the box bounds the stimuli. */
static void unbind(bni_search *s)
{
    for (size_t a = 0; a < s->p->n_pop; a++)
        s->low_by[a] = s->high_by[a] = -1;
}

int32_t bni_search_new(binnet_ctx *ctx, bni_search **out, const bni_sparse *p)
{
    size_t n = p->n;
    bni_search *s = bni_new(ctx, 1, sizeof *s);
    if (s == NULL)
        return BINNET_E_NOMEM;
    *s = (bni_search){.p = p};
    int32_t status = bni_plan_make(ctx, search_buffers, s);
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, s);
        return status;
    }
    memcpy(s->low, p->least, n * sizeof *s->low);
    memcpy(s->high, p->most, n * sizeof *s->high);
    memset(s->value, BNI_OPEN, n);
    unbind(s);
    *out = s;
    return BINNET_OK;
}

static void enqueue_row(bni_search *s, size_t i)
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
static void assign_neuron(bni_search *s, size_t j, int v)
{
    const bni_sparse *p = s->p;
    s->value[j] = (unsigned char)v;
    s->trail[s->decided++] = (int32_t)j;
    enqueue_row(s, j);
    for (int64_t k = p->out_first[j]; k < p->out_first[j + 1]; k++) {
        size_t i = (size_t)p->out[k];
        int64_t w = p->out_weight[k];
        if ((w > 0) == v)
            s->low[i] += v ? w : -w;
        else
            s->high[i] += v ? w : -w;
        enqueue_row(s, i);
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

/* Threshold currents of both are the same function of the sum. */
static int alike_bounds(const bni_sparse *p, size_t i, size_t h)
{
    return p->margin[i] == 0 && p->margin[h] == 0 && p->scale[i] == p->scale[h] && p->theta[i] == p->theta[h] &&
           p->M[i] == p->M[h];
}

/* The sum at which I is the threshold current, M (theta - I) - own in units, and how far the double may be off. */
static double sum_at(const bni_sparse *p, size_t i, double I, int64_t own, double *off)
{
    double g = p->gain[i] * I, o = (double)own;
    *off = 0;
    if (!(p->tidy[i] && fabs(g) < 0x1p40 && g * 1024 == floor(g * 1024)))
        *off = 0x1p-48 * (fabs(p->offset[i]) + fabs(g) + fabs(o)) + (double)p->margin[i];
    return p->offset[i] - g - o;
}

/* A bound on sums; what is not a number bounds nothing. */
static int64_t bound_of_sum(double x, int64_t otherwise)
{
    if (!(fabs(x) < 0x1p61))
        return x > 0 ? BNI_FAR : x < 0 ? -BNI_FAR : otherwise;
    return (int64_t)x;
}

/* Least sum at which neuron i can be active for some stimulus still possible. */
static int64_t fires_from(const bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    int32_t by = p->coupled ? s->high_by[p->pop[i]] : -1;
    int64_t fires = p->fires[i], more;
    if (by < 0)
        return fires;
    if (alike_bounds(p, i, (size_t)by)) {
        more = s->high_sum[p->pop[i]] - p->own[i] + (p->tie == BINNET_TIE_KEEP ? -p->blur[i] : 1);
    } else {
        double off, x = sum_at(p, i, s->I_high[p->pop[i]], p->own[i], &off);
        more = bound_of_sum(off == 0 && p->tie != BINNET_TIE_KEEP ? floor(x) + 1 : ceil(x - off), -BNI_FAR);
    }
    return more > fires ? more : fires;
}

/* Greatest sum at which it can be inactive. */
static int64_t rests_to(const bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    int32_t by = p->coupled ? s->low_by[p->pop[i]] : -1;
    int64_t rests = p->rests[i], less;
    if (by < 0)
        return rests;
    if (alike_bounds(p, i, (size_t)by)) {
        less = s->low_sum[p->pop[i]] - (p->tie == BINNET_TIE_KEEP ? -p->blur[i] : 1);
    } else {
        double off, x = sum_at(p, i, s->I_low[p->pop[i]], 0, &off);
        less = bound_of_sum(off == 0 && p->tie != BINNET_TIE_KEEP ? ceil(x) - 1 : floor(x + off), BNI_FAR);
    }
    return less < rests ? less : rests;
}

/* The threshold current of a sum with the self-connection in it, at least (down) or at most (up); exact when tidy. */
static double current_of_sum(const bni_sparse *p, size_t i, int64_t sum, int up)
{
    double k = (double)sum, x = (p->offset[i] - k) / p->gain[i];
    if (p->tidy[i] && fabs(k) < 0x1p41)
        return x;
    double off = 0x1p-48 * (fabs(p->offset[i]) + fabs(k)) + 2 * (double)p->margin[i];
    x += (up ? off : -off) / p->gain[i];
    return isfinite(x) ? x : up ? INFINITY : -INFINITY;
}

/* What decided neuron i says about its population's stimulus; 1 when that leaves less. */
static int tighten(bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    size_t a = (size_t)p->pop[i];
    int active = s->value[i] == 1;
    int64_t sum = active ? s->high[i] + p->own[i] : s->low[i];
    int32_t *by = active ? &s->low_by[a] : &s->high_by[a];
    int64_t *by_sum = active ? &s->low_sum[a] : &s->high_sum[a];
    double *I = active ? &s->I_low[a] : &s->I_high[a];
    if (*by >= 0 && alike_bounds(p, i, (size_t)*by) && (active ? sum >= *by_sum : sum <= *by_sum))
        return 0;
    double c = current_of_sum(p, i, sum, !active);
    if (*by >= 0 && !alike_bounds(p, i, (size_t)*by) && (active ? c <= *I : c >= *I))
        return 0;
    *by = (int32_t)i;
    *by_sum = sum;
    *I = c;
    return 1;
}

static void enqueue_population(bni_search *s, size_t a)
{
    for (int64_t k = s->p->member_first[a]; k < s->p->member_first[a + 1]; k++)
        enqueue_row(s, (size_t)s->p->member[k]);
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
            assign_neuron(s, j, (w > 0) == up);
    }
}

static int look_at_row(bni_search *s, size_t i)
{
    int64_t fires = fires_from(s, i), rests = rests_to(s, i);
    if (s->value[i] == BNI_OPEN) {
        int can_fire = s->high[i] >= fires, can_rest = s->low[i] <= rests;
        if (can_fire && can_rest)
            return 1;
        if (!can_fire && !can_rest)
            return 0;
        assign_neuron(s, i, can_fire);
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
        if (!look_at_row(s, i)) {
            empty_queue(s);
            return 0;
        }
    }
    return 1;
}

int bni_search_start(bni_search *s)
{
    for (size_t i = 0; i < s->p->n; i++)
        enqueue_row(s, i);
    return propagate(s);
}

int bni_search_decide(bni_search *s, size_t j, int v)
{
    assign_neuron(s, j, v);
    return propagate(s);
}

void bni_search_undo(bni_search *s, size_t decided)
{
    const bni_sparse *p = s->p;
    while (s->decided > decided)
        release(s, (size_t)s->trail[--s->decided]);
    if (!p->coupled)
        return;
    unbind(s);
    for (size_t k = 0; k < decided; k++) /* the bounds were at rest when this was the trail */
        tighten(s, (size_t)s->trail[k]);
}

int bni_search_settled(const bni_search *s, size_t i)
{
    const bni_sparse *p = s->p;
    if (!p->solo[i])
        return 0;
    int64_t unsure = 2 * p->margin[i];
    int fires = s->value[i] == 0 || s->low[i] >= p->fires[i] + unsure;
    int rests = s->value[i] == 1 || s->high[i] <= p->rests[i] - unsure;
    return fires && rests;
}
