/*
 * Transients under a schedule: p(t + 1) = p(t) P_t, with the chain P_t of the time t.   Source: THEORY 3.
 */
#include "stationary/transients.h"

#include <math.h>

enum { BETWEEN_POLLS = 1 << 18 };

struct binnet_schedule {
    bni_allocator mem;
    size_t n, count, chains;
    uint64_t *start;      /* [count] */
    binnet_chain **chain; /* [chains]: [count], or the one whose stimuli change */
    double *stimulus;     /* [count][n], or NULL */
};

static int32_t check_rising(binnet_ctx *ctx, const uint64_t *time, size_t count, const char *name)
{
    for (size_t k = 1; k < count; k++)
        if (time[k] <= time[k - 1])
            return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu] is %llu, after %llu: they must rise", name, k,
                            (unsigned long long)time[k], (unsigned long long)time[k - 1]);
    return BINNET_OK;
}

static int32_t check_starts(binnet_ctx *ctx, size_t count, const uint64_t *start)
{
    if (count < 1)
        return bni_fail(ctx, BINNET_E_RANGE, "a schedule has one part or more");
    BNI_TRY(bni_need(ctx, start, "start"));
    if (start[0] != 0)
        return bni_fail(ctx, BINNET_E_RANGE, "start[0] is %llu, it must be 0", (unsigned long long)start[0]);
    return check_rising(ctx, start, count, "start");
}

/* Everything but the chains, which take `bytes`. */
static int32_t schedule_make(binnet_ctx *ctx, binnet_schedule **out, size_t n, size_t count, const uint64_t *start,
                             const double *stimulus, double bytes)
{
    double entries = (double)count * (stimulus != NULL ? (double)n + 1 : 2);
    BNI_TRY(bni_need_memory(ctx, (double)sizeof(binnet_schedule) + 8 * entries + bytes, "a schedule"));
    binnet_schedule *s = bni_new(ctx, 1, sizeof *s);
    if (s == NULL)
        return BINNET_E_NOMEM;
    s->mem = ctx->mem;
    s->n = n;
    s->count = count;
    s->chains = stimulus != NULL ? 1 : count;
    s->chain = bni_new(ctx, s->chains, sizeof(binnet_chain *));
    s->start = bni_new_raw(ctx, count, sizeof *s->start);
    int32_t status = s->start == NULL || s->chain == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, s->start, start, count, sizeof *start);
    if (status == BINNET_OK && stimulus != NULL) {
        s->stimulus = bni_new_raw(ctx, count * n, sizeof *s->stimulus);
        status = s->stimulus == NULL ? BINNET_E_NOMEM
                                     : bni_copy_bytes(ctx, s->stimulus, stimulus, count * n, sizeof *stimulus);
    }
    if (status != BINNET_OK) {
        binnet_schedule_free(s);
        return status;
    }
    *out = s;
    return BINNET_OK;
}

int32_t binnet_schedule_new(binnet_ctx *ctx, binnet_schedule **out, size_t count, const uint64_t *start,
                            const binnet_chain *const *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(check_starts(ctx, count, start));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    double bytes = 0;
    for (size_t k = 0; k < count; k++) {
        if (chain[k] == NULL)
            return bni_fail(ctx, BINNET_E_NULL, "chain[%zu] is NULL", k);
        BNI_TRY(bni_need_chain(ctx, chain[k]));
        BNI_TRY(bni_chain_need_independent(ctx, chain[k], "schedules"));
        if (chain[k]->n != chain[0]->n)
            return bni_fail(ctx, BINNET_E_SIZE, "chain[%zu] is of %zu neurons, the first of %zu", k, chain[k]->n,
                            chain[0]->n);
        bytes += bni_chain_bytes(chain[k]);
    }
    binnet_schedule *s;
    BNI_TRY(schedule_make(ctx, &s, chain[0]->n, count, start, NULL, bytes));
    int32_t status = BINNET_OK;
    for (size_t k = 0; status == BINNET_OK && k < count; k++) {
        bni_span(ctx, (double)k / (double)count, (double)(k + 1) / (double)count);
        status = bni_chain_with_stimuli(ctx, &s->chain[k], chain[k], NULL);
    }
    if (status != BINNET_OK) {
        binnet_schedule_free(s);
        return status;
    }
    *out = s;
    return BINNET_OK;
}

int32_t binnet_schedule_new_stimuli(binnet_ctx *ctx, binnet_schedule **out, const binnet_chain *chain, size_t count,
                                    const uint64_t *start, const double *stimulus)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "schedules"));
    BNI_TRY(check_starts(ctx, count, start));
    BNI_TRY(bni_need(ctx, stimulus, "stimulus"));
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < chain->n; i++)
            if (!isfinite(stimulus[k * chain->n + i]))
                return bni_fail(ctx, BINNET_E_NAN, "stimulus[%zu][%zu] is %g", k, i, stimulus[k * chain->n + i]);
    binnet_schedule *s;
    BNI_TRY(schedule_make(ctx, &s, chain->n, count, start, stimulus, bni_chain_bytes(chain)));
    int32_t status = bni_chain_with_stimuli(ctx, &s->chain[0], chain, NULL);
    if (status != BINNET_OK) {
        binnet_schedule_free(s);
        return status;
    }
    *out = s;
    return BINNET_OK;
}

void binnet_schedule_free(binnet_schedule *s)
{
    if (s == NULL)
        return;
    bni_allocator mem = s->mem;
    for (size_t k = 0; s->chain != NULL && k < s->chains; k++)
        binnet_chain_free(s->chain[k]);
    bni_delete(&mem, s->chain);
    bni_delete(&mem, s->start);
    bni_delete(&mem, s->stimulus);
    bni_delete(&mem, s);
}

size_t binnet_schedule_neurons(const binnet_schedule *schedule)
{
    return schedule == NULL ? 0 : schedule->n;
}

/* --- a law on its way --- */

typedef struct travel {
    binnet_ctx *ctx;
    const binnet_schedule *schedule;
    size_t S;
    uint64_t now, first, last; /* where it is, began and will end */
    double *p, *next;
    double
        error; /* bound on (greatest - least) / least of p / true p: it adds up, and bounds the relative error of p / sum */
    size_t part; /* of the schedule; SIZE_MAX: none yet */
    const binnet_chain *chain;
    binnet_chain *made; /* with the stimuli of the part */
    bni_step *step;
    bni_team *team;
    double room;
} travel;

static size_t part_at(const binnet_schedule *s, uint64_t time)
{
    size_t low = 0, high = s->count; /* start[low] <= time */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->start[middle] <= time)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The chain and the workspace of the present time. */
static int32_t enter_part(travel *t)
{
    size_t part = part_at(t->schedule, t->now);
    if (part == t->part)
        return BINNET_OK;
    bni_step_free(t->step);
    binnet_chain_free(t->made);
    t->step = NULL;
    t->made = NULL;
    if (t->schedule->stimulus != NULL) {
        BNI_TRY(bni_chain_with_stimuli(t->ctx, &t->made, t->schedule->chain[0],
                                       t->schedule->stimulus + part * t->schedule->n));
        t->chain = t->made;
    } else
        t->chain = t->schedule->chain[part];
    t->part = part;
    return bni_step_new(t->ctx, &t->step, t->chain, t->team, t->room);
}

static int32_t travel_to(travel *t, uint64_t time)
{
    double all = (double)(t->last - t->first) + 1;
    for (; t->now < time; t->now++) {
        double done = (double)(t->now - t->first);
        bni_span(t->ctx, done / all, (done + 1) / all);
        BNI_TRY(enter_part(t));
        BNI_TRY(bni_step_apply(t->ctx, t->step, t->next, t->p));
        double *swap = t->p;
        t->p = t->next;
        t->next = swap;
        t->error += 2 * bni_step_error(t->chain);
    }
    return BINNET_OK;
}

static void end_travel(travel *t)
{
    bni_step_free(t->step);
    bni_team_free(t->team);
    binnet_chain_free(t->made);
    bni_delete(&t->ctx->mem, t->p);
    bni_delete(&t->ctx->mem, t->next);
}

/* held: what the call has beside. Call end_travel also after a failure. */
static int32_t begin_travel(binnet_ctx *ctx, travel *t, const binnet_schedule *s, const binnet_law *law, uint64_t from,
                            uint64_t to, double held)
{
    double S = ldexp(1, (int)s->n), most = 0;
    int workers = s->n < BNI_THREADED ? 1 : (int)ctx->threads;
    *t = (travel){.ctx = ctx, .schedule = s, .S = (size_t)S, .now = from, .first = from, .last = to, .part = SIZE_MAX};
    t->error = law->balance >= 0 ? (law->method != 0 ? 2 : 1) * law->balance : 0; /* 2: of a solver, to either side */
    held += 16 * S + bni_team_bytes(workers) + (s->stimulus != NULL ? bni_chain_bytes(s->chain[0]) : 0);
    t->room = bni_step_room(ctx, held);
    for (size_t k = 0; k < s->chains; k++)
        most = fmax(most, bni_step_bytes(s->chain[k], workers, t->room));
    BNI_TRY(bni_need_memory(ctx, held + most, "the evolution of a law"));
    t->p = bni_new_raw(ctx, t->S, sizeof *t->p);
    t->next = bni_new_raw(ctx, t->S, sizeof *t->next);
    if (t->p == NULL || t->next == NULL)
        return BINNET_E_NOMEM;
    BNI_TRY(bni_team_new(ctx, &t->team, workers));
    return bni_copy_bytes(ctx, t->p, law->p, t->S, sizeof *t->p);
}

/* Halves added to halves: log2(S) roundings. */
static int32_t sum_of_law(binnet_ctx *ctx, double *sum, const double *p, size_t S)
{
    double level[64] = {0};
    for (size_t s = 0; s < S; s++) {
        double v = p[s];
        size_t k = 0;
        for (; s >> k & 1; k++)
            v += level[k];
        level[k] = v;
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    size_t top = 0;
    while ((size_t)1 << top < S)
        top++;
    *sum = level[top];
    return BINNET_OK;
}

int32_t bni_law_normalise(binnet_ctx *ctx, double *p, size_t S)
{
    double total;
    BNI_TRY(sum_of_law(ctx, &total, p, S));
    for (size_t s = 0; s < S; s++) {
        p[s] /= total;
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

static double final_error(const travel *t)
{
    return t->error + ((double)t->schedule->n + 4) * 0x1p-53;
}

int32_t binnet_schedule_evolve(binnet_ctx *ctx, binnet_law **out, const binnet_schedule *schedule,
                               const binnet_law *law, uint64_t from, uint64_t to)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, schedule, "schedule"));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (law->n != schedule->n)
        return bni_fail(ctx, BINNET_E_SIZE, "law is of %zu neurons, the schedule of %zu", law->n, schedule->n);
    if (from > to)
        return bni_fail(ctx, BINNET_E_RANGE, "from time %llu to %llu: laws do not go back", (unsigned long long)from,
                        (unsigned long long)to);
    travel t;
    binnet_law *made = NULL;
    double held = (double)sizeof *made + 8 * ldexp(1, (int)schedule->n);
    int32_t status = begin_travel(ctx, &t, schedule, law, from, to, held);
    if (status == BINNET_OK)
        status = travel_to(&t, to);
    if (status == BINNET_OK)
        status = bni_law_make(ctx, &made, schedule->n);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, made->p, t.p, t.S, sizeof *made->p);
    if (status == BINNET_OK && to > from)
        status = bni_law_normalise(ctx, made->p, t.S);
    if (status == BINNET_OK) {
        made->balance = final_error(&t);
        made->iterations = to - from;
    }
    end_travel(&t);
    if (status != BINNET_OK) {
        binnet_law_free(made);
        return status;
    }
    *out = made;
    return BINNET_OK;
}

/* Means of a law, which is destroyed: the upper half is where the last neuron is active; then both halves are added. */
static int32_t fold_means(binnet_ctx *ctx, double *mean, size_t n, double *p)
{
    for (size_t i = n; i-- > 0;) {
        size_t half = (size_t)1 << i;
        BNI_TRY(sum_of_law(ctx, &mean[i], p + half, half));
        for (size_t s = 0; s < half; s++)
            p[s] += p[s + half];
    }
    for (size_t i = 0; i < n; i++) /* p[0] is the sum of all */
        mean[i] /= p[0];
    return BINNET_OK;
}

/* Laws or means, row after row, into a scratch array that is the caller's when all went well. */
static int32_t visit_times(binnet_ctx *ctx, double *out, size_t len, double *error, const binnet_schedule *schedule,
                           const binnet_law *start, size_t count, const uint64_t *time, int means)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, means ? "mean" : "p"));
    BNI_TRY(bni_need(ctx, schedule, "schedule"));
    BNI_TRY(bni_need_law(ctx, start, "start"));
    BNI_TRY(bni_need(ctx, time, "time"));
    if (start->n != schedule->n)
        return bni_fail(ctx, BINNET_E_SIZE, "start is of %zu neurons, the schedule of %zu", start->n, schedule->n);
    size_t S = (size_t)1 << schedule->n, row = means ? schedule->n : S;
    if (count < 1 || len / row != count || len % row != 0)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu: there are %zu times, each of %zu", len, count, row);
    BNI_TRY(check_rising(ctx, time, count, "time"));
    travel t;
    double *made = NULL;
    int32_t status = begin_travel(ctx, &t, schedule, start, 0, time[count - 1],
                                  8 * (double)len + (means ? 8.0 * (double)S : 0));
    double *fold = NULL;
    if (status == BINNET_OK && (made = bni_new_raw(ctx, len, sizeof *made)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK && means && (fold = bni_new_raw(ctx, S, sizeof *fold)) == NULL)
        status = BINNET_E_NOMEM;
    for (size_t k = 0; status == BINNET_OK && k < count; k++) {
        status = travel_to(&t, time[k]);
        double *to = means ? fold : made + k * S;
        if (status == BINNET_OK)
            status = bni_copy_bytes(ctx, to, t.p, S, sizeof *to);
        if (status == BINNET_OK && means)
            status = fold_means(ctx, made + k * row, row, fold);
        else if (status == BINNET_OK && t.now > 0)
            status = bni_law_normalise(ctx, to, S);
    }
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, out, made, len, sizeof *out);
    if (status == BINNET_OK && error != NULL)
        *error = final_error(&t) + (means ? 2 * ((double)schedule->n + 1) * 0x1p-53 : 0);
    end_travel(&t);
    bni_delete(&ctx->mem, made);
    bni_delete(&ctx->mem, fold);
    return status;
}

int32_t binnet_schedule_laws(binnet_ctx *ctx, double *p, size_t len, double *error, const binnet_schedule *schedule,
                             const binnet_law *start, size_t count, const uint64_t *time)
{
    return visit_times(ctx, p, len, error, schedule, start, count, time, 0);
}

int32_t binnet_schedule_means(binnet_ctx *ctx, double *mean, size_t len, double *error, const binnet_schedule *schedule,
                              const binnet_law *start, size_t count, const uint64_t *time)
{
    return visit_times(ctx, mean, len, error, schedule, start, count, time, 1);
}
