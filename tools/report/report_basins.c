/* Where the network that `binnet store` made ends without noise: of all states, or of a sample of them. */
#include "report/storage.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Neurons of which all states are followed, and of which some are; steps at once, and until a run is
 * given up, fewer of large networks: some seconds in all. */
enum { MOST_EXACT = 24, MOST_SAMPLED = 1000, PIECE = 8, LEAST_STEPS = 64, MOST_STEPS = 4096 };

void wilson_interval(double *low, double *high, double p, double runs)
{
    double z = 1.959963984540054, scale = 1 / (1 + z * z / runs), middle = (p + z * z / (2 * runs)) * scale;
    double half = z * scale * sqrt(p * (1 - p) / runs + z * z / (4 * runs * runs));
    *low = p > 0 ? fmax(middle - half, 0) : 0;
    *high = p < 1 ? fmin(middle + half, 1) : 1;
}

typedef struct basins {
    const storing *s;
    binnet_noise *none, *coin; /* no noise; so much that every neuron fires with probability 1/2 */
    size_t n;
    uint64_t steps;
    uint8_t *piece;       /* [PIECE + 1][n] */
    uint8_t *mark, *best; /* [n] Brent's state; the least since */
    uint8_t *met;         /* [runs][n] the least states of attractors that are not stored */
    char *kept;           /* [paths] a cycle that is followed */
    int64_t *ended;       /* [paths] runs */
    size_t spurious;      /* in met */
    int64_t elsewhere, undecided;
} basins;

/* Whether each state of the cycle leads to the next. */
static int32_t look_at_paths(basins *b)
{
    const storing *s = b->s;
    for (size_t k = 0; k < s->p.paths; k++) {
        const pattern_path *path = &s->p.path[k];
        b->kept[k] = (char)path->cyclic;
        for (size_t e = 0; e < path->count && b->kept[k]; e++) {
            int32_t status = binnet_recall_run(s->ctx, b->piece, 1, b->n, s->p.state + path->pattern[e] * b->n, s->net,
                                               b->none, BINNET_UPDATE_SYNCHRONOUS, 0);
            if (status != BINNET_OK)
                return status;
            const uint8_t *next = s->p.state + path->pattern[(e + 1) % path->count] * b->n;
            b->kept[k] = memcmp(b->piece + b->n, next, b->n) == 0;
        }
    }
    return BINNET_OK;
}

/* The path that holds a state and is followed; -1: none. */
static int64_t holding_path(const basins *b, const uint8_t *state)
{
    const patterns *p = &b->s->p;
    for (size_t k = 0; k < p->paths; k++)
        for (size_t e = 0; e < p->path[k].count && b->kept[k]; e++)
            if (memcmp(state, p->state + p->path[k].pattern[e] * b->n, b->n) == 0)
                return (int64_t)k;
    return -1;
}

/* An attractor is known by the least of its states. */
static void note_spurious(basins *b)
{
    b->elsewhere++;
    for (size_t k = 0; k < b->spurious; k++)
        if (memcmp(b->met + k * b->n, b->best, b->n) == 0)
            return;
    memcpy(b->met + b->spurious++ * b->n, b->best, b->n);
}

/* A run from a state drawn uniformly until it is in a stored cycle, or comes back to a state: R. P. Brent, BIT 20 (1980) 176. */
static int32_t follow_state(basins *b, uint64_t run)
{
    const storing *s = b->s;
    size_t n = b->n;
    uint64_t steps = 0, power = 1, since = 0;
    int32_t status = binnet_recall_run(s->ctx, b->piece, 1, n, s->p.state, s->net, b->coin, BINNET_UPDATE_SYNCHRONOUS,
                                       run);
    if (status != BINNET_OK)
        return status;
    memcpy(b->mark, b->piece + n, n);
    memcpy(b->piece, b->mark, n);
    memcpy(b->best, b->mark, n);
    for (size_t t = 0; steps <= b->steps; steps++, t++) {
        const uint8_t *state = b->piece + t * n;
        int64_t path = holding_path(b, state);
        if (path >= 0) {
            b->ended[path]++;
            return BINNET_OK;
        }
        if (since > 0 && memcmp(state, b->mark, n) == 0) {
            note_spurious(b);
            return BINNET_OK;
        }
        if (since == power) {
            memcpy(b->mark, state, n);
            memcpy(b->best, state, n);
            power *= 2;
            since = 0;
        } else if (memcmp(state, b->best, n) < 0)
            memcpy(b->best, state, n);
        since++;
        if (t == PIECE) {
            memcpy(b->mark + n, state, n); /* piece is written over */
            status = binnet_recall_run(s->ctx, b->piece, PIECE, n, b->mark + n, s->net, b->none,
                                       BINNET_UPDATE_SYNCHRONOUS, 0);
            if (status != BINNET_OK)
                return status;
            t = 0;
        } else if (steps == 0) {
            status = binnet_recall_run(s->ctx, b->piece, PIECE, n, b->mark, s->net, b->none, BINNET_UPDATE_SYNCHRONOUS,
                                       0);
            if (status != BINNET_OK)
                return status;
        }
    }
    b->undecided++;
    return BINNET_OK;
}

static void print_share(const char *name, int64_t count, int64_t runs)
{
    double low, high, p = (double)count / (double)runs;
    wilson_interval(&low, &high, p, (double)runs);
    printf("%s%.6g (%.6g..%.6g)", name, p, low, high);
}

static void print_sample(const basins *b)
{
    const storing *s = b->s;
    printf("\nwithout noise, basins: where %" PRId64 " states drawn from all 2^%zu end (simulated, 95 %% interval)\n",
           s->runs, b->n);
    for (size_t k = 0; k < s->p.paths; k++) {
        if (!s->p.path[k].cyclic)
            continue;
        printf("               ");
        print_path(&s->p, &s->p.path[k]);
        if (b->kept[k])
            print_share(": ", b->ended[k], s->runs);
        else
            printf(": no attractor");
        printf("\n");
    }
    print_share("spurious       ", b->elsewhere, s->runs);
    printf(", in %zu attractors that were met\n", b->spurious);
    if (b->undecided > 0) {
        print_share("not settled    ", b->undecided, s->runs);
        printf(" after %" PRIu64 " steps\n", b->steps);
    }
}

static int32_t make_basins(basins *b)
{
    const storing *s = b->s;
    double *scale = malloc(b->n * sizeof *scale);
    b->piece = malloc((PIECE + 1) * b->n);
    b->mark = malloc(2 * b->n);
    b->best = malloc(b->n);
    b->met = malloc((size_t)s->runs * b->n);
    b->kept = calloc(s->p.paths, 1);
    b->ended = calloc(s->p.paths, sizeof *b->ended);
    int32_t status = scale && b->piece && b->mark && b->best && b->met && b->kept && b->ended ? BINNET_OK
                                                                                              : BINNET_E_NOMEM;
    for (int coin = 0; coin < 2 && status == BINNET_OK; coin++) {
        for (size_t i = 0; i < b->n; i++)
            scale[i] = coin ? 1e300 : 0;
        status = binnet_noise_new_gaussian(s->ctx, coin ? &b->coin : &b->none, b->n, scale);
    }
    free(scale);
    return status;
}

static void free_basins(basins *b)
{
    binnet_noise_free(b->none);
    binnet_noise_free(b->coin);
    free(b->piece);
    free(b->mark);
    free(b->best);
    free(b->met);
    free(b->kept);
    free(b->ended);
}

static void print_exact(const basins *b, const binnet_attractors *a)
{
    const storing *s = b->s;
    double states = ldexp(1, (int)b->n), all = 0;
    uint64_t count = binnet_attractors_count(a), kept = 0;
    printf("\nwithout noise, basins of all 2^%zu states\n", b->n);
    for (size_t k = 0; k < s->p.paths; k++) {
        const pattern_path *path = &s->p.path[k];
        uint64_t state = 0, again = 0;
        if (!path->cyclic)
            continue;
        printf("               ");
        print_path(&s->p, path);
        if (!b->kept[k]) {
            printf(": no attractor\n");
            continue;
        }
        for (size_t i = 0; i < b->n; i++)
            state |= (uint64_t)s->p.state[path->pattern[0] * b->n + i] << i;
        uint64_t which = binnet_attractors_holding(a, state), basin = binnet_attractors_basin(a, which);
        printf(": %.6g of them\n", (double)basin / states);
        for (size_t e = 0; e < k; e++) /* one cycle under two names counts once */
            again += b->kept[e] && holding_path(b, s->p.state + path->pattern[0] * b->n) == (int64_t)e;
        all += again > 0 ? 0 : (double)basin;
        kept += again == 0;
    }
    printf("spurious       %" PRIu64 " attractors with %.6g of the states\n", count - kept, 1 - all / states);
}

void report_basins(const storing *s)
{
    basins b = {.s = s, .n = s->p.n};
    binnet_attractors *a = NULL;
    if (b.n > MOST_SAMPLED) {
        printf("\nbasins         not computed: more than %d neurons\n", MOST_SAMPLED);
        return;
    }
    int32_t status = make_basins(&b);
    if (status == BINNET_OK)
        status = look_at_paths(&b);
    if (status == BINNET_OK && b.n <= MOST_EXACT)
        status = binnet_attractors_new(s->ctx, &a, s->net);
    if (status == BINNET_OK && a != NULL)
        print_exact(&b, a);
    else if (status == BINNET_OK || status == BINNET_E_LIMIT) { /* of a table of all states */
        status = BINNET_OK;
        double enough = 2e9 / ((double)s->runs * (double)b.n * (double)b.n);
        b.steps = (uint64_t)fmax(LEAST_STEPS, fmin(enough, MOST_STEPS));
        for (int64_t run = 0; run < s->runs && status == BINNET_OK; run++)
            status = follow_state(&b, (uint64_t)run);
        if (status == BINNET_OK)
            print_sample(&b);
    }
    if (status != BINNET_OK)
        printf("\nbasins         %s\n", status == BINNET_E_NOMEM ? "out of memory" : binnet_ctx_message(s->ctx));
    binnet_attractors_free(a);
    free_basins(&b);
}
