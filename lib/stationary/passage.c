/*
 * First passage: times, which set is met first, time spent in states, how a set is left, paths.
 * Source: Kemeny & Snell, Finite Markov Chains (1960) ch. 3; Darroch & Seneta, J. Appl. Prob. 2 (1965) 88.
 */
#include "stationary/passage.h"
#include "stationary/transients.h"

#include <math.h>

enum { BETWEEN_POLLS = 1 << 16, TIMES_VECTORS = 4 };

/* A chain, some sets of exits, and the states that are never left for them. */
typedef struct passage {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    size_t S, m, n_sets;
    int32_t *kind; /* [S]: the set of a state; n_sets: in a recurrent class with no state of a set; -1: all others */
    int32_t *class_of; /* [S] or NULL: the recurrent class */
    int traps;         /* there is such a class */
    int tails;         /* some neuron has noise of unbounded support: what is 0 in double need not be */
    int last;          /* nothing better comes after this way: accept what it yields */
    size_t vectors;    /* that the job uses */
    double *memory;
    bni_wide_vector v[4]; /* [m] */
    bni_team *team;
    bni_restricted r;
    double longest; /* by iteration: a bound on the longest mean time */
} passage;

typedef int32_t (*passage_job)(passage *p, void *arg);

static bni_wide read_wide(bni_wide_vector v, size_t k)
{
    return (bni_wide){v.m[k], v.e[k]};
}

static void write_wide(bni_wide_vector v, size_t k, bni_wide a)
{
    v.m[k] = a.m;
    v.e[k] = a.e;
}

static int32_t check_set(binnet_ctx *ctx, const binnet_chain *chain, const binnet_set *set, const char *name)
{
    BNI_TRY(bni_need(ctx, set, name));
    if (set->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "%s is of %zu neurons, the chain has %zu", name, set->n, chain->n);
    if (set->count == 0)
        return bni_fail(ctx, BINNET_E_RANGE, "%s is empty", name);
    return BINNET_OK;
}

/* The kind of every state; sets of different kinds have no common state. */
static int32_t mark_sets(passage *p, const binnet_set *const *set)
{
    binnet_ctx *ctx = p->ctx;
    for (size_t s = 0; s < p->S; s++) {
        p->kind[s] = -1;
        for (size_t k = 0; k < p->n_sets; k++) {
            if (!bni_set_has(set[k], s))
                continue;
            if (p->kind[s] >= 0)
                return bni_fail(ctx, BINNET_E_RANGE, "sets %d and %zu have state %zu in common", (int)p->kind[s], k, s);
            p->kind[s] = (int32_t)k;
        }
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t mark_traps(passage *p)
{
    uint64_t count;
    BNI_TRY(bni_classes(p->ctx, &count, p->class_of, p->chain, 1));
    unsigned char *met = bni_new(p->ctx, (size_t)count, 1); /* the class has a state of a set */
    if (met == NULL)
        return BINNET_E_NOMEM;
    for (size_t s = 0; s < p->S; s++)
        if (p->class_of[s] >= 0 && p->kind[s] >= 0)
            met[p->class_of[s]] = 1;
    for (size_t s = 0; s < p->S; s++)
        if (p->class_of[s] >= 0 && !met[p->class_of[s]]) {
            p->kind[s] = (int32_t)p->n_sets;
            p->traps = 1;
        }
    bni_delete(&p->ctx->mem, met);
    return BINNET_OK;
}

static void passage_buffers(bni_plan *plan, void *passage_)
{
    passage *p = passage_;
    BNI_BUFFER(plan, p->kind, p->S);
    if (!p->chain->unbounded)
        BNI_BUFFER(plan, p->class_of, p->S);
}

static double vector_bytes(const passage *p)
{
    return 16 * (double)p->vectors * (double)p->m + 64;
}

static int32_t solve_one_way(passage *p, int way, passage_job job, void *arg)
{
    bni_progress whole = bni_progress_push(p->ctx);
    bni_progress_part(p->ctx, whole, 0, 2);
    p->r = (bni_restricted){.ctx = NULL};
    int32_t status = BINNET_OK;
    if (p->m > 0)
        status = bni_restricted_new(p->ctx, &p->r, p->chain, p->kind, p->m, p->n_sets + 1, way, p->team);
    bni_progress_part(p->ctx, whole, 1, 2);
    if (status == BINNET_OK)
        status = job(p, arg);
    bni_restricted_free(&p->r);
    bni_progress_pop(p->ctx, whole);
    return status;
}

/* held: what the call has beside. */
static int32_t choose_and_solve(passage *p, double held, passage_job job, void *arg)
{
    binnet_ctx *ctx = p->ctx;
    const binnet_chain *c = p->chain;
    double m = (double)p->m, kinds = (double)p->n_sets + 1;
    held += bni_plan_bytes(passage_buffers, p) + vector_bytes(p) + bni_team_bytes((int)ctx->threads);
    int way[3], ways = bni_restricted_ways(ctx, way, c, m, kinds, held);
    BNI_TRY(bni_need_memory(ctx, held + bni_restricted_bytes(c, m, kinds, way[0]), "passage"));
    p->memory = bni_new_raw(ctx, 2 * p->vectors * p->m + 1, sizeof *p->memory);
    if (p->memory == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < p->vectors; k++) {
        p->v[k].m = p->memory + 2 * k * p->m;
        p->v[k].e = p->v[k].m + p->m;
    }
    BNI_TRY(bni_team_new(ctx, &p->team, c->n < BNI_THREADED ? 1 : (int)ctx->threads));
    int32_t status = BINNET_E_NOCONV;
    for (int k = 0; k < ways && (status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW); k++) {
        p->last = k + 1 == ways;
        status = solve_one_way(p, way[k], job, arg);
    }
    return status;
}

/* Runs a job for which `kind` and m are known. */
static int32_t run_passage(binnet_ctx *ctx, const binnet_chain *chain, size_t n_sets, const binnet_set *const *set,
                           size_t vectors, double held, passage_job job, void *arg)
{
    passage p = {.ctx = ctx, .chain = chain, .S = (size_t)1 << chain->n, .n_sets = n_sets, .vectors = vectors};
    for (size_t i = 0; i < chain->n; i++)
        p.tails |= bni_chain_unbounded(chain, i);
    double first = held + bni_plan_bytes(passage_buffers, &p);
    BNI_TRY(bni_need_memory(ctx, first + (chain->unbounded ? 0 : bni_classes_bytes(chain)), "passage"));
    int32_t status = bni_plan_make(ctx, passage_buffers, &p);
    if (status == BINNET_OK)
        status = mark_sets(&p, set);
    if (status == BINNET_OK && !chain->unbounded)
        status = mark_traps(&p);
    for (size_t s = 0; status == BINNET_OK && s < p.S; s++)
        p.m += p.kind[s] < 0;
    if (status == BINNET_OK)
        status = choose_and_solve(&p, held, job, arg);
    bni_team_free(p.team);
    bni_delete(&ctx->mem, p.memory);
    bni_plan_release(&ctx->mem, passage_buffers, &p);
    return status;
}

/* A solution with entries that underflow: repeated in wider numbers where that can be done. */
static int32_t look_at_solution(passage *p, int matters)
{
    if (!matters || !p->r.doubtful || p->last)
        return BINNET_OK;
    return bni_fail(p->ctx, BINNET_E_UNDERFLOW, "probabilities below 1e-140 decide the answer");
}

/* Iteration: what a residual d of mean times of `longest` makes of their relative error. */
static int32_t certify_times(passage *p, double *error)
{
    double d = p->r.relative;
    *error = p->r.error + (p->r.way == BNI_BY_ITERATION ? d / (1 - d) : 0);
    if (p->r.way == BNI_BY_ITERATION && !(d < 0.5 && *error <= p->ctx->relative_tolerance))
        return bni_fail(p->ctx, BINNET_E_NOCONV,
                        "mean times are certified to a relative error of %.3g (allowed is %.3g)", *error,
                        p->ctx->relative_tolerance);
    return BINNET_OK;
}

/* --- times --- */

typedef struct times_job {
    double *mean, *variance, *error;
} times_job;

static int32_t store_result(const passage *p, double *out, bni_wide_vector v, double exits)
{
    for (size_t s = 0, k = 0; s < p->S; s++) {
        out[s] = p->kind[s] < 0 ? bni_wide_double(read_wide(v, k)) : exits;
        if (p->kind[s] < 0 && !(out[s] < 1e300))
            return bni_fail(p->ctx, BINNET_E_UNDERFLOW, "state %zu: the result is above 1e300", s);
        k += p->kind[s] < 0;
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(p->ctx, 1));
    }
    return BINNET_OK;
}

/* Mean times into v; what is trapped has a time too, until it is. */
static int32_t solve_times(passage *p, bni_wide_vector v, double *error)
{
    for (size_t k = 0; k < p->m; k++)
        write_wide(v, k, bni_wide_one);
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    BNI_TRY(certify_times(p, error));
    p->longest = 0;
    for (size_t k = 0; k < p->m; k++)
        p->longest = fmax(p->longest, bni_wide_double(read_wide(v, k)) * (1 + *error));
    return BINNET_OK;
}

static bni_wide wide_distance(bni_wide a, bni_wide b)
{
    if (bni_wide_less(a, b)) {
        bni_wide c = a;
        a = b;
        b = c;
    }
    if (b.e < a.e)
        b.m = b.e < a.e - 1 ? 0 : b.m * 0x1p-512;
    return bni_wide_fix(a.m - b.m, a.e);
}

/* b(s) = sum over t of P(s, t) (time(t) - time(s) + 1)^2, one row after the other; all: times of all states, wide. */
static int32_t spread_times(passage *p, bni_wide_vector b, bni_wide_vector time, double *row)
{
    for (size_t k = 0; k < p->m; k++) {
        bni_wide own = read_wide(time, k), sum = bni_wide_zero;
        BNI_TRY(bni_chain_fill_row(p->ctx, row, p->chain, p->r.state[k]));
        for (size_t s = 0, l = 0; s < p->S; s++) {
            bni_wide t = p->kind[s] < 0 ? read_wide(time, l) : bni_wide_zero;
            l += p->kind[s] < 0;
            if (!(row[s] > 0))
                continue;
            bni_wide d = wide_distance(bni_wide_add(t, bni_wide_one), own);
            sum = bni_wide_add(sum, bni_wide_mul(bni_wide_of(row[s]), bni_wide_mul(d, d)));
        }
        write_wide(b, k, sum);
        BNI_TRY(bni_poll(p->ctx, (double)k / (double)p->m));
    }
    return BINNET_OK;
}

/* Iteration: E T^2 - mean^2 with (1 - Q) E T^2 = 2 mean - 1. */
static int32_t iterate_variance(passage *p, bni_wide_vector v, const double *mean, double *error)
{
    double figure = 0;
    for (size_t k = 0; k < p->m; k++)
        write_wide(v, k, bni_wide_of(fmax(2 * mean[p->r.state[k]] - 1, 1)));
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    double d = p->r.relative, second_error = (d + 2 * *error) / (1 - d);
    for (size_t k = 0; k < p->m; k++) {
        double second = bni_wide_double(read_wide(v, k)), t = mean[p->r.state[k]], variance = second - t * t;
        double lost = second * second_error + 2 * t * t * (*error + 0x1p-53);
        figure = fmax(figure, variance > lost && d < 1 ? lost / (variance - lost) : INFINITY);
        write_wide(v, k, bni_wide_of(fmax(variance, 0)));
    }
    *error = fmax(*error, figure);
    if (!(figure <= p->ctx->relative_tolerance))
        return bni_fail(p->ctx, BINNET_E_NOCONV,
                        "variances of times are certified to a relative error of %.3g (allowed is %.3g)", figure,
                        p->ctx->relative_tolerance);
    return BINNET_OK;
}

/* Elimination. The sum over the rows loses nothing but digits of time(t) - time(s) + 1: with times of relative error e each visit
 * of t adds some (e time(t))^2, and where times are long visits are many. E T^2 - mean^2 loses e mean^2; the time that m
 * states make is of variance mean^2/m - mean at least [AS87], so that this is little where times are long. For each state the way that
 * loses less. visited: the sum of time(t)^2 over the visits. */
static void choose_variance(const passage *p, bni_wide_vector v, bni_wide_vector time, bni_wide_vector second,
                            bni_wide_vector visited)
{
    bni_wide e = bni_wide_of(p->r.error + 0x1p-52);
    for (size_t k = 0; k < p->m; k++) {
        bni_wide t = read_wide(time, k), square = bni_wide_mul(t, t), moment = read_wide(second, k);
        bni_wide lost = bni_wide_mul(bni_wide_mul(e, e), read_wide(visited, k));
        bni_wide spread = bni_wide_add(bni_wide_mul(bni_wide_of(4), read_wide(v, k)), lost);
        bni_wide other = bni_wide_mul(e, bni_wide_add(moment, bni_wide_mul(bni_wide_of(2), square)));
        /* squares of both errors: 2 sqrt(variance lost) + lost, and e (E T^2 + 2 mean^2) */
        if (bni_wide_less(square, moment) && bni_wide_less(bni_wide_mul(other, other), bni_wide_mul(lost, spread)))
            write_wide(v, k, wide_distance(moment, square));
    }
}

static int32_t solve_variance(passage *p, bni_wide_vector v, bni_wide_vector time)
{
    bni_wide_vector second = p->v[2], visited = p->v[3];
    double *row = bni_new_raw(p->ctx, p->S, sizeof *row);
    int32_t status = row == NULL ? BINNET_E_NOMEM : spread_times(p, v, time, row);
    bni_delete(&p->ctx->mem, row);
    BNI_TRY(status);
    for (size_t k = 0; k < p->m; k++) {
        bni_wide t = read_wide(time, k); /* 1 at least, but for rounding */
        bni_wide more = bni_wide_less(t, bni_wide_one) ? bni_wide_zero : wide_distance(t, bni_wide_one);
        write_wide(second, k, bni_wide_add(t, more)); /* (1 - Q) E T^2 = 2 mean - 1 */
        write_wide(visited, k, bni_wide_mul(t, t));
    }
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    BNI_TRY(bni_restricted_solve(&p->r, second, second));
    BNI_TRY(bni_restricted_solve(&p->r, visited, visited));
    choose_variance(p, v, time, second, visited);
    return BINNET_OK;
}

/* v > 0 from where a trap may be entered, by as many steps as it takes. */
static int32_t reach_traps(passage *p, bni_wide_vector v)
{
    double *x = bni_new_raw(p->ctx, 2 * p->S, sizeof *x), *next = x != NULL ? x + p->S : NULL;
    int32_t status = x == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++)
        x[s] = p->kind[s] == (int32_t)p->n_sets;
    for (size_t found = 1; status == BINNET_OK && found > 0;) {
        found = 0;
        status = bni_krylov_expect(p->r.krylov, next, x);
        for (size_t k = 0; status == BINNET_OK && k < p->m; k++) {
            size_t s = p->r.state[k];
            found += next[s] > 0 && !(x[s] > 0);
            x[s] = x[s] > 0 || next[s] > 0;
        }
    }
    for (size_t k = 0; status == BINNET_OK && k < p->m; k++)
        write_wide(v, k, bni_wide_of(x[p->r.state[k]]));
    bni_delete(&p->ctx->mem, x);
    return status;
}

static int32_t find_trapped(passage *p, bni_wide_vector v)
{
    if (p->m == 0)
        return BINNET_OK;
    if (p->r.way == BNI_BY_ITERATION)
        return reach_traps(p, v);
    for (size_t k = 0; k < p->m; k++)
        write_wide(v, k, read_wide(p->r.exit, p->n_sets * p->m + k));
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    return look_at_solution(p, p->tails);
}

/* Times are infinite from where a trap may be entered. */
static int32_t mark_infinite(passage *p, double *mean, double *variance, bni_wide_vector v)
{
    BNI_TRY(find_trapped(p, v));
    for (size_t s = 0, k = 0; s < p->S; s++) {
        int trapped = p->kind[s] == (int32_t)p->n_sets || (p->kind[s] < 0 && v.m[k] > 0);
        k += p->kind[s] < 0;
        if (!trapped)
            continue;
        mean[s] = INFINITY;
        if (variance != NULL)
            variance[s] = INFINITY;
    }
    return BINNET_OK;
}

static int32_t do_times(passage *p, void *arg)
{
    times_job *j = arg;
    *j->error = 0;
    if (p->m > 0)
        BNI_TRY(solve_times(p, p->v[0], j->error));
    BNI_TRY(store_result(p, j->mean, p->v[0], 0));
    if (j->variance != NULL) {
        if (p->m > 0)
            BNI_TRY(p->r.way == BNI_BY_ITERATION ? iterate_variance(p, p->v[1], j->mean, j->error)
                                                 : solve_variance(p, p->v[1], p->v[0]));
        BNI_TRY(store_result(p, j->variance, p->v[1], 0));
    }
    return p->traps ? mark_infinite(p, j->mean, j->variance, p->v[0]) : BINNET_OK;
}

static int32_t find_times(binnet_ctx *ctx, times_job *j, const binnet_chain *chain, const binnet_set *target,
                          double held)
{
    return run_passage(ctx, chain, 1, &target, TIMES_VECTORS, held + 8 * ldexp(1, (int)chain->n), do_times, j);
}

/* Arrays of the caller are written when all is known. */
int32_t binnet_passage_times(binnet_ctx *ctx, double *mean, double *variance, size_t len, double *error,
                             const binnet_chain *chain, const binnet_set *target)
{
    BNI_TRY(bni_chain_check(ctx, chain, mean, len));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(check_set(ctx, chain, target, "target"));
    double figure, bytes = 16 * (double)len;
    BNI_TRY(bni_need_memory(ctx, bytes, "passage times"));
    double *own = bni_new_raw(ctx, 2 * len, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    times_job j = {own, variance == NULL ? NULL : own + len, &figure};
    int32_t status = find_times(ctx, &j, chain, target, bytes);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, mean, own, len, sizeof *mean);
    if (status == BINNET_OK && variance != NULL)
        status = bni_copy_bytes(ctx, variance, own + len, len, sizeof *variance);
    if (status == BINNET_OK && error != NULL)
        *error = figure;
    bni_delete(&ctx->mem, own);
    return status;
}

int32_t binnet_passage_times_continuous(binnet_ctx *ctx, double *mean, double *variance, size_t len, double *error,
                                        const binnet_chain *chain, double q, const binnet_set *target)
{
    BNI_TRY(bni_chain_check(ctx, chain, mean, len));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_check_continuous(ctx, chain, q));
    BNI_TRY(binnet_passage_times(ctx, mean, variance, len, error, chain, target));
    for (size_t s = 0; s < len; s++) {
        if (variance != NULL)
            variance[s] = (mean[s] / q + variance[s] / q) / q;
        mean[s] /= q;
    }
    return BINNET_OK;
}

static int32_t check_start(binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *start)
{
    BNI_TRY(bni_need_law(ctx, start, "start"));
    if (start->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "start is of %zu neurons, the chain has %zu", start->n, chain->n);
    return BINNET_OK;
}

/* Mean and variance over a law of times with means and variances; Var = E variance + E (mean - E mean)^2. */
static void average_times(double *mean, double *variance, const double *law, const double *of, const double *spread,
                          size_t S)
{
    double all = 0, second = 0;
    for (size_t s = 0; s < S; s++)
        all += law[s] > 0 ? law[s] * of[s] : 0;
    for (size_t s = 0; s < S && variance != NULL; s++)
        if (law[s] > 0)
            second += isinf(all) ? INFINITY : law[s] * (spread[s] + (of[s] - all) * (of[s] - all));
    *mean = all;
    if (variance != NULL)
        *variance = second;
}

int32_t binnet_passage_times_from(binnet_ctx *ctx, double *mean, double *variance, double *error,
                                  const binnet_chain *chain, const binnet_law *start, const binnet_set *target)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(check_start(ctx, chain, start));
    BNI_TRY(check_set(ctx, chain, target, "target"));
    size_t S = (size_t)1 << chain->n;
    double figure, bytes = 16 * (double)S;
    BNI_TRY(bni_need_memory(ctx, bytes, "passage times"));
    double *own = bni_new_raw(ctx, 2 * S, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    times_job j = {own, variance == NULL ? NULL : own + S, &figure};
    int32_t status = find_times(ctx, &j, chain, target, bytes);
    if (status == BINNET_OK) {
        average_times(mean, variance, start->p, own, own + S, S);
        if (error != NULL)
            *error = figure + 0x1p-52 * (double)chain->n;
    }
    bni_delete(&ctx->mem, own);
    return status;
}

/* --- which set is first --- */

typedef struct first_job {
    double *p, *error;
} first_job;

static int32_t do_first(passage *p, void *arg)
{
    first_job *j = arg;
    double figure = 0;
    if (p->m > 0 && p->r.way == BNI_BY_ITERATION)
        BNI_TRY(solve_times(p, p->v[0], &figure));
    *j->error = p->m > 0 ? p->r.error : 0;
    double largest = 0;
    for (size_t k = 0; k < p->n_sets; k++) {
        for (size_t i = 0; i < p->m; i++)
            write_wide(p->v[0], i, read_wide(p->r.exit, k * p->m + i));
        if (p->m > 0)
            BNI_TRY(bni_restricted_solve(&p->r, p->v[0], p->v[0]));
        BNI_TRY(look_at_solution(p, p->tails));
        largest = fmax(largest, p->r.residual * p->longest);
        double *out = j->p + k * p->S;
        BNI_TRY(store_result(p, out, p->v[0], 0));
        for (size_t s = 0; s < p->S; s++)
            out[s] = p->kind[s] == (int32_t)k ? 1 : fmin(out[s], 1);
    }
    if (p->m == 0 || p->r.way != BNI_BY_ITERATION)
        return BINNET_OK;
    largest += p->r.error;
    *j->error = largest;
    if (!(largest <= p->ctx->relative_tolerance))
        return bni_fail(p->ctx, BINNET_E_NOCONV, "probabilities are certified to an error of %.3g (allowed is %.3g)",
                        largest, p->ctx->relative_tolerance);
    return BINNET_OK;
}

int32_t binnet_passage_probabilities(binnet_ctx *ctx, double *out, size_t len, double *error, const binnet_chain *chain,
                                     size_t n_sets, const binnet_set *const *set)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "p"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_need(ctx, set, "set"));
    size_t S = (size_t)1 << chain->n;
    if (n_sets < 1 || n_sets > S)
        return bni_fail(ctx, BINNET_E_RANGE, "n_sets is %zu, allowed is 1..%zu", n_sets, S);
    if (len / S != n_sets || len % S != 0)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu: there are %zu sets and %zu states", len, n_sets, S);
    for (size_t k = 0; k < n_sets; k++) {
        if (set[k] == NULL)
            return bni_fail(ctx, BINNET_E_NULL, "set[%zu] is NULL", k);
        if (set[k]->n != chain->n)
            return bni_fail(ctx, BINNET_E_SIZE, "set[%zu] is of %zu neurons, the chain has %zu", k, set[k]->n,
                            chain->n);
        if (set[k]->count == 0)
            return bni_fail(ctx, BINNET_E_RANGE, "set[%zu] is empty", k);
    }
    double figure, bytes = 8 * (double)len;
    BNI_TRY(bni_need_memory(ctx, bytes, "hitting probabilities"));
    double *own = bni_new_raw(ctx, len, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    first_job j = {own, &figure};
    int32_t status = run_passage(ctx, chain, n_sets, set, 1, bytes, do_first, &j);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, out, own, len, sizeof *out);
    if (status == BINNET_OK && error != NULL)
        *error = figure;
    bni_delete(&ctx->mem, own);
    return status;
}

/* --- time spent in states --- */

typedef struct occupation_job {
    double *steps, *error;
    const binnet_law *start;
} occupation_job;

/* Recurrent classes that are entered, from the start or from the states with steps > 0: infinitely many steps in each. */
static int32_t mark_entered(passage *p, double *steps, const double *start)
{
    binnet_ctx *ctx = p->ctx;
    int32_t trap = (int32_t)p->n_sets;
    bni_step *step = NULL;
    unsigned char *entered = bni_new(ctx, p->S, 1); /* by class */
    double *next = bni_new_raw(ctx, p->S, sizeof *next);
    int32_t status = entered == NULL || next == NULL ? BINNET_E_NOMEM : bni_step_new(ctx, &step, p->chain, p->team, 0);
    if (status == BINNET_OK)
        status = bni_step_apply(ctx, step, next, steps);
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++)
        if (p->kind[s] == trap && (next[s] > 0 || start[s] > 0))
            entered[p->class_of[s]] = 1;
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++)
        if (p->kind[s] == trap && entered[p->class_of[s]])
            steps[s] = INFINITY;
    bni_step_free(step);
    bni_delete(&ctx->mem, next);
    bni_delete(&ctx->mem, entered);
    return status;
}

static int32_t do_occupation(passage *p, void *arg)
{
    occupation_job *j = arg;
    double figure = 0;
    if (p->m > 0 && p->r.way == BNI_BY_ITERATION)
        BNI_TRY(solve_times(p, p->v[0], &figure));
    *j->error = p->m > 0 ? p->r.error : 0;
    for (size_t k = 0; k < p->m; k++)
        write_wide(p->v[0], k, bni_wide_of(j->start->p[p->r.state[k]]));
    if (p->m > 0)
        BNI_TRY(bni_restricted_solve_left(&p->r, p->v[0], p->v[0]));
    BNI_TRY(look_at_solution(p, p->tails));
    BNI_TRY(store_result(p, j->steps, p->v[0], 0));
    if (p->m > 0 && p->r.way == BNI_BY_ITERATION) {
        double sum = 0;
        for (size_t s = 0; s < p->S; s++)
            sum += j->steps[s];
        *j->error = p->r.error + (sum > 0 ? p->r.residual * p->longest / sum : 0);
        if (!(*j->error <= p->ctx->relative_tolerance))
            return bni_fail(p->ctx, BINNET_E_NOCONV,
                            "the time spent is certified to a relative error of %.3g (allowed is %.3g)", *j->error,
                            p->ctx->relative_tolerance);
    }
    return p->traps ? mark_entered(p, j->steps, j->start->p) : BINNET_OK;
}

int32_t binnet_passage_occupation(binnet_ctx *ctx, double *steps, size_t len, double *error, const binnet_chain *chain,
                                  const binnet_law *start, const binnet_set *target)
{
    BNI_TRY(bni_chain_check(ctx, chain, steps, len));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(check_start(ctx, chain, start));
    BNI_TRY(check_set(ctx, chain, target, "target"));
    double figure, bytes = 8 * (double)len;
    BNI_TRY(bni_need_memory(ctx, bytes, "the time spent"));
    double *own = bni_new_raw(ctx, len, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    occupation_job j = {own, &figure, start};
    /* marking the entered classes takes a step's room */
    double held = bytes + (chain->unbounded ? 0 : 9 * (double)len + bni_step_bytes(chain, (int)ctx->threads, 0));
    int32_t status = run_passage(ctx, chain, 1, &target, 1, held, do_occupation, &j);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, steps, own, len, sizeof *steps);
    if (status == BINNET_OK && error != NULL)
        *error = figure;
    bni_delete(&ctx->mem, own);
    return status;
}

/* --- how a set is left --- */

typedef struct escape_job {
    binnet_law *law;
    double rate, error;
} escape_job;

/* v becomes next / sum of next; the least and the greatest next/v. */
static bni_wide take_next(bni_wide_vector v, bni_wide_vector next, size_t m, bni_wide *least, bni_wide *most)
{
    bni_wide sum = bni_wide_sum(next.m, next.e, m);
    *most = bni_wide_zero;
    for (size_t k = 0; k < m; k++) {
        bni_wide ratio = bni_wide_div(read_wide(next, k), read_wide(v, k));
        if (k == 0 || bni_wide_less(ratio, *least))
            *least = ratio;
        if (bni_wide_less(*most, ratio))
            *most = ratio;
        write_wide(v, k, bni_wide_div(read_wide(next, k), sum));
    }
    return sum;
}

static int32_t set_escape_law(passage *p, escape_job *j, bni_wide_vector v)
{
    binnet_ctx *ctx = p->ctx;
    bni_step *step = NULL;
    double *next = bni_new_raw(ctx, p->S, sizeof *next), *law = j->law->p;
    int32_t status = next == NULL ? BINNET_E_NOMEM : bni_step_new(ctx, &step, p->chain, p->team, 0);
    if (status == BINNET_OK)
        status = store_result(p, law, v, 0);
    if (status == BINNET_OK)
        status = bni_step_apply(ctx, step, next, law);
    double residual = 0;
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++)
        if (p->kind[s] < 0)
            residual += fabs(next[s] / (1 - j->rate) - law[s]);
    j->law->residual = j->rate < 1 ? residual : NAN;
    bni_step_free(step);
    bni_delete(&ctx->mem, next);
    return status;
}

/* Inverse iteration stops when the bounds no longer come closer; it gives up when they would take too long to. */
enum { ESCAPE_ITERATIONS = 20000, ESCAPE_PATIENCE = 40 };

static uint64_t most_iterations(const binnet_ctx *ctx)
{
    return ctx->max_iterations < ESCAPE_ITERATIONS ? (uint64_t)ctx->max_iterations : ESCAPE_ITERATIONS;
}

/* By elimination: the law and its bounds at once. */
static int32_t escape_by_law(passage *p, escape_job *j, bni_wide_vector v, bni_wide_vector next)
{
    bni_wide least = bni_wide_one, most = bni_wide_one, mean = bni_wide_one;
    double spread = INFINITY, best = INFINITY;
    uint64_t last = most_iterations(p->ctx), stale = 0;
    for (uint64_t k = 0; k < last && stale < ESCAPE_PATIENCE && !(spread <= 0x1p-50); k++) {
        BNI_TRY(bni_restricted_solve_left(&p->r, next, v));
        BNI_TRY(look_at_solution(p, 1));
        for (size_t i = 0; i < p->m; i++)
            if (!(next.m[i] > 0 && v.m[i] > 0))
                return bni_fail(p->ctx, BINNET_E_UNDERFLOW, "state %lu: its quasi-stationary probability underflows",
                                (unsigned long)p->r.state[i]);
        mean = take_next(v, next, p->m, &least, &most);
        spread = bni_wide_ratio(most, least) - 1;
        stale = spread < 0.9 * best ? 0 : stale + 1;
        best = fmin(best, spread);
        j->law->iterations = k + 1;
        BNI_TRY(bni_poll(p->ctx, 1 - 1 / (double)(k + 2)));
    }
    j->rate = bni_wide_double(bni_wide_div(bni_wide_one, mean));
    j->error = spread + p->r.error;
    j->law->balance = j->error;
    return BINNET_OK;
}

/* By iteration: entries of (1 - Q)^-1 x are certified one by one for x > 0, those of v (1 - Q)^-1 are not. So the bounds are of
 * right vectors, and the law has only its residual. */
static int32_t escape_by_times(passage *p, escape_job *j, bni_wide_vector v, bni_wide_vector next)
{
    bni_wide least = bni_wide_one, most = bni_wide_one, mean = bni_wide_one;
    double spread = INFINITY, best = INFINITY, change = INFINITY, figure;
    uint64_t last = most_iterations(p->ctx), stale = 0;
    BNI_TRY(solve_times(p, v, &figure));
    for (uint64_t k = 0; k < last && stale < 3 && !(spread <= 4 * p->r.relative); k++) {
        BNI_TRY(bni_restricted_solve(&p->r, next, v));
        mean = take_next(v, next, p->m, &least, &most);
        p->r.guess = bni_wide_double(most);
        spread = bni_wide_ratio(most, least) - 1;
        stale = spread < 0.9 * best ? 0 : stale + 1;
        best = fmin(best, spread);
        BNI_TRY(bni_poll(p->ctx, 0.5 - 1 / (double)(k + 2)));
    }
    j->rate = 2 / (bni_wide_double(least) + bni_wide_double(most));
    j->error = p->r.relative < 0.1 ? spread + 2 * p->r.relative + p->r.error : INFINITY;
    for (size_t k = 0; k < p->m; k++)
        write_wide(v, k, bni_wide_of(1 / (double)p->m));
    best = INFINITY;
    stale = 0;
    for (uint64_t k = 0; k < last && stale < 3 && !(change <= 0x1p-46); k++) {
        BNI_TRY(bni_restricted_solve_left(&p->r, next, v));
        mean = bni_wide_sum(next.m, next.e, p->m);
        change = 0;
        for (size_t i = 0; i < p->m; i++) {
            bni_wide now = bni_wide_div(read_wide(next, i), mean);
            change += bni_wide_double(wide_distance(now, read_wide(v, i)));
            write_wide(v, i, now);
        }
        stale = change < 0.9 * best ? 0 : stale + 1;
        best = fmin(best, change);
        j->law->iterations = k + 1;
        BNI_TRY(bni_poll(p->ctx, 1 - 1 / (double)(k + 2)));
    }
    j->law->balance = NAN;
    return BINNET_OK;
}

static int32_t do_escape(passage *p, void *arg)
{
    escape_job *j = arg;
    binnet_ctx *ctx = p->ctx;
    if (p->traps)
        return bni_fail(ctx, BINNET_E_REDUCIBLE, "the set holds states from which it is never left");
    bni_wide_vector v = p->v[0];
    for (size_t k = 0; k < p->m; k++)
        write_wide(v, k, bni_wide_of(1 / (double)p->m));
    int iterate = p->r.way == BNI_BY_ITERATION;
    BNI_TRY(iterate ? escape_by_times(p, j, v, p->v[1]) : escape_by_law(p, j, v, p->v[1]));
    if (!(j->error <= ctx->relative_tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the escape rate is known to a relative error of %.3g (allowed is %.3g)",
                        j->error, ctx->relative_tolerance);
    BNI_TRY(set_escape_law(p, j, v));
    if (iterate && !(j->rate < 1 && j->law->residual <= ctx->relative_tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the residual of the quasi-stationary law is %.3g (allowed is %.3g)",
                        j->law->residual, ctx->relative_tolerance);
    return BINNET_OK;
}

int32_t binnet_passage_quasi_stationary(binnet_ctx *ctx, binnet_law **out, double *rate, double *error,
                                        const binnet_chain *chain, const binnet_set *set)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "law"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, rate, "rate"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(check_set(ctx, chain, set, "set"));
    double S = ldexp(1, (int)chain->n);
    if ((double)set->count >= S)
        return bni_fail(ctx, BINNET_E_RANGE, "the set is every state: it is never left");
    double sets = (double)sizeof(binnet_set) + S / 8 + 64, law_bytes = (double)sizeof(binnet_law) + 8 * S;
    BNI_TRY(bni_need_memory(ctx, sets + law_bytes, "a quasi-stationary law"));
    binnet_set *outside = NULL;
    escape_job j = {.law = NULL};
    int32_t status = bni_set_complement(ctx, &outside, set);
    if (status == BINNET_OK)
        status = bni_law_make(ctx, &j.law, chain->n);
    double held = sets + law_bytes + 8 * S + bni_step_bytes(chain, (int)ctx->threads, 0);
    const binnet_set *exits = outside;
    if (status == BINNET_OK)
        status = run_passage(ctx, chain, 1, &exits, 2, held, do_escape, &j);
    binnet_set_free(outside);
    if (status != BINNET_OK) {
        binnet_law_free(j.law);
        return status;
    }
    *rate = j.rate;
    if (error != NULL)
        *error = j.error;
    *out = j.law;
    return BINNET_OK;
}

int32_t binnet_passage_estimate(binnet_ctx *ctx, uint64_t *count, uint64_t *bytes, double *flops,
                                const binnet_chain *chain, const binnet_set *target)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_need(ctx, target, "target"));
    if (target->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "target is of %zu neurons, the chain has %zu", target->n, chain->n);
    double S = ldexp(1, (int)chain->n), m = S - (double)target->count;
    passage p = {.ctx = ctx, .chain = chain, .S = (size_t)S, .n_sets = 1, .m = (size_t)m, .vectors = TIMES_VECTORS};
    double held = 24 * S + bni_plan_bytes(passage_buffers, &p) + vector_bytes(&p) + bni_team_bytes((int)ctx->threads);
    int way[3];
    bni_restricted_ways(ctx, way, chain, m, 2, held);
    double need = held + bni_restricted_bytes(chain, m, 2, way[0]);
    if (!chain->unbounded)
        need = fmax(need, 24 * S + bni_plan_bytes(passage_buffers, &p) + bni_classes_bytes(chain));
    if (count != NULL)
        *count = (uint64_t)m;
    if (bytes != NULL)
        *bytes = (uint64_t)need;
    if (flops != NULL)
        *flops = bni_restricted_flops(chain, m, way[0], (int)ctx->threads);
    return BINNET_OK;
}
