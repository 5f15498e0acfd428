/*
 * Fixed points of random networks at given stimuli: the probability of a state, and the sum over all states by classes.
 * Rows of J are independent, so given the state A so are the currents c_i:
 *     Pr(A fixed) = prod_a F_a(I_a)^{n_a} (1 - G_a(I_a))^{N_a - n_a},   E #fixed = sum_n prod_a binomial(N_a, n_a) (...),
 * F_a, G_a the laws of c of an active and an inactive neuron of a.   Source: [FP19] sec. 4, [FP19b]; THEORY 8.
 */
#include "ensemble/statistics/statistics.h"

#include <math.h>
#include <string.h>

static int32_t need_summable(binnet_ctx *ctx, const binnet_ensemble *e)
{
    if (e->n <= BNI_MOST_SUMMED)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_RANGE, "the ensemble has %zu neurons, sums over states are for at most %d", e->n,
                    BNI_MOST_SUMMED);
}

/* --- one state --- */

int32_t bni_class_current(binnet_ctx *ctx, binnet_current **out, const binnet_ensemble *e, size_t a, const int64_t *n,
                          int own)
{
    *out = NULL;
    BNI_TRY(bni_need_memory(ctx, 16 * (double)e->n_pop + bni_current_bytes(e, a, e->size, e->size),
                            "the law of a current"));
    int64_t *candidates = bni_new_raw(ctx, 2 * e->n_pop, sizeof *candidates);
    if (candidates == NULL)
        return BINNET_E_NOMEM;
    for (size_t b = 0; b < e->n_pop; b++) {
        int64_t self = b == a && !e->self_connections;
        candidates[b] = n[b] - (self && own);
        candidates[e->n_pop + b] = e->size[b] - n[b] - (self && !own);
    }
    int32_t status = bni_current_make(ctx, out, e, a, candidates, candidates + e->n_pop);
    bni_delete(&ctx->mem, candidates);
    return status;
}

int32_t bni_current_at(binnet_ctx *ctx, double *cdf, double *below, double *survival, double *at_least, double *error,
                       size_t count, const binnet_current *c, const double *x)
{
    bni_sides s[BNI_POINTS];
    double bound[BNI_POINTS];
    bni_progress whole = bni_progress_push(ctx);
    BNI_TRY(bni_current_sides(ctx, s, bound, count, c, x, 0));
    bni_progress_pop(ctx, whole);
    for (size_t k = 0; k < count; k++) {
        /* c <= x iff S >= Y */
        if (cdf != NULL)
            cdf[k] = fmin(s[k].above + s[k].at, 1);
        if (below != NULL)
            below[k] = fmin(s[k].above, 1);
        if (survival != NULL)
            survival[k] = fmin(s[k].below, 1);
        if (at_least != NULL)
            at_least[k] = fmin(s[k].below + s[k].at, 1);
        if (error != NULL)
            error[k] = bound[k];
    }
    return BINNET_OK;
}

int32_t bni_need_bound(binnet_ctx *ctx, double value, double error, double size, const char *what)
{
    double most = fmax(1e-6, ctx->tolerance) * size;
    if (error <= most)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_NOCONV, "%s is %.6g, but the bound of its error is %.3g, allowed is %.3g", what,
                    value, error, most);
}

/* log of p given also 1 - p. */
static double log_of(double p, double q)
{
    return p > 0.5 ? log1p(-q) : log(p);
}

int32_t bni_log_stays(binnet_ctx *ctx, double *log_p, double *off, const binnet_ensemble *e, const binnet_current *c,
                      int own, double x)
{
    double cdf, below, survival, at_least, error;
    BNI_TRY(bni_current_at(ctx, &cdf, &below, &survival, &at_least, &error, 1, c, &x));
    if (own)
        *log_p = e->tie == BINNET_TIE_SILENT ? log_of(below, at_least) : log_of(cdf, survival);
    else
        *log_p = e->tie == BINNET_TIE_ACTIVE ? log_of(survival, cdf) : log_of(at_least, below);
    if (off != NULL)
        *off = error > 0 ? log1p(error / exp(*log_p)) : 0;
    return BINNET_OK;
}

int32_t binnet_ensemble_state_probability(binnet_ctx *ctx, double *log_probability, const binnet_ensemble *ensemble,
                                          const int64_t *active)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, log_probability, "log_probability"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(bni_need_active(ctx, ensemble, active));
    double sum = 0;
    for (size_t a = 0; a < ensemble->n_pop; a++)
        for (int own = 0; own <= 1; own++) {
            int64_t neurons = own ? active[a] : ensemble->size[a] - active[a];
            binnet_current *c;
            double one = 0;
            if (neurons == 0)
                continue;
            BNI_TRY(bni_class_current(ctx, &c, ensemble, a, active, own));
            int32_t status = bni_log_stays(ctx, &one, NULL, ensemble, c, own, ensemble->I[a]);
            binnet_current_free(c);
            BNI_TRY(status);
            sum += (double)neurons * one;
            BNI_TRY(bni_poll(ctx, (double)a / (double)ensemble->n_pop));
        }
    *log_probability = sum;
    return BINNET_OK;
}

/* --- all classes --- */

/* The factors of one population for all classes, added to log_p[classes]; at and beyond are room for its table. */
typedef struct factors {
    const binnet_ensemble *e;
    double *at, *beyond;
    const double **choose;
    double *choose_all;
    size_t classes;
} factors;

static void factors_free(binnet_ctx *ctx, factors *f)
{
    bni_delete(&ctx->mem, f->at);
    bni_delete(&ctx->mem, f->beyond);
    bni_delete(&ctx->mem, f->choose_all);
    bni_delete(&ctx->mem, (void *)f->choose);
}

static int32_t factors_new(binnet_ctx *ctx, factors *f, const binnet_ensemble *e)
{
    *f = (factors){.e = e, .classes = (size_t)bni_class_count(e)};
    f->at = bni_new_raw(ctx, f->classes, sizeof(double));
    f->beyond = bni_new_raw(ctx, f->classes, sizeof(double));
    f->choose_all = bni_log_choose(ctx, &f->choose, e);
    if (f->at == NULL || f->beyond == NULL || f->choose_all == NULL) {
        factors_free(ctx, f);
        return BINNET_E_NOMEM;
    }
    return BINNET_OK;
}

/* Bytes of `arrays` arrays over the classes, the factors' own and those of a table. */
static int32_t factors_bytes(binnet_ctx *ctx, double *bytes, const binnet_ensemble *e, double arrays)
{
    double classes = bni_class_count(e), most = 0;
    for (size_t a = 0; a < e->n_pop; a++) {
        uint64_t own = 0;
        if (classes < 1e15)
            BNI_TRY(bni_current_table_estimate(ctx, NULL, &own, e, a));
        most = fmax(most, (double)own);
    }
    *bytes = 8 * classes * (arrays + 2) + most + 8.0 * (double)(e->n + 2 * e->n_pop);
    return BINNET_OK;
}

/* log_p[class] += log of binomial(N_a, n_a) F^{n_a} (1 - G)^{N_a - n_a} at stimulus x. */
static int32_t factors_add(binnet_ctx *ctx, factors *f, double *log_p, size_t a, double x)
{
    const binnet_ensemble *e = f->e;
    int64_t size = e->size[a], room = bni_ensemble_candidates(e, a, a);
    size_t inner = 1;
    for (size_t b = a + 1; b < e->n_pop; b++)
        inner *= (size_t)e->size[b] + 1;
    size_t outer = f->classes / (inner * ((size_t)size + 1)), len = outer * inner * ((size_t)room + 1);
    int silent = e->tie == BINNET_TIE_SILENT, keep = e->tie == BINNET_TIE_KEEP;
    BNI_TRY(bni_current_table(ctx, f->at, keep ? NULL : f->beyond, len, NULL, e, a, x, silent));
    if (keep)
        BNI_TRY(bni_current_table(ctx, NULL, f->beyond, len, NULL, e, a, x, 1));
    int64_t self = size - room; /* 1: an active neuron does not see itself */
    for (size_t o = 0; o < outer; o++)
        for (int64_t n = 0; n <= size; n++) {
            const double *on = f->at + (o * ((size_t)room + 1) + (size_t)(n > 0 ? n - self : 0)) * inner;
            const double *off = f->beyond + (o * ((size_t)room + 1) + (size_t)(n < size ? n : 0)) * inner;
            double *out = log_p + (o * ((size_t)size + 1) + (size_t)n) * inner, choose = f->choose[a][n];
            for (size_t k = 0; k < inner; k++) {
                double term = choose;
                if (n > 0)
                    term += (double)n * log(on[k]);
                if (n < size)
                    term += (double)(size - n) * log(off[k]);
                out[k] += term;
            }
        }
    return BINNET_OK;
}

static int32_t need_classes(binnet_ctx *ctx, const binnet_ensemble *e, size_t len)
{
    double classes = bni_class_count(e);
    if ((double)len != classes)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the ensemble has %.0f classes", len, classes);
    return BINNET_OK;
}

/* log of the expected fixed points of each class at the ensemble's stimuli. */
static int32_t fill_classes(binnet_ctx *ctx, double *log_p, const binnet_ensemble *e)
{
    factors f;
    BNI_TRY(factors_new(ctx, &f, e));
    memset(log_p, 0, f.classes * sizeof *log_p);
    int32_t status = BINNET_OK;
    for (size_t a = 0; a < e->n_pop && status == BINNET_OK; a++) {
        status = factors_add(ctx, &f, log_p, a, e->I[a]);
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)(a + 1) / (double)e->n_pop);
    }
    factors_free(ctx, &f);
    return status;
}

uint64_t binnet_ensemble_classes(const binnet_ensemble *ensemble)
{
    double classes = ensemble == NULL ? 0 : bni_class_count(ensemble);
    return classes < 1.8e19 ? (uint64_t)classes : UINT64_MAX;
}

/* The public functions below: the arguments and the memory, then an array over the classes. */
static int32_t classes_new(binnet_ctx *ctx, double **log_p, const binnet_ensemble *e)
{
    double bytes;
    *log_p = NULL;
    BNI_TRY(need_summable(ctx, e));
    BNI_TRY(factors_bytes(ctx, &bytes, e, 1));
    BNI_TRY(bni_need_memory(ctx, bytes, "the sum over classes"));
    *log_p = bni_new_raw(ctx, (size_t)bni_class_count(e), sizeof **log_p);
    if (*log_p == NULL)
        return BINNET_E_NOMEM;
    int32_t status = fill_classes(ctx, *log_p, e);
    if (status != BINNET_OK)
        bni_delete(&ctx->mem, *log_p);
    return status;
}

int32_t binnet_ensemble_fixed_classes(binnet_ctx *ctx, double *log_expected, size_t len,
                                      const binnet_ensemble *ensemble)
{
    double *log_p;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, log_expected, "log_expected"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(need_classes(ctx, ensemble, len));
    BNI_TRY(classes_new(ctx, &log_p, ensemble));
    memcpy(log_expected, log_p, len * sizeof *log_p);
    bni_delete(&ctx->mem, log_p);
    return BINNET_OK;
}

int32_t binnet_ensemble_fixed_mean(binnet_ctx *ctx, double *mean, const binnet_ensemble *ensemble)
{
    double *log_p;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(classes_new(ctx, &log_p, ensemble));
    bni_sum sum = {0};
    size_t classes = (size_t)bni_class_count(ensemble);
    for (size_t k = 0; k < classes; k++)
        bni_sum_add(&sum, exp(log_p[k]));
    *mean = bni_sum_value(&sum);
    bni_delete(&ctx->mem, log_p);
    return BINNET_OK;
}

/* --- the most probable --- */

static void unrank_class(const binnet_ensemble *e, int64_t *n, size_t k)
{
    for (size_t a = e->n_pop; a-- > 0; k /= (size_t)e->size[a] + 1)
        n[a] = (int64_t)(k % ((size_t)e->size[a] + 1));
}

/* The `count` greatest, in falling order, equal ones by class: an insertion into a short list. */
static void insert_class(size_t *list, double *value, size_t *used, size_t count, size_t k, double x)
{
    if (*used == count && !(x > value[count - 1]))
        return;
    size_t at = *used < count ? (*used)++ : count - 1;
    for (; at > 0 && value[at - 1] < x; at--) {
        value[at] = value[at - 1];
        list[at] = list[at - 1];
    }
    value[at] = x;
    list[at] = k;
}

int32_t binnet_ensemble_fixed_top(binnet_ctx *ctx, int64_t *active, double *log_expected, double *log_probability,
                                  size_t *count, const binnet_ensemble *ensemble, int32_t by)
{
    double *log_p;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, count, "count"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    if (*count > 0) {
        BNI_TRY(bni_need(ctx, active, "active"));
        BNI_TRY(bni_need(ctx, log_expected, "log_expected"));
        BNI_TRY(bni_need(ctx, log_probability, "log_probability"));
    }
    if (by != BINNET_BY_STATE && by != BINNET_BY_CLASS)
        return bni_fail(ctx, BINNET_E_RANGE, "by is %d, allowed is %d or %d", (int)by, BINNET_BY_CLASS,
                        BINNET_BY_STATE);
    BNI_TRY(classes_new(ctx, &log_p, ensemble));
    size_t classes = (size_t)bni_class_count(ensemble), used = 0, room = *count < classes ? *count : classes;
    size_t *list = bni_new_raw(ctx, room, sizeof *list);
    int64_t *n = bni_new(ctx, ensemble->n_pop, sizeof *n);
    const double **choose = NULL;
    double *choose_all = bni_log_choose(ctx, &choose, ensemble);
    int32_t status = list != NULL && n != NULL && choose_all != NULL ? BINNET_OK : BINNET_E_NOMEM;
    for (size_t k = 0; k < classes && status == BINNET_OK && room > 0; k++, bni_class_next(ensemble, n))
        if (log_p[k] > -INFINITY)
            insert_class(list, log_expected, &used, room, k,
                         by == BINNET_BY_CLASS ? log_p[k] : log_p[k] - bni_log_states(ensemble, choose, n));
    for (size_t r = 0; r < used && status == BINNET_OK; r++) {
        unrank_class(ensemble, active + r * ensemble->n_pop, list[r]);
        log_expected[r] = log_p[list[r]];
        log_probability[r] = log_p[list[r]] - bni_log_states(ensemble, choose, active + r * ensemble->n_pop);
    }
    if (status == BINNET_OK)
        *count = used;
    bni_delete(&ctx->mem, choose_all);
    bni_delete(&ctx->mem, (void *)choose);
    bni_delete(&ctx->mem, n);
    bni_delete(&ctx->mem, list);
    bni_delete(&ctx->mem, log_p);
    return status;
}

/* --- the mean diagram --- */

/*
 * A term of the sum is a product of a function of (n, x) and one of (n, y), so the diagram is a product of two matrices:
 * E(x, y) = sum_n X[x][n] Y[y][n]; a column of Y at a time.
 */
typedef struct diagram {
    const binnet_ensemble *e;
    const int32_t *axis;
    factors f;
    double *X, *Y; /* [nx][classes], [classes] */
    size_t nx;
    double *mean; /* of the column */
} diagram;

/* Adds the factors of the populations on one axis (those off the axes: -1). */
static int32_t add_axis(binnet_ctx *ctx, diagram *d, double *log_p, int32_t which, double x)
{
    for (size_t a = 0; a < d->e->n_pop; a++)
        if (d->axis[a] == which)
            BNI_TRY(factors_add(ctx, &d->f, log_p, a, which < 0 ? d->e->I[a] : x));
    return BINNET_OK;
}

static void exponentials_of(double *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        v[k] = v[k] > -745 ? exp(v[k]) : 0;
}

static double dot_classes(const double *x, const double *y, size_t n)
{
    double total = 0;
    for (size_t from = 0; from < n; from += BNI_SUM_BLOCK) {
        double part[4] = {0}; /* four chains keep the additions busy */
        size_t to = n - from < BNI_SUM_BLOCK ? n : from + BNI_SUM_BLOCK, k = from;
        for (; k + 4 <= to; k += 4)
            for (size_t c = 0; c < 4; c++)
                part[c] += x[k + c] * y[k + c];
        for (; k < to; k++)
            part[0] += x[k] * y[k];
        total += (part[0] + part[1]) + (part[2] + part[3]);
    }
    return total;
}

static void fill_columns(void *arg, int worker, int workers)
{
    diagram *d = arg;
    uint64_t from, to;
    bni_share(d->nx, 1, worker, workers, &from, &to);
    for (uint64_t i = from; i < to; i++)
        d->mean[i] = dot_classes(d->X + i * d->f.classes, d->Y, d->f.classes);
}

static int32_t run_diagram(binnet_ctx *ctx, diagram *d, double *mean, const double *x, size_t nx, const double *y,
                           size_t ny, bni_team *team)
{
    size_t classes = d->f.classes;
    double work = 0, all = (double)(nx + ny);
    memset(d->Y, 0, classes * sizeof *d->Y);
    BNI_TRY(add_axis(ctx, d, d->Y, -1, 0));
    for (size_t i = 0; i < nx; i++) {
        double *row = d->X + i * classes;
        memcpy(row, d->Y, classes * sizeof *row);
        bni_span(ctx, work / all, (work + 1) / all);
        BNI_TRY(add_axis(ctx, d, row, 0, x[i]));
        exponentials_of(row, classes);
        BNI_TRY(bni_poll(ctx, 1));
        work++;
    }
    for (size_t j = 0; j < ny; j++) {
        memset(d->Y, 0, classes * sizeof *d->Y);
        bni_span(ctx, work / all, (work + 1) / all);
        BNI_TRY(add_axis(ctx, d, d->Y, 1, y[j]));
        exponentials_of(d->Y, classes);
        d->mean = mean + j * nx;
        bni_team_run(team, fill_columns, d);
        BNI_TRY(bni_poll(ctx, 1));
        work++;
    }
    return BINNET_OK;
}

static int32_t diagram_bytes(binnet_ctx *ctx, double *bytes, const binnet_ensemble *e, size_t nx, size_t ny)
{
    BNI_TRY(factors_bytes(ctx, bytes, e, (double)nx + 1));
    *bytes += (double)sizeof(double) * (double)nx * (double)(ny == 0 ? 1 : ny);
    if (ctx->threads > 1 && nx > 1)
        *bytes += bni_team_bytes((int)ctx->threads);
    return BINNET_OK;
}

int32_t binnet_ensemble_diagram(binnet_ctx *ctx, double *mean, size_t len, const binnet_ensemble *ensemble,
                                const int32_t *axis, const double *x, size_t nx, const double *y, size_t ny)
{
    double bytes;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(bni_need(ctx, axis, "axis"));
    BNI_TRY(bni_need(ctx, x, "x"));
    static const double no_y[1] = {0};
    y = y == NULL && ny == 0 ? no_y : y;
    size_t columns = ny == 0 ? 1 : ny;
    BNI_TRY(bni_need(ctx, y, "y"));
    BNI_TRY(need_summable(ctx, ensemble));
    for (size_t a = 0; a < ensemble->n_pop; a++)
        if (axis[a] < -1 || axis[a] > (ny == 0 ? 0 : 1))
            return bni_fail(ctx, BINNET_E_RANGE, "axis[%zu] is %d, allowed is -1..%d", a, (int)axis[a],
                            ny == 0 ? 0 : 1);
    if (nx == 0 || nx > SIZE_MAX / columns || len != nx * columns)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu for %zu times %zu stimuli", len, nx, columns);
    BNI_TRY(bni_need_finite(ctx, x, nx, "x"));
    BNI_TRY(bni_need_finite(ctx, y, columns, "y"));
    BNI_TRY(diagram_bytes(ctx, &bytes, ensemble, nx, ny));
    BNI_TRY(bni_need_memory(ctx, bytes, "the mean diagram"));

    diagram d = {.e = ensemble, .axis = axis, .nx = nx};
    bni_team *team = NULL;
    BNI_TRY(factors_new(ctx, &d.f, ensemble));
    d.X = bni_new_raw(ctx, nx, d.f.classes * sizeof(double));
    d.Y = bni_new_raw(ctx, d.f.classes, sizeof(double));
    double *found = bni_new_raw(ctx, len, sizeof *found); /* the caller's array only when all of it is there */
    int32_t status = d.X != NULL && d.Y != NULL && found != NULL ? BINNET_OK : BINNET_E_NOMEM;
    if (status == BINNET_OK && ctx->threads > 1 && nx > 1)
        status = bni_team_new(ctx, &team, (int)ctx->threads);
    if (status == BINNET_OK)
        status = run_diagram(ctx, &d, found, x, nx, y, columns, team);
    if (status == BINNET_OK)
        memcpy(mean, found, len * sizeof *mean);
    bni_delete(&ctx->mem, found);
    bni_team_free(team);
    bni_delete(&ctx->mem, d.X);
    bni_delete(&ctx->mem, d.Y);
    factors_free(ctx, &d.f);
    return status;
}

int32_t binnet_ensemble_diagram_estimate(binnet_ctx *ctx, uint64_t *classes, uint64_t *bytes, double *flops,
                                         const binnet_ensemble *ensemble, size_t nx, size_t ny)
{
    double need;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(diagram_bytes(ctx, &need, ensemble, nx, ny));
    if (classes != NULL)
        *classes = binnet_ensemble_classes(ensemble);
    if (bytes != NULL)
        *bytes = need < 1.8e19 ? (uint64_t)need : UINT64_MAX;
    if (flops != NULL)
        *flops = bni_class_count(ensemble) * (double)nx * (double)(ny == 0 ? 1 : ny);
    return BINNET_OK;
}
