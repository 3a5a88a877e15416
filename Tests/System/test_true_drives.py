"""Drives as they are: what captured machines of many makers and versions say, and what it means."""

import json
import os
import stat

import pytest

from conftest import FIXTURES

LAYOUT = 'refresh = "1s"\ngrid = "nvme"\n[widget.nvme]\nplugin = "nvme"\n'
CASES = FIXTURES / "cases"
TB = 1953525168  # sectors


class Captured:
    """A captured machine that is made on the spot."""

    def __init__(self, root):
        self.root = root
        self.devices = []

    def file(self, path, text):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def link(self, path, target):
        source = self.root / path.lstrip("/")
        source.parent.mkdir(parents=True, exist_ok=True)
        source.symlink_to(target)

    def disk(self, name, rotational=1, vendor="ATA", model="EXAMPLE", size=TB, place=None, **files):
        """A disk of the kernel; `place` is its folder where /sys/block has a link."""
        folder = place or f"/sys/block/{name}"
        if place:
            self.link(f"/sys/block/{name}", "../.." + place)
        if rotational is not None:
            self.file(f"{folder}/queue/rotational", f"{rotational}\n")
        for path, text in {"size": size, "device/vendor": vendor, "device/model": model}.items():
            self.file(f"{folder}/{path}", f"{text}\n")
        for path, text in files.items():
            self.file(f"{folder}/device/{path}", text)

    def answer(self, path, answer, type="scsi", before="", asked=None):
        """What smartctl says of a device; `asked` are the arguments before the device."""
        name = path.split("/dev/")[1]
        self.devices.append({"name": path, "type": type})
        self.file("/commands/smartctl_--scan_-j", json.dumps({"smartctl": {"exit_status": 0}, "devices": self.devices}))
        asked = asked if asked is not None else ("" if type == "scsi" else f"-d {type}")
        words = f"smartctl -j -a {asked} /dev/{name}"
        file = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "_" for c in words)
        while "__" in file:
            file = file.replace("__", "_")
        self.file(f"/commands/{file}", before + (answer if isinstance(answer, str) else json.dumps(answer)))


@pytest.fixture
def machine(tmp_path):
    return Captured(tmp_path / "machine")


def widget(dashboard, root, ticks=1, **options):
    lines = [f"{key} = {json.dumps(value)}" for key, value in options.items()]
    (only,) = dashboard.snapshot(LAYOUT + "\n".join(lines) + "\n", root=root, ticks=ticks)["widgets"]
    return only


def drives(widget):
    return {entry["instance"]: entry["metrics"] for entry in widget["instances"]}


def told(metrics, *names):
    """Value and status of each, None where it is absent."""
    return [(metrics[name]["value"], metrics[name]["status"]) if name in metrics else None for name in names]


def report(version=(7, 4), protocol="ATA", status=0, **fields):
    return {
        "smartctl": {"version": list(version), "exit_status": status},
        "device": {"protocol": protocol}, "smart_status": {"passed": True}, "power_on_time": {"hours": 9000},
        "temperature": {"current": 30}, "model_name": "EXAMPLE", "serial_number": "EX0001", "rotation_rate": 0,
        "user_capacity": {"bytes": TB * 512},
    } | fields  # fmt: skip


def attributes(*rows):
    """(id, name, rating, raw value[, when failed])"""
    table = [
        {"id": row[0], "name": row[1], "value": row[2], "when_failed": row[4] if len(row) > 4 else "",
         "raw": {"value": row[3], "string": str(row[3])}}
        for row in rows
    ]  # fmt: skip
    return {"ata_smart_attributes": {"table": table}}


def nvme_log(**changes):
    log = {
        "critical_warning": 0, "temperature": 40, "available_spare": 100, "available_spare_threshold": 10,
        "percentage_used": 3, "data_units_written": 1000, "unsafe_shutdowns": 4, "media_errors": 0,
    }  # fmt: skip
    return {"nvme_smart_health_information_log": log | changes}


def one(dashboard, machine, answer, **disk):
    """What the widget makes of one SATA drive."""
    machine.disk("sda", rotational=0, **disk)
    machine.answer("/dev/sda", answer, asked="-d sat")
    return drives(widget(dashboard, machine.root))["sda"]


# The captured machines


CASE_VALUES = {
    "bcachefs-two-drives": ("ok", {
        "sda": {"used": (1e11, "none")}, "sdb": {"used": (7e11, "none")}, "sdc": {"used": (7e11, "none")}}),
    "emmc-pre-eol": ("critical", {
        "mmcblk0": {"verdict": ("end of life", "critical"), "wear": None,
                    "findings": ("90% of the spare blocks used", "critical")}}),
    "json-huge-integers": ("ok", {
        "sda": {"verdict": ("PASSED", "ok"), "wear": (2, "ok")},
        "nvme0n1": {"verdict": ("PASSED", "ok"), "wear": (6, "ok"), "errors": None, "findings": None,
                    "problem": ("/dev/nvme0 states what cannot be true for: media errors", "none")}}),
    "nvme-reserved-255": ("ok", {"nvme0n1": {"spare": (100, "ok"), "spare_threshold": None}}),
    "nvme-warning-04": ("critical", {
        "nvme0n1": {"verdict": ("FAILED", "critical"), "wear": (100, "critical"), "spare": (100, "ok"),
                    "errors": (0, "ok")}}),
    "raid-same-drive-twice": ("warning", {
        "sda": {"errors": (0, "ok"), "serial": ("EX0001", "none")},
        "sdb": {"errors": (12, "warning"), "serial": ("EX0002", "none")}}),
    "raid-volume": ("ok", {
        "bus/0 megaraid,0": {"verdict": ("PASSED", "ok")}, "bus/0 megaraid,1": {"verdict": ("PASSED", "ok")},
        "sda": {"verdict": ("RAID volume", "none"), "kind": ("RAID", "none"), "problem": None}}),
    "sas-grown-defects": ("warning", {
        "sda": {"errors": (30, "warning")}, "sdb": {"errors": (30, "warning")}}),
    "sas-stray-line": ("warning", {
        "sda": {"verdict": ("PASSED", "ok"), "errors": (4, "warning"), "temperature": (34, "ok"),
                "power_on": (43549 * 3600 + 33 * 60, "none")}}),
    "ssd-life-inverted": ("ok", {
        "sda": {"wear": (12, "ok"), "findings": ("wear by raw value of SSD_Life_Left, not 88%", "none")},
        "sdb": {"wear": (3, "ok")}, "sdc": {"wear": (3, "ok"), "findings": None}, "sdd": {"wear": (31, "ok")}}),
    "usb-hdd-asleep": ("none", {"sdb": {"verdict": ("asleep", "none"), "model": None, "kind": None}}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASE_VALUES)
def test_captured_machines(dashboard, case):
    status, expected = CASE_VALUES[case]
    found = widget(dashboard, CASES / case / "root")
    named = drives(found)
    assert found["error"] is None and found["note"] is None and found["status"] == status
    assert list(named) == sorted(expected, key=lambda name: name)
    for name, values in expected.items():
        assert dict(zip(values, told(named[name], *values))) == values


@pytest.mark.parametrize("size", ["40x12", "80x24"])
@pytest.mark.parametrize("case", CASE_VALUES)
def test_captured_machines_are_drawn(dashboard, case, size):
    text = "\n".join(dashboard.text(LAYOUT, root=CASES / case / "root", size=size))
    for wrong in ["255%", "7.92e28", "97%", "88% ", "WOKEN", "240 grown"]:
        # A wear of 88% is named as the figure that is not believed.
        assert wrong not in text.replace("not 97%", "").replace("not 88%", "")


# Impossible values


@pytest.mark.parametrize(
    "changes, absent, word",
    [
        ({"available_spare": 255}, "spare", "spare"),
        ({"percentage_used": 256}, "wear", "wear"),
        ({"percentage_used": -1}, "wear", "wear"),
        ({"media_errors": 2**64}, "errors", "media errors"),
        ({"media_errors": -1}, "errors", "media errors"),
        ({"data_units_written": 2**64 - 1}, "data_written", "data written"),
        ({"unsafe_shutdowns": 2**96}, "unsafe_shutdowns", "unsafe shutdowns"),
    ],
)
def test_an_impossible_value_is_absent_and_said(dashboard, machine, changes, absent, word):
    machine.answer("/dev/nvme0", report(protocol="NVMe", **nvme_log(**changes)), type="nvme")
    found = widget(dashboard, machine.root)
    drive = drives(found)["nvme0"]
    assert absent not in drive and found["status"] == "ok"
    assert drive["problem"]["value"] == f"/dev/nvme0 states what cannot be true for: {word}"


@pytest.mark.parametrize("degrees, heat", [
    (255, ("impossible reading", "unknown")), (511, ("impossible reading", "unknown")),
    (-128, ("impossible reading", "unknown")), (-273, None), (0, None), (30, ("normal", "ok"))])  # fmt: skip
def test_temperatures_that_sensors_state_which_do_not_work(dashboard, machine, degrees, heat):
    drive = one(dashboard, machine, report(temperature={"current": degrees}))
    assert told(drive, "heat") == [heat]
    assert ("temperature" in drive) == (degrees in (0, 30))


def test_a_temperature_limit_of_zero_is_none(dashboard, machine):
    limits = {"current": 34, "drive_trip": 0, "op_limit_max": 0, "critical_limit_max": 255}
    assert told(one(dashboard, machine, report(temperature=limits)), "heat") == [("normal", "ok")]


@pytest.mark.parametrize("raw, errors", [(2**48 - 1, None), (2**32 - 1, None), (65535, 65535)])
def test_all_ones_is_no_number_of_sectors(dashboard, machine, raw, errors):
    drive = one(dashboard, machine, report(**attributes((5, "Reallocated_Sector_Ct", 100, raw))))
    assert drive.get("errors", {}).get("value") == errors


def test_a_missing_raw_value_is_not_zero(dashboard, machine):
    answer = report(**attributes((5, "Reallocated_Sector_Ct", 100, 0)))
    del answer["ata_smart_attributes"]["table"][0]["raw"]
    assert "errors" not in one(dashboard, machine, answer)


# The form of an answer


SAS = {"protocol": "SCSI", "rotation_rate": 7200, "scsi_grown_defect_list": 0, "model_name": "SEAGATE ST4000"}


@pytest.mark.parametrize("before", [
    "  Pending defect count:", "\n  Pending defect count:0 Pending Defects\n",
    "[sudo] password for me: ", "warning: {locale} not set\n", "smartctl [7.2] {x}\n\n"])  # fmt: skip
def test_lines_around_the_answer(dashboard, machine, before):
    machine.disk("sda", vendor="SEAGATE")
    machine.answer("/dev/sda", json.dumps(report(**SAS), indent=1) + "\nend\n", before=before)
    assert told(drives(widget(dashboard, machine.root))["sda"], "verdict") == [("PASSED", "ok")]


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_an_answer_that_is_cut_short_is_none(dashboard, machine, cut):
    machine.disk("sda", vendor="SEAGATE")
    machine.answer("/dev/sda", json.dumps(report(**SAS))[:-cut], before="  Pending defect count:")
    drive = drives(widget(dashboard, machine.root))["sda"]
    assert told(drive, "verdict") == [("unknown", "unknown")] and "not JSON" in drive["problem"]["value"]


@pytest.mark.parametrize("status, verdict, findings", [
    (4, "PASSED", None), (64, "PASSED", None), (2, "PASSED", None),
    (16, "PASSED", ("an attribute is below its limit", "warning")),
    (128, "PASSED", ("self-test failed", "warning"))])  # fmt: skip
def test_exit_status_does_not_silence_an_answer(dashboard, machine, status, verdict, findings):
    drive = one(dashboard, machine, report(status=status))
    assert told(drive, "verdict", "findings") == [(verdict, "ok"), findings]


@pytest.mark.parametrize("fields, model, firmware", [
    ({"vendor": "SEAGATE", "product": "ST4000", "revision": "M1"}, "SEAGATE ST4000", "M1"),  # 7.0 without a model
    ({"model_name": "SEAGATE ST4000", "revision": "M1"}, "SEAGATE ST4000", "M1"),  # 7.0 to 7.2
    ({"scsi_model_name": "SEAGATE ST4000", "scsi_revision": "M1"}, "SEAGATE ST4000", "M1"),  # 7.3
    ({"scsi_vendor": "SEAGATE", "scsi_product": "ST4000", "scsi_revision": "M1"}, "SEAGATE ST4000", "M1"),
])  # fmt: skip
def test_fields_of_scsi_by_version(dashboard, machine, fields, model, firmware):
    answer = report(protocol="SCSI")
    del answer["model_name"]
    machine.disk("sda", vendor="SEAGATE")
    machine.answer("/dev/sda", answer | fields)
    assert told(drives(widget(dashboard, machine.root))["sda"], "model", "firmware") == [
        (model, "none"), (firmware, "none")]  # fmt: skip


# What a value means by version and by maker


@pytest.mark.parametrize("version, listed, defects", [
    ((7, 0), 56, 7), ((7, 1), 240, 30), ((7, 1), 30, 30), ((7, 2), 240, 240), ((7, 5), 8, 8), ((7, 0), 0, 0),
    ((8, 0), 16, 16)])  # fmt: skip
def test_grown_defects_by_version(dashboard, machine, version, listed, defects):
    machine.disk("sda", vendor="SEAGATE")
    machine.answer("/dev/sda", report(version=version, **SAS | {"scsi_grown_defect_list": listed}))
    assert drives(widget(dashboard, machine.root))["sda"]["errors"]["value"] == defects


def test_pending_defects_of_scsi(dashboard, machine):
    machine.disk("sda", vendor="SEAGATE")
    machine.answer("/dev/sda", report(**SAS | {"scsi_pending_defects": {"count": 3}}))
    drive = drives(widget(dashboard, machine.root))["sda"]
    assert told(drive, "errors", "findings") == [(3, "warning"), ("3 pending", "none")]


# (attributes, other fields, wear and status)
WEAR = {
    "kingston at its beginning": ([(231, "SSD_Life_Left", 100, 100)], {}, (0, "ok")),
    "kingston inverted and new": ([(231, "SSD_Life_Left", 0, 100)], {}, (0, "ok")),
    "kingston inverted, guessed by smartctl": (
        [(231, "SSD_Life_Left", 3, 97)], {"endurance_used": {"current_percent": 97}}, (3, "ok")),
    "kingston inverted, below its limit": ([(231, "SSD_Life_Left", 3, 97, "now")], {}, (3, "ok")),
    "sandforce": ([(231, "SSD_Life_Left", 100, 0)], {}, (0, "ok")),
    "worn out by rating and raw value": ([(231, "SSD_Life_Left", 0, 0)], {}, (100, "critical")),
    "silicon motion by raw value": ([(169, "Remaining_Lifetime_Perc", 100, 93)], {}, (7, "ok")),
    "silicon motion by both": ([(169, "Remaining_Lifetime_Perc", 93, 93)], {}, (7, "ok")),
    "crucial": ([(202, "Percent_Lifetime_Remain", 81, 19)], {}, (19, "ok")),
    "crucial at its end": ([(202, "Percent_Lifetime_Remain", 1, 99, "now")], {}, (99, "critical")),
    "crucial beyond its end": ([(202, "Percent_Lifetime_Remain", 0, 104)], {}, (104, "critical")),
    "used by name, counting upwards": ([(173, "Percent_Life_Used", 97, 97)], {}, (97, "warning")),
    "used by name, rating against raw value": ([(232, "Percent_Life_Used", 3, 3)], {}, (3, "ok")),
    "two attributes against each other": (
        [(231, "SSD_Life_Left", 2, 0), (177, "Wear_Leveling_Count", 96, 40)], {}, (98, "warning")),
    "the standard statistic": (
        [(231, "SSD_Life_Left", 2, 0)], {"endurance_used": {"current_percent": 5}}, (5, "ok")),
}  # fmt: skip


@pytest.mark.parametrize("name", WEAR)
def test_wear_by_maker(dashboard, machine, name):
    rows, fields, expected = WEAR[name]
    drive = one(dashboard, machine, report(**attributes(*rows), **fields))
    assert told(drive, "wear") == [expected]
    # Where figures contradict each other, nothing is critical, and what is believed is said.
    disputed = drive.get("findings", {}).get("value", "").find("wear by") >= 0
    critical = any(metric["status"] == "critical" for metric in drive.values())
    assert disputed == ("inverted" in name or "against" in name or "upwards" in name or "statistic" in name)
    assert critical == (expected[1] == "critical")


def test_a_guess_of_spare_is_not_believed_where_nothing_is_reallocated(dashboard, machine):
    guess = {"spare_available": {"current_percent": 0, "threshold_percent": 10}}
    drive = one(dashboard, machine, report(**attributes((5, "Reallocated_Sector_Ct", 0, 0)), **guess))
    assert "spare" not in drive and told(drive, "errors") == [(0, "ok")]


# One drive is one


def test_two_paths_of_a_sas_drive_are_one(dashboard, machine):
    sas = report(**SAS | {"logical_unit_id": "0x5000c50012345678"})
    for name in ["sda", "sdb"]:
        machine.disk(name, vendor="SEAGATE")
        machine.answer(f"/dev/{name}", sas)
    assert list(drives(widget(dashboard, machine.root))) == ["sda"]


def test_two_paths_are_one_by_what_the_kernel_says(dashboard, machine):
    for name in ["sda", "sdb"]:
        page = b"\x00\x80\x00\x08ZX0012AB"
        machine.disk(name, vendor="SEAGATE", wwid="naa.5000c50012345678\n", vpd_pg80=page)
    found = drives(widget(dashboard, machine.root))
    assert list(found) == ["sda"] and found["sda"]["serial"]["value"] == "ZX0012AB"


# Drives that have one number in common and are two
TWO = {
    "two actuators": ({"logical_unit_id": "0x5000c50012345678"}, {"logical_unit_id": "0x5000c5001234567c"}),
    "world wide name of a bad maker": (
        {"wwn": {"naa": 5, "oui": 1, "id": 1}, "serial_number": "A0001"},
        {"wwn": {"naa": 5, "oui": 1, "id": 1}, "serial_number": "A0002"}),
    "other capacity": ({}, {"user_capacity": {"bytes": 4 * TB * 512}}),
    "other model": ({}, {"model_name": "ANOTHER"}),
    "no serial number": ({"serial_number": "0000000000"}, {"serial_number": "0000000000"}),
    "other hours": ({}, {"power_on_time": {"hours": 12}}),
}  # fmt: skip


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("protocol", ["SCSI", "ATA"])
def test_two_drives_with_one_number_are_two(dashboard, machine, name, protocol):
    for disk, fields in zip(["sda", "sdb"], TWO[name]):
        machine.disk(disk, rotational=0, vendor="ATA" if protocol == "ATA" else "SEAGATE")
        machine.answer(f"/dev/{disk}", report(protocol=protocol, **fields), asked="-d sat" if protocol == "ATA" else "")
    assert list(drives(widget(dashboard, machine.root))) == ["sda", "sdb"]


def test_both_paths_of_an_nvme_drive_are_one(dashboard, machine):
    machine.link("/sys/block/nvme0n1/device", "../../class/nvme-subsystem/nvme-subsys0")
    machine.file("/sys/block/nvme0n1/size", f"{TB}\n")
    machine.file("/sys/block/nvme0c0n1/size", f"{TB}\n")
    for controller, state in [("nvme0", "connecting"), ("nvme1", "live")]:
        machine.file(f"/sys/class/nvme-subsystem/nvme-subsys0/{controller}/address", "x\n")
        machine.file(f"/sys/class/nvme/{controller}/state", state + "\n")
        machine.answer(f"/dev/{controller}", report(protocol="NVMe", **nvme_log()), type="nvme")
    found = drives(widget(dashboard, machine.root))
    assert list(found) == ["nvme0n1"]
    assert told(found["nvme0n1"], "device", "verdict") == [("/dev/nvme1 -d nvme", "none"), ("PASSED", "ok")]


@pytest.mark.parametrize("message", [
    "Smartctl open device: /dev/sda failed: DELL or MegaRaid controller, please try adding '-d megaraid,N'",
    "AMCC/3ware controller, please try adding '-d 3ware,N',"])  # fmt: skip
def test_a_volume_without_its_drives_is_unknown(dashboard, machine, message):
    machine.disk("sda", vendor="DELL")
    machine.answer("/dev/sda", {"smartctl": {"exit_status": 2, "messages": [{"string": message}]}})
    found = widget(dashboard, machine.root)
    assert told(drives(found)["sda"], "verdict") == [("RAID volume", "unknown")]
    assert "RAID volume" in found["note"]["message"]


def test_a_volume_that_states_zero_degrees_has_no_temperature(dashboard, machine):
    volume = {"smartctl": {"version": [7, 0], "exit_status": 4}, "device": {"protocol": "SCSI"},
              "model_name": "Intel Raid 1 Volume", "temperature": {"current": 0, "drive_trip": 0}}  # fmt: skip
    machine.disk("sda", vendor="Intel", model="Raid 1 Volume")
    machine.answer("/dev/sda", volume)
    drive = drives(widget(dashboard, machine.root))["sda"]
    assert told(drive, "verdict", "temperature", "heat") == [("no SMART", "none"), None, None]


def test_a_volume_that_the_kernel_names_is_not_judged(dashboard, machine):
    machine.disk("sda", vendor="HP", model="LOGICAL VOLUME", raid_level="RAID 1(1+0)\n")
    machine.disk("sdb", vendor="ATA", model="EXAMPLE", raid_level="N/A\n")
    machine.answer("/dev/sda", report(protocol="SCSI", serial_number="VOLUME1", temperature={"current": 99}))
    machine.answer("/dev/sdb", report(), asked="-d sat")
    found = drives(widget(dashboard, machine.root))
    assert told(found["sda"], "verdict", "temperature") == [("RAID volume", "unknown"), None]
    assert told(found["sdb"], "verdict") == [("PASSED", "ok")]


# Spare blocks of what has no SMART


@pytest.mark.parametrize("end, life, verdict, wear", [
    ("0x01", "0x03 0x01", ("normal", "ok"), (30, "ok")),
    ("0x02", "0x00 0x00", ("end of life near", "warning"), None),
    ("0x03", "0x0b 0x01", ("end of life", "critical"), (110, "critical")),
    ("0x00", "0x0c 0x00", None, None),
    ("0xff", "0x0a 0x0a", None, (100, "critical"))])  # fmt: skip
def test_emmc(dashboard, machine, end, life, verdict, wear):
    for name, text in {"type": "MMC", "pre_eol_info": end, "life_time": life}.items():
        machine.file(f"/sys/block/mmcblk0/device/{name}", text + "\n")
    machine.file("/sys/block/mmcblk0/size", f"{TB}\n")
    assert told(drives(widget(dashboard, machine.root))["mmcblk0"], "verdict", "wear") == [verdict, wear]


@pytest.mark.parametrize("end, verdict", [
    ("0x01", ("normal", "ok")), ("0x02", ("end of life near", "warning")), ("0x03", ("end of life", "critical")),
    ("0x00", None)])  # fmt: skip
def test_ufs_is_one_drive_with_many_units(dashboard, machine, end, verdict):
    host = "/sys/devices/platform/soc/1d84000.ufshc"
    descriptor = {"eol_info": end, "life_time_estimation_a": "0x02", "life_time_estimation_b": "0x04"}
    for name, text in descriptor.items():
        machine.file(f"{host}/health_descriptor/{name}", text + "\n")
    for unit, name in enumerate(["sda", "sdb"]):
        place = f"{host}/host0/target0:0:0/0:0:0:{unit}/block/{name}"
        machine.disk(name, rotational=0, vendor="SAMSUNG", size=1000, place=place)
    found = drives(widget(dashboard, machine.root))
    assert list(found) == ["sda"]
    assert told(found["sda"], "verdict", "wear", "capacity", "kind") == [
        verdict, (40, "ok"), (2000 * 512, "none"), ("UFS", "none")]  # fmt: skip


# Used space


@pytest.mark.parametrize("source", ["/dev/sdb:/dev/sdc", "/dev/sdc", "UUID=0af0"])
def test_bcachefs_by_any_name(dashboard, machine, source):
    for name, size in [("sdb", TB), ("sdc", 3 * TB)]:
        machine.disk(name, size=size)
        machine.file(f"/sys/block/{name}/dev", "8:16\n")
    for index, name in enumerate(["sdb", "sdc"]):
        machine.link(f"/sys/fs/bcachefs/0af0/dev-{index}/block", f"../../../../block/{name}")
    machine.file("/proc/self/mountinfo", f"41 30 0:55 / /data rw - bcachefs {source} rw\n")
    machine.file("/commands/df", "5000 4000 1000 /data\n")
    found = drives(widget(dashboard, machine.root))
    assert [found[name]["used"]["value"] for name in ["sdb", "sdc"]] == [1000, 3000]


def test_a_file_system_that_a_program_serves_from_a_disk_counts(dashboard, machine):
    machine.disk("sda")
    machine.file("/sys/block/sda/dev", "8:0\n")
    machine.file("/proc/self/mountinfo", "41 30 8:0 / /win rw - fuseblk /dev/sda rw\n")
    machine.file("/commands/df", "5000 4000 1000 /win\n")
    assert drives(widget(dashboard, machine.root))["sda"]["used"]["value"] == 4000


# Sleep


USB = "/sys/devices/pci0000:00/usb2/2-1/host2/target2:0:0/2:0:0:0/block/sda"
ASLEEP = {"smartctl": {"exit_status": 2, "messages": [{"string": "Device is in STANDBY mode, exit(2)"}]}}


@pytest.mark.parametrize("rotational, place, asked", [
    (1, USB, "-n standby"), (None, USB, "-n standby"), (1, None, "-n standby"), (None, None, "-n standby"),
    (0, None, "")])  # fmt: skip
def test_whatever_may_rotate_is_not_woken(dashboard, machine, rotational, place, asked):
    machine.disk("sda", rotational=rotational, vendor="WD", place=place)
    machine.answer("/dev/sda", ASLEEP, asked="-n standby")
    machine.answer("/dev/sda", report(model_name="WOKEN"), asked="")
    drive = drives(widget(dashboard, machine.root))["sda"]
    assert told(drive, "verdict") == [("asleep", "none") if asked else ("PASSED", "ok")]
    assert told(drives(widget(dashboard, machine.root, wake=True))["sda"], "model") == [("WOKEN", "none")]


@pytest.mark.parametrize("answer", [
    {"smartctl": {"exit_status": 2, "messages": [{"string": "Device is in SLEEP mode, exit(2)"}]}},
    {"smartctl": {"exit_status": 2, "messages": [{"string": "Device is in STANDBY BY COMMAND mode, exit(2)"}]}},
    {"smartctl": {"exit_status": 2}, "power_mode": {"ata_value": 0, "name": "STANDBY"}}])  # fmt: skip
def test_words_for_sleep(dashboard, machine, answer):
    machine.disk("sda", vendor="WD")
    machine.answer("/dev/sda", answer, asked="-n standby")
    assert told(drives(widget(dashboard, machine.root))["sda"], "verdict") == [("asleep", "none")]


def live_smartctl(folder, devices, awake, first, asleep):
    """A smartctl that gives each device's answer `first` as often as `awake` says, then the other."""
    folder.mkdir()
    (folder / "scan").write_text(json.dumps({"smartctl": {"exit_status": 0}, "devices": devices}))
    (folder / "first").write_text(json.dumps(first))
    (folder / "asleep").write_text(json.dumps(asleep))
    script = folder / "smartctl"
    script.write_text(
        f"#!/bin/sh\ncd {folder}\ncase \"$*\" in *--scan*) cat scan; exit ;; esac\n"
        f"echo \"$*\" >> calls\nif [ $(wc -l < calls) -le {awake} ]; then cat first; else cat asleep; fi\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.parametrize("passed, verdict", [(True, ("asleep", "none")), (False, ("FAILED", "critical"))])
def test_a_drive_that_sleeps_keeps_its_values_with_their_age(dashboard, tmp_path, passed, verdict):
    first = report(smart_status={"passed": passed}, **attributes((5, "Reallocated_Sector_Ct", 90, 12)))
    env = live_smartctl(tmp_path / "bin", [{"name": "/dev/ag0", "type": "sat"}], 1, first, ASLEEP)
    layout = LAYOUT + 'smart_every = "1s"\n'
    (found,) = dashboard.snapshot(layout, ticks=5, env=env, time=None)["widgets"]
    drive = drives(found)["ag0"]
    assert told(drive, "verdict", "errors") == [verdict, (12, "warning")]
    assert drive["reading_age"]["value"] >= 1 and drive["reading_age"]["unit"] == "seconds"
    # It is as warm as it is now, which nobody has asked.
    assert "temperature" not in drive and "heat" not in drive
    assert "-n standby" in (tmp_path / "bin/calls").read_text()


# Kinds


@pytest.mark.parametrize("rotational, fields, kind", [
    (None, {"rotation_rate": None}, None), (0, {"rotation_rate": None}, "SSD"),
    (None, {"rotation_rate": 0}, "SSD"), (None, {"rotation_rate": 5400}, "HDD"), (None, {"rotation_rate": 65535}, None),
    (None, {"rotation_rate": 0, "device": {"protocol": "SCSI"}}, None),
    (1, {"rotation_rate": 0, "device": {"protocol": "SCSI"}}, "HDD"),
    (None, {"rotation_rate": 0, "device": {"protocol": "SCSI"}, "scsi_percentage_used_endurance_indicator": 3},
     "SSD")])  # fmt: skip
def test_a_kind_that_could_not_be_read_is_not_told(dashboard, machine, rotational, fields, kind):
    machine.disk("sda", rotational=rotational, vendor="X")
    machine.answer("/dev/sda", report(**fields))
    drive = drives(widget(dashboard, machine.root))["sda"]
    assert drive.get("kind", {}).get("value") == kind


# Names


@pytest.mark.parametrize("slow", ["ag0", "ag1"])
def test_a_drive_keeps_its_name_when_its_path_changes(dashboard, tmp_path, slow):
    folder = tmp_path / "bin"
    env = live_smartctl(folder, [], 1000, report(), ASLEEP)
    scans = {"scan1": ["ag0"], "scan2": ["ag0", "ag1"]}
    for name, devices in scans.items():
        listed = [{"name": f"/dev/{device}", "type": "sat"} for device in devices]
        (folder / name).write_text(json.dumps({"smartctl": {"exit_status": 0}, "devices": listed}))
    for device, serial in [("old", "EX0001"), ("new", "EX0002")]:
        (folder / device).write_text(json.dumps(report(serial_number=serial)))
    # From the second scan on, another drive is where the first one was.
    (folder / "smartctl").write_text(
        f"#!/bin/sh\ncd {folder}\ncase \"$*\" in\n"
        f"*{slow}) sleep 0.3 ;;\nesac\ncase \"$*\" in\n"
        "*--scan*) if [ -e seen ]; then touch moved; cat scan2; else touch seen; cat scan1; fi ;;\n"
        "*ag0) if [ -e moved ]; then cat new; else cat old; fi ;;\n*) cat old ;;\nesac\n")
    (found,) = dashboard.snapshot(LAYOUT + 'smart_every = "1s"\n', ticks=20, env=env, time=None)["widgets"]
    named = {name: told(drive, "serial", "device") for name, drive in drives(found).items()}
    assert named["ag0"] == [("EX0001", "none"), ("/dev/ag1 -d sat", "none")]
    assert [values[0] for name, values in named.items() if name != "ag0"] == [("EX0002", "none")]
