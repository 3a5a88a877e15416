#!/bin/bash
# Makes the Debian guest that `make test-guest` boots, and prints the folder that holds it:
#   root.ext4   the root file system (never written to again: qemu works on a throw-away layer)
#   vmlinuz     its kernel
#   initrd      its initial RAM disk
#
# The image holds packages only. Units, backups and checks come with each run (see run.sh), so that
# changing them does not cost a new image. The cache key is this file: edit the lists and the next run rebuilds.
set -euo pipefail

suite=bookworm
packages=(
    # The machine.
    linux-image-cloud-amd64 initramfs-tools systemd systemd-sysv dbus udev kmod iproute2 procps e2fsprogs
    # What the dashboard reads from.
    smartmontools restic borgbackup python3
    # What makes the kinds of file systems and arrays.
    btrfs-progs mdadm lvm2 thin-provisioning-tools cryptsetup-bin ntfs-3g exfatprogs xfsprogs f2fs-tools dosfstools
    # What the dashboard is linked with; the Swift runtime is inside its binaries.
    libc6 libstdc++6 libncursesw6 ncurses-base libjansson4 libsystemd0 libcurl4 libzmq5 libsqlite3-0
)

cache="${XDG_CACHE_HOME:-$HOME/.cache}/cm-dashboard/guest"
key=$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)
image="$cache/$key"

fail() { echo "build-image.sh: $*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# The Debian archives that this host already uses, in the one form every apt understands.
host_sources() {
    apt-get indextargets --format '$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v suite="$suite" '$1 == "Debian" && $3 == "main" && ($2 == suite || $2 ~ "^" suite "-(updates|security)$") {
            print "deb", $4, $2, $3 }' | sort -u
}

# How this host reaches them: proxies, certificates, retries, and whether an old (snapshot) index is accepted.
host_apt_options() {
    apt-config dump --format '%f "%v";%n' |
        grep -E '^Acquire::(https?|Retries|Check-Valid-Until|Check-Date|AllowInsecureRepositories|AllowWeakRepositories)\b.* "[^"]+";$' || true
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock -w 300 9 || fail "another run has been building in $cache for five minutes; see what holds $cache/lock"
if [ -e "$image/complete" ]; then
    touch "$image/complete"
    echo "$image"
    exit
fi

sources=$(host_sources)
[ -n "$sources" ] || fail "apt of this host knows no Debian $suite archive; run 'apt-get update', or add one to /etc/apt/sources.list.d"

work=$(mktemp -d "$cache/build.XXXXXX")
trap 'as_root rm -rf "$work"' EXIT
# The chroot's users must be able to walk down to their own root.
chmod 755 "$work"
host_apt_options >"$work/apt.conf"
include=$(IFS=,; echo "${packages[*]}")

cat >"$work/setup" <<'SETUP'
#!/bin/sh
# Before the kernel is installed: an initrd with the boot disk's driver alone, which an emulated processor unpacks in no time.
set -eu
mkdir -p "$1/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=gzip\n' >"$1/etc/initramfs-tools/conf.d/guest"
printf 'virtio_pci\nvirtio_blk\next4\n' >"$1/etc/initramfs-tools/modules"
SETUP

cat >"$work/customize" <<'CUSTOMIZE'
#!/bin/sh
set -eu
root=$1
echo guest >"$root/etc/hostname"
echo '127.0.0.1 localhost guest' >"$root/etc/hosts"
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
echo zram >"$root/etc/modules-load.d/zram.conf"
: >"$root/etc/machine-id"
# Not UTC, nor whole hours from it: a local time that is read as UTC, or the reverse, must show.
ln -sf /usr/share/zoneinfo/Asia/Kolkata "$root/etc/localtime"
chroot "$root" passwd -d root >/dev/null
chroot "$root" useradd --create-home --shell /bin/bash visitor
# Proxies and the like are the host's own business.
rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/apt/sources.list.d/*

# Nothing may wake up in the middle of a measurement.
chroot "$root" systemctl mask -q apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer smartmontools.service \
    mdmonitor.service mdcheck_start.timer mdcheck_continue.timer mdmonitor-oneshot.timer lvm2-monitor.service

# Each run brings a tar archive on a disk of its own; it is laid over the root, and its setup is started.
cat >"$root/etc/systemd/system/cmtest-unpack.service" <<UNIT
[Unit]
Description=Unpack what this test run brings along
After=local-fs.target systemd-udev-settle.service
Wants=systemd-udev-settle.service
OnFailure=poweroff.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=tar --no-same-owner -xpf /dev/disk/by-id/virtio-cmtest-input -C /
ExecStart=systemctl daemon-reload
ExecStart=systemctl start --no-block cmtest.target
StandardOutput=journal+console
StandardError=journal+console
[Install]
WantedBy=multi-user.target
UNIT
chroot "$root" systemctl enable -q cmtest-unpack.service
mkdir -p "$root/etc/systemd/system/serial-getty@ttyS0.service.d"
printf '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --noclear %%I xterm-256color\n' \
    >"$root/etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf"
CUSTOMIZE
chmod 755 "$work/setup" "$work/customize"

echo "making the guest image (once; about a minute) …" >&2
started=$SECONDS
printf '%s\n' "$sources" |
    as_root env SOURCE_DATE_EPOCH="$(date +%s)" timeout -k 10 "${CM_GUEST_BUILD_LIMIT:-180}" \
        nice mmdebstrap --quiet --variant=minbase --mode=root --format=directory \
        --aptopt="$work/apt.conf" --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --include="$include" --setup-hook="$work/setup" --customize-hook="$work/customize" \
        "$suite" "$work/root" - >"$work/log" 2>&1 ||
    { tail -n 30 "$work/log" >&2; fail "mmdebstrap could not make the guest; its last lines stand above"; }

mkdir "$work/image"
truncate -s 3G "$work/image/root.ext4"
as_root nice mke2fs -q -t ext4 -L cmtest-root -m 0 -E lazy_itable_init=1,lazy_journal_init=1 -d "$work/root" "$work/image/root.ext4"
as_root sh -c 'cat "$1"/root/boot/vmlinuz-*' sh "$work" >"$work/image/vmlinuz"
as_root sh -c 'cat "$1"/root/boot/initrd.img-*' sh "$work" >"$work/image/initrd"
echo "$((SECONDS - started))" >"$work/image/complete"

# An image that nobody has asked for in a week is an old key.
find "$cache" -mindepth 2 -maxdepth 2 -name complete -mtime +7 -printf '%h\0' | xargs -0r rm -rf
mv "$work/image" "$image"
echo "made $image in $((SECONDS - started)) s" >&2
echo "$image"
