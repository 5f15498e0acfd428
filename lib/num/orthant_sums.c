/*
 * Orthants of sums that share normal terms, S_t = sum of X_u over the patterns u with bit t. Such sums are often dependent:
 * a relation sum_t d_t y_t = delta >= 0 of the excesses y_t = sign_t S_t - h_t cannot hold when y_t < 0 for all t in
 * D+ = {d_t > 0} and y_t > 0 for all with d_t < 0, hence
 *     0 = Pr(y_t < 0 in D+, y_t > 0 elsewhere) = sum over A within D+ of (-1)^|A| Pr(y_t > 0 in A and outside D+),
 * which gives the term A = D+ by orthants of fewer variables, down to independent ones. All belong to subsets of the
 * variables, so that each is found once. The rows are of zeros and ones: their relations are found exactly.
 * Source: inclusion-exclusion; derived in docs/ensembles.md.
 */
#include "num/orthant.h"

#include <float.h>
#include <math.h>

enum { MOST = BNI_ORTHANT_MOST, COLUMNS = 1 << MOST };

typedef struct sums {
    int n, patterns;
    const int *sign;
    const double *h, *variance;
    const unsigned *pattern;
    double tolerance;
    double value[1 << MOST], error[1 << MOST]; /* by subset; value < 0: not known yet */
} sums;

static double entry(const sums *s, int t, int u)
{
    return s->pattern[u] >> t & 1;
}

/* A relation among the rows of the subset, or 0. Minors of 8 x 8 matrices of zeros and ones are at most 56, so what is not 0 is
 * far above rounding. */
static int relation(const sums *s, unsigned subset, double c[MOST])
{
    static const double nothing = 1e-6;
    double basis[MOST][COLUMNS], combination[MOST][MOST];
    int pivot[MOST], rows = 0;
    for (int t = 0; t < s->n; t++) {
        double *row = basis[rows], *own = combination[rows], most = 0;
        if (!(subset >> t & 1))
            continue;
        for (int u = 0; u < s->patterns; u++)
            row[u] = entry(s, t, u);
        for (int k = 0; k < s->n; k++)
            own[k] = k == t;
        for (int i = 0; i < rows; i++) {
            double f = row[pivot[i]] / basis[i][pivot[i]];
            if (fabs(f) < nothing)
                continue;
            for (int u = 0; u < s->patterns; u++)
                row[u] -= f * basis[i][u];
            for (int k = 0; k < s->n; k++)
                own[k] -= f * combination[i][k];
        }
        for (int u = 0; u < s->patterns; u++)
            if (fabs(row[u]) > most) {
                most = fabs(row[u]);
                pivot[rows] = u;
            }
        if (most < nothing) {
            for (int k = 0; k < s->n; k++)
                c[k] = fabs(own[k]) < nothing ? 0 : own[k];
            return 1;
        }
        rows++;
    }
    return 0;
}

static void independent(sums *s, unsigned subset)
{
    double h[MOST], r[MOST * MOST], cov[MOST][MOST];
    int at[MOST], n = 0;
    for (int t = 0; t < s->n; t++)
        if (subset >> t & 1)
            at[n++] = t;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            cov[i][j] = 0;
            for (int u = 0; u < s->patterns; u++)
                cov[i][j] += entry(s, at[i], u) * entry(s, at[j], u) * s->variance[u];
        }
    for (int i = 0; i < n; i++) {
        h[i] = s->h[at[i]] / sqrt(cov[i][i]);
        r[i * n + i] = 1;
        for (int j = 0; j < i; j++)
            r[i * n + j] = r[j * n + i] = s->sign[at[i]] * s->sign[at[j]] * (cov[i][j] / sqrt(cov[i][i] * cov[j][j]));
    }
    s->value[subset] = bni_orthant(n, h, r, s->tolerance, &s->error[subset]);
}

static void find_subset(sums *s, unsigned subset)
{
    double c[MOST], delta = 0, size = 0, value = 0, error = 0;
    if (s->value[subset] >= 0)
        return;
    if (!relation(s, subset, c)) {
        independent(s, subset);
        return;
    }
    unsigned side[2] = {0, 0}; /* d > 0, d < 0 */
    int count[2] = {0, 0};
    for (int t = 0; t < s->n; t++) {
        double d = c[t] * s->sign[t];
        if (c[t] == 0)
            continue;
        delta -= d * s->h[t];
        size += fabs(d * s->h[t]);
        side[d < 0] |= 1u << t;
        count[d < 0]++;
    }
    /* with delta = 0 both sides will do */
    int turn = fabs(delta) <= 64 * DBL_EPSILON * size ? count[1] < count[0] : delta < 0;
    unsigned plus = side[turn], rest = subset & ~plus;
    for (unsigned part = plus; part != 0;) {
        part = (part - 1) & plus; /* every proper subset, the empty one last */
        find_subset(s, rest | part);
        int left = count[turn];
        for (unsigned bits = part; bits != 0; bits &= bits - 1)
            left--;
        value += (left % 2 == 1 ? 1 : -1) * s->value[rest | part];
        error += s->error[rest | part] + DBL_EPSILON * s->value[rest | part];
    }
    s->value[subset] = fmin(fmax(plus != 0 ? value : 0, 0), 1);
    s->error[subset] = error;
}

double bni_orthant_sums(int n, const int *sign, const double *h, int patterns, const unsigned *pattern,
                        const double *variance, double tolerance, double *error)
{
    sums s = {.n = n,
              .patterns = patterns,
              .sign = sign,
              .h = h,
              .variance = variance,
              .pattern = pattern,
              .tolerance = tolerance};
    unsigned all = (1u << n) - 1;
    for (unsigned k = 1; k <= all; k++)
        s.value[k] = -1;
    s.value[0] = 1;
    find_subset(&s, all);
    *error = s.error[all];
    return s.value[all];
}
