"""Files that change while the dashboard runs: plugins that come, are replaced, are removed; a layout that is saved."""

import os
import shutil
import time

import pytest
from conftest import SUPPORT, compile_plugin

LAYOUT = '''
grid = """
  test
  cpu
"""
refresh = "500ms"
[widget.test]
set = "steady"
'''


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Plugins to copy from: `good`, `better` (another title), and one whose collect option is unknown to the layout."""
    folder = tmp_path_factory.mktemp("built")
    source = SUPPORT / "test_plugin.c"
    text = source.read_text()
    compile_plugin(source, folder / "good.so")
    better = text.replace('.name = {CM_TEXT("Test " ID)}', '.name = {CM_TEXT("Better")}')
    assert better != text
    compile_plugin(better, folder / "better.so")
    other_options = text.replace('{CM_TEXT("set")}', '{CM_TEXT("sort")}')
    assert other_options != text
    compile_plugin(other_options, folder / "other_options.so")
    compile_plugin(source, folder / "crashes.so", "-DFAULT=FAULT_CRASH_LOAD")
    return folder


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "plugins"
    path.mkdir(mode=0o755)
    return path


def says(text):
    """Holds when the screen's words, put together again where lines were broken, have the text."""
    return lambda lines: text in " ".join(" ".join(lines).replace("│", " ").split())


def put(source, target):
    """As cp does it: the file is written in place."""
    shutil.copyfile(source, target)


class TestPlugins:
    def test_one_that_comes_is_shown_within_a_second(self, dashboard, folder, built):
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT)
        terminal.wait_for(says('error: widget "test" needs plugin "test", which is not installed'))
        put(built / "good.so", folder / "test.so")
        terminal.wait_for(lambda lines: says("Test test")(lines) and says("42")(lines), timeout=1)

    def test_half_a_file_is_not_loaded_until_it_is_whole(self, dashboard, folder, built):
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT)
        terminal.wait_for(says("which is not installed"))
        content = (built / "good.so").read_bytes()
        with open(folder / "test.so", "wb") as file:
            for start in range(0, len(content), 4096):
                file.write(content[start : start + 4096])
                file.flush()
                time.sleep(0.1)
            assert "is cut short" not in terminal.screen and "Test test" not in terminal.screen
        terminal.wait_for("Test test", timeout=1)

    def test_one_that_stays_half_is_named_and_the_old_one_goes_on(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT, size=(160, 40))
        terminal.wait_for("Test test")
        (folder / "test.so").write_bytes((built / "better.so").read_bytes()[:9000])
        lines = terminal.wait_for("A newer file is not used", timeout=1)
        assert says("is cut short (9000 of at least")(lines)
        assert any("42" in line for line in lines)
        self._still_collects(terminal)
        put(built / "better.so", folder / "test.so")
        terminal.wait_for("Better", timeout=1)
        terminal.wait_gone("A newer file is not used", timeout=1)

    @staticmethod
    def _still_collects(terminal):
        terminal.send("r")
        terminal.settle()
        # A machine that has stood still meanwhile makes old values, too, but not for long.
        terminal.wait_gone("ago", timeout=2)

    def test_one_that_is_replaced_takes_over(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT)
        terminal.wait_for("Test test")
        # As a package manager does it: beside it, then renamed over it.
        put(built / "better.so", folder / ".test.so.new")
        os.rename(folder / ".test.so.new", folder / "test.so")
        terminal.wait_for("Better", timeout=1)
        terminal.wait_gone("Test test", timeout=1)

    def test_one_that_crashes_as_it_is_loaded_does_not_take_over(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT, size=(160, 40))
        terminal.wait_for("Test test")
        put(built / "crashes.so", folder / "test.so")
        terminal.wait_for(says("load crashed: SIGSEGV (Segmentation fault). The old one goes on."), timeout=2)
        self._still_collects(terminal)

    def test_one_that_cannot_serve_the_layout_does_not_take_over(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT, size=(160, 40))
        terminal.wait_for("Test test")
        put(built / "other_options.so", folder / "test.so")
        terminal.wait_for(says('plugin "test" has no option "set"'), timeout=2)
        self._still_collects(terminal)

    def test_one_that_is_removed_is_gone_and_comes_back(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT, size=(160, 40))
        terminal.wait_for("42")
        (folder / "test.so").unlink()
        lines = terminal.wait_for(says(f"test.so is gone from {folder}: copy it back to go on"), timeout=1)
        # What it had found stays.
        assert any("42" in line for line in lines)
        put(built / "better.so", folder / "test.so")
        terminal.wait_for("Better", timeout=1)
        terminal.wait_gone("is gone", timeout=1)

    def test_a_folder_that_comes_later_is_looked_in(self, dashboard, tmp_path, built):
        home = tmp_path / "data"
        terminal = dashboard.terminal(layout=LAYOUT, env={"XDG_DATA_HOME": home})
        terminal.wait_for(says("which is not installed"))
        (home / "cm-dashboard/plugins").mkdir(parents=True)
        put(built / "good.so", home / "cm-dashboard/plugins/test.so")
        terminal.wait_for("Test test", timeout=3)

    def test_one_that_no_widget_uses_is_told_of(self, dashboard, folder, built):
        terminal = dashboard.terminal("--plugins", folder, layout='grid = "cpu"\n', size=(160, 40))
        terminal.wait_for("CPU")
        put(built / "good.so", folder / "test.so")
        terminal.wait_for(says("test.so is there; no widget of this layout uses it yet."), timeout=1)

    def test_one_that_hides_another_takes_over_and_gives_back(self, dashboard, folder, built, tmp_path):
        second = tmp_path / "second"
        second.mkdir()
        put(built / "good.so", second / "test.so")
        terminal = dashboard.terminal("--plugins", folder, "--plugins", second, layout=LAYOUT)
        terminal.wait_for("Test test")
        put(built / "better.so", folder / "test.so")
        terminal.wait_for("Better", timeout=1)
        (folder / "test.so").unlink()
        terminal.wait_for("Test test", timeout=1)

    def test_one_that_is_cut_short_while_it_runs_does_not_matter(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        terminal = dashboard.terminal("--plugins", folder, layout=LAYOUT, size=(160, 40))
        terminal.wait_for("Test test")
        os.truncate(folder / "test.so", 0)
        time.sleep(1)
        self._still_collects(terminal)
        # Whoever asks is told.
        terminal.send("R")
        terminal.wait_for(says("test.so is an empty file. The old one goes on."), timeout=1)
        self._still_collects(terminal)


class TestLayout:
    def start(self, dashboard, text, size=(120, 40)):
        path = dashboard.layout(text)
        terminal = dashboard.terminal(layout=path, size=size)
        return path, terminal

    def test_a_saved_layout_is_shown_within_a_second(self, dashboard):
        path, terminal = self.start(dashboard, 'title = "One"\ngrid = "cpu"\n')
        terminal.wait_for("One")
        terminal.wait_for("CPU")
        path.write_text('title = "Two"\ngrid = "cpu memory"\n')
        terminal.wait_for("Two", timeout=1)
        terminal.wait_for("Memory", timeout=1)

    def test_as_an_editor_saves_it(self, dashboard):
        path, terminal = self.start(dashboard, 'title = "One"\ngrid = "cpu"\n')
        terminal.wait_for("One")
        new = path.with_suffix(".swp")
        new.write_text('title = "Two"\ngrid = "memory"\n')
        os.rename(path, path.with_suffix(".layout~"))
        os.rename(new, path)
        terminal.wait_for("Two", timeout=1)
        terminal.wait_gone("CPU", timeout=1)

    def test_a_wrong_one_is_named_and_the_old_one_goes_on(self, dashboard):
        path, terminal = self.start(dashboard, 'title = "One"\ngrid = "cpu"\n')
        terminal.wait_for("One")
        path.write_text('titel = "Two"\ngrid = "cpu"\n')
        lines = terminal.wait_for(says("The old layout goes on"), timeout=1)
        assert says('test.layout:1:1: error: unknown key "titel"')(lines)
        assert "One" in lines[0]
        path.write_text('title = "Three"\ngrid = "cpu"\n')
        terminal.wait_for("Three", timeout=1)
        terminal.wait_gone(says("The old layout goes on"), timeout=1)

    def test_an_option_that_only_the_plugin_knows_to_be_wrong(self, dashboard):
        path, terminal = self.start(dashboard, 'grid = "cpu"\n')
        terminal.wait_for("CPU")
        terminal.wait_gone("Waiting")
        path.write_text('grid = "cpu"\n[widget.cpu]\nfoo = 1\n')
        lines = terminal.wait_for(says("The old layout goes on"), timeout=1)
        assert says('test.layout:3:1: error: plugin "cpu" has no option "foo"')(lines)

    def test_a_removed_one_goes_on(self, dashboard):
        path, terminal = self.start(dashboard, 'title = "One"\ngrid = "cpu"\n')
        terminal.wait_for("One")
        path.unlink()
        terminal.wait_for(says("What was read goes on"), timeout=1)

    def test_what_is_asked_the_same_keeps_its_values_and_its_worker(self, dashboard, test_plugins):
        text = 'grid = "test plain"\nrefresh = "200ms"\n[widget.test]\nrows = 3\n'
        path = dashboard.layout(text)
        terminal = dashboard.terminal("--plugins", test_plugins, layout=path, size=(120, 40))
        terminal.wait_for("collects 5")
        path.write_text(text.replace('"test plain"', '"plain test"'))
        terminal.wait_for(lambda lines: lines[1].find("Test test") > lines[1].find("Test plain"), timeout=1)
        lines = terminal.wait_for("collects ")
        count = next(int(line.split("collects ")[1].split()[0]) for line in lines if "collects " in line)
        assert count >= 5
        # Another option makes another instance.
        path.write_text(text.replace("rows = 3", "rows = 4"))
        terminal.wait_for("row-004", timeout=1)

    def test_refresh_theme_and_link(self, dashboard, tmp_path):
        target = dashboard.layout('title = "One"\nrefresh = "2s"\ngrid = "cpu"\n', name="target.layout")
        link = tmp_path / "link.layout"
        link.symlink_to(target)
        terminal = dashboard.terminal(layout=link, size=(80, 24))
        terminal.wait_for("One")
        target.write_text('title = "Two"\nrefresh = "100ms"\ntheme = "paper"\ngrid = "cpu"\n')
        terminal.wait_for("Two", timeout=1)


class TestTrust:
    @pytest.mark.parametrize("mode, who", [(0o666, "everybody"), (0o646, "everybody")])
    def test_a_file_that_others_may_write_is_not_loaded(self, dashboard, folder, built, mode, who):
        put(built / "good.so", folder / "test.so")
        (folder / "test.so").chmod(mode)
        layout = dashboard.layout(LAYOUT)
        terminal = dashboard.terminal("--plugins", folder, layout=layout, size=(160, 40))
        lines = terminal.wait_for(says("is not loaded"))
        assert says(f"may be written by {who};")(lines) and says("--unsafe-plugins")(lines)
        (folder / "test.so").chmod(0o644)
        terminal.wait_for("Test test", timeout=1)

    def test_a_folder_that_others_may_write(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        folder.chmod(0o777)
        done = dashboard.run("plugin", "describe", "--plugins", folder, "test")
        assert done.returncode == 1
        assert done.stderr == (
            f"cm-dashboard: {folder}/test.so is not loaded, since {folder} may be written by everybody; "
            "take that right away (chmod, chown), or start with --unsafe-plugins\n"
        )
        assert dashboard.run("plugin", "describe", "--unsafe-plugins", "--plugins", folder, "test").returncode == 0

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_one_that_belongs_to_somebody_else(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        os.chown(folder / "test.so", 1, 1)
        done = dashboard.run("plugin", "describe", "--plugins", folder, "test")
        assert "may be written by daemon, who owns it" in done.stderr

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_one_that_a_group_may_write(self, dashboard, folder, built):
        put(built / "good.so", folder / "test.so")
        os.chown(folder / "test.so", 0, 1)
        (folder / "test.so").chmod(0o664)
        done = dashboard.run("plugin", "describe", "--plugins", folder, "test")
        assert "may be written by group daemon (daemon)" in done.stderr
