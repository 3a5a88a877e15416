#!/bin/bash
# Makes forecasts of simulated drives and disks and prints how many came true: Tests/Bench/forecasts.swift, compiled with
# Tests/CoreTests/Simulation against the module of a release build.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=${SCRATCH:-.build}
swift=${SWIFT:-swift}
"$swift" build -c release --static-swift-stdlib --disable-local-rpath --scratch-path "$scratch" --target Core >&2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${swift}c" -O -wmo -swift-version 6 -parse-as-library -static-stdlib -module-name Simulation -I "$scratch/release/Modules" \
    -o "$folder/forecasts" Tests/Bench/forecasts.swift Tests/CoreTests/Simulation/*.swift \
    "$scratch"/release/{Core,Contract}.build/*.o -lm
"$folder/forecasts"
