"""Living by the agreement: promises beside what happened, the nudge, the pulse, the wish to talk, the review."""

import html
import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from acting import at_once, form_in
from attacks.world import dump
from conftest import agree, make_pair, plan_meeting
from playhouse.test_utils import count_queries

from companion.actions.models import Action, Offer, Promise
from companion.agreement.models import Edition
from companion.agreement.settling import Proposal, Signature, Table
from companion.checkins.course import last_sign, promises
from companion.checkins.models import (
    ITEMS,
    QUESTIONS,
    MidwayNote,
    MidwayReview,
    Pulse,
    SetAside,
    TalkWish,
    items_for,
    twice_cancelled,
)
from companion.db import at, now
from companion.errors import Invalid, Missing
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import Pair
from companion.reflections.models import Insight, Reflection, SharedPreparation

DAY = timedelta(days=1)
FINE = {"goal": "4", "task": "4", "bond": "5", "autonomy": "3", "experience": "4", "contract": "5"}
LOW = FINE | {"bond": "2"}
SHALL_WE = "Shall we talk about how it is going?"


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}"


def hold(pair, *, days=1):
    """A meeting held so many days ago, said to be held on that day."""
    meeting = plan_meeting(pair, days=-days)
    with at(meeting.ends_at):
        meeting.hold()
    return meeting


@pytest.fixture
def held(room):
    """A meeting they held yesterday, as Anne sees it."""
    return hold(room[0])


def theirs(pair, row):
    return type(row).find(pair, row.id)


def words(page):
    """What a page says in its main part, without markup."""
    main = page.text.split("<main")[-1].split("</main>")[0]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", f"<main{main}").split()))


# Promises beside what happened.


def test_both_read_the_same_lines_and_nobody_else_does(room, agreed, held, path, anne, birgitte, christian, browse):
    pages = [browse(person).get(f"{path}/agreement/kept") for person in (anne, birgitte)]
    for page in pages:
        assert page.status_code == 200
        assert "Agreed: Six meetings. One has been held." in words(page)
    assert browse(christian).get(f"{path}/agreement/kept").status_code == 404


def test_without_an_agreement_the_page_says_so(room, path, anne, browse):
    assert "There is no agreement yet." in words(browse(anne).get(f"{path}/agreement/kept"))


def test_the_same_lines_stand_on_the_page_of_the_course(room, agreed, held, path, anne, browse):
    assert "Agreed: Six meetings. One has been held." in words(browse(anne).get(f"{path}/progress/"))


def told(pair):
    return {line.clause.key: line.happened for line in promises(pair, Edition.in_force(pair))}


def test_what_happened_is_read_off_the_course(room, agreed):
    mine, hers = room
    hold(mine, days=63)
    with at(now() - 8 * DAY):
        meeting = plan_meeting(mine, days=8)
    with at(now() - 5 * DAY):
        Reflection.save_text(mine, meeting, "question", "How?", rev=0, page="", style=3)
        SharedPreparation.share(meeting, "question")
    with at(now() - 3 * DAY):
        AgendaItem.put(theirs(hers, meeting), "What we have not got to.")
    with at(meeting.ends_at):
        theirs(mine, meeting).hold()
    gone = plan_meeting(mine, days=3)
    gone.cancel()
    plan_meeting(mine, days=9)
    for pair in room:
        assert told(pair) == {
            "meeting_count": "Two have been held.",
            "interval": "The last gap was nine weeks.",
            "agenda_lead": "Last time it was here five days before.",
            "prep_mentee": "Before the last meeting something was shared.",
            "cancel_notice": told(mine)["cancel_notice"],
            "cancel_rule": "Whoever cancelled last planned a new meeting the same day.",
        }
    assert told(mine)["cancel_notice"].startswith("The latest was cancelled ")


def test_what_is_shared_after_the_hour_but_before_they_begin_is_shared_before_the_meeting(room, agreed):
    meeting = plan_meeting(room[0], days=-1)
    for minutes, verb in (
        (3, lambda: Reflection.save_text(room[0], meeting, "question", "How?", rev=0, page="", style=3)),
        (4, lambda: SharedPreparation.share(meeting, "question")),
        (5, lambda: theirs(room[1], meeting).begin()),
        (50, lambda: theirs(room[0], meeting).hold()),
    ):
        with at(meeting.starts_at + timedelta(minutes=minutes)):
            verb()
    for pair in room:
        assert told(pair)["prep_mentee"] == "Before the last meeting something was shared."


def test_what_somebody_prepared_for_themselves_shows_in_no_line(room, agreed):
    meeting = plan_meeting(room[0], days=-1)
    with at(meeting.starts_at - DAY):
        Reflection.save_text(room[0], meeting, "question", "How?", rev=0, page="", style=3)
    meeting.hold()
    for pair in room:
        assert told(pair)["prep_mentee"].startswith("Before the last meeting nothing was shared.")


def test_the_lines_cost_the_same_for_a_long_course_as_for_a_short_one(room, agreed, path, anne, browse):
    client, found = browse(anne), []
    for _ in range(2):
        for _ in range(4):
            AgendaItem.put(hold(room[0]), "words")
            plan_meeting(room[1], days=2).cancel()
        found.append(cost(client, f"{path}/agreement/kept"))
    assert found[0] == found[1]


# It has been quiet.


def nudged(person, path, browse):
    return next(iter(re.findall(r"It has been quiet for [\w ]+ days\. [^.]+\.", words(browse(person).get(path)))), None)


def test_the_one_without_the_initiative_is_told_when_it_has_been_quiet(room, agreed, path, anne, birgitte, browse):
    with at(now() + 13 * DAY):
        assert nudged(birgitte, path, browse) is None
    with at(now() + 16 * DAY):
        assert nudged(birgitte, path, browse) == "It has been quiet for 16 days. You agreed that you write now."
        assert nudged(anne, path, browse) is None


def test_where_both_have_the_initiative_both_are_told(room, path, anne, birgitte, browse):
    agree(*room, initiative_holder="turns", initiative_fallback="7")
    with at(now() + 8 * DAY):
        for person in (anne, birgitte):
            said = "It has been quiet for eight days. You agreed that one of you writes now."
            assert nudged(person, path, browse) == said


def test_nobody_is_told_while_a_meeting_is_planned(room, agreed, path, birgitte, browse):
    plan_meeting(room[0], days=40)
    with at(now() + 16 * DAY):
        assert nudged(birgitte, path, browse) is None


def test_nobody_is_told_without_an_agreement(room, path, birgitte, browse):
    with at(now() + 90 * DAY):
        assert nudged(birgitte, path, browse) is None


@pytest.mark.parametrize("state", ["is_paused", "is_ended"])
def test_nobody_is_told_anything_while_the_two_pause_or_have_ended(
    room, agreed, held, path, birgitte, browse, monkeypatch, state
):
    monkeypatch.setattr(Pair, state, True, raising=False)
    with at(now() + 16 * DAY):
        assert "Between you" not in words(browse(birgitte).get(path))


def make_a_sign(room, meeting, which):
    mine, hers = room
    signs = {
        "meeting": lambda: plan_meeting(mine),
        "agenda": lambda: AgendaItem.put(theirs(mine, meeting), "words"),
        "insight": lambda: Insight.note(meeting, "words", shared=True),
        "offer": lambda: Offer.make(hers, "words"),
        "answer": lambda: Offer.waiting(mine)[0].decline(),
        "promise": lambda: Promise.make(mine, "words"),
        "kept": lambda: Promise.open_in(mine)[0].close("kept"),
        "plan": lambda: Action.plan(mine, {"cue": "it rains", "act": "I read"}),
        "done": lambda: Action.open_in(mine)[0].complete("done", ""),
        "cancelled": lambda: Meeting.ahead(mine).first().cancel(),
        "proposal": lambda: Proposal.make(mine, "meeting_count", {"meeting_count": "8"}, seen=""),
        "note": lambda: MidwayNote.save_text(mine, "unsaid", "words", rev=0, page=""),
    }
    signs[which]()


SIGNS = ["meeting", "agenda", "insight", "offer", "promise", "plan", "answer", "kept", "done", "cancelled",
         "proposal", "note"]  # fmt: skip


@pytest.mark.parametrize("which", SIGNS)
def test_whatever_the_other_can_see_is_a_sign_of_life(room, agreed, held, which):
    for before in {"answer": ["offer"], "kept": ["promise"], "done": ["plan"], "cancelled": ["meeting"]}.get(which, []):
        make_a_sign(room, held, before)
    with at(now() + 20 * DAY):
        begun = now()
        make_a_sign(room, held, which)
        assert last_sign(room[1]) > begun


def test_what_somebody_keeps_to_themselves_is_no_sign_of_life(room, agreed, held):
    before = last_sign(room[1])
    with at(now() + 20 * DAY):
        Insight.note(held, "words", shared=False)
        Reflection.save_text(room[0], held, "note", "words", rev=0, page="")
        Pulse.give(held, FINE)
        assert last_sign(room[1]) == before


def test_a_meeting_nobody_cancelled_was_a_sign_of_life_on_its_day(room, agreed):
    meeting = plan_meeting(room[0], days=10)
    with at(now() + 15 * DAY):
        assert last_sign(room[0]) == meeting.starts_at


def test_nothing_of_another_room_is_a_sign_of_life_here(room, agreed, christian, dorte):
    others = make_pair(christian, dorte)
    before = last_sign(room[0])
    with at(now() + 20 * DAY):
        Offer.make(others[1], "words")
        assert last_sign(room[0]) == before


# The pulse.


def test_a_pulse_is_only_its_writers(room, held, path, anne, birgitte, browse):
    Pulse.give(held, FINE)
    assert Pulse.on(theirs(room[0], held)).answers == {key: int(value) for key, value in FINE.items()}
    assert list(Pulse.of(room[1])) == []
    assert Pulse.on(theirs(room[1], held)) is None
    for page in (path, f"{path}/progress/", f"{path}/agreement/kept", f"{path}/pulses"):
        assert "Very much" not in words(browse(birgitte).get(page))
    assert "checked" not in browse(birgitte).get(f"{path}/meetings/{held.id}/pulse").text
    assert "No answers yet." in words(browse(birgitte).get(f"{path}/pulses"))
    assert "Very much" in words(browse(anne).get(f"{path}/pulses"))


def test_the_mentor_is_asked_the_fourth_from_the_mentors_side(room, held, path, anne, birgitte, browse):
    asked = [words(browse(person).get(f"{path}/meetings/{held.id}/pulse")) for person in (anne, birgitte)]
    assert "There was room for me to find my own answer." in asked[0]
    assert "I made room for the mentee to find their own answer." in asked[1]
    assert list(items_for("mentor")) == list(items_for("mentee")) == list(ITEMS)


def test_a_pulse_is_given_as_a_plain_form_and_given_again(room, held, path, anne, browse):
    client, here = browse(anne), f"{path}/meetings/{held.id}/pulse"
    form = form_in(client.get(here).text, here)
    answer = client.post(here, form.fields | FINE)
    assert (answer.status_code, answer.location) == (303, here)
    assert client.post(here, {"task": "1"}).status_code == 303
    given = Pulse.on(theirs(room[0], held))
    assert (given.answers["task"], given.answers["goal"]) == (1, None)
    assert Pulse.select().count() == 1
    assert 'value="1" checked' in client.get(f"{here}?again=1").text


@pytest.mark.parametrize("typed", [{}, {"goal": "6"}, {"goal": "x", "task": "3"}, {"bond": "²"}])
def test_a_refused_pulse_keeps_what_was_chosen(room, held, path, anne, browse, typed):
    answer = browse(anne).post(f"{path}/meetings/{held.id}/pulse", typed | ({"task": "3"} if typed else {}))
    assert answer.status_code == 422
    assert ('name="task" value="3" checked' in answer.text) == bool(typed)
    assert Pulse.select().count() == 0


def test_a_pulse_is_for_after_the_meeting(room, meeting, path, anne, browse):
    answer = browse(anne).post(f"{path}/meetings/{meeting.id}/pulse", FINE)
    assert answer.status_code == 422
    assert "This is for after the meeting." in words(answer)
    with pytest.raises(Invalid):
        Pulse.give(meeting, FINE)
    assert Pulse.select().count() == 0


def test_two_windows_of_one_person_give_one_pulse(room, held):
    mine = [theirs(room[0], held) for _ in range(2)]
    at_once(*[lambda meeting=meeting: Pulse.give(meeting, FINE) for meeting in mine])
    assert Pulse.select().count() == 1


def test_the_room_offers_a_pulse_after_the_latest_meeting_until_it_is_given(room, held, path, anne, birgitte, browse):
    here, line = f"{path}/meetings/{held.id}/pulse", "How was it for you?"
    assert here in browse(anne).get(path).text
    Pulse.give(held, FINE)
    assert line not in words(browse(anne).get(path))
    assert line in words(browse(birgitte).get(path))
    with at(now() + 15 * DAY):
        assert line not in words(browse(birgitte).get(path))


@pytest.mark.parametrize("page", ["pulse", "pulse/wish"])
def test_a_stranger_finds_no_pulse(room, held, path, christian, browse, page):
    Pulse.give(held, LOW)
    client, here = browse(christian), f"{path}/meetings/{held.id}/{page}"
    assert client.post(here, FINE).status_code == 404
    assert page != "pulse" or client.get(here).status_code == 404
    assert client.get(f"{path}/pulses").status_code == 404


# Shall we talk about how it is going?


@pytest.mark.parametrize(
    ("answers", "low"),
    [
        (FINE, False),
        (FINE | {"bond": "2"}, True),
        (FINE | {"contract": "1"}, True),
        (FINE | {"bond": "3", "contract": "3"}, False),
        # Low elsewhere is no reason to ask.
        (dict.fromkeys(ITEMS, "1") | {"bond": "3", "contract": "3"}, False),
        ({"goal": "1"}, False),
        ({"contract": "2"}, True),
    ],
)
def test_who_answers_low_on_the_third_or_the_sixth_is_asked(room, held, path, anne, browse, answers, low):
    client, here = browse(anne), f"{path}/meetings/{held.id}/pulse"
    client.post(here, answers)
    page = client.get(here).text
    asked = re.search(r'<form class="stack after-action" id="wish"', page) is not None
    assert asked == low
    assert page.count('class="action"') == 1


def test_a_low_answer_alone_shows_the_other_nothing(room, held, path, birgitte, browse):
    before = browse(birgitte).get(path).text
    Pulse.give(held, LOW)
    Pulse.on(theirs(room[0], held)).wish("no")
    after = browse(birgitte).get(path).text
    assert TalkWish.select().count() == 0
    assert SHALL_WE not in html.unescape(after)
    assert re.sub(r"\s", "", after) == re.sub(r"\s", "", before)


@pytest.mark.parametrize("named", [False, True])
def test_a_yes_is_put_to_both_without_numbers_and_names_nobody_unasked(room, held, path, anne, birgitte, browse, named):
    client, here = browse(anne), f"{path}/meetings/{held.id}/pulse"
    client.post(here, LOW)
    answer = client.post(f"{here}/wish", {"talk": "named" if named else "unnamed"})
    assert answer.status_code == 303
    for person in (anne, birgitte):
        said = words(browse(person).get(path))
        assert SHALL_WE in said
        assert ("Anne Holm asks." in said) == named
        assert "A little" not in said


def test_both_see_the_very_same_line_of_an_unnamed_wish(room, held, path, anne, birgitte, browse):
    Pulse.give(held, LOW)
    Pulse.on(theirs(room[0], held)).wish("unnamed")
    lines = [re.search(r'<li id="talk">.*?</li>', browse(one).get(path).text, re.DOTALL)[0] for one in (anne, birgitte)]
    assert lines[0] == lines[1]


def test_what_is_kept_of_an_unnamed_wish_does_not_tell_whose_it_is(room, held, christian, dorte):
    kept = []
    for pair in room:
        meeting = theirs(pair, held)
        Pulse.give(meeting, LOW)
        Pulse.on(theirs(pair, meeting)).wish("unnamed")
        wish = TalkWish.open_in(room[0])
        moments = {
            moment.time().isoformat() for moment in (wish.created_at, wish.saved_at, datetime.fromisoformat(wish.at))
        }
        kept.append((wish.author, wish.by, wish.who, wish.scope, moments))
        wish.delete_instance()
    assert kept[0] == kept[1] == (room[0].id, str(room[0].id), [], room[0].id, {"00:00:00"})


def test_a_yes_a_no_and_no_answer_leave_the_same_behind_at_ones_own_answers(room, held):
    left = []
    for pair, talk in zip(room, ("no", "unnamed"), strict=True):
        meeting = theirs(pair, held)
        Pulse.give(meeting, LOW)
        rows = [Pulse.on(meeting)]
        rows[0].wish(talk)
        rows.append(Pulse.on(meeting))
        assert (rows[1].talk, rows[1].answers) == (talk, rows[0].answers)
        left += [(row.rev, len(row.blob)) for row in rows]
    assert len(set(left)) == 1


@pytest.mark.parametrize("talk", ["", "yes", "NAMED"])
def test_only_one_of_the_three_is_an_answer(room, held, path, anne, browse, talk):
    Pulse.give(held, LOW)
    answer = browse(anne).post(f"{path}/meetings/{held.id}/pulse/wish", {"talk": talk})
    assert answer.status_code == 422
    assert TalkWish.select().count() == 0


def test_who_has_given_no_pulse_has_no_wish(room, held, path, anne, browse):
    assert browse(anne).post(f"{path}/meetings/{held.id}/pulse/wish", {"talk": "named"}).status_code == 404


def test_whoever_answered_well_may_wish_to_talk_too(room, held):
    Pulse.give(held, FINE)
    Pulse.on(theirs(room[0], held)).wish("unnamed")
    assert TalkWish.open_in(room[1]).names == []


def test_one_may_add_ones_name_and_not_take_back_what_both_have_seen(room, held):
    Pulse.give(held, LOW)
    for talk, names in (
        ("no", None),
        ("unnamed", []),
        ("no", []),
        ("named", ["Anne Holm"]),
        ("unnamed", ["Anne Holm"]),
    ):
        Pulse.on(theirs(room[0], held)).wish(talk)
        wish = TalkWish.open_in(room[1])
        assert (wish.names if wish else None) == names
    assert Pulse.on(theirs(room[0], held)).talk == "named"


def test_both_may_wish_and_it_is_one_wish(room, held):
    for pair, talk in zip(room, ("unnamed", "named"), strict=True):
        Pulse.give(theirs(pair, held), LOW)
        Pulse.on(theirs(pair, held)).wish(talk)
    assert TalkWish.select().count() == 1
    assert TalkWish.open_in(room[0]).names == ["Birgitte Lund"]


def test_a_wish_that_cannot_be_opened_can_rest_and_another_can_be_said(room, held, path, birgitte, browse):
    for named in (False, True):
        Pulse.give(held, LOW)
        TalkWish.say(room[0], named=False)
        TalkWish.update(blob=b"").execute()
        if named:
            TalkWish.say(room[1], named=True)
            assert TalkWish.open_in(room[0]).names == ["Birgitte Lund"]
        else:
            closing = re.search(r'action="([^"]+/closing)"', browse(birgitte).get(path).text)[1]
            assert browse(birgitte).post(closing).status_code == 303
            assert TalkWish.open_in(room[0]) is None


def test_both_wishing_in_the_same_moment_make_one_wish(room, held):
    for pair in room:
        Pulse.give(theirs(pair, held), LOW)
    pulses = [Pulse.on(theirs(pair, held)) for pair in room]
    assert at_once(*[lambda pulse=pulse: pulse.wish("named") for pulse in pulses]) == [None, None]
    assert TalkWish.select().count() == 1
    assert sorted(TalkWish.open_in(room[0]).names) == ["Anne Holm", "Birgitte Lund"]


def test_either_says_that_they_have_talked(room, held, path, anne, birgitte, browse):
    Pulse.give(held, LOW)
    Pulse.on(theirs(room[0], held)).wish("unnamed")
    client = browse(birgitte)
    form = form_in(client.get(path).text, f"{path}/talk-wishes/")
    assert browse(anne).post(form.action).status_code == client.post(form.action).status_code == 303
    assert SHALL_WE not in words(browse(anne).get(path))
    # Adding one's name now brings nothing back.
    Pulse.on(theirs(room[0], held)).wish("named")
    assert TalkWish.open_in(room[0]) is None


def test_a_stranger_closes_no_wish(room, held, path, christian, dorte, browse):
    Pulse.give(held, LOW)
    Pulse.on(theirs(room[0], held)).wish("unnamed")
    wish = TalkWish.open_in(room[0])
    others = make_pair(christian, dorte)
    client = browse(christian)
    for pair_id in (room[0].id, others[0].id):
        assert client.post(f"/pairs/{pair_id}/talk-wishes/{wish.id}/closing").status_code == 404
    assert TalkWish.open_in(room[0])


# Midway.


def midway(room, *, held=2, after="2", **said):
    agree(*room, midway=after, **said)
    for n in range(held):
        hold(room[0], days=60 - 40 * n)


def offered(person, path, browse, *, to=None):
    return f'href="{to or path + "/midway"}"' in browse(person).get(path).text


@pytest.mark.parametrize(("held", "after", "due"), [(1, "2", False), (2, "2", True), (3, "2", True), (3, "no", False)])
def test_the_review_is_offered_when_it_was_agreed(room, path, anne, birgitte, browse, held, after, due):
    midway(room, held=held, after=after)
    for person in (anne, birgitte):
        assert offered(person, path, browse) == due
    assert browse(anne).get(f"{path}/midway").status_code == (404 if after == "no" else 200)


@pytest.mark.parametrize("after", ["2", "no"])
def test_the_review_can_be_had_before_it_is_due_by_way_of_the_agreement(room, path, anne, birgitte, browse, after):
    midway(room, held=0, after=after)
    for person in (anne, birgitte):
        assert offered(person, f"{path}/agreement/", browse, to=f"{path}/midway") == (after == "2")


def test_there_is_no_review_without_an_agreement(room, path, anne, browse):
    client = browse(anne)
    assert client.get(f"{path}/midway").status_code == 404
    for page in ("keeping", "change", "notes/unsaid"):
        assert client.post(f"{path}/midway/{page}", {"text": "words", "rev": "0"}).status_code == 404
    with pytest.raises(Missing):
        MidwayReview.keep(room[0], seen="")
    assert MidwayReview.select().count() == 0


@pytest.mark.parametrize("step", QUESTIONS)
def test_both_write_at_the_three_questions(room, path, anne, birgitte, browse, step):
    midway(room)
    answer = browse(anne).post(f"{path}/midway/notes/{step}", {"text": "*Anne’s* line.", "rev": "0"})
    assert (answer.status_code, answer.location) == (303, f"{path}/midway")
    page = browse(birgitte).get(f"{path}/midway")
    assert "*Anne’s* line." in html.unescape(page.text)
    answer = browse(birgitte).post(f"{path}/midway/notes/{step}", {"text": "Another.", "rev": "0"}, htmx=True)
    assert answer.status_code == 409
    assert "Another." in answer.text
    assert MidwayNote.on(room[0], 2)[step].text == "*Anne’s* line."


def test_a_refused_note_keeps_the_text(room, path, anne, browse):
    midway(room)
    text = "too long " * 2_000
    for htmx in (False, True):
        answer = browse(anne).post(f"{path}/midway/notes/unsaid", {"text": text, "rev": "0"}, htmx=htmx)
        assert answer.status_code == 422
    assert text.strip() in html.unescape(browse(anne).post(f"{path}/midway/notes/unsaid", {"text": text}).text)
    assert browse(anne).post(f"{path}/midway/notes/nothing", {"text": "words"}).status_code == 404


def test_a_stranger_finds_no_review(room, path, christian, browse):
    midway(room)
    client = browse(christian)
    assert client.get(f"{path}/midway").status_code == 404
    for page in ("keeping", "change", "notes/unsaid"):
        assert client.post(f"{path}/midway/{page}", {"text": "words", "rev": "0"}).status_code == 404


def test_keeping_ends_the_review_when_both_have_said_so_and_both_see_who_and_when(room, path, anne, birgitte, browse):
    midway(room)
    for n, (person, other) in enumerate(((anne, birgitte), (birgitte, anne))):
        client = browse(person)
        form = form_in(client.get(f"{path}/midway").text, f"{path}/midway/keeping")
        assert client.post(form.action, form.fields).location == f"{path}/midway"
        assert bool(MidwayReview.at(room[0], 2).ended_at) == bool(n)
        assert f"{person.called} would keep it as it is" in words(browse(other).get(f"{path}/midway"))
        assert offered(other, path, browse) == (not n)
    assert "You have kept the agreement as it is." in words(browse(anne).get(f"{path}/midway"))
    assert not offered(anne, path, browse)


def test_keeping_twice_is_keeping_once(room, path):
    midway(room)
    seen = str(Edition.in_force(room[0]).id)
    for _ in range(2):
        MidwayReview.keep(room[0], seen=seen)
    review = MidwayReview.at(room[0], 2)
    assert (review.ended_at, len(review.keeps)) == (None, 1)
    MidwayReview.keep(room[1], seen=seen)
    ended = MidwayReview.at(room[0], 2).ended_at
    MidwayReview.keep(room[0], seen=seen)
    assert MidwayReview.at(room[1], 2).ended_at == ended


def test_both_keeping_in_the_same_moment_end_one_review(room):
    midway(room)
    seen = str(Edition.in_force(room[0]).id)
    assert at_once(*[lambda pair=pair: MidwayReview.keep(pair, seen=seen) for pair in room]) == [None, None]
    assert MidwayReview.select().count() == 1
    assert MidwayReview.at(room[0], 2).outcome == "kept"


def test_one_keeps_while_the_other_changes_and_the_review_ends_once(room):
    midway(room)
    seen = str(Edition.in_force(room[0]).id)
    results = at_once(lambda: MidwayReview.keep(room[0], seen=seen), lambda: MidwayReview.go_on_to_change(room[1]))
    assert results[1] is None
    assert results[0] is None or isinstance(results[0], Invalid)
    assert MidwayReview.at(room[0], 2).outcome == "changed"


def test_either_goes_on_to_propose_other_words(room, path, anne, birgitte, browse):
    midway(room)
    MidwayReview.keep(room[0], seen=str(Edition.in_force(room[0]).id))
    answer = browse(birgitte).post(f"{path}/midway/change")
    assert (answer.status_code, answer.location) == (303, f"{path}/agreement/clauses")
    assert not offered(anne, path, browse)
    assert "It led to proposing other words." in words(browse(anne).get(f"{path}/midway"))


def test_what_is_over_is_over(room, path, anne, birgitte, browse):
    midway(room)
    MidwayNote.save_text(room[0], "unsaid", "The **pay**.", rev=0, page="")
    seen = str(Edition.in_force(room[0]).id)
    MidwayReview.go_on_to_change(room[0])
    ended = MidwayReview.at(room[0], 2).ended_at
    MidwayReview.go_on_to_change(room[1])
    assert MidwayReview.at(room[0], 2).ended_at == ended
    with pytest.raises(Invalid):
        MidwayReview.keep(room[1], seen=seen)
    answer = browse(birgitte).post(f"{path}/midway/keeping", {"seen": seen})
    assert answer.status_code == 422
    answer = browse(birgitte).post(f"{path}/midway/notes/unsaid", {"text": "more of it", "rev": "1"})
    assert answer.status_code == 422
    assert "more of it" in answer.text
    page = browse(birgitte).get(f"{path}/midway").text
    assert "<strong>pay</strong>" in page
    assert "<textarea" not in page


def test_what_was_kept_cannot_be_led_to_change_afterwards(room, path, anne, browse):
    midway(room)
    for pair in room:
        MidwayReview.keep(pair, seen=str(Edition.in_force(pair).id))
    assert browse(anne).post(f"{path}/midway/change").status_code == 422
    assert MidwayReview.at(room[0], 2).outcome == "kept"


def test_keeping_is_of_the_words_one_has_read(room, path, anne, birgitte, browse):
    midway(room)
    before = str(Edition.in_force(room[0]).id)
    MidwayReview.keep(room[0], seen=before)
    change_the_agreement(room, "meeting_length", "60")
    answer = browse(birgitte).post(f"{path}/midway/keeping", {"seen": before})
    assert answer.status_code == 422
    MidwayReview.keep(room[1], seen=str(Edition.in_force(room[1]).id))
    # What Anne would have kept was another wording.
    assert MidwayReview.at(room[0], 2).ended_at is None
    assert "Anne would keep" not in words(browse(birgitte).get(f"{path}/midway"))
    MidwayReview.keep(room[0], seen=str(Edition.in_force(room[0]).id))
    assert MidwayReview.at(room[0], 2).outcome == "kept"


def change_the_agreement(room, key, value):
    for pair, latest in zip(room, ("", None), strict=True):
        seen = Table.of(pair).lines[key].latest if latest is None else latest
        Proposal.make(pair, key, {key: value}, seen=seen)
    seen = Table.of(room[0]).latest
    for pair in room:
        Signature.give(pair, seen=seen)


def test_a_review_agreed_for_later_is_another_review(room, path, anne, browse):
    midway(room)
    for pair in room:
        MidwayReview.keep(pair, seen=str(Edition.in_force(pair).id))
    change_the_agreement(room, "midway", "3")
    assert not offered(anne, path, browse)
    hold(room[0])
    assert offered(anne, path, browse)
    assert told(room[0])["midway"] == "It is time for it."


def test_when_the_review_was_stands_beside_the_promise(room, path, anne, browse):
    midway(room)
    assert told(room[0])["midway"] == "It is time for it."
    for pair in room:
        MidwayReview.keep(pair, seen=str(Edition.in_force(pair).id))
    assert "Agreed: After meeting 2. You had it on " in words(browse(anne).get(f"{path}/agreement/kept"))


# After two cancelled meetings.


@pytest.mark.parametrize(
    ("states", "asked"),
    [
        ("", None),
        ("c", None),
        ("cc", 1),
        ("hcc", 2),
        ("cch", None),
        ("chc", None),
        ("ccc", 2),
        # What is still ahead neither asks nor hinders.
        ("caca", 2),
        ("cca", 1),
        ("hca", None),
    ],
)
def test_two_cancelled_in_a_row(states, asked):
    assert twice_cancelled([(n, state == "h", state == "c") for n, state in enumerate(states)]) == asked


def cancel_two(pair):
    for days in (3, 4):
        plan_meeting(pair, days=days).cancel()


QUESTION = "Does the agreement still fit?"


def test_two_cancelled_meetings_in_a_row_offer_a_look_at_the_agreement(room, agreed, path, anne, birgitte, browse):
    plan_meeting(room[0], days=3).cancel()
    assert QUESTION not in words(browse(anne).get(path))
    plan_meeting(room[1], days=4).cancel()
    for person in (anne, birgitte):
        page = browse(person).get(path)
        assert QUESTION in words(page)
        assert f"{path}/agreement/clauses" in page.text
    # A meeting that was held after them is an answer; on the day before them it is none.
    hold(room[0], days=1)
    assert QUESTION in words(browse(anne).get(path))
    with at(now() + 5 * DAY):
        hold(room[0], days=0)
        assert QUESTION not in words(browse(anne).get(path))


def test_it_is_set_aside_by_each_for_themselves_until_it_happens_again(room, agreed, path, anne, birgitte, browse):
    cancel_two(room[0])
    client = browse(anne)
    form = form_in(client.get(path).text, f"{path}/renegotiation/setting-aside")
    for _ in range(2):
        assert client.post(form.action, form.fields).status_code == 303
    assert SetAside.select().count() == 1
    assert QUESTION not in words(client.get(path))
    assert QUESTION in words(browse(birgitte).get(path))
    plan_meeting(room[0], days=9).cancel()
    assert QUESTION in words(client.get(path))


def test_a_new_edition_is_an_answer_too(room, agreed, path, anne, browse):
    cancel_two(room[0])
    change_the_agreement(room, "interval", "8")
    assert QUESTION not in words(browse(anne).get(path))


def test_nothing_is_set_aside_that_was_not_asked(room, agreed, meeting, path, anne, christian, browse):
    client = browse(anne)
    for typed in ({}, {"meeting": "x"}, {"meeting": str(uuid4())}, {"meeting": str(meeting.id)}):
        assert client.post(f"{path}/renegotiation/setting-aside", typed).status_code == 303
    assert SetAside.select().count() == 0
    with pytest.raises(Invalid):
        SetAside.mark(room[0], meeting.id)
    assert browse(christian).post(f"{path}/renegotiation/setting-aside").status_code == 404


# All of it together.


def test_the_rooms_main_action_stays_the_one_action(room, path, anne, birgitte, browse):
    midway(room)
    cancel_two(room[0])
    meeting = Meeting.held(room[0]).first()
    Pulse.give(meeting, LOW)
    Pulse.on(meeting).wish("named")
    with at(now() + 16 * DAY):
        for person in (anne, birgitte):
            page = browse(person).get(path)
            assert page.text.count('class="action"') == 1
            assert page.text.index('class="action"') < page.text.index('id="between-you"')
        assert {"nudge", "talk", "midway", "renegotiate"} <= set(re.findall(r'<li id="(\w+)">', page.text))


def test_reading_all_of_it_writes_nothing(room, path, anne, browse):
    midway(room)
    meeting = Meeting.held(room[0]).first()
    Pulse.give(meeting, LOW)
    client = browse(anne)
    client.get(path)
    before = dump(but={"session.seen_at"})
    for page in (path, f"{path}/midway", f"{path}/pulses", f"{path}/agreement/kept",
                 f"{path}/meetings/{meeting.id}/pulse"):  # fmt: skip
        assert client.get(page).status_code == 200
    assert dump(but={"session.seen_at"}) == before


@pytest.mark.parametrize("planned", [False, True])
def test_what_the_room_says_of_it_costs_at_most_three_queries(room, path, anne, browse, planned):
    midway(room)
    meeting = Meeting.held(room[0]).first()
    if planned:
        plan_meeting(room[0])
    client = browse(anne)
    for step in (lambda: None, lambda: Pulse.give(meeting, LOW), lambda: Pulse.on(meeting).wish("named"),
                 lambda: MidwayReview.keep(room[0], seen=str(Edition.in_force(room[0]).id))):  # fmt: skip
        step()
        client.get(path)
        with count_queries() as queries:
            client.get(path)
        asked = [message.msg[0] for message in queries.get_queries()]
        spent = [sql for sql in asked if re.search(r'"(pulse|talk_wish|midway_review|set_aside)"', sql)]
        # How long it has been quiet is asked only where no meeting is planned.
        assert len(spent) <= 3 + (not planned)
        assert any("UNION" in sql for sql in spent) != planned


def cost(client, path):
    client.get(path)
    with count_queries() as queries:
        client.get(path)
    return queries.count


def test_rows_that_cannot_be_opened_say_so(room, path, anne, birgitte, browse):
    midway(room)
    meeting = Meeting.held(room[0]).first()
    Pulse.give(meeting, LOW)
    Pulse.on(meeting).wish("unnamed")
    MidwayNote.save_text(room[0], "unsaid", "words", rev=0, page="")
    MidwayReview.keep(room[0], seen=str(Edition.in_force(room[0]).id))
    for kind in (Pulse, TalkWish, MidwayReview, MidwayNote):
        kind.update(blob=b"x").execute()
    client = browse(anne)
    for page in (path, f"{path}/midway", f"{path}/pulses", f"{path}/progress/", f"{path}/agreement/kept",
                 f"{path}/meetings/{meeting.id}/pulse"):  # fmt: skip
        assert client.get(page).status_code == 200, page
