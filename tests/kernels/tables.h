/* A test of a family of kernels: every table that can run here, also those that BINNET_KERNELS keeps from being chosen. The
 * reference comes first: against itself and the definitions. */
#ifndef TEST_TABLES_H
#define TEST_TABLES_H

#include "kernels/kernels.h"

#include "support/support.h"

#include <string.h>

static const bni_kernels *fast;

static inline void near(const char *what, const double *got, const double *want, size_t n, double tolerance)
{
    for (size_t k = 0; k < n; k++)
        if (!(fabs(got[k] - want[k]) <= tolerance * fabs(want[k]))) /* quicker than ck_assert */
            ck_abort_msg("%s: [%zu] is %.17g, expected %.17g", what, k, got[k], want[k]);
}

static inline void fill(dice *d, double *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        v[k] = roll(d) < 0.1 ? 0 : roll(d);
}

/* A program of the tests, for table after table. */
#define RUN_TABLES(...)                                                                                                \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        const TTest *const tests[] = {__VA_ARGS__};                                                                    \
        const bni_kernels *tables[BNI_TABLES];                                                                         \
        int failed = 0;                                                                                                \
        for (int t = 0, count = bni_kernels_runnable(tables); t < count; t++) {                                        \
            fast = tables[t];                                                                                          \
            failed += run_tests(fast->name, tests, sizeof tests / sizeof *tests);                                      \
        }                                                                                                              \
        return failed != 0;                                                                                            \
    }

#endif
