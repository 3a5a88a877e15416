"""`config check`, `show` and `migrate`: which files count, what is said about them, and that no file is ever lost."""

import os
import stat

import pytest
from conftest import REPOSITORY

SAMPLES = REPOSITORY / "config"
HOSTS = 'version = 1\n\n[host.srv01]\naddress = "192.168.1.10"\nrole = "server"\n'
OLD = '# Mine.\n[hosts]\nsrv01 = "192.168.1.10"\ncmbox = "cmbox"\n'
NEW = 'version = 1\n\n[host.srv01]\naddress = "192.168.1.10"\n\n[host.cmbox]\n'


@pytest.fixture
def folder(dashboard):
    folder = dashboard.home / ".config/cm-dashboard"
    folder.mkdir(parents=True)
    return folder


def etc_is_empty():
    return not any(os.path.exists(f"/etc/cm-dashboard/{name}.toml") for name in ("hosts", "dashboard"))


# check


def test_our_samples_have_no_mistake(dashboard):
    files = [SAMPLES / "hosts.toml", SAMPLES / "dashboard.toml"]
    done = dashboard.run("config", "check", *files)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{path}: ok" for path in files]


@pytest.mark.skipif(not etc_is_empty(), reason="this machine has a configuration")
def test_without_files_all_is_well(dashboard):
    done = dashboard.run("config", "check")
    assert (done.returncode, done.stderr) == (0, "")
    where = f"{dashboard.home}/.config/cm-dashboard or /etc/cm-dashboard"
    assert done.stdout == f"no hosts.toml and no dashboard.toml in {where}: this machine alone is watched\n"


def test_all_mistakes_of_both_files_are_told(dashboard, folder):
    (folder / "hosts.toml").write_text(HOSTS + 'port = 6127\nlayout = "srv02"\n\n[host.srv01.thresholds.nvme]\nwaer_warning = 1\n')
    (folder / "dashboard.toml").write_text(
        'version = 1\nrefresh = "1ms"\nplugins = ["/no/such/folder"]\n[overview]\ncolumns = ["nvme.waer", "nvmee.wear"]\n'
    )
    done = dashboard.run("config", "check")
    assert (done.returncode, done.stdout) == (1, "")
    hosts, settings = folder / "hosts.toml", folder / "dashboard.toml"
    said = [line for line in done.stderr.splitlines() if line.startswith("/")]
    starts = [
        f'{hosts}:6:1: error: unknown key "port" in host "srv01"; expected one of address, ',
        f'{hosts}:7:10: error: no layout "srv02" in ',
        f'{hosts}:10:1: error: plugin "nvme" has no option "waer_warning"; ',
        f'{settings}:2:11: error: "refresh" is "1ms"; expected a duration from 100ms to 1d',
        f'{settings}:3:12: error: there is no folder "/no/such/folder"',
        f'{settings}:5:12: error: plugin "nvme" has no metric "waer"; expected one of ',
        f'{settings}:5:25: warning: there is no plugin "nvmee" on this machine; did you mean "nvme"?',
    ]
    assert len(said) == len(starts), done.stderr
    for line, start in zip(said, starts):
        assert line.startswith(start), line
    assert said[5].endswith('did you mean "nvme.wear"?')
    assert '6 | port = 6127\n  | ^\n' in done.stderr


def test_a_plugin_that_is_not_here_is_a_warning(dashboard, folder):
    (folder / "dashboard.toml").write_text("version = 1\n[thresholds.elsewhere]\nx_warning = 1\n")
    done = dashboard.run("config", "check")
    path = folder / "dashboard.toml"
    assert (done.returncode, done.stdout) == (0, f"{path}: ok\n")
    assert done.stderr.splitlines()[0] == f'{path}:2:13: warning: there is no plugin "elsewhere" on this machine'


def test_limits_in_the_wrong_order(dashboard, folder):
    (folder / "hosts.toml").write_text("version = 1\n[host.a.thresholds.nvme]\nwear_warning = 90\nwear_critical = 80\n[host.b]\n")
    said = dashboard.wrong("config", "check", status=1)
    assert said[0] == f"{folder}/hosts.toml:4:17: error: wear_warning (90%) is above wear_critical (80%)"


@pytest.mark.parametrize("arguments, sentence", [
    (["none.toml"], 'there is no file or folder "none.toml"'),
    (["my.toml"], '"my.toml" does not tell by its name what it is; expected hosts.toml or dashboard.toml, or a name with one'
     " of the words hosts and dashboard in it"),
    (["."], 'there is neither a hosts.toml nor a dashboard.toml in "."'),
])  # fmt: skip
@pytest.mark.parametrize("option", [[], ["--config"]], ids=["argument", "option"])
def test_files_that_cannot_be_meant(dashboard, option, arguments, sentence):
    (dashboard.folder / "my.toml").write_text(HOSTS)
    assert dashboard.wrong("config", "check", *option, *arguments) == [f"cm-dashboard: {sentence}"]


def test_a_folder_in_place_of_a_file_is_told(dashboard, folder):
    (folder / "hosts.toml").mkdir()
    said = dashboard.wrong("config", "check")
    assert said == [f"cm-dashboard: {folder}/hosts.toml cannot be read: Is a directory"]


def test_control_characters_do_not_reach_the_terminal(dashboard, folder):
    (folder / "hosts.toml").write_text('version = 1\n[host."a\\u001b[31m"]\n"x\\u0007" = 1\n')
    said = "\n".join(dashboard.wrong("config", "check", status=1))
    assert "\x1b" not in said and "\x07" not in said and "U+001B" in said


# show


def test_show_tells_what_is_in_force_and_whence(dashboard, folder):
    (folder / "hosts.toml").write_text(HOSTS)
    (folder / "dashboard.toml").write_text('version = 1\ntheme = "paper"\n')
    done = dashboard.run("config", "show")
    assert (done.returncode, done.stderr) == (0, "")
    assert f'theme = "paper"  # {folder}/dashboard.toml:2\n' in done.stdout
    assert 'data_source = "http"  # default\n' in done.stdout
    assert f"# hosts.toml: {folder}/hosts.toml\n{HOSTS}" in done.stdout


def test_what_show_prints_can_be_read(dashboard, folder):
    (folder / "hosts.toml").write_text((SAMPLES / "hosts.toml").read_text())
    (folder / "dashboard.toml").write_text((SAMPLES / "dashboard.toml").read_text())
    settings, _, hosts = dashboard.run("config", "show").stdout.partition("# hosts.toml: ")
    shown = dashboard.folder / "shown"
    shown.mkdir()
    (shown / "hosts.toml").write_text("# " + hosts)
    (shown / "dashboard.toml").write_text(settings)
    done = dashboard.run("config", "check", shown)
    assert (done.returncode, done.stderr) == (0, "")
    again = dashboard.run("config", "show", "--config", shown).stdout
    assert again.partition("# hosts.toml: ")[2].partition("\n")[2] == hosts.partition("\n")[2]


def test_a_file_that_is_named_leaves_the_other_to_the_folders(dashboard, folder):
    (folder / "hosts.toml").write_text(HOSTS)
    (folder / "dashboard.toml").write_text('version = 1\ntheme = "paper"\n')
    other = dashboard.folder / "other-hosts.toml"
    other.write_text("version = 1\n[host.other]\n")
    shown = dashboard.run("config", "show", "--config", other).stdout
    assert "[host.other]" in shown and "srv01" not in shown and 'theme = "paper"' in shown
    (dashboard.folder / "empty").mkdir()
    (dashboard.folder / "empty/dashboard.toml").write_text("version = 1\n")
    shown = dashboard.run("config", "show", "--config", dashboard.folder / "empty").stdout
    assert "srv01" not in shown and "paper" not in shown


def test_xdg_config_home_counts(dashboard):
    place = dashboard.folder / "xdg/cm-dashboard"
    place.mkdir(parents=True)
    (place / "hosts.toml").write_text(HOSTS)
    assert "[host.srv01]" in dashboard.run("config", "show", env={"XDG_CONFIG_HOME": place.parent}).stdout


# migrate


def test_migrate_keeps_the_old_file(dashboard, folder):
    path = folder / "hosts.toml"
    path.write_text(OLD)
    path.chmod(0o640)
    checked = dashboard.run("config", "check")
    assert checked.returncode == 0 and "config migrate" in checked.stderr
    done = dashboard.run("config", "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{path}: 2 hosts, from version 0 to 1; the old file is {path}.v0\n"
    assert path.read_text() == NEW
    assert (folder / "hosts.toml.v0").read_text() == OLD
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o640}
    assert sorted(os.listdir(folder)) == ["hosts.toml", "hosts.toml.v0"]
    again = dashboard.run("config", "migrate")
    assert (again.returncode, again.stdout) == (0, f"{path}: is of version 1 already\n")
    assert path.read_text() == NEW


def test_migrate_never_overwrites_what_was_kept(dashboard, folder):
    path, kept = folder / "hosts.toml", folder / "hosts.toml.v0"
    path.write_text(OLD)
    kept.write_text("something dear")
    said = dashboard.wrong("config", "migrate")
    assert said == [f"cm-dashboard: {kept} is there already and is kept; move it away, and try again"]
    assert (path.read_text(), kept.read_text()) == (OLD, "something dear")


def test_migrate_goes_on_where_it_was_interrupted(dashboard, folder):
    path = folder / "hosts.toml"
    path.write_text(OLD)
    (folder / "hosts.toml.v0").write_text(OLD)
    assert dashboard.run("config", "migrate").returncode == 0
    assert path.read_text() == NEW


def test_migrate_follows_a_link(dashboard, folder):
    target = dashboard.folder / "dotfiles-hosts.toml"
    target.write_text(OLD)
    (folder / "hosts.toml").symlink_to(target)
    assert dashboard.run("config", "migrate").returncode == 0
    assert (folder / "hosts.toml").is_symlink() and target.read_text() == NEW
    assert (dashboard.folder / "dotfiles-hosts.toml.v0").read_text() == OLD


def test_migrate_leaves_a_wrong_file_alone(dashboard, folder):
    path = folder / "hosts.toml"
    path.write_text('[hosts]\nsrv01 = "srv01:6127"\n')
    before = path.read_bytes()
    said = dashboard.wrong("config", "migrate", status=1)
    assert any(line.startswith(f'{path}:2:9: error: "address" is "srv01:6127"; ') for line in said)
    assert path.read_bytes() == before and os.listdir(folder) == ["hosts.toml"]


@pytest.mark.skipif(not etc_is_empty(), reason="this machine has a configuration")
def test_migrate_without_a_file(dashboard):
    assert dashboard.wrong("config", "migrate")[0].startswith("cm-dashboard: there is no hosts.toml in ")


def test_a_newer_file_is_refused(dashboard, folder):
    path = folder / "hosts.toml"
    path.write_text("version = 2\n[fleet]\n")
    sentence = "the file is of version 2, and this cm-dashboard reads no version above 1"
    for command in ("check", "migrate"):
        assert sentence in dashboard.wrong("config", command, status=1)[0]
    assert path.read_text() == "version = 2\n[fleet]\n"
