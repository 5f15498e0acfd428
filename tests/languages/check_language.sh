#!/bin/sh
# The package for another language is built against this build, its own checks pass, and its example prints what the C one does.
# Skipped where the language is not there. Nothing is downloaded, nothing written outside the build folder.
# usage: check_language.sh r|rust|octave|julia BUILD_ROOT SOURCE_ROOT LIBRARY_FOLDER API_JSON EXAMPLE
set -u
language=$1 build=$(realpath "$2") source=$(realpath "$3") folder=$(realpath "$4") api=$(realpath "$5") example=$(realpath "$6")
bindings=$source/bindings
export PKG_CONFIG_PATH="$build/meson-uninstalled${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
export LD_LIBRARY_PATH="$folder:$build/files${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export BINNET_API_JSON=$api HOME="${HOME:-/nonexistent}"
unset MALLOC_PERTURB_
# Debian's own before others (rustup, conda) of the same name
PATH=/usr/bin:$PATH
need() {
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || { echo "skipped: no $program"; exit 77; }
    done
}
need pkg-config python3
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
fail() {
    echo "FAIL: $*"
    exit 1
}
logged() { "$@" >"$tmp/log" 2>&1 || { cat "$tmp/log"; fail "$*"; }; }

# snippet HEADING WORD : the lines of docs/languages.md under a heading, from the indented block that begins with the word
snippet() {
    awk -v heading="## $1" -v word="$2" '
        /^## / { in_section = index($0, heading) == 1; block = 0 }
        in_section && /^    / { if (index($0, "    " word) == 1) block = 1; if (block) print substr($0, 5); next }
        { block = 0 }' "$source/docs/languages.md" | grep . || fail "docs/languages.md has no snippet under $1"
}

case $language in
r)
    need R Rscript gcc
    cp -R "$bindings/r" "$tmp/binnet" && mkdir "$tmp/library"
    export R_LIBS="$tmp/library"
    logged R CMD INSTALL --no-byte-compile --library="$tmp/library" "$tmp/binnet"
    ! grep -i 'warning' "$tmp/log" || fail 'warnings'
    logged Rscript --vanilla "$source/tests/languages/checks.R"
    tail -n 1 "$tmp/log"
    snippet R 'library(binnet)' >"$tmp/snippet.R"
    logged Rscript --vanilla "$tmp/snippet.R"
    Rscript --vanilla "$bindings/r/inst/examples/circuit.R" >"$tmp/found" || fail 'the example'
    ;;
rust)
    need cargo rustc
    features=
    pkg-config --exists binnet-files && features='--features files'
    cp -R "$bindings/rust" "$tmp/rust" && cd "$tmp/rust/binnet" || exit 99
    export CARGO_TARGET_DIR="$build/tests/languages/cargo" CARGO_HOME="$tmp/home" RUSTFLAGS='-D warnings'
    # shellcheck disable=SC2086
    logged cargo test --offline --quiet --lib --examples $features
    # shellcheck disable=SC2086
    logged cargo build --offline --quiet --examples $features
    "$CARGO_TARGET_DIR/debug/examples/circuit" >"$tmp/found" || fail 'the example'
    ;;
octave)
    need mkoctfile octave-cli
    logged sh "$bindings/octave/build.sh" "$tmp"
    run() { octave-cli --quiet --no-init-file --no-history --path "$tmp" --path "$bindings/octave" "$1"; }
    logged run "$source/tests/languages/checks.m"
    tail -n 1 "$tmp/log"
    snippet Octave 'addpath' >"$tmp/snippet.m"
    (cd "$source" && logged run "$tmp/snippet.m") || exit 1
    run "$bindings/octave/examples/circuit.m" >"$tmp/found" 2>"$tmp/log" || { cat "$tmp/log"; fail 'the example'; }
    ;;
julia)
    cp -R "$bindings/julia" "$tmp/julia"
    logged python3 "$bindings/julia/generate.py" "$api" "$tmp/julia/src/LibBinnet.jl"
    python3 - "$api" "$tmp/julia/src" <<'PYTHON' || exit 1
# every function, those of libbinnet-files too, with as many types as arguments, every constant; what the module by hand calls is there, with as many arguments
import json, re, sys
api = json.load(open(sys.argv[1], encoding='utf-8'))
for key in ('constants', 'functions'):
    api[key] += api['files'][key]
text = open(sys.argv[2] + '/LibBinnet.jl', encoding='utf-8').read()
calls = {m[0]: (len([t for t in m[1].split(',') if t.strip()]), len([a for a in m[2].split(',') if a.strip()]))
         for m in re.findall(r'ccall\(\(:(\w+), (?:files_)?library\), [^(]*?, \((.*?)\)(.*)\)$', text, re.M)}
wanted = {f['name']: (len(f['parameters']),) * 2 for f in api['functions']}
bad = [n for n in wanted if calls.get(n) != wanted[n]] + [c['name'] for c in api['constants'] if 'const %s =' % c['name'] not in text]
hand = open(sys.argv[2] + '/Binnet.jl', encoding='utf-8').read()
for m in re.finditer(r'LibBinnet\.(\w+)', hand):
    if m.group(1).startswith('binnet_') and m.group(1) not in wanted and 'mutable struct %s ' % m.group(1) not in text:
        bad.append(m.group(1))
    if hand[m.end():m.end() + 1] == '(' and m.group(1) in wanted:
        depth, count, k = 0, 0, m.end()
        while True:
            c = hand[k]
            depth += (c in '([') - (c in ')]')
            count += c == ',' and depth == 1
            if depth == 0:
                break
            k += 1
        count += hand[m.end() + 1:k].strip() != ''
        if count != wanted[m.group(1)][0]:
            bad.append('%s is called with %d arguments' % (m.group(1), count))
print('%d functions, %d constants declared for Julia, %d problems %s' % (len(calls), len(api['constants']), len(bad), bad[:5]))
sys.exit(len(bad) > 0)
PYTHON
    command -v julia >/dev/null 2>&1 || { echo "no julia: its example was not run"; exit 0; }
    export BINNET_LIBRARY="$folder/libbinnet.so.0"
    julia --startup-file=no --project="$tmp/julia" "$tmp/julia/examples/circuit.jl" >"$tmp/found" || fail 'the example'
    ;;
*) exit 99 ;;
esac
"$example" >"$tmp/wanted" || fail "$example"
python3 "$source/tests/languages/compare_circuit.py" "$tmp/wanted" "$tmp/found"
