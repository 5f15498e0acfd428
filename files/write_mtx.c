/* A network as a Matrix Market file. */
#include "files/reading.h"

void write_mtx(const network *net, out_text *out)
{
    size_t entries = 0;
    for (size_t i = 0; net->n_sizes && i < net->n; i++)
        for (size_t j = 0; j < net->n; j++)
            entries += network_weight(net, i, j) != 0;
    if (!net->n_sizes)
        entries = (size_t)net->row_ptr[net->n];
    out_format(out, "%%%%MatrixMarket matrix coordinate real general\n%% post\\pre\n%zu %zu %zu\n", net->n, net->n,
               entries);
    char text[40];
    for (size_t i = 0; net->n_sizes && i < net->n && out_goes_on(out, i, net->n); i++)
        for (size_t j = 0; j < net->n; j++)
            if (network_weight(net, i, j) != 0)
                out_format(out, "%zu %zu %s\n", i + 1, j + 1, print_number(text, network_weight(net, i, j)));
    for (size_t i = 0; !net->n_sizes && i < net->n && out_goes_on(out, i, net->n); i++)
        for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++)
            out_format(out, "%zu %d %s\n", i + 1, net->col[k] + 1, print_number(text, net->weight[k]));
}
