#!/bin/sh
# `binnet ensemble` as a user meets it: figures, files, pictures, messages, exit codes.
# usage: check_ensemble.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

# One neuron that excites itself with probability 1/4 and weight 1, threshold 1/2, no stimulus: silent is always a fixed
# point, active with probability 1/4. Two such neurons without other connections: (5/4)^2 = 1.5625 expected, variance
# E #^2 - (E #)^2 = (7/4)^2 - (25/16)^2 = 0.62109375. No cycles: their states do not change each other.
cat >one.json <<'END'
{"format": "binnet-ensemble 1", "self_connections": true,
 "populations": [{"name": "a", "size": 1, "threshold": 0.5}, {"name": "b", "size": 1, "threshold": 0.5}],
 "orientation": "pre-rows", "probability": [[0.25, 0], [0, 0.25]], "weights": 1}
END
expect 0 '^fixed points +1\.5625 expected' ensemble one.json
expect 0 'variance 0\.621094' ensemble one.json --variance
expect 0 '^cycles of 2 +0 expected' ensemble one.json --cycles 4
expect 0 '^cycles of 8 +0 expected' ensemble one.json --cycles 8
expect 0 '^0\.0625 +1 +-1\.20412 +1 1$' ensemble one.json
# active needs I >= 0.5 without the connection, I >= -0.5 with it, and is always possible for some stimuli: all 4 states
expect 0 '^occurrence +4 states' ensemble one.json --occurrence
# at I = 0.5 active is certain, silent impossible (ties are active); with ties silent the other way round
expect 0 '^fixed points +1 expected' ensemble one.json --stimulus 0.5
expect 0 '^fixed points +1\.5625 expected' ensemble one.json --stimulus 0.5 --tie silent
expect 0 '^fixed points +4 expected' ensemble one.json --stimulus 0.5 --tie keep --threshold 0.5 --top 0
expect 0 '^fixed points +1 expected' ensemble one.json --stimulus a=-1 --stimulus b=-1

# networks drawn: the standard deviation of the number is 0.788, so 400 networks are within 4 * 0.04
expect 0 '^fixed points +1\.5625 +1\.[45]' ensemble one.json --check-samples 400 --seed 7
expect 0 '^states that occur +4 +4 +0 +-' ensemble one.json --check-samples 50 --occurrence
"$binnet" ensemble one.json --check-samples 100 --seed 3 | grep '^fixed' >first
"$binnet" ensemble one.json --check-samples 100 --seed 3 --threads 1 | grep '^fixed' >second
that 'a seed gives the same networks' cmp -s first second

# the orientation: a excites b
printf '{"format": "binnet-ensemble 1", "self_connections": false, "populations": [{"name": "a", "size": 1, "threshold": -1}, {"name": "b", "size": 1, "threshold": 1}], "orientation": "pre-rows", "probability": [[0, 1], [0, 0]], "weights": 2}' >ab.json
expect 0 '^1 +1 +.* 1 1$' ensemble ab.json
sed 's/pre-rows/post-rows/' ab.json >ba.json
expect 0 '^1 +1 +.* 1 0$' ensemble ba.json

# a excites b, b inhibits a, which is driven: one cycle of four states
printf '{"format": "binnet-ensemble 1", "self_connections": false, "populations": [{"name": "a", "size": 1, "threshold": 0.5, "stimulus": 1}, {"name": "b", "size": 1, "threshold": 0.5}], "orientation": "pre-rows", "probability": [[0, 1], [1, 0]], "weights": [[0, 1], [-1, 0]]}' >ring.json
expect 0 '^cycles of 4 +1 expected' ensemble ring.json --cycles 5
expect 0 '^cycles of length 4 +1 +1 +0' ensemble ring.json --cycles 8 --check-samples 5
# which cycles are known for which weights
printf '{"format": "binnet-ensemble 1", "self_connections": false, "populations": [{"name": "a", "size": 5}], "probability": 1, "weights": {"kind": "uniform", "lo": -1, "hi": 1}}' >five.json
expect 0 '^cycles of 2' ensemble five.json --cycles 2
expect 3 'at most 2 states, or 3 candidates' ensemble five.json --cycles 3
expect 0 '^ +[0-9.e+]+ classes of 8 states' ensemble five.json --estimate --cycles 8

# weights that fall slowly simply work; what does not converge says what to do, and doing it helps
two_and_two='{"format": "binnet-ensemble 1", "self_connections": false, "populations": [{"name": "E", "size": SIZE, "threshold": 0.5}, {"name": "I", "size": SIZE, "threshold": 0.5}], "orientation": "pre-rows", "probability": 0.5, "weights": [[ONE, ONE], [TWO, TWO]]}'
wiring() { printf '%s' "$two_and_two" | sed "s/SIZE/$1/g; s/ONE/$2/g; s/TWO/$3/g"; }
gamma() { printf '{"kind": "gamma", "shape": %s, "scale": %s}' "$1" "$2"; }
uniform() { printf '{"kind": "uniform", "lo": %s, "hi": %s}' "$1" "$2"; }
wiring 2 "$(uniform 0 1)" "$(uniform -0.01 0)" >narrow.json
expect 0 '^fixed points .* -?[0-3]\.[0-9]+$' ensemble narrow.json --check-samples 500
for shapes in '2 0.7' '1.5 0.7' '2 1.5'; do
    wiring 2 "$(gamma ${shapes% *} 0.3)" "$(gamma ${shapes#* } -0.2)" >gammas.json
    expect 0 '^fixed points .* -?[0-3]\.[0-9]+$' ensemble gammas.json --check-samples 2000
done
wiring 20 "$(uniform 0 1)" "$(uniform -0.01 0)" >slow.json
expect 1 'not converged.*try --tolerance 1e-09' ensemble slow.json
expect 0 '^fixed points' ensemble slow.json --tolerance 1e-6
# sums of lognormal weights have no closed form; cycles still take seconds
printf '{"format": "binnet-ensemble 1", "self_connections": false, "populations": [{"name": "E", "size": 6, "threshold": 0.5}, {"name": "I", "size": 2, "threshold": 0.5}], "orientation": "pre-rows", "probability": 0.5, "weights": [[{"kind": "lognormal", "mu": -0.7, "sigma": 0.5, "sign": 1}, {"kind": "lognormal", "mu": -0.7, "sigma": 0.5, "sign": 1}], [{"kind": "lognormal", "mu": 0, "sigma": 0.5, "sign": -1}, {"kind": "lognormal", "mu": 0, "sigma": 0.5, "sign": -1}]]}' >lognormal.json
expect 0 '^cycles of length 2 .* -?[0-3]\.[0-9]+$' ensemble lognormal.json --cycles 2 --check-samples 500

# Ctrl-C: a line and code 1, whenever it comes; here while the file is read, and in the midst of a sum
interrupted() {
    what=$1
    shift
    { sleep 2 & } | "$binnet" "$@" >interrupted.out 2>&1 &
    child=$!
    sleep 0.3
    kill -TERM "$child"
    code=0
    wait "$child" || code=$?
    that "$what: code 1" test "$code" -eq 1
    that "$what: a line" grep -q '^binnet: interrupted' interrupted.out
}
interrupted 'stopped while reading' ensemble -
wiring 12 "$(uniform 0 1)" "$(uniform -1 0)" >long.json
interrupted 'stopped in a sum' ensemble long.json --cycles 2

# the shipped example
microcircuit=$source/examples/potjans_diesmann_ensemble.json
expect 0 '^fixed points +0\.4017016' ensemble "$microcircuit" --top 3
expect 0 '^estimate +68040 classes' ensemble "$microcircuit" --estimate --cycles 2
expect 0 '^mean diagram +5 x 5' ensemble "$microcircuit" --diagram --vary L4E=-4:8 --vary L23E=-4:8 --grid 5
expect 0 '^fixed points .* -?[0-3]\.[0-9]+$' ensemble "$microcircuit" --check-samples 200 --top 0
expect 2 'up to 20 neurons' ensemble "$microcircuit" --check-samples 200 --occurrence --vary L4E --top 0

# files
expect 0 'written' ensemble one.json --fixed-points --variance --cycles 2 --occurrence --diagram --vary a=-1:1 --vary b=-1:1 --grid 3 \
    --check-samples 20 -o out1
for table in fixed_points cycles occurrence diagram check; do
    that "out1_$table.csv says its conventions" grep -q '^# class of states' "out1_$table.csv"
    that "out1_$table.csv says the command" grep -q '^# binnet .*ensemble' "out1_$table.csv"
done
that 'the diagram has 9 points' test "$(grep -vc '^#' out1_diagram.csv)" -eq 10
that 'the middle of the diagram' grep -q '^0,0,1.5625$' out1_diagram.csv
expect 0 'written' ensemble one.json --fixed-points --diagram --vary a=-1:1 --grid 3 -o out2 --format json
that 'out2.json holds the figures' grep -q '"expected": 1.5625' out2.json
expect 0 '^written' ensemble one.json -o out3 --format json --occurrence --cycles 2 --check-samples 10
that 'out3.json is JSON' python3 -c 'import json; json.load(open("out3.json"))'
"$binnet" ensemble one.json -q >out 2>&1
that 'quiet is quiet' test ! -s out
if command -v gnuplot >/dev/null; then
    for kind in svg png pdf; do
        expect 0 'written' ensemble one.json --diagram --vary a=-1:1 --vary b=-1:1 --grid 9 --plot picture.$kind
        that "picture.$kind is not empty" test -s picture.$kind
    done
    expect 0 'written' ensemble one.json --diagram --vary a=-1:1 --grid 9 --plot line.svg
    that 'line.svg names its axis' grep -q 'stimulus to a' line.svg
fi

# usage
expect 2 'one ENSEMBLE file, found 0' ensemble
expect 2 "no population 'x'" ensemble one.json --stimulus x=1
expect 2 "no population 'x'" ensemble one.json --occurrence --vary x
expect 2 "'a' twice" ensemble one.json --occurrence --vary a --vary a
expect 2 'needs one or two --vary' ensemble one.json --diagram
expect 2 'LO < HI' ensemble one.json --diagram --vary a=1:1
expect 2 'LO:HI with' ensemble one.json --diagram --vary a
expect 2 'needs --diagram' ensemble one.json --plot picture.svg
expect 2 'expected 2 to 8' ensemble one.json --cycles 9
expect 2 'unknown option' ensemble one.json --noise gaussian:1
expect 2 'needs -o' ensemble one.json --format json
expect 0 'usage' ensemble --help

# bad input
bad_file() {
    text=$1
    shift
    sed "$@" one.json >bad.json
    cmp -s one.json bad.json && echo "FAIL: no change: $*" && bad=$((bad + 1))
    expect 3 "bad\.json.*$text" ensemble bad.json
}
bad_file 'expected "format"' 's/binnet-ensemble 1/binnet-network 1/'
bad_file "unknown key 'weight'" 's/"weights"/"weight"/'
bad_file 'probability\[0\]\[0\]: found 1.25' 's/\[\[0.25/[[1.25/'
bad_file 'probability: found 1 rows' 's/\[\[0.25, 0\], \[0, 0.25\]\]/[[0.25, 0]]/'
bad_file 'orientation: is missing' 's/"orientation": "pre-rows",//'
bad_file "two populations are named 'a'" 's/"b"/"a"/'
bad_file 'size: found 0' 's/"size": 1/"size": 0/'
bad_file 'self_connections' 's/true/1/'
bad_file 'weights.sd: is missing' 's/"weights": 1/"weights": {"kind": "gaussian", "mean": 1}/'
bad_file "unknown key 'sd'" 's/"weights": 1/"weights": {"kind": "constant", "value": 1, "sd": 2}/'
bad_file 'weights.kind: found .normal.' 's/"weights": 1/"weights": {"kind": "normal", "mean": 1}/'
bad_file 'normalisation: found beside' 's/"size": 1,/"size": 1, "normalisation": 2,/;s/"weights": 1/"weights": 1, "normalisation": "n"/'
sed 's/"weights": 1/"weights": {"kind": "gaussian", "mean": 1, "sd": -1}/' one.json >bad.json
expect 3 'par|standard|sd' ensemble bad.json
expect 3 'no_such.json' ensemble no_such.json
: >empty.json
expect 3 'empty.json' ensemble empty.json
expect 4 'memory limit' ensemble "$microcircuit" --memory 1M

# Ctrl-C while networks are drawn
"$binnet" ensemble "$microcircuit" --check-samples 10000000 --top 0 >out 2>&1 &
process=$!
sleep 1
kill -INT $process
wait $process
code=$?
checks=$((checks + 1))
if [ $code -ne 1 ] || ! grep -q 'stopped' out; then
    bad=$((bad + 1))
    echo "FAIL: Ctrl-C gives exit code $code"
    cat out
fi

conclude
