#!/bin/sh
# The interface of the libraries against the one that was written down: what was there must be there as it was; what is new is
# welcome. What is compared is a library of empty functions made from binnet-api.json, of which the tests `abi` and `api description`
# say that it is what the headers declare and the built libraries export.
# usage: check_baseline.sh compare|write SOURCE_ROOT API_JSON CC...
# After a change that may be one (before 0.1):    sh tests/abi/check_baseline.sh write . build/bindings/binnet-api.json gcc
set -u
for tool in abidiff abidw python3; do
    command -v $tool >/dev/null || { echo "skipped: no $tool (Debian: abigail-tools, python3)"; exit 77; }
done
what=$1 root=$2 api=$3
shift 3
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
bad=0

# make_stub NAME SOURCE MAP CC...
make_stub() {
    name=$1 source=$2 map=$3
    shift 3
    "$@" -std=c11 -g -O0 -w -fPIC -shared -I "$root/include" -Wl,--version-script="$map" -Wl,-soname,"$name.so.0" \
        -o "$tmp/$name.so.0" "$source" || { echo "FAIL: the stub of $name does not compile"; exit 1; }
}
python3 "$root/tests/abi/stub.py" "$api" >"$tmp/core.c" && python3 "$root/tests/abi/stub.py" "$api" files >"$tmp/files.c" || exit 1
make_stub libbinnet "$tmp/core.c" "$root/lib/binnet.map" "$@"
make_stub libbinnet-files "$tmp/files.c" "$root/files/binnet-files.map" "$@"

# compare BASELINE LIBRARY : 0, or 1 with what was changed or removed
compare() {
    abidiff --no-added-syms --no-architecture "$1" "$2" >"$tmp/out"
    [ $? -eq 0 ] || { cat "$tmp/out"; return 1; }
}
for name in libbinnet libbinnet-files; do
    baseline=$root/tests/abi/$name.abi
    if [ "$what" = write ]; then
        abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --no-architecture --type-id-style hash \
            "$tmp/$name.so.0" >"$baseline" || exit 1
        echo "written: $baseline"
    elif compare "$baseline" "$tmp/$name.so.0"; then
        echo "$name: all of the baseline is there"
    else
        echo "FAIL: $name is not what $baseline says"
        bad=1
    fi
done
[ "$what" = compare ] || exit 0

# Does it see a loss, and let an addition pass?
grep -v ' binnet_law_mean(' "$tmp/core.c" >"$tmp/lost.c"
{ cat "$tmp/core.c"; echo 'int binnet_law_new_thing(void) { return 0; }'; } >"$tmp/added.c"
sed 's/binnet_law_mean;/binnet_law_mean; binnet_law_new_thing;/' "$root/lib/binnet.map" >"$tmp/added.map"
for k in lost added; do
    map=$root/lib/binnet.map
    [ $k != added ] || map=$tmp/added.map
    mv "$tmp/libbinnet.so.0" "$tmp/kept"
    make_stub libbinnet "$tmp/$k.c" "$map" "$@"
    mv "$tmp/libbinnet.so.0" "$tmp/$k.so"
    mv "$tmp/kept" "$tmp/libbinnet.so.0"
done
compare "$tmp/libbinnet.so.0" "$tmp/lost.so" >/dev/null && { echo "FAIL: this check does not see a loss"; bad=1; }
compare "$tmp/libbinnet.so.0" "$tmp/added.so" >/dev/null || { echo "FAIL: this check refuses an addition"; bad=1; }
exit $bad
