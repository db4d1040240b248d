"""An insight comes back: at most twice between two meetings, first as a question, and not when it is to rest."""

from datetime import datetime, timedelta

import pytest
from acting import form_in
from conftest import make_pair, plan_meeting
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.db import at, now
from companion.meetings.models import Meeting
from companion.reflections.models import Insight, Rest
from companion.reflections.returning import window

HELD = datetime(2026, 9, 1, 16)
DAY = timedelta(days=1)
HOURS = st.integers(0, 50 * 24)


def turns(planned, starts):
    """The turn at every third hour of the fifty days after a meeting, the next one planned and held at these hours."""
    found = []
    for hour in range(0, 50 * 24, 3):
        moment = HELD + timedelta(hours=hour)
        known = planned is not None and planned <= hour
        ahead = [(HELD + timedelta(hours=planned), HELD + timedelta(hours=starts))] if known else []
        found.append(window(HELD, ahead, moment))
    return found


def stretches(found, turn):
    """How many times this turn begins."""
    return sum(one == turn and (n == 0 or found[n - 1] != turn) for n, one in enumerate(found))


@given(HOURS, HOURS)
@settings(deadline=None)
def test_there_are_at_most_two_returns_whenever_the_next_meeting_is_planned(planned, starts):
    found = turns(planned, planned + starts)
    assert stretches(found, 1) <= 1
    assert found[:16] == [None] * 16, "not before two days have passed"
    assert set(found) <= {None, 0, 1}


def test_with_no_meeting_ahead_it_comes_after_two_days_and_after_ten():
    found = turns(None, None)
    assert [n * 3 // 24 for n in range(400) if found[n] == 0] == [2] * 8 + [3] * 8 + [4] * 8
    assert [n * 3 // 24 for n in range(400) if found[n] == 1] == [10] * 8 + [11] * 8 + [12] * 8


def test_with_the_next_meeting_in_the_calendar_the_second_time_is_shortly_before_it():
    found = turns(0, 42 * 24)
    assert {n * 3 // 24 for n in range(400) if found[n] == 1} == {38, 39, 40, 41}
    assert {n * 3 // 24 for n in range(400) if found[n] == 0} == {2, 3, 4}


def test_a_meeting_planned_after_the_second_time_brings_no_third():
    found = turns(15 * 24, 30 * 24)
    assert {n * 3 // 24 for n in range(400) if found[n] == 1} == {10, 11, 12}


# On the page.


@pytest.fixture
def held(room):
    """A meeting held just now, as Anne sees it."""
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    return meeting


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}"


def later(browse, person, path, days):
    """What they read in the room so many days later: the part that comes back."""
    with at(now() + days * DAY + timedelta(hours=1)):
        page = browse(person).get(path).text
    return page.partition('id="return"')[2].partition("</li>")[0]


def test_ones_own_insight_comes_back_as_a_question_first(room, held, path, anne, birgitte, browse):
    Insight.note(held, "What is urgent is seldom mine.", shared=True)
    for days in (0, 1, 5, 9, 13):
        assert later(browse, anne, path, days) == ""
    for days in (2, 4, 10, 12):
        part = later(browse, anne, path, days)
        question, _summary, answer = part.partition("</summary>")
        assert "What did you take away" in question
        assert "What is urgent is seldom mine." not in question
        assert "What is urgent is seldom mine." in answer
        # It was Anne who wrote it.
        assert later(browse, birgitte, path, days) == ""


def test_the_second_time_another_one_comes(room, held, path, anne, browse):
    for words, shared in (("the first", True), ("the second", False)):
        Insight.note(held, words, shared=shared)
    assert "the first" in later(browse, anne, path, 3)
    assert "the second" in later(browse, anne, path, 11)


def test_one_tap_and_it_does_not_come_again_even_when_it_is_shared_later(room, held, path, anne, birgitte, browse):
    insight = Insight.note(held, "To myself", shared=False)
    with at(now() + 3 * DAY):
        client = browse(anne)
        form = form_in(client.get(path).text, f"{path}/meetings/{held.id}/insights/{insight.id}/rest")
        for _ in range(2):
            assert client.post(form.action, form.fields).location == path
        assert 'id="return"' not in client.get(path).text
    assert Rest.select().count() == 1
    Insight.find(room[0], insight.id).share()
    assert later(browse, anne, path, 11) == ""


def test_each_lets_rest_what_they_want_for_themselves(room, held, path, anne, birgitte, browse):
    mine = Insight.note(held, "Anne's", shared=True)
    Insight.note(Meeting.find(room[1], held.id), "Birgitte's", shared=True)
    browse(anne).post(f"{path}/meetings/{held.id}/insights/{mine.id}/rest")
    assert later(browse, anne, path, 3) == ""
    assert "Birgitte's" in later(browse, birgitte, path, 3)


def test_nobody_lets_rest_what_they_cannot_read(room, held, path, birgitte, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    hidden = Insight.note(held, "To myself", shared=False)
    shared = Insight.note(held, "To both", shared=True)
    assert browse(birgitte).post(f"{path}/meetings/{held.id}/insights/{hidden.id}/rest").status_code == 404
    for place in (path, f"/pairs/{other.id}"):
        assert browse(christian).post(f"{place}/meetings/{held.id}/insights/{shared.id}/rest").status_code == 404
    assert Rest.select().count() == 0


def test_the_room_asks_once_what_was_taken_away(held, path, anne, browse):
    Insight.note(held, "Wait a day.", shared=True)
    for days in (1, 3):
        with at(now() + days * DAY):
            page = browse(anne).get(path).text
        assert page.count("What did you take away") == 1
        assert page.count("Wait a day.") == days // 3 + 1
