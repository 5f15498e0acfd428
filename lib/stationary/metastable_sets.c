/*
 * Metastable sets by the slow right modes, and the chain between sets of states.
 * Source: Weber & Galliat, ZIB-Report 02-12 (2002); Deuflhard & Weber, Linear Algebra Appl. 398 (2005) 161.
 */
#include "stationary/spectrum.h"
#include "num/dense.h"
#include "num/double_double.h"
#include "num/vectors.h"

#include <math.h>
#include <string.h>

enum { BETWEEN_POLLS = 1 << 14, MOST_SETS = 512 };

/* --- sets --- */

typedef struct corners {
    const binnet_spectrum *s;
    size_t m, S;
    double *Y;         /* [m][S]: the modes, less what the corners so far span */
    double *direction; /* [m] */
    double *X, *chi;   /* [m][m]: the modes at the corners, its inverse */
    double *weight;    /* [m] */
    size_t *corner, *rank;
} corners;

static void list_corners(bni_plan *plan, void *object)
{
    corners *c = object;
    double m = (double)c->m;
    BNI_BUFFER(plan, c->Y, m * (double)c->S);
    BNI_BUFFER(plan, c->direction, m);
    BNI_BUFFER(plan, c->X, m * m);
    BNI_BUFFER(plan, c->chi, m * m);
    BNI_ZEROS(plan, c->weight, m);
    BNI_BUFFER(plan, c->corner, m);
    BNI_BUFFER(plan, c->rank, m);
}

/* The first state that is as far from the origin as any, to 1e-8; -1 when all are in it. */
static int32_t farthest_state(binnet_ctx *ctx, size_t *at, double *distance, const corners *c)
{
    for (int pass = 0; pass < 2; pass++) {
        double most = pass == 0 ? 0 : *distance;
        for (size_t s = 0; s < c->S; s++) {
            double square = 0;
            for (size_t j = 0; j < c->m; j++)
                square += c->Y[j * c->S + s] * c->Y[j * c->S + s];
            if (pass == 0)
                most = square > most ? square : most;
            else if (square >= most * (1 - 2e-8)) {
                *at = s;
                break;
            }
            if (s % BETWEEN_POLLS == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        *distance = most;
    }
    *distance = sqrt(*distance);
    return BINNET_OK;
}

/* Y loses its part along the row of corner k, or is moved there by it when it is the first. */
static int32_t take_off_corner(binnet_ctx *ctx, corners *c, size_t k, double distance)
{
    for (size_t j = 0; j < c->m; j++)
        c->direction[j] = c->Y[j * c->S + c->corner[k]] / (k == 0 ? 1 : distance);
    for (size_t s = 0; s < c->S; s++) {
        double along = k == 0;
        for (size_t j = 0; j < c->m && k > 0; j++)
            along += c->direction[j] * c->Y[j * c->S + s];
        for (size_t j = 0; j < c->m; j++)
            c->Y[j * c->S + s] -= along * c->direction[j];
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t find_corners(binnet_ctx *ctx, corners *c)
{
    BNI_TRY(bni_clear(ctx, c->Y, c->S, sizeof *c->Y)); /* the constant */
    BNI_TRY(bni_copy_bytes(ctx, c->Y + c->S, c->s->right + c->S, (c->m - 1) * c->S, sizeof *c->Y));
    for (size_t k = 0; k < c->m; k++) {
        double distance;
        BNI_TRY(farthest_state(ctx, &c->corner[k], &distance, c));
        if (!(distance > 1e-8) && c->m > 1)
            return bni_fail(ctx, BINNET_E_UNDEFINED, "%zu modes tell only %zu states apart", c->m, k);
        BNI_TRY(take_off_corner(ctx, c, k, distance));
    }
    return BINNET_OK;
}

static int32_t invert_corners(binnet_ctx *ctx, corners *c)
{
    bni_lu *lu = NULL;
    for (size_t i = 0; i < c->m; i++)
        for (size_t j = 0; j < c->m; j++) {
            c->X[i * c->m + j] = c->s->right[j * c->S + c->corner[i]];
            c->chi[i * c->m + j] = i == j;
        }
    int32_t status = bni_lu_new(ctx, &lu, c->X, c->m);
    if (status == BINNET_E_UNDEFINED || (status == BINNET_OK && !(bni_lu_rcond(lu) > 1e-12)))
        status = bni_fail(ctx, BINNET_E_UNDEFINED, "the corners of %zu modes nearly coincide", c->m);
    if (status == BINNET_OK)
        status = bni_lu_solve(ctx, c->chi, c->m, lu, BNI_A_TRANSPOSED);
    bni_lu_free(lu);
    return status;
}

/* chi: rows of X^-1. */
static size_t set_of_state(const corners *c, size_t s)
{
    size_t best = 0;
    double most = -INFINITY;
    for (size_t j = 0; j < c->m; j++) {
        double chi = 0;
        for (size_t k = 0; k < c->m; k++)
            chi += c->s->right[k * c->S + s] * c->chi[k * c->m + j];
        if (chi > most + 1e-8) {
            most = chi;
            best = j;
        }
    }
    return best;
}

static int heavier_corner(const void *p, const void *q, const void *arg)
{
    const corners *c = arg;
    size_t a = *(const size_t *)p, b = *(const size_t *)q;
    if (c->weight[a] != c->weight[b])
        return c->weight[a] > c->weight[b] ? -1 : 1;
    return c->corner[a] < c->corner[b] ? -1 : c->corner[a] > c->corner[b];
}

static int32_t fill_sets(binnet_ctx *ctx, int32_t *set, uint64_t *corner, corners *c)
{
    size_t *order = c->rank, *place = (size_t *)(void *)c->direction; /* free by now */
    for (size_t s = 0; s < c->S; s++) {
        c->Y[s] = (double)set_of_state(c, s);
        c->weight[(size_t)c->Y[s]] += c->s->left[s];
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    for (size_t k = 0; k < c->m; k++)
        order[k] = k;
    BNI_TRY(bni_sort(ctx, order, c->m, sizeof *order, heavier_corner, c));
    for (size_t k = 0; k < c->m; k++) {
        place[order[k]] = k;
        if (corner != NULL)
            corner[k] = c->corner[order[k]];
    }
    for (size_t s = 0; s < c->S; s++)
        set[s] = (int32_t)place[(size_t)c->Y[s]];
    return BINNET_OK;
}

int32_t binnet_spectrum_sets(binnet_ctx *ctx, int32_t *set, size_t len, uint64_t *corner, size_t m,
                             const binnet_spectrum *s)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, set, "set"));
    BNI_TRY(bni_need(ctx, s, "spectrum"));
    if (len != s->S)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the chain has %zu states", len, s->S);
    if (m < 1 || m > s->count)
        return bni_fail(ctx, BINNET_E_RANGE, "m is %zu, there are %zu modes", m, s->count);
    if (s->im[m - 1] > 0)
        return bni_fail(ctx, BINNET_E_RANGE, "m is %zu, but modes %zu and %zu are a pair", m, m, m + 1);
    corners c = {.s = s, .m = m, .S = s->S};
    BNI_TRY(bni_need_memory(ctx, bni_plan_bytes(list_corners, &c) + bni_lu_bytes(m), "the metastable sets"));
    BNI_TRY(bni_plan_make(ctx, list_corners, &c));
    int32_t status = find_corners(ctx, &c);
    if (status == BINNET_OK)
        status = invert_corners(ctx, &c);
    if (status == BINNET_OK)
        status = fill_sets(ctx, set, corner, &c);
    bni_plan_release(&ctx->mem, list_corners, &c);
    return status;
}

/* --- the chain between sets --- */

typedef struct coarse {
    const binnet_chain *chain;
    const double *law;
    const int32_t *set;
    size_t m, S;
    double *C; /* [m][m], and workspace as much */
    double *copy, *weight, *re, *im;
    double *x, *y, *scratch; /* [S] */
} coarse;

static void list_coarse(bni_plan *plan, void *object)
{
    coarse *c = object;
    double m = (double)c->m, S = (double)c->S;
    BNI_BUFFER(plan, c->C, 2 * m * m);
    BNI_BUFFER(plan, c->copy, m * m);
    BNI_ZEROS(plan, c->weight, m);
    BNI_BUFFER(plan, c->re, m);
    BNI_BUFFER(plan, c->im, m);
    BNI_BUFFER(plan, c->x, S);
    BNI_BUFFER(plan, c->y, S);
    BNI_BUFFER(plan, c->scratch, S);
}

static int32_t weigh_sets(binnet_ctx *ctx, coarse *c)
{
    for (size_t a = 0; a < c->m; a++)
        c->re[a] = c->C[2 * a] = c->C[2 * a + 1] = 0; /* states; pairs of sums */
    for (size_t s = 0; s < c->S; s++) {
        if (c->set[s] < 0 || (size_t)c->set[s] >= c->m)
            return bni_fail(ctx, BINNET_E_RANGE, "set[%zu] is %d, expected 0..%zu", s, (int)c->set[s], c->m - 1);
        bni_pair_add(c->C + 2 * c->set[s], c->law[s]);
        c->re[c->set[s]]++;
    }
    bni_close_pairs(c->C, c->m);
    for (size_t a = 0; a < c->m; a++) {
        c->weight[a] = c->C[a];
        if (c->re[a] == 0)
            return bni_fail(ctx, BINNET_E_RANGE, "no state is in set %zu", a);
        if (!(c->weight[a] > 0))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "set %zu has probability 0", a);
    }
    return BINNET_OK;
}

static int32_t fill_flows(binnet_ctx *ctx, coarse *c, bni_step *step)
{
    double change = 0;
    bni_span(ctx, 0, 0.1);
    BNI_TRY(bni_step_apply(ctx, step, c->y, c->law));
    for (size_t s = 0; s < c->S; s++)
        change += fabs(c->y[s] - c->law[s]);
    if (!(change <= 1e-8))
        return bni_fail(ctx, BINNET_E_RANGE, "the law is not stationary: one step changes it by %.3g", change);
    bni_span(ctx, 0.1, 0.5);
    BNI_TRY(bni_step_flows(ctx, step, c->C, c->weight, c->m, c->set, c->law, c->x, c->y));
    for (size_t a = 0; a < c->m; a++) {
        double leaves = 0;
        for (size_t b = 0; b < c->m; b++)
            leaves += b == a ? 0 : c->C[a * c->m + b];
        c->C[a * c->m + a] = leaves < 1 ? 1 - leaves : 0;
    }
    return BINNET_OK;
}

static int32_t coarse_residual(binnet_ctx *ctx, double *residual, coarse *c, bni_expectation *e)
{
    *residual = 0;
    for (size_t b = 0; b < c->m; b++) {
        bni_span(ctx, 0.5 + 0.5 * (double)b / (double)c->m, 0.5 + 0.5 * (double)(b + 1) / (double)c->m);
        for (size_t s = 0; s < c->S; s++)
            c->x[s] = c->set[s] == (int32_t)b;
        BNI_TRY(bni_expectation_apply(ctx, e, c->y, c->x, c->scratch));
        for (size_t s = 0; s < c->S; s++)
            *residual += c->law[s] * fabs(c->y[s] - c->C[(size_t)c->set[s] * c->m + b]);
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

static int32_t solve_coarse(binnet_ctx *ctx, coarse *c, double *residual, int values)
{
    bni_team *team = NULL;
    bni_operator o = {.chain = NULL};
    BNI_TRY(weigh_sets(ctx, c));
    double held = bni_plan_bytes(list_coarse, c);
    int32_t status = bni_team_new(ctx, &team, c->chain->n < BNI_THREADED ? 1 : (int)ctx->threads);
    if (status == BINNET_OK)
        status = bni_operator_new(ctx, &o, c->chain, team, bni_step_room(ctx, held));
    if (status == BINNET_OK)
        status = fill_flows(ctx, c, o.step);
    if (status == BINNET_OK && residual != NULL)
        status = coarse_residual(ctx, residual, c, o.e);
    bni_operator_free(ctx, &o);
    bni_team_free(team);
    if (status == BINNET_OK && values) {
        memcpy(c->copy, c->C, c->m * c->m * sizeof *c->C);
        status = bni_eigen(ctx, c->re, c->im, NULL, NULL, NULL, c->copy, c->m);
    }
    return status;
}

int32_t binnet_chain_coarse(binnet_ctx *ctx, double *C, double *weight, double *residual, double *re, double *im,
                            size_t m, const binnet_chain *chain, const binnet_law *law, const int32_t *set, size_t len)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, C, "C"));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    BNI_TRY(bni_need(ctx, set, "set"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "coarse chains"));
    BNI_TRY(bni_chain_check(ctx, chain, set, len));
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the law is of %zu neurons, the chain has %zu", law->n, chain->n);
    if (m < 1 || m > len || m > MOST_SETS)
        return bni_fail(ctx, BINNET_E_RANGE, "m is %zu, expected 1..%d and at most %zu states", m, MOST_SETS, len);
    if ((re == NULL) != (im == NULL))
        return bni_fail(ctx, BINNET_E_NULL, "of re and im one is NULL");
    coarse c = {.chain = chain, .law = law->p, .set = set, .m = m, .S = len};
    double held = bni_plan_bytes(list_coarse, &c), found = 0;
    double bytes = bni_operator_bytes(chain, (int)ctx->threads, bni_step_room(ctx, held));
    BNI_TRY(bni_need_memory(ctx, held + fmax(bytes, bni_eigen_bytes(m, 0)), "the coarse chain"));
    BNI_TRY(bni_plan_make(ctx, list_coarse, &c));
    int32_t status = solve_coarse(ctx, &c, residual != NULL ? &found : NULL, re != NULL);
    if (status == BINNET_OK) {
        memcpy(C, c.C, m * m * sizeof *C);
        if (weight != NULL)
            memcpy(weight, c.weight, m * sizeof *weight);
        if (residual != NULL)
            *residual = found;
        if (re != NULL) {
            memcpy(re, c.re, m * sizeof *re);
            memcpy(im, c.im, m * sizeof *im);
        }
    }
    bni_plan_release(&ctx->mem, list_coarse, &c);
    return status;
}
