#!/bin/bash
# Runs the unit tests, the tests of the built program and a short round of the fuzzer, each also when another has failed, and
# ends with the closing lines of all.
#
# The tests of the program mostly wait, so several of them run at once: TEST_WORKERS, else two for each processor. The
# compiler that makes the units and the fuzzer works meanwhile, and what those two say is printed when they are done. Tests
# with the mark `alone`, which measure what others would disturb, follow when nothing else runs.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

logs=$(mktemp -d)
# What runs beside ends with this script; timeout passes the signal on to all that its command has started.
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM HUP

# system LOG ARGUMENT…   runs those of the tests of the program that pytest's arguments choose.
system() {
    local log=$1
    shift
    CM_BUILD=$(realpath "${BUILD:-build}") PYTHONDONTWRITEBYTECODE=1 timeout 1200 "${PYTHON:-/usr/bin/python3}" -m pytest -q -rs \
        -p no:cacheprovider --tb=short Tests/System "$@" 2>&1 | tee "$log"
    return "${PIPESTATUS[0]}"
}

# Of lower priority: they take what the tests leave, the fuzzer first, which takes longest. `swift test` on its own builds the programs and plugins too, which no
# unit needs.
export swift=${SWIFT:-swift} scratch=${SCRATCH:-.build}
nice -n 10 timeout 1200 bash -c '"$swift" build --product cm-dashboardPackageTests --scratch-path "$scratch" &&
    "$swift" test --skip-build --disable-xctest --scratch-path "$scratch"' >"$logs/unit" 2>&1 </dev/null &
unit=$!
nice -n 5 timeout 1200 scripts/fuzz.sh --ci >"$logs/fuzz" 2>&1 </dev/null &
fuzz=$!

system "$logs/system" -m "not alone" -n "${TEST_WORKERS:-$((2 * $(nproc)))}" --dist loadgroup
system=$?
wait "$unit"
unit=$?
cat "$logs/unit"
wait "$fuzz"
fuzz=$?
cat "$logs/fuzz"
system "$logs/alone" -m alone
alone=$?

echo
# Of the last run that is reported, without the marks in front.
grep -aoE 'Test run with [0-9]+ tests.*' "$logs/unit" | tail -n 1 || echo "swift test ended with status $unit before it had run the tests"
tail -n 1 "$logs/fuzz"
tail -n 1 "$logs/alone"
tail -n 1 "$logs/system"
[ "$unit" = 0 ] && [ "$system" = 0 ] && [ "$alone" = 0 ] && [ "$fuzz" = 0 ]
