/* Networks as graphs for other programs: networkx's node-link JSON, and GraphML. */
#include "files/reading.h"

#include <string.h>

/* Calls put for each weight other than 0, row after row. */
static void each_connection(const network *net, out_text *out,
                            void (*put)(const network *, out_text *, size_t, size_t, double, int))
{
    int first = 1;
    for (size_t i = 0; i < net->n && out_goes_on(out, i, net->n); i++)
        for (size_t k = 0; k < (net->n_sizes ? net->n : (size_t)(net->row_ptr[i + 1] - net->row_ptr[i])); k++) {
            size_t at = net->n_sizes ? 0 : (size_t)net->row_ptr[i] + k, j = net->n_sizes ? k : (size_t)net->col[at];
            double weight = net->n_sizes ? network_weight(net, i, j) : net->weight[at];
            if (weight != 0) {
                put(net, out, i, j, weight, first);
                first = 0;
            }
        }
}

static double value_of(const network *net, const double *values, size_t i)
{
    return values[net->n_sizes && net->population ? (size_t)net->population[i] : i];
}

/* --- node-link --- */

static void put_link(const network *net, out_text *out, size_t i, size_t j, double weight, int first)
{
    char text[40];
    out_string(out, first ? "\n    {\"source\": " : ",\n    {\"source\": ");
    out_json_string(out, net->name[j]);
    out_string(out, ", \"target\": ");
    out_json_string(out, net->name[i]);
    out_format(out, ", \"weight\": %s}", print_number(text, weight));
}

void write_node_link(const network *net, out_text *out)
{
    char text[40];
    out_string(out, "{\n  \"directed\": true,\n  \"multigraph\": false,\n  \"graph\": {");
    if (net->title) {
        out_string(out, "\"name\": ");
        out_json_string(out, net->title);
    }
    out_string(out, "},\n  \"nodes\": [");
    for (size_t i = 0; i < net->n; i++) {
        const struct {
            const char *key;
            double value, usual;
        } values[] = {{"threshold", value_of(net, net->threshold, i), 0},
                      {"stimulus", value_of(net, net->stimulus, i), 0},
                      {"normalisation", value_of(net, net->normalisation, i), 1}};
        out_string(out, i ? ",\n    {\"id\": " : "\n    {\"id\": ");
        out_json_string(out, net->name[i]);
        for (size_t k = 0; k < 3; k++)
            if (values[k].value < values[k].usual || values[k].value > values[k].usual)
                out_format(out, ", \"%s\": %s", values[k].key, print_number(text, values[k].value));
        out_char(out, '}');
    }
    out_string(out, "\n  ],\n  \"links\": [");
    each_connection(net, out, put_link);
    out_string(out, "\n  ]\n}\n");
}

/* --- GraphML --- */

static void out_xml(out_text *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            out_string(out, "&amp;");
            break;
        case '<':
            out_string(out, "&lt;");
            break;
        case '>':
            out_string(out, "&gt;");
            break;
        case '"':
            out_string(out, "&quot;");
            break;
        default:
            out_char(out, *text);
        }
}

static void put_edge(const network *net, out_text *out, size_t i, size_t j, double weight, int first)
{
    char text[40];
    (void)first;
    out_string(out, "    <edge source=\"");
    out_xml(out, net->name[j]);
    out_string(out, "\" target=\"");
    out_xml(out, net->name[i]);
    out_format(out, "\"><data key=\"weight\">%s</data></edge>\n", print_number(text, weight));
}

void write_graphml(const network *net, out_text *out)
{
    static const char *const keys[] = {"threshold", "stimulus", "normalisation"};
    char text[40];
    out_string(
        out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
    for (size_t k = 0; k < 3; k++)
        out_format(out,
                   "  <key id=\"%s\" for=\"node\" attr.name=\"%s\" attr.type=\"double\"><default>%d</default></key>\n",
                   keys[k], keys[k], k == 2);
    out_string(out, "  <key id=\"weight\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>\n"
                    "  <graph edgedefault=\"directed\">\n");
    for (size_t i = 0; i < net->n; i++) {
        const double value[] = {value_of(net, net->threshold, i), value_of(net, net->stimulus, i),
                                value_of(net, net->normalisation, i)};
        out_string(out, "    <node id=\"");
        out_xml(out, net->name[i]);
        out_string(out, "\">");
        for (size_t k = 0; k < 3; k++)
            if (value[k] < (k == 2) || value[k] > (k == 2))
                out_format(out, "<data key=\"%s\">%s</data>", keys[k], print_number(text, value[k]));
        out_string(out, "</node>\n");
    }
    each_connection(net, out, put_edge);
    out_string(out, "  </graph>\n</graphml>\n");
}
