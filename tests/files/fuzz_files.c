/*
 * libFuzzer target for the public readers: the first byte chooses what the rest is read as; a file that begins as one is read as
 * it is. What cannot be read is a code and one line that names the file. What was read makes a network, is written in every format,
 * and those that hold the network give it back.
 */
#include <binnet/binnet.h>
#include <binnet/files.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what, const char *detail)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

/* A refusal is of the arguments or of limits, with one line that begins with the name of the file. */
static void check_refusal(const binnet_ctx *ctx, int32_t status, const char *name)
{
    const char *message = binnet_ctx_message(ctx);
    must(status == BINNET_E_FORMAT || status == BINNET_E_RANGE || status == BINNET_E_LIMIT, "code",
         binnet_strerror(status));
    must(strncmp(message, name, strlen(name)) == 0 && strpbrk(message, "\n\r") == NULL, "message", message);
}

static void check_same(binnet_ctx *ctx, const binnet_net *a, const binnet_net *b, const char *format)
{
    size_t n = binnet_net_neurons(a), entries = (size_t)binnet_net_entries(a);
    must(binnet_net_neurons(b) == n && binnet_net_entries(b) == entries, "round trip: size", format);
    int64_t *row = calloc(2 * (n + 1), sizeof *row);
    int32_t *col = calloc(2 * (entries + 1), sizeof *col);
    double *weight = calloc(2 * (entries + 1), sizeof *weight);
    must(row && col && weight, "memory", format);
    must(binnet_net_csr(ctx, row, col, weight, n, entries, a) == BINNET_OK, "csr", format);
    must(binnet_net_csr(ctx, row + n + 1, col + entries + 1, weight + entries + 1, n, entries, b) == BINNET_OK, "csr",
         format);
    must(memcmp(row, row + n + 1, (n + 1) * sizeof *row) == 0, "round trip: rows", format);
    must(memcmp(col, col + entries + 1, entries * sizeof *col) == 0, "round trip: columns", format);
    must(memcmp(weight, weight + entries + 1, entries * sizeof *weight) == 0, "round trip: weights", format);
    free(row);
    free(col);
    free(weight);
}

static void check_written(binnet_ctx *ctx, const binnet_network_file *file, const binnet_net *net)
{
    static const struct {
        const char *format, *name;
    } formats[] = {{"json", "again.json"},
                   {"node-link", "again.json"},
                   {"graphml", "again.graphml"},
                   {"mtx", "again.mtx"},
                   {"matrix", "again.csv"},
                   {"npy", NULL},
                   {"edges", NULL},
                   {"bnet", NULL}};
    for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) {
        const char *format = formats[k].format;
        binnet_text *text = NULL;
        int32_t status = binnet_network_file_print(ctx, &text, file, format);
        if (status != BINNET_OK) {
            must(status == BINNET_E_LIMIT || (strcmp(format, "bnet") == 0 && status == BINNET_E_RANGE), format,
                 binnet_ctx_message(ctx));
            continue;
        }
        must(binnet_text_length(text) > 0 && binnet_text_lost(text) != NULL, "text", format);
        binnet_network_file *again = NULL;
        binnet_net *same = NULL;
        binnet_import *how = NULL;
        if (formats[k].name != NULL) {
            must(binnet_import_new(ctx, &how) == BINNET_OK, "import", format);
            must(binnet_import_set(ctx, how, "from", format) == BINNET_OK, "from", format);
            status = binnet_network_file_parse(ctx, &again, formats[k].name, binnet_text_data(text),
                                               binnet_text_length(text), how);
            must(status == BINNET_OK, format, binnet_ctx_message(ctx));
            must(binnet_network_file_net(ctx, &same, again) == BINNET_OK, format, binnet_ctx_message(ctx));
            check_same(ctx, net, same, format);
            for (size_t i = 0; i < binnet_net_neurons(net) && strcmp(format, "mtx") != 0; i++)
                must(strcmp(binnet_network_file_name(file, i), binnet_network_file_name(again, i)) == 0,
                     "round trip: names", format);
        }
        binnet_import_free(how);
        binnet_net_free(same);
        binnet_network_file_free(again);
        binnet_text_free(text);
    }
}

static void read_network(binnet_ctx *ctx, const char *name, const char *text, size_t length)
{
    binnet_network_file *file = NULL;
    int32_t status = binnet_network_file_parse(ctx, &file, name, text, length, NULL);
    if (status != BINNET_OK) {
        must(file == NULL, "a failed read", "made something");
        check_refusal(ctx, status, name);
        return;
    }
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    must(binnet_network_file_net(ctx, &net, file) == BINNET_OK, "net", binnet_ctx_message(ctx));
    status = binnet_network_file_noise(ctx, &noise, file);
    must(status == BINNET_OK || (status >= 100 && status < 200), "noise", binnet_ctx_message(ctx));
    for (size_t i = 0; i < binnet_network_file_neurons(file); i++)
        must(binnet_network_file_find(file, binnet_network_file_name(file, i)) == (int64_t)i, "name",
             binnet_network_file_name(file, i));
    if (binnet_net_neurons(net) <= 300)
        check_written(ctx, file, net);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_network_file_free(file);
}

static void read_object(binnet_ctx *ctx, int which, const char *text, size_t length)
{
    binnet_ensemble_file *e = NULL;
    binnet_pattern_file *p = NULL;
    binnet_matrix_file *m = NULL;
    binnet_law *law = NULL;
    binnet_order *order = NULL;
    binnet_ensemble *made = NULL;
    int32_t status = which == 0   ? binnet_ensemble_file_parse(ctx, &e, "fuzz", text, length, NULL)
                     : which == 1 ? binnet_pattern_file_parse(ctx, &p, "fuzz", text, length, NULL)
                     : which == 2 ? binnet_matrix_file_parse(ctx, &m, "fuzz", text, length, NULL)
                     : which == 3 ? binnet_law_parse(ctx, &law, "fuzz", text, length, NULL)
                                  : binnet_order_parse(ctx, &order, "fuzz", text, length, NULL);
    if (status == BINNET_OK && e != NULL)
        (void)binnet_ensemble_file_ensemble(ctx, &made, e);
    if (status != BINNET_OK && status != BINNET_E_FILE) /* images that patterns name are not there */
        check_refusal(ctx, status, "fuzz");
    binnet_ensemble_free(made);
    binnet_ensemble_file_free(e);
    binnet_pattern_file_free(p);
    binnet_matrix_file_free(m);
    binnet_law_free(law);
    binnet_order_free(order);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"fuzz.json", "fuzz.graphml", "fuzz.csv", "fuzz.mtx", "fuzz.npy"};
    size_t count = sizeof names / sizeof *names, which;
    if (size == 0)
        return 0;
    if (data[0] == '{' || data[0] == '<')
        which = data[0] == '<';
    else {
        which = data[0] % (count + 5);
        data++;
        size--;
    }
    /* A copy of its very length, so that reading behind its end is seen. */
    char *copy = malloc(size ? size : 1);
    binnet_ctx *ctx = NULL;
    must(copy != NULL && binnet_ctx_new(&ctx) == BINNET_OK, "malloc", "the copy");
    memcpy(copy, data, size);
    if (which < count)
        read_network(ctx, names[which], copy, size);
    else
        read_object(ctx, (int)(which - count), copy, size);
    free(copy);
    binnet_ctx_free(ctx);
    return 0;
}
