/*
 * Central moments and correlations of all pairs and triples at once.
 * Neurons are looked at from the side they are rarely on, B_i = A_i or 1 - A_i with E B_i <= 3/4: in
 *     E(B_i - q_i)(B_j - q_j) = m_ij - q_i q_j
 *     E(B_i - q_i)(B_j - q_j)(B_k - q_k) = m_ijk - q_i m_jk - q_j m_ik - q_k m_ij + 2 q_i q_j q_k,   m_S = E prod_S B
 * no term is larger than a few times those of the definition, so nothing cancels that would not there. The moments are sums of
 * probabilities: of pairs within each block of consecutive states, and of these by the neurons that number the blocks.
 * Source: THEORY 5, [FP19] sec. 5.
 */
#include "kernels/kernels.h"
#include "law/law.h"

#include <math.h>
#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS, HALF_BITS = BNI_BLOCK_BITS / 2, HALF = 1 << HALF_BITS };
/* Up to so many neurons each group is summed in two doubles. */
enum { FEW = 8 };

uint64_t binnet_triple_index(size_t i, size_t j, size_t k)
{
    size_t a = i < j ? i : j, c = i < j ? j : i;
    size_t low = k < a ? k : a, high = k > c ? k : c, middle = k < a ? a : k > c ? c : k;
    if (low == middle || middle == high || high >= (size_t)1 << 20)
        return UINT64_MAX;
    return (uint64_t)high * (high - 1) * (high - 2) / 6 + (uint64_t)middle * (middle - 1) / 2 + low;
}

/* Sums by activity of a block become moments of B, in place: v[S] = E prod over S of B; bit b of flip: B_b = 1 - A_b. */
static void sum_many(const bni_law_kernels *kern, double *v, int bits, uint64_t flip)
{
    size_t size = (size_t)1 << bits, mask = flip & (size - 1);
    for (size_t k = 0; k < size; k++)
        if (k < (k ^ mask)) {
            double swap = v[k];
            v[k] = v[k ^ mask];
            v[k ^ mask] = swap;
        }
    kern->superset_low(v, v, size, NULL);
    bni_sum_supersets(kern, v, BNI_SUPERSET_LOW, bits, 1, NULL);
}

/* Entry of a block's moments: 0: none, then one neuron, then pair_cells, i > j. */
static size_t lone_cell(size_t i)
{
    return 1 + i;
}

static size_t pair_cells(size_t bits, size_t i, size_t j)
{
    return i > j ? 1 + bits + i * (i - 1) / 2 + j : 1 + bits + j * (j - 1) / 2 + i;
}

/* A multiple of 8. */
static size_t width_of(size_t bits)
{
    return (1 + bits + bits * (bits - 1) / 2 + 7) / 8 * 8;
}

/* The moments of up to two neurons of a block, of which the sums over its lower neurons' activities are row. */
static void fill_triple_block(double *m, const bni_law_kernels *kern, const double *v, const double *row, uint64_t flip)
{
    double folded[BNI_FOLDED_ROWS][HALF];
    kern->fold_block(folded[0], v, row, flip & (((uint64_t)1 << BNI_BLOCK_BITS) - 1));
    const double *all = folded[HALF_BITS], *upper = folded[HALF_BITS + 1];
    m[0] = all[0];
    for (size_t i = 0; i < HALF_BITS; i++) {
        const double *with = folded[i];
        m[lone_cell(i)] = all[(size_t)1 << i];
        m[lone_cell(HALF_BITS + i)] = with[0];
        for (size_t j = 0; j < i; j++) {
            m[pair_cells(BNI_BLOCK_BITS, i, j)] = all[(size_t)1 << i | (size_t)1 << j];
            m[pair_cells(BNI_BLOCK_BITS, HALF_BITS + i, HALF_BITS + j)] = upper[(size_t)1 << i | (size_t)1 << j];
        }
        for (size_t j = 0; j < HALF_BITS; j++)
            m[pair_cells(BNI_BLOCK_BITS, HALF_BITS + i, j)] = with[(size_t)1 << j];
    }
    for (size_t k = pair_cells(BNI_BLOCK_BITS, BNI_BLOCK_BITS - 1, BNI_BLOCK_BITS - 2) + 1;
         k < width_of(BNI_BLOCK_BITS); k++)
        m[k] = 0;
}

/* All that moments of up to three neurons are read from. */
typedef struct moments {
    size_t n, bits; /* of a block */
    uint64_t flip;
    double *within; /* [2^bits]: of sets of the lower neurons */
    double *table;  /* [2^(n - bits)][width]: of a set of the upper neurons with up to two lower ones */
    double all;
} moments;

static const double *triple_row(const moments *m, uint64_t set)
{
    return m->table + (set >> m->bits) * width_of(m->bits);
}

/* E prod over up to three neurons of B; the lowest first. */
static double moment_of(const moments *m, const size_t *neuron, size_t count)
{
    uint64_t set = 0;
    size_t lower = 0;
    for (size_t e = 0; e < count; e++) {
        set |= UINT64_C(1) << neuron[e];
        lower += neuron[e] < m->bits;
    }
    if (lower == count)
        return m->within[set] / m->all;
    const double *row = triple_row(m, set);
    return row[lower == 0 ? 0 : lower == 1 ? lone_cell(neuron[0]) : pair_cells(m->bits, neuron[1], neuron[0])] / m->all;
}

static double pair_moment(const moments *m, size_t i, size_t j)
{
    return moment_of(m, (const size_t[]){i, j}, 2);
}

static double triples_doubles(size_t n)
{
    size_t bits = (size_t)bni_block_bits(n);
    return (double)((size_t)1 << bits) + (double)((size_t)1 << (n - bits)) * (double)width_of(bits);
}

/* Which neurons are active with more than half of the weight of some blocks. */
static uint64_t often_active(const moments *m, const double *p)
{
    enum { SAMPLES = 8, COLUMNS = 32 };
    const bni_law_kernels *kern = bni_kernels_get()->law;
    size_t size = (size_t)1 << m->bits, blocks = (size_t)1 << (m->n - m->bits);
    double active[MOST] = {0}, all = 0, row[HALF * HALF / COLUMNS];
    uint64_t often = 0;
    for (size_t s = 0; s < size; s++)
        m->within[s] = 0;
    for (size_t k = 0; k < (blocks < SAMPLES ? blocks : SAMPLES); k++) {
        uint64_t u = blocks <= SAMPLES ? k : ((k + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 20) % blocks;
        double sum = 0;
        kern->add_rows(m->within, row, p + u * size, size / COLUMNS, COLUMNS, 1);
        for (size_t r = 0; r < size / COLUMNS; r++)
            sum += row[r];
        for (size_t i = m->bits; i < m->n; i++)
            active[i] += u >> (i - m->bits) & 1 ? sum : 0;
        all += sum;
    }
    sum_many(kern, m->within, (int)m->bits, 0);
    for (size_t i = 0; i < m->n; i++)
        often |= (uint64_t)((i < m->bits ? m->within[(size_t)1 << i] : active[i]) > 0.5 * all) << i;
    return often;
}

/* One pass over the law, with the neurons of flip seen from the other side. */
static int32_t gather_from(binnet_ctx *ctx, moments *m, const binnet_law *law)
{
    enum { BETWEEN_POLLS = 1 << 4 };
    const bni_law_kernels *kern = bni_kernels_get()->law;
    size_t upper = m->n - m->bits, blocks = (size_t)1 << upper, size = (size_t)1 << m->bits;
    size_t width = width_of(m->bits), some = blocks < BNI_ADDED_BLOCKS ? 1 : BNI_ADDED_BLOCKS;
    size_t rows = (size_t)1 << m->bits / 2;
    double row[BNI_ADDED_BLOCKS * HALF];
    bni_cascade sums;
    BNI_TRY(bni_cascade_open(ctx, &sums, m->n));
    int32_t status = BINNET_OK;
    for (size_t u = 0; u < blocks && status == BINNET_OK; u += some) {
        kern->add_rows(sums.level, row, law->p + u * size, rows, size / rows, some);
        bni_cascade_carry(&sums, u / some + 1);
        for (size_t b = 0; b < some && upper > 0; b++) /* else all is within the block */
            fill_triple_block(m->table + ((u + b) ^ m->flip >> m->bits) * width, kern, law->p + (u + b) * size,
                              row + b * rows, m->flip);
        if (u / some % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            status = bni_poll(ctx, 0.9 * (double)u / (double)blocks);
    }
    bni_cascade_close(ctx, m->within, &sums);
    BNI_TRY(status);
    sum_many(kern, m->within, (int)m->bits, m->flip);
    m->all = m->within[0];
    for (size_t b = 0; b < upper; b += 3) { /* some neurons at a time, for the polls */
        size_t part = (size_t)1 << (b + 3 < upper ? b + 3 : upper);
        for (size_t u = 0; u < blocks; u += part) {
            bni_sum_supersets(kern, m->table + u * width, (int)b, b + 3 < upper ? (int)b + 3 : (int)upper, width, NULL);
            BNI_TRY(bni_poll(ctx, 0.9 + 0.1 * (double)b / (double)upper));
        }
    }
    return BINNET_OK;
}

/* The sides are guessed from some of the blocks. A neuron that is on the guessed side up to 3/4 of the time does no harm; where
 * one is more often, the pass is done again with what is then known. */
static int32_t gather_moments(binnet_ctx *ctx, moments *m, const binnet_law *law)
{
    m->flip = often_active(m, law->p);
    BNI_TRY(gather_from(ctx, m, law));
    uint64_t wrong = 0;
    for (size_t i = 0; i < m->n; i++)
        wrong |= (uint64_t)(moment_of(m, &i, 1) > 0.75) << i;
    if (wrong == 0)
        return BINNET_OK;
    m->flip ^= wrong;
    return gather_from(ctx, m, law);
}

/* The neurons seen from their rare side. */
typedef struct figures {
    double q[MOST], sign[MOST];
    double pair_norm[MOST], triple_norm[MOST];      /* (E|B - q|^k)^(1/k); 1 for moments; NaN where it is 0 */
    double triple_q[MOST], triple_pair[MOST][MOST]; /* means and moments of i < j, divided by these norms */
    int undefined;                                  /* a neuron never changes */
} figures;

static void find_triple_figures(figures *f, const moments *m, int normalised)
{
    f->undefined = -1;
    for (size_t i = 0; i < m->n; i++) {
        double q = moment_of(m, &i, 1), not_q = 1 - q;
        f->q[i] = q;
        f->sign[i] = m->flip >> i & 1 ? -1 : 1;
        f->pair_norm[i] = f->triple_norm[i] = 1;
        if (!normalised)
            continue;
        f->pair_norm[i] = q > 0 ? sqrt(q) * sqrt(not_q) : NAN;
        f->triple_norm[i] = q > 0 ? cbrt(q) * cbrt(not_q * (not_q * not_q + q * q)) : NAN;
        f->undefined = q > 0 ? f->undefined : (int)i;
    }
    for (size_t j = 0; j < m->n; j++) {
        f->triple_q[j] = f->q[j] / f->triple_norm[j];
        for (size_t i = 0; i < j; i++)
            f->triple_pair[i][j] = pair_moment(m, i, j) / f->triple_norm[i] / f->triple_norm[j];
    }
}

/* i < j. Every factor is divided before it is multiplied: nothing underflows that matters. */
static double pair_value(const moments *m, const figures *f, size_t i, size_t j)
{
    double a = f->pair_norm[i], b = f->pair_norm[j];
    double both = pair_moment(m, i, j);
    return f->sign[i] * f->sign[j] * (both / a / b - f->q[i] / a * (f->q[j] / b));
}

/* i < j < k */
static double triple_value(const moments *m, const figures *f, size_t i, size_t j, size_t k)
{
    double qi = f->triple_q[i], qj = f->triple_q[j], qk = f->triple_q[k];
    double all = moment_of(m, (const size_t[]){i, j, k}, 3) / f->triple_norm[i] / f->triple_norm[j] / f->triple_norm[k],
           jk = f->triple_pair[j][k], ik = f->triple_pair[i][k], ij = f->triple_pair[i][j];
    /* pairs are centred first: where they are independent, little is left to subtract */
    double value = (all - qi * jk) - (qj * (ik - qi * qk) + qk * (ij - qi * qj));
    return f->sign[i] * f->sign[j] * f->sign[k] * value;
}

static double within_bounds(double r)
{
    return r < -1 ? -1 : r > 1 ? 1 : r;
}

static int32_t fill_figures(binnet_ctx *ctx, double *pair, double *triple, const moments *m, int normalised)
{
    figures f;
    find_triple_figures(&f, m, normalised);
    for (size_t k = 0; k < m->n; k++) {
        for (size_t j = 0; j < k && pair != NULL; j++) {
            double value = pair_value(m, &f, j, k);
            pair[j * m->n + k] = pair[k * m->n + j] = normalised ? within_bounds(value) : value;
        }
        if (pair != NULL)
            pair[k * m->n + k] = !normalised ? f.q[k] * (1 - f.q[k]) : f.q[k] > 0 ? 1 : NAN;
        for (size_t j = 0; j < k; j++)
            for (size_t i = 0; i < j; i++) {
                double value = triple_value(m, &f, i, j, k);
                triple[binnet_triple_index(i, j, k)] = normalised ? within_bounds(value) : value;
            }
        BNI_TRY(bni_poll(ctx, 1));
    }
    return f.undefined < 0
               ? BINNET_OK
               : bni_fail(ctx, BINNET_E_UNDEFINED, "neuron %d never changes: its correlations are NaN", f.undefined);
}

/* Few neurons: group by group. */
static int32_t fill_few(binnet_ctx *ctx, double *pair, double *triple, const binnet_law *law, int normalised)
{
    bni_doubled cell[8];
    size_t n = law->n;
    int undefined = 0;
    double pairs[FEW * FEW], triples[FEW * (FEW - 1) * (FEW - 2) / 6];
    BNI_TRY(bni_need_memory(ctx, bni_central_moment_bytes(3), "moments of triples"));
    for (int32_t k = 0; k < (int32_t)n; k++)
        for (int32_t j = 0; j <= k; j++)
            for (int32_t i = 0; i <= j; i++) { /* (i, i, k): the pair; (k, k, k): the variance */
                const int32_t group[3] = {k, j, i};
                size_t members = i < j && j < k ? 3 : i == j && j < k ? 2 : i == j ? 1 : 0;
                double value;
                if (members == 0 || (members < 3 && pair == NULL))
                    continue;
                BNI_TRY(bni_group_law(ctx, cell, law, members, group));
                if (members == 1) {
                    bni_doubled all = bni_doubled_add(cell[0], cell[1]), q = bni_doubled_divide(cell[1], all),
                                not_q = bni_doubled_divide(cell[0], all);
                    value = !normalised ? q.high * not_q.high : cell[0].high > 0 && cell[1].high > 0 ? 1 : NAN;
                } else
                    BNI_TRY(bni_central_moment(ctx, &value, cell, members, normalised));
                undefined |= isnan(value);
                if (members == 3)
                    triples[binnet_triple_index((size_t)i, (size_t)j, (size_t)k)] = value;
                else
                    pairs[(size_t)j * n + (size_t)k] = pairs[(size_t)k * n + (size_t)j] = value;
            }
    if (pair != NULL)
        memcpy(pair, pairs, n * n * sizeof *pair);
    if (n >= 3)
        memcpy(triple, triples, n * (n - 1) * (n - 2) / 6 * sizeof *triple);
    return undefined ? bni_fail(ctx, BINNET_E_UNDEFINED, "a neuron never changes: its correlations are NaN")
                     : BINNET_OK;
}

static double triples_bytes(size_t n)
{
    return n <= FEW ? bni_central_moment_bytes(3) : 8 * triples_doubles(n) + bni_sum_blocks_bytes(n);
}

static int32_t compute_triples(binnet_ctx *ctx, double *pair, double *triple, const binnet_law *law, int normalised)
{
    size_t n = law->n;
    BNI_TRY(bni_need_memory(ctx, triples_bytes(n), "moments of triples"));
    if (n <= FEW)
        return fill_few(ctx, pair, triple, law, normalised);
    moments m = {.n = n, .bits = (size_t)bni_block_bits(n)};
    m.within = bni_new_raw(ctx, (size_t)triples_doubles(n), sizeof(double));
    if (m.within == NULL)
        return BINNET_E_NOMEM;
    m.table = m.within + ((size_t)1 << m.bits);
    int32_t status = gather_moments(ctx, &m, law);
    if (status == BINNET_OK)
        status = fill_figures(ctx, pair, triple, &m, normalised);
    bni_delete(&ctx->mem, m.within);
    return status;
}

static size_t count_triples(size_t n)
{
    return n < 3 ? 0 : n * (n - 1) * (n - 2) / 6;
}

double bni_pair_covariances_bytes(size_t n)
{
    return triples_bytes(n) + 8 * (double)(count_triples(n) + 1);
}

int32_t bni_pair_covariances(binnet_ctx *ctx, double *pair, const binnet_law *law)
{
    double *triple = bni_new_raw(ctx, count_triples(law->n) + 1, sizeof *triple);
    if (triple == NULL)
        return BINNET_E_NOMEM;
    int32_t status = compute_triples(ctx, pair, triple, law, 0);
    bni_delete(&ctx->mem, triple);
    return status;
}

static int32_t fill_triples(binnet_ctx *ctx, double *pair, size_t n, double *triple, size_t len, const binnet_law *law,
                            int normalised)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (n != law->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the law has %zu neurons", n, law->n);
    size_t triples = count_triples(n);
    if (len != triples)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, %zu neurons have %zu triples", len, n, triples);
    if (len > 0)
        BNI_TRY(bni_need(ctx, triple, "triple"));
    return compute_triples(ctx, pair, triple, law, normalised);
}

int32_t binnet_law_triples(binnet_ctx *ctx, double *pair, size_t n, double *triple, size_t len, const binnet_law *law)
{
    return fill_triples(ctx, pair, n, triple, len, law, 1);
}

int32_t binnet_law_central_triples(binnet_ctx *ctx, double *pair, size_t n, double *triple, size_t len,
                                   const binnet_law *law)
{
    return fill_triples(ctx, pair, n, triple, len, law, 0);
}
