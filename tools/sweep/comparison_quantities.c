/* Errors of approximations in a sweep. */
#include "report/comparison.h"
#include "sweep/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of each quantity: the error as it is drawn, then root mean square and largest for the files. */
enum { DRAWN, RMS, LARGEST, KINDS };

typedef struct followed {
    int32_t method[COMPARISON_METHODS];
    size_t methods;
} followed;

static int evaluate_comparison(double *value, const sweep_plan *plan, const model *at, const binnet_law *law,
                               failure *why)
{
    const followed *own = plan->own;
    binnet_comparison *c = NULL;
    int32_t status = binnet_comparison_new_of_law(at->ctx, &c, at->object, at->noise, at->chain, law);
    for (size_t k = 0; k < own->methods && status == BINNET_OK; k++) {
        double rms[COMPARISON_QUANTITIES], largest[COMPARISON_QUANTITIES];
        int known = binnet_comparison_errors(at->ctx, largest, rms, NULL, c, own->method[k]) == BINNET_OK;
        for (int q = 0; q < COMPARISON_QUANTITIES; q++) {
            double *to = value + ((size_t)q * own->methods + k) * KINDS;
            /* below is rounding */
            to[DRAWN] = known ? log10(fmax(rms[q], 1e-17)) : NAN;
            to[RMS] = known ? rms[q] : NAN;
            to[LARGEST] = known ? largest[q] : NAN;
        }
    }
    binnet_comparison_free(c);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, at->ctx, status);
}

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy != NULL ? strcpy(copy, text) : NULL;
}

static int fill_plan(sweep_plan *p, const model *m, failure *why)
{
    static const char *const kind_name[KINDS] = {"", "rms:", "largest:"};
    static const char *const label[COMPARISON_QUANTITIES] = {"log10 error, means", "log10 error, covariances",
                                                             "log10 error, lagged"};
    followed *own = p->own;
    int applies[COMPARISON_METHODS];
    TRY(comparison_methods(applies, m, why));
    for (int32_t k = 1; k < COMPARISON_METHODS; k++)
        if (applies[k])
            own->method[own->methods++] = k;
    if (own->methods == 0)
        return fail(why, EXIT_USAGE, "no approximation is for this noise and update");
    p->quantity = calloc(COMPARISON_QUANTITIES * own->methods * KINDS, sizeof *p->quantity);
    if (p->quantity == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (int q = 0; q < COMPARISON_QUANTITIES; q++)
        for (size_t k = 0; k < own->methods; k++)
            for (int kind = 0; kind < KINDS; kind++) {
                char name[200];
                snprintf(name, sizeof name, "%s%s:%s", kind_name[kind], comparison_quantity[q],
                         binnet_approximation_name(own->method[k]));
                sweep_quantity *to = &p->quantity[p->count];
                *to = (sweep_quantity){.name = copy_text(name),
                                       .family = comparison_quantity[q],
                                       .label = label[q],
                                       .drawn = kind == DRAWN};
                if (to->name == NULL)
                    return fail(why, EXIT_BUDGET, "out of memory");
                p->count++;
            }
    return EXIT_DONE;
}

int plan_comparisons(sweep_plan *out, const model *m, const options *o, failure *why)
{
    *out = (sweep_plan){.evaluate = evaluate_comparison,
                        .units = "errors of approximations; means:... and so on: log10 of the root mean square",
                        .o = o,
                        .own = calloc(1, sizeof(followed))};
    int code = out->own != NULL ? fill_plan(out, m, why) : fail(why, EXIT_BUDGET, "out of memory");
    if (code != EXIT_DONE)
        plan_comparisons_free(out);
    return code;
}

void plan_comparisons_free(sweep_plan *p)
{
    for (size_t k = 0; k < p->count; k++)
        free(p->quantity[k].name);
    free(p->quantity);
    free(p->own);
    *p = (sweep_plan){0};
}
