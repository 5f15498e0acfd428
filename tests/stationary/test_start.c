/* Laws from a start of the caller's: good starts save steps, and the worst ones change nothing but the last digits. The law of
 * symmetric weights with logistic noise, one neuron at a time, is Boltzmann's; other chains are compared with elimination. */
#include "support/support.h"

#include <string.h>

enum { N = 10, S = 1 << N };

typedef struct scene {
    binnet_ctx *ctx;
    binnet_chain *chain;
    double want[S];
} scene;

static void scene_free(scene *s)
{
    binnet_chain_free(s->chain);
    binnet_ctx_free(s->ctx);
}

static binnet_chain *make_chain(binnet_ctx *ctx, const double *J, const double *theta, double T, int32_t update)
{
    return new_chain(ctx, N, J, theta, NULL, BINNET_NOISE_LOGISTIC, T, update);
}

/* Symmetric weights around `mean`: two wells when that is large; `tilt` makes one of them deeper. */
static scene boltzmann_scene(double mean, double tilt, double T, uint64_t seed)
{
    scene s = {.ctx = new_ctx(1)};
    dice d = dice_of(seed);
    double J[N * N] = {0}, theta[N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            J[i * N + j] = J[j * N + i] = mean + roll_in(&d, -0.3, 0.3);
    for (size_t i = 0; i < N; i++) {
        theta[i] = -tilt;
        for (size_t j = 0; j < N; j++)
            theta[i] += J[i * N + j] / 2;
    }
    OK(binnet_ctx_set_i64(s.ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
    s.chain = make_chain(s.ctx, J, theta, T, BINNET_UPDATE_ASYNCHRONOUS);
    long double total = 0, e[S], most = -INFINITY;
    for (size_t A = 0; A < S; A++) {
        e[A] = 0;
        for (size_t i = 0; i < N; i++) {
            e[A] -= A >> i & 1 ? theta[i] : 0;
            for (size_t j = 0; j < i; j++)
                e[A] += A >> i & A >> j & 1 ? J[i * N + j] : 0;
        }
        e[A] /= T;
        most = fmaxl(most, e[A]);
    }
    for (size_t A = 0; A < S; A++)
        total += expl(e[A] - most);
    for (size_t A = 0; A < S; A++)
        s.want[A] = (double)(expl(e[A] - most) / total);
    return s;
}

static scene elimination_scene(int32_t update, double T, uint64_t seed)
{
    scene s = {.ctx = new_ctx(1)};
    dice d = dice_of(seed);
    double J[N * N], theta[N];
    for (size_t k = 0; k < N * N; k++)
        J[k] = roll_in(&d, -1, 1);
    for (size_t i = 0; i < N; i++)
        theta[i] = roll_in(&d, -0.5, 0.5);
    s.chain = make_chain(s.ctx, J, theta, T, update);
    binnet_law *law;
    OK(binnet_ctx_set_i64(s.ctx, BINNET_P_METHOD, BINNET_METHOD_GTH));
    OK(binnet_chain_stationary(s.ctx, &law, s.chain));
    memcpy(s.want, binnet_law_data(law), sizeof s.want);
    binnet_law_free(law);
    OK(binnet_ctx_set_i64(s.ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
    return s;
}

enum {
    RIGHT,
    ONE_STATE,
    OTHER_STATE,
    UNIFORM,
    SWAPPED,
    LIGHT_WELL,
    NOISY,
    NEARLY,
    NEARLY_SWAPPED,
    OTHER_NETWORK,
    HALF_ZERO,
    LAST_START
};

/* A start of some kind; the wells are the states with fewer and with more than half of the neurons active. */
static void fill_start(double *p, int kind, const scene *s, uint64_t seed)
{
    dice d = dice_of(seed);
    double low = 0, high = 0, total = 0;
    for (size_t A = 0; A < S; A++)
        *(__builtin_popcountll(A) > N / 2 ? &high : &low) += s->want[A];
    for (size_t A = 0; A < S; A++) {
        int up = __builtin_popcountll(A) > N / 2, light = high < low ? up : !up;
        switch (kind) {
        case RIGHT:
            p[A] = s->want[A];
            break;
        case ONE_STATE:
            p[A] = A == 0;
            break;
        case OTHER_STATE:
            p[A] = A == S - 1;
            break;
        case UNIFORM:
            p[A] = 1;
            break;
        case SWAPPED: /* right within the wells */
            p[A] = s->want[A] * (up ? low / high : high / low);
            break;
        case LIGHT_WELL:
            p[A] = light ? s->want[A] : 0;
            break;
        case NOISY:
            p[A] = s->want[A] * roll_in(&d, 0.7, 1.4);
            break;
        case NEARLY: /* as extrapolated */
            p[A] = s->want[A] * (1 + roll_in(&d, -1e-8, 1e-8));
            break;
        case NEARLY_SWAPPED: /* nothing is wrong that a pass could see */
            p[A] = s->want[A] * (up ? 1 + 1e-6 : 1 - 1e-6);
            break;
        case OTHER_NETWORK:
            p[A] = exp(-roll_in(&d, 0, 40));
            break;
        default: /* HALF_ZERO */
            p[A] = A % 2 ? 0 : s->want[A] + 1e-9;
        }
        total += p[A];
    }
    for (size_t A = 0; A < S; A++)
        p[A] /= total;
}

/* Solves from a start; the error is within what the law says of itself. Returns its steps. */
static uint64_t solve_from(const scene *s, int kind, double allowed)
{
    double p[S];
    binnet_law *law, *start;
    fill_start(p, kind, s, 7);
    OK(binnet_law_new(s->ctx, &start, N, p, S));
    OK(binnet_chain_stationary_from(s->ctx, &law, s->chain, start));
    const double *got = binnet_law_data(law);
    double error = 0;
    for (size_t A = 0; A < S; A++)
        if (s->want[A] > 1e-280)
            error = fmax(error, fabs(got[A] / s->want[A] - 1));
    ck_assert_msg(error <= binnet_law_balance_error(law) + allowed, "start %d: error %g, said %g", kind, error,
                  binnet_law_balance_error(law));
    ck_assert(binnet_law_balance_error(law) < 1e-9 && binnet_law_residual(law) <= 1e-12);
    uint64_t steps = binnet_law_iterations(law);
    binnet_law_free(law);
    binnet_law_free(start);
    return steps;
}

/* Energies are sums of some fifty terms: their rounding, divided by T. */
START_TEST(wells)
{
    static const struct {
        double mean, tilt, T;
    } cases[] = {{0, 0, 0.3},       {0.5, 0.01, 1},   {0.5, 0.02, 0.3}, {1, 0.05, 0.2},
                 {1, 0.001, 0.1},   {1, 0.2, 0.05},   {-0.5, 0.1, 0.1}, {0.2, 0.05, 0.02},
                 {0.3, 0.03, 0.05}, {0.5, 0.01, 0.6}, {0.5, 0.01, 0.45}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            scene s = boltzmann_scene(cases[k].mean, cases[k].tilt, cases[k].T, seed);
            for (int kind = 0; kind < LAST_START; kind++)
                solve_from(&s, kind, 100 * 0x1p-53 * 50 / cases[k].T);
            scene_free(&s);
        }
}
END_TEST

/* Elimination is right to some (states) 2^-50. */
START_TEST(every_update)
{
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++)
        for (int k = 0; k < 2; k++) {
            scene s = elimination_scene(update, k == 0 ? 0.4 : 0.08, 11 + (uint64_t)k);
            for (int kind = 0; kind < LAST_START; kind++)
                solve_from(&s, kind, S * 0x1p-50);
            scene_free(&s);
        }
}
END_TEST

START_TEST(good_starts_save_steps)
{
    scene s = boltzmann_scene(0.2, 0.1, 0.5, 5);
    binnet_law *law, *same;
    OK(binnet_chain_stationary(s.ctx, &law, s.chain));
    uint64_t usual = binnet_law_iterations(law), right = solve_from(&s, RIGHT, 1e-12);
    ck_assert_msg(right <= 12 && right * 2 < usual, "%d steps from the law, %d without", (int)right, (int)usual);
    /* NULL is no start; a start that is far off is no start either, but for the step that shows it */
    OK(binnet_chain_stationary_from(s.ctx, &same, s.chain, NULL));
    ck_assert(memcmp(binnet_law_data(law), binnet_law_data(same), S * sizeof(double)) == 0);
    binnet_law_free(same);
    ck_assert(solve_from(&s, ONE_STATE, 1e-12) == usual + 1);
    binnet_law_free(law);
    scene_free(&s);
}
END_TEST

/* What a sweep does: thresholds shift a little, and the start is extrapolated from the two laws before (in logarithms). The
 * same code, and the same law within what both say of themselves, with fewer steps altogether. */
START_TEST(neighbours)
{
    uint64_t steps = 0, usual = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        dice d = dice_of(seed);
        binnet_ctx *ctx = new_ctx(1);
        double J[N * N], theta[N], last[2][S] = {{0}}, T = pow(10, roll_in(&d, -1.1, 0));
        int32_t update = BINNET_UPDATE_SYNCHRONOUS + (int32_t)(seed % 3);
        for (size_t k = 0; k < N * N; k++)
            J[k] = roll(&d) < 0.6 ? roll_in(&d, -1, 1) : 0;
        for (size_t i = 0; i < N; i++)
            theta[i] = roll_in(&d, -0.5, 0.5);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
        for (int k = 0; k < 4; k++) {
            binnet_chain *chain = make_chain(ctx, J, theta, T, update);
            binnet_law *law, *from, *start;
            OK(binnet_chain_stationary(ctx, &law, chain));
            for (size_t A = 0; k >= 2 && A < S; A++)
                last[1][A] = exp(2 * last[0][A] - last[1][A]);
            double total = 0;
            for (size_t A = 0; k >= 2 && A < S; A++)
                total += last[1][A];
            for (size_t A = 0; k >= 2 && A < S; A++)
                last[1][A] /= total;
            if (k >= 2) {
                OK(binnet_law_new(ctx, &start, N, last[1], S));
                OK(binnet_chain_stationary_from(ctx, &from, chain, start));
                double said = binnet_law_balance_error(law) + binnet_law_balance_error(from), error = 0;
                for (size_t A = 0; A < S; A++)
                    if (binnet_law_data(law)[A] > 1e-280)
                        error = fmax(error, fabs(binnet_law_data(from)[A] / binnet_law_data(law)[A] - 1));
                ck_assert_msg(error <= said, "seed %d, point %d: %g, said %g", (int)seed, k, error, said);
                steps += binnet_law_iterations(from);
                usual += binnet_law_iterations(law);
                binnet_law_free(from);
                binnet_law_free(start);
            }
            memcpy(last[1], last[0], sizeof last[0]);
            for (size_t A = 0; A < S; A++)
                last[0][A] = log(binnet_law_data(law)[A]);
            for (size_t i = 0; i < N; i++)
                theta[i] -= 0.005 * T;
            binnet_law_free(law);
            binnet_chain_free(chain);
        }
        binnet_ctx_free(ctx);
    }
    ck_assert_msg(10 * steps < 8 * usual, "%d steps, %d without a start", (int)steps, (int)usual);
}
END_TEST

/* Some neurons influence nobody, others are a piece of their own: each part starts from its marginal law. */
START_TEST(parts)
{
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        binnet_ctx *ctx = new_ctx(1);
        dice d = dice_of(3);
        double J[N * N] = {0}, theta[N], worst = 0;
        for (size_t i = 0; i < N; i++) {
            theta[i] = roll_in(&d, -0.3, 0.3);
            for (size_t j = 0; j < N - 2; j++)
                if (i >= N - 2 || i / 4 == j / 4)
                    J[i * N + j] = roll_in(&d, -1, 1);
        }
        binnet_chain *chain = make_chain(ctx, J, theta, 0.5, update);
        binnet_law *law, *from, *wrong, *again;
        double p[S] = {0};
        p[S / 3] = 1;
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
        OK(binnet_law_new(ctx, &wrong, N, p, S));
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_chain_stationary_from(ctx, &from, chain, law));
        OK(binnet_chain_stationary_from(ctx, &again, chain, wrong));
        for (size_t A = 0; A < S; A++) {
            worst = fmax(worst, fabs(binnet_law_data(from)[A] / binnet_law_data(law)[A] - 1));
            worst = fmax(worst, fabs(binnet_law_data(again)[A] / binnet_law_data(law)[A] - 1));
        }
        ck_assert_msg(worst <= binnet_law_balance_error(law) + binnet_law_balance_error(from) +
                                   binnet_law_balance_error(again),
                      "update %d: %g", update, worst);
        ck_assert_msg(2 * binnet_law_iterations(from) < binnet_law_iterations(law), "update %d: %d and %d steps",
                      update, (int)binnet_law_iterations(from), (int)binnet_law_iterations(law));
        binnet_law_free(law);
        binnet_law_free(from);
        binnet_law_free(again);
        binnet_law_free(wrong);
        binnet_chain_free(chain);
        binnet_ctx_free(ctx);
    }
}
END_TEST

START_TEST(bad_arguments)
{
    scene s = boltzmann_scene(0, 0, 1, 1);
    binnet_law *law = NULL, *start;
    const double two[4] = {0.25, 0.25, 0.25, 0.25};
    OK(binnet_law_new(s.ctx, &start, 2, two, 4));
    ck_assert_int_eq(binnet_chain_stationary_from(s.ctx, &law, s.chain, start), BINNET_E_SIZE);
    ck_assert(law == NULL && strstr(binnet_ctx_message(s.ctx), "2 neurons") != NULL);
    ck_assert_int_eq(binnet_chain_stationary_from(s.ctx, &law, NULL, start), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_stationary_from(s.ctx, NULL, s.chain, start), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_stationary_from(NULL, &law, s.chain, start), BINNET_E_NULL);
    binnet_law_free(start);
    scene_free(&s);
}
END_TEST

RUN_TESTS("start", wells, every_update, good_starts_save_steps, neighbours, parts, bad_arguments)
