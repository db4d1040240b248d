"""Progress: what the two see of their own course, counted from what they shared."""

import re
from datetime import timedelta

import pytest
from acting import form_in
from conftest import make_pair, plan_meeting
from playhouse.test_utils import count_queries

from companion.actions.models import Action, Offer
from companion.db import at, now
from companion.i18n import counted, first_up
from companion.meetings.models import AgendaItem, Meeting
from companion.progress.views import INSIGHTS, MEETINGS, PLANS
from companion.prompts.models import library
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
    table = page.partition('id="styles"')[2].partition("</table>")[0]
    rows = re.findall(r"<tr><th scope=\"row\">(\d+) ·.*?</th>(.*?)</tr>", table, re.DOTALL)
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
        assert re.search(r"\bTwo of six meetings held", words(browse(person).get(path).text))
    assert re.search(r"\bTwo of six meetings held", words(browse(anne).get(path.removesuffix("progress/")[:-1]).text))


def test_without_an_agreement_meetings_are_just_counted(room, path, anne, browse):
    hold(room[0], days=9)
    assert re.search(r"\bOne meeting held", words(browse(anne).get(path).text))


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
        assert "Three were the mentee’s own" in shown
        assert "Two began as the mentor’s ideas" in shown
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
        assert sorted(set(re.findall(r"insight \d\d", short))) == [f"insight {n:02}" for n in range(2, INSIGHTS + 2)]
        assert first_up(counted(PLANS + 2)) + " were the mentee’s own" in words(short)
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
        Action.plan(room[0], PLAN, meeting=meeting).complete("done", "")
        if n in (1, 8):
            client.get(path)
            with count_queries() as counted:
                client.get(path)
            counts.append(counted.count)
    assert counts[0] == counts[1]


def table(page, caption):
    """The rows of the table with this caption, each as its words."""
    part = page.partition(f'<caption class="sr-only">{caption}')[2].partition("</table>")[0]
    return [words(row) for row in re.findall(r"<tr>.*?</tr>", part, re.DOTALL)]


def test_what_became_of_plans_is_counted_meeting_by_meeting(room, path, anne, birgitte, browse):
    first, second = hold(room[0], days=30), hold(room[0], days=9)
    for n, (meeting, outcome) in enumerate(
        [(first, "done"), (first, "done"), (first, "let_go"), (second, "partly"), (None, "not_done"), (second, None)]
    ):
        plan = Action.plan(room[0], PLAN | {"cue": f"cue {n}"}, meeting=meeting)
        if outcome == "let_go":
            plan.let_go("")
        elif outcome:
            plan.complete(outcome, "")
    Action.open_in(room[0])[0].replan(PLAN)
    for person in (anne, birgitte):
        page = browse(person).get(path).text
        head, *rows = table(page, "What became of the plans")
        assert head == "Meeting Open Done Partly Not done Let go Changed"
        assert [row.split()[-6:] for row in rows] == [
            ["–", "2", "–", "–", "1", "–"],
            ["1", "–", "1", "–", "–", "1"],
            ["–", "–", "–", "1", "–", "–"],
        ]
        assert rows[2].startswith("Between meetings")
        # The picture is drawn from the same numbers.
        drawn = [svg.count("a6 6 0 1 1 12") for svg in re.findall(r"course__when.*?</li>", page, re.DOTALL)[:3]]
        assert drawn == [3, 3, 1]


def test_where_things_began_is_shown_meeting_by_meeting(room, path, anne, birgitte, browse):
    first = hold(room[0], days=30, style=4)
    second = hold(room[0], days=9)
    hers = Meeting.find(room[1], first.id)
    AgendaItem.put(first, "Anne's topic")
    AgendaItem.put(hers, "Birgitte's")
    AgendaItem.put(hers, "Birgitte's too")
    AgendaItem.put_prompt(hers, library().choose()[0].id)
    offer = Offer.make(room[1], "An idea", hers)
    Action.plan(room[0], PLAN, offer=Offer.find(room[0], offer.id))
    Action.plan(room[0], PLAN, insight=Insight.note(second, "An insight", shared=True)).replan(PLAN)
    Action.plan(room[0], PLAN, meeting=second)
    for person in (anne, birgitte):
        page = browse(person).get(path).text
        _head, *rows = table(page, "Who had the idea")
        assert "Birgitte Lund 1 Anne Holm 1, Birgitte Lund 2 asked for" in rows[0]
        assert "Anne Holm 1, both 1 none not asked for" in rows[1]
        assert len(rows) == 2
        assert "It does not say that one is better" in words(page)
        assert "%" not in words(page)


def test_the_trail_says_what_became_of_an_insight(room, path, anne, birgitte, browse):
    meeting = hold(room[0], days=9)
    seen, other = (Insight.note(meeting, name, shared=True) for name in ("the one", "the other"))
    Action.plan(room[0], PLAN | {"cue": "at first"}, insight=seen).replan(PLAN | {"cue": "then so"}).let_go("Enough.")
    for person, offered in ((anne, True), (birgitte, False)):
        page = browse(person).get(path).text
        part = words(page.partition(f'id="insight-{seen.id}"')[2].partition(f'id="insight-{other.id}"')[0])
        assert "became a plan Changed If at first" in part
        assert "which went on as Let go If then so" in part
        assert (f"/actions/new?insight={other.id}" in page) == offered
        assert f"/actions/new?insight={seen.id}" not in page


def test_the_trail_is_filtered_by_theme(room, path, anne, browse):
    for days, theme in ((30, "priorities"), (20, "hard-talks"), (9, "")):
        meeting = plan_meeting(room[0], days=-days, **({"form": "theme", "theme": theme} if theme else {}))
        meeting.hold()
        Insight.note(meeting, f"insight of {theme or 'none'}", shared=True)
    client = browse(anne)
    whole = client.get(path).text
    offered = re.findall(r'<option value="([a-z-]*)"', whole.partition('id="trail"')[2])
    assert sorted(offered) == ["", "hard-talks", "priorities"]
    for theme in ("priorities", "hard-talks"):
        trail = client.post(path, {"theme": theme}).text.partition('id="trail"')[2]
        assert re.findall(r"insight of [a-z-]+", trail)[0] == f"insight of {theme}"
        assert set(re.findall(r"insight of [a-z-]+", trail)) == {f"insight of {theme}"}
        assert f'<option value="{theme}" selected>' in trail
    for nonsense in ({"theme": "nonsense"}, {"theme": ""}, {"goal": "nonsense"}, {"goal": str(room[0].id)}, {}):
        assert client.post(path, nonsense).text.count("insight of") == whole.count("insight of")
    empty = client.post(path, {"theme": "network"}).text
    assert "insight of" not in empty
    assert "Nothing on the trail belongs to that." in empty


def test_the_choice_of_a_theme_stays_when_the_earlier_ones_are_asked_for(room, path, anne, browse):
    for theme in ("priorities", "hard-talks"):
        meeting = plan_meeting(room[0], days=-9, form="theme", theme=theme)
        meeting.hold()
        for n in range(INSIGHTS + 1):
            Insight.note(meeting, f"{theme} {n:02}", shared=True)
    client = browse(anne)
    short = client.post(path, {"theme": "priorities"}).text
    assert len(set(re.findall(r"priorities \d\d", short))) == INSIGHTS
    earlier = form_in(short.partition('<ol class="trail">')[2], path)
    assert ("all", "1") in earlier.buttons
    whole = client.post(path, earlier.fields | {"all": "1"}).text
    # A theme is sealed: which one was chosen stands in no address.
    assert "theme=" not in short + whole
    assert len(set(re.findall(r"priorities \d\d", whole))) == INSIGHTS + 1
    assert "hard-talks 00" not in whole
    assert 'name="all" value="1"' in whole


def test_an_insight_that_cannot_be_opened_and_its_meeting_do_not_break_the_page(room, path, anne, browse):
    meeting = hold(room[0], days=9)
    insight = Insight.note(meeting, "lost", shared=True)
    plan = Action.plan(room[0], PLAN, insight=insight)
    plan.let_go("")
    for kind, row in ((Insight, insight), (Meeting, meeting), (Action, plan)):
        kind.update(blob=b"x" * 60).where(kind.id == row.id).execute()
    page = browse(anne).get(path)
    assert page.status_code == 200
    assert "This text cannot be opened." in page.text


def test_a_stranger_sees_nothing_of_it(room, path, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    hold(room[0], days=9, style=3)
    assert browse(christian).get(path).status_code == 404
    assert asked_for(browse(christian).get(f"/pairs/{other.id}/progress/").text) == []


def test_more_meetings_than_agreed_are_just_counted_and_all_of_them_are_all(room, agreed, path, anne, browse):
    for said, n in (("All six meetings held.", 6), ("Seven meetings held.", 1)):
        for k in range(n):
            hold(room[0], days=20 * n + k)
        assert said in words(browse(anne).get(path).text)


def test_the_key_of_a_picture_names_only_what_is_in_it(room, path, anne, browse):
    Action.plan(room[0], PLAN, meeting=hold(room[0], days=9)).complete("done", "")
    key = browse(anne).get(path).text.partition('class="course__key">')[2].partition("</ul>")[0]
    assert words(key) == "Done"


def test_of_many_meetings_the_latest_are_named_first_and_all_of_them_where_asked_for(room, path, anne, browse):
    for n in range(MEETINGS + 2):
        hold(room[0], days=60 - n)
    for query, first in (("", 3), ("?all=1", 1)):
        named = browse(anne).get(path + query).text.partition('id="meetings"')[2].partition("</ol>")[0]
        assert [int(number) for number in re.findall(r">(\d+) ·", named)] == list(range(first, MEETINGS + 3))


def test_the_page_leads_on_to_what_the_reader_can_do_next(room, path, anne, birgitte, browse):
    def leads_to(person):
        return re.search(r'<a class="action" href="([^"]+)"', browse(person).get(path).text)[1]

    home = f"/pairs/{room[0].id}"
    assert leads_to(anne) == home
    hold(room[0], days=9)
    assert (leads_to(anne), leads_to(birgitte)) == (f"{home}/review/", home)
    assert browse(anne).get(path).text.count(f'"{home}/review/"') == 1
    for onwards in ("pulses", "closing"):
        assert f'"{path}"' in browse(anne).get(f"{home}/{onwards}").text.partition("<main")[2]
