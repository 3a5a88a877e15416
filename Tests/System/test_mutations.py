"""Every reader beside changed input: one number, field, line or byte of a captured machine or document is another.

The invariant, with B what the unchanged input gives, M what the changed one gives, and W what it gives without the value:
- nothing crashes or hangs;
- where a number became an impossible one (-1e18, 2^63, 2^64, 1e300), or a field was dropped or renamed, a value that is
  critical in M is critical in B or W; a value that is ok in M is ok in B or W, or the widget's note (unknown or worse) says
  what is amiss. So what remains decides, and what cannot be true neither alarms nor reassures.
A value that is warning, unknown, without a status or absent is free, and so is one that B has under another name. A thing that has lost its name or serial number is
another thing: where a field was dropped or renamed, instances that B does not have are free, and a value is ok only where it
was not critical in B, since a sum of what is left may be well.

Each reader gets MUTATION_COUNT changes (250), the same on every machine; with MUTATION_SECONDS as many as that time has.
MUTATION_SEED is the start of the dice.
"""

import json
import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest
from conftest import FIXTURES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from mutation import Reader, of  # noqa: E402

SECONDS = float(os.environ.get("MUTATION_SECONDS", "0"))
COUNT = int(os.environ.get("MUTATION_COUNT", "250"))
SEED = os.environ.get("MUTATION_SEED", "1")

MACHINES = {"nvme": "drives", "cpu": "cpu", "memory": "memory", "services": "services", "gpu": "gpu", "backup": "backup"}


# The plugin that a captured case is about, by the beginning of its name.
CASES = {
    "cpu": "cpu", "steal": "cpu", "ntfs": "cpu", "lxc": "memory", "zram": "memory", "systemd": "services", "apu": "gpu",
    "gpu": "gpu", "restic": "backup"}  # fmt: skip


def machines():
    for plugin, prefix in MACHINES.items():
        for folder in sorted(FIXTURES.glob(f"{prefix}-*")):
            yield pytest.param(plugin, folder, id=f"{plugin}-{folder.name}")
    for folder in sorted((FIXTURES / "cases").iterdir()):
        plugin = CASES.get(folder.name.split("-")[0], "nvme")
        root = folder / "root" if (folder / "root").is_dir() else folder
        yield pytest.param(plugin, root, id=f"{plugin}-{folder.name}")


def violations(before, after, mutation):
    if after.crashed:
        return [after.end]
    if not mutation.is_strict:
        return []
    found = []
    known = {instance for instance, _ in before.status}
    values = {(metric, before.value[instance, metric], status) for (instance, metric), status in before.status.items()}
    for key, status in after.status.items():
        # The same thing under another name, as where the changed number is a part of the name.
        is_renamed = key[0] not in known and (key[1], after.value[key], status) in values
        if is_renamed or mutation.is_dropped and key[0] not in known:
            continue
        if before.status.get(key) == status or status not in ("critical", "ok"):
            continue
        # A sum of what is left may be well where the whole was not quite.
        if mutation.is_dropped and status == "ok" and before.status.get(key) != "critical":
            continue
        if status == "critical" or not after.is_said:
            found.append(f"{key}: {before.value.get(key)} [{before.status.get(key)}] -> {after.value[key]} [{status}]")
    return found


def changed(reader, files, dice):
    """Yields each mutation that broke the invariant."""
    before = reader.read()
    assert not before.crashed, before.lines
    end = time.monotonic() + SECONDS
    count = 0
    while count < COUNT if SECONDS == 0 else time.monotonic() < end:
        file = dice.choice(files)
        original = file.read_bytes()
        mutation = of(original, dice)
        file.write_bytes(mutation.text)
        after = reader.read()
        file.write_bytes(original)
        count += 1
        found = violations(before, after, mutation)
        if found and not after.crashed and mutation.without is not None:
            if mutation.without:
                file.write_bytes(mutation.without)
            else:
                file.unlink()
            without = reader.read()
            file.write_bytes(original)
            found = violations(without, after, mutation)
        for violation in found:
            yield f"{file.name}: {mutation.words}: {violation}"
            if after.crashed:
                return
    print(f"{count} inputs")


NOW = 1772366400
DOCUMENTS = {
    "drives": {
        "status": "warning", "timestamp": NOW - 3, "issues": ["nvme1n1: wear at 85%"],
        "drives": [
            {"name": "nvme0n1", "temperature_c": 41.0, "wear_level": 4.0, "power_on_hours": 11419,
             "available_spare": 100.0, "capacity_gb": 500.1, "used_gb": 123.4, "description": ["Samsung 980"]},
            {"name": "nvme1n1", "temperature_c": 38.0, "wear_level": 85.0, "power_on_hours": 900,
             "available_spare": 99.0, "capacity_gb": 1000.2, "used_gb": 12.0}],
        "summary": {"healthy": 1, "warning": 1, "critical": 0, "capacity_total_gb": 1500.3, "capacity_used_gb": 135.4}},
    "services": {
        "summary": {
            "healthy": 2, "degraded": 1, "failed": 1, "memory_used_mb": 812.0, "memory_quota_mb": 9216.0,
            "system_memory_used_mb": 2460.2, "system_memory_total_mb": 7782.0, "disk_used_gb": 62.0, "disk_total_gb": 480.0,
            "cpu_load_1": 0.42, "cpu_load_5": 0.38, "cpu_load_15": 0.31, "cpu_freq_mhz": 2400.0, "cpu_temp_c": 51.0,
            "gpu_load_percent": 12.0, "gpu_temp_c": 44.0},
        "services": [
            {"name": name, "status": status, "memory_used_mb": 203.0, "memory_quota_mb": 4096.0, "cpu_percent": 1.2,
             "disk_used_gb": 15.0, "disk_quota_gb": 100.0}
            for name, status in (("gitea", "running"), ("nginx", "running"), ("sync", "degraded"), ("mail", "stopped"))],
        "timestamp": NOW - 3},
    "backups": {
        "overall_status": "healthy",
        "backup": {"last_success": "2026-03-01T04:00:12Z", "last_failure": "2026-02-11T04:00:12Z", "size_gb": 15.2,
                   "snapshot_count": 42},
        "service": {"enabled": True, "pending_jobs": 0, "last_message": "done"}, "timestamp": NOW - 3},
}
READERS = [("nvme", "drives"), ("services", "services"), ("cpu", "services"), ("memory", "services"), ("gpu", "services"),
           ("backup", "backups")]


@pytest.mark.parametrize("plugin, kind", READERS, ids=[f"{plugin}-{kind}" for plugin, kind in READERS])
def test_a_document(plugin, kind, tmp_path):
    file = tmp_path / "document.json"
    file.write_text(json.dumps(DOCUMENTS[kind]))
    reader = Reader(plugin, "--ingest", f"{kind}={file}")
    try:
        found = sorted(set(changed(reader, [file], random.Random(f"{SEED} {plugin} {kind}"))))
    finally:
        reader.close()
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize("plugin, folder", machines())
def test_a_machine(plugin, folder, tmp_path):
    root = Path(shutil.copytree(folder, tmp_path / "root", symlinks=True))
    files = [file for file in sorted(root.rglob("*")) if file.is_file() and not file.is_symlink()]
    files = [file for file in files if 0 < file.stat().st_size < 200_000]
    if not files:
        pytest.skip("nothing to change")
    reader = Reader(plugin, "--root", str(root), ticks=2)
    try:
        found = sorted(set(changed(reader, files, random.Random(f"{SEED} {plugin} {folder.parent.name} {folder.name}"))))
    finally:
        reader.close()
    assert not found, "\n".join(found[:20])
