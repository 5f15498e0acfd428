/* Schedules of stimuli, weights and noise from a table. */
#include "settings/schedules.h"

#include "text/csv.h"
#include "settings/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 100000, MOST_COLUMNS = 2 * BINNET_MAX_CHAIN_NEURONS + 4 };
enum { COLUMN_TIME = -1, COLUMN_WEIGHTS = -2, COLUMN_NOISE = -3 };

typedef struct reading {
    const model *m;
    csv c;
    size_t fields, count, room;
    int kind[MOST_COLUMNS]; /* COLUMN_*, or 0: stimuli of `of` */
    neuron_group of[MOST_COLUMNS];
    int factors;       /* some column is weights or noise */
    uint64_t *start;   /* [room] */
    double *stimulus;  /* [room][n] */
    double *factor[2]; /* [room]: of weights, of noise */
} reading;

static int read_heading(reading *r)
{
    const network *net = &r->m->net;
    int heard[BINNET_MAX_CHAIN_NEURONS] = {0}, more, times = 0;
    csv *c = &r->c;
    TRY(csv_next(c, &more));
    r->fields = more ? c->count : 0;
    if (r->fields < 1 || r->fields > MOST_COLUMNS)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "expected a heading: time and the names of neurons or populations, all, weights or noise");
    for (size_t f = 0; f < r->fields; f++) {
        const char *name = csv_text(c, f);
        failure unknown = {0};
        int known = group_named(&r->of[f], r->m, "schedule", name, &unknown) == EXIT_DONE;
        if (!known && strcmp(name, "all") == 0) {
            group_all(&r->of[f], net->n);
            known = 1;
        }
        r->kind[f] = known                          ? 0
                     : strcmp(name, "time") == 0    ? COLUMN_TIME
                     : strcmp(name, "weights") == 0 ? COLUMN_WEIGHTS
                     : strcmp(name, "noise") == 0   ? COLUMN_NOISE
                                                    : 1;
        if (r->kind[f] == 1)
            return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                           "column '%.200s': no neuron or population; expected one, or time, all, weights, noise",
                           name);
        times += r->kind[f] == COLUMN_TIME;
        r->factors |= r->kind[f] < COLUMN_TIME;
        for (size_t g = 0; g < f; g++)
            if (r->kind[f] < 0 && r->kind[g] == r->kind[f])
                return fail_at(c->why, EXIT_INPUT, c->path, c->line, "two columns '%.200s'", name);
        for (size_t k = 0; r->kind[f] == 0 && k < r->of[f].count; k++)
            if (heard[r->of[f].neuron[k]]++)
                return fail_at(c->why, EXIT_INPUT, c->path, c->line, "neuron '%s' would hear two stimuli",
                               net->name[r->of[f].neuron[k]]);
    }
    return times == 1 ? EXIT_DONE : fail_at(c->why, EXIT_INPUT, c->path, c->line, "no column 'time'");
}

static int grow_lines(reading *r)
{
    size_t room = 2 * r->room + 16, n = r->m->net.n;
    uint64_t *start = realloc(r->start, room * sizeof *start);
    r->start = start != NULL ? start : r->start;
    double *stimulus = realloc(r->stimulus, room * n * sizeof *stimulus);
    r->stimulus = stimulus != NULL ? stimulus : r->stimulus;
    int made = start != NULL && stimulus != NULL;
    for (int k = 0; k < 2; k++) {
        double *factor = realloc(r->factor[k], room * sizeof *factor);
        r->factor[k] = factor != NULL ? factor : r->factor[k];
        made &= factor != NULL;
    }
    r->room = made ? room : r->room;
    return made ? EXIT_DONE : fail_memory(r->c.why, r->c.path);
}

static int read_line(reading *r)
{
    csv *c = &r->c;
    size_t n = r->m->net.n, k = r->count;
    if (c->count != r->fields)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "found %zu fields; expected %zu", c->count, r->fields);
    for (size_t i = 0; i < n; i++)
        r->stimulus[k * n + i] = binnet_net_stimulus(r->m->object, i);
    r->factor[0][k] = r->factor[1][k] = 1;
    for (size_t f = 0; f < r->fields; f++) {
        double x;
        TRY(csv_number(c, f, r->kind[f] == COLUMN_TIME ? "time" : r->kind[f] < 0 ? "factor" : "stimulus", &x));
        if (r->kind[f] == COLUMN_TIME) {
            if (!(x >= 0 && x <= 0x1p53) || floor(x) < x)
                return fail_at(c->why, EXIT_INPUT, c->path, c->line, "time %g; expected a whole number of steps", x);
            r->start[k] = (uint64_t)x;
        } else if (r->kind[f] == COLUMN_NOISE && !(x >= 0))
            return fail_at(c->why, EXIT_INPUT, c->path, c->line, "noise %g; expected a factor of 0 or more", x);
        else if (r->kind[f] < 0)
            r->factor[r->kind[f] == COLUMN_NOISE][k] = x;
        for (size_t j = 0; r->kind[f] == 0 && j < r->of[f].count; j++)
            r->stimulus[k * n + (size_t)r->of[f].neuron[j]] = x;
    }
    if (k == 0 && r->start[0] != 0)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "the first time is %llu; expected 0",
                       (unsigned long long)r->start[0]);
    if (k > 0 && r->start[k] <= r->start[k - 1])
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "time %llu after %llu; expected rising times",
                       (unsigned long long)r->start[k], (unsigned long long)r->start[k - 1]);
    r->count++;
    return EXIT_DONE;
}

static int read_lines(reading *r)
{
    TRY(read_heading(r));
    for (;;) {
        int more;
        TRY(csv_next(&r->c, &more));
        if (!more)
            return r->count > 0 ? EXIT_DONE
                                : fail_at(r->c.why, EXIT_INPUT, r->c.path, r->c.line, "no times below the heading");
        if (r->count == MOST_LINES)
            return fail_at(r->c.why, EXIT_INPUT, r->c.path, r->c.line, "more than %d times", MOST_LINES);
        if (r->count == r->room)
            TRY(grow_lines(r));
        TRY(read_line(r));
    }
}

/* The chain of line k, where weights or noise are others. */
static int32_t make_chain(binnet_chain **out, const reading *r, size_t k)
{
    const model *m = r->m;
    size_t n = m->net.n;
    double J[BINNET_MAX_CHAIN_NEURONS * BINNET_MAX_CHAIN_NEURONS], M[BINNET_MAX_CHAIN_NEURONS],
        theta[BINNET_MAX_CHAIN_NEURONS], scale[BINNET_MAX_CHAIN_NEURONS];
    for (size_t i = 0; i < n; i++) {
        M[i] = binnet_net_normalisation(m->object, i);
        theta[i] = binnet_net_threshold(m->object, i);
        scale[i] = r->factor[1][k] * model_scale(m, i);
        for (size_t j = 0; j < n; j++)
            J[i * n + j] = r->factor[0][k] * binnet_net_weight(m->object, i, j);
    }
    binnet_net *plain = NULL, *net = NULL;
    binnet_noise *noise = NULL;
    int32_t status = binnet_net_new(m->ctx, &plain, n, J, M, theta, r->stimulus + k * n);
    if (status == BINNET_OK)
        status = binnet_net_with_tie(m->ctx, &net, plain, m->net.tie);
    if (status == BINNET_OK)
        status = noise_make_part(m->ctx, &noise, m->choice, n, NULL, scale, m->dof, r->factor[1][k]);
    if (status == BINNET_OK)
        status = binnet_chain_new(m->ctx, out, net, noise, m->update);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_net_free(plain);
    return status;
}

static int make_schedule(binnet_schedule **out, const reading *r, failure *why)
{
    const model *m = r->m;
    if (!r->factors) {
        int32_t status = binnet_schedule_new_stimuli(m->ctx, out, m->chain, r->count, r->start, r->stimulus);
        return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
    }
    binnet_chain **chain = calloc(r->count, sizeof(binnet_chain *));
    if (chain == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = BINNET_OK;
    for (size_t k = 0; status == BINNET_OK && k < r->count; k++)
        status = make_chain(&chain[k], r, k);
    if (status == BINNET_OK)
        status = binnet_schedule_new(m->ctx, out, r->count, r->start, (const binnet_chain *const *)chain);
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
    for (size_t k = 0; k < r->count; k++)
        binnet_chain_free(chain[k]);
    free(chain);
    return code;
}

int schedule_read(binnet_schedule **out, uint64_t **start, size_t *count, const model *m, const char *path,
                  uint64_t max_bytes, failure *why)
{
    char *text = NULL;
    size_t length;
    *out = NULL;
    TRY(load_file(&text, &length, path, max_bytes, why));
    document doc = {.path = path, .text = text, .length = length};
    reading *r = calloc(1, sizeof *r);
    int code = r == NULL ? fail(why, EXIT_BUDGET, "out of memory") : check_text(&doc, why);
    if (code == EXIT_DONE) {
        r->m = m;
        csv_start(&r->c, &doc, why);
        code = read_lines(r);
        csv_free(&r->c);
    }
    free(text);
    if (code == EXIT_DONE)
        code = make_schedule(out, r, why);
    if (r == NULL)
        return code;
    free(r->stimulus);
    free(r->factor[0]);
    free(r->factor[1]);
    *start = r->start;
    *count = r->count;
    free(r);
    return code;
}

int schedule_constant(binnet_schedule **out, const model *m, failure *why)
{
    const uint64_t start = 0;
    int32_t status = binnet_schedule_new(m->ctx, out, 1, &start, (const binnet_chain *const *)&m->chain);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}
