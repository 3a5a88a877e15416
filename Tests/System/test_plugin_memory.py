"""The memory plugin over captured machines."""

import shutil
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402


def layout(options=""):
    return f'grid = "memory"\n[widget.memory]\nplugin = "memory"\n{options}\n'


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


def test_a_server_with_an_almost_empty_zram(read):
    widget = read("memory-srv01")
    assert (widget["status"], widget["error"], widget["note"]) == ("ok", None, None)
    total = widget["by_name"]["total"]
    assert values(total, "used", "total", "available") == [2609905664, 8153726976, 5543821312]
    assert total["used_percent"]["value"] == pytest.approx(32.00874486)
    assert total["used_percent"]["status"] == "ok"
    assert values(total, "available_source", "cached", "shared", "dirty", "oom_kills") == [
        "MemAvailable",
        2128609280,
        20971520,
        196608,
        0,
    ]
    # The only swap is zram: there is none in the total, or its pages would count twice.
    assert "swap_total" not in total
    zram = widget["by_name"]["zram0"]
    assert values(zram, "zram_data", "zram_compressed", "zram_memory", "zram_size") == [
        4096,
        64,
        12288,
        2040107008,
    ]
    # 4096 bytes in 64 are no compression of 64:1 when they take 12288.
    assert "zram_ratio" not in zram
    assert values(zram, "zram_algorithm", "zram_use", "swap_used") == ["lzo-rle", "swap", 4096]


def test_tmpfs_mounts_of_the_machine_and_none_of_sessions(read):
    by_name = read("memory-srv01")["by_name"]
    assert [n for n in by_name if n.startswith("tmpfs:")] == [
        "tmpfs:/dev/shm",
        "tmpfs:/run",
        "tmpfs:/var/log",
    ]
    assert values(by_name["tmpfs:/var/log"], "tmpfs_used", "tmpfs_size") == [90112, 536870912]
    assert by_name["tmpfs:/var/log"]["tmpfs_percent"]["value"] == pytest.approx(0.01678, abs=1e-5)


def test_tmpfs_mounts_are_chosen(read):
    by_name = read("memory-srv01", 'tmpfs = ["/var/*", "/run/lock"]')["by_name"]
    assert [n for n in by_name if n.startswith("tmpfs:")] == ["tmpfs:/run/lock", "tmpfs:/var/log"]
    by_name = read("memory-srv01", "tmpfs = []")["by_name"]
    assert not [n for n in by_name if n.startswith("tmpfs:")]


def test_a_desktop_with_zram_in_use_and_a_swap_file(read):
    widget = read("memory-desktop-zram")
    assert widget["status"] == "critical"
    by_name = widget["by_name"]
    assert by_name["total"]["used_percent"] == {"value": 87, "unit": "percent", "status": "warning"}
    assert values(by_name["total"], "swap_used", "swap_total") == [214749184, 8589930496]
    assert by_name["total"]["swap_percent"]["status"] == "ok"
    assert by_name["total"]["pressure_some"] == {"value": 25.5, "unit": "percent", "status": "warning"}
    assert by_name["total"]["pressure_full"] == {"value": 4.25, "unit": "percent", "status": "ok"}
    assert by_name["zram0"]["zram_ratio"]["value"] == pytest.approx(3)
    assert by_name["zram0"]["swap_percent"]["status"] == "warning"
    assert values(by_name["zram1"], "zram_algorithm", "zram_use", "swap_total") == ["lz4", "/tmp", None]
    assert "zram2" not in by_name, "a device without a size is not set up"
    assert by_name["tmpfs:/dev/shm"]["tmpfs_percent"] == {
        "value": 95,
        "unit": "percent",
        "status": "critical",
    }


def test_limits_of_the_layout(read):
    total = read("memory-srv01", "used_percent_warning = 30\nused_percent_critical = 32")["by_name"]["total"]
    assert total["used_percent"]["status"] == "critical"


def test_an_old_kernel_is_estimated_and_says_so(read):
    widget = read("memory-old-kernel")
    total = widget["by_name"]["total"]
    # 204800 + 153600 + 2048000 + 307200 - 102400 kB
    assert values(total, "available", "available_source") == [
        2611200 * 1024,
        "estimate: MemFree + Buffers + Cached + SReclaimable - Shmem",
    ]
    assert not {"pressure_some", "pressure_full", "oom_kills", "oom_kills_hour"} & set(total)
    assert total["swap_percent"]["value"] == 50
    assert widget["status"] == "ok"


def test_zfs_huge_pages_and_zswap(read):
    total = read("memory-server-zfs")["by_name"]["total"]
    # 3276800 kB, and the ARC's 54525952000 - 4194304000 bytes.
    assert values(total, "available", "zfs_arc", "available_source") == [
        3276800 * 1024 + 50331648000,
        54525952000,
        "MemAvailable + ZFS ARC above its minimum",
    ]
    assert values(total, "huge_total", "huge_used") == [8192 * 2097152, 6144 * 2097152]
    assert values(total, "zswap_data", "zswap_memory") == [1638400 * 1024, 409600 * 1024]
    assert values(total, "swap_total", "swap_used") == [8388604 * 1024, 8178889 * 1024]
    assert [
        total[m]["status"] for m in ("used_percent", "swap_percent", "pressure_some", "pressure_full")
    ] == ["ok", "critical", "warning", "critical"]
    total = read("memory-server-zfs", "zfs_arc_is_cache = false")["by_name"]["total"]
    assert total["used_percent"] == {"value": 97.5, "unit": "percent", "status": "critical"}
    assert "zfs_arc" not in total


def test_kernel_settings(read):
    options = 'settings = ["net.ipv4.tcp_rmem", "vm.swappiness", "vm.nope"]'
    by_name = read("memory-desktop-zram", options)["by_name"]
    assert by_name["net.ipv4.tcp_rmem"]["setting"]["value"] == "4096 131072 6291456"
    assert by_name["vm.swappiness"]["setting"]["value"] == "180"
    assert (by_name["vm.nope"]["setting"]["value"], by_name["vm.nope"]["setting"]["status"]) == (
        "missing",
        "unknown",
    )


@pytest.mark.parametrize(
    "name", ["../../etc/shadow", "vm..swappiness", "", "vm/swappiness", ".vm", "vm.x\\u0007"]
)
def test_a_setting_cannot_lead_out_of_proc_sys(name):
    run = Probe(
        "memory",
        FIXTURES / "memory-srv01",
        f"settings=vm.swappiness,{name}" if name else "settings=,x",
        expect=1,
    )
    shown = name if name else ""
    assert run.output.startswith(
        f'create failed (invalid): settings: "{shown}" is not the name of a kernel setting; '
        "write it as sysctl does: vm.swappiness"
    )


def test_odd_files(read):
    by_name = read("memory-odd")["by_name"]
    # MemAvailable is more than there is, Buffers negative, Cached a word: only MemFree can be believed.
    assert values(by_name["total"], "available", "available_source") == [
        2000000 * 1024,
        "estimate: MemFree + Buffers + Cached + SReclaimable - Shmem",
    ]
    assert not {"buffers", "cached", "pressure_some", "oom_kills"} & set(by_name["total"])
    assert "zram0" not in by_name and "zram3" not in by_name
    assert values(by_name["zram1"], "zram_ratio", "zram_use", "zram_algorithm") == [2, "unused", "lzo"]
    assert not [n for n in by_name if n.startswith("tmpfs:")]


@pytest.mark.parametrize(
    "meminfo",
    [
        "",
        "MemTotal:",
        "MemTotal: 0 kB\nMemFree: 0 kB\n",
        "MemTotal: 8000000 kB\n",
        "MemFree: 1 kB\n",
        "MemTotal: 8000000 kB\nMemAvailable: 9000000 kB\nMemFree: 8000001 kB\n",
        "\x00\xff" * 5000,
        "MemTotal: " + "9" * 400 + " kB\nMemFree: 1 kB\n",
    ],
)
def test_a_meminfo_that_tells_nothing(read, tmp_path, meminfo):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text(meminfo)
    widget = read(tmp_path)
    assert widget["error"] == {
        "code": "failed",
        "message": f"{tmp_path}/proc/meminfo: no usable MemTotal with MemAvailable or MemFree in it; check "
        "that /proc is mounted and not cut short",
    }
    assert widget["instances"] == []


def test_no_meminfo_at_all(read, tmp_path):
    assert read(tmp_path)["error"] == {
        "code": "unavailable",
        "message": f"{tmp_path}/proc/meminfo: No such file or directory",
    }


def test_processes_killed_while_it_watches(tmp_path):
    root = tmp_path / "machine"
    shutil.copytree(FIXTURES / "memory-desktop-zram", root)
    kill = f"echo 'oom_kill 5' > {root}/proc/vmstat"
    run = Probe("memory", root, ticks=2, interval=11, between=kill)
    assert run.samples["total", "oom_kills"] == ("5 count", "-")
    assert run.samples["total", "oom_kills_hour"] == ("2 count", "warning")
    later = Probe("memory", root, ticks=3, interval=3601, between=f"echo 'oom_kill 9' > {root}/proc/vmstat")
    assert later.samples["total", "oom_kills_hour"] == ("0 count", "ok"), "an hour later it is over"


def test_the_picture():
    run = Probe("memory", FIXTURES / "memory-srv01", "tmpfs=/var/log", size="60x6")
    assert run.picture == [
        "ok Physical     ####------|| 2.43G/7.59G    32%  ..........~",
        "ok zram0        ---------|-| 4.00K/1.90G  empty  in 12.0K l…",
        "ok /var/log     ----------||  88.0K/512M   0.0%  tmpfs",
        "   Kernel       vm.swappiness=180  vm.dirty_ratio=5",
        "ok Pressure     some   0%  full   0%",
        "   Contents     cached 1.98G  buffers  100M  shared 20.0M",
    ]


def test_a_small_picture_keeps_what_is_not_well():
    run = Probe("memory", FIXTURES / "memory-server-zfs", size="36x4")
    assert [line[:11].rstrip() for line in run.picture] == [
        "ok Physical",
        "C! Swap",
        "   Kernel",
        "C! Pressure",
    ]
    run = Probe("memory", FIXTURES / "memory-server-zfs", size="36x2")
    assert [line[:11].rstrip() for line in run.picture] == ["C! Swap", "C! Pressure"]


def test_the_screen(dashboard):
    lines = dashboard.text(layout(), root=FIXTURES / "memory-desktop-zram", size="100x20")
    text = "\n".join(lines)
    for part in (
        "27.2G/31.3G    87%",
        "205M/8.00G",
        "6.80G/8.00G    85%",
        "3:1 in 2.27G zstd",
        "in 26.0M lz4, /tmp",
        "vm.swappiness=180  vm.dirty_ratio=20",
        "0 in the last hour  3 since boot",
    ):
        assert part in text
