/* What the neurons of a network tell of each other, of their past and of stimuli, ready to be shown and written. */
#ifndef TOOL_INFORMATION_H
#define TOOL_INFORMATION_H

#include "settings/groups.h"
#include "settings/stimuli.h"

/* One number in nats; where it could not be had NaN and the reason, which is no failure. */
typedef struct figure {
    double nats;
    char why_not[160];
} figure;

typedef struct information {
    const model *m;
    const options *o;
    const binnet_law *law;
    double seconds, after; /* to find the law; for all that follows */
    uint64_t lag;
    neuron_group group; /* all of them unless --group says otherwise */
    figure entropy, rate, production, multi, memory;
    double net_flow, imbalance; /* against detailed balance; NaN */
    char imbalance_why_not[160];
    /* between neurons or populations; row: the first, which is earlier, or sends */
    size_t nodes;
    char **name;
    double *mutual, *transfer; /* [nodes][nodes]; NaN where there is none */
    /* between --source and --target */
    int two_groups;
    neuron_group source, target;
    double between, there, back;
    /* about stimuli: set.count > 0 */
    stimulus_set set;
    double told, part[BINNET_INFORMATION_PARTS];
    double *response; /* [set.count][group.count]: means */
    int without_law;  /* there is no single law at a stimulus, or none that can be certified */
} information;

extern const char *const information_part_names[BINNET_INFORMATION_PARTS];

/* What the options ask for, before the law is known. */
typedef struct information_options {
    int64_t lag;
    const char *group, *source, *target, *stimulus_set, *stimuli;
    int populations;
} information_options;

int information_plan(information *f, const model *m, const options *o, failure *why);
/* Everything, from the law of m->chain. */
int information_make(information *f, const binnet_law *law, failure *why);
/* Parts of it, of f->m and f->law: mutual and transfer of populations; told and part. */
int information_find_populations(information *f, failure *why);
int information_find_told(information *f, failure *why);
void information_free(information *f);

void report_information(const information *f);
/* Files PREFIX... (write_information.c), the picture of --plot (plot/information.c). */
int information_write(const information *f, failure *why);
int information_plot(const information *f, failure *why);

#endif
