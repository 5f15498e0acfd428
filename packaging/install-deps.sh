#!/bin/sh
# Installs what building needs on Debian 12 (or a relative), as root or through sudo; does nothing when all is there.
# usage: install-deps.sh [--dev] [--more]     --dev: also what .ci/run and the benchmarks need; --more: and what tests use that are
#        skipped without it: the HTML manual, other languages, packages of Debian and RPM, other processors
set -eu
packages='build-essential meson ninja-build pkgconf libjansson-dev libexpat1-dev librandom123-dev libopenblas-dev liblapacke-dev check gnuplot-nox'
more=
for word in "$@"; do
    [ "$word" = --more ] && more=yes
done
if [ -n "$more" ]; then
    packages="$packages mandoc groff-base python3-sphinx python3-myst-parser r-base-core r-cran-matrix rustc cargo octave octave-dev rpm"
    packages="$packages mmdebstrap piuparts diffoscope-minimal lintian"
    packages="$packages qemu-user-static binutils-aarch64-linux-gnu binutils-s390x-linux-gnu"
fi
if [ -n "$more" ] || [ "${1:-}" = --dev ]; then
    packages="$packages ccache clang libclang-rt-14-dev g++ valgrind python3-numpy"
    # the Python package: building, testing, and what it works with
    packages="$packages python3-dev python3-cffi python3-mesonpy python3-pip python3-venv python3-pytest python3-scipy python3-pandas python3-networkx python3-matplotlib python3-mypy"
    # the baseline of the interface
    packages="$packages abigail-tools"
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not Debian: nothing is installed here. Needed, by Debian's names: $packages" >&2
    exit 0
fi
missing=
for p in $packages; do
    case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true) in
    *' ok installed') ;;
    *) missing="$missing $p" ;;
    esac
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing" >&2
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "Not root, and there is no sudo. As root, run: apt-get update && apt-get install$missing" >&2
    exit 1
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >&2 </dev/null ||
    echo "apt-get update failed; trying with the lists that are here" >&2
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing >&2 </dev/null
