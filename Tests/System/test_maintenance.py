"""`hosts maintenance`: who is in it, where that is kept, and that what stands there is never lost."""

import fcntl
import json
import os
import re
import stat
import subprocess
import time
from pathlib import Path

import pytest
from conftest import PROGRAM, environment

HOSTS = """version = 1
[host.srv01]
role = "server"
[host.cmbox]
role = "workstation"
[host.labbox]
role = "lab"
[host.simonbox]
role = "workstation"
"""
NAMES = ["cmbox", "labbox", "simonbox", "srv01"]
# 2025-10-11 20:59:16 and 2100-01-01 00:00:00 in UTC.
SINCE, UNTIL = 1760216356, 4102444800
STANDS = {"labbox": {"since": SINCE}}


@pytest.fixture
def command(dashboard):
    return Command(dashboard)


class Command:
    """`hosts maintenance` of a dashboard with four hosts, and the file that it keeps."""

    def __init__(self, dashboard):
        self.dashboard = dashboard
        self.folder = dashboard.home / ".local/state/cm-dashboard"
        self.path = self.folder / "maintenance.json"
        configuration = dashboard.home / ".config/cm-dashboard"
        configuration.mkdir(parents=True)
        self.hosts_toml = configuration / "hosts.toml"
        self.hosts_toml.write_text(HOSTS)

    def run(self, *arguments, **more):
        return self.dashboard.run("hosts", "maintenance", *arguments, **more)

    def lines(self, *arguments, **more):
        """What it prints, all being well."""
        done = self.run(*arguments, **more)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout.splitlines()

    def wrong(self, *arguments, status=2, **more):
        return self.dashboard.wrong("hosts", "maintenance", *arguments, status=status, **more)

    def write(self, text):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def keep(self, hosts):
        self.write(json.dumps({"version": 1, "hosts": hosts}))

    @property
    def kept(self):
        document = json.loads(self.path.read_text())
        assert sorted(document) == ["hosts", "version"] and document["version"] == 1
        return document["hosts"]


# What it does


def test_at_first_nobody_is_in_it(command):
    assert command.lines() == ["no host is in maintenance"]
    assert command.lines("off", "--all") == ["no host was in maintenance"]
    assert command.lines("off", "labbox") == ["labbox: was not in maintenance"]
    # Nothing was to be kept.
    assert not (command.dashboard.home / ".local").exists()


def test_on_and_off(command):
    before = int(time.time())
    (line,) = command.lines("on", "labbox")
    after = int(time.time())
    assert re.fullmatch(r"labbox  since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  until it is ended", line)
    ((name, host),) = command.kept.items()
    assert (name, list(host)) == ("labbox", ["since"]) and before <= host["since"] <= after
    assert command.lines() == command.lines("list") == [line]
    assert command.lines("off", "labbox", "srv01") == ["labbox: maintenance has ended", "srv01: was not in maintenance"]
    assert command.kept == {}
    assert command.lines() == ["no host is in maintenance"]


def test_the_file_is_for_its_user_alone(command):
    command.lines("on", "labbox")
    home = command.dashboard.home
    for folder in (home / ".local", home / ".local/state", command.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(os.listdir(command.folder)) == ["maintenance.json", "maintenance.json.lock"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in command.folder.iterdir()} == {0o600}
    # Who has given it other rights has a reason.
    command.path.chmod(0o644)
    command.lines("on", "srv01")
    assert stat.S_IMODE(command.path.stat().st_mode) == 0o644


@pytest.mark.parametrize("text, seconds", [("2h", 7200), ("90s", 90), ("1d", 86400), ("1500ms", 2)])
def test_for_so_long(command, text, seconds):
    command.lines("on", "labbox", "--for", text)
    host = command.kept["labbox"]
    assert host["until"] - host["since"] == seconds


def test_marked_again_it_keeps_its_beginning(command):
    command.keep({"labbox": {"since": SINCE, "until": UNTIL}})
    assert command.lines("on", "labbox") == ["labbox  since 2025-10-11 20:59:16  until it is ended"]
    assert command.kept == STANDS
    before = int(time.time())
    command.lines("on", "labbox", "--for", "2h")
    host = command.kept["labbox"]
    assert host["since"] == SINCE and before + 7200 <= host["until"] <= time.time() + 7200


def test_times_are_those_of_the_zone(command):
    command.keep({"labbox": {"since": SINCE, "until": UNTIL}, "srv01": {"since": SINCE, "until": None}})
    assert command.lines() == [
        "labbox  since 2025-10-11 20:59:16  until 2100-01-01 00:00:00",
        "srv01   since 2025-10-11 20:59:16  until it is ended",
    ]
    assert command.lines(env={"TZ": "HERE-5:30"})[0] == "labbox  since 2025-10-12 02:29:16  until 2100-01-01 05:30:00"


def test_what_is_over_is_over(command):
    command.keep({"labbox": {"since": SINCE, "until": SINCE + 60}})
    assert command.lines() == ["no host is in maintenance"]
    assert command.lines("off", "labbox") == ["labbox: was not in maintenance"]
    command.lines("on", "srv01")
    assert list(command.kept) == ["srv01"]


def test_many_at_once(command):
    assert [line.split()[0] for line in command.lines("on", "--all")] == NAMES
    assert sorted(command.kept) == NAMES
    assert command.lines("off", "--role", "workstation", "--role", "lab") == [
        f"{name}: maintenance has ended" for name in ("cmbox", "labbox", "simonbox")
    ]
    assert list(command.kept) == ["srv01"]
    command.lines("on", "labbox", "labbox", "--role", "workstation")
    assert sorted(command.kept) == NAMES
    assert len(command.lines("off", "--all")) == 4 and command.kept == {}


def test_a_host_that_is_watched_no_more_can_be_ended(command):
    command.keep({"oldbox": {"since": SINCE}, "labbox": {"since": SINCE}, "gone": {"since": SINCE}})
    assert command.lines()[0] == "gone    since 2025-10-11 20:59:16  until it is ended  (not in hosts.toml)"
    assert command.wrong("on", "oldbox")[0].startswith('cm-dashboard: there is no host "oldbox" in hosts.toml; ')
    assert command.wrong("off", "oldbx")[0].endswith('; did you mean "oldbox"?')
    assert command.lines("off", "oldbox") == ["oldbox: maintenance has ended"]
    assert sorted(command.kept) == ["gone", "labbox"]
    command.lines("off", "--all")
    assert command.kept == {}


def test_the_hosts_are_those_of_config(command):
    other = command.dashboard.folder / "other-hosts.toml"
    other.write_text("version = 1\n[host.elsewhere]\n")
    command.lines("on", "elsewhere", "--config", other)
    assert list(command.kept) == ["elsewhere"]
    assert command.lines("--config", other) == [line.removesuffix("  (not in hosts.toml)") for line in command.lines()]
    assert command.wrong("off", "labbox", "--config", other)[0].endswith("; expected one of elsewhere")


def test_help_has_examples(command):
    for arguments in (["--help"], ["list", "--help"], ["on", "--help"], ["off", "--help"]):
        text = "\n".join(command.lines(*arguments))
        assert "EXAMPLES\n  cm-dashboard hosts maintenance" in text


def test_the_text_of_the_file(command):
    names = ["z", "Z", "a/b", "\u00e9", 'q"\\', "\x07\n\x85"]
    command.keep({name: {"since": SINCE + i, "until": UNTIL if i % 2 else None} for i, name in enumerate(names)})
    command.lines("off", "Z")
    assert command.path.read_text() == """{
  "hosts" : {
    "\\u0007\\n\\u0085" : {
      "since" : 1760216361,
      "until" : 4102444800
    },
    "a/b" : {
      "since" : 1760216358
    },
    "q\\"\\\\" : {
      "since" : 1760216360
    },
    "z" : {
      "since" : 1760216356
    },
    "\u00e9" : {
      "since" : 1760216359,
      "until" : 4102444800
    }
  },
  "version" : 1
}
"""


def test_an_editor_may_write_a_byte_order_mark(command):
    command.write(b"\xef\xbb\xbf" + json.dumps({"version": 1, "hosts": STANDS}).encode())
    assert command.lines() == ["labbox  since 2025-10-11 20:59:16  until it is ended"]


# Where it is kept


def test_xdg_state_home_counts(command):
    place = command.dashboard.folder / "state"
    command.lines("on", "labbox", env={"XDG_STATE_HOME": place})
    assert (place / "cm-dashboard/maintenance.json").exists() and not command.path.exists()
    # A relative one is to be ignored.
    command.lines("on", "srv01", env={"XDG_STATE_HOME": "state"})
    assert list(command.kept) == ["srv01"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run it as a user whom no database knows")
def test_without_a_home(command):
    sentence = "neither XDG_STATE_HOME, HOME nor the user database says where to keep who is in maintenance; set HOME"
    done = subprocess.run(
        [str(PROGRAM), "hosts", "maintenance"], env=environment(command.dashboard.home, {"HOME": None}), cwd="/",
        user=12345, group=12345, extra_groups=[], capture_output=True, text=True, timeout=60)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"cm-dashboard: {sentence}\n")


def test_a_link_is_followed(command):
    target = command.dashboard.folder / "marks.json"
    command.keep(STANDS)
    command.path.rename(target)
    command.path.symlink_to(target)
    command.lines("on", "srv01")
    assert command.path.is_symlink() and sorted(json.loads(target.read_text())["hosts"]) == ["labbox", "srv01"]
    # What it leads to is not there for the moment, and may be tomorrow.
    target.unlink()
    assert command.wrong("on", "srv01") == [f"cm-dashboard: {command.path} cannot be read: No such file or directory"]
    assert command.path.is_symlink() and not target.exists()


# A wrong command line


def test_all_wrong_names_are_told_and_nothing_is_changed(command):
    command.keep(STANDS)
    before = command.path.read_bytes()
    hosts, roles = "expected one of srv01, cmbox, labbox, simonbox", "expected one of server, workstation, lab"
    said = command.wrong("on", "srv01", "labx", "nobody", "--role", "labb")
    assert said == [
        f'cm-dashboard: there is no host "labx" in hosts.toml; {hosts}; did you mean "labbox"?',
        f'cm-dashboard: there is no host "nobody" in hosts.toml; {hosts}',
        f'cm-dashboard: there is no role "labb" in hosts.toml; {roles}; did you mean "lab"?',
    ]
    assert command.wrong("off", "labbox", "srv1")[0].endswith('; did you mean "srv01"?')
    assert command.path.read_bytes() == before
    (line,) = command.wrong("on", "a\x1b[31m")
    assert "\x1b" not in line and "U+001B" in line
    command.hosts_toml.write_text("version = 1\n[host.srv01]\n")
    assert command.wrong("on", "--role", "lab") == [
        'cm-dashboard: there is no role "lab" in hosts.toml; expected none, since no host has a role'
    ]


@pytest.mark.parametrize("arguments, sentence", [
    (["on"], "name the hosts, or give --role or --all"),
    (["off", "--config", "."], "name the hosts, or give --role or --all"),
    (["on", "--all", "labbox"], "--all means every host; leave out the names and --role, or --all"),
    (["off", "--all", "--role", "lab"], "--all means every host; leave out the names and --role, or --all"),
    (["on", "labbox", "--for", "soon"], "--for expects a duration from 1s to 365d, like \"2s\"; not 'soon'"),
    (["on", "labbox", "--for=-2h"], "--for expects a duration from 1s to 365d, like \"2s\"; not '-2h'"),
    (["on", "labbox", "--for", "366d"], "--for expects a duration from 1s to 365d, like \"2s\"; not '366d'"),
    (["off", "labbox", "--for", "2h"], "Unknown option '--for'. Did you mean '--role'?"),
    (["labbox"], "Unexpected argument 'labbox'"),
])  # fmt: skip
def test_a_wrong_command_line(command, arguments, sentence):
    assert command.wrong(*arguments)[0] == f"Error: {sentence}"
    assert not command.folder.exists()


def test_a_wrong_configuration_is_told_first(command):
    command.hosts_toml.write_text('version = 1\n[host.srv01]\nrol = "server"\n')
    for arguments in ([], ["on", "srv01"], ["off", "srv01"]):
        assert command.wrong(*arguments)[0].startswith(f'{command.hosts_toml}:3:1: error: unknown key "rol" ')
    assert not command.folder.exists()


# A wrong file

WHEN = "whole Unix seconds before the year 10000"
MEND = "; mend the file, or move it away"


def host(text):
    return '{"version": 1, "hosts": {"labbox": ' + text + "}}"


@pytest.mark.parametrize("text, sentence", [
    ("", f"the file is empty{MEND}"),
    ('{"version": 1, "hosts": {', f"this is no JSON{MEND}"),
    ('{"version": 1, "hosts": {},}', f"this is no JSON{MEND}"),
    ('{"version": 1, "hosts": {}} {}', f"this is no JSON{MEND}"),
    ('{"version": 1e400, "hosts": {}}', f"this is no JSON{MEND}"),
    ('{"hosts":' * 5000, f"this is no JSON{MEND}"),
    ("null", f"the file is of the wrong kind; expected an object: {{…}}{MEND}"),
    (b'{"version": 1, "hosts": {"\xff": {"since": 1}}}', f"this is no JSON{MEND}"),
    ("[]", f"the file is of the wrong kind; expected an object: {{…}}{MEND}"),
    ('{"hosts": {}}', f'there is no "version"{MEND}'),
    ('{"version": "1", "hosts": {}}', f'"version" is of the wrong kind; expected 1{MEND}'),
    ('{"version": 0, "hosts": {}}', f'"version" is 0; expected 1{MEND}'),
    ('{"version": 1}', f'there is no "hosts"{MEND}'),
    ('{"version": 1, "hosts": []}', f'"hosts" is of the wrong kind; expected an object: {{…}}{MEND}'),
    ('{"version": 1, "host": {}}', f'"host" is no key that is known; expected version or hosts{MEND}'),
    (host("true"), f'"hosts.labbox" is of the wrong kind; expected an object: {{…}}{MEND}'),
    (host("{}"), f'there is no "hosts.labbox.since"{MEND}'),
    (host('{"since": null}'), f'"hosts.labbox.since" is of the wrong kind; expected {WHEN}{MEND}'),
    (host('{"since": "today"}'), f'"hosts.labbox.since" is of the wrong kind; expected {WHEN}{MEND}'),
    (host('{"since": -1}'), f'"hosts.labbox.since" is -1; expected {WHEN}{MEND}'),
    (host('{"since": 1.5}'), f'"hosts.labbox.since" is 1.5; expected {WHEN}{MEND}'),
    (host('{"since": 1760216356000}'), f'"hosts.labbox.since" is 1760216356000; expected {WHEN}{MEND}'),
    (host('{"since": 1, "until": 1e30}'), f'"hosts.labbox.until" is 1e+30; expected {WHEN}{MEND}'),
    (host('{"since": 1, "untill": 2}'), f'"hosts.labbox.untill" is no key that is known; expected since or until{MEND}'),
    ('{"version": 2, "marks": []}', "the file is of version 2, and this cm-dashboard reads no version above 1;"
     " use a newer cm-dashboard, or move the file away"),
])  # fmt: skip
def test_a_file_that_is_wrong_is_told_and_kept(command, text, sentence):
    command.write(text)
    before = command.path.read_bytes()
    for arguments in ([], ["on", "srv01"], ["off", "labbox"], ["on", "--all"]):
        assert command.wrong(*arguments, status=1) == [f"cm-dashboard: {command.path}: {sentence}"]
        assert command.path.read_bytes() == before
    assert set(os.listdir(command.folder)) <= {"maintenance.json", "maintenance.json.lock"}
    # Moved away, as the sentence says, all is well.
    command.path.rename(command.folder / "away")
    command.lines("on", "srv01")
    assert list(command.kept) == ["srv01"]


def test_names_in_the_file_do_not_reach_the_terminal_as_they_are(command):
    command.write('{"version": 1, "hosts": {"a\\u001b[31m\\n": {"since": 1}, "b\\u0007": {"since": 1}}}')
    said = command.lines() + command.lines("off", "--all")
    assert len(said) == 4 and not re.search("[\x00-\x1f\x7f-\x9f]", "".join(said))
    command.write(host('{"since": 1, "\\u001b[31m": 2}'))
    assert "U+001B" in command.wrong(status=1)[0]


def test_a_folder_in_place_of_the_file(command):
    command.path.mkdir(parents=True)
    for arguments in ([], ["on", "srv01"]):
        assert command.wrong(*arguments) == [f"cm-dashboard: {command.path} cannot be read: Is a directory"]


# A disk that is not as it should be


def without_rights(*arguments):
    """The command line for somebody who may not write everywhere: root without what makes it root."""
    command = [str(PROGRAM), "hosts", "maintenance", *arguments]
    if os.geteuid() != 0:
        return command
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if subprocess.run([*drop, "true"], capture_output=True).returncode != 0:
        pytest.skip("root cannot give up its rights here")
    return drop + command


def fails(line, home):
    done = subprocess.run(line, env=environment(home), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    return done.stderr


def test_a_folder_that_cannot_be_written(command):
    command.keep(STANDS)
    before = command.path.read_bytes()
    home, path = command.dashboard.home, command.path
    command.folder.chmod(0o500)
    try:
        said = fails(without_rights("on", "srv01"), home)
        assert said == f"cm-dashboard: {path}.lock cannot be opened: Permission denied\n"
        command.folder.chmod(0o700)
        Path(f"{path}.lock").touch()
        command.folder.chmod(0o500)
        said = fails(without_rights("off", "labbox"), home)
        assert re.fullmatch(rf"cm-dashboard: {path}\.new-\d+ cannot be written: Permission denied\n", said)
        # Reading needs no right to write.
        listed = subprocess.run(without_rights(), env=environment(home), capture_output=True, text=True, timeout=60)
        assert (listed.returncode, listed.stdout.split()[0]) == (0, "labbox")
    finally:
        command.folder.chmod(0o700)
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_read(command):
    command.keep(STANDS)
    command.path.chmod(0)
    for arguments in ([], ["on", "srv01"]):
        said = fails(without_rights(*arguments), command.dashboard.home)
        assert said == f"cm-dashboard: {command.path} cannot be read: Permission denied\n"
    command.path.chmod(0o600)
    assert command.kept == STANDS


def test_a_folder_that_cannot_be_made(command):
    blocked = command.dashboard.home / ".local"
    blocked.write_text("a file")
    folder = command.dashboard.home / ".local/state"
    assert command.wrong("on", "srv01") == [f"cm-dashboard: the folder {blocked} cannot be made: File exists"]
    # Nobody can read what is below a file.
    assert command.wrong() == [f"cm-dashboard: {folder}/cm-dashboard/maintenance.json cannot be read: Not a directory"]


def test_a_full_disk_leaves_the_old_file(command):
    command.keep(STANDS)
    before = command.path.read_bytes()
    # A file that would grow beyond the limit is refused as one on a full disk is.
    line = ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh", str(PROGRAM), "hosts", "maintenance", "on", "srv01"]
    said = fails(line, command.dashboard.home)
    assert re.fullmatch(rf"cm-dashboard: {command.path}\.new-\d+ cannot be written: File too large\n", said)
    assert command.path.read_bytes() == before
    assert sorted(os.listdir(command.folder)) == ["maintenance.json", "maintenance.json.lock"]


# Two at once


def test_two_programs_at_once_wait_for_each_other(command):
    command.folder.mkdir(parents=True)
    line = [str(PROGRAM), "hosts", "maintenance", "on", "srv01"]
    with open(f"{command.path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        writer = subprocess.Popen(line, env=environment(command.dashboard.home), stdout=subprocess.DEVNULL)
        try:
            wait_until_open(writer, lock.name)
            # It waits with the lock's file open; what is written now it has to see.
            command.keep(STANDS)
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert writer.wait(30) == 0
        finally:
            writer.kill()
            writer.wait()
    assert sorted(command.kept) == ["labbox", "srv01"]


def wait_until_open(process, path, timeout=30):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        assert process.poll() is None, "it has not waited for the lock"
        for link in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                if os.readlink(link) == path:
                    return
            except OSError:
                continue
        time.sleep(0.01)
    raise AssertionError(f"it has not opened {path} within {timeout} s")


def test_no_mark_is_lost_among_many_writers(command):
    names = [f"box{number}" for number in range(8)]
    command.hosts_toml.write_text("version = 1\n" + "".join(f"[host.{name}]\n" for name in names))
    lines = [[str(PROGRAM), "hosts", "maintenance", "on", name] for name in names]
    started = [
        subprocess.Popen(line, env=environment(command.dashboard.home), stdout=subprocess.DEVNULL) for line in lines
    ]
    assert [process.wait(60) for process in started] == [0] * len(names)
    assert sorted(command.kept) == sorted(names)


@pytest.mark.slow
def test_a_lock_that_is_never_given_back(command):
    command.keep(STANDS)
    with open(f"{command.path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = command.wrong("on", "srv01")
        assert said == [f"cm-dashboard: {lock.name} cannot be locked: another program holds it; try again"]
    assert command.kept == STANDS
