#!/bin/sh
# Every command in the README and the manual that works on a shipped example is run as it stands, and must succeed.
# usage: check_docs.sh BINNET SOURCE_DIR
set -u
binnet=$(realpath "$1") source=$(realpath "$2")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 99
ln -s "$source/examples" examples
mkdir bin && ln -s "$binnet" bin/binnet
PATH=$tmp/bin:$PATH
count=0 bad=0
for page in "$source/README.md" "$source"/docs/*.md; do
    sed -n 's/^    \(binnet .*examples\/.*\)$/\1/p' "$page" >commands
    while IFS= read -r line; do
        case $line in *--plot*) command -v gnuplot >/dev/null || continue ;; esac
        count=$((count + 1))
        if ! sh -c "$line" >out 2>&1 </dev/null; then
            bad=$((bad + 1))
            echo "FAIL: $(basename "$page"): $line"
            sed 's/^/  | /' out | head -n 8
        fi
    done <commands
done
[ "$count" -gt 0 ] || { echo "FAIL: no command was found"; exit 1; }
# the pages that the README names are there
for page in $(grep -o 'docs/[a-z-]*\.md' "$source/README.md" | sort -u); do
    [ -f "$source/$page" ] || { echo "FAIL: the README names $page, which is not there"; bad=$((bad + 1)); }
done
echo "$count commands, $bad problems"
[ "$bad" -eq 0 ]
