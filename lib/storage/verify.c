/*
 * What the final weights do: margins with a bound on their rounding, in exact arithmetic where that leaves the sign open.
 * |computed - true| <= (n + 8) 2^-53 (sum |J| + M |I| + M |theta|) / M (each sum rounded n times, its terms bounded by their sizes),
 * and 2^-1073 more, the division's rounding where it underflows, and this bound's own.
 */
#include "num/dense.h"
#include "num/exact.h"
#include "storage/storage.h"

#include <math.h>

enum { TILE = 256 }; /* transitions at once */

typedef struct verify_work {
    size_t n, L;
    double *state; /* [TILE][n] */
} verify_work;

static void verify_buffers(bni_plan *plan, void *object)
{
    verify_work *w = object;
    BNI_BUFFER(plan, w->state, (w->L < TILE ? w->L : TILE) * w->n);
}

double bni_storage_verify_bytes(const bni_demand *d)
{
    verify_work w = {.n = d->n, .L = d->L};
    return bni_plan_bytes(verify_buffers, &w);
}

/* h_i(a) by exact sums, rounded once at the end; 0 only where it is 0. */
static double exact_drive(const double *row, const uint8_t *a, size_t n, double M, double theta, double stimulus)
{
    bni_exact e;
    bni_exact_clear(&e);
    for (size_t j = 0; j < n; j++)
        if (a[j])
            bni_exact_add(&e, row[j]);
    bni_exact_add_product(&e, M, stimulus);
    bni_exact_add_product(&e, -M, theta);
    int sign = bni_exact_sign(&e);
    double h = bni_exact_quotient(&e, M);
    return h == 0 && sign != 0 ? sign * 0x1p-1074 : h;
}

/* Statuses from margins; proofs stay. */
static void judge_neuron(binnet_storage *s, const bni_demand *d, size_t i)
{
    double largest = 0, rest = 0, scale = 0;
    int positive = 1, wanted = 1, at_least = d->rule == BINNET_RULE_MARGIN;
    for (size_t l = 0; l < d->L; l++) {
        double asked = fabs(bni_demand_margin(d, l, i));
        double off = fabs(s->margin[i * d->L + l] - bni_demand_margin(d, l, i));
        largest = asked > largest ? asked : largest;
        scale = off > scale ? off : scale;
    }
    for (size_t l = 0; l < d->L; l++) {
        double margin = s->margin[i * d->L + l], asked = bni_demand_margin(d, l, i), off = margin - asked;
        double slack = 1e-10 * fabs(asked) + 1e-14 * largest;
        positive &= margin > 0;
        wanted &= off >= -slack && (at_least || off <= slack) && (margin > 0 || !(asked > 0));
        rest += scale > 0 ? (off / scale) * (off / scale) : 0;
    }
    if (d->rule == BINNET_RULE_EXACT || d->rule == BINNET_RULE_PSEUDO_INVERSE)
        s->residual[i] = scale * sqrt(rest);
    if (d->rule > BINNET_RULE_MARGIN)
        wanted = positive;
    if (wanted) {
        s->status[i] = BINNET_STORED;
        bni_contradiction_free(&s->mem, s->why[i]); /* of margins that are out of reach by less than that */
        s->why[i] = NULL;
    } else if (s->why[i] == NULL)
        s->status[i] = positive ? BINNET_STORED_OTHER : BINNET_NOT_STORED;
}

/* Of the drives of neuron i where its margins are to be. */
static int32_t verify_neuron(binnet_ctx *ctx, binnet_storage *s, const double *row, const bni_demand *d, size_t i)
{
    double M = bni_demand_M(d, i), offset = s->stimulus[i] - s->theta[i], size = 0;
    for (size_t j = 0; j < d->n; j++)
        size += fabs(row[j]);
    double error = (double)(d->n + 8) * 0x1p-53 * (size / M + fabs(s->stimulus[i]) + fabs(s->theta[i])) + 0x1p-1073;
    if (!isfinite(error))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the weights of neuron %zu overflow", i);
    s->error[i] = error;
    for (size_t l = 0; l < d->L; l++) {
        double h = s->margin[i * d->L + l] / M + offset;
        if (!(fabs(h) > error))
            h = exact_drive(row, d->from + l * d->n, d->n, M, s->theta[i], s->stimulus[i]);
        s->margin[i * d->L + l] = bni_demand_side(d, l, i) * h;
    }
    judge_neuron(s, d, i);
    return BINNET_OK;
}

int32_t bni_storage_verify(binnet_ctx *ctx, binnet_storage *s, const double *J, const bni_demand *d)
{
    verify_work w = {.n = d->n, .L = d->L};
    BNI_TRY(bni_plan_make(ctx, verify_buffers, &w));
    int32_t status = BINNET_OK;
    for (size_t l = 0; l < d->L && status == BINNET_OK; l += TILE) {
        size_t count = d->L - l < TILE ? d->L - l : TILE;
        for (size_t k = 0; k < count * d->n; k++)
            w.state[k] = d->from[l * d->n + k];
        status = bni_dense_large(ctx, s->margin + l, d->L, J, d->n, w.state, d->n, d->n, count, d->n, BNI_B_TRANSPOSED);
    }
    for (size_t i = 0; i < d->n && status == BINNET_OK; i++) {
        status = verify_neuron(ctx, s, J + i * d->n, d, i);
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)i / (double)d->n);
    }
    bni_plan_release(&ctx->mem, verify_buffers, &w);
    return status;
}
