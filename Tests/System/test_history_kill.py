"""
Kills a program that records, over and over, at moments that nothing foresees: the database stays whole, and of what was
recorded at most the last minute is lost. The program's time is turned, so that a second of the test holds hours with their
seals. HISTORY_KILLS is how often (50).
"""

import os
import random
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from history_program import compiled

KILLS = int(os.environ.get("HISTORY_KILLS", "50"))
SEED = int(os.environ.get("HISTORY_SEED", random.randrange(1 << 32)))
# Turned seconds.
FIRST = 1_772_323_200
STEP = 10
LOST_AT_MOST = 60
# What is looked at again after each kill; every sample is kept for a week.
REMEMBERED = 86_400


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    if not shutil.which(os.environ.get("SWIFT", "swift") + "c"):
        pytest.skip("no swiftc")
    return compiled(tmp_path_factory.mktemp("history"))


class Recorder:
    """The program that records into a folder, from one turned moment to the next."""

    def __init__(self, program, folder):
        self._program, self.folder = program, folder
        self._reached = folder / "reached"
        # The turned seconds of each run: its first sample, and the latest that the program knew to be taken in.
        self.runs = []

    def run_until_killed(self, seconds):
        first = self.runs[-1][1] + 3 * STEP if self.runs else FIRST
        self._reached.unlink(missing_ok=True)
        process = subprocess.Popen(
            [self._program, "record", self.folder, str(first), self._reached], stderr=subprocess.PIPE, text=True)
        time.sleep(seconds)
        process.kill()
        _, said = process.communicate()
        assert process.returncode == -9, said
        if self._reached.exists() and (words := self._reached.read_text().split()):
            self.runs.append((first, int(words[0])))

    def check(self):
        with closing(sqlite3.connect(f"file:{self.folder}/history.db?mode=ro", uri=True)) as database:
            assert database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        end = self.runs[-1][1]
        for first, reached in self.runs:
            # What was safe at the run's end.
            safe = reached - LOST_AT_MOST
            if safe > first and reached > end - REMEMBERED:
                self._check(max(first, end - REMEMBERED), safe)

    def _check(self, first, last):
        done = subprocess.run(
            [self._program, "check", self.folder, str(first), str(last)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["0", "0", "0"], f"missing, wrong, twice: {done.stdout}from {first} to {last}"

    @property
    def hours(self):
        return sum(reached - first for first, reached in self.runs) / 3600


@pytest.mark.xdist_group("kill")
@pytest.mark.limit(400 + KILLS)
def test_kills_lose_at_most_a_minute(program, tmp_path):
    print(f"HISTORY_SEED={SEED}")
    chance = random.Random(SEED)
    recorder = Recorder(program, tmp_path)
    for turn in range(KILLS):
        # The first moments, in which files are created and what was left is sealed, are hit as often as later ones.
        recorder.run_until_killed(chance.uniform(0.002, 0.06) if turn % 2 else chance.uniform(0.05, 0.4))
        if recorder.runs:
            recorder.check()
    assert recorder.hours > KILLS / 10, "hardly anything was recorded"
    print(f"{KILLS} kills in {recorder.hours:.0f} recorded hours")


@pytest.mark.xdist_group("kill")
@pytest.mark.limit(400)
def test_the_check_sees_what_is_missing(program, tmp_path):
    """What the test above relies on."""
    recorder = Recorder(program, tmp_path)
    while not recorder.runs or recorder.hours < 3:
        recorder.run_until_killed(0.3)
    recorder.check()
    with closing(sqlite3.connect(Path(tmp_path) / "history.db")) as database:
        database.execute("DELETE FROM chunk WHERE id = (SELECT min(id) FROM chunk)")
        database.commit()
    with pytest.raises(AssertionError, match="missing"):
        recorder.check()
