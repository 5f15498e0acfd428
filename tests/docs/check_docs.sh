#!/bin/sh
# Every command in the README and the manual that works on a shipped example is run as it stands, and must succeed. In the
# tutorial the lines that stand below a command are in what it says, blanks apart.
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
# shown PAGE: "command<tab>line" for each line of output that the page shows
shown() {
    awk '/^    binnet .*examples\// { command = substr($0, 5); next }
        /^    / && command != "" && !/^    (>>>|[.][.][.])/ { print command "\t" $0; next }
        { command = "" }' "$1"
}
lines=0
shown "$source/docs/tutorial.md" >shown
while IFS='	' read -r command line; do
    lines=$((lines + 1))
    if [ "$command" != "${last:-}" ]; then
        sh -c "$command" 2>/dev/null </dev/null | tr -s ' ' >said
        last=$command
    fi
    grep -qF -- "$(printf '%s\n' "$line" | sed 's/^ *//; s/ *$//' | tr -s ' ')" said || {
        echo "FAIL: tutorial.md: $command does not say: $line"
        bad=$((bad + 1))
    }
done <shown
[ "$lines" -gt 20 ] || { echo "FAIL: the tutorial shows $lines lines"; bad=$((bad + 1)); }
[ "$count" -gt 0 ] || { echo "FAIL: no command was found"; exit 1; }
# the pages that the README names are there
for page in $(grep -o 'docs/[a-z-]*\.md' "$source/README.md" | sort -u); do
    [ -f "$source/$page" ] || { echo "FAIL: the README names $page, which is not there"; bad=$((bad + 1)); }
done
echo "$count commands, $lines lines of their output, $bad problems"
[ "$bad" -eq 0 ]
