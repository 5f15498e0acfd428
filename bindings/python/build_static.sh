#!/bin/sh
# Builds the static library for an extension that has it inside.
# usage: build_static.sh SOURCE_ROOT OUTPUT
set -eu
root=$1 output=$2
build=$output.build
[ -f "$build/build.ninja" ] ||
    meson setup "$build" "$root" -Dtools=false -Dtests=false -Dbench=false -Dbuildtype=release -Db_pie=false \
        -Dc_args=-fPIC >"$output.log" 2>&1 || { cat "$output.log" >&2; exit 1; }
ninja -C "$build" lib/libbinnet.a >"$output.log" 2>&1 || { cat "$output.log" >&2; exit 1; }
cp "$build/lib/libbinnet.a" "$output"
