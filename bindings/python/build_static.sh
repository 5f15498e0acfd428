#!/bin/sh
# Builds the static libraries for an extension that has them inside.
# usage: build_static.sh SOURCE_ROOT EXPAT libbinnet.a [libbinnet-files.a]    EXPAT: enabled or disabled
set -eu
root=$1 expat=$2 output=$3 files=${4:-}
build=$output.build
[ -f "$build/build.ninja" ] ||
    meson setup "$build" "$root" -Dtools=false -Dtests=false -Dbench=false -Dbuildtype=release -Db_pie=false \
        -Dc_args=-fPIC -Dexpat="$expat" -Dfiles="$([ -n "$files" ] && echo enabled || echo disabled)" >"$output.log" 2>&1 ||
    { cat "$output.log" >&2; exit 1; }
ninja -C "$build" lib/libbinnet.a ${files:+files/libbinnet-files.a} >"$output.log" 2>&1 || { cat "$output.log" >&2; exit 1; }
cp "$build/lib/libbinnet.a" "$output"
[ -z "$files" ] || cp "$build/files/libbinnet-files.a" "$files"
