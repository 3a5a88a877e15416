"""Processors, memory, file systems and services of machines whose kernels and tools say odd things.

A machine is a table of files, written below a root. Most are taken from reports of other monitoring tools.
"""

import sys
from pathlib import Path

import pytest
from conftest import FIXTURES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402

GIB = 1 << 30
STAT = "cpu  4000000 1000 900000 160000000 90000 0 30000 0 0 0\ncpu0 2000000 500 450000 80000000 45000 0 15000 0\n"
BASE = {
    "proc/stat": STAT + STAT.splitlines()[1].replace("cpu0", "cpu1") + "\nprocs_blocked 0\n",
    "proc/uptime": "864000.00 1600000.00\n",
    "proc/loadavg": "0.20 0.18 0.15 1/210 4567\n",
    "proc/self/mountinfo": "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
    "commands/df": "107374182400 32212254720 75161927680 /\n",
    "proc/meminfo": "MemTotal: 65536000 kB\nMemFree: 20000000 kB\nMemAvailable: 40000000 kB\nBuffers: 0 kB\n"
    "Cached: 18000000 kB\nShmem: 900000 kB\nSReclaimable: 1000000 kB\nSwapTotal: 8388604 kB\nSwapFree: 8000000 kB\n",
    "proc/swaps": "Filename Type Size Used Priority\n/dev/dm-1 partition 8388604 388604 -2\n",
    "proc/vmstat": "oom_kill 17\n",
    "proc/pressure/memory": "some avg10=33.00 avg60=1 avg300=1 total=1\nfull avg10=22.00 avg60=1 avg300=1 total=1\n",
}


def write(root, files):
    for name, text in (BASE | files).items():
        if text is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def read(dashboard, tmp_path):
    """A plugin's widget on a machine: a fixture's name, or files that differ from BASE (None: no such file)."""

    def read(plugin, machine, options="", ticks=1):
        root = FIXTURES / machine if isinstance(machine, str) else write(tmp_path / "machine", machine)
        layout = f'refresh = "1s"\ngrid = "{plugin}"\n[widget.{plugin}]\nplugin = "{plugin}"\n{options}\n'
        widget = dashboard.snapshot(layout, root=root, ticks=ticks)["widgets"][0]
        widget["by_name"] = {each["instance"]: each["metrics"] for each in widget["instances"]}
        return widget

    return read


def case(name):
    return f"cases/{name}/root"


def value(widget, instance, metric):
    return widget["by_name"][instance].get(metric, {}).get("value")


def judged(widget, instance, metric):
    found = widget["by_name"][instance].get(metric)
    return (found["value"], found["status"]) if found else None


# --- Temperatures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, celsius", [("cpu-crit-zero", 41.25), ("cpu-crit-zero-kelvin", 41)])
def test_a_limit_that_nobody_has_set_is_none(read, name, celsius):
    widget = read("cpu", case(name))
    assert judged(widget, "total", "temperature") == (celsius, "ok")
    assert widget["status"] == "ok" and widget["note"] is None
    assert not {"temperature_limit", "temperature_margin"} & set(widget["by_name"]["total"])


def hwmon(name, **files):
    return {f"sys/class/hwmon/hwmon0/{file}": f"{text}\n" for file, text in {"name": name, **files}.items()}


@pytest.mark.parametrize("limit", ["0", "-1000", "1000", "-273150", "65261850", "255000", "4294967295000"])
def test_limits_that_no_maker_sets_are_none(read, limit):
    widget = read("cpu", hwmon("k10temp", temp1_label="Tctl", temp1_input=52000, temp1_crit=limit))
    assert judged(widget, "total", "temperature") == (52, "ok")
    assert value(widget, "total", "temperature_margin") is None


def test_a_limit_of_a_thermal_zone_passes_the_same_gate(read):
    zone = {"type": "x86_pkg_temp", "temp": "47000", "trip_point_0_type": "critical", "trip_point_0_temp": "0"}
    widget = read("cpu", {f"sys/class/thermal/thermal_zone0/{name}": text + "\n" for name, text in zone.items()})
    assert judged(widget, "total", "temperature") == (47, "ok")
    assert "temperature_margin" not in widget["by_name"]["total"]


def test_a_true_limit_is_kept(read):
    widget = read("cpu", hwmon("coretemp", temp1_label="Package id 0", temp1_input=96500, temp1_crit=100000))
    assert judged(widget, "total", "temperature_margin") == (3.5, "warning")


@pytest.mark.parametrize("stated", ["3892313987", "-273200", "-128000", "511000"])
def test_a_sensor_that_states_nonsense_is_unknown_and_named(read, stated):
    widget = read("cpu", hwmon("k10temp", temp1_label="Tctl", temp1_input=stated))
    assert value(widget, "total", "temperature") is None
    assert widget["status"] == "unknown" and "impossible" in widget["note"]["message"]


# --- Counters of processors ------------------------------------------------------------------------------------


def test_stolen_time_of_eleven_years_is_unknown(read):
    widget = read("cpu", case("steal-astray"))
    assert value(widget, "total", "steal") is None
    assert value(widget, "total", "use") == pytest.approx(0.69, abs=0.02)
    assert value(widget, "core0", "core_use") == pytest.approx(0.69, abs=0.02)
    assert widget["status"] == "ok"


@pytest.mark.parametrize("steal", [18446744073709551615, 18446744073692774439, 1 << 63, 3_000_000_000])
def test_no_counter_exceeds_the_time_since_boot(read, steal):
    stat = f"cpu  100000 0 50000 8000000 0 0 0 {steal} 0 0\ncpu0 100000 0 50000 8000000 0 0 0 {steal}\n"
    total = read("cpu", {"proc/stat": stat, "proc/uptime": "90000.0 80000.0\n"})["by_name"]["total"]
    assert "steal" not in total
    assert total["use"]["value"] == pytest.approx(1.84, abs=0.01)


def test_an_idle_time_that_is_impossible_leaves_the_use_unknown(read):
    stat = "cpu  100000 0 50000 99000000000 0 0 0 0\ncpu0 100000 0 50000 99000000000 0 0 0 0\n"
    total = read("cpu", {"proc/stat": stat, "proc/uptime": "90000.0 80000.0\n"})["by_name"]["total"]
    assert not {"use", "user", "steal"} & set(total)


def test_stolen_time_that_is_real_is_kept(read):
    stat = "cpu  1000000 0 500000 3000000 0 0 0 4000000 0 0\ncpu0 1000000 0 500000 3000000 0 0 0 4000000\n"
    widget = read("cpu", {"proc/stat": stat, "proc/uptime": "85000.0 30000.0\n"})
    assert judged(widget, "total", "steal") == (pytest.approx(47.06, abs=0.01), "critical")


def test_a_counter_that_jumps_after_a_move_is_not_of_this_interval(tmp_path):
    before = "cpu  1000 0 1000 8000 0 0 0 10\ncpu0 1000 0 1000 8000 0 0 0 10\n"
    root = write(tmp_path / "machine", {"proc/stat": before})
    after = "cpu  1030 0 1010 8060 0 0 0 999999999\\ncpu0 1030 0 1010 8060 0 0 0 999999999\\n"
    run = Probe("cpu", root, ticks=2, between=f"printf '{after}' > {root}/proc/stat")
    assert run.number("total", "use") == 40
    assert ("total", "steal") not in run.samples


def test_a_container_whose_uptime_is_younger_than_its_counters_tells_no_average(read):
    """lxcfs without a view of processors: counters of the host, uptime of the container."""
    widget = read("cpu", {"proc/uptime": "60.0 60.0\n"})
    assert value(widget, "total", "use") is None
    assert widget["status"] == "ok"


# --- File systems ----------------------------------------------------------------------------------------------


def file_systems(widget):
    return [name[3:] for name in widget["by_name"] if name.startswith("fs:")]


def disks(mounts, df=None, **files):
    """A machine with these mounts; `df`: what df says of them, else that each is half full."""
    lines = [line.split() for line in mounts]
    table = "".join(f"{line}\n" for line in df or [f"1000 500 500 {words[4]}" for words in lines])
    listed = "".join(f"{line}\n" for line in ["30 1 8:1 / / rw - ext4 /dev/sda1 rw", *mounts])
    return {"proc/self/mountinfo": listed, "commands/df": BASE["commands/df"] + table, **files}


def test_a_windows_disk_over_fuse_is_a_local_disk(read):
    widget = read("cpu", case("ntfs-fuseblk"))
    assert file_systems(widget) == ["/", "/srv/ntfs3", "/srv/video"]
    assert judged(widget, "fs:/srv/video", "fs_percent") == (pytest.approx(98, abs=0.1), "critical")


def test_a_disk_of_any_type_is_a_local_disk(read):
    mounts = [
        f"{40 + n} 30 8:{16 + n} / /mnt/{type} rw - {type} /dev/sd{'bcdefghij'[n]}1 rw"
        for n, type in enumerate(["exfat", "fuseblk", "apfs", "hfsplus", "udf", "minix", "newfs2031"])
    ]
    mounts += [
        "60 30 0:45 / /mnt/bcachefs rw - bcachefs /dev/sdk:/dev/sdl rw",
        "61 30 0:46 / /mnt/uuid rw - bcachefs UUID=3bd5-11 rw",
        "62 30 0:47 / /mnt/fs rw - tfs7 /dev/mapper/vg-new rw",
    ]
    assert len(file_systems(read("cpu", disks(mounts)))) == 11


def test_what_is_not_local_is_left_out_and_said(read):
    mounts = [
        "40 30 0:50 / /net/nas rw - nfs4 nas:/export rw",
        "41 30 0:51 / /net/share rw - cifs //server/share rw",
        "42 30 0:52 / /pool rw - fuse.mergerfs /mnt/a:/mnt/b rw",
        "43 30 0:53 / /net/new rw - newnet server:/volume rw",
        "44 30 0:54 / /etc/pve rw - fuse /dev/fuse rw",
        "45 30 0:55 / /run/user/1000/doc rw - fuse.portal portal rw",
        "46 30 0:56 / /srv/rclone rw - fuse.rclone remote: rw",
        "47 30 0:57 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw",
        "48 30 0:6 / /dev rw - devtmpfs udev rw",
    ]
    widget = read("cpu", disks(mounts))
    assert file_systems(widget) == ["/"]
    assert value(widget, "total", "fs_left_out") == (
        "/pool (fuse.mergerfs), /net/nas (nfs4), /net/new (newnet), /net/share (cifs), /srv/rclone (fuse.rclone)"
    )


def test_an_image_that_cannot_be_written_cannot_fill_up(read):
    """The root of Fedora Atomic and of OKD 4.19 is full from its first day; so are snaps and installation discs."""
    machine = {
        "proc/self/mountinfo": "30 1 0:33 / / ro,relatime - overlay composefs ro,lowerdir+=/run/x,metacopy=on\n"
        "31 30 8:4 / /sysroot ro - xfs /dev/sda4 rw\n32 30 8:4 /ostree/deploy/var /var rw - xfs /dev/sda4 rw\n"
        "33 30 8:4 /ostree/deploy/etc /etc rw - xfs /dev/sda4 rw\n"
        "34 30 7:3 / /srv/image ro - squashfs /dev/loop3 ro\n35 30 11:0 / /media/cdrom ro - iso9660 /dev/sr0 ro\n",
        "commands/df": "21700000 21700000 0 18446744073709551615 -125126 /\n9000 3000 6000 /sysroot\n"
        "9000 3000 6000 /var\n9000 3000 6000 /etc\n90000 90000 0 /srv/image\n700000 700000 0 /media/cdrom\n",
    }
    widget = read("cpu", machine)
    assert (file_systems(widget), widget["status"]) == (["/etc"], "ok"), "bind mounts of the one disk"
    assert value(widget, "total", "fs_left_out") == (
        "/ (overlay, read-only), /srv/image (squashfs, read-only), /media/cdrom (iso9660, read-only)"
    )


def test_a_number_of_inodes_that_no_disk_has_is_none(read):
    widget = read("cpu", {"commands/df": "1000 400 600 18446744073709551615 18446744073709426490 /\n"})
    assert value(widget, "fs:/", "fs_percent") == 40
    assert "fs_inodes_percent" not in widget["by_name"]["fs:/"]


def test_a_mount_point_with_a_blank(read):
    mounts = ["41 30 8:17 / /media/My\\040Disk rw - exfat /dev/sdb1 rw"]
    widget = read("cpu", disks(mounts, df=["1000 990 10 /media/My Disk"]))
    assert judged(widget, "fs:/media/My Disk", "fs_percent") == (99, "critical")


def test_a_disk_that_cannot_be_asked_is_unknown(read):
    widget = read("cpu", disks(["41 30 8:17 / /mnt/locked rw - fuseblk /dev/sdb1 rw"], df=["1 1 1 /other"]))
    assert judged(widget, "fs:/mnt/locked", "fs_state") == ("unreadable", "unknown")
    assert widget["status"] == "unknown"


def test_a_disk_that_the_kernel_has_stopped_writing_to_is_critical(read):
    widget = read("cpu", disks(["41 30 8:17 / /srv rw,relatime - ext4 /dev/sdb1 ro,errors=remount-ro"]))
    assert judged(widget, "fs:/srv", "fs_state") == ("read-only", "critical")
    widget = read("cpu", disks(["41 30 8:17 / /srv ro,relatime - ext4 /dev/sdb1 ro"]))
    assert judged(widget, "fs:/srv", "fs_state") is None, "the administrator wants it so"


def test_errors_that_ext4_has_noted(read):
    widget = read("cpu", {"sys/fs/ext4/sda1/errors_count": "3\n"})
    assert judged(widget, "fs:/", "fs_state") == ("errors", "warning")


# --- ZFS -------------------------------------------------------------------------------------------------------

TANK = [
    "40 30 0:60 / /mnt/datengrab rw - zfs datengrab rw",
    "41 30 0:61 / /home/jan rw - zfs datengrab/jan-data rw",
    "42 30 0:62 / /home/till rw - zfs datengrab/till-data rw",
    "43 30 0:63 / /mnt/datengrab/.zfs/snapshot/daily ro - zfs datengrab@daily ro",
]


def tank(till=(301, 182)):
    rows = [(1200, 2000, "/mnt/datengrab"), (28, 2000, "/home/jan"), (*till, "/home/till")]
    return [f"{(used + free) * GIB} {used * GIB} {free * GIB} {path}" for used, free, path in rows]


def test_datasets_share_the_room_of_their_pool_but_for_those_with_a_quota(read):
    widget = read("cpu", disks(TANK, df=tank()))
    assert file_systems(widget) == ["/", "/home/till", "/mnt/datengrab"]
    pool = widget["by_name"]["fs:/mnt/datengrab"]
    assert (pool["fs_used"]["value"], pool["fs_size"]["value"]) == (1529 * GIB, 3529 * GIB)
    assert judged(widget, "fs:/home/till", "fs_percent") == (pytest.approx(62.3, abs=0.1), "ok")


def test_a_dataset_that_fills_its_quota_is_critical(read):
    widget = read("cpu", disks(TANK, df=tank(till=(499, 1))))
    assert judged(widget, "fs:/home/till", "fs_percent")[1] == "critical"
    assert judged(widget, "fs:/mnt/datengrab", "fs_percent")[1] == "ok"


def test_a_pool_without_room_is_full_for_every_dataset(read):
    rows = ["47 47 0 /mnt/datengrab", "21 21 0 /home/jan", "100 100 0 /home/till"]
    widget = read("cpu", disks(TANK, df=rows))
    assert file_systems(widget) == ["/", "/mnt/datengrab"]
    assert judged(widget, "fs:/mnt/datengrab", "fs_percent") == (100, "critical")


ZFS_LIST = "commands/zfs_list_-Hp_-o_name_used_available_quota"


def test_volumes_and_snapshots_fill_a_pool_too(read):
    """Proxmox keeps its machines in volumes, of which no mount tells."""
    mounts = ["40 30 0:60 / /rpool rw - zfs rpool rw", "41 30 0:61 / /srv rw - zfs rpool/srv rw"]
    df = [f"{60 * GIB} {10 * GIB} {50 * GIB} /rpool", f"{30 * GIB} {GIB} {29 * GIB} /srv"]
    listed = f"rpool\t{950 * GIB}\t{50 * GIB}\t0\nrpool/vm-142-disk-0\t{900 * GIB}\t{50 * GIB}\t-\n"
    listed += f"rpool/srv\t{271 * GIB}\t{29 * GIB}\t{300 * GIB}\n"
    widget = read("cpu", disks(mounts, df=df, **{ZFS_LIST: listed}))
    assert judged(widget, "fs:/rpool", "fs_percent") == (95, "critical")
    assert judged(widget, "fs:/srv", "fs_percent") == (pytest.approx(90.33, abs=0.01), "warning")


@pytest.mark.parametrize(
    "state, status",
    [
        ("ONLINE", "ok"), ("DEGRADED", "warning"), ("SUSPENDED", "critical"), ("FAULTED", "critical"),
        ("AJAR", "unknown"),
    ],  # fmt: skip
)
def test_the_state_of_a_pool(read, state, status):
    widget = read("cpu", {"proc/spl/kstat/zfs/tank/state": state + "\n", "proc/spl/kstat/zfs/arcstats": "x\n"})
    assert judged(widget, "pool:tank", "array_state") == (state, status)


# --- btrfs -----------------------------------------------------------------------------------------------------


def btrfs(size, data, metadata, ratio=2, reserve=0.5, **files):
    """A btrfs on /dev/vdb1 in GiB: data and metadata are (set aside, used)."""
    folder = "sys/fs/btrfs/5f3e-11"
    allocation = {
        "data/total_bytes": data[0], "data/bytes_used": data[1], "data/disk_total": data[0],
        "metadata/total_bytes": metadata[0], "metadata/bytes_used": metadata[1],
        "metadata/disk_total": metadata[0] * ratio, "system/disk_total": 0.015, "global_rsv_size": reserve,
    }  # fmt: skip
    tree = {f"{folder}/allocation/{name}": f"{int(gib * GIB)}\n" for name, gib in allocation.items()}
    tree[f"{folder}/devices/vdb1/size"] = f"{size * GIB // 512}\n"
    tree |= {f"{folder}/{name}": text for name, text in files.items()}
    mounts = [
        "40 30 0:44 /@ /mnt/backup rw - btrfs /dev/vdb1 rw,subvolid=256,subvol=/@",
        "41 30 0:44 /@home /home rw - btrfs /dev/vdb1 rw,subvolid=257,subvol=/@home",
    ]
    free = size - data[1]
    df = [f"{size * GIB} {int(data[1] * GIB)} {int(free * GIB)} {path}" for path in ("/mnt/backup", "/home")]
    return disks(mounts, df=df, **tree)


def test_metadata_that_nothing_is_left_for_is_critical_with_room_for_data(read):
    """df says 84 %, and nothing can be written any more."""
    widget = read("cpu", btrfs(512, data=(500.01, 414.29), metadata=(5.99, 5.49)))
    assert file_systems(widget) == ["/", "/home"]
    assert judged(widget, "fs:/home", "fs_percent") == (pytest.approx(80.9, abs=0.1), "ok")
    assert judged(widget, "fs:/home", "fs_metadata_percent") == (pytest.approx(100, abs=0.1), "critical")


def test_metadata_near_what_is_set_aside_is_well_while_there_is_more(read):
    widget = read("cpu", btrfs(512, data=(100, 90), metadata=(2, 1.45)))
    assert judged(widget, "fs:/home", "fs_metadata_percent") == (pytest.approx(0.96, abs=0.05), "ok")


def test_a_full_disk_with_room_in_its_metadata(read):
    """netdata called this critical: 68 % of the data, and metadata with room."""
    widget = read("cpu", btrfs(71, data=(65.52, 43.44), metadata=(4.94, 1.44), ratio=1, reserve=0.21))
    assert judged(widget, "fs:/home", "fs_metadata_percent") == (pytest.approx(30.3, abs=0.5), "ok")
    assert widget["status"] == "ok"


def test_a_subvolume_with_a_limit_is_judged_by_it(read):
    quota = {"qgroups/0_256/limit_flags": "1\n", "qgroups/0_256/referenced": "990\n"}
    widget = read("cpu", btrfs(512, (100, 50), (2, 1), **quota, **{"qgroups/0_256/max_referenced": "1000\n"}))
    assert judged(widget, "fs:/mnt/backup", "fs_percent") == (99, "critical")


def test_a_device_of_a_btrfs_that_is_missing(read):
    widget = read("cpu", btrfs(512, (100, 50), (2, 1), **{"devinfo/1/missing": "0\n", "devinfo/2/missing": "1\n"}))
    assert judged(widget, "fs:/home", "fs_state") == ("device missing", "critical")


# --- Software RAID ---------------------------------------------------------------------------------------------


def raid(state="clean", level="raid1", disks=2, degraded=0, action="idle", version="1.2"):
    values = {
        "array_state": state, "level": level, "raid_disks": disks, "degraded": degraded, "sync_action": action,
        "metadata_version": version,
    }  # fmt: skip
    return {f"sys/block/md127/md/{name}": f"{text}\n" for name, text in values.items()}


@pytest.mark.parametrize(
    "array, word, status",
    [
        (raid(), "clean", "ok"),
        (raid("active-idle"), "active", "ok"),
        (raid("active", action="check"), "check", "ok"),
        (raid("active", action="resync"), "resync", "ok"),
        # node_exporter's issue: a member is gone, and the array is "active" nevertheless.
        (raid("active", degraded=1), "degraded, 1 of 2 missing", "critical"),
        (raid("clean", "raid1", 3, degraded=1), "degraded, 1 of 3 missing", "warning"),
        (raid("clean", "raid6", 6, degraded=1), "degraded, 1 of 6 missing", "warning"),
        (raid("clean", "raid6", 6, degraded=2), "degraded, 2 of 6 missing", "critical"),
        (raid("active", "raid5", 4, 1, "recover"), "degraded, 1 of 4 missing, recovering", "warning"),
        (raid("inactive"), "inactive", "critical"),
        (raid("broken", "raid0"), "broken", "critical"),
        (raid("readonly"), "readonly", "warning"),
        (raid("read-auto"), "active", "ok"),
        (raid("tuning"), "tuning", "unknown"),
    ],
)
def test_the_state_of_a_raid(read, array, word, status):
    assert judged(read("cpu", array), "md127", "array_state") == (word, status)


@pytest.mark.parametrize("array", [raid("inactive", "container", 0, version="external:imsm"), raid("clear", "", 0)])
def test_a_container_of_arrays_is_no_array(read, array):
    widget = read("cpu", array)
    assert "md127" not in widget["by_name"] and widget["status"] == "ok"


def test_the_screen_shows_arrays_and_what_is_wrong(dashboard, tmp_path):
    root = write(tmp_path / "machine", raid("active", degraded=1) | {"sys/fs/ext4/sda1/errors_count": "3\n"})
    layout = 'grid = "cpu"\n[widget.cpu]\nplugin = "cpu"\n'
    for size in ("40x12", "80x24"):
        text = "\n".join(dashboard.text(layout, root=root, size=size))
        assert "md127" in text and "degraded, 1 of" in text, text
    assert "errors" in text


# --- Memory ----------------------------------------------------------------------------------------------------


def test_the_cache_of_the_host_is_not_memory_of_the_container(read):
    widget = read("memory", case("lxc-host-arc"))
    total = widget["by_name"]["total"]
    assert total["used_percent"]["value"] == pytest.approx(83.3, abs=0.1)
    assert (total["used"]["value"], total["total"]["value"]) == (1310720 * 1024, 1572864 * 1024)
    assert total["scope"]["value"] == "container" and "zfs_arc" not in total
    assert (total["swap_used"]["value"], total["swap_total"]["value"]) == (5120 * 1024, 524288 * 1024)


def test_a_container_is_said_to_be_one_on_the_screen(dashboard):
    layout = 'grid = "memory"\n[widget.memory]\nplugin = "memory"\n'
    text = "\n".join(dashboard.text(layout, root=FIXTURES / case("lxc-host-arc"), size="80x24"))
    assert "83%" in text and "container" in text


LXCFS = {"proc/self/mountinfo": "812 801 0:61 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n"}


def test_counters_of_the_host_are_not_shown_in_a_container(read):
    total = read("memory", LXCFS | {"sys/block/zram0/disksize": "1000\n", "sys/block/zram0/mm_stat": "9 9 9\n"})
    assert "zram0" not in total["by_name"]
    assert not {"pressure_some", "pressure_full", "oom_kills"} & set(total["by_name"]["total"])


def test_a_cache_larger_than_what_is_taken_is_another_machines(read):
    files = {"proc/spl/kstat/zfs/arcstats": "size 4 60000000000\nc_min 4 1000000000\n"}
    total = read("memory", files)["by_name"]["total"]
    assert total["used_percent"]["value"] == pytest.approx(38.96, abs=0.1) and "zfs_arc" not in total


def group(**files):
    """A container of version 2: its own group is the root of what it sees."""
    return {"sys/fs/cgroup/cgroup.controllers": "cpu memory\n"} | {
        f"sys/fs/cgroup/{name.replace('__', '.')}": text + "\n" for name, text in files.items()
    }


MEMORY = {
    "memory__max": f"{32 * GIB}", "memory__current": f"{31 * GIB}", "memory__swap__max": "0",
    "memory__stat": f"anon {20 * GIB}\nfile {10 * GIB}\nshmem 1048576\ninactive_file {GIB}\nactive_file {2 * GIB}\n"
    f"slab_reclaimable {GIB}\nfile_dirty 4096\nfile_writeback 4096",
    "memory__events": "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1",
    "memory__pressure": "some avg10=1.50 avg60=0 avg300=0 total=1\nfull avg10=0.50 avg60=0 avg300=0 total=1",
}  # fmt: skip


def test_the_limit_of_a_container_is_its_total(read):
    widget = read("memory", group(**MEMORY))
    total = widget["by_name"]["total"]
    assert [total[name]["value"] for name in ("total", "used", "scope")] == [32 * GIB, 27 * GIB, "container"]
    assert judged(widget, "total", "used_percent") == (pytest.approx(84.4, abs=0.1), "ok")
    others = [total[name]["value"] for name in ("oom_kills", "pressure_some", "dirty", "shared")]
    assert others == [1, 1.5, 8192, 1 << 20]
    assert not {"swap_total", "buffers", "huge_total"} & set(total), "the host's"


def test_a_container_near_its_limit_is_critical_on_a_host_with_room(read):
    files = {"memory__current": f"{int(31.8 * GIB)}", "memory__stat": f"inactive_file {GIB // 10}\nactive_file 0"}
    assert judged(read("memory", group(**MEMORY | files)), "total", "used_percent")[1] == "critical"


def test_a_container_full_of_cache_is_not_full(read):
    stat = f"inactive_file {6 * GIB}\nactive_file {20 * GIB}"
    files = MEMORY | {"memory__current": f"{32 * GIB}", "memory__stat": stat}
    assert judged(read("memory", group(**files)), "total", "used_percent") == (18.75, "ok")


def test_swap_of_a_container(read):
    files = MEMORY | {"memory__swap__max": f"{2 * GIB}", "memory__swap__current": f"{GIB}"}
    total = read("memory", group(**files))["by_name"]["total"]
    assert (total["swap_percent"]["value"], total["swap_total"]["value"]) == (50, 2 * GIB)


def test_the_limit_of_a_container_of_version_1(read):
    folder = "sys/fs/cgroup/memory"
    files = {"memory.limit_in_bytes": 2 * GIB, "memory.usage_in_bytes": 2 * GIB, "memory.stat": "x"}
    stat = f"cache 7\ntotal_inactive_file {GIB // 2}\ntotal_active_file 0\ntotal_shmem 0\n"
    files = {f"{folder}/{name}": f"{text}\n" for name, text in files.items()} | {f"{folder}/memory.stat": stat}
    total = read("memory", files)["by_name"]["total"]
    assert (total["used_percent"]["value"], total["total"]["value"]) == (75, 2 * GIB)


@pytest.mark.parametrize("limit", ["max", f"{1 << 50}", "9223372036854771712"])
def test_without_a_limit_the_memory_is_the_hosts(read, limit):
    total = read("memory", group(**MEMORY | {"memory__max": limit}))["by_name"]["total"]
    assert (total["total"]["value"], "scope" in total) == (65536000 * 1024, False)
    assert total["oom_kills"]["value"] == 17


def test_a_machine_of_its_own_has_no_limit_at_its_root(read):
    total = read("memory", {"sys/fs/cgroup/cgroup.controllers": "cpu memory\n"})["by_name"]["total"]
    assert total["total"]["value"] == 65536000 * 1024 and "scope" not in total


# --- Processors of a container ---------------------------------------------------------------------------------


def test_the_processors_of_a_container_are_its_quota(tmp_path):
    files = group(cpu__max="50000 100000", cpu__stat="usage_usec 1000000")
    root = write(tmp_path / "machine", files)
    after = f"echo 'usage_usec 1400000' > {root}/sys/fs/cgroup/cpu.stat"
    run = Probe("cpu", root, ticks=2, between=after)
    assert run.samples["total", "scope"][0] == "container"
    assert (run.number("total", "cores"), run.number("total", "use")) == (0.5, pytest.approx(80))
    assert not {("total", name) for name in ("load1", "steal", "uptime", "load_per_core")} & set(run.samples)
    assert ("core0", "core_use") not in run.samples


def test_the_screen_of_a_container_says_so(dashboard, tmp_path):
    root = write(tmp_path / "machine", group(cpu__max="250000 100000", cpu__stat="usage_usec 1000000"))
    after = f"echo 'usage_usec 2000000' > {root}/sys/fs/cgroup/cpu.stat"
    run = Probe("cpu", root, ticks=2, between=after, size="80x8")
    assert any("40%" in line and "container, 2.50 cores" in line for line in run.picture), run.picture


def test_a_container_without_a_quota_has_the_hosts_processors(read):
    widget = read("cpu", group(cpu__max="max 100000", cpu__stat="usage_usec 1"))
    assert value(widget, "total", "cores") == 2


# --- What may be full, and what may wait -----------------------------------------------------------------------


def test_swap_on_zram_is_not_swap_on_a_disk(read):
    widget = read("memory", case("zram-beside-disk"))
    total, zram = widget["by_name"]["total"], widget["by_name"]["zram0"]
    assert (total["swap_used"]["value"], total["swap_total"]["value"]) == (270643 * 1024, 13107196 * 1024)
    assert (zram["zram_data"]["value"], zram["zram_memory"]["value"]) == (2147479552, 451936256)
    assert judged(widget, "zram0", "swap_percent")[0] == 100


def test_a_machine_that_compiles_is_not_red(read):
    pressure = {
        "proc/pressure/cpu": "some avg10=99.10 avg60=98 avg300=97 total=1\n",
        "proc/pressure/io": "some avg10=88.00 avg60=80 avg300=70 total=1\n"
        "full avg10=35.00 avg60=30 avg300=20 total=1\n",
        "proc/loadavg": "8.20 2.18 0.15 17/210 4567\n",
    }
    widget = read("cpu", pressure)
    assert widget["status"] == "ok"
    assert judged(widget, "total", "pressure_cpu")[0] == 99.1
    assert judged(read("cpu", pressure, "pressure_cpu_critical = 95"), "total", "pressure_cpu")[1] == "critical"


def test_memory_that_all_wait_for_is_critical_and_that_some_wait_for_a_warning(read):
    for full, statuses in [(3, ("warning", "ok")), (45, ("warning", "critical"))]:
        rest = "avg60=0 avg300=0 total=1\n"
        widget = read("memory", {"proc/pressure/memory": f"some avg10=70 {rest}full avg10={full} {rest}"})
        told = tuple(judged(widget, "total", name)[1] for name in ("pressure_some", "pressure_full"))
        assert told == statuses


@pytest.mark.parametrize("stated", ["1e300", "-1.00", "4294967295.00", "101.00"])
def test_a_pressure_of_more_than_all_is_none(read, stated):
    files = {"proc/pressure/memory": f"some avg10={stated} avg60=0 avg300=0 total=1\n"}
    assert value(read("memory", files), "total", "pressure_some") is None


# --- systemd ---------------------------------------------------------------------------------------------------


def test_states_of_newer_versions_of_systemd(read):
    units = 'units = ["web", "portable", "sync", "sync2", "api", "acct"]'
    widget = read("services", case("systemd-new-states"), units)
    assert value(widget, "", "summary") == "4/6"
    assert judged(widget, "portable", "state") == ("refreshing", "ok")
    assert value(widget, "portable", "memory") == 52428800
    assert judged(widget, "sync", "state") == judged(widget, "sync2", "state") == ("auto-restart", "warning")
    assert judged(widget, "api", "restarts") == (58, "warning")
    assert judged(widget, "acct", "state") == ("running", "ok") and value(widget, "acct", "memory") is None


def test_without_names_a_service_that_crashes_again_and_again_is_shown(read):
    names = list(read("services", case("systemd-new-states"), "limit = 4")["by_name"])
    assert names == ["", "sync", "sync2", "web", "api"]
    assert "portable" in read("services", case("systemd-new-states"), "limit = 6")["by_name"]


@pytest.mark.parametrize(
    "active, sub, more, word, status",
    [
        ("active", "running", {}, "running", "ok"),
        ("active", "failed", {}, "failed", "unknown"),
        ("refreshing", "refresh-credentials", {}, "refreshing", "ok"),
        ("reloading", "reload-signal", {}, "reloading", "warning"),
        ("reloading", "reload-post", {}, "reloading", "warning"),
        ("activating", "auto-restart-queued", {"Type": "oneshot"}, "auto-restart", "warning"),
        ("activating", "start-pre", {"Type": "oneshot"}, "at work", "ok"),
        ("activating", "pondering", {"Type": "oneshot"}, "activating", "warning"),
        ("inactive", "dead-before-auto-restart", {}, "auto-restart", "warning"),
        ("failed", "failed-before-auto-restart", {"Result": "exit-code"}, "auto-restart", "warning"),
        ("inactive", "dead-resources-pinned", {"Type": "oneshot"}, "done", "ok"),
        ("deactivating", "stop-watchdog", {"Type": "oneshot"}, "deactivating", "warning"),
        ("deactivating", "final-sigkill", {"Type": "oneshot"}, "deactivating", "warning"),
        ("inactive", "dead", {"Result": "exec-condition"}, "condition unmet", "none"),
        ("maintenance", "cleaning", {}, "cleaning", "warning"),
        ("levitating", "hovering", {}, "levitating", "unknown"),
        ("active", "running", {"LoadState": "stub"}, "stub", "unknown"),
        ("active", "running", {"LoadState": "enchanted"}, "enchanted", "unknown"),
    ],
)
def test_a_state_is_taken_by_its_family_and_an_unknown_word_never_reassures(read, active, sub, more, word, status):
    unit = {"Id": "it.service", "LoadState": "loaded", "ActiveState": active, "SubState": sub, "Result": "success"}
    unit |= {"Type": "simple", "UnitFileState": "enabled", "StateChangeTimestamp": "@1772360000"}
    unit |= {"InactiveExitTimestamp": "@1772360000"} | more
    text = "".join(f"{key}={text}\n" for key, text in unit.items())
    widget = read("services", {"commands/systemctl_show": text, "proc/1/comm": "systemd\n"}, 'units = ["it"]')
    assert judged(widget, "it", "state") == (word, status)


def test_a_service_whose_limit_is_full_of_cache_in_use_is_not_full(read):
    folder = "sys/fs/cgroup/system.slice/files.service"
    files = {
        "commands/systemctl_show": "Id=files.service\nActiveState=active\nSubState=running\nMainPID=7\n"
        "ControlGroup=/system.slice/files.service\n",
        "sys/fs/cgroup/cgroup.controllers": "memory\n",
        f"{folder}/memory.current": f"{GIB}\n",
        f"{folder}/memory.max": f"{GIB}\n",
        f"{folder}/memory.stat": f"inactive_file {GIB // 4}\nactive_file {GIB // 2}\n",
    }
    widget = read("services", files, 'units = ["files"]\ndisk = false')
    assert judged(widget, "files", "memory_percent") == (25, "ok")
