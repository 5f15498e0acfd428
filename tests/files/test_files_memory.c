/* Every allocation of libbinnet-files fails once: a code, nothing lost, and the next call works. */
#include "support/meter.h"
#include "support/support.h"

#include <binnet/files.h>

#include <stdio.h>
#include <string.h>

static const char matrix[] = "pre\\post,a,b\na,0,1\nb,-1,0.5\n";
static const char edges[] = "pre,post,weight,sign\na,b,1,+\nb,c,2,-\nc,a,3,?\n";
static const char json[] =
    "{\"format\": \"binnet-network 1\", \"title\": \"t\", \"neurons\": [{\"name\": \"a\", \"population\": \"p\"}, "
    "{\"name\": \"b\", \"population\": \"q\"}], \"edges\": [{\"pre\": \"a\", \"post\": \"b\", \"weight\": 2}], "
    "\"noise\": {\"kind\": \"gaussian\", \"scale\": [1, 2]}, \"update\": \"sweep\"}";
static const char link[] = "{\"nodes\": [{\"id\": 1}, {\"id\": 2}], \"edges\": [{\"source\": 1, \"target\": 2}]}";
static const char graphml[] =
    "<graphml><graph><node id='a'/><node id='b'/><edge source='a' target='b'/></graph></graphml>";

static int32_t read_and_print(binnet_ctx *ctx, const char *name, const char *text)
{
    static const char *const formats[] = {"json", "matrix", "edges", "mtx", "npy", "node-link", "graphml", "bnet"};
    binnet_network_file *file = NULL;
    binnet_import *how = NULL;
    binnet_net *net = NULL;
    int32_t code = binnet_import_new(ctx, &how);
    if (code == BINNET_OK)
        code = binnet_import_set(ctx, how, "weights-scale", "2");
    if (code == BINNET_OK && text == edges)
        code = binnet_import_set(ctx, how, "unsigned", "drop");
    if (code == BINNET_OK && text == edges)
        code = binnet_import_set(ctx, how, "where", "post=b");
    if (code == BINNET_OK)
        code = binnet_network_file_parse(ctx, &file, name, text, strlen(text), how);
    for (size_t k = 0; k < sizeof formats / sizeof *formats && code == BINNET_OK; k++) {
        binnet_text *out = NULL;
        code = binnet_network_file_print(ctx, &out, file, formats[k]);
        binnet_text_free(out);
        if (code == BINNET_OK)
            code = binnet_network_file_save(ctx, NULL, 0, file, formats[k], "/dev/null");
    }
    if (code == BINNET_OK)
        code = binnet_network_file_net(ctx, &net, file);
    binnet_network_file_free(file);
    if (code == BINNET_OK)
        code = binnet_network_file_new(ctx, &file, net, NULL, 0);
    else
        file = NULL;
    if (code == BINNET_OK)
        code = binnet_network_file_set_text(ctx, file, BINNET_TEXT_SOURCE, "somebody");
    if (code == BINNET_OK && binnet_network_file_neurons(file) == 2)
        code = binnet_network_file_set_names(ctx, file, 2, (const char *const[]){"x", "y"});
    if (code == BINNET_OK)
        code = binnet_network_file_add_note(ctx, file, "a note");
    if (code == BINNET_OK)
        code = binnet_network_file_set_net(ctx, file, net);
    binnet_network_file_free(file);
    binnet_net_free(net);
    binnet_import_free(how);
    return code;
}

static int32_t read_others(binnet_ctx *ctx)
{
    binnet_pattern_file *patterns = NULL;
    binnet_matrix_file *m = NULL;
    binnet_law *law = NULL;
    binnet_text *text = NULL;
    binnet_order *order = NULL;
    binnet_ensemble_file *ensemble = NULL;
    static const char p
        [] = "a: 10\nb: 01\na -> b\n",
       v[] = "1,2\n3,4\n", l[] = "0.5\n0.5\n", o[] = "kind,location,scale,count\ngaussian,0,1,3\nuniform,1,2,2\n",
       e[] =
           "{\"format\": \"binnet-ensemble 1\", \"populations\": [{\"name\": \"a\", \"size\": 3}], \"probability\": 0.5, "
           "\"weights\": 1, \"self_connections\": false, \"title\": \"t\"}";
    int32_t code = binnet_pattern_file_parse(ctx, &patterns, "p", p, sizeof p - 1, NULL);
    if (code == BINNET_OK)
        code = binnet_matrix_file_parse(ctx, &m, "m.csv", v, sizeof v - 1, NULL);
    if (code == BINNET_OK)
        code = binnet_law_parse(ctx, &law, "l", l, sizeof l - 1, NULL);
    if (code == BINNET_OK)
        code = binnet_law_print(ctx, &text, law, "npy");
    if (code == BINNET_OK)
        code = binnet_law_save(ctx, law, "csv", "/dev/null");
    if (code == BINNET_OK)
        code = binnet_order_parse(ctx, &order, "o", o, sizeof o - 1, NULL);
    if (code == BINNET_OK)
        code = binnet_ensemble_file_parse(ctx, &ensemble, "e", e, sizeof e - 1, NULL);
    binnet_pattern_file_free(patterns);
    binnet_matrix_file_free(m);
    binnet_law_free(law);
    binnet_text_free(text);
    binnet_order_free(order);
    binnet_ensemble_file_free(ensemble);
    return code;
}

static const struct {
    const char *name, *text;
} files[] = {{"m.csv", matrix}, {"e.csv", edges},       {"j.json", json},
             {"l.json", link},  {"g.graphml", graphml}, {NULL, NULL}};

START_TEST(each_allocation_fails_once)
{
    meter m;
    meter_reset(&m);
    for (size_t k = 0;; k++) {
        binnet_ctx *ctx;
        meter_reset(&m);
        OK(meter_ctx(&m, &ctx));
        m.fail_at = m.calls + k;
        int32_t code = files[_i].name != NULL ? read_and_print(ctx, files[_i].name, files[_i].text) : read_others(ctx);
        int failed = m.failures > 0;
        ck_assert_msg(code == (failed ? BINNET_E_NOMEM : BINNET_OK), "%d, allocation %zu: %d %s", _i, k, (int)code,
                      binnet_ctx_message(ctx));
        ck_assert(!failed || binnet_ctx_message(ctx)[0] != 0);
        binnet_ctx_free(ctx);
        ck_assert_msg(m.live == 0 && !m.broken, "%d, allocation %zu: %zu left", _i, k, m.live);
        if (!failed) {
            ck_assert_uint_gt(k, 10);
            break;
        }
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("memory");
    tcase_add_loop_test(tcase, each_allocation_fails_once, 0, (int)(sizeof files / sizeof *files));
    return run_case("files memory", tcase) == 0 ? 0 : 1;
}
