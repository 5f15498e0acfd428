#!/bin/sh
# binnet spectrum as a user meets it. usage: check_spectrum.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

pyloric=$source/examples/pyloric.json
pair=$source/examples/ei_pair.json
cat >three.json <<'END'
{"format": "binnet-network 1", "neurons": [{"name": "n0", "population": "A", "threshold": 0.5, "stimulus": 0.3},
  {"name": "n1", "population": "A", "threshold": 0.25, "stimulus": -0.2}, {"name": "n2", "population": "B", "threshold": 0.75, "stimulus": 0.1}],
 "edges": [{"pre": "n1", "post": "n0", "weight": 1.5}, {"pre": "n2", "post": "n0", "weight": -2},
  {"pre": "n0", "post": "n1", "weight": 0.7}, {"pre": "n2", "post": "n1", "weight": -1},
  {"pre": "n0", "post": "n2", "weight": 1.2}, {"pre": "n1", "post": "n2", "weight": 0.9}],
 "noise": {"kind": "gaussian", "scale": [0.8, 1, 0.6]}, "update": "synchronous"}
END

# eigenvalues of the 8 x 8 matrices by numpy
for method in auto iteration; do
    expect 0 '^2 +0\.1252720514 +0\.6237884985 +0\.636243 +2\.21153 +4\.57755 ' spectrum three.json --method $method -k 4
    expect 0 '^3 +0\.1252720514 +-0\.6237884985 ' spectrum three.json --method $method -k 4
    expect 0 '^4 +-0\.3723196873 +0 +0\.37232 +1\.01214 +2 ' spectrum three.json --method $method -k 4
    expect 0 '^2 +0\.7104306806 +0\.2031723368 +0\.738912 +3\.30495 +22\.5568' spectrum three.json --update asynchronous --method $method -k 5
done
expect 0 'Krylov iteration' spectrum three.json --method iteration -k 4
expect 0 '^1 +1 +0 +1 +infinite +- +0$' spectrum three.json
# a pair is never cut, and there are no more eigenvalues than states
that 'both of a pair' sh -c "'$binnet' spectrum three.json -k 2 | grep -q '^3 '"
that 'eight of eight' sh -c "'$binnet' spectrum three.json -k 50 | grep -c '^[1-9] ' | grep -qx 8"
for update in synchronous asynchronous sweep; do
    for noise in gaussian:1 logistic:0.5 uniform:9 laplace:0.5 student_t:0.5:3; do
        expect 0 '^slowest +relaxes in [0-9]' spectrum "$pyloric" --update $update --noise $noise
    done
done
# sets: their probabilities sum to 1, the rows of the chain between them too
expect 0 '^1 +0\.965229 +4 ' spectrum "$pyloric" --update asynchronous --noise gaussian:0.5 --sets 3 -o set
that 'sets add up' awk -F, '!/^#/ && $1 != "set" { p += $2; n += $3; row = $7 + $8 + $9 - 1; bad += row > 1e-12 || row < -1e-12 }
    END { exit !(bad == 0 && n == 8 && p > 0.999999 && p < 1.000001) }' set_sets.csv
that 'states have sets' awk -F, '!/^#/ && $1 != "state" { n++; bad += $3 < 1 || $3 > 3 } END { exit !(n == 8 && bad == 0) }' set_states.csv
# the first left mode is the law: the means of stationary
"$binnet" stationary "$pyloric" --update asynchronous --noise gaussian:0.5 -o law >/dev/null
that 'means of the first mode' awk -F, '/^#/ || $1 == "neuron" || $1 == "eigenvalue" { next }
    FILENAME == "law_neurons.csv" { mean[$1] = $2; next } $1 == 1 { n++; d = mean[$2] - $3; bad += d > 1e-12 || d < -1e-12 }
    END { exit !(n == 3 && bad == 0) }' law_neurons.csv set_neurons.csv
expect 0 'written +all.json' spectrum "$pair" -k 3 --update asynchronous --noise gaussian:2.5 --sets 2 -o all --format json
that 'JSON' sh -c 'grep -q "\"binnet-spectrum 1\"" all.json && grep -q "set_of_state" all.json'
expect 0 'estimate +1024 states' spectrum "$pair" --update asynchronous --noise gaussian:2.5 --estimate
expect 0 'time +(about|less than) .* s, by what a step takes now' spectrum "$pair" --update asynchronous --noise gaussian:2.5 --estimate
expect 0 'time +not known: the whole matrix is not tried' spectrum "$pair" --update asynchronous --noise gaussian:2.5 --method gth --estimate
# one neuron that keeps its state: 1 - lambda = 2 / (1 + e^60)
printf '{"format": "binnet-network 1", "neurons": [{"name": "a", "threshold": 30}], "edges": [{"pre": "a", "post": "a", "weight": 60}]}' >one.json
expect 0 '^spectral gap +1 - lambda_2 = 1\.871524594e-13' spectrum one.json --update synchronous --noise logistic:1
expect 0 '^slowest +relaxes in 5\.34324e\+12 steps$' spectrum one.json --update synchronous --noise logistic:1
if command -v gnuplot >/dev/null; then
    for file in a.svg b.png c.pdf; do
        expect 0 "written +$file" spectrum "$pyloric" --plot $file
        that "$file is a picture" test -s $file
    done
    expect 0 'written +small.svg' spectrum "$pyloric" -k 1 --plot small.svg
fi

expect 2 'a spectrum is of the whole chain' spectrum three.json --class 0
expect 2 'needs as many eigenvalues' spectrum three.json -k 2 --sets 3
expect 2 '3 neurons have 8 states' spectrum three.json -k 9 --sets 9
expect 2 'are a pair' spectrum three.json -k 4 --sets 2
expect 2 'count' spectrum three.json -k 0
expect 4 'limit' spectrum "$pair" --update asynchronous --noise gaussian:2.5 --memory 2M
conclude
