#!/bin/sh
# Debian packages of this tree, unsigned, in a folder; --check lints them, and in a root that is thrown away installs them, runs
# their tests and purges them. Neither the tree nor what is installed here is touched, but what building needs is installed.
# --from takes the objects of a build at hand, whose prefix becomes /usr: not what a distribution builds (no hardening), but all else
# can be tried without compiling. --quick: no suite of tests, no packages of debugging symbols, and with ccache (CC='ccache gcc', or
# found by Meson) what was compiled by an earlier run, wherever that was, is not compiled again.
# usage: build-deb.sh [--check] [--quick] [--from BUILD] [FOLDER]     default: ./packages; DEB_BUILD_OPTIONS as everywhere
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
check='' from='' began=$(date +%s)
while :; do
    case ${1:-} in
    --check) check=yes ;;
    --quick) export DEB_BUILD_OPTIONS="nocheck noautodbgsym ${DEB_BUILD_OPTIONS:-}" ;;
    --from)
        from=$(cd "$2" && pwd)
        shift
        ;;
    *) break ;;
    esac
    shift
done
passed() { echo "--- $1: $(($(date +%s) - began)) s after the start"; }
mkdir -p "${1:-packages}"
out=$(cd "${1:-packages}" && pwd)
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
needed='debhelper dpkg-dev scdoc man-db python3-dev python3-cffi python3-numpy dh-python python3-sphinx python3-myst-parser'
[ -z "$check" ] || needed="$needed lintian"
missing=
for p in $needed; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q ' ok installed' || missing="$missing $p"
done
[ -z "$missing" ] || {
    $as_root apt-get -q update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing
} >&2
sh "$root/packaging/install-deps.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^#define BINNET_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$root/include/binnet/version.h" | paste -sd.)
tree=$work/binnet-$version
mkdir "$tree"
if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    git -C "$root" archive HEAD | tar -x -C "$tree"
else
    tar -C "$root" --exclude ./build --exclude ./packages -c . | tar -x -C "$tree"
fi
tar -C "$work" -czf "$work/binnet_$version.orig.tar.gz" "binnet-$version"
cp -a "$tree/packaging/debian" "$tree/debian"
if [ -n "$from" ]; then
    PATH=/usr/bin:$PATH
    meson configure "$from" -Dprefix=/usr -Dlibdir="lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" -Dpython=true -Dfiles=enabled -Dexpat=enabled \
        -Ddocs="$(case " ${DEB_BUILD_OPTIONS:-} " in *' nodoc '*) echo disabled ;; *) echo enabled ;; esac)"
    meson compile -C "$from"
    sed -i '/^override_dh_auto_/,/^$/d' "$tree/debian/rules"
    printf '%s:\n' override_dh_auto_configure override_dh_auto_build override_dh_auto_test override_dh_auto_clean >>"$tree/debian/rules"
    printf 'override_dh_auto_install:\n\tDESTDIR=$(CURDIR)/debian/tmp meson install -C %s --no-rebuild --quiet\n' "$from" >>"$tree/debian/rules"
fi
(cd "$tree" && dpkg-buildpackage -us -uc -b)
cp "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$out"
ls -l "$out"/*.deb
[ -n "$check" ] || exit 0

passed 'built'
# without the check that runs man on each of 600 pages: the tests of the pages do that (tests/docs)
lintian -X documentation/manual --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs,bogus-mail-host,maintainer-address-malformed,bad-distribution-in-changes-file "$out"/*.changes
passed 'lint-free'
sh "$root/packaging/in-root.sh" / --keep "$out" --keep "$root/packaging" sh "$root/packaging/check-deb.sh" "$out" "$root/packaging/debian/tests"
passed 'installed, tested, purged'
echo "packages are built, lint-free, installed, tested and purged"
