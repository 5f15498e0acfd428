#!/bin/sh
# Every key such as [FP19], every author with a year, and every "THEORY n" in headers, sources and manual is in
# docs/bibliography.md or docs/theory.md; every page is named in the README.
# usage: check_citations.sh SOURCE_DIR
set -u
cd "$1" || exit 99
find include lib docs tools README.md CONTRIBUTING.md \( -name '*.[ch]' -o -name '*.md' \) ! -name bibliography.md |
    awk '
function complain(what) { print "FAIL: " what; bad++ }
# the entry with both words
function known(name, year,    k) {
    for (k = 1; k <= entries; k++)
        if (index(entry[k], name) && index(entry[k], year))
            return 1
    return 0
}
function look(file, text,    hit, name, year) {
    while (match(text, /\[[A-Z][A-Za-z]*[0-9][0-9][a-z]?[],]|THEORY [0-9]+|[A-Z][a-zA-Z]*[a-z](-[A-Z][a-z]+)?( et al[.])?,? [(]?(18|19|20)[0-9][0-9]/)) {
        hit = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (substr(hit, 1, 1) == "[") {
            name = substr(hit, 2, length(hit) - 2)
            if (!known("[" name "]", name))
                complain(file " cites [" name "], which is not in docs/bibliography.md")
        } else if (substr(hit, 1, 6) == "THEORY") {
            if (!(substr(hit, 8) in section))
                complain(file ": docs/theory.md has no section " substr(hit, 8))
        } else {
            name = hit
            sub(/[^A-Za-z-].*/, "", name)
            year = substr(hit, length(hit) - 3)
            if (text ~ /^[0-9]/ || name ~ /^(On|In|By|Since|Debian|Copyright)$/)
                continue
            if (!known(name, year))
                complain(file " cites " name " " year ", which is not in docs/bibliography.md")
        }
        count++
    }
}
BEGIN {
    while ((getline line < "docs/bibliography.md") > 0) {
        entries += line ~ /^- /
        entry[entries] = entry[entries] " " line
    }
    while ((getline line < "docs/theory.md") > 0)
        if (line ~ /^## [0-9]+[.] /) {
            split(line, part, /[ .]/)
            section[part[2]] = 1
        }
    while ((getline line < "README.md") > 0)
        readme = readme line
    close("docs/theory.md")
    close("README.md")
}
{
    text = ""
    while ((getline line < $0) > 0) { # citations go over line ends, and over the stars of comments
        sub(/^ *\* +/, "", line)
        text = text " " line
    }
    close($0)
    gsub(/ +/, " ", text)
    look($0, text)
    if ($0 ~ /^docs/ && !index(readme, $0))
        complain("the README does not name " $0)
}
END {
    if (!index(readme, "docs/bibliography.md"))
        complain("the README does not name docs/bibliography.md")
    print count + 0 " citations, " bad + 0 " problems"
    exit bad > 0 || count < 50
}'
