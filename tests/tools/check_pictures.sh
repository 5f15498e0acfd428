#!/bin/sh
# Pictures: what gnuplot is told, and where the texts of an SVG lie.
# usage: check_pictures.sh BINNET SOURCE_DIR
. "$(dirname "$0")/checks.sh"

command -v gnuplot >/dev/null || exit 77
pair=$source/examples/ei_pair.json
gauss="--update asynchronous --noise gaussian:0.5"

# A gnuplot that keeps what it is told in the file `script`.
mkdir bin
printf '#!/bin/sh\ntee "%s/script" | %s "$@"\n' "$tmp" "$(command -v gnuplot)" >bin/gnuplot
chmod +x bin/gnuplot
PATH=$tmp/bin:$PATH

# texts FILE.svg : the horizontal texts, "x0 x1 y text"; widths about those of Helvetica
texts() {
    sed -n 's/.*<g transform="translate(\([0-9.-]*\),\([0-9.-]*\))" .*font-size="\([0-9.]*\)" *text-anchor="\([a-z]*\)".*/\1 \2 \3 \4/p
        s/.*<g transform="translate(.*) rotate.*/rotated/p
        s/.*<text>\(.*\)<\/text>.*/= \1/p' "$1" | awk '
        $1 != "=" { x = $1; y = $2; size = $3; anchor = $4; next }
        x == "rotated" { next }
        { text = substr($0, 3); gsub(/<[^>]*>/, "", text); gsub(/&[a-z]*;/, "x", text); narrow = text
          w = (0.56 * length(text) - 0.28 * gsub(/[ ijltfrI.,:()|-]/, "", narrow)) * size
          x0 = anchor == "start" ? x : anchor == "end" ? x - w : x - w / 2
          if (length(text) > 0) print x0, x0 + w, y, text }'
}

# within FILE.svg : no text over the edge, no two texts over each other
within() {
    width=$(sed -n 's/.*<svg *width="\([0-9]*\)".*/\1/p; s/^ *width="\([0-9]*\)" height.*/\1/p' "$1" | head -n 1)
    texts "$1" | awk -v width="$width" '
        { if ($1 < 0 || $2 > width) { print "  over the edge: " $0; bad = 1 }
          if (($0) in seen) next # text in a box is drawn twice
          seen[$0] = 1
          for (k = 0; k < n; k++)
              if ($3 - y[k] < 8 && y[k] - $3 < 8 && $1 < x1[k] && x0[k] < $2) { print "  over each other: " $0 " / " t[k]; bad = 1 }
          x0[n] = $1; x1[n] = $2; y[n] = $3; t[n++] = $0 }
        END { exit bad || n < 10 || width == "" }'
}

# circuit FORM N : a ring of N neurons whose names have a form
circuit() {
    awk -v form="$1" -v n="$2" 'BEGIN {
        printf "{\"format\": \"binnet-network 1\", \"title\": \"A circuit whose title is so long that it is wider than a picture of it, which has to hold it nevertheless, all the same\", \"neurons\": ["
        for (i = 0; i < n; i++) printf "%s{\"name\": \"" form "\", \"threshold\": 0.3}", i ? ", " : "", i
            printf "], \"edges\": ["
        for (i = 0; i < n; i++) printf "%s{\"pre\": \"" form "\", \"post\": \"" form "\", \"weight\": %s}", i ? ", " : "", i, (i + 1) % n, i % 3 ? 1 : -0.8
        print "]}" }'
}

for case in '3 N%d' '10 Interneuron_L%02d_dorsal'; do
    n=${case% *} form=${case#* }
    circuit $form $n >circuit.json
    expect 0 'written' stationary circuit.json $gauss --plot law.svg
    that "texts of the law of $n neurons $form" within law.svg
    expect 0 'written' correlate circuit.json $gauss --lag 6 --plot lag.svg
    that "texts of the correlogram of $n neurons $form" within lag.svg
    expect 0 'written' diagram circuit.json --vary all --plot line.svg
    that "texts of the line of $n neurons $form" within line.svg
    first=$(printf "$form" 0) second=$(printf "$form" 1)
    expect 0 'written' diagram circuit.json --vary $first --vary $second --plot plane.svg
    that "texts of the plane of $n neurons $form" within plane.svg
    expect 0 'written' stationary circuit.json $gauss --vary all=-1:2:9 --show mean --show correlation:$first,$second --show variance:$first --plot sweep.svg
    that "texts of the sweep of $n neurons $form" within sweep.svg
    expect 0 'written' stationary circuit.json $gauss --vary $first=-1:2:5 --vary noise=0.5:1:3 --show mean:$first --show correlation:$first,$second --show mean:$second --plot map.svg
    that "texts of the map of $n neurons $form" within map.svg
done
circuit Interneuron_of_the_lateral_side_L%02d_dorsal 17 >circuit.json
expect 0 'written' diagram circuit.json --vary all --plot line.svg
that 'texts of the line of 17 neurons' within line.svg
circuit Interneuron_L%02d_d 60 >circuit.json
expect 1 'work limit' diagram circuit.json --vary all --max-period 1 --work-limit 100000 --plot line.svg
that 'texts of the line of 60 neurons' within line.svg

# two independent neurons, each active with 0.99: 0.9801, 0.0099, 0.0099, 0.0001; the last bar is seen
printf 'pre\\post,a,b\na,0,0\nb,0,0\n' >free.csv
expect 0 '^0\.0001 ' stationary free.csv --update sweep --noise logistic:1 --stimulus 4.59511985013459 --plot law.svg
that 'the last bar is a tenth of the first' awk '
    /^set yrange \[[0-9.e-]+:[0-9.e-]+\]/ && $3 !~ /^\[1:2\]/ { gsub(/[^0-9.e:-]/, "", $3); split($3, r, ":"); if (!found) { low = r[1]; high = r[2] } }
    /^\$p << E/ { found = 1; next }
    found == 1 && NF == 2 { last = $2 }
    found == 1 && /^E/ { found = 2 }
    END { part = log(last / low) / log(high / low); exit !(low > 0 && last < 0.000101 && part > 0.05 && part < 0.2) }' script

# numbers in the heat map: white on the dark ends of the scale, black in its middle
printf 'pre\\post,a,b,c\na,0,1.5,0.1\nb,1.5,0,0\nc,0.1,0,0\n' >three.csv
expect 0 'written' stationary three.csv --update asynchronous --noise gaussian:1 --threshold 0.7 --plot law.svg
that 'ink of the numbers' awk '
    /^\$n << E/ { on = 1; next }
    /^E/ { on = 0 }
    on { n++; dark += $3 > 0.3 && $4 == 16777215; light += $3 < 0.1 && $4 == 0 }
    END { exit !(n == 6 && dark == 2 && light == 4) }' script
that 'states are named by which neurons are active' grep -q 'state (dark: neuron active)' script

# states that never occur are not among the most probable ones: c is always active
printf 'pre\\post,a,b,c\na,0,1,0\nb,1,0,0\nc,0,0,0\n' >never.csv
expect 0 'written' stationary never.csv --update synchronous --noise uniform:1.2 --threshold 0.5 --stimulus c=5 --plot law.svg
that 'four states occur' grep -q '>4 most probable states<' law.svg
that 'what is not defined is said' grep -q 'or not defined' law.svg

# one stimulus: both counts are whole lines and stand in the legend
expect 0 'written' diagram "$pair" --vary E --stimulus I=-30 --plot line.svg
that 'no dashes' test "$(grep -c dashtype script)" -eq 0
for text in 'number of fixed points' 'number of cycles' 'cycle 0, T = 2, from E=4 I=0 (35 cycles)'; do
    that "line.svg says: $text" grep -qF "$text" line.svg
done

# two stimuli: 1, 35, 36 and 70 cycles of period 2 are told apart, by hatchings of other directions
expect 0 'written' diagram "$pair" --plot plane.svg
that 'four lists of cycles' test "$(grep -cE '^set label [0-9]+ "2 \((1|35|36|70)\)"' script)" -eq 4
# slope and steepness of each swatch: strokes from one entry of the legend to the next
swatches() {
    awk '/^set label [0-9]+ "[0-9]+ \(/ { print directions; directions = "" }
        /^set arrow from screen .* nohead front/ {
            split($5, a, ","); split($8, b, ",")
            d = a[1] == b[1] ? "|" : a[2] == b[2] ? "-" : a[2] < b[2] ? "/" : "\\"
            d = d (/dashtype/ ? ":" : "")
            if (index(directions, d) == 0) directions = directions d }' script
}
that 'hatchings differ in direction' test "$(swatches | sort -u | grep -c .)" -eq 4
that 'dots have a ring of another colour' test "$(grep -c "dots using 1:2 with points.*#ffffff.*dots using 1:2 with points.*#000000" script)" -eq 1
# the legend's order
expect 0 'written' diagram "$source/examples/potjans_diesmann.json" --vary L23E --vary L4E --plot plane.svg
sed -n 's/^set label [0-9]* "\([0-9]* ([0-9].*)\)" at.*/\1/p' script >legend
that 'the legend has eight lists and the others' test "$(grep -c . legend) $(grep -c 'others: [0-9]* different lists' script)" = '8 1'
that 'the legend rises' sh -c 'LC_ALL=C sort legend | cmp -s - legend'
that 'every hatching is another' test "$(swatches | sort -u | grep -c .)" -eq 8

# options
expect 0 'written' diagram "$pair" --plot plane.svg --title 'A "title" of $mine: a_b ^c {d} \n & <e>' --size 640x480 --font-size 9
that 'the size' grep -q 'width="640" height="480"' plane.svg
that 'the font' grep -q 'font-size="12.00"' plane.svg
that 'the title' grep -qF -- 'A "title" of $mine: a_b ^c {d} \n &amp; &lt;e>' plane.svg
that 'texts of the small plane' within plane.svg
expect 0 'written' diagram "$pair" --plot plane.png --size 500x400 --font-size 8
that 'pixels of the PNG' test "$(od -An -tu1 -j16 -N8 plane.png | tr -s ' ')" = ' 0 0 1 244 0 0 1 144'
expect 0 'written' order-stats "$source/examples/laws.csv" --plot order.svg --title 'Mine' --size 700x500 --font-size 9
that 'the title of the order statistics' grep -q '>Mine<' order.svg
that 'the size of the order statistics' grep -q 'width="700" height="500"' order.svg
printf '{"format": "binnet-ensemble 1", "self_connections": true, "populations": [{"name": "a", "size": 1, "threshold": 0.5}],
 "orientation": "pre-rows", "probability": [[0.25]], "weights": 1}' >one.json
expect 0 'written' ensemble one.json --diagram --vary a=-1:1 --grid 5 --plot mean.svg --title 'Mine' --size 700x700
that 'the title of the mean diagram' grep -q '>Mine<' mean.svg
that 'the size of the mean diagram' grep -q 'width="700" height="700"' mean.svg
expect 2 'has no room.*it takes [0-9]+x[0-9]+' diagram "$pair" --plot plane.svg --size 200x200
for size in 640 640x 0x0 640x480x2 50x500 99999x500 -640x480 640X480 1e3x500; do
    expect 2 'expected pixels such as 960x720' diagram "$pair" --plot plane.svg --size $size
done
expect 2 'font-size: found 1, expected 4 to 72' diagram "$pair" --plot plane.svg --font-size 1
expect 2 'need --plot' diagram "$pair" --title 'No picture'
expect 2 'need --plot' stationary "$pair" $gauss --size 500x500

# numbers of a scale of colours that are wide: 1e-06
expect 0 'written' correlate "$pair" --update synchronous --noise gaussian:10 --lag 2 --plot scale.svg
that 'texts of a scale of small numbers' within scale.svg

# sweeps: where the noiseless network changes, in every panel; gaps; the lines of a map
inhibition=$source/examples/inhibition.json
expect 0 'written' stationary "$inhibition" --vary I=-2:10:13 --plot sweep.svg --title 'Mine' --size 700x500 --font-size 9
that 'three points in both panels, with dots' test "$(grep -c '^set arrow from first [147], graph 0 to first [147], graph 1 nohead back .*dashtype 3' script)" -eq 6
that 'what the dots are' grep -q '>without noise, symmetry broken<' sweep.svg
that 'the title of the sweep' grep -q '>Mine<' sweep.svg
that 'the size of the sweep' grep -q 'width="700" height="500"' sweep.svg
that 'texts of the small sweep' within sweep.svg
expect 2 'has no room.*it takes [0-9]+x[0-9]+' stationary "$inhibition" --vary I=-2:10:13 --plot sweep.svg --size 300x200
printf 'pre\\post,a,b\na,1,0\nb,0,1\n' >stuck.csv
expect 1 'points have no law' stationary stuck.csv --update asynchronous --noise uniform:1 --threshold 0.5 --vary noise=0.1:0.8:8 --plot sweep.svg
that 'one gap from the left to between 0.5 and 0.6' grep -q '^set object 100 rectangle from first 0.1, graph 0 to first 0.55, graph 1 behind' script
that 'what the gap is' grep -q '>no law<' sweep.svg
expect 1 'points have no law' stationary stuck.csv --update asynchronous --noise uniform:1 --threshold 0.5 --vary noise=0.1:0.8:8 --vary b=0:0.2:3 --plot map.svg
that 'what the gap of the map is' grep -q '>no law, or not defined<' map.svg
expect 0 'written' stationary "$pair" --update synchronous --noise gaussian:20 --vary E=-60:60:4 --vary I=-80:40:4 --show population:E --show correlation:E,I --plot map.svg
that 'the regions are drawn' test "$(sed -n '/^.edges << E/,/^E/p' script | grep -c '^-*[0-9]')" -gt 20
that 'colours of a correlation are the same on both sides of 0' awk '/^set cbrange/ { gsub(/[][]/, " "); split($3, r, ":"); if (++n == 2) exit !(r[1] == -r[2]) }' script
that 'texts of the map' within map.svg

# places that cannot be written: code 1, before the work; nothing of a picture on standard output
expect 1 'no_such_folder/law.png: cannot be written: No such file' stationary free.csv $gauss --plot no_such_folder/law.png
that 'the report did not begin' test "$(grep -c . out)" -eq 1
# a gnuplot that fails: the old picture stays, no half one does
printf '#!/bin/sh\ncat >/dev/null\nexit 3\n' >bin/gnuplot
cp plane.svg before.svg
expect 1 'gnuplot made no picture' diagram "$pair" --plot plane.svg
that 'the old picture stays' cmp -s plane.svg before.svg
that 'no half picture stays' test ! -e plane.svg.part

# costs in seconds; a part is measured
expect 0 '^time +(about [0-9.]+ m?s?i?n? to|less than 0.1 s)' stationary free.csv $gauss --estimate
circuit N%d 16 >circuit.json
expect 0 '^time +((about .* to .*|less than .*) \(12 of the neurons took|more than )' stationary circuit.json $gauss --estimate

conclude
