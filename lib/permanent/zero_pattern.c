/*
 * The zero pattern of a square matrix: a perfect matching of rows and columns, and the parts that the permanent is the
 * product of. Row i leads to row k when a[i, match of k] is not 0; the strongly connected components are the blocks of
 * the block triangular form, and entries between two of them are in no permutation without a zero.
 * Source: Dulmage and Mendelsohn 1958; augmenting paths; Tarjan 1972.
 */
#include "permanent/permanent.h"
#include "num/components.h"

#include <string.h>

/* The columns of row i's entries that are not 0: column[first[i]] .. column[first[i + 1] - 1]. */
typedef struct lists {
    size_t n;
    int32_t *first, *column; /* [n + 1], [entries] */
} lists;

static int32_t list_columns(binnet_ctx *ctx, lists *l, const double *a)
{
    int32_t count = 0;
    for (size_t i = 0; i < l->n; i++) {
        l->first[i] = count;
        for (size_t j = 0; j < l->n; j++)
            if (a[i * l->n + j] != 0)
                l->column[count++] = (int32_t)j;
        BNI_TRY(bni_poll(ctx, 0));
    }
    l->first[l->n] = count;
    return BINNET_OK;
}

enum { POLL = 1 << 16 /* steps between polls */ };

/* One augmenting path from a free row, depth first without recursion; match[j]: row of column j or -1. */
static int32_t augment_matching(binnet_ctx *ctx, int *found, int32_t root, const lists *l, int32_t *match,
                                int32_t *stack, int32_t *next, int32_t *seen)
{
    size_t depth = 0, steps = 0;
    *found = 0;
    memset(seen, 0, l->n * sizeof *seen);
    stack[0] = root;
    next[root] = l->first[root];
    for (;;) {
        int32_t i = stack[depth], k = next[i], end = l->first[i + 1];
        while (k < end && seen[l->column[k]])
            k++;
        steps += 1 + (size_t)(k - next[i]);
        if (steps > POLL) {
            steps = 0;
            BNI_TRY(bni_poll(ctx, 0));
        }
        if (k == end) {
            if (depth-- == 0)
                return BINNET_OK;
            continue;
        }
        int32_t j = l->column[k];
        next[i] = k + 1;
        seen[j] = 1;
        if (match[j] >= 0) {
            stack[++depth] = match[j];
            next[match[j]] = l->first[match[j]];
            continue;
        }
        for (size_t d = depth + 1; d-- > 0;) /* the column each row of the path looked at last */
            match[l->column[next[stack[d]] - 1]] = stack[d];
        *found = 1;
        return BINNET_OK;
    }
}

static int32_t match_lines(binnet_ctx *ctx, int *perfect, const lists *l, int32_t *match, int32_t *column,
                           int32_t *work)
{
    size_t n = l->n;
    *perfect = 1;
    for (size_t j = 0; j < n; j++)
        match[j] = column[j] = -1;
    for (size_t i = 0; i < n; i++) /* what can be had at once */
        for (int32_t k = l->first[i]; k < l->first[i + 1] && column[i] < 0; k++)
            if (match[l->column[k]] < 0) {
                match[l->column[k]] = (int32_t)i;
                column[i] = l->column[k];
            }
    for (size_t i = 0; i < n && *perfect; i++) {
        if (column[i] < 0)
            BNI_TRY(augment_matching(ctx, perfect, (int32_t)i, l, match, work, work + n, work + 2 * n));
        BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t j = 0; j < n && *perfect; j++)
        column[match[j]] = (int32_t)j;
    return BINNET_OK;
}

/* Row i leads to row k when a[i, match of k] is not 0. */
typedef struct rows_graph {
    binnet_ctx *ctx;
    const lists *l;
    const int32_t *match;
    int32_t *label, *next, components;
    unsigned steps;
} rows_graph;

static int next_row(void *rows, uint32_t i, uint32_t *to)
{
    rows_graph *g = rows;
    if (g->next[i] == g->l->first[i + 1])
        return 0;
    *to = (uint32_t)g->match[g->l->column[g->next[i]++]];
    return 1;
}

static int32_t label_rows(void *rows, const uint32_t *member, uint32_t count)
{
    rows_graph *g = rows;
    for (uint32_t k = 0; k < count; k++)
        g->label[member[k]] = g->components;
    g->components++;
    return BINNET_OK;
}

static int32_t poll_rows(void *rows)
{
    rows_graph *g = rows;
    return ++g->steps % POLL == 0 ? bni_poll(g->ctx, 0) : BINNET_OK;
}

/* label[i] = 0 .. count - 1, the components of the rows. */
static int32_t find_blocks(binnet_ctx *ctx, size_t *blocks, const lists *l, const int32_t *match, int32_t *label,
                           int32_t *work)
{
    static const bni_graph_of rows = {next_row, label_rows, poll_rows};
    size_t n = l->n;
    uint32_t *words = (uint32_t *)work;
    bni_depth_first s = {words, words + n, words + 2 * n, words + 3 * n, 0, 0};
    rows_graph g = {ctx, l, match, label, work + 4 * n, 0, 0};
    memset(s.order, 0, n * sizeof *s.order);
    memcpy(g.next, l->first, n * sizeof *g.next);
    for (size_t root = 0; root < n; root++)
        if (s.order[root] == 0)
            BNI_TRY(bni_components_from(&s, (uint32_t)root, rows, &g));
    *blocks = (size_t)g.components;
    return BINNET_OK;
}

int32_t bni_permanent_pattern(binnet_ctx *ctx, size_t *blocks, size_t n, const double *a, int32_t *column,
                              int32_t *label, int32_t *work, int32_t *entries)
{
    int32_t *match = work + 5 * n;
    lists l = {n, work + 6 * n, entries};
    int perfect;
    *blocks = 0;
    BNI_TRY(list_columns(ctx, &l, a));
    BNI_TRY(match_lines(ctx, &perfect, &l, match, column, work));
    return perfect ? find_blocks(ctx, blocks, &l, match, label, work) : BINNET_OK;
}

/* Bits of a line, 0 and -0 alike. */
static uint64_t mark_line(size_t count, size_t step, const double *v)
{
    uint64_t h = 0;
    for (size_t k = 0; k < count; k++) {
        double d = v[k * step] + 0.0;
        uint64_t bits;
        memcpy(&bits, &d, sizeof bits);
        h = bni_hash(h, bits);
    }
    return h;
}

int32_t bni_permanent_group(binnet_ctx *ctx, size_t *out, size_t lines, size_t count, size_t line_step, size_t step,
                            const double *a, int32_t *kind, int64_t *times, int32_t *first, uint64_t *marks)
{
    size_t kinds = 0;
    for (size_t i = 0; i < lines; i++) {
        uint64_t m = mark_line(count, step, a + i * line_step);
        size_t q = 0;
        for (; q < kinds; q++) {
            const double *u = a + i * line_step, *v = a + (size_t)first[q] * line_step;
            size_t k = 0;
            if (marks[q] != m)
                continue;
            while (k < count && u[k * step] == v[k * step])
                k++;
            if (k == count)
                break;
        }
        if (q == kinds) {
            marks[kinds] = m;
            first[kinds] = (int32_t)i;
            times[kinds++] = 0;
        }
        kind[i] = (int32_t)q;
        times[q]++;
        BNI_TRY(bni_poll(ctx, 0));
    }
    *out = kinds;
    return BINNET_OK;
}
