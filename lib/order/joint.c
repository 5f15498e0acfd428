/*
 * Joint laws of several order statistics, from the probabilities of the cells between the points x_1 < ... < x_k.
 *
 * A dynamic programme over the variables: a state is a vector of counters, each variable makes one of several choices (a
 * cell; for densities also "at x_t"), and a choice raises some counters by one. Non-negative terms only.
 *   cdf   one counter for each x_t: variables below it, up to r_t where it stays, or variables above it, at most n - r_t: the
 *         smaller of the two. Wanted: all counters of the first kind full.
 *   pdf   a flag for each x_t, and a counter for each cell but the one with most variables, all to be exactly filled.
 * States that cannot be reached, or from which the wanted ones cannot be, are left out. Several variables follow each other
 * through the rows of states at the distance of the farthest row that feeds another, so that rows are in cache for all.
 * Source: THEORY 7, Bapat & Beg 1989 (the same sum as permanents with k + 1 kinds of columns), Vaughan & Venables 1972.
 */
#include "order/order.h"

#include <math.h>
#include <string.h>

/* Rows are done in fours: what is written behind their end is never read for an entry that counts. */
enum { PAD = 3 };
enum { MOST_COUNTERS = 2 * BINNET_MAX_ORDER_JOINT, MOST_CHOICES = 2 * BINNET_MAX_ORDER_JOINT + 1 };

typedef struct counter {
    size_t cap;
    int stays; /* at the cap, however often it is raised; otherwise going beyond it ends the story */
    int full;  /* must be at its cap in the end */
} counter;

/* The last counter is the one along the rows. */
typedef struct scheme {
    size_t counters, choices;
    counter counter[MOST_COUNTERS];
    unsigned char raises[MOST_CHOICES][MOST_COUNTERS];
    int exclusive; /* no choice raises two counters */
} scheme;

/* What feeds a row: choice times another row (or itself), shifted by one if the choice raises the last counter. */
typedef struct source {
    size_t offset;
    uint32_t choice, shifted;
} source;

typedef struct row {
    size_t first; /* of its sources */
    size_t offset;
    size_t done;        /* variables that the other counters take at least */
    size_t missing;     /* and that they still need */
    size_t least, most; /* of the last counter, given the others */
} row;

typedef struct machine {
    const scheme *s;
    size_t rows, sources, stride;
    double *state;
    row *row; /* [rows + 1] */
    source *source;
    const double **x;
    double *c;
} machine;

/* --- schemes --- */

/* The counter with most states goes to the end. */
static void move_widest_counter(scheme *s)
{
    size_t last = s->counters - 1, widest = 0;
    for (size_t d = 1; d <= last; d++)
        if (s->counter[d].cap > s->counter[widest].cap)
            widest = d;
    counter swap = s->counter[widest];
    s->counter[widest] = s->counter[last];
    s->counter[last] = swap;
    s->exclusive = 1;
    for (size_t q = 0; q < s->choices; q++) {
        int raised = 0;
        unsigned char b = s->raises[q][widest];
        s->raises[q][widest] = s->raises[q][last];
        s->raises[q][last] = b;
        for (size_t d = 0; d <= last; d++)
            raised += s->raises[q][d];
        s->exclusive &= raised <= 1;
    }
}

static void cdf_scheme(scheme *s, size_t n, size_t k, const size_t *r)
{
    *s = (scheme){.counters = k, .choices = k + 1};
    for (size_t t = 0; t < k; t++) {
        int below = r[t] <= n - r[t];
        s->counter[t] = (counter){.cap = below ? r[t] : n - r[t], .stays = below, .full = below};
        for (size_t cell = 0; cell <= k; cell++)
            s->raises[cell][t] = below ? cell <= t : cell > t;
    }
    move_widest_counter(s);
}

static void pdf_scheme(scheme *s, size_t n, size_t k, const size_t *r)
{
    size_t inside[BINNET_MAX_ORDER_JOINT + 1], crowded = 0;
    *s = (scheme){.counters = 2 * k, .choices = 2 * k + 1};
    for (size_t cell = 0; cell <= k; cell++) {
        inside[cell] = (cell < k ? r[cell] - 1 : n) - (cell > 0 ? r[cell - 1] : 0);
        crowded = inside[cell] > inside[crowded] ? cell : crowded;
    }
    size_t d = 0;
    for (size_t cell = 0; cell <= k; cell++)
        if (cell != crowded) {
            s->counter[d] = (counter){.cap = inside[cell], .full = 1};
            s->raises[cell][d++] = 1;
        }
    for (size_t t = 0; t < k; t++, d++) {
        s->counter[d] = (counter){.cap = 1, .full = 1};
        s->raises[k + 1 + t][d] = 1;
    }
    move_widest_counter(s);
}

/* --- the machine --- */

static double rows_of(const scheme *s)
{
    double rows = 1;
    for (size_t d = 0; d + 1 < s->counters; d++)
        rows *= (double)(s->counter[d].cap + 1);
    return rows;
}

static double sources_of(const scheme *s)
{
    double all = 0;
    for (size_t q = 0; q < s->choices; q++) {
        double pairs = 1;
        for (size_t d = 0; d + 1 < s->counters; d++)
            pairs *= (double)(s->counter[d].cap + (s->counter[d].stays || !s->raises[q][d]));
        all += pairs;
    }
    return all;
}

static size_t stride_of(const scheme *s)
{
    return s->counter[s->counters - 1].cap + 2 + PAD; /* a zero in front */
}

/* Sources of one row, at most: where counters stay, a choice may have raised each or not. */
static size_t most_sources(const scheme *s)
{
    size_t most = s->choices;
    for (size_t d = 0; d + 1 < s->counters; d++)
        most *= s->counter[d].stays ? 2 : 1;
    return most;
}

static double machine_bytes(const scheme *s)
{
    return rows_of(s) * (8.0 * (double)stride_of(s) + sizeof(row)) + sizeof(row) + sources_of(s) * sizeof(source) +
           (double)most_sources(s) * (sizeof(double) + sizeof(double *));
}

/* Adds the sources of choice q for a row with counters v: counter d and those after it are still open. */
static void add_sources(machine *m, const size_t *v, const size_t *weight, size_t q, size_t d, size_t offset)
{
    const scheme *s = m->s;
    while (d + 1 < s->counters && !s->raises[q][d]) {
        offset += v[d] * weight[d];
        d++;
    }
    if (d + 1 == s->counters) {
        size_t shifted = s->raises[q][d];
        m->source[m->sources++] = (source){offset * m->stride + 1 - shifted, (uint32_t)q, (uint32_t)shifted};
        return;
    }
    if (v[d] > 0)
        add_sources(m, v, weight, q, d + 1, offset + (v[d] - 1) * weight[d]);
    if (v[d] == s->counter[d].cap && s->counter[d].stays)
        add_sources(m, v, weight, q, d + 1, offset + v[d] * weight[d]);
}

/* a <= b whenever every choice that raises counter a raises counter b as well. */
static int always_below(const scheme *s, size_t a, size_t b)
{
    for (size_t q = 0; q < s->choices; q++)
        if (s->raises[q][a] && !s->raises[q][b])
            return 0;
    return 1;
}

static void describe_row(machine *m, row *at, const size_t *v, const size_t *weight, size_t number)
{
    const scheme *s = m->s;
    size_t last = s->counters - 1;
    *at = (row){.first = m->sources, .offset = number * m->stride + 1, .most = s->counter[last].cap};
    for (size_t d = 0; d < last; d++) {
        size_t gap = s->counter[d].full ? s->counter[d].cap - v[d] : 0;
        at->done = s->exclusive ? at->done + v[d] : v[d] > at->done ? v[d] : at->done;
        at->missing = s->exclusive ? at->missing + gap : gap > at->missing ? gap : at->missing;
        if (always_below(s, last, d) && v[d] < at->most)
            at->most = v[d];
        if (always_below(s, d, last) && v[d] > at->least)
            at->least = v[d];
    }
    for (size_t q = 0; q < s->choices; q++)
        add_sources(m, v, weight, q, 0, 0);
}

static int32_t build_machine(binnet_ctx *ctx, machine *m)
{
    const scheme *s = m->s;
    size_t v[MOST_COUNTERS] = {0}, weight[MOST_COUNTERS], last = s->counters - 1, size = 1;
    for (size_t d = last; d-- > 0;) {
        weight[d] = size;
        size *= s->counter[d].cap + 1;
    }
    for (size_t number = 0; number < m->rows; number++) {
        size_t rest = number;
        for (size_t d = 0; d < last; d++) {
            v[d] = rest / weight[d];
            rest %= weight[d];
        }
        describe_row(m, &m->row[number], v, weight, number);
        memset(m->state + number * m->stride, 0, m->stride * sizeof *m->state);
        if (number % 4096 == 4095)
            BNI_TRY(bni_poll(ctx, 0));
    }
    m->row[m->rows].first = m->sources;
    m->state[1] = 1;
    return BINNET_OK;
}

static size_t lesser_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Row number `at` after variable i with the weights w; left: variables after it. Returns products, about. */
static size_t add_variable(machine *m, const bni_order_kernels *kern, size_t at, size_t i, size_t left, const double *w)
{
    const row *r = &m->row[at];
    const counter *last = &m->s->counter[m->s->counters - 1];
    if (r->done > i + 1 || r->missing > left)
        return 8;
    size_t to = lesser_of(r->most, m->s->exclusive ? i + 1 - r->done : i + 1), from = r->least;
    if (last->full) {
        size_t may_miss = m->s->exclusive ? left - r->missing : left;
        if (last->cap > may_miss && last->cap - may_miss > from)
            from = last->cap - may_miss;
    }
    if (from > to)
        return 8;
    size_t count = r[1].first - r->first;
    const source *from_row = m->source + r->first;
    double stayed = 0;
    for (size_t j = 0; j < count; j++) {
        m->x[j] = m->state + from_row[j].offset + from;
        m->c[j] = w[from_row[j].choice];
    }
    if (count == 0)
        return 8;
    if (last->stays && to == last->cap)
        for (size_t j = 0; j < count; j++)
            stayed += from_row[j].shifted ? m->c[j] * m->x[j][to - from + 1] : 0;
    double *y = m->state + r->offset + from;
    kern->mix_down(y, (to - from + 4) / 4 * 4, m->x, m->c, count);
    y[to - from] += stayed;
    return count * (to - from + 5);
}

static double collect_cells(const machine *m)
{
    const counter *last = &m->s->counter[m->s->counters - 1];
    double sum = 0;
    for (size_t at = 0; at < m->rows; at++)
        for (size_t k = last->full ? last->cap : 0; m->row[at].missing == 0 && k <= last->cap; k++)
            sum += m->state[m->row[at].offset + k];
    return sum;
}

/* How far the farthest row is that feeds a row. */
static size_t reach_of(const machine *m)
{
    const scheme *s = m->s;
    size_t most = 0;
    for (size_t q = 0; q < s->choices; q++) {
        size_t reach = 0, size = 1;
        for (size_t d = s->counters - 1; d-- > 0;) {
            reach += s->raises[q][d] ? size : 0;
            size *= s->counter[d].cap + 1;
        }
        most = reach > most ? reach : most;
    }
    return most;
}

enum { MOST_FOLLOWERS = 8 };

/* Variables that go through the rows together: their rows in some 24 KiB. */
static size_t variables_at_once(size_t reach, size_t stride)
{
    size_t rows = 24 * 1024 / (8 * stride), count = reach > 0 ? rows / reach : 1;
    return count < 1 ? 1 : lesser_of(count, MOST_FOLLOWERS);
}

static int32_t run_machine(binnet_ctx *ctx, machine *m, double *out, size_t n, size_t k, const double *cell,
                           const double *f)
{
    const bni_order_kernels *kern = bni_kernels_get()->order;
    size_t work = 0, reach = reach_of(m), together = variables_at_once(reach, m->stride);
    BNI_TRY(build_machine(ctx, m));
    for (size_t i = 0; i < n; i += together) {
        double w[MOST_FOLLOWERS][MOST_CHOICES];
        size_t count = lesser_of(together, n - i), behind = (count - 1) * reach;
        for (size_t j = 0; j < count; j++) {
            memcpy(w[j], cell + (i + j) * (k + 1), (k + 1) * sizeof **w);
            if (f != NULL)
                memcpy(w[j] + k + 1, f + (i + j) * k, k * sizeof **w);
        }
        /* downwards, since every row is fed by itself and by rows before it: variable i + j does row at - behind + j reach */
        for (size_t at = m->rows + behind; at-- > 0;) {
            for (size_t j = 0; j < count; j++)
                if (at + j * reach >= behind && at + j * reach - behind < m->rows)
                    work += add_variable(m, kern, at + j * reach - behind, i + j, n - 1 - i - j, w[j]);
            if (work < (size_t)1 << 20)
                continue;
            work = 0;
            BNI_TRY(bni_poll(ctx, (double)i / (double)n));
        }
    }
    *out = collect_cells(m);
    return BINNET_OK;
}

int32_t bni_order_joint(binnet_ctx *ctx, double *out, size_t n, size_t k, const size_t *r, const double *cell,
                        const double *f, double held)
{
    scheme form, *s = &form;
    if (f == NULL)
        cdf_scheme(s, n, k, r);
    else
        pdf_scheme(s, n, k, r);
    BNI_TRY(bni_need_memory(ctx, machine_bytes(s) + held, "a joint law of order statistics"));
    size_t rows = (size_t)rows_of(s), stride = stride_of(s), most = most_sources(s);
    machine m = {.s = s, .rows = rows, .stride = stride};
    m.state = bni_new_raw(ctx, rows * stride, sizeof *m.state);
    m.row = bni_new_raw(ctx, rows + 1, sizeof *m.row);
    m.source = bni_new_raw(ctx, (size_t)sources_of(s), sizeof *m.source);
    m.x = bni_new_raw(ctx, most, sizeof *m.x);
    m.c = bni_new_raw(ctx, most, sizeof *m.c);
    int32_t status = BINNET_E_NOMEM;
    if (m.state != NULL && m.row != NULL && m.source != NULL && m.x != NULL && m.c != NULL)
        status = run_machine(ctx, &m, out, n, k, cell, f);
    bni_delete(&ctx->mem, m.state);
    bni_delete(&ctx->mem, m.row);
    bni_delete(&ctx->mem, m.source);
    bni_delete(&ctx->mem, (void *)m.x);
    bni_delete(&ctx->mem, m.c);
    return status;
}

/* --- checks and calls --- */

int32_t bni_order_check_ranks(binnet_ctx *ctx, size_t n, size_t k, const size_t *r)
{
    if (n < 1 || n > BINNET_MAX_ORDER)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_ORDER);
    if (k < 1 || k > BINNET_MAX_ORDER_JOINT || k > n)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, allowed is 1..%d and at most n", k, BINNET_MAX_ORDER_JOINT);
    BNI_TRY(bni_need(ctx, r, "r"));
    for (size_t t = 0; t < k; t++)
        if (r[t] < 1 || r[t] > n || (t > 0 && r[t] <= r[t - 1]))
            return bni_fail(ctx, BINNET_E_RANGE, "r[%zu] is %zu, must rise within 1..%zu", t, r[t], n);
    return BINNET_OK;
}

static int32_t check_cells(binnet_ctx *ctx, size_t n, size_t k, const double *cell)
{
    BNI_TRY(bni_need(ctx, cell, "cell"));
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j <= k; j++) {
            double p = cell[i * (k + 1) + j];
            if (!(p >= 0 && p <= 1))
                return bni_fail(ctx, isnan(p) ? BINNET_E_NAN : BINNET_E_RANGE, "cell[%zu][%zu] is %g, allowed is 0..1",
                                i, j, p);
            sum += p;
        }
        if (!(fabs(sum - 1) <= BINNET_ORDER_SLACK))
            return bni_fail(ctx, BINNET_E_RANGE, "the cells of variable %zu sum to %.17g, must be 1 within %g", i, sum,
                            BINNET_ORDER_SLACK);
    }
    return BINNET_OK;
}

int32_t binnet_order_joint_cdf(binnet_ctx *ctx, double *out, size_t n, size_t k, const size_t *r, const double *cell)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(bni_order_check_ranks(ctx, n, k, r));
    BNI_TRY(check_cells(ctx, n, k, cell));
    return bni_order_joint(ctx, out, n, k, r, cell, NULL, 0);
}

int32_t binnet_order_joint_pdf(binnet_ctx *ctx, double *out, size_t n, size_t k, const size_t *r, const double *cell,
                               const double *f)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(bni_order_check_ranks(ctx, n, k, r));
    BNI_TRY(check_cells(ctx, n, k, cell));
    BNI_TRY(bni_need(ctx, f, "f"));
    BNI_TRY(bni_need_finite(ctx, f, n * k, "f"));
    for (size_t i = 0; i < n * k; i++)
        if (f[i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "f[%zu][%zu] is %g, must be >= 0", i / k, i % k, f[i]);
    return bni_order_joint(ctx, out, n, k, r, cell, f, 0);
}

int32_t binnet_order_joint_estimate(binnet_ctx *ctx, uint64_t *counts, uint64_t *bytes, double *flops, size_t n,
                                    size_t k, const size_t *r, int32_t density)
{
    scheme s;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_order_check_ranks(ctx, n, k, r));
    if (density)
        pdf_scheme(&s, n, k, r);
    else
        cdf_scheme(&s, n, k, r);
    double need = machine_bytes(&s), cells = sources_of(&s) * (double)(stride_of(&s) - 1 - PAD);
    if (counts != NULL)
        *counts = cells < 0x1p64 ? (uint64_t)cells : UINT64_MAX;
    if (bytes != NULL)
        *bytes = need < 0x1p63 ? (uint64_t)need : UINT64_MAX;
    if (flops != NULL)
        *flops = (double)n * cells;
    return BINNET_OK;
}
