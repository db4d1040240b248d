"""The command line: serve, demo, check, invite, tick."""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playhouse import migrations

from companion import clock, config, db, secret, tombstones
from companion.config import Misconfigured
from companion.erasure import models as erasure
from companion.errors import Invalid
from companion.pairs.models import Invitation, Pair
from companion.paths import data_dir
from companion.people.models import Person
from companion.prompts.models import Malformed, library
from companion.prompts.review import review

WORKERS, THREADS = 2, 16
STOP_WITHIN = 10


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="companion", description="A closed room for a mentor and a mentee.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve an instance configured by COMPANION_… in the environment")
    commands.add_parser("demo", help="serve a throw-away room with two people in it")
    check = commands.add_parser("check", help="check the configuration, or only the prompts")
    check.add_argument("what", nargs="?", choices=["prompts"])
    invite = commands.add_parser("invite", help="print the link with which ADDRESS may sign up")
    invite.add_argument("address")
    commands.add_parser("tick", help="do what is due by now, as serve does once a minute")
    given = parser.parse_args(arguments)
    try:
        does = {"serve": serve, "demo": demo, "check": run_check, "invite": print_link, "tick": run_clock}
        return does[given.command](given)
    except (Misconfigured, Malformed, Invalid) as problem:
        print(f"companion: {problem}", file=sys.stderr)
        return 2


def serve(given):
    settings = config.read()
    alone_at(*settings.bind)
    prepare(settings)
    clock.tick(settings)
    print(f"Companion is on {settings.url}, run by {settings.operator}.", flush=True)
    run(settings)
    return 0


def demo(given):
    """A folder of its own under $TMPDIR, gone when it stops."""
    from companion import demo as story

    port = os.environ.get("PORT", "8000")
    # Also while the story is being told: what asks politely leaves nothing behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="companion-demo-"))
    try:
        os.environ.update(
            COMPANION_DATA=str(folder),
            COMPANION_BIND=f"127.0.0.1:{port}",
            COMPANION_URL=f"http://127.0.0.1:{port}",
        )
        os.environ.setdefault("COMPANION_OPERATOR", "HR-fællesskabet i Vestby Kommune (demo)")
        settings = config.read()
        alone_at(*settings.bind)
        prepare(settings)
        people = story.tell()
        db.db.close_all()
        print(f"\n  Companion, demo: {settings.url}\n")
        for person, passphrase in people:
            print(f"  {person.name:15} {person.email:20} {passphrase}")
        print("\n  Everything here is gone when you press Ctrl-C.\n", flush=True)
        run(settings)
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def run_check(given):
    if given.what == "prompts":
        return check_prompts()
    print(f"{len(library().prompts)} prompts, all well-formed.")
    settings = config.read()
    prepare(settings)
    print(f"The configuration is sound: {settings.url}, data in {settings.data}.")
    return 0


def check_prompts():
    """Say everything there is to mend in the prompts, a line each."""
    number, said = review(data_dir("prompts"))
    print("\n".join(said) if said else f"{number} prompts, all well-formed.")
    return 1 if said else 0


def print_link(given):
    settings = config.read()
    prepare(settings)
    _invitation, token = Invitation.to_house(given.address)
    print(f"{settings.url}/invitation/{token}")
    return 0


def run_clock(given):
    settings = config.read()
    prepare(settings)
    return 1 if clock.tick(settings) else 0


def prepare(settings):
    """What must be in place before any worker starts: prompts, folder, tables, secret. One process at a time."""
    library()
    os.umask(0o077)
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"COMPANION_DATA is {str(settings.data)!r}: {error.strerror}.") from None
    with alone(settings.data):
        db.connect(settings.database)
        db.open_connection()
        migrations.run(db.db, directory=str(Path(__file__).parent / "migrations"))
        if not Person.select().exists():
            secret.make(settings)
        secret.check(settings)
        bury_again()


def bury_again():
    """What had been deleted for good and came back with a backup goes again."""
    buried = tombstones.buried()
    if not buried:
        return
    pairs = buried & {id for (id,) in Pair.select(Pair.id).tuples()}
    people = [person for person in Person.select() if person.id in buried]
    if pairs or people:
        Pair.delete_for_good(*pairs)
        for person in people:
            erasure.forget(person)
        db.write_back()


def alone_at(host, port):
    """Raise Misconfigured when somebody listens there already: the server would share the port and say nothing."""
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Misconfigured(f"COMPANION_BIND is {f'{host}:{port}'!r}: {error.strerror}.") from None


@contextmanager
def alone(folder):
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(settings):
    """Serve until told to stop; requests that are being answered are finished first."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    host, port = settings.bind
    server = Granian(
        "companion:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
        log_access=False,
        workers_kill_timeout=STOP_WITHIN,
    )
    with clock.running(settings):
        server.serve()
