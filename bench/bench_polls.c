/*
 * How long calls work between two questions of the hook: processor time of the calling thread, one row for each call at a
 * large size. The promise is 0.1 s. A call is stopped after SECONDS of processor time, so that what follows is not seen.
 * usage: bench_polls [SECONDS [NAME...]]; NAME: only the rows that begin with it.
 */
#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double processor_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct {
    double began, last, longest, at, stop;
    int asked;
} watch;

static void note(double t)
{
    if (t - watch.last > watch.longest) {
        watch.longest = t - watch.last;
        watch.at = watch.last - watch.began;
    }
    watch.last = t;
}

static int32_t hook(void *user, double fraction, double left)
{
    (void)user;
    (void)fraction;
    (void)left;
    double t = processor_time();
    note(t);
    watch.asked++;
    return t - watch.began > watch.stop;
}

static binnet_ctx *ctx, *quiet; /* with the hook; for what is made beforehand */
static int n_names, worst_rows;
static char **names;

static void *room(size_t count, size_t size)
{
    void *p = malloc(count * size);
    if (p == NULL) {
        fprintf(stderr, "no %zu bytes\n", count * size);
        exit(1);
    }
    memset(p, 0, count * size); /* pages that were never touched would count as the library's time */
    return p;
}

static double roll(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

static void made(int32_t code, const char *what)
{
    if (code != BINNET_OK) {
        fprintf(stderr, "%s: %d %s\n", what, (int)code, binnet_ctx_message(quiet));
        exit(1);
    }
}
#define MADE(call) made(call, #call)

static int wanted(const char *name)
{
    for (int k = 0; k < n_names; k++)
        if (strncmp(name, names[k], strlen(names[k])) == 0)
            return 1;
    return n_names == 0;
}

static void begin_row(void)
{
    watch.longest = watch.at = 0;
    watch.asked = 0;
    watch.began = watch.last = processor_time();
}

static void end_row(const char *name, const char *size, int32_t code)
{
    double t = processor_time();
    note(t);
    worst_rows += watch.longest > 0.1;
    printf("%-34s %-34s %7.2f %8.3f %7.2f %6d  %s%s\n", name, size, t - watch.began, watch.longest, watch.at,
           watch.asked,
           code == BINNET_OK              ? "ok"
           : code == BINNET_E_INTERRUPTED ? "stopped"
                                          : binnet_ctx_message(ctx),
           watch.longest > 0.1 ? "  *" : "");
    fflush(stdout);
}

/* A row; `after` frees what was made. */
#define ROW(name, size, call, after)                                                                                   \
    do {                                                                                                               \
        if (wanted(name)) {                                                                                            \
            begin_row();                                                                                               \
            int32_t code_ = (call);                                                                                    \
            end_row(name, size, code_);                                                                                \
            if (code_ == BINNET_OK) {                                                                                  \
                after;                                                                                                 \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

static binnet_net *random_net(size_t n, size_t n_pop)
{
    double *J = room(n * n, sizeof *J);
    int32_t *pop = room(n, sizeof *pop);
    binnet_net *net, *grouped;
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll() - 0.5;
    for (size_t i = 0; i < n; i++)
        pop[i] = (int32_t)(i % n_pop);
    MADE(binnet_net_new(quiet, &net, n, J, NULL, NULL, NULL));
    MADE(binnet_net_with_populations(quiet, &grouped, net, n_pop, pop));
    binnet_net_free(net);
    free(J);
    free(pop);
    return grouped;
}

/* Neurons that hear themselves only: every state is a fixed point. */
static binnet_net *keeping_net(size_t n)
{
    double *J = room(n * n, sizeof *J), *theta = room(n, sizeof *theta);
    binnet_net *net;
    for (size_t i = 0; i < n; i++) {
        J[i * n + i] = 1;
        theta[i] = 0.5;
    }
    MADE(binnet_net_new(quiet, &net, n, J, NULL, theta, NULL));
    free(J);
    free(theta);
    return net;
}

static void rows_of_networks(void)
{
    const size_t n = 8000, many = 1000000;
    double *J = room(n * n, sizeof *J), *v = room(many, sizeof *v);
    int64_t *row = room(many + 1, sizeof *row);
    int32_t *col = room(8 * many, sizeof *col), *layer = room(many, sizeof *layer);
    double *w = room(8 * many, sizeof *w);
    binnet_net *net = NULL, *other;
    for (size_t k = 0; k < n * n; k++)
        J[k] = 1;
    for (size_t i = 0; i < many; i++) {
        row[i + 1] = (int64_t)(8 * i + 8);
        for (size_t k = 0; k < 8; k++) {
            col[8 * i + k] = (int32_t)((i < 8 ? 0 : i - 8) + k);
            w[8 * i + k] = 1;
        }
    }
    ROW("net_new", "8000 neurons, dense", binnet_net_new(ctx, &other, n, J, NULL, NULL, NULL), binnet_net_free(other));
    MADE(binnet_net_new(quiet, &net, n, J, NULL, NULL, NULL));
    ROW("net_with_stimuli", "8000 neurons, dense", binnet_net_with_stimuli(ctx, &other, net, v),
        binnet_net_free(other));
    ROW("net_with_tie", "8000 neurons, dense", binnet_net_with_tie(ctx, &other, net, 1), binnet_net_free(other));
    ROW("net_with_populations", "8000 neurons, dense", binnet_net_with_populations(ctx, &other, net, 1, layer),
        binnet_net_free(other));
    ROW("net_layers", "8000 neurons, dense", binnet_net_layers(ctx, layer, n, net), );
    binnet_net_free(net);
    free(J);
    ROW("net_new_csr", "10^6 neurons, 8 weights each",
        binnet_net_new_csr(ctx, &other, many, row, col, w, NULL, NULL, NULL), binnet_net_free(other));
    MADE(binnet_net_new_csr(quiet, &net, many, row, col, w, NULL, NULL, NULL));
    ROW("net_with_stimuli", "10^6 neurons, sparse", binnet_net_with_stimuli(ctx, &other, net, v),
        binnet_net_free(other));
    ROW("net_layers", "10^6 neurons, sparse", binnet_net_layers(ctx, layer, many, net), );
    binnet_net_free(net);
    const int64_t size[2] = {5000, 1000};
    const double few[4] = {1, -1, 1, -1};
    MADE(binnet_net_new_homogeneous(quiet, &net, 2, size, few, NULL, NULL, NULL, 0));
    v[7] = 1;
    ROW("net_with_stimuli", "6000 of two populations, no longer", binnet_net_with_stimuli(ctx, &other, net, v),
        binnet_net_free(other));
    binnet_net_free(net);
    binnet_noise *noise;
    ROW("noise_new", "10^6 neurons", binnet_noise_new_gaussian(ctx, &noise, many, w), binnet_noise_free(noise));
    free(row);
    free(col);
    free(w);
    free(v);
    free(layer);
}

static void rows_of_chains(void)
{
    const char *const update[4] = {"", "synchronous", "asynchronous", "sweep"};
    const size_t n = 26, S = (size_t)1 << n;
    double scale[32];
    char size[64];
    double *x = NULL, *y = NULL;
    int32_t *class_of = room(S, sizeof *class_of);
    x = room(S, sizeof *x);
    y = room(S, sizeof *y);
    for (size_t k = 0; k < S; k++)
        x[k] = 1 / (double)S;
    for (int i = 0; i < 32; i++)
        scale[i] = 0.1;
    binnet_net *net = random_net(n, 1), *small = random_net(20, 1), *large = random_net(32, 1);
    binnet_noise *gaussian, *logistic, *uniform, *wide;
    binnet_law *law, *p0;
    MADE(binnet_noise_new_gaussian(quiet, &gaussian, n, scale));
    MADE(binnet_noise_new_logistic(quiet, &wide, 32, scale));
    MADE(binnet_noise_new_uniform(quiet, &uniform, 20, scale));
    for (int i = 0; i < 32; i++)
        scale[i] = 1;
    MADE(binnet_noise_new_logistic(quiet, &logistic, 20, scale));
    binnet_chain *chain;
    ROW("law_new", "26 neurons", binnet_law_new(ctx, &law, n, x, S), binnet_law_free(law));
    MADE(binnet_law_new(quiet, &p0, n, x, S));
    const int32_t some[20] = {25, 3, 7, 1, 0, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    ROW("law_mean", "26 neurons", binnet_law_mean(ctx, y, n, p0), );
    ROW("law_covariance", "26 neurons", binnet_law_covariance(ctx, y, n, p0), );
    ROW("law_correlation", "26 neurons", binnet_law_correlation(ctx, y, n, p0), );
    ROW("law_marginal", "26 neurons, 20 of them", binnet_law_marginal(ctx, y, 1 << 20, p0, 20, some), );
    ROW("law_top", "26 neurons, all states", binnet_law_top(ctx, (uint64_t *)(void *)y, NULL, S, p0), );
    ROW("law_entropy", "26 neurons", binnet_law_entropy(ctx, y, p0), );
    for (int32_t u = 1; u <= 3; u++) {
        snprintf(size, sizeof size, "32 neurons, %s", update[u]);
        ROW("chain_new", size, binnet_chain_new(ctx, &chain, large, wide, u), binnet_chain_free(chain));
        MADE(binnet_chain_new(quiet, &chain, net, gaussian, u));
        snprintf(size, sizeof size, "26 neurons, %s", update[u]);
        ROW("chain_row", size, binnet_chain_row(ctx, y, S, chain, 5), );
        ROW("chain_apply", size, binnet_chain_apply(ctx, y, S, chain, x), );
        ROW("chain_evolve", size, binnet_chain_evolve(ctx, &law, chain, p0, 1), binnet_law_free(law));
        ROW("chain_stationary", size, binnet_chain_stationary(ctx, &law, chain), binnet_law_free(law));
        binnet_chain_free(chain);
    }
    binnet_law_free(p0);
    free(x);
    for (int32_t u = 1; u <= 3; u++) {
        uint64_t count;
        MADE(binnet_chain_new(quiet, &chain, small, logistic, u));
        snprintf(size, sizeof size, "20 neurons, %s", update[u]);
        ROW("chain_stationary", size, binnet_chain_stationary(ctx, &law, chain), binnet_law_free(law));
        ROW("chain_classes", size, binnet_chain_classes(ctx, &count, class_of, 1 << 20, chain), );
        binnet_chain_free(chain);
        MADE(binnet_chain_new(quiet, &chain, small, uniform, u));
        snprintf(size, sizeof size, "20 neurons, %s, uniform noise", update[u]);
        ROW("chain_classes", size, binnet_chain_classes(ctx, &count, class_of, 1 << 20, chain), );
        ROW("chain_stationary", size, binnet_chain_stationary(ctx, &law, chain), binnet_law_free(law));
        binnet_chain_free(chain);
    }
    binnet_net *twelve = random_net(12, 1);
    binnet_noise *of_twelve;
    MADE(binnet_noise_new_logistic(quiet, &of_twelve, 12, scale));
    MADE(binnet_chain_new(quiet, &chain, twelve, of_twelve, BINNET_UPDATE_SWEEP));
    ROW("chain_matrix", "12 neurons, sweep", binnet_chain_matrix(ctx, y, (size_t)1 << 24, chain), );
    binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_GTH);
    ROW("chain_stationary", "12 neurons, elimination", binnet_chain_stationary(ctx, &law, chain), binnet_law_free(law));
    binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_AUTO);
    binnet_chain_free(chain);
    free(y);
    free(class_of);
    binnet_noise_free(of_twelve);
    binnet_noise_free(gaussian);
    binnet_noise_free(logistic);
    binnet_noise_free(uniform);
    binnet_noise_free(wide);
    binnet_net_free(twelve);
    binnet_net_free(net);
    binnet_net_free(small);
    binnet_net_free(large);
}

static void rows_of_attractors(void)
{
    binnet_net *net = random_net(28, 1), *fixed = keeping_net(22), *less = random_net(24, 1), *kept = keeping_net(20);
    binnet_attractors *a, *b;
    uint64_t count, *match = room((size_t)1 << 22, sizeof *match);
    uint32_t *map = room((size_t)1 << 26, sizeof *map);
    double down[32], up[32];
    binnet_net *wide = random_net(26, 1);
    ROW("net_successor_map", "26 neurons", binnet_net_successor_map(ctx, map, (size_t)1 << 26, wide), );
    free(map);
    ROW("net_successors", "2^22 states", binnet_net_successors(ctx, match, (size_t)1 << 22, less, match), );
    ROW("net_ties", "28 neurons", binnet_net_ties(ctx, &count, NULL, NULL, NULL, 0, net), );
    ROW("attractors_new", "28 neurons", binnet_attractors_new(ctx, &a, net), binnet_attractors_free(a));
    ROW("attractors_new", "2^22 fixed points", binnet_attractors_new(ctx, &a, fixed), binnet_attractors_free(a));
    ROW("attractors_new_asynchronous", "24 neurons", binnet_attractors_new_asynchronous(ctx, &a, less),
        binnet_attractors_free(a));
    ROW("attractors_new_asynchronous", "2^20 fixed points", binnet_attractors_new_asynchronous(ctx, &a, kept),
        binnet_attractors_free(a));
    if (wanted("attractors_match")) {
        MADE(binnet_attractors_new(quiet, &a, fixed));
        MADE(binnet_attractors_new(quiet, &b, fixed));
        ROW("attractors_match", "2^22 fixed points",
            binnet_attractors_match(ctx, match, &count, (uint64_t)1 << 22, a, b), );
        binnet_attractors_free(a);
        binnet_attractors_free(b);
    }
    if (wanted("attractors_margins")) { /* one asynchronous attractor of all states */
        double J[20 * 20] = {0}, theta[20];
        binnet_net *turning;
        for (size_t i = 0; i < 20; i++) {
            J[20 * i + i] = -1;
            theta[i] = -0.5;
        }
        MADE(binnet_net_new(quiet, &turning, 20, J, NULL, theta, NULL));
        MADE(binnet_attractors_new_asynchronous(quiet, &a, turning));
        ROW("attractors_margins", "2^20 states", binnet_attractors_margins(ctx, down, up, 1, a, 0), );
        ROW("attractors_margins", "2^20 states, by neuron",
            binnet_attractors_neuron_margins(ctx, down, up, 20, a, 0), );
        binnet_attractors_free(a);
        binnet_net_free(turning);
    }
    free(match);
    binnet_net_free(net);
    binnet_net_free(wide);
    binnet_net_free(fixed);
    binnet_net_free(less);
    binnet_net_free(kept);
}

static void rows_of_diagrams(void)
{
    static const size_t sizes[5] = {20, 22, 24, 22, 20}, axes[5] = {2, 2, 1, 22, 20};
    char size[64];
    binnet_diagram *d;
    for (int k = 0; k < 5; k++) {
        binnet_net *net = random_net(sizes[k], axes[k]);
        snprintf(size, sizeof size, "%zu neurons, %zu axes", sizes[k], axes[k]);
        ROW("diagram_new", size, binnet_diagram_new(ctx, &d, net), binnet_diagram_free(d));
        binnet_net_free(net);
    }
    binnet_net *net = random_net(24, 24);
    binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, 1);
    ROW("diagram_new", "24 neurons, 24 axes, fixed points", binnet_diagram_new(ctx, &d, net), binnet_diagram_free(d));
    binnet_net_free(net);
    net = random_net(40, 2);
    ROW("diagram_new", "40 neurons, 2 axes, fixed points", binnet_diagram_new(ctx, &d, net), binnet_diagram_free(d));
    binnet_net_free(net);
    binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, 0);
    const int64_t alike[3] = {300, 200, 150}, eight[8] = {6, 6, 6, 6, 6, 6, 6, 6};
    double J[64];
    for (int k = 0; k < 64; k++)
        J[k] = roll() - 0.5;
    J[0] = -1;
    J[4] = J[8] = 0.7;
    MADE(binnet_net_new_homogeneous(quiet, &net, 3, alike, J, NULL, NULL, NULL, 0));
    ROW("diagram_new", "populations of 300, 200, 150", binnet_diagram_new(ctx, &d, net), binnet_diagram_free(d));
    binnet_net_free(net);
    MADE(binnet_net_new_homogeneous(quiet, &net, 8, eight, J, NULL, NULL, NULL, 0));
    ROW("diagram_new", "8 populations of 6", binnet_diagram_new(ctx, &d, net), binnet_diagram_free(d));
    binnet_net_free(net);

    const int64_t two[2] = {1000, 1000};
    const double inhibit[4] = {-1, 0.25, 0.3, -1}, at[2] = {0.1, 0.1};
    uint64_t count;
    binnet_regions *r;
    binnet_bifurcation_list *list;
    MADE(binnet_net_new_homogeneous(quiet, &net, 2, two, inhibit, NULL, NULL, NULL, 0));
    MADE(binnet_diagram_new(quiet, &d, net));
    ROW("diagram_query", "10^6 classes", binnet_diagram_query(ctx, d, at, &count, NULL, NULL, NULL, 0), );
    const int32_t axis[2] = {0, 1};
    ROW("regions_new", "10^6 classes", binnet_regions_new(ctx, &r, d, 2, axis, NULL, NULL, NULL, 0),
        binnet_regions_free(r));
    ROW("regions_estimate", "10^6 classes",
        binnet_regions_estimate(ctx, &count, NULL, NULL, d, 2, axis, NULL, NULL, NULL), );
    ROW("bifurcations_new", "10^6 classes", binnet_bifurcation_list_new(ctx, &list, d, 0, at),
        binnet_bifurcation_list_free(list));
    binnet_diagram_free(d);
    binnet_net_free(net);

    binnet_fixed_points *points;
    net = random_net(300, 1);
    ROW("fixed_points_new", "300 dense neurons", binnet_fixed_points_new(ctx, &points, net, 1000),
        binnet_fixed_points_free(points));
    binnet_net_free(net);
    net = keeping_net(200);
    ROW("fixed_points_new", "2^200, 10^6 listed", binnet_fixed_points_new(ctx, &points, net, 1000000),
        binnet_fixed_points_free(points));
    binnet_net_free(net);
}

static void rows_of_ensembles(void)
{
    const int64_t size[2] = {300, 200}, few[2] = {4, 4}, active[2] = {100, 50}, rest[2] = {150, 100};
    const double sparse[4] = {0.5, 0.5, 0.5, 0.5}, sure[4] = {1, 1, 1, 1};
    double par[12] = {0.1, 0.2, 0, -0.1, 0.3, 0, 0.1, 0.2, 0, -0.1, 0.3, 0}, x[200], *v = room(1 << 20, sizeof *v);
    const int32_t gaussian[4] = {BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_GAUSSIAN,
                                 BINNET_WEIGHT_GAUSSIAN},
                  lognormal[4] = {BINNET_WEIGHT_LOGNORMAL, BINNET_WEIGHT_LOGNORMAL, BINNET_WEIGHT_LOGNORMAL,
                                  BINNET_WEIGHT_LOGNORMAL};
    const int32_t axis[2] = {0, 1};
    int64_t *n = room(1 << 20, sizeof *n);
    size_t count = 1000;
    binnet_ensemble *e, *small, *wide;
    binnet_current *current;
    binnet_bifurcation_law *b;
    binnet_net *net;
    for (int k = 0; k < 200; k++)
        x[k] = 0.02 * (double)k;
    MADE(binnet_ensemble_new(quiet, &e, 2, size, sparse, gaussian, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 0));
    MADE(binnet_ensemble_new(quiet, &small, 2, few, sure, gaussian, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 0));
    for (int k = 2; k < 12; k += 3)
        par[k] = 1; /* the sign of lognormal weights */
    MADE(binnet_ensemble_new(quiet, &wide, 2, few, sparse, lognormal, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 0));
    ROW("current_new", "300 + 200 neurons", binnet_current_new(ctx, &current, e, 0, active, rest),
        binnet_current_free(current));
    MADE(binnet_current_new(quiet, &current, e, 0, active, rest));
    ROW("current_eval", "300 + 200 neurons, 200 points",
        binnet_current_eval(ctx, v, NULL, NULL, NULL, NULL, NULL, 200, current, x), );
    binnet_current_free(current);
    ROW("current_table", "300 + 200 neurons", binnet_current_table(ctx, v, NULL, 300 * 201, NULL, e, 0, 0.1, 0), );
    ROW("ensemble_sample", "300 + 200 neurons", binnet_ensemble_sample(ctx, &net, e, 0), binnet_net_free(net));
    ROW("ensemble_fixed_mean", "300 + 200 neurons", binnet_ensemble_fixed_mean(ctx, v, e), );
    ROW("ensemble_fixed_mean", "4 + 4, lognormal", binnet_ensemble_fixed_mean(ctx, v, wide), );
    ROW("ensemble_fixed_classes", "300 + 200 neurons",
        binnet_ensemble_fixed_classes(ctx, v, (size_t)binnet_ensemble_classes(e), e), );
    ROW("ensemble_fixed_top", "300 + 200 neurons",
        binnet_ensemble_fixed_top(ctx, n, v, v + 1000, &count, e, BINNET_BY_STATE), );
    ROW("ensemble_state_probability", "300 + 200 neurons", binnet_ensemble_state_probability(ctx, v, e, active), );
    ROW("ensemble_diagram", "300 + 200, 200 x 200 points",
        binnet_ensemble_diagram(ctx, v, 40000, e, axis, x, 200, x, 200), );
    ROW("ensemble_cycles_mean", "4 + 4 neurons, period 3", binnet_ensemble_cycles_mean(ctx, v, NULL, small, 3), );
    ROW("ensemble_cycles_mean", "4 + 4, lognormal, period 2", binnet_ensemble_cycles_mean(ctx, v, NULL, wide, 2), );
    ROW("ensemble_fixed_variance", "4 + 4 neurons", binnet_ensemble_fixed_variance(ctx, v, v + 1, NULL, small), );
    const double rho[4] = {0.9, 0.2, 0.2, 0.9};
    ROW("ensemble_fixed_mean_correlated", "4 + 4 neurons",
        binnet_ensemble_fixed_mean_correlated(ctx, v, NULL, small, rho), );
    ROW("bifurcation_new", "300 + 200 neurons", binnet_bifurcation_law_new(ctx, &b, e, active, 2, NULL),
        binnet_bifurcation_law_free(b));
    MADE(binnet_bifurcation_law_new(quiet, &b, e, active, 2, NULL));
    ROW("bifurcation_cdf", "300 + 200 neurons",
        binnet_bifurcation_law_cdf(ctx, v, NULL, 200, b, 0, BINNET_LAMBDA, x), );
    ROW("bifurcation_quantile", "300 + 200 neurons",
        binnet_bifurcation_law_quantile(ctx, v, 2, b, 0, BINNET_XI, sparse), );
    ROW("bifurcation_moments", "300 + 200 neurons", binnet_bifurcation_law_moments(ctx, v, v + 1, b, 0, BINNET_XI), );
    ROW("bifurcation_occurrence", "300 + 200 neurons", binnet_bifurcation_law_occurrence(ctx, v, NULL, b), );
    int32_t domain;
    ROW("bifurcation_limit", "300 + 200 neurons",
        binnet_bifurcation_law_limit(ctx, &domain, v, v + 1, NULL, v + 2, b, 0, BINNET_XI), );
    ROW("ensemble_occurrence", "300 + 200 neurons",
        binnet_ensemble_occurrence(ctx, v, (size_t)binnet_ensemble_classes(e), e, 2, NULL), );
    binnet_bifurcation_law_free(b);
    binnet_ensemble_free(e);
    binnet_ensemble_free(small);
    binnet_ensemble_free(wide);
    free(v);
    free(n);
}

static void rows_of_orders(void)
{
    const size_t n = 100000, few = 300;
    double *F = room(4 * n, sizeof *F), *G = room(n, sizeof *G), *out = room(2 * n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        F[i] = roll();
        G[i] = 1 - F[i];
    }
    const size_t ranks[2] = {40, 200};
    ROW("order_cdf", "10^5 variables, the middle rank", binnet_order_cdf(ctx, out, n, F, G, n / 2), );
    ROW("order_log_cdf", "10^5 variables, the middle rank", binnet_order_log_cdf(ctx, out, out + 1, n, F, G, n / 2), );
    ROW("order_pdf", "10^5 variables, the middle rank", binnet_order_pdf(ctx, out, n, F, G, F, n / 2), );
    ROW("order_cdf_all", "10^5 variables", binnet_order_cdf_all(ctx, out, NULL, n, F, G), );
    ROW("order_pdf_all", "20000 variables", binnet_order_pdf_all(ctx, out, 20000, F, G, F), );
    ROW("order_counts", "10^5 variables", binnet_order_counts(ctx, out, n + 1, n, F, G), );
    ROW("order_cdf_many", "100 variables, 1000 points",
        binnet_order_cdf_many(ctx, out, NULL, 1000, 100, F, NULL, 50), );
    for (size_t i = 0; i < 3 * few; i++)
        F[i] = i % 3 == 2 ? 0.5 : 0.25;
    ROW("order_joint_cdf", "300 variables, 2 ranks", binnet_order_joint_cdf(ctx, out, few, 2, ranks, F), );
    ROW("order_joint_pdf", "300 variables, 2 ranks", binnet_order_joint_pdf(ctx, out, few, 2, ranks, F, F), );
    binnet_noise *noise;
    binnet_order *order, *large;
    for (size_t i = 0; i < n; i++)
        F[i] = 0.5 + roll();
    MADE(binnet_noise_new_laplace(quiet, &noise, n, F));
    const binnet_noise *part[1] = {noise};
    ROW("order_new", "10^5 variables", binnet_order_new(ctx, &order, 1, part, G), binnet_order_free(order));
    MADE(binnet_order_new(quiet, &large, 1, part, G));
    ROW("order_marginals", "10^5 variables", binnet_order_marginals(ctx, out, NULL, NULL, n, large, 0.3), );
    ROW("order_eval", "10^5 variables", binnet_order_eval(ctx, out, NULL, NULL, 2, large, n / 2, G), );
    ROW("order_quantile", "10^5 variables",
        binnet_order_quantile(ctx, out, NULL, 1, large, n / 2, (const double[1]){0.5}), );
    ROW("order_moments", "10^5 variables, one rank",
        binnet_order_moments(ctx, out, out + 1, NULL, NULL, large, n / 2, n / 2), );
    ROW("order_moments", "10^5 variables, all ranks",
        binnet_order_moments(ctx, out, out + n, NULL, NULL, large, 1, n), );
    binnet_order_free(large);
    binnet_noise_free(noise);
    free(F);
    free(G);
    free(out);
}

static void rows_of_permanents(void)
{
    double *a = room(400 * 400, sizeof *a), value;
    int64_t *whole = room(40 * 40, sizeof *whole), high;
    uint64_t low;
    for (size_t k = 0; k < 400 * 400; k++)
        a[k] = roll();
    for (size_t k = 0; k < 1600; k++)
        whole[k] = (int64_t)(9 * roll());
    ROW("permanent", "30 x 30", binnet_permanent(ctx, &value, NULL, 30, a), );
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < 300; j++)
            a[300 * i + j] = i <= j + 2 && j <= i + 2 ? roll() : 0;
    ROW("permanent", "300 x 300, band of width 5", binnet_permanent(ctx, &value, NULL, 300, a), );
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < 400; j++)
            a[400 * i + j] = j == i || j == (i + 1) % 400 ? roll() : 0;
    ROW("permanent", "400 x 400, one long chain", binnet_permanent(ctx, &value, NULL, 400, a), );
    const int64_t times[4] = {10, 10, 10, 10};
    ROW("permanent_repeated", "40 x 4 columns", binnet_permanent_repeated(ctx, &value, NULL, 40, 4, a, times), );
    ROW("permanent_integer", "26 x 26", binnet_permanent_integer(ctx, &high, &low, 26, 26, whole), );
    ROW("permanent_residue", "26 x 26", binnet_permanent_residue(ctx, &low, 1000003, 26, 26, whole), );
    free(a);
    free(whole);
}

int main(int argc, char **argv)
{
    watch.stop = argc > 1 ? atof(argv[1]) : 8;
    n_names = argc > 2 ? argc - 2 : 0;
    names = argv + 2;
    if (binnet_ctx_new(&ctx) != BINNET_OK || binnet_ctx_new(&quiet) != BINNET_OK)
        return 1;
    binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, INT64_C(12) << 30);
    binnet_ctx_set_i64(quiet, BINNET_P_MEMORY_LIMIT, INT64_C(12) << 30);
    binnet_ctx_set_hook(ctx, hook, NULL);
    printf("%-34s %-34s %7s %8s %7s %6s\n", "call", "size", "seconds", "longest", "at", "asked");
    rows_of_networks();
    rows_of_chains();
    rows_of_attractors();
    rows_of_diagrams();
    rows_of_ensembles();
    rows_of_orders();
    rows_of_permanents();
    printf("%d rows beyond 0.1 s between two questions (*)\n", worst_rows);
    binnet_ctx_free(ctx);
    binnet_ctx_free(quiet);
    return 0;
}
