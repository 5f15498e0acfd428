/* Tables of a stationary law and what follows from it: what stands above them. */
#include "report/tables.h"

#include <inttypes.h>

static const char *const conventions[] = {
    "state: bit i of the integer is neuron i, counted from 0 (least significant first), 1 = active",
    "0/1 strings: first neuron leftmost; in tables behind a letter b, so that no reader takes them for numbers",
    "law: row vector, pi P = pi, P[s, t] = Pr(t next | s now), sum pi = 1",
    "drive: h_i = (1/M_i) sum_j J_ij A_j + I_i - theta_i, J_ij from j to i; p_i = 1 - F(-h_i/scale_i)",
};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

void csv_about_law(FILE *f, const model *m, const options *o, const binnet_law *law, const char *what)
{
    csv_about(f, m, o, what);
    fprintf(
        f,
        "# update %s, tie %s, method %s, residual %.3g, relative %.3g, estimated relative error %.3g, steps %" PRIu64
        "\n",
        update_name(m->update), tie_name(m->net.tie), method_name(binnet_law_method(law)), binnet_law_residual(law),
        binnet_law_residual_relative(law), binnet_law_balance_error(law), binnet_law_iterations(law));
    double tolerance = 0;
    int64_t most = 0;
    binnet_ctx_get_f64(m->ctx, BINNET_P_TOLERANCE, &tolerance);
    binnet_ctx_get_i64(m->ctx, BINNET_P_MAX_ITERATIONS, &most);
    fprintf(f, "# asked for: method %s, at most %" PRId64 " steps, tolerance ", method_name(o->method), most);
    csv_real(f, tolerance);
    if (o->recurrent_class >= 0)
        fprintf(f, ", within recurrent class %" PRId64, o->recurrent_class);
    fprintf(f, "\n");
    for (int k = 0; k < CONVENTIONS; k++)
        fprintf(f, "# %s\n", conventions[k]);
}

json_t *json_about_law(const model *m, const options *o, const binnet_law *law, const char *format, const char *units)
{
    json_t *lines = json_array(), *names = json_array(), *scale = json_array();
    for (int k = 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    json_array_append_new(lines, json_string(units));
    for (size_t i = 0; i < m->net.n; i++) {
        json_array_append_new(names, json_string(m->net.name[i]));
        json_array_append_new(scale, json_number(model_scale(m, i)));
    }
    double tolerance = 0;
    binnet_ctx_get_f64(m->ctx, BINNET_P_TOLERANCE, &tolerance);
    json_t *settings = json_settings(m);
    json_object_set_new(settings, "tolerance", json_number(tolerance));
    if (o->recurrent_class >= 0)
        json_object_set_new(settings, "recurrent_class", json_integer((json_int_t)o->recurrent_class));
    if (binnet_noise_kind(m->noise) == BINNET_NOISE_STUDENT_T)
        json_object_set_new(settings, "dof", json_number(m->dof));
    return json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:o, s:s, s:{s:s, s:o}, s:s, s:s, s:o, s:o, s:o, s:I, s:o}",
                     "format", format, "version", binnet_version(), "command", o->text, "conventions", lines, "title",
                     m->net.title, "source", m->net.source, "import", json_notes(&m->net), "settings", settings,
                     "update", update_name(m->update), "noise", "kind", noise_name(binnet_noise_kind(m->noise)),
                     "scale", scale, "tie", tie_name(m->net.tie), "method", method_name(binnet_law_method(law)),
                     "residual", json_number(binnet_law_residual(law)), "residual_relative",
                     json_number(binnet_law_residual_relative(law)), "balance_error",
                     json_number(binnet_law_balance_error(law)), "steps", (json_int_t)binnet_law_iterations(law),
                     "neurons", names);
}
