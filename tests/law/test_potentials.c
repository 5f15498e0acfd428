/*
 * Potentials against their definitions: sums over all states in long double; moments of the noise by double-exponential
 * quadrature of densities written down here (the library integrates no density). Laws of activities from tests/chain/oracle.c.
 */
#include "../chain/oracle.h"

#include <stdio.h>
#include <string.h>

enum { BIGGEST = 5, STATES = 1 << BIGGEST };

static const long double pi_l = 3.14159265358979323846264338327950288L;

/* --- the noise, in long double --- */

typedef struct standard {
    int32_t kind;
    double dof;
} standard;

static long double density(standard f, long double x)
{
    long double a = fabsl(x);
    switch (f.kind) {
    case BINNET_NOISE_GAUSSIAN:
        return expl(-x * x / 2) / sqrtl(2 * pi_l);
    case BINNET_NOISE_LOGISTIC:
        return expl(-a) / ((1 + expl(-a)) * (1 + expl(-a)));
    case BINNET_NOISE_UNIFORM:
        return a < 1 ? 0.5L : 0;
    case BINNET_NOISE_LAPLACE:
        return expl(-a) / 2;
    default:
        return expl(lgammal((f.dof + 1.0L) / 2) - lgammal(f.dof / 2.0L)) / sqrtl(f.dof * pi_l) *
               powl(1 + x * x / f.dof, -(f.dof + 1.0L) / 2);
    }
}

typedef struct integrand {
    standard f;
    long double m, s, from;
    int k, what; /* 0: |m + s x|^k f; 1: x f, x >= from */
} integrand;

static long double value_at(const integrand *w, long double x)
{
    long double f = density(w->f, x);
    if (!(f > 0))
        return 0;
    return w->what == 0 ? powl(fabsl(w->m + w->s * x), w->k) * f : x * f;
}

/* a..b; b = infinity or a = -infinity allowed. */
static long double integral(const integrand *w, long double a, long double b)
{
    long double sum = 0, h = 1 / 24.0L;
    for (int k = -150; k <= 150; k++) {
        long double t = k * h, u = pi_l / 2 * sinhl(t), x, dx;
        if (isinf(a) || isinf(b)) { /* exp-sinh */
            long double r = expl(u);
            if (!(r < 1e250L && r > 1e-400L))
                continue;
            x = isinf(b) ? a + r : b - r;
            dx = r * pi_l / 2 * coshl(t);
        } else { /* tanh-sinh */
            long double c = coshl(u);
            if (!(c < 1e300L))
                continue;
            x = (a + b) / 2 + (b - a) / 2 * tanhl(u);
            dx = (b - a) / 2 * pi_l / 2 * coshl(t) / (c * c);
            if (!(x > a && x < b))
                continue;
        }
        sum += h * dx * value_at(w, x);
    }
    return sum;
}

static int by_size(const void *a, const void *b)
{
    long double x = *(const long double *)a, y = *(const long double *)b;
    return (x > y) - (x < y);
}

/* Over the line, cut where the law or the power has a kink. */
static long double whole_integral(const integrand *w)
{
    long double cut[6] = {-1, 0, 1, w->what == 0 ? -w->m / w->s : w->from, -8, 8};
    qsort(cut, 6, sizeof *cut, by_size);
    long double sum = w->what == 0 ? integral(w, -INFINITY, cut[0]) : 0;
    for (int k = 0; k < 5; k++)
        if (cut[k] < cut[k + 1] && (w->what == 0 || cut[k] >= w->from))
            sum += integral(w, cut[k], cut[k + 1]);
    return sum + integral(w, cut[5], INFINITY);
}

static long double absolute_moment(standard f, long double m, long double s, int k)
{
    return s > 0 ? whole_integral(&(integrand){.f = f, .m = m, .s = s, .k = k}) : powl(fabsl(m), k);
}

static long double upper_part(standard f, long double x)
{
    return whole_integral(&(integrand){.f = f, .from = x, .what = 1});
}

/* --- scenes --- */

typedef struct scene {
    binnet_ctx *ctx;
    system_t system;
    binnet_chain *chain;
    binnet_law *law;
    const double *pi;
    size_t n, S;
    standard f;
    long double m[BIGGEST][STATES], mean[BIGGEST]; /* m_i(A), E V_i */
} scene;

static const int32_t updates[4] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_ASYNCHRONOUS, BINNET_UPDATE_SWEEP,
                                   BINNET_UPDATE_BLOCKS};

static void make_scene(scene *w, uint64_t seed, double least_dof)
{
    dice d = dice_of(seed);
    double p[STATES], sum = 0;
    memset(w, 0, sizeof *w);
    w->n = 1 + roll_to(&d, BIGGEST);
    w->S = (size_t)1 << w->n;
    w->ctx = new_ctx(1);
    w->system = random_system(&d, w->n, updates[seed % 4], (int32_t)(1 + seed / 4 % 5), seed % 11 == 10);
    w->system.dof += least_dof;
    w->f = (standard){w->system.noise, w->system.dof};
    w->chain = system_chain(w->ctx, &w->system);
    for (size_t s = 0; s < w->S; s++)
        sum += p[s] = roll(&d) < 0.2 ? 0 : seed % 3 == 1 ? roll(&d) : pow(10, -12 * roll(&d));
    if (!(sum > 0))
        sum = p[0] = 1;
    for (size_t s = 0; s < w->S; s++)
        p[s] /= sum;
    OK(binnet_law_new(w->ctx, &w->law, w->n, p, w->S));
    w->pi = binnet_law_data(w->law);
    for (size_t i = 0; i < w->n; i++)
        for (size_t s = 0; s < w->S; s++) {
            long double u = 0;
            for (size_t j = 0; j < w->n; j++)
                u += s >> j & 1 ? (long double)w->system.J[i * w->n + j] : 0;
            w->m[i][s] = u / w->system.M[i] + w->system.I[i];
            w->mean[i] += w->pi[s] * w->m[i][s];
        }
}

static void strike_scene(scene *w)
{
    binnet_law_free(w->law);
    binnet_chain_free(w->chain);
    binnet_ctx_free(w->ctx);
}

static void near(double x, long double want, long double size, const char *what, uint64_t seed)
{
    ck_assert_msg(fabsl(x - want) <= 1e-12L * size, "seed %llu: %s is %.17g, expected %.17Lg", (unsigned long long)seed,
                  what, x, want);
}

static size_t random_group(dice *d, size_t n, int32_t *group)
{
    for (size_t i = 0; i < n; i++)
        group[i] = (int32_t)i;
    for (size_t i = 0; i < n; i++) {
        size_t k = i + roll_to(d, n - i);
        int32_t t = group[i];
        group[i] = group[k];
        group[k] = t;
    }
    return 1 + roll_to(d, n);
}

START_TEST(moments)
{
    for (uint64_t seed = 0; seed < 120; seed++) {
        scene w;
        make_scene(&w, seed, 5);
        double mean[BIGGEST], cov[BIGGEST * BIGGEST], corr;
        OK(binnet_potential_mean(w.ctx, mean, w.n, w.chain, w.law));
        OK(binnet_potential_covariance(w.ctx, cov, w.n, w.chain, w.law));
        for (size_t i = 0; i < w.n; i++) {
            near(mean[i], w.mean[i], 1 + fabsl(w.mean[i]), "mean", seed);
            for (size_t j = 0; j < w.n; j++) {
                long double c = 0, size = 1e-300L;
                for (size_t s = 0; s < w.S; s++) {
                    long double term = w.pi[s] * (w.m[i][s] - w.mean[i]) * (w.m[j][s] - w.mean[j]);
                    c += term;
                    size += w.pi[s] * fabsl(w.m[i][s] * w.m[j][s]);
                }
                if (i == j)
                    c += (long double)w.system.scale[i] * w.system.scale[i] * absolute_moment(w.f, 0, 1, 2);
                near(cov[i * w.n + j], c, size + fabsl(c), "covariance", seed);
            }
        }
        dice d = dice_of(seed + 500);
        int32_t group[BIGGEST];
        size_t k = random_group(&d, w.n, group);
        if (k < 2) {
            ck_assert_int_eq(binnet_potential_groupwise(w.ctx, &corr, w.chain, w.law, k, group), BINNET_E_RANGE);
            strike_scene(&w);
            continue;
        }
        long double numerator = 0, size = 0, product = 1, most = 1;
        for (size_t s = 0; s < w.S; s++) {
            long double term = w.pi[s];
            for (size_t b = 0; b < k; b++)
                term *= w.m[group[b]][s] - w.mean[group[b]];
            numerator += term;
            size += fabsl(term);
        }
        for (size_t b = 0; b < k; b++) {
            long double e = 0;
            for (size_t s = 0; s < w.S; s++)
                if (w.pi[s] > 0)
                    e += w.pi[s] *
                         absolute_moment(w.f, w.m[group[b]][s] - w.mean[group[b]], w.system.scale[group[b]], (int)k);
            product *= powl(e, 1 / (long double)k);
            most = fminl(most, e);
        }
        int32_t code = binnet_potential_groupwise(w.ctx, &corr, w.chain, w.law, k, group);
        if (most <= 1e-30L) { /* a potential that never changes, but for rounding */
            ck_assert(code == BINNET_E_UNDEFINED ? isnan(corr) : code == BINNET_OK);
        } else {
            OK(code);
            ck_assert_msg(fabsl(corr - numerator / product) <= 2e-12L * size / product + 1e-15L,
                          "seed %llu: correlation of %zu is %.17g, expected %.17Lg", (unsigned long long)seed, k, corr,
                          numerator / product);
            ck_assert(fabs(corr) <= 1);
        }
        strike_scene(&w);
    }
}
END_TEST

/* The golden network: Pearson's correlations of potentials by the formula of [FP19], in closed form. */
static double uniform_cdf(void *user, double x)
{
    (void)user;
    return fmin(fmax((1 + x) / 2, 0), 1);
}

static double uniform_survival(void *user, double x)
{
    (void)user;
    return fmin(fmax((1 - x) / 2, 0), 1);
}

static double uniform_density(void *user, double x)
{
    (void)user;
    return x > -1 && x < 1 ? 0.5 : 0;
}

/* exp(-x), x > -1: of mean 0 only after 1 is taken away; here F = 1 - exp(-(x - 3)) beyond 3. */
static double shifted_cdf(void *user, double x)
{
    (void)user;
    return x > 3 ? -expm1(-(x - 3)) : 0;
}

static double shifted_survival(void *user, double x)
{
    (void)user;
    return x > 3 ? exp(-(x - 3)) : 1;
}

/* A caller's law: a uniform one must answer as the library's; an exponential one beyond 3 has mean 4, variance 1,
 * E|B - 4|^3 = 12/e - 2. */
START_TEST(custom)
{
    enum { N = 3 };
    const double J[N * N] = {0, 1.5, -2, .7, 0, -1, 1.2, .9, 0}, stimulus[N] = {.3, -.2, .1}, theta[N] = {.5, .25, .75},
                       sigma[N] = {.8, 1, .6}, zero[N * N] = {0};
    const int32_t all[N] = {0, 1, 2};
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net, *apart;
    binnet_noise *noise[3];
    binnet_chain *chain[3], *alone;
    binnet_law *law;
    OK(binnet_net_new(ctx, &net, N, J, NULL, theta, stimulus));
    OK(binnet_net_new(ctx, &apart, N, zero, NULL, NULL, NULL));
    OK(binnet_noise_new_uniform(ctx, &noise[0], N, sigma));
    OK(binnet_noise_new_custom(ctx, &noise[1], N, sigma, uniform_cdf, uniform_survival, uniform_density, NULL));
    OK(binnet_noise_new_custom(ctx, &noise[2], N, sigma, shifted_cdf, shifted_survival, NULL, NULL));
    for (int k = 0; k < 3; k++)
        OK(binnet_chain_new(ctx, &chain[k], net, noise[k], BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_new(ctx, &alone, apart, noise[2], BINNET_UPDATE_SYNCHRONOUS));
    const double p[8] = {.1, .2, .05, .15, .1, .1, .2, .1};
    OK(binnet_law_new(ctx, &law, N, p, 8));
    double x, y, a[9], b[9];
    for (size_t k = 2; k <= 3; k++) {
        OK(binnet_potential_groupwise(ctx, &x, chain[0], law, k, all));
        OK(binnet_potential_groupwise(ctx, &y, chain[1], law, k, all));
        ck_assert_msg(fabs(x - y) <= 1e-11 * fabs(x), "%zu: %.17g, %.17g", k, x, y);
    }
    for (uint64_t lag = 0; lag <= 2; lag++) {
        OK(binnet_potential_lagged_covariance(ctx, a, N, chain[0], law, lag));
        OK(binnet_potential_lagged_covariance(ctx, b, N, chain[1], law, lag));
        for (int k = 0; k < 9; k++)
            ck_assert_msg(fabs(a[k] - b[k]) <= 1e-11, "lag %d, %d: %.17g, %.17g", (int)lag, k, a[k], b[k]);
    }
    OK(binnet_potential_mean(ctx, a, N, alone, law));
    OK(binnet_potential_covariance(ctx, b, N, alone, law));
    for (int i = 0; i < N; i++) {
        ck_assert_msg(fabs(a[i] - 4 * sigma[i]) <= 1e-11, "%.17g", a[i]);
        ck_assert_msg(fabs(b[4 * i] - sigma[i] * sigma[i]) <= 1e-11, "%.17g", b[4 * i]);
    }
    ck_assert_int_eq(binnet_potential_density(ctx, &x, NULL, 1, chain[2], law, 1, all, a), BINNET_E_UNDEFINED);
    binnet_potential_marginal *m;
    OK(binnet_potential_marginal_new(ctx, &m, alone, law, 0));
    OK(binnet_potential_marginal_quantile(ctx, &x, 1, m, &(double){0.75}));
    ck_assert_msg(fabs(x - 0.8 * (3 + log(4))) <= 1e-14, "%.17g", x);
    ck_assert_int_eq(binnet_potential_marginal_eval(ctx, NULL, NULL, &x, NULL, 1, m, &y), BINNET_E_UNDEFINED);
    binnet_potential_marginal_free(m);
    binnet_law_free(law);
    for (int k = 0; k < 3; k++) {
        binnet_chain_free(chain[k]);
        binnet_noise_free(noise[k]);
    }
    binnet_chain_free(alone);
    binnet_net_free(net);
    binnet_net_free(apart);
    binnet_ctx_free(ctx);
}
END_TEST

/* Marginals: distribution function, survival, density against sums over all states; quantiles; integrals of the density. */
START_TEST(marginals)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        scene w;
        make_scene(&w, seed, 0);
        dice d = dice_of(seed + 900);
        for (int32_t i = 0; i < (int32_t)w.n; i++) {
            binnet_potential_marginal *m;
            double s = w.system.scale[i], x[8], F[8], G[8], f[8], l[8];
            OK(binnet_potential_marginal_new(w.ctx, &m, w.chain, w.law, i));
            size_t inputs = 0;
            for (size_t j = 0; j < w.n; j++)
                inputs += w.system.J[(size_t)i * w.n + j] != 0;
            ck_assert(binnet_potential_marginal_count(m) <= (uint64_t)1 << inputs);
            for (int k = 0; k < 8; k++)
                x[k] = (double)w.m[i][roll_to(&d, w.S)] + (k == 7 ? 30 : 3) * (s + 0.1) * (roll(&d) - 0.5);
            OK(binnet_potential_marginal_eval(w.ctx, F, G, NULL, NULL, 8, m, x));
            if (s > 0)
                OK(binnet_potential_marginal_eval(w.ctx, NULL, NULL, f, l, 8, m, x));
            else
                ck_assert_int_eq(binnet_potential_marginal_eval(w.ctx, NULL, NULL, f, NULL, 8, m, x),
                                 BINNET_E_UNDEFINED);
            binnet_noise *one;
            binnet_ctx *c = w.ctx;
            switch (w.f.kind) {
            case BINNET_NOISE_GAUSSIAN:
                OK(binnet_noise_new_gaussian(c, &one, 1, &(double){1}));
                break;
            case BINNET_NOISE_LOGISTIC:
                OK(binnet_noise_new_logistic(c, &one, 1, &(double){1}));
                break;
            case BINNET_NOISE_UNIFORM:
                OK(binnet_noise_new_uniform(c, &one, 1, &(double){1}));
                break;
            case BINNET_NOISE_LAPLACE:
                OK(binnet_noise_new_laplace(c, &one, 1, &(double){1}));
                break;
            default:
                OK(binnet_noise_new_student_t(c, &one, 1, &(double){1}, w.f.dof));
                break;
            }
            for (int k = 0; k < 8; k++) {
                long double below = 0, above = 0, dense = 0;
                for (size_t a = 0; a < w.S; a++) {
                    double cdf = x[k] >= (double)w.m[i][a], survival = 1 - cdf;
                    if (s > 0)
                        OK(binnet_noise_eval(c, &cdf, &survival, NULL, one, (double)((x[k] - w.m[i][a]) / s)));
                    below += w.pi[a] * cdf;
                    above += w.pi[a] * survival;
                    dense += s > 0 ? w.pi[a] * density(w.f, (x[k] - w.m[i][a]) / s) / s : 0;
                }
                if (s == 0) /* the place of an atom is rounded */
                    continue;
                near(F[k], below, below + 1e-290L, "distribution function", seed);
                near(G[k], above, above + 1e-290L, "survival function", seed);
                near(f[k], dense, dense + 1e-290L, "density", seed);
                if (dense > 0)
                    near(l[k], logl(dense), 1 + fabsl(logl(dense)), "log density", seed);
            }
            const double q[5] = {1e-6, 0.2, 0.5, 0.9, 0.999};
            OK(binnet_potential_marginal_quantile(w.ctx, x, 5, m, q));
            OK(binnet_potential_marginal_eval(w.ctx, F, G, NULL, NULL, 5, m, x));
            for (int k = 0; k < 5; k++) {
                double before = nextafter(x[k], -INFINITY), at;
                ck_assert(F[k] >= q[k] - 1e-15);
                OK(binnet_potential_marginal_eval(w.ctx, &at, NULL, NULL, NULL, 1, m, &before));
                ck_assert(at <= q[k] + 1e-15);
            }
            binnet_noise_free(one);
            binnet_potential_marginal_free(m);
        }
        strike_scene(&w);
    }
}
END_TEST

/* The integral of a density is what the distribution function says, to 1e-12: Simpson's rule between the kinks of the laws. */
START_TEST(integrals)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        scene w;
        make_scene(&w, seed, 0);
        for (int32_t i = 0; i < (int32_t)w.n; i++) {
            binnet_potential_marginal *m;
            double s = w.system.scale[i];
            if (s == 0)
                continue;
            OK(binnet_potential_marginal_new(w.ctx, &m, w.chain, w.law, i));
            long double cut[3 * STATES + 2], sum = 0;
            size_t cuts = 0;
            double lo = INFINITY, hi = -INFINITY, ends[2], F[2], G[2];
            for (uint64_t k = 0; k < binnet_potential_marginal_count(m); k++) {
                double mean;
                OK(binnet_potential_marginal_component(w.ctx, &mean, NULL, m, k));
                for (int e = -1; e <= 1; e++)
                    cut[cuts++] = mean + e * s;
                lo = fmin(lo, mean);
                hi = fmax(hi, mean);
            }
            cut[cuts++] = ends[0] = lo - 12 * s;
            cut[cuts++] = ends[1] = hi + 12 * s;
            qsort(cut, cuts, sizeof *cut, by_size);
            for (size_t k = 0; k + 1 < cuts; k++) {
                enum { PANELS = 4 };
                double span = (double)(cut[k + 1] - cut[k]);
                int panels = (int)(span / s * 8) + PANELS;
                if (!(span > 0))
                    continue;
                for (int a = 0; a < panels; a++) { /* Gauss-Legendre of 6 points */
                    static const double node[3] = {0.2386191860831969086, 0.6612093864662645137, 0.9324695142031520278},
                                        weight[3] = {0.4679139345726910473, 0.3607615730481386076,
                                                     0.1713244923791703450};
                    double half = span / panels / 2, middle = (double)cut[k] + (2 * a + 1) * half, x[6], f[6];
                    for (int e = 0; e < 3; e++) {
                        x[e] = middle - half * node[e];
                        x[e + 3] = middle + half * node[e];
                    }
                    OK(binnet_potential_marginal_eval(w.ctx, NULL, NULL, f, NULL, 6, m, x));
                    for (int e = 0; e < 6; e++)
                        sum += half * weight[e % 3] * f[e];
                }
            }
            OK(binnet_potential_marginal_eval(w.ctx, F, G, NULL, NULL, 2, m, ends));
            ck_assert_msg(fabsl(sum + F[0] + G[1] - 1) <= 1e-12L, "seed %llu, neuron %d: %.17Lg",
                          (unsigned long long)seed, (int)i, sum + F[0] + G[1]);
            binnet_potential_marginal_free(m);
        }
        strike_scene(&w);
    }
}
END_TEST

/* Joint densities and orthants of groups; orthants at the thresholds are the law of the activities. */
START_TEST(joint)
{
    for (uint64_t seed = 0; seed < 160; seed++) {
        scene w;
        make_scene(&w, seed, 0);
        dice d = dice_of(seed + 700);
        int32_t group[BIGGEST];
        size_t k = random_group(&d, w.n, group);
        double V[3 * BIGGEST], f[3], l[3], p[3];
        int noisy = 1;
        for (size_t b = 0; b < k; b++)
            noisy &= w.system.scale[group[b]] > 0;
        for (size_t m = 0; m < 3 * k; m++) {
            size_t i = (size_t)group[m % k];
            V[m] = (double)w.m[i][roll_to(&d, w.S)] + (m < k ? 1 : 20) * (w.system.scale[i] + 0.1) * (roll(&d) - 0.5);
        }
        int32_t code = binnet_potential_density(w.ctx, f, l, 3, w.chain, w.law, k, group, V);
        ck_assert_int_eq(code, noisy ? BINNET_OK : BINNET_E_UNDEFINED);
        for (int m = 0; noisy && m < 3; m++) {
            long double want = 0;
            for (size_t s = 0; s < w.S; s++) {
                long double term = w.pi[s];
                for (size_t b = 0; b < k; b++) {
                    size_t i = (size_t)group[b];
                    term *= density(w.f, (V[(size_t)m * k + b] - w.m[i][s]) / w.system.scale[i]) / w.system.scale[i];
                }
                want += term;
            }
            near(f[m], want, want + 1e-290L, "joint density", seed);
            if (want > 0)
                near(l[m], logl(want), 1 + fabsl(logl(want)), "log of the joint density", seed);
            else
                ck_assert(isinf(l[m]) && l[m] < 0);
        }
        /* all orthants at a point add up to 1 */
        long double sum = 0;
        for (uint64_t above = 0; above < (uint64_t)1 << k; above++) {
            OK(binnet_potential_orthant(w.ctx, p, 1, w.chain, w.law, k, group, V, above));
            sum += p[0];
        }
        near((double)sum, 1, 1, "sum of orthants", seed);
        /* at the thresholds: law of [V >= theta] of all; one step of a synchronous chain */
        int32_t all[BIGGEST];
        double P[STATES * STATES];
        for (size_t i = 0; i < w.n; i++)
            all[i] = (int32_t)i;
        system_t parallel = w.system;
        parallel.update = BINNET_UPDATE_SYNCHRONOUS;
        oracle_matrix(P, &parallel);
        binnet_law *after;
        OK(binnet_potential_law(w.ctx, &after, w.chain, w.law));
        for (size_t t = 0; t < w.S; t++) {
            long double want = 0;
            for (size_t s = 0; s < w.S; s++)
                want += (long double)w.pi[s] * P[s * w.S + t];
            near(binnet_law_data(after)[t], want, want, "law of the activities", seed);
            if (seed % 11 != 10) {
                OK(binnet_potential_orthant(w.ctx, p, 1, w.chain, w.law, w.n, all, w.system.theta, t));
                near(p[0], want, want + 1e-3L * (w.f.kind == BINNET_NOISE_UNIFORM), "orthant at the thresholds", seed);
            }
        }
        binnet_law_free(after);
        strike_scene(&w);
    }
}
END_TEST

/* Laws given potentials: Bayes' rule over all states. */
START_TEST(given)
{
    for (uint64_t seed = 0; seed < 160; seed++) {
        scene w;
        make_scene(&w, seed, 0);
        dice d = dice_of(seed + 300);
        double V[BIGGEST];
        int noisy = 1;
        for (size_t i = 0; i < w.n; i++) {
            noisy &= w.system.scale[i] > 0;
            V[i] = (double)w.m[i][roll_to(&d, w.S)] + 3 * (w.system.scale[i] + 0.1) * (roll(&d) - 0.5);
        }
        long double post[STATES], sum = 0, next[STATES] = {0};
        uint64_t set = 0;
        for (size_t i = 0; i < w.n; i++)
            set |= (uint64_t)(V[i] >= w.system.theta[i]) << i;
        for (size_t s = 0; s < w.S; s++) {
            post[s] = w.pi[s];
            for (size_t i = 0; noisy && i < w.n; i++)
                post[s] *= density(w.f, (V[i] - w.m[i][s]) / w.system.scale[i]);
            sum += post[s];
        }
        binnet_law *law = (binnet_law *)(void *)&w;
        int32_t code = binnet_potential_posterior(w.ctx, &law, w.chain, w.law, V);
        if (!noisy || !(sum > 0)) {
            ck_assert(code == BINNET_E_UNDEFINED && law == NULL);
        } else {
            OK(code);
            for (size_t s = 0; s < w.S; s++) {
                post[s] /= sum;
                near(binnet_law_data(law)[s], post[s], post[s] + 1e-290L, "law given potentials", seed);
            }
            binnet_law_free(law);
        }
        law = (binnet_law *)(void *)&w;
        code = binnet_potential_given(w.ctx, &law, w.chain, seed % 4 == 0 ? NULL : w.law, V);
        int stages = w.system.update == BINNET_UPDATE_SWEEP    ? w.n > 1
                     : w.system.update == BINNET_UPDATE_BLOCKS ? w.system.n_blocks > 1
                                                               : 0;
        if (stages) {
            ck_assert(code == BINNET_E_RANGE && law == NULL);
        } else if (w.system.update == BINNET_UPDATE_ASYNCHRONOUS && (!noisy || !(sum > 0))) {
            ck_assert(code == BINNET_E_UNDEFINED && law == NULL);
        } else {
            OK(code);
            for (size_t s = 0; s < w.S; s++)
                for (size_t i = 0; i < w.n; i++)
                    next[(s & ~((uint64_t)1 << i)) | (set & (uint64_t)1 << i)] += w.system.select[i] * post[s];
            for (size_t s = 0; s < w.S; s++) {
                long double want = w.system.update == BINNET_UPDATE_ASYNCHRONOUS ? next[s] : s == set;
                near(binnet_law_data(law)[s], want, want + 1e-290L, "next law given potentials", seed);
            }
            binnet_law_free(law);
        }
        strike_scene(&w);
    }
}
END_TEST

/* Next law of one scene's matrix, in long double. */
static void step_vector(long double *y, const long double *x, const double *P, size_t S)
{
    for (size_t t = 0; t < S; t++) {
        y[t] = 0;
        for (size_t s = 0; s < S; s++)
            y[t] += x[s] * P[s * S + t];
    }
}

/* Cov(V_i(t), V_j(t+lag)): vector over A(t) of E[V_i(t) - E V_i; A(t)], made update by update: every history of single or
 * parallel updates, with the noise of i split where it is compared with its threshold. */
static void weighted_law(long double *y, const scene *w, size_t i)
{
    size_t S = w->S, n = w->n;
    const system_t *s = &w->system;
    /* x: law; y: weighted; both moved stage by stage */
    long double x[STATES], stage_x[STATES], stage_y[STATES];
    uint64_t stage[BIGGEST];
    size_t stages = 1;
    stage[0] = S - 1;
    if (s->update == BINNET_UPDATE_SWEEP) {
        stages = n;
        for (size_t k = 0; k < n; k++)
            stage[k] = (uint64_t)1 << s->order[k];
    } else if (s->update == BINNET_UPDATE_BLOCKS) {
        stages = s->n_blocks;
        for (size_t k = 0; k < stages; k++) {
            stage[k] = 0;
            for (size_t j = 0; j < n; j++)
                stage[k] |= s->block[j] == (int32_t)k ? (uint64_t)1 << j : 0;
        }
    }
    size_t draws = s->update == BINNET_UPDATE_ASYNCHRONOUS ? n : 1;
    long double sum[STATES] = {0};
    for (size_t draw = 0; draw < draws; draw++) {
        for (size_t a = 0; a < S; a++) {
            x[a] = w->pi[a];
            y[a] = w->pi[a] * (w->m[i][a] - w->mean[i]);
        }
        for (size_t k = 0; k < stages; k++) {
            uint64_t set = draws > 1 || s->update == BINNET_UPDATE_ASYNCHRONOUS ? (uint64_t)1 << draw : stage[k];
            memset(stage_x, 0, sizeof stage_x);
            memset(stage_y, 0, sizeof stage_y);
            for (uint64_t a = 0; a < S; a++)
                for (uint64_t b = 0; b < S; b++) {
                    if (((a ^ b) & ~set) != 0)
                        continue;
                    long double others = 1, own = 1, noise = 0;
                    for (size_t j = 0; j < n; j++) {
                        if (!(set >> j & 1))
                            continue;
                        long double h = w->m[j][a] - s->theta[j], p;
                        if (s->scale[j] > 0) {
                            double z = (double)(h / s->scale[j]), F, G;
                            F = G = 0;
                            switch (w->f.kind) { /* all symmetric */
                            case BINNET_NOISE_GAUSSIAN:
                                G = 0.5 * erfc(-z / sqrt(2));
                                break;
                            case BINNET_NOISE_LOGISTIC:
                                G = 1 / (1 + exp(-z));
                                break;
                            case BINNET_NOISE_UNIFORM:
                                G = fmin(fmax((1 + z) / 2, 0), 1);
                                break;
                            case BINNET_NOISE_LAPLACE:
                                G = z < 0 ? exp(z) / 2 : 1 - exp(-z) / 2;
                                break;
                            default: {
                                binnet_noise *t;
                                OK(binnet_noise_new_student_t(w->ctx, &t, 1, &(double){1}, w->f.dof));
                                OK(binnet_noise_eval(w->ctx, NULL, &G, NULL, t, -z));
                                binnet_noise_free(t);
                            }
                            }
                            F = 1 - G;
                            p = b >> j & 1 ? G : F;
                            if (j == i)
                                noise = s->scale[j] * upper_part(w->f, -h / s->scale[j]) * (b >> j & 1 ? 1 : -1);
                        } else {
                            int on = h > 0 || (h == 0 && (s->tie == BINNET_TIE_ACTIVE ||
                                                          (s->tie == BINNET_TIE_KEEP && (a >> j & 1))));
                            p = on == (int)(b >> j & 1);
                        }
                        if (j == i)
                            own = p;
                        else
                            others *= p;
                    }
                    stage_x[b] += x[a] * others * own;
                    stage_y[b] += y[a] * others * own + x[a] * others * noise;
                }
            memcpy(x, stage_x, sizeof x);
            memcpy(y, stage_y, sizeof stage_y);
        }
        for (size_t a = 0; a < S; a++)
            sum[a] += (draws > 1 || s->update == BINNET_UPDATE_ASYNCHRONOUS ? s->select[draw] : 1) * y[a];
    }
    memcpy(y, sum, sizeof sum);
}

START_TEST(lagged)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        scene w;
        make_scene(&w, seed, 1.5);
        if (w.n > 3 || seed % 11 == 10) {
            strike_scene(&w);
            continue;
        }
        double P[STATES * STATES], cov[BIGGEST * BIGGEST];
        oracle_matrix(P, &w.system);
        for (uint64_t lag = 1; lag <= 3; lag++) {
            OK(binnet_potential_lagged_covariance(w.ctx, cov, w.n, w.chain, w.law, lag));
            for (size_t i = 0; i < w.n; i++) {
                long double y[STATES], z[STATES];
                weighted_law(y, &w, i);
                for (uint64_t t = 1; t < lag; t++) {
                    step_vector(z, y, P, w.S);
                    memcpy(y, z, sizeof y);
                }
                for (size_t j = 0; j < w.n; j++) {
                    long double want = 0;
                    for (size_t s = 0; s < w.S; s++)
                        want += y[s] * w.m[j][s];
                    /* references: F = 1 - G and quadrature, 1e-14 of products of size 3 at most */
                    ck_assert_msg(fabsl(cov[i * w.n + j] - want) <= 1e-12L,
                                  "seed %llu, lag %d, %zu %zu: %.17g, expected %.17Lg", (unsigned long long)seed,
                                  (int)lag, i, j, cov[i * w.n + j], want);
                }
            }
        }
        strike_scene(&w);
    }
}
END_TEST

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: sqrt(n) sup |F_n - F| above 2.5 has probability 2 exp(-12.5) = 7e-6; some 40 marginals. */
START_TEST(samples)
{
    enum { COUNT = 4000 };
    static double V[COUNT * BIGGEST], x[COUNT];
    for (uint64_t seed = 0; seed < 20; seed++) {
        scene w;
        make_scene(&w, seed, 0);
        OK(binnet_ctx_set_i64(w.ctx, BINNET_P_SEED, (int64_t)seed + 1));
        OK(binnet_potential_sample(w.ctx, V, COUNT, w.chain, w.law, 0));
        for (int32_t i = 0; i < (int32_t)w.n; i++) {
            binnet_potential_marginal *m;
            static double F[COUNT];
            if (w.system.scale[i] == 0)
                continue;
            OK(binnet_potential_marginal_new(w.ctx, &m, w.chain, w.law, i));
            for (size_t k = 0; k < COUNT; k++)
                x[k] = V[k * w.n + (size_t)i];
            qsort(x, COUNT, sizeof *x, rising);
            OK(binnet_potential_marginal_eval(w.ctx, F, NULL, NULL, NULL, COUNT, m, x));
            double most = 0;
            for (size_t k = 0; k < COUNT; k++)
                most = fmax(most, fmax(F[k] - (double)k / COUNT, (double)(k + 1) / COUNT - F[k]));
            ck_assert_msg(sqrt(COUNT) * most <= 2.5, "seed %llu, neuron %d: %g", (unsigned long long)seed, (int)i,
                          sqrt(COUNT) * most);
            binnet_potential_marginal_free(m);
        }
        /* a part of them, asked for by itself */
        double part[2 * BIGGEST];
        OK(binnet_potential_sample(w.ctx, part, 2, w.chain, w.law, 1000));
        ck_assert(memcmp(part, V + 1000 * w.n, 2 * w.n * sizeof *part) == 0);
        strike_scene(&w);
    }
}
END_TEST

/* Equal weights are one class: 20 inputs of weight 1 have 21 means; weights 1, 2 and 3 meet again. */
START_TEST(merged)
{
    enum { N = 10 };
    double J[N * N] = {0}, p[1 << N], sum = 0;
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    for (size_t j = 0; j < N; j++) {
        J[j] = 0.1;                     /* to 0: all alike */
        J[N + j] = (double)(j % 3) + 1; /* to 1: 1, 2, 3, in all 0 .. 19 */
    }
    for (size_t s = 0; s < 1 << N; s++)
        p[s] = 1.0 / (1 << N);
    double scale[N];
    for (size_t i = 0; i < N; i++)
        scale[i] = 1;
    OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_law_new(ctx, &law, N, p, 1 << N));
    const uint64_t want[3] = {N + 1, 20, 1};
    for (int32_t i = 0; i < 3; i++) {
        binnet_potential_marginal *m;
        double weight, mean, before = -INFINITY;
        OK(binnet_potential_marginal_new(ctx, &m, chain, law, i));
        ck_assert_uint_eq(binnet_potential_marginal_count(m), want[i]);
        sum = 0;
        for (uint64_t k = 0; k < want[i]; k++) {
            OK(binnet_potential_marginal_component(ctx, &mean, &weight, m, k));
            ck_assert(mean > before);
            before = mean;
            sum += weight;
            if (i == 0) { /* C(10, k) / 2^10 */
                double choose = 1;
                for (uint64_t b = 0; b < k; b++)
                    choose = choose * (double)(N - b) / (double)(b + 1);
                ck_assert(fabs(weight - choose / (1 << N)) <= 1e-15);
            }
        }
        ck_assert(fabs(sum - 1) <= 1e-14);
        ck_assert_int_eq(binnet_potential_marginal_component(ctx, &mean, NULL, m, want[i]), BINNET_E_RANGE);
        binnet_potential_marginal_free(m);
    }
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Means of activities from 1e-12 to 1 - 1e-12: the correlation of two potentials without noise is that of the activities. */
START_TEST(ends)
{
    const double J[16] = {0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, -3, 0, 0}, scale[4] = {1, 1, 0, 0};
    const int32_t two[2] = {2, 3};
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    OK(binnet_net_new(ctx, &net, 4, J, NULL, NULL, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 4, scale));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    for (int k = 1; k <= 12; k++)
        for (int big = 0; big < 4; big++) {
            double e = pow(10, -k), p[16] = {0}, x, cov[16];
            p[big] = 1 - e;
            p[3 - big] = 0.5 * e;
            p[big ^ 1] = 0.3 * e;
            p[big ^ 2] = 0.2 * e;
            binnet_law *law;
            OK(binnet_law_new(ctx, &law, 4, p, 16));
            OK(binnet_potential_groupwise(ctx, &x, chain, law, 2, two));
            OK(binnet_potential_covariance(ctx, cov, 4, chain, law));
            long double a = p[big], b = p[3 - big], c = p[big ^ 1], d = p[big ^ 2], sign = big % 3 == 0 ? 1 : -1,
                        want = sign * (a * b - c * d), v0 = (a + d) * (b + c), v1 = (a + c) * (b + d);
            /* the denominators' means are rounded to 1e-16: of deviations of size e beside rare ones of size 1 */
            ck_assert_msg(fabsl(x + want / sqrtl(v0 * v1)) <= 1e-12L, "e %g, state %d: %.17g, expected %.17Lg", e, big,
                          x, -want / sqrtl(v0 * v1));
            ck_assert(fabsl(cov[11] + 6 * want) <= 1e-14L * fabsl(6 * want));
            binnet_law_free(law);
        }
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(refusals)
{
    scene w;
    make_scene(&w, 16, 0); /* Student t, synchronous */
    for (uint64_t seed = 36; w.n < 3; seed += 20) {
        strike_scene(&w);
        make_scene(&w, seed, 0);
    }
    ck_assert_int_eq(w.f.kind, BINNET_NOISE_STUDENT_T);
    binnet_ctx *c = w.ctx;
    double x, V[BIGGEST] = {0}, cov[BIGGEST * BIGGEST], nan[1] = {NAN}, half[2] = {0.5, 0.5};
    const int32_t twice[2] = {1, 1}, far[2] = {0, 9}, good[2] = {0, 1};
    binnet_law *other, *law;
    binnet_potential_marginal *m;
    OK(binnet_law_new(c, &other, 1, half, 2));
#define CODE(want, call)                                                                                               \
    do {                                                                                                               \
        int32_t code_ = (call);                                                                                        \
        ck_assert_msg(code_ == (want) && binnet_ctx_message(c)[0] != '\0', "%s: %d", #call, (int)code_);               \
    } while (0)
    CODE(BINNET_E_RANGE, binnet_potential_groupwise(c, &x, w.chain, w.law, 2, twice));
    CODE(BINNET_E_RANGE, binnet_potential_groupwise(c, &x, w.chain, w.law, 2, far));
    CODE(BINNET_E_RANGE, binnet_potential_groupwise(c, &x, w.chain, w.law, 1, good));
    CODE(BINNET_E_SIZE, binnet_potential_mean(c, cov, w.n, w.chain, other));
    CODE(BINNET_E_SIZE, binnet_potential_mean(c, cov, w.n + 1, w.chain, w.law));
    CODE(BINNET_E_NULL, binnet_potential_mean(c, NULL, w.n, w.chain, w.law));
    CODE(BINNET_E_RANGE, binnet_potential_lagged_covariance(c, cov, w.n, w.chain, w.law, UINT64_MAX));
    CODE(BINNET_E_RANGE, binnet_potential_marginal_new(c, &m, w.chain, w.law, -1));
    ck_assert_ptr_null(m);
    CODE(BINNET_E_NAN, binnet_potential_density(c, &x, NULL, 1, w.chain, w.law, 1, good, nan));
    CODE(BINNET_E_NAN, binnet_potential_orthant(c, &x, 1, w.chain, w.law, 1, good, nan, 0));
    CODE(BINNET_E_RANGE, binnet_potential_orthant(c, &x, 1, w.chain, w.law, 1, good, V, 2));
    CODE(BINNET_E_NULL, binnet_potential_density(c, NULL, NULL, 1, w.chain, w.law, 1, good, V));
    CODE(BINNET_E_NULL, binnet_potential_posterior(c, &law, w.chain, NULL, V));
    OK(binnet_potential_marginal_new(c, &m, w.chain, w.law, 0));
    CODE(BINNET_E_RANGE, binnet_potential_marginal_quantile(c, &x, 1, m, &(double){1}));
    CODE(BINNET_E_RANGE, binnet_potential_marginal_quantile(c, &x, 1, m, nan));
    CODE(BINNET_E_NAN, binnet_potential_marginal_eval(c, &x, NULL, NULL, NULL, 1, m, nan));
    binnet_potential_marginal_free(m);
    binnet_law_free(other);
    /* no mean, no variance */
    for (int k = 0; k < 2; k++) {
        system_t s = w.system;
        s.dof = k == 0 ? 1 : 2;
        binnet_chain *chain = system_chain(c, &s);
        int32_t code = binnet_potential_mean(c, V, w.n, chain, w.law);
        ck_assert(code == (k == 0 ? BINNET_E_UNDEFINED : BINNET_OK) && isnan(V[0]) == (k == 0));
        CODE(BINNET_E_UNDEFINED, binnet_potential_covariance(c, cov, w.n, chain, w.law));
        ck_assert(isnan(cov[0]) && isnan(cov[1]) == (k == 0));
        CODE(BINNET_E_UNDEFINED, binnet_potential_groupwise(c, &x, chain, w.law, 2, good));
        ck_assert(isnan(x));
        code = binnet_potential_lagged_covariance(c, cov, w.n, chain, w.law, 1);
        ck_assert(code == (k == 0 ? BINNET_E_UNDEFINED : BINNET_OK) && isnan(cov[0]) == (k == 0));
        binnet_chain_free(chain);
    }
    strike_scene(&w);
}
END_TEST

/* Weights and normalisations whose products are out of range, not their quotients: a power of two changes no bit. What is itself out of
 * range has a code. */
START_TEST(units_of_weights)
{
    enum { N = 4, S = 1 << N, P = 2 };
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[P] = {3, 1};
    const double unit[] = {1, 0x1p900, 0x1p-900, 0x1p-540, 0x1p1000}, sigma[N] = {0.5, 0.5, 0.5, 0.25};
    double cov[N * N], of[N * N], each[S], lumped[2 + 2 + 4], of_pop[2 + 2 + 4];
    for (size_t s = 0; s < S; s++)
        each[s] = (double)(1 + s % 3 + s / 8) / 39;
    const double numbers[8] = {0.1, 0.2, 0.05, 0.15, 0.1, 0.1, 0.2, 0.1};
    for (size_t u = 0; u < sizeof unit / sizeof *unit; u++) {
        const double J[P * P] = {unit[u], -2 * unit[u], 3 * unit[u], 0}, M[P] = {4 * unit[u], unit[u]};
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain, *few;
        binnet_law *law, *some;
        OK(binnet_net_new_homogeneous(ctx, &net, P, size, J, M, NULL, NULL, 0));
        OK(binnet_noise_new_gaussian(ctx, &noise, N, sigma));
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
        OK(binnet_chain_new_lumped(ctx, &few, net, noise, BINNET_UPDATE_SYNCHRONOUS));
        OK(binnet_law_new(ctx, &law, N, each, S));
        OK(binnet_law_new_lumped(ctx, &some, P, size, numbers, 8));
        OK(binnet_potential_covariance(ctx, u == 0 ? cov : of, N, chain, law));
        double *to = u == 0 ? lumped : of_pop;
        ck_assert_int_eq(binnet_occupation_potential(ctx, to, to + 2, to + 4, P, few, some), BINNET_E_UNDEFINED);
        for (size_t k = 0; k < N * N; k++)
            ck_assert_msg(u == 0 ? cov[k] != 0 : of[k] == cov[k], "unit %g, %zu: %.17g", unit[u], k, of[k]);
        for (size_t k = 0; k < 7; k++) /* the last: two neurons of a population of one */
            ck_assert_msg(u == 0 ? isfinite(lumped[k]) : of_pop[k] == lumped[k], "unit %g, %zu: %.17g", unit[u], k,
                          of_pop[k]);
        binnet_law_free(law);
        binnet_law_free(some);
        binnet_chain_free(chain);
        binnet_chain_free(few);
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    const double J[P * P] = {1e200, -2e200, 3e200, 0};
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain, *few;
    binnet_law *law, *some;
    OK(binnet_net_new_homogeneous(ctx, &net, P, size, J, NULL, NULL, NULL, 0));
    OK(binnet_noise_new_gaussian(ctx, &noise, N, sigma));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_new_lumped(ctx, &few, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_law_new(ctx, &law, N, each, S));
    OK(binnet_law_new_lumped(ctx, &some, P, size, numbers, 8));
    ck_assert_int_eq(binnet_potential_covariance(ctx, of, N, chain, law), BINNET_E_RANGE);
    for (uint64_t lag = 1; lag <= 2; lag++)
        ck_assert_int_eq(binnet_potential_lagged_covariance(ctx, of, N, chain, law, lag), BINNET_E_RANGE);
    OK(binnet_potential_mean(ctx, of, N, chain, law));
    ck_assert_int_eq(binnet_occupation_potential(ctx, NULL, of, NULL, P, few, some), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_occupation_potential(ctx, NULL, NULL, of, P, few, some), BINNET_E_RANGE);
    OK(binnet_occupation_potential(ctx, of, NULL, NULL, P, few, some));
    binnet_law_free(law);
    binnet_law_free(some);
    binnet_chain_free(chain);
    binnet_chain_free(few);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("potentials", moments, custom, marginals, integrals, joint, given, lagged, samples, merged, ends, refusals,
          units_of_weights)
