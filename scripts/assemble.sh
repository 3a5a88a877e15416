#!/bin/bash
# Puts together the tree that runs as it stands, from what `swift build` has left: see the Makefile's `build`.
# A file is replaced in one step and only when it differs, so that a running dashboard notices new plugins and nothing else.
# The list of what was put there is kept in .tree: it is what gets installed, and what goes when its source is gone.
set -euo pipefail
cd "$(dirname "$0")/.."

products=${SCRATCH:-.build}/release
tree=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/list"

fail() { echo "assemble.sh: $*" >&2; exit 1; }

# place MODE FILE PATH-IN-TREE
place() {
    echo "$3" >>"$work/list"
    if cmp -s "$2" "$tree/$3"; then return; fi
    mkdir -p "$tree/$(dirname "$3")"
    install -m "$1" "$2" "$tree/$3.new"
    mv -f "$tree/$3.new" "$tree/$3"
    echo "  $tree/$3"
}

# place_program NAME-OF-PRODUCT PATH-IN-TREE
place_program() {
    [ -e "$products/$1" ] || fail "no $products/$1; Package.swift should have a product of that name"
    strip --strip-unneeded -o "$work/$1" "$products/$1"
    place 755 "$work/$1" "$2"
}

place_program cm-dashboard bin/cm-dashboard
place_program cm-plugin-worker lib/cm-dashboard/cm-plugin-worker
place_program cm-terminal-guard lib/cm-dashboard/cm-terminal-guard
place_program cm-plugin-check lib/cm-dashboard/cm-plugin-check
for folder in Plugins/*/; do
    id=$(basename "$folder" | tr '[:upper:]' '[:lower:]')
    [ -e "$products/lib$id.so" ] || fail "no $products/lib$id.so for $folder; Package.swift should have it among its plugins"
    strip --strip-unneeded -o "$work/$id.so" "$products/lib$id.so"
    place 644 "$work/$id.so" "lib/cm-dashboard/plugins/$id.so"
done
for layout in layouts/*.layout; do
    place 644 "$layout" "share/cm-dashboard/layouts/$(basename "$layout")"
done
for sample in config/*.toml; do place 644 "$sample" "share/cm-dashboard/$sample"; done
place 644 Sources/PluginAPI/include/cm_plugin.h include/cm_plugin.h

# What `plugin new` copies, and what its plugins in Swift are built with. Links into Sources become files.
find -L examples/{c,cpp,swift,rust} examples/swift-kit -name .build -prune -o -type f \
    ! -name '*.so' ! -name '*.so.new' ! -name Package.resolved -print >"$work/examples"
while read -r file; do
    case $file in
        examples/swift-kit/*) place 644 "$file" "share/cm-dashboard/${file#examples/}" ;;
        *) place 644 "$file" "share/cm-dashboard/$file" ;;
    esac
done <"$work/examples"
for manual in docs/man/*.[1-8]; do
    [ ! -e "$manual" ] || place 644 "$manual" "share/man/man${manual##*.}/$(basename "$manual")"
done

# completion SHELL PATH-IN-TREE
completion() {
    timeout 20 "$tree/bin/cm-dashboard" --generate-completion-script "$1" >"$work/completion" 2>/dev/null </dev/null ||
        fail "$tree/bin/cm-dashboard --generate-completion-script $1 ended with status $?"
    place 644 "$work/completion" "$2"
}
completion bash share/bash-completion/completions/cm-dashboard
completion zsh share/zsh/site-functions/_cm-dashboard
completion fish share/fish/vendor_completions.d/cm-dashboard.fish

sort -o "$work/list" "$work/list"
if [ -e "$tree/.tree" ]; then
    comm -23 "$tree/.tree" "$work/list" | while read -r gone; do rm -f "${tree:?}/$gone"; done
fi
cmp -s "$work/list" "$tree/.tree" || cp "$work/list" "$tree/.tree"
