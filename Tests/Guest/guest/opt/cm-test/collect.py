#!/usr/bin/python3
"""Runs in the guest: makes the backups, runs cm-dashboard, takes the truth beside it, and sends all of it to the host.

Every answer is one line of JSON on a port of its own, sent when it is known, so a guest that dies has told what it knew.
Nothing is judged here: that is test_guest.py's work, on the host.
"""
import fcntl
import glob
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

DASHBOARD = "/opt/cm/bin/cm-dashboard"
LAYOUT = "/opt/cm-test/guest.layout"
SNAPSHOT = [DASHBOARD, "snapshot", "--layout", LAYOUT, "--size", "160x50", "--format"]
VISITOR = ["/usr/sbin/runuser", "-u", "visitor", "--"]
STORAGE = [DASHBOARD, "snapshot", "--layout", "/opt/cm-test/storage.layout", "--size", "100x40", "--format"]
CONTAINER = [DASHBOARD, "snapshot", "--layout", "/opt/cm-test/container.layout", "--size", "80x24", "--format"]
BOX = ["/bin/sh", "/opt/cm-test/box.sh"]
RESTIC = ["restic", "-r", "/srv/data/restic", "-p", "/etc/cmtest/restic.pass", "--no-lock"]
BORG = {"BORG_REPO": "/srv/data/borg", "BORG_PASSCOMMAND": "cat /etc/cmtest/borg.pass"}

port = open("/dev/virtio-ports/org.cmtest.answers", "w", buffering=1)
started = time.monotonic()


def send(name, **answer):
    print(f"cmtest {time.monotonic() - started:5.1f} s: {name}", flush=True)
    port.write(json.dumps({"name": name, **answer}) + "\n")


def run(name, argv, limit=30, env=None):
    """Runs a command and sends what it said; a command that hangs or is missing is an answer too."""
    taken = time.time()
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})})
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        code, out, err = None, late.stdout or b"", (late.stderr or b"") + f"\nno end after {limit} s".encode()
    except OSError as missing:
        code, out, err = 127, b"", str(missing).encode()
    shown = out.decode(errors="replace")
    send(name, argv=argv, taken=taken, seconds=round(time.time() - taken, 2), code=code, out=shown, err=err.decode(errors="replace"))
    return code, shown


def snapshot(name, argv, ticks=3, unsettled="waiting for smartctl", env=None):
    """A picture in which the programs that it asks have answered, however slow this machine is today."""
    while True:
        code, shown = run(name, [*argv, "--ticks", str(ticks)], 90, env)
        if code != 0 or ticks > 20 or not re.search(unsettled, shown):
            return
        ticks *= 2


def libraries():
    """What the dynamic linker says about every binary that is shipped."""
    found = {}
    for path in sorted(glob.glob("/opt/cm/**", recursive=True)):
        if os.path.isfile(path) and open(path, "rb").read(4) == b"\x7fELF":
            done = subprocess.run(["ldd", path], capture_output=True, text=True)
            found[path] = done.stdout + done.stderr
    send("libraries", found=found)


def truth(when):
    """The machine as its own tools tell it; taken before and after a snapshot, so that moving values have two bounds."""
    for name, path in [("meminfo", "/proc/meminfo"), ("zram", "/sys/block/zram0/mm_stat"), ("dirty_ratio", "/proc/sys/vm/dirty_ratio"),
                       ("uptime", "/proc/uptime"), ("loadavg", "/proc/loadavg")]:
        send(f"{name} {when}", taken=time.time(), out=open(path).read())
    run(f"df {when}", ["df", "-B1", "--output=source,size,used,avail,target", "/", "/srv/data", "/srv/scratch"])
    run(f"units {when}", ["systemctl", "show", "cmtest-*.service", "--all", "-p", "Id,ActiveState,SubState,Result,MemoryCurrent,MemoryMax,ExecMainStatus,NRestarts"])


def storage(when):
    """Every file system and array as its own tool tells of it."""
    mounts = open("/run/cmtest/storage").read().split()
    run(f"storage df {when}", ["df", "-B1", "--output=source,size,used,avail,target", *mounts])
    run(f"btrfs usage {when}", ["btrfs", "filesystem", "usage", "-b", "/srv/btrfs"])
    run(f"btrfs qgroup {when}", ["btrfs", "qgroup", "show", "-r", "--raw", "/srv/limited"])


def descendants(pid):
    try:
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    except (FileNotFoundError, ProcessLookupError):
        # The programs that a plugin starts come and go.
        return []
    return [pid] + [below for child in children for below in descendants(int(child))]


def memory(pid):
    """Proportional share of every process below `pid`, in bytes."""
    shares = {}
    for each in descendants(pid):
        try:
            name = open(f"/proc/{each}/comm").read().strip()
            lines = open(f"/proc/{each}/smaps_rollup").read().splitlines()
            shares[f"{name} {each}"] = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass  # It ended while we looked.
    return shares


def terminal():
    """Runs the dashboard on a real terminal of 80x24 for a while, presses q, and sees what is left of the terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(slave)
    child = subprocess.Popen([DASHBOARD, "--layout", LAYOUT], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
    output, shares, peak = b"", {}, 0
    begun = time.monotonic()
    pressed = first_picture = None
    while child.poll() is None and time.monotonic() - begun < 45:
        if select.select([master], [], [], 0.2)[0]:
            output += os.read(master, 65536)
        if first_picture is None and b"zram0" in output:
            first_picture = round(time.monotonic() - begun, 2)
        after = time.monotonic() - begun
        if pressed is None and after > 8:
            shares = memory(child.pid)
            peak = max(peak, sum(shares.values()))
            # The programs that it asks at its start come and go; what stays is to be told.
            if all(name.startswith("cm-") for name in shares) or after > 35:
                os.write(master, b"q")
                pressed = time.monotonic()
    quit_after = None if pressed is None or child.poll() is None else round(time.monotonic() - pressed, 2)
    if child.poll() is None:
        child.kill()
        child.wait()
    while select.select([master], [], [], 0.2)[0]:
        output += os.read(master, 65536)
    send("terminal", code=child.returncode, first_picture=first_picture, quit_after=quit_after, restored=termios.tcgetattr(slave) == before,
         memory=shares, peak=peak, out=output.decode(errors="replace"))


libraries()
run("restic init", RESTIC[:-1] + ["init"], 60)
run("borg init", ["borg", "init", "--encryption=repokey"], 60, BORG)
for unit in ["cmtest-restic.service", "cmtest-restic.service", "cmtest-borg.service"]:
    run(f"start {unit}", ["systemctl", "start", unit], 60)

for drive in ["nvme0", "nvme1"]:
    run(f"smartctl {drive}", ["smartctl", "-j", "-a", f"/dev/{drive}"])
run("lsblk", ["lsblk", "--json", "--bytes", "-o", "NAME,SERIAL,SIZE,MOUNTPOINT"])
run("state", ["du", "--bytes", "--summarize", "/var/lib/cmtest-web"])
run("restic snapshots", RESTIC + ["snapshots", "--json"])
begun = time.monotonic()
run("borg list", ["borg", "list", "--json"], 60, BORG)
# borg is the slowest of all, the more so beside restic; a tick is two seconds.
patience = 4 + int((time.monotonic() - begun) * 0.8)
run("cpuinfo", ["cat", "/proc/cpuinfo"])
run("timers", ["systemctl", "show", "cmtest-restic.timer", "cmtest-borg.timer", "-p", "Id,NextElapseUSecRealtime"])

truth("before")
snapshot("text", SNAPSHOT + ["text"], patience, "asking…")
snapshot("json", SNAPSHOT + ["json"], patience, '"asking"')
truth("after")
run("mdadm", ["mdadm", "--detail", "--export", "/dev/md0"])
run("mdstat", ["cat", "/proc/mdstat"])
run("kinds", ["findmnt", "--raw", "--noheadings", "--output", "TARGET,FSTYPE,SOURCE"])
storage("before")
run("storage json", [*STORAGE, "json", "--ticks", "1"], 60)
storage("after")
run("storage text", [*STORAGE, "text", "--ticks", "1"], 60)
run("box group", [*BOX, "sh", "-c", "cd /sys/fs/cgroup; cat memory.max cpu.max memory.current; cat /proc/meminfo"])
run("box json", [*BOX, *CONTAINER, "json", "--ticks", "2"], 60)
run("box text", [*BOX, *CONTAINER, "text", "--ticks", "2"], 60)
snapshot("small", SNAPSHOT + ["text", "--size", "80x24"])
snapshot("zoom", SNAPSHOT + ["text", "--zoom"])
# PATH as an ordinary user's: the folders of smartctl and the like are not in it.
snapshot("visitor", VISITOR + SNAPSHOT + ["text"], env={"HOME": "/home/visitor", "PATH": "/usr/local/bin:/usr/bin:/bin"})
run("missing layout", [DASHBOARD, "--layout", "/opt/cm-test/no-such.layout"])
terminal()

# The net for crashes must be known to catch one.
subprocess.run(["sh", "-c", "printf control >/proc/$$/comm; kill -ABRT $$"], stderr=subprocess.DEVNULL)
time.sleep(0.5)
run("crashes", ["cat", "/run/cmtest/crashes"])
run("journal", ["journalctl", "-b", "--no-pager", "-o", "short-monotonic"])
send("end")
port.close()
