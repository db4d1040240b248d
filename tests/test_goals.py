"""Goals: five sentences written beforehand, nearest steps, and scores that keep the sentence they were given under."""

import re

import pytest
from acting import at_once, form_in
from conftest import make_pair, make_person, plan_meeting
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from playhouse.test_utils import count_queries

from companion.errors import Conflict, Invalid, Missing, NotYours
from companion.goals.drawing import LABELS_AT_MOST, MANY, Point, goals_drawn, line
from companion.goals.models import LEVELS, OPEN_AT_MOST, Goal, GoalWording, NearestStep, Score, TooBig
from companion.goals.views import MEETINGS
from companion.meetings.models import Meeting

SENTENCES = {f"level-{n}": f"Sentence number {n}." for n in range(5)}
WHOLE = {"what": "Choosing in time", "why": "I want my week back.", "now": "-1"} | SENTENCES
STEP = {"step": "Say the sentence once.", "sureness": "8"}


@pytest.fixture
def goal(room):
    """A goal of Anne's; she is at "somewhat less"."""
    return Goal.write_down(room[0], WHOLE)


@pytest.fixture
def theirs(goal, room):
    """The same goal as Birgitte sees it."""
    return Goal.find(room[1], goal.id)


@pytest.fixture
def met(room):
    """A meeting that was held, as Anne sees it."""
    return hold(room[0], days=3)


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}/goals"


def hold(pair, *, days):
    meeting = plan_meeting(pair, days=-days)
    meeting.hold()
    return meeting


def score(goal, meeting, level, moment=""):
    goal = Goal.find(goal.opener, goal.id)
    meeting = Meeting.find(goal.opener, meeting.id)
    return Score.give(goal, meeting, {"level": str(level), "version": str(goal.version), "moment": moment})


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main")[-1].split("</main>")[0]).split())


def again(row):
    return type(row).find(row.opener, row.id)


# Writing a goal down.


def test_a_goal_is_written_on_the_page_with_where_one_is_and_leads_on_to_the_nearest_step(
    room, path, anne, birgitte, browse
):
    client = browse(anne)
    form = form_in(client.get(f"{path}/new").text, f"{path}/")
    answer = client.post(form.action, form.fields | WHOLE)
    (goal,) = Goal.open_in(room[0])
    assert (answer.status_code, answer.location) == (303, f"{path}/{goal.id}/step")
    assert goal.levels == [f"Sentence number {n}." for n in range(5)]
    assert [goal.sentence(level) for level in (-2, 0, 2)] == [f"Sentence number {n}." for n in (0, 2, 4)]
    start = Score.start_of(goal)
    assert (start.level, start.sentence, start.meeting_id) == (-1, "Sentence number 1.", None)
    answer = client.post(answer.location, STEP)
    assert answer.location == f"{path}/{goal.id}"
    for person in (anne, birgitte):
        for place in (f"{path}/{goal.id}", f"{path}/", path.removesuffix("/goals"), f"{path}/../progress/"):
            shown = words(browse(person).get(place.replace("goals/../", "")).text)
            assert WHOLE["what"] in shown
            assert STEP["step"] in shown


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"what": " "}, "what"),
        ({"what": "x" * 201}, "what"),
        ({"why": ""}, "why"),
        ({"why": "x" * 1001}, "why"),
        ({"now": ""}, "now"),
        ({"now": "3"}, "now"),
        ({"now": "much"}, "now"),
        *(({f"level-{n}": ""}, f"level-{n}") for n in range(5)),
        ({"level-4": "x" * 301}, "level-4"),
    ],
)
@pytest.mark.parametrize("reworded", [True, False])
def test_a_refused_goal_says_where_and_keeps_everything_typed(goal, path, anne, browse, typed, field, reworded):
    action = f"{path}/{goal.id}/wording" if reworded else f"{path}/"
    typed = {name: value + " else" for name, value in WHOLE.items() if name != "now"} | {"now": "-2"} | typed
    answer = browse(anne).post(action, typed | {"rev": "1"})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, action).fields
    for name in typed.keys() - {"now" if field == "now" else ""}:
        assert kept[name] == typed[name], name
    assert [(row.what, row.rev) for row in Goal.of(goal.opener)] == [(WHOLE["what"], 1)]


def test_the_middle_sentence_is_asked_for_first_then_up_then_down(path, anne, browse):
    page = browse(anne).get(f"{path}/new").text
    assert re.findall(r'<textarea[^>]*id="level-(\d)"', page) == ["2", "3", "4", "1", "0"]


def test_three_goals_are_as_many_as_are_open_at_once(room, path, anne, browse):
    for _ in range(OPEN_AT_MOST):
        Goal.write_down(room[0], WHOLE)
    with pytest.raises(Invalid, match="plenty to carry"):
        Goal.write_down(room[0], WHOLE)
    client = browse(anne)
    assert "plenty to carry" in words(client.get(f"{path}/new").text)
    answer = client.post(f"{path}/", WHOLE | {"what": "A fourth"})
    assert answer.status_code == 422
    assert form_in(answer.text, f"{path}/").fields["what"] == "A fourth"
    first = Goal.open_in(room[0])[0]
    first.end({"ending": "let_go", "learned": ""})
    Goal.write_down(room[0], WHOLE)
    assert client.post(f"{path}/{first.id}/reopening").status_code == 422
    assert len(Goal.open_in(room[0])) == OPEN_AT_MOST


def test_two_windows_do_not_make_four_goals(room):
    for _ in range(OPEN_AT_MOST - 1):
        Goal.write_down(room[0], WHOLE)
    said = at_once(*[lambda: Goal.write_down(room[0], WHOLE)] * 3)
    assert sorted(type(one).__name__ for one in said) == ["Goal", "Invalid", "Invalid"]


# The mentee's own.


def test_the_mentor_reads_the_goal_and_changes_nothing_of_it(goal, theirs, room, path, birgitte, browse):
    for verb in (
        lambda: Goal.write_down(room[1], WHOLE),
        lambda: theirs.reword(WHOLE, rev=1),
        lambda: theirs.end({"ending": "reached"}),
        theirs.reopen,
        lambda: NearestStep.take(theirs, STEP),
    ):
        with pytest.raises(NotYours):
            verb()
    client, here = browse(birgitte), f"{path}/{goal.id}"
    for place in (f"{path}/new", f"{here}/wording", f"{here}/step"):
        assert client.get(place).status_code == 403
    for place in (f"{path}/", f"{here}/wording", f"{here}/step", f"{here}/ending", f"{here}/reopening"):
        assert client.post(place, WHOLE | STEP | {"rev": "1", "ending": "reached"}).status_code == 403
    assert (again(goal).rev, NearestStep.current(room[0], [goal])) == (1, {})
    page = client.get(here).text
    assert "<form" not in page.split("<main")[1].split("</main>")[0]


def test_a_stranger_finds_none_of_it(goal, met, path, christian, browse):
    client, here = browse(christian), f"{path}/{goal.id}"
    scores = f"{path.removesuffix('/goals')}/meetings/{met.id}/scores"
    for place in (f"{path}/", f"{path}/new", here, f"{here}/wording", f"{here}/step", scores):
        assert client.get(place).status_code == 404
    for place in (f"{path}/", f"{here}/wording", f"{here}/step", f"{here}/ending", f"{scores}/{goal.id}"):
        assert client.post(place, WHOLE).status_code == 404


def test_a_goal_of_another_room_is_missing(goal, met, path, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    with pytest.raises(Missing):
        Goal.find(other, goal.id)
    inside = f"/pairs/{other.id}/meetings/{hold(other, days=1).id}/scores"
    for named in (goal.id, "x"):
        assert browse(christian).get(f"{inside}?goal={named}").status_code == 404
    assert browse(christian).post(f"{inside}/{goal.id}", {"level": "1"}).status_code == 404


# Other words.


def test_changing_a_goal_keeps_what_it_said_before(goal, path, anne, birgitte, browse):
    form = form_in(browse(anne).get(f"{path}/{goal.id}/wording").text, f"{path}/{goal.id}/wording")
    assert form.fields["now"] == "-1"
    answer = browse(anne).post(form.action, form.fields | {"what": "Choosing sooner", "level-2": "Within the day."})
    assert answer.location == f"{path}/{goal.id}"
    assert (again(goal).what, again(goal).sentence(0)) == ("Choosing sooner", "Within the day.")
    for person in (anne, birgitte):
        shown = words(browse(person).get(answer.location).text)
        assert "What it said before until" in shown
        for said in (WHOLE["what"], "Sentence number 2.", "Choosing sooner", "Within the day."):
            assert said in shown


def test_the_same_words_once_more_make_no_history(goal):
    goal.reword(WHOLE, rev=1)
    assert (GoalWording.before(goal), again(goal).rev) == ([], 1)


def test_before_work_begins_where_one_is_can_be_said_anew(goal):
    goal.reword(WHOLE | {"now": "-2", "level-0": "Not at all."}, rev=1)
    assert (Score.start_of(goal).sentence, again(goal).version) == ("Not at all.", 1)


def test_once_scored_other_levels_are_a_new_version_and_old_scores_keep_their_sentence(goal, met, path, anne, browse):
    score(goal, met, 1)
    page = browse(anne).get(f"{path}/{goal.id}/wording").text
    assert 'name="now"' not in page
    goal.reword(WHOLE | {"level-3": "Another sentence."}, rev=1)
    assert again(goal).version == 2
    assert [row.sentence for row in Score.of(goal.opener).order_by(Score.created_at)] == [
        "Sentence number 1.",
        "Sentence number 3.",
    ]
    shown = words(browse(anne).get(f"{path}/{goal.id}").text)
    assert "Sentence number 3." in shown
    (drawn,) = goals_drawn(goal.opener)
    # Nothing of the five is where one is, until it is said again.
    assert (drawn.now.sentence, drawn.level) == ("Sentence number 3.", None)
    goal = again(goal)
    goal.reword(WHOLE | {"level-3": "Another sentence.", "what": "Other"}, rev=goal.rev)
    assert again(goal).version == 2


def test_two_windows_at_once_lose_nothing(goal, path, anne, browse):
    client = browse(anne)
    form = form_in(client.get(f"{path}/{goal.id}/wording").text, f"{path}/{goal.id}/wording")
    client.post(form.action, form.fields | {"what": "First"})
    answer = client.post(form.action, form.fields | {"what": "Second"})
    assert answer.status_code == 409
    assert "First" in words(answer.text)
    assert form_in(answer.text, form.action).fields["what"] == "Second"
    with pytest.raises(Conflict):
        goal.reword(WHOLE | {"what": "Third"}, rev=1)
    assert [row.what for row in GoalWording.before(goal)] == [WHOLE["what"]]


# The nearest step.


def test_a_new_step_takes_the_place_of_the_one_before_which_is_kept(goal, path, anne, browse):
    for n in range(3):
        NearestStep.take(goal, STEP | {"step": f"Step {n}."})
    assert NearestStep.current(goal.opener, [goal])[goal.id].text == "Step 2."
    assert [row.text for row in NearestStep.before(goal)] == ["Step 1.", "Step 0."]
    shown = words(browse(anne).get(f"{path}/{goal.id}").text)
    assert "Two earlier steps Step 1." in shown


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"step": ""}, "step"),
        ({"step": "x" * 501}, "step"),
        ({"sureness": ""}, "sureness"),
        ({"sureness": "11"}, "sureness"),
        ({"sureness": "0"}, "sureness"),
        ({"sureness": "1"}, "step"),
        ({"sureness": "6"}, "step"),
    ],
)
def test_a_refused_step_says_where_and_keeps_everything_typed(goal, path, anne, browse, typed, field):
    typed = STEP | typed
    answer = browse(anne).post(f"{path}/{goal.id}/step", typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, f"{path}/{goal.id}/step").fields
    for name in typed.keys() - {"sureness" if field == "sureness" else ""}:
        assert kept[name] == typed[name]
    assert NearestStep.current(goal.opener, [goal]) == {}


def test_who_is_not_sure_is_asked_once_for_a_smaller_step_and_may_keep_theirs(goal, path, anne, browse):
    client, action = browse(anne), f"{path}/{goal.id}/step"
    assert 'name="keep"' not in client.get(action).text
    answer = client.post(action, STEP | {"sureness": "5"})
    assert (answer.status_code, 'name="keep"' in answer.text) == (422, True)
    assert "small enough for an 8" in answer.text
    # A smaller one of which one is sure needs no more words.
    assert client.post(action, STEP | {"step": "Half of it.", "sureness": "7"}).status_code == 303
    # And it is theirs to keep.
    assert client.post(action, STEP | {"sureness": "5", "keep": "1"}).status_code == 303
    assert NearestStep.current(goal.opener, [goal])[goal.id].sureness == 5
    with pytest.raises(TooBig):
        NearestStep.take(goal, STEP | {"sureness": "5"})


# Scores.


def test_the_mentee_says_at_a_meeting_which_sentence_fits(goal, room, path, anne, birgitte, browse):
    meeting = plan_meeting(room[0], days=0)
    meeting.begin()
    here = f"{path.removesuffix('/goals')}/meetings/{meeting.id}"
    client = browse(anne)
    link = f"{here}/scores"
    assert link in client.get(here).text
    form = form_in(client.get(link).text, f"{link}/{goal.id}")
    answer = client.post(form.action, form.fields | {"level": "1", "moment": "On Monday."})
    assert (answer.status_code, answer.location) == (303, link)
    for person in (anne, birgitte):
        for place in (link, f"{path}/{goal.id}", f"{path}/"):
            shown = words(browse(person).get(place).text)
            assert "Sentence number 3." in shown
            assert "On Monday." in shown
    # Once more in the same meeting is other words for the same.
    form = form_in(client.get(f"{link}?goal={goal.id}").text, f"{link}/{goal.id}")
    assert (form.fields["level"], form.fields["moment"]) == ("1", "On Monday.")
    client.post(form.action, form.fields | {"level": "0"})
    assert [row.level for row in Score.of(room[0]).where(Score.meeting == meeting.id)] == [0]
    client.post(f"{here}/holding")
    assert link in client.get(here).text


def test_goals_are_gone_through_one_at_a_time(goal, met, room, path, anne, browse):
    other = Goal.write_down(room[0], WHOLE | {"what": "Asking for help"})
    link = f"{path.removesuffix('/goals')}/meetings/{met.id}/scores"
    asked = []
    for _ in range(2):
        page = browse(anne).get(link).text
        (action,) = re.findall(rf'action="({link}/[^"]+)"', page)
        asked.append(action.rpartition("/")[2])
        browse(anne).post(action, form_in(page, action).fields | {"level": "0"})
    assert asked == [str(goal.id), str(other.id)]
    page = browse(anne).get(link).text
    assert (f'action="{link}' in page, "What is the nearest step now?" in words(page)) == (False, True)


@pytest.mark.parametrize("typed", [{"level": ""}, {"level": "3"}, {"level": "x"}, {"moment": "x" * 1001}])
def test_a_refused_score_keeps_what_was_typed(goal, met, path, anne, browse, typed):
    action = f"{path.removesuffix('/goals')}/meetings/{met.id}/scores/{goal.id}"
    typed = {"level": "1", "moment": "On Monday.", "version": "1"} | typed
    answer = browse(anne).post(action, typed)
    assert answer.status_code == 422
    assert form_in(answer.text, action).fields["moment"] == typed["moment"]
    assert Score.at_meeting(met) == {}


def test_a_score_is_of_the_sentences_that_were_read(goal, met, path, anne, browse):
    score(goal, hold(goal.opener, days=9), 0)
    action = f"{path.removesuffix('/goals')}/meetings/{met.id}/scores/{goal.id}"
    form = form_in(browse(anne).get(action.rpartition("/")[0]).text, action)
    goal.reword(WHOLE | {"level-3": "Another sentence."}, rev=1)
    answer = browse(anne).post(action, form.fields | {"level": "1"})
    assert answer.status_code == 422
    assert "Another sentence." in answer.text
    assert Score.at_meeting(met) == {}


def test_a_meeting_still_to_come_or_cancelled_is_not_scored(goal, room, path, anne, browse):
    coming, cancelled = plan_meeting(room[0], days=9), plan_meeting(room[0], days=8)
    cancelled.cancel()
    for meeting in (coming, again(cancelled)):
        link = f"{path.removesuffix('/goals')}/meetings/{meeting.id}/scores"
        page = browse(anne).get(link).text
        assert ("when you meet" in page, f'action="{link}' in page) == (True, False)
        with pytest.raises(Invalid, match="when you meet"):
            score(goal, meeting, 0)


def test_a_closed_goal_is_neither_scored_nor_moved_on(goal, met):
    goal.end({"ending": "reached", "learned": "It was the shoulders."})
    for verb in (
        lambda: score(goal, met, 1),
        lambda: NearestStep.take(again(goal), STEP),
        lambda: again(goal).reword(WHOLE, rev=2),
        lambda: again(goal).end({"ending": "let_go"}),
    ):
        with pytest.raises(Invalid, match="closed"):
            verb()


def test_the_mentors_view_waits_until_the_mentee_has_said_and_decides_nothing(
    goal, theirs, met, room, path, anne, birgitte, browse
):
    link = f"{path.removesuffix('/goals')}/meetings/{met.id}/scores"
    other = Goal.write_down(room[0], WHOLE)
    form = form_in(browse(birgitte).get(link).text, f"{link}/{goal.id}")
    browse(birgitte).post(form.action, form.fields | {"level": "2", "moment": "I saw it in the meeting."})
    assert "I saw it in the meeting." in browse(birgitte).get(link).text
    for place in (link, f"{link}?goal={other.id}", f"{path}/{goal.id}", f"{path}/"):
        assert "I saw it in the meeting." not in browse(anne).get(place).text
    (drawn,) = goals_drawn(room[1], goals=[theirs])
    assert (len(drawn.points), drawn.level) == (1, -1)
    score(goal, met, 0)
    for place in (link, f"{path}/{goal.id}"):
        assert "I saw it in the meeting." in browse(anne).get(place).text
    for pair in room:
        (drawn,) = goals_drawn(pair, goals=[Goal.find(pair, goal.id)])
        assert (drawn.level, drawn.now.sentence, drawn.points[-1].seen.level) == (0, "Sentence number 2.", 2)


# The end.


@pytest.mark.parametrize(("ending", "name"), [("reached", "Reached"), ("let_go", "Let go")])
def test_a_goal_ends_with_what_was_learned_and_can_go_on(goal, room, path, anne, birgitte, browse, ending, name):
    form = form_in(browse(anne).get(f"{path}/{goal.id}").text, f"{path}/{goal.id}/ending")
    browse(anne).post(form.action, form.fields | {"ending": ending, "learned": "It was never mine."})
    assert Goal.open_in(room[0]) == []
    for person in (anne, birgitte):
        for place in (f"{path}/", f"{path}/{goal.id}"):
            shown = words(browse(person).get(place).text)
            assert name in shown
            assert "It was never mine." in shown
    browse(anne).post(f"{path}/{goal.id}/reopening")
    assert [row.id for row in Goal.open_in(room[0])] == [goal.id]
    assert again(goal).learned == "It was never mine."


@pytest.mark.parametrize("typed", [{"ending": ""}, {"ending": "done"}, {"learned": "x" * 2001}])
def test_a_refused_end_keeps_what_was_typed(goal, path, anne, browse, typed):
    typed = {"ending": "let_go", "learned": "Something."} | typed
    answer = browse(anne).post(f"{path}/{goal.id}/ending", typed)
    assert answer.status_code == 422
    assert form_in(answer.text, f"{path}/{goal.id}/ending").fields["learned"] == typed["learned"]
    assert not again(goal).closed_at


def test_what_was_typed_is_kept_when_it_was_closed_in_another_window(goal, path, anne, browse):
    goal.end({"ending": "reached", "learned": ""})
    answer = browse(anne).post(f"{path}/{goal.id}/ending", {"ending": "let_go", "learned": "What I typed."})
    assert answer.status_code == 422
    assert "What I typed." in answer.text


# A whole life.

LIFE = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(-2, 2)),
        st.tuples(st.just("reword"), st.integers(0, 4), st.integers(0, 9)),
        st.tuples(st.just("step"), st.integers(1, 10), st.booleans()),
        st.tuples(st.just("score"), st.integers(0, 2), st.integers(-2, 2)),
        st.tuples(st.just("mentor"), st.integers(0, 2), st.integers(-2, 2)),
        st.tuples(st.just("end"), st.sampled_from(["reached", "let_go"])),
        st.tuples(st.just("reopen")),
    ).flatmap(lambda verb: st.tuples(st.integers(0, 5), st.just(verb))),
    max_size=14,
)


@pytest.fixture
def endless(app):
    """A room and three meetings that were held in it, for life after life."""
    pair = make_pair(make_person("Anne Holm"), make_person("Birgitte Lund"))
    return *pair, [hold(pair[0], days=n) for n in (9, 6, 3)]


@hypothesis(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=LIFE)
def test_whatever_happens_to_goals_nothing_said_is_lost(endless, life):
    mine, hers, meetings = endless
    for kind in (Score, NearestStep, GoalWording, Goal):
        kind.delete().execute()
    sentences, given_under, steps = {}, {}, {}
    for which, (verb, *told) in life:
        goals = list(Goal.of(mine).order_by(Goal.created_at, Goal.id))
        goal = goals[which % len(goals)] if goals else None
        try:
            if verb == "write":
                goal = Goal.write_down(mine, WHOLE | {"now": str(told[0])})
                sentences[goal.id] = set(goal.levels)
            elif goal is None:
                continue
            elif verb == "reword":
                typed = {f"level-{n}": words for n, words in enumerate(goal.levels)}
                typed |= {f"level-{told[0]}": f"Sentence {told[1]} for {told[0]}.", "now": "0"}
                goal.reword(WHOLE | typed, rev=goal.rev)
                sentences[goal.id] |= set(typed.values()) - {"0"}
            elif verb == "step":
                words = f"Step {len(steps)}"
                NearestStep.take(goal, {"step": words, "sureness": str(told[0]), "keep": "1" if told[1] else ""})
                steps[words] = goal.id
            elif verb in ("score", "mentor"):
                given_as = goal if verb == "score" else Goal.find(hers, goal.id)
                row = score(given_as, meetings[told[0]], told[1])
                given_under[row.id] = goal.sentence(told[1])
            elif verb == "end":
                goal.end({"ending": told[0], "learned": "Something."})
            else:
                goal.reopen()
        except Invalid:
            pass
        assert Goal.count_open(mine) <= OPEN_AT_MOST
    for goal in Goal.of(mine):
        said = set(goal.levels) | {words for before in GoalWording.before(goal) for words in before.levels}
        assert said >= sentences[goal.id]
    for row in Score.of(mine):
        assert row.sentence == given_under.get(row.id, row.sentence)
        if row.meeting_id is None:
            assert row.sentence
    assert {row.id for row in Score.of(mine).where(Score.meeting.is_null(False))} == set(given_under)
    assert {row.text: row.goal_id for row in NearestStep.of(mine)} == steps
    for pair in (mine, hers):
        for goal in Goal.of(pair):
            (drawn,) = goals_drawn(pair, goals=[goal])
            current = [step for step in NearestStep.of(pair).where(NearestStep.goal == goal.id) if not step.replaced_at]
            assert ([drawn.step.id] if drawn.step else []) == [step.id for step in current]
            # The table and the picture are of the same numbers.
            assert drawn.line.dots.count("M") == len(drawn.points)


# The picture.


def points(*scores):
    """Points of a goal from (level, version), the first of them where one stood at first."""
    return [
        Point(n or None, None, Score(level=level, version=version, sentence=str(level)), None)
        for n, (level, version) in enumerate(scores)
    ]


def drawn(*scores, **options):
    found = points(*scores)
    for point, (level, version) in zip(found, scores, strict=True):
        point.score.level, point.score.version = level, version
    return line(found, **options)


def test_one_score_is_a_dot_with_pencil_ahead():
    one = drawn((-1, 1))
    assert (one.drawn, one.dots, one.ahead, one.labels) == ("M5 35", "M5 35h0", "M5 35H20", [])
    assert one.rings == one.dots


def test_scores_are_joined_in_their_order_and_labelled_with_their_meetings():
    six = drawn((-2, 1), (-1, 1), (1, 1), (0, 1), (1, 1), (2, 1))
    assert six.dots == "M5 45h0M15 35h0M25 15h0M35 25h0M45 15h0M55 5h0"
    assert six.drawn.startswith("M5 45C10 45 10 35 15 35C20 35")
    assert [number for _x, number in six.labels] == [1, 2, 3, 4, 5]
    assert (six.is_broken, six.has_many) == (False, False)


def test_a_long_course_keeps_every_dot_and_few_labels():
    many = drawn(*[(n % 5 - 2, 1) for n in range(41)])
    assert (many.dots.count("M"), many.has_many) == (41, True)
    assert 3 <= len(many.labels) <= LABELS_AT_MOST
    assert many.labels[-1][1] == 40
    assert not drawn(*[(0, 1)] * (MANY - 1)).has_many


def test_the_line_breaks_where_the_sentences_were_written_anew():
    anew = drawn((-1, 1), (0, 1), (0, 2), (1, 2))
    assert (anew.drawn.count("M"), anew.is_broken) == (2, True)


def test_a_closed_goal_has_nothing_ahead():
    assert drawn((0, 1), (1, 1), is_open=False).ahead == ""


def test_what_cannot_be_opened_is_a_gap_and_said_in_the_table(goal, room, path, anne, browse):
    for n, level in enumerate((0, 1, 2)):
        score(goal, hold(room[0], days=9 - n), level)
    broken = list(Score.of(room[0]).order_by(Score.created_at))[2]
    Score.update(blob=b"").where(Score.id == broken.id).execute()
    (found,) = goals_drawn(room[0])
    assert (len(found.points), found.line.dots.count("M"), found.line.drawn.count("M")) == (4, 3, 2)
    assert "This text cannot be opened." in browse(anne).get(f"{path}/{goal.id}").text


def test_the_picture_and_the_table_show_the_same(goal, room, path, anne, browse):
    for n, level in enumerate((-1, 1)):
        score(goal, hold(room[0], days=9 - n), level)
    page = browse(anne).get(f"{path}/{goal.id}").text
    assert 'class="dot" vector-effect="non-scaling-stroke" d="M5 35h0M15 35h0M25 15h0"' in page
    table = re.search(r'<table class="table table--scores">.*?</table>', page, re.DOTALL)[0]
    names = [LEVELS[-1], LEVELS[-1], LEVELS[1]]
    assert re.findall(r'<td><span class="quiet small">(.*?)</span>', table) == [str(name) for name in names]
    assert re.search(r'aria-current="step"><span><small>Somewhat more · here I am', page)


def test_progress_draws_the_latest_meetings_first_and_all_when_asked(goal, room, path, anne, browse):
    for n in range(MEETINGS + 3):
        score(goal, hold(room[0], days=60 - n), n % 5 - 2)
    progress = f"{path.removesuffix('/goals')}/progress/"
    dots = [
        re.search(r'class="dot"[^>]*d="([^"]*)"', browse(anne).get(place).text)[1].count("M")
        for place in (progress, f"{progress}?all=1", f"{path}/{goal.id}")
    ]
    assert dots == [MEETINGS, MEETINGS + 4, MEETINGS + 4]


def test_a_long_course_costs_no_more_queries(goal, room, path, anne, browse):
    client, counts = browse(anne), []
    room_path = path.removesuffix("/goals")
    for n in range(6):
        meeting = hold(room[0], days=60 - n)
        if n == 3:
            Goal.write_down(room[0], WHOLE)
        for one in Goal.open_in(room[0]):
            score(one, meeting, 0)
            NearestStep.take(one, STEP)
        pages = [room_path, f"{path}/", f"{path}/{goal.id}", f"{room_path}/meetings/{meeting.id}/scores"]
        if n in (1, 5):
            for place in pages:
                client.get(place)
                with count_queries() as counted:
                    client.get(place)
                counts.append(counted.count)
    assert counts[:4] == counts[4:]


def test_what_is_asked_of_a_meeting_that_has_been_is_asked_of_that_day(room, goal, path, anne, birgitte, browse):
    meetings = path.removesuffix("/goals") + "/meetings"
    for days, asked, other in ((9, "fitted then", "fits today"), (0, "fits today", "fitted then")):
        meeting = hold(room[0], days=days)
        for place in ("", "/scores"):
            page = words(browse(anne).get(f"{meetings}/{meeting.id}{place}").text)
            assert asked in page
            assert other not in page
        assert ("most like then?" in words(browse(birgitte).get(f"{meetings}/{meeting.id}").text)) == bool(days)
