/*
 * Reciprocal connections that are correlated: Gaussian weights with corr(J_ij, J_ji) = rho. In a state A the input of an
 * active neuron i holds J_ij for the active j, so only inputs of active neurons are correlated, with
 *     Cov(S_i, S_j) = R_ab = rho_ab sigma_ab sigma_ba    (i in a, j in b, i != j, both active),
 * which is the covariance of S_i = m_a + sqrt(v_a - R_aa) xi_i + u_a with independent xi and a shared field u ~ N(0, R):
 *     Pr(all active ones fire) = E_u prod_a Phi((m_a - Y_a + u_a) / sqrt(v_a - R_aa))^{n_a}.
 * Few neurons: an orthant of as many dimensions. Populations without correlations between them are independent. When not all
 * connections are present: correlated_sparse.c.
 * Source: derived in docs/ensembles.md.
 */
#include "ensemble/statistics/correlated.h"

#include "num/orthant.h"

#include <math.h>

/* --- one class of states --- */

static int there(const binnet_ensemble *e, size_t a, size_t b)
{
    return e->p[a * e->n_pop + b] > 0 && bni_ensemble_candidates(e, a, b) > 0;
}

static double sd_of(const binnet_ensemble *e, size_t a, size_t b)
{
    bni_weight w = bni_weight_plain(&e->weight[a * e->n_pop + b]);
    return there(e, a, b) && w.kind == BINNET_WEIGHT_GAUSSIAN ? w.par[1] : 0;
}

static double class_covariance(const binnet_ensemble *e, const double *rho, const int64_t *n, size_t a, size_t b)
{
    int pairs = a == b ? n[a] >= 2 : n[a] >= 1 && n[b] >= 1;
    return pairs ? rho[a * e->n_pop + b] * sd_of(e, a, b) * sd_of(e, b, a) : 0;
}

static double mean_current(const binnet_ensemble *e, size_t a, size_t b)
{
    return there(e, a, b) ? bni_weight_plain(&e->weight[a * e->n_pop + b]).par[0] : 0;
}

/* Populations whose active neurons are correlated with those of `first`, directly or through others: list[], rising. */
static size_t component_of(const binnet_ensemble *e, const double *rho, const int64_t *n, size_t first, size_t *list)
{
    size_t count = 1;
    list[0] = first;
    for (size_t k = 0; k < count; k++)
        for (size_t b = 0; b < e->n_pop; b++) {
            int known = 0;
            for (size_t j = 0; j < count; j++)
                known = known || list[j] == b;
            if (!known && class_covariance(e, rho, n, list[k], b) != 0)
                list[count++] = b;
        }
    return count;
}

/* Of an active neuron of a: mean input minus what it needs to fire, and the variance. */
static void correlated_input(const binnet_ensemble *e, const int64_t *n, size_t a, double *shift, double *variance)
{
    *variance = 0;
    *shift = -e->M[a] * (e->theta[a] - e->I[a]);
    for (size_t b = 0; b < e->n_pop; b++) {
        double active = (double)(n[b] - (b == a && !e->self_connections)), sd = sd_of(e, a, b);
        *shift += active * mean_current(e, a, b);
        *variance += active * sd * sd;
    }
}

/* Every neuron a variable. */
static double by_orthant(double *error, const binnet_ensemble *e, const double *rho, const int64_t *n,
                         const size_t *pops, size_t count)
{
    double h[BNI_ORTHANT_MOST], r[BNI_ORTHANT_MOST * BNI_ORTHANT_MOST], sd[BNI_ORTHANT_MOST];
    size_t pop[BNI_ORTHANT_MOST];
    int dims = 0;
    for (size_t k = 0; k < count; k++)
        for (int64_t i = 0; i < n[pops[k]]; i++) {
            double shift, variance;
            correlated_input(e, n, pops[k], &shift, &variance);
            sd[dims] = sqrt(variance);
            h[dims] = -shift / sd[dims];
            pop[dims++] = pops[k];
        }
    for (int i = 0; i < dims; i++)
        for (int j = 0; j < dims; j++)
            r[i * dims + j] = i == j ? 1 : class_covariance(e, rho, n, pop[i], pop[j]) / (sd[i] * sd[j]);
    return bni_orthant(dims, h, r, 1e-13, error);
}

static void make_field(bni_field *f, const binnet_ensemble *e, const double *rho, const int64_t *n, const size_t *pops,
                       size_t count)
{
    f->pops = (int)count;
    for (size_t k = 0; k < count; k++) {
        double variance;
        for (size_t i = 0; i < count; i++)
            f->R[k][i] = class_covariance(e, rho, n, pops[k], pops[i]);
        f->count[k] = (double)n[pops[k]];
        correlated_input(e, n, pops[k], &f->shift[k], &variance);
        f->deviation[k] = sqrt(variance - f->R[k][k]);
    }
}

/* Neurons of a component up to which their orthant is quicker than the field. */
static int64_t few(size_t pops)
{
    return pops == 1 ? 3 : pops == 2 ? 5 : pops <= BNI_FIELDS ? 6 : BNI_ORTHANT_MOST;
}

static int32_t component(binnet_ctx *ctx, double *p, double *error, const binnet_ensemble *e, const double *rho,
                         const int64_t *n, const size_t *pops, size_t count, const bni_phi *phi)
{
    int64_t neurons = 0;
    bni_field f;
    for (size_t k = 0; k < count; k++)
        neurons += n[pops[k]];
    if (neurons <= few(count)) {
        *p = by_orthant(error, e, rho, n, pops, count);
        return bni_poll(ctx, 0);
    }
    make_field(&f, e, rho, n, pops, count);
    return count <= BNI_FIELDS_PLAIN ? bni_field_plain(ctx, p, error, &f, phi)
                                     : bni_field_fourier(ctx, p, error, &f, phi);
}

/* Pr that all active neurons of correlated populations fire; covered[a] is set for these. */
static int32_t correlated(binnet_ctx *ctx, double *p, double *error, const binnet_ensemble *e, const double *rho,
                          const int64_t *n, size_t *list, unsigned char *covered, const bni_phi *phi)
{
    *p = 1;
    *error = 0;
    for (size_t a = 0; a < e->n_pop; a++) {
        double one, wrong;
        if (covered[a])
            continue;
        size_t count = component_of(e, rho, n, a, list);
        if (count == 1 && class_covariance(e, rho, n, a, a) == 0)
            continue;
        for (size_t k = 0; k < count; k++)
            covered[list[k]] = 1;
        BNI_TRY(component(ctx, &one, &wrong, e, rho, n, list, count, phi));
        *error = *error * (one + wrong) + *p * wrong;
        *p *= one;
    }
    return BINNET_OK;
}

/* log of the probability of the other neurons: inactive ones, and active ones of populations without correlations. */
static int32_t others(binnet_ctx *ctx, double *sum, const binnet_ensemble *e, const unsigned char *covered,
                      const int64_t *n)
{
    for (size_t a = 0; a < e->n_pop; a++)
        for (int own = 0; own <= 1; own++) {
            int64_t neurons = own ? n[a] : e->size[a] - n[a];
            if (neurons == 0 || (own && covered[a]))
                continue;
            binnet_current *c;
            double one;
            BNI_TRY(bni_class_current(ctx, &c, e, a, n, own));
            int32_t status = bni_log_stays(ctx, &one, NULL, e, c, own, e->I[a]);
            binnet_current_free(c);
            BNI_TRY(status);
            *sum += (double)neurons * one;
        }
    return BINNET_OK;
}

/* Are there connections that are neither certain nor impossible? */
static int is_sparse(const binnet_ensemble *e)
{
    for (size_t a = 0; a < e->n_pop; a++)
        for (size_t b = 0; b < e->n_pop; b++)
            if (there(e, a, b) && e->p[a * e->n_pop + b] < 1)
                return 1;
    return 0;
}

static int32_t check_size(binnet_ctx *ctx, const binnet_ensemble *e)
{
    if (is_sparse(e)) {
        int same = e->reciprocal == BINNET_RECIPROCAL_SAME, most = same ? BNI_SPARSE_SAME : BNI_SPARSE_INDEPENDENT;
        if (e->n > (size_t)most)
            return bni_fail(ctx, BINNET_E_RANGE,
                            "%zu neurons; with correlations and connections that may be absent at most %d%s", e->n,
                            most, same ? "" : ", or 5 when both directions are present together");
    } else if (e->n > BNI_MOST_SUMMED || (e->n_pop > BNI_FIELDS && e->n > BNI_ORTHANT_MOST)) {
        return bni_fail(
            ctx, BINNET_E_RANGE,
            "%zu populations of %zu neurons; with correlations at most %d populations of %d neurons, or %d neurons",
            e->n_pop, e->n, BNI_FIELDS, BNI_MOST_SUMMED, BNI_ORTHANT_MOST);
    }
    return BINNET_OK;
}

static int32_t check_correlations(binnet_ctx *ctx, const binnet_ensemble *e, const double *rho)
{
    BNI_TRY(bni_need_finite(ctx, rho, e->n_pop * e->n_pop, "rho"));
    BNI_TRY(check_size(ctx, e));
    if (e->normalise == BINNET_NORMALISE_INDEGREE)
        return bni_fail(ctx, BINNET_E_RANGE, "with correlations the normalisation may not be the in-degree");
    for (size_t a = 0; a < e->n_pop; a++)
        for (size_t b = 0; b < e->n_pop; b++) {
            size_t k = a * e->n_pop + b;
            int32_t kind = bni_weight_plain(&e->weight[k]).kind;
            if (!(fabs(rho[k]) < 1) || rho[k] != rho[b * e->n_pop + a])
                return bni_fail(ctx, BINNET_E_RANGE,
                                "rho[%zu] is %g; it must be symmetric and within -1..1, ends excluded", k, rho[k]);
            if (there(e, a, b) && kind != BINNET_WEIGHT_GAUSSIAN && kind != BINNET_WEIGHT_CONSTANT)
                return bni_fail(ctx, BINNET_E_RANGE, "weights %zu: with correlations all must be Gaussian or constant",
                                k);
        }
    return BINNET_OK;
}

static int32_t sum_classes(binnet_ctx *ctx, double *mean, double *error, const binnet_ensemble *e, const double *rho,
                           const double *const *choose, int64_t *n, size_t *list, unsigned char *covered)
{
    double classes = bni_class_count(e), off = 0;
    int sparse = is_sparse(e);
    bni_phi phi;
    bni_sum sum = {0};
    bni_phi_prepare(&phi);
    for (double k = 0;; k++) {
        double p = 1, wrong = 0, log_rest = bni_log_states(e, choose, n);
        bni_span(ctx, k / classes, (k + 1) / classes);
        for (size_t a = 0; a < e->n_pop; a++)
            covered[a] = sparse || component_of(e, rho, n, a, list) > 1 || class_covariance(e, rho, n, a, a) != 0;
        BNI_TRY(others(ctx, &log_rest, e, covered, n));
        for (size_t a = 0; a < e->n_pop; a++)
            covered[a] = 0;
        /* a class that could add less than 1e-15 is not worth its integral */
        if (exp(log_rest) * classes > 1e-15) {
            if (sparse)
                BNI_TRY(bni_correlated_sparse(ctx, &p, &wrong, e, rho, n));
            else
                BNI_TRY(correlated(ctx, &p, &wrong, e, rho, n, list, covered, &phi));
            bni_sum_add(&sum, exp(log_rest) * p);
            off += exp(log_rest) * wrong;
        } else {
            off += exp(log_rest);
        }
        if (!bni_class_next(e, n))
            break;
    }
    *mean = bni_sum_value(&sum);
    *error = off + 1e-12 * *mean;
    return BINNET_OK;
}

int32_t binnet_ensemble_fixed_mean_correlated(binnet_ctx *ctx, double *mean, double *error,
                                              const binnet_ensemble *ensemble, const double *rho)
{
    double sum, off;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need(ctx, ensemble, "ensemble"));
    size_t pairs = ensemble->n_pop * ensemble->n_pop;
    double law = 0;
    for (size_t a = 0; a < ensemble->n_pop; a++)
        law = fmax(law, bni_current_bytes(ensemble, a, ensemble->size, ensemble->size) +
                            bni_current_sides_bytes(ensemble, a));
    BNI_TRY(bni_need_memory(ctx, 8 * ((double)pairs + (double)ensemble->n + 7 * (double)ensemble->n_pop) + law,
                            "the sum over classes with correlations"));
    double *own = bni_new(ctx, pairs, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < pairs; k++)
        own[k] = rho != NULL ? rho[k] : ensemble->rho != NULL ? ensemble->rho[k] : 0;
    int32_t allowed = check_correlations(ctx, ensemble, own);
    if (allowed != BINNET_OK) {
        bni_delete(&ctx->mem, own);
        return allowed;
    }
    const double **choose = NULL;
    double *choose_all = bni_log_choose(ctx, &choose, ensemble);
    int64_t *n = bni_new(ctx, ensemble->n_pop, sizeof *n);
    size_t *list = bni_new_raw(ctx, ensemble->n_pop, sizeof *list);
    unsigned char *covered = bni_new_raw(ctx, ensemble->n_pop, 1);
    int32_t status = choose_all != NULL && n != NULL && list != NULL && covered != NULL
                         ? sum_classes(ctx, &sum, &off, ensemble, own, choose, n, list, covered)
                         : BINNET_E_NOMEM;
    bni_delete(&ctx->mem, own);
    bni_delete(&ctx->mem, choose_all);
    bni_delete(&ctx->mem, (void *)choose);
    bni_delete(&ctx->mem, n);
    bni_delete(&ctx->mem, list);
    bni_delete(&ctx->mem, covered);
    BNI_TRY(status);
    BNI_TRY(bni_need_bound(ctx, sum, off, fmax(1, sum), "the expected number of fixed points"));
    *mean = sum;
    if (error != NULL)
        *error = off;
    return BINNET_OK;
}
