/* Text that was written in memory, and its way to a file. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "files/api.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *binnet_text_data(const binnet_text *text)
{
    return text != NULL ? text->out.text : NULL;
}

size_t binnet_text_length(const binnet_text *text)
{
    return text != NULL ? text->out.length : 0;
}

const char *binnet_text_lost(const binnet_text *text)
{
    return text != NULL ? text->lost : NULL;
}

void binnet_text_free(binnet_text *text)
{
    if (text == NULL)
        return;
    file_memory m = text->out.memory;
    out_free(&text->out);
    memory_free(&m, text);
}

static int cannot_write(failure *why, const char *path, int number)
{
    return with_status(why, number == ENOMEM ? BINNET_E_NOMEM : BINNET_E_FILE,
                       fail_at(why, EXIT_STOPPED, path, 0, "cannot be written: %s", strerror(number)));
}

/* All bytes; 0 or an error number. */
static int write_all(int descriptor, const out_text *out)
{
    for (size_t at = 0; at < out->length;) {
        ssize_t done = write(descriptor, out->text + at, out->length - at);
        if (done < 0 && errno != EINTR)
            return errno;
        at += done > 0 ? (size_t)done : 0;
    }
    return 0;
}

/* A new file beside `place`, of the same permissions. */
static int create_beside(char *name, size_t size, const char *place, const struct stat *about)
{
    const char *slash = strrchr(place, '/');
    int folder = slash != NULL ? (int)(slash - place) + 1 : 0;
    for (unsigned k = 0; k < 1000; k++) {
        if (snprintf(name, size, "%.*s.binnet-%ld-%u.part", folder, place, (long)getpid(), k) >= (int)size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 && about != NULL && fchmod(descriptor, about->st_mode & 0777) != 0)
            errno = 0; /* as far as they may be given */
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
    }
    return -1;
}

static int save_text(const binnet_text *text, const char *path, failure *why)
{
    struct stat about;
    char place[PATH_MAX], part[PATH_MAX + 64];
    int exists = stat(path, &about) == 0, plain = !exists || S_ISREG(about.st_mode);
    if (exists && S_ISDIR(about.st_mode))
        return cannot_write(why, path, EISDIR);
    if (exists && access(path, W_OK) != 0)
        return cannot_write(why, path, errno);
    if (exists ? realpath(path, place) == NULL : snprintf(place, sizeof place, "%s", path) >= (int)sizeof place)
        return cannot_write(why, path, exists ? errno : ENAMETOOLONG);
    int descriptor = plain ? create_beside(part, sizeof part, place, exists ? &about : NULL)
                           : open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return cannot_write(why, path, errno);
    int number = write_all(descriptor, &text->out);
    if (close(descriptor) != 0 && number == 0)
        number = errno;
    if (plain && number == 0 && rename(part, place) != 0)
        number = errno;
    if (plain && number != 0)
        unlink(part);
    return number == 0 ? EXIT_DONE : cannot_write(why, path, number);
}

int32_t binnet_text_save(binnet_ctx *ctx, const binnet_text *text, const char *path)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, text);
    API_NEED(ctx, path);
    return api_end(&a, save_text(text, path, &a.why));
}
