#!/bin/sh
# Every public function has its manual page, with every parameter and every status code that the header names; mandoc and groff
# have nothing to say of any page.
# usage: check_functions.sh PAGES_FOLDER BINNET_MAP API_JSON
set -u
pages=$1 map=$2 api=$3 bad=0
fail() {
    echo "FAIL: $*"
    bad=$((bad + 1))
}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
functions=$(sed -n 's/^ *\(binnet_[a-z0-9_]*\);.*/\1/p' "$map")
count=$(printf '%s\n' $functions | wc -l)
[ "$count" -gt 100 ] || fail "$map names $count functions"
for f in $functions; do
    [ -s "$pages/$f.3" ] || fail "$f has no page"
done
# links lead to a page
for link in $(grep -l '^\.so ' "$pages"/*.3); do
    target=$(sed -n 's/^\.so man3\///p' "$link")
    grep -q "^\.Nm $(basename "$link" .3)\( \|$\)" "$pages/$target" || fail "$link leads to $target, which does not name it"
done
# what the header says is on the page: parameters, codes, and each word of the text
python3 - "$pages" "$api" <<'PYTHON' || bad=$((bad + 1))
import json, os, re, sys
pages, api = sys.argv[1], json.load(open(sys.argv[2], encoding='utf-8'))
bad = 0
def plain(text):
    for code, c in ((r'\(aq', "'"), (r'\(ga', '`'), (r'\(ha', '^'), (r'\(ti', '~'), (r'\(dq', '"'), (r'\&', ''), (r'\:', ''), ('\\c', ''), (r'\e', '\\')):
        text = text.replace(code, c)
    return text
for f in api['functions'] + api['files']['functions']:
    name = f['name']
    text = open(os.path.join(pages, name + '.3'), encoding='utf-8').read()
    link = re.match(r'\.so man3/(.*)', text)
    if link:
        text = open(os.path.join(pages, link.group(1)), encoding='utf-8').read()
    text = plain(text)
    synopsis = re.search(r'^\.Fo %s\n(.*?)^\.Fc' % name, text, re.S | re.M)
    declared = re.findall(r'^\.Fa "(.*)"', synopsis.group(1), re.M) if synopsis else []
    if [re.search(r'\w+$', d).group() for d in declared] != [p['name'] for p in f['parameters']]:
        print('FAIL: %s: parameters %s' % (name, declared)); bad += 1
    words = set(re.findall(r'[A-Za-z_]{2,}', text)) | set(w.lower() for w in re.findall(r'[A-Za-z_]{2,}', text))
    missing = [w for w in re.findall(r'[A-Za-z_]{2,}', re.sub(r'\[(in|out|in,out)\]', '', f['doc'])) if w not in words and w.lower() not in words and w not in
               ('Returns', 'Accuracy', 'Cost', 'Threads', 'Since', 'else')]
    if missing:
        print('FAIL: %s: not on its page: %s' % (name, missing)); bad += 1
print('%d functions, %d problems' % (len(api['functions'] + api['files']['functions']), bad))
sys.exit(bad > 0)
PYTHON
# what pages refer to is looked for where mandoc stands
mkdir "$tmp/man3" && cp "$pages"/*.3 "$tmp/man3" && : >"$tmp/man3/binnet.1"
linters=0
if command -v mandoc >/dev/null; then
    linters=$((linters + 1))
    (cd "$tmp/man3" && mandoc -T lint $(grep -L '^\.so ' ./*.3)) >"$tmp/said" 2>&1 || true
    [ ! -s "$tmp/said" ] || fail "mandoc: $(head -n 8 "$tmp/said")"
    printf '.Dd November 26, 2026\n.Dt X 3\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n.Sh DESCRIPTION\n.Bl -tag\n' >"$tmp/wrong.3"
    ! mandoc -T lint "$tmp/wrong.3" >/dev/null 2>&1 || fail "mandoc lets a wrong page pass"
fi
if command -v groff >/dev/null; then
    linters=$((linters + 1))
    (cd "$tmp" && LC_ALL=C.UTF-8 groff -mandoc -Tutf8 -Kutf8 -ww -rLL=78n -z man3/binnet_*.3 man3/binnet-*.3 man3/binnet.3) >"$tmp/said" 2>&1
    [ ! -s "$tmp/said" ] || fail "groff: $(head -n 8 "$tmp/said")"
fi
echo "$count functions in the map, $linters linters, $bad problems"
[ "$bad" -eq 0 ]
