#!/bin/sh
# Builds binnet_mex for Octave (MKOCTFILE, default mkoctfile) in a folder, by default here; PKG_CONFIG_PATH tells where libbinnet is.
# MATLAB: mex -DWITH_FILES binnet_mex.c $(pkg-config --cflags --libs binnet-files), or without files mex binnet_mex.c and those of binnet
# usage: build.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "${1:-$here}" && pwd)
# binnet.read_network needs libbinnet-files; without it everything else works
library=binnet flags=
if pkg-config --exists binnet-files; then
    library=binnet-files flags=-DWITH_FILES
fi
# shellcheck disable=SC2046,SC2086
cd "$folder" && "${MKOCTFILE:-mkoctfile}" --mex $flags -o binnet_mex.mex "$here/binnet_mex.c" $(pkg-config --cflags --libs $library)
