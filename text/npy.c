/* Arrays in numpy's .npy files: a magic word, a Python dictionary of fixed keys, the numbers. */
#include "text/npy.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Numbers are written as the machine has them, and their type says which way round that is. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
enum { own_order = '>' };
#else
enum { own_order = '<' };
#endif

/* What is written. */
static const struct {
    const char *descr;
    size_t item;
} types[] = {{"<f8", 8}, {"<f4", 4}, {"<i8", 8}, {"<i4", 4}, {"|i1", 1}, {"|u1", 1}};

static size_t item_size(const char *descr)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].descr, descr) == 0)
            return types[i].item;
    return 0;
}

/* --- the dictionary --- */

typedef struct header {
    const document *doc;
    const char *at, *end;
    failure *why;
} header;

static int expected(const header *h, const char *what)
{
    char found[25];
    size_t left = (size_t)(h->end - h->at), length = left < sizeof found - 1 ? left : sizeof found - 1;
    memcpy(found, h->at, length);
    found[length] = 0;
    return fail_at(h->why, EXIT_INPUT, h->doc->path, 0, "in the npy header: found '%s'; expected %s", found, what);
}

static void skip_spaces(header *h)
{
    while (h->at < h->end && *h->at == ' ')
        h->at++;
}

/* 1 and steps over it when the text is next. */
static int accept(header *h, const char *text)
{
    size_t length = strlen(text);
    skip_spaces(h);
    if ((size_t)(h->end - h->at) < length || memcmp(h->at, text, length) != 0)
        return 0;
    h->at += length;
    return 1;
}

/* Byte order < or > (| and = where there is one byte only, or as little-endian machines have it), kind, bytes. */
static int read_descr(header *h, npy_array *out)
{
    static const char *const known[] = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
    skip_spaces(h);
    if (h->end - h->at >= 5 && (h->at[0] == '\'' || h->at[0] == '"') && h->at[4] == h->at[0])
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (memcmp(h->at + 2, known[k], 2) == 0 && strchr(known[k][1] == '1' ? "<>|=" : "<>=", h->at[1])) {
                out->kind = known[k][0];
                out->item = (size_t)(known[k][1] - '0');
                out->big = h->at[1] == '>';
            }
    if (!out->item)
        return expected(h, "the type '<f8', '<f4', '<f2', '<i8', '<i4', '<i2', '|i1' or '|b1', or u for i, or > for <");
    h->at += 5;
    return EXIT_DONE;
}

static int read_extent(header *h, size_t *out)
{
    size_t value = 0;
    skip_spaces(h);
    const char *begin = h->at;
    for (; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++) {
        value = 10 * value + (size_t)(*h->at - '0');
        if (value > (size_t)1 << (sizeof(size_t) > 4 ? 40 : 26)) {
            h->at = begin;
            return expected(h, "a size of at most 2^40");
        }
    }
    if (h->at == begin)
        return expected(h, "a size");
    *out = value;
    return EXIT_DONE;
}

static int read_shape(header *h, npy_array *out)
{
    if (!accept(h, "("))
        return expected(h, "a shape such as (3, 3)");
    out->shape[1] = 1;
    for (out->ndim = 0; !accept(h, ")");) {
        if (out->ndim == 2)
            return expected(h, "one or two dimensions");
        TRY(read_extent(h, &out->shape[out->ndim++]));
        if (accept(h, ","))
            continue;
        if (out->ndim == 1 || !accept(h, ")"))
            return expected(h, "a comma or a closing parenthesis");
        break;
    }
    return out->ndim ? EXIT_DONE : expected(h, "one or two dimensions");
}

static int read_dictionary(header *h, npy_array *out)
{
    int has_descr = 0, has_order = 0, has_shape = 0;
    if (!accept(h, "{"))
        return expected(h, "{");
    while (!accept(h, "}")) {
        skip_spaces(h);
        if (!has_descr && (accept(h, "'descr':") || accept(h, "\"descr\":"))) {
            has_descr = 1;
            TRY(read_descr(h, out));
        } else if (!has_order && (accept(h, "'fortran_order':") || accept(h, "\"fortran_order\":"))) {
            has_order = 1;
            out->fortran = accept(h, "True");
            if (!out->fortran && !accept(h, "False"))
                return expected(h, "True or False");
        } else if (!has_shape && (accept(h, "'shape':") || accept(h, "\"shape\":"))) {
            has_shape = 1;
            TRY(read_shape(h, out));
        } else {
            return expected(h, "'descr', 'fortran_order' and 'shape', each once");
        }
        if (accept(h, ","))
            continue;
        if (!accept(h, "}"))
            return expected(h, "a comma or }");
        break;
    }
    if (!has_descr || !has_order || !has_shape)
        return expected(h, "'descr', 'fortran_order' and 'shape', each once");
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n'))
        h->at++;
    return h->at == h->end ? EXIT_DONE : expected(h, "the end of the header");
}

int npy_parse(npy_array *out, const document *doc, failure *why)
{
    const unsigned char *bytes = (const unsigned char *)doc->text;
    memset(out, 0, sizeof *out);
    if (doc->length < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return fail_at(why, EXIT_INPUT, doc->path, 0,
                       "is not an npy file (%zu bytes); expected \\x93NUMPY at the start", doc->length);
    if ((bytes[6] != 1 && bytes[6] != 2) || bytes[7] != 0)
        return fail_at(why, EXIT_INPUT, doc->path, 0, "npy version %d.%d; expected 1.0 or 2.0", bytes[6], bytes[7]);
    size_t start = bytes[6] == 1 ? 10 : 12, length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] == 2)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > 65535 || length > doc->length - start)
        return fail_at(why, EXIT_INPUT, doc->path, 0, "an npy header of %zu bytes; expected at most %zu", length,
                       doc->length - start < 65535 ? doc->length - start : (size_t)65535);
    header h = {.doc = doc, .at = doc->text + start, .end = doc->text + start + length, .why = why};
    TRY(read_dictionary(&h, out));
    /* The file is in memory: compare by division, the product could overflow. */
    size_t have = doc->length - start - length;
    size_t rows = out->shape[0], columns = out->shape[1];
    int fits = rows && columns ? rows <= have / out->item / columns && rows * columns * out->item == have : have == 0;
    if (!fits)
        return fail_at(why, EXIT_INPUT, doc->path, 0, "has %zu bytes of data; expected %zu x %zu numbers of %zu bytes",
                       have, rows, columns, out->item);
    out->data = bytes + start + length;
    return EXIT_DONE;
}

/* IEEE half precision: sign, 5 bits of exponent, 10 of fraction. */
static double half(uint32_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), value;
    if (exponent == 31)
        value = fraction > 0 ? NAN : INFINITY;
    else
        value = exponent > 0 ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 ? -value : value;
}

double npy_get(const npy_array *a, size_t i, size_t j)
{
    size_t index = a->fortran ? j * a->shape[0] + i : i * a->shape[1] + j;
    const unsigned char *at = a->data + index * a->item;
    uint64_t bits = 0;
    for (size_t k = 0; k < a->item; k++)
        bits |= (uint64_t)at[a->big ? a->item - 1 - k : k] << 8 * k;
    uint32_t low = (uint32_t)bits;
    double f8;
    float f4;
    if (a->kind == 'f' && a->item == 8) {
        memcpy(&f8, &bits, sizeof f8);
        return f8;
    }
    if (a->kind == 'f' && a->item == 4) {
        memcpy(&f4, &low, sizeof f4);
        return (double)f4;
    }
    if (a->kind == 'f')
        return half(low);
    if (a->kind == 'b')
        return bits != 0;
    if (a->kind == 'u')
        return (double)bits;
    return a->item == 8   ? (double)(int64_t)bits
           : a->item == 4 ? (double)(int32_t)low
           : a->item == 2 ? (double)(int16_t)bits
                          : (double)(int8_t)bits;
}

/* --- writing --- */

/* Appends to the header text; it is long enough for eight sizes. */
static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

int npy_header(npy_text *out, const char *path, size_t ndim, const size_t *shape, const char *descr, failure *why)
{
    enum { preamble = 10, alignment = 64 };
    char *text = out->text + preamble;
    size_t item = item_size(descr), room = sizeof out->text - preamble;
    if (!item || ndim > 8)
        return fail_at(why, EXIT_USAGE, path, 0,
                       "an npy file of type '%.10s' and %zu dimensions; expected a known type and "
                       "at most 8",
                       descr, ndim);
    text[0] = 0;
    out->bytes = item;
    append(text, room, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", descr[0] == '<' ? own_order : descr[0],
           descr + 1);
    for (size_t i = 0; i < ndim; i++) {
        append(text, room, "%s%zu", i ? ", " : "", shape[i]);
        out->bytes *= shape[i];
    }
    append(text, room, "%s), }", ndim == 1 ? "," : "");
    size_t length = strlen(text), padded = (preamble + length + 1 + alignment - 1) / alignment * alignment - preamble;
    memset(text + length, ' ', padded - length);
    text[padded - 1] = '\n';
    const unsigned char magic[preamble] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)(padded & 255), (unsigned char)(padded >> 8)};
    memcpy(out->text, magic, preamble);
    out->length = preamble + padded;
    return EXIT_DONE;
}
