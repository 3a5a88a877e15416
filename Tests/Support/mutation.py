"""Changes one thing in what a machine or a host says, and runs the plugin that reads it.

A Reader keeps one probe open (`probe --again`), which reads the changed files in a fresh child each time, a
few hundred a second.
"""

import json
import os
import re
import subprocess

from probe import PLUGINS, SAMPLE, program

# What no reading can be, whatever it measures, and what some readings can be.
IMPOSSIBLE = ["-1e18", str(2**63), str(2**64), "1e300"]
POSSIBLE = ["0", "-1", str(2**31)]
NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")


class Answer:
    """What the plugin made of it: `status` by (instance, metric), `value` likewise, `end` as the probe words it."""

    def __init__(self, lines):
        self.lines = lines
        self.end = lines[-1] if lines else "nothing"
        self.status, self.value = {}, {}
        # Whether a sentence says that something is not as it should be.
        self.is_said = any(re.match(r"note \((unknown|warning|critical)\)|\w+ failed", line) for line in lines)
        for line in lines:
            if match := SAMPLE.match(line):
                key = (match[1].strip(), match[2])
                self.value[key], self.status[key] = match[3].strip(), match[4]

    @property
    def crashed(self):
        return "signal" in self.end or not self.end.startswith("ended")


class Reader:
    """One plugin over one captured machine, or over one document."""

    def __init__(self, plugin, *arguments, ticks=1):
        command = [program(), str(PLUGINS / f"{plugin}.so"), "--again", "--no-sleep", "--size", "80x24",
                   "--ticks", str(ticks), "--time", "1772366400", *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=os.environ | {"TZ": "UTC"})

    def read(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        lines = []
        while line := self.process.stdout.readline():
            lines.append(line.decode(errors="replace").rstrip("\n"))
            if lines[-1].startswith("ended "):
                break
        return Answer(lines)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class Mutation:
    """`text` is the changed file; `words` say what was done; `is_strict`: nothing good or bad can follow from it;
    `without` is the file without the changed value, b"" for one that had nothing else, None where that is unknown;
    `is_dropped`: a field was dropped or renamed."""

    def __init__(self, text, words, is_strict, without=None, is_dropped=False):
        self.text, self.words, self.is_strict, self.without = text, words, is_strict, without
        self.is_dropped = is_dropped


def _paths(value, path=()):
    """Every member of every object and list below a JSON value."""
    if isinstance(value, dict):
        for key in value:
            yield (*path, key)
            yield from _paths(value[key], (*path, key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _paths(element, (*path, index))


def _parent(root, path):
    for key in path[:-1]:
        root = root[key]
    return root


def of_json(text, dice):
    root = json.loads(text)
    paths = list(_paths(root))
    path = dice.choice(paths)
    parent = _parent(root, path)
    old = parent[path[-1]]
    name = ".".join(map(str, path))
    kind = dice.choice(["drop", "rename", "double"] if not isinstance(old, (int, float)) or isinstance(old, bool)
                       else ["impossible", "impossible", "possible", "drop", "rename", "double", "word"])
    if kind == "impossible":
        number = dice.choice(IMPOSSIBLE)
        parent[path[-1]] = f"\0{number}\0"
        text = _dump(root)
        if isinstance(parent, dict):
            del parent[path[-1]]
            return Mutation(text, f"{name} = {number}", True, _dump(root).encode())
        return Mutation(text, f"{name} = {number}", True)
    if kind == "possible":
        number = dice.choice(POSSIBLE)
        parent[path[-1]] = f"\0{number}\0"
        return Mutation(_dump(root), f"{name} = {number}", False)
    if kind == "word":
        parent[path[-1]] = dice.choice(["", "n/a", None, [], {}, True])
        return Mutation(_dump(root), f"{name} = {parent[path[-1]]!r}", False)
    if kind == "drop" or not isinstance(parent, dict):
        del parent[path[-1]]
        return Mutation(_dump(root), f"without {name}", True, is_dropped=True)
    if kind == "rename":
        parent[f"{path[-1]}_x"] = parent.pop(path[-1])
        return Mutation(_dump(root), f"{name} renamed", True, is_dropped=True)
    parent["\0twice\0"] = old
    return Mutation(
        _dump(root).replace(json.dumps("\0twice\0"), json.dumps(path[-1])), f"{name} twice", False)


def _dump(root):
    """A number between NULs is written as it is."""
    return re.sub(r'"\\u0000([^"\\]*)\\u0000"', r"\1", json.dumps(root))


def of_text(data, dice):
    """Of a file that is not JSON: one number, line or byte of it."""
    kind = dice.choice(["impossible", "impossible", "possible", "line", "twice", "byte"])
    numbers = list(NUMBER.finditer(data))
    if kind in ("impossible", "possible") and numbers:
        place = dice.choice(numbers)
        number = dice.choice(IMPOSSIBLE if kind == "impossible" else POSSIBLE)
        return Mutation(
            data[:place.start()] + number.encode() + data[place.end():],
            f"byte {place.start()}: {place[0].decode()} is {number}", kind == "impossible",
            b"" if place[0] == data.strip() else None)
    lines = data.splitlines(keepends=True)
    if kind == "line" and len(lines) > 1:
        at = dice.randrange(len(lines))
        return Mutation(b"".join(lines[:at] + lines[at + 1:]), f"without line {at + 1}", False)
    if kind == "twice" and lines:
        at = dice.randrange(len(lines))
        return Mutation(b"".join([*lines[:at + 1], *lines[at:]]), f"line {at + 1} twice", False)
    if not data:
        return Mutation(b"\xff", "a byte", False)
    at = dice.randrange(len(data))
    return Mutation(
        data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:], f"byte {at} flipped", False)


def of(data, dice):
    try:
        if data.lstrip()[:1] == b"{":
            mutation = of_json(data.decode(), dice)
            mutation.text = mutation.text.encode()
            return mutation
    except (ValueError, IndexError):
        pass
    return of_text(data, dice)
