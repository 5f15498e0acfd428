#!/bin/sh
# BoolNet (R) on the .bnet files that `binnet convert` writes: the same attractors, periods and basins as `binnet attractors`.
# usage: check_boolnet.sh BINNET
set -u
LC_ALL=C
export LC_ALL
binnet=$(realpath "$1")
command -v R >/dev/null && R --vanilla --slave -e 'library(BoolNet)' >/dev/null 2>&1 ||
    { echo "skipped: no R with BoolNet (Debian: r-cran-boolnet)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 99
bad=0 done=0
for seed in 1 2 3 4 5 6; do
    # eight neurons, weights -3 .. 3, ties everywhere
    awk -v seed=$seed 'BEGIN {
        srand(seed)
        printf "post\\pre"
        for (j = 1; j <= 8; j++) printf ",g%d", j
        print ""
        for (i = 1; i <= 8; i++) {
            printf "g%d", i
            for (j = 1; j <= 8; j++) printf ",%d", rand() < 0.8 ? int(7 * rand()) - 3 : 0
            print ""
        }
    }' >net.csv
    tie=$(echo active silent keep | cut -d' ' -f$((seed % 3 + 1)))
    "$binnet" convert net.csv -o net.bnet --tie $tie --threshold 0.5 -q 2>/dev/null || { echo "FAIL: convert"; exit 1; }
    # BoolNet leaves genes without inputs as they are and counts fewer states
    grep -qE ', [01]$' net.bnet && continue
    "$binnet" attractors net.csv --tie $tie --threshold 0.5 --update synchronous -q -o ours || exit 1
    awk -F, '/^#/ { next } !seen++ { for (k = 1; k <= NF; k++) column[$k] = k; next } { print $column["period"], $column["basin"] }' \
        ours_attractors.csv | sort -n >ours
    R --vanilla --slave -e '
        library(BoolNet)
        a <- getAttractors(loadNetwork("net.bnet"), type = "synchronous", method = "exhaustive")$attractors
        for (k in a) cat(ncol(k$involvedStates), k$basinSize, "\n")' 2>/dev/null | sed 's/ *$//' | sort -n >theirs
    done=$((done + 1))
    cmp -s ours theirs || { echo "FAIL: seed $seed"; diff ours theirs; bad=1; }
done
echo "$done networks"
[ "$bad" -eq 0 ] && [ "$done" -ge 2 ]
