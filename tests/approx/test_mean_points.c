/*
 * All fixed points of mean fields, against grids with bisection, closed forms and Newton's steps from many starts; their bounds.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 16 };

static double fires(int kind, double x)
{
    switch (kind) {
    case 0:
        return 0.5 * erfc(-x / sqrt(2));
    case 1:
        return 1 / (1 + exp(-x));
    case 2:
        return x < 0 ? 0.5 * exp(x) : 1 - 0.5 * exp(-x);
    default:
        return x < -1 ? 0 : x > 1 ? 1 : 0.5 * (1 + x);
    }
}

static binnet_noise *some_noise(binnet_ctx *ctx, int kind, size_t n)
{
    const double ones[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    binnet_noise *noise = NULL;
    switch (kind) {
    case 0:
        OK(binnet_noise_new_gaussian(ctx, &noise, n, ones));
        break;
    case 1:
        OK(binnet_noise_new_logistic(ctx, &noise, n, ones));
        break;
    case 2:
        OK(binnet_noise_new_laplace(ctx, &noise, n, ones));
        break;
    default:
        OK(binnet_noise_new_uniform(ctx, &noise, n, ones));
        break;
    }
    return noise;
}

/* Two units, the second without a weight on itself: m2 = f2(m1), and g(m1) = F1(m1, f2(m1)) - m1. */
typedef struct pair {
    int kind;
    double J[4], theta[2];
} pair;

static double second(const pair *p, double m)
{
    return fires(p->kind, p->J[2] * m - p->theta[1]);
}

static double off(const pair *p, double m)
{
    return fires(p->kind, p->J[0] * m + p->J[1] * second(p, m) - p->theta[0]) - m;
}

/* Roots of g on a grid; -1 when one may be hidden: g within 1e-4 of 0 without a change of sign. */
static int grid_roots(const pair *p, double *root)
{
    enum { STEPS = 5000 };
    int count = 0;
    double before = off(p, 0);
    for (int k = 1; k <= STEPS; k++) {
        double x = (double)k / STEPS, low = (k - 1.0) / STEPS, high = x, at = off(p, x), sign = before;
        before = at;
        if (sign * at > 0) {
            double next = off(p, x + 1.0 / STEPS);
            if (fabs(at) < 1e-5 && fabs(at) < fabs(sign) && fabs(at) < fabs(next) && next * at > 0)
                return -1;
            continue;
        }
        if (sign == 0)
            return -1;
        for (int i = 0; i < 60; i++) {
            double middle = 0.5 * (low + high), g = off(p, middle);
            if (g * sign > 0)
                low = middle;
            else
                high = middle;
        }
        if (count == MOST)
            return -1;
        root[count++] = 0.5 * (low + high);
    }
    return count;
}

START_TEST(test_pairs)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(1);
    int seen[MOST + 1] = {0};
    for (int k = 0; k < 400; k++) {
        pair p = {.kind = k % 4};
        double root[MOST], mean[2], bound[2];
        const double K[4] = {1, 1, 1, 1};
        for (int i = 0; i < 4; i++)
            p.J[i] = roll_in(&d, -4, 14);
        p.J[3] = 0;
        p.theta[0] = 0.5 * (p.J[0] + p.J[1]) + roll_in(&d, -1, 1);
        p.theta[1] = 0.5 * p.J[2] + roll_in(&d, -1, 1);
        int count = grid_roots(&p, root);
        if (count < 0)
            continue;
        binnet_noise *noise = some_noise(ctx, p.kind, 2);
        binnet_mean_field *field;
        binnet_mean_points *points;
        OK(binnet_mean_field_new_degrees(ctx, &field, 2, NULL, K, p.J, p.theta, NULL, noise, BINNET_INPUT_MEAN));
        int32_t code = binnet_mean_points_new(ctx, &points, field);
        ck_assert_msg(code == BINNET_OK, "pair %d, law %d: %s", k, p.kind, binnet_ctx_message(ctx));
        ck_assert_int_eq(binnet_mean_points_complete(points), 1);
        ck_assert_uint_eq(binnet_mean_points_count(points), (size_t)count);
        for (int i = 0; i < count; i++) {
            OK(binnet_mean_points_get(points, (size_t)i, mean, bound));
            /* bisection ends where rounding hides the sign: 1e-16 over the slope of g, here at least 1e-3 */
            ck_assert_double_le(fabs(mean[0] - root[i]), bound[0] + 2e-13);
            ck_assert_double_le(fabs(mean[1] - second(&p, root[i])), bound[1] + 3e-12);
            /* and the bound is one: g changes its sign within it */
            double wide = bound[0] + 1e-15;
            ck_assert(off(&p, mean[0] - wide) * off(&p, mean[0] + wide) <= 1e-30);
            ck_assert_double_le(bound[0], 1e-9);
        }
        seen[count]++;
        binnet_mean_points_free(points);
        binnet_mean_field_free(field);
        binnet_noise_free(noise);
    }
    printf("pairs with 1, 3, 5 fixed points: %d %d %d\n", seen[1], seen[3], seen[5]);
    ck_assert(seen[1] > 50 && seen[3] > 50);
    binnet_ctx_free(ctx);
}
END_TEST

/* Units that do not hear each other: 3^P points. */
START_TEST(test_products)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t P = 1, expected = 3; P <= 4; P++, expected *= 3) {
        double J[MOST] = {0}, K[MOST], theta[4], mean[4], bound[4], before = -1;
        for (size_t k = 0; k < P * P; k++)
            K[k] = 1;
        for (size_t a = 0; a < P; a++) {
            J[a * P + a] = 8;
            theta[a] = 4;
        }
        binnet_noise *noise = some_noise(ctx, 1, P);
        binnet_mean_field *field;
        binnet_mean_points *points;
        OK(binnet_mean_field_new_degrees(ctx, &field, P, NULL, K, J, theta, NULL, noise, BINNET_INPUT_MEAN));
        OK(binnet_mean_points_new(ctx, &points, field));
        ck_assert_uint_eq(binnet_mean_points_count(points), expected);
        for (size_t k = 0; k < expected; k++) {
            OK(binnet_mean_points_get(points, k, mean, bound));
            double place = 0; /* in order, each once */
            for (size_t a = 0; a < P; a++) {
                ck_assert_double_le(fabs(mean[a] - 1 / (1 + exp(-8 * (mean[a] - 0.5)))), 3e-14);
                place = 3 * place + (mean[a] < 0.4 ? 0 : mean[a] > 0.6 ? 2 : 1);
            }
            ck_assert(place == before + 1);
            before = place;
        }
        binnet_mean_points_free(points);
        binnet_mean_field_free(field);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Without noise and with saturated inputs: fixed points in the corners, where the variance vanishes. */
START_TEST(test_corners)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J[1] = {0.1}, K[1] = {100}, theta[1] = {5}, none[1] = {0};
    double mean, bound;
    binnet_noise *noise;
    binnet_mean_field *field;
    binnet_mean_points *points;
    OK(binnet_noise_new_gaussian(ctx, &noise, 1, none));
    OK(binnet_mean_field_new_degrees(ctx, &field, 1, NULL, K, J, theta, NULL, noise, BINNET_INPUT_GAUSSIAN));
    OK(binnet_mean_points_new(ctx, &points, field));
    ck_assert_uint_eq(binnet_mean_points_count(points), 3);
    for (size_t k = 0; k < 3; k++) {
        OK(binnet_mean_points_get(points, k, &mean, &bound));
        ck_assert_double_le(fabs(mean - 0.5 * (double)k), bound + 1e-15);
        ck_assert_double_le(bound, 1e-13);
    }
    binnet_mean_points_free(points);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* A unit that always fires holds each unit of a row at its threshold, and each hears the one before: no one width of a box serves
 * all of them. */
START_TEST(test_row)
{
    enum { ROW = 8 };
    binnet_ctx *ctx = new_ctx(1);
    double J[ROW * ROW] = {0}, theta[ROW] = {-1}, scale[ROW], mean[ROW], bound[ROW];
    for (int a = 0; a < ROW; a++) {
        scale[a] = 0.05;
        if (a == 0)
            continue;
        J[a * ROW] = 1;
        theta[a] = a > 1 ? 1.5 : 1;
        if (a > 1)
            J[a * ROW + a - 1] = 1;
    }
    binnet_net *net;
    binnet_noise *noise;
    binnet_mean_field *field;
    binnet_mean_points *points;
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 1000));
    OK(binnet_net_new(ctx, &net, ROW, J, NULL, theta, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, ROW, scale));
    OK(binnet_mean_field_new(ctx, &field, net, noise, BINNET_INPUT_MEAN));
    int32_t code = binnet_mean_points_new(ctx, &points, field);
    ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
    ck_assert_uint_eq(binnet_mean_points_count(points), 1);
    OK(binnet_mean_points_get(points, 0, mean, bound));
    for (int a = 0; a < ROW; a++)
        ck_assert(fabs(mean[a] - (a == 0 ? 1 : 0.5)) <= bound[a] && bound[a] < 1e-6);
    binnet_mean_points_free(points);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Three points in one: nothing is claimed, and the box left open holds it. */
START_TEST(test_degenerate)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J[1] = {4}, K[1] = {1}, theta[1] = {2};
    double low, high, most = 1, least = 0;
    binnet_noise *noise = some_noise(ctx, 1, 1);
    binnet_mean_field *field;
    binnet_mean_points *points;
    OK(binnet_mean_field_new_degrees(ctx, &field, 1, NULL, K, J, theta, NULL, noise, BINNET_INPUT_MEAN));
    ck_assert_int_eq(binnet_mean_points_new(ctx, &points, field), BINNET_E_NOCONV);
    ck_assert_uint_eq(binnet_mean_points_count(points), 0);
    ck_assert_int_eq(binnet_mean_points_complete(points), 0);
    for (size_t k = 0; k < binnet_mean_points_open_count(points); k++) {
        OK(binnet_mean_points_open(points, k, &low, &high));
        most = k == 0 ? high : fmax(most, high);
        least = k == 0 ? low : fmin(least, low);
    }
    ck_assert(least <= 0.5 && most >= 0.5 && most - least < 1e-3);
    binnet_mean_points_free(points);
    /* the limit of boxes */
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 10));
    ck_assert_int_eq(binnet_mean_points_new(ctx, &points, field), BINNET_E_NOCONV);
    ck_assert_uint_eq(binnet_mean_points_boxes(points), 10);
    ck_assert_uint_ge(binnet_mean_points_open_count(points), 1);
    binnet_mean_points_free(points);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Networks of ten neurons: whatever is reached from a start is on the list, within the bounds of both. */
START_TEST(test_starts)
{
    enum { N = 10 };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(6);
    size_t total = 0;
    for (int k = 0; k < 6; k++)
        for (int32_t input = BINNET_INPUT_MEAN; input <= BINNET_INPUT_GAUSSIAN; input++) {
            double J[N * N], theta[N], mean[N], start[N], at[N], bound[N], error;
            for (int i = 0; i < N; i++) {
                theta[i] = 0;
                for (int j = 0; j < N; j++) {
                    J[i * N + j] = i == j ? 0 : roll_in(&d, -0.2, 1.2);
                    theta[i] += 0.5 * J[i * N + j];
                }
            }
            binnet_net *net;
            binnet_mean_field *field;
            binnet_mean_points *points;
            binnet_noise *noise = some_noise(ctx, k % 2, N);
            OK(binnet_net_new(ctx, &net, N, J, NULL, theta, NULL));
            OK(binnet_mean_field_new(ctx, &field, net, noise, input));
            OK(binnet_mean_points_new(ctx, &points, field));
            size_t count = binnet_mean_points_count(points);
            ck_assert_uint_eq(count % 2, 1);
            total += count;
            for (int s = 0; s < 12; s++) {
                for (int i = 0; i < N; i++)
                    start[i] = s < 8 ? roll(&d) : s % 2;
                int32_t code = binnet_mean_field_solve(ctx, mean, &error, N, field, start);
                ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
                int found = 0;
                for (size_t m = 0; m < count; m++) {
                    int same = 1;
                    OK(binnet_mean_points_get(points, m, at, bound));
                    for (int i = 0; i < N; i++)
                        same &= fabs(at[i] - mean[i]) <= bound[i] + error;
                    found += same;
                }
                ck_assert_int_eq(found, 1);
            }
            binnet_mean_points_free(points);
            binnet_mean_field_free(field);
            binnet_noise_free(noise);
            binnet_net_free(net);
        }
    printf("ten neurons: %zu fixed points of 12 networks\n", total);
    ck_assert_uint_gt(total, 12);
    binnet_ctx_free(ctx);
}
END_TEST

/* Twenty neurons of both signs: the list is complete, and what is reached from starts is on it. */
START_TEST(test_both_signs)
{
    enum { N = 20 };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(20);
    size_t total = 0;
    uint64_t boxes = 0;
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 20000));
    for (int k = 0; k < 6; k++) {
        double J[N * N], theta[N], scale[N], mean[N], start[N], at[N], bound[N], error;
        for (int i = 0; i < N; i++) {
            theta[i] = 0;
            scale[i] = k % 2 ? 0.25 : 1 / sqrt(8 * atan(1.0)); /* slope 1 at 0 */
            for (int j = 0; j < N; j++) {
                J[i * N + j] = i == j ? 0 : roll_in(&d, -1, 1) * sqrt(3.0 / N) * (k < 2 || k == 3 ? 1.4 : 0.8);
                theta[i] += 0.5 * J[i * N + j];
                if (k == 2) /* and a common excitation, which has two ends */
                    J[i * N + j] += i == j ? 0 : 2.5 / N;
            }
            theta[i] += k == 2 ? 1.25 : 0;
        }
        binnet_net *net;
        binnet_mean_field *field;
        binnet_mean_points *points;
        binnet_noise *noise = NULL;
        if (k % 2)
            OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
        else
            OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
        OK(binnet_net_new(ctx, &net, N, J, NULL, theta, NULL));
        OK(binnet_mean_field_new(ctx, &field, net, noise, k < 4 ? BINNET_INPUT_MEAN : BINNET_INPUT_GAUSSIAN));
        int32_t code = binnet_mean_points_new(ctx, &points, field);
        ck_assert_msg(code == BINNET_OK, "network %d: %s", k, binnet_ctx_message(ctx));
        size_t count = binnet_mean_points_count(points);
        total += count;
        boxes += binnet_mean_points_boxes(points);
        for (int s = 0; s < 10; s++) {
            for (int i = 0; i < N; i++)
                start[i] = s < 8 ? roll(&d) : s % 2;
            code = binnet_mean_field_solve(ctx, mean, &error, N, field, start);
            if (code == BINNET_E_NOCONV)
                continue;
            OK(code);
            int found = 0;
            for (size_t m = 0; m < count; m++) {
                int same = 1;
                OK(binnet_mean_points_get(points, m, at, bound));
                for (int i = 0; i < N; i++)
                    same &= fabs(at[i] - mean[i]) <= bound[i] + error;
                found += same;
            }
            ck_assert_int_eq(found, 1);
        }
        binnet_mean_points_free(points);
        binnet_mean_field_free(field);
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    printf("twenty neurons of both signs: %zu fixed points of 6 networks, %llu boxes\n", total,
           (unsigned long long)boxes);
    ck_assert_uint_gt(total, 6);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("mean points", test_pairs, test_products, test_corners, test_row, test_degenerate, test_starts,
          test_both_signs)
