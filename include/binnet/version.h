/* Version of the headers; Meson reads the three numbers from here. */
#ifndef BINNET_VERSION_H
#define BINNET_VERSION_H

#define BINNET_VERSION_MAJOR 0
#define BINNET_VERSION_MINOR 1
#define BINNET_VERSION_PATCH 0

#endif
