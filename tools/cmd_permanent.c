/* binnet permanent: the permanent of a matrix of numbers, with its error bound, how it was found and what it cost. */
#include "commands.h"
#include "lists.h"
#include "matrix.h"
#include "progress.h"
#include "settings.h"
#include "work.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        code = fail(why, EXIT_USAGE, "--repeat: found %zu numbers, expected one for each of the %zu columns", count, m->columns);
    double *v = NULL;
    if (code == EXIT_DONE && (columns > SIZE_MAX / 16 / (m->rows + 1) || (v = calloc(m->rows * columns + 1, sizeof *v)) == NULL))
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
    size_t rows = m->rows;
    *m = (matrix){m->columns, rows, v};
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
               {BINNET_PERMANENT_INTEGRAL, "rounded to the only whole multiple within the bound: exact"}};

static void print_methods(int32_t used)
{
    int any = 0;
    for (size_t k = 0; k < sizeof methods / sizeof *methods; k++)
        if (used & methods[k].bit)
            printf("%s%s", any++ ? " + " : "", methods[k].name);
    printf("%s\n", any ? "" : "by its pattern of zeros alone");
}

/* m 2^e in decimal where a double holds it, else as it is and roughly. */
static void print_scaled(double m, int64_t e)
{
    if (!(fabs(m) > 0) || (e > -1000 && e < 1000)) {
        printf("%.17g", ldexp(m, (int)e));
        return;
    }
    double power = (double)e * 0.30102999566398120 + log10(fabs(m)), whole = floor(power);
    printf("%.17g * 2^%" PRId64 ", about %.6ge%+.0f", m, e, copysign(pow(10, power - whole), m), whole);
}

static int print_estimate(binnet_ctx *ctx, const options *o, const matrix *m, failure *why)
{
    int32_t used;
    uint64_t bytes;
    double flops;
    static const int32_t method[] = {BINNET_PERMANENT_AUTO, BINNET_PERMANENT_GLYNN, BINNET_PERMANENT_COMPENSATED,
                                     BINNET_PERMANENT_SUBSETS};
    int32_t status = binnet_permanent_estimate(ctx, &used, &bytes, &flops, m->rows, m->columns, m->v, method[o->method]);
    if (status != BINNET_OK)
        return library_failure(why, ctx, status);
    printf("estimate       about %.3g floating-point operations, at most %.4g MiB (limit %.4g MiB), by ", flops,
           (double)bytes / 1048576, (double)o->memory / 1048576);
    print_methods(used);
    return EXIT_DONE;
}

/* --- exactly --- */

/* high 2^64 + low, |value| < 2^127, in decimal. */
static void print_wide(int64_t high, uint64_t low)
{
    uint32_t limb[4] = {(uint32_t)low, (uint32_t)(low >> 32), (uint32_t)(uint64_t)high, (uint32_t)((uint64_t)high >> 32)};
    char digits[48];
    size_t at = sizeof digits - 1;
    if (high < 0) {
        uint64_t carry = 1;
        for (int k = 0; k < 4; k++) {
            carry += (uint32_t)~limb[k];
            limb[k] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    digits[at] = 0;
    do {
        uint64_t rest = 0;
        for (int k = 4; k-- > 0;) {
            rest = rest << 32 | limb[k];
            limb[k] = (uint32_t)(rest / 10);
            rest %= 10;
        }
        digits[--at] = (char)('0' + rest);
    } while ((limb[0] | limb[1] | limb[2] | limb[3]) != 0);
    printf("%s%s", high < 0 ? "-" : "", digits + at);
}

static int solve_exactly(binnet_ctx *ctx, const options *o, const matrix *m, failure *why)
{
    int64_t high, *whole = calloc(m->rows * m->columns + 1, sizeof *whole);
    uint64_t low;
    int code = whole != NULL ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
    for (size_t k = 0; code == EXIT_DONE && k < m->rows * m->columns; k++) {
        if (m->v[k] != floor(m->v[k]) || fabs(m->v[k]) > 9007199254740992.0)
            code = fail(why, EXIT_INPUT, "%s: entry (%zu, %zu) is %.17g; --exact expects whole numbers up to 2^53", o->network,
                        k / m->columns + 1, k % m->columns + 1, m->v[k]);
        else
            whole[k] = (int64_t)m->v[k];
    }
    progress p;
    double began = work_clock();
    if (code == EXIT_DONE) {
        progress_begin(&p, ctx, o->quiet);
        int32_t status = binnet_permanent_integer(ctx, &high, &low, m->rows, m->columns, whole);
        code = status == BINNET_OK ? EXIT_DONE : library_failure(why, ctx, status);
        progress_end(&p, ctx);
    }
    free(whole);
    TRY(code);
    printf("permanent      ");
    print_wide(high, low);
    printf("\n");
    if (!o->quiet)
        printf("exact          whole numbers, %.3g s\n", work_clock() - began);
    return EXIT_DONE;
}

/* --- in floating point --- */

static int solve(binnet_ctx *ctx, const options *o, const matrix *m, failure *why)
{
    static const int32_t method[] = {BINNET_PERMANENT_AUTO, BINNET_PERMANENT_GLYNN, BINNET_PERMANENT_COMPENSATED,
                                     BINNET_PERMANENT_SUBSETS};
    double mantissa = 0, bound = 0;
    int64_t exponent = 0;
    int32_t used = 0;
    progress p;
    double began = work_clock();
    progress_begin(&p, ctx, o->quiet);
    int32_t status = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, &used, m->rows, m->columns, m->v, method[o->method]);
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, ctx, status);
    progress_end(&p, ctx);
    if (status != BINNET_OK && status != BINNET_E_NOCONV)
        return code;
    printf("permanent      ");
    print_scaled(mantissa, exponent);
    printf("\nerror bound    ");
    print_scaled(bound, exponent);
    if (fabs(mantissa) > 0)
        printf(" (relative %.2g)", bound / fabs(mantissa));
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
    if (o->exact && o->method != 0)
        return fail(why, EXIT_USAGE, "--exact and --method do not go together");
    TRY(matrix_read(m, o->network, o->import.format, o->import.max_bytes, why));
    if (o->repeat != NULL)
        TRY(repeat_columns(m, o->repeat, why));
    TRY(work_ctx(ctx, o, why));
    if (!o->quiet)
        printf("matrix         %s, %zu x %zu\n", o->network, m->rows, m->columns);
    TRY(lay_down(m, why));
    fflush(stdout);
    if (o->estimate)
        return print_estimate(*ctx, o, m, why);
    return o->exact ? solve_exactly(*ctx, o, m, why) : solve(*ctx, o, m, why);
}

int command_permanent(const options *o, failure *why)
{
    binnet_ctx *ctx = NULL;
    matrix m = {0};
    int code = run(&ctx, &m, o, why);
    matrix_free(&m);
    binnet_ctx_free(ctx);
    return code;
}
