/* How long the stationary law will take: the part of the network with the most connections is solved, and the time scaled. */
#include "report/costs_part.h"

#include "settings/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Neurons of the part: some 20 ms. Elimination grows as the cube of the number of states. */
enum { PART = 12, PART_ELIMINATION = 9, LIMIT_MS = 400, WAIT_MS = 2000 };
/* The part needs as many steps as the whole within about these factors: with noise that lets it settle in some tens, and with weaker
 * noise. */
static const double spread = 2, spread_weak = 3;
enum { SETTLED = 60 };
/* Dense synchronous steps of so many neurons or more take inner iterations, which keep their number near this. */
enum { INNER_LEAST = 14, INNER_STEPS = 40 };

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

void stopwatch_start(stopwatch *w)
{
    *w = (stopwatch){.began = work_clock(), .worked = processor_seconds()};
}

double stopwatch_seconds(const stopwatch *w)
{
    return fmin(work_clock() - w->began, processor_seconds() - w->worked);
}

/* --- the part --- */

void cost_part_free(cost_part *p)
{
    binnet_chain_free(p->chain);
    binnet_noise_free(p->noise);
    binnet_net_free(p->net);
    binnet_ctx_free(p->ctx);
}

cost cost_scaled(size_t neurons, double seconds, double steps, double ratio)
{
    double within = steps <= SETTLED ? spread : spread_weak;
    return (cost){.from = seconds / within * ratio,
                  .to = seconds * within * ratio,
                  .part = neurons,
                  .part_seconds = seconds};
}

/* The k neurons with the most connections among all, in their order. */
static void choose_neurons(size_t *chosen, size_t k, const model *m)
{
    size_t n = m->net.n, degree[BINNET_MAX_CHAIN_NEURONS] = {0}, count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && binnet_net_weight(m->object, i, j) != 0) {
                degree[i]++;
                degree[j]++;
            }
    for (size_t i = 0; i < n; i++) {
        size_t before = 0; /* neurons that are chosen before this one */
        for (size_t j = 0; j < n; j++)
            before += degree[j] > degree[i] || (degree[j] == degree[i] && j < i);
        if (before < k)
            chosen[count++] = i;
    }
}

/* Neurons with few inputs keep them all: what others send comes from neurons of the part, one after the other, in their stead.
 * Without that a part of a sparse network may have no cycle and no work in it. */
static void fold_inputs(double *weights, const model *m, const size_t *chosen, size_t k, size_t a)
{
    for (size_t j = 0, next = a; j < m->net.n; j++) {
        double w = binnet_net_weight(m->object, chosen[a], j);
        int within = 0;
        for (size_t b = 0; b < k; b++)
            within |= chosen[b] == j;
        if (w == 0 || within)
            continue;
        for (size_t tries = 0; tries < k; tries++) {
            next = (next + 1) % k;
            if (next != a && weights[next] == 0)
                break;
        }
        weights[next] += w;
    }
}

/* Most inputs of a neuron. */
static size_t most_inputs(const model *m)
{
    size_t most = 0;
    for (size_t i = 0; i < m->net.n; i++) {
        size_t count = 0;
        for (size_t j = 0; j < m->net.n; j++)
            count += binnet_net_weight(m->object, i, j) != 0;
        most = count > most ? count : most;
    }
    return most;
}

/* What the other neurons send is taken for half of what it can be, but where few send. */
static int32_t part_make(cost_part *p, const model *m, size_t k, int32_t method)
{
    size_t n = m->net.n, chosen[BINNET_MAX_CHAIN_NEURONS];
    double J[PART * PART], M[PART], theta[PART], I[PART], scale[PART];
    int64_t threads;
    int fold = most_inputs(m) < k;
    choose_neurons(chosen, k, m);
    for (size_t a = 0; a < k; a++) {
        size_t i = chosen[a];
        double all = 0, within = 0;
        M[a] = binnet_net_normalisation(m->object, i);
        theta[a] = binnet_net_threshold(m->object, i);
        scale[a] = model_scale(m, i);
        for (size_t j = 0; j < n; j++)
            all += binnet_net_weight(m->object, i, j);
        for (size_t b = 0; b < k; b++)
            within += J[a * k + b] = binnet_net_weight(m->object, i, chosen[b]);
        I[a] = binnet_net_stimulus(m->object, i) + (fold ? 0 : 0.5 * (all - within) / M[a]);
        if (fold)
            fold_inputs(J + a * k, m, chosen, k, a);
    }
    binnet_ctx_get_i64(m->ctx, BINNET_P_THREADS, &threads);
    int32_t status = binnet_ctx_new(&p->ctx);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(p->ctx, BINNET_P_THREADS, threads);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(p->ctx, BINNET_P_METHOD, method);
    if (status == BINNET_OK)
        status = binnet_net_new(p->ctx, &p->net, k, J, M, theta, I);
    if (status == BINNET_OK)
        status = noise_make_part(p->ctx, &p->noise, m->choice, k, chosen, scale, m->dof, 1);
    if (status == BINNET_OK)
        status = binnet_chain_new(p->ctx, &p->chain, p->net, p->noise, m->update);
    return status;
}

static int32_t is_late(void *user, double fraction, double seconds_left)
{
    (void)fraction, (void)seconds_left;
    const stopwatch *w = user;
    return stopwatch_seconds(w) > 1e-3 * LIMIT_MS || work_clock() - w->began > 1e-3 * WAIT_MS;
}

/* --- the whole --- */

int32_t cost_step(double *seconds, binnet_ctx *ctx, const binnet_chain *chain, double most)
{
    enum { TRIES = 3 }; /* the first ones wait for memory */
    const double enough = 0.5;
    double flops;
    size_t states = (size_t)binnet_chain_states(chain);
    *seconds = 0;
    int32_t status = binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, chain);
    if (status != BINNET_OK || flops > most)
        return status;
    double *x = malloc(2 * states * sizeof *x), took = INFINITY;
    if (x == NULL)
        return BINNET_E_NOMEM;
    for (size_t s = 0; s < states; s++)
        x[s] = 1 / (double)states;
    for (int k = 0; k < TRIES && status == BINNET_OK; k++) {
        stopwatch w;
        stopwatch_start(&w);
        status = binnet_chain_apply(ctx, x + states, states, chain, x);
        double now = stopwatch_seconds(&w);
        took = fmin(took, now);
        if (now > enough && k > 0)
            break;
    }
    free(x);
    *seconds = status == BINNET_OK ? took : 0;
    return status;
}

/* Seconds of one step, for each of the operations that are counted for it: elimination, matrix products and updates of single
 * neurons have rates of their own. 0: too long to be tried. */
static double seconds_an_operation(binnet_ctx *ctx, const binnet_chain *chain)
{
    const double most = 1e9; /* operations */
    double seconds, flops;
    if (cost_step(&seconds, ctx, chain, most) != BINNET_OK ||
        binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, chain) != BINNET_OK)
        return 0;
    return seconds / flops;
}

/* Steps the whole takes, for each of the part's. */
static double steps_ratio(const model *m, double steps)
{
    double flops;
    if (m->update != BINNET_UPDATE_SYNCHRONOUS || m->net.n < INNER_LEAST || !(steps > INNER_STEPS) ||
        binnet_chain_apply_estimate(m->ctx, NULL, NULL, &flops, m->chain) != BINNET_OK ||
        flops < ldexp(2, 2 * (int)m->net.n))
        return 1;
    return INNER_STEPS / steps;
}

/* How much more work the whole is than the part. Asynchronous chains move one neuron a step: their steps grow with n. */
static double work_ratio(const model *m, const cost_part *p, size_t k, int elimination)
{
    double whole = 1, some = 1;
    if (m->net.n == k)
        return 1;
    /* where neurons that influence nobody are left for later, and counted so; the method of a ctx decides what is counted */
    int64_t method;
    binnet_ctx_get_i64(m->ctx, BINNET_P_METHOD, &method);
    binnet_ctx_set_i64(m->ctx, BINNET_P_METHOD, elimination ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION);
    binnet_chain_stationary_estimate(m->ctx, NULL, NULL, &whole, m->chain);
    binnet_ctx_set_i64(m->ctx, BINNET_P_METHOD, method);
    binnet_chain_stationary_estimate(p->ctx, NULL, NULL, &some, p->chain);
    if (elimination)
        return fmax(1, whole / some);
    double slow = seconds_an_operation(m->ctx, m->chain), quick = slow > 0 ? seconds_an_operation(p->ctx, p->chain) : 0;
    double rates = quick > 0 ? slow / quick : 1;
    if (m->update != BINNET_UPDATE_ASYNCHRONOUS)
        return fmax(1, whole / some * rates);
    return whole / some * rates * (double)m->net.n / (double)k;
}

int cost_stationary(cost *out, const model *m, failure *why)
{
    if (binnet_chain_populations(m->chain) > 0)
        return cost_populations(out, m, why);
    int64_t method;
    binnet_ctx_get_i64(m->ctx, BINNET_P_METHOD, &method);
    int elimination = method == BINNET_METHOD_GTH;
    size_t n = m->net.n, most = elimination ? PART_ELIMINATION : PART, k = n < most ? n : most;
    cost_part p = {0};
    int32_t status = part_make(&p, m, k, n <= k || elimination ? (int32_t)method : BINNET_METHOD_ITERATION);
    if (status != BINNET_OK) {
        int code = p.ctx == NULL ? fail(why, EXIT_BUDGET, "out of memory") : library_failure(why, p.ctx, status);
        cost_part_free(&p);
        return code;
    }
    int64_t threads = 1;
    binnet_ctx_get_i64(m->ctx, BINNET_P_THREADS, &threads);
    double best = INFINITY, took = 0, worked = 0, steps = 0;
    stopwatch all; /* stops the solution */
    stopwatch_start(&all);
    binnet_ctx_set_hook(p.ctx, is_late, &all);
    for (int run = 0; run < 2 && status == BINNET_OK; run++) { /* the first one may wait for memory or a processor */
        binnet_law *law = NULL;
        double processor = processor_seconds();
        stopwatch w;
        stopwatch_start(&w);
        status = binnet_chain_stationary(p.ctx, &law, p.chain);
        took = stopwatch_seconds(&w);
        worked = (processor_seconds() - processor) / (double)threads;
        best = status == BINNET_OK ? fmin(best, took) : best;
        steps = (double)binnet_law_iterations(law);
        binnet_law_free(law);
    }
    double ratio = work_ratio(m, &p, k, elimination) * steps_ratio(m, steps);
    *out = cost_scaled(k, best, steps, ratio);
    if (!isfinite(
            best)) /* stopped: at least as long as it worked, not as it waited; or no law, and then nothing is known */
        *out = (cost){.from = status == BINNET_E_INTERRUPTED ? fmax(worked, 1e-6) / spread_weak * ratio : 0,
                      .to = INFINITY,
                      .part = k,
                      .part_seconds = took};
    cost_part_free(&p);
    return EXIT_DONE;
}

/* --- words --- */

char *duration_text(char text[32], double seconds)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "days"}, {31557600, "years"}};
    int k = 0;
    while (k < 4 && seconds >= (k == 0 ? 95 : 1.5 * units[k + 1].seconds))
        k++;
    double x = seconds / units[k].seconds, digit = x > 0 ? pow(10, floor(log10(x))) : 1;
    snprintf(text, 32, "%.6g %s", round(x / digit) * digit, units[k].name);
    return text;
}

char *cost_text(char text[80], const cost *c)
{
    char from[32], to[32];
    duration_text(from, c->from);
    if (!isfinite(c->to)) {
        if (c->from > 0)
            snprintf(text, 80, "more than %s", from);
        else
            snprintf(text, 80, "not known");
        return text;
    }
    if (c->to < 0.1)
        snprintf(text, 80, "less than 0.1 s");
    else
        snprintf(text, 80, "about %s to %s", from, duration_text(to, c->to));
    return text;
}
