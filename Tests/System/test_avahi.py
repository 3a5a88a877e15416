"""`hosts discover` through a real Avahi, on networks of machines that announce themselves.

A machine is a network namespace with a `/run` of its own, its avahi-daemon, its bus where it needs one, and its stub
servers. The machines of a network hang on one bridge, which has no way out, and in one process namespace, which takes
everything along when it ends. No daemon sees the `/run`, `/tmp`, `/etc/avahi`, bus or network of the machine that
tests.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager

import pytest
from conftest import PROGRAM, SUPPORT, children, environment

# One after another, each network is made once.
pytestmark = pytest.mark.xdist_group("avahi")

PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
PACKAGES = {"avahi-daemon": "avahi-daemon", "avahi-publish": "avahi-utils", "avahi-browse": "avahi-utils",
            "dbus-daemon": "dbus-daemon", "ip": "iproute2", "unshare": "util-linux", "nsenter": "util-linux"}  # fmt: skip
PORTS = {"drives": 6127, "services": 6128, "backups": 6129}
HEAD = '# For hosts.toml, somewhere below its line "version = 1".'
# Long enough that no busy machine loses an announcement; nobody waits for it to pass.
PATIENCE = ("--timeout", "10s")

BUS = """<busconfig><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
</policy></busconfig>"""

# Serves what its argument says, as JSON: address, port, document, paths, and seconds to wait before the answer.
SERVER = """
import json, signal, sys, time
from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, answer, good, says

documents = {"drives": DRIVES, "services": SERVICES, "backups": BACKUPS}

def at(paths, document, pause):
    found, missing = good(documents[document]), says(answer("404 Not Found", {"Content-Length": 0}), ending="stay")
    def behave(connection, request):
        time.sleep(pause)
        return (found if request.path in paths else missing)(connection, request)
    return behave

for address, port, document, paths, pause in json.loads(sys.argv[1]):
    StubHost(address, {port: at(paths, document, pause)}).__enter__()
print("serves", flush=True)
signal.pause()
"""


def announcement(kind, port=None, record=()):
    """A service file of avahi-daemon, as a host would have it."""
    texts = "".join(f"<txt-record>{text}</txt-record>" for text in record)
    return (f'<service-group><name replace-wildcards="yes">{kind} of %h</name><service><type>_cm-{kind}._tcp</type>'
            f"<port>{port or PORTS[kind]}</port>{texts}</service></service-group>")  # fmt: skip


def addressed(name, address):
    """For `publish`: a name with its address, which need not be that of the machine."""
    return "--address", "--no-reverse", name, address


def offered(host, instance, *record):
    """For `publish`: drives at a host of any name."""
    return f"--host={host}", "--service", instance, "_cm-drives._tcp", "6127", *record


def serving(address, *kinds, ports=PORTS, paths=("/",), pause=0):
    return [(address, ports[kind], kind, paths, pause) for kind in kinds or PORTS]


def wait_for(found, what, timeout=30):
    """What does not come about has nothing to do with the program; `what` tells it."""
    deadline = time.monotonic() + timeout
    while not found():
        if time.monotonic() > deadline:
            pytest.fail(what())
        time.sleep(0.02)


class Machine:
    """`process` is the one that holds its namespaces."""

    def __init__(self, lan, name, process):
        self.lan, self.name, self.process = lan, name, process

    def command(self, *arguments):
        return [*self.lan.enter(self.process, "--net", "--mount", "--pid"), f"--wd={self.lan.folder}", *arguments]

    def run(self, *arguments, home=None, **more):
        return subprocess.run(self.command(*map(str, arguments)), env=self.lan.environment(home), capture_output=True,
                              stdin=subprocess.DEVNULL, encoding="utf-8", timeout=60, **more)  # fmt: skip

    def daemon(self, name, text):
        """A daemon from a shell's words, with a /tmp and an /etc/avahi of its own; its log, and its process."""
        log = self.lan.folder / f"{self.name}.{name}.log"
        # In a user namespace there is root alone, so it is the user avahi too.
        users = "; ".join(f"echo 'root:x:0:0::/:\navahi:x:0:0::/:' >/run/{file}; mount --bind /run/{file} /etc/{file}"
                          for file in ("passwd", "group"))  # fmt: skip
        words = f"mount -t tmpfs tmpfs /tmp; mount -t tmpfs tmpfs /etc/avahi; {users}; {text}"
        with log.open("w") as output:
            command = self.command("unshare", "--mount", "sh", "-ec", words)
            started = self.lan.start(command, stdout=output, stderr=output)
        wait_for(lambda: children(started.pid), log.read_text)
        return log, children(started.pid)[0]

    def bus(self):
        log, _ = self.daemon("bus", f"mkdir -p /run/dbus; echo '{BUS}' >/etc/avahi/bus; "
                                    "exec dbus-daemon --nofork --print-address --config-file=/etc/avahi/bus")  # fmt: skip
        wait_for(lambda: "unix:" in log.read_text(), log.read_text)

    def avahi(self, *announcements, ipv4=True, ipv6=True, bus=False):
        """Starts the daemon; `settle` waits until it has announced everything. Its process."""
        words = ["mkdir -p /etc/avahi/services"]
        for number, text in enumerate(announcements):
            words.append(f"echo '{text}' >/etc/avahi/services/{number}.service")
        flags = {True: "yes", False: "no"}
        words.append(f"""cat >/etc/avahi/configuration <<.
[server]
host-name={self.name}
use-ipv4={flags[ipv4]}
use-ipv6={flags[ipv6]}
enable-dbus={flags[bus]}
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
.""")
        words.append("exec avahi-daemon --file=/etc/avahi/configuration --no-drop-root --no-chroot --no-rlimits")
        log, process = self.daemon("avahi", "\n".join(words))
        self.lan.unsettled.append((log, len(announcements)))
        return process

    def publish(self, *announcements):
        """Announces each through avahi-publish, which takes what no file can hold; returns when all are."""
        started = []
        for arguments in announcements:
            log = self.lan.folder / f"{self.name}.publish{len(self.lan.started)}.log"
            with log.open("w") as output:
                command = self.command("avahi-publish", *arguments)
                started.append((log, self.lan.start(command, stdout=output, stderr=output)))
        for log, process in started:
            wait_for(lambda: "Established" in log.read_text() or process.poll() is not None, log.read_text)
            if process.poll() is not None:
                pytest.fail(log.read_text())

    def serve(self, *served):
        arguments = [sys.executable, "-c", SERVER, json.dumps(sum(served, []))]
        server = self.lan.start(self.command(*arguments), stdout=subprocess.PIPE)
        if server.stdout.readline() != b"serves\n":
            pytest.fail(f"the server of {self.name} does not serve")

    def discover(self, home, *arguments):
        return self.run(PROGRAM, "hosts", "discover", *arguments, home=home)


class Lan:
    """A network 10.9.0.0/24 and fd09::/64, with the machine `here`, which is its .1 and ::1."""

    def __init__(self, folder):
        self.folder = folder
        self.is_root = os.geteuid() == 0
        self.started, self.unsettled, self.first = [], [], None

    def open(self):
        (self.folder / "home").mkdir()
        # Who is not root becomes it in a user namespace.
        own = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private"]
        command = ["unshare", *([] if self.is_root else ["--map-root-user"]), *own]
        held, error = self._hold(command)
        if error:
            pytest.skip(f"no network of namespaces can be made here: {error}")
        self.first = children(held.pid)[0]
        self.here = Machine(self, "here", self.first)
        self._set(self.here, "ip link add lan type bridge mcast_snooping 0", "ip link set lan up",
                  "ip address add 10.9.0.1/24 dev lan", "ip address add fd09::1/64 dev lan nodad")  # fmt: skip

    def enter(self, process, *namespaces):
        user = [] if self.is_root else ["--user", "--preserve-credentials"]
        return ["nsenter", f"--target={process}", *user, *namespaces]

    def environment(self, home=None):
        home = home or self.folder / "home"
        bus = "unix:path=/run/dbus/system_bus_socket"
        return environment(home, {"PATH": PATH, "PYTHONPATH": SUPPORT, "PYTHONDONTWRITEBYTECODE": 1,
                                  "DBUS_SYSTEM_BUS_ADDRESS": bus, "DBUS_SESSION_BUS_ADDRESS": None})  # fmt: skip

    def start(self, command, **more):
        started = subprocess.Popen(command, env=self.environment(), **{"stdin": subprocess.DEVNULL} | more)
        self.started.append(started)
        return started

    def _hold(self, command):
        """Starts a process that holds new namespaces until its input ends, and what it says where it cannot.

        Names come from no network, and not from Avahi either: what looks up an address finds nothing, at once.
        """
        words = ("set -e; mount --no-mtab -t tmpfs tmpfs /run; echo 'hosts: files' >/run/names; "
                 "mount --bind /run/names /etc/nsswitch.conf; ip link set lo up; echo made; exec cat")  # fmt: skip
        made = self.start([*command, "sh", "-c", words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)  # fmt: skip
        if made.stdout.readline() == b"made\n":
            return made, None
        return made, made.communicate()[1].decode().strip() or f"{command[0]} ended with status {made.returncode}"

    def machine(self, name, *addresses):
        """A new one, with these addresses, each of 10.9.0.0/24 or fd09::/64."""
        held, error = self._hold(self.here.command("unshare", "--net", "--mount", "--propagation=private"))
        if error:
            pytest.fail(error)
        made = Machine(self, name, children(held.pid)[0])
        self._set(self.here, f"ip link add {name} type veth peer name eth0 netns {made.process}",
                  f"ip link set {name} addrgenmode none", f"ip link set {name} master lan up")  # fmt: skip
        # An address of the link would be told in place of another now and then, as Avahi's cache has it.
        self._set(made, "ip link set eth0 addrgenmode none", "ip link set eth0 up",
                  *[f"ip address add {address}/{'64 nodad' if ':' in address else 24} dev eth0" for address in addresses])  # fmt: skip
        return made

    def _set(self, machine, *commands):
        # Outside of its process namespace, since `ip` is told of processes as this one sees them.
        command = [*self.enter(machine.process, "--net"), "sh", "-ec", "\n".join(commands)]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            pytest.fail(f"no network can be made: {done.stderr}")

    def settle(self):
        """Waits until all is announced that the daemons were told to announce."""
        for log, count in self.unsettled:
            wait_for(lambda: "Server startup complete" in log.read_text(), log.read_text)
            wait_for(lambda: log.read_text().count("successfully established") >= count, log.read_text)
        self.unsettled = []

    def close(self):
        # The first process of a namespace takes all others along.
        if self.first:
            os.kill(self.first, signal.SIGKILL)
        for started in reversed(self.started):
            # nsenter stops with its child, and then does not see its end.
            started.send_signal(signal.SIGCONT)
            started.wait()
            for pipe in (started.stdin, started.stdout, started.stderr):
                if pipe:
                    pipe.close()


@contextmanager
def new_lan(factory, name):
    missing = sorted({package for program, package in PACKAGES.items() if not shutil.which(program, path=PATH)})
    if missing:
        pytest.skip(f"needs the Debian packages {', '.join(missing)}")
    lan = Lan(factory.mktemp(name))
    try:
        lan.open()
        yield lan
    finally:
        lan.close()


def blocks(text):
    """What is printed for each host, as lines by its name; and the remarks behind."""
    hosts, remarks = {}, []
    for part in text.split("\n\n"):
        lines = part.strip("\n").split("\n")
        if len(lines) > 1 and lines[1].startswith("[host."):
            assert lines[1] not in hosts, text
            hosts[lines[1]] = lines
        elif lines != [HEAD]:
            remarks += filter(None, lines)
    return hosts, remarks


def block(name, address, *lines, found="drives"):
    return [f"# {address}: {found}", f"[host.{name}]", f'address = "{address}"', *lines]


ONLY_DRIVES = ["ports.services = false", "ports.backups = false"]


def check(dashboard, text):
    """What `config check` says of a hosts.toml with these lines."""
    path = dashboard.folder / "hosts.toml"
    path.write_text("version = 1\n" + text)
    return dashboard.run("config", "check", path)


# A network where all is well


@pytest.fixture(scope="module")
def lan(tmp_path_factory):
    """srv01 serves as everybody does, cmbox at other ports and paths, and labbox has no IPv4."""
    with new_lan(tmp_path_factory, "lan") as lan:
        lan.here.bus()
        lan.here.avahi(bus=True)
        srv01 = lan.machine("srv01", "10.9.0.20")
        srv01.avahi(*map(announcement, PORTS), ipv6=False)
        srv01.serve(serving("10.9.0.20"))
        cmbox = lan.machine("cmbox", "10.9.0.3")
        cmbox.avahi(announcement("drives", 80, ["version=1", "path=/metrics"]),
                    announcement("services", 9100, ["path=/metrics/services?all=1"]), ipv6=False)  # fmt: skip
        cmbox.serve(serving("10.9.0.3", "drives", ports={"drives": 80}, paths=["/metrics"]),
                    serving("10.9.0.3", "services", ports={"services": 9100},
                            paths=["/metrics/services?all=1"]))  # fmt: skip
        labbox = lan.machine("labbox", "fd09::4")
        labbox.avahi(announcement("drives"), announcement("backups"), ipv4=False)
        labbox.serve(serving("fd09::4", "drives", "backups"))
        lan.settle()
        yield lan


def test_announced_hosts_are_lines_for_hosts_toml(dashboard, lan):
    done = lan.here.discover(dashboard.home, *PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        HEAD, "",
        "# 10.9.0.3: drives, services", "[host.cmbox]", 'address = "10.9.0.3"', "ports.drives = 80",
        "ports.services = 9100", "ports.backups = false", 'paths.drives = "/metrics"',
        'paths.services = "/metrics/services?all=1"', "",
        "# 10.9.0.20: drives, services, backups", "[host.srv01]", 'address = "10.9.0.20"', "",
        "# [fd09::4]: drives, backups", "[host.labbox]", 'address = "fd09::4"', "ports.services = false", "",
    ]  # fmt: skip
    checked = check(dashboard, done.stdout)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_announced_hosts_as_json(dashboard, lan):
    done = lan.here.discover(dashboard.home, *PATIENCE, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    api = {kind: {"path": "/", "port": port} for kind, port in PORTS.items()}
    cmbox = {"drives": {"path": "/metrics", "port": 80}, "services": {"path": "/metrics/services?all=1", "port": 9100}}
    assert json.loads(done.stdout) == {"others": [], "hosts": [
        {"name": "cmbox", "address": "10.9.0.3", "apis": cmbox},
        {"name": "srv01", "address": "10.9.0.20", "apis": api},
        {"name": "labbox", "address": "[fd09::4]", "apis": {kind: api[kind] for kind in ("drives", "backups")}},
    ]}  # fmt: skip


# One where not all is well

# Host names, text records, and the name that the host has in the end. A name that cannot stand in a file gives way to
# the address, which is 10.9.0.101 for the first.
HOSTILE = [
    ('we"ird];10.9.0.66;80;.local', ["path=/a b"], "host-10-9-0-101"),
    ("$(reboot).local", ["path=/\x1b[2J"], "host-10-9-0-102"),
    ("dots\\.and\\\\more.local", ['path=/"\nevil = 1\n"'], "host-10-9-0-103"),
    ("x" * 63 + ".local", ["x" * 255], "x" * 63),
    ("büro.local", ["path=/ü"], "host-10-9-0-105"),
    ("new\nline\x1b[2J\x7f.local", ["path=\\/"], "host-10-9-0-106"),
    ("localhost.local", ["path=http://10.9.0.66/"], "host-10-9-0-107"),
    ("true.local", ["=", "path", "path="], "true"),
    ("0.local", ['"', ";", "\n=;lan;IPv4;x;_cm-drives._tcp;local;y.local;10.9.0.66;6127;"], "0"),
]
INSTANCES = ['"\n=;lan;IPv4;x;_cm-drives._tcp;local;y.local;10.9.0.66;80;', "y" * 63, "Büro: 日本", "\x1b]0;title\x07",
             ".", " ", "\\", "[host.evil]", "'''"]  # fmt: skip
PLACES = [f"10.9.0.{101 + place}" for place in range(len(HOSTILE))]


@pytest.fixture(scope="module")
def odd_lan(tmp_path_factory):
    """One that means no good, and some that have more than one address or do not serve what they announce."""
    with new_lan(tmp_path_factory, "odd") as lan:
        lan.here.bus()
        lan.here.avahi(announcement("drives"), bus=True)
        lan.here.serve(serving("127.0.0.1", "drives"), serving("10.9.0.1", "drives", pause=1))
        srv01 = lan.machine("srv01", "10.9.0.2")
        srv01.avahi(*map(announcement, PORTS), ipv6=False)
        srv01.serve(serving("10.9.0.2"))
        both = lan.machine("steambox", "10.9.0.3", "fd09::3")
        both.avahi(*map(announcement, PORTS))
        both.serve(serving("10.9.0.3", pause=1), serving("fd09::3"))
        nas = lan.machine("nas", "10.9.0.4", "fd09::4")
        nas.avahi(announcement("drives", 80, ["PATH=/metrics", "path=/other"]))
        nas.serve(serving("10.9.0.4", "drives", ports={"drives": 80}, paths=["/metrics", "/other"]))
        silent = lan.machine("simonbox", "10.9.0.5")
        silent.avahi(announcement("drives"), announcement("services"), ipv6=False)
        silent.serve(serving("10.9.0.5", "drives"))
        evil = lan.machine("evil", "10.9.0.91", "10.9.0.92", "10.9.0.93", *PLACES)
        evil.bus()
        evil.avahi(bus=True, ipv6=False)
        evil.serve(serving("0.0.0.0", "drives"))
        lan.evil = evil
        lan.settle()
        evil.publish(*[addressed(name, address) for (name, _, _), address in zip(HOSTILE, PLACES)],
                     *[offered(name, instance, *record) for (name, record, _), instance in zip(HOSTILE, INSTANCES)])  # fmt: skip
        yield lan


@pytest.fixture(scope="module")
def odd(odd_lan):
    done = odd_lan.here.discover(None, *PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_hostile_names_and_records_break_nothing(dashboard, odd):
    """They come from anybody on the network, and what is printed goes into a file."""
    assert all(character == "\n" or character.isprintable() for character in odd)
    assert "10.9.0.66" not in odd
    hosts, _ = blocks(odd)
    for (_, _, name), address in zip(HOSTILE, PLACES):
        assert hosts[f"[host.{name}]"] == block(name, address, *ONLY_DRIVES)
    assert hosts["[host.srv01]"] == block("srv01", "10.9.0.2", found="drives, services, backups")
    checked = check(dashboard, odd)
    assert (checked.returncode, checked.stderr) == (0, "")
    honest = {"here", "srv01", "steambox", "nas", "simonbox"}
    assert set(tomllib.loads(odd)["host"]) <= honest | {name for _, _, name in HOSTILE}


def test_who_announces_and_does_not_serve_is_told(odd):
    hosts, remarks = blocks(odd)
    assert hosts["[host.simonbox]"] == block("simonbox", "10.9.0.5", *ONLY_DRIVES)
    # nas announces two addresses and serves at one, which is enough.
    assert remarks == [
        "# simonbox.local announces itself, but 10.9.0.5:6128 refuses connections: nothing listens on that port"]  # fmt: skip


def test_of_several_addresses_the_same_is_taken_each_time(odd):
    """IPv4 before IPv6, and never one that means another machine elsewhere."""
    hosts, _ = blocks(odd)
    assert hosts["[host.steambox]"] == block("steambox", "10.9.0.3", found="drives, services, backups")
    assert hosts["[host.here]"] == block("here", "10.9.0.1", *ONLY_DRIVES)


def test_a_text_record_is_read_as_its_standard_says(odd):
    """RFC 6763: keys have no case, and of several of one name the first counts."""
    hosts, _ = blocks(odd)
    lines = "ports.drives = 80", *ONLY_DRIVES, 'paths.drives = "/metrics"'
    assert hosts["[host.nas]"] == block("nas", "10.9.0.4", *lines)


@pytest.fixture(scope="module")
def crafted(odd_lan, odd):
    """What is found when names are made up to be those of others, and one leads nowhere."""
    names = {"srv01.evil.local": "10.9.0.91", "host-10-9-0-107.local": "10.9.0.92",
             "host-10-9-0-107-10-9-0-107.local": "10.9.0.93"}  # fmt: skip
    odd_lan.evil.publish(
        *[addressed(*pair) for pair in names.items()], *[offered(name, f"Crafted {name}") for name in names],
        offered("nowhere.local", "Nowhere"))  # fmt: skip
    done = odd_lan.here.discover(None, "--timeout", "5s")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_name_that_leads_nowhere_takes_nothing_from_the_others(crafted):
    """avahi-browse waits for it longer than the program does for avahi-browse."""
    assert '[host.simonbox]\naddress = "10.9.0.5"\n' in crafted
    assert '[host.true]\naddress = "10.9.0.108"\n' in crafted
    assert "nowhere" not in crafted


def test_no_name_stands_twice(dashboard, crafted):
    checked = check(dashboard, crafted)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_name_of_another_host_is_not_taken_from_it(crafted):
    assert '# 10.9.0.2: drives, services, backups\n[host.srv01]\naddress = "10.9.0.2"\n' in crafted
    assert '# 10.9.0.91: drives\n[host.srv01-10-9-0-91]\naddress = "10.9.0.91"\n' in crafted


# Nobody to find


@pytest.fixture
def alone(tmp_path_factory):
    """A machine as yet without a daemon, on a network where nobody else is; without a cable there would be no network."""
    with new_lan(tmp_path_factory, "alone") as lan:
        lan.machine("cable")
        yield lan.here


def with_avahi(machine):
    """Starts bus and daemon; the daemon's process."""
    machine.bus()
    process = machine.avahi(bus=True)
    machine.lan.settle()
    return process


def test_nobody_announces_itself(dashboard, alone):
    with_avahi(alone)
    done = alone.discover(dashboard.home, *PATIENCE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("cm-dashboard: no host with one of the APIs was found: none announces itself; name a subnet, "
                           "like --subnet 10.9.0.0/24\n")  # fmt: skip


def test_who_announces_itself_and_cannot_be_reached_is_told(dashboard, alone):
    """One is gone without a word, and one is on a network that this machine has no way to."""
    with_avahi(alone)
    addresses = {"ghost.local": "10.9.0.66", "far.local": "10.200.0.1"}
    alone.publish(*[addressed(*pair) for pair in addresses.items()], *[offered(name, name) for name in addresses])
    done = alone.discover(dashboard.home, "--timeout", "3s")
    assert done.stdout.splitlines() == [
        "# far.local announces itself, but 10.200.0.1:6127 cannot be reached: this machine has no way to that network; "
        "is it connected?",
        "# ghost.local announces itself, but 10.9.0.66:6127 accepted no connection within 3s; is the machine on, and lets "
        "its firewall through to that port?",
    ]  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "cm-dashboard: no host with one of the APIs was found\n")


@pytest.mark.parametrize("there", ["nothing", "a bus", "a daemon that hangs"])
def test_avahi_that_cannot_be_asked_is_said(dashboard, alone, there):
    """That none announces itself would be a lie."""
    if there == "a bus":
        alone.bus()
    if there == "a daemon that hangs":
        os.kill(with_avahi(alone), signal.SIGSTOP)
    patience = ("--timeout", "200ms") if there == "a daemon that hangs" else PATIENCE
    done = alone.discover(dashboard.home, *patience)
    assert (done.returncode, done.stdout) == (2, "")
    sentence = "avahi-daemon does not run here, so nobody knows what is announced; start it"
    if there == "a daemon that hangs":
        sentence = "avahi-daemon has not answered, so nobody knows what is announced; restart it"
    assert done.stderr == f"cm-dashboard: {sentence}, or name a subnet to be asked, like --subnet 10.9.0.0/24\n"


def test_a_subnet_is_asked_also_when_avahi_cannot_be(dashboard, alone):
    alone.serve(serving("10.9.0.1", "drives"))
    done = alone.discover(dashboard.home, "--subnet", "10.9.0.1/32")
    hosts, remarks = blocks(done.stdout)
    assert (done.returncode, remarks) == (0, [])
    assert list(hosts.values()) == [block("host-10-9-0-1", "10.9.0.1", *ONLY_DRIVES)]
