#!/bin/sh
# binnet mean-field as a user meets it. usage: check_mean_field.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

pyloric=$source/examples/pyloric.json
pair=$source/examples/ei_pair.json
cat >three.json <<'END'
{"format": "binnet-network 1", "populations": [{"name": "E", "size": 20, "threshold": 4}, {"name": "F", "size": 20, "threshold": 4}],
 "orientation": "post-rows", "matrix": [[0.4, 0], [0, 0.4]], "self_connections": true, "noise": {"kind": "logistic", "scale": 1}}
END
# m = 1 / (1 + exp(-8 (m - 1/2))) in each of two: nine points; 0.021247987961366 by bisection in Python
expect 0 '^fixed points +9, all there are \(proved\)' mean-field three.json --input mean
expect 0 '^1 +stable +0\.16637 +0\.16637 +[0-9.e-]+ +0\.02124799 +0\.02124799' mean-field three.json --input mean
expect 0 '^5 +unstable +2 +2 +[0-9.e-]+ +0\.50000000 +0\.50000000' mean-field three.json --input mean
expect 0 '^exact +asynchronous +0\.[45][0-9]+ +0\.[45]' mean-field three.json --input mean
# folds at stimuli +-1.0656799507071 beside the threshold, where 8 m (1 - m) = 1
expect 0 '^fold +[0-9]+ +1\.06567995071 ' mean-field three.json --input mean --vary E=-3:3.1 -o line
expect 0 '^fold +[0-9]+ +-1\.06567995071 ' mean-field three.json --input mean --vary E=-3:3.1
that 'branches begin and end at the edges or close' awk -F, '/^#/ || $1 == "branch" { next } { n++; bad += $2 < -3 || $2 > 3.1 || $5 < 0 || $5 > 1 }
    END { exit !(n > 100 && bad == 0) }' line_branches.csv
that 'exact means' sh -c "grep -vc '^#' line_exact.csv | grep -qx 42"
# a neuron's mean beside the stationary law
"$binnet" stationary "$pyloric" --update asynchronous --noise gaussian:0.5 -o law >/dev/null
expect 0 'written +mf_covariances.csv' mean-field "$pyloric" --update asynchronous --noise gaussian:0.5 -o mf
that 'exact means are those of stationary' awk -F, '/^#/ || $1 == "neuron" || $1 == "point" { next }
    FILENAME == "law_neurons.csv" { mean[++n] = $2; next } $1 == "exact" { for (i = 1; i <= n; i++) { d = mean[i] - $(5 + i); bad += d > 1e-12 || d < -1e-12 } seen = 1 }
    END { exit !(n == 3 && seen && bad == 0) }' law_neurons.csv mf_points.csv
expect 0 'written +all.json' mean-field "$pair" --noise gaussian:4 --stimulus I=-20 --vary E=-60:20:21 -o all --format json
that 'JSON' sh -c 'grep -q "\"binnet-mean-field 1\"" all.json && grep -q "noiseless_bifurcations" all.json'
for update in synchronous asynchronous; do
    for noise in gaussian:1 logistic:0.5 laplace:0.5 student_t:0.5:3; do
        expect 0 '^fixed points +[0-9]+, all' mean-field "$pyloric" --update $update --noise $noise
    done
done
expect 0 '^mean field +naive' mean-field "$pyloric" --noise uniform:2
if command -v gnuplot >/dev/null; then
    for file in a.svg b.png c.pdf; do
        expect 0 "written +$file" mean-field "$pair" --noise gaussian:4 --stimulus I=-20 --vary E=-60:20:11 --plot $file
        that "$file is a picture" test -s $file
    done
fi

expect 1 'boxes' mean-field three.json --input mean --work-limit 3
expect 2 'there is no neuron or population' mean-field "$pair" --noise gaussian:1 --vary X=0:1
expect 2 'the lower first' mean-field "$pair" --noise gaussian:1 --vary E=1:0
expect 2 'one stimulus' mean-field "$pair" --noise gaussian:1 --vary E=0:1 --vary I=0:1
expect 2 'for branches' mean-field "$pair" --noise gaussian:1 --plot x.png
expect 3 'Gaussian input goes with' mean-field "$pyloric" --noise laplace:1 --input gaussian
expect 3 'scale' mean-field "$pyloric" --noise gaussian:0 --input mean
expect 4 "limit" mean-field "$pyloric" --noise gaussian:1 --memory 1K
conclude
