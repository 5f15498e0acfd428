/*
 * Neurons updated one at a time that do not hear each other: I - P has the eigenfunctions prod over i in S of (A_i - q_i), one for
 * each set S, with the eigenvalues sum over S of the selection probabilities. Its inverse, for x without the constant part, is
 * two passes of differences and averages, neuron by neuron, and a division between them: what preconditions the linear systems
 * of neurons that do hear each other.
 * Source: Saad, Iterative methods for sparse linear systems (2003), sec. 9.3; THEORY 5.
 */
#include "law/poisson.h"

#include <string.h>

/* Blocks of 2^LOW states hold the lower neurons; tiles of 2^LOW entries at most as many columns of rows far apart. */
enum { LOW = 13 };

typedef struct inverse {
    const bni_independent *of;
    double *x;
    uint64_t begin, end;
    int back;
} inverse;

static int low_bits(size_t n)
{
    return n < LOW ? (int)n : LOW;
}

size_t bni_independent_doubles(size_t n, int workers)
{
    return ((size_t)1 << LOW) * ((size_t)workers + 1) + ((size_t)1 << (n - (size_t)low_bits(n)));
}

static void fill_eigenvalues(double *value, const double *select, int bits)
{
    value[0] = 0;
    for (int b = 0; b < bits; b++)
        for (size_t s = 0, half = (size_t)1 << b; s < half; s++)
            value[half + s] = value[s] + select[b];
}

void bni_independent_open(bni_independent *f, double *memory, size_t n, const double *select, const bni_sides *sides)
{
    int low = low_bits(n);
    f->n = n;
    f->sides = *sides;
    f->low = memory;
    f->high = f->low + ((size_t)1 << LOW);
    f->tiles = f->high + ((size_t)1 << (n - (size_t)low));
    fill_eigenvalues(f->low, select, low);
    fill_eigenvalues(f->high, select + low, (int)n - low);
}

/* `rows` = 2^bits rows of `columns` entries: (x0, x1) becomes its average and its difference, or back. */
static void turn_rows(double *x, size_t columns, int bits, const double *silent, const double *active, int back)
{
    for (int b = 0; b < bits; b++) {
        double q = active[b], r = silent[b];
        size_t step = columns << b;
        for (size_t at = 0; at < columns << bits; at += 2 * step) {
            double *restrict low = x + at, *restrict high = x + at + step;
            for (size_t k = 0; k < step; k++) {
                double x0 = low[k], x1 = high[k];
                low[k] = back ? x0 - q * x1 : r * x0 + q * x1;
                high[k] = back ? x0 + r * x1 : x1 - x0;
            }
        }
    }
}

static void turn_upper(void *arg, int worker, int workers)
{
    const inverse *w = arg;
    const bni_independent *f = w->of;
    int low = low_bits(f->n), bits = (int)f->n - low;
    size_t rows = (size_t)1 << bits, stride = (size_t)1 << low, columns = stride >> bits;
    double *tile = f->tiles + ((size_t)worker << LOW);
    uint64_t first, last;
    bni_share(w->end - w->begin, 1, worker, workers, &first, &last);
    for (uint64_t u = w->begin + first; u < w->begin + last; u++) {
        double *x = w->x + u * columns;
        for (size_t r = 0; r < rows; r++)
            memcpy(tile + r * columns, x + r * stride, columns * sizeof *x);
        turn_rows(tile, columns, bits, f->sides.silent + low, f->sides.active + low, w->back);
        for (size_t r = 0; r < rows; r++)
            memcpy(x + r * stride, tile + r * columns, columns * sizeof *x);
    }
}

static void divide_blocks(void *arg, int worker, int workers)
{
    const inverse *w = arg;
    const bni_independent *f = w->of;
    int low = low_bits(f->n);
    size_t size = (size_t)1 << low;
    uint64_t first, last;
    bni_share(w->end - w->begin, 1, worker, workers, &first, &last);
    for (uint64_t u = w->begin + first; u < w->begin + last; u++) {
        double *x = w->x + u * size, above = f->high[u];
        turn_rows(x, 1, low, f->sides.silent, f->sides.active, 0);
        for (size_t s = 0; s < size; s++) {
            double value = above + f->low[s];
            x[s] /= value > 0 ? value : 1; /* a neuron that is never selected does not vary either */
        }
        if (u == 0)
            x[0] = 0;
        turn_rows(x, 1, low, f->sides.silent, f->sides.active, 1);
    }
}

static int32_t run_all(binnet_ctx *ctx, bni_team *team, bni_job job, inverse *w, uint64_t count)
{
    enum { TURN = 64 };
    for (w->begin = 0; w->begin < count; w->begin = w->end) {
        w->end = count - w->begin < TURN ? count : w->begin + TURN;
        bni_team_run(team, job, w);
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

int32_t bni_independent_solve(binnet_ctx *ctx, const bni_independent *f, bni_team *team, double *x)
{
    inverse w = {.of = f, .x = x};
    uint64_t blocks = UINT64_C(1) << (f->n - (size_t)low_bits(f->n));
    if (blocks > 1)
        BNI_TRY(run_all(ctx, team, turn_upper, &w, blocks));
    BNI_TRY(run_all(ctx, team, divide_blocks, &w, blocks));
    w.back = 1;
    return blocks > 1 ? run_all(ctx, team, turn_upper, &w, blocks) : BINNET_OK;
}
