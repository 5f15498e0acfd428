#!/bin/sh
# binnet information and binnet potentials as a user meets them. usage: check_information.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

pyloric=$source/examples/pyloric.json
cat >three.json <<'END'
{"format": "binnet-network 1", "neurons": [{"name": "n0", "population": "A", "threshold": 0.5, "stimulus": 0.3},
  {"name": "n1", "population": "A", "threshold": 0.25, "stimulus": -0.2}, {"name": "n2", "population": "B", "threshold": 0.75, "stimulus": 0.1}],
 "edges": [{"pre": "n1", "post": "n0", "weight": 1.5}, {"pre": "n2", "post": "n0", "weight": -2},
  {"pre": "n0", "post": "n1", "weight": 0.7}, {"pre": "n2", "post": "n1", "weight": -1},
  {"pre": "n0", "post": "n2", "weight": 1.2}, {"pre": "n1", "post": "n2", "weight": 0.9}],
 "noise": {"kind": "gaussian", "scale": [0.8, 1, 0.6]}, "update": "synchronous"}
END

# --- information: entropies and their differences, as sums over the 64 pairs of states in python
expect 0 '^entropy of a state +1\.88208287416 +2\.71527162909$' information three.json
expect 0 '^entropy rate, a step +1\.3099045007 ' information three.json
expect 0 '^entropy production, a step +2\.94926462591 ' information three.json
expect 0 '^multi-information of the group +0\.02200493968[89]' information three.json
expect 0 '^group now and 1 step later +0\.572178373452' information three.json
expect 0 'flow against detailed balance 0\.70378 of 1' information three.json
expect 0 '^n0 +n2 +0\.18372083103' information three.json --top 1
expect 0 '^n2 +n0 +0\.142227040816' information three.json
expect 0 '^n2 +n0 +0\.0119069598229' information three.json --lag 2
expect 0 '^transfer entropy source to target +0\.236039677743' information three.json --source n2 --target n0,n1
expect 0 '^B +A +0\.236039677743' information three.json --populations
expect 0 '^transfer entropy source to target +0\.236039677743' information three.json --source B --target population:A
for form in '--stimulus-set n1=-0.2,0.8:0.25,0.75' '--stimuli set.csv'; do
    printf 'prior,n1\n0.25,-0.2\n0.75,0.8\n' >set.csv
    expect 0 '^response of the group +0\.0374221714452 +0\.05398878' information three.json $form
    expect 0 '^  linear +0\.0399141177794' information three.json $form
    expect 0 '^  signal similarity +-0\.0004535539' information three.json $form
    expect 0 '^  stimulus-independent correlation +-0\.0043266928' information three.json $form
    expect 0 '^  stimulus-dependent correlation +0\.0022883004' information three.json $form
done
# one neuron alone: its part is the whole
expect 0 '^response of the group +0\.[0-9]+' information three.json --stimulus-set all=-1,0,1 --group n1
that 'one neuron has no correlations' awk '/^response of/ { all = $5 } /^  linear/ { linear = $2 }
    /^  (signal|stimulus)/ { bad += ($(NF - 1) > 1e-14 || $(NF - 1) < -1e-14) } END { exit !(all == linear && bad == 0 && all > 0) }' out
# symmetric weights and logistic noise, one neuron at a time: detailed balance
printf 'pre\\post,a,b\na,0,1\nb,1,0\n' >two.csv
expect 0 'flow against detailed balance [0-9.]*(e-1[5-9])? of 1' information two.csv --update asynchronous --noise logistic:0.7
that 'nothing is produced in balance' awk '/^entropy production/ { bad = $5 > 1e-12 } END { exit bad }' out
for update in synchronous asynchronous sweep; do
    for noise in gaussian:1 logistic:0.5 uniform:9 laplace:0.5 student_t:0.5:3; do
        expect 0 '^entropy production.*[0-9]' information "$pyloric" --update $update --noise $noise --lag 3
    done
done
# what cannot be undone
printf 'pre\\post,a,b\na,0,1\nb,-1,0\n' >cycle.csv
expect 0 '^entropy production, a step +inf +inf +\(' information cycle.csv --update synchronous --noise uniform:0.4 --threshold a=-0.7 --threshold b=0.5
# no large matrix by mistake, names with commas
printf 'post\\pre,"a,b",c\n"a,b",0,1\nc,2,0\n' >comma.csv
expect 0 '^source +a,b$' information comma.csv --update sweep --noise gaussian:1 --source a,b --target c
expect 0 'all 2 neurons' information comma.csv --update sweep --noise gaussian:1 --group c,a,b
expect 0 'estimate +[0-9]+ states' information "$pyloric" --estimate

expect 2 "no neuron or population 'n7'" information three.json --group n0,n7
expect 2 "neuron 'n0' comes twice" information three.json --group n0,A
expect 2 "neuron 'n1' is in both" information three.json --source A --target n1,n2
expect 2 'go together' information three.json --source A
expect 2 'do not go together' information three.json --stimuli set.csv --stimulus-set n1=0,1
expect 2 'priors add up to 0.9; expected 1' information three.json --stimulus-set n1=0,1:0.5,0.4
expect 2 '2 stimuli and 3 priors' information three.json --stimulus-set n1=0,1:0.5,0.4,0.1
expect 2 'expected NAME=V' information three.json --stimulus-set 0,1
expect 2 "no neuron or population 'x'" information three.json --stimulus-set x=0,1
expect 2 'given twice' information three.json --stimulus-set n1=0,1 --stimulus-set n2=0,1
expect 2 'lag: found' information three.json --lag 1000001
expect 2 'lag: found' information three.json --lag -1
expect 2 'lag' information three.json --lag 0.5
expect 2 'the network has none' information "$pyloric" --populations
expect 2 'class does not go with' information three.json --class 0 --stimulus-set n1=0,1
printf 'n1,prior\n0,0.5\n1,0.6\n' >sum.csv
expect 3 'sum.csv: the priors add up to 1.1' information three.json --stimuli sum.csv
printf 'n1,prior\n0,-0.5\n1,1.5\n' >negative.csv
expect 3 'prior of stimulus 1 is -0.5' information three.json --stimuli negative.csv
printf 'n1,A\n0,0.5\n' >both.csv
expect 3 "both.csv: .*'n1' would hear two stimuli" information three.json --stimuli both.csv
printf 'n1,n2\n0,0.5\n1\n' >ragged.csv
expect 3 'ragged.csv:3: found 1 fields; expected 2' information three.json --stimuli ragged.csv
printf 'x\n0\n' >unknown.csv
expect 3 "unknown.csv: .*no neuron or population 'x'" information three.json --stimuli unknown.csv
printf 'n1\n' >none.csv
expect 3 'none.csv: no stimuli' information three.json --stimuli none.csv
expect 3 'no_such.csv' information three.json --stimuli no_such.csv
printf 'pre\\post,a,b\na,1,0\nb,0,1\n' >stuck.csv
expect 1 'recurrent classes' information stuck.csv --update asynchronous --noise uniform:0.1 --threshold 0.5
expect 1 'stimulus 2 \(all=0\): ' information stuck.csv --update asynchronous --noise uniform:0.1 --threshold 0.5 --stimulus 9 --stimulus-set all=9,0
expect 4 'the responses of 3 neurons to 5000 stimuli' information three.json --stimulus-set n1=$(seq -s, 1 5000) --memory 300K

expect 0 'written' information three.json -o i --stimuli set.csv
for table in information pairs stimuli; do
    that "i_$table.csv says its command" grep -q '^# binnet .* information' i_$table.csv
    that "i_$table.csv says its units" grep -q '^# nats' i_$table.csv
done
that 'the rate is in the table' grep -qE '^entropy_rate,1\.30990450' i_information.csv
that 'who sends stands first' grep -qE '^n2,n0,0\.14222704' i_pairs.csv
that 'stimuli and means' grep -qE '^0\.75,0\.8,0\.[0-9]+,0\.[0-9]+,0\.[0-9]+$' i_stimuli.csv
expect 0 'written' information three.json -o i --format json --stimuli set.csv --source A --target B
that 'i.json' grep -q '"stimulus-dependent correlation"' i.json
cp set.csv r_stimuli.csv
expect 2 'r_stimuli.csv: was read' information three.json --stimuli r_stimuli.csv -o r

# --- potentials: the mixture of eight Gaussian laws, summed in python
expect 0 '^n0 +-0\.199074869 +1\.39565174 +0\.5 +0\.317018899 ' potentials three.json
expect 0 '^n0 +n1 +0\.289259562$' potentials three.json
# two neurons that hear nothing: normal, 0.3 + 0.5 z at z = -1.6448536, 0, 1.2815516
printf 'pre\\post,a,b\na,0,0\nb,0,0\n' >free.csv
for update in synchronous asynchronous sweep; do
    expect 0 '^a +0\.3 +0\.5 +0 +0\.725746882 +-0\.522426813 +0\.3 +0\.940775783 *$' potentials free.csv --update $update --noise gaussian:0.5 --stimulus a=0.3 --quantiles 0.05,0.5,0.9
done
that 'only those asked for' test "$("$binnet" potentials free.csv --update sweep --noise gaussian:1 --neuron b | grep -c '^[ab] ')" -eq 1
# no noise: b is 1 or 0 with a
printf 'pre\\post,a,b\na,0,1\nb,0,0\n' >follow.csv
printf '{"format": "binnet-network 1", "neurons": [{"name": "a"}, {"name": "b", "threshold": 0.5}], "edges": [{"pre": "a", "post": "b", "weight": 1}],
 "noise": {"kind": "logistic", "scale": [1, 0]}, "update": "synchronous"}' >follow.json
expect 0 '^b +0\.5 +0\.5 .* 2 values$' potentials follow.json
expect 0 'written' potentials follow.json -o f
that 'values have probabilities and no density' grep -qE '^b,1,,0\.5,1$' f_densities.csv
that 'a has a density' grep -qE '^a,[-0-9.e]+,[0-9.e-]+,,' f_densities.csv
expect 0 '^a +0 +- ' potentials free.csv --update sweep --noise student_t:1:2
expect 0 '^a +- +- .*' potentials free.csv --update sweep --noise student_t:1:1
# the density of the table: its sum over even points against the distribution function
expect 0 'written' potentials three.json -o p --points 2001
that 'density and distribution function agree' awk -F, '$1 == "n0" { if (n++) sum += (d + $3) / 2 * ($2 - x); else first = $5; x = $2; d = $3; last = $5 }
    END { off = sum - (last - first); exit !(n == 2001 && off < 1e-6 && off > -1e-6 && last - first > 0.998) }' p_densities.csv
expect 0 'written' potentials three.json -o p --format json
that 'p.json' grep -q '"density"' p.json
expect 0 'estimate +[0-9]+ states' potentials "$pyloric" --estimate
expect 2 "no neuron or population 'x'" potentials three.json --neuron x
expect 2 "comes twice" potentials three.json --neuron n0,n0
expect 2 'quantiles' potentials three.json --quantiles 0,1
expect 2 'points: found 1' potentials three.json --points 1

# --- sweeps: the middle point is what the command says there
expect 0 'written +s_sweep.csv' information three.json --vary n0=0.1:0.5:3 --source n0 --target n1,n2 --lag 2 -o s
"$binnet" information three.json --stimulus n0=0.3 --source n0 --target n1,n2 --lag 2 -q -o one
column=2
for quantity in entropy entropy_rate entropy_production multi_information mutual_information_source_target \
    transfer_entropy_source_to_target transfer_entropy_target_to_source; do
    there=$(awk -F, -v column=$column '$1 > 0.29 && $1 < 0.31 { print $column; exit }' s_sweep.csv)
    here=$(sed -n "s/^$quantity,\([^,]*\),.*/\1/p" one_information.csv)
    that "$quantity in a sweep" awk -v a="$there" -v b="$here" 'BEGIN { exit !(b > 0 && a - b < 1e-10 * b && b - a < 1e-10 * b) }'
    column=$((column + 1))
done
for form in '--stimulus-set n1=-0.2,0.8:0.25,0.75' '--stimuli set.csv'; do
    expect 0 'stimulus-information:signal-similarity' information three.json --vary n0=0.1:0.5:3 $form --group n0,n2 -o s
    "$binnet" information three.json --stimulus n0=0.3 $form --group n0,n2 -q -o one
    column=6
    for quantity in stimulus_information linear 'signal similarity' 'stimulus-independent correlation' 'stimulus-dependent correlation'; do
        there=$(awk -F, -v column=$column '$1 > 0.29 && $1 < 0.31 { print $column; exit }' s_sweep.csv)
        here=$(sed -n "s/^$quantity,\([^,]*\),.*/\1/p" one_information.csv)
        that "$quantity in a sweep" awk -v a="$there" -v b="$here" 'BEGIN { d = a - b; exit !(b != 0 && d * d <= 1e-24) }'
        column=$((column + 1))
    done
done
# the noise varies for the stimuli too
"$binnet" information three.json --noise gaussian:1 --stimulus-set n1=-0.2,0.8 -o equal -q
expect 0 'written' information three.json --vary noise=0.5:1:2 --stimulus-set n1=-0.2,0.8 -o s
there=$(awk -F, '$1 == 1 { print $6; exit }' s_sweep.csv) here=$(sed -n 's/^stimulus_information,\([^,]*\),.*/\1/p' equal_information.csv)
that 'stimuli at another noise' awk -v a="$there" -v b="$here" 'BEGIN { d = a - b; exit !(b > 0 && d * d <= 1e-24) }'
expect 2 "neuron 'n1' hears" information three.json --vary n1=0:1:3 --stimulus-set n1=0,1
expect 2 "neuron 'n1' hears" information three.json --vary all=0:1:3 --stimulus-set n1=0,1
expect 4 'limit' information three.json --vary n0=0:1:100000 --memory 1M
# populations: now and later, and what is transferred
expect 0 'transfer:B,A' information three.json --vary n0=0.1:0.5:3 --populations -o s
"$binnet" information three.json --stimulus n0=0.3 --populations -q -o one
pair() {
    sed -n "s/^$1,$2,//p" one_pairs.csv | cut -d, -f"$3"
}
column=6
for of in 'A A 2' 'A B 2' 'B A 2' 'B B 2' 'A B 1' 'B A 1'; do
    there=$(awk -F, -v column=$column '$1 > 0.29 && $1 < 0.31 { print $column; exit }' s_sweep.csv)
    that "populations $of in a sweep" awk -v a="$there" -v b="$(pair $of)" 'BEGIN { d = a - b; exit !(b > 0 && d * d <= 1e-24) }'
    column=$((column + 1))
done
expect 2 'does not go with --vary' information three.json --vary n0=0:1:3 --class 0
expect 2 'in both' information three.json --vary n0=0:1:3 --source n0 --target n0

# --- pictures
if command -v gnuplot >/dev/null; then
    for kind in svg png pdf; do
        expect 0 'written' information three.json --plot pairs.$kind
        expect 0 'written' information three.json --stimuli set.csv --plot parts.$kind
        expect 0 'written' potentials follow.json --plot rows.$kind
        that "pictures as $kind" test -s pairs.$kind -a -s parts.$kind -a -s rows.$kind
    done
    that 'the maps say who sends' grep -q '>from row to column<' pairs.svg
    that 'the parts have their names' grep -q '>correlation, stimulus-dependent<' parts.svg
    that 'sticks are said' grep -q 'sticks: probabilities' rows.svg
    expect 0 'written' potentials three.json --plot rows.svg --title Mine --size 500x400 --font-size 9
    that 'title and size' grep -q '>Mine<' rows.svg
    that 'size' grep -q 'width="500" height="400"' rows.svg
    expect 2 'has no room' potentials three.json --plot rows.svg --size 200x100
    expect 2 'has no room' information three.json --plot pairs.svg --size 200x100
    expect 2 'has no room' information three.json --stimuli set.csv --plot pairs.svg --size 200x100
fi

conclude
