/* A ctx as the options want it, for commands without a network. */
#include "settings/context.h"

#include "settings/settings.h"

int work_ctx(binnet_ctx **out, const options *o, failure *why)
{
    if (binnet_ctx_new(out) != BINNET_OK)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_ctx_set_i64(*out, BINNET_P_THREADS, o->threads);
    if (status == BINNET_OK)
        status = binnet_ctx_set_i64(*out, BINNET_P_MEMORY_LIMIT, o->memory);
    if (status == BINNET_OK && o->tolerance > 0)
        status = binnet_ctx_set_f64(*out, BINNET_P_RELATIVE_TOLERANCE, o->tolerance);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, *out, status);
}
