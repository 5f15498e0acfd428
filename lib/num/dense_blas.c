/*
 * Which BLAS the program was given, and what it can do: by functions that some have and none must have. A weak reference finds
 * them for the shared library, dlsym for a program that holds the static one; in a wholly static program only what the
 * products need themselves is there.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* RTLD_DEFAULT */
#endif
#include "num/dense.h"

#include <dlfcn.h>
#include <string.h>

typedef union known_function {
    void *address;
    int (*number)(void);
    char *(*text)(void);
} known_function;

#if defined(__GNUC__)
#define OPTIONAL(name) extern __attribute__((weak)) int name(void)
OPTIONAL(openblas_get_parallel); /* 0: built without threads */
extern __attribute__((weak)) char *openblas_get_config(void);
OPTIONAL(openblas_fork_handler); /* beside the memory of every OpenBLAS */
OPTIONAL(goto_set_num_threads);  /* beside the threads of those that have some; never called */
#define THERE(name) ((name) != NULL)
#else
#define THERE(name) 0
#endif

static known_function function_named(const char *name)
{
    return (known_function){dlsym(RTLD_DEFAULT, name)};
}

static const char *openblas_config(void)
{
    if (THERE(openblas_get_config))
        return openblas_get_config();
    known_function f = function_named("openblas_get_config");
    if (f.address != NULL)
        return f.text();
    return THERE(openblas_fork_handler) ? "OpenBLAS" : NULL;
}

static int openblas_parallel(void)
{
    if (THERE(openblas_get_parallel))
        return openblas_get_parallel();
    known_function f = function_named("openblas_get_parallel");
    return f.address != NULL ? f.number() : THERE(goto_set_num_threads);
}

/* An OpenBLAS without threads of its own and built without USE_LOCKING (Debian's libopenblas0-serial) hands out its buffers
 * unguarded: calls at the same time give wrong products. */
static int unguarded_buffers(void)
{
    const char *config = openblas_config();
    return config != NULL && !openblas_parallel() && strstr(config, "USE_LOCKING") == NULL;
}

bni_team *bni_blas_team(bni_team *team)
{
    return team != NULL && unguarded_buffers() ? NULL : team;
}

const char *binnet_blas(void)
{
    const char *config = openblas_config();
    if (config != NULL)
        return config;
    static const char *const others[][2] = {{"bli_info_get_version_str", "BLIS"},
                                            {"MKL_Get_Version_String", "MKL"},
                                            {"ATL_buildinfo", "ATLAS"}};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        if (function_named(others[k][0]).address != NULL)
            return others[k][1];
    return "reference";
}
