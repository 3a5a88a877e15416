"""The GPU plugin over captured machines, and over a stand-in for NVIDIA's library."""

import shutil
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
from probe import Probe  # noqa: E402

GIBI = 1 << 30


def layout(options=""):
    return f'grid = "gpu"\n[widget.gpu]\nplugin = "gpu"\n{options}\n'


@pytest.fixture
def read(dashboard):
    def read(machine, options="", **more):
        root = machine if isinstance(machine, Path) else FIXTURES / machine
        widget = dashboard.snapshot(layout(options), root=root, **more)["widgets"][0]
        widget["by_name"] = {each["instance"]: each["metrics"] for each in widget["instances"]}
        return widget

    return read


@pytest.fixture
def nvml(nvml_library, monkeypatch):
    """Reads a captured machine whose cards answer as told."""

    def nvml(machine, *gpus, init="0", log=None, **more):
        monkeypatch.setenv("FAKE_NVML_GPUS", ";".join(gpus))
        monkeypatch.setenv("FAKE_NVML_INIT", init)
        if log:
            monkeypatch.setenv("FAKE_NVML_LOG", str(log))
        root = machine if isinstance(machine, Path) else FIXTURES / machine
        return Probe("gpu", root, f"nvml_library={nvml_library}", **more)

    return nvml


def values(metrics, *names):
    return [metrics[name]["value"] if name in metrics else None for name in names]


def copied(name, to):
    """A copy to change; the links to drivers point nowhere and stay so."""
    return Path(shutil.copytree(FIXTURES / name, to / name, symlinks=True))


# --- AMD -------------------------------------------------------------------------------------------------------


def test_a_radeon(read):
    widget = read("gpu-radeon")
    assert (widget["status"], widget["error"], widget["note"]) == ("ok", None, None)
    card = widget["by_name"]["03:00.0"]
    assert list(widget["by_name"]) == ["03:00.0"], "the bridge is no GPU"
    assert values(card, "name", "state", "driver") == ["Radeon RX 6800/6800 XT / 6900 XT", "ok", "amdgpu"]
    assert values(card, "load", "temperature", "temperature_limit", "power", "power_limit") == [37, 61, 100, 143, 255]
    assert values(card, "memory_used", "memory_total") == [5 * GIBI, 17163091968]
    assert card["memory"]["value"] == pytest.approx(31.2805, abs=1e-3)
    assert values(card, "fan", "clock", "memory_clock") == [40, 2105000000, 1000000000]
    assert [card[m]["status"] for m in ("memory", "temperature")] == ["ok", "ok"]


def test_a_hot_and_full_one(read):
    widget = read("gpu-hot")
    assert widget["status"] == "critical"
    hot, warm = widget["by_name"]["03:00.0"], widget["by_name"]["07:00.0"]
    assert values(hot, "temperature", "temperature_limit", "power", "fan") == [82, 80, 355.5, 100]
    assert hot["temperature"]["status"] == "critical", "82 degrees are above the 80 at which this card throttles"
    assert hot["memory"]["status"] == "critical"
    assert (warm["temperature"]["value"], warm["temperature"]["status"]) == (86, "warning")
    assert values(warm, "load", "memory_used", "power", "fan") == [0, 0, 9, None]


def test_a_layout_sets_other_limits(read):
    card = read("gpu-radeon", "temperature_warning = 50\ntemperature_critical = 60")["by_name"]["03:00.0"]
    assert card["temperature"]["status"] == "critical"


def test_rubbish_is_left_out(read):
    widget = read("gpu-odd")
    assert widget["error"] is None
    assert set(widget["by_name"]["03:00.0"]) == {"name", "state", "driver"}
    assert values(widget["by_name"]["03:00.0"], "name", "state") == ["AMD 73bf", "no answer"]
    assert values(widget["by_name"]["10000:e1:00.0"], "load") == [5]


# --- Intel -----------------------------------------------------------------------------------------------------


def test_load_of_an_intel_gpu_is_what_is_left_of_its_idle_state(tmp_path):
    root = copied("gpu-notebook", tmp_path)
    idle = root / "sys/bus/pci/devices/0000:00:02.0/drm/card0/gt/gt0/rc6_residency_ms"
    # 10 s later it has been idle for 7.5 s more.
    run = Probe("gpu", root, ticks=2, interval=10, between=f"echo 1007500 > {idle}")
    assert run.number("00:02.0", "load") == 25
    assert [run.number("00:02.0", name) for name in ("clock", "clock_limit")] == [450e6, 1400e6]
    assert run.samples["00:02.0", "name"][0] == "Iris Xe Graphics"


def test_an_arc_card(tmp_path):
    root = copied("gpu-arc", tmp_path)
    card = root / "sys/bus/pci/devices/0000:03:00.0"
    run = Probe("gpu", root, ticks=2, interval=10, between=(
        f"echo 1500 > {card}/tile0/gt0/gtidle/idle_residency_ms; echo 2200000000 > {card}/hwmon/hwmon5/energy1_input"))
    names = ("load", "power", "power_limit", "temperature", "clock", "clock_limit")
    assert [run.number("03:00.0", name) for name in names] == [90, 120, 190, 68, 2400e6, 2400e6]


def test_a_counter_that_starts_anew_gives_no_load(tmp_path):
    root = copied("gpu-notebook", tmp_path)
    idle = root / "sys/bus/pci/devices/0000:00:02.0/drm/card0/gt/gt0/rc6_residency_ms"
    run = Probe("gpu", root, ticks=2, interval=10, between=f"echo 5 > {idle}")
    assert ("00:02.0", "load") not in run.samples


# --- NVIDIA ----------------------------------------------------------------------------------------------------

ADA = "0000:01:00.0,NVIDIA GeForce RTX 4090,73,8589934592,25757220864,64,95,310500,450000,55,2520,10501"
PLAIN = "0000:41:00.0,NVIDIA A2,5,1073741824,16106127360,40,-,-,-,-,1000,-"


def test_nvidia(nvml):
    run = nvml("gpu-nvidia", ADA, PLAIN)
    names = ("load", "memory_used", "memory_total", "temperature", "temperature_limit", "power", "power_limit", "fan",
             "clock")
    assert [run.number("01:00.0", name) for name in names] == [
        73, 8 * GIBI, pytest.approx(25757220864, rel=1e-6), 64, 95, 310.5, 450, 55, 2520e6]
    assert run.samples["01:00.0", "name"] == ("NVIDIA GeForce RTX 4090", "-")
    assert run.samples["01:00.0", "state"] == ("ok", "ok")
    assert run.samples["01:00.0", "driver"][0] == "nvidia 535.183.01"
    known = {metric for instance, metric in run.samples if instance == "41:00.0"}
    assert known == {"name", "state", "load", "memory", "memory_used", "memory_total", "temperature", "clock", "driver"}
    assert "note" not in run.output


def test_nvidia_throttles_below_the_usual_limit(nvml):
    run = nvml("gpu-nvidia", ADA.replace(",64,95,", ",84,83,"), PLAIN)
    assert run.samples["01:00.0", "temperature"] == ("84 celsius", "critical")


def test_a_card_that_sleeps_is_not_woken(nvml, tmp_path):
    run = nvml("gpu-notebook", ADA, log=tmp_path / "log")
    assert run.samples["01:00.0", "state"] == ("asleep", "ok")
    assert not (tmp_path / "log").exists(), "NVML was asked for a card that sleeps"


def test_only_the_card_that_is_awake_is_asked(nvml, tmp_path):
    root = copied("gpu-nvidia", tmp_path)
    (root / "sys/bus/pci/devices/0000:41:00.0/power/runtime_status").write_text("suspended\n")
    run = nvml(root, ADA, PLAIN, log=tmp_path / "log", ticks=3)
    assert run.samples["41:00.0", "state"] == ("asleep", "ok")
    assert run.number("01:00.0", "load") == 73
    assert (tmp_path / "log").read_text() == "handle 0000:01:00.0\n", "once, and for this card alone"


@pytest.mark.parametrize("code, state, status, sentence", [
    (15, "lost", "critical", "01:00.0 (NVIDIA GeForce RTX 4090) has fallen off the bus: restart the machine, then see to"
                             " power and seating"),
    (16, "needs reset", "critical", "must be reset: end what uses it, then nvidia-smi --gpu-reset"),
    (4, "not permitted", "unknown", "may not be read: add this user to the group that owns /dev/nvidia*"),
])
def test_one_card_in_trouble_leaves_the_other(nvml, code, state, status, sentence):
    run = nvml("gpu-nvidia", f"0000:01:00.0,NVIDIA GeForce RTX 4090,!{code}", PLAIN)
    assert run.samples["01:00.0", "state"] == (state, status)
    assert sentence in run.output.replace("(GeForce RTX 4090)", "(NVIDIA GeForce RTX 4090)")
    assert run.number("41:00.0", "load") == 5


def test_a_card_that_the_driver_does_not_offer(nvml):
    run = nvml("gpu-nvidia", ADA)
    assert run.samples["41:00.0", "state"] == ("not given", "unknown")
    assert run.number("01:00.0", "load") == 73


@pytest.mark.parametrize("code, sentence", [
    ("18", "NVIDIA's library and the loaded kernel module are of different versions after an update: restart the machine,"
           " or unload the module (rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia)"),
    ("9", "NVIDIA's kernel module is not loaded: modprobe nvidia, then see dmesg | grep -i nvidia"),
    ("999", "NVML cannot be initialised (error 999): see dmesg | grep -i nvidia"),
])
def test_a_library_that_cannot_start(nvml, code, sentence):
    run = nvml("gpu-nvidia", ADA, init=code)
    assert f"note (unknown): {sentence}\n" in run.output
    assert run.samples["01:00.0", "name"][0] == "GeForce RTX 4090", "the name is known from the PCI ids"


def test_without_the_library(read):
    widget = read("gpu-nvidia")
    assert widget["note"] == {"status": "unknown", "message": (
        "NVIDIA's driver is loaded, but libnvidia-ml.so.1 is not there: install it (Debian: apt install libnvidia-ml1)"
        " or name it in nvml_library")}
    assert (widget["status"], widget["error"]) == ("unknown", None)


def test_with_the_free_driver(read):
    widget = read("gpu-nouveau")
    assert widget["note"]["message"] == (
        "01:00.0 (GeForce GTX 1050 Ti) runs with nouveau, which tells neither load nor memory: install NVIDIA's driver"
        " (Debian: apt install nvidia-driver) to see them")


# --- None, and those that are not ours -----------------------------------------------------------------------------


def test_cards_without_driver_and_for_virtual_machines(read):
    by_name = read("gpu-unbound")["by_name"]
    assert [by_name[each]["state"]["value"] for each in sorted(by_name)] == [
        "no driver", "no driver", "passed through", "passed through"]


@pytest.mark.parametrize("machine, sentence", [
    ("gpu-none", "this machine has no GPU (no display controller in /sys/bus/pci/devices)"),
    ("gpu-virtual", "this machine has no GPU that can be measured, only a plain display adapter (PCI 1234:1111)"),
])
def test_no_gpu(read, machine, sentence):
    widget = read(machine)
    assert widget["error"] == {"code": "unavailable", "message": sentence}
    assert widget["instances"] == []


# --- Pictures --------------------------------------------------------------------------------------------------


def test_the_picture_of_one():
    assert Probe("gpu", FIXTURES / "gpu-radeon", size="60x8").picture == [
        "ok GPU          Radeon RX 6800/6800 XT / 6900 XT",
        "   Load         ####--------                37%  ..........~",
        "   Memory       ####------|| 5.00G/16.0G    31%  ..........~",
        "   Temp         #######--||-               61°C  ..........~",
        "   Power        #######-----   143W/255W    56%",
        "   Fan          #####-------                40%",
        "   Clock                         2.11GHz",
        "   Driver       amdgpu, PCI 03:00.0",
    ]


def test_a_small_picture_keeps_what_is_hot():
    picture = Probe("gpu", FIXTURES / "gpu-radeon", size="36x4").picture
    assert [line[:10].strip() for line in picture] == ["ok GPU", "Load", "Memory", "Temp"]


def test_many_are_a_table(nvml):
    gpus = [f"0000:{0x19 + i * 16:02x}:00.0,NVIDIA H100 80GB HBM3,{i * 10},{i * GIBI},85899345920,{40 + i},-,{i * 100000},"
            "700000,-,1980,2619" for i in range(8)]
    picture = nvml("gpu-rack", *gpus, size="90x10").picture
    assert picture[0].split() == ["GPU", "Load", "Past", "Memory", "Used", "of", "Temp", "Power"]
    assert picture[8].startswith("ok NVIDIA H100 80GB HBM3") and "70%" in picture[8] and "47°C" in picture[8]


def test_on_the_screen(dashboard):
    text = "\n".join(dashboard.text(layout(), root=FIXTURES / "gpu-radeon"))
    for part in ("Radeon RX 6800/6800 XT / 6900 XT", "5.00G/16.0G", "61°C", "143W/255W"):
        assert part in text
