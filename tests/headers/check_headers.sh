#!/bin/sh
# Compiles each public header alone, and twice in one unit, without a warning: C11. Then, as C11 and C++17 with every compiler there is,
# all of them after <complex.h>, and after short macros such as systems' headers define.
# usage: check_headers.sh SOURCE_ROOT CC...
set -u
root=$1
shift
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
bad=0 done=0 cxx=0

# From windows.h, rpcndr.h, <complex.h>, <math.h>, <sys/sysmacros.h> on one system or another; whatever uses them breaks.
for m in min max J0 J1 y0 I small near far interface IN OUT ERROR hyper major minor unix linux pascal cdecl; do
    printf '#undef %s\n#define %s 0 0\n' "$m" "$m"
done >"$tmp/macros.h"

warnings='-Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror'

# each_alone command...
each_alone() {
    for h in "$root"/include/binnet/*.h; do
        name=$(basename "$h")
        printf '#include <binnet/%s>\n#include <binnet/%s>\nint binnet_header_alone;\n' "$name" "$name" >"$tmp/one.c"
        if ! "$@" $warnings -fsyntax-only -I "$root/include" "$tmp/one.c"; then
            echo "FAIL: $name with $*"
            bad=$((bad + 1))
        fi
        done=$((done + 1))
    done
}

# together SUFFIX command...
together() {
    suffix=$1
    shift
    for before in '<complex.h>' '"macros.h"'; do
        { # the standard's own headers are not ours to protect
            printf '#include <stddef.h>\n#include <stdint.h>\n#include %s\n' "$before"
            for h in "$root"/include/binnet/*.h; do
                printf '#include <binnet/%s>\n' "$(basename "$h")"
            done
            echo 'int binnet_header_alone;'
        } >"$tmp/one.$suffix"
        if ! "$@" $warnings -fsyntax-only -I "$root/include" -I "$tmp" "$tmp/one.$suffix"; then
            echo "FAIL: all headers after $before with $*"
            bad=$((bad + 1))
        fi
        done=$((done + 1))
    done
}

each_alone "$@" -std=c11 -Wstrict-prototypes
for c in gcc clang; do
    command -v $c >/dev/null && together c $c -std=c11 -Wstrict-prototypes
done
for c in g++ clang++; do
    command -v $c >/dev/null || continue
    together cc $c -std=c++17 -Wold-style-cast
    cxx=1
done
echo "$done compilations, $bad failed"
[ "$bad" -eq 0 ] || exit 1
[ "$cxx" -eq 1 ] || { echo "skipped C++: no C++ compiler"; exit 77; }
