#!/bin/bash
# install.sh install|uninstall TARGET   copies the files of the built tree to TARGET (prefix with destination), or removes them.
set -euo pipefail
cd "$(dirname "$0")/.."

tree=${BUILD:-build}
target=${2:?install.sh install|uninstall TARGET}
[ -e "$tree/.tree" ] || { echo "install.sh: no $tree/.tree, which names what belongs there; run 'make build' first" >&2; exit 1; }

case $1 in
    install)
        while read -r file; do
            mode=644
            if [ -x "$tree/$file" ]; then mode=755; fi
            mkdir -p "$target/$(dirname "$file")"
            install -m "$mode" "$tree/$file" "$target/$file.new"
            mv -f "$target/$file.new" "$target/$file"
        done <"$tree/.tree"
        echo "Installed in $target: $(wc -l <"$tree/.tree") files"
        ;;
    uninstall)
        # Plugins and layouts that somebody else has put there stay, and their folders with them.
        while read -r file; do rm -f "$target/$file"; done <"$tree/.tree"
        grep -E '^(lib|share)/cm-dashboard/' "$tree/.tree" | while read -r file; do
            while file=$(dirname "$file"); [ "$file" != lib ] && [ "$file" != share ]; do echo "$file"; done
        done | sort -ru | while read -r folder; do
            [ ! -d "$target/$folder" ] || rmdir --ignore-fail-on-non-empty "$target/$folder"
        done
        echo "Removed from $target"
        ;;
    *)
        echo "install.sh: unknown command '$1'; there are install and uninstall" >&2
        exit 2
        ;;
esac
