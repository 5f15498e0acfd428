#!/bin/sh
# Names inside of lib/: no static function has its name twice, none is called by a bare verb, every external one begins with
# binnet_ or bni_.  usage: check_names.sh SOURCE_ROOT BUILT_LIBRARY.a ...
set -u
LC_ALL=C
export LC_ALL

# Bare verbs: what does it run, fill, check?
verbs="advance build check choose clear decide divide extend fill find finish gather join look make measure meet merge mix narrow
place plan prepare put reach run search settle solve split walk work"

# "name file" of each static function; the kernels of one instruction set mirror those of the others and are left out.
statics() {
    (cd "$1" && find lib -name '*.[ch]' ! -path 'lib/kernels/*' | sort |
        xargs sed -nE '1F; s/^static ([^=;({]*[ *])?([A-Za-z_][A-Za-z_0-9]*)\(.*/\2/p' -s |
        awk '/\// { file = $0; next } { print $0, file }' | sort -u | sort -k 2)
}

# bad_names ROOT ALLOWED : what is wrong, but for what may still be so
bad_names() {
    statics "$1" | awk -v verbs="$verbs" -v allowed="$2" '
        BEGIN {
            n = split(verbs, v); for (k = 1; k <= n; k++) verb[v[k]] = 1
            n = split(allowed, a); for (k = 1; k <= n; k++) ok[a[k]] = 1
        }
        {
            if (($1 in verb) && !($1 in ok)) print $2 ": " $1 "(): of what?"
            if ($1 in seen) { if (!($1 in ok)) print $2 ": " $1 "() is a function of " seen[$1] ", too" }
            else seen[$1] = $2
        }'
}

tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

# Does it see what it is here for?
mkdir -p "$tmp/lib/chain" "$tmp/lib/law" "$tmp/lib/kernels"
printf 'static int twice(void)\n{\n}\nstatic inline double *once(int a,\n    int b)\n{\n}\nstatic const int x = 3;\n' >"$tmp/lib/chain/a.c"
printf 'static void twice(int a)\n{\n}\nstatic void run(void)\n{\n}\nstatic int fine;\n' >"$tmp/lib/law/b.c"
printf 'static int twice(void)\n{\n}\n' >"$tmp/lib/kernels/c.c"
[ "$(bad_names "$tmp" "" | sed 's/: .*//' | tr '\n' ' ')" = "lib/law/b.c lib/law/b.c " ] && [ -z "$(bad_names "$tmp" "twice run")" ] || {
    echo "FAIL: this check is blind"
    exit 1
}

source=$1
shift
bad_names "$source" "" >"$tmp/bad"
for library in "$@"; do
    nm -g --defined-only "$library" 2>/dev/null | awk 'NF == 3 && $3 !~ /^(binnet_|bni_|BINNET_)/ { print "external: " $3 }' >>"$tmp/bad"
    nm -g --defined-only "$library" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort | uniq -d | sed 's/^/twice: /' >>"$tmp/bad"
done
cat "$tmp/bad"
echo "$(wc -l <"$tmp/bad") names to mend"
[ ! -s "$tmp/bad" ]
