# What the checks of the command share; sourced with $1 = the command, $2 = the sources. Leaves the shell in a folder of
# its own.
set -u
binnet=$(realpath "$1") source=$(realpath "$2")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 99
checks=0 bad=0

# expect CODE TEXT ARGUMENT... : exit code, and an extended regular expression that stdout or stderr must match
expect() {
    code=$1 text=$2
    shift 2
    "$binnet" "$@" >out 2>&1 </dev/null
    got=$?
    checks=$((checks + 1))
    if [ "$got" -ne "$code" ] || ! grep -qE -- "$text" out; then
        bad=$((bad + 1))
        echo "FAIL: binnet $*"
        echo "  exit code $got, expected $code; expected to find: $text"
        sed 's/^/  | /' out | head -n 12
    fi
}

# refuse TEXT ARGUMENT... : a command line that cannot be meant; nothing is printed before the message
refuse() {
    text=$1
    shift
    expect 2 "$text" "$@"
    "$binnet" "$@" 2>err >out </dev/null
    that "binnet $*: nothing is printed before the refusal" [ ! -s out ]
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
