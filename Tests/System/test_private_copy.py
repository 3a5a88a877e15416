"""The copy of its plugin that a worker runs from: what happens to the file does not reach it, and it can be made anywhere.

Through a worker alone (test_ingest.Worker). Places that cannot be written, are full or run no code are mounts of a namespace of its
own, which takes root.
"""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BUILD, SUPPORT, compile_plugin
from test_ingest import Worker, create

WORKER = BUILD / "lib/cm-dashboard/cm-plugin-worker"
COLLECT = struct.pack("<QQqQBB", 1, 2, 3, 4, 1, 0)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return compile_plugin(SUPPORT / "ingest_plugin.c", tmp_path_factory.mktemp("copies") / "built.so")


@pytest.fixture
def plugin(built, tmp_path):
    return Path(shutil.copyfile(built, tmp_path / "papers.so"))


def mapped(pid):
    """The files that a process runs code from: path and inode."""
    lines = [line.split(None, 5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    return {(words[5], int(words[4])) for words in lines if len(words) == 6 and words[4] != "0" and "x" in words[1]}


def type_of(place):
    return subprocess.run(["stat", "-f", "-c", "%T", place], capture_output=True, text=True).stdout.strip()


def calls(worker):
    """Goes through the plugin's code: an instance made, asked and ended."""
    for tag, body, answer in ((1, create(is_fed=False), 103), (2, COLLECT, 105), (4, b"", 107)):
        worker.send(tag, body)
        assert worker.receive()[0] == answer


def drop_pages(path):
    """What is not changed leaves the memory, so that the next use reads it from the file."""
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.mark.parametrize("change", ["cut short", "overwritten in place", "deleted", "replaced"])
def test_what_happens_to_the_file_does_not_reach_the_worker(plugin, change):
    with Worker(plugin) as worker:
        assert worker.receive()[0] == 101
        size = plugin.stat().st_size
        if change == "cut short":
            os.truncate(plugin, 0)
        elif change == "overwritten in place":
            with open(plugin, "r+b") as file:
                file.write(b"\xcc" * size)
                file.flush()
                os.fsync(file.fileno())
            drop_pages(plugin)
        elif change == "deleted":
            plugin.unlink()
        else:
            other = plugin.with_name("other.so")
            other.write_bytes(b"\xcc" * size)
            os.rename(other, plugin)
        calls(worker)


def test_the_file_itself_is_not_mapped(plugin):
    with Worker(plugin) as worker:
        assert worker.receive()[0] == 101
        status = plugin.stat()
        names = mapped(worker.process.pid)
        assert not [name for name, inode in names if inode == status.st_ino or name.startswith(str(plugin))], names
        copies = [name for name, _ in names if name.endswith(" (deleted)")]
        assert len(copies) == 1, names
        if type_of("/var/tmp") == "ext2/ext3":
            assert copies[0].startswith("/var/tmp/#"), names


# Run as the first process of a mount namespace: prepares the places where a copy can lie, and becomes the worker.
PLACES = """
import os, subprocess, sys
kind, worker, plugin = sys.argv[1:]
def mount(*words): subprocess.run(["mount", *words], check=True)
home = os.environ["HOME"]
for place in ("/var/tmp", home):
    if kind == "read-only":
        mount("--bind", place, place)
        mount("-o", "remount,bind,ro", place)
    elif kind == "no code":
        mount("--bind", place, place)
        mount("-o", "remount,bind,noexec", place)
    elif kind == "in memory":
        mount("-t", "tmpfs", "tmpfs", place)
    elif kind == "full":
        image = os.path.join(os.path.dirname(home), "disk")
        if not os.path.exists(image):
            with open(image, "wb") as file: file.truncate(1 << 20)
            subprocess.run(["mkfs.ext4", "-q", "-N", "16", "-O", "^has_journal", image], check=True)
            mount("-o", "loop", image, place)
            with open(os.path.join(place, "rest"), "wb", buffering=0) as file:
                try:
                    while True: file.write(bytes(4096))
                except OSError: pass
        else:
            mount("--bind", "/var/tmp", place)
    elif kind == "gone":
        if place == home: os.rmdir(home)
        else: mount("-t", "tmpfs", "-o", "mode=0", "tmpfs", place)
os.execv(worker, [worker, plugin])
"""


class WorkerElsewhere(Worker):
    """A worker that sees other places for its copy; `kind` says which."""

    def __init__(self, plugin, kind, home):
        self.kind, self.home = kind, home
        home.mkdir()
        super().__init__(plugin)

    def command(self, plugin):
        return ["unshare", "-m", "--propagation", "private", sys.executable, "-c", PLACES, self.kind, str(WORKER), str(plugin)]

    def environment(self):
        return os.environ | {"HOME": str(self.home)}


def can_mount():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="only root has mounts of its own")
@pytest.mark.parametrize("kind", ["read-only", "no code", "in memory", "full", "gone"])
def test_where_no_copy_can_lie_on_disk_it_lies_in_memory(built, tmp_path, kind):
    if kind == "full" and not (shutil.which("mkfs.ext4") and Path("/dev/loop-control").exists()):
        pytest.skip("needs mkfs.ext4 and a loop device")
    with WorkerElsewhere(built, kind, tmp_path / "home") as worker:
        assert worker.receive()[0] == 101
        names = [name for name, _ in mapped(worker.process.pid)]
        assert any(name.startswith("/memfd:built.so") for name in names), names
        calls(worker)
