"""Meetings: when they are, their agenda, the hour itself, and what is written down while it lasts."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from acting import at_once, form_in
from conftest import make_pair, plan_meeting
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from playhouse.test_utils import count_queries

from companion.db import at, now
from companion.errors import Conflict, Invalid, Missing, NotYours
from companion.meetings.models import KEYS, LENGTHS, STEPS, AgendaItem, Meeting, Presence, Recap
from companion.prompts.models import library
from companion.reflections.models import Insight, Reflection, SharedPreparation

TYPED = {"day": "2026-12-03", "time": "15:00", "minutes": "60", "form": "open"}
AUTUMN = datetime(2026, 9, 1, 8)


@pytest.fixture
def hers(meeting, room):
    """The meeting as Birgitte sees it."""
    return Meeting.find(room[1], meeting.id)


@pytest.fixture
def path(meeting):
    return f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"


def current(meeting):
    return Meeting.find(meeting.opener, meeting.id)


# When.


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        ("2026-12-03", "15:00", datetime(2026, 12, 3, 14)),
        ("2027-07-01", "15:00", datetime(2027, 7, 1, 13)),
        ("2026-10-24", "23:30", datetime(2026, 10, 24, 21, 30)),
        # The night the clock goes back: the first of the two half past two.
        ("2026-10-25", "02:30", datetime(2026, 10, 25, 0, 30)),
        ("2026-10-25", "03:00", datetime(2026, 10, 25, 2)),
        # The night it goes forward: there is no half past two.
        ("2027-03-28", "02:30", datetime(2027, 3, 28, 1, 30)),
        ("2027-03-28", "03:30", datetime(2027, 3, 28, 1, 30)),
    ],
)
def test_a_time_is_what_the_clock_in_copenhagen_shows(room, day, clock, utc):
    with at(AUTUMN):
        assert Meeting.plan(room[0], TYPED | {"day": day, "time": clock}).starts_at == utc


@pytest.mark.parametrize(("day", "there"), [("2026-12-03", "09:00"), ("2027-03-20", "10:00"), ("2027-07-01", "09:00")])
def test_two_in_different_places_read_the_same_moment_on_their_own_clocks(
    room, agreed, anne, birgitte, browse, day, there
):
    birgitte.settle(name=birgitte.name, language="en", timezone="America/New_York")
    pair = f"/pairs/{room[0].id}"
    with at(AUTUMN):
        assert browse(anne).post(f"{pair}/meetings/", TYPED | {"day": day}).status_code == 303
        meeting = Meeting.ahead(room[0]).first()
        path = f"{pair}/meetings/{meeting.id}"
        assert "15:00" in browse(anne).get(path).text
        assert there in browse(birgitte).get(path).text
        assert there in browse(birgitte).get(pair).text
        form = form_in(browse(birgitte).get(f"{path}/plan").text, f"{path}/plan")
        assert (form.fields["day"], form.fields["time"]) == (day, there)
        assert browse(birgitte).post(form.action, form.fields).status_code == 303
    assert current(meeting).starts_at == meeting.starts_at


def test_a_day_is_the_day_where_the_reader_is(room, anne, birgitte, browse):
    birgitte.settle(name=birgitte.name, language="en", timezone="Pacific/Auckland")
    with at(AUTUMN):
        meeting = Meeting.plan(room[0], TYPED | {"time": "20:00"})
        path = f"/pairs/{room[0].id}/meetings/{meeting.id}"
        assert "3 December" in browse(anne).get(path).text
        assert "4 December" in browse(birgitte).get(path).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"day": ""}, "day"),
        ({"day": "31/12"}, "day"),
        ({"day": "2026-02-30"}, "day"),
        ({"day": "2016-12-03"}, "day"),
        ({"day": "9999-12-31"}, "day"),
        ({"day": "0001-01-01"}, "day"),
        ({"time": ""}, "time"),
        ({"time": "25:00"}, "time"),
        ({"time": "15:00+02:00"}, "time"),
        ({"minutes": "61"}, "minutes"),
        ({"minutes": ""}, "minutes"),
        ({"form": ""}, "form"),
        ({"form": "theme"}, "theme"),
        ({"form": "theme", "theme": "gossip"}, "theme"),
        ({"form": "theme", "title": "x" * 121}, "title"),
        ({"place": "x" * 301}, "place"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_meeting_says_where_and_keeps_what_was_typed(room, anne, browse, typed, field, htmx):
    with at(AUTUMN):
        given = TYPED | {"place": "A walk round the lake", "title": "", "theme": ""} | typed
        answer = browse(anne).post(f"/pairs/{room[0].id}/meetings/", given, htmx=htmx)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, f"/pairs/{room[0].id}/meetings/").fields
    for name in ("day", "time", "place", "title"):
        assert kept[name] == given[name]
    assert Meeting.of(room[0]).count() == 0


@pytest.mark.parametrize("minutes", LENGTHS)
def test_every_length_offered_is_taken(room, minutes):
    meeting = plan_meeting(room[0], minutes=str(minutes))
    assert meeting.ends_at - meeting.starts_at == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ({"form": "open", "theme": "priorities"}, "Open talk"),
        ({"form": "theme", "theme": "priorities"}, "Priorities and time"),
        ({"form": "theme", "theme": "priorities", "title": "My Mondays"}, "My Mondays"),
        ({"form": "theme", "theme": "", "title": "My Mondays"}, "My Mondays"),
        ({"form": "theme", "theme": "gossip", "title": "My Mondays"}, "My Mondays"),
    ],
)
def test_a_meeting_is_about_a_theme_or_open(room, typed, subject):
    assert str(plan_meeting(room[0], **typed).subject) == subject


def test_a_first_draft_begins_with_what_was_agreed(room, agreed, anne, browse):
    form = form_in(browse(anne).get(f"/pairs/{room[0].id}/meetings/new").text, f"/pairs/{room[0].id}/meetings/")
    assert form.fields["minutes"] == "90"
    assert form.fields["form"] == "theme"


def test_planning_through_the_form(room, birgitte, browse):
    client, path = browse(birgitte), f"/pairs/{room[0].id}/meetings/"
    form = form_in(client.get(f"{path}new").text, path)
    day = (now().date() + timedelta(days=9)).isoformat()
    typed = {"day": day, "form": "theme", "theme": "hard-talks", "place": "The canteen"}
    assert client.post(path, form.fields | typed).location == f"/pairs/{room[0].id}"
    (meeting,) = Meeting.ahead(room[0])
    assert (str(meeting.subject), meeting.place, meeting.state) == (
        "Difficult conversations and feedback", "The canteen", "planned",
    )  # fmt: skip
    assert "The canteen" in client.get(f"{path}{meeting.id}").text


def test_a_meeting_planned_before_there_is_an_agreement_is_on_the_front_page(meeting, path, anne, birgitte, browse):
    for person in (anne, birgitte):
        assert f'href="{path}"' in browse(person).get(f"/pairs/{meeting.pair_id}").text


def test_meetings_are_numbered_by_day_and_cancelled_ones_are_skipped(room):
    late, early, middle = (plan_meeting(room[0], days=days) for days in (30, 3, 10))
    assert [current(m).number for m in (early, middle, late)] == [1, 2, 3]
    early.cancel()
    assert [current(m).number for m in (middle, late)] == [1, 2]
    assert Meeting.numbers(room[1]) == {middle.id: 1, late.id: 2}
    assert [m.id for m in Meeting.ahead(room[1])] == [middle.id, late.id]


def test_two_meetings_at_the_same_time_have_different_numbers(room):
    meetings = [plan_meeting(room[0]) for _ in range(4)]
    assert sorted(meeting.number for meeting in meetings) == [1, 2, 3, 4]
    assert Meeting.numbers(room[0]) == {meeting.id: meeting.number for meeting in meetings}


def test_the_meetings_of_one_room_are_not_those_of_another(room, meeting, christian, dorte):
    other, _ = make_pair(christian, dorte)
    theirs = plan_meeting(other)
    assert theirs.number == 1
    assert [m.id for m in Meeting.ahead(other)] == [theirs.id]
    with pytest.raises(Missing):
        Meeting.find(other, meeting.id)


# From planned to held.


def test_a_meeting_is_planned_then_begun_then_held(meeting, room):
    assert meeting.state == "planned"
    meeting.begin()
    assert current(meeting).state == "begun"
    with at(meeting.starts_at):
        meeting.hold()
    assert current(meeting).state == "held"
    assert [m.id for m in Meeting.held(room[1])] == [meeting.id]
    assert list(Meeting.ahead(room[1])) == []


def test_a_meeting_can_be_held_without_a_screen(meeting):
    with at(meeting.starts_at - timedelta(hours=12)):
        meeting.hold()
    assert current(meeting).state == "held"


def test_a_meeting_still_to_come_has_not_been_held(meeting):
    with at(meeting.starts_at - timedelta(hours=12, seconds=1)), pytest.raises(Invalid, match="still to come"):
        meeting.hold()
    assert current(meeting).state == "planned"


def test_what_is_done_twice_is_done_once(meeting):
    meeting.begin()
    begun = current(meeting)
    with at(now() + timedelta(minutes=5)):
        begun.begin()
        assert current(meeting).begun_at == meeting.begun_at
    with at(meeting.starts_at):
        begun.hold()
    held = current(meeting)
    with at(meeting.starts_at + timedelta(hours=1)):
        held.hold()
    assert current(meeting).held_at == held.held_at


def test_a_cancelled_meeting_says_who_and_when(meeting, hers, birgitte):
    hers.cancel()
    again = current(meeting)
    assert (again.state, again.cancelled_by) == ("cancelled", birgitte.id)
    with at(now() + timedelta(hours=1)):
        again.cancel()
    assert current(meeting).cancelled_at == hers.cancelled_at


VERBS = {
    "begin": lambda meeting: meeting.begin(),
    "step": lambda meeting: meeting.go_to(1),
    "hold": lambda meeting: meeting.hold(),
    "cancel": lambda meeting: meeting.cancel(),
    "replan": lambda meeting: meeting.replan(TYPED | {"day": "2027-01-07"}, rev=meeting.rev),
}


@pytest.mark.parametrize("verb", ["begin", "step", "hold", "replan"])
def test_nothing_more_happens_to_a_cancelled_meeting(room, verb):
    meeting = plan_meeting(room[0], days=-1)
    meeting.cancel()
    with pytest.raises(Invalid, match="is over"):
        VERBS[verb](current(meeting))
    assert current(meeting).state == "cancelled"


@pytest.mark.parametrize("verb", ["step", "cancel", "replan"])
def test_nothing_more_happens_to_a_meeting_that_was_held(room, verb):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    with pytest.raises(Invalid, match="is over"):
        VERBS[verb](current(meeting))
    again = current(meeting)
    assert (again.state, again.rev) == ("held", meeting.rev)


@pytest.mark.parametrize("step", [-1, 8, 99])
def test_a_meeting_has_eight_steps(meeting, step):
    with pytest.raises(Invalid, match="no such step"):
        meeting.go_to(step)


def test_either_moves_the_line_forth_and_back(meeting, hers):
    for mover, step in ((meeting, 0), (hers, 3), (meeting, 1), (hers, 4)):
        Meeting.find(mover.opener, mover.id).go_to(step)
        assert (current(meeting).step, current(hers).state) == (step, "begun")


def test_the_minutes_of_the_steps_make_up_the_hour():
    assert sum(step.share for step in STEPS) == pytest.approx(1)


# Both at once.


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_who_move_a_meeting_the_second_meets_the_first(meeting, hers, order):
    first, second = (meeting, hers)[::order]
    first.replan(TYPED | {"day": "2027-01-07"}, rev=1)
    with pytest.raises(Conflict) as met:
        Meeting.find(second.opener, second.id).replan(TYPED | {"day": "2027-01-14"}, rev=1)
    with pytest.raises(Conflict):
        second.replan(TYPED | {"day": "2027-01-14"}, rev=1)
    assert met.value.current.starts_at.date() == current(second).starts_at.date() == date(2027, 1, 7)


def test_two_who_move_a_meeting_in_the_same_moment(room):
    days = ("2027-01-07", "2027-01-14")
    for _ in range(4):
        meeting = plan_meeting(room[0])
        hers = Meeting.find(room[1], meeting.id)
        both = at_once(
            lambda m=meeting: m.replan(TYPED | {"day": days[0], "place": "mine"}, rev=1),
            lambda m=hers: m.replan(TYPED | {"day": days[1], "place": "hers"}, rev=1),
        )
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "Meeting"]
        won = [isinstance(one, Meeting) for one in both].index(True)
        again = current(meeting)
        assert (again.starts_at.date().isoformat(), again.place) == (days[won], ("mine", "hers")[won])


def test_held_and_cancelled_in_the_same_moment_is_one_of_the_two(room):
    for _ in range(4):
        meeting = plan_meeting(room[0], days=-1)
        hers = Meeting.find(room[1], meeting.id)
        both = at_once(meeting.hold, hers.cancel)
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "NoneType"]
        again = current(meeting)
        assert bool(again.held_at) != bool(again.cancelled_at)


# The agenda.


def lines(meeting):
    return [item.title for item in AgendaItem.on(meeting)]


def test_either_puts_lines_on_the_agenda(meeting, hers, anne, birgitte):
    AgendaItem.put(meeting, " Who are we? ")
    AgendaItem.put(hers, "What now?")
    assert lines(meeting) == lines(hers) == ["Who are we?", "What now?"]
    assert [item.author for item in AgendaItem.on(hers)] == [anne.id, birgitte.id]


@pytest.mark.parametrize("title", ["", "  ", "x" * 201])
def test_a_line_says_something_short(meeting, title):
    with pytest.raises(Invalid) as refused:
        AgendaItem.put(meeting, title)
    assert refused.value.field == "title"
    assert lines(meeting) == []


@given(
    moves=st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["up", "down", "remove", "add"]), st.booleans()), max_size=15
    )
)
@hypothesis(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_moves_loses_or_doubles_a_line(room, moves):
    meeting = plan_meeting(room[0])
    expected = list("abcd")
    for title in expected:
        AgendaItem.put(meeting, title)
    for which, verb, by_anne in moves:
        mine = Meeting.find(room[0 if by_anne else 1], meeting.id)
        if verb == "add":
            expected.append(f"{len(expected)}-{which}")
            AgendaItem.put(mine, expected[-1])
        elif expected:
            here = which % len(expected)
            item = AgendaItem.on(mine)[here]
            if verb == "remove":
                item.remove()
                expected.pop(here)
            else:
                there = here + (-1 if verb == "up" else 1)
                item.move(-1 if verb == "up" else 1)
                if 0 <= there < len(expected):
                    expected[here], expected[there] = expected[there], expected[here]
        assert lines(meeting) == expected
        positions = [item.position for item in AgendaItem.on(meeting)]
        assert positions == sorted(set(positions))


def test_lines_moved_by_both_in_the_same_moment_are_all_still_there_once(room):
    for _ in range(4):
        meeting = plan_meeting(room[0])
        for title in "abcd":
            AgendaItem.put(meeting, title)
        hers = Meeting.find(room[1], meeting.id)
        first, last = AgendaItem.on(meeting)[0], AgendaItem.on(hers)[3]
        assert at_once(lambda i=first: i.move(1), lambda i=last: i.move(-1)) == [None, None]
        assert lines(meeting) == list("badc")
        # Each moves theirs past the other's: where they end depends on who was first, that they are there does not.
        one, other = AgendaItem.on(meeting)[1], AgendaItem.on(hers)[2]
        assert at_once(lambda i=one: i.move(1), lambda i=other: i.move(-1)) == [None, None]
        assert sorted(lines(meeting)) == list("abcd")
        assert [item.position for item in AgendaItem.on(meeting)] == [1, 2, 3, 4]


def test_lines_put_by_both_in_the_same_moment_are_both_there(room):
    for _ in range(4):
        meeting = plan_meeting(room[0])
        hers = Meeting.find(room[1], meeting.id)
        at_once(lambda m=meeting: AgendaItem.put(m, "mine"), lambda m=hers: AgendaItem.put(m, "hers"))
        assert sorted(lines(meeting)) == ["hers", "mine"]
        assert [item.position for item in AgendaItem.on(meeting)] == [1, 2]


def test_a_line_moved_while_the_other_removed_it_is_gone(meeting, hers):
    AgendaItem.put(meeting, "a")
    AgendaItem.put(meeting, "b")
    page, removed = AgendaItem.on(meeting)[1], AgendaItem.on(hers)[1]
    removed.remove()
    page.move(-1)
    page.remove()
    assert lines(hers) == ["a"]


@pytest.mark.parametrize("htmx", [True, False])
def test_the_agenda_on_the_page(meeting, path, anne, birgitte, browse, htmx):
    for person, title in ((anne, "To say no upwards"), (birgitte, "What have we not talked about?")):
        form = form_in(browse(person).get(path).text, f"{path}/agenda")
        answer = browse(person).post(f"{path}/agenda", form.fields | {"title": title}, htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
    second = AgendaItem.on(meeting)[1]
    moved = browse(anne).post(f"{path}/agenda/{second.id}/move", {"direction": "up"}, htmx=htmx)
    assert [item.author for item in AgendaItem.on(meeting)] == [birgitte.id, anne.id]
    page = browse(anne).get(path).text
    if htmx:
        assert "<html" not in moved.text
        assert moved.text in page
    else:
        assert (moved.status_code, moved.location) == (303, f"{path}#agenda")
    first = AgendaItem.on(meeting)[0]
    form = form_in(page, f"{path}/agenda/{first.id}/removal")
    browse(anne).post(form.action, form.fields, htmx=htmx)
    assert lines(meeting) == ["To say no upwards"]


def test_the_first_line_cannot_go_up_and_the_last_not_down(meeting, path, anne, browse):
    for title in "ab":
        AgendaItem.put(meeting, title)
    first, last = AgendaItem.on(meeting)
    page = browse(anne).get(path).text
    forms = {
        way: form_in(page, f"{path}/agenda/{item.id}/move").fields for way, item in (("down", first), ("up", last))
    }
    assert {way: form["direction"] for way, form in forms.items()} == {"down": "down", "up": "up"}
    first.move(-1)
    last.move(1)
    assert lines(meeting) == ["a", "b"]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_line_is_kept_for_its_writer(meeting, path, anne, browse, htmx):
    answer = browse(anne).post(f"{path}/agenda", {"title": "x" * 201}, htmx=htmx)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text or 'id="title-error"' in answer.text
    # With htmx the field itself stays as it is on the page, and only the sentence comes.
    assert htmx or form_in(answer.text, f"{path}/agenda").fields["title"] == "x" * 201
    assert lines(meeting) == []


def test_ten_lines_cost_no_more_queries_than_one(meeting, path, anne, browse):
    client = browse(anne)
    AgendaItem.put(meeting, "1")
    for page in (path, f"/pairs/{meeting.pair_id}"):
        client.get(page)
        with count_queries() as one:
            client.get(page)
        for n in range(9):
            AgendaItem.put(meeting, str(n))
        with count_queries() as ten:
            client.get(page)
        assert one.count == ten.count


# The mentor's prompts.


PROMPTS = [prompt.id for prompt in library().choose(theme="priorities")[:5]]


def test_the_mentor_brings_at_most_three_prompts(meeting, hers):
    for prompt_id in PROMPTS[:3]:
        AgendaItem.put_prompt(hers, prompt_id)
    with pytest.raises(Invalid, match="Three are enough"):
        AgendaItem.put_prompt(hers, PROMPTS[3])
    AgendaItem.prompts_on(hers)[1].remove()
    AgendaItem.put_prompt(hers, PROMPTS[3])
    assert [item.prompt for item in AgendaItem.prompts_on(meeting)] == [PROMPTS[0], PROMPTS[2], PROMPTS[3]]


def test_lines_do_not_take_the_place_of_prompts(meeting, hers):
    for n in range(5):
        AgendaItem.put(hers, str(n))
    AgendaItem.put_prompt(hers, PROMPTS[0])
    assert len(AgendaItem.on(meeting)) == 6


def test_the_same_prompt_is_brought_once(meeting, hers):
    for _ in range(2):
        AgendaItem.put_prompt(hers, PROMPTS[0])
    assert len(AgendaItem.on(meeting)) == 1


def test_only_the_mentor_brings_prompts_and_only_those_of_the_library(meeting, hers):
    with pytest.raises(NotYours):
        AgendaItem.put_prompt(meeting, PROMPTS[0])
    with pytest.raises(Missing):
        AgendaItem.put_prompt(hers, "no-such-prompt")
    assert AgendaItem.on(meeting) == []


def test_prompts_brought_on_two_pages_in_the_same_moment_are_three(room):
    for _ in range(4):
        meeting = plan_meeting(room[1])
        for prompt_id in PROMPTS[:2]:
            AgendaItem.put_prompt(meeting, prompt_id)
        both = at_once(*[lambda m=meeting, p=p: AgendaItem.put_prompt(m, p) for p in PROMPTS[2:4]])
        assert sorted(type(one).__name__ for one in both) == ["Invalid", "NoneType"]
        assert len(AgendaItem.prompts_on(meeting)) == 3


def test_a_prompt_keeps_its_words_when_its_file_is_gone(meeting, hers, path, anne, birgitte, browse, monkeypatch):
    prompt = library().find(PROMPTS[0])
    AgendaItem.put_prompt(hers, prompt.id)
    monkeypatch.delitem(library().by_id, prompt.id)
    monkeypatch.setattr(library(), "prompts", [p for p in library().prompts if p.id != prompt.id])
    birgitte.choose("da")
    (item,) = AgendaItem.on(meeting)
    assert (item.words("da"), item.words("en"), item.stance) == (prompt.da, prompt.en, prompt.stance)
    for page in (path, f"/pairs/{meeting.pair_id}", f"/pairs/{meeting.pair_id}/prompts/"):
        assert browse(birgitte).get(page).status_code == 200
    assert prompt.en in browse(anne).get(path).text.replace("&#39;", "'")
    assert prompt.da in browse(birgitte).get(path).text.replace("&#39;", "'")
    assert browse(birgitte).post(f"/pairs/{meeting.pair_id}/prompts/{prompt.id}/removal").status_code == 303
    assert AgendaItem.on(meeting) == []


# Moving and cancelling on the page.


def test_moving_on_the_page_keeps_what_was_not_changed(room, anne, birgitte, browse):
    meeting = plan_meeting(room[0], form="theme", theme="priorities", place="The lake", minutes="90")
    path = f"/pairs/{room[0].id}/meetings/{meeting.id}/plan"
    form = form_in(browse(birgitte).get(path).text, path)
    assert browse(birgitte).post(path, form.fields | {"time": "09:30"}).status_code == 303
    again = current(meeting)
    kept = ("minutes", "form", "theme", "title", "place")
    assert [getattr(again, name) for name in kept] == [getattr(meeting, name) for name in kept]
    assert again.starts_at != meeting.starts_at


def test_an_old_page_shows_the_new_date_and_keeps_what_was_typed(meeting, hers, path, anne, browse):
    form = form_in(browse(anne).get(f"{path}/plan").text, f"{path}/plan")
    hers.replan(TYPED | {"day": "2027-01-07", "place": "The canteen"}, rev=hers.rev)
    typed = form.fields | {"time": "08:15", "place": "The lake"}
    answer = browse(anne).post(form.action, typed)
    assert answer.status_code == 409
    assert "7 January 2027" in answer.text
    kept = form_in(answer.text, form.action).fields
    assert (kept["time"], kept["place"], kept["day"]) == ("08:15", "The lake", typed["day"])
    assert current(meeting).place == "The canteen"
    assert browse(anne).post(form.action, kept).status_code == 303
    assert current(meeting).place == "The lake"


def test_a_refused_move_keeps_what_was_typed(meeting, path, anne, browse):
    form = form_in(browse(anne).get(f"{path}/plan").text, f"{path}/plan")
    answer = browse(anne).post(form.action, form.fields | {"time": "", "place": "The lake"})
    assert answer.status_code == 422
    assert form_in(answer.text, form.action).fields["place"] == "The lake"
    assert current(meeting).rev == 1


def test_cancelling_on_the_page(meeting, path, anne, birgitte, browse):
    form = form_in(browse(anne).get(f"{path}/plan").text, f"{path}/cancellation")
    assert browse(anne).post(form.action, form.fields).location == f"/pairs/{meeting.pair_id}"
    assert "Anne Holm" in browse(birgitte).get(path).text
    for verb, data in (("/plan", TYPED), ("/holding", {}), ("/beginning", {}), ("/steps/1", {})):
        assert browse(birgitte).post(path + verb, data).status_code == 422
    assert current(meeting).state == "cancelled"


# The hour itself.


@pytest.fixture
def hour(room):
    """A meeting that is going on, as Anne sees it."""
    meeting = plan_meeting(room[0], days=-1)
    meeting.begin()
    return meeting


def test_walking_through_a_meeting_with_the_buttons_on_the_page(room, anne, birgitte, browse):
    meeting = plan_meeting(room[0], days=-1)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    form = form_in(browse(anne).get(path).text, f"{path}/beginning")
    assert browse(anne).post(form.action, form.fields).location == f"{path}#now"
    for step in range(1, 8):
        client = browse(birgitte if step % 2 else anne)
        form = form_in(client.get(path).text, f"{path}/steps/{step}")
        assert client.post(form.action, form.fields).status_code == 303
        assert current(meeting).step == step
    form = form_in(browse(anne).get(path).text, f"{path}/holding")
    assert browse(anne).post(form.action, form.fields).location == path
    assert current(meeting).state == "held"


def test_a_meeting_in_three_days_cannot_be_held_on_the_page(meeting, path, anne, browse):
    answer = browse(anne).post(f"{path}/holding")
    assert answer.status_code == 422
    assert "still to come" in answer.text


def test_a_step_that_is_none_is_refused(hour, anne, browse):
    path = f"/pairs/{hour.pair_id}/meetings/{hour.id}"
    assert browse(anne).post(f"{path}/steps/9").status_code == 422
    assert browse(anne).post(f"{path}/steps/-1").status_code == 404
    assert browse(anne).post(f"{path}/recap/gossip", {"text": "x"}).status_code == 404


@pytest.mark.parametrize("htmx", [True, False])
def test_both_write_the_recap_and_each_a_note_of_their_own(hour, room, anne, birgitte, browse, htmx):
    path = f"/pairs/{hour.pair_id}/meetings/{hour.id}"
    for person, words in ((anne, "Mine shoulders"), (birgitte, "Five seconds of silence")):
        page = browse(person).get(path).text
        form = form_in(page, f"{path}/recap/")
        assert form.fields["text"] == ("" if person == anne else "It begins in the shoulders.")
        said = form.fields["text"] + ("It begins in the shoulders." if person == anne else " **That** is the sign.")
        status = browse(person).post(form.action, form.fields | {"text": said}, htmx=htmx).status_code
        assert status == (200 if htmx else 303)
        note = form_in(page, f"{path}/notes/")
        assert browse(person).post(note.action, note.fields | {"text": words}, htmx=htmx).status_code == status
        assert form_in(browse(person).get(path).text, f"{path}/notes/").fields["text"] == words
    assert Recap.on(hour)["since"].text == "It begins in the shoulders. **That** is the sign."
    assert [row.text for row in Reflection.of(room[0])] == ["Mine shoulders"]
    assert "Mine shoulders" not in browse(birgitte).get(path).text


def test_a_recap_is_read_as_it_was_meant(hour, anne, browse):
    Recap.save_text(hour, "frame", "**That** is <b>the</b> sign.", rev=0, page="")
    hour.hold()
    page = browse(anne).get(f"/pairs/{hour.pair_id}/meetings/{hour.id}").text
    assert "<strong>That</strong> is" in page
    assert "<b>the</b>" not in page


def test_a_recap_written_by_both_meets(hour, room):
    mine = Recap.save_text(hour, "since", "mine", rev=0, page="a")
    hers = Meeting.find(room[1], hour.id)
    with pytest.raises(Conflict) as met:
        Recap.save_text(hers, "since", "hers", rev=0, page="b")
    assert met.value.current.text == "mine"
    Recap.save_text(hers, "since", "hers", rev=mine.rev, page="b")
    Recap.save_text(hers, "frame", "another step is another text", rev=0, page="b")
    assert {step: row.text for step, row in Recap.on(hour).items()} == {
        "since": "hers", "frame": "another step is another text",
    }  # fmt: skip


def test_a_recap_begun_by_both_in_the_same_moment_is_one(room):
    for _ in range(4):
        meeting = plan_meeting(room[0], days=-1)
        hers = Meeting.find(room[1], meeting.id)
        both = at_once(
            lambda m=meeting: Recap.save_text(m, "since", "mine", rev=0, page="a"),
            lambda m=hers: Recap.save_text(m, "since", "hers", rev=0, page="b"),
        )
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "Recap"]
        assert Recap.of(room[0]).where(Recap.meeting == meeting.id).count() == 1


# Insights.


def insights(pair, meeting):
    return [(row.text, row.is_shared) for row in Insight.from_meetings(pair, [meeting])[meeting.id]]


def test_an_insight_is_private_or_shared(hour, room):
    Insight.note(hour, "Only mine", shared=False)
    Insight.note(hour, "For us both", shared=True)
    assert sorted(insights(room[0], hour)) == [("For us both", True), ("Only mine", False)]
    assert insights(room[1], hour) == [("For us both", True)]


def test_an_insight_shared_later_is_read_by_both_and_stands_once(hour, room):
    private = Insight.note(hour, "Only mine", shared=False)
    shared = private.share()
    assert shared.id != private.id
    assert insights(room[0], hour) == insights(room[1], hour) == [("Only mine", True)]
    assert Insight.find(room[1], shared.id).share().id == shared.id
    assert insights(room[1], hour) == [("Only mine", True)]


def test_an_insight_shared_on_two_pages_in_the_same_moment_stands_once(hour, room):
    for n in range(4):
        made = Insight.note(hour, str(n), shared=False)
        pages = [Insight.find(room[0], made.id) for _ in range(2)]
        at_once(*[page.share for page in pages])
        assert insights(room[1], hour).count((str(n), True)) == 1


def test_keeping_and_sharing_insights_on_the_page(hour, anne, birgitte, browse):
    path = f"/pairs/{hour.pair_id}/meetings/{hour.id}"
    hour.go_to(KEYS.index("wrap_up"))
    form = form_in(browse(anne).get(path).text, f"{path}/insights")
    assert {value for name, value in form.buttons if name == "who"} == {"both", "me"}
    for who, words in (("me", "Only mine"), ("both", "For us both")):
        answer = browse(anne).post(form.action, form.fields | {"insight": words, "who": who})
        assert answer.location == f"{path}#insights"
    theirs = browse(birgitte).get(path).text
    assert "For us both" in theirs
    assert "Only mine" not in theirs
    (private,) = Insight.of(hour.opener).where(Insight.scope == anne.id)
    form = form_in(browse(anne).get(path).text, f"{path}/insights/{private.id}/sharing")
    assert browse(birgitte).post(form.action).status_code == 404
    assert browse(anne).post(form.action, form.fields).location == f"{path}#insights"
    assert "Only mine" in browse(birgitte).get(path).text


@pytest.mark.parametrize("words", [" ", "x" * 10_001])
@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_insight_says_so_and_is_kept(hour, anne, browse, words, htmx):
    path = f"/pairs/{hour.pair_id}/meetings/{hour.id}"
    answer = browse(anne).post(f"{path}/insights", {"insight": words, "who": "both"}, htmx=htmx)
    assert answer.status_code == 422
    if htmx:
        # Only the sentence: what was typed stands untouched in the page.
        assert 'class="field__error"' in answer.text
    else:
        assert 'id="insight-error"' in answer.text
        assert form_in(answer.text, f"{path}/insights").fields["insight"] == words
    assert insights(hour.opener, hour) == []


# Strangers.


def test_a_stranger_finds_no_meeting(hour, room, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    item, insight = AgendaItem.put(hour, "a"), Insight.note(hour, "b", shared=True)
    elsewhere = plan_meeting(other)
    own = f"/pairs/{other.id}/meetings"
    verbs = [
        "/plan", "/cancellation", "/beginning", "/steps/1", "/holding", "/agenda", f"/agenda/{item.id}/move",
        f"/agenda/{item.id}/removal", "/recap/since", "/notes/since", "/notes/whole", "/insights",
        f"/insights/{insight.id}/sharing",
    ]  # fmt: skip
    client = browse(christian)
    for path in (f"/pairs/{hour.pair_id}/meetings/{hour.id}", f"{own}/{hour.id}", f"{own}/{uuid4()}"):
        assert client.get(path).status_code == 404
        assert client.get(f"{path}/plan").status_code == 404
        for verb in verbs:
            assert client.post(path + verb, TYPED | {"text": "x"}).status_code == 404, verb
    for verb in verbs:
        if str(item.id) in verb or str(insight.id) in verb:
            assert client.post(f"{own}/{elsewhere.id}{verb}").status_code == 404, verb
    assert lines(hour) == ["a"]
    assert current(hour).state == "begun"


def test_the_preparation_of_another_meeting_is_not_shown(meeting, room, birgitte, browse):
    other = plan_meeting(room[0], days=9)
    Reflection.save_text(room[0], meeting, "question", "The first question", rev=0, page="", style=4)
    SharedPreparation.share(meeting, "question")
    path = f"/pairs/{room[0].id}/meetings"
    assert "The first question" in browse(birgitte).get(f"{path}/{meeting.id}").text
    assert "The first question" not in browse(birgitte).get(f"{path}/{other.id}").text


def test_who_had_the_page_open_is_forgotten_when_the_meeting_ends(hour, room):
    other = plan_meeting(room[0], days=-2)
    for meeting in (hour, other):
        Presence.note(meeting)
    Presence.note(Meeting.find(room[1], hour.id))
    hour.hold()
    assert [row.meeting_id for row in Presence.select()] == [other.id]


@pytest.mark.parametrize("htmx", [True, False])
def test_the_mentee_asks_for_a_style_topic_by_topic(meeting, path, anne, birgitte, browse, htmx):
    for person, title in ((anne, "Saying no upwards"), (birgitte, "What we have not talked about")):
        browse(person).post(f"{path}/agenda", {"title": title, "style": "3"}, htmx=htmx)
    assert [item.stance for item in AgendaItem.on(meeting)] == [3, None]
    browse(anne).post(f"{path}/agenda", {"title": "No style", "style": "9"}, htmx=htmx)
    assert [item.stance for item in AgendaItem.on(meeting)] == [3, None, None]
    assert 'name="style"' in browse(anne).get(path).text
    page = browse(birgitte).get(path).text
    assert page.count("Share experience") == 1
    assert 'name="style"' not in page


def test_a_meeting_just_held_is_looked_back_on_from_the_room(room, anne, birgitte, browse):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    path = f"/pairs/{room[0].id}"
    for person in (anne, birgitte):
        assert f"{path}/meetings/{meeting.id}#style" in browse(person).get(path).text
        with at(now() + timedelta(days=4)):
            assert "#style" not in browse(person).get(path).text


def test_each_has_a_place_to_begin_looking_back(room, anne, birgitte, browse):
    meeting = plan_meeting(room[0], days=-1, form="theme", theme="network")
    meeting.hold()
    path = f"/pairs/{room[0].id}/meetings/{meeting.id}"
    mine, hers = (library().to_look_back(pair.role, "network", turn=1) for pair in room)
    assert (mine.theme, mine.stage, mine.reader, hers.reader) == ("network", "after", None, "mentor")
    for person, own, other in ((anne, mine, hers), (birgitte, hers, mine)):
        page = browse(person).get(path).text.replace("&#39;", "'")
        assert own.en in page
        assert other.en not in page
