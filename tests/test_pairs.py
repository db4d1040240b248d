"""Pairs: inviting, saying yes or no, opening the room, and who is in which."""

import re
from datetime import timedelta

import pytest
from acting import at_once, form_in, letters, link_in
from conftest import make_pair
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from companion.db import at, now
from companion.errors import Invalid, Missing, NotYours, Sealed
from companion.pairs.models import HandOver, Invitation, Pair, RoomKey
from companion.people.models import Person
from companion.reflections.models import Reflection

ANSWERED = "already been answered"


@pytest.fixture
def invited(anne, birgitte):
    """(invitation, token): Anne has invited Birgitte to be her mentor."""
    return Invitation.to_room(anne, birgitte.email, "mentor")


@pytest.fixture
def accepted(invited, birgitte):
    """The invitation, with Birgitte waiting at the door."""
    invitation, token = invited
    invitation.accept(birgitte, token)
    return again(invitation)


def again(invitation):
    return Invitation.get_by_id(invitation.id)


def opened(person, invitation):
    return Pair.opened_by(person, invitation.pair_id)


# Inviting.


@pytest.mark.parametrize(("theirs", "mine"), [("mentor", "mentee"), ("mentee", "mentor")])
def test_whoever_invites_is_the_other_of_the_two(anne, birgitte, theirs, mine):
    invitation, token = Invitation.to_room(anne, birgitte.email, theirs)
    Invitation.find(token).accept(birgitte, token)
    again(invitation).confirm(anne)
    pair = opened(birgitte, invitation)
    assert (opened(anne, invitation).role, pair.role) == (mine, theirs)
    assert (getattr(pair, mine), getattr(pair, theirs)) == (anne, birgitte)
    assert pair.is_open


@pytest.mark.parametrize(
    ("address", "role", "field"),
    [("anne@example.dk", "mentor", "email"), (" ANNE@Example.dk", "mentor", "email"), ("b", "mentor", "email"),
     ("birgitte@example.dk", "", "role"), ("birgitte@example.dk", "boss", "role")],
)  # fmt: skip
def test_a_room_is_for_two_with_a_role_each(anne, address, role, field):
    with pytest.raises(Invalid) as refused:
        Invitation.to_room(anne, address, role)
    assert refused.value.field == field
    assert not Pair.select().exists()


def test_inviting_through_the_form_sends_a_letter_and_shows_the_link(anne, browse, settings):
    client = browse(anne)
    form = form_in(client.get("/pairs/new").text, "/pairs")
    answer = client.post("/pairs", form.fields | {"role": "mentee", "email": "birgitte@example.dk"})
    assert answer.status_code == 303
    (letter,) = letters(settings)
    page = client.get(answer.location).text
    assert letter["To"] == "birgitte@example.dk"
    assert f'value="http://127.0.0.1:8000{link_in(letter)}"' in page
    (invitation,) = Invitation.select()
    assert (invitation.role, invitation.inviter) == ("mentor", anne)


def test_the_letter_carries_neither_names_nor_words(anne, browse, settings):
    browse(anne).post("/pairs", {"role": "mentee", "email": "birgitte@example.dk"})
    (letter,) = letters(settings)
    whole = letter.as_string() + letter.get_content()
    for secret in ("Anne", "anne@", "Birgitte", "Holm", "Lund"):
        assert secret not in whole
    assert letter.get_content_type() == "text/plain"
    assert "mentorrum" in letter["Subject"]


@pytest.mark.parametrize(
    "typed", [{"email": "anne@example.dk"}, {"email": "birgitte"}, {"role": ""}, {"role": "boss"}, {"email": ""}]
)
def test_a_refused_invitation_keeps_what_was_typed(anne, browse, settings, typed):
    given = {"role": "mentor", "email": "birgitte@example.dk"} | typed
    answer = browse(anne).post("/pairs", given)
    assert answer.status_code == 422
    (field,) = typed
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, "/pairs").fields
    assert kept["email"] == given["email"]
    assert kept.get("role", "") == (given["role"] if given["role"] == "mentor" else "")
    assert letters(settings) == []
    assert not Pair.select().exists()


def test_the_same_address_is_not_invited_over_and_over(anne, browse):
    given = {"role": "mentee", "email": "birgitte@example.dk"}
    statuses = [browse(anne).post("/pairs", given).status_code for _ in range(6)]
    assert statuses == [303] * 5 + [429]


# The link.


def test_the_inviter_can_copy_the_link_until_the_room_is_open(invited, anne, birgitte):
    invitation, token = invited
    assert again(invitation).token(anne) == token
    invitation.accept(birgitte, token)
    assert again(invitation).token(anne) == token
    again(invitation).confirm(anne)
    with pytest.raises(Sealed):
        again(invitation).token(anne)


def test_nobody_else_reads_the_link_from_the_database(invited, birgitte):
    with pytest.raises(Sealed):
        again(invited[0]).token(birgitte)


def test_the_link_says_who_invites_to_those_signed_in_and_out(invited, browse, birgitte):
    for client in (browse(), browse(birgitte)):
        answer = client.get(f"/invitation/{invited[1]}")
        assert answer.status_code == 200
        assert "Anne Holm" in answer.text


@pytest.mark.parametrize("token", ["x", "A" * 43, "å" * 43])
def test_an_invented_link_leads_nowhere(browse, birgitte, token):
    for verb in ("", "/acceptance", "/refusal"):
        send = browse(birgitte).post if verb else browse(birgitte).get
        assert send(f"/invitation/{token}{verb}").status_code == 404


def test_a_link_lasts_seven_days(invited, birgitte):
    invitation, token = invited
    with at(now() + timedelta(days=6, hours=23, minutes=59)):
        assert again(invitation).state == "waiting"
    with at(now() + timedelta(days=7)):
        assert again(invitation).state == "expired"
        with pytest.raises(Invalid, match=ANSWERED):
            again(invitation).accept(birgitte, token)
        with pytest.raises(Invalid, match=ANSWERED):
            again(invitation).decline()


def test_an_inviter_who_follows_the_own_link_is_told_whose_it_is(invited, anne, browse):
    client = browse(anne)
    page = client.get(f"/invitation/{invited[1]}").text
    assert "/acceptance" not in page
    answer = client.post(f"/invitation/{invited[1]}/acceptance")
    assert answer.status_code == 422
    assert again(invited[0]).state == "waiting"
    with pytest.raises(Invalid, match="your own invitation"):
        again(invited[0]).accept(anne, invited[1])


def test_an_invitation_to_the_house_opens_no_room(birgitte, browse):
    invitation, token = Invitation.to_house("birgitte@example.dk")
    assert browse().get(f"/invitation/{token}").status_code == 200
    assert browse(birgitte).get(f"/invitation/{token}").status_code == 200
    assert browse(birgitte).post(f"/invitation/{token}/acceptance").status_code == 404
    assert again(invitation).state == "waiting"


def test_signing_up_with_a_link_leads_back_to_it(invited, browse):
    client, token = browse(), invited[1]
    page = client.get(f"/invitation/{token}").text
    assert f"/sign-up?invitation={token}" in page
    form = form_in(client.get(f"/sign-up?invitation={token}").text, "/sign-up")
    assert form.fields["email"] == "birgitte@example.dk"
    answer = client.post("/sign-up", form.fields | {"name": "B. Lund", "email": "b.lund@example.dk"})
    page = client.get(answer.location).text
    form, groups = form_in(page, "/recovery-code"), re.findall(r"<kbd>(\w{4})</kbd>", page)
    asked = Person.by_email("b.lund@example.dk").slot("recovery").asked
    typed = {name: groups[n - 1] for name, n in zip(("first", "second"), asked, strict=True)}
    assert client.post("/recovery-code", form.fields | typed).location == f"/invitation/{token}"


# Saying yes or no.


def test_saying_yes_waits_for_the_inviter(invited, anne, birgitte):
    invitation, token = invited
    invitation.accept(birgitte, token)
    assert again(invitation).state == "accepted"
    assert not opened(anne, invitation).is_open
    assert not opened(birgitte, invitation).is_open
    assert opened(anne, invitation).partner == birgitte


@pytest.mark.parametrize("htmx", [True, False])
def test_saying_yes_on_the_page_of_the_link(invited, birgitte, browse, htmx):
    client, path = browse(birgitte), f"/invitation/{invited[1]}"
    form = form_in(client.get(path).text, f"{path}/acceptance")
    answer = client.post(form.action, form.fields, htmx=htmx)
    assert (answer.status_code, answer.location) == (303, f"/pairs/{invited[0].pair_id}")
    assert client.get(answer.location).status_code == 200


def test_saying_yes_twice_is_saying_yes(invited, birgitte, browse):
    client, path = browse(birgitte), f"/invitation/{invited[1]}/acceptance"
    for _ in range(2):
        assert client.post(path).status_code == 303
    assert again(invited[0]).accepted_by == birgitte


def test_a_link_that_was_used_lets_nobody_else_in(accepted, invited, christian, browse):
    with pytest.raises(Invalid, match=ANSWERED):
        again(accepted).accept(christian, invited[1])
    answer = browse(christian).post(f"/invitation/{invited[1]}/acceptance")
    assert answer.status_code == 422
    assert again(accepted).accepted_by.name == "Birgitte Lund"
    with pytest.raises(Missing):
        opened(christian, accepted)


def test_of_two_who_say_yes_at_once_one_is_let_in(anne, birgitte, christian):
    for _ in range(4):
        invitation, token = Invitation.to_room(anne, "birgitte@example.dk", "mentor")
        yes = [lambda p=person, t=token: Invitation.find(t).accept(p, t) for person in (birgitte, christian)]
        both = at_once(*yes)
        assert sorted(type(one).__name__ for one in both) == ["Invalid", "NoneType"]
        let_in = (birgitte, christian)[both.index(None)]
        assert again(invitation).accepted_by == let_in
        assert Pair.get_by_id(invitation.pair_id).mentor == let_in


def test_yes_and_no_at_once_is_one_of_the_two(anne, birgitte):
    for _ in range(4):
        invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
        both = at_once(
            lambda t=token: Invitation.find(t).accept(birgitte, t), lambda t=token: Invitation.find(t).decline()
        )
        assert sorted(type(one).__name__ for one in both) == ["Invalid", "NoneType"]
        assert again(invitation).state == ("accepted" if both[0] is None else "declined")


@pytest.mark.parametrize("signed_in", [True, False])
def test_anybody_with_the_link_can_say_no(invited, birgitte, anne, browse, signed_in):
    client, path = browse(birgitte if signed_in else None), f"/invitation/{invited[1]}"
    form = form_in(client.get(path).text, f"{path}/refusal")
    answer = client.post(form.action, form.fields)
    assert (answer.status_code, answer.location) == (303, path)
    assert client.get(path).status_code == 200
    assert again(invited[0]).state == "declined"
    assert "/invitation/renewal" in browse(anne).get(f"/pairs/{invited[0].pair_id}").text


def test_saying_no_after_yes_changes_nothing(accepted, invited, browse):
    answer = browse().post(f"/invitation/{invited[1]}/refusal")
    assert answer.status_code == 422
    assert again(accepted).state == "accepted"


# Taking it back, and a new link.


def test_an_invitation_taken_back_opens_nothing(invited, anne, birgitte, browse):
    client = browse(anne)
    path = f"/pairs/{invited[0].pair_id}"
    form = form_in(client.get(path).text, f"{path}/invitation/revocation")
    assert client.post(form.action, form.fields).location == path
    assert again(invited[0]).state == "revoked"
    assert browse(birgitte).get(f"/invitation/{invited[1]}").status_code == 200
    assert browse(birgitte).post(f"/invitation/{invited[1]}/acceptance").status_code == 422


def test_somebody_else_at_the_door_is_sent_away(accepted, invited, anne, birgitte, browse):
    path = f"/pairs/{accepted.pair_id}"
    form = form_in(browse(anne).get(path).text, f"{path}/invitation/revocation")
    assert browse(anne).post(form.action).status_code == 303
    assert again(accepted).accepter_copy is None
    with pytest.raises(Invalid):
        again(accepted).confirm(anne)
    assert browse(birgitte).get(path).status_code == 404
    assert path not in browse(birgitte).get("/pairs").text
    assert f'href="{path}"' not in browse(birgitte).get(f"/invitation/{invited[1]}").text


def test_only_the_inviter_takes_back_renews_and_opens(accepted, birgitte, dorte, browse):
    path = f"/pairs/{accepted.pair_id}"
    for person in (birgitte, dorte):
        for verb in ("/invitation/revocation", "/invitation/renewal", "/opening"):
            assert browse(person).post(path + verb).status_code == 404
    assert again(accepted).state == "accepted"


@pytest.mark.parametrize("end", ["revoke", "decline", "expire", "nothing"])
def test_a_new_link_replaces_one_that_ended(invited, anne, birgitte, browse, settings, end):
    invitation, token = invited
    if end == "revoke":
        invitation.revoke(anne)
    elif end == "decline":
        invitation.decline()
    later = now() + timedelta(days=8 if end == "expire" else 0)
    with at(later):
        path = f"/pairs/{invitation.pair_id}"
        assert browse(anne).post(f"{path}/invitation/renewal").location == path
        (letter,) = letters(settings)
        new = link_in(letter).removeprefix("/invitation/")
        assert Invitation.latest_of(Pair.get_by_id(invitation.pair_id)) == Invitation.find(new)
        assert link_in(letter) in browse(anne).get(path).text
        with pytest.raises(Invalid):
            Invitation.find(token).accept(birgitte, token)
        Invitation.find(new).accept(birgitte, new)
        Invitation.find(new).confirm(anne)
        assert opened(birgitte, invitation).is_open


def test_the_newest_of_many_links_counts(invited, anne):
    pair = Pair.get_by_id(invited[0].pair_id)
    for _ in range(4):
        invitation, _token = Invitation.latest_of(pair).renew(anne)
        assert Invitation.latest_of(pair) == invitation


def test_no_new_link_once_somebody_has_said_yes(accepted, anne, browse):
    answer = browse(anne).post(f"/pairs/{accepted.pair_id}/invitation/renewal")
    assert answer.status_code == 422
    assert again(accepted).state == "accepted"


# Opening the room.


def test_the_inviter_sees_who_said_yes_and_opens_the_room(accepted, anne, birgitte, browse):
    client, path = browse(anne), f"/pairs/{accepted.pair_id}"
    page = client.get(path).text
    assert "Birgitte Lund" in page
    assert "birgitte@example.dk" in page
    form = form_in(page, f"{path}/opening")
    assert client.post(form.action, form.fields).location == path
    for person in (anne, birgitte):
        assert browse(person).get(f"{path}/agreement/").status_code == 200


def test_the_room_key_is_picked_up_at_the_first_request_and_the_hand_over_is_gone(accepted, anne, birgitte, browse):
    accepted.confirm(anne)
    assert HandOver.select().count() == 1
    assert again(accepted).accepter_copy
    assert browse(birgitte).get("/pairs").status_code == 200
    assert HandOver.select().count() == 1
    assert browse(birgitte).get(f"/pairs/{accepted.pair_id}").status_code == 200
    assert HandOver.select().count() == 0
    assert again(accepted).accepter_copy is None
    assert RoomKey.select().where(RoomKey.person == birgitte).count() == 1


def test_both_hold_the_same_key(accepted, anne, birgitte):
    accepted.confirm(anne)
    pair_id = accepted.pair_id
    assert opened(anne, accepted).keys[pair_id] == opened(birgitte, accepted).keys[pair_id]


def test_catching_up_twice_is_harmless(accepted, anne, birgitte):
    accepted.confirm(anne)
    pair = opened(birgitte, accepted)
    for _ in range(2):
        assert pair.catch_up().person == birgitte
    assert RoomKey.select().where(RoomKey.person == birgitte).count() == 1


def test_a_room_key_picked_up_on_two_pages_at_once_is_picked_up_once(anne, birgitte):
    for _ in range(4):
        invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
        Invitation.find(token).accept(birgitte, token)
        again(invitation).confirm(anne)
        both = at_once(*[lambda i=invitation: opened(birgitte, i).is_open] * 2)
        assert both == [True, True]
        held = RoomKey.select().where(RoomKey.pair == invitation.pair_id, RoomKey.person == birgitte)
        assert held.count() == 1


def test_opening_twice_leaves_one_key(accepted, anne, birgitte, browse):
    path = f"/pairs/{accepted.pair_id}"
    for _ in range(2):
        assert browse(anne).post(f"{path}/opening").location == path
    assert RoomKey.select().where(RoomKey.person == anne).count() == 1
    assert opened(birgitte, accepted).is_open


def test_opening_on_two_pages_at_once_leaves_one_key(anne, birgitte):
    for _ in range(4):
        invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
        Invitation.find(token).accept(birgitte, token)
        both = at_once(*[lambda i=invitation: again(i).confirm(anne)] * 2)
        assert both == [None, None]
        assert RoomKey.select().where(RoomKey.pair == invitation.pair_id).count() == 1
        assert opened(birgitte, invitation).is_open
        assert opened(anne, invitation).is_open


def test_a_room_is_not_opened_for_somebody_who_was_sent_away_meanwhile(accepted, anne):
    page = again(accepted)
    again(accepted).revoke(anne)
    with pytest.raises(Invalid, match="Nobody is waiting"):
        page.confirm(anne)
    assert not Pair.get_by_id(accepted.pair_id).opened_at
    assert not RoomKey.select().exists()


def test_nobody_is_sent_away_from_a_room_that_is_open(accepted, anne, birgitte):
    page = again(accepted)
    again(accepted).confirm(anne)
    page.revoke(anne)
    assert again(accepted).state == "confirmed"
    assert opened(birgitte, accepted).is_open


def test_a_room_without_anybody_at_the_door_is_not_opened(invited, anne, browse):
    with pytest.raises(Invalid, match="Nobody is waiting"):
        invited[0].confirm(anne)
    assert browse(anne).post(f"/pairs/{invited[0].pair_id}/opening").status_code == 422
    assert not opened(anne, invited[0]).is_open


@given(verbs=st.lists(st.sampled_from(["accept", "decline", "revoke", "renew", "confirm"]), max_size=7))
@hypothesis(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_opens_a_room_without_a_yes_from_each(anne, birgitte, verbs):
    invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
    pair = Pair.get_by_id(invitation.pair_id)
    yes = False
    for verb in verbs:
        current = Invitation.find(token)
        try:
            if verb == "accept":
                current.accept(birgitte, token)
                yes = True
            elif verb == "decline":
                current.decline()
            elif verb == "renew":
                _invitation, token = current.renew(anne)
                yes = False
            elif verb == "revoke":
                current.revoke(anne)
                yes = yes and current.state == "confirmed"
            else:
                current.confirm(anne)
                assert yes
        except Invalid:
            pass
        is_open = Pair.get_by_id(pair.id).opened_at is not None
        assert is_open == (Invitation.latest_of(pair).state == "confirmed")
        assert opened(birgitte, current).is_open if is_open else not opened(anne, current).is_open


# Before the room is open.


def arrival(person, invitation):
    row = Reflection.on(opened(person, invitation)).get("arrival")
    return row.text if row else None


@pytest.mark.parametrize("htmx", [True, False])
def test_first_thoughts_can_be_written_before_the_room_is_open(accepted, anne, birgitte, browse, htmx):
    path = f"/pairs/{accepted.pair_id}"
    for person, words in ((anne, "At jeg tør sige det højt."), (birgitte, "At jeg lytter mere, end jeg taler.")):
        client = browse(person)
        form = form_in(client.get(path).text, f"{path}/arrival")
        answer = client.post(form.action, form.fields | {"text": words}, htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
        assert arrival(person, accepted) == words
        assert form_in(client.get(path).text, f"{path}/arrival").fields["text"] == words


def test_first_thoughts_are_nobody_elses(accepted, anne, birgitte, browse):
    path = f"/pairs/{accepted.pair_id}"
    browse(anne).post(f"{path}/arrival", {"text": "At jeg tør sige det højt.", "rev": "0"})
    assert arrival(birgitte, accepted) is None
    assert "sige det" not in browse(birgitte).get(path).text
    accepted.confirm(anne)
    assert arrival(birgitte, accepted) is None
    assert [row.text for row in Reflection.of(opened(birgitte, accepted))] == []
    assert arrival(anne, accepted) == "At jeg tør sige det højt."


def test_nothing_else_can_be_reached_before_the_room_is_open(accepted, anne, birgitte, browse):
    path = f"/pairs/{accepted.pair_id}"
    for person in (anne, birgitte):
        for page in ("/agreement/", "/agreement/clauses", "/prompts/", "/progress/", "/meetings/new"):
            assert browse(person).get(path + page).location == path
        for verb in ("readiness", "clauses/interval/answer", "signature"):
            assert browse(person).post(f"{path}/agreement/{verb}").location == path


def test_a_stranger_sees_no_door(accepted, dorte, browse):
    path = f"/pairs/{accepted.pair_id}"
    assert browse(dorte).get(path).status_code == 404
    assert browse(dorte).post(f"{path}/arrival", {"text": "x"}).status_code == 404


# Several rooms.


def test_one_person_is_mentee_in_one_room_and_mentor_in_another(anne, birgitte, christian, browse):
    with_birgitte, _hers = make_pair(anne, birgitte)
    _his, with_christian = make_pair(christian, anne)
    assert (with_birgitte.role, with_christian.role) == ("mentee", "mentor")
    page = browse(anne).get("/pairs").text
    assert f"/pairs/{with_birgitte.id}" in page
    assert f"/pairs/{with_christian.id}" in page
    for person, other in ((birgitte, with_christian), (christian, with_birgitte)):
        assert str(other.id) not in browse(person).get("/pairs").text
        assert browse(person).get(f"/pairs/{other.id}").status_code == 404
    assert with_birgitte.keys[with_birgitte.id] != with_christian.keys[with_christian.id]


def test_the_same_two_can_have_two_rooms(anne, birgitte):
    first, _ = make_pair(anne, birgitte)
    _, second = make_pair(birgitte, anne)
    assert first.id != second.id
    assert {pair.id for pair in Pair.of(anne)} == {first.id, second.id}


def test_the_rooms_of_a_person_are_listed_the_newest_first(anne, birgitte, christian, dorte):
    made = [Invitation.to_room(anne, other.email, "mentor")[0].pair_id for other in (birgitte, christian, dorte)]
    assert [pair.id for pair in Pair.of(anne)] == made[::-1]


def test_what_only_one_role_does_the_other_is_told(room):
    mine, hers = room
    mine.only("mentee")
    hers.only("mentor")
    with pytest.raises(NotYours):
        mine.only("mentor")
    with pytest.raises(NotYours):
        hers.only("mentee")


def test_the_first_page_of_an_empty_room_can_be_read_by_both(room, browse, anne, birgitte):
    for person in (anne, birgitte):
        page = browse(person).get(f"/pairs/{room[0].id}").text
        assert f"/pairs/{room[0].id}/agreement/" in page
