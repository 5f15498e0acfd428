/* What can be expected of an excitatory-inhibitory network of which only the statistics of the wiring are known, from C.
 * cc ensemble.c $(pkg-config --cflags --libs binnet) -lm */
#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>

int main(void)
{
    /* 8 excitatory and 4 inhibitory neurons; p[to * 2 + from], likewise the weight laws */
    const int64_t size[2] = {8, 4};
    const double p[4] = {0.4, 0.6, 0.5, 0.3};
    const int32_t kind[4] = {BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_GAUSSIAN,
                             BINNET_WEIGHT_GAUSSIAN};
    const double par[4 * BINNET_WEIGHT_PARAMETERS] = {0.5, 0.1, 0,  /* E to E: mean, standard deviation */
                                                      -1,  0.2, 0,  /* I to E */
                                                      0.5, 0.1, 0,  /* E to I */
                                                      -1,  0.2, 0}; /* I to I */
    const double threshold[2] = {1, 1}, stimulus[2] = {0.6, 0.4};

    binnet_ctx *ctx = NULL;
    binnet_ensemble *ensemble = NULL;
    binnet_bifurcation_law *bifurcation = NULL;
    double mean = 0, variance = 0, low = 0, high = 0, occurs = 0, line[3] = {0};
    const double x[3] = {0, 0.6, 1.2};
    const int32_t axis[2] = {0, -1};  /* the stimulus to E varies, that to I stays */
    const int64_t active[2] = {8, 2}; /* all excitatory neurons active, two inhibitory ones */

    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_ensemble_new(ctx, &ensemble, 2, size, p, kind, par, threshold, stimulus, BINNET_NORMALISE_NONE,
                                     NULL, 0);
    if (status == BINNET_OK)
        status = binnet_ensemble_fixed_mean(ctx, &mean, ensemble);
    if (status == BINNET_OK)
        status = binnet_ensemble_diagram(ctx, line, 3, ensemble, axis, x, 3, NULL, 0);
    if (status == BINNET_OK)
        status = binnet_bifurcation_law_new(ctx, &bifurcation, ensemble, active, 2, NULL);
    if (status == BINNET_OK)
        status = binnet_bifurcation_law_moments(ctx, &low, NULL, bifurcation, 1, BINNET_LAMBDA);
    if (status == BINNET_OK)
        status = binnet_bifurcation_law_moments(ctx, &high, &variance, bifurcation, 1, BINNET_XI);
    if (status == BINNET_OK)
        status = binnet_bifurcation_law_occurrence(ctx, &occurs, NULL, bifurcation);

    if (status == BINNET_OK) {
        printf("%.6f fixed points expected\n", mean);
        for (int k = 0; k < 3; k++)
            printf("%.6f when the stimulus to E is %g\n", line[k], x[k]);
        printf("all of E and two of I active: I_I above %.4f on average, below %.4f (standard deviation %.4f)\n", low,
               high, sqrt(variance));
        printf("that state is a fixed point for some stimuli with probability %.6f\n", occurs);
    } else {
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    }

    binnet_bifurcation_law_free(bifurcation); /* in any order; NULL is allowed */
    binnet_ensemble_free(ensemble);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
