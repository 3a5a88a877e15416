"""The commands, their exit statuses, and what `snapshot` prints in each of its formats."""

import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import BUILD, FIXTURES, PLUGINS, PROGRAM, REPOSITORY, children, environment
from test_bad_input import layout, widget

LAYOUTS = sorted((REPOSITORY / "layouts").glob("*.layout"))
PLAIN = layout(widget("a", rows=2), widget("b", "plain", set="steady"), top='host = "box"\ntitle = "Rows & <co>"\n')


# Help and mistakes


def test_help(dashboard):
    for arguments in (["--help"], ["-h"], ["help"]):
        done = dashboard.run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        for word in ("USAGE: cm-dashboard", "EXAMPLES", "snapshot", "layout", "Exit status", "NO_COLOR"):
            assert word in done.stdout, word
    for command in (["snapshot"], ["layout"], ["layout", "check"], ["run"]):
        done = dashboard.run(*command, "--help")
        assert done.returncode == 0 and f"USAGE: cm-dashboard {' '.join(command)}" in done.stdout
    assert "--root <dir>" in dashboard.run("help", "snapshot").stdout


def test_version(dashboard):
    done = dashboard.run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"cm-dashboard \d+\.\d+\.\d+\n", done.stdout)


DURATION = 'expected like "250ms", "2s", "5m", "26h" or "7d"'
MISTAKES = [
    (["--wrong"], "Error: Unknown option '--wrong'"),
    (["--layuot", "x"], "Error: Unknown option '--layuot'. Did you mean '--layout'?"),
    (["frobnicate"], "Error: Unexpected argument 'frobnicate'"),
    (["--layout"], "Error: Missing value for '--layout <file>'"),
    (["layout", "check"], "Error: Missing expected argument '<file> ...'"),
    (["--refresh", "0s"], f'cm-dashboard: --refresh "0s" is no duration of 100ms or more; {DURATION}'),
    (["--refresh=-2s"], f'cm-dashboard: --refresh "-2s" is no duration of 100ms or more; {DURATION}'),
    (["--refresh", "soon"], f'cm-dashboard: --refresh "soon" is no duration of 100ms or more; {DURATION}'),
    (["--theme", "nrod"], 'cm-dashboard: there is no theme "nrod"; expected one of midnight, '),
    (["--icons", "big"], 'cm-dashboard: --icons "big"; expected emoji, unicode or ascii'),
    (["snapshot", "--size", "0x5"], "Error: --size expects columns and rows from 1 to 1000, like 160x50; not '0x5'"),
    (["snapshot", "--size", "80"], "Error: --size expects columns and rows from 1 to 1000, like 160x50; not '80'"),
    (["snapshot", "--size", "80x1001"], "Error: --size expects columns and rows from 1 to 1000, like 160x50; not '80x1001'"),
    (["snapshot", "--format", "png"], "Error: The value 'png' is invalid for '--format <format>'."),
    (["snapshot", "--ticks", "0"], "Error: --ticks must be from 1 to 100000"),
    (["snapshot", "--ticks", "many"], "Error: The value 'many' is invalid for '--ticks <n>'"),
    (["snapshot", "--time", "noon"], "Error: --time expects a time like 2026-03-01T12:00:00Z, not 'noon'"),
    *[
        (["snapshot", "--time", text], f"Error: --time expects a time like 2026-03-01T12:00:00Z, not '{text}'")
        for text in (
            "2026-03-01", "2026-03-01T12:00:00", "2026-03-01 12:00:00Z", "2026-3-1T12:00:00Z", "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00Zx", "2026-03-01T12:00:00+1", "2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00+ab:cd",
            "2026-02-30T12:00:00Z", "2023-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z",
            "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z", "ä026-03-01T12:00:00Z",
        )
    ],
    (["snapshot", "--time", "9999-01-01T00:00:00Z"], "Error: --time expects a year from 1700 to 2250"),
    (["snapshot", "--timeout", "1y"], "Error: --timeout expects a duration like "),
]  # fmt: skip


@pytest.mark.parametrize("arguments, sentence", MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_a_wrong_command_line_ends_with_2(dashboard, arguments, sentence):
    assert dashboard.wrong(*arguments)[0].startswith(sentence)


# Layouts


def test_our_layouts_have_no_mistake(dashboard):
    assert {path.stem for path in LAYOUTS} >= {"srv01", "cmbox", "labbox", "simonbox", "steambox", "default"}
    done = dashboard.run("layout", "check", *LAYOUTS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{path}: ok" for path in LAYOUTS]


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", ["160x50", "80x24"])
def test_our_layouts_fit_a_terminal(dashboard, path, size):
    lines = dashboard.text(path, size=size, time=None)
    assert len(lines) == int(size.split("x")[1])
    # What this machine does not have takes lines below the frames.
    framed = [line for line in lines[1:-1] if not line.startswith("  ")]
    assert framed[0].startswith("╭─") and framed[-1].endswith("╯")
    assert "does not fit" not in "\n".join(lines) and "not installed;" not in "\n".join(lines)


def test_layout_check_tells_of_each_file(dashboard, test_plugins):
    good, bad = dashboard.layout(PLAIN), dashboard.layout('refresh = "0s"\n' + PLAIN)
    done = dashboard.run("layout", "check", good, bad, "--plugins", test_plugins)
    assert (done.returncode, done.stdout) == (1, f"{good}: ok\n")
    assert done.stderr.startswith(f"{bad}:1:11: error: ")
    assert dashboard.run("layout", "check", good, "--plugins", test_plugins).returncode == 0
    assert dashboard.wrong("layout", "check", "/nowhere") == ["cm-dashboard: /nowhere cannot be read: No such file or directory"]


def test_a_layout_is_found_by_its_name(dashboard, test_plugins):
    folder = dashboard.home / ".config/cm-dashboard/layouts"
    folder.mkdir(parents=True)
    (folder / "mine.layout").write_text(PLAIN)
    arguments = ["--plugins", test_plugins, "--format", "json"]
    for name in ("mine", "mine.layout"):
        done = dashboard.run("snapshot", "--layout", name, *arguments)
        assert [w["widget"] for w in json.loads(done.stdout)["widgets"]] == ["a", "b"]
    # Without a name it is the one named like this host, of the user before that of the installation.
    host = os.uname().nodename.split(".")[0]
    (folder / f"{host}.layout").write_text(layout(widget("only", rows=1)))
    done = dashboard.run("snapshot", *arguments)
    assert [w["widget"] for w in json.loads(done.stdout)["widgets"]] == ["only"]
    # XDG_CONFIG_HOME has the word where it is set, and the default layout is the last.
    done = dashboard.run("snapshot", "--format", "json", env={"XDG_CONFIG_HOME": "/nowhere"})
    assert {"cpu", "memory", "nvme"} <= {w["widget"] for w in json.loads(done.stdout)["widgets"]}


# Snapshots


def test_the_document(dashboard, test_plugins):
    document = dashboard.snapshot(PLAIN, plugins=test_plugins)
    assert set(document) == {"version", "taken", "hosts", "widgets"}
    assert (document["version"], document["taken"], document["hosts"]) == (1, 1772366400, [])
    assert document["widgets"] == [
        {
            "widget": "a", "plugin": "test", "host": "box", "title": "Test test", "status": "ok", "age": 0, "error": None, "note": None,
            "instances": [
                {"instance": "row-001", "metrics": {
                    "value": {"value": 3, "unit": "percent", "status": "ok"},
                    "collects": {"value": 1, "unit": "count", "status": "none"}}},
                {"instance": "row-002", "metrics": {"value": {"value": 10, "unit": "percent", "status": "ok"}}},
            ],
        },
        {
            "widget": "b", "plugin": "plain", "host": "box", "title": "Test plain", "status": "ok", "age": 0, "error": None, "note": None,
            "instances": [{"instance": "", "metrics": {"value": {"value": 42, "unit": "percent", "status": "ok"}}}],
        },
    ]  # fmt: skip


def test_an_error_and_a_note_in_the_document(dashboard, test_plugins):
    text = layout(widget("a", do="fail collect"), widget("b", do="note later"))
    failed, noted = dashboard.snapshot(text, plugins=test_plugins)["widgets"]
    assert (failed["status"], failed["age"], failed["instances"], failed["note"]) == ("unknown", None, [], None)
    assert set(failed["error"]) == {"code", "message"} and failed["error"]["code"] == "denied"
    assert (noted["status"], noted["error"], set(noted["note"])) == ("warning", None, {"status", "message"})
    assert noted["note"]["status"] == "warning"


def test_thresholds_of_the_layout_judge(dashboard, test_plugins):
    text = layout(widget("a", set="steady", value=42.0, value_warning=40), widget("b", set="steady", value=42.0, value_warning=30, value_critical=41))
    assert [w["status"] for w in dashboard.snapshot(text, plugins=test_plugins)["widgets"]] == ["warning", "critical"]
    # Limits in the wrong order are a mistake, also where one of them is the plugin's own.
    (found,) = dashboard.snapshot(layout(widget("a", value_critical=41)), plugins=test_plugins)["widgets"]
    assert found["error"]["code"] == "invalid" and "value_critical" in found["error"]["message"]


def test_the_picture_as_text(dashboard, test_plugins):
    """A C plugin that draws itself, and one that leaves it to the host, side by side."""
    assert dashboard.text(PLAIN, plugins=test_plugins, size="76x9") == [
        " 📊 Rows & <co>                                               box  12:00:00",
        "╭─ Test test ─────────────────── ✅ ─╮╭─ Test plain ────────────────── ✅ ─╮",
        "│ 34x5 collects 1                    ││ ✅ Value          42%  ████▋░░╎░╎░ │",
        "│ Name                         Value ││                                    │",
        "│ ✅ row-001                      3% ││                                    │",
        "│ ✅ row-002                     10% ││                                    │",
        "│                                    ││                                    │",
        "╰────────────────────────────────────╯╰────────────────────────────────────╯",
        " ? help  q quit  r refresh  Tab next  z zoom  c graph  + last 5 min",
    ]


def run_snapshot(dashboard, test_plugins, *arguments, text=PLAIN, **more):
    path = dashboard.layout(text)
    done = dashboard.run("snapshot", "--layout", path, "--plugins", test_plugins, "--time", "2026-03-01T12:00:00Z", *arguments, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_json_is_laid_out_for_readers(dashboard, test_plugins):
    output = run_snapshot(dashboard, test_plugins, "--format", "json")
    wanted = json.dumps(json.loads(output), indent=2, sort_keys=True, separators=(",", " : "), ensure_ascii=False)
    assert re.sub(r"([\[{])\s*([\]}])", r"\1\2", output) == wanted + "\n"
    assert sorted(json.loads(output)) == ["hosts", "taken", "version", "widgets"]


def test_the_picture_with_colours_is_the_same_picture(dashboard, test_plugins):
    plain = run_snapshot(dashboard, test_plugins, "--size", "76x9")
    coloured = run_snapshot(dashboard, test_plugins, "--size", "76x9", "--format", "ansi")
    assert "\x1b" not in plain
    assert re.search("\x1b\\[[0-9;]*38;2;", coloured)
    without = re.sub("\x1b\\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in without.splitlines()] == plain.splitlines()
    # The last style is taken back, and NO_COLOR is honoured.
    assert coloured.rstrip("\n").endswith(("\x1b[0m", "\x1b[m"))
    mono = run_snapshot(dashboard, test_plugins, "--size", "76x9", "--format", "ansi", env={"NO_COLOR": "1"})
    assert "38;" not in mono and "48;" not in mono


def test_the_picture_as_svg_is_sound_xml(dashboard, test_plugins):
    output = run_snapshot(dashboard, test_plugins, "--size", "76x9", "--format", "svg")
    root = ElementTree.fromstring(output)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = " ".join("".join(root.itertext()).split())
    for word in ("Rows & <co>", "Test plain", "row-002", "42%"):
        assert word in words, word
    assert float(re.match(r"[\d.]+", root.get("width") or root.get("viewBox").split()[2])[0]) > 0
    assert not root.findall(".//{*}script") and not re.search(r"<(image|use|foreignObject)", output)


@pytest.mark.parametrize("size", ["1x1", "20x5", "1000x2", "300x100", "1000x1000"])
def test_pictures_of_all_sizes(dashboard, test_plugins, size):
    width, height = map(int, size.split("x"))
    for form in ("text", "ansi", "svg"):
        output = run_snapshot(dashboard, test_plugins, "--size", size, "--format", form)
        if form == "svg":
            ElementTree.fromstring(output)
        elif form == "text":
            lines = output.removesuffix("\n").split("\n")
            assert len(lines) == height and max(map(len, lines)) <= width


def test_theme_icons_and_zoom(dashboard, test_plugins):
    pictures = {theme: run_snapshot(dashboard, test_plugins, "--format", "ansi", "--theme", theme) for theme in ("midnight", "nord", "dracula")}
    assert len(set(pictures.values())) == 3
    signs = {icons: run_snapshot(dashboard, test_plugins, "--icons", icons) for icons in ("emoji", "unicode", "ascii")}
    assert "✅" in signs["emoji"] and "✅" not in signs["unicode"] and "✅" not in signs["ascii"]
    zoomed = run_snapshot(dashboard, test_plugins, "--zoom", "--size", "100x20")
    assert "zoomed 96x16 collects 1" in zoomed and "Test plain" not in zoomed


def test_ticks_on_a_captured_machine_take_no_time(dashboard, test_plugins):
    began = time.monotonic()
    document = dashboard.snapshot(PLAIN.replace("host =", 'refresh = "1h"\nhost ='), plugins=test_plugins, root=FIXTURES, ticks=7)
    assert document["widgets"][0]["instances"][0]["metrics"]["collects"]["value"] == 7
    assert time.monotonic() - began < 60


def test_ticks_on_this_machine_follow_the_clock(dashboard, test_plugins):
    began = time.monotonic()
    text = 'refresh = "500ms"\n' + PLAIN
    document = dashboard.snapshot(text, plugins=test_plugins, ticks=3)
    assert document["widgets"][0]["instances"][0]["metrics"]["collects"]["value"] >= 2
    assert time.monotonic() - began >= 0.9


def collects(dashboard, test_plugins, *widgets):
    text = layout(*widgets, top='refresh = "1s"\n')
    found = dashboard.snapshot(text, plugins=test_plugins, root=FIXTURES, ticks=9)["widgets"]
    return [w["instances"][0]["metrics"]["collects"]["value"] for w in found]


def test_a_widget_collects_only_as_often_as_it_is_told(dashboard, test_plugins):
    assert collects(dashboard, test_plugins, widget("a", rows=1, every="4s"), widget("b", rows=2)) == [3, 9]


def test_two_widgets_that_ask_the_same_share_what_is_collected(dashboard, test_plugins):
    """The plugin counts its collects: were there two instances, each would have its own count."""
    assert collects(dashboard, test_plugins, widget("a", rows=1, every="4s"), widget("b", rows=1)) == [9, 9]


def test_time_is_what_is_shown(dashboard, test_plugins):
    for given, shown, taken in [
        ("2026-03-01T12:00:00Z", "12:00:00", 1772366400),
        ("1999-12-31T23:59:59Z", "23:59:59", 946684799),
        ("2024-02-29T12:00:00.25+01:00", "11:00:00", 1709204400.25),
        ("2026-03-01T12:00:00-0530", "17:30:00", 1772386200),
        ("2026-03-01T12:00:00+02", "10:00:00", 1772359200),
        ("1969-12-31T23:59:59z", "23:59:59", -1),
    ]:
        assert shown in dashboard.text(PLAIN, plugins=test_plugins, time=given)[0]
        assert dashboard.snapshot(PLAIN, plugins=test_plugins, time=given)["taken"] == pytest.approx(taken, abs=1e-3)
    assert "13:00:00" in dashboard.text(PLAIN, plugins=test_plugins, env={"TZ": "Europe/Berlin"})[0]


def test_root_is_another_machine(dashboard):
    text = layout(widget("memory", "memory"))
    here = dashboard.snapshot(text)["widgets"][0]["instances"][0]["metrics"]
    there = dashboard.snapshot(text, root=FIXTURES / "memory-srv01")["widgets"][0]["instances"][0]["metrics"]
    assert there["total"]["value"] == 8153726976 != here["total"]["value"]


def test_a_snapshot_that_comes_too_late_says_of_what(dashboard, test_plugins):
    path = dashboard.layout(layout(widget("a", do="hang collect"), widget("b", "other", rows=2)))
    # Time enough for the other, also on a machine that is busy.
    done = dashboard.run("snapshot", "--layout", path, "--plugins", test_plugins, "--timeout", "3s", "--format", "json")
    assert (done.returncode, done.stderr) == (1, "cm-dashboard: no answer within 3s from a\n")
    late, good = json.loads(done.stdout)["widgets"]
    assert (late["error"], late["age"], late["instances"]) == (None, None, [])
    assert len(good["instances"]) == 2


def test_the_same_twice(dashboard, test_plugins):
    for form in ("text", "ansi", "svg", "json"):
        first, second = (run_snapshot(dashboard, test_plugins, "--format", form) for _ in range(2))
        assert first == second


def test_a_reader_that_goes_away(dashboard):
    command = f"{PROGRAM} snapshot --size 1000x1000 --format svg | head -c 10"
    done = subprocess.run(["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"], env=environment(dashboard.home), capture_output=True, timeout=60)
    assert len(done.stdout) == 10 and done.stderr == b""


# Plugins


def test_a_users_plugin_goes_before_ours(dashboard, test_plugins):
    folder = dashboard.folder / "mine"
    folder.mkdir()
    (folder / "memory.so").write_bytes((test_plugins.path / "test.so").read_bytes())
    text = layout(widget("a", "memory"))
    assert dashboard.snapshot(text, plugins=folder)["widgets"][0]["title"] == "Test test"
    assert dashboard.snapshot(text)["widgets"][0]["title"] != "Test test"


def test_widgets_of_one_plugin_share_a_worker(dashboard, test_plugins):
    text = "".join(widget(name, rows=1) for name in "abc") + widget("d", "other", rows=1)
    screen = dashboard.terminal("--plugins", test_plugins, layout='grid = "a b c d"\n' + text, size=(120, 10))
    screen.wait_for(lambda lines: "\n".join(lines).count("collects") == 4, timeout=30)
    assert len(children(screen.pid)) == 2
    screen.send("q")
    assert screen.wait_exit() == 0


@pytest.mark.parametrize("path", sorted(PLUGINS.glob("*.so")), ids=lambda path: path.stem)
def test_our_plugins_export_one_symbol_and_need_no_swift(path):
    symbols = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True).stdout
    assert [line.split()[-1] for line in symbols.splitlines()] == ["cm_plugin_entry_v1"]
    dynamic = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
    assert needed and not [name for name in needed if "swift" in name.lower() or "Foundation" in name]


def test_the_header_is_the_one_in_the_tree():
    ours = REPOSITORY / "Sources/PluginAPI/include/cm_plugin.h"
    assert (BUILD / "include/cm_plugin.h").read_text() == ours.read_text()


@pytest.mark.parametrize("language", ["c11", "c++17"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_header_compiles_clean(compiler, language):
    if compiler == "clang" and subprocess.run(["which", "clang"], capture_output=True).returncode != 0:
        pytest.skip("no clang")
    command = [compiler, "-x", "c" if language == "c11" else "c++", f"-std={language}", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
               "-fsyntax-only", f"-I{BUILD}/include", "-"]  # fmt: skip
    source = '#include "cm_plugin.h"\nstatic const cm_string text = {CM_TEXT("x")};\nint main(void) { return (int)text.length - 1; }\n'
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_columns_of_an_overview_are_checked(dashboard):
    layout = dashboard.layout(
        'grid = "hosts"\n[widget.hosts]\nplugin = "hosts"\ncolumns = ["nvme.wear", "backup.aeg", "foo.bar", "stat"]\n')
    done = dashboard.run("layout", "check", layout)
    assert done.returncode == 1
    problems = [line for line in done.stderr.splitlines() if line.startswith(str(layout))]
    metric, plugin, word = (line.removeprefix(str(layout)) for line in problems)
    assert metric.startswith(':4:25: error: plugin "backup" has no metric "aeg"; expected one of state, age, ')
    assert metric.endswith('; did you mean "backup.age"?')
    assert plugin == ':4:39: warning: there is no plugin "foo" on this machine'
    assert word == (
        ':4:50: error: "stat" is no column; expected PLUGIN.METRIC, host, role, address, state, status, age, alert; '
        'did you mean "state"?'
    )
