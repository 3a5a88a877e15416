"""The Backup plugin over captured answers, and over repositories made by the real restic and borg."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import FIXTURES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402

GIBI = 1 << 30
SECRET = "correct-horse-battery"


def layout(options):
    lines = [f"{key} = {json.dumps(value)}" for key, value in options.items()]
    return "\n".join(['grid = "backup"', "[widget.backup]", 'plugin = "backup"', *lines, ""])


def index(widget):
    widget["by_name"] = {each["instance"]: each["metrics"] for each in widget["instances"]}
    return widget


@pytest.fixture
def read(dashboard):
    def read(machine, ticks=1, **options):
        root = machine if isinstance(machine, Path) else FIXTURES / machine
        return index(dashboard.snapshot(layout(options), root=root, ticks=ticks, env={"TZ": "UTC"})["widgets"][0])

    return read


def values(metrics, *names):
    return [metrics[name]["value"] if name in metrics else None for name in names]


def state(metrics):
    return metrics["state"]["value"], metrics["state"]["status"]


# --- Captured answers ------------------------------------------------------------------------------------------


def test_a_repository_with_its_timer(read):
    widget = read("backup-server", repositories=["restic:/srv/restic"], units=["restic-backup.timer"])
    assert (widget["status"], widget["error"], widget["note"]) == ("ok", None, None)
    backup = widget["by_name"]["restic"]
    assert state(backup) == ("success", "ok")
    # 04:00:02 UTC; the snapshots stand in no order of time once zones differ.
    assert values(backup, "last", "snapshots", "duration") == [pytest.approx(1772337602.123, abs=1e-2), 3, 2732]
    assert backup["age"]["value"] == pytest.approx(28797.9, abs=0.1)
    assert values(backup, "size", "stored") == [int(15.2 * GIBI), int(4.1 * GIBI)]
    assert values(backup, "next", "unit", "result", "run") == [1772424000, "restic-backup.service", "success", 1772340332]
    assert values(backup, "tool", "location", "hosts", "paths") == ["restic", "/srv/restic", "srv01", "/srv /etc"]


def test_a_newer_restic_tells_size_and_duration_itself(read):
    backup = read("backup-modern", repositories=["restic:sftp:nas:/backup/cmbox"])["by_name"]["cmbox"]
    assert values(backup, "duration", "size", "added", "stored") == [249.5, 90 * GIBI, 524288000, 60 * GIBI]
    assert "error" not in backup, "what the snapshot tells is not asked again"


def test_each_repository_in_its_own_state(read):
    widget = read("backup-mixed", repositories=[
        "restic:/srv/restic", "restic:/mnt/late", "restic:/mnt/overdue", "restic:/mnt/empty", "borg:/srv/borg"])
    states = {name: state(metrics) for name, metrics in widget["by_name"].items()}
    assert states == {"restic": ("success", "ok"), "late": ("late", "warning"), "overdue": ("overdue", "critical"),
                      "empty": ("no snapshot", "critical"), "borg": ("success", "ok")}
    assert widget["note"] == {"status": "critical", "message": (
        "overdue: the last backup is 9d 8h old, 2d 4h being the limit; 2 more are not well")}
    assert widget["by_name"]["late"]["age"] == {"value": 108000, "unit": "seconds", "status": "warning"}


def test_borg(read):
    backup = read("backup-mixed", repositories=["borg:/srv/borg"])["by_name"]["borg"]
    assert values(backup, "last", "snapshots") == [1772339400, 2], "a checkpoint is no backup"
    assert values(backup, "duration", "size", "added", "stored") == [754.25, 20 * GIBI, 150000000, 8 * GIBI]
    assert values(backup, "hosts", "paths", "tool") == ["labbox", "/var/lib /etc", "borg"]


@pytest.mark.parametrize("options, wanted", [
    ({"fresh": "31h"}, ("success", "ok")),
    ({"fresh": "10h"}, ("overdue", "critical")),
    ({"fresh": "10h", "overdue": "31h"}, ("late", "warning")),
    ({"fresh_for": ["late=8d"]}, ("success", "ok")),
])
def test_how_old_is_too_old(read, options, wanted):
    assert state(read("backup-mixed", repositories=["restic:/mnt/late"], **options)["by_name"]["late"]) == wanted


def test_units_alone(read):
    widget = read("backup-units", units=["nightly.timer", "broken", "weekly.timer", "stopped.timer", "running",
                                         "fresh-boot", "gone"])
    states = {name: state(metrics) for name, metrics in widget["by_name"].items()}
    assert states == {
        "nightly": ("success", "ok"), "broken": ("failed", "critical"), "weekly": ("late", "warning"),
        "stopped": ("no timer", "warning"), "running": ("running", "ok"), "fresh-boot": ("not run yet", "unknown"),
        "gone": ("no unit", "unknown")}
    assert widget["note"] == {"status": "critical", "message": (
        "broken: broken.service failed (exit-code 3); see journalctl -u broken.service; 4 more are not well")}
    assert values(widget["by_name"]["nightly"], "last", "duration", "next") == [1772338200, 600, 1772424000]
    assert values(widget["by_name"]["weekly"], "unit", "duration") == ["weekly-job.service", 7200]


def test_a_failed_unit_is_critical_though_the_last_snapshot_is_young(read):
    backup = read("backup-units", repositories=["young=restic:/srv/restic"], units=["young=broken.service"])["by_name"]["young"]
    assert state(backup) == ("failed", "critical")
    assert (backup["result"]["value"], backup["result"]["status"]) == ("exit-code", "critical")
    assert backup["age"]["status"] == "ok"


def test_a_failed_run_is_no_backup(read):
    assert "last" not in read("backup-units", units=["broken.service"])["by_name"]["broken"]


def test_a_timer_that_is_switched_off(read):
    assert read("backup-units", units=["stopped.timer"])["note"]["message"] == (
        "stopped: stopped.timer is not active, so no backup will run: systemctl enable --now stopped.timer")


def test_a_run_that_does_not_end(read):
    backup = read("backup-units", units=["running"], fresh="5m")["by_name"]["running"]
    assert state(backup) == ("running too long", "critical")


@pytest.mark.parametrize("repository, word, sentence", [
    ("restic:/srv/password", "wrong password", "no or a wrong password for /srv/password: name a file in password_file or"
                                               " a command in password_command"),
    ("restic:/srv/newer", "wrong password", "no or a wrong password for /srv/newer: name a file in password_file or a"
                                            " command in password_command"),
    ("restic:/srv/unasked", "no password", "no password for /srv/unasked: name a file in password_file or a command in"
                                           " password_command"),
    ("restic:/srv/missing", "missing", "there is no restic repository at /srv/missing: see whether its disk is mounted, or"
                                       " correct it in repositories"),
    ("restic:/srv/denied", "not permitted", "no permission to read /srv/denied: run as the user who makes the backups, or"
                                            " as root"),
    ("restic:sftp:nas:/repo", "unreachable", "sftp:nas:/repo cannot be reached: ssh: Could not resolve hostname nas: Name"
                                             " or service not known"),
    ("restic:/srv/rubbish", "unreadable", "restic answered what is not JSON (line 1, column 4: invalid token near"
                                          " 'this')"),
    ("restic:/srv/object", "unreadable", "restic snapshots answered JSON that is not a list of snapshots"),
    ("borg:/srv/borgpw", "wrong password", "no or a wrong password for /srv/borgpw: name a file in password_file or a"
                                           " command in password_command"),
])
def test_a_repository_that_cannot_be_opened(read, repository, word, sentence):
    widget = read("backup-errors", repositories=["restic:/srv/good", repository])
    bad = next(metrics for name, metrics in widget["by_name"].items() if name != "good")
    assert bad["error"]["value"] == sentence
    assert state(bad) == (word, "critical" if word == "missing" else "unknown")
    assert state(widget["by_name"]["good"]) == ("success", "ok")
    assert values(widget["by_name"]["good"], "size", "stored") == [10 * GIBI, 3 * GIBI]
    assert sentence in widget["note"]["message"]


def test_a_password_in_an_error_message_is_not_shown(read):
    error = read("backup-errors", repositories=["restic:/srv/odd"])["by_name"]["odd"]["error"]["value"]
    assert "https://joe:***@host/x" in error and "hunter2" not in error


def test_last_good_values_stay_when_a_repository_is_lost(tmp_path):
    root = shutil.copytree(FIXTURES / "backup-server", tmp_path / "machine")
    snapshots = root / "commands/restic_-r_srv_restic_--json_--no-lock_--no-cache_snapshots"
    broken = (f"printf 1 > {snapshots}.status; printf 'Fatal: wrong password or no key found' > {snapshots}.stderr")
    run = Probe("backup", root, "repositories=restic:/srv/restic", "check_every=600", ticks=2, interval=700,
                between=broken)
    assert run.samples["restic", "state"] == ("wrong password", "unknown")
    assert run.number("restic", "snapshots") == 3 and run.number("restic", "stored") == pytest.approx(4.1 * GIBI)
    assert run.number("restic", "checked") == pytest.approx(700)


def test_no_repository_configured(read):
    widget = read("backup-server")
    assert widget["error"]["code"] == "unavailable"
    assert widget["error"]["message"] == (
        'No backup is configured: name repositories ("restic:/srv/backup", "borg:/srv/backup") in `repositories`, or'
        " systemd units in `units`")
    assert (widget["status"], widget["instances"]) == ("none", [])


@pytest.mark.parametrize("options, sentence", [
    (["repositories=restic:/x", f"password_file={SECRET}"],
     "password_file: an item is neither an absolute path nor NAME=/path with the name of a repository; a password itself"
     " must not stand in a layout, put it into a file that only you can read"),
    (["repositories=restic:/x", f"password_file=x={SECRET}"], "password_file: an item is neither an absolute path"),
    (["repositories=restic:/x", f"password_command={SECRET}"], "password_command: an item looks like a password itself"),
    (["repositories=restic:/x", f"password_command=echo {SECRET}"], "password_command: an item looks like a password"),
    ([f"repositories=restic:rest:https://joe:{SECRET}@host/"],
     "repositories: an item holds a password, which must not stand in a layout"),
    (["repositories=/srv/restic"], 'repositories: "/srv/restic" names no tool; write it as "restic:LOCATION"'),
    (["repositories=a=restic:/x,a=borg:/y"], 'repositories: two are called "a"; write "NAME=" before one of them'),
    (["repositories=a=restic:"], 'repositories: "a" has no location; write one behind "restic:" or name an'
                                 " environment_file that sets RESTIC_REPOSITORY"),
    (["repositories=restic:/x", "password_file=/p", "password_command=cat /p"],
     '"x" has both a password_file and a password_command; keep one of them'),
    (["repositories=restic:/x", "fresh_for=y=8d"], 'fresh_for: no repository and no unit is called "y"'),
    (["repositories=restic:/x", "fresh_for=x=soon"], 'fresh_for: "x=soon" is not NAME=DURATION, such as "weekly=8d"'),
])
def test_options_that_are_wrong(options, sentence):
    output = Probe("backup", FIXTURES / "backup-server", *options, expect=1).output
    assert f"create failed (invalid): {sentence}" in output
    assert SECRET not in output


# --- Pictures --------------------------------------------------------------------------------------------------


def picture(machine, *options, size, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    return Probe("backup", FIXTURES / machine, *options, size=size).picture


def test_the_picture_of_one(monkeypatch):
    options = ("repositories=restic:/srv/restic", "units=restic-backup.timer")
    assert picture("backup-server", *options, size="60x9", monkeypatch=monkeypatch) == [
        "ok Last         Success (04:00, 7h ago)",
        "   Duration     45m 32s",
        "   Size         15.2G → 4.10G deduplicated",
        "   Count        3 snapshots",
        "   Next         Tomorrow 04:00",
        "   Unit         restic-backup.service: success, ended 04:45",
        "   Holds        /srv /etc",
        "   Hosts        srv01",
        "   Place        restic /srv/restic",
    ]
    small = picture("backup-server", *options, size="36x4", monkeypatch=monkeypatch)
    assert [line[:11].strip() for line in small] == ["ok Last", "Duration", "Size", "Next"]


def test_several_are_a_table(monkeypatch):
    lines = picture("backup-mixed", "repositories=restic:/srv/restic,restic:/mnt/late,borg:/srv/borg", size="76x5",
                    monkeypatch=monkeypatch)
    # No unit tells when the next one is due, so there is no column for it.
    assert lines[0].split() == ["Backup", "Last", "Age", "Took", "Size", "Stored", "Count"]
    assert lines[1].split() == ["ok", "restic", "04:00", "7h", "10G", "3G", "1"]
    assert lines[2].split() == ["W!", "late:", "late", "Yesterday", "06:00", "30h", "2G", "1G", "1"]
    assert lines[3].split() == ["ok", "borg", "04:30", "7h", "12m", "34s", "20G", "8G", "2"]
    lines = picture(
        "backup-server", "repositories=restic:/srv/restic,borg:/srv/nowhere", "units=restic=restic-backup.timer",
        size="90x5", monkeypatch=monkeypatch)
    assert lines[0].split()[-1] == "Next" and lines[1].split()[-2:] == ["Tomorrow", "04:00"]


def test_on_the_screen(dashboard):
    text = "\n".join(dashboard.text(
        layout({"repositories": ["restic:/srv/restic"], "units": ["restic-backup.timer"]}), root=FIXTURES / "backup-server",
        env={"TZ": "UTC"}))
    for part in ("Success (04:00, 7h ago)", "45m 32s", "15.2G → 4.10G deduplicated", "Tomorrow 04:00"):
        assert part in text


# --- The real tools --------------------------------------------------------------------------------------------

needs_tools = pytest.mark.skipif(
    not (shutil.which("restic") and shutil.which("borg")), reason="restic and borg are not installed")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("backups")


@pytest.fixture(scope="module")
def call(home):
    """Runs a tool as the one who makes the backups; returns what it prints."""
    environment = os.environ | {
        "RESTIC_PASSWORD_FILE": f"{home}/restic.pass", "BORG_PASSCOMMAND": f"cat '{home}/borg.pass'",
        "BORG_BASE_DIR": f"{home}/borg-base", "RESTIC_CACHE_DIR": f"{home}/cache"}

    def call(*words):
        return subprocess.run(words, env=environment, check=True, capture_output=True, text=True, cwd=home).stdout

    return call


@pytest.fixture(scope="module")
def store(home, call):
    """A restic and a borg repository with backups made just now."""
    (home / "data").mkdir()
    (home / "data/noise").write_bytes(os.urandom(3 << 20))
    (home / "data/zeros").write_bytes(bytes(1 << 20))
    for tool in ("restic", "borg"):
        path = home / f"{tool}.pass"
        path.write_text(f"{SECRET}-{tool}\n")
        path.chmod(0o600)
    call("restic", "-q", "init", "-r", f"{home}/restic")
    call("restic", "-q", "-r", f"{home}/restic", "backup", "data")
    call("borg", "init", "-e", "repokey", f"{home}/borg")
    call("borg", "create", f"{home}/borg::one", "data")
    call("borg", "create", f"{home}/borg::two", "data")
    return home


@pytest.fixture
def live(dashboard, store):
    """The widget on this machine, three ticks of 2 s after the start; the clock is the real one."""

    def live(ticks=8, env={}, **options):
        document = dashboard.snapshot(
            'refresh = "2s"\n' + layout(options), time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), ticks=ticks,
            env={"BORG_BASE_DIR": f"{store}/borg-base", "HOME": str(store)} | env)
        assert SECRET not in json.dumps(document)
        return index(document["widgets"][0])

    return live


@needs_tools
def test_real_repositories(live, store, call):
    widget = live(repositories=[f"restic:{store}/restic", f"borg:{store}/borg"],
                  password_file=[f"restic={store}/restic.pass"], password_command=[f"borg=cat {store}/borg.pass"])
    restic, borg = widget["by_name"]["restic"], widget["by_name"]["borg"]
    assert (state(restic), state(borg)) == (("success", "ok"), ("success", "ok"))
    assert values(restic, "snapshots", "size", "paths") == [1, 4 << 20, f"{store}/data"]
    assert values(borg, "snapshots", "size", "paths") == [2, 4 << 20, "data"]
    raw = json.loads(call("restic", "-r", f"{store}/restic", "--json", "stats", "--mode", "raw-data"))
    assert restic["stored"]["value"] == raw["total_size"]
    info = json.loads(call("borg", "info", "--json", "--last", "1", f"{store}/borg"))
    assert borg["stored"]["value"] == info["cache"]["stats"]["unique_csize"]
    assert borg["duration"]["value"] == info["archives"][0]["duration"]
    for backup in restic, borg:
        assert abs(time.time() - backup["last"]["value"]) < 600, "in UTC, whatever the zone"


@needs_tools
def test_the_first_tick_says_that_it_is_asking_and_waits_for_nothing(live, store):
    widget = live(ticks=1, repositories=[f"borg:{store}/borg"], password_file=[f"{store}/borg.pass"])
    assert state(widget["by_name"]["borg"])[0] == "asking"


@needs_tools
@pytest.mark.parametrize("tool", ["restic", "borg"])
def test_a_real_wrong_password(live, store, tool):
    wrong = "borg" if tool == "restic" else "restic"
    widget = live(repositories=[f"{tool}:{store}/{tool}"], password_file=[f"{store}/{wrong}.pass"])
    assert widget["by_name"][tool]["error"]["value"] == (
        f"wrong password for {store}/{tool}: correct what {store}/{wrong}.pass holds")


@needs_tools
# borg is given an empty password, so that it cannot ask, and calls that a wrong one.
@pytest.mark.parametrize("tool, word", [("restic", "no password"), ("borg", "wrong password")])
def test_a_real_missing_password_never_waits_for_a_question(live, store, tool, word):
    widget = live(repositories=[f"{tool}:{store}/{tool}"])
    assert state(widget["by_name"][tool]) == (word, "unknown")


@needs_tools
@pytest.mark.parametrize("tool", ["restic", "borg"])
def test_a_real_missing_repository(live, store, tool):
    widget = live(repositories=[f"{tool}:{store}/nowhere"], password_file=[f"{store}/{tool}.pass"])
    assert widget["by_name"]["nowhere"]["error"]["value"] == (
        f"there is no {tool} repository at {store}/nowhere: see whether its disk is mounted, or correct it in repositories")


@needs_tools
@pytest.mark.parametrize("tool", ["restic", "borg"])
def test_a_password_file_that_is_not_there(live, store, tool):
    widget = live(repositories=[f"{tool}:{store}/{tool}"], password_file=[f"{store}/nowhere"])
    assert state(widget["by_name"][tool]) == ("no password", "unknown")
    assert widget["by_name"][tool]["error"]["value"] == (
        f"cannot read the password file {store}/nowhere: see whether it exists and this user may read it")


@needs_tools
def test_location_and_password_from_an_environment_file(live, store, tmp_path):
    (tmp_path / "restic.env").write_text(
        f'# for the backup\nexport RESTIC_REPOSITORY="{store}/restic"\nRESTIC_PASSWORD={SECRET}-restic\n')
    widget = live(repositories=["home=restic:"], environment_file=[f"home={tmp_path}/restic.env"])
    assert values(widget["by_name"]["home"], "snapshots", "size") == [1, 4 << 20]


@needs_tools
def test_a_backup_that_runs_is_not_disturbed(live, store):
    """borg holds its lock while it writes; looking meanwhile must neither fail nor wait."""
    lock = subprocess.Popen(["borg", "with-lock", f"{store}/borg", "sleep", "30"], env=os.environ | {
        "BORG_PASSCOMMAND": f"cat '{store}/borg.pass'", "BORG_BASE_DIR": f"{store}/borg-base"})
    try:
        time.sleep(2)
        assert lock.poll() is None
        backup = live(repositories=[f"borg:{store}/borg"], password_file=[f"{store}/borg.pass"])["by_name"]["borg"]
        assert state(backup) == ("success", "ok") and backup["snapshots"]["value"] == 2
    finally:
        lock.terminate()
        lock.wait()

