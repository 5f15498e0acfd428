/* Networks written in every format, and what a format cannot hold. */
#include "files/reading.h"
#include "text/npy.h"

#include <string.h>

/* Most neurons of a network written as a full matrix: 2 GiB of doubles. */
enum { MAX_DENSE = 16384 };

/* --- CSV --- */

static void put_name(out_text *out, const char *name)
{
    size_t length = strlen(name);
    int quote = strpbrk(name, ",\"#") != NULL || name[0] == ' ' || name[length - 1] == ' ';
    if (!quote) {
        out_string(out, name);
        return;
    }
    out_char(out, '"');
    for (; *name; name++)
        out_format(out, *name == '"' ? "\"\"" : "%c", *name);
    out_char(out, '"');
}

static void write_matrix(const network *net, out_text *out)
{
    char text[40];
    out_string(out, "post\\pre");
    for (size_t j = 0; j < net->n; j++) {
        out_char(out, ',');
        put_name(out, net->name[j]);
    }
    out_char(out, '\n');
    for (size_t i = 0; i < net->n && out_goes_on(out, i, net->n); i++) {
        put_name(out, net->name[i]);
        for (size_t j = 0; j < net->n; j++)
            out_format(out, ",%s", print_number(text, network_weight(net, i, j)));
        out_char(out, '\n');
    }
}

static void write_edge(const network *net, out_text *out, size_t i, size_t j, double weight)
{
    char text[40];
    put_name(out, net->name[j]);
    out_char(out, ',');
    put_name(out, net->name[i]);
    out_format(out, ",%s\n", print_number(text, weight));
}

static void write_edges(const network *net, out_text *out)
{
    out_string(out, "pre,post,weight\n");
    for (size_t i = 0; i < net->n && out_goes_on(out, i, net->n); i++) {
        if (!net->n_sizes)
            for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++)
                write_edge(net, out, i, (size_t)net->col[k], net->weight[k]);
        for (size_t j = 0; net->n_sizes && j < net->n; j++)
            if (network_weight(net, i, j) != 0)
                write_edge(net, out, i, j, network_weight(net, i, j));
    }
}

static void write_npy(const network *net, out_text *out)
{
    size_t n = net->n, shape[2] = {n, n};
    npy_text head;
    npy_header(&head, "", 2, shape, "<f8", NULL);
    out_bytes(out, head.text, head.length);
    for (size_t i = 0; i < n && out_goes_on(out, i, n); i++)
        for (size_t j = 0; j < n; j++) {
            double weight = network_weight(net, i, j);
            out_bytes(out, &weight, sizeof weight);
        }
}

/* --- what is lost --- */

typedef struct losses {
    char *text;
    size_t size, used;
} losses;

static void lose(losses *l, int is_lost, const char *what)
{
    if (!is_lost || l->used >= l->size)
        return;
    int length = snprintf(l->text + l->used, l->size - l->used, "%s%s", l->used ? ", " : "", what);
    l->used += length > 0 ? (size_t)length : 0;
}

static int differs(const double *values, size_t count, double usual)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != usual)
            return 1;
    return 0;
}

/* Whether a list of connections names the neurons in their order, and all of them. */
static int lose_order(losses *l, const network *net)
{
    unsigned char *seen = memory_new(&net->memory, net->n, 1);
    size_t next = 0;
    int ordered = 1;
    if (seen == NULL)
        return 0;
    for (size_t i = 0; i < net->n; i++)
        for (size_t k = 0; k < (net->n_sizes ? net->n : (size_t)(net->row_ptr[i + 1] - net->row_ptr[i])); k++) {
            size_t j = net->n_sizes ? k : (size_t)net->col[(size_t)net->row_ptr[i] + k], ends[2] = {j, i};
            if (net->n_sizes && network_weight(net, i, j) == 0)
                continue;
            for (size_t e = 0; e < 2; e++) {
                ordered = ordered && (seen[ends[e]] || ends[e] == next++);
                seen[ends[e]] = 1;
            }
        }
    lose(l, !ordered, "the order of the neurons");
    lose(l, memchr(seen, 0, net->n) != NULL, "neurons without connections");
    memory_free(&net->memory, seen);
    return 1;
}

/* 0: no memory. */
static int find_losses(const network *net, const char *format, losses *l)
{
    size_t entries = net->n_sizes ? net->n_sizes : net->n;
    int bare = strcmp(format, "mtx") == 0 || strcmp(format, "npy") == 0, link = strcmp(format, "node-link") == 0;
    int bnet = strcmp(format, "bnet") == 0, graph = link || strcmp(format, "graphml") == 0;
    lose(l, net->title != NULL && !link, "title");
    lose(l, net->source != NULL, "source");
    lose(l, net->n_notes != 0, "notes of the import");
    lose(l, bare, "names");
    lose(l, strcmp(format, "npy") == 0, "orientation (rows are postsynaptic)");
    if (strcmp(format, "edges") == 0 && !lose_order(l, net))
        return 0;
    lose(l, net->n_populations != 0 || net->n_sizes != 0, "populations");
    lose(l, bnet, "weights (their Boolean functions are there)");
    lose(l, !graph && !bnet && differs(net->threshold, entries, 0), "thresholds");
    lose(l, !graph && !bnet && differs(net->stimulus, entries, 0), "stimuli");
    lose(l, !graph && !bnet && differs(net->normalisation, entries, 1), "normalisation");
    lose(l, !bnet && net->tie != BINNET_TIE_ACTIVE, "tie rule");
    lose(l, net->noise.kind != 0, "noise");
    lose(l, net->update != 0, "update rule");
    return 1;
}

int network_print(out_text *out, const network *net, const char *path, const char *format, char *lost, size_t lost_size,
                  failure *why)
{
    static const struct {
        const char *format;
        void (*write)(const network *net, out_text *out);
        int keeps_all, dense; /* dense 2: where populations are alike only */
    } formats[] = {{"json", write_json, 1, 0},       {"matrix", write_matrix, 0, 1},
                   {"edges", write_edges, 0, 2},     {"mtx", write_mtx, 0, 2},
                   {"npy", write_npy, 0, 1},         {"node-link", write_node_link, 0, 2},
                   {"graphml", write_graphml, 0, 2}, {"bnet", write_bnet, 0, 2}};
    size_t k = 0, count = sizeof formats / sizeof *formats;
    out->memory = *memory_of(why);
    out->why = why;
    if (lost_size)
        *lost = 0;
    while (k < count && strcmp(formats[k].format, format) != 0)
        k++;
    if (k == count)
        return fail(why, EXIT_USAGE,
                    "the format is '%.60s'; expected json, matrix, edges, mtx, npy, node-link, "
                    "graphml or bnet",
                    format);
    if ((formats[k].dense == 1 || (formats[k].dense && net->n_sizes)) && net->n > MAX_DENSE)
        return fail_at(why, EXIT_BUDGET, path, 0, "%zu neurons are too many for a full matrix; expected at most %d",
                       net->n, MAX_DENSE);
    if (strcmp(format, "bnet") == 0)
        TRY(check_bnet(net, path, why));
    if (!formats[k].keeps_all && !find_losses(net, format, &(losses){.text = lost, .size = lost_size}))
        return fail_memory(why, path);
    formats[k].write(net, out);
    return out_end(out, path);
}
