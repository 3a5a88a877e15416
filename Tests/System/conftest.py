"""What the tests of the built program share: the program, captured machines, a terminal, plugins made on the spot.

Every test works on the tree that `make build` leaves (CM_BUILD names another), in a home directory of its own,
and ends within a time limit: `@pytest.mark.limit(seconds)` sets another than the usual one.
"""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "Tests/Fixtures"
SUPPORT = REPOSITORY / "Tests/Support"
INCLUDE = REPOSITORY / "Sources/PluginAPI/include"
BUILD = Path(os.environ.get("CM_BUILD", REPOSITORY / "build")).resolve()
PROGRAM = BUILD / "bin/cm-dashboard"
PLUGINS = BUILD / "lib/cm-dashboard/plugins"
NOON = "2026-03-01T12:00:00Z"
LIMIT = 120
# Stands in the environment of everything that a test starts, so that what is left over can be found.
RUN = uuid.uuid4().hex

sys.path.insert(0, str(SUPPORT))
from stub_fleet import Fleet  # noqa: E402
from terminal import Terminal  # noqa: E402


def environment(home, changes=()):
    """That of this run without what changes a terminal program; `changes`: a value of None takes a variable away."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LC_", "XDG_", "CM_", "TMUX"))
        and name not in ("NO_COLOR", "COLORTERM", "LANGUAGE", "COLUMNS", "LINES", "TERMINFO")
    }
    kept |= {"HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm-256color", "TZ": "UTC", "CM_TEST_RUN": RUN}
    for name, value in dict(changes).items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = str(value)
    return kept


def compile_plugin(source, path, *flags):
    """Compiles C against the header alone, as anybody would: `source` is a file, or the text of one."""
    is_file = isinstance(source, Path)
    command = ["gcc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC"]
    command += ["-fvisibility=hidden", f"-I{INCLUDE}", "-o", str(path), *flags]
    command += [str(source)] if is_file else ["-x", "c", "-"]
    done = subprocess.run(command, input=None if is_file else source, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return Path(path)


def is_running(process):
    try:
        # Behind the name in brackets stands the state; a zombie has ended.
        return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def still_running(processes, timeout=15):
    """Those that have not ended in time."""
    deadline = time.monotonic() + timeout
    while any(map(is_running, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [process for process in processes if is_running(process)]


def children(process):
    """A process's children, theirs, and so on."""
    found = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += map(int, thread.read_text().split())
        except OSError:
            pass
    return found + [grandchild for child in found for grandchild in children(child)]


class Dashboard:
    """The built program. Each test has one, with its own `home` and `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self._terminals = []
        self._count = 0

    def layout(self, text, name="test.layout"):
        """Writes a layout file; `text` may be bytes."""
        self._count += 1
        path = self.folder / f"layout{self._count}" / name
        path.parent.mkdir()
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, *arguments, env=(), input=None, timeout=60, cwd=None):
        """Runs the program without a terminal, whatever its exit status. Output that is not UTF-8 is an error."""
        if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):
            arguments = arguments[0]
        return subprocess.run(
            [str(PROGRAM), *map(str, arguments)], env=environment(self.home, env), cwd=cwd or self.folder,
            input=input, stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True, encoding="utf-8", timeout=timeout)  # fmt: skip

    def snapshot(self, layout, root=None, time=NOON, ticks=1, env=(), plugins=None, timeout=60):
        """What the layout's widgets collect, as the program's JSON."""
        output = self._snapshot("json", layout, root, "80x24", time, ticks, env, plugins, timeout)
        # Python would read NaN and Infinity, which no JSON has.
        return json.loads(output, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))

    def text(self, layout, root=None, size="80x24", time=NOON, ticks=1, env=(), plugins=None, timeout=60):
        """The frame that the layout makes, as lines without spaces at their end."""
        output = self._snapshot("text", layout, root, size, time, ticks, env, plugins, timeout)
        return [line.rstrip() for line in output.removesuffix("\n").split("\n")]

    def _snapshot(self, format, layout, root, size, time, ticks, env, plugins, timeout):
        path = layout if isinstance(layout, Path) else self.layout(layout)
        arguments = ["snapshot", "--layout", path, "--format", format, "--size", size, "--ticks", ticks]
        if time is not None:
            arguments += ["--time", time]
        if root is not None:
            arguments += ["--root", root]
        if plugins is not None:
            arguments += ["--plugins", plugins]
        done = self.run(*arguments, env=env, timeout=timeout)
        assert done.returncode == 0, f"status {done.returncode}\n{done.stderr}{done.stdout}"
        return done.stdout

    def wrong(self, *arguments, status=2, **more):
        """What the program says when it cannot start: the lines on stderr, with nothing on stdout."""
        done = self.run(*arguments, **more)
        assert (done.returncode, done.stdout) == (status, ""), f"status {done.returncode}\n{done.stderr}{done.stdout}"
        return done.stderr.splitlines()

    def terminal(self, *arguments, layout=None, size=(80, 24), env=(), shell=False):
        """The program in a terminal; with `shell` an interactive shell that has started it and lives on."""
        command = [str(PROGRAM), *map(str, arguments)]
        if layout is not None:
            command += ["--layout", str(layout if isinstance(layout, Path) else self.layout(layout))]
        opened = Terminal(command, size=size, env=environment(self.home, env), cwd=self.folder, shell=shell)
        self._terminals.append(opened)
        return opened

    def close(self):
        for opened in self._terminals:
            opened.close()


class PluginFolder:
    """A folder of plugins beside the program's own, for `--plugins`."""

    def __init__(self, path):
        self.path = path
        path.mkdir()

    def add(self, id, source, *flags):
        """Compiles `source`, C as a file or as text, to ID.so."""
        return compile_plugin(source, self.path / f"{id}.so", *flags)

    def __fspath__(self):
        return str(self.path)

    __str__ = __fspath__


@pytest.fixture
def dashboard(tmp_path):
    dashboard = Dashboard(tmp_path)
    yield dashboard
    dashboard.close()


@pytest.fixture
def fleet(dashboard):
    """Five hosts that are there, and are not yet in the configuration."""
    fleet = Fleet(dashboard)
    for host in fleet.hosts.values():
        host.come()
    yield fleet
    for host in fleet.hosts.values():
        host.stub.__exit__()


@pytest.fixture
def plugin_folder(tmp_path):
    return PluginFolder(tmp_path / "plugins")


@pytest.fixture(scope="session")
def nvml_library(tmp_path_factory):
    """Stands in for libnvidia-ml.so.1; answers from the environment."""
    path = tmp_path_factory.mktemp("nvml") / "libnvidia-ml.so.1"
    source = Path(__file__).resolve().parents[1] / "Support/fake_nvml.c"
    subprocess.run(
        ["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(path), str(source)], check=True)
    return path


@pytest.fixture(scope="session")
def test_plugins(tmp_path_factory):
    """Plugins in plain C, compiled once: `test` and its twin `other` draw themselves, `plain` leaves that to the host."""
    folder = PluginFolder(tmp_path_factory.mktemp("session") / "plugins")
    source = SUPPORT / "test_plugin.c"
    folder.add("test", source, '-DID="test"')
    folder.add("other", source, '-DID="other"')
    folder.add("plain", source, '-DID="plain"', "-DNO_DRAW")
    return folder


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_over():
    """No process outlives the test that has started it."""
    yield
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"CM_TEST_RUN={RUN}".encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    # One whose program was killed may still be about to end.
    found = {process: found[process] for process in still_running(found, timeout=5)}
    for process in found:
        os.kill(process, signal.SIGKILL)
    assert not found, f"processes left over: {found}"


class TooLong(Exception):
    """Not an OSError: a test that expects TimeoutError must not take it for its own."""


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    marker = item.get_closest_marker("limit")
    limit = marker.args[0] if marker else LIMIT

    def stop(*_):
        raise TooLong(f"the test took longer than {limit} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: runs only with RUN_SLOW=1 in the environment")
    config.addinivalue_line("markers", f"limit(seconds): a longer or shorter time limit than {LIMIT} s")
    config.addinivalue_line("markers", "alone: measures times, processors or what all have in common, so nothing else may run meanwhile")
    config.addinivalue_line("markers", "xdist_group(name): tests that share something expensive, or an address")


# Before pytest-xdist, which adds a test's group to its name and distributes in the order of the names.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    # What has to run one after another takes longest, so it begins first.
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
    if os.environ.get("RUN_SLOW") != "1":
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow; RUN_SLOW=1 runs it"))


def pytest_sessionstart():
    if not PROGRAM.exists():
        pytest.exit(f"no {PROGRAM}; run 'make build' first, or set CM_BUILD", returncode=3)
