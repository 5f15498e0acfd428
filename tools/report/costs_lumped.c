/* How long the law of homogeneous populations will take: the same network with fewer neurons in each is solved, and the time scaled. */
#include "report/costs_part.h"

#include <math.h>
#include <stdlib.h>

/* States of the smaller chain: some 50 ms. */
enum { PART_WALK = 10000, PART_STEPS = 2500, PART_MATRIX = 400 };
enum { ITERATED_ABOVE = 512 }; /* states: as the library has it */

/* An elimination on the grid takes a time for each state, that of so many operations, and operations are the quicker the larger its
 * matrices are: as large as the grid without its longest side, or some times that. */
static double walk_time(const binnet_chain *chain, double flops)
{
    const double state = 110000, small = 4000;
    double states = (double)binnet_chain_states(chain), longest = 1;
    for (size_t a = 0; a < binnet_chain_populations(chain); a++)
        longest = fmax(longest, (double)binnet_chain_population_size(chain, a) + 1);
    return state * states + flops * (1 + small * longest / states);
}

/* Sizes with about so many states at most. */
static void choose_sizes(int64_t *size, const network *net, double most)
{
    double by = 1, states = INFINITY;
    for (; states > most && by > 1e-6; by *= 0.97) {
        states = 1;
        for (size_t a = 0; a < net->n_sizes; a++) {
            size[a] = (int64_t)fmax(1, floor(by * (double)net->size[a] + 1e-9));
            states *= (double)size[a] + 1;
        }
    }
}

/* Each neuron gets what it did when as large a part of each population is active. */
static int32_t part_make(cost_part *p, const model *m, const int64_t *size, double *J, double *scale, int64_t threads)
{
    const network *net = &m->net;
    size_t P = net->n_sizes, k = 0;
    for (size_t a = 0; a < P; a++)
        for (size_t b = 0; b < P; b++)
            J[a * P + b] = net->J[a * P + b] * (double)net->size[b] / (double)size[b];
    for (size_t a = 0, first = 0; a < P; first += (size_t)net->size[a++])
        for (int64_t i = 0; i < size[a]; i++)
            scale[k++] = model_scale(m, first);
    int32_t status = binnet_ctx_new(&p->ctx);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(p->ctx, BINNET_P_THREADS, threads);
    if (status == BINNET_OK)
        status = binnet_net_new_homogeneous(p->ctx, &p->net, P, size, J, net->normalisation, net->threshold,
                                            net->stimulus, net->self_connections);
    if (status == BINNET_OK)
        status = binnet_noise_new(p->ctx, &p->noise, m->choice->kind, k, scale, m->dof);
    if (status == BINNET_OK)
        status = binnet_chain_new_lumped(p->ctx, &p->chain, p->net, p->noise, m->update);
    return status;
}

/* How much more work the whole is than the part. */
static double work_ratio(const model *m, const cost_part *p, int walk, int matrix)
{
    const double most = 2e10; /* operations of a step that is tried */
    double whole = 1, some = 1, slow, quick;
    binnet_chain_stationary_estimate(m->ctx, NULL, NULL, &whole, m->chain);
    binnet_chain_stationary_estimate(p->ctx, NULL, NULL, &some, p->chain);
    if (walk)
        return walk_time(m->chain, whole) / walk_time(p->chain, some);
    if (!matrix && cost_step(&slow, m->ctx, m->chain, most) == BINNET_OK && slow > 0 &&
        cost_step(&quick, p->ctx, p->chain, most) == BINNET_OK && quick > 0)
        return slow / quick;
    return whole / some;
}

static int solve_part(cost *out, const model *m, const cost_part *p, size_t neurons, int64_t method, int walk,
                      int matrix, failure *why)
{
    double best = INFINITY, steps = 0;
    int alike = walk || binnet_chain_states(p->chain) > ITERATED_ABOVE;
    int64_t way = matrix ? BINNET_METHOD_GTH : alike ? method : BINNET_METHOD_ITERATION;
    int32_t status = binnet_ctx_set_i64(p->ctx, BINNET_P_METHOD, way);
    /* passes: the first one may wait for memory or a processor; an elimination takes fresh memory throughout */
    for (int run = 0; run < (walk ? 1 : 2) && status == BINNET_OK; run++) {
        binnet_law *law = NULL;
        stopwatch w;
        stopwatch_start(&w);
        status = binnet_chain_stationary(p->ctx, &law, p->chain);
        best = fmin(best, stopwatch_seconds(&w));
        steps = (double)binnet_law_iterations(law);
        binnet_law_free(law);
    }
    if (status == BINNET_E_INTERRUPTED || status == BINNET_E_NOMEM)
        return library_failure(why, p->ctx, status);
    double ratio = work_ratio(m, p, walk, matrix);
    *out = cost_scaled(neurons, best, steps, ratio);
    if (status != BINNET_OK) /* no law, and then nothing is known */
        *out = (cost){.from = 0, .to = INFINITY, .part = neurons, .part_seconds = best};
    return EXIT_DONE;
}

int cost_populations(cost *out, const model *m, failure *why)
{
    int64_t method, threads;
    size_t P = m->net.n_sizes;
    binnet_ctx_get_i64(m->ctx, BINNET_P_METHOD, &method);
    binnet_ctx_get_i64(m->ctx, BINNET_P_THREADS, &threads);
    int walk = m->update == BINNET_UPDATE_ASYNCHRONOUS;
    int matrix = !walk && (method == BINNET_METHOD_GTH ||
                           (method == BINNET_METHOD_AUTO && binnet_chain_states(m->chain) <= ITERATED_ABOVE));
    int64_t *size = calloc(P + 1, sizeof *size);
    double *J = calloc(P * P + 1, sizeof *J), *scale = calloc(m->net.n + 1, sizeof *scale);
    int code = size != NULL && J != NULL && scale != NULL ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
    cost_part p = {0};
    size_t neurons = 0;
    if (code == EXIT_DONE) {
        choose_sizes(size, &m->net, walk ? PART_WALK : matrix ? PART_MATRIX : PART_STEPS);
        for (size_t a = 0; a < P; a++)
            neurons += (size_t)size[a];
        int32_t status = part_make(&p, m, size, J, scale, threads);
        if (status != BINNET_OK)
            code = p.ctx == NULL ? fail(why, EXIT_BUDGET, "out of memory") : library_failure(why, p.ctx, status);
    }
    if (code == EXIT_DONE)
        code = solve_part(out, m, &p, neurons, method, walk, matrix, why);
    cost_part_free(&p);
    free(size);
    free(J);
    free(scale);
    return code;
}
