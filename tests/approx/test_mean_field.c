/*
 * Mean fields: the map and its slopes against plain sums and differences, fixed points from a start against published values and
 * bisection, what is refused.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

static binnet_mean_field *degrees(binnet_ctx *ctx, size_t P, const double *K, const double *J, const double *theta,
                                  const binnet_noise *noise, int32_t input)
{
    binnet_mean_field *field;
    OK(binnet_mean_field_new_degrees(ctx, &field, P, NULL, K, J, theta, NULL, noise, input));
    return field;
}

/* NNMT 1.3, binary_neurons: published means. */
START_TEST(test_published_means)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J[4] = {0.1, -0.2, 0.1, -0.2}, K[4] = {150, 200, 350, 200}, theta[2] = {-5.5, 8.5}, none[2] = {0, 0};
    const double published[2] = {0.644498588461, 0.365451684957};
    binnet_noise *noise;
    double mean[2], error, bound[2];
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, none));
    binnet_mean_field *field = degrees(ctx, 2, K, J, theta, noise, BINNET_INPUT_GAUSSIAN);
    OK(binnet_mean_field_solve(ctx, mean, &error, 2, field, NULL));
    for (int a = 0; a < 2; a++)
        ck_assert_double_le(fabs(mean[a] - published[a]), 1e-12);
    printf("published means: off by %.1e, error %.1e\n",
           fmax(fabs(mean[0] - published[0]), fabs(mean[1] - published[1])), error);
    ck_assert_double_le(error, 1e-11);
    binnet_mean_points *points;
    OK(binnet_mean_points_new(ctx, &points, field));
    ck_assert_uint_eq(binnet_mean_points_count(points), 1);
    OK(binnet_mean_points_get(points, 0, mean, bound));
    for (int a = 0; a < 2; a++) {
        ck_assert_double_le(fabs(mean[a] - published[a]), 1e-12);
        ck_assert_double_le(bound[a], 1e-13);
    }
    binnet_mean_points_free(points);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* E g(Z), Z standard normal, by Simpson's rule on -10..10: to 1e-12 where g changes over 1e-2 or more. */
static double normal_mean(double (*g)(double), double mu, double s)
{
    enum { STEPS = 40000 };
    double h = 20.0 / STEPS, sum = 0;
    for (int k = 0; k <= STEPS; k++) {
        double z = -10 + k * h, w = k == 0 || k == STEPS ? 1 : k % 2 ? 4 : 2;
        sum += w * exp(-0.5 * z * z) * g(mu + s * z);
    }
    return sum * h / 3 / sqrt(2 * 3.14159265358979323846);
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

/* One unit that hears one input of weight w: mu = offset + w m, v = w^2 m (1 - m), noise scale s. */
START_TEST(test_map)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(1);
    for (int k = 0; k < 40; k++) {
        double s = pow(10, roll_in(&d, -1.5, 1.5)), w = 2 * pow(10, roll_in(&d, -1, 1)), m = roll(&d), one = 1;
        double theta = w * m + roll_in(&d, -2, 2) * w, next, mu, v;
        for (int logistic_noise = 0; logistic_noise < 2; logistic_noise++)
            for (int32_t input = BINNET_INPUT_MEAN; input <= BINNET_INPUT_GAUSSIAN; input++) {
                binnet_noise *noise;
                OK(logistic_noise ? binnet_noise_new_logistic(ctx, &noise, 1, &s)
                                  : binnet_noise_new_gaussian(ctx, &noise, 1, &s));
                binnet_mean_field *field = degrees(ctx, 1, &one, &w, &theta, noise, input);
                OK(binnet_mean_field_map(ctx, &next, &mu, &v, 1, field, &m));
                double input_mean = w * m - theta, spread = input == BINNET_INPUT_MEAN ? 0 : w * w * m * (1 - m);
                ck_assert_double_le(fabs(mu - input_mean), 1e-13 * (fabs(theta) + w));
                ck_assert_double_le(fabs(v - spread), 1e-14 * w * w);
                double expected = logistic_noise ? normal_mean(logistic, input_mean / s, sqrt(spread) / s)
                                                 : normal_cdf(input_mean / sqrt(s * s + spread));
                ck_assert_double_le(fabs(next - expected), 2e-12);
                binnet_mean_field_free(field);
                binnet_noise_free(noise);
            }
    }
    binnet_ctx_free(ctx);
}
END_TEST

static binnet_noise *some_noise(binnet_ctx *ctx, int kind, size_t n, const double *scale)
{
    binnet_noise *noise = NULL;
    switch (kind) {
    case 0:
        OK(binnet_noise_new_gaussian(ctx, &noise, n, scale));
        break;
    case 1:
        OK(binnet_noise_new_logistic(ctx, &noise, n, scale));
        break;
    case 2:
        OK(binnet_noise_new_laplace(ctx, &noise, n, scale));
        break;
    default:
        OK(binnet_noise_new_student_t(ctx, &noise, n, scale, 3));
        break;
    }
    return noise;
}

/* Slopes against central differences, h^2 / 6 times third derivatives and 1e-15 / h off. */
START_TEST(test_slopes)
{
    enum { N = 5 };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(2);
    for (int kind = 0; kind < 4; kind++)
        for (int32_t input = BINNET_INPUT_MEAN; input <= (kind < 2 ? BINNET_INPUT_GAUSSIAN : BINNET_INPUT_MEAN);
             input++) {
            double J[N * N], K[N * N], theta[N], scale[N], mean[N], slope[N * N];
            for (int k = 0; k < N * N; k++) {
                J[k] = roll_in(&d, -1, 1);
                K[k] = roll_in(&d, 0, 3);
            }
            for (int a = 0; a < N; a++) {
                theta[a] = roll_in(&d, -1, 1);
                scale[a] = roll_in(&d, 0.3, 2);
                mean[a] = roll_in(&d, 0.1, 0.9);
            }
            binnet_noise *noise = some_noise(ctx, kind, N, scale);
            binnet_mean_field *field = degrees(ctx, N, K, J, theta, noise, input);
            OK(binnet_mean_field_slopes(ctx, slope, N, field, mean));
            for (int b = 0; b < N; b++) {
                double h = 1e-5, up[N], down[N], moved[N];
                memcpy(moved, mean, sizeof mean);
                moved[b] = mean[b] + h;
                OK(binnet_mean_field_map(ctx, up, NULL, NULL, N, field, moved));
                moved[b] = mean[b] - h;
                OK(binnet_mean_field_map(ctx, down, NULL, NULL, N, field, moved));
                for (int a = 0; a < N; a++)
                    ck_assert_double_le(fabs(slope[a * N + b] - (up[a] - down[a]) / (2 * h)), 1e-7);
            }
            binnet_mean_field_free(field);
            binnet_noise_free(noise);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* Populations say the same as their neurons. */
START_TEST(test_populations)
{
    enum { P = 2, N = 7 };
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[P] = {3, 4};
    const double J[P * P] = {0.7, -1.2, 0.9, -0.4}, theta[P] = {0.2, -0.3}, M[P] = {1, 2};
    double scale[N], mean[N], mean_of[P], next[N], next_of[P];
    for (int i = 0; i < N; i++) {
        scale[i] = i < 3 ? 0.8 : 1.1;
        mean[i] = i < 3 ? 0.3 : 0.6;
    }
    mean_of[0] = 0.3;
    mean_of[1] = 0.6;
    for (int32_t self = 0; self < 2; self++)
        for (int32_t input = BINNET_INPUT_MEAN; input <= BINNET_INPUT_GAUSSIAN; input++) {
            binnet_net *net;
            binnet_noise *noise;
            binnet_mean_field *neurons, *populations;
            OK(binnet_net_new_homogeneous(ctx, &net, P, size, J, M, theta, NULL, self));
            OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
            OK(binnet_mean_field_new(ctx, &neurons, net, noise, input));
            OK(binnet_mean_field_new_populations(ctx, &populations, net, noise, input));
            ck_assert_uint_eq(binnet_mean_field_units(neurons), N);
            ck_assert_uint_eq(binnet_mean_field_units(populations), P);
            OK(binnet_mean_field_map(ctx, next, NULL, NULL, N, neurons, mean));
            OK(binnet_mean_field_map(ctx, next_of, NULL, NULL, P, populations, mean_of));
            for (int i = 0; i < N; i++)
                ck_assert_double_le(fabs(next[i] - next_of[i >= 3]), 1e-14);
            binnet_mean_field_free(neurons);
            binnet_mean_field_free(populations);
            binnet_noise_free(noise);
            binnet_net_free(net);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* Random wiring: the number of active inputs of N is binomial with p m. */
START_TEST(test_probabilities)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[1] = {50};
    const double p = 0.3, J = 0.2, m = 0.4, none = 0;
    double next, mu, v, mean = 0, square = 0, chance = pow(1 - p * m, 50);
    for (int k = 0; k <= 50; k++) {
        mean += chance * k * J;
        square += chance * k * J * k * J;
        chance *= (50.0 - k) / (k + 1) * p * m / (1 - p * m);
    }
    binnet_noise *noise;
    binnet_mean_field *field;
    OK(binnet_noise_new_gaussian(ctx, &noise, 1, &none));
    OK(binnet_mean_field_new_probabilities(ctx, &field, 1, size, &p, &J, NULL, NULL, noise, BINNET_INPUT_GAUSSIAN));
    OK(binnet_mean_field_map(ctx, &next, &mu, &v, 1, field, &m));
    ck_assert_double_le(fabs(mu - mean), 1e-13);
    ck_assert_double_le(fabs(v - (square - mean * mean)), 1e-12);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* One unit, m = F(w m - theta): from every start a root, and the error reported is not below the true one. */
START_TEST(test_solve)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(4);
    for (int k = 0; k < 200; k++) {
        double w = roll_in(&d, -12, 12), theta = roll_in(&d, -1, w + 1), one = 1, start = roll(&d), mean, error, re, im;
        binnet_noise *noise;
        OK(binnet_noise_new_logistic(ctx, &noise, 1, &one));
        binnet_mean_field *field = degrees(ctx, 1, &one, &w, &theta, noise, BINNET_INPUT_MEAN);
        int32_t code = binnet_mean_field_solve(ctx, &mean, &error, 1, field, &start);
        ck_assert_msg(code == BINNET_OK, "w %.17g theta %.17g start %.17g: %s", w, theta, start,
                      binnet_ctx_message(ctx));
        /* the function changes its sign within the error */
        double low = mean - error, high = mean + error;
        double below = logistic(w * low - theta) - low, above = logistic(w * high - theta) - high;
        ck_assert(below * above <= 0);
        ck_assert_double_le(error, 1e-7);
        double radius, growth, slope = w * mean * (1 - mean);
        OK(binnet_mean_field_stability(ctx, &re, &im, &radius, &growth, 1, field, &mean));
        ck_assert_double_le(fabs(re - slope), 1e-10);
        ck_assert_double_le(fabs(growth - slope), 1e-10);
        ck_assert_double_le(fabs(radius - fabs(slope)), 1e-10);
        binnet_mean_field_free(field);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(test_refusals)
{
    binnet_ctx *ctx = new_ctx(1);
    const double ones[4] = {1, 1, 1, 1}, none[2] = {0, 0}, cov[4] = {1, 0.5, 0.5, 1}, bad[2] = {0.5, 1.5};
    const int64_t empty[2] = {3, 0}, size[2] = {3, 3};
    double out[4];
    binnet_noise *gauss, *silent, *laplace, *correlated;
    binnet_mean_field *field = NULL;
    OK(binnet_noise_new_gaussian(ctx, &gauss, 2, ones));
    OK(binnet_noise_new_gaussian(ctx, &silent, 2, none));
    OK(binnet_noise_new_laplace(ctx, &laplace, 2, ones));
    OK(binnet_noise_new_gaussian_cov(ctx, &correlated, 2, cov));
#define REFUSED(code, size, K, noise, input)                                                                           \
    ck_assert_int_eq(binnet_mean_field_new_degrees(ctx, &field, 2, size, K, ones, NULL, NULL, noise, input), code);    \
    ck_assert_ptr_null(field);                                                                                         \
    ck_assert_str_ne(binnet_ctx_message(ctx), "")
    REFUSED(BINNET_E_RANGE, empty, ones, gauss, BINNET_INPUT_MEAN);
    REFUSED(BINNET_E_RANGE, NULL, ones, silent, BINNET_INPUT_MEAN);
    REFUSED(BINNET_E_RANGE, NULL, ones, gauss, 3);
    REFUSED(BINNET_E_UNSUPPORTED, NULL, ones, laplace, BINNET_INPUT_GAUSSIAN);
    REFUSED(BINNET_E_UNDEFINED, NULL, ones, correlated, BINNET_INPUT_MEAN);
    REFUSED(BINNET_E_NULL, NULL, NULL, gauss, BINNET_INPUT_MEAN);
    REFUSED(BINNET_E_NULL, NULL, ones, NULL, BINNET_INPUT_MEAN);
    const double many[4] = {1, 4, 1, 1}, negative[4] = {1, -1, 1, 1}, nan[4] = {1, NAN, 1, 1};
    REFUSED(BINNET_E_RANGE, size, many, gauss, BINNET_INPUT_MEAN);
    REFUSED(BINNET_E_RANGE, NULL, negative, gauss, BINNET_INPUT_MEAN);
    REFUSED(BINNET_E_NAN, NULL, nan, gauss, BINNET_INPUT_MEAN);
    ck_assert_int_eq(binnet_mean_field_new_degrees(ctx, &field, 0, NULL, ones, ones, NULL, NULL, gauss, 1),
                     BINNET_E_RANGE);
    ck_assert_int_eq(binnet_mean_field_new_degrees(ctx, &field, 1, NULL, ones, ones, NULL, NULL, gauss, 1),
                     BINNET_E_SIZE);
    const double unlikely[4] = {1, 1.5, 1, 1};
    ck_assert_int_eq(binnet_mean_field_new_probabilities(ctx, &field, 2, size, unlikely, ones, NULL, NULL, gauss, 1),
                     BINNET_E_RANGE);
    ck_assert_int_eq(binnet_mean_field_new_probabilities(ctx, &field, 2, NULL, ones, ones, NULL, NULL, gauss, 1),
                     BINNET_E_NULL);
    binnet_net *net;
    OK(binnet_net_new(ctx, &net, 2, ones, NULL, NULL, NULL));
    ck_assert_int_eq(binnet_mean_field_new_populations(ctx, &field, net, gauss, 1), BINNET_E_UNSUPPORTED);
    OK(binnet_mean_field_new(ctx, &field, net, gauss, BINNET_INPUT_MEAN));
    ck_assert_int_eq(binnet_mean_field_map(ctx, out, NULL, NULL, 2, field, bad), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_mean_field_map(ctx, out, NULL, NULL, 1, field, bad), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_mean_field_solve(ctx, out, NULL, 2, field, bad), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_mean_field_solve(ctx, NULL, NULL, 2, field, NULL), BINNET_E_NULL);
    binnet_mean_field_free(field);
    /* exactly at the threshold without noise and variance there is no slope */
    OK(binnet_mean_field_new(ctx, &field, net, silent, BINNET_INPUT_GAUSSIAN));
    ck_assert_int_eq(binnet_mean_field_slopes(ctx, out, 2, field, none), BINNET_E_UNDEFINED);
    binnet_mean_field_free(field);
    binnet_net_free(net);
    binnet_noise_free(gauss);
    binnet_noise_free(silent);
    binnet_noise_free(laplace);
    binnet_noise_free(correlated);
    binnet_ctx_free(ctx);
}
END_TEST

/* Units of the weights, and of noise beside weights: squares of either may be out of range. */
START_TEST(test_units)
{
    binnet_ctx *ctx = new_ctx(1);
    const double unit[] = {1, 0x1p300, 0x1p-300, 0x1p512, 0x1p-540, 0x1p1000}, half[2] = {0.5, 0.25}, sure[2] = {1, 0};
    double want[2], slopes[4], mean[2], found[4];
    for (size_t u = 0; u < sizeof unit / sizeof *unit; u++) {
        const double x = unit[u], J[4] = {0, x, -2 * x, 0}, theta[2] = {0.3 * x, -0.5 * x}, scale[2] = {0.5 * x, x};
        for (int logistic = 0; logistic < 2; logistic++) {
            binnet_net *net;
            binnet_noise *noise;
            binnet_mean_field *field;
            OK(binnet_net_new(ctx, &net, 2, J, NULL, theta, NULL));
            OK((logistic ? binnet_noise_new_logistic : binnet_noise_new_gaussian)(ctx, &noise, 2, scale));
            int32_t code = binnet_mean_field_new(ctx, &field, net, noise, BINNET_INPUT_GAUSSIAN);
            ck_assert_int_eq(code, u < 3 ? BINNET_OK : BINNET_E_RANGE);
            if (u < 3 && logistic == 0) {
                OK(binnet_mean_field_map(ctx, u == 0 ? want : mean, NULL, NULL, 2, field, half));
                OK(binnet_mean_field_slopes(ctx, u == 0 ? slopes : found, 2, field, half));
                for (size_t k = 0; u > 0 && k < 4; k++)
                    ck_assert(mean[k / 2] == want[k / 2] && fabs(found[k] - slopes[k]) <= 1e-15 * fabs(slopes[k]));
            }
            binnet_mean_field_free(field);
            binnet_noise_free(noise);
            binnet_net_free(net);
        }
    }
    /* no variance of the input, and the noise's own underflows: Phi(1), and 1/2 at the threshold */
    const double J[4] = {0, 1, 1, 0}, weak[2] = {1e-200, 1e-200}, theta[2] = {-1e-200, 1};
    binnet_net *net;
    binnet_noise *noise;
    binnet_mean_field *field;
    OK(binnet_net_new(ctx, &net, 2, J, NULL, theta, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, weak));
    OK(binnet_mean_field_new(ctx, &field, net, noise, BINNET_INPUT_GAUSSIAN));
    OK(binnet_mean_field_map(ctx, mean, NULL, NULL, 2, field, sure));
    ck_assert_msg(fabs(mean[0] - 0.84134474606854293) <= 1e-15 && mean[1] == 0.5, "%.17g, %.17g", mean[0], mean[1]);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("mean field", test_published_means, test_map, test_slopes, test_populations, test_probabilities, test_solve,
          test_refusals, test_units)
