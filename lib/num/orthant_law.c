/*
 * What both recursions of Plackett's take of a normal law: fewer variables, given others or without them.
 */
#include "num/orthant_law.h"

#include <float.h>
#include <math.h>

void bni_orthant_condition(bni_orthant_law *out, const bni_orthant_law *o, int v, int j, double t)
{
    double rho = t * o->r[v][j], one = (1 - rho) * (1 + rho), cv[BNI_ORTHANT_MOST], cj[BNI_ORTHANT_MOST],
           sd[BNI_ORTHANT_MOST];
    int at[BNI_ORTHANT_MOST];
    out->n = 0;
    for (int k = 0; k < o->n; k++) {
        if (k == v || k == j)
            continue;
        int i = out->n++;
        double rv = t * o->r[v][k], rj = o->r[j][k];
        at[i] = k;
        cv[i] = (rv - rho * rj) / one;
        cj[i] = (rj - rho * rv) / one;
        double variance = 1 - cv[i] * rv - cj[i] * rj, gap = o->h[k] - cv[i] * o->h[v] - cj[i] * o->h[j];
        sd[i] = sqrt(fmax(variance, DBL_EPSILON * DBL_EPSILON));
        out->h[i] = gap / sd[i];
        out->r[i][i] = 1;
        for (int m = 0; m < i; m++) {
            double c = o->r[k][at[m]] - cv[i] * t * o->r[v][at[m]] - cj[i] * o->r[j][at[m]];
            out->r[i][m] = out->r[m][i] = fmin(fmax(c / (sd[i] * sd[m]), -1), 1);
        }
    }
}

double bni_orthant_correlation(const bni_orthant_law *o, int v)
{
    double l[BNI_ORTHANT_MOST][BNI_ORTHANT_MOST], y[BNI_ORTHANT_MOST], q = 0;
    int at[BNI_ORTHANT_MOST], n = 0;
    for (int k = 0; k < o->n; k++)
        if (k != v)
            at[n++] = k;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double s = o->r[at[i]][at[j]];
            for (int k = 0; k < j; k++)
                s -= l[i][k] * l[j][k];
            if (i == j && !(s > 0))
                return 1;
            l[i][j] = i == j ? sqrt(s) : s / l[j][j];
        }
        double s = o->r[at[i]][v];
        for (int k = 0; k < i; k++)
            s -= l[i][k] * y[k];
        y[i] = s / l[i][i];
        q += y[i] * y[i];
    }
    return fmin(q, 1);
}

void bni_orthant_without(bni_orthant_law *out, const bni_orthant_law *o, int v)
{
    out->n = 0;
    for (int k = 0; k < o->n; k++) {
        if (k == v)
            continue;
        int i = out->n++, m = 0;
        out->h[i] = o->h[k];
        for (int j = 0; j < o->n; j++)
            if (j != v)
                out->r[i][m++] = o->r[k][j];
    }
}
