"""The services plugin over captured machines, over real directories, and on a bus with a systemd that a test plays."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import FIXTURES, SUPPORT, Dashboard

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402

SERVER_UNITS = (
    'units = ["gitea", "immich.service", "vaultwarden", "unifi", "*-metrics-api", "php*", "certbot", "apt-daily", '
    '"cups", "systemd-tmpfiles-*"]'
)


def layout(options=""):
    return f'grid = "services"\n[widget.services]\nplugin = "services"\n{options}\n'


def widget_of(snapshot):
    widget = snapshot["widgets"][0]
    widget["by_name"] = {each["instance"]: each["metrics"] for each in widget["instances"]}
    return widget


@pytest.fixture
def read(dashboard):
    """The widget of a captured machine, its instances by name."""

    def read(machine, options="", **more):
        root = machine if isinstance(machine, Path) else FIXTURES / machine
        return widget_of(dashboard.snapshot(layout(options), root=root, **more))

    return read


def state(widget, name):
    metric = widget["by_name"][name]["state"]
    return metric["value"], metric["status"]


def values(metrics, *names):
    return [metrics[name]["value"] if name in metrics else None for name in names]


# --- A healthy server ----------------------------------------------------------------------------------------


def test_a_server_that_is_well(read):
    widget = read("services-server", SERVER_UNITS)
    assert (widget["status"], widget["error"], widget["note"]) == ("ok", None, None)
    total = widget["by_name"][""]
    assert values(total, "summary", "running", "total") == ["9/12", 9, 12]
    assert total["summary"]["status"] == "ok"
    gitea = widget["by_name"]["gitea"]
    assert values(gitea, "memory", "memory_limit", "memory_percent", "restarts", "since", "pid", "description") == [
        256 << 20, 4 << 30, pytest.approx(6.25, abs=1e-3), 0, 284_400, 812, "Gitea (Git with a cup of tea)",
    ]  # fmt: skip
    assert state(widget, "gitea") == ("running", "ok")


def test_units_are_shown_in_the_order_of_the_layout_and_patterns_match_services_alone(read):
    names = [each["instance"] for each in read("services-server", SERVER_UNITS)["instances"]]
    assert names == [
        "", "gitea", "immich", "vaultwarden", "unifi", "smart-metrics-api", "service-metrics-api",
        "backup-metrics-api", "php8.2-fpm", "certbot", "apt-daily", "cups", "systemd-tmpfiles-setup",
    ]  # fmt: skip


def test_what_is_meant_to_be_at_rest_is_well(read):
    widget = read("services-server", SERVER_UNITS)
    assert state(widget, "certbot") == ("done", "ok")
    assert state(widget, "apt-daily") == ("not run yet", "ok")
    assert state(widget, "cups") == ("waiting", "ok")  # Its socket starts it.
    assert state(widget, "systemd-tmpfiles-setup") == ("exited", "ok")
    assert "since" not in widget["by_name"]["apt-daily"]


def test_memory_high_is_the_limit_where_there_is_no_memory_max(read):
    assert values(read("services-server", SERVER_UNITS)["by_name"]["unifi"], "memory_limit") == [2 << 30]


def test_file_cache_that_can_be_dropped_does_not_fill_the_limit(read):
    php = read("services-server", SERVER_UNITS)["by_name"]["php8.2-fpm"]
    assert values(php, "memory", "memory_percent") == [180 << 20, pytest.approx(100 * (180 - 64) / 512, abs=1e-3)]


def test_without_names_the_largest_are_shown(read):
    names = [each["instance"] for each in read("services-server", "limit = 4")["instances"]]
    assert names == ["", "immich", "gitea", "unifi", "php8.2-fpm"]


def test_without_names_all_that_failed_come_first_even_beyond_the_limit(read):
    names = [each["instance"] for each in read("services-trouble", "limit = 2")["instances"]]
    assert names == ["", "broken", "killed", "nightly"]


# --- Trouble ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, word, status",
    [
        ("broken", "failed (exit-code)", "critical"),
        ("killed", "failed (oom-kill)", "critical"),
        ("nightly", "failed (timeout)", "critical"),
        ("mistyped", "bad-setting", "critical"),
        ("flapping", "auto-restart", "warning"),
        ("starting", "activating", "warning"),
        ("stopping", "deactivating", "warning"),
        ("reloading", "reloading", "warning"),
        ("backup", "at work", "ok"),  # A oneshot service is "activating" all the time it works.
        ("stopped", "inactive", "warning"),
        ("unused", "inactive", "none"),  # Disabled, and met by a pattern only.
        ("socketed", "waiting", "ok"),
        ("laptop-only", "condition unmet", "none"),
        ("masked", "masked", "none"),
        ("nope", "not found", "unknown"),
    ],
)
def test_state(read, name, word, status):
    assert state(read("services-trouble", 'units = ["*", "nope"]'), name) == (word, status)


def test_what_the_layout_names_itself_must_run(read):
    widget = read("services-trouble", 'units = ["unused", "masked", "gone"]')
    assert state(widget, "unused") == ("inactive", "warning")
    assert state(widget, "masked") == ("masked", "warning")
    assert state(widget, "gone") == ("not found", "unknown")
    assert widget["status"] == "warning"


def test_a_pattern_does_not_bring_units_that_do_not_exist(read):
    assert "gone" not in read("services-trouble", 'units = ["*"]')["by_name"]


def test_a_service_that_is_not_found_is_never_green(read):
    widget = read("services-server", 'units = ["gitea", "giteaa"]')
    assert (state(widget, "giteaa"), widget["status"]) == (("not found", "unknown"), "unknown")


def test_a_pattern_that_nothing_matches_is_told(read):
    widget = read("services-server", 'units = ["nothing-*"]')
    assert widget["note"] == {"status": "unknown", "message": "no service matches nothing-*.service; correct `units`"}
    assert widget["status"] == "unknown"


def test_memory_near_its_limit(read):
    machines = read("services-trouble", 'units = ["full", "filling", "caching"]')["by_name"]
    judged = {name: machines[name]["memory_percent"] for name in ("full", "filling", "caching")}
    assert {name: (round(each["value"], 2), each["status"]) for name, each in judged.items()} == {
        "full": (97.66, "critical"),
        "filling": (89.84, "warning"),
        "caching": (31.54, "ok"),
    }


def test_limits_of_the_layout_count(read):
    widget = read("services-trouble", 'units = ["filling"]\nmemory_percent_critical = 89')
    assert widget["by_name"]["filling"]["memory_percent"]["status"] == "critical"


def test_a_restart_is_a_warning_for_a_while(read):
    widget = read("services-trouble", 'units = ["revived", "long-ago"]')
    assert widget["by_name"]["revived"]["restarts"] == {"value": 2, "unit": "count", "status": "warning"}
    assert widget["by_name"]["long-ago"]["restarts"]["status"] in ("ok", "none")
    widget = read("services-trouble", 'units = ["revived"]\nrestart_window = "3m"')
    assert widget["by_name"]["revived"]["restarts"]["status"] in ("ok", "none")


def test_what_the_kernel_does_not_count_is_said(read):
    widget = read("services-trouble", 'units = ["uncounted", "revived"]')
    message = "memory of 1 of 2 services is not counted; set MemoryAccounting=yes"
    assert widget["note"]["message"] == message
    assert "memory" not in widget["by_name"]["uncounted"]


def test_control_groups_of_version_1_and_times_of_the_monotonic_clock(read):
    widget = read("services-old")
    mysql = widget["by_name"]["mysql"]
    assert values(mysql, "memory", "memory_limit", "memory_percent", "since") == [600 << 20, 800 << 20, 62.5, 600]
    assert values(widget["by_name"]["nginx"], "memory", "memory_limit") == [20 << 20, None]


def test_an_answer_that_is_none(read):
    widget = read("services-rubbish")
    root = FIXTURES / "services-rubbish"
    assert widget["error"] == {
        "code": "failed",
        "message": f"{root}/commands/systemctl_show: no unit in it; it must be the answer of systemctl show --all "
        "--no-pager --timestamp=unix '*.service'",
    }


# --- CPU -------------------------------------------------------------------------------------------------------


def test_cpu_is_a_rate_in_percent_of_one_core(tmp_path):
    root = tmp_path / "machine"
    shutil.copytree(FIXTURES / "services-server", root)
    stat = root / "sys/fs/cgroup/system.slice/gitea.service/cpu.stat"
    stat.write_text("usage_usec 5000000\nuser_usec 1\n")
    probe = Probe(
        "services", root, "units=gitea,immich", ticks=2, interval=2,
        between=f"echo usage_usec 8000000 >{stat}",
    )  # fmt: skip
    assert probe.number("gitea", "cpu") == 150
    assert probe.number("immich", "cpu") == 0


def test_cpu_of_a_counter_that_began_anew_is_not_known(tmp_path):
    root = tmp_path / "machine"
    shutil.copytree(FIXTURES / "services-server", root)
    stat = root / "sys/fs/cgroup/system.slice/gitea.service/cpu.stat"
    probe = Probe("services", root, "units=gitea", ticks=2, between=f"echo usage_usec 7 >{stat}")
    assert ("gitea", "cpu") not in probe.samples


# --- Disk use --------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path):
    """A copy of the server with something in its directories."""
    root = tmp_path / "machine"
    shutil.copytree(FIXTURES / "services-server", root)
    state = root / "var/lib/gitea"
    (state / "repositories/deep").mkdir(parents=True)
    (state / "one").write_bytes(os.urandom(1 << 20))
    (state / "repositories/deep/two").write_bytes(os.urandom(300_000))
    os.link(state / "one", state / "repositories/again")
    (state / "usr").symlink_to("/usr")
    with open(state / "sparse", "wb") as sparse:
        sparse.truncate(1 << 30)
    logs = root / "var/log/gitea"
    logs.mkdir(parents=True)
    (logs / "gitea.log").write_bytes(b"x" * 50_000)
    return root


def du(*paths):
    command = ["du", "--summarize", "--total", "--block-size=1", *map(str, paths)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1].split()[0])


def test_disk_use_is_that_of_the_services_own_directories(read, machine):
    gitea = read(machine, SERVER_UNITS + '\nquotas = ["gitea=2M"]')["by_name"]["gitea"]
    used = du(machine / "var/lib/gitea", machine / "var/log/gitea")
    assert (1 << 20) + 350_000 < used < 2 << 20
    assert gitea["disk"]["value"] == used
    assert values(gitea, "disk_quota", "disk_percent", "disk_count") == [2 << 20, 100 * used / (2 << 20), None]


@pytest.mark.parametrize("quota, status", [("1G", "ok"), ("1.5M", "warning"), ("1M", "critical")])
def test_disk_use_against_its_quota(read, machine, quota, status):
    gitea = read(machine, f'units = ["gitea"]\nquotas = ["gitea={quota}"]')["by_name"]["gitea"]
    assert gitea["disk_percent"]["status"] == status


def test_more_paths_count_and_one_inside_another_counts_once(read, machine):
    (machine / "srv/git").mkdir(parents=True)
    (machine / "srv/git/pack").write_bytes(os.urandom(70_000))
    options = 'units = ["gitea"]\npaths = ["gitea=/srv/git,/var/lib/gitea/repositories, /srv/git"]'
    gitea = read(machine, options)["by_name"]["gitea"]
    assert gitea["disk"]["value"] == du(machine / "var/lib/gitea", machine / "var/log/gitea", machine / "srv/git")


def test_paths_that_do_not_exist_are_told(read):
    unifi = read("services-server", 'units = ["unifi"]\npaths = ["unifi=/srv/none"]')["by_name"]["unifi"]
    assert unifi["disk_count"] == {"value": "no directory", "unit": "", "status": "unknown"}
    assert "disk" not in unifi


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_what_cannot_be_read_is_told(read, machine):
    (machine / "var/lib/gitea/repositories").chmod(0)
    gitea = read(machine, 'units = ["gitea"]')["by_name"]["gitea"]
    (machine / "var/lib/gitea/repositories").chmod(0o755)
    assert gitea["disk_count"] == {"value": "1 unreadable", "unit": "", "status": "unknown"}


def test_disk_use_can_be_switched_off(read, machine):
    assert "disk" not in read(machine, 'units = ["gitea"]\ndisk = false')["by_name"]["gitea"]


# --- Options ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option, message",
    [
        ('quotas = ["gitea"]', 'quotas: "gitea" is not SERVICE=VALUE; write it like "gitea=100G"'),
        ('quotas = ["gitea=much"]', 'quotas: "much" of "gitea=much" is not a size; write "100G", "512M" or bytes'),
        ('quotas = ["gitea=-1G"]', 'quotas: "-1G" of "gitea=-1G" is not a size; write "100G", "512M" or bytes'),
        ('paths = ["gitea="]', 'paths: "gitea=" is not SERVICE=VALUE; write it like "gitea=/var/lib/gitea,/srv/git"'),
        ('paths = ["gitea=srv"]', 'paths: "srv" of "gitea=srv" is not an absolute path; begin it with /'),
    ],
)
def test_a_wrong_option_is_named(read, option, message):
    assert read("services-server", option)["error"] == {"code": "invalid", "message": message}


# --- Without systemd -------------------------------------------------------------------------------------------


def test_without_systemd_the_named_processes_are_shown(read):
    widget = read("services-container", 'units = ["nginx", "prometheus-node-exporter.service", "mysqld", "defunct"]')
    assert widget["note"] == {
        "status": "none",
        "message": "no systemd on this machine (PID 1 is tini): processes by name instead of services",
    }
    assert widget["status"] == "warning"
    assert values(widget["by_name"][""], "summary") == ["3/4"]
    nginx = widget["by_name"]["nginx"]
    assert values(nginx, "memory", "processes", "since", "pid") == [6300 * 4096, 3, 4995, 7]
    assert state(widget, "nginx") == ("running", "ok")
    # The kernel keeps 15 characters of a name; the rest is in the command line.
    assert values(widget["by_name"]["prometheus-node-exporter"], "memory", "since") == [9000 * 4096, 4800]
    assert state(widget, "mysqld") == ("not running", "warning")
    assert state(widget, "defunct") == ("zombie", "warning")


def test_without_systemd_and_names_the_largest_processes_are_shown(read):
    widget = read("services-container", "limit = 3")
    assert [each["instance"] for each in widget["instances"]] == ["", "prometheus-node-exporter", "nginx", "tini"]
    message = "no systemd on this machine (PID 1 is tini): the largest processes instead of services"
    assert widget["note"]["message"] == message


def test_a_process_name_may_hold_anything(read):
    widget = read("services-container", 'processes = ["worker*"]')
    assert values(widget["by_name"]["worker) R 1 (x"], "memory") == [100 * 4096]


def test_cpu_of_processes(tmp_path):
    root = tmp_path / "machine"
    shutil.copytree(FIXTURES / "services-container", root)
    stat = root / "proc/7/stat"
    more = stat.read_text().replace(" 100 50 0 0 20 ", " 600 150 0 0 20 ")
    (tmp_path / "more").write_text(more)
    assert more != stat.read_text()
    probe = Probe(
        "services", root, "units=nginx", ticks=2, interval=10, between=f"cp {tmp_path}/more {stat}"
    )
    assert probe.number("nginx", "cpu") == 60


# --- On a bus --------------------------------------------------------------------------------------------------

TYPES = {"NRestarts": "u", "MainPID": "u", "ConditionResult": "b"} | dict.fromkeys(
    ("TriggeredBy", "StateDirectory", "CacheDirectory", "LogsDirectory"), "as"
)


class Systemd:
    """A systemd that says what the test lets it say, on a bus of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.program = folder / "mock_systemd"
        source = SUPPORT / "mock_systemd.c"
        subprocess.run(["gcc", "-o", str(self.program), str(source), "-lsystemd"], check=True, timeout=60)
        self.process = None

    def units(self, **units):
        """Properties by unit; "gitea" for gitea.service."""
        text = ""
        for name, properties in units.items():
            usual = {"ActiveState": "active", "SubState": "running", "Result": "success", "Type": "simple"}
            times = {"ActiveEnterTimestamp": (int(time.time()) - 3600) * 1_000_000}
            for key, value in ({"Id": name, "NRestarts": 0} | usual | times | properties).items():
                kind = TYPES.get(key, "t" if key.endswith("Timestamp") else "s")
                text += f"{name}.service\t{key}\t{kind}\t{value}\n"
        new = self.folder / "units.new"
        new.write_text(text)
        new.rename(self.folder / "units")

    def start(self, *arguments):
        self.log = open(self.folder / "calls", "w+")
        self.process = subprocess.Popen(
            [str(self.program), str(self.folder / "bus"), str(self.folder / "units"), *arguments], stdout=self.log
        )
        limit = time.monotonic() + 10
        while not self.calls() and time.monotonic() < limit:
            time.sleep(0.01)

    def calls(self):
        return (self.folder / "calls").read_text().splitlines()

    @property
    def env(self):
        return {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/bus"}

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.log.close()


@pytest.fixture
def systemd(tmp_path):
    folder = tmp_path / "systemd"
    folder.mkdir()
    systemd = Systemd(folder)
    yield systemd
    systemd.stop()


def live(dashboard: Dashboard, systemd, options, ticks=1):
    return widget_of(dashboard.snapshot(layout(options), time=None, ticks=ticks, env=systemd.env))


def test_systemd_is_asked_over_its_bus(dashboard, systemd):
    systemd.units(
        gitea={"Description": "Gitea", "MainPID": 77},
        broken={"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "NRestarts": 5},
    )
    systemd.start()
    widget = live(dashboard, systemd, 'units = ["gitea", "brok*", "none"]')
    assert widget["error"] is None
    assert state(widget, "gitea") == ("running", "ok")
    assert state(widget, "broken") == ("failed (exit-code)", "critical")
    assert state(widget, "none") == ("not found", "unknown")
    gitea = widget["by_name"]["gitea"]
    assert values(gitea, "pid", "description", "restarts") == [77, "Gitea", 0]
    assert 3600 <= gitea["since"]["value"] < 3620


def test_while_nothing_changes_nothing_is_asked(dashboard, systemd):
    systemd.units(gitea={})
    systemd.start()
    live(dashboard, systemd, 'units = ["gitea"]', ticks=3)
    calls = systemd.calls()
    assert calls.count("Subscribe") == 1
    assert calls.count("ListUnitsByNames gitea.service") == 1
    assert calls.count("Get gitea.service ActiveState") == 1


@pytest.mark.limit(60)
def test_a_change_is_seen_at_the_next_tick(dashboard, systemd):
    systemd.units(gitea={})
    systemd.start()
    terminal = dashboard.terminal("--refresh", "250ms", layout=layout('units = ["gitea"]'), env=systemd.env)
    terminal.wait_for("running")
    systemd.units(gitea={"ActiveState": "failed", "SubState": "failed", "Result": "signal"})
    terminal.wait_for("failed (signal)", timeout=5)


def test_a_systemd_that_does_not_answer(dashboard, systemd):
    systemd.units(gitea={})
    systemd.start("silent")
    began = time.monotonic()
    widget = live(dashboard, systemd, 'units = ["gitea"]')
    assert time.monotonic() - began < 8
    assert widget["error"] == {
        "code": "timeout",
        "message": 'systemd did not answer on the system bus within 2 s; look at "systemctl status dbus"; next try in '
        "30 s",
    }


def test_a_count_stalls_nothing_and_ends_with_its_worker(dashboard, systemd):
    systemd.units(gitea={})
    systemd.start()
    began = time.monotonic()
    # Too much to be counted in the time that a first tick waits.
    widget = live(dashboard, systemd, 'units = ["gitea"]\npaths = ["gitea=/usr,/proc,/sys"]\nquotas = ["gitea=1P"]')
    assert time.monotonic() - began < 5
    gitea = widget["by_name"]["gitea"]
    assert gitea["disk_count"] == {"value": "counting", "unit": "", "status": "none"}
    assert "disk_percent" not in gitea
    limit = time.monotonic() + 5
    while counters(dashboard) and time.monotonic() < limit:
        time.sleep(0.01)
    assert counters(dashboard) == []


def counters(dashboard):
    """Processes that count for this test."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            is_counter = entry.name.isdigit() and (entry / "comm").read_text() == "cm-disk-usage\n"
            if is_counter and f"HOME={dashboard.home}".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(os.path.exists("/run/systemd/private"), reason="as root this machine's own systemd answers")
def test_a_bus_that_is_not_there(dashboard, systemd):
    widget = live(dashboard, systemd, "")
    assert widget["error"] == {
        "code": "failed",
        "message": "cannot reach systemd over the system bus (/run/dbus/system_bus_socket): no such socket; start dbus "
        "(systemctl start dbus) or run as root",
    }


def test_without_libsystemd(dashboard, systemd):
    """It is opened when systemd is asked: the plugin is loaded all the same, and says which package is missing."""
    (systemd.folder / "libsystemd.so.0").write_bytes(b"no library")
    env = systemd.env | {"LD_LIBRARY_PATH": systemd.folder}
    widget = widget_of(dashboard.snapshot(layout(""), time=None, env=env))
    assert widget["error"] == {
        "code": "failed",
        "message": "libsystemd.so.0 cannot be loaded, and systemd not be asked; install libsystemd0",
    }


# --- Pictures --------------------------------------------------------------------------------------------------


WIDE_AND_LOW = [
    "╭─ 🔧 Services Status ──────────────────────────────────────────────────── ✅ ─╮",
    "│ ✅ gitea                   256M/4.00G  ✅ backup-metrics-api           21.0M │",
    "│ ✅ immich                 1.20G/4.00G  ✅ php8.2-fpm               180M/512M │",
    "│ ✅ vaultwarden            45.0M/1.00G  ✅ certbot                       done │",
    "│ ✅ unifi                   234M/2.00G  ✅ apt-daily              not run yet │",
    "│ ✅ smart-metrics-api            22.0M  ✅ cups                       waiting │",
    "│ ✅ service-metrics-api          25.0M  ✅ systemd-tmpfiles-setup      exited │",
    "╰──────────────────────────────────────────────────────────────────────────────╯",
]
SMALL = [
    "╭─ 🔧 Services Status ────────── ❌ ─╮",
    "│ ❌ broken       failed (exit-code) │",
    "│ ❌ full                0.98G/1.00G │",
    "│ ⚠  revived              2 restarts │",
    "╰────────────────────────────────────╯",
]
TABLE = [
    "╭─ 🔧 Services Status ──────────────────────────────────────────────────── ✅ ─╮",
    "│ Service        State    Memory                      Limit  Restarts    Since │",
    "│ ✅ gitea       running    256M  █▏░░░░░░░░░░░░░╎░╎  4.00G         0    3d 7h │",
    "│ ✅ unifi       running    234M  ██░░░░░░░░░░░░░╎░╎  2.00G         0       9d │",
    "│ ✅ php8.2-fpm  running    180M  ████▏░░░░░░░░░░╎░╎   512M         0    3d 7h │",
]
ONE_LINE = [
    "C! 2/3 running  broken failed (exit-code), revived",
]


def picture(machine, *options, size, zoom=False):
    extra = ["--zoom"] if zoom else []
    return Probe("services", FIXTURES / machine, *extra, *options, size=size).picture


def test_picture_wide_and_low(dashboard):
    lines = dashboard.text(layout(SERVER_UNITS), FIXTURES / "services-server", size="80x10")
    assert lines[1:9] == WIDE_AND_LOW


def test_picture_small(dashboard):
    lines = dashboard.text(layout('units = ["broken", "full", "revived"]'), FIXTURES / "services-trouble", size="38x7")
    assert lines[1:6] == SMALL


def test_picture_as_table(dashboard):
    lines = dashboard.text(layout('units = ["gitea", "unifi", "php*"]'), FIXTURES / "services-server", size="80x8")
    assert lines[1:6] == TABLE


def test_picture_of_one_line(dashboard):
    assert picture("services-trouble", "units=revived,long-ago,broken", size="50x1") == ONE_LINE


def test_zoom_shows_all_columns():
    lines = picture("services-server", "units=gitea", size="198x10", zoom=True)
    assert lines[0].split() == [
        "Service", "State", "Memory", "Limit", "Restarts", "Since", "PID", "Description",
    ]  # fmt: skip


def test_what_failed_stands_first():
    names = [line.split()[1] for line in picture("services-trouble", "units=revived,long-ago,broken", size="76x6")[1:4]]
    assert names == ["broken", "revived", "long-ago"]
