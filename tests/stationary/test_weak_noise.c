/*
 * Stationary laws of weakly noisy networks with several wells: families x noise laws x drive/noise of 1..300 x update rules.
 * Small ones against elimination in the domain of logarithms, from drives and tails computed here; larger ones against
 * Boltzmann's law, Peretto's, birth and death of a homogeneous population, and products of independent pairs.
 * Every probability above 1e-3 is right to 1e-9, every probability to the error that the law reports, or there is a code; the
 * share of codes is printed. With the argument "slow" more of each.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 14 };
enum { EXCITATORY, GLASS, HOPFIELD, EXCITATORY_INHIBITORY, PAIRS, DALE, RING, FAMILIES };
static const char *const family_name[] = {"excitatory", "+-J glass", "Hopfield", "E/I", "pairs", "Dale", "ring"};
enum { GAUSSIAN, LOGISTIC, LAPLACE, STUDENT, NOISES };
enum { SYNCHRONOUS, ASYNCHRONOUS, SWEEP, BLOCKS, UPDATES };
static const char *const update_name[] = {"synchronous", "asynchronous", "sweep", "blocks"};
static const double student_dof = 3;

typedef struct network {
    size_t n;
    double J[MOST * MOST], I[MOST], scale[MOST];
    double select[MOST]; /* asynchronous; 0: equal */
    int noise, update;
    int32_t block[MOST];
    size_t n_blocks;
} network;

static int slow;
static int laws, codes;
static double worst_ratio;

/* --- networks --- */

static double drive(const network *w, size_t i, uint64_t A)
{
    double h = w->I[i];
    for (size_t j = 0; j < w->n; j++)
        h += A >> j & 1 ? w->J[i * w->n + j] : 0;
    return h;
}

/* Scales are the mean size of the drive over all states, divided by the ratio. */
static network make_network(dice *d, size_t n, int family, double ratio)
{
    network w = {.n = n};
    double pattern[2][MOST];
    for (size_t i = 0; i < n; i++)
        for (int m = 0; m < 2; m++)
            pattern[m][i] = roll(d) < 0.5 ? -1 : 1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double *J = &w.J[i * n + j], sign = roll(d) < 0.5 ? -1 : 1, size = roll_in(d, 0.2, 1);
            int inhibitory = j >= n - n / 3;
            if (i == j)
                continue;
            switch (family) {
            case EXCITATORY:
                *J = size;
                break;
            case GLASS:
                *J = j < i ? w.J[j * n + i] : sign;
                break;
            case HOPFIELD:
                *J = pattern[0][i] * pattern[0][j] + pattern[1][i] * pattern[1][j];
                break;
            case EXCITATORY_INHIBITORY:
                *J = inhibitory ? -2 * size : size;
                break;
            case PAIRS:
                *J = i / 2 == j / 2 ? sign * size : 0;
                break;
            case DALE:
                *J = j % 2 == 0 ? size : -size;
                break;
            default:
                *J = (i + 1) % n == j || (j + 1) % n == i ? 1 : 0;
                break;
            }
        }
    for (size_t i = 0; i < n; i++) {
        double sum = 0, mean = 0;
        for (size_t j = 0; j < n; j++)
            sum += w.J[i * n + j];
        w.I[i] = -0.5 * sum + (family == GLASS || family == HOPFIELD ? 0 : roll_in(d, -0.1, 0.1));
        for (uint64_t A = 0; A < (uint64_t)1 << n; A++)
            mean += fabs(drive(&w, i, A));
        mean = ldexp(mean, -(int)n);
        w.scale[i] = (mean > 0 ? mean : 1) / ratio;
        w.n_blocks = (n + 1) / 2;
        w.block[i] = (int32_t)(i / 2);
    }
    return w;
}

/* Some neurons are drawn up to 1e12 times more rarely: their flips are slow whatever the noise. */
static void draw_unequally(network *w, dice *d)
{
    double sum = 0;
    for (size_t i = 0; i < w->n; i++)
        sum += w->select[i] = roll(d) < 0.5 ? 1 : pow(10, -12 * roll(d));
    for (size_t i = 0; i < w->n; i++)
        w->select[i] /= sum;
}

static int32_t solve_network(binnet_ctx *ctx, binnet_law **law, const network *w)
{
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    OK(binnet_net_new(ctx, &net, w->n, w->J, NULL, NULL, w->I));
    switch (w->noise) {
    case GAUSSIAN:
        OK(binnet_noise_new_gaussian(ctx, &noise, w->n, w->scale));
        break;
    case LOGISTIC:
        OK(binnet_noise_new_logistic(ctx, &noise, w->n, w->scale));
        break;
    case LAPLACE:
        OK(binnet_noise_new_laplace(ctx, &noise, w->n, w->scale));
        break;
    default:
        OK(binnet_noise_new_student_t(ctx, &noise, w->n, w->scale, student_dof));
        break;
    }
    static const int32_t rule[] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_ASYNCHRONOUS, BINNET_UPDATE_SWEEP};
    if (w->update == BLOCKS)
        OK(binnet_chain_new_blocks(ctx, &chain, net, noise, w->n_blocks, w->block));
    else if (w->update == ASYNCHRONOUS && w->select[0] > 0)
        OK(binnet_chain_new_asynchronous(ctx, &chain, net, noise, w->select));
    else
        OK(binnet_chain_new(ctx, &chain, net, noise, rule[w->update]));
    int32_t status = binnet_chain_stationary(ctx, law, chain);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_chain_free(chain);
    return status;
}

/* --- the oracle: logarithms throughout --- */

static double log_add(double a, double b)
{
    if (a < b) {
        double c = a;
        a = b;
        b = c;
    }
    return isinf(b) ? a : a + log1p(exp(b - a));
}

/* log Pr(B > z), B standard: in long double, by a continued fraction where erfc underflows. */
static double log_tail(int noise, double z)
{
    switch (noise) {
    case GAUSSIAN: {
        long double x = z;
        if (z < 30)
            return (double)logl(erfcl(x / sqrtl(2)) / 2);
        long double f = x; /* Laplace's: phi(x) / (x + 1/(x + 2/(x + ...))) */
        for (int k = 60; k > 0; k--)
            f = x + (long double)k / f;
        return (double)(-x * x / 2 - logl(f * sqrtl(2 * acosl(-1))));
    }
    case LOGISTIC:
        return z > 0 ? -z - log1p(exp(-z)) : -log1p(exp(z));
    case LAPLACE:
        return z > 0 ? -z - log(2) : log1p(-exp(z) / 2);
    default: { /* three degrees of freedom: 1/2 - (atan u + u/(1 + u^2))/pi, u = z/sqrt 3; for large u by its series */
        long double u = z / sqrtl(3), pi = acosl(-1);
        if (u < 30)
            return (double)logl((atan2l(1, u) - u / (1 + u * u)) / pi);
        long double v = 1 / (u * u), sum = 0, term = 1;
        for (int k = 0; k < 40;
             k++, term *= -v) /* atan(1/u) - (1/u)/(1 + 1/u^2) = sum (-1)^k u^-(2k+3) (2k+2)/(2k+3) */
            sum += term * (2.0L * k + 2) / (2.0L * k + 3);
        return (double)(logl(sum / pi) - 3 * logl(u));
    }
    }
}

/* log Pr(neuron i is a next | A). */
static double log_chance(const network *w, size_t i, uint64_t A, int a)
{
    double z = drive(w, i, A) / w->scale[i];
    return log_tail(w->noise, a ? -z : z);
}

/* L[s*S + t] = log P(t | s) off the diagonal. */
static void log_matrix(double *L, const network *w)
{
    size_t n = w->n, S = (size_t)1 << n;
    for (uint64_t s = 0; s < S; s++)
        for (uint64_t t = 0; t < S; t++) {
            double *out = &L[s * S + t];
            uint64_t now = s, changed = s ^ t;
            *out = 0;
            if (w->update == ASYNCHRONOUS) {
                *out = -INFINITY;
                for (size_t i = 0; i < n; i++)
                    if (changed == (uint64_t)1 << i)
                        *out = log_chance(w, i, s, (int)(t >> i & 1)) +
                               (w->select[0] > 0 ? log(w->select[i]) : -log((double)n));
                continue;
            }
            for (size_t stage = 0; stage < n; stage++) {
                uint64_t after = now;
                for (size_t i = 0; i < n; i++) {
                    size_t of = w->update == SYNCHRONOUS ? 0 : w->update == SWEEP ? i : (size_t)w->block[i];
                    if (of != stage)
                        continue;
                    *out += log_chance(w, i, now, (int)(t >> i & 1));
                    after = (after & ~((uint64_t)1 << i)) | (t & (uint64_t)1 << i);
                }
                now = after;
            }
        }
}

static void log_stationary(double *pi, double *L, size_t S)
{
    for (size_t k = S; k-- > 1;) {
        double out = -INFINITY;
        for (size_t l = 0; l < k; l++)
            out = log_add(out, L[k * S + l]);
        for (size_t i = 0; i < k; i++) {
            L[i * S + k] -= out;
            for (size_t j = 0; j < k; j++)
                if (i != j)
                    L[i * S + j] = log_add(L[i * S + j], L[i * S + k] + L[k * S + j]);
        }
    }
    double total = 0;
    pi[0] = 0;
    for (size_t k = 1; k < S; k++) {
        pi[k] = -INFINITY;
        for (size_t j = 0; j < k; j++)
            pi[k] = log_add(pi[k], pi[j] + L[j * S + k]);
        total = log_add(total, pi[k]);
    }
    for (size_t k = 0; k < S; k++)
        pi[k] -= total;
}

/* --- comparison --- */

/* log_pi need not be normalised. */
static void compare_law(binnet_ctx *ctx, const network *w, double *log_pi, const char *what, double ratio)
{
    size_t S = (size_t)1 << w->n;
    binnet_law *law;
    int32_t status = solve_network(ctx, &law, w);
    double most = -INFINITY;
    long double sum = 0;
    for (size_t s = 0; s < S; s++)
        most = fmax(most, log_pi[s]);
    for (size_t s = 0; s < S; s++)
        sum += expl((long double)log_pi[s] - most);
    laws++;
    if (status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW) {
        codes++;
        fprintf(stderr, "%s, n = %zu, %s, noise %d, ratio %g: %s\n", what, w->n, update_name[w->update], w->noise,
                ratio, binnet_ctx_message(ctx));
        return;
    }
    ck_assert_msg(status == BINNET_OK, "%s: %s", what, binnet_ctx_message(ctx));
    const double *p = binnet_law_data(law);
    double reported = binnet_law_balance_error(law);
    for (size_t s = 0; s < S; s++) {
        double want = (double)(expl((long double)log_pi[s] - most) / sum);
        ck_assert_msg(want <= 1e-3 || fabs(p[s] - want) <= 1e-9,
                      "%s, n = %zu, %s, noise %d, ratio %g: Pr(%zu) is %.15g, expected %.15g (residuals %g, %g, %g)",
                      what, w->n, update_name[w->update], w->noise, ratio, s, p[s], want, binnet_law_residual(law),
                      binnet_law_residual_relative(law), reported);
        /* the logarithms of the oracle have the rounding of their size, some hundreds at least */
        double error = fabs(p[s] / want - 1), known = 4e-15 * (100 + fabs(log_pi[s]));
        if (want > 1e-280 && error > known && error / reported > worst_ratio)
            worst_ratio = error / reported;
        ck_assert_msg(
            !(want > 1e-280) || error <= reported + known,
            "%s, n = %zu, %s, noise %d, ratio %g: Pr(%zu) is %.15g, expected %.15g: error %.2g, reported %.2g", what,
            w->n, update_name[w->update], w->noise, ratio, s, p[s], want, error, reported);
    }
    binnet_law_free(law);
}

static const double ratios[] = {1, 3, 6, 12, 25, 50, 120, 300};
enum { RATIOS = sizeof ratios / sizeof *ratios };

START_TEST(small_networks)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(700 + (uint64_t)_i);
    double *L = malloc((65536 + 256) * sizeof *L);
    ck_assert(L != NULL);
    for (size_t n = 2; n <= (slow ? 8 : 4); n++)
        for (int family = 0; family < FAMILIES; family++)
            for (int update = 0; update < UPDATES; update++) {
                double ratio = ratios[roll_to(&d, RATIOS)];
                network w = make_network(&d, n, family, ratio);
                w.noise = (int)roll_to(&d, NOISES);
                w.update = update;
                if (roll(&d) < 0.5)
                    draw_unequally(&w, &d);
                size_t S = (size_t)1 << n;
                log_matrix(L, &w);
                log_stationary(L + S * S, L, S);
                for (int32_t method = BINNET_METHOD_AUTO; method <= BINNET_METHOD_ITERATION; method++) {
                    OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method));
                    compare_law(ctx, &w, L + S * S, family_name[family], ratio);
                }
            }
    free(L);
    binnet_ctx_free(ctx);
}
END_TEST

/* Symmetric weights without self-connections, logistic noise of one temperature: pi(A) ~ exp((A'JA/2 + A'I)/T) asynchronous
 * and in a sweep; synchronous, b = J1/2 + I: pi(S) ~ exp(b.S/(2T)) prod_i 2 cosh((JS/2 + b)_i/(2T)). */
START_TEST(symmetric_networks)
{
    binnet_ctx *ctx = new_ctx(2);
    dice d = dice_of(900 + (uint64_t)_i);
    double *log_pi = malloc(sizeof *log_pi << MOST);
    ck_assert(log_pi != NULL);
    static const int families[] = {GLASS, HOPFIELD, RING};
    for (size_t n = 10; n <= (slow ? MOST : 10); n += 2)
        for (int f = 0; f < 3; f++)
            for (int update = SYNCHRONOUS; update <= SWEEP; update++) {
                double ratio = ratios[roll_to(&d, RATIOS)], T = 0;
                network w = make_network(&d, n, families[f], ratio);
                if (update == SYNCHRONOUS && n > 12)
                    continue;
                for (size_t i = 0; i < n; i++)
                    T += w.scale[i] / (double)n;
                for (size_t i = 0; i < n; i++)
                    w.scale[i] = T;
                w.noise = LOGISTIC;
                w.update = update;
                for (uint64_t A = 0; A < (uint64_t)1 << n; A++) {
                    double e = 0;
                    for (size_t i = 0; i < n; i++) {
                        double h = drive(&w, i, A), b = w.I[i];
                        for (size_t j = 0; j < n; j++)
                            b += w.J[i * n + j] / 2;
                        if (update == SYNCHRONOUS)
                            e += (A >> i & 1 ? b : -b) / (2 * T) + fabs(h) / (2 * T) + log1p(exp(-fabs(h) / T));
                        else
                            e += A >> i & 1 ? (h + w.I[i]) / (2 * T) : 0;
                    }
                    log_pi[A] = e;
                }
                compare_law(ctx, &w, log_pi, family_name[families[f]], ratio);
            }
    free(log_pi);
    binnet_ctx_free(ctx);
}
END_TEST

/* One population, J = 1 without self-connections, the thresholds and noise: with k active
 * pi(k+1)/pi(k) = (n-k)/(k+1) p(k - theta)/(1 - p(k - theta)), pi(A) equal for all states with k active. */
START_TEST(one_population)
{
    static const struct {
        size_t n;
        int noise;
        double theta, scale;
    } of[] = {{12, GAUSSIAN, 5.51, 0.3},  {12, GAUSSIAN, 5.51, 0.4}, {10, GAUSSIAN, 4.51, 0.3},
              {10, LOGISTIC, 4.51, 0.02}, {10, GAUSSIAN, 4.51, 0.6}, {10, LAPLACE, 4.51, 0.05},
              {11, STUDENT, 4.9, 0.01},   {13, LOGISTIC, 5.9, 0.01}};
    binnet_ctx *ctx = new_ctx(1);
    double *log_pi = malloc(sizeof *log_pi << MOST);
    ck_assert(log_pi != NULL);
    network w = {.n = of[_i].n, .noise = of[_i].noise, .update = ASYNCHRONOUS};
    for (size_t i = 0; i < w.n; i++) {
        for (size_t j = 0; j < w.n; j++)
            w.J[i * w.n + j] = i != j;
        w.I[i] = -of[_i].theta;
        w.scale[i] = of[_i].scale;
    }
    double of_count[MOST + 1] = {0};
    for (size_t k = 0; k < w.n; k++) {
        double z = ((double)k - of[_i].theta) / of[_i].scale;
        of_count[k + 1] = of_count[k] + log_tail(w.noise, -z) - log_tail(w.noise, z);
    }
    for (uint64_t A = 0; A < (uint64_t)1 << w.n; A++) {
        int k = 0;
        for (uint64_t rest = A; rest != 0; rest &= rest - 1)
            k++;
        log_pi[A] = of_count[k];
    }
    int before = codes;
    compare_law(ctx, &w, log_pi, "one population", of[_i].scale);
    ck_assert_int_eq(codes, before);
    if (w.noise == LOGISTIC) { /* then the sweep has the same law */
        w.update = SWEEP;
        compare_law(ctx, &w, log_pi, "one population", of[_i].scale);
        ck_assert_int_eq(codes, before);
    }
    free(log_pi);
    binnet_ctx_free(ctx);
}
END_TEST

/* Pairs that do not see each other: the law is the product of theirs, under every rule. */
START_TEST(independent_pairs)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(1100 + (uint64_t)_i);
    double *log_pi = malloc(sizeof *log_pi << MOST);
    ck_assert(log_pi != NULL);
    for (size_t n = 10; n <= (slow ? MOST : 10); n += 2)
        for (int update = 0; update < UPDATES; update++) {
            double ratio = ratios[roll_to(&d, RATIOS)];
            network w = make_network(&d, n, PAIRS, ratio);
            w.noise = (int)roll_to(&d, NOISES);
            w.update = update;
            for (uint64_t A = 0; A < (uint64_t)1 << n; A++)
                log_pi[A] = 0;
            for (size_t pair = 0; pair < n; pair += 2) {
                network two = {.n = 2, .noise = w.noise, .update = update, .n_blocks = 1};
                double L[20];
                for (size_t a = 0; a < 2; a++) {
                    two.I[a] = w.I[pair + a];
                    two.scale[a] = w.scale[pair + a];
                    for (size_t b = 0; b < 2; b++)
                        two.J[a * 2 + b] = w.J[(pair + a) * n + pair + b];
                }
                log_matrix(L, &two);
                log_stationary(L + 16, L, 4);
                for (uint64_t A = 0; A < (uint64_t)1 << n; A++)
                    log_pi[A] += L[16 + (A >> pair & 3)];
            }
            compare_law(ctx, &w, log_pi, "independent pairs", ratio);
        }
    free(log_pi);
    binnet_ctx_free(ctx);
}
END_TEST

int main(int count, char **argument)
{
    slow = count > 1 && strcmp(argument[1], "slow") == 0;
    setenv("CK_FORK", "no", 1); /* the counts below */
    const repeated_test tests[] = {{small_networks, slow ? 3 : 3},
                                   {symmetric_networks, slow ? 6 : 1},
                                   {one_population, slow ? 8 : 6},
                                   {independent_pairs, slow ? 6 : 1}};
    int failed = run_repeated("weak noise", tests, sizeof tests / sizeof *tests);
    printf("%d laws, %d codes; the largest error is %.2g of what is reported\n", laws, codes, worst_ratio);
    return failed != 0;
}
