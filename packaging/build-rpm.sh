#!/bin/sh
# RPM packages of this tree in a folder, with what is installed here (rpmbuild --nodeps: on Debian too, where it only shows that the
# spec is complete); --check unpacks them side by side, builds the examples against them and runs the command, Python and the pages.
# The tree itself is not touched. usage: build-rpm.sh [--check] [FOLDER]     default: ./packages
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
check=
if [ "${1:-}" = --check ]; then
    check=yes
    shift
fi
mkdir -p "${1:-packages}"
out=$(cd "${1:-packages}" && pwd)
command -v rpmbuild >/dev/null || { echo "rpmbuild is missing; Debian: apt-get install rpm" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^#define BINNET_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$root/include/binnet/version.h" | paste -sd.)
spec=$(sed -n 's/^Version: *//p' "$root/packaging/rpm/binnet.spec")
[ "$version" = "$spec" ] || { echo "binnet.spec says version $spec, version.h $version" >&2; exit 1; }
mkdir -p "$work/tree/binnet-$version" "$work/SOURCES"
if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    git -C "$root" archive HEAD | tar -x -C "$work/tree/binnet-$version"
else
    tar -C "$root" --exclude ./build --exclude ./packages -c . | tar -x -C "$work/tree/binnet-$version"
fi
tar -C "$work/tree" -czf "$work/SOURCES/binnet-$version.tar.gz" "binnet-$version"
html=--without\ html
PATH=/usr/bin:$PATH python3 -c 'import myst_parser, sphinx' 2>/dev/null && html=--with\ html
# shellcheck disable=SC2086
PATH=/usr/bin:$PATH rpmbuild -bb --nodeps $html --define "_topdir $work" "$root/packaging/rpm/binnet.spec"
find "$work/RPMS" -name '*.rpm' -exec cp {} "$out" \;
ls -l "$out"/*.rpm
[ -n "$check" ] || exit 0

echo "--- unpacked side by side"
there=$work/there
mkdir "$there"
for package in "$work"/RPMS/*/*.rpm; do
    rpm2archive - <"$package" | tar -xz -C "$there"
done
library=$(dirname "$(find "$there" -name libbinnet.so)")
export PKG_CONFIG_PATH="$library/pkgconfig" LD_LIBRARY_PATH="$library"
for source in "$there"/usr/share/doc/binnet/examples/*.c; do
    name=$(basename "$source" .c)
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Werror -o "$work/$name" "$source" $(pkg-config "--define-variable=prefix=$there/usr" --cflags --libs binnet) -lm
    (cd "$work" && "./$name" >"$name.out") && test -s "$work/$name.out"
done
# the program of the packages' own test, of libbinnet-files
sed -n '/^cat >circuit.c/,/^C$/p' "$root/packaging/debian/tests/files" | sed '1d;$d' >"$work/circuit.c"
# shellcheck disable=SC2046
cc -std=c11 -Wall -Werror -o "$work/circuit" "$work/circuit.c" $(pkg-config "--define-variable=prefix=$there/usr" --cflags --libs binnet-files)
"$work/circuit" "$there/usr/share/doc/binnet/examples/pyloric.json" | grep AB/PD
"$there/usr/bin/binnet" --version
"$there/usr/bin/binnet" attractors "$there/usr/share/doc/binnet/examples/pyloric.json" | grep AB
package=$(dirname "$(find "$there" -path '*-packages/binnet/__init__.py' -exec dirname {} \;)")
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$package /usr/bin/python3 -c '
import binnet
law = binnet.Network([[0, 2], [-2, 0]], threshold=[0.5, -1]).chain(binnet.gaussian(1.0)).stationary()
assert law.mean.round(4).tolist() == [0.5847, 0.4422], law.mean'
for page in man1/binnet.1 man3/binnet_chain_new.3 man3/binnet_network_file_read.3 man3/binnet.3; do
    test -n "$(find "$there/usr/share/man" -path "*$page*")" || { echo "FAIL: no page $page"; exit 1; }
done
echo "packages are built; examples, command and Python run from them"
