/*
 * Information of lumped chains. Of the neurons, all those of a population being alike: entropy rate and entropy production. Of the
 * numbers of active neurons: mutual information some steps apart, transfer entropy.
 * Production: sum of law P(A'|A) log(P(A'|A) / P(A|A')), whose second part is, updated at once, a sum over neurons of what each was,
 * seen from A'; with A' known by its numbers, so many neurons of a population are expected to have been active or silent and to
 * be so now. Asynchronously it is a sum over the edges of the grid.   Source: THEORY 3, "Exact lumping", and 5; [Schnakenberg 1976];
 * [Schreiber 2000].
 */
#include "law/information.h"

#include "binnet/lumped.h"

enum { MOST = BINNET_MAX_CHAIN_NEURONS, BETWEEN_POLLS = 1 << 8, BETWEEN_SUMS = 1 << 16 };

/* --- entropy rate --- */

/* Entropy of what comes after a state, in nats: of each neuron, or, asynchronously, of which one changes, if any. NaN when a
 * caller's function misbehaved. */
static double entropy_after(const binnet_chain *c, const size_t *count)
{
    const bni_occupation *o = c->lumped->space;
    int single = c->update == BINNET_UPDATE_ASYNCHRONOUS;
    double change[2 * MOST], neurons[2 * MOST], entropy = 0, stay = 0, leave = 0;
    size_t groups = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        for (int own = 0; own < 2; own++) {
            double p, q, m = (double)(own ? count[a] : o->size[a] - count[a]);
            if (!(m > 0))
                continue;
            if (!bni_lumped_firing(c, &p, &q, a, own, count))
                return NAN;
            if (!single) {
                entropy += m * bni_binary_entropy(p, q);
                continue;
            }
            neurons[groups] = m;
            change[groups++] = c->select[a] * (own ? q : p);
            stay += m * c->select[a] * (own ? p : q);
        }
    for (size_t g = 0; g < groups; g++)
        leave += neurons[g] * change[g];
    for (size_t g = 0; g < groups; g++) {
        double others = stay + (neurons[g] - 1) * change[g];
        for (size_t h = 0; h < groups; h++)
            others += h != g ? neurons[h] * change[h] : 0;
        entropy += neurons[g] * bni_surprise(change[g], others);
    }
    return single ? entropy + bni_surprise(stay, leave) : entropy;
}

static int32_t find_rate(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law)
{
    const bni_occupation *o = chain->lumped->space;
    total sum = {0, 0};
    size_t count[MOST] = {0};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        double entropy = law->p[s] > 0 ? entropy_after(chain, count) : 0;
        if (isnan(entropy))
            return bni_lumped_outside(ctx);
        add_term(&sum, law->p[s] * entropy);
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)o->states));
    }
    *nats = total_of(&sum);
    return BINNET_OK;
}

static int32_t need_one_stage(binnet_ctx *ctx, const binnet_chain *chain)
{
    if (chain->n_stages > 1)
        return bni_fail(
            ctx, BINNET_E_UNSUPPORTED,
            "a lumped chain of sweeps or blocks: what a neuron sees is not known from the numbers before it");
    return BINNET_OK;
}

int32_t binnet_occupation_entropy_rate(binnet_ctx *ctx, double *nats, const binnet_chain *chain, const binnet_law *law)
{
    BNI_TRY(bni_occupation_chain_check(ctx, nats, chain, law, "binnet_chain_entropy_rate"));
    BNI_TRY(need_one_stage(ctx, chain));
    return find_rate(ctx, nats, chain, law);
}

/* --- entropy production --- */

/* With a step that has no way back: of population a, that many active. */
typedef struct production {
    bni_production terms;
    int infinite;
    size_t a, from[MOST];
} production;

static int32_t no_way_back(binnet_ctx *ctx, double *nats, const production *w)
{
    *nats = HUGE_VAL;
    return bni_fail(
        ctx, BINNET_E_UNDEFINED,
        "a transition has no reverse: a neuron of population %zu cannot go back when %zu of its population are "
        "active",
        w->a, w->from[w->a]);
}

static void lose_way_back(production *w, size_t a, const size_t *count)
{
    w->infinite = 1;
    w->a = a;
    for (size_t b = 0; b < MOST; b++)
        w->from[b] = b <= a ? count[b] : 0;
}

static int firing_logs(const binnet_chain *c, double *p, double *q, double *log_p, double *log_q, size_t a, int own,
                       const size_t *count)
{
    if (!bni_lumped_firing(c, p, q, a, own, count))
        return 0;
    bni_tail_logs(log_p, log_q, c, a, bni_lumped_drive(c, a, own, count), *p, *q);
    return 1;
}

/* From s one neuron of a becomes active: f; and back: r. */
static int add_edge(production *w, const binnet_chain *c, const double *law, size_t s, size_t a, size_t *count)
{
    const bni_occupation *o = c->lumped->space;
    double p, q, log_p, log_q, p1, q1, log_p1, log_q1, m = (double)(o->size[a] - count[a]);
    if (!firing_logs(c, &p, &q, &log_p, &log_q, a, 0, count))
        return 0;
    count[a]++;
    int good = firing_logs(c, &p1, &q1, &log_p1, &log_q1, a, 1, count);
    double f = c->select[a] * m * (law[s] * p), r = c->select[a] * (double)count[a] * (law[s + o->stride[a]] * q1);
    if (good && (f > 0 || r > 0)) {
        if (!isfinite(log_p) || !isfinite(log_q1)) {
            lose_way_back(w, a, count);
        } else {
            bni_production_edge(&w->terms, 1, f, r, log_p - log_q1);
        }
    }
    count[a]--;
    return good;
}

static int32_t edges_production(binnet_ctx *ctx, production *w, const binnet_chain *c, const double *law)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST] = {0};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        for (size_t a = 0; a < o->n_pop; a++)
            if (count[a] < o->size[a] && c->select[a] > 0 && !add_edge(w, c, law, s, a, count))
                return bni_lumped_outside(ctx);
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)o->states));
    }
    return BINNET_OK;
}

/* y[s]: neurons of a that were `was` and are `is`, where the next state is s: they would become what they were. */
static int32_t add_expected_reverse(binnet_ctx *ctx, production *w, const binnet_chain *c, const double *y, size_t a,
                                    int was, int is)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST] = {0};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        double p, q, log_p, log_q;
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 1));
        if (!(y[s] > 0))
            continue;
        if (!firing_logs(c, &p, &q, &log_p, &log_q, a, is, count))
            return bni_lumped_outside(ctx);
        double term = -y[s] * (was ? log_p : log_q);
        if (!isfinite(term)) {
            lose_way_back(w, a, count);
            continue;
        }
        bni_production_add(&w->terms, term);
    }
    return BINNET_OK;
}

static int32_t steps_production(binnet_ctx *ctx, production *w, const binnet_chain *c, const double *law)
{
    size_t P = c->lumped->space->n_pop, S = c->lumped->space->states;
    int workers = bni_chain_bits(c) < BNI_THREADED ? 1 : (int)ctx->threads;
    double held = 8 * (double)S;
    BNI_TRY(
        bni_need_memory(ctx, held + bni_step_bytes(c, workers, 0) + bni_team_bytes(workers), "the entropy production"));
    bni_team *team = NULL;
    bni_lumped_step *step = NULL;
    double *y = bni_new_raw(ctx, S, sizeof *y);
    int32_t status = y == NULL ? BINNET_E_NOMEM : bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = bni_lumped_step_new(ctx, &step, c, team, 0);
    for (size_t k = 0; k < 4 * P && status == BINNET_OK; k++) {
        size_t a = k / 4;
        int was = (int)(k >> 1 & 1), is = (int)(k & 1);
        bni_span(ctx, (double)k / (double)(4 * P), (double)(k + 1) / (double)(4 * P));
        status = bni_lumped_step_count(ctx, step, y, law, a, was, is);
        if (status == BINNET_OK)
            status = add_expected_reverse(ctx, w, c, y, a, was, is);
    }
    bni_lumped_step_free(step);
    bni_team_free(team);
    bni_delete(&ctx->mem, y);
    return status;
}

int32_t binnet_occupation_entropy_production(binnet_ctx *ctx, double *nats, const binnet_chain *chain,
                                             const binnet_law *law)
{
    BNI_TRY(bni_occupation_chain_check(ctx, nats, chain, law, "binnet_chain_entropy_production"));
    BNI_TRY(need_one_stage(ctx, chain));
    production w = {.infinite = 0};
    double rate;
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(edges_production(ctx, &w, chain, law->p));
    } else {
        BNI_TRY(steps_production(ctx, &w, chain, law->p));
        bni_span(ctx, 1, 1);
        BNI_TRY(find_rate(ctx, &rate, chain, law));
        bni_production_add(&w.terms, -rate);
        w.terms.unpaired = 1;
    }
    if (w.infinite)
        return no_way_back(ctx, nats, &w);
    *nats = bni_production_of(&w.terms);
    return BINNET_OK;
}

/* --- joint laws of two numbers --- */

/* Laws of the next number of population a after a state, of chains of one stage: Pr(from + k) = law[k], k < len. */
typedef struct next_number {
    const double *law;
    size_t from, len;
} next_number;

static int find_next(next_number *next, const binnet_chain *c, double *room, size_t a, const size_t *count)
{
    const bni_occupation *o = c->lumped->space;
    *next = (next_number){room, 0, o->size[a] + 1};
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_lumped_law(c, room, room + o->size[a] + 1, a, count);
    double p, q, silent = (double)(o->size[a] - count[a]), active = (double)count[a];
    room[0] = room[1] = room[2] = 0;
    for (size_t b = 0; b < o->n_pop; b++)
        room[1] += b != a ? c->select[b] * (double)o->size[b] : 0;
    if (silent > 0) {
        if (!bni_lumped_firing(c, &p, &q, a, 0, count))
            return 0;
        room[2] = c->select[a] * silent * p;
        room[1] += c->select[a] * silent * q;
    }
    if (active > 0) {
        if (!bni_lumped_firing(c, &p, &q, a, 1, count))
            return 0;
        room[0] = c->select[a] * active * q;
        room[1] += c->select[a] * active * p;
    }
    *next = (next_number){room + (count[a] == 0), count[a] - (count[a] > 0), 3};
    next->len -= (size_t)(count[a] == 0) + (size_t)(count[a] == o->size[a]);
    return 1;
}

/* joint[u][v], rows x columns, and scratch [rows + columns]: I = sum of p log(p / (p_u p_v)), none of whose terms is negative. */
static double shared_information(const double *joint, double *scratch, size_t rows, size_t columns)
{
    total sum = {0, 0};
    double all = 0;
    for (size_t k = 0; k < rows * columns; k++)
        all += joint[k];
    if (all > 0)
        bni_add_mutual(&sum, joint, rows, columns, columns, all, scratch, scratch + rows);
    return total_of(&sum);
}

typedef struct joint_walk {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    const bni_occupation *space;
    const double *law;
    bni_step *step;
    double *x, *y;   /* [states], where there are steps */
    double *joint;   /* [N_a + 1][N_b + 1], the largest of all; of transfer entropies one for each b */
    double *scratch; /* [2 (largest + 1)] */
    double *room;    /* of a law */
} joint_walk;

/* joint[v][u] = Pr(n_a(t) = v, n_b(t + lag) = u): of the law itself, or of it and its next numbers. */
static int32_t sum_now_and_next(joint_walk *w, size_t a, size_t b, uint64_t lag)
{
    const bni_occupation *o = w->space;
    size_t count[MOST] = {0}, columns = o->size[b] + 1;
    BNI_TRY(bni_clear(w->ctx, w->joint, (o->size[a] + 1) * columns, sizeof *w->joint));
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        double *row = w->joint + count[a] * columns;
        next_number next;
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(w->ctx, (double)s / (double)o->states));
        if (lag == 0)
            row[count[b]] += w->law[s];
        if (lag == 0 || !(w->law[s] > 0))
            continue;
        if (!find_next(&next, w->chain, w->room, b, count))
            return bni_lumped_outside(w->ctx);
        for (size_t k = 0; k < next.len; k++)
            row[next.from + k] += w->law[s] * next.law[k];
    }
    return BINNET_OK;
}

/* x: the law where n_a = v (and, unless b = n_pop, n_b = u), then `lag` steps of it. */
static int32_t carry_part(joint_walk *w, size_t a, size_t v, size_t b, size_t u, uint64_t lag, int *some)
{
    const bni_occupation *o = w->space;
    *some = 0;
    for (size_t s = 0; s < o->states; s++) {
        int in = bni_occupation_count(o, s, a) == v && (b == o->n_pop || bni_occupation_count(o, s, b) == u);
        w->x[s] = in ? w->law[s] : 0;
        *some |= w->x[s] > 0;
        if (s % BETWEEN_SUMS == 0)
            BNI_TRY(bni_poll(w->ctx, 0));
    }
    for (uint64_t t = 0; t < lag && *some; t++) {
        BNI_TRY(bni_step_apply(w->ctx, w->step, w->y, w->x));
        double *swap = w->x;
        w->x = w->y;
        w->y = swap;
    }
    return BINNET_OK;
}

/* The part's law of n_b, added to row[N_b + 1]. */
static int32_t add_numbers(const joint_walk *w, double *row, size_t b)
{
    for (size_t s = 0; s < w->space->states; s++) {
        row[bni_occupation_count(w->space, s, b)] += w->x[s];
        if (s % BETWEEN_SUMS == 0)
            BNI_TRY(bni_poll(w->ctx, 0));
    }
    return BINNET_OK;
}

/* One pass over the parts for each b: the joint laws of a and all others would take more memory than they are worth. */
static int32_t walk_pairs(joint_walk *w, double *nats, uint64_t lag)
{
    const bni_occupation *o = w->space;
    size_t P = o->n_pop, largest = bni_lumped_largest(w->chain) + 1;
    for (size_t a = 0; a < P; a++) {
        size_t rows = o->size[a] + 1;
        bni_span(w->ctx, (double)a / (double)P, (double)(a + 1) / (double)P);
        BNI_TRY(bni_clear(w->ctx, w->joint, P * largest * rows, sizeof *w->joint));
        for (size_t v = 0; v < rows; v++) {
            int some;
            BNI_TRY(carry_part(w, a, v, P, 0, lag, &some));
            for (size_t b = 0; b < P && some; b++)
                BNI_TRY(add_numbers(w, w->joint + b * largest * rows + v * (o->size[b] + 1), b));
        }
        for (size_t b = 0; b < P; b++)
            nats[a * P + b] = shared_information(w->joint + b * largest * rows, w->scratch, rows, o->size[b] + 1);
    }
    return BINNET_OK;
}

static int32_t open_joint_walk(joint_walk *w, bni_team **team, double **memory, int steps, size_t joints)
{
    binnet_ctx *ctx = w->ctx;
    const binnet_chain *c = w->chain;
    size_t S = w->space->states, largest = bni_lumped_largest(c) + 1, scratch = bni_lumped_scratch(c) + 4;
    int workers = bni_chain_bits(c) < BNI_THREADED ? 1 : (int)ctx->threads;
    double doubles = (steps ? 2 * (double)S : 0) + (double)joints * (double)largest * (double)largest +
                     3 * (double)largest + (double)scratch;
    double held = 8 * doubles, room = bni_step_room(ctx, held);
    BNI_TRY(bni_need_memory(ctx, held + (steps ? bni_step_bytes(c, workers, room) + bni_team_bytes(workers) : 0),
                            "joint laws of numbers"));
    *memory = bni_new_raw(ctx, (size_t)doubles, sizeof **memory);
    if (*memory == NULL)
        return BINNET_E_NOMEM;
    w->scratch = *memory;
    w->room = w->scratch + 2 * largest;
    w->joint = w->room + largest + scratch;
    if (!steps)
        return BINNET_OK;
    w->x = w->joint + joints * largest * largest;
    w->y = w->x + S;
    BNI_TRY(bni_team_new(ctx, team, workers));
    return bni_step_new_any(ctx, &w->step, c, *team, room);
}

static int32_t check_pairs(binnet_ctx *ctx, double *nats, size_t n_pop, const binnet_chain *chain,
                           const binnet_law *law, const char *instead)
{
    BNI_TRY(bni_occupation_chain_check(ctx, nats, chain, law, instead));
    if (n_pop != chain->lumped->space->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "n_pop is %zu, the chain has %zu populations", n_pop,
                        chain->lumped->space->n_pop);
    return BINNET_OK;
}

static void close_joint_walk(joint_walk *w, bni_team *team, double *memory)
{
    bni_step_free(w->step);
    bni_team_free(team);
    bni_delete(&w->ctx->mem, memory);
}

int32_t binnet_occupation_mutual_information(binnet_ctx *ctx, double *nats, size_t n_pop, const binnet_chain *chain,
                                             const binnet_law *law, uint64_t lag)
{
    double found[MOST * MOST], *memory = NULL;
    BNI_TRY(check_pairs(ctx, nats, n_pop, chain, law, "binnet_chain_mutual_information"));
    BNI_TRY(bni_need_steps(ctx, "lag", lag, 0));
    joint_walk w = {.ctx = ctx, .chain = chain, .space = chain->lumped->space, .law = law->p};
    bni_team *team = NULL;
    int steps = lag > 1 || (lag == 1 && chain->n_stages > 1);
    int32_t status = open_joint_walk(&w, &team, &memory, steps, steps ? n_pop : 1);
    if (status == BINNET_OK && steps)
        status = walk_pairs(&w, found, lag);
    for (size_t k = 0; k < n_pop * n_pop && status == BINNET_OK && !steps; k++) {
        size_t a = k / n_pop, b = k % n_pop;
        bni_span(ctx, (double)k / (double)(n_pop * n_pop), (double)(k + 1) / (double)(n_pop * n_pop));
        status = sum_now_and_next(&w, a, b, lag);
        if (status == BINNET_OK)
            found[k] = shared_information(w.joint, w.scratch, w.space->size[a] + 1, w.space->size[b] + 1);
    }
    close_joint_walk(&w, team, memory);
    for (size_t k = 0; k < n_pop * n_pop && status == BINNET_OK; k++)
        nats[k] = found[k];
    return status;
}

/* --- transfer entropy --- */

/* For n_a = v: joint[u][t] = Pr(n_b = u, n_a = v, next n_a = t). */
static int32_t sum_transfer(joint_walk *w, size_t a, size_t v, size_t b)
{
    const bni_occupation *o = w->space;
    size_t columns = o->size[a] + 1, count[MOST] = {0};
    BNI_TRY(bni_clear(w->ctx, w->joint, (o->size[b] + 1) * columns, sizeof *w->joint));
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        next_number next;
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(w->ctx, 0));
        if (count[a] != v || !(w->law[s] > 0))
            continue;
        if (!find_next(&next, w->chain, w->room, a, count))
            return bni_lumped_outside(w->ctx);
        for (size_t k = 0; k < next.len; k++)
            w->joint[count[b] * columns + next.from + k] += w->law[s] * next.law[k];
    }
    return BINNET_OK;
}

static int32_t carry_transfer(joint_walk *w, size_t a, size_t v, size_t b)
{
    size_t columns = w->space->size[a] + 1, rows = w->space->size[b] + 1;
    BNI_TRY(bni_clear(w->ctx, w->joint, rows * columns, sizeof *w->joint));
    for (size_t u = 0; u < rows; u++) {
        int some;
        BNI_TRY(carry_part(w, a, v, b, u, 1, &some));
        if (some)
            BNI_TRY(add_numbers(w, w->joint + u * columns, a));
    }
    return BINNET_OK;
}

int32_t binnet_occupation_transfer_entropy(binnet_ctx *ctx, double *nats, size_t n_pop, const binnet_chain *chain,
                                           const binnet_law *law)
{
    double found[MOST * MOST], *memory = NULL;
    BNI_TRY(check_pairs(ctx, nats, n_pop, chain, law, "binnet_chain_transfer_entropy"));
    joint_walk w = {.ctx = ctx, .chain = chain, .space = chain->lumped->space, .law = law->p};
    bni_team *team = NULL;
    int steps = chain->n_stages > 1;
    int32_t status = open_joint_walk(&w, &team, &memory, steps, 1);
    for (size_t k = 0; k < n_pop * n_pop && status == BINNET_OK; k++) {
        size_t a = k / n_pop, b = k % n_pop, columns = w.space->size[a] + 1;
        bni_span(ctx, (double)k / (double)(n_pop * n_pop), (double)(k + 1) / (double)(n_pop * n_pop));
        total sum = {0, 0};
        for (size_t v = 0; v < columns && a != b && status == BINNET_OK; v++) {
            status = steps ? carry_transfer(&w, a, v, b) : sum_transfer(&w, a, v, b);
            if (status == BINNET_OK)
                add_term(&sum, shared_information(w.joint, w.scratch, w.space->size[b] + 1, columns));
        }
        found[k] = total_of(&sum);
    }
    close_joint_walk(&w, team, memory);
    for (size_t k = 0; k < n_pop * n_pop && status == BINNET_OK; k++)
        nats[k] = found[k];
    return status;
}
