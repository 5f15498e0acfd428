/*
 * Independent variables given by their laws, X_i = location_i + scale_i B_i, and their order statistics at given points.
 * A variable of scale 0 is an atom at its location; distribution functions are continuous from the right.
 */
#include "order/variables.h"

#include <math.h>
#include <string.h>

/* --- the object --- */

/* As binnet_noise promises; callers' functions count as good to 1e-13. */
static void note_error(binnet_order *o, int32_t kind)
{
    if (kind == BINNET_NOISE_CUSTOM)
        o->custom_error = 1e-13;
    else
        o->law_error = fmax(o->law_error, kind == BINNET_NOISE_GAUSSIAN    ? 4e-15
                                          : kind == BINNET_NOISE_STUDENT_T ? 1e-13
                                                                           : 1e-15);
}

static int32_t count_variables(binnet_ctx *ctx, size_t *n, size_t n_parts, const binnet_noise *const *part)
{
    *n = 0;
    if (n_parts < 1 || n_parts > BINNET_MAX_ORDER)
        return bni_fail(ctx, BINNET_E_RANGE, "n_parts is %zu, allowed is 1..%d", n_parts, BINNET_MAX_ORDER);
    BNI_TRY(bni_need(ctx, (const void *)part, "part"));
    for (size_t k = 0; k < n_parts; k++) {
        if (part[k] == NULL)
            return bni_fail(ctx, BINNET_E_NULL, "part[%zu] is NULL", k);
        BNI_TRY(bni_noise_need_independent(ctx, part[k], "order statistics"));
        *n += part[k]->n;
        if (*n > BINNET_MAX_ORDER)
            return bni_fail(ctx, BINNET_E_RANGE, "the parts have more than %d variables", BINNET_MAX_ORDER);
    }
    return BINNET_OK;
}

int32_t binnet_order_new(binnet_ctx *ctx, binnet_order **out, size_t n_parts, const binnet_noise *const *part,
                         const double *location)
{
    size_t n;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(count_variables(ctx, &n, n_parts, part));
    BNI_TRY(bni_need(ctx, location, "location"));
    BNI_TRY(bni_need_finite(ctx, location, n, "location"));
    BNI_TRY(bni_need_memory(ctx,
                            (double)sizeof(binnet_order) + 16.0 * (double)n +
                                (double)n_parts * (sizeof(binnet_noise) + sizeof(binnet_noise *)),
                            "an order statistics object"));
    binnet_order *o = bni_new(ctx, 1, sizeof *o);
    if (o == NULL)
        return BINNET_E_NOMEM;
    o->mem = ctx->mem;
    o->n = n;
    o->location = bni_copy(ctx, location, n, 0);
    o->part = bni_new(ctx, n_parts, sizeof *o->part);
    int32_t status = o->location == NULL || o->part == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t k = 0; status == BINNET_OK && k < n_parts; k++) {
        status = bni_noise_copy(ctx, &o->part[k], part[k]);
        if (status != BINNET_OK)
            break;
        o->parts = k + 1;
        note_error(o, part[k]->kind);
        for (size_t i = 0; i < part[k]->n; i++)
            o->atoms += !(part[k]->scale[i] > 0);
    }
    if (status != BINNET_OK) {
        binnet_order_free(o);
        return status;
    }
    *out = o;
    return BINNET_OK;
}

void binnet_order_free(binnet_order *order)
{
    if (order == NULL)
        return;
    bni_allocator mem = order->mem;
    for (size_t k = 0; k < order->parts; k++)
        binnet_noise_free(order->part[k]);
    bni_delete(&mem, (void *)order->part);
    bni_delete(&mem, order->location);
    bni_delete(&mem, order);
}

size_t binnet_order_variables(const binnet_order *order)
{
    return order == NULL ? 0 : order->n;
}

int32_t binnet_order_variable(binnet_ctx *ctx, int32_t *kind, double *location, double *scale, double *dof,
                              const binnet_order *order, size_t i)
{
    int32_t status = bni_begin(ctx);
    if (status != BINNET_OK)
        return status;
    if (order == NULL)
        return bni_fail(ctx, BINNET_E_NULL, "order is NULL");
    if (i >= order->n)
        return bni_fail(ctx, BINNET_E_RANGE, "i is %zu; expected less than %zu", i, order->n);
    size_t part = 0, within = i;
    while (within >= binnet_noise_neurons(order->part[part]))
        within -= binnet_noise_neurons(order->part[part++]);
    if (kind != NULL)
        *kind = binnet_noise_kind(order->part[part]);
    if (location != NULL)
        *location = order->location[i];
    if (scale != NULL)
        *scale = binnet_noise_scale(order->part[part], within);
    if (dof != NULL)
        *dof = binnet_noise_dof(order->part[part]);
    return BINNET_OK;
}

/* --- the laws at one point --- */

static double standard(double x, double location, double scale)
{
    return scale > 0 ? (x - location) / scale : x >= location ? INFINITY : -INFINITY;
}

static int is_law(double F, double G)
{
    return F >= 0 && F <= 1 && G >= 0 && G <= 1 && fabs(F + G - 1) <= BINNET_ORDER_SLACK;
}

/* Variables from .. from + n - 1 of a part. */
static int32_t some_values(const binnet_noise *part, size_t from, size_t n, const double *location, double *F,
                           double *G, double *f, double x)
{
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    const double *scale = part->scale + from;
    for (size_t i = 0; i < n; i++)
        F[i] = standard(x, location[i], scale[i]);
    for (size_t i = 0; f != NULL && i < n; i++) {
        f[i] = isinf(F[i]) ? 0 : bni_noise_density(part, F[i]) / scale[i];
        if (!(f[i] >= 0 && f[i] < INFINITY))
            return BINNET_E_CALLBACK;
    }
    if (part->kind == BINNET_NOISE_GAUSSIAN) {
        kern->cdf_gaussian(F, G, F, n, 1);
        return BINNET_OK;
    }
    if (part->kind == BINNET_NOISE_LOGISTIC) {
        kern->cdf_logistic(F, G, F, n, 1);
        return BINNET_OK;
    }
    for (size_t i = 0; i < n; i++) {
        if (isinf(F[i])) { /* custom functions are not asked there */
            G[i] = F[i] < 0;
            F[i] = F[i] > 0;
            continue;
        }
        bni_noise_tails(part, F[i], &F[i], &G[i]);
        if (!is_law(F[i], G[i]))
            return BINNET_E_CALLBACK;
    }
    return BINNET_OK;
}

enum { CHUNK = 4096 }; /* variables between two questions; a multiple of what kernels take at once */

int32_t bni_order_values(bni_order_work *w, const binnet_order *o, double *F, double *G, double *f, double x)
{
    size_t at = 0, work = 0;
    for (size_t k = 0; k < o->parts; k++)
        for (size_t from = 0, n; from < o->part[k]->n; from += n, at += n) {
            n = o->part[k]->n - from < CHUNK ? o->part[k]->n - from : CHUNK;
            BNI_TRY(some_values(o->part[k], from, n, o->location + at, F + at, G + at, f != NULL ? f + at : NULL, x));
            work += 200 * n;
            BNI_TRY(bni_order_ask(w, &work, 0));
        }
    return BINNET_OK;
}

int32_t bni_order_blame(binnet_ctx *ctx, int32_t status, double x)
{
    if (status != BINNET_E_CALLBACK)
        return status;
    return bni_fail(ctx, status, "a custom law at %.17g: cdf, survival or density is not one", x);
}

/* A density exists for all. */
static int32_t need_density(binnet_ctx *ctx, const binnet_order *o)
{
    if (o->atoms > 0)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "%zu variables have scale 0 and no density", o->atoms);
    for (size_t k = 0; k < o->parts; k++)
        if (o->part[k]->kind == BINNET_NOISE_CUSTOM && o->part[k]->density == NULL)
            return bni_fail(ctx, BINNET_E_UNDEFINED, "the custom law of part %zu was made without a density", k);
    return BINNET_OK;
}

static int32_t need_point(binnet_ctx *ctx, double x, size_t j)
{
    return isnan(x) ? bni_fail(ctx, BINNET_E_NAN, "x[%zu] is NaN", j) : BINNET_OK;
}

int32_t binnet_order_marginals(binnet_ctx *ctx, double *F, double *G, double *f, size_t n, const binnet_order *order,
                               double x)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, order, "order"));
    if (n != order->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, there are %zu variables", n, order->n);
    if (isnan(x))
        return bni_fail(ctx, BINNET_E_NAN, "x is NaN");
    if (f != NULL)
        BNI_TRY(need_density(ctx, order));
    BNI_TRY(bni_need_memory(ctx, 16.0 * (double)n, "the laws of the variables at a point"));
    double *room = bni_new_raw(ctx, 2 * n, sizeof *room);
    if (room == NULL)
        return BINNET_E_NOMEM;
    bni_order_work w = {.ctx = ctx};
    int32_t status = bni_order_values(&w, order, F != NULL ? F : room, G != NULL ? G : room + n, f, x);
    bni_delete(&ctx->mem, room);
    return bni_order_blame(ctx, status, x);
}

/* --- a crew of threads, each with room for a law --- */

static size_t crew_room(size_t n)
{
    return 3 * n + bni_order_room(n, 1);
}

double bni_crew_bytes(size_t n, int workers)
{
    return 8.0 * (double)workers * (double)crew_room(n) + bni_team_bytes(workers);
}

int bni_crew_workers(binnet_ctx *ctx, size_t points)
{
    return (size_t)ctx->threads < points ? (int)ctx->threads : points < 1 ? 1 : (int)points;
}

int32_t bni_crew_open(binnet_ctx *ctx, bni_crew *c, const binnet_order *o, int workers)
{
    *c = (bni_crew){.order = o, .room = crew_room(o->n)};
    c->memory = bni_new_raw(ctx, (size_t)workers * c->room, sizeof *c->memory);
    if (c->memory == NULL)
        return BINNET_E_NOMEM;
    return workers > 1 ? bni_team_new(ctx, &c->team, workers) : BINNET_OK;
}

void bni_crew_close(binnet_ctx *ctx, bni_crew *c)
{
    bni_team_free(c->team);
    bni_delete(&ctx->mem, c->memory);
}

/* Ranks first .. last at one point; F and G serve as room when there are several. */
static int32_t one_point(const bni_crew *c, bni_order_work *w, double *F, double *G, double *f, size_t j)
{
    size_t n = c->order->n, ranks = c->last - c->first + 1;
    bni_tails t;
    bni_scaled s;
    BNI_TRY(bni_order_values(w, c->order, F, G, c->pdf != NULL ? f : NULL, c->x[j]));
    if (ranks > 1) {
        BNI_TRY(bni_order_counts(w, n, F, G, NULL));
        bni_order_cumulate(w, F, G, n);
        memcpy(c->cdf + j * ranks, F + c->first - 1, ranks * sizeof *F);
        memcpy(c->survival + j * ranks, G + c->first - 1, ranks * sizeof *G);
        return BINNET_OK;
    }
    if (c->cdf != NULL || c->survival != NULL) {
        BNI_TRY(bni_order_tails(w, &t, n, F, G, c->first));
        if (c->cdf != NULL)
            c->cdf[j] = bni_scaled_value(t.cdf);
        if (c->survival != NULL)
            c->survival[j] = bni_scaled_value(t.survival);
    }
    if (c->pdf != NULL) {
        BNI_TRY(bni_order_density(w, &s, n, F, G, f, c->first));
        c->pdf[j] = bni_scaled_value(s);
    }
    return BINNET_OK;
}

static void crew_work(void *arg, int worker, int workers)
{
    bni_crew *c = arg;
    uint64_t from, to;
    size_t n = c->order->n;
    double *F = c->memory + (size_t)worker * c->room, *G = F + n, *f = G + n;
    bni_order_work w;
    bni_order_lay(&w, worker == 0 ? c->ctx : NULL, f + n, n, 1);
    w.stop = &c->stop;
    w.plain = c->plain;
    bni_share(c->points, 1, worker, workers, &from, &to);
    for (uint64_t j = from; j < to && !atomic_load(&c->stop); j++) {
        double part = 1 / (double)(to - from);
        w.done = c->done + c->share * part * (double)(j - from);
        w.share = c->share * part;
        int32_t status = one_point(c, &w, F, G, f, (size_t)j);
        if (status == BINNET_E_CALLBACK) {
            if (atomic_exchange(&c->bad[worker > 0], 1) == 0)
                c->bad_x[worker > 0] = c->x[j];
            atomic_store(&c->stop, 1);
        } else if (status == BINNET_OK && worker == 0) {
            status = bni_poll(c->ctx, w.done + w.share);
        }
        if (status == BINNET_E_INTERRUPTED && worker == 0) {
            c->interrupted = 1;
            atomic_store(&c->stop, 1);
        }
    }
}

int32_t bni_crew_run(binnet_ctx *ctx, bni_crew *c, double done, double share)
{
    c->ctx = ctx;
    c->done = done;
    c->share = share;
    c->interrupted = 0;
    atomic_store(&c->stop, 0);
    atomic_store(&c->bad[0], 0);
    atomic_store(&c->bad[1], 0);
    bni_team_run(c->team, crew_work, c);
    if (c->interrupted)
        return BINNET_E_INTERRUPTED;
    for (int k = 0; k < 2; k++)
        if (atomic_load(&c->bad[k]))
            return bni_order_blame(ctx, BINNET_E_CALLBACK, c->bad_x[k]);
    return BINNET_OK;
}

/* --- many points --- */

int32_t binnet_order_eval(binnet_ctx *ctx, double *cdf, double *survival, double *pdf, size_t points,
                          const binnet_order *order, size_t r, const double *x)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, order, "order"));
    BNI_TRY(bni_order_check_rank(ctx, r, order->n));
    BNI_TRY(bni_need(ctx, x, "x"));
    for (size_t j = 0; j < points; j++)
        BNI_TRY(need_point(ctx, x[j], j));
    if (pdf != NULL)
        BNI_TRY(need_density(ctx, order));
    bni_crew c;
    int workers = bni_crew_workers(ctx, points / 16);
    BNI_TRY(bni_need_memory(ctx, bni_crew_bytes(order->n, workers), "order statistics at many points"));
    int32_t status = bni_crew_open(ctx, &c, order, workers);
    c.first = c.last = r;
    c.points = points;
    c.x = x;
    c.cdf = cdf;
    c.survival = survival;
    c.pdf = pdf;
    if (status == BINNET_OK)
        status = bni_crew_run(ctx, &c, 0, 1);
    bni_crew_close(ctx, &c);
    return status;
}

/* --- several at once --- */

/* P(a < X <= b) from both tails at a and b: differences on the side where they are small. */
static double probability_between(double Fa, double Ga, double Fb, double Gb)
{
    double p = Fa < 0.5 && Gb < 0.5 ? 1 - Fa - Gb : Fa < 0.5 ? Fb - Fa : Ga - Gb;
    return p > 0 ? p : 0;
}

/* Cells and densities of all variables; room: 5 n. */
static int32_t fill_cells(bni_order_work *w, const binnet_order *o, double *cell, double *f, double *room, size_t k,
                          const double *x)
{
    size_t n = o->n;
    double *Fa = room, *Ga = Fa + n, *Fb = Ga + n, *Gb = Fb + n, *density = Gb + n;
    for (size_t i = 0; i < n; i++) {
        Fa[i] = 0;
        Ga[i] = 1;
    }
    for (size_t t = 0; t <= k; t++) {
        if (t < k)
            BNI_TRY(bni_order_values(w, o, Fb, Gb, f != NULL ? density : NULL, x[t]));
        for (size_t i = 0; i < n; i++) {
            cell[i * (k + 1) + t] = t == k ? Ga[i] : t == 0 ? Fb[i] : probability_between(Fa[i], Ga[i], Fb[i], Gb[i]);
            if (f != NULL && t < k)
                f[i * k + t] = density[i];
            Fa[i] = Fb[i];
            Ga[i] = Gb[i];
        }
    }
    return BINNET_OK;
}

int32_t binnet_order_joint_eval(binnet_ctx *ctx, double *cdf, double *pdf, const binnet_order *order, size_t k,
                                const size_t *r, const double *x)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, order, "order"));
    BNI_TRY(bni_need(ctx, x, "x"));
    size_t n = order->n;
    BNI_TRY(bni_order_check_ranks(ctx, n, k, r));
    for (size_t t = 0; t < k; t++) {
        BNI_TRY(need_point(ctx, x[t], t));
        if (t > 0 && !(x[t] > x[t - 1]))
            return bni_fail(ctx, BINNET_E_RANGE, "x[%zu] is %.17g, must be above x[%zu] = %.17g", t, x[t], t - 1,
                            x[t - 1]);
    }
    if (pdf != NULL)
        BNI_TRY(need_density(ctx, order));
    double bytes = 8.0 * (double)n * (double)(2 * k + 6);
    BNI_TRY(bni_need_memory(ctx, bytes, "the cells of a joint law"));
    double *memory = bni_new_raw(ctx, n * (2 * k + 6), sizeof *memory);
    if (memory == NULL)
        return BINNET_E_NOMEM;
    double *cell = memory, *f = cell + n * (k + 1), *room = f + n * k;
    bni_order_work w = {.ctx = ctx};
    int32_t status = bni_order_blame(ctx, fill_cells(&w, order, cell, pdf != NULL ? f : NULL, room, k, x), x[0]);
    bni_span(ctx, 0, pdf != NULL ? 0.5 : 1);
    double cdf_value = 0, pdf_value = 0;
    if (status == BINNET_OK && cdf != NULL)
        status = bni_order_joint(ctx, &cdf_value, n, k, r, cell, NULL, bytes);
    bni_span(ctx, cdf != NULL ? 0.5 : 0, 1);
    if (status == BINNET_OK && pdf != NULL)
        status = bni_order_joint(ctx, &pdf_value, n, k, r, cell, f, bytes);
    bni_delete(&ctx->mem, memory);
    if (status == BINNET_OK && cdf != NULL)
        *cdf = cdf_value;
    if (status == BINNET_OK && pdf != NULL)
        *pdf = pdf_value;
    return status;
}
