"""What a real terminal does to the program, and what the program leaves of it."""

import os
import re
import resource
import signal
import subprocess
import termios
import time
from pathlib import Path
from random import Random

import pytest
from conftest import PROGRAM, children, environment, is_running, still_running
from raw_terminal import RawTerminal
from test_terminal import MOVING, cells, check_restored, shell, start  # noqa: F401


@pytest.fixture
def raw(dashboard):
    opened = []

    def open_terminal(*arguments, size=(100, 24), env=(), wait=b"quit"):
        command = [str(PROGRAM), *map(str, arguments)]
        terminal = RawTerminal(command, environment(dashboard.home, env), size, dashboard.folder)
        opened.append(terminal)
        if wait:
            terminal.wait_for(wait)
        return terminal

    yield open_terminal
    for terminal in opened:
        terminal.close()


@pytest.fixture
def demo(dashboard):
    """The simulated fleet, paused: nothing changes but by keys."""

    def open_demo(size=(110, 24), **more):
        screen = dashboard.terminal("--demo", size=size, **more)
        screen.wait_for(re.compile(r"srv01 .*\n.*cmbox .*\n.*labbox .*\n.*simonbox .*\n.*steambox +online"))
        screen.settle(quiet=0.5)
        screen.send("Space")
        screen.wait_for("paused")
        screen.settle(quiet=0.5)
        return screen

    return open_demo


def without_clock(lines):
    """The lines without the time, and without ages, which grow while nothing else changes."""
    return [re.sub(r"\d\d:\d\d:\d\d|\s*\b\d+[dhm] \d+[hms]\b", "", line) for line in lines]


def wait_until(condition, timeout=10):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


# Input


def test_a_paste_is_no_keys(demo):
    screen = demo()
    before = without_clock(screen.lines())
    for paste in (b"\x1b[200~examine mbox\nquarterly q\x1b[201~", b"examine mbox quarterly\r"):
        screen.bytes(paste)
        screen.wait_for("Pasted text does nothing here")
        assert without_clock(screen.lines())[:-1] == before[:-1]
        time.sleep(0.3)
        screen.send("x")
        screen.wait_for("Esc mark none")
        screen.send("Escape")
        screen.wait_gone("mark none")
        screen.send("Up")
        screen.settle()
    screen.send("/")
    screen.wait_for("/_")
    screen.bytes(b"\x1b[200~la\tb\nq\x1b[201~")
    screen.wait_for("/lab_")
    screen.type("b")
    screen.wait_for("/labb_")


UNKNOWN = [
    b"\x1b]11;rgb:1d1d/1f1f/2121\x1b\\", b"\x1b]10;rgb:ffff/ffff/ffff\x07", b"\x1b[?64;1;9;15;22c",
    b"\x1bP>|xterm(390)\x1b\\",
    b"\x1b_Gi=31;q\x1b\\", b"\x1b[I", b"\x1b[O", b"\x1b[109;6u", b"\x1b[113u", b"\x1b[27;5;113~", b"\x1b[1;5A",
    b"\x1b[24;4~",
    b"\x1b[5;3~", b"\x1b[3;1R", b"\x1b[<35;10;10M", b"\x1b[?2026;2$y", b"\x1b[[q", b"\x1bOq", b"\x1bq", b"\x1bm",
    b"\x1bx",
    b"\x1b/", b"\x1b\r", b"\x1b[201~", b"\x1b\x1b[B", b"\x1b[M\x23\x30\x30",
]  # fmt: skip


def test_what_is_no_key_changes_nothing(demo):
    screen = demo()
    # A filter that is kept, a mark, and the help: Escape, and any key, would end each of them.
    screen.send("/")
    screen.type("o")
    screen.send("Enter")
    screen.wait_gone("/o_")
    screen.send("x")
    screen.wait_for("mark none")
    for prepared in ((), ("?",)):
        if prepared:
            screen.send(*prepared)
            screen.wait_for("this help")
        before = without_clock(screen.settle(quiet=0.5))
        for sequence in UNKNOWN:
            screen.bytes(sequence)
            time.sleep(0.02)
        time.sleep(0.3)
        assert without_clock(screen.settle()) == before


def test_what_is_no_key_leaves_a_tour_of_hosts(demo):
    screen = demo()
    screen.send("x", "Down", "x")
    screen.wait_for("open 2 hosts")
    screen.send("Enter")
    screen.wait_for("1 of 2")
    screen.send("]")
    screen.wait_for("2 of 2")
    for sequence in UNKNOWN:
        screen.bytes(sequence)
        time.sleep(0.02)
    time.sleep(0.3)
    screen.settle()
    assert "2 of 2" in screen.lines()[0]


def test_a_sequence_may_come_in_pieces(start):  # noqa: F811
    screen = start(MOVING)
    screen.send("Tab")
    for pieces, place in [((b"\x1b[", b"B"), " 1/30 "), ((b"\x1b[1;", b"1B"), " 2/30 "), ((b"\x1bO", b"A"), " 1/30 ")]:
        for piece in pieces:
            screen.bytes(piece)
            time.sleep(0.1)
        screen.wait_for(place)


@pytest.mark.parametrize(
    "term, sequence",
    [("linux", b"\x1b[4~"), ("rxvt", b"\x1b[8~"), ("xterm", b"\x1bOF"), ("tmux-256color", b"\x1b[4~")],
)
def test_keys_are_those_of_the_terminal(start, term, sequence):  # noqa: F811
    screen = start(MOVING, env={"TERM": term})
    screen.send("Tab")
    screen.bytes(sequence)
    screen.wait_for("30/30")


@pytest.mark.parametrize(
    "term", ["xterm-256color", "tmux-256color", "screen", "rxvt-unicode-256color", "linux", "vt220"]
)
def test_the_mouse_reaches_every_column(start, term):  # noqa: F811
    text = 'grid = "a b c d"\nrefresh = "60s"\n' + "".join(
        f'[widget.{name}]\nplugin = "plain"\ntitle = "{name.upper() * 3}"\nset = "steady"\n' for name in "abcd"
    )
    screen = start(text, (300, 12), env={"TERM": term}, wait="42%")
    screen.settle()
    assert screen.modes["mouse_sgr_flag"]
    for column, title in ((40, "AAA"), (240, "DDD"), (223, "CCC")):
        screen.mouse(column, 4)
        time.sleep(0.1)
        screen.mouse(column, 4)
        alone = [name for name in ("AAA", "BBB", "CCC", "DDD") if name != title]
        screen.wait_for(lambda lines: title in lines[1] and not any(name in lines[1] for name in alone))
        screen.send("z")
        screen.wait_for(lambda lines: "AAA" in lines[1] and "DDD" in lines[1])


# The environment


@pytest.mark.parametrize(
    "env, is_utf8",
    [
        ({"LANG": "en_US.UTF-8"}, True), ({"LANG": "xx_YY.utf8"}, True), ({"LANG": None, "LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "C.UTF-8", "LC_TIME": "xx_YY.UTF-8"}, True), ({"LANG": None}, False), ({"LANG": "xx_YY"}, False),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, False), ({"LANG": "en_US.ISO-8859-1"}, False),
    ],
)  # fmt: skip
def test_a_locale_that_is_not_there(demo, env, is_utf8, dashboard):
    screen = dashboard.terminal("--demo", size=(100, 12), env=env)
    screen.wait_for("╭─" if is_utf8 else "+-")


@pytest.mark.parametrize("term", ["linux", "vt220", "ansi", "screen.linux"])
def test_a_console_has_no_emoji(raw, term):
    terminal = raw("--demo", env={"TERM": term}, wait=b"steambox")
    terminal.read(1)
    assert not re.search("[\u2705\u274c\u2754\U0001f300-\U0001faff\ufe0f]", terminal.output.decode(errors="replace"))
    terminal = raw("--demo", "--icons", "emoji", env={"TERM": term}, wait=b"steambox")
    terminal.wait_for("✅".encode())


def test_variables_of_the_size_are_not_asked(raw):
    terminal = raw("--demo", env={"COLUMNS": "40000", "LINES": "3"}, size=(90, 20))
    assert re.search(rb"\x1b\[20(;\d+H|d)", terminal.output)
    assert not re.search(rb"\x1b\[2[1-9](;\d+H|d)", terminal.output)


SEED = int(os.environ.get("SIZE_SEED", time.time_ns() % 10**6))
SIZE_COUNT = int(os.environ.get("SIZE_COUNT", 250))


def any_size(random):
    """A size that a terminal may report: those of one cell, none and the largest among the usual ones."""
    width, height = random.choice([(400, 120), (30, 12), (3, 3), (120, 40), (65535, 4), (4, 65535)])
    return random.randint(0, width), random.randint(0, height)


def test_after_any_sizes_the_picture_is_whole(demo):
    random = Random(SEED)
    screen = demo()
    before = without_clock(screen.lines())
    for _ in range(SIZE_COUNT // 4):
        screen.resize(random.randint(1, random.choice([5, 300])), random.randint(1, random.choice([5, 100])))
        if random.random() < 0.3:
            screen.settle(quiet=0.05)
    screen.resize(110, 24)
    screen.wait_for(lambda lines: without_clock(lines) == before)


@pytest.mark.parametrize("layout", [None, "srv01"])
def test_no_size_and_no_key_at_any_size_ends_it(raw, layout):
    random = Random(SEED)
    terminal = raw("--demo", *(["--layout", layout] if layout else []), size=(110, 24), wait=b"help")
    # Without q and Ctrl-Z, which end and stop it.
    keys = [*"?HnNe!zstxmoarhp/g[]()wzy0123 ", "\t", "\r", "\x1b", "\x1b[A", "\x1b[B", "\x1bOP", "\x1b[6~", "\x1b[5~",
            "\x1b[<0;5;3M", "\x1b[<64;9;9M", "\x1b[<0;999;999M"]  # fmt: skip
    for _ in range(SIZE_COUNT):
        terminal.resize(*any_size(random))
        if random.random() < 0.6:
            terminal.send("".join(random.choices(keys, k=random.randint(1, 5))).encode())
        terminal.read(random.choice([0.0005, 0.003, 0.03]))
        assert terminal.is_alive, SEED
    terminal.resize(110, 24)
    # Whatever is open: the overview at last, and then the end.
    for _ in range(9):
        terminal.send(b"\x1b")
        terminal.read(0.25)
    status = Path(f"/proc/{terminal.pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s*(\d+)", status)[1]) < 200_000, SEED
    cost = terminal.processor_time
    terminal.read(2)
    assert terminal.processor_time - cost < 0.6, SEED
    since = len(terminal.output)
    terminal.send(b"q")
    terminal.wait_for(b"\x1b[?1049l", since=since)
    terminal.wait_exit()
    assert os.waitstatus_to_exitcode(terminal.status) == 0, SEED


@pytest.mark.parametrize("size", [(9999, 9999), (3000, 3000), (65535, 1), (65535, 65535)])
def test_a_size_that_no_screen_has(raw, size):
    terminal = raw("--demo", size=size, wait=None)
    wait_until(lambda: terminal.read(0.2) or len(terminal.output) > 300)
    terminal.read(2)
    status = Path(f"/proc/{terminal.pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s*(\d+)", status)[1]) < 150_000
    if size[1] > 5:
        assert f"{size[0]}x{size[1]} cells;".encode() in terminal.output
    terminal.send(b"q")
    end = time.monotonic() + 5
    while terminal.is_alive and time.monotonic() < end:
        terminal.read(0.05) if terminal.is_alive else None
    assert os.waitstatus_to_exitcode(terminal.status) == 0


def test_clusters_are_whole_and_what_is_invisible_is_shown(start):  # noqa: F811
    title = "f\U0001f1e9\U0001f1eaf z\u200bz j\u200dj s\u00ads b\u2060b e\u0301 \u2764\ufe0f."
    screen = start(MOVING.replace('"Four"', f'"{title}"'), (100, 24))
    line = screen.lines()[0]
    assert "fDEf z\ufffdz j\ufffdj s\ufffds b\ufffdb e\u0301 \u2764." in line, line


# Nobody reads the terminal


def layout_of(dashboard, text=MOVING):
    return dashboard.layout(text)


def count_of(terminal):
    """How often the widgets have collected, by a frame that is sent as a whole."""
    since = len(terminal.output)
    terminal.send(b"\x0c")
    terminal.wait_for(b"collects", since=since)
    terminal.read(0.2)
    plain = re.sub(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\(B)", "", terminal.output[since:].decode(errors="replace"))
    # A space may be a step of the cursor.
    return max(map(int, re.findall(r"collects ?(\d+)", plain)))


def test_a_terminal_that_is_not_read_stops_nothing(raw, dashboard, test_plugins):
    terminal = raw("--plugins", test_plugins, "--layout", layout_of(dashboard), size=(200, 60), wait=b"collects")
    terminal.read(1)
    before = count_of(terminal)
    terminal.press_until_blocked()
    cost = terminal.processor_time
    time.sleep(5)
    assert terminal.processor_time - cost < 1
    since = len(terminal.output)
    terminal.read(0.5)
    # The picture is whole: it begins with an empty screen.
    whole = terminal.output[since:]
    assert whole[max(whole.rfind(b"\x1b[2J"), whole.rfind(b"\x1b[J")) :].count("╭".encode()) >= 2
    # Every 300 ms values were collected meanwhile.
    assert count_of(terminal) - before > 15


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_ends_it_though_nobody_reads(raw, dashboard, test_plugins, number):
    terminal = raw("--plugins", test_plugins, "--layout", layout_of(dashboard), size=(200, 60), wait=b"collects")
    terminal.press_until_blocked()
    workers = children(terminal.pid)
    os.kill(terminal.pid, number)
    assert terminal.wait_exit() < 1.5
    assert os.waitstatus_to_exitcode(terminal.status) == -number
    assert still_running(workers) == []
    assert terminal.modes == terminal.found
    # Whoever reads it again finds it whole.
    since = len(terminal.output)
    terminal.wait_for(b"\x1b[?1049l", since=since)
    assert b"\x1b[?2004l" in terminal.output[since:]


def test_a_terminal_stopped_by_another_starts_again(raw, dashboard):
    terminal = raw("--demo", size=(200, 60))
    termios.tcflow(terminal.slave, termios.TCOOFF)
    terminal.send(b"t")
    time.sleep(0.5)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait_exit() < 1.5
    termios.tcflow(terminal.slave, termios.TCOON)


# The one loop


@pytest.mark.parametrize("limit", [16, 4, 0])
def test_a_lowered_limit_of_files_does_not_spin(raw, limit):
    terminal = raw("--demo")
    terminal.read(1)
    resource.prlimit(terminal.pid, resource.RLIMIT_NOFILE, (limit, limit))
    cost = terminal.processor_time
    terminal.read(3)
    assert terminal.processor_time - cost < 0.9
    terminal.send(b"q")
    terminal.wait_exit()
    assert os.waitstatus_to_exitcode(terminal.status) == 0


@pytest.mark.parametrize("number", [signal.SIGWINCH, signal.SIGCONT, signal.SIGCHLD])
def test_a_storm_of_signals_is_one(raw, number):
    terminal = raw("--demo", size=(200, 60))
    terminal.read(1)
    cost, end = terminal.processor_time, time.monotonic() + 3
    while time.monotonic() < end:
        for _ in range(100):
            os.kill(terminal.pid, number)
        terminal.read(0.001)
    assert terminal.processor_time - cost < 0.5, terminal.processor_time - cost
    terminal.send(b"q")
    terminal.wait_for(b"\x1b[?1049l")


def test_what_is_no_file_is_not_waited_for(dashboard):
    folder = dashboard.home / ".config/cm-dashboard"
    folder.mkdir(parents=True)
    hosts = folder / "hosts.toml"
    for target in (None, "/dev/zero", "/dev/null", "/dev/ptmx"):
        hosts.symlink_to(target) if target else os.mkfifo(hosts)
        assert "it is no regular file" in dashboard.wrong("config", "show", timeout=10)[0]
        hosts.unlink()
    fifo = dashboard.folder / "x.layout"
    os.mkfifo(fifo)
    assert "it is no regular file" in dashboard.run("layout", "check", fifo, timeout=10).stderr
    state = dashboard.folder / "state/cm-dashboard"
    state.mkdir(parents=True)
    os.mkfifo(state / "maintenance.json")
    done = dashboard.run("hosts", "maintenance", env={"XDG_STATE_HOME": state.parent}, timeout=10)
    assert "it is no regular file" in done.stderr


def test_output_that_cannot_be_written_is_told(dashboard):
    layout = dashboard.layout('grid = "cpu"\n')
    command = f"{PROGRAM} snapshot --layout {layout}"
    for redirection, reason in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
        done = subprocess.run(
            ["bash", "-c", f"{command} {redirection}"], env=environment(dashboard.home),
            capture_output=True, text=True, timeout=60)  # fmt: skip
        assert done.returncode == 1
        assert done.stderr == f"cm-dashboard: standard output cannot be written: {reason}\n"


def test_without_home_the_user_database_is_asked(dashboard):
    import pwd

    home = pwd.getpwuid(os.geteuid()).pw_dir
    for changes in ({"HOME": None}, {"HOME": ""}, {"HOME": "relative"}):
        done = dashboard.run("snapshot", "--layout", "nowhere", env=changes)
        assert f"{home}/.config/cm-dashboard/layouts" in done.stderr, done.stderr


# The end


DEADLY = [
    signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGIO, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXCPU,
    signal.SIGPWR, signal.SIGRTMIN, signal.SIGKILL,
]  # fmt: skip


@pytest.mark.parametrize("end", DEADLY, ids=lambda value: signal.Signals(value).name)
def test_the_terminal_is_whole_after_every_signal(shell, end):  # noqa: F811
    shell.type("PROMPT_COMMAND='LAST=$?'")
    shell.send("Enter")
    host, workers = shell.run()
    os.kill(host, end)
    assert still_running([host]) == []
    shell.wait_for(lambda _: not shell.modes["alternate_on"])
    shell.send("Enter")
    check_restored(shell, 128 + end)
    assert still_running(workers) == []


def test_all_that_was_asked_for_is_switched_off(raw):
    for end in ("q", signal.SIGTERM, signal.SIGSEGV, signal.SIGKILL, "stop"):
        terminal = raw("--demo")
        terminal.wait_for(b"\x1b[?2004h")
        assert b"\x1b[?1006;1000h" in terminal.output
        since = len(terminal.output)
        if end == "q":
            terminal.send(b"q")
        elif end == "stop":
            terminal.send(b"\x1a")
        else:
            os.kill(terminal.pid, end)
        for off in (b"\x1b[?2004l", b"\x1b[?1000l", b"\x1b[?1006l", b"\x1b[?1049l", b"\x1b[?25h"):
            terminal.wait_for(off, since=since)
        # Nothing stops a process group that nobody could continue: there it goes on.
        if end != "stop":
            wait_until(lambda: not terminal.is_alive)
            wait_until(lambda: terminal.modes == terminal.found)


def test_modes_that_another_changes_are_put_right(raw):
    terminal = raw("--demo")
    own = terminal.modes
    assert not own[3] & termios.ICANON
    since = len(terminal.output)
    subprocess.run(["stty", "-F", terminal.name, "sane"], check=True)
    assert terminal.modes[3] & termios.ICANON
    wait_until(lambda: terminal.read(0.05) or terminal.modes == own, timeout=4)
    # Whoever does that may have left the screen as well: all of it is sent again.
    terminal.wait_for(b"steambox", since=since)
    terminal.wait_for(b"\x1b[?2004h", since=since)
    terminal.send(b"q")
    terminal.wait_for(b"\x1b[?1049l", since=since)
    wait_until(lambda: terminal.modes == terminal.found)


def guards(home):
    """The guards of the terminals of this test."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "exe").endswith("/cm-terminal-guard"):
                if f"HOME={home}\0".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_the_guard_weighs_nothing_and_goes_with_the_program(raw, dashboard):
    terminal = raw("--demo")
    (guard,) = guards(dashboard.home)
    assert guard not in children(terminal.pid)
    memory = Path(f"/proc/{guard}/smaps_rollup").read_text()
    assert sum(int(size) for size in re.findall(r"Private_\w+: +(\d+)", memory)) <= 32
    # It outlives what ends programs.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        os.kill(guard, number)
    assert is_running(guard)
    terminal.send(b"q")
    terminal.wait_for(b"\x1b[?1049l")
    assert still_running([guard], timeout=2) == []
    # Without one all is well too.
    terminal = raw("--demo")
    (guard,) = guards(dashboard.home)
    os.kill(guard, signal.SIGKILL)
    terminal.read(1.5)
    terminal.send(b"q")
    terminal.wait_for(b"\x1b[?1049l", since=len(terminal.output))


def test_a_shared_terminal_is_not_made_non_blocking(raw):
    import fcntl

    terminal = raw("--demo")
    assert not fcntl.fcntl(terminal.slave, fcntl.F_GETFL) & os.O_NONBLOCK


@pytest.mark.parametrize("whole", [True, False], ids=["group", "dashboard"])
def test_stopped_for_longer_than_every_deadline_it_goes_on(raw, dashboard, whole):
    """A laptop that sleeps, a debugger, a full host: nobody was late but the dashboard."""
    layout = layout_of(
        dashboard, 'grid = "cpu memory"\nrefresh = "300ms"\n[widget.cpu]\nplugin = "cpu"\n[widget.memory]\nplugin = "memory"\n')
    terminal = raw("--layout", layout, size=(100, 30), wait=b"Memory")
    terminal.read(1)
    workers = children(terminal.pid)
    stopped = [terminal.pid, *(workers if whole else [])]
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    time.sleep(8)
    since = len(terminal.output)
    for process in stopped[::-1]:
        os.kill(process, signal.SIGCONT)
    terminal.read(3)
    assert not re.search(b"no answer|restart|given up|hangs|stopped|late", terminal.output[since:])
    # No worker was taken for one that hangs.
    assert children(terminal.pid) == workers


@pytest.mark.parametrize("term", ["vt100", "linux", "xterm-256color"])
def test_no_colour_is_left_behind_by_an_end_that_nobody_read(raw, term):
    terminal = raw("--demo", env={"TERM": term}, size=(150, 40), wait=b"steambox")
    terminal.press_until_blocked()
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait_exit() < 1.5
    terminal.read(1)
    last = re.findall(rb"\x1b\[([\d;]*)m", terminal.output)[-1]
    assert last in (b"", b"0", b"0;10", b"39;49") and b"$<" not in terminal.output[-200:], terminal.output[-200:]


@pytest.mark.parametrize("begin", [b"\x1bP", b"\x1b]", b"\x1bX", b"\x1b[200~hello"], ids=["DCS", "OSC", "SOS", "paste"])
def test_a_text_without_an_end_does_not_make_it_deaf(raw, begin):
    terminal = raw("--demo")
    terminal.send(begin)
    end = time.monotonic() + 12
    # Somebody tries to get out, key by key.
    while terminal.is_alive and time.monotonic() < end:
        terminal.read(0.3)
        if terminal.is_alive:
            terminal.send(b"j" if begin.endswith(b"o") and time.monotonic() < end - 6 else b"\x03")
    assert not terminal.is_alive


def test_the_last_key_quits_wherever_it_is(raw):
    for opened in (b"?", b"e", b"/x"):
        terminal = raw("--demo")
        terminal.send(opened)
        terminal.read(0.3)
        terminal.send(b"\x1b[21~")
        terminal.wait_exit()
        assert os.waitstatus_to_exitcode(terminal.status) == 0
