#!/bin/bash
# Runs the unit tests, the tests of the built program and a short round of the fuzzer, each also when one before has failed, and
# ends with the closing line of each.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

timeout 1200 "${SWIFT:-swift}" test --disable-xctest --scratch-path "${SCRATCH:-.build}" 2>&1 | tee "$logs/unit"
unit=${PIPESTATUS[0]}

CM_BUILD=$(realpath "${BUILD:-build}") PYTHONDONTWRITEBYTECODE=1 \
    timeout 1200 "${PYTHON:-/usr/bin/python3}" -m pytest -q -p no:cacheprovider --tb=short Tests/System 2>&1 | tee "$logs/system"
system=${PIPESTATUS[0]}

timeout 900 scripts/fuzz.sh --ci 2>&1 | tee "$logs/fuzz"
fuzz=${PIPESTATUS[0]}

echo
# Of the last run that is reported, without the marks in front.
grep -aoE 'Test run with [0-9]+ tests.*' "$logs/unit" | tail -n 1 || echo "swift test ended with status $unit before it had run the tests"
tail -n 1 "$logs/system"
tail -n 1 "$logs/fuzz"
[ "$unit" = 0 ] && [ "$system" = 0 ] && [ "$fuzz" = 0 ]
