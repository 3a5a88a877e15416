"""
The fault matrix: each case is a small plugin with one fault beside healthy ones, in the real program and a real
terminal.

Whatever the fault is, the dashboard lives and hears its keys, the terminal is whole, every tick reaches the others on
time, the frame of the faulty widget names the true cause, and once the fault is gone the widget is back. Each case is
a row of a table, which is printed and, with CM_FAULT_TABLE, written to the file of that name.
"""

import os
import shutil
from pathlib import Path

import pytest
from conftest import SUPPORT, compile_plugin
from matrix import Case, Matrix


pytestmark = pytest.mark.alone


def case(fault, *words, **more):
    return Case(fault, words, **more)


def harmless(fault, word="well", **more):
    return case(fault, word, is_harmless=True, **more)


def hangs(fault, **more):
    return case(fault, "collect gave no answer within 2 s and was killed", deadline="2s", **more)


def cut(length):
    def act(stage):
        with open(stage.path, "r+b") as file:
            file.truncate(length)

    return act


def put(word):
    """Copies a healthy plugin that shows a word over the file."""
    flag = f'-DWORD="{word}"'
    return lambda stage: stage.copy(compile_plugin(SUPPORT / "fault_plugin.c", stage.folder / "other.so", flag))


def remove_file(stage):
    stage.path.unlink()


def remove_second(stage):
    stage.save_layout(stage.layout.read_text().replace("fault fault second", "fault fault fault"))


SEGV = "crashed: SIGSEGV (Segmentation fault)"
ABRT = "crashed: SIGABRT (Aborted)"
CASES = [
    # As it is loaded
    case("constructor crash", f"load {SEGV}"),
    case("constructor hang", "load gave no answer within 10 s and was killed"),
    case("constructor _exit", "load exited with status 0"),
    case("descriptor NULL", "{path} does not work with ABI 1.4 of this host"),
    case("descriptor wild", f"load {SEGV}"),
    case("size 4", "{path} says that its cm_plugin has 4 bytes; at least "),
    case("size 2^31-1", "{path} says that its cm_plugin has 2147483647 bytes"),
    case("foreign major", "{path} was built for ABI 7.0; this host speaks ABI 1"),
    case("no create", "{path} has no create (cm_plugin.create is NULL)"),
    case("no destroy", "{path} has no destroy (cm_plugin.destroy is NULL)"),
    case("no collect", "{path} has no collect (cm_plugin.collect is NULL)"),
    case("string NULL", "{path} cm_plugin.id is NULL with a length of 5"),
    case("string 2^40", "{path} cm_plugin.name has 1099511627776 bytes; at most 64 are allowed"),
    case("string wild", f"load {SEGV}"),
    case("string not UTF-8", '{path} cm_plugin.id is "f'),
    case("10,000 metrics", "{path} cm_plugin.metric_count is 10000; at most 256 are allowed"),
    case("metric stride 0", "{path} cm_plugin.metric_stride is 0; at least "),
    case("metrics wild", f"load {SEGV}"),
    # create
    case("create fails", "the fault has no key; give it one"),
    case("create crashes", f"create {SEGV}"),
    case("create hangs", "create gave no answer within 10 s and was killed"),
    # collect: the process
    case("NULL write", f"collect {SEGV}"),
    case("abort", f"collect {ABRT}"),
    case("exit(0)", "collect exited with status 0"),
    case("_exit(3)", "collect exited with status 3"),
    hangs("endless loop", is_heavy=True),
    case("endless loop", "collect used 5 s of processor time and was killed", name="5 s of processor", is_heavy=True),
    hangs("endless sleep"),
    case("stack overflow", f"collect {SEGV}"),
    case("division by zero", "collect crashed: SIGFPE (Floating point exception)"),
    case("double free", 'it last wrote "free(): double free detected in tcache 2"'),
    case("heap overrun", f"collect {ABRT}"),
    case("allocation without end", "MB in use; a worker may have 512 MB", is_heavy=True),
    hangs("self-deadlock"),
    case("wild call", f"collect {SEGV}"),
    case("pthread_exit", "collect exited with status 0"),
    case("thread crash", f"collect {SEGV}", f"between two calls it {SEGV}"),
    case("longjmp", f"collect {SEGV}", f"collect {ABRT}"),
    hangs("SIGSTOP"),
    case("SIGKILL", "collect was killed by SIGKILL (Killed)"),
    case("SIGALRM", "collect was killed by SIGALRM (Alarm clock)"),
    case("kill(0)", "collect was killed by SIGTERM (Terminated)"),
    hangs("ignores signals"),
    harmless("changes surroundings"),
    case("fork returns", "answered what it was not asked and was killed", "sent a broken frame"),
    harmless("200 forks", is_heavy=True),
    case("leaves a child", "collect exited with status 3"),
    case("leaves a daemon", "collect exited with status 3"),
    # collect: descriptors and the terminal
    case("closes all", "collect closed its connection and was killed", "collect exited with status 1"),
    case("exhausts descriptors", "after some descriptors: Too many open files"),
    case("rubbish to the host", "collect sent a broken frame"),
    case("frame of 4 GiB", "collect sent a broken frame"),
    case("answers twice", "collect answered what it was not asked and was killed"),
    harmless("writes to the terminal"),
    harmless("changes terminal modes"),
    harmless("floods its output", is_heavy=True),
    harmless("floods the log", is_heavy=True),
    # collect: what it says
    harmless("NaN and infinite", "number not known"),
    harmless("unknown metric"),
    hangs("endless samples", is_heavy=True),
    harmless("50,000 samples", is_heavy=True),
    harmless("escape sequences", "of bytes"),
    harmless("invalid UTF-8", "of bytes"),
    harmless("NULL strings"),
    harmless("2^40 strings", "long"),
    case("sink after return", "well", f"collect {SEGV}", f"collect {ABRT}"),
    case("sink elsewhere", "well", f"collect {SEGV}", f"collect {ABRT}", f"between two calls it {SEGV}"),
    case("writes into the host", f"collect {SEGV}"),
    # draw
    harmless("draw outside"),
    harmless("draw no scalar"),
    harmless("fill 2^31"),
    case("50 million calls", "the first of many", "draw gave no answer within 3 s and was killed", is_heavy=True),
    case("draw sleeps", "draw gave no answer within 3 s and was killed"),
    case("draw crashes", f"draw {SEGV}"),
    # destroy, when a layout is saved without one of two widgets
    case("destroy crashes", f"destroy {SEGV}", is_double=True, act=remove_second),
    case("destroy hangs", "destroy gave no answer within 3 s and was killed", is_double=True, act=remove_second),
    # The file, before and while it is mapped
    case("", "{path} is an empty file", name=".so empty", prepare=cut(0), mend=put("mended")),
    case("", "{path} is cut short (5000 of at least ", name=".so cut short", prepare=cut(5000), mend=put("mended")),
    case("", "{path} is cut short (5000 of at least ", name=".so cut while mapped", act=cut(5000), mend=put("mended")),
    harmless("", "newer", name=".so replaced while mapped", act=put("newer"), mend=put("mended")),
    case("", "fault.so is gone from ", name=".so deleted while mapped", act=remove_file, mend=put("mended")),
    # Other languages
    case("throws", 'it last wrote " what(): thrown through', name="C++ exception", foreign="fault_cxx.cpp"),
    case("throws", 'it last wrote "thread caused non-unwinding', name="Rust panic", foreign="fault_rust.rs"),
]  # fmt: skip


def missing(case):
    """Why a case cannot be played here; empty when it can."""
    return "no rustc" if case.foreign.endswith(".rs") and shutil.which("rustc") is None else ""


@pytest.fixture(scope="session")
def matrix(request, tmp_path_factory):
    asked = {item.callspec.params["case"].name for item in request.session.items if "matrix" in item.fixturenames}
    cases = [case for case in CASES if case.name in asked and not missing(case)]
    matrix = Matrix(tmp_path_factory.mktemp("faults"), cases)
    yield matrix
    matrix.close()
    table = "".join(f"{matrix.rows[case.name]}\n" for case in CASES if case.name in matrix.rows)
    print(f"\n{table}")
    if "CM_FAULT_TABLE" in os.environ:
        Path(os.environ["CM_FAULT_TABLE"]).write_text(table)


@pytest.mark.limit(300)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_hurts_nothing_but_its_own_widget(matrix, case):
    if missing(case):
        pytest.skip(missing(case))
    print(matrix.result(case))
