/*
 * Inversion of the characteristic function at one x for all occupation numbers at once: one period and one set of terms that
 * serve them all, and at each t the powers of 1 - p + p w(t) of each population.
 *   psi_k(t) = rest_k(t) (prod_b z_b^k_b - none - sum_b one_b w_b(t)),  z_b = 1 - p_b + p_b w_b(t),
 * b over the populations of continuous weights; rest has the powers of constants and, for the in-degree, of the inactive ones.
 * Occupations with many active neurons need few terms: each is left alone once what follows is bounded by a quarter of the
 * tolerance, |psi_k(t')| <= (prod_b (1 - p_b + p_b E_b)^k_b - none - sum_b one_b E_b) (t/t')^power for t' >= t.
 */
#include "ensemble/current/inversion.h"
#include "num/constants.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { BLOCK = BNI_INVERSION_BLOCK };

/* One population: tables of powers [candidates + 1][BLOCK], real and imaginary parts. */
typedef struct powers {
    size_t group; /* of the law of all candidates */
    int64_t most;
    double p;
    int continuous;
    double envelope;                             /* at some t */
    double *own_re, *own_im, *rest_re, *rest_im; /* NULL where they would be 1 */
} powers;

typedef struct many {
    binnet_ctx *ctx;
    const binnet_ensemble *e;
    size_t a, n_pop, len;
    double x, y, rounding, reciprocals; /* sum of 1/(k + 1/2) */
    bni_inversion v;
    powers *pop;                 /* [n_pop] */
    double *room, *sum, *weight; /* powers; [len] */
    unsigned char *done;         /* [len] */
    int64_t *k, *inactive;
    double wave_re[BLOCK], wave_im[BLOCK], cosine[BLOCK], sine[BLOCK];
} many;

static size_t cosines(const binnet_ensemble *e, size_t a, size_t b, int *continuous)
{
    bni_weight w = bni_weight_plain(&e->weight[a * e->n_pop + b]);
    *continuous = w.kind != BINNET_WEIGHT_CONSTANT;
    if (!(e->p[a * e->n_pop + b] > 0))
        return 0;
    return 1 + (*continuous && e->normalise == BINNET_NORMALISE_INDEGREE);
}

/* Doubles of all tables of powers. */
static double powers_of(const binnet_ensemble *e, size_t a)
{
    double doubles = 0;
    for (size_t b = 0; b < e->n_pop; b++) {
        int continuous;
        doubles += 2.0 * BLOCK * (double)cosines(e, a, b, &continuous) * ((double)bni_ensemble_candidates(e, a, b) + 1);
    }
    return doubles;
}

static void many_buffers(bni_plan *plan, void *of)
{
    many *t = of;
    BNI_ZEROS(plan, t->pop, t->n_pop);
    BNI_BUFFER(plan, t->room, powers_of(t->e, t->a));
    BNI_BUFFER(plan, t->sum, t->len);
    BNI_BUFFER(plan, t->weight, t->len);
    BNI_BUFFER(plan, t->done, t->len);
    BNI_BUFFER(plan, t->k, t->n_pop);
    BNI_ZEROS(plan, t->inactive, t->n_pop);
}

double bni_table_invert_bytes(const binnet_ensemble *e, size_t a, size_t len)
{
    many t = {.e = e, .a = a, .n_pop = e->n_pop, .len = len};
    return bni_plan_bytes(many_buffers, &t) + 2 * bni_current_bytes(e, a, e->size, e->size) +
           2 * bni_current_sides_bytes(e, a) + sizeof(many);
}

/* z^k for k = 0..most at place j. */
static void put_powers(double *re, double *im, int64_t most, size_t j, double zr, double zi, int down, int first)
{
    double size = log(hypot(zr, zi)), angle = atan2(zi, zr);
    for (int64_t k = 0; k <= most; k++) {
        double n = (double)(down ? most - k : k), r = n == 0 ? 1 : exp(n * size), c = r * cos(n * angle),
               s = r * sin(n * angle);
        size_t at = (size_t)k * BLOCK + j;
        double old_re = first ? 1 : re[at], old_im = first ? 0 : im[at];
        re[at] = old_re * c - old_im * s;
        im[at] = old_re * s + old_im * c;
    }
}

/* The tables at the terms from `start` on. */
static void fill_block(many *t, double start)
{
    const bni_inversion *v = &t->v;
    int in_degree = v->law->in_degree;
    for (size_t j = 0; j < BLOCK; j++) {
        double k = start + (double)j + 0.5, at = k * v->step, turn_re = cos(at * v->shift),
               turn_im = -sin(at * v->shift);
        t->cosine[j] = cos(at * t->y) / k;
        t->sine[j] = sin(at * t->y) / k;
        t->reciprocals += 1 / k;
        for (size_t b = 0; b < t->n_pop; b++) {
            powers *q = &t->pop[b];
            double xr, xi;
            if (q->own_re == NULL && q->rest_re == NULL)
                continue;
            bni_characteristic_at(&v->wave[q->group], at, &xr, &xi);
            double wr = xr * turn_re - xi * turn_im, wi = xr * turn_im + xi * turn_re;
            double *re = q->continuous ? q->own_re : q->rest_re, *im = q->continuous ? q->own_im : q->rest_im;
            put_powers(re, im, q->most, j, 1 - q->p + q->p * wr, q->p * wi, 0, 1);
            if (in_degree)
                put_powers(q->rest_re, q->rest_im, q->most, j, 1 - q->p + q->p * turn_re, q->p * turn_im, 1,
                           q->continuous);
            if (v->wave[q->group].nodes > 0)
                t->rounding += (double)q->most * (1 + at * (v->wave[q->group].hi - v->wave[q->group].lo)) *
                               hypot(wr, wi) / k;
        }
    }
}

static void multiply_by(double *re, double *im, const double *by_re, const double *by_im)
{
    for (size_t j = 0; j < BLOCK; j++) {
        double old = re[j];
        re[j] = old * by_re[j] - im[j] * by_im[j];
        im[j] = old * by_im[j] + im[j] * by_re[j];
    }
}

/* Adds the terms of the block for the occupation t->k; number `place`. */
static void add_block(many *t, size_t place)
{
    double re[BLOCK], im[BLOCK], none = 1;
    int64_t number = 0;
    for (size_t b = 0; b < t->n_pop; b++)
        if (t->pop[b].own_re != NULL) {
            none *= pow(1 - t->pop[b].p, (double)t->k[b]);
            number += t->k[b];
        }
    if (number < 2)
        return;
    for (size_t j = 0; j < BLOCK; j++) {
        re[j] = 1;
        im[j] = 0;
    }
    for (size_t b = 0; b < t->n_pop; b++)
        if (t->pop[b].own_re != NULL && t->k[b] > 0)
            multiply_by(re, im, t->pop[b].own_re + t->k[b] * BLOCK, t->pop[b].own_im + t->k[b] * BLOCK);
    for (size_t j = 0; j < BLOCK; j++)
        re[j] -= none;
    for (size_t b = 0; b < t->n_pop; b++) {
        const powers *q = &t->pop[b];
        if (q->own_re == NULL || t->k[b] == 0)
            continue;
        /* one = k p q^(k-1) times the others' q^k; p w = z - q, and z is the table's first power */
        double one = (double)t->k[b];
        for (size_t c = 0; c < t->n_pop; c++)
            if (t->pop[c].own_re != NULL)
                one *= pow(1 - t->pop[c].p, (double)(t->k[c] - (c == b)));
        const double *zr = q->own_re + BLOCK, *zi = q->own_im + BLOCK;
        for (size_t j = 0; j < BLOCK; j++) {
            re[j] -= one * (zr[j] - (1 - q->p));
            im[j] -= one * zi[j];
        }
    }
    for (size_t b = 0; b < t->n_pop; b++)
        if (t->pop[b].rest_re != NULL)
            multiply_by(re, im, t->pop[b].rest_re + t->k[b] * BLOCK, t->pop[b].rest_im + t->k[b] * BLOCK);
    double sum = 0, weight = 0;
    for (size_t j = 0; j < BLOCK; j++) {
        sum += im[j] * t->cosine[j] - re[j] * t->sine[j];
        weight += fabs(re[j]) + fabs(im[j]);
    }
    t->sum[place] += sum;
    t->weight[place] += weight;
}

static void next_place(many *t)
{
    for (size_t b = t->n_pop; b-- > 0;) {
        if (t->k[b] < t->pop[b].most) {
            t->k[b]++;
            return;
        }
        t->k[b] = 0;
    }
}

/* Bound of the terms after `start` for the occupation t->k: t->pop[b].envelope there, falling at least with `power`. */
static double terms_left_out(const many *t, double power)
{
    double none = 1, one = 0, all = 1;
    for (size_t b = 0; b < t->n_pop; b++) {
        const powers *q = &t->pop[b];
        double k = (double)t->k[b], more = q->p * q->envelope;
        if (q->own_re == NULL || t->k[b] == 0)
            continue;
        double zero = pow(1 - q->p, k), first = k * pow(1 - q->p, k - 1) * more;
        one = one * zero + none * first;
        none *= zero;
        all *= pow(1 - q->p + more, k);
    }
    /* the difference is rounded to some 1e-15, far below any tolerance */
    return fmax(0, all - none - one) / (BNI_PI * power);
}

/* Marks the occupations that are done before `start`; 0 when all are. */
static int check_done(many *t, double start)
{
    double power = HUGE_VAL;
    size_t open = 0;
    for (size_t b = 0; b < t->n_pop; b++) {
        powers *q = &t->pop[b];
        double falls;
        if (q->own_re == NULL)
            continue;
        q->envelope = bni_characteristic_envelope(&t->v.wave[q->group], start * t->v.step, &falls);
        power = fmin(power, 2 * falls);
    }
    memset(t->k, 0, t->n_pop * sizeof *t->k);
    for (size_t place = 0; place < t->len; place++, next_place(t)) {
        if (!t->done[place] && terms_left_out(t, power) <= 0.25 * t->ctx->tolerance)
            t->done[place] = 1;
        open += !t->done[place];
    }
    return open > 0;
}

static int32_t add_occupations(many *t)
{
    memset(t->sum, 0, t->len * sizeof *t->sum);
    memset(t->weight, 0, t->len * sizeof *t->weight);
    memset(t->done, 0, t->len);
    double check = BLOCK;
    for (double start = 0; start < t->v.terms; start += BLOCK) {
        if (start >= check) {
            if (!check_done(t, start))
                break;
            check = ceil(1.2 * start / BLOCK) * BLOCK;
        }
        fill_block(t, start);
        memset(t->k, 0, t->n_pop * sizeof *t->k);
        for (size_t place = 0; place < t->len; place++, next_place(t)) {
            if (!t->done[place])
                add_block(t, place);
            if (place % 1024 == 0)
                BNI_TRY(bni_poll(t->ctx, 0.8 * (start + BLOCK * (double)place / (double)t->len) / t->v.terms));
        }
    }
    return BINNET_OK;
}

/* The rest of the law of the occupation t->k, and the result. */
static int32_t finish_one(many *t, size_t place, bni_sides *s, double *error)
{
    binnet_current *law = NULL;
    for (size_t b = 0; b < t->n_pop; b++)
        t->inactive[b] = t->pop[b].most - t->k[b];
    *error = 0;
    BNI_TRY(bni_current_make(t->ctx, &law, t->e, t->a, t->k, t->inactive));
    double rho = bni_inverted_part(law), scratch_bytes = bni_mixture_bytes(law->groups);
    void *scratch = bni_new_raw(t->ctx, 1, (size_t)scratch_bytes);
    int32_t status = scratch == NULL ? BINNET_E_NOMEM : bni_mixture(t->ctx, s, law, t->x, 0, scratch);
    int32_t inverted = law->method == BINNET_CURRENT_INVERSION;
    bni_delete(&t->ctx->mem, scratch);
    binnet_current_free(law);
    BNI_TRY(status);
    if (!inverted) /* only few laws of weights among the active ones */
        return BINNET_OK;
    const bni_inversion *v = &t->v;
    double sum = t->sum[place] / BNI_PI, far = fabs(t->y) + fabs(v->left) + fabs(v->right);
    *error = v->error +
             DBL_EPSILON * (8 * (3 * t->reciprocals + t->rounding) + v->step * far * t->weight[place]) / BNI_PI;
    if (t->y > v->right || t->y < v->left) {
        sum = t->y > v->right ? -0.5 * rho : 0.5 * rho;
        *error = v->error;
    }
    BNI_TRY(bni_inversion_check(t->ctx, sum, *error, rho));
    s->above += fmin(rho, fmax(0, 0.5 * rho + sum));
    s->below += fmin(rho, fmax(0, 0.5 * rho - sum));
    return BINNET_OK;
}

static int32_t finish_table(many *t, double *at_most, double *beyond, double *error, int32_t strict)
{
    bni_span(t->ctx, 0, 1);
    memset(t->k, 0, t->n_pop * sizeof *t->k);
    for (size_t place = 0; place < t->len; place++, next_place(t)) {
        bni_sides s = {.above = 0};
        double bound;
        double done = 0.8 + 0.2 * (double)place / (double)t->len;
        bni_span(t->ctx, done, done + 0.2 / (double)t->len);
        BNI_TRY(finish_one(t, place, &s, &bound));
        BNI_TRY(bni_poll(t->ctx, 1));
        if (at_most != NULL)
            at_most[place] = fmin(1, s.above + (strict ? 0 : s.at));
        if (beyond != NULL)
            beyond[place] = fmin(1, s.below + (strict ? s.at : 0));
        if (error != NULL)
            *error = fmax(*error, bound);
    }
    return BINNET_OK;
}

/* Populations: their group in the law of all candidates, their tables. */
static void set_populations(many *t)
{
    const binnet_current *law = t->v.law;
    double *next_table = t->room;
    for (size_t b = 0; b < t->n_pop; b++) {
        powers *q = &t->pop[b];
        bni_weight w = bni_weight_plain(&t->e->weight[t->a * t->n_pop + b]);
        *q = (powers){.most = bni_ensemble_candidates(t->e, t->a, b), .p = t->e->p[t->a * t->n_pop + b]};
        size_t count = cosines(t->e, t->a, b, &q->continuous), entries = ((size_t)q->most + 1) * BLOCK;
        while (q->group < law->groups && !bni_weight_same(&law->group[q->group].weight, &w))
            q->group++;
        if (count == 0 || q->most == 0)
            continue;
        if (q->continuous) {
            q->own_re = next_table;
            q->own_im = next_table + entries;
            next_table += 2 * entries;
        }
        if (!q->continuous || count == 2) {
            q->rest_re = next_table;
            q->rest_im = next_table + entries;
            next_table += 2 * entries;
        }
    }
}

static int32_t invert_table(many *t, double *at_most, double *beyond, double *error, int32_t strict)
{
    set_populations(t);
    t->v.any = 1;
    t->v.shift = t->v.law->in_degree ? t->v.law->theta - t->x : 0;
    t->y = t->v.law->in_degree ? 0 : t->v.law->M * (t->v.law->theta - t->x);
    BNI_TRY(bni_inversion_prepare(&t->v, 0));
    t->v.error = t->ctx->tolerance * (1 / 8.0 + 1 / 4.0); /* of the step, and left out by an occupation that is done */
    BNI_TRY(add_occupations(t));
    return finish_table(t, at_most, beyond, error, strict);
}

int32_t bni_table_invert(binnet_ctx *ctx, double *at_most, double *beyond, size_t len, double *error,
                         const binnet_ensemble *e, size_t a, double x, int32_t strict)
{
    const bni_allocator *mem = &ctx->mem;
    many *t = bni_new(ctx, 1, sizeof *t);
    if (t == NULL)
        return BINNET_E_NOMEM;
    *t = (many){.ctx = ctx, .e = e, .a = a, .n_pop = e->n_pop, .len = len, .x = x};
    binnet_current *all = NULL;
    int32_t status = bni_plan_make(ctx, many_buffers, t);
    if (status == BINNET_OK) {
        for (size_t b = 0; b < e->n_pop; b++)
            t->k[b] = bni_ensemble_candidates(e, a, b);
        status = bni_current_make(ctx, &all, e, a, t->k, t->inactive);
    }
    if (status == BINNET_OK)
        status = bni_inversion_open(ctx, &t->v, all);
    if (status == BINNET_OK) {
        status = invert_table(t, at_most, beyond, error, strict);
        bni_inversion_close(&t->v);
    }
    binnet_current_free(all);
    bni_plan_release(mem, many_buffers, t);
    bni_delete(mem, t);
    return status;
}
