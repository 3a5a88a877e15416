"""The plugin header is a contract: what was compiled against its first version works for ever.

Tests/Contract/cm_plugin_1_0.h is that version, frozen. A header that only adds to it keeps the promise.
"""

import shutil
import subprocess
import sys

import pytest

from conftest import INCLUDE, REPOSITORY, SUPPORT

CONTRACT = REPOSITORY / "Tests/Contract"
FROZEN = CONTRACT / "cm_plugin_1_0.h"
HEADER = INCLUDE / "cm_plugin.h"

sys.path.insert(0, str(CONTRACT))
from contract import Facts, broken  # noqa: E402


@pytest.fixture(scope="module")
def frozen():
    return Facts(FROZEN)


@pytest.fixture(scope="module")
def old_plugin(tmp_path_factory):
    """A folder with a plugin that has never seen another header than the frozen one."""
    folder = tmp_path_factory.mktemp("old")
    shutil.copy(FROZEN, folder / "cm_plugin.h")
    plugins = folder / "plugins"
    plugins.mkdir()
    for name, flags in (("drawn", []), ("plain", ["-DNO_DRAW"])):
        command = ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"]
        command += [f"-I{folder}", f'-DID="{name}"', *flags, "-o", plugins / f"{name}.so", SUPPORT / "test_plugin.c"]
        subprocess.run(command, check=True, timeout=60)
    return plugins


def layout(plugin):
    return f'host = "h"\ngrid = "{plugin}"\n[widget.{plugin}]\nrows = 2\n'


class TestFrozenHeader:
    def test_a_plugin_of_it_collects(self, dashboard, old_plugin):
        [widget] = dashboard.snapshot(layout("drawn"), plugins=old_plugin)["widgets"]
        assert widget["error"] is None
        values = {found["instance"]: found["metrics"]["value"]["value"] for found in widget["instances"]}
        assert values == {"row-001": 3, "row-002": 10}

    def test_a_plugin_of_it_draws(self, dashboard, old_plugin):
        lines = dashboard.text(layout("drawn"), plugins=old_plugin)
        assert any("x" in line and "collects 1" in line for line in lines), lines
        assert any("row-001" in line and "3%" in line for line in lines), lines
        assert any("row-002" in line and "10%" in line for line in lines), lines

    def test_a_plugin_of_it_is_drawn_by_the_host(self, dashboard, old_plugin):
        lines = dashboard.text(layout("plain"), plugins=old_plugin)
        assert any("row-002" in line and "10%" in line for line in lines), lines

    def test_the_present_header_keeps_its_promises(self, frozen):
        assert broken(frozen, Facts(HEADER)) == []

    def test_all_of_it_is_compared(self, frozen):
        """So that nothing is kept only because nothing was seen."""
        assert len(frozen.structs) >= 18
        assert all(fields for _, fields in frozen.structs.values())
        assert len(frozen.enumerators) == FROZEN.read_text().count("\n    CM_")
        assert set(frozen.macros) >= {"CM_ABI_MAJOR", "CM_ABI_MINOR", "CM_TEXT(literal)", "CM_HOLDS(pointer,field)"}
        assert frozen.entry == "const cm_plugin * cm_plugin_entry_v1(unsigned int)"


def changed(folder, *changes):
    """The frozen header with each text replaced, which must stand in it once."""
    text = FROZEN.read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        text = text.replace(old, new)
    path = folder / "changed.h"
    path.write_text(text)
    return Facts(path)


NUMBER = "    uint64_t number;       /* ticks"
MONOTONIC = "    uint64_t monotonic_ns;"
NOTE = "    uint32_t (*note)(const cm_sink *sink, uint32_t status, cm_string sentence);\n"
FAIL = "    uint32_t (*fail)(const cm_sink *sink, uint32_t code, cm_string sentence);\n"
LATER = "    int64_t later;\n"
INTERVAL = "    uint64_t interval_ns;  /* time between two collects of this widget */\n"
MEASURE = "    uint32_t (*measure)(const cm_canvas *canvas, cm_string text);\n"
DESTROY = "    void (*destroy)(void *self);"
ENTRY = "CM_EXPORT const cm_plugin *cm_plugin_entry_v1(uint32_t host_abi);"

# What is done to the header, and how the sentences begin that must come of it.
BREAKS = {
    "field inserted": (
        [(NUMBER, LATER + NUMBER)],
        ["cm_tick.number has moved from byte 8 to 16", "cm_tick.later is new and stands at byte 8"],
    ),
    "field inserted where another was narrowed": (
        [("    uint32_t width;\n    uint32_t height;\n\n", "    uint32_t width;\n    uint16_t height, depth;\n\n")],
        [
            "cm_canvas.height was unsigned int and is short unsigned int",
            "cm_canvas.depth is new and stands at byte 22, inside the 88 bytes",
        ],
    ),
    "field removed": (
        [("    cm_string note;           /* what", "    /* what")],
        ["cm_view.note is gone", "cm_view was 104 bytes and is 88"],
    ),
    "field removed at the end": ([("    uint32_t remember_days; /*", "    /*")], ["cm_metric.remember_days is gone"]),
    "fields exchanged": (
        [(NUMBER, "    uint64_t SWAP; /* ticks"), (MONOTONIC, "    uint64_t number;"), ("SWAP", "monotonic_ns")],
        ["cm_tick.number has moved from byte 8 to 16", "cm_tick.monotonic_ns has moved from byte 16 to 8"],
    ),
    "functions exchanged": ([(NOTE, "@"), (FAIL, NOTE), ("@", FAIL)], ["cm_sink.note has moved from byte 24 to 32"]),
    "field retyped": (
        [(NUMBER, NUMBER.replace("uint64_t", "double"))],
        ["cm_tick.number was long unsigned int and is double"],
    ),
    "sign changed": (
        [("    int64_t unix_ns; ", "    uint64_t unix_ns;")],
        ["cm_tick.unix_ns was long int and is long unsigned int"],
    ),
    "field narrowed": (
        [("    uint32_t is_set; ", "    uint16_t is_set; ")],
        ["cm_option_value.is_set was unsigned int and is short unsigned int"],
    ),
    "const dropped": (
        [("    const cm_string *items; /* LIST", "    cm_string *items; /* LIST")],
        ["cm_option_value.items was const cm_string * and is cm_string *"],
    ),
    "field renamed": (
        [(NUMBER, NUMBER.replace("number", "sequence"))],
        ["cm_tick.number is gone; sequence stands in its place"],
    ),
    "struct renamed": (
        [("typedef struct cm_limits {", "typedef struct cm_bounds {"), ("} cm_limits;", "} cm_bounds, cm_limits;")],
        ["cm_limits is gone"],
    ),
    "fixed struct grown": (
        [("    uint64_t length;\n} cm_string;", "    uint64_t length;\n    uint64_t capacity;\n} cm_string;")],
        ["cm_string.capacity is new, but cm_string never changes"],
    ),
    "argument added": (
        [(NOTE, NOTE.replace("cm_string sentence", "cm_string sentence, uint32_t flags"))],
        ["cm_sink.note was unsigned int (*)(const cm_sink *, unsigned int, cm_string) and is"],
    ),
    "argument retyped": ([("uint32_t character);", "int64_t character);")], ["cm_canvas.fill was void (*)("]),
    "result changed": (
        [(DESTROY, DESTROY.replace("void (", "uint32_t ("))],
        ["cm_plugin.destroy was void (*)(void *) and is unsigned int (*)(void *)"],
    ),
    "enumerator renumbered": ([("CM_DENIED = 3,", "CM_DENIED = 7,")], ["CM_DENIED was 3 and is 7"]),
    "enumerator inserted": (
        [("CM_ROLE_OK = 6,\n    CM_ROLE_WARNING = 7,", "CM_ROLE_GOOD = 6,\n    CM_ROLE_OK,\n    CM_ROLE_WARNING,")],
        ["CM_ROLE_OK was 6 and is 7", "CM_ROLE_WARNING was 7 and is 8"],
    ),
    "enumerator removed": ([("    CM_METRIC_STATE = 3 ", "    ")], ["CM_METRIC_STATE is gone"]),
    "constant changed": ([("#define CM_ABI_MAJOR 1u", "#define CM_ABI_MAJOR 2u")], ["CM_ABI_MAJOR was 1u and is 2u"]),
    "minor version lowered": (
        [("#define CM_ABI_MINOR 0u", "#define CM_ABI_MINOR -1")],
        ["CM_ABI_MINOR was 0u and is -1"],
    ),
    "macro removed": (
        [("#define CM_TEXT(literal)", "#define CM_LITERAL(literal)")],
        ["CM_TEXT(literal) is gone"],
    ),
    "entry's argument": (
        [(ENTRY, ENTRY.replace("uint32_t", "uint64_t"))],
        ["the entry was const cm_plugin * cm_plugin_entry_v1(unsigned int) and is "],
    ),
}

ADDS = {
    "nothing": [],
    "field appended": [(INTERVAL, INTERVAL + LATER)],
    "function appended": [(MEASURE, MEASURE + "    void (*line)(const cm_canvas *canvas);\n")],
    "field of an array's struct appended": [("} cm_column;", "    uint64_t colour;\n} cm_column;")],
    "struct added": [("typedef struct cm_tick {", "typedef struct { int a; } cm_more;\ntypedef struct cm_tick {")],
    "enumerator appended": [("    CM_LIMIT = 6 ", "    CM_LIMIT = 6, CM_LATER = 7 ")],
    "comment changed": [("/* A string literal as a constant initialiser for", "/* Other words for")],
    "minor version raised": [("#define CM_ABI_MINOR 0u", "#define CM_ABI_MINOR 1u")],
    "macro added": [("#define CM_ABI_MAJOR 1u", "#define CM_MORE 1\n#define CM_ABI_MAJOR 1u")],
}


class TestChanges:
    @pytest.mark.parametrize("change", BREAKS)
    def test_what_breaks_is_named(self, change, frozen, tmp_path):
        changes, sentences = BREAKS[change]
        found = broken(frozen, changed(tmp_path, *changes))
        for sentence in sentences:
            assert any(line.startswith(sentence) for line in found), found

    @pytest.mark.parametrize("change", ADDS)
    def test_what_only_adds_is_free(self, change, frozen, tmp_path):
        assert broken(frozen, changed(tmp_path, *ADDS[change])) == []

    def test_a_field_in_the_padding_breaks(self, frozen, tmp_path):
        """A plugin's `size` covers what was padding, whatever stands there."""
        last = "    uint64_t row_count;\n"
        grown = changed(tmp_path, (last + "} cm_table;", last + "    uint32_t a;\n} cm_table;"))
        text = (tmp_path / "changed.h").read_text().replace("    uint32_t a;\n", "    uint32_t a;\n    uint32_t b;\n")
        (tmp_path / "next.h").write_text(text)
        assert broken(frozen, grown) == []
        assert broken(grown, Facts(tmp_path / "next.h")) == [
            "cm_table.b is new and stands at byte 52, inside the 56 bytes that there were"
        ]
