/* Parallel updates by variable elimination: against rows of the chain (which are made without it), the definition (oracle.c),
 * whole numbers and the dense product, under plans of every shape; orders, limits, interruption, memory that runs out.
 * usage: test_elimination [directory of the connectomes] */
#define _POSIX_C_SOURCE 200809L
#include "chain/elimination.h"

#include "oracle.h"
#include "support/meter.h"
#include "support/watch.h"

#include <stdio.h>
#include <string.h>

static const char *data;

/*
 * Tolerance. The same p and q as in a row of the chain. An entry is multiplied by n factors and takes part in n sums of two,
 * or half as many of four, one rounding each at most: 3 n. The row has n roundings, its sums are in long double.
 */
static double tolerance(size_t n)
{
    return (4 * (double)n + 8) * 0x1p-53;
}

/* --- plans of every shape --- */

/* Any rounds with any pieces, shared or not. */
static void shuffle_rounds(bni_elimination_plan *p, dice *d)
{
    double often = roll(d);
    p->rounds = 0;
    for (int k = 0; k < p->count; k++) {
        if (k > 0 && roll(d) > often)
            continue;
        p->first[p->rounds++] = (unsigned char)k;
    }
    p->first[p->rounds] = (unsigned char)p->count;
    for (int r = 0; r < p->rounds; r++) {
        int from = p->first[r], to = p->first[r + 1], base = p->there[to];
        p->low[r] = (unsigned char)roll_to(d, (size_t)base + 1);
        p->peak[r] = (unsigned char)(p->there[from] - base + p->low[r] + to - from + 1);
    }
    p->shared = p->workers == 1 ? 0 : 1 + (int)roll_to(d, (size_t)p->rounds);
    bni_elimination_count_memory(p);
}

/* Any order of the factors. */
static void shuffle_factors(int32_t *factor, int count, dice *d)
{
    for (int k = count - 1; k > 0; k--) {
        size_t other = roll_to(d, (size_t)k + 1);
        int32_t swap = factor[k];
        factor[k] = factor[other];
        factor[other] = swap;
    }
}

/* x after one step, every stage by elimination under a random plan. */
static void eliminate(binnet_ctx *ctx, double *y, const binnet_chain *chain, const double *x, dice *d, int workers)
{
    bni_team *team;
    OK(bni_team_new(ctx, &team, workers));
    memcpy(y, x, sizeof *y << chain->n);
    for (size_t s = 0; s < chain->n_stages; s++) {
        bni_elimination_plan plan;
        bni_elimination *e;
        double cost = 0;
        int32_t *factor = chain->factor + chain->stage_first[s];
        int count = chain->stage_first[s + 1] - chain->stage_first[s];
        int32_t status = bni_elimination_order(ctx, factor, &cost, chain, s, 0);
        ck_assert_int_eq(status, BINNET_OK);
        if (roll(d) < 0.5)
            shuffle_factors(factor, count, d);
        chain->factor_cost[s] = 1;
        bni_elimination_plan_place(&plan, chain, s, 1);
        plan.workers = workers;
        shuffle_rounds(&plan, d);
        double *arena = calloc(plan.arena_doubles + 8, sizeof *arena);
        ck_assert_ptr_nonnull(arena);
        OK(bni_elimination_new(ctx, &e, &plan));
        OK(bni_elimination_apply(ctx, e, team, bni_align(arena), y, y));
        bni_elimination_free(e);
        free(arena);
    }
    bni_team_free(team);
}

/* y against the sum of rows. */
static void compare_with_rows(binnet_ctx *ctx, const double *y, const binnet_chain *chain, const double *x,
                              const char *what)
{
    size_t S = (size_t)1 << chain->n;
    double *row = malloc(S * sizeof *row);
    long double *want = calloc(S, sizeof *want);
    ck_assert(row != NULL && want != NULL);
    for (size_t a = 0; a < S; a++) {
        OK(binnet_chain_row(ctx, row, S, chain, a));
        for (size_t b = 0; b < S; b++)
            want[b] += (long double)x[a] * row[b];
    }
    for (size_t b = 0; b < S; b++) /* below 1e-290 parts of the sum underflow */
        ck_assert_msg(fabsl(y[b] - want[b]) <= tolerance(chain->n) * want[b] + 1e-304,
                      "%s: y[%zu] is %.17g, expected %.17Lg", what, b, y[b], want[b]);
    free(want);
    free(row);
}

static void random_law(double *x, size_t S, dice *d)
{
    for (size_t s = 0; s < S; s++)
        x[s] = roll(d) < 0.2 ? 0 : roll(d);
}

static void check_chain(binnet_ctx *ctx, const binnet_chain *chain, dice *d, int plans, const char *what)
{
    size_t S = (size_t)1 << chain->n;
    double *x = malloc(2 * S * sizeof *x), *y = x + S;
    ck_assert_ptr_nonnull(x);
    for (int k = 0; k < plans; k++) {
        random_law(x, S, d);
        eliminate(ctx, y, chain, x, d, 1 + (int)roll_to(d, 3));
        compare_with_rows(ctx, y, chain, x, what);
    }
    free(x);
}

/* Every law of noise, every size, neurons without noise, ties, own blocks. */
START_TEST(random_networks)
{
    static const int32_t updates[] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_BLOCKS};
    for (size_t n = 1; n <= 9; n++)
        for (int u = 0; u < 2; u++)
            for (int32_t noise = BINNET_NOISE_GAUSSIAN; noise <= BINNET_NOISE_STUDENT_T; noise++) {
                dice d = dice_of(1000 * n + 100 * (size_t)u + 10 * (size_t)noise + (size_t)_i);
                system_t s = random_system(&d, n, updates[u], noise, _i % 2);
                for (size_t k = 0; k < n * n; k++)
                    s.J[k] = roll(&d) < 0.6 ? 0 : s.J[k];
                char what[80];
                snprintf(what, sizeof what, "seed %d, n %zu, update %d, noise %d", _i, n, updates[u], noise);
                binnet_ctx *ctx = new_ctx(1);
                binnet_chain *chain = system_chain(ctx, &s);
                check_chain(ctx, chain, &d, n < 8 ? 4 : 1, what);
                if (n <= 5) { /* and by the definition */
                    size_t S = (size_t)1 << n;
                    double P[1 << 10], x[32], y[32];
                    oracle_matrix(P, &s);
                    random_law(x, S, &d);
                    eliminate(ctx, y, chain, x, &d, 2);
                    for (size_t b = 0; b < S; b++) {
                        double want = 0;
                        for (size_t a = 0; a < S; a++)
                            want += x[a] * P[a * S + b];
                        ck_assert_msg(fabs(y[b] - want) <= 4e-14 * (double)S,
                                      "%s: y[%zu] is %.17g, by definition %.17g", what, b, y[b], want);
                    }
                }
                binnet_chain_free(chain);
                binnet_ctx_free(ctx);
            }
}
END_TEST

/* --- structures --- */

enum { RING, SELF, NOBODY, HALF_DEAF, SINKS, STAR, FUNNEL, TWO_PARTS, CHAIN_OF_THREE, FULL, STRUCTURES };
static const char *const structure_names[] = {"ring", "self",   "nobody",    "half deaf",      "sinks",
                                              "star", "funnel", "two parts", "chain of three", "full"};

/* Whether j projects to i. */
static int projects(int structure, size_t n, size_t i, size_t j)
{
    switch (structure) {
    case RING:
        return j == (i + 1) % n;
    case SELF:
        return i == j;
    case NOBODY:
        return 0;
    case HALF_DEAF: /* without input */
        return i < n / 2 && j >= n / 2;
    case SINKS: /* the last two are heard by nobody */
        return i != j && j + 2 < n;
    case STAR: /* 0 hears all and is heard by all */
        return i == 0 || j == 0;
    case FUNNEL: /* 0 hears all, nobody else hears anything */
        return i == 0;
    case TWO_PARTS:
        return (i < n / 2) == (j < n / 2) && i != j;
    case CHAIN_OF_THREE:
        return i / 3 == j / 3 && j + 1 == i;
    default:
        return 1;
    }
}

/* Blocks of about the same size. */
static binnet_chain *structured_chain(binnet_ctx *ctx, int structure, size_t n, const double *weight,
                                      const double *theta, const double *scale, int logistic, int32_t tie,
                                      size_t blocks)
{
    double J[MOST * MOST];
    int32_t block[MOST];
    binnet_net *net, *tied;
    binnet_noise *noise;
    binnet_chain *chain;
    for (size_t i = 0; i < n; i++) {
        block[i] = (int32_t)(i % blocks);
        for (size_t j = 0; j < n; j++)
            J[i * n + j] = projects(structure, n, i, j) ? weight[i * n + j] : 0;
    }
    OK(binnet_net_new(ctx, &net, n, J, NULL, theta, NULL));
    OK(binnet_net_with_tie(ctx, &tied, net, tie));
    OK(logistic ? binnet_noise_new_logistic(ctx, &noise, n, scale) : binnet_noise_new_uniform(ctx, &noise, n, scale));
    if (blocks == 1)
        OK(binnet_chain_new(ctx, &chain, tied, noise, BINNET_UPDATE_SYNCHRONOUS));
    else
        OK(binnet_chain_new_blocks(ctx, &chain, tied, noise, blocks, block));
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_net_free(tied);
    return chain;
}

/* With probabilities down to 1e-300 and up to 1, and neurons without noise that keep their state at a tie. */
START_TEST(extreme_probabilities)
{
    for (size_t n = 1; n <= 8; n++)
        for (size_t blocks = 1; blocks <= (n < 3 ? 1 : 3); blocks += 2)
            for (int how = 0; how < 3; how++) {
                dice d = dice_of(77 + 100 * n + 10 * blocks + (size_t)how + 1000 * (size_t)_i);
                double weight[MOST * MOST], theta[MOST], scale[MOST];
                for (size_t k = 0; k < n * n; k++)
                    weight[k] = how == 0 ? roll_in(&d, -300, 300) : roll_in(&d, -2, 2);
                for (size_t i = 0; i < n; i++) {
                    theta[i] = how == 0 ? roll_in(&d, -300, 300) : how == 1 ? 0 : 690.7; /* 1e-300 */
                    scale[i] = how == 1 && roll(&d) < 0.7 ? 0 : 1;
                }
                char what[80];
                snprintf(what, sizeof what, "%s, n %zu, %zu blocks, how %d", structure_names[_i], n, blocks, how);
                binnet_ctx *ctx = new_ctx(1);
                binnet_chain *chain = structured_chain(ctx, _i, n, weight, theta, scale, 1,
                                                       how == 1 ? BINNET_TIE_KEEP : BINNET_TIE_ACTIVE, blocks);
                check_chain(ctx, chain, &d, 3, what);
                binnet_chain_free(chain);
                binnet_ctx_free(ctx);
            }
}
END_TEST

/* Uniform noise and whole numbers: all probabilities are multiples of 1/16, so doubles are exact and the answer is a sum of
 * whole numbers. */
START_TEST(whole_numbers)
{
    enum { N = 8, STATES = 1 << N };
    dice d = dice_of(5 + (uint64_t)_i);
    double weight[N * N], theta[N], scale[N], x[STATES], y[STATES];
    int64_t from[STATES], want[STATES] = {0};
    for (size_t k = 0; k < N * N; k++)
        weight[k] = (double)roll_to(&d, 5) - 2;
    for (size_t i = 0; i < N; i++) {
        theta[i] = (double)roll_to(&d, 3) - 1;
        scale[i] = 8; /* p = (8 + h)/16 */
    }
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = structured_chain(ctx, _i, N, weight, theta, scale, 0, BINNET_TIE_ACTIVE, 1);
    for (size_t s = 0; s < STATES; s++) {
        from[s] = (int64_t)roll_to(&d, 1 << 10);
        x[s] = (double)from[s];
    }
    for (size_t a = 0; a < STATES; a++) {
        int64_t p[N];
        for (size_t i = 0; i < N; i++) {
            double h = -theta[i];
            for (size_t j = 0; j < N; j++)
                h += projects(_i, N, i, j) && (a >> j & 1) ? weight[i * N + j] : 0;
            p[i] = (int64_t)fmin(fmax(8 + h, 0), 16);
        }
        for (size_t b = 0; b < STATES; b++) {
            int64_t v = from[a];
            for (size_t i = 0; i < N; i++)
                v *= b >> i & 1 ? p[i] : 16 - p[i];
            want[b] += v;
        }
    }
    for (int plan = 0; plan < 20; plan++) {
        eliminate(ctx, y, chain, x, &d, 1 + plan % 3);
        for (size_t b = 0; b < STATES; b++)
            ck_assert_msg(y[b] * 0x1p32 == (double)want[b], "%s: y[%zu] is %.17g, not %.17g", structure_names[_i], b,
                          y[b], (double)want[b] * 0x1p-32);
    }
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- orders --- */

/* Random neurons of in-degree `degree`, Gaussian noise. */
static binnet_chain *sparse_chain(binnet_ctx *ctx, size_t n, size_t degree, uint64_t seed, int32_t update, int blocks)
{
    dice d = dice_of(seed);
    double *J = calloc(n * n, sizeof *J), theta[32], scale[32];
    int32_t block[32];
    ck_assert_ptr_nonnull(J);
    for (size_t i = 0; i < n; i++) {
        theta[i] = 0.1;
        scale[i] = 0.7;
        block[i] = (int32_t)(i * (size_t)blocks / n);
        for (size_t k = 0; k < degree;) {
            size_t j = roll_to(&d, n);
            if (j == i || J[i * n + j] != 0)
                continue;
            J[i * n + j] = roll_in(&d, -1, 1);
            k++;
        }
    }
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain = NULL;
    int32_t status = binnet_net_new(ctx, &net, n, J, NULL, theta, NULL);
    if (status == BINNET_OK) {
        if (binnet_noise_new_gaussian(ctx, &noise, n, scale) == BINNET_OK) {
            status = update == BINNET_UPDATE_BLOCKS
                         ? binnet_chain_new_blocks(ctx, &chain, net, noise, (size_t)blocks, block)
                         : binnet_chain_new(ctx, &chain, net, noise, update);
            binnet_noise_free(noise);
        }
        binnet_net_free(net);
    }
    free(J);
    ck_assert((status == BINNET_OK) || chain == NULL);
    return chain;
}

static uint32_t children_of(const binnet_chain *c, size_t j)
{
    uint32_t children = 0;
    for (size_t i = 0; i < c->n; i++)
        children |= (uint32_t)(c->J[i * c->n + j] != 0 || (i == j && c->self[i])) << i;
    return children;
}

/* Multiply-adds of putting one more factor into the set `in` of a synchronous step. */
static double factor_cost(const binnet_chain *c, uint32_t in)
{
    int width = 1;
    for (size_t j = 0; j < c->n; j++)
        width += (int)(in >> j & 1) + ((children_of(c, j) & ~in) != 0);
    return ldexp(1, width);
}

static void check_order(const binnet_chain *c)
{
    uint32_t in = 0;
    double cost = 0;
    for (size_t k = 0; k < c->n; k++) {
        ck_assert(c->factor[k] >= 0 && (size_t)c->factor[k] < c->n && !(in >> c->factor[k] & 1));
        cost += factor_cost(c, in);
        in |= UINT32_C(1) << c->factor[k];
    }
    ck_assert_msg(cost == c->factor_cost[0], "multiply-adds %.17g, counted %.17g", c->factor_cost[0], cost);
}

START_TEST(best_order)
{
    enum { N = 13 };
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = sparse_chain(ctx, N, 6, 40 + (uint64_t)_i, BINNET_UPDATE_SYNCHRONOUS, 1);
    check_order(chain);
    /* all paths through the subsets, backwards */
    static double least[1 << N];
    for (uint32_t in = (1 << N) - 1; in-- > 0;) {
        least[in] = INFINITY;
        for (int i = 0; i < N; i++)
            if (!(in >> i & 1))
                least[in] = fmin(least[in], least[in | UINT32_C(1) << i]);
        least[in] += factor_cost(chain, in);
    }
    ck_assert(least[0] > 22 * ldexp(1, N) * N / 2); /* so large that the exact way was taken */
    ck_assert_msg(chain->factor_cost[0] == least[0], "seed %d: %.17g, at best %.17g", _i, chain->factor_cost[0],
                  least[0]);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* THEORY 3 counts 6e7 and 2e9; these networks are other ones of the kind, 16 each. */
START_TEST(counts)
{
    static const struct {
        size_t n, degree;
        double mean, most;
    } kinds[] = {{18, 3, 2.6e7, 6e7}, {18, 4, 8e7, 2e8}, {24, 3, 2e9, 6e9}};
    binnet_ctx *ctx = new_ctx(1);
    for (int k = 0; k < 3; k++) {
        double sum = 0;
        for (uint64_t seed = 0; seed < 16; seed++) {
            binnet_chain *c = sparse_chain(ctx, kinds[k].n, kinds[k].degree, 900 + seed, BINNET_UPDATE_SYNCHRONOUS, 1);
            double flops;
            check_order(c);
            sum += log(c->factor_cost[0]);
            ck_assert(c->factor_cost[0] <= kinds[k].most);
            OK(binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, c));
            ck_assert(flops == 2 * c->factor_cost[0]);
            binnet_chain_free(c);
        }
        printf("N = %zu, in-degree %zu: %.3g multiply-adds\n", kinds[k].n, kinds[k].degree, exp(sum / 16));
        ck_assert(exp(sum / 16) <= 1.3 * kinds[k].mean);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Weights of the first columns of a table with names; 0 when there is none. */
static size_t read_table(double *weight, size_t most)
{
    char path[512], line[4096];
    const char *directory = getenv("BINNET_DATA");
    snprintf(path, sizeof path, "%s/pharynx_cook2020_chem.csv",
             directory != NULL ? directory
             : data != NULL    ? data
                               : ".");
    FILE *f = fopen(path, "r");
    size_t n = 0, rows = 0;
    if (f == NULL || fgets(line, sizeof line, f) == NULL) {
        if (f != NULL)
            fclose(f);
        return 0;
    }
    for (const char *c = line; *c != 0; c++)
        n += *c == ',';
    while (n <= most && rows < n && fgets(line, sizeof line, f) != NULL) {
        char *c = strchr(line, ',');
        for (size_t j = 0; c != NULL && j < n; j++)
            weight[j * n + rows] = strtod(c + 1, &c); /* from the row's neuron to the column's */
        rows++;
    }
    fclose(f);
    return rows == n ? n : 0;
}

/* The 18 neurons of the pharynx that influence others. */
START_TEST(pharynx)
{
    static double all[20 * 20], J[20 * 20];
    size_t n = read_table(all, 20), kept[20], m = 0;
    if (n == 0)
        return;
    /* those without a projection to another one go, again and again */
    unsigned char there[20];
    memset(there, 1, sizeof there);
    for (size_t round = 0; round < n; round++)
        for (size_t j = 0; j < n; j++) {
            int heard = 0;
            for (size_t i = 0; i < n; i++)
                heard |= there[i] && all[i * n + j] != 0;
            there[j] = there[j] && heard;
        }
    for (size_t j = 0; j < n; j++)
        if (there[j])
            kept[m++] = j;
    for (size_t i = 0; i < m; i++) {
        double in = 0;
        for (size_t j = 0; j < m; j++)
            in += all[kept[i] * n + kept[j]] != 0;
        for (size_t j = 0; j < m; j++)
            J[i * m + j] = all[kept[i] * n + kept[j]] / fmax(in, 1);
    }
    ck_assert_uint_eq(m, 18);
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = new_chain(ctx, m, J, NULL, NULL, BINNET_NOISE_GAUSSIAN, 2, BINNET_UPDATE_SYNCHRONOUS);
    check_order(chain);
    printf("pharynx: %.4g multiply-adds\n", chain->factor_cost[0]);
    ck_assert(chain->factor_cost[0] < 2.05e8);
    /* single columns: y[b] = sum over a of P(a, b) */
    size_t S = (size_t)1 << m;
    double *x = malloc(2 * S * sizeof *x), *y = x + S, total = 0, flops;
    ck_assert_ptr_nonnull(x);
    for (size_t s = 0; s < S; s++)
        x[s] = 1;
    OK(binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, chain));
    ck_assert(flops == 2 * chain->factor_cost[0]);
    OK(binnet_chain_apply(ctx, y, S, chain, x));
    for (size_t s = 0; s < S; s++)
        total += y[s];
    ck_assert(fabs(total - (double)S) <= 1e-12 * (double)S);
    for (size_t b = 5; b < S; b += S / 3) {
        long double want = 0;
        double p;
        for (size_t a = 0; a < S; a++) {
            OK(binnet_chain_transition(ctx, &p, chain, a, b));
            want += p;
        }
        ck_assert_msg(fabsl(y[b] - want) <= tolerance(m) * want, "y[%zu] is %.17g, expected %.17Lg", b, y[b], want);
    }
    free(x);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- what users call --- */

static double *law_of(size_t S, uint64_t seed)
{
    dice d = dice_of(seed);
    double *x = malloc(S * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (size_t s = 0; s < S; s++)
        x[s] = roll(&d) / (double)S;
    return x;
}

START_TEST(same_bits_for_any_threads)
{
    static const int threads[] = {2, 3, 5, 16};
    static const size_t size[] = {10, 13, 16, 17};
    size_t S = (size_t)1 << size[_i];
    int32_t update = _i == 1 ? BINNET_UPDATE_BLOCKS : BINNET_UPDATE_SYNCHRONOUS;
    double *x = law_of(S, 8), *y = malloc(2 * S * sizeof *y), *z = y + S;
    ck_assert_ptr_nonnull(y);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = sparse_chain(ctx, size[_i], 3 + (size_t)_i % 2, 60 + (uint64_t)_i, update, _i == 1 ? 1 : 2);
    OK(binnet_chain_apply(ctx, y, S, chain, x));
    for (int k = 0; k < 4; k++) {
        double flops;
        OK(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads[k]));
        OK(binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, chain));
        ck_assert(flops == 2 * chain->factor_cost[0]);
        OK(binnet_chain_apply(ctx, z, S, chain, x));
        ck_assert_msg(memcmp(y, z, S * sizeof *y) == 0, "n = %zu, %d threads", size[_i], threads[k]);
    }
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
    free(x);
    free(y);
}
END_TEST

/* Steps as they are chosen, against rows; blocks in place; laws on few states. */
START_TEST(apply_and_evolve)
{
    enum { N = 10, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(2);
    int32_t update = _i % 2 ? BINNET_UPDATE_BLOCKS : BINNET_UPDATE_SYNCHRONOUS;
    int blocks = _i < 4 ? 1 : 2;
    binnet_chain *chain = sparse_chain(ctx, N, 1 + (size_t)_i / 2, 500 + (uint64_t)_i, update, blocks);
    double *x = law_of(STATES, 3), y[STATES];
    OK(binnet_chain_apply(ctx, y, STATES, chain, x));
    compare_with_rows(ctx, y, chain, x, "apply");
    binnet_law *start, *later;
    double total = 0;
    for (size_t s = 0; s < STATES; s++)
        total += x[s];
    for (size_t s = 0; s < STATES; s++)
        x[s] /= total;
    OK(binnet_law_new(ctx, &start, N, x, STATES));
    OK(binnet_chain_evolve(ctx, &later, chain, start, 1));
    for (size_t s = 0; s < STATES; s++)
        ck_assert(fabs(binnet_law_data(later)[s] - y[s] / total) <= 1e-13 * y[s] / total);
    binnet_law_free(start);
    binnet_law_free(later);
    memset(x, 0, STATES * sizeof *x);
    OK(binnet_chain_apply(ctx, y, STATES, chain, x));
    for (size_t s = 0; s < STATES; s++)
        ck_assert(y[s] == 0);
    x[77] = 0.5;
    OK(binnet_chain_apply(ctx, y, STATES, chain, x));
    compare_with_rows(ctx, y, chain, x, "one state");
    free(x);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* By elimination of states and by iteration with eliminated steps. */
START_TEST(stationary)
{
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = sparse_chain(ctx, 10, 3, 70 + (uint64_t)_i, BINNET_UPDATE_SYNCHRONOUS, 1);
    binnet_law *law[2];
    double flops;
    OK(binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, chain));
    ck_assert(flops == 2 * chain->factor_cost[0]);
    for (int k = 0; k < 2; k++) {
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, k ? BINNET_METHOD_ITERATION : BINNET_METHOD_GTH));
        OK(binnet_chain_stationary(ctx, &law[k], chain));
    }
    double bound = binnet_law_balance_error(law[0]) + binnet_law_balance_error(law[1]);
    ck_assert(bound <= 1e-9);
    for (size_t s = 0; s < 1024; s++)
        ck_assert(fabs(binnet_law_data(law[0])[s] - binnet_law_data(law[1])[s]) <= bound * binnet_law_data(law[0])[s]);
    binnet_law_free(law[0]);
    binnet_law_free(law[1]);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Less and less memory: leaner plans with the same bits, then the dense product, then a code. */
START_TEST(memory_limits)
{
    enum { N = 14 };
    size_t S = (size_t)1 << N;
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = sparse_chain(ctx, N, 5, 31, BINNET_UPDATE_SYNCHRONOUS, 1);
    double *x = law_of(S, 4), *y = malloc(2 * S * sizeof *y), *z = y + S;
    ck_assert_ptr_nonnull(y);
    OK(binnet_chain_apply(ctx, y, S, chain, x));
    uint64_t bytes, last = UINT64_MAX;
    int eliminated = 0, dense = 0, refused = 0;
    OK(binnet_chain_apply_estimate(ctx, NULL, &bytes, NULL, chain));
    while (!refused) {
        double flops;
        int64_t limit = (int64_t)bytes - (last != UINT64_MAX);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, limit));
        OK(binnet_chain_apply_estimate(ctx, NULL, &bytes, &flops, chain));
        refused = bytes > (uint64_t)limit;
        last = bytes;
        int32_t status = binnet_chain_apply(ctx, z, S, chain, x);
        if (refused) {
            ck_assert_int_eq(status, BINNET_E_LIMIT);
            break;
        }
        OK(status);
        int way = flops == 2 * chain->factor_cost[0];
        ck_assert(way || flops == 2 * (double)S * (double)S);
        eliminated += way;
        dense += !way;
        for (size_t s = 0; s < S; s++)
            ck_assert(way ? y[s] == z[s] : fabs(y[s] - z[s]) <= 1e-13 * y[s]);
    }
    ck_assert_msg(eliminated >= 2 && dense == 1 && refused, "%d eliminated, %d dense", eliminated, dense);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
    free(x);
    free(y);
}
END_TEST

START_TEST(interruption)
{
    enum { N = 20 };
    size_t S = (size_t)1 << N;
    watch w;
    binnet_ctx *ctx = new_ctx(1 + _i);
    binnet_chain *chain = sparse_chain(ctx, N, 5, 12, BINNET_UPDATE_SYNCHRONOUS, 1);
    double *x = law_of(S, 2), *y = malloc(S * sizeof *y);
    ck_assert_ptr_nonnull(y);
    OK(binnet_ctx_set_hook(ctx, watch_hook, &w));
    watch_start(&w, INFINITY);
    OK(binnet_chain_apply(ctx, y, S, chain, x));
    ck_assert(w.calls > 0 && w.wrong == 0 && in_time(w.longest, 0.1));
    for (int at = 1; at <= 3; at++) {
        watch_start(&w, INFINITY);
        w.stop_at = at;
        if (w.calls >= at)
            ck_assert_int_eq(binnet_chain_apply(ctx, y, S, chain, x), BINNET_E_INTERRUPTED);
    }
    watch_start(&w, 0);
    ck_assert_int_eq(binnet_chain_apply(ctx, y, S, chain, x), BINNET_E_INTERRUPTED);
    ck_assert(w.calls == 1);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
    free(x);
    free(y);
}
END_TEST

/* Making the chain (with an exact order), a step and two of a law: the k-th allocation fails, for every k. */
START_TEST(out_of_memory)
{
    enum { N = 13 };
    size_t S = (size_t)1 << N;
    double *x = law_of(S, 2), *y = malloc(S * sizeof *y);
    ck_assert_ptr_nonnull(y);
    for (size_t k = 1;; k++) {
        meter m;
        binnet_ctx *ctx;
        binnet_law *law = NULL, *later = NULL;
        meter_reset(&m);
        OK(meter_ctx(&m, &ctx));
        OK(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, 1 + (int64_t)(k % 2)));
        m.fail_at = m.calls + k;
        binnet_chain *chain = sparse_chain(ctx, N, 6, 40, BINNET_UPDATE_SYNCHRONOUS, 1);
        int32_t status = chain == NULL ? BINNET_E_NOMEM : binnet_chain_apply(ctx, y, S, chain, x);
        if (status == BINNET_OK)
            status = binnet_law_new(ctx, &law, N, y, S);
        if (status == BINNET_OK || status == BINNET_E_RANGE) /* does not add up to 1: no matter */
            status = law == NULL ? BINNET_OK : binnet_chain_evolve(ctx, &later, chain, law, 1);
        ck_assert_msg(status == BINNET_OK || status == BINNET_E_NOMEM, "allocation %zu: %d", k, (int)status);
        ck_assert(status != BINNET_OK || m.failures == 0);
        binnet_law_free(law);
        binnet_law_free(later);
        binnet_chain_free(chain);
        binnet_ctx_free(ctx);
        ck_assert_uint_eq(m.live, 0);
        ck_assert_int_eq(m.broken, 0);
        if (m.failures == 0)
            break;
    }
    free(x);
    free(y);
}
END_TEST

/* *user: whether it behaves. */
static double tail(void *user, double z)
{
    return z > 0.3 && !*(const int *)user ? 1.5 : 0.5;
}

START_TEST(misbehaving_noise)
{
    enum { N = 12, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    int behaves = 1;
    double J[N * N] = {0}, scale[N], *x = law_of(STATES, 1), *y = malloc(STATES * sizeof *y);
    for (size_t i = 0; i < N; i++) {
        scale[i] = 1;
        J[i * N + (i + 1) % N] = -1;
    }
    OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL));
    OK(binnet_noise_new_custom(ctx, &noise, N, scale, tail, tail, NULL, &behaves));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    double flops;
    OK(binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, chain));
    ck_assert(flops == 2 * chain->factor_cost[0]);
    OK(binnet_chain_apply(ctx, y, STATES, chain, x));
    behaves = 0;
    ck_assert_int_eq(binnet_chain_apply(ctx, y, STATES, chain, x), BINNET_E_CALLBACK);
    free(x);
    free(y);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* A network without a missing connection is left to the dense product. */
START_TEST(full_network)
{
    enum { N = 12 };
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = sparse_chain(ctx, N, N - 1, 3, BINNET_UPDATE_SYNCHRONOUS, 1);
    double flops;
    OK(binnet_chain_apply_estimate(ctx, NULL, NULL, &flops, chain));
    ck_assert(flops == ldexp(2, 2 * N));
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "threads") == 0) {
        const repeated_test threads = {same_bits_for_any_threads, 3};
        return run_repeated("elimination, threads", &threads, 1) != 0;
    }
    data = argc > 1 ? argv[1] : NULL;
    const repeated_test tests[] = {{random_networks, 4},
                                   {extreme_probabilities, STRUCTURES},
                                   {whole_numbers, STRUCTURES},
                                   {best_order, 3},
                                   {counts, 1},
                                   {pharynx, 1},
                                   {same_bits_for_any_threads, 4},
                                   {apply_and_evolve, 8},
                                   {stationary, 3},
                                   {memory_limits, 1},
                                   {interruption, 2},
                                   {out_of_memory, 1},
                                   {misbehaving_noise, 1},
                                   {full_network, 1}};
    return run_repeated("elimination", tests, sizeof tests / sizeof *tests) != 0;
}
