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
# several tables are a set: where the last finds no room, the first stay too
awk 'BEGIN { print "pre,post,weight"; for (k = 0; k < 8; k++) print "n" k ",n" (k + 1) % 8 ",1" }' >eight.csv
expect 0 'set_states.csv' stationary eight.csv $run --threshold 0.5 --top 256 -o set
expect 0 'other_neurons.csv' stationary eight.csv $run --threshold 0.75 --top 256 -o other
(
    ulimit -f 12 # blocks of 512 or 1024 bytes: room for all tables but the last
    trap '' XFSZ
    "$binnet" stationary eight.csv $run --threshold 0.75 --top 256 -q -o set >out 2>&1
    echo $? >code
)
that 'no room for the last table: code 1' test "$(cat code)" = 1
that 'no room for the last table: the first stay' sh -c 'grep -q "threshold.*0.5" set_neurons.csv && ! cmp -s set_neurons.csv other_neurons.csv'
that 'no room for the last table: no part is left' nothing_left
# ended while it writes (81 million numbers take seconds): the old file stays, and nothing beside it
awk 'BEGIN { print "pre,post,weight"; for (k = 0; k < 9000; k++) print "n" k ",n" (k + 1) % 9000 ",1" }' >ring.csv
echo old >long.csv
"$binnet" convert ring.csv -o long.csv >out 2>&1 &
pid=$!
tries=0
while nothing_left && [ $tries -lt 500 ]; do
    sleep 0.01
    tries=$((tries + 1))
done
kill -TERM $pid
wait $pid
that 'ended: code 1' test $? -eq 1
that 'ended: a line' grep -q 'interrupted' out
that 'ended: the old file stays' test "$(cat long.csv)" = old
that 'ended: no part is left' nothing_left
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

# --- whoever has a table can repeat it
says() { that "$2 says: $1" grep -qxF -- "# $1" "$2"; }
expect 0 'written' stationary net.json --update sweep --noise student_t:0.5:3 --threshold 1 --stimulus LP=0.25 \
    --normalise indegree --tolerance 1e-10 --method gth --max-iterations 77 -o st
for table in neurons covariance correlation states; do
    says 'thresholds theta: 1 for all' st_$table.csv
    says 'stimuli I: AB/PD 1.2, LP 0.25, PY 1.2' st_$table.csv
    says 'normalisation M: AB/PD 1, LP 2, PY 2' st_$table.csv
    says 'noise student_t, 3 degrees of freedom, scale: 0.5 for all' st_$table.csv
    says 'asked for: method gth, at most 77 steps, tolerance 1e-10' st_$table.csv
    that "st_$table.csv says version and command" grep -qE '^# binnet [0-9.]+ .*--noise student_t:0.5:3' st_$table.csv
done
sed 's/"noise": {[^}]*}/"noise": {"kind": "laplace", "scale": [0.5, 1, 2]}/' net.json >scales.json
expect 0 'written' stationary scales.json -o sc
says 'noise laplace, scale: AB/PD 0.5, LP 1, PY 2' sc_states.csv
expect 0 'written' stationary scales.json -o sc --format json --class 0 --stimulus PY=3
tr -d ' \n' <sc.json >flat
that 'JSON has the stimuli' grep -q '"stimuli":\[1.2,1.2,3.0\]' flat
that 'JSON has the class' grep -q '"recurrent_class":0' flat
expect 0 'written' attractors net.json -o at --threshold LP=-2
expect 0 'written' diagram net.json --vary LP -o di --threshold LP=-2
expect 0 'written' fixed-points net.json -o fp --threshold LP=-2
for table in at_attractors at_states at_ties di_boxes di_regions di_bifurcations fp_fixed_points; do
    says 'thresholds theta: AB/PD 0, LP -2, PY 0' $table.csv
    says 'stimuli I: 1.2 for all' $table.csv
done
expect 0 'written' ensemble wiring.json -o en --threshold 3 --top 1
that 'en_fixed_points.csv says its thresholds' grep -qE '^# thresholds theta: L23E 3, ' en_fixed_points.csv

# --- 0/1 strings stay text in readers that guess types
that 'st_states.csv' grep -qE '^1,b100,' st_states.csv
that 'at_states.csv' grep -qE ',b[01]{3},' at_states.csv
that 'di_boxes.csv' grep -qE ',b[01]{3},' di_boxes.csv
that 'fp_fixed_points.csv' grep -qE ',b[01]{3},' fp_fixed_points.csv
that 'no bare string' test -z "$(grep -hE '^[^#].*,[01]{3},' ./*.csv)"

# --- the update rule of a file that asks for another
expect 0 '^update +synchronous, although the file says asynchronous' diagram net.json --vary LP
for table in boxes regions bifurcations; do
    that "di_$table.csv says it too" grep -q '^# update: synchronous, although the file says asynchronous' di_$table.csv
done
expect 0 'written' diagram net.json --vary LP --vary PY -o plane
that 'corners too' grep -q '^# update: synchronous, although' plane_corners.csv
expect 0 'written' diagram net.json --vary LP -o di --format json
that 'JSON too' grep -q 'update: synchronous, although' di.json
sed 's/"update": "asynchronous"/"update": "sweep"/' net.json >sweep.json
expect 0 '^update +synchronous \(the file says sweep\)' attractors sweep.json -o sw
that 'sw_states.csv says it too' grep -q '^# update: synchronous (the file says sweep)' sw_states.csv
# two cycles may go through one state: they are told apart by number
printf 'pre\\post,a,b\na,0,-1\nb,-1,0\n' >flip.csv
expect 0 '\+ 1, cycle 0 0\(T=2\)' diagram flip.csv --vary a --stimulus b=0.5

# --- what was read is said, quiet or not
printf 'pre,post,weight,nt,guessed_sign\na,b,2,GABA,-\nb,a,1,ACh,+\n' >forgotten.csv
expect 0 'columns not used: nt, guessed_sign' info forgotten.csv
expect 0 "'guessed_sign' is not used and no weight is negative" info -q forgotten.csv
expect 0 "'guessed_sign' is not used" convert -q forgotten.csv -o forgotten.json
that 'and in the file' grep -q "'guessed_sign' is not used" forgotten.json
expect 0 'import: connections from' convert forgotten.csv -o forgotten.json --sign-column guessed_sign
expect 0 'signs from column .guessed_sign.: positive 1, negative 1' info forgotten.csv --sign-column guessed_sign
expect 2 'names is given with a file of format edges' info forgotten.csv --names names.csv
expect 2 'neurons is given with a file of format matrix' info flip.csv --neurons names.csv
expect 2 'where: found' info forgotten.csv --where nt
expect 0 '1 of 2 rows taken' info forgotten.csv --where nt=GABA --sign-column ''

# --- weights for spins: two with J = 0.7 and logistic noise of 0.5 have the law of Boltzmann at temperature 1,
# Pr(both active) = 1 / (2 + 2 exp(-1.4)), covariance of spins tanh(0.7)
printf '0 0.7\n0.7 0\n' >spins.txt
expect 0 '^0\.40109[0-9]+ +3 ' stationary spins.txt --spin-weights --update asynchronous --noise logistic:0.5
expect 0 'strongest correlation: .*0\.604368' stationary spins.txt --spin-weights --update asynchronous --noise logistic:0.5
# thresholds are for spins too; homogeneous populations: three spins, all to all, and their two ferromagnetic states
expect 0 'attractors +3: 2 fixed points, 1 cycle' attractors spins.txt --spin-weights --threshold 0.1
expect 0 'attractors +1: 1 fixed point' attractors spins.txt --spin-weights --threshold 0.8
printf '{"format": "binnet-network 1", "populations": [{"name": "E", "size": 3}], "orientation": "pre-rows",
  "matrix": [[0.1]], "self_connections": false}' >three.json
expect 0 'attractors +[0-9]+: 2 fixed points' attractors three.json --spin-weights
expect 0 'thresholds were rounded' attractors three.json --spin-weights --threshold 0.7
printf '0 1.7e308\n1.7e308 0\n' >large.txt
expect 3 'too large for doubles' attractors large.txt --spin-weights

# --- a folder that is not there is found before the work; an ensemble where a network is expected
expect 1 'nofolder/x: cannot be written' stationary "$source/examples/pyloric.json" -o nofolder/x
that 'nothing was computed' test "$(wc -l <out)" -eq 1
expect 3 'for .binnet ensemble.' info "$source/examples/potjans_diesmann_ensemble.json"

# --- help of one command
for command in stationary info convert attractors diagram fixed-points permanent order-stats ensemble; do
    "$binnet" $command --help >one
    "$binnet" help $command >two
    that "help $command" cmp -s one two
    that "help $command: every option is explained" test -z "$(grep -E '^  -.{27}$' one)"
    that "help $command is about this command" test -z "$(grep -E '^  .*(permanent|convert|stationary|fixed-points): ' one)"
done
expect 2 "unknown command 'statonary'" help statonary
expect 0 'binnet help COMMAND' help

conclude
