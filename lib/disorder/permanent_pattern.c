/*
 * The zero pattern of a square matrix: a perfect matching of rows and columns, and the parts that the permanent is the
 * product of. Row i leads to row k when a[i, match of k] is not 0; the strongly connected components are the blocks of
 * the block triangular form, and entries between two of them are in no permutation without a zero.
 * Source: Dulmage and Mendelsohn 1958; augmenting paths; Tarjan 1972.
 */
#include "disorder/permanent_parts.h"

#include <string.h>

/* One augmenting path from a free row, depth first without recursion; match[j]: row of column j or -1. */
static int augment(int32_t root, size_t n, const double *a, int32_t *match, int32_t *stack, int32_t *next, int32_t *seen)
{
    size_t depth = 0;
    memset(seen, 0, n * sizeof *seen);
    stack[0] = root;
    next[root] = 0;
    for (;;) {
        int32_t i = stack[depth], j = next[i];
        while (j < (int32_t)n && (a[(size_t)i * n + (size_t)j] == 0 || seen[j]))
            j++;
        if (j == (int32_t)n) {
            if (depth-- == 0)
                return 0;
            continue;
        }
        next[i] = j + 1;
        seen[j] = 1;
        if (match[j] >= 0) {
            stack[++depth] = match[j];
            next[match[j]] = 0;
            continue;
        }
        for (size_t d = depth + 1; d-- > 0;) /* the column each row of the path looked at last */
            match[next[stack[d]] - 1] = stack[d];
        return 1;
    }
}

static int matching(size_t n, const double *a, int32_t *match, int32_t *column, int32_t *work)
{
    for (size_t j = 0; j < n; j++)
        match[j] = column[j] = -1;
    for (size_t i = 0; i < n; i++) /* what can be had at once */
        for (size_t j = 0; j < n && column[i] < 0; j++)
            if (a[i * n + j] != 0 && match[j] < 0) {
                match[j] = (int32_t)i;
                column[i] = (int32_t)j;
            }
    for (size_t i = 0; i < n; i++)
        if (column[i] < 0 && !augment((int32_t)i, n, a, match, work, work + n, work + 2 * n))
            return 0;
    for (size_t j = 0; j < n; j++)
        column[match[j]] = (int32_t)j;
    return 1;
}

/* Tarjan's components of the rows; label[i] = 0 .. count - 1. */
static size_t components(size_t n, const double *a, const int32_t *match, int32_t *label, int32_t *work)
{
    int32_t *order = work, *least = work + n, *path = work + 2 * n, *next = work + 3 * n, *open = work + 4 * n;
    int32_t clock = 0, count = 0;
    size_t n_path, n_open = 0;
    memset(order, 0, n * sizeof *order);
    for (size_t i = 0; i < n; i++)
        label[i] = -1;
    for (size_t root = 0; root < n; root++) {
        if (order[root] != 0)
            continue;
        n_path = 1;
        path[0] = open[n_open++] = (int32_t)root;
        order[root] = least[root] = ++clock;
        next[root] = 0;
        while (n_path > 0) {
            int32_t i = path[n_path - 1], j = next[i];
            if (j < (int32_t)n) {
                int32_t k = match[j];
                next[i]++;
                if (a[(size_t)i * n + (size_t)j] == 0)
                    continue;
                if (order[k] == 0) {
                    order[k] = least[k] = ++clock;
                    next[k] = 0;
                    path[n_path++] = open[n_open++] = k;
                } else if (label[k] < 0 && order[k] < least[i]) {
                    least[i] = order[k];
                }
                continue;
            }
            n_path--;
            if (n_path > 0 && least[i] < least[path[n_path - 1]])
                least[path[n_path - 1]] = least[i];
            if (least[i] != order[i])
                continue;
            int32_t k;
            do {
                k = open[--n_open];
                label[k] = count;
            } while (k != i);
            count++;
        }
    }
    return (size_t)count;
}

size_t bni_permanent_pattern(size_t n, const double *a, int32_t *column, int32_t *label, int32_t *work)
{
    int32_t *match = work + 5 * n;
    if (!matching(n, a, match, column, work))
        return 0;
    return components(n, a, match, label, work);
}

/* Bits of a line, 0 and -0 alike, mixed (Fowler-Noll-Vo by words). */
static uint64_t mark(size_t count, size_t step, const double *v)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t k = 0; k < count; k++) {
        double d = v[k * step] + 0.0;
        uint64_t bits;
        memcpy(&bits, &d, sizeof bits);
        h = (h ^ bits) * UINT64_C(1099511628211);
        h ^= h >> 29;
    }
    return h;
}

size_t bni_permanent_group(size_t lines, size_t count, size_t line_step, size_t step, const double *a, int32_t *kind,
                           int64_t *times, int32_t *first, uint64_t *marks)
{
    size_t kinds = 0;
    for (size_t i = 0; i < lines; i++) {
        uint64_t m = mark(count, step, a + i * line_step);
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
    }
    return kinds;
}
