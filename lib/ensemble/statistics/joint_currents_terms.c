/*
 * Several states at once, weights of any law, given the numbers of present connections: S(t) = sum of the independent X_u over
 * the patterns u with bit t, at most BNI_MOST_TERMS of them random. Some terms are integrated over, chosen so that the others
 * have no time in common: given the outer ones each inner term must lie in an interval, independently,
 *     Pr = E over outer terms of prod over inner u of Pr(low_u < X_u <= high_u),
 * by Stieltjes integrals against the laws of the outer terms, cut where the integrand has kinks.
 * Source: derived in docs/ensembles.md.
 */
#include "ensemble/statistics/state_tuples.h"

#include <math.h>
#include <string.h>

enum { TERMS = BNI_MOST_TERMS, OUTERS = 2, KNOTS = 16, CUTS = 256 };

typedef struct terms {
    binnet_ctx *ctx;
    const bni_stieltjes_rule *rule;
    int times, count; /* random terms C_u = -X_u */
    unsigned pattern[TERMS];
    const binnet_current *law[TERMS];
    binnet_current *own[TERMS]; /* the same, or NULL where it is kept */
    const bni_joint_law *kept[TERMS];
    double knot[TERMS][KNOTS], from[TERMS], to[TERMS];
    int knots[TERMS];
    /* the sum of the C_u with bit t is at most bound[t] if wanted[t], else above */
    double bound[BNI_MOST_TIMES];
    int wanted[BNI_MOST_TIMES];
    int outers, inners, outer[OUTERS], inner[TERMS];
    double z[OUTERS], error, noise, inner_error; /* noise: of the laws; inner_error: of an inner integral, at most */
    int32_t status;
} terms;

/* --- which terms, and their laws --- */

/* Points where the density of a sum is not smooth: sums of such points of its weights, -1 times. None when it has many weights,
 * or a normal one. */
static void find_knots(terms *w, int i)
{
    const binnet_current *law = w->law[i];
    double *knot = w->knot[i];
    int count = 1;
    knot[0] = 0;
    for (size_t g = 0; g < law->groups && count > 0; g++) {
        const bni_weight *one = &law->group[g].weight;
        int ends = one->kind == BINNET_WEIGHT_UNIFORM ? 2 : 1;
        double at[2] = {one->kind == BINNET_WEIGHT_CONSTANT || one->kind == BINNET_WEIGHT_UNIFORM ||
                                one->kind == BINNET_WEIGHT_LAPLACE
                            ? one->par[0]
                            : 0,
                        one->par[1]};
        for (int64_t m = 0; m < law->group[g].count.most && count > 0; m++) {
            if (one->kind == BINNET_WEIGHT_GAUSSIAN || count * ends > KNOTS)
                count = 0;
            for (int k = 0; k < count; k++)
                if (ends == 2)
                    knot[count + k] = knot[k] - at[1];
            for (int k = 0; k < count; k++)
                knot[k] -= at[0];
            count *= ends;
        }
    }
    w->knots[i] = count;
}

/* The random terms; those of constants move the bounds. */
static int32_t find_terms(terms *w, const bni_joint *j, size_t a, size_t used, int64_t *numbers)
{
    size_t n_pop = j->e->n_pop;
    binnet_ensemble given = *j->e; /* all of them present, c = -S */
    given.p = j->ones;
    given.M = j->ones;
    given.theta = j->zeros;
    given.normalise = BINNET_NORMALISE_FIXED;
    for (unsigned u = 1; u < (unsigned)j->patterns; u++) {
        int random = 0, any = 0;
        double constant = 0;
        memset(numbers, 0, n_pop * sizeof *numbers);
        for (size_t k = 0; k < used; k++) {
            size_t b = j->place[k] / (size_t)j->patterns;
            bni_weight weight = bni_weight_plain(&j->e->weight[a * n_pop + b]);
            if (j->place[k] % (size_t)j->patterns != u || j->present[k] == 0)
                continue;
            any = 1;
            numbers[b] = j->present[k];
            random = random || weight.kind != BINNET_WEIGHT_CONSTANT;
            constant += (double)j->present[k] * weight.par[0];
        }
        for (int t = 0; t < j->times && any && !random; t++)
            w->bound[t] += u >> t & 1 ? constant : 0;
        if (!random)
            continue;
        int i = w->count++;
        w->pattern[i] = u;
        if (j->laws != NULL) {
            BNI_TRY(bni_joint_law_find(w->ctx, &w->kept[i], j, &given, a, numbers));
            w->law[i] = bni_joint_law_current(w->kept[i], &w->from[i], &w->to[i]);
        } else {
            BNI_TRY(bni_current_make(w->ctx, &w->own[i], &given, a, numbers, NULL));
            w->law[i] = w->own[i];
            BNI_TRY(bni_joint_range(w->ctx, &w->from[i], &w->to[i], w->law[i]));
        }
        find_knots(w, i);
    }
    return BINNET_OK;
}

/* As few outer terms as make the others disjoint. */
static void choose_outer(terms *w)
{
    unsigned best = (1u << w->count) - 1;
    int fewest = TERMS + 1;
    for (unsigned set = 0; set < 1u << w->count; set++) {
        unsigned seen = 0;
        int size = 0, disjoint = 1;
        for (int i = 0; i < w->count; i++) {
            size += set >> i & 1;
            if (set >> i & 1)
                continue;
            disjoint = disjoint && (seen & w->pattern[i]) == 0;
            seen |= w->pattern[i];
        }
        if (disjoint && size < fewest) {
            fewest = size;
            best = set;
        }
    }
    for (int i = 0; i < w->count; i++) {
        if (best >> i & 1)
            w->outer[w->outers++] = i;
        else
            w->inner[w->inners++] = i;
    }
}

/* --- integrals --- */

/* What the terms but the outer ones before `level` may add up to at time t. */
static double left_at(const terms *w, int t, int level)
{
    double left = w->bound[t];
    for (int l = 0; l < level; l++)
        if (w->pattern[w->outer[l]] >> t & 1)
            left -= w->z[l];
    return left;
}

/* Both tails of term i; the noise is kept. */
static int32_t tails_at(terms *w, double *F, double *C, size_t count, int i, const double *x)
{
    double error[BNI_POINTS];
    if (w->kept[i] != NULL)
        return bni_joint_law_at(w->ctx, F, C, &w->noise, count, w->kept[i], w->rule, x);
    BNI_TRY(bni_current_at(w->ctx, F, NULL, C, NULL, error, count, w->law[i], x));
    for (size_t k = 0; k < count; k++)
        w->noise = fmax(w->noise, error[k]);
    return BINNET_OK;
}

/* prod over inner terms of Pr(low < C <= high) given the outer ones. */
static double inner_product(terms *w)
{
    double product = 1;
    for (int k = 0; k < w->inners && product > 0 && w->status == BINNET_OK; k++) {
        int i = w->inner[k], lows = 0, highs = 0;
        double end[2] = {0, 0}, F[2], G[2];
        for (int t = 0; t < w->times; t++) {
            if (!(w->pattern[i] >> t & 1))
                continue;
            double left = left_at(w, t, w->outers);
            if (w->wanted[t])
                end[1] = highs++ == 0 ? left : fmin(end[1], left);
            else
                end[0] = lows++ == 0 ? left : fmax(end[0], left);
        }
        if (lows > 0 && highs > 0 && !(end[0] < end[1]))
            return 0;
        w->status = tails_at(w, F, G, 2, i, end);
        if (w->status != BINNET_OK)
            return 0;
        product *= lows == 0 ? F[1] : highs == 0 ? G[0] : F[0] < 0.5 ? F[1] - F[0] : G[0] - G[1];
    }
    return product;
}

/* Ends of the outer term `level` by the times that no later term decides. */
static void limits(const terms *w, int level, double *from, double *to)
{
    unsigned later = 0, own = w->pattern[w->outer[level]];
    for (int l = level + 1; l < w->outers; l++)
        later |= w->pattern[w->outer[l]];
    for (int k = 0; k < w->inners; k++)
        later |= w->pattern[w->inner[k]];
    *from = w->from[w->outer[level]];
    *to = w->to[w->outer[level]];
    for (int t = 0; t < w->times; t++) {
        if (!(own & ~later) || !((own & ~later) >> t & 1))
            continue;
        double left = left_at(w, t, level);
        if (w->wanted[t])
            *to = fmin(*to, left);
        else
            *from = fmax(*from, left);
    }
}

/* Kinks between from and to, and these ends, in rising order. */
static int find_cuts(const terms *w, int level, double from, double to, double cut[CUTS])
{
    int count = 0, kept = 0, own = w->outer[level];
    for (int k = 0; k < w->knots[own]; k++)
        cut[count++] = w->knot[own][k];
    for (int k = 0; k < w->inners && level == w->outers - 1; k++) {
        int i = w->inner[k];
        for (int t = 0; t < w->times; t++) {
            if (!(w->pattern[i] & w->pattern[own] & 1u << t))
                continue;
            for (int m = 0; m < w->knots[i] && count < CUTS - 2; m++)
                cut[count++] = left_at(w, t, level) - w->knot[i][m];
            for (int v = 0; v < w->times && count < CUTS - 2; v++)
                if ((w->pattern[i] >> v & 1) && !(w->pattern[own] >> v & 1))
                    cut[count++] = left_at(w, t, level) - left_at(w, v, level);
        }
    }
    for (int k = 0; k < count; k++)
        if (cut[k] > from && cut[k] < to)
            cut[kept++] = cut[k];
    cut[kept++] = from;
    cut[kept++] = to;
    for (int i = 1; i < kept; i++)
        for (int k = i; k > 0 && cut[k] < cut[k - 1]; k--) {
            double swap = cut[k];
            cut[k] = cut[k - 1];
            cut[k - 1] = swap;
        }
    return kept;
}

typedef struct level_of {
    terms *w;
    int level;
} level_of;

static double integral(terms *w, int level);

static double integrand(terms *w, int level, double z)
{
    w->z[level] = z;
    if (w->status == BINNET_OK && level == 0)
        w->status = bni_poll(w->ctx, 0);
    return w->status != BINNET_OK ? 0 : level == w->outers - 1 ? inner_product(w) : integral(w, level + 1);
}

static void inside_level(void *arg, int n, const double *z, double *F, double *C, double *g)
{
    level_of *at = arg;
    terms *w = at->w;
    if (w->status == BINNET_OK)
        w->status = tails_at(w, F, C, (size_t)n, w->outer[at->level], z);
    for (int k = 0; k < n; k++)
        g[k] = integrand(w, at->level, z[k]);
}

static double integral(terms *w, int level)
{
    double from, to, cut[CUTS], sum = 0, inner = 0, end[2][3], off;
    level_of at = {w, level};
    limits(w, level, &from, &to);
    if (!(from < to))
        return 0;
    int cuts = find_cuts(w, level, from, to, cut);
    for (int k = 0; k < cuts && w->status == BINNET_OK; k++) {
        inside_level(&at, 1, &cut[k], &end[k % 2][0], &end[k % 2][1], &end[k % 2][2]);
        if (k == 0 || !(cut[k - 1] < cut[k]) || w->status != BINNET_OK)
            continue;
        sum += bni_stieltjes(w->rule, inside_level, &at, 0, cut[k - 1], cut[k], end[(k - 1) % 2], end[k % 2],
                             level == 0 && w->outers > 1 ? 1e-9 : 1e-11, 1e-15,
                             level == 0 ? fmax(w->noise, w->inner_error) : w->noise, &off);
        inner += level > 0 ? off : 0;
        w->error += level == 0 ? off : 0;
    }
    w->inner_error = fmax(w->inner_error, inner);
    return fmax(sum, 0);
}

int32_t bni_joint_terms(binnet_ctx *ctx, double *p, double *error, const bni_joint *j, size_t a, int s, int target,
                        size_t used)
{
    terms w = {.ctx = ctx, .rule = &j->rule, .times = j->times};
    double M = bni_joint_normalisation(j, a, used);
    for (int t = 0; t < j->times; t++) {
        w.wanted[t] = target >> t & 1;
        w.bound[t] = M * (j->e->I[a] - j->e->theta[a]);
    }
    *p = *error = 0;
    if (j->laws != NULL)
        bni_joint_laws_next(j->laws);
    w.status = find_terms(&w, j, a, used, j->numbers);
    unsigned varies = 0;
    for (int i = 0; i < w.count; i++)
        varies |= w.pattern[i];
    int possible = 1;
    for (int t = 0; t < j->times; t++) {
        if (varies >> t & 1)
            continue;
        int side = bni_joint_exact_side(j, a, t, used, M),
            fires = side > 0 || (side == 0 && bni_joint_fires_at_tie(j, s, t));
        possible = possible && fires == w.wanted[t];
    }
    if (w.status == BINNET_OK && possible) {
        choose_outer(&w);
        *p = fmin(w.outers == 0 ? inner_product(&w) : integral(&w, 0), 1);
        /* each law is a factor, or what is integrated against; the inner integral is under the outer one */
        *error = w.error + 2 * w.count * w.noise + w.inner_error + 1e-11 * *p;
    }
    for (int i = 0; i < w.count; i++)
        binnet_current_free(w.own[i]);
    return w.status;
}
