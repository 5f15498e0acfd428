#!/bin/sh
# From a fresh Debian 12 to passed tests: installs what is missing, builds, runs every test.
# The last line is "N passed, N failed". usage: sh tests/run.sh [arguments of `meson test`]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
log=$(mktemp)
trap 'rm -f "$log" "$log.failed"' EXIT
{
    sh "$root/packaging/install-deps.sh" && . "$root/packaging/build.sh" && bring_up
} </dev/null || {
    echo "the build failed; no test ran" >&2
    echo "0 passed, 1 failed"
    exit 1
}

# The status of the tests, not of tee.
{ "$MESON" test -C "$build" --no-rebuild --print-errorlogs "$@" </dev/null 2>&1 || : >"$log.failed"; } | tee "$log"
sh "$root/tests/count.sh" "$log"
[ ! -e "$log.failed" ]
