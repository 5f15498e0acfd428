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
count=0 bad=0 lines=0
# what the tutorial shows of the output: "command<tab>line"
awk '/^    binnet .*examples\// { command = substr($0, 5); next }
    /^    / && command != "" && !/^    (>>>|[.][.][.])/ { print command "\t" $0; next }
    { command = "" }' "$source/docs/tutorial.md" >shown
# shows COMMAND : are the lines shown below it in `out`?
shows() {
    tr -s ' ' <out >said
    awk -F '\t' -v command="$1" '$1 == command { gsub(/^ +| +$/, "", $2); gsub(/ +/, " ", $2); print $2 }' shown >wanted
    while IFS= read -r wanted; do
        lines=$((lines + 1))
        grep -qF -- "$wanted" said || { echo "FAIL: tutorial.md: $1 does not say: $wanted"; bad=$((bad + 1)); }
    done <wanted
}
: >seen
for page in "$source/docs/tutorial.md" "$source/README.md" "$source"/docs/*.md; do
    sed -n 's/^    \(binnet .*examples\/.*\)$/\1/p' "$page" >commands
    while IFS= read -r line; do
        case $line in *--plot*) command -v gnuplot >/dev/null || continue ;; esac
        grep -qxF -- "$line" seen && continue # two pages may show the same
        printf '%s\n' "$line" >>seen
        count=$((count + 1))
        if ! sh -c "$line" >out 2>&1 </dev/null; then
            bad=$((bad + 1))
            echo "FAIL: $(basename "$page"): $line"
            sed 's/^/  | /' out | head -n 8
        elif [ "${page##*/}" = tutorial.md ]; then
            shows "$line"
        fi
    done <commands
done
[ "$lines" -gt 20 ] || ! command -v gnuplot >/dev/null || { echo "FAIL: the tutorial shows $lines lines"; bad=$((bad + 1)); }
[ "$count" -gt 0 ] || { echo "FAIL: no command was found"; exit 1; }
# the pages that the README names are there
for page in $(grep -o 'docs/[a-z-]*\.md' "$source/README.md" | sort -u); do
    [ -f "$source/$page" ] || { echo "FAIL: the README names $page, which is not there"; bad=$((bad + 1)); }
done
echo "$count commands, $lines lines of their output, $bad problems"
[ "$bad" -eq 0 ]
