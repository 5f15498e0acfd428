/*
 * Several states at once: what every way to the probability asks of one neuron.
 */
#include "ensemble/statistics/state_tuples.h"

#include "num/exact.h"

int64_t bni_joint_candidates(const bni_joint *j, size_t a, int s, size_t k)
{
    return j->m[k] - (j->filled[k] == a * (size_t)j->patterns + (size_t)s && !j->e->self_connections);
}

int bni_joint_fires_at_tie(const bni_joint *j, int s, int t)
{
    return j->e->tie == BINNET_TIE_ACTIVE || (j->e->tie == BINNET_TIE_KEEP && (s >> t & 1));
}

double bni_joint_normalisation(const bni_joint *j, size_t a, size_t used)
{
    int64_t total = 0;
    if (j->e->normalise != BINNET_NORMALISE_INDEGREE)
        return j->e->M[a];
    for (size_t k = 0; k < used; k++)
        total += j->present[k];
    return total > 0 ? (double)total : 1;
}

/* place[k] = b * patterns + u, so its low bits are u. */
int bni_joint_exact_side(const bni_joint *j, size_t a, int t, size_t used, double M)
{
    bni_exact exact;
    bni_exact_clear(&exact);
    for (size_t k = 0; k < used; k++)
        if (j->place[k] >> t & 1)
            bni_exact_add_product(
                &exact, (double)j->present[k],
                bni_weight_plain(&j->e->weight[a * j->e->n_pop + j->place[k] / (size_t)j->patterns]).par[0]);
    bni_exact_add_product(&exact, M, j->e->I[a]);
    bni_exact_add_product(&exact, -M, j->e->theta[a]);
    return bni_exact_sign(&exact);
}
