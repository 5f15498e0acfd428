/* What pictures and the line of progress are made of: texts cut to a width, names that stay distinct, inks, time. */
#include "plot/gnuplot.h"
#include "settings/progress.h"
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(widths)
{
    ck_assert(text_width("") == 0);
    /* DejaVu Sans at 11 points: 0.61 em for 'a', an em is 11 / 72 inch, that is 14.67 pixels of 1/96 inch */
    ck_assert(fabs(text_width("aaaa") - 4 * 0.61 * 14.6667) < 0.01);
    ck_assert(text_width("WWW") > 2 * text_width("iii"));
    ck_assert(text_width("\xc3\xa4") > 8 && text_width("\xc3\xa4") < 15); /* one character of two bytes */
    ck_assert(text_width("\xe4\xb8\xad") > 14);
}
END_TEST

static int is_utf8(const char *text)
{
    for (; *text != 0; text++) {
        int more = (*text & 0xe0) == 0xc0 ? 1 : (*text & 0xf0) == 0xe0 ? 2 : (*text & 0xf8) == 0xf0 ? 3 : 0;
        if (more == 0 && (*text & 0x80))
            return 0;
        for (; more > 0; more--)
            if ((*++text & 0xc0) != 0x80)
                return 0;
    }
    return 1;
}

START_TEST(cuts)
{
    char out[600], small[12];
    const char *const texts[] = {"short", "Interneuron_L00_dorsal and more",
                                 "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6",
                                 "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad", ""};
    for (size_t k = 0; k < COUNT(texts); k++)
        for (double width = 0; width < 400; width += 3.7) {
            text_fit(out, sizeof out, texts[k], width);
            ck_assert_msg(is_utf8(out), "'%s' at %g", texts[k], width);
            ck_assert(text_width(out) <= fmax(width, text_width("...")) + 1e-9);
            ck_assert((strcmp(out, texts[k]) == 0) == (text_width(texts[k]) <= width));
            text_fit(small, sizeof small, texts[k], width);
            ck_assert(is_utf8(small) && strlen(small) < sizeof small);
        }
    ck_assert_str_eq(text_fit(out, sizeof out, "abcdefgh", text_width("abc...")), "abc...");
}
END_TEST

static void check_names(char *const *name, size_t n, double width)
{
    char **fitted = names_fit(name, n, width);
    ck_assert(fitted != NULL);
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(text_width(fitted[i]) <= width + 1e-9, "%s", fitted[i]);
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strcmp(fitted[i], fitted[j]) != 0, "%s and %s became %s", name[i], name[j], fitted[i]);
    }
    ck_assert(names_width(fitted, n) <= width + 1e-9);
    free(fitted);
}

START_TEST(names)
{
    char text[60][300], *name[60];
    for (size_t i = 0; i < 60; i++)
        name[i] = text[i];
    static const char *const forms[][2] = {{"Interneuron_with_a_long_name_", ""},
                                           {"", "_Interneuron_with_a_long_name"},
                                           {"Interneuron_L", "_dorsal_side_left"},
                                           {"a_very_long_beginning_of_a_name_", "_and_as_long_an_end_of_it_too"},
                                           {"N", ""}};
    for (size_t f = 0; f < COUNT(forms); f++) {
        for (size_t i = 0; i < 60; i++)
            snprintf(text[i], sizeof text[i], "%s%zu%s", forms[f][0], i, forms[f][1]);
        check_names(name, 60, 120);
        check_names(name, 60, 190);
    }
    for (size_t i = 0; i < 60; i++) { /* the longest */
        memset(text[i], 'x', 255);
        text[i][128] = (char)('0' + i);
        text[i][255] = 0;
    }
    check_names(name, 60, 150);
    strcpy(text[0], "a");
    strcpy(text[1], "b");
    char **fitted = names_fit(name, 2, 100);
    ck_assert(strcmp(fitted[0], "a") == 0 && strcmp(fitted[1], "b") == 0);
    free(fitted);
}
END_TEST

START_TEST(inks)
{
    ck_assert(ink_on(0xffffff) == 0 && ink_on(0) == 0xffffff);
    ck_assert(ink_on(0x2166ac) == 0xffffff && ink_on(0xb2182b) == 0xffffff); /* the ends of the scale of correlations */
    ck_assert(ink_on(0xf7f7f7) == 0 && ink_on(0x92c5de) == 0 && ink_on(0xf4a582) == 0);
    ck_assert(ink_on(0x081d58) == 0xffffff && ink_on(0xffffd9) == 0);
}
END_TEST

static const char *line_at(progress *p, double fraction, double left, double t)
{
    static char text[80];
    progress_line(text, p, fraction, left, t);
    return text;
}

START_TEST(progress_never_ends_early)
{
    progress p = {0};
    ck_assert(strstr(line_at(&p, 0, -1, 1), "  0%") == line_at(&p, 0, -1, 1));
    ck_assert(strstr(line_at(&p, 0.5, 10, 10), "50%") != NULL && strstr(line_at(&p, 0.5, 10, 10), "10 s left") != NULL);
    for (double t = 20; t < 50; t += 1) {
        const char *text = line_at(&p, 1, 0, t);
        ck_assert_msg(strstr(text, "100%") == NULL && strstr(text, " 99%") == text, "%s", text);
        ck_assert_msg(strstr(text, "left") == NULL && strstr(text, "so far") != NULL, "%s", text);
        ck_assert(strstr(text, "[#############################.]") != NULL);
    }
    ck_assert(strstr(line_at(&p, 2, -5, 7300), "2.0 h so far") != NULL);
}
END_TEST

START_TEST(progress_that_stalls)
{
    progress p = {0};
    for (double t = 0; t < 40; t += 0.25)
        ck_assert(strstr(line_at(&p, 0.02 * t, 50 - t, t), t > 0 ? "left" : "") != NULL);
    const double stands = 0.02 * 39.75;
    ck_assert(strstr(line_at(&p, stands, 10, 41), "left") != NULL); /* not yet */
    ck_assert(strstr(line_at(&p, stands, 11, 47), "47 s so far") != NULL);
    ck_assert(strstr(line_at(&p, stands + 0.01, 11, 48), "left") != NULL);
    /* the next call of the library begins at 0 */
    ck_assert(strstr(line_at(&p, 0.01, 30, 60), "30 s left") != NULL);
    ck_assert(strstr(line_at(&p, 0.01, 30, 70), "so far") != NULL);
    /* slow but steady: the time left stays */
    progress slow = {0};
    for (double t = 0; t < 20000; t += 5) {
        const char *text = line_at(&slow, 1e-5 * t, 1e-5 * t < 0.01 ? -1 : 1e5 - t, t);
        ck_assert_msg(strstr(text, 1e-5 * t < 0.01 ? "so far" : "left") != NULL, "%s at %g", text, t);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {widths, cuts, names, inks, progress_never_ends_early, progress_that_stalls};
    return run_tests("pictures", tests, COUNT(tests)) == 0 ? 0 : 1;
}
