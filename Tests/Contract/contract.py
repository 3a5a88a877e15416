"""What a header promises to plugins that are compiled already, as gcc understands it, and whether another keeps it.

    contract.py OLD NEW     says what NEW breaks of OLD's promises, a line each; exit status 1 when there is anything

Read from the debugging information that gcc writes, so that it is the compiler who lays out the structs.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Passed by value, or in arrays without a stride: they can never grow.
FIXED = {"cm_string", "cm_limits"}
ENTRY = "cm_plugin_entry_v1"
# The only one that may be another: it rises with every addition.
RISES = "CM_ABI_MINOR"


class Facts:
    """`structs`: name to (size, [(field, offset, type)]); `enumerators`, `macros`: name to value; `entry`: its type."""

    def __init__(self, header):
        with tempfile.TemporaryDirectory() as folder:
            include = Path(folder, "cm_plugin.h")
            include.write_bytes(Path(header).read_bytes())
            source = Path(folder, "facts.c")
            source.write_text(f'#include "cm_plugin.h"\nconst void *entry(void) {{ return (const void *){ENTRY}; }}\n')
            self.macros = macros(source)
            compiled = Path(folder, "facts.o")
            # Also of what nothing uses.
            run("gcc", "-std=gnu11", "-gdwarf-5", "-fno-eliminate-unused-debug-types", "-c", source, "-o", compiled)
            entries = debugging_entries(compiled)
        self.structs, self.enumerators, self.entry = {}, {}, None
        reader = Reader(entries)
        for entry in entries.values():
            if entry.tag == "structure_type" and reader.name(entry):
                self.structs[reader.name(entry)] = reader.struct(entry)
            elif entry.tag == "enumerator":
                self.enumerators[entry["name"]] = int(entry["const_value"])
            elif entry.tag == "subprogram" and entry.get("name") == ENTRY:
                self.entry = reader.function(entry, ENTRY)
        self.structs = {name: facts for name, facts in self.structs.items() if name.startswith("cm_")}


class Entry(dict):
    """A DWARF entry: its attributes without DW_AT_."""

    def __init__(self, tag):
        super().__init__()
        self.tag = tag
        self.children = []


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise ValueError(f"{command[0]} fails:\n{done.stderr}")
    return done.stdout


def macros(source):
    defined = (line.split(None, 2)[1:] for line in run("gcc", "-std=gnu11", "-E", "-dM", source).splitlines())
    found = {words[0]: " ".join(words[1:]) for words in defined if words[0].startswith("CM_")}
    found.pop("CM_PLUGIN_H", None)
    # One with arguments has them in its name, up to the first space: put together again.
    together = (f"{name} {value}" for name, value in found.items())
    split = (re.match(r"(\w+(?:\([^)]*\))?)\s*(.*)", text) for text in together)
    return {match[1]: " ".join(match[2].split()) for match in split}


def debugging_entries(compiled):
    entries, path = {}, []
    current = None
    for line in run("readelf", "--wide", "--debug-dump=info", compiled).splitlines():
        if match := re.match(r"\s*<(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)", line):
            depth, current = int(match[1]), Entry(match[3])
            entries[int(match[2], 16)] = current
            del path[depth:]
            if path:
                path[-1].children.append(current)
            path.append(current)
        elif current is not None and (match := re.match(r"\s*<[0-9a-f]+>\s+DW_AT_(\w+)\s*:\s?(.*)", line)):
            # "(strp) (offset: 0x1e): name", "(indirect string, offset: 0x1e): name", "(data1) 8"
            current[match[1]] = re.sub(r"^(\([^)]*\):? )+", "", match[2]).strip()
    return entries


class Reader:
    def __init__(self, entries):
        self.entries = entries
        # What a typedef calls a struct without a name of its own.
        self.typedefs = {}
        for entry in entries.values():
            if entry.tag == "typedef" and (target := self.target(entry)) is not None:
                self.typedefs.setdefault(id(target), entry["name"])

    def target(self, entry):
        match = re.search(r"<0x([0-9a-f]+)>", entry.get("type", ""))
        return self.entries[int(match[1], 16)] if match else None

    def name(self, struct):
        return struct.get("name") or self.typedefs.get(id(struct), "")

    def struct(self, entry):
        fields = [
            (member["name"], int(member["data_member_location"]), self.type(self.target(member)))
            for member in entry.children
            if member.tag == "member"
        ]
        return int(entry.get("byte_size", 0)), fields

    def type(self, entry):
        """In C's words, with every typedef but those of structs resolved."""
        if entry is None:
            return "void"
        target = self.target(entry)
        if entry.tag == "typedef":
            return self.type(target)
        if entry.tag in ("const_type", "volatile_type"):
            qualifier = entry.tag.removesuffix("_type")
            inner = self.type(target)
            return f"{inner} {qualifier}" if inner.endswith("*") else f"{qualifier} {inner}"
        if entry.tag == "pointer_type":
            if target is not None and target.tag == "subroutine_type":
                return self.function(target, "(*)")
            inner = self.type(target)
            return inner + ("*" if inner.endswith("*") else " *")
        if entry.tag == "subroutine_type":
            return self.function(entry, "()")
        if entry.tag == "array_type":
            bounds = [child.get("upper_bound", "") for child in entry.children if child.tag == "subrange_type"]
            return self.type(target) + "".join(f"[{bound}]" for bound in bounds)
        if entry.tag in ("structure_type", "union_type", "enumeration_type"):
            return self.name(entry) or entry.tag
        return entry.get("name", entry.tag)

    def function(self, entry, name):
        arguments = [self.type(self.target(child)) for child in entry.children if child.tag == "formal_parameter"]
        if any(child.tag == "unspecified_parameters" for child in entry.children):
            arguments.append("...")
        return f"{self.type(self.target(entry))} {name}({', '.join(arguments) or 'void'})"


def broken(old, new):
    """Sentences on what `new` breaks of `old`'s promises; none when it only adds."""
    found = []
    for name, struct in old.structs.items():
        found += [f"{name} is gone"] if name not in new.structs else broken_struct(name, struct, new.structs[name])
    for name, value in old.enumerators.items():
        if name not in new.enumerators:
            found.append(f"{name} is gone")
        elif new.enumerators[name] != value:
            found.append(f"{name} was {value} and is {new.enumerators[name]}")
    for name, text in old.macros.items():
        if name not in new.macros:
            found.append(f"{name} is gone")
        elif name == RISES and number(new.macros[name]) >= number(text):
            continue
        elif new.macros[name] != text:
            found.append(f"{name} was {text} and is {new.macros[name]}")
    if new.entry != old.entry:
        found.append(f"the entry was {old.entry} and is {new.entry}")
    return found


def number(text):
    match = re.fullmatch(r"(\d+)u?", text)
    return int(match[1]) if match else -1


def broken_struct(name, old, new):
    (old_size, old_fields), (new_size, new_fields) = old, new
    found = []
    names = {field: (offset, type) for field, offset, type in new_fields}
    for index, (field, offset, type) in enumerate(old_fields):
        if field not in names:
            instead = new_fields[index][0] if index < len(new_fields) else None
            known = instead is None or instead in {one for one, _, _ in old_fields}
            found.append(f"{name}.{field} is gone" + ("" if known else f"; {instead} stands in its place"))
            continue
        new_offset, new_type = names[field]
        if new_type != type:
            found.append(f"{name}.{field} was {type} and is {new_type}")
        if new_offset != offset:
            found.append(f"{name}.{field} has moved from byte {offset} to {new_offset}")
    known = {field for field, _, _ in old_fields}
    for field, offset, _ in new_fields:
        if field in known:
            continue
        if name in FIXED:
            found.append(f"{name}.{field} is new, but {name} never changes")
        elif offset < old_size:
            # Also in what was padding: a plugin's `size` would cover it, and hold anything.
            where = f"stands at byte {offset}, inside the {old_size} bytes that there were"
            found.append(f"{name}.{field} is new and {where}")
    if new_size < old_size:
        found.append(f"{name} was {old_size} bytes and is {new_size}")
    return found


if __name__ == "__main__":
    mistakes = broken(Facts(sys.argv[1]), Facts(sys.argv[2]))
    print("\n".join(mistakes))
    sys.exit(1 if mistakes else 0)
