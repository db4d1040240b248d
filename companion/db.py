"""The one database: where it lies, what every model shares, and what time it is."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from operator import attrgetter
from time import sleep
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

# So many shapes of query are remembered; the house asks about a hundred.
SHAPES = 1000
# What a query may have besides, and none here has: such a one is written out each time.
BESIDES = attrgetter("_group_by", "_having", "_windows", "_distinct", "_simple_distinct", "_for_update", "_lateral",
                     "_cte_list", "_alias")  # fmt: skip


class Database(PooledSqliteDatabase):
    """To write a query out in SQL takes ten times as long as to ask it: queries of one shape share what is written.

    A shape is all of a query on one table but its values. Any other query is written out each time.
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.written = {}

    def execute(self, query, **options):
        values = []
        shape = None if options else shape_of(query, values)
        if written := self.written.get(shape):
            return self.execute_sql(written, values)
        sql, in_order = self.get_sql_context(**options).sql(query).query()
        # Kept only when the values are known to stand in the same order.
        if shape and values == in_order and len(self.written) < SHAPES:
            self.written[shape] = sql
        return self.execute_sql(sql, in_order)


class Select(peewee.ModelSelect):
    """An ordinary query; what it asks for of one table, rows or tuples, is made without looking up each column."""

    # What makes a row of its columns, where it is not the model alone.
    made = None

    def clone(self):
        if self._joins:
            return super().clone()
        # What peewee does in five steps, in one: each `where` and `order_by` is a clone.
        one = object.__new__(type(self))
        one.__dict__ = self.__dict__ | {"_cursor_wrapper": None, "_joins": {}, "_from_list": list(self._from_list)}
        one._update_hash()
        return one

    def _get_cursor_wrapper(self, cursor):
        if not self._joins and self._is_default and self._row_type is None:
            made = self.made or self.model.made
            return Made(cursor, [made(columns) for columns in cursor])
        if not self._joins and self._row_type == peewee.ROW.TUPLE and all(map(_is_plain, self._returning)):
            return Made(cursor, _tuples(cursor, map(_reader, self._returning)))
        return super()._get_cursor_wrapper(cursor)


class Made(peewee.CursorWrapper):
    """All `rows` that were made of what a cursor brought."""

    def __init__(self, cursor, rows):
        super().__init__(cursor)
        self.row_cache = rows
        self.count, self.populated = len(self.row_cache), True

    def iterator(self):
        return iter(self.row_cache)


def shape_of(query, values):
    """What the SQL of `query` depends on, or None where that is not so simple; its values are added to `values`."""
    if type(query) is not Select or query._joins:
        return None
    if [one for one in BESIDES(query) if one is not None]:
        return None
    try:
        return (
            query.model,
            None if query._is_default else _shape(query._returning, values),
            _shape(query._where, values),
            _shape(query._order_by, values),
            _shape(query._limit, values),
            _shape(query._offset, values),
        )
    except NotImplementedError:
        return None


def _shape(node, values, convert=None):
    kind = type(node)
    if node is None:
        return None
    if kind is peewee.Expression:
        lhs = node.lhs
        if isinstance(lhs, peewee.Field):
            return node.op, node.flat, lhs.model, lhs.name, _shape(node.rhs, values, lhs.db_value)
        return node.op, node.flat, _shape(lhs, values), _shape(node.rhs, values)
    if isinstance(node, peewee.Field):
        return node.model, node.name
    if kind is peewee.Ordering:
        return node.direction, node.collation, node.nulls, _shape(node.node, values)
    if kind in (list, tuple, set):
        return tuple([_shape(one, values, convert) for one in node])
    if kind is peewee.Function and not (node._filter or node._order_by):
        return node.name, _shape(node.arguments, values)
    if isinstance(node, peewee.Node) and not isinstance(node, peewee.Model):
        raise NotImplementedError
    values.append(convert(node) if convert else node)
    return "?"


db = Database(
    None,
    pragmas=PRAGMAS,
    # Writers queue at the door instead of failing half-way.
    lock_type="IMMEDIATE",
    max_connections=32,
    timeout=10,
    check_same_thread=False,
)


# What SQLite gives back as it was given, and a comparison of any of them.
AS_THEY_ARE = (peewee.IntegerField, peewee.BlobField, peewee.CharField, peewee.TextField, peewee.Expression)


class IdField(peewee.BlobField):
    """A random 16-byte id, made before the row is sealed and never told by the order of anything."""

    def db_value(self, value):
        return super().db_value(value.bytes if isinstance(value, UUID) else value)

    def python_value(self, value):
        return _uuid(bytes(value)) if value is not None else None


@lru_cache(maxsize=10_000)
def _uuid(raw):
    # The rows of a room name the same pair, people and meetings again and again.
    return UUID(bytes=raw)


class Model(peewee.Model):
    id = IdField(primary_key=True, default=uuid4)

    class Meta:
        database = db
        legacy_table_names = False
        # Two people changing two things must not undo each other.
        only_save_dirty = True

    @classmethod
    def select(cls, *fields):
        return Select(cls, fields, is_default=False) if fields else _everything(cls).clone()

    @classmethod
    def made(cls, columns):
        """An instance from its columns in the database, in their order."""
        one = cls(__no_default__=1)
        one.__data__ = {
            name: value if read is None or value is None else read(value)
            for (name, read), value in zip(_readers(cls), columns, strict=True)
        }
        return one


@cache
def _readers(model):
    """[(name, what makes a value of what stands in the database, or None)] of the columns, in their order."""
    return [(field.name, _reader(field)) for field in model._meta.sorted_fields]


def _reader(field):
    """What makes a value of what SQLite gives back for `field`, or None where that is the value already."""
    if isinstance(field, peewee.ForeignKeyField):
        return _reader(field.rel_field)
    if isinstance(field, IdField):
        return _uuid
    if isinstance(field, peewee.DateTimeField):
        return datetime.fromisoformat
    return None if isinstance(field, AS_THEY_ARE) else field.python_value


def _is_plain(column):
    """Whether it is a column, or a comparison, rather than a function or something under another name."""
    return isinstance(column, peewee.Field) or type(column) is peewee.Expression


def _tuples(rows, readers):
    # Column by column: most of them stay as they are.
    columns = [
        values if read is None else [None if value is None else read(value) for value in values]
        for read, values in zip(readers, zip(*rows, strict=True), strict=False)
    ]
    return list(zip(*columns, strict=True))


@cache
def _everything(model):
    return Select(model, model._meta.sorted_fields, is_default=True)


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


def write_back(tries=5):
    """Empty the write-ahead log into the database, so that what was deleted is in neither; whether it could be done.

    While somebody reads what was before, it cannot: each try waits as long for them as SQLite is told to.
    """
    for _try in range(tries):
        busy, _frames, _done = db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        sleep(0.1)
    return False


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
