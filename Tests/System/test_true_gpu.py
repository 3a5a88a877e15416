"""GPUs as machines really state them: errors, impossible readings, cards of every PCI class, memory that is shared."""

import shutil
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402

GIBI = 1 << 30
ALL = "load total used temperature slowdown power power_limit fan clock memory_clock".split()
U32 = 4294967295
U64 = 18446744073709551615
ADA = "0000:01:00.0,NVIDIA GeForce RTX 4090,73,8589934592,25757220864,64,95,310500,450000,55,2520,10501"
OTHER = "0000:41:00.0,NVIDIA A2,5,1073741824,16106127360,40,-,-,-,-,1000,-"
NVRM = ": see dmesg | grep -i nvrm"


class Card:
    """What one run says of the first card."""

    def __init__(self, run, instance="01:00.0"):
        self.run = run
        self.instance = instance

    def __getitem__(self, metric):
        return self.run.samples.get((self.instance, metric), (None, None))[0]

    def status(self, metric):
        return self.run.samples.get((self.instance, metric), (None, None))[1]

    def number(self, metric):
        return self.run.number(self.instance, metric) if self[metric] is not None else None

    @property
    def state(self):
        return self["state"], self.status("state")

    @property
    def metrics(self):
        return {metric for instance, metric in self.run.samples if instance == self.instance}


@pytest.fixture
def nvml(nvml_library, monkeypatch, tmp_path):
    """Two cards at two ticks; `first` and `then` are what the first one answers instead, by key."""

    def nvml(first=(), then=None, ticks=1, interval=1, between="", is_alone=True, **more):
        def lines(answers):
            return "".join(
                f"{'*' if key in ('init', 'driver') else '0000:01:00.0'} {key} {value}\n"
                for key, value in dict(answers).items())

        answers, later = tmp_path / "answers", tmp_path / "later"
        answers.write_text(lines(first))
        if then is not None:
            later.write_text(lines(then))
            ticks, between = max(ticks, 2), f"cp {later} {answers}"
        monkeypatch.setenv("FAKE_NVML_GPUS", f"{ADA};{OTHER}")
        monkeypatch.setenv("FAKE_NVML_FILE", str(answers))
        run = Probe("gpu", FIXTURES / "gpu-nvidia", f"nvml_library={nvml_library}", ticks=ticks, interval=interval,
                    between=between, **more)
        if is_alone:
            assert Card(run, "41:00.0").number("load") == 5, "the other card has nothing to do with it"
        return Card(run)

    return nvml


def everything(code):
    return {key: f"!{code}" for key in ALL}


# --- NVML: an error is an error --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [2, 7, 10, 11, 14, 17, 20, 21, 999])
def test_a_card_that_answers_nothing_is_not_ok(nvml, code):
    card = nvml(everything(code))
    assert card.state == ("no answer", "unknown")
    assert f"01:00.0 (NVIDIA GeForce RTX 4090) does not answer (NVML error {code}){NVRM}\n" in card.run.output
    assert card.metrics == {"name", "state", "driver"}


@pytest.mark.parametrize("code, state", [
    (15, ("lost", "critical")), (16, ("needs reset", "critical")), (999, ("no answer", "unknown")),
    (28, ("lost", "critical")), (8, ("no power", "critical")),
])
def test_a_card_that_stops_answering(nvml, code, state):
    card = nvml({}, everything(code))
    assert card.state == state
    assert card.metrics == {"name", "state", "driver"}, "nothing of the tick before"


@pytest.mark.parametrize("key", ["load", "temperature", "power", "fan", "memory_clock", "corrected", "rows"])
def test_a_card_that_is_lost_between_two_answers(nvml, key):
    card = nvml({}, {key: "!15"}, interval=11)
    assert card.state == ("lost", "critical")
    assert card.metrics == {"name", "state", "driver"}


def test_a_card_that_tells_no_value_is_not_ok(nvml):
    """All is "not supported", which is silent for a value and not for a card."""
    card = nvml({key: "!3" for key in ALL})
    assert card.state == ("no answer", "unknown")
    assert "tells no possible value" in card.run.output


def test_a_card_that_is_counted_no_longer_is_lost(nvml):
    card = nvml({}, everything(3) | {"handle": "!6"}, ticks=3)
    assert card.state == ("lost", "critical")


@pytest.mark.parametrize("key, value", [
    ("load", "load"), ("temperature", "temperature"), ("power", "power"), ("fan", "fan"), ("clock", "clock"),
    ("memory_clock", "memory clock"), ("power_limit", "power limit"), ("slowdown", "temperature limit"),
    ("total", "memory"), ("rows", "remapped rows"), ("uncorrected", "ECC errors"), ("reasons", "reason of slowdown"),
    ("retirement", "retired pages"),
])
def test_one_value_that_is_not_answered_is_named(nvml, key, value):
    card = nvml({key: "!999"})
    assert card.state == (f"{value}: no answer", "unknown")
    assert f"01:00.0 (NVIDIA GeForce RTX 4090): {value} is not answered (NVML error 999){NVRM}\n" in card.run.output
    assert {"load", "temperature", "power", "clock", "fan"} - {key} <= card.metrics


@pytest.mark.parametrize("code", [3, 13])
@pytest.mark.parametrize("key", ["load", "temperature", "power", "fan", "total", "power_limit", "rows", "reasons"])
def test_what_a_card_does_not_have_is_silent(nvml, key, code):
    card = nvml({key: f"!{code}"})
    assert card.state == ("ok", "ok")
    assert "note" not in card.run.output


def test_a_permission_counts_for_its_value_alone(nvml):
    card = nvml({"used": "!4", "total": "!4"})
    assert card.state == ("memory: not permitted", "unknown")
    assert card["memory_used"] is None
    assert [card.number(name) for name in ("temperature", "power", "clock", "load")] == [64, 310.5, 2520e6, 73]
    assert "memory may not be read by this user or in this container\n" in card.run.output


def test_several_values_that_are_missing(nvml):
    card = nvml({"fan": "!999", "power": "!4", "temperature": 255})
    assert card.state == ("temperature: impossible, 2 more", "unknown")
    for part in ("fan is not answered", "power may not be read", "temperature cannot be 255°C"):
        assert part in card.run.output


def test_the_older_call_for_memory(nvml):
    for code in (2, 13, 25):
        card = nvml({"memory_2": f"!{code}"})
        assert (card.state, card.number("memory_used")) == (("ok", "ok"), 8 * GIBI)


def test_an_error_of_the_newer_call_for_memory_is_not_hidden_by_the_older(nvml):
    assert nvml({"memory_2": "!999"}).state == ("memory: no answer", "unknown")


def test_a_name_that_is_not_told_is_that_of_the_bus(nvml):
    for name in ("!999", ""):
        card = nvml({"name": name})
        assert (card["name"], card.state) == ("GeForce RTX 4090", ("ok", "ok"))


def test_a_handle_that_is_not_given(nvml):
    card = nvml({"handle": "!999"})
    assert card.state == ("no answer", "unknown")


# --- Handles ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code, state", [(18, "driver mismatch"), (9, "no driver"), (1, "no answer")])
def test_a_driver_that_is_replaced_drops_the_library(nvml, code, state):
    """It is one for all cards."""
    run = nvml({}, everything(code), is_alone=False).run
    assert Card(run).state == (state, "unknown")
    assert Card(run, "41:00.0").state == (state, "unknown")
    assert "libnvidia-ml.so.1 is not there" not in run.output


def test_after_a_new_driver_its_version_is_told(nvml, tmp_path):
    answers = tmp_path / "answers"
    new = "* driver 580.95.05\\n"
    between = f"if grep -q '!18' {answers}; then printf '{new}' > {answers}; else echo '* load !18' > {answers}; fi"
    card = nvml({}, ticks=3, interval=61, between=between)
    assert card.state == ("ok", "ok")
    assert card["driver"] == "nvidia 580.95.05"


def test_a_card_that_was_reset_is_asked_for_anew(nvml, tmp_path, monkeypatch):
    log, answers = tmp_path / "log", tmp_path / "answers"
    monkeypatch.setenv("FAKE_NVML_LOG", str(log))
    between = f"if grep -q '!16' {answers}; then : > {answers}; else echo '0000:01:00.0 load !16' > {answers}; fi"
    card = nvml({}, ticks=3, between=between)
    assert card.state == ("ok", "ok")
    assert log.read_text().count("0000:01:00.0") == 2, "the handle of before is dropped"


def test_limits_are_read_each_time(nvml):
    card = nvml({"power": 60000, "power_limit": 80000}, {"power": 120000, "power_limit": 140000, "slowdown": 91})
    assert [card.number(name) for name in ("power", "power_limit", "temperature_limit")] == [120, 140, 91]


# --- Impossible readings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key, reading, metric, value", [
    ("temperature", 0, "temperature", "temperature"),
    ("temperature", 255, "temperature", "temperature"),
    ("temperature", 82505, "temperature", "temperature"),
    ("temperature", U32, "temperature", "temperature"),
    ("load", 101, "load", "load"),
    ("load", 2619, "load", "load"),
    ("load", U32, "load", "load"),
    ("fan", 201, "fan", "fan"),
    ("fan", U32, "fan", "fan"),
    ("power", U32, "power", "power"),
    ("power", 65535000, "power", "power"),
    ("clock", U32, "clock", "clock"),
    ("clock", 65535, "clock", "clock"),
    ("memory_clock", U32, "memory_clock", "memory clock"),
    ("used", 30000000000, "memory_used", "memory"),
    ("used", U64, "memory_used", "memory"),
    ("total", U64, "memory_total", "memory"),
])
def test_an_impossible_reading_is_absent_and_said(nvml, key, reading, metric, value):
    card = nvml({key: reading})
    assert card[metric] is None
    assert card["memory"] is None or value != "memory"
    assert card.state == (f"{value}: impossible", "unknown")
    assert f"{value} cannot be " in card.run.output
    assert not [each for each in card.run.samples.values() if each[1] in ("warning", "critical")]


@pytest.mark.parametrize("answers, absent", [
    ({"slowdown": 0}, "temperature_limit"), ({"slowdown": 200}, "temperature_limit"),
    ({"slowdown": U32}, "temperature_limit"),
    ({"power_limit": 0}, "power_limit"), ({"power_limit": U32}, "power_limit"),
    ({"total": 0, "used": 0}, "memory_used"), ({"total": 0, "used": 6910320640}, "memory_total"),
    ({"power": 0}, "power"),
])
def test_a_limit_that_is_none_is_absent(nvml, answers, absent):
    card = nvml(answers)
    assert card[absent] is None
    assert card.state == ("ok", "ok")
    assert card.status("temperature") == "ok"
    if "used" in answers and answers["used"]:
        assert card.number("memory_used") == pytest.approx(6910320640, rel=1e-6)


def test_what_is_odd_and_possible_is_shown(nvml):
    assert nvml({"fan": 117}).number("fan") == 117
    assert nvml({"power": 470000}).number("power") == 470
    assert nvml({"power": 40}).number("power") == 0.04
    full = nvml({"used": 25746917975})
    assert (full.status("memory"), full.state) == ("critical", ("ok", "ok"))


# --- Slowdown, ECC, rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits, words, state", [
    (0x0, "none", ("ok", "ok")),
    (0x1, "none", ("ok", "ok")),  # idle
    (0x2 | 0x10 | 0x100, "none", ("ok", "ok")),  # what was set
    (0x4, "power limit", ("ok", "ok")),  # how large cards work
    (0x200 | 0x400, "board limit, voltage limit", ("ok", "ok")),
    (0x20, "heat", ("slowed by heat", "warning")),
    (0x8 | 0x40, "heat", ("slowed by heat", "warning")),
    (0x8 | 0x80, "power brake", ("slowed by power brake", "warning")),
    (0x4 | 0x40, "heat, power limit", ("slowed by heat, power limit", "warning")),
    (0x1000, "reason 4096", ("slowed by reason 4096", "unknown")),
])
def test_why_a_card_is_slow(nvml, bits, words, state):
    card = nvml({"clock": 210, "load": 100, "temperature": 70, "reasons": bits})
    assert card["throttle"] == words
    assert card.state == state
    assert (card.status("throttle"), "note" in card.run.output) == (state[1], state[0] != "ok")


def test_slowed_by_hardware_once_is_a_change_of_clocks(nvml):
    assert nvml({"reasons": 0x8}).state == ("ok", "ok")
    assert nvml({"reasons": 0x8}, ticks=2).state == ("slowed by hardware", "warning")
    assert nvml({"reasons": 0x8}, {"reasons": 0}).state == ("ok", "ok")


@pytest.mark.parametrize("answers, state", [
    ({"corrected": 0, "uncorrected": 0, "rows": 0}, ("ok", "ok")),
    ({"corrected": 54731746511, "uncorrected": 0, "rows": 8}, ("ok", "ok")),
    ({"corrected": 0, "uncorrected": 1, "rows": 0}, ("memory errors", "warning")),
    ({"rows": 4, "pending": 1}, ("memory to repair", "warning")),
    ({"rows": 512, "pending": 1, "failed": 1}, ("memory failing", "critical")),
    ({"retirement": 1}, ("memory to repair", "warning")),
    ({"retirement": 0}, ("ok", "ok")),
    ({"corrected": U64, "uncorrected": U64}, ("ok", "ok")),
])
def test_errors_of_the_memory(nvml, answers, state):
    card = nvml(answers)
    assert card.state == state
    for key, metric in (("corrected", "ecc_corrected"), ("uncorrected", "ecc_uncorrected"), ("rows", "remapped_rows")):
        told = answers.get(key)
        assert card.number(metric) == (None if told in (None, U64) else pytest.approx(told, rel=1e-5))
    assert ("note" in card.run.output) == (state[0] != "ok")


def test_the_reason_is_in_the_picture(nvml):
    for size in ("38x10", "78x22"):
        picture = nvml({"reasons": 0x44, "uncorrected": 2, "corrected": 5, "rows": 1}, size=size).run.picture
        lines = [" ".join(line.split()) for line in picture]
        assert "W! Slowed heat, power limit" in lines
        assert any(line.startswith("W! ECC 2 uncorrected") for line in lines)
    assert "W! ECC 2 uncorrected 5 corrected 1 remapped" in lines


def test_a_red_temperature_says_why(nvml):
    card = nvml({"temperature": 84, "slowdown": 83})
    assert (card.state, card.status("temperature")) == (("too hot", "critical"), "critical")
    assert "has 84°C and slows itself down from 83°C on" in card.run.output


# --- Cards of the kernel ---------------------------------------------------------------------------------------

AMDGPU = {"class": "0x030000", "vendor": "0x1002", "device": "0x67df", "driver": "amdgpu"}
CARD = AMDGPU | {
    "gpu_busy_percent": 7, "mem_info_vram_total": 8 * GIBI, "mem_info_vram_used": GIBI,
    "hwmon/hwmon3/temp1_input": 50000, "hwmon/hwmon3/temp1_crit": 94000, "hwmon/hwmon3/pwm1": 60,
    "hwmon/hwmon3/power1_average": 33000000}


@pytest.fixture
def kernel(tmp_path):
    """A machine with these PCI devices, by address."""

    def kernel(devices, elsewhere=(), expect=0, again=False, **more):
        if again:
            shutil.rmtree(tmp_path / "root", ignore_errors=True)
        for address, files in devices.items():
            path = tmp_path / "root/sys/bus/pci/devices" / address
            for name, content in files.items():
                if content is None:
                    continue
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                if name == "driver" and isinstance(content, str):
                    (path / name).symlink_to(f"../../../../bus/pci/drivers/{content}")
                elif isinstance(content, bytes):
                    (path / name).write_bytes(content)
                else:
                    (path / name).write_text(f"{content}\n")
        for name, driver in elsewhere:
            path = tmp_path / "root/sys/class/drm" / name / "device"
            path.mkdir(parents=True)
            (path / "driver").symlink_to(f"../../../bus/platform/drivers/{driver}")
        return Probe("gpu", tmp_path / "root", expect=expect, **more)

    return kernel


def test_a_card_that_hangs_states_a_temperature_that_cannot_be(kernel):
    run = kernel({"0000:03:00.0": CARD | {"hwmon/hwmon3/temp1_input": 511000},
                  "0000:04:00.0": CARD | {"hwmon/hwmon3/temp1_input": 64000}})
    hung, well = Card(run, "03:00.0"), Card(run, "04:00.0")
    assert (hung.state, hung["temperature"]) == (("temperature: impossible", "unknown"), None)
    assert (well.state, well.number("temperature"), well.status("temperature")) == (("ok", "ok"), 64, "ok")
    assert "03:00.0 (AMD 67df): temperature cannot be 511°C: see dmesg | grep 0000:03:00.0\n" in run.output


@pytest.mark.parametrize("name, reading, metric", [
    ("hwmon/hwmon3/temp1_input", 0, "temperature"),
    ("hwmon/hwmon3/temp1_input", -128000, "temperature"),
    ("hwmon/hwmon3/temp1_input", 65535000, "temperature"),
    ("hwmon/hwmon3/power1_average", 65535000000, "power"),
    ("hwmon/hwmon3/freq1_input", 65535000000, "clock"),
    ("hwmon/hwmon3/pwm1", 65535, "fan"),
    ("gpu_busy_percent", 65535, "load"),
    ("mem_info_vram_used", 9 * GIBI, "memory_used"),
    ("mem_info_vram_used", U64, "memory_used"),
])
def test_an_impossible_reading_of_the_kernel(kernel, name, reading, metric):
    card = Card(kernel({"0000:03:00.0": CARD | {name: reading}}), "03:00.0")
    assert card[metric] is None
    assert (card.state[0].endswith(": impossible"), card.state[1]) == (True, "unknown")


def test_power_at_this_moment_where_there_is_no_mean(kernel):
    both = CARD | {"hwmon/hwmon3/power1_input": 41000000, "hwmon/hwmon3/power1_average": 0}
    card = Card(kernel({"0000:03:00.0": both}), "03:00.0")
    assert (card.number("power"), card.state) == (41, ("ok", "ok"))


def test_a_card_of_the_kernel_without_one_value(kernel):
    card = Card(kernel({"0000:03:00.0": AMDGPU | {"gpu_busy_percent": "", "hwmon/hwmon3/temp1_input": ""}}), "03:00.0")
    assert card.state == ("no answer", "unknown")


def test_limits_of_the_kernel_are_read_each_time(kernel, tmp_path):
    cap = tmp_path / "root/sys/bus/pci/devices/0000:03:00.0/hwmon/hwmon3/power1_cap"
    run = kernel({"0000:03:00.0": CARD | {"hwmon/hwmon3/power1_cap": 80000000}}, ticks=2,
                 between=f"echo 140000000 > {cap}")
    assert run.number("03:00.0", "power_limit") == 140


# --- What is a GPU ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type", ["0x120000", "0x038000", "0x030200", "0x030000", "0x0b4000"])
def test_a_card_is_chosen_by_its_driver(kernel, type):
    """MI325X: 1200, MI210: 0380; the junction is their only sensor."""
    card = AMDGPU | {
        "class": type, "device": "0x74a5", "gpu_busy_percent": 88, "mem_info_vram_total": 256 * GIBI,
        "mem_info_vram_used": 192 * GIBI, "hwmon/hwmon3/temp2_input": 71000, "hwmon/hwmon3/temp2_crit": 100000,
        "hwmon/hwmon3/power1_average": 620000000, "hwmon/hwmon3/power1_cap": 1000000000}
    console = {"class": "0x030000", "vendor": "0x1a03", "device": "0x2000"}
    run = kernel({"0000:05:00.0": card, "0000:15:00.0": card, "0000:c0:00.0": console})
    assert {instance for instance, _ in run.samples} == {"05:00.0", "15:00.0"}
    for instance in ("05:00.0", "15:00.0"):
        names = ("temperature", "temperature_limit", "load", "power")
        assert [run.number(instance, name) for name in names] == [71, 100, 88, 620]
        assert run.samples[instance, "state"] == ("ok", "ok")
    assert run.samples["05:00.0", "left_out"][0] == "1a03:2000"


def test_what_is_left_out_is_said(kernel):
    npu = {"class": "0x120000", "vendor": "0x8086", "device": "0x7d1d", "driver": "intel_vpu"}
    run = kernel({"0000:00:0b.0": npu, "0000:03:00.0": CARD, "0000:c0:00.0": npu | {
        "class": "0x030000", "vendor": "0x102b", "device": "0x0534", "driver": "mgag200"}})
    assert run.samples["03:00.0", "left_out"][0] == "102b:0534, 8086:7d1d (intel_vpu)"
    assert any("Not shown" in line and "intel_vpu" in line for line in run.picture)


@pytest.mark.parametrize("devices, elsewhere, sentence", [
    ({"0000:00:0b.0": {"class": "0x120000", "vendor": "0x8086", "device": "0x7d1d", "driver": "intel_vpu"}}, (),
     "it has 8086:7d1d (intel_vpu), which this plugin cannot read"),
    ({"0000:00:0b.0": {"class": "0x120000", "vendor": "0x1da3", "device": "0x1020", "driver": "habanalabs"}}, (),
     "it has 1da3:1020 (habanalabs), which this plugin cannot read"),
    ({}, (("card0", "vc4-drm"), ("card1", "v3d"), ("card1-HDMI-A-1", "v3d")),
     "it has vc4-drm, v3d, which this plugin cannot read"),
])
def test_no_gpu_that_can_be_read(kernel, devices, elsewhere, sentence):
    run = kernel(devices, elsewhere, expect=1)
    assert f"this machine has no GPU that can be measured; {sentence}" in run.output


@pytest.mark.parametrize("changes, state", [
    ({"driver": None}, ("no driver", "unknown")),  # the probe of the driver failed
    ({"driver": None, "class": "0x120000", "device": "0x74a5"}, ("no driver", "unknown")),
    ({"driver": "vfio-pci"}, ("passed through", "ok")),
    ({"driver": "nvgrace_gpu_vfio_pci", "vendor": "0x10de", "class": "0x030200"}, ("passed through", "ok")),
    ({"driver": "xen-pciback"}, ("passed through", "ok")),
    ({"driver": "pci-stub"}, ("passed through", "ok")),
    ({"driver": "gim"}, ("gim", "unknown")),  # AMD's driver for hosts of virtual cards
    ({"driver": "nouveau", "vendor": "0x10de"}, ("nouveau", "unknown")),
    ({"power/runtime_status": "suspended"}, ("asleep", "ok")),
    ({"power/runtime_status": "suspending"}, ("asleep", "ok")),
    ({"power/runtime_status": "error"}, ("power: error", "unknown")),
    ({"power/runtime_status": "hibernating"}, ("power: hibernating", "unknown")),
])
def test_states(kernel, changes, state):
    card = Card(kernel({"0000:03:00.0": AMDGPU | changes}), "03:00.0")
    assert card.state == state


@pytest.mark.parametrize("status", ["active", "resuming", "unsupported"])
def test_a_card_that_is_awake_is_read(kernel, status):
    card = Card(kernel({"0000:03:00.0": CARD | {"power/runtime_status": status}}), "03:00.0")
    assert (card.state, card.number("load")) == (("ok", "ok"), 7)


def test_a_copy_without_links_names_the_driver_in_a_file(kernel):
    run = kernel({"0000:03:00.0": CARD | {"driver": b"../../../../bus/pci/drivers/amdgpu"}})
    assert [run.samples["03:00.0", name][0] for name in ("state", "driver")] == ["ok", "amdgpu"]


# --- Memory that is shared -------------------------------------------------------------------------------------

MIBI = 1 << 20
APU = AMDGPU | {"device": "0x1586", "gpu_busy_percent": 3, "hwmon/hwmon3/temp1_input": 43000,
                "hwmon/hwmon3/power1_average": 11000000}
# gpu_metrics by its format: the size in two bytes, the format, the revision of its content.
METRICS = {
    1: b"\x78\x00\x01\x03" + bytes(116), 2: b"\x80\x00\x02\x02" + bytes(124), 3: b"\x00\x01\x03\x00" + bytes(252)}


def memory(vram_used, vram_total, gtt_used, gtt_total):
    return {"mem_info_vram_used": vram_used, "mem_info_vram_total": vram_total,
            "mem_info_gtt_used": gtt_used, "mem_info_gtt_total": gtt_total}


@pytest.mark.parametrize("files, used, total", [
    # The carve-out of the firmware is full by design.
    (memory(505 * MIBI, 512 * MIBI, 2 * GIBI, 124 * GIBI), 505 * MIBI + 2 * GIBI, 124 * GIBI + 512 * MIBI),
    (memory(510 * MIBI, 512 * MIBI, 100 * MIBI, 7695 * MIBI), 610 * MIBI, 8207 * MIBI),
    (memory(2025 * MIBI, 2 * GIBI, 40 * GIBI, 124 * GIBI), 2025 * MIBI + 40 * GIBI, 126 * GIBI),
    (memory(8 * GIBI, 8 * GIBI, 0, 124 * GIBI), 8 * GIBI, 132 * GIBI),
    # More is carved out than is left: the metrics or the voltage of the north bridge tell.
    (memory(GIBI, 96 * GIBI, 0, 16 * GIBI) | {"gpu_metrics": METRICS[3]}, GIBI, 112 * GIBI),
    (memory(GIBI, 96 * GIBI, 0, 16 * GIBI) | {"gpu_metrics": METRICS[2]}, GIBI, 112 * GIBI),
    (memory(GIBI, GIBI, 0, 8 * GIBI) | {"hwmon/hwmon3/in1_label": "vddnb", "hwmon/hwmon3/power1_cap": 15000000},
     GIBI, 9 * GIBI),
])
def test_a_carve_out_counts_together_with_what_is_shared(kernel, files, used, total):
    card = Card(kernel({"0000:c4:00.0": APU | files}), "c4:00.0")
    assert card.state == ("ok", "ok")
    assert card.number("memory_used") == pytest.approx(used, rel=1e-5)
    assert card.number("memory_total") == pytest.approx(total, rel=1e-5)
    assert card.status("memory") == "ok"


@pytest.mark.parametrize("files", [
    {},
    {"gpu_metrics": METRICS[1], "hwmon/hwmon3/pwm1": None, "hwmon/hwmon3/temp1_crit": None},
    {"hwmon/hwmon3/pwm1": None},  # cooled by the fans of its case
])
def test_a_card_has_memory_of_its_own(kernel, files):
    """What it may use of the machine's is larger, and slower."""
    full = CARD | memory(8100 * MIBI, 8 * GIBI, GIBI, 32 * GIBI) | files
    card = Card(kernel({"0000:03:00.0": full}), "03:00.0")
    assert card.number("memory_total") == pytest.approx(8 * GIBI, rel=1e-5)
    assert card.status("memory") == "critical"


def test_a_full_carve_out_alone_is_not_told(kernel):
    """Without the other part nothing is known of how full the memory is."""
    files = memory(505 * MIBI, 512 * MIBI, None, 124 * GIBI)
    card = Card(kernel({"0000:c4:00.0": APU | files}), "c4:00.0")
    assert (card["memory"], card["memory_used"], card.state) == (None, None, ("ok", "ok"))


def test_an_apu_that_is_really_full(kernel):
    files = memory(512 * MIBI, 512 * MIBI, 124 * GIBI - 1, 124 * GIBI)
    assert Card(kernel({"0000:c4:00.0": APU | files}), "c4:00.0").status("memory") == "critical"


def test_a_card_that_sleeps_is_not_asked_whether_it_is_an_apu(kernel, tmp_path):
    """Reading gpu_metrics wakes it."""
    run = kernel({"0000:03:00.0": CARD | {"power/runtime_status": "suspended", "gpu_metrics": METRICS[1]}})
    assert run.samples["03:00.0", "state"] == ("asleep", "ok")


# --- Bad input -------------------------------------------------------------------------------------------------

NUMBERS = ["-1", 2**31, 2**63, 2**64, "1e300", "-1e300", "nan", "inf", "", "0x10", "7 7", "\\xff"]


def is_justified(run, instance):
    """Nothing is worse than unknown, since all but the changed value is in order; returns the status of the card."""
    marks = {metric: status for (name, metric), (_, status) in run.samples.items() if name == instance}
    assert not {"warning", "critical"} & set(marks.values()), run.output
    return marks["state"]


@pytest.mark.parametrize("name", sorted(set(CARD) - set(AMDGPU)))
def test_a_number_of_the_kernel_that_is_none(kernel, tmp_path, name):
    files = CARD | memory(GIBI, 8 * GIBI, 0, 32 * GIBI) | {"hwmon/hwmon3/power1_cap": 200000000}
    for number in NUMBERS:
        run = kernel({"0000:03:00.0": files | {name: number}, "0000:04:00.0": CARD}, again=True)
        is_justified(run, "03:00.0")
        assert run.samples["04:00.0", "state"] == ("ok", "ok")


@pytest.mark.parametrize("key", [*ALL, "corrected", "rows", "memory_2"])
def test_a_number_of_nvml_that_is_none(nvml, key):
    for number in (2**31, 2**32 - 1, 2**63, 2**64 - 1):
        # Of what is not counted in 64 bits the lower ones reach the plugin, of which 0 is possible.
        assert is_justified(nvml({key: number}).run, "01:00.0") in ("ok", "unknown")


# --- On the screen ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["40x12", "80x24"])
@pytest.mark.parametrize("files, mark, part", [
    (CARD | {"hwmon/hwmon3/temp1_input": 511000}, "❔", "cannot be 511°C"),
    (APU | memory(505 * MIBI, 512 * MIBI, 2 * GIBI, 124 * GIBI), "✅", "2.0%"),
    (CARD | {"class": "0x120000"}, "✅", "50°C"),
])
def test_on_the_screen(kernel, dashboard, tmp_path, size, files, mark, part):
    kernel({"0000:03:00.0": files})
    layout = 'grid = "gpu"\n[widget.gpu]\nplugin = "gpu"\n'
    text = dashboard.text(layout, root=tmp_path / "root", size=size)
    assert mark in text[1], "the title"
    # A sentence may go on in the next line.
    assert part in " ".join(" ".join(line.strip("│ ").split()) for line in text)
