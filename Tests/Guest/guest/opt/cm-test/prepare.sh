#!/bin/sh
# Runs once in the guest, before anything is measured.
set -eu

# A process that dies of a signal is told of here, also one that abort() ends, of which the kernel's log knows nothing.
chmod 755 /opt/cm-test/crashed.sh
mkdir -p /run/cmtest
echo '|/opt/cm-test/crashed.sh %s %e' >/proc/sys/kernel/core_pattern

echo 5 >/proc/sys/vm/dirty_ratio

# The product lives on what an installed package has: a tree that is not written to.
mount --bind /opt/cm /opt/cm
mount -o remount,ro,bind /opt/cm

mkdir -p /srv/data /srv/scratch
mount /dev/disk/by-label/cmtest-data /srv/data
mount -t tmpfs -o size=64M cmtest-scratch /srv/scratch
head -c 8M /dev/zero >/srv/scratch/eight-mebibytes

modprobe zram
echo 256M >/sys/block/zram0/disksize
mkswap -q /dev/zram0
swapon /dev/zram0

umask 077
mkdir -p /etc/cmtest
echo restic-secret-of-the-guest >/etc/cmtest/restic.pass
echo borg-secret-of-the-guest >/etc/cmtest/borg.pass
umask 022

sh /opt/cm-test/storage.sh
