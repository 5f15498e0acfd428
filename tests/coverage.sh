#!/bin/sh
# Which lines of lib/, files/ and tools/ the tests reach: builds with gcov, runs the tests, and lists the files, least covered
# first; *.gcov of each file stays beside the table. usage: sh tests/coverage.sh [DIR [arguments of `meson test`]]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
dir=${1:-$root/build-coverage}
[ $# -eq 0 ] || shift
command -v gcov >/dev/null || { echo "no gcov" >&2; exit 1; }
meson=/usr/bin/meson
[ -x "$meson" ] || meson=meson
[ -f "$dir/build.ninja" ] || CC=gcc "$meson" setup "$dir" "$root" -Db_coverage=true -Doptimization=1 >/dev/null
"$meson" compile -C "$dir" >/dev/null
find "$dir" -name '*.gcda' -delete
[ $# -gt 0 ] || set -- --no-suite install --no-suite abi --no-suite timing
"$meson" test -C "$dir" --no-rebuild "$@" | tail -n 9 || true

# gcov names each file, then "Lines executed:P% of N"; objects of a file that is built twice are added up by taking the best.
rm -rf "$dir/gcov"
mkdir -p "$dir/gcov"
cd "$dir/gcov"
find "$dir/lib" "$dir/files" "$dir/tools" -name '*.gcda' | while read -r data; do
    gcov -p -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk -v root="$root/" '
    /^File / {
        # as the compiler saw it, from the build directory: behind the name of the root, wherever that stands
        file = substr($0, 7, length($0) - 7)
        sub(/^(\.\.\/)+/, "/", file)
        if (index(file, root) == 1) file = substr(file, length(root) + 1); else sub(/^\//, "", file)
    }
    /^Lines executed/ && file ~ /^(lib|files|tools)\// {
        split($0, part, /[:% ]+/)
        if (!(file in percent) || part[3] + 0 > percent[file]) { percent[file] = part[3] + 0; lines[file] = part[5] + 0 }
        file = ""
    }
    END {
        for (f in percent) { printf "%6.1f %% of %5d  %s\n", percent[f], lines[f], f; hit += percent[f] * lines[f] / 100; all += lines[f] }
        printf "%6.1f %% of %5d  in all\n", (all > 0 ? 100 * hit / all : 0), all
    }' | sort -n >"$dir/coverage.txt"
cat "$dir/coverage.txt"
