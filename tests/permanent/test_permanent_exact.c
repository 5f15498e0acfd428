/*
 * Permanents of integer matrices in full: against the definition in integers of 4096 bits, closed forms, and numbers that others
 * have published.
 */
#include "support/support.h"

#define LIMBS 128
#include "exact.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 12, DIGITS = 4096 };

static void decimal_of(char *text, whole v)
{
    char digits[DIGITS];
    size_t at = sizeof digits - 1;
    int negative = whole_negative(v), any = 1;
    if (negative)
        v = whole_negate(v);
    digits[at] = 0;
    while (any) {
        uint64_t rest = 0;
        any = 0;
        for (int k = LIMBS; k-- > 0;) {
            rest = rest << 32 | v.limb[k];
            v.limb[k] = (uint32_t)(rest / 10);
            any |= v.limb[k] != 0;
            rest %= 10;
        }
        digits[--at] = (char)('0' + rest);
    }
    if (negative)
        digits[--at] = '-';
    strcpy(text, digits + at);
}

/* The digits of the library; to be freed. */
static char *digits_of(binnet_ctx *ctx, size_t m, size_t n, const int64_t *a)
{
    size_t room, length;
    OK(binnet_permanent_decimal(ctx, NULL, 0, &room, m, n, a));
    char *text = malloc(room);
    ck_assert(text != NULL);
    int32_t code = binnet_permanent_decimal(ctx, text, room, &length, m, n, a);
    ck_assert_msg(code == BINNET_OK, "%zu x %zu: %d %s", m, n, (int)code, binnet_ctx_message(ctx));
    ck_assert_uint_eq(length, strlen(text));
    return text;
}

static void expect(binnet_ctx *ctx, const char *what, size_t m, size_t n, const int64_t *a, const char *want)
{
    char *got = digits_of(ctx, m, n, a);
    ck_assert_msg(strcmp(got, want) == 0, "%s: %s, not %s", what, got, want);
    free(got);
}

/* Also as 128 bits, or refused there. */
static void expect_whole(binnet_ctx *ctx, const char *what, size_t m, size_t n, const int64_t *a, whole want)
{
    char text[DIGITS];
    int64_t high;
    uint64_t low;
    decimal_of(text, want);
    expect(ctx, what, m, n, a, text);
    int32_t code = binnet_permanent_integer(ctx, &high, &low, m, n, a);
    int fits = 1;
    for (int k = 4; k < LIMBS; k++)
        fits &= want.limb[k] == (want.limb[3] >> 31 ? UINT32_MAX : 0);
    ck_assert_msg(code == (fits ? BINNET_OK : BINNET_E_RANGE), "%s: %d for %s", what, (int)code, text);
    if (fits)
        ck_assert(low == ((uint64_t)want.limb[1] << 32 | want.limb[0]) &&
                  (uint64_t)high == ((uint64_t)want.limb[3] << 32 | want.limb[2]));
}

enum {
    BITS,
    SMALL,
    MILLIONS,
    DOUBLES,
    ABOVE_DOUBLES,
    WORDS,
    SPARSE,
    EQUAL_ROWS,
    EQUAL_COLUMNS,
    RANK_ONE,
    CANCELLING,
    TRIANGLE,
    KINDS
};

static int64_t up_to(dice *d, double most)
{
    return (int64_t)((2 * roll(d) - 1) * most);
}

static void fill(dice *d, int64_t *a, size_t m, size_t n, int kind)
{
    static const int64_t ends[] = {INT64_MIN, INT64_MAX, INT64_MIN + 1, (INT64_C(1) << 53) + 1, -(INT64_C(1) << 53) - 1,
                                   0,         1};
    int64_t u[MOST], v[MOST];
    for (size_t k = 0; k < MOST; k++) {
        u[k] = up_to(d, 99) * 2 + 1;
        v[k] = up_to(d, 1e5) * 2 + 1;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            int64_t *x = &a[i * n + j];
            switch (kind) {
            case BITS:
                *x = roll(d) < 0.5;
                break;
            case SMALL:
                *x = up_to(d, 4);
                break;
            case DOUBLES:
                *x = up_to(d, 0x1p53);
                break;
            case ABOVE_DOUBLES:
                *x = roll(d) < 0.5 ? up_to(d, 9) : (up_to(d, 0x1p50) * 16 + 1);
                break;
            case WORDS:
                *x = roll(d) < 0.3 ? ends[roll_to(d, 7)] : up_to(d, 0x1p62) * 2 + 1;
                break;
            case SPARSE:
                *x = roll(d) < 0.35 ? up_to(d, 1e6) : 0;
                break;
            case EQUAL_ROWS:
                *x = i > 1 && i % 3 ? a[j] : up_to(d, 1e9);
                break;
            case EQUAL_COLUMNS:
                *x = j > 1 && j % 3 ? a[i * n] : up_to(d, 1e9);
                break;
            case RANK_ONE:
                *x = u[i] * v[j];
                break;
            case CANCELLING:
                *x = (roll(d) < 0.5 ? -1 : 1) * (INT64_C(1) << 40) + (int64_t)roll_to(d, 4);
                break;
            case TRIANGLE:
                *x = i / 2 <= j / 2 ? up_to(d, 1e6) : 0;
                break;
            default:
                *x = up_to(d, 1e6);
            }
        }
}

START_TEST(definition)
{
    binnet_ctx *ctx = new_ctx(1 + _i % 2);
    dice d = dice_of((uint64_t)_i + 400);
    int64_t a[MOST * MOST];
    char what[60];
    for (int k = 0; k < 60; k++) {
        size_t m = roll_to(&d, k % 12 == 0 ? 10 : 7), n = m + (k % 3 == 2 ? 1 + roll_to(&d, 2) : 0);
        fill(&d, a, m, n, _i);
        snprintf(what, sizeof what, "kind %d, number %d, %zu x %zu", _i, k, m, n);
        expect_whole(ctx, what, m, n, a, whole_permanent(m, n, a));
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Ryser's sums in one, two and many words, several blocks of them, on two threads: per of a + b e_0 e_0^T by its minor. */
START_TEST(dense)
{
    enum { N = 17 };
    static const double most[] = {1.5, 1e3, 1e15, 0x1p53, 0x1p62};
    binnet_ctx *ctx = new_ctx(2);
    dice d = dice_of((uint64_t)_i + 420);
    int64_t a[N * N], more[N * N], minor[N * N];
    uint64_t residue[3];
    const uint64_t p = UINT64_C(9223372036854775783); /* largest prime below 2^63 */
    for (size_t t = 0; t < N * N; t++)
        a[t] = more[t] = up_to(&d, most[_i]);
    more[0] = a[0] > 0 ? a[0] - 5 : a[0] + 5;
    for (size_t i = 1; i < N; i++)
        memcpy(minor + (i - 1) * (N - 1), a + i * N + 1, (N - 1) * sizeof *a);
    const int64_t *which[3] = {a, more, minor};
    for (int q = 0; q < 3; q++) { /* modulo a prime: what the digits leave is Ryser's formula there */
        char *text = digits_of(ctx, q < 2 ? N : N - 1, q < 2 ? N : N - 1, which[q]);
        uint64_t rest = 0, by_library;
        for (const char *s = text + (*text == '-'); *s != 0; s++) {
            uint64_t ten = 0;
            for (int k = 0; k < 10; k++) /* without a wider product */
                ten = ten >= p - rest ? ten - (p - rest) : ten + rest;
            uint64_t digit = (uint64_t)(*s - '0');
            rest = ten >= p - digit ? ten - (p - digit) : ten + digit;
        }
        rest = *text == '-' && rest != 0 ? p - rest : rest;
        OK(binnet_permanent_residue(ctx, &by_library, p, q < 2 ? N : N - 1, q < 2 ? N : N - 1, which[q]));
        ck_assert_msg(rest == by_library, "size %g, %d: %s", most[_i], q, text);
        residue[q] = rest;
        free(text);
    }
    /* per(more) - per(a) = +-5 per(minor) */
    uint64_t five = 0, off = residue[1] >= residue[0] ? residue[1] - residue[0] : residue[1] + (p - residue[0]);
    for (int k = 0; k < 5; k++)
        five = five >= p - residue[2] ? five - (p - residue[2]) : five + residue[2];
    ck_assert(off == (a[0] > 0 ? (five == 0 ? 0 : p - five) : five));
    binnet_ctx_free(ctx);
}
END_TEST

/* --- structure --- */

/* Black squares of an even board and the white ones beside them. */
static int64_t *dimers(size_t side, size_t *n)
{
    *n = side * side / 2;
    int64_t *a = calloc(*n * *n, sizeof *a);
    ck_assert(a != NULL);
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++) {
            const size_t to[4][2] = {{x + 1, y}, {x - 1, y}, {x, y + 1}, {x, y - 1}};
            for (int k = 0; k < 4 && (x + y) % 2 == 0; k++)
                if (to[k][0] < side && to[k][1] < side)
                    a[(y * side + x) / 2 * *n + (to[k][1] * side + to[k][0]) / 2] = 1;
        }
    return a;
}

static int64_t *banded(size_t m, size_t n, size_t width, int64_t diagonal)
{
    int64_t *a = calloc(m * n, sizeof *a);
    ck_assert(a != NULL);
    for (size_t i = 0; i < m; i++)
        for (size_t j = i; j < n && j < i + width; j++)
            a[i * n + j] = i == j ? diagonal : 1;
    return a;
}

START_TEST(structure)
{
    binnet_ctx *ctx = new_ctx(1);
    size_t n;
    double flops;
    int32_t used;
    uint64_t bytes;
    int64_t *a = dimers(8, &n); /* Kasteleyn; Temperley and Fisher 1961 */
    expect(ctx, "dimers 8", n, n, a, "12988816");
    OK(binnet_permanent_integer_estimate(ctx, NULL, &bytes, &flops, &used, n, n, a));
    ck_assert_msg(flops < 1e6 && (used & BINNET_PERMANENT_FRONTIER) && !(used & BINNET_PERMANENT_RYSER), "%g by %d",
                  flops, (int)used);
    free(a);
    a = dimers(16, &n);
    expect(ctx, "dimers 16", n, n, a, "2444888770250892795802079170816");
    free(a);
    a = banded(40, 40, 1, 1);
    expect(ctx, "identity", 40, 40, a, "1");
    free(a);
    a = banded(300, 300, 1, -10); /* blocks of one entry each, 301 digits */
    char power[310] = "1";
    memset(power + 1, '0', 300);
    power[301] = 0;
    expect(ctx, "diagonal", 300, 300, a, power);
    free(a);
    /* 60 x 64, width 5, in integers and in double */
    a = banded(60, 64, 5, 1);
    expect(ctx, "band", 60, 64, a, "433526795964664677374809");
    double v[60 * 64], mantissa, bound;
    int64_t exponent;
    for (size_t t = 0; t < 60 * 64; t++)
        v[t] = (double)a[t];
    OK(binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, &used, 60, 64, v, BINNET_PERMANENT_AUTO));
    ck_assert(used & BINNET_PERMANENT_FRONTIER);
    ck_assert(fabs(ldexp(mantissa, (int)exponent) / 4.3352679596466468e23 - 1) < 1e-15);
    OK(binnet_permanent_estimate(ctx, NULL, &bytes, &flops, &used, 60, 64, v, BINNET_PERMANENT_AUTO));
    ck_assert(bytes < 1 << 20 && flops < 1e7 && used == BINNET_PERMANENT_FRONTIER);
    free(a);
    binnet_ctx_free(ctx);
}
END_TEST

static void times(whole *v, int64_t by)
{
    *v = whole_times(*v, by);
}

/* Thousands of bits: factorials, tridiagonal recursions, kinds of columns against the finite sum of two. */
START_TEST(closed_forms)
{
    enum { N = 120, R = 40, C = 50 };
    binnet_ctx *ctx = new_ctx(1);
    static int64_t a[N * N];
    char text[DIGITS];
    whole f = whole_of(1), g;
    for (size_t t = 0; t < N * N; t++)
        a[t] = 3;
    for (int64_t k = 1; k <= N; k++)
        times(&f, 3 * k);
    decimal_of(text, f);
    expect(ctx, "n! 3^n", N, N, a, text);
    /* rows (i + 2)(-1)^i of multiples of (j + 1): of rank one */
    f = whole_of(1);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = (int64_t)((i + 2) * (j + 1)) * (i % 2 ? -1 : 1);
        times(&f, (int64_t)(i + 1) * (i % 2 ? -1 : 1));
        times(&f, (int64_t)(i + 2) * (int64_t)(i + 1));
    }
    decimal_of(text, f);
    expect(ctx, "rank one", N, N, a, text);
    /* the continuant p_k = x p_(k-1) + p_(k-2) */
    f = whole_of(1), g = whole_of(0);
    memset(a, 0, sizeof a);
    for (size_t i = 0; i < N; i++) {
        whole next = whole_add(whole_times(f, -1000003), g);
        g = f;
        f = next;
        a[i * N + i] = -1000003;
        if (i + 1 < N)
            a[i * N + i + 1] = a[(i + 1) * N + i] = 1;
    }
    decimal_of(text, f);
    expect(ctx, "tridiagonal", N, N, a, text);
    /* R rows with 2 in C columns, the rest 1: sum over t of C(R, t) C!/(C-t)! (N - t)!, as 2 = 1 + 1 */
    whole sum = whole_of(0);
    for (int64_t t = 0; t <= R; t++) {
        whole term = whole_of(1);
        for (int64_t k = 1; k <= N - t; k++)
            times(&term, k);
        for (int64_t k = 0; k < t; k++)
            times(&term, C - k);
        double ways = 1; /* C(40, 20) is below 2^53 */
        for (int64_t k = 1; k <= t; k++)
            ways = ways * (double)(R - k + 1) / (double)k;
        sum = whole_add(sum, whole_times(term, (int64_t)rint(ways)));
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = i < R && j < C ? 2 : 1;
    decimal_of(text, sum);
    expect(ctx, "two kinds", N, N, a, text);
    /* 5 rows of ones in 100 columns; a row that is empty */
    for (size_t t = 0; t < 500; t++)
        a[t] = 1;
    expect(ctx, "injections", 5, 100, a, "9034502400");
    memset(a, 0, 100 * sizeof *a);
    expect(ctx, "empty row", 5, 100, a, "0");
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(refused)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t a[4] = {1, 2, 3, 4}, big[4] = {INT64_MAX, 0, 0, INT64_MAX};
    static int64_t many[70 * 70];
    dice d = dice_of(9);
    char text[4];
    size_t length = 9;
    OK(binnet_permanent_decimal(ctx, text, sizeof text, &length, 2, 2, a));
    ck_assert(strcmp(text, "10") == 0 && length == 2);
    OK(binnet_permanent_decimal(ctx, text, 3, &length, 2, 2, a));
    ck_assert_int_eq(binnet_permanent_decimal(ctx, text, 2, &length, 2, 2, a), BINNET_E_SIZE);
    ck_assert_uint_eq(length, 2);
    ck_assert_int_eq(binnet_permanent_decimal(ctx, text, sizeof text, &length, 2, 2, big), BINNET_E_SIZE);
    ck_assert_uint_eq(length, 2);
    OK(binnet_permanent_decimal(ctx, text, sizeof text, &length, 0, 3, NULL));
    ck_assert(strcmp(text, "1") == 0);
    ck_assert_int_eq(binnet_permanent_decimal(NULL, text, 4, &length, 2, 2, a), BINNET_E_NULL);
    ck_assert_int_eq(binnet_permanent_decimal(ctx, text, 4, NULL, 2, 2, a), BINNET_E_NULL);
    ck_assert_int_eq(binnet_permanent_decimal(ctx, text, 4, &length, 2, 2, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_permanent_decimal(ctx, text, 4, &length, 2, 1, a), BINNET_E_SIZE);
    for (size_t t = 0; t < 70 * 70; t++)
        many[t] = 1 + (int64_t)roll_to(&d, 1000);
    ck_assert_int_eq(binnet_permanent_decimal(ctx, text, 4, &length, 70, 70, many), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_permanent_integer_estimate(ctx, NULL, NULL, NULL, NULL, 70, 70, many), BINNET_E_SIZE);
    OK(binnet_permanent_integer_estimate(ctx, NULL, NULL, NULL, NULL, 2, 2, a));
    OK(binnet_permanent_integer_estimate(ctx, NULL, NULL, NULL, NULL, 0, 0, NULL));
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("permanent_exact", {definition, KINDS}, {dense, 5}, {structure, 1}, {closed_forms, 1}, {refused, 1})
