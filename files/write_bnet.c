/*
 * BoolNet's .bnet: "targets, factors", then for each neuron its name and a Boolean function of the neurons it hears, here in
 * disjunctive form: the states of its senders in which it fires, H((1/M) sum J A + I - theta) with the tie rule, at most 2^12 of
 * them, merged where two differ in one sender only. The signs are those of the doubles as the library adds them, in the order of the senders.
 */
#include "files/reading.h"

#include <ctype.h>
#include <string.h>

enum { MAX_INPUTS = 12 };

/* Names as R and BoolNet take them: a letter, then letters, digits, . and _; others are numbered. */
static int is_plain_name(const char *name)
{
    static const char *const taken[] = {"targets",  "and", "or",    "not",   "all",  "any",
                                        "majority", "maj", "sumis", "sumgt", "sumlt"};
    if (!isalpha((unsigned char)name[0]))
        return 0;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '.')
            return 0;
    for (size_t k = 0; k < sizeof taken / sizeof *taken; k++)
        if (strcmp(name, taken[k]) == 0)
            return 0;
    return 1;
}

/* All or none, so that no numbered name can be that of another neuron. */
static int has_plain_names(const network *net)
{
    for (size_t i = 0; i < net->n; i++)
        if (!is_plain_name(net->name[i]))
            return 0;
    return 1;
}

static void put_gene(const network *net, out_text *out, int plain, size_t i)
{
    if (plain)
        out_string(out, net->name[i]);
    else
        out_format(out, "n%zu", i + 1);
}

/* Senders of neuron i, itself among them where its activity decides ties: how many; MAX_INPUTS + 1 when more. */
static size_t list_senders(const network *net, size_t i, size_t *sender, double *weight)
{
    size_t count = 0;
    int self = 0;
    for (size_t k = 0; k < (net->n_sizes ? net->n : (size_t)(net->row_ptr[i + 1] - net->row_ptr[i])); k++) {
        size_t at = net->n_sizes ? 0 : (size_t)net->row_ptr[i] + k, j = net->n_sizes ? k : (size_t)net->col[at];
        double w = net->n_sizes ? network_weight(net, i, j) : net->weight[at];
        if (w == 0)
            continue;
        if (count == MAX_INPUTS)
            return MAX_INPUTS + 1;
        self |= j == i;
        sender[count] = j;
        weight[count++] = w;
    }
    if (net->tie == BINNET_TIE_KEEP && !self) {
        if (count == MAX_INPUTS)
            return MAX_INPUTS + 1;
        sender[count] = i;
        weight[count++] = 0;
    }
    return count;
}

/* Does neuron i fire after the senders' activities in `bits`? */
static int fires(const network *net, size_t i, const size_t *sender, const double *weight, size_t count, unsigned bits)
{
    size_t u = net->n_sizes ? (size_t)net->population[i] : i;
    double sum = 0;
    int own = 0;
    for (size_t k = 0; k < count; k++)
        if (bits >> k & 1) {
            sum += weight[k];
            own |= sender[k] == i;
        }
    double h = sum / net->normalisation[u] + net->stimulus[u] - net->threshold[u];
    return h > 0 || (!(h < 0) && (net->tie == BINNET_TIE_ACTIVE || (net->tie == BINNET_TIE_KEEP && own)));
}

/* Merges terms that differ in one sender, from the last to the first: term[t] with its mask of senders that matter. */
typedef struct term_list {
    unsigned short bits[1 << MAX_INPUTS], mask[1 << MAX_INPUTS];
    size_t count;
} term_list;

static void merge_terms(term_list *t, size_t inputs)
{
    for (size_t k = 0; k < inputs; k++) {
        size_t kept = 0;
        unsigned bit = 1u << k;
        static const size_t none = (size_t)-1;
        for (size_t a = 0; a < t->count; a++) {
            size_t partner = none;
            /* its partner, if any, was kept already: terms rise by their bits */
            for (size_t b = kept; b-- > 0 && partner == none;)
                if (t->mask[b] == t->mask[a] && (t->mask[b] & bit) && (t->bits[b] ^ t->bits[a]) == bit)
                    partner = b;
            if (partner != none) {
                t->mask[partner] = (unsigned short)(t->mask[partner] & ~bit);
                t->bits[partner] = (unsigned short)(t->bits[partner] & ~bit);
            } else {
                t->bits[kept] = t->bits[a];
                t->mask[kept++] = t->mask[a];
            }
        }
        t->count = kept;
    }
}

static void put_function(const network *net, out_text *out, int plain, size_t i, term_list *terms)
{
    size_t sender[MAX_INPUTS + 1], count;
    double weight[MAX_INPUTS + 1];
    count = list_senders(net, i, sender, weight);
    terms->count = 0;
    for (unsigned bits = 0; bits < 1u << count; bits++)
        if (fires(net, i, sender, weight, count, bits)) {
            terms->bits[terms->count] = (unsigned short)bits;
            terms->mask[terms->count++] = (unsigned short)((1u << count) - 1);
        }
    if (terms->count == 0 || terms->count == (size_t)1 << count) {
        out_string(out, terms->count ? "1" : "0");
        return;
    }
    merge_terms(terms, count);
    for (size_t t = 0; t < terms->count; t++) {
        int first = 1;
        out_string(out, t ? " | (" : "(");
        for (size_t k = 0; k < count; k++)
            if (terms->mask[t] >> k & 1) {
                out_string(out, first ? "" : " & ");
                out_string(out, terms->bits[t] >> k & 1 ? "" : "!");
                put_gene(net, out, plain, sender[k]);
                first = 0;
            }
        out_char(out, ')');
    }
}

int check_bnet(const network *net, const char *path, failure *why)
{
    size_t sender[MAX_INPUTS + 1];
    double weight[MAX_INPUTS + 1];
    for (size_t i = 0; i < net->n; i++)
        if (list_senders(net, i, sender, weight) > MAX_INPUTS)
            return fail_at(
                why, EXIT_BUDGET, path, 0,
                "neuron '%.60s' hears more than %d neurons; Boolean functions are written of at most so many",
                net->name[i], MAX_INPUTS);
    return EXIT_DONE;
}

void write_bnet(const network *net, out_text *out)
{
    term_list *terms = memory_raw(&out->memory, sizeof *terms);
    int plain = has_plain_names(net);
    if (terms == NULL) {
        out->failed = 1;
        return;
    }
    for (size_t i = 0; !plain && i < net->n; i++) {
        out_format(out, "# n%zu is ", i + 1);
        out_string(out, net->name[i]);
        out_char(out, '\n');
    }
    out_string(out, "targets, factors\n");
    for (size_t i = 0; i < net->n && out_goes_on(out, i, net->n); i++) {
        put_gene(net, out, plain, i);
        out_string(out, ", ");
        put_function(net, out, plain, i, terms);
        out_char(out, '\n');
    }
    memory_free(&out->memory, terms);
}
