"""The graph of a number and the past in the overview, of the simulated fleet."""

import re

import pytest

EVENING = "2026-03-01T20:30:00Z"
BRAILLE = re.compile("[\u2801-\u28ff]")


def graph(dashboard, number, *arguments, size="100x30", env=()):
    done = dashboard.run(
        "snapshot", "--demo", "--time", EVENING, "--size", size, "--graph", number, *arguments, env=env)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def is_graph(title):
    return lambda lines: title in lines[1] and BRAILLE.search("".join(lines)) is not None


# On the command line


def test_a_week_of_a_drive(dashboard):
    lines = graph(dashboard, "nvme.temperature", "--host", "srv01", "--span", "7d")
    assert "NVMe temp" in lines[1] and " 7 d " in lines[1]
    assert any("95°C ✖" in line for line in lines) and any("85°C ▲" in line for line in lines)
    times = lines[-6]
    assert [word for word in times.split() if word.isalpha()] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "now"]
    assert "7 d until Sun 2026-03-01 20:30" in lines[-4]
    now, least, mean, most = (int(word[:-2]) for word in lines[-3].split()[-5:-1])
    assert least <= mean <= most and least <= now <= most
    assert sum(1 for line in lines if BRAILLE.search(line)) > 5
    assert lines == graph(dashboard, "nvme.temperature", "--host", "srv01", "--span", "7d")


def test_all_hosts_or_one(dashboard):
    lines = graph(dashboard, "memory.used_percent", "--span", "24h")
    assert [line.split()[1:3] for line in lines[-7:-2]] == [
        ["1", "srv01"], ["2", "cmbox"], ["3", "labbox"], ["4", "simonbox"], ["5", "steambox"]]  # fmt: skip
    one = graph(dashboard, "memory.used_percent/labbox", "--span", "24h")
    assert "labbox" in one[-3] and "cmbox" not in "".join(one)


def test_times_are_local(dashboard):
    here = graph(dashboard, "cpu.load1", "--host", "srv01", "--span", "24h")
    # Summer time has not begun yet, so it is an hour more than UTC.
    there = graph(dashboard, "cpu.load1", "--host", "srv01", "--span", "24h", env={"TZ": "Europe/Stockholm"})
    assert "24 h until Sun 2026-03-01 20:30" in here[-4] and "24 h until Sun 2026-03-01 21:30" in there[-4]


@pytest.mark.parametrize("arguments, sentence", [
    (["--graph", "nvme"], "--graph expects PLUGIN.METRIC"),
    (["--graph", "nvme.colour"], 'no widget has the number "nvme.colour"; there are: backup.age'),
    (["--graph", "nvme.wear/sdz"], 'nvme.wear has no instance "sdz"; there are: nvme0n1'),
    (["--span", "3 weeks"], "The value '3 weeks' is invalid for '--span <span>'"),
])  # fmt: skip
def test_what_there_is_not(dashboard, arguments, sentence):
    done = dashboard.run("snapshot", "--demo", "--host", "srv01", "--time", EVENING, *arguments)
    assert done.returncode != 0 and done.stdout == "" and sentence in done.stderr, done.stderr


# The overview


def test_a_day_stands_behind_the_numbers_where_there_is_room(dashboard):
    def rows(size):
        # Without emoji every letter is a cell.
        done = dashboard.run("snapshot", "--demo", "--time", EVENING, "--size", size, "--icons", "unicode")
        assert done.returncode == 0, done.stderr
        return [line for line in done.stdout.splitlines() if " online " in line]

    wide = rows("170x14")
    assert len(wide) >= 5 and all(BRAILLE.search(line) for line in wide[:5])
    # The wear does not change within a day, the age of a backup grows.
    assert all("% → " in line for line in wide[:5]) and "16h 17m ↑ " in wide[0]
    # All of a column's curves begin in the same column of cells.
    assert len({BRAILLE.search(line).start() for line in wide[:5]}) == 1
    assert not any(BRAILLE.search(line) or "→" in line for line in rows("80x24"))


def test_ascii_and_no_colour(dashboard):
    terminal = dashboard.terminal(
        "--demo", "--icons", "ascii", size=(200, 30), env={"LANG": "C", "NO_COLOR": "1"})  # fmt: skip
    terminal.wait_for(re.compile(r"% - "))
    terminal.send("c")
    lines = terminal.wait_for("24 h until")
    assert all(ord(letter) < 128 for line in lines for letter in line)
    assert any("***" in line for line in lines)


# The keys


def cursor(lines):
    """The line that tells the time of the cursor."""
    return next((line for line in lines if re.search(r"\d\d:\d\d:\d\d \+ \d", line)), None)


def test_the_graph_of_a_host(dashboard):
    terminal = dashboard.terminal("--demo", size=(100, 30))
    terminal.wait_for("labbox")
    terminal.send("c")
    lines = terminal.wait_for(is_graph("NVMe wear"))
    assert "24 h" in lines[1] and lines[-1].startswith(" ? help  q back")
    terminal.send("Down")
    terminal.wait_for(is_graph("Memory used"))
    terminal.send("a")
    lines = terminal.wait_for(re.compile("[45] steambox"))  # One of the hosts is away now and then.
    assert "1 srv01" in "".join(lines)
    # The cursor tells the time of a column, and a click puts it elsewhere.
    terminal.send("Left", "Left")
    terminal.wait_for(cursor)
    before = cursor(terminal.settle())
    terminal.mouse(30, 10)
    terminal.wait_for(lambda lines: cursor(lines) not in (None, before))
    # A click on a curve's name draws it alone.
    terminal.mouse(6, 25)
    terminal.wait_gone("5 steambox")
    terminal.send("+", "+")
    terminal.wait_for(re.compile("─ 30 d ─"))
    terminal.send("-", "<")
    terminal.wait_for(re.compile("─ past ─ 7 d ─|─ 7 d ─ past ─"))
    terminal.send("0")
    terminal.wait_gone("past")
    terminal.send("?")
    terminal.wait_for("the cursor, by a column")
    terminal.send("Escape")
    terminal.wait_gone("the cursor, by a column")
    terminal.send("q")
    terminal.wait_for("Backup state")
    terminal.send("x", "x", "c")
    lines = terminal.wait_for("2 cmbox")
    assert "3 labbox" not in "".join(lines)
    terminal.send("Escape")
    terminal.wait_for("Enter open 2 hosts")


def test_the_graph_of_a_widget(dashboard):
    terminal = dashboard.terminal("--demo", "--host", "srv01", size=(120, 40))
    terminal.wait_for("vaultwarden")
    terminal.send("Tab", "Enter")
    # Enter zooms, and in the zoom it opens the graph; then each step leads back.
    terminal.wait_gone("vaultwarden")
    terminal.send("Enter")
    terminal.wait_for(is_graph("NVMe wear"))
    terminal.send("Escape")
    terminal.wait_for(lambda lines: "NVMe Health" in lines[1] and "vaultwarden" not in "".join(lines))
    terminal.send("z")
    lines = terminal.wait_for("vaultwarden")
    # A second click on a row opens the graph of the number that was clicked.
    y = next(index for index, line in enumerate(lines) if "vaultwarden" in line)
    x = next(line for line in lines if "Service " in line and "Memory" in line).index("Memory") + 3
    terminal.mouse(x, y)
    terminal.settle()
    terminal.mouse(x, y)
    lines = terminal.wait_for(is_graph("Services memory"))
    assert lines[-3].split()[1] == "vaultwarden"
    terminal.send("]")
    terminal.wait_for(lambda lines: lines[-3].split()[1:2] not in ([], ["vaultwarden"]))


@pytest.mark.parametrize("size", [(20, 5), (30, 8), (80, 24), (200, 60)])
def test_any_size(dashboard, size):
    terminal = dashboard.terminal("--demo", size=(120, 40))
    terminal.wait_for("labbox")
    terminal.send("c")
    terminal.wait_for(is_graph("NVMe wear"))
    terminal.resize(*size)
    terminal.wait_for(lambda lines: len(lines) == size[1] and BRAILLE.search("".join(lines)) is not None)
    terminal.resize(120, 40)
    terminal.wait_for(is_graph("NVMe wear"))


# Without a past


def test_a_number_that_is_new(dashboard):
    layout = dashboard.layout('grid = """\ncpu\n"""\n')
    terminal = dashboard.terminal(layout=layout, size=(100, 24), env={"XDG_STATE_HOME": dashboard.folder / "state"})
    terminal.wait_for("CPU")
    terminal.settle()
    terminal.send("c")
    # What has been seen since the start is there soon.
    terminal.wait_for(is_graph("CPU"), timeout=30)
    terminal.wait_for(lambda lines: BRAILLE.search("".join(lines[2:-5])) is not None)
    terminal.send("+", "<", "<")
    terminal.wait_for("no values in this span; the oldest one is of")
