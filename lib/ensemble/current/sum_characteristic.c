/*
 * The characteristic function of a sum of weights, and of its part with two or more continuous weights present, or one whose
 * law is known by its characteristic function alone: the whole less what the others (connection_mixture.c) make of it.
 */
#include "ensemble/current/inversion.h"

#include <math.h>

/* Sum over m >= 2 of c[m] E^m. */
static double two_or_more_events(const bni_count *c, double E)
{
    double sum = 0, power = E * E;
    for (int64_t m = 2; m <= c->to && power > 0; m++, power *= E)
        sum += c->pmf[m] * power;
    return sum;
}

int32_t bni_psi_envelope(const bni_inversion *v, double t, double *value, double *power)
{
    double none = 1, one = 0, more = 0, greatest = 0;
    *power = HUGE_VAL;
    for (size_t g = v->law->constants; g < v->law->groups; g++) {
        const bni_count *c = &v->law->group[g].count;
        double E = 1, falls = 0;
        int blind = bni_weight_blind(&v->law->group[g].weight);
        if (t > 0 && bni_characteristic_has_nodes(v->wave[g].weight))
            BNI_TRY(bni_characteristic_nodes(v->ctx, &v->wave[g], t));
        if (t > 0)
            E = bni_characteristic_envelope(&v->wave[g], t, &falls);
        double c0 = c->pmf[0], c1 = c->most > 0 ? c->pmf[1] * E : 0, c2 = two_or_more_events(c, E);
        more = more * (c0 + c1 + c2) + one * (c1 + c2) + none * (c2 + (blind ? c1 : 0));
        one = one * c0 + (blind ? 0 : none * c1);
        none *= c0;
        greatest = fmax(greatest, E);
        *power = fmin(*power, blind ? falls : 2 * falls);
    }
    *value = v->any ? greatest * greatest : more;
    return BINNET_OK;
}

double bni_inverted_part(const binnet_current *law)
{
    bni_inversion v = {.law = law};
    double rho, power;
    return bni_psi_envelope(&v, 0, &rho, &power) == BINNET_OK ? rho : 0;
}

/* (re, im) times (1 - p + p w)^n for each part. */
static void multiply(const bni_part *part, size_t parts, double wr, double wi, double *re, double *im)
{
    for (size_t k = 0; k < parts; k++) {
        double zr = 1 - part[k].p + part[k].p * wr, zi = part[k].p * wi, n = (double)part[k].n;
        double size = zr * zr + zi * zi;
        size = size > 0 ? exp(0.5 * n * log(size)) : 0;
        double angle = n * atan2(zi, zr), c = size * cos(angle), s = size * sin(angle), old = *re;
        *re = old * c - *im * s;
        *im = old * s + *im * c;
    }
}

void bni_psi(const bni_inversion *v, double t, double *re, double *im, double *rounded)
{
    const binnet_current *law = v->law;
    double cr = 1, ci = 0, pr = 1, p_im = 0, none = 1, one_r = 0, one_i = 0, coarse = 0;
    double turn_r = cos(t * v->shift), turn_i = -sin(t * v->shift);
    if (law->in_degree)
        multiply(law->rest_part, law->rest_parts, turn_r, turn_i, &cr, &ci);
    for (size_t g = 0; g < law->groups; g++) {
        const bni_group *group = &law->group[g];
        double xr, xi;
        bni_characteristic_at(&v->wave[g], t, &xr, &xi);
        double wr = xr * turn_r - xi * turn_i, wi = xr * turn_i + xi * turn_r;
        if (g < law->constants) {
            multiply(group->part, group->parts, wr, wi, &cr, &ci);
            continue;
        }
        double c0 = group->count.pmf[0], c1 = group->count.most > 0 ? group->count.pmf[1] : 0;
        multiply(group->part, group->parts, wr, wi, &pr, &p_im);
        if (bni_weight_blind(&group->weight))
            c1 = 0;
        one_r = one_r * c0 + none * c1 * wr;
        one_i = one_i * c0 + none * c1 * wi;
        none *= c0;
        if (bni_characteristic_has_nodes(v->wave[g].weight))
            coarse += (double)group->count.most * (1 + t * (v->wave[g].hi - v->wave[g].lo)) * hypot(wr, wi);
    }
    double dr = pr - none - one_r, di = p_im - one_i;
    *re = dr * cr - di * ci;
    *im = dr * ci + di * cr;
    *rounded = hypot(pr, p_im) * (1 + 0.125 * v->candidates) + none + hypot(one_r, one_i) + coarse;
}

void bni_inversion_whole(const bni_inversion *v, double t, double *re, double *im)
{
    const binnet_current *law = v->law;
    double turn_r = cos(t * v->shift), turn_i = -sin(t * v->shift);
    *re = 1;
    *im = 0;
    if (law->in_degree)
        multiply(law->rest_part, law->rest_parts, turn_r, turn_i, re, im);
    for (size_t g = 0; g < law->groups; g++) {
        double xr, xi;
        bni_characteristic_at(&v->wave[g], t, &xr, &xi);
        multiply(law->group[g].part, law->group[g].parts, xr * turn_r - xi * turn_i, xr * turn_i + xi * turn_r, re, im);
    }
}
