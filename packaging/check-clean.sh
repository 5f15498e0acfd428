#!/bin/sh
# The Debian packages as a stranger makes and gets them. In a Debian that has nothing but what debian/control asks for they are built
# twice, where all differs that reprotest lets differ: path of the sources, order of the files in folders, time, time zone, locale, umask,
# home, user and group, host, kernel's version, PATH, environment, processors and jobs. They must be the same to the byte; in one that lacks even that they are installed, tested and purged, by check-deb.sh and, where it is installed, by
# piuparts. A long run (CLEAN_OPTIONS=nocheck: without the suite of tests in the first build; CLEAN_CFLAGS=-O0: compiled in a quarter
# of the time, for all that is not the compiler's).
# Needs root (or sudo), mmdebstrap or debootstrap; usage: check-clean.sh [FOLDER]     default: ./packages-clean; a second run takes
# the Debian that is there
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
release=bookworm
mkdir -p "${1:-packages-clean}"
out=$(cd "${1:-packages-clean}" && pwd)
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo

if [ ! -e "$out/debian/complete" ]; then
    echo "--- a Debian"
    $as_root rm -rf "$out/debian"
    if command -v mmdebstrap >/dev/null; then
        $as_root mmdebstrap --variant=minbase --include=ca-certificates $release "$out/debian" >"$out/debian.log" 2>&1
    elif command -v debootstrap >/dev/null; then
        $as_root debootstrap --variant=minbase --include=ca-certificates $release "$out/debian" >"$out/debian.log" 2>&1
    else
        echo "skipped: no mmdebstrap, no debootstrap"
        exit 77
    fi || { tail -n 20 "$out/debian.log"; exit 1; }
    $as_root touch "$out/debian/complete"
fi

version=$(sed -n 's/^#define BINNET_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$root/include/binnet/version.h" | paste -sd.)
rm -rf "$out/source" "$out/one" "$out/two"
mkdir -p "$out/source/binnet-$version" "$out/one" "$out/two"
git -C "$root" archive HEAD | tar -x -C "$out/source/binnet-$version"
tar -C "$out/source" --mtime=@0 --owner=0 --group=0 --sort=name -czf "$out/source/binnet_$version.orig.tar.gz" "binnet-$version"
cp -a "$root/packaging/debian" "$out/source/binnet-$version/debian"

cat >"$out/source/build" <<'BUILD'
# build PLACE RESULT USER SORT_OPTION OPTIONS WRAPPER... : inside, whose folders list files by their age
set -eu
place=$1 result=$2 user=$3 order=$4 options=$5
shift 5
mkdir -p "$place"
(cd "$SOURCE" && find . -mindepth 1 | LC_ALL=C sort $order | tar --no-recursion -cf - -T -) | tar -xf - -C "$place"
chown -R "$user:$user" "$place"
cd "$place"/binnet-*/
echo "folder begins with $(find . | head -n 2 | tail -n 1), host $(hostname), user $user, $(nproc) processors, kernel $(uname -r)"
DEB_BUILD_OPTIONS=$options DEB_CFLAGS_APPEND=$CLEAN_CFLAGS setpriv --reuid="$user" --regid="$user" --clear-groups "$@" \
    dpkg-buildpackage -us -uc -b
cp ../*.deb ../*.changes ../*.buildinfo "$result"
BUILD
# inside DEBIAN COMMAND... : with what building needs, and the clock's other hand
inside() {
    sh "$root/packaging/in-root.sh" "$out/debian" --keep "$out/source" --keep "$out/one" --keep "$out/two" \
        env SOURCE="$out/source" CLEAN_CFLAGS="${CLEAN_CFLAGS:-}" sh -euc '
        apt-get -q update
        cd "$SOURCE"/binnet-*
        apt-get -q -y --no-install-recommends build-dep .
        apt-get -q -y --no-install-recommends install dpkg-dev faketime
        "$@"' sh "$@"
}
echo "--- the first build"
inside env LC_ALL=C TZ=UTC sh -c "umask 022; hostname first; exec sh '$out/source/build' /build/first '$out/one' 0 '' 'parallel=2 ${CLEAN_OPTIONS:-}' nice" \
    >"$out/one.log" 2>&1 || { tail -n 40 "$out/one.log"; exit 1; }
echo "--- the second, otherwise"
inside env LC_ALL=C.UTF-8 LANGUAGE=fr:de TZ=GMT-14 HOME=/nonexistent/second USER=second \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin:/nonexistent/programs NONSENSE=second setarch --uname-2.6 taskset -c 0 \
    sh -c "umask 002; hostname second; exec sh '$out/source/build' /srv/else/where/second '$out/two' 1234 -r 'parallel=1 nocheck' \
        faketime '+400 days'" >"$out/two.log" 2>&1 || { tail -n 40 "$out/two.log"; exit 1; }
bad=
for package in "$out"/one/*.deb; do
    if cmp "$package" "$out/two/$(basename "$package")"; then
        echo "the same twice: $(basename "$package")"
    else
        bad=yes
        ! command -v diffoscope >/dev/null || diffoscope "$package" "$out/two/$(basename "$package")" | head -n 100 || true
    fi
done
[ -z "$bad" ] || { echo "FAIL: two builds differ"; exit 1; }

sh "$root/packaging/in-root.sh" "$out/debian" --keep "$out/one" --keep "$root/packaging" sh "$root/packaging/check-deb.sh" "$out/one" "$root/packaging/debian/tests"
if command -v piuparts >/dev/null; then
    echo "--- piuparts"
    $as_root piuparts --existing-chroot="$out/debian" --distribution=$release --mirror='http://deb.debian.org/debian main' \
        --no-eatmydata --warn-on-leftovers-after-purge --log-level=error --log-file="$out/piuparts.log" "$out"/one/*.changes ||
        { tail -n 30 "$out/piuparts.log"; exit 1; }
else
    echo "skipped: no piuparts"
fi
echo "packages are the same twice, and come and go on a clean Debian"
