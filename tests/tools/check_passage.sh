#!/bin/sh
# binnet evolve and binnet passage as a user meets them. usage: check_passage.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

pyloric=$source/examples/pyloric.json
# two neurons that hear nothing, logistic noise of scale 1: Pr(a active) = 1/(1 + e^-1), b: 1/2; all at once
printf 'pre\\post,a,b\na,0,0\nb,0,0\n' >free.csv
free="free.csv --update synchronous --noise logistic:1 --stimulus a=1"
expect 0 '^a +0 +0\.731058579' evolve $free --from 00 --steps 4
expect 0 '^b +0 +0\.5' evolve $free --from 00 --steps 4
expect 0 '^0\.365529289 +1 +10 +a$' evolve $free --from 00 --steps 1
expect 0 '^time 3: entropy' evolve $free --from 0x,11 --steps 9 --snapshots 3,9
# from time 2 on a hears -1: 1/(1 + e) = 0.268941421 in step 3; then noise ten times as strong
printf 'time,a,noise\n0,1,1\n2,-1,1\n4,-1,10\n' >schedule.csv
expect 0 'written' evolve $free --from uniform --steps 6 --schedule schedule.csv -o e
that 'means follow the schedule' awk -F, '/^[0-9]/ { m[$1] = $2 } END { exit !(m[0] == 0.5 && m[2] > 0.731058578 && m[2] < 0.731058579 &&
    m[3] > 0.268941421 && m[3] < 0.268941422 && m[5] > 0.475020812 && m[5] < 0.475020813) }' e_means.csv
that 'states are in the table' grep -qE '^6,2,b01,0\.26[0-9]+,"b"$' e_states.csv
printf 'time,a,weights\n0,1,1\n2,-1,0.5\n' >weights.csv
expect 0 'schedule +weights.csv, 2 parts' evolve $free --schedule weights.csv --steps 5
expect 0 'written' evolve $free --steps 3 -o e --format json
that 'e.json' grep -q '"binnet-evolution 1"' e.json
# the stationary law stays; far away it is reached
expect 0 'written' evolve "$pyloric" --update asynchronous --noise gaussian:0.5 --from stationary --steps 50 -o s
that 'stationary means stay' awk -F, '/^[0-9]/ { if (n++ == 0) { a = $2 } bad += ($2 - a > 1e-12 || a - $2 > 1e-12) } END { exit !(n == 51 && bad == 0) }' s_means.csv
expect 0 'steps +5000 ' evolve "$pyloric" --update sweep --noise gaussian:0.5 --from attractor:0 --steps 5000
expect 0 '^time +' evolve "$pyloric" --update asynchronous --noise gaussian:0.5 --estimate
# 6 operations for each neuron and state, 100 steps; 50 twice with a picture
for steps in '100' '50 --plot never.svg'; do
    expect 0 'about 1\.44e\+04 floating' evolve "$pyloric" --update asynchronous --noise gaussian:0.5 --estimate --steps $steps
done
# continuous time: a relaxes at its own rate, m(t) = p (1 - e^(-r t)): r = 2, t = 1: 0.731058579 (1 - e^-2) = 0.632120560; b stays at half
free_now="free.csv --update asynchronous --noise logistic:1 --stimulus a=1"
expect 0 '^a +0 +0\.6321205' evolve $free_now --from 00 --steps 1 --rates 1 --rates a=2
expect 0 '^b +0 +0\.31606027' evolve $free_now --from 00 --steps 1 --rates a=2
expect 0 'units of 3 updates' evolve $free_now --from 00 --steps 1 --rates a=2 -o c
that 'events are in the table' grep -q 'q = 3 updates' c_means.csv
expect 0 'sum of sizes, at most [0-9.]+e-1[0-9]' evolve $free_now --from 00 --steps 50 --rates 1
expect 0 '^time +' evolve "$pyloric" --update asynchronous --noise gaussian:0.5 --rates 1 --estimate
expect 2 'not synchronous' evolve $free --rates 1
expect 2 "'002' has 3 digits" evolve $free --from 002
expect 2 "found '2' in '02'" evolve $free --from 02
expect 2 'attractor:?.9: without noise' evolve $free --from attractor:9
expect 2 'do not go together' evolve $free_now --rates 1 --schedule schedule.csv
expect 2 "no neuron or population 'c'" evolve $free_now --rates c=1
expect 3 'rate' evolve $free_now --rates a=-1

expect 2 "'001' has 3 digits" evolve $free --from 001
expect 2 "found '2' in '02'" evolve $free --from 02
expect 2 'attractor 7: without noise there are' evolve $free --from attractor:7
expect 2 'expected the number of an attractor' evolve $free --from attractor:x
expect 2 'snapshots' evolve $free --steps 5 --snapshots 2,9
expect 2 'snapshots.*rise' evolve $free --steps 5 --snapshots 4,2
expect 2 'snapshots' evolve $free --steps 5 --snapshots 1.5
printf 'time,a\n1,0\n' >late.csv
expect 3 'late.csv:2: the first time is 1; expected 0' evolve $free --schedule late.csv
printf 'time,a\n0,0\n5,1\n5,2\n' >twice.csv
expect 3 'twice.csv:4: time 5 after 5; expected rising times' evolve $free --schedule twice.csv
printf 'time,a\n0,0\n1.5,1\n' >part.csv
expect 3 'part.csv:3: time 1.5; expected a whole number' evolve $free --schedule part.csv
printf 'time,c\n0,0\n' >unknown.csv
expect 3 "unknown.csv:1: column 'c': no neuron or population" evolve $free --schedule unknown.csv
printf 'time,a,all\n0,0,0\n' >both.csv
expect 3 "both.csv:1: neuron 'a' would hear two stimuli" evolve $free --schedule both.csv
printf 'a\n0\n' >timeless.csv
expect 3 "timeless.csv:1: no column 'time'" evolve $free --schedule timeless.csv
printf 'time,noise\n0,-1\n' >negative.csv
expect 3 'negative.csv:2: noise -1' evolve $free --schedule negative.csv
printf 'time,a\n0\n' >ragged.csv
expect 3 'ragged.csv:2: found 1 fields; expected 2' evolve $free --schedule ragged.csv
printf 'time,a\n' >empty.csv
expect 3 'no times below the heading' evolve $free --schedule empty.csv
expect 3 'no_such.csv' evolve $free --schedule no_such.csv

# --- passage: geometric with p = Pr(11) = 0.3655292893: mean 1/p = 2.73575888, deviation sqrt(1 - p)/p = 2.17913235
expect 0 '^2\.73575888 +2\.17913235 +00 +\(none\)$' passage $free --to 11
expect 0 'time +mean 2\.735758882' passage $free --from 00 --to 11
# 11 before 01: 0.3655/(0.3655 + 0.1345) = 0.731058579
expect 0 '^2\.73575888 +2\.17913235 +0\.731058579 +00 ' passage $free --to 11 --against 01
expect 0 'rate 0\.36552928' passage $free --from 0x,10 --escape
expect 0 '^0\.5761168[0-9]+ +10 +a$' passage $free --from 0x,10 --escape
expect 0 'written' passage $free --to 11 --against 01 --from 0x,10 --escape -o p
that 'times in the table' grep -qE '^0,b00,2\.73575888[0-9]*,2\.179132[0-9]*,0\.73105857[0-9]*,""$' p_times.csv
that 'escape in the table' grep -qE '^1,b10,0\.5761168[0-9]*,"a"$' p_escape.csv
expect 0 'written' passage $free --to 11 --from 0x,10 --escape -o p --format json
that 'p.json' grep -q '"quasi-stationary law' p.json
expect 2 'every state is in the target' passage $free --from 00 --to xx
expect 0 'estimate +3 states.* about .* operations' passage $free --to 11 --estimate
expect 0 '^time .* an iteration, .* not known beforehand' passage $free --to 11 --method iteration --estimate
# without noise a copies itself
printf 'pre\\post,a,b\na,1,1\nb,0,0\n' >copy.csv
expect 0 '^inf +inf +00 ' passage copy.csv --update synchronous --noise uniform:0 --threshold 0.5 --to x1
expect 1 'never left' passage copy.csv --update synchronous --noise uniform:0 --threshold 0.5 --from 0x --escape
expect 2 'say --to' passage $free --from 00
expect 2 'escape is from' passage $free --to 00 --escape
expect 2 'against is for' passage $free --from 00 --escape --against 11
expect 2 'every state is in the target' passage $free --to xx
expect 2 'set is every state' passage $free --from xx --escape
expect 2 'have state 11 in common' passage $free --to 11 --against x1
conclude
