/* A table of independent variables, one a line: kind, location, scale, and where there are such columns dof and count. */
#include "files/variables.h"

#include "files/reading.h"
#include "text/csv.h"
#include "files/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void laws_free(laws *l)
{
    memory_free(&l->memory, l->kind);
    memory_free(&l->memory, l->location);
    memory_free(&l->memory, l->scale);
    memory_free(&l->memory, l->dof);
    *l = (laws){.memory = l->memory};
}

static int grow(laws *l, csv *c, size_t room)
{
    int32_t *kind = memory_grow(&l->memory, l->kind, room * sizeof *kind);
    double *location = kind != NULL ? memory_grow(&l->memory, l->location, room * sizeof *location) : NULL;
    l->kind = kind != NULL ? kind : l->kind;
    double *scale = location != NULL ? memory_grow(&l->memory, l->scale, room * sizeof *scale) : NULL;
    l->location = location != NULL ? location : l->location;
    double *dof = scale != NULL ? memory_grow(&l->memory, l->dof, room * sizeof *dof) : NULL;
    l->scale = scale != NULL ? scale : l->scale;
    l->dof = dof != NULL ? dof : l->dof;
    return dof != NULL
               ? EXIT_DONE
               : with_status(c->why, BINNET_E_NOMEM,
                             fail_at(c->why, EXIT_BUDGET, c->path, c->line, "no memory for %zu variables", room));
}

enum { KIND, LOCATION, SCALE, DOF, COUNT, COLUMNS };
static const char *const column_names[COLUMNS] = {"kind", "location", "scale", "dof", "count"};

static int kind_of(csv *c, size_t field, int32_t *kind)
{
    static const char *const names[] = {"gaussian", "logistic", "uniform", "laplace", "student_t"};
    const char *text = csv_text(c, field);
    for (int k = 0; k < 5; k++)
        if (strcmp(names[k], text) == 0) {
            *kind = BINNET_NOISE_GAUSSIAN + k;
            return EXIT_DONE;
        }
    return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                   "kind is '%.60s'; expected gaussian, logistic, uniform, laplace or student_t", text);
}

static int read_line(laws *l, csv *c, const int64_t *column, size_t fields, size_t *room)
{
    int32_t kind = 0;
    double location = 0, scale = 0, dof = 0, count = 1;
    if (c->count != fields)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "found %zu fields; expected %zu", c->count, fields);
    TRY(kind_of(c, (size_t)column[KIND], &kind));
    TRY(csv_number(c, (size_t)column[LOCATION], "location", &location));
    TRY(csv_number(c, (size_t)column[SCALE], "scale", &scale));
    if (scale < 0)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "scale is %g; expected 0 or more", scale);
    int student = kind == BINNET_NOISE_STUDENT_T,
        has_dof = column[DOF] >= 0 && csv_text(c, (size_t)column[DOF])[0] != 0;
    if (student != has_dof)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "%s",
                       student ? "student_t needs a number in the column dof"
                               : "dof is only for student_t; expected it empty");
    if (student)
        TRY(csv_number(c, (size_t)column[DOF], "dof", &dof));
    if (student && !(dof >= 0.05 && dof <= 1e6))
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "dof is %g; expected 0.05 to 1e6", dof);
    if (column[COUNT] >= 0)
        TRY(csv_number(c, (size_t)column[COUNT], "count", &count));
    if (!(count >= 1 && count == floor(count) && (double)l->n + count <= BINNET_MAX_ORDER))
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "count is %g; expected a whole number, at most %d variables in all", count, BINNET_MAX_ORDER);
    size_t more = (size_t)count;
    if (l->n + more > *room) {
        *room = 2 * (l->n + more);
        TRY(grow(l, c, *room));
    }
    for (size_t k = 0; k < more; k++, l->n++) {
        l->kind[l->n] = kind;
        l->location[l->n] = location;
        l->scale[l->n] = scale;
        l->dof[l->n] = dof;
    }
    return EXIT_DONE;
}

static int read_table(laws *l, csv *c)
{
    int64_t column[COLUMNS];
    int more;
    char list[200];
    size_t room = 0;
    TRY(csv_next(c, &more));
    for (int k = 0; k < COLUMNS; k++) {
        column[k] = -1;
        if (more)
            TRY(csv_column(c, column_names[k], &column[k]));
        if (column[k] < 0 && k <= SCALE)
            return fail_at(c->why, EXIT_INPUT, c->path, more ? c->line : 0,
                           "found the columns %s; expected kind, location, scale, and dof and count where needed",
                           more ? csv_list(c, list, sizeof list) : "(none)");
    }
    size_t fields = c->count;
    for (;;) {
        TRY(csv_next(c, &more));
        if (!more)
            break;
        TRY(read_line(l, c, column, fields, &room));
    }
    if (l->n == 0)
        return fail_at(c->why, EXIT_INPUT, c->path, 0, "has no variables; expected one a line");
    return EXIT_DONE;
}

int laws_read_text(laws *out, const document *given, failure *why)
{
    document doc = *given;
    csv c;
    *out = (laws){.memory = *memory_of(why)};
    TRY(check_text(&doc, why));
    csv_start(&c, &doc, why);
    int code = read_table(out, &c);
    csv_free(&c);
    if (code != EXIT_DONE)
        laws_free(out);
    return code;
}

/* --- the object --- */

/* Variables are numbered by kind and degrees of freedom, so that those alike make one part. */
typedef struct numbered {
    size_t i;
    int32_t kind;
    double dof;
} numbered;

static int by_law(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->dof < y->dof || x->dof > y->dof)
        return x->dof < y->dof ? -1 : 1;
    return x->i < y->i ? -1 : 1;
}

int laws_make(binnet_ctx *ctx, binnet_order **out, const laws *l, failure *why)
{
    size_t n = l->n, parts = 0;
    numbered *order = memory_raw(memory_of(why), n * sizeof *order);
    double *location = memory_raw(memory_of(why), n * sizeof *location),
           *scale = memory_raw(memory_of(why), n * sizeof *scale);
    binnet_noise **part = memory_new(memory_of(why), n, sizeof *part);
    int code = order != NULL && location != NULL && scale != NULL && part != NULL
                   ? EXIT_DONE
                   : with_status(why, BINNET_E_NOMEM, fail(why, EXIT_BUDGET, "out of memory"));
    int32_t status = BINNET_OK;
    for (size_t i = 0; code == EXIT_DONE && i < n; i++)
        order[i] = (numbered){i, l->kind[i], l->dof[i]};
    if (code == EXIT_DONE)
        qsort(order, n, sizeof *order, by_law);
    for (size_t from = 0, to; code == EXIT_DONE && status == BINNET_OK && from < n; from = to) {
        for (to = from; to < n && order[to].kind == order[from].kind && !(order[to].dof > order[from].dof); to++) {
            location[to] = l->location[order[to].i];
            scale[to] = l->scale[order[to].i];
        }
        status = noise_make(ctx, &part[parts++], order[from].kind, to - from, scale + from, order[from].dof);
    }
    if (code == EXIT_DONE && status == BINNET_OK)
        status = binnet_order_new(ctx, out, parts, (const binnet_noise *const *)part, location);
    if (status != BINNET_OK)
        code = with_status(why, status,
                           fail(why, status == BINNET_E_LIMIT || status == BINNET_E_NOMEM ? EXIT_BUDGET : EXIT_INPUT,
                                "%s: %s", binnet_strerror(status), binnet_ctx_message(ctx)));
    for (size_t k = 0; part != NULL && k < parts; k++)
        binnet_noise_free(part[k]);
    memory_free(memory_of(why), order);
    memory_free(memory_of(why), location);
    memory_free(memory_of(why), scale);
    memory_free(memory_of(why), part);
    return code;
}
