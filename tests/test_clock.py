"""The clock and what it deletes: on the day, for good, and again when a backup brings it back."""

import logging
import shutil
import sqlite3
from contextlib import closing, contextmanager
from datetime import time, timedelta

import pytest
from conftest import agree, make_pair, plan_meeting
from test_marker import WORD, found

from companion import cli, clock, db, i18n, tombstones
from companion.actions.models import Offer
from companion.db import at, now
from companion.endings.models import Farewell, Harvest
from companion.meetings.models import Meeting, Presence, Recap
from companion.pairs.models import HandOver, Invitation, Pair, RoomKey
from companion.pairs.rows import Row
from companion.people.attempts import Attempt
from companion.people.models import RestartLink, Session
from companion.reflections.models import Reflection

DAY = timedelta(days=1)


def files(settings):
    """{name: bytes} of the database and its log."""
    return {path.name: path.read_bytes() for path in settings.data.glob("companion.db*")}


def furnish(mine, hers):
    """A room with something of most kinds in it, and somebody's page of it open."""
    agree(mine, hers, mentee_aim=f"{WORD} aim")
    meeting = plan_meeting(mine, days=0, form="theme", title=WORD)
    Reflection.save_text(mine, meeting, "what", WORD, rev=0, page="")
    Recap.save_text(meeting, "since", WORD, rev=0, page="")
    Offer.make(hers, WORD, Meeting.find(hers, meeting.id))
    Presence.note(meeting)
    Harvest.save_text(mine, "then", WORD, rev=0, page="")
    Farewell.say(hers, WORD)
    return meeting


def material(pair):
    """What of `pair` must be nowhere afterwards: both copies of its key, every sealed row, its random id."""
    kept = [bytes(key.blob) for key in RoomKey.select().where(RoomKey.pair == pair.id)]
    for kind in Row.__subclasses__():
        kept += [bytes(row.blob) for row in kind.select().where(kind.pair == pair.id)]
    invitations = Invitation.select().where(Invitation.pair == pair.id)
    # The beginning and the end of each: a long one may lie in pieces.
    return [pair.id.bytes, *(bytes(one.hash) for one in invitations), *(piece for blob in kept for piece in (
        blob[1:57], blob[-40:]))]  # fmt: skip


@contextmanager
def another(settings):
    """Another process has the database open meanwhile, as workers have, so that its log stays."""
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as worker:
        worker.execute("SELECT count(*) FROM pair").fetchone()
        yield worker


def delete(room, settings):
    with at(now() + 200 * DAY):
        assert clock.tick(settings) == 0


def test_before_its_day_a_room_that_has_ended_is_whole_and_on_it_everything_goes(room, settings, christian, dorte):
    others = make_pair(christian, dorte)
    furnish(*others)
    furnish(*room)
    on = Pair.get_by_id(room[0].id).delete_on
    with at(now() + (on - now().date() - DAY)):
        assert clock.tick(settings) == 0
    assert Pair.get_or_none(id=room[0].id)
    Pair.update(ended_at=None, delete_on=None).where(Pair.id == others[0].id).execute()
    delete(room, settings)
    assert [pair.id for pair in Pair.select()] == [others[0].id]
    for kind in (*Row.__subclasses__(), RoomKey, HandOver, Invitation):
        assert not kind.select().where(kind.pair == room[0].id).exists(), kind
    assert Presence.select().count() == 1
    assert Recap.select().count() == 1


def test_wherever_its_two_people_are_it_is_there_until_the_day_they_were_told(room, settings):
    room[0].end(months=3)
    day = Pair.get_by_id(room[0].id).delete_on
    for zone, there in (("Pacific/Honolulu", True), ("Europe/Copenhagen", True), ("Europe/Copenhagen", False)):
        # The last moment of the day before, then the last of that day.
        with at(i18n.utc(day - there * DAY, time(23, 59), zone)):
            assert clock.tick(settings) == 0
        assert bool(Pair.get_or_none(id=room[0].id)) is there, zone


@pytest.fixture
def without_sealing(monkeypatch):
    """What is written stands there to be read, so that the search for it means something."""
    from types import SimpleNamespace

    from companion.pairs import rows

    plain = SimpleNamespace(seal=lambda _key, text, *_context: text, unseal=lambda _key, blob, *_context: bytes(blob))
    monkeypatch.setattr(rows, "vault", plain)


def left(room, settings):
    """What of the room is still in a byte of the database's files after its day."""
    furnish(*room)
    pieces = material(Pair.get_by_id(room[0].id))
    db.write_back()
    before = b"".join(files(settings).values())
    pieces = [piece for piece in pieces if piece in before]
    assert len(pieces) > 20
    with another(settings):
        delete(room, settings)
        kept = files(settings)
    after = b"".join(kept.values())
    return [piece for piece in pieces if piece in after], found(WORD, kept)


def test_afterwards_neither_keys_nor_words_are_in_a_byte_of_the_database(room, settings, without_sealing):
    assert left(room, settings) == ([], set())


def test_without_overwriting_the_same_search_finds_them(room, settings, without_sealing):
    db.db.execute_sql("PRAGMA secure_delete = 0")
    furnish(*room)
    pieces = material(Pair.get_by_id(room[0].id))
    Pair.delete_for_good(room[0].id)
    assert db.write_back()
    kept = files(settings)
    after = b"".join(kept.values())
    assert [piece for piece in pieces if piece in after]
    assert "companion.db" in found(WORD, kept)


def test_every_connection_overwrites_what_it_deletes(app, settings):
    db.db.close_all()
    db.connect(settings.database)
    for _ in range(2):
        db.open_connection()
        assert db.db.execute_sql("PRAGMA secure_delete").fetchone() == (1,)
        db.db.close_all()


@pytest.fixture
def impatient(app):
    """Whoever finds the database taken waits 20 ms for it, on every connection."""
    usual = db.db.pragma("busy_timeout")
    db.db.pragma("busy_timeout", 20, permanent=True)
    yield
    db.db.pragma("busy_timeout", usual, permanent=True)


def test_while_somebody_reads_what_was_the_log_is_tried_again(room, settings, impatient, monkeypatch):
    furnish(*room)
    waits = []
    with another(settings) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM pair").fetchone()

        def pause(seconds):
            waits.append(seconds)
            if len(waits) == 3:
                reader.execute("COMMIT")

        monkeypatch.setattr(db, "sleep", pause)
        delete(room, settings)
        assert (settings.data / "companion.db-wal").stat().st_size == 0
    assert len(waits) == 3


def test_a_log_that_stays_busy_is_said_to_have_failed_and_comes_next_time(room, settings, impatient, monkeypatch):
    monkeypatch.setattr(db, "sleep", lambda _seconds: None)
    furnish(*room)
    with another(settings) as reader, at(now() + 200 * DAY):
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM pair").fetchone()
        assert clock.tick(settings) == 1
        assert not Pair.select().exists()
        reader.execute("COMMIT")
        assert clock.tick(settings) == 0
        assert (settings.data / "companion.db-wal").stat().st_size == 0


# Tombstones.


def test_a_tombstone_is_a_random_id_and_a_day_and_nothing_else(room, settings):
    furnish(*room)
    moment = now() + 200 * DAY
    delete(room, settings)
    path = settings.data / "tombstones"
    assert path.read_text() == f"{room[0].id.hex} {moment.date()}\n"
    assert path.stat().st_mode & 0o077 == 0
    assert tombstones.buried() == {room[0].id}
    tombstones.set_up(room[0].id)
    assert path.read_text().count("\n") == 1


def test_a_backup_that_is_put_back_loses_the_room_again(room, settings, tmp_path, christian, dorte):
    others = make_pair(christian, dorte)
    meeting = plan_meeting(room[0])
    Recap.save_text(meeting, "since", WORD, rev=0, page="")
    db.write_back()
    shutil.copy(settings.database, tmp_path / "backup")
    room[1].end(months=3)
    delete(room, settings)
    db.db.close_all()
    for path in settings.data.glob("companion.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup", settings.database)
    with closing(sqlite3.connect(settings.database)) as restored:
        assert restored.execute("SELECT count(*) FROM pair").fetchone() == (2,)
    cli.prepare(settings)
    assert [pair.id for pair in Pair.select()] == [others[0].id]
    assert Recap.select().count() == 0
    assert room[0].id.bytes not in b"".join(files(settings).values())


def test_a_tombstone_that_was_set_up_when_the_power_went_is_followed_at_the_next_start(room, settings):
    tombstones.set_up(room[0].id)
    cli.prepare(settings)
    assert not Pair.select().exists()


@pytest.mark.parametrize("half", [b"3f", b"00112233445566778899aabbccddeeff 2026-0", b"\xff\xfe"])
def test_half_a_line_neither_stops_the_start_nor_hides_the_next(room, settings, half):
    (settings.data / "tombstones").write_bytes(half)
    cli.prepare(settings)
    assert Pair.select().exists()
    tombstones.set_up(room[0].id)
    assert tombstones.buried() == {room[0].id}


# The clock.


def test_it_forgets_what_is_too_old_and_nothing_else(app, settings, anne, birgitte):
    Session.start(anne, "Test")
    RestartLink.make(anne)
    Attempt.begin("sign-in", "anne", "here")
    with at(now() + 2 * DAY):
        Session.start(birgitte, "Test")
        RestartLink.make(birgitte)
        Attempt.begin("sign-in", "birgitte", "there")
        assert clock.tick(settings) == 0
    assert [row.person_id for row in Session.select()] == [birgitte.id]
    assert [row.person_id for row in RestartLink.select()] == [birgitte.id]
    assert Attempt.select().count() == 1


def test_it_forgets_who_started_anew_and_a_room_both_have_left_for_good(room, settings, anne, birgitte):
    for person in (anne, birgitte):
        person.start_anew(passphrase="en ny sætning ved den gamle havn")
    with at(now() + 91 * DAY):
        assert clock.tick(settings) == 0
    assert not Pair.select().exists()
    assert tombstones.buried() == {room[0].id}


def test_one_that_cannot_be_deleted_keeps_no_other(room, settings, christian, dorte, monkeypatch, caplog):
    others = make_pair(christian, dorte)
    for pair in (room[0], others[0]):
        pair.end(months=3)
    deletes = Pair.delete_for_good

    def fails(*ids):
        if room[0].id in ids:
            raise RuntimeError(WORD)
        deletes(*ids)

    monkeypatch.setattr(Pair, "delete_for_good", fails)
    with caplog.at_level(logging.ERROR), at(now() + 200 * DAY):
        assert clock.tick(settings) == 1
    assert [pair.id for pair in Pair.select()] == [room[0].id]
    assert caplog.messages == [f"The clock could not finish deleting a room ({room[0].id.hex}): RuntimeError."]
    monkeypatch.undo()
    delete(room, settings)
    assert not Pair.select().exists()


def test_twice_is_once(room, settings):
    room[0].end(months=0)
    for _ in range(2):
        delete(room, settings)
    assert (settings.data / "tombstones").read_text().count("\n") == 1
