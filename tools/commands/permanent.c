/* binnet permanent: the permanent of a matrix of numbers, with its error bound, how it was found and what it cost. */
#include "commands/commands.h"
#include "files/number_lists.h"
#include "files/output.h"
#include "settings/progress.h"
#include "settings/settings.h"
#include "settings/context.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct permanent_options {
    int exact;
    const char *repeat; /* a list, as given */
} permanent_options;

typedef struct matrix {
    size_t rows, columns;
    double *v; /* [rows][columns] */
} matrix;

static int take_matrix(matrix *m, const binnet_matrix_file *file, failure *why)
{
    m->rows = binnet_matrix_file_rows(file);
    m->columns = binnet_matrix_file_columns(file);
    m->v = malloc((m->rows * m->columns + 1) * sizeof *m->v);
    if (m->v == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    if (m->rows * m->columns > 0)
        memcpy(m->v, binnet_matrix_file_data(file), m->rows * m->columns * sizeof *m->v);
    return EXIT_DONE;
}

static int read_matrix(matrix *m, const options *o, failure *why)
{
    binnet_ctx *ctx = NULL;
    binnet_import *import = NULL;
    binnet_matrix_file *file = NULL;
    if (binnet_ctx_new(&ctx) != BINNET_OK)
        return fail(why, EXIT_BUDGET, "out of memory");
    int code = import_make(&import, ctx, &o->import, why);
    if (code == EXIT_DONE) {
        int32_t status = binnet_matrix_file_read(ctx, &file, o->network, import);
        code = status == BINNET_OK ? take_matrix(m, file, why) : file_failure(why, ctx, status);
    }
    if (code == EXIT_DONE && output_keep_path(o->network) != 0)
        code = fail(why, EXIT_BUDGET, "out of memory");
    binnet_matrix_file_free(file);
    binnet_import_free(import);
    binnet_ctx_free(ctx);
    return code;
}

/* Column j of the file stands repeat[j] times in the matrix meant. */
static int repeat_columns(matrix *m, const char *list, failure *why)
{
    double *times = NULL;
    size_t count, columns = 0;
    int code = list_numbers(&times, &count, "repeat", list, 0, 1000000, 1, why);
    for (size_t j = 0; code == EXIT_DONE && j < count; j++) {
        if (times[j] != floor(times[j]))
            code = fail(why, EXIT_USAGE, "--repeat: found %g, expected whole numbers", times[j]);
        columns += (size_t)times[j];
    }
    if (code == EXIT_DONE && count != m->columns)
        code = fail(why, EXIT_USAGE, "--repeat: found %zu numbers, expected one for each of the %zu columns", count,
                    m->columns);
    double *v = NULL;
    if (code == EXIT_DONE &&
        (columns > SIZE_MAX / 16 / (m->rows + 1) || (v = calloc(m->rows * columns + 1, sizeof *v)) == NULL))
        code = fail(why, EXIT_BUDGET, "no memory for %zu x %zu numbers", m->rows, columns);
    for (size_t i = 0, k = 0; code == EXIT_DONE && i < m->rows; i++)
        for (size_t j = 0; j < count; j++)
            for (size_t c = 0; c < (size_t)times[j]; c++)
                v[k++] = m->v[i * m->columns + j];
    free(times);
    if (code != EXIT_DONE)
        return code;
    free(m->v);
    m->v = v;
    m->columns = columns;
    return EXIT_DONE;
}

/* The permanent is a sum over injections of the shorter side into the longer one: rows must not be more. */
static int lay_down(matrix *m, failure *why)
{
    if (m->rows <= m->columns)
        return EXIT_DONE;
    double *v = calloc(m->rows * m->columns + 1, sizeof *v);
    if (v == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->columns; j++)
            v[j * m->rows + i] = m->v[i * m->columns + j];
    free(m->v);
    *m = (matrix){.rows = m->columns, .columns = m->rows, .v = v};
    return EXIT_DONE;
}

static const struct {
    int32_t bit;
    const char *name;
} methods[] = {{BINNET_PERMANENT_GLYNN, "Glynn's formula"},
               {BINNET_PERMANENT_COMPENSATED, "Glynn's formula, compensated"},
               {BINNET_PERMANENT_SUBSETS, "recursion over subsets"},
               {BINNET_PERMANENT_REPEATED, "recursion over repeated rows or columns"},
               {BINNET_PERMANENT_FRONTIER, "recursion over sparse rows"},
               {BINNET_PERMANENT_BLOCKS, "zero pattern split"},
               {BINNET_PERMANENT_RANK_ONE, "rank one"},
               {BINNET_PERMANENT_CONSTANT, "blocks of equal entries"},
               {BINNET_PERMANENT_RYSER, "Ryser's formula in integers"},
               {BINNET_PERMANENT_INTEGRAL, "rounded to the only whole multiple within the bound: exact"}};

static void print_methods(int32_t used)
{
    int any = 0;
    for (size_t k = 0; k < sizeof methods / sizeof *methods; k++)
        if (used & methods[k].bit)
            printf("%s%s", any++ ? " + " : "", methods[k].name);
    printf("%s\n", any ? "" : "by its pattern of zeros alone");
}

/* So many digits, zeros at the end too; 17 stand for all there are. */
static void print_digits_of(double v, int digits)
{
    char text[64];
    int length = snprintf(text, sizeof text, digits < 17 ? "%#.*g" : "%.*g", digits, v);
    if (length > 0 && text[length - 1] == '.')
        text[length - 1] = '\0';
    printf("%s", text);
}

/* m 2^e in decimal where a double holds it, else as it is and roughly. */
static void print_scaled(double m, int64_t e, int digits)
{
    if (!(fabs(m) > 0) || (e > -1000 && e < 1000)) {
        print_digits_of(ldexp(m, (int)e), fabs(m) > 0 ? digits : 17);
        return;
    }
    double power = (double)e * 0.30102999566398120 + log10(fabs(m)), whole = floor(power);
    printf("%.*g * 2^%" PRId64 ", about %.*ge%+.0f", digits, m, e, digits < 6 ? digits : 6,
           copysign(pow(10, power - whole), m), whole);
}

/* How many digits hold to one unit of the last: bound and rounding are half a unit each at most. */
static int digits_that_hold(double m, int64_t e, double bound)
{
    double in_range = e > -1000 && e < 1000 ? ldexp(m, (int)e) : m, scale = in_range / m;
    if (!(fabs(m) > 0) || !(bound > 0))
        return 17;
    double digits = floor(log10(fabs(in_range))) + 1 - log10(2 * bound * scale);
    return digits >= 17 ? 17 : digits >= 1 ? (int)floor(digits) : 1;
}

static const int32_t method_codes[] = {BINNET_PERMANENT_AUTO, BINNET_PERMANENT_GLYNN, BINNET_PERMANENT_COMPENSATED,
                                       BINNET_PERMANENT_SUBSETS};

/* As whole numbers, for --exact. */
static int take_whole(int64_t **whole, const options *o, const matrix *m, failure *why)
{
    int64_t *v = calloc(m->rows * m->columns + 1, sizeof *v);
    int code = v != NULL ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
    for (size_t k = 0; code == EXIT_DONE && k < m->rows * m->columns; k++) {
        if (m->v[k] != floor(m->v[k]) || fabs(m->v[k]) > 9007199254740992.0)
            code = fail(why, EXIT_INPUT, "%s: entry (%zu, %zu) is %.17g; --exact expects whole numbers up to 2^53",
                        o->network, k / m->columns + 1, k % m->columns + 1, m->v[k]);
        else
            v[k] = (int64_t)m->v[k];
    }
    if (code != EXIT_DONE) {
        free(v);
        v = NULL;
    }
    *whole = v;
    return code;
}

static int print_estimate(binnet_ctx *ctx, const options *o, const matrix *m, failure *why)
{
    int exact = ((const permanent_options *)o->own)->exact;
    int32_t used, status;
    uint64_t bytes;
    double flops;
    if (exact) {
        int64_t *whole;
        TRY(take_whole(&whole, o, m, why));
        status = binnet_permanent_integer_estimate(ctx, NULL, &bytes, &flops, &used, m->rows, m->columns, whole);
        free(whole);
    } else {
        status = binnet_permanent_estimate(ctx, NULL, &bytes, &flops, &used, m->rows, m->columns, m->v,
                                           method_codes[o->method]);
    }
    if (status != BINNET_OK)
        return library_failure(why, ctx, status);
    printf("estimate       %s %.3g operations, at most %.4g MiB (limit %.4g MiB), by ", exact ? "at most" : "about",
           flops, (double)bytes / 1048576, (double)o->memory / 1048576);
    print_methods(used);
    return EXIT_DONE;
}

/* --- exactly --- */

static int print_digits(binnet_ctx *ctx, const options *o, const matrix *m, const int64_t *whole, failure *why)
{
    size_t room = 0;
    progress p;
    double began = work_clock();
    int32_t status = binnet_permanent_decimal(ctx, NULL, 0, &room, m->rows, m->columns, whole);
    char *digits = status == BINNET_OK ? malloc(room) : NULL;
    if (status == BINNET_OK && digits == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    if (status == BINNET_OK) {
        progress_begin(&p, ctx, o->quiet);
        status = binnet_permanent_decimal(ctx, digits, room, &room, m->rows, m->columns, whole);
    }
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, ctx, status);
    if (digits != NULL)
        progress_end(&p, ctx);
    if (code == EXIT_DONE)
        printf("permanent      %s\n", digits);
    if (code == EXIT_DONE && !o->quiet)
        printf("exact          whole numbers, %.3g s\n", work_clock() - began);
    free(digits);
    return code;
}

static int solve_exactly(binnet_ctx *ctx, const options *o, const matrix *m, failure *why)
{
    int64_t *whole;
    TRY(take_whole(&whole, o, m, why));
    int code = print_digits(ctx, o, m, whole, why);
    free(whole);
    return code;
}

/* --- in floating point --- */

static int solve(binnet_ctx *ctx, const options *o, const matrix *m, failure *why)
{
    double mantissa = 0, bound = 0;
    int64_t exponent = 0;
    int32_t used = 0;
    progress p;
    double began = work_clock();
    progress_begin(&p, ctx, o->quiet);
    int32_t status = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, &used, m->rows, m->columns, m->v,
                                             method_codes[o->method]);
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, ctx, status);
    progress_end(&p, ctx);
    if (status != BINNET_OK && status != BINNET_E_NOCONV)
        return code;
    printf("permanent      ");
    print_scaled(mantissa, exponent, digits_that_hold(mantissa, exponent, bound));
    printf("\nerror bound    ");
    print_scaled(bound * 1.0051, exponent, 3); /* rounded up */
    if (fabs(mantissa) > 0)
        printf(" (relative %.2g)", 1.051 * bound / fabs(mantissa));
    printf("\n");
    if (o->quiet)
        return code;
    printf("method         ");
    print_methods(used);
    printf("time           %.3g s, %s kernels\n", work_clock() - began, binnet_kernels());
    return code;
}

static int run(binnet_ctx **ctx, matrix *m, const options *o, failure *why)
{
    const permanent_options *own = o->own;
    TRY(read_matrix(m, o, why));
    if (own->repeat != NULL)
        TRY(repeat_columns(m, own->repeat, why));
    TRY(work_ctx(ctx, o, why));
    if (!o->quiet)
        printf("matrix         %s, %zu x %zu\n", o->network, m->rows, m->columns);
    TRY(lay_down(m, why));
    if (o->estimate)
        return print_estimate(*ctx, o, m, why);
    return own->exact ? solve_exactly(*ctx, o, m, why) : solve(*ctx, o, m, why);
}

static int check_options(const options *o, failure *why)
{
    if (((const permanent_options *)o->own)->exact && o->method != 0)
        return fail(why, EXIT_USAGE, "--exact and --method do not go together");
    return EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    binnet_ctx *ctx = NULL;
    matrix m = {0};
    int code = run(&ctx, &m, o, why);
    free(m.v);
    binnet_ctx_free(ctx);
    return code;
}

static const command_option own_options[] = {
    {"method", "NAME", "auto, glynn, compensated or subsets", option_word, SHARED(method),
     .words = "auto, glynn, compensated, subsets"},
    {"tolerance", "X", "largest relative error, default 1e-8", option_number, SHARED(tolerance),
     .param = BINNET_P_RELATIVE_TOLERANCE},
    {"from", "FORMAT", "of MATRIX: csv, mtx, npy; default: by ending and first line", option_import, SHARED(import),
     .words = "csv, mtx, npy"},
    {"exact", NULL, "whole numbers: every digit", option_flag, OWN(permanent_options, exact)},
    {"repeat", "M,M,...", "how often each column of MATRIX stands in the matrix meant, default 1", option_text,
     OWN(permanent_options, repeat)},
    OPTION_ESTIMATE,
    {0}};

const command command_permanent = {.name = "permanent",
                                   .usage = "binnet permanent MATRIX [options]",
                                   .about = "permanent of a matrix of numbers, with its error bound",
                                   .file = "MATRIX",
                                   .options = own_options,
                                   .groups = {&group_limits},
                                   .own_size = sizeof(permanent_options),
                                   .check = check_options,
                                   .run = run_command};
