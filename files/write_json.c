/* The project's own network files, written. By hand: one neuron or connection a line, shortest exact numbers. */
#include "files/reading.h"

void out_json_string(out_text *out, const char *text)
{
    out_char(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            out_format(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            out_format(out, "\\u%04x", c);
        else
            out_char(out, c);
    }
    out_char(out, '"');
}

static void put_key(out_text *out, const char *key, const char *text)
{
    if (!text)
        return;
    out_format(out, ",\n  \"%s\": ", key);
    out_json_string(out, text);
}

static void put_number(out_text *out, const char *before, double x)
{
    char text[40];
    out_format(out, "%s%s", before, print_number(text, x));
}

/* Entry i of neurons or populations: what differs from the usual values. */
static void put_parameters(const network *net, out_text *out, size_t i)
{
    if (net->threshold[i] != 0)
        put_number(out, ", \"threshold\": ", net->threshold[i]);
    if (net->stimulus[i] != 0)
        put_number(out, ", \"stimulus\": ", net->stimulus[i]);
    if (net->normalisation[i] != 1)
        put_number(out, ", \"normalisation\": ", net->normalisation[i]);
}

static void put_neurons(const network *net, out_text *out)
{
    out_format(out, ",\n  \"neurons\": [");
    for (size_t i = 0; i < net->n; i++) {
        out_format(out, "%s\n    {\"name\": ", i ? "," : "");
        out_json_string(out, net->name[i]);
        put_parameters(net, out, i);
        if (net->n_populations) {
            out_format(out, ", \"population\": ");
            out_json_string(out, net->population_name[net->population[i]]);
        }
        out_char(out, '}');
    }
    out_format(out, "\n  ],\n  \"edges\": [");
    for (size_t i = 0; i < net->n && out_goes_on(out, i, net->n); i++)
        for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++) {
            out_format(out, "%s\n    {\"pre\": ", k ? "," : "");
            out_json_string(out, net->name[net->col[k]]);
            out_format(out, ", \"post\": ");
            out_json_string(out, net->name[i]);
            put_number(out, ", \"weight\": ", net->weight[k]);
            out_char(out, '}');
        }
    out_format(out, "\n  ]");
}

static void put_populations(const network *net, out_text *out)
{
    size_t p = net->n_sizes;
    out_format(out, ",\n  \"populations\": [");
    for (size_t a = 0; a < p; a++) {
        out_format(out, "%s\n    {\"name\": ", a ? "," : "");
        out_json_string(out, net->population_name[a]);
        out_format(out, ", \"size\": %lld", (long long)net->size[a]);
        put_parameters(net, out, a);
        out_char(out, '}');
    }
    out_format(out, "\n  ],\n  \"orientation\": \"post-rows\",\n  \"matrix\": [");
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++)
            put_number(out, b ? ", " : a ? "],\n    [" : "\n    [", net->J[a * p + b]);
    }
    out_format(out, "]\n  ],\n  \"self_connections\": %s", net->self_connections ? "true" : "false");
}

static void put_noise(const network *net, out_text *out)
{
    static const char *const kinds[] = {"gaussian", "logistic", "uniform", "laplace", "student_t"};
    const noise_choice *noise = &net->noise;
    if (noise->kind < BINNET_NOISE_GAUSSIAN || noise->kind > BINNET_NOISE_STUDENT_T)
        return;
    out_format(out, ",\n  \"noise\": {\"kind\": \"%s\"", kinds[noise->kind - BINNET_NOISE_GAUSSIAN]);
    size_t columns = noise->covariance ? net->n : noise->n_factors;
    const double *rows = noise->covariance ? noise->covariance : noise->factors;
    for (size_t i = 0; rows && i < net->n && out_goes_on(out, i, net->n); i++)
        for (size_t k = 0; k < columns; k++)
            put_number(out,
                       k                   ? ", "
                       : i                 ? "],\n    ["
                       : noise->covariance ? ", \"covariance\": [\n    ["
                                           : ", \"factors\": [\n    [",
                       rows[i * columns + k]);
    out_format(out, "%s", rows ? "]]" : "");
    const char *scale = noise->factors ? "own" : "scale";
    if (!noise->covariance && !noise->scale) {
        out_format(out, ", \"%s\": ", scale);
        put_number(out, "", noise->common);
    }
    for (size_t i = 0; noise->scale && i < net->n; i++) {
        if (!i)
            out_format(out, ", \"%s\": [", scale);
        put_number(out, i ? ", " : "", noise->scale[i]);
    }
    out_format(out, "%s", noise->scale ? "]" : "");
    if (noise->kind == BINNET_NOISE_STUDENT_T)
        put_number(out, ", \"dof\": ", noise->dof);
    out_char(out, '}');
}

void write_json(const network *net, out_text *out)
{
    static const char *const ties[] = {"active", "silent", "keep"};
    static const char *const updates[] = {"synchronous", "asynchronous", "sweep"};
    out_format(out, "{\n  \"format\": \"binnet-network 1\"");
    put_key(out, "title", net->title);
    put_key(out, "source", net->source);
    for (size_t i = 0; i < net->n_notes; i++) {
        out_format(out, "%s", i ? ",\n    " : ",\n  \"comment\": [\n    ");
        out_json_string(out, net->note[i]);
    }
    if (net->n_notes)
        out_format(out, "\n  ]");
    if (net->n_sizes)
        put_populations(net, out);
    else
        put_neurons(net, out);
    if (net->tie > BINNET_TIE_ACTIVE && net->tie <= BINNET_TIE_KEEP)
        out_format(out, ",\n  \"tie\": \"%s\"", ties[net->tie]);
    put_noise(net, out);
    if (net->update >= BINNET_UPDATE_SYNCHRONOUS && net->update <= BINNET_UPDATE_SWEEP)
        out_format(out, ",\n  \"update\": \"%s\"", updates[net->update - BINNET_UPDATE_SYNCHRONOUS]);
    out_format(out, "\n}\n");
}
