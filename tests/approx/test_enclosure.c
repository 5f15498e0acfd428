/*
 * What the map of a mean field makes of boxes: values and quotients of differences at points inside are within the bounds, and
 * where the box is a point the bounds are tight.
 */
#include "approx/enclosure.h"
#include "support/support.h"

#include <stdio.h>

enum { N = 3 };

static binnet_mean_field *random_field(binnet_ctx *ctx, dice *d, int kind, int32_t input)
{
    double K[N * N], J[N * N], theta[N], scale[N], size = pow(10, roll_in(d, -1, 1));
    binnet_noise *noise = NULL;
    binnet_mean_field *field;
    const int64_t many[N] = {40, 40, 40};
    for (int k = 0; k < N * N; k++) {
        K[k] = roll_in(d, 0, 1) < 0.2 ? 0 : roll_in(d, 0, 1);
        J[k] = size * roll_in(d, -1, 1);
    }
    for (int a = 0; a < N; a++) {
        scale[a] = kind == 5 ? 0 : pow(10, roll_in(d, -1, 0.5));
        theta[a] = size * roll_in(d, -1, 1);
    }
    switch (kind) {
    case 1:
        OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
        break;
    case 2:
        OK(binnet_noise_new_laplace(ctx, &noise, N, scale));
        break;
    case 3:
        OK(binnet_noise_new_student_t(ctx, &noise, N, scale, 2.5));
        break;
    case 4:
        OK(binnet_noise_new_uniform(ctx, &noise, N, scale));
        break;
    default:
        OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
        break;
    }
    if (roll(d) < 0.5)
        OK(binnet_mean_field_new_degrees(ctx, &field, N, NULL, K, J, theta, NULL, noise, input));
    else
        OK(binnet_mean_field_new_probabilities(ctx, &field, N, many, K, J, theta, NULL, noise, input));
    binnet_noise_free(noise);
    return field;
}

/* Boxes of all sizes, some at the edges. */
static void random_box(bni_interval *box, dice *d)
{
    double width = pow(10, roll_in(d, -4, 0));
    for (int a = 0; a < N; a++) {
        double x = roll(d), y = x + width * roll_in(d, -1, 1);
        box[a] = (bni_interval){fmin(fmax(fmin(x, y), 0), 1), fmin(fmax(fmax(x, y), 0), 1)};
        if (roll(d) < 0.15)
            box[a].lo = 0;
        if (roll(d) < 0.15)
            box[a].hi = 1;
    }
}

static void random_point(double *x, const bni_interval *box, dice *d)
{
    for (int a = 0; a < N; a++) {
        double u = roll(d);
        x[a] = u < 0.2 ? box[a].lo : u > 0.8 ? box[a].hi : roll_in(d, box[a].lo, box[a].hi);
    }
}

START_TEST(test_boxes)
{
    binnet_ctx *ctx = new_ctx(1);
    int bounded = 0, boxes = 0;
    for (int kind = 0; kind < 6; kind++)
        for (int32_t input = BINNET_INPUT_MEAN; input <= BINNET_INPUT_GAUSSIAN; input++) {
            dice d = dice_of((uint64_t)(10 * kind + input));
            if (input == BINNET_INPUT_MEAN ? kind == 5 : kind >= 2 && kind <= 4)
                continue;
            for (int k = 0; k < 150; k++) {
                binnet_mean_field *f = random_field(ctx, &d, kind, input);
                bni_interval box[N], slope[N];
                random_box(box, &d);
                for (size_t a = 0; a < N; a++) {
                    bni_interval F = bni_enclose_map(f, a, bni_enclose_input(f, a, box), box);
                    int has_slopes = bni_enclose_slopes(f, a, slope, box);
                    bounded += has_slopes;
                    boxes++;
                    for (int s = 0; s < 12; s++) {
                        double x[N], y[N], mu, v, low = 0, high = 0;
                        random_point(x, box, &d);
                        random_point(y, box, &d);
                        bni_field_input(f, a, &mu, &v, x);
                        double at_x = bni_field_fires(f, a, mu, v, 0).fires;
                        bni_field_input(f, a, &mu, &v, y);
                        double at_y = bni_field_fires(f, a, mu, v, 0).fires;
                        ck_assert(at_x >= F.lo - 1e-14 && at_x <= F.hi + 1e-14);
                        for (int b = 0; b < N && has_slopes; b++) {
                            double step = x[b] - y[b];
                            low += fmin(slope[b].lo * step, slope[b].hi * step);
                            high += fmax(slope[b].lo * step, slope[b].hi * step);
                        }
                        if (has_slopes)
                            ck_assert_msg(at_x - at_y >= low - 3e-14 && at_x - at_y <= high + 3e-14,
                                          "law %d input %d: %g not in %g..%g", kind, input, at_x - at_y, low, high);
                    }
                }
                binnet_mean_field_free(f);
            }
        }
    printf("%d of %d boxes have bounded slopes\n", bounded, boxes);
    ck_assert_int_gt(bounded, boxes / 2);
    binnet_ctx_free(ctx);
}
END_TEST

/* At a point the slopes are those of the map. */
START_TEST(test_points)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int kind = 0; kind < 6; kind++)
        for (int32_t input = BINNET_INPUT_MEAN; input <= BINNET_INPUT_GAUSSIAN; input++) {
            dice d = dice_of((uint64_t)(100 + 10 * kind + input));
            if (input == BINNET_INPUT_MEAN ? kind == 5 : kind >= 2 && kind <= 4)
                continue;
            for (int k = 0; k < 60; k++) {
                binnet_mean_field *f = random_field(ctx, &d, kind, input);
                double x[N], slopes[N * N], next[N];
                bni_interval box[N], slope[N];
                for (int a = 0; a < N; a++)
                    box[a] = bni_point(x[a] = roll_in(&d, 0.05, 0.95));
                OK(binnet_mean_field_slopes(ctx, slopes, N, f, x));
                OK(binnet_mean_field_map(ctx, next, NULL, NULL, N, f, x));
                for (size_t a = 0; a < N; a++) {
                    bni_interval F = bni_enclose_map(f, a, bni_enclose_input(f, a, box), box);
                    ck_assert(next[a] >= F.lo && next[a] <= F.hi && F.hi - F.lo < 1e-11);
                    ck_assert_int_eq(bni_enclose_slopes(f, a, slope, box), 1);
                    for (int b = 0; b < N; b++) {
                        double size = fmax(fabs(slope[b].lo), fabs(slope[b].hi));
                        ck_assert(slopes[a * N + (size_t)b] >= slope[b].lo - 1e-13 * size &&
                                  slopes[a * N + (size_t)b] <= slope[b].hi + 1e-13 * size);
                        ck_assert_double_le(slope[b].hi - slope[b].lo, 1e-9 * (1 + size));
                    }
                }
                binnet_mean_field_free(f);
            }
        }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("enclosure", test_boxes, test_points)
