# What .ci/run and .ci/nightly share: counting, logs, builds. Sourced by bash with $root set, in $root.
exec </dev/null
export CI=true LC_ALL=C.UTF-8
# Debian's tools before others (pyenv, conda) of the same name.
export PATH="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/binnet-ci.XXXXXX")
keep_logs=${CI_LOGS:-} # a directory where the logs stay
passed=0 failed=0 skipped=0 began=$SECONDS
timings=()

finish() {
    local status=$?
    trap - EXIT
    [ -z "$keep_logs" ] || { mkdir -p "$keep_logs" && cp "$scratch"/*.log "$keep_logs" 2>/dev/null; } || true
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        echo "stopped early with status $status"
        failed=1
    fi
    count_processor
    rm -rf "$scratch"
    echo
    echo 'by the clock, by the processors'
    printf '%s\n' "${timings[@]:-}"
    printf '%5d s  %5d s  in all\n' $((SECONDS - began)) "$processor"
    [ "$skipped" -eq 0 ] || echo "$skipped tests skipped"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
trap finish EXIT

# count_processor : $processor is what all commands so far took of the processors, in seconds (a subshell would count from 0)
count_processor() {
    times >"$scratch/times"
    processor=$(awk 'NR == 2 { gsub(/[ms]/, " "); printf "%d\n", 60 * $1 + $2 + 60 * $3 + $4 }' "$scratch/times")
}

# run_logged NAME COMMAND... : to the screen and to $log; the command's status.
run_logged() {
    local name=$1 start=$SECONDS status=0 used
    shift
    count_processor
    used=$processor
    echo
    echo "=== $name"
    log=$scratch/${name//[^a-z0-9]/-}.log
    "$@" 2>&1 | tee "$log" || status=$?
    count_processor
    timings+=("$(printf '%5d s  %5d s  %s%s' $((SECONDS - start)) $((processor - used)) "$name" "$([ $status -eq 0 ] || echo '  FAILED')")")
    return $status
}

# step NAME COMMAND... : counts as one.
step() {
    if run_logged "$@"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $1"
        failed=$((failed + 1))
        return 1
    fi
}

# suite NAME COMMAND... : counts as many as the summaries of `meson test` in its output say.
suite() {
    local status=0 line p f s
    run_logged "$@" || status=$?
    line=$(sh tests/count.sh "$log" | tail -n 1)
    read -r p _ f _ <<<"$line"
    s=$(sh tests/count.sh "$log" | sed -n 's/ skipped$//p')
    [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
    [ "$f" -eq 0 ] || echo "FAILED: $1"
}

# Sanitized programs are large, and there are some hundred of them: gold links them in two thirds of the time.
if command -v ld.gold >/dev/null; then
    sanitizer_linker=(CC_LD=gold CXX_LD=gold)
else
    sanitizer_linker=()
fi

# What was compiled once with the same flags, here or by an earlier run on this machine, is not compiled again. A cold cache costs a
# third of the compiling, a tenth in this mode: it is for what is built twice in a run.
cached() { echo "$(command -v ccache || true) $1"; }
export CCACHE_BASEDIR=/ CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1

# configure_and_build DIR OPTION...
configure_and_build() {
    local dir=$scratch/$1
    shift
    "$MESON" setup "$dir" "$root" "$@" && "$MESON" compile -C "$dir"
}

# build_for DIR WANTED UNWANTED TARGET... : in a configured directory, the programs of the tests that are in one of the suites WANTED
# (words; none: all) and in none of UNWANTED; and the targets
build_for() {
    local programs
    programs=$("$MESON" introspect --tests "$scratch/$1" | python3 -c '
import json, os, sys
build, wanted, unwanted = sys.argv[1], set(sys.argv[2].split()), set(sys.argv[3].split())
for test in json.load(sys.stdin):
    suites = {s.split(":")[-1] for s in test["suite"]}
    program = os.path.relpath(test["cmd"][0], build)
    if (suites & wanted or not wanted) and not suites & unwanted and not program.startswith(".."):
        print(program)' "$scratch/$1" "$2" "$3" | sort -u) && ninja -C "$scratch/$1" $programs "${@:4}"
}

# tests_in DIR ARGUMENT... : of `meson test`
tests_in() {
    local dir=$scratch/$1
    shift
    "$MESON" test -C "$dir" --no-rebuild --print-errorlogs "$@"
}

# What the sanitizers are told.
export ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# The parts of the library that stand on the kernel tables, for `meson test`.
with_kernels=(
    --suite kernels --suite num --suite chain --suite stationary
    --suite attractors --suite diagram --suite fixed_points
    --suite permanent --suite order --suite ensemble
)
# Tests of the build itself (exports, installation) and of the pages need no second run under another compiler or table.
without_build_tests=(--no-suite abi --no-suite install --no-suite docs)
# Without those that take five seconds or more, and those that judge times.
short=(--no-suite long --no-suite timing)

# Where an AVX-512 table would be chosen, the AVX2 one is another.
has_avx512() {
    grep -qm1 avx512dq /proc/cpuinfo
}

# configure_asan OPTION... : the fuzz targets too. (What is compiled without optimisation takes half of the time; the library has -O1, see
# lib/meson.build.) asan_tests ARGUMENT... : Check does not fork, which with these sanitizers costs
# five times what the tests do (leaks are looked for at the end of each process).
configure_asan() {
    env "${sanitizer_linker[@]}" CC=clang CXX=clang++ "$MESON" setup "$scratch/asan" "$root" -Dwerror=true \
        -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=0 -Ddebug=false -Dc_args=-g1 -Dfuzz=true "$@"
}
asan_tests() {
    env CK_FORK=no "$MESON" test -C "$scratch/asan" --no-rebuild --print-errorlogs "$@"
}

# valgrind_tests DIR ARGUMENT...
valgrind_tests() {
    local dir=$scratch/$1
    shift
    env CK_FORK=no "$MESON" test -C "$dir" --no-rebuild --print-errorlogs -t 20 \
        --wrap='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite' "$@"
}

# --- the file readers, fed with rubbish: programs of configure_asan
mapfile -t fuzz_targets < <(cd tests && ls */fuzz_*.c 2>/dev/null | sed 's/\.c$//')
# fuzz_one TARGET SECONDS
fuzz_one() {
    local corpus=$scratch/corpus-${1##*/}
    mkdir -p "$corpus"
    # Real files are good beginnings.
    find "$root/examples" "$root/tests/tools" -type f -size -64k \
        \( -name '*.json' -o -name '*.csv' -o -name '*.mtx' -o -name '*.npy' -o -name '*.txt' -o -name '*.graphml' \) -exec cp -n {} "$corpus" \;
    (cd "$scratch" && "asan/tests/$1" -max_total_time="$2" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -verbosity=0 "$corpus")
}
# fuzz_all SECONDS : of each target; two run at a time where there are two processors
fuzz_all() {
    local status=0 target
    local -A pid=()
    for target in "${fuzz_targets[@]}"; do
        fuzz_one "$target" "$1" >"$scratch/fuzz-${target##*/}.log" 2>&1 &
        pid[$target]=$!
        while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do sleep 1; done
    done
    for target in "${fuzz_targets[@]}"; do
        if wait "${pid[$target]}"; then
            echo "$target: $(grep stat::number_of_executed_units "$scratch/fuzz-${target##*/}.log")"
        else
            echo "$target: FAILED"
            tail -n 40 "$scratch/fuzz-${target##*/}.log"
            status=1
        fi
    done
    return $status
}
