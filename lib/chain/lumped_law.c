/*
 * The next number of active neurons of a population of interchangeable ones: how likely an active and an inactive one fire, and
 * the law of the sum of two binomials, n_a' = Binomial(n_a, p_on) + Binomial(N_a - n_a, p_off).
 * Source: THEORY 3, "Exact lumping".
 */
#include "chain/chain.h"
#include "kernels/kernels.h"
#include "num/exact.h"

#include <math.h>
#include <string.h>

double bni_lumped_drive(const binnet_chain *c, size_t a, int own, const size_t *count)
{
    size_t P = c->lumped->space->n_pop;
    const double *row = c->J + a * P;
    double u = c->M[a] * (c->I[a] - c->theta[a]) + (own ? c->lumped->own[a] : 0);
    for (size_t b = 0; b < P; b++)
        u += row[b] * (double)(count[b] - (b == a && own));
    return u;
}

static int sign_drive(const binnet_chain *c, size_t a, int own, const size_t *count)
{
    size_t P = c->lumped->space->n_pop;
    bni_exact e;
    bni_exact_clear(&e);
    for (size_t b = 0; b < P; b++)
        bni_exact_add_product(&e, c->J[a * P + b], (double)(count[b] - (b == a && own)));
    if (own)
        bni_exact_add(&e, c->lumped->own[a]);
    bni_exact_add_product(&e, c->M[a], c->I[a]);
    bni_exact_add_product(&e, c->M[a], -c->theta[a]);
    return bni_exact_sign(&e);
}

int bni_lumped_firing(const binnet_chain *c, double *p, double *q, size_t a, int own, const size_t *count)
{
    double u = bni_lumped_drive(c, a, own, count), scale = c->noise->scale[a];
    if (scale > 0) {
        bni_noise_tails(c->noise, -(u / (c->M[a] * scale)), q, p);
        return *p >= 0 && *p <= 1 && *q >= 0 && *q <= 1;
    }
    int sign = fabs(u) > c->rounding[a] ? (u > 0) - (u < 0) : sign_drive(c, a, own, count);
    int fires = sign > 0 || (sign == 0 && (c->tie == BINNET_TIE_ACTIVE || (c->tie == BINNET_TIE_KEEP && own)));
    *p = fires;
    *q = !fires;
    return 1;
}

/* f[0 .. n] of n trials, as multiples of the likeliest number's; their sum. From there by ratios, both ways at once: each is a chain
 * of products that wait for one another. */
static double fill_multiples(double *f, size_t n, double p, double q, const double *inverse)
{
    size_t mode = (size_t)(((double)n + 1) * p), k = 0;
    mode = !(p > 0) ? 0 : !(q > 0) || mode > n ? n : mode;
    size_t above = n - mode, both = above < mode ? above : mode;
    double up = mode < n && p > 0 ? p / q : 0, down = mode > 0 && q > 0 ? q / p : 0;
    double *high = f + mode, *low = f + mode, v = 1, u = 1, more = 0, less = 0;
    f[mode] = 1;
    for (; k < both; k++) {
        more += high[k + 1] = v *= (double)(above - k) * inverse[mode + k] * up;
        less += low[-(ptrdiff_t)k - 1] = u *= (double)(mode - k) * inverse[above + k] * down;
    }
    for (size_t e = k; e < above; e++)
        more += high[e + 1] = v *= (double)(above - e) * inverse[mode + e] * up;
    for (size_t e = k; e < mode; e++)
        less += low[-(ptrdiff_t)e - 1] = u *= (double)(mode - e) * inverse[above + e] * down;
    return 1 + (more + less);
}

static void scale_numbers(double *f, size_t n, double by)
{
    for (size_t e = 0; e <= n; e++)
        f[e] *= by;
}

size_t bni_lumped_scratch(const binnet_chain *c)
{
    return 2 * bni_lumped_largest(c) + 2 + BNI_CONVOLVED;
}

/*
 * The law of Binomial(n, p) + Binomial(N - n, r) with p > r: each of the n fires for sure with s = (p - r) / (1 - r), else with r. Given
 * j sure ones the number is j + Binomial(N - j, r), and
 *     f(k) / f_r(k) = (1 - s)^n sum_j C(n, j) t^j  k (k-1) .. (k-j+1) / (N (N-1) .. (N-j+1)),  t = s / ((1 - s) r) = (p - r) / ((1 - p) r).
 * With p < r the same for the silent ones. c[j]: of the j-th product of k's, c[0] = 1; the sum's end is less than 2^-58 of
 * it, most for k = N. Returns how many terms, or -1 where f_r is far from f.
 */
static int fill_forced(double *c, size_t n, size_t N, double t, const double *inverse)
{
    if (!((double)n * t <= 16))
        return -1;
    double term = 1;
    c[0] = 1;
    for (size_t j = 0;; j++) {
        double ratio = t * (double)(n - j) * inverse[j];
        term *= ratio;
        if (ratio < 0.5 && term < 0x1p-60)
            return (int)j;
        c[j + 1] = c[j] * (ratio * inverse[N - j - 1]); /* so that c waits for one product only */
        if (c[j + 1] < 1e-290)
            return -1;
    }
}

/* Binomial(n, p) times what is forced, none for terms 0; shape NULL: that of n is not at hand. */
static void fill_one_law(double *f, size_t n, double p, double q, const bni_lumped *l, const double *shape, int down,
                         const double *c, int terms)
{
    double ratio = p / q, power = 1;
    if (shape != NULL && ratio <= l->steepest && ratio * l->steepest >= 1) {
        size_t mode = (size_t)(((double)n + 1) * p);
        mode = mode < n ? mode : n;
        power = pow(ratio, -(double)mode) / shape[mode];
    } else {
        shape = NULL;
        fill_multiples(f, n, p, q, l->inverse);
    }
    bni_kernels_get()->chain->force(f, n, shape, power, shape != NULL ? ratio : 1, down, c, (size_t)terms);
}

/* f[0 .. n + m]: of how many fire of n active neurons, with p[1], and m silent ones, with p[0]. shape: of n + m, or NULL. */
static void fill_sum_law(double *f, double *scratch, size_t n, size_t m, const double *p, const double *q,
                         const bni_lumped *l, const double *shape)
{
    if (m == 0 || n == 0 || (p[0] == p[1] && q[0] == q[1])) {
        fill_one_law(f, n + m, p[n > 0], q[n > 0], l, shape, 0, &(double){1}, 0);
        return;
    }
    const double *inverse = l->inverse;
    size_t few = n <= m ? n : m, many = n + m - few;
    int active = n <= m; /* the few are the active ones */
    double fire = p[!active], rest = q[!active], own_fire = p[active], own_rest = q[active];
    double more = fire + own_fire < 1 ? own_fire - fire : rest - own_rest; /* the difference of the smaller ones */
    double t = more > 0 ? more / (own_rest * fire) : -more / (own_fire * rest);
    int terms = fill_forced(scratch, few, n + m, t, inverse);
    if (terms >= 0) {
        fill_one_law(f, n + m, fire, rest, l, shape, more < 0, scratch, terms);
        return;
    }
    /* the shorter one, and the longer one between zeros */
    double *g = scratch, *h = scratch + few + 1 + few;
    memset(g + few + 1, 0, few * sizeof *g);
    memset(h + many + 1, 0, (few + BNI_CONVOLVED) * sizeof *h);
    double sum = fill_multiples(g, few, p[active], q[active], inverse);
    sum *= fill_multiples(h, many, p[!active], q[!active], inverse);
    scale_numbers(g, few, 1 / sum);
    bni_kernels_get()->chain->convolve(f, g, few, h, many);
}

int bni_lumped_law(const binnet_chain *c, double *law, double *scratch, size_t a, const size_t *count)
{
    size_t n = count[a], m = c->lumped->space->size[a] - n;
    double p[2] = {0, 0}, q[2] = {1, 1};
    if ((m > 0 && !bni_lumped_firing(c, &p[0], &q[0], a, 0, count)) ||
        (n > 0 && !bni_lumped_firing(c, &p[1], &q[1], a, 1, count)))
        return 0;
    const double *shape = c->lumped->shape;
    for (size_t b = 0; b < a; b++)
        shape += c->lumped->space->size[b] + 1;
    fill_sum_law(law, scratch, n, m, p, q, c->lumped, shape);
    return 1;
}

/* One of the neurons that were `was` is picked and becomes `becomes`; the others as before. */
int bni_lumped_counted_law(const binnet_chain *c, double *law, double *scratch, size_t a, int was, int becomes,
                           const size_t *count)
{
    size_t N = c->lumped->space->size[a], n[2] = {N - count[a], count[a]};
    double p[2] = {0, 0}, q[2] = {1, 1};
    memset(law, 0, (N + 1) * sizeof *law);
    for (int own = 0; own < 2; own++)
        if (n[own] > 0 && !bni_lumped_firing(c, &p[own], &q[own], a, own, count))
            return 0;
    double expected = (double)n[was] * (becomes ? p[was] : q[was]);
    if (!(expected > 0))
        return 1;
    n[was]--;
    double *others = law + becomes;
    fill_sum_law(others, scratch, n[1], n[0], p, q, c->lumped, NULL);
    for (size_t k = 0; k < N; k++)
        others[k] *= expected;
    return 1;
}
