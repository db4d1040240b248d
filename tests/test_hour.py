"""The hour itself: the line and its time, who is here, what the page asks by itself, and writing it down afterwards."""

import re
from datetime import time, timedelta

import pytest
from acting import at_once, form_in
from attacks.world import dump
from conftest import make_pair, plan_meeting

from companion import i18n
from companion.actions.models import Action, Offer, Promise
from companion.db import at, now
from companion.errors import Invalid, Missing
from companion.meetings import latest
from companion.meetings.models import (
    AWAY_AFTER,
    HERE_EVERY,
    KEYS,
    LONGEST_STEP,
    OVERTIME,
    RECAPPED,
    TIMEOUT,
    UNDONE_WITHIN,
    AgendaItem,
    Meeting,
    Presence,
    Recap,
)
from companion.meetings.pages import CARDS, line, process_card
from companion.people.models import Session
from companion.prompts.models import library
from companion.reflections.models import ExperiencedStyle, Insight, Reflection, SharedPreparation

# Yesterday at three, where everybody is.
START = i18n.utc((now() - timedelta(days=1)).date(), time(15), "Europe/Copenhagen")
PLAN = {"cue": "I am asked for something new", "act": "I say that I will come back tomorrow"}
ASKS = {"HX-Request": "true"}
SECRET = "zebraer i entreen"


def minutes(number):
    return timedelta(minutes=number)


def current(meeting):
    return Meeting.find(meeting.opener, meeting.id)


@pytest.fixture
def hour(room):
    """A meeting that has just begun, an hour long, as Anne sees it."""
    return into("begun", room)


@pytest.fixture
def hers(hour, room):
    """The same as Birgitte sees it."""
    return Meeting.find(room[1], hour.id)


@pytest.fixture
def path(hour):
    return f"/pairs/{hour.pair_id}/meetings/{hour.id}"


# The line.


def places(meeting):
    return [(place.step.key, place.state) for place in line(current(meeting))]


def as_it_stands(order, here):
    """[(step, state)] of a line in this order, with the two at `here`."""
    order = order.split()
    return [(key, "now" if key == here else "past" if order.index(key) < order.index(here) else "next")
            for key in order]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_what_is_behind_and_what_is_ahead(hour, key):
    hour.go_to(KEYS.index(key))
    assert places(hour) == as_it_stands(" ".join(KEYS), key)


def test_before_and_after_a_meeting_nothing_is_now(room, hour):
    planned = plan_meeting(room[0])
    assert {state for _key, state in places(planned)} == {"next"}
    with at(START + minutes(60)):
        hour.hold()
    assert {state for _key, state in places(hour)} == {"next"}


@pytest.mark.parametrize("key", [key for key in KEYS if key != "timeout"])
def test_a_time_out_that_is_called_stands_before_the_step_it_interrupted(hour, hers, birgitte, key):
    step = KEYS.index(key)
    hour.go_to(step)
    called = Meeting.find(hers.opener, hers.id)
    called.call_timeout()
    order = [one for one in KEYS if one != "timeout"]
    order.insert(order.index(key), "timeout")
    assert places(hour) == as_it_stands(" ".join(order), "timeout")
    now_ = current(hour)
    assert (now_.caller, now_.back_to, now_.following) == (birgitte.id, step, step)
    now_.go_to(now_.following)
    again = current(hour)
    assert (again.step, again.back_to, again.caller) == (step, None, None)
    # What was written at it can still be seen.
    assert ("timeout", "past") in places(hour)
    assert sorted(one for one, _state in places(hour)) == sorted(KEYS)


@pytest.mark.parametrize("step", range(TIMEOUT))
def test_a_time_out_that_was_had_does_not_come_again(hour, step):
    hour.go_to(step)
    current(hour).call_timeout()
    walked = []
    while (following := current(hour).following) is not None:
        current(hour).go_to(following)
        walked.append(following)
    assert walked == [n for n in range(step, len(KEYS)) if n != TIMEOUT]


def test_a_time_out_nobody_called_comes_in_its_turn(hour):
    walked = [0]
    while (following := current(hour).following) is not None:
        current(hour).go_to(following)
        walked.append(following)
    assert walked == list(range(len(KEYS)))
    assert current(hour).caller is None


@pytest.mark.parametrize("key", [key for key in KEYS if key != "timeout"])
def test_back_and_on_from_a_time_out_on_the_page(hour, path, anne, birgitte, browse, key):
    step = KEYS.index(key)
    hour.go_to(step)
    form = form_in(browse(birgitte).get(path).text, f"{path}/timeout")
    assert browse(birgitte).post(form.action, form.fields).location == f"{path}#now"
    page = browse(anne).get(path).text
    assert "Birgitte Lund has called a time-out" in page
    form = form_in(page, f"{path}/steps/")
    assert form.action == f"{path}/steps/{step}"
    browse(anne).post(form.action, form.fields)
    assert current(hour).step == step
    assert browse(birgitte).get(path).status_code == 200


@pytest.mark.parametrize("ended", [True, False])
def test_what_was_written_at_a_time_out_is_still_read_where_the_two_went_back(hour, path, anne, browse, ended):
    hour.go_to(KEYS.index("conversation"))
    current(hour).call_timeout()
    Recap.save_text(hour, "timeout", SECRET, rev=0, page="")
    current(hour).go_to(KEYS.index("conversation"))
    if ended:
        current(hour).hold()
    assert SECRET in browse(anne).get(path).text


# The time used.


def test_time_is_counted_at_the_step_the_two_are_at(hour):
    for after, step in ((5, 1), (9, 2), (12, 1), (13, 2)):
        with at(START + minutes(after)):
            current(hour).go_to(step)
    with at(START + minutes(30)):
        used = {key: current(hour).seconds_at(key) // 60 for key in ("since", "frame", "conversation", "timeout")}
        assert used == {"since": 5, "frame": 5, "conversation": 20, "timeout": 0}
        assert [place.used for place in line(current(hour))][:3] == [5, 5, 20]
        current(hour).hold()
    with at(START + minutes(300)):
        assert current(hour).seconds_at("conversation") == 20 * 60


def test_time_at_a_time_out_is_not_time_at_the_step_it_interrupted(hour):
    with at(START + minutes(10)):
        current(hour).call_timeout()
    with at(START + minutes(13)):
        current(hour).go_to(0)
    with at(START + minutes(20)):
        assert [current(hour).seconds_at(key) // 60 for key in ("since", "timeout")] == [17, 3]


def test_going_where_the_two_are_already_starts_no_clock_anew(hour):
    with at(START + minutes(10)):
        current(hour).go_to(0)
        current(hour).begin()
    with at(START + minutes(20)):
        assert current(hour).seconds_at("since") == 20 * 60
    assert current(hour).rev == hour.rev


def test_a_page_left_open_overnight_counts_four_hours(hour):
    with at(START + timedelta(hours=15)):
        assert current(hour).seconds_at("since") == LONGEST_STEP.total_seconds() == 4 * 60 * 60


def test_the_time_between_ending_and_going_on_is_not_counted(hour):
    with at(START + minutes(60)):
        current(hour).hold()
    with at(START + minutes(68)):
        current(hour).go_on()
    with at(START + minutes(70)):
        assert current(hour).seconds_at("since") == 62 * 60


# From every state to every other.


def into(state, room):
    """A meeting of today in `state`, as Anne sees it."""
    with at(START - minutes(60)):
        meeting = plan_meeting(room[0], days=0)
    with at(START):
        if state in ("begun", "held", "cancelled after it began"):
            meeting.begin()
        if state.startswith("held"):
            meeting.hold()
        if state.startswith("cancelled"):
            meeting.cancel()
    return current(meeting)


VERBS = {
    "begin": Meeting.begin,
    "go_to": lambda meeting: meeting.go_to(3),
    "call_timeout": Meeting.call_timeout,
    "hold": Meeting.hold,
    "go_on": Meeting.go_on,
}
OVER, SAME = "is over", None
BECOMES = {
    "planned": ("begun", "begun", "begun", "held", SAME),
    "begun": (SAME, "begun", "begun", "held", SAME),
    "held": (SAME, OVER, OVER, SAME, "begun"),
    "held without a screen": (OVER, OVER, OVER, SAME, "planned"),
    "cancelled": (OVER, OVER, OVER, OVER, SAME),
    "cancelled after it began": (SAME, OVER, OVER, OVER, SAME),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", BECOMES)
def test_what_each_verb_does_in_each_state(room, state, verb):
    meeting = into(state, room)
    expected = BECOMES[state][list(VERBS).index(verb)]
    with at(START + minutes(1)):
        if expected == OVER:
            with pytest.raises(Invalid, match=OVER):
                VERBS[verb](current(meeting))
        else:
            VERBS[verb](current(meeting))
        after = current(meeting)
        if expected in (SAME, OVER):
            assert after.rev == meeting.rev
        else:
            assert after.state == expected
            # Done twice is done once.
            VERBS[verb](current(meeting))
            assert current(meeting).rev == after.rev


@pytest.mark.parametrize("verb", ["beginning", "steps/3", "timeout", "holding", "resumption"])
@pytest.mark.parametrize("state", BECOMES)
@pytest.mark.parametrize("htmx", [True, False])
def test_the_page_says_why_where_it_cannot_be_done(room, anne, browse, state, verb, htmx):
    meeting = into(state, room)
    which = ["beginning", "steps/3", "timeout", "holding", "resumption"].index(verb)
    with at(START + minutes(1)):
        answer = browse(anne).post(f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/{verb}", htmx=htmx)
    if BECOMES[state][which] == OVER:
        assert answer.status_code == 422
        assert "This meeting is over." in answer.text
    else:
        assert answer.status_code == 303


def test_ending_is_undone_within_ten_minutes_and_not_after(hour, hers):
    with at(START + minutes(60)):
        current(hour).hold()
    with at(START + minutes(60) + UNDONE_WITHIN + timedelta(seconds=1)):
        assert not current(hour).can_go_on
        with pytest.raises(Invalid, match="More than ten minutes"):
            current(hour).go_on()
    with at(START + minutes(60) + UNDONE_WITHIN - timedelta(seconds=1)):
        assert current(hour).can_go_on
        current(hers).go_on()
        again = current(hour)
        assert (again.state, again.step, again.can_go_on) == ("begun", 0, False)


def test_the_way_back_stands_on_the_page_as_long_as_it_is_open(hour, path, anne, browse):
    with at(START + minutes(60)):
        hour.hold()
    with at(START + minutes(71)):
        page = browse(anne).get(path).text
        assert f"{path}/resumption" not in page
        answer = browse(anne).post(f"{path}/resumption")
        assert answer.status_code == 422
        assert "More than ten minutes have passed." in answer.text
    with at(START + minutes(69)):
        form = form_in(browse(anne).get(path).text, f"{path}/resumption")
        assert browse(anne).post(form.action, form.fields).location == f"{path}#now"
        assert form_in(browse(anne).get(path).text, f"{path}/holding")


# Both at once.


@pytest.mark.parametrize("verb", ["begin", "go_to", "call_timeout", "hold"])
def test_what_both_do_in_the_same_moment_is_done_once(room, verb):
    for _ in range(3):
        mine = into("begun" if verb != "begin" else "planned", room)
        hers, before = Meeting.find(room[1], mine.id), mine.rev
        both = at_once(lambda m=mine: VERBS[verb](m), lambda m=hers: VERBS[verb](m))
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "NoneType"]
        assert current(mine).rev == before + 1


def test_both_press_on_and_the_line_moves_by_one(hour, path, anne, birgitte, browse):
    clients = [browse(anne), browse(birgitte)]
    answers = at_once(*[lambda c=client: c.post(f"{path}/steps/1") for client in clients])
    assert [answer.status_code for answer in answers] == [303, 303]
    assert current(hour).step == 1
    # A page that was not yet told goes where it said.
    clients[0].post(f"{path}/steps/2")
    clients[1].post(f"{path}/steps/2")
    assert current(hour).step == 2


def test_one_calls_a_time_out_while_the_other_goes_on(hour, path, anne, birgitte, browse):
    for _ in range(3):
        current(hour).go_to(1)
        mine, hers = browse(anne), browse(birgitte)
        answers = at_once(lambda c=mine: c.post(f"{path}/timeout"), lambda c=hers: c.post(f"{path}/steps/2"))
        assert [answer.status_code for answer in answers] == [303, 303]
        assert current(hour).step in (2, TIMEOUT)
        assert sum(1 for _key, state in places(hour) if state == "now") == 1


# Who is here.


def here(meeting):
    """(mine, the other's): here or not, None where nobody was."""
    return tuple(one.is_here if one else None for one in Presence.at(meeting))


def test_somebody_is_here_until_fifty_seconds_after_they_said_so(hour, hers):
    assert here(hour) == (None, None)
    with at(START):
        Presence.note(hers)
        assert (here(hour), here(hers)) == ((None, True), (True, None))
    with at(START + AWAY_AFTER - timedelta(seconds=1)):
        assert here(hour) == (None, True)
    with at(START + timedelta(seconds=51)):
        assert here(hour) == (None, False)
        Presence.note(hers)
        assert here(hour) == (None, True)
    assert Presence.select().count() == 1


def test_that_somebody_is_here_is_written_at_most_every_twenty_seconds(hour, path, birgitte, browse):
    written = []
    with at(START):
        windows = browse(birgitte), browse(birgitte)
    for second in range(0, 64, 3):
        with at(START + timedelta(seconds=second)):
            # Two windows, and looked at anew again and again.
            assert windows[second % 2].post(f"{path}/presence").status_code == 204
            written.append((Presence.get().seen_at - START).seconds)
            assert here(hour) == (None, True)
    assert sorted(set(written)) == [0, 21, 42, 63]
    assert HERE_EVERY.seconds == 20


def test_who_looks_at_which_screen_is_written_at_once(hour, hers):
    for second, together in ((0, None), (1, True), (2, None), (3, False), (4, True)):
        with at(START + timedelta(seconds=second)):
            Presence.note(hers, together=together)
            assert Presence.at(hour)[1].is_together == (second in (1, 2, 4))


def test_one_screen_is_shared_until_it_is_said_otherwise_or_nobody_is_there(hour, hers):
    with at(START):
        Presence.note(hour, together=True)
    with at(START + timedelta(seconds=20)):
        Presence.note(hour)
        assert Presence.at(hers)[1].is_together
        assert not Presence.at(hers)[0]
    with at(START + timedelta(seconds=80)):
        assert not Presence.at(hers)[1].is_together
        Presence.note(hour, together=False)
        assert not Presence.at(hers)[1].is_together


@pytest.mark.parametrize("htmx", [True, False])
def test_presence_on_the_page(hour, path, anne, birgitte, browse, htmx):
    with at(START):
        mine, theirs = browse(anne), browse(birgitte)
        assert "Birgitte Lund is not here" in mine.get(path).text
        assert (theirs.post(f"{path}/presence").status_code, theirs.post(f"{path}/presence").text) == (204, "")
        assert "Birgitte Lund is here" in mine.get(path).text
        form = form_in(mine.get(path).text, f"{path}/presence")
        answer = mine.post(form.action, form.fields, htmx=htmx)
        if htmx:
            assert "<html" not in answer.text
            assert "You are both at this screen" in answer.text
        else:
            assert (answer.status_code, answer.location) == (303, path)
        page = mine.get(path).text
        assert "You are both at this screen" in page
        assert f"{path}/notes/" not in page
        assert "You are both at Anne Holm’s screen" in theirs.get(path).text
        assert f"{path}/notes/" in theirs.get(path).text
        mine.post(form.action, form_in(page, f"{path}/presence").fields, htmx=htmx)
        assert f"{path}/notes/" in mine.get(path).text
    with at(START + timedelta(seconds=51)):
        assert "Birgitte Lund was here at 15:00" in mine.get(path).text


@pytest.mark.parametrize("end", ["hold", "cancel"])
def test_who_was_here_is_forgotten_when_it_is_over(room, hour, end, anne, browse):
    other = into("begun", room)
    for meeting in (hour, other):
        Presence.note(meeting, together=True)
    with at(START + minutes(60)):
        getattr(current(hour), end)()
        assert browse(anne).post(f"/pairs/{hour.pair_id}/meetings/{hour.id}/presence").status_code == 204
    assert [one.meeting_id for one in Presence.select()] == [other.id]


# Whether there is anything new.


def version(pair, meeting):
    return latest.look(pair.person, pair.id, meeting.id)[0]


@pytest.fixture
def rich(room, hour):
    """The meeting with one of everything that can change, as (Anne's, Birgitte's)."""
    mine, hers = room
    theirs = Meeting.find(hers, hour.id)
    AgendaItem.put(hour, "a")
    AgendaItem.put(hour, "b")
    Recap.save_text(hour, "since", "a", rev=0, page="")
    Reflection.save_text(mine, hour, "question", "a", rev=0, page="", style=3)
    SharedPreparation.share(hour, "question")
    Insight.note(hour, "a", shared=False)
    Insight.note(theirs, "a", shared=False)
    Action.plan(mine, PLAN, meeting=hour)
    Action.plan(mine, PLAN)
    Offer.make(hers, "a", theirs)
    Promise.make(mine, "a", hour)
    Promise.make(hers, "a")
    return current(hour), current(theirs)


def reword(meeting):
    Recap.save_text(meeting, "since", "b", rev=1, page="")


def plan_of(meeting, *, here):
    return next(one for one in Action.open_in(meeting.opener) if bool(one.meeting_id) == here)


# Each done by Anne (0) or Birgitte (1).
SHOWN = {
    "the line moved": (1, lambda m: m.go_to(1)),
    "a time-out": (1, lambda m: m.call_timeout()),
    "the end": (1, lambda m: m.hold()),
    "cancelled": (1, lambda m: m.cancel()),
    "moved to another place": (1, lambda m: m.replan({"day": START.date().isoformat(), "time": "15:00", "minutes": "60",
                                                      "form": "open", "place": "x"}, rev=m.rev)),
    "somebody came": (1, Presence.note),
    "one screen": (1, lambda m: Presence.note(m, together=True)),
    "a line": (1, lambda m: AgendaItem.put(m, "c")),
    "a prompt": (1, lambda m: AgendaItem.put_prompt(m, library().choose()[0].id)),
    "a line moved": (1, lambda m: AgendaItem.on(m)[1].move(-1)),
    "a line taken": (1, lambda m: AgendaItem.on(m)[0].take(True)),
    "a line gone": (1, lambda m: AgendaItem.on(m)[0].remove()),
    "a recap": (1, lambda m: Recap.save_text(m, "frame", "a", rev=0, page="")),
    "a recap reworded": (1, reword),
    "more shared": (0, lambda m: SharedPreparation.share(m, "all")),
    "nothing shared any more": (0, lambda m: SharedPreparation.share(m, "keep")),
    "a shared insight": (1, lambda m: Insight.note(m, "b", shared=True)),
    "an insight shared later": (1, lambda m: next(one for one in Insight.of(m.opener)).share()),
    "a plan": (0, lambda m: Action.plan(m.opener, PLAN, meeting=m)),
    "a plan reworded": (0, lambda m: plan_of(m, here=True).reword(PLAN, rev=1)),
    "an idea": (1, lambda m: Offer.make(m.opener, "b", m)),
    "an idea declined": (0, lambda m: Offer.waiting(m.opener)[0].decline()),
    "a promise": (1, lambda m: Promise.make(m.opener, "b", m)),
    "a promise kept": (0, lambda m: Promise.from_meeting(m)[0].close("kept")),
    # At the first step the page shows what is open from before.
    "an open plan of before": (0, lambda m: plan_of(m, here=False).complete("done", "")),
    "an open promise of before": (1, lambda m: next(p for p in Promise.open_in(m.opener) if p.is_mine).close("kept")),
}  # fmt: skip


@pytest.mark.parametrize("what", SHOWN)
def test_what_is_shown_and_changes_is_seen_by_both(room, rich, what):
    who, change = SHOWN[what]
    with at(START + minutes(1)):
        before = [version(pair, rich[0]) for pair in room]
        change(rich[who])
        after = [version(pair, rich[0]) for pair in room]
    assert [was != is_ for was, is_ in zip(before, after, strict=True)] == [True, True]


def test_the_next_date_is_seen_by_both_where_it_is_shown(room, hour):
    def versions():
        return [version(pair, hour) for pair in room]

    with at(START + minutes(1)):
        hour.go_to(KEYS.index("next"))
        seen = [versions()]
        planned = plan_meeting(room[1], days=20)
        seen.append(versions())
        planned.replan(
            {"day": (START + timedelta(days=7)).date().isoformat(), "time": "10:00", "minutes": "30", "form": "open"},
            rev=1,
        )
        seen.append(versions())
        # The one after that is not shown.
        plan_meeting(room[0], days=90)
        assert versions() == seen[-1]
        planned.cancel()
        seen.append(versions())
    assert len({one for one, _other in seen}) == len({other for _one, other in seen}) == 4


# Each done by Birgitte.
KEPT = {
    "a private insight": lambda m: Insight.note(m, SECRET, shared=False),
    "a note": lambda m: Reflection.save_text(m.opener, m, "note-since", SECRET, rev=0, page=""),
    "the note on the whole": lambda m: Reflection.save_text(m.opener, m, "note", SECRET, rev=0, page=""),
    "an intention": lambda m: Reflection.save_text(m.opener, m, "intention", SECRET, rev=0, page=""),
    "that she looks back": lambda m: Reflection.save_text(m.opener, m, "practice", SECRET, rev=0, page=""),
}
ELSEWHERE = {
    "a line": lambda m: AgendaItem.put(m, "x"),
    "a recap": lambda m: Recap.save_text(m, "since", "x", rev=0, page=""),
    "an insight": lambda m: Insight.note(m, "x", shared=True),
    "an idea": lambda m: Offer.make(m.opener, "x", m),
    "a promise": lambda m: Promise.make(m.opener, "x", m),
    "somebody": Presence.note,
    "the line moved": lambda m: m.go_to(2),
}


@pytest.mark.parametrize("what", KEPT)
def test_nobody_sees_when_the_other_writes_to_themselves(room, rich, anne, browse, what):
    path = f"/pairs/{room[0].id}/meetings/{rich[0].id}"
    with at(START + minutes(1)):
        client = browse(anne)
        before = version(room[0], rich[0])
        seen = client.get(f"{path}/latest", headers=ASKS)
        KEPT[what](rich[1])
        assert version(room[0], rich[0]) == before
        asked = client.get(f"{path}/latest", headers=ASKS | {"If-None-Match": seen.headers["ETag"]})
    assert (asked.status_code, asked.text) == (304, "")


def test_ones_own_private_insight_is_seen_by_oneself_on_another_screen(room, rich):
    with at(START + minutes(1)):
        before = [version(pair, rich[0]) for pair in room]
        KEPT["a private insight"](rich[1])
        after = [version(pair, rich[0]) for pair in room]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_nobody_sees_when_the_other_says_how_it_was(room, rich):
    with at(START + minutes(60)):
        rich[1].hold()
        before = version(room[0], rich[0])
        ExperiencedStyle.mark(current(rich[1]), 2)
        assert version(room[0], rich[0]) == before


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_happens_at_another_meeting_or_in_another_room_is_nothing_new(room, rich, christian, dorte, what):
    with at(START + minutes(1)):
        rich[0].go_to(1)
        others = make_pair(christian, dorte)
        elsewhere = [plan_meeting(room[1], days=9), plan_meeting(others[1], days=0)]
        before = [version(pair, rich[0]) for pair in room]
        for meeting in elsewhere:
            ELSEWHERE[what](meeting)
        assert [version(pair, rich[0]) for pair in room] == before


def test_that_somebody_is_still_here_is_nothing_new_and_that_they_left_is(room, rich):
    with at(START):
        Presence.note(rich[1])
        before = version(room[0], rich[0])
    with at(START + timedelta(seconds=20)):
        Presence.note(rich[1])
        assert version(room[0], rich[0]) == before
    with at(START + timedelta(seconds=55)):
        Presence.note(rich[1])
        assert version(room[0], rich[0]) == before
    with at(START + timedelta(seconds=59)):
        assert version(room[0], rich[0]) == before
    with at(START + timedelta(seconds=20 + 55 + 51)):
        away = version(room[0], rich[0])
    with at(START + timedelta(seconds=20 + 55 + 51 + 5)):
        assert version(room[0], rich[0]) != before
        assert version(room[0], rich[0]) == away


def test_each_minute_is_something_new_and_a_second_is_not(room, hour):
    seen = []
    for seconds in (10, 12, 50, 70, 100, 130):
        with at(START + timedelta(seconds=seconds)):
            seen.append(version(room[0], hour))
    assert [len(set(seen[:n])) for n in range(1, 7)] == [1, 1, 1, 2, 2, 3]


def test_another_language_is_something_new(room, hour, anne):
    with at(START):
        before = version(room[0], hour)
        anne.settle(name=anne.name, language="da", timezone=anne.timezone)
        assert version(room[0], hour) != before


def test_the_page_is_sent_once_and_then_only_when_something_is_new(rich, path, anne, birgitte, browse):
    with at(START + minutes(1)):
        client = browse(anne)
        first = client.get(f"{path}/latest", headers=ASKS)
        assert (first.status_code, "<html" in first.text) == (200, False)
        assert first.text.strip().startswith('<div id="hour"')
        marked = ASKS | {"If-None-Match": first.headers["ETag"]}
        assert client.get(f"{path}/latest", headers=marked).status_code == 304
        assert f'data-version="{first.headers["ETag"].strip(chr(34))}"' in client.get(path).text
        browse(birgitte).post(f"{path}/recap/frame", {"text": SECRET, "rev": "0"})
        second = client.get(f"{path}/latest", headers=marked)
    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]


def test_without_htmx_it_leads_to_the_page_itself(hour, path, anne, browse):
    answer = browse(anne).get(f"{path}/latest")
    assert (answer.status_code, answer.location) == (303, f"{path}#now")
    hour.hold()
    assert browse(anne).get(f"{path}/latest").location == path


def test_without_a_script_what_is_new_is_loaded_by_way_of_another_address(path, anne, browse):
    # A link to a place on the page one is at only scrolls.
    link = re.search(r'<noscript><a [^>]*href="([^"]+)">See what is new</a>', browse(anne).get(path).text)[1]
    assert link.split("#")[0] != path
    assert browse(anne).get(link).location == f"{path}#now"


@pytest.mark.parametrize("headers", [{}, ASKS])
def test_a_stranger_learns_nothing(room, hour, path, christian, dorte, anne, browse, headers):
    others = make_pair(christian, dorte)
    theirs = plan_meeting(others[0], days=0)
    for place in (path, f"/pairs/{others[0].id}/meetings/{hour.id}", f"/pairs/{room[0].id}/meetings/{theirs.id}"):
        assert browse(christian).get(f"{place}/latest", headers=headers).status_code == 404
        assert browse(christian).post(f"{place}/presence", headers=headers).status_code == 404
    assert browse(anne).get(f"/pairs/{room[0].id}/meetings/{theirs.id}/latest", headers=headers).status_code == 404
    for person, pair in ((christian, room[0]), (christian, others[0]), (anne, others[0])):
        with pytest.raises(Missing):
            latest.look(person, pair.id, hour.id)
    assert not Presence.select().exists()


# How long a room stays open by itself.


def seen_at(client):
    return Session.get_by_id(client.session.id).seen_at


def poll(client, path, moment):
    """Ask as an open page does, at `moment`: the status, and whether it counted as somebody being here."""
    with at(moment):
        before = seen_at(client)
        said = client.post(f"{path}/presence")
        assert seen_at(client) == before
        answer = client.get(f"{path}/latest", headers=ASKS)
        assert (said.status_code == 204) == (answer.status_code != 303)
    return answer.status_code, seen_at(client) > before


@pytest.fixture
def open_page(hour, anne, browse):
    with at(START):
        return browse(anne)


@pytest.mark.parametrize("begun", [0, 40])
def test_a_meeting_keeps_the_room_open_until_its_planned_end_and_half_an_hour(room, anne, browse, begun):
    with at(START - minutes(60)):
        meeting = plan_meeting(room[0], days=0)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    start = START + minutes(begun)
    with at(start):
        client = browse(anne)
        client.post(f"{path}/beginning")
    end = start + minutes(60)
    assert minutes(30) == OVERTIME
    for after in range(20, 90, 20):
        assert poll(client, path, start + minutes(after)) == (200, True)
    assert poll(client, path, end + minutes(29)) == (200, True)
    assert poll(client, path, end + minutes(31)) == (200, False)
    assert poll(client, path, end + minutes(58)) == (200, False)
    # Half an hour after it last counted the room has locked.
    assert poll(client, path, end + minutes(60)) == (303, False)


def test_a_meeting_that_began_early_lasts_until_its_planned_end(room, anne, browse):
    with at(START - minutes(60)):
        meeting = plan_meeting(room[0], days=0)
        client = browse(anne)
        path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
        client.post(f"{path}/beginning")
    for after in range(-40, 90, 20):
        assert poll(client, path, START + minutes(after)) == (200, True)
    assert poll(client, path, START + minutes(89)) == (200, True)
    assert poll(client, path, START + minutes(91)) == (200, False)


@pytest.mark.parametrize("state", [state for state in BECOMES if state != "begun"])
def test_a_page_of_any_other_meeting_keeps_nothing_open(room, anne, browse, state):
    meeting = into(state, room)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    with at(START):
        client = browse(anne)
    assert poll(client, path, START + minutes(10)) == (200, False)
    assert poll(client, path, START + minutes(29)) == (200, False)
    assert poll(client, path, START + minutes(31)) == (303, False)


def test_a_page_of_another_room_or_a_meeting_of_others_keeps_nothing_open(hour, path, christian, browse):
    with at(START):
        client = browse(christian)
    with at(START + minutes(10)):
        before = seen_at(client)
        assert client.get(f"{path}/latest", headers=ASKS).status_code == 404
        assert client.post(f"{path}/presence").status_code == 404
        assert seen_at(client) == before


def test_what_somebody_does_counts(open_page, path):
    with at(START + minutes(10)):
        before = seen_at(open_page)
        open_page.post(f"{path}/recap/since", {"text": "a", "rev": "0"})
        assert seen_at(open_page) > before


def test_when_the_room_has_locked_an_open_page_is_told_nothing(open_page, hour, path):
    with at(START + minutes(60)):
        answer = open_page.get(f"{path}/latest", headers=ASKS)
        assert (answer.status_code, "Anne" in answer.text) == (303, False)
        assert open_page.post(f"{path}/presence").status_code == 401
    assert not Presence.select().exists()


# Getting to a line of the agenda.


@pytest.mark.parametrize("htmx", [True, False])
def test_either_says_that_they_got_to_a_line_and_takes_it_back(hour, path, anne, birgitte, browse, htmx):
    hour.go_to(KEYS.index("conversation"))
    item = AgendaItem.put(hour, "Who are we?")
    for person, taken in ((anne, True), (anne, True), (birgitte, False), (birgitte, True)):
        client = browse(person)
        answer = client.post(f"{path}/agenda/{item.id}/taking", {"taken": str(int(taken))}, htmx=htmx)
        assert AgendaItem.find(hour.opener, item.id).taken is taken
        if htmx:
            assert answer.text.strip() in client.get(path).text
            assert answer.text.lstrip().startswith("<li")
        else:
            assert (answer.status_code, answer.location) == (303, f"{path}#now")
        form = form_in(client.get(path).text, f"{path}/agenda/{item.id}/taking")
        assert form.fields["taken"] == str(int(not taken))


@pytest.mark.parametrize("htmx", [True, False])
def test_a_line_taken_by_both_in_the_same_moment_is_no_trouble(hour, path, anne, birgitte, browse, htmx):
    hour.go_to(KEYS.index("conversation"))
    for n in range(4):
        item = AgendaItem.put(hour, str(n))
        clients = [browse(anne), browse(birgitte)]
        place = f"{path}/agenda/{item.id}/taking"
        answers = at_once(*[lambda c=client, p=place: c.post(p, {"taken": "1"}, htmx=htmx) for client in clients])
        assert [answer.status_code for answer in answers] == [200 if htmx else 303] * 2
        assert AgendaItem.find(hour.opener, item.id).taken


def test_a_stranger_takes_no_line(room, hour, path, christian, dorte, browse):
    other = make_pair(christian, dorte)[0]
    theirs = plan_meeting(other, days=0)
    item = AgendaItem.put(hour, "a")
    for place in (path, f"/pairs/{other.id}/meetings/{theirs.id}", f"/pairs/{other.id}/meetings/{hour.id}"):
        assert browse(christian).post(f"{place}/agenda/{item.id}/taking", {"taken": "1"}).status_code == 404
    assert not AgendaItem.find(room[0], item.id).taken


# Notes and recaps, each at their step.


def test_each_step_has_a_recap_for_both_and_a_note_for_each(hour, path, anne, birgitte, browse):
    for key in RECAPPED:
        current(hour).go_to(KEYS.index(key))
        for person, name in ((anne, "Anne"), (birgitte, "Birgitte")):
            client = browse(person)
            page = client.get(path).text
            note = form_in(page, f"{path}/notes/")
            assert note.action == f"{path}/notes/{key}"
            client.post(note.action, note.fields | {"text": f"{SECRET} {key} {name}"})
            recap = form_in(page, f"{path}/recap/")
            assert recap.action == f"{path}/recap/{key}"
            client.post(recap.action, recap.fields | {"text": recap.fields["text"] + f" {name} at {key}"})
    assert {key: row.text for key, row in Recap.on(hour).items()} == {
        key: f" Anne at {key} Birgitte at {key}" for key in RECAPPED
    }
    with at(START + minutes(60)):
        current(hour).hold()
    for person, name, other in ((anne, "Anne", "Birgitte"), (birgitte, "Birgitte", "Anne")):
        page = browse(person).get(path).text
        for key in RECAPPED:
            assert f"{SECRET} {key} {name}" in page
            assert f"{SECRET} {key} {other}" not in page
            assert f"Anne at {key} Birgitte at {key}" in page


@pytest.mark.parametrize("key", ["plan", "promises", "next"])
def test_the_last_steps_have_forms_of_their_own_and_one_note(hour, path, anne, browse, key):
    hour.go_to(KEYS.index(key))
    page = browse(anne).get(path).text
    assert form_in(page, f"{path}/notes/").action == f"{path}/notes/whole"
    assert f"{path}/recap/" not in page
    for what in ("recap", "notes"):
        assert browse(anne).post(f"{path}/{what}/{key}", {"text": "x", "rev": "0"}).status_code == 404


# The cards on both screens.


def test_the_same_card_lies_on_both_screens_when_its_time_comes(room, path, hour, anne, birgitte, browse):
    for key in KEYS:
        current(hour).go_to(KEYS.index(key))
        pages = [browse(person).get(path).text.replace("&#39;", "'") for person in (anne, birgitte)]
        cards = [one for one in library().prompts if one.move in ("frame", "timeout", "wrap-up")]
        shown = [{one.id for one in cards if one.en in page} for page in pages]
        assert shown[0] == shown[1]
        assert {one.move for one in cards if one.id in shown[0]} == ({CARDS[key]} if key in CARDS else set())
        assert len(shown[0]) == (key in CARDS)


def test_each_meeting_has_another_card_until_all_were_seen(room):
    meetings = [plan_meeting(room[0], days=n) for n in range(6)]
    for move in CARDS.values():
        cards = library().cards(move)
        seen = [process_card(move, meeting).id for meeting in meetings]
        assert seen == [process_card(move, Meeting.find(room[1], meeting.id)).id for meeting in meetings]
        assert len(set(seen[: len(cards)])) == min(len(cards), len(meetings)) > 1


# Writing it down afterwards.

RECORD = {
    "recap": "We talked about **Mondays**.",
    "insight": "It begins in the shoulders.",
    "who": "both",
    **PLAN,
    "promise": "To send the template.",
    "style": "4",
}
HOLDABLE = ("planned", "begun", "held", "held without a screen")


def record_of(room, meeting):
    """All that was written down of `meeting`, as Birgitte reads it."""
    meeting = Meeting.find(room[1], meeting.id)
    recap = Recap.on(meeting).get("conversation")
    return (
        recap.text if recap else "",
        [one.text for one in Insight.of(room[1]).where(Insight.meeting == meeting.id)],
        [(one.cue, one.act) for one in Action.of(room[1]).where(Action.meeting == meeting.id)],
        [one.text for one in Promise.from_meeting(meeting)],
    )


@pytest.mark.parametrize("state", HOLDABLE)
def test_all_that_matters_is_written_down_on_one_page(room, anne, browse, state):
    meeting = into(state, room)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    with at(START + minutes(60)):
        form = form_in(browse(anne).get(f"{path}/record").text, f"{path}/record")
        assert form.fields["who"] == "me"
        answer = browse(anne).post(form.action, form.fields | RECORD)
        assert (answer.status_code, answer.location) == (303, path)
        assert current(meeting).state == "held"
        page = browse(anne).get(path).text
    said = (RECORD["recap"], [RECORD["insight"]], [(PLAN["cue"], PLAN["act"])], [RECORD["promise"]])
    assert record_of(room, meeting) == said
    assert ExperiencedStyle.seen_in(room[0], [meeting.id]) == {meeting.id: {"mentee": 4}}
    assert "<strong>Mondays</strong>" in page


def test_whatever_does_not_fit_is_left_empty(room, anne, browse):
    meeting = into("planned", room)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
    with at(START + minutes(60)):
        form = form_in(browse(anne).get(f"{path}/record").text, f"{path}/record")
        assert browse(anne).post(form.action, form.fields | {"recap": " \n"}).location == path
    assert current(meeting).state == "held"
    assert record_of(room, meeting) == ("", [], [], [])
    assert ExperiencedStyle.select().count() == 0


def test_an_insight_is_the_writers_own_unless_they_say_otherwise(room, birgitte, browse):
    meeting = into("held", room)
    browse(birgitte).post(
        f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/record", RECORD | {"who": "me"}
    )  # fmt: skip
    assert Insight.of(room[0]).count() == 0
    assert [one.text for one in Insight.of(room[1])] == [RECORD["insight"]]


def test_the_mentor_writes_no_plan(room, birgitte, browse):
    meeting = into("held", room)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/record"
    assert {"cue", "act"}.isdisjoint(form_in(browse(birgitte).get(path).text, path).fields)
    assert browse(birgitte).post(path, RECORD).status_code == 303
    assert Action.of(room[0]).count() == 0
    assert record_of(room, meeting)[3] == [RECORD["promise"]]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("recap", {"recap": "x" * 10_001}),
        ("insight", {"insight": "x" * 10_001}),
        ("act", {"act": ""}),
        ("cue", {"cue": "x" * 501}),
        ("promise", {"promise": "x" * 501}),
        (None, {}),
    ],
)
@pytest.mark.parametrize("state", ["planned", "begun", "held"])
def test_where_one_field_is_refused_nothing_is_written_and_everything_is_kept(room, anne, browse, state, field, typed):
    meeting = into(state, room)
    if field is None:
        # What both have said stands.
        with at(START + minutes(1)):
            current(meeting).hold()
            for pair in room:
                ExperiencedStyle.mark(Meeting.find(pair, meeting.id), 2)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/record"
    given = RECORD | typed
    with at(START + minutes(60)):
        client = browse(anne)
        before = dump(but={"session.seen_at"})
        answer = client.post(path, given)
    assert answer.status_code == 422
    assert (f'id="{field}-error"' if field else "it stands") in answer.text
    kept = form_in(answer.text, path).fields
    # The style that both have said is not asked for any more, so that the rest can be sent.
    assert {name: kept.get(name) for name in given} == given | ({} if field else {"style": None})
    assert dump(but={"session.seen_at"}) == before


@pytest.mark.parametrize(("state", "why"), [("cancelled", "is over"), ("cancelled after it began", "is over"),
                                            ("still to come", "still to come")])  # fmt: skip
def test_what_was_not_held_is_not_written_down_and_what_was_typed_is_kept(room, anne, browse, state, why):
    meeting = plan_meeting(room[0], days=3) if state == "still to come" else into(state, room)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/record"
    client = browse(anne)
    assert client.get(path).status_code == 200
    before = dump(but={"session.seen_at"})
    answer = client.post(path, RECORD)
    assert answer.status_code == 422
    assert why in answer.text
    kept = form_in(answer.text, path).fields
    assert {name: kept.get(name) for name in RECORD} == RECORD
    assert dump(but={"session.seen_at"}) == before


def test_what_both_write_down_stands_one_after_the_other(room, anne, birgitte, browse):
    meeting = into("begun", room)
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/record"
    Recap.save_text(meeting, "conversation", "Written while we talked.", rev=0, page="")
    assert browse(anne).post(path, {"recap": "Anne’s words.", "style": "2"}).status_code == 303
    held_at = current(meeting).held_at
    assert browse(birgitte).post(path, {"recap": "Birgitte’s words.", "style": "4"}).status_code == 303
    assert Recap.on(meeting)["conversation"].text == "Written while we talked.\n\nAnne’s words.\n\nBirgitte’s words."
    assert current(meeting).held_at == held_at
    assert ExperiencedStyle.seen_in(room[0], [meeting.id]) == {meeting.id: {"mentee": 2, "mentor": 4}}


@pytest.mark.parametrize("state", ["planned", "begun"])
def test_written_down_by_both_in_the_same_moment_both_are_there(room, anne, birgitte, browse, state):
    for _ in range(3):
        meeting = into(state, room)
        path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/record"
        clients = [browse(anne), browse(birgitte)]
        answers = at_once(*[
            lambda c=client, p=path, n=n: c.post(p, {"recap": f"words {n}", "insight": f"insight {n}", "style": "3"})
            for n, client in enumerate(clients)
        ])  # fmt: skip
        assert [answer.status_code for answer in answers] == [303, 303]
        assert sorted(Recap.on(meeting)["conversation"].text.split("\n\n")) == ["words 0", "words 1"]
        assert len(ExperiencedStyle.seen_in(room[0], [meeting.id])[meeting.id]) == 2


def test_a_stranger_writes_nothing_down(room, hour, path, christian, dorte, browse):
    other = make_pair(christian, dorte)[0]
    for place in (path, f"/pairs/{other.id}/meetings/{hour.id}"):
        assert browse(christian).get(f"{place}/record").status_code == 404
        assert browse(christian).post(f"{place}/record", RECORD).status_code == 404
        for verb in ("timeout", "resumption"):
            assert browse(christian).post(f"{place}/{verb}").status_code == 404
    assert current(hour).rev == hour.rev
    assert record_of(room, hour) == ("", [], [], [])


def test_a_record_that_was_sent_twice_stands_once(room, anne, browse):
    meeting = plan_meeting(room[0], days=-1)
    path = f"/pairs/{room[0].id}/meetings/{meeting.id}"
    typed = {
        "recap": "The order of things.", "insight": "I say yes to avoid silence.", "who": "both", "cue": "asked",
        "act": "I count to five", "promise": "The paper.", "style": "4",
    }  # fmt: skip
    for _ in range(2):
        assert browse(anne).post(f"{path}/record", typed).status_code == 303
    assert Recap.on(meeting)["conversation"].text == "The order of things."
    assert [len(rows) for rows in (Insight.from_meetings(room[0], [meeting])[meeting.id], Promise.from_meeting(meeting),
                                   Action.open_in(room[0]))] == [1, 1, 1]  # fmt: skip


def test_the_style_is_not_asked_for_again_when_both_have_said(room, anne, browse):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    path = f"/pairs/{room[0].id}/meetings/{meeting.id}/record"
    for pair, asked in zip(room, (True, True), strict=True):
        assert ('name="style"' in browse(anne).get(path).text) == asked
        ExperiencedStyle.mark(Meeting.find(pair, meeting.id), 3)
    assert 'name="style"' not in browse(anne).get(path).text
