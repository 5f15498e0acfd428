/* Text that was written in memory, and its way to a file. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "files/api.h"

#include <errno.h>
#include <fcntl.h>
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

binnet_text *text_new(api_call *a)
{
    int64_t limit = 0;
    binnet_text *text = api_new(a, sizeof *text);
    if (text != NULL && binnet_ctx_get_i64(a->call.ctx, BINNET_P_MEMORY_LIMIT, &limit) == BINNET_OK)
        text->out.most = (uint64_t)limit;
    return text;
}

int32_t text_end(api_call *a, binnet_text **out, binnet_text *text, int code)
{
    text->out.memory = a->call.memory;
    text->out.why = NULL; /* the call's */
    if (code == EXIT_DONE)
        *out = text;
    else
        binnet_text_free(text);
    return api_end(a, code);
}

static int cannot_write(failure *why, const char *path, int number)
{
    return with_status(why, number == ENOMEM ? BINNET_E_NOMEM : BINNET_E_FILE,
                       fail_at(why, EXIT_STOPPED, path, 0, "cannot be written: %s", strerror(number)));
}

/* All bytes; 0 or an error number. */
static int write_all(int descriptor, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t done = write(descriptor, bytes + at, length - at);
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

static int save_piece(void *user, const char *bytes, size_t length, failure *why)
{
    const saving *s = user;
    int number = write_all(s->descriptor, bytes, length);
    return number == 0 ? EXIT_DONE : cannot_write(why, s->place, number);
}

int saving_begin(saving *s, const char *path, failure *why)
{
    struct stat about;
    int exists = stat(path, &about) == 0;
    s->out = (out_text){.take = save_piece, .user = s};
    s->why = why;
    s->replaces = !exists || S_ISREG(about.st_mode);
    if (exists && S_ISDIR(about.st_mode))
        return cannot_write(why, path, EISDIR);
    if (exists && access(path, W_OK) != 0)
        return cannot_write(why, path, errno);
    if (exists ? realpath(path, s->place) == NULL
               : snprintf(s->place, sizeof s->place, "%s", path) >= (int)sizeof s->place)
        return cannot_write(why, path, exists ? errno : ENAMETOOLONG);
    s->descriptor = s->replaces ? create_beside(s->part, sizeof s->part, s->place, exists ? &about : NULL)
                                : open(path, O_WRONLY | O_CLOEXEC);
    return s->descriptor >= 0 ? EXIT_DONE : cannot_write(why, path, errno);
}

int saving_end(saving *s, int code)
{
    int number = close(s->descriptor) == 0 ? 0 : errno;
    if (code == EXIT_DONE && number == 0 && s->replaces && rename(s->part, s->place) != 0)
        number = errno;
    if (code == EXIT_DONE && number != 0)
        code = cannot_write(s->why, s->place, number);
    if (s->replaces && code != EXIT_DONE)
        unlink(s->part);
    out_free(&s->out);
    return code;
}

int32_t binnet_text_save(binnet_ctx *ctx, const binnet_text *text, const char *path)
{
    api_call a;
    saving s;
    API_ENTER(&a, ctx);
    API_NEED(ctx, text);
    API_NEED(ctx, path);
    int code = saving_begin(&s, path, &a.why);
    if (code == EXIT_DONE)
        code = saving_end(&s, save_piece(&s, text->out.text, text->out.length, &a.why));
    return api_end(&a, code);
}
