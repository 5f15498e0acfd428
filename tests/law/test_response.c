/* Derivatives of stationary laws: against the forward equation d pi (I - P) = pi dP, solved whole in long double with dP by the
 * product rule; the same at N = 10 by LU with refinement, every update rule; against differences of stationary laws; and the two
 * solvers against each other. Autocorrelation times against
 * sums of powers of the matrix. */
#include "support/support.h"

#include <string.h>

enum { MOST = 4, STATES = 1 << MOST, LARGE = 10, LARGE_STATES = 1 << LARGE };

typedef struct network {
    size_t n;
    double J[LARGE * LARGE], M[LARGE], theta[LARGE], stimulus[LARGE], scale[LARGE];
    int noise, update; /* 0 Gaussian, 1 logistic, 2 Laplace, 3 Student t, 4 uniform */
} network;

static const int32_t block[LARGE] = {1, 0, 1, 0, 0, 1, 1, 0, 1, 0};

static network random_network(size_t n, uint64_t seed, double least_scale)
{
    dice d = dice_of(seed);
    network w = {.n = n, .noise = (int)(seed % 5), .update = (int)(seed / 5 % 4)};
    for (size_t k = 0; k < n * n; k++)
        w.J[k] = roll(&d) < 0.2 ? 0 : roll_in(&d, -1.5, 1.5);
    for (size_t i = 0; i < n; i++) {
        w.M[i] = roll_in(&d, 0.5, 2);
        w.theta[i] = roll_in(&d, -0.5, 0.5);
        w.stimulus[i] = roll_in(&d, -0.5, 0.5);
        w.scale[i] = roll_in(&d, least_scale, 2 * least_scale);
        if (w.noise == 4)
            w.scale[i] = roll_in(&d, 7, 12); /* wider than any drive */
    }
    return w;
}

static binnet_chain *make_chain(binnet_ctx *ctx, const network *w)
{
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    OK(binnet_net_new(ctx, &net, w->n, w->J, w->M, w->theta, w->stimulus));
    if (w->noise == 0)
        OK(binnet_noise_new_gaussian(ctx, &noise, w->n, w->scale));
    else if (w->noise == 1)
        OK(binnet_noise_new_logistic(ctx, &noise, w->n, w->scale));
    else if (w->noise == 2)
        OK(binnet_noise_new_laplace(ctx, &noise, w->n, w->scale));
    else if (w->noise == 3)
        OK(binnet_noise_new_student_t(ctx, &noise, w->n, w->scale, 3));
    else
        OK(binnet_noise_new_uniform(ctx, &noise, w->n, w->scale));
    if (w->update < 3 || w->n < 2)
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS + (w->update < 3 ? w->update : 0)));
    else
        OK(binnet_chain_new_blocks(ctx, &chain, net, noise, 2, block));
    binnet_net_free(net);
    binnet_noise_free(noise);
    return chain;
}

/* --- the forward equation, synchronous and logistic --- */

/* x (I - P) = b with sum x = total, by elimination with pivots. */
static void solve_forward(long double *x, const long double *P, const long double *b, long double total, size_t S)
{
    static long double A[STATES][STATES + 1];
    for (size_t t = 0; t < S; t++) {
        for (size_t s = 0; s < S; s++)
            A[t][s] = t + 1 < S ? (s == t) - P[s * S + t] : 1;
        A[t][S] = t + 1 < S ? b[t] : total;
    }
    for (size_t k = 0; k < S; k++) {
        size_t at = k;
        for (size_t r = k; r < S; r++)
            at = fabsl(A[r][k]) > fabsl(A[at][k]) ? r : at;
        for (size_t c = 0; c <= S; c++) {
            long double t = A[k][c];
            A[k][c] = A[at][c];
            A[at][c] = t;
        }
        for (size_t r = 0; r < S; r++)
            if (r != k) {
                long double by = A[r][k] / A[k][k];
                for (size_t c = k; c <= S; c++)
                    A[r][c] -= by * A[k][c];
            }
    }
    for (size_t s = 0; s < S; s++)
        x[s] = A[s][S] / A[s][s];
}

static long double fires(const network *w, size_t i, size_t s, long double *h)
{
    *h = (long double)w->stimulus[i] - w->theta[i];
    for (size_t j = 0; j < w->n; j++)
        *h += s >> j & 1 ? (long double)w->J[i * w->n + j] / w->M[i] : 0;
    return 1 / (1 + expl(-*h / w->scale[i]));
}

/* kind 0: by the stimulus of i, 1: by J_ij, 2: by the scale of i. dP is 0 but for neuron i's factor. */
static void forward_derivative(long double *dpi, const network *w, const long double *P, const long double *pi,
                               int kind, size_t i, size_t j)
{
    size_t S = (size_t)1 << w->n;
    long double b[STATES] = {0}, h;
    for (size_t s = 0; s < S; s++) {
        long double p = fires(w, i, s, &h), T = w->scale[i], slope = p * (1 - p) / T;
        slope *= kind == 0 ? 1 : kind == 1 ? (long double)(s >> j & 1) / w->M[i] : -h / T;
        for (size_t t = 0; t < S; t++) {
            long double others = 1, unused;
            for (size_t k = 0; k < w->n; k++)
                if (k != i)
                    others *= t >> k & 1 ? fires(w, k, s, &unused) : 1 - fires(w, k, s, &unused);
            b[t] += pi[s] * others * (t >> i & 1 ? slope : -slope);
        }
    }
    solve_forward(dpi, P, b, 0, S);
    (void)P;
}

static long double mean_of(const long double *x, size_t S, size_t a)
{
    long double sum = 0;
    for (size_t s = 0; s < S; s++)
        sum += s >> a & 1 ? x[s] : 0;
    return sum;
}

START_TEST(forward_equation)
{
    size_t n = 1 + (size_t)_i % MOST, S = (size_t)1 << n;
    network w = random_network(n, (uint64_t)_i + 100, _i % 3 == 0 ? 0.15 : 0.5);
    w.noise = 1;
    w.update = 0;
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = make_chain(ctx, &w);
    binnet_law *law;
    double by_I[MOST * MOST], by_J[MOST * MOST * MOST], by_T[MOST * MOST], error, cov_error;
    double cov_I[MOST * MOST * MOST], cov_J[STATES * STATES], cov_T[MOST * MOST * MOST];
    long double P[STATES * STATES], pi[STATES], zero[STATES] = {0}, dpi[STATES], h;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_response_mean(ctx, by_I, by_J, by_T, &error, n, chain, law));
    OK(binnet_response_covariance(ctx, cov_I, cov_J, cov_T, &cov_error, n, chain, law));
    for (size_t s = 0; s < S; s++)
        for (size_t t = 0; t < S; t++) {
            P[s * S + t] = 1;
            for (size_t i = 0; i < n; i++)
                P[s * S + t] *= t >> i & 1 ? fires(&w, i, s, &h) : 1 - fires(&w, i, s, &h);
        }
    solve_forward(pi, P, zero, 1, S);
    for (int kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < (kind == 1 ? n : 1); j++) {
                forward_derivative(dpi, &w, P, pi, kind, i, j);
                long double sum = 0;
                for (size_t s = 0; s < S; s++)
                    sum += fabsl(dpi[s]);
                for (size_t a = 0; a < n; a++) {
                    double got = kind == 0 ? by_I[a * n + i] : kind == 1 ? by_J[(a * n + i) * n + j] : by_T[a * n + i];
                    long double want = mean_of(dpi, S, a);
                    /* the law's own error and that of the rates on top of the bound */
                    ck_assert_msg(fabsl(got - want) <= error + 1e-13L * sum,
                                  "%d: kind %d, %zu by %zu %zu: %.17g, expected %.17Lg (error %.3g)", _i, kind, a, i, j,
                                  got, want, error);
                    ck_assert(fabsl(got - want) <= 1e-12L * sum + 1e-15L);
                    for (size_t b = 0; b < n; b++) {
                        size_t at = (a * n + b) * n + i;
                        long double both = 0;
                        for (size_t s = 0; s < S; s++)
                            both += (s >> a & 1) && (s >> b & 1) ? dpi[s] : 0;
                        both -= want * mean_of(pi, S, b) + mean_of(dpi, S, b) * mean_of(pi, S, a);
                        got = kind == 0 ? cov_I[at] : kind == 1 ? cov_J[at * n + j] : cov_T[at];
                        ck_assert_msg(fabsl(got - both) <= fmin(cov_error + 1e-13 * (double)sum, 1e-12),
                                      "%d: kind %d, cov %zu %zu by %zu %zu: %.17g, expected %.17Lg", _i, kind, a, b, i,
                                      j, got, both);
                    }
                }
            }
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- the same at N = 10 --- */

/* Pr(neuron i fires) and its derivative by the drive, at state s. */
static void rate_of(long double *p, long double *slope, long double *h, const network *w, size_t i, size_t s)
{
    long double pi = 3.14159265358979323846264338327950288L, T = w->scale[i], z, u;
    *h = (long double)w->stimulus[i] - w->theta[i];
    for (size_t j = 0; j < w->n; j++)
        *h += s >> j & 1 ? (long double)w->J[i * w->n + j] / w->M[i] : 0;
    z = *h / T;
    switch (w->noise) {
    case 0:
        *p = erfcl(-z / sqrtl(2)) / 2;
        *slope = expl(-z * z / 2) / sqrtl(2 * pi);
        break;
    case 1:
        *p = 1 / (1 + expl(-z));
        *slope = *p / (1 + expl(z));
        break;
    case 2:
        *p = z < 0 ? expl(z) / 2 : 1 - expl(-z) / 2;
        *slope = expl(-fabsl(z)) / 2;
        break;
    case 3: /* three degrees of freedom */
        u = z / sqrtl(3);
        *p = 0.5L + (atanl(u) + u / (1 + u * u)) / pi;
        *slope = 2 / (pi * sqrtl(3) * (1 + u * u) * (1 + u * u));
        break;
    default:
        *p = (1 + z) / 2;
        *slope = 0.5L;
        break;
    }
    *slope /= T;
}

typedef struct rates {
    long double p[LARGE][LARGE_STATES], slope[LARGE][LARGE_STATES], h[LARGE][LARGE_STATES];
} rates;

/* y = x with the neurons of a set updated at once; with d, the probabilities of neuron i are replaced by +d and -d. */
static void update_set(long double *y, const long double *x, const network *w, const rates *r, uint64_t set, size_t i,
                       const long double *d)
{
    size_t S = (size_t)1 << w->n;
    for (size_t s = 0; s < S; s++)
        y[s] = 0;
    for (size_t s = 0; s < S; s++) {
        if (x[s] == 0)
            continue;
        uint64_t to[LARGE_STATES];
        long double weight[LARGE_STATES];
        size_t count = 1;
        to[0] = s & ~set;
        weight[0] = x[s];
        for (size_t k = 0; k < w->n; k++) {
            if (!(set >> k & 1))
                continue;
            long double p = r->p[k][s], on = d != NULL && k == i ? d[s] : p, off = d != NULL && k == i ? -d[s] : 1 - p;
            for (size_t c = 0; c < count; c++) {
                to[count + c] = to[c] | UINT64_C(1) << k;
                weight[count + c] = weight[c] * on;
                weight[c] *= off;
            }
            count *= 2;
        }
        for (size_t c = 0; c < count; c++)
            y[to[c]] += weight[c];
    }
}

/* y = x P, or x dP when d is not NULL. Updates: 0 synchronous, 1 asynchronous, 2 sweep, 3 blocks. */
static void step_states(long double *y, const long double *x, const network *w, const rates *r, size_t i,
                        const long double *d)
{
    size_t S = (size_t)1 << w->n, stages = w->update == 0 ? 1 : w->update == 3 ? 2 : w->n;
    long double part[LARGE_STATES], at[LARGE_STATES];
    memcpy(at, x, S * sizeof *x);
    for (size_t s = 0; s < S; s++)
        y[s] = 0;
    for (size_t stage = 0; stage < stages; stage++) {
        uint64_t set = w->update == 0 ? S - 1 : UINT64_C(1) << stage;
        if (w->update == 3) {
            set = 0;
            for (size_t k = 0; k < w->n; k++)
                set |= (uint64_t)(block[k] == (int32_t)stage) << k;
        }
        int here = d != NULL && (set >> i & 1);
        if (w->update == 1) {
            if (d != NULL && !here)
                continue;
            update_set(part, x, w, r, set, i, d);
            for (size_t s = 0; s < S; s++)
                y[s] += part[s] / (long double)w->n;
            continue;
        }
        update_set(part, at, w, r, set, i, here ? d : NULL);
        memcpy(at, part, S * sizeof *at);
    }
    if (w->update != 1)
        memcpy(y, at, S * sizeof *y);
}

/* x (I - P) = b, sum x = total: LU with pivots in double, then residuals in long double until they are gone. */
typedef struct dense {
    size_t S, *row;
    double *LU;
    const network *w;
    const rates *r;
} dense;

static void dense_factor(dense *a)
{
    size_t S = a->S;
    long double unit[LARGE_STATES] = {0}, y[LARGE_STATES];
    a->LU = malloc(S * S * sizeof *a->LU);
    a->row = malloc(S * sizeof *a->row);
    ck_assert(a->LU != NULL && a->row != NULL);
    for (size_t s = 0; s < S; s++) {
        unit[s] = 1;
        step_states(y, unit, a->w, a->r, 0, NULL);
        unit[s] = 0;
        a->row[s] = s;
        for (size_t t = 0; t < S; t++)
            a->LU[t * S + s] = t + 1 < S ? (double)((s == t) - y[t]) : 1;
    }
    for (size_t k = 0; k < S; k++) {
        size_t at = k;
        for (size_t r = k; r < S; r++)
            at = fabs(a->LU[r * S + k]) > fabs(a->LU[at * S + k]) ? r : at;
        for (size_t c = 0; c < S && at != k; c++) {
            double t = a->LU[k * S + c];
            a->LU[k * S + c] = a->LU[at * S + c];
            a->LU[at * S + c] = t;
        }
        size_t t = a->row[k];
        a->row[k] = a->row[at];
        a->row[at] = t;
        for (size_t r = k + 1; r < S; r++) {
            double *restrict to = a->LU + r * S, by = to[k] /= a->LU[k * S + k];
            const double *restrict from = a->LU + k * S;
            for (size_t c = k + 1; by != 0 && c < S; c++)
                to[c] -= by * from[c];
        }
    }
}

static void dense_solve(long double *x, const dense *a, const long double *b, long double total)
{
    size_t S = a->S;
    long double left[LARGE_STATES], y[LARGE_STATES];
    double z[LARGE_STATES];
    for (size_t s = 0; s < S; s++)
        x[s] = 0;
    for (int turn = 0; turn < 4; turn++) {
        step_states(y, x, a->w, a->r, 0, NULL);
        left[S - 1] = total;
        for (size_t s = 0; s < S; s++)
            left[S - 1] -= x[s];
        for (size_t s = 0; s + 1 < S; s++)
            left[s] = b[s] - x[s] + y[s];
        for (size_t r = 0; r < S; r++) {
            z[r] = (double)left[a->row[r]];
            for (size_t c = 0; c < r; c++)
                z[r] -= a->LU[r * S + c] * z[c];
        }
        for (size_t r = S; r-- > 0;) {
            for (size_t c = r + 1; c < S; c++)
                z[r] -= a->LU[r * S + c] * z[c];
            z[r] /= a->LU[r * S + r];
        }
        for (size_t s = 0; s < S; s++)
            x[s] += z[s];
    }
}

/* Means and covariances by everything that belongs to one neuron, and 1 / M; solved by both methods. */
START_TEST(dense_solves)
{
    enum { N = LARGE, S = LARGE_STATES };
    static const uint64_t seed[4] = {2, 5, 10,
                                     16}; /* Laplace synchronous, Gaussian asynchronous and sweep, logistic blocks */
    static rates r;
    static double by_I[2][N * N], by_J[2][N * N * N], by_T[2][N * N], cov_I[N * N * N], error[2], cov_error;
    network w = random_network(N, seed[_i], 0.6);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = make_chain(ctx, &w);
    binnet_law *law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    for (int k = 0; k < 2; k++) {
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, k == 0 ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION));
        OK(binnet_response_mean(ctx, by_I[k], by_J[k], by_T[k], &error[k], N, chain, law));
    }
    OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_GTH));
    if (_i % 2 == 0)
        OK(binnet_response_covariance(ctx, cov_I, NULL, NULL, &cov_error, N, chain, law));
    for (size_t i = 0; i < N; i++)
        for (size_t s = 0; s < S; s++)
            rate_of(&r.p[i][s], &r.slope[i][s], &r.h[i][s], &w, i, s);
    long double pi[S], b[S] = {0}, dpi[S], d[S];
    dense a = {.S = S, .w = &w, .r = &r};
    dense_factor(&a);
    dense_solve(pi, &a, b, 1);
    size_t i = (size_t)_i * 3 % N;
    for (size_t kind = 0; kind < N + 2; kind++) { /* the stimulus, the scale, the weights from all neurons */
        for (size_t s = 0; s < S; s++)
            d[s] = r.slope[i][s] * (kind == 0   ? 1
                                    : kind == 1 ? -r.h[i][s] / w.scale[i]
                                                : (long double)(s >> (kind - 2) & 1) / w.M[i]);
        step_states(b, pi, &w, &r, i, d);
        dense_solve(dpi, &a, b, 0);
        long double sum = 0;
        for (size_t s = 0; s < S; s++)
            sum += fabsl(dpi[s]);
        for (size_t x = 0; x < N; x++) {
            long double want = mean_of(dpi, S, x);
            for (int k = 0; k < 2; k++) {
                double got = kind == 0   ? by_I[k][x * N + i]
                             : kind == 1 ? by_T[k][x * N + i]
                                         : by_J[k][(x * N + i) * N + kind - 2];
                ck_assert_msg(fabsl(got - want) <= fminl(error[k] + 1e-13L * sum, 1e-12L),
                              "%d: method %d, mean %zu by %zu: %.17g, expected %.17Lg (error %.3g)", _i, k, x, kind,
                              got, want, error[k]);
            }
            for (size_t y = 0; y <= x && kind == 0 && _i % 2 == 0; y++) {
                long double both = 0;
                for (size_t s = 0; s < S; s++)
                    both += (s >> x & 1) && (s >> y & 1) ? dpi[s] : 0;
                both -= want * mean_of(pi, S, y) + mean_of(dpi, S, y) * mean_of(pi, S, x);
                ck_assert_msg(fabsl(cov_I[(x * N + y) * N + i] - both) <= fminl(cov_error + 1e-13L * sum, 1e-12L),
                              "%d: covariance %zu %zu: %.17g, expected %.17Lg (error %.3g)", _i, x, y,
                              cov_I[(x * N + y) * N + i], both, cov_error);
            }
        }
    }
    free(a.LU);
    free(a.row);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* E f in the stationary law of a network. */
static double stationary_value(binnet_ctx *ctx, const network *w, const double *f)
{
    binnet_chain *chain = make_chain(ctx, w);
    binnet_law *law;
    double sum = 0;
    OK(binnet_chain_stationary(ctx, &law, chain));
    for (size_t s = 0; s < (size_t)1 << w->n; s++)
        sum += binnet_law_data(law)[s] * f[s];
    binnet_law_free(law);
    binnet_chain_free(chain);
    return sum;
}

/* (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h: the fifth derivative times h^4 / 30 is left out, and rounding / h. */
static double difference(binnet_ctx *ctx, network *w, double *parameter, const double *f)
{
    const double h = 2e-3;
    double at = *parameter, value[2];
    for (int k = 0; k < 2; k++) {
        *parameter = at + (k + 1) * h;
        value[k] = stationary_value(ctx, w, f);
        *parameter = at - (k + 1) * h;
        value[k] -= stationary_value(ctx, w, f);
    }
    *parameter = at;
    return (8 * value[0] - value[1]) / (12 * h);
}

/* Every noise law and update rule. The density of Laplace noise has a kink at 0, which a drive may be near. */
START_TEST(differences)
{
    uint64_t seed = (uint64_t)_i;
    size_t n = 1 + seed % 4;
    network w = random_network(n, seed, 0.8);
    double f[STATES], by_I[MOST], by_J[MOST * MOST], by_T[MOST], error;
    double tolerance = w.noise == 2 ? 1e-5 : 2e-8;
    dice d = dice_of(seed);
    for (size_t s = 0; s < (size_t)1 << n; s++)
        f[s] = roll_in(&d, -1, 1);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = make_chain(ctx, &w);
    binnet_law *law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_response_functional(ctx, by_I, by_J, by_T, &error, n, chain, law, f, (size_t)1 << n));
    ck_assert(error < 1e-11);
    for (size_t i = 0; i < n; i++) {
        double want = difference(ctx, &w, &w.stimulus[i], f);
        ck_assert_msg(fabs(by_I[i] - want) <= tolerance, "seed %llu: stimulus %zu: %.12g, expected %.12g",
                      (unsigned long long)seed, i, by_I[i], want);
        want = -difference(ctx, &w, &w.theta[i], f);
        ck_assert(fabs(by_I[i] - want) <= tolerance);
        want = difference(ctx, &w, &w.scale[i], f);
        ck_assert_msg(fabs(by_T[i] - want) <= tolerance, "seed %llu: scale %zu: %.12g, expected %.12g",
                      (unsigned long long)seed, i, by_T[i], want);
        for (size_t j = 0; j < n; j++) {
            want = difference(ctx, &w, &w.J[i * n + j], f);
            ck_assert_msg(fabs(by_J[i * n + j] - want) <= tolerance, "seed %llu: J %zu %zu: %.12g, expected %.12g",
                          (unsigned long long)seed, i, j, by_J[i * n + j], want);
        }
    }
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Elimination and iteration, each with its own error. */
START_TEST(two_ways)
{
    uint64_t seed = 40 + (uint64_t)_i;
    size_t n = 5 + seed % 5;
    network w = random_network(n, seed, _i % 2 == 0 ? 0.7 : 0.35);
    double value[2][3][81], error[2], tau[2][10], tau_error[2];
    static double weight[2][9 * 9 * 9];
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = make_chain(ctx, &w);
    binnet_law *law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    for (int k = 0; k < 2; k++) {
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, k == 0 ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION));
        OK(binnet_response_mean(ctx, value[k][0], weight[k], value[k][1], &error[k], n, chain, law));
        OK(binnet_chain_autocorrelation_time(ctx, tau[k], &tau[k][n], &tau_error[k], n, chain, law));
    }
    ck_assert_msg(error[0] < 1e-9 && error[1] < 1e-9, "seed %llu: errors %.3g, %.3g", (unsigned long long)seed,
                  error[0], error[1]);
    for (size_t k = 0; k < n * n; k++)
        for (int v = 0; v < 2; v++)
            ck_assert_msg(fabs(value[0][v][k] - value[1][v][k]) <= error[0] + error[1],
                          "seed %llu: %.17g and %.17g, errors %.3g, %.3g", (unsigned long long)seed, value[0][v][k],
                          value[1][v][k], error[0], error[1]);
    for (size_t k = 0; k < n * n * n; k++)
        ck_assert(fabs(weight[0][k] - weight[1][k]) <= error[0] + error[1]);
    for (size_t i = 0; i <= n; i++)
        ck_assert_msg(fabs(tau[0][i] - tau[1][i]) <= tau_error[0] + tau_error[1],
                      "seed %llu: tau %.17g and %.17g, errors %.3g, %.3g", (unsigned long long)seed, tau[0][i],
                      tau[1][i], tau_error[0], tau_error[1]);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Iteration with one thread and with three: the same bits. */
START_TEST(threads_agree)
{
    enum { N = 13, S = 1 << N };
    static double f[S];
    double J[N * N], scale[N], by_I[2][N], by_J[2][N * N], error[2];
    dice d = dice_of(9);
    for (size_t k = 0; k < N * N; k++)
        J[k] = roll_in(&d, -1, 1);
    for (size_t i = 0; i < N; i++)
        scale[i] = roll_in(&d, 2, 3);
    for (size_t s = 0; s < S; s++)
        f[s] = roll_in(&d, -1, 1);
    for (int k = 0; k < 2; k++) {
        binnet_ctx *ctx = new_ctx(k == 0 ? 1 : 3);
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_law *law;
        OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL));
        OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
        OK(binnet_chain_new(ctx, &chain, net, noise, _i == 0 ? BINNET_UPDATE_ASYNCHRONOUS : BINNET_UPDATE_SWEEP));
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_response_functional(ctx, by_I[k], by_J[k], NULL, &error[k], N, chain, law, f, S));
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
    ck_assert(memcmp(by_I[0], by_I[1], sizeof by_I[0]) == 0);
    ck_assert(memcmp(by_J[0], by_J[1], sizeof by_J[0]) == 0);
    ck_assert(memcmp(&error[0], &error[1], sizeof error[0]) == 0);
}
END_TEST

/* 1 + 2 sum of autocorrelations, until they are gone. */
START_TEST(autocorrelation)
{
    uint64_t seed = (uint64_t)_i;
    size_t n = 1 + seed % 4, S = (size_t)1 << n;
    network w = random_network(n, seed, 0.8);
    double P[STATES * STATES], tau[MOST], population, error;
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = make_chain(ctx, &w);
    binnet_law *law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_chain_matrix(ctx, P, S * S, chain));
    OK(binnet_chain_autocorrelation_time(ctx, tau, &population, &error, n, chain, law));
    const double *pi = binnet_law_data(law);
    for (size_t i = 0; i <= n; i++) {
        long double x[STATES], b[STATES], mean = 0, variance = 0, sum = 0, all = 0;
        for (size_t s = 0; s < S; s++) {
            b[s] = 0;
            for (size_t k = 0; k < n; k++)
                b[s] += (i == n || i == k) && (s >> k & 1);
            b[s] /= i == n ? (long double)n : 1;
            mean += pi[s] * b[s];
            all += pi[s];
        }
        for (size_t s = 0; s < S; s++) {
            b[s] -= mean / all;
            x[s] = pi[s] * b[s];
            variance += x[s] * b[s];
        }
        for (int l = 0; l < 1000; l++) {
            long double y[STATES] = {0}, drift = 0;
            for (size_t s = 0; s < S; s++)
                for (size_t t = 0; t < S; t++)
                    y[t] += x[s] * P[s * S + t];
            for (size_t s = 0; s < S; s++)
                drift += y[s];
            for (size_t s = 0; s < S; s++) {
                x[s] = y[s] - drift * pi[s];
                sum += x[s] * b[s];
            }
        }
        double got = i == n ? population : tau[i];
        ck_assert_msg(fabsl(got - (1 + 2 * sum / variance)) <= error + 1e-13L && error < 1e-10,
                      "seed %llu: tau %zu %.17g, expected %.17Lg (error %.3g)", (unsigned long long)seed, i, got,
                      1 + 2 * sum / variance, error);
    }
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* tau of x in a chain of few states, by powers. */
static double tau_by_powers(long double P[32][32], const double *x, size_t S)
{
    long double pi[32], d[32], mean = 0, variance = 0, sum = 0;
    for (size_t s = 0; s < S; s++)
        pi[s] = 1.0L / (long double)S;
    for (int l = 0; l < 8000; l++) {
        long double y[32] = {0};
        const long double *from = l < 4000 ? pi : d;
        for (size_t s = 0; s < S; s++)
            for (size_t t = 0; t < S; t++)
                y[t] += from[s] * P[s][t];
        memcpy(l < 4000 ? pi : d, y, sizeof y);
        if (l == 3999) {
            for (size_t s = 0; s < S; s++)
                mean += pi[s] * x[s];
            for (size_t s = 0; s < S; s++) {
                d[s] = pi[s] * (x[s] - mean);
                variance += d[s] * (x[s] - mean);
            }
        }
        for (size_t s = 0; l >= 4000 && s < S; s++)
            sum += d[s] * (x[s] - mean);
    }
    return (double)(1 + 2 * sum / variance);
}

static long double logistic_of(double drive)
{
    return 1 / (1 + expl(-(long double)drive));
}

/* CORE neurons that hear each other alike, and one that hears them and is selected more often: a neuron and the number of the
 * others that are active are a chain. What is solved on 13 and on 14 neurons, by iteration. */
START_TEST(autocorrelation_of_equal_neurons)
{
    enum { CORE = 13, N = CORE + 1 };
    const double own = -0.6, each = 0.25, heard = -0.5, at_rest = 2.5;
    double J[N * N] = {0}, stimulus[N], scale[N], select[N], x[32], all[32], tau[N], population, error;
    static long double P[32][32], Q[32][32];
    for (size_t i = 0; i < N; i++) {
        stimulus[i] = i < CORE ? own : at_rest;
        scale[i] = 1;
        select[i] = (i < CORE ? 1 : 3) / (CORE + 3.0);
        for (size_t j = 0; j < CORE; j++)
            J[i * N + j] = i == j ? 0 : i < CORE ? each : heard;
    }
    const long double w = 1 / (CORE + 3.0L);
    for (int k = 0; k <= CORE; k++)
        for (int a = 0; a < 2;
             a++) { /* state 2 k + a. P: one of the core and k others, Q: the last one and k of the core */
            int s = 2 * k + a, others = CORE - 1 - k;
            long double p = w * logistic_of(own + each * k), q = 3 * w * logistic_of(at_rest + heard * k);
            if (k < CORE) {
                P[s][2 * k + 1] += p;
                P[s][2 * k] += w - p;
                if (k > 0) {
                    long double rests = w * k * (1 - logistic_of(own + each * (k - 1 + a)));
                    P[s][s - 2] += rests;
                    P[s][s] += w * k - rests;
                }
                if (others > 0)
                    P[s][s + 2] += w * others * logistic_of(own + each * (k + a));
                P[s][s] += w * others * (1 - logistic_of(own + each * (k + a))) + 3 * w;
            }
            Q[s][2 * k + 1] += q;
            Q[s][2 * k] += 3 * w - q;
            if (k > 0) {
                long double rests = w * k * (1 - logistic_of(own + each * (k - 1)));
                Q[s][s - 2] += rests;
                Q[s][s] += w * k - rests;
            }
            if (k < CORE)
                Q[s][s + 2] += w * (CORE - k) * logistic_of(own + each * k);
            Q[s][s] += w * (CORE - k) * (1 - logistic_of(own + each * k));
            x[s] = a;
            all[s] = (k + a) / (double)N;
        }
    binnet_ctx *ctx = new_ctx(2);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, stimulus));
    OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
    OK(binnet_chain_new_asynchronous(ctx, &chain, net, noise, select));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_chain_autocorrelation_time(ctx, tau, &population, &error, N, chain, law));
    double core = tau_by_powers(P, x, 2 * CORE), last = tau_by_powers(Q, x, 2 * N), mean = tau_by_powers(Q, all, 2 * N);
    ck_assert_msg(error < 1e-8, "error %.3g", error);
    for (size_t i = 0; i < N; i++)
        ck_assert_msg(fabs(tau[i] - (i < CORE ? core : last)) <= error, "tau %zu: %.17g, expected %.17g (error %.3g)",
                      i, tau[i], i < CORE ? core : last, error);
    ck_assert_msg(fabs(population - mean) <= error, "population: %.17g, expected %.17g (error %.3g)", population, mean,
                  error);
    OK(binnet_chain_autocorrelation_time(ctx, NULL, &population, &error, N, chain, law)); /* alone: another way */
    ck_assert_msg(fabs(population - mean) <= error && error < 1e-8, "population: %.17g, expected %.17g (error %.3g)",
                  population, mean, error);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* One neuron that hardly ever changes, logistic: m = a / (a + b), a = Pr(0 to 1), b = Pr(1 to 0), tau = 2 / (a + b) - 1;
 * d m = m (1 - m) (d log a - d log b), d log a = (1 - a) dh / T, d log b = -(1 - b) dh / T. Rates down to 1e-130. */
START_TEST(weak_noise)
{
    for (int k = 0; k < 8; k++) {
        const double T = 1.0 / (1 << k), J[1] = {2.5}, theta[1] = {1.5};
        double by_I, by_J, by_T, error, tau;
        binnet_ctx *ctx = new_ctx(1);
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_law *law;
        OK(binnet_net_new(ctx, &net, 1, J, NULL, theta, NULL));
        OK(binnet_noise_new_logistic(ctx, &noise, 1, &T));
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_response_mean(ctx, &by_I, &by_J, &by_T, &error, 1, chain, law));
        double a = 1 / (1 + exp(1.5 / T)), b = 1 / (1 + exp(1 / T)), q = a / (a + b), r = b / (a + b);
        double dI = q * r * ((1 - a) + (1 - b)) / T, dJ = q * r * (1 - b) / T;
        double dT = q * r * ((1 - a) * 1.5 + (1 - b) * -1) / (T * T);
        ck_assert_msg(fabs(by_I - dI) <= 1e-13 * dI && fabs(by_J - dJ) <= 1e-13 * dJ &&
                          fabs(by_T - dT) <= 1e-13 * fabs(dT),
                      "T = %g: %.17g %.17g %.17g, expected %.17g %.17g %.17g", T, by_I, by_J, by_T, dI, dJ, dT);
        ck_assert(fabs(by_I - dI) <= error && fabs(by_J - dJ) <= error && fabs(by_T - dT) <= error);
        OK(binnet_chain_autocorrelation_time(ctx, &tau, NULL, &error, 1, chain, law));
        ck_assert(fabs(tau - (2 / (a + b) - 1)) <= fmin(error, 1e-12 * tau));
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
}
END_TEST

static double cdf_only(void *user, double x)
{
    (void)user;
    return 0.5 + 0.5 * x / (1 + fabs(x));
}

START_TEST(errors)
{
    network w = random_network(3, 5, 0.7);
    w.noise = 0;
    w.update = 0;
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = make_chain(ctx, &w), *other;
    binnet_law *law, *flat, *four;
    double p[16], out[9], f[16] = {0}, scale[9];
    for (int s = 0; s < 16; s++)
        p[s] = 1.0 / 8;
    OK(binnet_law_new(ctx, &flat, 3, p, 8));
    for (int s = 0; s < 16; s++)
        p[s] = 1.0 / 16;
    OK(binnet_law_new(ctx, &four, 4, p, 16));
    OK(binnet_chain_stationary(ctx, &law, chain));
    ck_assert_int_eq(binnet_response_mean(ctx, out, NULL, NULL, NULL, 3, chain, flat), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_response_mean(ctx, out, NULL, NULL, NULL, 3, chain, four), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_response_mean(ctx, out, NULL, NULL, NULL, 2, chain, law), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_response_functional(ctx, out, NULL, NULL, NULL, 3, chain, law, f, 16), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_response_functional(ctx, out, NULL, NULL, NULL, 3, chain, law, NULL, 8), BINNET_E_NULL);
    f[3] = NAN;
    ck_assert_int_eq(binnet_response_functional(ctx, out, NULL, NULL, NULL, 3, chain, law, f, 8), BINNET_E_NAN);
    ck_assert_int_eq(binnet_chain_autocorrelation_time(ctx, out, NULL, NULL, 3, chain, flat), BINNET_E_RANGE);
    binnet_law_free(law);
    binnet_chain_free(chain);
    /* neuron 1 without noise, and never at a tie: its scale has no derivative, the rest is 0 */
    w.scale[1] = 0;
    chain = make_chain(ctx, &w);
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_response_mean(ctx, out, NULL, NULL, NULL, 3, chain, law));
    ck_assert(out[1] == 0 && out[4] == 0 && out[0] != 0);
    ck_assert_int_eq(binnet_response_mean(ctx, out, NULL, scale, NULL, 3, chain, law), BINNET_E_UNDEFINED);
    ck_assert(isnan(scale[1]) && isnan(scale[4]) && isfinite(scale[0]) && isfinite(scale[8]));
    binnet_law_free(law);
    binnet_chain_free(chain);
    /* at a tie */
    w.theta[1] = w.stimulus[1];
    chain = make_chain(ctx, &w);
    OK(binnet_chain_stationary(ctx, &law, chain));
    ck_assert_int_eq(binnet_response_mean(ctx, out, NULL, NULL, NULL, 3, chain, law), BINNET_E_UNDEFINED);
    ck_assert(isnan(out[1]) && isfinite(out[0]));
    binnet_law_free(law);
    binnet_chain_free(chain);
    /* a law without a density */
    binnet_net *net;
    binnet_noise *noise;
    OK(binnet_net_new(ctx, &net, 3, w.J, NULL, w.theta, w.stimulus));
    w.scale[1] = 1;
    OK(binnet_noise_new_custom(ctx, &noise, 3, w.scale, cdf_only, NULL, NULL, NULL));
    OK(binnet_chain_new(ctx, &other, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_stationary(ctx, &law, other));
    ck_assert_int_eq(binnet_response_mean(ctx, out, NULL, NULL, NULL, 3, other, law), BINNET_E_UNDEFINED);
    OK(binnet_chain_autocorrelation_time(ctx, out, NULL, NULL, 3, other, law));
    binnet_law_free(law);
    binnet_law_free(flat);
    binnet_law_free(four);
    binnet_chain_free(other);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("response", {forward_equation, 36}, {dense_solves, 4}, {differences, 60}, {two_ways, 20},
             {threads_agree, 2}, {autocorrelation, 40}, {autocorrelation_of_equal_neurons, 1}, {weak_noise, 1},
             {errors, 1})
