#!/bin/bash
# need.sh PACKAGE…   makes sure that Debian packages are installed, as root or through sudo; `swift` stands for the toolchain.
# Says nothing when all are there.
set -euo pipefail

fail() { echo "need.sh: $*" >&2; exit 1; }

missing=()
for package in "$@"; do
    if [ "$package" = swift ]; then
        command -v "${SWIFT:-swift}" >/dev/null ||
            fail "no ${SWIFT:-swift} on PATH; install Swift 6.3 from https://www.swift.org/install/linux"
    elif ! dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
        missing+=("$package")
    fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
    fail "not a Debian system; install what corresponds to ${missing[*]}, and call the steps of the Makefile by hand"
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "${missing[*]} missing; run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
fi

echo "Installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1; }
# The lists of packages may be missing or too old for their files to be still there.
apt install --no-install-recommends "${missing[@]}" ||
    { apt update && apt install --no-install-recommends "${missing[@]}"; } ||
    { tail -n 20 "$log" >&2; fail "cannot install ${missing[*]}; the last lines of apt-get stand above"; }
