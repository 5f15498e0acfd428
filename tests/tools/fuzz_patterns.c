/*
 * libFuzzer target for files of patterns: text, CSV, PBM images, sequences and cycles. A line "=====" parts the file from an
 * image that it may name as face.pbm. What is read must be sound, and must read back as it was written.
 */
#include "files/patterns.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what, const char *detail)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

static const char *path_beside(char path[64], const char *name)
{
    snprintf(path, 64, "/tmp/fuzz_patterns.%ld", (long)getpid());
    mkdir(path, 0700);
    snprintf(path, 64, "/tmp/fuzz_patterns.%ld/%s", (long)getpid(), name);
    return path;
}

static void write_image(const uint8_t *data, size_t size)
{
    char path[64];
    FILE *out = fopen(path_beside(path, "face.pbm"), "wb");
    must(out != NULL, "image", path);
    if (size)
        fwrite(data, 1, size, out);
    fclose(out);
}

static void check_sound(const patterns *p)
{
    char *named = calloc(p->count, 1);
    must(named != NULL && p->n >= 1 && p->n <= BINNET_MAX_NETWORK && p->count >= 1 && p->paths >= 1, "sizes",
         "out of range");
    must(p->width == 0 || p->n % p->width == 0, "image", "rows of different lengths");
    for (size_t k = 0; k < p->count * p->n; k++)
        must(p->state[k] <= 1, "state", "neither 0 nor 1");
    for (size_t k = 0; k < p->count; k++)
        must(p->name[k][0] != '\0' && patterns_find(p, p->name[k]) == (int64_t)k && p->line[k] >= 1, "name",
             p->name[k]);
    for (size_t k = 0; k < p->paths; k++) {
        const pattern_path *path = &p->path[k];
        must(path->count >= (path->cyclic ? 1 : 2), "path", "too short");
        for (size_t e = 0; e < path->count; e++) {
            must(path->pattern[e] < p->count, "path", "no such pattern");
            named[path->pattern[e]] = 1;
        }
    }
    for (size_t k = 0; k < p->count; k++)
        must(named[k], "pattern in no path", p->name[k]);
    free(named);
}

static void check_again(const patterns *p)
{
    char path[64], *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    must(out != NULL, "memory", "a stream");
    fprintf(out, "# written again\n");
    for (size_t k = 0; k < p->count; k++) {
        fprintf(out, "%s: ", p->name[k]);
        for (size_t i = 0; i < p->n; i++)
            fputc('0' + p->state[k * p->n + i], out);
        fputc('\n', out);
    }
    for (size_t k = 0; k < p->paths; k++) {
        const pattern_path *way = &p->path[k];
        for (size_t e = 0; e < way->count + (size_t)way->cyclic && way->line > 0; e++)
            fprintf(out, "%s%s", e > 0 ? " -> " : "", p->name[way->pattern[e % way->count]]);
        fputc('\n', out);
    }
    fclose(out);
    document doc = {path_beside(path, "again.txt"), text, length};
    patterns q;
    failure why = {0};
    must(patterns_read_text(&q, &doc, 0, &why) == EXIT_DONE, "read again", why.text);
    must(p->n == q.n && p->count == q.count && p->paths == q.paths, "round trip", "sizes");
    must(memcmp(p->state, q.state, p->count * p->n) == 0, "round trip", "states");
    for (size_t k = 0; k < p->count; k++)
        must(strcmp(p->name[k], q.name[k]) == 0, "round trip", p->name[k]);
    for (size_t k = 0; k < p->paths; k++)
        must(p->path[k].count == q.path[k].count && p->path[k].cyclic == q.path[k].cyclic &&
                 memcmp(p->path[k].pattern, q.path[k].pattern, p->path[k].count * sizeof(size_t)) == 0,
             "round trip", "paths");
    patterns_free(&q);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char part[] = "\n=====\n";
    const size_t parting = sizeof part - 1;
    size_t length = 0;
    while (length + parting <= size && memcmp(data + length, part, parting) != 0)
        length++;
    if (length + parting <= size)
        write_image(data + length + parting, size - length - parting);
    else
        length = size;
    /* A copy of its very length, so that reading behind its end is seen. */
    char path[64], *copy = malloc(length ? length : 1);
    must(copy != NULL, "malloc", "the copy");
    memcpy(copy, data, length);
    document doc = {path_beside(path, "list.txt"), copy, length};
    patterns p;
    failure why = {0};
    int code = patterns_read_text(&p, &doc, 1 << 20, &why);
    free(copy);
    if (code == EXIT_DONE) {
        check_sound(&p);
        if (p.n * p.count <= 100000)
            check_again(&p);
        patterns_free(&p);
    } else {
        must(why.text[0] != '\0' && strchr(why.text, '\n') == NULL, "message", why.text);
        must(p.count == 0 && p.name == NULL && p.state == NULL && p.path == NULL, "a failed read", "left something");
    }
    return 0;
}
