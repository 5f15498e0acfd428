#!/bin/sh
# Compiles each public header alone, and twice in one unit, without a warning: C11 and C++17.
# usage: check_headers.sh SOURCE_ROOT CC...
set -u
root=$1
shift
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
bad=0 done=0 cxx=0

# try LANGUAGE-NAME SUFFIX command...
try() {
    suffix=$1
    shift
    for h in "$root"/include/binnet/*.h; do
        name=$(basename "$h")
        printf '#include <binnet/%s>\n#include <binnet/%s>\nint binnet_header_alone;\n' "$name" "$name" >"$tmp/one.$suffix"
        if ! "$@" -Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror -fsyntax-only -I "$root/include" "$tmp/one.$suffix"; then
            echo "FAIL: $name with $*"
            bad=$((bad + 1))
        fi
        done=$((done + 1))
    done
}

try c "$@" -std=c11 -Wstrict-prototypes
for c in gcc clang; do
    [ "$c" != "$1" ] && command -v $c >/dev/null && try c $c -std=c11 -Wstrict-prototypes
done
for c in g++ clang++; do
    command -v $c >/dev/null || continue
    try cc $c -std=c++17 -Wold-style-cast
    cxx=1
done
echo "$done compilations, $bad failed"
[ "$bad" -eq 0 ] || exit 1
[ "$cxx" -eq 1 ] || { echo "skipped C++: no C++ compiler"; exit 77; }
