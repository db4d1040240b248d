"""The one database: where it lies, what every model shares, and what time it is."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import peewee
from playhouse.pool import PooledSqliteDatabase

PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    # "Saved" must be true through a power cut.
    "synchronous": 2,
    # What is deleted is overwritten, so that a key which is gone is gone.
    "secure_delete": 1,
    "busy_timeout": 5000,
    # A sort must not put anything into a file outside the data folder.
    "temp_store": 2,
}

db = PooledSqliteDatabase(
    None,
    pragmas=PRAGMAS,
    # Writers queue at the door instead of failing half-way.
    lock_type="IMMEDIATE",
    max_connections=32,
    timeout=10,
    check_same_thread=False,
)


class IdField(peewee.BlobField):
    """A random 16-byte id, made before the row is sealed and never told by the order of anything."""

    def db_value(self, value):
        return super().db_value(value.bytes if isinstance(value, UUID) else value)

    def python_value(self, value):
        return UUID(bytes=bytes(value)) if value is not None else None


class Model(peewee.Model):
    id = IdField(primary_key=True, default=uuid4)

    class Meta:
        database = db
        legacy_table_names = False
        # Two people changing two things must not undo each other.
        only_save_dirty = True


def init_app(app):
    connect(app.config["COMPANION"].database)
    app.before_request(open_connection)
    app.teardown_request(close_connection)


def connect(path):
    """Take the database file at `path` into use, and let go of any other."""
    if db.database:
        db.close_all()
    db.init(str(path))


def open_connection():
    db.connect(reuse_if_open=True)


def close_connection(error=None):
    if not db.is_closed():
        db.close()


_moment = ContextVar("moment", default=None)
_TICK = timedelta(microseconds=1)


def now():
    """The time in UTC, without a time zone, as every column keeps it."""
    if (stood := _moment.get()) is None:
        return datetime.now(UTC).replace(tzinfo=None)
    stood[0] += _TICK
    return stood[0]


@contextmanager
def at(moment):
    """Do what is inside as if it were `moment` (naive UTC); what comes after is still later than what came before."""
    token = _moment.set([moment])
    try:
        yield
    finally:
        _moment.reset(token)
