/*
 * Status codes in words, and the version.
 */
#include "core/core.h"

#include "binnet/version.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *binnet_strerror(int32_t code)
{
    switch (code) {
    case BINNET_OK:
        return "done";
    case BINNET_E_NULL:
        return "a pointer that must not be NULL is NULL";
    case BINNET_E_RANGE:
        return "value out of range";
    case BINNET_E_SIZE:
        return "sizes do not agree";
    case BINNET_E_NAN:
        return "NaN or infinity in the input";
    case BINNET_E_KEY:
        return "no such parameter";
    case BINNET_E_CALLBACK:
        return "a caller's function returned an impossible value";
    case BINNET_E_UNSUPPORTED:
        return "not for an object of this kind";
    case BINNET_E_FILE:
        return "a file could not be opened, read or written";
    case BINNET_E_FORMAT:
        return "a file does not hold what it should";
    case BINNET_E_NOMEM:
        return "out of memory";
    case BINNET_E_LIMIT:
        return "over the memory limit";
    case BINNET_E_INTERRUPTED:
        return "interrupted";
    case BINNET_E_THREAD:
        return "a thread could not be started";
    case BINNET_E_NOCONV:
        return "not converged";
    case BINNET_E_REDUCIBLE:
        return "several recurrent classes, the stationary law is not unique";
    case BINNET_E_UNDEFINED:
        return "some entries are not defined";
    case BINNET_E_UNDERFLOW:
        return "probabilities too small for double decide the answer";
    case BINNET_E_UNMET:
        return "some demands are not met";
    case BINNET_E_INTERNAL:
        return "internal error";
    default:
        return "unknown code";
    }
}

const char *binnet_version(void)
{
    return TEXT(BINNET_VERSION_MAJOR) "." TEXT(BINNET_VERSION_MINOR) "." TEXT(BINNET_VERSION_PATCH);
}
