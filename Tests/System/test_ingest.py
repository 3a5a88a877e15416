"""cm.ingest/1: documents that hosts serve become the snapshots that a collect there would make.

Through Tests/Support/probe.c, through the conformance suite, and through a worker.
"""

import copy
import json
import os
import socket
import struct
import subprocess

import pytest

from conftest import BUILD, SUPPORT, compile_plugin
from probe import Probe
from test_plugin_check import check, rows

SOURCE = SUPPORT / "ingest_plugin.c"
GIB = 1024**3
MIB = 1024**2

DRIVES = {
    "status": "ok",
    "drives": [
        {
            "name": "nvme0n1", "temperature_c": 56.0, "wear_level": 4.0, "power_on_hours": 11419,
            "available_spare": 100.0, "capacity_gb": 500.1, "used_gb": 123.4, "description": ["Samsung", "980"],
        }
    ],
    "summary": {"healthy": 1, "warning": 0, "critical": 0},
    "issues": [],
    "timestamp": 1772366399,
}  # fmt: skip
SERVICES = {
    "summary": {
        "healthy": 1, "degraded": 1, "failed": 1, "memory_used_mb": 1830.5, "memory_quota_mb": 11264.0,
        "system_memory_used_mb": 2460.2, "system_memory_total_mb": 7782.0, "disk_used_gb": 62.0,
        "disk_total_gb": 480.0, "cpu_load_1": 0.42, "cpu_load_5": 0.38, "cpu_load_15": 0.31,
        "cpu_freq_mhz": 2400.0, "cpu_temp_c": 51.0, "gpu_load_percent": 12.0, "gpu_temp_c": 44.0,
    },
    "services": [
        {
            "name": "gitea", "status": "running", "memory_used_mb": 256.0, "memory_quota_mb": 4096.0,
            "cpu_percent": 1.5, "disk_used_gb": 15.0, "disk_quota_gb": 100.0, "description": ["Forge"],
        },
        {"name": "unifi", "status": "degraded", "memory_used_mb": 1950, "memory_quota_mb": 2048},
        {"name": "web", "status": "stopped", "memory_used_mb": 0, "memory_quota_mb": 0, "disk_used_gb": 2},
    ],
    "timestamp": 1772366399,
}  # fmt: skip
BACKUPS = {
    "overall_status": "healthy",
    "backup": {
        "last_success": "2026-03-01T04:00:12Z", "last_failure": None, "size_gb": 15.2, "snapshot_count": 42,
    },
    "service": {"enabled": True, "pending_jobs": 0, "last_message": "completed"},
    "timestamp": 1772366399,
}  # fmt: skip
DOCUMENTS = {"drives": DRIVES, "services": SERVICES, "backups": BACKUPS}
KINDS = {
    "nvme": "drives", "services": "services", "backup": "backups",
    "cpu": "services", "memory": "services", "gpu": "services",
}  # fmt: skip


class Served:
    """Feeds a plugin with a document: an object, or a text or bytes as they are."""

    def __init__(self, folder):
        self.path = folder / "document"

    def __call__(self, plugin, document=None, *options, kind=None, **more):
        kind = kind or KINDS[plugin]
        if document is None:
            document = DOCUMENTS[kind]
        if isinstance(document, str):
            document = document.encode()
        elif not isinstance(document, bytes):
            document = json.dumps(document).encode()
        self.path.write_bytes(document)
        return Probe(plugin, "", "--host", "srv01", "--ingest", f"{kind}={self.path}", *options, **more)

    def sentence(self, plugin, document, **more):
        """Why it is refused: "failed: …"."""
        output = self(plugin, document, expect=1, **more).output
        (line,) = [line for line in output.splitlines() if line.startswith("ingest failed (")]
        return line.removeprefix("ingest failed (").replace("): ", ": ", 1)


@pytest.fixture
def served(tmp_path):
    return Served(tmp_path)


def changed(kind, *changes):
    """
    A document with values replaced: each change is a path and a value, or a path alone for what is removed. A summary
    that is not changed counts the list as it is.
    """
    document = copy.deepcopy(DOCUMENTS[kind])
    for *path, value in changes:
        place = document
        for step in path[:-1]:
            place = place[step]
        if value is GONE:
            del place[path[-1]]
        else:
            place[path[-1]] = value
    if kind in COUNTED and not any("summary" in path for *path, _ in changes):
        document["summary"] |= counts(document.get(kind), document.get("status"), COUNTED[kind])
    return document


COUNTED = {"drives": ("healthy", "warning", "critical"), "services": ("healthy", "degraded", "failed")}
CLASSES = {"warning": 1, "degraded": 1, "restarting": 1, "critical": 2, "stopped": 2}


def counts(things, status, names):
    found = dict.fromkeys(names, 0)
    for place, thing in enumerate(things if isinstance(things, list) else []):
        # The word for all drives is one about the last of them.
        word = thing.get("status", status if place == len(things) - 1 else "") if isinstance(thing, dict) else ""
        found[names[CLASSES.get(word, 0) if isinstance(word, str) else 0]] += 1
    return found


GONE = object()


def note(probe):
    lines = [line.removeprefix("note ") for line in probe.output.splitlines() if line.startswith("note (")]
    return lines[0] if lines else None


# Whole documents: every sample.


def test_a_drive(served):
    found = served("nvme")
    assert found.samples == {
        ("nvme0n1", "verdict"): ("ok", "ok"),
        ("nvme0n1", "wear"): ("4 percent", "ok"),
        ("nvme0n1", "temperature"): ("56 celsius", "ok"),
        ("nvme0n1", "heat"): ("normal", "ok"),
        ("nvme0n1", "spare"): ("100 percent", "ok"),
        ("nvme0n1", "power_on"): (f"{11419 * 3600} seconds", "-"),
        ("nvme0n1", "used"): ("123400000000 bytes", "-"),
        ("nvme0n1", "capacity"): ("500100000000 bytes", "-"),
        ("nvme0n1", "kind"): ("NVMe", "-"),
        ("nvme0n1", "description"): ("Samsung; 980", "-"),
    }
    assert note(found) is None


def test_services(served):
    found = served("services")
    assert found.samples == {
        ("", "summary"): ("1/3", "critical"),
        ("", "running"): ("1 count", "-"),
        ("", "total"): ("3 count", "-"),
        ("gitea", "state"): ("running", "ok"),
        ("gitea", "cpu"): ("1.5 percent", "-"),
        ("gitea", "memory"): (f"{256 * MIB} bytes", "-"),
        ("gitea", "memory_limit"): (f"{4 * GIB} bytes", "-"),
        ("gitea", "memory_percent"): ("6.25 percent", "ok"),
        ("gitea", "disk"): (f"{15 * 10**9} bytes", "-"),
        ("gitea", "disk_quota"): (f"{100 * 10**9} bytes", "-"),
        ("gitea", "disk_percent"): ("15 percent", "ok"),
        ("gitea", "description"): ("Forge", "-"),
        ("unifi", "state"): ("degraded", "warning"),
        ("unifi", "memory"): (f"{1950 * MIB} bytes", "-"),
        ("unifi", "memory_limit"): (f"{2 * GIB} bytes", "-"),
        ("unifi", "memory_percent"): ("95.21484375 percent", "critical"),
        ("web", "state"): ("stopped", "critical"),
        ("web", "memory"): ("0 bytes", "-"),
        ("web", "disk"): (f"{2 * 10**9} bytes", "-"),
    }
    assert note(found) is None


def test_a_backup(served):
    found = served("backup")
    assert found.samples == {
        ("backup", "state"): ("success", "ok"),
        ("backup", "age"): ("28788 seconds", "ok"),
        ("backup", "last"): ("1772337612", "-"),
        ("backup", "size"): ("15200000000 bytes", "-"),
        ("backup", "snapshots"): ("42 count", "-"),
        ("backup", "service"): ("enabled", "ok"),
        ("backup", "pending"): ("0 count", "-"),
        ("backup", "message"): ("completed", "-"),
    }
    assert note(found) is None


def test_the_host_as_a_whole(served):
    assert served("cpu").samples == {
        ("total", "load1"): ("0.42", "-"),
        ("total", "load5"): ("0.38", "-"),
        ("total", "load15"): ("0.31", "-"),
        ("total", "frequency"): ("2400000000 hertz", "-"),
        ("total", "temperature"): ("51 celsius", "ok"),
        ("fs:disk", "fs_percent"): ("12.916666666666666 percent", "ok"),
        ("fs:disk", "fs_used"): (f"{62_000_000_000} bytes", "-"),
        ("fs:disk", "fs_size"): (f"{480_000_000_000} bytes", "-"),
    }
    memory = served("memory").samples
    assert memory["total", "used"] == ("2579706675.2 bytes", "-")
    assert memory["total", "total"] == (f"{7782 * MIB} bytes", "-")
    assert memory["total", "used_percent"] == ("31.613980981752761 percent", "ok") and len(memory) == 3
    assert served("gpu").samples == {
        ("gpu", "load"): ("12 percent", "-"),
        ("gpu", "temperature"): ("44 celsius", "ok"),
    }


# What a document lacks is absent, and not zero.


@pytest.mark.parametrize("value", [None, GONE], ids=["null", "missing"])
def test_what_is_optional(served, value):
    optional = [name for name in DRIVES["drives"][0] if name != "name"] 
    drive = served("nvme", changed("drives", *[("drives", 0, name, value) for name in optional], ("issues", value)))
    assert drive.samples == {("nvme0n1", "verdict"): ("ok", "ok"), ("nvme0n1", "kind"): ("NVMe", "-")}
    optional = [name for name in SERVICES["services"][0] if name not in ("name", "status")]
    services = served("services", changed("services", *[("services", 0, name, value) for name in optional]))
    assert {metric for instance, metric in services.samples if instance == "gitea"} == {"state"}
    for plugin, names, left in [
        ("cpu", ["cpu_load_5", "cpu_load_15", "cpu_freq_mhz", "cpu_temp_c", "disk_used_gb", "disk_total_gb"],
         {"load1"}),
        ("gpu", ["gpu_load_percent"], {"temperature"}),
        ("gpu", ["gpu_temp_c"], {"load"}),
    ]:
        found = served(plugin, changed("services", *[("summary", name, value) for name in names]))
        assert {metric for _, metric in found.samples} == left
    backup = served("backup", changed(
        "backups", ("backup", "size_gb", value), ("backup", "snapshot_count", value), ("backup", "last_failure", value),
        ("service", "enabled", value), ("service", "pending_jobs", value), ("service", "last_message", value),
    ))  # fmt: skip
    assert {metric for _, metric in backup.samples} == {"state", "age", "last"}


def test_what_is_not_known_costs_nothing(served):
    document = changed("drives", ("later", {"a": [1]}), ("drives", 0, "smell", "none"), ("status", "ok"))
    assert len(served("nvme", document).samples) == 10


def test_integers_and_a_single_text_are_as_good(served):
    document = changed("drives", ("drives", 0, "temperature_c", 56), ("drives", 0, "description", "Samsung"))
    found = served("nvme", document).samples
    assert found["nvme0n1", "temperature"] == ("56 celsius", "ok")
    assert found["nvme0n1", "description"] == ("Samsung", "-")


def test_a_host_without_a_gpu(served):
    document = changed("services", ("summary", "gpu_load_percent", None), ("summary", "gpu_temp_c", None))
    assert served.sentence("gpu", document) == "unavailable: srv01 reports no GPU"


def test_a_host_without_drives_or_services(served):
    assert served.sentence("nvme", changed("drives", ("drives", []))) == "unavailable: srv01 reports no drives"
    assert served.sentence("services", changed("services", ("services", []))) == (
        "unavailable: srv01 reports no services"
    )


# What is judged.


def test_limits_judge_as_they_do_at_home(served):
    document = changed(
        "drives", ("drives", 0, "wear_level", 96), ("drives", 0, "temperature_c", 80), ("drives", 0, "available_spare", 9),
    )  # fmt: skip
    found = served("nvme", document).samples
    assert found["nvme0n1", "wear"] == ("96 percent", "critical")
    assert found["nvme0n1", "heat"] == ("hot (limit 75°C)", "warning")
    assert found["nvme0n1", "spare"] == ("9 percent", "critical")


@pytest.mark.parametrize("word, status", [("warning", "warning"), ("critical", "critical"), ("odd", "unknown")])
def test_the_word_for_all_drives(served, word, status):
    alone = served("nvme", changed("drives", ("status", word), ("issues", ["Wear is high", "call me"])))
    assert alone.samples["nvme0n1", "verdict"] == (word, status)
    assert note(alone) == f"({status}): Wear is high; call me"
    silent = served("nvme", changed("drives", ("status", word)))
    assert note(silent) == f'({status}): the host calls its drives "{word}" and names no issue'


def test_an_issue_is_that_of_the_drive_that_it_names(served):
    more = [{"name": name, "wear_level": 3} for name in ("nvme0n10", "sda")]
    document = changed("drives", ("drives", DRIVES["drives"] + more), ("status", "critical"), ("issues", ["nvme0n10: dying"]))
    found = served("nvme", document).samples
    assert found["nvme0n10", "verdict"] == ("critical", "critical")
    assert found["nvme0n10", "findings"] == ("nvme0n10: dying", "critical")
    assert {instance for instance, metric in found if metric in ("verdict", "findings")} == {"nvme0n10"}


@pytest.mark.parametrize("word, status", [
    ("running", "ok"), ("degraded", "warning"), ("restarting", "warning"), ("stopped", "critical"), ("odd", "unknown"),
])  # fmt: skip
def test_states_of_services(served, word, status):
    document = changed("services", ("services", [{"name": "a", "status": word}]))
    found = served("services", document).samples
    assert found["a", "state"] == (word, status)
    assert found["", "summary"] == ("1/1" if word == "running" else "0/1", status)


@pytest.mark.parametrize("change, word, status, sentence", [
    (("overall_status", "warning"), "warning", "warning", "srv01 reports a warning for its backup: completed"),
    (("overall_status", "failed"), "failed", "critical", "srv01 reports that its backup failed: completed"),
    (("overall_status", "unknown"), "unknown", "unknown", "srv01 does not know how its backup stands: completed"),
    (("overall_status", "odd"), "odd", "unknown", 'srv01 calls its backup "odd", which is not known here'),
    (("service", "enabled", False), "disabled", "warning",
     "the backup service of srv01 is not enabled, so no backup will run"),
    (("backup", "last_success", None), "no success", "unknown",
     "srv01 tells of no backup that has succeeded, and of 42 snapshots"),
    (("backup", "last_success", "2026-02-28T04:00:00Z"), "late", "warning",
     "the last backup is 32h old, 26h being the limit"),
    (("backup", "last_success", 1772100000), "overdue", "critical", "the last backup is 3d old, 52h being the limit"),
    (("backup", "last_success", "2026-03-01T15:00:00Z"), "in the future", "unknown",
     "the last snapshot is dated 3h ahead: check this machine's clock and that of the one that makes the backup"),
])  # fmt: skip
def test_how_a_backup_stands(served, change, word, status, sentence):
    found = served("backup", changed("backups", change))
    assert found.samples["backup", "state"] == (word, status)
    assert note(found) == f"({status}): {sentence}"


def test_a_failure_after_the_last_success(served):
    late = served("backup", changed("backups", ("backup", "last_failure", "2026-03-01T05:00:00+01:00")), size="50x8")
    assert late.samples["backup", "last_failure"] == ("1772337600", "-")
    late = served("backup", changed("backups", ("backup", "last_failure", "2026-03-01 09:00:00")), size="50x8")
    assert late.samples["backup", "last_failure"] == ("1772355600", "warning")
    assert any("Failed" in line and "09:00, 3h ago" in line for line in late.picture), late.picture


# What a layout asks for holds for documents, too.


def test_options(served):
    more = DRIVES["drives"] + [{"name": "sda"}]
    found = served("nvme", changed("drives", ("drives", more)), "exclude=nvme*")
    assert {instance for instance, _ in found.samples} == {"sda"}
    output = served("nvme", None, "exclude=*", expect=1).output
    assert "(unavailable): no drive is left to show: check the options devices and exclude of this widget" in output
    found = served("nvme", None, "drive_limits=false")
    assert ("nvme0n1", "heat") not in found.samples
    found = served("services", None, "units=gi*,web.service", "quotas=web=4000000000")
    assert {instance for instance, _ in found.samples} == {"", "gitea", "web"}
    assert found.samples["", "summary"] == ("1/2", "critical")
    assert found.samples["web", "disk_percent"] == ("50 percent", "ok")
    nothing = served("services", None, "units=none")
    assert note(nothing) == "(unknown): no service matches none.service; correct `units`"
    assert served("backup", None, "fresh=4h").samples["backup", "state"] == ("late", "warning")


# Bad documents: one precise sentence each, and nothing emitted.

BAD = {
    "empty": ("nvme", "", "the drives document is empty"),
    "blank": ("nvme", " \r\n", "the drives document is empty"),
    "html": ("nvme", "<!DOCTYPE html><html></html>",
             "the drives document is HTML or XML and not JSON: does something else answer at that port and path?"),
    "no json": ("services", "Not found", "the services document is not JSON (byte 3: invalid token near 'Not')"),
    "list": ("services", "[1, 2]", 'the services document is no JSON object; it begins with "["'),
    "number": ("services", "42", 'the services document is no JSON object; it begins with "4"'),
    "cut short": ("backup", json.dumps(BACKUPS)[:100], "the backups document is cut short after 100 bytes"),
    "a comma too much": ("backup", '{"a": 1,}', "the backups document is not JSON (byte 9: string or '}' expected near '}')"),
    "cut behind a brace": ("nvme", '{"drives": [{"name": "sda"}', "the drives document is cut short after 27 bytes"),
    "cut in a word": ("backup", '{"a": tru', "the backups document is cut short after 9 bytes"),
    "nan": ("nvme", '{"timestamp": NaN, "a": 1}',
            "the drives document is not JSON (byte 17: invalid token near 'NaN')"),
    "too large a number": ("nvme", '{"timestamp": 1e999, "a": 1}',
                           "the drives document is not JSON (byte 19: real number overflow near '1e999')"),
    "trailing": ("nvme", json.dumps(DRIVES) + "}", "the drives document is not JSON (byte 313: end of file expected near '}')"),
    "no utf-8": ("nvme", b'{"a": "\xff", "b": 1}', "the drives document is not JSON (byte 7: unable to decode byte 0xff near '\"')"),
    "nested": ("nvme", '{"a":' + "[" * 100_000,
               "the drives document is not JSON (byte 2053: maximum parsing depth reached near '[')"),
    "no timestamp": ("nvme", changed("drives", ("timestamp", GONE)),
                     "the drives document lacks timestamp, which is required"),
    "timestamp of words": ("cpu", changed("services", ("timestamp", "noon")),
                           'the services document has "noon" for timestamp; a number is expected'),
    "no status": ("nvme", changed("drives", ("status", None)),
                  "the drives document has null for status, which is required"),
    "no drives": ("nvme", changed("drives", ("drives", GONE)), "the drives document lacks drives, which is required"),
    "nameless": ("nvme", changed("drives", ("drives", DRIVES["drives"] + [{}])),
                 "the drives document lacks drives[1].name, which is required"),
    "no services": ("services", changed("services", ("services", GONE)),
                    "the services document lacks services, which is required"),
    "no state": ("services", changed("services", ("services", 2, "status", GONE)),
                 "the services document lacks services[2].status, which is required"),
    "no summary": ("services", changed("services", ("summary", GONE)),
                   "the services document lacks summary, which is required"),
    "summary as list": ("memory", changed("services", ("summary", [])),
                        "the services document has a list for summary; an object is expected"),
    "no load": ("cpu", changed("services", ("summary", "cpu_load_1", GONE)),
                "the services document lacks summary.cpu_load_1, which is required"),
    "no memory": ("memory", changed("services", ("summary", "system_memory_total_mb", GONE)),
                  "the services document lacks summary.system_memory_total_mb, which is required"),
    "no overall status": ("backup", changed("backups", ("overall_status", GONE)),
                          "the backups document lacks overall_status, which is required"),
    "no backup": ("backup", changed("backups", ("backup", None)),
                  "the backups document has null for backup, which is required"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_documents(served, case):
    plugin, document, sentence = BAD[case]
    assert served.sentence(plugin, document) == "failed: " + sentence
    assert not served(plugin, document, expect=1).samples


# One bad field is left out and named, and the others are read.

LEFT_OUT = {
    "status of a number": ("nvme", changed("drives", ("status", 1)),
                           "the drives document has 1 for status; a text is expected"),
    "drives as object": ("nvme", changed("drives", ("drives", {})),
                         "the drives document has an object for drives; a list is expected"),
    "a drive of words": ("nvme", changed("drives", ("drives", ["sda"])),
                         'the drives document has "sda" for drives[0]; an object is expected'),
    "an empty name": ("nvme", changed("drives", ("drives", 0, "name", "")),
                      "the drives document has a text of 0 bytes for drives[0].name; 1 to 256 are possible"),
    "a long name": ("services", changed("services", ("services", 0, "name", "ä" * 129)),
                    "the services document has a text of 258 bytes for services[0].name; 1 to 256 are possible"),
    "a text for a number": ("nvme", changed("drives", ("drives", 0, "temperature_c", "hot")),
                            'the drives document has "hot" for drives[0].temperature_c; a number is expected'),
    "a huge number": ("nvme", changed("drives", ("drives", 0, "temperature_c", 1e300)),
                      "the drives document has 1.00e300 for drives[0].temperature_c; -40 to 150 is possible"),
    "a huge integer": ("nvme", changed("drives", ("drives", 0, "power_on_hours", 10**40)),
                       "the drives document has 1.00e40 for drives[0].power_on_hours; 0 to 888889 is possible"),
    "less than nothing": ("services", changed("services", ("services", 1, "memory_used_mb", -1)),
                          "the services document has -1 for services[1].memory_used_mb; 0 to 1.07G is possible"),
    "issues of numbers": ("nvme", changed("drives", ("issues", ["a", 2])),
                          "the drives document has 2 for issues[1]; a text is expected"),
    "issues of an object": ("nvme", changed("drives", ("issues", {})),
                            "the drives document has an object for issues; a list of texts is expected"),
    "memory of nothing": ("memory", changed("services", ("summary", "system_memory_total_mb", 0)),
                          "the services document has 0 for summary.system_memory_total_mb; 1 to 1.07G is possible"),
    "a gpu of words": ("gpu", changed("services", ("summary", "gpu_load_percent", True)),
                       "the services document has true for summary.gpu_load_percent; a number is expected"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT_OUT)
def test_one_bad_field_is_left_out(served, case):
    plugin, document, sentence = LEFT_OUT[case]
    found = served(plugin, document)
    status, said = note(found).split(": ", 1)
    assert said.endswith(sentence)
    # The host's own issue counts beside it.
    assert status == ("(warning)" if case == "issues of numbers" else "(unknown)")
    assert found.samples or case in ("drives as object", "a drive of words")


def test_drives_and_services_that_come_twice(served):
    twice = [{"name": "sda", "wear_level": 1, "available_spare": 50}, {"name": "sdb"}, {"name": "sda", "wear_level": 2}]
    found = served("nvme", changed("drives", ("drives", twice)))
    assert found.samples["sda", "wear"] == ("1 percent", "ok") and found.samples["sda (2)", "wear"] == ("2 percent", "ok")
    assert note(found) == "(unknown): the drives document lists sda twice; both entries are shown"
    twice = [{"name": "a", "status": "stopped", "cpu_percent": 1}, {"name": "a", "status": "running"}]
    found = served("services", changed("services", ("services", twice)))
    assert found.samples["a", "state"] == ("stopped", "critical")
    assert found.samples["a (2)", "state"] == ("running", "ok") and found.samples["", "summary"] == ("1/2", "critical")
    assert note(found) == "(unknown): the services document lists a twice; both entries are shown"


def test_many_services(served):
    many = [dict(SERVICES["services"][0], name=f"service-{number:05}") for number in range(5001)]
    found = served("services", changed("services", ("services", many[:5000])), "--no-draw")
    assert found.samples["", "summary"] == ("5000/5000", "ok") and note(found) is None
    assert found.samples["service-04999", "disk_percent"] == ("15 percent", "ok")
    found = served("services", changed("services", ("services", many)), "--no-draw")
    assert found.samples["", "summary"] == ("5001/5001", "ok")
    assert len({instance for instance, _ in found.samples}) == 5001
    assert note(found) == "(unknown): only the first 5000 of 5001 services are shown; name fewer in `units`"


def test_control_characters_pass_as_they_are(served):
    """They are the host's affair, before anything reaches a terminal."""
    found = served("nvme", changed("drives", ("drives", 0, "description", ["a\u001b[31mb\u0007c"])), "--no-draw")
    assert "a\x1b[31mb\x07c" in found.output


def times(output):
    return [float(line.split()[1]) for line in output.splitlines() if line.startswith("taken ")]


@pytest.mark.parametrize("plugin", KINDS)
def test_a_document_s_own_time_is_passed_on(served, plugin):
    assert times(served(plugin).output) == [1772366399]
    assert times(served(plugin, changed(KINDS[plugin], ("timestamp", 0.25))).output) == [0.25]


@pytest.mark.parametrize("plugin", KINDS)
def test_the_time_of_a_document_that_is_wrong_is_passed_on(served, plugin):
    """Milliseconds, which the host names; and where everything but the time is missing."""
    for document, time in (
        (changed(KINDS[plugin], ("timestamp", 1772366399000)), 1772366399000),
        ({"timestamp": -1e300}, -1e300),
        ({"timestamp": 5}, 5),
    ):
        assert times(served(plugin, document, expect=1).output) == [time]


@pytest.mark.parametrize("plugin", KINDS)
def test_a_document_without_a_time_passes_none_on(served, plugin):
    for value in (GONE, None, "1772366399", [1772366399], True):
        assert times(served(plugin, changed(KINDS[plugin], ("timestamp", value)), expect=1).output) == []
    assert times(served(plugin, json.dumps(DOCUMENTS[KINDS[plugin]])[:-1], expect=1).output) == []


def test_a_document_after_a_bad_one(served, tmp_path):
    """Nothing of a bad document stays behind."""
    good = tmp_path / "good"
    good.write_text(json.dumps(DRIVES))
    found = served("nvme", '{"status": "ok", "drives": [{"name": "sdz"', ticks=2, between=f"cp {good} {served.path}")
    assert "ingest failed (failed): the drives document is cut short" in found.output
    assert {instance for instance, _ in found.samples} == {"nvme0n1"}


def test_a_kind_that_is_not_named(served):
    sentence = served.sentence("nvme", BACKUPS, kind="backups")
    assert sentence == 'invalid: nvme takes no documents of the kind "backups"'


# Pictures: what is not known takes no room.


@pytest.mark.parametrize("size", ["36x5", "36x4", "76x8", "160x20"])
@pytest.mark.parametrize("plugin", KINDS)
def test_pictures(served, plugin, size):
    bare = {
        "drives": changed("drives", ("drives", [{"name": "nvme0n1", "wear_level": 4}])),
        "services": changed("services", ("services", [{"name": "gitea", "status": "running"}])),
        "backups": changed("backups", ("backup", {"last_success": 1772337612}), ("service", {})),
    }[KINDS[plugin]]
    for document in (None, bare):
        for options in ((), ("--zoom",)):
            picture = served(plugin, document, *options, size=size).picture
            assert any(picture), "nothing is drawn"
            assert not any("–" in line or line.rstrip().endswith("----") and "%" not in line for line in picture), picture


def test_pictures_of_one_drive(served):
    assert served("nvme", size="36x4").picture == [
        "Wear        4% #---------------|--|-",
        "Temp      56°C         Spare    100%",
        "Used      115G/466G    Hours  11419h",
        "Status  ok ok",
    ]
    bare = changed("drives", ("drives", 0, {"name": "sda", "temperature_c": 40, "power_on_hours": 24}))
    assert served("nvme", bare, size="36x4").picture == ["Temp      40°C         Hours     24h", "Status  ok ok", "", ""]


def test_pictures_of_the_host(served):
    assert served("cpu", size="60x3").picture[0] == "   Load           0.42   0.38   0.31  at 2.40GHz"
    lines = served("gpu", size="36x3").picture
    assert "Load" in lines[0] and "12%" in lines[0] and lines[1].startswith("ok Temp") and not lines[2]
    lines = served("backup", size="50x6").picture
    assert lines[0].split() == ["ok", "Last", "Success", "(04:00,", "7h", "ago)"]
    assert lines[3].split() == ["Service", "enabled,", "0", "jobs", "pending"]


# The conformance suite.

FAULTS = [
    ("SHORT_SIZE", "ingest", "cm_ingest.size is 8; set it to sizeof(cm_ingest), 32"),
    ("NO_INGEST", "ingest", "cm_ingest.ingest is NULL; without it there is no extension"),
    ("NO_KINDS", "ingest", "cm_ingest.kinds is (nil) with a kind_count of 2; 1 to 16 kinds are named"),
    ("MANY_KINDS", "ingest", "with a kind_count of 17; 1 to 16 kinds are named"),
    ("BAD_KIND", "ingest", 'cm_ingest.kinds[0] is "Drives"; it is [a-z][a-z0-9_-]*, 32 bytes at most'),
    ("KIND_TWICE", "ingest", 'cm_ingest.kinds names "drives" twice'),
    ("ANOTHER_EACH_TIME", "ingest", "get_extension returns another cm_ingest at each call; return the same each time"),
    ("LEAVES_DESCRIPTOR", "ingest", "get_extension leaves something changed: descriptor "),
    ("EMITS_NOTHING", "ingest", 'ingest emits nothing of a whole document of the kind "drives"'),
    ("ACCEPTS_ALL", "documents", 'ingest returns CM_OK for a document of the kind "drives" that is empty'),
    ("NO_SENTENCE", "documents", "ingest fails without a sentence; call sink->fail"),
    ("READS_BEHIND", "documents", "ingest reads behind the end of cm_document.data (TEXT in cm_plugin.h"),
    ("CRASHES_ON_DEPTH", "documents", 'ingest crashed: SIGABRT (Aborted) (the document of the kind "drives" was 3 MB of'),
    ("PASSES_ON_BYTES", "fuzzed-docs", "of the instance \"", ),
    ("READS_CUT", "cut-doc", "ingest reads cm_document.data, which lies outside its size (GROWTH"),
    ("EXACT_SIZE", "grown-doc", "cm_document of 120 bytes instead of 56: ingest returns 1 after 0 samples instead of 0"),
    ("KEEPS_DOCUMENT", "borrowed-doc", "ingest reads cm_document.data after the call that got it has returned"),
    ("WRITES_DOCUMENT", "borrowed-doc", "ingest writes to cm_document.data, which is the host's and const"),
    ("LEAKS", "growth", "ingest loses "),
    ("INSISTS", "full-doc", "after emit has said CM_LIMIT at call 1 (cm_sink.emit"),
    ("UNKNOWN_FLAG", "ingest", "cm_ingest.flags is 0x6; its bits are CM_INGEST_STATELESS (1)"),
    ("COUNTS_DOCUMENTS", "stateless", 'after documents of other hosts ingest emits another size of "bytes" than an instance that'),
    ("NEEDS_NAME", "stateless", "create refuses a host without a name: it gives no reason; with CM_INGEST_STATELESS there is none"),
    ("KEEPS_HOST", "stateless", 'after documents of other hosts ingest says "srv02", and an instance that has seen none "srv01"'),
    ("ADDS_SAMPLES", "stateless", "after documents of other hosts ingest returns 0 and emits 3 samples; an instance that has seen none"),
    ("READS_MACHINE", "machine", "ingest makes the system call open"),
    ("TIME_BLINDLY", "cut-sink-doc", "ingest reads cm_sink.taken, which lies outside its size"),
    ("TIME_IN_COLLECT", "samples", "cm_sink.taken is called in collect; it is for ingest alone"),
    ("TIME_NOT_FINITE", "ingest", "cm_sink.taken is called with nan; pass the Unix seconds that the document has"),
]  # fmt: skip


def faulty(tmp_path, fault):
    return compile_plugin(SOURCE, tmp_path / "papers.so", f"-DFAULT={fault}")


def test_a_plugin_that_keeps_the_contract(tmp_path):
    done = check(faulty(tmp_path, "NONE"), status=0)
    assert "ok      takes documents: drives, ...\n" in done.stdout
    assert "ok      2000 fuzzed documents of each kind\n" in done.stdout
    assert "many hosts" not in done.stdout


def test_a_plugin_that_keeps_nothing(tmp_path):
    done = check(faulty(tmp_path, "STATELESS"), "--only", "stateless", status=0)
    assert "ok      one instance reads the documents of many hosts\n" in done.stdout


@pytest.mark.parametrize("fault, word, sentence", FAULTS, ids=[fault for fault, *_ in FAULTS])
def test_a_broken_rule_fails_its_check(tmp_path, fault, word, sentence):
    done = check(faulty(tmp_path, fault), "--quick", "--only", word, status=1)
    assert sentence in rows(done, "FAILED")[0], done.stdout


def test_a_plugin_without_documents_is_not_asked(tmp_path):
    plugin = compile_plugin(SUPPORT / "test_plugin.c", tmp_path / "test.so", '-DID="test"')
    assert "document" not in check(plugin, "--quick", status=0).stdout
    done = check(plugin, "--only", "machine", status=0)
    assert rows(done, "skipped") == [
        'reads documents and not this machine: it takes no documents (get_extension has no "cm.ingest/1")'
    ]


# The worker.


class Worker:
    """cm-plugin-worker with the other end of its socket."""

    def __init__(self, plugin):
        self.socket, its = socket.socketpair()
        self.socket.settimeout(20)
        # The worker wants its socket at descriptor 3.
        self.process = subprocess.Popen(
            self.command(plugin), stdin=subprocess.DEVNULL, pass_fds=[3], env=self.environment(),
            preexec_fn=lambda: os.dup2(its.fileno(), 3))  # fmt: skip
        its.close()

    def command(self, plugin):
        return [str(BUILD / "lib/cm-dashboard/cm-plugin-worker"), str(plugin)]

    def environment(self):
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        assert self.process.wait(timeout=20) == 0

    def send(self, tag, body=b"", id=7):
        frame = struct.pack("<BI", tag, id) + body
        self.socket.sendall(struct.pack("<I", len(frame)) + frame)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            assert more, "the worker is gone"
            data += more
        return data

    def receive(self):
        """Tag and rest of the next frame."""
        frame = self.read(struct.unpack("<I", self.read(4))[0])
        return frame[0], frame[5:]


def text(string):
    data = string.encode() if isinstance(string, str) else string
    return struct.pack("<I", len(data)) + data


def create(host="srv01", is_fed=True):
    return text("papers") + text(host) + text("") + struct.pack("<BI", is_fed, 0)


def ingest(document, kind="papers", host="srv01"):
    return struct.pack("<QQqQBB", 1, 2, 3, 4, 1, 0) + text(kind) + text(host) + text(document)


def test_a_worker_takes_documents(tmp_path):
    with Worker(faulty(tmp_path, "NONE")) as worker:
        tag, hello = worker.receive()
        assert tag == 101 and hello.endswith(struct.pack("<I", 2) + text("drives") + text("papers"))
        worker.send(1, create())
        assert worker.receive()[0] == 103
        document = json.dumps(DRIVES)
        worker.send(5, ingest(document))
        tag, answer = worker.receive()
        # Its outcome, no sentence, no note, its time, two samples, the first of them with its instance and number.
        head = struct.pack("<BIBIBdI", 0, 0, 0, 0, 1, 1772366399, 2) + b"\0" + text("bytes")
        assert tag == 105 and answer.startswith(head)
        assert struct.pack("<d", len(document)) in answer
        worker.send(5, ingest(b""))
        tag, answer = worker.receive()
        assert tag == 105 and answer == failed("the document is empty")
        # Its time is told though nothing else of it can be read.
        worker.send(5, ingest('{"timestamp": 1e10, '))
        tag, answer = worker.receive()
        assert tag == 105 and answer == failed("the document is no whole object", 1e10)


def failed(sentence, time=None):
    """What an ingest that fails comes to on the wire."""
    told = b"\0" if time is None else struct.pack("<Bd", 1, time)
    return b"\x01" + text(sentence) + b"\0" + text("") + told + struct.pack("<I", 0)


@pytest.mark.parametrize("fault", ["TIME_IN_COLLECT", "TIME_NOT_FINITE"])
def test_a_time_that_cannot_be_changes_nothing(tmp_path, fault):
    """The plugin aborts unless it is told so."""
    with Worker(faulty(tmp_path, fault)) as worker:
        worker.receive()
        worker.send(1, create())
        worker.receive()
        worker.send(5, ingest(b""))
        assert worker.receive() == (105, failed("the document is empty"))
        worker.send(2, struct.pack("<QQqQBB", 1, 2, 3, 4, 1, 0))
        assert worker.receive() == (105, struct.pack("<BIBIBI", 0, 0, 0, 0, 0, 0))


class TestOneInstanceForManyHosts:
    """A plugin that counts the documents which an instance has seen, and says that it does not."""

    DOCUMENT = json.dumps(DRIVES)

    def seen(self, worker, id):
        """How many documents its instance has seen, with this one."""
        worker.send(5, ingest(self.DOCUMENT), id)
        tag, answer = worker.receive()
        assert tag == 105
        [count] = [n for n in range(1, 9) if struct.pack("<d", len(self.DOCUMENT) + n) in answer]
        return count

    def test_those_who_are_only_fed_share_one(self, tmp_path):
        with Worker(faulty(tmp_path, "COUNTS_DOCUMENTS")) as worker:
            worker.receive()
            for id, host in ((7, "srv01"), (8, "srv02")):
                worker.send(1, create(host), id)
                assert worker.receive()[0] == 103
            assert [self.seen(worker, id) for id in (7, 8, 7)] == [1, 2, 3]
            # It lives as long as one of them.
            worker.send(4, id=7)
            assert worker.receive()[0] == 107
            assert self.seen(worker, 8) == 4
            worker.send(4, id=8)
            assert worker.receive()[0] == 107
            worker.send(1, create(), 9)
            worker.receive()
            assert self.seen(worker, 9) == 1

    def test_those_who_collect_have_their_own(self, tmp_path):
        with Worker(faulty(tmp_path, "COUNTS_DOCUMENTS")) as worker:
            worker.receive()
            for id in (7, 8):
                worker.send(1, create(is_fed=False), id)
                worker.receive()
            assert [self.seen(worker, id) for id in (7, 8, 7)] == [1, 1, 2]

    def test_other_options_are_another_one(self, tmp_path):
        with Worker(faulty(tmp_path, "COUNTS_DOCUMENTS")) as worker:
            worker.receive()
            worker.send(1, create(), 7)
            worker.receive()
            worker.send(1, text("another") + create()[len(text("papers")) :], 8)
            worker.receive()
            assert [self.seen(worker, id) for id in (7, 8)] == [1, 1]


def test_a_worker_of_a_plugin_without_documents(tmp_path):
    plugin = compile_plugin(SUPPORT / "test_plugin.c", tmp_path / "test.so", '-DID="test"', "-DNO_DRAW")
    with Worker(plugin) as worker:
        tag, hello = worker.receive()
        assert tag == 101 and hello.endswith(struct.pack("<I", 0))


@pytest.mark.parametrize("fault, sentence", [
    ("SHORT_SIZE", "says that its cm_ingest has 8 bytes; at least 32 are needed (cm_ingest.size)"),
    ("NO_INGEST", "has no ingest (cm_ingest.ingest is NULL)"),
    ("NO_KINDS", "cm_ingest.kinds is NULL though cm_ingest.kind_count is 2"),
    ("MANY_KINDS", "cm_ingest.kind_count is 17; 1 to 16 are allowed"),
    ("BAD_KIND", 'cm_ingest.kinds[0] is "Drives"; expected [a-z][a-z0-9_]*'),
    ("KIND_TWICE", "takes documents of the kind drives twice (cm_ingest.kinds)"),
])  # fmt: skip
def test_a_worker_refuses_a_bad_extension(tmp_path, fault, sentence):
    worker = Worker(faulty(tmp_path, fault))
    assert worker.receive() == (102, text(sentence))
    assert worker.process.wait(timeout=20) == 1
    worker.socket.close()
