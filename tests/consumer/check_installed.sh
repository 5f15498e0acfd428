#!/bin/sh
# The command, installed into an empty folder, finds the library installed beside it: moved too, and with no word to the
# loader. The build at hand is installed as it is.
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
exit $bad
