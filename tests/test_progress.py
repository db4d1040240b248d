"""Progress: what the two see of their own course, counted from what they shared."""

import re
from datetime import timedelta

import pytest
from conftest import make_pair, plan_meeting
from playhouse.test_utils import count_queries

from companion.actions.models import Action, Offer
from companion.db import at, now
from companion.meetings.models import Meeting
from companion.progress.views import INSIGHTS, MEETINGS, PLANS
from companion.reflections.models import ExperiencedStyle, Insight, Reflection, SharedPreparation
from companion.stance import STANCES

PLAN = {"cue": "I am asked for something new", "act": "I say that I will come back tomorrow"}


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}/progress/"


def hold(pair, *, days, style=None, share="question"):
    """A meeting held `days` ago, asked for in this style."""
    meeting = plan_meeting(pair, days=-days)
    if style:
        Reflection.save_text(pair, meeting, "question", f"Question {style}", rev=0, page="", style=style)
        SharedPreparation.share(meeting, share)
    meeting.hold()
    return meeting


def words(page):
    """What stands in the main part of a page, or in a part of it, without its markup."""
    main = page.split("<main")[-1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", f"<main{main}" if "<main" in page else main).split())


def styles(page):
    """[(meeting, wished for, how the mentee found it, how the mentor did)] as the table shows it."""
    rows = re.findall(r"<tr><th scope=\"row\">(\d+) ·.*?</th>(.*?)</tr>", page, re.DOTALL)
    return [(int(number), *(words(cell) for cell in re.findall(r"<td>(.*?)</td>", cells))) for number, cells in rows]


def asked_for(page):
    return [(number, wished) for number, wished, *_said in styles(page)]


def test_an_empty_course_can_be_read(path, anne, birgitte, browse):
    for person in (anne, birgitte):
        assert browse(person).get(path).status_code == 200


def test_meetings_held_are_counted_against_those_agreed(room, agreed, path, anne, birgitte, browse):
    hold(room[0], days=30)
    hold(room[1], days=9)
    plan_meeting(room[0], days=3)
    plan_meeting(room[0], days=-2).cancel()
    for person in (anne, birgitte):
        assert re.search(r"\b2 meetings of 6 held", words(browse(person).get(path).text))
    assert re.search(r"\b2 of 6 meetings held", words(browse(anne).get(path.removesuffix("progress/")[:-1]).text))


def test_without_an_agreement_meetings_are_just_counted(room, path, anne, browse):
    hold(room[0], days=9)
    assert re.search(r"\b1 meeting held", words(browse(anne).get(path).text))


def test_whose_idea_a_plan_was_is_counted(room, path, anne, birgitte, browse):
    for n in range(3):
        Action.plan(room[0], PLAN | {"cue": f"own {n}"})
    offers = [Offer.make(room[1], f"idea {n}") for n in range(3)]
    for offer in offers[:2]:
        Action.plan(room[0], PLAN, offer=Offer.find(room[0], offer.id))
    Offer.find(room[0], offers[2].id).decline()
    Action.open_in(room[0])[0].let_go("")
    for person in (anne, birgitte):
        shown = words(browse(person).get(path).text)
        assert "3 were the mentee’s own" in shown
        assert "2 began as the mentor’s ideas" in shown
        assert shown.count("then") >= 5


def test_open_plans_come_before_closed_ones(room, path, anne, browse):
    first, second = Action.plan(room[0], PLAN | {"cue": "closed cue"}), Action.plan(room[0], PLAN | {"cue": "open cue"})
    first.complete("done", "It went well enough.")
    shown = words(browse(anne).get(path).text)
    assert shown.index("open cue") < shown.index("closed cue") < shown.index("It went well enough.")
    assert second.id in {plan.id for plan in Action.open_in(room[1])}


def test_the_style_asked_for_is_shown_meeting_by_meeting(room, path, anne, birgitte, browse):
    for days, style in ((30, 2), (20, 5), (10, 4)):
        hold(room[0], days=days, style=style)
    expected = [(n, str(STANCES[style - 1].name)) for n, style in ((1, 2), (2, 5), (3, 4))]
    for person in (anne, birgitte):
        assert asked_for(browse(person).get(path).text) == expected


def test_a_style_that_was_not_shared_is_not_shown_to_anybody(room, path, anne, birgitte, browse):
    hold(room[0], days=30, style=2, share="keep")
    hold(room[0], days=20, style=4)
    plan = plan_meeting(room[0], days=9)
    Reflection.save_text(room[0], plan, "question", "Later", rev=0, page="", style=1)
    SharedPreparation.share(plan, "question")
    for person in (anne, birgitte):
        assert asked_for(browse(person).get(path).text) == [(2, str(STANCES[3].name))]


def test_a_meeting_without_a_wish_is_left_out(room, path, anne, browse):
    meeting = plan_meeting(room[0], days=-9)
    Reflection.save_text(room[0], meeting, "question", "Which?", rev=0, page="", style=None)
    SharedPreparation.share(meeting, "question")
    meeting.hold()
    assert asked_for(browse(anne).get(path).text) == []


def test_how_it_was_is_seen_by_the_other_when_both_have_said(room, path, anne, birgitte, browse):
    meeting = hold(room[0], days=9, style=4)
    ExperiencedStyle.mark(meeting, 2)
    wished, given, shared = (str(STANCES[n].name) for n in (3, 1, 2))
    assert styles(browse(anne).get(path).text) == [(1, wished, given, "not said")]
    assert styles(browse(birgitte).get(path).text) == [(1, wished, "not said", "not said")]
    ExperiencedStyle.mark(Meeting.find(room[1], meeting.id), 3)
    for person in (anne, birgitte):
        page = browse(person).get(path).text
        assert styles(page) == [(1, wished, given, shared)]
        # The picture is drawn from the same numbers.
        assert 'class="mark mark--mentee" d="M30 5h0"' in page


def test_of_a_long_course_the_latest_styles_are_shown_first(room, path, anne, browse):
    for n in range(MEETINGS + 2):
        hold(room[0], days=60 - n, style=3)
    assert [row[0] for row in styles(browse(anne).get(path).text)] == list(range(3, MEETINGS + 3))
    assert len(styles(browse(anne).get(f"{path}?all=1").text)) == MEETINGS + 2


def test_the_trail_is_what_both_shared_the_latest_first(room, path, anne, birgitte, browse):
    meeting = hold(room[0], days=9)
    hers = Meeting.find(room[1], meeting.id)
    for n, (place, said, shared) in enumerate(
        [(meeting, "first", True), (hers, "second", True), (meeting, "private", False), (meeting, "last", True)]
    ):
        with at(now() + timedelta(minutes=n)):
            Insight.note(place, f"the {said} insight", shared=shared)
    for person in (anne, birgitte):
        shown = words(browse(person).get(path).text)
        assert shown.index("the last insight") < shown.index("the second insight") < shown.index("the first insight")
        assert "the private insight" not in shown


def test_a_long_course_shows_the_latest_first_and_the_rest_when_asked(room, path, anne, birgitte, browse):
    meeting = hold(room[0], days=9)
    for n in range(PLANS + 2):
        Action.plan(room[0], PLAN | {"cue": f"cue {n:02}"}).complete("done", "")
    for n in range(INSIGHTS + 2):
        Insight.note(meeting, f"insight {n:02}", shared=True)
    for person in (anne, birgitte):
        client = browse(person)
        short = client.get(path).text
        assert sorted(set(re.findall(r"cue \d\d", short))) == [f"cue {n:02}" for n in range(2, PLANS + 2)]
        assert sorted(re.findall(r"insight \d\d", short)) == [f"insight {n:02}" for n in range(2, INSIGHTS + 2)]
        assert f"{PLANS + 2} were the mentee’s own" in words(short)
        onwards = re.findall(r'href="([^"]+\?all=1)#(plans|trail)"', short)
        assert [anchor for _path, anchor in onwards] == ["plans", "trail"]
        whole = client.get(onwards[0][0]).text
        assert {"cue 00", "cue 01", "insight 00", "insight 01"} <= set(re.findall(r"(?:cue|insight) \d\d", whole))
        assert "?all=1#" not in whole


def test_a_long_course_costs_no_more_queries_than_a_short_one(room, agreed, path, anne, browse):
    client = browse(anne)
    counts = []
    for n in range(1, 9):
        meeting = hold(room[0], days=n, style=3)
        Insight.note(meeting, str(n), shared=True)
        Action.plan(room[0], PLAN, meeting=meeting)
        if n in (1, 8):
            client.get(path)
            with count_queries() as counted:
                client.get(path)
            counts.append(counted.count)
    assert counts[0] == counts[1]


def test_a_stranger_sees_nothing_of_it(room, path, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    hold(room[0], days=9, style=3)
    assert browse(christian).get(path).status_code == 404
    assert asked_for(browse(christian).get(f"/pairs/{other.id}/progress/").text) == []
