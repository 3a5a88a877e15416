#!/bin/bash
# fuzz.sh [--ci | --minimise | --cost] [TARGET…]   fuzzes what reads the bytes of others; the targets are
# frames (a worker's answers), requests (the host's, in the worker), layout (layout files), keys (what a terminal sends) and
# history (what is stored).
#
# Plays what was found once (Tests/Fuzz/regressions) and the corpus, then looks for more for FUZZ_SECONDS a target
# (600; with --ci 30). What is found lies in $SCRATCH/fuzz/found and belongs, mended, into Tests/Fuzz/regressions.
# --minimise takes into the corpus what was discovered since; --cost measures the worst that a worker may send.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

mode=fuzz
case ${1:-} in --ci | --minimise | --cost) mode=${1#--}; shift ;; esac
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(frames requests layout keys history)
case $mode in ci) seconds=${FUZZ_SECONDS:-30} ;; *) seconds=${FUZZ_SECONDS:-600} ;; esac

top=$(realpath -m "${SCRATCH:-.build}")
scratch=$top/fuzz
swift=${SWIFT:-swift}
swiftc=${SWIFTC:-$(dirname "$(realpath "$(command -v "$swift")")")/swiftc}
[ -x "$swiftc" ] || { echo "fuzz.sh: no swiftc beside $swift; set SWIFTC" >&2; exit 1; }
toml=$top/checkouts/TOMLKit/Sources
# TOMLKit never frees the tables that it has read.
export ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=32
common=(-swift-version 6 -O -wmo -parse-as-library -enforce-exclusivity=checked -module-cache-path "$scratch/modules")
checked=(-sanitize=fuzzer,address)

# module FOLDER NAME FLAG…   compiles Sources/NAME to FOLDER/NAME.o, its module beside it.
module() {
    local folder=$1 name=$2 sources
    shift 2
    mapfile -d '' sources < <(find -L "Sources/$name" -name '*.swift' -print0 | sort -z)
    "$swiftc" "${common[@]}" "$@" -module-name "$name" -I "$folder" -I "$toml/CTOML/include" \
        -emit-module -emit-module-path "$folder/$name.swiftmodule" -c "${sources[@]}" -o "$folder/$name.o"
}

# program FOLDER NAME "SOURCES" FLAG…   links Tests/Fuzz/SOURCES to FOLDER/NAME.
program() {
    local folder=$1 name=$2 sources
    mapfile -t sources < <(printf 'Tests/Fuzz/%s.swift\n' $3)
    shift 3
    "$swiftc" "${common[@]}" -module-name Fuzz -I "$folder" -I "$toml/CTOML/include" "${sources[@]}" "$@" \
        -static-stdlib -use-ld=lld -o "$folder/$name"
}

# TOMLKit and the C++ below it, whose sources the package's build has fetched. For the type of every value it calls a member of
# a null pointer and does not use what comes back, hence no check of null.
tomlkit() {
    local folder=$1 sources
    [ -d "$toml" ] || "$swift" package --scratch-path "$top" resolve || return
    [ ! -e "$folder/TOMLKit.o" ] || return 0
    for source in "$toml"/CTOML/Sources/*.cpp; do
        "${swiftc%/*}/clang++" -w -std=c++17 -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr,function,null \
            -fno-sanitize-recover=all -DTOML_EXCEPTIONS=1 -I "$toml/CTOML/include" -c "$source" \
            -o "$folder/CTOML-$(basename "$source" .cpp).o" || return
    done
    mapfile -d '' sources < <(find "$toml/TOMLKit" -name '*.swift' -print0)
    "$swiftc" -O -wmo -parse-as-library -suppress-warnings "${checked[@]}" -module-name TOMLKit -I "$toml/CTOML/include" \
        -module-cache-path "$scratch/modules" -emit-module -emit-module-path "$folder/TOMLKit.swiftmodule" \
        -c "${sources[@]}" -o "$folder/TOMLKit.o"
}

build() {
    local folder=$scratch/checked target
    mkdir -p "$folder"
    module "$folder" Contract "${checked[@]}" && module "$folder" Core "${checked[@]}" || return
    for target in "${targets[@]}"; do
        case $target in
            frames) program "$folder" frames "Frames Input Guarded Example" "${checked[@]}" "$folder"/{Contract,Core}.o ;;
            keys) program "$folder" keys "Keys Input" "${checked[@]}" "$folder"/{Contract,Core}.o ;;
            history) program "$folder" history "History Input" "${checked[@]}" "$folder"/{Contract,Core}.o ;;
            requests) program "$folder" requests "Requests Input Guarded" "${checked[@]}" "$folder"/Contract.o ;;
            layout)
                tomlkit "$folder" && module "$folder" LayoutFile "${checked[@]}" &&
                    program "$folder" layout "LayoutFile Input Example" "${checked[@]}" -lstdc++ \
                        "$folder"/{Contract,Core,LayoutFile,TOMLKit}.o "$folder"/CTOML-*.o ;;
            *) echo "fuzz.sh: no target $target; there are frames, requests, layout, keys, history" >&2; return 1 ;;
        esac || return
    done
}

# Without sanitizers, as the program is built.
cost() {
    local folder=$scratch/plain
    mkdir -p "$folder"
    module "$folder" Contract && module "$folder" Core &&
        program "$folder" cost "Cost WorstAnswer" "$folder"/{Contract,Core}.o && "$folder/cost"
}

# What there is to start from: what was kept, and valid messages.
seeds() {
    local folder=$scratch/plain
    mkdir -p "$folder"
    module "$folder" Contract && module "$folder" Core &&
        program "$folder" seeds "Seeds Example" "$folder"/{Contract,Core}.o && "$folder/seeds" "$scratch/seeds" || return
    mkdir -p "$scratch/seeds/layout"
    cp layouts/*.layout "$scratch/seeds/layout"
    find Tests/Fixtures/layouts -name '*.layout' -size -4k -exec cp {} "$scratch/seeds/layout" \;
}

# Bytes that an input may have.
longest() { case $1 in frames) echo 6000 ;; requests) echo 2000 ;; layout) echo 3000 ;; keys) echo 400 ;; history) echo 4000 ;; esac; }

# fuzz TARGET   plays what is kept, then looks for more; what is new lies in $scratch/corpus/TARGET.
fuzz() {
    local target=$1 flags dictionary=Tests/Fuzz/$1.dict
    flags=(-rss_limit_mb=512 -timeout=5 -max_len="$(longest "$target")" -detect_leaks=0 -print_final_stats=0 -verbosity=0
        -artifact_prefix="$scratch/found/$target-")
    [ ! -e "$dictionary" ] || flags+=(-dict="$dictionary")
    mkdir -p "$scratch/found" "$scratch/corpus/$target"
    mapfile -d '' kept < <(find "Tests/Fuzz/regressions/$target" "Tests/Fuzz/corpus/$target" -type f ! -name '.*' -print0 2>/dev/null)
    if [ ${#kept[@]} -gt 0 ]; then
        "$scratch/checked/$target" "${flags[@]}" "${kept[@]}" >"$scratch/log-$target" 2>&1 ||
            { tail -n 30 "$scratch/log-$target" >&2; echo "FAILED  $target: an input that is kept" >&2; return 1; }
    fi
    "$scratch/checked/$target" "${flags[@]}" -max_total_time="$seconds" -report_slow_units=1 -print_final_stats=1 \
        "$scratch/corpus/$target" "Tests/Fuzz/corpus/$target" >"$scratch/log-$target" 2>&1 ||
        { grep -vE '^ *#[0-9]+ .*fuzzer::' "$scratch/log-$target" | tail -n 40 >&2
          echo "FAILED  $target: the input lies in $scratch/found" >&2; return 1; }
    echo "ok      $target: ${#kept[@]} inputs kept, $(sed -n 's/stat::number_of_executed_units: *//p' "$scratch/log-$target") tried in $seconds s"
}

# A small set that reaches all the code that is reached so far, and no more of it than a repository should carry.
minimise() {
    local target=$1 merged=$scratch/merged/$1 kept=Tests/Fuzz/corpus/$1
    rm -rf "$merged"
    mkdir -p "$merged" "$scratch/corpus/$target" "$scratch/seeds/$target" "$kept"
    "$scratch/checked/$target" -set_cover_merge=1 -use_counters=0 -use_cmp=0 -max_len="$(longest "$target")" -detect_leaks=0 \
        "$merged" "$kept" "$scratch/corpus/$target" "$scratch/seeds/$target" >"$scratch/log-$target" 2>&1 ||
        { tail "$scratch/log-$target" >&2; return 1; }
    rm -f "$kept"/*
    # In the order of what each adds.
    find "$merged" -type f -printf '%T@ %s %p\n' | sort -n |
        awk -v most=90000 '(sum + $2 <= most) && count < 65 { sum += $2; count++; print $3 }' | xargs -r cp -t "$kept"
    echo "$target: $(find "$kept" -type f | wc -l) inputs of $(find "$merged" -type f | wc -l)"
}

mkdir -p "$scratch"
case $mode in
    cost) cost; exit ;;
    minimise) build && seeds || exit; for target in "${targets[@]}"; do minimise "$target" || exit; done; exit ;;
esac
build || exit
status=0
# The smallest beside the others, so that one more takes no more time.
beside=
for target in "${targets[@]}"; do [ "$target" != keys ] || { fuzz keys & beside=$!; }; done
for target in "${targets[@]}"; do [ "$target" = keys ] || fuzz "$target" || status=1; done
[ -z "$beside" ] || wait "$beside" || status=1
exit $status
