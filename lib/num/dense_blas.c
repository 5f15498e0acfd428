/*
 * Which BLAS the program was given, and what it can do: by functions that some have, none is required.
 */
#include "num/dense.h"

#include <string.h>

#if defined(__GNUC__)
#define WEAK __attribute__((weak))
extern WEAK int openblas_get_parallel(void); /* 0: built without threads */
extern WEAK char *openblas_get_config(void);
extern WEAK const char *bli_info_get_version_str(void);
extern WEAK void MKL_Get_Version_String(char *, int);
extern WEAK void ATL_buildinfo(void);
#define HAVE(function) ((function) != NULL)
#else
#define HAVE(function) 0
#endif

/* An OpenBLAS without threads of its own and built without USE_LOCKING (Debian's libopenblas0-serial) hands out its buffers
 * unguarded: calls at the same time give wrong products. */
static int unguarded_buffers(void)
{
    return HAVE(openblas_get_parallel) && openblas_get_parallel() == 0 &&
           !(HAVE(openblas_get_config) && strstr(openblas_get_config(), "USE_LOCKING") != NULL);
}

bni_team *bni_blas_team(bni_team *team)
{
    return team != NULL && unguarded_buffers() ? NULL : team;
}

const char *binnet_blas(void)
{
    if (HAVE(openblas_get_config))
        return openblas_get_config();
    if (HAVE(bli_info_get_version_str))
        return "BLIS";
    if (HAVE(MKL_Get_Version_String))
        return "MKL";
    if (HAVE(ATL_buildinfo))
        return "ATLAS";
    return "reference";
}
