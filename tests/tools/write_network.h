/* A network of libbinnet-files' inside to its place, for tests of what is read back. */
#ifndef TOOLS_TEST_WRITE_NETWORK_H
#define TOOLS_TEST_WRITE_NETWORK_H

#include "files/network.h"
#include "files/output.h"

int network_write(const network *net, const char *path, const char *format, char *lost, size_t lost_size, failure *why);

#endif
