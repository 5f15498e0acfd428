/*
 * Chains of occupation numbers: how many neurons are active in each population of interchangeable ones. Given the state, the
 * active and the inactive neurons of a population fire each with a probability of their own (they differ by what a neuron
 * receives from itself), independently: n_a' = Binomial(n_a, p_on) + Binomial(N_a - n_a, p_off). Asynchronous: a walk to
 * neighbours on the grid.   Source: THEORY 3, "Exact lumping".
 */
#include "chain/chain.h"
#include "kernels/kernels.h"
#include "num/exact.h"

#include "binnet/lumped.h"

#include <math.h>
#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };

void bni_lumped_free(const bni_allocator *mem, bni_lumped *lumped)
{
    if (lumped == NULL)
        return;
    bni_occupation_free(lumped->space);
    bni_delete(mem, lumped->own);
    bni_delete(mem, lumped->inverse);
    bni_delete(mem, lumped->shape);
    bni_delete(mem, lumped);
}

size_t bni_lumped_largest(const binnet_chain *chain)
{
    const bni_occupation *o = chain->lumped->space;
    size_t most = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        most = o->size[a] > most ? o->size[a] : most;
    return most;
}

static double bytes_for(double n_pop, double largest, double neurons, double labels)
{
    return (double)(sizeof(binnet_chain) + sizeof(bni_lumped) + sizeof(bni_occupation) + sizeof(binnet_noise)) +
           8 * (n_pop * n_pop + 8 * n_pop + largest + 1 + neurons) + 8 * (n_pop + 1) + 4 * labels + 1024;
}

double bni_lumped_bytes(const binnet_chain *chain)
{
    const bni_occupation *o = chain->lumped->space;
    return bytes_for((double)o->n_pop, (double)bni_lumped_largest(chain), (double)o->neurons,
                     o->population != NULL ? (double)o->neurons : 0);
}

int32_t bni_lumped_outside(binnet_ctx *ctx)
{
    return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}

/* --- what a network and its noise say of each population --- */

/* Populations are alike: neurons of one have the same normalisation, threshold and stimulus, the same weight to themselves and from
 * all others of every population. One neuron of each stands for it. row: [n] scratch. */
static int32_t check_alike(binnet_ctx *ctx, binnet_chain *c, double *row, const binnet_net *net, const int32_t *first)
{
    size_t P = net->n_pop;
    for (size_t k = 0; k < P; k++)
        for (size_t b = 0; b < P; b++)
            c->J[k * P + b] = NAN; /* not seen yet */
    for (size_t i = 0; i < net->n; i++) {
        size_t a = (size_t)binnet_net_population(net, i), f = (size_t)first[a];
        if (net->M[i] != c->M[a] || net->theta[i] != c->theta[a] || net->I[i] != c->I[a])
            return bni_fail(ctx, BINNET_E_RANGE,
                            "neurons %zu and %zu of population %zu differ in normalisation, threshold or stimulus", f,
                            i, a);
        bni_net_row(net, i, row);
        if (i == f)
            c->lumped->own[a] = row[i];
        if (row[i] != c->lumped->own[a])
            return bni_fail(ctx, BINNET_E_RANGE,
                            "neurons %zu and %zu of population %zu have different weights to themselves", f, i, a);
        for (size_t j = 0; j < net->n; j++) {
            size_t b = (size_t)binnet_net_population(net, j);
            double *w = &c->J[a * P + b];
            if (j == i)
                continue;
            if (isnan(*w))
                *w = row[j];
            if (row[j] != *w)
                return bni_fail(ctx, BINNET_E_RANGE,
                                "the weight from neuron %zu to neuron %zu is %g, others from population %zu to "
                                "population %zu are %g",
                                j, i, row[j], b, a, *w);
        }
        BNI_TRY(bni_poll(ctx, (double)i / (double)net->n));
    }
    for (size_t k = 0; k < P; k++)
        for (size_t b = 0; b < P; b++)
            if (isnan(c->J[k * P + b])) /* a population of one has no other neuron */
                c->J[k * P + b] = 0;
    return BINNET_OK;
}

static int32_t copy_populations(binnet_ctx *ctx, binnet_chain *c, const binnet_net *net, const int32_t *first)
{
    size_t P = net->n_pop;
    for (size_t a = 0; a < P; a++) {
        size_t u = net->form == BNI_HOMOGENEOUS ? a : (size_t)first[a];
        c->M[a] = net->M[u];
        c->theta[a] = net->theta[u];
        c->I[a] = net->I[u];
    }
    if (net->form == BNI_HOMOGENEOUS) {
        memcpy(c->J, net->J, P * P * sizeof *c->J);
        for (size_t a = 0; a < P; a++)
            c->lumped->own[a] = net->self_connections ? c->J[a * P + a] : 0;
        return BINNET_OK;
    }
    double *row = bni_new_raw(ctx, net->n, sizeof *row);
    int32_t status = row == NULL ? BINNET_E_NOMEM : check_alike(ctx, c, row, net, first);
    bni_delete(&ctx->mem, row);
    return status;
}

static int32_t check_noise(binnet_ctx *ctx, const binnet_net *net, const binnet_noise *noise, const int32_t *first)
{
    for (size_t i = 0; i < net->n; i++) {
        size_t a = (size_t)binnet_net_population(net, i), f = (size_t)first[a];
        if (noise->scale[i] != noise->scale[f])
            return bni_fail(ctx, BINNET_E_RANGE,
                            "the noise of neuron %zu is %g, that of neuron %zu of its population %g", i,
                            noise->scale[i], f, noise->scale[f]);
        if (i % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Bounds of the drives, and of what their rounding does to a transition. */
static int32_t find_bounds(binnet_ctx *ctx, binnet_chain *c)
{
    size_t P = c->lumped->space->n_pop;
    c->unbounded = 1;
    for (size_t a = 0; a < P; a++) {
        double scale = c->noise->scale[a], most = fabs(c->lumped->own[a]);
        for (size_t b = 0; b < P; b++)
            most += fabs(c->J[a * P + b]) * (double)c->lumped->space->size[b];
        most += c->M[a] * (fabs(c->I[a]) + fabs(c->theta[a]));
        if (!isfinite(most / (c->M[a] * (scale > 0 ? scale : 1))))
            return bni_fail(ctx, BINNET_E_RANGE, "the drive of population %zu overflows", a);
        c->rounding[a] = 0x1p-46 * most;
        double z = scale > 0 ? most / (c->M[a] * scale) : 0;
        c->sensitivity += c->noise->kind == BINNET_NOISE_GAUSSIAN ? z * z : z;
        c->unbounded &= bni_chain_unbounded(c, a) && (c->select == NULL || c->select[a] > 0);
    }
    return BINNET_OK;
}

/* Steepest: its power most + BNI_CONVOLVED over the least of a shape is in range. */
static void fill_shapes(bni_lumped *l, size_t most)
{
    const bni_occupation *o = l->space;
    double *shape = l->shape;
    for (size_t a = 0; a < o->n_pop; shape += o->size[a++] + 1) {
        size_t N = o->size[a], half = N / 2;
        long double v = 1;
        shape[half] = 1;
        for (size_t k = half; k > 0; k--)
            shape[k - 1] = (double)(v *= (long double)k / (long double)(N - k + 1));
        for (size_t k = half + 1; k <= N; k++)
            shape[k] = shape[N - k];
    }
    l->steepest = exp((600 - log(2) * (double)most) / (double)(most + BNI_CONVOLVED));
}

static int32_t fill_chain(binnet_ctx *ctx, binnet_chain *c, const binnet_net *net, const binnet_noise *noise,
                          const double *select, size_t n_stages, const int32_t *stage, const int64_t *size,
                          const int32_t *first)
{
    size_t P = net->n_pop;
    BNI_TRY(bni_occupation_new(ctx, &c->lumped->space, P, size, net->form == BNI_HOMOGENEOUS ? NULL : net->pop));
    BNI_TRY(bni_noise_pick(ctx, &c->noise, noise, P, first));
    size_t most = bni_lumped_largest(c);
    c->lumped->own = bni_new(ctx, P, sizeof(double));
    c->lumped->inverse = bni_new_raw(ctx, most + 1, sizeof(double));
    c->lumped->shape = bni_new_raw(ctx, c->lumped->space->neurons + P, sizeof(double));
    c->J = bni_new_raw(ctx, P * P, sizeof(double));
    c->M = bni_new_raw(ctx, P, sizeof(double));
    c->theta = bni_new_raw(ctx, P, sizeof(double));
    c->I = bni_new_raw(ctx, P, sizeof(double));
    c->rounding = bni_new_raw(ctx, P, sizeof(double));
    c->n_stages = n_stages;
    c->stage_first = bni_new(ctx, n_stages + 1, sizeof *c->stage_first);
    c->stage_neuron = bni_new(ctx, P, sizeof *c->stage_neuron);
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS && (c->select = bni_copy(ctx, select, P, 1)) == NULL)
        return BINNET_E_NOMEM;
    if (c->lumped->own == NULL || c->lumped->inverse == NULL || c->lumped->shape == NULL || c->J == NULL ||
        c->M == NULL || c->theta == NULL || c->I == NULL || c->rounding == NULL || c->stage_first == NULL ||
        c->stage_neuron == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k <= most; k++)
        c->lumped->inverse[k] = 1 / ((double)k + 1);
    fill_shapes(c->lumped, most);
    double sum = 0;
    for (size_t a = 0; c->select != NULL && a < P; a++)
        sum += c->select[a] * (double)size[a];
    for (size_t a = 0; c->select != NULL && a < P; a++)
        c->select[a] /= sum;
    int32_t k = 0;
    for (size_t s = 0; s < n_stages; s++) {
        for (size_t a = 0; a < P; a++)
            if (stage == NULL || (size_t)stage[a] == s)
                c->stage_neuron[k++] = (int32_t)a;
        c->stage_first[s + 1] = k;
    }
    BNI_TRY(copy_populations(ctx, c, net, first));
    return find_bounds(ctx, c);
}

/* Sizes of the populations and a neuron of each. */
static int32_t count_populations(binnet_ctx *ctx, int64_t *size, int32_t *first, const binnet_net *net)
{
    for (size_t a = 0; a < net->n_pop; a++) {
        size[a] = 0;
        first[a] = -1;
    }
    for (size_t i = 0; i < net->n; i++) {
        size_t a = (size_t)binnet_net_population(net, i);
        first[a] = first[a] < 0 ? (int32_t)i : first[a];
        size[a]++;
        if (i % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t a = 0; a < net->n_pop; a++)
        if (size[a] < 1)
            return bni_fail(ctx, BINNET_E_RANGE, "population %zu has no neuron", a);
    return BINNET_OK;
}

static int32_t check_lumped(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    BNI_TRY(bni_noise_need_independent(ctx, noise, "occupation numbers"));
    if (noise->n != net->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise is of %zu neurons, the network has %zu", noise->n, net->n);
    if (net->n_pop > MOST)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu populations: a lumped chain can have at most %d", net->n_pop, MOST);
    return BINNET_OK;
}

static int32_t make_lumped(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                           int32_t update, const double *select, size_t n_stages, const int32_t *stage)
{
    int64_t size[MOST];
    int32_t first[MOST], each[MOST];
    BNI_TRY(count_populations(ctx, size, first, net));
    int64_t most = 0;
    for (size_t a = 0; a < net->n_pop; a++)
        most = size[a] > most ? size[a] : most;
    if (update == BINNET_UPDATE_SWEEP) {
        for (size_t a = 0; a < net->n_pop; a++) {
            if (size[a] > 1)
                return bni_fail(
                    ctx, BINNET_E_RANGE,
                    "a sweep tells the %lld neurons of population %zu apart: only populations of one neuron "
                    "can be swept; blocks update whole populations in order",
                    (long long)size[a], a);
            each[a] = first[a]; /* neurons in order, whatever their labels */
        }
        stage = each;
        n_stages = net->n_pop;
    }
    BNI_TRY(bni_need_memory(ctx,
                            bytes_for((double)net->n_pop, (double)most, (double)net->n,
                                      net->form == BNI_HOMOGENEOUS ? 0 : (double)net->n) +
                                (net->form == BNI_HOMOGENEOUS ? 0 : 8 * (double)net->n),
                            "a lumped chain"));
    BNI_TRY(check_noise(ctx, net, noise, first));
    binnet_chain *c = bni_new(ctx, 1, sizeof *c);
    if (c == NULL)
        return BINNET_E_NOMEM;
    c->mem = ctx->mem;
    c->update = update;
    c->tie = net->tie;
    c->lumped = bni_new(ctx, 1, sizeof *c->lumped);
    int32_t status = c->lumped == NULL ? BINNET_E_NOMEM
                                       : fill_chain(ctx, c, net, noise, select, n_stages, stage, size, first);
    if (status != BINNET_OK) {
        binnet_chain_free(c);
        return status;
    }
    *out = c;
    return BINNET_OK;
}

int32_t binnet_chain_new_lumped(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                                int32_t update)
{
    BNI_TRY(check_lumped(ctx, out, net, noise));
    if (update != BINNET_UPDATE_SYNCHRONOUS && update != BINNET_UPDATE_ASYNCHRONOUS && update != BINNET_UPDATE_SWEEP)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "update is %d, allowed is 1 (synchronous), 2 (asynchronous), 3 (sweep); blocks have a function "
                        "of their own",
                        (int)update);
    return make_lumped(ctx, out, net, noise, update, NULL, 1, NULL);
}

int32_t binnet_chain_new_lumped_asynchronous(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                             const binnet_noise *noise, const double *select)
{
    BNI_TRY(check_lumped(ctx, out, net, noise));
    BNI_TRY(bni_need(ctx, select, "select"));
    BNI_TRY(bni_need_finite(ctx, select, net->n_pop, "select"));
    int64_t size[MOST];
    int32_t first[MOST];
    BNI_TRY(count_populations(ctx, size, first, net));
    double sum = 0, each[MOST];
    for (size_t a = 0; a < net->n_pop; a++) {
        if (select[a] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "select[%zu] is %g, a probability must be >= 0", a, select[a]);
        sum += select[a];
        each[a] = select[a] / (double)size[a];
    }
    if (!(fabs(sum - 1) <= 1e-12))
        return bni_fail(ctx, BINNET_E_RANGE, "the selection probabilities add up to %.17g, not to 1", sum);
    return make_lumped(ctx, out, net, noise, BINNET_UPDATE_ASYNCHRONOUS, each, 1, NULL);
}

int32_t binnet_chain_new_lumped_blocks(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                       const binnet_noise *noise, size_t n_blocks, const int32_t *block)
{
    BNI_TRY(check_lumped(ctx, out, net, noise));
    BNI_TRY(bni_need(ctx, block, "block"));
    if (n_blocks < 1 || n_blocks > net->n_pop)
        return bni_fail(ctx, BINNET_E_RANGE, "n_blocks is %zu, allowed is 1..%zu", n_blocks, net->n_pop);
    uint64_t seen = 0;
    for (size_t a = 0; a < net->n_pop; a++) {
        if (block[a] < 0 || (size_t)block[a] >= n_blocks)
            return bni_fail(ctx, BINNET_E_RANGE, "block[%zu] is %d, allowed is 0..%zu", a, (int)block[a], n_blocks - 1);
        seen |= UINT64_C(1) << block[a];
    }
    if (seen != (UINT64_C(1) << n_blocks) - 1)
        return bni_fail(ctx, BINNET_E_RANGE, "a block of 0..%zu has no population", n_blocks - 1);
    return make_lumped(ctx, out, net, noise, BINNET_UPDATE_BLOCKS, NULL, n_blocks, block);
}

size_t binnet_chain_populations(const binnet_chain *chain)
{
    return chain == NULL || chain->lumped == NULL ? 0 : chain->lumped->space->n_pop;
}

int64_t binnet_chain_population_size(const binnet_chain *chain, size_t a)
{
    return a >= binnet_chain_populations(chain) ? 0 : (int64_t)chain->lumped->space->size[a];
}

/* --- firing probabilities and laws of the next numbers --- */

double bni_lumped_drive(const binnet_chain *c, size_t a, int own, const size_t *count)
{
    size_t P = c->lumped->space->n_pop;
    const double *row = c->J + a * P;
    double u = c->M[a] * (c->I[a] - c->theta[a]) + (own ? c->lumped->own[a] : 0);
    for (size_t b = 0; b < P; b++)
        u += row[b] * (double)(count[b] - (b == a && own));
    return u;
}

static int sign_drive(const binnet_chain *c, size_t a, int own, const size_t *count)
{
    size_t P = c->lumped->space->n_pop;
    bni_exact e;
    bni_exact_clear(&e);
    for (size_t b = 0; b < P; b++)
        bni_exact_add_product(&e, c->J[a * P + b], (double)(count[b] - (b == a && own)));
    if (own)
        bni_exact_add(&e, c->lumped->own[a]);
    bni_exact_add_product(&e, c->M[a], c->I[a]);
    bni_exact_add_product(&e, c->M[a], -c->theta[a]);
    return bni_exact_sign(&e);
}

int bni_lumped_firing(const binnet_chain *c, double *p, double *q, size_t a, int own, const size_t *count)
{
    double u = bni_lumped_drive(c, a, own, count), scale = c->noise->scale[a];
    if (scale > 0) {
        bni_noise_tails(c->noise, -(u / (c->M[a] * scale)), q, p);
        return *p >= 0 && *p <= 1 && *q >= 0 && *q <= 1;
    }
    int sign = fabs(u) > c->rounding[a] ? (u > 0) - (u < 0) : sign_drive(c, a, own, count);
    int fires = sign > 0 || (sign == 0 && (c->tie == BINNET_TIE_ACTIVE || (c->tie == BINNET_TIE_KEEP && own)));
    *p = fires;
    *q = !fires;
    return 1;
}

/* f[0 .. n] of n trials, as multiples of the likeliest number's; their sum. From there by ratios, both ways at once: each is a chain
 * of products that wait for one another. */
static double fill_multiples(double *f, size_t n, double p, double q, const double *inverse)
{
    size_t mode = (size_t)(((double)n + 1) * p), k = 0;
    mode = !(p > 0) ? 0 : !(q > 0) || mode > n ? n : mode;
    size_t above = n - mode, both = above < mode ? above : mode;
    double up = mode < n && p > 0 ? p / q : 0, down = mode > 0 && q > 0 ? q / p : 0;
    double *high = f + mode, *low = f + mode, v = 1, u = 1, more = 0, less = 0;
    f[mode] = 1;
    for (; k < both; k++) {
        more += high[k + 1] = v *= (double)(above - k) * inverse[mode + k] * up;
        less += low[-(ptrdiff_t)k - 1] = u *= (double)(mode - k) * inverse[above + k] * down;
    }
    for (size_t e = k; e < above; e++)
        more += high[e + 1] = v *= (double)(above - e) * inverse[mode + e] * up;
    for (size_t e = k; e < mode; e++)
        less += low[-(ptrdiff_t)e - 1] = u *= (double)(mode - e) * inverse[above + e] * down;
    return 1 + (more + less);
}

static void scale_numbers(double *f, size_t n, double by)
{
    for (size_t e = 0; e <= n; e++)
        f[e] *= by;
}

size_t bni_lumped_scratch(const binnet_chain *c)
{
    return 2 * bni_lumped_largest(c) + 2 + BNI_CONVOLVED;
}

/*
 * The law of Binomial(n, p) + Binomial(N - n, r) with p > r: each of the n fires for sure with s = (p - r) / (1 - r), else with r. Given
 * j sure ones the number is j + Binomial(N - j, r), and
 *     f(k) / f_r(k) = (1 - s)^n sum_j C(n, j) t^j  k (k-1) .. (k-j+1) / (N (N-1) .. (N-j+1)),  t = s / ((1 - s) r) = (p - r) / ((1 - p) r).
 * With p < r the same for the silent ones. c[j]: of the j-th product of k's, c[0] = 1; the sum's end is less than 2^-58 of
 * it, most for k = N. Returns how many terms, or -1 where f_r is far from f.
 */
static int fill_forced(double *c, size_t n, size_t N, double t, const double *inverse)
{
    if (!((double)n * t <= 16))
        return -1;
    double term = 1;
    c[0] = 1;
    for (size_t j = 0;; j++) {
        double ratio = t * (double)(n - j) * inverse[j];
        term *= ratio;
        if (ratio < 0.5 && term < 0x1p-60)
            return (int)j;
        c[j + 1] = c[j] * (ratio * inverse[N - j - 1]); /* so that c waits for one product only */
        if (c[j + 1] < 1e-290)
            return -1;
    }
}

/* Binomial(n, p) times what is forced, none for terms 0; shape NULL: that of n is not at hand. */
static void fill_one_law(double *f, size_t n, double p, double q, const bni_lumped *l, const double *shape, int down,
                         const double *c, int terms)
{
    double ratio = p / q, power = 1;
    if (shape != NULL && ratio <= l->steepest && ratio * l->steepest >= 1) {
        size_t mode = (size_t)(((double)n + 1) * p);
        mode = mode < n ? mode : n;
        power = pow(ratio, -(double)mode) / shape[mode];
    } else {
        shape = NULL;
        fill_multiples(f, n, p, q, l->inverse);
    }
    bni_kernels_get()->chain->force(f, n, shape, power, shape != NULL ? ratio : 1, down, c, (size_t)terms);
}

/* f[0 .. n + m]: of how many fire of n active neurons, with p[1], and m silent ones, with p[0]. shape: of n + m, or NULL. */
static void fill_sum_law(double *f, double *scratch, size_t n, size_t m, const double *p, const double *q,
                         const bni_lumped *l, const double *shape)
{
    if (m == 0 || n == 0 || (p[0] == p[1] && q[0] == q[1])) {
        fill_one_law(f, n + m, p[n > 0], q[n > 0], l, shape, 0, &(double){1}, 0);
        return;
    }
    const double *inverse = l->inverse;
    size_t few = n <= m ? n : m, many = n + m - few;
    int active = n <= m; /* the few are the active ones */
    double fire = p[!active], rest = q[!active], own_fire = p[active], own_rest = q[active];
    double more = fire + own_fire < 1 ? own_fire - fire : rest - own_rest; /* the difference of the smaller ones */
    double t = more > 0 ? more / (own_rest * fire) : -more / (own_fire * rest);
    int terms = fill_forced(scratch, few, n + m, t, inverse);
    if (terms >= 0) {
        fill_one_law(f, n + m, fire, rest, l, shape, more < 0, scratch, terms);
        return;
    }
    /* the shorter one, and the longer one between zeros */
    double *g = scratch, *h = scratch + few + 1 + few;
    memset(g + few + 1, 0, few * sizeof *g);
    memset(h + many + 1, 0, (few + BNI_CONVOLVED) * sizeof *h);
    double sum = fill_multiples(g, few, p[active], q[active], inverse);
    sum *= fill_multiples(h, many, p[!active], q[!active], inverse);
    scale_numbers(g, few, 1 / sum);
    bni_kernels_get()->chain->convolve(f, g, few, h, many);
}

int bni_lumped_law(const binnet_chain *c, double *law, double *scratch, size_t a, const size_t *count)
{
    size_t n = count[a], m = c->lumped->space->size[a] - n;
    double p[2] = {0, 0}, q[2] = {1, 1};
    if ((m > 0 && !bni_lumped_firing(c, &p[0], &q[0], a, 0, count)) ||
        (n > 0 && !bni_lumped_firing(c, &p[1], &q[1], a, 1, count)))
        return 0;
    const double *shape = c->lumped->shape;
    for (size_t b = 0; b < a; b++)
        shape += c->lumped->space->size[b] + 1;
    fill_sum_law(law, scratch, n, m, p, q, c->lumped, shape);
    return 1;
}

/* One of the neurons that were `was` is picked and becomes `becomes`; the others as before. */
int bni_lumped_counted_law(const binnet_chain *c, double *law, double *scratch, size_t a, int was, int becomes,
                           const size_t *count)
{
    size_t N = c->lumped->space->size[a], n[2] = {N - count[a], count[a]};
    double p[2] = {0, 0}, q[2] = {1, 1};
    memset(law, 0, (N + 1) * sizeof *law);
    for (int own = 0; own < 2; own++)
        if (n[own] > 0 && !bni_lumped_firing(c, &p[own], &q[own], a, own, count))
            return 0;
    double expected = (double)n[was] * (becomes ? p[was] : q[was]);
    if (!(expected > 0))
        return 1;
    n[was]--;
    double *others = law + becomes;
    fill_sum_law(others, scratch, n[1], n[0], p, q, c->lumped, NULL);
    for (size_t k = 0; k < N; k++)
        others[k] *= expected;
    return 1;
}

static double *new_laws(binnet_ctx *ctx, const binnet_chain *c)
{
    return bni_new_raw(ctx, bni_lumped_largest(c) + 1 + bni_lumped_scratch(c), sizeof(double));
}

static void split_state(const bni_occupation *o, size_t *count, size_t state)
{
    for (size_t a = 0; a < o->n_pop; a++)
        count[a] = bni_occupation_count(o, state, a);
}

static int32_t find_transition(binnet_ctx *ctx, double *p, const binnet_chain *c, double *law, size_t from, size_t to)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST], next[MOST];
    split_state(o, count, from);
    split_state(o, next, to);
    double product = 1;
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS) {
        for (size_t s = 0; s < c->n_stages; s++) {
            for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1]; e++) {
                size_t a = (size_t)c->stage_neuron[e];
                if (!bni_lumped_law(c, law, law + o->size[a] + 1, a, count))
                    return bni_lumped_outside(ctx);
                product *= law[next[a]];
            }
            for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1]; e++)
                count[c->stage_neuron[e]] = next[c->stage_neuron[e]];
        }
        *p = product;
        return BINNET_OK;
    }
    size_t changed = 0, which = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        if (count[a] != next[a]) {
            changed++;
            which = a;
        }
    *p = 0;
    for (size_t a = 0; a < o->n_pop && changed <= 1; a++) {
        double f, r, m = (double)(o->size[a] - count[a]), n = (double)count[a];
        if (changed == 1 && a != which)
            continue;
        if (m > 0 && next[a] != count[a] - 1) {
            if (!bni_lumped_firing(c, &f, &r, a, 0, count))
                return bni_lumped_outside(ctx);
            *p += next[a] == count[a] + 1 ? c->select[a] * m * f : changed == 0 ? c->select[a] * m * r : 0;
        }
        if (n > 0 && next[a] != count[a] + 1) {
            if (!bni_lumped_firing(c, &f, &r, a, 1, count))
                return bni_lumped_outside(ctx);
            *p += next[a] + 1 == count[a] ? c->select[a] * n * r : changed == 0 ? c->select[a] * n * f : 0;
        }
    }
    return BINNET_OK;
}

int32_t bni_lumped_transition(binnet_ctx *ctx, double *p, const binnet_chain *c, size_t from, size_t to)
{
    BNI_TRY(bni_need_memory(ctx, 8 * (double)(bni_lumped_largest(c) + 1 + bni_lumped_scratch(c)),
                            "the laws of occupation numbers"));
    double *law = new_laws(ctx, c);
    int32_t status = law == NULL ? BINNET_E_NOMEM : find_transition(ctx, p, c, law, from, to);
    bni_delete(&ctx->mem, law);
    return status;
}

/* The row being filled: the laws of every stage's populations lie one after the other. */
typedef struct row_filling {
    binnet_ctx *ctx;
    const binnet_chain *c;
    double *row, *law, *scratch;
    size_t done;
} row_filling;

/* What follows the stages before `stage`, which led to `count` with that probability. */
static int32_t fill_stage(row_filling *f, size_t stage, const size_t *count, double weight, double *law)
{
    const binnet_chain *c = f->c;
    const bni_occupation *o = c->lumped->space;
    size_t n = bni_stage_size(c, stage), next[MOST], v[MOST] = {0};
    const int32_t *population = c->stage_neuron + c->stage_first[stage];
    double *of[MOST];
    memcpy(next, count, sizeof next);
    for (size_t e = 0; e < n; e++) {
        of[e] = law;
        law += o->size[population[e]] + 1;
        if (!bni_lumped_law(c, of[e], f->scratch, (size_t)population[e], count))
            return bni_lumped_outside(f->ctx);
    }
    for (int more = 1; more;) {
        double w = weight;
        for (size_t e = 0; e < n; e++) {
            w *= of[e][v[e]];
            next[population[e]] = v[e];
        }
        if (stage + 1 == c->n_stages) {
            size_t to = 0;
            for (size_t a = 0; a < o->n_pop; a++)
                to += next[a] * o->stride[a];
            f->row[to] = w;
            if (++f->done % 65536 == 0)
                BNI_TRY(bni_poll(f->ctx, (double)f->done / (double)o->states));
        } else if (w > 0) {
            BNI_TRY(fill_stage(f, stage + 1, next, w, law));
        }
        more = 0;
        for (size_t e = 0; e < n && !more; e++) {
            more = ++v[e] <= o->size[population[e]];
            v[e] = more ? v[e] : 0;
        }
    }
    return BINNET_OK;
}

static int32_t fill_walk(binnet_ctx *ctx, double *row, const binnet_chain *c, size_t from)
{
    const bni_occupation *o = c->lumped->space;
    BNI_TRY(find_transition(ctx, &row[from], c, NULL, from, from));
    for (size_t a = 0; a < o->n_pop; a++) {
        size_t count = bni_occupation_count(o, from, a), step = o->stride[a];
        if (count > 0)
            BNI_TRY(find_transition(ctx, &row[from - step], c, NULL, from, from - step));
        if (count < o->size[a])
            BNI_TRY(find_transition(ctx, &row[from + step], c, NULL, from, from + step));
    }
    return BINNET_OK;
}

int32_t bni_lumped_row(binnet_ctx *ctx, double *row, const binnet_chain *c, size_t from)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST], laws = 0;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(bni_clear(ctx, row, o->states, sizeof *row));
        return fill_walk(ctx, row, c, from);
    }
    for (size_t a = 0; a < o->n_pop; a++)
        laws += o->size[a] + 1;
    split_state(o, count, from);
    BNI_TRY(bni_need_memory(ctx, 8 * (double)(laws + bni_lumped_scratch(c)), "the laws of occupation numbers"));
    row_filling f = {.ctx = ctx, .c = c, .row = row};
    f.law = bni_new_raw(ctx, laws + bni_lumped_scratch(c), sizeof *f.law);
    if (f.law == NULL)
        return BINNET_E_NOMEM;
    f.scratch = f.law + laws;
    int32_t status = bni_clear(ctx, row, o->states, sizeof *row);
    if (status == BINNET_OK)
        status = fill_stage(&f, 0, count, 1, f.law);
    bni_delete(&ctx->mem, f.law);
    return status;
}

int32_t bni_lumped_rates(binnet_ctx *ctx, double *up, double *down, double *stay, const binnet_chain *c)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST] = {0}, S = o->states;
    for (size_t s = 0; s < S; s++, bni_occupation_next(o, count)) {
        double rests = 0;
        for (size_t a = 0; a < o->n_pop; a++) {
            double m = c->select[a] * (double)(o->size[a] - count[a]), n = c->select[a] * (double)count[a];
            double p[2] = {0, 0}, q[2] = {0, 0};
            if ((count[a] < o->size[a] && !bni_lumped_firing(c, &p[0], &q[0], a, 0, count)) ||
                (count[a] > 0 && !bni_lumped_firing(c, &p[1], &q[1], a, 1, count)))
                return bni_lumped_outside(ctx);
            if (up != NULL)
                up[a * S + s] = m * p[0];
            if (down != NULL)
                down[a * S + s] = n * q[1];
            rests += m * q[0] + n * p[1];
        }
        if (stay != NULL)
            stay[s] = rests;
        if (s % 4096 == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

/* Parallel stages, one population after the other: Pr(leave) = sum of Pr(a does not keep its number) prod_{earlier} Pr(keep). */
static int32_t fill_leave(binnet_ctx *ctx, double *out, const binnet_chain *c, double *law)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST] = {0};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        double leave = 0, keep = 1;
        for (size_t e = 0; e < o->n_pop; e++) {
            size_t a = (size_t)c->stage_neuron[e];
            double others = 0;
            if (!bni_lumped_law(c, law, law + o->size[a] + 1, a, count))
                return bni_lumped_outside(ctx);
            for (size_t k = 0; k <= o->size[a]; k++)
                others += k != count[a] ? law[k] : 0;
            leave += keep * others;
            keep *= law[count[a]];
        }
        out[s] = leave;
        if (s % 8 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t bni_lumped_leave(binnet_ctx *ctx, double *out, const binnet_chain *c)
{
    double *law = new_laws(ctx, c);
    int32_t status = law == NULL ? BINNET_E_NOMEM : fill_leave(ctx, out, c, law);
    bni_delete(&ctx->mem, law);
    return status;
}

static int32_t fill_likeliest(binnet_ctx *ctx, uint32_t *next, double *leave, const binnet_chain *c, double *law)
{
    const bni_occupation *o = c->lumped->space;
    size_t start[MOST] = {0}, count[MOST], likely[MOST];
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, start)) {
        memcpy(count, start, sizeof count);
        double keep = 1;
        leave[s] = 0;
        for (size_t stage = 0; stage < c->n_stages; stage++) {
            for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++) {
                size_t a = (size_t)c->stage_neuron[e], best = count[a];
                double others = 0;
                if (!bni_lumped_law(c, law, law + o->size[a] + 1, a, count))
                    return bni_lumped_outside(ctx);
                for (size_t k = 0; k <= o->size[a]; k++)
                    best = law[k] > law[best] ? k : best;
                for (size_t k = 0; k <= o->size[a]; k++)
                    others += k != best ? law[k] : 0;
                leave[s] += keep * others;
                keep *= law[best];
                likely[a] = best;
            }
            for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++)
                count[c->stage_neuron[e]] = likely[c->stage_neuron[e]];
        }
        size_t to = 0;
        for (size_t a = 0; a < o->n_pop; a++)
            to += count[a] * o->stride[a];
        next[s] = (uint32_t)to;
        if (s % 8 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t bni_lumped_likeliest(binnet_ctx *ctx, uint32_t *next, double *leave, const binnet_chain *c)
{
    double *law = new_laws(ctx, c);
    int32_t status = law == NULL ? BINNET_E_NOMEM : fill_likeliest(ctx, next, leave, c, law);
    bni_delete(&ctx->mem, law);
    return status;
}
