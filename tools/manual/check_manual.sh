#!/bin/sh
# Every command has its page, without a complaint of man's, and every option of it is there; the completions know both.
# usage: check_manual.sh BINNET BUILD_FOLDER pages|''
set -u
binnet=$1 folder=$2 bad=0 checks=0
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
fail() {
    echo "FAIL: $*"
    bad=$((bad + 1))
}
for command in $("$binnet" --help | sed -n 's/^  binnet \([^ ]*\).*/\1/p'); do
    options=$("$binnet" help "$command" | sed -n 's/^  \(-., \)\?\(--[a-z-]*\).*/\2/p')
    [ -n "$options" ] || fail "$command has no options"
    checks=$((checks + $(printf '%s\n' $options | wc -l)))
    printf '%s\n' $options | sort -u >"$tmp/options"
    for file in binnet _binnet binnet.fish ${3:+"binnet-$command.1"}; do
        # fish writes --name as -l name
        sed 's/-l \([a-z]\)/--\1/g; s/\\-/-/g' "$folder/$file" | grep -oE -e '--[a-z-]+' | sort -u >"$tmp/words"
        missing=$(comm -23 "$tmp/options" "$tmp/words")
        [ -z "$missing" ] || fail "$command: $file has no $missing"
    done
    if [ -n "$3" ] && command -v man >/dev/null; then
        said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$folder/binnet-$command.1" 2>&1 >/dev/null)
        [ -z "$said" ] || fail "binnet-$command.1: $said"
    fi
done
if command -v bash >/dev/null; then
    complete() { # WORD... : what bash offers for the last
        bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _binnet; echo "${COMPREPLY[*]}"' _ "$folder/binnet" "$@"
    }
    [ "$(complete binnet stat)" = stationary ] || fail "bash: 'stat' gives '$(complete binnet stat)'"
    [ "$(complete binnet stationary --upd)" = --update ] || fail "bash: '--upd' gives '$(complete binnet stationary --upd)'"
    [ -z "$(complete binnet stationary --update s)" ] || fail "bash: a value of --update is taken for a file"
fi
echo "$checks options, $bad problems"
[ "$checks" -gt 100 ] && [ "$bad" -eq 0 ]
