/*
 * What a call allocates at its peak is what its estimate said, at most, and half of it at least, but for a constant: every function
 * with an estimate over random sizes. Steps, stationary laws and spectra are in test_budget.c. Where the documentation leaves lists
 * out of an estimate, their room is added here. What depends on the numbers given, not only on their count, has no least.
 */
#include "support/support.h"
#include "support/meter.h"

#include <stdio.h>
#include <string.h>

enum { CASES = 25, FEW = 5 };

typedef struct bench {
    meter m;
    binnet_ctx *ctx;
    dice d;
    size_t before;
    char what[160];
} bench;

static void open_bench(bench *b, uint64_t seed)
{
    meter_reset(&b->m);
    OK(meter_ctx(&b->m, &b->ctx));
    b->d = dice_of(seed);
    OK(binnet_ctx_set_i64(b->ctx, BINNET_P_THREADS, 1 + (int64_t)(seed % 3)));
    printf("seed %d\n", (int)seed);
}

static void close_bench(bench *b)
{
    binnet_ctx_free(b->ctx);
    ck_assert_uint_eq(b->m.live, 0);
    ck_assert_int_eq(b->m.broken, 0);
}

static void start(bench *b)
{
    b->before = b->m.live_bytes;
    b->m.peak_bytes = b->before;
}

/* An estimate that tells more than twice what is needed and this is off. */
enum { SLACK = 1 << 16 };

/* Of what is left out where the numbers allow: all fixed points that a diagram could have, proofs that patterns cannot be stored. */
static void check_most(bench *b, double bytes, int32_t code)
{
    double peak = (double)(b->m.peak_bytes - b->before);
    if (getenv("BINNET_TEST_VERBOSE") != NULL)
        printf("  %s: %.0f of %.0f\n", b->what, peak, bytes);
    ck_assert_msg(code == BINNET_OK, "%s: %d %s", b->what, (int)code, binnet_ctx_message(b->ctx));
    ck_assert_msg(peak <= bytes, "%s: allocates %.0f, the estimate is %.0f", b->what, peak, bytes);
}

static void check_peak(bench *b, double bytes, int32_t code)
{
    double peak = (double)(b->m.peak_bytes - b->before);
    check_most(b, bytes, code);
    ck_assert_msg(bytes <= 2 * peak + SLACK, "%s: allocates %.0f, the estimate is %.0f, too much", b->what, peak,
                  bytes);
}

/* Random weights, some of them 0, some whole numbers. */
static binnet_net *random_net(bench *b, size_t n, size_t n_pop)
{
    double J[32 * 32], theta[32];
    int32_t pop[32];
    double zeros = roll(&b->d) < 0.5 ? 0 : 0.7;
    int whole = roll(&b->d) < 0.3;
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll(&b->d) < zeros ? 0 : whole ? (double)roll_to(&b->d, 5) - 2 : roll_in(&b->d, -1, 1);
    for (size_t i = 0; i < n; i++) {
        theta[i] = roll_in(&b->d, -0.5, 0.5);
        pop[i] = (int32_t)(i % n_pop);
    }
    binnet_net *net, *grouped;
    OK(binnet_net_new(b->ctx, &net, n, J, NULL, theta, NULL));
    OK(binnet_net_with_populations(b->ctx, &grouped, net, n_pop, pop));
    binnet_net_free(net);
    return grouped;
}

/* Beside the estimate: lists of more than 256 attractors, states and steps of transients, 100 bytes each. */
START_TEST(attractors)
{
    bench b;
    open_bench(&b, (uint64_t)_i);
    for (int k = 0; k < 4; k++) {
        size_t n = 1 + roll_to(&b.d, 14);
        int asynchronous = k % 2;
        binnet_net *net = random_net(&b, n, 1);
        binnet_attractors *a;
        uint64_t most, lists = 0;
        snprintf(b.what, sizeof b.what, "attractors, n %zu, asynchronous %d", n, asynchronous);
        OK(asynchronous ? binnet_attractors_asynchronous_estimate(b.ctx, NULL, &most, NULL, net)
                        : binnet_attractors_estimate(b.ctx, NULL, &most, NULL, net));
        start(&b);
        int32_t code = asynchronous ? binnet_attractors_new_asynchronous(b.ctx, &a, net)
                                    : binnet_attractors_new(b.ctx, &a, net);
        for (uint64_t c = 0; c < binnet_attractors_count(a); c++)
            lists += 1 + binnet_attractors_period(a, c) +
                     (asynchronous ? 0 : binnet_attractors_longest_transient(a, c));
        check_peak(&b, (double)most + 100 * (double)lists, code);
        binnet_attractors_free(a);
        binnet_net_free(net);
    }
    close_bench(&b);
}
END_TEST

/* Lists: 2.5 times what they hold, and room for 16. */
static double list_bytes(const binnet_diagram *d, size_t classes, int with_fixed)
{
    size_t axes = binnet_diagram_axes(d);
    double side = 32 * (double)axes, pops = (double)classes;
    double fixed = (double)binnet_diagram_fixed_count(d), cycles = (double)binnet_diagram_cycle_count(d), steps = 0;
    for (uint64_t k = 0; k < binnet_diagram_cycle_count(d); k++) {
        uint64_t period;
        OK(binnet_diagram_cycle(d, k, &period, NULL, NULL));
        steps += (double)period;
    }
    double each = 16 + side + (classes > 0 ? 8 : 0);
    return 2.5 * ((with_fixed ? (fixed + 16) * (8 + side + 8 * pops) : 0) + (cycles + 16) * each +
                  (steps + 16) * (8 + 8 * pops)) +
           16 * cycles;
}

START_TEST(diagrams)
{
    bench b;
    open_bench(&b, 100 + (uint64_t)_i);
    for (int k = 0; k < 4; k++) {
        size_t n_pop = 1 + roll_to(&b.d, 3), n = n_pop + roll_to(&b.d, 9);
        binnet_net *net = random_net(&b, n, n_pop);
        binnet_diagram *d;
        uint64_t bytes;
        int fixed_only = roll(&b.d) < 0.3;
        OK(binnet_ctx_set_i64(b.ctx, BINNET_P_MAX_PERIOD, fixed_only));
        snprintf(b.what, sizeof b.what, "diagram, n %zu, populations %zu, fixed points only %d", n, n_pop, fixed_only);
        OK(binnet_diagram_estimate(b.ctx, NULL, &bytes, NULL, net));
        start(&b);
        int32_t code = binnet_diagram_new(b.ctx, &d, net);
        check_peak(&b, (double)bytes + (code == BINNET_OK ? list_bytes(d, 0, 1) : 0), code);
        binnet_diagram_free(d);
        binnet_net_free(net);
    }
    close_bench(&b);
}
END_TEST

START_TEST(homogeneous_diagrams)
{
    bench b;
    open_bench(&b, 200 + (uint64_t)_i);
    for (int k = 0; k < 4; k++) {
        static const size_t most[4] = {0, 4000, 120, 20};
        size_t n_pop = 1 + roll_to(&b.d, 3);
        int64_t size[3];
        double J[9], theta[3];
        for (size_t a = 0; a < n_pop; a++) {
            size[a] = 1 + (int64_t)roll_to(&b.d, most[n_pop]);
            theta[a] = roll_in(&b.d, -1, 1);
        }
        for (size_t c = 0; c < n_pop * n_pop; c++)
            J[c] = roll(&b.d) < 0.1 ? 0 : roll_in(&b.d, -1, 1);
        int32_t self = roll(&b.d) < 0.2, tie = (int32_t)roll_to(&b.d, 3);
        int fixed_only = roll(&b.d) < 0.4;
        binnet_net *net, *tied;
        binnet_diagram *d;
        uint64_t bytes;
        OK(binnet_net_new_homogeneous(b.ctx, &net, n_pop, size, J, NULL, theta, NULL, self));
        OK(binnet_net_with_tie(b.ctx, &tied, net, tie));
        OK(binnet_ctx_set_i64(b.ctx, BINNET_P_MAX_PERIOD, fixed_only));
        snprintf(b.what, sizeof b.what,
                 "homogeneous diagram, %zu populations, first %d, self %d, tie %d, fixed only %d", n_pop, (int)size[0],
                 (int)self, (int)tie, fixed_only);
        OK(binnet_diagram_estimate(b.ctx, NULL, &bytes, NULL, tied));
        start(&b);
        int32_t code = binnet_diagram_new(b.ctx, &d, tied);
        check_most(&b, (double)bytes + (code == BINNET_OK && !fixed_only ? list_bytes(d, n_pop, 0) : 0), code);
        binnet_diagram_free(d);
        binnet_net_free(net);
        binnet_net_free(tied);
    }
    close_bench(&b);
}
END_TEST

START_TEST(fixed_points)
{
    bench b;
    open_bench(&b, 300 + (uint64_t)_i);
    for (int k = 0; k < 4; k++) {
        size_t n_pop = 1 + roll_to(&b.d, 3), n = n_pop + roll_to(&b.d, 20), most = roll_to(&b.d, 200);
        binnet_net *net = random_net(&b, n, n_pop);
        binnet_fixed_points *f;
        double lo[32], hi[32];
        int32_t populations = roll(&b.d) < 0.5;
        for (size_t a = 0; a < n; a++) {
            lo[a] = roll_in(&b.d, -0.5, 0);
            hi[a] = roll_in(&b.d, 0, 0.5);
        }
        uint64_t bytes;
        snprintf(b.what, sizeof b.what, "fixed points, n %zu, by population %d, %zu of them", n, (int)populations,
                 most);
        OK(binnet_fixed_points_estimate(b.ctx, NULL, &bytes, NULL, net, populations, most));
        start(&b);
        int32_t code = populations ? binnet_fixed_points_new_population_box(b.ctx, &f, net, lo, hi, n_pop, most)
                       : k % 2     ? binnet_fixed_points_new(b.ctx, &f, net, most)
                                   : binnet_fixed_points_new_box(b.ctx, &f, net, lo, hi, n, most);
        check_peak(&b, (double)bytes, code);
        binnet_fixed_points_free(f);
        binnet_net_free(net);
    }
    close_bench(&b);
}
END_TEST

static binnet_ensemble *random_ensemble(bench *b, size_t n_pop, size_t most, int32_t kind, double p, int32_t normalise)
{
    int64_t size[3];
    double chance[9], par[9 * BINNET_WEIGHT_PARAMETERS] = {0}, theta[3], I[3];
    int32_t kinds[9];
    for (size_t a = 0; a < n_pop; a++) {
        size[a] = 1 + (int64_t)roll_to(&b->d, most);
        theta[a] = 0.3;
        I[a] = 0.2;
    }
    for (size_t k = 0; k < n_pop * n_pop; k++) {
        chance[k] = p;
        kinds[k] = kind;
        par[3 * k] = k % 2 == 0 ? 0.25 : -0.5;
        par[3 * k + 1] = kind == BINNET_WEIGHT_UNIFORM ? par[3 * k] + 1 : 0.75;
    }
    binnet_ensemble *e;
    OK(binnet_ensemble_new(b->ctx, &e, n_pop, size, chance, kinds, par, theta, I, normalise, NULL, 0));
    return e;
}

START_TEST(ensembles)
{
    static double out[1 << 16], x[64];
    bench b;
    open_bench(&b, 400 + (uint64_t)_i);
    for (int k = 0; k < 3; k++) {
        static const int32_t kinds[3] = {BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_UNIFORM};
        size_t n_pop = 1 + roll_to(&b.d, 2), nx = 1 + roll_to(&b.d, 20), ny = n_pop == 1 ? 0 : roll_to(&b.d, 20);
        int32_t kind = kinds[roll_to(&b.d, 3)],
                normalise = roll(&b.d) < 0.3 ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_NONE;
        const int32_t axis[2] = {0, ny > 0 ? 1 : 0};
        binnet_ensemble *e = random_ensemble(&b, n_pop, n_pop == 1 ? 12 : 4, kind, 0.5, normalise);
        uint64_t bytes, entries;
        for (size_t i = 0; i < 64; i++)
            x[i] = 0.05 * (double)i;
        snprintf(b.what, sizeof b.what, "ensemble diagram, %zu populations, kind %d, %zu x %zu", n_pop, (int)kind, nx,
                 ny);
        OK(binnet_ensemble_diagram_estimate(b.ctx, NULL, &bytes, NULL, e, nx, ny));
        start(&b);
        check_peak(&b, (double)bytes,
                   binnet_ensemble_diagram(b.ctx, out, ny > 0 ? nx * ny : nx, e, axis, x, nx, x, ny));
        strcpy(b.what, "ensemble mean");
        OK(binnet_ensemble_diagram_estimate(b.ctx, NULL, &bytes, NULL, e, 0, 0));
        start(&b);
        check_peak(&b, (double)bytes, binnet_ensemble_fixed_mean(b.ctx, out, e));
        snprintf(b.what, sizeof b.what, "table of currents, kind %d, normalise %d", (int)kind, (int)normalise);
        OK(binnet_current_table_estimate(b.ctx, &entries, &bytes, NULL, e, 0));
        ck_assert_uint_le(2 * entries, sizeof out / sizeof *out);
        start(&b);
        check_peak(&b, (double)bytes,
                   binnet_current_table(b.ctx, out, out + entries, (size_t)entries, NULL, e, 0, 0.3, 0));
        binnet_ensemble_free(e);

        int64_t states = 2 + (int64_t)roll_to(&b.d, 2);
        e = random_ensemble(&b, n_pop, n_pop == 1 ? 4 : 2, kind, kind == BINNET_WEIGHT_GAUSSIAN ? 1 : 0.5,
                            BINNET_NORMALISE_NONE);
        snprintf(b.what, sizeof b.what, "%d-cycles, %zu populations, kind %d", (int)states, n_pop, (int)kind);
        OK(binnet_ensemble_tuples_estimate(b.ctx, NULL, &bytes, NULL, e, states));
        start(&b);
        check_peak(&b, (double)bytes, binnet_ensemble_cycles_mean(b.ctx, out, NULL, e, states));
        snprintf(b.what, sizeof b.what, "variance, %zu populations, kind %d", n_pop, (int)kind);
        OK(binnet_ensemble_tuples_estimate(b.ctx, NULL, &bytes, NULL, e, 2));
        start(&b);
        check_peak(&b, (double)bytes, binnet_ensemble_fixed_variance(b.ctx, out, out + 1, NULL, e));
        binnet_ensemble_free(e);
    }
    close_bench(&b);
}
END_TEST

START_TEST(orders)
{
    enum { MOST = 300 };
    static double F[3 * MOST], G[3 * MOST], f[2 * MOST], out[4 * MOST], scale[MOST];
    bench b;
    open_bench(&b, 500 + (uint64_t)_i);
    for (int k = 0; k < 4; k++) {
        size_t n = 1 + roll_to(&b.d, MOST), r = 1 + roll_to(&b.d, n);
        uint64_t bytes;
        for (size_t i = 0; i < n; i++) {
            F[i] = roll(&b.d) < 0.1 ? 1e-200 : roll(&b.d);
            G[i] = 1 - F[i];
            f[i] = 1;
            scale[i] = roll_in(&b.d, 0.5, 2);
        }
        snprintf(b.what, sizeof b.what, "order, n %zu, r %zu", n, r);
        OK(binnet_order_estimate(b.ctx, NULL, &bytes, NULL, n, r, 0));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_cdf(b.ctx, out, n, F, G, r));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_survival(b.ctx, out, n, F, G, r));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_log_cdf(b.ctx, out, out + 1, n, F, G, r));
        OK(binnet_order_estimate(b.ctx, NULL, &bytes, NULL, n, 0, 0));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_cdf_all(b.ctx, out, NULL, n, F, G));
        OK(binnet_order_estimate(b.ctx, NULL, &bytes, NULL, n, r, 1));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_pdf(b.ctx, out, n, F, G, f, r));
        OK(binnet_order_estimate(b.ctx, NULL, &bytes, NULL, n, 0, 1));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_pdf_all(b.ctx, out, n, F, G, f));

        size_t m = 4 + roll_to(&b.d, 20), ranks[2] = {1 + roll_to(&b.d, m / 2), m / 2 + 1 + roll_to(&b.d, m / 2)};
        for (size_t i = 0; i < m; i++) {
            F[3 * i] = F[3 * i + 1] = 0.25;
            F[3 * i + 2] = 0.5;
            f[2 * i] = f[2 * i + 1] = 1;
        }
        snprintf(b.what, sizeof b.what, "joint order, n %zu, r %zu %zu", m, ranks[0], ranks[1]);
        OK(binnet_order_joint_estimate(b.ctx, NULL, &bytes, NULL, m, 2, ranks, 0));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_joint_cdf(b.ctx, out, m, 2, ranks, F));
        OK(binnet_order_joint_estimate(b.ctx, NULL, &bytes, NULL, m, 2, ranks, 1));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_joint_pdf(b.ctx, out, m, 2, ranks, F, f));

        size_t few = 1 + roll_to(&b.d, 12), first = 1 + roll_to(&b.d, few),
               last = first + roll_to(&b.d, few - first + 1);
        binnet_noise *noise;
        binnet_order *order;
        OK(roll(&b.d) < 0.5 ? binnet_noise_new_gaussian(b.ctx, &noise, few, scale)
                            : binnet_noise_new_laplace(b.ctx, &noise, few, scale));
        const binnet_noise *part[1] = {noise};
        OK(binnet_order_new(b.ctx, &order, 1, part, scale));
        snprintf(b.what, sizeof b.what, "moments, n %zu, ranks %zu..%zu", few, first, last);
        OK(binnet_order_moments_estimate(b.ctx, NULL, &bytes, NULL, order, first, last));
        start(&b);
        check_peak(&b, (double)bytes, binnet_order_moments(b.ctx, out, out + few, NULL, NULL, order, first, last));
        binnet_order_free(order);
        binnet_noise_free(noise);
    }
    close_bench(&b);
}
END_TEST

START_TEST(permanents)
{
    static double a[24 * 24];
    bench b;
    open_bench(&b, 600 + (uint64_t)_i);
    for (int k = 0; k < 6; k++) {
        size_t n = 1 + roll_to(&b.d, 14), m = roll(&b.d) < 0.3 ? 1 + roll_to(&b.d, n) : n;
        double zeros = roll(&b.d) < 0.5 ? 0 : roll(&b.d), mixed = roll(&b.d) < 0.5 ? 0 : -1, value;
        int64_t exponent;
        uint64_t bytes;
        for (size_t i = 0; i < m * n; i++)
            a[i] = roll(&b.d) < zeros ? 0 : roll_in(&b.d, mixed, 1);
        snprintf(b.what, sizeof b.what, "permanent, %zu x %zu, zeros %.2f, from %.0f", m, n, zeros, mixed);
        OK(binnet_permanent_estimate(b.ctx, NULL, &bytes, NULL, NULL, m, n, a, BINNET_PERMANENT_AUTO));
        start(&b);
        int32_t code = binnet_permanent_scaled(b.ctx, &value, &exponent, NULL, NULL, m, n, a, BINNET_PERMANENT_AUTO);
        check_peak(&b, (double)bytes, code == BINNET_E_NOCONV ? BINNET_OK : code);
    }
    close_bench(&b);
}
END_TEST

START_TEST(storages)
{
    static uint8_t from[40 * 60], to[40 * 60], mask[60 * 60];
    static double J[60 * 60];
    bench b;
    open_bench(&b, 700 + (uint64_t)_i);
    for (int k = 0; k < 4; k++) {
        size_t n = 1 + roll_to(&b.d, 60), L = 1 + roll_to(&b.d, 40);
        int32_t rule = (int32_t)roll_to(&b.d, 7), masked = roll(&b.d) < 0.3, found = rule == 1 && roll(&b.d) < 0.2;
        int32_t sign[60];
        for (size_t j = 0; j < n; j++)
            sign[j] = BINNET_SIGN_FOUND;
        for (size_t j = 0; j < n * n; j++)
            mask[j] = roll(&b.d) < 0.8;
        for (size_t j = 0; j < n * L; j++) {
            from[j] = roll(&b.d) < 0.5;
            to[j] = rule == 3 ? from[j] : roll(&b.d) < 0.5;
        }
        binnet_wiring *wiring = NULL;
        OK(binnet_wiring_new(b.ctx, &wiring, n, masked ? mask : NULL, roll(&b.d) < 0.5, found ? sign : NULL, NULL, NULL,
                             NULL, rule <= 1 ? (int32_t)roll_to(&b.d, 3) : 0));
        binnet_storage *s;
        uint64_t bytes;
        snprintf(b.what, sizeof b.what, "storage, n %zu, %zu transitions, rule %d, mask %d, signs %d", n, L, (int)rule,
                 masked, found);
        OK(binnet_store_estimate(b.ctx, NULL, &bytes, NULL, n, L, rule, wiring));
        start(&b);
        int32_t code = binnet_store(b.ctx, J, &s, n, L, from, to, rule, NULL, NULL, NULL, NULL, wiring);
        double proofs = 0;
        for (size_t i = 0; i < n; i++) {
            size_t rows = binnet_storage_contradiction_rows(s, i), words = binnet_storage_contradiction_words(s, i);
            proofs += rows > 0 ? 64 + (double)rows * (16 + 8 * (double)words) : 0;
        }
        check_most(&b, (double)bytes + proofs,
                   code == BINNET_E_UNMET || (rule == 6 && code == BINNET_E_RANGE) ? BINNET_OK : code);
        binnet_storage_free(s);
        binnet_wiring_free(wiring);
    }
    close_bench(&b);
}
END_TEST

/* Laws of chains: what is told of lagged moments, of entropies, of joint laws, of passage times. */
START_TEST(laws_of_chains)
{
    enum { MOST = 7, STATES = 1 << MOST, LAGS = 5 };
    static double out[(LAGS + 1) * MOST * MOST + STATES * STATES], x[STATES];
    static const int32_t all[MOST] = {0, 1, 2, 3, 4, 5, 6};
    bench b;
    open_bench(&b, 800 + (uint64_t)_i);
    OK(binnet_ctx_set_i64(b.ctx, BINNET_P_METHOD, _i % 2 ? BINNET_METHOD_GTH : BINNET_METHOD_AUTO));
    for (int k = 0; k < CHAIN_KINDS; k++) {
        size_t n = 1 + roll_to(&b.d, MOST), states = (size_t)1 << n, some = 1 + roll_to(&b.d, n);
        uint64_t bytes, lags = roll_to(&b.d, LAGS + 1), in_target = 0;
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_law *law;
        binnet_set *target;
        /* dense: of a sparse one steps are told both ways, and which is taken depends on the law */
        OK(make_net(b.ctx, &net, NET_DENSE, n, (uint64_t)_i));
        OK(make_noise(b.ctx, &noise, NOISE_GAUSSIAN, n));
        OK(make_chain(b.ctx, &chain, k, net, noise));
        for (size_t s = 0; s < states; s++)
            x[s] = 1 / (double)states;
        OK(binnet_law_new(b.ctx, &law, n, x, states));
        OK(binnet_set_new_states(b.ctx, &target, n, &in_target, 1));

        snprintf(b.what, sizeof b.what, "lagged covariances, %s, n %zu, lags %d", chain_names[k], n, (int)lags);
        OK(binnet_chain_lagged_estimate(b.ctx, &bytes, NULL, chain, lags));
        start(&b);
        check_peak(&b, (double)bytes,
                   binnet_chain_lagged_covariances(b.ctx, out, (size_t)(lags + 1) * n * n, chain, law, lags));
        snprintf(b.what, sizeof b.what, "joint law, %s, n %zu, lag %d, %zu neurons", chain_names[k], n, (int)lags,
                 some);
        OK(binnet_chain_joint_law_estimate(b.ctx, &bytes, NULL, chain, lags, n, some));
        start(&b);
        check_peak(&b, (double)bytes,
                   binnet_chain_joint_law(b.ctx, out, states << some, chain, law, lags, n, all, some, all));
        snprintf(b.what, sizeof b.what, "entropy production, %s, n %zu", chain_names[k], n);
        OK(binnet_chain_entropy_production_estimate(b.ctx, &bytes, NULL, chain));
        start(&b);
        check_peak(&b, (double)bytes, binnet_chain_entropy_production(b.ctx, out, chain, law));
        snprintf(b.what, sizeof b.what, "passage times, %s, n %zu", chain_names[k], n);
        OK(binnet_passage_estimate(b.ctx, NULL, &bytes, NULL, chain, target));
        start(&b);
        check_peak(&b, (double)bytes, binnet_passage_times(b.ctx, out, out + states, states, NULL, chain, target));
        binnet_set_free(target);
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    close_bench(&b);
}
END_TEST

START_TEST(simulations)
{
    static const double scale[2] = {1, 1};
    bench b;
    open_bench(&b, 900 + (uint64_t)_i);
    for (int k = 0; k < 6; k++) {
        const int32_t update = 1 + k % 3, redrawn = k / 3;
        const int64_t size[2] = {1 + (int64_t)roll_to(&b.d, 60), 1 + (int64_t)roll_to(&b.d, 60)};
        const double J[4] = {1, -2, 0.5, -1}, p[4] = {roll(&b.d), roll(&b.d), 0.1, 0.2}, zero[2] = {0, 0};
        const uint64_t lag[2] = {1, 5};
        size_t n = (size_t)(size[0] + size[1]), watched = 1 + roll_to(&b.d, n < 40 ? n : 40), lags = roll_to(&b.d, 3);
        uint64_t bytes, runs = 1 + roll_to(&b.d, 3);
        binnet_noise *noise;
        binnet_sim *sim;
        binnet_run *run;
        int32_t neuron[40];
        for (int32_t i = 0; i < 40; i++)
            neuron[i] = i;
        OK(binnet_noise_new_gaussian(b.ctx, &noise, 2, scale));
        snprintf(b.what, sizeof b.what, "simulator, %d and %d neurons, update %d, redrawn %d", (int)size[0],
                 (int)size[1], (int)update, (int)redrawn);
        OK(binnet_sim_populations_estimate(b.ctx, NULL, &bytes, NULL, 2, size, p, NULL, update, NULL, redrawn));
        start(&b);
        check_peak(&b, (double)bytes,
                   (redrawn ? binnet_sim_new_redrawn : binnet_sim_new_populations)(b.ctx, &sim, 2, size, J, p, NULL,
                                                                                   zero, zero, noise, BINNET_TIE_SILENT,
                                                                                   update, NULL, 7));
        snprintf(b.what, sizeof b.what, "run, %zu neurons, %zu watched, %zu lags, %d runs", n, watched, lags,
                 (int)runs);
        OK(binnet_sim_run_estimate(b.ctx, NULL, &bytes, NULL, sim, watched, lags, lag, 1, 10, 200, runs));
        start(&b);
        int32_t code = binnet_sim_run(b.ctx, &run, sim, watched, neuron, lags, lag, 1, 10, 200, runs);
        check_peak(&b, (double)bytes, code == BINNET_E_NOCONV ? BINNET_OK : code);
        binnet_run_free(run);
        binnet_sim_free(sim);
        binnet_noise_free(noise);
    }
    close_bench(&b);
}
END_TEST

RUN_REPEATED("estimates", {attractors, CASES}, {diagrams, CASES}, {homogeneous_diagrams, CASES}, {fixed_points, CASES},
             {ensembles, CASES}, {orders, CASES}, {permanents, CASES}, {storages, CASES}, {laws_of_chains, FEW},
             {simulations, FEW})
