#!/bin/sh
# The package as others get it: a source distribution, from that a wheel with the library inside, and a wheel against an installed
# library; each is installed apart from the tree and run. Nothing is downloaded.
# usage: check_wheels.sh SOURCE_ROOT BUILD_ROOT PYTHON
set -u
root=$1 build=$2 python=$3
meson=${MESON:-}
[ -n "$meson" ] || meson=$([ -x /usr/bin/meson ] && echo /usr/bin/meson || command -v meson)
"$python" -c 'import mesonpy, pip' 2>/dev/null || { echo "skipped: no meson-python or pip for $python"; exit 77; }
git -C "$root" rev-parse HEAD >/dev/null 2>&1 || { echo "skipped: not a checkout"; exit 77; }

tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
unset DESTDIR MESON_BUILD_ROOT MESON_SOURCE_ROOT MESON_SUBDIR MESONINTROSPECT NINJA_STATUS LD_LIBRARY_PATH LD_PRELOAD PYTHONPATH BINNET_API_JSON
export PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
PATH=$(dirname "$meson"):$PATH
bad=0
fail() {
    echo "FAIL: $*"
    bad=$((bad + 1))
}

# run DIRECTORY: the package there answers, away from the tree
run() {
    (cd "$tmp" && PYTHONPATH=$1 "$python" -c '
import sys, numpy as np, binnet
assert binnet.__file__.startswith(sys.argv[1]), binnet.__file__
law = binnet.Chain(binnet.Network([[0, 2], [-2, 0]]), 1.0, "synchronous").stationary()
assert abs(law.p.sum() - 1) < 1e-14 and law.residual < 1e-12
assert binnet.permanent([[1, 2], [3, 4]]) == 10
assert len(binnet.lowlevel.functions()) > 200
assert binnet.read_network(sys.argv[2]).network.n == 3
' "$1" "$root/examples/pyloric.json") || fail "the package in $1 does not run"
}

# --- the source distribution, of what is committed
(cd "$root/bindings/python" && "$python" -c 'import mesonpy, sys; mesonpy.build_sdist(sys.argv[1])' "$tmp") >"$tmp/log" 2>&1 ||
    { cat "$tmp/log"; echo 'FAIL: no source distribution'; exit 1; }
sdist=$(ls "$tmp"/binnet-*.tar.gz)
for part in lib/core files; do
    tar tzf "$sdist" | grep -q "/libbinnet/$part/" || fail "the source distribution is without $part"
done

# --- the wheel with the library inside
mkdir "$tmp/inside" "$tmp/installed" "$tmp/wheels"
"$python" -m pip wheel --no-build-isolation --no-deps --config-settings=setup-args=-Dbundled=enabled -w "$tmp/wheels" "$sdist" >"$tmp/log" 2>&1 ||
    { cat "$tmp/log"; echo 'FAIL: no wheel from the source distribution'; exit 1; }
"$python" -m pip install --no-deps --target "$tmp/inside" "$tmp"/wheels/*.whl >"$tmp/log" 2>&1 || { cat "$tmp/log"; fail 'the wheel does not install'; }
native=$tmp/inside/binnet/_native.abi3.so
exported=$(nm -D --defined-only "$native" | awk '{print $3}' | grep -v '^_\(init\|fini\)$')
[ "$exported" = PyInit__native ] || fail "symbols leave the extension: $(echo "$exported" | head -3)"
! ldd "$native" | grep -q libbinnet || fail 'the extension with the library inside wants libbinnet'
run "$tmp/inside"

# --- against an installed library
"$meson" install -C "$build" --no-rebuild --tags runtime,devel --destdir "$tmp/root" >"$tmp/log" 2>&1 || { cat "$tmp/log"; echo 'FAIL: no installation'; exit 1; }
pc=$(find "$tmp/root" -name binnet.pc)
sed -i "s|^prefix=|prefix=$tmp/root|" "$(dirname "$pc")"/*.pc
library=$(dirname "$(find "$tmp/root" -name libbinnet.so)")
PKG_CONFIG_PATH=$(dirname "$pc") "$python" -m pip install --no-build-isolation --no-deps --config-settings=setup-args=-Dbundled=disabled \
    --target "$tmp/installed" "$root/bindings/python" >"$tmp/log" 2>&1 || { cat "$tmp/log"; fail 'no package against an installed library'; }
LD_LIBRARY_PATH=$library
export LD_LIBRARY_PATH
ldd "$tmp/installed/binnet/_native.abi3.so" | grep -q "libbinnet.so.* => $library" || fail 'the extension does not use the installed library'
run "$tmp/installed"

[ $bad -eq 0 ] && echo "source distribution of $(wc -c <"$sdist") bytes, wheel of $(wc -c <"$(ls "$tmp"/wheels/*.whl)")"
exit $((bad != 0))
