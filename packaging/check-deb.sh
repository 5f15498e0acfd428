#!/bin/sh
# What packages of binnet do on a machine: they are installed with what they need, the tests that they bring are run as autopkgtest
# would, they are purged, and nothing of them stays. Run by build-deb.sh --check in a root that is thrown away.
# usage: check-deb.sh FOLDER_OF_PACKAGES FOLDER_OF_TESTS
set -eu
packages=$1 tests=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=$(for file in "$packages"/*.deb; do dpkg-deb -f "$file" Package; done)

files_here() {
    find /bin /etc /lib /opt /sbin /usr /var -xdev \( -path /usr/local -o -path /var/lib/dpkg -o -path /var/lib/apt \
        -o -path /var/cache -o -path /var/log -o -name __pycache__ \) -prune -o -print | LC_ALL=C sort
}

echo "--- installation"
apt-get -q update >"$work/log" 2>&1 || true
needed=$(sed -n 's/^Depends: //p' "$tests/control" | tr ',' '\n' | tr -d ' ' | sort -u)
for name in $names; do needed=$(echo "$needed" | grep -vx "$name" || true); done
files_here | grep binnet >"$work/before" || true
# shellcheck disable=SC2086
apt-get -q -y install --no-install-recommends $needed "$packages"/*.deb >>"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
# shellcheck disable=SC2086
dpkg-query -W $names

sed -n 's/^Tests: //p' "$tests/control" | tr ',' ' ' | while read -r list; do
    for test in $list; do
        echo "--- test $test"
        mkdir "$work/$test"
        (cd "$work/$test" && AUTOPKGTEST_TMP=$work/$test sh "$tests/$test") || { echo "FAIL: autopkgtest $test"; exit 1; }
    done
done

# What they need stays, and with it what that makes for itself. So: nothing with their name is left of a first purge, and a second
# installation and purge change nothing at all.
echo "--- purge, installation, purge"
# shellcheck disable=SC2086
dpkg --purge $names >>"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
files_here >"$work/first"
# shellcheck disable=SC2086
dpkg -i "$packages"/*.deb >>"$work/log" 2>&1 && dpkg --purge $names >>"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
files_here >"$work/second"
grep binnet "$work/first" | LC_ALL=C comm -13 "$work/before" - >"$work/left"
LC_ALL=C comm -3 "$work/first" "$work/second" >>"$work/left"
[ ! -s "$work/left" ] || { echo "FAIL: left, or gone, after the purge:"; cat "$work/left"; exit 1; }
echo "nothing is left of them"
