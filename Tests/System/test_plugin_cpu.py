"""The CPU plugin over captured machines."""

import shutil
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402


def layout(options=""):
    return f'grid = "cpu"\n[widget.cpu]\nplugin = "cpu"\n{options}\n'


@pytest.fixture
def read(dashboard):
    """The widget of a captured machine, its instances by name."""

    def read(machine, options=""):
        root = machine if isinstance(machine, Path) else FIXTURES / machine
        widget = dashboard.snapshot(layout(options), root=root)["widgets"][0]
        widget["by_name"] = {i["instance"]: i["metrics"] for i in widget["instances"]}
        return widget

    return read


def values(metrics, *names):
    return [metrics[name]["value"] if name in metrics else None for name in names]


def file_systems(widget):
    return [name[3:] for name in widget["by_name"] if name.startswith("fs:")]


def test_a_raspberry_pi(read):
    widget = read("cpu-raspberry")
    assert (widget["status"], widget["error"], widget["note"]) == ("ok", None, None)
    total = widget["by_name"]["total"]
    assert values(total, "use", "user", "system", "irq", "iowait", "steal", "nice") == [
        16,
        10,
        5,
        1,
        1.5,
        0,
        0,
    ]
    assert values(total, "load1", "load5", "load15", "load_per_core", "cores") == [0.42, 0.36, 0.3, 0.09, 4]
    assert values(total, "running", "threads", "blocked", "uptime") == [1, 213, 0, 1048832.16]
    assert values(total, "model", "frequency", "frequency_max") == [
        "Raspberry Pi 4 Model B Rev 1.2",
        6e8,
        1.5e9,
    ]
    assert values(total, "temperature", "temperature_limit") == [48.199, 110]
    assert total["temperature_margin"]["value"] == pytest.approx(61.801)
    assert not {"pressure_cpu", "pressure_io", "pressure_io_full"} & set(total)
    assert values(widget["by_name"]["core3"], "core_use", "frequency") == [16, 6e8]
    assert file_systems(widget) == ["/", "/boot/firmware"]
    assert values(widget["by_name"]["fs:/"], "fs_inodes_percent") == [pytest.approx(10, abs=1e-4)]


def test_a_server_with_two_sockets(read):
    widget = read("cpu-server")
    assert widget["status"] == "critical"
    by_name = widget["by_name"]
    assert len([n for n in by_name if n.startswith("core")]) == 64
    # Core 40: 4000 of user, 240 of system, in 10000 ticks.
    assert by_name["core40"]["core_use"]["value"] == pytest.approx(42.4)
    assert by_name["total"]["use"]["value"] == pytest.approx(34.75)
    assert by_name["total"]["load_per_core"] == {"value": 2, "unit": "", "status": "warning"}
    assert values(by_name["total"], "blocked", "frequency", "temperature", "temperature_limit") == [
        3,
        2.1e9,
        99.5,
        101,
    ]
    assert [
        by_name["total"][m]["status"]
        for m in ("temperature", "temperature_margin", "pressure_cpu", "pressure_io")
    ] == ["warning", "warning", "none", "none"]
    assert [values(by_name[f"package{n}"], "temperature") for n in (0, 1)] == [[67], [99.5]]


def test_file_systems_are_local_and_counted_once(read):
    widget = read("cpu-server")
    # Not: the bind mount of /export, NFS, a snap, a container's overlay and its /etc/hosts.
    assert file_systems(widget) == ["/", "/boot", "/boot/efi", "/export"]
    by_name = widget["by_name"]
    assert [by_name[f"fs:{p}"]["fs_percent"]["status"] for p in ("/", "/boot", "/boot/efi", "/export")] == [
        "ok",
        "warning",
        "ok",
        "critical",
    ]
    assert by_name["fs:/export"]["fs_inodes_percent"] == {
        "value": 99,
        "unit": "percent",
        "status": "critical",
    }


def test_file_systems_are_chosen(read):
    widget = read("cpu-server", 'file_systems = ["/net/*", "/"]')
    assert file_systems(widget) == ["/", "/net/backup"]
    assert file_systems(read("cpu-server", "file_systems = []")) == []
    widget = read("cpu-server", 'file_systems = ["auto", "/srv/data", "/mnt/usb", "/media/*"]')
    assert file_systems(widget) == ["/", "/boot", "/boot/efi", "/export", "/srv/data"]
    assert widget["note"] == {
        "status": "warning",
        "message": "file_systems: nothing is mounted at /mnt/usb; mount it, or take it out of the layout",
    }


def test_a_laptop_with_fast_and_slow_cores_and_one_offline(read):
    widget = read("cpu-laptop-hybrid")
    by_name = widget["by_name"]
    assert [n for n in by_name if n.startswith("core")] == [
        "core0",
        "core1",
        "core2",
        "core3",
        "core4",
        "core6",
    ]
    assert values(by_name["total"], "cores", "frequency", "frequency_max") == [6, 3e9, 4.4e9]
    assert [values(by_name[n], "frequency") for n in ("core0", "core6")] == [[3.9e9], [1.2e9]]
    assert values(by_name["total"], "temperature", "temperature_limit", "temperature_margin") == [61, 100, 39]
    assert file_systems(widget) == ["/", "/boot"], "subvolumes of one btrfs are one file system"
    assert "fs_inodes_percent" not in by_name["fs:/"], "btrfs makes inodes as it needs them"


def test_cores_are_left_out_when_the_layout_says_so(read):
    by_name = read("cpu-laptop-hybrid", "cores = false")["by_name"]
    assert not [n for n in by_name if n.startswith("core")]
    assert by_name["total"]["cores"]["value"] == 6


def test_an_old_kernel(read):
    widget = read("cpu-old-kernel")
    total = widget["by_name"]["total"]
    assert values(total, "use", "iowait", "steal", "frequency", "temperature") == [20, 10, 0, 1.8e9, 38]
    assert total["load_per_core"] == {"value": 1.7, "unit": "", "status": "warning"}
    assert not {"pressure_cpu", "pressure_io", "temperature_limit", "temperature_margin"} & set(total)
    assert file_systems(widget) == ["/", "/srv/my files"]
    assert widget["by_name"]["fs:/srv/my files"]["fs_state"]["status"] == "unknown", "df does not tell of it"
    assert widget["by_name"]["fs:/"]["fs_percent"]["value"] == pytest.approx(94.7368421)


def test_guests_do_not_count_twice_and_tdie_is_the_true_temperature(read):
    widget = read("cpu-ryzen")
    assert values(widget["by_name"]["total"], "use", "user", "nice", "temperature") == [40, 30, 2, 55.25]
    assert file_systems(widget) == ["/", "/tank"], "datasets of a pool share its room"


def test_a_virtual_machine_that_gets_too_little(read):
    total = read("cpu-vm-steal")["by_name"]["total"]
    assert total["steal"] == {"value": 35, "unit": "percent", "status": "critical"}
    assert total["load_per_core"]["status"] == "critical"
    assert total["pressure_cpu"]["status"] == "none", "waiting alone is no harm"


def test_limits_of_the_layout(read):
    widget = read("cpu-raspberry", "temperature_warning = 45\nuse_critical = 15")
    total = widget["by_name"]["total"]
    assert (total["temperature"]["status"], total["use"]["status"]) == ("warning", "critical")


@pytest.mark.parametrize("stat", ["", "cpu", "cpu  1 2 3\n", "cpu0 1 2 3 4\n", "intr 5\n", "\x00" * 9000])
def test_a_stat_that_tells_nothing(read, tmp_path, stat):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text(stat)
    assert read(tmp_path)["error"] == {
        "code": "failed",
        "message": f'{tmp_path}/proc/stat: no line "cpu" with times in it; check that /proc is mounted and '
        "not cut short",
    }


def test_huge_and_broken_numbers(read, tmp_path):
    (tmp_path / "proc/pressure").mkdir(parents=True)
    (tmp_path / "proc/stat").write_text(
        "cpu  18446744073709551615 0 0 18446744073709551615\ncpu99999999999999999999 1 1 1 1\ncpux 1 2\n"
        "cpu7 5 0 0 5\n"
        "procs_blocked many\n"
    )
    (tmp_path / "proc/loadavg").write_text("1e999 nan\n")
    (tmp_path / "proc/uptime").write_text("99999999999999999999999999\n")
    (tmp_path / "proc/pressure/cpu").write_text("some avg10=x\n")
    zone = tmp_path / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "type").write_text("x86_pkg_temp\n")
    (zone / "temp").write_text("-274000\n")
    by_name = read(tmp_path)["by_name"]
    assert values(by_name["total"], "use", "uptime", "cores") == [None, None, 1], "no counter and no clock is that high"
    assert by_name["core7"] == {"core_use": {"value": 50, "unit": "percent", "status": "none"}}
    assert not {"load1", "load_per_core", "pressure_cpu", "temperature", "blocked"} & set(by_name["total"])


@pytest.fixture
def machine(tmp_path):
    root = tmp_path / "machine"
    (root / "proc").mkdir(parents=True)
    (root / "proc/stat").write_text("cpu  1000 0 1000 8000\ncpu0 500 0 500 4000\ncpu1 500 0 500 4000\n")
    return root


def after(root, stat):
    return Probe("cpu", root, ticks=2, between=f"printf '{stat}' > {root}/proc/stat")


def test_use_is_that_of_the_last_interval(machine):
    run = after(machine, "cpu  1100 0 1000 8100\\ncpu0 600 0 500 4000\\ncpu1 500 0 500 4100\\n")
    assert [run.number("total", "use"), run.number("core0", "core_use"), run.number("core1", "core_use")] == [
        50,
        100,
        0,
    ]


def test_counters_that_step_back_stand_still(machine):
    run = after(machine, "cpu  1100 0 1000 7900\\ncpu0 500 0 550 3950\\ncpu1 400 0 400 3000\\n")
    assert [run.number("total", "use"), run.number("core0", "core_use")] == [100, 100]
    assert run.number("core1", "core_use") == 20, "nothing moved: the last figure stays"


def test_a_core_that_goes_offline_and_one_that_comes(machine):
    run = after(machine, "cpu  1100 0 1000 8100\\ncpu0 600 0 500 4000\\ncpu2 9000 0 0 0\\n")
    assert ("core1", "core_use") not in run.samples
    assert ("core2", "core_use") not in run.samples, "what it did before it was seen is not of this interval"
    assert run.number("total", "cores") == 2


def test_the_picture():
    run = Probe("cpu", FIXTURES / "cpu-laptop-hybrid", size="60x10")
    assert run.picture == [
        "   Use          #-----------     3.00GHz     8%  ..........~",
        "   Cores        ~~~~~~",
        "ok Load           1.20   0.90   0.70  on 6 cores",
        "ok Temp         #######---|-    of 100°C   61°C  ..........~",
        "ok /            #####-----||   190G/476G    40%  disk",
        "ok /boot        ######----||  511M/1.00G    50%  disk",
        "ok Pressure     cpu 0.5%  io   0%  io full   0%",
        "ok Time         user   5%  sys   3%  wait   2%  steal   0%",
        "   Tasks         2 running   0 blocked  1234 tasks  up 2h 1m",
        "   Model        12th Gen Intel(R) Core(TM) i5-1240P, up to …",
    ]


def test_a_small_picture_keeps_what_is_not_well():
    run = Probe("cpu", FIXTURES / "cpu-server", size="36x4")
    assert [line[:10].rstrip() for line in run.picture] == ["W! Load", "W! Temp", "W! /boot", "C! /export"]


def test_the_screen(dashboard):
    text = "\n".join(dashboard.text(layout(), root=FIXTURES / "cpu-server", size="100x24"))
    for part in (
        "130.25 128.00  96.10  on 64 cores",
        "2.10GHz    35%",
        "of 101°C 99.5°C",
        "50.0G/100G    50%",
        "inodes  99%",
        "cpu  65%  io  13%  io full 3.3%",
        "Xeon(R) Gold 6130",
    ):
        assert part in text
