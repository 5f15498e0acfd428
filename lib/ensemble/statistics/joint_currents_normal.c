/*
 * Several states at once, constant and Gaussian weights. Given the number of present connections from each pattern u, the
 * inputs S(t) = sum of X_u over the u with bit t are normal with X_u independent: an orthant of as many dimensions as there are
 * times whose input is not constant. Inputs of constants are compared exactly.
 * Source: derived in docs/ensembles.md; orthants: num/orthant*.c.
 */
#include "ensemble/statistics/state_tuples.h"

#include "num/orthant.h"
#include "num/special.h"

#include <math.h>

/* Goals for the absolute error of orthants of three dimensions and more. */
static const double finest = 1e-15, coarsest = 1e-11;

/* The inputs that are not constant: sign (S - mean) > h, and what varies by pattern. */
typedef struct inputs {
    int dims, at[BNI_MOST_TIMES], sign[BNI_MOST_TIMES];
    double h[BNI_MOST_TIMES], cov[BNI_MOST_TIMES][BNI_MOST_TIMES];
    int patterns;
    unsigned pattern[BNI_MOST_PATTERNS]; /* bits by dimension */
    double variance[BNI_MOST_PATTERNS];
} inputs;

/* One and two inputs keep relative accuracy in the tails; three do where it matters. */
static double orthant(const inputs *v, double harmless, double *error)
{
    double h[3], r[3] = {0}, p, goal = fmin(fmax(0.1 * harmless, finest), coarsest);
    for (int i = 0; i < v->dims && v->dims <= 3; i++) {
        h[i] = v->h[i] / sqrt(v->cov[i][i]);
        for (int k = 0; k < i; k++)
            r[i + k - 1] = v->sign[i] * v->sign[k] * v->cov[i][k] / sqrt(v->cov[i][i] * v->cov[k][k]);
    }
    *error = 0;
    switch (v->dims) {
    case 0:
        return 1;
    case 1:
        bni_gaussian(h[0], NULL, &p, NULL);
        return p;
    case 2:
        p = bni_bivariate(h[0], h[1], r[0]);
        *error = 1e-11 * p;
        return p;
    default:
        p = bni_orthant_sums(v->dims, v->sign, v->h, v->patterns, v->pattern, v->variance, goal, error);
        if (v->dims > 3 || *error <= fmax(1e-9 * p, harmless))
            return p;
        p = bni_trivariate(h, r);
        *error = 1e-9 * p;
        return p;
    }
}

int32_t bni_joint_normal(binnet_ctx *ctx, double *p, double *error, const bni_joint *j, size_t a, int s, int target,
                         size_t used)
{
    inputs v;
    double mean[BNI_MOST_TIMES] = {0}, M = bni_joint_normalisation(j, a, used);
    unsigned times = 0; /* with an input that is not constant */
    v.dims = v.patterns = 0;
    for (size_t k = 0; k < used; k++) {
        bni_weight w = bni_weight_plain(&j->e->weight[a * j->e->n_pop + j->place[k] / (size_t)j->patterns]);
        double number = (double)j->present[k];
        unsigned u = (unsigned)(j->place[k] % (size_t)j->patterns);
        for (int t = 0; t < j->times; t++)
            mean[t] += u >> t & 1 ? number * w.par[0] : 0;
        if (w.kind != BINNET_WEIGHT_GAUSSIAN || j->present[k] == 0 || u == 0)
            continue;
        times |= u;
        int known = 0;
        while (known < v.patterns && v.pattern[known] != u)
            known++;
        if (known == v.patterns) {
            v.pattern[v.patterns] = u;
            v.variance[v.patterns++] = 0;
        }
        v.variance[known] += number * w.par[1] * w.par[1];
    }
    (void)ctx;
    *p = *error = 0;
    for (int t = 0; t < j->times; t++) {
        int wanted = target >> t & 1;
        if (times >> t & 1) {
            v.sign[v.dims] = wanted ? 1 : -1;
            v.h[v.dims] = v.sign[v.dims] * (M * (j->e->theta[a] - j->e->I[a]) - mean[t]);
            v.at[v.dims++] = t;
            continue;
        }
        int side = bni_joint_exact_side(j, a, t, used, M),
            fires = side > 0 || (side == 0 && bni_joint_fires_at_tie(j, s, t));
        if (fires != wanted)
            return BINNET_OK;
    }
    for (int i = 0; i < v.dims; i++)
        for (int q = 0; q <= i; q++) {
            v.cov[i][q] = 0;
            for (int k = 0; k < v.patterns; k++)
                if ((v.pattern[k] >> v.at[i] & 1) && (v.pattern[k] >> v.at[q] & 1))
                    v.cov[i][q] += v.variance[k];
        }
    for (int k = 0; k < v.patterns; k++) {
        unsigned bits = 0;
        for (int i = 0; i < v.dims; i++)
            bits |= (v.pattern[k] >> v.at[i] & 1) << i;
        v.pattern[k] = bits;
    }
    *p = orthant(&v, j->harmless, error);
    return BINNET_OK;
}
