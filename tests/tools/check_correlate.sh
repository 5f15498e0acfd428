#!/bin/sh
# binnet correlate as a user meets it. usage: check_correlate.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

# value FILE COLUMN FIELD... : the number in this column of the first row that begins with these fields (no quotes in them)
value() {
    file=$1 column=$2
    shift 2
    row=$(printf '%s,' "$@")
    awk -F, -v row="$row" -v column="$column" 'index($0, row) == 1 { print $column; exit }' "$file"
}

# near X Y RELATIVE
near() {
    awk -v x="$1" -v y="$2" -v r="$3" 'BEGIN { d = x - y; exit !(x != "" && d <= r * sqrt(y * y) && -d <= r * sqrt(y * y)) }'
}

# --- a network of three neurons in 50 digits elsewhere; a name has a comma
cat >golden.json <<'END'
{"format": "binnet-network 1",
 "neurons": [{"name": "a", "threshold": 0.5, "stimulus": 0.3, "population": "P"},
             {"name": "b", "threshold": 0.25, "stimulus": -0.2, "population": "P"},
             {"name": "d,e", "threshold": 0.75, "stimulus": 0.1, "population": "Q"}],
 "orientation": "post-rows", "matrix": [[0, 1.5, -2], [0.7, 0, -1], [1.2, 0.9, 0]],
 "noise": {"kind": "gaussian", "scale": [0.8, 1, 0.6]}, "update": "synchronous"}
END
expect 0 '^b,d,e +0\.101194854 ' correlate golden.json
expect 0 '^a,d,e,b +3 .* 0\.00326855268 +0\.00326855268' correlate golden.json --group a,d,e,b
expect 0 'row = earlier time, column = later time.*all neurons at once' correlate golden.json
expect 0 'written +g_lagged.csv' correlate golden.json --group a,b --group a,b,d,e --order 3 --lag 3 --populations \
    --window 2 --times --response -o g
sed 's/"d,e"/de/' g_lagged.csv >lagged.csv
sed 's/"d,e"/de/' g_correlation.csv >correlation.csv
sed 's/"d,e"/de/' g_triples.csv >triples.csv
that 'Pearson 01' near "$(value correlation.csv 3 a)" .162463615121815 1e-12
that 'Pearson 02' near "$(value correlation.csv 4 a)" .105336836133574 1e-12
that 'third central moment' near "$(value triples.csv 5 a b de)" .003268552684555 1e-11
that 'Cov(A0(t), A2(t+1))' near "$(value lagged.csv 4 1 a de)" .136014016893687 1e-12
that 'Cov(A2(t), A0(t+1))' near "$(value lagged.csv 4 1 de a)" -.115569631572593 1e-12
# the correlogram at -1 is the other neuron first
expect 0 '^-1 ' correlate golden.json --lag 2 --pair a,d,e
that 'a negative lag' near "$(awk '$1 == "-1" { print $2 }' out)" "$(value lagged.csv 5 1 de a)" 1e-8
# the groupwise correlation from its definition and the means
awk -F, -v moment="$(value triples.csv 5 a b de)" -v found="$(value triples.csv 4 a b de)" '
    /^(a|b|"d),/ || /^"d,e"/ { q = /^"/ ? $3 : $2; product = (product == "" ? 1 : product) * (q * (1 - q) ^ 3 + (1 - q) * q ^ 3) }
    END { r = moment / product ^ (1 / 3); d = r - found; exit !(found != "" && d < 1e-14 && d > -1e-14) }' g_neurons.csv
that 'groupwise correlation of three' test $? -eq 0
# Var(K_P) = var a + var b + 2 cov; counts of two steps: 2 var + Cov(1 step) twice
awk -F, 'FNR == 1 { file++ } file == 1 && $1 == "a" { va = $3 } file == 1 && $1 == "b" { vb = $3 }
    file == 2 && $1 == "a" { cab = $3 } file == 3 && $1 == "P" { found = $3 } file == 4 && /^1,a,a,/ { lag = $4 }
    file == 5 && $1 == "a" { count = $2 }
    END { d = (va + vb + 2 * cab) / 4 - found; e = 2 * va + 2 * lag - count
          exit !(found > 0 && count > 0 && d * d < 1e-28 && e * e < 1e-28) }' \
    g_neurons.csv g_covariance.csv g_populations.csv lagged.csv g_counts.csv
that 'populations and counts from covariances' test $? -eq 0
that 'tables say how lags are meant' grep -q '^# Cov(X_earlier(t), X_later(t + lag))' g_lagged.csv
that 'tables say what a correlation is' grep -q '^# X: activities.*(1/k)' g_groups.csv
that 'a group is one field' grep -q '^"a,b,d,e",3,' g_groups.csv
expect 0 'written +j.json' correlate golden.json --group a,b --order 3 --lag 2 --populations --window 2 --times --response \
    -o j --format json
for key in mean covariance correlation triples groups lagged_covariance populations counts autocorrelation_time response; do
    that "j.json has $key" grep -q "^ \"$key\": " j.json
done
# times and responses by hand: the response is a difference of means
derivative() {
    "$binnet" correlate golden.json --stimulus b=$1 -o d$2 -q
}
derivative -0.1999 1
derivative -0.2001 2
awk -F, 'FNR == 1 { file++ } $1 == "a" { x[file] = file == 3 ? $3 : $2 }
    END { d = (x[1] - x[2]) / 2e-4 - x[3]; exit !(x[3] > 0 && d < 1e-8 && d > -1e-8) }' d1_neurons.csv d2_neurons.csv g_response.csv
that 'response of a to the stimulus of b' test $? -eq 0

# --- closed forms. Two independent neurons at 1/2: asynchronous, half the steps redraw one: correlation 2^-lag with itself,
# time 1 + 2 = 3; synchronous: 1; Fano factor of counts 1/2; d p/d I = 1/sqrt(2 pi)
printf '{"format": "binnet-network 1", "populations": [{"name": "E", "size": 2}], "orientation": "pre-rows", "matrix": [[0]], "self_connections": false}' >two.json
free="--noise gaussian:1"
expect 0 '^E\.1 +0\.5 +0\.25 +3 ' correlate two.json $free --update asynchronous --times
expect 0 '^E\.1 +0\.5 +0\.25 +1 +1\.5 +0\.5 ' correlate two.json $free --update synchronous --times --window 3
expect 0 '^-3 +0\.125 ' correlate two.json $free --update asynchronous --lag 3 --pair E.1,E.1
expect 0 '^E +0\.5 +0\.125 +0\.5 +0\.5' correlate two.json $free --update synchronous --populations --window 4
expect 0 '^E\.1 +0\.39894228 ' correlate two.json $free --update sweep --response
# two neurons that hear a third at 1/2, weight 1, noise 1: Var V = 1.25, Cov = .25, of their average .75; normal moments:
# (1.25 * 1.25)^(1/2) for k = 2; independent of the others in time when synchronous
cat >hear.json <<'END'
{"format": "binnet-network 1", "neurons": [{"name": "s", "population": "S"}, {"name": "u", "population": "H"}, {"name": "v", "population": "H"}],
 "edges": [{"pre": "s", "post": "u", "weight": 1}, {"pre": "s", "post": "v", "weight": 1}]}
END
expect 0 '^u,v +0\.2 +0\.25$' correlate hear.json $free --update synchronous --potentials
expect 0 '^u,v +2 +0\.2 +0\.25 +0\.25$' correlate hear.json $free --update asynchronous --potentials --group u,v
expect 0 '^s,u,v +3 +[^ ]+ +- +-$' correlate hear.json $free --update asynchronous --potentials --group s,u,v
expect 0 '^H +0\.5 +0\.75 *$' correlate hear.json $free --update synchronous --potentials --populations
expect 0 '^0 +0\.2 ' correlate hear.json $free --update synchronous --potentials --lag 2 --pair u,v
expect 0 '^1 +0 ' correlate hear.json $free --update synchronous --potentials --lag 2 --pair u,v
expect 0 '^2 triples|all triples' correlate hear.json $free --update synchronous --potentials --order 3

# --- what is not defined is shown as such
expect 0 '^E\.1,E\.2 +- +0 *$' correlate two.json --noise uniform:1 --update synchronous --stimulus 5
expect 0 '^- is not defined' correlate two.json --noise uniform:1 --update synchronous --stimulus 5 --group E.1,E.2 --times \
    --lag 2 --populations --window 2 --plot none.svg -o none
expect 0 '^E\.1 +0 +0 +- +0 +- ' correlate two.json --noise uniform:1 --update synchronous --stimulus -5 --times --window 2
that 'an undefined correlation is an empty field' grep -q '^E.1,,$' none_correlation.csv
expect 0 '^s +- +- ' correlate hear.json --noise student_t:1:1 --update synchronous --potentials

# --- what is asked for wrongly
expect 2 "there is no neuron or population 'x'" correlate golden.json --group a,x
expect 2 "there is no neuron or population 'd'" correlate golden.json --group a,d
expect 2 "there is no neuron or population ''" correlate golden.json --group a,
expect 2 "neuron 'a' comes twice" correlate golden.json --group a,b,a
expect 2 "'a' is one neuron; a group has at least two" correlate golden.json --group a
expect 2 'the network has 2 neurons' correlate two.json $free --update sweep --order 3
expect 2 'order' correlate golden.json --order 4
expect 2 'lag' correlate golden.json --lag -1
expect 2 'lag' correlate golden.json --lag 1000001
expect 2 'lag' correlate golden.json --lag 1.5
expect 2 'window' correlate golden.json --window 0
expect 2 'expected two' correlate golden.json --lag 1 --pair a,b,d,e
expect 2 'correlogram' correlate golden.json --pair a,b
for option in '--window 2' --times --response; do
    expect 2 'does not go with --potentials' correlate golden.json --potentials $option
done
printf 'post\\pre,a,b\na,0,1\nb,1,0\n' >plain.csv
expect 2 'names no populations' correlate plain.csv $free --update sweep --populations
expect 2 'no update rule' correlate plain.csv $free
expect 4 'limit' correlate golden.json --lag 1000000 --memory 20M
expect 1 'recurrent classes' correlate plain.csv --noise uniform:0 --threshold 0.5 --update synchronous
awk 'BEGIN { print "pre,post,weight"; for (i = 0; i < 60; i++) printf "a_neuron_of_name_%03d,a_neuron_of_name_%03d,1\n", i, (i + 1) % 60 }' >sixty.csv
expect 4 '60 neurons' correlate sixty.csv $free --update asynchronous
expect 0 'lags +at most' correlate golden.json --lag 100 --estimate

# --- sweeps: each point is what the command says there
expect 0 'written +s_sweep.csv' correlate golden.json --vary a=0.1:0.5:3 --group a,b,d,e --lag 1 --pair a,b --populations --window 2 \
    --times -o s
"$binnet" correlate golden.json --stimulus a=0.3 --group a,b,d,e --lag 1 --populations --window 2 --times -o one -q
# the middle point: columns by their place in the list of quantities
middle() {
    awk -F, -v column=$1 '$1 > 0.29 && $1 < 0.31 { print $column; exit }' s_sweep.csv
}
that 'groupwise in a sweep' near "$(middle 2)" "$(sed -n 's/^"a,b,d,e",3,//p' one_groups.csv | cut -d, -f1)" 1e-10
that 'lagged in a sweep' near "$(middle 3)" "$(value one_lagged.csv 5 1 a b)" 1e-10
that 'population in a sweep' near "$(middle 4)" "$(value one_populations.csv 2 P)" 1e-12
that 'Fano factor in a sweep' near "$(middle 6)" "$(value one_populations.csv 4 P)" 1e-12
that 'Fano factor of counts in a sweep' near "$(middle 7)" "$(value one_populations.csv 5 P)" 1e-12
that 'no word of averages of pairs' test "$(grep -c '(Pearson): average' s_sweep.csv)" -eq 0
that 'the sweep says what X is' grep -q '^# X: activities' s_sweep.csv
expect 0 'written' correlate golden.json --vary a=0:1:3 --potentials --group a,b --populations -o v
that 'the sweep says what X is, potentials' grep -q '^# X: membrane potentials' v_sweep.csv
expect 2 'say what to follow' correlate golden.json --vary a=0:1:3
expect 2 'needs --pair' correlate golden.json --vary a=0:1:3 --lag 2
expect 0 'triples:largest' correlate golden.json --vary a=0.1:0.5:3 --order 3 --populations --response -o s
"$binnet" correlate golden.json --stimulus a=0.3 --order 3 --response -o one -q
sed 's/"d,e"/de/' one_response.csv >response.csv
sed 's/"d,e"/de/' one_triples.csv >triples.csv
sed 's/"d,e"/de/' one_correlation.csv >correlation.csv
for column in 12 13 14 15; do
    that 'the only triple in a sweep' near "$(middle $column)" "$(value triples.csv 4 a b de)" 1e-10
done
sum() {
    awk -v rows="$1" -v columns="$2" -F, '!/^#/ && index(rows, $1) { for (k = 2; k <= 4; k++) if (index(columns, k)) x += $k; n++ }
        END { printf "%.15g", x / n }' response.csv
}
that 'P by the stimulus of Q' near "$(middle 17)" "$(sum 'a b' 4)" 1e-10
that 'Q by the stimulus of P' near "$(middle 18)" "$(sum de '2 3')" 1e-10
that 'a by all stimuli' near "$(middle 20)" "$(sum a '2 3 4')" 1e-10
that 'a by the stimulus of b' near "$(middle 24)" "$(value response.csv 3 a)" 1e-10
expect 0 'pairs:largest' correlate golden.json --vary a=0.1:0.5:3 --order 2 -o s
that 'pairs in a sweep' near "$(middle 7)" "$(value correlation.csv 4 b)" 1e-10
that 'their range and mean' awk -F, '!/^#/ && $1 + 0 > 0 { x = $5; y = $6; z = $7; least = x < y ? x : y; least = z < least ? z : least
        largest = x > y ? x : y; largest = z > largest ? z : largest; mean = (x + y + z) / 3 - $3
        bad += $2 != least || $4 != largest || mean > 1e-14 || mean < -1e-14; n++ } END { exit bad || n != 3 }' s_sweep.csv
expect 2 'does not go with --vary' correlate golden.json --vary a=0:1:3 --group a,b --class 0

# --- pictures
if command -v gnuplot >/dev/null; then
    for kind in svg png pdf; do
        expect 0 'written' correlate golden.json --lag 8 --plot p.$kind
        that "p.$kind is not empty" test -s p.$kind
    done
    that 'the picture names its curves' grep -q 'a, d,e' p.svg
    expect 0 'written' correlate golden.json --potentials --plot v.svg --title 'Three neurons'
    that 'the picture says potentials' grep -q 'correlation of potentials' v.svg
    that 'the picture has its title' grep -q 'Three neurons' v.svg
    expect 0 'written' correlate golden.json --lag 0 --pair a,a --plot zero.svg
    expect 0 'written' correlate golden.json --lag 5000 --plot far.svg
    that 'the picture says what it leaves out' grep -q 'every 5th lag' far.svg
    expect 2 'has no room for this picture' correlate golden.json --lag 8 --plot p.svg --size 200x200
fi

conclude
