"""`history`: what is kept, by the commands alone; databases are made by `history import`."""

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import threading
import time

import pytest
from conftest import PROGRAM, environment

START = 1_772_366_400  # 2026-03-01 12:00 UTC
METRICS = [
    {"id": "wear", "kind": "gauge", "label": "Wear \"of\"\nthe drive", "unit": "percent", "worse": "higher", "warning": 80},
    {"id": "serial", "kind": "text", "label": "Serial"},
    {"id": "written", "kind": "counter", "label": "Written", "unit": "bytes"},
]


def source(host="srv01", plugin="nvme", metrics=METRICS):
    return {"host": host, "plugin": plugin, "name": "NVMe", "version": "1", "metrics": metrics}


def moment(minute, wear=None, name="nvme0n1", serial="S4711"):
    wear = minute % 50 if wear is None else wear
    return {
        "time": (START + 60 * minute) * 1000,
        "instances": [{"name": name, "values": [wear, serial, 4096 * minute], "statuses": ["ok", None, None]}],
    }


def document(*lines):
    return "".join(json.dumps(line) + "\n" for line in ({"cm_dashboard_history": 1},) + lines)


WHOLE = document(
    source(), *(moment(minute) for minute in range(180)),
    source("cmbox"), *(moment(minute, 7, "/dev/a \"b\"\n%", "OTHER") for minute in range(60)),
)  # fmt: skip


@pytest.fixture
def history(dashboard):
    def imported(text, status=0):
        path = dashboard.folder / "history.jsonl"
        path.write_text(text)
        done = dashboard.run("history", "import", path)
        assert done.returncode == status, done.stderr
        return done

    dashboard.imported = imported
    dashboard.state = dashboard.home / ".local/state/cm-dashboard"
    dashboard.database = dashboard.state / "history.db"
    return dashboard


@pytest.fixture
def filled(history):
    history.imported(WHOLE)
    return history


# list and show


def test_nothing_is_recorded_yet(dashboard):
    done = dashboard.run("history", "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("nothing is recorded yet: there is no ")
    assert json.loads(dashboard.run("history", "list", "--format", "json").stdout)["sources"] == []
    assert "nothing is recorded yet" in dashboard.wrong("history", "show", "a/b/c")[0]
    assert "does not exist" in dashboard.wrong("history", "forget", "a", "--yes")[0]
    assert dashboard.run("history", "check").returncode == 0


def test_list_tells_what_is_kept(filled):
    lines = filled.run("history", "list").stdout.splitlines()
    assert lines[0].split() == ["SOURCE", "SERIES", "SINCE", "UNTIL", "SIZE"]
    assert lines[1].split()[:4] == ["cmbox/nvme", "3", "2026-03-01", "12:00"]
    assert lines[2].split()[:2] == ["srv01/nvme", "3"]
    assert lines[3].startswith("2 sources, 6 series; ")
    assert oct(filled.database.stat().st_mode & 0o777) == "0o600"
    names = filled.run("history", "list", "--series").stdout.splitlines()
    assert "srv01/nvme/nvme0n1/wear" in names
    assert "cmbox/nvme/%2Fdev%2Fa%20%22b%22%0A%25/wear" in names
    told = json.loads(filled.run("history", "list", "--format", "json", "--host", "srv01").stdout)
    assert [one["host"] for one in told["sources"]] == ["srv01"]
    assert told["sources"][0]["since"] == START and told["bytes"] > 0
    assert {"metric": "wear", "instance": "nvme0n1", "unit": "percent", "kind": "gauge", "name": "srv01/nvme/nvme0n1/wear"} \
        in told["sources"][0]["series"]  # fmt: skip
    assert "did you mean \"srv01\"" in filled.wrong("history", "list", "--host", "srv02")[0]


def test_show_prints_values_and_changes(filled):
    span = ["--since", "2026-03-01 12:00", "--until", "2026-03-01 15:00"]
    lines = filled.run("history", "show", "srv01/nvme/nvme0n1/wear", *span, "--step", "1h").stdout.splitlines()
    assert lines[1].split() == ["TIME", "MEAN", "MIN", "MAX", "VALUES"]
    assert lines[2].split() == ["2026-03-01", "12:00:00", "21.2", "0", "49", "60"]
    assert len(lines) == 5
    minutes = filled.run("history", "show", "srv01/nvme/nvme0n1/wear", *span, "--step", "1m").stdout.splitlines()
    assert minutes[2].split() == ["2026-03-01", "12:00:00", "0", "0", "0", "1"] and len(minutes) == 182
    text = filled.run("history", "show", "srv01/nvme/nvme0n1/serial", *span).stdout.splitlines()
    assert text[2].split() == ["2026-03-01", "12:00:00", "S4711"] and len(text) == 3
    escaped = filled.run("history", "show", "cmbox/nvme/%2Fdev%2Fa%20%22b%22%0A%25/wear", *span)
    assert escaped.returncode == 0 and " 7 " in escaped.stdout


def test_a_local_time_is_that_of_the_zone(filled):
    berlin = {"TZ": "Europe/Berlin"}
    if not os.path.exists("/usr/share/zoneinfo/Europe/Berlin"):
        berlin = {"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}
    done = filled.run(
        "history", "show", "srv01/nvme/nvme0n1/wear", "--since", "2026-03-01 13:00", "--until", "2026-03-01 14:00", "--step", "1h",
        env=berlin)  # fmt: skip
    assert done.stdout.splitlines()[2].split()[:2] == ["2026-03-01", "13:00:00"] and done.stdout.splitlines()[2].endswith("60")


@pytest.mark.parametrize("arguments, sentence", [
    (["srv01/nvme/nvme0n1/waer"], "did you mean srv01/nvme/nvme0n1/wear?"),
    (["srv01/nvme/other/x"], "there is srv01/nvme/nvme0n1/wear"),
    (["srv01"], "is no name of a series"),
    (["srv01/nvme/%zz/wear"], "is no name of a series"),
    (["srv01/nvme/nvme0n1/wear", "--since", "soon"], "--since \"soon\" is no time; expected 2026-03-01 04:10"),
    (["srv01/nvme/nvme0n1/wear", "--since", "-1h", "--until", "-2h"], "before it begins"),
    (["srv01/nvme/nvme0n1/wear", "--since", "-1000000y"], "too far away"),
    (["srv01/nvme/nvme0n1/wear", "--since", "1971-01-01", "--step", "1s"], "a longer --step"),
    (["srv01/nvme/nvme0n1/wear", "--step", "0"], "is no duration"),
])  # fmt: skip
def test_what_cannot_be_shown_is_a_sentence(filled, arguments, sentence):
    done = filled.run("history", "show", *arguments)
    assert done.returncode == 2 and sentence in done.stderr, done.stderr


def test_a_span_in_the_future_is_empty(filled):
    done = filled.run("history", "show", "srv01/nvme/nvme0n1/wear", "--since", "2200-01-01", "--until", "2201-01-01")
    assert done.returncode == 0 and "nothing is recorded of it" in done.stdout


# export and import


def test_what_is_exported_can_be_imported(filled):
    first = filled.run("history", "export", "--format", "json").stdout
    again = filled.imported(first)
    assert again.stdout == "0 moments imported, 240 were there already\n"
    filled.database.unlink()
    assert filled.imported(first).stdout == "240 moments imported\n"
    assert filled.run("history", "export", "--format", "json").stdout == first
    lines = [json.loads(line) for line in first.splitlines()]
    assert lines[0] == {"cm_dashboard_history": 1} and len([line for line in lines if "time" in line]) == 240


def test_stretches_are_exported_and_imported(filled):
    with sqlite3.connect(filled.database) as database:
        database.execute("DELETE FROM chunk WHERE id < 1 << 60")
    first = filled.run("history", "export", "--format", "json").stdout
    lines = [json.loads(line) for line in first.splitlines()]
    stretches = [line for line in lines if "length" in line]
    assert len(stretches) == 48 and stretches[0]["length"] == 300_000
    assert filled.imported(first).stdout == "0 moments imported, 48 were there already\n"
    filled.database.unlink()
    assert filled.imported(first).stdout == "48 moments imported\n"
    assert filled.run("history", "export", "--format", "json").stdout == first
    shown = filled.run(
        "history", "show", "srv01/nvme/nvme0n1/wear", "--since", "2026-03-01", "--until", "2026-03-02", "--step", "1h")  # fmt: skip
    assert shown.stdout.splitlines()[2].split()[2:] == ["21.2", "0", "49", "60"]


def test_csv_is_read_by_others(filled):
    text = filled.run("history", "export", "--format", "csv", "--host", "cmbox").stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 180
    assert rows[0]["time"] == "2026-03-01T12:00:00.000Z" and rows[0]["instance"] == '/dev/a "b"\n%'
    assert (rows[0]["metric"], rows[0]["value"], rows[0]["unit"], rows[0]["status"]) == ("wear", "7", "percent", "ok")
    part = filled.run("history", "export", "--format", "csv", "--since", "2026-03-01 12:10Z", "--until", "2026-03-01 12:20Z").stdout
    assert len(part.splitlines()) > 50


def test_open_metrics_is_valid(filled):
    text = filled.run("history", "export", "--format", "openmetrics").stdout
    lines = text.split("\n")
    assert lines[-2:] == ["# EOF", ""]
    assert '# HELP cm_nvme_wear_percent Wear \\"of\\"\\nthe drive' in lines
    assert "# TYPE cm_nvme_written_bytes counter" in lines and "# UNIT cm_nvme_written_bytes bytes" in lines
    assert 'cm_nvme_wear_percent{host="cmbox",instance="/dev/a \\"b\\"\\n%"} 7 1772366400.000' in lines
    assert sum(line.startswith("# TYPE") for line in lines) == 2
    family, seen, latest = None, set(), {}
    for line in lines[:-2]:
        if line.startswith("# TYPE "):
            family = line.split()[2]
            assert re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", family) and family not in seen
            seen.add(family)
        elif not line.startswith("#"):
            found = re.fullmatch(r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\}) (\S+) (\d+\.\d{3})', line)
            assert found and found[1] in (family, family + "_total"), line
            assert float(found[4]) > latest.get(found[1] + found[2], 0)
            latest[found[1] + found[2]] = float(found[4])
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    except ImportError:
        return
    assert len(list(text_string_to_metric_families(text))) == 2


def test_a_closed_pipe_ends_an_export(filled):
    filled.imported(document(source("big"), *(moment(minute) for minute in range(3000))))
    process = subprocess.Popen(
        [PROGRAM, "history", "export", "--format", "csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(filled.home, ()))  # fmt: skip
    process.stdout.readline()
    process.stdout.close()
    assert (process.wait(20), process.stderr.read()) == (1, b"")


@pytest.mark.parametrize("lines, number, sentence", [
    ([], 1, "this is no exported history"),
    ([source(), {"time": START * 1000, "instances": []}, "x"], 4, "this is no JSON"),
    ([moment(1)], 2, "before a line with a \"time\""),
    ([source(), {"time": "x", "hold": True}], 3, "\"time\" is of the wrong kind; expected a number"),
    ([source(), {"time": 1e300, "hold": True}], 3, "expected whole Unix milliseconds"),
    ([source(), {"time": START * 1000}], 3, "beside \"time\" one of"),
    ([source(), {"time": START * 1000, "instances": [{"name": "a", "values": [1]}]}], 3, "and there are 3 metrics"),
    ([source(), moment(1, "much")], 3, "a value of metric \"wear\" is of the wrong kind; expected a number or null"),
    ([source(metrics=METRICS + METRICS)], 2, "stands twice"),
    ([source(metrics=[{"id": "a", "kind": "heap"}])], 2, "expected gauge, counter, text or state"),
    ([source(), {"time": START * 1000, "length": 7, "instances": []}], 3, "expected 300000, 3600000 or 86400000"),
    (["[" * 100_000], 2, "this is no JSON"),
])  # fmt: skip
def test_mistakes_are_told_with_their_line(history, lines, number, sentence):
    first = [] if number == 1 else ['{"cm_dashboard_history":1}']
    text = "\n".join(first + [line if isinstance(line, str) else json.dumps(line) for line in lines]) or '{"a":1}'
    done = history.imported(text, status=1)
    assert f"history.jsonl:{number}: " in done.stderr and sentence in done.stderr, done.stderr


def test_documents_of_a_newer_version_and_none_are_refused(history):
    assert "reads no version above 1" in history.imported('{"cm_dashboard_history":2}\n', status=1).stderr
    assert "there is nothing" in history.imported("", status=1).stderr
    assert "cannot be read" in history.wrong("history", "import", "none.jsonl")[0]


def test_other_units_are_refused(filled):
    other = [dict(METRICS[0], unit="celsius"), METRICS[1], METRICS[2]]
    done = filled.imported(document(source(metrics=other), moment(500)), status=1)
    assert 'metric "wear" of srv01/nvme is in "celsius" here and in "percent" in the history' in done.stderr


# forget


def test_what_is_forgotten_stands_in_no_byte(filled):
    def named(text):
        return any(text in path.read_bytes() for path in filled.state.iterdir())

    assert named(b"srv01") and named(b"S4711")
    done = filled.run("history", "forget", "srv01", input="")
    assert done.returncode == 2 and "add --yes" in done.stderr and done.stdout == "all of srv01/nvme\n"
    assert named(b"srv01")
    done = filled.run("history", "forget", "srv01", "--yes")
    assert done.returncode == 0 and "forgotten; " in done.stdout
    assert not named(b"srv01") and not named(b"S4711") and named(b"OTHER")
    done = filled.run("history", "forget", "OTHER", "--yes")
    assert "of cmbox/nvme: %2Fdev%2Fa%20%22b%22%0A%25" in done.stdout and not named(b"OTHER")
    assert 'does not name "srv01"' in filled.wrong("history", "forget", "srv01", "--yes")[0]
    assert filled.run("history", "check").returncode == 0


# check, compact, and databases that are none


def test_check_and_repair(filled):
    done = filled.run("history", "check")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.endswith(" records are whole, 0 are damaged\n")
    before = filled.run("history", "export", "--format", "json").stdout
    with sqlite3.connect(filled.database) as database:
        number, data = database.execute("SELECT id, data FROM chunk ORDER BY id LIMIT 1").fetchone()
        data = bytearray(data)
        data[len(data) // 2] ^= 4
        database.execute("UPDATE chunk SET data=? WHERE id=?", (bytes(data), number))
    database.close()
    done = filled.run("history", "check")
    assert done.returncode == 1 and "history check --repair" in done.stderr
    assert "lost: the values as they came of up to an hour from 2026-03-01 12:00 on, of srv01/nvme" in done.stdout
    # A head of zeros, and everything but the damaged hour comes back.
    content = bytearray(filled.database.read_bytes())
    content[:4096] = bytes(4096)
    filled.database.write_bytes(content)
    for ending in ("-wal", "-shm"):
        filled.database.with_name("history.db" + ending).unlink(missing_ok=True)
    assert filled.run("history", "list").returncode == 2
    done = filled.run("history", "check", "--repair")
    assert done.returncode == 0 and "the damaged file is kept as" in done.stdout
    after = filled.run("history", "export", "--format", "json").stdout
    assert len(before.splitlines()) - len(after.splitlines()) <= 60
    assert filled.run("history", "check").returncode == 0


def test_compact_tells_before_and_after(filled):
    done = filled.run("history", "compact")
    assert re.fullmatch(r"\S+ before, \S+ after\n", done.stdout), done.stdout


def test_databases_of_others_are_left_alone(filled):
    for statement, sentence in [("PRAGMA user_version=9", "of version 9"), ("PRAGMA user_version=1", None)]:
        with sqlite3.connect(filled.database) as database:
            database.execute(statement)
        database.close()
        if sentence:
            assert sentence in filled.wrong("history", "list")[0]
            assert sentence in filled.wrong("history", "forget", "srv01", "--yes")[0]
    filled.database.unlink()
    with sqlite3.connect(filled.database) as database:
        database.execute("CREATE TABLE mine(x)")
    database.close()
    before = filled.database.read_bytes()
    for command in (["list"], ["compact"], ["check"], ["forget", "x", "--yes"]):
        assert "another program" in filled.wrong("history", *command)[0]
    assert filled.database.read_bytes() == before


def test_while_somebody_records_nothing_is_changed(filled):
    import fcntl

    with open(filled.state / "history.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["forget", "srv01", "--yes"], ["compact"], ["import", filled.folder / "history.jsonl"]):
            assert "a dashboard is recording" in filled.wrong("history", *command)[0]
        assert filled.run("history", "list").returncode == 0


def test_an_import_has_bounded_memory(history):
    """Ten times the moments take no more memory."""

    def peak(count):
        def write(file):
            with os.fdopen(file, "w") as pipe:
                pipe.write(document(source(f"host{count}")))
                for minute in range(count):
                    pipe.write(json.dumps(moment(minute)) + "\n")

        reader, writer = os.pipe()
        thread = threading.Thread(target=write, args=[writer])
        thread.start()
        done = subprocess.run(
            ["/usr/bin/python3", "-c", "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:]).returncode;"
             " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r)",
             PROGRAM, "history", "import", "-"],
            stdin=reader, stdout=subprocess.PIPE, env=environment(history.home, ()), timeout=60)  # fmt: skip
        os.close(reader)
        thread.join()
        assert done.returncode == 0
        return int(done.stdout.split()[-1])

    assert peak(10_000) < peak(1_000) + 4_000


# what a dashboard records

LAYOUT = '''
grid = """
  memory
"""
refresh = "500ms"
[widget.memory]
'''


def listed(dashboard):
    return json.loads(dashboard.run("history", "list", "--format", "json").stdout)["sources"]


def wait_for(condition, timeout=15):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_dashboard_records_and_heeds_its_file(history):
    settings = history.home / ".config/cm-dashboard/dashboard.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("version = 1\nhistory.off = true\n")
    terminal = history.terminal(layout=LAYOUT)
    terminal.wait_for("Memory")
    time.sleep(3)
    assert not history.database.exists()
    settings.write_text("version = 1\n")
    wait_for(history.database.exists)
    # Another program is told that this one records.
    assert "a dashboard is recording" in history.wrong("history", "compact")[0]
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert [one["plugin"] for one in listed(history)] == ["memory"]
    name = next(series["name"] for series in listed(history)[0]["series"] if series["kind"] == "gauge")
    shown = history.run("history", "show", name, "--since", "-1h", "--step", "10s").stdout.splitlines()
    assert shown[1].split()[0] == "TIME" and len(shown) >= 3
    assert history.run("history", "check").returncode == 0


def test_a_second_dashboard_takes_over(history):
    first, second = (history.terminal(layout=LAYOUT) for _ in range(2))
    wait_for(history.database.exists)
    second.wait_for("Memory")
    first.send("q")
    assert first.wait_exit() == 0
    second.wait_for("Memory")
    assert "recorded" not in "\n".join(second.lines())
    wait_for(lambda: "a dashboard is recording" in history.run("history", "compact").stderr)
    second.send("q")
    assert second.wait_exit() == 0
    assert len(listed(history)) == 1
