/*
 * A pass over the law of an iteration: the image that balances it state by state, what that changes, and how many passes there
 * were.
 */
#include "stationary/iteration.h"

#include "num/vectors.h"

#include <math.h>
#include <string.h>

enum { SLICE_LEAST = 256 };

double bni_passes_bytes(void)
{
    return BNI_SLICES_MOST * sizeof(bni_partial);
}

int32_t bni_passes_new(bni_iteration *it)
{
    size_t S = it->S;
    it->slice = S / BNI_SLICES_MOST > SLICE_LEAST ? S / BNI_SLICES_MOST : S < SLICE_LEAST ? S : SLICE_LEAST;
    it->slices = S / it->slice;
    it->partials = bni_new(it->ctx, it->slices, sizeof *it->partials);
    return it->partials == NULL ? BINNET_E_NOMEM : BINNET_OK;
}

static void do_slices(void *arg, int worker, int workers)
{
    bni_iteration *it = arg;
    uint64_t from, to;
    bni_share(it->slices, 1, worker, workers, &from, &to);
    for (; from < to; from++) {
        size_t end = from + 1 == it->slices ? it->S : (from + 1) * it->slice; /* the last one has the rest */
        it->pass(it, from, from * it->slice, end);
        if (worker == 0 && it->poll_status == BINNET_OK)
            it->poll_status = bni_poll(it->ctx, 1);
    }
}

int32_t bni_pass_slices(bni_iteration *it, void (*pass)(bni_iteration *, size_t, size_t, size_t))
{
    it->pass = pass;
    it->poll_status = BINNET_OK;
    bni_team_run(it->team, do_slices, it);
    return it->poll_status;
}

double bni_total_flow(const bni_iteration *it)
{
    double total = 0;
    for (size_t k = 0; k < it->slices; k++)
        total += it->partials[k].total;
    return total;
}

static void add_image(bni_iteration *it, size_t k, size_t from, size_t to)
{
    it->partials[k].total = bni_sum(it->y + from, to - from);
}

static void compare(bni_iteration *it, size_t k, size_t from, size_t to)
{
    double change_sum = 0, relative = 0;
    for (size_t s = from; s < to; s++) {
        double y = it->y[s] /= it->factor, change = fabs(y - it->x[s]);
        change_sum += change;
        if (y > 1e-290 && change > relative * y)
            relative = change / y;
    }
    it->partials[k].change = change_sum;
    it->partials[k].relative = relative;
}

int32_t bni_count_passes(bni_iteration *it, uint64_t passes)
{
    if (it->steps > it->most || passes > it->most - it->steps) {
        it->spent = 1;
        return bni_fail(it->ctx, BINNET_E_NOCONV,
                        "after %llu passes (BINNET_P_MAX_ITERATIONS is %lld) the residual is %.3g (tolerance %.3g)",
                        (unsigned long long)it->steps, (long long)it->ctx->max_iterations, it->residual,
                        it->ctx->tolerance);
    }
    it->steps += passes;
    bni_course_work(it->ctx, &it->course, (double)passes);
    return BINNET_OK;
}

int32_t bni_measure_image(bni_iteration *it)
{
    BNI_TRY(bni_pass_slices(it, add_image));
    it->factor = bni_total_flow(it);
    BNI_TRY(bni_pass_slices(it, compare));
    it->residual = it->relative = 0;
    for (size_t k = 0; k < it->slices; k++) {
        it->residual += it->partials[k].change;
        it->relative = fmax(it->relative, it->partials[k].relative);
    }
    return BINNET_OK;
}

int32_t bni_advance_pass(bni_iteration *it)
{
    BNI_TRY(bni_count_passes(it, 1));
    BNI_TRY(bni_balance_apply(it->ctx, it->balance, it->y, it->x));
    BNI_TRY(bni_measure_image(it));
    if (it->first_residual <= 0)
        it->first_residual = it->residual;
    if (!isfinite(it->residual))
        return bni_fail(it->ctx, BINNET_E_UNDERFLOW, "probabilities of leaving a state are too small for double");
    return BINNET_OK;
}

void bni_accept_image(bni_iteration *it)
{
    memcpy(it->x, it->y, it->S * sizeof *it->x);
}

int32_t bni_normalise_law(bni_iteration *it)
{
    double total = bni_sum(it->x, it->S);
    for (size_t s = 0; s < it->S; s++)
        it->x[s] /= total;
    return bni_poll(it->ctx, 1);
}

void bni_report_residual(bni_iteration *it)
{
    bni_course_way(&it->course, it->residual, it->first_residual, it->ctx->tolerance, 0.5);
}

void bni_report_change(bni_iteration *it, double change)
{
    bni_course_way(&it->course, change, 1, 1e-14, 1);
}
