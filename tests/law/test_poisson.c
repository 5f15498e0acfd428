/*
 * The linear system of responses and correlations where it cannot be solved: a right-hand side that is not a number, or overflows, ends
 * soon, with BINNET_E_NOCONV and a line that says so, by iteration, whatever the update rule; the next system is solved all the same.
 */
#include "support/support.h"

#include "law/poisson.h"

#include <string.h>

enum { N = 11, STATES = 1 << N };

static binnet_chain *some_chain(binnet_ctx *ctx, int32_t update)
{
    double J[N * N];
    dice d = dice_of(8);
    for (size_t k = 0; k < N * N; k++)
        J[k] = roll_in(&d, -1, 1);
    return new_chain(ctx, N, J, NULL, NULL, BINNET_NOISE_LOGISTIC, 1, update);
}

START_TEST(no_numbers)
{
    enum { MOST_STEPS = 100 };
    static double b[STATES], g[STATES], error[STATES], image[STATES], scratch[STATES];
    const double strange[] = {NAN, INFINITY, -INFINITY, 1.7e308};
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        binnet_ctx *ctx = new_ctx(1);
        binnet_chain *chain = some_chain(ctx, update);
        binnet_law *law;
        bni_poisson *p;
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(bni_poisson_new(ctx, &p, chain, law));
        for (size_t k = 0; k < sizeof strange / sizeof *strange; k++) {
            for (size_t s = 0; s < STATES; s++)
                b[s] = s % 2 ? 1 : -1;
            b[3] = strange[k];
            b[6] = -strange[k];
            int32_t status = bni_poisson_solve(ctx, p, g, error, b, b);
            ck_assert_msg(status == BINNET_E_NOCONV, "update %d, %g: code %d", (int)update, strange[k], (int)status);
            const char *after = strstr(binnet_ctx_message(ctx), "after ");
            ck_assert_msg(after != NULL && strtol(after + 6, NULL, 10) <= MOST_STEPS, "%s", binnet_ctx_message(ctx));
        }
        /* the number of active neurons, less its mean */
        double mean = 0;
        for (size_t s = 0; s < STATES; s++)
            mean += binnet_law_data(law)[s] * (b[s] = __builtin_popcountll(s));
        for (size_t s = 0; s < STATES; s++)
            b[s] -= mean;
        OK(bni_poisson_solve(ctx, p, g, error, b, b));
        OK(bni_expectation_apply(ctx, bni_poisson_expectation(p), image, g, scratch));
        for (size_t s = 0; s < STATES; s++)
            ck_assert_double_eq_tol(g[s] - image[s], b[s], 1e-10);
        bni_poisson_free(p);
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_ctx_free(ctx);
    }
}
END_TEST

RUN_TESTS("poisson", no_numbers)
