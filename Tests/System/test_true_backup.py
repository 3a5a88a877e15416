"""What the Backup plugin says is true: dates, ages, documents with odd fields, and answers of many versions of tools."""

import json
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402
from stub_fleet import row_is  # noqa: E402

# 2026-03-01 12:00:00 UTC, the time of every probe.
NOW = 1772366400
HOUR = 3600
DAY = 24 * HOUR


def iso(ago):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - ago))


def document(**changes):
    """A document of a host that is well; a change belongs to the object that has the field."""
    whole = {
        "overall_status": "healthy",
        "backup": {"last_success": iso(HOUR), "last_failure": None, "size_gb": 15.2, "snapshot_count": 42},
        "service": {"enabled": True, "pending_jobs": 0, "last_message": None},
        "timestamp": NOW,
    }
    for key, value in changes.items():
        owner = next((part for part in (whole["backup"], whole["service"]) if key in part), whole)
        owner[key] = value
    return whole


class Told:
    """What the widget makes of something: `state`, `status`, `note` with its status, `picture`."""

    def __init__(self, run, name):
        self.run = run
        self.name = name
        self.state = run.samples.get((name, "state"), (None, None))
        self.picture = run.picture
        notes = [line for line in run.output.splitlines() if line.startswith("note (")]
        self.note = notes[0] if notes else ""

    def number(self, metric):
        found = self.run.samples.get((self.name, metric))
        return None if found is None else float(found[0].split()[0])


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")

    def served(size="60x8", **changes):
        path = tmp_path / "document"
        path.write_text(json.dumps(document(**changes)))
        return Told(Probe("backup", "", "--host", "box", "--ingest", f"backups={path}", size=size), "backup")

    return served


# --- Dates -----------------------------------------------------------------------------------------------------

MARCH = 1772323200  # 2026-03-01 00:00:00 UTC

DATES = {
    # As programs write it.
    "2026-03-01T00:00:00Z": MARCH,
    "2026-03-01t00:00:00z": MARCH,
    "2026-03-01 00:00:00": MARCH,
    "2026-03-01T00:00:00": MARCH,
    "2026-03-01T00:00:00.123456789Z": MARCH,  # Go's RFC3339Nano, restic
    "2026-03-01T00:00:00.000000": MARCH,  # borg 1
    "2026-03-01T00:00:00,123+00:00": MARCH,
    "2026-03-01T01:00:00+01:00": MARCH,
    "2026-03-01T01:00:00+01": MARCH,
    "2026-03-01T01:00:00+0100": MARCH,
    "2026-03-01 01:00:00 +0100": MARCH,
    "2026-02-28T14:30:00-09:30": MARCH,
    "2026-03-01T12:45:00+12:45": MARCH,
    "2026-03-01 00:00:00 +0000 UTC": MARCH,  # Go's String()
    "2026-03-01 00:00:00 UTC": MARCH,
    "2026-03-01T00:00:00-00:00": MARCH,
    "2026-03-01T00:00Z": MARCH,
    "2024-02-29T00:00:00Z": 1709164800,
    "2016-12-31T23:59:60Z": 1483228800,
    MARCH: MARCH,
    MARCH + 0.5: MARCH,
    # Nobody has said when.
    "2026-02-30T04:00:00Z": None,
    "2025-02-29T04:00:00Z": None,
    "2026-04-31T04:00:00Z": None,
    "2026-13-01T04:00:00Z": None,
    "2026-00-10T04:00:00Z": None,
    "2026-03-01T24:00:00Z": None,
    "2026-03-01T11:30:60Z": None,
    "2026-03-01T00:00:00+99:99": None,
    "2026-03-01T00:00:00+15:00": None,
    "2026-03-01T00:00:00+01:60": None,
    "2026-03-01T00:00:00+1": None,
    "2026-03-01T00:00:00 CET": None,
    "2026-03-01T00:00:00Z and 3 jobs failed": None,
    "2026-03-01T00:00:00+01:00 (failed)": None,
    "2026-03-01T00:00:00ZZ": None,
    "2026-03-01T00:00:00.Z": None,
    "2026-03-01T00:00:0xZ": None,
    "2026/03/01 00:00:00": None,
    "2026-03-01": None,
    "Sun Mar  1 00:00:00 UTC 2026": None,  # date(1), as cron logs have it
    "1772323200": None,
    "yesterday": None,
    "": None,
    "1985-01-01T00:00:00Z": None,
}

NEVER = [
    None, 0, -1, -62135596800, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01T00:00:00+01:00",
    "0000-00-00 00:00:00", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00", "1970-01-01T01:00:00+01:00",
    "1969-12-31T19:00:00-05:00", "1601-01-01T00:00:00Z", "1899-12-30T00:00:00",
]  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_a_date_is_read_whole_or_not_at_all(served, text):
    told = served(last_success=text)
    if DATES[text] is not None:
        assert told.number("last") == pytest.approx(DATES[text], abs=1)
        assert told.note == "" or "being the limit" in told.note
    else:
        assert told.number("last") is None and told.number("age") is None
        assert told.state == ("no date", "unknown")
        assert "backup.last_success" in told.note and told.number("snapshots") == 42


@pytest.mark.parametrize("zero", NEVER)
def test_a_zero_of_a_calendar_means_never(served, zero):
    told = served(last_success=zero)
    assert told.state == ("no success", "unknown") and told.number("last") is None
    assert "of no backup that has succeeded, and of 42 snapshots" in told.note
    told = served(last_failure=zero)
    assert told.state == ("success", "ok") and told.note == ""
    assert told.number("last_failure") is None and not any("Failed" in line for line in told.picture)


@pytest.mark.parametrize("scale, unit", [(1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")])
def test_a_finer_unit_is_named(served, scale, unit):
    told = served(last_success=int((NOW - HOUR) * scale))
    assert told.state == ("no date", "unknown") and f"counts backup.last_success in {unit}" in told.note


# --- Ages ------------------------------------------------------------------------------------------------------

AGES = [
    (0, "just now", None), (57, "just now", None), (60, "1m ago", None), (59 * 60 + 30, "59m ago", None),
    (3605, "1h ago", None), (86350, "23h ago", None), (90000, "25h ago", None), (93570, "25h ago", None),
    (93600, "26h ago", "26h old, 26h being"), (93700, "26h ago", "26h old, 26h being"),
    (172700, "47h ago", "47h old, 26h being"), (52 * HOUR, "52h ago", "52h old, 52h being"),
    (3 * DAY, "3d ago", "3d old, 52h being"), (45 * DAY, "45d ago", "45d old, 52h being"),
    (1095 * DAY, "1095d ago", "1095d old, 52h being"),
]  # fmt: skip


@pytest.mark.parametrize("age, text, sentence", AGES)
def test_an_age_has_one_form_in_a_widget(served, age, text, sentence):
    told = served(last_success=iso(age))
    assert told.picture[0].endswith(f", {text})"), told.picture
    assert (f"the last backup is {sentence} the limit" in told.note) if sentence else told.note == ""


@pytest.mark.parametrize("options, sentence", [
    ("fresh=8d", "10d old, 8d being the limit"), ("fresh=100h,overdue=30d", "10d old, 100h being the limit"),
    ("fresh=90m,overdue=30d", "10d old, 90m being the limit"),
])
def test_a_limit_is_written_as_it_was_set(tmp_path, options, sentence):
    path = tmp_path / "document"
    path.write_text(json.dumps(document(last_success=iso(10 * DAY))))
    run = Probe("backup", "", "--host", "box", "--ingest", f"backups={path}", *options.split(","))
    assert sentence in run.output


@pytest.mark.parametrize("ahead, text, state", [
    (5, "in 5s", ("success", "ok")), (1800, "in 30m", ("success", "ok")),
    (3 * HOUR, "in 3h", ("in the future", "unknown")), (2 * DAY, None, ("in the future", "unknown")),
    (4000 * DAY, None, ("in the future", "unknown")),
])  # fmt: skip
def test_the_future_is_no_age(served, ahead, text, state):
    told = served(last_success=iso(-ahead))
    assert told.state == state
    shown = "\n".join(told.picture)
    assert "just now" not in shown and "-" not in shown and "ago" not in shown, shown
    assert text is None or text in shown
    assert told.number("age") == (0 if ahead < 60 else None)


def test_a_failure_in_the_future_is_no_standing_warning(served):
    told = served(last_failure=iso(-2 * DAY))
    assert told.state == ("success", "ok") and told.number("last_failure") is None
    assert told.note.startswith("note (unknown): the last failure is dated 48h ahead: check this machine's clock")


def test_a_success_after_its_document(served):
    told = served(timestamp=NOW - DAY)
    assert told.state == ("in the future", "unknown")
    assert "the last success is dated 23h after the document that tells of it" in told.note


# --- What was, and what failed ---------------------------------------------------------------------------------


def test_the_date_of_a_success_is_not_that_of_the_failure(served):
    told = served(overall_status="failed", last_success=iso(3 * DAY), last_failure=iso(21 * HOUR))
    assert told.state == ("failed", "critical")
    assert told.picture[:2] == [
        "C! Last         success Thu 12:00, 3d ago",
        "C! Failed       Yesterday 15:00, 21h ago",
    ]
    small = served(size="36x1", overall_status="failed", last_success=iso(HOUR), last_failure=iso(60))
    assert small.picture == ["C! Failed   11:59, 1m ago"]


def test_no_age_is_cut(served):
    changes = {"overall_status": "failed", "last_success": iso(3 * DAY), "last_failure": iso(21 * HOUR)}
    assert served(size="34x8", **changes).picture[:2] == ["C! Last     success 3d ago", "C! Failed   21h ago"]
    assert served(size="34x8", last_success=iso(26 * HOUR)).picture[0] == "W! Last     Late (26h ago)"


def test_a_failure_without_a_date(served):
    told = served(overall_status="failed")
    assert told.picture[:2] == ["   Last         success 11:00, 1h ago", "C! State        failed"]


def test_a_failure_without_a_success(served):
    told = served(overall_status="failed", last_success=None, last_failure=iso(21 * HOUR))
    assert told.picture[0] == "C! Failed       Yesterday 15:00, 21h ago"


def test_no_tick_stands_above_a_newer_failure(served):
    told = served(last_success=iso(2 * HOUR), last_failure=iso(600))
    assert told.picture[0] == "   Last         Success (10:00, 2h ago)"
    assert "W! Failed       11:50, 10m ago" in told.picture


# --- Documents with a bad field --------------------------------------------------------------------------------

FIELDS = [
    ("size_gb", -1, "size"), ("size_gb", "15", "size"), ("size_gb", 1e300, "size"),
    ("snapshot_count", -1, "snapshots"), ("snapshot_count", 2**64, "snapshots"), ("snapshot_count", [], "snapshots"),
    ("pending_jobs", -1, "pending"), ("pending_jobs", 4_000_000_000, "pending"), ("pending_jobs", "none", "pending"),
    ("last_message", 7, "message"), ("enabled", "yes", "service"), ("last_failure", "soon", "last_failure"),
]  # fmt: skip


@pytest.mark.parametrize("field, value, metric", FIELDS)
def test_one_bad_field_silences_nothing(served, field, value, metric):
    told = served(**{field: value})
    assert told.state == ("success", "ok") and told.number("last") == NOW - HOUR
    assert told.number(metric) is None and f".{field}" in told.note
    failed = served(overall_status="failed", **{field: value})
    assert failed.state == ("failed", "critical") and failed.note.startswith("note (critical): box reports")


@pytest.mark.parametrize("date", ["2026-03-01T02:00:00 CET", "soon", 1e300, [], {}, True])
def test_a_failed_backup_stays_critical_beside_a_bad_date(served, date):
    told = served(overall_status="failed", last_success=date)
    assert told.state == ("failed", "critical") and "backup.last_success" in told.note


@pytest.mark.parametrize("word, state", [
    ("Failed", ("failed", "critical")), ("FAILED ", ("failed", "critical")), ("critical", ("critical", "critical")),
    ("error", ("error", "critical")), ("Healthy", ("success", "ok")), ("ok", ("ok", "unknown")),
    ("fine", ("fine", "unknown")), ("", ("unknown", "unknown")),
])  # fmt: skip
def test_words_of_a_host(served, word, state):
    assert served(overall_status=word).state == state


def test_a_success_and_no_snapshot_contradict(served):
    told = served(snapshot_count=0, size_gb=0)
    assert told.state == ("no snapshot", "warning")
    assert served(size_gb=0).state == ("success", "ok")


# --- Answers of tools ------------------------------------------------------------------------------------------

RESTIC = "restic_-r_srv_r_--json_--no-lock_--no-cache_"
BORG_LIST = "borg_list_--json_--bypass-lock_--format_hostname_srv_b"
BORG_INFO = "borg_info_--json_--bypass-lock_--lock-wait_0_--last_1_srv_b"
STATS = '{"total_size": 2048}'


@pytest.fixture
def asked(tmp_path):
    """The repository `r` of restic or `b` of borg whose commands print these texts; a pair has an exit status too."""

    def asked(repository, size="60x10", **answers):
        folder = tmp_path / "commands"
        folder.mkdir(exist_ok=True)
        names = {"snapshots": RESTIC + "snapshots", "whole": RESTIC + "stats_--mode_raw-data", "list": BORG_LIST,
                 "latest": RESTIC + "stats_--mode_restore-size_latest", "info": BORG_INFO,
                 "list2": "borg2_-r_srv_b_repo-list_--json_--format_name_id_time_",
                 "info2": "borg2_-r_srv_b_info_--json_--last_1"}  # fmt: skip
        for key, answer in answers.items():
            text, status, error = (answer, 0, "") if isinstance(answer, str) else (*answer, "")[:3]
            (folder / names[key]).write_text(text)
            (folder / (names[key] + ".status")).write_text(str(status))
            (folder / (names[key] + ".stderr")).write_text(error)
        return Told(Probe("backup", tmp_path, f"repositories={repository}", size=size), repository[-1])

    return asked


def snapshots(*times, **more):
    return json.dumps([{"time": time, "hostname": "a", "id": f"{place:064x}"} | more
                       for place, time in enumerate(times)])  # fmt: skip


def restic(asked, listed, stats=STATS):
    return asked("restic:/srv/r", snapshots=listed, latest=stats, whole=stats)


YOUNG = snapshots("2026-03-01T04:00:02.123456789+00:00")


@pytest.mark.parametrize("empty", ["null", "null\n", "[]", "[]\n", "unable to open cache: permission denied\nnull\n"])
def test_a_new_repository_of_any_restic_is_empty(asked, empty):
    told = restic(asked, empty)
    assert told.state == ("no snapshot", "critical") and told.number("snapshots") == 0


BESIDE = {
    "no home": "unable to open cache: unable to locate cache directory: neither $XDG_CACHE_HOME nor $HOME are defined\n{}",
    "retries": "Stat(<config/>) returned error, retrying after 1.386s: Head \"https://:***@nas/config\": timeout\n"
               "Stat(<config/>) operation successful after 2 retries\n{}",
    "opened": "repository 8c9b458f opened (version 2, compression level auto)\n[0:00] 100.00%  1 / 1 index files\n{}",
    "status lines": '{{"message_type":"status","percent_done":1}}\n{}',
    "behind": "{}\n[0:00] 100.00%  7 / 7 packs processed\n",
    "log behind": "{}\n2026-03-22 09:13:49,267 INFO terminating with success status, rc 0\n",
}


@pytest.mark.parametrize("kind", BESIDE)
def test_text_beside_the_json(asked, kind):
    told = restic(asked, BESIDE[kind].format(YOUNG), BESIDE[kind].format(STATS))
    assert told.state == ("success", "ok"), told.run.output
    assert told.number("snapshots") == 1 and told.number("size") == 2048 and told.number("stored") == 2048
    borg = asked("borg:/srv/b", list=BESIDE[kind].format(json.dumps(ARCHIVES, indent=4)), info=json.dumps(INFO))
    assert borg.state == ("success", "ok") and borg.number("snapshots") == 1


def test_a_pretty_json_over_many_lines(asked):
    told = restic(asked, "a line\n" + json.dumps(json.loads(YOUNG), indent=2) + "\nanother line\n")
    assert told.state == ("success", "ok")


@pytest.mark.parametrize("text", ["", "[0:00] 100.00%  7 / 7 snapshots\n", YOUNG[:-20], '{"error": 1}', "[" * 500])
def test_what_is_no_list_of_snapshots(asked, text):
    told = restic(asked, text)
    assert told.state == ("unreadable", "unknown") and told.number("last") is None


@pytest.mark.parametrize("status, error, state", [
    (1, "Fatal: something", ("unreadable", "unknown")), (3, "", ("unreadable", "unknown")),
    (10, '{"message_type":"exit_error","code":10,"message":"Fatal: repository does not exist"}', ("missing", "critical")),
    (11, "", ("asking", None)), (12, "", ("wrong password", "unknown")), (99, "", ("unreadable", "unknown")),
    (130, "", ("unreadable", "unknown")),
])  # fmt: skip
def test_an_exit_status_of_restic_that_is_not_0_is_an_error(asked, status, error, state):
    told = asked("restic:/srv/r", snapshots=(YOUNG, status, error), latest=STATS, whole=STATS)
    assert told.state[0] == state[0] and told.number("last") is None
    assert state[1] is None or told.state[1] == state[1]


def test_restic_0_9_to_0_18(asked):
    """The list grew: short_id, summary in 0.17, its sizes packed in 0.18. The figures of a repository grew in 0.14."""
    old = [{"time": "2026-02-28T23:00:00.5-05:00", "tree": "1", "paths": ["/home"], "hostname": "a", "username": "u",
            "uid": 0, "gid": 0, "id": "2" * 64}]  # fmt: skip
    told = restic(asked, json.dumps(old), '{"total_size": 187, "total_file_count": 4}')
    assert (told.state, told.number("last"), told.number("size")) == (("success", "ok"), 1772337600.5, 187)
    summary = {"backup_start": "2026-03-01T04:00:00+00:00", "backup_end": "2026-03-01T04:01:30+00:00",
               "data_added": 900, "data_added_packed": 400, "total_bytes_processed": 5000}  # fmt: skip
    new = [old[0] | {"short_id": "22222222", "program_version": "restic 0.18.1", "summary": summary}]
    told = restic(asked, json.dumps(new), json.dumps({"total_size": 187, "snapshots_count": 1, "compression_ratio": 3.3}))
    assert [told.number(metric) for metric in ("duration", "size", "added", "stored")] == [90, 5000, 400, 187]
    mad = [new[0] | {"summary": summary | {"backup_end": "2026-02-01T00:00:00Z", "total_bytes_processed": -1}}]
    told = restic(asked, json.dumps(mad))
    assert told.number("duration") is None and told.number("size") == 2048


def test_fields_that_are_null(asked):
    told = restic(asked, snapshots("2026-03-01T04:00:00Z", paths=None, hostname=None, tags=None, summary=None))
    assert told.state == ("success", "ok")


def test_a_snapshot_of_the_future_is_not_the_last(asked):
    told = restic(asked, snapshots("2026-02-01T04:00:00Z", "2040-03-01T04:00:00Z"))
    assert told.state == ("in the future", "unknown") and told.number("last") == 1769918400
    told = restic(asked, snapshots("2040-03-01T04:00:00Z"))
    assert told.state == ("in the future", "unknown") and told.number("last") is None


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "", None, 7])
def test_a_snapshot_without_a_date_may_be_the_last(asked, time):
    """A young one among them is proof enough; old ones are not, since the other may be younger."""
    assert restic(asked, snapshots("2026-03-01T04:00:00Z", time)).state == ("success", "ok")
    assert restic(asked, snapshots("2026-01-01T04:00:00Z", time)).state == ("no date", "unknown")
    assert restic(asked, snapshots(time)).state == ("no date", "unknown")


ARCHIVES = {"archives": [{"archive": "n-1", "barchive": "n-1", "id": "a1", "name": "n-1", "hostname": "labbox",
                          "start": "2026-03-01T04:00:00.000000", "time": "2026-03-01T04:00:00.000000"}],
            "encryption": {"mode": "repokey"}, "repository": {"id": "r", "location": "/srv/b"}}  # fmt: skip
INFO = {"archives": [{"duration": 12.5, "stats": {"original_size": 3000, "deduplicated_size": 10},
                      "command_line": ["borg", "create", "/srv/b::n-1", "/etc"]}],
        "cache": {"path": "/c", "stats": {"unique_csize": 1500}}}  # fmt: skip


@pytest.mark.parametrize("status", [0, 1, 100, 107, 127])
def test_a_warning_of_borg_is_an_answer(asked, status):
    told = asked("borg:/srv/b", list=(json.dumps(ARCHIVES), status), info=(json.dumps(INFO), status))
    assert told.state == ("success", "ok") and told.number("stored") == 1500 and told.number("size") == 3000


@pytest.mark.parametrize("status, error, state", [
    (2, "Repository /srv/b does not exist.", "missing"), (13, "", "missing"), (52, "", "wrong password"),
    (3, "", "unreadable"), (99, "", "unreadable"), (130, "", "unreadable"), (143, "", "unreadable"),
    (127, "sh: borg: not found", "unreadable"),
])  # fmt: skip
def test_an_error_of_borg(asked, status, error, state):
    text = "" if status == 127 else json.dumps(ARCHIVES)
    told = asked("borg:/srv/b", list=(text, status, error), info=json.dumps(INFO))
    assert told.state[0] == state and told.number("last") is None


def test_borg_lists_that_are_empty(asked):
    for archives in (None, [], [ARCHIVES["archives"][0] | {"name": "n.checkpoint"}]):
        told = asked("borg:/srv/b", list=json.dumps(ARCHIVES | {"archives": archives}), info=json.dumps(INFO))
        assert told.state == ("no snapshot", "critical") and told.number("snapshots") == 0


def test_borg_2(asked):
    """Times with an offset, a command line in one text, and no sizes of the repository."""
    archive = {"archive": "etc", "name": "etc", "id": "b2", "start": "2026-03-01T06:00:00.123456+02:00",
               "time": "2026-03-01T06:00:00.123456+02:00"}  # fmt: skip
    info = {"archives": [{"name": "etc", "id": "b2", "duration": 3.5, "command_line": "borg create etc /etc",
                          "stats": {"original_size": 7000, "nfiles": 9}}], "cache": {"path": "/c"}}  # fmt: skip
    for tool, listed, told in (("borg2", "list2", "info2"), ("borg", "list", "info")):
        found = asked(f"{tool}:/srv/b", **{listed: json.dumps({"archives": [archive]}), told: json.dumps(info)})
        assert found.state == ("success", "ok"), found.run.output
        assert [found.number(metric) for metric in ("last", "size", "duration", "stored")] == [
            pytest.approx(1772337600.12, abs=0.1), 7000, 3.5, None]  # fmt: skip
    info["archives"][0]["stats"] = {"original_size": 0, "nfiles": 0}
    found = asked("borg2:/srv/b", list2=json.dumps({"archives": [archive]}), info2=json.dumps(info))
    assert found.number("size") is None


# --- The overview ----------------------------------------------------------------------------------------------


def test_an_age_in_the_overview_is_that_of_now(fleet):
    """The host is away, so that no newer value comes; its last backup grows old all the same."""
    for host in fleet.hosts.values():
        host.documents["backups"]["backup"]["last_success"] = int(time.time()) - HOUR + 25
    fleet.configure('columns = ["backup.age"]')
    fleet.write("srv1", "srv2")
    terminal = fleet.dashboard.terminal(size=(100, 12))
    terminal.wait_for(row_is("srv1", r"online +59m"), timeout=20)
    fleet["srv1"].go()
    terminal.wait_for(row_is("srv1", r"unreachable.* 1h( \dm)? "), timeout=45)
