/*
 * First passage: variances of the times.
 */
#include "stationary/first_passage.h"

#include <math.h>

/* b(s) = sum over t of P(s, t) (time(t) - time(s) + 1)^2, one row after the other; all: times of all states, wide. */
static int32_t spread_times(bni_passage *p, bni_wide_vector b, bni_wide_vector time, double *row)
{
    for (size_t k = 0; k < p->m; k++) {
        bni_wide own = bni_wide_get(time, k), sum = bni_wide_zero;
        BNI_TRY(bni_chain_fill_row(p->ctx, row, p->chain, p->r.state[k]));
        for (size_t s = 0, l = 0; s < p->S; s++) {
            bni_wide t = p->kind[s] < 0 ? bni_wide_get(time, l) : bni_wide_zero;
            l += p->kind[s] < 0;
            if (!(row[s] > 0))
                continue;
            bni_wide d = bni_wide_distance(bni_wide_add(t, bni_wide_one), own);
            sum = bni_wide_add(sum, bni_wide_mul(bni_wide_of(row[s]), bni_wide_mul(d, d)));
        }
        bni_wide_set(b, k, sum);
        BNI_TRY(bni_poll(p->ctx, (double)k / (double)p->m));
    }
    return BINNET_OK;
}

/* Iteration: E T^2 - mean^2 with (1 - Q) E T^2 = 2 mean - 1. */
int32_t bni_passage_iterate_variance(bni_passage *p, bni_wide_vector v, const double *mean, double *error)
{
    double figure = 0;
    for (size_t k = 0; k < p->m; k++) {
        bni_wide_set(v, k, bni_wide_of(fmax(2 * mean[p->r.state[k]] - 1, 1)));
        BNI_TRY(bni_passage_poll(p, k));
    }
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    double d = p->r.relative, second_error = (d + 2 * *error) / (1 - d);
    for (size_t k = 0; k < p->m; k++) {
        double second = bni_wide_double(bni_wide_get(v, k)), t = mean[p->r.state[k]], variance = second - t * t;
        double lost = second * second_error + 2 * t * t * (*error + 0x1p-53);
        figure = fmax(figure, variance > lost && d < 1 ? lost / (variance - lost) : INFINITY);
        bni_wide_set(v, k, bni_wide_of(fmax(variance, 0)));
        BNI_TRY(bni_passage_poll(p, k));
    }
    *error = fmax(*error, figure);
    if (!(figure <= p->ctx->relative_tolerance))
        return bni_fail(p->ctx, BINNET_E_NOCONV,
                        "variances of times are certified to a relative error of %.3g (allowed is %.3g)", figure,
                        p->ctx->relative_tolerance);
    return BINNET_OK;
}

/* Elimination. The sum over the rows loses nothing but digits of time(t) - time(s) + 1: with times of relative error e each visit
 * of t adds some (e time(t))^2, and where times are long visits are many. E T^2 - mean^2 loses e mean^2; the time that m
 * states make is of variance mean^2/m - mean at least [AS87], so that this is little where times are long. For each state the way that
 * loses less. visited: the sum of time(t)^2 over the visits. */
static void choose_variance(const bni_passage *p, bni_wide_vector v, bni_wide_vector time, bni_wide_vector second,
                            bni_wide_vector visited)
{
    bni_wide e = bni_wide_of(p->r.error + 0x1p-52);
    for (size_t k = 0; k < p->m; k++) {
        bni_wide t = bni_wide_get(time, k), square = bni_wide_mul(t, t), moment = bni_wide_get(second, k);
        bni_wide lost = bni_wide_mul(bni_wide_mul(e, e), bni_wide_get(visited, k));
        bni_wide spread = bni_wide_add(bni_wide_mul(bni_wide_of(4), bni_wide_get(v, k)), lost);
        bni_wide other = bni_wide_mul(e, bni_wide_add(moment, bni_wide_mul(bni_wide_of(2), square)));
        /* squares of both errors: 2 sqrt(variance lost) + lost, and e (E T^2 + 2 mean^2) */
        if (bni_wide_less(square, moment) && bni_wide_less(bni_wide_mul(other, other), bni_wide_mul(lost, spread)))
            bni_wide_set(v, k, bni_wide_distance(moment, square));
    }
}

int32_t bni_passage_solve_variance(bni_passage *p, bni_wide_vector v, bni_wide_vector time)
{
    bni_wide_vector second = p->v[2], visited = p->v[3];
    double *row = bni_new_raw(p->ctx, p->S, sizeof *row);
    int32_t status = row == NULL ? BINNET_E_NOMEM : spread_times(p, v, time, row);
    bni_delete(&p->ctx->mem, row);
    BNI_TRY(status);
    for (size_t k = 0; k < p->m; k++) {
        bni_wide t = bni_wide_get(time, k); /* 1 at least, but for rounding */
        bni_wide more = bni_wide_less(t, bni_wide_one) ? bni_wide_zero : bni_wide_distance(t, bni_wide_one);
        bni_wide_set(second, k, bni_wide_add(t, more)); /* (1 - Q) E T^2 = 2 mean - 1 */
        bni_wide_set(visited, k, bni_wide_mul(t, t));
    }
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    BNI_TRY(bni_restricted_solve(&p->r, second, second));
    BNI_TRY(bni_restricted_solve(&p->r, visited, visited));
    choose_variance(p, v, time, second, visited);
    return BINNET_OK;
}
