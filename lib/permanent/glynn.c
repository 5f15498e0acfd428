/*
 * Glynn's formula with a forward error bound:
 * per A = 2^(1-n) sum over e in {1} x {-1,1}^(n-1) of prod_j e_j prod_i s_i(e), s_i(e) = sum_j e_j a_ij.
 * Each row is split into a part on a grid, whose sums are exact in double, and a small rest. The double grade drops the
 * rest and bounds what it was worth; the compensated grade carries it.
 * Source: Balasubramanian 1980, Bax and Franklin 1996, Glynn 2010; Carlen, Lieb and Loss 2006 for the bound
 * |per A| <= n! n^(-n/2) prod_i |a_i|_2; docs/permanent.md for the derivation.
 */
#include "permanent/permanent.h"
#include "num/double_double.h"

#include "kernels/kernels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Tasks between two polls at most; tasks from which threads are worth starting. */
enum { MOST_TASKS = 256, THREADED = 16 };

static const double unit = 0x1p-53; /* of rounding */

typedef struct task_sum {
    double total[2], size[2]; /* sizes: as the kernels say; the second of the compensated grade only */
} task_sum;

enum { PLAIN, FLOOR, PAIRS };

typedef struct glynn {
    const bni_permanent_kernels *kern;
    size_t n, free; /* signs of one task */
    int grade;
    double *w;     /* [n columns][n] scaled: of the transpose of the matrix given, whose permanent is the same */
    double *b, *d; /* [n columns][n] parts of w on the two grids */
    double *floors, *squares; /* [n] of pairs of rows, or of rows in the compensated grade; |b_i|^2 */
    double *scratch;          /* [workers] of the kernels */
    task_sum *sums;
    uint64_t first, count; /* tasks of this round */
    /* of the scaled matrix */
    int64_t exponent;
    int lost, negative, inexact[2]; /* entries < 0; a part beyond the first, the second grid */
    double hadamard;                /* n! n^(-n/2) prod |b_i| */
    double rest[2];                 /* prod (1 + |rest_i| / |b_i|) - 1 for the rest beyond the first, the second grid */
    double floor_rest;              /* prod_g (1 + change of pair g / floor_g) - 1 */
    double carried; /* 0, or prod_i (1 + |r_i| / floor_i) - 1 for the rests that the compensated grade carries */
} glynn;

/* exp(sum) - 1 for a sum of small logarithms. */
static double growth(double sum)
{
    return sum < 1 ? sum * (1 + sum) * (1 + 1e-9) : INFINITY;
}

/* What a split needs of each row: of its part on the first grid, and of the rest beyond it. */
typedef struct row_sums {
    double *squares, *size, *rest, *rest_squares; /* [n] */
} row_sums;

/* Floors for pairs of rows, and what they cost. */
static void split_pairs(glynn *g, const row_sums *s, double room)
{
    double sum = 0;
    for (size_t i = 0; i < g->n; i += 2) {
        int pair = i + 1 < g->n;
        double change = pair ? s->size[i] * s->rest[i + 1] + s->rest[i] * s->size[i + 1] + s->rest[i] * s->rest[i + 1]
                             : s->rest[i];
        g->floors[i / 2] = 0.3 * sqrt(g->squares[i]) * (pair ? 0.8 * sqrt(g->squares[i + 1]) : 1);
        sum += change / g->floors[i / 2];
    }
    g->floor_rest = growth(sum * room);
}

static int32_t split_matrix(binnet_ctx *ctx, glynn *g, const double *a)
{
    size_t n = g->n;
    double sums[4 * BNI_PERMANENT_ROWS], sum = 0, rests = 0, room = 1 + 64 * (double)n * DBL_EPSILON;
    row_sums s = {sums, sums + n, sums + 2 * n, sums + 3 * n};
    if (!g->kern->glynn_prepare(g->b, g->w, sums, &g->exponent, &g->negative, n, a)) {
        double ones[BNI_PERMANENT_ROWS];
        int64_t exponents[BNI_SCALE_WORDS * BNI_PERMANENT_ROWS];
        for (size_t i = 0; i < n; i++)
            ones[i] = 1;
        /* d is not in use yet */
        BNI_TRY(bni_permanent_scale(ctx, g->d, &g->exponent, &g->lost, n, a, exponents, 1));
        if (g->lost == BNI_NO_TERM)
            return BINNET_OK;
        g->negative = g->kern->glynn_split(g->b, g->w, sums, n, g->d, ones);
    }
    for (size_t i = 0; i < n; i++) {
        rests += s.rest[i];
        s.rest_squares[i] += s.rest[i] != 0 ? 0x1p-1000 : 0; /* squares underflow */
        if (g->lost) {
            s.rest_squares[i] += 0x1p-1000;
            s.rest[i] += 0x1p-500;
        }
    }
    g->inexact[0] = g->lost || rests != 0;
    for (size_t i = 0; i < n; i++) {
        g->squares[i] = s.squares[i];
        s.rest_squares[i] = sqrt(s.rest_squares[i] / s.squares[i]);
    }
    g->hadamard = room;
    for (size_t i = 0; i < n; i++) {
        g->hadamard *= (double)(i + 1) * (double)(i + 1) / (double)n * s.squares[i];
        sum += s.rest_squares[i];
    }
    g->hadamard = sqrt(g->hadamard) * room;
    g->rest[0] = growth(sum * room);
    if (g->inexact[0] && g->negative)
        split_pairs(g, &s, room);
    return BINNET_OK;
}

/* The rest once more, for the compensated grade. */
static void split_rest(glynn *g)
{
    size_t n = g->n;
    double sum = 0, carried = 0, room = 1 + 64 * (double)n * DBL_EPSILON;
    for (size_t i = 0; i < n; i++) {
        double squares = g->lost ? 0x1p-1000 : 0, size = 0, rest = 0;
        for (size_t j = 0; j < n; j++) {
            double r = g->w[j * n + i] - g->b[j * n + i], d = bni_on_grid(r, 0x1p-49), beyond = r - d;
            g->d[j * n + i] = d;
            rest += fabs(d);
            squares += beyond * beyond;
            size += fabs(beyond);
        }
        squares += size != 0 ? 0x1p-1000 : 0;
        g->inexact[1] |= g->lost || size != 0;
        sum += sqrt(squares / g->squares[i]);
        g->floors[i] = 0.3 * sqrt(g->squares[i]);
        carried += rest / g->floors[i];
    }
    g->rest[1] = growth(sum * room);
    g->carried = growth(carried * room);
}

/* Largest |rest_ij / b_ij| beyond the first grid, entries >= 0. */
static double relative_rest(const glynn *g)
{
    double most = 0;
    for (size_t k = 0; k < g->n * g->n; k++) {
        double b = g->b[k], r = fabs(g->w[k] - b);
        if (r > most * b)
            most = r / b * (1 + 4 * DBL_EPSILON);
    }
    return g->lost ? INFINITY : most;
}

/* --- the walk --- */

static void task(const glynn *g, uint64_t t, task_sum *sum, double *scratch)
{
    double x[BNI_PERMANENT_ROWS], y[BNI_PERMANENT_ROWS];
    size_t n = g->n, f = g->free;
    int odd = 0;
    memcpy(x, g->b, n * sizeof *x);
    if (g->grade == PAIRS)
        memcpy(y, g->d, n * sizeof *y);
    for (size_t j = f + 1; j < n; j++) {
        double sign = t >> (j - f - 1) & 1 ? -1 : 1;
        odd ^= sign < 0;
        for (size_t i = 0; i < n; i++)
            x[i] += sign * g->b[j * n + i];
        for (size_t i = 0; i < n && g->grade == PAIRS; i++)
            y[i] += sign * g->d[j * n + i];
    }
    if (g->grade == PLAIN)
        g->kern->glynn(sum->total, sum->size, n, f, x, g->b + n, scratch);
    else if (g->grade == FLOOR)
        g->kern->glynn_floor(sum->total, sum->size, n, f, x, g->b + n, g->floors, scratch);
    else
        g->kern->glynn_pairs(sum->total, sum->size, n, f, x, g->b + n, y, g->d + n, g->floors, scratch);
    if (odd) {
        sum->total[0] = -sum->total[0];
        sum->total[1] = -sum->total[1];
    }
}

static void run_tasks(void *arg, int worker, int workers)
{
    glynn *g = arg;
    uint64_t from, to;
    bni_share(g->count, 1, worker, workers, &from, &to);
    for (uint64_t t = from; t < to; t++)
        task(g, g->first + t, &g->sums[t], g->scratch + (size_t)worker * BNI_CUBE_SCRATCH(g->n));
}

/* All tasks, added up in their order whatever the rounds and workers are. */
static int32_t sum_tasks(binnet_ctx *ctx, glynn *g, bni_team *team, task_sum *all)
{
    uint64_t tasks = UINT64_C(1) << (g->n - 1 - g->free), round = (uint64_t)bni_team_size(team);
    *all = (task_sum){{0, 0}, {0, 0}};
    for (g->first = 0; g->first < tasks; g->first += g->count) {
        double began = tasks > 1 ? bni_now() : 0;
        g->count = tasks - g->first < round ? tasks - g->first : round;
        bni_team_run(g->count > 1 ? team : NULL, run_tasks, g);
        for (uint64_t t = 0; t < g->count; t++) {
            bni_doubled sum = bni_two_sum(all->total[0], g->sums[t].total[0]);
            all->total[1] += sum.low + g->sums[t].total[1];
            all->size[0] += g->sums[t].size[0];
            all->size[1] += g->grade == PAIRS ? g->sums[t].size[1] : 0;
            sum = bni_two_sum(sum.high, all->total[1]);
            all->total[0] = sum.high;
            all->total[1] = sum.low;
        }
        BNI_TRY(bni_poll(ctx, (double)(g->first + g->count) / (double)tasks));
        if (tasks > 1 && bni_now() - began < 0.01 && round < MOST_TASKS)
            round *= 2;
    }
    return BINNET_OK;
}

/* The value and its bound from the sums of one grade. */
static bni_ball conclude_sum(const glynn *g, const task_sum *all)
{
    double n = (double)g->n, size = all->size[0] * (1 + 1e-6), rest, rounding;
    double scale = bni_power(1 - (int)g->n); /* the mean over the corners */
    if (g->grade == PAIRS) {
        rounding = ((2 * n * n + 4 * n) * unit * unit + 0x1p-90) * size;
        if (g->carried > 0)
            rounding += (3 * n + 16) * unit * (g->carried + n * unit) * all->size[1];
        rest = g->inexact[1] ? g->hadamard * g->rest[1] : 0;
    } else {
        rounding = (n + BNI_CUBE_ROUNDINGS) * unit * size;
        rest = g->inexact[0] ? g->hadamard * g->rest[0] : 0;
        if (g->inexact[0] && g->grade == FLOOR)
            rest = fmin(rest, g->floor_rest * size * scale);
        if (g->inexact[0] && !g->negative && rest > 0.1 * rounding * scale)
            rest = fmin(rest, growth(n * relative_rest(g)) * (fabs(all->total[0]) + rounding) * scale * (1 + 1e-9));
    }
    return bni_ball_of(all->total[0] * scale, all->total[1] * scale,
                       (rounding * scale + rest) * (1 + 1e-9) + 8 * n * DBL_TRUE_MIN, 0);
}

static int32_t grade(binnet_ctx *ctx, glynn *g, bni_team *team, bni_ball *out, int32_t *used, int which)
{
    task_sum all;
    g->grade = which;
    *used |= which == PAIRS ? BINNET_PERMANENT_COMPENSATED : BINNET_PERMANENT_GLYNN;
    BNI_TRY(sum_tasks(ctx, g, team, &all));
    *out = conclude_sum(g, &all);
    if (!g->lost)
        BNI_TRY(bni_permanent_integral(ctx, used, out, g->n, g->n, g->w));
    if (out->hi != 0 || out->radius != 0)
        out->exponent += g->exponent;
    return BINNET_OK;
}

static int meets(const bni_ball *b, double tolerance)
{
    return b->radius <= tolerance * fabs(b->hi);
}

/* The double grade, unless its bound cannot meet the tolerance; then the compensated one. */
static int32_t grades(binnet_ctx *ctx, glynn *g, bni_team *team, bni_ball *out, int32_t *used, bni_request want)
{
    int dense = g->inexact[0] && g->negative ? FLOOR : PLAIN;
    if (want.method == BINNET_PERMANENT_GLYNN)
        return grade(ctx, g, team, out, used, dense);
    if (want.method == BINNET_PERMANENT_AUTO && (!g->inexact[0] || want.tolerance > (double)g->n * unit)) {
        BNI_TRY(grade(ctx, g, team, out, used, dense));
        if (meets(out, want.tolerance))
            return BINNET_OK;
        *used &= ~(BINNET_PERMANENT_GLYNN | BINNET_PERMANENT_INTEGRAL);
    }
    split_rest(g);
    return grade(ctx, g, team, out, used, PAIRS);
}

/* Signs of one task, and tasks. */
static size_t free_signs(size_t n)
{
    return n - 1 < BNI_CUBE ? n - 1 : BNI_CUBE;
}

static uint64_t tasks_of(size_t n)
{
    return UINT64_C(1) << (n - 1 - free_signs(n));
}

static int task_workers(const binnet_ctx *ctx, size_t n)
{
    uint64_t tasks = tasks_of(n);
    return tasks < THREADED ? 1 : (uint64_t)ctx->threads < tasks ? (int)ctx->threads : (int)tasks;
}

static size_t glynn_doubles(size_t n, int workers)
{
    return 3 * n * n + 2 * n + (size_t)workers * BNI_CUBE_SCRATCH(n) + 8;
}

static size_t task_sums(size_t n)
{
    uint64_t tasks = tasks_of(n);
    return tasks < MOST_TASKS ? (size_t)tasks : MOST_TASKS;
}

bni_cost bni_permanent_glynn_cost(const binnet_ctx *ctx, size_t n, int32_t method)
{
    int workers = task_workers(ctx, n);
    double terms = ldexp(1, (int)n - 1);
    return (bni_cost){8.0 * (double)glynn_doubles(n, workers) +
                          (task_sums(n) > 1 ? sizeof(task_sum) * (double)task_sums(n) : 0) +
                          (workers > 1 ? bni_team_bytes(workers) : 0),
                      (method == BINNET_PERMANENT_COMPENSATED ? 13 : 2) * (double)n * terms};
}

int32_t bni_permanent_glynn(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t n, const double *a, bni_request want)
{
    glynn g = {.kern = bni_kernels_get()->permanent, .n = n, .free = free_signs(n)};
    int workers = task_workers(ctx, n);
    double *memory = bni_new_raw(ctx, glynn_doubles(n, workers), sizeof *memory);
    task_sum one, *many = task_sums(n) > 1 ? bni_new_raw(ctx, task_sums(n), sizeof *many) : NULL;
    bni_team *team = NULL;
    int32_t status = memory == NULL || (task_sums(n) > 1 && many == NULL) ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK && workers > 1)
        status = bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK) {
        g.scratch = bni_align(memory);
        g.w = g.scratch + (size_t)workers * BNI_CUBE_SCRATCH(n);
        g.b = g.w + n * n;
        g.d = g.b + n * n;
        g.floors = g.d + n * n;
        g.squares = g.floors + n;
        g.sums = many != NULL ? many : &one;
        status = split_matrix(ctx, &g, a);
    }
    *out = bni_ball_of(0, 0, 0, 0);
    if (status == BINNET_OK && g.lost != BNI_NO_TERM)
        status = grades(ctx, &g, team, out, used, want);
    bni_team_free(team);
    bni_delete(&ctx->mem, many);
    bni_delete(&ctx->mem, memory);
    return status;
}
