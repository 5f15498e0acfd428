/* What went wrong, and the exit code that goes with it. */
#ifndef TEXT_FAILURE_H
#define TEXT_FAILURE_H

#include "text/memory.h"

#include <stddef.h>

/* Exit codes of the command. */
enum { EXIT_DONE = 0, EXIT_STOPPED = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_BUDGET = 4 };

/* What went wrong, for the user: one line without a line end, and the exit code that goes with it. */
typedef struct failure {
    int code;
    char text[1024];
    int32_t status;        /* BINNET_E_*, where it is none that follows from the code; 0: it does */
    const file_call *call; /* NULL: malloc, and nobody is told of files */
} failure;

static inline const file_memory *memory_of(const failure *why)
{
    static const file_memory plain = {0};
    return why != NULL && why->call != NULL ? &why->call->memory : &plain;
}

/* Fills in *why; returns code. */
int fail(failure *why, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "path:line: ..."; line 0: "path: ...". */
int fail_at(failure *why, int code, const char *path, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* code, with *why told which BINNET_E_* it is. */
int with_status(failure *why, int32_t status, int code);
/* Asks the hook of the caller's context, if there is one; fraction 0..1 of the work. */
int poll_call(failure *why, double fraction);
/* Not enough memory for the network of a file. */
int fail_memory(failure *why, const char *path);

/* Leaves the function with the code of a call that failed. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        int code_ = (call);                                                                                            \
        if (code_ != EXIT_DONE)                                                                                        \
            return code_;                                                                                              \
    } while (0)

#endif
