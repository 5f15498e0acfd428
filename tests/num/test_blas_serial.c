/*
 * A BLAS that says it was built without threads: played by functions of this program, which come before the library's.
 */
#include "support/support.h"

#include "num/dense.h"

#include <string.h>

int openblas_get_parallel(void);
char *openblas_get_config(void);

static int parallel;
static char config[64];

int openblas_get_parallel(void)
{
    return parallel;
}

char *openblas_get_config(void)
{
    return config;
}

START_TEST(one_worker_where_buffers_are_unguarded)
{
    binnet_ctx *ctx = new_ctx(1);
    bni_team *team;
    OK(bni_team_new(ctx, &team, 2));
    ck_assert(bni_blas_team(NULL) == NULL);
    strcpy(config, "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH SINGLE_THREADED");
    parallel = 0;
    ck_assert(bni_blas_team(team) == NULL);
    strcpy(config, "OpenBLAS 0.3.21 USE_LOCKING SINGLE_THREADED");
    ck_assert(bni_blas_team(team) == team);
    ck_assert_str_eq(binnet_blas(), config);
    strcpy(config, "OpenBLAS 0.3.21 MAX_THREADS=64");
    for (parallel = 1; parallel <= 2; parallel++) /* threads of its own, of OpenMP */
        ck_assert(bni_blas_team(team) == team);
    bni_team_free(team);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("serial blas", one_worker_where_buffers_are_unguarded)
