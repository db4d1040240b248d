"""The command line: what it says when it cannot start, what it leaves behind, and that no request is cut off."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager
from time import monotonic, sleep

import pytest
from house import COMPANION, House, free_port

from companion import cli

WRONG = [
    ("COMPANION_OPERATOR", ""),
    ("COMPANION_OPERATOR", " x "),
    ("COMPANION_URL", "http://mentor.example.dk"),
    ("COMPANION_URL", "https://mentor.example.dk/companion"),
    ("COMPANION_URL", "mentor.example.dk"),
    ("COMPANION_BIND", "8000"),
    ("COMPANION_BIND", "127.0.0.1:0"),
    ("COMPANION_BIND", "127.0.0.1:65536"),
    ("COMPANION_PROXIES", "-1"),
    ("COMPANION_PROXIES", "many"),
    ("COMPANION_SIGNUP", "closed"),
    ("COMPANION_SMTP_URL", "mail.example.dk"),
    ("COMPANION_SMTP_URL", "smtp://mail.example.dk:0"),
    ("COMPANION_MAIL_FROM", "two words"),
    ("COMPANION_SECRET_KEY", "abc"),
]


@pytest.fixture
def environ(monkeypatch, tmp_path):
    """A sound environment to spoil."""
    for name in [name for name in os.environ if name.startswith("COMPANION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COMPANION_OPERATOR", "Vestby Kommune")
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path / "data"))
    return monkeypatch


@pytest.fixture
def house(tmp_path):
    """house(…) is a server that is gone when the test is."""
    houses = []

    def build(*arguments, **options):
        houses.append(House(tmp_path, *arguments, **options))
        return houses[-1]

    yield build
    for one in houses:
        one.close()


def companion(*arguments, **environ):
    """The command, run to its end."""
    command = [COMPANION, *arguments]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=30)


def one_sentence(stderr):
    return stderr.startswith("companion: ") and stderr.endswith(".\n") and stderr.count("\n") == 1


def test_without_an_operator_it_ends_with_one_sentence(tmp_path):
    ended = companion("serve", COMPANION_OPERATOR="", COMPANION_DATA=str(tmp_path / "data"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert one_sentence(ended.stderr)
    assert "COMPANION_OPERATOR" in ended.stderr


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_ends_with_one_sentence_naming_the_variable(name, value, environ, tmp_path, capsys):
    environ.setenv(name, value)
    assert cli.main(["serve"]) == 2
    said = capsys.readouterr()
    assert one_sentence(said.err)
    assert said.err.startswith(f"companion: {name} ")
    assert said.out == ""
    assert not (tmp_path / "data").exists()


def test_the_sentence_never_shows_a_password_or_a_key(environ, capsys):
    for name, value in (("COMPANION_SMTP_URL", "ftp://anne:hemmeligt@mail.dk"), ("COMPANION_SECRET_KEY", "hemmeligt")):
        environ.setenv(name, value)
        assert cli.main(["serve"]) == 2
        assert "hemmeligt" not in capsys.readouterr().err
        environ.delenv(name)


def test_a_data_folder_that_cannot_be_one_ends_with_one_sentence(environ, tmp_path, capsys):
    (tmp_path / "data").write_text("a file")
    assert cli.main(["serve"]) == 2
    assert re.match(r"companion: COMPANION_DATA is '.*/data': .+\.\n$", capsys.readouterr().err)


def test_where_somebody_listens_already_it_does_not_share_the_port(environ, tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        environ.setenv("COMPANION_BIND", f"127.0.0.1:{other.getsockname()[1]}")
        assert cli.main(["serve"]) == 2
    said = capsys.readouterr()
    assert one_sentence(said.err)
    assert said.err.startswith("companion: COMPANION_BIND ")
    assert said.out == ""


def test_a_secret_that_is_missing_while_there_are_people_keeps_the_door_shut(app, settings, anne, environ, capsys):
    environ.setenv("COMPANION_DATA", str(settings.data))
    environ.setenv("COMPANION_BIND", f"127.0.0.1:{free_port()}")
    secret = settings.data / "secret"
    kept = secret.read_bytes()
    for damage in (secret.unlink, lambda: secret.write_bytes(bytes(32)), lambda: secret.write_bytes(kept[:31])):
        damage()
        assert cli.main(["serve"]) == 2
        said = capsys.readouterr().err
        assert one_sentence(said.replace(". ", ", "))
        assert str(secret) in said
    assert secret.read_bytes() == kept[:31]


def test_what_is_sound_is_said_to_be(tmp_path):
    data = tmp_path / "data"
    checked = companion("check", COMPANION_OPERATOR="Vestby Kommune", COMPANION_DATA=str(data))
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "all well-formed" in checked.stdout
    assert str(data) in checked.stdout


def test_the_prompts_are_checked_without_a_configuration():
    checked = companion("check", "prompts", COMPANION_OPERATOR="")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert re.fullmatch(r"\d{3,} prompts, all well-formed\.\n", checked.stdout)


def test_only_the_printed_link_lets_somebody_sign_up_where_one_must_be_invited(house):
    house = house(COMPANION_SIGNUP="invited")
    printed = companion("invite", "anne@example.dk", **house.environ)
    assert (printed.returncode, printed.stderr) == (0, "")
    link = printed.stdout.strip()
    assert link.startswith(f"{house.url}/invitation/")
    token = link.rpartition("/")[2]
    typed = {"name": "Anne", "email": "anne@example.dk", "choice": "own", "own": "en lampe i november"}
    assert answer(house, "/sign-up") == 403
    assert answer(house, "/sign-up", typed) == 403
    assert answer(house, "/sign-up", typed | {"invitation": token[::-1]}) == 403
    assert people(house.database) == []
    assert answer(house, f"/sign-up?invitation={token}") == 200
    assert answer(house, "/sign-up", typed | {"invitation": token}) == 303
    assert people(house.database) == ["anne@example.dk"]


def test_an_address_that_is_none_gets_no_link(environ, capsys):
    assert cli.main(["invite", "anne"]) == 2
    said = capsys.readouterr()
    assert one_sentence(said.err)
    assert said.out == ""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_the_demo_lets_its_two_people_in_and_leaves_nothing_behind(house, tmp_path, stop):
    house = house("demo")
    shown = re.findall(r"^ {2}(?:\w+ )+ *(\S+@\S+) +(.+)$", house.said(), re.MULTILINE)
    assert [email for email, _phrase in shown] == ["anne@example.dk", "birgitte@example.dk"]
    for email, phrase in shown:
        assert answer(house, "/sign-in", {"email": email, "passphrase": phrase + "x"}) == 422
        assert answer(house, "/sign-in", {"email": email, "passphrase": phrase}) == 303
    (folder,) = tmp_path.glob("companion-demo-*")
    assert folder.stat().st_mode & 0o077 == 0
    assert people(folder / "companion.db") == ["anne@example.dk", "birgitte@example.dk"]
    assert house.stop(stop) == 0
    assert list(tmp_path.iterdir()) == [house.log]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_demo_that_is_stopped_while_it_is_made_leaves_nothing_behind(house, tmp_path, stop):
    house = house("demo", wait=False)
    until(lambda: list(tmp_path.glob("companion-demo-*/companion.db")))
    assert house.stop(stop) == 0
    assert list(tmp_path.iterdir()) == [house.log]


def test_two_that_start_at_once_on_one_folder_both_come_up(house):
    houses = [house(wait=False, log=f"log{n}") for n in range(3)]
    for one in houses:
        one.wait()
        assert answer(one, "/promise") == 200
    assert len({one.database for one in houses}) == 1
    with closing(sqlite3.connect(houses[0].database)) as db:
        assert db.execute("SELECT count(*) FROM secret_check").fetchone() == (1,)


def test_a_request_that_is_being_answered_is_finished_before_it_stops(house):
    house = house()
    typed = {"name": "Anne", "email": "anne@example.dk", "choice": "own", "own": "en lampe i november"}
    with closing(sqlite3.connect(house.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")  # whoever wants to write now waits
        with sent(house, "/sign-up", typed) as waiting:
            house.process.send_signal(signal.SIGTERM)
            until(lambda: not answers(house))
            db.execute("ROLLBACK")
            assert waiting.recv(20).startswith(b"HTTP/1.1 303")
    assert house.process.wait(20) == 0
    assert people(house.database) == ["anne@example.dk"]


# What stands in for the minute, and writes down where it ticks: in every process of the house alike.
QUICKLY = """
import os
from companion import clock

tick, clock.EVERY = clock.tick, 0.05

def noted(settings):
    failed = tick(settings)
    with open(os.environ["TICKS"], "a") as ticks:
        ticks.write(f"{os.getpid()} {failed}\\n")
    return failed

clock.tick = noted
"""


def ticks(path):
    """[(process, how many parts failed)] of every tick so far."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(map(int, line.split())) for line in lines]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_the_clock_ticks_in_the_parent_alone_and_stops_with_it(house, tmp_path, stop):
    (tmp_path / "quick").mkdir()
    (tmp_path / "quick" / "sitecustomize.py").write_text(QUICKLY)
    path = tmp_path / "ticks"
    house = house(PYTHONPATH=str(tmp_path / "quick"), TICKS=str(path))
    until(lambda: len(ticks(path)) > 5)
    assert {pid for pid, _failed in ticks(path)} == {house.process.pid}
    assert len(house.workers()) >= 2
    # What became due while it serves is done while it serves, with people at the door meanwhile.
    with closing(sqlite3.connect(house.database, isolation_level=None)) as db:
        db.execute("INSERT INTO pair (id, created_at, opened_at, epoch, ended_at, delete_on)"
                   " VALUES (zeroblob(16), '2020-01-01', '2020-01-01', 1, '2020-01-01', '2020-01-01')")  # fmt: skip
        until(lambda: not db.execute("SELECT count(*) FROM pair").fetchone()[0])
    for _ in range(20):
        assert answer(house, "/promise") == 200
    assert {failed for _pid, failed in ticks(path)} == {0}
    assert (house.folder / "data" / "tombstones").read_text().startswith("0" * 32)
    assert house.stop(stop) == 0
    stood = len(ticks(path))
    sleep(0.3)
    assert len(ticks(path)) == stood


def test_a_worker_that_is_replaced_does_not_tick_either(house, tmp_path):
    (tmp_path / "quick").mkdir()
    (tmp_path / "quick" / "sitecustomize.py").write_text(QUICKLY)
    path = tmp_path / "ticks"
    house = house(PYTHONPATH=str(tmp_path / "quick"), TICKS=str(path))
    before = set(house.workers())
    house.process.send_signal(signal.SIGHUP)
    until(lambda: before.isdisjoint(house.workers()) and len(house.workers()) >= 2)
    house.wait()
    seen = len(ticks(path))
    until(lambda: len(ticks(path)) > seen + 5)
    assert {pid for pid, _failed in ticks(path)} == {house.process.pid}
    assert house.stop() == 0


def test_the_clock_ticks_by_hand_too(house, tmp_path):
    environ = {"COMPANION_OPERATOR": "Vestby Kommune", "COMPANION_DATA": str(tmp_path / "data")}
    for _ in range(2):
        ticked = companion("tick", **environ)
        assert (ticked.returncode, ticked.stdout, ticked.stderr) == (0, "", "")


def answer(house, path, form=None):
    """The status of a GET, or of a POST of `form`."""
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(house.url + path, data, {"Sec-Fetch-Site": "same-origin"})
    try:
        with STRAIGHT.open(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


STRAIGHT = urllib.request.build_opener(_StayHere)


@contextmanager
def sent(house, path, form):
    """The socket of a request that the server has read in full and not yet answered."""
    body = urllib.parse.urlencode(form)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nSec-Fetch-Site: same-origin\r\n"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as s:
        s.sendall((head + kind + body).encode())
        until(lambda: unread(house.port, s.getsockname()[1]) == 0)
        yield s


def unread(port, other):
    """How many bytes from port `other` the server at `port` has not read yet; None before it has the connection."""
    with open("/proc/net/tcp") as connections:
        for fields in map(str.split, connections):
            if fields[1].endswith(f":{port:04X}") and fields[2].endswith(f":{other:04X}"):
                return int(fields[4].partition(":")[2], 16) if fields[9] != "0" else None
    return None


def answers(house):
    try:
        socket.create_connection(("127.0.0.1", house.port), timeout=1).close()
    except OSError:
        return False
    return True


def people(database):
    with closing(sqlite3.connect(database)) as db:
        return [email for (email,) in db.execute("SELECT email FROM person ORDER BY email")]


def until(true):
    deadline = monotonic() + 20
    while not true():
        assert monotonic() < deadline
        sleep(0.01)
