/* Files as other programs write them: matrices of numbers only, other separators, columns to choose, names with headings. */
#include "help.h"

#include "files/matrix.h"

#include <string.h>

/* What numpy.savetxt writes of a symmetric matrix, with every separator; no neuron may be lost. */
START_TEST(plain_symmetric)
{
    static const char *const texts[] = {
        "0,0.9,-0.4,0.3\n0.9,0,0.7,-0.6\n-0.4,0.7,0,1e-3\n0.3,-0.6,1e-3,0\n",
        "0;0.9;-0.4;0.3\r\n0.9;0;0.7;-0.6\r\n-0.4;0.7;0;1e-3\r\n0.3;-0.6;1e-3;0\r\n",
        "# four cells\n0\t0.9\t-0.4\t0.3\n0.9\t0\t0.7\t-0.6\n-0.4\t0.7\t0\t+1e-3\n0.3\t-0.6\t.001\t0\n",
        "  0.0e+00 9.0e-01  -4e-01 0.3 \n 0.9 0 0.7 -6E-1\n\n-0.4 0.7 +0 1.0e-03\n0.3 -.6 0.001 0.",
        "0\xc2\xa0"
        "0.9\xc2\xa0-0.4\xc2\xa0"
        "0.3\n0.9 0 0.7 -0.6\n-0.4 0.7 0 0.001\n0.3 -0.6 0.001 0\n",
        "\"0\",\"0.9\",\"-0.4\",\"0.3\"\n0.9,0,0.7,-0.6\n-0.4,0.7,0,0.001\n0.3,-0.6,0.001,0\n",
    };
    for (size_t k = 0; k < COUNT(texts); k++) {
        network net = read_good(texts[k], &usual);
        ck_assert_msg(net.n == 4 && net.row_ptr[4] == 12, "text %zu: %zu neurons", k, net.n);
        ck_assert(weight(&net, "1", "2") == 0.9 && weight(&net, "2", "1") == 0.9 && weight(&net, "4", "2") == -0.6);
        ck_assert(weight(&net, "4", "3") == 0.001 && weight(&net, "3", "4") == 0.001 && weight(&net, "1", "1") == 0);
        has_note(&net, "4 neurons are named by their places");
        has_note(&net, "the matrix is symmetric");
        has_note(&net, "signs from the weights: positive 8, negative 4");
        network_free(&net);
    }
}
END_TEST

START_TEST(plain_directed)
{
    import_options how = {.orientation = ORIENTATION_PRE_ROWS, .weight_scale = 1};
    network net = read_good("0 1\n-2 3\n", &how);
    ck_assert(net.n == 2 && weight(&net, "1", "2") == 1 && weight(&net, "2", "1") == -2 && weight(&net, "2", "2") == 3);
    network_free(&net);
    how.orientation = ORIENTATION_POST_ROWS;
    how.names_file = put_scratch("Name\nleft cell\nright cell\n");
    net = read_good("0 1\n-2 3\n", &how);
    ck_assert(net.n == 2 && weight(&net, "right cell", "left cell") == 1);
    has_note(&net, "names from column 'Name'");
    network_free(&net);
    net = read_good("5\n", &(import_options){.weight_scale = 1});
    ck_assert(net.n == 1 && weight(&net, "1", "1") == 5);
    network_free(&net);
}
END_TEST

/* The matrices of `permanent` are read with every separator too. */
START_TEST(plain_of_permanents)
{
    static const char *const texts[] = {"1,2,3\n-4,5e-1,6\n", "1;2;3\r\n-4;0.5;6\r\n", "1\t2\t3\n-4\t.5\t6",
                                        " 1 2   3\n  -4 0.5 +6 \n"};
    static const double values[] = {1, 2, 3, -4, 0.5, 6};
    matrix m;
    failure why = {0};
    for (size_t k = 0; k < COUNT(texts); k++) {
        document doc = {"x", texts[k], strlen(texts[k])};
        ck_assert_msg(matrix_read_text(&m, &doc, NULL, &why) == EXIT_DONE, "%s", why.text);
        ck_assert(m.rows == 2 && m.columns == 3 && memcmp(m.v, values, sizeof values) == 0);
        matrix_free(&m);
    }
    static const char market_text[] = "%MatrixMarket matrix array real general\n1 2\n3\n4\n";
    document market = {"x", market_text, sizeof market_text - 1};
    ck_assert_msg(matrix_read_text(&m, &market, NULL, &why) == EXIT_DONE, "%s", why.text);
    ck_assert(m.rows == 1 && m.columns == 2 && m.v[1] == 4);
    matrix_free(&m);
    document comma = {"x", "1;2,5\n", 6};
    check_failure(matrix_read_text(&m, &comma, NULL, &why), EXIT_INPUT, &why,
                  "x:1: an entry, in column 2, is '2,5'; expected a decimal point");
}
END_TEST

START_TEST(plain_bad)
{
    static const bad_case cases[] = {
        {"0,1\n2,0\n", "net.file:1: is not symmetric and does not say whether its rows|--orientation pre-rows"},
        {"0,1\n1,nan\n", "net.file:2: the weight, in column 2, is 'nan'"},
        {"nan,1\n1,0\n", "net.file:1: the weight, in column 1, is 'nan'"},
        {"0,inf\n1,0\n", "net.file:1: the weight, in column 2, is 'inf'"},
        {"0,\n,0\n", "net.file:1: the weight, in column 2, is ''"},
        {"0,1\n1,\n", "net.file:2: the weight, in column 2, is ''"},
        {"0 1\n1 0x1\n", "net.file:2: the weight, in column 2, is '0x1'"},
        {"0 1 2\n1 0\n", "net.file:2: found 2 numbers; expected 3"},
        {"0 1\n1 0\n0 0\n", "3 rows of 2 numbers"},
        {"1 2 0.5\n2 3 1\n", "2 rows of 3 numbers|pre,post,weight"},
        {"0;0,5\n0,5;0\n", "net.file:1: the weight, in column 2, is '0,5'; expected a decimal point"},
        {"0,1e400\n1,0\n", "too large"},
        {"0,NA\nNA,0\n", "net.file:1: the weight, in column 2, is 'NA'"},
        {"0 \xe2\x88\x92"
         "0.4\n\xe2\x88\x92"
         "0.4 0\n",
         "net.file:1: the weight, in column 2, is '\xe2\x88\x92"
         "0.4'"},
        {"\xe2\x88\x92"
         "1;2\n2;0\n",
         "net.file:1: the weight, in column 1"},
        {",1/2\n1/2,0\n", "the first row has the number '1/2'"},
        /* what could be weights is no row of names */
        {",0.9,-0.4\n0.9,0,0.7\n-0.4,0.7,0\n",
         "net.file:1: the first row has the number '0.9' in column 2|--number-names"},
        {",1,2\n1,0,5\n2,5,0\n", "the first row has the number '1'|--number-names"},
        {"x,1e-3,+1\n1e-3,0,1\n+1,1,0\n", "the first row has the number '1e-3'"},
        {",a,nan\na,0,1\nnan,1,0\n", "the first row has the number 'nan' in column 3"},
    };
    check_bad(cases, COUNT(cases), "matrix");
    /* asked for, or with a first cell that says what the rows are, numbers are names */
    import_options how = {.number_names = 1, .weight_scale = 1};
    network net = read_good(",1,2\n1,0,5\n2,5,0\n", &how);
    ck_assert(net.n == 2 && weight(&net, "1", "2") == 5);
    network_free(&net);
    net = read_good("7,3,4\n3,0,5\n4,5,0\n", &how);
    ck_assert(net.n == 2 && weight(&net, "3", "4") == 5);
    network_free(&net);
    net = read_good("pre\\post;10;20\n10;0;5\n20;-1;0\n", &usual);
    ck_assert(net.n == 2 && weight(&net, "10", "20") == 5 && weight(&net, "20", "10") == -1);
    network_free(&net);
}
END_TEST

/* A symmetric matrix needs no orientation, in whatever file. */
START_TEST(symmetric_named)
{
    network net = read_good(",a,b\na,1,-2\nb,-2,0\n", &usual);
    ck_assert(weight(&net, "a", "b") == -2 && weight(&net, "b", "a") == -2);
    has_note(&net, "the matrix is symmetric");
    network_free(&net);
    net = read_good("%MatrixMarket matrix coordinate real general\n2 2 3\n1 2 4\n2 1 4\n2 2 0\n", &usual);
    ck_assert(net.n == 2 && weight(&net, "1", "2") == 4 && weight(&net, "2", "1") == 4);
    network_free(&net);
    static const bad_case cases[] = {{"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 4\n2 1 4.5\n",
                                      "is not symmetric"},
                                     {"%%MatrixMarket matrix coordinate real general\n2 2 1\n2 1 4\n",
                                      "is not symmetric"}};
    check_bad(cases, COUNT(cases), "mtx");
}
END_TEST

START_TEST(edges_separators)
{
    static const char *const texts[] = {"pre\tpost\tweight\nA\tB\t2\nB\tC\t-1\n", "pre;post;weight\nA;B;2\nB;C;-1\n",
                                        "pre post  weight\nA B 2\n  B\tC   -1\n",
                                        ("pre,post,weight\nA\xc2\xa0,B,2\n\xe2\x80\x89"
                                         "B,C\xef\xbb\xbf,-1\n"),
                                        "\"pre\" \"post\" \"weight\"\n\"A\" \"B\" 2\nB \"C\" -1\n"};
    for (size_t k = 0; k < COUNT(texts); k++) {
        network net = read_good(texts[k], &usual);
        ck_assert_msg(net.n == 3 && net.row_ptr[3] == 2, "text %zu: %zu neurons", k, net.n);
        ck_assert(weight(&net, "A", "B") == 2 && weight(&net, "B", "C") == -1);
        network_free(&net);
    }
    /* an empty field between tabs is one */
    network net =
        read_good("pre\tpost\tremark\tweight\nA\tB\t\t2\n\tB\tx\t2\n",
                  &(import_options){.weight_scale = 1, .filter = (row_filter[]){{"remark", ""}}, .n_filters = 1});
    ck_assert(net.n == 2 && weight(&net, "A", "B") == 2);
    network_free(&net);
}
END_TEST

START_TEST(edges_without_weights)
{
    network net = read_good("pre,post\na,b\nb,c\n", &usual);
    ck_assert(net.n == 3 && weight(&net, "a", "b") == 1 && weight(&net, "b", "c") == 1);
    has_note(&net, "from column 'pre' to column 'post', weights 1 for all");
    network_free(&net);
    net = read_good("pre,post,sign\na,b,-\nb,c,+\n", &usual);
    ck_assert(weight(&net, "a", "b") == -1 && weight(&net, "b", "c") == 1);
    has_note(&net, "signs from column 'sign': positive 1, negative 1");
    network_free(&net);
    read_bad("pre,post,n\na,b,3\n", 17, &usual, EXIT_INPUT, "no column is named 'weight'|with ''");
    import_options how = {.weight_column = "", .weight_scale = 1};
    net = read_good("pre,post,n\na,b,3\n", &how);
    ck_assert(weight(&net, "a", "b") == 1);
    has_note(&net, "weights 1 for all; columns not used: n");
    network_free(&net);
    how.weight_column = "n";
    net = read_good("pre,post,n\na,b,3\n", &how);
    ck_assert(weight(&net, "a", "b") == 3);
    network_free(&net);
}
END_TEST

START_TEST(edges_undirected)
{
    import_options how = {.undirected = 1, .weight_scale = 1};
    network net = read_good("pre,post,weight\na,b,2\nc,c,3\nb,c,1\n", &how);
    ck_assert(net.row_ptr[3] == 5 && weight(&net, "a", "b") == 2 && weight(&net, "b", "a") == 2);
    ck_assert(weight(&net, "c", "c") == 3 && weight(&net, "b", "c") == 1 && weight(&net, "c", "b") == 1);
    has_note(&net, "both directions");
    network_free(&net);
    read_bad("pre,post,weight\na,b,2\nb,a,2\n", 28, &how, EXIT_INPUT, "second connection");
    how.transmitters = "x";
    read_bad("pre,post,weight\na,b,2\n", 22, &how, EXIT_USAGE, "--undirected is given with --transmitters");
}
END_TEST

START_TEST(edges_filtered)
{
    const char *text =
        "pre,post,weight,Type,side\na,b,2,Chemical,L\nb,a,x,Electrical,L\na,c,3,Chemical,R\nc,a,4,Both,R\n";
    row_filter filters[] = {{"Type", "Chemical"}, {"side", "R"}, {"Type", "Both"}};
    import_options how = {.filter = filters, .n_filters = 1, .weight_scale = 1};
    network net = read_good(text, &how);
    ck_assert(net.n == 3 && net.row_ptr[3] == 2 && weight(&net, "a", "b") == 2 && weight(&net, "a", "c") == 3);
    has_note(&net, "2 of 4 rows taken");
    has_note(&net, "columns not used: side");
    network_free(&net);
    how.n_filters = 3; /* Chemical or Both, and R */
    net = read_good(text, &how);
    ck_assert(net.n == 2 && weight(&net, "a", "c") == 3 && weight(&net, "c", "a") == 4);
    network_free(&net);
    filters[0].text = "chemical";
    how.n_filters = 1;
    read_bad(text, strlen(text), &how, EXIT_INPUT, "none of 4 rows has 'chemical' in column 'Type'");
    filters[0].column = "type";
    read_bad(text, strlen(text), &how, EXIT_INPUT,
             "no column is named 'type'; expected --where with one of: pre, post");
}
END_TEST

/* A column of signs that is not used is never passed over in silence. */
START_TEST(forgotten_signs)
{
    const char *text = "pre,post,weight,nt,predicted_sign\na,b,2,GABA,-\nb,a,1,ACh,+\n";
    network net = read_good(text, &usual);
    ck_assert_ptr_nonnull(net.doubt);
    ck_assert_ptr_nonnull(strstr(net.doubt, "'predicted_sign' is not used"));
    has_note(&net, "'predicted_sign' is not used");
    has_note(&net, "columns not used: nt, predicted_sign");
    has_note(&net, "signs from the weights: positive 2, negative 0");
    network_free(&net);
    import_options how = {.sign_column = "predicted_sign", .weight_scale = 1};
    net = read_good(text, &how);
    ck_assert(net.doubt == NULL && weight(&net, "a", "b") == -2);
    has_note(&net, "signs from column 'predicted_sign': positive 1, negative 1");
    network_free(&net);
    how.sign_column = "";
    net = read_good(text, &how);
    ck_assert(net.doubt == NULL && weight(&net, "a", "b") == 2);
    network_free(&net);
    net = read_good("pre,post,weight,SIGN_guess\na,b,-2,-\n", &usual);
    ck_assert_ptr_null(net.doubt); /* the weights have signs */
    network_free(&net);
}
END_TEST

START_TEST(lists_of_names)
{
    import_options how = {.weight_scale = 1};
    const char *text = "pre,post,weight\na,b,2\n";
    static const char *const lists[] = {"c\nb\na\n", "Neurons\nc\nb\na\n", "class;name\nX;c\nX;b\nY;a\n",
                                        "# all\nname,type\nc,1\nb,2\na,3\n", "neuron\tx\nc\t\nb\t1\na\t2\n"};
    for (size_t k = 0; k < COUNT(lists); k++) {
        how.neurons_file = put_scratch(lists[k]);
        network net = read_good(text, &how);
        ck_assert_msg(net.n == 3 && strcmp(net.name[0], "c") == 0 && strcmp(net.name[2], "a") == 0, "list %zu", k);
        network_free(&net);
    }
    how.neurons_file = put_scratch("a,b\nb,c\n");
    read_bad(text, strlen(text), &how, EXIT_INPUT,
             ":1: found 2 fields; expected one name a line, or a column 'neuron'");
    how.neurons_file = put_scratch("name,x\na,1\nb\n");
    read_bad(text, strlen(text), &how, EXIT_INPUT, ":3: found 1 fields; expected 2");
}
END_TEST

/* Options for one format are errors with another. */
START_TEST(options_that_do_not_apply)
{
    const char *table = "pre\\post,a,b\na,0,1\nb,0,0\n", *edges = "pre,post,weight\na,b,1\n";
    const char *json = HEAD "\"neurons\": [\"a\"], \"edges\": []}";
    const char *mtx = "%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n2 1 1\n";
    const char *array = "%%MatrixMarket matrix array real symmetric\n2 2\n2\n1\n3\n";
    const char *json_matrix = HEAD "\"neurons\": [\"a\"], \"orientation\": \"pre-rows\", \"matrix\": [[0]]}";
    static const row_filter filter = {"x", "y"};
    const struct {
        const char *text, *expected;
        import_options how;
    } cases[] = {
        {edges, "--names is given with a file of format edges", {.names_file = "x"}},
        {edges,
         "--orientation is given with a file of format edges",
         {.orientation = ORIENTATION_PRE_ROWS, .format = "edges"}},
        {edges, "--number-names is given with a file of format edges", {.number_names = 1, .format = "edges"}},
        {table, "--names is given|names of its own", {.names_file = "x"}},
        {table, "--neurons is given with a file of format matrix; expected it with edges", {.neurons_file = "x"}},
        {table, "--pre-column is given", {.pre_column = "x"}},
        {table, "--post-column is given", {.post_column = "x"}},
        {table, "--weight-column is given", {.weight_column = "x"}},
        {table, "--sign-column is given", {.sign_column = "x"}},
        {table, "--unsigned is given", {.unsigned_edges = UNSIGNED_DROP}},
        {table, "--undirected is given", {.undirected = 1}},
        {table, "--where is given", {.filter = &filter, .n_filters = 1}},
        {table, "--duplicates is given", {.sum_duplicates = 1}},
        {table, "--transmitter-column is given without", {.transmitter_column = "x"}},
        {mtx, "--neurons is given", {.neurons_file = "x"}},
        {mtx, "--number-names is given", {.number_names = 1}},
        {array, "--duplicates is given|is an array", {.sum_duplicates = 1}},
        {json, "--names is given", {.names_file = "x"}},
        {json, "--neurons is given", {.neurons_file = "x"}},
        {json, "--orientation is given|lists connections", {.orientation = ORIENTATION_PRE_ROWS}},
        {json_matrix, "--duplicates is given|has a matrix", {.sum_duplicates = 1}},
    };
    for (size_t k = 0; k < COUNT(cases); k++) {
        import_options how = cases[k].how;
        how.weight_scale = 1;
        read_bad(cases[k].text, strlen(cases[k].text), &how, EXIT_USAGE, cases[k].expected);
    }
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *tests[] = {plain_symmetric, plain_directed,   plain_of_permanents,   plain_bad,
                            symmetric_named, edges_separators, edges_without_weights, edges_undirected,
                            edges_filtered,  forgotten_signs,  lists_of_names,        options_that_do_not_apply};
    return run_tests(argc, argv, "imports", tests, COUNT(tests));
}
