/*
 * What the map of a mean field makes of boxes: values and quotients of differences at points inside are within the bounds, and
 * where the box is a point the bounds are tight.
 */
#include "approx/contraction.h"
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
                    bni_interval mus = bni_enclose_input(f, a, box);
                    bni_envelope line = bni_enclose_linear(f, a, mus, box);
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
                        double tilted = at_y - line.by_input * mu - line.by_variance * v,
                               grain = 3e-15 * (1 + fabs(line.by_input * mu) + fabs(line.by_variance * v));
                        ck_assert_msg(tilted >= line.rest.lo - grain && tilted <= line.rest.hi + grain,
                                      "law %d input %d: %.17g not in %.17g..%.17g", kind, input, tilted, line.rest.lo,
                                      line.rest.hi);
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

/* The input at which a unit fires with probability m. */
static double input_for(const binnet_mean_field *f, size_t a, double m, double v)
{
    double low = -1e4, high = 1e4;
    for (int k = 0; k < 80; k++) {
        double middle = 0.5 * low + 0.5 * high;
        if (bni_field_fires(f, a, middle, v, 0).fires < m)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Every equation holds at all points of the box it was made for: F_a - sum_b (1 - A)_ab m_b is in its constant. */
START_TEST(test_equations)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int kind = 0; kind < 6; kind++)
        for (int32_t input = BINNET_INPUT_MEAN; input <= BINNET_INPUT_GAUSSIAN; input++) {
            dice d = dice_of((uint64_t)(2000 + 10 * kind + input));
            if (input == BINNET_INPUT_MEAN ? kind == 5 : kind >= 2 && kind <= 4)
                continue;
            for (int k = 0; k < 100; k++) {
                binnet_mean_field *f = random_field(ctx, &d, kind, input);
                bni_interval whole[2 * N], box[2 * N];
                random_box(whole, &d);
                for (size_t a = 0; a < N; a++)
                    whole[N + a] = bni_enclose_input(f, a, whole);
                for (int a = 0; a < 2 * N; a++)
                    box[a] = whole[a];
                bni_contraction c = {.ctx = ctx, .f = f, .n = N};
                OK(bni_plan_make(ctx, bni_contraction_buffers, &c));
                bni_contraction_start(&c);
                int left, inside, useful;
                OK(bni_cut_by_lines(&c, box, &left, &inside, &useful));
                for (int s = 0; s < 30; s++) {
                    double x[N], mu, v;
                    if (s < 20)
                        random_point(x, whole, &d);
                    else
                        for (int a = 0; a < N; a++)
                            x[a] = 0.5 * (whole[a].lo + whole[a].hi);
                    if (s >= 21 && s < 21 + 2 * N) /* the middle, and one mean at an end */
                        x[(s - 21) / 2] = s % 2 ? whole[(s - 21) / 2].lo : whole[(s - 21) / 2].hi;
                    for (size_t a = 0; a < N; a++) {
                        bni_field_input(f, a, &mu, &v, x);
                        double rest = bni_field_fires(f, a, mu, v, 0).fires, size = 1;
                        for (size_t b = 0; b < N; b++) {
                            double part = ((a == b) - c.A[a * N + b]) * x[b];
                            rest -= part;
                            size += fabs(part);
                        }
                        ck_assert_msg(rest >= c.constant[a].lo - 3e-14 * size &&
                                          rest <= c.constant[a].hi + 3e-14 * size,
                                      "law %d input %d: %.17g not in %.17g..%.17g", kind, input, rest, c.constant[a].lo,
                                      c.constant[a].hi);
                    }
                }
                bni_plan_release(&ctx->mem, bni_contraction_buffers, &c);
                binnet_mean_field_free(f);
            }
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* Fixed points that are known, offsets being chosen for them: no cut of a box around one loses it; and some do cut. */
START_TEST(test_cuts)
{
    binnet_ctx *ctx = new_ctx(1);
    double kept = 0, all = 0;
    for (int kind = 0; kind < 6; kind++)
        for (int32_t input = BINNET_INPUT_MEAN; input <= BINNET_INPUT_GAUSSIAN; input++) {
            dice d = dice_of((uint64_t)(1000 + 10 * kind + input));
            if (input == BINNET_INPUT_MEAN ? kind == 5 : kind >= 2 && kind <= 4)
                continue;
            for (int k = 0; k < 60; k++) {
                binnet_mean_field *f = random_field(ctx, &d, kind, input);
                bni_interval box[2 * N], random[N];
                double m[N], mu[N], width = pow(10, roll_in(&d, -5, 0));
                int is_point = 1;
                for (int a = 0; a < N; a++)
                    m[a] = roll_in(&d, 0.02, 0.98);
                for (size_t a = 0; a < N; a++) {
                    double v, at;
                    bni_field_input(f, a, &at, &v, m);
                    mu[a] = input_for(f, a, m[a], v);
                    f->offset[a] += mu[a] - at;
                    is_point &= fabs(bni_field_fires(f, a, mu[a], v, 0).fires - m[a]) < 1e-13;
                    box[a] = (bni_interval){fmax(m[a] - width * roll(&d), 0), fmin(m[a] + width * roll(&d), 1)};
                }
                for (size_t a = 0; a < N; a++) {
                    random[a] = bni_enclose_input(f, a, box);
                    box[N + a] = random[a];
                    if (roll(&d) < 0.5) /* what halving left of the input */
                        box[N + a].hi = fmax(mu[a] + roll(&d) * (random[a].hi - mu[a]), random[a].lo);
                }
                bni_contraction c = {.ctx = ctx, .f = f, .n = N};
                OK(bni_plan_make(ctx, bni_contraction_buffers, &c));
                bni_contraction_start(&c);
                for (int round = 0; round < 4 && is_point; round++) { /* a unit that hears nothing may be a step */
                    int left, inside, useful;
                    for (int a = 0; a < N; a++)
                        all += box[a].hi - box[a].lo;
                    ck_assert_msg(bni_cut_by_units(&c, box), "law %d input %d network %d: nothing is left", kind, input,
                                  k);
                    OK(bni_cut_by_lines(&c, box, &left, &inside, &useful));
                    ck_assert_int_eq(left, 1);
                    for (int a = 0; a < N; a++) {
                        /* m is a fixed point to 1e-15, and its inverse slopes may be large */
                        ck_assert_msg(box[a].lo <= m[a] + 1e-11 && box[a].hi >= m[a] - 1e-11,
                                      "law %d input %d: %.17g not in %.17g..%.17g", kind, input, m[a], box[a].lo,
                                      box[a].hi);
                        double grain = 1e-11 * (1 + fabs(mu[a]));
                        ck_assert(box[N + a].lo <= mu[a] + grain && box[N + a].hi >= mu[a] - grain);
                        kept += box[a].hi - box[a].lo;
                    }
                }
                bni_plan_release(&ctx->mem, bni_contraction_buffers, &c);
                binnet_mean_field_free(f);
            }
        }
    printf("cuts keep %g of the widths\n", kept / all);
    ck_assert_double_le(kept, 0.6 * all);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("enclosure", test_boxes, test_points, test_equations, test_cuts)
