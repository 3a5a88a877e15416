#!/usr/bin/env python3
"""Writes Sources/Contract/CharacterTable.swift from the Unicode data that python3 carries.

    python3 Tests/Support/character_table.py > Sources/Contract/CharacterTable.swift
    python3 Tests/Support/character_table.py --compare    # where glibc and the wcwidth package differ

The data should be that of the C library the screen is drawn with (Debian 12: both Unicode 14): a character
that the library does not know has no width there, so here it is replaced.
"""
import ctypes
import locale
import sys
import unicodedata

MARK, NARROW, WIDE, REPLACED, DROPPED = range(5)

BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
# Format characters that show nothing and that terminals disagree on; variation selectors, tags.
INVISIBLE = {
    0x00AD, 0x034F, *range(0x180B, 0x1810), 0x200B, *range(0x2060, 0x2065), *range(0x206A, 0x2070),
    *range(0xFE00, 0xFE10), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE1000),
}
# Numbers are written above these; they are seen by themselves.
PREPENDED = {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
# Unicode 16 made the hexagrams wide, as the libraries had them before. On circled numbers they differ.
HEXAGRAMS = range(0x4DC0, 0x4E00)
CIRCLED = range(0x3248, 0x3250)
# Vowels and finals of Hangul syllables join the consonant before them.
JAMO = {*range(0x1160, 0x1200), *range(0xD7B0, 0xD7C7), *range(0xD7CB, 0xD7FC)}


def kind(code: int) -> int:
    character = chr(code)
    category = unicodedata.category(character)
    if code in INVISIBLE:
        return DROPPED
    if code in BIDI or category in ("Cc", "Cs", "Cn", "Zl", "Zp") or code in CIRCLED:
        return REPLACED
    if code in PREPENDED:
        return NARROW
    if category in ("Mn", "Me", "Cf") or code in JAMO:
        return MARK
    return WIDE if unicodedata.east_asian_width(character) in "WF" or code in HEXAGRAMS else NARROW


def changes() -> list[tuple[int, int]]:
    last, found = None, []
    for code in range(0x110000):
        now = kind(code)
        if now != last:
            found.append((code, now))
        last = now
    return found


def write() -> None:
    entries = [f"0x{code << 3 | now:x}" for code, now in changes()]
    print(f"""\
// Written by Tests/Support/character_table.py from Unicode {unicodedata.unidata_version}; not to be edited.

/// Where the kind of the characters changes: the first code shifted left by three, and its
/// ``CharacterWidth/Kind``, which holds until the next entry.
let characterTable: [UInt32] = [""")
    line = "   "
    for entry in entries:
        if len(line) + len(entry) + 2 > 108:
            print(line)
            line = "   "
        line += f" {entry},"
    print(line + "\n]")


def ranges(codes: list[int]) -> str:
    found: list[list[int]] = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    texts = [f"{a:04X}" if a == b else f"{a:04X}-{b:04X}" for a, b in found]
    return ", ".join(texts[:40]) + (f", … ({len(texts)} ranges)" if len(texts) > 40 else "")


def compare() -> None:
    library = ctypes.CDLL("libc.so.6")
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    others = {"glibc": library.wcwidth}
    try:
        from wcwidth import wcwidth
        others["wcwidth"] = lambda code: wcwidth(chr(code))
    except ImportError:
        pass
    cells = {MARK: 0, NARROW: 1, WIDE: 2}
    for name, width in others.items():
        differences: dict[tuple[str, int, int], list[int]] = {}
        for code in range(0x110000):
            ours = kind(code)
            if ours in cells and width(code) != cells[ours]:
                key = (unicodedata.category(chr(code)), cells[ours], width(code))
                differences.setdefault(key, []).append(code)
        print(f"{name}:")
        for (category, ours, theirs), codes in sorted(differences.items()):
            print(f"  {category} here {ours}, there {theirs}: {len(codes)} characters: {ranges(codes)}")


compare() if "--compare" in sys.argv else write()
