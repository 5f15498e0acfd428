#!/bin/sh
# binnet simulate as a user meets it. usage: check_simulate.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

pyloric=$source/examples/pyloric.json
# a neuron that hears nothing, logistic noise of scale 1: Pr(active) = 1/(1 + e^-1) = 0.731; b: 1/2
printf 'pre\\post,a,b\na,0,0\nb,0,0\n' >free.csv
free="free.csv --update synchronous --noise logistic:1 --stimulus a=1"
expect 0 '^a +0\.73' simulate $free --steps 40000
expect 0 '^b +0\.[45]' simulate $free --steps 40000 -o f --covariances
that 'means within five errors' awk -F, '/^[ab],/ { exact = $1 == "a" ? 0.7310585786 : 0.5; d = $2 - exact; n++; bad += d > 5 * $3 || -d > 5 * $3 }
    END { exit !(n == 2 && bad == 0) }' f_means.csv
that 'covariances within five errors' awk -F, '/^[ab],[ab],/ { exact = $1 != $2 ? 0 : $1 == "a" ? 0.1966119332 : 0.25; d = $3 - exact; n++; bad += d > 5 * $4 || -d > 5 * $4 }
    END { exit !(n == 3 && bad == 0) }' f_covariances.csv
that 'a population' grep -q '^all,2,' f_populations.csv
expect 0 'sweep' simulate "$pyloric" --update sweep --noise gaussian:0.5 --steps 5000
expect 0 'every 3 steps' simulate "$pyloric" --update asynchronous --noise gaussian:0.5 --steps 3000
expect 0 'every 1 units of time' simulate "$pyloric" --update asynchronous --continuous --noise gaussian:0.5 --steps 3000
# a seed gives one trajectory, whatever the threads and the kernels
"$binnet" simulate $free --steps 640 --raster one.csv --raster-samples 50 --threads 1 >/dev/null
BINNET_KERNELS=reference "$binnet" simulate $free --steps 640 --raster two.csv --raster-samples 50 --threads 2 >/dev/null
grep -v '^#' one.csv >one; grep -v '^#' two.csv >two
that 'the same raster' cmp -s one two
that 'of 50 samples' awk -F, 'NR > 1 && $1 > most { most = $1 } END { exit !(most > 40 && most < 50) }' one
"$binnet" simulate $free --steps 640 --raster three.csv --raster-samples 50 --seed 2 >/dev/null
grep -v '^#' three.csv >three
that 'another seed, another raster' sh -c '! cmp -s one three'
expect 0 'written' simulate $free --steps 640 --raster r.npy --raster-samples 50
that 'npy: a header of 128 bytes or less and 100 entries' sh -c 'size=$(wc -c <r.npy); [ "$size" -gt 100 ] && [ "$size" -le 228 ]'
# precision
expect 0 'largest standard error 0\.00' simulate $free --precision 0.01
expect 1 'after 1024 samples.*asked was 1e-05' simulate $free --precision 1e-5 --max-steps 2000
# two wells
printf 'pre\\post,a,b\na,0,1\nb,1,0\n' >wells.csv
expect 1 'different starts disagree' simulate wells.csv --update asynchronous --noise gaussian:0.05 --threshold 0.5 --steps 5000
# ensembles: weights of a law; constant ones, with a fixed in-degree
expect 0 'L6I' simulate "$source/examples/potjans_diesmann_ensemble.json" --ensemble --update synchronous --noise gaussian:0.5 --steps 500
cat >ei.json <<'END'
{"format": "binnet-ensemble 1", "populations": [{"name": "E", "size": 400, "threshold": 0.5}, {"name": "I", "size": 100}],
 "self_connections": false, "orientation": "post-rows", "probability": [[0.1, 0.2], [0.1, 0.2]], "weights": [[0.02, -0.1], [0.03, -0.1]]}
END
expect 0 'synapses +30000;' simulate ei.json --ensemble --wiring indegree --update synchronous --noise gaussian:1 --steps 300
expect 0 '^E +400 ' simulate ei.json --ensemble --update sweep --noise gaussian:1 --steps 300

# no synapse kept: the same
"$binnet" simulate ei.json --ensemble --update sweep --noise gaussian:1 --steps 64 --raster kept.csv --raster-samples 20 >/dev/null
"$binnet" simulate ei.json --ensemble --update sweep --noise gaussian:1 --steps 64 --raster drawn.csv --raster-samples 20 --redraw >/dev/null
grep -v '^#' kept.csv >kept; grep -v '^#' drawn.csv >drawn
that 'wiring that is drawn again is the same' sh -c '[ $(wc -l <kept) -gt 100 ] && cmp -s kept drawn'
expect 2 '--redraw is for --ensemble' simulate $free --steps 100 --redraw
expect 2 '--redraw: for constant weights' simulate "$source/examples/potjans_diesmann_ensemble.json" --ensemble --update sweep --noise gaussian:0.5 --steps 100 --redraw
# what it would cost
expect 0 'MiB for some 29940 synapses' simulate ei.json --ensemble --update synchronous --noise gaussian:1 --steps 800 --runs 1 --estimate
expect 0 ' 4\.66e\+05 updates' simulate ei.json --ensemble --update synchronous --noise gaussian:1 --steps 800 --burn-in 100 --runs 1 --estimate
expect 0 'at most 1\.51e\+08 updates' simulate $free --precision 1e-3 --estimate

expect 2 'one of --steps N and --precision P' simulate $free
expect 2 'one of --steps N and --precision P' simulate $free --steps 100 --precision 0.1
expect 2 'steps' simulate $free --steps 0
expect 3 'allowed is 64' simulate $free --steps 10
expect 2 'precision' simulate $free --precision 0
expect 2 'expected a name that ends with .csv or .npy' simulate $free --steps 100 --raster r.png
expect 2 '--wiring is for --ensemble' simulate $free --steps 100 --wiring indegree
expect 2 'continuous is for --update asynchronous' simulate $free --steps 100 --continuous
expect 4 'raster.*entries' simulate ei.json --ensemble --update sweep --noise gaussian:1 --steps 100 --raster r.npy --raster-samples 100000000
sed 's/"size": 400/"size": 0/' ei.json >empty.json
expect 3 'expected 1 or more' simulate empty.json --ensemble --update sweep --noise gaussian:1 --steps 100
sed 's/\[\[0.1, 0.2\]/[[1.1, 0.2]/' ei.json >more.json
expect 3 'expected a probability' simulate more.json --ensemble --update sweep --noise gaussian:1 --steps 100
expect 4 'memory' simulate ei.json --ensemble --update sweep --noise gaussian:1 --steps 100 --memory 10K

# the microcircuit's file, where the data are
data=${BINNET_DATA:-$source/../shared/data}
if [ -f "$data/potjans2014_populations.csv" ] && command -v python3 >/dev/null; then
    python3 "$source/examples/potjans_diesmann_binary.py" "$data" >full.json
    that 'the full microcircuit' grep -q '"size": 20683' full.json
    expect 4 'memory' simulate full.json --ensemble --update sweep --noise gaussian:0.09 --steps 100 --memory 100M
fi
expect 3 'samples of a trajectory' simulate free.csv --update synchronous --noise logistic:1 --steps 20
conclude
