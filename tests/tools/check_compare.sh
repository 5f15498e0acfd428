#!/bin/sh
# binnet compare as a user meets it. usage: check_compare.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

spins=$source/examples/asymmetric_spins.json
pyloric=$source/examples/pyloric.json
expect 0 '^reference +exact, 256 states' compare "$spins"
expect 0 '^9 +Plefka2\[t\] +[0-9.]+e-' compare "$spins"
expect 0 '^10 +TAP in equilibrium +- this expansion is for asynchronous updates' compare "$spins"
expect 0 '^5 +TAP +- this expansion is for logistic noise' compare "$pyloric" --update asynchronous --noise gaussian:0.5
expect 0 '^3 +linear noise +[0-9.]+e-' compare "$pyloric" --update asynchronous --noise gaussian:0.5
expect 0 '^1 +naive mean field +- for synchronous and asynchronous updates' compare "$pyloric" --update sweep --noise gaussian:0.5
expect 0 '^[.][.][.] and 6 more' compare "$spins" --top 2

# the reference is the law of binnet stationary; the errors are those of the tables
"$binnet" stationary "$spins" --noise logistic:0.9 -o law >/dev/null
expect 0 'written +c_pairs.csv' compare "$spins" --noise logistic:0.9 -o c
that 'means of stationary' awk -F, '/^#/ || $1 == "neuron" { next } FILENAME == "law_neurons.csv" { mean[$1] = $2; next }
    { n++; d = mean[$1] - $2; bad += d > 1e-12 || d < -1e-12 || $3 != 0 } END { exit !(n == 8 && bad == 0) }' law_neurons.csv c_neurons.csv
that 'rms of TAP' awk -F, '/^#/ { next } FILENAME == "c_methods.csv" { if ($2 == "TAP") said = $4; next }
    $1 == "neuron" { for (k = 1; k <= NF; k++) if ($k == "TAP") at = k; next } { n++; s += ($at - $2) * ($at - $2) }
    END { d = sqrt(s / n) - said; exit !(at > 0 && said > 1e-6 && d < 1e-12 && d > -1e-12) }' c_methods.csv c_neurons.csv
that 'all pairs' awk -F, '$1 == "covariance" { c++ } $1 == "lagged" { l++ } END { exit !(c == 36 && l == 64) }' c_pairs.csv
expect 0 'written +all.json' compare "$spins" -o all --format json
that 'JSON' sh -c 'grep -q "\"binnet-comparison 1\"" all.json && grep -q lagged_covariances all.json && grep -q standard_errors all.json'

# beyond exact reach
expect 0 '^reference +Monte Carlo: 300 neurons' compare "$source/examples/two_hundred.json" --update synchronous --noise logistic:1 --precision 0.05 --top 0
expect 0 '^standard error means' compare "$spins" --reference monte-carlo --precision 0.02
# an unstable fixed point, and a cycle of the naive mean field
printf '{"format": "binnet-network 1", "neurons": [{"name": "a", "threshold": 3}, {"name": "b", "threshold": 3}], "edges": [{"pre": "a", "post": "b", "weight": 6}, {"pre": "b", "post": "a", "weight": 6}]}' >two.json
expect 0 '^3 +linear noise +- ' compare two.json --update asynchronous --noise logistic:1
expect 1 'no reference' compare two.json --update synchronous --noise logistic:0

# a sweep
expect 0 '^means:TAP +-' compare "$spins" --vary noise=1:2:3 -o s
that 'a sweep with errors' awk -F, '/^#/ { next } !at { for (k = 1; k <= NF; k++) { if ($k == "rms:means:TAP") at = k; if ($k == "means:TAP") logs = k }; next }
    { n++; d = log($at) / log(10) - $logs; bad += d > 1e-9 || d < -1e-9 || (n > 1 && $at >= last); last = $at } END { exit !(n == 3 && bad == 0) }' s_sweep.csv
if command -v gnuplot >/dev/null; then
    for file in a.svg b.png c.pdf; do
        expect 0 "written +$file" compare "$spins" --plot $file
        that "$file is a picture" test -s $file
    done
    expect 0 'written +flat.svg' compare "$source/examples/ei_pair.json" --update synchronous --noise logistic:1.5 --plot flat.svg
    expect 0 'written +s.svg' compare "$spins" --vary noise=1:2:3 --plot s.svg
fi

expect 2 'do not go with it' compare "$spins" --vary noise=1:2:3 --reference monte-carlo
expect 2 'whole chain' compare "$spins" --class 0
expect 2 'reference' compare "$spins" --reference guess
expect 2 'noise' compare "$source/examples/ei_pair.json" --update synchronous
conclude
