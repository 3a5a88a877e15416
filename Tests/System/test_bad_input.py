"""Bad input, one by one: each is a clear sentence, nothing else is lost, and no byte of it reaches the terminal."""

import json
import math
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import FIXTURES, PROGRAM, SUPPORT, environment, still_running

SOURCE = SUPPORT / "test_plugin.c"


def widget(name, plugin="test", **options):
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
    return f'[widget.{name}]\nplugin = "{plugin}"\n{lines}'


def layout(*widgets, grid=None, top=""):
    names = [re.search(r"\[widget\.([^]]+)\]", text)[1] for text in widgets]
    return f'grid = "{" ".join(names) if grid is None else grid}"\n{top}' + "".join(widgets)


def collects(lines):
    """How often the plugins on the screen have collected, as they say themselves."""
    return [int(number) for number in re.findall(r"collects (\d+)", "\n".join(lines))]


def counted(times):
    return lambda lines: max(collects(lines), default=0) >= times


# Layouts


GOOD = layout(widget("a"))

WRONG_LAYOUTS = {
    "not TOML": ("grid = \n", "{path}:1:8: error: not TOML: unexpected end of the line; expected a value", None),
    "unknown key": (
        f'refesh = "2s"\n{GOOD}',
        '{path}:1:1: error: unknown key "refesh"; expected one of title, host, refresh, ', 'refesh = "2s"',
    ),
    "unknown key of a widget": (
        f'{GOOD}evry = "2s"\n',
        '{path}:4:1: error: plugin "test" has no option "evry"; expected one of set, rows, do, value, or a limit such as '
        'value_warning; did you mean "every"?', 'evry = "2s"',
    ),
    "wrong type": (f"title = 7\n{GOOD}", "{path}:1:9: error: ", "title = 7"),
    "overlapping areas": (
        'grid = """\na a\na b\nb b\n"""\n' + widget("a") + widget("b"),
        '{path}:3:3: error: widget "a" is no rectangle: "b" overlaps it', "a b",
    ),
    "area that is no rectangle": (
        'grid = """\na b\na a\n"""\n' + widget("a") + widget("b"),
        '{path}:3:3: error: widget "a" is no rectangle: this cell juts out; expected one rectangle of cells', "a a",
    ),
    "zero rows": ('grid = ""\n', "{path}:1:8: error: the grid has no rows", 'grid = ""'),
    "a row of zero cells": (
        f"rows = [0]\n{GOOD}",
        '{path}:1:9: error: item 1 of "rows" is 0; expected a number of cells', "rows = [0]",
    ),
    "refresh 0": (f'refresh = "0s"\n{GOOD}', "{path}:1:11: error: ", 'refresh = "0s"'),
    "refresh negative": (f'refresh = "-2s"\n{GOOD}', "{path}:1:11: error: ", 'refresh = "-2s"'),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG_LAYOUTS)
def test_a_wrong_layout_is_named_by_line_and_column(dashboard, test_plugins, mistake):
    text, sentence, excerpt = WRONG_LAYOUTS[mistake]
    path = dashboard.layout(text)
    for arguments in (["--layout", path], ["snapshot", "--layout", path], ["run", "--layout", path]):
        # What a plugin's options are is known only once the plugin runs.
        if mistake == "unknown key of a widget":
            break
        lines = dashboard.wrong(*arguments, "--plugins", test_plugins)
        assert lines[0].startswith(sentence.format(path=path)), lines
        if excerpt:
            assert any(line.endswith(f"| {excerpt}") for line in lines), lines
            assert any(line.strip(" ").startswith("| ") and line.endswith("^") for line in lines), lines
    lines = dashboard.wrong("layout", "check", path, "--plugins", test_plugins, status=1)
    assert lines[0].startswith(sentence.format(path=path)), lines


def test_all_mistakes_are_named_at_once(dashboard, test_plugins):
    path = dashboard.layout('refesh = "2s"\nrefresh = "0s"\ntheme = "nord2"\ngrid = "a b"\n' + widget("a", rows="many"))
    lines = dashboard.wrong("layout", "check", path, "--plugins", test_plugins, status=1)
    places = [line.split(": error: ")[0] for line in lines if ": error: " in line]
    assert [place.removeprefix(f"{path}:").split(":")[0] for place in places] == ["1", "2", "3", "4", "7"], lines


def test_the_layout_is_missing(dashboard):
    lines = dashboard.wrong("--layout", "/nowhere/at-all.layout")
    assert lines == ['cm-dashboard: there is no file "/nowhere/at-all.layout"']
    (line,) = dashboard.wrong("--layout", "srv02")
    assert line.startswith('cm-dashboard: no layout "srv02" in '), line
    assert line.endswith('; did you mean "srv01"?'), line


def test_the_layout_is_a_folder(dashboard):
    path = dashboard.folder / "folder.layout"
    path.mkdir()
    assert dashboard.wrong("--layout", path) == [
        f"cm-dashboard: the layout {path} cannot be read: Is a directory"
    ]
    assert dashboard.wrong("layout", "check", path) == [f"cm-dashboard: {path} cannot be read: Is a directory"]


def test_the_layout_is_not_ours_to_read(dashboard, tmp_path):
    path = dashboard.layout(GOOD)
    path.chmod(0)
    command = [str(PROGRAM), "snapshot", "--layout", str(path)]
    if os.geteuid() == 0:
        # Root reads everything: as somebody else, who must reach the file and the program.
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for folder in path.parents:
            if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o005:
                if not folder.is_relative_to(tmp_path.parents[2]) or folder == folder.parent:
                    pytest.skip(f"another user cannot reach {folder}")
                folder.chmod(folder.stat().st_mode | 0o055)
        if subprocess.run([*nobody, "test", "-x", str(PROGRAM)]).returncode != 0:
            pytest.skip(f"another user cannot run {PROGRAM}")
        command = nobody + command
    done = subprocess.run(command, env=environment("/"), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"cm-dashboard: the layout {path} cannot be read: Permission denied\n"


def test_the_layout_is_not_utf8(dashboard):
    path = dashboard.layout(b'grid = "a"\ntitle = "caf\xe9"\n[widget.a]\n')
    lines = dashboard.wrong("--layout", path)
    assert lines[0] == f"{path}:2:13: error: not UTF-8: byte 0xE9 (byte 24 of the file)"


def test_escape_sequences_of_a_layout_do_not_reach_the_terminal(dashboard):
    path = dashboard.layout('grid = "a"\ntitle = "x\\u001b[31m"\n\x1b]0;owned\x07 = 1\n"\\u009b31m" = 2\n[widget.a]\n')
    for arguments in (["--layout", path], ["layout", "check", path]):
        done = dashboard.run(*arguments)
        assert done.returncode in (1, 2)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stderr + done.stdout), done.stderr
    name = "no\x1b[31m\x9bsuch"
    (line,) = dashboard.wrong("--layout", name)
    assert not re.search("[\x00-\x1f\x7f-\x9f]", line), line


def test_an_unknown_plugin_is_said_in_its_widget(dashboard, test_plugins):
    text = layout(widget("a", "tset"), widget("b", rows=1))
    path = dashboard.layout(text)
    found = {w["widget"]: w for w in dashboard.snapshot(path, plugins=test_plugins)["widgets"]}
    message = found["a"]["error"]["message"]
    assert message.startswith(f'{path}:3:10: error: widget "a" needs plugin "tset", which is not installed; expected one of')
    assert 'did you mean "test"?' in message and str(test_plugins) in message
    assert (found["a"]["error"]["code"], found["a"]["status"]) == ("invalid", "unknown")
    assert found["b"]["error"] is None and found["b"]["instances"]
    (line, *_) = dashboard.wrong("layout", "check", path, "--plugins", test_plugins, status=1)
    assert line.startswith(f'{path}:3:10: error: widget "a" needs plugin "tset", which is not installed')


def test_a_wrong_option_is_said_in_its_widget(dashboard, test_plugins):
    path = dashboard.layout(layout(widget("a", rows=10001), widget("b", rows=1)))
    found = {w["widget"]: w for w in dashboard.snapshot(path, plugins=test_plugins)["widgets"]}
    assert found["a"]["error"]["code"] == "invalid"
    assert found["a"]["error"]["message"].startswith(f"{path}:4:8: error: "), found["a"]["error"]
    assert found["b"]["error"] is None


# Plugin files


def cut(folder, length):
    whole = folder.add("whole", SOURCE, '-DID="bad"').read_bytes()
    (folder.path / "bad.so").write_bytes(whole[:length])


def other_processor(folder):
    data = bytearray(folder.add("bad", SOURCE, '-DID="bad"').read_bytes())
    data[18:20] = (0xF3).to_bytes(2, "little")
    (folder.path / "bad.so").write_bytes(data)


def other_class(folder):
    data = bytearray(folder.add("bad", SOURCE, '-DID="bad"').read_bytes())
    data[4] = 1
    (folder.path / "bad.so").write_bytes(data)


def fault(name):
    return lambda folder: folder.add("bad", SOURCE, '-DID="bad"', f"-DFAULT=FAULT_{name}")


AGAIN = ""
SOON = "; next try in 1 s"
BAD_PLUGINS = {
    "empty": (lambda folder: (folder.path / "bad.so").touch(), "{path} is an empty file" + AGAIN),
    "text": (
        lambda folder: (folder.path / "bad.so").write_text("This is no library.\n" * 9),
        "{path} is not a shared object (no ELF header)" + AGAIN,
    ),
    "a few bytes": (lambda folder: (folder.path / "bad.so").write_bytes(b"\x7fELF"), "{path} is not a shared object (no ELF header)" + AGAIN),
    "a folder": (lambda folder: (folder.path / "bad.so").mkdir(), "{path} is no regular file" + AGAIN),
    "cut in its header": (lambda folder: cut(folder, 60), re.compile(r"{path} is cut short \(60 of at least \d+ bytes\)" + AGAIN)),
    "cut in its segments": (lambda folder: cut(folder, 3000), re.compile(r"{path} is cut short \(3000 of at least \d+ bytes\)" + AGAIN)),
    "cut at its end": (lambda folder: cut(folder, -1), re.compile(r"{path} is cut short \(\d+ of at least \d+ bytes\)" + AGAIN)),
    "for another processor": (other_processor, re.compile(r"{path} is for another processor \(ELF machine 243, this one is \d+\)" + AGAIN)),
    "for another word size": (other_class, re.compile(r"{path} cannot be loaded: .*ELF.*" + AGAIN)),
    "without the entry": (
        fault("NO_ENTRY"),
        "{path} exports no cm_plugin_entry_v1; it is no cm-dashboard plugin, or one for another ABI than 1" + AGAIN,
    ),
    "entry that serves no such host": (fault("ENTRY_NULL"), "{path} does not work with ABI 1.4 of this host; it wants a newer one" + AGAIN),
    "other ABI major": (fault("OTHER_MAJOR"), "{path} was built for ABI 2.0; this host speaks ABI 1 (cm_plugin.abi)" + AGAIN),
    "NULL create": (fault("NULL_CREATE"), "{path} has no create (cm_plugin.create is NULL)" + AGAIN),
    "NULL destroy": (fault("NULL_DESTROY"), "{path} has no destroy (cm_plugin.destroy is NULL)" + AGAIN),
    "NULL collect": (fault("NULL_COLLECT"), "{path} has no collect (cm_plugin.collect is NULL)" + AGAIN),
    "too small a descriptor": (
        fault("SHORT"),
        re.compile(r"{path} says that its cm_plugin has 16 bytes; at least \d+ are needed \(cm_plugin\.size\)" + AGAIN),
    ),
    "a descriptor from the future": (fault("TAIL"), "{path} fills fields of cm_plugin that this host does not know; it needs a newer host" + AGAIN),
    "needs what nobody has": (fault("MISSING"), "{path} cannot be loaded: undefined symbol: cm_nobody_has_this" + AGAIN),
    "a metric twice": (fault("TWICE"), "{path} declares metric value twice" + AGAIN),
    "metrics that are not there": (fault("NO_METRICS"), re.compile(r"{path} .*cm_plugin\.metrics is NULL.*" + AGAIN)),
    "crashes as it is loaded": (fault("CRASH_LOAD"), "load crashed: SIGSEGV (Segmentation fault)" + SOON),
    "exits as it is loaded": (fault("EXIT_LOAD"), "load exited with status 0" + SOON),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BAD_PLUGINS)
def test_a_bad_plugin_file_is_said_in_its_widget_alone(dashboard, plugin_folder, test_plugins, mistake):
    make, sentence = BAD_PLUGINS[mistake]
    make(plugin_folder)
    path = f"{plugin_folder}/bad.so"
    text = layout(widget("a", "bad"), widget("b", rows=2))
    arguments = ["snapshot", "--layout", dashboard.layout(text), "--plugins", plugin_folder, "--plugins", test_plugins]
    done = dashboard.run(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    bad, good = json.loads(done.stdout)["widgets"]
    assert (bad["status"], bad["error"]["code"], bad["instances"], bad["age"]) == ("unknown", "failed", [], None)
    message = bad["error"]["message"]
    if isinstance(sentence, str):
        assert message == sentence.format(path=path)
    else:
        assert re.fullmatch(sentence.pattern.replace("{path}", re.escape(path)), message), message
    assert (good["error"], good["status"], len(good["instances"])) == (None, "ok", 2)
    # And in words on the screen.
    screen = dashboard.run(*arguments, "--size", "160x30").stdout
    assert "row-002" in screen
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", line[:80]) for line in screen.splitlines()).split()
    assert "".join(message.split()) in "".join(words), screen


def test_layout_check_names_a_bad_plugin_file(dashboard, plugin_folder):
    (plugin_folder.path / "bad.so").touch()
    path = dashboard.layout(layout(widget("a", "bad")))
    (line, *_) = dashboard.wrong("layout", "check", path, "--plugins", plugin_folder, status=1)
    assert line.startswith(f"{path}:") and f"error: {plugin_folder}/bad.so is an empty file" in line, line


# Calls that go wrong


BAD_CALLS = {
    "null create": ("failed", "create returned NULL and gave no reason"),
    "fail create": ("denied", "no U+001B[5mrightU+001B[0m to look; run as root"),
    "crash create": ("failed", "create crashed: SIGSEGV (Segmentation fault)" + SOON),
    "exit create": ("failed", "create exited with status 0" + SOON),
    "fail collect": ("denied", "no U+001B[5mrightU+001B[0m to read; run as root"),
    "silent collect": ("unavailable", "collect returned 2 and gave no reason"),
    "strange collect": ("failed", "collect returned 4711 and gave no reason"),
    "crash collect": ("failed", "collect crashed: SIGSEGV (Segmentation fault)" + SOON),
    "abort collect": ("failed", "collect crashed: SIGABRT (Aborted)" + SOON),
    "exit collect": ("failed", "collect exited with status 0" + SOON),
    "crash draw": ("failed", "draw crashed: SIGSEGV (Segmentation fault)" + SOON),
}


@pytest.mark.parametrize("mistake", BAD_CALLS)
def test_a_call_that_goes_wrong_is_said_in_its_widget_alone(dashboard, test_plugins, mistake):
    text = layout(widget("a", do=mistake), widget("b", "other", rows=2))
    bad, good = dashboard.snapshot(text, plugins=test_plugins)["widgets"]
    assert (bad["error"]["code"], bad["error"]["message"]) == BAD_CALLS[mistake]
    assert bad["status"] == ("none" if mistake == "silent collect" else "unknown"), bad
    assert (good["error"], good["status"], len(good["instances"])) == (None, "ok", 2)


@pytest.mark.parametrize("mistake", ["rubbish collect", "close collect"])
def test_a_worker_that_breaks_its_connection_is_named(dashboard, test_plugins, mistake):
    text = layout(widget("a", do=mistake), widget("b", "other", rows=2))
    bad, good = dashboard.snapshot(text, plugins=test_plugins)["widgets"]
    assert re.fullmatch(r"collect .*; next try in 1 s", bad["error"]["message"]), bad
    assert good["error"] is None and len(good["instances"]) == 2


@pytest.mark.parametrize("call", ["load", "entry", "create", "collect", "draw"])
def test_a_plugin_that_hangs_delays_no_other(dashboard, plugin_folder, test_plugins, call):
    if call in ("load", "entry"):
        plugin_folder.add("bad", SOURCE, '-DID="bad"', f"-DFAULT=FAULT_HANG_{call.upper()}")
    else:
        plugin_folder.add("bad", SOURCE, '-DID="bad"')
    options = {} if call in ("load", "entry") else {"do": f"hang {call}"}
    text = layout(widget("a", "bad", **options), widget("b", rows=2), top='refresh = "200ms"\n')
    screen = dashboard.terminal("--plugins", plugin_folder, "--plugins", test_plugins, layout=text, size=(100, 20))
    # The neighbour lives on, tick by tick, long before any deadline of the one that hangs.
    screen.wait_for(counted(3), timeout=30)
    screen.wait_for(counted(9), timeout=30)
    if call != "draw":
        assert any("Waiting for the first values." in line for line in screen.lines())
    # Keys are heard, and the end comes at once, whatever hangs.
    screen.send("?")
    screen.wait_for("Shift-Tab")
    screen.send("Escape")
    screen.wait_gone("Shift-Tab")
    began = time.monotonic()
    screen.send("q")
    assert screen.wait_exit() == 0
    assert time.monotonic() - began < 10


def test_a_draw_that_hangs_is_ended_and_named(dashboard, test_plugins):
    text = layout(widget("a", do="hang draw"), widget("b", "other", rows=2))
    bad, good = dashboard.snapshot(text, plugins=test_plugins)["widgets"]
    assert bad["error"]["message"] == "draw gave no answer within 3 s and was killed" + SOON
    # What was collected is not lost with the drawing.
    assert len(bad["instances"]) == 3 and len(good["instances"]) == 2


def test_a_layout_of_nothing_but_a_missing_plugin_ends_at_once(dashboard):
    (found,) = dashboard.snapshot(layout(widget("a", "missing")), timeout=30)["widgets"]
    assert "which is not installed" in found["error"]["message"]


@pytest.mark.slow
@pytest.mark.limit(180)
@pytest.mark.parametrize("call, seconds", [("load", 10), ("create", 10), ("collect", 20)])
def test_a_call_that_hangs_is_ended_at_its_deadline(dashboard, plugin_folder, test_plugins, call, seconds):
    flags = ["-DFAULT=FAULT_HANG_LOAD"] if call == "load" else []
    plugin_folder.add("bad", SOURCE, '-DID="bad"', *flags)
    text = layout(widget("a", "bad", do=f"hang {call}"), widget("b", rows=2))
    arguments = ["--plugins", plugin_folder, "--plugins", test_plugins, "--timeout", "120s", "--format", "json"]
    done = dashboard.run("snapshot", "--layout", dashboard.layout(text), *arguments, timeout=170)
    bad, good = json.loads(done.stdout)["widgets"]
    assert bad["error"]["message"] == f"{call} gave no answer within {seconds} s and was killed" + SOON
    assert good["error"] is None


# Names


CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
HOSTILE = [widget("a", set="hostile"), widget("b", "plain", set="hostile"), widget("c", do="fail collect"),
           widget("d", do="note later"), widget("e", "nasty", rows=1)]  # fmt: skip


@pytest.fixture
def nasty(dashboard, plugin_folder, test_plugins):
    """Escape sequences in everything that a plugin can say: names, words, a sentence, a note, its title, its output."""
    plugin_folder.add("nasty", SOURCE, '-DID="nasty"', "-DFAULT=FAULT_HOSTILE")
    return [
        "--layout", dashboard.layout(layout(*HOSTILE, grid="a b\\nc d\\ne e")),
        "--plugins", plugin_folder, "--plugins", test_plugins,
    ]  # fmt: skip


def test_escape_sequences_are_not_in_the_text(dashboard, nasty):
    done = dashboard.run("snapshot", *nasty, "--size", "160x60")
    assert done.returncode == 0
    assert CONTROL.findall(done.stdout) == []
    # Nothing of it is hidden: what was left of a name is shown.
    for rest in ("[91;95;96mcolour", "title", "newline", "backspace", "latin", "owned; do this", "right"):
        assert rest in done.stdout.replace("\ufffd", ""), rest
    assert len({len(line) for line in done.stdout.splitlines()[1:-1]}) > 0


def test_escape_sequences_are_only_ours_in_the_ansi_picture(dashboard, nasty):
    done = dashboard.run("snapshot", *nasty, "--size", "160x60", "--format", "ansi")
    assert done.returncode == 0
    rest = re.sub("\x1b\\[[0-9;]*m", lambda match: own_style(match[0]), done.stdout)
    assert CONTROL.findall(rest) == []


def own_style(sequence):
    """Of the program's own styles none blinks, and none has the colours that the plugin tried."""
    codes = re.sub(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+", "", sequence[2:-1]).split(";")
    assert not {"5", "41", "42", "45", "46", "91", "95", "96", "105"} & set(codes), sequence
    return ""


def test_escape_sequences_are_not_in_the_picture_and_the_document(dashboard, nasty):
    done = dashboard.run("snapshot", *nasty, "--format", "svg")
    assert CONTROL.findall(done.stdout) == []
    ElementTree.fromstring(done.stdout)
    done = dashboard.run("snapshot", *nasty, "--format", "json")
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stdout) == []
    names = [i["instance"] for i in json.loads(done.stdout)["widgets"][0]["instances"]]
    # As data they are what they were.
    assert names[:2] == ["\x1b[91;95;96mcolour", "\x1b[2Jclear"] and "\x9b105mc1" in names


def test_escape_sequences_are_not_in_the_log(dashboard, nasty):
    done = dashboard.run("snapshot", *nasty, "--verbose")
    assert "owned" in done.stderr
    assert CONTROL.findall(done.stderr) == []


def raw_output(command, env, until, keys=b"q", timeout=30):
    """All bytes that a program sends to a terminal, from its start to its end."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], command, env)
    output, asked, deadline = b"", False, time.monotonic() + timeout
    try:
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            output += data
            if not asked and until(output):
                asked = True
                os.write(terminal, keys)
        assert asked, f"never seen: {output[-2000:]!r}"
    finally:
        os.kill(process, signal.SIGKILL)
        status = os.waitpid(process, 0)[1]
        os.close(terminal)
    return output, status


def test_escape_sequences_do_not_reach_the_terminal(dashboard, nasty):
    env = environment(dashboard.home, {"COLUMNS": "160", "LINES": "60"})
    command = ["sh", "-c", 'stty rows 60 cols 160; exec "$@"', "sh", str(PROGRAM), *map(str, nasty)]
    seen = lambda data: b"right" in data and b"c1" in data and b"latin" in data and b"do this" in data  # noqa: E731
    output, _ = raw_output(command, env, seen)
    text = output.decode("utf-8")  # Not one byte that is not UTF-8.
    # CSI sequences with numbers, character sets and keypad modes are ncurses' own; OSC, DCS, C1 and BEL are nobody's.
    text = re.sub("\x1b\\[[0-9;]*m", lambda match: own_style(match[0]), text)
    text = re.sub("\x1b\\[[?>!]?[0-9;]*[A-HJ-lnpr-xa-z]|\x1b[()][0AB]|\x1b[=>78]", "", text)
    assert re.findall("[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", text) == []
    assert b"\x1b[2Jclear" not in output and b"\x1b]0;owned" not in output and b"\x1b[5m" not in output


# Numbers


def test_numbers_out_of_all_bounds(dashboard, test_plugins):
    text = layout(widget("a", set="numbers"), widget("b", "plain", set="numbers"))
    for found in dashboard.snapshot(text, plugins=test_plugins)["widgets"]:
        by_name = {i["instance"]: i["metrics"] for i in found["instances"]}
        assert found["error"] is None and found["status"] == "critical"
        for name in ("nan", "infinite", "minus-infinite"):
            # Not known: the number is absent, its neighbour is not.
            assert list(by_name[name]) == ["word"], by_name[name]
        values = {name: (m["value"]["value"], m["value"]["status"]) for name, m in by_name.items() if "value" in m}
        assert values == {
            "negative": (-5, "ok"), "huge": (1e30, "critical"), "minus-huge": (-1e30, "ok"),
            "largest": (1.7976931348623157e308, "critical"), "tiny": (5e-324, "ok"), "zero": (0, "ok"),
        }  # fmt: skip
        assert by_name["negative"]["bytes"]["status"] == "critical"
        assert math.isclose(by_name["huge"]["bytes"]["value"], 1e30)


@pytest.mark.parametrize("size", ["160x40", "80x24", "40x12", "20x5", "7x3", "1x1"])
@pytest.mark.parametrize("plugin", ["test", "plain"])
def test_numbers_out_of_all_bounds_are_drawn_in_their_columns(dashboard, test_plugins, plugin, size):
    lines = dashboard.text(layout(widget("a", plugin, set="numbers")), plugins=test_plugins, size=size, ticks=1)
    width, height = map(int, size.split("x"))
    assert len(lines) == height and all(len(line) <= width for line in lines)
    assert not re.search(r"nan%|inf%|nanB|infB", "\n".join(lines), re.IGNORECASE)


@pytest.mark.parametrize("value", [-5, 0, 69.99, 70, 90, 1e30, -1e30, 1.7e308, 5e-324])
@pytest.mark.parametrize("plugin", ["test", "plain"])
def test_one_number_is_drawn_whatever_it_is(dashboard, test_plugins, plugin, value):
    """The default drawing has a bar for a percentage, which no number may break."""
    text = layout(widget("a", plugin, set="steady", value=float(value)))
    found = dashboard.snapshot(text, plugins=test_plugins)["widgets"][0]
    assert found["status"] == ("critical" if value >= 90 else "warning" if value >= 70 else "ok")
    lines = dashboard.text(text, plugins=test_plugins, size="80x10")
    assert re.search(r"(%|…)", "\n".join(lines[1:-1])), lines


# A terminal of no use


@pytest.mark.parametrize(
    "term, sentence",
    [
        (None, "TERM is not set, so the terminal's abilities are unknown; try: TERM=xterm-256color"),
        ("", "TERM is not set, so the terminal's abilities are unknown; try: TERM=xterm-256color"),
        ("no-such", 'the terminal "no-such" (TERM) is unknown here; install ncurses-term, or try: TERM=xterm-256color'),
        ("../../etc/passwd", 'the terminal "../../etc/passwd" (TERM) is unknown here; install ncurses-term, or try: TERM=xterm-256color'),
        ("dumb", 'the terminal "dumb" (TERM) cannot place its cursor; use another, or: cm-dashboard snapshot'),
    ],
)  # fmt: skip
def test_a_terminal_that_cannot_be_used(dashboard, test_plugins, term, sentence):
    path = dashboard.layout(layout(widget("a")))
    screen = dashboard.terminal("--plugins", test_plugins, layout=path, size=(160, 24), env={"TERM": term})
    assert screen.wait_exit() == 2
    assert [line for line in screen.lines() if line] == [f"cm-dashboard: {sentence}"]


def test_no_terminal_at_all(dashboard):
    assert dashboard.wrong("--layout", "default") == [
        "cm-dashboard: standard input and output must be a terminal; without one use: cm-dashboard snapshot"
    ]
    # Only one of the two is no better.
    path = dashboard.layout(layout(widget("a", "memory")))
    screen = dashboard.terminal("--version", size=(120, 24), shell=True)
    screen.wait_for("cm-dashboard 0")
    screen.type(f"{PROGRAM} --layout {path} | cat; echo status ${{PIPESTATUS[0]}}")
    screen.send("Enter")
    screen.wait_for("status 2")
    screen.type(f"{PROGRAM} --layout {path} </dev/null; echo 'input' $?")
    screen.send("Enter")
    screen.wait_for("input 2")


# Programs that answer badly


SMARTCTL = {
    "rubbish": "echo 'this is not JSON'",
    "half a document": 'echo \'{"smartctl": {"exit_status": 0}, "devices": [{"name": "/dev\'',
    "nothing": "exit 0",
    "a signal": "kill -9 $$",
    "endless": "exec yes '{'",
}


@pytest.mark.parametrize("answer", SMARTCTL)
def test_smartctl_answers_badly(dashboard, test_plugins, answer):
    folder = dashboard.folder / "bin"
    folder.mkdir()
    (folder / "smartctl").write_text(f"#!/bin/sh\n{SMARTCTL[answer]}\n")
    (folder / "smartctl").chmod(0o755)
    text = layout(widget("a", "nvme"), widget("b", rows=2))
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    found, good = dashboard.snapshot(text, plugins=test_plugins, time=None, env=env, timeout=100)["widgets"]
    assert good["error"] is None and len(good["instances"]) == 2
    assert found["error"] is not None or found["note"] is not None or found["instances"]


def test_smartctl_that_never_answers_holds_up_nothing(dashboard, test_plugins):
    folder = dashboard.folder / "bin"
    folder.mkdir()
    (folder / "smartctl").write_text(f"#!/bin/sh\necho $$ >>{folder}/asked\nexec sleep 600\n")
    (folder / "smartctl").chmod(0o755)
    text = layout(widget("a", "nvme"), widget("b", rows=2), top='refresh = "200ms"\n')
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    screen = dashboard.terminal("--plugins", test_plugins, layout=text, size=(100, 20), env=env)
    screen.wait_for(counted(5), timeout=30)
    # A busy machine may not have started it yet.
    screen.wait_for(lambda _: (folder / "asked").exists() and (folder / "asked").read_text().endswith("\n"))
    screen.send("q")
    assert screen.wait_exit() == 0
    asked = [int(line) for line in (folder / "asked").read_text().split()]
    assert asked and still_running(asked) == []


def test_no_captured_machine(dashboard):
    assert dashboard.wrong("snapshot", "--layout", "default", "--root", "/nowhere") == [
        "cm-dashboard: the folder /nowhere given as --root does not exist"
    ]
    # An empty one is a machine that has nothing: every widget says so, in words.
    empty = dashboard.folder / "empty"
    empty.mkdir()
    for found in dashboard.snapshot(FIXTURES.parents[1] / "layouts/srv01.layout", root=empty)["widgets"]:
        assert found["error"] or found["note"], found
        assert not found["instances"] or found["note"], found


def test_the_plugin_folder_does_not_exist(dashboard):
    assert dashboard.wrong("--plugins", "/nowhere", "--layout", "default") == [
        'cm-dashboard: the plugin folder "/nowhere" does not exist'
    ]


def test_the_tree_has_no_worker(dashboard, tmp_path):
    tree = tmp_path / "tree"
    shutil.copytree(PROGRAM.parents[1], tree, symlinks=True)
    (tree / "lib/cm-dashboard/cm-plugin-worker").unlink()
    path = dashboard.layout(layout(widget("a", "memory")))
    done = subprocess.run(
        [str(tree / "bin/cm-dashboard"), "snapshot", "--layout", str(path), "--format", "json"],
        env=environment(dashboard.home), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    (found,) = json.loads(done.stdout)["widgets"]
    worker = tree / "lib/cm-dashboard/cm-plugin-worker"
    assert found["error"]["message"] == f"{worker} cannot be started: No such file or directory" + SOON
