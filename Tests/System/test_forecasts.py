"""Forecasts of a plugin in plain C, from its declaration to the screen, the export and the limits of a layout."""

import json
import re
import unicodedata

import pytest
from conftest import REPOSITORY, SUPPORT, compile_plugin
from test_plugin_check import check

SOURCE = SUPPORT / "forecast_plugin.c"
YEAR = r"20\d\d"


def layout(more=""):
    return f'grid = "a"\n[widget.a]\nplugin = "tank"\n{more}'


@pytest.fixture
def tank(plugin_folder):
    plugin_folder.add("tank", SOURCE)
    return plugin_folder


def test_the_plugin_is_sound(tmp_path):
    done = check(compile_plugin(SOURCE, tmp_path / "tank.so"))
    assert done.returncode == 0, done.stdout


def test_its_metrics_are_described(dashboard, tank):
    text = dashboard.run("plugin", "describe", f"{tank.path}/tank.so").stdout
    for metric in ("wear_worn_out", "wear_worn_out_early", "wear_worn_out_late", "wear_outlook", "wear_unusual"):
        assert re.search(rf"^ +{metric} ", text, re.M), text
    assert "used_full " in text


def test_a_layout_may_limit_what_is_foretold(dashboard, tank):
    path = dashboard.layout(layout('wear_worn_out_warning = "3000d"\n'))
    done = dashboard.run("layout", "check", "--plugins", tank, path)
    assert done.returncode == 0, done.stderr
    path = dashboard.layout(layout('wear_worn_uot_warning = "3000d"\n'))
    done = dashboard.run("layout", "check", "--plugins", tank, path)
    assert done.returncode != 0 and "wear_worn_out_warning" in done.stderr + done.stdout


@pytest.mark.parametrize("width, words", [(80, rf"worn out {YEAR} \({YEAR}-{YEAR}\)"), (22, rf"{YEAR} \({YEAR}-{YEAR}\)")])
def test_its_draw_gets_the_words(dashboard, tank, width, words):
    screen = dashboard.terminal("--plugins", tank, layout=layout(), size=(width, 10))
    screen.wait_for(re.compile(words), timeout=30)


def test_the_export_has_them(dashboard, tank, tmp_path):
    """A snapshot uses the history that a dashboard has left."""
    text = layout('wear_worn_out_warning = "3000d"\n')
    screen = dashboard.terminal("--plugins", tank, layout=text, size=(80, 10))
    screen.wait_for("worn out", timeout=30)
    screen.send("q")
    screen.wait_exit(timeout=30)
    done = dashboard.run("snapshot", "--plugins", tank, "--layout", dashboard.layout(text), "--format", "json")
    metrics = json.loads(done.stdout)["widgets"][0]["instances"][0]["metrics"]
    assert metrics["wear_worn_out"]["unit"] == "seconds" and metrics["wear_worn_out"]["status"] == "warning"
    early, likely, late = (metrics[f"wear_worn_out{end}"]["value"] for end in ("_early", "", "_late"))
    assert 0 < early < likely < late
    assert metrics["wear_outlook"]["value"].startswith("worn out ")


BROKEN = {
    "companion that is not declared": (".written = {CM_TEXT(\"written\")}", ".written = {CM_TEXT(\"wrote\")}", "names wrote, which is not declared"),
    "companion that is no text": (".identity = {CM_TEXT(\"serial\")}", ".identity = {CM_TEXT(\"used\")}", "names used, which is not a text"),
    "fill without a size": (".full = 100", ".full = 0", "says not when it is full"),
    "forecast of a text": (".kind = CM_METRIC_TEXT,", ".kind = CM_METRIC_TEXT, .forecast = CM_FORECAST_FILL, .full = 1,", "is to be foretold and is no number"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_wrong_declaration_is_named(dashboard, plugin_folder, fault):
    old, new, sentence = BROKEN[fault]
    source = SOURCE.read_text()
    assert old in source
    plugin_folder.add("tank", source.replace(old, new))
    done = dashboard.run("plugin", "describe", f"{plugin_folder.path}/tank.so")
    assert done.returncode == 1 and sentence in done.stderr, done.stderr


def test_a_plugin_of_an_older_header_works(dashboard, plugin_folder, tmp_path):
    """Its metrics have no fields for a forecast, and its values none either."""
    header = (REPOSITORY / "Tests/Contract/cm_plugin_1_0.h").read_text()
    source = (SUPPORT / "rows_plugin.c").read_text().replace("#include <cm_plugin.h>", header)
    plugin_folder.add("rows", source)
    text = 'grid = "a"\n[widget.a]\nplugin = "rows"\nrows = 3\n'
    assert any("row-0003" in line for line in dashboard.text(text, plugins=plugin_folder))


OVERVIEW = """grid = "hosts"
[widget.hosts]
plugin = "hosts"
columns = ["nvme.wear", "nvme.wear_worn_out", "cpu.fs_used_full"]
"""


def demo(dashboard, *arguments):
    done = dashboard.run("snapshot", "--demo", "--time", "2026-03-01T20:30:00Z", "--timeout", "90s", *arguments, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_foretells(dashboard):
    widgets = json.loads(demo(dashboard, "--host", "cmbox", "--format", "json"))["widgets"]
    drives = next(widget for widget in widgets if widget["plugin"] == "nvme")["instances"]
    words = {drive["instance"]: drive["metrics"]["wear_outlook"]["value"] for drive in drives}
    assert re.match(rf"worn out {YEAR} \({YEAR}-{YEAR}\)", words["nvme1n1"]), words
    text = demo(dashboard, "--host", "simonbox", "--size", "200x60")
    assert re.search(r"│ ✅ disk .* full in \d+ weeks( \(\d+-\d+\))? │", text), text
    assert re.search(r"│ Outlook \S", text), text


@pytest.mark.parametrize("size", ["80x24", "120x40", "200x60"])
def test_pictures_with_forecasts_stay_aligned(dashboard, size):
    width, height = map(int, size.split("x"))
    for host in ("cmbox", "simonbox"):
        lines = demo(dashboard, "--host", host, "--size", size).splitlines()
        assert len(lines) <= height
        for line in lines[1:-1]:
            # Icons take two cells.
            cells = len(line) + sum(unicodedata.east_asian_width(character) in "WF" for character in line)
            assert cells <= width + 2, line
            assert line.rstrip().endswith(("│", "╮", "╯", "┃")), line


def test_the_overview_has_dates_as_columns(dashboard):
    lines = demo(dashboard, "--layout", dashboard.layout(OVERVIEW), "--size", "140x20").splitlines()
    row = next(line for line in lines if " cmbox " in line)
    assert re.search(rf"{YEAR} \({YEAR}-\d\d\)", row), row
    assert re.search(r" \d+w( \(\d+-\d+\))? ", next(line for line in lines if " simonbox " in line)), lines
