/*
 * Cycles of GMRES: the orthonormal vectors by classical Gram & Schmidt, twice, and the least squares of the Hessenberg matrix that
 * they leave, column by column by Givens rotations.
 */
#include "num/gmres.h"

#include "num/vectors.h"

#include <math.h>

/* Vectors are worked on by SEGMENT entries, CHUNK of them while in cache: sums do not depend on the number of threads. */
enum { SEGMENT = 1 << 14, CHUNK = 1 << 10, LANES = 8 };

static size_t count_segments(size_t n)
{
    return n / SEGMENT + (n % SEGMENT > 0);
}

void bni_gmres_buffers(bni_plan *plan, bni_gmres *g)
{
    double vectors = (double)g->directions + 1;
    BNI_BUFFER(plan, g->basis, vectors * (double)g->n);
    BNI_BUFFER(plan, g->part, vectors * (double)count_segments(g->n));
}

/* --- vectors --- */

static void normalise_vector(double *x, double by, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] /= by;
}

/* y += sum_j by[j] x[j], `count` vectors `stride` apart, some at a time. */
static void add_times(double *restrict y, const double *x, size_t stride, const double *by, size_t count, size_t n)
{
    size_t j = 0;
    for (; j + 4 <= count; j += 4) {
        const double *a = x + j * stride, *b = a + stride, *c = b + stride, *d = c + stride;
        for (size_t k = 0; k < n; k++)
            y[k] += (by[j] * a[k] + by[j + 1] * b[k]) + (by[j + 2] * c[k] + by[j + 3] * d[k]);
    }
    for (; j < count; j++)
        for (size_t k = 0; k < n; k++)
            y[k] += by[j] * x[j * stride + k];
}

/* part[j] += x[j] . y, CHUNK entries at a time. */
static void add_dots(double *part, const double *x, size_t stride, const double *y, size_t count, size_t n)
{
    for (size_t j = 0, pair; j < count; j += pair) {
        const double *a = x + j * stride, *b = a + stride;
        pair = j + 2 <= count && n % LANES == 0 ? 2 : 1;
        for (size_t at = 0, end; at < n; at = end) {
            end = n - at < CHUNK ? n : at + CHUNK;
            if (pair == 1) {
                part[j] += bni_dot(a + at, y + at, end - at);
                continue;
            }
            double of_a[LANES] = {0}, of_b[LANES] = {0};
            for (size_t k = at; k < end; k += LANES)
                for (size_t l = 0; l < LANES; l++) {
                    of_a[l] += a[k + l] * y[k + l];
                    of_b[l] += b[k + l] * y[k + l];
                }
            for (size_t l = 0; l < LANES; l++) {
                part[j] += of_a[l];
                part[j + 1] += of_b[l];
            }
        }
    }
}

/* y against the first `count` vectors of the basis. */
typedef struct projection {
    const bni_gmres *g;
    double *y;
    size_t count;
    const double *add; /* of each of them, to y; or NULL */
    int dots;          /* then g->part is filled */
    uint64_t begin, end;
} projection;

static void project_segments(void *arg, int worker, int workers)
{
    const projection *w = arg;
    size_t n = w->g->n;
    uint64_t first, last;
    bni_share(w->end - w->begin, 1, worker, workers, &first, &last);
    for (uint64_t u = w->begin + first; u < w->begin + last; u++) {
        double *part = w->g->part + u * (w->g->directions + 1);
        int both = w->add != NULL && w->dots;
        size_t to = n - u * SEGMENT < SEGMENT ? n : (u + 1) * SEGMENT;
        for (size_t j = 0; j < w->count && w->dots; j++)
            part[j] = 0;
        for (size_t at = u * SEGMENT, size; at < to; at += size) {
            size = to - at < CHUNK || !both ? to - at : CHUNK;
            if (w->add != NULL)
                add_times(w->y + at, w->g->basis + at, n, w->add, w->count, size);
            if (w->dots)
                add_dots(part, w->g->basis + at, n, w->y + at, w->count, size);
        }
    }
}

/* y += sum add[j] v_j, then dots[j] = v_j . y; either may be NULL. */
static int32_t project_vector(binnet_ctx *ctx, const bni_gmres *g, double *y, size_t count, const double *add,
                              double *dots)
{
    enum { TURN = 32 };
    projection w = {.g = g, .y = y, .count = count, .add = add, .dots = dots != NULL};
    uint64_t segments = count_segments(g->n);
    for (; w.begin < segments; w.begin = w.end) {
        w.end = segments - w.begin < TURN ? segments : w.begin + TURN;
        bni_team_run(g->team, project_segments, &w);
        BNI_TRY(bni_poll(ctx, 1));
    }
    for (size_t j = 0; j < count && dots != NULL; j++) {
        dots[j] = 0;
        for (uint64_t u = 0; u < segments; u++)
            dots[j] += g->part[u * (g->directions + 1) + j];
    }
    return BINNET_OK;
}

int32_t bni_gmres_add(binnet_ctx *ctx, bni_gmres *g, double *y, size_t count)
{
    return project_vector(ctx, g, y, count, g->by, NULL);
}

/* v = sum of h[j] v_j + a rest orthogonal to them, which is left in v; *length is its length. */
static int32_t orthogonalise_vector(binnet_ctx *ctx, const bni_gmres *g, double *v, size_t count, double *h,
                                    double *length)
{
    double part[BNI_GMRES_MOST + 1], taken[BNI_GMRES_MOST + 1], left = 0;
    BNI_TRY(project_vector(ctx, g, v, count, NULL, h));
    for (size_t j = 0; j < count; j++)
        taken[j] = -h[j];
    BNI_TRY(project_vector(ctx, g, v, count, taken, part));
    for (size_t j = 0; j < count; j++) {
        taken[j] = -part[j];
        left = hypot(left, part[j]);
    }
    *length = sqrt(bni_dot(v, v, g->n));
    if (left > 1e-13 * *length) { /* again: orthogonal but for 1e-13 */
        BNI_TRY(project_vector(ctx, g, v, count, taken, NULL));
        for (size_t j = 0; j < count; j++)
            h[j] += part[j];
        *length = sqrt(bni_dot(v, v, g->n));
    }
    return BINNET_OK;
}

/* --- the small problem --- */

/* H[k]: column k, made triangular by the rotations c, s. */
typedef struct hessenberg {
    double H[BNI_GMRES_MOST][BNI_GMRES_MOST + 1], c[BNI_GMRES_MOST], s[BNI_GMRES_MOST];
} hessenberg;

/* Column k, its entry below the diagonal being `next`, and the right-hand side e, of which |e[k + 1]| is left; nothing is done and 0
 * returned when the column has no more than `least` that is new. */
static int rotate_column(hessenberg *r, double *e, size_t k, double next, double least)
{
    double *h = r->H[k];
    for (size_t j = 0; j < k; j++) {
        double a = h[j], b = h[j + 1];
        h[j] = r->c[j] * a + r->s[j] * b;
        h[j + 1] = r->c[j] * b - r->s[j] * a;
    }
    double size = hypot(h[k], next);
    if (!(size > least))
        return 0;
    r->c[k] = h[k] / size;
    r->s[k] = next / size;
    h[k] = size;
    e[k + 1] = -r->s[k] * e[k];
    e[k] *= r->c[k];
    return 1;
}

/* e becomes the coefficients of the first k columns. */
static void solve_triangle(const hessenberg *r, double *e, size_t k)
{
    for (size_t j = k; j-- > 0;) {
        for (size_t i = j + 1; i < k; i++)
            e[j] -= r->H[i][j] * e[i];
        e[j] /= r->H[j][j];
    }
}

int32_t bni_gmres_cycle(binnet_ctx *ctx, bni_gmres *g, size_t *used, bni_gmres_apply apply, void *arg, size_t most,
                        double enough)
{
    hessenberg small;
    size_t n = g->n, k = 0;
    double norm = sqrt(bni_dot(g->basis, g->basis, n));
    normalise_vector(g->basis, norm, n);
    g->by[0] = norm;
    enough = fmax(enough, 1e-16 * norm);
    while (k < most) {
        double *v = g->basis + (k + 1) * n, *h = small.H[k], rest;
        BNI_TRY(apply(ctx, arg, v, k));
        BNI_TRY(orthogonalise_vector(ctx, g, v, k + 1, h, &rest));
        double whole = rest;
        for (size_t j = 0; j <= k; j++)
            whole = hypot(whole, h[j]);
        if (!rotate_column(&small, g->by, k, rest, 0x1p-45 * whole))
            break;
        k++;
        if (!(rest > 0x1p-45 * whole) || !(fabs(g->by[k]) > enough))
            break;
        normalise_vector(v, rest, n);
    }
    solve_triangle(&small, g->by, k);
    *used = k;
    return BINNET_OK;
}
