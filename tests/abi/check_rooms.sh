#!/bin/sh
# Who may include what: a room of lib/ only rooms above it in the list below, and of each only the header named after it
# (chain/chain.h); the helpers at the top are free to all. The same for the rooms of tools/, without the rule for headers.
# usage: check_rooms.sh SOURCE_ROOT
set -u
LC_ALL=C
export LC_ALL

# rooms ROOT TOP : "file:line: why" for every include that is not allowed
rooms() {
    (cd "$1" && find "$2" -name '*.[ch]' | sort | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null) | awk -v top="$2" '
        BEGIN {
            if (top == "lib") {
                # from top to bottom; a room in a room has a line of its own
                n = split("core kernels num model permanent order attractors diagram fixed_points chain stationary law " \
                          "ensemble ensemble/current ensemble/statistics storage approx simulate compare", list)
                for (k = 1; k <= n; k++) place[list[k]] = k
                free["core"] = free["num"] = 1
                own["kernels/kernels.h"] = own["kernels/cdf.h"] = own["kernels/ryser.h"] = 1
            } else {
                # plot, report and sweep know each other: a report has a picture, a picture the figures of the report
                place["text"] = 0; free["text"] = 1; place["files"] = 1; place["settings"] = 2; place["report"] = place["plot"] = place["sweep"] = 3; place["commands"] = 4
                free["files"] = free["settings"] = free["report"] = free["plot"] = 1
            }
        }
        # the longest beginning of a path that is a room
        function room(path,   r) {
            r = path
            while (sub(/\/[^\/]*$/, "", r)) if (r in place) return r
            return ""
        }
        {
            split($0, part, ":")
            file = part[1]; where = file ":" part[2] ": "
            from = room(substr(file, length(top) + 2))
            if (from == "") { print where "in no room; rooms are listed in this check"; next }
            line = $0
            if (match(line, /include[ \t]*<(cblas|lapacke)/) && file !~ /^lib\/num\/dense[^\/]*$/) print where "only num/dense includes BLAS and LAPACK"
            if (match(line, /include[ \t]*<Random123/) && file != "lib/num/random.c") print where "only num/random.c includes Random123"
            if (!match(line, /include[ \t]*"[^"]*"/)) next
            path = substr(line, RSTART, RLENGTH)
            sub(/^include[ \t]*"/, "", path); sub(/"$/, "", path)
            if (path ~ /^binnet\//) next
            to = room(path)
            if (to == "") { print where "\"" path "\" names no room"; next }
            if (to == from) next
            if (place[to] > place[from]) { print where from " is above " to ", which it includes: " path; next }
            # what is one room of the house has no secrets inside
            a = from; b = to; sub(/\/.*/, "", a); sub(/\/.*/, "", b)
            if (top == "lib" && a == b) next
            name = to; sub(/.*\//, "", name)
            if (!(to in free) && !(path in own) && path != to "/" name ".h") print where path " is private to " to
        }'
}

tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

# Does it see what it is here for?
mkdir -p "$tmp/lib/chain" "$tmp/lib/law" "$tmp/lib/attic"
printf '#include "law/law.h"\n#include "num/exact.h"\n#include "model/model.h"\n#include "model/secret.h"\n#include <cblas.h>\n' >"$tmp/lib/chain/a.c"
printf '# include "chain/chain.h"\n#include "chain/steps.h"\n#include "plain.h"\n' >"$tmp/lib/law/b.c"
printf '#include "binnet/net.h"\n' >"$tmp/lib/attic/c.c"
found=$(rooms "$tmp" lib | sed 's/: .*//' | tr '\n' ' ')
[ "$found" = "lib/attic/c.c:1 lib/chain/a.c:1 lib/chain/a.c:4 lib/chain/a.c:5 lib/law/b.c:2 lib/law/b.c:3 " ] || {
    echo "FAIL: this check is blind: $found"
    exit 1
}

# files/ is one room beside the house: it includes itself, text/ and public headers, nothing of the command; text/ itself only. The
# command has files/ and text/ of its own names: what is private to libbinnet-files it does not see.
strangers() {
    (cd "$1" && grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' files/*.[ch] text/*.[ch] /dev/null) | while IFS=: read -r file line text; do
        path=$(printf '%s\n' "$text" | sed 's/^[^"]*"//; s/".*//')
        case $path in
        binnet/*) ;;
        text/*) [ -f "$1/$path" ] || echo "$file:$line: $path is not of text/" ;;
        files/*) [ -f "$1/$path" ] && [ "${file%%/*}" = files ] || echo "$file:$line: $path is not of files/" ;;
        *) echo "$file:$line: \"$path\" is not of ${file%%/*}/" ;;
        esac
    done
}
# secrets ROOT : includes of the command that name a header of libbinnet-files
secrets() {
    (cd "$1" && grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"files/' tools/*/*.[ch] /dev/null) | while IFS=: read -r file line text; do
        path=$(printf '%s\n' "$text" | sed 's/^[^"]*"//; s/".*//')
        [ -f "$1/tools/$path" ] && [ ! -f "$1/$path" ] || echo "$file:$line: $path is private to libbinnet-files; binnet/files.h is not"
    done
}
mkdir "$tmp/files" "$tmp/text" "$tmp/tools" "$tmp/tools/files" "$tmp/tools/plot"
printf '#include "text/b.h"\n#include "files/a.h"\n' >"$tmp/text/b.h"
printf '#include "files/a.h"\n#include "files/mine.h"\n' >"$tmp/tools/plot/c.c"
: >"$tmp/tools/files/mine.h"
printf '#include "files/a.h"\n#include "files/output.h"\n#include "binnet/net.h"\n#include "core/core.h"\n' >"$tmp/files/a.h"
found=$(strangers "$tmp" | sed 's/: .*//' | tr '\n' ' ')
[ "$found$(secrets "$tmp" | sed 's/: .*//')" = "files/a.h:2 files/a.h:4 text/b.h:2 tools/plot/c.c:1" ] || {
    echo "FAIL: this check is blind: $found"
    exit 1
}

{ rooms "$1" lib; rooms "$1" tools; strangers "$1"; secrets "$1"; } >"$tmp/bad"
cat "$tmp/bad"
echo "$(wc -l <"$tmp/bad") includes that are not allowed"
[ ! -s "$tmp/bad" ]
