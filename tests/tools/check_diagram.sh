#!/bin/sh
# Noiseless dynamics as a user meets it: attractors, diagrams and fixed points; figures, files, pictures, exit codes.
# usage: check_diagram.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

# also TEXT : the output of the last command has it too
also() {
    checks=$((checks + 1))
    if ! grep -qE -- "$1" out; then
        bad=$((bad + 1))
        echo "FAIL: expected to find also: $1"
        sed 's/^/  | /' out | head -n 12
    fi
}

# line TEXT FILE : the file has exactly this line
line() {
    checks=$((checks + 1))
    if ! grep -qxF -- "$1" "$2"; then
        bad=$((bad + 1))
        echo "FAIL: $2 lacks the line: $1"
        sed 's/^/  | /' "$2" | head -n 30
    fi
}

pair=$source/examples/ei_pair.json
pyloric=$source/examples/pyloric.json

# Two neurons, each inhibits the other with -1, no threshold. With stimuli a, b: silent-silent needs a < 0, b < 0; a alone
# a >= 0, b < 1; b alone a < 1, b >= 0; both a >= 1, b >= 1. The cycle 00 -> 11 -> 00 needs 0 <= a < 1, 0 <= b < 1.
printf 'pre\\post,a,b\na,0,-1\nb,-1,0\n' >flip.csv
expect 0 'diagram +4 fixed points, 1 cycle \(longest period 2\)' diagram flip.csv --vary a=-1:2 --vary b=-1:2 -o flip
also 'all fixed points, all cycles'
also '^0\.111111 +1 +2  2 '
also '^0\.888889 +1 +1  - '
line 'fixed,0,1,1,0,-inf,0,0,0,-inf,0,0,0,0,b00,""' flip_boxes.csv
line 'fixed,1,1,1,0,0,1,inf,0,-inf,0,1,0,1,b10,"a"' flip_boxes.csv
line 'fixed,2,1,1,0,-inf,0,1,0,0,1,inf,0,2,b01,"b"' flip_boxes.csv
line 'fixed,3,1,1,0,1,1,inf,0,1,1,inf,0,3,b11,"a b"' flip_boxes.csv
line 'cycle,0,2,1,0,0,1,1,0,0,1,1,0,0 3,b00 b11,' flip_boxes.csv
line '0,0,1,1,,no,8' flip_regions.csv
line '1,1,2,2,2x1,no,1' flip_regions.csv
for corner in '0,0,0,-1,2' '0,0,1,-1,-1' '0,0,2,2,-1' '0,0,3,2,2' '0,1,0,0,0' '0,1,1,0,1' '0,1,2,1,1' '0,1,3,1,0' \
    '1,0,0,0,1' '1,0,1,0,0' '1,0,2,1,0' '1,0,3,1,1'; do
    line "$corner" flip_corners.csv
done
# the other tie rules: the same boxes, other ends
expect 0 'silent' diagram flip.csv --vary a --vary b --tie silent -o silent
line 'fixed,1,1,1,0,0,0,inf,0,-inf,0,1,1,1,b10,"a"' silent_boxes.csv
expect 0 'keep' diagram flip.csv --tie keep -o keep
line 'fixed,1,1,1,0,0,1,inf,0,-inf,0,1,1,1,b10,"a"' keep_boxes.csv
# equal attractors: a alone and b alone are told apart
expect 0 'regions +5 in the window, of equal attractors' diagram flip.csv --vary a=-1:2 --vary b=-1:2 --regions attractors
# one stimulus, the other held by the command line, and then by the tie at its edge
expect 0 '2 bifurcation points' diagram flip.csv --vary a=-1:2 --stimulus b=0.5 -o one
line '0,0,appears,1,fixed,0,1,1' one_bifurcations.csv
line '0,0,appears,1,cycle,0,2,0' one_bifurcations.csv
line '1,1,disappears,0,fixed,1,1,2' one_bifurcations.csv
line '1,1,2,2,2x1,no,1,0,1' one_regions.csv
also '^0 +1 +2  2 +no'
# a state that exists at one value only: a neuron without input that keeps its activity at 0
printf 'pre\\post,a\na,0\n' >keeper.csv
expect 0 '^0 +- 0  \+ 1$' diagram keeper.csv --tie keep
# one stimulus for all neurons; a stimulus for one neuron among many
expect 0 'I of all, .*\(3 neurons\)' diagram "$pyloric"
expect 0 'I of LP, .*\(1 neuron\)' diagram "$pyloric" --vary LP
# three stimuli: boxes only
expect 0 'complete' diagram "$pyloric" --vary LP --vary PY --vary AB/PD -o three
line 'fixed,1,1,1,0,-inf,0,2,0,-inf,0,2,0,0,1,inf,0,1,b100,"AB/PD"' three_boxes.csv
that 'no regions of three stimuli' test ! -e three_regions.csv

# homogeneous: classes, multiplicities, broken symmetry
expect 0 '8 fixed points in 6 classes, 142 cycles in 5 classes' diagram "$pair" --vary E=-60:60 --vary I=-60:60 -o pair
line 'fixed,2,1,2,1,-inf,0,8,0,1,1,4.4,0,256,b0000000010,E=0 I=1' pair_boxes.csv
that 'regions with broken fixed points' grep -q '^[0-9]*,[0-9]*,3,2,,fixed points,' pair_regions.csv
expect 0 '2 \(35\) +cycles' diagram "$pair"
# the same network neuron by neuron has the states of the classes
expect 0 'written' convert "$pair" -o expanded.csv --format matrix
expect 0 'diagram +2 fixed points, 35 cycles in 1 class' diagram "$pair" --vary E --stimulus I=-30
# limits
expect 0 'no cycles \(--max-period 1\)' diagram "$pair" --max-period 1
expect 1 'work limit was reached' diagram flip.csv --work-limit 1 -o cut
that 'a cut diagram says so in its files' grep -q '^# listed: some fixed points only' cut_boxes.csv
expect 0 'estimate +[0-9]+ states' diagram "$pair" --estimate

# JSON
expect 0 'written' diagram flip.csv --vary a=-1:2 --vary b=-1:2 -o flip --format json
for key in '"format": "binnet-diagram 1"' '"complete": true' '"rings"' '"cycles"' '"lo": null' '"label": 1'; do
    that "flip.json holds $key" grep -qF "$key" flip.json
done
expect 0 'written' diagram flip.csv --vary a --stimulus b=0.5 -o one --format json
that 'one.json holds bifurcations' grep -qF '"change": "appears"' one.json

# pictures
if command -v gnuplot >/dev/null; then
    for kind in svg png pdf; do
        expect 0 'written' diagram "$pair" --plot plane.$kind
        that "plane.$kind is not empty" test -s plane.$kind
        expect 0 'written' diagram "$pair" --vary E --stimulus I=-30 --plot line.$kind
        that "line.$kind is not empty" test -s line.$kind
    done
    for text in 'fixed points' 'cycles: period (how many)' '2 (35)' '2 (36)' '2 (70)' 'symmetry broken in' 'stimulus to E' 'stimulus to I'; do
        that "plane.svg says: $text" grep -qF "$text" plane.svg
    done
    that 'no gnuplot warnings' test "$(grep -c warning out)" -eq 0
fi

# three stimuli: the boxes; the published threshold structure of the triad (each weight -1 or -2, thresholds 0)
expect 0 '^2 +LP 0 to inf, PY -inf to 1, AB/PD -inf to 1$' diagram "$pyloric" --vary LP --vary PY --vary AB/PD
expect 0 'pictures too' diagram "$pyloric" --vary LP --vary PY --vary AB/PD
expect 0 '^cycle 4 \(T=2, from 4\) +LP 1 to 3, PY 3 to inf' diagram "$pyloric" --vary LP --vary PY --vary AB/PD
expect 0 '12 more' diagram "$pyloric" --vary LP --vary PY --vary AB/PD --limit 1

# usage
expect 2 "no neuron or population 'X'" diagram "$pair" --vary X
expect 2 'two stimuli, E and E.1' diagram "$pair" --vary E --vary E.1
expect 2 'the lower first' diagram "$pair" --vary E=1:1
expect 2 'expected NAME=LO:HI' diagram "$pair" --vary E=3
expect 2 'expected a number' diagram "$pair" --vary E=a:3
expect 2 'one of label, attractors' diagram "$pair" --regions colours
expect 2 'one of csv, json' diagram "$pair" --format npy -o x
expect 2 'one or two stimuli' diagram "$pyloric" --vary LP --vary PY --vary AB/PD --plot x.svg
awk 'BEGIN { printf "{\"format\": \"binnet-network 1\", \"neurons\": ["
    for (k = 0; k < 3; k++) printf "%s{\"name\": \"n%d\", \"population\": \"p%d\"}", k ? ", " : "", k, k
    print "], \"edges\": []}" }' >many.json
expect 2 'say which stimuli vary, as --vary p0=-10:10 --vary p1; there are p0, p1, p2' diagram many.json
expect 4 'memory' diagram "$pair" --memory 1K

# --- attractors: at a = b = 0.5 two fixed points and a cycle of two states; every state is in one of them
expect 0 'attractors +3: 2 fixed points, 1 cycle \(longest period 2\)' attractors flip.csv --stimulus 0.5 -o att
line '0,1,1,0.25,1,0,0,0.5,0.5' att_attractors.csv
line '2,2,2,0.5,2,0,0,0.5,0.5' att_attractors.csv
line '2,0,0,b00,""' att_states.csv
line '2,1,3,b11,"a b"' att_states.csv
also 'no state has a drive of exactly 0'
also 'nearest bifurcation: I of all down 0.5, up 0.5'
expect 0 'attractors +2: 2 fixed points, 0 sets' attractors flip.csv --stimulus 0.5 --update asynchronous
# 1.5 bits: basins of 1, 1 and 2 states of 4
expect 0 '= 1\.5 bits' attractors flip.csv --stimulus 0.5
# ties: at a = b = 0 silent neurons that hear nothing have a drive of exactly 0
expect 0 'ties +3 states have a drive of exactly 0' attractors flip.csv -o tie
also 'with --tie silent: 3 of them go elsewhere; attractors: 1, as here: 0'
line '0,b00,"a b"' tie_ties.csv
expect 0 'written' attractors flip.csv -o tie --format json
that 'tie.json holds the audit' grep -qF '"states_that_go_elsewhere": 3' tie.json
expect 0 'estimate +8 states' attractors "$pyloric" --estimate
expect 2 'synchronous or asynchronous' attractors "$pyloric" --update sweep

# --- fixed points: a chain of 70 neurons, each excites the next: silent, or active from some place on
awk 'BEGIN { print "pre,post,weight"; for (k = 1; k < 70; k++) print "n" k ",n" k + 1 ",1"; print "n70,n70,1" }' >chain.csv
expect 4 'at most 30 neurons' attractors chain.csv
expect 0 'fixed points +2, 2 listed' fixed-points chain.csv --threshold 0.5 -o chain
line "# found: 2, listed: 2, complete: yes" chain_fixed_points.csv
that 'the last neuron alone' grep -q '^1,1,,b0*1,"n70"$' chain_fixed_points.csv
expect 0 'fixed points +3 for some stimuli of the box, 3 listed' fixed-points chain.csv --threshold 0.5 --box n1=0:1 -o box
that 'all active from 0.5 on' grep -q '^2,70,,b1*,.*,0\.5,1$' box_fixed_points.csv
that 'silent below 0.5' grep -q '^0,0,,b0*,"",0,0\.5$' box_fixed_points.csv
expect 0 'fixed points +2, 0 listed' fixed-points chain.csv --threshold 0.5 --count-only
expect 0 'fixed points +2, 1 listed' fixed-points chain.csv --threshold 0.5 --limit 1
# one stimulus for each population, as in the diagram above: its eight fixed points
expect 0 'fixed points +8 for some stimuli of the box, 8 listed' fixed-points "$pair" --box E=-60:60 --box I=-inf:inf
also 'I of E from -60 to 1$'
expect 0 'written' fixed-points chain.csv --threshold 0.5 -o chain --format json
that 'chain.json holds the count' grep -qF '"found": 2.0' chain.json
expect 0 'estimate +at most' fixed-points chain.csv --estimate
expect 1 'work limit was reached' fixed-points chain.csv --threshold 0.5 --work-limit 1
expect 2 'no neuron or population' fixed-points chain.csv --box x=0:1
expect 2 'NAME=LO:HI' fixed-points chain.csv --box n1
expect 2 'in two boxes' fixed-points chain.csv --box n1=0:1 --box all=0:1

# Ctrl-C ends a long run with code 1
awk 'BEGIN { print "pre,post,weight"; for (k = 0; k < 22; k++) for (j = 1; j < 22; j++) printf "n%d,n%d,%.6f\n", k, (k + j) % 22, sin(k * 31 + j * 17) }' >ring.csv
"$binnet" diagram ring.csv --vary n1 --vary n2 --memory 8G >out 2>&1 &
pid=$!
sleep 1
kill -INT $pid
wait $pid
got=$?
checks=$((checks + 1))
[ $got -eq 1 ] && grep -q 'interrupted\|stop' out || { bad=$((bad + 1)); echo "FAIL: Ctrl-C gave exit code $got"; cat out; }

conclude
