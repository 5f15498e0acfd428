/* A network from an .npy file: its weights. */
#include "files/reading.h"
#include "text/npy.h"

#include <math.h>

int read_npy(draft *d, const document *doc)
{
    npy_array a;
    int orientation;
    TRY(npy_parse(&a, doc, d->why));
    if (a.ndim != 2 || a.shape[0] != a.shape[1])
        return fail_at(d->why, EXIT_INPUT, doc->path, 0,
                       "%zu dimension%s, %zu x %zu; expected a square matrix of weights", a.ndim,
                       a.ndim == 1 ? "" : "s", a.shape[0], a.shape[1]);
    size_t n = a.shape[0];
    if (n < 1 || n > BINNET_MAX_NETWORK)
        return fail_at(d->why, EXIT_INPUT, doc->path, 0, "%zu neurons; expected 1 to %d", n, BINNET_MAX_NETWORK);
    TRY(draft_orientation(d, &orientation, ORIENTATION_NONE, 0));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double weight = npy_get(&a, i, j);
            if (!isfinite(weight))
                return fail_at(d->why, EXIT_INPUT, doc->path, 0, "entry [%zu, %zu] is %g; expected a finite number", i,
                               j, weight);
            if (weight != 0)
                TRY(draft_enter(d, orientation, i, j, weight, i));
        }
    TRY(draft_name_neurons(d, d->how->names_file, n));
    return draft_finish(d);
}
