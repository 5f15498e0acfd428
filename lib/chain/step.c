/*
 * One step of a law, y = x P, whatever the update rule; and the flows between groups of states.
 * Source: THEORY 3.
 */
#include "chain/elimination.h"
#include "num/double_double.h"
#include "num/vectors.h"

#include <float.h>
#include <math.h>
#include <string.h>

struct bni_step {
    bni_allocator mem;
    const binnet_chain *chain;
    bni_team *team;
    bni_product *product;    /* when a stage has more than one neuron, and was not eliminated yet */
    bni_small *small;        /* of small synchronous chains */
    bni_lumped_step *lumped; /* of occupation numbers; alone */
    double *tiles;           /* when one has a single neuron */

    /* stages whose plan of elimination beats the dense product, and where they work; NULL: none */
    bni_elimination **elimination;
    double *seconds; /* [n_stages]: that they take on one thread */
    double *arena;
    double room; /* that it was given */
};

static int single_neurons(const binnet_chain *chain)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS ||
           (chain->update != BINNET_UPDATE_SYNCHRONOUS && chain->n_stages == chain->n);
}

static size_t tiles_doubles(const binnet_chain *chain, int workers)
{
    return chain->update == BINNET_UPDATE_SYNCHRONOUS ? 0 : bni_gates_doubles(chain) * (size_t)workers + 8;
}

/* Of steps by tables, or with nodes: a view, and two vectors. */
static double correlated_bytes(const binnet_chain *chain)
{
    double most = 0;
    for (size_t s = 0; s < chain->n_stages; s++)
        if (bni_stage_tabled(chain, s))
            most = fmax(most, ldexp(16, (int)bni_stage_size(chain, s)));
        else if (bni_stage_correlated(chain, s))
            most = fmax(most,
                        ldexp(16, (int)chain->n) + ldexp(8 * (double)chain->n, chain->upper) + 4096 + sizeof(bni_step));
    return most;
}

/* Without elimination. */
static double dense_bytes(const binnet_chain *chain, int workers)
{
    return sizeof(bni_step) + correlated_bytes(chain) +
           (chain->factor != NULL ? (double)chain->n_stages * sizeof(bni_elimination_plan) : 0) +
           (single_neurons(chain) ? 0 : bni_product_bytes(chain, workers)) + bni_small_bytes(chain, workers) +
           bni_team_bytes(workers) + 8.0 * (double)tiles_doubles(chain, workers);
}

/* More is not spent on elimination, however much there is. */
static double elimination_most(size_t n, int workers)
{
    double vectors = 128 * ldexp(1, (int)n);
    return vectors + fmin(vectors, workers * 0x1p20);
}

static double lists_bytes(const binnet_chain *chain)
{
    return 16 * (double)chain->n_stages + 64;
}

/* Whether a stage is eliminated, given so many bytes; the plan, and its seconds on one thread. Whether does not depend on the
 * number of workers, so that bits do not; some are left out when there is no room for them. */
static int eliminates(bni_elimination_plan *plan, double *alone, const binnet_chain *chain, size_t stage, int workers,
                      double bytes)
{
    if (!bni_elimination_plan_make(plan, chain, stage, 1, fmin(bytes, elimination_most(chain->n, 1))) ||
        plan->seconds >= bni_product_seconds(chain, stage, ldexp(1, (int)chain->n)))
        return 0;
    *alone = plan->seconds;
    for (int some = workers; some > 1 && chain->n >= BNI_THREADED; some /= 2) {
        bni_elimination_plan together;
        if (bni_elimination_plan_make(&together, chain, stage, some,
                                      fmin(bytes, elimination_most(chain->n, workers)))) {
            *plan = together;
            break;
        }
    }
    return 1;
}

/* For the eliminations, without their lists and the room to align the arena. */
static double room_left(const binnet_chain *chain, int workers, double room)
{
    return room - dense_bytes(chain, workers) - lists_bytes(chain);
}

/* Bytes of the eliminations that `room` bytes have room for, 0 when none, and of their arena alone. plans: [n_stages] or NULL;
 * those of stages that are not eliminated get count 0. */
static double elimination_bytes(double *arena, bni_elimination_plan *plans, const binnet_chain *chain, int workers,
                                double room)
{
    double own = 0, alone, left = room_left(chain, workers, room);
    *arena = 0;
    for (size_t s = 0; chain->factor != NULL && s < chain->n_stages; s++) {
        bni_elimination_plan plan;
        int some = eliminates(&plan, &alone, chain, s, workers, left);
        if (plans != NULL && some) {
            plans[s] = plan;
            plans[s].seconds = alone;
        }
        if (!some)
            continue;
        own += bni_elimination_bytes(&plan);
        *arena = fmax(*arena, 8 * (double)plan.arena_doubles);
    }
    return *arena > 0 && own + *arena <= left ? own + *arena + lists_bytes(chain) : 0;
}

double bni_step_bytes(const binnet_chain *chain, int workers, double room)
{
    double arena;
    if (chain->lumped != NULL)
        return (double)sizeof(bni_step) + bni_lumped_step_bytes(chain, workers, room);
    return dense_bytes(chain, workers) + elimination_bytes(&arena, NULL, chain, workers, room);
}

double bni_step_most(const binnet_chain *chain, int workers)
{
    if (chain->lumped != NULL)
        return bni_step_bytes(chain, workers, INFINITY);
    double smaller = chain->factor != NULL ? 2 * elimination_most(chain->n - 1, workers) : 0;
    return fmax(bni_step_bytes(chain, workers, INFINITY), dense_bytes(chain, workers) + smaller);
}

static int32_t fill_eliminations(binnet_ctx *ctx, bni_step *step, bni_elimination_plan *plans, double room)
{
    const binnet_chain *chain = step->chain;
    double arena;
    if (elimination_bytes(&arena, plans, chain, bni_team_size(step->team), room) <= 0)
        return BINNET_OK;
    step->elimination = bni_new(ctx, chain->n_stages, sizeof(bni_elimination *));
    step->seconds = bni_new(ctx, chain->n_stages, sizeof *step->seconds);
    step->arena = bni_new_raw(ctx, (size_t)(arena / 8) + 8, sizeof *step->arena);
    if (step->elimination == NULL || step->seconds == NULL || step->arena == NULL)
        return BINNET_E_NOMEM;
    for (size_t s = 0; s < chain->n_stages; s++)
        if (plans[s].count > 0) {
            step->seconds[s] = plans[s].seconds;
            BNI_TRY(bni_elimination_new(ctx, &step->elimination[s], &plans[s]));
        }
    return BINNET_OK;
}

static int32_t make_eliminations(binnet_ctx *ctx, bni_step *step, double room)
{
    if (step->chain->factor == NULL || step->chain->correlated != NULL) /* nodes have steps of their own */
        return BINNET_OK;
    bni_elimination_plan *plans = bni_new(ctx, step->chain->n_stages, sizeof *plans);
    int32_t status = plans == NULL ? BINNET_E_NOMEM : fill_eliminations(ctx, step, plans, room);
    bni_delete(&ctx->mem, plans);
    return status;
}

int32_t bni_step_new(binnet_ctx *ctx, bni_step **out, const binnet_chain *chain, bni_team *team, double room)
{
    *out = NULL;
    BNI_TRY(bni_need_chain(ctx, chain));
    return bni_step_new_any(ctx, out, chain, team, room);
}

int32_t bni_step_new_any(binnet_ctx *ctx, bni_step **out, const binnet_chain *chain, bni_team *team, double room)
{
    *out = NULL;
    bni_step *step = bni_new(ctx, 1, sizeof *step);
    if (step == NULL)
        return BINNET_E_NOMEM;
    step->mem = ctx->mem;
    step->chain = chain;
    step->team = team;
    step->room = room;
    int32_t status = BINNET_OK;
    size_t tiles = chain->lumped != NULL ? 0 : tiles_doubles(chain, bni_team_size(team));
    if (chain->lumped != NULL)
        status = bni_lumped_step_new(ctx, &step->lumped, chain, team, room);
    if (tiles > 0 && (step->tiles = bni_new_raw(ctx, tiles, sizeof(double))) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = make_eliminations(ctx, step, room);
    if (status != BINNET_OK) {
        bni_step_free(step);
        return status;
    }
    *out = step;
    return BINNET_OK;
}

void bni_step_free(bni_step *step)
{
    if (step == NULL)
        return;
    bni_allocator mem = step->mem;
    bni_product_free(step->product);
    bni_small_free(step->small);
    bni_lumped_step_free(step->lumped);
    for (size_t s = 0; step->elimination != NULL && s < step->chain->n_stages; s++)
        bni_elimination_free(step->elimination[s]);
    bni_delete(&mem, step->elimination);
    bni_delete(&mem, step->seconds);
    bni_delete(&mem, step->arena);
    bni_delete(&mem, step->tiles);
    bni_delete(&mem, step);
}

/* The dense product leaves states without weight out: with few of the others it is the quicker one all the same. */
static int32_t count_weighted(binnet_ctx *ctx, double *count, const double *x, size_t len)
{
    enum { BETWEEN_POLLS = 1 << 18 };
    size_t weighted = 0;
    for (size_t from = 0; from < len; from += BETWEEN_POLLS) {
        size_t to = len - from < BETWEEN_POLLS ? len : from + BETWEEN_POLLS;
        for (size_t s = from; s < to; s++)
            weighted += x[s] != 0;
        BNI_TRY(bni_poll(ctx, 0));
    }
    *count = (double)weighted;
    return BINNET_OK;
}

static int32_t apply_nodes(binnet_ctx *ctx, bni_step *step, double *y, const double *x, size_t s);

/* One stage of several neurons; y may be x, when these are not all. */
static int32_t apply_stage(binnet_ctx *ctx, bni_step *step, double *y, const double *x, size_t s)
{
    const binnet_chain *c = step->chain;
    size_t count = bni_stage_size(c, s);
    if (bni_stage_correlated(c, s))
        return bni_stage_tabled(c, s) ? bni_stage_apply(ctx, y, x, c, s) : apply_nodes(ctx, step, y, x, s);
    if (step->elimination != NULL && step->elimination[s] != NULL) {
        double weighted;
        BNI_TRY(count_weighted(ctx, &weighted, x, (size_t)1 << c->n));
        if (step->seconds[s] < bni_product_seconds(c, s, weighted))
            return bni_elimination_apply(ctx, step->elimination[s], step->team, bni_align(step->arena), y, x);
    }
    if (step->product == NULL) { /* these are large: only when they are needed */
        BNI_TRY(bni_product_new(ctx, &step->product, c, step->team));
        BNI_TRY(bni_small_new(ctx, &step->small, c, step->team));
    }
    if (count == c->n && bni_small_suits(step->small, x))
        return bni_small_apply(ctx, step->small, y, x);
    return bni_product_apply(ctx, step->product, y, x, c->stage_neuron + c->stage_first[s], count);
}

/* A sum of steps with independent noise, one for each node; y may be x. */
static int32_t add_nodes(binnet_ctx *ctx, bni_step *step, bni_node_view *view, double *y, const double *x,
                         double *image, size_t s)
{
    size_t S = (size_t)1 << step->chain->n, nodes = bni_stage_nodes(step->chain, s);
    bni_progress whole = bni_progress_push(ctx);
    for (size_t k = 0; k < nodes; k++) {
        bni_step *one;
        double weight = bni_node_view_set(view, step->chain, s, k);
        bni_progress_part(ctx, whole, (double)k, (double)nodes);
        BNI_TRY(bni_step_new(ctx, &one, &view->chain, step->team, step->room));
        int32_t status = apply_stage(ctx, one, image, x, s);
        bni_step_free(one);
        BNI_TRY(status);
        for (size_t t = 0; t < S; t++)
            y[t] += weight * image[t];
        BNI_TRY(bni_poll(ctx, 1));
    }
    bni_progress_pop(ctx, whole);
    return BINNET_OK;
}

static int32_t apply_nodes(binnet_ctx *ctx, bni_step *step, double *y, const double *x, size_t s)
{
    size_t S = (size_t)1 << step->chain->n;
    bni_node_view view;
    BNI_TRY(bni_node_view_open(ctx, &view, step->chain, s));
    double *image = bni_new_raw(ctx, 2 * S, sizeof *image);
    int32_t status = image == NULL ? BINNET_E_NOMEM : bni_copy_bytes(ctx, image + S, x, S, sizeof *x);
    if (status == BINNET_OK)
        status = bni_clear(ctx, y, S, sizeof *y);
    if (status == BINNET_OK)
        status = add_nodes(ctx, step, &view, y, image + S, image, s);
    bni_delete(&ctx->mem, image);
    bni_node_view_close(ctx, &view);
    return status;
}

/* Stage after stage, in place; runs of single neurons together. Progress within the present span. */
static int32_t apply_stages(binnet_ctx *ctx, bni_step *step, double *y)
{
    const binnet_chain *c = step->chain;
    bni_progress whole = bni_progress_push(ctx);
    int32_t status = BINNET_OK;
    for (size_t s = 0, last; s < c->n_stages && status == BINNET_OK; s = last) {
        const int32_t *neuron = c->stage_neuron + c->stage_first[s];
        size_t count = bni_stage_size(c, s);
        last = s + 1;
        while (count == 1 && last < c->n_stages && c->stage_first[last + 1] - c->stage_first[last] == 1)
            last++;
        bni_progress_parts(ctx, whole, (double)s, (double)(last - s), (double)c->n_stages);
        if (count == 1)
            status = bni_gates_set(ctx, c, step->team, bni_align(step->tiles), y, neuron, last - s);
        else
            status = apply_stage(ctx, step, y, y, s);
    }
    bni_progress_pop(ctx, whole);
    return status;
}

int32_t bni_step_apply(binnet_ctx *ctx, bni_step *step, double *y, const double *x)
{
    const binnet_chain *c = step->chain;
    if (step->lumped != NULL)
        return bni_lumped_step_apply(ctx, step->lumped, y, x);
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        return bni_gates_add(ctx, c, step->team, bni_align(step->tiles), y, x);
    if (c->n_stages == 1 && !single_neurons(c)) /* all neurons at once */
        return apply_stage(ctx, step, y, x, 0);
    memcpy(y, x, sizeof *y << c->n);
    return apply_stages(ctx, step, y);
}

int32_t bni_step_off_diagonal(binnet_ctx *ctx, bni_step *step, double *y, const double *x)
{
    return bni_gates_off_diagonal(ctx, step->chain, step->team, bni_align(step->tiles), y, x);
}

int32_t bni_step_flows(binnet_ctx *ctx, bni_step *step, double *flow, const double *weight, size_t k,
                       const int32_t *group, const double *x, double *part, double *image)
{
    const binnet_chain *c = step->chain;
    size_t S = bni_chain_states(c);
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS && c->lumped == NULL)
        return bni_gates_flows(ctx, c, flow, weight, k, group, x);
    /* One group at a time: a synchronous step costs as much as it has states of positive weight. */
    memset(flow, 0, 2 * k * k * sizeof *flow);
    bni_progress whole = bni_progress_push(ctx);
    int32_t status = BINNET_OK;
    for (size_t a = 0; a < k && status == BINNET_OK; a++) {
        if (!(weight[a] > 0))
            continue;
        for (size_t s = 0; s < S; s++)
            part[s] = group[s] == (int32_t)a ? x[s] / weight[a] : 0;
        bni_progress_part(ctx, whole, (double)a, (double)k);
        status = bni_step_apply(ctx, step, image, part);
        for (size_t s = 0; s < S && status == BINNET_OK; s++)
            bni_pair_add(flow + 2 * (a * k + (size_t)group[s]), image[s]);
    }
    bni_close_pairs(flow, k * k);
    for (size_t a = 0; a < k; a++)
        flow[a * k + a] = 0;
    bni_progress_pop(ctx, whole);
    return status;
}

/* What the memory limit leaves beside so many bytes. */
double bni_step_room(const binnet_ctx *ctx, double bytes)
{
    return ctx->memory_limit > 0 ? (double)ctx->memory_limit - bytes : INFINITY;
}

static int workers_for(const binnet_ctx *ctx, const binnet_chain *chain)
{
    return bni_chain_bits(chain) < BNI_THREADED ? 1 : (int)ctx->threads;
}

/* Block by block without a branch, then which one it was. */
static int32_t check_weights(binnet_ctx *ctx, const double *x, size_t len)
{
    for (size_t from = 0, to; from < len; from = to) {
        to = len - from < 4096 ? len : from + 4096;
        int64_t bad = 0;
        for (size_t s = from; s < to; s++)
            bad |= !(x[s] >= 0) | !(x[s] <= DBL_MAX);
        for (size_t s = from; bad && s < to; s++)
            if (!(x[s] >= 0 && x[s] <= DBL_MAX))
                return bni_fail(ctx, isfinite(x[s]) ? BINNET_E_RANGE : BINNET_E_NAN, "x[%zu] is %g, must be >= 0", s,
                                x[s]);
        if (from % ((size_t)1 << 20) == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Correlated stages allocate as they go: y is written when all is done. */
static double image_bytes(const binnet_chain *chain)
{
    return chain->correlated != NULL ? ldexp(8, (int)chain->n) : 0;
}

/* A step with everything made for the occasion. */
int32_t binnet_chain_apply(binnet_ctx *ctx, double *y, size_t len, const binnet_chain *chain, const double *x)
{
    BNI_TRY(bni_chain_check(ctx, chain, y, len));
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(check_weights(ctx, x, len));
    int workers = workers_for(ctx, chain);
    double image = image_bytes(chain), *z = y;
    double room = chain->lumped != NULL ? 0 : bni_step_room(ctx, image); /* nothing is kept for further steps */
    BNI_TRY(bni_need_memory(ctx, image + bni_step_bytes(chain, workers, room), "a step"));
    bni_team *team;
    bni_step *step;
    BNI_TRY(bni_team_new(ctx, &team, workers));
    int32_t status = bni_step_new_any(ctx, &step, chain, team, room);
    if (status == BINNET_OK && image > 0 && (z = bni_new_raw(ctx, len, sizeof *z)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = bni_step_apply(ctx, step, z, x);
    if (status == BINNET_OK && z != y)
        status = bni_copy_bytes(ctx, y, z, len, sizeof *y);
    if (z != y)
        bni_delete(&ctx->mem, z);
    bni_step_free(step);
    bni_team_free(team);
    return status;
}

double bni_step_flops(const binnet_chain *chain, int workers, double room)
{
    if (chain->lumped != NULL)
        return bni_lumped_step_flops(chain);
    double S = (double)((size_t)1 << chain->n), flops = 0, arena;
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS)
        return 6 * (double)chain->n * S;
    int some = elimination_bytes(&arena, NULL, chain, workers, room) > 0;
    double alone, left = room_left(chain, workers, room);
    for (size_t s = 0; s < chain->n_stages; s++) {
        int32_t size = chain->stage_first[s + 1] - chain->stage_first[s];
        double before = flops;
        bni_elimination_plan plan;
        if (size == 1 && chain->update != BINNET_UPDATE_SYNCHRONOUS)
            flops += 6 * S;
        else if (some && eliminates(&plan, &alone, chain, s, workers, left))
            flops += 2 * plan.multiply_adds;
        else
            flops += ldexp(2 * S, size);
        if (bni_stage_nodes(chain, s) > 0)
            flops = before + (double)bni_stage_nodes(chain, s) * (flops - before + 2 * S);
    }
    return flops;
}

int32_t binnet_chain_apply_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                    const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    int workers = workers_for(ctx, chain);
    double image = image_bytes(chain);
    double room = chain->lumped != NULL ? 0 : bni_step_room(ctx, image); /* nothing is kept for further steps */
    if (states != NULL)
        *states = bni_chain_states(chain);
    if (bytes != NULL)
        *bytes = (uint64_t)ceil(image + bni_step_bytes(chain, workers, room));
    if (flops != NULL)
        *flops = bni_step_flops(chain, workers, room);
    return BINNET_OK;
}
