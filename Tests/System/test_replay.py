"""The past: recorded by a real run, shown again by keys and by --at; nothing in it changes anything."""

import hashlib
import json
import re
import sqlite3
import time

import pytest
from conftest import SUPPORT, compile_plugin

LAYOUT = 'title = "Test"\nrefresh = "1s"\ngrid = """\n  memory cpu\n"""\n'
PAST = re.compile(r"PAST \d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def database(dashboard):
    return dashboard.home / ".local/state/cm-dashboard/history.db"


@pytest.fixture
def recorded(dashboard):
    """A dashboard that has recorded some seconds, and its layout; ended since."""
    layout = dashboard.layout(LAYOUT)
    with dashboard.terminal(layout=layout) as terminal:
        terminal.wait_for("Physical")
        time.sleep(4)
        terminal.send("F10")
        assert terminal.wait_exit() == 0
    assert database(dashboard).exists()
    return dashboard, layout


def shown_time(terminal):
    return PAST.search(terminal.lines()[0]).group()


def test_p_shows_the_past_and_the_present_again(dashboard):
    terminal = dashboard.terminal(layout=LAYOUT, size=(100, 24))
    terminal.wait_for("Physical")
    time.sleep(3)
    terminal.send("Tab")
    terminal.send("z")
    terminal.wait_gone("CPU")
    terminal.send("p")
    terminal.wait_for(lambda lines: PAST.search(lines[0]) and "Physical" in "\n".join(lines))
    first = shown_time(terminal)
    # Zoomed as it was, and it stands still.
    assert "CPU" not in terminal.screen and "nothing was recorded" not in terminal.screen
    time.sleep(1.5)
    assert shown_time(terminal) == first
    terminal.send("Left")
    terminal.wait_for(lambda lines: PAST.search(lines[0]).group() < first)
    terminal.wait_for("nothing was recorded until this moment")
    terminal.send("Space")
    terminal.wait_for("▶ 1×")
    terminal.send("f")
    terminal.wait_for("▶ 10×")
    terminal.wait_for("The past has come up with the present", timeout=30)
    terminal.send("r")
    terminal.wait_for("This is the past, which nothing changes")
    terminal.send("p")
    terminal.wait_gone("PAST")
    terminal.wait_for("Physical")
    assert "CPU" not in terminal.screen
    terminal.send("Escape")
    terminal.wait_for("CPU")
    terminal.send("p")
    terminal.wait_for(PAST)
    terminal.send("q")
    terminal.wait_gone("PAST")
    terminal.send("q")
    assert terminal.wait_exit() == 0


def test_a_time_is_typed(dashboard):
    terminal = dashboard.terminal(layout=LAYOUT, size=(100, 24))
    terminal.wait_for("Physical")
    time.sleep(2)
    terminal.send("p")
    terminal.wait_for(PAST)
    for text, answer in [("soon", '"soon" is no time'), ("2090-01-01", "is in the future"),
                         ("2020-02-03 04:05", "PAST 2020-02-03 04:05:00")]:  # fmt: skip
        terminal.send("@")
        terminal.wait_for("Time: _")
        terminal.type(text)
        terminal.wait_for(f"Time: {text}_")
        terminal.send("Enter")
        terminal.wait_for(answer)
    terminal.wait_for("nothing was recorded until this moment")
    terminal.wait_for("the history begins")
    terminal.send("F10")
    assert terminal.wait_exit() == 0


def test_at_begins_in_the_past_and_p_leads_to_the_present(recorded):
    dashboard, layout = recorded
    terminal = dashboard.terminal("--at", "-2s", layout=layout)
    terminal.wait_for(PAST)
    terminal.wait_for("Physical")
    terminal.send("p")
    terminal.wait_gone("PAST")
    terminal.wait_for("Physical")
    terminal.send("p")
    terminal.wait_for(PAST)
    terminal.send("F10")
    assert terminal.wait_exit() == 0


def test_a_snapshot_of_the_past(recorded):
    dashboard, layout = recorded
    before = hashlib.sha256(database(dashboard).read_bytes()).digest()
    done = dashboard.run("snapshot", "--at", "-3s", "--layout", layout, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    past = document["past"]
    assert document["taken"] == past["at"] and 2.5 < past["made"] - past["at"] < 3.5 and past["step"] == 0
    memory = next(widget for widget in document["widgets"] if widget["plugin"] == "memory")
    assert memory["instances"] and memory["error"] is None and memory["age"] < 15
    for format, sign in [("text", "PAST 2"), ("ansi", "PAST 2"), ("svg", "PAST")]:
        done = dashboard.run("snapshot", "--at", "-3s", "--layout", layout, "--format", format)
        assert done.returncode == 0 and sign in done.stdout
    # Before the beginning, and after the end of what was recorded.
    done = dashboard.run("snapshot", "--at", "-2h", "--layout", layout)
    assert "nothing was recorded until this moment" in done.stdout and "the history begins" in done.stderr
    assert hashlib.sha256(database(dashboard).read_bytes()).digest() == before


def test_the_past_is_told_in_every_size(recorded):
    dashboard, layout = recorded
    for size in ("20x5", "21x6", "24x8", "40x10", "60x20", "80x24", "200x60"):
        done = dashboard.run("snapshot", "--at", "-3s", "--layout", layout, "--size", size)
        assert done.returncode == 0 and done.stdout.startswith(" PAST "), (size, done.stdout)
        assert re.match(r" PAST (\d{4}-)?\d\d-\d\d \d\d:\d\d", done.stdout), (size, done.stdout)


def test_what_has_no_meaning_is_said(recorded):
    dashboard, layout = recorded
    for at, words in [("soon", "is no time"), ("2090-01-01", "is in the future"), ("", "there is no time"),
                      ("2026-02-30", "there is no day"), ("-9999999999d", "too far away")]:  # fmt: skip
        (line,) = dashboard.wrong("snapshot", "--at", at, "--layout", layout)
        assert words in line, line
        (line,) = dashboard.wrong("--at", at, "--layout", layout)
        assert words in line, line
    for more in (("--root", "/"), ("--time", "2026-03-01T12:00:00Z"), ("--ticks", "2")):
        lines = dashboard.wrong("snapshot", "--at", "-1m", *more, "--layout", layout)
        assert "leave" in lines[0], lines


def test_without_a_history_there_is_no_past(dashboard):
    layout = dashboard.layout(LAYOUT)
    for command in (["snapshot"], []):
        (line,) = dashboard.wrong(*command, "--at", "-1h", "--layout", layout)
        assert "nothing has been recorded in" in line


def test_a_database_of_another_program_is_said(dashboard):
    layout = dashboard.layout(LAYOUT)
    database(dashboard).parent.mkdir(parents=True)
    database(dashboard).write_bytes(b"no database at all" * 100)
    done = dashboard.run("snapshot", "--at", "-1h", "--layout", layout)
    assert done.returncode == 0 and "history.db" in done.stdout + done.stderr
    assert "Physical" not in done.stdout


def test_a_simulated_fleet_has_a_past(dashboard):
    def past(at):
        done = dashboard.run("snapshot", "--demo", "--at", at, "--layout", "overview", "--size", "120x12")
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert past("2026-03-01 20:30") == past("2026-03-01 20:30")
    assert "PAST 2026-03-01 20:30:00" in past("2026-03-01 20:30")
    words = "".join(past(f"2026-03-01 20:{minute:02}:15") for minute in range(0, 20))
    assert "unreachable" in words and "online" in words


def test_the_overview_of_the_past_opens_hosts(dashboard):
    terminal = dashboard.terminal("--demo", size=(120, 30))
    terminal.wait_for("srv01")
    terminal.wait_for("online")
    terminal.send("p")
    terminal.wait_for(PAST)
    terminal.wait_for("online")
    terminal.send("(")
    terminal.wait_for(": unreachable")
    terminal.send("Enter")
    terminal.wait_for("Memory")
    terminal.wait_for(PAST)
    terminal.send("q")
    terminal.wait_for("Hosts")
    terminal.send("p")
    terminal.wait_gone("PAST")
    terminal.send("q")
    assert terminal.wait_exit() == 0


def test_a_metric_that_the_plugin_no_longer_has_is_still_drawn(dashboard, tmp_path):
    source = (SUPPORT / "rows_plugin.c").read_text()
    old = source.replace('.id = {CM_TEXT("memory")}, .label = {CM_TEXT("Memory")}',
                         '.id = {CM_TEXT("spin_ups")}, .label = {CM_TEXT("")}')  # fmt: skip
    for name, text in (("old", old), ("new", source)):
        (tmp_path / name).mkdir()
        compile_plugin(text, tmp_path / name / "rows.so")
    layout = dashboard.layout('title = "T"\nrefresh = "1s"\ngrid = "rows"\n[widget.rows]\nrows = 3\n')
    with dashboard.terminal("--plugins", tmp_path / "old", layout=layout) as terminal:
        terminal.wait_for("row-0003")
        time.sleep(3)
        terminal.send("F10")
        assert terminal.wait_exit() == 0

    def picture(*arguments):
        return dashboard.run("snapshot", "--layout", layout, "--size", "80x12", *arguments).stdout

    now, then = picture("--plugins", tmp_path / "new"), picture("--plugins", tmp_path / "new", "--at", "-2s")
    # The plugin's own picture names its columns; the default table names the old metric by its id.
    assert "spin_ups" not in now and "row-0003" in now
    assert "spin_ups" in then and "row-0003" in then and "3.00M" in then


def test_a_damaged_record_is_said_and_the_others_are_shown(recorded):
    dashboard, layout = recorded
    connection = sqlite3.connect(database(dashboard))
    (source,) = connection.execute("SELECT id FROM source WHERE plugin = 'memory'").fetchone()
    row, data = connection.execute(
        "SELECT id, data FROM chunk WHERE id >> 60 = 0 AND id >> 40 & 1048575 = ?", (source,)).fetchone()  # fmt: skip
    broken = bytearray(data)
    broken[len(broken) // 2] ^= 1
    connection.execute("UPDATE chunk SET data = ? WHERE id = ?", (bytes(broken), row))
    connection.commit()
    connection.close()
    done = dashboard.run("snapshot", "--at", "-2s", "--layout", layout)
    assert done.returncode == 0 and "the record of this moment is damaged" in done.stdout
    assert "Load" in done.stdout and "is damaged" in done.stderr
