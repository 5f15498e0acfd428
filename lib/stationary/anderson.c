/*
 * Acceleration of passes: the next law is a combination of the last images.
 * Source: Anderson, J. ACM 12 (1965) 547 (equivalent to restarted GMRES on linear problems: Walker & Ni, SIAM J. Numer. Anal.
 * 49 (2011) 1715).
 */
#include "stationary/iteration.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

/* Of one slice. */
typedef struct products {
    double G[BNI_DEPTH_MOST][BNI_DEPTH_MOST], r[BNI_DEPTH_MOST];
} products;

struct bni_mixing {
    double *memory;
    double *dx[BNI_DEPTH_MOST], *df[BNI_DEPTH_MOST]; /* differences of images and of residual vectors */
    double *last_y, *last_f, *kept_y;
    size_t columns, newest;
    products *products; /* [slices] */
    int norm;
    double gamma[BNI_DEPTH_MOST]; /* of the present pass */
};

double bni_mixing_bytes(double states, size_t depth)
{
    return (depth > 0 ? 8 * (2 + 2 * (double)depth) * states : 0) + BNI_SLICES_MOST * sizeof(products);
}

int32_t bni_mixing_new(bni_iteration *it)
{
    binnet_ctx *ctx = it->ctx;
    size_t S = it->S;
    bni_mixing *m = it->mixing = bni_new(ctx, 1, sizeof *m);
    if (m == NULL)
        return BINNET_E_NOMEM;
    if (it->depth == 0)
        return BINNET_OK;
    m->memory = bni_new_raw(ctx, (2 + 2 * it->depth) * S, sizeof *m->memory);
    m->products = bni_new_raw(ctx, it->slices, sizeof *m->products);
    if (m->memory == NULL || m->products == NULL)
        return BINNET_E_NOMEM;
    m->kept_y = m->memory;
    m->last_f = m->memory + S;
    for (size_t k = 0; k < it->depth; k++) {
        m->dx[k] = m->memory + (2 + 2 * k) * S;
        m->df[k] = m->memory + (3 + 2 * k) * S;
    }
    return BINNET_OK;
}

void bni_mixing_free(bni_iteration *it)
{
    bni_mixing *m = it->mixing;
    if (m == NULL)
        return;
    bni_delete(&it->ctx->mem, m->memory);
    bni_delete(&it->ctx->mem, m->products);
    bni_delete(&it->ctx->mem, m);
}

int bni_mixing_begun(const bni_iteration *it)
{
    return it->mixing->columns > 0;
}

/* Small symmetric positive system G c = r by Cholesky; columns that depend on earlier ones get 0. */
static void solve_small(double *c, double G[BNI_DEPTH_MOST][BNI_DEPTH_MOST], const double *r, size_t n)
{
    double L[BNI_DEPTH_MOST][BNI_DEPTH_MOST] = {{0}}, z[BNI_DEPTH_MOST] = {0};
    int kept[BNI_DEPTH_MOST];
    for (size_t k = 0; k < n; k++) {
        double d = G[k][k];
        for (size_t j = 0; j < k; j++) {
            if (!kept[j])
                continue;
            double v = G[k][j];
            for (size_t l = 0; l < j; l++)
                v -= kept[l] ? L[k][l] * L[j][l] : 0;
            L[k][j] = v / L[j][j];
            d -= L[k][j] * L[k][j];
        }
        kept[k] = d > 1e-11 * G[k][k] && G[k][k] > 0;
        L[k][k] = kept[k] ? sqrt(d) : 1;
        double v = r[k];
        for (size_t j = 0; j < k; j++)
            v -= kept[j] ? L[k][j] * z[j] : 0;
        z[k] = kept[k] ? v / L[k][k] : 0;
    }
    for (size_t k = n; k-- > 0;) {
        double v = z[k];
        for (size_t j = k + 1; j < n; j++)
            v -= kept[j] ? L[j][k] * c[j] : 0;
        c[k] = kept[k] ? v / L[k][k] : 0;
    }
}

static void subtract_last(bni_iteration *it, size_t k, size_t from, size_t to)
{
    (void)k;
    const bni_mixing *m = it->mixing;
    double *dx = m->dx[m->newest], *df = m->df[m->newest];
    for (size_t s = from; s < to; s++) {
        dx[s] = it->y[s] - m->last_y[s];
        df[s] = it->y[s] - it->x[s] - m->last_f[s];
    }
}

static double dot_product(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    for (size_t s = 0; s + 4 <= n; s += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[s + k] * b[s + k];
    for (size_t s = n - n % 4; s < n; s++)
        sum[0] += a[s] * b[s];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

/* Products of the differences with each other and with the last residual vector, which is kept. */
static void gather_products(bni_iteration *it, size_t slice, size_t from, size_t to)
{
    bni_mixing *m = it->mixing;
    products *found = &m->products[slice];
    size_t n = m->columns;
    memset(found->G, 0, sizeof found->G);
    memset(found->r, 0, sizeof found->r);
    for (size_t s = from; s < to; s += BLOCK) {
        size_t count = to - s < BLOCK ? to - s : BLOCK;
        double root[BLOCK], f[BLOCK], scaled[BNI_DEPTH_MOST][BLOCK];
        for (size_t k = 0; k < count; k++) {
            double y = it->y[s + k], change = y - it->x[s + k];
            root[k] = !(y > 1e-290) ? 0 : m->norm == BNI_BY_WEIGHT ? 1 / sqrt(y) : 1 / y;
            m->last_y[s + k] = y;
            m->last_f[s + k] = change;
            f[k] = change * root[k];
        }
        for (size_t a = 0; a < n; a++) {
            for (size_t k = 0; k < count; k++)
                scaled[a][k] = m->df[a][s + k] * root[k];
            found->r[a] += dot_product(scaled[a], f, count);
            for (size_t b = 0; b <= a; b++)
                found->G[a][b] += dot_product(scaled[a], scaled[b], count);
        }
    }
}

static void combine(bni_iteration *it, size_t k, size_t from, size_t to)
{
    const bni_mixing *m = it->mixing;
    size_t n = m->columns;
    double total = 0;
    for (size_t s = from; s < to; s++) {
        double y = it->y[s], v = y;
        for (size_t a = 0; a < n; a++)
            v -= m->gamma[a] * m->dx[a][s];
        v = v < 0.25 * y ? 0.25 * y : v > 4 * y ? 4 * y : v;
        it->x[s] = v;
        total += v;
    }
    it->partials[k].total = total;
}

static void divide_total(bni_iteration *it, size_t k, size_t from, size_t to)
{
    (void)k;
    for (size_t s = from; s < to; s++)
        it->x[s] /= it->factor;
}

int32_t bni_mix_images(bni_iteration *it, int norm)
{
    bni_mixing *m = it->mixing;
    if (it->depth == 0) {
        bni_accept_image(it);
        return BINNET_OK;
    }
    if (m->last_y != NULL) {
        m->newest = (m->newest + 1) % it->depth;
        BNI_TRY(bni_pass_slices(it, subtract_last));
        if (m->columns < it->depth)
            m->columns++;
    }
    m->last_y = m->kept_y;
    m->norm = norm;
    BNI_TRY(bni_pass_slices(it, gather_products));
    double G[BNI_DEPTH_MOST][BNI_DEPTH_MOST] = {{0}}, r[BNI_DEPTH_MOST] = {0};
    for (size_t k = 0; k < it->slices; k++)
        for (size_t a = 0; a < m->columns; a++) {
            r[a] += m->products[k].r[a];
            for (size_t b = 0; b <= a; b++)
                G[a][b] += m->products[k].G[a][b];
        }
    solve_small(m->gamma, G, r, m->columns);
    BNI_TRY(bni_pass_slices(it, combine));
    it->factor = bni_total_flow(it);
    return bni_pass_slices(it, divide_total);
}

void bni_forget_images(bni_iteration *it)
{
    bni_mixing *m = it->mixing;
    m->columns = 0;
    m->newest = it->depth - 1; /* the next one is column 0 */
    it->earlier_change = 0;
    m->last_y = NULL;
}

int32_t bni_accelerate(bni_iteration *it, size_t cycle, int norm, double goal, int have_image)
{
    double before = 0;
    int split;
    it->stalled = 0;
    for (size_t k = 0;; k++) {
        if (norm == BNI_BY_WEIGHT)
            bni_report_residual(it);
        else
            bni_report_change(it, fmax(it->relative, it->coarse_change));
        if (k > 0 || have_image)
            BNI_TRY(bni_mix_images(it, norm));
        BNI_TRY(bni_advance_pass(it));
        double figure = norm == BNI_BY_WEIGHT ? it->residual : it->relative;
        BNI_TRY(bni_watch_law(it, &split));
        if (split || figure <= goal)
            return BINNET_OK;
        if (k == 0)
            before = figure;
        if ((k + 1) % cycle == 0) {
            if (figure > 0.1 * before) {
                it->stalled = 1;
                return BINNET_OK;
            }
            before = figure;
        }
    }
}
