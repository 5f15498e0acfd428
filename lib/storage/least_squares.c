/*
 * Equality: A x = M ((2b - 1) margin - (I - theta)) for each neuron, the shortest of the least-squares solutions.
 * Neurons with the same inputs share A = L Q, Q of orthonormal rows: x = Q^T L^-1 y, L the Cholesky factor of A A^T where that
 * is well-conditioned, else Householder's; or, where L is ill-conditioned or rows are dependent, A = U S V^T: x = V S^-1 U^T y.
 * A missing self-connection e is taken out of it by rank one: with P = Q^T Q onto the space of rows, the shortest solution with
 * x_e = 0 is x - (x_e / (1 - P_ee)) (I - P) e.
 * Source: [FCP18] sec. 2, [PGD86]; Golub & Van Loan, Matrix Computations, 5.5.
 */
#include "num/dense.h"
#include "storage/storage.h"

#include <math.h>
#include <string.h>

/* Where 1 - P_ee is below this, digits are lost: such neurons are solved by themselves. Neurons at once. */
#define LEAST_REST 0.05
/* Greatest condition at which L is trusted. */
#define MOST_CONDITION 1e7
/* Greatest at which L is that of A A^T, whose entries are whole numbers below 2^53 (of activities or spins, and of
 * BNI_FREE_UNIT^2): errors grow with its square. */
#define MOST_GRAM_CONDITION 100
enum { BATCH = 256 };

typedef struct exact_work {
    size_t n, L, p;    /* p: most unknowns */
    double *a, *u, *v; /* [L][p], [L][least], [least][p]; pages of a that are not needed are never touched */
    double *singular, *side, *coefficient, *x; /* [least], [BATCH][L], [BATCH][least], [BATCH][p] */
    uint32_t *input;                           /* [p] */
    bni_pair *key, *other;                     /* [n] */
    double *l;                                 /* [least][least] */
    int triangular;                            /* v is Q and l is L */
    uint8_t *alone;                            /* [n] to be solved by itself */
} exact_work;

static size_t lesser_side(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void exact_buffers(bni_plan *plan, void *object)
{
    exact_work *w = object;
    size_t least = lesser_side(w->L, w->p);
    BNI_BUFFER(plan, w->a, w->L * w->p);
    BNI_BUFFER(plan, w->u, w->L * least);
    BNI_BUFFER(plan, w->v, least * w->p);
    BNI_BUFFER(plan, w->l, least * least);
    BNI_BUFFER(plan, w->singular, least);
    BNI_BUFFER(plan, w->side, BATCH * w->L);
    BNI_BUFFER(plan, w->coefficient, BATCH * least);
    BNI_BUFFER(plan, w->x, BATCH * w->p);
    BNI_BUFFER(plan, w->input, w->p);
    BNI_BUFFER(plan, w->key, w->n);
    BNI_BUFFER(plan, w->other, w->n);
    BNI_ZEROS(plan, w->alone, w->n);
}

static exact_work exact_of(const bni_demand *d)
{
    return (exact_work){.n = d->n, .L = d->L, .p = d->n + (bni_demand_free(d) != BINNET_FREE_NONE)};
}

double bni_store_exact_bytes(const bni_demand *d)
{
    exact_work w = exact_of(d);
    return bni_plan_bytes(exact_buffers, &w) +
           fmax(fmax(bni_svd_bytes(d->L, w.p, 1), bni_least_squares_bytes(d->L, w.p, 1)),
                fmax(bni_orthogonal_rows_bytes(d->L, w.p), d->L <= w.p ? bni_gram_rows_bytes(d->L) : 0));
}

/* One factorisation, or with a mask at most one for each neuron by singular values; a solve and the weights for each. */
double bni_store_exact_flops(const bni_demand *d)
{
    double n = (double)d->n, L = (double)d->L, least = fmin(n, L), most = fmax(n, L);
    if (d->wiring != NULL && d->wiring->mask != NULL)
        return n * (4 * most * least * least + 9 * least * least * least);
    return (L <= n ? 4 * L * L * n + 1.4 * L * L * L : 6 * most * least * least + 20 * least * least * least) +
           n * L * least + 2 * n * n * least;
}

/* Inputs of neuron i and, with `own`, itself; the columns of A with the free one last. Returns the unknowns. */
static size_t set_columns(double *a, exact_work *w, const bni_demand *d, size_t i, int own, int spins, int free_column)
{
    size_t count = bni_demand_inputs(d, i, w->input), at = 0;
    while (at < count && w->input[at] < i)
        at++;
    if (own && (at == count || w->input[at] != i)) {
        memmove(w->input + at + 1, w->input + at, (count - at) * sizeof *w->input);
        w->input[at] = (uint32_t)i;
        count++;
    }
    size_t p = count + (size_t)free_column;
    for (size_t l = 0; l < d->L; l++) {
        const uint8_t *from = d->from + l * d->n;
        double *row = a + l * p, scale = spins ? 2 : 1, shift = spins ? -1 : 0;
        for (size_t c = 0; c < count && count < d->n; c++)
            row[c] = scale * from[w->input[c]] + shift;
        for (size_t c = 0; c < count && count == d->n; c++)
            row[c] = scale * from[c] + shift;
        if (free_column)
            row[count] = BNI_FREE_UNIT;
    }
    return p;
}

/* What the connectome brings already. */
static void take_connectome(double *y, const bni_demand *d, size_t i)
{
    const double *start = d->wiring->connectome + i * d->n;
    for (size_t l = 0; l < d->L; l++)
        for (size_t j = 0; j < d->n; j++)
            if (d->from[l * d->n + j] && (d->wiring->mask == NULL || d->wiring->mask[i * d->n + j]) &&
                (j != i || d->wiring->self_connections))
                y[l] -= start[j];
}

/* Right-hand sides, neuron after neuron; some at once, since what is asked of them lies together. */
static int32_t set_sides(binnet_ctx *ctx, double *y, const binnet_storage *s, const bni_demand *d,
                         const bni_pair *neuron, size_t count, int spins)
{
    enum { SOME = 16 };
    int near = d->wiring != NULL && d->wiring->connectome != NULL && !spins;
    for (size_t first = 0; first < count; first += SOME) {
        size_t last = count - first < SOME ? count : first + SOME;
        for (size_t l = 0; l < d->L; l++)
            for (size_t k = first; k < last; k++) {
                size_t i = neuron[k].value;
                double side = bni_demand_side(d, l, i), offset = s->stimulus[i] - s->theta[i];
                y[k * d->L + l] = spins ? side : bni_demand_M(d, i) * (side * bni_demand_margin(d, l, i) - offset);
            }
        for (size_t k = first; k < last && near; k++)
            take_connectome(y + k * d->L, d, neuron[k].value);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* x of `inputs` weights and the offset becomes neuron i's row, where it may stand already. */
static void set_weights(double *row, binnet_storage *s, const exact_work *w, const bni_demand *d, size_t i,
                        const double *x, size_t p, int spins, int free_column)
{
    size_t count = p - (size_t)free_column;
    int near = !spins && d->wiring != NULL && d->wiring->connectome != NULL;
    if (x != row) {
        memset(row, 0, d->n * sizeof *row);
        for (size_t c = 0; c < count; c++)
            row[w->input[c]] = x[c];
    }
    for (size_t c = 0; c < count && near; c++)
        row[w->input[c]] += bni_demand_connectome(d, i, w->input[c]);
    if (free_column) {
        double offset = BNI_FREE_UNIT * x[count] / bni_demand_M(d, i);
        if (bni_demand_free(d) == BINNET_FREE_STIMULUS)
            s->stimulus[i] += offset;
        else
            s->theta[i] -= offset;
    }
}

static double condition_of(const double *singular, size_t rank)
{
    return rank > 0 ? singular[0] / singular[rank - 1] : NAN;
}

static int32_t solve_alone(binnet_ctx *ctx, double *J, binnet_storage *s, exact_work *w, const bni_demand *d, size_t i,
                           int spins)
{
    int free_column = !spins && bni_demand_free(d) != BINNET_FREE_NONE;
    size_t p = set_columns(w->a, w, d, i, 0, spins, free_column);
    s->rank[i] = 0;
    s->condition[i] = NAN;
    memset(J + i * d->n, 0, d->n * sizeof *J);
    if (p == 0)
        return BINNET_OK;
    const bni_pair alone = {0, i};
    BNI_TRY(set_sides(ctx, w->side, s, d, &alone, 1, spins));
    BNI_TRY(bni_least_squares(ctx, w->x, &s->rank[i], NULL, w->singular, w->a, w->side, d->L, p, 1, -1));
    s->condition[i] = condition_of(w->singular, s->rank[i]);
    set_weights(J + i * d->n, s, w, d, i, w->x, p, spins, free_column);
    return BINNET_OK;
}

/* S^-1 U^T y, and the part that takes neuron i's own weight out; 0 when that loses digits. */
static int set_coefficients(double *c, binnet_storage *s, const exact_work *w, size_t i, size_t own, size_t p,
                            size_t rank)
{
    double x = 0, rest = 1;
    for (size_t r = 0; r < rank && !w->triangular; r++)
        c[r] /= w->singular[r];
    for (size_t r = rank; r < lesser_side(w->L, p); r++)
        c[r] = 0;
    s->rank[i] = rank;
    s->condition[i] = condition_of(w->singular, rank);
    if (own == p)
        return 1;
    for (size_t r = 0; r < rank; r++) {
        double v = w->v[r * p + own];
        x += c[r] * v;
        rest -= v * v;
    }
    if (rest < LEAST_REST)
        return 0;
    for (size_t r = 0; r < rank; r++)
        c[r] += w->v[r * p + own] * (x / rest);
    s->condition[i] /= sqrt(rest); /* at most: (A A^T - e e^T) >= (1 - P_ee) A A^T */
    return 1;
}

static int32_t solve_batch(binnet_ctx *ctx, double *J, binnet_storage *s, exact_work *w, const bni_demand *d,
                           const bni_pair *neuron, size_t count, size_t p, size_t rank, int spins)
{
    int free_column = !spins && bni_demand_free(d) != BINNET_FREE_NONE;
    int self = d->wiring != NULL && d->wiring->self_connections;
    size_t least = lesser_side(d->L, p), own[BATCH];
    double *side = w->triangular ? w->coefficient : w->side; /* solved in place */
    BNI_TRY(set_sides(ctx, side, s, d, neuron, count, spins));
    if (w->triangular)
        BNI_TRY(bni_lower_solve(ctx, w->coefficient, count, w->l, d->L));
    else
        BNI_TRY(bni_dense_large(ctx, w->coefficient, least, w->side, d->L, w->u, least, count, least, d->L, 0));
    for (size_t k = 0; k < count; k++) {
        size_t i = neuron[k].value;
        int has = self && (d->wiring->mask == NULL || d->wiring->mask[i * d->n + i]);
        own[k] = p;
        for (size_t c = 0; c < p - (size_t)free_column && !has; c++)
            if (w->input[c] == i)
                own[k] = c;
        w->alone[i] = !set_coefficients(w->coefficient + k * least, s, w, i, own[k], p, rank);
    }
    double *x = w->x; /* or the rows of J themselves */
    if (p == d->n && !free_column && neuron[count - 1].value == neuron[0].value + count - 1)
        x = J + neuron[0].value * d->n;
    BNI_TRY(bni_dense_large(ctx, x, p, w->coefficient, least, w->v, p, count, p, least, 0));
    for (size_t k = 0; k < count; k++) {
        size_t i = neuron[k].value;
        if (w->alone[i])
            continue;
        set_weights(J + i * d->n, s, w, d, i, x + k * p, p, spins, free_column);
        if (own[k] < p)
            J[i * d->n + i] = 0;
    }
    return BINNET_OK;
}

/* The triangular form, unless rows are dependent or nearly so: its singular values are those of A. */
static int32_t factorise_rows(binnet_ctx *ctx, exact_work *w, size_t L, size_t p)
{
    BNI_TRY(bni_gram_rows(ctx, w->l, w->singular, &w->triangular, w->v, L, p, MOST_GRAM_CONDITION));
    if (w->triangular)
        return BINNET_OK;
    BNI_TRY(bni_orthogonal_rows(ctx, w->l, w->v, L, p));
    memcpy(w->u, w->l, L * L * sizeof *w->u);
    BNI_TRY(bni_svd(ctx, w->singular, NULL, NULL, w->u, L, L));
    w->triangular = w->singular[0] < MOST_CONDITION * w->singular[L - 1];
    return BINNET_OK;
}

/* Neurons with the inputs of the first, themselves put in. */
static int32_t solve_group(binnet_ctx *ctx, double *J, binnet_storage *s, exact_work *w, const bni_demand *d,
                           const bni_pair *neuron, size_t count, int spins)
{
    int free_column = !spins && bni_demand_free(d) != BINNET_FREE_NONE;
    int wide = d->L <= w->p; /* v has room for all rows */
    size_t p = set_columns(wide ? w->v : w->a, w, d, neuron[0].value, 1, spins, free_column);
    w->triangular = 0;
    if (d->L <= p)
        BNI_TRY(factorise_rows(ctx, w, d->L, p));
    if (!w->triangular) {
        set_columns(w->a, w, d, neuron[0].value, 1, spins, free_column);
        BNI_TRY(bni_svd(ctx, w->singular, w->u, w->v, w->a, d->L, p));
    }
    size_t rank = 0, least = lesser_side(d->L, p);
    double smallest = w->singular[0] * (double)(d->L > p ? d->L : p) * 0x1p-52;
    while (rank < least && w->singular[rank] > smallest)
        rank++;
    for (size_t k = 0; k < count; k += BATCH) {
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
        BNI_TRY(solve_batch(ctx, J, s, w, d, neuron + k, lesser_side(BATCH, count - k), p, rank, spins));
    }
    return BINNET_OK;
}

/* Whether two neurons have the same inputs, each put into its own. */
static int same_inputs(const bni_demand *d, size_t a, size_t b)
{
    if (d->wiring == NULL || d->wiring->mask == NULL)
        return 1;
    const uint8_t *u = d->wiring->mask + a * d->n, *v = d->wiring->mask + b * d->n;
    for (size_t j = 0; j < d->n; j++)
        if ((j == a || u[j]) != (j == b || v[j]))
            return 0;
    return 1;
}

static int32_t sort_neurons(binnet_ctx *ctx, exact_work *w, const bni_demand *d)
{
    for (size_t i = 0; i < d->n; i++) {
        w->key[i] = (bni_pair){0, i};
        for (size_t j = 0; d->wiring != NULL && d->wiring->mask != NULL && j < d->n; j++)
            w->key[i].key = bni_hash(w->key[i].key, j == i || d->wiring->mask[i * d->n + j]);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return bni_sort_pairs(ctx, w->key, w->other, d->n);
}

int32_t bni_store_exact(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d, int spins)
{
    exact_work w = exact_of(d);
    BNI_TRY(bni_plan_make(ctx, exact_buffers, &w));
    int32_t status = sort_neurons(ctx, &w, d);
    for (size_t k = 0, next; k < d->n && status == BINNET_OK; k = next) {
        for (next = k + 1;
             next < d->n && w.key[next].key == w.key[k].key && same_inputs(d, w.key[k].value, w.key[next].value);
             next++)
            ;
        if (next == k + 1)
            w.alone[w.key[k].value] = 1;
        else
            status = solve_group(ctx, J, s, &w, d, w.key + k, next - k, spins);
    }
    for (size_t i = 0; i < d->n && status == BINNET_OK; i++)
        if (w.alone[i])
            status = solve_alone(ctx, J, s, &w, d, i, spins);
    bni_plan_release(&ctx->mem, exact_buffers, &w);
    return status;
}
