#!/bin/sh
# From a fresh Debian 12 to a first result: installs what is missing, builds, and finds the stationary law of a shipped
# circuit. usage: sh packaging/setup.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/packaging/install-deps.sh"
. "$root/packaging/build.sh"
bring_up

"$build/tools/binnet" stationary "$root/examples/pyloric.json" --update asynchronous --noise gaussian:0.5 --top 8 \
    -o "$build/pyloric" --plot "$build/pyloric.png"
echo
[ -s "$build/pyloric.png" ] || { echo "no picture was made" >&2; exit 1; }
echo "The picture is $build/pyloric.png, the tables are:"
ls "$build"/pyloric*.csv "$build"/pyloric*.json 2>/dev/null || true
echo "The command is $build/tools/binnet; '$MESON install -C $build' installs it and the library."
