/* The core of libbinnet for Octave and MATLAB: one mex function behind the functions of +binnet, which prepare its arguments:
 *   binnet_mex(command, network, ...)    network = {n, J transposed, M or [], threshold, stimulus, tie, populations or []}
 * Nothing lives beyond a call, so that nothing can leak: a call makes what it needs, and frees it before it returns or fails.
 * A failure is an error with the identifier binnet:code<code> and the library's message. */
#include <binnet/binnet.h>
#ifdef WITH_FILES
#include <binnet/files.h>
#endif

#include <mex.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What a call has made; all of it may be NULL. */
struct made {
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law, *start;
    binnet_attractors *attractors;
    binnet_diagram *diagram;
    binnet_regions *regions;
#ifdef WITH_FILES
    binnet_import *import;
    binnet_network_file *file;
    binnet_pattern_file *patterns;
#endif
};

static void free_made(struct made *m)
{
#ifdef WITH_FILES
    binnet_pattern_file_free(m->patterns);
    binnet_network_file_free(m->file);
    binnet_import_free(m->import);
#endif
    binnet_regions_free(m->regions);
    binnet_diagram_free(m->diagram);
    binnet_attractors_free(m->attractors);
    binnet_law_free(m->start);
    binnet_law_free(m->law);
    binnet_chain_free(m->chain);
    binnet_noise_free(m->noise);
    binnet_net_free(m->net);
    binnet_ctx_free(m->ctx);
    memset(m, 0, sizeof *m);
}

/* Does not return unless the code is BINNET_OK. */
static void check_status(struct made *m, int32_t code)
{
    char message[512], identifier[32];
    if (code == BINNET_OK)
        return;
    const char *said = m->ctx != NULL ? binnet_ctx_message(m->ctx) : "";
    snprintf(message, sizeof message, "%s", said[0] != '\0' ? said : binnet_strerror(code));
    snprintf(identifier, sizeof identifier, "binnet:code%d", (int)code);
    free_made(m);
    mexErrMsgIdAndTxt(identifier, "%s", message);
}

static void refuse(struct made *m, const char *message)
{
    free_made(m);
    mexErrMsgIdAndTxt("binnet:usage", "%s", message);
}

static const double *numbers(struct made *m, const mxArray *a, size_t count)
{
    if (!mxIsDouble(a) || mxIsComplex(a) || mxIsSparse(a) || mxGetNumberOfElements(a) != count)
        refuse(m, "an argument has the wrong length or is not a full real matrix");
    return mxGetPr(a);
}

static double number(struct made *m, const mxArray *a)
{
    return numbers(m, a, 1)[0];
}

static const mxArray *cell(struct made *m, const mxArray *a, size_t k)
{
    if (!mxIsCell(a) || k >= mxGetNumberOfElements(a) || mxGetCell(a, k) == NULL)
        refuse(m, "binnet_mex is called by the functions of +binnet");
    return mxGetCell(a, k);
}

static void replace_net(struct made *m, binnet_net *net)
{
    binnet_net_free(m->net);
    m->net = net;
}

static size_t make_net(struct made *m, const mxArray *a)
{
    const size_t n = (size_t)number(m, cell(m, a, 0));
    const mxArray *M = cell(m, a, 2), *populations = cell(m, a, 6);
    check_status(m, binnet_net_new(m->ctx, &m->net, n, numbers(m, cell(m, a, 1), n * n),
                                   mxIsEmpty(M) ? NULL : numbers(m, M, n), numbers(m, cell(m, a, 3), n),
                                   numbers(m, cell(m, a, 4), n)));
    binnet_net *next = NULL;
    const int32_t tie = (int32_t)number(m, cell(m, a, 5));
    if (tie != BINNET_TIE_ACTIVE) {
        check_status(m, binnet_net_with_tie(m->ctx, &next, m->net, tie));
        replace_net(m, next);
    }
    if (!mxIsEmpty(populations)) {
        const double *given = numbers(m, populations, n);
        int32_t *population = mxMalloc(n * sizeof *population), count = 0;
        for (size_t i = 0; i < n; i++) {
            population[i] = (int32_t)given[i];
            count = population[i] >= count ? population[i] + 1 : count;
        }
        check_status(m, binnet_net_with_populations(m->ctx, &next, m->net, (size_t)count, population));
        replace_net(m, next);
        mxFree(population);
    }
    return n;
}

static int32_t update_code(struct made *m, const mxArray *update)
{
    char word[16];
    if (mxGetString(update, word, sizeof word) != 0)
        word[0] = '\0';
    if (strcmp(word, "synchronous") == 0)
        return BINNET_UPDATE_SYNCHRONOUS;
    if (strcmp(word, "asynchronous") == 0)
        return BINNET_UPDATE_ASYNCHRONOUS;
    if (strcmp(word, "sweep") != 0)
        refuse(m, "update must be synchronous, asynchronous or sweep");
    return BINNET_UPDATE_SWEEP;
}

/* {kind, scale, dof}, one scale or n; kind 0: {0, covariance} */
static void make_chain(struct made *m, size_t n, const mxArray *noise, const mxArray *update)
{
    const int32_t rule = update_code(m, update);
    const int kind = (int)number(m, cell(m, noise, 0));
    const mxArray *given = cell(m, noise, 1);
    const double *scale = numbers(m, given, kind == 0 ? n * n : mxGetNumberOfElements(given) == 1 ? 1 : n);
    if (kind != 0 && mxGetNumberOfElements(given) == 1) {
        double *all = mxMalloc(n * sizeof *all); /* freed by mex at the end of the call */
        for (size_t i = 0; i < n; i++)
            all[i] = scale[0];
        scale = all;
    }
    int32_t code = BINNET_E_RANGE;
    if (kind == 0)
        code = binnet_noise_new_gaussian_cov(m->ctx, &m->noise, n, scale);
    else if (kind == BINNET_NOISE_GAUSSIAN)
        code = binnet_noise_new_gaussian(m->ctx, &m->noise, n, scale);
    else if (kind == BINNET_NOISE_LOGISTIC)
        code = binnet_noise_new_logistic(m->ctx, &m->noise, n, scale);
    else if (kind == BINNET_NOISE_UNIFORM)
        code = binnet_noise_new_uniform(m->ctx, &m->noise, n, scale);
    else if (kind == BINNET_NOISE_LAPLACE)
        code = binnet_noise_new_laplace(m->ctx, &m->noise, n, scale);
    else if (kind == BINNET_NOISE_STUDENT_T)
        code = binnet_noise_new_student_t(m->ctx, &m->noise, n, scale, number(m, cell(m, noise, 2)));
    check_status(m, code);
    check_status(m, binnet_chain_new(m->ctx, &m->chain, m->net, m->noise, rule));
}

static mxArray *column(size_t rows, size_t columns)
{
    return mxCreateDoubleMatrix(rows, columns, mxREAL);
}

static mxArray *whole_numbers(size_t count)
{
    return mxCreateNumericMatrix(1, count, mxUINT64_CLASS, mxREAL);
}

static void set_number(mxArray *s, size_t k, const char *field, double value)
{
    mxSetField(s, k, field, mxCreateDoubleScalar(value));
}

static mxArray *law_structure(struct made *m, size_t n)
{
    static const char *fields[] = {"p", "mean", "covariance", "correlation", "entropy", "residual", "balance_error"};
    mxArray *out = mxCreateStructMatrix(1, 1, 7, fields);
    const uint64_t size = binnet_law_size(m->law);
    mxArray *p = column(size, 1), *mean = column(n, 1), *covariance = column(n, n), *correlation = column(n, n);
    double nats;
    memcpy(mxGetPr(p), binnet_law_data(m->law), size * sizeof(double));
    check_status(m, binnet_law_mean(m->ctx, mxGetPr(mean), n, m->law));
    check_status(m, binnet_law_covariance(m->ctx, mxGetPr(covariance), n, m->law));
    const int32_t code = binnet_law_correlation(m->ctx, mxGetPr(correlation), n, m->law);
    check_status(m, code == BINNET_E_UNDEFINED ? BINNET_OK : code); /* NaN in the matrix says it */
    check_status(m, binnet_law_entropy(m->ctx, &nats, m->law));
    mxSetField(out, 0, "p", p);
    mxSetField(out, 0, "mean", mean);
    mxSetField(out, 0, "covariance", covariance);
    mxSetField(out, 0, "correlation", correlation);
    set_number(out, 0, "entropy", nats);
    set_number(out, 0, "residual", binnet_law_residual(m->law));
    set_number(out, 0, "balance_error", binnet_law_balance_error(m->law));
    return out;
}

static mxArray *attractor_structures(const binnet_attractors *attractors)
{
    static const char *fields[] = {"period", "basin", "states"};
    const uint64_t count = binnet_attractors_count(attractors);
    mxArray *out = mxCreateStructMatrix(1, count, 3, fields);
    for (uint64_t k = 0; k < count; k++) {
        const uint64_t period = binnet_attractors_period(attractors, k);
        mxArray *states = whole_numbers(period);
        for (uint64_t step = 0; step < period; step++)
            ((uint64_t *)mxGetData(states))[step] = binnet_attractors_state(attractors, k, step);
        set_number(out, k, "period", (double)period);
        set_number(out, k, "basin", (double)binnet_attractors_basin(attractors, k));
        mxSetField(out, k, "states", states);
    }
    return out;
}

/* fixed points: state, lo, hi; cycles: period, lo, hi */
static mxArray *box_structures(struct made *m, int cycles)
{
    const char *fields[] = {cycles ? "period" : "state", "multiplicity", "lo", "hi"};
    const uint64_t count = cycles ? binnet_diagram_cycle_count(m->diagram) : binnet_diagram_fixed_count(m->diagram);
    const size_t axes = binnet_diagram_axes(m->diagram);
    mxArray *out = mxCreateStructMatrix(1, count, 4, fields);
    for (uint64_t k = 0; k < count; k++) {
        mxArray *first = whole_numbers(1), *lo = column(1, axes), *hi = column(1, axes);
        uint64_t *value = mxGetData(first);
        double multiplicity;
        check_status(m, cycles ? binnet_diagram_cycle(m->diagram, k, value, mxGetPr(lo), mxGetPr(hi))
                               : binnet_diagram_fixed(m->diagram, k, value, mxGetPr(lo), mxGetPr(hi)));
        check_status(m, cycles ? binnet_diagram_cycle_class(m->diagram, k, 0, NULL, &multiplicity)
                               : binnet_diagram_fixed_class(m->diagram, k, NULL, &multiplicity));
        mxSetField(out, k, fields[0], first);
        set_number(out, k, "multiplicity", multiplicity);
        mxSetField(out, k, "lo", lo);
        mxSetField(out, k, "hi", hi);
    }
    return out;
}

/* Points in rows of a transposed matrix: how many fixed points and cycles exist at each. */
static void query_points(struct made *m, mxArray *out[2], const mxArray *points)
{
    const size_t axes = binnet_diagram_axes(m->diagram), count = mxGetN(points);
    const double *at = numbers(m, points, axes * count);
    out[0] = column(count, 1);
    out[1] = column(count, 1);
    for (size_t k = 0; k < count; k++) {
        uint64_t fixed, cycles;
        check_status(m, binnet_diagram_query(m->ctx, m->diagram, at + k * axes, &fixed, NULL, &cycles, NULL, 0));
        mxGetPr(out[0])[k] = (double)fixed;
        mxGetPr(out[1])[k] = (double)cycles;
    }
}

static mxArray *region_structures(struct made *m, const mxArray *lo, const mxArray *hi)
{
    static const char *fields[] = {"label", "fixed_points", "broken", "area"};
    static const int32_t axis[2] = {0, 1};
    const size_t axes = binnet_diagram_axes(m->diagram);
    if (axes > 2)
        refuse(m, "regions are of diagrams over one or two stimuli");
    check_status(m, binnet_regions_new(m->ctx, &m->regions, m->diagram, axes, axis, NULL, numbers(m, lo, axes),
                                       numbers(m, hi, axes), BINNET_REGIONS_BY_LABEL));
    const uint64_t count = binnet_regions_count(m->regions);
    mxArray *out = mxCreateStructMatrix(1, count, 4, fields);
    for (uint64_t k = 0; k < count; k++) {
        uint64_t label;
        int32_t broken;
        double fixed, area;
        check_status(m, binnet_regions_label(m->regions, k, &label, &fixed, NULL, NULL, &broken, &area));
        set_number(out, k, "label", (double)label);
        set_number(out, k, "fixed_points", fixed);
        set_number(out, k, "broken", broken);
        set_number(out, k, "area", area);
    }
    return out;
}

#ifdef WITH_FILES
/* A text of MATLAB's, freed by mex at the end of the call. */
static const char *text_of(struct made *m, const mxArray *a)
{
    char *text = mxArrayToString(a);
    if (text == NULL)
        refuse(m, "paths, options and their values are texts");
    return text;
}

/* {kind, scale, dof}, or {0, covariance} */
static mxArray *noise_cell(struct made *m, size_t n)
{
    const int correlated = binnet_noise_form(m->noise) != BINNET_NOISE_INDEPENDENT;
    mxArray *out = mxCreateCellMatrix(1, correlated ? 2 : 3), *scale = column(n, 1), *covariance;
    double *s = mxGetPr(scale), r;
    check_status(m, binnet_noise_scales(m->ctx, s, n, m->noise));
    mxSetCell(out, 0, mxCreateDoubleScalar(correlated ? 0 : (double)binnet_noise_kind(m->noise)));
    if (!correlated) {
        mxSetCell(out, 1, scale);
        mxSetCell(out, 2, mxCreateDoubleScalar(binnet_noise_dof(m->noise)));
        return out;
    }
    covariance = column(n, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            check_status(m, binnet_noise_correlation(m->ctx, &r, m->noise, i, j));
            mxGetPr(covariance)[i * n + j] = r * s[i] * s[j];
        }
    mxSetCell(out, 1, covariance);
    return out;
}

/* The network as the functions of +binnet hold it. */
static mxArray *network_cell(struct made *m, size_t n)
{
    mxArray *out = mxCreateCellMatrix(1, 7), *J = column(n, n), *M = column(n, 1), *theta = column(n, 1);
    mxArray *stimulus = column(n, 1), *populations = column(binnet_net_populations(m->net) > 1 ? n : 0, 1);
    int32_t *population = mxMalloc(n * sizeof *population);
    check_status(m, binnet_net_weights(m->ctx, mxGetPr(J), n, m->net));
    check_status(m,
                 binnet_net_parameters(m->ctx, mxGetPr(M), mxGetPr(theta), mxGetPr(stimulus), population, n, m->net));
    for (size_t i = 0; i < mxGetNumberOfElements(populations); i++)
        mxGetPr(populations)[i] = population[i];
    mxArray *parts[7] = {mxCreateDoubleScalar((double)n),
                         J,
                         M,
                         theta,
                         stimulus,
                         mxCreateDoubleScalar(binnet_net_tie(m->net)),
                         populations};
    for (int k = 0; k < 7; k++)
        mxSetCell(out, k, parts[k]);
    mxFree(population);
    return out;
}

static void make_import(struct made *m, const mxArray *options)
{
    check_status(m, binnet_import_new(m->ctx, &m->import));
    for (size_t k = 0; mxIsCell(options) && k + 1 < mxGetNumberOfElements(options); k += 2)
        check_status(m, binnet_import_set(m->ctx, m->import, text_of(m, cell(m, options, k)),
                                          text_of(m, cell(m, options, k + 1))));
}

/* rows of uint8_t as a matrix */
static mxArray *activities(const uint8_t *state, size_t rows, size_t n)
{
    mxArray *out = column(rows, n);
    for (size_t k = 0; k < rows; k++)
        for (size_t i = 0; i < n; i++)
            mxGetPr(out)[i * rows + k] = state[k * n + i];
    return out;
}

static mxArray *read_patterns(struct made *m, const mxArray *path, const mxArray *options)
{
    static const char *fields[] = {"names", "states", "from", "to"};
    make_import(m, options);
    check_status(m, binnet_pattern_file_read(m->ctx, &m->patterns, text_of(m, path), m->import));
    const size_t n = binnet_pattern_file_neurons(m->patterns), count = binnet_pattern_file_count(m->patterns);
    const size_t pairs = binnet_pattern_file_transitions(m->patterns);
    uint8_t *a = mxMalloc((count + pairs + 1) * n), *b = mxMalloc((pairs + 1) * n);
    mxArray *names = mxCreateCellMatrix(1, count), *out = mxCreateStructMatrix(1, 1, 4, fields);
    for (size_t k = 0; k < count; k++)
        mxSetCell(names, k, mxCreateString(binnet_pattern_file_name(m->patterns, k)));
    mxSetField(out, 0, "names", names);
    check_status(m, binnet_pattern_file_states(m->ctx, a, count, n, m->patterns));
    mxSetField(out, 0, "states", activities(a, count, n));
    check_status(m, binnet_pattern_file_pairs(m->ctx, a, b, pairs, n, m->patterns));
    mxSetField(out, 0, "from", activities(a, pairs, n));
    mxSetField(out, 0, "to", activities(b, pairs, n));
    mxFree(a);
    mxFree(b);
    return out;
}

static void read_network(struct made *m, mxArray *out[2], const mxArray *path, const mxArray *options)
{
    static const char *fields[] = {"names", "populations", "noise", "update"};
    make_import(m, options);
    check_status(m, binnet_network_file_read(m->ctx, &m->file, text_of(m, path), m->import));
    const size_t n = binnet_network_file_neurons(m->file), count = binnet_network_file_populations(m->file);
    if (n > 10000)
        refuse(m, "networks of more than 10000 neurons, with all their weights, are not made");
    check_status(m, binnet_network_file_net(m->ctx, &m->net, m->file));
    mxArray *names = mxCreateCellMatrix(1, n), *populations = mxCreateCellMatrix(count > 0, count);
    for (size_t i = 0; i < n; i++)
        mxSetCell(names, i, mxCreateString(binnet_network_file_name(m->file, i)));
    for (size_t a = 0; a < count; a++)
        mxSetCell(populations, a, mxCreateString(binnet_network_file_population_name(m->file, a)));
    const char *update = binnet_update_name(binnet_network_file_update(m->file));
    out[0] = network_cell(m, n);
    out[1] = mxCreateStructMatrix(1, 1, 4, fields);
    mxSetField(out[1], 0, "names", names);
    mxSetField(out[1], 0, "populations", populations);
    mxSetField(out[1], 0, "update", mxCreateString(update != NULL ? update : ""));
    if (binnet_network_file_noise_kind(m->file) != 0) {
        check_status(m, binnet_network_file_noise(m->ctx, &m->noise, m->file));
        mxSetField(out[1], 0, "noise", noise_cell(m, n));
    } else {
        mxSetField(out[1], 0, "noise", column(0, 0));
    }
}
#endif

void mexFunction(int n_out, mxArray *out[], int n_in, const mxArray *in[])
{
    struct made m = {0};
    char command[32];
    (void)n_out;
    if (n_in < 2 || mxGetString(in[0], command, sizeof command) != 0)
        mexErrMsgIdAndTxt("binnet:usage", "binnet_mex is called by the functions of +binnet");
    check_status(&m, binnet_ctx_new(&m.ctx));
    if (strcmp(command, "version") == 0) {
        out[0] = mxCreateString(binnet_version());
    } else if (strcmp(command, "read") == 0 && n_in == 3) {
#ifdef WITH_FILES
        mxArray *found[2];
        read_network(&m, found, in[1], in[2]);
        out[0] = found[0];
        if (n_out > 1)
            out[1] = found[1];
    } else if (strcmp(command, "read_law") == 0 && n_in == 3) {
        make_import(&m, in[2]);
        check_status(&m, binnet_law_read(m.ctx, &m.law, text_of(&m, in[1]), m.import));
        out[0] = law_structure(&m, binnet_law_neurons(m.law));
    } else if (strcmp(command, "read_patterns") == 0 && n_in == 3) {
        out[0] = read_patterns(&m, in[1], in[2]);
#else
        refuse(&m, "binnet_mex was built without libbinnet-files");
#endif
    } else if (strcmp(command, "permanent") == 0 && n_in == 2) {
        const size_t n = mxGetM(in[1]);
        double value, bound;
        check_status(&m, binnet_permanent(m.ctx, &value, &bound, n, numbers(&m, in[1], n * n)));
        out[0] = mxCreateDoubleScalar(value);
        if (n_out > 1)
            out[1] = mxCreateDoubleScalar(bound);
    } else if (strcmp(command, "order_cdf") == 0 && n_in == 3) {
        const size_t n = mxGetNumberOfElements(in[1]);
        double cdf;
        check_status(&m, binnet_order_cdf(m.ctx, &cdf, n, numbers(&m, in[1], n), NULL, (size_t)number(&m, in[2])));
        out[0] = mxCreateDoubleScalar(cdf);
    } else {
        const size_t n = make_net(&m, in[1]);
        if (strcmp(command, "stationary") == 0 && n_in == 4) {
            make_chain(&m, n, in[2], in[3]);
            check_status(&m, binnet_chain_stationary(m.ctx, &m.law, m.chain));
            out[0] = law_structure(&m, n);
        } else if (strcmp(command, "evolve") == 0 && n_in == 6) {
            make_chain(&m, n, in[2], in[3]);
            const size_t size = (size_t)binnet_chain_states(m.chain);
            check_status(&m, binnet_law_new(m.ctx, &m.start, n, numbers(&m, in[4], size), size));
            check_status(&m, binnet_chain_evolve(m.ctx, &m.law, m.chain, m.start, (uint64_t)number(&m, in[5])));
            out[0] = law_structure(&m, n);
        } else if (strcmp(command, "matrix") == 0 && n_in == 4) {
            make_chain(&m, n, in[2], in[3]);
            const size_t size = (size_t)binnet_chain_states(m.chain);
            if (size > 1 << 15)
                refuse(&m, "the matrix of more than 15 neurons is not made");
            out[0] = column(size, size); /* transposed */
            check_status(&m, binnet_chain_matrix(m.ctx, mxGetPr(out[0]), size * size, m.chain));
        } else if (strcmp(command, "attractors") == 0 && n_in == 2) {
            check_status(&m, binnet_attractors_new(m.ctx, &m.attractors, m.net));
            out[0] = attractor_structures(m.attractors);
        } else {
            check_status(&m, binnet_diagram_new(m.ctx, &m.diagram, m.net));
            if (strcmp(command, "diagram") == 0 && n_in == 2) {
                mxArray *fixed = box_structures(&m, 0), *cycles = box_structures(&m, 1);
                out[0] = fixed;
                if (n_out > 1)
                    out[1] = cycles;
            } else if (strcmp(command, "query") == 0 && n_in == 3) {
                mxArray *found[2];
                query_points(&m, found, in[2]);
                out[0] = found[0];
                if (n_out > 1)
                    out[1] = found[1];
            } else if (strcmp(command, "regions") == 0 && n_in == 4) {
                out[0] = region_structures(&m, in[2], in[3]);
            } else {
                refuse(&m, "no such command");
            }
        }
    }
    free_made(&m);
}
