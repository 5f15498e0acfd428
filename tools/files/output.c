/* Files written beside their place and renamed; files read, which are never written over. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "files/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    output *next;
    FILE *file;
    char *path, *part; /* path: links followed; part NULL: a device, written as it is */
    char *name;        /* as it was asked for, of a member of the set */
    int pending;       /* its place among the parts a signal removes, -1: none */
};

/* --- what was read --- */

typedef struct identity {
    dev_t device;
    ino_t number;
} identity;

static identity *read_files;
static size_t read_count, read_room;

static int was_read(const struct stat *about)
{
    for (size_t k = 0; k < read_count; k++)
        if (read_files[k].device == about->st_dev && read_files[k].number == about->st_ino)
            return 1;
    return 0;
}

static int keep_identity(const struct stat *about)
{
    if (!S_ISREG(about->st_mode) || was_read(about))
        return 0;
    if (read_count == read_room) {
        size_t room = read_room > 0 ? 2 * read_room : 8;
        identity *larger = realloc(read_files, room * sizeof *larger);
        if (larger == NULL)
            return -1;
        read_files = larger;
        read_room = room;
    }
    read_files[read_count++] = (identity){about->st_dev, about->st_ino};
    return 0;
}

int output_keep(int descriptor)
{
    struct stat about;
    return fstat(descriptor, &about) == 0 ? keep_identity(&about) : 0;
}

int output_keep_path(const char *path)
{
    struct stat about;
    if (strcmp(path, "-") == 0)
        return output_keep(STDIN_FILENO);
    return stat(path, &about) == 0 ? keep_identity(&about) : 0;
}

static int keep_opened(void *user, const char *path, int descriptor)
{
    (void)user;
    (void)path;
    return output_keep(descriptor);
}

const file_call output_watch = {.opened = keep_opened};

void output_forget(void)
{
    free(read_files);
    read_files = NULL;
    read_count = read_room = 0;
}

int output_check(const char *path, failure *why)
{
    struct stat about;
    if (strcmp(path, "-") == 0 || stat(path, &about) != 0 || !was_read(&about))
        return EXIT_DONE;
    return fail_at(why, EXIT_USAGE, path, 0,
                   "was read and would be written over; expected another name for the output");
}

/* --- parts that are left when the program is ended --- */

enum { PENDING = 32 };
static char *volatile pending[PENDING];

void output_remove_parts(void)
{
    for (int k = 0; k < PENDING; k++)
        if (pending[k] != NULL)
            unlink(pending[k]);
}

static void on_signal(int number)
{
    static const char line[] = "binnet: interrupted while writing\n";
    (void)number;
    output_remove_parts();
    ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
    (void)ignored;
    _exit(EXIT_STOPPED);
}

/* Unless somebody else has a handler. */
static void watch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        struct sigaction action;
        if (sigaction(numbers[k], NULL, &action) != 0 || action.sa_handler != SIG_DFL)
            continue;
        action = (struct sigaction){.sa_handler = on_signal};
        sigemptyset(&action.sa_mask);
        sigaction(numbers[k], &action, NULL);
    }
}

static int add_pending(char *part)
{
    static int registered;
    if (!registered)
        registered = atexit(output_remove_parts) == 0;
    watch_signals();
    for (int k = 0; k < PENDING; k++)
        if (pending[k] == NULL) {
            pending[k] = part;
            return k;
        }
    return -1;
}

/* --- one output --- */

static output *open_outputs;

static int cannot(failure *why, const char *path, int number)
{
    return fail_at(why, number == ENOMEM ? EXIT_BUDGET : EXIT_STOPPED, path, 0, "cannot be written: %s",
                   strerror(number));
}

int output_check_folder(const char *path, failure *why)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (folder == NULL)
        return cannot(why, path, ENOMEM);
    struct stat about;
    int number = stat(folder, &about) != 0 ? errno : !S_ISDIR(about.st_mode) ? ENOTDIR : 0;
    free(folder);
    return number == 0 ? EXIT_DONE : cannot(why, path, number);
}

static void free_output(output *o)
{
    if (o->pending >= 0)
        pending[o->pending] = NULL;
    free(o->path);
    free(o->part);
    free(o->name);
    free(o);
}

/* A new file in the folder of o->path; -1 with errno. */
static int create_part(output *o, mode_t mode)
{
    const char *slash = strrchr(o->path, '/');
    int folder = slash != NULL ? (int)(slash - o->path) + 1 : 0, descriptor = -1;
    size_t size = (size_t)folder + 64;
    o->part = malloc(size);
    if (o->part == NULL)
        return -1;
    for (unsigned k = 0; descriptor < 0 && k < 1000; k++) {
        snprintf(o->part, size, "%.*s.binnet-%ld-%u.part", folder, o->path, (long)getpid(), k);
        descriptor = open(o->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST)
            return -1;
    }
    if (descriptor >= 0)
        o->pending = add_pending(o->part);
    /* What replaces a file keeps its permissions, as far as they may be given. */
    if (descriptor >= 0 && mode != 0 && fchmod(descriptor, mode & 0777) != 0)
        errno = 0;
    return descriptor;
}

/* A descriptor of this program that is the file (/dev/stdout), or -1. */
static int own_descriptor(const struct stat *about)
{
    struct stat own;
    for (int k = STDOUT_FILENO; k <= STDERR_FILENO; k++)
        if (fstat(k, &own) == 0 && own.st_dev == about->st_dev && own.st_ino == about->st_ino)
            return k;
    return -1;
}

/* *descriptor: of the file to write. */
static int place_output(output **out, int *descriptor, const char *path, failure *why)
{
    struct stat about;
    TRY(output_check(path, why));
    int exists = stat(path, &about) == 0;
    if (exists && S_ISDIR(about.st_mode))
        return cannot(why, path, EISDIR);
    if (exists && access(path, W_OK) != 0)
        return cannot(why, path, errno);
    output *o = calloc(1, sizeof *o);
    if (o == NULL)
        return cannot(why, path, ENOMEM);
    o->pending = -1;
    o->path = exists ? realpath(path, NULL) : strdup(path);
    errno = o->path == NULL ? ENOMEM : 0;
    int own = exists ? own_descriptor(&about) : -1;
    *descriptor = o->path == NULL                     ? -1
                  : own >= 0                          ? dup(own)
                  : exists && !S_ISREG(about.st_mode) ? open(path, O_WRONLY | O_CLOEXEC)
                                                      : create_part(o, exists ? about.st_mode : 0);
    if (*descriptor < 0) {
        int code = cannot(why, path, errno);
        free_output(o);
        return code;
    }
    *out = o;
    return EXIT_DONE;
}

const char *output_name(const output *o)
{
    return o->part != NULL ? o->part : o->path;
}

int output_reserve(output **out, const char *path, failure *why)
{
    int descriptor = -1;
    TRY(place_output(out, &descriptor, path, why));
    close(descriptor);
    return EXIT_DONE;
}

int output_commit(output *o, failure *why)
{
    int code = o->part != NULL && rename(o->part, o->path) != 0 ? cannot(why, o->path, errno) : EXIT_DONE;
    if (code != EXIT_DONE)
        unlink(o->part);
    free_output(o);
    return code;
}

void output_discard(output *o)
{
    if (o->part != NULL)
        unlink(o->part);
    free_output(o);
}

/* --- as a stream --- */

int output_open(FILE **out, const char *path, failure *why)
{
    output *o = NULL;
    int descriptor = -1;
    *out = stdout;
    if (strcmp(path, "-") == 0)
        return EXIT_DONE;
    TRY(place_output(&o, &descriptor, path, why));
    if (o->part == NULL)
        fflush(stdout); /* the place may be standard output by another name */
    o->file = *out = fdopen(descriptor, "wb");
    if (*out == NULL) {
        close(descriptor);
        output_discard(o);
        return cannot(why, path, ENOMEM);
    }
    o->next = open_outputs;
    open_outputs = o;
    return EXIT_DONE;
}

/* Out of the list; NULL: standard output. */
static output *take_output(const FILE *file)
{
    output **at = &open_outputs;
    while (*at != NULL && (*at)->file != file)
        at = &(*at)->next;
    output *o = *at;
    if (o != NULL)
        *at = o->next;
    return o;
}

/* A full disk may show only when the last bytes go out. */
static int finish_stream(FILE *out, const char *path, failure *why)
{
    errno = 0;
    int broken = fflush(out) != 0 || ferror(out), number = errno;
    if (out != stdout && fclose(out) != 0 && !broken) {
        broken = 1;
        number = errno;
    }
    return !broken ? EXIT_DONE
                   : fail_at(why, EXIT_STOPPED, path, 0, "could not be written to its end: %s",
                             number ? strerror(number) : "output error");
}

int output_close(FILE *out, const char *path, failure *why)
{
    output *o = take_output(out);
    int code = finish_stream(out, path, why);
    if (o == NULL)
        return code;
    if (code == EXIT_DONE)
        return output_commit(o, why);
    output_discard(o);
    return code;
}

void output_drop(FILE *out)
{
    output *o = take_output(out);
    if (o == NULL)
        return;
    fclose(out);
    output_discard(o);
}

/* --- a set, which goes to its places together --- */

static output *set, **set_end = &set;

int output_hold(FILE *out, const char *path, failure *why)
{
    output *o = take_output(out);
    int code = finish_stream(out, path, why);
    if (o == NULL)
        return code;
    o->file = NULL;
    o->next = NULL;
    o->name = code == EXIT_DONE ? strdup(path) : NULL;
    if (o->name == NULL) {
        output_discard(o);
        return code != EXIT_DONE ? code : cannot(why, path, ENOMEM);
    }
    *set_end = o;
    set_end = &o->next;
    return EXIT_DONE;
}

static output *take_member(void)
{
    output *o = set;
    set = o->next;
    set_end = set == NULL ? &set : set_end;
    return o;
}

int output_commit_set(void (*written)(const char *path), failure *why)
{
    while (set != NULL) {
        output *o = take_member();
        char *name = o->name;
        o->name = NULL;
        int code = output_commit(o, why);
        if (code == EXIT_DONE && written != NULL)
            written(name);
        free(name);
        if (code != EXIT_DONE) {
            output_drop_set();
            return code;
        }
    }
    return EXIT_DONE;
}

void output_drop_set(void)
{
    while (set != NULL)
        output_discard(take_member());
}
