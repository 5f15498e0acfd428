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
    find /bin /boot /etc /home /lib /media /opt /root /sbin /srv /usr /var -xdev \( -path /var/lib/dpkg -o -path /var/lib/apt \
        -o -path /var/cache -o -path /var/log -o -name __pycache__ \) -prune -o -print | LC_ALL=C sort
}

echo "--- installation"
apt-get -q update >"$work/log" 2>&1 || true
needed=$(sed -n 's/^Depends: //p' "$tests/control" | tr ',' '\n' | tr -d ' ' | sort -u)
for name in $names; do needed=$(echo "$needed" | grep -vx "$name" || true); done
files_here >"$work/before"
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

echo "--- installation again, and purge"
# shellcheck disable=SC2086
apt-get -q -y --reinstall install "$packages"/*.deb >>"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
# shellcheck disable=SC2086
dpkg --purge $names >>"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
files_here >"$work/after"
# new, and of no package that came as a dependency; what triggers of others keep up to date is not ours
LC_ALL=C comm -13 "$work/before" "$work/after" >"$work/new"
xargs -d '\n' -a "$work/new" -r dpkg-query -S 2>/dev/null | sed 's/^[^/]*: //' | LC_ALL=C sort -u >"$work/owned"
LC_ALL=C comm -23 "$work/new" "$work/owned" | grep -v -e '^/etc/alternatives/' -e '^/etc/ld.so.cache' >"$work/left" || true
# links of /usr and of update-alternatives
grep -e binnet "$work/new" >>"$work/left" || true
while read -r path; do
    [ -L "$path" ] && case $(readlink "$path") in /etc/alternatives/*) continue ;; esac
    echo "FAIL: left after the purge: $path"
    touch "$work/bad"
done <"$work/left"
LC_ALL=C comm -23 "$work/before" "$work/after" >"$work/lost"
[ ! -s "$work/lost" ] || { echo "FAIL: gone with the purge, and not of these packages:"; head "$work/lost"; touch "$work/bad"; }
[ ! -e "$work/bad" ] || exit 1
echo "nothing is left of them"
