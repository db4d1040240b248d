"""Preparing: one question at a time, mine until I share it, and then exactly what I shared."""

import re

import pytest
from acting import form_in
from conftest import make_pair, plan_meeting

from companion.agreement import clauses
from companion.agreement.models import Edition
from companion.db import now
from companion.errors import Conflict, Invalid, NotYours
from companion.meetings.models import Meeting
from companion.prompts.models import library
from companion.reflections.models import KEYS, WAYS, Reflection, SharedPreparation

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
    Edition.propose(room[0], clauses.DEFAULTS | {"mentee_aim": "x", "stance_wanted": "3"}, seen="")
    Edition.proposal(room[1]).accept()
    assert "it is as agreed: “Share experience”" in browse(anne).get(f"{path}?step=question").text
