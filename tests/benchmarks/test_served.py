"""The pages of a long course from the real server, sixteen connections at once, beside the bare server."""

import os
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import make_pair
from house import House
from test_pages_cost import fill, pages_of

from companion.people.gate import COOKIE
from companion.people.models import Session

pytestmark = pytest.mark.benchmark

CONNECTIONS = 16
SECONDS = 3


def test_sixteen_connections_at_once(app, people, tmp_path, capsys):
    room = make_pair(people["anne"], people["birgitte"])
    pages = pages_of(room[0], fill(room, 40))
    tokens = {name: Session.start(people[name], "Test")[1] for name in ("anne", "birgitte")}
    (tmp_path / "bare").mkdir()
    bare = House(tmp_path / "bare", command=(sys.executable, Path(__file__).with_name("bare.py")))
    served = House(tmp_path)
    try:
        found = {"the bare server": crowd(bare, "/"), "a page without rows": crowd(served, "/promise")}
        found |= {name: crowd(served, path, tokens[reader]) for name, (reader, path) in pages.items()}
    finally:
        bare.close()
        served.close()
    with capsys.disabled():
        print(f"\n{CONNECTIONS} connections        requests/s   p50 ms   p99 ms   CPU ms a request")
        for name, (rate, p50, p99, cpu) in found.items():
            print(f"{name:22} {rate:11.0f} {p50:8.1f} {p99:8.1f} {cpu:10.2f}")
    floor = found["a page without rows"]
    for name in pages:
        # Nobody waits for long while others are served.
        assert found[name][2] < 20 * found[name][1], name
        assert floor[0] < {"progress": 60, "all of progress": 200}.get(name, 25) * found[name][0], name


def crowd(house, path, token=""):
    """(requests a second, median ms, 99th percentile ms, CPU ms a request) of one page."""
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nCookie: {COOKIE}={token}\r\n\r\n".encode()
    took, until = [], time.perf_counter() + SECONDS

    def ask_on():
        with socket.create_connection(("127.0.0.1", house.port), timeout=30) as connection:
            answers = connection.makefile("rb")
            while (begun := time.perf_counter()) < until:
                connection.sendall(asked)
                assert b" 200 " in answers.readline()
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                assert len(answers.read(length)) > 1000
                took.append(time.perf_counter() - begun)

    spent, begun = cpu(house), time.perf_counter()
    threads = [threading.Thread(target=ask_on) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(took) / (time.perf_counter() - begun)
    took.sort()
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    return rate, p50 * 1000, p99 * 1000, (cpu(house) - spent) / len(took) * 1000


def cpu(house):
    """Seconds of CPU its workers have spent."""
    ticks = 0
    for pid in house.workers():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
