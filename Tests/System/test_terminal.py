"""The built program in a real terminal: keys, mouse, sizes, colours, signals, and the terminal as it was before."""

import contextlib
import os
import re
import signal
import time
import unicodedata

import pytest
from conftest import PROGRAM, SUPPORT, children, environment, is_running, still_running
from test_bad_input import collects, counted, layout, raw_output, widget

THEMES = 11


def four(refresh="60s"):
    """a and b are tables, c is drawn by the host, d is a plugin of its own. Nothing moves until the next tick."""
    return (
        f'grid = """\na b\nc d\n"""\nrefresh = "{refresh}"\ntitle = "Four"\n'
        + widget("a", rows=30) + widget("b", rows=2) + widget("c", "plain", set="steady") + widget("d", "other", rows=1)
    )  # fmt: skip


MOVING = four("300ms")


def says(sentence):
    """Whether a sentence, a pattern, stands in one of the widgets side by side, wherever its lines are broken."""

    wanted = re.sub(r"\\? ", "", sentence)

    def check(lines):
        halves = [line.split("││") if "││" in line else [line, line] for line in lines]
        columns = ["".join(re.sub(r"[│╭╮╰╯─\s]", "", half[side]) for half in halves) for side in (0, 1)]
        return any(re.search(wanted, column) for column in columns)

    return check


@pytest.fixture
def start(dashboard, test_plugins):
    def start(text, size=(100, 24), *arguments, wait="collects", **more):
        screen = dashboard.terminal("--plugins", test_plugins, *arguments, layout=text, size=size, **more)
        if wait:
            screen.wait_for(wait, timeout=30)
        if wait == "collects":
            # All of them: each worker starts in its own time.
            screen.wait_gone("Waiting", timeout=30)
        return screen

    return start


def panel(lines, title_or_place):
    """The lines of one widget of the four: "a" top left, "b" top right, "c" and "d" below."""
    rows = [i for i, line in enumerate(lines) if line.startswith(("╭", "┏", "╔"))]
    middle = max((line.find("╮╭") for line in lines), default=-1) + 1
    top = title_or_place in "ab"
    first, last = (rows[0], rows[1]) if top else (rows[1], len(lines) - 1)
    cut = slice(0, middle) if title_or_place in "ac" else slice(middle, None)
    return [line[cut] for line in lines[first:last]]


def focus(screen):
    """Which of the four has the focus: the border of its top line is bold."""
    lines = screen.lines(styles=True)
    tops = [line for line in lines if "╭" in plain(line)]
    found = []
    for row, line in enumerate(tops):
        for column, style in enumerate(styles_of(line, "╭")):
            if "1" in style:
                found.append("abcd"[2 * row + column])
    return "".join(found)


def plain(line):
    return re.sub("\x1b\\[[0-9;]*m|\x0e|\x0f", "", line)


def styles_of(line, character):
    """The SGR codes in force at each place of a character."""
    found, codes = [], []
    for part in re.findall("\x1b\\[[0-9;]*m|.", line):
        if part.startswith("\x1b["):
            new = part[2:-1].split(";")
            codes = [] if new in ([""], ["0"]) else codes + new
            if "0" in new:
                codes = new[new.index("0") + 1 :]
        elif part == character:
            found.append(list(codes))
    return found


# Keys


def test_q_and_control_c_end_the_program(start):
    for key in ("q", "C-c"):
        screen = start(four())
        screen.send(key)
        assert screen.wait_exit() == 0


def test_help_names_every_key(start):
    screen = start(four())
    screen.send("?")
    page = lines = screen.wait_for("Keys")
    while more := re.search(r"Keys (\d)/\d, \? for more", "\n".join(page)):
        screen.send("?")
        page = screen.wait_for(f"Keys {int(more[1]) + 1}/")
        lines = lines + page
    for key in ("Tab, Shift-Tab", "arrows, h j k l", "PgUp, PgDn, Home, End", "Enter, z", "c; Enter in zoom", "s, S", "Space", "Ctrl-L",
                "Ctrl-Z", "q; F10, Ctrl-C", "mouse", " / ", "r, R", "Space, t, p", "?, F1", "Esc, H", "n, N, !", " e ", "+, -"):  # fmt: skip
        assert any(key in line for line in lines), key
    # Any key ends it, and does nothing else.
    screen.send("z")
    screen.wait_gone("Keys")
    assert not any("zoomed" in line for line in screen.lines())


def test_help_turns_pages_where_it_does_not_fit(start):
    screen = start(layout(widget("a", rows=1)), size=(80, 15))
    screen.send("?")
    lines = "\n".join(screen.wait_for("Keys 1/2, ? for more"))
    assert "next, previous widget" in lines and "quit" not in lines.split("Keys 1/2")[1].rsplit("\n", 1)[0]
    for back in ("Up", "PageUp"):
        screen.send("?")
        lines = screen.wait_for("Keys 2/2")
        assert any("q; F10, Ctrl-C  close what is open, else quit; quit" in line for line in lines)
        screen.send(back)
        screen.wait_for("Keys 1/2")
    screen.send("Down")
    screen.wait_for("Keys 2/2")
    screen.send("Down")
    screen.wait_gone("Keys ")


def test_r_brings_fresh_values(start):
    text = layout(widget("a", rows=1), widget("b", "plain", rows=2), top='refresh = "30s"\n')
    screen = start(text, wait="collects 1")
    screen.send("r")
    screen.wait_for(counted(2), timeout=30)
    # The plugin was told that they must be fresh.
    screen.wait_for("fresh")


def test_capital_r_starts_a_failed_plugin_again(start, plugin_folder):
    (plugin_folder.path / "late.so").write_text("not yet")
    text = layout(widget("a", "late", rows=1), top='refresh = "300ms"\n')
    screen = start(text, (110, 20), "--plugins", plugin_folder, wait=says(r"late.so is not a shared object \(no ELF header\); R tries again"))
    (plugin_folder.path / "late.so").unlink()
    plugin_folder.add("late", SUPPORT / "test_plugin.c", '-DID="late"')
    screen.send("R")
    screen.wait_for(counted(2), timeout=30)
    assert not says("ELF")(screen.lines())


def test_tab_goes_around(start):
    screen = start(four())
    screen.settle()
    assert focus(screen) == ""
    for key, expected in [("Tab", "a"), ("Tab", "b"), ("Tab", "c"), ("Tab", "d"), ("Tab", "a"), ("BTab", "d"),
                          ("BTab", "c"), ("Escape", "")]:  # fmt: skip
        screen.send(key)
        screen.wait_for(lambda _: focus(screen) == expected)


@pytest.mark.parametrize("left, right, up, down", [("Left", "Right", "Up", "Down"), ("h", "l", "k", "j")])
def test_arrows_and_letters_go_to_the_widget_there(start, left, right, up, down):
    screen = start(four())
    screen.settle()
    for key, expected in [("Tab", "a"), (right, "b"), (left, "a"), (right, "b"), (right, "b")]:
        screen.send(key)
        screen.wait_for(lambda _: focus(screen) == expected)
    # b's table has two rows: behind the second one lies the next widget.
    for _ in range(4):
        screen.send(down)
    screen.wait_for(lambda _: focus(screen) == "d")
    screen.send(left)
    screen.wait_for(lambda _: focus(screen) == "c")
    # c has no table.
    screen.send(up)
    screen.wait_for(lambda _: focus(screen) == "a")


def test_a_table_is_walked_through(start):
    # As tmux sends Home and End.
    screen = start(four(), env={"TERM": "screen-256color"})
    screen.settle()
    screen.send("Tab")
    screen.wait_for("row-001")
    shown = lambda word: lambda lines: any(word in line for line in panel(lines, "a"))  # noqa: E731
    for key, row, place in [("End", "row-030", "30/30"), ("Home", "row-001", "1/30"), ("G", "row-030", "30/30"), ("g", "row-001", "1/30"),
                            ("Down", "row-002", "2/30"), ("j", "row-003", "3/30"), ("k", "row-002", "2/30")]:  # fmt: skip
        screen.send(key)
        screen.wait_for(shown(f" {place} "))
        assert shown(row)(screen.lines())
    screen.send("PageDown")
    screen.wait_for(lambda lines: not shown("row-001")(lines) or not shown(" 2/30 ")(lines))
    screen.send("PageUp")
    screen.wait_for(shown(" 2/30 "))


@pytest.mark.parametrize("key", ["Enter", "z"])
def test_zoom_and_back(start, key):
    screen = start(four())
    before = screen.settle()
    screen.send("Tab", "Tab", key)
    # Two columns at each side and two lines belong to the frame, one line each to title and footer.
    lines = screen.wait_for("zoomed 96x20 collects")
    assert sum(line.startswith("╭") for line in lines) == 1
    screen.resize(60, 15)
    screen.wait_for("zoomed 56x11 collects")
    screen.resize(100, 24)
    screen.wait_for("zoomed 96x20 collects")
    screen.send("Escape")
    screen.wait_for("row-001")
    screen.wait_gone("zoomed")
    screen.send(key)
    screen.wait_for("zoomed 96x20 collects")
    # Enter would go on to the graph of a number.
    screen.send("z")
    screen.wait_gone("zoomed")
    screen.send("Escape")
    screen.wait_for(lambda lines: pictures(lines) == pictures(before))


def pictures(lines):
    """Without the clock in the title."""
    return [re.sub(r"\d\d:\d\d:\d\d", "", line) for line in lines]


def test_filter(start):
    screen = start(four())
    screen.settle()
    screen.send("Tab", "/")
    screen.wait_for("/_")
    screen.type("ROW-02")
    screen.wait_for("/ROW-02_")
    lines = screen.wait_for(lambda lines: "1/10 of 30" in "\n".join(panel(lines, "a")))
    assert not any("row-001" in line for line in panel(lines, "a"))
    # A q is a letter here, and what nothing matches leaves the table empty.
    screen.type("q")
    screen.wait_for("/ROW-02q_")
    screen.wait_for(lambda lines: not any("row-" in line for line in panel(lines, "a")))
    screen.send("BSpace", "Enter")
    screen.wait_for("q quit")
    screen.wait_for(lambda lines: any("row-020" in line for line in panel(lines, "a")))
    screen.send("Escape")
    screen.wait_for(lambda lines: any("row-001" in line for line in panel(lines, "a")))
    # Beside a widget without a table the next one with a table is filtered.
    screen.send("Tab", "Tab", "/")
    screen.type("row-003")
    screen.wait_for("/row-003_")
    screen.wait_for(lambda lines: not any("row-001" in line for line in panel(lines, "a")))


def test_letters_behind_a_slash_without_any_table_are_no_keys(start):
    screen = start(layout(widget("a", "plain", rows=1)), size=(80, 15), wait="Collects")
    screen.send("/")
    screen.wait_for("No widget here has a table to filter; Esc ends this.")
    screen.type("tq?")
    screen.send("Escape")
    screen.wait_for("q quit")
    screen.send("?")
    screen.wait_for("Keys 1/2")


def rows(lines, place="a"):
    return [(match[1], int(match[2])) for line in panel(lines, place) if (match := re.search(r"row-(\d+) +(\d+)%", line))]


def test_sort(start):
    screen = start(four())
    screen.settle()
    values = [(i * 7 + 3) % 50 for i in range(30)]
    screen.send("Tab")
    screen.wait_for(lambda lines: [v for _, v in rows(lines)][:3] == values[:3])
    # The names have a status: the worst first, and all are equally well.
    screen.send("s")
    screen.wait_for("Name▼")
    screen.send("S")
    screen.wait_for("Name▲")
    screen.wait_for(lambda lines: rows(lines)[0][0] == "001")
    # Numbers from the largest.
    screen.send("s")
    expected = sorted(values, reverse=True)
    screen.wait_for("▼Value")
    screen.wait_for(lambda lines: len(rows(lines)) >= 3 and [v for _, v in rows(lines)][:3] == expected[:3])
    screen.send("S")
    screen.wait_for(lambda lines: [v for _, v in rows(lines)][:3] == sorted(values)[:3])
    # Behind the last column the order is the plugin's again.
    screen.send("s")
    screen.wait_for(lambda lines: [v for _, v in rows(lines)][:3] == values[:3])
    screen.send("Tab", "Tab", "s")
    screen.wait_for("This widget has no table to sort; Tab goes to the next.")


def test_pause_and_go_on(start):
    screen = start(MOVING)
    screen.wait_for(counted(2), timeout=30)
    screen.send("Space")
    screen.wait_for("paused")
    # What was under way still comes: on a busy machine later than one thinks.
    deadline = time.monotonic() + 15
    while True:
        held = collects(screen.settle(quiet=0.5))
        time.sleep(1)
        if collects(screen.lines()) == held:
            break
        assert time.monotonic() < deadline
    screen.send("Space")
    screen.wait_gone("paused")
    screen.wait_for(lambda lines: collects(lines) and max(collects(lines)) > max(held) + 2)


def test_t_walks_through_all_themes(start):
    screen = start(four(), env={"COLORTERM": "truecolor"})
    screen.settle()
    seen = []
    for _ in range(THEMES):
        screen.send("t")
        seen.append(screen.wait_for(lambda lines: lines[-1].startswith(" Theme: ") and lines[-1] not in seen)[-1])
        assert " – " in seen[-1]
    screen.send("t")
    screen.wait_for(lambda lines: lines[-1] == seen[0])
    # Each looks different.
    assert len({line.split()[1] for line in seen}) == THEMES


@pytest.mark.parametrize("theme", ["paper", "nord", "gruvbox"])
def test_a_theme_by_its_name(start, theme):
    standard, other = start(four(), env={"COLORTERM": "truecolor"}), None
    other = start(four(), (100, 24), "--theme", theme, env={"COLORTERM": "truecolor"})
    colours = [set(re.findall(r"[34]8;2;\d+;\d+;\d+|\x1b\[[0-9;]*3\dm", "\n".join(s.lines(styles=True)))) for s in (standard, other)]
    assert colours[0] != colours[1]


# Mouse


def test_a_click_focuses_and_a_second_one_zooms(start):
    screen = start(four())
    screen.settle()
    assert screen.modes["mouse_any_flag"] or screen.modes["mouse_sgr_flag"]
    screen.mouse(75, 18)
    screen.wait_for(lambda _: focus(screen) == "d")
    # c has no table: a second click on it zooms, and one more ends that.
    screen.mouse(20, 18)
    screen.wait_for(lambda _: focus(screen) == "c")
    screen.mouse(20, 18)
    screen.wait_for(lambda lines: sum(line.startswith("╭") for line in lines) == 1)
    screen.mouse(20, 18)
    screen.wait_for(lambda lines: sum(line.startswith("╭") for line in lines) == 2)


def test_a_click_selects_a_row_and_sorts_by_a_heading(start):
    screen = start(four())
    screen.settle()
    lines = screen.lines()
    (y,) = [i for i, line in enumerate(lines) if "row-003" in line and "row-003" in line[:50]]
    screen.mouse(10, y)
    screen.wait_for(lambda lines: any(" 3/30 " in line for line in panel(lines, "a")))
    # The selection stays with its row: in the order by value that is the twentieth.
    heading = next(i for i, line in enumerate(lines) if "Name" in line)
    screen.mouse(lines[heading].index("Value") + 1, heading)
    place = sorted(((i * 7 + 3) % 50 for i in range(30)), reverse=True).index(17) + 1
    screen.wait_for(lambda lines: any(f" {place}/30 " in line for line in panel(lines, "a")))
    assert ("003", 17) in rows(screen.lines())


def test_the_wheel_scrolls_the_table_beneath_it(start):
    screen = start(four())
    screen.settle()
    assert any("row-001" in line for line in panel(screen.lines(), "a"))
    screen.mouse(10, 5, button=65)
    screen.wait_for(lambda lines: not any("row-001" in line for line in panel(lines, "a")))
    assert any("row-004" in line for line in panel(screen.lines(), "a"))
    assert focus(screen) == ""
    screen.mouse(10, 5, button=64)
    screen.wait_for(lambda lines: any("row-001" in line for line in panel(lines, "a")))


# Sizes


@pytest.mark.parametrize("text", [four(), layout(widget("a", rows=3), widget("b", "plain", rows=3), top='refresh = "60s"\n')], ids=["four", "two"])
def test_live_resize(start, text):
    screen = start(text, (100, 24))
    before = pictures(screen.settle())
    for width, height in [(40, 12), (200, 60), (20, 5), (10, 3), (1, 1), (300, 3), (2, 100), (100, 24)]:
        screen.resize(width, height)
        screen.wait_for(lambda _: screen.size == (width, height))
        if width >= 40 and height >= 12:
            # The frame fills the whole terminal again.
            screen.wait_for(lambda lines: len(lines) == height and lines[-2].endswith("╯") and cells(lines[-2]) == width)
        else:
            screen.settle()
        assert all(cells(line) <= width for line in screen.lines())
    screen.wait_for(lambda lines: pictures(lines) == before)
    screen.send("q")
    assert screen.wait_exit() == 0


def cells(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_many_resizes_at_once(start):
    screen = start(four(), (100, 24))
    for step in range(40):
        screen.resize(30 + step * 7 % 120, 8 + step * 5 % 40)
    screen.resize(90, 20)
    screen.wait_for(lambda lines: len(lines) == 20 and cells(lines[-2]) == 90 and lines[-2].endswith("╯"))


def test_a_terminal_that_is_too_small_says_so(start):
    screen = start(layout(widget("a", rows=3)), (38, 4), wait=says("The terminal has 38x4 cells; at least 20x5 are needed."))
    screen.resize(19, 9)
    screen.wait_for("19x9")
    screen.resize(60, 10)
    screen.wait_for("collects")
    screen.resize(1, 1)
    screen.wait_for(lambda _: screen.size == (1, 1))
    screen.send("q")
    assert screen.wait_exit() == 0


def test_it_starts_in_a_terminal_of_one_cell(start):
    screen = start(four(), (1, 1), wait="…")
    screen.resize(100, 24)
    screen.wait_for("row-001")


def test_a_narrow_terminal_gets_its_variant(start):
    text = (
        'grid = "a b"\nrefresh = "300ms"\n[[variant]]\nmax_width = 99\ngrid = """\na\nb\n"""\n'
        + widget("a", rows=2) + widget("b", "other", rows=2)
    )  # fmt: skip
    screen = start(text, (100, 24))
    side_by_side = lambda lines: any("╮╭" in line for line in lines)  # noqa: E731
    screen.wait_for(side_by_side)
    screen.resize(99, 24)
    screen.wait_for(lambda lines: not side_by_side(lines) and sum(line.startswith("╭") for line in lines) == 2)
    screen.resize(100, 24)
    screen.wait_for(side_by_side)


def test_a_layout_that_does_not_fit_says_so(start):
    text = 'grid = """\na\nb\nc\nd\n"""\n' + "".join(widget(name, rows=1) for name in "abcd")
    screen = start(text, (80, 5), wait=says(r"The layout does not fit into 80x5 cells; enlarge the terminal"))
    screen.resize(80, 24)
    screen.wait_for("collects")


# Colours and characters


COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8)(?:;[0-9;]*)?m")
CRITICAL = layout(widget("a", set="steady", value=99.0), widget("b", "plain", set="steady", value=75.0))


@pytest.mark.parametrize(
    "env, kind",
    [
        ({"NO_COLOR": "1"}, "none"),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "none"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "direct"),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, "direct"),
    ],
)  # fmt: skip
def test_depths_of_colour(start, env, kind):
    screen = start(CRITICAL, (80, 12), "--theme", "nord", env=env, wait=lambda lines: "99%" in str(lines) and "75%" in str(lines))
    output = "\n".join(screen.lines(styles=True))
    # Whatever the colours are, the state is told by a sign.
    if env.get("TERM") != "vt100":
        assert "❌" in output and "🟡" in output or "⚠" in output
    direct, indexed = re.findall(r"[34]8;2;\d+;\d+;\d+", output), re.findall(r"[34]8;5;\d+", output)
    if kind == "none":
        assert not COLOUR.search(output)
    elif kind == "16":
        assert COLOUR.search(output) and not direct and not indexed
    elif kind == "256":
        assert indexed and not direct
    else:
        assert len(set(direct)) > 3


def test_no_colour_is_sent_to_the_terminal(start, dashboard, test_plugins):
    path = dashboard.layout(CRITICAL)
    env = environment(dashboard.home, {"NO_COLOR": "1"})
    command = [str(PROGRAM), "--layout", str(path), "--plugins", str(test_plugins)]
    output, status = raw_output(command, env, lambda data: b"99%" in data)
    assert not COLOUR.search(output.decode())
    # And what was switched on was switched off again.
    for on, off in [(b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"), (b"\x1b[?1006;1000h", b"\x1b[?1000l")]:
        assert on in output and output.rindex(off) > output.rindex(on), output


def test_another_locale_gets_plain_ascii(start):
    screen = start(four(), env={"LANG": "C", "LC_ALL": "C"})
    for keys, seen in [((), "collects"), (("Tab", "z"), "zoomed"), (("z", "?"), "Ctrl-Z"), (("z", "t"), "Theme: ")]:
        if keys:
            screen.send(*keys)
        screen.wait_for(seen)
        text = "\n".join(screen.settle())
        assert text.isascii(), text
    assert "+--" in text and "row-001" in text


def test_another_locale_gets_plain_ascii_of_wide_names(start):
    screen = start(layout(widget("a", set="wide")), (60, 16), env={"LC_ALL": "C"}, wait="plain")
    lines = screen.settle()
    assert "\n".join(lines).isascii()
    assert len({line.rindex("|") for line in lines[2:-2]}) == 1


@pytest.mark.parametrize("plugin", ["test", "plain"])
def test_wide_and_combined_names_stay_in_their_columns(start, plugin):
    screen = start(layout(widget("a", plugin, set="wide")), (60, 16), wait="東京サーバ")
    lines = screen.settle()
    # The right border of every line stands in the last column, as the terminal counts them.
    for y, line in enumerate(lines[1:-1], 1):
        assert line.endswith(("│", "╮", "╯")), line
        assert "…" not in line
    for name in ("plain", "東京サーバ", "cafe\u0301", "가나", "ｆｕｌｌ"):
        assert any(name in line for line in lines), name
    # A border that was pushed to the right would be lost, one that was pulled would stand before the last column.
    screen.resize(61, 16)
    screen.wait_for(lambda lines: cells(lines[0]) <= 61 and lines[-2].endswith("╯"))


def test_hostile_names_leave_the_terminal_alone(start):
    screen = start(layout(widget("a", set="hostile"), widget("b", do="note later")), (120, 24), wait="latin")
    title = screen.title
    lines = screen.settle()
    assert "owned" not in title
    assert all(line.endswith(("│", "╮", "╯")) for line in lines[1:-1])
    styles = "\n".join(screen.lines(styles=True))
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?(?:5|41|91|95|96|105)(?:;[0-9;]*)?m", re.sub(r"[34]8;[25];[0-9;]+", "", styles))


# The end, whatever it is


@pytest.fixture
def shell(dashboard, test_plugins):
    """A shell in a terminal whose settings are known; `run` starts the dashboard in it."""
    screen = dashboard.terminal("--version", size=(100, 24), shell=True)
    screen.wait_for("cm-dashboard 0")
    screen.type("clear; stty -a >before; echo ready''")
    screen.send("Enter")
    screen.wait_for("ready")
    path = dashboard.layout(MOVING)
    screen.shell_pid = screen.pid
    screen.before = (screen.modes, dashboard.folder / "before", dashboard.folder / "after")

    def run():
        screen.type(f"{PROGRAM} --plugins {test_plugins} --layout {path}")
        screen.send("Enter")
        screen.wait_for(counted(2), timeout=30)
        (host,) = [child for child in children(screen.shell_pid) if os.readlink(f"/proc/{child}/exe") == str(PROGRAM)]
        workers = children(host)
        assert len(workers) == 3
        modes = screen.modes
        assert modes["alternate_on"] and not modes["cursor_flag"]
        return host, workers

    screen.run = run
    return screen


def check_restored(screen, status):
    screen.type("stty -a >after; echo status=$?,$LAST")
    # The status was kept by the prompt.
    screen.send("Enter")
    screen.wait_for(f",{status}")
    modes, before, after = screen.before
    assert screen.modes == modes
    assert after.read_text() == before.read_text()
    # What stood there before stands there again.
    assert any("ready" in line for line in screen.lines())


ENDS = [(None, 0), ("C-c", 0)] + [
    (number, 128 + number)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE)
]


@pytest.mark.parametrize("end, status", ENDS, ids=lambda value: getattr(value, "name", str(value)))
def test_the_terminal_is_as_it_was(shell, end, status):
    shell.type("PROMPT_COMMAND='LAST=$?'")
    shell.send("Enter")
    host, workers = shell.run()
    if end is None:
        shell.send("q")
    elif isinstance(end, str):
        shell.send(end)
    else:
        os.kill(host, end)
    assert still_running([host]) == []
    shell.wait_for(lambda _: not shell.modes["alternate_on"])
    check_restored(shell, status)
    assert still_running(workers) == []


def test_control_z_and_back(shell):
    shell.type("PROMPT_COMMAND='LAST=$?'")
    shell.send("Enter")
    host, workers = shell.run()
    shell.send("C-z")
    shell.wait_for("Stopped")
    check_restored(shell, 148)
    shell.type("fg")
    shell.send("Enter")
    shell.wait_for(lambda lines: shell.modes["alternate_on"] and any("row-001" in line for line in lines), timeout=30)
    assert not shell.modes["cursor_flag"] and shell.modes["mouse_any_flag"]
    first = max(collects(shell.lines()))
    shell.wait_for(lambda lines: max(collects(lines), default=0) > first)
    # From elsewhere, and in another size than it was left in.
    os.kill(host, signal.SIGTSTP)
    shell.wait_for(lambda _: not shell.modes["alternate_on"])
    shell.resize(90, 20)
    shell.type("fg")
    shell.send("Enter")
    shell.wait_for(lambda lines: len(lines) == 20 and cells(lines[-2]) == 90 and lines[-2].endswith("╯"), timeout=30)
    shell.send("q")
    shell.wait_for(lambda _: not shell.modes["alternate_on"])
    assert still_running([host, *workers]) == []


def test_a_closed_terminal_ends_everything(start):
    screen = start(four())
    host = screen.pid
    workers = children(host)
    assert len(workers) == 3
    screen._tmux("kill-session", "-t", "test")
    assert still_running([host, *workers]) == []


def test_a_killed_host_leaves_no_worker(start):
    screen = start(four())
    workers = children(screen.pid)
    assert len(workers) == 3
    screen.signal(signal.SIGKILL)
    assert screen.wait_exit() == -signal.SIGKILL
    assert still_running(workers) == []


# Workers that end


def worker_of(screen, plugin):
    for child in children(screen.pid):
        if f"/{plugin}.so" in open(f"/proc/{child}/cmdline").read():
            return child
    raise AssertionError(f"no worker of {plugin}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_worker_that_ends_is_named_and_comes_back(start, number):
    screen = start(MOVING, (140, 30))
    screen.wait_for(counted(3), timeout=30)
    pid = worker_of(screen, "other")
    others = {worker_of(screen, "test"), worker_of(screen, "plain")}
    name = {"SIGKILL": "SIGKILL (Killed)", "SIGSEGV": "SIGSEGV (Segmentation fault)", "SIGTERM": "SIGTERM (Terminated)"}[number.name]
    sentence = says(rf"(crashed:|was killed by) {re.escape(name)}.*next try in \d+ s, R tries now")
    # It comes back after a second: on a busy machine that may be too short to be seen, but the waits grow.
    deadline = time.monotonic() + 30
    while not sentence(panel(screen.lines(), "d")):
        assert time.monotonic() < deadline
        for child in children(screen.pid):
            if child not in others and is_running(child):
                # It may have ended at this very moment, of the last signal.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, number)
        time.sleep(0.02)
    # By itself, without a key; its sentence goes.
    screen.wait_for(lambda lines: not sentence(panel(lines, "d")) and collects(panel(lines, "d")), timeout=60)
    # The others were not touched: the same workers, and they went on counting.
    assert others == {worker_of(screen, "test"), worker_of(screen, "plain")}
    assert collects(panel(screen.lines(), "a"))[0] > 3
    assert not is_running(pid)


def test_a_worker_is_not_started_again_for_ever(start):
    screen = start(layout(widget("a", do="crash collect"), widget("b", "other", rows=1), top='refresh = "300ms"\n'), (120, 20))
    screen.wait_for(says(r"3rd time; next try in 4 s, R tries now"), timeout=60)
    screen.send("R")
    screen.wait_for(says(r"\(Segmentation fault\); next try in 1 s"))
    screen.send("q")
    assert screen.wait_exit() == 0


def test_a_widget_whose_worker_died_keeps_its_last_values(start):
    screen = start(layout(widget("a", do="crash later", rows=2), widget("b", "other", rows=1), top='refresh = "500ms"\n'), (140, 20))
    screen.wait_for(says(r"collect crashed: SIGSEGV \(Segmentation fault\)"))
    assert any("row-002" in line for line in screen.lines())
