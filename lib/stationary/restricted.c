/*
 * The systems (1 - Q) x = b and v (1 - Q) = a of a chain restricted to some of its states, by elimination without subtraction: all
 * exits together are one more state, number 0, which is kept. bni_gth leaves for every state k the probabilities P[k][l],
 * l < k, of the chain watched in 0..k only, and above the diagonal f[i][k] = P[i][k] / sum_l P[k][l]. Then
 *     b[i] += sum_{k>i} f[i][k] b[k] from the last on, x[k] = (b[k] + sum_{0<l<k} P[k][l] x[l]) / sum_{l<k} P[k][l],
 * and the transposes. No operand is negative: relative accuracy entry by entry.
 * Source: Grassmann, Taksar & Heyman, Oper. Res. 33 (1985) 1107; Alfa, Xue & Ye, Math. Comp. 71 (2002) 217.
 */
#include "stationary/passage.h"

#include <math.h>

/* Elimination in doubles is trusted as long as no set of states is left with less, and no result is less or more than these;
 * what underflows is then lost in the others. */
static const double least_trusted = 1e-140, most_trusted = 1e140;

/* Row r + 1 of the matrix from the transitions of the state, and what goes to the exits. */
static void keep_row(bni_restricted *r, size_t row, const double *m, const double *e)
{
    size_t S = (size_t)1 << r->chain->n, width = r->m + 1, at = (row + 1) * width, c = 1;
    bni_wide all = bni_wide_zero;
    for (size_t s = 0; s < S; s++) {
        int32_t kind = r->kind[s];
        if (kind < 0) {
            r->matrix.m[at + c] = m[s];
            if (e != NULL)
                r->matrix.e[at + c] = e[s];
            c++;
        } else if (m[s] > 0) {
            bni_wide p = e != NULL ? (bni_wide){m[s], e[s]} : bni_wide_of(m[s]);
            size_t to = (size_t)kind * r->m + row;
            bni_wide_set(r->exit, to, bni_wide_add(bni_wide_get(r->exit, to), p));
        }
    }
    for (size_t k = 0; k < r->kinds; k++)
        all = bni_wide_add(all, bni_wide_get(r->exit, k * r->m + row));
    r->matrix.m[at] = e != NULL ? all.m : bni_wide_double(all);
    if (e != NULL)
        r->matrix.e[at] = all.e;
}

static int32_t make_rows(bni_restricted *r)
{
    size_t S = (size_t)1 << r->chain->n;
    double *row = bni_new_raw(r->ctx, S, sizeof *row);
    int32_t status = row == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t k = 0; k < r->m && status == BINNET_OK; k++) {
        bni_progress whole = bni_progress_push(r->ctx);
        bni_progress_part(r->ctx, whole, (double)k, (double)r->m);
        status = bni_chain_fill_row(r->ctx, row, r->chain, r->state[k]);
        bni_progress_pop(r->ctx, whole);
        if (status != BINNET_OK)
            break;
        keep_row(r, k, row, NULL);
        status = bni_poll(r->ctx, (double)(k + 1) / (double)r->m);
    }
    bni_delete(&r->ctx->mem, row);
    return status;
}

static int32_t make_wide_rows(bni_restricted *r)
{
    size_t S = (size_t)1 << r->chain->n;
    bni_transitions t;
    double *memory = NULL;
    int32_t status = bni_transitions_new(r->ctx, &t, r->chain);
    if (status == BINNET_OK && (memory = bni_new_raw(r->ctx, 4 * S, sizeof *memory)) == NULL)
        status = BINNET_E_NOMEM;
    bni_wide_vector row = {memory, NULL}, scratch = {NULL, NULL};
    if (memory != NULL) {
        row.e = memory + S;
        scratch.m = memory + 2 * S;
        scratch.e = memory + 3 * S;
    }
    for (size_t k = 0; k < r->m && status == BINNET_OK; k++) {
        status = bni_transitions_row(&t, &row, &scratch, r->state[k]);
        if (status != BINNET_OK)
            break;
        keep_row(r, k, row.m, row.e);
        status = bni_poll(r->ctx, (double)(k + 1) / (double)r->m);
    }
    bni_transitions_free(&t);
    bni_delete(&r->ctx->mem, memory);
    return status;
}

static int32_t eliminate_kept(bni_restricted *r, bni_team *team)
{
    size_t m = r->m, width = m + 1;
    double *unused = bni_new_raw(r->ctx, 2 * width, sizeof *unused), smallest = INFINITY;
    if (unused == NULL)
        return BINNET_E_NOMEM;
    int32_t status = r->way == BNI_BY_ELIMINATION
                         ? bni_gth(r->ctx, unused, &smallest, width, r->matrix.m, team)
                         : bni_gth_wide(r->ctx, unused, unused + width, width, r->matrix.m, r->matrix.e);
    bni_delete(&r->ctx->mem, unused);
    if (status == BINNET_OK && !(smallest >= least_trusted))
        status = bni_fail(r->ctx, BINNET_E_UNDERFLOW, "a set of states is left with a probability of %.3g only",
                          smallest);
    if (status != BINNET_OK)
        return status;
    for (size_t k = 1; k <= m; k++) {
        const double *row = r->matrix.m + k * width;
        bni_wide sum = bni_wide_zero;
        if (r->way == BNI_BY_WIDE_ELIMINATION)
            sum = bni_wide_sum(row, r->matrix.e + k * width, k);
        else {
            double plain = 0;
            for (size_t l = 0; l < k; l++)
                plain += row[l];
            sum = bni_wide_of(plain);
        }
        bni_wide_set(r->out, k - 1, sum);
    }
    return BINNET_OK;
}

static void restricted_buffers(bni_plan *plan, void *restricted)
{
    bni_restricted *r = restricted;
    double m = (double)r->m, kinds = (double)r->kinds;
    BNI_BUFFER(plan, r->state, m);
    BNI_ZEROS(plan, r->exit.m, m * kinds);
    BNI_BUFFER(plan, r->exit.e, m * kinds);
    BNI_BUFFER(plan, r->out.m, m);
    BNI_BUFFER(plan, r->out.e, m);
    BNI_BUFFER(plan, r->scratch.m, m);
    BNI_BUFFER(plan, r->scratch.e, m);
    if (r->way != BNI_BY_ITERATION)
        BNI_ZEROS(plan, r->matrix.m, (m + 1) * (m + 1));
    if (r->way == BNI_BY_WIDE_ELIMINATION)
        BNI_ZEROS(plan, r->matrix.e, (m + 1) * (m + 1));
}

double bni_restricted_bytes(const binnet_chain *chain, double m, double kinds, int way)
{
    double S = ldexp(1, (int)chain->n);
    bni_restricted r = {.m = (size_t)m, .kinds = (size_t)kinds, .way = way};
    double own = bni_plan_bytes(restricted_buffers, &r) + 16 * (m + 1);
    if (way == BNI_BY_ITERATION)
        return own + bni_krylov_bytes(chain) + 16 * S; /* and what marking traps takes */
    return own +
           (way == BNI_BY_ELIMINATION ? fmax(8 * S, bni_gth_bytes(m + 1)) : bni_transitions_bytes(chain) + 32 * S);
}

double bni_restricted_flops(const binnet_chain *chain, double m, int way, int workers)
{
    if (way == BNI_BY_ITERATION)
        return bni_step_flops(chain, workers, 0); /* of one iteration */
    return 2 * m * m * m / 3 + m * ldexp(1, (int)chain->n);
}

/* Up to so many states elimination is quick; more are affordable where iteration fails, as for stationary laws. */
enum { QUICK = 1536, ELIMINATED = 8192, ELIMINATED_WIDE = 2048 };

int bni_restricted_ways(const binnet_ctx *ctx, int *way, const binnet_chain *chain, double m, double kinds, double held)
{
    static const int all[3] = {BNI_BY_ITERATION, BNI_BY_ELIMINATION, BNI_BY_WIDE_ELIMINATION};
    int free_choice = ctx->method == BINNET_METHOD_AUTO, fits[3], ways = 0;
    const double most[3] = {INFINITY, ELIMINATED, ELIMINATED_WIDE};
    for (int k = 0; k < 3; k++)
        fits[k] = m <= most[k] && bni_fits_memory(ctx, held + bni_restricted_bytes(chain, m, kinds, all[k]));
    if (ctx->method == BINNET_METHOD_ITERATION || (free_choice && (m > QUICK || !fits[1])))
        way[ways++] = BNI_BY_ITERATION;
    if (ctx->method == BINNET_METHOD_GTH || (free_choice && fits[1]))
        way[ways++] = BNI_BY_ELIMINATION;
    if (ways > 0 && way[ways - 1] == BNI_BY_ELIMINATION && fits[2])
        way[ways++] = BNI_BY_WIDE_ELIMINATION;
    return ways;
}

int32_t bni_restricted_new(binnet_ctx *ctx, bni_restricted *r, const binnet_chain *chain, const int32_t *kind, size_t m,
                           size_t kinds, int way, bni_team *team)
{
    size_t S = (size_t)1 << chain->n, k = 0;
    *r = (bni_restricted){.ctx = ctx, .chain = chain, .kind = kind, .m = m, .kinds = kinds, .way = way};
    BNI_TRY(bni_plan_make(ctx, restricted_buffers, r));
    for (size_t s = 0; s < S; s++)
        if (kind[s] < 0)
            r->state[k++] = (uint32_t)s;
    bni_wide_clear(r->exit, m * kinds);
    /* each of the some n flips on the way over a barrier has the error of its probability */
    r->error = (way == BNI_BY_ITERATION ? 0 : (double)m * 0x1p-50) + 0x1p-47 + 0x1p-51 * chain->sensitivity;
    if (way == BNI_BY_ITERATION)
        return bni_krylov_new(ctx, &r->krylov, r, team);
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_part(ctx, whole, 0, 2);
    BNI_TRY(way == BNI_BY_ELIMINATION ? make_rows(r) : make_wide_rows(r));
    bni_progress_part(ctx, whole, 1, 2);
    int32_t status = eliminate_kept(r, team);
    bni_progress_pop(ctx, whole);
    return status;
}

void bni_restricted_free(bni_restricted *r)
{
    if (r->ctx == NULL)
        return;
    bni_krylov_free(r->krylov);
    bni_plan_release(&r->ctx->mem, restricted_buffers, r);
}

/* A solution in doubles; 0 is what nothing leads to, or what underflowed. */
static int32_t store_doubles(bni_restricted *r, bni_wide_vector x, const double *w)
{
    for (size_t k = 0; k < r->m; k++) {
        if (!(w[k] <= most_trusted))
            return bni_fail(r->ctx, BINNET_E_UNDERFLOW, "a number of %.3g is beyond elimination in doubles", w[k]);
        r->doubtful |= !(w[k] >= least_trusted);
        bni_wide_set(x, k, bni_wide_of(w[k]));
    }
    return BINNET_OK;
}

static int32_t load_doubles(double *to, const bni_restricted *r, bni_wide_vector from)
{
    for (size_t k = 0; k < r->m; k++) {
        to[k] = bni_wide_double(bni_wide_get(from, k));
        if (!(to[k] <= most_trusted))
            return bni_fail(r->ctx, BINNET_E_UNDERFLOW, "a number of %.3g is beyond elimination in doubles", to[k]);
    }
    return BINNET_OK;
}

static int32_t solve_doubles(bni_restricted *r, bni_wide_vector x, bni_wide_vector b)
{
    size_t m = r->m, width = m + 1;
    double *w = r->scratch.m;
    BNI_TRY(load_doubles(w, r, b));
    for (size_t i = m; i-- > 0;) {
        const double *row = r->matrix.m + (i + 1) * width + 1;
        for (size_t k = i + 1; k < m; k++)
            w[i] += row[k] * w[k];
        if (i % 256 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    for (size_t k = 0; k < m; k++) {
        const double *row = r->matrix.m + (k + 1) * width + 1;
        for (size_t l = 0; l < k; l++)
            w[k] += row[l] * w[l];
        w[k] /= bni_wide_double(bni_wide_get(r->out, k));
        if (k % 256 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    return store_doubles(r, x, w);
}

static int32_t solve_left_doubles(bni_restricted *r, bni_wide_vector v, bni_wide_vector a)
{
    size_t m = r->m, width = m + 1;
    double *w = r->scratch.m;
    BNI_TRY(load_doubles(w, r, a));
    for (size_t k = m; k-- > 0;) {
        const double *row = r->matrix.m + (k + 1) * width + 1;
        w[k] /= bni_wide_double(bni_wide_get(r->out, k));
        for (size_t l = 0; l < k; l++)
            w[l] += w[k] * row[l];
        if (k % 256 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    for (size_t j = 0; j < m; j++) {
        const double *row = r->matrix.m + (j + 1) * width + 1;
        for (size_t k = j + 1; k < m; k++)
            w[k] += w[j] * row[k];
        if (j % 256 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    return store_doubles(r, v, w);
}

static bni_wide wide_dot(const double *a_m, const double *a_e, bni_wide_vector b, size_t from, size_t to)
{
    bni_wide sum = bni_wide_zero;
    for (size_t k = from; k < to; k++)
        if (a_m[k] > 0 && b.m[k] > 0)
            sum = bni_wide_add(sum, bni_wide_mul((bni_wide){a_m[k], a_e[k]}, bni_wide_get(b, k)));
    return sum;
}

static int32_t solve_wide(bni_restricted *r, bni_wide_vector x, bni_wide_vector b)
{
    size_t m = r->m, width = m + 1;
    for (size_t k = 0; k < m; k++)
        bni_wide_set(x, k, bni_wide_get(b, k));
    for (size_t i = m; i-- > 0;) {
        size_t at = (i + 1) * width + 1;
        bni_wide_set(x, i, bni_wide_add(bni_wide_get(x, i), wide_dot(r->matrix.m + at, r->matrix.e + at, x, i + 1, m)));
        if (i % 64 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    for (size_t k = 0; k < m; k++) {
        size_t at = (k + 1) * width + 1;
        bni_wide sum = bni_wide_add(bni_wide_get(x, k), wide_dot(r->matrix.m + at, r->matrix.e + at, x, 0, k));
        bni_wide_set(x, k, sum.m > 0 ? bni_wide_div(sum, bni_wide_get(r->out, k)) : sum);
        if (k % 64 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    return BINNET_OK;
}

static int32_t solve_left_wide(bni_restricted *r, bni_wide_vector v, bni_wide_vector a)
{
    size_t m = r->m, width = m + 1;
    for (size_t k = 0; k < m; k++)
        bni_wide_set(v, k, bni_wide_get(a, k));
    for (size_t k = m; k-- > 0;) {
        size_t at = (k + 1) * width + 1;
        if (!(v.m[k] > 0))
            continue;
        bni_wide w = bni_wide_div(bni_wide_get(v, k), bni_wide_get(r->out, k));
        bni_wide_set(v, k, w);
        bni_wide_add_multiple(v.m, v.e, r->matrix.m + at, r->matrix.e + at, w, k);
        if (k % 64 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    for (size_t j = 0; j + 1 < m; j++) {
        size_t at = (j + 1) * width + 1 + j + 1;
        if (v.m[j] > 0)
            bni_wide_add_multiple(v.m + j + 1, v.e + j + 1, r->matrix.m + at, r->matrix.e + at, bni_wide_get(v, j),
                                  m - j - 1);
        if (j % 64 == 0)
            BNI_TRY(bni_poll(r->ctx, 0.5));
    }
    return BINNET_OK;
}

int32_t bni_restricted_solve(bni_restricted *r, bni_wide_vector x, bni_wide_vector b)
{
    return r->way == BNI_BY_ELIMINATION        ? solve_doubles(r, x, b)
           : r->way == BNI_BY_WIDE_ELIMINATION ? solve_wide(r, x, b)
                                               : bni_krylov_solve(r->krylov, x, b);
}

int32_t bni_restricted_solve_left(bni_restricted *r, bni_wide_vector v, bni_wide_vector a)
{
    return r->way == BNI_BY_ELIMINATION        ? solve_left_doubles(r, v, a)
           : r->way == BNI_BY_WIDE_ELIMINATION ? solve_left_wide(r, v, a)
                                               : bni_krylov_solve_left(r->krylov, v, a);
}
