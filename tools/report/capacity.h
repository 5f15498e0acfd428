/* What `binnet capacity` found, for its tables and its picture. */
#ifndef TOOL_CAPACITY_H
#define TOOL_CAPACITY_H

#include "settings/options.h"

enum { CAPACITY_RULES = 7 };

/* One rule at one load, without noise or with it: fractions, with intervals of 95 %. */
typedef struct capacity_point {
    double whole, whole_low, whole_high;       /* sets of which everything is stored */
    double neurons, neurons_low, neurons_high; /* neurons of which everything is stored */
    double unproved;                           /* neither stored nor proved impossible */
} capacity_point;

typedef struct capacity {
    const options *o;
    size_t n, inputs, loads, rules;
    int64_t sets;
    double activity, probability; /* with noise: asked of each neuron and transition */
    int cycles, noisy;            /* noisy: points with noise follow those without */
    int rule[CAPACITY_RULES];
    size_t *patterns;      /* [loads] */
    double *load, *cover;  /* [loads] patterns / inputs; Cover's count, NaN where it does not apply */
    double gardner;        /* NaN where it does not apply */
    capacity_point *point; /* [1 + noisy][rules][loads] */
} capacity;

static inline const capacity_point *capacity_at(const capacity *c, int noisy, size_t rule, size_t load)
{
    return &c->point[((size_t)noisy * c->rules + rule) * c->loads + load];
}

extern const char *const capacity_rules[CAPACITY_RULES];

void capacity_report(const capacity *c);
int capacity_write(const capacity *c, failure *why);
int capacity_plot(const capacity *c, failure *why);

#endif
