#!/bin/bash
# test-fresh.sh [COMMAND]   runs `make test`, or another command, on a Debian 12 that has `make` and a Swift toolchain and
# nothing else: what a test or a script needs beyond that, the Makefile has to install.
#
# The machine is a folder of its own with its own processes and mounts, and the network of this one. It is lent this
# machine's toolchain, read-only; the way that apt here takes to Debian's archives; and what git's configuration says
# about other places of repositories (url.*.insteadOf), with those that are folders, read-only. What it tests is a clone
# of the last commit. All of it is removed in the end, however that comes; the base is kept for a month in
# ${XDG_CACHE_HOME:-~/.cache}/cm-dashboard/fresh.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=bookworm
fail() { echo "test-fresh.sh: $*" >&2; exit 1; }

# The suite's archives as apt has them here: the lines of a sources.list.
archives() {
    apt-get indextargets --format '$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v suite="$suite" '$1 == "Debian" && $3 == "main" && ($2 == suite || $2 ~ "^" suite "-(updates|security)$") {
            print "deb", $4, $2, $3 }' | sort -u
}

# Proxies, certificates, retries, and whether an old index is accepted.
apt_options() {
    apt-config dump --format '%f "%v";%n' |
        grep -E '^Acquire::(https?|Retries|Check-Valid-Until|Check-Date)\b.* "[^"]+";$' || true
}

# The folder with the toolchain's bin and lib, wherever the program on PATH is only a link or a launcher.
toolchain() {
    local resources
    resources=$("${SWIFT:-swift}" -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
    (cd "${resources:?}/../.." && pwd -P)
}

# make_base FILE   a minimal Debian as an archive.
make_base() {
    local proxy='' mirror
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "$proxy" ] || export http_proxy=$proxy
    mirror=$(archives | awk -v suite="$suite" '$3 == suite { print $2; exit }')
    [ -n "$mirror" ] || fail "apt here knows no Debian $suite archive; run 'apt-get update', or add one to /etc/apt/sources.list.d"
    echo "Making a minimal Debian (once a month; about a minute)" >&2
    debootstrap --variant=minbase --include=make "$suite" "$work/base" "$mirror" >"$work/debootstrap.log" 2>&1 ||
        { tail -n 20 "$work/debootstrap.log" >&2; fail "debootstrap has failed; its last lines stand above"; }
    rm -f "$work"/base/var/cache/apt/archives/*.deb
    tar -czf "$1.new" -C "$work/base" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' .
    mv -f "$1.new" "$1"
    rm -rf "$work/base"
}

# What the new machine knows of the network, of Debian's archives and of git's.
configure() {
    local scope key value
    archives >"$root/etc/apt/sources.list"
    apt_options >"$root/etc/apt/apt.conf.d/90host"
    for value in /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; do
        [ ! -e "$value" ] || install -D -m 644 "$value" "$root$value"
    done
    echo '127.0.0.1 localhost fresh' >"$root/etc/hosts"
    # A daemon that is installed must not be started: the network is this machine's.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    for scope in system global; do
        while IFS=$'\n' read -r -d '' key value; do
            git config --file "$root/etc/gitconfig" --add "$key" "$value"
        done < <(git config --"$scope" --includes --null --get-regexp '^(url\..*\.insteadof|http\.)' || true)
    done
    # Whoever owns the folders that are lent.
    git config --file "$root/etc/gitconfig" --add safe.directory '*'
}

# lend FOLDER   shows it at the same place, read-only.
lend() {
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    mount -o remount,bind,ro "$root$1"
}

# Runs as the first process of the new machine, in its own mounts, which end with its last process.
start() {
    local node place
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount -t tmpfs -o mode=755 dev "$root/dev"
    for node in null zero full random urandom tty; do
        touch "$root/dev/$node"
        mount --bind "/dev/$node" "$root/dev/$node"
    done
    mkdir "$root"/dev/{pts,shm}
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    for node in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${node%:*}" "$root/dev/${node#*:}"; done
    lend "$usr"
    git config --file "$root/etc/gitconfig" --get-regexp '^url\.' | sed -n 's|^url\.\(file://\)\?\(/.*\)\.insteadof .*|\2|p' |
        sort -u | while read -r place; do [ ! -d "$place" ] || lend "${place%/}"; done

    # Not chroot: programs that make namespaces of their own refuse there.
    cd "$root"
    pivot_root . mnt
    umount -l /mnt
    cd /srv/cm-dashboard
    # Not exec: who is the first process has to take in those whose parents have ended.
    env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" PATH="$usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
        CI="${CI:-true}" bash -c "$command" </dev/null
    exit
}

if [ "${1:-}" = --start ]; then
    root=$2 usr=$3 command=$4
    start
fi

command=${1:-make test}
[ "$(id -u)" = 0 ] || fail "needs root, for mounts; try: sudo env PATH=\"\$PATH\" make test-fresh"
usr=$(toolchain) || fail "no ${SWIFT:-swift} on PATH"
[ "$usr" != /usr ] || fail "the toolchain is in /usr, and what else is there would be lent with it; put it into a folder of its own"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/cm-dashboard/fresh
base=$cache/$suite-$(dpkg --print-architecture).tar.gz
machine=
work=$(mktemp -d "${TMPDIR:-/var/tmp}/cm-fresh.XXXXXX")
# With the first process all others of its machine end, and with them their mounts.
finish() {
    if [ -n "$machine" ]; then
        kill -KILL "$machine" || true
        wait "$machine" || true
    fi 2>/dev/null
    rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ -n "$(find "$base" -mtime -30 2>/dev/null)" ] || make_base "$base"
exec 9>&-
root=$work/root
mkdir "$root"
chmod 755 "$work"
tar -xzf "$base" -C "$root"
configure
git clone --quiet --no-hardlinks . "$root/srv/cm-dashboard"

# In the background, since a shell hears no signal while it waits for what is in the foreground.
unshare --mount --pid --fork --kill-child=KILL --propagation private -- "$PWD/scripts/test-fresh.sh" --start "$root" "$usr" "$command" &
machine=$!
status=0
wait "$machine" || status=$?
machine=
exit $status
