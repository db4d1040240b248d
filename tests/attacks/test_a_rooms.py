"""A: whoever is in one room has no hand in another, nor in what is the other's alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from conftest import agree, fill_in, make_pair, plan_meeting
from papers import read

from attacks.world import address, dump, furnish, ids_of, routes, unsealed
from companion.actions.models import Action, Offer, Promise
from companion.agreement.clauses import PARTS
from companion.agreement.models import Answers, Edition
from companion.agreement.settling import Proposal, Table
from companion.db import now
from companion.meetings.models import AgendaItem, Meeting, Presence, Recap
from companion.pairs.models import Invitation, Pair
from companion.reflections.models import AFTER, NOTES, STEPS, ExperiencedStyle, Insight, Reflection, SharedPreparation

SECRET = "zebraer i entreen"
ASKS = {"HX-Request": "true"}


@pytest.fixture
def furnished(room):
    return furnish(*room)


@pytest.fixture
def path(furnished):
    return f"/pairs/{furnished.pair_id}/meetings/{furnished.id}"


def all_texts(app, client, pair):
    """Everything a person can read of a room, what an open page asks for by itself among it, as one text."""
    ids = ids_of(pair)
    paths = [address(rule, ids) for rule in routes(app, "GET") if "pair_id" in rule.arguments]
    paths += [f"{path}?step={step}" for path in paths if path.endswith("/preparation") for step in STEPS]
    return "\n".join(read(client.get(path, headers=headers)) for path in paths for headers in ({}, ASKS))


@pytest.mark.parametrize("mine", [0, 1])
def test_a6_what_one_keeps_for_oneself_stands_on_no_page_of_the_other(app, room, furnished, browse, mine):
    own, other = room[mine], room[1 - mine]
    meeting = Meeting.find(own, furnished.id)
    meeting.begin()
    Insight.note(meeting, SECRET, shared=False)
    looking_back = [key for key, *_rest in AFTER[own.role]]
    for step in (*NOTES, *looking_back):
        Reflection.save_text(own, meeting, step, SECRET, rev=0, page="", talked="mentee")
    Reflection.save_text(own, meeting, "note", SECRET, rev=1 - mine, page="")
    Reflection.save_text(own, None, "arrival", SECRET, rev=1 - mine, page="")
    for step in (0, 1, 2, 3, 4):
        Meeting.find(own, meeting.id).go_to(step)
        assert SECRET in all_texts(app, browse(own.person), own)
        assert SECRET not in all_texts(app, browse(other.person), other)
    Meeting.find(own, meeting.id).hold()
    assert SECRET in all_texts(app, browse(own.person), own)
    assert SECRET not in all_texts(app, browse(other.person), other)


def test_a6_nor_is_what_the_mentee_prepared_but_kept(app, room, birgitte, browse):
    meeting = plan_meeting(room[0])
    for step in STEPS:
        Reflection.save_text(room[0], meeting, step, SECRET, rev=0, page="", style=2)
    assert SECRET not in all_texts(app, browse(birgitte), room[1])
    SharedPreparation.share(meeting, "question")
    assert SECRET in all_texts(app, browse(birgitte), room[1])
    SharedPreparation.share(meeting, "keep")
    assert SECRET not in all_texts(app, browse(birgitte), room[1])


def test_a6_a_private_insight_is_not_found_by_the_other(room, furnished, path, birgitte, browse):
    kept = Insight.note(furnished, SECRET, shared=False)
    before = dump(but={"session"})
    answer = browse(birgitte).post(f"{path}/insights/{kept.id}/sharing")
    unknown = browse(birgitte).post(f"{path}/insights/{uuid4()}/sharing")
    assert answer.status_code == unknown.status_code == 404
    assert dump(but={"session"}) == before


def test_a6_what_is_private_in_one_room_of_mine_is_not_found_through_another(
    room, furnished, path, anne, dorte, browse
):
    kept = Insight.note(furnished, SECRET, shared=False)
    other = make_pair(anne, dorte)
    meeting = plan_meeting(other[0])
    client = browse(anne)
    elsewhere = f"/pairs/{other[0].id}/meetings/{meeting.id}"
    assert client.post(f"{elsewhere}/insights/{kept.id}/sharing").status_code == 404
    assert client.post(f"/pairs/{other[0].id}/meetings/{furnished.id}/insights/{kept.id}/sharing").status_code == 404
    assert SECRET not in client.get(elsewhere).text


@pytest.mark.parametrize("name", ["meeting", "offer"])
def test_a3_an_id_in_the_form_is_looked_for_in_ones_own_room_only(room, furnished, christian, dorte, browse, name):
    foreign = {"meeting": furnished.id, "offer": Offer.waiting(room[0])[0].id}[name]
    pair = make_pair(christian, dorte)[0]
    before = dump(but={"session"})
    forms = [(browse(christian), "actions")]
    if name == "meeting":
        forms += [(browse(dorte), "offers"), (browse(christian), "promises"), (browse(dorte), "promises")]
    for client, form in forms:
        typed = {"cue": "x", "act": "y", "offer": "z", "promise": "z"} | {name: str(foreign)}
        assert client.post(f"/pairs/{pair.id}/{form}", typed).status_code == 404
        assert client.post(f"/pairs/{pair.id}/{form}", typed | {name: "not an id"}).status_code == 404
    assert client.get(f"/pairs/{pair.id}/actions/new?{name}={foreign}").status_code in (403, 404)
    assert browse(christian).get(f"/pairs/{pair.id}/actions/new?{name}={foreign}").status_code == 404
    assert dump(but={"session"}) == before


def test_a3_nor_is_what_the_form_was_made_from(room, furnished, christian, dorte, browse):
    both = make_pair(christian, dorte)
    agree(*both)
    pair = both[0]
    theirs = Table.of(room[0]).lines["success_sign"]
    here = f"/pairs/{pair.id}/agreement"
    typed = {"answer": "third", "success_sign": "x", "seen": theirs.latest}
    assert browse(christian).post(f"{here}/clauses/success_sign/answer", typed).status_code == 409
    assert browse(christian).post(f"{here}/signature", {"seen": theirs.latest}).status_code == 404
    assert list(Proposal.of(pair)) == []


@pytest.mark.parametrize("name", ["pair", "pair_id", "room"])
def test_a4_another_room_named_in_the_form_is_not_heard(room, furnished, christian, dorte, browse, name):
    pair = make_pair(christian, dorte)[0]
    meeting = plan_meeting(pair)
    typed = {"title": "words", name: str(furnished.pair_id), "meeting_id": str(furnished.id)}
    before = AgendaItem.select().where(AgendaItem.pair == furnished.pair_id).count()
    assert browse(christian).post(f"/pairs/{pair.id}/meetings/{meeting.id}/agenda", typed).status_code == 303
    assert [item.title for item in AgendaItem.on(meeting)] == ["words"]
    assert AgendaItem.select().where(AgendaItem.pair == furnished.pair_id).count() == before


# What the other of the two may not do.


def only_for(role, room, furnished, path):
    pair = f"/pairs/{furnished.pair_id}"
    plan = next(iter(Action.open_in(room[0])))
    closed = next(iter(Action.closed_in(room[0])))
    offer = Offer.waiting(room[0])[0]
    words = {
        "cue": SECRET,
        "act": SECRET,
        "text": SECRET,
        "rev": "1",
        "outcome": "done",
        "share": "all",
        "offer": SECRET,
    }
    mentee = [
        *(f"{path}/preparation/{step}" for step in (*STEPS, "sharing")),
        *(f"{pair}/actions", f"{pair}/actions/{plan.id}", f"{pair}/actions/{closed.id}/reopening"),
        *(f"{pair}/actions/{plan.id}/{verb}" for verb in ("completion", "letting-go")),
        f"{pair}/offers/{offer.id}/declining",
        f"{pair}/promises/{promise_of(room[0])}/closing",
    ]
    mentor = [
        *(f"{pair}/offers", f"{path}/preparation/intention"),
        *(f"{pair}/prompts/{prompt_of(room)}/removal", f"{pair}/prompts/say-back/choice"),
        *(f"{path}/preparation/prompts/{prompt_of(room)}/removal", f"{path}/preparation/prompts/say-back/choice"),
        f"{pair}/promises/{promise_of(room[1])}/closing",
    ]
    return words, mentee if role == "mentee" else mentor


def prompt_of(room):
    return AgendaItem.prompts_on(Meeting.ahead(room[0]).first())[0].prompt


def promise_of(pair):
    return next(promise.id for promise in Promise.open_in(pair) if promise.is_mine)


@pytest.mark.parametrize(("role", "not_them"), [("mentee", 1), ("mentor", 0)])
@pytest.mark.parametrize("htmx", [False, True])
def test_a5_what_is_for_one_of_the_two_is_refused_to_the_other(room, furnished, path, browse, role, not_them, htmx):
    words, places = only_for(role, room, furnished, path)
    client, before = browse(room[not_them].person), dump(but={"session"})
    for place in places:
        assert client.post(place, words, htmx=htmx).status_code == 403, place
    assert dump(but={"session"}) == before


@pytest.mark.parametrize(("role", "not_them"), [("mentee", 1), ("mentor", 0)])
def test_a5_what_one_of_the_two_looks_back_on_is_no_question_of_the_other(
    room, furnished, path, browse, role, not_them
):
    client, before = browse(room[not_them].person), dump(but={"session"})
    for key, *_rest in AFTER[role]:
        assert client.post(f"{path}/afterwards/{key}", {"text": SECRET, "rev": "0"}).status_code == 404
    assert dump(but={"session"}) == before


def test_a6_how_the_other_found_it_is_withheld_whatever_is_sent(app, room, furnished, path, anne, birgitte, browse):
    furnished.hold()
    theirs, client = Meeting.find(room[1], furnished.id), browse(anne)
    before = unsealed(all_texts(app, client, room[0]))
    ExperiencedStyle.mark(theirs, 5)
    for typed in ({"style": ""}, {"style": "9"}, {"style": "5", "author": str(birgitte.id)}):
        answer = client.post(f"{path}/style", typed | {"person": str(birgitte.id), "role": "mentor"})
        assert answer.status_code == (303 if typed["style"] == "5" else 422)
        if typed["style"] != "5":
            assert unsealed(all_texts(app, client, room[0])) == before
    # It is Anne's own answer that was taken, beside Birgitte's and not over it.
    said = {row.author: row.style for row in ExperiencedStyle.of(room[0]) if row.meeting_id == furnished.id}
    assert said == {anne.id: 5, birgitte.id: 5}


def test_a5_nobody_settles_a_clause_or_signs_for_the_other(room, furnished, anne, birgitte, browse):
    path, client = f"/pairs/{furnished.pair_id}/agreement", browse(anne)
    seen = Table.of(room[0]).lines["success_sign"].latest
    for answer in ("mine", "third"):
        typed = {"answer": answer, "success_sign": "words again", "seen": seen, "author": str(birgitte.id)}
        assert client.post(f"{path}/clauses/success_sign/answer", typed).status_code == 303
        assert not Table.of(room[0]).lines["success_sign"].is_settled
    assert client.get(f"{path}/clauses/mentor_limits").status_code == 404
    typed = {"answer": "third", "mentor_limits": "x", "seen": ""}
    assert client.post(f"{path}/clauses/mentor_limits/answer", typed).status_code in (404, 422)
    typed = {"seen": Table.of(room[0]).latest, "author": str(birgitte.id), "by": str(birgitte.id)}
    assert client.post(f"{path}/signature", typed).status_code == 422
    assert [edition.number for edition in Edition.accepted(room[0])] == [1]


def test_a5_what_the_other_answered_cannot_be_read_before_both_are_ready(room, anne, birgitte, browse):
    fill_in(room[1], success_sign="Her own words.", mentor_offer="Her offer.")
    Answers.give(room[1])
    path = f"/pairs/{room[0].id}"
    for place in ("", "/agreement/", "/agreement/cards", *(f"/agreement/cards/{part}" for part in PARTS)):
        page = browse(anne).get(f"{path}{place}")
        assert page.status_code == 200
        assert "Her o" not in page.text
    for place in ("clauses", "clauses/success_sign", "clauses/mentor_offer"):
        assert browse(anne).get(f"{path}/agreement/{place}").status_code == 404
    assert browse(anne).post(f"{path}/agreement/clauses/success_sign/answer", {"answer": "theirs"}).status_code == 404


# Said yes, not let in.


@pytest.fixture
def waiting(anne, birgitte):
    """A room that Birgitte said yes to and Anne has not opened."""
    invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
    Invitation.find(token).accept(birgitte, token)
    return Pair.get_by_id(invitation.pair_id)


@pytest.mark.parametrize("who", ["anne", "birgitte"])
def test_a8_before_the_room_is_open_there_is_ones_own_first_thoughts_and_nothing_else(
    app, waiting, people, browse, who
):
    client = browse(people[who])
    before = dump(but={"session", "attempt"})
    front = f"/pairs/{waiting.id}"
    own = {"pairs.arrive", "pairs.confirm", "pairs.revoke", "pairs.renew"}
    # What each answers alone before they have an agreement.
    own |= {f"agreement.{name}" for name in ("start", "keep_start", "cards", "card", "keep_card")}
    # All that is one's own can be taken along from anywhere.
    own |= {"export.show", "export.take"}
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            if "pair_id" in rule.arguments and rule.endpoint not in own | {"pairs.room"}:
                send = client.get if method == "GET" else client.post
                answer = send(address(rule, {"pair_id": waiting.id}))
                assert (answer.status_code, answer.location) == (303, front), rule
    assert dump(but={"session", "attempt"}) == before
    assert client.post(f"{front}/arrival", {"text": SECRET, "rev": "0"}).status_code == 303
    other = browse(people["birgitte" if who == "anne" else "anne"])
    assert SECRET in client.get(front).text
    assert SECRET not in other.get(front).text


@pytest.mark.parametrize("verb", ["opening", "invitation/renewal", "invitation/revocation"])
def test_a8_whoever_said_yes_cannot_open_the_room_themselves(waiting, birgitte, browse, verb):
    before = dump(but={"session", "attempt"})
    assert browse(birgitte).post(f"/pairs/{waiting.id}/{verb}").status_code == 404
    assert dump(but={"session", "attempt"}) == before


# Columns are not for whoever sends a form.

PLANTED = {
    "id": str(uuid4()),
    "author": str(uuid4()),
    "scope": str(uuid4()),
    "epoch": "7",
    "kind": "meeting",
    "state": "held",
    "role": "mentor",
    "created_at": "2001-01-01 00:00:00",
    "blob": "x",
    "number": "9",
    "accepted_at": "2001-01-01",
    "accepted_by": str(uuid4()),
    "held_at": "2001-01-01",
    "begun_at": "2001-01-01",
    "closed_at": "2001-01-01",
    "cancelled_at": "2001-01-01",
    "adopted_at": "2001-01-01",
    "position": "-5",
    "place": "prompt",
    "is_admin": "1",
    "person": str(uuid4()),
    "by": str(uuid4()),
    "at": "2001-01-01T00:00:00",
    "v": "99",
    "html": "<script>",
}


def test_a13_a_form_sets_what_it_shows_and_nothing_else(room, furnished, path, anne, birgitte, browse):
    pair, client, mentor = f"/pairs/{furnished.pair_id}", browse(anne), browse(birgitte)
    day = (now() + timedelta(days=5)).date().isoformat()
    start = now()
    sent = {
        f"{pair}/meetings/": {"day": day, "time": "15:00", "minutes": "60", "form": "open"},
        f"{path}/agenda": {"title": "words"},
        f"{path}/recap/since": {"text": "words", "rev": "1"},
        f"{path}/notes/whole": {"text": "words", "rev": "1"},
        f"{path}/insights": {"insight": "words", "who": "me"},
        f"{path}/preparation/what": {"text": "words", "rev": "1"},
        f"{pair}/actions": {"cue": "words", "act": "words"},
        f"{pair}/promises": {"promise": "words"},
        f"{path}/afterwards/helped": {"text": "words", "rev": "0"},
        f"{path}/presence": {"together": "1"},
        f"{pair}/agreement/clauses/mentee_aim/answer": {"answer": "third", "mentee_aim": "new", "seen": ""},
    }
    before = {
        cls: {row.id for row in cls.select()} for cls in (Meeting, AgendaItem, Insight, Action, Proposal, Promise)
    }
    for place, typed in sent.items():
        planted = {name: value for name, value in PLANTED.items() if name not in typed}
        assert client.post(place, planted | typed).status_code == 303, place
    assert mentor.post(f"{pair}/offers", PLANTED | {"offer": "words"}).status_code == 303
    made = [row for cls, ids in before.items() for row in cls.select() if row.id not in ids]
    assert len(made) == 6
    for row in made:
        private = isinstance(row, Insight)
        assert (row.author, row.epoch, row.rev) == (anne.id, 1, 1)
        assert row.scope == (anne.id if private else furnished.pair_id)
        assert row.created_at >= start
        for column in ("held_at", "begun_at", "closed_at", "cancelled_at", "accepted_at", "accepted_by", "number"):
            assert column not in row._meta.fields or getattr(row, column) is None or isinstance(row, Proposal)
        assert getattr(row, "place", "item") == "item" or isinstance(row, Meeting)
    assert [one.person_id for one in Presence.select()] == [anne.id]
    note = Reflection.on(room[0], furnished)["note"]
    assert (str(note.writer), note.html("text")) == (str(anne.id), "<p>words</p>")
    assert Recap.on(furnished)["since"].saved_at >= start


@pytest.mark.parametrize("planted", [{"email": "thief@example.dk"}, {"id": str(uuid4())}, {"public_key": "x"}])
def test_a13_settings_change_the_settings_and_nothing_else(anne, browse, planted):
    before = {name: getattr(anne, name) for name in ("id", "email", "public_key", "identity")}
    typed = {"name": "Anne Holm", "language": "da", "timezone": "Europe/Copenhagen"} | planted
    assert browse(anne).post("/settings", typed).status_code == 303
    after = type(anne).get_by_id(anne.id)
    assert {name: getattr(after, name) for name in before} == before


def test_a13_an_invitation_is_to_the_other_role_whatever_the_form_says(anne, browse):
    typed = {
        "role": "mentee",
        "email": "eva@example.dk",
        "inviter": str(uuid4()),
        "mentor": str(anne.id),
        "opened_at": "x",
    }
    assert browse(anne).post("/pairs", typed).status_code == 303
    pair = Pair.get()
    assert (pair.mentee_id, pair.mentor_id, pair.opened_at) == (anne.id, None, None)


def test_a12_of_a_field_sent_twice_the_first_counts_everywhere(room, furnished, path, anne, browse):
    rev = Recap.on(furnished)["since"].rev
    client = browse(anne)
    assert client.post(f"{path}/recap/since", {"text": ["first", "second"], "rev": [str(rev), "99"]}).status_code == 303
    assert Recap.on(furnished)["since"].text == "first"
    # The other way around the revision is stale, whatever comes after it.
    answer = client.post(f"{path}/recap/since", {"text": ["third", "fourth"], "rev": ["99", str(rev + 1)]})
    assert answer.status_code == 409
    assert Recap.on(furnished)["since"].text == "first"
