/*
 * Joint cumulants of a group, from the central moments of all its subsets in sums of two doubles:
 * kappa(S) = mu(S) - sum over T of kappa(T) mu(S \ T), T a proper subset of S with its first member (Smith, Amer. Stat. 49
 * (1995) 217); cumulants of two and more do not change with the origin, so central moments serve.
 * Source: THEORY 5.
 */
#include "law/law.h"

int32_t bni_centre_subsets(binnet_ctx *ctx, bni_doubled *mu, size_t k)
{
    enum { BETWEEN_POLLS = 1 << 18 };
    size_t cells = (size_t)1 << k;
    for (size_t b = 0; b < k; b++) {
        size_t bit = (size_t)1 << b;
        bni_doubled silent = {0, 0}, active = {0, 0};
        for (size_t m = 0; m < cells; m += bit) { /* the sets without neurons before b sum over all activities of these */
            bni_doubled *to = m & bit ? &active : &silent;
            *to = bni_doubled_add(*to, mu[m]);
            if ((m & (BETWEEN_POLLS - 1)) == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        bni_doubled all = bni_doubled_add(silent, active), q = bni_doubled_divide(active, all),
                    not_q = bni_doubled_divide(silent, all);
        for (size_t m = 0; m < cells; m++) {
            if (!(m & bit)) {
                bni_doubled low = mu[m], high = mu[m | bit];
                mu[m] = bni_doubled_add(low, high);
                mu[m | bit] = bni_doubled_add(bni_doubled_multiply(not_q, high),
                                              bni_doubled_negate(bni_doubled_multiply(q, low)));
            }
            if (m % BETWEEN_POLLS == BETWEEN_POLLS - 1)
                BNI_TRY(bni_poll(ctx, 0));
        }
    }
    bni_doubled all = mu[0];
    for (size_t S = 0; S < cells; S++)
        mu[S] = (S & (S - 1)) == 0 ? (bni_doubled){S == 0, 0} : bni_doubled_divide(mu[S], all);
    return BINNET_OK;
}

/* kappa of the sets with member 0: half[S / 2]. */
static int32_t recur_cumulants(binnet_ctx *ctx, bni_doubled *half, const bni_doubled *mu, size_t k)
{
    size_t count = (size_t)1 << (k - 1);
    for (size_t rest = 0; rest < count; rest++) {
        bni_doubled kappa = mu[rest << 1 | 1];
        for (size_t out = rest; out != 0; out = (out - 1) & rest) /* the members outside T: at least one */
            kappa = bni_doubled_add(kappa, bni_doubled_negate(bni_doubled_multiply(half[rest ^ out], mu[out << 1])));
        half[rest] = kappa;
        BNI_TRY(bni_poll(ctx, (double)rest / (double)count));
    }
    return BINNET_OK;
}

int32_t binnet_law_cumulant(binnet_ctx *ctx, double *value, const binnet_law *law, size_t k, const int32_t *group)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, value, "the output"));
    BNI_TRY(bni_need(ctx, law, "law"));
    BNI_TRY(bni_need_law_group(ctx, "group", law, k, group, 1, BINNET_MAX_CUMULANT));
    size_t cells = (size_t)1 << k;
    BNI_TRY(bni_need_memory(ctx, (double)(sizeof(bni_doubled) * (cells + cells / 2)), "a cumulant"));
    bni_doubled *mu = bni_new_raw(ctx, cells + cells / 2, sizeof *mu);
    if (mu == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_group_law(ctx, mu, law, k, group);
    if (status == BINNET_OK && k == 1)
        *value = bni_doubled_divide(mu[1], bni_doubled_add(mu[0], mu[1])).high;
    if (status == BINNET_OK && k > 1) {
        status = bni_centre_subsets(ctx, mu, k);
        if (status == BINNET_OK)
            status = recur_cumulants(ctx, mu + cells, mu, k);
        *value = mu[cells + cells / 2 - 1].high;
    }
    bni_delete(&ctx->mem, mu);
    return status;
}
