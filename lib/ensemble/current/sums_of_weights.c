/*
 * Sums of given numbers of independent weights: both tails without cancellation, where they have closed forms.
 *   Gaussian      normal
 *   gamma         gamma, of one signed scale
 *   two-sided     T+ - T-, the times of the m+-th and m--th event of two Poisson processes of rates 1/s+ and 1/s-: with K the
 *                 events of the first before T- (negative binomial), T+ - T- > y >= 0 iff K < m+ and Gamma(m+ - K) > y/s+
 *   uniform       of one width: cardinal B-splines by their recursion   [de Boor 1972; Irwin 1927, Hall 1927]; of a few widths: box
 *                 splines by theirs   [de Boor & Hoellig, J. d'Analyse Math. 42 (1982) 99]
 *   gamma and Laplace of any scales   contour integrals (contour.c)
 * In each all terms are positive. Sums of constants are compared in exact arithmetic.
 */
#include "ensemble/ensemble.h"

#include "ensemble/current/contour.h"
#include "kernels/kernels.h"
#include "num/exact.h"
#include "num/gamma.h"
#include "num/special.h"

#include <float.h>
#include <math.h>

/* Most weights of one sum of the two-sided and uniform methods; states of the recursion for several widths. */
enum { MOST = 1000, MOST_STATES = 2048 };

static double width(const bni_weight *w)
{
    return w->par[1] - w->par[0];
}

/* Two-sided: events on each side, in units of one scale for each sign. */
static void add_sides(bni_method *m, const bni_weight *w, int64_t most)
{
    int gamma = w->kind == BINNET_WEIGHT_GAMMA;
    if (w->kind != BINNET_WEIGHT_LAPLACE && !(gamma && w->par[0] == floor(w->par[0]) && w->par[0] <= MOST))
        m->sided = 0;
    for (int side = 0; side < 2; side++) {
        if (gamma && (w->par[1] < 0) != side)
            continue;
        double s = fabs(w->par[1]);
        if (m->scale[side] != 0 && m->scale[side] != s)
            m->sided = 0;
        m->scale[side] = s;
    }
    m->events += (double)most * (gamma ? w->par[0] : 1);
}

static void add_width(bni_method *m, double of, double most)
{
    int k = 0;
    while (k < m->widths && k < BNI_WIDTHS && m->width[k] != of)
        k++;
    if (k < m->widths && k < BNI_WIDTHS) {
        m->of_width[k] += most;
        return;
    }
    if (k < BNI_WIDTHS) {
        m->width[k] = of;
        m->of_width[k] = most;
    }
    m->widths++;
}

/* States of the recursion for several widths: of each so many left, so many at their upper ends. */
static double gamma_states(const bni_method *m)
{
    double states = 1;
    if (m->widths > BNI_WIDTHS)
        return HUGE_VAL;
    for (int k = 0; k < m->widths; k++)
        states *= (m->of_width[k] + 1) * (m->of_width[k] + 2) / 2;
    return states;
}

double bni_method_work(const bni_method *m)
{
    if (m->first.kind != BINNET_WEIGHT_UNIFORM) /* contours */
        return 2000 * m->gammas;
    return m->widths > 1 ? 8 * gamma_states(m) * m->widths : m->most * m->most;
}

void bni_method_add(bni_method *m, const bni_weight *w, int64_t most)
{
    if (w->kind == BINNET_WEIGHT_CONSTANT)
        return;
    if (m->first.kind == 0) {
        m->first = *w;
        m->alike = m->sided = 1;
    }
    const bni_weight *first = &m->first;
    m->gammas += w->kind == BINNET_WEIGHT_GAMMA ? 1 : w->kind == BINNET_WEIGHT_LAPLACE ? 2 : HUGE_VAL;
    m->most += (double)most;
    if (w->kind != first->kind || (w->kind == BINNET_WEIGHT_GAMMA && w->par[1] != first->par[1]))
        m->alike = 0;
    if (w->kind == BINNET_WEIGHT_UNIFORM && most > 0)
        add_width(m, width(w), (double)most);
    add_sides(m, w, most);
}

int32_t bni_method_end(const bni_method *m)
{
    int32_t kind = m->first.kind;
    if (kind == 0)
        return BINNET_CURRENT_LATTICE;
    if (m->alike && kind == BINNET_WEIGHT_GAUSSIAN)
        return BINNET_CURRENT_GAUSSIAN;
    if (m->alike && kind == BINNET_WEIGHT_GAMMA)
        return BINNET_CURRENT_GAMMA;
    if (m->alike && kind == BINNET_WEIGHT_UNIFORM &&
        (m->widths <= 1 ? m->most <= MOST : gamma_states(m) <= MOST_STATES))
        return BINNET_CURRENT_UNIFORM;
    if (m->sided && m->events <= MOST)
        return BINNET_CURRENT_TWO_SIDED;
    return m->gammas <= BNI_GAMMAS ? BINNET_CURRENT_CONTOUR : BINNET_CURRENT_INVERSION;
}

/* What the weights of the groups but `inner` add up to, and one weight of `inner`: two numbers for each method.
 * Gaussian: mean, variance. Gamma: constants, shape. Two-sided: constants and locations; events of each sign.
 * Uniform: least sum, greatest sum; number of weights. */
typedef struct part {
    double sum, second;
    int64_t count[2];
} part;

static void add_sum(part *p, const bni_weight *w, int64_t m, int32_t method)
{
    double number = (double)m;
    if (w->kind == BINNET_WEIGHT_CONSTANT) {
        p->sum += number * w->par[0];
        if (method == BINNET_CURRENT_UNIFORM)
            p->second += number * w->par[0];
        return;
    }
    switch (method) {
    case BINNET_CURRENT_GAUSSIAN:
        p->sum += number * w->par[0];
        p->second += number * w->par[1] * w->par[1];
        break;
    case BINNET_CURRENT_GAMMA:
        p->second += number * w->par[0];
        break;
    case BINNET_CURRENT_TWO_SIDED:
        if (w->kind == BINNET_WEIGHT_LAPLACE) {
            p->sum += number * w->par[0];
            p->count[0] += m;
            p->count[1] += m;
        } else {
            p->count[w->par[1] < 0] += m * (int64_t)w->par[0];
        }
        break;
    default:
        p->sum += number * w->par[0];
        p->second += number * w->par[1];
        p->count[0] += m;
    }
}

/* weights[k] = Pr(K = from + k), k < len, K the failures before success number `successes` >= 1 of probability q; and
 * *beyond = Pr(K >= len). From the mode by ratios, divided by the sum. */
static void negative_binomial(double *weight, int64_t len, double *beyond, int64_t successes, double p, double q)
{
    int64_t mode = (int64_t)((double)(successes - 1) * p / q), from = mode < len ? mode : len - 1;
    double sum = 0, tail = 0, value = 1;
    /* Above the mode: within 0..len - 1 they are kept, beyond only summed. */
    for (int64_t k = mode;; k++) {
        if (k < len)
            weight[k] = value;
        else
            tail += value;
        sum += value;
        value *= (double)(successes + k) / (double)(k + 1) * p;
        if (k + 1 >= len && k > mode && value < 1e-18 * q * tail)
            break;
        if (value == 0) {
            for (int64_t j = k + 1; j < len; j++)
                weight[j] = 0;
            break;
        }
    }
    value = 1;
    for (int64_t k = mode; k > 0; k--) {
        value *= (double)k / ((double)(successes + k - 1) * p);
        if (k - 1 <= from)
            weight[k - 1] = value;
        else
            tail += value;
        sum += value;
    }
    for (int64_t k = 0; k < len; k++)
        weight[k] /= sum;
    *beyond = tail / sum;
}

/* Of T+ - T- at y >= 0, m+ >= 1 events of scale s+, m- >= 0 of scale s-: Pr(> y), Pr(< y), density. */
static void difference(int64_t plus, double s_plus, int64_t minus, double s_minus, double y, double *above,
                       double *below, double *density)
{
    double weight[MOST + 1], mass[MOST + 1], u = y / s_plus, beyond = 0;
    if (minus > 0) {
        negative_binomial(weight, plus, &beyond, minus, s_minus / (s_plus + s_minus), s_plus / (s_plus + s_minus));
    } else {
        for (int64_t k = 0; k < plus; k++)
            weight[k] = k == 0;
    }
    /* Poisson masses of mean u: Pr(Gamma(j) > u) = mass[0] + ... + mass[j - 1]. */
    int64_t from = u < (double)(plus - 1) ? (int64_t)u : plus - 1;
    mass[from] = u > 0 ? bni_poisson((double)from, u) : 1;
    for (int64_t i = from; i + 1 < plus; i++)
        mass[i + 1] = mass[i] * (u / (double)(i + 1));
    for (int64_t i = from; i > 0; i--)
        mass[i - 1] = mass[i] * ((double)i / u);
    double low, up = 0, sum_up = 0, sum_low = beyond, f = 0;
    bni_gamma_tails((double)plus, u, &low, NULL, NULL);
    for (int64_t j = plus; j >= 1; j--) {
        sum_low += weight[plus - j] * low;
        low += mass[j - 1];
    }
    for (int64_t j = 1; j <= plus; j++) {
        up += mass[j - 1];
        sum_up += weight[plus - j] * up;
        f += weight[plus - j] * mass[j - 1];
    }
    *above = sum_up;
    *below = sum_low;
    *density = f / s_plus;
}

static void difference_any(const int64_t count[2], const double scale[2], double y, double *above, double *below,
                           double *density)
{
    int mirrored = y < 0 || (y == 0 && count[0] == 0);
    if (count[mirrored] == 0) {
        /* All weights are of the other sign. */
        *above = mirrored;
        *below = !mirrored;
        *density = 0;
        return;
    }
    difference(count[mirrored], scale[mirrored], count[!mirrored], scale[!mirrored], fabs(y), mirrored ? below : above,
               mirrored ? above : below, density);
}

/* Of the sum of n uniform variables on (0, 1) at t <= n/2: Pr(< t), Pr(> t), density. */
static void irwin_hall(int64_t n, double t, double *below, double *above, double *density)
{
    double f[MOST + 3];
    if (!(t > 0)) {
        *below = 0;
        *above = 1;
        *density = n == 1 && t == 0 ? 1 : 0;
        return;
    }
    int64_t whole = (int64_t)t;
    double rest = t - (double)whole;
    /* f[i + 1] = density of r variables at rest + i; f[0] = f[r + 1] = 0. */
    f[0] = 0;
    f[1] = 1;
    *density = 1;
    for (int64_t r = 2; r <= n + 1; r++) {
        f[r] = 0;
        if (r == n + 1)
            *density = whole < n ? f[whole + 1] : 0;
        for (int64_t i = r - 1; i >= 0; i--)
            f[i + 1] = (((double)i + rest) * f[i + 1] + ((double)(r - i) - rest) * f[i]) / (double)(r - 1);
    }
    /* The density of n + 1 is the difference of the cdf of n across 1. */
    double low = 0, high = 0;
    for (int64_t i = 0; i <= whole; i++)
        low += f[i + 1];
    for (int64_t i = n; i > whole; i--)
        high += f[i + 1];
    *below = low;
    *above = high;
}

/* Uniform weights of several widths: how many of each. */
typedef struct widths {
    int count;
    double width[BNI_WIDTHS];
    int64_t number[BNI_WIDTHS];
} widths;

static void add_uniform(widths *w, double of, int64_t number)
{
    int k = 0;
    while (k < w->count && w->width[k] != of)
        k++;
    if (k == w->count) {
        w->width[k] = of;
        w->number[k] = 0;
        w->count++;
    }
    w->number[k] += number;
}

/*
 * Of the sum of uniform variables on (0, width) at x within the sum of all: Pr(< x), density. With d the widths that are left
 * and y = x less those taken at their upper ends,
 *     (r - 1) M(y | d) = sum over i of t M(y | d less d_i) + (1 - t) M(y - d_i | d less d_i),  t = y / sum of d,  r of them;
 * Pr(< x) = W M(x | d and W) for one more width W >= x, since that one reaches beyond. All terms are positive.
 */
static void box_spline(const widths *w, double x, double *below, double *density)
{
    double plain[MOST_STATES], with_one[MOST_STATES], total = 0;
    size_t stride[BNI_WIDTHS], len = 1, size[BNI_WIDTHS];
    int64_t left[BNI_WIDTHS] = {0}, up[BNI_WIDTHS] = {0};
    for (int g = w->count; g-- > 0;) {
        size[g] = (size_t)((w->number[g] + 1) * (w->number[g] + 2) / 2);
        stride[g] = len;
        len *= size[g];
        total += (double)w->number[g] * w->width[g];
    }
    for (size_t k = 0;; k++) {
        double y = x, rest = 0, number = 0, sum = 0, sum_one = 0;
        for (int g = 0; g < w->count; g++) {
            y -= (double)up[g] * w->width[g];
            rest += (double)left[g] * w->width[g];
            number += (double)left[g];
        }
        double t = y / rest, t_one = y / (rest + total);
        /* one less of g left: 1 + number - left places back, and at its upper end one place later */
        for (int g = 0; g < w->count; g++) {
            if (left[g] == 0)
                continue;
            const size_t back = stride[g] * (size_t)(w->number[g] - left[g] + 2), end = back - stride[g];
            sum += (double)left[g] * (t * plain[k - back] + (1 - t) * plain[k - end]);
            sum_one += (double)left[g] * (t_one * with_one[k - back] + (1 - t_one) * with_one[k - end]);
        }
        int inside = y >= 0 && y < rest;
        plain[k] = !inside || number == 0 ? 0 : number == 1 ? 1 / rest : sum / (number - 1);
        with_one[k] = y < 0 || y >= rest + total ? 0 : number == 0 ? 1 / total : (sum_one + t_one * plain[k]) / number;
        int g = w->count;
        while (g-- > 0) {
            if (up[g] < w->number[g] - left[g]) {
                up[g]++;
                break;
            }
            up[g] = 0;
            if (left[g] < w->number[g]) {
                left[g]++;
                break;
            }
            left[g] = 0;
        }
        if (g < 0)
            break;
    }
    *density = plain[len - 1];
    *below = fmin(1, total * with_one[len - 1]);
}

/* From the distances to the least and the greatest sum. */
static void several_widths(const widths *w, double from_lo, double from_hi, double *below, double *above,
                           double *density)
{
    double ignored;
    if (!(from_lo > 0) || !(from_hi > 0)) {
        *below = from_lo > 0;
        *above = !(from_lo > 0);
        *density = 0;
        return;
    }
    box_spline(w, from_lo, below, density);
    box_spline(w, from_hi, above, from_lo <= from_hi ? &ignored : density);
}

static void add_gamma(bni_gammas *g, double *constant, const bni_weight *w, int64_t m)
{
    double number = (double)m;
    if (m == 0)
        return;
    if (w->kind == BINNET_WEIGHT_GAMMA) {
        bni_gammas_add(g, number * w->par[0], w->par[1]);
        return;
    }
    *constant += number * w->par[0];
    if (w->kind == BINNET_WEIGHT_LAPLACE) {
        bni_gammas_add(g, number, w->par[1]);
        bni_gammas_add(g, number, -w->par[1]);
    }
}

static double in_degree(const bni_row *row, int64_t m)
{
    int64_t present = row->rest + m;
    for (size_t g = 0; g < row->law->groups; g++)
        if (g != row->inner)
            present += row->m[g];
    return present > 0 ? (double)present : 1;
}

void bni_sums_row(const bni_row *row, double *above, double *below, double *density)
{
    const binnet_current *law = row->law;
    int32_t method = law->method;
    const bni_weight *inner = &law->group[row->inner].weight;
    double tau = law->theta - row->x, z[BNI_ROW], per[BNI_ROW], scale[2] = {0, 0}, one_scale = 0;
    double start = law->in_degree ? in_degree(row, 0) : law->M;
    int none = law->in_degree && start == 1 && in_degree(row, 1) == 1; /* m = 0 counts as 1 */
    part base = {0, 0, {0, 0}};
    widths boxes = {.count = 0};
    bni_gammas gammas = {.count = 0};
    for (size_t g = 0; g < law->groups; g++) {
        const bni_weight *w = &law->group[g].weight;
        if (g != row->inner && method == BINNET_CURRENT_CONTOUR)
            add_gamma(&gammas, &base.sum, w, row->m[g]);
        else if (g != row->inner)
            add_sum(&base, w, row->m[g], method);
        if (g != row->inner && method == BINNET_CURRENT_UNIFORM && w->kind == BINNET_WEIGHT_UNIFORM && row->m[g] > 0)
            add_uniform(&boxes, width(w), row->m[g]);
        if (w->kind != BINNET_WEIGHT_CONSTANT)
            one_scale = w->par[1];
    }
    if (method == BINNET_CURRENT_TWO_SIDED) {
        bni_method all = {.events = 0};
        for (size_t g = 0; g < law->groups; g++)
            bni_method_add(&all, &law->group[g].weight, 0);
        scale[0] = all.scale[0];
        scale[1] = all.scale[1];
    }
    for (int64_t m = row->from; m <= row->to; m++) {
        size_t k = (size_t)(m - row->from);
        double M = !law->in_degree ? start : none ? fmax(1, (double)m) : start + (double)m, Y = tau * M, f = 0;
        part sum = base;
        if (method != BINNET_CURRENT_CONTOUR)
            add_sum(&sum, inner, m, method);
        switch (method) {
        case BINNET_CURRENT_GAUSSIAN:
            per[k] = M / sqrt(sum.second);
            z[k] = (Y - sum.sum) / sqrt(sum.second);
            break;
        case BINNET_CURRENT_GAMMA:
            bni_gamma_tails(sum.second, (Y - sum.sum) / one_scale, one_scale > 0 ? &below[k] : &above[k],
                            one_scale > 0 ? &above[k] : &below[k], &f);
            f *= M / fabs(one_scale);
            break;
        case BINNET_CURRENT_TWO_SIDED:
            difference_any(sum.count, scale, Y - sum.sum, &above[k], &below[k], &f);
            f *= M;
            break;
        case BINNET_CURRENT_CONTOUR: {
            bni_gammas all = gammas;
            add_gamma(&all, &sum.sum, inner, m);
            bni_contour_tails(&all, Y - sum.sum, &above[k], &below[k], &f);
            f *= M;
            break;
        }
        default: {
            widths all = boxes;
            if (inner->kind == BINNET_WEIGHT_UNIFORM && m > 0)
                add_uniform(&all, width(inner), m);
            if (all.count > 1) {
                several_widths(&all, Y - sum.sum, sum.second - Y, &below[k], &above[k], &f);
                f *= M;
                break;
            }
            one_scale = all.width[0];
            double from_lo = (Y - sum.sum) / one_scale, from_hi = (sum.second - Y) / one_scale;
            if (from_lo <= from_hi)
                irwin_hall(sum.count[0], from_lo, &below[k], &above[k], &f);
            else
                irwin_hall(sum.count[0], from_hi, &above[k], &below[k], &f);
            f *= M / one_scale;
        }
        }
        if (density != NULL)
            density[k] = f;
    }
    if (method == BINNET_CURRENT_GAUSSIAN) {
        size_t len = (size_t)(row->to - row->from + 1);
        bni_kernels_get()->chain->cdf_gaussian(below, above, z, len, 1);
        for (size_t k = 0; density != NULL && k < len; k++) {
            double f;
            bni_gaussian(z[k], NULL, NULL, &f);
            density[k] = f * per[k];
        }
    }
}

int32_t bni_sums_check(binnet_ctx *ctx, const bni_row *row, const double *above, const double *below)
{
    for (int64_t m = row->from; m <= row->to; m++)
        if (isnan(above[m - row->from]) || isnan(below[m - row->from]))
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "a sum of gamma weights: the contour integral at %g does not converge", row->x);
    return BINNET_OK;
}

int bni_sums_sign(const binnet_current *law, const int64_t *m, int64_t rest, double x)
{
    int64_t present = rest;
    double sum = 0, size = 0;
    for (size_t g = 0; g < law->constants; g++) {
        double term = (double)m[g] * law->group[g].weight.par[0];
        present += m[g];
        sum += term;
        size += fabs(term);
    }
    double M = !law->in_degree ? law->M : present > 0 ? (double)present : 1, Y = (law->theta - x) * M;
    /* Each term is rounded once and passes at most `constants` additions; Y is rounded twice. */
    double margin = DBL_EPSILON * ((double)law->constants + 2) * (size + fabs(Y)) + 4 * DBL_MIN;
    if (fabs(sum - Y) > margin && isfinite(sum) && isfinite(Y))
        return sum > Y ? 1 : -1;
    bni_exact exact;
    bni_exact_clear(&exact);
    for (size_t g = 0; g < law->constants; g++)
        bni_exact_add_product(&exact, (double)m[g], law->group[g].weight.par[0]);
    bni_exact_add_product(&exact, -M, law->theta);
    bni_exact_add_product(&exact, M, x);
    return bni_exact_sign(&exact);
}
