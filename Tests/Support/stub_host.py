"""A host that serves the three APIs on a loopback address, and can misbehave in every way that a network knows.

    with StubHost("127.0.0.9", {6128: good(SERVICES)}) as host:
        ...
        host.requests[6128][0].headers["accept-encoding"]

A behaviour is a function of one connection's socket and the request that came over it. It answers, and returns whether
the connection stays open.
"""

import gzip
import json
import os
import socket
import struct
import threading
import time
from contextlib import suppress
from hashlib import sha1
from typing import NamedTuple

DRIVES = {
    "status": "ok",
    "drives": [{"name": "nvme0n1", "temperature_c": 56.0, "wear_level": 4.0, "power_on_hours": 11419,
                "available_spare": 100.0, "capacity_gb": 500.1, "used_gb": 123.4, "description": ["Samsung SSD 970"]}],
    "summary": {"healthy": 1, "warning": 0, "critical": 0, "capacity_total_gb": 500.1, "capacity_used_gb": 123.4},
    "issues": [],
    "timestamp": 1760216356,
}  # fmt: skip

NAMES = ["gitea", "immich", "vaultwarden", "unifi", "smart-metrics-api", "service-metrics-api", "backup-metrics-api",
         "wordpress-m2"]  # fmt: skip

SERVICES = {
    "summary": {"healthy": 8, "degraded": 0, "failed": 0, "memory_used_mb": 1830.5, "memory_quota_mb": 11264.0,
                "system_memory_used_mb": 2460.2, "system_memory_total_mb": 7782.0, "disk_used_gb": 62.0,
                "disk_total_gb": 480.0, "cpu_load_1": 0.42, "cpu_load_5": 0.38, "cpu_load_15": 0.31,
                "cpu_freq_mhz": 2400.0, "cpu_temp_c": 51.0, "gpu_load_percent": None, "gpu_temp_c": None},
    "services": [{"name": name, "status": "running", "memory_used_mb": 45.0 + 61.3 * place, "memory_quota_mb": 4096.0,
                  "cpu_percent": 1.2 + 0.3 * place, "disk_used_gb": 0.5 + 2.25 * place, "disk_quota_gb": 100.0,
                  "description": [f"{place + 3} active connections"]} for place, name in enumerate(NAMES)],
    "timestamp": 1760216356,
}  # fmt: skip

BACKUPS = {
    "overall_status": "healthy",
    "backup": {"last_success": "2025-10-11T04:00:12Z", "last_failure": None, "size_gb": 15.2, "snapshot_count": 42},
    "service": {"enabled": True, "pending_jobs": 0, "last_message": "snapshot a1b2c3d4 saved"},
    "timestamp": 1760216356,
}


def loopback(network, number):
    """An address of the loopback network; tests that run at the same time in other workers of pytest-xdist get others."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return f"127.{int(worker) + 1 if worker else 0}.{network}.{number}"


class Request(NamedTuple):
    path: str
    headers: dict
    connection: int  # which one of its port's, counted from 1
    size: int  # bytes


def answer(status, headers, body=b""):
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# Behaviours


def good(document, compressed=True, conditional=True, stays=True, now=lambda: None):
    """
    A well-behaved server; with `now` the document's timestamp is that of the answer. A document that is a function is
    asked for each answer anew.
    """

    def behave(connection, request):
        moment = now()
        whole = document() if callable(document) else document
        body = json.dumps(whole | ({} if moment is None else {"timestamp": moment})).encode()
        tag = f'"{sha1(body).hexdigest()[:16]}"'
        headers = {"Content-Type": "application/json", "Content-Length": 0}
        if conditional:
            headers["ETag"] = tag
        if conditional and request.headers.get("if-none-match") == tag:
            del headers["Content-Length"]
            connection.sendall(answer("304 Not Modified", headers))
            return stays
        if compressed and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        if not stays:
            headers["Connection"] = "close"
        headers["Content-Length"] = len(body)
        connection.sendall(answer("200 OK", headers, body))
        return stays

    return behave


def says(*parts, pause=0.0, ending="close", after=0.0):
    """Sends bytes with pauses between; then closes, resets, is silent, or stays ready for another request."""

    def behave(connection, request):
        for place, part in enumerate(parts):
            if place:
                time.sleep(pause)
            connection.sendall(part)
        time.sleep(after)
        if ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if ending == "silent":
            connection.settimeout(30)
            while connection.recv(4096):
                pass
        return ending == "stay"

    return behave


def forever(head, part, pause=0.0):
    """Sends a part without end."""

    def behave(connection, request):
        connection.sendall(head)
        while True:
            connection.sendall(part)
            time.sleep(pause)

    return behave


def bomb(size):
    """A small answer that unpacks to `size` bytes of nothing."""
    body = gzip.compress(b"\0" * size)
    return says(answer("200 OK", {"Content-Encoding": "gzip", "Content-Length": len(body)}, body), ending="stay")


def in_turn(*behaviours):
    """The first for the first request, and so on; the last for all that follow."""
    count = iter(range(1 << 30))

    def behave(connection, request):
        return behaviours[min(next(count), len(behaviours) - 1)](connection, request)

    return behave


class StubHost:
    """Ports with their behaviour, each connection in a thread of its own."""

    def __init__(self, address, ports):
        self.address = address
        self.ports = dict(ports)
        self.requests = {port: [] for port in ports}
        self.arrivals = {port: [] for port in ports}
        self.connections = dict.fromkeys(ports, 0)
        self.bytes_out = dict.fromkeys(ports, 0)
        self._listeners = {}
        self._queues = {}
        self._open = {port: set() for port in ports}
        self._lock = threading.Lock()

    def __enter__(self):
        for port in self.ports:
            self.open(port)
        return self

    def __exit__(self, *_):
        for port in list(self._listeners):
            self.close(port)
        for port in list(self._queues):
            self.free(port)

    def url(self, port, path="/"):
        return f"http://{self.address}:{port}{path}"

    def open(self, port):
        listener = self._listen(port, 256)
        self._listeners[port] = listener
        threading.Thread(target=self._accept, args=(port, listener), daemon=True).start()

    def _listen(self, port, backlog):
        listener = socket.socket(self._family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # With the zone of a link-local address.
        listener.bind(socket.getaddrinfo(self.address, port, self._family, socket.SOCK_STREAM)[0][4])
        listener.listen(backlog)
        return listener

    @property
    def _family(self):
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def close(self, port):
        """Nothing listens any more, and every connection is gone."""
        listener = self._listeners.pop(port)
        # A thread that is in accept() keeps the socket open until it returns.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with self._lock:
            for connection in self._open[port]:
                # It may have been reset, or be about to end.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def jam(self, port):
        """A listener whose queue is full is as silent as a machine that is off, or behind a firewall that drops."""
        self.close(port)
        self._queues[port] = [self._listen(port, 0), *(socket.socket(self._family) for _ in range(4))]
        for one in self._queues[port][1:]:
            one.setblocking(False)
            one.connect_ex((self.address, port))

    def free(self, port):
        for one in self._queues.pop(port):
            one.close()

    def _accept(self, port, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections[port] += 1
            number = self.connections[port]
            threading.Thread(target=self._serve, args=(port, connection, number), daemon=True).start()

    def _serve(self, port, connection, number):
        counted = _Counted(connection, lambda count: self._count(port, count))
        with self._lock:
            self._open[port].add(connection)
        try:
            rest = b""
            while True:
                request, rest = self._read(connection, rest, number)
                if request is None:
                    return
                self.arrivals[port].append(time.monotonic())
                self.requests[port].append(request)
                if not self.ports[port](counted, request):
                    return
        except OSError:
            pass
        finally:
            with self._lock:
                self._open[port].discard(connection)
            connection.close()

    def _count(self, port, count):
        self.bytes_out[port] += count

    @staticmethod
    def _read(connection, data, number):
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Request(first.split()[1], headers, number, len(head) + 4), rest


class _Counted:
    """A socket whose sent bytes are counted."""

    def __init__(self, connection, count):
        self._connection = connection
        self._count_bytes = count

    def sendall(self, data):
        # Before, since whoever gets them may look at once.
        self._count_bytes(len(data))
        self._connection.sendall(data)

    def __getattr__(self, name):
        return getattr(self._connection, name)
