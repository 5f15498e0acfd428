#!/bin/sh
# Builds the library for another processor and runs a short set of its tests there, under qemu: i386, arm64, or s390x, whose bytes
# are the other way round. Debian's packages for that processor, with the reference BLAS, are unpacked into a folder of their own
# (nothing is installed); the compiler is clang with the binutils for it.
# Needs Debian with clang, qemu-user-static (not for i386) and binutils-aarch64-linux-gnu or binutils-s390x-linux-gnu.
# usage: cross.sh i386|arm64|s390x [FOLDER]     default: build-ARCHITECTURE; a second run only compiles and tests
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
arch=${1:-}
case $arch in
i386) triplet=i386-linux-gnu target=i686-linux-gnu family=x86 cpu=i686 endian=little qemu= loader=lib/ld-linux.so.2 flags="'-msse2', '-mfpmath=sse', " ;;
arm64) triplet=aarch64-linux-gnu target=$triplet family=aarch64 cpu=aarch64 endian=little qemu=qemu-aarch64-static flags= ;;
s390x) triplet=s390x-linux-gnu target=$triplet family=s390x cpu=z196 endian=big qemu=qemu-s390x-static flags= ;;
*) sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2 ;;
esac
mkdir -p "${2:-build-$arch}"
folder=$(cd "${2:-build-$arch}" && pwd)
sysroot=$folder/sysroot
if [ -n "${MESON:-}" ]; then :; elif [ -x /usr/bin/meson ]; then MESON=/usr/bin/meson; else MESON=meson; fi
for program in clang apt-get dpkg-deb pkg-config $qemu ${qemu:+"$triplet-ld"}; do
    command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done

if [ ! -e "$sysroot/complete" ]; then
    rm -rf "$sysroot" "$folder/apt"
    mkdir -p "$sysroot" "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial"
    : >"$folder/apt/status"
    own_apt() {
        apt-get -q -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$folder/apt/state" \
            -o Dir::State::status="$folder/apt/status" -o Dir::Cache="$folder/apt/cache" -o Debug::NoLocking=1 \
            -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=0 "$@"
    }
    own_apt update >"$folder/apt/log" 2>&1 || echo "apt-get update failed in part; going on with the lists that are here"
    own_apt -y --download-only install libc6-dev libgcc-12-dev libblas-dev liblapack-dev liblapacke-dev libjansson-dev check \
        libsubunit-dev librandom123-dev >>"$folder/apt/log" 2>&1 || { tail -n 20 "$folder/apt/log"; exit 1; }
    # what is linked or read; not the rest of a Debian that it would need to be installed
    for package in libc6 libc6-dev linux-libc-dev libcrypt1 libgcc-s1 libgcc-12-dev gcc-12-base libgomp1 libatomic1 libgfortran5 libquadmath0 \
        libblas3 libblas-dev liblapack3 liblapack-dev liblapacke liblapacke-dev libtmglib3 libjansson4 libjansson-dev check libsubunit0 \
        libsubunit-dev librandom123-dev; do
        for file in "$folder"/apt/cache/archives/"$package"_*.deb; do
            [ ! -e "$file" ] || dpkg-deb -x "$file" "$sysroot"
        done
    done
    # links that are meant from the root
    find "$sysroot" -type l | while IFS= read -r link; do
        case $(readlink "$link") in /*) ln -sfn "$sysroot$(readlink "$link")" "$link" ;; esac
    done
    # Debian's alternatives, which unpacking does not make
    (cd "$sysroot/usr/lib/$triplet" && ln -sf blas/libblas.so.3 blas/libblas.so lapack/liblapack.so.3 lapack/liblapack.so .)
    (cd "$sysroot/usr/include/$triplet" && for header in cblas f77blas; do
        [ -e $header.h ] || [ ! -e $header-netlib.h ] || ln -s $header-netlib.h $header.h; done)
    rm -rf "$folder/apt"
    : >"$sysroot/complete"
fi

# compilers and checkers that Meson runs know nothing of the host's
unset CC CFLAGS LDFLAGS PKG_CONFIG_PATH
gcc_folder=$(dirname "$(find "$sysroot/usr/lib/gcc" -name libgcc.a | head -n 1)")
cat >"$folder/cross.ini" <<INI
[binaries]
c = ['clang', '--target=$target', '--sysroot=$sysroot']
ar = 'ar'
strip = 'true'
pkgconfig = 'pkg-config'
exe_wrapper = [${qemu:+"'$qemu', '-L', '$sysroot'"}${loader:+"'$sysroot/$loader', '--library-path', '$sysroot/lib/$triplet:$sysroot/usr/lib/$triplet'"}]
[built-in options]
c_args = [$flags'-isystem', '$sysroot/usr/include/$triplet']
c_link_args = [$flags'-B$gcc_folder', '-L$gcc_folder', '-L$sysroot/usr/lib/$triplet', '-L$sysroot/lib/$triplet']
[properties]
sys_root = '$sysroot'
pkg_config_libdir = '$sysroot/usr/lib/$triplet/pkgconfig:$sysroot/usr/share/pkgconfig'
needs_exe_wrapper = true
[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$cpu'
endian = '$endian'
INI
build=$folder/build
[ -f "$build/build.ninja" ] || "$MESON" setup "$build" "$root" --cross-file "$folder/cross.ini" -Dbuildtype=release -Ddocs=disabled
# What is short, of every room; only what these tests need is compiled.
"$MESON" test -C "$build" --print-errorlogs -t "${CROSS_TIMEOUT:-20}" --num-processes "${CROSS_JOBS:-$(nproc)}" \
    core sort 'numbers of 128 bits' 'exact sums' dense kernels counts model 'permanent exact' order 'order joint' \
    'occupation numbers' arrangement regions 'fixed points' 'closed forms' transients lumped law correlations \
    'golden potentials' contour storage recall readers imports 'example circuit'
