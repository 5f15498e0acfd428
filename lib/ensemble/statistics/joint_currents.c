/*
 * One neuron, several states at once: the probability that its currents c(A(0)), ..., c(A(T-1)) lie on given sides of the
 * stimulus. The sums S(t) = sum of J_ij over the j active at t share the connections from neurons that are active at
 * several times. Mixtures over the numbers of present connections of
 *  - normal orthants for constant and Gaussian weights (joint_currents_normal.c),
 *  - integrals for others (joint_currents_terms.c).
 * What was found is kept by numbers present, since different classes of tuples ask for the same.
 * Source: rows of J are independent (THEORY 8); the derivation is in docs/ensembles.md.
 */
#include "ensemble/statistics/state_tuples.h"

#include <math.h>
#include <string.h>

/* --- which ensembles --- */

static int all_of_kind(const binnet_ensemble *e, int gaussian)
{
    for (size_t k = 0; k < e->n_pop * e->n_pop; k++) {
        int32_t kind = bni_weight_plain(&e->weight[k]).kind;
        if (e->p[k] > 0 && kind != BINNET_WEIGHT_CONSTANT && !(gaussian && kind == BINNET_WEIGHT_GAUSSIAN))
            return 0;
    }
    return 1;
}

int32_t bni_joint_allowed(binnet_ctx *ctx, const binnet_ensemble *e, int times)
{
    if (times <= 2 || all_of_kind(e, 1))
        return BINNET_OK;
    for (size_t a = 0; a < e->n_pop; a++) {
        int64_t random = 0;
        for (size_t b = 0; b < e->n_pop; b++)
            if (e->p[a * e->n_pop + b] > 0 &&
                bni_weight_plain(&e->weight[a * e->n_pop + b]).kind != BINNET_WEIGHT_CONSTANT)
                random += bni_ensemble_candidates(e, a, b);
        if (random > BNI_MOST_TERMS)
            return bni_fail(
                ctx, BINNET_E_RANGE,
                "%d states at once, %lld candidates of population %zu with random weights; at most 2 states, or %d "
                "candidates, unless all weights are Gaussian or constant",
                times, (long long)random, a, BNI_MOST_TERMS);
    }
    return BINNET_OK;
}

/* --- what is known already --- */

enum { SLOTS = 1 << 14, KEY = 18 };

/* key: population and target, own pattern (when ties are kept), and (place, number) of up to eight places. */
typedef struct known_slot {
    int32_t used;
    uint32_t key[KEY];
    double p, error, goal; /* goal: the error that was harmless then */
} known_slot;

struct bni_joint_known {
    known_slot slot[SLOTS];
};

/* Two states: an orthant costs no more than to look it up; an integral does. */
static int keeps(const binnet_ensemble *e, int times)
{
    return times > 2 || (times == 2 && !all_of_kind(e, 1));
}

/* The slot of these numbers present, and its key; NULL when they do not fit into a key. */
static known_slot *look_up(uint32_t key[KEY], const bni_joint *j, size_t a, int s, int target, size_t used)
{
    size_t length = 2;
    uint64_t hash = 0;
    if (j->known == NULL)
        return NULL;
    memset(key, 0, KEY * sizeof *key);
    key[0] = (uint32_t)(a << BNI_MOST_TIMES) | (uint32_t)target;
    key[1] = j->e->tie == BINNET_TIE_KEEP ? (uint32_t)s : 0;
    for (size_t k = 0; k < used; k++) {
        if (j->present[k] == 0)
            continue;
        if (length == KEY)
            return NULL;
        key[length++] = (uint32_t)j->place[k];
        key[length++] = (uint32_t)j->present[k];
    }
    for (size_t k = 0; k < length; k++)
        hash = bni_hash(hash, key[k]);
    return &j->known->slot[hash % SLOTS];
}

/* --- workspace --- */

/* Three laws of currents, their atoms (twice while they are sorted), and evaluating one. */
static double bytes_of_laws(const binnet_ensemble *e)
{
    double most = 0;
    for (size_t a = 0; a < e->n_pop && !all_of_kind(e, 1); a++) {
        double atoms = 1;
        for (size_t b = 0; b < e->n_pop; b++)
            if (bni_weight_plain(&e->weight[a * e->n_pop + b]).kind == BINNET_WEIGHT_CONSTANT)
                atoms *= (double)e->size[b] + 1;
        most = fmax(most,
                    3 * bni_current_bytes(e, a, e->size, e->size) + 4 * 16 * atoms + bni_current_sides_bytes(e, a));
    }
    return most;
}

static void joint_buffers(bni_plan *plan, void *of)
{
    bni_joint *j = of;
    size_t n = j->e->n, n_pop = j->e->n_pop;
    BNI_BUFFER(plan, j->place, n);
    BNI_BUFFER(plan, j->most, n);
    BNI_BUFFER(plan, j->present, n);
    BNI_BUFFER(plan, j->pmf, n);
    BNI_BUFFER(plan, j->pmf_all, 2 * n); /* the numbers 0 .. most of each place */
    BNI_BUFFER(plan, j->numbers, n_pop);
    BNI_ZEROS(plan, j->zeros, n_pop);
    BNI_BUFFER(plan, j->ones, n_pop * n_pop);
    if (keeps(j->e, j->times))
        BNI_ZEROS(plan, j->known, 1);
}

double bni_joint_bytes(const binnet_ensemble *e, int times)
{
    bni_joint j = {.e = e, .times = times};
    return bni_plan_bytes(joint_buffers, &j) + bytes_of_laws(e) +
           (bni_joint_keeps_laws(e) ? bni_joint_laws_bytes(e) : 0);
}

int32_t bni_joint_new(binnet_ctx *ctx, bni_joint *j, const binnet_ensemble *e, int times)
{
    *j = (bni_joint){.e = e, .times = times, .patterns = 1 << times, .simple = all_of_kind(e, 1)};
    bni_stieltjes_prepare(&j->rule);
    BNI_TRY(bni_plan_make(ctx, joint_buffers, j));
    for (size_t k = 0; k < e->n_pop * e->n_pop; k++)
        j->ones[k] = 1;
    if (bni_joint_keeps_laws(e) && (j->laws = bni_joint_laws_new(ctx)) == NULL) {
        bni_joint_free(ctx, j);
        return BINNET_E_NOMEM;
    }
    return BINNET_OK;
}

void bni_joint_free(binnet_ctx *ctx, bni_joint *j)
{
    if (j->e != NULL)
        bni_plan_release(&ctx->mem, joint_buffers, j);
    bni_joint_laws_free(ctx, j->laws);
}

/* --- over the numbers present --- */

static int32_t present_or_known(binnet_ctx *ctx, double *p, double *error, const bni_joint *j, size_t a, int s,
                                int target, size_t used)
{
    uint32_t key[KEY];
    known_slot *slot = look_up(key, j, a, s, target, used);
    if (slot != NULL && slot->used && memcmp(slot->key, key, sizeof key) == 0 &&
        (slot->error <= j->harmless || slot->goal <= j->harmless)) {
        *p = slot->p;
        *error = slot->error;
        return BINNET_OK;
    }
    BNI_TRY(j->simple ? bni_joint_normal(ctx, p, error, j, a, s, target, used)
                      : bni_joint_terms(ctx, p, error, j, a, s, target, used));
    if (slot != NULL) {
        *slot = (known_slot){.used = 1, .p = *p, .error = *error, .goal = j->harmless};
        memcpy(slot->key, key, sizeof key);
    }
    return BINNET_OK;
}

static size_t list_places(const bni_joint *j, size_t a, int s)
{
    const binnet_ensemble *e = j->e;
    int in_degree = e->normalise == BINNET_NORMALISE_INDEGREE;
    size_t used = 0, room = 0;
    for (size_t k = 0; k < j->fillings; k++) {
        int64_t most = bni_joint_candidates(j, a, s, k);
        double chance = e->p[a * e->n_pop + j->filled[k] / (size_t)j->patterns];
        int counts = in_degree || j->filled[k] % (size_t)j->patterns != 0;
        if (most == 0 || chance == 0 || !counts)
            continue;
        j->place[used] = j->filled[k];
        j->most[used] = most;
        j->pmf[used] = NULL;
        j->present[used] = most;
        if (chance < 1) {
            j->pmf[used] = j->pmf_all + room;
            room += (size_t)most + 1;
            bni_binomial(j->pmf[used], most, chance);
            j->present[used] = 0;
        }
        used++;
    }
    return used;
}

static int32_t mixture(binnet_ctx *ctx, double *p, double *error, bni_joint *j, size_t a, int s, int target)
{
    size_t used = list_places(j, a, s);
    *p = *error = 0;
    for (unsigned step = 0;; step++) {
        double weight = 1, one, off;
        for (size_t k = 0; k < used; k++)
            weight *= j->pmf[k] != NULL ? j->pmf[k][j->present[k]] : 1;
        if (weight > 1e-30) { /* what is left out is below 1e-30 times the number of terms */
            BNI_TRY(present_or_known(ctx, &one, &off, j, a, s, target, used));
            *p += weight * one;
            *error += weight * off;
        }
        size_t k = 0;
        for (; k < used; k++) {
            if (j->pmf[k] == NULL)
                continue;
            if (j->present[k]++ < j->most[k])
                break;
            j->present[k] = 0;
        }
        if (k == used)
            break;
        if (step % 64 == 63)
            BNI_TRY(bni_poll(ctx, 0));
    }
    *p = fmin(*p, 1);
    return BINNET_OK;
}

int32_t bni_joint_probability(binnet_ctx *ctx, double *p, double *error, bni_joint *j, size_t a, int s, int target)
{
    return j->times == 1 && !j->simple ? bni_joint_single(ctx, p, error, j, a, s, target)
                                       : mixture(ctx, p, error, j, a, s, target);
}
