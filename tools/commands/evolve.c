/* binnet evolve: a law on its way, under stimuli, weights and noise that may change. */
#include "commands/commands.h"
#include "files/number_lists.h"
#include "report/costs.h"
#include "report/evolution.h"
#include "report/result.h"
#include "report/tables.h"
#include "settings/progress.h"
#include "settings/schedules.h"
#include "settings/state_sets.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Times at which means are taken, beside those asked for; states in the picture; those that compete for a place in it. */
enum { TIMES = 200, SHOWN = 8, CANDIDATES = 4096 };

static const evolution_options *own(const options *o)
{
    return o->own;
}

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The snapshots, and with them TIMES times from 0 to the end. */
static int choose_times(evolution *e, failure *why)
{
    double *asked = NULL;
    size_t count = 0;
    uint64_t steps = (uint64_t)own(e->o)->steps, every = steps < TIMES ? steps : TIMES;
    if (own(e->o)->snapshots != NULL)
        TRY(list_numbers(&asked, &count, "snapshots", own(e->o)->snapshots, 0, (double)steps, 1, why));
    e->time = calloc(every + count + 2, sizeof *e->time);
    e->snapshot = calloc(count + 1, sizeof *e->snapshot);
    if (e->time == NULL || e->snapshot == NULL) {
        free(asked);
        return fail(why, EXIT_BUDGET, "out of memory");
    }
    int code = EXIT_DONE;
    for (size_t k = 0; k < count && code == EXIT_DONE; k++) {
        if (floor(asked[k]) < asked[k] || (k > 0 && asked[k] <= asked[k - 1]))
            code = fail(why, EXIT_USAGE, "--snapshots: found %g%s; expected whole numbers of steps that rise", asked[k],
                        floor(asked[k]) < asked[k] ? "" : " after one that is not less");
        e->snapshot[e->snapshots++].time = (uint64_t)asked[k];
        e->time[e->times++] = (uint64_t)asked[k];
    }
    free(asked);
    TRY(code);
    if (count == 0)
        e->snapshot[e->snapshots++].time = steps;
    for (uint64_t k = 0; k <= every; k++)
        e->time[e->times++] = every == 0 ? 0 : (uint64_t)((double)k / (double)every * (double)steps + 0.5);
    qsort(e->time, e->times, sizeof *e->time, by_time);
    size_t kept = 1;
    for (size_t k = 1; k < e->times; k++)
        if (e->time[k] != e->time[kept - 1])
            e->time[kept++] = e->time[k];
    e->times = kept;
    return EXIT_DONE;
}

static int read_start(evolution *e, failure *why)
{
    const model *m = e->m;
    const char *from = own(e->o)->from;
    if (strcmp(from, "stationary") == 0)
        return EXIT_DONE;
    if (strcmp(from, "uniform") != 0)
        return states_named(&e->from, m, "from", from, why);
    int32_t status = binnet_set_new_pattern(m->ctx, &e->from, m->net.n, 0, 0);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

/* A law of a set of states, each as likely; NULL: of all. */
static int spread_law(binnet_law **out, const model *m, const binnet_set *set, failure *why)
{
    size_t states = (size_t)1 << m->net.n;
    double *p = calloc(states, sizeof *p), each = 1 / (set != NULL ? (double)binnet_set_count(set) : (double)states);
    if (p == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t s = 0; s < states; s++)
        p[s] = set == NULL || binnet_set_contains(set, s) ? each : 0;
    int32_t status = binnet_law_new(m->ctx, out, m->net.n, p, states);
    free(p);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

/* The law at time 0. */
static int find_start(binnet_law **out, const evolution *e, failure *why)
{
    double seconds;
    return e->from != NULL ? spread_law(out, e->m, e->from, why) : solve_law(out, &seconds, e->m, e->o, why);
}

static int take_snapshot(snapshot *s, const evolution *e, const binnet_law *law, failure *why)
{
    s->state = calloc(e->top + 1, sizeof *s->state);
    s->probability = calloc(e->top + 1, sizeof *s->probability);
    if (s->state == NULL || s->probability == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_law_entropy(e->m->ctx, &s->entropy, law);
    if (status == BINNET_OK && e->top > 0)
        status = binnet_law_top(e->m->ctx, s->state, s->probability, e->top, law);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, e->m->ctx, status);
}

/* The states that were most probable at some time. */
typedef struct candidates {
    uint64_t state[CANDIDATES];
    double most[CANDIDATES];
    size_t count;
} candidates;

static int consider_states(candidates *c, const evolution *e, const binnet_law *law, failure *why)
{
    uint64_t state[SHOWN];
    double p[SHOWN];
    size_t count = binnet_law_size(law) < SHOWN ? (size_t)binnet_law_size(law) : SHOWN;
    int32_t status = binnet_law_top(e->m->ctx, state, p, count, law);
    if (status != BINNET_OK)
        return library_failure(why, e->m->ctx, status);
    for (size_t k = 0; k < count && p[k] > 0; k++) {
        size_t at = 0;
        while (at < c->count && c->state[at] != state[k])
            at++;
        if (at == CANDIDATES)
            break;
        c->state[at] = state[k];
        c->most[at] = fmax(at == c->count ? 0 : c->most[at], p[k]);
        c->count += at == c->count;
    }
    return EXIT_DONE;
}

static void choose_states(evolution *e, candidates *c)
{
    while (e->shown < SHOWN && e->shown < c->count) {
        size_t best = 0;
        for (size_t k = 1; k < c->count; k++)
            if (c->most[k] > c->most[best])
                best = k;
        e->shown_state[e->shown++] = c->state[best];
        c->most[best] = -1;
    }
}

/* What is taken of the law at time k; visit: 0, or 1 when the law at the end is known, for the picture. */
static int look_at_law(evolution *e, size_t k, const binnet_law *law, const binnet_law *end, candidates *c,
                       failure *why)
{
    size_t n = e->m->net.n;
    if (end != NULL) {
        const double *p = binnet_law_data(law), *q = binnet_law_data(end);
        double apart = 0;
        for (uint64_t s = 0; s < binnet_law_size(law); s++)
            apart += fabs(p[s] - q[s]);
        e->moved[k] = apart / 2;
        for (size_t j = 0; j < e->shown; j++)
            e->followed[k * SHOWN + j] = p[e->shown_state[j]];
        return EXIT_DONE;
    }
    int32_t status = binnet_law_mean(e->m->ctx, e->mean + k * n, n, law);
    if (status != BINNET_OK)
        return library_failure(why, e->m->ctx, status);
    for (size_t j = 0; j < e->snapshots; j++)
        if (e->snapshot[j].time == e->time[k])
            TRY(take_snapshot(&e->snapshot[j], e, law, why));
    return c != NULL ? consider_states(c, e, law, why) : EXIT_DONE;
}

/* From the start to the end; *end: the last law, made, or known. */
static int travel(evolution *e, const binnet_law *start, binnet_law **end, candidates *c, progress *p, double from,
                  double to, failure *why)
{
    const binnet_law *known = *end;
    binnet_law *law = NULL;
    double all = (double)e->time[e->times - 1] + 1, all_errors = 0;
    int code = EXIT_DONE;
    for (size_t k = 0; k < e->times && code == EXIT_DONE; k++) {
        binnet_law *next;
        uint64_t before = k > 0 ? e->time[k - 1] : 0;
        progress_span(p, from + (to - from) * (double)before / all, from + (to - from) * (double)e->time[k] / all);
        const binnet_law *now = k > 0 ? law : start;
        double error = 0;
        int32_t status = e->events > 0 ? binnet_continuous_evolve(e->m->ctx, &next, &error, e->m->chain, e->events, now,
                                                                  (double)(e->time[k] - before))
                                       : binnet_schedule_evolve(e->m->ctx, &next, e->schedule, now, before, e->time[k]);
        all_errors += error; /* a step of a chain makes no difference of laws larger */
        binnet_law_free(law);
        law = next;
        code = status == BINNET_OK ? look_at_law(e, k, law, known, c, why) : library_failure(why, e->m->ctx, status);
    }
    if (code == EXIT_DONE && known == NULL) {
        e->error = e->events > 0 ? all_errors : binnet_law_balance_error(law);
        *end = law;
        return EXIT_DONE;
    }
    binnet_law_free(law);
    return code;
}

static int run_evolution(evolution *e, failure *why)
{
    size_t n = e->m->net.n;
    binnet_law *start = NULL, *end = NULL;
    candidates *c = NULL;
    progress p;
    e->mean = calloc(e->times * n, sizeof *e->mean);
    e->moved = calloc(e->times, sizeof *e->moved);
    e->followed = calloc(e->times * SHOWN, sizeof *e->followed);
    e->shown_state = calloc(SHOWN, sizeof *e->shown_state);
    if (e->o->plot != NULL)
        c = calloc(1, sizeof *c);
    if (e->mean == NULL || e->moved == NULL || e->followed == NULL || e->shown_state == NULL ||
        (e->o->plot != NULL && c == NULL)) {
        free(c);
        return fail(why, EXIT_BUDGET, "out of memory");
    }
    int code = find_start(&start, e, why);
    double began = work_clock();
    progress_begin(&p, e->m->ctx, e->o->quiet);
    if (code == EXIT_DONE)
        code = travel(e, start, &end, c, &p, 0, c != NULL ? 0.5 : 1, why);
    if (code == EXIT_DONE && c != NULL) {
        choose_states(e, c);
        code = travel(e, start, &end, NULL, &p, 0.5, 1, why);
    }
    progress_end(&p, e->m->ctx);
    e->seconds = work_clock() - began;
    binnet_law_free(start);
    binnet_law_free(end);
    free(c);
    return code;
}

static void evolution_free(evolution *e)
{
    for (size_t k = 0; k < e->snapshots; k++) {
        free(e->snapshot[k].state);
        free(e->snapshot[k].probability);
    }
    binnet_set_free(e->from);
    binnet_schedule_free(e->schedule);
    free(e->change);
    free(e->time);
    free(e->mean);
    free(e->moved);
    free(e->followed);
    free(e->shown_state);
    free(e->snapshot);
}

/* --- the report --- */

static void report_means(const evolution *e)
{
    const network *net = &e->m->net;
    int width = 6;
    for (size_t i = 0; i < net->n; i++)
        width = (int)strlen(net->name[i]) > width ? (int)strlen(net->name[i]) : width;
    printf("\nmean activity at some times\n%-*s", width, "neuron");
    size_t shown = 0, column[6];
    for (size_t k = 0; k < e->times; k++) /* the first and the last, and between them such that times double */
        if (k == 0 || k + 1 == e->times ||
            (shown < 5 && (double)e->time[k] >= pow((double)e->time[e->times - 1], (double)shown / 5)))
            column[shown++] = k;
    for (size_t c = 0; c < shown; c++)
        printf(" t=%-11" PRIu64, e->time[column[c]]);
    printf("\n");
    for (size_t i = 0; i < net->n; i++) {
        printf("%-*s", width, net->name[i]);
        for (size_t c = 0; c < shown; c++)
            printf(" %-13.9g", e->mean[column[c] * net->n + i]);
        printf("\n");
    }
}

static void report_evolution(const evolution *e)
{
    const network *net = &e->m->net;
    char bits[65];
    printf("start          %s\n", own(e->o)->from);
    if (e->changes > 1)
        printf("schedule       %s, %zu parts\n", own(e->o)->schedule, e->changes);
    if (e->events > 0) {
        printf("time           %" PRIu64 " units of %.10g updates on the average, %.3g s\n", e->time[e->times - 1],
               e->events, e->seconds);
        printf("error          of all probabilities at the end, sum of sizes, at most %.2g\n", e->error);
    } else {
        printf("steps          %" PRIu64 " (%s), %.3g s\n", e->time[e->times - 1],
               e->m->update == BINNET_UPDATE_ASYNCHRONOUS ? "one neuron each" : "all neurons each", e->seconds);
        printf("error          of a probability at the end, relative, at most %.2g\n", e->error);
    }
    report_means(e);
    for (size_t k = 0; k < e->snapshots; k++) {
        const snapshot *s = &e->snapshot[k];
        printf("\ntime %" PRIu64 ": entropy %.10g nats%s\n", s->time, s->entropy,
               e->top > 0 ? "; most probable states (leftmost digit = first neuron)" : "");
        for (size_t j = 0; j < e->top && s->probability[j] > 0; j++) {
            printf("%-14.9g %-12" PRIu64 " %s  ", s->probability[j], s->state[j],
                   state_bits(bits, s->state[j], net->n));
            print_active(net, s->state[j]);
            printf("\n");
        }
    }
}

/* Seconds of a way of so many steps, with what is looked at in the end; the quickest of some. */
static int measure_way(double *seconds, const evolution *e, const binnet_law *start, uint64_t steps, failure *why)
{
    enum { TRIES = 4 };
    const double enough = 0.1;
    binnet_ctx *ctx = e->m->ctx;
    double mean[BINNET_MAX_CHAIN_NEURONS], p[SHOWN];
    uint64_t state[SHOWN];
    size_t count = binnet_law_size(start) < SHOWN ? (size_t)binnet_law_size(start) : SHOWN;
    *seconds = INFINITY;
    for (int k = 0; k < TRIES; k++) {
        binnet_law *law;
        stopwatch w;
        stopwatch_start(&w);
        int32_t status = binnet_schedule_evolve(ctx, &law, e->schedule, start, 0, steps);
        if (status == BINNET_OK)
            status = binnet_law_mean(ctx, mean, e->m->net.n, law);
        if (status == BINNET_OK && e->o->plot != NULL)
            status = binnet_law_top(ctx, state, p, count, law);
        binnet_law_free(law);
        if (status != BINNET_OK)
            return library_failure(why, ctx, status);
        *seconds = fmin(*seconds, stopwatch_seconds(&w));
        if (*seconds > enough && k > 0)
            break;
    }
    return EXIT_DONE;
}

/* What a step takes, and what each time at which the law is looked at takes besides: from ways of one step and of some. */
static int measure_steps(double *step, double *look, const evolution *e, failure *why)
{
    enum { SOME = 4 };
    const double enough = 0.1;
    binnet_law *start;
    double one, some;
    TRY(spread_law(&start, e->m, NULL, why));
    int code = measure_way(&one, e, start, 1, why);
    some = SOME * one;
    if (code == EXIT_DONE && one < enough)
        code = measure_way(&some, e, start, SOME, why);
    binnet_law_free(start);
    *step = fmin(fmax((some - one) / (SOME - 1), 0.1 * one), one);
    *look = one - *step;
    return code;
}

/* A step is measured, and a look at the law. */
static int estimate_evolution(const evolution *e, failure *why)
{
    const model *m = e->m;
    uint64_t states, bytes;
    double flops, step, look, travels = e->o->plot != NULL ? 2 : 1, steps = (double)own(e->o)->steps * travels;
    if (e->events > 0) { /* q t + 9 sqrt(q t) + n between two times */
        double part = e->events * (double)own(e->o)->steps / (double)e->times;
        steps *= (part + 9 * sqrt(part) + (double)m->net.n) / part * e->events;
    }
    int32_t status = binnet_chain_apply_estimate(m->ctx, &states, &bytes, &flops, m->chain);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    printf("estimate       %" PRIu64 " states, at most %.4g MiB, about %.3g floating-point operations\n", states,
           ((double)bytes + 16 * (double)states) / 1048576, flops * steps);
    const double most = 2e10;
    if (flops > most) {
        printf("time           not measured: a step has %.3g operations\n", flops);
        return EXIT_DONE;
    }
    TRY(measure_steps(&step, &look, e, why));
    char text[80], took[32];
    double all = step * steps + look * (double)e->times * travels;
    cost c = {.from = all / 1.5, .to = all * 1.5};
    printf("time           %s (a step took %s, measured now)\n", cost_text(text, &c), duration_text(took, step));
    return EXIT_DONE;
}

/* --- continuous time --- */

/* The chain of the model becomes that of the events. */
static int make_continuous(evolution *e, failure *why)
{
    const setting_list *rates = &own(e->o)->rates;
    model *m = e->m;
    const network *net = &m->net;
    if (rates->count == 0)
        return EXIT_DONE;
    if (m->update != BINNET_UPDATE_ASYNCHRONOUS)
        return fail(why, EXIT_USAGE, "--rates: continuous time is of --update asynchronous, not %s",
                    update_name(m->update));
    double *given = calloc(net->n + 1, sizeof *given), *rate = calloc(net->n + 1, sizeof *rate);
    int code = given != NULL && rate != NULL ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; code == EXIT_DONE && i < net->n; i++)
        given[i] = 1;
    for (size_t k = 0; code == EXIT_DONE && k < rates->count; k++)
        code = setting_apply(net, given, &rates->at[k], "rates", why);
    binnet_chain *chain = NULL;
    for (size_t i = 0; code == EXIT_DONE && i < net->n; i++)
        rate[i] = given[net->n_sizes > 0 ? (size_t)binnet_net_population(m->object, i) : i];
    int32_t status = code != EXIT_DONE
                         ? BINNET_OK
                         : binnet_chain_new_continuous(m->ctx, &chain, &e->events, m->object, m->noise, rate);
    if (status != BINNET_OK)
        code = library_failure(why, m->ctx, status);
    free(given);
    free(rate);
    TRY(code);
    binnet_chain_free(m->chain);
    m->chain = chain;
    return EXIT_DONE;
}

static int solve(evolution *e, failure *why)
{
    const options *o = e->o;
    e->top = (uint64_t)o->top < (uint64_t)1 << e->m->net.n ? (size_t)o->top : (size_t)1 << e->m->net.n;
    TRY(choose_times(e, why));
    TRY(read_start(e, why));
    TRY(make_continuous(e, why));
    if (own(o)->schedule != NULL)
        TRY(schedule_read(&e->schedule, &e->change, &e->changes, e->m, own(o)->schedule, (uint64_t)o->max_bytes, why));
    else
        TRY(schedule_constant(&e->schedule, e->m, why));
    if (!o->quiet)
        report_network(e->m, o);
    if (o->estimate)
        return estimate_evolution(e, why);
    TRY(run_evolution(e, why));
    if (!o->quiet)
        report_evolution(e);
    if (o->out != NULL)
        TRY(evolution_write(e, why));
    return o->plot != NULL ? evolution_plot(e, why) : EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    model m;
    evolution e = {.m = &m, .o = o};
    int code = model_read(&m, o, why);
    if (code == EXIT_DONE)
        code = model_chain(&m, o, why);
    if (code == EXIT_DONE)
        code = solve(&e, why);
    evolution_free(&e);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    if (own(o)->rates.count > 0 && own(o)->schedule != NULL)
        return fail(why, EXIT_USAGE, "--rates and --schedule do not go together");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    {"from", "STATES",
     "the start: 0/1 of each neuron (x: either), attractor:K, several with commas between, uniform or stationary; "
     "default uniform",
     option_text, OWN(evolution_options, from)},
    {"schedule", "FILE", "CSV: time, and stimuli of neurons or populations, weights, noise from then on", option_text,
     OWN(evolution_options, schedule)},
    {"rates", "[NAME=]R",
     "continuous time: how often neurons are updated in a unit of time, default 1; --steps and --snapshots are in units; "
     "may be repeated",
     option_settings, OWN(evolution_options, rates)},
    {"steps", "T", "how many, default 100", option_whole, OWN(evolution_options, steps), .most = 1000000000},
    {"snapshots", "T,T,...", "times at which the law is shown, default the end", option_text,
     OWN(evolution_options, snapshots)},
    OPTION_TOP("how many of the most probable states to show, default 10"),
    OPTION_ESTIMATE,
    {0}};

const command command_evolve = {.name = "evolve",
                                .usage =
                                    "binnet evolve NETWORK --update RULE --noise KIND:SCALE --from STATES [options]",
                                .about = "the law and the means of the noisy network over time",
                                .file = "NETWORK",
                                .options = own_options,
                                .groups = {&group_noise, &group_solver, &group_network, &group_output, &group_picture,
                                           &group_limits, &group_import},
                                .own_size = sizeof(evolution_options),
                                .own = &(const evolution_options){.from = "uniform", .steps = 100},
                                .check = check_options,
                                .run = run_command};
