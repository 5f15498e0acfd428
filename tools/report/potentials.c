/* From a law to the laws of the membrane potentials. */
#include "report/potentials.h"

#include "files/number_lists.h"
#include "settings/progress.h"

#include <math.h>
#include <stdlib.h>

int potentials_plan(potentials *p, const model *m, const options *o, failure *why)
{
    const potential_options *own = o->own;
    *p = (potentials){.m = m, .o = o};
    group_all(&p->group, m->net.n);
    if (own->neuron != NULL)
        TRY(group_read(&p->group, m, "neuron", own->neuron, why));
    TRY(list_numbers(&p->q, &p->quantiles, "quantiles", own->quantiles, 0, 1, 0, why));
    size_t k = p->group.count;
    p->of = calloc(k, sizeof *p->of);
    p->name = calloc(k, sizeof *p->name);
    p->quantile = calloc(k * p->quantiles + 2 * k * k, sizeof *p->quantile);
    if (p->of == NULL || p->name == NULL || p->quantile == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    p->covariance = p->quantile + k * p->quantiles;
    p->correlation = p->covariance + k * k;
    for (size_t j = 0; j < k; j++)
        p->name[j] = m->net.name[p->group.neuron[j]];
    return EXIT_DONE;
}

void potentials_free(potentials *p)
{
    for (size_t j = 0; j < p->group.count && p->of != NULL; j++)
        binnet_potential_marginal_free(p->of[j].law);
    free(p->of);
    free(p->name);
    free(p->q);
    free(p->quantile);
}

/* --- moments --- */

/* Where noise has no such moment it is NaN and no failure. */
static int take_moments(potentials *p, int32_t status, failure *why)
{
    p->undefined |= status == BINNET_E_UNDEFINED;
    return status == BINNET_OK || status == BINNET_E_UNDEFINED ? EXIT_DONE : library_failure(why, p->m->ctx, status);
}

static int fill_moments(potentials *p, double *mean, double *cov, failure *why)
{
    const model *m = p->m;
    size_t n = m->net.n, k = p->group.count;
    TRY(take_moments(p, binnet_potential_mean(m->ctx, mean, n, m->chain, p->law), why));
    TRY(take_moments(p, binnet_potential_covariance(m->ctx, cov, n, m->chain, p->law), why));
    for (size_t a = 0; a < k; a++) {
        size_t i = (size_t)p->group.neuron[a];
        p->of[a].mean = mean[i];
        p->of[a].deviation = sqrt(cov[i * n + i]);
        for (size_t b = 0; b < k; b++) {
            size_t j = (size_t)p->group.neuron[b];
            double c = cov[i * n + j], x = c / sqrt(cov[i * n + i]) / sqrt(cov[j * n + j]);
            p->covariance[a * k + b] = c;
            p->correlation[a * k + b] = isfinite(x) ? fmin(fmax(x, -1), 1) : NAN;
            p->undefined |= !isfinite(x);
        }
    }
    return EXIT_DONE;
}

static int find_moments(potentials *p, failure *why)
{
    size_t n = p->m->net.n;
    double *mean = malloc((n + n * n) * sizeof *mean);
    if (mean == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int code = fill_moments(p, mean, mean + n, why);
    free(mean);
    return code;
}

/* --- one neuron --- */

/* NaN: beyond the range of double. */
static int find_quantile(double *x, const potentials *p, const potential *of, double q, failure *why)
{
    int32_t status = binnet_potential_marginal_quantile(p->m->ctx, x, 1, of->law, &q);
    if (status == BINNET_E_NOCONV)
        *x = NAN;
    return status == BINNET_OK || status == BINNET_E_NOCONV ? EXIT_DONE : library_failure(why, p->m->ctx, status);
}

/* From 1 in 2000 to as much at the other end; less far where tails are heavy. */
static int find_range(const potentials *p, potential *of, failure *why)
{
    enum { ENDS = 4 };
    static const double q[ENDS] = {0.0005, 0.05, 0.95, 0.9995};
    const double far = 1.5;
    double x[ENDS], first = 0, last = 0;
    for (int k = 0; k < ENDS; k++)
        TRY(find_quantile(&x[k], p, of, q[k], why));
    binnet_potential_marginal_component(p->m->ctx, &first, NULL, of->law, 0);
    binnet_potential_marginal_component(p->m->ctx, &last, NULL, of->law, of->components - 1);
    double width = x[2] - x[1];
    of->least = isfinite(width) ? fmax(x[1] - far * width, isfinite(x[0]) ? x[0] : -INFINITY) : first - 5 * of->scale;
    of->most = isfinite(width) ? fmin(x[2] + far * width, isfinite(x[3]) ? x[3] : INFINITY) : last + 5 * of->scale;
    if (of->single_values) {
        of->least = x[0];
        of->most = x[3];
    }
    return EXIT_DONE;
}

static int find_neuron(potentials *p, size_t j, failure *why)
{
    const model *m = p->m;
    potential *of = &p->of[j];
    of->neuron = p->group.neuron[j];
    of->threshold = binnet_net_threshold(m->object, (size_t)of->neuron);
    of->scale = model_scale(m, (size_t)of->neuron);
    of->single_values = !(of->scale > 0);
    int32_t status = binnet_potential_marginal_new(m->ctx, &of->law, m->chain, p->law, of->neuron);
    if (status == BINNET_OK)
        status = binnet_potential_marginal_eval(m->ctx, NULL, &of->above, NULL, NULL, 1, of->law, &of->threshold);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    of->components = binnet_potential_marginal_count(of->law);
    for (size_t k = 0; k < p->quantiles; k++)
        TRY(find_quantile(&p->quantile[j * p->quantiles + k], p, of, p->q[k], why));
    return find_range(p, of, why);
}

int potentials_make(potentials *p, const binnet_law *law, failure *why)
{
    progress shown;
    double began = work_clock();
    p->law = law;
    progress_begin(&shown, p->m->ctx, p->o->quiet);
    int code = find_moments(p, why);
    for (size_t j = 0; j < p->group.count && code == EXIT_DONE; j++) {
        progress_span(&shown, (double)j / (double)p->group.count, (double)(j + 1) / (double)p->group.count);
        code = progress_step(&shown, 0) ? fail(why, EXIT_STOPPED, "interrupted") : find_neuron(p, j, why);
    }
    progress_end(&shown, p->m->ctx);
    p->after = work_clock() - began;
    return code;
}
