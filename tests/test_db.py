"""Queries of one shape share their SQL: what is asked is what peewee itself would write, each time."""

from itertools import combinations

import peewee
import pytest
from attacks.world import address, furnish, ids_of, routes
from conftest import plan_meeting

from companion.db import Database, db, shape_of
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import Pair
from companion.people.models import Person


@pytest.fixture
def compared(monkeypatch):
    """{SQL: how many times} of every query asked from now on, each held against what peewee writes."""
    counted, asked, execute = {}, [], Database.execute
    monkeypatch.setattr(db, "query_hooks", [asked.append])

    def compare(self, query, **options):
        cursor = execute(self, query, **options)
        sql, values = self.get_sql_context(**options).sql(query).query()
        assert (asked[-1].sql, asked[-1].params) == (sql, values)
        counted[sql] = counted.get(sql, 0) + 1
        return cursor

    monkeypatch.setattr(Database, "execute", compare)
    return counted


def test_every_query_of_every_page_is_as_peewee_writes_it(app, room, browse, compared):
    furnish(*room)
    for pair in room:
        client = browse(pair.person)
        for _time in range(2):
            for rule in routes(app, "GET"):
                assert client.get(address(rule, ids_of(pair))).status_code < 500
    assert len(compared) > 50
    assert max(compared.values()) > 50


def queries(pair):
    meeting = Meeting.of(pair)
    held = Meeting.held_at.is_null(False)
    yield from (meeting, meeting.limit(1), meeting.limit(1).offset(2), meeting.where(held), meeting.where(~held))
    yield from (meeting.order_by(Meeting.starts_at), meeting.order_by(Meeting.starts_at.desc()))
    yield from (meeting.where(Meeting.id.in_([])), meeting.where(Meeting.id.not_in([])))
    yield from (meeting.where(Meeting.id.in_([pair.id] * n)) for n in (1, 2))
    yield from (meeting.where((Meeting.step == 1) & held | held), meeting.where((Meeting.step == 1) & (held | held)))
    yield from (meeting.where(Meeting.step == 1), meeting.where(Meeting.step >= 1), meeting.where(Meeting.minutes == 1))
    yield from (meeting.where(Meeting.step == Meeting.minutes), meeting.where(Meeting.minutes == Meeting.step))
    yield from (meeting.distinct(), meeting.select(Meeting.id), meeting.group_by(Meeting.step), Person.select())
    yield from (Meeting.select().join(Pair), Pair.select().where(Pair.mentor == pair.person), AgendaItem.of(pair))


def test_two_queries_have_one_shape_only_when_they_have_one_text(room):
    shapes = [(shape_of(query, []), query.sql()[0]) for query in queries(room[0])]
    assert sum(shape is not None for shape, _sql in shapes) > 15
    for (shape, sql), (other, another) in combinations(shapes, 2):
        assert shape is None or (shape == other) == (sql == another)


def test_other_values_are_asked_for_with_the_same_text(room, compared):
    mine, hers = room
    first, second = plan_meeting(mine), plan_meeting(mine, days=5)
    assert [Meeting.find(mine, one.id).id for one in (first, second)] == [first.id, second.id]
    assert Meeting.find(hers, first.id).opener is hers
    assert {one.id for one in Meeting.of(mine).iterator()} == {first.id, second.id}
    assert len({sql for sql in compared if 'FROM "meeting"' in sql and '"id" = ?' in sql}) == 1


def test_what_is_remembered_does_not_grow_for_good(room, monkeypatch):
    most = len(db.written) + 3
    monkeypatch.setattr("companion.db.SHAPES", most)
    for n in range(1, 10):
        assert list(Meeting.of(room[0]).where(Meeting.step.in_([9] * n))) == []
    assert len(db.written) == most


def test_tuples_are_as_peewee_makes_them(room):
    columns = Meeting.id, Meeting.pair, Meeting.starts_at, Meeting.minutes, Meeting.held_at, Meeting.held_at.is_null()
    query = Meeting.select(*columns).order_by(Meeting.id).tuples()
    assert list(query) == []
    for days in (1, 2):
        plan_meeting(room[0], days=days)
    made = list(query.clone())
    assert len(made) == 2
    assert made == list(peewee.ModelTupleCursorWrapper(db.execute(query), Meeting, list(columns)))
