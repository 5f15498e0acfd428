/*
 * Permanents that are finite sums: rank one, per = n! prod_i u_i v_i; and two kinds of rows by two kinds of columns, where
 * per = sum over t of r! r'! c! c'! / (t! (r-t)! (c-t)! (r'-c+t)!) b11^t b12^(r-t) b21^(c-t) b22^(r'-c+t).   [THEORY 7]
 */
#include "permanent/permanent.h"
#include "num/double_double.h"

#include "num/words.h"

#include <math.h>

static bni_ball number(double v)
{
    return bni_ball_of(v, 0, 0, 0);
}

int32_t bni_permanent_is_rank_one(binnet_ctx *ctx, int *is, size_t n, const double *a)
{
    *is = 0;
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 1; j < n; j++) {
            double small = fabs(a[i * n + j] * a[0]);
            bni_doubled p = bni_any_product(a[i * n + j], a[0]), q = bni_any_product(a[i * n], a[j]);
            /* where products would leave the range of exact ones it is not recognised */
            if (p.high != q.high || p.low != q.low || !(small > 0x1p-900 && small < 0x1p1000))
                return BINNET_OK;
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    *is = 1;
    return BINNET_OK;
}

bni_ball bni_permanent_rank_one(size_t n, const double *a)
{
    bni_ball b = bni_ball_factorial(n);
    for (size_t i = 0; i < n; i++)
        b = bni_ball_mul(b, number(a[i * n]));
    for (size_t j = 1; j < n; j++)
        b = bni_ball_divide(bni_ball_mul(b, number(a[j])), a[0]);
    return b;
}

static int64_t divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

/* Every row is a whole multiple of the first one divided by its greatest common divisor. */
void bni_permanent_rank_one_words(uint64_t *out, size_t words, size_t n, const int64_t *a)
{
    int64_t common = 0;
    for (size_t j = 0; j < n; j++)
        common = divisor(common, a[j]);
    bni_words_set(out, words, 1);
    for (size_t i = 0; i < n; i++) {
        bni_words_times(out, words, a[i * n] / (a[0] / common));
        bni_words_times(out, words, a[i] / common);
        bni_words_times(out, words, (int64_t)i + 1);
    }
}

/* The term of t + 1 from that of t. */
static bni_ball next_term(bni_ball term, const double b[4], int64_t r, int64_t c, int64_t rest, int64_t t)
{
    term = bni_ball_mul(bni_ball_mul(term, number(b[0])), number(b[3]));
    term = bni_ball_mul(bni_ball_mul(term, number((double)(r - t))), number((double)(c - t)));
    term = bni_ball_divide(bni_ball_divide(term, b[1]), b[2]);
    return bni_ball_divide(bni_ball_divide(term, (double)(t + 1)), (double)(rest - c + t + 1));
}

/* f = n! / (n - k)! */
static bni_ball falling(bni_ball f, int64_t n, int64_t k)
{
    for (int64_t i = 0; i < k; i++)
        f = bni_ball_mul(f, number((double)(n - i)));
    return f;
}

static bni_ball ball_power(bni_ball f, double v, int64_t k)
{
    for (int64_t i = 0; i < k; i++)
        f = bni_ball_mul(f, number(v));
    return f;
}

bni_ball bni_permanent_two_by_two(int64_t r, int64_t rest, int64_t c, const double b[4])
{
    int64_t first = c > rest ? c - rest : 0, last = r < c ? r : c;
    /* the first term: r! r'! c! c'! over the four factorials, by lines of which the factorial is in both */
    bni_ball term = number(1);
    int64_t x[4] = {first, r - first, c - first, rest - c + first}, others = r + rest - c;
    term = falling(term, c, c - x[0]);           /* c! / t! */
    term = falling(term, r, r - x[1]);           /* r! / (r - t)! */
    term = falling(term, others, others - x[3]); /* c'! / (r' - c + t)! */
    term = falling(term, rest, rest - x[2]);     /* r'! / (c - t)! */
    for (int k = 0; k < 4; k++)
        term = ball_power(term, b[k], x[k]);
    bni_ball sum = term;
    for (int64_t t = first; t < last; t++) {
        term = next_term(term, b, r, c, rest, t);
        sum = bni_ball_add(sum, term);
    }
    return sum;
}
