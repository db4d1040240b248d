"""Preparing: one question at a time, mine until I share it, and then exactly what I shared."""

import re

import pytest
from acting import at_once, form_in
from attacks.world import address, ids_of, routes
from conftest import agree, make_pair, plan_meeting
from papers import read

from companion.db import now
from companion.errors import Conflict, Invalid, NotYours
from companion.meetings.models import Meeting
from companion.prompts.models import library
from companion.reflections.models import (
    AFTER,
    KEYS,
    TALKED,
    WAYS,
    ExperiencedStyle,
    Insight,
    Reflection,
    SharedPreparation,
    way_of,
)

ANSWERS = {
    "since": "I noticed it once. In the doorway.",
    "what": "I said yes before I had thought.",
    "so_what": "I am looking forward to cancelling things.",
    "question": "How do I tell my manager I have too much?",
    "now_what": "I leave with the first sentence.",
}


@pytest.fixture
def path(meeting):
    return f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/preparation"


def prepare(meeting, answers=ANSWERS, style=4):
    for step, words in answers.items():
        row = Reflection.on(meeting.opener, meeting).get(step)
        Reflection.save_text(meeting.opener, meeting, step, words, rev=row.rev if row else 0, page="", style=style)


def mine(meeting):
    return {step: row.text for step, row in Reflection.on(meeting.opener, meeting).items()}


def seen_by(pair, meeting):
    """What the other reads of a preparation: (answers, style), or None."""
    shared = SharedPreparation.on(Meeting.find(pair, meeting.id))
    return (shared.answers, shared.style) if shared else None


# Answering.


def test_each_answer_is_kept_under_its_question(meeting):
    prepare(meeting)
    assert mine(meeting) == ANSWERS
    assert Reflection.on(meeting.opener, meeting)["question"].style == 4


def test_there_is_no_answer_without_a_question(meeting):
    with pytest.raises(Invalid):
        Reflection.save_text(meeting.opener, meeting, "gossip", "x", rev=0, page="")
    assert {step.key for step in WAYS["plain"].steps} < KEYS


def test_the_other_reads_no_private_answer(meeting, room):
    prepare(meeting)
    assert Reflection.on(room[1], Meeting.find(room[1], meeting.id)) == {}
    assert list(Reflection.of(room[1])) == []
    assert seen_by(room[1], meeting) is None


def test_the_answers_of_one_meeting_are_not_those_of_the_next(meeting, room):
    prepare(meeting)
    later = plan_meeting(room[0], days=30)
    assert mine(later) == {}
    prepare(later, {"what": "Something else."})
    assert mine(meeting) == ANSWERS


def test_the_style_stands_with_the_question_alone(meeting):
    prepare(meeting, {"what": "x", "question": "y"}, style=2)
    rows = Reflection.on(meeting.opener, meeting)
    assert (rows["what"].style, rows["question"].style) == (None, 2)


def test_an_answer_from_an_old_page_meets_the_new_one(meeting):
    prepare(meeting, {"what": "one"})
    with pytest.raises(Conflict) as met:
        Reflection.save_text(meeting.opener, meeting, "what", "two", rev=0, page="another")
    assert met.value.current.text == "one"


# The steps on the page.


def test_ten_minutes_one_question_at_a_time(meeting, path, anne, browse):
    client, minutes = browse(anne), sum(step.minutes for step in WAYS["plain"].steps)
    assert minutes <= 10
    here = path
    for step in WAYS["plain"].steps:
        page = client.get(here).text
        assert page.count("<textarea") == 1
        form = form_in(page, f"{path}/{step.key}")
        answer = client.post(form.action, form.fields | {"text": ANSWERS[step.key], "style": "4"})
        assert answer.status_code == 303
        here = answer.location
    assert here == f"{path}?step=share"
    assert mine(meeting) == ANSWERS
    page = client.get(here).text
    assert all(words in page for words in ANSWERS.values())


@pytest.mark.parametrize("htmx", [True, False])
def test_an_answer_is_saved_while_it_is_written(meeting, path, anne, browse, htmx):
    form = form_in(browse(anne).get(f"{path}?step=question").text, f"{path}/question")
    for words in ("How do", "How do I tell my manager?"):
        answer = browse(anne).post(form.action, form.fields | {"text": words, "style": "5"}, htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
    again = form_in(browse(anne).get(f"{path}?step=question").text, f"{path}/question").fields
    assert (again["text"], again["style"], again["rev"]) == ("How do I tell my manager?", "5", "2")


@pytest.mark.parametrize("htmx", [True, False])
def test_an_answer_that_is_too_long_is_kept(meeting, path, anne, browse, htmx):
    form = form_in(browse(anne).get(f"{path}?step=question").text, f"{path}/question")
    typed = form.fields | {"text": "x" * 10_001, "style": "3"}
    answer = browse(anne).post(form.action, typed, htmx=htmx)
    assert answer.status_code == 422
    assert "10,000" in answer.text
    if not htmx:
        kept = form_in(answer.text, form.action).fields
        assert (kept["text"], kept["style"], kept["rev"]) == ("x" * 10_001, "3", "0")
    assert mine(meeting) == {}


def test_the_preparation_opens_where_it_was_left(meeting, path, anne, browse):
    for before, step in zip([None, *WAYS["plain"].steps], [*WAYS["plain"].steps, None], strict=True):
        if before:
            prepare(meeting, {before.key: ANSWERS[before.key]})
        action = f"{path}/{step.key}" if step else f"{path}/sharing"
        assert form_in(browse(anne).get(path).text, action)


def test_an_answer_of_nothing_but_spaces_is_not_an_answer(meeting, path, anne, browse):
    prepare(meeting, {"since": " \n "})
    assert form_in(browse(anne).get(path).text, f"{path}/since")


def place_to_begin(page):
    """The question offered to whoever is stuck."""
    aside = page.split("<aside")[-1].split("</aside>")[0]
    return re.search(r'<span class="words">(.*?)</span>', aside).group(1)


def test_another_question_keeps_what_was_typed(meeting, path, anne, browse):
    client, here, offered = browse(anne), f"{path}?step=what", []
    known = {prompt.en for prompt in library().to_begin_with()}
    for _ in range(6):
        page = client.get(here).text
        offered.append(place_to_begin(page).replace("&#39;", "'"))
        form = form_in(page, f"{path}/what")
        button = re.search(r'name="another" value="(\d+)"', page).group(1)
        answer = client.post(form.action, form.fields | {"text": "Half a sent", "another": button})
        assert answer.status_code == 303
        here = answer.location
    assert len(set(offered)) == 6
    assert set(offered) <= known
    assert form_in(client.get(here).text, f"{path}/what").fields["text"] == "Half a sent"
    assert mine(meeting) == {"what": "Half a sent"}


def test_whoever_is_stuck_is_first_offered_a_question_of_the_theme(room, anne, browse):
    meeting = plan_meeting(room[0], form="theme", theme="network")
    page = browse(anne).get(f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/preparation?step=what").text
    own = {prompt.en for prompt in library().to_begin_with("network") if prompt.theme == "network"}
    assert place_to_begin(page).replace("&#39;", "'") in own


@pytest.mark.parametrize("turn", ["-1", "x", "²", "9" * 50, "9" * 5000, "٣"])
def test_any_count_of_other_questions_is_answered(path, anne, browse, turn):
    assert browse(anne).get(path, query_string={"step": "what", "another": turn}).status_code == 200


def test_an_unknown_step_is_none(path, anne, browse):
    assert browse(anne).get(f"{path}?step=gossip").status_code == 200
    assert browse(anne).post(f"{path}/gossip", {"text": "x"}).status_code == 404


# Sharing.


@pytest.mark.parametrize(
    ("what", "read"),
    [("all", (ANSWERS, 4)), ("question", ({"question": ANSWERS["question"]}, 4)), ("keep", None)],
)
def test_the_other_reads_exactly_what_was_shared(meeting, room, what, read):
    prepare(meeting)
    SharedPreparation.share(meeting, what)
    assert seen_by(room[1], meeting) == seen_by(room[0], meeting) == read


def test_empty_answers_are_not_shared(meeting, room):
    prepare(meeting, {"what": "x", "so_what": "  ", "question": "y"})
    SharedPreparation.share(meeting, "all")
    assert seen_by(room[1], meeting)[0] == {"what": "x", "question": "y"}


def test_what_is_written_after_sharing_is_private_until_shared_again(meeting, room):
    prepare(meeting)
    SharedPreparation.share(meeting, "question")
    prepare(meeting, {"question": "Another question?"}, style=2)
    assert seen_by(room[1], meeting) == ({"question": ANSWERS["question"]}, 4)
    SharedPreparation.share(meeting, "question")
    assert seen_by(room[1], meeting) == ({"question": "Another question?"}, 2)
    assert SharedPreparation.of(room[1]).count() == 1


@pytest.mark.parametrize(
    ("first", "then"), [("all", "question"), ("question", "all"), ("all", "keep"), ("keep", "all")]
)
def test_what_is_shared_can_be_more_or_less_or_nothing_later(meeting, room, first, then):
    prepare(meeting)
    for what in (first, then):
        SharedPreparation.share(meeting, what)
    expected = {"all": (ANSWERS, 4), "question": ({"question": ANSWERS["question"]}, 4), "keep": None}[then]
    assert seen_by(room[1], meeting) == expected
    assert mine(meeting) == ANSWERS


@pytest.mark.parametrize(
    ("answers", "what"), [({}, "all"), ({}, "question"), ({"what": "x"}, "question"), (ANSWERS, ""), (ANSWERS, "some")]
)
def test_there_must_be_something_to_share(meeting, room, answers, what):
    prepare(meeting, answers)
    with pytest.raises(Invalid) as refused:
        SharedPreparation.share(meeting, what)
    assert refused.value.field == "share"
    assert seen_by(room[1], meeting) is None


def test_keeping_everything_needs_nothing_written(meeting, room):
    SharedPreparation.share(meeting, "keep")
    assert seen_by(room[1], meeting) is None


def test_only_the_mentee_shares(meeting, room):
    with pytest.raises(NotYours):
        SharedPreparation.share(Meeting.find(room[1], meeting.id), "keep")


@pytest.mark.parametrize("what", ["all", "question", "keep"])
def test_sharing_on_the_page_and_what_the_mentor_sees(meeting, path, agreed, anne, birgitte, browse, what):
    prepare(meeting)
    form = form_in(browse(anne).get(f"{path}?step=share").text, f"{path}/sharing")
    assert form.fields["share"] == "question"
    answer = browse(anne).post(form.action, form.fields | {"share": what})
    assert answer.location == f"/pairs/{meeting.pair_id}"
    form = form_in(browse(anne).get(f"{path}?step=share").text, f"{path}/sharing")
    assert form.fields["share"] == ("question" if what == "keep" else what)
    pages = (f"/pairs/{meeting.pair_id}", path, path.removesuffix("/preparation"))
    room, three_minutes, hour = (browse(birgitte).get(page).text for page in pages)
    for page in (room, three_minutes, hour):
        assert (ANSWERS["question"] in page) == (what != "keep")
        assert what == "all" or not any(words in page for key, words in ANSWERS.items() if key != "question")
    if what == "all":
        assert all(words in three_minutes for words in ANSWERS.values())


def test_during_the_meeting_what_was_shared_comes_when_it_is_due(meeting, path, anne, birgitte, browse):
    prepare(meeting)
    SharedPreparation.share(meeting, "all")
    place = path.removesuffix("/preparation")
    for step, key in ((0, "since"), (1, "now_what"), (2, "question")):
        browse(anne).post(f"{place}/steps/{step}")
        for person in (anne, birgitte):
            assert ANSWERS[key] in browse(person).get(place).text


@pytest.mark.parametrize("what", ["question", ""])
def test_refused_sharing_says_why_on_the_page(meeting, path, anne, browse, what):
    prepare(meeting, {"what": "x"})
    answer = browse(anne).post(f"{path}/sharing", {"share": what})
    assert answer.status_code == 422
    assert 'id="share-error"' in answer.text
    assert form_in(answer.text, f"{path}/sharing").fields.get("share", "") == what


def test_the_front_page_shows_the_mentee_the_own_question_and_who_reads_it(meeting, agreed, anne, birgitte, browse):
    prepare(meeting)
    front = f"/pairs/{meeting.pair_id}"
    assert ANSWERS["question"] in browse(anne).get(front).text
    assert ANSWERS["question"] not in browse(birgitte).get(front).text


# The three ways.


def answers_to(way):
    """Something written to each question of one way."""
    return {step.key: f"{way} {step.key}" for step in WAYS[way].steps}


def choose(client, path, way, text="x"):
    """Choose a way with the button below the question it stands at."""
    form = form_in(client.get(f"{path}?step=what").text, f"{path}/what")
    assert ("way", way) in form.buttons
    return client.post(form.action, form.fields | {"text": text, "way": way})


@pytest.mark.parametrize("way", WAYS)
def test_each_way_asks_its_own_questions_one_at_a_time(meeting, path, anne, browse, way):
    client = browse(anne)
    assert choose(client, path, way, text="").location == f"{path}?step=what"
    here = f"{path}?step=since"
    for step in WAYS[way].steps:
        page = client.get(here).text
        assert str(step.asks) in page.replace("&#39;", "'")
        assert page.count("<textarea") == 1
        form = form_in(page, f"{path}/{step.key}")
        here = client.post(form.action, form.fields | {"text": f"{way} {step.key}"}).location
    assert here == f"{path}?step=share"
    assert {key: text for key, text in mine(meeting).items() if key != "way"} == answers_to(way)
    page = client.get(here).text
    assert all(words in page for words in answers_to(way).values())


def test_a_way_is_chosen_with_the_words_that_were_being_written(meeting, path, anne, browse):
    client = browse(anne)
    assert choose(client, path, "hard", text="Half a sent").location == f"{path}?step=what"
    page = client.get(f"{path}?step=what").text
    assert form_in(page, f"{path}/what").fields["text"] == "Half a sent"
    assert re.search(r'value="hard" aria-pressed="true"', page)
    assert way_of(Reflection.on(meeting.opener, meeting)) == "hard"


def test_switching_between_the_ways_loses_nothing(meeting, path, anne, browse):
    client = browse(anne)
    choose(client, path, "hard", text="hard what")
    prepare(meeting, {key: text for key, text in answers_to("hard").items() if key != "what"})
    everything = {key: text for key, text in mine(meeting).items() if key != "way"}
    assert everything == answers_to("hard")
    for way in ("plain", "strength", "hard", "plain", "hard"):
        choose(client, path, way, text="hard what")
        assert {key: text for key, text in mine(meeting).items() if key != "way"} == everything
        # What belongs to the way stands under its question.
        page = client.get(f"{path}?step=share").text
        asked = {step.key for step in WAYS[way].steps}
        assert {key for key, words in everything.items() if words in page} == asked


def test_a_question_of_another_way_is_still_saved(meeting, path, anne, browse):
    client = browse(anne)
    choose(client, path, "hard")
    form = form_in(client.get(f"{path}?step=extra_1").text, f"{path}/extra_1")
    choose(client, path, "plain")
    answer = client.post(form.action, form.fields | {"text": "What I felt."})
    assert (answer.status_code, answer.location) == (303, f"{path}?step=since")
    assert mine(meeting)["extra_1"] == "What I felt."
    assert client.get(f"{path}?step=extra_1").status_code == 200


def test_a_way_that_is_none_is_not_chosen(meeting, path, anne, birgitte, browse):
    form = {"text": "x", "rev": "0", "way": "gibbs"}
    assert browse(anne).post(f"{path}/what", form).status_code == 404
    assert mine(meeting) == {}
    assert browse(birgitte).post(f"{path}/what", form | {"way": "hard"}).status_code == 403


def test_a_way_chosen_in_two_windows_at_once_is_one_of_them(room, anne, browse):
    for days in range(3, 6):
        meeting = plan_meeting(room[0], days=days)
        path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/preparation/what"
        windows = [(browse(anne), way) for way in ("hard", "strength")]
        answers = at_once(*[
            lambda c=client, p=path, w=way: c.post(p, {"text": "x", "rev": "0", "way": w}) for client, way in windows
        ])  # fmt: skip
        assert all(answer.status_code in (303, 409) for answer in answers)
        assert way_of(Reflection.on(room[0], meeting)) in ("hard", "strength")
        assert Reflection.of(room[0]).where(Reflection.meeting == meeting.id, Reflection.step == "way").count() == 1


@pytest.mark.parametrize("way", WAYS)
def test_what_is_shared_belongs_to_the_way(meeting, path, room, anne, birgitte, browse, way):
    for one in WAYS:
        prepare(meeting, answers_to(one))
    prepare(meeting, answers_to(way) | {"way": way})
    SharedPreparation.share(meeting, "all")
    assert seen_by(room[1], meeting)[0] == answers_to(way)
    page = browse(birgitte).get(path).text
    for step in WAYS[way].steps:
        assert f"{way} {step.key}" in page
        assert step.key == "question" or f'<p class="said">{step.name}</p>' in page.replace("&#39;", "'")
    # Chosen anew afterwards: what was shared stays under the questions it answered.
    prepare(meeting, {"way": "plain" if way != "plain" else "hard"})
    assert browse(birgitte).get(path).text.partition("</details>")[0] == page.partition("</details>")[0]
    other = way_of(Reflection.on(room[0], meeting))
    SharedPreparation.share(meeting, "all")
    assert SharedPreparation.on(Meeting.find(room[1], meeting.id)).way == other != way


def test_the_database_does_not_tell_which_of_the_ways_with_more_questions(room):
    told = []
    for days, way in ((3, "hard"), (4, "strength")):
        meeting = plan_meeting(room[0], days=days)
        prepare(meeting, answers_to(way) | {"way": way})
        rows = Reflection.select(Reflection.step).where(Reflection.meeting == meeting.id)
        told.append(sorted(step for (step,) in rows.tuples()))
    assert told[0] == told[1]
    assert not any(word in str(told) for word in (*WAYS, "gibbs", "star"))


# What was taken away last time.


@pytest.fixture
def taken_away(meeting, room):
    """The next meeting, after two that were held and at which both took something with them."""
    for days in (-30, -9):
        held = plan_meeting(room[0], days=days)
        held.hold()
        for n, pair in enumerate(room):
            here = Meeting.find(pair, held.id)
            Insight.note(here, f"shared {days} by {n}", shared=True)
            Insight.note(here, f"private {days} by {n}", shared=False)
    return meeting


@pytest.mark.parametrize("who", [0, 1])
def test_what_was_taken_away_last_time_is_asked_for_before_it_is_shown(taken_away, path, people, browse, who):
    page = browse(people[("anne", "birgitte")[who]]).get(path).text
    fold = re.search(r'<details class="fold" id="taken-away">(.*?)</details>', page, re.DOTALL).group(1)
    question, _, answers = fold.partition("</summary>")
    assert "What did you take away last time?" in question
    assert set(re.findall(r"(?:shared|private) -\d+ by \d", answers)) == {
        "shared -9 by 0", "shared -9 by 1", f"private -9 by {who}",
    }  # fmt: skip
    assert not re.search(r"(?:shared|private) -\d+ by", page.replace(fold, ""))


def test_where_nothing_was_taken_away_nothing_is_asked(meeting, path, room, anne, birgitte, browse):
    plan_meeting(room[0], days=-9).hold()
    later = plan_meeting(room[0], days=-1)
    Insight.note(later, "planned, not held", shared=True)
    for person in (anne, birgitte):
        assert "taken-away" not in browse(person).get(path).text


# The mentor.


def test_the_mentor_prepares_otherwise(meeting, path, birgitte, browse):
    assert "Three minutes before" in browse(birgitte).get(path).text
    for verb in ("/what", "/sharing"):
        assert browse(birgitte).post(path + verb, {"text": "x", "share": "keep"}).status_code == 403


@pytest.mark.parametrize("htmx", [True, False])
def test_the_mentors_intention_is_the_mentors_own(path, anne, birgitte, browse, htmx):
    place = path
    form = form_in(browse(birgitte).get(place).text, f"{place}/intention")
    answer = browse(birgitte).post(form.action, form.fields | {"text": "Ask before I tell."}, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    assert form_in(browse(birgitte).get(place).text, form.action).fields["text"] == "Ask before I tell."
    assert "Ask before I tell." not in browse(anne).get(place).text
    assert browse(anne).post(form.action, form.fields).status_code == 403


# Looking back.


@pytest.fixture
def held(room):
    """A meeting of yesterday, as Anne sees it."""
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    return meeting


@pytest.fixture
def place(held):
    return f"/pairs/{held.pair_id}/meetings/{held.id}"


SECRET = "zebraer i entreen"


@pytest.mark.parametrize(("role", "name", "other"), [("mentee", "anne", "birgitte"), ("mentor", "birgitte", "anne")])
@pytest.mark.parametrize("htmx", [True, False])
def test_each_looks_back_on_questions_of_their_own(held, place, people, browse, role, name, other, htmx):
    client = browse(people[name])
    for key, asks, _hint in AFTER[role]:
        page = client.get(place).text
        assert str(asks) in page.replace("&#39;", "'")
        form = form_in(page, f"{place}/afterwards/{key}")
        answer = client.post(form.action, form.fields | {"text": f"{SECRET} {key}"}, htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
        assert form_in(client.get(place).text, f"{place}/afterwards/{key}").fields["text"] == f"{SECRET} {key}"
    theirs = browse(people[other])
    assert SECRET not in theirs.get(place).text
    for key, asks, _hint in AFTER[role]:
        assert str(asks) not in theirs.get(place).text.replace("&#39;", "'")
        assert theirs.post(f"{place}/afterwards/{key}", {"text": "x", "rev": "0"}, htmx=htmx).status_code == 404
    assert list(Reflection.on(held.opener, held)) == ([key for key, *_rest in AFTER[role]] if role == "mentee" else [])


@pytest.mark.parametrize("key", ["what", "intention", "note", "arrival", "way", "gossip"])
def test_nothing_else_is_answered_by_looking_back(held, place, anne, birgitte, browse, key):
    for person in (anne, birgitte):
        assert browse(person).post(f"{place}/afterwards/{key}", {"text": "x", "rev": "0"}).status_code == 404
    assert Reflection.select().count() == 0


@pytest.mark.parametrize("talked", TALKED)
def test_who_spoke_most_stands_with_the_mentors_look_back(held, place, room, anne, birgitte, browse, talked):
    client = browse(birgitte)
    form = form_in(client.get(place).text, f"{place}/afterwards/practice")
    assert form.fields.get("talked", "") == ""
    for words in ("", "I told too much."):
        form = form_in(client.get(place).text, form.action)
        assert client.post(form.action, form.fields | {"text": words, "talked": talked}).status_code == 303
    kept = form_in(client.get(place).text, form.action).fields
    assert (kept["text"], kept["talked"]) == ("I told too much.", talked)
    assert Reflection.on(room[1], Meeting.find(room[1], held.id))["practice"].talked == talked
    assert str(TALKED[talked]) not in browse(anne).get(place).text


@pytest.mark.parametrize("talked", ["", "nobody", "x" * 500])
def test_who_spoke_most_is_one_of_three_or_nothing(held, place, room, birgitte, browse, talked):
    browse(birgitte).post(f"{place}/afterwards/practice", {"text": "x", "rev": "0", "talked": talked})
    assert Reflection.on(room[1], Meeting.find(room[1], held.id))["practice"].talked == ""


# How it was, withheld until both have said.


def said(pair, meeting):
    return ExperiencedStyle.seen_in(pair, [meeting.id])[meeting.id]


def test_each_sees_their_own_until_both_have_said_and_then_both_see_both(held, room):
    hers = Meeting.find(room[1], held.id)
    assert (said(room[0], held), said(room[1], held)) == ({}, {})
    ExperiencedStyle.mark(held, 2)
    assert (said(room[0], held), said(room[1], held)) == ({"mentee": 2}, {})
    ExperiencedStyle.mark(held, 3)
    ExperiencedStyle.mark(hers, 5)
    assert said(room[0], held) == said(room[1], held) == {"mentee": 3, "mentor": 5}
    for meeting in (held, hers):
        with pytest.raises(Invalid, match="it stands"):
            ExperiencedStyle.mark(meeting, 1)
    assert said(room[0], held) == {"mentee": 3, "mentor": 5}


def test_the_one_who_said_first_is_not_shown_by_the_answers_of_another_meeting(held, room):
    other = plan_meeting(room[0], days=-2)
    other.hold()
    ExperiencedStyle.mark(held, 2)
    ExperiencedStyle.mark(Meeting.find(room[1], other.id), 4)
    assert ExperiencedStyle.seen_in(room[0], [held.id, other.id]) == {held.id: {"mentee": 2}, other.id: {}}
    assert ExperiencedStyle.seen_in(room[1], [held.id, other.id]) == {held.id: {}, other.id: {"mentor": 4}}


def everything_read(client, paths):
    """{address: page} of all a person can read of the room, fragments among them."""
    pages = {}
    for path in paths:
        for headers in ({}, {"HX-Request": "true"}):
            # What marks one showing of a page differs each time.
            pages[path, *headers] = re.sub(r'name="page" value="[\w-]*"', "", read(client.get(path, headers=headers)))
    return pages


@pytest.mark.parametrize("first", [0, 1])
def test_what_one_said_stands_on_no_page_of_the_other_before_both_have(app, held, place, room, browse, first):
    other = browse(room[1 - first].person)
    client = browse(room[first].person)
    rules = [rule for rule in routes(app, "GET") if "pair_id" in rule.arguments]
    paths = [address(rule, ids_of(room[1 - first])) for rule in rules]
    before = everything_read(other, paths)
    assert place in paths
    form = form_in(client.get(place).text, f"{place}/style")
    assert "style" not in form.fields
    assert client.post(form.action, form.fields | {"style": "5"}).location == f"{place}#style"
    assert form_in(client.get(place).text, f"{place}/style").fields["style"] == "5"
    # Not even that something was said.
    assert everything_read(other, paths) == before
    form = form_in(other.get(place).text, f"{place}/style")
    other.post(form.action, form.fields | {"style": "1"})
    for one in (client, other):
        page = one.get(place).text
        views = page.partition('class="views"')[2].partition("</dl>")[0]
        assert ("Show the way" in views, "Hand over the floor" in views) == (True, True)
        assert f'action="{place}/style"' not in page
        answer = one.post(f"{place}/style", {"style": "3"})
        assert answer.status_code == 422
        assert "You have both answered, so it stands." in answer.text
    assert said(room[0], held) == {("mentee", "mentor")[first]: 5, ("mentor", "mentee")[first]: 1}


def test_how_it_was_is_said_in_one_of_five_and_after_the_meeting(held, place, room, anne, browse):
    client = browse(anne)
    for typed in ({}, {"style": ""}, {"style": "6"}, {"style": "x"}):
        answer = client.post(f"{place}/style", typed)
        assert answer.status_code == 422
        assert 'id="style-error"' in answer.text
    ahead = plan_meeting(room[0], days=-1)
    for _ in range(2):
        answer = client.post(f"/pairs/{ahead.pair_id}/meetings/{ahead.id}/style", {"style": "3"})
        assert answer.status_code == 422
        assert "for after the meeting" in answer.text
        assert form_in(answer.text, f"/pairs/{ahead.pair_id}/meetings/{ahead.id}/style").fields["style"] == "3"
        ahead.begin()
    assert ExperiencedStyle.select().count() == 0


def test_how_it_was_said_in_two_windows_at_once_is_one_of_the_two(room, anne, browse):
    for days in (-1, -2, -3):
        meeting = plan_meeting(room[0], days=days)
        meeting.hold()
        place = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/style"
        windows = [browse(anne), browse(anne)]
        answers = at_once(*[
            lambda c=client, p=place, n=n: c.post(p, {"style": str(n)}) for n, client in enumerate(windows, start=2)
        ])  # fmt: skip
        assert [answer.status_code for answer in answers] == [303, 303]
        assert said(room[0], meeting) in ({"mentee": 2}, {"mentee": 3})
        assert said(room[1], meeting) == {}


def test_said_by_both_in_the_same_moment_both_are_seen(room):
    for days in (-1, -2, -3):
        mine_ = plan_meeting(room[0], days=days)
        mine_.hold()
        hers = Meeting.find(room[1], mine_.id)
        done = at_once(lambda m=mine_: ExperiencedStyle.mark(m, 2), lambda m=hers: ExperiencedStyle.mark(m, 4))
        assert done == [None, None]
        assert said(room[0], mine_) == said(room[1], mine_) == {"mentee": 2, "mentor": 4}


def test_a_stranger_says_nothing_about_it(held, place, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    for path in (place, f"/pairs/{other.id}/meetings/{held.id}"):
        assert browse(christian).post(f"{path}/style", {"style": "3"}).status_code == 404
        for key in ("differently", "helped", "practice"):
            assert browse(christian).post(f"{path}/afterwards/{key}", {"text": "x"}).status_code == 404
    assert ExperiencedStyle.select().count() == 0


# Before the first meeting, and strangers.


def test_first_thoughts_are_there_when_the_mentee_prepares(meeting, path, anne, birgitte, browse):
    Reflection.save_text(meeting.opener, None, "arrival", "To dare to **say** it.", rev=0, page="")
    page = browse(anne).get(f"{path}?step=what").text
    assert "To dare to <strong>say</strong> it." in page
    assert "To dare to" not in browse(anne).get(f"{path}?step=since").text


def test_a_stranger_finds_no_preparation(meeting, path, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    prepare(meeting)
    for place in (path, f"/pairs/{other.id}/meetings/{meeting.id}/preparation"):
        assert browse(christian).get(place).status_code == 404
        for verb in ("/what", "/sharing"):
            assert browse(christian).post(place + verb, {"text": "x", "share": "all"}).status_code == 404
    assert mine(meeting) == ANSWERS
    assert seen_by(meeting.opener, meeting) is None


def test_an_answer_knows_when_it_was_saved(meeting, anne):
    prepare(meeting, {"what": "x"})
    row = Reflection.on(meeting.opener, meeting)["what"]
    assert abs((row.saved_at - now()).total_seconds()) < 60
    assert row.writer == anne.id


def test_the_style_agreed_on_is_said_where_one_is_asked_for(meeting, path, room, anne, browse):
    assert "as agreed" not in browse(anne).get(f"{path}?step=question").text
    agree(*room, stance_wanted="3")
    assert "it is as agreed: “Share experience”" in browse(anne).get(f"{path}?step=question").text
