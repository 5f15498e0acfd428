/*
 * Laws of sums of weights that take an inversion for each point, kept with a table of their cdf: the same few numbers of connections
 * come again and again in sums over tuples of states, and integrals ask for thousands of points. The table is piecewise polynomials
 * through Chebyshev points, to about the error of the inversion itself.
 */
#include "ensemble/statistics/state_tuples.h"

#include "ensemble/current/inversion.h"

#include <math.h>
#include <string.h>

enum { SLOTS = 128, PROBES = 8, PANELS = 400, POINTS = BNI_STIELTJES_FINE + 1, DEEPEST = 40 };

/* Bytes of the terms of one inversion, while its table is made. */
static const double most_terms = 0x1p24;

struct bni_joint_law {
    int used;
    uint64_t stamp; /* of the call that needed it last */
    size_t a;
    int64_t *numbers; /* [n_pop] */
    binnet_current *law;
    double from, to, noise;
    size_t panels; /* 0: no table */
    double *end;   /* [panels + 1] */
    double *value; /* [panels][POINTS] */
};

struct bni_joint_laws {
    uint64_t stamp;
    struct bni_joint_law slot[SLOTS];
};

static int needs_inversion(const bni_weight *w)
{
    bni_weight plain = bni_weight_plain(w);
    return plain.kind == BINNET_WEIGHT_LOGNORMAL || plain.kind == BINNET_WEIGHT_CUSTOM;
}

int bni_joint_keeps_laws(const binnet_ensemble *e)
{
    for (size_t k = 0; k < e->n_pop * e->n_pop; k++)
        if (e->p[k] > 0 && needs_inversion(&e->weight[k]))
            return 1;
    return 0;
}

double bni_joint_laws_bytes(const binnet_ensemble *e)
{
    double law = 0;
    for (size_t a = 0; a < e->n_pop; a++)
        law = fmax(law, bni_current_bytes(e, a, e->size, e->size));
    return sizeof(bni_joint_laws) + most_terms +
           SLOTS * (law + 8.0 * (double)e->n_pop + 8.0 * (PANELS + 1 + PANELS * POINTS));
}

bni_joint_laws *bni_joint_laws_new(binnet_ctx *ctx)
{
    return bni_new(ctx, 1, sizeof(bni_joint_laws));
}

static void free_law(binnet_ctx *ctx, struct bni_joint_law *l)
{
    binnet_current_free(l->law);
    bni_delete(&ctx->mem, l->numbers);
    bni_delete(&ctx->mem, l->end);
    bni_delete(&ctx->mem, l->value);
    *l = (struct bni_joint_law){.used = 0};
}

void bni_joint_laws_free(binnet_ctx *ctx, bni_joint_laws *laws)
{
    for (int k = 0; laws != NULL && k < SLOTS; k++)
        free_law(ctx, &laws->slot[k]);
    bni_delete(&ctx->mem, laws);
}

/* --- tables --- */

typedef struct draft {
    binnet_ctx *ctx;
    struct bni_joint_law *law;
    const bni_stieltjes_rule *rule;
    int full;
} draft;

/* Panels over a..b, whose values at the ends are given, until the polynomial is as near as the values are known. */
static int32_t add_panels(draft *d, double a, double b, double at_a, double at_b, int depth)
{
    struct bni_joint_law *l = d->law;
    double f[POINTS], error[BNI_POINTS], x[BNI_POINTS], middle = 0.5 * (a + b), half = 0.5 * (b - a);
    f[0] = at_a;
    f[POINTS - 1] = at_b;
    for (int j = 1; j < POINTS - 1; j++)
        x[j - 1] = middle + half * d->rule->point[j];
    BNI_TRY(bni_current_at(d->ctx, f + 1, NULL, NULL, NULL, error, BNI_POINTS, l->law, x));
    BNI_TRY(bni_poll(d->ctx, 1));
    for (int j = 0; j < BNI_POINTS; j++)
        l->noise = fmax(l->noise, error[j]);
    double far = bni_chebyshev_distance(d->rule, f);
    if (far > 64 * fmax(l->noise, 1e-14) && depth > 0 && !d->full) {
        BNI_TRY(add_panels(d, a, middle, at_a, f[POINTS / 2], depth - 1));
        return add_panels(d, middle, b, f[POINTS / 2], at_b, depth - 1);
    }
    if (l->panels == PANELS || far > 1e3 * fmax(l->noise, 1e-14)) {
        d->full = 1;
        return BINNET_OK;
    }
    memcpy(l->value + l->panels * POINTS, f, sizeof f);
    l->end[l->panels++] = a;
    l->end[l->panels] = b;
    return BINNET_OK;
}

static int32_t make_table(binnet_ctx *ctx, struct bni_joint_law *l, const bni_stieltjes_rule *rule)
{
    draft d = {ctx, l, rule, 0};
    double ignored = 0;
    BNI_TRY(bni_current_prepare(ctx, l->law, most_terms, &ignored));
    BNI_TRY(bni_joint_range(ctx, &l->from, &l->to, l->law));
    if (l->law->kept == NULL) /* none needed, or too many terms */
        return BINNET_OK;
    l->end = bni_new_raw(ctx, PANELS + 1, sizeof *l->end);
    l->value = bni_new_raw(ctx, PANELS * POINTS, sizeof *l->value);
    if (l->end == NULL || l->value == NULL)
        return BINNET_E_NOMEM;
    if (l->from < l->to)
        BNI_TRY(add_panels(&d, l->from, l->to, 0, 1, DEEPEST));
    if (d.full)
        l->panels = 0;
    bni_kept_free(&ctx->mem, l->law->kept);
    l->law->kept = NULL;
    return BINNET_OK;
}

int32_t bni_joint_law_at(binnet_ctx *ctx, double *cdf, double *survival, double *noise, size_t count,
                         const bni_joint_law *l, const bni_stieltjes_rule *rule, const double *x)
{
    if (l->panels == 0) {
        double error[BNI_POINTS];
        BNI_TRY(bni_current_at(ctx, cdf, NULL, survival, NULL, error, count, l->law, x));
        for (size_t k = 0; k < count; k++)
            *noise = fmax(*noise, error[k]);
        return BINNET_OK;
    }
    for (size_t k = 0; k < count; k++) {
        double f = x[k] > l->from;
        if (x[k] > l->from && x[k] < l->to) {
            size_t low = 0, high = l->panels - 1;
            while (low < high) {
                size_t middle = (low + high + 1) / 2;
                if (l->end[middle] <= x[k])
                    low = middle;
                else
                    high = middle - 1;
            }
            double a = l->end[low], b = l->end[low + 1];
            f = bni_chebyshev_at(rule, l->value + low * POINTS, (x[k] - 0.5 * (a + b)) / (0.5 * (b - a)));
        }
        cdf[k] = fmin(fmax(f, 0), 1);
        survival[k] = 1 - cdf[k]; /* what is inverted has an absolute error only */
    }
    *noise = fmax(*noise, 4 * l->noise + 1e-14);
    return BINNET_OK;
}

/* --- which are kept --- */

static int same_law(const struct bni_joint_law *l, size_t a, const int64_t *numbers, size_t n_pop)
{
    return l->used && l->a == a && memcmp(l->numbers, numbers, n_pop * sizeof *numbers) == 0;
}

void bni_joint_laws_next(bni_joint_laws *laws)
{
    laws->stamp++;
}

int32_t bni_joint_law_find(binnet_ctx *ctx, const bni_joint_law **out, const bni_joint *j, const binnet_ensemble *given,
                           size_t a, const int64_t *numbers)
{
    bni_joint_laws *laws = j->laws;
    size_t n_pop = given->n_pop, bytes = n_pop * sizeof *numbers;
    uint64_t hash = a;
    struct bni_joint_law *oldest = NULL;
    for (size_t b = 0; b < n_pop; b++)
        hash = bni_hash(hash, (uint64_t)numbers[b]);
    for (int k = 0; k < PROBES; k++) {
        struct bni_joint_law *l = &laws->slot[(hash + (uint64_t)k) % SLOTS];
        if (same_law(l, a, numbers, n_pop)) {
            l->stamp = laws->stamp;
            *out = l;
            return BINNET_OK;
        }
        if (oldest == NULL || !l->used || (oldest->used && l->stamp < oldest->stamp))
            oldest = l;
    }
    /* fewer are in use at a time than there are places to look at */
    free_law(ctx, oldest);
    oldest->numbers = bni_new_raw(ctx, 1, bytes);
    if (oldest->numbers == NULL)
        return BINNET_E_NOMEM;
    memcpy(oldest->numbers, numbers, bytes);
    int32_t status = bni_current_make(ctx, &oldest->law, given, a, numbers, NULL);
    if (status == BINNET_OK)
        status = make_table(ctx, oldest, &j->rule);
    if (status != BINNET_OK) {
        free_law(ctx, oldest);
        return status;
    }
    oldest->used = 1;
    oldest->a = a;
    oldest->stamp = laws->stamp;
    *out = oldest;
    return BINNET_OK;
}

const binnet_current *bni_joint_law_current(const bni_joint_law *l, double *from, double *to)
{
    *from = l->from;
    *to = l->to;
    return l->law;
}
