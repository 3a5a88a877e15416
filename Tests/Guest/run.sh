#!/bin/bash
# Boots a real Debian machine in qemu, runs the built cm-dashboard in it, and compares what it shows with what the machine's own tools say.
# Used by `make test-guest`; see README.md.
#
#   run.sh            all of it; ends with "N passed" or "N failed, N passed"
#   run.sh --shell    the same machine with a root shell on this terminal (ends with `poweroff`)
#   run.sh --check    judges the last run's answers once more, without booting
#
# CM_BUILD        the tree to test, as `make build` leaves it (default: build/ of this repository)
# CM_GUEST_LIMIT  seconds after which the machine is killed (default: 420)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${CM_BUILD:-$here/../../build}
limit=${CM_GUEST_LIMIT:-420}
results="${XDG_CACHE_HOME:-$HOME/.cache}/cm-dashboard/guest/last"
mode=${1:-test}

fail() { echo "run.sh: $*" >&2; exit 1; }
say() { echo "guest: $* ($SECONDS s)" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

check() {
    [ -e "$results/answers.jsonl" ] || fail "no answers in $results; run it without --check first"
    CM_GUEST_RESULTS=$results PYTHONDONTWRITEBYTECODE=1 \
        timeout 60 /usr/bin/python3 -m pytest -q -p no:cacheprovider --tb=short --rootdir="$here" "$here/test_guest.py"
}

install_packages() {
    local package missing=()
    for package in qemu-system-x86 mmdebstrap e2fsprogs python3-pytest; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    # A host without package lists cannot tell where its archives are either, which build-image.sh asks.
    if [ ${#missing[@]} -gt 0 ] || ! apt-get indextargets --format '$(ORIGIN)' 'Created-By: Packages' | grep -x Debian >/dev/null; then
        say "installing ${missing[*]:-package lists}"
        as_root timeout 120 apt-get update -q >"$work/apt.log" 2>&1 &&
            as_root env DEBIAN_FRONTEND=noninteractive timeout 180 apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null >>"$work/apt.log" 2>&1 ||
            { tail -n 20 "$work/apt.log" >&2; fail "cannot install ${missing[*]}; its last lines stand above"; }
    fi
}

# What this run brings along: the product as installed, its layout, and the units of a host in use.
pack() {
    local tar=(tar --owner=0 --group=0 --mode=u+rwX,go+rX,go-w -f "$work/input.tar")
    "${tar[@]}" -c -C "$here/guest" .
    "${tar[@]}" -r --transform 's,^,opt/cm-test/,S' -C "$here" guest.layout storage.layout container.layout
    "${tar[@]}" -r --transform 's,^\.,opt/cm,S' -C "$build" .
}

# Two NVMe drives: one that is well and carries /srv/data, and one that says itself that it can no longer be relied upon.
make_drives() {
    truncate -s 1G "$work/nvme0.img"
    mke2fs -q -t ext4 -L cmtest-data -m 0 "$work/nvme0.img"
    truncate -s 512M "$work/nvme1.img"
}

# /dev/kvm may be there and still not run anything (nested machines), so a kernel has to boot: without a root disk it gives up
# within a second or two, which ends qemu. The answer is kept beside the image.
usable_kvm() {
    [ -w /dev/kvm ] || return 1
    [ -e "$image/kvm" ] || if timeout 6 qemu-system-x86_64 -machine q35 -accel kvm -cpu max -m 256 -nodefaults -display none -no-reboot \
        -kernel "$image/vmlinuz" -append "panic=-1" </dev/null >/dev/null 2>&1; then echo yes; else echo no; fi >"$image/kvm"
    grep -qx yes "$image/kvm"
}

# Called in a subshell, which becomes qemu: so its process id is qemu's own.
# Its day is today, but always late in the morning: the timers of 04:00 must not go off in the middle of a run.
boot() {
    local kernel="console=ttyS0 root=/dev/vda rw loglevel=4 mitigations=off" serial="file:$work/console.log"
    local accelerator=tcg,thread=multi
    if usable_kvm; then accelerator=kvm; fi
    if [ "$mode" = --shell ]; then
        kernel+=" cmtest.shell"
        serial=mon:stdio
    else
        kernel+=" systemd.mask=serial-getty@ttyS0.service"
    fi
    exec qemu-system-x86_64 -machine q35 -accel "$accelerator" -cpu max -smp 2 -m 1024 \
        -rtc base="$(date -u +%FT06:00:00)" -nodefaults -display none -no-reboot -serial "$serial" \
        -kernel "$image/vmlinuz" -initrd "$image/initrd" -append "$kernel" \
        -drive if=none,id=root,format=raw,snapshot=on,file="$image/root.ext4" -device virtio-blk-pci,drive=root \
        -drive if=none,id=input,format=raw,readonly=on,file="$work/input.tar" -device virtio-blk-pci,drive=input,serial=cmtest-input \
        -drive if=none,id=nvme0,format=raw,cache=unsafe,file="$work/nvme0.img" -device nvme,drive=nvme0,serial=CMTEST0001 \
        -drive if=none,id=nvme1,format=raw,cache=unsafe,file="$work/nvme1.img" -device nvme,drive=nvme1,serial=CMTEST0002,smart_critical_warning=4 \
        -device virtio-serial-pci -chardev file,id=answers,path="$work/answers.jsonl" \
        -device virtserialport,chardev=answers,name=org.cmtest.answers -device virtio-rng-pci
}

case $mode in
    test | --shell) ;;
    --check) check; exit ;;
    *) fail "unknown argument '$mode'; there are --shell and --check" ;;
esac
[ -x "$build/bin/cm-dashboard" ] || fail "no $build/bin/cm-dashboard; run 'make build' first, or set CM_BUILD"

work=$(mktemp -d "${TMPDIR:-/tmp}/cm-guest.XXXXXX")
qemu=
trap '[ -z "$qemu" ] || kill -9 "$qemu" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

install_packages
image=$("$here/build-image.sh")
pack
make_drives
: >"$work/console.log"

if [ "$mode" = --shell ]; then
    (boot)
    exit
fi

say "booting"
(boot </dev/null >"$work/qemu.log" 2>&1) &
qemu=$!
deadline=$((SECONDS + limit))
while kill -0 "$qemu" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.5; done
if kill -0 "$qemu" 2>/dev/null; then
    kill -9 "$qemu"
    why="the guest was not done after $limit s and was killed (CM_GUEST_LIMIT sets another limit)"
fi
wait "$qemu" 2>/dev/null || why=${why:-"qemu ended with an error"}
qemu=
say "down"

# The results outlive the run, for whoever has to find out why.
mkdir -p "$results"
cp "$work/answers.jsonl" "$work/console.log" "$work/qemu.log" "$results/"
tail -n 1 "$results/answers.jsonl" | grep -q '"name": "end"' || why=${why:-"the guest went down before it had answered everything"}
if [ -n "${why:-}" ]; then
    { echo "--- the end of the guest's console ($results/console.log):"; tail -n 40 "$results/console.log"; cat "$results/qemu.log"; } >&2
    fail "$why"
fi
check
