/* --vary NAME=LO:HI[:STEPS]: what NAME means, and the values. */
#include "sweep/sweep.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS_ONE = 101, STEPS_TWO = 41 };

/* Words for what is not the stimulus of a neuron or population; "network:" before them where a neuron has that name. */
static const struct {
    const char *word;
    int what;
} words[] = {{"all", VARY_STIMULUS},
             {"noise", VARY_NOISE},
             {"noise-factor", VARY_NOISE_FACTOR},
             {"weights", VARY_WEIGHTS}};
enum { WORDS = sizeof words / sizeof *words };

static int find_word(const char *text)
{
    int k = 0;
    while (k < WORDS && strcmp(words[k].word, text) != 0)
        k++;
    return k < WORDS ? k : -1;
}

double axis_value(const sweep_axis *a, size_t k)
{
    return k + 1 == a->steps ? a->hi : a->lo + (a->hi - a->lo) * (double)k / (double)(a->steps - 1);
}

char *axis_text(char text[320], const sweep_axis *a)
{
    if (a->what == VARY_STIMULUS)
        snprintf(text, 320, "stimulus to %s", strcmp(a->name, "all") == 0 ? "all neurons" : a->name);
    else
        snprintf(text, 320, "%s",
                 a->what == VARY_NOISE          ? "noise scale"
                 : a->what == VARY_NOISE_FACTOR ? "factor of the noise scales"
                                                : "factor of the weights");
    return text;
}

static int find_parameter(sweep_axis *a, const sweep *s, const char *text, failure *why)
{
    static const char prefix[] = "network:";
    int sure = strncmp(text, prefix, sizeof prefix - 1) == 0, word = find_word(sure ? text + sizeof prefix - 1 : text);
    failure unused = {0};
    neuron_group named;
    int name = group_named(&named, s->m, "vary", text, &unused) == EXIT_DONE;
    a->name = text;
    if (word < 0 || (sure && name))
        return group_named(&a->heard, s->m, "vary", text, why);
    if (name)
        return fail(why, EXIT_USAGE,
                    "--vary: '%s' is a neuron or population here, and a word for the network; say neuron:%s, "
                    "population:%s or network:%s",
                    text, text, text, text);
    a->what = words[word].what;
    a->name = words[word].word;
    for (size_t i = 0; a->what == VARY_STIMULUS && i < s->m->net.n; i++)
        a->heard.neuron[a->heard.count++] = (int32_t)i;
    return EXIT_DONE;
}

static int check_values(const sweep_axis *a, failure *why)
{
    if (!isfinite(a->lo) || !isfinite(a->hi) || !(a->lo < a->hi))
        return fail(why, EXIT_USAGE, "--vary: %s from %g to %g, expected two numbers, the lower first", a->name, a->lo,
                    a->hi);
    if (!isfinite(a->hi - a->lo))
        return fail(why, EXIT_USAGE, "--vary: %s from %g to %g is too far", a->name, a->lo, a->hi);
    if ((a->what == VARY_NOISE || a->what == VARY_NOISE_FACTOR) && a->lo < 0)
        return fail(why, EXIT_USAGE, "--vary: %s from %g, expected 0 or more", a->name, a->lo);
    return EXIT_DONE;
}

/* Two axes must not set the same. */
static int check_apart(const sweep_axis *a, const sweep_axis *b, const network *net, failure *why)
{
    if (a->what == VARY_WEIGHTS && b->what == VARY_WEIGHTS)
        return fail(why, EXIT_USAGE, "--vary: %s varies twice", a->name);
    if (a->what != VARY_STIMULUS && b->what != VARY_STIMULUS && a->what != VARY_WEIGHTS && b->what != VARY_WEIGHTS)
        return fail(why, EXIT_USAGE, "--vary: the noise varies twice, as %s and %s", a->name, b->name);
    for (size_t j = 0; j < a->heard.count; j++)
        for (size_t k = 0; k < b->heard.count; k++)
            if (a->heard.neuron[j] == b->heard.neuron[k])
                return fail(why, EXIT_USAGE, "--vary: neuron '%s' would hear two stimuli, %s and %s",
                            net->name[a->heard.neuron[j]], a->name, b->name);
    return EXIT_DONE;
}

int sweep_read(sweep *s, failure *why)
{
    const range_list *list = &s->o->vary;
    double points = 1;
    if (list->count > SWEEP_AXES)
        return fail(why, EXIT_USAGE, "--vary: %zu parameters, one or two can vary", list->count);
    s->axes = list->count;
    for (size_t k = 0; k < s->axes; k++) {
        const range *r = &list->at[k];
        sweep_axis *a = &s->axis[k];
        *a = (sweep_axis){.lo = r->lo, .hi = r->hi};
        a->steps = r->steps > 0 ? r->steps : s->axes == 1 ? STEPS_ONE : STEPS_TWO;
        TRY(find_parameter(a, s, r->name, why));
        TRY(check_values(a, why));
        if (a->what == VARY_WEIGHTS && s->o->spin_weights)
            return fail(why, EXIT_USAGE,
                        "--vary weights does not go with --spin-weights, where thresholds hold sums of weights");
        if (k > 0)
            TRY(check_apart(&s->axis[0], a, &s->m->net, why));
        points *= (double)a->steps;
    }
    if (points > SWEEP_POINTS)
        return fail(why, EXIT_USAGE, "--vary: %.0f points, at most %d", points, SWEEP_POINTS);
    s->points = (size_t)points;
    return EXIT_DONE;
}
