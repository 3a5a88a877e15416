"""What recording adds to a dashboard of five hosts over HTTP: two dashboards before the same hosts, one of which records."""

import statistics
import tempfile

from fleet import Run, build, serving
from measure import Program, cpu_time, memory

HOSTS = 5
REFRESH = 5
SIZE = (160, 50)
# Seconds after which nothing that is left of the start is counted, and seconds that are, which hold a tail.
SETTLED, WINDOW = 15, 65
# A folder that cannot be made, so that nothing is recorded.
NOWHERE = "/proc/nowhere"


def observe(binary, env, config, state):
    """Seconds of a processor in the window, and proportional and private bytes at its end, of the dashboard's own process."""
    program = Program([binary, "--config", config], env | {"XDG_STATE_HOME": state}, SIZE)
    try:
        program.drain_until(SETTLED)
        before = cpu_time([program.pid])
        program.drain_until(SETTLED + WINDOW)
        return cpu_time([program.pid]) - before, *memory([program.pid])
    finally:
        program.kill()


def measure(binary, env, say, turns):
    differences = []
    with tempfile.TemporaryDirectory(prefix="history.") as tools:
        build(tools)
        for _ in range(turns):
            with serving(tools, "--gzip") as server, tempfile.TemporaryDirectory() as state:
                config = server.configuration(HOSTS, REFRESH)
                runs = [Run(observe, str(binary), env, config, place) for place in (state, NOWHERE)]
                recording, silent = (run.result() for run in runs)
            differences.append([one - other for one, other in zip(recording, silent)])
    cpu, proportional, private = ([row[place] for row in differences] for place in range(3))
    share = statistics.median(cpu) / WINDOW * 100
    say(f"  {HOSTS} hosts over HTTP every {REFRESH} s, {turns} turns of {WINDOW} s, the median, with recording less without:")
    say(f"  processor: {judged(share, 0.1, '% of a core')}; each turn " + spread(cpu, 100 / WINDOW))
    say(f"  memory, proportional: {judged(statistics.median(proportional) / 1e6, 3, 'MB')}; each turn {spread(proportional, 1e-6)}; "
        f"private {statistics.median(private) / 1e6:.2f} MB")  # fmt: skip


def spread(values, scale):
    return " ".join(f"{value * scale:.3f}" for value in values)


def judged(value, reach, unit):
    return f"{value:.2f} {unit} (reach: {reach:g} {unit}: {'met' if value <= reach else 'MISSED'})"
