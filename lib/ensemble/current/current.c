/*
 * The law of the threshold current c = theta - (1/M) sum_j J_ij A_j of a neuron: which connections share one law of their
 * weights, how many of them are present, and the questions that can be asked.   Source: [FP19] sec. 3, [FP19c].
 */
#include "ensemble/ensemble.h"

#include "ensemble/current/inversion.h"
#include "num/exact.h"

#include <math.h>

/* Terms of a mixture beyond which the characteristic function is inverted instead. */
static const double most_terms = 0x1p26;
/* And terms times those of the recursion or the contour, for sums of uniform or gamma weights: some 20 ms a point. */
static const double most_uniform = 1e7;

static int32_t check_numbers(binnet_ctx *ctx, const binnet_ensemble *e, size_t a, const int64_t *k, const char *name)
{
    for (size_t b = 0; b < e->n_pop; b++)
        if (k[b] < 0 || k[b] > bni_ensemble_candidates(e, a, b))
            return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu] is %lld, allowed is 0..%lld", name, b, (long long)k[b],
                            (long long)bni_ensemble_candidates(e, a, b));
    return BINNET_OK;
}

static int counts(const binnet_ensemble *e, size_t a, size_t b, const int64_t *k)
{
    return k[b] > 0 && e->p[a * e->n_pop + b] > 0;
}

/* Law of the number present of the candidates k[b] for which same[b] is set; same is emptied. */
static int32_t count_of(binnet_ctx *ctx, bni_count *out, bni_part *part, size_t *parts, const binnet_ensemble *e,
                        size_t a, const int64_t *k, unsigned char *same)
{
    const double *p = e->p + a * e->n_pop;
    out->pmf = NULL;
    *parts = 0;
    for (size_t b = 0; b < e->n_pop; b++) {
        if (!same[b])
            continue;
        int64_t n = 0;
        for (size_t d = b; d < e->n_pop; d++)
            if (same[d] && p[d] == p[b]) {
                n += k[d];
                if (d > b)
                    same[d] = 0;
            }
        same[b] = 0;
        part[(*parts)++] = (bni_part){n, p[b]};
        BNI_TRY(out->pmf == NULL ? bni_count_binomial(ctx, out, n, p[b]) : bni_count_add(ctx, out, n, p[b]));
    }
    return out->pmf != NULL ? BINNET_OK : bni_count_binomial(ctx, out, 0, 0);
}

/* The groups of weights of one law, constants first if `constants`, the others otherwise. */
static int32_t add_groups(binnet_ctx *ctx, binnet_current *law, const binnet_ensemble *e, size_t a, const int64_t *k,
                          bni_part **next, unsigned char *same, unsigned char *done, int constants)
{
    for (size_t b = 0; b < e->n_pop; b++) {
        bni_weight w = bni_weight_plain(&e->weight[a * e->n_pop + b]);
        if (done[b] || !counts(e, a, b, k) || (w.kind == BINNET_WEIGHT_CONSTANT) != constants)
            continue;
        for (size_t d = b; d < e->n_pop; d++) {
            bni_weight other = bni_weight_plain(&e->weight[a * e->n_pop + d]);
            same[d] = !done[d] && counts(e, a, d, k) && bni_weight_same(&w, &other);
            done[d] |= same[d];
        }
        bni_group *g = &law->group[law->groups++];
        g->weight = w;
        g->part = *next;
        law->constants += (size_t)constants;
        BNI_TRY(count_of(ctx, &g->count, g->part, &g->parts, e, a, k, same));
        *next += g->parts;
    }
    return BINNET_OK;
}

double bni_current_bytes(const binnet_ensemble *e, size_t a, const int64_t *active, const int64_t *inactive)
{
    double bytes = sizeof(binnet_current) + (double)e->n_pop * (sizeof(bni_group) + 2 * sizeof(bni_part) + 3) +
                   bni_count_bytes(0);
    for (size_t b = 0; b < e->n_pop; b++) {
        if (counts(e, a, b, active))
            bytes += bni_count_bytes(active[b]);
        if (inactive != NULL && counts(e, a, b, inactive))
            bytes += bni_count_bytes(inactive[b]);
    }
    return 3 * bytes; /* a sum, its two terms */
}

double bni_current_sides_bytes(const binnet_ensemble *e, size_t a)
{
    double bytes = 0;
    for (size_t b = 0; b < e->n_pop; b++)
        bytes += bni_gil_pelaez_bytes(&e->weight[a * e->n_pop + b]);
    return fmax(bytes, bni_mixture_bytes(e->n_pop));
}

static int32_t fill_law(binnet_ctx *ctx, binnet_current *law, const binnet_ensemble *e, size_t a, const int64_t *active,
                        const int64_t *inactive, unsigned char *flags)
{
    unsigned char *same = flags, *done = flags + e->n_pop;
    bni_part *next = law->part;
    BNI_TRY(add_groups(ctx, law, e, a, active, &next, same, done, 1));
    BNI_TRY(add_groups(ctx, law, e, a, active, &next, same, done, 0));
    for (size_t b = 0; b < e->n_pop; b++)
        same[b] = law->in_degree && counts(e, a, b, inactive);
    law->rest_part = next;
    BNI_TRY(count_of(ctx, &law->rest, next, &law->rest_parts, e, a, inactive, same));
    law->atom = 1;
    for (size_t g = law->constants; g < law->groups; g++)
        law->atom *= law->group[g].count.pmf[0];
    return BINNET_OK;
}

static int32_t choose_method(binnet_ctx *ctx, binnet_current *law)
{
    bni_method method = {.events = 0};
    for (size_t g = 0; g < law->groups; g++)
        bni_method_add(&method, &law->group[g].weight, law->group[g].count.most);
    law->method = bni_method_end(&method);
    double terms = bni_mixture_terms(law);
    if (law->method == BINNET_CURRENT_LATTICE && terms > 0x1p40)
        return bni_fail(ctx, BINNET_E_LIMIT,
                        "the law of %zu different constant weights has %.3g terms, allowed is 2^40", law->groups,
                        terms);
    int slow = (law->method == BINNET_CURRENT_UNIFORM || law->method == BINNET_CURRENT_CONTOUR) &&
               terms * bni_method_work(&method) > most_uniform;
    if (law->method != BINNET_CURRENT_LATTICE && (terms > most_terms || slow))
        law->method = BINNET_CURRENT_INVERSION;
    return BINNET_OK;
}

int32_t bni_current_make(binnet_ctx *ctx, binnet_current **out, const binnet_ensemble *e, size_t a,
                         const int64_t *active, const int64_t *inactive)
{
    BNI_TRY(bni_need_memory(ctx, bni_current_bytes(e, a, active, inactive), "the law of a current"));
    binnet_current *law = bni_new(ctx, 1, sizeof *law);
    if (law == NULL)
        return BINNET_E_NOMEM;
    law->mem = ctx->mem;
    law->theta = e->theta[a];
    law->in_degree = e->normalise == BINNET_NORMALISE_INDEGREE;
    law->M = e->M[a];
    unsigned char *flags = NULL;
    int32_t status = BINNET_E_NOMEM;
    if ((law->group = bni_new(ctx, e->n_pop, sizeof *law->group)) != NULL &&
        (law->part = bni_new(ctx, 2 * e->n_pop, sizeof *law->part)) != NULL &&
        (flags = bni_new(ctx, 2 * e->n_pop, 1)) != NULL)
        status = fill_law(ctx, law, e, a, active, inactive, flags);
    bni_delete(&ctx->mem, flags);
    if (status == BINNET_OK)
        status = choose_method(ctx, law);
    if (status != BINNET_OK) {
        binnet_current_free(law);
        return status;
    }
    *out = law;
    return BINNET_OK;
}

int32_t binnet_current_new(binnet_ctx *ctx, binnet_current **out, const binnet_ensemble *ensemble, size_t a,
                           const int64_t *active, const int64_t *inactive)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    if (a >= ensemble->n_pop)
        return bni_fail(ctx, BINNET_E_RANGE, "population %zu, allowed is 0..%zu", a, ensemble->n_pop - 1);
    BNI_TRY(bni_need(ctx, active, "active"));
    BNI_TRY(check_numbers(ctx, ensemble, a, active, "active"));
    if (ensemble->normalise == BINNET_NORMALISE_INDEGREE)
        BNI_TRY(bni_need(ctx, inactive, "inactive"));
    if (inactive != NULL) {
        BNI_TRY(check_numbers(ctx, ensemble, a, inactive, "inactive"));
        for (size_t b = 0; b < ensemble->n_pop; b++)
            if (active[b] + inactive[b] > bni_ensemble_candidates(ensemble, a, b))
                return bni_fail(ctx, BINNET_E_RANGE, "active[%zu] + inactive[%zu] is %lld, allowed is 0..%lld", b, b,
                                (long long)(active[b] + inactive[b]),
                                (long long)bni_ensemble_candidates(ensemble, a, b));
    }
    return bni_current_make(ctx, out, ensemble, a, active, inactive);
}

void binnet_current_free(binnet_current *current)
{
    if (current == NULL)
        return;
    bni_allocator mem = current->mem;
    for (size_t g = 0; current->group != NULL && g < current->groups; g++)
        bni_count_free(&mem, &current->group[g].count);
    bni_count_free(&mem, &current->rest);
    bni_kept_free(&mem, current->kept);
    bni_delete(&mem, current->group);
    bni_delete(&mem, current->part);
    bni_delete(&mem, current);
}

int32_t binnet_current_method(const binnet_current *current)
{
    return current != NULL ? current->method : 0;
}

int32_t bni_current_sides(binnet_ctx *ctx, bni_sides *out, double *error, size_t count, const binnet_current *law,
                          const double *x, int with_density)
{
    double bytes = bni_mixture_bytes(law->groups);
    BNI_TRY(bni_need_memory(ctx, bytes, "the mixture of a current"));
    void *scratch = bni_new_raw(ctx, 1, (size_t)bytes);
    if (scratch == NULL)
        return BINNET_E_NOMEM;
    int32_t status = BINNET_OK;
    bni_progress whole = bni_progress_push(ctx);
    for (size_t k = 0; k < count && status == BINNET_OK; k++) {
        bni_progress_part(ctx, whole, (double)k, (double)count);
        status = bni_mixture(ctx, &out[k], law, x[k], with_density, scratch);
        error[k] = 0;
    }
    bni_delete(&ctx->mem, scratch);
    bni_progress_pop(ctx, whole);
    if (status == BINNET_OK && law->method == BINNET_CURRENT_INVERSION)
        status = bni_gil_pelaez(ctx, out, error, count, law, x, with_density);
    return status;
}

/* Points that are evaluated together. */
enum { CHUNK = 128 };

static void put_probability(double *out, size_t k, double value)
{
    if (out != NULL)
        out[k] = fmin(value, 1);
}

int32_t binnet_current_eval(binnet_ctx *ctx, double *cdf, double *below, double *survival, double *at_least,
                            double *density, double *error, size_t count, const binnet_current *current,
                            const double *x)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, current, "current"));
    if (count == 0)
        return BINNET_OK;
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(bni_need_finite(ctx, x, count, "x"));
    for (size_t from = 0; from < count; from += CHUNK) {
        bni_sides s[CHUNK];
        double bound[CHUNK];
        size_t some = count - from < CHUNK ? count - from : CHUNK;
        bni_span(ctx, (double)from / (double)count, (double)(from + some) / (double)count);
        BNI_TRY(bni_current_sides(ctx, s, bound, some, current, x + from, density != NULL));
        for (size_t k = 0; k < some; k++) {
            /* c <= x iff S >= Y */
            put_probability(cdf, from + k, s[k].above + s[k].at);
            put_probability(below, from + k, s[k].above);
            put_probability(survival, from + k, s[k].below);
            put_probability(at_least, from + k, s[k].below + s[k].at);
            if (density != NULL)
                density[from + k] = s[k].density;
            if (error != NULL)
                error[from + k] = bound[k];
        }
    }
    return BINNET_OK;
}

int32_t binnet_current_moments(binnet_ctx *ctx, double *mean, double *variance, const binnet_current *current)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, current, "current"));
    return bni_current_moments(ctx, mean, variance, current);
}

int32_t bni_current_moments(binnet_ctx *ctx, double *mean, double *variance, const binnet_current *current)
{
    double centre = 0, spread = 0;
    if (!current->in_degree) {
        for (size_t g = 0; g < current->groups; g++) {
            const bni_count *c = &current->group[g].count;
            double one, variance_one, number = 0, variance_number = 0;
            bni_weight_moments(&current->group[g].weight, &one, &variance_one);
            for (int64_t m = c->from; m <= c->to; m++)
                number += c->pmf[m] * (double)m;
            for (int64_t m = c->from; m <= c->to; m++)
                variance_number += c->pmf[m] * ((double)m - number) * ((double)m - number);
            centre += number * (one / current->M);
            spread += number * (variance_one / current->M / current->M) +
                      variance_number * (one / current->M) * (one / current->M);
        }
    } else {
        double bytes = bni_mixture_bytes(current->groups);
        BNI_TRY(bni_need_memory(ctx, bytes, "the mixture of a current"));
        void *scratch = bni_new_raw(ctx, 1, (size_t)bytes);
        if (scratch == NULL)
            return BINNET_E_NOMEM;
        int32_t status = bni_mixture_moments(ctx, &centre, &spread, current, scratch);
        bni_delete(&ctx->mem, scratch);
        BNI_TRY(status);
    }
    if (mean != NULL)
        *mean = current->theta - centre;
    if (variance != NULL)
        *variance = spread;
    if (isnan(centre))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "a caller's weight law has no known moments");
    return BINNET_OK;
}

typedef struct atom {
    double value, mass;
} atom;

static int by_atom(const void *a, const void *b, const void *unused)
{
    return bni_by_double(&((const atom *)a)->value, &((const atom *)b)->value, unused);
}

/* The nearest double to theta - S/M. */
static double atom_value(const binnet_current *law, const int64_t *m, int64_t rest)
{
    int64_t present = rest;
    bni_exact exact;
    bni_exact_clear(&exact);
    for (size_t g = 0; g < law->constants; g++) {
        present += m[g];
        bni_exact_add_product(&exact, -(double)m[g], law->group[g].weight.par[0]);
    }
    double M = !law->in_degree ? law->M : present > 0 ? (double)present : 1;
    bni_exact_add_product(&exact, M, law->theta);
    return bni_exact_quotient(&exact, M);
}

/* All atoms, not sorted; returns how many. m has a place for each constant and one for the inactive. */
static int32_t list_atoms(binnet_ctx *ctx, atom *all, size_t *count, const binnet_current *law, int64_t *m,
                          double total)
{
    size_t dims = law->constants + 1, n = 0, seen = 0;
    for (size_t d = 0; d < dims; d++)
        m[d] = d < law->constants ? law->group[d].count.from : law->rest.from;
    for (;;) {
        double mass = law->atom;
        for (size_t g = 0; g < law->constants; g++)
            mass *= law->group[g].count.pmf[m[g]];
        mass *= law->rest.pmf[m[law->constants]];
        if (mass > 0)
            all[n++] = (atom){atom_value(law, m, m[law->constants]), mass};
        if (++seen % 1024 == 0)
            BNI_TRY(bni_poll(ctx, 0.9 * (double)seen / total));
        size_t d = dims;
        while (d-- > 0) {
            const bni_count *c = d < law->constants ? &law->group[d].count : &law->rest;
            if (m[d] < c->to) {
                m[d]++;
                break;
            }
            m[d] = c->from;
        }
        if (d > dims)
            break;
    }
    *count = n;
    return BINNET_OK;
}

static size_t merge_atoms(atom *all, size_t n)
{
    if (n == 0)
        return 0;
    size_t last = 0;
    for (size_t k = 1; k < n; k++)
        if (all[k].value == all[last].value)
            all[last].mass += all[k].mass;
        else
            all[++last] = all[k];
    return last + 1;
}

double bni_current_atoms_bytes(const binnet_current *current)
{
    double total = (double)(current->rest.to - current->rest.from + 1);
    for (size_t g = 0; g < current->constants; g++)
        total *= (double)(current->group[g].count.to - current->group[g].count.from + 1);
    return current->atom > 0 ? total * sizeof(atom) + ((double)current->constants + 1) * sizeof(int64_t) : 0;
}

int32_t bni_current_atoms(binnet_ctx *ctx, size_t *count, double *value, double *mass, size_t len,
                          const binnet_current *current)
{
    *count = 0;
    if (!(current->atom > 0))
        return BINNET_OK;
    double total = (double)(current->rest.to - current->rest.from + 1);
    for (size_t g = 0; g < current->constants; g++)
        total *= (double)(current->group[g].count.to - current->group[g].count.from + 1);
    BNI_TRY(bni_need_memory(ctx, bni_current_atoms_bytes(current), "the atoms"));
    atom *all = bni_new_raw(ctx, (size_t)total, sizeof *all);
    int64_t *m = bni_new_raw(ctx, current->constants + 1, sizeof *m);
    int32_t status = all == NULL || m == NULL ? BINNET_E_NOMEM : list_atoms(ctx, all, count, current, m, total);
    if (status == BINNET_OK) {
        status = bni_sort(ctx, all, *count, sizeof *all, by_atom, NULL);
        *count = merge_atoms(all, *count);
        for (size_t k = 0; status == BINNET_OK && k < *count && k < len; k++) {
            if (value != NULL)
                value[k] = all[k].value;
            if (mass != NULL)
                mass[k] = all[k].mass;
        }
        if (status == BINNET_OK && (value != NULL || mass != NULL) && len < *count)
            status = bni_fail(ctx, BINNET_E_SIZE, "len is %zu, there are %zu atoms", len, *count);
    }
    bni_delete(&ctx->mem, all);
    bni_delete(&ctx->mem, m);
    return status;
}

int32_t binnet_current_atoms(binnet_ctx *ctx, size_t *count, double *value, double *mass, size_t len,
                             const binnet_current *current)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, count, "count"));
    BNI_TRY(bni_need(ctx, current, "current"));
    return bni_current_atoms(ctx, count, value, mass, len, current);
}
