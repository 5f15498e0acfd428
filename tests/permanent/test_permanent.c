/*
 * Permanents against the definition in exact integers, closed forms, invariances; the error bound is never exceeded.
 * Comparisons with an exact value need no tolerance but that of the long double in which the distance is formed: 1e-15.
 */
#include "support/support.h"

#include "exact.h"
#include "reference/permanent.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 12 };

static const double distance_room = 1 - 1e-15;

/* a = integers 2^-shift. */
typedef struct sample {
    size_t m, n;
    int64_t whole[MOST * MOST];
    double a[MOST * MOST];
    int shift;
} sample;

static void set(sample *s, size_t m, size_t n, int shift)
{
    s->m = m;
    s->n = n;
    s->shift = shift;
    for (size_t k = 0; k < m * n; k++)
        s->a[k] = ldexp((double)s->whole[k], -shift);
}

enum { SMALL, BITS, UNIFORM, SIGNED, GRADED, WIDE, NEAR_SIGNS, SPARSE, SPARSE_SIGNED, KINDS };

static void draw(dice *d, sample *s, size_t m, size_t n, int kind)
{
    int64_t row = 0, column[MOST] = {0};
    for (size_t j = 0; j < n; j++)
        column[j] = (int64_t)roll_to(d, 20);
    for (size_t i = 0; i < m; i++) {
        row = (int64_t)roll_to(d, 20);
        for (size_t j = 0; j < n; j++) {
            double u = roll(d), v = 2 * roll(d) - 1, big = 0x1p50;
            int64_t k = 0;
            switch (kind) {
            case SMALL:
                k = (int64_t)roll_to(d, 7) - 3;
                break;
            case BITS:
                k = u < 0.5;
                break;
            case UNIFORM:
                k = (int64_t)(u * big);
                break;
            case SIGNED:
                k = (int64_t)(v * big);
                break;
            case GRADED:
                k = (int64_t)(v * 0x1p52) >> (row + column[j] > 40 ? 40 : row + column[j]);
                break;
            case WIDE:
                k = (int64_t)(v * 0x1p52) >> (int64_t)roll_to(d, 50);
                break;
            case NEAR_SIGNS: /* ill-conditioned: +-1 and a little */
                k = (v < 0 ? -1 : 1) * (INT64_C(1) << 40) + (int64_t)(u * 1000);
                break;
            case SPARSE:
                k = u < 0.4 ? (int64_t)(u * big) : 0;
                break;
            default:
                k = u < 0.4 ? (int64_t)(v * big) : 0;
            }
            s->whole[i * n + j] = k;
        }
    }
    set(s, m, n, kind == SMALL || kind == BITS ? 0 : 48);
}

static double tolerance_now;

/* One call, its value and bound against the exact value; codes that are allowed. */
static void check(binnet_ctx *ctx, const sample *s, whole exact, int32_t method, const char *what)
{
    double mantissa, bound;
    int64_t exponent;
    int32_t used, status = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, &used, s->m, s->n, s->a, method);
    ck_assert_msg(status == BINNET_OK || (status == BINNET_E_NOCONV && method == BINNET_PERMANENT_AUTO), "%s: %d %s",
                  what, (int)status, binnet_ctx_message(ctx));
    ck_assert(mantissa == 0 ? exponent == 0 || bound > 0 : fabs(mantissa) >= 0.5 && fabs(mantissa) < 1);
    long double error = whole_distance(exact, ldexp(mantissa, (int)exponent), s->shift * (int)s->m);
    long double allowed = ldexpl(bound, (int)exponent + s->shift * (int)s->m);
    ck_assert_msg(error * distance_room <= allowed,
                  "%s, %zu x %zu, method %d, used %d: off by %Lg, bound %Lg, exact %Lg", what, s->m, s->n, (int)method,
                  (int)used, error, allowed, whole_size(exact));
    if (status == BINNET_OK && method == BINNET_PERMANENT_AUTO) /* within the tolerance but for half an ulp */
        ck_assert_msg(bound <= (tolerance_now + 0x1.001p-53) * fabs(mantissa), "%s: bound %g of %g", what, bound,
                      mantissa);
}

static const int32_t methods[] = {BINNET_PERMANENT_AUTO, BINNET_PERMANENT_GLYNN, BINNET_PERMANENT_COMPENSATED,
                                  BINNET_PERMANENT_SUBSETS};
enum { METHODS = sizeof methods / sizeof *methods };

static void set_tolerance(binnet_ctx *ctx, double tolerance)
{
    tolerance_now = tolerance;
    OK(binnet_ctx_set_f64(ctx, BINNET_P_RELATIVE_TOLERANCE, tolerance));
}

/* Integers small enough are exact whatever the method, and the sum over permutations itself. */
static int64_t by_permutations(size_t n, const int64_t *a, size_t row, unsigned used)
{
    int64_t sum = 0;
    if (row == n)
        return 1;
    for (size_t j = 0; j < n; j++)
        if (!(used >> j & 1) && a[row * n + j] != 0)
            sum += a[row * n + j] * by_permutations(n, a, row + 1, used | 1u << j);
    return sum;
}

static void definition(binnet_ctx *ctx, const sample *s)
{
    double value, bound;
    int64_t want = by_permutations(s->n, s->whole, 0, 0), high;
    uint64_t low;
    OK(binnet_permanent(ctx, &value, &bound, s->n, s->a));
    ck_assert_msg(value == (double)want && bound == 0, "n = %zu: %g +- %g, not %g", s->n, value, bound, (double)want);
    OK(binnet_permanent_integer(ctx, &high, &low, s->n, s->n, s->whole));
    ck_assert(high == (want < 0 ? -1 : 0) && low == (uint64_t)want);
}

START_TEST(small_integers)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(1);
    sample s;
    set_tolerance(ctx, 1e-20);
    for (int bits = 0; bits < 512; bits++) {
        for (int k = 0; k < 9; k++)
            s.whole[k] = bits >> k & 1;
        set(&s, 3, 3, 0);
        definition(ctx, &s);
    }
    for (int k = 0; k < 2000; k++) {
        draw(&d, &s, 0, 0, SMALL);
        size_t n = 1 + roll_to(&d, 7);
        draw(&d, &s, n, n, k % 3 == 0 ? BITS : SMALL);
        definition(ctx, &s);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Every kind of matrix, every method, several tolerances: the bound holds. */
START_TEST(bounds)
{
    static const double tolerances[] = {1e-2, 1e-8, 1e-13, 1e-18};
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 10);
    sample s;
    char what[80];
    for (int k = 0; k < 400; k++) {
        size_t n = 1 + roll_to(&d, k % 10 == 0 ? 10 : 7);
        draw(&d, &s, n, n, _i);
        whole exact = whole_permanent(n, n, s.whole);
        snprintf(what, sizeof what, "kind %d, number %d", _i, k);
        for (int t = 0; t < 4; t++) {
            set_tolerance(ctx, tolerances[t]);
            check(ctx, &s, exact, BINNET_PERMANENT_AUTO, what);
        }
        for (int q = 1; q < METHODS; q++)
            check(ctx, &s, exact, methods[q], what);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(rectangles)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 30);
    sample s;
    set_tolerance(ctx, 1e-14);
    for (int k = 0; k < 150; k++) {
        size_t m = roll_to(&d, 7), n = m + 1 + roll_to(&d, 5);
        draw(&d, &s, m, n, _i);
        whole exact = whole_permanent(m, n, s.whole);
        for (int q = 0; q < METHODS; q++)
            check(ctx, &s, exact, methods[q], "rectangle");
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* The compensated grade is the nearest double, of integers and of rationals. */
START_TEST(last_bit)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(50);
    sample s;
    set_tolerance(ctx, 1e-18);
    for (int k = 0; k < 1500; k++) {
        size_t n = 2 + roll_to(&d, 7);
        draw(&d, &s, n, n, k % 5 == 4 ? GRADED : k % 5);
        whole exact = whole_permanent(n, n, s.whole);
        double value, mantissa, bound;
        int64_t exponent;
        OK(binnet_permanent(ctx, &value, NULL, n, s.a));
        for (int q = 0; q < 2; q++) {
            long double error = whole_distance(exact, value, s.shift * (int)n);
            long double below = whole_distance(exact, nextafter(value, -INFINITY), s.shift * (int)n);
            long double above = whole_distance(exact, nextafter(value, INFINITY), s.shift * (int)n);
            ck_assert_msg(error <= below && error <= above, "n = %zu, kind %d: %.17g is not the nearest", n, k % 5,
                          value);
            OK(binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, NULL, n, n, s.a,
                                       BINNET_PERMANENT_COMPENSATED));
            value = ldexp(mantissa, (int)exponent);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- closed forms --- */

static double *square(size_t n, double (*entry)(size_t i, size_t j, size_t n))
{
    double *a = malloc((n * n + 1) * sizeof *a);
    ck_assert(a != NULL);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = entry(i, j, n);
    return a;
}

static double ones(size_t i, size_t j, size_t n)
{
    (void)i, (void)j, (void)n;
    return 1;
}

static double not_diagonal(size_t i, size_t j, size_t n)
{
    (void)n;
    return i != j;
}

static double three_cyclic(size_t i, size_t j, size_t n)
{
    return (j + n - i) % n < 3;
}

static double tridiagonal(size_t i, size_t j, size_t n)
{
    (void)n;
    return i <= j + 1 && j <= i + 1;
}

static double hessenberg(size_t i, size_t j, size_t n)
{
    (void)n;
    return j <= i + 1;
}

static double product(size_t i, size_t j, size_t n)
{
    (void)n;
    return (double)((i + 1) * (j + 2));
}

static double value_of(binnet_ctx *ctx, size_t n, double (*entry)(size_t, size_t, size_t), int32_t *used)
{
    double *a = square(n, entry), mantissa, bound;
    int64_t exponent;
    OK(binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, used, n, n, a, BINNET_PERMANENT_AUTO));
    free(a);
    ck_assert(bound <= 1.5e-16 * fabs(mantissa) && exponent < 1024);
    return ldexp(mantissa, (int)exponent);
}

START_TEST(closed_forms)
{
    binnet_ctx *ctx = new_ctx(1);
    double factorial = 1, derangements = 1, fibonacci[2] = {1, 1}, lucas[2] = {2, 1};
    int32_t used;
    set_tolerance(ctx, 1e-18);
    for (size_t n = 1; n <= 18; n++) { /* all below 2^53 */
        double dn = (double)n, next;
        factorial *= dn;
        derangements = dn * derangements + (n % 2 ? -1 : 1);
        next = fibonacci[0] + fibonacci[1];
        fibonacci[0] = fibonacci[1];
        fibonacci[1] = next;
        next = lucas[0] + lucas[1];
        lucas[0] = lucas[1];
        lucas[1] = next;
        ck_assert(value_of(ctx, n, ones, &used) == factorial);
        if (n <= 14)
            ck_assert(value_of(ctx, n, not_diagonal, &used) == derangements);
        ck_assert(value_of(ctx, n, tridiagonal, &used) == fibonacci[0]);
        ck_assert(value_of(ctx, n, hessenberg, &used) == ldexp(1, (int)n - 1));
        if (n >= 3) /* I + P + P^2, P the cyclic shift: L_n + 2 (Minc 1978) */
            ck_assert(value_of(ctx, n, three_cyclic, &used) == lucas[0] + 2);
        if (n <= 8)
            ck_assert(value_of(ctx, n, product, &used) == factorial * factorial * factorial * (dn + 1));
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Sizes that only structure makes possible, against recursions in double that subtract nothing (relative n 2^-52). */
START_TEST(large_structure)
{
    binnet_ctx *ctx = new_ctx(1);
    int32_t used;
    double f0 = 1, f1 = 1;
    set_tolerance(ctx, 1e-15);
    for (int k = 2; k <= 300; k++) {
        double next = f0 + f1;
        f0 = f1;
        f1 = next;
    }
    ck_assert(fabs(value_of(ctx, 300, tridiagonal, &used) / f1 - 1) < 300 * DBL_EPSILON);
    ck_assert(used & BINNET_PERMANENT_FRONTIER);
    ck_assert(fabs(value_of(ctx, 150, ones, &used) / tgamma(151) - 1) < 1e-12); /* tgamma */
    ck_assert(used & BINNET_PERMANENT_RANK_ONE);
    ck_assert(value_of(ctx, 60, hessenberg, &used) == 0x1p59);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- structure against the dense way --- */

static void agree(binnet_ctx *ctx, size_t n, const double *a, int32_t flag)
{
    double x, y, bx, by;
    int64_t ex, ey;
    int32_t used;
    OK(binnet_permanent_scaled(ctx, &x, &ex, &bx, &used, n, n, a, BINNET_PERMANENT_AUTO));
    ck_assert_msg((used & flag) == flag, "used %d, expected %d", (int)used, (int)flag);
    OK(binnet_permanent_scaled(ctx, &y, &ey, &by, NULL, n, n, a, BINNET_PERMANENT_COMPENSATED));
    y = ldexp(y, (int)(ey - ex));
    by = ldexp(by, (int)(ey - ex));
    ck_assert_msg(fabs(x - y) <= bx + by, "n = %zu, used %d: %.17g +- %g and %.17g +- %g", n, (int)used, x, bx, y, by);
}

START_TEST(structures)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(70);
    enum { N = 16 };
    double a[N * N], b[N * N];
    for (int k = 0; k < 12; k++) {
        set_tolerance(ctx, k % 2 ? 1e-8 : 1e-14);
        int mixed = k % 3 != 0;
        size_t kind[N], other[N], p[N];
        for (size_t i = 0; i < N; i++) {
            kind[i] = roll_to(&d, 3);
            other[i] = roll_to(&d, 2);
            p[i] = i;
        }
        for (size_t i = N - 1; i > 0; i--) {
            size_t j = roll_to(&d, i + 1), t = p[i];
            p[i] = p[j];
            p[j] = t;
        }
        double v[N * N];
        for (size_t t = 0; t < N * N; t++)
            v[t] = mixed ? roll_in(&d, -1, 1) : roll(&d);
        other[0] = 0, other[1] = 1;
        /* equal columns, equal rows */
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                a[i * N + j] = v[i * N + kind[j]];
                b[j * N + i] = a[i * N + j];
            }
        agree(ctx, N, a, BINNET_PERMANENT_REPEATED);
        agree(ctx, N, b, BINNET_PERMANENT_REPEATED);
        /* blocks of equal entries */
        kind[0] = 0, kind[1] = 1;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                a[i * N + j] = v[other[i] * 2 + (kind[j] > 0)];
        agree(ctx, N, a, BINNET_PERMANENT_CONSTANT);
        /* banded, its lines shuffled; block triangular, shuffled */
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                a[p[i] * N + p[N - 1 - j]] = i <= j + 2 && j <= i + 1 ? v[i * N + j] : 0;
                b[p[i] * N + p[N - 1 - j]] = i / 5 <= j / 5 ? v[i * N + j] : 0;
            }
        agree(ctx, N, a, BINNET_PERMANENT_FRONTIER);
        agree(ctx, N, b, BINNET_PERMANENT_BLOCKS);
        /* rank one: exact in double */
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                a[i * N + j] = (double)((i + 3) * (2 * j + 5)) * (mixed && (i + j) % 2 ? -1 : 1);
        agree(ctx, N, a, BINNET_PERMANENT_RANK_ONE);
    }
    /* no permutation without a zero: 5 rows in 4 columns */
    for (size_t t = 0; t < N * N; t++)
        a[t] = t / N < 5 && t % N >= 4 ? 0 : roll(&d);
    double value, bound;
    OK(binnet_permanent(ctx, &value, &bound, N, a));
    ck_assert(value == 0 && bound == 0);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- invariances --- */

START_TEST(invariances)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(80);
    set_tolerance(ctx, 1e-9);
    for (int k = 0; k < 60; k++) {
        size_t n = 3 + roll_to(&d, 9);
        double a[144], b[144], minor[144], value, bound, other, other_bound;
        int mixed = k % 2;
        for (size_t t = 0; t < n * n; t++)
            a[t] = mixed ? roll_in(&d, -1, 1) : roll(&d);
        OK(binnet_permanent(ctx, &value, &bound, n, a));
        /* rows in another order, transposed, a row times 3 2^70 and a column times 2^-70 */
        size_t turn = 1 + roll_to(&d, n - 1), which = roll_to(&d, n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                b[j * n + (i + turn) % n] = a[i * n + j];
        for (size_t j = 0; j < n; j++) {
            b[which * n + j] *= 3 * 0x1p70; /* rounds: 2^-53 of each entry, so n terms of the size sum below */
            b[j * n + turn] *= 0x1p-70;
        }
        OK(binnet_permanent(ctx, &other, &other_bound, n, b));
        double size = 1;
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += fabs(a[i * n + j]);
            size *= sum;
        }
        ck_assert(fabs(other / 3 - value) <= bound + other_bound / 3 + 0x1p-51 * size);
        /* Laplace along the first row */
        double sum = 0, sum_bound = 0;
        for (size_t c = 0; c < n; c++) {
            for (size_t i = 1; i < n; i++)
                for (size_t j = 0, at = 0; j < n; j++)
                    if (j != c)
                        minor[(i - 1) * (n - 1) + at++] = a[i * n + j];
            OK(binnet_permanent(ctx, &other, &other_bound, n - 1, minor));
            sum += a[c] * other;
            sum_bound += fabs(a[c]) * (other_bound + (double)(n + 1) * DBL_EPSILON * fabs(other));
        }
        ck_assert_msg(fabs(sum - value) <= bound + sum_bound, "n = %zu: %g by minors, %g", n, sum, value);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Bit for bit, whatever the threads. */
START_TEST(threads)
{
    enum { N = 21 };
    dice d = dice_of(90);
    double a[N * N], first[4], bound[4];
    int64_t exponent[4];
    for (int mixed = 0; mixed < 2; mixed++) {
        for (size_t t = 0; t < N * N; t++)
            a[t] = mixed ? roll_in(&d, -1, 1) : roll(&d);
        for (int workers = 1; workers <= 4; workers++) {
            binnet_ctx *ctx = new_ctx(workers);
            for (int q = 1; q <= 2; q++) {
                double x, b;
                int64_t e;
                OK(binnet_permanent_scaled(ctx, &x, &e, &b, NULL, N, N, a, methods[q]));
                if (workers == 1) {
                    first[q] = x;
                    bound[q] = b;
                    exponent[q] = e;
                }
                ck_assert_msg(x == first[q] && b == bound[q] && e == exponent[q], "%d threads, method %d", workers,
                              methods[q]);
            }
            binnet_ctx_free(ctx);
        }
        ck_assert(fabs(first[1] - first[2]) <= bound[1] + bound[2]);
    }
}
END_TEST

/* --- repeated columns --- */

START_TEST(repeated)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 100);
    sample s, full;
    for (int k = 0; k < 120; k++) {
        int64_t times[4];
        size_t kinds = 1 + roll_to(&d, 4), n = 0;
        for (size_t q = 0; q < kinds; q++)
            n += (size_t)(times[q] = (int64_t)roll_to(&d, 4));
        if (n > 10)
            continue;
        set_tolerance(ctx, k % 2 ? 1e-8 : 1e-15);
        draw(&d, &s, n, kinds, _i);
        for (size_t i = 0; i < n; i++)
            for (size_t q = 0, j = 0; q < kinds; q++)
                for (int64_t t = 0; t < times[q]; t++, j++)
                    full.whole[i * n + j] = s.whole[i * kinds + q];
        set(&full, n, n, s.shift);
        whole exact = whole_permanent(n, n, full.whole);
        double value, bound;
        int32_t status = binnet_permanent_repeated(ctx, &value, &bound, n, kinds, s.a, times);
        ck_assert_msg(status == BINNET_OK, "%d %s", (int)status, binnet_ctx_message(ctx));
        long double error = whole_distance(exact, value, s.shift * (int)n);
        ck_assert_msg(error * distance_room <= ldexpl(bound, s.shift * (int)n),
                      "n = %zu, %zu kinds: %g +- %g, off by %Lg", n, kinds, value, bound, error);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* n = 2000: two kinds, p and 1 - p, of rows with the same p: per = n! p^m (1 - p)^(n - m). log n! by lgamma. */
/* Hundreds of columns against exact integers: entries >= 0 to 1e-15 in double; with mixed signs within the bound, which in the
 * first case (2^109 times smaller than with the absolute values) no 106 bits can bring down to the tolerance. */
START_TEST(many_columns)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t c = 0; c < sizeof many_of_a_kind / sizeof *many_of_a_kind; c++) {
        const struct many_of_a_kind *m = &many_of_a_kind[c];
        size_t n = 0, k = m->k;
        double col[200 * 5], mantissa, bound;
        int64_t exponent;
        for (size_t q = 0; q < k; q++)
            n += (size_t)m->times[q];
        for (size_t i = 0; i < n; i++)
            for (size_t q = 0; q < k; q++) {
                double v = (double)(1 + (7 * i + 13 * q + 3 * i * q) % 10);
                col[i * k + q] = m->negative && (i * i + i * q + q) % 3 == 0 ? -v : v;
            }
        for (int strict = 0; strict < 2; strict++) {
            set_tolerance(ctx, strict ? 1e-15 : 1e-10);
            int hopeless = m->negative && n == 200;
            ck_assert_int_eq(binnet_permanent_repeated_scaled(ctx, &mantissa, &exponent, &bound, n, k, col, m->times),
                             hopeless ? BINNET_E_NOCONV : BINNET_OK);
            double power = ldexp(1, (int)(exponent - m->exponent)), error = fabs((mantissa * power - m->hi) - m->lo);
            ck_assert_msg(error <= bound * power * (1 + 1e-9), "case %zu: off by %g, bound %g", c, error,
                          bound * power);
            if (!m->negative || (strict && !hopeless))
                ck_assert_msg(error <= 1e-15 * fabs(m->hi), "case %zu: off by %g", c, error);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(beyond_double)
{
    enum { N = 2000, M = 700 };
    binnet_ctx *ctx = new_ctx(1);
    double *col = malloc(2 * N * sizeof *col), mantissa, bound, value;
    const int64_t times[2] = {M, N - M};
    int64_t exponent;
    ck_assert(col != NULL);
    for (size_t i = 0; i < N; i++) {
        col[2 * i] = 0.3;
        col[2 * i + 1] = 0.7;
    }
    OK(binnet_permanent_repeated_scaled(ctx, &mantissa, &exponent, &bound, N, 2, col, times));
    double want = lgamma(N + 1.0) + M * log(0.3) + (N - M) * log(0.7);
    ck_assert(fabs(log(mantissa) + (double)exponent * log(2) - want) < 1e-12 * want);
    ck_assert(bound < 1e-11 * mantissa && exponent > 1024);
    ck_assert_int_eq(binnet_permanent_repeated(ctx, &value, &bound, N, 2, col, times), BINNET_E_RANGE);
    ck_assert(strstr(binnet_ctx_message(ctx), "2^") != NULL);
    free(col);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- integers --- */

START_TEST(integers)
{
    binnet_ctx *ctx = new_ctx(2);
    dice d = dice_of(120);
    sample s;
    static const uint64_t moduli[] = {3, 97, 1000000007, (UINT64_C(1) << 61) - 1, (UINT64_C(1) << 63) - 25};
    for (int k = 0; k < 200; k++) {
        size_t m = roll_to(&d, 8), n = m + roll_to(&d, 3);
        for (size_t t = 0; t < m * n; t++)
            s.whole[t] = (int64_t)(roll_in(&d, -1, 1) * (k % 2 ? 0x1p16 : 100));
        whole want = whole_permanent(m, n, s.whole);
        int64_t high;
        uint64_t low;
        int32_t status = binnet_permanent_integer(ctx, &high, &low, m, n, s.whole);
        int fits = whole_size(want) < 0x1.ffp126L;
        ck_assert_int_eq(status, fits ? BINNET_OK : BINNET_E_RANGE);
        if (fits)
            ck_assert(low == ((uint64_t)want.limb[1] << 32 | want.limb[0]) &&
                      (uint64_t)high == ((uint64_t)want.limb[3] << 32 | want.limb[2]));
        for (size_t q = 0; q < sizeof moduli / sizeof *moduli; q++) {
            uint64_t residue, expected = 0;
            whole size = whole_negative(want) ? whole_negate(want) : want;
            for (int t = 32 * LIMBS - 1; t >= 0; t--) { /* bit by bit: no overflow below 2^63 */
                expected = 2 * expected + (size.limb[t / 32] >> t % 32 & 1);
                expected = expected >= moduli[q] ? expected - moduli[q] : expected;
            }
            if (whole_negative(want) && expected != 0)
                expected = moduli[q] - expected;
            OK(binnet_permanent_residue(ctx, &residue, moduli[q], m, n, s.whole));
            ck_assert(residue == expected);
        }
    }
    /* the ends of the range */
    const int64_t ends[4] = {INT64_MIN, 0, 5, INT64_MAX}, large[4] = {INT64_MIN, 1, INT64_MIN, INT64_MIN};
    int64_t high;
    uint64_t low;
    OK(binnet_permanent_integer(ctx, &high, &low, 2, 2, ends)); /* -2^126 + 2^63 */
    ck_assert(high == -(INT64_C(1) << 62) && low == UINT64_C(1) << 63);
    OK(binnet_permanent_integer(ctx, &high, &low, 2, 2, large)); /* 2^126 - 2^63 */
    ck_assert(high == (INT64_C(1) << 62) - 1 && low == UINT64_C(1) << 63);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- what is refused --- */

START_TEST(refused)
{
    binnet_ctx *ctx = new_ctx(1);
    double a[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, value = 7, bound = 7;
    const double column[3] = {1, 2, 3};
    int64_t times[2] = {2, 1}, exponent, high;
    uint64_t low;
    const int64_t whole_a[4] = {1, 2, 3, 4};
    OK(binnet_permanent(ctx, &value, &bound, 0, NULL));
    ck_assert(value == 1 && bound == 0);
    OK(binnet_permanent_scaled(ctx, &value, &exponent, NULL, NULL, 0, 5, NULL, BINNET_PERMANENT_AUTO));
    ck_assert(value == 0.5 && exponent == 1);
    OK(binnet_permanent_repeated(ctx, &value, &bound, 0, 0, NULL, NULL));
    ck_assert(value == 1 && bound == 0);
    OK(binnet_permanent(ctx, &value, NULL, 1, a + 2));
    ck_assert(value == 3);
    ck_assert_int_eq(binnet_permanent(NULL, &value, &bound, 3, a), BINNET_E_NULL);
    ck_assert_int_eq(binnet_permanent(ctx, NULL, &bound, 3, a), BINNET_E_NULL);
    ck_assert_int_eq(binnet_permanent(ctx, &value, &bound, 3, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_permanent_scaled(ctx, &value, &exponent, NULL, NULL, 3, 2, a, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_permanent_scaled(ctx, &value, &exponent, NULL, NULL, 3, 3, a, 3), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_permanent_scaled(ctx, &value, &exponent, NULL, NULL, 3, 3, a, 8), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_permanent_scaled(ctx, &value, NULL, NULL, NULL, 3, 3, a, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_permanent_repeated(ctx, &value, &bound, 3, 1, column, times), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_permanent_repeated(ctx, &value, &bound, 1, 1, column, times), BINNET_E_SIZE);
    times[0] = -1;
    ck_assert_int_eq(binnet_permanent_repeated(ctx, &value, &bound, 0, 2, column, times), BINNET_E_RANGE);
    a[4] = NAN;
    ck_assert_int_eq(binnet_permanent(ctx, &value, &bound, 3, a), BINNET_E_NAN);
    ck_assert(strstr(binnet_ctx_message(ctx), "a[4]") != NULL);
    a[4] = INFINITY;
    ck_assert_int_eq(binnet_permanent(ctx, &value, &bound, 3, a), BINNET_E_NAN);
    ck_assert_int_eq(binnet_permanent_integer(ctx, &high, &low, 2, 1, whole_a), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_permanent_residue(ctx, &low, 10, 2, 2, whole_a), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_permanent_residue(ctx, &low, 1, 2, 2, whole_a), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ctx_set_f64(ctx, BINNET_P_RELATIVE_TOLERANCE, 0), BINNET_E_RANGE);
    /* out of range, below it, too large, not converged */
    const double huge[4] = {1e200, 1, 1, 1e200}, tiny[4] = {1e-160, 1e-160, 1e-160, 1e-160};
    ck_assert_int_eq(binnet_permanent(ctx, &value, &bound, 2, huge), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_permanent(ctx, &value, &bound, 2, tiny), BINNET_E_UNDERFLOW);
    ck_assert(fabs(value - 2e-320) <= bound && bound <= 1e-323);
    dice d = dice_of(130);
    double *many = malloc(70 * 70 * sizeof *many);
    ck_assert(many != NULL);
    for (size_t t = 0; t < 70 * 70; t++)
        many[t] = roll(&d);
    ck_assert_int_eq(binnet_permanent(ctx, &value, &bound, 70, many), BINNET_E_SIZE);
    free(many);
    OK(binnet_ctx_set_f64(ctx, BINNET_P_RELATIVE_TOLERANCE, 1e-20));
    const double near_zero[9] = {1 + 0x1p-52, -1, 0.3, 1, 1, 0.7, 0.1, -0.2, 1e-30};
    int32_t status = binnet_permanent(ctx, &value, &bound, 3, near_zero);
    ck_assert(status == BINNET_OK || (status == BINNET_E_NOCONV && bound > 0 && isfinite(value)));
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("permanent", {small_integers, 1}, {bounds, KINDS}, {rectangles, KINDS}, {last_bit, 1}, {closed_forms, 1},
             {large_structure, 1}, {structures, 1}, {invariances, 1}, {threads, 1}, {repeated, KINDS},
             {many_columns, 1}, {beyond_double, 1}, {integers, 1}, {refused, 1})
