"""The conformance suite behind `cm-dashboard plugin check`: what it finds, and how it says so.

Tests/Support/check_faults.c is a plugin that keeps the contract but for one rule, the one it is compiled for.
"""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import BUILD, PLUGINS, REPOSITORY, SUPPORT, compile_plugin

CHECK = BUILD / "lib/cm-dashboard/cm-plugin-check"
SOURCE = SUPPORT / "check_faults.c"
OWN = ["backup", "cpu", "gpu", "memory", "nvme", "services"]


def check(plugin, *arguments, cwd="/", status=None):
    done = subprocess.run(
        [str(CHECK), *arguments, str(plugin)], cwd=cwd, capture_output=True, text=True, timeout=100,
        stdin=subprocess.DEVNULL)  # fmt: skip
    if status is not None:
        assert done.returncode == status, done.stdout + done.stderr
    return done


def check_together(commands):
    """The same for many at once, each a plugin and its arguments: they wait more than they work."""
    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda command: check(*command), commands))


def rows(done, word):
    """The rows of one kind, each with the lines below it."""
    found, current = [], None
    for line in done.stdout.splitlines():
        if line[:8].strip():
            current = [line[8:]] if line[:8].strip() == word else None
            if current:
                found.append(current)
        elif current:
            current.append(line[8:])
    return ["\n".join(lines) for lines in found]


def faulty(tmp_path, fault):
    flags = ["-DEXTRA_SYMBOL"] if fault == "EXTRA_SYMBOL" else [f"-DFAULT={fault}"]
    return compile_plugin(SOURCE, tmp_path / "faulty.so", "-pthread", *flags)


# What breaks one rule: the plugin's fault, the check that finds it, and its sentence, in part.
ONE = [
    ("EXTRA_SYMBOL", "exports", "exports 1 more symbol: helper ("),
    ("LOAD_THREAD", "load", "loading leaves something changed: the number of threads was 1 and is 2"),
    ("LOAD_DESCRIPTOR", "load", "loading leaves something changed: descriptor 3 (/dev/null, flags 0) is new"),
    ("ENTRY_OUTPUT", "load", "cm_plugin_entry_v1 writes to standard output or error"),
    ("ENTRY_SIGNAL", "load", "cm_plugin_entry_v1 leaves something changed: the handler of SIGUSR1 was the default"),
    ("ANY_MAJOR", "versions", "returns a descriptor to a host of ABI 2.0; return NULL"),
    ("OWN_MINOR_ONLY", "versions", "returns NULL to a host of ABI 1.0; compare host_abi >> 16"),
    ("BAD_ID", "descriptor", 'cm_plugin.id is "Faulty"; it is [a-z][a-z0-9_-]*'),
    ("BAD_VERSION", "descriptor", 'cm_plugin.version is "newest"; it is three numbers'),
    ("BAD_SUMMARY", "descriptor", 'cm_plugin.summary is not UTF-8: "K?rze"'),
    ("METRIC_TWICE", "metrics", "metric value is declared twice"),
    ("METRIC_UNIT", "metrics", 'metric value has the unit "GiB"; it is one of "bytes"'),
    ("METRIC_KIND", "metrics", "metric state has the kind 7; it is CM_METRIC_GAUGE to CM_METRIC_STATE"),
    ("METRIC_FLAGS", "metrics", "metric value has the flags 0x41; known are CM_METRIC_HISTORY"),
    ("METRIC_LIMITS", "metrics", "metric value becomes critical at 90 before it becomes a warning at 95"),
    ("METRIC_NO_LIMITS", "metrics", "metric other has the limits 0 and 0; where there are none"),
    ("OPTION_RESERVED", "options", "option every has a name that is the host's"),
    ("OPTION_DEFAULT", "options", 'its default_value "3s" cannot be read; it is written as in a layout'),
    ("OPTION_RANGE", "options", 'option rows: its default_value "3" lies outside its own range of 4 to 100'),
    ("DESCRIPTOR_CHANGES", "steady", "is another after create ("),
    ("KNOWS_EVERYTHING", "extension", 'for "cm.nobody.knows/1", which no plugin can know'),
    ("READS_HOST", "cut-host", "cm_host cut after `size`: create reads cm_host.log, which lies outside its size"),
    ("READS_CONFIG", "cut-config", "create reads cm_config.value_count, which lies outside its size"),
    ("READS_TICK", "cut-tick", "cm_tick cut after `size`: collect reads cm_tick.unix_ns, which lies outside its size"),
    ("READS_SINK", "cut-sink", "collect reads cm_sink.emit, which lies outside its size"),
    ("READS_VIEW", "cut-view", "draw reads cm_view.instance_count, which lies outside its size"),
    ("READS_CANVAS", "cut-canvas", "draw reads cm_canvas.width, which lies outside its size"),
    ("EXACT_SINK", "grown", "cm_sink of 120 bytes instead of 56, with zeros behind: collect returns 5"),
    ("EXACT_VIEW", "grown", "cm_view of 168 bytes instead of 104, with zeros behind: draw makes other calls"),
    ("STEPS_BY_SIZEOF", "value-stride", "create reads behind an element of cm_config.values: it steps by sizeof"),
    ("DRAW_STEPS_BY_SIZEOF", "view-stride", "draw reads behind an element of cm_view.instances: it steps by sizeof"),
    ("NEEDS_SHORT_TEXT", "huge", "create crashed: SIGABRT (Aborted) (option word was a text of 1 MB)"),
    ("NEEDS_UTF8", "malformed", "create crashed: SIGABRT (Aborted) (all texts were malformed UTF-8, kind 4)"),
    ("NEEDS_NO_PERCENT", "fuzzed", "create crashed: SIGABRT (Aborted) (options were set "),
    ("DRAW_LEAKS", "lives", "destroy lose 5"),
    ("SHARES_STATE", "two", "the first of two widgets collects something else (8 samples instead of 6, code 0)"),
    ("KEEPS_CONFIG", "borrowed", "collect reads cm_config.values[1].text after the call that got it has returned"),
    ("KEEPS_TICK", "borrowed", "collect reads cm_tick after the call that got it has returned"),
    ("CHANGES_DIRECTORY", "surroundings", "which all widgets of the plugin share: the working directory was /"),
    ("CHANGES_UMASK", "surroundings", "the umask was 00"),
    ("CHANGES_LOCALE", "surroundings", "the locale was C and is "),
    ("CHANGES_ENVIRONMENT", "surroundings", "the variable LC_NUMERIC (=C (12 bytes)) is new"),
    ("CHANGES_SIGNALS", "surroundings", "the handler of SIGCHLD was the default and is a function"),
    ("LONG_INSTANCE", "samples", "with a name of 294 bytes; 256 are the most"),
    ("BAD_METRIC", "samples", "collect emits metric 12; the plugin declares 3, counted from 0"),
    ("BAD_STATUS", "samples", 'metric value of "row-0" with the status 17; it is CM_STATUS_AUTO'),
    ("BAD_TEXT", "samples", 'collect emits "?" as state of "row-0", which is not UTF-8'),
    ("INSISTS", "full", "after emit has said CM_LIMIT at call 1 (cm_sink.emit"),
    ("NEEDS_EPOCH", "clocks", "collect crashed: SIGABRT (Aborted) (the wall clock was set to before 1970)"),
    ("DIVIDES_BY_INTERVAL", "clocks", "collect crashed: SIGFPE (Floating point exception) (the interval was 0)"),
    ("KNOWS_ALL_FLAGS", "flags", "collect crashed: SIGABRT (Aborted) (the tick had flags of a newer host)"),
    ("RUNS_PROGRAM", "root", "collect starts a program though cm_host.root is set"),
    ("NEEDS_INSTANCES", "sizes", "draw crashed: SIGABRT (Aborted) (an empty view in 500 x 1 cells)"),
    ("TRUSTS_STATUS", "foreign", "draw crashed: SIGABRT (Aborted) (foreign view "),
    ("NEEDS_FORWARD_TIME", "draw-clocks", "draw crashed: SIGABRT (Aborted) (a view where now is 1970)"),
    ("SHOWS_PROCESS", "same", "draw makes other calls for the same view in another process: "),
    ("OPENS_FILE", "pure", "draw makes the system call open"),
    ("READS_CLOCK", "pure", "draw reads the clock with time ("),
]

# What spoils more than one check by its nature: the one that is for it.
MORE = [
    ("LOAD_SLOW", "load", " ms, at most 100 are allowed"),
    ("LOAD_CRASH", "load", "load crashed: SIGSEGV (Segmentation fault)"),
    ("LOAD_EXIT", "load", "load ended the process with exit status 0; a plugin never calls exit"),
    ("ENTRY_NULL", "load", "cm_plugin_entry_v1(1.4) returns NULL"),
    ("OPTION_TYPE", "options", "option rows has the type 9; it is CM_OPTION_BOOL to CM_OPTION_LIST"),
    ("THREAD_LOCAL", "threads", "collect on another thread than create returns 5 with 0 samples"),
    ("CALLS_MISSING", "cut-sink", "cm_sink cut after `size`: collect "),
    ("NEEDS_NUL", "texts", "create reads behind the end of cm_config.values[1].text (TEXT in cm_plugin.h"),
    ("WRITES_VIEW", "borrowed", "draw writes to cm_view, which is the host's and const"),
    ("NEEDS_TEXT", "empty", "create crashed: SIGSEGV (Segmentation fault) at address (nil) (texts and items"),
    ("NEEDS_NUMBER", "numbers", "create crashed: SIGABRT (Aborted) (option rows was nan)"),
    ("REFUSES_SILENTLY", "numbers", "create fails without a sentence; call host->fail"),
    ("CREATE_LEAKS", "churn", "create and destroy lose 112 bytes of memory each time"),
    ("DESTROY_CRASHES", "churn", "destroy crashed: SIGSEGV (Segmentation fault)"),
    ("NO_SENTENCE", "samples", "collect fails without a sentence; call sink->fail"),
    ("OTHER_CODE", "samples", "collect returns 1 and has given 3 to sink->fail"),
    ("EXITS", "samples", "collect ended the process with exit status 3"),
    ("CRASHES", "samples", "collect crashed: SIGBUS (Bus error)"),
    ("FROM_THREAD", "samples", "cm_sink.emit is called on another thread than collect runs on (THREADS"),
    ("BAD_ROLE", "sizes", "draw gives cm_canvas.text the role 99; it is CM_ROLE_VALUE to CM_ROLE_UNKNOWN, 0 to 9"),
    ("DRAWS_TOO_MUCH", "sizes", "the host ignores those past 20,000"),
    ("COUNTS_DRAWS", "same", "draw makes other calls for the same view a second time: "),
    ("SHOWS_COLLECTS", "same", "draw makes other calls for the same view after a collect"),
]

# What takes its time to be found.
SLOW = [
    ("HANGS", "sizes", "draw has not returned within 3 s (an empty view in 0 x 0 cells)"),
    ("HEEDS_NO_CANCEL", "cancelled", "s though cm_sink.cancelled said 1"),
    ("CREATE_KEEPS_DESCRIPTOR", "churn", "leave something behind: descriptor "),
    ("LEAVES_DESCRIPTOR", "surroundings", "something of the widget is left: descriptor 3 (/dev/null, flags 0) is new"),
    ("LEAVES_THREAD", "surroundings", "something of the widget is left: the number of threads was 1 and is 3"),
    ("LEAVES_CHILD", "surroundings", "something of the widget is left: the number of child processes was 0 and is 2"),
]


def test_a_plugin_that_keeps_the_contract(tmp_path):
    done = check(faulty(tmp_path, "NONE"), status=0)
    lines = done.stdout.splitlines()
    assert lines[-1] == f"{len(lines) - 1} checks passed", done.stdout
    assert all(line.startswith("ok      ") for line in lines[:-1]), done.stdout
    assert len(lines) > 35


def test_the_test_plugin(tmp_path):
    """It writes to standard output on purpose, which is no failure but worth a note."""
    plugin = compile_plugin(SUPPORT / "test_plugin.c", tmp_path / "test.so", '-DID="test"')
    done = check(plugin, "--quick", status=0)
    assert [note[:44] for note in rows(done, "note")] == ["it writes to standard output or error, which"]


@pytest.mark.parametrize("fault, word, sentence", ONE, ids=[fault for fault, *_ in ONE])
def test_one_broken_rule_fails_one_check(tmp_path, fault, word, sentence):
    plugin = faulty(tmp_path, fault)
    done = check(plugin, "--quick", status=1)
    failed = rows(done, "FAILED")
    assert len(failed) == 1 and sentence in failed[0], done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 of "), done.stdout
    alone = check(plugin, "--quick", "--only", word, status=1)
    assert sentence in rows(alone, "FAILED")[0] and alone.stdout.endswith("1 of 1 checks failed\n"), alone.stdout


@pytest.mark.parametrize("fault, word, sentence", MORE, ids=[fault for fault, *_ in MORE])
def test_a_broken_rule_fails_its_check(tmp_path, fault, word, sentence):
    done = check(faulty(tmp_path, fault), "--quick", "--only", word, status=1)
    assert sentence in rows(done, "FAILED")[0], done.stdout


def test_broken_rules_that_are_found_by_waiting(tmp_path):
    """Most wait for the 5 s that a plugin's helpers have to end; so all wait together."""
    commands = []
    for fault, word, _ in SLOW:
        (tmp_path / fault).mkdir()
        commands.append((faulty(tmp_path / fault, fault), "--only", word))
    for (*_, sentence), done in zip(SLOW, check_together(commands)):
        assert done.returncode == 1 and sentence in rows(done, "FAILED")[0], done.stdout


@pytest.mark.parametrize("arguments", [
    [],
    ["--quick", "--root", str(REPOSITORY / "Tests/Fixtures/srv01")],
], ids=["here", "captured"])  # fmt: skip
def test_own_plugins_pass(arguments):
    plugins = [PLUGINS / f"{id}.so" for id in OWN]
    for plugin, done in zip(plugins, check_together([(plugin, *arguments) for plugin in plugins])):
        assert done.returncode == 0 and not rows(done, "FAILED"), f"{plugin.name}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("content, sentence", [
    (b"", "is no shared object: it has 0 bytes"),
    (b"#!/bin/sh\n" * 100, "is no shared object: it does not begin as an ELF file does"),
    (5000, "is cut short: it says that it has "),
])  # fmt: skip
def test_files_that_cannot_be_loaded(tmp_path, content, sentence):
    path = tmp_path / "faulty.so"
    if isinstance(content, int):
        content = faulty(tmp_path, "NONE").read_bytes()[:content]
        path.unlink()
    path.write_bytes(content)
    done = check(path, status=1)
    assert sentence in rows(done, "FAILED")[0], done.stdout
    assert "more, which need a plugin that can be loaded" in rows(done, "skipped")[-1]


def test_another_export_than_the_entry(tmp_path):
    plugin = compile_plugin(SUPPORT / "test_plugin.c", tmp_path / "test.so", "-DFAULT=FAULT_NO_ENTRY")
    assert "does not export cm_plugin_entry_v1" in rows(check(plugin, status=1), "FAILED")[0]


@pytest.mark.parametrize("arguments, words", [
    (["/nowhere/none.so"], "cm-plugin-check: /nowhere/none.so: No such file or directory"),
    (["/tmp"], "cm-plugin-check: /tmp: is no file"),
    ([], "usage: cm-plugin-check"),
    (["--wrong", "x.so"], "usage: cm-plugin-check"),
    (["--root", "/nowhere", str(CHECK)], "cm-plugin-check: --root: No such file or directory"),
    (["--only", "no such", str(PLUGINS / "cpu.so")], 'no check is called "no such"'),
])  # fmt: skip
def test_what_cannot_be_begun(arguments, words):
    done = subprocess.run([str(CHECK), *arguments], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "") and words in done.stderr, done.stderr


def test_a_relative_path_from_any_directory(tmp_path):
    faulty(tmp_path, "NONE")
    done = check("faulty.so", "--only", "exports", cwd=tmp_path, status=0)
    assert done.stdout == "ok      exports cm_plugin_entry_v1 alone\n1 check passed\n"


# The directories of every check that runs on this machine look alike.
@pytest.mark.alone
def test_nothing_is_left_over(tmp_path):
    """Neither directories nor processes, even of a plugin that starts some and never ends them."""
    before = {name for name in os.listdir("/tmp") if name.startswith("cm-plugin-check-")}
    check(faulty(tmp_path, "LEAVES_CHILD"), "--quick", "--only", "samples", status=0)
    assert {name for name in os.listdir("/tmp") if name.startswith("cm-plugin-check-")} <= before
