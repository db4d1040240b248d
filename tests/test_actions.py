"""Plans, which the mentee makes and lets go of, and ideas, which the mentor can only offer."""

from datetime import date, timedelta

import pytest
from acting import at_once, form_in
from conftest import make_pair, plan_meeting

from companion import i18n, vault
from companion.actions.models import OPEN_AT_MOST, OUTCOMES, PARKED_FOR, Action, Offer, Promise
from companion.db import at, now
from companion.errors import Conflict, Invalid, Missing, NotYours
from companion.meetings.models import Meeting
from companion.reflections.models import Insight

PLAN = {"cue": "I am asked for something new", "act": "I say that I will come back tomorrow"}
WHOLE = PLAN | {"obstacle": "The silence afterwards", "want": "5"}


@pytest.fixture
def plan(room):
    """A plan of Anne's."""
    return Action.plan(room[0], WHOLE)


@pytest.fixture
def theirs(plan, room):
    """The same plan as Birgitte sees it."""
    return Action.find(room[1], plan.id)


@pytest.fixture
def offer(room):
    """An idea of Birgitte's, as Anne sees it."""
    made = Offer.make(room[1], "Show your manager the three things you will not do.")
    return Offer.find(room[0], made.id)


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}"


def again(row):
    return type(row).find(row.opener, row.id)


# Making a plan.


def test_a_plan_is_the_mentees_and_read_by_both(plan, theirs, anne):
    for row in (again(plan), theirs):
        assert (row.cue, row.act, row.obstacle, row.want) == (WHOLE["cue"], WHOLE["act"], WHOLE["obstacle"], 5)
        assert (row.author, row.was_offered, row.closed_at) == (anne.id, False, None)


def test_a_plan_needs_no_more_than_if_and_then(room):
    plan = Action.plan(room[0], PLAN)
    assert (plan.obstacle, plan.want, plan.look_again) == ("", None, None)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"cue": " "}, "cue"),
        ({"act": ""}, "act"),
        ({"cue": "x" * 501}, "cue"),
        ({"act": "x" * 501}, "act"),
        ({"obstacle": "x" * 501}, "obstacle"),
        ({"want": "6"}, "want"),
        ({"want": "much"}, "want"),
        ({"look_on": "soon"}, "look_on"),
        ({"look_on": "2016-12-03"}, "look_on"),
        ({"look_on": "9999-12-31"}, "look_on"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("reworded", [True, False])
def test_a_refused_plan_says_where_and_keeps_everything_typed(plan, path, anne, browse, typed, field, htmx, reworded):
    given = WHOLE | {"look_on": (i18n.local(now()).date() + timedelta(days=9)).isoformat()} | typed
    action = f"{path}/actions/{plan.id}" if reworded else f"{path}/actions"
    answer = browse(anne).post(action, given | {"rev": "1"}, htmx=htmx)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, action).fields
    for name in given.keys() - {"want" if field == "want" else ""}:
        assert kept[name] == given[name], name
    assert [row.rev for row in Action.of(plan.opener)] == [1]


@pytest.mark.parametrize(("days", "taken"), [(0, True), (1, True), (2 * 366, True), (2 * 366 + 1, False), (-1, False)])
def test_a_plan_is_looked_at_again_on_a_day_to_come(room, days, taken):
    day = now().date() + timedelta(days=days)
    with at(now().replace(hour=12)):
        if taken:
            assert Action.plan(room[0], PLAN | {"look_on": day.isoformat()}).look_again == day
        else:
            with pytest.raises(Invalid, match="still to come"):
                Action.plan(room[0], PLAN | {"look_on": day.isoformat()})


def test_making_a_plan_on_the_page(room, path, anne, birgitte, browse):
    form = form_in(browse(anne).get(f"{path}/actions/new").text, f"{path}/actions")
    answer = browse(anne).post(form.action, form.fields | WHOLE)
    assert (answer.status_code, answer.location) == (303, path)
    (plan,) = Action.open_in(room[0])
    for person in (anne, birgitte):
        assert PLAN["cue"] in browse(person).get(path).text
        assert PLAN["cue"] in browse(person).get(f"{path}/actions/{plan.id}").text


def test_a_plan_made_from_a_meeting_leads_back_to_it(room, path, anne, browse):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    page = browse(anne).get(f"{path}/actions/new?meeting={meeting.id}").text
    form = form_in(page, f"{path}/actions")
    answer = browse(anne).post(form.action, form.fields | PLAN)
    assert answer.location == f"{path}/meetings/{meeting.id}"
    assert PLAN["cue"] in browse(anne).get(answer.location).text


def test_a_plan_leads_nowhere_else(path, anne, browse):
    answer = browse(anne).post(f"{path}/actions", PLAN | {"back": "//evil.example"})
    assert answer.location == path


# What became of it.


@pytest.mark.parametrize("outcome", ["done", "partly", "not_done"])
def test_a_plan_is_completed_with_what_happened(plan, theirs, outcome):
    plan.complete(outcome, "Four Fridays of five.")
    for row in (again(plan), again(theirs)):
        assert (row.outcome, row.learned) == (outcome, "Four Fridays of five.")
        assert str(row.outcome_name) == str(OUTCOMES[outcome])
        assert row.closed_at
    assert Action.open_in(plan.opener) == []


def test_a_plan_can_be_let_go(plan):
    plan.let_go("")
    assert (again(plan).outcome, again(plan).learned) == ("let_go", "")
    assert [row.id for row in Action.closed_in(plan.opener)] == [plan.id]


def test_a_plan_that_goes_on_is_opened_again_and_keeps_what_was_learned(plan):
    plan.complete("partly", "Once.")
    again(plan).reopen()
    row = again(plan)
    assert (row.closed_at, row.outcome, row.learned) == (None, "", "Once.")
    rev = row.rev
    row.reopen()
    assert again(plan).rev == rev


@pytest.mark.parametrize("outcome", ["", "let_go", "well"])
def test_a_plan_is_completed_in_one_of_three_ways(plan, outcome):
    with pytest.raises(Invalid, match="how it went") as refused:
        plan.complete(outcome, "")
    assert refused.value.field == "outcome"
    assert not again(plan).closed_at


VERBS = {
    "reword": lambda row: row.reword(PLAN, rev=row.rev),
    "complete": lambda row: row.complete("done", ""),
    "complete badly": lambda row: row.complete("", ""),
    "let go": lambda row: row.let_go(""),
}
CHANGED = PLAN | {"cue": "I am asked in a doorway"}


@pytest.mark.parametrize("verb", ["reword", "complete", "let go"])
def test_a_closed_plan_is_opened_before_it_is_changed(plan, verb):
    plan.let_go("It was not advice I lacked.")
    with pytest.raises(Invalid, match="Open it again"):
        VERBS[verb](again(plan))
    assert again(plan).outcome == "let_go"


@pytest.mark.parametrize("verb", [*VERBS, "reopen", "replan"])
def test_the_mentor_changes_no_plan(plan, theirs, verb):
    with pytest.raises(NotYours):
        (VERBS | {"reopen": lambda row: row.reopen(), "replan": lambda row: row.replan(CHANGED)})[verb](theirs)
    assert again(plan).rev == 1


def test_the_mentor_makes_no_plan(room):
    with pytest.raises(NotYours):
        Action.plan(room[1], PLAN)
    assert Action.open_in(room[0]) == []


@pytest.mark.parametrize("verb", ["", "/completion", "/letting-go", "/reopening", "/replanning"])
@pytest.mark.parametrize("htmx", [True, False])
def test_the_page_tells_the_mentor_whose_plan_it_is(plan, path, birgitte, browse, verb, htmx):
    answer = browse(birgitte).post(f"{path}/actions/{plan.id}{verb}", {"outcome": ""} | PLAN, htmx=htmx)
    assert answer.status_code == 403
    assert "Only the mentee" in answer.text
    assert again(plan).rev == 1


def test_the_mentor_is_shown_no_form_for_a_plan(plan, path, birgitte, browse):
    assert browse(birgitte).get(f"{path}/actions/new").status_code == 403
    assert browse(birgitte).post(f"{path}/actions", PLAN).status_code == 403
    page = browse(birgitte).get(f"{path}/actions/{plan.id}").text
    assert f"{path}/actions/{plan.id}/" not in page
    assert WHOLE["obstacle"] in page


def test_saying_how_it_went_on_the_page(plan, path, anne, browse):
    place = f"{path}/actions/{plan.id}"
    form = form_in(browse(anne).get(place).text, f"{place}/completion")
    answer = browse(anne).post(form.action, form.fields | {"outcome": "partly", "learned": "Twice of five."})
    assert answer.location == path
    page = browse(anne).get(place).text
    assert "Twice of five." in page
    form = form_in(page, f"{place}/reopening")
    browse(anne).post(form.action, form.fields)
    assert f'formaction="{place}/letting-go"' in browse(anne).get(place).text
    browse(anne).post(f"{place}/letting-go", {"learned": "Enough."})
    assert again(plan).outcome == "let_go"


@pytest.mark.parametrize(("typed", "field"), [({"outcome": ""}, "outcome"), ({"learned": "x" * 2001}, "learned")])
def test_what_happened_is_kept_when_it_is_refused(plan, path, anne, browse, typed, field):
    place = f"{path}/actions/{plan.id}"
    given = {"outcome": "done", "learned": "Four Fridays of five."} | typed
    answer = browse(anne).post(f"{place}/completion", given)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, f"{place}/completion").fields
    assert kept["learned"] == given["learned"]
    assert kept.get("outcome", "") == given["outcome"]
    assert not again(plan).closed_at


def test_what_happened_is_kept_when_the_plan_was_closed_on_another_page(plan, path, anne, browse):
    plan.complete("done", "Short.")
    answer = browse(anne).post(
        f"{path}/actions/{plan.id}/completion", {"outcome": "partly", "learned": "Four Fridays of five, and then"}
    )
    assert answer.status_code == 422
    assert "Four Fridays of five, and then" in answer.text
    assert again(plan).learned == "Short."


def test_a_plan_reworded_on_two_pages_shows_both_and_loses_nothing(plan, path, anne, browse):
    place = f"{path}/actions/{plan.id}"
    form = form_in(browse(anne).get(place).text, place)
    assert form.fields["cue"] == WHOLE["cue"]
    again(plan).reword(WHOLE | {"cue": "I am stopped in the corridor"}, rev=1)
    answer = browse(anne).post(place, form.fields | {"cue": "I am asked in a meeting"})
    assert answer.status_code == 409
    assert "I am stopped in the corridor" in answer.text
    kept = form_in(answer.text, place).fields
    assert kept["cue"] == "I am asked in a meeting"
    assert browse(anne).post(place, kept).location == place
    assert again(plan).cue == "I am asked in a meeting"


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_pages_that_close_a_plan_the_second_meets_the_first(plan, order):
    other = again(plan)
    first, second = (plan, other)[::order]
    first.complete("done", "")
    with pytest.raises(Conflict):
        second.let_go("")
    assert again(plan).outcome == "done"


def test_open_plans_come_the_oldest_first_and_closed_ones_the_latest_first(room):
    start, plans = now() - timedelta(days=9), []
    for n in range(4):
        with at(start + timedelta(days=n)):
            plans.append(Action.plan(room[0], PLAN | {"cue": str(n)}))
    assert [plan.cue for plan in Action.open_in(room[1])] == ["0", "1", "2", "3"]
    for n, plan in enumerate(plans[:3]):
        with at(start + timedelta(days=5 + n)):
            plan.complete("done", "")
    assert [plan.cue for plan in Action.closed_in(room[1])] == ["2", "1", "0"]
    assert [plan.cue for plan in Action.open_in(room[1])] == ["3"]


# What happened and what was learned.


def test_what_happened_and_what_was_learned_are_two_things_both_read(plan, theirs, path, anne, birgitte, browse):
    given = {"outcome": "not_done", "happened": "Nobody asked.", "learned": "I look for it now."}
    browse(anne).post(f"{path}/actions/{plan.id}/completion", given)
    assert (again(theirs).happened, again(theirs).learned) == ("Nobody asked.", "I look for it now.")
    for person in (anne, birgitte):
        page = browse(person).get(f"{path}/actions/{plan.id}").text
        assert "Nobody asked." in page
        assert "I look for it now." in page


@pytest.mark.parametrize("verb", ["completion", "letting-go"])
def test_what_happened_is_kept_when_it_is_too_long(plan, path, anne, browse, verb):
    given = {"outcome": "done", "happened": "x" * 2001, "learned": "A little."}
    answer = browse(anne).post(f"{path}/actions/{plan.id}/{verb}", given)
    assert answer.status_code == 422
    assert 'id="happened-error"' in answer.text
    kept = form_in(answer.text, f"{path}/actions/{plan.id}/completion").fields
    assert (kept["happened"], kept["learned"]) == (given["happened"], given["learned"])


def test_a_plan_written_before_the_two_were_told_apart_still_reads(plan, path, anne, browse):
    inside = (
        b'{"v":1,"by":"%s","at":"2026-11-01T09:00:00","cue":"it rains","act":"I read","obstacle":"","want":null,'
        b'"look_on":"","outcome":"done","learned":"It rained."}' % str(anne.id).encode()
    )
    blob = vault.seal(plan.opener.keys[plan.scope], inside, *plan._context())
    Action.update(blob=blob, closed_at=now()).where(Action.id == plan.id).execute()
    assert (again(plan).happened, again(plan).learned) == ("", "It rained.")
    assert "It rained." in browse(anne).get(f"{path}/actions/{plan.id}").text


# Small enough, and not too many.


def test_a_plan_that_is_not_small_enough_yet_is_asked_about_once(room, path, anne, browse):
    client = browse(anne)
    form = form_in(client.get(f"{path}/actions/new").text, f"{path}/actions")
    answer = client.post(form.action, form.fields | WHOLE | {"small": "no"})
    assert answer.status_code == 422
    assert "Which small part of it comes first?" in answer.text
    kept = form_in(answer.text, f"{path}/actions").fields
    assert {name: kept[name] for name in WHOLE} == WHOLE
    assert client.post(form.action, kept | {"act": "I take one breath"}).status_code == 303
    assert [plan.act for plan in Action.open_in(room[0])] == ["I take one breath"]


@pytest.fixture
def five(room):
    """As many plans as can be open at once."""
    return [Action.plan(room[0], PLAN | {"cue": f"cue {n}"}) for n in range(OPEN_AT_MOST)]


def test_instead_of_a_sixth_plan_there_is_a_kind_word(room, five, path, anne, browse):
    with pytest.raises(Invalid, match="five plans open"):
        Action.plan(room[0], PLAN)
    page = browse(anne).get(f"{path}/actions/new").text
    assert "Five plans are open, and that is plenty." in page
    assert all(plan.cue in page for plan in five)
    assert 'name="cue"' not in page
    refused = browse(anne).post(f"{path}/actions", WHOLE)
    assert refused.status_code == 422
    assert form_in(refused.text, f"{path}/actions").fields["cue"] == WHOLE["cue"]
    five[0].let_go("")
    assert browse(anne).post(f"{path}/actions", WHOLE).status_code == 303


def test_with_five_plans_open_an_idea_is_set_aside_and_not_lost(room, five, offer, path, anne, browse):
    with pytest.raises(Invalid, match="five plans open"):
        Action.plan(room[0], PLAN, offer=offer)
    assert again(offer).state == "waiting"
    page = browse(anne).get(f"{path}/actions/new?offer={offer.id}").text
    form = form_in(page, f"{path}/offers/{offer.id}/parking")
    assert browse(anne).post(form.action, form.fields).status_code == 303
    assert again(offer).state == "parked"


def test_of_two_fifth_plans_made_in_the_same_moment_one_is_made(room, five):
    five[0].let_go("")
    both = at_once(*[lambda n=n: Action.plan(room[0], PLAN | {"cue": f"late {n}"}) for n in range(2)])
    assert sorted(type(one).__name__ for one in both) == ["Action", "Invalid"]
    assert Action.count_open(room[0]) == OPEN_AT_MOST


def test_a_closed_plan_goes_on_only_where_there_is_room(room, five):
    five[0].let_go("Enough.")
    Action.plan(room[0], PLAN)
    for verb in (lambda row: row.reopen(), lambda row: row.replan(CHANGED)):
        with pytest.raises(Invalid, match="five plans open"):
            verb(again(five[0]))
    assert again(five[0]).outcome == "let_go"
    # One that is open makes room for what it goes on as.
    again(five[1]).replan(CHANGED)
    assert Action.count_open(room[0]) == OPEN_AT_MOST


# A plan that goes on with other words.


def test_an_open_plan_that_goes_on_is_closed_as_changed_and_keeps_its_words(plan, theirs):
    after = plan.replan(CHANGED, "The corridor is where it happens.")
    before = again(theirs)
    assert (before.outcome, before.cue, before.learned) == (
        "changed",
        WHOLE["cue"],
        "The corridor is where it happens.",
    )
    assert str(before.outcome_name) == "Changed"
    assert (again(after).cue, again(after).closed_at) == (CHANGED["cue"], None)
    for row in (before, again(after), plan):
        assert [one.id for one in row.line()] == [plan.id, after.id]


@pytest.mark.parametrize("outcome", ["done", "partly", "not_done"])
def test_a_closed_plan_that_goes_on_keeps_what_became_of_it(plan, outcome):
    plan.complete(outcome, "A little.")
    again(plan).replan(CHANGED, "Not asked for")
    assert (again(plan).outcome, again(plan).learned) == (outcome, "A little.")


def test_a_plan_takes_with_it_what_it_came_from(room, meeting, offer):
    plan = Action.plan(room[0], PLAN, offer=offer)
    plan.change(goal=meeting.id)
    last = plan.replan(CHANGED).replan(PLAN)
    assert (last.offer_id, last.began_as_id, last.goal) == (offer.id, plan.id, meeting.id)
    assert last.was_offered
    # Whose idea it was is counted once.
    assert Action.origins(room[0]) == (0, 0, 1)


def test_a_plan_goes_on_once(plan):
    page = again(plan)
    plan.replan(CHANGED)
    for verb in (lambda row: row.replan(CHANGED), lambda row: row.reopen()):
        with pytest.raises(Invalid, match="went on with other words"):
            verb(again(plan))
    with pytest.raises(Invalid, match="went on with other words"):
        page.replan(CHANGED)
    assert len(plan.line()) == 2


def test_a_plan_changed_in_two_windows_at_once_goes_on_once(plan):
    one, two = again(plan), again(plan)
    both = at_once(lambda: one.replan(CHANGED), lambda: two.replan(CHANGED))
    assert sorted(type(one).__name__ for one in both) == ["Action", "Invalid"]


def test_changing_a_plan_on_the_page_and_reading_its_history(plan, path, anne, birgitte, browse):
    place = f"{path}/actions/{plan.id}"
    client = browse(anne)
    assert f'href="{place}/replanning"' in client.get(place).text
    form = form_in(client.get(f"{place}/replanning").text, f"{place}/replanning")
    assert (form.fields["cue"], form.fields["obstacle"]) == (WHOLE["cue"], WHOLE["obstacle"])
    refused = client.post(form.action, form.fields | {"act": "", "learned": "It is the corridor."})
    assert refused.status_code == 422
    form = form_in(refused.text, f"{place}/replanning")
    assert form.fields["learned"] == "It is the corridor."
    answer = client.post(form.action, form.fields | CHANGED)
    assert (answer.status_code, again(plan).outcome) == (303, "changed")
    for person in (anne, birgitte):
        for address in (answer.location, place):
            page = browse(person).get(address).text
            assert all(words in page for words in (WHOLE["cue"], CHANGED["cue"], "It is the corridor.", "Changed"))
    assert "/replanning" not in browse(birgitte).get(answer.location).text
    assert browse(birgitte).get(f"{answer.location}/replanning").status_code == 403


def test_what_was_typed_is_kept_when_the_plan_went_on_elsewhere_meanwhile(plan, path, anne, browse):
    plan.replan(PLAN | {"cue": "the first"})
    answer = browse(anne).post(f"{path}/actions/{plan.id}/replanning", CHANGED)
    assert answer.status_code == 422
    assert CHANGED["cue"] in answer.text
    assert "the first" in answer.text


# Out of an insight.


@pytest.fixture
def insight(room):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    return Insight.note(Meeting.find(room[1], meeting.id), "What is urgent is seldom mine.", shared=True)


def test_a_plan_made_of_a_shared_insight_keeps_it_and_its_meeting(room, insight, path, anne, birgitte, browse):
    page = browse(anne).get(f"{path}/actions/new?insight={insight.id}").text
    assert "What is urgent is seldom mine." in page
    form = form_in(page, f"{path}/actions")
    refused = browse(anne).post(form.action, form.fields | PLAN | {"cue": ""})
    form = form_in(refused.text, f"{path}/actions")
    assert browse(anne).post(form.action, form.fields | PLAN).status_code == 303
    (plan,) = Action.open_in(room[0])
    assert (plan.insight_id, plan.meeting_id, plan.came_from) == (insight.id, insight.meeting_id, "insight")
    assert Action.origins(room[1]) == (0, 1, 0)
    for person in (anne, birgitte):
        assert "What is urgent is seldom mine." in browse(person).get(f"{path}/actions/{plan.id}").text


def test_the_insights_that_led_towards_a_goal_are_told_by_the_plans_made_of_them(room, insight):
    goal, plan = insight.meeting_id, Action.plan(room[0], PLAN, insight=insight)
    assert Action.insights_towards(room[1], goal) == []
    plan.change(goal=goal)
    Action.plan(room[0], PLAN).change(goal=goal)
    assert Action.insights_towards(room[1], goal) == [insight.id]


def test_a_plan_says_nothing_of_a_private_insight(room, insight, path, anne, browse):
    meeting = Meeting.find(room[0], insight.meeting_id)
    hidden = [
        Insight.note(meeting, "mine", shared=False),
        Insight.note(Meeting.find(room[1], meeting.id), "hers", shared=False),
    ]
    for one in (*[row.id for row in hidden], "nonsense", meeting.id):
        assert browse(anne).get(f"{path}/actions/new?insight={one}").status_code == 404
        assert browse(anne).post(f"{path}/actions", PLAN | {"insight": str(one)}).status_code == 404


# Ideas.


def test_only_the_mentor_offers(room, offer):
    assert [row.text for row in Offer.waiting(room[0])] == [offer.text]
    with pytest.raises(NotYours):
        Offer.make(room[0], "An idea")


@pytest.mark.parametrize("words", ["", " \n", "x" * 1001])
def test_an_idea_says_something_short(room, words):
    with pytest.raises(Invalid) as refused:
        Offer.make(room[1], words)
    assert refused.value.field == "offer"


def test_an_idea_becomes_a_plan_in_the_mentees_own_words(room, offer):
    plan = Action.plan(room[0], PLAN, offer=offer)
    assert plan.was_offered
    assert again(plan).cue == PLAN["cue"]
    assert again(offer).adopted_at
    assert Offer.waiting(room[1]) == []


def test_an_idea_can_be_declined(room, offer):
    offer.decline()
    assert again(offer).declined_at
    assert Offer.waiting(room[0]) == []
    assert Action.open_in(room[0]) == []


def test_an_idea_is_answered_once(room, offer):
    offer.decline()
    with pytest.raises(Invalid, match="has been answered"):
        again(offer).decline()
    with pytest.raises(Invalid, match="has been answered"):
        Action.plan(room[0], PLAN, offer=again(offer))
    assert Action.open_in(room[0]) == []


def test_the_mentor_declines_nothing(room, offer):
    with pytest.raises(NotYours):
        Offer.find(room[1], offer.id).decline()
    assert Offer.waiting(room[1])


def test_an_idea_answered_on_another_page_meanwhile_does_not_become_a_plan_as_well(room, offer):
    page = again(offer)
    offer.decline()
    with pytest.raises(Invalid, match="has been answered"):
        Action.plan(room[0], PLAN, offer=page)
    assert Action.open_in(room[0]) == []


def test_an_idea_adopted_on_two_pages_in_the_same_moment_becomes_one_plan(room):
    for n in range(4):
        made = Offer.make(room[1], str(n))
        pages = [Offer.find(room[0], made.id) for _ in range(2)]
        both = at_once(*[lambda o=page: Action.plan(room[0], PLAN, offer=o) for page in pages])
        assert sorted(type(one).__name__ for one in both) == ["Action", "Invalid"]
        assert Action.of(room[0]).where(Action.offer == made.id).count() == 1


@pytest.mark.parametrize("htmx", [True, False])
def test_offering_on_the_page_of_a_meeting(room, path, birgitte, anne, browse, htmx):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    place = f"{path}/meetings/{meeting.id}"
    form = form_in(browse(birgitte).get(place).text, f"{path}/offers")
    answer = browse(birgitte).post(form.action, form.fields | {"offer": "Ask a colleague."}, htmx=htmx)
    assert (answer.status_code, answer.location) == (303, place)
    (offer,) = Offer.waiting(room[0])
    assert (offer.text, offer.meeting_id) == ("Ask a colleague.", meeting.id)
    for person in (anne, birgitte):
        assert "Ask a colleague." in browse(person).get(place).text
        assert "Ask a colleague." in browse(person).get(path).text


@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_idea_is_kept(room, path, birgitte, browse, htmx):
    answer = browse(birgitte).post(f"{path}/offers", {"offer": "x" * 1001}, htmx=htmx)
    assert answer.status_code == 422
    assert 'id="offer-error"' in answer.text
    assert form_in(answer.text, f"{path}/offers").fields["offer"] == "x" * 1001
    assert Offer.waiting(room[0]) == []


def test_the_page_tells_the_mentee_who_offers(path, offer, anne, birgitte, browse):
    assert browse(anne).post(f"{path}/offers", {"offer": "An idea"}).status_code == 403
    assert browse(birgitte).post(f"{path}/offers/{offer.id}/declining").status_code == 403


def test_taking_up_an_idea_on_the_page(room, path, offer, anne, browse):
    page = browse(anne).get(path).text
    assert f"{path}/actions/new?offer={offer.id}" in page
    page = browse(anne).get(f"{path}/actions/new?offer={offer.id}").text
    form = form_in(page, f"{path}/actions")
    assert offer.text in page
    assert (form.fields["cue"], form.fields["act"]) == ("", "")
    refused = browse(anne).post(form.action, form.fields | PLAN | {"act": ""})
    assert refused.status_code == 422
    form = form_in(refused.text, f"{path}/actions")
    assert form.fields["offer"] == str(offer.id)
    assert browse(anne).post(form.action, form.fields | PLAN).status_code == 303
    assert Action.open_in(room[0])[0].offer_id == offer.id


def test_a_plan_made_from_an_idea_that_was_answered_meanwhile_is_kept_and_can_be_ones_own(
    room, path, offer, anne, browse
):
    form = form_in(browse(anne).get(f"{path}/actions/new?offer={offer.id}").text, f"{path}/actions")
    offer.decline()
    refused = browse(anne).post(form.action, form.fields | PLAN)
    assert refused.status_code == 422
    assert "has been answered" in refused.text
    kept = form_in(refused.text, f"{path}/actions").fields
    assert (kept["cue"], kept["act"]) == (PLAN["cue"], PLAN["act"])
    assert browse(anne).post(f"{path}/actions", kept).status_code == 303
    (plan,) = Action.open_in(room[0])
    assert not plan.was_offered


def test_declining_on_the_page_twice_is_no_trouble(room, path, offer, anne, browse):
    form = form_in(browse(anne).get(path).text, f"{path}/offers/{offer.id}/declining")
    for _ in range(2):
        assert browse(anne).post(form.action, form.fields).location == path
    assert Offer.waiting(room[0]) == []


def test_an_idea_set_aside_comes_back_by_itself_or_is_taken_out_again(room, offer):
    offer.park()
    assert Offer.waiting(room[0]) == []
    assert [row.state for row in Offer.unanswered(room[1])] == ["parked"]
    rev = again(offer).rev
    again(offer).park()
    assert again(offer).rev == rev
    with at(now() + PARKED_FOR):
        assert [row.id for row in Offer.waiting(room[0])] == [offer.id]
        again(offer).park()
        assert Offer.waiting(room[0]) == []
    again(offer).unpark()
    assert [row.id for row in Offer.waiting(room[0])] == [offer.id]


def test_an_idea_set_aside_can_be_adopted_or_declined(room, offer):
    offer.park()
    other = Offer.find(room[0], Offer.make(room[1], "Another").id)
    other.park()
    Action.plan(room[0], PLAN, offer=again(offer))
    again(other).decline()
    assert [again(row).state for row in (offer, other)] == ["adopted", "declined"]
    for verb in (Offer.park, Offer.unpark):
        with pytest.raises(Invalid, match="has been answered"):
            verb(again(offer))


def test_only_the_mentee_sets_an_idea_aside(room, offer, path, birgitte, browse):
    for verb in ("parking", "unparking"):
        assert browse(birgitte).post(f"{path}/offers/{offer.id}/{verb}").status_code == 403
    assert again(offer).rev == 1


def test_setting_an_idea_aside_on_the_page(room, offer, path, anne, birgitte, browse):
    form = form_in(browse(anne).get(path).text, f"{path}/offers/{offer.id}/parking")
    for _ in range(2):
        assert browse(anne).post(form.action, form.fields).location == path
    for person in (anne, birgitte):
        assert offer.text not in browse(person).get(path).text
        assert offer.text in browse(person).get(f"{path}/offers").text
    form = form_in(browse(anne).get(f"{path}/offers").text, f"{path}/offers/{offer.id}/unparking")
    assert browse(anne).post(form.action, form.fields).location == f"{path}/offers"
    assert offer.text in browse(anne).get(path).text


def test_the_mentor_sees_what_became_of_an_idea_and_no_reason(room, path, anne, birgitte, browse):
    made = [Offer.find(room[0], Offer.make(room[1], f"idea {n}").id) for n in range(4)]
    Action.plan(room[0], PLAN, offer=made[1])
    made[2].decline()
    made[3].park()
    for person in (anne, birgitte):
        page = browse(person).get(f"{path}/offers").text
        shown = [page.partition(f'id="offer-{one.id}"')[2].partition("</p>")[0] for one in made]
        assert ["became a plan" in shown[1], "No, thank you" in shown[2], "set aside" in shown[3]] == [True] * 3
        assert not any(word in shown[0] for word in ("plan", "No", "aside"))
    assert "/offers/" not in browse(birgitte).get(f"{path}/offers").text


def test_of_many_answered_ideas_and_closed_promises_the_latest_come_first(room, path, anne, browse):
    for n in range(21):
        Offer.find(room[0], Offer.make(room[1], f"idea {n:02}").id).decline()
        Promise.make(room[0], f"vow {n:02}").close("kept")
    for page, first, all_of_it in (("offers", "idea 00", "idea 20"), ("promises", "vow 00", "vow 20")):
        short = browse(anne).get(f"{path}/{page}").text
        assert (first in short, all_of_it in short) == (False, True)
        assert first in browse(anne).get(f"{path}/{page}?all=1").text


# Promises.


@pytest.fixture
def vows(room):
    """What Anne and what Birgitte promised, each as its maker sees it."""
    return [Promise.make(pair, f"What {name} promised") for pair, name in zip(room, ("Anne", "Birgitte"), strict=True)]


def by_the_other(room, vow):
    return Promise.find(room[vow.opener is room[0]], vow.id)


@pytest.mark.parametrize("who", [0, 1])
def test_either_promises_the_other_something_and_both_read_it(room, vows, who):
    theirs = by_the_other(room, vows[who])
    assert (theirs.text, theirs.is_mine, vows[who].is_mine) == (vows[who].text, False, True)
    assert [row.text for row in Promise.open_in(room[1 - who])] == ["What Anne promised", "What Birgitte promised"]


@pytest.mark.parametrize("words", ["", " \n", "x" * 501])
def test_a_promise_says_something_short(room, words):
    with pytest.raises(Invalid) as refused:
        Promise.make(room[0], words)
    assert refused.value.field == "promise"
    assert Promise.open_in(room[0]) == []


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("outcome", ["kept", "let_go"])
def test_who_promised_says_what_became_of_it_and_nobody_else(room, vows, who, outcome):
    for answer in (outcome, "", "nonsense"):
        with pytest.raises(NotYours):
            by_the_other(room, vows[who]).close(answer)
    for answer in ("", "done"):
        with pytest.raises(Invalid, match="how it went"):
            again(vows[who]).close(answer)
    again(vows[who]).close(outcome)
    closed = by_the_other(room, vows[who])
    assert (closed.outcome, bool(closed.closed_at)) == (outcome, True)
    assert [row.id for row in Promise.open_in(room[0])] == [vows[1 - who].id]


def test_what_was_said_of_a_promise_stands(vows):
    again(vows[0]).close("kept")
    closed = again(vows[0])
    closed.close("let_go")
    assert (again(vows[0]).outcome, again(vows[0]).rev) == ("kept", closed.rev)


def test_a_promise_closed_in_two_windows_at_once_is_closed_once(room, path, anne, browse):
    for n in range(3):
        vow = Promise.make(room[0], str(n))
        windows = [(browse(anne), outcome) for outcome in ("kept", "let_go")]
        place = f"{path}/promises/{vow.id}/closing"
        answers = at_once(*[lambda c=client, p=place, o=said: c.post(p, {"outcome": o}) for client, said in windows])
        assert [(answer.status_code, answer.location) for answer in answers] == [(303, path)] * 2
        assert again(vow).outcome in ("kept", "let_go")
        assert again(vow).rev == 2


@pytest.mark.parametrize("who", ["anne", "birgitte"])
def test_own_open_promises_come_first_and_are_closed_with_what_became_of_them(room, path, vows, people, browse, who):
    mine, theirs = vows if who == "anne" else reversed(vows)
    Promise.make(room[0], "An earlier one").close("let_go", "It no longer mattered.")
    client, place = browse(people[who]), f"{path}/promises"
    page = client.get(place).text
    assert page.index(mine.text) < page.index(theirs.text) < page.index("An earlier one")
    assert "It no longer mattered." in page
    assert f"{place}/{theirs.id}" not in page
    here = f"{place}/{mine.id}/closing"
    form = form_in(page, here)
    answer = client.post(here, form.fields | {"outcome": "kept", "became": "x" * 501})
    assert answer.status_code == 422
    assert f'id="became-{mine.id}-error"' in answer.text
    kept = form_in(answer.text, here).fields
    assert kept["became"] == "x" * 501
    assert client.post(here, kept | {"outcome": "kept", "became": "We went."}).location == place
    assert (again(mine).outcome, by_the_other(room, mine).became) == ("kept", "We went.")
    assert "We went." in client.get(place).text


def test_own_open_promises_stand_in_the_room_and_the_others_do_not(path, vows, anne, birgitte, browse):
    for person, own, other in ((anne, *vows), (birgitte, *reversed(vows))):
        page = browse(person).get(path).text
        assert own.text in page
        assert other.text not in page


@pytest.mark.parametrize("name", ["anne", "birgitte"])
@pytest.mark.parametrize("htmx", [True, False])
def test_promising_on_the_page_of_a_meeting_and_keeping_it(room, path, people, browse, name, htmx):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    place = f"{path}/meetings/{meeting.id}"
    maker = browse(people[name])
    other = browse(people["anne" if name == "birgitte" else "birgitte"])
    form = form_in(maker.get(place).text, f"{path}/promises")
    answer = maker.post(form.action, form.fields | {"promise": "To send the template."}, htmx=htmx)
    assert (answer.status_code, answer.location) == (303, place)
    (vow,) = Promise.from_meeting(meeting)
    assert vow.author == people[name].id
    here = f"{path}/promises/{vow.id}/closing"
    for client, mine in ((maker, True), (other, False)):
        page = client.get(place).text
        assert "To send the template." in page
        assert (here in page) == mine
    form = form_in(maker.get(place).text, here)
    assert form.buttons == [("outcome", "kept"), ("outcome", "let_go")]
    answer = maker.post(form.action, form.fields | {"outcome": "kept"}, htmx=htmx)
    assert (answer.status_code, answer.location) == (303, place)
    assert again(vow).outcome == "kept"
    assert here not in maker.get(place).text
    assert "kept" in other.get(place).text.partition(f'id="promise-{vow.id}"')[2].partition("</div>")[0]


@pytest.mark.parametrize("words", [" ", "x" * 501])
@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_promise_is_kept(room, path, meeting, birgitte, browse, words, htmx):
    typed = {"promise": words, "meeting": str(meeting.id), "back": f"{path}/meetings/{meeting.id}"}
    answer = browse(birgitte).post(f"{path}/promises", typed, htmx=htmx)
    assert answer.status_code == 422
    assert 'id="promise-error"' in answer.text
    assert form_in(answer.text, f"{path}/promises").fields == typed
    assert Promise.open_in(room[0]) == []


@pytest.mark.parametrize("htmx", [True, False])
def test_the_page_tells_the_other_whose_promise_it_is(room, path, vows, people, browse, htmx):
    for vow, other in zip(vows, ("birgitte", "anne"), strict=True):
        for outcome in ("kept", "let_go", ""):
            answer = browse(people[other]).post(f"{path}/promises/{vow.id}/closing", {"outcome": outcome}, htmx=htmx)
            assert answer.status_code == 403
            assert "Only who promised it says this." in answer.text
        assert again(vow).rev == 1


def test_a_stranger_finds_no_promise(room, path, vows, meeting, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    client = browse(christian)
    for page in ("promises", "offers"):
        assert client.get(f"{path}/{page}").status_code == 404
        assert "What Anne promised" not in client.get(f"/pairs/{other.id}/{page}").text
    for place in (path, f"/pairs/{other.id}"):
        for vow in vows:
            assert client.post(f"{place}/promises/{vow.id}/closing", {"outcome": "kept"}).status_code == 404
        for where in (str(meeting.id), "nonsense"):
            assert client.post(f"{place}/promises", {"promise": "x", "meeting": where}).status_code == 404
    assert client.post(f"{path}/promises", {"promise": "x"}).status_code == 404
    assert Promise.open_in(other) == []
    assert [row.rev for row in Promise.open_in(room[0])] == [1, 1]


def test_an_open_promise_comes_back_when_the_two_meet_next_and_when_the_mentor_prepares(
    room, path, vows, meeting, anne, birgitte, browse
):
    Promise.make(room[1], "One that was kept").close("kept")
    place = f"{path}/meetings/{meeting.id}"
    page = browse(birgitte).get(f"{place}/preparation").text
    assert [words in page for words in ("What Birgitte promised", "What Anne promised", "One that")] == [
        True, False, False,
    ]  # fmt: skip
    meeting.begin()
    for person in (anne, birgitte):
        page = browse(person).get(place).text
        assert all(vow.text in page for vow in vows)
        assert "One that was kept" not in page


# In the next preparation, and for nobody else.


def test_open_plans_come_first_in_the_next_preparation(room, path, meeting, anne, browse):
    for n in range(2):
        Action.plan(room[0], PLAN | {"cue": f"cue number {n}"})
    Action.plan(room[0], PLAN | {"cue": "a closed one"}).let_go("")
    page = browse(anne).get(f"{path}/meetings/{meeting.id}/preparation").text
    first, second, field = (page.index(words) for words in ("cue number 0", "cue number 1", "<textarea"))
    assert first < second < field
    assert "a closed one" not in page
    assert "cue number 0" not in browse(anne).get(f"{path}/meetings/{meeting.id}/preparation?step=what").text


def test_a_stranger_finds_neither_plans_nor_ideas(room, path, plan, offer, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    meeting = plan_meeting(room[0])
    client, own = browse(christian), f"/pairs/{other.id}"
    for place in (path, own):
        assert client.get(f"{place}/actions/{plan.id}").status_code == 404
        assert client.get(f"{place}/actions/{plan.id}/replanning").status_code == 404
        for verb in ("", "/completion", "/letting-go", "/reopening", "/replanning"):
            assert client.post(f"{place}/actions/{plan.id}{verb}", PLAN | {"outcome": "done"}).status_code == 404
        assert client.post(f"{place}/offers/{offer.id}/declining").status_code in (404, 303)
        for origin in ({"offer": offer.id}, {"meeting": meeting.id}, {"meeting": "nonsense"}):
            assert client.post(f"{place}/actions", PLAN | origin).status_code == 404
            assert client.get(f"{place}/actions/new", query_string=origin).status_code == 404
    assert Offer.waiting(room[0])
    assert again(plan).rev == 1
    with pytest.raises(Missing):
        Action.find(other, plan.id)


def test_a_plan_outlives_its_day(plan):
    plan.reword(WHOLE | {"look_on": i18n.local(now()).date().isoformat()}, rev=1)
    with at(now() + timedelta(days=30)):
        assert again(plan).look_again < date.today() + timedelta(days=30)
        again(plan).complete("done", "")
    assert again(plan).outcome == "done"


def test_a_plan_whose_day_is_past_can_still_be_put_in_other_words(plan, path, browse, anne):
    day = i18n.local(now()).date().isoformat()
    plan.reword(WHOLE | {"look_on": day}, rev=1)
    with at(now() + timedelta(days=3)):
        client = browse(anne)
        form = form_in(client.get(f"{path}/actions/{plan.id}").text, f"{path}/actions/{plan.id}")
        assert form.fields["look_on"] == day
        assert client.post(form.action, form.fields | {"act": "say it in other words"}).status_code == 303
        assert (again(plan).act, again(plan).look_on) == ("say it in other words", day)
        # Another day that is past is none to look at it again.
        typed = form.fields | {"rev": "3", "look_on": (i18n.local(now()).date() - timedelta(days=1)).isoformat()}
        assert client.post(form.action, typed).status_code == 422


def test_a_plan_keeps_its_meeting_and_its_idea(room, birgitte):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    made = Offer.make(room[1], "An idea", Meeting.find(room[1], meeting.id))
    plan = Action.plan(room[0], PLAN, offer=Offer.find(room[0], made.id))
    assert (plan.meeting_id, plan.offer_id) == (meeting.id, made.id)
