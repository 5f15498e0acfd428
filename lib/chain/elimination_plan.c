/*
 * The plan of an elimination: where old values are in the vectors, which factors make a round, how large its pieces are, who
 * works on what; and what that takes. The rounds are those of least estimated time whose vectors fit into the room given:
 * with more factors in a round fewer vectors are written, but larger ones.
 */
#include "chain/elimination.h"

#include <math.h>
#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };
/* Pieces of 2^FAST doubles stay in the first cache, of 2^CACHED in the second. */
enum { FAST = 11, CACHED = 15 };
/* A line of the kernels, as bits. */
enum { LINE_BITS = 3 };

/* Seconds, of the AVX-512 kernels on a core of 4 GHz: a multiply-add by where the pieces are; a double moved, and the beginning
 * of a run of them, by where the vectors are (second cache, third, memory); a double of the law or the result put in its place; a
 * call of a kernel; a meeting of the workers. */
static const double in_first = 0.055e-9, in_second = 0.1e-9, in_memory = 0.3e-9;
static const double moved[] = {0.08e-9, 0.25e-9, 0.7e-9}, a_run[] = {3e-9, 8e-9, 20e-9};
static const double placed = 1e-9, a_call = 12e-9, a_meeting = 4e-6;

static double power_of_two_at(int k)
{
    return k < 63 ? (double)(UINT64_C(1) << k) : ldexp(1, k);
}

/* Other kernels than those for AVX-512 take so many times longer. */
static double slowness(double avx2, double reference)
{
    const char *name = bni_kernels_get()->name;
    return strcmp(name, "avx512") == 0 ? 1 : strcmp(name, "avx2") == 0 ? avx2 : reference;
}

double bni_product_seconds(const binnet_chain *chain, size_t stage, double states)
{
    double count = chain->stage_first[stage + 1] - chain->stage_first[stage];
    return 1e-6 + states * (exp2(count) * 0.025e-9 * slowness(2, 12) + 20e-9 * count);
}

/* Positions of old values, and how many are there before each factor. */
static void place_values(bni_elimination_plan *p)
{
    const binnet_chain *c = p->chain;
    unsigned char last[MOST]; /* 1 + the factor after which a value is summed out */
    int at = 0;
    memset(last, 0xff, sizeof last);
    for (int k = 0; k < p->count; k++)
        last[p->factor[k]] = 0;
    for (int k = 0; k < p->count; k++)
        for (size_t j = 0; j < c->n; j++)
            if (last[j] != 0xff && bni_listens(c, (size_t)p->factor[k], j))
                last[j] = (unsigned char)(k + 1);
    for (int k = 0xff; k >= 0; k = k == 0xff ? p->count : k - 1)
        for (size_t j = 0; j < c->n; j++)
            if (last[j] == k) {
                p->neuron_at[at] = (unsigned char)j;
                p->position[j] = (unsigned char)at++;
            }
    for (int k = 0; k <= p->count; k++) {
        int there = 0;
        for (size_t j = 0; j < c->n; j++)
            there += last[j] > k;
        p->there[k] = (unsigned char)there;
        if (k < p->count)
            p->multiply_adds += power_of_two_at(k + 1 + p->there[k]);
    }
    p->alone = (int)c->n - p->there[0];
}

/* A round from factor `from` to `to` with `low` positions in a piece; seconds of all its vectors on one thread. */
typedef struct choice {
    double seconds;
    int to, low, peak, alone; /* alone: the next round is no longer shared */
} choice;

static int terms_of(const bni_elimination_plan *p, int k)
{
    int summed = p->there[k] - p->there[k + 1];
    return summed < 2 ? summed : 2;
}

/* A piece at its largest, without its low positions, as bits. */
static int peak_values(const bni_elimination_plan *p, int from, int to)
{
    int peak = 0;
    for (int k = from; k < to; k++) {
        int before = k - from + p->there[k] - p->there[to], after = before + 1 - terms_of(p, k);
        peak = before > peak ? before : peak;
        peak = after > peak ? after : peak;
    }
    return peak;
}

static void size_up(choice *c, const bni_elimination_plan *p, int from)
{
    int base = p->there[c->to], last = c->to == p->count;
    double rate = c->peak <= FAST ? in_first : c->peak <= CACHED ? in_second : in_memory;
    double pieces = power_of_two_at(from + base - c->low), values = power_of_two_at(p->there[from]);
    double out = last ? 0 : power_of_two_at(c->to - from + base), bytes = 8 * (values + out);
    int level = bytes <= 0x1p19 ? 0 : bytes <= 0x1p24 ? 1 : 2;
    double runs = power_of_two_at(p->there[from] - base) + (last ? 0 : power_of_two_at(c->to - from));
    c->seconds = power_of_two_at(from) * (values + 2 * out) * moved[level] + pieces * runs * a_run[level];
    for (int k = from; k < c->to; k++) {
        int len = p->there[k + 1] - base + c->low;
        double part = len < LINE_BITS && k - from < LINE_BITS ? power_of_two_at(LINE_BITS - len)
                                                              : 1; /* of a line that is used */
        c->seconds += power_of_two_at(k + 1 + p->there[k]) * rate * part + pieces * a_call;
    }
}

static int vectors_fit(const bni_elimination_plan *p, int from, int to, int shared, double most)
{
    return to == p->count || power_of_two_at(to - from + p->there[to]) * (shared ? 1 : p->workers) <= most;
}

/* Number of low positions, at most `wanted`, of a round that leaves `base`. */
static int clip_low(int wanted, int base)
{
    int least = base < LINE_BITS ? base : LINE_BITS;
    return wanted < least ? least : wanted > base ? base : wanted;
}

/* The best rounds whose vectors have at most so many doubles, and whose pieces at most 2^piece where they are of several factors;
 * 0 when a single factor makes more. */
static int choose_rounds(bni_elimination_plan *p, double most, int piece)
{
    choice best[2][MOST + 1] = {{{0}}}; /* shared or not */
    double workers = p->workers;
    for (int from = p->count - 1; from >= 0; from--) {
        best[0][from].seconds = best[1][from].seconds = INFINITY;
        for (int to = from + 1; to <= p->count; to++) {
            int base = p->there[to], peak = peak_values(p, from, to);
            /* pieces for either cache, or one for each worker */
            int lows[] = {clip_low(FAST - peak, base), clip_low(piece - peak, base),
                          clip_low(base - (int)ceil(log2(workers)), base)};
            for (int l = 0; l < 3; l++) {
                choice c = {.to = to, .low = lows[l], .peak = peak + lows[l]};
                if ((l > 0 && lows[l] == lows[0]) || (c.peak > piece && to > from + 1))
                    continue;
                size_up(&c, p, from);
                choice own = c, together = c;
                own.seconds += to < p->count ? best[0][to].seconds : 0;
                if (own.seconds < best[0][from].seconds && vectors_fit(p, from, to, 0, most))
                    best[0][from] = own;
                if (p->workers == 1 || !vectors_fit(p, from, to, 1, most))
                    continue;
                together.seconds = c.seconds / fmin(workers, power_of_two_at(base - c.low)) +
                                   power_of_two_at(from) * a_meeting;
                if (to < p->count) {
                    double parts = power_of_two_at(to - from), rounds = ceil(parts / workers);
                    double apart = best[0][to].seconds * rounds / parts + power_of_two_at(from) * a_meeting;
                    together.alone = apart < best[1][to].seconds;
                    together.seconds += together.alone ? apart : best[1][to].seconds;
                }
                if (together.seconds < best[1][from].seconds)
                    best[1][from] = together;
            }
        }
    }
    int shared = p->workers > 1;
    p->seconds = best[shared][0].seconds;
    if (!isfinite(p->seconds))
        return 0;
    p->rounds = p->shared = 0;
    for (int from = 0; from < p->count; p->rounds++) {
        const choice *b = &best[shared][from];
        p->first[p->rounds] = (unsigned char)from;
        p->low[p->rounds] = (unsigned char)b->low;
        p->peak[p->rounds] = (unsigned char)b->peak;
        p->shared += shared;
        shared = shared && !b->alone;
        from = b->to;
    }
    p->first[p->rounds] = (unsigned char)p->count;
    return 1;
}

void bni_elimination_describe(bni_elimination_pass *pass, const bni_elimination_plan *p, int r, int k)
{
    int from = p->first[r], to = p->first[r + 1], base = p->there[to], low = p->low[r], turned = to;
    *pass = (bni_elimination_pass){.neuron = p->factor[k], .terms = terms_of(p, k)};
    pass->halvings = p->there[k] - p->there[k + 1] - pass->terms;
    /* In the last round rows get short: from there on the new values so far are below the old ones. */
    for (int t = to; to == p->count && t-- > from;)
        turned = p->there[t + 1] - base + low < LINE_BITS && t - from >= LINE_BITS ? t : turned;
    pass->shift = k >= turned ? turned - from : 0;
    pass->turn = k == turned ? pass->shift : 0;
    pass->row_bits = k - from - pass->shift;
    int before = p->there[k] - base + low + pass->shift;
    pass->len_bits = before - pass->terms;
    for (int t = 0; t < pass->terms; t++)
        pass->term[t] = (unsigned char)(p->there[k] - pass->terms + t);
    for (int position = 0; position < p->there[k] - pass->terms; position++) {
        if (!bni_listens(p->chain, (size_t)pass->neuron, p->neuron_at[position]))
            continue;
        int at = (position < low ? position : position - base + low) + pass->shift;
        if (position >= low && position < base)
            pass->far_of[pass->far++] = (unsigned char)position;
        else if (at < LINE_BITS) {
            pass->lane_at[pass->lanes] = (unsigned char)at;
            pass->lane[pass->lanes++] = (unsigned char)position;
        } else {
            pass->near_at[pass->near] = (unsigned char)at;
            pass->near_of[pass->near++] = (unsigned char)position;
        }
    }
    pass->wide = pass->lanes > 0;
}

size_t bni_elimination_entries(const bni_elimination_pass *pass)
{
    return (size_t)1 << (pass->terms + pass->near + pass->far);
}

/* Doubles of the largest vectors that a round leaves. */
static double most_used(const bni_elimination_plan *p)
{
    double most = 0;
    for (int r = 0; r + 1 < p->rounds; r++) {
        int to = p->first[r + 1];
        most = fmax(most, power_of_two_at(to - p->first[r] + p->there[to]) * (r < p->shared ? 1 : p->workers));
    }
    return most;
}

/* Each vector and piece begins at a line. */
static double *take_piece(double *from, size_t *taken, size_t doubles)
{
    double *v = from == NULL ? NULL : from + *taken;
    *taken += (doubles + BNI_LINE - 1) / BNI_LINE * BNI_LINE;
    return v;
}

/* Vectors in the result, which is written last, as long as it has room, the others and all else in the arena. */
size_t bni_elimination_lay_out(bni_elimination_places *at, const bni_elimination_plan *p, double *y, double *arena)
{
    size_t states = (size_t)1 << p->chain->n, in_y = 0, taken = 0;
    int peak = 0;
    for (int r = 0; r < p->rounds; r++)
        peak = p->peak[r] > peak ? p->peak[r] : peak;
    at->start = take_piece(arena, &taken, states);
    at->finish = p->rounds > 1 ? at->start : take_piece(arena, &taken, states); /* the first round ends with `start` */
    for (int me = 0; me < p->workers; me++) {
        for (int r = 0; r + 1 < p->rounds; r++) {
            size_t size = (size_t)1 << (p->first[r + 1] - p->first[r] + p->there[p->first[r + 1]]);
            int fits = size >= BNI_LINE && in_y + size <= states;
            double *v = NULL;
            if (me == 0 || r >= p->shared)
                v = fits ? take_piece(y, &in_y, size) : take_piece(arena, &taken, size);
            if (at->worker != NULL)
                at->worker[me].vectors[r] = v;
        }
        for (int b = 0; b < 2; b++) {
            double *piece = take_piece(arena, &taken, (size_t)1 << peak);
            if (at->worker != NULL)
                at->worker[me].piece[b] = piece;
        }
    }
    return taken;
}

/* Tables, offsets, vectors and pieces. */
void bni_elimination_count_memory(bni_elimination_plan *p)
{
    p->table_doubles = p->offsets = 0;
    for (int r = 0; r < p->rounds; r++) {
        int to = p->first[r + 1];
        for (int k = p->first[r]; k < to; k++) {
            bni_elimination_pass pass;
            bni_elimination_describe(&pass, p, r, k);
            p->table_doubles += bni_elimination_entries(&pass) * (pass.wide ? 2 * BNI_LINE : 2);
            p->offsets += pass.len_bits > LINE_BITS ? (size_t)1 << (pass.len_bits - LINE_BITS) : 1;
        }
    }
    p->arena_doubles = bni_elimination_lay_out(&(bni_elimination_places){.worker = NULL}, p, NULL, NULL);
}

double bni_elimination_bytes(const bni_elimination_plan *p)
{
    return 8.0 * (double)(p->table_doubles + 8) + 4.0 * (double)p->offsets +
           sizeof(bni_elimination_pass) * (double)p->count + sizeof(bni_elimination_worker) * (double)p->workers + 8192;
}

void bni_elimination_plan_place(bni_elimination_plan *p, const binnet_chain *chain, size_t stage, int workers)
{
    memset(p, 0, sizeof *p);
    p->chain = chain;
    p->stage = stage;
    p->count = chain->stage_first[stage + 1] - chain->stage_first[stage];
    p->kept = (int)chain->n - p->count;
    p->workers = chain->n < BNI_THREADED ? 1 : workers;
    memcpy(p->factor, chain->factor + chain->stage_first[stage], (size_t)p->count * sizeof *p->factor);
    place_values(p);
}

int bni_elimination_plan_make(bni_elimination_plan *p, const binnet_chain *chain, size_t stage, int workers,
                              double room)
{
    if (chain->factor == NULL || !isfinite(chain->factor_cost[stage]))
        return 0;
    bni_elimination_plan_place(p, chain, stage, workers);
    if (p->multiply_adds * in_first > bni_product_seconds(chain, stage, power_of_two_at((int)chain->n)))
        return 0; /* hopeless, whatever the rounds */
    /* of the plans within a twentieth of the quickest the one that takes least memory; small pieces where others do not fit */
    bni_elimination_plan other = *p;
    double quickest = INFINITY;
    for (int piece = CACHED; piece >= FAST && !isfinite(quickest); piece -= CACHED - FAST)
        for (double most = INFINITY; most >= 1; most = most_used(&other) / 2) {
            if (!choose_rounds(&other, most, piece) || other.seconds > 1.05 * quickest)
                break;
            bni_elimination_count_memory(&other);
            if (bni_elimination_bytes(&other) + 8.0 * (double)other.arena_doubles > room)
                continue;
            quickest = fmin(quickest, other.seconds);
            *p = other;
        }
    if (!isfinite(quickest))
        return 0;
    p->seconds = p->seconds * slowness(1.6, 8) + 2e-6 + 10e-9 * (double)p->table_doubles +
                 (p->alone > 0 ? 3 : 2) * power_of_two_at((int)chain->n) * placed / p->workers;
    return 1;
}
