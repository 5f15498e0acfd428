/*
 * Stationary law of a large chain by iteration: Anderson-accelerated passes that balance the law state by state (balance.c),
 * with the weights of the basins of attraction solved for exactly from time to time (aggregation and disaggregation).
 * The last part minimises relative changes, so that small probabilities are right to the last digits too: those of the
 * saddles between basins decide the basins' weights. It ends when the law is its own balance, state by state and basin by
 * basin; what is not certified so is BINNET_E_NOCONV.
 * Source: Anderson, J. ACM 12 (1965) 547 (equivalent to restarted GMRES on linear problems: Walker & Ni, SIAM J. Numer. Anal.
 * 49 (2011) 1715); Takahashi 1975, Koury, McAllister & Stewart, SIAM J. Algebr. Discr. Meth. 5 (1984) 164.
 */
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

enum {
    DEPTH_MOST = 16,
    DEPTH = 8,
    DEPTH_LARGE = 6,
    CYCLE_LEAST = 8,
    CYCLE_MOST = 64,
    CYCLE_LONGEST = 512,
    PATIENCE = 3
};
/* Passes over the law go slice by slice, whoever does them, so that sums do not depend on the number of workers. */
enum { SLICE_LEAST = 256, SLICES_MOST = 64, BLOCK = 64 };

/* Where attractors are left more rarely than this, passes from a uniform law would take long to shrink small probabilities. */
static const double rare = 1e-3;
/* Largest relative change of a guess in a pass with which it needs no first part. */
static const double near_enough = 1e-6;
/* Within that flows between groups show how soon they exchange. */
static const double nearly = 0.1;
/* Weights of the basins count as found when a coarse solution changes none of them by more than the first; the largest
 * relative change of a state and of a basin must be below the second at the end. */
static const double coarse_goal = 1e-13, certified = 1e-11, settled_weights = 1e-9;
/* Basins are kept at least at this weight: lighter ones would no longer be seen, and come back when they should. Below
 * `trusted` a probability of leaving decides nothing that doubles can tell. */
static const double least_weight = 1e-295, trusted = 1e-290;

/* What a pass finds in one slice. */
typedef struct partial {
    double total, change, relative;
    double G[DEPTH_MOST][DEPTH_MOST], r[DEPTH_MOST];
} partial;

typedef struct iteration {
    binnet_ctx *ctx;
    bni_team *team;
    const binnet_chain *chain;
    bni_step *step;
    bni_balance *balance;
    size_t S;
    int plan;
    double *memory, *x, *y; /* law, and the law that balances it */
    double *best;
    double *dx[DEPTH_MOST], *df[DEPTH_MOST]; /* differences of images and of residual vectors */
    double *last_y, *last_f, *kept_y;
    double *earlier, *before; /* a law of some passes ago, and of a cycle ago or anything; NULL: not kept */
    double earlier_change;    /* what a pass changed then, relatively; 0: there is none */
    uint64_t since;           /* passes */
    double hidden;            /* the largest ratio of a change over some passes to that of one, within a group */
    int aggregated;           /* the groups' weights are solved for in each pass; `before` is free */
    uint64_t flow_passes;     /* passes that the flows between groups cost; 0: one for each group */
    int stalled;              /* the last cycle ended before its goal */
    size_t depth, columns, newest;
    int32_t *group;
    unsigned char *rests; /* [S]: the state of a basin that is left least */
    int held;             /* those of deep basins keep their weights: inner iterations */
    int weak;             /* some are left rarely */
    int near;             /* x is near the law before the first part */
    int spent;            /* no more passes are allowed */
    bni_progress whole;
    int guessed; /* x began as the caller's guess */
    int strict;
    bni_splitting splitting;
    double slowest;  /* the least probability of leaving an attractor */
    double doubtful; /* weight that underflow may hide */
    size_t groups;
    double *flow, *weight, *coarse; /* [groups^2], [groups], [groups] */
    double *ordered;                /* [groups^2] */
    int32_t *order;                 /* [groups]: those that are left last in front */
    size_t slice, slices;
    partial *partials; /* [slices] */
    void (*pass)(struct iteration *, partial *, size_t from, size_t to);
    int32_t poll_status; /* written by worker 0 */
    int norm;
    double factor, gamma[DEPTH_MOST]; /* of the present pass */
    uint64_t steps, most;
    double residual, relative, first_residual, coarse_change;
    double ceiling; /* the larger of the two last changes of the law that is kept */
} iteration;

/* Of large chains fewer differences are kept: their memory counts for more than a step or two, but where a pass is as dear as
 * inner iterations suppose. */
static size_t depth_for(const binnet_chain *chain, int plan)
{
    size_t states = bni_chain_states(chain);
    if (plan == BNI_PLAN_LEAN)
        return 0;
    if (plan == BNI_PLAN_SPLIT && bni_iterate_splits(chain))
        return DEPTH_MOST;
    return states > (size_t)1 << 16 ? DEPTH_LARGE : DEPTH;
}

/* The image, the best law; the last image, the last residual vector, two laws of before, the differences. */
static size_t vectors_for(const binnet_chain *chain, int plan)
{
    size_t depth = depth_for(chain, plan);
    return 2 + (depth > 0 ? 4 + 2 * depth : 0);
}

/* Passes that the flows between any groups cost; 0: one for each group. A dense product takes its rows group by group. */
static uint64_t cheap_flows(const binnet_chain *chain)
{
    double S = (double)bni_chain_states(chain);
    return chain->update != BINNET_UPDATE_SYNCHRONOUS || bni_step_flops(chain, 1, INFINITY) >= 2 * S * S;
}

/* Large transitions, some for each state. */
static size_t splitting_doubles(size_t states)
{
    return 17 * states + 1;
}

int bni_iterate_splits(const binnet_chain *chain)
{
    enum { LEAST = 11 };
    return chain->update == BINNET_UPDATE_SYNCHRONOUS && chain->correlated == NULL && chain->n >= LEAST &&
           chain->unbounded;
}

double bni_iterate_bytes(const binnet_chain *chain, int workers, int plan)
{
    size_t states = bni_chain_states(chain);
    double S = (double)states, groups = S < BNI_GROUPS ? S : BNI_GROUPS;
    double split = plan == BNI_PLAN_SPLIT && bni_iterate_splits(chain)
                       ? 8 * (double)splitting_doubles(states) + 4 * S + bni_splitting_bytes()
                       : 0;
    double work = (double)vectors_for(chain, plan) * 8 * S + 8 * groups * (2 * groups + 3) + bni_gth_bytes(groups) +
                  SLICES_MOST * sizeof(partial) + split;
    return fmax(work, bni_basins_bytes(chain)) + 5 * S + bni_step_most(chain, workers) + bni_balance_bytes(chain) +
           4096;
}

static void free_all(iteration *it)
{
    const bni_allocator *mem = &it->ctx->mem;
    bni_delete(mem, it->memory);
    bni_delete(mem, it->group);
    bni_delete(mem, it->flow);
    bni_delete(mem, it->weight);
    bni_delete(mem, it->partials);
    bni_delete(mem, it->order);
    bni_delete(mem, it->rests);
    bni_balance_free(it->balance);
    bni_step_free(it->step);
}

/* --- passes over the law --- */

static void do_slices(void *arg, int worker, int workers)
{
    iteration *it = arg;
    uint64_t from, to;
    bni_share(it->slices, 1, worker, workers, &from, &to);
    for (; from < to; from++) {
        size_t end = from + 1 == it->slices ? it->S : (from + 1) * it->slice; /* the last one has the rest */
        it->pass(it, &it->partials[from], from * it->slice, end);
        if (worker == 0 && it->poll_status == BINNET_OK)
            it->poll_status = bni_poll(it->ctx, 1);
    }
}

static int32_t pass_slices(iteration *it, void (*pass)(iteration *, partial *, size_t, size_t))
{
    it->pass = pass;
    it->poll_status = BINNET_OK;
    bni_team_run(it->team, do_slices, it);
    return it->poll_status;
}

static double total_flow(const iteration *it)
{
    double total = 0;
    for (size_t k = 0; k < it->slices; k++)
        total += it->partials[k].total;
    return total;
}

static void add_image(iteration *it, partial *found, size_t from, size_t to)
{
    found->total = 0;
    for (size_t s = from; s < to; s++)
        found->total += it->y[s];
}

static void compare(iteration *it, partial *found, size_t from, size_t to)
{
    double change_sum = 0, relative = 0;
    for (size_t s = from; s < to; s++) {
        double y = it->y[s] /= it->factor, change = fabs(y - it->x[s]);
        change_sum += change;
        if (y > 1e-290 && change > relative * y)
            relative = change / y;
    }
    found->change = change_sum;
    found->relative = relative;
}

/* So many more passes, unless the caller allows no more. */
static int32_t count_passes(iteration *it, uint64_t passes)
{
    if (it->steps > it->most || passes > it->most - it->steps) {
        it->spent = 1;
        return bni_fail(it->ctx, BINNET_E_NOCONV,
                        "after %llu passes (BINNET_P_MAX_ITERATIONS is %lld) the residual is %.3g (tolerance %.3g)",
                        (unsigned long long)it->steps, (long long)it->ctx->max_iterations, it->residual,
                        it->ctx->tolerance);
    }
    it->steps += passes;
    return BINNET_OK;
}

/* y is divided by its sum; the two changes. */
static int32_t measure_image(iteration *it)
{
    BNI_TRY(pass_slices(it, add_image));
    it->factor = total_flow(it);
    BNI_TRY(pass_slices(it, compare));
    it->residual = it->relative = 0;
    for (size_t k = 0; k < it->slices; k++) {
        it->residual += it->partials[k].change;
        it->relative = fmax(it->relative, it->partials[k].relative);
    }
    return BINNET_OK;
}

/* y balances x; the two changes. */
static int32_t advance_pass(iteration *it)
{
    BNI_TRY(count_passes(it, 1));
    BNI_TRY(bni_balance_apply(it->ctx, it->balance, it->y, it->x));
    BNI_TRY(measure_image(it));
    if (it->first_residual <= 0)
        it->first_residual = it->residual;
    if (!isfinite(it->residual))
        return bni_fail(it->ctx, BINNET_E_UNDERFLOW, "probabilities of leaving a state are too small for double");
    return BINNET_OK;
}

/* How far down a figure is on the way from `from` to the goal, on a logarithmic scale. */
static double way_down(double figure, double from, double goal)
{
    double done = from > goal && figure > 0 ? log(from / figure) / log(from / goal) : 0;
    return fmin(fmax(done, 0), 1);
}

/* The call so far is the part `done` of the iteration. The end is not foreseen: there is always something left. */
static void report_part(iteration *it, double done)
{
    bni_progress_parts(it->ctx, it->whole, fmin(done, 0.98), 0, 1);
}

/* Small changes on the way to the goal of all: what is left is rounding. */
static void report_change(iteration *it, double change)
{
    const double from = 1, goal = 1e-14;
    report_part(it, way_down(change, from, goal));
}

/* Small symmetric positive system G c = r by Cholesky; columns that depend on earlier ones get 0. */
static void solve_small(double *c, double G[DEPTH_MOST][DEPTH_MOST], const double *r, size_t n)
{
    double L[DEPTH_MOST][DEPTH_MOST] = {{0}}, z[DEPTH_MOST] = {0};
    int kept[DEPTH_MOST];
    for (size_t k = 0; k < n; k++) {
        double d = G[k][k];
        for (size_t j = 0; j < k; j++) {
            if (!kept[j])
                continue;
            double v = G[k][j];
            for (size_t l = 0; l < j; l++)
                v -= kept[l] ? L[k][l] * L[j][l] : 0;
            L[k][j] = v / L[j][j];
            d -= L[k][j] * L[k][j];
        }
        kept[k] = d > 1e-11 * G[k][k] && G[k][k] > 0;
        L[k][k] = kept[k] ? sqrt(d) : 1;
        double v = r[k];
        for (size_t j = 0; j < k; j++)
            v -= kept[j] ? L[k][j] * z[j] : 0;
        z[k] = kept[k] ? v / L[k][k] : 0;
    }
    for (size_t k = n; k-- > 0;) {
        double v = z[k];
        for (size_t j = k + 1; j < n; j++)
            v -= kept[j] ? L[j][k] * c[j] : 0;
        c[k] = kept[k] ? v / L[k][k] : 0;
    }
}

/* Sums of squares are in the norm in which a reversible chain is symmetric, sum f^2/y, or, to give small probabilities their
 * digits, in that of the relative changes, sum (f/y)^2. */
enum { BY_WEIGHT, BY_RELATIVE_CHANGE };

static void subtract_last(iteration *it, partial *found, size_t from, size_t to)
{
    (void)found;
    double *dx = it->dx[it->newest], *df = it->df[it->newest];
    for (size_t s = from; s < to; s++) {
        dx[s] = it->y[s] - it->last_y[s];
        df[s] = it->y[s] - it->x[s] - it->last_f[s];
    }
}

static double dot_product(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    for (size_t s = 0; s + 4 <= n; s += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[s + k] * b[s + k];
    for (size_t s = n - n % 4; s < n; s++)
        sum[0] += a[s] * b[s];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

/* Products of the differences with each other and with the last residual vector, which is kept. */
static void gather_products(iteration *it, partial *found, size_t from, size_t to)
{
    size_t n = it->columns;
    memset(found->G, 0, sizeof found->G);
    memset(found->r, 0, sizeof found->r);
    for (size_t s = from; s < to; s += BLOCK) {
        size_t count = to - s < BLOCK ? to - s : BLOCK;
        double root[BLOCK], f[BLOCK], scaled[DEPTH_MOST][BLOCK];
        for (size_t k = 0; k < count; k++) {
            double y = it->y[s + k], change = y - it->x[s + k];
            root[k] = !(y > 1e-290) ? 0 : it->norm == BY_WEIGHT ? 1 / sqrt(y) : 1 / y;
            it->last_y[s + k] = y;
            it->last_f[s + k] = change;
            f[k] = change * root[k];
        }
        for (size_t a = 0; a < n; a++) {
            for (size_t k = 0; k < count; k++)
                scaled[a][k] = it->df[a][s + k] * root[k];
            found->r[a] += dot_product(scaled[a], f, count);
            for (size_t b = 0; b <= a; b++)
                found->G[a][b] += dot_product(scaled[a], scaled[b], count);
        }
    }
}

static void combine(iteration *it, partial *found, size_t from, size_t to)
{
    size_t n = it->columns;
    found->total = 0;
    for (size_t s = from; s < to; s++) {
        double y = it->y[s], v = y;
        for (size_t a = 0; a < n; a++)
            v -= it->gamma[a] * it->dx[a][s];
        v = v < 0.25 * y ? 0.25 * y : v > 4 * y ? 4 * y : v;
        it->x[s] = v;
        found->total += v;
    }
}

static void divide_total(iteration *it, partial *found, size_t from, size_t to)
{
    (void)found;
    for (size_t s = from; s < to; s++)
        it->x[s] /= it->factor;
}

/* The last image becomes the law. */
static void accept(iteration *it)
{
    memcpy(it->x, it->y, it->S * sizeof *it->x);
}

/* From (x, y = x P) to the next x: the combination of the last images whose residual is least, kept within a factor 4 of y
 * so that it stays positive. */
static int32_t mix_images(iteration *it, int norm)
{
    if (it->depth == 0) {
        accept(it);
        return BINNET_OK;
    }
    if (it->last_y != NULL) {
        it->newest = (it->newest + 1) % it->depth;
        BNI_TRY(pass_slices(it, subtract_last));
        if (it->columns < it->depth)
            it->columns++;
    }
    it->last_y = it->kept_y;
    it->norm = norm;
    BNI_TRY(pass_slices(it, gather_products));
    double G[DEPTH_MOST][DEPTH_MOST] = {{0}}, r[DEPTH_MOST] = {0};
    for (size_t k = 0; k < it->slices; k++)
        for (size_t a = 0; a < it->columns; a++) {
            r[a] += it->partials[k].r[a];
            for (size_t b = 0; b <= a; b++)
                G[a][b] += it->partials[k].G[a][b];
        }
    solve_small(it->gamma, G, r, it->columns);
    BNI_TRY(pass_slices(it, combine));
    it->factor = total_flow(it);
    return pass_slices(it, divide_total);
}

static void forget(iteration *it)
{
    it->columns = 0;
    it->newest = it->depth - 1; /* the next one is column 0 */
    it->earlier_change = 0;
    it->last_y = NULL;
}

/* Groups that are left with the least probability come first: elimination begins at the end, and its sums then stay as
 * large as the chain allows. */
static int by_leave(const void *a, const void *b, const void *leave)
{
    int32_t g = *(const int32_t *)a, h = *(const int32_t *)b;
    int order = bni_by_double((const double *)leave + g, (const double *)leave + h, NULL);
    return order != 0 ? order : (g > h) - (g < h);
}

/* Passes with the states of rest held. */
static int32_t hold_rests(iteration *it)
{
    for (size_t pass = 0; pass < bni_chain_bits(it->chain); pass++) {
        double total = 0;
        BNI_TRY(count_passes(it, 1));
        BNI_TRY(bni_balance_apply(it->ctx, it->balance, it->y, it->x));
        for (size_t s = 0; s < it->S; s++) {
            it->x[s] = it->rests[s] ? it->x[s] : it->y[s];
            total += it->x[s];
        }
        for (size_t s = 0; s < it->S; s++)
            it->x[s] /= total;
    }
    return BINNET_OK;
}

/* What underflows loses some 1e-308 of a flow: the weight that a basin may have that is not seen. */
static double doubt(const iteration *it, double weight, double leave)
{
    double lost = 1e-305 / (leave + 1e-305);
    if (weight <= trusted)
        return lost;
    return lost > 1e-20 * weight ? (it->strict ? 1 : lost) : 0;
}

/* Their weights from the flows between them: weight[] becomes the factor of each. coarse_change: the largest relative
 * change. */
static int32_t solve_groups(iteration *it)
{
    size_t k = it->groups;
    /* groups without weight are left out */
    size_t used = 0;
    int vanished = 0;
    double *leave = it->coarse;
    for (size_t a = 0; a < k; a++) {
        leave[a] = 0;
        if (it->weight[a] <= 0) {
            vanished = it->chain->unbounded;
            continue;
        }
        it->order[used++] = (int32_t)a;
        for (size_t b = 0; b < k; b++)
            leave[a] += it->flow[a * k + b];
    }
    bni_sort(NULL, it->order, used, sizeof *it->order, by_leave, leave);
    for (size_t a = 0; a < used; a++)
        for (size_t b = 0; b < used; b++)
            it->ordered[a * used + b] = it->flow[(size_t)it->order[a] * k + (size_t)it->order[b]];
    it->doubtful = vanished ? 1e-305 / (it->slowest + 1e-305) : 0;
    for (size_t u = 0; u < used; u++)
        it->doubtful = fmax(it->doubtful, doubt(it, it->weight[it->order[u]], leave[it->order[u]]));
    double smallest;
    int32_t status = bni_gth(it->ctx, it->coarse, &smallest, used, it->ordered, NULL);
    if (status == BINNET_E_UNDERFLOW || (status == BINNET_OK && smallest < trusted))
        return bni_fail(it->ctx, BINNET_E_UNDERFLOW,
                        "the chain leaves a basin of the noiseless dynamics with a probability below %.3g", trusted);
    BNI_TRY(status);
    double change = 0;
    for (size_t u = 0; u < used; u++) {
        double w = fmax(it->coarse[u], least_weight), *old = &it->weight[it->order[u]];
        if (w > trusted)
            change = fmax(change, fabs(w - *old) / fmin(w, *old));
        *old = w / *old;
    }
    it->coarse_change = change;
    return BINNET_OK;
}

/* The weights that the basins have in x. */
static void weigh_groups(iteration *it, const double *x)
{
    memset(it->weight, 0, it->groups * sizeof *it->weight);
    for (size_t s = 0; s < it->S; s++)
        it->weight[it->group[s]] += x[s];
}

/* Weights of the basins from the flows between them; x: the law, or its image. */
static int32_t aggregate_law(iteration *it, const double *x)
{
    BNI_TRY(count_passes(it, it->flow_passes > 0 ? it->flow_passes : it->groups));
    weigh_groups(it, x);
    BNI_TRY(bni_balance_flows(it->ctx, it->balance, it->flow, it->weight, it->groups, it->group, x));
    return solve_groups(it);
}

/* Where a group sends most, if it sends much of its weight there or anywhere; itself otherwise. */
static int32_t main_target(const iteration *it, size_t a)
{
    const double much = 0.03, in_all = 0.1;
    size_t k = it->groups, to = a;
    double most = 0, sum = 0;
    for (size_t b = 0; b < k; b++) {
        double flow = b != a ? it->flow[a * k + b] : 0;
        sum += flow;
        if (flow > most) {
            most = flow;
            to = b;
        }
    }
    return (int32_t)(most > much || sum > in_all ? to : a);
}

/* Groups that soon exchange become one, which outer passes pay for: each group joins where it sends most, but for those whose
 * rest is held. Groups that only exchange with each other stay apart from the others, however soon they do. next: scratch. */
static void join_groups(iteration *it, int32_t *next)
{
    size_t k = it->groups, count = 0;
    int32_t *joined = it->order;
    for (size_t a = 0; a < k; a++) {
        next[a] = it->weight[a] > 0 ? main_target(it, a) : (int32_t)a;
        joined[a] = -1;
    }
    for (size_t s = 0; s < it->S && it->held; s++)
        if (it->rests[s] == BNI_DEEP_REST)
            next[it->group[s]] = it->group[s];
    for (size_t a = 0; a < k; a++) { /* to the end of its path, or round its cycle, which gets a number there */
        int32_t number = (int32_t)count, at = (int32_t)a;
        for (; joined[at] < 0; at = next[at])
            joined[at] = number;
        if (joined[at] == number) {
            count++;
            continue;
        }
        number = joined[at];
        for (at = (int32_t)a; joined[at] != number; at = next[at])
            joined[at] = number;
    }
    for (size_t s = 0; s < it->S; s++)
        it->group[s] = joined[it->group[s]];
    it->groups = count;
}

static int32_t join_soon(iteration *it)
{
    int32_t *next = bni_new_raw(it->ctx, it->groups, sizeof *next);
    if (next == NULL)
        return BINNET_E_NOMEM;
    join_groups(it, next);
    bni_delete(&it->ctx->mem, next);
    if (it->groups < 2)
        it->coarse_change = 0;
    return BINNET_OK;
}

/* The same beforehand, where each group costs a pass: by what a step from the states they rest in does. */
static int32_t join_by_rests(iteration *it)
{
    size_t k = it->groups;
    double *row = it->y;
    memset(it->flow, 0, k * k * sizeof *it->flow);
    for (size_t g = 0; g < k; g++)
        it->weight[g] = 0;
    for (size_t s = 0; s < it->S; s++) {
        size_t g = (size_t)it->group[s];
        if (!it->rests[s] || it->weight[g] > 0)
            continue;
        it->weight[g] = 1;
        BNI_TRY(bni_chain_fill_row(it->ctx, row, it->chain, s));
        for (size_t t = 0; t < it->S; t++)
            it->flow[g * k + (size_t)it->group[t]] += row[t];
    }
    return join_soon(it);
}

/* Weights of the basins from the flows between them; x is rescaled, unless that would change next to nothing and there are
 * differences to lose. */
static int32_t rebalance(iteration *it)
{
    size_t S = it->S;
    BNI_TRY(aggregate_law(it, it->x));
    if (it->coarse_change <= coarse_goal && it->columns > 0)
        return BINNET_OK; /* the differences are worth more */
    forget(it);
    for (size_t s = 0; s < S; s++)
        it->x[s] *= it->weight[it->group[s]];
    if (it->flow_passes == 0 && it->relative < nearly && it->groups > 2) /* each group is a pass */
        BNI_TRY(join_soon(it));
    /* new weights first reach the saddles: what is there came from several basins and was scaled with one */
    return it->weak && it->coarse_change > 0.1 ? hold_rests(it) : BINNET_OK;
}

/* What converges slowly is the weights of sets that exchange rarely and that no group tells apart: the last change of the law,
 * relative to it, is then nearly the same throughout each of them. Every group is split at the middle of its range.
 * Source: Chatelin & Miranker, Linear Algebra Appl. 43 (1982) 17; Bertsekas & Castanon, IEEE Trans. Autom. Control 34 (1989) 589. */
static void split_groups(iteration *it, const double *from, double least_change)
{
    double low = INFINITY, high = -INFINITY;
    size_t k = it->groups;
    for (size_t s = 0; s < it->S; s++)
        if (it->x[s] > trusted && from[s] > trusted) {
            double change = it->x[s] / from[s];
            low = fmin(low, change);
            high = fmax(high, change);
        }
    if (!(high - low > least_change) || 2 * k > BNI_GROUPS)
        return;
    double middle = low + 0.5 * (high - low);
    size_t above[BNI_GROUPS] = {0}, members[BNI_GROUPS] = {0}, count = 0;
    int32_t *upper = it->order;
    for (size_t s = 0; s < it->S; s++) {
        members[it->group[s]]++;
        above[it->group[s]] += from[s] > trusted && it->x[s] / from[s] > middle;
    }
    for (size_t g = 0; g < k; g++)
        upper[g] = above[g] > 0 && above[g] < members[g] ? (int32_t)(k + count++) : (int32_t)g;
    for (size_t s = 0; s < it->S; s++)
        if (from[s] > trusted && it->x[s] / from[s] > middle)
            it->group[s] = upper[it->group[s]];
    it->groups += count;
}

/* The groups are those that the change of the law from `from` shows, and from here on their weights are solved for in each
 * pass. */
static void follow_change(iteration *it, const double *from, double least_change)
{
    split_groups(it, from, least_change);
    it->aggregated = it->groups >= 2;
    it->hidden = 0;
    forget(it);
}

/* Over some passes a law should change by no more than some times what a pass changed at their beginning. Where it did, states
 * exchange rarely, and the small changes of passes hide large errors: x is compared with an earlier law. What differs between
 * groups only is solved for; between them, states differ by no more than the groups do. */
static void measure_hidden(iteration *it)
{
    const double seen = 1000;
    double weight[BNI_GROUPS] = {0}, mean[BNI_GROUPS] = {0}, low = INFINITY, high = -INFINITY, apart = 0;
    for (size_t s = 0; s < it->S; s++) {
        weight[it->group[s]] += it->earlier[s];
        mean[it->group[s]] += it->x[s];
    }
    for (size_t g = 0; g < it->groups; g++)
        if (weight[g] > trusted) {
            mean[g] /= weight[g];
            low = fmin(low, mean[g]);
            high = fmax(high, mean[g]);
        }
    for (size_t s = 0; s < it->S; s++)
        if (it->x[s] > trusted && it->earlier[s] > trusted && weight[it->group[s]] > trusted)
            apart = fmax(apart, fabs(it->x[s] / it->earlier[s] - mean[it->group[s]]));
    double ratio = (apart - (high - low)) / it->earlier_change;
    it->hidden = fmax(it->hidden, ratio);
    if (ratio > seen)
        follow_change(it, it->earlier, 0);
}

/* Looks at x and its change from time to time; whether groups were split. */
static int watch_law(iteration *it)
{
    enum { APART = 8 };
    const double fallen = 0.03;
    size_t groups = it->groups;
    if (it->earlier == NULL || !(it->relative < nearly))
        return 0;
    if (it->earlier_change > 0) {
        if (++it->since < APART && it->relative > fallen * it->earlier_change)
            return 0;
        measure_hidden(it);
        if (it->groups != groups)
            return 1;
    }
    memcpy(it->earlier, it->x, it->S * sizeof *it->x);
    it->earlier_change = it->relative;
    it->since = 0;
    return 0;
}

/* Accelerated steps until the norm's figure is down to the goal, or no longer falls tenfold in `cycle` of them; y is the
 * image of x at the end, and at the start too if `have_image`. */
static int32_t steps(iteration *it, size_t cycle, int norm, double goal, int have_image)
{
    double before = 0;
    it->stalled = 0;
    for (size_t k = 0;; k++) {
        if (norm == BY_WEIGHT)
            report_part(it, 0.5 * way_down(it->residual, it->first_residual, it->ctx->tolerance));
        else
            report_change(it, fmax(it->relative, it->coarse_change));
        if (k > 0 || have_image)
            BNI_TRY(mix_images(it, norm));
        BNI_TRY(advance_pass(it));
        double figure = norm == BY_WEIGHT ? it->residual : it->relative;
        if (watch_law(it) || figure <= goal)
            return BINNET_OK;
        if (k == 0)
            before = figure;
        if ((k + 1) % cycle == 0) {
            if (figure > 0.1 * before) {
                it->stalled = 1;
                return BINNET_OK;
            }
            before = figure;
        }
    }
}

static int32_t plain_steps(iteration *it, int count)
{
    for (int k = 0; k < count; k++) {
        BNI_TRY(advance_pass(it));
        accept(it);
    }
    return BINNET_OK;
}

/* The laws within the basins, and their weights. */
static int32_t start_from_below(iteration *it)
{
    if (it->chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        double total = 0;
        BNI_TRY(count_passes(it, 2 * it->chain->n));
        BNI_TRY(bni_balance_groups(it->ctx, it->balance, it->x, it->group, it->rests));
        for (size_t s = 0; s < it->S; s++)
            total += it->x[s];
        for (size_t s = 0; s < it->S; s++)
            it->x[s] /= total;
    } else {
        for (size_t s = 0; s < it->S; s++)
            it->x[s] = it->rests[s];
        BNI_TRY(hold_rests(it));
    }
    it->weak = 1;
    return rebalance(it);
}

/* --- groups that follow the chain --- */

/* y = what a pass, or some where flows cost more than that, makes of x, and then the weights of the groups solved for. */
static int32_t aggregated_pass(iteration *it)
{
    size_t more = it->flow_passes == 0 ? it->groups / 8 : 0;
    BNI_TRY(advance_pass(it));
    BNI_TRY(count_passes(it, more));
    for (size_t pass = 0; pass < more; pass++) {
        double *swap = it->y;
        BNI_TRY(bni_balance_apply(it->ctx, it->balance, it->before, it->y));
        it->y = it->before;
        it->before = swap;
    }
    BNI_TRY(aggregate_law(it, it->y));
    for (size_t s = 0; s < it->S; s++)
        it->y[s] *= it->weight[it->group[s]];
    return measure_image(it);
}

/* Accelerated passes with the groups' weights solved for in each, until the changes of the law and of the weights are down to
 * what is wanted or no longer fall. x is where they ended. */
static int32_t aggregated_passes(iteration *it, int norm, double law_goal, double weights_goal)
{
    enum { PATIENT = 16, SPLITS = 16 };
    double worst = INFINITY;
    int joined = 0, splits = 0;
    forget(it);
    for (int stale = 0; stale < PATIENT;) {
        BNI_TRY(aggregated_pass(it));
        double change = norm == BY_WEIGHT ? it->residual : it->relative, now = fmax(change, it->coarse_change);
        stale = now < 0.5 * worst ? 0 : stale + 1;
        worst = stale == 0 ? now : worst;
        report_change(it, now);
        int split = watch_law(it);
        if (!split && stale >= PATIENT / 2 && worst <= 0.1 * certified)
            break; /* rounding */
        if (!split && stale >= PATIENT / 2 && it->earlier_change > 0) {
            follow_change(it, it->earlier, 0);
            split = 1;
        }
        if (split && splits++ < SPLITS) {
            worst = INFINITY;
            stale = joined = 0;
            continue;
        }
        if (change <= law_goal && it->coarse_change <= weights_goal)
            break;
        if (!joined++ && it->groups > 2)
            BNI_TRY(join_soon(it));
        BNI_TRY(mix_images(it, norm));
    }
    accept(it);
    return BINNET_OK;
}

/* --- inner and outer iterations --- */

/* The largest missing flow of a state that is not held, of what reaches it. */
static double missing_part(const iteration *it, const double *r)
{
    const double *out = bni_balance_out(it->balance);
    double most = 0;
    for (size_t s = 0; s < it->S; s++) {
        double flow = it->x[s] * out[s];
        if (it->rests[s] != BNI_DEEP_REST && fmax(flow, flow + r[s]) > trusted)
            most = fmax(most, fabs(r[s]) / fmax(flow, flow + r[s]));
    }
    return most;
}

/* From below: the states the basins rest in are held, and passes add what flows from there, until that is within a tenth. */
static int32_t fill_from_rests(iteration *it)
{
    const double *out = bni_balance_out(it->balance);
    for (size_t pass = 0; pass < it->chain->n; pass++) {
        BNI_TRY(count_passes(it, 1));
        BNI_TRY(bni_balance_missing(it->ctx, it->balance, it->y, NULL, NULL, 0, NULL, it->x));
        if (missing_part(it, it->y) < 0.1)
            break;
        BNI_TRY(bni_splitting_solve(it->ctx, &it->splitting, it->x, it->y, out, it->rests, 1e-3));
    }
    double total = 0;
    for (size_t s = 0; s < it->S; s++)
        total += it->x[s];
    for (size_t s = 0; s < it->S; s++)
        it->x[s] /= total;
    return BINNET_OK;
}

/* y from x: an exact pass finds what is missing and the flows between basins; these get their weights, and large transitions
 * settle the rest. part: what was missing. */
static int32_t outer_pass(iteration *it, double *part)
{
    const double *out = bni_balance_out(it->balance);
    double *missing = it->best;
    BNI_TRY(count_passes(it, 1));
    weigh_groups(it, it->x);
    BNI_TRY(bni_balance_missing(it->ctx, it->balance, missing, it->flow, it->weight, it->groups, it->group, it->x));
    *part = missing_part(it, missing);
    BNI_TRY(solve_groups(it));
    for (size_t s = 0; s < it->S; s++) {
        it->y[s] = it->x[s] * it->weight[it->group[s]];
        missing[s] *= it->weight[it->group[s]];
    }
    return bni_splitting_solve(it->ctx, &it->splitting, it->y, missing, out, it->rests, fmax(1e-6 * *part, 1e-17));
}

/* The flows between all groups, once, decide which of them are joined. kept: the groups as they were. */
static int32_t choose_groups(iteration *it, int32_t *kept)
{
    memcpy(kept, it->group, it->S * sizeof *kept);
    weigh_groups(it, it->x);
    BNI_TRY(count_passes(it, 1));
    BNI_TRY(bni_balance_flows(it->ctx, it->balance, it->flow, it->weight, it->groups, it->group, it->x));
    return join_soon(it);
}

/* New weights of the basins go to the states that are held; the others begin below what these will make of them. */
static void lower_law(iteration *it)
{
    double least = 1;
    for (size_t g = 0; g < it->groups; g++)
        least = it->weight[g] > 0 ? fmin(least, it->weight[g]) : least;
    for (size_t s = 0; s < it->S; s++)
        it->x[s] *= it->rests[s] == BNI_DEEP_REST ? it->weight[it->group[s]] : least;
}

/* Outer passes, accelerated, as long as they gain. *worst: the largest change that is left, INFINITY when this leads nowhere. */
static int32_t converge_outer(iteration *it, int32_t *kept, double *worst)
{
    const int restarts = 6;
    const double enough = 2e-13;
    *worst = INFINITY;
    for (size_t s = 0; s < it->S; s++)
        it->x[s] = it->rests[s] == BNI_DEEP_REST;
    BNI_TRY(fill_from_rests(it));
    BNI_TRY(choose_groups(it, kept));
    for (int stale = 0, begun = 0; stale < 2 * PATIENCE;) {
        double part;
        BNI_TRY(outer_pass(it, &part));
        if (it->coarse_change > 0.5) {
            *worst = INFINITY;
            if (begun++ == restarts)
                return BINNET_OK;
            lower_law(it);
            BNI_TRY(fill_from_rests(it));
            forget(it);
            continue;
        }
        double now = fmax(part, it->coarse_change);
        stale = now < 0.5 * *worst ? 0 : stale + 1;
        *worst = fmin(*worst, now);
        report_change(it, now);
        if (now < enough) {
            accept(it);
            return BINNET_OK;
        }
        BNI_TRY(mix_images(it, BY_RELATIVE_CHANGE));
    }
    return BINNET_OK;
}

/* The law by inner and outer iterations; *near: whether it came near. Otherwise x is as before. */
static int32_t split_and_iterate(iteration *it, int *near)
{
    double worst = INFINITY;
    *near = 0;
    size_t doubles = splitting_doubles(it->S), groups = it->groups;
    double *memory = bni_new_raw(it->ctx, doubles, sizeof *memory);
    int32_t *kept = bni_new_raw(it->ctx, it->S, sizeof *kept);
    int32_t status = memory == NULL || kept == NULL
                         ? BINNET_E_NOMEM
                         : bni_splitting_fill(it->ctx, &it->splitting, it->chain, bni_balance_out(it->balance),
                                              it->rests, memory, doubles);
    it->held = 1;
    if (status == BINNET_OK && it->splitting.count > 0)
        status = converge_outer(it, kept, &worst);
    it->held = 0;
    bni_delete(&it->ctx->mem, memory);
    if (it->groups < groups) { /* joined ones part again */
        memcpy(it->group, kept, it->S * sizeof *kept);
        it->groups = groups;
    }
    bni_delete(&it->ctx->mem, kept);
    forget(it);
    *near = status == BINNET_OK && worst < near_enough;
    if (status == BINNET_E_UNDERFLOW) /* the usual way may not meet it */
        status = BINNET_OK;
    for (size_t s = 0; status == BINNET_OK && !*near && s < it->S; s++)
        it->x[s] = 1 / (double)it->S;
    if (!*near)
        it->coarse_change = INFINITY;
    return status;
}

/* Down to the tolerance: steps, and the basins' weights between them until these no longer change; y is the image of x. */
static int32_t converge(iteration *it)
{
    binnet_ctx *ctx = it->ctx;
    int alone = it->depth > 0 && !it->weak; /* whether accelerated passes may get there by themselves */
    size_t cycle = CYCLE_LEAST;
    int small = 0, slow_groups = 0;
    /* of parallel stages the flows between basins cost a step for each: as many passes between */
    if (it->chain->update != BINNET_UPDATE_ASYNCHRONOUS && it->depth > 0)
        cycle = it->groups < CYCLE_LEAST ? CYCLE_LEAST : it->groups > CYCLE_MOST ? CYCLE_MOST : it->groups;
    /* a few plain steps give the flows between basins something to go by */
    BNI_TRY(plain_steps(it, 3));
    for (size_t round = 0;; round++) {
        double before = it->coarse_change;
        if (it->before != NULL && ((it->stalled && cycle >= CYCLE_MOST) || slow_groups))
            follow_change(it, it->before, 1e-9);
        if (it->aggregated)
            return aggregated_passes(it, BY_WEIGHT, ctx->tolerance, settled_weights);
        if (it->before != NULL)
            memcpy(it->before, it->x, it->S * sizeof *it->x);
        /* where each group is a pass that of many waits for a law that shows which may be joined */
        if (it->groups >= 2 && !(round == 0 && it->flow_passes == 0 && !it->weak && it->groups > CYCLE_LEAST))
            BNI_TRY(rebalance(it));
        slow_groups = it->coarse_change > fmax(0.1 * before, it->relative) && it->coarse_change > settled_weights;
        int settled = it->coarse_change <= settled_weights;
        BNI_TRY(steps(it, cycle, BY_WEIGHT, ctx->tolerance, 0));
        if (it->residual <= ctx->tolerance && (settled || ++small >= PATIENCE))
            return BINNET_OK; /* what is left is a matter of small probabilities */
        accept(it);
        /* weights that are all but right, or that gain little each time, are not worth the differences */
        if (cycle < (alone ? CYCLE_LONGEST : CYCLE_MOST) &&
            (it->coarse_change < 1e-3 || (alone && it->coarse_change > 0.1 * before)))
            cycle *= 2;
    }
}

/* A few plain passes and the basins' weights in turn, as long as that gains a factor of two a round. */
static int32_t plain_rounds(iteration *it, double goal)
{
    enum { PASSES = 4 };
    for (double before = INFINITY;;) {
        BNI_TRY(plain_steps(it, PASSES));
        BNI_TRY(rebalance(it));
        double worst = fmax(it->relative, it->coarse_change);
        report_change(it, worst);
        if ((it->relative <= goal && it->coarse_change <= coarse_goal) || worst > 0.5 * before)
            return BINNET_OK;
        before = worst;
    }
}

/* Small probabilities get their digits: the same with the relative change as the norm, until that and the change of the
 * basins' weights are down to rounding or no longer fall. The best law is kept. y is the image of x. */
static int32_t refine_groups(iteration *it)
{
    double goal = 4e-16 * (double)(bni_chain_bits(it->chain) + 4), best = INFINITY;
    size_t cycle = CYCLE_MOST / 2;
    int have_image = 1;
    it->ceiling = 0;
    if (it->groups >= 2 && it->weak && !it->near) {
        accept(it);
        BNI_TRY(plain_rounds(it, goal));
        have_image = 0;
    }
    if (it->before != NULL)
        memcpy(it->before, it->x, it->S * sizeof *it->x);
    for (int stale = 0, slow_groups = 0; stale < PATIENCE; stale++) {
        int32_t status;
        if (it->aggregated) {
            status = aggregated_passes(it, BY_RELATIVE_CHANGE, goal, coarse_goal);
        } else {
            status = steps(it, cycle, BY_RELATIVE_CHANGE, goal, have_image);
            if (status == BINNET_OK) {
                double before = it->coarse_change;
                accept(it);
                if (it->before != NULL && !it->aggregated && (it->stalled || slow_groups))
                    follow_change(it, it->before, 1e-13);
                if (it->before != NULL)
                    memcpy(it->before, it->x, it->S * sizeof *it->x);
                if (it->groups >= 2)
                    status = rebalance(it);
                slow_groups = it->coarse_change > 0.1 * before && it->coarse_change > coarse_goal;
            }
        }
        have_image = 0;
        if (it->spent && best <= certified)
            break; /* good enough */
        BNI_TRY(status);
        forget(it);
        double worst = fmax(it->relative, it->coarse_change);
        if (worst < best && it->residual <= it->ctx->tolerance) {
            stale = worst < 0.75 * best ? -1 : stale;
            best = worst;
            it->ceiling = worst;
            memcpy(it->best, it->x, it->S * sizeof *it->x);
        }
        if (it->relative <= goal && it->coarse_change <= coarse_goal)
            break;
        if (best > certified && stale == PATIENCE - 1 && cycle < CYCLE_MOST * 4) {
            cycle *= 2;
            stale = 0;
        }
    }
    if (it->doubtful > (it->strict ? 1e-288 : 1e-30))
        return bni_fail(it->ctx, BINNET_E_UNDERFLOW,
                        "probabilities that underflow may decide the weight of a basin, up to %.3g", it->doubtful);
    if (!(best <= certified))
        return bni_fail(it->ctx, BINNET_E_NOCONV,
                        "after %llu passes the probabilities change by %.3g, the basins' weights by %.3g (wanted %.3g)",
                        (unsigned long long)it->steps, it->relative, it->coarse_change, certified);
    memcpy(it->x, it->best, it->S * sizeof *it->x);
    return BINNET_OK;
}

/* x becomes the guess when that balances itself within a factor, state by state. Other guesses are no better than a uniform
 * law, and where they are 0 much worse. */
static int32_t try_guess(iteration *it, const double *guess)
{
    const double factor = 16, least = 1e-300;
    double total = 0, most = 0, smallest = INFINITY, *usual = it->best;
    memcpy(usual, it->x, it->S * sizeof *usual);
    for (size_t s = 0; s < it->S; s++) {
        it->x[s] = it->x[s] > 0 ? fmax(guess[s], least) : 0;
        total += it->x[s];
    }
    for (size_t s = 0; s < it->S; s++)
        it->x[s] /= total;
    it->guessed = 1; /* whatever goes wrong with it is not the end */
    BNI_TRY(advance_pass(it));
    for (size_t s = 0; s < it->S; s++)
        if (it->x[s] > trusted || it->y[s] > trusted) {
            most = fmax(most, it->y[s] / it->x[s]);
            smallest = fmin(smallest, it->y[s] / it->x[s]);
        }
    it->guessed = most <= factor && smallest >= 1 / factor;
    if (!it->guessed) {
        memcpy(it->x, usual, it->S * sizeof *usual);
        it->first_residual = 0;
    }
    return BINNET_OK;
}

/* Whether inner and outer iterations are worth a try: some states are left rarely, very rarely where passes are cheap (of few
 * neurons, or by elimination), and every deep attractor has a group of its own. */
static int may_split(const iteration *it, int weak, double merged)
{
    const double costly = 0x1p15; /* operations of a pass for each state: a dense product of 14 neurons */
    if (it->plan != BNI_PLAN_SPLIT || !bni_iterate_splits(it->chain) || it->groups < 2 || merged < BNI_DEEP_RATE ||
        !(weak || bni_step_flops(it->chain, 1, INFINITY) >= costly * (double)it->S))
        return 0;
    for (size_t s = 0; s < it->S; s++)
        if (it->rests[s] == BNI_DEEP_REST)
            return 1;
    return 0;
}

/* Synchronous: nearly all weight is where basins rest. A set of states that none of them is in, and that is entered rarely,
 * then begins with nothing and grows, which a relative change shows; from a uniform law it might have any weight, and a change
 * of that too small to see. */
static int32_t start_at_rests(iteration *it)
{
    const double little = 1e-30;
    double total = 0;
    if (it->chain->update != BINNET_UPDATE_SYNCHRONOUS || !it->chain->unbounded)
        return BINNET_OK;
    for (size_t s = 0; s < it->S; s++)
        total += it->x[s] = it->rests[s] ? 1 : little;
    for (size_t s = 0; s < it->S; s++)
        it->x[s] /= total;
    return BINNET_OK;
}

/* Where to start from, and how far that is from the law. */
static int32_t start_iteration(iteration *it, const double *guess, double merged)
{
    int weak = it->chain->unbounded && it->groups >= 2 && it->slowest < rare;
    if (it->flow_passes == 0 && it->groups > 2 && it->chain->lumped == NULL)
        BNI_TRY(join_by_rests(it));
    if (guess != NULL)
        BNI_TRY(try_guess(it, guess));
    if (it->guessed) {
        it->weak = weak;
        return BINNET_OK;
    }
    if (may_split(it, weak, merged)) {
        BNI_TRY(split_and_iterate(it, &it->near));
        it->weak = it->near || weak;
        if (it->near)
            return advance_pass(it);
    }
    return weak ? start_from_below(it) : start_at_rests(it);
}

/* A guess that is right to some digits only needs the others; y is its image. */
static int32_t approach(iteration *it)
{
    if (!(it->guessed || it->near) || it->relative > near_enough)
        BNI_TRY(converge(it));
    return refine_groups(it);
}

static int32_t iterate(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, int strict,
                       const double *guess, int *guessed, bni_team *team)
{
    iteration it = {
        .strict = strict, .ctx = ctx, .chain = chain, .S = bni_chain_states(chain), .x = x, .plan = how->plan};
    size_t S = it.S;
    double merged = 1;
    it.team = bni_chain_bits(chain) < BNI_THREADED ? NULL : team;
    it.slice = S / SLICES_MOST > SLICE_LEAST ? S / SLICES_MOST : S < SLICE_LEAST ? S : SLICE_LEAST;
    it.slices = S / it.slice;
    it.depth = depth_for(chain, it.plan);
    it.flow_passes = cheap_flows(chain);
    it.steps = how->steps;
    it.most = how->most;
    it.whole = bni_progress_push(ctx);
    report_part(&it, 0);
    it.group = bni_new_raw(ctx, S, sizeof *it.group);
    it.rests = bni_new_raw(ctx, S, 1);
    int32_t status = it.group == NULL || it.rests == NULL
                         ? BINNET_E_NOMEM
                         : bni_basins(ctx, it.group, &it.groups, it.rests, &merged, &it.slowest, chain);
    if (status == BINNET_OK)
        status = bni_step_new_any(ctx, &it.step, chain, team, INFINITY);
    if (status == BINNET_OK)
        status = bni_balance_new(ctx, &it.balance, chain, it.step);
    if (status == BINNET_OK && !bni_balance_sure(it.balance, x))
        status = bni_fail(ctx, BINNET_E_UNDERFLOW, "a state is left with a probability below %.3g", trusted);
    if (status == BINNET_OK) {
        it.memory = bni_new_raw(ctx, vectors_for(chain, it.plan) * S, sizeof(double));
        size_t room = S < BNI_GROUPS ? S : BNI_GROUPS;
        it.flow = bni_new_raw(ctx, 2 * room * room, sizeof(double));
        it.weight = bni_new_raw(ctx, 2 * room, sizeof(double));
        it.order = bni_new_raw(ctx, room, sizeof *it.order);
        it.ordered = it.flow == NULL ? NULL : it.flow + room * room;
        it.coarse = it.weight == NULL ? NULL : it.weight + room;
        it.partials = bni_new(ctx, it.slices, sizeof *it.partials);
        if (it.memory == NULL || it.flow == NULL || it.weight == NULL || it.order == NULL || it.partials == NULL)
            status = BINNET_E_NOMEM;
    }
    if (status == BINNET_OK) {
        it.y = it.memory;
        it.best = it.memory + S;
        if (it.depth > 0) {
            it.kept_y = it.memory + 2 * S;
            it.last_f = it.memory + 3 * S;
            it.earlier = it.memory + 4 * S;
            it.before = it.memory + 5 * S;
        }
        for (size_t k = 0; k < it.depth; k++) {
            it.dx[k] = it.memory + (6 + 2 * k) * S;
            it.df[k] = it.memory + (7 + 2 * k) * S;
        }
        it.coarse_change = it.groups >= 2 ? INFINITY : 0;
        forget(&it);
        status = start_iteration(&it, guess, merged);
    }
    if (status == BINNET_OK)
        status = approach(&it);
    if (status == BINNET_OK)
        status = bni_balance_figures(ctx, it.balance, how, it.y, x);
    if (status == BINNET_OK && !(how->residual <= ctx->tolerance))
        status = bni_fail(ctx, BINNET_E_NOCONV, "after %llu passes the residual is %.3g (tolerance %.3g)",
                          (unsigned long long)it.steps, how->residual, ctx->tolerance);
    if (status == BINNET_OK && !(how->residual_relative <= 10 * certified))
        status = bni_fail(ctx, BINNET_E_NOCONV, "the probabilities are out of balance by %.3g (wanted %.3g)",
                          how->residual_relative, 10 * certified);
    /* changes within a group are seen times its exchange, some tens of passes; in merged groups times what that takes */
    how->balance = (fmax(it.aggregated ? 64 : 32, 4 * it.hidden) * fmax(it.ceiling, how->residual_relative) + 0x1p-45) /
                   merged;
    if (status == BINNET_OK && how->balance > 1e-8)
        status =
            merged < 1
                ? bni_fail(ctx, BINNET_E_NOCONV,
                           "more than %d basins; the weights of those not solved for are known to %.3g only",
                           BNI_GROUPS, how->balance)
                : bni_fail(ctx, BINNET_E_NOCONV,
                           "after %llu passes sets of states that exchange rarely are not told apart: their weights "
                           "are known to %.3g only",
                           (unsigned long long)it.steps, how->balance);
    how->steps = it.steps;
    *guessed = it.guessed;
    bni_progress_pop(ctx, it.whole);
    free_all(&it);
    return status;
}

int32_t bni_iterate(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, int strict,
                    const double *guess, bni_team *team)
{
    size_t S = bni_chain_states(chain);
    int guessed = 0;
    if (guess == NULL)
        return iterate(ctx, x, how, chain, strict, NULL, &guessed, team);
    double *usual = bni_new_raw(ctx, S, sizeof *usual);
    if (usual == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_copy_bytes(ctx, usual, x, S, sizeof *usual);
    if (status == BINNET_OK)
        status = iterate(ctx, x, how, chain, strict, guess, &guessed, team);
    if (guessed && (status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW)) {
        memcpy(x, usual, S * sizeof *usual);
        status = iterate(ctx, x, how, chain, strict, NULL, &guessed, team);
    }
    bni_delete(&ctx->mem, usual);
    return status;
}
