/* Published circuits read from files that are not part of the project; skipped (77) where the folder is absent. */
#include "files/reading.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *root = "."; /* of the sources */
static char folder[3000], path[3100], second[3100];

static const char *in_folder(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/%s", folder, name);
    return out;
}

static network read_good(const char *name, const import_options *how)
{
    network net;
    failure why = {0};
    ck_assert_msg(network_read(&net, in_folder(path, sizeof path, name), how, &why) == EXIT_DONE, "%s", why.text);
    return net;
}

static double weight(const network *net, const char *pre, const char *post)
{
    return network_weight(net, (size_t)network_find(net, post), (size_t)network_find(net, pre));
}

START_TEST(pharynx)
{
    static const sign_rule signs[] = {{"ACh", 1}, {"Glu", -1}, {"ACh+Glu", 1}, {"none", 0}};
    import_options how = {.weight_scale = 1};
    network net = read_good("pharynx_cook2020_chem.csv", &how), signed_net;
    double total = 0;
    ck_assert(net.n == 20 && net.row_ptr[20] == 148);
    for (int64_t k = 0; k < 148; k++)
        total += net.weight[k];
    ck_assert(total == 667);
    /* From the first row of the file: rows are presynaptic. */
    ck_assert(weight(&net, "I1L", "I2L") == 11 && weight(&net, "I1L", "I3") == 2.5);
    how.transmitters = in_folder(second, sizeof second, "pharynx_transmitters.csv");
    how.transmitter_column = "fast_derived";
    how.sign = signs;
    how.n_signs = 4;
    signed_net = read_good("pharynx_cook2020_chem.csv", &how);
    /* Every weight of a sender has its sign: I1L acetylcholine, I2L glutamate, I6 none. */
    for (size_t i = 0; i < 20; i++) {
        const char *post = net.name[i];
        ck_assert(weight(&signed_net, "I1L", post) == weight(&net, "I1L", post));
        ck_assert(weight(&signed_net, "I2L", post) == -weight(&net, "I2L", post));
        ck_assert(weight(&signed_net, "I6", post) == 0);
    }
    network_free(&signed_net);
    how.n_signs = 2;
    failure why = {0};
    ck_assert_int_eq(network_read(&signed_net, in_folder(path, sizeof path, "pharynx_cook2020_chem.csv"), &how, &why),
                     EXIT_INPUT);
    ck_assert_ptr_nonnull(strstr(why.text, "none of I6, NSML, NSMR; ACh+Glu of M5"));
    network_free(&net);
}
END_TEST

START_TEST(hermaphrodite)
{
    import_options how = {.weight_scale = 1};
    network net = read_good("celegans_herm_chem_signed_fenyves2020.csv", &how);
    double total = 0;
    ck_assert_int_eq(net.row_ptr[net.n], 3638);
    for (int64_t k = 0; k < 3638; k++)
        total += net.weight[k];
    ck_assert(total == 20589 && weight(&net, "ADAL", "ADAL") == 6);
    network_free(&net);
    failure why = {0};
    how.sign_column = "predicted_sign";
    in_folder(path, sizeof path, "celegans_herm_chem_signed_fenyves2020.csv");
    ck_assert_int_eq(network_read(&net, path, &how, &why), EXIT_INPUT);
    ck_assert_ptr_nonnull(strstr(why.text, ":2: the sign, in column 6, is 'no pred'"));
    static const int64_t kept[] = {0, 1327 + 425, 3638, 3638};
    for (how.unsigned_edges = UNSIGNED_DROP; how.unsigned_edges <= UNSIGNED_MINUS; how.unsigned_edges++) {
        net = read_good("celegans_herm_chem_signed_fenyves2020.csv", &how);
        ck_assert_int_eq(net.row_ptr[net.n], kept[how.unsigned_edges]);
        double sign = how.unsigned_edges == UNSIGNED_DROP ? 0 : how.unsigned_edges == UNSIGNED_PLUS ? 1 : -1;
        ck_assert(weight(&net, "ADAL", "ADAL") == 6 * sign);
        ck_assert(strstr(net.note[1], "1415 connections of sign 'no pred'") && strstr(net.note[2], "471 "));
        network_free(&net);
    }
}
END_TEST

/* All neurons with one threshold. The numbers are those of the answer set solver clingo 5.4 for the same constraints. */
START_TEST(hermaphrodite_fixed_points)
{
    static const struct {
        int way;
        double threshold;
        int tie;
        double count;
    } known[] = {{UNSIGNED_DROP, 0, BINNET_TIE_ACTIVE, 2},    {UNSIGNED_DROP, 0.5, BINNET_TIE_ACTIVE, 20},
                 {UNSIGNED_DROP, 2, BINNET_TIE_ACTIVE, 200},  {UNSIGNED_DROP, 3, BINNET_TIE_ACTIVE, 634},
                 {UNSIGNED_DROP, 8, BINNET_TIE_KEEP, 24},     {UNSIGNED_DROP, 5, BINNET_TIE_KEEP, 83137},
                 {UNSIGNED_PLUS, 8, BINNET_TIE_ACTIVE, 2680}, {UNSIGNED_PLUS, 12, BINNET_TIE_ACTIVE, 1022},
                 {UNSIGNED_MINUS, 3, BINNET_TIE_ACTIVE, 616}};
    import_options how = {.weight_scale = 1, .sign_column = "predicted_sign"};
    binnet_ctx *ctx;
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    for (size_t t = 0; t < sizeof known / sizeof *known; t++) {
        how.unsigned_edges = known[t].way;
        network net = read_good("celegans_herm_chem_signed_fenyves2020.csv", &how);
        binnet_net *made;
        binnet_fixed_points *f;
        failure why = {0};
        for (size_t i = 0; i < net.n; i++)
            net.threshold[i] = known[t].threshold;
        net.tie = known[t].tie;
        ck_assert_int_eq(network_make(ctx, &made, &net, &why), EXIT_DONE);
        ck_assert_int_eq(binnet_fixed_points_new(ctx, &f, made, 1000), BINNET_OK);
        ck_assert(binnet_fixed_points_complete(f));
        ck_assert_msg(binnet_fixed_points_count(f) == known[t].count, "threshold %g: %g fixed points, not %g",
                      known[t].threshold, binnet_fixed_points_count(f), known[t].count);
        ck_assert(binnet_fixed_points_listed(f) == (known[t].count < 1000 ? (size_t)known[t].count : 1000));
        for (size_t k = 0; k < binnet_fixed_points_listed(f); k++)
            for (size_t i = 0; i < net.n; i++) {
                double h = -known[t].threshold;
                for (int64_t e = net.row_ptr[i]; e < net.row_ptr[i + 1]; e++)
                    h += net.weight[e] * binnet_fixed_points_active(f, k, (size_t)net.col[e]);
                ck_assert((h == 0 && net.tie == BINNET_TIE_KEEP) || (h >= 0) == binnet_fixed_points_active(f, k, i));
            }
        binnet_fixed_points_free(f);
        if (t == 0) { /* for all common stimuli; the thresholds are 0 */
            double lo = -INFINITY, hi = INFINITY;
            ck_assert_int_eq(binnet_fixed_points_new_population_box(ctx, &f, made, &lo, &hi, 1, 10000), BINNET_OK);
            ck_assert(binnet_fixed_points_complete(f) && binnet_fixed_points_count(f) == 2094);
            binnet_fixed_points_free(f);
        }
        binnet_net_free(made);
        network_free(&net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(leech)
{
    import_options how = {.weight_scale = 0.5, .weight_column = "gsyn_nS"};
    network net = read_good("leech_heartbeat_timing_hill2001_edges.csv", &how);
    ck_assert(net.n == 6 && net.row_ptr[6] == 12 && weight(&net, "HNR3", "HNL3") == -30);
    network_free(&net);
}
END_TEST

/* The shipped circuit against the published tables: p N / n psp / 150 mV. */
START_TEST(microcircuit)
{
    static const double published[] = {20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948};
    import_options how = {.weight_scale = 1};
    network p = read_good("potjans2014_conn_prob_pre_rows.csv", &how);
    network psp = read_good("potjans2014_psp_mV_pre_rows.csv", &how), shipped;
    failure why = {0};
    snprintf(second, sizeof second, "%s/examples/potjans_diesmann.json", root);
    ck_assert_msg(network_read(&shipped, second, &how, &why) == EXIT_DONE, "%s", why.text);
    for (size_t a = 0; a < 8; a++)
        for (size_t b = 0; b < 8; b++) {
            double want = network_weight(&p, a, b) * network_weight(&psp, a, b) / 150;
            want *= published[b] / (double)shipped.size[b];
            /* Six digits are kept: half a unit of the last is at most 5e-6 of the number. */
            ck_assert(fabs(shipped.J[a * 8 + b] - want) <= 5e-6 * fabs(want));
        }
    network_free(&p);
    network_free(&psp);
    network_free(&shipped);
}
END_TEST

int main(int argc, char **argv)
{
    const char *given = getenv("BINNET_DATA");
    root = argc > 1 ? argv[1] : root;
    snprintf(folder, sizeof folder, "%.2900s%s", given ? given : root, given ? "" : "/../shared/data");
    if (access(folder, R_OK) != 0) {
        printf("skipped: there is no folder %s (BINNET_DATA names another)\n", folder);
        return 77;
    }
    Suite *suite = suite_create("circuits");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 0); /* Meson's counts */
    tcase_add_test(all, pharynx);
    tcase_add_test(all, hermaphrodite);
    tcase_add_test(all, hermaphrodite_fixed_points);
    tcase_add_test(all, leech);
    tcase_add_test(all, microcircuit);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
