# Sourced by setup.sh and tests/run.sh, with $root set: finds Meson and brings build/ up to date.
# Debian's Meson first: its interpreter is named in it, so another Python in PATH (pyenv, conda) does no harm.
if [ -z "${MESON:-}" ]; then
    if [ -x /usr/bin/meson ]; then MESON=/usr/bin/meson; else MESON=meson; fi
fi
export MESON
build=${BINNET_BUILD:-$root/build}

# bring_up OPTION... : configures once, with the options then; later only compiles.
bring_up() {
    if [ ! -f "$build/build.ninja" ]; then
        "$MESON" setup "$build" "$root" "$@"
    fi
    "$MESON" compile -C "$build"
}
