#!/bin/sh
# binnet permanent and binnet order-stats as a user meets them. usage: check_order.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

# --- permanent: 1 2 3 / 4 5 6 / 7 8 10 has 463
printf '# a matrix\n1,2,3\n4,5,6\n7,8,10\n' >a.csv
printf '%%%%MatrixMarket matrix array real general\n%% columns\n3 3\n1\n4\n7\n2\n5\n8\n3\n6\n10\n' >a.mtx
printf '%%%%MatrixMarket matrix coordinate integer general\n3 3 9\n1 1 1\n1 2 2\n1 3 3\n2 1 4\n2 2 5\n2 3 6\n3 1 7\n3 2 8\n3 3 10\n' >b.mtx
printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 2), }" >a.npy
printf '\001\000\000\000\002\000\000\000\003\000\000\000\004\000\000\000' >>a.npy
for file in a.csv a.mtx b.mtx; do
    expect 0 '^permanent +463$' permanent $file
    expect 0 '^permanent +463$' permanent $file --exact
done
expect 0 '^permanent +10$' permanent a.npy
expect 0 '^permanent +463$' permanent a.csv --from csv --threads 2 --tolerance 1e-6
for method in glynn compensated subsets; do
    expect 0 '^permanent +463$' permanent a.csv --method $method
done
expect 0 '^error bound ' permanent a.csv -q
expect 0 'estimate .*operations.*MiB' permanent a.csv --estimate
# columns 1 1 2: per = sum over the place of column 2: 2 (2*4*7 + 5*1*7 + 8*1*4) = 246
expect 0 '^permanent +246$' permanent a.csv --repeat 2,1,0
# 2 x 3 and its transpose: sum over injections of 1 2 3 / 4 5 6: 1*5+1*6+2*4+2*6+3*4+3*5 = 58
printf '1,2,3\n4,5,6\n' >wide.csv
printf '1,4\n2,5\n3,6\n' >tall.csv
expect 0 '^permanent +58$' permanent wide.csv
expect 0 '^permanent +58$' permanent tall.csv
# lower half of a symmetric matrix 1 2 / 2 3: 7; skew 0 -2 / 2 0: -4; pattern 1 1 / 0 1: 1
printf '%%%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n1 1 1\n2 1 2\n2 2 3\n' >sym.mtx
printf '%%%%MatrixMarket matrix array real skew-symmetric\n2 2\n2\n' >skew.mtx
printf '%%%%MatrixMarket matrix coordinate pattern general\n2 2 3\n1 1\n1 2\n2 2\n' >pattern.mtx
printf '%%%%MatrixMarket matrix coordinate real general\n990 580364 1\n1 1 1\n' >vast.mtx
expect 4 'at most 134217728 are read' permanent vast.mtx
expect 0 '^permanent +7$' permanent sym.mtx
expect 0 '^permanent +-4$' permanent skew.mtx
expect 0 '^permanent +-4$' permanent skew.mtx --exact
expect 0 '^permanent +1$' permanent pattern.mtx
# beyond double: 18! 10^360 = 6.4023737e375
awk 'BEGIN { for (i = 0; i < 18; i++) print "1e20" }' >large.csv
expect 0 '^permanent .*2\^[0-9]+, about 6.4023[0-9]*e\+375$' permanent large.csv --repeat 18
# 20! 100^20
awk 'BEGIN { for (i = 0; i < 20; i++) { for (j = 0; j < 20; j++) printf "%s100", j ? "," : ""; print "" } }' >big.csv
expect 0 '^permanent +2.4329020081766[0-9]*e\+58$' permanent big.csv
printf '3000000000,-5\n7,3000000000\n' >exact.csv
expect 0 '^permanent +8999999999999999965$' permanent exact.csv --exact

# dominoes on 8 x 8 squares, black by white: 12988816, and on 16 x 16; a band of width 5, 60 x 64
dimers() {
    awk -v n="$1" 'BEGIN {
        for (p = 0; p < n * n; p++) {
            x = p % n; y = (p - x) / n
            if ((x + y) % 2) continue
            line = ""
            for (q = 0; q < n * n; q++) {
                u = q % n; v = (q - u) / n
                if ((u + v) % 2) line = line (line == "" ? "" : ",") ((x - u) ^ 2 + (y - v) ^ 2 == 1 ? 1 : 0)
            }
            print line
        }
    }'
}
dimers 8 >dimers8.csv
dimers 16 >dimers16.csv
awk 'BEGIN { for (i = 0; i < 60; i++) { for (j = 0; j < 64; j++) printf "%s%d", j ? "," : "", (j >= i && j < i + 5); print "" } }' >band.csv
expect 0 '^permanent +12988816$' permanent dimers8.csv --exact
expect 0 'estimate .*at most [0-9.]+e\+05 operations.*sparse rows$' permanent dimers8.csv --exact --estimate
expect 0 '^permanent +2444888770250892795802079170816$' permanent dimers16.csv --exact
expect 0 '^permanent +433526795964664677374809$' permanent band.csv --exact
expect 0 '^permanent +4\.3352679596466468e\+23$' permanent band.csv
# no more digits than the bound leaves: the last one is worth the bound to 20 times it, and right to one
awk 'BEGIN { for (i = 0; i < 20; i++) { for (j = 0; j < 20; j++) printf "%s%.1f", j ? "," : "", (i * 7 + j * j) % 11 + 0.1; print "" } }' >tenths.csv
"$binnet" permanent tenths.csv >tenths 2>&1
"$binnet" permanent tenths.csv --tolerance 1e-15 >fine 2>&1
that 'the digits that hold are printed' awk '
    FNR == NR && /^permanent/ { text = $2 }
    FNR == NR && /^error bound/ { bound = $3 }
    FNR != NR && /^permanent/ { fine = $2 }
    END {
        split(text, part, "e")
        digits = part[1]
        unit = 1
        if (index(digits, ".")) unit = 10 ^ -(length(digits) - index(digits, "."))
        unit *= 10 ^ part[2]
        off = text - fine
        exit !(bound > 0 && unit >= bound && unit <= 20 * bound && off <= unit && off >= -unit)
    }' tenths fine

expect 2 'one MATRIX file, found 0' permanent
expect 2 'expected one of auto, glynn' permanent a.csv --method gth
expect 2 'expected one of csv, mtx, npy' permanent a.csv --from json
expect 2 'one for each of the 3 columns' permanent a.csv --repeat 1,2
expect 2 'whole numbers' permanent a.csv --repeat 1,2,0.5
expect 2 'do not go together' permanent a.csv --exact --method glynn
printf '1,2\n3\n' >ragged.csv
expect 3 'ragged.csv:2: found 1 numbers; expected 2' permanent ragged.csv
printf '1,x\n' >word.csv
expect 3 "word.csv:1: .*'x'" permanent word.csv
printf '0.5,1\n1,1\n' >half.csv
expect 3 'half.csv: entry \(1, 1\) is 0.5' permanent half.csv --exact
printf '%%%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n' >bad.mtx
expect 3 'bad.mtx:3: the row is 3' permanent bad.mtx
printf '%%%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n' >short.mtx
expect 3 'short.mtx:.*the file ends' permanent short.mtx
printf '%%%%MatrixMarket matrix array complex general\n1 1\n1 0\n' >complex.mtx
expect 3 'complex.mtx:1: ' permanent complex.mtx
: >empty.csv
expect 3 'empty' permanent empty.csv
expect 3 'no_such' permanent no_such.csv
awk 'BEGIN { srand(1); for (i = 0; i < 40; i++) { for (j = 0; j < 40; j++) printf "%s%.6f", j ? "," : "", rand() - 0.5; print "" } }' >hard.csv
"$binnet" permanent hard.csv --method glynn >out 2>&1 &
pid=$!
sleep 1
kill -INT $pid
wait $pid
got=$?
checks=$((checks + 1))
[ $got -eq 1 ] && grep -q 'interrupted\|stop' out || { bad=$((bad + 1)); echo "FAIL: Ctrl-C gave exit code $got"; cat out; }

# --- order-stats: four uniform on (0, 1): mean r/5, sd sqrt(r (5-r)/150); median of the least 1 - 2^-1/4
printf 'kind,location,scale,count\nuniform,0.5,0.5,4\n' >u.csv
expect 0 '^1 +0\.2 +0\.163299316' order-stats u.csv --quantiles 0.5
expect 0 '^1 .* 0\.159103585$' order-stats u.csv --quantiles 0.5
expect 0 '^4 +0\.8 +0\.163299316' order-stats u.csv
expect 0 '^2 +0\.4 +0\.2 ' order-stats u.csv --ranks 2-3
expect 0 'errors +means [0-9.e-]+' order-stats u.csv --ranks 1,4
# P(X_(2) <= 1/4) = 1 - (3/4)^4 - 4 (1/4) (3/4)^3 = 0.26171875
expect 0 '^2 +0\.26171875 +0\.73828125' order-stats u.csv --at 0.25
expect 0 '^x = 0.5' order-stats u.csv --at 0.25 --at 0.5
# 20 Gaussian variables all below -30: Phi(-30)^20 = 10^-3946.18
printf 'kind,location,scale\n' >g.csv
for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo 'gaussian,0,1' >>g.csv; done
expect 0 '^20 +10\^-3946\.18418' order-stats g.csv --at -30 --ranks 20
# ten Gaussian variables at 30: two of them above, 45 Phi(-30)^2 = 10^-392.965
printf 'kind,location,scale,count\ngaussian,0,1,10\n' >ten.csv
expect 0 '^9 +1 +10\^-392\.965' order-stats ten.csv --at 30 --ranks 9
# a narrow law beside a wide one
printf 'kind,location,scale\ngaussian,0,1e-4\nlogistic,0,1\n' >narrow.csv
expect 0 '^1 +-0\.693147182 +1\.07911' order-stats narrow.csv --ranks 1
# heavy tails: a Cauchy sample of 3 has a mean in the middle only
printf 'kind,location,scale,dof\nstudent_t,0,1,1\nstudent_t,0,1,1\nstudent_t,0,1,1\n' >c.csv
expect 0 '^1 +- +- ' order-stats c.csv
expect 0 'does not exist' order-stats c.csv
expect 0 '^2 +-?[0-9.e-]+ +- ' order-stats c.csv
expect 0 'estimate .*multiplications' order-stats c.csv --estimate
# two ranks of many are found one by one: megabytes, and some 1e10
printf 'kind,location,scale,count\ngaussian,0,1,400000\n' >vast.csv
expect 0 'estimate +at most [0-9.]{1,5} MiB .* about [0-9.]+e\+10 mult' order-stats vast.csv --ranks 1,400000 --estimate
expect 0 'estimate +at most [0-9.]{1,5} MiB .* about [0-9.]+e\+10 mult' order-stats vast.csv --ranks 1-3 --estimate
expect 0 '12: 6 gaussian, 3 logistic, 2 uniform, 1 student_t' order-stats "$source/examples/laws.csv"
expect 0 'written +r_orders.csv' order-stats "$source/examples/laws.csv" -o r
that 'r_orders.csv says its command' grep -q '^# binnet .*order-stats' r_orders.csv
that 'r_orders.csv has 12 rows and a header' test "$(grep -vc '^#' r_orders.csv)" -eq 13
if command -v gnuplot >/dev/null; then
    for kind in svg png pdf; do
        expect 0 'written' order-stats "$source/examples/laws.csv" --plot picture.$kind
        that "picture.$kind is not empty" test -s picture.$kind
    done
    # the legend says what it leaves out
    printf 'kind,location,scale,count\nlaplace,0,1,20\n' >twenty.csv
    expect 0 'written' order-stats twenty.csv --plot twenty.svg
    that 'twenty.svg says how many ranks it names' grep -q '20 ranks' twenty.svg
    that 'twenty.svg has all curves twice' test "$(grep -c 'gnuplot_plot_' twenty.svg)" -eq 40
    that 'twenty.svg has no markup in its names' test "$(grep -c 'X_' twenty.svg)" -eq 0
    printf 'kind,location,scale\ngaussian,1,0\ngaussian,0,1\n' >atom.csv
    expect 0 'written' order-stats atom.csv --plot atom.svg
fi
expect 1 'cannot be written' order-stats u.csv -o no_such_folder/x
expect 2 'one LAWS file' order-stats
expect 2 'rising whole numbers from 1 to 4' order-stats u.csv --ranks 3,2
expect 2 'rising whole numbers' order-stats u.csv --ranks 5
expect 2 'rising whole numbers' order-stats u.csv --ranks 1-
expect 2 'quantiles' order-stats u.csv --quantiles 0.5,1
expect 2 'expected a number' order-stats u.csv --at x
printf 'kind,location\nuniform,1\n' >few.csv
expect 3 'few.csv:1: .*columns' order-stats few.csv
printf 'kind,location,scale\nnormal,1,1\n' >kind.csv
expect 3 "kind.csv:2: kind is 'normal'" order-stats kind.csv
printf 'kind,location,scale\nuniform,1,-1\n' >negative.csv
expect 3 'negative.csv:2: scale is -1' order-stats negative.csv
printf 'kind,location,scale,dof\nstudent_t,1,1,\n' >dof.csv
expect 3 'dof.csv:2: student_t needs' order-stats dof.csv
printf 'kind,location,scale,count\nuniform,1,1,1.5\n' >count.csv
expect 3 'count.csv:2: count is 1.5' order-stats count.csv
printf 'kind,location,scale\n' >none.csv
expect 3 'no variables' order-stats none.csv
printf 'kind,location,scale,count\nlaplace,1,1,3000\n' >many.csv
expect 4 'limit' order-stats many.csv --memory 10K

conclude
