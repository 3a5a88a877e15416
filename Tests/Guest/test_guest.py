"""Judges what cm-dashboard showed in the guest against what the guest's own tools said at the same time.

`run.sh` boots the guest and calls this. The answers are in $CM_GUEST_RESULTS/answers.jsonl, one a line (see guest/opt/cm-test/collect.py).
A size or a time may be written in any unit, but must be right to the last digit that is shown.
"""
import json
import os
import re
import unicodedata
from datetime import datetime, timedelta, timezone

import pytest

GUEST_ZONE = timezone(timedelta(hours=5, minutes=30))  # See build-image.sh: a zone in which a time mistaken for UTC shows.
MEBI = 1 << 20


def read_answers():
    with open(os.path.join(os.environ["CM_GUEST_RESULTS"], "answers.jsonl")) as lines:
        return {answer["name"]: answer for answer in map(json.loads, lines)}


ANSWERS = read_answers()


def answer(name):
    assert name in ANSWERS, f"the guest sent no answer '{name}'; see console.log beside answers.jsonl"
    return ANSWERS[name]


def out(name):
    """What a command of the guest printed, once it is sure that it ended well."""
    done = answer(name)
    if "argv" in done:
        assert done["code"] == 0, f"{' '.join(done['argv'])}: exit status {done['code']}\n{done['out'][-2000:]}\n{done['err'][-2000:]}"
    return done["out"]


# --- The truth -------------------------------------------------------------------------------------------------------------------------

def smart(drive):
    return json.loads(answer(f"smartctl {drive}")["out"])  # Its exit status tells of the drive, not of the command.


def both(read):
    """A moving value before and after the snapshot: it must be shown as something between the two."""
    return sorted([read("before"), read("after")])


def meminfo(when):
    return {key: int(value.split()[0]) * 1024 for key, value in (line.split(":") for line in out(f"meminfo {when}").splitlines())}


def memory_used(when):
    now = meminfo(when)
    return now["MemTotal"] - now["MemAvailable"]


def zram(when):
    original, _, used = map(int, out(f"zram {when}").split()[:3])
    return {"data": original, "ratio": original / used}


def filesystem(mount, when="after"):
    for line in out(f"df {when}").splitlines()[1:]:
        _, size, used, available, target = line.split()
        if target == mount:
            return {"size": int(size), "used": int(used), "available": int(available)}
    raise AssertionError(f"df shows no {mount}")


def unit(name, when="after"):
    for block in out(f"units {when}").split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines())
        if values["Id"] == f"{name}.service":
            return values
    raise AssertionError(f"systemctl shows no {name}.service")


def last_backups():
    """When the newest backup of each tool began, and how many there are."""
    restic = json.loads(out("restic snapshots"))
    borg = json.loads(out("borg list"))["archives"]
    # restic writes nanoseconds, of which Python reads six digits; borg writes local time and does not say so.
    newest = max(re.sub(r"(\.\d{6})\d*", r"\1", each["time"]).replace("Z", "+00:00") for each in restic)
    return {
        "restic": (datetime.fromisoformat(newest).timestamp(), len(restic)),
        "borg": (max(datetime.fromisoformat(each["time"]).replace(tzinfo=GUEST_ZONE).timestamp() for each in borg), len(borg)),
    }


# --- The snapshot as JSON --------------------------------------------------------------------------------------------------------------

def snapshot():
    return json.loads(out("json"))


def widget(name):
    found = [each for each in snapshot()["widgets"] if each["widget"] == name]
    assert found, f"no widget '{name}' among {[each['widget'] for each in snapshot()['widgets']]}"
    return found[0]


def instance(name, wanted):
    """The instance of a widget with that id, else one whose id, or one of whose texts, names `wanted`."""
    instances = sorted(widget(name)["instances"], key=lambda each: each["instance"] != wanted)
    for each in instances:
        texts = [each["instance"], *(metric["value"] for metric in each["metrics"].values() if isinstance(metric["value"], str))]
        if any(wanted in text for text in texts):
            return each
    raise AssertionError(f"widget '{name}' has no instance for {wanted}; it has {[each['instance'] for each in instances]}")


def metric(each, name):
    assert name in each["metrics"], f"{each['instance']} has no {name}; it has {', '.join(each['metrics'])}"
    return each["metrics"][name]


def value(widget_name, wanted, name):
    return metric(instance(widget_name, wanted), name)["value"]


def within(value, low, high, slack=0):
    assert low - slack <= value <= high + slack, f"{value} is not in {low} … {high} (± {slack})"


# --- The snapshot as text --------------------------------------------------------------------------------------------------------------

def columns(line, first, end):
    """The part of a line between two columns of the terminal, where an emoji takes two and a combining sign none."""
    part, at = "", 0
    for sign in line:
        width = 0 if unicodedata.combining(sign) or sign in "\ufe0f\u200d" else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if first <= at < end:
            part += sign
        at += width
    return part


def panel(name, of="text"):
    """The part of a text snapshot of 160x50 where guest.layout puts a widget."""
    lines = out(of).splitlines()
    top, bottom = lines[:14], lines[-18:]
    return "\n".join({
        "nvme": [columns(line, 0, 80) for line in top],
        "memory": [columns(line, 80, 160) for line in top],
        "services": lines[9:],
        "cpu": [columns(line, 0, 80) for line in bottom],
        "backup": [columns(line, 80, 160) for line in bottom],
    }[name])


def shows(text, low, high, pattern, scales):
    """Whether a number in `text` stands for something between `low` and `high`, to the precision in which it is written."""
    for number, suffix in re.findall(pattern, text):
        half = 0.5 * 10 ** -len(number.partition(".")[2])
        for scale in scales(suffix):
            # One and a half, since rounding up, down and to the nearest are all fair.
            if low - 3 * half * scale / 2 <= float(number) * scale <= high + 3 * half * scale / 2:
                return True
    return False


def shows_size(text, low, high=None):
    power = lambda suffix: "BKMGT".index(suffix[0].upper()) if suffix else 0
    return shows(text, low, high or low, r"(?<![\d.])(\d+(?:\.\d+)?)\s?([BKMGTk])(?:i?B)?\b", lambda suffix: (1024 ** power(suffix), 1000 ** power(suffix)))


def shows_number(text, low, high, unit):
    return shows(text, low, high, rf"(?<![\d.])(\d+(?:\.\d+)?)\s?({unit})", lambda _: (1,))


# --- Checks: it runs -------------------------------------------------------------------------------------------------------------------

def test_every_library_is_in_the_guest():
    missing = {path: [line.strip() for line in said.splitlines() if "not found" in line] for path, said in answer("libraries")["found"].items()}
    missing = {path: lines for path, lines in missing.items() if lines}
    assert not missing, f"add the Debian package to build-image.sh and to the product's dependencies: {missing}"


def test_snapshot_as_text_fills_the_terminal():
    lines = out("text").rstrip("\n").splitlines()
    assert 30 <= len(lines) <= 50
    assert all(columns(line, 160, 999) == "" for line in lines)


def test_small_snapshot_shows_what_is_wrong():
    lines = out("small").rstrip("\n").splitlines()
    assert len(lines) == 24 and all(columns(line, 80, 999) == "" for line in lines), out("small")
    assert "FAILED" in out("small") and "cmtest-broken" in out("small"), out("small")


def test_snapshot_as_json_has_version_time_and_host():
    within(snapshot()["taken"], answer("json")["taken"], answer("json")["taken"] + answer("json")["seconds"], 1)
    assert snapshot()["version"] == 1
    assert {each["host"] for each in snapshot()["widgets"]} == {"guest"}


@pytest.mark.parametrize("name", ["nvme", "memory", "services", "cpu", "backup"])
def test_widget_is_fresh_and_without_error(name):
    each = widget(name)
    assert each["error"] is None, each["error"]
    assert each["instances"], each
    assert 0 <= each["age"] < 15


def test_missing_layout_is_an_error_that_names_the_file():
    done = answer("missing layout")
    assert done["code"] not in (0, None) and done["code"] > 0
    assert "no-such.layout" in done["out"] + done["err"]


# --- Checks: drives --------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("drive, serial", [("nvme0", "CMTEST0001"), ("nvme1", "CMTEST0002")])
def test_drive_as_json(drive, serial):
    each, truth = instance("nvme", serial), smart(drive)
    assert truth["serial_number"] == serial
    assert metric(each, "wear")["value"] == truth["nvme_smart_health_information_log"]["percentage_used"]
    within(metric(each, "temperature")["value"], truth["temperature"]["current"], truth["temperature"]["current"], 1)
    size = next(disk["size"] for disk in json.loads(out("lsblk"))["blockdevices"] if disk["serial"] == serial)
    assert metric(each, "capacity")["value"] == size


def test_used_space_belongs_to_the_drive_that_carries_it():
    within(value("nvme", "CMTEST0001", "used"), *both(lambda when: filesystem("/srv/data", when)["used"]), slack=MEBI)


def test_healthy_drive_is_healthy():
    assert smart("nvme0")["smart_status"]["passed"] is True
    each = instance("nvme", "CMTEST0001")
    assert metric(each, "verdict")["status"] == "ok"
    judged = {name: metric["status"] for name, metric in each["metrics"].items()}
    assert set(judged.values()) <= {"ok", "none"}, judged


def test_spare_is_judged_against_the_threshold_of_the_drive():
    """qemu leaves spare and threshold at 0, which is not below it: no alarm, and no claim that nothing is left."""
    for drive, serial in [("nvme0", "CMTEST0001"), ("nvme1", "CMTEST0002")]:
        log, metrics = smart(drive)["nvme_smart_health_information_log"], instance("nvme", serial)["metrics"]
        assert (log["available_spare"], log["available_spare_threshold"]) == (0, 0)
        assert "spare" not in metrics and "spare_threshold" not in metrics, metrics


def test_failing_drive_is_critical():
    assert smart("nvme1")["smart_status"]["passed"] is False
    assert metric(instance("nvme", "CMTEST0002"), "verdict")["status"] == "critical"
    assert widget("nvme")["status"] == "critical"


def test_drives_as_text():
    text, truth = panel("nvme"), smart("nvme0")
    assert re.search(r"CMTEST0001|QEMU NVMe|nvme0", text) and re.search(r"CMTEST0002|QEMU NVMe|nvme1", text), text
    assert shows_number(text, 0, 0, "%"), text
    assert shows_number(text, truth["temperature"]["current"], truth["temperature"]["current"], "°?C"), text
    # The size gives way to what is wrong with the other drive.
    assert "reliability degraded" in text, text
    healthy, failing = (next(line for line in text.splitlines() if name in line) for name in ("nvme0", "nvme1"))
    assert "PASSED" in healthy and "✅" in healthy, text
    assert "FAILED" in failing and "❌" in failing, text


def test_zoomed_drives_show_the_serial_numbers():
    for serial, verdict in [("CMTEST0001", "PASSED"), ("CMTEST0002", "FAILED")]:
        assert any(serial in line and verdict in line for line in out("zoom").splitlines()), out("zoom")


# --- Checks: memory --------------------------------------------------------------------------------------------------------------------

def test_memory_as_json():
    assert value("memory", "total", "total") == meminfo("after")["MemTotal"]
    within(value("memory", "total", "used"), *both(memory_used), slack=48 * MEBI)


def test_zram_as_json():
    low, high = both(lambda when: zram(when)["data"])
    assert low > 20 * MEBI, "the guest has put too little into zram for this check to mean anything"
    within(value("memory", "zram0", "zram_data"), low, high, slack=MEBI)
    within(value("memory", "zram0", "zram_ratio"), *both(lambda when: zram(when)["ratio"]), slack=0.02)


def test_tmpfs_as_json():
    assert value("memory", "tmpfs:/srv/scratch", "tmpfs_used") == filesystem("/srv/scratch")["used"] == 8 * MEBI


def test_kernel_setting_is_the_one_in_force():
    assert out("dirty_ratio after").strip() == "5"
    assert value("memory", "vm.dirty_ratio", "setting") == "5"
    assert "vm.dirty_ratio=5" in panel("memory"), panel("memory")


def test_memory_as_text():
    text = panel("memory")
    assert shows_size(text, meminfo("after")["MemTotal"]), text
    assert shows_size(text, both(memory_used)[0] - 48 * MEBI, both(memory_used)[1] + 48 * MEBI), text


def test_zram_as_text_with_ratio():
    text = panel("memory")
    assert shows_size(text, *both(lambda when: zram(when)["data"])), text
    assert shows_number(text, *both(lambda when: zram(when)["ratio"]), ":1"), text


# --- Checks: processors and file systems ----------------------------------------------------------------------------------------------

def test_cpu_as_json():
    total = {name: metric["value"] for name, metric in instance("cpu", "total")["metrics"].items()}
    cores = [metric(each, "core_use")["value"] for each in widget("cpu")["instances"] if re.fullmatch(r"core\d+", each["instance"])]
    assert total["cores"] == len(cores) == out("cpuinfo").count("processor\t:") == 2
    assert f"model name\t: {total['model']}\n" in out("cpuinfo")
    within(total["uptime"], *both(lambda when: float(out(f"uptime {when}").split()[0])))
    # The averages are remade every five seconds: in between they lie within what one such step can move them by.
    for at, name, step in [(0, "load1", 0.5), (1, "load5", 0.1), (2, "load15", 0.05)]:
        within(total[name], *both(lambda when: float(out(f"loadavg {when}").split()[at])), slack=step)
    within(total["use"], 1, 100)  # Somebody has just drawn this picture.
    within(sum(total[name] for name in ("user", "nice", "system", "irq", "steal")), total["use"], total["use"], slack=1)
    # An emulated core that had to wait has counted less time, so this is a weighted mean of which the weights are not told.
    within(total["use"], min(cores), max(cores), slack=1)


@pytest.mark.parametrize("mount", ["/", "/srv/data"])
def test_file_system_as_json(mount):
    used, size, percent = (value("cpu", f"fs:{mount}", name) for name in ("fs_used", "fs_size", "fs_percent"))
    assert size == filesystem(mount)["size"]
    # While it runs, the workers keep unnamed copies of the plugins on the disk: see docs/decisions/0015.
    copies = 4 * MEBI if mount == "/" else 0
    within(used, *both(lambda when: filesystem(mount, when)["used"]), slack=MEBI + copies)
    share = lambda when: 100 * filesystem(mount, when)["used"] / (filesystem(mount, when)["used"] + filesystem(mount, when)["available"])
    within(percent, *both(share), slack=0.2)


def test_cpu_as_text():
    text = panel("cpu")
    assert shows_number(text, value("cpu", "fs:/", "fs_percent") - 0.5, value("cpu", "fs:/", "fs_percent") + 0.5, "%"), text
    assert shows_size(text, filesystem("/")["size"]), text
    assert value("cpu", "total", "model") in text and "on 2 cores" in text, text


# --- Checks: kinds of file systems and arrays -------------------------------------------------------------------------------------------

def stored(instance, name):
    """A value of the widget that shows every file system; None where there is no such thing."""
    each = next((each for each in json.loads(out("storage json"))["widgets"][0]["instances"] if each["instance"] == instance), None)
    assert each is not None, f"no {instance} in the storage snapshot"
    return each["metrics"].get(name)


def space(mount, when):
    for line in out(f"storage df {when}").splitlines()[1:]:
        source, size, used, available, target = line.split()
        if target == mount:
            return {"source": source, "size": int(size), "used": int(used), "available": int(available)}
    return None


MADE = ["/srv/btrfs", "/srv/raid", "/srv/thin", "/srv/secret", "/srv/ntfs", "/srv/exfat", "/srv/xfs", "/srv/f2fs", "/srv/vfat"]
# The kernel for virtual machines may lack these.
OPTIONAL = ["/srv/exfat", "/srv/f2fs"]


@pytest.mark.parametrize("mount", MADE)
def test_file_system_of_every_kind(mount):
    if mount in OPTIONAL and space(mount, "after") is None:
        pytest.skip("this kernel has no such file system")
    assert space(mount, "after"), f"the guest has not made {mount}; see console.log"
    assert stored(f"fs:{mount}", "fs_size")["value"] == space(mount, "after")["size"]
    within(stored(f"fs:{mount}", "fs_used")["value"], *both(lambda when: space(mount, when)["used"]), slack=MEBI)
    share = lambda when: 100 * space(mount, when)["used"] / (space(mount, when)["used"] + space(mount, when)["available"])
    within(stored(f"fs:{mount}", "fs_percent")["value"], *both(share), slack=0.5)


def test_every_file_system_counts_once():
    shown = {each["instance"] for each in json.loads(out("storage json"))["widgets"][0]["instances"]}
    assert not shown & {"fs:/srv/secret-again", "fs:/srv/overlay", "fs:/srv/scratch"}, shown
    kinds = dict(line.split()[:2] for line in out("kinds").splitlines())
    assert kinds["/srv/overlay"] == "overlay" and kinds["/srv/secret-again"] == "ext4" and kinds["/srv/ntfs"] == "fuseblk", kinds


def test_a_full_disk_over_fuse_is_critical():
    assert stored("fs:/srv/ntfs", "fs_percent")["status"] == "critical", space("/srv/ntfs", "after")


def btrfs_usage(when):
    """In bytes: what metadata has and takes, the reserve, and what nothing has yet."""
    text = out(f"btrfs usage {when}")
    size, used = map(int, re.search(r"Metadata,\w+: Size:(\d+), Used:(\d+)", text).groups())
    number = lambda name: int(re.search(rf"{name}:\s+(\d+)", text).group(1))
    ratio = float(re.search(r"Metadata ratio:\s+([\d.]+)", text).group(1))
    return {"size": size, "used": used, "reserve": number("Global reserve"), "free": number("Device unallocated") / ratio}


def test_metadata_of_btrfs_is_that_of_its_own_tool():
    share = lambda now: 100 * (now["used"] + now["reserve"]) / (now["size"] + now["free"])
    within(stored("fs:/srv/btrfs", "fs_metadata_percent")["value"], *both(lambda when: share(btrfs_usage(when))), slack=0.5)


def test_a_subvolume_is_judged_by_its_limit():
    row = next(line.split() for line in out("btrfs qgroup after").splitlines() if line.endswith(str(20 * MEBI)) or str(20 * MEBI) in line)
    referenced = int(row[1])
    within(stored("fs:/srv/limited", "fs_used")["value"], referenced, referenced, slack=MEBI)
    assert stored("fs:/srv/limited", "fs_size")["value"] == 20 * MEBI
    assert stored("fs:/srv/limited", "fs_percent")["status"] in ("warning", "critical")


def test_a_mirror_with_one_drive_is_degraded():
    assert "MD_LEVEL=raid1" in out("mdadm") and re.search(r"\[2/1\]", out("mdstat")), out("mdstat")
    state = stored("md0", "array_state")
    assert (state["value"], state["status"]) == ("degraded, 1 of 2 missing", "critical")
    assert "degraded, 1 of 2" in out("storage text")


# --- Checks: a container -----------------------------------------------------------------------------------------------------------------

def boxed(widget_name, name):
    each = next(each for each in json.loads(out("box json"))["widgets"] if each["widget"] == widget_name)
    return next(each for each in each["instances"] if each["instance"] == "total")["metrics"][name]["value"]


def test_a_container_has_its_limits_as_totals():
    limit, cpus, _ = out("box group").splitlines()[:3]
    assert (int(limit), cpus) == (192 * MEBI, "50000 100000")
    assert boxed("memory", "total") == 192 * MEBI and boxed("memory", "scope") == "container"
    assert boxed("cpu", "cores") == 0.5 and boxed("cpu", "scope") == "container"
    assert 0 < boxed("memory", "used") < 192 * MEBI and 0 < boxed("cpu", "use") <= 100
    assert out("box text").count("container") >= 2, out("box text")


# --- Checks: services ------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, status", [("cmtest-web", "ok"), ("cmtest-ballast", "ok"), ("cmtest-restic", "ok"), ("cmtest-broken", "critical"),
                                          ("cmtest-loop", "warning")])
def test_service_as_json(name, status):
    state = metric(instance("services", name), "state")
    assert state["status"] == status, f"{name}: {state}; systemd says {unit(name)}"


def test_service_memory_against_its_limit():
    each = instance("services", "cmtest-web")
    within(metric(each, "memory")["value"], *both(lambda when: int(unit("cmtest-web", when)["MemoryCurrent"])), slack=4 * MEBI)
    assert metric(each, "memory_limit")["value"] == int(unit("cmtest-web")["MemoryMax"]) == 64 * MEBI


def test_service_disk_use_is_that_of_its_state_directory():
    # Directories are counted by some tools and not by others: at most a block each.
    within(value("services", "cmtest-web", "disk"), 12 * MEBI, int(out("state").split()[0]), slack=16384)


@pytest.mark.parametrize("name", ["cmtest-web", "cmtest-broken", "cmtest-restic"])
def test_service_is_in_the_text(name):
    assert name in panel("services")


def test_services_as_text():
    broken = [line for line in panel("services").splitlines() if "cmtest-broken" in line]
    assert any(re.search(r"(?i)failed|✗|✘|✖|❌|🔴|\bx\b|!", line) for line in broken), broken
    assert shows_size(panel("services"), 64 * MEBI), panel("services")


# --- Checks: backups -------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("tool", ["restic", "borg"])
def test_backup_as_json(tool):
    each, (last, count) = instance("backup", tool), last_backups()[tool]
    assert metric(each, "snapshots")["value"] == count
    within(metric(each, "last")["value"], last, last, slack=15)  # Tools differ in whether that is its begin or its end.
    assert metric(each, "state")["value"] == "success" and metric(each, "state")["status"] == "ok", each


@pytest.mark.parametrize("tool, counted", [("restic", 2), ("borg", 1)])
def test_backup_as_text(tool, counted):
    text = panel("backup")
    assert last_backups()[tool][1] == counted, "the guest did not make the backups it was asked for"
    assert tool in text.lower() and re.search(rf"(?<![\d.:]){counted}(?![\d.:])", text), text


def test_next_backup_is_that_of_the_timer():
    assert "04:00:00" in out("timers")
    assert re.search(r"04:[03]0", panel("backup")), panel("backup")


# --- Checks: manners -------------------------------------------------------------------------------------------------------------------

def test_unprivileged_user_is_told_what_is_missing_and_what_to_do():
    text = out("visitor")
    assert re.search(r"(?i)privilege|permission|not permitted|root", text), text
    assert re.search(r"(?i)sudo|setcap|CAP_|group|as root|agent", text), text


def test_unprivileged_user_still_sees_memory():
    assert shows_size(out("visitor"), meminfo("after")["MemTotal"])


def test_terminal_is_left_as_it_was_found():
    done = answer("terminal")
    assert done["code"] == 0 and done["restored"], (done["code"], done["restored"], done["out"][-500:])
    entered, left = done["out"].rfind("\x1b[?1049h"), done["out"].rfind("\x1b[?1049l")
    assert 0 <= entered < left, "the alternate screen was not entered and left"
    assert done["out"].rfind("\x1b[?25h") >= done["out"].rfind("\x1b[?25l"), "the cursor is still hidden"


def test_q_ends_it_at_once():
    assert answer("terminal")["quit_after"] is not None, answer("terminal")["out"][-500:]
    assert answer("terminal")["quit_after"] < 2


def test_dashboard_and_its_workers_take_less_than_50_megabytes():
    shares = answer("terminal")["memory"]
    assert any("cm-dashboard" in name for name in shares), shares
    assert sum(shares.values()) < 50_000_000, shares


def test_no_process_crashed():
    # The control is killed on purpose, to know that a crash would be seen.
    assert out("crashes").splitlines() == ["6 control"]


def test_journal_tells_of_no_crash():
    told = re.compile(r"(?i)segfault|traps:|trap invalid|general protection|core dumped|code=dumped|fatal error|out of memory: killed")
    ours = re.compile(r"cm-|/opt/cm/")
    assert not [line for line in out("journal").splitlines() if told.search(line) and ours.search(line)]


def test_no_password_is_told():
    for done in ANSWERS.values():
        assert "secret-of-the-guest" not in done.get("out", "") + done.get("err", ""), f"in the answer '{done['name']}'"
