#!/usr/bin/python3
"""Counts the public Swift declarations that have a documentation comment.

    scripts/doc-coverage.py [--at-least PERCENT] [--exclude FOLDER]... FOLDER...

Prints every public declaration without a comment as FILE:LINE: DECLARATION, then one line of totals for each folder.
The exit status is 1 when one of the folders lies below PERCENT, else 0. A folder that does not exist is skipped.

The parsing is line by line, for sources that `swift format` has formatted. What counts:
  - each line that declares something `public` or `open`: types, type aliases, functions, initialisers, subscripts,
    properties, constants;
  - each requirement of a public protocol, and each member of a `public extension`.
What does not count: cases of enumerations, since most of them say what they are, and what is internal or private.
A declaration is documented when a line of `///` stands directly above it or above its attributes. An initialiser
whose body is empty or assigns parameters and plain values to properties, and does nothing else, needs no comment:
the properties are documented. A witness of a documented requirement needs none either: a declaration in a type, or in
an extension, that states its conformance to a public protocol below Sources of the same package, when that protocol
has a documented requirement of the declaration's name.
"""

import argparse
import functools
import pathlib
import re
import sys

KIND = r"(?:struct|class|enum|protocol|actor|func|init|subscript|var|let|typealias|associatedtype)\b"
MODIFIER = (
    r"(?:@\w+(?:\([^)]*\))?|final|static|class|mutating|nonmutating|override|convenience|required|indirect|lazy|weak"
    r"|nonisolated(?:\(unsafe\))?|isolated|unowned|dynamic|prefix|postfix|infix|consuming|borrowing"
    r"|(?:public|private|internal|fileprivate|package)\(set\))"
)
PUBLIC = re.compile(rf"^\s*(?:{MODIFIER}\s+)*(?:public|open)\s+(?:{MODIFIER}\s+)*{KIND}")
MEMBER = re.compile(rf"^\s*(?:{MODIFIER}\s+)*{KIND}")
# A container whose members are public without saying so.
OPEN_CONTAINER = re.compile(r"^(\s*)(?:public\s+protocol|public\s+extension)\b.*\{\s*$")
INITIALISER = re.compile(r"\binit[?!]?\s*(?:<[^>]*>)?\(")
# A type or an extension; what follows the colon are its superclass and protocols.
TYPE = re.compile(
    rf"^(\s*)(?:(?:{MODIFIER}|public|open|internal|fileprivate|private|package)\s+)*"
    r"(?:struct|class|enum|actor|extension|protocol)\s+([\w.]+)"
)
NAME = re.compile(r"\b(?:func|var|let)\s+(\w+)")
ASSIGNMENT = re.compile(r"^(?:self\.)?\w+ = [\w.\[\]:\"-]*$")


def has_comment(lines, index):
    """Whether a `///` stands above the line at `index`, attributes on lines of their own between them."""
    index -= 1
    while index >= 0 and lines[index].lstrip().startswith("@"):
        index -= 1
    return index >= 0 and lines[index].lstrip().startswith("///")


def body(lines, index):
    """The statements of the function that is declared at `index`, one a line, without the braces."""
    text, depth, opened = [], 0, False
    for line in lines[index:]:
        for character in line:
            if character == "{":
                depth += 1
                if depth == 1:
                    opened = True
                    continue
            elif character == "}":
                depth -= 1
                if opened and depth == 0:
                    return [part.strip() for part in "".join(text).replace(";", "\n").split("\n") if part.strip()]
            if depth > 0:
                text.append(character)
        text.append("\n")
    return ["?"]


def is_memberwise(lines, index):
    return bool(INITIALISER.search(lines[index])) and all(ASSIGNMENT.match(line) for line in body(lines, index))


def declarations(lines):
    """Yields the index of every line that declares something public."""
    closing = None
    for index, line in enumerate(lines):
        if closing is not None and line == closing:
            closing = None
        container = OPEN_CONTAINER.match(line)
        if container:
            closing = container.group(1) + "}"
            members = len(container.group(1)) + 4
        if PUBLIC.match(line):
            yield index
        elif closing is not None and MEMBER.match(line) and len(line) - len(line.lstrip()) == members:
            yield index


def sources_of_package(folder):
    """Returns the folder of all sources of the package that holds `folder`; `folder` itself outside a package."""
    for parent in [folder.resolve(), *folder.resolve().parents]:
        if (parent / "Package.swift").is_file():
            return parent / "Sources"
    return folder


def types(lines):
    """Returns for each line the innermost type around it, as (index of its first line, name, inherited names), or None."""
    around, stack = [], []
    for index, line in enumerate(lines):
        while stack and line == stack[-1][0] + "}":
            stack.pop()
        around.append(stack[-1][1] if stack else None)
        found = TYPE.match(line)
        if not found:
            continue
        end = next((at for at in range(index, len(lines)) if "{" in lines[at]), index)
        if not lines[end].rstrip().endswith("{"):
            continue
        inherited = " ".join(lines[index : end + 1])[found.end() :].split("{")[0].split(" where ")[0]
        inherited = inherited.partition(":")[2]
        stack.append((found.group(1), (index, found.group(2), {name.strip() for name in inherited.split(",")})))
    return around


@functools.cache
def requirements(sources):
    """Returns the names of the documented requirements of every public protocol below `sources`, by protocol."""
    names = {}
    for path in sources.rglob("*.swift"):
        lines = path.read_text(encoding="utf-8").splitlines()
        around = types(lines)
        for index in declarations(lines):
            name = NAME.search(lines[index])
            if name and around[index] and has_comment(lines, index):
                at, protocol, _ = around[index]
                if re.match(r"\s*public\s+protocol\b", lines[at]):
                    names.setdefault(protocol, set()).add(name.group(1))
    return names


def is_witness(line, type_around, known):
    """Whether the declaration has the name of a requirement of a protocol that the type around it conforms to."""
    name = NAME.search(line)
    return bool(name and type_around) and any(name.group(1) in known.get(other, ()) for other in type_around[2])


def count(folder, excluded):
    """Returns how many declarations are documented and a list of those that are not."""
    documented, missing = 0, []
    known = requirements(sources_of_package(folder))
    for path in sorted(folder.rglob("*.swift")):
        if any(other == path or other in path.parents for other in excluded):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        around = types(lines)
        for index in declarations(lines):
            if (
                has_comment(lines, index)
                or is_memberwise(lines, index)
                or is_witness(lines[index], around[index], known)
            ):
                documented += 1
            else:
                missing.append(f"{path}:{index + 1}: {lines[index].strip()}")
    return documented, missing


def main():
    parser = argparse.ArgumentParser(description="Counts the public Swift declarations that are documented.")
    parser.add_argument("--at-least", type=float, default=0, metavar="PERCENT")
    parser.add_argument("--exclude", action="append", default=[], type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    status = 0
    totals = []
    for folder in arguments.folders:
        if not folder.is_dir():
            continue
        documented, missing = count(folder, arguments.exclude)
        total = documented + len(missing)
        percent = 100 * documented / total if total else 100.0
        totals.append(f"{folder}: {documented} of {total} public declarations documented, {percent:.1f} %")
        if percent < arguments.at_least:
            totals[-1] += f" (below {arguments.at_least:g} %)"
            status = 1
        print(*missing, sep="\n", end="\n" if missing else "")
    print(*totals, sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
