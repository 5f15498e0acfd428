/* The core of libbinnet for R. One ctx serves the package: R calls from one thread. Matrices are transposed by the R side, so
 * that they arrive row after row; an object is an external pointer with a finalizer, made before what it will hold, so that
 * nothing is lost when R runs out of memory. */
#include <binnet/binnet.h>
#ifdef WITH_FILES
#include <binnet/files.h>
#endif

#define R_NO_REMAP
#include <R.h>
#include <R_ext/Rdynload.h>
#include <R_ext/Utils.h>
#include <Rinternals.h>

#include <stdbool.h>
#include <string.h>

static binnet_ctx *the_ctx;
static bool user_interrupted;

static void check_for_interrupt(void *unused)
{
    (void)unused;
    R_CheckUserInterrupt();
}

/* Ctrl-C must not jump through the library: it is asked for, and told on. */
static int32_t stop_on_interrupt(void *unused, double fraction, double seconds_left)
{
    (void)unused, (void)fraction, (void)seconds_left;
    user_interrupted = user_interrupted || !R_ToplevelExec(check_for_interrupt, NULL);
    return user_interrupted;
}

/* A code that is not BINNET_OK becomes a condition with the code and the library's message. */
static void check_status(int32_t code)
{
    if (code == BINNET_OK)
        return;
    const bool by_user = code == BINNET_E_INTERRUPTED && user_interrupted;
    user_interrupted = false;
    SEXP name = PROTECT(Rf_mkString("binnet")), space = PROTECT(R_FindNamespace(name));
    SEXP number = PROTECT(Rf_ScalarInteger(by_user ? 0 : code)), what = PROTECT(Rf_mkString(binnet_strerror(code)));
    SEXP said = PROTECT(Rf_mkString(binnet_ctx_message(the_ctx)));
    SEXP call = PROTECT(Rf_lang4(Rf_install("signal_code"), number, what, said));
    Rf_eval(call, space);
    UNPROTECT(6); /* not reached: signal_code does not return */
}

#define OBJECT(type)                                                                                                   \
    static void release_##type(SEXP pointer)                                                                           \
    {                                                                                                                  \
        binnet_##type##_free(R_ExternalPtrAddr(pointer));                                                              \
        R_ClearExternalPtr(pointer);                                                                                   \
    }                                                                                                                  \
    static SEXP empty_##type(void)                                                                                     \
    {                                                                                                                  \
        SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, Rf_install("binnet_" #type), R_NilValue));                      \
        R_RegisterCFinalizerEx(pointer, release_##type, TRUE);                                                         \
        UNPROTECT(1);                                                                                                  \
        return pointer;                                                                                                \
    }                                                                                                                  \
    static binnet_##type *type##_of(SEXP pointer)                                                                      \
    {                                                                                                                  \
        if (TYPEOF(pointer) != EXTPTRSXP || R_ExternalPtrTag(pointer) != Rf_install("binnet_" #type))                  \
            Rf_error("not a binnet " #type);                                                                           \
        binnet_##type *object = R_ExternalPtrAddr(pointer);                                                            \
        if (object == NULL)                                                                                            \
            Rf_error("this " #type " was saved from another session; make it anew");                                   \
        return object;                                                                                                 \
    }
OBJECT(net)
OBJECT(noise)
OBJECT(chain)
OBJECT(law)
OBJECT(attractors)
OBJECT(diagram)
OBJECT(regions)
#ifdef WITH_FILES
OBJECT(import)
OBJECT(network_file)
OBJECT(pattern_file)
#endif

static const double *numbers_or_null(SEXP values)
{
    return Rf_isNull(values) ? NULL : REAL(values);
}

static SEXP made(SEXP pointer, void *object, int32_t code)
{
    R_SetExternalPtrAddr(pointer, object);
    check_status(code);
    return pointer;
}

static SEXP r_set(SEXP threads, SEXP memory, SEXP tolerance)
{
    if (!Rf_isNull(threads))
        check_status(binnet_ctx_set_i64(the_ctx, BINNET_P_THREADS, Rf_asInteger(threads)));
    if (!Rf_isNull(memory))
        check_status(binnet_ctx_set_i64(the_ctx, BINNET_P_MEMORY_LIMIT, (int64_t)Rf_asReal(memory)));
    if (!Rf_isNull(tolerance))
        check_status(binnet_ctx_set_f64(the_ctx, BINNET_P_TOLERANCE, Rf_asReal(tolerance)));
    return R_NilValue;
}

static SEXP r_version(void)
{
    return Rf_mkString(binnet_version());
}

static SEXP r_net(SEXP J, SEXP n, SEXP M, SEXP theta, SEXP stimulus)
{
    SEXP out = PROTECT(empty_net());
    binnet_net *net = NULL;
    const int32_t code = binnet_net_new(the_ctx, &net, (size_t)Rf_asInteger(n), REAL(J), numbers_or_null(M),
                                        REAL(theta), REAL(stimulus));
    made(out, net, code);
    UNPROTECT(1);
    return out;
}

/* rows, columns from 0, weights: the slots of a dgRMatrix */
static SEXP r_net_sparse(SEXP rows, SEXP columns, SEXP weights, SEXP M, SEXP theta, SEXP stimulus)
{
    const R_xlen_t n = Rf_xlength(rows) - 1;
    SEXP out = PROTECT(empty_net());
    int64_t *starts = (int64_t *)R_alloc((size_t)n + 1, sizeof *starts);
    for (R_xlen_t i = 0; i <= n; i++)
        starts[i] = INTEGER(rows)[i];
    binnet_net *net = NULL;
    const int32_t code = binnet_net_new_csr(the_ctx, &net, (size_t)n, starts, INTEGER(columns), REAL(weights),
                                            numbers_or_null(M), REAL(theta), REAL(stimulus));
    made(out, net, code);
    UNPROTECT(1);
    return out;
}

static SEXP r_net_with_populations(SEXP pointer, SEXP count, SEXP population)
{
    SEXP out = PROTECT(empty_net());
    const binnet_net *old = net_of(pointer);
    binnet_net *net = NULL;
    const int32_t code = binnet_net_with_populations(the_ctx, &net, old, (size_t)Rf_asInteger(count),
                                                     INTEGER(population));
    made(out, net, code);
    UNPROTECT(1);
    return out;
}

static SEXP r_net_with_tie(SEXP pointer, SEXP tie)
{
    SEXP out = PROTECT(empty_net());
    const binnet_net *old = net_of(pointer);
    binnet_net *net = NULL;
    const int32_t code = binnet_net_with_tie(the_ctx, &net, old, Rf_asInteger(tie));
    made(out, net, code);
    UNPROTECT(1);
    return out;
}

static SEXP r_net_with_stimuli(SEXP pointer, SEXP stimulus)
{
    SEXP out = PROTECT(empty_net());
    const binnet_net *old = net_of(pointer);
    if ((size_t)Rf_xlength(stimulus) != binnet_net_neurons(old))
        Rf_error("one stimulus for each neuron is needed");
    binnet_net *net = NULL;
    const int32_t code = binnet_net_with_stimuli(the_ctx, &net, old, REAL(stimulus));
    made(out, net, code);
    UNPROTECT(1);
    return out;
}

static SEXP r_noise(SEXP kind, SEXP scale, SEXP dof)
{
    SEXP out = PROTECT(empty_noise());
    const size_t n = (size_t)Rf_xlength(scale);
    binnet_noise *noise = NULL;
    int32_t code = BINNET_E_RANGE;
    switch (Rf_asInteger(kind)) {
    case BINNET_NOISE_GAUSSIAN:
        code = binnet_noise_new_gaussian(the_ctx, &noise, n, REAL(scale));
        break;
    case BINNET_NOISE_LOGISTIC:
        code = binnet_noise_new_logistic(the_ctx, &noise, n, REAL(scale));
        break;
    case BINNET_NOISE_UNIFORM:
        code = binnet_noise_new_uniform(the_ctx, &noise, n, REAL(scale));
        break;
    case BINNET_NOISE_LAPLACE:
        code = binnet_noise_new_laplace(the_ctx, &noise, n, REAL(scale));
        break;
    case BINNET_NOISE_STUDENT_T:
        code = binnet_noise_new_student_t(the_ctx, &noise, n, REAL(scale), Rf_asReal(dof));
        break;
    default:
        Rf_error("no such kind of noise");
    }
    made(out, noise, code);
    UNPROTECT(1);
    return out;
}

/* cov[n][n], symmetric: rows or columns first is the same */
static SEXP r_noise_covariance(SEXP cov, SEXP n)
{
    SEXP out = PROTECT(empty_noise());
    binnet_noise *noise = NULL;
    const int32_t code = binnet_noise_new_gaussian_cov(the_ctx, &noise, (size_t)Rf_asInteger(n), REAL(cov));
    made(out, noise, code);
    UNPROTECT(1);
    return out;
}

/* list(net, names, names of populations or NULL, noise or NULL, update rule or NULL); options: name, value, name, value, ... */
#ifdef WITH_FILES
/* options: name, value, name, value, ... */
static SEXP import_with(SEXP options)
{
    SEXP how = PROTECT(empty_import());
    binnet_import *import = NULL;
    const int32_t code = binnet_import_new(the_ctx, &import);
    made(how, import, code);
    for (R_xlen_t k = 0; k + 1 < Rf_xlength(options); k += 2)
        check_status(binnet_import_set(the_ctx, import_of(how), Rf_translateCharUTF8(STRING_ELT(options, k)),
                                       Rf_translateCharUTF8(STRING_ELT(options, k + 1))));
    UNPROTECT(1);
    return how;
}

/* rows of uint8_t as the columns of a matrix */
static SEXP activities(const uint8_t *state, size_t rows, size_t n)
{
    SEXP out = PROTECT(Rf_allocMatrix(INTSXP, (int)n, (int)rows));
    for (size_t k = 0; k < rows * n; k++)
        INTEGER(out)[k] = state[k];
    UNPROTECT(1);
    return out;
}
#endif

static SEXP r_read_law(SEXP path, SEXP options)
{
#ifdef WITH_FILES
    SEXP how = PROTECT(import_with(options)), out = PROTECT(empty_law());
    binnet_law *law = NULL;
    const int32_t code = binnet_law_read(the_ctx, &law, Rf_translateChar(Rf_asChar(path)), import_of(how));
    made(out, law, code);
    UNPROTECT(2);
    return out;
#else
    (void)path, (void)options;
    Rf_error("this package was built without libbinnet-files");
#endif
}

/* states, names, and the transitions of the file's sequences and cycles, from and to */
static SEXP r_read_patterns(SEXP path, SEXP options)
{
#ifdef WITH_FILES
    SEXP how = PROTECT(import_with(options)), holder = PROTECT(empty_pattern_file()),
         out = PROTECT(Rf_allocVector(VECSXP, 4));
    binnet_pattern_file *read = NULL;
    const int32_t code = binnet_pattern_file_read(the_ctx, &read, Rf_translateChar(Rf_asChar(path)), import_of(how));
    made(holder, read, code);
    const binnet_pattern_file *file = pattern_file_of(holder);
    const size_t n = binnet_pattern_file_neurons(file), count = binnet_pattern_file_count(file);
    const size_t pairs = binnet_pattern_file_transitions(file), rows = count > pairs ? count : pairs;
    uint8_t *a = (uint8_t *)R_alloc(rows + 1, (int)n), *b = (uint8_t *)R_alloc(pairs + 1, (int)n);
    check_status(binnet_pattern_file_states(the_ctx, a, count, n, file));
    SET_VECTOR_ELT(out, 0, activities(a, count, n));
    SEXP names = SET_VECTOR_ELT(out, 1, Rf_allocVector(STRSXP, (R_xlen_t)count));
    for (size_t k = 0; k < count; k++)
        SET_STRING_ELT(names, (R_xlen_t)k, Rf_mkCharCE(binnet_pattern_file_name(file, k), CE_UTF8));
    check_status(binnet_pattern_file_pairs(the_ctx, a, b, pairs, n, file));
    SET_VECTOR_ELT(out, 2, activities(a, pairs, n));
    SET_VECTOR_ELT(out, 3, activities(b, pairs, n));
    UNPROTECT(3);
    return out;
#else
    (void)path, (void)options;
    Rf_error("this package was built without libbinnet-files");
#endif
}

static SEXP r_read_network(SEXP path, SEXP options)
{
#ifdef WITH_FILES
    SEXP how = PROTECT(import_with(options)), holder = PROTECT(empty_network_file()),
         out = PROTECT(Rf_allocVector(VECSXP, 5));
    binnet_network_file *read = NULL;
    int32_t code = binnet_network_file_read(the_ctx, &read, Rf_translateChar(Rf_asChar(path)), import_of(how));
    made(holder, read, code);
    const binnet_network_file *file = network_file_of(holder);
    SEXP pointer = SET_VECTOR_ELT(out, 0, empty_net());
    binnet_net *net = NULL;
    code = binnet_network_file_net(the_ctx, &net, file);
    made(pointer, net, code);
    const size_t n = binnet_network_file_neurons(file), populations = binnet_network_file_populations(file);
    SEXP names = SET_VECTOR_ELT(out, 1, Rf_allocVector(STRSXP, (R_xlen_t)n));
    for (size_t i = 0; i < n; i++)
        SET_STRING_ELT(names, (R_xlen_t)i, Rf_mkCharCE(binnet_network_file_name(file, i), CE_UTF8));
    if (populations > 0) {
        names = SET_VECTOR_ELT(out, 2, Rf_allocVector(STRSXP, (R_xlen_t)populations));
        for (size_t a = 0; a < populations; a++)
            SET_STRING_ELT(names, (R_xlen_t)a, Rf_mkCharCE(binnet_network_file_population_name(file, a), CE_UTF8));
    }
    if (binnet_network_file_noise_kind(file) != 0) {
        pointer = SET_VECTOR_ELT(out, 3, empty_noise());
        binnet_noise *noise = NULL;
        code = binnet_network_file_noise(the_ctx, &noise, file);
        made(pointer, noise, code);
    }
    if (binnet_network_file_update(file) != 0)
        SET_VECTOR_ELT(out, 4, Rf_mkString(binnet_update_name(binnet_network_file_update(file))));
    UNPROTECT(3);
    return out;
#else
    (void)path, (void)options;
    Rf_error("this package was built without libbinnet-files");
#endif
}

static SEXP r_chain(SEXP net, SEXP noise, SEXP update)
{
    SEXP out = PROTECT(empty_chain());
    binnet_chain *chain = NULL;
    const int32_t code = binnet_chain_new(the_ctx, &chain, net_of(net), noise_of(noise), Rf_asInteger(update));
    made(out, chain, code);
    UNPROTECT(1);
    return out;
}

static SEXP r_chain_matrix(SEXP chain)
{
    const size_t states = (size_t)binnet_chain_states(chain_of(chain));
    if (states > 1 << 15)
        Rf_error("the matrix of more than 15 neurons is not made");
    SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)states, (int)states));
    check_status(binnet_chain_matrix(the_ctx, REAL(out), states * states, chain_of(chain)));
    UNPROTECT(1);
    return out;
}

static SEXP r_stationary(SEXP chain)
{
    SEXP out = PROTECT(empty_law());
    binnet_law *law = NULL;
    const int32_t code = binnet_chain_stationary(the_ctx, &law, chain_of(chain));
    made(out, law, code);
    UNPROTECT(1);
    return out;
}

/* start: a law, or its probabilities */
static SEXP r_evolve(SEXP chain, SEXP start, SEXP steps)
{
    SEXP out = PROTECT(empty_law()), first = PROTECT(start);
    if (TYPEOF(start) == REALSXP) {
        UNPROTECT(1);
        first = PROTECT(empty_law());
        binnet_law *given = NULL;
        const int32_t code = binnet_law_new(the_ctx, &given, binnet_chain_neurons(chain_of(chain)), REAL(start),
                                            (size_t)Rf_xlength(start));
        made(first, given, code);
    }
    binnet_law *law = NULL;
    const int32_t code = binnet_chain_evolve(the_ctx, &law, chain_of(chain), law_of(first), (uint64_t)Rf_asReal(steps));
    made(out, law, code);
    UNPROTECT(2);
    return out;
}

static SEXP r_law_neurons(SEXP law)
{
    return Rf_ScalarInteger((int)binnet_law_neurons(law_of(law)));
}

static SEXP r_law_p(SEXP law)
{
    const uint64_t size = binnet_law_size(law_of(law));
    SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)size));
    memcpy(REAL(out), binnet_law_data(law_of(law)), size * sizeof(double));
    UNPROTECT(1);
    return out;
}

static SEXP r_law_mean(SEXP law)
{
    const size_t n = binnet_law_neurons(law_of(law));
    SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)n));
    check_status(binnet_law_mean(the_ctx, REAL(out), n, law_of(law)));
    UNPROTECT(1);
    return out;
}

/* Correlations with a neuron that never changes are NaN: that is said in the matrix, not by a condition. */
static SEXP r_law_pairs(SEXP law, SEXP correlation)
{
    const size_t n = binnet_law_neurons(law_of(law));
    SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)n, (int)n));
    const int32_t code = Rf_asLogical(correlation) ? binnet_law_correlation(the_ctx, REAL(out), n, law_of(law))
                                                   : binnet_law_covariance(the_ctx, REAL(out), n, law_of(law));
    if (code != BINNET_E_UNDEFINED)
        check_status(code);
    UNPROTECT(1);
    return out;
}

static SEXP r_law_entropy(SEXP law)
{
    double nats;
    check_status(binnet_law_entropy(the_ctx, &nats, law_of(law)));
    return Rf_ScalarReal(nats);
}

static SEXP r_law_quality(SEXP law)
{
    SEXP out = PROTECT(Rf_allocVector(REALSXP, 2));
    REAL(out)[0] = binnet_law_residual(law_of(law));
    REAL(out)[1] = binnet_law_balance_error(law_of(law));
    UNPROTECT(1);
    return out;
}

/* A list of attractors: c(basin, states...) each; states are exact up to 53 neurons, and there are at most 30 here. */
static SEXP r_attractors(SEXP net)
{
    SEXP pointer = PROTECT(empty_attractors());
    binnet_attractors *attractors = NULL;
    const int32_t code = binnet_attractors_new(the_ctx, &attractors, net_of(net));
    made(pointer, attractors, code);
    const uint64_t count = binnet_attractors_count(attractors);
    SEXP out = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)count));
    for (uint64_t k = 0; k < count; k++) {
        const uint64_t period = binnet_attractors_period(attractors, k);
        SEXP one = Rf_allocVector(REALSXP, (R_xlen_t)period + 1);
        SET_VECTOR_ELT(out, (R_xlen_t)k, one);
        REAL(one)[0] = (double)binnet_attractors_basin(attractors, k);
        for (uint64_t step = 0; step < period; step++)
            REAL(one)[step + 1] = (double)binnet_attractors_state(attractors, k, step);
        R_CheckUserInterrupt();
    }
    UNPROTECT(2);
    return out;
}

static SEXP r_diagram(SEXP net)
{
    SEXP out = PROTECT(empty_diagram());
    binnet_diagram *diagram = NULL;
    const int32_t code = binnet_diagram_new(the_ctx, &diagram, net_of(net));
    made(out, diagram, code);
    UNPROTECT(1);
    return out;
}

static SEXP r_diagram_axes(SEXP pointer)
{
    return Rf_ScalarInteger((int)binnet_diagram_axes(diagram_of(pointer)));
}

/* Rows: state or period, multiplicity, lo of each axis, hi of each axis. */
static SEXP r_diagram_boxes(SEXP pointer, SEXP of_cycles)
{
    const binnet_diagram *d = diagram_of(pointer);
    const bool cycles = Rf_asLogical(of_cycles);
    const size_t axes = binnet_diagram_axes(d);
    const uint64_t count = cycles ? binnet_diagram_cycle_count(d) : binnet_diagram_fixed_count(d);
    if (count > INT32_MAX)
        Rf_error("more fixed points or cycles than a matrix of R has rows");
    SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)count, (int)(2 + 2 * axes)));
    double *lo = (double *)R_alloc(axes + 1, sizeof *lo), *hi = (double *)R_alloc(axes + 1, sizeof *hi);
    for (uint64_t k = 0; k < count; k++) {
        uint64_t first;
        double multiplicity;
        check_status(cycles ? binnet_diagram_cycle(d, k, &first, lo, hi) : binnet_diagram_fixed(d, k, &first, lo, hi));
        check_status(cycles ? binnet_diagram_cycle_class(d, k, 0, NULL, &multiplicity)
                            : binnet_diagram_fixed_class(d, k, NULL, &multiplicity));
        double *row = REAL(out) + k;
        row[0] = cycles || first < (uint64_t)1 << 53 ? (double)first
                                                     : NA_REAL; /* a state beyond the whole numbers of R */
        row[count] = multiplicity;
        for (size_t a = 0; a < axes; a++) {
            row[(2 + a) * count] = lo[a];
            row[(2 + axes + a) * count] = hi[a];
        }
    }
    UNPROTECT(1);
    return out;
}

static SEXP r_diagram_query(SEXP pointer, SEXP point)
{
    const binnet_diagram *d = diagram_of(pointer);
    if ((size_t)Rf_xlength(point) != binnet_diagram_axes(d))
        Rf_error("one stimulus for each of the %d axes is needed", (int)binnet_diagram_axes(d));
    const uint64_t room = binnet_diagram_fixed_count(d) + binnet_diagram_cycle_count(d);
    uint64_t *fixed = (uint64_t *)R_alloc(room + 1, sizeof *fixed),
             *cycle = (uint64_t *)R_alloc(room + 1, sizeof *cycle);
    uint64_t n_fixed, n_cycles;
    check_status(binnet_diagram_query(the_ctx, d, REAL(point), &n_fixed, fixed, &n_cycles, cycle, room));
    SEXP out = PROTECT(Rf_allocVector(VECSXP, 2));
    for (int part = 0; part < 2; part++) {
        const uint64_t count = part ? n_cycles : n_fixed;
        SEXP rows = Rf_allocVector(REALSXP, (R_xlen_t)count);
        SET_VECTOR_ELT(out, part, rows);
        for (uint64_t k = 0; k < count; k++)
            REAL(rows)[k] = (double)((part ? cycle : fixed)[k] + 1); /* rows of the tables, from 1 */
    }
    UNPROTECT(1);
    return out;
}

/* Rows: label, fixed points, kinds of periods, broken, area. */
static SEXP r_regions(SEXP pointer, SEXP lo, SEXP hi)
{
    SEXP holder = PROTECT(empty_regions());
    const binnet_diagram *d = diagram_of(pointer);
    const size_t axes = binnet_diagram_axes(d);
    if (axes > 2 || (size_t)Rf_xlength(lo) != axes || (size_t)Rf_xlength(hi) != axes)
        Rf_error("regions are of diagrams over one or two stimuli, with an end of the window for each");
    const int32_t axis[2] = {0, 1};
    binnet_regions *regions = NULL;
    const int32_t code = binnet_regions_new(the_ctx, &regions, d, axes, axis, NULL, REAL(lo), REAL(hi),
                                            BINNET_REGIONS_BY_LABEL);
    made(holder, regions, code);
    const uint64_t count = binnet_regions_count(regions);
    SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)count, 5));
    for (uint64_t k = 0; k < count; k++) {
        uint64_t label, periods;
        int32_t broken;
        double fixed, area;
        check_status(binnet_regions_label(regions, k, &label, &fixed, NULL, &periods, &broken, &area));
        const double row[5] = {(double)label, fixed, (double)periods, (double)broken, area};
        for (int c = 0; c < 5; c++)
            REAL(out)[(uint64_t)c * count + k] = row[c];
    }
    UNPROTECT(2);
    return out;
}

static SEXP r_permanent(SEXP a, SEXP n)
{
    SEXP out = PROTECT(Rf_allocVector(REALSXP, 2));
    check_status(binnet_permanent(the_ctx, &REAL(out)[0], &REAL(out)[1], (size_t)Rf_asInteger(n), REAL(a)));
    UNPROTECT(1);
    return out;
}

static SEXP r_order_cdf(SEXP F, SEXP r)
{
    double cdf;
    check_status(binnet_order_cdf(the_ctx, &cdf, (size_t)Rf_xlength(F), REAL(F), NULL, (size_t)Rf_asInteger(r)));
    return Rf_ScalarReal(cdf);
}

#define ENTRY(name, count)                                                                                             \
    {                                                                                                                  \
#name, (DL_FUNC)&r_##name, count                                                                               \
    }
static const R_CallMethodDef ENTRIES[] = {
    ENTRY(set, 3),
    ENTRY(version, 0),
    ENTRY(net, 5),
    ENTRY(net_sparse, 6),
    ENTRY(net_with_populations, 3),
    ENTRY(net_with_tie, 2),
    ENTRY(net_with_stimuli, 2),
    ENTRY(noise, 3),
    ENTRY(noise_covariance, 2),
    ENTRY(read_network, 2),
    ENTRY(read_law, 2),
    ENTRY(read_patterns, 2),
    ENTRY(chain, 3),
    ENTRY(chain_matrix, 1),
    ENTRY(stationary, 1),
    ENTRY(evolve, 3),
    ENTRY(law_neurons, 1),
    ENTRY(law_p, 1),
    ENTRY(law_mean, 1),
    ENTRY(law_pairs, 2),
    ENTRY(law_entropy, 1),
    ENTRY(law_quality, 1),
    ENTRY(attractors, 1),
    ENTRY(diagram, 1),
    ENTRY(diagram_axes, 1),
    ENTRY(diagram_boxes, 2),
    ENTRY(diagram_query, 2),
    ENTRY(regions, 3),
    ENTRY(permanent, 2),
    ENTRY(order_cdf, 2),
    {NULL, NULL, 0},
};

void R_init_binnet(DllInfo *dll)
{
    if (binnet_ctx_new(&the_ctx) != BINNET_OK)
        Rf_error("libbinnet: no memory");
    binnet_ctx_set_hook(the_ctx, stop_on_interrupt, NULL);
    R_registerRoutines(dll, NULL, ENTRIES, NULL, NULL);
    R_useDynamicSymbols(dll, FALSE);
}

void R_unload_binnet(DllInfo *dll)
{
    (void)dll;
    binnet_ctx_free(the_ctx);
    the_ctx = NULL;
}
