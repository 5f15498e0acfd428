/*
 * The law of a current at one x for all occupation numbers at once: first given the numbers m_b of connections present,
 * Q(m) = Pr(S > Y | m); then population after population from present to active,
 *   Q_k = sum over m of Binomial(m; k, p) Q(m),  by  f <- (1 - p) f(m) + p f(m + 1),  Q_k = f(0) after k steps.
 * With the in-degree Y depends on the number r of connections from inactive neurons too: one table for each r, weighted.
 */
#include "ensemble/current/inversion.h"

#include <math.h>
#include <string.h>

typedef struct table {
    binnet_ctx *ctx;
    const binnet_ensemble *e;
    size_t a, n_pop, len;
    int32_t strict;
    double x;
    binnet_current law; /* one group for each population: constants first */
    size_t *group_of;   /* [n_pop] */
    int64_t *most;      /* [n_pop] candidates */
    int64_t *m, *by_group;
    double done, all;
} table;

/* Entries, 0 when they do not fit. */
static size_t entries_of(const binnet_ensemble *e, size_t a)
{
    size_t len = 1;
    for (size_t b = 0; b < e->n_pop; b++) {
        size_t m = (size_t)bni_ensemble_candidates(e, a, b) + 1;
        if (len > SIZE_MAX / 16 / m)
            return 0;
        len *= m;
    }
    return len;
}

static int64_t most_inactive(const binnet_ensemble *e, size_t a)
{
    int64_t most = 0;
    for (size_t b = 0; b < e->n_pop; b++)
        if (e->p[a * e->n_pop + b] > 0)
            most += bni_ensemble_candidates(e, a, b);
    return most;
}

/* The law of the weights from b, as far as it matters. */
static bni_weight inactive_weight(const binnet_ensemble *e, size_t a, size_t b)
{
    bni_weight w = bni_weight_plain(&e->weight[a * e->n_pop + b]);
    if (!(e->p[a * e->n_pop + b] > 0)) /* never present: any law will do */
        w = (bni_weight){.kind = BINNET_WEIGHT_CONSTANT};
    return w;
}

/* Work of contours and box splines beyond which a table is inverted: some ten seconds. */
static const double most_work = 5e9;

static int32_t method_of(const binnet_ensemble *e, size_t a)
{
    bni_method m = {.events = 0};
    for (size_t b = 0; b < e->n_pop; b++) {
        bni_weight w = inactive_weight(e, a, b);
        bni_method_add(&m, &w, bni_ensemble_candidates(e, a, b));
    }
    int32_t method = bni_method_end(&m);
    double sums = (double)entries_of(e, a) *
                  (e->normalise == BINNET_NORMALISE_INDEGREE ? (double)most_inactive(e, a) + 1 : 1);
    int slow = method == BINNET_CURRENT_CONTOUR || (method == BINNET_CURRENT_UNIFORM && m.widths > 1);
    return slow && sums * bni_method_work(&m) > most_work ? BINNET_CURRENT_INVERSION : method;
}

static void table_buffers(bni_plan *plan, void *of)
{
    table *t = of;
    BNI_BUFFER(plan, t->law.group, t->n_pop);
    BNI_BUFFER(plan, t->group_of, t->n_pop);
    BNI_BUFFER(plan, t->most, t->n_pop);
    BNI_BUFFER(plan, t->m, t->n_pop);
    BNI_BUFFER(plan, t->by_group, t->n_pop);
}

static double table_bytes(const binnet_ensemble *e, size_t a, size_t len)
{
    table t = {.n_pop = e->n_pop};
    double bytes = bni_plan_bytes(table_buffers, &t);
    if (method_of(e, a) == BINNET_CURRENT_INVERSION)
        bytes += bni_table_invert_bytes(e, a, len);
    else if (e->normalise ==
             BINNET_NORMALISE_INDEGREE) /* two tables, and the law of the inactive ones for each entry */
        bytes += sizeof(double) *
                 ((double)len * ((double)most_inactive(e, a) + 3) + 2 * ((double)most_inactive(e, a) + 1));
    return bytes;
}

/* Q(m), m running over the last population from 0 to hi: Pr of the side(s). Strides are those of `out`. */
static int32_t table_row(table *t, double *at_most, double *beyond, int64_t rest, int64_t hi)
{
    size_t last = t->n_pop - 1, inner = t->group_of[last];
    const binnet_current *law = &t->law;
    int64_t others = 0;
    double above[BNI_ROW], below[BNI_ROW];
    for (size_t b = 0; b < t->n_pop; b++) {
        t->by_group[t->group_of[b]] = t->m[b];
        if (b != last && t->group_of[b] >= law->constants)
            others += t->m[b];
    }
    int64_t m = 0;
    for (; others == 0 && m <= (inner < law->constants ? hi : 0); m++) {
        t->by_group[inner] = m;
        int sign = bni_sums_sign(law, t->by_group, rest, t->x);
        int fires = sign > 0 || (sign == 0 && !t->strict);
        if (at_most != NULL)
            at_most[m] = fires;
        if (beyond != NULL)
            beyond[m] = !fires;
    }
    while (m <= hi) {
        bni_row row = {law, t->by_group, rest, inner, m, hi - m < BNI_ROW ? hi : m + BNI_ROW - 1, t->x};
        size_t count = (size_t)(row.to - row.from + 1);
        bni_sums_row(&row, above, below, NULL);
        BNI_TRY(bni_sums_check(t->ctx, &row, above, below));
        if (at_most != NULL)
            memcpy(at_most + m, above, count * sizeof *above);
        if (beyond != NULL)
            memcpy(beyond + m, below, count * sizeof *below);
        m = row.to + 1;
    }
    return BINNET_OK;
}

/* Q(m) for all m, r connections from inactive neurons. Populations without connections keep m = 0. */
static int32_t given_connections(table *t, double *at_most, double *beyond, int64_t rest)
{
    size_t last = t->n_pop - 1, length = (size_t)t->most[last] + 1;
    const double *p = t->e->p + t->a * t->n_pop;
    memset(t->m, 0, t->n_pop * sizeof *t->m);
    for (size_t start = 0; start < t->len; start += length) {
        int needed = 1;
        for (size_t b = 0; b < last; b++)
            needed = needed && (t->m[b] == 0 || p[b] > 0);
        if (needed)
            BNI_TRY(table_row(t, at_most != NULL ? at_most + start : NULL, beyond != NULL ? beyond + start : NULL, rest,
                              p[last] > 0 ? t->most[last] : 0));
        for (size_t b = last; b-- > 0;) {
            if (t->m[b] < t->most[b]) {
                t->m[b]++;
                break;
            }
            t->m[b] = 0;
        }
        BNI_TRY(bni_poll_work(t->ctx, t->done / t->all, 8 * length + 8));
    }
    return BINNET_OK;
}

/* From present to active in population b; f is [before][most + 1][after]. */
static int32_t to_active(table *t, double *f, size_t b, size_t before, size_t after)
{
    double p = t->e->p[t->a * t->n_pop + b], q = 1 - p;
    size_t most = (size_t)t->most[b];
    if (p == 1) /* all that are active are present */
        return BINNET_OK;
    for (size_t o = 0; o < before; o++, f += (most + 1) * after)
        for (size_t k = 1; k <= most; k++) {
            /* f[j], j >= k, holds what was f(j - k) after k - 1 steps, f(0) of each step before stays behind. */
            double *v = f + k * after;
            size_t count = (most + 1 - k) * after;
            if (p > 0)
                for (size_t j = count; j-- > 0;)
                    v[j] = q * v[(ptrdiff_t)j - (ptrdiff_t)after] + p * v[j];
            else
                memcpy(v, v - after, after * sizeof *v);
            BNI_TRY(bni_poll_work(t->ctx, t->done / t->all, count + 8));
        }
    return BINNET_OK;
}

static int32_t all_to_active(table *t, double *f)
{
    size_t before = 1, after = t->len;
    for (size_t b = 0; f != NULL && b < t->n_pop; b++) {
        after /= (size_t)t->most[b] + 1;
        BNI_TRY(to_active(t, f, b, before, after));
        before *= (size_t)t->most[b] + 1;
    }
    return BINNET_OK;
}

/* weight[k*(most + 1) + r] = Pr(r connections from the inactive ones of occupation k), most = all candidates: from one
 * inactive neuron less by one step of a binomial. */
static int32_t inactive_laws(table *t, double *weight, size_t most)
{
    const double *p = t->e->p + t->a * t->n_pop;
    memset(weight, 0, t->len * (most + 1) * sizeof *weight);
    memcpy(t->m, t->most, t->n_pop * sizeof *t->m);
    weight[(t->len - 1) * (most + 1)] = 1;
    for (size_t k = t->len - 1; k-- > 0;) {
        size_t stride = t->len;
        int stepped = 0;
        for (size_t b = t->n_pop; b-- > 0;) { /* the occupation before k */
            if (t->m[b] > 0) {
                t->m[b]--;
                break;
            }
            t->m[b] = t->most[b];
        }
        for (size_t b = 0; b < t->n_pop && !stepped; b++) {
            stride /= (size_t)t->most[b] + 1;
            if (t->m[b] == t->most[b])
                continue;
            const double *from = weight + (k + stride) * (most + 1);
            double *to = weight + k * (most + 1);
            to[0] = (1 - p[b]) * from[0];
            for (size_t r = 1; r <= most; r++)
                to[r] = (1 - p[b]) * from[r] + p[b] * from[r - 1];
            stepped = 1;
        }
        BNI_TRY(bni_poll_work(t->ctx, 0.2 * (1 - (double)k / (double)t->len), most + 8));
    }
    return BINNET_OK;
}

static int32_t plain_table(table *t, double *at_most, double *beyond)
{
    t->all = 3;
    t->done = 0;
    BNI_TRY(given_connections(t, at_most, beyond, 0));
    t->done = 1;
    BNI_TRY(all_to_active(t, at_most));
    t->done = 2;
    return all_to_active(t, beyond);
}

static int32_t in_degree_table(table *t, double *at_most, double *beyond)
{
    size_t most = (size_t)most_inactive(t->e, t->a), len = t->len;
    double *one = bni_new_raw(t->ctx, len, sizeof *one), *two = bni_new_raw(t->ctx, len, sizeof *two);
    double *weight = bni_new_raw(t->ctx, len * (most + 1), sizeof *weight);
    int32_t status = one == NULL || two == NULL || weight == NULL ? BINNET_E_NOMEM : inactive_laws(t, weight, most);
    bni_span(t->ctx, 0.2, 1);
    t->all = (double)most + 1;
    for (size_t r = 0; r <= most && status == BINNET_OK; r++) {
        t->done = (double)r;
        double *f = at_most != NULL ? one : NULL, *g = beyond != NULL ? two : NULL;
        memset(one, 0, len * sizeof *one);
        memset(two, 0, len * sizeof *two);
        status = given_connections(t, f, g, (int64_t)r);
        if (status == BINNET_OK)
            status = all_to_active(t, f);
        if (status == BINNET_OK)
            status = all_to_active(t, g);
        for (size_t k = 0; k < len && status == BINNET_OK; k++) {
            double w = weight[k * (most + 1) + r];
            if (f != NULL)
                at_most[k] = (r == 0 ? 0 : at_most[k]) + w * f[k];
            if (g != NULL)
                beyond[k] = (r == 0 ? 0 : beyond[k]) + w * g[k];
        }
    }
    bni_delete(&t->ctx->mem, one);
    bni_delete(&t->ctx->mem, two);
    bni_delete(&t->ctx->mem, weight);
    return status;
}

static int any_blind(const table *t)
{
    for (size_t g = t->law.constants; g < t->law.groups; g++)
        if (bni_weight_blind(&t->law.group[g].weight))
            return 1;
    return 0;
}

/* One law after the other: where weights are known by their characteristic functions alone there is no common period. */
static int32_t one_by_one(table *t, double *at_most, double *beyond, double *error)
{
    int64_t *inactive = t->by_group;
    memset(t->m, 0, t->n_pop * sizeof *t->m);
    for (size_t place = 0; place < t->len; place++) {
        binnet_current *law = NULL;
        bni_sides s;
        double bound;
        for (size_t b = 0; b < t->n_pop; b++)
            inactive[b] = t->most[b] - t->m[b];
        bni_span(t->ctx, (double)place / (double)t->len, (double)(place + 1) / (double)t->len);
        BNI_TRY(bni_current_make(t->ctx, &law, t->e, t->a, t->m, inactive));
        int32_t status = bni_current_sides(t->ctx, &s, &bound, 1, law, &t->x, 0);
        binnet_current_free(law);
        BNI_TRY(status);
        if (at_most != NULL)
            at_most[place] = fmin(1, s.above + (t->strict ? 0 : s.at));
        if (beyond != NULL)
            beyond[place] = fmin(1, s.below + (t->strict ? s.at : 0));
        if (error != NULL)
            *error = fmax(*error, bound);
        for (size_t b = t->n_pop; b-- > 0;) {
            if (t->m[b] < t->most[b]) {
                t->m[b]++;
                break;
            }
            t->m[b] = 0;
        }
        BNI_TRY(bni_poll(t->ctx, 1));
    }
    return BINNET_OK;
}

static void prepare_table(table *t)
{
    binnet_current *law = &t->law;
    const binnet_ensemble *e = t->e;
    law->in_degree = e->normalise == BINNET_NORMALISE_INDEGREE;
    law->theta = e->theta[t->a];
    law->M = e->M[t->a];
    for (int constants = 1; constants >= 0; constants--)
        for (size_t b = 0; b < t->n_pop; b++) {
            bni_weight w = inactive_weight(e, t->a, b);
            t->most[b] = bni_ensemble_candidates(e, t->a, b);
            if ((w.kind == BINNET_WEIGHT_CONSTANT) != constants)
                continue;
            t->group_of[b] = law->groups;
            law->constants += (size_t)constants;
            law->group[law->groups++] = (bni_group){.weight = w, .count = {.most = t->most[b]}};
        }
    law->method = method_of(e, t->a);
}

static int32_t fill_table(table *t, double *at_most, double *beyond, double *error)
{
    binnet_ctx *ctx = t->ctx;
    int32_t status;
    BNI_TRY(bni_plan_make(ctx, table_buffers, t));
    prepare_table(t);
    if (any_blind(t))
        status = one_by_one(t, at_most, beyond, error);
    else if (t->law.method == BINNET_CURRENT_INVERSION)
        status = bni_table_invert(ctx, at_most, beyond, t->len, error, t->e, t->a, t->x, t->strict);
    else
        status = t->law.in_degree ? in_degree_table(t, at_most, beyond) : plain_table(t, at_most, beyond);
    bni_plan_release(&ctx->mem, table_buffers, t);
    return status;
}

static int32_t check_table(binnet_ctx *ctx, size_t *len, const binnet_ensemble *ensemble, size_t a)
{
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    if (a >= ensemble->n_pop)
        return bni_fail(ctx, BINNET_E_RANGE, "population %zu, allowed is 0..%zu", a, ensemble->n_pop - 1);
    *len = entries_of(ensemble, a);
    return *len > 0 ? BINNET_OK : bni_fail(ctx, BINNET_E_LIMIT, "the occupation numbers do not fit an address");
}

int32_t bni_current_table(binnet_ctx *ctx, double *at_most, double *beyond, size_t len, double *error,
                          const binnet_ensemble *ensemble, size_t a, double x, int32_t strict)
{
    size_t entries;
    BNI_TRY(check_table(ctx, &entries, ensemble, a));
    if (len != entries)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, there are %zu occupation numbers", len, entries);
    BNI_TRY(bni_need_finite(ctx, &x, 1, "x"));
    if (strict != 0 && strict != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "strict is %d, allowed is 0 or 1", (int)strict);
    BNI_TRY(bni_need_memory(ctx, table_bytes(ensemble, a, len), "a table of currents"));
    table t = {.ctx = ctx, .e = ensemble, .a = a, .n_pop = ensemble->n_pop, .len = len, .strict = strict, .x = x};
    if (error != NULL)
        *error = 0;
    return fill_table(&t, at_most, beyond, error);
}

int32_t bni_current_table_estimate(binnet_ctx *ctx, uint64_t *entries, uint64_t *bytes, const binnet_ensemble *ensemble,
                                   size_t a)
{
    size_t len;
    BNI_TRY(check_table(ctx, &len, ensemble, a));
    double needed = table_bytes(ensemble, a, len);
    if (entries != NULL)
        *entries = len;
    if (bytes != NULL)
        *bytes = needed < 1.8e19 ? (uint64_t)needed : UINT64_MAX;
    return BINNET_OK;
}

int32_t binnet_current_table(binnet_ctx *ctx, double *at_most, double *beyond, size_t len, double *error,
                             const binnet_ensemble *ensemble, size_t a, double x, int32_t strict)
{
    BNI_TRY(bni_begin(ctx));
    return bni_current_table(ctx, at_most, beyond, len, error, ensemble, a, x, strict);
}

int32_t binnet_current_table_estimate(binnet_ctx *ctx, uint64_t *entries, uint64_t *bytes, double *flops,
                                      const binnet_ensemble *ensemble, size_t a)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_current_table_estimate(ctx, entries, bytes, ensemble, a));
    if (flops != NULL)
        *flops = NAN;
    return BINNET_OK;
}
