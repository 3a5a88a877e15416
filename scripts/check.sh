#!/bin/bash
# All that can be told without running a test: style, the C header, what plugins export and need, Foundation, and warnings.
# Does every check, then fails if one of them has failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

tree=${BUILD:-build}
swift=${SWIFT:-swift}
failures=0

# report WHAT STATUS
report() {
    if [ "$2" = 0 ]; then echo "ok      $1"; else echo "FAILED  $1"; failures=$((failures + 1)); fi
}

style() {
    "$swift" format lint --strict --parallel --recursive Package.swift Sources Plugins Tests examples
}

# header COMPILER LANGUAGE: as the first and only thing that a file includes.
header() {
    local cast=
    if [ "${2%%:*}" = c++ ]; then cast=-Wold-style-cast; fi
    printf '#include <cm_plugin.h>\nint main(void) { return sizeof(cm_plugin) == 0; }\n' |
        "$1" -x "${2%%:*}" -std="${2##*:}" -ISources/PluginAPI/include -fsyntax-only \
            -Wall -Wextra -Wpedantic -Wconversion -Wundef $cast -Werror -
}

# Public declarations have a documentation comment, at least nine of ten in each folder; the script prints the others.
documented() {
    scripts/doc-coverage.py --at-least 90 Sources/{Core,Contract,Engine,PluginKit,Platform,HTTPSource}
}

# The one entry, which is found by name.
exports() {
    [ "$(nm -D --defined-only "$1" | awk '{ print $3 }')" = cm_plugin_entry_v1 ] ||
        { nm -D --defined-only "$1"; echo "$1 exports something else than the one entry cm_plugin_entry_v1"; return 1; } >&2
}

# Nobody need have a Swift runtime; and two plugins of two compilers would share one and crash.
needs() {
    ! readelf -d "$1" | grep NEEDED | grep -iE 'swift|foundation|dispatch' >&2
}

# ICU's data, 30 MB, comes with all of Foundation. Asked of what the compiler left: the finished tree has no symbols.
icu() {
    nm "$1" | awk '/icudt/ { print; found = 1 } END { exit found || NR == 0 }' >&2
}

# With any import of it in reach, a call such as text.contains("/") may mean Foundation's, and links all of it.
foundation() {
    ! grep -rnE '^[^/]*\bimport +((struct|class|enum|protocol|func|var|let|typealias) +)?Foundation' --include='*.swift' \
        Sources Plugins >&2
}

# A build from nothing, since only what is compiled can warn; the tests too. Dependencies are not ours to mend.
warnings() {
    local log status=0
    log=$(mktemp)
    rm -rf "$SCRATCH/check"
    "$swift" build --build-tests --scratch-path "$SCRATCH/check" >"$log" 2>&1 || { tail -n 40 "$log" >&2; status=1; }
    grep -E "warning:" "$log" | grep -vF "$SCRATCH/check/checkouts/" | sort -u >&2 && status=1
    rm -rf "$log" "$SCRATCH/check"
    return $status
}

SCRATCH=${SCRATCH:-.build}
style
report "style (swift format lint)" $?
documented
report "documentation of public declarations" $?
clang=$(command -v clang || true)
for compiler in gcc ${clang:+clang}; do
    for language in c:c11 c++:c++17; do
        header "$compiler" "$language"
        report "cm_plugin.h as ${language##*:} by $compiler" $?
    done
done
for plugin in "$tree"/lib/cm-dashboard/plugins/*.so; do
    exports "$plugin" && needs "$plugin"
    report "${plugin##*/}: one symbol, no Swift library" $?
done
for program in "$tree"/bin/cm-dashboard "$tree"/lib/cm-dashboard/cm-plugin-{worker,check}; do
    needs "$program"
    report "${program##*/}: no Swift library" $?
done
for binary in "$SCRATCH"/release/cm-{dashboard,plugin-worker,plugin-check} "$SCRATCH"/release/*.so; do
    icu "$binary"
    report "${binary##*/}: no data of ICU" $?
done
foundation
report "no import of Foundation in Sources and Plugins" $?
warnings
report "a build from nothing without warnings" $?

[ "$failures" = 0 ] || { echo "$failures checks failed" >&2; exit 1; }
