#!/bin/sh
# Builds binnet_mex for Octave (MKOCTFILE, default mkoctfile) in a folder, by default here; PKG_CONFIG_PATH tells where libbinnet is.
# MATLAB: mex binnet_mex.c $(pkg-config --cflags --libs binnet)
# usage: build.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "${1:-$here}" && pwd)
# shellcheck disable=SC2046
cd "$folder" && "${MKOCTFILE:-mkoctfile}" --mex -o binnet_mex.mex "$here/binnet_mex.c" $(pkg-config --cflags --libs binnet)
