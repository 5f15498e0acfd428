#!/bin/sh
# What the command writes: never over what it read, never half a file, with all that repeats it above each table.
# usage: check_output.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

pyloric=$source/examples/pyloric.json
run="--update asynchronous --noise gaussian:0.5"
nothing_left() { [ -z "$(find . -name '.binnet*')" ]; }

# --- files that were read
cp "$pyloric" net.json
ln -s net.json soft.json
ln net.json hard.json
mkdir folder
for name in net soft hard folder/../net "$tmp/net"; do
    expect 2 "$name.json: was read and would be written over" stationary net.json $run -o "$name" --format json
    expect 2 'was read' attractors net.json -o "$name" --format json
    expect 2 'was read' diagram net.json --vary LP -o "$name" --format json
    expect 2 'was read' fixed-points net.json -o "$name" --format json
    expect 2 'was read' convert net.json -o "$name.json"
done
expect 2 'was read' stationary soft.json $run -o hard --format json
cp "$source/examples/potjans_diesmann_ensemble.json" wiring.json
expect 2 'was read' ensemble wiring.json -o wiring --format json --top 1
ln -s net.json picture.svg
expect 2 'picture.svg: was read' stationary net.json $run --plot picture.svg
cp "$source/examples/laws.csv" x_orders.csv
expect 2 'x_orders.csv: was read' order-stats x_orders.csv -o x
that 'laws are as they were' cmp -s x_orders.csv "$source/examples/laws.csv"
"$binnet" convert - --from json -o net.json <net.json >out 2>&1
that 'standard input is a file too' grep -q 'was read' out
# the same with names of neurons, tables of transmitters
printf '1\n2\n' >names.csv
printf '%%%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n2 1 1\n' >two.mtx
expect 2 'names.csv: was read' convert two.mtx --names names.csv -o names.csv --format edges
that 'the network is as it was' cmp -s net.json "$pyloric"
that 'the ensemble is as it was' cmp -s wiring.json "$source/examples/potjans_diesmann_ensemble.json"
that 'the names are as they were' test "$(cat names.csv)" = "1
2"

# --- whole or not at all
expect 0 'written' convert net.json -o other.json
chmod 640 other.json
ln -s other.json link.json
expect 0 'written' convert net.json -o link.json --threshold 7
that 'a link stays one' test -L link.json
that 'and leads to the new file' grep -q '"threshold": 7' other.json
that 'which keeps its permissions' test "$(stat -c %a other.json)" = 640
if [ -w /dev/full ]; then
    expect 1 'could not be written to its end' convert net.json -o /dev/full --format json
fi
# a file that grows beyond the limit: the old one stays
(
    ulimit -f 1
    trap '' XFSZ
    "$binnet" convert net.json --threshold 1 -o other.json --format json >out 2>&1
    echo $? >code
    "$binnet" stationary net.json $run -q -o other --format json >>out 2>&1
    echo $? >>code
)
that 'too large: code 1' test "$(cat code)" = "1
1"
that 'too large: the old file stays' grep -q '"threshold": 7' other.json
that 'no part is left' nothing_left
expect 1 'cannot be written' convert net.json -o no_such_folder/x.json
expect 1 'cannot be written: Is a directory' convert net.json -o folder --format json
if command -v gnuplot >/dev/null; then
    for kind in png svg pdf; do
        expect 1 'no_such_folder/x.*: cannot be written' stationary net.json $run -q --plot no_such_folder/x.$kind
        that "$kind: nothing else on the terminal" test "$(wc -l <out)" -eq 1
    done
    expect 0 'written' stationary net.json $run --plot new.png
    that 'a picture is there' test -s new.png
    that 'no part is left' nothing_left
fi

conclude
