/* Fixed points of large networks: closed forms, planted states, the work limit, what is refused. */
#include "oracle_fixed.h"

#include <string.h>

/* A network being put together, entry by entry, rows rising. */
typedef struct rows {
    size_t n, e;
    int64_t *ptr;
    int32_t *col;
    double *w, *theta;
} rows;

static rows rows_of(size_t n, size_t room)
{
    rows r = {.n = n};
    r.ptr = calloc(n + 1, sizeof *r.ptr);
    r.col = malloc((room + 1) * sizeof *r.col);
    r.w = malloc((room + 1) * sizeof *r.w);
    r.theta = calloc(n, sizeof *r.theta);
    ck_assert(r.ptr != NULL && r.col != NULL && r.w != NULL && r.theta != NULL);
    return r;
}

static void put(rows *r, size_t i, size_t j, double w)
{
    r->col[r->e] = (int32_t)j;
    r->w[r->e++] = w;
    for (size_t k = i; k < r->n; k++)
        r->ptr[k + 1] = (int64_t)r->e;
}

static void rows_free(rows *r)
{
    free(r->ptr);
    free(r->col);
    free(r->w);
    free(r->theta);
}

static binnet_net *finish(binnet_ctx *ctx, rows *r, int32_t tie)
{
    binnet_net *net, *tied;
    OK(binnet_net_new_csr(ctx, &net, r->n, r->ptr, r->col, r->w, NULL, r->theta, NULL));
    OK(binnet_net_with_tie(ctx, &tied, net, tie));
    binnet_net_free(net);
    return tied;
}

/* Every listed state is fixed, by plain sums (the tests' weights are far from ties), and the list rises. */
static void check_states(const rows *r, const binnet_fixed_points *f)
{
    size_t words = binnet_fixed_points_words(f);
    ck_assert_uint_eq(words, (r->n + 63) / 64);
    for (size_t k = 0; k < binnet_fixed_points_listed(f); k++) {
        const uint64_t *A = binnet_fixed_points_state(f, k), *B = binnet_fixed_points_state(f, k + 1);
        for (size_t i = 0; i < r->n; i++) {
            double h = -r->theta[i];
            for (int64_t e = r->ptr[i]; e < r->ptr[i + 1]; e++)
                h += binnet_fixed_points_active(f, k, (size_t)r->col[e]) ? r->w[e] : 0;
            ck_assert_msg((h > 0) == binnet_fixed_points_active(f, k, i), "state %zu, neuron %zu: drive %g", k, i, h);
        }
        ck_assert(r->n % 64 == 0 || A[words - 1] >> r->n % 64 == 0);
        size_t w = words;
        while (B != NULL && w > 1 && A[w - 1] == B[w - 1])
            w--;
        ck_assert(B == NULL || A[w - 1] < B[w - 1]);
    }
}

/* Pairs that excite each other, both active or both silent: 2^pairs. */
START_TEST(pairs_multiply)
{
    static const size_t pairs[] = {1, 5, 40, 63, 64, 100, 1100};
    binnet_ctx *ctx = new_ctx(1);
    for (size_t t = 0; t < 7; t++) {
        size_t k = pairs[t];
        rows r = rows_of(2 * k, 2 * k);
        for (size_t i = 0; i < 2 * k; i++) {
            put(&r, i, i ^ 1, 1.5);
            r.theta[i] = 1;
        }
        binnet_net *net = finish(ctx, &r, BINNET_TIE_ACTIVE);
        binnet_fixed_points *f;
        uint64_t exact = 0;
        OK(binnet_fixed_points_new(ctx, &f, net, 100));
        ck_assert_int_eq(binnet_fixed_points_complete(f), 1);
        ck_assert(binnet_fixed_points_count(f) == (k < 1024 ? ldexp(1, (int)k) : INFINITY));
        ck_assert_int_eq(binnet_fixed_points_count_exact(f, &exact), k < 64 ? BINNET_OK : BINNET_E_RANGE);
        ck_assert(k >= 64 || exact == UINT64_C(1) << k);
        ck_assert_uint_eq(binnet_fixed_points_listed(f), k < 6 ? (size_t)1 << k : 100);
        check_states(&r, f);
        binnet_fixed_points_free(f);
        binnet_net_free(net);
        rows_free(&r);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* A ring of negations has 2 fixed points when it is even, none when odd; of copies always 2. With ten sinks each. */
START_TEST(rings)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 2; n < 400; n = n * 2 + n % 2 + 1)
        for (int copies = 0; copies < 2; copies++) {
            rows r = rows_of(n + 10, 2 * n + 30);
            for (size_t i = 0; i < n + 10; i++) {
                if (i >= n) {
                    put(&r, i, i % n, 1);
                    if (i % n != n - 1)
                        put(&r, i, n - 1, 1);
                    r.theta[i] = 0.5;
                } else {
                    put(&r, i, i > 0 ? i - 1 : n - 1, copies ? 1 : -1);
                    r.theta[i] = copies ? 0.5 : -0.5;
                }
            }
            binnet_net *net = finish(ctx, &r, BINNET_TIE_SILENT);
            binnet_fixed_points *f;
            OK(binnet_fixed_points_new(ctx, &f, net, 10));
            size_t want = copies || n % 2 == 0 ? 2 : 0;
            ck_assert_msg(binnet_fixed_points_count(f) == (double)want, "ring of %zu: %g", n,
                          binnet_fixed_points_count(f));
            ck_assert_uint_eq(binnet_fixed_points_listed(f), want);
            check_states(&r, f);
            binnet_fixed_points_free(f);
            binnet_net_free(net);
            rows_free(&r);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* Without a cycle of influences everything follows: one fixed point and no step. When two neurons share a stimulus that
 * varies, and hear nobody, they are active in three ways, and everything follows again. */
START_TEST(no_core)
{
    dice d = dice_of(5);
    binnet_ctx *ctx = new_ctx(1);
    size_t n = 3000;
    rows r = rows_of(n, 3 * n);
    for (size_t i = 0; i < n; i++) {
        size_t from = i / 2 + roll_to(&d, 3);
        if (i > 10)
            for (size_t j = from; j < from + 3 && j < i; j++)
                put(&r, i, j, roll_in(&d, -1, 1));
        r.theta[i] = roll_in(&d, -0.5, 0.5);
    }
    binnet_net *net = finish(ctx, &r, BINNET_TIE_KEEP);
    binnet_fixed_points *f;
    OK(binnet_fixed_points_new(ctx, &f, net, 10));
    ck_assert(binnet_fixed_points_count(f) == 1 && binnet_fixed_points_listed(f) == 1);
    ck_assert_uint_eq(binnet_fixed_points_steps(f), 0);
    check_states(&r, f);
    binnet_fixed_points_free(f);

    binnet_net *shared;
    int32_t *pop = malloc(n * sizeof *pop);
    double *lo = calloc(n, sizeof *lo), *hi = calloc(n, sizeof *hi);
    ck_assert(pop != NULL && lo != NULL && hi != NULL);
    for (size_t i = 0; i < n; i++)
        pop[i] = i < 2 ? 0 : (int32_t)i - 1;
    lo[0] = -1;
    hi[0] = 1;
    OK(binnet_net_with_populations(ctx, &shared, net, n - 1, pop));
    OK(binnet_fixed_points_new_population_box(ctx, &f, shared, lo, hi, n - 1, 10));
    ck_assert(binnet_fixed_points_count(f) == 3 && binnet_fixed_points_complete(f));
    ck_assert_uint_lt(binnet_fixed_points_steps(f), 20);
    binnet_fixed_points_free(f);
    binnet_net_free(shared);
    free(pop);
    free(lo);
    free(hi);
    binnet_net_free(net);
    rows_free(&r);
    binnet_ctx_free(ctx);
}
END_TEST

static rows random_rows(dice *d, size_t n, size_t in_degree)
{
    rows r = rows_of(n, n * in_degree);
    unsigned char *used = malloc(n);
    ck_assert_ptr_nonnull(used);
    for (size_t i = 0; i < n; i++) {
        memset(used, 0, n);
        for (size_t k = 0; k < in_degree;) {
            size_t j = roll_to(d, n);
            k += !used[j] && j != i;
            used[j] |= j != i;
        }
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            if (used[j]) {
                put(&r, i, j, roll_in(d, -1, 1));
                sum += r.w[r.e - 1];
            }
        r.theta[i] = sum / 2;
    }
    free(used);
    return r;
}

/* Thresholds that make a random state fixed: it must be found. */
START_TEST(planted)
{
    dice d = dice_of(71);
    binnet_ctx *ctx = new_ctx(1);
    for (int round = 0; round < 30; round++) {
        size_t n = 100 + roll_to(&d, 60), found = 0;
        rows r = random_rows(&d, n, 2 + (size_t)round % 3);
        unsigned char *A = malloc(n);
        ck_assert_ptr_nonnull(A);
        for (size_t i = 0; i < n; i++)
            A[i] = roll(&d) < 0.5;
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (int64_t e = r.ptr[i]; e < r.ptr[i + 1]; e++)
                sum += A[r.col[e]] ? r.w[e] : 0;
            r.theta[i] = sum + (A[i] ? -0.3 : 0.3);
        }
        binnet_net *net = finish(ctx, &r, round % 3);
        binnet_fixed_points *f;
        OK(binnet_fixed_points_new(ctx, &f, net, 100000));
        ck_assert_int_eq(binnet_fixed_points_complete(f), 1);
        ck_assert(binnet_fixed_points_count(f) == (double)binnet_fixed_points_listed(f));
        check_states(&r, f);
        for (size_t k = 0; k < binnet_fixed_points_listed(f); k++) {
            size_t same = 0;
            while (same < n && binnet_fixed_points_active(f, k, same) == A[same])
                same++;
            found += same == n;
        }
        ck_assert_uint_eq(found, 1);
        binnet_fixed_points_free(f);
        binnet_net_free(net);
        rows_free(&r);
        free(A);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Without connections: in a box of own stimuli around the thresholds everything is possible; one common stimulus allows
 * the n + 1 nested sets. */
START_TEST(unconnected)
{
    enum { N = 150 };
    double lo[N], hi[N], from, to;
    binnet_ctx *ctx = new_ctx(1);
    rows r = rows_of(N, 1);
    for (size_t i = 0; i < N; i++) {
        r.theta[i] = (double)(i * 7 % N);
        lo[i] = i % 3 == 0 ? -INFINITY : r.theta[i] - 1;
        hi[i] = i % 2 == 0 ? INFINITY : r.theta[i] + 1;
    }
    binnet_net *net = finish(ctx, &r, BINNET_TIE_ACTIVE);
    binnet_fixed_points *f;
    OK(binnet_fixed_points_new_box(ctx, &f, net, lo, hi, N, 3));
    ck_assert(binnet_fixed_points_count(f) == 0x1p150 && binnet_fixed_points_listed(f) == 3);
    binnet_fixed_points_free(f);
    lo[0] = -INFINITY;
    hi[0] = INFINITY;
    OK(binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, 1, 1000));
    ck_assert(binnet_fixed_points_count(f) == N + 1 && binnet_fixed_points_listed(f) == N + 1);
    for (size_t k = 0; k <= N; k++) { /* with m active, the stimulus is between thresholds m - 1 and m */
        double m = 0;
        for (size_t i = 0; i < N; i++)
            m += binnet_fixed_points_active(f, k, i);
        OK(binnet_fixed_points_box(ctx, &from, &to, 1, f, k));
        ck_assert(from == (m > 0 ? m - 1 : -INFINITY) && to == (m < N ? m : INFINITY));
    }
    binnet_fixed_points_free(f);
    lo[0] = 9.5;
    hi[0] = 19.5;
    OK(binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, 1, 1000));
    ck_assert(binnet_fixed_points_count(f) == 11);
    binnet_fixed_points_free(f);
    binnet_net_free(net);
    rows_free(&r);
    binnet_ctx_free(ctx);
}
END_TEST

/* A homogeneous network is the dense one with its weights. */
START_TEST(homogeneous_as_dense)
{
    dice d = dice_of(91);
    binnet_ctx *ctx = new_ctx(1);
    for (int round = 0; round < 60; round++) {
        int64_t size[2] = {1 + (int64_t)roll_to(&d, 6), 1 + (int64_t)roll_to(&d, 6)};
        size_t n = (size_t)(size[0] + size[1]);
        double J[4], M[2], theta[2], I[2], whole[12 * 12], Mn[12], thetan[12], In[12], lo[2], hi[2];
        int32_t pop[12];
        for (size_t k = 0; k < 4; k++)
            J[k] = (double)roll_to(&d, 7) - 3;
        for (size_t a = 0; a < 2; a++) {
            M[a] = 1 + (double)roll_to(&d, 2);
            theta[a] = (double)roll_to(&d, 3);
            I[a] = (double)roll_to(&d, 3);
            lo[a] = -3;
            hi[a] = 4;
        }
        binnet_net *net, *dense, *other;
        binnet_fixed_points *f, *g;
        OK(binnet_net_new_homogeneous(ctx, &net, 2, size, J, M, theta, I, round % 2));
        OK(binnet_net_with_tie(ctx, &other, net, round % 3));
        binnet_net_free(net);
        net = other;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++)
                whole[i * n + j] = binnet_net_weight(net, i, j);
            pop[i] = binnet_net_population(net, i);
            Mn[i] = M[pop[i]];
            thetan[i] = theta[pop[i]];
            In[i] = I[pop[i]];
        }
        OK(binnet_net_new(ctx, &dense, n, whole, Mn, thetan, In));
        OK(binnet_net_with_populations(ctx, &other, dense, 2, pop));
        binnet_net_free(dense);
        OK(binnet_net_with_tie(ctx, &dense, other, round % 3));
        binnet_net_free(other);
        for (int box = 0; box < 2; box++) {
            if (box) {
                OK(binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, 2, 5000));
                OK(binnet_fixed_points_new_population_box(ctx, &g, dense, lo, hi, 2, 5000));
            } else {
                OK(binnet_fixed_points_new(ctx, &f, net, 5000));
                OK(binnet_fixed_points_new(ctx, &g, dense, 5000));
            }
            ck_assert_uint_eq(binnet_fixed_points_listed(f), binnet_fixed_points_listed(g));
            for (size_t k = 0; k < binnet_fixed_points_listed(f); k++)
                ck_assert(*binnet_fixed_points_state(f, k) == *binnet_fixed_points_state(g, k));
            binnet_fixed_points_free(f);
            binnet_fixed_points_free(g);
        }
        binnet_net_free(net);
        binnet_net_free(dense);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- the work limit --- */

enum { POINT, BOX, POPULATIONS, WAYS };

static binnet_fixed_points *find(binnet_ctx *ctx, int way, const binnet_net *net, size_t most)
{
    binnet_fixed_points *f;
    double lo[MOST_N], hi[MOST_N];
    for (size_t i = 0; i < MOST_N; i++) {
        lo[i] = way == BOX ? -0.25 : -2;
        hi[i] = way == BOX ? 0.5 : 2;
    }
    if (way == POINT)
        OK(binnet_fixed_points_new(ctx, &f, net, most));
    else if (way == BOX)
        OK(binnet_fixed_points_new_box(ctx, &f, net, lo, hi, binnet_net_neurons(net), most));
    else
        OK(binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, binnet_net_populations(net), most));
    return f;
}

/* Cut anywhere: what is counted and what is left open cover all fixed points; the open sets do not overlap. */
static void cut(binnet_ctx *ctx, int way, const binnet_net *net, size_t n, size_t most, uint64_t limit,
                const binnet_fixed_points *all)
{
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, (int64_t)limit));
    binnet_fixed_points *f = find(ctx, way, net, most);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 0));
    double total = binnet_fixed_points_count(all), count = binnet_fixed_points_count(f), outside = 0;
    size_t open = binnet_fixed_points_open_count(f);
    uint64_t decided[200], value[200];
    ck_assert_uint_le(binnet_fixed_points_steps(f), limit);
    ck_assert(binnet_fixed_points_searched(f) >= 0 && binnet_fixed_points_searched(f) <= 1);
    ck_assert(open < 200 && (open == 0) == binnet_fixed_points_complete(f));
    ck_assert(count <= total && (!binnet_fixed_points_complete(f) || count == total));
    for (size_t k = 0; k < open; k++) {
        OK(binnet_fixed_points_open(ctx, &decided[k], &value[k], 1, f, k));
        ck_assert((value[k] & ~decided[k]) == 0 && decided[k] >> n == 0);
        for (size_t l = 0; l < k; l++)
            ck_assert(((value[k] ^ value[l]) & decided[k] & decided[l]) != 0);
    }
    ck_assert_int_eq(binnet_fixed_points_open(ctx, decided, value, 1, f, open), BINNET_E_RANGE);
    for (size_t s = 0; s < binnet_fixed_points_listed(all); s++) {
        uint64_t A = *binnet_fixed_points_state(all, s);
        int inside = 0;
        for (size_t k = 0; k < open; k++)
            inside |= ((A ^ value[k]) & decided[k]) == 0;
        outside += !inside;
    }
    ck_assert_msg(outside <= count, "limit %zu: %g fixed points are neither counted (%g) nor left open", (size_t)limit,
                  outside, count);
    for (size_t k = 0; k < binnet_fixed_points_listed(f); k++) {
        size_t s = 0;
        while (s < binnet_fixed_points_listed(all) &&
               *binnet_fixed_points_state(all, s) != *binnet_fixed_points_state(f, k))
            s++;
        ck_assert_uint_lt(s, binnet_fixed_points_listed(all));
    }
    ck_assert(count >= (double)binnet_fixed_points_listed(f));
    binnet_fixed_points_free(f);
}

START_TEST(work_limit)
{
    dice d = dice_of(41 + (uint64_t)_i);
    binnet_ctx *ctx = new_ctx(1);
    int cuts = 0;
    for (int round = 0; round < 60; round++) {
        size_t n = 4 + roll_to(&d, 7);
        exact_net x = random_exact_net(&d, n, 1 + roll_to(&d, 3), round % 3, round % 2 ? BINNET_TIE_KEEP : round % 3);
        binnet_net *net = library_net(ctx, &x, 0);
        binnet_fixed_points *all = find(ctx, _i, net, 1 << MOST_N);
        uint64_t steps = binnet_fixed_points_steps(all);
        for (uint64_t limit = 1; limit <= steps && limit < 60; limit++, cuts++)
            for (size_t most = 0; most < 3; most++)
                cut(ctx, _i, net, n, most == 2 ? 1 << MOST_N : most, limit, all);
        binnet_fixed_points_free(all);
        binnet_net_free(net);
    }
    ck_assert_int_gt(cuts, 500);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- what is refused --- */

START_TEST(refused)
{
    binnet_ctx *ctx = new_ctx(1);
    double J[4] = {0, 1, 1, 0}, lo[2] = {0, 0}, hi[2] = {1, 1}, from[2], to[2];
    uint64_t words[2], bytes;
    binnet_net *net;
    binnet_fixed_points *f = (binnet_fixed_points *)(void *)J;
    OK(binnet_net_new(ctx, &net, 2, J, NULL, NULL, NULL));
    ck_assert_int_eq(binnet_fixed_points_new(NULL, &f, net, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_fixed_points_new(ctx, NULL, net, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_fixed_points_new(ctx, &f, NULL, 1), BINNET_E_NULL);
    ck_assert_ptr_null(f);
    ck_assert_int_eq(binnet_fixed_points_new_box(ctx, &f, net, NULL, hi, 2, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_fixed_points_new_box(ctx, &f, net, lo, NULL, 2, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_fixed_points_new_box(ctx, &f, net, lo, hi, 1, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, 2, 1), BINNET_E_SIZE);
    hi[1] = -1;
    ck_assert_int_eq(binnet_fixed_points_new_box(ctx, &f, net, lo, hi, 2, 1), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "lo[1]"));
    hi[1] = NAN;
    ck_assert_int_eq(binnet_fixed_points_new_box(ctx, &f, net, lo, hi, 2, 1), BINNET_E_NAN);
    lo[1] = hi[1] = INFINITY;
    ck_assert_int_eq(binnet_fixed_points_new_box(ctx, &f, net, lo, hi, 2, 1), BINNET_E_NAN);
    ck_assert_int_eq(binnet_fixed_points_new(ctx, &f, net, SIZE_MAX), BINNET_E_LIMIT);
    ck_assert_int_eq(binnet_fixed_points_estimate(ctx, NULL, &bytes, NULL, net, 2, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_fixed_points_estimate(ctx, NULL, NULL, NULL, net, 0, 1), BINNET_OK);
    ck_assert_int_eq(binnet_fixed_points_estimate(ctx, NULL, NULL, NULL, NULL, 0, 1), BINNET_E_NULL);

    OK(binnet_fixed_points_new(ctx, &f, net, 5)); /* only both active: a drive of 0 fires */
    ck_assert(binnet_fixed_points_count(f) == 1 && binnet_fixed_points_active(f, 0, 1) == 1);
    ck_assert_int_eq(binnet_fixed_points_active(f, 1, 0), -1);
    ck_assert_int_eq(binnet_fixed_points_active(f, 0, 2), -1);
    ck_assert_ptr_null(binnet_fixed_points_state(f, 1));
    ck_assert_int_eq(binnet_fixed_points_box(ctx, from, to, 1, f, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_fixed_points_box(ctx, from, to, 2, f, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_fixed_points_box(ctx, NULL, to, 2, f, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_fixed_points_open(ctx, words, words, 2, f, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_fixed_points_open(ctx, words, words + 1, 1, f, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_fixed_points_count_exact(f, NULL), BINNET_E_NULL);
    binnet_net_free(net);
    OK(binnet_fixed_points_box(ctx, from, to, 2, f, 0)); /* it keeps what it needs */
    ck_assert(from[0] == 0 && to[0] == 0);
    binnet_fixed_points_free(f);
    binnet_fixed_points_free(NULL);
    ck_assert(binnet_fixed_points_count(NULL) == 0 && binnet_fixed_points_listed(NULL) == 0);
    ck_assert(binnet_fixed_points_neurons(NULL) == 0 && binnet_fixed_points_words(NULL) == 0);
    ck_assert(binnet_fixed_points_complete(NULL) == 0 && binnet_fixed_points_steps(NULL) == 0);
    ck_assert(binnet_fixed_points_searched(NULL) == 0 && binnet_fixed_points_open_count(NULL) == 0);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("large", {pairs_multiply, 1}, {rings, 1}, {no_core, 1}, {planted, 1}, {unconnected, 1},
             {homogeneous_as_dense, 1}, {refused, 1}, {work_limit, WAYS})
