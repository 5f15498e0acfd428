#include "write_network.h"

int network_write(const network *net, const char *path, const char *format, char *lost, size_t lost_size, failure *why)
{
    out_text text = {.failed = 0};
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
