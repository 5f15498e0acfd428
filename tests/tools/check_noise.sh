#!/bin/sh
# Correlated noise in network files.
# usage: check_noise.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

# pair NAME NOISE : two neurons that do not interact, at threshold
pair() {
    printf '{"format": "binnet-network 1", "neurons": ["a", "b"], "edges": [], "noise": %s, "update": "synchronous"}\n' "$2" >"$1.json"
}
pair half '{"kind": "gaussian", "covariance": [[1, 0.5], [0.5, 1]]}'
pair factor '{"kind": "gaussian", "factors": [[1], [-1]], "own": 1}'
pair minor '{"kind": "gaussian", "covariance": [[1, 2], [2, 1]]}'
pair skew '{"kind": "gaussian", "covariance": [[1, 0.5], [0.4, 1]]}'
pair short '{"kind": "gaussian", "covariance": [[1, 0.5]]}'
pair alone '{"kind": "gaussian", "factors": [[1], [1]]}'
pair logistic '{"kind": "logistic", "covariance": [[1, 0.5], [0.5, 1]]}'
pair twice '{"kind": "gaussian", "scale": 1, "covariance": [[1, 0.5], [0.5, 1]]}'
pair many '{"kind": "gaussian", "factors": [[1, 1, 1, 1], [1, 1, 1, 1]], "own": 1}'

# Pr(both) = 1/4 + asin(r)/(2 pi): 1/3 for r = 1/2, 1/6 for -1/2
expect 0 '^0\.333333333 +3 ' stationary half.json
expect 0 '^0\.166666667 +3 ' stationary factor.json
expect 0 'correlated: 1 shared factor' stationary half.json
expect 0 '^correlated +transition probabilities within' stationary half.json
expect 0 '^0\.25 +3 ' stationary half.json --update asynchronous
expect 0 'only the variances' stationary half.json --update asynchronous
expect 0 '^0\.25 +3 ' stationary half.json --noise gaussian:1
expect 3 'minor of order 2' stationary minor.json
expect 3 'not symmetric' stationary skew.json
expect 3 'noise\.covariance: expected a list of 2 rows' stationary short.json
expect 3 'expected factors .* and own' stationary alone.json
expect 3 'only with kind gaussian' stationary logistic.json
expect 3 'expected a scale, or a covariance' stationary twice.json
expect 3 'rows of 4 numbers; expected 1 to 3' stationary many.json
expect 0 'residual' stationary "$source/examples/common_input.json"
expect 2 'vary noise-factor' stationary half.json --vary noise=0.5:1:3
expect 0 'noise factor|factor of the noise' stationary half.json --vary noise-factor=0.5:1:3
# schedules keep the correlations of the noise, whatever they change
printf 'time,noise\n0,1\n3,0.5\n' >noise.csv
printf 'time,weights\n0,1\n' >weights.csv
expect 1 'this one is correlated' evolve half.json --update synchronous --schedule noise.csv
expect 1 'this one is correlated' evolve half.json --update synchronous --schedule weights.csv
expect 0 'schedule +noise.csv, 2 parts' evolve half.json --update asynchronous --schedule noise.csv
# there and back
expect 0 'written' convert "$source/examples/common_input.json" -o copy.json
"$binnet" stationary copy.json 2>&1 | grep -E '^[0-9]' >there
"$binnet" stationary "$source/examples/common_input.json" 2>&1 | grep -E '^[0-9]' >here
that 'a copy has the same law' cmp -s there here
expect 0 'written' convert half.json -o half_copy.json
expect 0 '^0\.333333333 +3 ' stationary half_copy.json
conclude
