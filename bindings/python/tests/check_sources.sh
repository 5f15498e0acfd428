#!/bin/sh
# What a source distribution has of the library is enough to configure it. (check_wheels.sh makes and runs the packages.)
# usage: check_sources.sh SOURCE_ROOT
set -eu
meson=${MESON:-}
[ -n "$meson" ] || meson=$([ -x /usr/bin/meson ] && echo /usr/bin/meson || command -v meson)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset DESTDIR MESON_BUILD_ROOT MESON_SOURCE_ROOT MESON_SUBDIR MESONINTROSPECT NINJA_STATUS
MESON_DIST_ROOT=$tmp sh "$1/bindings/python/add_library.sh" "$1"
"$meson" setup "$tmp/build" "$tmp/libbinnet" -Dtools=false -Dtests=false -Dbench=false -Dfiles=enabled
