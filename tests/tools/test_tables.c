/* Readers of CSV matrices and connections, transmitters, Matrix Market and npy: good and bad inputs. */
#include "help.h"

#include <math.h>
#include <string.h>

/* --- CSV --- */

START_TEST(matrix_good)
{
    network net =
        read_good("\xef\xbb\xbf# from a paper\r\npre\\post,a,\"b, \"\"x\"\"\",c\r\n\r\nc , 0,1e0,-.5\r\na,1.5,0,0\r\n"
                  "  # a remark\r\n\"b, \"\"x\"\"\",0,0,2.",
                  &usual);
    ck_assert(net.n == 3 && strcmp(net.name[1], "b, \"x\"") == 0);
    ck_assert(weight(&net, "c", "b, \"x\"") == 1 && weight(&net, "c", "c") == -0.5 && weight(&net, "a", "a") == 1.5);
    ck_assert(weight(&net, "b, \"x\"", "c") == 2 && net.row_ptr[3] == 4 && net.threshold[0] == 0 &&
              net.normalisation[2] == 1);
    has_note(&net, "rows are presynaptic, as the file says");
    network_free(&net);
    import_options how = {.orientation = ORIENTATION_POST_ROWS, .weight_scale = 2};
    net = read_good(",a,b\na,0,1\nb,0,0\n", &how);
    ck_assert(weight(&net, "b", "a") == 2);
    has_note(&net, "rows are postsynaptic, by option");
    has_note(&net, "weights multiplied by 2");
    network_free(&net);
    how.weight_scale = -1;
    net = read_good(HEAD "\"populations\": [{\"name\": \"E\", \"size\": 2}], \"self_connections\": true,"
                         "\"orientation\": \"post-rows\", \"matrix\": [[0]]}",
                    &how);
    ck_assert(net.J[0] == 0 && !signbit(net.J[0])); /* -0 would not read back as it was written */
    network_free(&net);
}
END_TEST

START_TEST(matrix_bad)
{
    static const bad_case cases[] = {
        {",a,b\na,0,1\nb,0,0\n", "net.file:1: |--orientation pre-rows"},
        {"a\\b,a\na,0\n", "net.file:1: the first cell is 'a\\b'"},
        {"pre\\post,a,b\na,0,1\nb,0\n", "net.file:3: row 'b' has 1 values; expected 2"},
        {"pre\\post,a,b\na,0,1\nb,0,1,\n", "net.file:3: row 'b' has 3 values; expected 2"},
        {"pre\\post,a,b\na,0,1\n", "net.file:2: found 1 rows for 2 columns; expected a row for 'b'"},
        {"pre\\post,a,b\na,0,1\nc,0,1\n", "net.file:3: row 'c' has no column"},
        {"pre\\post,a,b\na,0,1\n\na,0,1\n", "net.file:4: a second row 'a'; the first is in line 2"},
        {"pre\\post,a,a\n", "net.file:1: two neurons are named 'a'"},
        {"pre\\post,a,\n", "net.file:1: found an empty name"},
        {"pre\\post\n", "net.file:1: found one field"},
        {"pre\\post,a\xc2\xa0"
         "b\n",
         "net.file:1: the name 'a\xc2\xa0"
         "b' has a no-break"},
        {"pre\\post,a,\" a\"\na,0,1\n\" a\",0,0\n", "net.file: the neurons 'a' and ' a' differ by spaces only"},
        {"pre\\post,a\na,nan\n", "net.file:2: the weight, in column 2, is 'nan'; expected a finite decimal number"},
        {"pre\\post,a\na,inf\n", "'inf'"},
        {"pre\\post,a\na,0x10\n", "'0x10'"},
        {"pre\\post,a\na,1e400\n", "too large"},
        {"pre\\post,a\na,1e-400\n", "too small"},
        {"pre\\post,a\na,1 2\n", "'1 2'"},
        {"pre\\post,a\na,1e\n", "'1e'"},
        {"pre\\post,a\na,\n", "is ''"},
        {"pre\\post,a\na,\"1\n", "net.file:2: a quoted field is not closed"},
        {"pre\\post,a\na,\"1\"2\n", "net.file:2: found '2' behind the closing quote of field 2"},
        {"pre\\post,a\na,1\"2\n", "net.file:2: found a quote inside field 2"},
        {"pre\\post,a\ra,1\r", "net.file:1: found a carriage return"},
        {"pre\\post,a\na,\xe9\n", "net.file:2: found byte 0xe9; expected UTF-8"},
        {"pre\\post,a\n\x80\x80,1\n", "net.file:2: found byte 0x80"}, /* a continuation alone */
        {"pre\\post,a\n\xc1\x81,1\n", "net.file:2: found byte 0xc1"}, /* overlong */
        {"pre\\post,a\n\xe0\x81\x81,1\n", "net.file:2: found byte 0xe0"},
        {"pre\\post,a\n\xed\xa0\x80,1\n", "net.file:2: found byte 0xed"},     /* a surrogate */
        {"pre\\post,a\n\xf4\x90\x80\x80,1\n", "net.file:2: found byte 0xf4"}, /* above 0x10ffff */
        {"pre\\post,\xe2\x82", "net.file:1: found byte 0xe2"},                /* the text ends within */
        {"# nothing\n", "has no rows"},
        {" \n\n", "net.file: is empty"},
    };
    check_bad(cases, COUNT(cases), "matrix");
    read_bad("pre\\post,a\na,1\0\n", 17, &usual, EXIT_INPUT, "net.file|neither");
    read_bad("pre\\post,a\na,1\0\n", 17, &(import_options){.format = "matrix", .weight_scale = 1}, EXIT_INPUT,
             "net.file:2: found a zero byte");
    read_bad("", 0, &usual, EXIT_INPUT, "net.file: is empty");
    read_bad("pre\\post,a\na,1\n", 15, &(import_options){.orientation = ORIENTATION_POST_ROWS, .weight_scale = 1},
             EXIT_INPUT, "net.file:1: the file says pre-rows, the option says post-rows");
    read_bad("x", 1, &(import_options){.format = "xml", .weight_scale = 1}, EXIT_USAGE, "'xml'; expected json");
    read_bad("x", 1, &(import_options){.weight_scale = NAN}, EXIT_USAGE, "weight scale");
    read_bad("pre\\post,a\na,1e300\n", 19, &(import_options){.weight_scale = 1e300}, EXIT_INPUT,
             "too large for a double when scaled");
    read_bad("pre\\post,a\na,1e-300\n", 20, &(import_options){.weight_scale = 1e-300}, EXIT_INPUT, "too small");
}
END_TEST

START_TEST(edges_good)
{
    const char *text = "pre,post,weight,sign,remark\nb,a,2,-,x\na,b,1.5,1,\na,a,3,0,\nc,a,1,+1,\n";
    network net = read_good(text, &usual);
    ck_assert(net.n == 3 && strcmp(net.name[0], "b") == 0 && strcmp(net.name[2], "c") == 0);
    ck_assert(weight(&net, "b", "a") == -2 && weight(&net, "a", "b") == 1.5 && weight(&net, "c", "a") == 1);
    ck_assert_int_eq(net.row_ptr[3], 3);
    network_free(&net);
    import_options how = {
        .pre_column = "from", .post_column = "to", .weight_column = "g", .sum_duplicates = 1, .weight_scale = 1};
    how.neurons_file = put_scratch("# all\nz\n\"y\"\n\nx\n");
    net = read_good("from,to,g\nx,y,1\nx,y,2\ny,x,-1\n", &how);
    ck_assert(net.n == 3 && network_find(&net, "z") == 0 && weight(&net, "x", "y") == 3 &&
              weight(&net, "y", "x") == -1);
    has_note(&net, "1 duplicate");
    network_free(&net);
    read_bad("from,to,g\nx,y,1\nx,w,2\n", 22, &how, EXIT_INPUT,
             "net.file:3: the postsynaptic neuron 'w' is not in|fixture");
    how.neurons_file = put_scratch("a\na\n");
    read_bad("from,to,g\nx,y,1\n", 16, &how, EXIT_INPUT, "fixture|:2: two neurons are named 'a'");
    how.neurons_file = "/nowhere/at/all";
    read_bad("from,to,g\nx,y,1\n", 16, &how, EXIT_INPUT, "/nowhere/at/all: cannot be read: No such file");
}
END_TEST

/* What is neither + nor - is dropped or gets a sign, by option; each text is noted with its number. */
START_TEST(edges_unsigned)
{
    const char *text = "pre,post,weight,sign\na,b,2,complex\nb,a,3,-\nc,a,1,no pred\na,c,4,complex\nb,c,5,\nc,c,6,+\n";
    import_options how = usual;
    for (int way = UNSIGNED_DROP; way <= UNSIGNED_MINUS; way++) {
        double sign = way == UNSIGNED_DROP ? 0 : way == UNSIGNED_PLUS ? 1 : -1;
        how.unsigned_edges = way;
        network net = read_good(text, &how);
        ck_assert(net.n == 3 && net.row_ptr[3] == (way == UNSIGNED_DROP ? 2 : 6));
        ck_assert(weight(&net, "a", "b") == 2 * sign && weight(&net, "c", "a") == sign);
        ck_assert(weight(&net, "a", "c") == 4 * sign && weight(&net, "b", "c") == 5 * sign);
        ck_assert(weight(&net, "b", "a") == -3 && weight(&net, "c", "c") == 6);
        has_note(&net, way == UNSIGNED_DROP   ? "2 connections of sign 'complex' dropped (--unsigned drop)"
                       : way == UNSIGNED_PLUS ? "2 connections of sign 'complex' counted as + (--unsigned +)"
                                              : "2 connections of sign 'complex' counted as - (--unsigned -)");
        has_note(&net, "1 connection of sign 'no pred' ");
        has_note(&net, "1 connection of sign '(empty)' ");
        network_free(&net);
    }
    read_bad("pre,post,weight,sign\na,b,-2,x\n", 30, &how, EXIT_INPUT, "the weight is negative beside a sign column");
    read_bad("pre,post,weight\na,b,2\n", 22, &how, EXIT_USAGE, "--unsigned is given|without a sign column");
    read_bad("pre\\post,a\na,1\n", 15, &how, EXIT_USAGE, "--unsigned is given with a file of format matrix");
}
END_TEST

START_TEST(edges_bad)
{
    static const bad_case cases[] = {
        {"pre,post,w\na,b,1\n", "net.file:1: no column is named 'weight'|--weight-column|pre, post, w"},
        {"pre,post,weight,weight\na,b,1,1\n", "net.file:1: two columns are named 'weight'"},
        {"pre,post,weight\na,b,1\na,b,1\n", "net.file:3: found a second connection|from 'a' to 'b'|--duplicates sum"},
        {"pre,post,weight\na,b\n", "net.file:2: found 2 fields; expected 3"},
        {"pre,post,weight\na,,1\n", "net.file:2: found an empty name"},
        {"pre,post,weight\na,b,-inf\n", "net.file:2: the weight|'-inf'"},
        {"pre,post,weight,sign\na,b,1,complex\n",
         "net.file:2: the sign, in column 4, is 'complex'; expected 1, -1, 0, + or - (or --unsigned drop, + or -)"},
        {"pre,post,weight,sign\na,b,-1,+\n", "net.file:2: the weight is negative beside a sign column"},
        {"pre,post,weight\n", "has no neurons"},
    };
    check_bad(cases, COUNT(cases), "edges");
    read_bad("pre,post,weight\na,a,1e308\na,a,1e308\n", 35, &(import_options){.sum_duplicates = 1, .weight_scale = 1},
             EXIT_INPUT, "net.file:3: the sum of the weights is too large");
}
END_TEST

START_TEST(transmitters)
{
    static const sign_rule signs[] = {{"ACh", 1}, {"Glu", -1}, {"unknown", 0}};
    const char *text = "pre,post,weight\na,b,1\nb,a,2\nc,a,3\nc,b,4\n";
    import_options how = {.sign = signs, .n_signs = 3, .weight_scale = 1};
    how.transmitters = put_scratch("nt,neuron\nACh,a\nGlu,b\n,c\nGABA,d\n");
    network net = read_good(text, &how);
    ck_assert(weight(&net, "a", "b") == 1 && weight(&net, "b", "a") == -2 && net.row_ptr[3] == 2);
    has_note(&net, "Glu counted as -1 (1 neuron)");
    has_note(&net, "unknown counted as 0 (1 neuron)");
    network_free(&net);
    how.n_signs = 1;
    read_bad(text, strlen(text), &how, EXIT_INPUT, "no sign is given for: Glu of b; unknown of c|--sign Glu=-1");
    how.n_signs = 3;
    put_scratch("neuron,transmitter\na,ACh\nb,Glu\n");
    read_bad(text, strlen(text), &how, EXIT_INPUT, "fixture|has no row for these neurons|: c");
    put_scratch("neuron,x,y\na,ACh,1\n");
    read_bad(text, strlen(text), &how, EXIT_INPUT, ":1: which column|neuron, x, y");
    how.transmitter_column = "z";
    read_bad(text, strlen(text), &how, EXIT_INPUT, ":1: no column is named 'z'; expected one of: neuron, x, y");
    how.transmitter_column = "x";
    put_scratch("neuron,x\na,ACh\na,ACh\n");
    read_bad(text, strlen(text), &how, EXIT_INPUT, ":3: a second row for neuron 'a'");
    how.sign = (sign_rule[]){{"ACh", 2}};
    how.n_signs = 1;
    read_bad(text, strlen(text), &how, EXIT_USAGE, "--sign ACh=2: expected +1, -1 or 0");
    how.transmitters = NULL;
    read_bad(text, strlen(text), &how, EXIT_USAGE, "without --transmitters");
}
END_TEST

/* --- Matrix Market --- */

START_TEST(mtx_good)
{
    network net = read_good(
        "%%MatrixMarket matrix coordinate real general\n% a remark\n%\n%  pre\\post\n\n3 3 2\n1 2 3.5\r\n\n3 1 -1e0\n",
        &usual);
    ck_assert(net.n == 3 && weight(&net, "1", "2") == 3.5 && weight(&net, "3", "1") == -1 && net.row_ptr[3] == 2);
    network_free(&net);
    import_options how = {.orientation = ORIENTATION_POST_ROWS, .weight_scale = 1};
    how.names_file = put_scratch("a\nb\nc\n");
    net = read_good("%%matrixmarket MATRIX coordinate Pattern general\n3 3 2\n2 1\n3 3", &how);
    ck_assert(weight(&net, "a", "b") == 1 && weight(&net, "c", "c") == 1);
    network_free(&net);
    how.names_file = NULL;
    net = read_good("%%MatrixMarket matrix array integer general\n2 2\n1\n2\n3\n4\n", &how);
    ck_assert(weight(&net, "1", "2") == 2 && weight(&net, "2", "1") == 3);
    network_free(&net);
    net = read_good("%%MatrixMarket matrix array real symmetric\n2 2\n1\n2\n3\n", &usual);
    ck_assert(weight(&net, "1", "2") == 2 && weight(&net, "2", "1") == 2 && weight(&net, "2", "2") == 3);
    network_free(&net);
    net = read_good("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 5\n", &how);
    ck_assert(weight(&net, "1", "2") == 5 && weight(&net, "2", "1") == -5);
    network_free(&net);
}
END_TEST

START_TEST(mtx_bad)
{
#define BANNER "%%MatrixMarket matrix coordinate real general\n% pre\\post\n"
    static const bad_case cases[] = {
        {"%%MatrixMarket matrix coordinate real\n", "net.file:1: expected a first line such as %%MatrixMarket"},
        {"%%MatrixMarket vector coordinate real general\n", "net.file:1: the object is 'vector'"},
        {"%%MatrixMarket matrix list real general\n", "the format is 'list'"},
        {"%%MatrixMarket matrix coordinate complex general\n",
         "the field is 'complex'; expected real, integer or pattern"},
        {"%%MatrixMarket matrix coordinate real hermitian\n", "the symmetry is 'hermitian'"},
        {"%%MatrixMarket matrix array pattern general\n", "array and pattern"},
        {"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 1\n",
         "net.file:2: is not symmetric and does not say whether its rows"},
        {"%MatrixMarket matrix coordinate real hermitian\n", "the symmetry is 'hermitian'"},
        {BANNER, "net.file:3: the file ends; expected a line with the sizes"},
        {BANNER "2 3 1\n", "net.file:3: 2 rows and 3 columns; expected a square matrix"},
        {BANNER "2 2\n", "net.file:3: found 2 words"},
        {BANNER "0 0 0\n", "net.file:3: the number of rows is '0'"},
        {BANNER "99999999999999999999999 2 1\n", "expected a whole number from 1 to 1000000"},
        {BANNER "1000000 1000000 1000000000000\n", "entries are announced"},
        {BANNER "2 2 2\n1 1 1\n", "net.file:5: the file ends after 1 entries; expected 2"},
        {BANNER "2 2 1\n1 1 1\n1 2 1\n", "net.file:5: found more behind"},
        {BANNER "2 2 1\n1 3 1\n", "net.file:4: the column is '3'; expected a whole number from 1 to 2"},
        {BANNER "2 2 1\n0 1 1\n", "net.file:4: the row is '0'"},
        {BANNER "2 2 1\n1 1 nan\n", "net.file:4: the weight is 'nan'"},
        {BANNER "2 2 1\n1 1\n", "net.file:4: found 2 words; expected row, column and weight"},
        {BANNER "2 2 2\n1 1 1\n1 1 1\n", "net.file:5: found a second connection"},
        {BANNER "% post\\pre\n2 2 1\n", "net.file:3: found both"},
        {"%%MatrixMarket matrix coordinate integer general\n% pre\\post\n1 1 1\n1 1 1.5\n",
         "net.file:4: the weight is '1.5'; expected a whole"},
        {"%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 1\n",
         "net.file:3: entry (1, 2); expected only entries on or below"},
        {"%%MatrixMarket matrix array real general\n% pre\\post\n2 2\n1 2\n",
         "net.file:4: found 2 words; expected one value"},
        {"%%MatrixMarket matrix array real general\n% pre\\post\n1 1\n",
         "net.file:4: the file ends before entry (1, 1)|expected 1 values"},
    };
    check_bad(cases, COUNT(cases), "mtx");
    import_options how = {.names_file = put_scratch("a\n"), .weight_scale = 1};
    read_bad(BANNER "2 2 0\n", sizeof BANNER + 5, &how, EXIT_INPUT, "has 1 names; expected 2");
}
END_TEST

/* --- npy --- */

static void npy_bad_header(const char *dictionary, size_t data, const char *expected)
{
    char text[400] = "\x93NUMPY\x01";
    size_t length = strlen(dictionary);
    text[8] = (char)length;
    memcpy(text + 10, dictionary, length);
    read_bad(text, 10 + length + data,
             &(import_options){.orientation = ORIENTATION_PRE_ROWS, .format = "npy", .weight_scale = 1}, EXIT_INPUT,
             expected);
}

START_TEST(npy)
{
    static const double values[] = {0, 1.5, -2, 1e-300, 0, 3, 4, 5, 6};
    size_t shape[] = {3, 3};
    failure why = {0};
    network net;
    import_options how = {.orientation = ORIENTATION_PRE_ROWS, .format = "npy", .weight_scale = 1};
    output_forget();
    ck_assert_int_eq(npy_write(scratch, 2, shape, "<f8", values, &why), EXIT_DONE);
    ck_assert_int_eq(network_read(&net, scratch, &how, &why), EXIT_DONE);
    for (size_t i = 0; i < 9; i++)
        ck_assert(network_weight(&net, i % 3, i / 3) == values[i]);
    network_free(&net);
    ck_assert_int_eq(network_read(&net, scratch, &(import_options){.weight_scale = 1}, &why), EXIT_INPUT);
    ck_assert_ptr_nonnull(strstr(why.text, "--orientation"));
    output_forget();
    ck_assert_int_eq(npy_write(scratch, 2, shape, "<f8", (double[9]){[4] = NAN}, &why), EXIT_DONE);
    check_failure(network_read(&net, scratch, &how, &why), EXIT_INPUT, &why,
                  "entry [1, 1] is nan; expected a finite number");
    output_forget();
    ck_assert_int_eq(npy_write(scratch, 1, shape, "<f8", values, &why), EXIT_DONE);
    check_failure(network_read(&net, scratch, &how, &why), EXIT_INPUT, &why, "1 dimension, 3 x 1; expected a square");
    ck_assert_int_eq(npy_write(scratch, 1, shape, "<c16", values, &why), EXIT_USAGE);
    check_failure(npy_write("/nowhere/x.npy", 1, shape, "<f8", values, &why), EXIT_STOPPED, &why,
                  "/nowhere/x.npy: cannot be written");
}
END_TEST

START_TEST(npy_types)
{
    static const char dictionary[] = "{'descr': '%s', 'fortran_order': %s, 'shape': (2, 2), }\n";
    static const struct {
        const char *descr;
        size_t item;
        unsigned char one[8];
        double value;
    } types[] = {{"<f8", 8, {0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, -1.5},
                 {"<f4", 4, {0, 0, 0xc0, 0xbf}, -1.5},
                 {"<i8", 8, {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -2},
                 {"<i4", 4, {0xfe, 0xff, 0xff, 0xff}, -2},
                 {"<i2", 2, {0xfe, 0xff}, -2},
                 {"|i1", 1, {0xfe}, -2},
                 {">f8", 8, {0xbf, 0xf8}, -1.5},
                 {">f4", 4, {0xbf, 0xc0}, -1.5},
                 {">i8", 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}, -2},
                 {">i2", 2, {0xff, 0xfe}, -2},
                 {">u4", 4, {0, 1, 0, 2}, 65538},
                 {"<u8", 8, {0, 0, 0, 0, 0, 1}, 1099511627776},
                 {"<u2", 2, {1, 0x80}, 32769},
                 {"|b1", 1, {1}, 1},
                 {"<f2", 2, {0, 0xbe}, -1.5},     /* 1 01111 1000000000 */
                 {">f2", 2, {0, 1}, 0x1p-24},     /* the least subnormal */
                 {"<f2", 2, {0xff, 0x7b}, 65504}, /* the largest */
                 {"|u1", 1, {0xfe}, 254}};
    for (size_t k = 0; k < 4 * COUNT(types); k++) {
        size_t t = k / 4, item = types[t].item, start = k & 2 ? 12 : 10;
        char text[400] = "\x93NUMPY";
        char header[200];
        int length = snprintf(header, sizeof header, dictionary, types[t].descr, k & 1 ? "True" : "False");
        text[6] = k & 2 ? 2 : 1;
        text[8] = (char)length;
        memcpy(text + start, header, (size_t)length);
        /* the second number in memory */
        memcpy(text + start + (size_t)length + item, types[t].one, item);
        document doc = {"x.npy", text, start + (size_t)length + 4 * item};
        npy_array a;
        failure why = {0};
        ck_assert_msg(npy_parse(&a, &doc, &why) == EXIT_DONE, "%s", why.text);
        ck_assert(npy_get(&a, k & 1, !(k & 1)) == types[t].value && npy_get(&a, 0, 0) == 0 && npy_get(&a, 1, 1) == 0);
    }
}
END_TEST

START_TEST(npy_bad)
{
    npy_bad_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", 31,
                   "has 31 bytes of data; expected 2 x 2 numbers of 8");
    npy_bad_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", 33, "has 33 bytes");
    npy_bad_header("{'descr': '|f8', 'fortran_order': False, 'shape': (2, 2), }", 32,
                   "found ''|expected the type '<f8'");
    npy_bad_header("{'descr': '<i3', 'fortran_order': False, 'shape': (2, 2), }", 12, "expected the type");
    npy_bad_header("{'descr': '<c8', 'fortran_order': False, 'shape': (2, 2), }", 32, "expected the type");
    npy_bad_header("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }", 32, "expected the type");
    npy_bad_header("{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 2), }", 32, "True or False");
    npy_bad_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2), }", 16, "expected a comma");
    npy_bad_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }", 8, "one or two dimensions");
    npy_bad_header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", 8, "one or two dimensions");
    npy_bad_header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 0), }", 0,
                   "0 neurons; expected 1 to 1000000");
    npy_bad_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 1099511627776), }", 0,
                   "has 0 bytes");
    npy_bad_header("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 1), }", 0, "at most 2^40");
    npy_bad_header("{'descr': '<f8', 'fortran_order': False}", 8, "each once");
    npy_bad_header("{'descr': '<f8', 'descr': '<f8'}", 8, "each once");
    npy_bad_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)} x", 8, "end of the header");
    import_options how = {.format = "npy", .weight_scale = 1};
    read_bad("\x93NUMPY\x03\0\0\0\0\0\0", 12, &how, EXIT_INPUT, "npy version 3.0; expected 1.0 or 2.0");
    read_bad("\x93NUMPY\x01\0\xff\xff\0\0\0", 12, &how, EXIT_INPUT, "header of 65535 bytes");
    read_bad("\x93NUM", 4, &how, EXIT_INPUT, "is not an npy file");
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *tests[] = {matrix_good, matrix_bad, edges_good, edges_bad, edges_unsigned, transmitters,
                            mtx_good,    mtx_bad,    npy,        npy_types, npy_bad};
    return run_tests(argc, argv, "tables", tests, COUNT(tests));
}
