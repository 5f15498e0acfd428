/*
 * The leading eigenvalues of a chain: the object.
 */
#include "stationary/spectrum.h"

#include <math.h>

enum { DENSE_ALWAYS = 7 };

static void list_spectrum(bni_plan *plan, void *object)
{
    binnet_spectrum *s = object;
    double rows = (double)s->rows;
    double **number[] = {&s->re, &s->im, &s->bound, &s->condition, &s->residual_right, &s->residual_left};
    for (size_t k = 0; k < sizeof number / sizeof *number; k++)
        BNI_ZEROS(plan, *number[k], rows);
    BNI_BUFFER(plan, s->right, rows * (double)s->S);
    BNI_BUFFER(plan, s->left, rows * (double)s->S);
}

void binnet_spectrum_free(binnet_spectrum *s)
{
    if (s == NULL)
        return;
    bni_allocator mem = s->mem;
    bni_plan_release(&mem, list_spectrum, s);
    bni_delete(&mem, s);
}

/* Numbers only. */
static binnet_spectrum plan_spectrum(const binnet_ctx *ctx, const binnet_chain *chain, size_t k)
{
    binnet_spectrum s = {.mem = ctx->mem, .n = chain->n, .S = (size_t)1 << chain->n};
    int few = chain->n <= DENSE_ALWAYS || (chain->n <= BINNET_MAX_DENSE_NEURONS && k > s.S / 8);
    s.method = few ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION;
    if (ctx->method != BINNET_METHOD_AUTO)
        s.method = (int32_t)ctx->method;
    s.rows = s.method == BINNET_METHOD_GTH ? s.S : bni_spectrum_krylov_rows(s.n, k - 1) + 1;
    return s;
}

static int spectrum_workers(const binnet_ctx *ctx, const binnet_chain *chain)
{
    return chain->n < BNI_THREADED ? 1 : (int)ctx->threads;
}

static double object_bytes(binnet_spectrum s)
{
    return (double)sizeof s + bni_plan_bytes(list_spectrum, &s);
}

/* What the operator may count on: all but what is held beside it. */
static double held_beside(const binnet_spectrum *s, size_t k)
{
    double S = 8 * (double)s->S, krylov = s->method == BINNET_METHOD_GTH ? 0 : bni_spectrum_krylov_bytes(s->n, k - 1);
    return object_bytes(*s) + fmax(krylov, 6 * S + sizeof(binnet_law)) + S;
}

static double spectrum_bytes(const binnet_ctx *ctx, const binnet_chain *chain, const binnet_spectrum *s, size_t k)
{
    double held = held_beside(s, k), steps;
    steps = held + bni_operator_bytes(chain, spectrum_workers(ctx, chain), bni_step_room(ctx, held));
    double law = object_bytes(*s) + bni_stationary_bytes(ctx, chain);
    double matrix = s->method == BINNET_METHOD_GTH ? object_bytes(*s) + bni_spectrum_dense_bytes(s->n) : 0;
    return fmax(steps, fmax(law, matrix)) + 4096;
}

static int32_t find_values(binnet_ctx *ctx, binnet_spectrum *s, size_t *found, const binnet_chain *chain, size_t k,
                           bni_team *team)
{
    *found = 0;
    if (k == 1)
        return BINNET_OK;
    if (s->method == BINNET_METHOD_GTH)
        return bni_spectrum_dense(ctx, s, found, chain);
    bni_operator o;
    int32_t status = bni_operator_new(ctx, &o, chain, team, bni_step_room(ctx, held_beside(s, k)));
    if (status == BINNET_OK)
        status = bni_spectrum_krylov(ctx, s, found, k - 1, &o);
    bni_operator_free(ctx, &o);
    return status;
}

/* The stationary law of the first class. */
static int32_t first_law(binnet_ctx *ctx, binnet_law **law, const binnet_spectrum *s, const binnet_chain *chain)
{
    int64_t limit = bni_set_aside(ctx, object_bytes(*s));
    uint64_t classes;
    int32_t status = bni_classes(ctx, &classes, NULL, chain, 0);
    if (status == BINNET_OK)
        status = bni_stationary_in_class(ctx, law, chain, classes == 1 ? UINT64_MAX : 0);
    bni_give_back(ctx, limit);
    return status;
}

static int32_t solve_spectrum(binnet_ctx *ctx, binnet_spectrum *s, const binnet_chain *chain, size_t k)
{
    bni_team *team = NULL;
    binnet_law *law = NULL;
    bni_operator o = {.chain = NULL};
    size_t found;
    BNI_TRY(bni_team_new(ctx, &team, spectrum_workers(ctx, chain)));
    bni_span(ctx, 0, 0.8);
    int32_t status = find_values(ctx, s, &found, chain, k, team);
    if (status == BINNET_OK)
        status = first_law(ctx, &law, s, chain);
    bni_span(ctx, 0.95, 1);
    if (status == BINNET_OK)
        status = bni_operator_new(ctx, &o, chain, team, bni_step_room(ctx, held_beside(s, k)));
    if (status == BINNET_OK)
        status = bni_spectrum_finish(ctx, s, &o, found, k, law);
    bni_operator_free(ctx, &o);
    binnet_law_free(law);
    bni_team_free(team);
    return status;
}

static int32_t check_k(binnet_ctx *ctx, const binnet_chain *chain, size_t k)
{
    size_t S = (size_t)1 << chain->n;
    if (k < 1 || k > S)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, expected 1..%zu", k, S);
    if (ctx->method == BINNET_METHOD_GTH && chain->n > BINNET_MAX_DENSE_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "the whole matrix is for up to %d neurons, the chain has %zu",
                        BINNET_MAX_DENSE_NEURONS, chain->n);
    return BINNET_OK;
}

int32_t binnet_spectrum_new(binnet_ctx *ctx, binnet_spectrum **out, const binnet_chain *chain, size_t k)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "spectra"));
    BNI_TRY(check_k(ctx, chain, k));
    binnet_spectrum numbers = plan_spectrum(ctx, chain, k);
    BNI_TRY(bni_need_memory(ctx, spectrum_bytes(ctx, chain, &numbers, k), "the spectrum"));
    binnet_spectrum *s = bni_new(ctx, 1, sizeof *s);
    if (s == NULL)
        return BINNET_E_NOMEM;
    *s = numbers;
    int32_t status = bni_plan_make(ctx, list_spectrum, s);
    if (status == BINNET_OK)
        status = solve_spectrum(ctx, s, chain, k);
    if (status != BINNET_OK) {
        binnet_spectrum_free(s);
        return status;
    }
    *out = s;
    return BINNET_OK;
}

int32_t binnet_spectrum_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                 const binnet_chain *chain, size_t k)
{
    enum { STEPS = 300 };
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "spectra"));
    BNI_TRY(check_k(ctx, chain, k));
    binnet_spectrum s = plan_spectrum(ctx, chain, k);
    double b = spectrum_bytes(ctx, chain, &s, k), S = (double)s.S;
    if (flops != NULL && s.method == BINNET_METHOD_GTH) {
        *flops = 25 * S * S * S;
    } else if (flops != NULL) {
        double law;
        BNI_TRY(binnet_chain_stationary_estimate(ctx, NULL, NULL, &law, chain));
        *flops = law + STEPS * (bni_step_flops(chain, (int)ctx->threads, INFINITY) + 8 * S * (3 * (double)k + 40));
    }
    if (states != NULL)
        *states = UINT64_C(1) << chain->n;
    if (bytes != NULL)
        *bytes = b < 1.8e19 ? (uint64_t)b : UINT64_MAX;
    return BINNET_OK;
}

/* --- reading --- */

size_t binnet_spectrum_count(const binnet_spectrum *s)
{
    return s == NULL ? 0 : s->count;
}

size_t binnet_spectrum_neurons(const binnet_spectrum *s)
{
    return s == NULL ? 0 : s->n;
}

int32_t binnet_spectrum_method(const binnet_spectrum *s)
{
    return s == NULL ? 0 : s->method;
}

uint64_t binnet_spectrum_steps(const binnet_spectrum *s)
{
    return s == NULL ? 0 : s->steps;
}

static int32_t check_eigenvalue(const binnet_spectrum *s, size_t k)
{
    return s == NULL ? BINNET_E_NULL : k >= s->count ? BINNET_E_RANGE : BINNET_OK;
}

static void put_number(double *to, double value)
{
    if (to != NULL)
        *to = value;
}

int32_t binnet_spectrum_value(const binnet_spectrum *s, size_t k, double *re, double *im, double *bound)
{
    BNI_TRY(check_eigenvalue(s, k));
    put_number(re, s->re[k]);
    put_number(im, s->im[k]);
    put_number(bound, s->bound[k]);
    return BINNET_OK;
}

int32_t binnet_spectrum_times(const binnet_spectrum *s, size_t k, double *relaxation, double *shortest, double *longest,
                              double *period)
{
    BNI_TRY(check_eigenvalue(s, k));
    double size = hypot(s->re[k], s->im[k]), least = size - s->bound[k], most = size + s->bound[k];
    put_number(relaxation, size >= 1 ? INFINITY : size > 0 ? -1 / log(size) : 0);
    put_number(shortest, least >= 1 ? INFINITY : least > 0 ? -1 / log(least) : 0);
    put_number(longest, most >= 1 ? INFINITY : most > 0 ? -1 / log(most) : 0);
    double angle = fabs(atan2(s->im[k], s->re[k]));
    put_number(period, !(size > s->bound[k]) ? NAN : angle > 0 ? 8 * atan(1) / angle : INFINITY);
    return BINNET_OK;
}

int32_t binnet_spectrum_residual(const binnet_spectrum *s, size_t k, double *right, double *left, double *condition)
{
    BNI_TRY(check_eigenvalue(s, k));
    put_number(right, s->residual_right[k]);
    put_number(left, s->residual_left[k]);
    put_number(condition, s->condition[k]);
    return BINNET_OK;
}

/* The second of a pair has the conjugate of the first one's modes. */
static int32_t copy_mode(binnet_ctx *ctx, double *re, double *im, size_t len, const binnet_spectrum *s, size_t k,
                         int left)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, re, "re"));
    BNI_TRY(bni_need(ctx, s, "spectrum"));
    if (k >= s->count)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, there are %zu eigenvalues", k, s->count);
    if (len != s->S)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the chain has %zu states", len, s->S);
    size_t first = s->im[k] < 0 ? k - 1 : k;
    const double *row = (left ? s->left : s->right) + first * len;
    BNI_TRY(bni_copy_bytes(ctx, re, row, len, sizeof *re));
    if (im == NULL)
        return BINNET_OK;
    if (s->im[k] == 0)
        return bni_clear(ctx, im, len, sizeof *im);
    BNI_TRY(bni_copy_bytes(ctx, im, row + len, len, sizeof *im));
    for (size_t t = 0; t < len && s->im[k] < 0; t++)
        im[t] = -im[t];
    return BINNET_OK;
}

int32_t binnet_spectrum_right(binnet_ctx *ctx, double *re, double *im, size_t len, const binnet_spectrum *s, size_t k)
{
    return copy_mode(ctx, re, im, len, s, k, 0);
}

int32_t binnet_spectrum_left(binnet_ctx *ctx, double *re, double *im, size_t len, const binnet_spectrum *s, size_t k)
{
    return copy_mode(ctx, re, im, len, s, k, 1);
}
