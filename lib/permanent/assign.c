/*
 * The largest term of a permanent: rows given to kinds of columns so that the product of the entries is largest, but for a
 * factor 2 in each, and potentials with |a_ij| 2^(u_i + v_j) < 2 everywhere and >= 1 on that term. Entries that these powers of
 * two take below the range of double are nothing beside it, which no scaling of rows and columns by their sums can promise.
 * Source: Hungarian method as shortest augmenting paths (Tomizawa 1971); Olschowka and Neumaier 1996 for the scaling.
 */
#include "permanent/permanent.h"

#include <math.h>

static const int64_t never = INT64_MAX / 4;

typedef struct paths {
    size_t n, k;
    const double *a;
    const int64_t *most;            /* [k] or NULL: one of each */
    int64_t *u, *v, *distance;      /* [n], [k], [k] */
    int32_t *way, *reached, *count; /* [k] */
    int32_t *kind;                  /* [n], -1: none yet */
} paths;

static int64_t entry_price(const paths *p, size_t i, size_t j)
{
    double v = p->a[i * p->k + j];
    return v == 0 ? never : -ilogb(v);
}

static void look_from(paths *p, size_t i)
{
    for (size_t j = 0; j < p->k; j++) {
        int64_t price = p->reached[j] ? never : entry_price(p, i, j);
        if (price == never || price - p->u[i] - p->v[j] >= p->distance[j])
            continue;
        p->distance[j] = price - p->u[i] - p->v[j];
        p->way[j] = (int32_t)i;
    }
}

/* The nearest kind not yet reached, which the potentials are moved to; k: none. */
static size_t reach_nearest(paths *p, size_t root)
{
    size_t best = p->k;
    int64_t least = never;
    for (size_t j = 0; j < p->k; j++)
        if (!p->reached[j] && p->distance[j] < least) {
            least = p->distance[j];
            best = j;
        }
    if (best == p->k)
        return best;
    for (size_t j = 0; j < p->k; j++)
        if (p->reached[j])
            p->v[j] -= least;
        else if (p->distance[j] < never)
            p->distance[j] -= least;
    for (size_t i = 0; i < root; i++)
        if (p->kind[i] >= 0 && p->reached[p->kind[i]])
            p->u[i] += least;
    p->u[root] += least;
    p->reached[best] = 1;
    return best;
}

/* One more row; *found: whether there was room for it. */
static int32_t place_row(binnet_ctx *ctx, paths *p, size_t root, int *found)
{
    *found = 0;
    for (size_t j = 0; j < p->k; j++) {
        p->distance[j] = never;
        p->reached[j] = 0;
    }
    look_from(p, root);
    for (;;) {
        size_t j = reach_nearest(p, root);
        BNI_TRY(bni_poll(ctx, 0));
        if (j == p->k)
            return BINNET_OK;
        if (p->count[j] < (p->most != NULL ? p->most[j] : 1)) {
            p->count[j]++;
            *found = 1;
            for (int32_t at = (int32_t)j; at >= 0;) {
                int32_t i = p->way[at], before = p->kind[i];
                p->kind[i] = at;
                at = before;
            }
            return BINNET_OK;
        }
        for (size_t i = 0; i < root; i++)
            if (p->kind[i] == (int32_t)j)
                look_from(p, i);
    }
}

/* A row that is given to no kind: its potential alone. */
static void bound_row(paths *p, size_t i)
{
    int64_t least = never;
    for (size_t j = 0; j < p->k; j++) {
        int64_t price = entry_price(p, i, j);
        least = price != never && price - p->v[j] < least ? price - p->v[j] : least;
    }
    p->u[i] = least == never ? 0 : least;
}

int32_t bni_permanent_assign(binnet_ctx *ctx, int64_t *u, int64_t *v, int *possible, size_t n, size_t k,
                             const double *a, const int64_t *most, int64_t *work)
{
    int32_t *words = (int32_t *)(void *)(work + k);
    paths p = {n, k, a, most, u, v, work, words, words + k, words + 2 * k, words + 3 * k};
    *possible = 1;
    for (size_t j = 0; j < k; j++) {
        v[j] = 0;
        p.count[j] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        int found;
        u[i] = 0;
        p.kind[i] = -1;
        BNI_TRY(place_row(ctx, &p, i, &found));
        *possible &= found;
    }
    for (size_t i = 0; i < n; i++)
        if (p.kind[i] < 0)
            bound_row(&p, i);
    return BINNET_OK;
}
