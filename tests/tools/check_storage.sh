#!/bin/sh
# binnet store and binnet recall as a user meets them. usage: check_storage.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

# --- reading: the same two patterns and a cycle in every form
printf 'a: 1 1 0 0 0 0\nb: 0 0 1 1 0 0\nc: 0,0,0,0,1,1\nb -> c -> b\n' >plain.txt
printf 'a: 1 1 -1 -1 -1 -1\nb: -1 -1 1 1 -1 -1\nc: -1,-1,-1,-1,+1,+1\nb -> c -> b\n' >spins.txt
printf '# with a picture\na:\nXX.\n...\n\nb:\n..X\nX..\n\nc: c.pbm\nb->c->b\n' >rows.txt
printf 'P1\n# black is 1\n3 2\n0 0 0\n0 1 1\n' >c.pbm
printf 'P4\n6 1\n\014' >c4.pbm
sed 's/^c:.*/c: c4.pbm/' plain.txt >bits.txt
for file in plain spins rows bits; do
    expect 0 '^patterns .*3 of 6 neurons, 3 transitions$' store $file.txt -o $file.json --noise logistic:0.2 --probability 0.9
    expect 0 'cycle +b -> c -> b' store $file.txt --noise logistic:0.2 --probability 0.9
    that "$file.txt gives the network of plain.txt" cmp -s plain.json $file.json
done
expect 0 'once round 0.81, ten times 0.121576654[0-9]*, steps 10,' store plain.txt --noise gaussian:0.3 --probability 0.9
expect 0 '^ *4 +b -> c .* 0\.9 ' store plain.txt --noise gaussian:0.3 --path-probability 0.81
expect 0 '^spurious +[0-9]+ attractors' store plain.txt
expect 0 'exact; all states at that distance' store plain.txt --noise gaussian:0.3
printf '1100\n0011\n' >two.csv
expect 0 '^ *2 +2 -> 2 ' store two.csv
printf '1,1,0,0\n0,0,1,1\n' >two.csv
expect 0 '^ *1 +1 -> 1 ' store two.csv
expect 0 '1 of 6 neurons, 1 transitions' store c.pbm --rule margin --free threshold
for rule in margin hebb pseudo-inverse covariance; do
    expect 0 "^rule +$(echo $rule | sed 's/hebb/Hebb/')" store two.csv --rule $rule --free threshold
done
expect 0 '^rule +Storkey' store two.csv --rule storkey
expect 0 '' store two.csv --rule margin --dale found --free stimulus
expect 0 '' store two.csv --rule margin --least -1 --greatest 1 --free threshold

# --- the network holds what it should
expect 0 '^1 .* c +0 ' recall plain.json --cue b --patterns plain.txt --steps 1 --noise gaussian:0
expect 0 '^2 .* b +0 ' recall plain.json --cue 001100 --patterns plain.txt --steps 2 --noise gaussian:0
expect 0 'active neurons' recall plain.json --cue '1 0 0 0 0 0' --flip 2 --update asynchronous -o run
that 'run.csv has 21 steps' test "$(grep -vc '^#' run.csv)" -eq 22
expect 0 '^attractors +8: 6 fixed points, 2 cycles' attractors plain.json --threshold 0.001

# --- what is wrong, where, what to change
printf 'a: 110\nb: 011\nc: 101\na -> b\na -> c\n' >fork.txt
expect 1 'neuron 1: line 4, a -> b and line 5, a -> c start from one state.*leave one out' store fork.txt -q
expect 1 'line 4, a -> b: it is to be silent' store fork.txt --rule margin
expect 1 '1 x line 5, a -> c' store fork.txt
printf '110\n01\n' >uneven.txt
expect 3 "uneven.txt:2: pattern '2' has 2 activities; expected 3 as in '1' \(line 1\)" store uneven.txt
printf '110\n01-1\n' >mixed.txt
expect 3 'mixed.txt:2: found both 0 and -1' store mixed.txt
printf 'a: 110\na -> b\n' >unknown.txt
expect 3 "unknown.txt:2: there is no pattern 'b'" store unknown.txt
printf 'a: 110\na: 011\n' >twice.txt
expect 3 "twice.txt:2: a second pattern 'a'" store twice.txt
printf 'a: 112\n' >digit.txt
expect 3 'digit.txt:1: expected activities' store digit.txt
printf 'a:\n\nb: 1\n' >empty.txt
expect 3 "empty.txt:1: 'a' has no activities" store empty.txt
printf '# nothing\n' >none.txt
expect 3 'has no patterns' store none.txt
printf 'P1\n3 2\n0 1\n' >short.pbm
expect 3 'has 2 of its 3 x 2 pixels' store short.pbm
printf 'P4\n30 20\n1' >short.pbm
expect 3 'ends before its 30 x 20 pixels' store short.pbm
printf '# two\na: 101\nb: short.pbm\n' >named.txt
expect 3 'named.txt:3: short.pbm: ends before its 30 x 20 pixels' store named.txt
printf 'a: 101\nb: nowhere.pbm\n' >missing.txt
expect 3 'missing.txt:2: nowhere.pbm: cannot be read: No such file' store missing.txt
printf 'a: 100\nb: 010\na -> b -> a -> b -> a\n' >again.txt
expect 3 "again.txt:3: 'a' occurs twice in the cycle" store again.txt
expect 3 'probability.0. is 1: this noise has no bound' store plain.txt --noise gaussian:1 --probability 1
expect 0 'once round 1,' store plain.txt --noise uniform:0.1 --probability 1
expect 2 'a probability needs noise' store plain.txt --probability 0.9
expect 2 'need --rule margin' store plain.txt --dale found
printf 'pre\\post,n1,n2,n3,n4,n5,n6\nn1,0,1,1,1,1,0\nn2,1,0,1,1,1,0\nn3,1,1,0,1,1,0\nn4,1,1,1,0,1,0\nn5,1,1,1,1,0,0\nn6,1,1,1,1,1,0\n' >mask.csv
expect 1 'neuron 6 +impossible' store plain.txt --mask mask.csv
expect 1 'neuron 6: no input of it is active before line 4, b -> c; .*change them or the mask' store plain.txt --mask mask.csv -q
printf 'a: 110\nb: 011\nc: 101\na->b->c->b\n' >three.txt
expect 1 'no weights, proved by 3 transitions .line 4, a -> b; line 4, b -> c; ...' store three.txt -q
printf 'a: 110\nb: 100\nc: 010\nt: 111\na -> t\nb -> t\nc -> t\n' >loose.txt
expect 1 'above 0, but not as wanted: --rule margin asks for less' store loose.txt --threshold -0.5 -q
expect 0 '3 stored' store loose.txt --threshold -0.5 --rule margin --margin 0.5
expect 3 'mask.csv has 6 neurons; the patterns have 4' store two.csv --mask mask.csv
expect 2 'recall needs --cue' recall plain.json
expect 2 "--cue has 2 activities; the network has 6" recall plain.json --cue 01
expect 2 'or --patterns FILE and a name of it' recall plain.json --cue b
expect 3 'its patterns have 4 neurons, the network has 6' recall plain.json --cue b --patterns two.csv
expect 1 'not stored' store "$source/examples/letters.txt" --rule temporal

# --- basins: a sample agrees with all states; what is no attractor is none
printf '1101001001011100101010\n0010110111001001011001\n1001110010101001101001\n' >wide.txt
basin() { sed -n 's/^ *3 -> 3: \([0-9.e-]*\).*/\1/p' out; }
expect 0 'basins of all 2.22 states' store wide.txt
whole=$(basin)
expect 0 'basins: where 2000 states drawn from all 2.22 end .simulated, 95 % interval.' store wide.txt --memory 2M --runs 2000
that "a sampled basin is near $whole" awk -v p="$whole" -v q="$(basin)" 'BEGIN { exit !(p > 0.01 && q - p < 0.05 && p - q < 0.05) }'
expect 0 '^spurious .*, in [0-9]+ attractors that were met' store "$source/examples/letters.txt"
printf 'a: 110\nb: 011\na -> b\na -> a\n' >kept.txt
expect 1 'a -> a: no attractor' store kept.txt

# --- capacity
expect 0 '^1 +19 +1\.000 .* 1\.000$' capacity --neurons 20 --sets 3 --loads 1 --rules exact
expect 0 'Gardner +2 patterns' capacity --neurons 12 --sets 2 --loads 0.5,3 --rules exact,margin,hebb,storkey -o cap
# no rule stores what no weights can do; with noise never more than without; margin as often as any
expect 0 'written +noisy_capacity.csv' capacity --neurons 12 --sets 4 --loads 0.3,1,2 --noise gaussian:0.3 -o noisy
that 'capacities are ordered' awk -F, '!/^#/ && $1 != "rule" { at = $1 "," $3; all++; if ($2 == 0) { plain[at] = $8; if ($1 == "margin") best[$3] = $8 }
    else bad += $8 > plain[at]; bad += $9 > $8 || $10 < $8 || $6 > $5 || $7 < $5 } END { for (k in plain) { split(k, x, ","); bad += plain[k] > best[x[2]] } exit !(all == 24 && bad == 0) }' noisy_capacity.csv
expect 0 'written +cap.json' capacity --neurons 12 --sets 2 --loads 1 --cycles --self --rules temporal --format json -o cap
that 'JSON of capacities' grep -q '"binnet-capacity 1"' cap.json
expect 2 "found 'no', expected exact" capacity --rules no
expect 2 'stands there twice' capacity --rules exact,exact
expect 2 'patterns that stay' capacity --rules storkey --cycles
expect 2 "unexpected argument 'x'" capacity x
expect 2 'within 0 and 1' capacity --activity 1

# --- pictures
if command -v gnuplot >/dev/null; then
    expect 0 'written +s.svg' store plain.txt --noise gaussian:0.3 --plot s.svg
    expect 0 'written +r.svg' recall plain.json --cue b --patterns plain.txt --plot r.svg
    expect 0 'written +t.svg' recall plain.json --cue 110000 --steps 60 --plot t.svg
    expect 0 'written +k.svg' capacity --neurons 10 --sets 2 --loads 0.5,1,2 --noise gaussian:0.3 --plot k.svg
    for name in s r t k; do
        that "$name.svg is a picture" grep -q '<svg' $name.svg
    done
    that 'the margins have their axis' grep -q '>margin<' s.svg
fi
conclude
