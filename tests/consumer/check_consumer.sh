#!/bin/sh
# Installs the library alone (no tools, no tests) to a fresh prefix and builds a C and a C++ program against it through
# pkg-config, each shared and static, outside the tree. A build directory of its own is configured for it: that proves
# "any prefix" with the prefix the files really have, which DESTDIR would not. It is the library without the kernels for wide
# registers, so that it is seen that no file but theirs needs them. (Flags as in the build around it: with ccache only what
# differs is compiled.)
# usage: check_consumer.sh SOURCE_ROOT CONSUMER_DIR WERROR CC...
set -u
root=$1 here=$2 werror=$3
shift 3
# The mean was computed independently: 8 x 8 matrix from erfc, power iteration (python, not this library).
answer='sum 1.000000000000 mean 0.458733757992 0.963703744953 0.636359681864'

meson=${MESON:-}
[ -n "$meson" ] || meson=$([ -x /usr/bin/meson ] && echo /usr/bin/meson || command -v meson)
[ -n "$meson" ] || { echo "skipped: no meson"; exit 77; }
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config"; exit 77; }
case "$*" in
*clang*) compilers='clang++ g++' ;;
*) compilers='g++ clang++' ;;
esac
cxx=
for c in $compilers; do
    [ -n "$cxx" ] || ! command -v $c >/dev/null || cxx=$c
done

tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
prefix=$tmp/prefix
bad=0 done=0
fail() {
    echo "FAIL: $*"
    bad=$((bad + 1))
}

# The outer test run must not leak into the inner build.
unset DESTDIR MESON_BUILD_ROOT MESON_SOURCE_ROOT MESON_SUBDIR MESONINTROSPECT NINJA_STATUS LD_LIBRARY_PATH LD_PRELOAD
CC=$* "$meson" setup "$tmp/build" "$root" --prefix="$prefix" --libdir=lib -Dtools=false -Dtests=false -Dbench=false -Davx2=disabled \
    -Dwerror="$werror" \
    >"$tmp/log" 2>&1 &&
    "$meson" compile -C "$tmp/build" >>"$tmp/log" 2>&1 &&
    "$meson" install -C "$tmp/build" --no-rebuild >>"$tmp/log" 2>&1 || {
    cat "$tmp/log"
    echo "FAIL: could not build and install"
    exit 1
}

# --- what was installed
for h in "$root"/include/binnet/*.h; do
    cmp -s "$h" "$prefix/include/binnet/$(basename "$h")" || fail "header $(basename "$h") is not installed"
done
for f in lib/libbinnet.a lib/libbinnet.so lib/libbinnet.so.0 lib/pkgconfig/binnet.pc; do
    [ -e "$prefix/$f" ] || fail "$f is not installed"
done
if command -v objdump >/dev/null; then
    wide=$(objdump -d "$prefix/lib/libbinnet.so" | grep -m1 -E '%[yz]mm') && fail "wide registers without their kernels: $wide"
fi
[ -L "$prefix/lib/libbinnet.so" ] || fail "libbinnet.so is not a link"
(cd "$prefix" && find . ! -type d | grep -vE '^\./(include/binnet/[a-z_]+\.h|lib/libbinnet(-files)?\.(a|so|so\.[0-9.]+)|lib/pkgconfig/binnet(-files)?\.pc|share/.*)$') >"$tmp/odd"
[ ! -s "$tmp/odd" ] || fail "also installed: $(cat "$tmp/odd")"

PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
version=$(sed -n 's/^#define BINNET_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$root/include/binnet/version.h" | paste -sd. -)
[ "$(pkg-config --modversion binnet)" = "$version" ] || fail "pkg-config says version $(pkg-config --modversion binnet)"
case " $(pkg-config --libs binnet) " in
*" -lm "* | *" -lpthread "*) fail "shared linking asks for private libraries: $(pkg-config --libs binnet)" ;;
esac

# consume NAME KIND compiler... : KIND is shared or static
consume() {
    name=$1 kind=$2
    shift 2
    program=$tmp/$name-$kind
    done=$((done + 1))
    if [ "$kind" = static ]; then
        set -- "$@" -static
        flags=$(pkg-config --static --cflags --libs binnet)
    else
        flags=$(pkg-config --cflags --libs binnet)
    fi
    # $flags is a list of words.
    (cd "$tmp" && "$@" -Wall -Wextra -Werror -o "$program" "consumer.$name" $flags) || {
        fail "$name, $kind: does not build with $flags"
        return
    }
    if readelf -d "$program" 2>/dev/null | grep -q 'NEEDED.*libbinnet'; then linked=shared; else linked=static; fi
    [ "$linked" = "$kind" ] || fail "$name: linked $linked, not $kind"
    if [ "$kind" = shared ]; then
        # No path to the library is recorded: the loader's own configuration decides.
        (cd / && "$program") >/dev/null 2>&1 && echo "note: another libbinnet.so.0 is installed on this machine"
        readelf -d "$program" | grep -qE 'RPATH|RUNPATH' && fail "$name: a path was recorded in the program"
        out=$(cd / && LD_LIBRARY_PATH=$prefix/lib "$program") || fail "$name, $kind: failed"
    else
        out=$(cd / && "$program") || fail "$name, $kind: failed"
    fi
    [ "$out" = "$version $answer" ] || fail "$name, $kind: printed '$out', not '$version $answer'"
    echo "$name $kind: $out"
}
cp "$here/consumer.c" "$here/consumer.cpp" "$tmp"
consume c shared "$@" -std=c11
consume c static "$@" -std=c11
# libbinnet-files, where Jansson is: pkg-config names all it needs, shared and static.
if [ -e "$prefix/lib/pkgconfig/binnet-files.pc" ]; then
    cat >"$tmp/reader.c" <<'END'
#include <binnet/binnet.h>
#include <binnet/files.h>
#include <stdio.h>
int main(void)
{
    static const char text[] = "pre,post,weight\na,b,2\nb,a,-1\n";
    binnet_ctx *ctx;
    binnet_network_file *file;
    if (binnet_ctx_new(&ctx) != BINNET_OK || binnet_network_file_parse(ctx, &file, "text", text, sizeof text - 1, NULL) != BINNET_OK)
        return 1;
    printf("%zu %s %s\n", binnet_network_file_neurons(file), binnet_network_file_name(file, 0), binnet_network_file_name(file, 1));
    binnet_network_file_free(file);
    binnet_ctx_free(ctx);
    return 0;
}
END
    for kind in shared static; do
        static=
        [ $kind = shared ] || static=-static
        done=$((done + 1))
        # Words, not one.
        if "$@" -std=c11 $static -o "$tmp/reader-$kind" "$tmp/reader.c" $(pkg-config ${static:+--static} --cflags --libs binnet-files); then
            out=$(cd / && LD_LIBRARY_PATH=$prefix/lib "$tmp/reader-$kind")
            [ "$out" = "2 a b" ] || fail "reader, $kind: printed '$out'"
        else
            fail "reader, $kind: does not build"
        fi
    done
fi
readelf -d "$prefix/lib/libbinnet.so" 2>/dev/null | grep -qE 'RPATH|RUNPATH' && fail "a path was recorded in the library"
if [ -n "$cxx" ]; then
    consume cpp shared $cxx -std=c++17
    consume cpp static $cxx -std=c++17
else
    echo "no C++ compiler: C++ was left out"
fi

# --- and goes away again
ninja -C "$tmp/build" uninstall >"$tmp/log" 2>&1 || { cat "$tmp/log"; fail "uninstall"; }
[ -z "$(find "$prefix" ! -type d)" ] || fail "uninstall leaves $(find "$prefix" ! -type d)"

echo "$done programs, $bad problems"
[ "$bad" -eq 0 ]
