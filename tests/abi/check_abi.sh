#!/bin/sh
# Compares the public headers, the version script and the exports of the built library, and looks for what a library
# that is embedded in other programs may not contain.
# usage: check_abi.sh SOURCE_ROOT SHARED STATIC SOVERSION [files]     files: of libbinnet-files
set -u
LC_ALL=C
export LC_ALL
root=$1 shared=$2 static=$3 soversion=$4
library=libbinnet map=$root/lib/binnet.map inside=bni
headers=$(ls "$root"/include/binnet/*.h | grep -v '/files\.h$')
needed='libc|libm|libpthread|libblas|liblapacke?|ld-linux.*|ld64'
if [ "${5:-}" = files ]; then
    library=libbinnet-files map=$root/files/binnet-files.map inside=bnf headers=$root/include/binnet/files.h
    needed='libc|libm|libjansson|libexpat|libbinnet|ld-linux.*|ld64'
fi

for tool in nm objdump readelf awk; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
bad=0
fail() {
    echo "FAIL: $*"
    bad=$((bad + 1))
}
# Fails with the lines of file $2, if it has any.
none() {
    if [ -s "$2" ]; then
        fail "$1"
        sed 's/^/    /' "$2"
    fi
}

# C text without comments and preprocessor lines, one statement a line.
statements() {
    cat "$@" | awk '
        { text = text $0 "\n" }
        END {
            while ((a = index(text, "/*")) > 0) {
                rest = substr(text, a + 2)
                b = index(rest, "*/")
                text = substr(text, 1, a - 1) " " (b > 0 ? substr(rest, b + 2) : "")
            }
            n = split(text, line, "\n")
            more = 0
            for (k = 1; k <= n; k++) {
                if (more || line[k] ~ /^[ \t]*#/) {
                    more = line[k] ~ /\\$/
                    continue
                }
                printf "%s ", line[k]
            }
            print ""
        }' | sed 's/extern "C" {//g' | tr ';' '\n' | sed 's/^[ }]*//'
}

# --- the headers
# $headers is a list of words.
statements $headers >"$tmp/statements"
grep BINNET_API "$tmp/statements" |
    sed -n 's/^[^(]*[^A-Za-z0-9_]\([a-z][A-Za-z0-9_]*\) *(.*/\1/p' | sort >"$tmp/header"
[ "$(grep -c BINNET_API "$tmp/statements")" -eq "$(wc -l <"$tmp/header")" ] ||
    fail "a BINNET_API declaration could not be read"
uniq -d "$tmp/header" >"$tmp/twice"
none "declared twice" "$tmp/twice"
grep -v '^binnet_' "$tmp/header" >"$tmp/odd"
none "public function outside the binnet_ name space" "$tmp/odd"
grep '(' "$tmp/statements" | grep -vE 'BINNET_API|^ *typedef ' >"$tmp/odd"
none "declared without BINNET_API" "$tmp/odd"
# Types that other languages cannot rely on.
grep -nE '(^|[^A-Za-z_])(enum|bool|_Bool|complex|_Complex|inline|union|long double|wchar_t)([^A-Za-z_]|$)|struct [a-z_]* *\{' \
    "$tmp/statements" >"$tmp/odd"
none "type that has no place in the ABI" "$tmp/odd"
for h in $headers; do
    name=$(basename "$h")
    [ "$name" = binnet.h ] || [ "$name" = files.h ] || grep -q "^#include \"$name\"" "$root/include/binnet/binnet.h" ||
        fail "binnet.h does not include $name"
    grep -q "'binnet/$name'" "$root/include/meson.build" || fail "include/meson.build does not install $name"
done

# --- the version script: name and node of each global
awk '
    { gsub(/\/\*[^*]*\*\//, "") }
    /^[A-Z][A-Z_]*_[0-9.]+ *\{/ { node = $1; sub(/\{.*/, "", node) }
    /global:/ { global = 1; next }
    /local:/ { global = 0 }
    global && NF { for (k = 1; k <= NF; k++) { sub(/;$/, "", $k); if ($k != "") print $k " " node } }
' "$map" | sort >"$tmp/map_nodes"
cut -d' ' -f1 "$tmp/map_nodes" >"$tmp/map"
grep '[*?]' "$tmp/map" >"$tmp/odd"
none "wildcard in the version script" "$tmp/odd"
grep -q '^ *\*;' "$map" || fail "the version script does not hide the rest"

# --- the exports
nm -D --defined-only "$shared" | awk '$2 != "A" { print $3 " " $2 }' | sort >"$tmp/exports"
sed 's/@.*//;s/ .*//' "$tmp/exports" >"$tmp/binary"
grep -v ' T$' "$tmp/exports" >"$tmp/odd"
none "exported, and not a function" "$tmp/odd"
sed 's/ .*//;s/@@*/ /' "$tmp/exports" | sort >"$tmp/binary_nodes"

# Names of file $1 that file $2 lacks.
lacking() {
    comm -23 "$1" "$2" >"$tmp/odd"
    none "$3" "$tmp/odd"
}
lacking "$tmp/header" "$tmp/map" "declared, not in the version script"
lacking "$tmp/map" "$tmp/header" "in the version script, not declared"
lacking "$tmp/header" "$tmp/binary" "declared, not exported"
lacking "$tmp/binary" "$tmp/header" "exported, not declared"
lacking "$tmp/map_nodes" "$tmp/binary_nodes" "not exported under the version of the version script"
[ -s "$tmp/header" ] || fail "no public functions were found"

readelf -d "$shared" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p' >"$tmp/soname"
[ "$(cat "$tmp/soname")" = "$library.so.$soversion" ] ||
    fail "soname is '$(cat "$tmp/soname")', not $library.so.$soversion"
readelf -d "$shared" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE "^($needed)\.so" >"$tmp/odd"
none "needs a library that the pkg-config file does not name" "$tmp/odd"
readelf -d "$shared" | grep -E 'NEEDED.*(openblas|blis|mkl|atlas)' >"$tmp/odd"
none "needs a BLAS by another than its generic name" "$tmp/odd"
readelf -d "$shared" | grep TEXTREL >"$tmp/odd"
none "code that is not position independent" "$tmp/odd"
readelf -Wl "$shared" | grep 'GNU_STACK.*E' | grep -E 'RWE' >"$tmp/odd"
none "executable stack" "$tmp/odd"

# --- the static archive
nm -g --defined-only "$static" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$tmp/archive"
[ -s "$tmp/archive" ] || fail "the static archive has no symbols"
grep -vE "^(binnet|$inside)_|^__x86[._]" "$tmp/archive" >"$tmp/odd"
none "global symbol of the static archive outside binnet_ and ${inside}_" "$tmp/odd"
lacking "$tmp/header" "$tmp/archive" "declared, not in the static archive"

# --- what it must not call
forbidden='v?f?printf|v?dprintf|puts|fputs|putchar|putc|fputc|fwrite|write|perror|psignal|syslog|std(in|out|err)'
forbidden="$forbidden|abort|_?exit|_Exit|quick_exit|atexit|on_exit|__assert(_fail|_perror_fail)?|err|errx|warn|warnx"
forbidden="$forbidden|(_|sig)?longjmp|__(sig)?longjmp_chk|_?setjmp|__sigsetjmp|signal|sigaction|raise|kill"
forbidden="$forbidden|__(v?f?printf|v?dprintf|syslog|fwrite|fputs)_chk|__fortify_fail"
forbidden="$forbidden|fe(setround|setenv|enableexcept|disableexcept|holdexcept|updateenv|clearexcept|raiseexcept)"
forbidden="$forbidden|rand|srand|random|srandom|drand48|srand48|setlocale|setenv|putenv|system|popen|fork|exec[a-z]+"
# glibc's qsort allocates past the ctx; core/sort.c does not.
forbidden="$forbidden|qsort|qsort_r|bsearch|tsearch|hsearch|hcreate"
# Of LAPACKE only what takes its memory from the caller (_work); the number of BLAS threads belongs to the program.
forbidden="$forbidden|fopen|open|LAPACKE_[a-z0-9]+|(open|goto_)?blas_set.*|bli_thread_set.*|mkl_set.*"
# libbinnet-files opens and writes files, and sorts what it reads by qsort.
[ "$library" = libbinnet ] || forbidden=$(printf '%s' "$forbidden" | sed 's/|fopen|open|/|/; s/|fwrite|write|/|/; s/|std(in|out|err)/|std(out|err)/; s/|qsort|/|/')
nm -D --undefined-only "$shared" | awk '{ print $NF }' | sed 's/@.*//' | grep -xE "$forbidden" >"$tmp/odd"
none "the library may not call" "$tmp/odd"
nm -g --undefined-only "$static" 2>/dev/null | awk 'NF == 2 { print $2 }' | grep -xE "$forbidden" | sort -u >"$tmp/odd"
none "the static library may not call" "$tmp/odd"
# Everything is allocated through the ctx; only core/ctx.c knows malloc.
nm -A -g --undefined-only "$static" 2>/dev/null |
    awk '$NF ~ /^(malloc|calloc|realloc|free|aligned_alloc|posix_memalign|memalign|strdup|mmap|sbrk)$/' |
    grep -vE 'core_ctx\.c\.o|[:/]memory\.c\.o|p_memory\.c\.o|text_memory\.c\.o' >"$tmp/odd"
none "allocates past the ctx" "$tmp/odd"

# --- no state but the kernel table: symbols of writable sections (relocated constants are not writable when it runs)
allowed='chosen'
objdump -t "$static" 2>/dev/null | awk '
    /^[0-9a-f]+ / {
        section = ""
        for (k = 2; k <= NF; k++)
            if ($k ~ /^(\.data|\.bss|\.tdata|\.tbss|\.ldata|\.lbss|\*COM\*)/) section = $k
        if (section != "" && section !~ /^\.data\.rel\.ro/ && $NF !~ /^\./) print $NF " " section
    }' | sed 's/\.[0-9]* / /' | grep -vE "^($allowed) " >"$tmp/odd"
none "writable global data" "$tmp/odd"

# --- nor does it change how the processor rounds
case $(readelf -h "$shared" | sed -n 's/.*Machine: *//p') in
*X86-64* | *80386*)
    objdump -d --no-show-raw-insn "$shared" | grep -E '[[:space:]](v?ldmxcsr|fldcw|fldenv|fninit|fnstenv|fxrstor)' >"$tmp/odd"
    none "changes the floating-point state" "$tmp/odd"
    ;;
esac

echo "$(wc -l <"$tmp/header") public functions, $bad problems"
[ "$bad" -eq 0 ]
