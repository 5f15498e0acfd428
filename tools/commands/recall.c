/* binnet recall: a run of the noisy network from a cue, beside the patterns it may hold. */
#include "commands/commands.h"
#include "plot/gnuplot.h"
#include "report/storage.h"
#include "report/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct recall_options {
    const char *cue, *patterns;
    int64_t flip, steps, seed, width;
} recall_options;

typedef struct recalling {
    model m;
    patterns known;
    uint8_t *state; /* [steps + 1][n] */
    int32_t update;
} recalling;

/* A name of --patterns, or a row of activities. */
static int set_cue(uint8_t *cue, const recalling *r, const char *text, failure *why)
{
    size_t n = r->m.net.n, count = 0;
    int64_t k = patterns_find(&r->known, text);
    if (k >= 0) {
        memcpy(cue, r->known.state + (size_t)k * n, n);
        return EXIT_DONE;
    }
    binnet_pattern_file *row = NULL;
    int32_t status = binnet_pattern_file_parse(r->m.ctx, &row, "--cue", text, strlen(text), NULL);
    count = status == BINNET_OK && binnet_pattern_file_count(row) == 1 ? binnet_pattern_file_neurons(row) : 0;
    if (count == n)
        status = binnet_pattern_file_states(r->m.ctx, cue, 1, n, row);
    binnet_pattern_file_free(row);
    if (status != BINNET_OK || count == 0)
        return fail(why, EXIT_USAGE, "--cue '%.60s': expected a row of 0 and 1 or of -1 and 1%s", text,
                    r->known.count > 0 ? ", or the name of a pattern" : ", or --patterns FILE and a name of it");
    if (count != n)
        return fail(why, EXIT_USAGE, "--cue has %zu activities; the network has %zu neurons", count, n);
    return EXIT_DONE;
}

/* So many different neurons, by the generator that the tests of the library use (xorshift64*). */
static void flip_neurons(uint8_t *cue, size_t n, int64_t flips, uint64_t seed)
{
    uint64_t x = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (size_t i = 0, left = (size_t)flips; i < n; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        double u = (double)((x * UINT64_C(2685821657736338717)) >> 11) * 0x1p-53;
        if (u * (double)(n - i) < (double)left) {
            cue[i] = !cue[i];
            left--;
        }
    }
}

static void report_run(const recalling *r, const options *o, const recall_options *own)
{
    size_t n = r->m.net.n, most = o->limit >= 0 ? (size_t)o->limit : 40;
    printf("update         %s\n", update_name(r->update));
    printf("cue            %s, %" PRId64 " neurons flipped; seed %" PRId64 "\n", own->cue, own->flip, own->seed);
    printf("%-6s %s%s\n", "step", r->known.count > 0 ? "nearest pattern, neurons that differ; " : "", "active neurons");
    for (size_t t = 0; t <= (size_t)own->steps && t < most; t++) {
        const uint8_t *state = r->state + t * n;
        size_t d = 0, active = 0;
        int64_t k = nearest_pattern(&r->known, state, &d);
        for (size_t i = 0; i < n; i++)
            active += state[i];
        printf("%-6zu ", t);
        if (k >= 0)
            printf("%-20.60s %-6zu ", r->known.name[k], d);
        printf("%-6zu ", active);
        for (size_t i = 0; i < n && n <= 64; i++)
            putchar(state[i] ? '1' : '0');
        putchar('\n');
    }
    if ((size_t)own->steps >= most)
        printf("... and %zu more (--limit K)\n", (size_t)own->steps + 1 - most);
}

/* A row of activities for each step. */
static int save_run(const recalling *r, const options *o, const recall_options *own, failure *why)
{
    table t;
    size_t n = r->m.net.n;
    TRY(table_open(&t, o, ".csv", why));
    csv_about(t.file, &r->m, o, "a run from a cue: step, activities of the neurons");
    fprintf(t.file, "step");
    for (size_t i = 0; i < n; i++) {
        fputc(',', t.file);
        csv_field(t.file, r->m.net.name[i]);
    }
    for (size_t k = 0; k <= (size_t)own->steps; k++) {
        fprintf(t.file, "\n%zu", k);
        for (size_t i = 0; i < n; i++)
            fprintf(t.file, ",%d", r->state[k * n + i]);
    }
    fputc('\n', t.file);
    return table_finish(&t, EXIT_DONE, why);
}

static int solve(recalling *r, const options *o, const recall_options *own, failure *why)
{
    TRY(model_read(&r->m, o, why));
    size_t n = r->m.net.n;
    if (o->plot != NULL)
        TRY(picture_possible(o, why));
    if (own->patterns != NULL)
        TRY(patterns_read(&r->known, own->patterns, &o->import, why));
    if (own->patterns != NULL && r->known.n != n)
        return fail(why, EXIT_INPUT, "%s: its patterns have %zu neurons, the network has %zu", own->patterns,
                    r->known.n, n);
    if ((size_t)own->flip > n)
        return fail(why, EXIT_USAGE, "--flip %" PRId64 ": the network has %zu neurons", own->flip, n);
    r->update = o->update != 0 ? o->update : r->m.net.update != 0 ? r->m.net.update : BINNET_UPDATE_SYNCHRONOUS;
    TRY(model_noise(&r->m, o, why));
    uint8_t *cue = malloc(n);
    r->state = malloc(((size_t)own->steps + 1) * n);
    int code = cue != NULL && r->state != NULL
                   ? set_cue(cue, r, own->cue, why)
                   : fail(why, EXIT_BUDGET, "no memory for %" PRId64 " states", own->steps + 1);
    if (code == EXIT_DONE) {
        flip_neurons(cue, n, own->flip, (uint64_t)own->seed);
        binnet_ctx_set_i64(r->m.ctx, BINNET_P_SEED, own->seed);
        int32_t status = binnet_recall_run(r->m.ctx, r->state, (uint64_t)own->steps, n, cue, r->m.object, r->m.noise,
                                           r->update, 0);
        code = status == BINNET_OK ? EXIT_DONE : library_failure(why, r->m.ctx, status);
    }
    free(cue);
    TRY(code);
    if (!o->quiet)
        report_run(r, o, own);
    if (o->out != NULL)
        TRY(save_run(r, o, own, why));
    if (o->plot == NULL)
        return EXIT_DONE;
    const recalled run = {o,
                          &r->m.net,
                          n,
                          own->width > 0 ? (size_t)own->width : r->known.width,
                          (size_t)own->steps + 1,
                          r->state,
                          own->patterns != NULL ? &r->known : NULL};
    return recall_plot(&run, why);
}

static int run_command(const options *o, failure *why)
{
    recalling r = {0};
    int code = solve(&r, o, o->own, why);
    free(r.state);
    patterns_free(&r.known);
    model_free(&r.m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const recall_options *own = o->own;
    if (own->cue == NULL)
        return fail(why, EXIT_USAGE, "recall needs --cue: a row of 0 and 1, or a name of --patterns FILE");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    {"cue", "ROW|NAME", "the first state: 0 and 1, or a pattern of --patterns", option_text, OWN(recall_options, cue)},
    {"patterns", "FILE", "patterns that states are named by, as binnet store reads them", option_text,
     OWN(recall_options, patterns)},
    {"flip", "K", "of the cue's neurons, drawn by the seed", option_whole, OWN(recall_options, flip), .most = 1000000},
    {"steps", "T", "default 20", option_whole, OWN(recall_options, steps), .most = 10000000},
    {"seed", "K", "default 1", option_whole, OWN(recall_options, seed), .most = 9e15},
    {"width", "W", "neurons in a row of the images; default: as in FILE, else about a square", option_whole,
     OWN(recall_options, width), .least = 1, .most = 1000000},
    {"update", "RULE", "synchronous or asynchronous (a step is one neuron)", option_word, SHARED(update),
     .words = "synchronous, asynchronous", .first = BINNET_UPDATE_SYNCHRONOUS},
    {"noise", "KIND:SCALE", "default: as the file says, else none", option_noise, SHARED(noise)},
    {"output", "PREFIX", "write the run as PREFIX.csv", option_text, SHARED(out), .letter = 'o'},
    OPTION_LIMIT("steps shown, default 40"),
    {0}};

const command command_recall = {.name = "recall",
                                .usage = "binnet recall NETWORK --cue ROW|NAME [--patterns FILE] [options]",
                                .about = "a run of the noisy network from a cue",
                                .file = "NETWORK",
                                .options = own_options,
                                .groups = {&group_network, &group_picture, &group_limits, &group_import},
                                .own_size = sizeof(recall_options),
                                .own = &(const recall_options){.steps = 20, .seed = 1},
                                .check = check_options,
                                .run = run_command};
