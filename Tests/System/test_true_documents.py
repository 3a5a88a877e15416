"""What is shown of documents that are odd, contradict themselves or have lost something.

One server has a path for each case,
and one overview reads all of them at the same time. A case is what it changes in a
good document, and what has to be seen of it then.
"""

import copy
import json
import re
import time
from typing import NamedTuple

import pytest

from conftest import Dashboard
from stub_host import StubHost, answer, loopback

PORT = 6140
MIB = 1024**2
GONE = object()

DRIVES = {
    "status": "ok",
    "drives": [
        {"name": "nvme0n1", "temperature_c": 41.0, "wear_level": 4.0, "power_on_hours": 11419,
         "available_spare": 100.0, "capacity_gb": 500.1, "used_gb": 123.4},
        {"name": "nvme1n1", "temperature_c": 38.0, "wear_level": 2.0, "power_on_hours": 100,
         "available_spare": 100.0, "capacity_gb": 1000.2, "used_gb": 12},
    ],
    "summary": {"healthy": 2, "warning": 0, "critical": 0},
    "issues": [],
}  # fmt: skip
SERVICES = {
    "summary": {"healthy": 2, "degraded": 0, "failed": 0, "memory_used_mb": 512, "memory_quota_mb": 8192,
                "system_memory_used_mb": 2460.2, "system_memory_total_mb": 7782.0, "disk_used_gb": 62.0,
                "disk_total_gb": 480.0, "cpu_load_1": 0.42, "cpu_load_5": 0.38, "cpu_load_15": 0.31,
                "cpu_freq_mhz": 2400.0, "cpu_temp_c": 51.0, "gpu_load_percent": None, "gpu_temp_c": None},
    "services": [{"name": name, "status": "running", "memory_used_mb": 256.0, "memory_quota_mb": 4096.0,
                  "cpu_percent": 1.2, "disk_used_gb": 15.0} for name in ("gitea", "nginx")],
}  # fmt: skip
BASE = {"drives": DRIVES, "services": SERVICES}


class Seen(NamedTuple):
    """What has to be seen of one widget. `cells`: "instance.metric" to a value, to (value, status), or None: absent."""

    plugin: str
    status: str
    says: str = ""
    cells: dict = {}


class Case(NamedTuple):
    kind: str
    # Of each document in turn, the last for all that follow: the paths that change, or the whole text.
    documents: list
    seen: list
    timestamp: object = None


def changed(kind, changes):
    """A good document with other values at paths: "drives.0.wear_level"."""
    document = copy.deepcopy(BASE[kind])
    for path, value in changes.items():
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
        place = document
        for step in steps:
            place = place[step]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return document


def drives(changes, status, says="", cells={}, timestamp=None, later=None):
    documents = [changes] if later is None else [changes, later]
    return Case("drives", documents, [Seen("nvme", status, says, cells)], timestamp)


def services(changes, *seen, later=None):
    return Case("services", [changes] if later is None else [changes, later], list(seen))


def summary(changes, *seen):
    return services({f"summary.{key}": value for key, value in changes.items()}, *seen)


def left_out(place, value, possible):
    return re.escape(f"has {value} for {place}; {possible}")


TWO = {"nvme0n1.wear": (4, "ok"), "nvme1n1.wear": (2, "ok")}
FAILING = {"status": "critical", "issues": ["nvme0n1 is failing: replace it"], "drives.1.available_spare": 255}
STOPPED = {"services.0.status": "stopped", "services.1.cpu_percent": -0.1}
SPARE = left_out("drives[1].available_spare", "255", "0 to 100 is possible")
SPENT = {"nvme0n1.verdict": ("critical", "critical"), "nvme1n1.spare": None, "nvme1n1.wear": (2, "ok")}

CASES = {
    # What is impossible is absent, named, and costs nothing else.
    "spare-255": drives(
        {"drives.0.available_spare": 255}, "unknown", left_out("drives[0].available_spare", "255", "0 to 100"),
        TWO | {"nvme0n1.spare": None, "nvme0n1.findings": ("impossible values", "unknown")}),
    "temp-255": drives({"drives.0.temperature_c": 255}, "unknown", "-40 to 150 is possible",
                       TWO | {"nvme0n1.temperature": None, "nvme0n1.heat": None}),
    "temp-511": drives({"drives.0.temperature_c": 511}, "unknown", "has 511 for", {"nvme0n1.heat": None}),
    "temp-m128": drives({"drives.0.temperature_c": -128}, "unknown", "has -128 for", {"nvme0n1.heat": None}),
    "temp-m273": drives({"drives.0.temperature_c": -273}, "unknown", "has -273 for", {"nvme0n1.temperature": None}),
    "temp-0": drives({"drives.0.temperature_c": 0}, "unknown", "which often means",
                     {"nvme0n1.temperature": (0, "unknown"), "nvme0n1.heat": None}),
    "cap-0": drives({"drives.0.capacity_gb": 0}, "unknown", "has 0 for drives.0..capacity_gb",
                    {"nvme0n1.capacity": None, "nvme0n1.used": 123.4e9}),
    "hours-1e6": drives({"drives.0.power_on_hours": 4294967}, "unknown", r"has 4.29M for drives\[0\].power_on_hours",
                        TWO | {"nvme0n1.power_on": None}),
    "hours-neg": drives({"drives.0.power_on_hours": -5}, "unknown", "has -5 for", TWO | {"nvme0n1.power_on": None}),
    "hours-frac": drives({"drives.0.power_on_hours": 0.5}, "ok", "", {"nvme0n1.power_on": 1800}),
    "num-as-string": drives({"drives.0.temperature_c": "41.0"}, "unknown", 'has "41.0" for .*; a number is expected',
                            TWO | {"nvme0n1.temperature": None}),
    "used-over": drives({"drives.0.used_gb": 812.0}, "unknown", "has 812 for drives.0..used_gb; capacity_gb is 500"),
    "used-nocap": drives({"drives.0.capacity_gb": None}, "ok", "", {"nvme0n1.used": 123.4e9}),
    "wear-neg1": drives({"drives.0.wear_level": -1}, "unknown", "has -1 for", {"nvme0n1.wear": None,
            "nvme0n1.spare": 100}),
    "wear-null": drives({"drives.0.wear_level": None}, "ok", "", {"nvme0n1.wear": None}),
    "wear-104": drives({"drives.0.wear_level": 104}, "critical", "", {"nvme0n1.wear": (104, "critical")}),
    "wear-255": drives({"drives.0.wear_level": 255}, "critical", "", {"nvme0n1.wear": (255, "critical")}),
    "spare-0": drives({"drives.0.available_spare": 0}, "critical", "", {"nvme0n1.spare": (0, "critical")}),
    "several-fields": drives(
        {"drives.0.available_spare": 255, "drives.1.wear_level": -1, "drives.1.temperature_c": "hot", "issues": {}},
        "unknown", "and 3 more of its values cannot be true", {"nvme0n1.wear": 4, "nvme1n1.spare": 100}),
    "huge-hours": drives({"drives.0.power_on_hours": 2**64}, "unknown", "power_on_hours",
            TWO | {"nvme0n1.power_on": None}),
    "huge-digits": drives({"drives.0.capacity_gb": 10**60}, "unknown", "capacity_gb",
            TWO | {"nvme0n1.capacity": None}),
    "a-drive-of-words": drives({"drives.1": "nvme1n1"}, "unknown",
            'has "nvme1n1" for drives.1.; an object is expected',
                               {"nvme0n1.wear": (4, "ok")}),
    "a-name-of-numbers": drives({"drives.1.name": 7, "drives.1.wear_level": 99}, "critical",
            "has 7 for drives.1..name",
                                {"drives[1].wear": (99, "critical")}),
    "1e400": drives('{"status": "ok", "drives": [], "issues": [], "timestamp": $NOW, "a": 1e400}', "unknown",
            "not JSON.*1e400"),
    "nan": drives('{"status": "ok", "drives": [], "timestamp": $NOW, "a": NaN}', "unknown", "not JSON.*NaN"),

    # What says critical is never shown milder.
    "critical-and-sentinel": drives(
        FAILING | {"summary.healthy": 1, "summary.critical": 1}, "critical",
        "nvme0n1 is failing: replace it; .*" + SPARE, SPENT),
    "goodthen-critical-sentinel": drives({}, "critical", "nvme0n1 is failing.*" + SPARE, SPENT, later=FAILING),
    "critical-wornout-ok": drives({"drives.0.wear_level": 100, "drives.0.available_spare": 3}, "critical"),
    "critical-no-issue": drives({"status": "critical"}, "critical", "names no issue",
                                {"nvme0n1.verdict": ("unknown", "unknown"), "nvme1n1.verdict": ("unknown",
                                "unknown")}),
    "critical-issues-odd": drives({"status": "critical", "issues": [5, "nvme1n1 is failing"]}, "critical",
                                  "nvme1n1 is failing", {"nvme1n1.verdict": ("critical", "critical")}),
    "critical-drives-odd": drives({"status": "critical", "drives": 5}, "critical", 'calls its drives "critical"'),
    "status-CRITICAL": drives({"status": "CRITICAL"}, "critical", '"CRITICAL" and names no issue'),
    "status-Failing": drives({"status": "Failing"}, "critical"),
    "status-OK": drives({"status": "OK"}, "unknown", 'the host calls its drives "OK" and names no issue'),
    "status-number": drives({"status": 1}, "unknown", "has 1 for status; a text is expected", TWO),
    "ok-but-issues": drives({"issues": ["nvme1n1: media errors 17, drive failing"]}, "warning",
            "nvme1n1: media errors",
                            {"nvme1n1.findings": ("nvme1n1: media errors 17, drive failing", "warning"),
                             "nvme1n1.verdict": None, "nvme0n1.verdict": ("ok", "ok")}),
    "ok-but-summary-critical": drives(
        {"summary.healthy": 0, "summary.critical": 2}, "critical",
        'summary counts 2 critical drives, and the status is "ok"',
        {"nvme0n1.verdict": ("critical", "critical"), "nvme1n1.verdict": ("critical", "critical")}),
    "ok-but-summary-warning": drives({"summary.healthy": 1, "summary.warning": 1}, "warning",
            "counts 1 warning drives",
                                     {"nvme0n1.verdict": ("unknown", "unknown")}),
    "summary-odd": drives({"summary": "fine"}, "unknown", 'has "fine" for summary; an object is expected', TWO),
    "summary-count-odd": drives({"summary.critical": -1}, "unknown", "summary.critical", TWO),

    # What the list lacks.
    "empty": drives({"drives": [], "summary.healthy": 0}, "none", "box reports no drives|reports no drives"),
    "empty-summary2": drives({"drives": []}, "unknown", "the summary counts 2 drives, and the list has 0"),
    "list-longer": drives({"summary.healthy": 1}, "unknown", "the summary counts 1 drives, and the list has 2"),
    "case-name": drives({"drives.1.name": "NVME0N1"}, "ok", "", {"nvme0n1.wear": 4, "NVME0N1.wear": 2}),
    "dup-name-worse-first": drives(
        {"drives.0.wear_level": 99, "drives.1.name": "nvme0n1"}, "critical",
        "lists nvme0n1 twice; both entries are shown",
        {"nvme0n1.wear": (99, "critical"), "nvme0n1 (2).wear": (2, "ok")}),
    "vanish": drives({}, "unknown", r"nvme1n1 is gone \(last seen \d+s ago\); the summary counts 2 drives",
                     {"nvme0n1.wear": 4, "nvme1n1.wear": None}, later={"drives": DRIVES["drives"][:1]}),
    "vanish-counted": drives({}, "unknown", "nvme1n1 is gone", later={"drives": DRIVES["drives"][:1],
            "summary.healthy": 1}),
    "vanish-and-critical": drives({}, "critical", "nvme0n1: dying; nvme1n1 is gone", later={
        "drives": DRIVES["drives"][:1], "summary.healthy": 0, "summary.critical": 1, "status": "critical",
        "issues": ["nvme0n1: dying"]}),

    # Services.
    "svc-case-name": services({"services.1.name": "Gitea"}, Seen("services", "ok", "", {"Gitea.state": "running"})),
    "svc-cpu-neg": services({"services.0.cpu_percent": -0.1}, Seen("services", "unknown", "services.0..cpu_percent", {
        "gitea.cpu": None, "gitea.state": ("running", "ok"), "nginx.cpu": 1.2})),
    "svc-cpu-after-restart": services({"services.0.cpu_percent": 8373583175.995965}, Seen(
        "services", "unknown", "services.0..cpu_percent", {"gitea.cpu": None, "gitea.memory": 256 * MIB})),
    "svc-stopped-and-cpuneg": services(STOPPED, Seen("services", "critical", "services.1..cpu_percent", {
        "gitea.state": ("stopped", "critical"), ".summary": ("1/2", "critical"), "nginx.cpu": None})),
    "svc-goodthen-stopped-neg": services({}, Seen("services", "critical", "services.1..cpu_percent", {
        "gitea.state": ("stopped", "critical"), ".summary": ("1/2", "critical")}), later=STOPPED),
    "svc-state-failed": services({"services.0.status": "failed"}, Seen("services", "critical", "", {
        "gitea.state": ("failed", "critical")})),
    "svc-state-FATAL": services({"services.0.status": "FATAL"}, Seen("services", "critical")),
    "svc-state-CrashLoop": services({"services.0.status": "CrashLoopBackOff"}, Seen("services", "critical")),
    "svc-state-auto-restart": services({"services.0.status": "auto-restart-queued"}, Seen("services", "warning")),
    "svc-state-Running": services({"services.0.status": "Running"}, Seen("services", "unknown", "", {
        "gitea.state": ("Running", "unknown")})),
    "svc-state-hibernated": services({"services.0.status": "hibernated"}, Seen("services", "unknown")),
    "svc-state-number": services({"services.0.status": 3}, Seen("services", "unknown",
            "has 3 for services.0..status")),
    "svc-failed3-but-running": services(
        {"summary.healthy": 0, "summary.failed": 3},
        Seen("services", "critical", "the summary counts 3 failed services, and the list has 0",
             {".summary": ("2/2", "critical")})),
    "svc-degraded-but-running": services(
        {"summary.healthy": 1, "summary.degraded": 1}, Seen("services", "warning", "counts 1 degraded services")),
    "svc-none": services({"services": [], "summary.healthy": 0}, Seen("services", "none", "reports no services")),
    "svc-none-failed3": services({"services": [], "summary.healthy": 4, "summary.failed": 3}, Seen(
        "services", "critical",
        "counts 3 failed services, and the list has 0; the summary counts 7 services, and the list has 0")),
    "svc-dup-worse-first": services({"services.0.status": "stopped", "services.1.name": "gitea"}, Seen(
        "services", "critical", "lists gitea twice", {
            "gitea.state": ("stopped", "critical"), "gitea (2).state": ("running", "ok"), ".summary": "1/2"})),
    "svc-vanish": services({}, Seen("services", "unknown", "nginx is gone", {
        "nginx.state": None, ".summary": ("1/1", "unknown")}), later={
            "services": SERVICES["services"][:1], "summary.healthy": 1}),
    "svc-renamed": services({}, Seen("services", "unknown", "nginx is gone", {"web.state": ("running", "ok")}), later={
        "services.1.name": "web"}),
    "svc-quota-0": services({"services.0.memory_quota_mb": 0}, Seen("services", "ok", "",
            {"gitea.memory_limit": None})),
    "svc-quota-neg": services({"services.0.memory_quota_mb": -1}, Seen("services", "ok", "", {
        "gitea.memory_limit": None, "gitea.memory": 256 * MIB})),
    "svc-quota-v1max": services({"services.1.memory_quota_mb": 8796093022207.996}, Seen("services", "ok", "", {
        "nginx.memory_limit": None, "nginx.memory_percent": None})),
    "svc-mem-max": services({"services.0.memory_quota_mb": 17592186044415.99}, Seen("services", "ok", "", {
        "gitea.memory_limit": None})),
    "svc-diskquota-neg": services({"services.0.disk_quota_gb": -1}, Seen("services", "ok", "",
            {"gitea.disk_quota": None})),
    "svc-quota-odd": services({"services.0.memory_quota_mb": -7}, Seen("services", "unknown", "has -7 for", {
        "gitea.memory_limit": None})),
    "svc-diskquota-over": services({"services.0.disk_quota_gb": 10.0}, Seen("services", "critical", "", {
        "gitea.disk_percent": (150, "critical")})),
    "svc-mem-null": services({"services.0.memory_used_mb": None, "services.0.cpu_percent": None}, Seen("services",
            "ok")),
    "svc-mem-over": services({"services.0.memory_used_mb": 5000}, Seen("services", "critical")),
    "svc-mem-quota-full": summary({"memory_used_mb": 8190}, Seen(
        "services", "warning", "the services use 8.00G of memory, and their limits together are 8.00G")),

    # The whole host.
    "sum-cpu-0": summary({"cpu_freq_mhz": 0, "cpu_temp_c": 0}, Seen("cpu", "unknown", "summary.cpu_freq_mhz", {
        "total.frequency": None, "total.temperature": (0, "unknown"), "total.load1": 0.42})),
    "sum-cpu-null": summary({"cpu_freq_mhz": None, "cpu_temp_c": None}, Seen("cpu", "ok")),
    "sum-cpu-temp-milli": summary({"cpu_temp_c": 51000}, Seen("cpu", "unknown", "summary.cpu_temp_c", {
        "total.temperature": None, "total.frequency": 2.4e9})),
    "sum-freq-ghz": summary({"cpu_freq_mhz": 2.4}, Seen("cpu", "unknown", "has 2.40 for summary.cpu_freq_mhz", {
        "total.frequency": None})),
    "sum-load-odd": summary({"cpu_load_1": "high"}, Seen("cpu", "unknown", 'has "high" for summary.cpu_load_1', {
        "total.load1": None, "total.temperature": (51, "ok")})),
    "sum-load-huge": summary({"cpu_load_1": 512.0, "cpu_load_5": 480}, Seen("cpu", "ok", "", {"total.load1": 512})),
    "sum-disk": summary({}, Seen("cpu", "ok", "", {"fs:disk.fs_used": 62e9, "fs:disk.fs_size": 480e9})),
    "sum-disk-full": summary({"disk_used_gb": 479.5}, Seen("cpu", "critical", "", {
        "fs:disk.fs_percent": (pytest.approx(99.9, abs=0.01), "critical")})),
    "sum-disk-over": summary({"disk_used_gb": 4795}, Seen("cpu", "unknown", "disk_total_gb is 480", {
        "fs:disk.fs_percent": None, "fs:disk.fs_size": 480e9})),
    "sum-gpu-0": summary({"gpu_load_percent": 0, "gpu_temp_c": 0}, Seen("gpu", "ok", "", {"gpu.load": 0,
            "gpu.temperature": 0})),
    "sum-gpu-hot-0": summary({"gpu_load_percent": 50, "gpu_temp_c": 0}, Seen("gpu", "unknown", "often means")),
    "sum-gpu-absent": summary({"gpu_load_percent": GONE, "gpu_temp_c": GONE}, Seen("gpu", "none", "reports no GPU")),
    "sum-gpu-load-800": summary({"gpu_load_percent": 800, "gpu_temp_c": 44}, Seen("gpu", "unknown",
            "0 to 100 is possible", {
        "gpu.load": None, "gpu.temperature": (44, "ok")})),
    "sum-gpu-load-max": summary({"gpu_load_percent": 4294967295, "gpu_temp_c": 44}, Seen("gpu", "unknown",
            "gpu_load_percent")),
    "sum-gpu-one": summary({"gpu_temp_c": -1}, Seen("gpu", "unknown", "which often means", {"gpu.temperature": (-1,
            "unknown")})),
    "sum-mem-bytes": summary(
        {"system_memory_used_mb": 2579706675.2, "system_memory_total_mb": 8160018432},
        Seen("memory", "unknown", "summary.system_memory_used_mb", {"total.used": None, "total.total": None})),
    "sum-mem-over": summary({"system_memory_used_mb": 9999}, Seen(
        "memory", "unknown", "has 9999 for summary.system_memory_used_mb; system_memory_total_mb is 7782",
        {"total.used_percent": None})),
    "sum-mem-total0": summary({"system_memory_total_mb": 0}, Seen("memory", "unknown",
            "has 0 for summary.system_memory_total_mb", {
        "total.used_percent": None})),

    # The document's own time.
    "ts-float": drives({}, "ok", timestamp=lambda now: now + 0.25),
    "ts-back": drives({}, "unknown", later={}, timestamp=lambda now: now - 40, cells=TWO),
    "ts-future": drives({}, "unknown", "in the future", timestamp=lambda now: now + 3600),
    "ts-ms": drives({}, "unknown", "milliseconds", timestamp=lambda now: now * 1000),
    "ts-neg": drives({}, "unknown", "has -5 for timestamp", timestamp=lambda now: -5),
    "ts-old": drives({}, "unknown", timestamp=lambda now: now - 86400),
    "ts-string": drives({}, "unknown", "for timestamp; a number is expected", timestamp=lambda now: str(now)),
    "ts-zero": drives({}, "unknown", timestamp=lambda now: 0),
}  # fmt: skip


class Server:
    """Serves "/CASE/KIND" of all cases. Each request for a case gets its next document."""

    def __init__(self):
        self.counts = {}

    def __call__(self, connection, request):
        name, kind = request.path.strip("/").split("/")
        case = CASES[name]
        body = self.body(name, case, kind).encode()
        headers = {"Content-Type": "application/json", "Content-Length": len(body)}
        connection.sendall(answer("200 OK", headers, body))
        return True

    def body(self, name, case, kind):
        now = int(time.time())
        if kind not in BASE or kind != case.kind:
            return json.dumps(BASE.get(kind, {}) | {"timestamp": now})
        count = self.counts[name] = self.counts.get(name, -1) + 1
        changes = case.documents[min(count, len(case.documents) - 1)]
        if isinstance(changes, str):
            return changes.replace("$NOW", str(now))
        stamp = case.timestamp(now) if case.timestamp and (count or len(case.documents) == 1) else now
        return json.dumps(changed(kind, changes) | {"timestamp": stamp})


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """The program's JSON of all cases: {(case, plugin): widget}."""
    dashboard = Dashboard(tmp_path_factory.mktemp("documents"))
    folder = dashboard.home / ".config/cm-dashboard"
    folder.mkdir(parents=True)
    address = loopback(77, 1)
    text = 'version = 1\n[defaults]\nrefresh = "1s"\n'
    for name in CASES:
        text += f'[host.{name}]\naddress = "{address}"\nports = {{ drives = {PORT}, services = {PORT}, backups = false }}\n'
        text += f'paths = {{ drives = "/{name}/drives", services = "/{name}/services" }}\n'
    (folder / "hosts.toml").write_text(text)
    with StubHost(address, {PORT: Server()}):
        done = dashboard.run("snapshot", "--format", "json", "--ticks", "4", timeout=100)
    assert done.returncode == 0, done.stderr
    return {(widget["host"], widget["plugin"]): widget for widget in json.loads(done.stdout)["widgets"]}


@pytest.mark.xdist_group("true-documents")
@pytest.mark.parametrize("name", CASES)
def test_what_is_seen_of_a_document(fleet, name):
    for seen in CASES[name].seen:
        widget = fleet[name, seen.plugin]
        said = " ".join(part["message"] for part in (widget["note"], widget["error"]) if part)
        assert widget["status"] == seen.status, said
        assert re.search(seen.says, said), said
        # Where all is well nothing is to be said.
        assert seen.status != "ok" or not said
        found = {
            f"{instance['instance']}.{metric}": (cell["value"], cell["status"])
            for instance in widget["instances"]
            for metric, cell in instance["metrics"].items()
        }
        for cell, expected in seen.cells.items():
            if expected is None:
                assert cell not in found
            elif isinstance(expected, tuple):
                assert found[cell] == expected, cell
            else:
                assert found[cell][0] == expected, cell
