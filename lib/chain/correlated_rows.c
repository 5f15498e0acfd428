/*
 * The law of the neurons of a stage after a state, their noise being correlated: orthant probabilities of N(h, Sigma), all 2^k at
 * once. By nodes over the shared factors (factor_nodes.c); where one factor is nearly or wholly all there is, by
 * Gauss-Kronrod panels between the places where neurons turn; in up to seven dimensions by integrals over correlations; else by a randomised
 * lattice.   Source: THEORY 4; Genz (num/orthant_lattice.c).
 */
#include "chain/correlated.h"
#include "num/constants.h"
#include "num/orthant.h"
#include "num/quadrature.h"

#include <math.h>
#include <string.h>

enum { PART = BNI_ROW, K_MOST = 12, DEPTH = 40, CUTS = 5, INTEGRALS = 8, PANELS = 2000 };

/* Nodes are taken up to so many products of all rows, some seconds; else other ways. */
static const double most_products = 1e10;
/* Factors beyond this leave nothing: Pr(|z| > 9) = 2e-19. */
static const double far_out = 9;
/* Points of each shift of the lattice. */
static const double most_points = 1 << 17;

struct bni_correlated_rows {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    bni_correlated_stage *how;
    const binnet_noise *noise; /* of the stage's neurons */
    const int32_t *neuron;
    int k, noisy;     /* neurons; those with noise */
    double count;     /* of nodes */
    int regular;      /* the covariance of those has an inverse */
    int at[K_MOST];   /* places of those in the stage */
    double h[K_MOST]; /* of the state, by place in the stage */
    bni_lattice *lattice;
    double *memory;
    double *p, *q, *rows, *columns;           /* nodes: [k][PART], panels */
    double *values, *integral, *part, *whole; /* panels: [BNI_POINTS][2^noisy], [2^noisy] */

    int panels; /* of this row */
    double *r;  /* correlations of those with noise */
};

void bni_largest_drives(double *most, const binnet_chain *c, size_t stage)
{
    for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++) {
        size_t i = (size_t)c->stage_neuron[e];
        double low = c->M[i] * (c->I[i] - c->theta[i]), high = low;
        for (size_t j = 0; j < c->n; j++)
            *(c->J[i * c->n + j] > 0 ? &high : &low) += c->J[i * c->n + j];
        *most++ = fmax(fabs(low), fabs(high)) / c->M[i] * (1 + 1e-12);
    }
}

static size_t orthant_doubles(const bni_correlated_rows *w)
{
    size_t S = (size_t)1 << w->k;
    int high = w->k / 2, low = w->k - high;
    size_t nodes = 2 * (size_t)w->k * PART + (((size_t)1 << high) + ((size_t)1 << low)) * PART;
    size_t panels = (BNI_POINTS + 3) * S;
    return (w->how->method == BNI_BY_NODES    ? nodes
            : w->how->method == BNI_BY_PANELS ? panels
                                              : 0) +
           3 * S + (size_t)w->k * (size_t)w->k + 64;
}

/* --- which way --- */

static int32_t choose_orthants(binnet_ctx *ctx, bni_correlated_rows *w, size_t stage)
{
    const binnet_noise *noise = w->noise;
    double most[BINNET_MAX_CHAIN_NEURONS], count = INFINITY;
    bni_largest_drives(most, w->chain, stage);
    if (noise->factors > 0)
        BNI_TRY(bni_factor_nodes_count(ctx, &count, noise, most));
    /* a product of panels is some 0.1 ns, a probability some 3 */
    double products = ldexp(count, (int)w->chain->n) * (ldexp(1, w->k) + 40 * w->k);
    if (products <= most_products)
        w->how->method = BNI_BY_NODES;
    else if (noise->factors == 1)
        w->how->method = BNI_BY_PANELS;
    else if (w->regular && w->noisy <= INTEGRALS)
        w->how->method = BNI_BY_INTEGRALS;
    else
        w->how->method = BNI_BY_LATTICE;
    w->count = count;
    return BINNET_OK;
}

double bni_correlated_table_bytes(const binnet_chain *c, size_t stage, int method)
{
    return ldexp(method == BNI_BY_NODES ? 8 : 16, (int)(c->n + bni_stage_size(c, stage)));
}

/* What making the rows takes, the tables included. */
static double making_bytes(const bni_correlated_rows *w, const binnet_chain *c, size_t stage)
{
    double bytes = sizeof *w + 8 * (double)orthant_doubles(w) + ldexp(8, w->k) +
                   bni_correlated_table_bytes(c, stage, w->how->method);
    if (w->how->method == BNI_BY_NODES)
        bytes += 8 * w->count * (double)(w->k + 1);
    if (w->how->method == BNI_BY_INTEGRALS)
        bytes += bni_all_orthants_bytes(w->noisy);
    if (w->how->method == BNI_BY_LATTICE)
        bytes += sizeof(bni_lattice) + bni_lattice_bytes(w->noisy);
    return bytes;
}

static int32_t make_orthant_nodes(binnet_ctx *ctx, bni_correlated_rows *w, const binnet_chain *c, size_t stage)
{
    double most[BINNET_MAX_CHAIN_NEURONS];
    if (w->how->method != BNI_BY_NODES)
        return BINNET_OK;
    bni_largest_drives(most, c, stage);
    BNI_TRY(bni_factor_nodes_make(ctx, &w->how->nodes, w->noise, most));
    w->how->points = (double)w->how->nodes.count;
    w->how->relative = w->how->nodes.relative + w->k * 6e-15 + 0x1p-53 * w->how->nodes.rounding;
    return BINNET_OK;
}

static void fill_noisy_correlations(bni_correlated_rows *w)
{
    for (int a = 0; a < w->noisy; a++)
        for (int b = 0; b < w->noisy; b++) {
            size_t i = (size_t)w->at[a], j = (size_t)w->at[b];
            double c = bni_noise_covariance(w->noise, i, j) / w->noise->scale[i] / w->noise->scale[j];
            w->r[a * w->noisy + b] = a == b ? 1 : fmin(fmax(c, -1), 1);
        }
}

int32_t bni_correlated_rows_new(binnet_ctx *ctx, bni_correlated_rows **out, const binnet_chain *chain, size_t stage,
                                bni_correlated_stage *how, double held)
{
    *out = NULL;
    double k = (double)bni_stage_size(chain, stage);
    BNI_TRY(
        bni_need_memory(ctx, held + (double)sizeof(bni_correlated_rows) + 8 * k * k, "a chain with correlated noise"));
    bni_correlated_rows *w = bni_new(ctx, 1, sizeof *w);
    if (w == NULL)
        return BINNET_E_NOMEM;
    w->mem = ctx->mem;
    w->chain = chain;
    w->kern = bni_kernels_get()->chain;
    w->how = how;
    w->noise = how->noise;
    w->neuron = chain->stage_neuron + chain->stage_first[stage];
    w->k = (int)bni_stage_size(chain, stage);
    for (int b = 0; b < w->k; b++)
        if (w->noise->scale[b] > 0)
            w->at[w->noisy++] = b;
    int32_t list[K_MOST];
    for (int a = 0; a < w->noisy; a++)
        list[a] = w->at[a];
    int32_t status = bni_noise_regular(ctx, &w->regular, w->noise, (size_t)w->noisy, list);
    if (status == BINNET_OK)
        status = choose_orthants(ctx, w, stage);
    if (status == BINNET_OK)
        status = bni_need_memory(ctx, held + making_bytes(w, chain, stage), "a chain with correlated noise");
    if (status == BINNET_OK)
        status = make_orthant_nodes(ctx, w, chain, stage);
    if (status == BINNET_OK && (w->memory = bni_new(ctx, orthant_doubles(w), sizeof(double))) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK) {
        size_t S = (size_t)1 << w->k;
        w->whole = bni_align(w->memory);
        w->integral = w->whole + S;
        w->part = w->integral + S;
        w->r = w->part + S;
        double *rest = w->r + w->k * w->k;
        if (how->method == BNI_BY_NODES) {
            w->p = rest;
            w->q = w->p + w->k * PART;
            w->rows = bni_align(w->q + w->k * PART);
            w->columns = w->rows + ((size_t)PART << w->k / 2);
        }
        w->values = rest;
        fill_noisy_correlations(w);
    }
    if (status == BINNET_OK && how->method == BNI_BY_LATTICE) {
        w->lattice = bni_new(ctx, 1, sizeof *w->lattice);
        status = w->lattice == NULL ? BINNET_E_NOMEM : bni_lattice_prepare(ctx, w->lattice, w->noisy, w->r);
    }
    if (status != BINNET_OK) {
        bni_correlated_rows_free(w);
        return status;
    }
    *out = w;
    return BINNET_OK;
}

void bni_correlated_rows_free(bni_correlated_rows *w)
{
    if (w == NULL)
        return;
    bni_allocator mem = w->mem;
    bni_delete(&mem, w->memory);
    bni_delete(&mem, w->lattice);
    bni_delete(&mem, w);
}

/* --- nodes --- */

/* Bit b of the index is neuron b of the stage. */
static int32_t fill_by_nodes(binnet_ctx *ctx, bni_correlated_rows *w, double *law, unsigned fires)
{
    const bni_factor_nodes *nodes = &w->how->nodes;
    int high = w->k / 2, low = w->k - high;
    size_t m = (size_t)1 << high, n = (size_t)1 << low;
    memset(law, 0, m * n * sizeof *law);
    for (size_t first = 0; first < nodes->count; first += PART) {
        size_t count = nodes->count - first < PART ? nodes->count - first : PART;
        for (int b = 0; b < w->k; b++) {
            double z[PART], own = w->noise->own[b], *p = w->p + b * PART, *q = w->q + b * PART;
            if (own > 0) {
                w->kern->shift_scale(z, nodes->shift + (size_t)b * nodes->count + first, w->h[b] / own, 1, count);
                w->kern->cdf_gaussian(p, q, z, count, 1);
                continue;
            }
            for (size_t k = 0; k < count; k++) {
                p[k] = fires >> b & 1;
                q[k] = 1 - p[k];
            }
        }
        bni_law_panels(w->columns, n * PART, w->p, w->q, PART, low, NULL, count);
        bni_law_panels(w->rows, m * PART, w->p + low * PART, w->q + low * PART, PART, high, nodes->weight + first,
                       count);
        bni_panels_multiply(law, n, w->rows, m, m, w->columns, n, n, count);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* --- one factor, by panels; index by the neurons with noise --- */

static void factor_values(bni_correlated_rows *w, double *v, double z)
{
    v[0] = BNI_INV_SQRT_2PI * exp(-0.5 * z * z);
    for (int a = 0; a < w->noisy; a++) {
        int b = w->at[a];
        double own = w->noise->own[b], u = w->h[b] + w->noise->loading[b] * z, p, q;
        if (own > 0) {
            u /= own;
            w->kern->cdf_gaussian(&p, &q, &u, 1, 1);
        } else {
            p = u >= 0;
            q = 1 - p;
        }
        for (size_t m = 0, half = (size_t)1 << a; m < half; m++) {
            v[m + half] = v[m] * p;
            v[m] *= q;
        }
    }
}

/* What rounding of drives makes of the values within a panel where neurons turn steeply. */
static double grain_of(const bni_correlated_rows *w, double a, double b)
{
    double grain = 0;
    for (int k = 0; k < w->noisy; k++) {
        int i = w->at[k];
        double own = w->noise->own[i], l = w->noise->loading[i], turn = -w->h[i] / l, width = fabs(own / l);
        if (own > 0 && l != 0 && b - a <= 10 * width && a <= turn + 10 * width && b >= turn - 10 * width)
            grain += 0x1p-50 * fabs(w->h[i]) / own;
    }
    return grain;
}

/* Adds the integral over a..b and what is wrong with it. */
static int32_t add_factor_panel(binnet_ctx *ctx, bni_correlated_rows *w, double *law, double *error, double a, double b,
                                int depth)
{
    size_t S = (size_t)1 << w->noisy;
    double z[BNI_POINTS], off = 0;
    bni_kronrod_points(z, a, b);
    for (int j = 0; j < BNI_POINTS; j++)
        factor_values(w, w->values + (size_t)j * S, z[j]);
    /* the ends: limits from inside, for neurons that turn there at once */
    double inside = (b - a) * 0x1p-40;
    factor_values(w, w->values + BNI_NODES * S, a + inside);
    factor_values(w, w->values + (BNI_NODES + 1) * S, b - inside);
    bni_kronrod(w->integral, w->part, S, w->values, S, NULL, 0.5 * (b - a), 1);
    for (size_t m = 0; m < S; m++)
        off += w->part[m];
    BNI_TRY(bni_poll(ctx, 0));
    double middle = 0.5 * (a + b);
    if (off <= (1e-15 + grain_of(w, a, b)) * (b - a) || depth == DEPTH || ++w->panels > PANELS ||
        !(a < middle && middle < b)) {
        for (size_t m = 0; m < S; m++) {
            law[m] += w->integral[m];
            error[m] += w->part[m] + 0x1p-50 * w->integral[m];
        }
        return BINNET_OK;
    }
    BNI_TRY(add_factor_panel(ctx, w, law, error, a, middle, depth + 1));
    return add_factor_panel(ctx, w, law, error, middle, b, depth + 1);
}

static int32_t fill_by_panels(binnet_ctx *ctx, bni_correlated_rows *w, double *law, double *error)
{
    double cut[K_MOST * CUTS + 2];
    size_t S = (size_t)1 << w->noisy, cuts = 0;
    double doubt = 4e-19; /* beyond far_out; and where neurons turn, to rounding */
    memset(law, 0, S * sizeof *law);
    memset(error, 0, S * sizeof *error);

    w->panels = 0;
    cut[cuts++] = -far_out;
    cut[cuts++] = far_out;
    for (int a = 0; a < w->noisy; a++) {
        int b = w->at[a];
        double l = w->noise->loading[b], turn = -w->h[b] / l, width = fabs(w->noise->own[b] / l);
        static const double away[CUTS] = {0, -4, 4, -9, 9};
        if (l == 0)
            continue;
        for (int k = 0; k < CUTS; k++) {
            double z = turn + away[k] * width;
            if (fabs(z) < far_out)
                cut[cuts++] = z;
        }

        if (fabs(turn) < far_out + 9 * width)
            doubt += 0x1p-50 *
                     (fabs(turn) + w->chain->rounding[w->neuron[b]] / w->chain->M[w->neuron[b]] / fabs(l) * 64);
    }
    BNI_TRY(bni_sort(NULL, cut, cuts, sizeof *cut, bni_by_double, NULL));
    for (size_t k = 1; k < cuts; k++)
        if (cut[k] > cut[k - 1])
            BNI_TRY(add_factor_panel(ctx, w, law, error, cut[k - 1], cut[k], 0));
    for (size_t m = 0; m < S; m++)
        if (law[m] > 0 || error[m] > 0)
            error[m] += doubt + 1e-14 * law[m];
    return BINNET_OK;
}

/* --- up to INTEGRALS dimensions --- */

static int32_t fill_by_integrals(binnet_ctx *ctx, bni_correlated_rows *w, double *law, double *error)
{
    double h[K_MOST], off;
    for (int a = 0; a < w->noisy; a++)
        h[a] = -w->h[w->at[a]] / w->noise->scale[w->at[a]];
    BNI_TRY(bni_all_orthants(ctx, law, &off, w->noisy, h, w->r, 1e-12));
    for (size_t m = 0; m < (size_t)1 << w->noisy; m++)
        error[m] = off;
    return BINNET_OK;
}

/* --- a row --- */

/* In place, from the last on: neurons without noise do as they must. */
static void spread_law(const bni_correlated_rows *w, double *v, unsigned fires)
{
    unsigned all = (1u << w->k) - 1, noisy = 0;
    for (int a = 0; a < w->noisy; a++)
        noisy |= 1u << w->at[a];
    fires &= all & ~noisy;
    if (w->noisy == w->k)
        return;
    memcpy(w->whole, v, ((size_t)1 << w->noisy) * sizeof *v);
    memset(v, 0, ((size_t)1 << w->k) * sizeof *v);
    for (unsigned m = 0; m < 1u << w->noisy; m++) {
        unsigned to = fires;
        for (int a = 0; a < w->noisy; a++)
            to |= (m >> a & 1) << w->at[a];
        v[to] = w->whole[m];
    }
}

int32_t bni_correlated_rows_fill(binnet_ctx *ctx, bni_correlated_rows *w, double *law, double *error, uint64_t state)
{
    const binnet_chain *c = w->chain;
    unsigned fires = 0;
    for (int b = 0; b < w->k; b++) {
        size_t i = (size_t)w->neuron[b];
        w->h[b] = bni_drive(c, i, state);
        if (!(w->noise->scale[b] > 0))
            fires |= (unsigned)bni_fires_without_noise(c, i, state, w->h[b] * c->M[i]) << b;
    }
    if (w->how->method == BNI_BY_NODES) {
        BNI_TRY(fill_by_nodes(ctx, w, law, fires));
        for (size_t m = 0; m < (size_t)1 << w->k; m++)
            error[m] = 0; /* relative, and w->how->nodes.absolute */
        return BINNET_OK;
    }
    if (w->how->method == BNI_BY_PANELS) {
        BNI_TRY(fill_by_panels(ctx, w, law, error));
    } else if (w->how->method == BNI_BY_INTEGRALS) {
        BNI_TRY(fill_by_integrals(ctx, w, law, error));
    } else {
        double h[K_MOST], points;
        const uint64_t key[2] = {(uint64_t)ctx->seed, state};
        for (int a = 0; a < w->noisy; a++)
            h[a] = w->h[w->at[a]] / w->noise->scale[w->at[a]];
        BNI_TRY(bni_lattice_orthants(ctx, law, error, &points, w->lattice, h, 0.5 * ctx->row_error, most_points, key));
        w->how->points = fmax(w->how->points, points);
    }
    spread_law(w, law, fires);
    spread_law(w, error, fires);
    return BINNET_OK;
}
