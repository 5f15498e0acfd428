#!/bin/sh
# Sweeps: values against closed forms at every point, names, gaps, files, pictures, what is refused.
# usage: check_sweep.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

inhibition=$source/examples/inhibition.json
pair=$source/examples/ei_pair.json
run="--update asynchronous --noise logistic:0.5"

# column TABLE NAME : its number; rows are those behind the names
column() {
    grep -v '^#' "$1" | head -n 1 | sed 's/"\([^",]*\),\([^",]*\)"/\1;\2/g' | tr ',' '\n' | grep -nxF "$2" | cut -d: -f1
}

# two neurons with weights J both ways: 1, e^(I/T), e^(I/T), e^((2 I + J)/T) for 00, 10, 01, 11
# boltzmann TABLE NAMES EXPRESSION : the columns mean:a and correlation:a,b with I, J, T from x and y, the first columns
boltzmann() {
    mean=$(column "$1" mean:a) correlation=$(column "$1" 'correlation:a;b')
    grep -v '^#' "$1" | sed '1d; s/"[^"]*"/-/g' | awk -F, -v m="$mean" -v c="$correlation" "
        { x = \$1; y = \$2; I = 0.2; J = 1; T = 0.5; $2
          u = exp(I / T); w = exp((2 * I + J) / T); Z = 1 + 2 * u + w; p = (u + w) / Z; r = (w - u * u) / (u + w) / (1 + u)
          d1 = p - \$m; d2 = r - \$c; d1 = d1 < 0 ? -d1 : d1; d2 = d2 < 0 ? -d2 : d2
          if (!(d1 < 1e-11 && d2 < 1e-11)) { print \"  row \" NR \": \" \$0 \" expected \" p \" \" r; bad = 1 } }
        END { exit bad || NR != $3 }"
}
printf 'pre\\post,a,b\na,0,1\nb,1,0\n' >two.csv
show="--show mean --show correlation:a,b"
expect 0 'solved +7 of 7 points' stationary two.csv $run --vary all=-2:1:7 $show -o s
that 'means and correlations over the stimulus' boltzmann s_sweep.csv 'I = x' 7
expect 0 'stimulus to all neurons, -2 to 1, 101 values \(2 neurons\)' stationary two.csv $run --vary network:all=-2:1 $show -o s
that 'the usual number of values' boltzmann s_sweep.csv 'I = x' 101
expect 0 'varied +noise scale' stationary two.csv $run --stimulus 0.2 --vary noise=0.1:3:30 $show -o s
that 'over the noise' boltzmann s_sweep.csv 'T = x' 30
expect 0 'factor of the noise scales' stationary two.csv $run --stimulus 0.2 --vary noise-factor=0.1:3:30 $show -o s
that 'over a factor of the noise' boltzmann s_sweep.csv 'T = 0.5 * x' 30
expect 0 'factor of the weights' stationary two.csv $run --stimulus 0.2 --vary weights=-3:3:31 $show -o s
that 'over a factor of the weights' boltzmann s_sweep.csv 'J = x' 31
expect 0 'solved +77 of 77 points' stationary two.csv $run --vary all=-1:1:11 --vary weights=0:2:7 $show -o s
that 'over the plane of stimulus and weights' boltzmann s_sweep.csv 'I = x; J = y' 77
expect 0 'solved' stationary two.csv $run --vary weights=0:2:7 --vary noise=1:2:3 --stimulus 0.2 $show -o s
that 'over the plane of weights and noise' boltzmann s_sweep.csv 'J = x; T = y' 21

# ten neurons alike: P(k active) ~ C(10, k) exp((J k (k - 1) / 2 + k I) / T), wells on both sides of I = -4.5 J
printf '{"format": "binnet-network 1", "populations": [{"name": "noise", "size": 10}], "orientation": "post-rows", "matrix": [[1]], "self_connections": false}' >ten.json
wells() {
    grep -v '^#' "$1" | sed '1d; s/"[^"]*"/-/g' | awk -F, -v m="$(column "$1" population:noise)" -v c="$(column "$1" 'correlation:noise;noise')" -v v="$(column "$1" variance:noise)" '
        { Z = mean = silent = p11 = p10 = p00 = 0; C = 1; shift = 5 * ($1 + 4.5)
          for (k = 0; k <= 10; k++) { p = C * exp((k * (k - 1) / 2 + k * $1 - shift) / 0.4); C *= (10 - k) / (k + 1)
              Z += p; mean += k * p / 10; silent += (10 - k) * p / 10; p11 += k * (k - 1) * p / 90; p10 += k * (10 - k) * p / 90; p00 += (10 - k) * (9 - k) * p / 90 }
          mean /= Z; silent /= Z; one = mean * silent; covariance = (p11 * p00 - p10 * p10) / Z / Z; r = covariance / one; variance = one / 10 + 0.9 * covariance
          d = (mean - $m) ^ 2 + (r - $c) ^ 2 + (variance - $v) ^ 2
          if (!(d < 1e-20)) { print "  " $1 ": " $m " " $v " " $c " expected " mean " " variance " " r; bad = 1 }
          if ($1 == -4.5) middle = r }
        END { exit bad || NR != 61 || middle < 0.9 }'
}
expect 0 'solved +61 of 61' stationary ten.json --update asynchronous --noise logistic:0.4 --vary population:noise=-7.5:-1.5:61 --show population --show variance:population:noise --show correlation -o wells
sed -i 's/variance:population:noise/variance:noise/' wells_sweep.csv
that 'means, variances and correlations across a saddle-node' wells wells_sweep.csv

# every point is the law that a run of its own finds
awk 'BEGIN { print "pre,post,weight"; for (k = 0; k < 11; k++) for (j = 1; j < 4; j++) print "n" k ",n" (k * j + j) % 11 "," (k * 7 + j * 3) % 5 - 1.9 }' >eleven.csv
for update in synchronous asynchronous sweep; do
    expect 0 'solved' stationary eleven.csv --duplicates sum --update $update --noise gaussian:0.7 --vary n3=-1:1:9 -o all
    expect 0 'solved' stationary eleven.csv --duplicates sum --update $update --noise gaussian:0.7 --stimulus n3=0.75 -o one
    that "the means at 0.75, $update" sh -c "grep '^0.75,' all_sweep.csv | cut -d, -f2-12 | tr , '\n' >got; grep -v '^#' one_neurons.csv | sed 1d | cut -d, -f2 | paste -d, - got | awk -F, '{ d = \$1 - \$2; if (d * d > 1e-24 || \$2 == \"\") bad = 1 } END { exit bad || NR != 11 }'"
done

# names
expect 2 "'noise' is a neuron or population here.*population:noise" stationary ten.json $run --vary noise=0:1
expect 0 'noise scale, 1 to 2' stationary ten.json $run --vary network:noise=1:2:3
expect 0 'stimulus to neuron:noise.2, 0 to 1, 3 values \(1 neuron\)' stationary ten.json $run --vary neuron:noise.2=0:1:3
printf '{"format": "binnet-network 1", "neurons": [{"name": "a", "population": "b"}, {"name": "b", "population": "b"}], "edges": [{"pre": "a", "post": "b", "weight": 1}]}' >twice.json
expect 2 "'b' is a neuron and a population" stationary twice.json $run --vary b=0:1
expect 0 '\(1 neuron\)' stationary twice.json $run --vary neuron:b=0:1:3
expect 0 '\(2 neurons\)' stationary twice.json $run --vary population:b=0:1:3

# what is refused
for wrong in 'x=0:1' 'neuron:x=0:1' 'population:a=0:1'; do
    expect 2 "there is no" stationary two.csv $run --vary "$wrong"
done
expect 2 'the lower first' stationary two.csv $run --vary a=1:0
expect 2 'the lower first' stationary two.csv $run --vary a=1:1
expect 2 'the lower first' stationary two.csv $run --vary a=-inf:1
for steps in 0 1 -3 100001; do
    expect 2 'expected 2 to 100000' stationary two.csv $run --vary a=0:1:$steps
done
expect 2 'whole number' stationary two.csv $run --vary a=0:1:2.5
for wrong in nan:1 0:nan 0:1:nan 0:1:3:4 : 0:; do
    expect 2 'expected a number' stationary two.csv $run --vary a=$wrong
done
for wrong in a a= a=1 =0:1; do
    expect 2 'expected NAME=LO:HI or NAME=LO:HI:STEPS' stationary two.csv $run --vary $wrong
done
expect 2 'expected 0 or more' stationary two.csv $run --vary noise=-1:1
expect 2 'at most 1000000' stationary two.csv $run --vary a=0:1:5000 --vary b=0:1:5000
expect 2 '3 parameters' stationary two.csv $run --vary a=0:1 --vary b=0:1 --vary noise=1:2
expect 2 "'a' would hear two" stationary two.csv $run --vary a=0:1 --vary a=0:2
expect 2 "'a' would hear two" stationary two.csv $run --vary all=0:1 --vary a=0:2
expect 2 'noise varies twice' stationary two.csv $run --vary noise=0:1 --vary noise-factor=0:2
expect 2 'spin-weights' stationary two.csv $run --spin-weights --vary weights=0:1
expect 2 'class does not go' stationary two.csv $run --vary a=0:1 --class 0
expect 2 'npy does not go' stationary two.csv $run --vary a=0:1 -o x --format npy
expect 2 'is for a sweep' stationary two.csv $run --show mean
for wrong in medians mean: mean:x variance variance:x correlation:a correlation:a,a correlation:a,x correlation population covariance; do
    expect 2 '(--show|there is no)' stationary two.csv $run --vary a=0:1 --show $wrong
done

# points without a law are gaps: two neurons that hold themselves, uniform noise of 0.5 or less
printf 'pre\\post,a,b\na,1,0\nb,0,1\n' >stuck.csv
expect 1 '5 of 8 points have no law, the first at noise=0.1: .*classes' stationary stuck.csv --update asynchronous --noise uniform:1 --threshold 0.5 --vary noise=0.1:0.8:8 -o gaps
that 'eight rows, five with a note' test "$(grep -v '^#' gaps_sweep.csv | grep -c '^0') $(grep -v '^#' gaps_sweep.csv | grep -c ',,.*classes')" = '8 5'
that 'rows with a law have all their values' sh -c "grep -v '^#' gaps_sweep.csv | grep '^0.[678]' | grep -vq ',,'"
expect 1 'points have no law' stationary stuck.csv --update asynchronous --noise uniform:1 --threshold 0.5 --vary noise=0.1:0.8:8 -o gaps --format json
that 'null in JSON' grep -q 'null' gaps.json
expect 1 '3 of 3 points have no law.*residual' stationary "$source/examples/pyloric.json" $run --method iteration --max-iterations 2 --vary LP=0:1:3

# bifurcation points of the noiseless network
expect 0 'bifurcations +3 points' stationary "$inhibition" --vary I=-2:10:13 -o marks
that 'the points are 1, 4 and 7' test "$(sed -n 's/^# bifurcation point: //p' marks_sweep.csv | tr '\n' ' ')" = '1, symmetry broken 4, symmetry broken 7, symmetry broken '
expect 0 'not shown: the weights vary' stationary two.csv $run --vary a=0:1:3 --vary weights=0:1:3
expect 0 'regions of the noiseless network \(fixed points\)' stationary two.csv $run --vary a=-2:2:3 --vary b=-2:2:3
expect 0 'regions of the noiseless network \(fixed points and cycles\)' stationary two.csv --update synchronous --noise gaussian:1 --vary a=-2:2:3 --vary b=-2:2:3
# the papers' signs: neurons that exclude each other, neurons that fall together
expect 0 '^correlation:I,I +-0.48' stationary "$inhibition" --vary I=-2:10:49
expect 0 '^correlation:I,I .* 0.999' stationary "$inhibition" --update synchronous --vary I=-2:10:49
expect 0 '^correlation:E,E .* 0.99' stationary "$pair" $run --noise gaussian:6 --stimulus I=-30 --vary E=-30:-10:21

# spins; files as JSON; what it costs
expect 0 '^mean:a +-0.9' stationary two.csv $run --spins --vary all=-2:1:7 --show mean:a
expect 0 'written' stationary two.csv $run --vary all=-2:1:7 -o s --format json
for key in '"format": "binnet-sweep 1"' '"varied"' '"quantities"' '"bifurcation_points"' '"name": "mean:b"'; do
    that "s.json has $key" grep -qF "$key" s.json
done
expect 0 'estimate +201 points of 1024 states' stationary ten.json $run --vary network:all=0:1:201 --estimate

# Ctrl-C: what is solved is written
"$binnet" stationary eleven.csv --duplicates sum --update synchronous --noise gaussian:0.7 --vary n1=0:1:200 --vary n2=0:1:200 -o part >out 2>&1 &
pid=$!
sleep 1
kill -INT $pid
wait $pid
got=$?
checks=$((checks + 1))
[ $got -eq 1 ] && grep -q 'interrupted\|stop' out || { bad=$((bad + 1)); echo "FAIL: Ctrl-C gave exit code $got"; cat out; }
that 'the points that were solved are written' sh -c 'test "$(grep -c "^[0-9]" part_sweep.csv)" -eq 40000 && sed "/^#/d; 1d" part_sweep.csv | sed -n 2p | grep -qv interrupted && tail -n 1 part_sweep.csv | grep -q ",,.*interrupted"'

conclude
