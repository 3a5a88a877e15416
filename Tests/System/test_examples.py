"""The examples, and what `plugin new` makes of them in a copy of the tree, as if it were installed elsewhere."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import BUILD, FIXTURES, REPOSITORY, environment

# Swift builds for half a minute, and once is enough.
pytestmark = pytest.mark.xdist_group("examples")

EXAMPLES = REPOSITORY / "examples"
TITLES = {"c": "C", "cpp": "C++", "rust": "Rust", "swift": "Swift"}
SOURCES = {"c": "{}.c", "cpp": "{}.cpp", "rust": "{}.rs", "swift": "Sources/Plugin/Widget.swift"}
COMPILERS = {"c": "cc", "cpp": "c++", "rust": "rustc", "swift": os.environ.get("SWIFT", "swift")}
# What is tested as the example: in Swift, where a build takes half a minute, the same text as `plugin new` makes it.
EXAMPLE = {"c": "load-c", "cpp": "load-cpp", "rust": "load-rust", "swift": "my-swift_1"}
# Warnings are errors, and there are more of them than an author has to bear with.
STRICT = ["CFLAGS=-O2 -Wconversion -Werror", "CXXFLAGS=-O2 -Wconversion -Werror", "RUSTFLAGS=-D warnings"]
THREADS_NOW = {"now": (2, None)}
OF_SRV01 = THREADS_NOW | {"1 min": (0.84, 0.21), "5 min": (0.71, 0.1775), "15 min": (0.66, 0.165)}


class Installation:
    """A copy of the built tree, a user's home, and a folder to work in."""

    def __init__(self, folder):
        # A blank and a sign of make's: the path stands in a Makefile, a shell's command, and Swift.
        self.prefix = folder / "o#p t"
        self.program = self.prefix / "bin/cm-dashboard"
        self.work = folder / "work"
        self.home = folder / "home"
        self.home.mkdir()
        shutil.copytree(BUILD, self.prefix)
        # Links into Sources become files.
        shutil.copytree(EXAMPLES, self.work, ignore=shutil.ignore_patterns(".build", "*.so", "*.so.new"))
        own = Path(os.environ.get("HOME", "/"))
        rust = {"RUSTUP_HOME": own / ".rustup", "CARGO_HOME": own / ".cargo"}
        self.environment = environment(self.home, {name: os.environ.get(name, rust[name]) for name in rust})

    def start(self, *command):
        return subprocess.Popen(
            [str(word) for word in command], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")  # fmt: skip

    def run(self, *command, status=0):
        process = self.start(*command)
        output, errors = process.communicate(timeout=100)
        assert process.returncode == status, f"status {process.returncode}\n{output}{errors}"
        return output, errors

    def new(self, *arguments, status=0):
        return self.run(self.program, "plugin", "new", *arguments, status=status)


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    return Installation(tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="session")
def built(installation):
    """A folder with the examples in `out`, and one `plugin new` of each."""
    makes = [installation.start("make", "OUT=out", "c", "cpp", "rust", *STRICT)]
    for language in TITLES:
        installation.new("--language", language, f"my-{language}_1")
        if shutil.which(COMPILERS[language]):
            makes.append(installation.start("make", "-C", f"my-{language}_1", *STRICT))
    for make in makes:
        output, errors = make.communicate(timeout=300)
        assert make.returncode == 0, output + errors
    if shutil.which(COMPILERS["swift"]):
        shutil.copy(installation.work / "my-swift_1/my-swift_1.so", installation.work / "out")
    return installation.work


@pytest.fixture(params=TITLES)
def language(request):
    if not shutil.which(COMPILERS[request.param]):
        pytest.skip(f"no {COMPILERS[request.param]} here")
    return request.param


def load(language, options=""):
    return f'grid = "load"\n[widget.load]\nplugin = "{EXAMPLE[language]}"\ntitle = "Load"\n{options}\n'


def numbers(widget):
    """Of each instance the load, and the load per CPU."""
    found = {}
    for instance in widget["instances"]:
        values = {metric: cell["value"] for metric, cell in instance["metrics"].items()}
        found[instance["instance"]] = (values.pop("load"), values.pop("per_cpu", None))
        assert values == {}
    return found


def statuses(widget):
    return [i["metrics"]["per_cpu"]["status"] for i in widget["instances"] if "per_cpu" in i["metrics"]]


@pytest.mark.limit(300)
def test_what_an_example_collects(built, dashboard, language):
    def read(machine, options=""):
        return dashboard.snapshot(load(language, options), root=machine, plugins=built / "out")["widgets"][0]

    widget = read(FIXTURES / "srv01")
    assert (widget["status"], widget["error"], numbers(widget)) == ("ok", None, OF_SRV01)
    # 64 CPUs: the limits are the machine's own size.
    widget = read(FIXTURES / "cpu-server")
    expected = {"now": (70, None), "1 min": (130.25, 2.03515625), "5 min": (128, 2), "15 min": (96.1, 1.5015625)}
    assert (widget["status"], numbers(widget)) == ("critical", expected)
    assert statuses(widget) == ["critical", "critical", "warning"]
    # Options, and a limit of the layout's.
    widget = read(FIXTURES / "srv01", "cpus = 1")
    assert numbers(widget) == THREADS_NOW | {"1 min": (0.84, 0.84), "5 min": (0.71, 0.71), "15 min": (0.66, 0.66)}
    widget = read(FIXTURES / "srv01", "now = false\nper_cpu_warning = 0.2")
    assert (widget["status"], statuses(widget)) == ("warning", ["warning", "ok", "ok"])
    assert list(numbers(widget)) == ["1 min", "5 min", "15 min"]


@pytest.mark.limit(300)
def test_how_an_example_fails(built, dashboard, language, tmp_path):
    def fail():
        widget = dashboard.snapshot(load(language), root=machine, plugins=built / "out")["widgets"][0]
        assert widget["instances"] == []
        return widget["error"]["code"], widget["error"]["message"]

    machine = tmp_path / "machine"
    (machine / "proc").mkdir(parents=True)
    code, sentence = fail()
    assert code == "unavailable" and sentence.startswith(f"{machine}/proc/stat: No such file or directory"), sentence
    (machine / "proc/stat").write_text("intr 1 2 3\ncpu0 1 2 3\n")
    assert fail() == ("failed", f"{machine}/proc/stat: no CPU in it; check that /proc is mounted")
    (machine / "proc/stat").write_text("cpu  1 2 3\ncpu0 1 2 3\nintr 1 2 3\n")
    (machine / "proc/loadavg").write_text("0.84 0.71 0.66\n")
    assert fail() == ("failed", f"{machine}/proc/loadavg: not four numbers in it; check that /proc is mounted")


@pytest.mark.limit(300)
def test_the_picture_of_an_example(built, dashboard, language):
    frame = dashboard.text(load(language), root=FIXTURES / "srv01", size="36x8", ticks=3, plugins=built / "out")
    assert frame[1:-1] == [
        "╭─ 🚦 Load ─────────────────── ✅ ─╮",
        "│    now         2               ⢸ │",
        "│ ✅ 1 min    0.84               ⢸ │",
        "│ ✅ 5 min    0.71               ⢸ │",
        "│ ✅ 15 min   0.66               ⢸ │",
        "╰──────────────────────────────────╯",
    ]


@pytest.mark.limit(300)
def test_an_example_exports_its_entry_alone_and_passes_the_check(built, installation, language):
    file = built / f"out/{EXAMPLE[language]}.so"
    symbols, _ = installation.run("nm", "-D", "--defined-only", file)
    assert [line.split()[-1] for line in symbols.splitlines()] == ["cm_plugin_entry_v1"]
    installation.run(installation.program, "plugin", "check", file)


@pytest.mark.parametrize("compiler", ["gcc -std=c11", "clang -std=c11", "g++ -std=c++17", "clang++ -std=c++17"])
def test_an_example_compiles_without_a_warning(installation, compiler):
    command = compiler.split()
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]} here")
    source = installation.work / ("cpp/load.cpp" if "++" in command[0] else "c/load.c")
    installation.run(*command, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", source)


@pytest.mark.limit(300)
def test_a_new_plugin_is_built_checked_installed_and_shown(built, installation, language):
    id = f"my-{language}_1"
    folder = built / id
    installation.run("make", "-C", folder, "check", "install", *STRICT)
    place = installation.home / ".local/share/cm-dashboard/plugins"
    assert (place / f"{id}.so").is_file() and not (place / f"{id}.so.new").exists()
    # Its layout, without --plugins: it is found where `make install` has put it.
    command = ["snapshot", "--layout", folder / f"{id}.layout", "--root", FIXTURES / "srv01", "--size", "40x8"]
    frame = installation.run(installation.program, *command)[0].splitlines()
    assert frame[0].startswith(f" 📊 My {language} 1 ")
    assert frame[1].startswith(f"╭─ 🚦 My {language} 1 ──")
    assert frame[3].startswith("│ ✅ 1 min    0.84 ")


def test_a_new_plugin_keeps_nothing_of_the_example_s_name(installation, language):
    id = f"renamed-{language}"
    said, _ = installation.new("--language", language, id)
    folder = installation.work / id
    source = folder / SOURCES[language].format(id)
    assert source.is_file() and (folder / f"{id}.layout").is_file()
    for file in filter(Path.is_file, folder.rglob("*")):
        text = file.read_text()
        assert f"load-{language}" not in text and "Load in " not in text, file
        assert not file.name.startswith("load"), file
        assert (file.stat().st_mode & 0o022, "/Sources/" in text) == (0, False), file
    assert folder.stat().st_mode & 0o777 == 0o755
    lines = said.splitlines()
    assert lines[0] == f"{id} is a plugin in {TITLES[language]} that works. What to do next:"
    assert [line.split("  ")[1] for line in lines[1:]] == [
        f"cd {id}; make run",
        f"edit {SOURCES[language].format(id)}; make",
        "make check; make install",
    ]


WRONG = {
    "a capital letter": (["--language", "c", "My"], '"My" cannot be a plugin\'s name; expected at most 32 lower-case'),
    "a digit first": (["--language", "c", "1st"], '"1st" cannot be a plugin\'s name'),
    "a path": (["--language", "c", "../x"], '"../x" cannot be a plugin\'s name'),
    "no letter": (["--language", "c", ""], '"" cannot be a plugin\'s name'),
    "too long": (["--language", "c", "a" * 33], "cannot be a plugin's name"),
    "not ASCII": (["--language", "c", "maß"], '"maß" cannot be a plugin\'s name'),
    "another language": (["--language", "go", "x"], '--language "go"; expected one of c, cpp, swift, rust'),
    "no such folder": (["--language", "c", "--into", "gone", "x"], 'the folder "gone" given as --into does not exist'),
    "where nobody can write": (["--language", "c", "--into", "/proc", "x"], "/proc/x cannot be made: No such file"),
    "the folder exists": (["--language", "c", "c"], "c exists already; choose another name, or another folder"),
    "a link to nowhere": (["--language", "c", "link"], "link exists already"),
    # Fails in the midst of it.
    "a taken name": (["--language", "rust", "cm_plugin"], "cm_plugin/cm_plugin.rs cannot be written: File exists"),
}


@pytest.mark.parametrize("arguments, sentence", WRONG.values(), ids=WRONG)
def test_a_plugin_that_cannot_be_made(installation, arguments, sentence):
    link = installation.work / "link"
    if not link.is_symlink():
        link.symlink_to("nowhere")
    before = sorted(installation.work.iterdir())
    output, errors = installation.new(*arguments, status=2)
    assert output == "" and errors.startswith("cm-dashboard: ") and sentence in errors
    assert errors.count("\n") == 1
    assert sorted(installation.work.iterdir()) == before


def test_a_program_without_its_examples(installation, tmp_path):
    program = tmp_path / "bin/cm-dashboard"
    program.parent.mkdir()
    shutil.copy(installation.program, program)
    _, errors = installation.run(program, "plugin", "new", "--language", "c", "--into", tmp_path, "mine", status=2)
    assert errors == (
        "cm-dashboard: there is nothing to begin with, since "
        f"{tmp_path}/share/cm-dashboard/examples/c is missing; install cm-dashboard again\n"
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["bin"]
