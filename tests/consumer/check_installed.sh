#!/bin/sh
# The command, installed into an empty folder, finds the library installed beside it: moved too, and with no word to the
# loader. So do programs that pkg-config builds, and the manual pages and completions are where shells and man look under any
# prefix. The build at hand is installed as it is.
# usage: check_installed.sh BUILD_ROOT SOURCE_ROOT
set -u
build=$1 source=$2
meson=${MESON:-}
[ -n "$meson" ] || meson=$([ -x /usr/bin/meson ] && echo /usr/bin/meson || command -v meson)
[ -n "$meson" ] || { echo "skipped: no meson"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
unset LD_LIBRARY_PATH LD_PRELOAD MESON_BUILD_ROOT MESON_SOURCE_ROOT MESON_SUBDIR MESONINTROSPECT NINJA_STATUS
DESTDIR=$tmp/first "$meson" install -C "$build" --no-rebuild --quiet >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
command=$(find "$tmp/first" -path '*/bin/binnet')
[ -n "$command" ] || { echo "FAIL: the command was not installed"; exit 1; }
case ${command#"$tmp/first"} in
/usr/bin/*) echo "skipped: in the system's folders the loader finds the library"; exit 77 ;;
esac
mv "$tmp/first" "$tmp/second"
command=$tmp/second${command#"$tmp/first"}
bad=0
if readelf -d "$command" | grep -q 'NEEDED.*libbinnet'; then
    ldd "$command" | grep -q "libbinnet.*$tmp/second/" || { echo "FAIL: another library is found:"; ldd "$command"; bad=1; }
fi
(cd / && "$command" --version) || { echo "FAIL: it does not start"; bad=1; }
(cd / && "$command" attractors "$source/examples/pyloric.json" >"$tmp/out") || { echo "FAIL: it does not work"; bad=1; }
# pkg-config, from where the prefix is now
if command -v pkg-config >/dev/null && command -v cc >/dev/null; then
    PKG_CONFIG_PATH=$(dirname "$(find "$tmp/second" -name binnet.pc)")
    export PKG_CONFIG_PATH
    moved=--define-variable=prefix=$(dirname "$(dirname "$command")")
    library=$(pkg-config "$moved" --variable=libdir binnet)
    # shellcheck disable=SC2046
    cc -o "$tmp/program" "$source/examples/stationary.c" $(pkg-config "$moved" --cflags --libs binnet) -lm "-Wl,-rpath,$library" &&
        "$tmp/program" | grep -q residual || { echo "FAIL: pkg-config"; bad=1; }
    [ -f "$(pkg-config "$moved" --variable=pkgdatadir binnet)/binnet-api.json" ] || { echo "FAIL: no binnet-api.json in pkgdatadir"; bad=1; }
fi
share=$(dirname "$(dirname "$command")")/share
for file in bash-completion/completions/binnet zsh/site-functions/_binnet fish/vendor_completions.d/binnet.fish man/man3/binnet_chain_new.3; do
    [ -s "$share/$file" ] || { echo "FAIL: share/$file was not installed"; bad=1; }
done
if command -v man >/dev/null; then
    MANPATH=$share/man man -w 3 binnet_law_mean >/dev/null 2>&1 || { echo "FAIL: man does not find binnet_law_mean"; bad=1; }
    if command -v scdoc >/dev/null; then
        MANPATH=$share/man man -w binnet-stationary >/dev/null 2>&1 || { echo "FAIL: man does not find binnet-stationary"; bad=1; }
    fi
fi
exit $bad
