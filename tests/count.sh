#!/bin/sh
# Adds up the summaries of `meson test` in a log: "N passed, N failed" (skipped tests are neither, and are named).
# usage: count.sh LOG...
cat "$@" | awk '
    /^(Ok|Expected Fail): +[0-9]+/          { passed += $NF }
    /^(Fail|Unexpected Pass|Timeout): +[0-9]+/ { failed += $NF }
    /^Skipped: +[0-9]+/                     { skipped += $NF }
    END {
        if (passed + failed + skipped == 0) failed = 1   # nothing ran at all
        if (skipped > 0) print skipped " skipped"
        print passed + 0 " passed, " failed + 0 " failed"
    }'
