/* Eigenvalues against closed forms (independent neurons, two states, cycles), Jacobi rotations of reversible chains and traces;
 * modes against the explicit matrix; sets, the coarse chain and committors against sums over all states in long double. The
 * bounds that are reported are never below the true errors. usage: test_spectrum [slow] */
#include "support/support.h"

#include <string.h>

static int slow;

enum { ELIMINATE = BINNET_METHOD_GTH, ITERATE = BINNET_METHOD_ITERATION, AUTO = BINNET_METHOD_AUTO };

typedef struct chain_case {
    binnet_ctx *ctx;
    binnet_chain *chain;
    size_t n, S;
} chain_case;

static chain_case open_system(size_t n, const double *J, const double *theta, double T, int32_t update, int32_t method)
{
    chain_case s = {new_ctx(2), NULL, n, (size_t)1 << n};
    double scale[32];
    int32_t block[32];
    binnet_net *net;
    binnet_noise *noise;
    for (size_t i = 0; i < n; i++) {
        scale[i] = T;
        block[i] = (int32_t)(i >= n / 2 && n > 1);
    }
    OK(binnet_ctx_set_i64(s.ctx, BINNET_P_METHOD, method));
    OK(binnet_net_new(s.ctx, &net, n, J, NULL, theta, NULL));
    OK(binnet_noise_new_logistic(s.ctx, &noise, n, scale));
    if (update == BINNET_UPDATE_BLOCKS)
        OK(binnet_chain_new_blocks(s.ctx, &s.chain, net, noise, n > 1 ? 2 : 1, block));
    else
        OK(binnet_chain_new(s.ctx, &s.chain, net, noise, update));
    binnet_noise_free(noise);
    binnet_net_free(net);
    return s;
}

static void close_system(chain_case *s)
{
    binnet_chain_free(s->chain);
    binnet_ctx_free(s->ctx);
}

/* Weights: 0 random, 1 symmetric, 2 alike, 3 of each neuron to itself. */
static chain_case draw_system(size_t n, int kind, double T, int32_t update, int32_t method, uint64_t seed)
{
    dice d = dice_of(seed);
    double J[32 * 32] = {0}, theta[32];
    for (size_t i = 0; i < n; i++) {
        theta[i] = kind == 2 ? 0.5 * (double)(n - 1) / (double)n : roll_in(&d, -0.3, 0.3);
        for (size_t j = 0; j < n; j++)
            J[i * n + j] = i == j               ? (kind == 3 ? roll_in(&d, -1, 1) : 0)
                           : kind == 3          ? 0
                           : kind == 2          ? 1.0 / (double)n
                           : kind == 1 && j < i ? J[j * n + i]
                                                : roll_in(&d, -1, 1) / sqrt((double)n);
    }
    return open_system(n, J, theta, T, update, method);
}

/* Each computed value has a true one within its bound, a different one each, and no true one that is larger is left over. */
static void compare_values(const binnet_spectrum *s, const double *re, const double *im, size_t count, double most)
{
    unsigned char used[4096] = {0};
    double last = 0, slack = 0;
    ck_assert_uint_le(count, sizeof used);
    for (size_t k = 0; k < binnet_spectrum_count(s); k++) {
        double a, b, bound, best = INFINITY;
        size_t at = 0;
        OK(binnet_spectrum_value(s, k, &a, &b, &bound));
        for (size_t j = 0; j < count; j++) {
            double distance = hypot(a - re[j], b - (im == NULL ? 0 : im[j]));
            if (!used[j] && distance < best) {
                best = distance;
                at = j;
            }
        }
        used[at] = 1;
        /* those in the list are rounded themselves */
        ck_assert_msg(best <= bound + 4e-16, "eigenvalue %zu: %.17g%+.17gi, error %.3g, bound %.3g", k, a, b, best,
                      bound);
        ck_assert_msg(bound <= most, "eigenvalue %zu: %.17g%+.17gi, bound %.3g", k, a, b, bound);
        last = hypot(a, b);
        slack = fmax(slack, bound);
    }
    for (size_t j = 0; j < count; j++)
        ck_assert_msg(used[j] || hypot(re[j], im == NULL ? 0 : im[j]) <= last + slack, "%.17g was not found", re[j]);
}

static double fires(double h, double T)
{
    return 1 / (1 + exp(-h / T));
}

/* Independent neurons: products, or sums of what each relaxes by. */
START_TEST(independent)
{
    static const double noise[] = {0.5, 0.1, 0.03};
    const int32_t methods[] = {ELIMINATE, ITERATE};
    size_t n = _i % 2 ? 5 : 7;
    double T = noise[_i / 2 % 3];
    int32_t update = 1 + _i / 6 % 3;
    for (int m = 0; m < 2; m++) {
        dice d = dice_of((uint64_t)_i + 1);
        double J[49] = {0}, theta[7], relax[7], re[128];
        for (size_t i = 0; i < n; i++) {
            theta[i] = roll_in(&d, -0.2, 0.2);
            J[i * n + i] = roll_in(&d, -1, 1);
            double p1 = fires(J[i * n + i] - theta[i], T), q1 = fires(theta[i] - J[i * n + i], T),
                   p0 = fires(-theta[i], T);
            relax[i] = update == BINNET_UPDATE_ASYNCHRONOUS ? (q1 + p0) / (double)n : p1 - p0;
        }
        chain_case s = open_system(n, J, theta, T, update, methods[m]);
        for (size_t A = 0; A < s.S; A++) {
            re[A] = 1;
            for (size_t i = 0; i < n; i++)
                if (A >> i & 1)
                    re[A] = update == BINNET_UPDATE_ASYNCHRONOUS ? re[A] - relax[i] : re[A] * relax[i];
        }
        binnet_spectrum *sp;
        OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 9));
        compare_values(sp, re, NULL, s.S, 1e-8);
        binnet_spectrum_free(sp);
        close_system(&s);
    }
}
END_TEST

/* Equal independent neurons: n equal eigenvalues, all found. */
START_TEST(equal_neurons)
{
    double J[100] = {0}, theta[10], re[1024];
    size_t n = 10;
    for (size_t i = 0; i < n; i++) {
        theta[i] = 0.1;
        J[i * n + i] = 0.7;
    }
    double r = fires(0.6, 0.3) - fires(-0.1, 0.3);
    for (int32_t update = 1; update <= 3; update++) {
        chain_case s = open_system(n, J, theta, 0.3, update, AUTO);
        binnet_spectrum *sp;
        for (size_t A = 0; A < s.S; A++) {
            int ones = 0;
            for (size_t i = 0; i < n; i++)
                ones += A >> i & 1;
            re[A] = update == BINNET_UPDATE_ASYNCHRONOUS ? 1 - ones * (1 - r) / (double)n : pow(r, ones);
        }
        OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 14));
        compare_values(sp, re, NULL, s.S, 1e-9);
        ck_assert_int_eq(binnet_spectrum_method(sp), ITERATE);
        binnet_spectrum_free(sp);
        close_system(&s);
    }
}
END_TEST

/* One neuron: lambda = Pr(active | active) - Pr(active | silent), also beside 1. */
START_TEST(two_states)
{
    static const double weight[] = {0, 1, -1, 10, 30, -30, 36, 60};
    for (int m = 1; m <= 2; m++)
        for (size_t k = 0; k < sizeof weight / sizeof *weight; k++) {
            const double J[1] = {weight[k]}, theta[1] = {weight[k] / 2};
            double a, b, bound, h = weight[k] / 2, tau, lo, hi, period;
            chain_case s = open_system(1, J, theta, 1, BINNET_UPDATE_SYNCHRONOUS, m);
            binnet_spectrum *sp;
            OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 2));
            ck_assert_uint_eq(binnet_spectrum_count(sp), 2);
            OK(binnet_spectrum_value(sp, 1, &a, &b, &bound));
            double gap = 2 / (1 + exp(h));
            ck_assert_double_le(fabs((1 - a) - gap), bound);
            ck_assert_double_le(bound, 1e-12);
            OK(binnet_spectrum_times(sp, 1, &tau, &lo, &hi, &period));
            double want = -1 / log(fabs(1 - gap));
            ck_assert(gap == 1 || (lo <= want * (1 + 1e-9) && want <= hi * (1 + 1e-9)) || gap < 1e-13);
            ck_assert(gap < 1 || period == 2 || isnan(period));
            binnet_spectrum_free(sp);
            close_system(&s);
        }
}
END_TEST

/* 1 - lambda far below 2^-53, relative to itself: a neuron that nearly keeps its state beside others that do not. */
START_TEST(small_gaps)
{
    static const double weight[] = {1, 10, 30, 60, 200, 1000};
    for (int32_t update = 1; update <= 3; update++)
        for (size_t n = 1; n <= 5; n += 2)
            for (size_t k = 0; k < sizeof weight / sizeof *weight; k++) {
                double J[25] = {0}, theta[5] = {0}, gap, bound, h = weight[k] * 0.6, g = weight[k] * 0.4;
                J[0] = weight[k];
                theta[0] = h;
                for (size_t i = 1; i < n; i++) {
                    J[i * n + i] = 0.5;
                    theta[i] = 0.2 * (double)i - 0.3;
                }
                chain_case s = open_system(n, J, theta, 1, update, 1 + (int)k % 2);
                binnet_spectrum *sp;
                OK(binnet_spectrum_new(s.ctx, &sp, s.chain, n > 1 ? 4 : 2));
                double stays = 1 / (1 + exp(h)),
                       leaves = 1 / (1 + exp(g)); /* Pr(active | silent), Pr(silent | active) */
                double want = (stays + leaves) / (update == BINNET_UPDATE_ASYNCHRONOUS ? (double)n : 1);
                OK(binnet_spectrum_gap(s.ctx, &gap, &bound, sp, s.chain, 1));
                ck_assert_double_le(fabs(gap - want), bound + 4e-16 * want);
                if (weight[k] >= 30)
                    ck_assert_double_le(bound, 1e-6 * want);
                OK(binnet_spectrum_gap(s.ctx, &gap, &bound, sp, s.chain, 0));
                ck_assert(gap == 0 && bound == 0);
                binnet_spectrum_free(sp);
                close_system(&s);
            }
}
END_TEST

/* Activity goes round a ring: all eigenvalues are roots of unity. */
/* Slow modes whose eigenvalues are within 1e-10 of each other, and of 1, are still the slowest first, however many are asked for. Neurons
 * that are connected to themselves alone: Pr(1|1) - Pr(1|0) = 1 - gap. */
START_TEST(near_one)
{
    enum { N = 8, SLOW = 3, RUNS = 4 };
    const double gap[N] = {4e-11, 3e-14, 5e-11, 0.5, 0.6, 0.7, 0.8, 0.9};
    const double want[SLOW] = {3e-14, 4e-11, 4e-11 + 3e-14};
    double J[N * N] = {0}, theta[N];
    for (size_t i = 0; i < N; i++) {
        J[i * N + i] = 2 * log(2 / gap[i] - 1);
        theta[i] = J[i * N + i] / 2;
    }
    for (size_t k = 2; k <= SLOW + 1; k++)
        for (int64_t seed = 0; seed < RUNS; seed++) {
            binnet_spectrum *sp;
            chain_case s = open_system(N, J, theta, 1, BINNET_UPDATE_SYNCHRONOUS, seed == 0 ? ELIMINATE : ITERATE);
            OK(binnet_ctx_set_i64(s.ctx, BINNET_P_SEED, seed));
            OK(binnet_spectrum_new(s.ctx, &sp, s.chain, k));
            for (size_t j = 1; j < k; j++) {
                double re, im, bound, from_one, told;
                OK(binnet_spectrum_value(sp, j, &re, &im, &bound));
                OK(binnet_spectrum_gap(s.ctx, &from_one, &told, sp, s.chain, j));
                ck_assert_msg(fabs(1 - re - want[j - 1]) <= bound && im == 0, "%zu of %zu, seed %d: 1 - %g, bound %g",
                              j, k, (int)seed, 1 - re, bound);
                ck_assert_msg(fabs(from_one - want[j - 1]) <= told, "%zu of %zu, seed %d: gap %g, told %g", j, k,
                              (int)seed, from_one, told);
            }
            binnet_spectrum_free(sp);
            close_system(&s);
        }
}
END_TEST

START_TEST(ring)
{
    size_t n = 5, count = 0;
    double J[25] = {0}, theta[5], re[32], im[32], unit = 8 * atan(1);
    for (size_t i = 0; i < n; i++) {
        J[i * n + (i + n - 1) % n] = 1;
        theta[i] = 0.5;
    }
    for (int k = 0; k < 8; k++) /* two fixed points, six cycles of five */
        for (int j = 0; j < (k < 2 ? 1 : 5); j++) {
            re[count] = cos(unit * j / 5);
            im[count++] = sin(unit * j / 5);
        }
    chain_case s = open_system(n, J, theta, 0, BINNET_UPDATE_SYNCHRONOUS, AUTO);
    binnet_spectrum *sp;
    OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 32));
    compare_values(sp, re, im, 32, 1e-10);
    double tau, period, a;
    OK(binnet_spectrum_value(sp, 7, &a, NULL, NULL));
    ck_assert_double_ge(a, 1 - 1e-12);
    OK(binnet_spectrum_times(sp, 8, &tau, NULL, NULL, &period));
    ck_assert_double_ge(tau, 1e12);
    ck_assert_double_le(fabs(period - 5), 1e-10);
    binnet_spectrum_free(sp);
    close_system(&s);
    /* by iteration, where all moduli are equal: right, or refused */
    for (size_t k = 1; k <= 12; k++) {
        s = open_system(n, J, theta, 0, BINNET_UPDATE_SYNCHRONOUS, ITERATE);
        int32_t status = binnet_spectrum_new(s.ctx, &sp, s.chain, k);
        ck_assert(status == BINNET_OK || status == BINNET_E_NOCONV);
        if (status == BINNET_OK)
            compare_values(sp, re, im, 32, 1e-10);
        binnet_spectrum_free(sp);
        close_system(&s);
    }
}
END_TEST

/* A shift register forgets its start after n steps: eigenvalues 1 and 0, the latter with Jordan blocks of n. */
START_TEST(jordan_blocks)
{
    for (size_t n = 2; n <= 7; n++) {
        double J[49] = {0}, theta[7], re[128] = {1};
        for (size_t i = 0; i < n; i++) {
            theta[i] = i == 0 ? 1 : 0.5;
            if (i > 0)
                J[i * n + i - 1] = 1;
        }
        for (int m = 1; m <= 2; m++)
            for (size_t k = 1; k <= 4; k++) {
                chain_case s = open_system(n, J, theta, 0, BINNET_UPDATE_SYNCHRONOUS, m);
                binnet_spectrum *sp;
                int32_t status = binnet_spectrum_new(s.ctx, &sp, s.chain, k);
                ck_assert(k == 1 ? status == BINNET_OK : status == BINNET_OK || status == BINNET_E_NOCONV);
                if (status == BINNET_OK)
                    compare_values(sp, re, NULL, s.S, 1e-3);
                ck_assert((status == BINNET_OK) == (sp != NULL));
                binnet_spectrum_free(sp);
                close_system(&s);
            }
    }
}
END_TEST

/* --- reversible chains: the symmetric matrix, by Jacobi rotations --- */

static void jacobi(double *value, long double *a, size_t n)
{
    for (int sweep = 0; sweep < 30; sweep++) {
        long double off = 0;
        for (size_t p = 0; p < n; p++)
            for (size_t q = 0; q < p; q++)
                off += a[p * n + q] * a[p * n + q];
        if (off < 1e-34L)
            break;
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++) {
                if (fabsl(a[p * n + q]) < 1e-22L)
                    continue;
                long double z = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
                long double t = (z >= 0 ? 1 : -1) / (fabsl(z) + sqrtl(z * z + 1)), c = 1 / sqrtl(t * t + 1), s = t * c;
                for (size_t k = 0; k < n; k++) {
                    long double x = a[k * n + p], y = a[k * n + q];
                    a[k * n + p] = c * x - s * y;
                    a[k * n + q] = s * x + c * y;
                }
                for (size_t k = 0; k < n; k++) {
                    long double x = a[p * n + k], y = a[q * n + k];
                    a[p * n + k] = c * x - s * y;
                    a[q * n + k] = s * x + c * y;
                }
            }
    }
    for (size_t k = 0; k < n; k++)
        value[k] = (double)a[k * n + k];
}

START_TEST(reversible)
{
    static const double noise[] = {0.4, 0.15, 0.05};
    double T = noise[_i % 3];
    int kind = 1 + _i / 3;
    size_t n = 6, S = 64;
    double value[64], P[64 * 64];
    long double a[64 * 64];
    for (int m = 1; m <= 2; m++) {
        chain_case s = draw_system(n, kind, T, BINNET_UPDATE_ASYNCHRONOUS, m, 40);
        OK(binnet_chain_matrix(s.ctx, P, S * S, s.chain));
        for (size_t i = 0; i < S; i++)
            for (size_t j = 0; j < S; j++)
                a[i * S + j] = i == j ? P[i * S + i] : sqrtl((long double)P[i * S + j] * P[j * S + i]);
        jacobi(value, a, S);
        binnet_spectrum *sp;
        int32_t status = binnet_spectrum_new(s.ctx, &sp, s.chain, 6);
        ck_assert_msg(status == BINNET_OK || (status == BINNET_E_NOCONV && T < 0.1), "%s", binnet_ctx_message(s.ctx));
        if (status == BINNET_OK)
            compare_values(sp, value, NULL, S, T > 0.1 ? 1e-10 : 1e-3);
        binnet_spectrum_free(sp);
        close_system(&s);
    }
}
END_TEST

/* --- any chain: traces, the modes --- */

START_TEST(traces)
{
    size_t n = 5, S = 32;
    double P[32 * 32], trace = 0, square = 0, re, im, bound, sum = 0, sum2 = 0, slack = 0;
    for (int32_t update = 1; update <= 4; update++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            chain_case s = draw_system(n, 0, 0.2, update, AUTO, seed);
            binnet_spectrum *sp;
            OK(binnet_chain_matrix(s.ctx, P, S * S, s.chain));
            trace = square = sum = sum2 = slack = 0;
            for (size_t i = 0; i < S; i++) {
                trace += P[i * S + i];
                for (size_t j = 0; j < S; j++)
                    square += P[i * S + j] * P[j * S + i];
            }
            /* all of them; near 0 some may be too nearly multiple */
            int32_t status = binnet_spectrum_new(s.ctx, &sp, s.chain, S);
            ck_assert_msg(status == BINNET_OK || status == BINNET_E_NOCONV, "%s", binnet_ctx_message(s.ctx));
            for (size_t k = 0; status == BINNET_OK && k < S; k++) {
                OK(binnet_spectrum_value(sp, k, &re, &im, &bound));
                sum += re;
                sum2 += re * re - im * im;
                slack += bound;
            }
            if (status == BINNET_OK) {
                ck_assert_uint_eq(binnet_spectrum_count(sp), S);
                ck_assert_double_le(fabs(sum - trace), slack);
                ck_assert_double_le(fabs(sum2 - square), 2 * slack);
            }
            binnet_spectrum_free(sp);
            close_system(&s);
        }
}
END_TEST

/* Modes and residuals by the explicit matrix: what is reported is what is there. */
static void check_modes(const chain_case *s, const binnet_spectrum *sp, const double *P)
{
    size_t S = s->S;
    double r[2][64], l[2][64], re, im, right, left, condition;
    for (size_t k = 0; k < binnet_spectrum_count(sp); k++) {
        OK(binnet_spectrum_value(sp, k, &re, &im, NULL));
        OK(binnet_spectrum_right(s->ctx, r[0], r[1], S, sp, k));
        OK(binnet_spectrum_left(s->ctx, l[0], l[1], S, sp, k));
        OK(binnet_spectrum_residual(sp, k, &right, &left, &condition));
        double most = 0, sum = 0, x = 0, y = 0, worst = 0, total = 0;
        for (size_t a = 0; a < S; a++) {
            double u[2] = {0}, v[2] = {0};
            for (size_t b = 0; b < S; b++)
                for (int c = 0; c < 2; c++) {
                    u[c] += P[a * S + b] * r[c][b];
                    v[c] += l[c][b] * P[b * S + a];
                }
            most = fmax(most, hypot(r[0][a], r[1][a]));
            sum += hypot(l[0][a], l[1][a]);
            x += l[0][a] * r[0][a] - l[1][a] * r[1][a];
            y += l[0][a] * r[1][a] + l[1][a] * r[0][a];
            worst = fmax(worst, hypot(u[0] - re * r[0][a] + im * r[1][a], u[1] - re * r[1][a] - im * r[0][a]));
            total += hypot(v[0] - re * l[0][a] + im * l[1][a], v[1] - re * l[1][a] - im * l[0][a]);
        }
        ck_assert_double_le(fabs(most - 1), 1e-14);
        ck_assert_double_le(fabs(sum - 1), 1e-13);
        ck_assert_double_le(fabs(1 / hypot(x, y) - condition), 1e-9 * condition * condition);
        ck_assert_double_le(right, 1e-10);
        ck_assert_double_le(left, 1e-10);
        ck_assert_double_le(worst, right + 1e-14);
        ck_assert_double_le(total, left + 1e-13);
    }
}

START_TEST(modes)
{
    static double P[64 * 64];
    for (int32_t update = 1; update <= 4; update++)
        for (int m = 1; m <= 2; m++)
            for (int kind = 0; kind < 4; kind++) {
                chain_case s = draw_system(6, kind, 0.2, update, m, 3);
                binnet_spectrum *sp;
                OK(binnet_chain_matrix(s.ctx, P, s.S * s.S, s.chain));
                OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 7));
                ck_assert_uint_ge(binnet_spectrum_count(sp), 7);
                ck_assert_uint_le(binnet_spectrum_count(sp), 8);
                check_modes(&s, sp, P);
                binnet_spectrum_free(sp);
                close_system(&s);
            }
}
END_TEST

/* Each neuron sees those before it, in a sweep: the state before is forgotten at once, P is of rank 1, and a step leaves of a vector
 * of the Krylov space a constant and rounding. */
START_TEST(forgotten)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        dice d = dice_of(seed);
        double J[16] = {0}, theta[4], P[256];
        for (size_t i = 0; i < 4; i++) {
            theta[i] = roll_in(&d, -1, 1);
            for (size_t j = 0; j < i; j++)
                J[i * 4 + j] = roll_in(&d, -2, 2);
        }
        chain_case s = open_system(4, J, theta, 0.3, BINNET_UPDATE_SWEEP, ITERATE);
        binnet_spectrum *sp;
        OK(binnet_chain_matrix(s.ctx, P, s.S * s.S, s.chain));
        int32_t status = binnet_spectrum_new(s.ctx, &sp, s.chain, 5);
        ck_assert(status == BINNET_OK || status == BINNET_E_NOCONV);
        if (status == BINNET_OK)
            check_modes(&s, sp, P);
        binnet_spectrum_free(sp);
        close_system(&s);
    }
}
END_TEST

/* Krylov against LAPACK, each within both bounds. */
START_TEST(two_ways)
{
    size_t n = slow ? 10 : 7;
    for (int32_t update = 1; update <= 4; update++)
        for (int kind = 0; kind < 3; kind++) {
            chain_case s = draw_system(n, kind, 0.2, update, ELIMINATE, 11),
                       t = draw_system(n, kind, 0.2, update, ITERATE, 11);
            binnet_spectrum *matrix, *krylov;
            double re[2048], im[2048], bound[2048];
            OK(binnet_spectrum_new(s.ctx, &matrix, s.chain, 16));
            int32_t status = binnet_spectrum_new(t.ctx, &krylov, t.chain, 10);
            ck_assert_msg(status == BINNET_OK, "%d %d: %s", (int)update, kind, binnet_ctx_message(t.ctx));
            double most = 0;
            for (size_t k = 0; k < binnet_spectrum_count(matrix); k++) {
                OK(binnet_spectrum_value(matrix, k, &re[k], &im[k], &bound[k]));
                most = fmax(most, bound[k]);
            }
            for (size_t k = 0; k < binnet_spectrum_count(krylov); k++) {
                double a, b, own, best = INFINITY;
                OK(binnet_spectrum_value(krylov, k, &a, &b, &own));
                for (size_t j = 0; j < binnet_spectrum_count(matrix); j++)
                    best = fmin(best, hypot(a - re[j], b - im[j]));
                ck_assert_double_le(best, own + most);
                ck_assert_double_le(own, 1e-8);
                /* the same moduli in the same places */
                ck_assert_double_le(fabs(hypot(a, b) - hypot(re[k], im[k])), own + most);
            }
            binnet_spectrum_free(matrix);
            binnet_spectrum_free(krylov);
            close_system(&s);
            close_system(&t);
        }
}
END_TEST

/* Ten eigenvalues of larger chains. */
START_TEST(large)
{
    size_t n = slow ? 14 : 11;
    for (int32_t update = 1; update <= 2; update++) {
        chain_case s = draw_system(n, 0, update == 1 ? 0.2 : 0.1, update, AUTO, 7);
        binnet_spectrum *sp;
        OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 10));
        for (size_t k = 0; k < binnet_spectrum_count(sp); k++) {
            double right, left, bound;
            OK(binnet_spectrum_residual(sp, k, &right, &left, NULL));
            OK(binnet_spectrum_value(sp, k, NULL, NULL, &bound));
            ck_assert_double_le(right, 1e-10);
            ck_assert_double_le(left, 1e-10);
            ck_assert_double_le(bound, 1e-9);
        }
        binnet_spectrum_free(sp);
        close_system(&s);
    }
}
END_TEST

START_TEST(same_bits)
{
    static double first[2048], other[2048];
    for (int32_t update = 1; update <= 3; update++)
        for (int threads = 1; threads <= 3; threads++) {
            chain_case s = draw_system(10, 0, 0.3, update, AUTO, 5);
            OK(binnet_ctx_set_i64(s.ctx, BINNET_P_THREADS, threads));
            binnet_spectrum *sp;
            OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 4));
            double *to = threads == 1 ? first : other;
            OK(binnet_spectrum_right(s.ctx, to, NULL, 1024, sp, 2));
            OK(binnet_spectrum_left(s.ctx, to + 1024, NULL, 1024, sp, 3));
            ck_assert(threads == 1 || memcmp(first, other, sizeof first) == 0);
            binnet_spectrum_free(sp);
            close_system(&s);
        }
}
END_TEST

/* --- sets, the coarse chain --- */

/* Neurons that excite each other: mostly silent and mostly active states. */
START_TEST(two_wells)
{
    enum { MOST = 1 << 9 };
    static int32_t set[MOST];
    for (size_t n = 6; n <= 9; n += 3)
        for (int32_t update = 1; update <= 4; update++) {
            chain_case s = draw_system(n, 2, 0.1, update, AUTO, 1);
            binnet_spectrum *sp;
            binnet_law *law;
            uint64_t corner[2];
            double C[4], weight[2], residual, re[2], im[2], value;
            OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 2));
            OK(binnet_chain_stationary(s.ctx, &law, s.chain));
            OK(binnet_spectrum_sets(s.ctx, set, s.S, corner, 2, sp));
            ck_assert_int_eq(set[corner[0]], 0);
            ck_assert_int_eq(set[corner[1]], 1);
            ck_assert_int_ne(set[0], set[s.S - 1]);
            for (size_t A = 0; A < s.S; A++) {
                size_t active = 0;
                for (size_t i = 0; i < n; i++)
                    active += A >> i & 1;
                if (2 * active + 4 < n)
                    ck_assert_int_eq(set[A], set[0]);
                if (2 * active > n + 4)
                    ck_assert_int_eq(set[A], set[s.S - 1]);
            }
            OK(binnet_chain_coarse(s.ctx, C, weight, &residual, re, im, 2, s.chain, law, set, s.S));
            OK(binnet_spectrum_value(sp, 1, &value, NULL, NULL));
            ck_assert_double_le(fabs(re[1] - (1 - C[1] - C[2])), 1e-14);
            ck_assert_double_le(fabs(weight[0] + weight[1] - 1), 1e-13);
            ck_assert_double_le(fabs(weight[0] * C[1] - weight[1] * C[2]), 1e-13); /* balance */
            ck_assert_double_gt(residual, 0);
            /* slower than the coarse chain, which forgets where in a set it is, but not by much */
            ck_assert_double_le(re[1], value + 1e-13);
            ck_assert_double_le(1 - re[1], 8 * (1 - value));
            binnet_law_free(law);
            binnet_spectrum_free(sp);
            close_system(&s);
        }
}
END_TEST

START_TEST(coarse_sums)
{
    enum { M = 3, S = 64 };
    static double P[S * S];
    for (int32_t update = 1; update <= 4; update++) {
        chain_case s = draw_system(6, 0, update == 2 ? 0.05 : 0.2, update, AUTO, (uint64_t)update);
        binnet_law *law;
        double C[M * M], weight[M], residual;
        long double want[M * M] = {0}, w[M] = {0}, flow[S][M] = {{0}}, lump = 0;
        int32_t set[S];
        dice d = dice_of(9);
        for (size_t a = 0; a < S; a++)
            set[a] = a < M ? (int32_t)a : (int32_t)roll_to(&d, M);
        OK(binnet_chain_matrix(s.ctx, P, (size_t)S * S, s.chain));
        OK(binnet_chain_stationary(s.ctx, &law, s.chain));
        const double *p = binnet_law_data(law);
        for (size_t a = 0; a < S; a++) {
            w[set[a]] += p[a];
            for (size_t b = 0; b < S; b++)
                flow[a][set[b]] += P[a * S + b];
            for (int b = 0; b < M; b++)
                want[set[a] * M + b] += p[a] * flow[a][b];
        }
        for (size_t a = 0; a < S; a++)
            for (int b = 0; b < M; b++)
                lump += p[a] * fabsl(flow[a][b] - want[set[a] * M + b] / w[set[a]]);
        OK(binnet_chain_coarse(s.ctx, C, weight, &residual, NULL, NULL, M, s.chain, law, set, S));
        for (int a = 0; a < M; a++)
            for (int b = 0; b < M; b++)
                ck_assert_double_le(fabs(C[a * M + b] - (double)(want[a * M + b] / w[a])), 1e-13);
        ck_assert_double_le(fabs(residual - (double)lump), 1e-12);
        binnet_law_free(law);
        close_system(&s);
    }
}
END_TEST

/* --- committors --- */

/* q by Gauss in long double with pivots, and the times until either set is reached, which rounding is multiplied with. */
static void reference_committor(long double *q, long double *time, const double *P, size_t S, const int32_t *set)
{
    enum { W = 66 };
    static long double a[64 * W];
    for (size_t i = 0; i < S; i++) {
        long double leaves = 0;
        for (size_t j = 0; j < S; j++) {
            a[i * W + j] = set[i] < 0 ? -(long double)P[i * S + j] : 0;
            leaves += i == j ? 0 : P[i * S + j];
        }
        a[i * W + i] = set[i] < 0 ? leaves : 1;
        a[i * W + S] = set[i] == 1;
        a[i * W + S + 1] = set[i] < 0;
    }
    for (size_t k = 0; k < S; k++) {
        size_t pivot = k;
        for (size_t i = k; i < S; i++)
            pivot = fabsl(a[i * W + k]) > fabsl(a[pivot * W + k]) ? i : pivot;
        for (size_t j = 0; j < W; j++) {
            long double t = a[k * W + j];
            a[k * W + j] = a[pivot * W + j];
            a[pivot * W + j] = t;
        }
        for (size_t i = 0; i < S; i++) {
            long double by = a[i * W + k] / a[k * W + k];
            for (size_t j = k; j < W && i != k; j++)
                a[i * W + j] -= by * a[k * W + j];
        }
    }
    for (size_t i = 0; i < S; i++) {
        q[i] = a[i * W + S] / a[i * W + i];
        time[i] = a[i * W + S + 1] / a[i * W + i];
    }
}

START_TEST(committors)
{
    enum { S = 64 };
    static double P[S * S], q[S], back[S];
    static const double noise[] = {0.3, 0.1, 0.04};
    for (int32_t update = 1; update <= 4; update++)
        for (int m = 1; m <= 2; m++)
            for (int t = 0; t < 3; t++)
                for (int kind = 0; kind < 3; kind++) {
                    chain_case s = draw_system(6, kind, noise[t], update, m, 2);
                    int32_t set[S], mirror[S];
                    long double want[S], time[S];
                    double error;
                    for (size_t a = 0; a < S; a++) {
                        set[a] = a == 0 || a == 3 ? 0 : a == 63 || a == 40 ? 1 : -1;
                        mirror[a] = set[a] < 0 ? -7 : 1 - set[a];
                    }
                    OK(binnet_chain_matrix(s.ctx, P, (size_t)S * S, s.chain));
                    reference_committor(want, time, P, S, set);
                    int32_t status = binnet_chain_committor(s.ctx, q, &error, S, s.chain, set, 0, 1);
                    ck_assert(status == BINNET_OK || (m == 2 && status == BINNET_E_NOCONV));
                    if (status == BINNET_OK) {
                        OK(binnet_chain_committor(s.ctx, back, NULL, S, s.chain, mirror, 0, 1));
                        for (size_t a = 0; a < S; a++) {
                            ck_assert_double_le(fabs(q[a] - (double)want[a]),
                                                error + 1e-16 + (double)time[a] * 64 * 0x1p-63);
                            ck_assert_double_le(fabs(q[a] + back[a] - 1), 2 * error + 2e-16);
                            ck_assert(set[a] < 0 || q[a] == set[a]);
                        }
                        ck_assert_double_le(error, 1e-6);
                    }
                    close_system(&s);
                }
}
END_TEST

/* By iteration, in a chain that is too large to eliminate: against itself from the other side, and q = P q. */
START_TEST(large_committor)
{
    enum { n = 11, S = 1 << n };
    static double q[S], back[S], y[S];
    static int32_t set[S];
    for (int32_t update = 1; update <= 2; update++) {
        chain_case s = draw_system(n, 0, 0.2, update, AUTO, 4);
        double error;
        for (size_t a = 0; a < S; a++)
            set[a] = a % 97 == 0 ? 3 : a % 89 == 5 ? 8 : -1;
        OK(binnet_chain_committor(s.ctx, q, &error, S, s.chain, set, 3, 8));
        OK(binnet_chain_committor(s.ctx, back, NULL, S, s.chain, set, 8, 3));
        ck_assert_double_le(error, 1e-10);
        for (size_t a = 0; a < S; a++)
            ck_assert_double_le(fabs(q[a] + back[a] - 1), 2 * error + 1e-15);
        for (size_t a = 1; a < S; a += 211) {
            OK(binnet_chain_row(s.ctx, y, S, s.chain, a));
            double sum = 0;
            for (size_t b = 0; b < S; b++)
                sum += y[b] * q[b];
            if (set[a] < 0)
                ck_assert_double_le(fabs(sum - q[a]), 2 * error + 1e-14);
        }
        close_system(&s);
    }
}
END_TEST

/* From some states neither set is reached. */
START_TEST(unreachable)
{
    const double J[4] = {1, 0, 0, 1}, theta[2] = {0.5, 0.5};
    const int32_t set[4] = {0, 1, -1, -1};
    double q[4] = {7, 7, 7, 7};
    for (int m = 1; m <= 2; m++) {
        chain_case s = open_system(2, J, theta, 0, BINNET_UPDATE_SYNCHRONOUS, m);
        int32_t status = binnet_chain_committor(s.ctx, q, NULL, 4, s.chain, set, 0, 1);
        ck_assert(status == BINNET_E_REDUCIBLE || (m == 2 && status == BINNET_E_NOCONV));
        ck_assert(q[0] == 7 && q[1] == 7 && q[2] == 7 && q[3] == 7);
        close_system(&s);
    }
}
END_TEST

START_TEST(bad_input)
{
    chain_case s = draw_system(6, 0, 0.2, BINNET_UPDATE_ASYNCHRONOUS, AUTO, 1),
               wide = draw_system(13, 0, 0.2, 2, ELIMINATE, 1);
    binnet_spectrum *sp = NULL;
    binnet_law *law;
    double x[64], C[9];
    int32_t set[64] = {0};
    ck_assert_int_eq(binnet_spectrum_new(s.ctx, &sp, s.chain, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_new(s.ctx, &sp, s.chain, 65), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_new(s.ctx, NULL, s.chain, 2), BINNET_E_NULL);
    ck_assert_int_eq(binnet_spectrum_new(s.ctx, &sp, NULL, 2), BINNET_E_NULL);
    ck_assert_int_eq(binnet_spectrum_new(NULL, &sp, s.chain, 2), BINNET_E_NULL);
    ck_assert_int_eq(binnet_spectrum_new(wide.ctx, &sp, wide.chain, 2), BINNET_E_RANGE);
    OK(binnet_spectrum_new(s.ctx, &sp, s.chain, 6));
    OK(binnet_chain_stationary(s.ctx, &law, s.chain));
    size_t count = binnet_spectrum_count(sp);
    ck_assert_int_eq(binnet_spectrum_value(sp, count, x, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_value(NULL, 0, x, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_spectrum_times(sp, count, x, NULL, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_residual(sp, count, x, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_right(s.ctx, x, NULL, 63, sp, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_spectrum_left(s.ctx, x, NULL, 64, sp, count), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_left(s.ctx, NULL, NULL, 64, sp, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_spectrum_gap(s.ctx, x, NULL, sp, s.chain, count), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_gap(s.ctx, x, NULL, sp, wide.chain, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_spectrum_sets(s.ctx, set, 64, NULL, 0, sp), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_sets(s.ctx, set, 64, NULL, count + 1, sp), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_spectrum_sets(s.ctx, set, 32, NULL, 1, sp), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_chain_coarse(s.ctx, C, NULL, NULL, NULL, NULL, 2, s.chain, law, set, 64), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_coarse(s.ctx, C, NULL, NULL, C, NULL, 1, s.chain, law, set, 64), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_coarse(s.ctx, C, NULL, NULL, NULL, NULL, 0, s.chain, law, set, 64), BINNET_E_RANGE);
    set[5] = 3;
    ck_assert_int_eq(binnet_chain_coarse(s.ctx, C, NULL, NULL, NULL, NULL, 3, s.chain, law, set, 64), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_committor(s.ctx, x, NULL, 64, s.chain, set, 0, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_committor(s.ctx, x, NULL, 64, s.chain, set, 0, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_committor(s.ctx, x, NULL, 32, s.chain, set, 0, 3), BINNET_E_SIZE);
    OK(binnet_chain_committor(s.ctx, x, NULL, 64, s.chain, set, 0, 3));
    binnet_law_free(law);
    binnet_spectrum_free(sp);
    close_system(&s);
    close_system(&wide);
}
END_TEST

int main(int argc, char **argv)
{
    slow = argc > 1 && strcmp(argv[1], "slow") == 0;
    const repeated_test quick[] = {{independent, 18},  {equal_neurons, 1}, {two_states, 1},
                                   {small_gaps, 1},    {near_one, 1},      {ring, 1},
                                   {jordan_blocks, 1}, {reversible, 6},    {traces, 1},
                                   {modes, 1},         {forgotten, 1},     {two_ways, 1},
                                   {large, 1},         {same_bits, 1},     {two_wells, 1},
                                   {coarse_sums, 1},   {committors, 1},    {large_committor, 1},
                                   {unreachable, 1},   {bad_input, 1}};
    const repeated_test more[] = {{two_ways, 1}, {large, 1}};
    return slow ? run_repeated("spectrum", more, 2) != 0
                : run_repeated("spectrum", quick, sizeof quick / sizeof *quick) != 0;
}
