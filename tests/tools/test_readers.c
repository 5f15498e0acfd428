/* The JSON reader, files, and round trips through every format. */
#include "help.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* --- JSON --- */

START_TEST(json_good)
{
    network net =
        read_good(HEAD "\"title\": \"t\", \"comment\": [\"c\"], \"normalisation\": \"indegree\", \"tie\": \"keep\",\n"
                       "\"neurons\": [{\"name\": \"a\", \"threshold\": 2, \"population\": \"p\"},\n"
                       "{\"name\": \"b\", \"stimulus\": -1, \"normalisation\": 7, \"population\": \"q\"},\n"
                       "{\"name\": \"c\", \"population\": \"p\"}], \"update\": \"sweep\",\n"
                       "\"edges\": [{\"pre\": \"b\", \"post\": \"a\", \"weight\": 3}, {\"pre\": \"a\", \"post\": "
                       "\"a\", \"weight\": -0.5},\n"
                       "{\"pre\": \"c\", \"post\": \"b\", \"weight\": 0}],\n"
                       "\"noise\": {\"kind\": \"student_t\", \"scale\": [1, 2, 3], \"dof\": 4}}",
                  &usual);
    ck_assert(net.n == 3 && net.n_populations == 2 && net.population[2] == 0 && net.population[1] == 1);
    ck_assert(weight(&net, "b", "a") == 3 && weight(&net, "a", "a") == -0.5 && weight(&net, "a", "b") == 0);
    ck_assert_int_eq(net.row_ptr[3], 2); /* the weight 0 is no entry */
    ck_assert(net.normalisation[0] == 2 && net.normalisation[1] == 7 && net.normalisation[2] == 1);
    ck_assert(net.threshold[0] == 2 && net.stimulus[1] == -1 && net.tie == BINNET_TIE_KEEP);
    ck_assert(net.noise.kind == BINNET_NOISE_STUDENT_T && net.noise.scale[2] == 3 && net.noise.dof == 4);
    ck_assert(net.update == BINNET_UPDATE_SWEEP && strcmp(net.title, "t") == 0 && !net.source);
    has_note(&net, "2 neurons without incoming connections counted as 1");
    network_free(&net);
    network_free(&net); /* empty by now */
}
END_TEST

START_TEST(json_homogeneous)
{
    const char *text = HEAD
        "\"populations\": [{\"name\": \"E\", \"size\": 3, \"threshold\": 0.5}, {\"name\": \"I\", \"size\": 1}],\n"
        "\"orientation\": \"pre-rows\", \"matrix\": [[1, 2], [-3, 0]], \"self_connections\": false,\n"
        "\"noise\": {\"kind\": \"gaussian\", \"scale\": [1, 2]}, \"normalisation\": \"indegree\"}";
    network net = read_good(text, &usual);
    ck_assert(net.n == 4 && net.n_sizes == 2 && network_find(&net, "E.3") == 2 && network_find(&net, "I") == 3);
    ck_assert(weight(&net, "E.1", "E.1") == 0 && weight(&net, "E.1", "E.2") == 1 && weight(&net, "E.2", "I") == 2);
    ck_assert(weight(&net, "I", "E.1") == -3 && net.normalisation[0] == 3 && net.normalisation[1] == 3);
    ck_assert(net.noise.scale[2] == 1 && net.noise.scale[3] == 2);
    binnet_ctx *ctx;
    binnet_net *made;
    failure why = {0};
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    ck_assert_int_eq(network_make(ctx, &made, &net, &why), EXIT_DONE);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            ck_assert(binnet_net_weight(made, i, j) == network_weight(&net, i, j));
    ck_assert(binnet_net_threshold(made, 1) == 0.5 && binnet_net_population(made, 3) == 1);
    binnet_net_free(made);
    binnet_ctx_free(ctx);
    network_free(&net);
}
END_TEST

START_TEST(json_bad)
{
    static const bad_case cases[] = {
        {"{\n\"format\": \"binnet-network 1\",,}", "net.file:2: "},
        {"[1]", "net.file:1: |found a list|expected an object"},
        {"{\"format\": \"binnet-network 2\"}", "net.file:1: format|expected \"format\": \"binnet-network 1\""},
        {"{\"neurons\": [\"a\"]}", "binnet-network 1"},
        {HEAD "\"weights\": 1}", "unknown key 'weights'; known are format, title|self_connections"},
        {HEAD "\"tie\": \"keep\", \"tie\": \"keep\"}", "net.file:1: |duplicate"},
        {HEAD "\"edges\": []}", "neither neurons nor populations"},
        {HEAD "\"neurons\": [], \"edges\": []}", "neurons: is empty"},
        {HEAD "\"neurons\": [\"a\"]}", "neither edges nor matrix"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [], \"matrix\": [[1]]}", "both edges and matrix"},
        {HEAD "\"neurons\": [\"a\",\n\"a\"], \"edges\": []}", "net.file:2: neurons[1]: two neurons are named 'a'"},
        {HEAD "\"neurons\": [\"a\", \"\"], \"edges\": []}", "net.file:1: neurons[1]: found an empty name"},
        {HEAD "\"neurons\": [\"a\\u0000\"], \"edges\": []}", "net.file:1: "},
        {HEAD "\"neurons\": [\"a\\u0007\"], \"edges\": []}", "control character"},
        {HEAD "\"neurons\": [\n{\"nam\": \"a\"}], \"edges\": []}", "net.file:2: neurons[0]: unknown key 'nam'"},
        {HEAD "\"neurons\": [3], \"edges\": []}", "neurons[0]: found a number; expected a name"},
        {HEAD "\"neurons\": [{\"name\": \"a\", \"threshold\": \"1\"}], \"edges\": []}",
         "neurons[0].threshold: found a string"},
        {HEAD "\"neurons\": [{\"name\": \"a\", \"normalisation\": 0}], \"edges\": []}", "more than 0"},
        {HEAD "\"neurons\": [{\"name\": \"a\", \"population\": \"p\"}, \"b\"], \"edges\": []}",
         "neurons[1]: |for every neuron or for none"},
        {HEAD "\"neurons\": [\"a\"],\n\"edges\": [{\"pre\": \"a\",\n\"post\": \"b\", \"weight\": 1}]}",
         "net.file:3: edges[0].post: found 'b'; expected one of the neurons"},
        {HEAD "\"neurons\": [\"a\"],\n\"edges\": [{\"pre\": \"a\", \"post\": \"a\"}]}",
         "net.file:2: edges[0].weight: is missing"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [{\"pre\": \"a\", \"post\": \"a\", \"weight\": 1e999}]}",
         "net.file:1: "},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [{\"pre\": \"a\", \"post\": \"a\", \"weight\": NaN}]}", "net.file:1: "},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [{\"pre\": \"a\", \"post\": \"a\", \"weight\": 1},\n"
              "{\"pre\": \"a\", \"post\": \"a\", \"weight\": 2}]}",
         "net.file:2: edges[1]: found a second connection"},
        {HEAD "\"neurons\": [\"a\"], \"matrix\": [[1]]}", "orientation: is missing; expected pre-rows"},
        {HEAD "\"neurons\": [\"a\"], \"orientation\": \"rows\", \"matrix\": [[1]]}",
         "found 'rows'; expected one of pre-rows, post-rows"},
        {HEAD "\"neurons\": [\"a\", \"b\"], \"orientation\": \"pre-rows\", \"matrix\": [[1, 2], [3]]}",
         "matrix[1]: found 1 values; expected 2"},
        {HEAD "\"neurons\": [\"a\"], \"orientation\": \"pre-rows\", \"matrix\": [[null]]}",
         "matrix[0][0]: found null; expected a number"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [], \"noise\": {\"kind\": \"cauchy\", \"scale\": 1}}",
         "noise.kind: found 'cauchy'|student_t"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [], \"noise\": {\"kind\": \"gaussian\", \"scale\": -1}}",
         "noise.scale: found -1"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [], \"noise\": {\"kind\": \"gaussian\", \"scale\": [1, 2]}}",
         "found 2 numbers; expected one for each of 1"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [], \"noise\": {\"kind\": \"student_t\", \"scale\": 1}}", "no dof"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [], \"noise\": {\"kind\": \"laplace\", \"scale\": 1, \"dof\": 3}}",
         "only with student_t"},
        {HEAD "\"neurons\": [\"a\"], \"edges\": [], \"self_connections\": true}", "only with them"},
        {HEAD "\"populations\": [{\"name\": \"E\", \"size\": 0}], \"self_connections\": true}",
         "populations[0].size: found 0"},
        {HEAD "\"populations\": [{\"name\": \"E\", \"size\": 1000001}], \"self_connections\": true}",
         "at most 1000000 neurons in all"},
        {HEAD "\"populations\": [{\"name\": \"E\", \"size\": 1.0}], \"self_connections\": true}", "whole number"},
        {HEAD "\"populations\": [{\"name\": \"E\", \"size\": 2}], \"orientation\": \"pre-rows\", \"matrix\": [[1]]}",
         "self_connections: is missing"},
        {HEAD "\"populations\": [{\"name\": \"E\", \"size\": 2}, {\"name\": \"E.1\", \"size\": 1}], "
              "\"self_connections\": true}",
         "two neurons are named 'E.1'"},
        {HEAD "\"populations\": [{\"name\": \"E\", \"size\": 2}, {\"name\": \"E\", \"size\": 1}], "
              "\"self_connections\": true}",
         "two populations are named 'E'"},
        {HEAD "\"populations\": [{\"name\": \"E\", \"size\": 2}], \"neurons\": [\"a\"]}", "found beside populations"},
    };
    check_bad(cases, COUNT(cases), "json");
    char deep[20000];
    memset(deep, '[', sizeof deep);
    read_bad(deep, sizeof deep, &(import_options){.format = "json", .weight_scale = 1}, EXIT_INPUT,
             "net.file:1: |depth");
}
END_TEST

/* --- files --- */

START_TEST(files)
{
    network net;
    failure why = {0};
    import_options how = usual;
    check_failure(network_read(&net, "/nowhere/x.json", &how, &why), EXIT_INPUT, &why,
                  "/nowhere/x.json: cannot be read: No such file");
    check_failure(network_read(&net, "/", &how, &why), EXIT_INPUT, &why, "/: is a directory");
    check_failure(network_read(&net, "-", &how, &why), EXIT_USAGE, &why, "standard input; expected --from");
    how.max_bytes = 10;
    check_failure(network_read(&net, put_scratch("pre,post,weight\n"), &how, &why), EXIT_BUDGET, &why,
                  "has 16 bytes; the limit for a network file is 10 bytes");
    /* A device tells no size: reading stops at the limit. */
    how.max_bytes = 100000;
    check_failure(network_read(&net, "/dev/zero", &how, &why), EXIT_BUDGET, &why,
                  "/dev/zero: more than the limit of 100000 bytes");
    how.max_bytes = 0;
    ck_assert_int_eq(truncate(scratch, (off_t)1 << 40), 0);
    check_failure(network_read(&net, scratch, &how, &why), EXIT_BUDGET, &why, "has 1099511627776 bytes");
    check_failure(network_read(&net, put_scratch("hello\n"), &how, &why), EXIT_INPUT, &why, "is neither JSON");
    char text[2100];
    memset(text, 'p', sizeof text - 1);
    text[sizeof text - 1] = 0;
    check_failure(network_read_text(&net, text, "x", 1, &how, &why), EXIT_INPUT, &why, "is neither|--from");
}
END_TEST

/* `order`: the neurons have kept their places; `named`: and their names, wherever they are. */
static void same_weights(const network *a, const network *b, int order, int named)
{
    ck_assert_uint_eq(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < a->n; j++) {
            ck_assert(!order || network_weight(a, i, j) == network_weight(b, i, j));
            ck_assert(!named || network_weight(a, i, j) == weight(b, a->name[j], a->name[i]));
        }
}

static network write_and_read(const network *net, const char *format, char *lost, size_t size)
{
    network again;
    failure why = {.call = &output_watch};
    import_options how = usual;
    how.format = format;
    if (strcmp(format, "npy") == 0)
        how.orientation = ORIENTATION_POST_ROWS;
    output_forget(); /* the last round read the file that this one writes */
    ck_assert_msg(network_write(net, scratch, format, lost, size, &why) == EXIT_DONE, "%s", why.text);
    ck_assert_msg(network_read(&again, scratch, &how, &why) == EXIT_DONE, "%s", why.text);
    return again;
}

START_TEST(round_trips)
{
    static const char *const formats[] = {"json", "matrix", "edges", "mtx", "npy"};
    static const char *const texts[] = {
        HEAD "\"title\": \"a \\\"t\\\" \\\\ \\n\", \"source\": \"s\", \"neurons\": [{\"name\": \" #a,\\\"\", "
             "\"threshold\": 0.1, \"population\": \"p\"},"
             "{\"name\": \"\xc3\xa9\", \"stimulus\": 1e-7, \"population\": \"q\"}], \"tie\": \"silent\", \"update\": "
             "\"asynchronous\","
             "\"orientation\": \"post-rows\", \"matrix\": [[0.1, 0.30000000000000004], [-1e300, 5e-324]],"
             "\"noise\": {\"kind\": \"laplace\", \"scale\": [0.5, 0.25]}, \"normalisation\": \"n\"}",
        HEAD "\"populations\": [{\"name\": \"E\", \"size\": 2}, {\"name\": \"I\", \"size\": 1, \"normalisation\": 3}],"
             "\"orientation\": \"pre-rows\", \"matrix\": [[1, 2], [-3, 0.7]], \"self_connections\": false,"
             "\"noise\": {\"kind\": \"student_t\", \"scale\": 0.5, \"dof\": 2.5}}"};
    for (size_t k = 0; k < COUNT(texts) * COUNT(formats); k++) {
        char lost[300];
        const char *format = formats[k % COUNT(formats)];
        network net = read_good(texts[k / COUNT(formats)], &usual),
                again = write_and_read(&net, format, lost, sizeof lost);
        int json = strcmp(format, "json") == 0, edges = strcmp(format, "edges") == 0;
        same_weights(&net, &again, !edges, json || edges || strcmp(format, "matrix") == 0);
        ck_assert_int_eq(!*lost, json);
        ck_assert(json || (strstr(lost, "normalisation") && strstr(lost, "noise") && strstr(lost, "populations")));
        if (json) {
            size_t entries = net.n_sizes ? net.n_sizes : net.n;
            ck_assert(again.n_sizes == net.n_sizes && again.n_populations == net.n_populations && again.tie == net.tie);
            ck_assert(again.update == net.update && again.noise.kind == net.noise.kind &&
                      again.noise.dof == net.noise.dof);
            ck_assert(again.noise.common == net.noise.common && !again.noise.scale == !net.noise.scale);
            ck_assert(!memcmp(again.threshold, net.threshold, entries * sizeof(double)));
            ck_assert(!memcmp(again.stimulus, net.stimulus, entries * sizeof(double)));
            ck_assert(!memcmp(again.normalisation, net.normalisation, entries * sizeof(double)));
            ck_assert(!memcmp(again.population, net.population, net.n * sizeof(int32_t)));
            ck_assert(!net.title || strcmp(net.title, again.title) == 0);
        }
        network_free(&again);
        network_free(&net);
    }
    failure why = {0};
    char lost[100];
    network lonely = read_good("pre\\post,a,b,c\na,0,0,1\nb,0,0,0\nc,0,0,0\n", &usual);
    check_failure(network_write(&lonely, "/nowhere/x", "json", lost, sizeof lost, &why), EXIT_STOPPED, &why,
                  "cannot be written");
    check_failure(network_write(&lonely, scratch, "xml", lost, sizeof lost, &why), EXIT_USAGE, &why, "'xml'");
    check_failure(network_write(&lonely, scratch, "edges", lost, sizeof lost, &why), EXIT_USAGE, &why, "was read");
    output_forget();
    ck_assert_int_eq(network_write(&lonely, scratch, "edges", lost, sizeof lost, &why), EXIT_DONE);
    ck_assert_str_eq(lost, "notes of the import, the order of the neurons, neurons without connections");
    check_failure(network_write(&lonely, "/dev/full", "json", lost, sizeof lost, &why), EXIT_STOPPED, &why,
                  "/dev/full: could not");
    network_free(&lonely);
}
END_TEST

START_TEST(shipped_examples)
{
    char path[4096];
    network net;
    failure why = {.call = &output_watch};
    snprintf(path, sizeof path, "%s/examples/pyloric.json", root);
    ck_assert_msg(network_read(&net, path, &usual, &why) == EXIT_DONE, "%s", why.text);
    ck_assert(net.n == 3 && weight(&net, "AB/PD", "LP") == -2 && weight(&net, "PY", "AB/PD") == 0);
    network_free(&net);
    snprintf(path, sizeof path, "%s/examples/potjans_diesmann.json", root);
    ck_assert_msg(network_read(&net, path, &usual, &why) == EXIT_DONE, "%s", why.text);
    /* 0.1689 x 5834 x -0.6 mV / 150 mV */
    ck_assert(net.n == 16 && fabs(weight(&net, "L23I", "L23E.2") + 3.94145) < 1e-5 && weight(&net, "L6I", "L5I") == 0);
    network_free(&net);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *tests[] = {json_good, json_homogeneous, json_bad, files, round_trips, shipped_examples};
    return run_tests(argc, argv, "readers", tests, COUNT(tests));
}
