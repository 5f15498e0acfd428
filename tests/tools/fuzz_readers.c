/*
 * libFuzzer target for the readers of network files. After a first byte 1, two bytes choose format and options;
 * otherwise the input is a network file as it is, so that real files are good beginnings. A line "=====" parts the
 * network from a second file (transmitters or names). What is read must be sound, and must read back as it was written.
 */
#include "write_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what, const char *detail)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

static const char *side_file(void)
{
    static char path[64];
    if (!*path)
        snprintf(path, sizeof path, "/tmp/fuzz_readers.%ld", (long)getpid());
    return path;
}

static void write_side_file(const uint8_t *data, size_t size)
{
    FILE *out = fopen(side_file(), "wb");
    must(out != NULL, "side file", side_file());
    if (size)
        fwrite(data, 1, size, out);
    fclose(out);
}

static void check_sound(const network *net)
{
    must(net->n >= 1 && net->n <= BINNET_MAX_NETWORK, "neurons", "out of range");
    for (size_t i = 0; i < net->n; i++)
        must(net->name[i] && *net->name[i], "name", "missing");
    if (net->n_sizes)
        return;
    must(net->row_ptr[0] == 0, "rows", "do not begin at 0");
    for (size_t i = 0; i < net->n; i++)
        for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++) {
            must(net->col[k] >= 0 && (size_t)net->col[k] < net->n, "column", "out of range");
            must(k == net->row_ptr[i] || net->col[k - 1] < net->col[k], "columns", "do not rise");
            must(net->weight[k] - net->weight[k] == 0 && net->weight[k] != 0, "weight", "0 or not finite");
        }
}

static void check_same(const network *a, const network *b)
{
    size_t entries = a->n_sizes ? a->n_sizes : a->n;
    must(a->n == b->n && a->n_sizes == b->n_sizes && a->n_populations == b->n_populations, "round trip", "sizes");
    for (size_t i = 0; i < a->n; i++)
        must(strcmp(a->name[i], b->name[i]) == 0, "round trip", "names");
    must(!memcmp(a->threshold, b->threshold, entries * sizeof(double)), "round trip", "thresholds");
    must(!memcmp(a->stimulus, b->stimulus, entries * sizeof(double)), "round trip", "stimuli");
    must(!memcmp(a->normalisation, b->normalisation, entries * sizeof(double)), "round trip", "normalisation");
    must(a->tie == b->tie && a->update == b->update && a->noise.kind == b->noise.kind, "round trip", "choices");
    if (a->n_sizes) {
        must(!memcmp(a->J, b->J, entries * entries * sizeof(double)), "round trip", "J");
        return;
    }
    must(!memcmp(a->row_ptr, b->row_ptr, (a->n + 1) * sizeof(int64_t)), "round trip", "rows");
    must(!memcmp(a->col, b->col, (size_t)a->row_ptr[a->n] * sizeof(int32_t)), "round trip", "columns");
    must(!memcmp(a->weight, b->weight, (size_t)a->row_ptr[a->n] * sizeof(double)), "round trip", "weights");
}

static void check_round_trip(const network *net)
{
    static const import_options usual = {.format = "json", .weight_scale = 1};
    network again;
    failure why = {.call = &output_watch};
    char lost[200];
    output_forget();
    must(network_write(net, side_file(), "json", lost, sizeof lost, &why) == EXIT_DONE, "write", why.text);
    must(network_read(&again, side_file(), &usual, &why) == EXIT_DONE, "read again", why.text);
    check_same(net, &again);
    network_free(&again);
}

static void check_library(const network *net)
{
    binnet_ctx *ctx = NULL;
    binnet_net *made = NULL;
    failure why = {.call = &output_watch};
    must(binnet_ctx_new(&ctx) == BINNET_OK, "ctx", "not made");
    must(network_make(ctx, &made, net, &why) == EXIT_DONE, "network_make", why.text);
    must(binnet_net_neurons(made) == net->n, "network_make", "neurons");
    binnet_net_free(made);
    binnet_ctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {NULL, "json", "matrix", "edges", "mtx", "npy"};
    static const sign_rule signs[] = {{"A", 1}, {"B", -1}, {"unknown", 0}};
    static const char part[] = "\n=====\n";
    int chosen = size >= 3 && data[0] == 1, choice = chosen ? data[1] : 0, bits = chosen ? data[2] : 0;
    static const row_filter filter = {"Type", "x"};
    /* Options that do not apply would end the reading: each goes with its formats only. */
    enum { detected, json, matrix, edges, mtx, npy } format = choice % 6;
    import_options how = {.format = formats[format],
                          .orientation = format != edges ? (choice >> 3) % 3 : ORIENTATION_NONE};
    how.sum_duplicates = (bits & 1) && (format == edges || format == json || format == mtx);
    how.number_names = (bits & 1) && format == matrix;
    how.weight_scale = bits & 2 ? -0.25 : 1;
    if (format == edges) {
        how.unsigned_edges = bits >> 4 & 3;
        how.undirected = bits >> 6 & 1;
        how.filter = bits >> 7 ? &filter : NULL;
        how.n_filters = how.filter != NULL;
        how.weight_column = choice & 64 ? "" : NULL;
    }
    const uint8_t *text = data + (chosen ? 3 : 0), *behind = text;
    size_t length = size - (chosen ? 3 : 0);
    while ((size_t)(behind - text) + sizeof part - 1 <= length && memcmp(behind, part, sizeof part - 1) != 0)
        behind++;
    if ((size_t)(behind - text) + sizeof part - 1 <= length) {
        write_side_file(behind + sizeof part - 1, length - (size_t)(behind - text) - (sizeof part - 1));
        length = (size_t)(behind - text);
        how.transmitters = bits & 4 ? side_file() : NULL;
        how.names_file = bits & 8 && (format == matrix || format == mtx || format == npy) ? side_file() : NULL;
        how.neurons_file = bits & 8 && format == edges ? side_file() : NULL;
        how.sign = signs;
        how.n_signs = how.transmitters ? 3 : 0;
    }
    /* A copy of its very length, so that reading behind its end is seen. */
    char *copy = malloc(length ? length : 1);
    network net;
    failure why = {.call = &output_watch};
    must(copy != NULL, "malloc", "the copy");
    memcpy(copy, text, length);
    int code = network_read_text(&net, "fuzz", copy, length, &how, &why);
    free(copy);
    if (code == EXIT_DONE) {
        check_sound(&net);
        if (net.n <= 2000) {
            check_round_trip(&net);
            check_library(&net);
        }
        network_free(&net);
    } else {
        must(why.code == code && *why.text && !strchr(why.text, '\n'), "message", why.text);
        must(net.n == 0 && !net.name && !net.weight && !net.note, "a failed read", "left something");
    }
    return 0;
}
