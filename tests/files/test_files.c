/* libbinnet-files by its public interface: what is read is what was written, messages name place and line, codes are the house's. */
#define _DEFAULT_SOURCE /* usleep */
#include "support/support.h"

#include <binnet/files.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *root = ".";

static binnet_network_file *parse_as(binnet_ctx *ctx, const char *name, const char *text, const char *format)
{
    binnet_network_file *file;
    binnet_import *how;
    OK(binnet_import_new(ctx, &how));
    if (format != NULL)
        OK(binnet_import_set(ctx, how, "from", format));
    int32_t code = binnet_network_file_parse(ctx, &file, name, text, strlen(text), how);
    ck_assert_msg(code == BINNET_OK, "%d %s\n%s", (int)code, binnet_ctx_message(ctx), text);
    binnet_import_free(how);
    return file;
}

static binnet_net *net_of(binnet_ctx *ctx, const binnet_network_file *file)
{
    binnet_net *net;
    OK(binnet_network_file_net(ctx, &net, file));
    return net;
}

/* Weights, thresholds, stimuli, normalisations, and the tie rule where it is kept. */
static void check_same_net(const binnet_net *a, const binnet_net *b, int parameters)
{
    size_t n = binnet_net_neurons(a);
    ck_assert_uint_eq(n, binnet_net_neurons(b));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            ck_assert_double_eq(binnet_net_weight(a, i, j), binnet_net_weight(b, i, j));
        if (!parameters)
            continue;
        ck_assert_double_eq(binnet_net_threshold(a, i), binnet_net_threshold(b, i));
        ck_assert_double_eq(binnet_net_stimulus(a, i), binnet_net_stimulus(b, i));
        ck_assert_double_eq(binnet_net_normalisation(a, i), binnet_net_normalisation(b, i));
    }
}

static binnet_net *random_net(binnet_ctx *ctx, dice *d, size_t n, double density, int whole, int32_t tie)
{
    double J[16 * 16], M[16], theta[16], stimulus[16];
    binnet_net *net, *tied;
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll(d) < density ? (whole ? floor(roll_in(d, -3, 4)) : roll_in(d, -1, 1)) : 0;
    for (size_t i = 0; i < n; i++) {
        M[i] = whole ? 1 + (double)roll_to(d, 3) : roll_in(d, 0.5, 2);
        theta[i] = whole ? floor(roll_in(d, -1, 2)) : roll_in(d, -0.5, 0.5);
        stimulus[i] = whole ? 0 : roll_in(d, -0.5, 0.5);
    }
    OK(binnet_net_new(ctx, &net, n, J, M, theta, stimulus));
    OK(binnet_net_with_tie(ctx, &tied, net, tie));
    binnet_net_free(net);
    return tied;
}

START_TEST(formats_give_back_what_they_were_given)
{
    static const struct {
        const char *format;
        int parameters;
    } formats[] = {{"json", 1}, {"matrix", 0}, {"edges", 0}, {"mtx", 0}, {"node-link", 1}, {"graphml", 1}};
    static const char *const names[] = {"AB<&>\"1", "b c", "\xc3\xa9", "x,y"};
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(1);
    for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) {
        binnet_net *net = random_net(ctx, &d, 4, 1, 0, BINNET_TIE_ACTIVE);
        binnet_network_file *file, *again;
        binnet_text *text;
        OK(binnet_network_file_new(ctx, &file, net, NULL, 0));
        OK(binnet_network_file_set_names(ctx, file, 4, names));
        OK(binnet_network_file_set_text(ctx, file, BINNET_TEXT_TITLE, "four \"neurons\""));
        OK(binnet_network_file_print(ctx, &text, file, formats[k].format));
        ck_assert_uint_eq(strlen(binnet_text_data(text)), binnet_text_length(text));
        ck_assert_int_eq(strstr(binnet_text_lost(text), "thresholds") != NULL, !formats[k].parameters);
        again = parse_as(ctx, "text", binnet_text_data(text), formats[k].format);
        binnet_net *read = net_of(ctx, again);
        check_same_net(net, read, formats[k].parameters);
        for (size_t i = 0; i < 4 && strcmp(formats[k].format, "mtx") != 0; i++) {
            if (strcmp(formats[k].format, "edges") == 0)
                ck_assert_int_ge(binnet_network_file_find(again, names[i]), 0);
            else
                ck_assert_str_eq(binnet_network_file_name(again, i), names[i]);
        }
        if (strcmp(formats[k].format, "json") == 0 || strcmp(formats[k].format, "node-link") == 0)
            ck_assert_str_eq(binnet_network_file_text(again, BINNET_TEXT_TITLE), "four \"neurons\"");
        binnet_net_free(read);
        binnet_net_free(net);
        binnet_text_free(text);
        binnet_network_file_free(again);
        binnet_network_file_free(file);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(objects_of_every_form)
{
    const int64_t size[] = {3, 1, 2};
    const double J[] = {1, -2, 0, 3, 4, 5, 0, 6, 7}, theta[] = {0.5, 0, -1}, scale[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    binnet_ctx *ctx = new_ctx(1);
    for (int self = 0; self <= 1; self++) {
        binnet_net *net;
        binnet_noise *noise, *back;
        binnet_network_file *file;
        binnet_text *text;
        OK(binnet_net_new_homogeneous(ctx, &net, 3, size, J, NULL, theta, NULL, self));
        OK(binnet_noise_new(ctx, &noise, BINNET_NOISE_STUDENT_T, 6, scale, 3.5));
        OK(binnet_network_file_new(ctx, &file, net, noise, BINNET_UPDATE_ASYNCHRONOUS));
        ck_assert_str_eq(binnet_network_file_name(file, 2), "P1.3");
        ck_assert_str_eq(binnet_network_file_name(file, 3), "P2");
        ck_assert_str_eq(binnet_network_file_name(file, 5), "P3.2");
        ck_assert_int_eq(binnet_network_file_set_population_names(ctx, file, 3, (const char *const[]){"E", "I", "E"}),
                         BINNET_E_RANGE);
        ck_assert_int_eq(binnet_network_file_set_population_names(ctx, file, 2, (const char *const[]){"E", "I"}),
                         BINNET_E_SIZE);
        ck_assert_int_eq(binnet_network_file_set_population_names(ctx, file, 3, (const char *const[]){"E", NULL, "I"}),
                         BINNET_E_NULL);
        ck_assert_str_eq(binnet_network_file_name(file, 2), "P1.3");
        ck_assert_str_eq(binnet_network_file_population_name(file, 2), "P3");
        OK(binnet_network_file_set_population_names(ctx, file, 3, (const char *const[]){"E", "I", "S"}));
        ck_assert_str_eq(binnet_network_file_name(file, 2), "E.3");
        ck_assert_str_eq(binnet_network_file_name(file, 3), "I");
        ck_assert_str_eq(binnet_network_file_population_name(file, 2), "S");
        OK(binnet_network_file_print(ctx, &text, file, "json"));
        binnet_network_file *again = parse_as(ctx, "text.json", binnet_text_data(text), NULL);
        ck_assert_str_eq(binnet_network_file_name(again, 5), "S.2");
        binnet_net *read = net_of(ctx, again);
        check_same_net(net, read, 1);
        ck_assert_int_eq(binnet_net_is_homogeneous(read), 1);
        ck_assert_int_eq(binnet_net_self_connections(read), self);
        ck_assert_int_eq(binnet_network_file_update(again), BINNET_UPDATE_ASYNCHRONOUS);
        OK(binnet_network_file_noise(ctx, &back, again));
        ck_assert_int_eq(binnet_noise_kind(back), BINNET_NOISE_STUDENT_T);
        ck_assert_double_eq(binnet_noise_dof(back), 3.5);
        ck_assert_double_eq(binnet_noise_scale(back, 4), 0.5);
        ck_assert_int_eq(binnet_network_file_set_names(ctx, again, 6,
                                                       (const char *const[]){"a", "b", "c", "d", "e", "f"}),
                         BINNET_E_UNSUPPORTED);
        binnet_noise_free(back);
        binnet_noise_free(noise);
        binnet_net_free(read);
        binnet_net_free(net);
        binnet_text_free(text);
        binnet_network_file_free(again);
        binnet_network_file_free(file);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* What networkx 2.8 and 3.4 wrote (nx.node_link_data, nx.write_graphml), shortened. */
START_TEST(files_of_networkx)
{
    static const char *const link[] = {
        "{\"directed\": true, \"multigraph\": false, \"graph\": {}, \"nodes\": [{\"threshold\": 0.5, \"id\": \"a\"}, {\"id\": 7}], "
        "\"links\": [{\"weight\": -1.5, \"source\": \"a\", \"target\": 7}, {\"source\": 7, \"target\": 7}]}",
        "{\"directed\": true, \"multigraph\": false, \"graph\": {}, \"nodes\": [{\"threshold\": 0.5, \"id\": \"a\"}, {\"id\": 7}], "
        "\"edges\": [{\"weight\": -1.5, \"source\": \"a\", \"target\": 7}, {\"source\": 7, \"target\": 7}]}"};
    static const char graphml[] =
        "<?xml version='1.0' encoding='utf-8'?>\n"
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
        "<key id=\"d1\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\" />\n"
        "<key id=\"d0\" for=\"node\" attr.name=\"threshold\" attr.type=\"double\" />\n"
        "<graph edgedefault=\"directed\"><node id=\"a\">\n  <data key=\"d0\">0.5</data>\n</node>\n<node id=\"7\" />\n"
        "<edge source=\"a\" target=\"7\">\n  <data key=\"d1\">-1.5</data>\n</edge>\n<edge source=\"7\" target=\"7\"/></graph></graphml>";
    binnet_ctx *ctx = new_ctx(1);
    for (int k = 0; k < 3; k++) {
        binnet_network_file *file = parse_as(ctx, k < 2 ? "graph.json" : "graph.graphml", k < 2 ? link[k] : graphml,
                                             NULL);
        binnet_net *net = net_of(ctx, file);
        ck_assert_uint_eq(binnet_net_neurons(net), 2);
        ck_assert_str_eq(binnet_network_file_name(file, 1), "7");
        ck_assert_double_eq(binnet_net_weight(net, 1, 0), -1.5); /* from a to 7 */
        ck_assert_double_eq(binnet_net_weight(net, 0, 1), 0);
        ck_assert_double_eq(binnet_net_weight(net, 1, 1), 1);
        ck_assert_double_eq(binnet_net_threshold(net, 0), 0.5);
        ck_assert_ptr_nonnull(strstr(binnet_network_file_note(file, 0), "without a weight"));
        binnet_net_free(net);
        binnet_network_file_free(file);
    }
    static const char *const undirected[] = {
        "{\"directed\": false, \"nodes\": [{\"id\": 1}, {\"id\": 2}], \"links\": [{\"source\": 1, \"target\": 2, \"weight\": 2}]}",
        "<graphml><key id='w' for='edge' attr.name='weight'><default>2</default></key><graph edgedefault='undirected'>"
        "<node id='1'/><node id='2'/><edge source='1' target='2'/></graph></graphml>"};
    for (int k = 0; k < 2; k++) {
        binnet_network_file *file = parse_as(ctx, k ? "g.graphml" : "g.json", undirected[k], NULL);
        binnet_net *net = net_of(ctx, file);
        ck_assert_double_eq(binnet_net_weight(net, 0, 1), 2);
        ck_assert_double_eq(binnet_net_weight(net, 1, 0), 2);
        binnet_net_free(net);
        binnet_network_file_free(file);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- Boolean functions, evaluated by a reader of our own --- */

typedef struct boolean {
    const char *at;
    const char *const *name;
    size_t n;
    uint64_t state;
} boolean;

static int factor(boolean *b);

/* Not strspn, which under the address sanitizer reads the text to its end each time. */
static void skip_blanks(boolean *b)
{
    while (*b->at == ' ')
        b->at++;
}

static int disjunction(boolean *b)
{
    int any = 0;
    for (;;) {
        int all = 1;
        for (;;) {
            int f = factor(b);
            all = all && f;
            skip_blanks(b);
            if (*b->at != '&')
                break;
            b->at++;
        }
        any = any || all;
        if (*b->at != '|')
            return any;
        b->at++;
    }
}

static int factor(boolean *b)
{
    skip_blanks(b);
    if (*b->at == '!') {
        b->at++;
        return !factor(b);
    }
    if (*b->at == '(') {
        b->at++;
        int value = disjunction(b);
        b->at += *b->at == ')'; /* what is left over the caller sees */
        return value;
    }
    const char *word = b->at;
    while (isalnum((unsigned char)*b->at) || *b->at == '_' || *b->at == '.')
        b->at++;
    size_t length = (size_t)(b->at - word);
    if (length == 1 && (*word == '0' || *word == '1'))
        return *word == '1';
    for (size_t i = 0; i < b->n; i++)
        if (strlen(b->name[i]) == length && memcmp(b->name[i], word, length) == 0)
            return (int)(b->state >> i & 1);
    ck_abort_msg("no neuron %.*s", (int)length, word);
    return 0;
}

/* Against the drives of the library: every state, every neuron. */
static void check_bnet(binnet_ctx *ctx, const binnet_net *net, const char *text, const char *const *name)
{
    size_t n = binnet_net_neurons(net);
    const char *line = strstr(text, "targets, factors\n");
    ck_assert_ptr_nonnull(line);
    line = strchr(line, '\n') + 1;
    double h[16];
    const char *function[16];
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(strncmp(line, name[i], strlen(name[i])), 0);
        function[i] = line + strlen(name[i]) + 2;
        line = strchr(line, '\n') + 1;
    }
    ck_assert_int_eq(*line, 0);
    int32_t tie = binnet_net_tie(net);
    /* of the largest every 37th state: each function is hundreds of terms */
    for (uint64_t s = 0; s<(uint64_t)1 << n; s += n> 8 ? 37 : 1) {
        OK(binnet_net_drive(ctx, h, n, net, s));
        for (size_t i = 0; i < n; i++) {
            boolean b = {function[i], name, n, s};
            int at_tie = tie == BINNET_TIE_ACTIVE || (tie == BINNET_TIE_KEEP && (s >> i & 1));
            int want = h[i] > 0 || (!(h[i] < 0) && at_tie), got = disjunction(&b);
            if (*b.at != '\n' || got != want)
                ck_abort_msg("neuron %zu in state %llu: %d, drive %g, tie %d", i, (unsigned long long)s, got, h[i],
                             (int)tie);
        }
    }
}

START_TEST(boolean_functions_are_the_successor_map)
{
    static const char *const plain[] = {"a", "b2", "C", "d.e", "f_g", "x", "y", "z", "u", "v", "w", "q"};
    static const char *const numbered[] = {"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11", "n12"};
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(2);
    for (int k = 0; k < 40; k++) {
        size_t n = k < 36 ? 1 + (size_t)(k % 6) : 12 - (size_t)(k == 38);
        int32_t tie = k == 38 ? BINNET_TIE_KEEP : k % 3;
        binnet_net *net = random_net(ctx, &d, n, k < 36 ? 0.7 : tie == BINNET_TIE_KEEP ? 0.5 : 1, k % 2, tie);
        binnet_network_file *file;
        binnet_text *text;
        OK(binnet_network_file_new(ctx, &file, net, NULL, 0));
        if (k % 4 < 2)
            OK(binnet_network_file_set_names(ctx, file, n, plain));
        OK(binnet_network_file_print(ctx, &text, file, "bnet"));
        check_bnet(ctx, net, binnet_text_data(text), k % 4 < 2 ? plain : numbered);
        binnet_text_free(text);
        binnet_network_file_free(file);
        binnet_net_free(net);
    }
    /* thirteen senders are too many */
    double J[13 * 13];
    binnet_net *net;
    binnet_network_file *file;
    binnet_text *text;
    for (size_t k = 0; k < 169; k++)
        J[k] = 1;
    OK(binnet_net_new(ctx, &net, 13, J, NULL, NULL, NULL));
    OK(binnet_network_file_new(ctx, &file, net, NULL, 0));
    ck_assert_int_eq(binnet_network_file_print(ctx, &text, file, "bnet"), BINNET_E_LIMIT);
    ck_assert(text == NULL);
    binnet_network_file_free(file);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(failures_have_codes_and_places)
{
    static const struct {
        const char *name, *text;
        int32_t code;
        const char *message;
    } bad[] = {
        {"a.csv", "pre\\post,a,b\na,0,1\nb,x,0\n", BINNET_E_FORMAT, "a.csv:3: "},
        {"a.json", "{\"format\": \"binnet-network 1\",\n\"neurons\": [3]}", BINNET_E_FORMAT, "a.json:2: neurons[0]"},
        {"g.json", "{\"nodes\": [{\"id\": 1}],\n\"links\": [{\"source\": 1, \"target\": 2}]}", BINNET_E_FORMAT,
         "g.json:2: links[0].target: found '2'"},
        {"g.json", "{\"nodes\": [{\"id\": 1}, {\"id\": \"1\"}], \"edges\": []}", BINNET_E_FORMAT, "two neurons"},
        {"g.json", "{\"nodes\": [{\"id\": 1}]}", BINNET_E_FORMAT, "neither links nor edges"},
        {"g.graphml", "<graphml>\n<graph>\n<node id='1'/>\n<edge source='1' target='2'/></graph></graphml>",
         BINNET_E_FORMAT, "g.graphml:4: an edge to '2'"},
        {"g.graphml", "<graphml><graph><node id='1'/></graph>", BINNET_E_FORMAT, "g.graphml:1: "},
        {"g.graphml", "<!DOCTYPE g [<!ENTITY a \"aaaa\">]><graphml><graph><node id='&a;'/></graph></graphml>",
         BINNET_E_FORMAT, "document type"},
        {"g.graphml",
         "<graphml><key id='w' for='edge' attr.name='weight'/><graph><node id='1'/><edge source='1' target='1'>"
         "<data key='w'>nan</data></edge></graph></graphml>",
         BINNET_E_FORMAT, "weight is 'nan'"},
        {"g.graphml", "<graphml><graph><node id='1'/><node id='1'/></graph></graphml>", BINNET_E_FORMAT, "two neurons"},
        {"g.graphml",
         "<graphml><key id='w' for='edge' attr.name='weight'/><graph><node id='1'/>\n<edge source='1' target='1'>"
         "<data key='w'>1</data><data key='w'>2</data></edge></graph></graphml>",
         BINNET_E_FORMAT, "g.graphml:2: a second weight"},
        {"g.graphml",
         "<graphml><key id='w' for='edge' attr.name='weight'/><graph><node id='1'/>\n<edge source='1' target='1'>"
         "<data key='w'>1<b>2</b></data></edge></graph></graphml>",
         BINNET_E_FORMAT, "g.graphml:2: the weight has elements"},
        {"g.graphml",
         "<graphml><graph><node id='1'/>\n<edge source='1' target='1'><edge source='1' target='1'/></edge></graph></graphml>",
         BINNET_E_FORMAT, "g.graphml:2: an edge in an edge"},
        {"g.graphml", "<graphml><graph><node id='1'>\n<node id='2'/></node></graph></graphml>", BINNET_E_FORMAT,
         "g.graphml:2: a node in a node"},
        {"g.graphml", "<graphml><graph edgedefault='both'><node id='1'/></graph></graphml>", BINNET_E_FORMAT,
         "g.graphml:1: edgedefault is 'both'"},
        {"g.graphml", "<graphml><graph><node id='1'/>\n<edge source='1' target='1' directed='yes'/></graph></graphml>",
         BINNET_E_FORMAT, "g.graphml:2: directed is 'yes'"},
        {"g.graphml", "<graphml><graph><node id='1'/></graph>\n<key id='w' for='edge' attr.name='weight'/></graphml>",
         BINNET_E_FORMAT, "g.graphml:2: a key of the weight"},
        {"g.graphml",
         "<graphml><graph><node id='1'/><edge source='1' target='1'/><edge source='1' target='1'/></graph></graphml>",
         BINNET_E_FORMAT, "g.graphml:1: "},
        {"a", "", BINNET_E_FORMAT, "is empty"},
    };
    binnet_ctx *ctx = new_ctx(1);
    binnet_network_file *file = (binnet_network_file *)ctx;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        int32_t code = binnet_network_file_parse(ctx, &file, bad[k].name, bad[k].text, strlen(bad[k].text), NULL);
        ck_assert_msg(code == bad[k].code && strstr(binnet_ctx_message(ctx), bad[k].message) != NULL, "%zu: %d %s", k,
                      (int)code, binnet_ctx_message(ctx));
        ck_assert(file == NULL);
    }
    ck_assert_int_eq(binnet_network_file_read(ctx, &file, "/no/such/file.json", NULL), BINNET_E_FILE);
    ck_assert_int_eq(binnet_network_file_read(ctx, &file, "/", NULL), BINNET_E_FILE);
    ck_assert_int_eq(binnet_network_file_read(ctx, &file, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_network_file_read(NULL, &file, "x", NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_network_file_parse(ctx, &file, "x", NULL, 0, NULL), BINNET_E_NULL);
    binnet_import *how;
    OK(binnet_import_new(ctx, &how));
    ck_assert_int_eq(binnet_import_set(ctx, how, "no-such-option", "1"), BINNET_E_KEY);
    ck_assert_int_eq(binnet_import_set(ctx, how, "orientation", "sideways"), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_import_set(ctx, how, "weights-scale", "0"), BINNET_E_RANGE);
    OK(binnet_import_set(ctx, how, "max-file-size", "10"));
    ck_assert_int_eq(binnet_network_file_parse(ctx, &file, "a.csv", bad[0].text, strlen(bad[0].text), how),
                     BINNET_E_LIMIT);
    binnet_import_free(how);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(options_are_those_of_the_command)
{
    static const char edges[] = "from,to,syn,kind\na,b,2,x\nb,c,3,y\nc,a,4,x\n";
    binnet_ctx *ctx = new_ctx(1);
    binnet_import *how;
    binnet_network_file *file;
    OK(binnet_import_new(ctx, &how));
    OK(binnet_import_set(ctx, how, "from", "edges"));
    OK(binnet_import_set(ctx, how, "pre-column", "from"));
    OK(binnet_import_set(ctx, how, "post-column", "to"));
    OK(binnet_import_set(ctx, how, "weight-column", "syn"));
    OK(binnet_import_set(ctx, how, "where", "kind=x"));
    OK(binnet_import_set(ctx, how, "weights-scale", "-0.5"));
    OK(binnet_import_set(ctx, how, "undirected", ""));
    OK(binnet_network_file_parse(ctx, &file, "e", edges, sizeof edges - 1, how));
    binnet_net *net = net_of(ctx, file);
    int64_t a = binnet_network_file_find(file, "a"), b = binnet_network_file_find(file, "b"),
            c = binnet_network_file_find(file, "c");
    ck_assert_double_eq(binnet_net_weight(net, (size_t)b, (size_t)a), -1);
    ck_assert_double_eq(binnet_net_weight(net, (size_t)a, (size_t)c), -2);
    ck_assert_double_eq(binnet_net_weight(net, (size_t)c, (size_t)a), -2);
    ck_assert_double_eq(binnet_net_weight(net, (size_t)c, (size_t)b), 0);
    binnet_net_free(net);
    binnet_network_file_free(file);
    binnet_import_free(how);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(the_shipped_files)
{
    char path[512];
    binnet_ctx *ctx = new_ctx(1);
    binnet_network_file *file;
    binnet_ensemble_file *ensemble;
    binnet_ensemble *made;
    binnet_pattern_file *letters;
    binnet_order *order;
    binnet_matrix_file *matrix;
    snprintf(path, sizeof path, "%s/examples/pyloric.json", root);
    OK(binnet_network_file_read(ctx, &file, path, NULL));
    ck_assert_uint_eq(binnet_network_file_paths(file), 1);
    ck_assert_str_eq(binnet_network_file_path(file, 0), path);
    ck_assert_ptr_nonnull(binnet_network_file_text(file, BINNET_TEXT_TITLE));
    binnet_network_file_free(file);
    snprintf(path, sizeof path, "%s/examples/potjans_diesmann_ensemble.json", root);
    OK(binnet_ensemble_file_read(ctx, &ensemble, path, NULL));
    OK(binnet_ensemble_file_ensemble(ctx, &made, ensemble));
    ck_assert_uint_eq(binnet_ensemble_file_populations(ensemble), 8);
    binnet_ensemble_free(made);
    binnet_ensemble_file_free(ensemble);
    snprintf(path, sizeof path, "%s/examples/letters.txt", root);
    OK(binnet_pattern_file_read(ctx, &letters, path, NULL));
    size_t n = binnet_pattern_file_neurons(letters), count = binnet_pattern_file_count(letters);
    ck_assert_uint_gt(n * count, 0);
    binnet_pattern_file_free(letters);
    snprintf(path, sizeof path, "%s/examples/laws.csv", root);
    OK(binnet_order_read(ctx, &order, path, NULL));
    int32_t kind;
    double location, scale, dof;
    OK(binnet_order_variable(ctx, &kind, &location, &scale, &dof, order, binnet_order_variables(order) - 1));
    ck_assert_int_ge(kind, BINNET_NOISE_GAUSSIAN);
    ck_assert_int_eq(binnet_order_variable(ctx, NULL, NULL, NULL, NULL, order, binnet_order_variables(order)),
                     BINNET_E_RANGE);
    binnet_order_free(order);
    snprintf(path, sizeof path, "%s/examples/matrix.csv", root);
    OK(binnet_matrix_file_read(ctx, &matrix, path, NULL));
    ck_assert_uint_eq(binnet_matrix_file_rows(matrix), binnet_matrix_file_columns(matrix));
    binnet_matrix_file_free(matrix);
    binnet_ctx_free(ctx);
}
END_TEST

/* The file's network is replaced, its noise is had in parts. */
START_TEST(networks_that_are_changed)
{
    static const char text[] =
        "{\"format\": \"binnet-network 1\", \"title\": \"T\", \"neurons\": [\"a\", \"b\", \"c\"], \"edges\": "
        "[{\"pre\": \"a\", \"post\": \"b\", \"weight\": 2}], \"noise\": {\"kind\": \"gaussian\", "
        "\"covariance\": [[4, 1, 0], [1, 1, 0], [0, 0, 9]]}}";
    const double J[9] = {0, -1, 0, 0, 0, 5, 0, 0, 0}, theta[3] = {1, 2, 3};
    const size_t part[2] = {2, 0}, twice[2] = {1, 1};
    binnet_ctx *ctx = new_ctx(1);
    binnet_network_file *file = parse_as(ctx, "n.json", text, NULL);
    binnet_net *net, *small, *read;
    binnet_noise *noise;
    binnet_text *out;
    double r;
    OK(binnet_net_new(ctx, &net, 3, J, NULL, theta, NULL));
    OK(binnet_net_new(ctx, &small, 2, J, NULL, NULL, NULL));
    ck_assert_int_eq(binnet_network_file_set_net(ctx, file, small), BINNET_E_SIZE);
    read = net_of(ctx, file);
    ck_assert_double_eq(binnet_net_weight(read, 1, 0), 2);
    binnet_net_free(read);
    OK(binnet_network_file_set_net(ctx, file, net));
    OK(binnet_network_file_add_note(ctx, file, "changed"));
    OK(binnet_network_file_print(ctx, &out, file, "json"));
    binnet_network_file *again = parse_as(ctx, "again.json", binnet_text_data(out), NULL);
    read = net_of(ctx, again);
    check_same_net(net, read, 1);
    ck_assert_str_eq(binnet_network_file_name(again, 2), "c");
    ck_assert_str_eq(binnet_network_file_text(again, BINNET_TEXT_TITLE), "T");
    ck_assert_ptr_nonnull(strstr(binnet_text_data(out), "\"changed\""));
    ck_assert_int_eq(binnet_network_file_noise_kind(again), BINNET_NOISE_GAUSSIAN);
    ck_assert_int_eq(binnet_network_file_noise_form(again), BINNET_NOISE_COVARIANCE);
    OK(binnet_network_file_noise_part(ctx, &noise, again, 2, part, 0.5));
    ck_assert_double_eq_tol(binnet_noise_scale(noise, 0), 1.5, 1e-15);
    ck_assert_double_eq_tol(binnet_noise_scale(noise, 1), 1, 1e-15);
    OK(binnet_noise_correlation(ctx, &r, noise, 0, 1));
    ck_assert_double_eq_tol(r, 0, 1e-15);
    binnet_noise_free(noise);
    ck_assert_int_eq(binnet_network_file_noise_part(ctx, &noise, again, 2, twice, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_network_file_noise_part(ctx, &noise, again, 2, NULL, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_network_file_noise_part(ctx, &noise, again, 3, NULL, -1), BINNET_E_RANGE);
    ck_assert_str_eq(binnet_network_format("a.b/x.graphml"), "graphml");
    ck_assert_str_eq(binnet_network_format("x.csv"), "matrix");
    ck_assert_ptr_null(binnet_network_format("x"));
    ck_assert_ptr_null(binnet_network_format(NULL));
    ck_assert_int_eq(binnet_network_file_noise_kind(NULL), 0);
    binnet_net_free(read);
    binnet_net_free(small);
    binnet_net_free(net);
    binnet_text_free(out);
    binnet_network_file_free(again);
    binnet_network_file_free(file);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(patterns_and_their_transitions)
{
    static const char text[] = "a: 110\nb: 011\nc: 000\nd: 111\na -> b -> a\nc -> d\n";
    static const uint8_t from[] = {1, 1, 0, 0, 1, 1, 0, 0, 0}, to[] = {0, 1, 1, 1, 1, 0, 1, 1, 1};
    binnet_ctx *ctx = new_ctx(1);
    binnet_pattern_file *file;
    uint8_t state[12], f[9], t[9];
    OK(binnet_pattern_file_parse(ctx, &file, "p", text, sizeof text - 1, NULL));
    ck_assert_uint_eq(binnet_pattern_file_transitions(file), 3);
    OK(binnet_pattern_file_pairs(ctx, f, t, 3, 3, file));
    ck_assert_mem_eq(f, from, 9);
    ck_assert_mem_eq(t, to, 9);
    OK(binnet_pattern_file_states(ctx, state, 4, 3, file));
    ck_assert_int_eq(state[3], 0);
    ck_assert_int_eq(binnet_pattern_file_states(ctx, state, 3, 3, file), BINNET_E_SIZE);
    ck_assert_int_eq((int)binnet_pattern_file_find(file, "c"), 2);
    ck_assert_uint_eq(binnet_pattern_file_sequences(file), 2);
    ck_assert_uint_eq(binnet_pattern_file_sequence_length(file, 0), 2);
    ck_assert_int_eq(binnet_pattern_file_sequence_is_cycle(file, 0), 1);
    ck_assert_int_eq(binnet_pattern_file_sequence_is_cycle(file, 1), 0);
    ck_assert_uint_eq(binnet_pattern_file_sequence_line(file, 1), 6);
    ck_assert_int_eq((int)binnet_pattern_file_sequence_pattern(file, 1, 0), 2);
    ck_assert_int_eq((int)binnet_pattern_file_sequence_pattern(file, 1, 1), 3);
    ck_assert_int_eq((int)binnet_pattern_file_sequence_pattern(file, 1, 2), -1);
    ck_assert_uint_eq(binnet_pattern_file_sequence_length(file, 2), 0);
    ck_assert_uint_eq(binnet_pattern_file_line(file, 3), 4);
    ck_assert_uint_eq(binnet_pattern_file_line(file, 4), 0);
    binnet_pattern_file_free(file);
    binnet_ctx_free(ctx);
}
END_TEST

/* The file's bytes; counted. */
static char *load_bytes(const char *path, size_t *length)
{
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    fseek(in, 0, SEEK_END);
    *length = (size_t)ftell(in);
    char *bytes = malloc(*length + 1);
    rewind(in);
    ck_assert_uint_eq(fread(bytes, 1, *length, in), *length);
    fclose(in);
    return bytes;
}

START_TEST(laws_and_saving)
{
    static const double p[] = {0.1, 0.2, 0.3, 0.4};
    char path[64];
    snprintf(path, sizeof path, "/tmp/test_files.%ld", (long)getpid());
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law, *again;
    OK(binnet_law_new(ctx, &law, 2, p, 4));
    for (int k = 0; k < 2; k++) {
        binnet_text *text;
        OK(binnet_law_print(ctx, &text, law, k ? "npy" : "csv"));
        OK(binnet_text_save(ctx, text, path));
        OK(binnet_text_save(ctx, text, path)); /* over itself */
        ck_assert_msg(binnet_law_read(ctx, &again, path, NULL) == BINNET_OK, "%d: %s", k, binnet_ctx_message(ctx));
        ck_assert_mem_eq(binnet_law_data(again), binnet_law_data(law), sizeof p);
        binnet_law_free(again);
        ck_assert_int_eq(binnet_text_save(ctx, text, "/no/such/folder/x"), BINNET_E_FILE);
        OK(binnet_law_save(ctx, law, k ? "npy" : "csv", path));
        size_t length;
        char *saved = load_bytes(path, &length);
        ck_assert_uint_eq(length, binnet_text_length(text));
        ck_assert_mem_eq(saved, binnet_text_data(text), length);
        free(saved);
        ck_assert_int_eq(binnet_law_save(ctx, law, "npy", "/no/such/folder/x"), BINNET_E_FILE);
        ck_assert_int_eq(binnet_law_save(ctx, law, "txt", path), BINNET_E_RANGE);
        binnet_text_free(text);
    }
    unlink(path);
    ck_assert_int_eq(binnet_law_parse(ctx, &again, "l", "0.5\n0.25\n0.25\n", 14, NULL), BINNET_E_FORMAT);
    ck_assert_int_eq(binnet_law_parse(ctx, &again, "l", "0.5\n0.75\n", 9, NULL), BINNET_E_FORMAT);
    binnet_import *small;
    OK(binnet_import_new(ctx, &small));
    OK(binnet_import_set(ctx, small, "max-file-size", "8"));
    ck_assert_int_eq(binnet_law_parse(ctx, &again, "l", "0.5\n0.50\n", 9, small), BINNET_E_LIMIT);
    ck_assert_ptr_null(again);
    OK(binnet_law_parse(ctx, &again, "l", "0.5\n0.5\n", 8, small));
    binnet_law_free(again);
    binnet_import_free(small);
    binnet_law_free(law);
    binnet_ctx_free(ctx);
}
END_TEST

/* Collects pieces; refuses from piece `last` on. */
typedef struct collector {
    char *text;
    size_t length, pieces, longest, last;
    useconds_t pause;
} collector;

static int32_t collect(void *user, const char *bytes, size_t length)
{
    collector *c = user;
    if (++c->pieces >= c->last)
        return 7;
    if (c->pause > 0)
        usleep(c->pause);
    ck_assert_uint_gt(length, 0);
    c->text = realloc(c->text, c->length + length);
    memcpy(c->text + c->length, bytes, length);
    c->length += length;
    c->longest = length > c->longest ? length : c->longest;
    return 0;
}

static int32_t stop_at_once(void *user, double fraction, double seconds_left)
{
    (void)seconds_left;
    *(double *)user = fraction;
    return 1;
}

static binnet_net *large_net(binnet_ctx *ctx, dice *d, size_t n)
{
    double *J = malloc(n * n * sizeof *J);
    binnet_net *net;
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll_in(d, -1, 1);
    OK(binnet_net_new(ctx, &net, n, J, NULL, NULL, NULL));
    free(J);
    return net;
}

START_TEST(pieces_are_the_text)
{
    static const char *const formats[] = {"json", "matrix", "edges", "mtx", "npy", "node-link", "graphml", "bnet"};
    enum { many = 150 };
    char path[64], lost[512];
    snprintf(path, sizeof path, "/tmp/test_files.%ld", (long)getpid());
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(3);
    for (size_t k = 0; k < 2 * sizeof formats / sizeof *formats; k++) {
        const char *format = formats[k / 2];
        size_t n = strcmp(format, "bnet") == 0 ? 9 : many, length;
        binnet_net *net;
        binnet_network_file *file;
        binnet_text *text;
        double fraction = -1;
        if (k % 2 == 0)
            net = large_net(ctx, &d, n);
        else
            OK(binnet_net_new_homogeneous(ctx, &net, 2, (const int64_t[]){(int64_t)n - 4, 4},
                                          (const double[]){1. / 3, -2, 0.1, 1e-7}, NULL, NULL, NULL, 0));
        OK(binnet_network_file_new(ctx, &file, net, NULL, 0));
        OK(binnet_network_file_print(ctx, &text, file, format));
        collector whole = {.last = SIZE_MAX};
        OK(binnet_network_file_write(ctx, lost, sizeof lost, file, format, collect, &whole));
        ck_assert_uint_eq(whole.length, binnet_text_length(text));
        ck_assert_mem_eq(whole.text, binnet_text_data(text), whole.length);
        ck_assert_str_eq(lost, binnet_text_lost(text));
        ck_assert_uint_le(whole.longest, 65536);
        ck_assert_uint_ge(whole.pieces, whole.length / 65536);
        memset(lost, 'x', sizeof lost);
        OK(binnet_network_file_save(ctx, lost, 7, file, format, path)); /* what is lost is cut */
        ck_assert(strncmp(lost, binnet_text_lost(text), 6) == 0 && lost[7] == 'x');
        char *saved = load_bytes(path, &length);
        ck_assert_uint_eq(length, whole.length);
        ck_assert_mem_eq(saved, whole.text, length);
        /* who does not take it is not asked again, and a file stays what it was */
        collector refuses = {.last = whole.pieces > 1 ? 2 : 1};
        ck_assert_int_eq(binnet_network_file_write(ctx, NULL, 0, file, format, collect, &refuses), BINNET_E_FILE);
        ck_assert_uint_eq(refuses.pieces, refuses.last);
        ck_assert_int_eq(binnet_network_file_save(ctx, NULL, 0, file, format, "/no/such/folder/x"), BINNET_E_FILE);
        ck_assert_int_eq(binnet_network_file_save(ctx, NULL, 0, file, "nonsense", path), BINNET_E_RANGE);
        if (strcmp(format, "matrix") == 0) { /* the hook is asked as time goes by */
            collector slow = {.last = SIZE_MAX, .pause = 60000};
            OK(binnet_ctx_set_hook(ctx, stop_at_once, &fraction));
            ck_assert_int_eq(binnet_network_file_write(ctx, NULL, 0, file, format, collect, &slow),
                             BINNET_E_INTERRUPTED);
            ck_assert(fraction > 0 && fraction < 1);
            OK(binnet_ctx_set_hook(ctx, NULL, NULL));
            free(slow.text);
        }
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 1 << 16));
        binnet_text *large;
        ck_assert_int_eq(binnet_network_file_print(ctx, &large, file, format),
                         length < 1 << 16 ? BINNET_OK : BINNET_E_LIMIT);
        binnet_text_free(large);
        OK(binnet_network_file_save(ctx, NULL, 0, file, format, path));
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)1 << 32));
        char *again = load_bytes(path, &length);
        ck_assert_uint_eq(length, whole.length);
        ck_assert_mem_eq(again, whole.text, length);
        free(again);
        free(saved);
        free(whole.text);
        free(refuses.text);
        binnet_text_free(text);
        binnet_network_file_free(file);
        binnet_net_free(net);
    }
    unlink(path);
    binnet_ctx_free(ctx);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {formats_give_back_what_they_were_given,
                                  objects_of_every_form,
                                  files_of_networkx,
                                  boolean_functions_are_the_successor_map,
                                  failures_have_codes_and_places,
                                  options_are_those_of_the_command,
                                  the_shipped_files,
                                  networks_that_are_changed,
                                  patterns_and_their_transitions,
                                  laws_and_saving,
                                  pieces_are_the_text};
    root = argc > 1 ? argv[1] : ".";
    return run_tests("files", tests, sizeof tests / sizeof *tests) == 0 ? 0 : 1;
}
