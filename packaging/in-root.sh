#!/bin/sh
# Runs a command in a root that is thrown away: on BASE, which is / or a folder with a Debian in it, a layer of memory is laid, so
# that packages are installed and purged there and nothing of it stays. The folders named by --keep alone are the machine's own.
# Needs root (or sudo) and overlayfs. usage: in-root.sh BASE [--keep FOLDER]... COMMAND [ARGUMENT]...
set -eu
base=$1
shift
keep=
while [ "${1:-}" = --keep ]; do
    keep="$keep $(cd "$2" && pwd)"
    shift 2
done
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
# namespaces of its own: the mounts go with the last process; /mnt is only where they hang, inside
exec $as_root unshare --mount --uts --pid --fork --kill-child sh -c '
    set -eu
    base=$1 keep=$2
    shift 2
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    root=/mnt/root
    mount -t overlay overlay -o "lowerdir=$base,upperdir=/mnt/upper,workdir=/mnt/work" "$root"
    mkdir -p "$root/proc" "$root/dev" "$root/tmp"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    for folder in $keep; do
        mkdir -p "$root$folder"
        mount --bind "$folder" "$root$folder"
    done
    [ "$base" = / ] || cp /etc/resolv.conf "$root/etc/resolv.conf"
    # packages start no services
    printf "#!/bin/sh\nexit 101\n" >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    exec chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
    ' sh "$base" "$keep" "$@"
