#!/bin/sh
# Puts the sources of the library into a source distribution: all that a static one, and the description, are made of.
# usage: add_library.sh SOURCE_ROOT    (by `meson dist`, which sets MESON_DIST_ROOT)
set -eu
to=$MESON_DIST_ROOT/libbinnet
mkdir -p "$to/bindings"
cd "$1"
cp -R meson.build meson_options.txt COPYING include lib files text pkgconfig "$to"
cp -R bindings/meson.build bindings/api "$to/bindings"
find "$to" -name __pycache__ -prune -exec rm -rf {} +
