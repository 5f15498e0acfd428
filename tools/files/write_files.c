/* Arrays to their places. */
#include "text/npy.h"
#include "files/output.h"

int npy_write(const char *path, size_t ndim, const size_t *shape, const char *descr, const void *data, failure *why)
{
    npy_text head;
    FILE *out;
    TRY(npy_header(&head, path, ndim, shape, descr, why));
    TRY(output_open(&out, path, why));
    fwrite(head.text, 1, head.length, out);
    if (head.bytes)
        fwrite(data, 1, head.bytes, out);
    return output_close(out, path, why);
}
