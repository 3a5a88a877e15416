"""The history of a running dashboard: full disks, files that are not its own, a second dashboard, readers that stop."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from conftest import PROGRAM, children

LAYOUT = 'title = "History"\nrefresh = "500ms"\ngrid = """\nmemory\n"""\n'
NOTHING = "Nothing is recorded"
# "CMDH"
APPLICATION = 0x434D4448

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system, which only root may")


class History:
    """Dashboards that record into one folder."""

    def __init__(self, dashboard, folder):
        self._dashboard = dashboard
        self.state = folder / "state"
        self.folder = self.state / "cm-dashboard"
        self.database = self.folder / "history.db"
        self.folder.mkdir(parents=True)

    def open(self, env=(), size=(100, 24)):
        """The terminal, once it shows values."""
        terminal = self._dashboard.terminal(
            layout=LAYOUT, size=size, env={"XDG_STATE_HOME": self.state, **dict(env)})
        shows(terminal)
        return terminal

    def ask(self, sql, *arguments):
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)) as database:
            return database.execute(sql, arguments).fetchall()

    def wait_recorded(self, more_than=0, timeout=15):
        """Waits until the database names so many sources."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                if self.database.exists() and self.ask("SELECT count(*) FROM sqlite_schema")[0][0] > more_than:
                    return
            except sqlite3.OperationalError:
                pass
            assert time.monotonic() < deadline, "no database was made"
            time.sleep(0.05)

    @property
    def chunks(self):
        return self.ask("SELECT count(*) FROM chunk WHERE id >> 60 = 0")[0][0]

    def is_whole(self):
        assert self.ask("PRAGMA quick_check") == [("ok",)]


@pytest.fixture
def history(dashboard, tmp_path):
    return History(dashboard, tmp_path)


def shows(terminal):
    """The values of the machine are there, whatever becomes of the history."""
    terminal.wait_for(re.compile(r"\d+ ?%|[GM]i?B"))


def quit(terminal):
    terminal.send("q")
    try:
        status = terminal.wait_exit(timeout=5)
    except AssertionError:
        # It has closed a message that had come meanwhile.
        terminal.send("q")
        status = terminal.wait_exit()
    assert status == 0


def hears_keys(terminal):
    terminal.send("?")
    terminal.wait_for("Shift-Tab")
    terminal.send("Escape")
    terminal.wait_gone("Shift-Tab")


def recorder(terminal):
    """The process that records: the program itself, or the one that a shell has started."""
    return next(
        process for process in [terminal.pid, *children(terminal.pid)]
        if os.path.realpath(f"/proc/{process}/exe") == str(PROGRAM))  # fmt: skip


def holds_lock(process, folder):
    """Whether a process has the lock of whoever records."""
    number = os.stat(folder / "history.lock").st_ino
    return any(
        words[4] == str(process) and words[5].endswith(f":{number}")
        for words in map(str.split, Path("/proc/locks").read_text().splitlines()) if words[1] != "->")  # fmt: skip


# What cannot be recorded is said in one sentence, and nothing else changes


def test_what_is_seen_is_there_after_the_end(history):
    terminal = history.open()
    history.wait_recorded()
    time.sleep(2.5)
    quit(terminal)
    assert history.chunks == 1
    assert history.ask("SELECT plugin FROM source") == [("memory",)]
    history.is_whole()
    assert history.database.stat().st_mode & 0o777 == 0o600


def not_a_database(history):
    history.database.write_bytes(os.urandom(20_000))


def anothers_database(history):
    with closing(sqlite3.connect(history.database)) as database:
        database.execute("CREATE TABLE mine(value)")
        database.execute("INSERT INTO mine VALUES('kept')")
        database.commit()


def newer_database(history):
    with closing(sqlite3.connect(history.database)) as database:
        database.execute("CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB)")
        database.execute(f"PRAGMA application_id={APPLICATION}")
        database.execute("PRAGMA user_version=99")
        database.commit()


def folder_is_a_file(history):
    history.folder.rmdir()
    history.folder.write_text("mine")


def database_is_a_folder(history):
    history.database.mkdir()


def database_is_a_pipe(history):
    os.mkfifo(history.database)


def lock_is_a_link(history):
    (history.folder / "history.lock").symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    "prepare",
    [anothers_database, newer_database, folder_is_a_file, database_is_a_folder, database_is_a_pipe, lock_is_a_link],
    ids=lambda function: function.__name__)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_of_and_left_alone(history, prepare):
    prepare(history)
    before = contents(history.state)
    terminal = history.open()
    terminal.wait_for(NOTHING)
    # Once: a message that a key has taken away does not come back.
    hears_keys(terminal)
    time.sleep(12)
    assert NOTHING not in terminal.screen
    shows(terminal)
    quit(terminal)
    assert contents(history.state) == before


def contents(folder):
    """Each file's bytes, but for the lock's, which may come."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "history.lock")
    return {path: path.read_bytes() for path in files}


@needs_root
def test_a_read_only_file_system(history):
    with mounted(history.state, "-o", "ro,size=1m"):
        terminal = history.open()
        terminal.wait_for(NOTHING)
        hears_keys(terminal)
        quit(terminal)


@contextmanager
def mounted(folder, *options):
    """A file system in memory; nobody outside of this test's folder sees it."""
    subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


# What goes wrong while it records


@needs_root
@pytest.mark.limit(180)
def test_a_full_disk_pauses_and_room_resumes(history):
    with mounted(history.state, "-o", "size=2m"):
        history.folder.mkdir()
        terminal = history.open()
        history.wait_recorded()
        filler = history.state / "filler"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(b"x" * 4096)
        # A question about the past has everything written at once: no minute must pass.
        terminal.send("+")
        terminal.wait_for(NOTHING, timeout=90)
        shows(terminal)
        hears_keys(terminal)
        filler.unlink()
        terminal.wait_for("recorded again", timeout=90)
        quit(terminal)
        assert history.chunks >= 1
        history.is_whole()


def test_a_database_that_is_deleted_meanwhile(history):
    terminal = history.open()
    history.wait_recorded()
    time.sleep(3)
    for file in history.folder.glob("history.db*"):
        file.unlink()
    time.sleep(3)
    shows(terminal)
    hears_keys(terminal)
    quit(terminal)
    # The next one begins anew.
    terminal = history.open()
    history.wait_recorded()
    quit(terminal)
    history.is_whole()


@pytest.mark.limit(180)
def test_two_dashboards_record_once(history):
    first = history.open()
    history.wait_recorded()
    second = history.open()
    time.sleep(4)
    processes = recorder(first), recorder(second)
    assert [holds_lock(process, history.folder) for process in processes] == [True, False]
    assert NOTHING not in second.screen
    quit(first)
    assert history.chunks == 1
    deadline = time.monotonic() + 15
    while not holds_lock(processes[1], history.folder):
        assert time.monotonic() < deadline, "the second one does not take over"
        time.sleep(0.1)
    time.sleep(3)
    quit(second)
    assert history.chunks == 2
    history.is_whole()


@pytest.mark.limit(180)
def test_a_killed_one_makes_room_for_the_next(history):
    first = history.open()
    history.wait_recorded()
    process = recorder(first)
    os.kill(process, signal.SIGKILL)
    second = history.open()
    history.wait_recorded()
    time.sleep(3)
    assert holds_lock(recorder(second), history.folder)
    quit(second)
    history.is_whole()


READER = """
import sqlite3, sys, time
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
database.execute("BEGIN")
database.execute("SELECT count(*) FROM source").fetchall()
print("reading", flush=True)
time.sleep(600)
"""


def test_a_reader_that_stops_in_the_middle(history):
    terminal = history.open()
    history.wait_recorded()
    reader = subprocess.Popen([sys.executable, "-c", READER, history.database], stdout=subprocess.PIPE, text=True)
    try:
        assert reader.stdout.readline() == "reading\n"
        reader.send_signal(signal.SIGSTOP)
        time.sleep(3)
        shows(terminal)
        started = time.monotonic()
        quit(terminal)
        assert time.monotonic() - started < 8, "the end waits for the reader"
    finally:
        reader.kill()
        reader.wait()
        reader.stdout.close()
    assert history.chunks == 1
    assert sum(file.stat().st_size for file in history.folder.glob("*-wal")) < 8 << 20


# The screen never waits for the disk


SLOW = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Files of the history take two seconds for each write and each fsync, once there is the file named by SLOW. */
static int is_slow(int file) {
    char link[64], path[512];
    extern char *getenv(const char *);
    const char *name = getenv("SLOW");
    if (!name || access(name, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "history.db") != NULL;
}

static void wait(int file) { if (is_slow(file)) sleep(2); }

ssize_t pwrite64(int file, const void *data, size_t size, off64_t place) {
    static ssize_t (*own)(int, const void *, size_t, off64_t);
    if (!own) *(void **)&own = dlsym(RTLD_NEXT, "pwrite64");
    wait(file);
    return own(file, data, size, place);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t place) { return pwrite64(file, data, size, place); }

int fdatasync(int file) {
    static int (*own)(int);
    if (!own) *(void **)&own = dlsym(RTLD_NEXT, "fdatasync");
    wait(file);
    return own(file);
}

int fsync(int file) {
    static int (*own)(int);
    if (!own) *(void **)&own = dlsym(RTLD_NEXT, "fsync");
    wait(file);
    return own(file);
}
"""


@pytest.mark.alone
@pytest.mark.limit(180)
def test_keys_do_not_wait_for_the_disk(history, tmp_path):
    library, slow = tmp_path / "slow.so", tmp_path / "slow"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", library, "-ldl"], input=SLOW, text=True, check=True)
    terminal = history.open(env={"LD_PRELOAD": library, "SLOW": slow})
    history.wait_recorded()
    process = recorder(terminal)
    slow.touch()
    # A question about the past has the thread write.
    terminal.send("+")
    deadline = time.monotonic() + 70
    while not sleeping_threads(process):
        assert time.monotonic() < deadline, "no thread waits for the disk"
        time.sleep(0.02)
    took = []
    # Escape by itself is told from a sequence by waiting.
    for key, shown in [("?", True), ("?", False)] * 8:
        started = time.monotonic()
        terminal.send(key)
        while ("Shift-Tab" in terminal.screen) != shown:
            assert time.monotonic() < started + 5, terminal.screen
        took.append(time.monotonic() - started)
    assert sleeping_threads(process), "the disk was not slow meanwhile"
    slow.unlink()
    # With what tmux takes for a key and for a look at the screen.
    assert sorted(took)[len(took) // 2] < 0.1 and max(took) < 0.5, took
    quit(terminal)


def sleeping_threads(process):
    """Threads beside the main one that are in the sleep of the slow disk."""
    found = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        if int(thread.name) != process and (thread / "syscall").exists():
            words = (thread / "syscall").read_text().split()
            if words[0] in ("35", "230"):  # nanosleep, clock_nanosleep
                found.append(thread.name)
    return found
