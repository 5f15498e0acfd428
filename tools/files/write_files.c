/* Networks and arrays to their places. */
#include "files/npy.h"
#include "files/output.h"

int network_write(const network *net, const char *path, const char *format, char *lost, size_t lost_size, failure *why)
{
    out_text text;
    FILE *out;
    TRY(network_print(&text, net, path, format, lost, lost_size, why));
    int code = output_open(&out, path, why);
    if (code == EXIT_DONE) {
        fwrite(text.text, 1, text.length, out);
        code = output_close(out, path, why);
    }
    out_free(&text);
    return code;
}

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
