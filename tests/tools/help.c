/* What the tests of the readers share. */
#include "help.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *root = "."; /* of the sources */
char scratch[64];       /* a file of ours */
const import_options usual = {.weight_scale = 1};

const char *put_scratch(const char *text)
{
    FILE *out = fopen(scratch, "wb");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
    return scratch;
}

network read_good(const char *text, const import_options *how)
{
    network net;
    failure why = {.call = &output_watch};
    int code = network_read_text(&net, "net.file", text, strlen(text), how, &why);
    ck_assert_msg(code == EXIT_DONE, "%s\nin %s", why.text, text);
    return net;
}

void check_failure(int code, int want, const failure *why, const char *expected)
{
    char copy[400], *part, *rest = copy;
    ck_assert_msg(code == want && why->code == want, "code %d, expected %d: %s", code, want, why->text);
    snprintf(copy, sizeof copy, "%s", expected);
    while ((part = strtok_r(rest, "|", &rest)))
        ck_assert_msg(strstr(why->text, part), "'%s' is not in '%s'", part, why->text);
}

void read_bad(const char *text, size_t length, const import_options *how, int want, const char *expected)
{
    network net;
    failure why = {.call = &output_watch};
    int code = network_read_text(&net, "net.file", text, length, how, &why);
    ck_assert_msg(code != EXIT_DONE, "was read, expected '%s': %s", expected, text);
    check_failure(code, want, &why, expected);
    ck_assert(net.n == 0 && !net.name && !net.weight);
}

double weight(const network *net, const char *pre, const char *post)
{
    int64_t i = network_find(net, post), j = network_find(net, pre);
    ck_assert(i >= 0 && j >= 0);
    return network_weight(net, (size_t)i, (size_t)j);
}

void has_note(const network *net, const char *text)
{
    for (size_t i = 0; i < net->n_notes; i++)
        if (strstr(net->note[i], text))
            return;
    ck_abort_msg("no note has '%s'", text);
}

void check_bad(const bad_case *cases, size_t count, const char *format)
{
    import_options how = usual;
    how.format = format;
    for (size_t i = 0; i < count; i++)
        read_bad(cases[i].text, strlen(cases[i].text), &how, EXIT_INPUT, cases[i].expected);
}

int run_tests(int argc, char **argv, const char *name, const TTest *const *tests, size_t count)
{
    root = argc > 1 ? argv[1] : root;
    snprintf(scratch, sizeof scratch, "/tmp/binnet-fixture-XXXXXX");
    int made = mkstemp(scratch);
    if (made < 0)
        return EXIT_FAILURE;
    close(made);
    Suite *suite = suite_create(name);
    TCase *all = tcase_create("all");
    for (size_t i = 0; i < count; i++)
        tcase_add_test(all, tests[i]);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(scratch);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
