/* Files of a diagram: boxes, regions, their corners, bifurcation points, as CSV tables or as one JSON document. */
#include "report/diagram.h"
#include "text/text.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One fixed point or cycle with its box. */
typedef struct entry {
    int cycle, broken;
    uint64_t index, period;
    double members;
    double *lo, *hi; /* [axes] */
    int32_t *ends;
} entry;

static int entry_make(entry *e, const diagram_result *r, failure *why)
{
    *e = (entry){.lo = calloc(2 * r->axes, sizeof *e->lo), .ends = calloc(r->axes, sizeof *e->ends)};
    e->hi = e->lo != NULL ? e->lo + r->axes : NULL;
    return e->lo == NULL || e->ends == NULL ? fail(why, EXIT_BUDGET, "out of memory") : EXIT_DONE;
}

static void entry_free(entry *e)
{
    free(e->lo);
    free(e->ends);
}

static uint64_t entries(const diagram_result *r)
{
    return binnet_diagram_fixed_count(r->diagram) + binnet_diagram_cycle_count(r->diagram);
}

/* The k-th of all, fixed points first. */
static void entry_read(entry *e, const diagram_result *r, uint64_t k)
{
    const binnet_diagram *d = r->diagram;
    uint64_t fixed = binnet_diagram_fixed_count(d);
    e->cycle = k >= fixed;
    e->index = e->cycle ? k - fixed : k;
    e->period = 1;
    if (e->cycle) {
        binnet_diagram_cycle(d, e->index, &e->period, e->lo, e->hi);
        binnet_diagram_cycle_ends(d, e->index, e->ends);
        binnet_diagram_cycle_class(d, e->index, 0, NULL, &e->members);
        e->broken = binnet_diagram_cycle_broken(d, e->index) > 0;
    } else {
        binnet_diagram_fixed(d, e->index, NULL, e->lo, e->hi);
        binnet_diagram_fixed_ends(d, e->index, e->ends);
        binnet_diagram_fixed_class(d, e->index, NULL, &e->members);
        e->broken = binnet_diagram_fixed_broken(d, e->index) > 0;
    }
}

static uint64_t entry_state(const entry *e, const diagram_result *r, uint64_t step)
{
    uint64_t state = 0;
    if (e->cycle)
        binnet_diagram_cycle_state(r->diagram, e->index, step, &state);
    else
        binnet_diagram_fixed(r->diagram, e->index, &state, NULL, NULL);
    return state;
}

static char *conventions(char text[400], const diagram_result *r, int which)
{
    char more[160], lo[40], hi[40];
    const network *net = &r->m->net;
    size_t used = 0;
    switch (which) {
    case 0:
        snprintf(text, 400, "tie: next activity at a drive of exactly 0: %s", tie_name(net->tie));
        break;
    case 1:
        snprintf(text, 400, "update: %s", diagram_update(more, r));
        break;
    case 2:
        used += (size_t)snprintf(text, 400, "stimuli that vary, in place of the file's, and the window:");
        for (size_t a = 0; a < r->axes && used < 340; a++)
            used += (size_t)snprintf(text + used, 400 - used, " I of %.60s %s to %s;", r->axis[a].name,
                                     print_number(lo, r->axis[a].lo), print_number(hi, r->axis[a].hi));
        break;
    case 3:
        snprintf(text, 400, "listed: %s", diagram_completeness(more, r));
        break;
    case 4:
        snprintf(text, 400,
                 "box: lo to hi for each stimulus, no end where infinite; in: that end belongs to it (1) or not (0)");
        break;
    case 5:
        snprintf(text, 400, "multiplicity: states or cycles that differ by exchanging neurons that are alike; %s",
                 net->n_sizes > 0 ? "the state is one of them, active counts the neurons of each population"
                                  : "1 here");
        break;
    case 6:
        snprintf(text, 400, "broken: 1 when neurons that are exactly alike are in different states");
        break;
    default:
        return NULL;
    }
    return text;
}

static void header(FILE *f, const diagram_result *r, const char *what)
{
    char text[400];
    csv_about(f, r->m, r->o, what);
    for (int k = 0; dynamics_conventions[k] != NULL; k++)
        fprintf(f, "# %s\n", dynamics_conventions[k]);
    for (int k = 0; conventions(text, r, k) != NULL; k++)
        fprintf(f, "# %s\n", text);
}

/* --- CSV --- */

/* The names of what a column is about, in a column's name. */
static void column(FILE *f, const char *before, const char *name, const char *after)
{
    char text[300];
    snprintf(text, sizeof text, "%s%.255s%s", before, name, after);
    fputc(',', f);
    csv_field(f, text);
}

static int csv_boxes(FILE *f, const diagram_result *r, failure *why)
{
    const network *net = &r->m->net;
    entry e;
    char text[300];
    fprintf(f, "kind,index,period,multiplicity,broken");
    for (size_t a = 0; a < r->axes; a++) {
        column(f, "lo_", r->axis[a].name, "");
        column(f, "lo_", r->axis[a].name, "_in");
        column(f, "hi_", r->axis[a].name, "");
        column(f, "hi_", r->axis[a].name, "_in");
    }
    fprintf(f, ",states,bits,active\n");
    int code = entry_make(&e, r, why);
    for (uint64_t k = 0; code == EXIT_DONE && k < entries(r); k++) {
        entry_read(&e, r, k);
        fprintf(f, "%s,%" PRIu64 ",%" PRIu64 ",", e.cycle ? "cycle" : "fixed", e.index, e.period);
        csv_real(f, e.members);
        fprintf(f, ",%d,", e.broken);
        for (size_t a = 0; a < r->axes; a++) {
            csv_real(f, e.lo[a]);
            fprintf(f, ",%d,", (e.ends[a] & BINNET_END_LO) != 0);
            csv_real(f, e.hi[a]);
            fprintf(f, ",%d,", (e.ends[a] & BINNET_END_HI) != 0);
        }
        for (int what = 0; what < 2; what++) {
            for (uint64_t t = 0; t < e.period && net->n <= BINNET_MAX_NEURONS; t++) {
                uint64_t state = entry_state(&e, r, t);
                if (t > 0)
                    fputc(' ', f);
                if (what == 0)
                    fprintf(f, "%" PRIu64, state);
                else
                    csv_bits(f, state, net->n);
            }
            fputc(',', f);
        }
        if (net->n_sizes > 0) {
            for (uint64_t t = 0; t < e.period; t++)
                fprintf(f, "%s%s", t > 0 ? "; " : "", attractor_text(text, sizeof text, r, e.cycle, e.index, t));
        } else if (!e.cycle) {
            csv_active(f, net, entry_state(&e, r, 0));
        }
        fputc('\n', f);
    }
    entry_free(&e);
    return code;
}

static int csv_regions(FILE *f, const diagram_result *r, failure *why)
{
    (void)why;
    fprintf(f, "region,label,fixed_points,fixed_point_entries,periods,broken,%s", r->axes == 2 ? "area" : "length");
    if (r->axes == 1) {
        column(f, "from_", r->axis[0].name, "");
        column(f, "to_", r->axis[0].name, "");
    }
    fputc('\n', f);
    for (uint64_t k = 0; k < binnet_regions_count(r->regions); k++) {
        uint64_t label, classes, periods, period;
        double fixed, area, cycles;
        int32_t broken;
        binnet_regions_label(r->regions, k, &label, &fixed, &classes, &periods, &broken, &area);
        fprintf(f, "%" PRIu64 ",%" PRIu64 ",", k, label);
        csv_real(f, fixed);
        fprintf(f, ",%" PRIu64 ",", classes);
        for (uint64_t p = 0; p < periods; p++) {
            binnet_regions_period(r->regions, k, p, &period, &cycles, NULL);
            fprintf(f, "%s%" PRIu64 "x", p > 0 ? " " : "", period);
            csv_real(f, cycles);
        }
        fprintf(f, ",%s,", broken_text(broken));
        csv_real(f, area);
        if (r->axes == 1) {
            double lo, hi, unused;
            uint64_t last = binnet_regions_rectangles(r->regions, k) - 1;
            binnet_regions_rectangle(r->regions, k, 0, &lo, &unused);
            binnet_regions_rectangle(r->regions, k, last, &unused, &hi);
            fputc(',', f);
            csv_real(f, lo);
            fputc(',', f);
            csv_real(f, hi);
        }
        fputc('\n', f);
    }
    return EXIT_DONE;
}

static int csv_corners(FILE *f, const diagram_result *r, failure *why)
{
    fprintf(f, "region,ring,corner");
    column(f, "I_", r->axis[0].name, "");
    column(f, "I_", r->axis[1].name, "");
    fputc('\n', f);
    for (uint64_t k = 0; k < binnet_regions_count(r->regions); k++)
        for (uint64_t ring = 0; ring < binnet_regions_rings(r->regions, k); ring++) {
            uint64_t size = binnet_regions_ring_size(r->regions, k, ring);
            double *corner = malloc(2 * size * sizeof *corner);
            if (corner == NULL)
                return fail(why, EXIT_BUDGET, "out of memory");
            binnet_regions_ring(r->regions, k, ring, corner, size);
            for (uint64_t c = 0; c < size; c++) {
                fprintf(f, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", k, ring, c);
                csv_real(f, corner[2 * c]);
                fputc(',', f);
                csv_real(f, corner[2 * c + 1]);
                fputc('\n', f);
            }
            free(corner);
        }
    return EXIT_DONE;
}

static const char *change_text(int32_t exists)
{
    return exists & BINNET_EXISTS_ABOVE ? "appears" : exists & BINNET_EXISTS_BELOW ? "disappears" : "only here";
}

static int csv_bifurcations(FILE *f, const diagram_result *r, failure *why)
{
    (void)why;
    char text[300];
    fprintf(f, "point");
    column(f, "I_", r->axis[0].name, "");
    fprintf(f, ",change,exists_at,kind,index,period,attractor\n");
    for (uint64_t k = 0; k < binnet_bifurcation_list_count(r->bifurcations); k++) {
        uint64_t changes, index, period;
        double value;
        binnet_bifurcation_list_point(r->bifurcations, k, &value, &changes);
        for (uint64_t m = 0; m < changes; m++) {
            int32_t cycle, exists;
            binnet_bifurcation_list_change(r->bifurcations, k, m, &cycle, &index, &exists);
            period = 1;
            if (cycle)
                binnet_diagram_cycle(r->diagram, index, &period, NULL, NULL);
            fprintf(f, "%" PRIu64 ",", k);
            csv_real(f, value);
            fprintf(f, ",%s,%d,%s,%" PRIu64 ",%" PRIu64 ",%s\n", change_text(exists), (exists & BINNET_EXISTS_AT) != 0,
                    cycle ? "cycle" : "fixed", index, period, attractor_text(text, sizeof text, r, cycle, index, 0));
        }
    }
    return EXIT_DONE;
}

static int dump_csv(const diagram_result *r, failure *why)
{
    const struct {
        const char *ending, *what;
        int (*write)(FILE *, const diagram_result *, failure *);
        int wanted;
    } tables[] = {{"_boxes.csv", "fixed points and cycles, each with the box of stimuli it exists on", csv_boxes, 1},
                  {"_regions.csv", "regions of the window", csv_regions, r->regions != NULL},
                  {"_corners.csv", "outlines of the regions: ring 0 counter-clockwise, holes clockwise", csv_corners,
                   r->axes == 2},
                  {"_bifurcations.csv", "bifurcation points in order, one line for each change", csv_bifurcations,
                   r->axes == 1}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        table t;
        if (!tables[k].wanted)
            continue;
        TRY(table_open(&t, r->o, tables[k].ending, why));
        header(t.file, r, tables[k].what);
        TRY(table_finish(&t, tables[k].write(t.file, r, why), why));
    }
    return EXIT_DONE;
}

/* --- JSON --- */

static json_t *json_box(const entry *e, const diagram_result *r)
{
    json_t *box = json_array();
    for (size_t a = 0; a < r->axes; a++)
        json_array_append_new(box, json_pack("{s:o, s:b, s:o, s:b}", "lo", json_number(e->lo[a]), "lo_in",
                                             (e->ends[a] & BINNET_END_LO) != 0, "hi", json_number(e->hi[a]), "hi_in",
                                             (e->ends[a] & BINNET_END_HI) != 0));
    return box;
}

static json_t *json_entry(const entry *e, const diagram_result *r)
{
    const network *net = &r->m->net;
    json_t *states = json_array(), *active = json_array();
    char text[300];
    for (uint64_t t = 0; t < e->period; t++) {
        if (net->n <= BINNET_MAX_NEURONS)
            json_array_append_new(states, json_integer((json_int_t)entry_state(e, r, t)));
        json_array_append_new(active, net->n_sizes > 0
                                          ? json_string(attractor_text(text, sizeof text, r, e->cycle, e->index, t))
                                          : json_active(net, entry_state(e, r, t)));
    }
    return json_pack("{s:I, s:I, s:o, s:b, s:o, s:o, s:o}", "index", (json_int_t)e->index, "period",
                     (json_int_t)e->period, "multiplicity", json_number(e->members), "broken", e->broken, "states",
                     states, "active", active, "box", json_box(e, r));
}

static json_t *json_region(const diagram_result *r, uint64_t k)
{
    uint64_t label, classes, periods, period;
    double fixed, area, cycles;
    int32_t broken;
    binnet_regions_label(r->regions, k, &label, &fixed, &classes, &periods, &broken, &area);
    json_t *list = json_array(), *rings = json_array(), *rectangles = json_array();
    for (uint64_t p = 0; p < periods; p++) {
        binnet_regions_period(r->regions, k, p, &period, &cycles, NULL);
        json_array_append_new(list,
                              json_pack("{s:I, s:o}", "period", (json_int_t)period, "cycles", json_number(cycles)));
    }
    for (uint64_t m = 0; m < binnet_regions_rings(r->regions, k); m++) {
        uint64_t size = binnet_regions_ring_size(r->regions, k, m);
        double *corner = malloc(2 * size * sizeof *corner);
        json_t *ring = json_array();
        if (corner != NULL && binnet_regions_ring(r->regions, k, m, corner, size) == BINNET_OK)
            for (uint64_t c = 0; c < size; c++)
                json_array_append_new(ring, json_numbers(corner + 2 * c, 2));
        free(corner);
        json_array_append_new(rings, ring);
    }
    for (uint64_t m = 0; m < binnet_regions_rectangles(r->regions, k); m++) {
        double lo[2], hi[2];
        binnet_regions_rectangle(r->regions, k, m, lo, hi);
        json_array_append_new(rectangles, json_pack("{s:o, s:o}", "lo", json_numbers(lo, r->axes), "hi",
                                                    json_numbers(hi, r->axes)));
    }
    json_t *region = json_pack("{s:I, s:I, s:o, s:I, s:o, s:s, s:o, s:o}", "region", (json_int_t)k, "label",
                               (json_int_t)label, "fixed_points", json_number(fixed), "fixed_point_entries",
                               (json_int_t)classes, "cycles", list, "broken", broken_text(broken),
                               r->axes == 2 ? "area" : "length", json_number(area), "rectangles", rectangles);
    if (r->axes == 2)
        json_object_set_new(region, "rings", rings);
    else
        json_decref(rings);
    return region;
}

static json_t *json_point(const diagram_result *r, uint64_t k)
{
    uint64_t changes, index;
    double value;
    json_t *list = json_array();
    binnet_bifurcation_list_point(r->bifurcations, k, &value, &changes);
    for (uint64_t m = 0; m < changes; m++) {
        int32_t cycle, exists;
        binnet_bifurcation_list_change(r->bifurcations, k, m, &cycle, &index, &exists);
        json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:I}", "change", change_text(exists), "exists_at",
                                              (exists & BINNET_EXISTS_AT) != 0, "kind", cycle ? "cycle" : "fixed",
                                              "index", (json_int_t)index));
    }
    return json_pack("{s:o, s:o}", "value", json_number(value), "changes", list);
}

static int dump_json(const diagram_result *r, failure *why)
{
    const model *m = r->m;
    json_t *lines = json_array(), *names = json_array(), *stimuli = json_array(), *fixed = json_array(),
           *cycles = json_array();
    json_t *regions = json_array(), *points = json_array();
    char text[400];
    entry e;
    for (int k = 0; dynamics_conventions[k] != NULL; k++)
        json_array_append_new(lines, json_string(dynamics_conventions[k]));
    for (int k = 0; conventions(text, r, k) != NULL; k++)
        json_array_append_new(lines, json_string(text));
    json_array_append_new(lines, json_string("null in place of a number: infinite"));
    for (size_t i = 0; i < m->net.n; i++)
        json_array_append_new(names, json_string(m->net.name[i]));
    for (size_t a = 0; a < r->axes; a++)
        json_array_append_new(stimuli, json_pack("{s:s, s:I, s:o, s:o}", "name", r->axis[a].name, "neurons",
                                                 (json_int_t)r->axis[a].neurons, "lo", json_number(r->axis[a].lo), "hi",
                                                 json_number(r->axis[a].hi)));
    int code = entry_make(&e, r, why);
    for (uint64_t k = 0; code == EXIT_DONE && k < entries(r); k++) {
        entry_read(&e, r, k);
        json_array_append_new(e.cycle ? cycles : fixed, json_entry(&e, r));
    }
    entry_free(&e);
    for (uint64_t k = 0; k < binnet_regions_count(r->regions); k++)
        json_array_append_new(regions, json_region(r, k));
    for (uint64_t k = 0; k < binnet_bifurcation_list_count(r->bifurcations); k++)
        json_array_append_new(points, json_point(r, k));
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:s, s:s, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o}",
                            "format", "binnet-diagram 1", "version", binnet_version(), "command", r->o->text,
                            "conventions", lines, "title", m->net.title, "source", m->net.source, "import",
                            json_notes(&m->net), "update", "synchronous", "tie", tie_name(m->net.tie), "neurons", names,
                            "stimuli", stimuli, "complete", diagram_is_complete(r), "listed",
                            diagram_completeness(text, r), "fixed_points", fixed, "cycles", cycles, "regions", regions,
                            "bifurcations", points);
    if (code != EXIT_DONE) {
        json_decref(all);
        return code;
    }
    json_object_set_new(all, "settings", json_settings(m));
    return json_save(all, r->o, ".json", why);
}

int diagram_write(const diagram_result *r, failure *why)
{
    const char *format = r->o->format != NULL ? r->o->format : "csv";
    return strcmp(format, "csv") == 0 ? dump_csv(r, why) : dump_json(r, why);
}
