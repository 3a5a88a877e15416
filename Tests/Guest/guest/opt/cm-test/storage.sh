#!/bin/sh
# Makes one file system of every kind that this system's packages can make, on loop devices. A kind whose module this
# kernel lacks is left out; what there is stands in /run/cmtest/storage, a mount point on each line.
set -u

folder=/var/lib/cmtest-disks
list=/run/cmtest/storage
mkdir -p "$folder" /run/cmtest
: >"$list"

# disk NAME SIZE: a loop device of its own, whose path it prints.
disk() {
    truncate -s "$2" "$folder/$1" && losetup --find --show "$folder/$1"
}

# mounted PATH DEVICE [ARGUMENTS]: mounts it and notes that it is there.
mounted() {
    path=$1
    device=$2
    shift 2
    mkdir -p "$path"
    if mount "$@" "$device" "$path"; then echo "$path" >>"$list"; else echo "cmtest: no $path"; fi
    echo "cmtest $(cut -d ' ' -f 1 /proc/uptime) s: $path"
}

# fill PATH MEBIBYTES: zeroes, which no file system here leaves out.
fill() { dd if=/dev/zero of="$1/filled" bs=256K count="$(($2 * 4))" status=none; }

btrfs_disk=$(disk btrfs 320M)
mkfs.btrfs -q -m dup "$btrfs_disk"
mounted /srv/btrfs "$btrfs_disk"
btrfs -q subvolume create /srv/btrfs/limited
btrfs -q quota enable /srv/btrfs
btrfs -q qgroup limit 20M /srv/btrfs/limited
mounted /srv/limited "$btrfs_disk" -o subvol=limited
fill /srv/btrfs 10
fill /srv/limited 19

ntfs=$(disk ntfs 20M)
mkntfs -q -Q -F "$ntfs"
mounted /srv/ntfs "$ntfs" -t ntfs-3g -o big_writes
fill /srv/ntfs 19 2>/dev/null

# A mirror that has lost one of its two drives.
one=$(disk mirror1 32M)
two=$(disk mirror2 32M)
mdadm --quiet --create /dev/md0 --run --assume-clean --level=1 --raid-devices=2 "$one" "$two"
mkfs.ext4 -q -m 0 /dev/md0
mounted /srv/raid /dev/md0
mdadm --quiet --manage /dev/md0 --fail "$two" --remove "$two"

pool=$(disk thin 64M)
vgcreate -q cmtest "$pool"
lvcreate -q --type thin-pool -L 40M -n pool cmtest
lvcreate -q --thin -V 100M -n volume cmtest/pool
mkfs.ext4 -q -m 0 -E lazy_itable_init=1 /dev/cmtest/volume
mounted /srv/thin /dev/cmtest/volume
fill /srv/thin 5

crypt=$(disk crypt 32M)
head -c 64 /dev/urandom >/run/cmtest/key
cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 512 --key-file /run/cmtest/key "$crypt" cmtest-secret
mkfs.ext4 -q -m 0 /dev/mapper/cmtest-secret
mounted /srv/secret /dev/mapper/cmtest-secret
fill /srv/secret 5

# What the kernel of this image may lack.
exfat=$(disk exfat 16M)
mkfs.exfat -q "$exfat" >/dev/null 2>&1
mounted /srv/exfat "$exfat" -t exfat
xfs=$(disk xfs 320M)
mkfs.xfs -q "$xfs"
mounted /srv/xfs "$xfs" -t xfs
f2fs=$(disk f2fs 64M)
mkfs.f2fs -q "$f2fs" >/dev/null
mounted /srv/f2fs "$f2fs" -t f2fs
vfat=$(disk vfat 16M)
mkfs.vfat "$vfat" >/dev/null
mounted /srv/vfat "$vfat" -t vfat

# One thing counts once: these are no file systems of their own.
mkdir -p /srv/secret-again /srv/overlay /srv/secret/upper /srv/secret/work
mount --bind /srv/secret /srv/secret-again
mount -t overlay -o lowerdir=/srv/data,upperdir=/srv/secret/upper,workdir=/srv/secret/work cmtest-overlay /srv/overlay
modprobe -q bcachefs || echo "cmtest: this kernel has no bcachefs"
modprobe -q zfs || echo "cmtest: this kernel has no zfs"
sync
btrfs -q quota rescan -w /srv/btrfs
exit 0
