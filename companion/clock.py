"""The clock: what is due by a date that stands in clear, done without anybody's key.

Every part is safe to do twice, by two at once too, and one that fails keeps nobody else waiting.
"""

import logging
import os
from contextlib import contextmanager
from functools import partial
from threading import Event, Lock, Thread

from companion import db
from companion.pairs.models import Pair
from companion.pairs.rows import forget_retired
from companion.people.attempts import Attempt
from companion.people.models import RestartLink, Session

EVERY = 60
STOP_WITHIN = 10

log = logging.getLogger(__name__)
# Held while it ticks: nobody forks off a worker meanwhile, which would then share a file of the database.
_ticking = Lock()
os.register_at_fork(before=_ticking.acquire, after_in_parent=_ticking.release, after_in_child=_ticking.release)


def tick(settings):
    """Do all that is due in the database of `settings` by now; how many parts of it failed."""
    db.connect(settings.database)
    db.open_connection()
    try:
        failed = [part for part in _parts() if not _done(*part)]
    finally:
        db.close_connection()
        db.db.close_all()
    return len(failed)


def _parts():
    yield from ((f"deleting a room ({one.hex})", partial(Pair.delete_for_good, one)) for one in Pair.due_to_go())
    yield "forgetting who started anew", forget_retired
    yield "forgetting sessions", Session.forget_old
    yield "forgetting tries", Attempt.forget_old
    yield "forgetting links", RestartLink.forget_old
    # Last, when all that goes is gone.
    yield "emptying the log of the database", _write_back


def _done(what, verb):
    try:
        verb()
    except Exception as problem:
        # Its kind alone: what an error says may hold what was in a row.
        log.error("The clock could not finish %s: %s.", what, type(problem).__name__)
        return False
    return True


def _write_back():
    if not db.write_back():
        raise TimeoutError


@contextmanager
def running(settings):
    """Tick once a minute, in a thread of this process, while what is inside goes on."""
    stopped = Event()
    thread = Thread(target=_run, args=(settings, stopped), name="clock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(STOP_WITHIN)


def _run(settings, stopped):
    while not stopped.wait(EVERY):
        with _ticking:
            try:
                tick(settings)
            except Exception as problem:
                log.error("The clock could not tick: %s.", type(problem).__name__)
