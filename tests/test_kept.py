"""Promises beside what happened: each rule on made-up courses, with the clock where the case wants it."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from companion.agreement import kept
from companion.agreement.clauses import CLAUSES, NAMED
from companion.agreement.kept import TOLD, Course, Met, lines, midway_of, nudge
from companion.db import at

ANNE, BIRGITTE = uuid4(), uuid4()
# A Monday, long from any change of the clocks.
NOON = datetime(2027, 2, 1, 12)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _read_by_somebody(app):
    """Words are in the language of whoever reads them."""
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def edition(**said):
    return SimpleNamespace(answers={key: value for key, value in said.items() if value}, readable=True)


def held(day, **more):
    """A meeting held `day` days from NOON, planned ten days before."""
    starts = NOON + day * DAY
    return Met(starts, starts - 10 * DAY, ANNE, held_at=starts + timedelta(hours=1), **more)


def planned(day, *, on=0, by=ANNE):
    return Met(NOON + day * DAY, NOON + on * DAY, by)


def cancelled(day, *, on, by=ANNE):
    """A meeting for `day`, cancelled `on` days from NOON by somebody."""
    return Met(NOON + day * DAY, NOON - 60 * DAY, ANNE, cancelled_at=NOON + on * DAY, cancelled_by=by)


def told(key, value, course, *, today=0):
    """What the line of one clause says happened, on the day `today`; None where there is no line."""
    with at(NOON + today * DAY):
        return next((line.happened for line in lines(edition(**{key: value}), course)), None)


def course(*meetings, **known):
    known.setdefault("held", sum(met.held_at is not None for met in meetings))
    return Course(meetings=meetings, **known)


def test_without_an_agreement_nothing_was_promised():
    assert lines(None, course(held(-9))) == []
    assert lines(SimpleNamespace(answers={}, readable=False), course(held(-9))) == []


def test_what_was_never_agreed_has_no_line():
    assert lines(edition(), course(held(-50), held(-1), cancelled(3, on=-1))) == []


def test_a_line_says_what_was_agreed_and_what_happened():
    (line,) = lines(edition(meeting_count="6"), course(held(-50), held(-1)))
    assert line == (NAMED["meeting_count"], "Six meetings", "Two have been held.")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "None has been held yet."),
        (1, "One has been held."),
        (2, "Two have been held."),
        (6, "All of them have been held."),
        (7, "Seven have been held."),
        (13, "13 have been held."),
    ],
)
def test_meetings_held(number, said):
    assert told("meeting_count", "6", course(held=number)) == said


@pytest.mark.parametrize(
    ("meetings", "said"),
    [
        ([], None),
        ([held(-9)], None),
        ([held(-63), held(0)], "The last gap was nine weeks."),
        ([held(-42), held(0)], "The last gap was six weeks."),
        ([held(-7), held(0)], "The last gap was seven days."),
        ([held(-1), held(0)], "The last gap was one day."),
        ([held(0), held(0)], "The last gap was less than a day."),
        ([held(-100), held(-58), held(0)], "The last gap was eight weeks, the one before six weeks."),
        # What was cancelled between two that were held is no meeting.
        ([held(-63), cancelled(-20, on=-21), held(0)], "The last gap was nine weeks."),
        ([held(-63), held(0), planned(20)], "The last gap was nine weeks."),
    ],
)
def test_gaps_between_meetings(meetings, said):
    assert told("interval", "6", course(*meetings)) == said


@pytest.mark.parametrize(
    ("today", "more", "said"),
    [
        (42, [], None),
        (43, [], "It is six weeks since you last met."),
        (70, [], "It is ten weeks since you last met."),
        (70, [planned(80)], None),
        # A day that has passed without anybody saying that it was held is no plan.
        (70, [planned(60)], "It is ten weeks since you last met."),
    ],
)
def test_a_gap_that_is_still_growing(today, more, said):
    assert told("interval", "6", course(held(0), *more), today=today) == said


def test_an_interval_as_needed_promises_nothing():
    assert told("interval", "as_needed", course(held(-90), held(0)), today=90) is None


@pytest.mark.parametrize(
    ("agenda", "shared", "said"),
    [
        (None, None, "Before the last meeting there was none here."),
        (-4, None, "Last time it was here four days before."),
        (None, -2, "Last time it was here two days before."),
        (-1, -3, "Last time it was here three days before."),
        (-1, None, "Last time it was here the day before."),
        (-0.1, None, "Last time it was here on the day."),
        # Written while they sat there.
        (0.01, None, "Before the last meeting there was none here."),
    ],
)
def test_the_agenda(agenda, shared, said):
    known = {name: NOON + day * DAY for name, day in (("agenda_at", agenda), ("shared_at", shared)) if day is not None}
    assert told("agenda_lead", "2", course(held(-50), held(0), **known), today=1) == said


def test_no_agenda_was_promised_or_no_meeting_held():
    assert told("agenda_lead", "none", course(held(0))) is None
    assert told("agenda_lead", "2", course(planned(9))) is None


@pytest.mark.parametrize(
    ("value", "shared", "said"),
    [
        ("app", -1, "Before the last meeting something was shared."),
        ("app", None, "Before the last meeting nothing was shared. What is kept to oneself is not seen here."),
        ("app", 1, "Before the last meeting nothing was shared. What is kept to oneself is not seen here."),
        ("free", None, None),
        ("none", None, None),
    ],
)
def test_preparation(value, shared, said):
    known = {} if shared is None else {"shared_at": NOON + shared * DAY}
    assert told("prep_mentee", value, course(held(0), **known), today=2) == said


@pytest.mark.parametrize(
    ("begun", "seen"),
    [(timedelta(minutes=20), True), (timedelta(minutes=5), False), (timedelta(hours=-1), False), (None, False)],
    ids=["later", "already", "early", "unsaid"],
)
def test_what_came_while_they_had_not_begun_yet_came_before_the_meeting(begun, seen):
    ten_past = NOON + timedelta(minutes=10)
    met = held(0, begun_at=begun and NOON + begun)
    shared = told("prep_mentee", "app", course(met, shared_at=ten_past), today=2)
    assert (shared == "Before the last meeting something was shared.") is seen
    agenda = told("agenda_lead", "2", course(met, agenda_at=ten_past), today=2)
    assert (agenda == "Last time it was here on the day.") is seen


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(days=9), "The latest was cancelled nine days before."),
        (timedelta(days=2), "The latest was cancelled two days before."),
        (timedelta(hours=47), "The latest was cancelled 47 hours before."),
        (timedelta(hours=5, minutes=59), "The latest was cancelled five hours before."),
        (timedelta(minutes=90), "The latest was cancelled one hour before."),
        (timedelta(minutes=5), "The latest was cancelled within the hour before."),
        (timedelta(minutes=-5), "The latest was cancelled after it should have begun."),
    ],
)
def test_notice_of_a_cancellation(before, said):
    gone = Met(NOON, NOON - 60 * DAY, ANNE, cancelled_at=NOON - before, cancelled_by=BIRGITTE)
    earlier = cancelled(-30, on=-60)
    assert told("cancel_notice", "24", course(earlier, gone), today=1) == said


def test_without_a_cancellation_nothing_is_said_of_it():
    for key in ("cancel_notice", "cancel_rule"):
        assert told(key, NAMED[key].default, course(held(0), planned(9))) is None


@pytest.mark.parametrize(
    ("rule", "instead", "today", "said"),
    [
        ("two_dates", [], 1, "No new meeting is planned yet. The seven days last until 8 February."),
        ("two_dates", [], 7, "No new meeting is planned yet."),
        ("two_dates", [], 90, "No new meeting is planned yet."),
        ("together", [], 1, "No new meeting is planned yet."),
        ("two_dates", [planned(20, on=0)], 1, "Whoever cancelled last planned a new meeting the same day."),
        ("two_dates", [planned(20, on=1)], 3, "Whoever cancelled last planned a new meeting the day after."),
        ("two_dates", [planned(20, on=2)], 3, "Whoever cancelled last planned a new meeting two days later."),
        ("two_dates", [planned(20, on=2, by=BIRGITTE)], 3, "A new meeting was planned two days later."),
        ("two_dates", [planned(20, on=1, by=BIRGITTE)], 3, "A new meeting was planned the day after."),
        ("together", [planned(20, on=0)], 3, "A new meeting was planned the same day."),
        # The first that was planned after it counts, whenever it is to be.
        ("together", [planned(9, on=5), planned(20, on=2)], 6, "A new meeting was planned two days later."),
        # What was planned long before is no new date.
        ("together", [planned(20, on=-9)], 6, "No new meeting is planned yet."),
    ],
)
def test_after_a_cancellation(rule, instead, today, said):
    assert told("cancel_rule", rule, course(cancelled(3, on=0), *instead), today=today) == said


@pytest.mark.parametrize(
    ("number", "reviewed", "said"),
    [
        (2, None, None),
        (3, None, "It is time for it."),
        (5, None, "It is time for it."),
        (3, NOON, "You had it on 1 February."),
    ],
)
def test_the_midway_review(number, reviewed, said):
    assert told("midway", "3", course(held=number, reviewed_at=reviewed), today=1) == said
    assert told("midway", "no", course(held=number, reviewed_at=reviewed)) is None


@pytest.mark.parametrize(("value", "number"), [("3", 3), ("no", None), (None, None), ("99", None)])
def test_after_how_many_meetings_the_review_was_agreed(value, number):
    assert midway_of(edition(midway=value)) == number


def test_no_line_names_anybody_or_counts_what_failed():
    everything = edition(**{clause.key: clause.default for clause in CLAUSES if clause.default})
    gone = [cancelled(3 + n, on=n, by=ANNE) for n in range(4)]
    with at(NOON + 90 * DAY):
        found = lines(everything, course(held(-90), held(-10), *gone))
    assert {line.clause.key for line in found} == {"meeting_count", "interval", "agenda_lead", "prep_mentee",
                                                   "cancel_notice", "cancel_rule"}  # fmt: skip
    words = " ".join(line.happened for line in found).lower().replace(".", "").split()
    assert not {"anne", "birgitte", "four", "failed", "late", "broken", "mentee", "mentor"} & set(words)


# The nudge.


@pytest.mark.parametrize(
    ("holder", "role", "days", "quiet"),
    [
        ("mentee", "mentor", 13, None),
        ("mentee", "mentor", 14, 14),
        ("mentee", "mentor", 16, 16),
        ("mentee", "mentee", 16, None),
        ("mentor", "mentee", 16, 16),
        ("mentor", "mentor", 400, None),
        ("shared", "mentee", 16, 16),
        ("shared", "mentor", 16, 16),
        ("turns", "mentee", 16, 16),
        ("turns", "mentor", 13, None),
    ],
)
def test_the_nudge_goes_to_whoever_has_not_the_initiative(holder, role, days, quiet):
    with at(NOON + days * DAY):
        assert nudge(edition(initiative_holder=holder, initiative_fallback="14"), role, NOON) == quiet


@pytest.mark.parametrize(("agreed", "days"), [("7", 7), ("21", 21), ("30", 30), (None, 14)])
def test_the_silence_is_as_long_as_agreed(agreed, days):
    said = edition(initiative_holder="mentee", initiative_fallback=agreed)
    with at(NOON + days * DAY - timedelta(minutes=1)):
        assert nudge(said, "mentor", NOON) is None
    with at(NOON + days * DAY):
        assert nudge(said, "mentor", NOON) == days


def test_no_nudge_without_an_agreement_or_a_sign_of_life():
    with at(NOON + 90 * DAY):
        assert nudge(None, "mentor", NOON) is None
        assert nudge(SimpleNamespace(answers={}, readable=False), "mentor", NOON) is None
        assert nudge(edition(initiative_holder="mentee"), "mentor", None) is None


# Whatever happened.

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1))
MAYBE = st.none() | MOMENTS
PEOPLE = st.sampled_from([ANNE, BIRGITTE])
MET = st.builds(Met, MOMENTS, MOMENTS, PEOPLE, MAYBE, MAYBE, st.none() | PEOPLE)
COURSES = st.builds(
    Course,
    meetings=st.lists(MET, max_size=12).map(lambda found: tuple(sorted(found, key=lambda met: met.starts_at))),
    held=st.integers(0, 50),
    agenda_at=MAYBE,
    shared_at=MAYBE,
    reviewed_at=MAYBE,
)
EDITIONS = st.fixed_dictionaries(
    {},
    optional={
        key: st.sampled_from([value for value, _words in NAMED[key].options]) | st.text(max_size=3)
        for key in (*TOLD, "initiative_holder")
    },  # fmt: skip
)


@effort(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=EDITIONS, course=COURSES, today=MOMENTS)
def test_no_history_breaks_a_line_and_every_line_is_a_sentence(answers, course, today):
    with at(today):
        found = lines(edition(**answers), course)
    for line in found:
        assert line.happened.endswith(".")
        assert line.happened[0].isupper() or line.happened[0].isdigit()
        assert "%" not in line.happened + line.agreed
    assert len(found) == len({line.clause.key for line in found})


def test_every_clause_told_of_is_one_of_the_agreement_and_has_an_answer_that_promises_something():
    assert set(kept.TOLD) <= set(NAMED)
