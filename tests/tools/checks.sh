# What the checks of the command share; sourced with $1 = the command, $2 = the sources. Leaves the shell in a folder of
# its own.
set -u
binnet=$(realpath "$1") source=$(realpath "$2")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 99
checks=0 bad=0

# expect CODE TEXT ARGUMENT... : exit code, and an extended regular expression that stdout or stderr must match; what cannot be meant
# or read (codes 2 and 3) is refused before anything is printed
expect() {
    code=$1 text=$2
    shift 2
    "$binnet" "$@" >out 2>err </dev/null
    got=$?
    checks=$((checks + 1))
    if [ -s out ] && { [ "$got" -eq 2 ] || [ "$got" -eq 3 ]; }; then
        bad=$((bad + 1))
        echo "FAIL: binnet $*: printed before the refusal:"
        sed 's/^/  | /' out | head -n 12
    fi
    cat err >>out
    if [ "$got" -ne "$code" ] || ! grep -qE -- "$text" out; then
        bad=$((bad + 1))
        echo "FAIL: binnet $*"
        echo "  exit code $got, expected $code; expected to find: $text"
        sed 's/^/  | /' out | head -n 12
    fi
}

# that DESCRIPTION COMMAND... : must succeed
that() {
    what=$1
    shift
    checks=$((checks + 1))
    if ! "$@"; then
        bad=$((bad + 1))
        echo "FAIL: $what"
    fi
}

# The last line of a check, and its exit code.
conclude() {
    echo "$checks checks, $bad bad"
    [ "$bad" -eq 0 ]
}
