"""The NVMe plugin, black-box, over captured machines and fake smartctl programs."""

import json
import os
import shutil
import stat
import time
from pathlib import Path

import pytest

from conftest import FIXTURES

LAYOUT = 'refresh = "1s"\ngrid = "nvme"\n[widget.nvme]\nplugin = "nvme"\n'


def layout(**options):
    lines = [f"{key} = {json.dumps(value)}" for key, value in options.items()]
    return LAYOUT + "\n".join(lines) + "\n"


def widget(dashboard, machine, ticks=1, **options):
    answer = dashboard.snapshot(layout(**options), root=FIXTURES / f"drives-{machine}", ticks=ticks)
    (only,) = answer["widgets"]
    return only


def drives(widget):
    return {entry["instance"]: entry["metrics"] for entry in widget["instances"]}


def values(metrics, *names):
    return {name: metrics[name]["value"] if name in metrics else None for name in names}


def statuses(metrics, *names):
    return {name: metrics[name]["status"] if name in metrics else None for name in names}


# One drive, through LUKS and LVM


def test_one_drive_has_all_its_facts(dashboard):
    found = widget(dashboard, "notebook")
    assert found["error"] is None and found["note"] is None and found["status"] == "ok"
    drive = drives(found)["nvme0n1"]
    assert values(
        drive, "verdict", "wear", "heat", "spare", "spare_threshold", "errors", "power_on", "capacity",
        "data_written", "unsafe_shutdowns", "kind", "protocol", "model", "serial", "firmware", "device",
        "findings", "problem",
    ) == {
        "verdict": "PASSED", "wear": 4, "heat": "normal", "spare": 100, "spare_threshold": 10, "errors": 0,
        "power_on": 11419 * 3600, "capacity": 1024209543168, "data_written": 113662783 * 512000,
        "unsafe_shutdowns": 12, "kind": "NVMe", "protocol": "NVMe", "model": "SAMSUNG MZVL21T0HCLR-00B00",
        "serial": "S676NX0R123456", "firmware": "GXA7401Q", "device": "/dev/nvme0 -d nvme",
        "findings": None, "problem": None,
    }
    assert drive["wear"]["unit"] == "percent" and drive["power_on"]["unit"] == "seconds"


def test_temperature_is_live_and_not_the_one_of_the_last_reading(dashboard):
    # smartctl answered 55, hwmon says 56.
    assert drives(widget(dashboard, "notebook"))["nvme0n1"]["temperature"]["value"] == 56


def test_used_goes_through_luks_and_lvm_and_counts_a_bind_mount_once(dashboard):
    gib = 1 << 30
    used = drives(widget(dashboard, "notebook"))["nvme0n1"]["used"]["value"]
    assert used == 42 * gib + 170 * gib + gib // 4 + gib // 8


# A server with seven drives


def test_every_drive_once_in_a_stable_order(dashboard):
    found = drives(widget(dashboard, "server"))
    # sdf is a card reader without a card.
    assert list(found) == ["nvme0n1", "nvme1n1", "sda", "sdb", "sdc", "sdd", "sde"]
    assert [found[name]["kind"]["value"] for name in found] == ["NVMe", "NVMe", "SSD", "HDD", "HDD", "HDD", "HDD"]


def test_passed_at_104_percent_is_critical(dashboard):
    drive = drives(widget(dashboard, "server"))["nvme0n1"]
    assert values(drive, "verdict", "wear", "errors", "findings") == {
        "verdict": "PASSED", "wear": 104, "errors": 7, "findings": "7 media errors"}
    assert statuses(drive, "verdict", "wear", "errors") == {
        "verdict": "ok", "wear": "critical", "errors": "warning"}
    assert widget(dashboard, "server")["status"] == "critical"


def test_limits_of_the_layout_judge(dashboard):
    found = widget(dashboard, "server", wear_warning=110, wear_critical=150, errors_warning=1000, devices=["nvme*"])
    drive = drives(found)["nvme0n1"]
    assert statuses(drive, "wear", "errors") == {"wear": "ok", "errors": "ok"}
    assert found["status"] == "ok"


def test_sata_ssd_wears_by_wear_leveling_count(dashboard):
    drive = drives(widget(dashboard, "server"))["sda"]
    assert values(drive, "wear", "temperature", "data_written", "protocol") == {
        "wear": 9, "temperature": 27, "data_written": 216456537880 * 512, "protocol": "ATA"}


def test_rotating_drive_has_no_wear_and_counts_bad_sectors_once(dashboard):
    found = drives(widget(dashboard, "server"))
    assert "wear" not in found["sdb"] and found["sdb"]["errors"] == {"value": 0, "unit": "count", "status": "ok"}
    # 8 pending and 6 uncorrectable are the same sectors.
    assert values(found["sdc"], "errors", "findings") == {"errors": 11, "findings": "3 reallocated, 8 pending"}


def test_heat_is_judged_by_the_drives_own_limit(dashboard):
    found = drives(widget(dashboard, "server"))
    assert found["sdb"]["heat"]["value"] == "normal"
    assert found["sdc"]["temperature"] == {"value": 61, "unit": "celsius", "status": "ok"}
    assert values(found["sdc"], "heat") == {"heat": "hot (limit 60°C)"}
    assert statuses(found["sdc"], "heat") == {"heat": "warning"}
    assert "heat" not in drives(widget(dashboard, "server", drive_limits=False))["sdc"]


def test_temperature_limit_of_the_layout_holds(dashboard):
    drive = drives(widget(dashboard, "server", temperature_warning=30, temperature_critical=50))["nvme1n1"]
    assert drive["temperature"] == {"value": 31, "unit": "celsius", "status": "warning"}


def test_sleeping_drive_is_not_a_fault(dashboard):
    found = widget(dashboard, "server", devices=["sdd"])
    drive = drives(found)["sdd"]
    assert values(drive, "verdict", "capacity", "problem", "wear") == {
        "verdict": "asleep", "capacity": 14000519643136, "wear": None,
        "problem": "/dev/sdd sleeps: its SMART data will be read when it is awake"}
    assert found["note"] is None and found["status"] in ("ok", "none")


def test_scsi(dashboard):
    drive = drives(widget(dashboard, "server"))["sde"]
    assert values(drive, "errors", "findings", "power_on", "data_written", "protocol") == {
        "errors": 7, "findings": "7 grown defects", "power_on": 43549 * 3600 + 33 * 60,
        "data_written": 86472.611e9, "protocol": "SCSI"}


def test_mirror_counts_in_full_and_lvm_by_size(dashboard):
    gib = 1 << 30
    found = drives(widget(dashboard, "server"))
    assert found["sdb"]["used"]["value"] == found["sdc"]["used"]["value"] == 900 * gib
    assert found["nvme0n1"]["used"]["value"] == 120 * gib
    split = found["nvme1n1"]["used"]["value"] + found["sda"]["used"]["value"]
    assert split == pytest.approx(300 * gib)
    part = 240057409536 // 512 - gib // 512
    whole = 8001563222016 // 512
    assert found["sda"]["used"]["value"] == pytest.approx(300 * gib * part / (part + whole), rel=1e-6)


def test_btrfs_mirror_and_two_namespaces_behind_two_paths(dashboard):
    gib = 1 << 30
    found = drives(widget(dashboard, "pool"))
    assert list(found) == ["nvme0n1", "sda", "sdb"]
    assert found["sda"]["used"]["value"] == found["sdb"]["used"]["value"] == 500 * gib
    assert found["nvme0n1"]["used"]["value"] == 60 * gib
    assert values(found["nvme0n1"], "wear", "serial", "device") == {
        "wear": 1, "serial": "DP1", "device": "/dev/nvme1 -d nvme"}


# Drives that fail


def test_failed_nvme(dashboard):
    drive = drives(widget(dashboard, "failing"))["nvme0n1"]
    assert values(drive, "verdict", "wear", "spare", "findings", "heat", "temperature") == {
        "verdict": "FAILED", "wear": 99, "spare": 3, "temperature": 88, "heat": "too hot (limit 85°C)",
        "findings": "spare below threshold, read-only, 41 media errors"}
    assert statuses(drive, "verdict", "wear", "spare", "findings", "heat", "temperature", "errors") == {
        "verdict": "critical", "wear": "critical", "spare": "critical", "findings": "critical",
        "heat": "critical", "temperature": "warning", "errors": "warning"}


def test_failing_attribute_of_a_sata_drive_with_exit_status_24(dashboard):
    drive = drives(widget(dashboard, "failing"))["sda"]
    assert values(drive, "verdict", "wear", "spare", "findings", "data_written") == {
        "verdict": "FAILED", "wear": 99, "spare": 8, "data_written": 2097152 * 32 * 1048576,
        "findings": "Available_Reservd_Space failing, 12 reallocated"}


@pytest.mark.parametrize(
    "name, wear, written",
    [
        ("sdb", 17, 5120 << 30),  # SSD_Life_Left; 233 is something else
        ("sdc", 11, 20000000000 * 512),  # Percent_Lifetime_Remain goes before Ave_Block-Erase_Count
        ("sdd", None, 20480 << 30),  # 230 counts upwards: no wear is better than a wrong one
        ("sde", 11, 86472611000000),  # SCSI
    ],
)
def test_wear_by_maker(dashboard, name, wear, written):
    assert values(drives(widget(dashboard, "failing"))[name], "wear", "data_written") == {
        "wear": wear, "data_written": written}


@pytest.mark.parametrize(
    "spare, threshold, wear, shown",
    [
        (0, 0, 0, None),  # as qemu and some USB bridges leave it: not counted
        (0, 0, 90, (0, "critical")),
        (0, 5, 0, (0, "critical")),
        (30, 40, 0, (30, "critical")),  # by the drive's own threshold
        (15, 5, 0, (15, "warning")),
    ],
)
def test_spare_by_limits_and_by_the_threshold_of_the_drive(dashboard, tmp_path, spare, threshold, wear, shown):
    root = tmp_path / "machine"
    shutil.copytree(FIXTURES / "drives-notebook", root, symlinks=True)
    path = root / "commands" / "smartctl_-j_-a_-d_nvme_dev_nvme0"
    answer = json.loads(path.read_text())
    for name in ("endurance_used", "spare_available"):
        answer.pop(name, None)
    answer["nvme_smart_health_information_log"] |= {
        "available_spare": spare, "available_spare_threshold": threshold, "percentage_used": wear}
    path.write_text(json.dumps(answer))
    (found,) = dashboard.snapshot(LAYOUT, root=root)["widgets"]
    metric = drives(found)["nvme0n1"].get("spare")
    assert (metric and (metric["value"], metric["status"])) == shown


# Not known, and why


def test_without_smartctl(dashboard):
    found = widget(dashboard, "bare")
    assert found["error"] is None
    assert found["note"] == {
        "status": "unknown",
        "message": "smartctl is not installed: wear and verdict are not known; apt install smartmontools"}
    named = drives(found)
    assert values(named["nvme0n1"], "verdict", "wear", "temperature", "model", "serial", "capacity", "used") == {
        "verdict": "unknown", "wear": None, "temperature": 41, "model": "Samsung SSD 970 EVO 500GB",
        "serial": "S466NX0M776250H", "capacity": 500107862016, "used": 90 << 30}
    assert statuses(named["nvme0n1"], "verdict") == {"verdict": "unknown"}
    # eMMC tells its wear without smartctl.
    assert values(named["mmcblk0"], "wear", "kind", "verdict") == {"wear": 30, "kind": "eMMC", "verdict": None}
    assert "mmcblk0boot0" not in named


def test_without_permission(dashboard):
    found = widget(dashboard, "denied")
    assert found["note"] == {
        "status": "unknown",
        "message": "no permission to read SMART data of 2 of 2 drives (nvme0n1, sda): run as root, or allow "
        'smartctl in sudoers and set command = ["sudo", "-n", "smartctl"] and new_privileges = true'}
    drive = drives(found)["nvme0n1"]
    assert values(drive, "verdict", "temperature", "used", "problem") == {
        "verdict": "no permission", "temperature": 41, "used": 90 << 30,
        "problem": "no permission to ask /dev/nvme0 for its SMART data"}


def test_virtual_machine(dashboard):
    found = widget(dashboard, "virtual")
    assert found["instances"] == []
    assert found["error"] == {
        "code": "unavailable",
        "message": "no drives: vda is a virtual disk (virtio-blk), which has no wear, temperature or SMART data; "
        "watch the machine that it runs on"}


def test_no_drives_at_all(dashboard):
    assert widget(dashboard, "none")["error"] == {
        "code": "unavailable", "message": "no drives: neither /sys/block nor smartctl --scan lists any"}


def test_patterns_that_leave_nothing(dashboard):
    assert widget(dashboard, "server", exclude=["nvme*", "/dev/sd?"])["error"] == {
        "code": "unavailable",
        "message": "no drive is left to show: check the options devices and exclude of this widget"}


def test_patterns_choose(dashboard):
    assert list(drives(widget(dashboard, "server", devices=["nvme*", "/dev/sda"], exclude=["nvme1n1"]))) == [
        "nvme0n1", "sda"]


def test_empty_command_is_an_error(dashboard):
    assert widget(dashboard, "server", command=[])["error"]["message"] == (
        'command names no program: set command = "smartctl"')


# Odd answers: each names its device, and none disturbs another


@pytest.mark.parametrize(
    "name, problem",
    [
        ("nvme0n1", "smartctl for /dev/nvme0 answered what is not JSON (line 1, column 7: invalid token near "
         "'rubbish'); try: smartctl -a /dev/nvme0"),
        ("nvme1n1", "smartctl for /dev/nvme1 answered what is not JSON (line 1, column 600: string or '}' expected "
         "near end of file); try: smartctl -a /dev/nvme1"),
        ("nvme2n1", "smartctl answered nothing for /dev/nvme2 (exit status 1)"),
        ("nvme3n1", "smartctl answered for /dev/nvme3 with JSON that is not an object; try: smartctl -a /dev/nvme3"),
        ("nvme4n1", "smartctl answered for /dev/nvme4 without any data of a drive; try: smartctl -a /dev/nvme4"),
        ("nvme5n1", "smartctl tells nothing of the health of /dev/nvme5; try: smartctl -a /dev/nvme5"),
        ("nvme7n1", "smartctl could not read the health of /dev/nvme7 (exit status 4: Read NVMe SMART/Health "
         "Information failed: NVMe Status 0x4002)"),
        ("sda", "/dev/sda cannot be asked for SMART data: /dev/sda: Unknown USB bridge [0x0781:0x5583 (0x100)]"),
    ],
)
def test_odd_answers(dashboard, name, problem):
    drive = drives(widget(dashboard, "odd"))[name]
    unsupported = name == "sda"
    assert drive["problem"]["value"] == problem
    assert drive["verdict"]["value"] == ("no SMART" if unsupported else "unknown")
    assert drive["capacity"]["value"] == (62109253632 if unsupported else 500107862016)


def test_odd_answers_end_in_one_note(dashboard):
    assert widget(dashboard, "odd")["note"] == {
        "status": "unknown",
        "message": "smartctl for /dev/nvme0 answered what is not JSON (line 1, column 7: invalid token near "
        "'rubbish'); try: smartctl -a /dev/nvme0 (6 more drives without an answer)"}


def test_impossible_numbers_are_not_known_and_huge_ones_do_not_cost_the_rest(dashboard):
    drive = drives(widget(dashboard, "odd"))["nvme6n1"]
    assert values(drive, "wear", "temperature", "power_on", "unsafe_shutdowns", "verdict") == {
        "wear": 255, "temperature": None, "power_on": None, "unsafe_shutdowns": None, "verdict": "PASSED"}
    assert "errors" not in drive
    assert "media errors" in drive["problem"]["value"]


def test_control_characters_do_not_reach_the_screen(dashboard):
    lines = dashboard.text(layout(devices=["nvme6*"]), root=FIXTURES / "drives-odd", size="80x12")
    assert not any(ord(letter) < 32 or ord(letter) == 127 for line in lines for letter in line)


def test_drive_behind_a_raid_controller(dashboard):
    drive = drives(widget(dashboard, "odd"))["bus/0 megaraid,8"]
    assert values(drive, "verdict", "wear", "device") == {
        "verdict": "PASSED", "wear": 9, "device": "/dev/bus/0 -d megaraid,8"}


@pytest.mark.parametrize(
    "answer, message",
    [
        ("not json\n", "smartctl --scan answered what is not JSON"),
        ("[]\n", "smartctl --scan answered JSON that is not an object"),
        ("", "smartctl --scan answered nothing (exit status 0)"),
    ],
)
def test_odd_scan_leaves_the_drives_of_sys(dashboard, tmp_path, answer, message):
    root = tmp_path / "machine"
    shutil.copytree(FIXTURES / "drives-notebook", root, symlinks=True)
    (root / "commands" / "smartctl_--scan_-j").write_text(answer)
    (found,) = dashboard.snapshot(LAYOUT, root=root)["widgets"]
    assert drives(found)["nvme0n1"]["wear"]["value"] == 4
    assert found["note"]["message"].startswith(message)


# Real processes


def fake_smartctl(folder: Path, names, answer: str) -> dict:
    """A smartctl that lists the names and runs `answer` for each; first in PATH."""
    devices = [{"name": f"/dev/{name}", "type": "nvme", "protocol": "NVMe"} for name in names]
    folder.mkdir(exist_ok=True)
    (folder / "scan").write_text(json.dumps({"smartctl": {"exit_status": 0}, "devices": devices}))
    (folder / "good").write_bytes(
        (FIXTURES / "drives-notebook/commands/smartctl_-j_-a_-d_nvme_dev_nvme0").read_bytes())
    script = folder / "smartctl"
    script.write_text(
        f'#!/bin/sh\ncd {folder}\nfor device; do :; done\n'
        f'case "$*" in\n*--scan*) cat scan ;;\n*) {answer} ;;\nesac\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_hanging_drive_costs_its_own_data_only(dashboard, tmp_path):
    env = fake_smartctl(
        tmp_path / "bin", ["nvme90", "nvme91"], 'case $device in *nvme90) exec sleep 300 ;; esac; cat good')
    (found,) = dashboard.snapshot(layout(timeout="1s"), ticks=4, env=env)["widgets"]
    named = drives(found)
    assert values(named["nvme90"], "verdict", "problem", "wear") == {
        "verdict": "no answer", "wear": None,
        "problem": "smartctl gave no answer for /dev/nvme90 within 1 s: the drive or its controller hangs; see dmesg"}
    assert values(named["nvme91"], "verdict", "wear") == {"verdict": "PASSED", "wear": 4}
    assert found["note"]["message"] == named["nvme90"]["problem"]["value"]


def test_first_snapshot_does_not_wait_for_a_drive_that_hangs(dashboard, tmp_path):
    env = fake_smartctl(tmp_path / "bin", ["nvme90", "nvme91"], 'case $device in *nvme90) exec sleep 300 ;; esac; cat good')
    start = time.monotonic()
    (found,) = dashboard.snapshot(LAYOUT, ticks=3, env=env)["widgets"]
    assert time.monotonic() - start < 10
    assert drives(found)["nvme91"]["wear"]["value"] == 4
    assert found["note"]["message"] == "waiting for smartctl to answer for 1 of 2 drives"


def test_hanging_scan(dashboard, tmp_path):
    env = fake_smartctl(tmp_path / "bin", [], ":")
    (tmp_path / "bin" / "smartctl").write_text("#!/bin/sh\nexec sleep 300\n")
    (found,) = dashboard.snapshot(LAYOUT, env=env)["widgets"]
    # Nothing is known yet, or only what /sys lists: no drive is made up.
    assert found["error"] is None and found["status"] in ("none", "ok", "unknown")


def test_smartctl_that_dies_or_talks_to_stderr(dashboard, tmp_path):
    env = fake_smartctl(
        tmp_path / "bin", ["nvme90", "nvme91", "nvme92"],
        'case $device in *0) kill -9 $$ ;; *1) echo "sudo: a password is required" >&2; exit 1 ;; esac; cat good')
    (found,) = dashboard.snapshot(LAYOUT, ticks=4, env=env)["widgets"]
    named = drives(found)
    assert named["nvme90"]["problem"]["value"] == "smartctl answered nothing for /dev/nvme90 (exit status 137)"
    assert named["nvme91"]["problem"]["value"] == (
        "smartctl answered nothing for /dev/nvme91 (exit status 1: sudo: a password is required)")
    assert named["nvme92"]["verdict"]["value"] == "PASSED"


def test_three_hundred_drives_and_never_more_than_eight_children(dashboard, tmp_path):
    running = tmp_path / "running"
    running.mkdir()
    env = fake_smartctl(
        tmp_path / "bin", [f"nvme{number}" for number in range(100, 400)],
        f"touch {running}/$$; ls {running} | wc -l >> {tmp_path}/counts; cat good; rm {running}/$$")
    (found,) = dashboard.snapshot(LAYOUT, ticks=4, env=env)["widgets"]
    named = drives(found)
    assert len(named) == 300
    assert list(named) == [f"nvme{number}" for number in range(100, 400)]
    assert sum("wear" in metrics for metrics in named.values()) >= 8
    assert max(int(line) for line in (tmp_path / "counts").read_text().split()) <= 8


def test_three_hundred_captured_drives_in_one_snapshot(dashboard, tmp_path):
    commands = tmp_path / "machine" / "commands"
    commands.mkdir(parents=True)
    devices = [{"name": f"/dev/nvme{number}", "type": "nvme"} for number in range(300)]
    (commands / "smartctl_--scan_-j").write_text(json.dumps({"smartctl": {"exit_status": 0}, "devices": devices}))
    answer = (FIXTURES / "drives-notebook/commands/smartctl_-j_-a_-d_nvme_dev_nvme0").read_text()
    for number in range(300):
        (commands / f"smartctl_-j_-a_-d_nvme_dev_nvme{number}").write_text(answer)
    (found,) = dashboard.snapshot(LAYOUT, root=tmp_path / "machine")["widgets"]
    named = drives(found)
    assert list(named) == [f"nvme{number}" for number in range(300)]
    assert all(metrics["wear"]["value"] == 4 for metrics in named.values())


# The picture


def text_of(dashboard, machine, size, **options):
    lines = dashboard.text(layout(**options), root=FIXTURES / f"drives-{machine}", size=size)
    return [line.strip("│|┃ ") for line in lines]


def test_small_picture_of_one_drive(dashboard):
    lines = dashboard.text(layout(), root=FIXTURES / "drives-notebook", size="42x8")
    assert lines[1:7] == [
        "╭─ 💾 NVMe Health ────────────────── ✅ ─╮",
        "│ Wear        4% ▉░░░░░░░░░░░░░░░░░╎░░╎░ │",
        "│ Temp      56°C           Spare    100% │",
        "│ Used      212G/954G      Hours  11419h │",
        "│ Status  ✅ PASSED  SAMSUNG MZVL21T0HC… │",
        "╰────────────────────────────────────────╯",
    ]


def test_table_of_several_drives(dashboard):
    lines = text_of(dashboard, "server", "78x12")
    (worn,) = [line for line in lines if "nvme0n1" in line]
    assert "104%" in worn and "38°C" in worn and "120G" in worn and "7 media errors" in worn
    (asleep,) = [line for line in lines if "sdd" in line]
    assert "asleep" in asleep and "12.7T" in asleep
