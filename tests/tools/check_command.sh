#!/bin/sh
# The command as a user meets it: exit codes, messages, figures, files, pictures, Ctrl-C.
# usage: check_command.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

pyloric=$source/examples/pyloric.json
microcircuit=$source/examples/potjans_diesmann.json
run="--update asynchronous --noise gaussian:0.5"

# two neurons that do not interact: p = Phi(0.3/0.5) = 0.725746882249927, Phi(-0.2/0.5) = 0.344578258389676
printf 'pre\\post,a,b\na,0,0\nb,0,0\n' >free.csv
for update in synchronous asynchronous sweep; do
    expect 0 '^a +0\.725746882 ' stationary free.csv --update $update --noise gaussian:0.5 --stimulus a=0.3 --stimulus b=-0.2
    expect 0 '^b +0\.344578258 ' stationary free.csv --update $update --noise gaussian:0.5 --stimulus a=0.3 --stimulus b=-0.2
done
expect 0 '^b +-0\.310843483 ' stationary free.csv $run --stimulus a=0.3 --stimulus b=-0.2 --spins
# state 1 = a active: 0.7257 * (1 - 0.3446) = 0.475670286
expect 0 '^0\.475670286 +1 +10 +a$' stationary free.csv $run --stimulus a=0.3 --stimulus b=-0.2 --top 2
# activities close to 1 keep their variance: p (1 - p) with 1 - p = 1/(1 + e^30) = 9.3576e-14; no correlation is made of rounding
expect 0 '^a +1 +9\.3[0-9]+e-14$' stationary free.csv --update sweep --noise logistic:1 --stimulus 30
that 'independent neurons have no strongest correlation' test "$(grep -c strongest out)" -eq 0
# the orientation: a excites b
printf 'pre\\post,a,b\na,0,4\nb,0,0\n' >a_to_b.csv
expect 0 '^b +0\.[89]' stationary a_to_b.csv $run --threshold b=1 --stimulus a=2 --top 0
printf 'post\\pre,a,b\na,0,4\nb,0,0\n' >b_to_a.csv
expect 0 '^b +0\.02' stationary b_to_a.csv $run --threshold b=1 --stimulus a=2 --top 0

# signs that are none
printf 'pre,post,weight,sign\na,b,2,complex\nb,a,1,-\n' >unsigned.csv
expect 3 "is 'complex'; expected .*--unsigned" info unsigned.csv
expect 0 "1 connection of sign 'complex' dropped" info unsigned.csv --unsigned drop
expect 0 '^b +1 +1 +0 +-2 ' info unsigned.csv --unsigned -
expect 2 'unsigned: found' info unsigned.csv --unsigned maybe

# populations too large for the states of their neurons: the numbers of active ones, unasked
hundreds=$source/examples/two_hundred.json
expect 0 '^lumped +20301 states' stationary "$hundreds" --top 2
expect 0 '^E +200 +0\.82734421 ' stationary "$hundreds" --top 2
expect 0 '^0\.0048934052 +182 +40 ' stationary "$hundreds" --top 1
expect 0 'estimate +20301 states' stationary "$hundreds" --estimate
expect 0 '^time +(about|less).*of the neurons took' stationary "$hundreds" --estimate
expect 0 '^time +(about|less).*of the neurons took' stationary "$hundreds" --update synchronous --estimate
expect 0 '^time +(about|less).*of the neurons took' stationary "$hundreds" --update synchronous --method iteration --estimate
expect 3 'apart' stationary "$hundreds" --update sweep
expect 2 'neuron by neuron' stationary "$hundreds" --spins
expect 0 'written' stationary "$hundreds" -o hundreds
that 'laws of the populations add up' awk -F, '/^E,/ { s += $3 } END { exit !(s > 1 - 1e-12 && s < 1 + 1e-12) }' hundreds_activity.csv
expect 0 'written' stationary "$hundreds" -o hundreds --format json

# shipped circuits
expect 0 'residual' stationary "$pyloric" $run
expect 0 'homogeneous' info "$microcircuit"
expect 0 'L23E' stationary "$microcircuit" --update asynchronous --noise logistic:1 --top 3
expect 0 'estimate +[0-9]+ states' stationary "$pyloric" $run --estimate
expect 0 'excitation' info "$pyloric"
expect 0 'usage' stationary --help
expect 0 'binnet [0-9]' --version
expect 0 '^BLAS +[A-Za-z]' --version
expect 0 '^BLAS +[A-Za-z]' info "$pyloric"
for noise in gaussian:1 logistic:0.5 uniform:9 laplace:0.5 student_t:0.5:3; do
    expect 0 'entropy' stationary "$pyloric" --update synchronous --noise $noise
done
for method in gth iteration; do
    expect 0 "by $method" stationary "$pyloric" $run --method $method
done

# files out
expect 0 'written' stationary "$pyloric" $run -o out1
for table in neurons covariance correlation states; do
    that "out1_$table.csv says its conventions" grep -q '^# state: bit i' "out1_$table.csv"
    that "out1_$table.csv says the command" grep -q '^# binnet .*stationary' "out1_$table.csv"
done
expect 0 'written' stationary "$pyloric" $run -o out2 --format json
that 'out2.json holds means' grep -q '"mean"' out2.json
expect 0 'written' stationary "$pyloric" $run -o out3 --format npy
that 'out3_law.npy is an array of 8 doubles' test "$(wc -c <out3_law.npy)" -eq $((128 + 64))
if command -v gnuplot >/dev/null; then
    for kind in svg png pdf; do
        expect 0 'written' stationary "$pyloric" $run --plot picture.$kind
        that "picture.$kind is not empty" test -s picture.$kind
    done
fi
PATH_WITHOUT=$tmp
checks=$((checks + 1))
PATH=$PATH_WITHOUT "$binnet" stationary "$pyloric" $run --plot picture2.svg >out 2>&1
[ $? -eq 1 ] || { bad=$((bad + 1)); echo "FAIL: a missing gnuplot must be exit code 1"; }

# convert there and back
for format in json matrix edges mtx npy node-link graphml bnet; do
    expect 0 'written' convert "$pyloric" -o "back.$format" --format $format
    "$binnet" convert "$pyloric" -o n.json -q
done
for format in matrix edges node-link; do
    expect 0 '^LP ' stationary back.$format --from $format $run --stimulus 1.5
done

# usage
expect 2 'expected a command' 
expect 2 "unknown command 'statonary'" statonary
expect 2 'unknown option --nois' stationary "$pyloric" --nois-e gaussian:1
expect 2 'expected one of gaussian' stationary "$pyloric" --update sweep --noise gauss:1
expect 2 'expected 0 to' stationary "$pyloric" --update sweep --noise gaussian:-1
expect 2 'expected a number' stationary "$pyloric" --update sweep --noise gaussian:nan
expect 2 'KIND:SCALE' stationary "$pyloric" --update sweep --noise gaussian
expect 2 'update' stationary free.csv --noise gaussian:1
expect 2 'noise' stationary free.csv --update sweep
expect 2 "no neuron or population 'XY'" stationary "$pyloric" $run --stimulus XY=1
expect 2 'ends in .svg' stationary "$pyloric" $run --plot picture.gif
expect 2 'one NETWORK file, found 2' stationary "$pyloric" "$pyloric" $run
expect 2 'needs a value' stationary "$pyloric" --noise
expect 2 'whole number' stationary "$pyloric" $run --top 2.5
expect 2 'bytes' stationary "$pyloric" $run --memory lots

# bad input: code 3, the file and the line
expect 3 'no_such.json' stationary no_such.json $run
: >empty.csv
expect 3 'empty.csv' stationary empty.csv $run
printf 'pre\\post,a,b\na,0,1\nb,0\n' >ragged.csv
expect 3 'ragged.csv:3: ' stationary ragged.csv $run
printf 'pre\\post,a,b\na,0,nan\nb,0,0\n' >nan.csv
expect 3 'nan.csv:2: ' stationary nan.csv $run
printf ',a,b\na,0,1\nb,0,0\n' >which.csv
expect 3 'orientation' stationary which.csv $run
expect 0 'entropy' stationary which.csv $run --orientation pre-rows
printf '{"format": "binnet-network 1", "neurons": ["a"], "edges": [{"pre": "a", "post": "b", "weight": 1}]}' >unknown.json
expect 3 'unknown.json' stationary unknown.json $run
head -c 100 back.npy >short.npy
expect 3 'short.npy' stationary short.npy --orientation pre-rows $run
truncate -s 3G huge.csv
expect 4 'huge.csv.*max-file-size' stationary huge.csv $run
expect 3 '.' stationary . $run

# mathematics: several classes; not converged; too large
printf 'pre\\post,a,b\na,1,0\nb,0,1\n' >stuck.csv
expect 1 'recurrent classes' stationary stuck.csv --update asynchronous --noise uniform:0.1 --threshold 0.5
expect 0 'entropy' stationary stuck.csv --update asynchronous --noise uniform:0.1 --threshold 0.5 --class 1
expect 3 'class 7: the chain has' stationary stuck.csv --update asynchronous --noise uniform:0.1 --threshold 0.5 --class 7
expect 1 'residual' stationary "$pyloric" $run --method iteration --max-iterations 2
expect 4 'limit' stationary "$microcircuit" $run --memory 100K
awk 'BEGIN { print "pre,post,weight"; for (k = 1; k < 40; k++) print "n" k ",n" k + 1 ",1" }' >chain.csv
expect 4 'at most 32' stationary chain.csv $run
expect 0 'at most 32' info chain.csv

# standard output that cannot be written
if [ -w /dev/full ]; then
    checks=$((checks + 1))
    "$binnet" stationary "$pyloric" $run >/dev/full 2>err
    [ $? -eq 1 ] || { bad=$((bad + 1)); echo "FAIL: a full disk must be exit code 1"; }
fi
expect 1 'cannot be written' stationary "$pyloric" $run -o no_such_folder/x

# Ctrl-C ends a long run with code 1
awk 'BEGIN { print "pre,post,weight"; for (k = 0; k < 24; k++) for (j = 1; j < 6; j++) print "n" k ",n" (k + j) % 24 ",1" }' >ring.csv
"$binnet" stationary ring.csv --update synchronous --noise gaussian:1 --memory 8G >out 2>&1 &
pid=$!
sleep 1
kill -INT $pid
wait $pid
got=$?
checks=$((checks + 1))
[ $got -eq 1 ] && grep -q 'interrupted\|stop' out || { bad=$((bad + 1)); echo "FAIL: Ctrl-C gave exit code $got"; cat out; }

conclude
