/*
 * Branches along a stimulus: folds and other points against closed forms, and every fixed point on one branch.
 *
 * With logistic noise of scale 1 and stimulus x to the first of two units, a branch is explicit: m2 chooses m1 by the second
 * equation, logit m2 = J21 m1 + J22 m2 - theta2, and both choose x by the first. W = diag(m (1 - m)) J.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

typedef struct pair {
    double J[4], theta[2];
} pair;

static double logit(double m)
{
    return log(m / (1 - m));
}

/* The point of the branch at m2: x, m1, W. */
static void branch_at(const pair *p, double m2, double *x, double *m1, double W[4])
{
    *m1 = (logit(m2) + p->theta[1] - p->J[3] * m2) / p->J[2];
    *x = *m1 > 0 && *m1 < 1 ? logit(*m1) - p->J[0] * *m1 - p->J[1] * m2 + p->theta[0] : NAN;
    for (int k = 0; k < 4; k++)
        W[k] = p->J[k] * (k < 2 ? *m1 * (1 - *m1) : m2 * (1 - m2));
}

/* What vanishes at a point of each kind; *real: its eigenvalues are real. */
static double test_function(const double W[4], int kind, int *real)
{
    double trace = W[0] + W[3], det = W[0] * W[3] - W[1] * W[2];
    *real = trace * trace >= 4 * det;
    switch (kind) {
    case BINNET_POINT_FOLD:
        return 1 - trace + det;
    case BINNET_POINT_PERIOD_DOUBLING:
        return 1 + trace + det;
    case BINNET_POINT_NEIMARK_SACKER:
        return det - 1;
    default:
        return trace - 2;
    }
}

typedef struct place {
    int32_t kind;
    double x, m;
} place;

/* All of them with lo < x < hi, on a fine grid of m2. */
static int explicit_points(place *out, int most, const pair *p, double lo, double hi)
{
    enum { STEPS = 20000 };
    int count = 0;
    for (int kind = BINNET_POINT_FOLD; kind <= BINNET_POINT_HOPF; kind++) {
        double before = NAN;
        if (kind == BINNET_POINT_CROSSING)
            continue;
        for (int k = 1; k < STEPS; k++) {
            double x, m1, W[4], low = (k - 1.0) / STEPS, high = (double)k / STEPS;
            int real;
            branch_at(p, high, &x, &m1, W);
            double at = isnan(x) ? NAN : test_function(W, kind, &real), sign = before;
            before = at;
            if (!(sign * at < 0))
                continue;
            for (int i = 0; i < 60; i++) {
                double middle = 0.5 * (low + high);
                branch_at(p, middle, &x, &m1, W);
                if (test_function(W, kind, &real) * sign > 0)
                    low = middle;
                else
                    high = middle;
            }
            if (!(x > lo && x < hi) || (kind >= BINNET_POINT_NEIMARK_SACKER && real))
                continue;
            ck_assert_int_lt(count, most);
            out[count++] = (place){kind, x, m1};
        }
    }
    return count;
}

static void check_pair(binnet_ctx *ctx, const pair *p, double lo, double hi, int seen[6])
{
    const double ones[4] = {1, 1, 1, 1}, direction[2] = {1, 0};
    place expected[32];
    int count = explicit_points(expected, 32, p, lo, hi), used[32] = {0};
    binnet_noise *noise;
    binnet_mean_field *field;
    binnet_mean_branches *b;
    OK(binnet_noise_new_logistic(ctx, &noise, 2, ones));
    OK(binnet_mean_field_new_degrees(ctx, &field, 2, NULL, ones, p->J, p->theta, NULL, noise, BINNET_INPUT_MEAN));
    int32_t code = binnet_mean_branches_new(ctx, &b, field, direction, 2, lo, hi, 12);
    ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
    if (binnet_mean_branches_special_count(b) != (size_t)count) {
        for (int k = 0; k < count; k++)
            printf("expected %d %.15g\n", expected[k].kind, expected[k].x);
        for (size_t k = 0; k < binnet_mean_branches_special_count(b); k++) {
            int32_t kind;
            double x, error;
            OK(binnet_mean_branches_special(b, k, &kind, NULL, &x, &error, NULL, NULL));
            printf("found %d %.15g error %g\n", kind, x, error);
        }
        for (size_t k = 0; k < binnet_mean_branches_count(b); k++)
            for (size_t i = 0; i < binnet_mean_branches_length(b, k); i++) {
                double x, mean[2], radius, growth;
                OK(binnet_mean_branches_point(b, k, i, &x, mean, &radius, &growth));
                printf("%zu: %.9f %.9f %.9f radius %g growth %g\n", k, x, mean[0], mean[1], radius, growth);
            }
    }
    ck_assert_uint_eq(binnet_mean_branches_special_count(b), (size_t)count);
    for (int k = 0; k < count; k++) {
        int32_t kind;
        size_t branch;
        double x, error, mean[2], angle;
        OK(binnet_mean_branches_special(b, (size_t)k, &kind, &branch, &x, &error, mean, &angle));
        int best = -1;
        for (int e = 0; e < count; e++)
            if (expected[e].kind == kind && !used[e] &&
                (best < 0 || fabs(expected[e].x - x) < fabs(expected[best].x - x)))
                best = e;
        ck_assert_int_ge(best, 0);
        used[best] = 1;
        /* that of the closed form: its bisection ends at 1e-16, times slopes of some tens */
        ck_assert_msg(fabs(expected[best].x - x) <= error + 2e-14 * (1 + fabs(hi - lo)),
                      "kind %d: %.17g, not %.17g, error %g", kind, x, expected[best].x, error);
        ck_assert_double_le(error, 1e-7);
        ck_assert_double_le(fabs(mean[0] - expected[best].m), 1e-5);
        ck_assert((angle > 0) == (kind >= BINNET_POINT_PERIOD_DOUBLING));
        seen[kind]++;
    }
    /* every point of every branch is a fixed point with that stability */
    for (size_t k = 0; k < binnet_mean_branches_count(b); k++)
        for (size_t i = 0; i < binnet_mean_branches_length(b, k); i++) {
            double x, mean[2], radius, growth, real_x, m1, W[4];
            OK(binnet_mean_branches_point(b, k, i, &x, mean, &radius, &growth));
            ck_assert(x >= lo - 1e-12 && x <= hi + 1e-12);
            if (!(mean[1] > 1e-3 && mean[1] < 1 - 1e-3))
                continue;
            branch_at(p, mean[1], &real_x, &m1, W);
            ck_assert_double_le(fabs(mean[0] - m1), 1e-10);
            double trace = W[0] + W[3], det = W[0] * W[3] - W[1] * W[2], disc = trace * trace / 4 - det;
            double size = disc < 0 ? sqrt(det) : fabs(trace / 2) + sqrt(disc);
            ck_assert_double_le(fabs(radius - size), 1e-6 * (1 + size));
            ck_assert_double_le(fabs(growth - (trace / 2 + (disc > 0 ? sqrt(disc) : 0))), 1e-6 * (1 + size));
        }
    binnet_mean_branches_free(b);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
}

START_TEST(test_pairs)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(3);
    int seen[6] = {0};
    for (int k = 0; k < 60; k++) {
        pair p = {.J = {roll_in(&d, -6, 16), roll_in(&d, -20, 2), roll_in(&d, 4, 16), roll_in(&d, -10, 4)}};
        p.theta[0] = 0.5 * (p.J[0] + p.J[1]);
        p.theta[1] = 0.5 * (p.J[2] + p.J[3]) + roll_in(&d, -1, 1);
        check_pair(ctx, &p, -11.0, 10.7, seen);
    }
    printf("folds %d, period doublings %d, Neimark-Sacker %d, Hopf %d\n", seen[1], seen[3], seen[4], seen[5]);
    ck_assert(seen[1] > 5 && seen[3] > 5 && seen[4] > 5 && seen[5] > 5);
    binnet_ctx_free(ctx);
}
END_TEST

/* One unit: folds where m (1 - m) J = 1, period doublings where it is -1. */
START_TEST(test_closed_forms)
{
    binnet_ctx *ctx = new_ctx(1);
    const double one = 1;
    binnet_noise *noise;
    OK(binnet_noise_new_logistic(ctx, &noise, 1, &one));
    for (int sign = -1; sign <= 1; sign += 2)
        for (int k = 0; k < 8; k++) {
            double J = sign * (4.001 + 1.7 * k * k), m = 0.5 - sqrt(0.25 - 1 / fabs(J)), ends[2], other = 1 - m;
            ends[0] = logit(m) - J * m;
            ends[1] = logit(other) - J * other;
            double lo = fmin(ends[0], ends[1]) - 1, hi = fmax(ends[0], ends[1]) + 1.03;
            binnet_mean_field *field;
            binnet_mean_branches *b;
            OK(binnet_mean_field_new_degrees(ctx, &field, 1, NULL, &one, &J, NULL, NULL, noise, BINNET_INPUT_MEAN));
            int32_t code = binnet_mean_branches_new(ctx, &b, field, &one, 1, lo, hi, 7);
            ck_assert_msg(code == BINNET_OK, "J %g: %s", J, binnet_ctx_message(ctx));
            ck_assert_uint_eq(binnet_mean_branches_count(b), 1);
            ck_assert_uint_eq(binnet_mean_branches_special_count(b), 2);
            for (size_t s = 0; s < 2; s++) {
                int32_t kind;
                double x, error, mean;
                OK(binnet_mean_branches_special(b, s, &kind, NULL, &x, &error, &mean, NULL));
                ck_assert_int_eq(kind, sign > 0 ? BINNET_POINT_FOLD : BINNET_POINT_PERIOD_DOUBLING);
                double nearest = fmin(fabs(x - ends[0]), fabs(x - ends[1]));
                ck_assert_double_le(nearest, error);
                ck_assert_double_le(error, 1e-8);
            }
            binnet_mean_branches_free(b);
            binnet_mean_field_free(field);
        }
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Two units that inhibit each other alike: a pitchfork on the symmetric branch, m = F(J m + x), where m (1 - m) J = -1. */
START_TEST(test_pitchfork)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J[4] = {0, -9, -9, 0}, ones[4] = {1, 1, 1, 1}, m = 0.5 - sqrt(0.25 - 1.0 / 9);
    const double fork[2] = {logit(m) + 9 * m, logit(1 - m) + 9 * (1 - m)};
    int crossings[2] = {0, 0};
    binnet_noise *noise;
    binnet_mean_field *field;
    binnet_mean_branches *b;
    OK(binnet_noise_new_logistic(ctx, &noise, 2, ones));
    OK(binnet_mean_field_new_degrees(ctx, &field, 2, NULL, ones, J, NULL, NULL, noise, BINNET_INPUT_MEAN));
    int32_t code = binnet_mean_branches_new(ctx, &b, field, ones, 2, -2.0, 11.3, 17);
    ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
    ck_assert_uint_eq(binnet_mean_branches_count(b), 2);
    for (size_t k = 0; k < binnet_mean_branches_special_count(b); k++) {
        int32_t kind;
        double x, error;
        OK(binnet_mean_branches_special(b, k, &kind, NULL, &x, &error, NULL, NULL));
        printf("pitchfork: kind %d at %.12g, off %.2g, error %.2g\n", kind, x,
               fmin(fabs(x - fork[0]), fabs(x - fork[1])), error);
        int which = fabs(x - fork[1]) < fabs(x - fork[0]);
        ck_assert_double_le(fabs(x - fork[which]), error);
        ck_assert_double_le(error, 1e-3);
        crossings[which] += kind == BINNET_POINT_CROSSING;
    }
    ck_assert(crossings[0] >= 1 && crossings[1] >= 1);
    binnet_mean_branches_free(b);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(test_refusals)
{
    binnet_ctx *ctx = new_ctx(1);
    const double one = 1, none = 0, bad = NAN;
    binnet_noise *noise, *uniform;
    binnet_mean_field *field, *flat;
    binnet_mean_branches *b;
    OK(binnet_noise_new_logistic(ctx, &noise, 1, &one));
    OK(binnet_noise_new_uniform(ctx, &uniform, 1, &one));
    OK(binnet_mean_field_new_degrees(ctx, &field, 1, NULL, &one, &one, NULL, NULL, noise, BINNET_INPUT_MEAN));
    OK(binnet_mean_field_new_degrees(ctx, &flat, 1, NULL, &one, &one, NULL, NULL, uniform, BINNET_INPUT_MEAN));
    ck_assert_int_eq(binnet_mean_branches_new(ctx, &b, field, &none, 1, 0, 1, 4), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_mean_branches_new(ctx, &b, field, &bad, 1, 0, 1, 4), BINNET_E_NAN);
    ck_assert_int_eq(binnet_mean_branches_new(ctx, &b, field, &one, 1, 1, 0, 4), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_mean_branches_new(ctx, &b, field, &one, 1, 0, 1, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_mean_branches_new(ctx, &b, field, &one, 2, 0, 1, 4), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_mean_branches_new(ctx, &b, flat, &one, 1, 0, 1, 4), BINNET_E_UNSUPPORTED);
    ck_assert_ptr_null(b);
    binnet_mean_field_free(field);
    binnet_mean_field_free(flat);
    binnet_noise_free(noise);
    binnet_noise_free(uniform);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("mean branches", test_pairs, test_closed_forms, test_pitchfork, test_refusals)
